/** What the command promote does to a spec and to the files beside it, what it prints, and what it refuses. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith, type Run, run } from "../support/cli.ts";

const ID = "mrk-00000000000000000000000000000001";
const OTHER = "mrk-00000000000000000000000000000002";

const SPEC = `# Ours
version: 1
regions:
  primary: eu-central-1 # Frankfurt
  replicas: [eu-west-1, us-east-1]

keys:
  sm: {} # for secrets
  app: { service: s3, replicas: [eu-west-1] }

secrets:
  example: app/example
  database:
    key: sm
    value: generated # strong
    replicas: [eu-west-1]
`;

/** A folder in which the spec has been generated. */
async function generated(spec: string, beside: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = folderWith({ "spec.yaml": spec, ...beside });
  const { code, stderr } = await run(["spec.yaml"], { cwd });
  expect(code, stderr).toBe(0);
  return cwd;
}

function specIn(cwd: string): string {
  return readFileSync(join(cwd, "spec.yaml"), "utf8");
}

/** All files of a folder, by name. */
function filesIn(cwd: string): Record<string, string> {
  return Object.fromEntries(readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name), "utf8")]));
}

const AWS = "registry.terraform.io/hashicorp/aws";

/** A state as `terraform show -json` prints it. */
function state(resources: Readonly<Record<string, object>>, module = ""): string {
  const all = Object.entries(resources).map(([address, values]) => {
    const [type, name] = address.split(".");
    return {
      address: [module, address].filter(Boolean).join("."),
      mode: "managed",
      type,
      name,
      provider_name: AWS,
      values,
    };
  });
  const root = module === "" ? { resources: all } : { child_modules: [{ address: module, resources: all }] };
  return JSON.stringify({ format_version: "1.0", terraform_version: "1.11.4", values: { root_module: root } });
}

const key = (id: string, region: string) => ({ key_id: id, arn: `arn:aws:kms:${region}:123456789012:key/${id}` });
const KEYS = { "aws_kms_key.main_sm": key(ID, "eu-central-1"), "aws_kms_key.main_app": key(OTHER, "eu-central-1") };
const TO = ["promote", "spec.yaml", "--to", "eu-west-1"];
const CONTINUE = ["promote", "spec.yaml", "--continue"];

async function succeeding(argv: readonly string[], cwd: string, stdin = ""): Promise<Run> {
  const result = await run(argv, { cwd, stdin });
  expect(result.code, result.stderr).toBe(0);
  return result;
}

