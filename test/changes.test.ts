/**
 * The proof that a regeneration means what the spec says: the files of the former spec are applied by the real Terraform to a
 * stand-in for AWS, the files of the new one are generated over them, and the plan has exactly the actions that the change of
 * the spec means. Once they are applied, nothing is left to do.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Account } from "./stand-in/account.ts";
import { startStandIn } from "./stand-in/provider.ts";
import { run } from "./support/cli.ts";
import {
  applicable,
  type Files,
  type Plan,
  type PlannedChange,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  withTerraform,
} from "./support/terraform.ts";

/** A spec, the options with which it is generated over the one before, and whether it is applied before the next one comes. */
interface Version {
  readonly spec: string;
  readonly args?: readonly string[];
  readonly isApplied?: boolean;
}

/** What Terraform would do, by address; empty for nothing. */
type Actions = Readonly<Record<string, string>>;

/** Generates the versions one after the other into one folder; returns the files that there were after each. */
async function generated(versions: readonly (string | Version)[]): Promise<Files[]> {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-changes-"));
  try {
    const all: Files[] = [];
    for (const version of versions) {
      const { spec, args = [] } = typeof version === "string" ? { spec: version } : version;
      writeFileSync(join(folder, "spec.yaml"), spec);
      const { code, stderr } = await run(["spec.yaml", ...args], { cwd: folder });
      expect(code, stderr).toBe(0);
      all.push(readFiles(folder));
    }
    return all;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface HistoryOptions {
  /** What the root gives to a module, the primary region first. */
  readonly regions?: readonly string[] | undefined;
  /** Sees the account after the last apply. */
  readonly look?: (account: Account) => void;
}

/**
 * Applies the first version, plans and applies each further one over the state that the ones before have left, and plans once
 * more after the last. Returns all plans but the first, up to one that fails. What the versions import is there before.
 */
async function history(
  versions: readonly (string | Version)[],
  { regions, look }: HistoryOptions = {},
): Promise<Plan[]> {
  const isApplied = versions.map((version) => typeof version === "string" || version.isApplied !== false);
  const all = (await generated(versions)).filter((_, index) => isApplied[index]);
  const steps = all.map((files) => applicable(files, regions));
  const importing = all.findIndex((files) => Object.values(files).some((text) => /^import \{$/m.test(text)));
  const { account } = steps[Math.max(importing, 0)]!;
  const plans: Plan[] = [];
  await withTerraform({}, {}, async (terraform) => {
    for (const [index, { files, variables, version }] of steps.entries()) {
      const provider = await startStandIn({ version, account });
      try {
        terraform.replaceFiles(files);
        terraform.replaceOptions({ provider, variables });
        if (steps[index - 1]?.version !== version) succeeded(await terraform.init());
        plans.push(await terraform.plan());
        if (!plans.at(-1)!.ok) break;
        succeeded(await terraform.apply());
        if (index === steps.length - 1) plans.push(await terraform.plan());
      } finally {
        provider.close();
      }
    }
  });
  look?.(account);
  return plans.slice(1);
}

function actions({ changes }: Plan): Actions {
  return Object.fromEntries(changes.map((change) => [change.address, described(change)]));
}

function described({ action, previousAddress, importId }: PlannedChange): string {
  const from = previousAddress === undefined ? "" : ` from ${previousAddress}`;
  return `${action}${from}${importId === undefined ? "" : ` of ${importId}`}`;
}

/** A spec; what is not given is the primary eu-central-1 with replicas in eu-west-1 and us-east-1, and nothing else. */
function spec({ primary = "eu-central-1", replicas = "eu-west-1, us-east-1", retired = "", rest = "" } = {}): string {
  return `version: 1\nregions: { primary: ${primary}, replicas: [${replicas}], retired: [${retired}] }\n${rest}\n`;
}

const SECRET = "secrets: { example: app/example }";
const LABELS = ["main", "euw1", "use1"];

/** The keys of all labels and their aliases, the first of which is the primary's. */
function resourcesOf(id: string, labels = LABELS): string[] {
  return labels.flatMap((label, index) => [
    `${index === 0 ? "aws_kms_key" : "aws_kms_replica_key"}.${label}_${id}`,
    `aws_kms_alias.${label}_${id}`,
  ]);
}

function all(action: string, addresses: readonly string[]): Actions {
  return Object.fromEntries(addresses.map((address) => [address, action]));
}

function moves(from: readonly string[], to: readonly string[]): Actions {
  return Object.fromEntries(to.map((address, index) => [address, `move from ${from[index]}`]));
}

const secret = (id: string) => [`aws_secretsmanager_secret.${id}`, `aws_secretsmanager_secret_version.${id}`];
const KEY_ID = "mrk-0123456789abcdef0123456789abcdef";
const SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/adopted-AbCdEf";

interface Change {
  readonly before: string;
  readonly after: string;
  readonly expected: Actions;
  /** What is lost and meant to be: the program refuses the change without it, and names nothing else. */
  readonly allowed?: readonly string[];
  /** The regions that the root gives to a module. */
  readonly regions?: readonly string[];
}

const changes: Readonly<Record<string, Change>> = {
  "nothing, for nothing": { before: spec({ rest: SECRET }), after: spec({ rest: SECRET }), expected: {} },
  "nothing, for the default key written out": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: `keys: { sm: {} }\n${SECRET}` }),
    expected: {},
  },
  "nothing but moves, for a renamed key": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: `keys: { vault: { renamed_from: sm } }\n${SECRET}` }),
    expected: moves(resourcesOf("sm"), resourcesOf("vault")),
  },
  "nothing but moves, for a renamed secret": {
    before: spec({ rest: "secrets: { example: {} }" }),
    after: spec({ rest: "secrets: { database: { name: example, renamed_from: example } }" }),
    expected: moves(secret("example"), secret("database")),
  },
  "nothing but moves, for a replica region's new label": {
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }, us-east-1", rest: SECRET }),
    expected: moves(resourcesOf("sm").slice(2, 4), resourcesOf("sm", ["main", "ireland"]).slice(2)),
  },
  "nothing but moves, for the primary region's new label": {
    before: spec({ rest: SECRET }),
    after: spec({ primary: "{ region: eu-central-1, label: frankfurt, renamed_from: main }", rest: SECRET }),
    expected: moves(resourcesOf("sm", ["main"]), resourcesOf("sm", ["frankfurt"])),
  },
  "nothing but moves, for new labels and a renamed key at once": {
    before: spec({ rest: SECRET }),
    after: spec({
      primary: "{ region: eu-central-1, label: frankfurt, renamed_from: main }",
      replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }, us-east-1",
      rest: `keys: { vault: { renamed_from: sm } }\n${SECRET}`,
    }),
    expected: moves(resourcesOf("sm"), resourcesOf("vault", ["frankfurt", "ireland", "use1"])),
  },
  "nothing but moves, for the new label of a module's region": {
    before: spec({ replicas: "eu-west-1", rest: `terraform: { module: true }\n${SECRET}` }),
    after: spec({
      replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }",
      rest: `terraform: { module: true }\n${SECRET}`,
    }),
    regions: ["eu-central-1", "eu-west-1"],
    expected: moves(
      ["module.generated.aws_kms_replica_key.euw1_sm", "module.generated.aws_kms_alias.euw1_sm"],
      ["module.generated.aws_kms_replica_key.ireland_sm", "module.generated.aws_kms_alias.ireland_sm"],
    ),
  },
  "nothing, for a provider's new alias": {
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "{ region: eu-west-1, provider_alias: ireland }, us-east-1", rest: SECRET }),
    expected: {},
  },
  "nothing, for two providers that exchange their aliases": {
    before: spec({ rest: SECRET }),
    after: spec({
      replicas: "{ region: eu-west-1, provider_alias: use1 }, { region: us-east-1, provider_alias: euw1 }",
      rest: SECRET,
    }),
    expected: {},
  },
  "nothing, for an alias of the primary's provider": {
    before: spec({ rest: SECRET }),
    after: spec({ primary: "{ region: eu-central-1, provider_alias: central }", rest: SECRET }),
    expected: {},
  },
  "nothing, for an alias of the primary's provider that is taken off": {
    before: spec({ primary: "{ region: eu-central-1, provider_alias: central }", rest: SECRET }),
    after: spec({ rest: SECRET }),
    expected: {},
  },
  "nothing, for files of other names": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: `files: { provider: versions.tf, kms: keys.tf, secrets: app.tf }\n${SECRET}` }),
    expected: {},
  },
  "nothing, for what is said of each region instead of the key": {
    before: spec({
      rest: `keys: { sm: { deletion_window_days: 7, tags: { Team: a }, policy: { services: [secretsmanager] } } }\n${SECRET}`,
    }),
    after: spec({
      rest: `keys:
  sm:
    by_region:
      eu-central-1: &same { deletion_window_days: 7, tags: { Team: a }, policy: { services: [secretsmanager] } }
      eu-west-1: *same
      us-east-1: *same
${SECRET}`,
    }),
    expected: {},
  },
  "an update of the replica key alone, for what it has otherwise in its region": {
    before: spec({ rest: `keys: { sm: { tags: { Team: a } } }\n${SECRET}` }),
    after: spec({
      rest: `keys:
  sm:
    tags: { Team: a }
    by_region:
      eu-west-1: { description: Ours, tags: { Tier: b }, deletion_window_days: 9, policy: { services: [s3] } }
${SECRET}`,
    }),
    expected: { "aws_kms_replica_key.euw1_sm": "update" },
  },
  "a replacement of the alias alone, for another one in a region": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: `keys: { sm: { by_region: { eu-west-1: { alias: { name: alias/sm } } } } }\n${SECRET}` }),
    allowed: ["aws_kms_alias.euw1_sm"],
    expected: { "aws_kms_alias.euw1_sm": "replace" },
  },
  "a deletion of the alias alone, for none in a region": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: `keys: { sm: { by_region: { eu-west-1: { alias: false } } } }\n${SECRET}` }),
    allowed: ["aws_kms_alias.euw1_sm"],
    expected: { "aws_kms_alias.euw1_sm": "delete" },
  },
  "nothing, for placement by region": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: `provider: { placement: region }\n${SECRET}` }),
    expected: {},
  },
  "nothing, for placement by alias": {
    before: spec({ rest: `provider: { placement: region }\n${SECRET}` }),
    after: spec({ rest: SECRET }),
    expected: {},
  },
  "nothing, for the AWS provider's next major version": {
    before: spec({ rest: `terraform: { aws_provider: "~> 5.88" }\n${SECRET}` }),
    after: spec({ rest: `terraform: { aws_provider: "~> 6.0" }\n${SECRET}` }),
    expected: {},
  },
  "nothing, for protection taken off": {
    before: spec({ rest: "keys: { sm: { protect: true } }\nsecrets: { example: { protect: true } }" }),
    after: spec({ rest: "keys: { sm: { protect: false } }\nsecrets: { example: { protect: false } }" }),
    expected: {},
  },
  "nothing, for protection put on": {
    before: spec({ rest: "keys: { sm: { protect: false } }\nsecrets: { example: { protect: false } }" }),
    after: spec({ rest: "keys: { sm: { protect: true } }\nsecrets: { example: { protect: true } }" }),
    expected: {},
  },
  "deletions in the region and an update of the secret, for a retired region": {
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: SECRET }),
    expected: {
      ...all("delete", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]),
      "aws_secretsmanager_secret.example": "update",
    },
  },
  "deletions in the region, for a retired region where the region argument places things": {
    before: spec({ rest: "provider: { placement: region }" }),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: "provider: { placement: region }" }),
    expected: all("delete", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]),
  },
  "moves, and deletions in the region, for a retired region and a renamed key": {
    before: spec(),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: "keys: { vault: { renamed_from: sm } }" }),
    expected: {
      ...moves(resourcesOf("sm", ["main", "use1"]), resourcesOf("vault", ["main", "use1"])),
      ...all("delete", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]),
    },
  },
  "forgotten keys, for a forgotten region": {
    before: spec({ rest: "keys: { sm: {}, bare: { alias: false } }" }),
    after: spec({
      replicas: "us-east-1",
      retired: "{ region: eu-west-1, forget: true }",
      rest: "keys: { sm: {}, bare: { alias: false } }",
    }),
    expected: all("forget", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm", "aws_kms_replica_key.euw1_bare"]),
  },
  "forgotten keys and moves, for a forgotten region and a renamed key": {
    before: spec(),
    after: spec({
      replicas: "us-east-1",
      retired: "{ region: eu-west-1, forget: true }",
      rest: "keys: { vault: { renamed_from: sm } }",
    }),
    expected: {
      ...moves(resourcesOf("sm", ["main", "use1"]), resourcesOf("vault", ["main", "use1"])),
      ...all("forget", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]),
    },
  },
  "creations and an update of the secret, for an added region": {
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "eu-west-1, ap-southeast-2, us-east-1", rest: SECRET }),
    expected: {
      ...all("create", ["aws_kms_replica_key.apse2_sm", "aws_kms_alias.apse2_sm"]),
      "aws_secretsmanager_secret.example": "update",
    },
  },
  "creations, for a region that a key's list gains": {
    before: spec({ rest: "keys: { sm: { replicas: [us-east-1] } }" }),
    after: spec({ rest: "keys: { sm: { replicas: [eu-west-1, us-east-1] } }" }),
    expected: all("create", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]),
  },
  "creations, for an added key": {
    before: spec({ rest: "keys: { sm: {} }" }),
    after: spec({ rest: "keys: { sm: {}, app: { service: s3 } }" }),
    expected: all("create", resourcesOf("app")),
  },
  "creations, for an added secret": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: "secrets: { example: app/example, other: {} }" }),
    expected: all("create", secret("other")),
  },
  "imports, for keys, aliases and a secret that exist": {
    before: spec({ rest: "keys: { sm: {} }" }),
    after: spec({
      rest: `keys: { sm: {}, app: { alias: app, import: { key_id: ${KEY_ID}, alias: true } } }
secrets: { adopted: { name: app/adopted, key: app, value: external, import: "${SECRET_ARN}" } }`,
    }),
    // They get the spec's descriptions, and the secret its key and replicas, in the same step.
    expected: {
      ...all(`update of ${KEY_ID}`, [
        "aws_kms_key.main_app",
        "aws_kms_replica_key.euw1_app",
        "aws_kms_replica_key.use1_app",
      ]),
      "aws_kms_alias.main_app": "import of alias/eu-central-1-app",
      "aws_kms_alias.euw1_app": "import of alias/eu-west-1-app",
      "aws_kms_alias.use1_app": "import of alias/us-east-1-app",
      "aws_secretsmanager_secret.adopted": `update of ${SECRET_ARN}`,
    },
  },
  "updates of every key, for an added key policy": {
    before: spec({ rest: `keys: { sm: {} }\n${SECRET}` }),
    after: spec({
      rest: `keys: { sm: { policy: { administrators: ["arn:aws:iam::123456789012:role/admin"] } } }\n${SECRET}`,
    }),
    expected: all("update", ["aws_kms_key.main_sm", "aws_kms_replica_key.euw1_sm", "aws_kms_replica_key.use1_sm"]),
  },
  "moves and updates, for a renamed key with a new description": {
    before: spec({ replicas: "" }),
    after: spec({ replicas: "", rest: "keys: { vault: { renamed_from: sm, description: Ours } }" }),
    expected: {
      "aws_kms_key.main_vault": "update from aws_kms_key.main_sm",
      "aws_kms_alias.main_vault": "move from aws_kms_alias.main_sm",
    },
  },
  "an update, for a secret without replicas under another key": {
    before: spec({
      replicas: "",
      rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: a } }",
    }),
    after: spec({ replicas: "", rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: b } }" }),
    expected: { "aws_secretsmanager_secret.example": "update" },
  },
};

