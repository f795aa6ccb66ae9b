/**
 * The proof that a promotion destroys nothing: every step that the program writes is planned and applied by the real Terraform
 * against the stand-in account, with exactly the actions that the step means; and every order that is wrong ends at the plan.
 */

import { describe, expect, test, vi } from "vitest";
import type { Account } from "./stand-in/account.ts";
import { type Actions, actionsOf, type Story, told } from "./support/story.ts";
import { skippedWithoutTerraform } from "./support/terraform.ts";

// A story is a dozen runs of Terraform, and several are told at once.
vi.setConfig({ testTimeout: 10 * 60_000 });

const isSkipped = skippedWithoutTerraform("promotion-stand-in.test.ts");

const [FROM, TO, THIRD] = ["eu-central-1", "eu-west-1", "us-east-1"] as const;
const REGIONS = [FROM, TO, THIRD];

function spec(rest: string): string {
  return `version: 1\nregions:\n  primary: ${FROM}\n  replicas: [${TO}, ${THIRD}]\n${rest}`;
}

const KEYS = `keys:
  sm:
    policy: { decrypters: ["arn:{partition}:iam::123456789012:role/app-{region}"] }
    grants: { job: { to: "arn:aws:iam::123456789012:role/job", operations: [Decrypt] } }
  app: { service: s3, alias: false, replicas: [${TO}] }
outputs: true
`;
const SECRETS = `secrets:
  given: app/given
  made: { value: generated }
  own: { value: external, replicas: [${TO}] }
`;

const id = (number: number) => `mrk-${String(number).padStart(32, "0")}`;

/** The ids of the account's keys, of which Terraform makes several at once in any order. */
function idsOf(account: Account): { readonly sm: string; readonly app: string } {
  const [target] = account.aliases(FROM).filter(({ name }) => name.includes("secrets-manager"));
  return { sm: target!.targetKeyId, app: target!.targetKeyId === id(1) ? id(2) : id(1) };
}

function updatePrimaries(account: Account, region: string): void {
  for (const { keyId } of account.keys(region)) account.updatePrimaryRegion(keyId, region);
}

/** Everything in the account that a promotion has no business with. */
function kept(account: Account): object {
  return Object.fromEntries(
    REGIONS.map((region) => [
      region,
      {
        keys: account
          .keys(region)
          .map(({ keyId, state, policy, description }) => ({ keyId, state, policy, description })),
        aliases: account.aliases(region),
        secrets: account
          .secrets(region)
          .map(({ name, arn, value, kmsKeyId, pendingDeletion }) => ({ name, arn, value, kmsKeyId, pendingDeletion }))
          .sort((one, other) => one.name.localeCompare(other.name)),
      },
    ]),
  );
}

async function expectIdle(story: Story): Promise<void> {
  expect(await story.plan()).toMatchObject({ ok: true, changes: [], outputs: {} });
}

/** Applies a step that guard lets pass. */
async function applied(story: Story, options: { readonly refresh?: boolean } = {}): Promise<Actions> {
  const planned = actionsOf(await story.plan(options));
  const { code, stderr, stdout } = await story.guard();
  expect(code, stderr + stdout).toBe(0);
  expect(Object.values(planned).filter((action) => /delete|replace/.test(action))).toEqual([]);
  return story.apply(options);
}

/** The actions of moving both keys, imports first. */
function moved(
  account: Account,
  primary: string,
  former: string,
  prefix = "",
  suffixes: readonly [string, string] = ["", ""],
): Actions {
  const { sm, app } = idsOf(account);
  return Object.fromEntries(
    (
      [
        ["sm", sm],
        ["app", app],
      ] as const
    ).flatMap(([name, keyId]) => [
      // The imported primary is what it was; a replica gets its defaults, which only the state has.
      [
        `${prefix}aws_kms_key.${primary}_${name}`,
        expect.stringMatching(new RegExp(`^(import|update) of ${keyId}${suffixes[0]}$`)),
      ],
      [
        `${prefix}aws_kms_replica_key.${former}_${name}`,
        expect.stringMatching(new RegExp(`^(import|update) of ${keyId}${suffixes[1]}$`)),
      ],
      [`${prefix}aws_kms_key.${former}_${name}`, "forget"],
      [`${prefix}aws_kms_replica_key.${primary}_${name}`, "forget"],
    ]),
  );
}

