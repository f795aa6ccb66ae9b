/**
 * What is in an AWS account and in no state is adopted with the real AWS SDK, which speaks to a stand-in account; the real Terraform
 * then imports it, and changes nothing in AWS.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterEach, describe, expect, test } from "vitest";
import { Account } from "../stand-in/account.ts";
import { AwsError, type Front, type FrontOptions, startFront } from "../stand-in/http.ts";
import { startStandIn } from "../stand-in/provider.ts";
import { speakTo } from "../support/aws-sdk.ts";
import { folderWith, type Run, run } from "../support/cli.ts";
import { filesBelow } from "../support/fixtures.ts";
import { skippedWithoutTerraform, succeeded, withTerraform } from "../support/terraform.ts";

const [HERE, THERE, THIRD] = ["eu-central-1", "eu-west-1", "us-east-1"] as const;

/** An account in which people made things by hand. */
function madeByHand() {
  const account = new Account();
  const key = (about: object) =>
    account.seedKey({ primaryRegion: HERE, replicaRegions: [THERE], description: "Made by hand", ...about });
  const app = key({ tags: { Team: "platform", Stage: "prod", Owner: "someone" }, rotation: true });
  for (const region of [HERE, THERE]) {
    account.seedAlias(region, "alias/app", app);
    account.seedAlias(region, "alias/application", app);
  }
  account.seedAlias(HERE, "alias/other", key({ tags: { Team: "other" }, replicaRegions: [THERE, THIRD] }));
  key({ description: "Without an alias" });
  account.seedAlias(THIRD, "alias/far", account.seedKey({ primaryRegion: THIRD, replicaRegions: [] }));
  const secret = (name: string, more: object = {}) =>
    account.seedSecret({ name, region: HERE, value: `HIDDEN-of-${name}`, ...more });
  secret("app/database", { kmsKeyId: account.keys(HERE)[0]!.arn, replicas: { [THERE]: account.keys(THERE)[0]!.arn } });
  secret("app/token");
  return { account, app };
}

const fronts: Front[] = [];
afterEach(async () => {
  for (const front of fronts.splice(0)) await front.close();
});

/** Runs adopt against an account, in an empty folder. */
async function adopting(
  account: Account,
  argv: readonly string[],
  options: FrontOptions = {},
): Promise<Run & { readonly cwd: string; readonly front: Front }> {
  const front = await startFront(account, options);
  fronts.push(front);
  speakTo(front.url);
  const cwd = folderWith();
  return { ...(await run(["adopt", "--account", ...argv], { cwd })), cwd, front };
}

const REGIONS = ["--regions", `${HERE},${THERE}`];

/** Arguments that AWS does not know, and that an import does not find therefore. */
const OF_THE_PROVIDER = new Set([
  "bypass_policy_lockout_safety_check",
  "deletion_window_in_days",
  "force_overwrite_replica_secret",
  "recovery_window_in_days",
]);

/** The attributes that a plan changes. */
function changedIn(plan: unknown): readonly string[] {
  const { resource_changes: all } = plan as {
    readonly resource_changes: readonly {
      readonly change: {
        readonly actions: readonly string[];
        readonly before: object | null;
        readonly after: object | null;
      };
    }[];
  };
  return all.flatMap(({ change: { actions, before, after } }) => {
    if (!actions.includes("update")) return [];
    const [old, fresh] = [before as Record<string, unknown>, after as Record<string, unknown>];
    return Object.keys(fresh).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]));
  });
}