const isSkipped = skippedWithoutTerraform("changes.test.ts");

describe.skipIf(isSkipped)("Terraform plans, and once that is applied nothing more:", () => {
  test.concurrent.each(Object.entries(changes))("%s", async (_, { before, after, expected, regions, allowed = [] }) => {
    const args = allowed.flatMap((address) => ["--allow-destroy", address]);
    if (allowed.length > 0) await expect(generated([before, after])).rejects.toThrow(allowed[0]);
    const [plan, again] = await history([before, { spec: after, args }], { regions });
    expect(plan!.errors).toEqual([]);
    expect(actions(plan!)).toEqual(expected);
    expect(actions(again!)).toEqual({});
  });
});

describe.skipIf(isSkipped)("Terraform, over several versions,", () => {
  test.concurrent("lets go of a region that is retired and then taken out", async () => {
    const retired = spec({ replicas: "us-east-1", retired: "eu-west-1", rest: SECRET });
    const gone = spec({ replicas: "us-east-1", rest: SECRET });
    const states: unknown[] = [];
    const look = (account: Account) => states.push(account.keys("eu-west-1").map(({ state }) => state));
    const plans = await history([spec({ rest: SECRET }), retired, gone], { look });
    expect(plans.map(({ errors }) => errors)).toEqual([[], [], []]);
    expect(plans.map(actions)).toEqual([
      {
        ...all("delete", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]),
        "aws_secretsmanager_secret.example": "update",
      },
      {},
      {},
    ]);
    expect(states).toEqual([["PendingDeletion"]]);
  });

  test.concurrent("leaves the keys of a forgotten region in AWS, also when it is taken out", async () => {
    const forgotten = spec({ replicas: "us-east-1", retired: "{ region: eu-west-1, forget: true }" });
    const left: unknown[] = [];
    const look = (account: Account) => {
      left.push(account.keys("eu-west-1").map(({ state }) => state));
      left.push(account.aliases("eu-west-1").map(({ name }) => name));
    };
    const gone = ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"];
    const args = gone.flatMap((address) => ["--allow-destroy", address]);
    const plans = await history([spec(), forgotten, { spec: spec({ replicas: "us-east-1" }), args }], { look });
    expect(plans.map(({ errors }) => errors)).toEqual([[], [], []]);
    expect(plans.map(actions)).toEqual([
      all("forget", ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]),
      {},
      {},
    ]);
    expect(left).toEqual([["Enabled"], ["alias/eu-west-1-secrets-manager"]]);
  });

  test.concurrent("moves a key from name to name", async () => {
    const named = (id: string, former: string) =>
      spec({ replicas: "eu-west-1", rest: `keys: { ${id}: { renamed_from: ${former} } }\n${SECRET}` });
    const labels = ["main", "euw1"];
    const first = spec({ replicas: "eu-west-1", rest: `keys: { a: {} }\n${SECRET}` });
    const args = resourcesOf("a", labels).flatMap((address) => ["--allow-destroy", address]);
    const plans = await history([first, named("b", "a"), { spec: named("c", "b"), args }]);
    expect(plans.map(actions)).toEqual([
      moves(resourcesOf("a", labels), resourcesOf("b", labels)),
      moves(resourcesOf("b", labels), resourcesOf("c", labels)),
      {},
    ]);
  });

  test.concurrent("finds moved and import blocks harmless until they are taken out, and then too", async () => {
    const wanted = (app: string, sm: string) =>
      spec({ replicas: "eu-west-1", rest: `keys: { app: { alias: app, ${app} }, sm: { ${sm} } }` });
    const importing = `import: { key_id: ${KEY_ID}, alias: true }`;
    const versions = [wanted(importing, ""), wanted(importing, "renamed_from: old"), wanted("", "")];
    const plans = await history(versions);
    expect(plans.map(actions)).toEqual([{}, {}, {}]);
  });
});