describe.skipIf(isSkipped)("the primary keys move and come back", () => {
  test.concurrent.each([
    ["with aliased providers", "", ["", ""]],
    ["with aliased providers of version 5", 'terraform: { aws_provider: "~> 5.100" }\n', ["", ""]],
    ["where resources say their region", "provider: { placement: region }\n", ["@eu-west-1", ""]],
  ] as const)(
    "%s: nothing but imports and what is forgotten, then nothing; and the first bytes again",
    async (_, settings, suffixes) => {
      await told(spec(KEYS + SECRETS + settings), {}, async (story) => {
        const { account } = story;
        await story.generate();
        await story.apply();
        const [files, before] = [story.files, kept(account)];

        await story.promote("--to", TO);
        updatePrimaries(account, TO);
        expect(await applied(story)).toEqual(moved(account, "euw1", "main", "", suffixes));
        await expectIdle(story);
        await story.promote("--continue");
        await expectIdle(story);
        expect(kept(account)).toEqual(before);
        expect(account.keys(TO).map(({ role }) => role)).toEqual(["primary", "primary"]);

        await story.promote("--to", FROM);
        updatePrimaries(account, FROM);
        expect(await applied(story)).toEqual(moved(account, "main", "euw1", "", [suffixes[1], suffixes[0]]));
        await expectIdle(story);
        await story.promote("--continue");
        await expectIdle(story);
        expect(kept(account)).toEqual(before);
        expect(story.files).toEqual(files);
      });
    },
  );

  test.concurrent("of a module, with the import blocks in the root", async () => {
    const module = spec(`${KEYS}${SECRETS}terraform: { module: true }\n`);
    await told(module, { regions: REGIONS }, async (story) => {
      const { account } = story;
      await story.generate();
      await story.apply();
      const [files, before] = [story.files, kept(account)];
      for (const [to, primary, former] of [
        [TO, "euw1", "main"],
        [FROM, "main", "euw1"],
      ] as const) {
        await story.promote("--to", to, "--root-imports", "imports.txt");
        story.beside("imports.tf", story.read("imports.txt"));
        updatePrimaries(account, to);
        expect(await applied(story)).toEqual(moved(account, primary, former, "module.generated."));
        await expectIdle(story);
        story.beside("imports.tf", undefined);
        story.remove("imports.txt");
        await story.promote("--continue");
        await expectIdle(story);
        expect(kept(account)).toEqual(before);
      }
      expect(story.files).toEqual(files);
    });
  });

  test.concurrent("where the labels and the aliases are the user's own", async () => {
    const own = `version: 1
regions:
  primary: { region: ${FROM}, label: frankfurt }
  replicas:
    - { region: ${TO}, label: ireland, provider_alias: replica }
    - ${THIRD}
${SECRETS}`;
    await told(own, {}, async (story) => {
      await story.generate();
      await story.apply();
      const files = story.files;
      await story.promote("--to", THIRD);
      updatePrimaries(story.account, THIRD);
      const key = story.account.keys(FROM)[0]!.keyId;
      expect(await applied(story)).toEqual({
        "aws_kms_key.use1_sm": `update of ${key}`,
        "aws_kms_replica_key.frankfurt_sm": `update of ${key}`,
        "aws_kms_key.frankfurt_sm": "forget",
        "aws_kms_replica_key.use1_sm": "forget",
      });
      await expectIdle(story);
      await story.promote("--continue");
      await expectIdle(story);
      await story.promote("--to", FROM);
      updatePrimaries(story.account, FROM);
      await applied(story);
      await story.promote("--continue");
      await expectIdle(story);
      expect(story.files).toEqual(files);
    });
  });
});

const LAMBDA = (region: string) => `arn:aws:lambda:${region}:123456789012:function:rotate`;

/** Every kind of secret: given by a variable, generated, rotated with a policy, someone else's, and not in every region. */
const ALL_SECRETS = `secrets:
  given: app/given
  made: { value: generated, policy: { readers: ["arn:aws:iam::123456789012:role/app"] } }
  turned: { rotation: { lambda_arn: "${LAMBDA(FROM)}", every_days: 30 } }
  own: { value: external, replicas: [${TO}] }
outputs: true
`;
const IDS = ["given", "made", "own", "turned"];
const secretAddress = (name: string, part = "") => `aws_secretsmanager_secret${part}.${name}`;

/** What leaves the state when the secrets are detached. */
const DETACHED: Actions = {
  ...Object.fromEntries(IDS.map((name) => [secretAddress(name), "forget"])),
  [secretAddress("given", "_version")]: "forget",
  [secretAddress("made", "_version")]: "forget",
  [secretAddress("made", "_policy")]: "forget",
  [secretAddress("turned", "_rotation")]: "forget",
};

