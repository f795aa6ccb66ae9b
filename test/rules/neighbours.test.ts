import { expect, test } from "vitest";
import { neighbourHint } from "../../src/rules/neighbours.ts";
import { folderWith, run } from "../support/cli.ts";

test.each([
  ["secrets.app.kms_key_id", "key"],
  ["secrets.app.secret_string", "value"],
  ["secrets.app.replica_regions", "replicas"],
  ["regions.replica_regions", "replicas"],
  ["replica_regions", "regions.replicas"],
  ["keys.sm.replica_regions", "replicas"],
  ["keys.sm.key_administrators", "policy.administrators"],
  ["keys.sm.policy.key_administrators", "administrators"],
  ["keys.sm.policy.statements.0.principal", "principals"],
  ["keys.sm.enable_key_rotation", "rotation"],
  ["keys.sm.rotation_period_in_days", "rotation.period_days"],
  ["keys.sm.rotation.rotation_period_in_days", "period_days"],
  ["keys.sm.deletion_window_in_days", "deletion_window_days"],
  ["secrets.app.rotation_lambda_arn", "rotation.lambda_arn"],
  ["secrets.app.rotation.rotation_lambda_arn", "lambda_arn"],
  ["secrets.app.recovery_window_in_days", "recovery_window_days"],
  ["secrets.app.random_password_length", "value.generated.length"],
  ["log_groups.app.retention_in_days", "retention_days"],
  ["log_groups.app.log_group_class", "class"],
  ["log_groups.app.kms_key_id", "key"],
  ["log_groups.app.by_region.eu-west-1.log_group_name", "name"],
  ["buckets.backups.bucket", "name"],
  ["buckets.backups.kms_master_key_id", "key"],
  ["buckets.backups.bucket_key_enabled", "bucket_key"],
  ["parameters.url.key_id", "key"],
  ["parameters.url.insecure_value", "value"],
  ["parameters.url.value_wo_version", "value.version"],
  ["logs", "log_groups"],
  ["s3", "buckets"],
  ["default_tags", "provider.default_tags"],
  ["required_version", "terraform.required_version"],
])("%s is called %s here", (path, name) => {
  const steps = path.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  expect(neighbourHint(steps)).toBe(`Here it is called ${name}.`);
});

test.each(["keys.sm.secret_string", "secrets.app.toString", "provider.kms_key_id", "secrets.app.colour"])(
  "%s is like nothing that there is at its place",
  (path) => {
    expect(neighbourHint(path.split("."))).toBeUndefined();
  },
);

test("what needs no key is said to need none", () => {
  expect(neighbourHint(["keys", "sm", "multi_region"])).toBe("Every key is a multi-Region key. Delete the line.");
});

test("an unknown key is named wherever it is but in a value, its own value is not shown", async () => {
  const cwd = folderWith({
    "spec.yaml": `version: 1
regions: { primary: eu-central-1, zone: hunter2 }
backend: hunter2
secrets:
  app: { name_prefix2: hunter2, policy: { reader: hunter2 }, value: { litreal: hunter2 } }
  other: { hunter2 }
`,
  });
  const { code, stdout, stderr } = await run(["spec.yaml", "--check", "--json"], { cwd });
  expect(code).toBe(2);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { path: string[]; message: string }[] };
  expect(diagnostics.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
    'regions.zone: unknown key "zone"',
    'backend: unknown key "backend"',
    'secrets.app.name_prefix2: unknown key "name_prefix2"',
    'secrets.app.policy.reader: unknown key "reader"',
    "secrets.app.value: unknown key (not shown, it may be a secret)",
    "secrets.other: unknown key (not shown, it may be a secret)",
  ]);
  expect(stdout + stderr).not.toContain("hunter2");
});

test.each([
  ["provider: { region: eu-west-1 }", "Here it is regions.primary, at the top of the spec."],
  ["provider: { version: '5.0' }", "Here it is terraform.aws_provider, at the top of the spec."],
  ["keys: { app: s3 }", "Write app: { service: s3 }"],
  ["keys: { app: CloudWatch }", "Write app: {}"],
  ["keys: { app: { service: rds.amazonaws.com } }", "Did you mean rds?"],
  ["keys: { app: { service: secrets-manager } }", "Did you mean secretsmanager?"],
])("%s is turned round", async (wrong, help) => {
  const spec = `version: 1\nregions: { primary: eu-central-1 }\n${wrong}\n`;
  const { code, stderr } = await run(["spec.yaml"], { cwd: folderWith({ "spec.yaml": spec }) });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(`help: ${help}\n`) });
});