describe.skipIf(isSkipped).each([true, false])("Terraform, with a refresh (%s), after a promotion", (refresh) => {
  test("leaves the replica in a third region alone, which reads its primary's ARN only when it is created", async () => {
    const [files] = await generated([spec({ rest: "keys: { sm: { alias: false, protect: false } }" })]);
    const { variables, version, account } = applicable(files!);
    const provider = await startStandIn({ version, account });
    try {
      await withTerraform(files!, { provider, variables }, async (terraform) => {
        for (const step of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()])
          succeeded(await step());
        const { keyId } = account.keys("eu-central-1")[0]!;
        account.updatePrimaryRegion(keyId, "eu-west-1");
        terraform.replaceFiles({ ...files!, "kms.tf": promoted(files!["kms.tf"]!, keyId) });
        const plan = succeeded(await terraform.plan({ refresh }));
        expect(actions(plan)).toEqual({
          "aws_kms_key.main_sm": "forget",
          "aws_kms_replica_key.euw1_sm": "forget",
          "aws_kms_key.euw1_sm": `update of ${keyId}`,
          "aws_kms_replica_key.main_sm": `update of ${keyId}`,
        });
        succeeded(await terraform.apply());
        expect(actions(succeeded(await terraform.plan()))).toEqual({});
        expect(account.keys("us-east-1").map(({ state }) => state)).toEqual(["Enabled"]);
      });
    } finally {
      provider.close();
    }
  });

  /** The two keys have changed their types, what follows them is as it was generated. */
  function promoted(text: string, keyId: string): string {
    const third = text.slice(text.indexOf('resource "aws_kms_replica_key" "use1_sm"'));
    const taken = (from: string, to: string) =>
      `removed {\n  from = ${from}\n  lifecycle {\n    destroy = false\n  }\n}\nimport {\n  to = ${to}\n  id = "${keyId}"\n}\n`;
    return `
resource "aws_kms_key" "euw1_sm" {
  description         = "Promoted"
  enable_key_rotation = true
  multi_region        = true
  provider            = aws.euw1
}
resource "aws_kms_replica_key" "main_sm" {
  description     = "Demoted"
  primary_key_arn = aws_kms_key.euw1_sm.arn
}
${third.replaceAll("aws_kms_key.main_sm", "aws_kms_key.euw1_sm")}
${taken("aws_kms_key.main_sm", "aws_kms_replica_key.main_sm")}
${taken("aws_kms_replica_key.euw1_sm", "aws_kms_key.euw1_sm")}`;
  }
});