/** What comes back into it elsewhere. */
function attached(account: Account, region: string, isPlacedByRegion = false): Actions {
  const suffix = isPlacedByRegion && region !== FROM ? `@${region}` : "";
  const arns = new Map(account.secrets(region).map(({ name, arn }) => [name.replace("app/", ""), arn]));
  return {
    ...Object.fromEntries(IDS.map((name) => [secretAddress(name), `update of ${arns.get(name)}${suffix}`])),
    [secretAddress("made", "_policy")]: "create",
    [secretAddress("turned", "_rotation")]: "create",
  };
}

/** Applies the spec, and gives the secrets that Terraform sends no value a value. */
async function begun(story: Story): Promise<void> {
  await story.generate();
  await story.apply();
  for (const name of ["own", "turned"]) {
    story.account.putSecretValue(FROM, name, { value: `value of ${name}`, binary: false, writeOnly: false });
  }
}

/** What is the same of the secrets wherever their primary is: names, ARNs, values, keys, policies. */
function secretsOf(account: Account, regions: readonly string[] = REGIONS): object {
  return regions.map((region) =>
    account
      .secrets(region)
      .map(({ name, arn, value, kmsKeyId, policy, pendingDeletion }) => ({
        name,
        arn,
        value,
        kmsKeyId,
        policy,
        pendingDeletion,
      }))
      .sort((one, other) => one.name.localeCompare(other.name)),
  );
}

function roles(account: Account, region: string): string[] {
  return account
    .secrets(region)
    .map(({ name, role }) => `${name} ${role}`)
    .sort();
}

/** Does what the runbook says in every region that answers: each copy becomes a secret of its own. */
function stopReplication(account: Account, from: string): void {
  for (const region of REGIONS) {
    if (region === from || account.unreachable.has(region)) continue;
    for (const { name, role } of account.secrets(region)) {
      if (role === "replica") account.stopReplicationToReplica(region, name);
    }
  }
}