describe("adopt --account", () => {
  test("finds aliased multi-Region keys with their replicas and primary secrets, and reads no value", async () => {
    const { account, app } = madeByHand();
    const { code, stderr, cwd, front } = await adopting(account, REGIONS);
    expect(code, stderr).toBe(0);
    const text = readFileSync(join(cwd, "spec.yaml"), "utf8");
    const spec = load(text) as { readonly keys: object; readonly secrets: object };
    expect(spec).toMatchObject({
      version: 1,
      regions: { primary: HERE, replicas: [THERE] },
      keys: {
        app: {
          alias: { name: "alias/app" },
          aliases: [{ name: "alias/application" }],
          description: "Made by hand",
          rotation: true,
          tags: { Owner: "someone", Stage: "prod", Team: "platform" },
          import: { key_id: app, alias: true },
        },
        other: { alias: { name: "alias/other" }, by_region: { [THERE]: { alias: false } } },
      },
      secrets: {
        app_database: { name: "app/database", key: "app", key_reference: "arn", value: "external" },
        app_token: { name: "app/token", key: "aws", replicas: [], value: "external" },
      },
    });
    expect(Object.keys(spec.keys)).toEqual(["app", "other"]);
    expect(text).toContain("# Made from what is in AWS by mrk-scaffold adopt.");
    expect(text).not.toContain("adopted: true");
    expect(stderr).toContain(`it has a replica in ${THIRD}, which --regions does not have`);
    expect(Object.values(filesBelow(cwd)).join("\n")).not.toContain("HIDDEN");
    expect(front.calls.has("GetSecretValue")).toBe(false);
  });

  test("--tag leaves out what does not have all of the tags", async () => {
    const { code, stderr, cwd } = await adopting(madeByHand().account, [
      ...REGIONS,
      ...["--tag", "Team=platform", "--tag", "Stage=prod"],
    ]);
    expect(code, stderr).toBe(0);
    const { keys, secrets } = load(readFileSync(join(cwd, "spec.yaml"), "utf8")) as Record<string, object>;
    expect(Object.keys(keys!)).toEqual(["app"]);
    expect(secrets).toBeUndefined();
  });

  test("waits while AWS throttles, and reads every page", async () => {
    const { account, app } = madeByHand();
    for (let number = 0; number < 120; number++) account.seedSecret({ name: `many/${number}`, region: HERE });
    for (let number = 0; number < 9; number++) account.seedAlias(HERE, `alias/more-${number}`, app);
    const quotas = { DescribeSecret: 100, ListAliases: 3 };
    const { code, stderr, cwd, front } = await adopting(account, REGIONS, { quotas });
    expect(code, stderr).toBe(0);
    expect(front.throttled.get("ListAliases")).toBeGreaterThan(0);
    const { secrets } = load(readFileSync(join(cwd, "spec.yaml"), "utf8")) as Record<string, object>;
    expect(Object.keys(secrets!)).toHaveLength(122);
  });

  test.each(["ListAliases", "DescribeKey", "GetKeyPolicy", "ListSecrets", "DescribeSecret"])(
    "writes nothing when %s is denied, and says so",
    async (operation) => {
      const tamper: FrontOptions["tamper"] = (called, _region, answer) => {
        const service = /Secret/.test(operation) ? "secretsmanager" : "kms";
        if (called !== operation) return answer;
        throw new AwsError("AccessDeniedException", `User is not authorized to perform: ${service}:${operation}`);
      };
      const { code, stderr, cwd } = await adopting(madeByHand().account, REGIONS, { tamper });
      expect(code).toBe(5);
      expect(stderr).toMatch(new RegExp(`AWS could not be asked: \\w+:${operation} is denied \\[aws-unseen\\]`));
      expect(stderr).toContain("docs/bringing-keys.md lists the permissions");
      expect(filesBelow(cwd)).toEqual({});
    },
  );

  test.each<[argv: string[], said: string]>([
    [["adopt", "--account"], "--account needs the regions to look at"],
    [["adopt", "--account", "--regions", "Frankfurt"], '--regions has "Frankfurt", which is not a region'],
    [["adopt", "--account", "--regions", HERE, "--tag", "Team"], "--tag Team has no value"],
    [["adopt", "--account", "--regions", HERE, "state.json"], "--account reads AWS, and takes no state"],
    [["adopt", "-", "--regions", HERE], "--regions and --tag go with --account"],
  ])("%j: %s", async (argv, said) => {
    const { code, stderr } = await run(argv, { cwd: folderWith() });
    expect(code).not.toBe(0);
    expect(stderr).toContain(said);
  });

  test("an account without anything is said to be empty", async () => {
    const { code, stderr } = await adopting(new Account(), REGIONS);
    expect(code).toBe(2);
    expect(stderr).toContain("no multi-Region keys with an alias, and no secrets that are wanted [nothing-to-adopt]");
  });

  test.skipIf(skippedWithoutTerraform("adopt-account.test.ts"))(
    "Terraform imports all of it, makes and destroys nothing, and is idle afterwards",
    async () => {
      const { account } = madeByHand();
      const { code, stderr, cwd } = await adopting(account, [...REGIONS, "--tag", "Team=platform"]);
      expect(code, stderr).toBe(0);
      const provider = await startStandIn({ version: "6.25", account });
      try {
        await withTerraform(filesBelow(cwd), { provider }, async (terraform) => {
          succeeded(await terraform.init());
          const { changes } = succeeded(await terraform.plan());
          expect(changes.map(({ action, address }) => `${action} ${address}`).sort()).toEqual([
            "import aws_kms_alias.euw1_app",
            "import aws_kms_alias.euw1_app_alias_application",
            "import aws_kms_alias.main_app",
            "import aws_kms_alias.main_app_alias_application",
            "update aws_kms_key.main_app",
            "update aws_kms_replica_key.euw1_app",
          ]);
          const changed = changedIn(await terraform.show());
          expect(changed.filter((name) => !OF_THE_PROVIDER.has(name))).toEqual([]);
          const before = structuredClone([account.keys(HERE), account.keys(THERE), account.secrets(HERE)]);
          succeeded(await terraform.apply());
          expect([account.keys(HERE), account.keys(THERE), account.secrets(HERE)]).toEqual(before);
          expect(succeeded(await terraform.plan()).changes).toEqual([]);
        });
      } finally {
        provider.close();
      }
    },
  );
});