interface Refused {
  readonly before: string;
  readonly after: string;
  /** What the plan would do, or the error that it would end with. */
  readonly expected: Actions | string;
}

const refusals: Readonly<Record<string, Refused>> = {
  "a region that is dropped without being retired": {
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "us-east-1", rest: SECRET }),
    expected: "Provider configuration not present",
  },
  "a region that is retired while placement becomes region": {
    before: spec(),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: "provider: { placement: region }" }),
    expected: "Provider configuration not present",
  },
  "a region that is forgotten while placement becomes region": {
    before: spec(),
    after: spec({
      replicas: "us-east-1",
      retired: "{ region: eu-west-1, forget: true }",
      rest: "provider: { placement: region }",
    }),
    expected: "Provider configuration not present",
  },
  "a primary and a replica region that change places": {
    before: spec({ replicas: "eu-west-1" }),
    after: spec({ primary: "eu-west-1", replicas: "eu-central-1" }),
    expected: "Provider configuration not present",
  },
  "a protected key whose line is deleted": {
    before: spec({ rest: "keys: { app: { service: s3, protect: true }, sm: {} }" }),
    after: spec({ rest: "keys: { sm: {} }" }),
    expected: all("delete", resourcesOf("app")),
  },
  "a key with another identifier": {
    before: spec({ replicas: "", rest: "keys: { app: {} }" }),
    after: spec({ replicas: "", rest: "keys: { vault: {} }" }),
    expected: {
      ...all("delete", resourcesOf("app", ["main"])),
      ...all("create", resourcesOf("vault", ["main"])),
    },
  },
  "a key that is said to have been renamed to one that was there already": {
    before: spec({ replicas: "", rest: "keys: { a: { alias: a }, b: { alias: b } }" }),
    after: spec({ replicas: "", rest: "keys: { b: { alias: b, renamed_from: a } }" }),
    expected: all("delete", resourcesOf("a", ["main"])),
  },
  "a forgotten region's keys, where their label is not what it was": {
    before: spec({ replicas: "{ region: eu-west-1, label: ireland }" }),
    after: spec({ replicas: "", retired: "{ region: eu-west-1, provider_alias: ireland, forget: true }" }),
    expected: all("delete", resourcesOf("sm", ["main", "ireland"]).slice(2)),
  },
  "a region under a label that stays": {
    before: spec({ replicas: "{ region: eu-west-1, label: other }", rest: "keys: { sm: { protect: false } }" }),
    after: spec({ replicas: "{ region: us-east-1, label: other }", rest: "keys: { sm: { protect: false } }" }),
    expected: all("replace", resourcesOf("sm", ["main", "other"]).slice(2)),
  },
  "a key with another usage, and with it its replicas": {
    before: spec({ replicas: "eu-west-1", rest: "keys: { app: { service: none, protect: false } }" }),
    after: spec({ replicas: "eu-west-1", rest: "keys: { app: { service: none, protect: false, usage: sign } }" }),
    expected: {
      ...all("replace", ["aws_kms_key.main_app", "aws_kms_replica_key.euw1_app"]),
      ...all("update", ["aws_kms_alias.main_app", "aws_kms_alias.euw1_app"]),
    },
  },
  "the name of a key's alias": {
    before: spec({ replicas: "", rest: "keys: { app: { alias: app } }" }),
    after: spec({ replicas: "", rest: "keys: { app: { alias: application } }" }),
    expected: { "aws_kms_alias.main_app": "replace" },
  },
  "a secret's name": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: "secrets: { example: app/other }" }),
    expected: all("replace", secret("example")),
  },
  // A plan says no more than this of what AWS deletes at once.
  "a region of a secret's list of replicas": {
    before: spec({ rest: SECRET }),
    after: spec({ rest: "secrets: { example: { name: app/example, replicas: [us-east-1] } }" }),
    expected: { "aws_secretsmanager_secret.example": "update" },
  },
  "the key of a secret's replicas": {
    before: spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: a } }" }),
    after: spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: b } }" }),
    expected: { "aws_secretsmanager_secret.example": "update" },
  },
};

