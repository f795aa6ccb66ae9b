/**
 * The proof that a promotion destroys nothing: every step that the program writes is planned and applied by the real Terraform
 * against the stand-in account, with exactly the actions that the step means; and every order that is wrong ends at the plan.
 */

import { describe, expect, test } from "vitest";
import type { Account } from "./stand-in/account.ts";
import { type Actions, actionsOf, type Story, told } from "./support/story.ts";
import { skippedWithoutTerraform } from "./support/terraform.ts";

const isSkipped = skippedWithoutTerraform("promotion-stand-in.test.ts");

const [FROM, TO, THIRD] = ["eu-central-1", "eu-west-1", "us-east-1"] as const;
const REGIONS = [FROM, TO, THIRD];

function spec(rest: string): string {
  return `version: 1\nregions:\n  primary: ${FROM}\n  replicas: [${TO}, ${THIRD}]\n${rest}`;
}

const KEYS = `keys:
  sm: { policy: { decrypters: ["arn:{partition}:iam::123456789012:role/app-{region}"] } }
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