describe("the keys move", () => {
  test("by ids that the state has; the spec says it where a person would have", async () => {
    const cwd = await generated(SPEC);
    await succeeding([...TO, "--state", "-"], cwd, state(KEYS));
    expect(specIn(cwd)).toBe(`# Ours
version: 1
regions:
  primary: eu-west-1 # Frankfurt
  home: eu-central-1
  promoted_from:
    region: eu-central-1
    key_ids:
      app: ${OTHER}
      sm: ${ID}
  secrets: eu-central-1
  replicas: [eu-central-1, us-east-1]

keys:
  sm: {} # for secrets
  app: { service: s3, replicas: [eu-central-1] }

secrets:
  example: app/example
  database:
    key: sm
    value: generated # strong
    replicas: [eu-west-1]
`);
    expect(filesIn(cwd)["kms.tf"]).toContain(`import {\n  to = aws_kms_key.euw1_sm\n  id = "${ID}"\n}`);
  });

  test.each<[string, readonly string[], string | undefined]>([
    ["on the command line", ["--key-id", `sm=${ID}`, "--key-id", `app=${OTHER}`], undefined],
    ["in a file of the state", ["--state", "state.json"], undefined],
    ["in the state that a plan starts from", ["--state", "-"], "plan"],
  ])("by ids that are %s", async (_, args, kind) => {
    const cwd = await generated(SPEC);
    writeFileSync(join(cwd, "state.json"), state(KEYS));
    const plan = `{ "format_version": "1.2", "prior_state": ${state(KEYS)}, "resource_changes": [] }`;
    await succeeding([...TO, ...args], cwd, kind === "plan" ? plan : "");
    expect(specIn(cwd)).toContain(`sm: ${ID}`);
    expect(specIn(cwd)).toContain(`app: ${OTHER}`);
  });

  test("and come back: the spec and the files have their first bytes again", async () => {
    const cwd = await generated(SPEC);
    const first = filesIn(cwd);
    await succeeding([...TO, "--state", "-"], cwd, state(KEYS));
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(specIn(cwd)).not.toContain("promoted_from");
    const back = ["promote", "spec.yaml", "--to", "eu-central-1", "--key-id", `sm=${ID}`, "--key-id", `app=${OTHER}`];
    await succeeding(back, cwd);
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(filesIn(cwd)).toEqual(first);
  });

  test("when the state has what has been applied, the blocks go", async () => {
    const cwd = await generated(SPEC);
    await succeeding([...TO, "--state", "-"], cwd, state(KEYS));
    const before = filesIn(cwd);
    const early = await run([...CONTINUE, "--state", "-"], { cwd, stdin: state(KEYS) });
    expect(early.code).toBe(4);
    expect(early.stderr).toContain("the state still has aws_kms_key.main_sm");
    expect(filesIn(cwd)).toEqual(before);
    const applied = {
      "aws_kms_key.euw1_sm": key(ID, "eu-west-1"),
      "aws_kms_replica_key.main_sm": key(ID, "eu-central-1"),
      "aws_kms_replica_key.use1_sm": key(ID, "us-east-1"),
      "aws_kms_key.euw1_app": key(OTHER, "eu-west-1"),
      "aws_kms_replica_key.main_app": key(OTHER, "eu-central-1"),
    };
    const { stdout } = await succeeding([...CONTINUE, "--state", "-"], cwd, state(applied));
    expect(stdout).toContain("The promotion is finished with this");
    expect(filesIn(cwd)["kms.tf"]).not.toMatch(/^(removed|import) \{/m);
  });

  test("in a module the root gets the import blocks, under the module's address", async () => {
    const cwd = await generated(`${SPEC}terraform: { module: true }\n`);
    const { stdout } = await succeeding([...TO, "--state", "-", "--dry-run"], cwd, state(KEYS, "module.keys"));
    expect(stdout).toContain(`import {\n  to = module.keys.aws_kms_key.euw1_sm\n  id = "${ID}"\n}`);
    await succeeding([...TO, "--state", "-", "--root-imports", "root.tf"], cwd, state(KEYS, "module.keys"));
    expect(filesIn(cwd)["root.tf"]).toContain(`to = module.keys.aws_kms_replica_key.main_app\n  id = "${OTHER}"`);
    expect(filesIn(cwd)["kms.tf"]).not.toMatch(/^import /m);
  });
});

describe("the secrets move", () => {
  test("step by step, and no step declares a version", async () => {
    const cwd = await generated(SPEC);
    const ids = ["--key-id", `sm=${ID}`, "--key-id", `app=${OTHER}`];
    const { stdout } = await succeeding([...TO, "--secrets", ...ids], cwd);
    expect(stdout).toContain("stop-replication-to-replica");
    expect(specIn(cwd)).toContain("secrets: { region: eu-west-1, step: detach }");
    expect(specIn(cwd)).toContain("    value: external # strong\n    replicas: [eu-central-1]\n");
    expect(filesIn(cwd)["secrets.tf"]).not.toMatch(/^resource /m);
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(specIn(cwd)).toContain("secrets: { region: eu-west-1, step: attach }");
    expect(filesIn(cwd)["secrets.tf"]).toContain("id = data.aws_secretsmanager_secret.example.arn");
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(specIn(cwd)).toContain("secrets: { region: eu-west-1, step: clean }");
    for (const text of Object.values(filesIn(cwd))) expect(text).not.toContain("aws_secretsmanager_secret_version");
    const waiting = await run([...CONTINUE, "--applied"], { cwd });
    expect(waiting.code).toBe(2);
    expect(waiting.stderr).toContain("no value is sent as long as this step is there: example");
    await succeeding([...CONTINUE, "--send-values"], cwd);
    expect(specIn(cwd)).not.toContain("step:");
    expect(filesIn(cwd)["secrets.tf"]).toContain('resource "aws_secretsmanager_secret_version" "example"');
  });

  test("alone, in an outage, and back to the region that is there again", async () => {
    const cwd = await generated(
      SPEC.replace("secrets:\n  example: app/example", "secrets:\n  example: { value: external, key: sm }"),
    );
    const { stdout } = await succeeding([...TO, "--secrets-only", "--unreachable", "eu-central-1"], cwd);
    expect(specIn(cwd)).toContain(
      "  primary: eu-central-1 # Frankfurt\n  secrets: { region: eu-west-1, step: detach }\n  unreachable: [eu-central-1]\n",
    );
    expect(stdout.indexOf("stop-replication-to-replica")).toBeLessThan(stdout.indexOf("plan -refresh=false"));
    expect(filesIn(cwd)["provider.tf"]).toContain('sts_region = "eu-west-1"');
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(filesIn(cwd)["secrets.tf"]).not.toContain("data.aws_region.main.");
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(specIn(cwd)).toContain("step: clean");
    const returned = await succeeding(["promote", "spec.yaml", "--returned", "eu-central-1"], cwd);
    expect(returned.stdout).not.toContain("-refresh=false");
    expect(specIn(cwd)).toContain("step: attach");
    expect(specIn(cwd)).not.toContain("unreachable");
    expect(filesIn(cwd)["secrets.tf"]).toContain("region     = data.aws_region.main.region");
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(specIn(cwd)).toContain("  secrets: eu-west-1\n");
  });

  test("with another function for the rotation, and the ARN by which one was adopted", async () => {
    const arn = (region: string) => `arn:aws:secretsmanager:${region}:123456789012:secret:example-AbCdEf`;
    const lambda = (region: string) => `arn:aws:lambda:${region}:123456789012:function:rotate`;
    const cwd = await generated(`version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
secrets:
  example: { import: "${arn("eu-central-1")}" }
  rotated: { rotation: { lambda_arn: '${lambda("eu-central-1")}', every_days: 30 } }
`);
    const refused = await run([...TO, "--secrets-only"], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("lambda-in-other-region");
    const { stdout } = await succeeding([...TO, "--secrets-only", "--lambda", `rotated=${lambda("eu-west-1")}`], cwd);
    expect(stdout.indexOf("cancel-rotate-secret --region eu-central-1")).toBeLessThan(
      stdout.indexOf("stop-replication"),
    );
    expect(specIn(cwd)).toContain(`import: "${arn("eu-west-1")}"`);
    expect(specIn(cwd)).toContain(`lambda_arn: '${lambda("eu-west-1")}'`);
    await succeeding([...CONTINUE, "--applied"], cwd);
    expect(filesIn(cwd)["secrets.tf"]).toContain("rotate_immediately  = false");
  });

  test("that Terraform has let go of already are attached at once, if the state has none of them", async () => {
    const spec = "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\nsecrets: { example: {} }\n";
    const cwd = await generated(spec, {
      "own.tf": 'output "x" {\n  value = aws_secretsmanager_secret.example.arn\n}\n',
    });
    const refused = await run([...TO, "--secrets-only"], { cwd });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("own.tf:2:11");
    expect(refused.stderr).toContain("terraform state rm aws_secretsmanager_secret.example");
    const attach = [...TO, "--secrets-only", "--attach", "--state", "-"];
    const known = await run(attach, { cwd, stdin: state({ "aws_secretsmanager_secret.example": {} }) });
    expect(known.code).toBe(2);
    expect(known.stderr).toContain("the state still has aws_secretsmanager_secret.example");
    await succeeding(attach, cwd, state({}));
    expect(specIn(cwd)).toContain("secrets: { region: eu-west-1, step: attach }");
  });
});

describe("nothing is written, and it is said why,", () => {
  const unchanged = async (spec: string, argv: readonly string[], stdin = "", beside = {}) => {
    const cwd = await generated(spec, beside);
    const before = filesIn(cwd);
    const result = await run(argv, { cwd, stdin });
    expect(filesIn(cwd)).toEqual(before);
    return result;
  };
  const IDS = ["--key-id", `sm=${ID}`, "--key-id", `app=${OTHER}`];

  test.each<[string, string, readonly string[], number, string]>([
    ["when the region is none of the spec's", SPEC, ["promote", "spec.yaml", "--to", "eu-north-1"], 2, "wrong-target"],
    [
      "when it is the primary already",
      SPEC,
      ["promote", "spec.yaml", "--to", "eu-central-1", ...IDS],
      2,
      "wrong-target",
    ],
    ["when it is out of reach", SPEC, [...TO, "--secrets-only", "--unreachable", "eu-west-1"], 2, "wrong-target"],
    [
      "when the primary keys are out of reach",
      SPEC,
      [...TO, "--unreachable", "eu-central-1"],
      2,
      "primary-unreachable",
    ],
    [
      "when a key is not there",
      SPEC.replace("replicas: [eu-west-1] }", "replicas: [us-east-1] }"),
      [...TO, ...IDS],
      2,
      "key-cannot-be-promoted",
    ],
    [
      "when a key is disabled",
      SPEC.replace("service: s3", "service: s3, enabled: false"),
      [...TO, ...IDS],
      2,
      "key-cannot-be-promoted",
    ],
    ["when an id is not known", SPEC, [...TO, "--key-id", `sm=${ID}`], 2, "key-id-missing"],
    ["when an id is of no key", SPEC, [...TO, ...IDS, "--key-id", `sn=${ID}`], 2, "id-of-unknown-key"],
    [
      "when a secret has no copy there",
      SPEC.replace("replicas: [eu-west-1]\n", "replicas: [us-east-1]\n"),
      [...TO, "--secrets-only"],
      2,
      "secret-cannot-be-moved",
    ],
    [
      "when a region is retired in the same step",
      SPEC.replace("\nkeys:", "  retired: [us-west-2]\n\nkeys:"),
      [...TO, ...IDS],
      2,
      "promotion-not-alone",
    ],
    ["when there is nothing to go on with", SPEC, CONTINUE, 2, "nothing-to-continue"],
    [
      "when no region is out of reach",
      SPEC,
      ["promote", "spec.yaml", "--returned", "eu-west-1"],
      2,
      "nothing-to-continue",
    ],
    ["when the state is none", SPEC, [...TO, "--state", "spec.yaml"], 2, "not-a-state"],
    ["when the state is not there", SPEC, [...TO, "--state", "nowhere.json"], 2, "not-a-state"],
    ["for a dry run", SPEC, [...TO, ...IDS, "--dry-run"], 0, "Nothing was written"],
  ])("%s", async (_, spec, argv, code, said) => {
    const result = await unchanged(spec, argv);
    expect(result.code, result.stderr).toBe(code);
    expect(result.stderr).toContain(said);
  });

  test("when a promotion is in progress, and when nothing says that its step has been applied", async () => {
    const cwd = await generated(SPEC);
    await succeeding([...TO, ...IDS], cwd);
    const before = filesIn(cwd);
    const again = await run(["promote", "spec.yaml", "--to", "us-east-1", ...IDS], { cwd });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("promotion-in-progress") });
    const unsaid = await run(CONTINUE, { cwd });
    expect(unsaid).toMatchObject({ code: 4, stderr: expect.stringContaining("step-not-applied") });
    expect(filesIn(cwd)).toEqual(before);
  });

  test("when the state is of another account, or of a spec that is not applied like this", async () => {
    const spec = `${SPEC}provider: { allowed_account_ids: ["999999999999"] }\n`;
    const other = await unchanged(spec, [...TO, "--state", "-"], state(KEYS));
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("state-of-another-account") });
    const elsewhere = { ...KEYS, "aws_kms_key.main_sm": key(ID, "us-east-1") };
    const moved = await unchanged(SPEC, [...TO, "--state", "-"], state(elsewhere));
    expect(moved).toMatchObject({ code: 2, stderr: expect.stringContaining("state-does-not-fit") });
  });

  test("when files of the user's own refer to a key that gets another address, each with its line", async () => {
    const own =
      "locals {\n  key = aws_kms_key.main_sm.arn # aws_kms_key.main_app\n}\n\n# aws_kms_key.main_sm\nmoved {\n  from = aws_kms_key.old\n  to   = aws_kms_key.main_sm\n}\n";
    const result = await unchanged(SPEC, [...TO, ...IDS], "", { "own.tf": own });
    expect(result.code).toBe(4);
    expect(result.stderr).toContain(
      "own.tf:2:9: refused: aws_kms_key.main_sm is referred to here, and is aws_kms_replica_key.main_sm from this step on",
    );
  });

  test("when a generated file was edited by hand", async () => {
    const cwd = await generated(SPEC);
    writeFileSync(join(cwd, "kms.tf"), `${filesIn(cwd)["kms.tf"]}\n# mine\n`);
    const before = filesIn(cwd);
    expect(await run([...TO, ...IDS], { cwd })).toMatchObject({ code: 3 });
    expect(filesIn(cwd)).toEqual(before);
  });

  test("when an alias is where something would have to be changed, with what is to be written", async () => {
    const spec = `version: 1
regions: { primary: &home eu-central-1, home: *home, replicas: [eu-west-1] }
`;
    const result = await unchanged(spec, [...TO, "--key-id", `sm=${ID}`]);
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining("spec-not-editable") });
    expect(result.stderr).toContain("let regions.primary and regions.replicas[0] change places");
  });

  test.each([
    [["promote"], "name it"],
    [["promote", "spec.yaml"], "--to REGION, --continue or --returned REGION"],
    [["promote", "-", "--to", "eu-west-1"], "standard input cannot be changed"],
    [[...TO, "--continue"], "say what is to happen"],
    [[...TO, "--secrets", "--secrets-only"], "choose one"],
    [[...CONTINUE, "--secrets"], "belongs to the start"],
    [[...TO, "--send-values"], "belongs to the end"],
    [[...TO, "--attach"], "Add --secrets-only"],
    [[...TO, "--key-id", "sm"], 'ID=…, not "sm"'],
    [[...TO, "--key-id", "sm=1234"], "1234 is not the id of a multi-Region key"],
  ])("for the arguments %j", async (argv, said) => {
    const result = await unchanged(SPEC, argv);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(said);
  });
});