describe.skipIf(isSkipped)("the primary secrets move", () => {
  test.concurrent.each([
    ["with aliased providers", ""],
    ["with aliased providers of version 5", 'terraform: { aws_provider: "~> 5.100" }\n'],
    ["where resources say their region", "provider: { placement: region }\n"],
  ])("%s: values, names and ARNs stay as they are, no value is sent, and they come back", async (_, settings) => {
    await told(spec(ALL_SECRETS + settings), {}, async (story) => {
      const { account } = story;
      await begun(story);
      const [before, sent] = [secretsOf(account), account.valuesSent];
      for (const [from, to] of [
        [FROM, TO],
        [TO, FROM],
      ] as const) {
        await story.promote("--to", to, "--secrets-only", "--lambda", `turned=${LAMBDA(to)}`);
        const {
          [secretAddress("given", "_version")]: _given,
          [secretAddress("made", "_version")]: _made,
          ...others
        } = DETACHED;
        expect(await applied(story)).toEqual(from === FROM ? DETACHED : others);
        expect(secretsOf(account)).toEqual(before);
        stopReplication(account, from);
        expect(secretsOf(account)).toEqual(before);
        await story.promote("--continue");
        expect(await applied(story)).toEqual(attached(account, to, settings.includes("region")));
        expect(roles(account, to)).toEqual(["app/given primary", "made primary", "own primary", "turned primary"]);
        expect(roles(account, THIRD)).toEqual(["app/given replica", "made replica", "turned replica"]);
        await expectIdle(story);
        await story.promote("--continue");
        expect(await applied(story)).toEqual({
          ...Object.fromEntries(IDS.map((name) => [secretAddress(name), "update"])),
          [secretAddress("turned", "_rotation")]: "update",
        });
        await expectIdle(story);
        expect(secretsOf(account)).toEqual(before);
        expect(account.secrets(from).map(({ value }) => value)).toEqual(account.secrets(to).map(({ value }) => value));
        expect(account.valuesSent).toBe(sent);
      }
      expect(secretsOf(account)).toEqual(before);
      // The value that Terraform was given is sent again when that is asked for, and only then.
      expect(story.spec).toContain("step: clean");
      await story.promote("--continue", "--send-values");
      expect(await story.apply()).toEqual({ [secretAddress("given", "_version")]: "create" });
      await expectIdle(story);
      expect(account.valuesSent).toBe(sent + 1);
    });
  });

  test.concurrent("together with the keys, in two applies and one to tidy up", async () => {
    await told(spec(ALL_SECRETS), {}, async (story) => {
      const { account } = story;
      await begun(story);
      const [before, sent] = [secretsOf(account), account.valuesSent];
      await story.promote("--to", TO, "--secrets", "--lambda", `turned=${LAMBDA(TO)}`);
      updatePrimaries(account, TO);
      const key = account.keys(FROM)[0]!.keyId;
      expect(await applied(story)).toEqual({
        ...DETACHED,
        "aws_kms_key.euw1_sm": `update of ${key}`,
        "aws_kms_replica_key.main_sm": `update of ${key}`,
        "aws_kms_key.main_sm": "forget",
        "aws_kms_replica_key.euw1_sm": "forget",
      });
      stopReplication(account, FROM);
      await story.promote("--continue");
      expect(await applied(story)).toEqual(attached(account, TO));
      await story.promote("--continue");
      await applied(story);
      await expectIdle(story);
      expect(secretsOf(account)).toEqual(before);
      expect(account.valuesSent).toBe(sent);
      expect(account.keys(TO).map(({ role }) => role)).toEqual(["primary"]);
    });
  });

  test.concurrent("with the first bytes again where Terraform sends no value", async () => {
    await told(spec("secrets: { own: { value: external } }\n"), {}, async (story) => {
      await story.generate();
      await story.apply();
      const files = story.files;
      for (const [from, to] of [
        [FROM, TO],
        [TO, FROM],
      ] as const) {
        await story.promote("--to", to, "--secrets");
        updatePrimaries(story.account, to);
        await applied(story);
        stopReplication(story.account, from);
        await story.promote("--continue");
        await applied(story);
        await story.promote("--continue");
        await applied(story);
        await expectIdle(story);
      }
      expect(story.files).toEqual(files);
    });
  });

  test.concurrent("back to where they were, before and after their copies stopped replicating", async () => {
    for (const isStopped of [false, true]) {
      await told(spec(ALL_SECRETS), {}, async (story) => {
        const { account } = story;
        await begun(story);
        const before = secretsOf(account);
        await story.promote("--to", TO, "--secrets-only", "--lambda", `turned=${LAMBDA(TO)}`);
        await applied(story);
        if (isStopped) stopReplication(account, FROM);
        story.write(
          "spec.yaml",
          spec(ALL_SECRETS).replace(
            "replicas: [eu-west-1, us",
            `secrets: { region: ${FROM}, step: attach }\n  replicas: [eu-west-1, us`,
          ),
        );
        await story.generate();
        await applied(story);
        await expectIdle(story);
        expect(secretsOf(account)).toEqual(before);
      });
    }
  });

  test.concurrent("at once where Terraform has let go of them by hand", async () => {
    await told(spec("secrets: { own: { value: external } }\n"), {}, async (story) => {
      await story.generate();
      await story.apply();
      await story.forget("aws_secretsmanager_secret.own");
      stopReplication(story.account, FROM);
      await story.promote("--to", TO, "--secrets-only", "--attach");
      const [secret] = story.account.secrets(TO);
      expect(await applied(story)).toEqual({ "aws_secretsmanager_secret.own": `update of ${secret!.arn}` });
      await story.promote("--continue");
      await applied(story);
      await expectIdle(story);
    });
  });
});

describe.skipIf(isSkipped)("a region is out of reach", () => {
  test.concurrent.each([
    ["with aliased providers", ""],
    ["where resources say their region", "provider: { placement: region }\n"],
  ])("%s: the secrets move without it, and are copied there again once it is back", async (_, settings) => {
    await told(spec(ALL_SECRETS + settings), {}, async (story) => {
      const { account } = story;
      await begun(story);
      const [before, sent] = [secretsOf(account), account.valuesSent];
      const away = { refresh: false };
      account.unreachable.add(FROM);
      expect((await story.plan(away)).errors.map(({ summary }) => summary)).toContainEqual(
        expect.stringContaining("retrieving AWS account details"),
      );
      await story.promote("--to", TO, "--secrets-only", "--unreachable", FROM, "--lambda", `turned=${LAMBDA(TO)}`);
      stopReplication(account, FROM);
      expect((await story.plan()).ok).toBe(false);
      expect(await applied(story, away)).toEqual(DETACHED);
      await story.promote("--continue");
      expect(await applied(story, away)).toEqual(attached(account, TO, settings.includes("region")));
      await story.promote("--continue");
      await applied(story, away);
      expect(await story.plan(away)).toMatchObject({ ok: true, changes: [] });
      expect(secretsOf(account, [TO, THIRD])).toEqual((before as readonly object[]).slice(1));

      account.unreachable.delete(FROM);
      await expectIdle(story);
      await story.promote("--returned", FROM);
      expect(Object.values(await applied(story))).toEqual(IDS.map(() => "update").concat("update"));
      await story.promote("--continue");
      await applied(story);
      await expectIdle(story);
      expect(secretsOf(account)).toEqual(before);
      expect(roles(account, FROM)).toEqual(["app/given replica", "made replica", "own replica", "turned replica"]);
      expect(account.valuesSent).toBe(sent);
      // And the keys follow, if that is wanted.
      await story.promote("--to", TO);
      updatePrimaries(account, TO);
      await applied(story);
      await story.promote("--continue");
      await expectIdle(story);
    });
  });

  test.concurrent("that has replicas only: the rest can be changed without it, and nothing is taken out there", async () => {
    const calm = spec("secrets: { own: { value: external } }\n");
    await told(calm, {}, async (story) => {
      await story.generate();
      await story.apply();
      story.account.unreachable.add(THIRD);
      story.write(
        "spec.yaml",
        calm
          .replace("  replicas", `  unreachable: [${THIRD}]\n  replicas`)
          .replace("external", "external, tags: { a: b }"),
      );
      await story.generate();
      expect(await applied(story, { refresh: false })).toEqual({ "aws_secretsmanager_secret.own": "update" });
      story.account.unreachable.delete(THIRD);
      await expectIdle(story);
      story.write("spec.yaml", calm.replace("external", "external, tags: { a: b }"));
      await story.generate();
      await expectIdle(story);
    });
  });
});