describe.skipIf(isSkipped)("after several renames, every state finds its way:", () => {
  const at = (id: string, label: string, { ids = "", labels = "" } = {}) =>
    spec({
      primary: `{ region: eu-central-1, label: ${label}, ${labels} }`,
      replicas: "eu-west-1",
      rest: `keys: { ${id}: { alias: x, ${ids} } }\nsecrets: { ${id}: { name: x, value: external, ${ids} } }`,
    });
  const last = at("k2", "l2", { ids: "renamed_from: [k0, k1]", labels: "renamed_from: [l0, l1]" });
  const states = [at("k0", "l0"), at("k1", "l0"), at("k2", "l0"), at("k2", "l1"), at("k2", "l2")];

  test.concurrent.each(states.map((state, steps) => [steps, state] as const))("after %i steps", async (_, state) => {
    const [plan] = await history([state, last]);
    expect(Object.values(actions(plan!)).filter((action) => !String(action).startsWith("move from "))).toEqual([]);
  });
});

describe.skipIf(isSkipped)("Terraform would lose what is refused:", () => {
  test.concurrent.each(Object.entries(refusals))("%s", async (_, { before, after, expected }) => {
    await expect(generated([before, after])).rejects.toThrow(/refused: .*\nNothing was written/s);
    const [plan] = await history([before, { spec: after, args: ["--allow-destroy", "all"] }]);
    if (typeof expected === "string") expect(plan!.errors.map(({ summary }) => summary)).toContain(expected);
    else expect(actions(plan!)).toEqual(expected);
  });

  test.concurrent("what a moved block was about, when the block is taken out before it has been applied", async () => {
    const named = (id: string, former: string) =>
      spec({ replicas: "", rest: `keys: { ${id}: { renamed_from: ${former} } }` });
    const first = spec({ replicas: "", rest: "keys: { a: {} }" });
    const args = ["--allow-destroy", "all"];
    const [plan] = await history([first, { spec: named("b", "a"), isApplied: false }, { spec: named("c", "b"), args }]);
    expect(actions(plan!)).toEqual({
      ...all("delete", resourcesOf("a", ["main"])),
      ...all("create", resourcesOf("c", ["main"])),
    });
  });
});