describe.skipIf(isSkipped)("out of order, nothing is done:", () => {
  /** Plans, which has to fail, and looks at what is there as it was. */
  async function failing(story: Story, said: string): Promise<void> {
    const [before, state] = [kept(story.account), story.state()];
    const { ok, errors } = await story.plan();
    expect({ ok, said: errors.map(({ summary }) => summary) }).toEqual({
      ok: false,
      said: expect.arrayContaining([expect.stringContaining(said)]),
    });
    expect(kept(story.account)).toEqual(before);
    expect(story.state()).toBe(state);
  }

  test.concurrent("the files of before, once the keys have moved", async () => {
    await told(spec(KEYS), {}, async (story) => {
      await story.generate();
      await story.apply();
      updatePrimaries(story.account, TO);
      await failing(story, "is not a multi-Region primary key");
    });
  });

  test.concurrent("the files of a promotion, before the keys have moved, and when one of two has", async () => {
    await told(spec(KEYS), {}, async (story) => {
      await story.generate();
      await story.apply();
      await story.promote("--to", TO);
      await failing(story, "is not a multi-Region");
      story.account.updatePrimaryRegion(idsOf(story.account).app, TO);
      await failing(story, "is not a multi-Region");
      story.account.updatePrimaryRegion(idsOf(story.account).sm, TO);
      await applied(story);
      await expectIdle(story);
    });
  });

  test.concurrent("a promotion that is undone before its apply", async () => {
    await told(spec(KEYS), {}, async (story) => {
      await story.generate();
      await story.apply();
      const files = story.files;
      await story.promote("--to", TO);
      updatePrimaries(story.account, TO);
      updatePrimaries(story.account, FROM);
      for (const [name, text] of Object.entries(files)) story.write(name, text);
      await expectIdle(story);
    });
  });

  test.concurrent("secrets that are attached although Terraform has not let go of them", async () => {
    await told(spec(SECRETS), {}, async (story) => {
      await story.generate();
      await story.apply();
      await story.promote("--to", TO, "--secrets-only");
      // Someone says so, and it is not true.
      await story.run("promote", "spec.yaml", "--continue", "--applied");
      await failing(story, "Instance cannot be destroyed");
      expect((await story.guard()).code).not.toBe(0);
    });
  });

  test.concurrent("secrets that are attached while they are still copies: AWS refuses, and the step can be repeated", async () => {
    await told(spec(SECRETS), {}, async (story) => {
      await story.generate();
      await story.apply();
      const before = secretsOf(story.account);
      await story.promote("--to", TO, "--secrets-only");
      await applied(story);
      await story.promote("--continue");
      const { errors } = await story.tryApply();
      expect(errors.map(({ summary }) => summary)).toEqual(
        Array(3).fill(expect.stringContaining("not permitted on a replica secret")),
      );
      expect(secretsOf(story.account)).toEqual(before);
      stopReplication(story.account, FROM);
      // The copies that were seen from the copy in the state are gone, of which guard warns: they are secrets of their own.
      await story.apply();
      await story.promote("--continue");
      await applied(story);
      await expectIdle(story);
      expect(secretsOf(story.account)).toEqual(before);
    });
  });
});
