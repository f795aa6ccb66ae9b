/** What the judge says of single changes, of those that Terraform cannot easily be brought to plan too. */

import { describe, expect, test } from "vitest";
import { PlanJudge, unallowed } from "../../src/losses/plan-judge.ts";
import { NotAPlanError } from "../../src/terraform/no-plan.ts";
import { planReader } from "../../src/terraform/plan.ts";

const KEY = {
  arn: "arn:aws:kms:eu-central-1:123456789012:key/mrk-1",
  key_id: "mrk-1",
  is_enabled: true,
  deletion_window_in_days: 30,
};
const SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/db-AbCdEf";
const SECRET = { arn: SECRET_ARN, id: SECRET_ARN, name: "app/db", recovery_window_in_days: 30 };
const VALUE = { secret_id: SECRET_ARN, secret_string: "HIDDEN", version_stages: ["AWSCURRENT"] };

interface Change {
  readonly address: string;
  readonly actions: readonly string[];
  readonly before?: object | null;
  readonly after?: object | null;
  readonly rest?: object;
  readonly more?: object;
}

function written({ address, actions, before = null, after = null, rest, more }: Change) {
  const [type, name] = address.replace(/^.*\b(aws\w*_)/, "$1").split(".");
  return { address, mode: "managed", type, name, change: { actions, before, after, ...rest }, ...more };
}

interface PlanText {
  readonly changes?: readonly Change[];
  readonly drift?: readonly Change[];
  readonly rest?: object;
}

function judged({ changes = [], drift = [], rest = {} }: PlanText) {
  const judge = new PlanJudge();
  const reader = planReader(judge);
  const text = {
    format_version: "1.2",
    planned_values: {},
    resource_drift: drift.map(written),
    resource_changes: changes.map(written),
    ...rest,
  };
  reader.feed(Buffer.from(JSON.stringify(text)));
  const facts = reader.end();
  return judge.findings(facts);
}

/** `refused` or `note`, the code, the message. */
function told(plan: PlanText): string[] {
  return judged(plan).map(({ isLoss, code, message }) => `${isLoss ? "refused" : "note"} ${code}: ${message}`);
}

const key = (actions: readonly string[], change: Partial<Change> = {}): Change => ({
  address: "aws_kms_key.main",
  actions,
  before: KEY,
  ...change,
});
const secret = (actions: readonly string[], change: Partial<Change> = {}): Change => ({
  address: "aws_secretsmanager_secret.db",
  actions,
  before: SECRET,
  ...change,
});
const value = (actions: readonly string[], change: Partial<Change> = {}): Change => ({
  address: "aws_secretsmanager_secret_version.db",
  actions,
  before: VALUE,
  ...change,
});
const replicas = (...regions: readonly string[]) => ({
  replica: regions.map((region) => ({ region, kms_key_id: "k" })),
});

const GROUP = {
  arn: "arn:aws:logs:eu-central-1:123456789012:log-group:/app",
  name: "/app",
  kms_key_id: "k",
  retention_in_days: 90,
};
const group = (actions: readonly string[], before: object = GROUP, after: object | null = null, rest = {}): Change => ({
  address: "aws_cloudwatch_log_group.main_app",
  actions,
  before,
  after,
  ...rest,
});
const PARAMETER = {
  arn: "arn:aws:ssm:eu-central-1:123456789012:parameter/app/url",
  key_id: "k",
  name: "/app/url",
  type: "SecureString",
  value_wo_version: 1,
};
const parameter = (
  actions: readonly string[],
  before: object = PARAMETER,
  after: object | null = null,
  rest = {},
): Change => ({ address: "aws_ssm_parameter.main_url", actions, before, after, ...rest });
const EBS = { id: "x", key_arn: KEY.arn };
const ENCRYPTION = { bucket: "acme", rule: [{ bucket_key_enabled: true }] };
const encryption = (actions: readonly string[], after: object | null = null, rest = {}): Change => ({
  address: "aws_s3_bucket_server_side_encryption_configuration.main_backups",
  actions,
  before: ENCRYPTION,
  after,
  ...rest,
});

const VERSION = "aws_secretsmanager_secret_version.db";
const READER = `data.${VERSION}`;
/** A block of the configuration. */
const blockOf = (address: string, mode: string) => ({ address, mode, type: "aws_secretsmanager_secret_version" });

describe("the judge", () => {
  test.each<[what: string, plan: PlanText, expected: readonly string[]]>([
    [
      "has nothing to say of a plan without keys",
      { changes: [{ address: "aws_instance.web", actions: ["delete"] }] },
      [],
    ],
    [
      "has nothing to say of what stays, or is made",
      { changes: [key(["no-op"], { after: KEY }), key(["create"], { before: null, after: KEY })] },
      [],
    ],
    [
      "refuses the deletion of a key",
      { changes: [key(["delete"], { more: { action_reason: "delete_because_each_key" } })] },
      [
        "refused plan-destroys: Terraform schedules deletion of the primary key mrk-1 in eu-central-1 (30 days), because for_each does not have its key any more",
      ],
    ],
    [
      "refuses it without a reason too",
      { changes: [key(["delete"])] },
      ["refused plan-destroys: Terraform schedules deletion of the primary key mrk-1 in eu-central-1 (30 days)"],
    ],
    [
      "tells a reason that it does not know as it is",
      { changes: [key(["delete"], { more: { action_reason: "delete_because_of_the_moon" } })] },
      [
        "refused plan-destroys: Terraform schedules deletion of the primary key mrk-1 in eu-central-1 (30 days), because delete because of the moon",
      ],
    ],
    [
      "refuses a replacement in either order, and names what forces it",
      {
        changes: [
          key(["create", "delete"], {
            rest: { replace_paths: [["multi_region"], ["key_usage"]] },
            more: { action_reason: "replace_because_cannot_update" },
          }),
        ],
      },
      [
        "refused plan-replaces: Terraform schedules deletion of the primary key mrk-1 in eu-central-1 (30 days) and creates another, which cannot decrypt what this one has encrypted, because multi_region and key_usage change, which is not possible in place",
      ],
    ],
    [
      "refuses to delete what an earlier replacement left behind",
      { changes: [key(["delete"], { more: { deposed: "abcdef01" } })] },
      [
        "refused plan-destroys: Terraform schedules deletion of the primary key mrk-1 in eu-central-1 (30 days), because an earlier replacement left it behind",
      ],
    ],
    [
      "refuses a key that is forgotten, also where another is made",
      { changes: [key(["create", "forget"])] },
      [
        "refused plan-forgets: Terraform forgets the primary key mrk-1 in eu-central-1: it stays in AWS, without Terraform, and creates another",
      ],
    ],
    [
      "lets a promotion pass, with a note",
      {
        changes: [
          key(["forget"]),
          {
            address: "aws_kms_replica_key.main",
            actions: ["no-op"],
            before: KEY,
            after: KEY,
            rest: { importing: { id: "mrk-1" } },
          },
        ],
      },
      ["note goes-on: Terraform manages the primary key mrk-1 in eu-central-1 as aws_kms_replica_key.main from now on"],
    ],
    [
      "does not take the copy of another region for the one that is forgotten",
      {
        changes: [
          key(["forget"]),
          {
            address: "aws_kms_replica_key.main",
            actions: ["no-op"],
            before: { ...KEY, arn: KEY.arn.replace("central", "west") },
            rest: { importing: { id: "mrk-1" } },
          },
        ],
      },
      [
        "refused plan-forgets: Terraform forgets the primary key mrk-1 in eu-central-1: it stays in AWS, without Terraform",
      ],
    ],
    [
      "refuses a key that is disabled, and one that may be",
      {
        changes: [
          key(["update"], { after: { ...KEY, is_enabled: false } }),
          key(["update"], {
            before: { ...KEY, is_enabled: undefined, enabled: true },
            after: {},
            rest: { after_unknown: { enabled: true } },
          }),
        ],
      },
      [
        "refused plan-disables: Terraform disables the primary key mrk-1 in eu-central-1: nothing can be encrypted or decrypted with it",
        "refused plan-disables: Terraform may disable the primary key mrk-1 in eu-central-1: nothing can be encrypted or decrypted with it",
      ],
    ],
    [
      "refuses the end of a log group, whose events go with it, and not of one that stays in AWS",
      { changes: [group(["delete"]), group(["delete"], { ...GROUP, skip_destroy: true })] },
      [
        "refused plan-destroys: Terraform deletes the log group /app in eu-central-1 with all its events",
        "note plan-changes: Terraform only forgets the log group /app in eu-central-1, which stays in AWS, because skip_destroy is true",
      ],
    ],
    [
      "refuses a log group that is made again",
      {
        changes: [
          group(["delete", "create"], GROUP, GROUP, {
            rest: { replace_paths: [["log_group_class"]] },
            more: { action_reason: "replace_because_cannot_update" },
          }),
        ],
      },
      [
        "refused plan-replaces: Terraform deletes the log group /app in eu-central-1 with all its events; then it creates an empty one, because log_group_class changes, which is not possible in place",
      ],
    ],
    [
      "notes what changes about a log group, and what AWS deletes for it",
      {
        changes: [
          group(["update"], GROUP, { ...GROUP, kms_key_id: "other" }),
          group(["update"], GROUP, { ...GROUP, kms_key_id: "" }),
          group(["update"], GROUP, { ...GROUP, retention_in_days: 30 }),
          group(["update"], { ...GROUP, retention_in_days: 0 }, GROUP),
          group(["update"], GROUP, { ...GROUP, retention_in_days: 0, tags: { a: "b" } }),
        ],
      },
      [
        "note plan-changes: Terraform encrypts new events of the log group /app in eu-central-1 under another key; those that are there stay under the former one",
        "note plan-changes: Terraform encrypts new events of the log group /app in eu-central-1 with AWS's own key",
        "note plan-changes: Terraform has AWS delete the events of the log group /app in eu-central-1 that are older than 30 days",
        "note plan-changes: Terraform has AWS delete the events of the log group /app in eu-central-1 that are older than 90 days",
      ],
    ],
    [
      "refuses the end of a parameter that holds a secret, and an import over its value; other parameters are no secrets",
      {
        changes: [
          parameter(["delete"]),
          parameter(["delete"], { ...PARAMETER, type: "String" }),
          parameter(["update"], { ...PARAMETER, value_wo_version: null }, PARAMETER, {
            rest: { importing: { id: "/app/url" } },
          }),
          parameter(["update"], PARAMETER, { ...PARAMETER, value_wo_version: 2, key_id: "other" }),
        ],
      },
      [
        "refused plan-destroys: Terraform deletes the parameter /app/url in eu-central-1 with its value, at once",
        "refused plan-overwrites-value: Terraform overwrites the value of the parameter /app/url in eu-central-1, which is imported",
        "note plan-changes: Terraform encrypts the parameter /app/url in eu-central-1 under another key; who reads it needs that one",
        "note plan-changes: Terraform sends the value of the parameter /app/url in eu-central-1 again",
      ],
    ],
    [
      "notes that a parameter cannot change without its value, which is sent with another version, or is no write-only one",
      {
        changes: [
          parameter(["update"], PARAMETER, { ...PARAMETER, key_id: "other", tier: "Advanced" }),
          parameter(["update"], { ...PARAMETER, tier: "Standard" }, { ...PARAMETER, tier: "Advanced" }),
          parameter(
            ["update"],
            PARAMETER,
            { ...PARAMETER, key_id: undefined },
            {
              rest: { after_unknown: { key_id: true } },
            },
          ),
          parameter(
            ["update"],
            { ...PARAMETER, value_wo_version: null, tier: "Standard" },
            { ...PARAMETER, value_wo_version: null, key_id: "other", tier: "Advanced" },
          ),
          parameter(["update"], PARAMETER, { ...PARAMETER, description: "x" }),
        ],
      },
      [
        ...Array(3).fill(
          "note plan-changes: Terraform fails to change the parameter /app/url in eu-central-1: raise the version of its value, which must be sent too",
        ),
        "note plan-changes: Terraform encrypts the parameter /app/url in eu-central-1 under another key; who reads it needs that one",
      ],
    ],
    [
      "notes what becomes of the encryption of a bucket",
      {
        changes: [
          encryption(["delete"]),
          encryption(["delete", "create"], { bucket: "other" }, { rest: { replace_paths: [["bucket"]] } }),
          encryption(["update"], { ...ENCRYPTION, rule: [{ bucket_key_enabled: false }] }),
          encryption(["forget"]),
        ],
      },
      [
        "note plan-changes: Terraform has the bucket acme encrypt new objects with keys of S3 again",
        "note plan-changes: Terraform has the bucket acme encrypt new objects with keys of S3 again",
        "note plan-changes: Terraform changes how the bucket acme encrypts new objects",
        "note plan-changes: Terraform forgets the encryption of the bucket acme, which stays in AWS",
      ],
    ],
    [
      "notes what becomes of the defaults of EBS",
      {
        changes: [
          { address: "aws_ebs_default_kms_key.main", actions: ["delete"], before: EBS },
          { address: "aws_ebs_default_kms_key.main", actions: ["delete", "create"], before: EBS, after: EBS },
          { address: "aws_ebs_encryption_by_default.main", actions: ["delete"], before: { id: "y", enabled: true } },
          { address: "aws_ebs_encryption_by_default.main", actions: ["forget"], before: { id: "y", enabled: true } },
        ],
      },
      [
        "note plan-changes: Terraform resets the EBS default key to AWS's own",
        "note plan-changes: Terraform switches off the EBS encryption by default: new volumes are encrypted only on request",
        "note plan-changes: Terraform forgets the EBS encryption by default, which stays in AWS",
      ],
    ],
    [
      "notes what changes about a key",
      {
        changes: [
          key(["update"], {
            before: { ...KEY, policy: "a", enable_key_rotation: true },
            after: { ...KEY, policy: "b", valid_to: "2030-01-01T00:00:00Z" },
          }),
        ],
      },
      [
        "note plan-changes: Terraform switches off the rotation of the primary key mrk-1 in eu-central-1",
        "note plan-changes: Terraform changes the policy of the primary key mrk-1 in eu-central-1",
        "note plan-changes: Terraform lets the key material of the primary key mrk-1 in eu-central-1 expire: then nothing can be decrypted with it",
      ],
    ],
    [
      "says what goes at once with a secret",
      {
        changes: [
          secret(["delete"], {
            before: { ...SECRET, recovery_window_in_days: 0, ...replicas("eu-west-1", "us-east-1", "us-east-2") },
          }),
        ],
      },
      [
        "refused plan-destroys: Terraform deletes the secret app/db in eu-central-1 at once, without a way back, and deletes its replicas in eu-west-1, us-east-1 and us-east-2 at once",
      ],
    ],
    [
      "refuses a replica that is dropped, and one that is copied again",
      {
        changes: [
          secret(["update"], {
            before: { ...SECRET, ...replicas("eu-west-1", "us-east-1") },
            after: { ...SECRET, replica: [{ region: "us-east-1", kms_key_id: "other" }] },
          }),
        ],
      },
      [
        "refused plan-deletes-replica: Terraform deletes the replica in eu-west-1 of the secret app/db in eu-central-1 at once, without a recovery window",
        "refused plan-copies-replica: Terraform deletes the replica in us-east-1 of the secret app/db in eu-central-1 at once and copies the secret again under another key",
      ],
    ],
    [
      "refuses a replica whose key is known only after the apply",
      {
        changes: [
          secret(["update"], {
            before: { ...SECRET, ...replicas("eu-west-1") },
            after: { ...SECRET, replica: [{ region: "eu-west-1" }] },
            rest: { after_unknown: { replica: [{ kms_key_id: true }] } },
          }),
        ],
      },
      [
        "refused plan-copies-replica: Terraform deletes the replica in eu-west-1 of the secret app/db in eu-central-1 at once and copies the secret again, because its key is known only after the apply",
      ],
    ],
    [
      "refuses replicas whose regions are known only after the apply",
      {
        changes: [
          secret(["update"], {
            before: { ...SECRET, ...replicas("eu-west-1") },
            after: SECRET,
            rest: { after_unknown: { replica: true } },
          }),
        ],
      },
      [
        "refused plan-deletes-replica: Terraform may delete the replica in eu-west-1 of the secret app/db in eu-central-1: its regions are known only after the apply",
      ],
    ],
    [
      "takes no key, written as null or as an empty text, for the same",
      {
        changes: [
          secret(["update"], {
            before: { ...SECRET, replica: [{ region: "eu-west-1", kms_key_id: "" }] },
            after: { ...SECRET, replica: [{ region: "eu-west-1", kms_key_id: null }] },
          }),
        ],
      },
      [],
    ],
    [
      "reads the replicas of hashicorp/awscc",
      {
        changes: [
          {
            address: "awscc_secretsmanager_secret.db",
            actions: ["update"],
            before: { ...SECRET, replica_regions: [{ region: "eu-west-1" }] },
            after: { ...SECRET, replica_regions: [] },
          },
        ],
      },
      [
        "refused plan-deletes-replica: Terraform deletes the replica in eu-west-1 of the secret app/db in eu-central-1 at once, without a recovery window",
      ],
    ],
    [
      "refuses a value that is sent over the one of an adopted secret",
      {
        changes: [
          secret(["no-op"], { after: SECRET, rest: { importing: { id: SECRET_ARN } } }),
          value(["create"], { before: null, after: { secret_id: SECRET_ARN, secret_string_wo_version: 1 } }),
        ],
      },
      [
        "refused plan-overwrites-value: Terraform overwrites the value of the secret app/db in eu-central-1, which is being imported",
      ],
    ],
    [
      "refuses a value that is sent to a secret of which it knows no value",
      { changes: [value(["create"], { before: null, after: { secret_id: "app/db", secret_string_wo_version: 1 } })] },
      [
        "refused plan-overwrites-value: Terraform overwrites the value of the secret app/db, which is there already, if it has one",
      ],
    ],
    [
      "lets the first value of a new secret pass",
      {
        changes: [
          secret(["create"], { before: null, after: { name: "app/db" } }),
          value(["create"], {
            before: null,
            after: { secret_string_wo_version: 1 },
            rest: { after_unknown: { secret_id: true } },
          }),
        ],
      },
      [],
    ],
    [
      "refuses a value for a secret that is looked up during the apply",
      {
        changes: [value(["create"], { before: null, after: {}, rest: { after_unknown: { secret_id: true } } })],
        rest: {
          configuration: {
            root_module: {
              resources: [
                {
                  address: "aws_secretsmanager_secret_version.db",
                  type: "aws_secretsmanager_secret_version",
                  expressions: { secret_id: { references: ["data.aws_secretsmanager_secret.db.id"] } },
                },
              ],
            },
          },
        },
      },
      [
        "refused plan-overwrites-value: Terraform may overwrite the value of a secret that is looked up only during the apply",
      ],
    ],
    [
      "refuses a value that is sent over one that someone else has written",
      {
        changes: [
          value(["delete", "create"], {
            before: { ...VALUE, version_stages: ["AWSPREVIOUS"] },
            after: { secret_id: SECRET_ARN, secret_string_wo_version: 2 },
            rest: { replace_paths: [["secret_string_wo_version"]] },
          }),
        ],
      },
      [
        "refused plan-overwrites-value: Terraform overwrites the value of the secret app/db in eu-central-1, which someone else has written since the last apply",
      ],
    ],
    [
      "notes a value that is sent again from a block of another name",
      {
        changes: [
          value(["delete"], { more: { action_reason: "delete_because_no_resource_config" } }),
          {
            ...value(["create"], { before: null, after: { secret_id: SECRET_ARN } }),
            address: "aws_secretsmanager_secret_version.new",
          },
        ],
      },
      [
        "note plan-changes: Terraform stops managing the value of the secret app/db in eu-central-1; the value stays in AWS, because its block is gone from the configuration",
        "note plan-changes: Terraform sends the value again to the secret app/db in eu-central-1",
      ],
    ],
    [
      "refuses a generated value that is generated again in a block of another name",
      {
        changes: [
          value(["delete"], { more: { action_reason: "delete_because_no_resource_config" } }),
          {
            ...value(["create"], { before: null, after: { secret_id: SECRET_ARN } }),
            address: "aws_secretsmanager_secret_version.new",
          },
        ],
        rest: {
          configuration: {
            root_module: {
              resources: [
                {
                  address: "aws_secretsmanager_secret_version.new",
                  type: "aws_secretsmanager_secret_version",
                  expressions: { secret_string_wo: { references: ["ephemeral.random_password.db.result"] } },
                },
              ],
            },
          },
        },
      },
      [
        "refused plan-overwrites-value: Terraform replaces the generated value of the secret app/db in eu-central-1 by a new one, because its block was aws_secretsmanager_secret_version.db",
        "note plan-changes: Terraform stops managing the value of the secret app/db in eu-central-1; the value stays in AWS, because its block is gone from the configuration",
      ],
    ],
    [
      "refuses it where someone else has written the value since",
      {
        changes: [
          {
            ...value(["create"], { before: null, after: { secret_id: SECRET_ARN } }),
            address: "aws_secretsmanager_secret_version.new",
          },
          value(["forget"], { before: { ...VALUE, version_stages: ["AWSPREVIOUS"] } }),
        ],
      },
      [
        "refused plan-overwrites-value: Terraform overwrites the value of the secret app/db in eu-central-1, which someone else has written since the last apply",
        "note plan-changes: Terraform forgets the value of the secret app/db in eu-central-1, which stays in AWS",
      ],
    ],
    [
      "refuses a generated value that is generated again without being asked to",
      {
        changes: [
          {
            ...value(["delete", "create"], {
              after: { secret_id: SECRET_ARN },
              more: { action_reason: "replace_because_tainted" },
            }),
            address: 'module.a["x.y]"].module.b[0].aws_secretsmanager_secret_version.db["1"]',
          },
        ],
        rest: {
          configuration: {
            root_module: {
              module_calls: {
                a: {
                  module: {
                    module_calls: {
                      b: {
                        module: {
                          resources: [
                            {
                              address: "aws_secretsmanager_secret_version.db",
                              type: "aws_secretsmanager_secret_version",
                              expressions: {
                                secret_string_wo: {
                                  references: ["ephemeral.random_password.db.result", "ephemeral.random_password.db"],
                                },
                              },
                            },
                          ],
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
      [
        "refused plan-overwrites-value: Terraform replaces the generated value of the secret app/db in eu-central-1 by a new one, because it is tainted",
      ],
    ],
    [
      "notes a value that is sent as the configuration asks",
      {
        changes: [
          value(["delete", "create"], {
            after: { secret_id: SECRET_ARN, secret_string: "HIDDEN" },
            rest: { replace_paths: [["secret_string"]] },
          }),
        ],
      },
      [
        "note value-in-state: Terraform keeps the value of the secret app/db in eu-central-1 in the plan and the state",
        "note plan-changes: Terraform sends another value to the secret app/db in eu-central-1",
      ],
    ],
    [
      "refuses an imported value, which is read into the state",
      { changes: [value(["no-op"], { after: VALUE, rest: { importing: { id: "x" } } })] },
      [
        "refused value-in-state: Terraform imports the value of the secret app/db in eu-central-1, which reads it into the plan and the state",
      ],
    ],
    [
      "notes a data source that reads a value",
      { changes: [value(["read"], { before: null, more: { mode: "data" } })] },
      ["note value-in-state: Terraform reads the value of a secret into the state"],
    ],
    [
      "notes a data source that has read a value while planning, and one that will read it once",
      {
        changes: [
          { ...value(["read"], { before: null, more: { mode: "data" } }), address: `module.a[0].${READER}["x"]` },
        ],
        rest: {
          configuration: {
            root_module: {
              module_calls: {
                a: { module: { resources: [blockOf(READER, "data")] } },
                data: { module: { resources: [blockOf(VERSION, "managed")] } },
              },
              resources: [blockOf(READER, "data"), blockOf(`ephemeral.${VERSION}`, "ephemeral")],
            },
          },
        },
      },
      [
        "note value-in-state: Terraform reads the value of a secret into the state",
        "note value-in-state: Terraform reads the value of a secret into the state",
      ],
    ],
    [
      "refuses what is gone from AWS and is made again",
      { drift: [key(["delete"])], changes: [key(["create"], { before: null, after: {} })] },
      [
        "refused gone-from-aws: Terraform finds the primary key mrk-1 in eu-central-1 deleted in AWS, or scheduled for deletion, and creates another primary key in its place",
      ],
    ],
    [
      "refuses a replica that is gone from AWS and is made again",
      {
        drift: [
          secret(["update"], { before: { ...SECRET, ...replicas("eu-west-1") }, after: { ...SECRET, ...replicas() } }),
        ],
        changes: [
          secret(["update"], {
            before: { ...SECRET, ...replicas() },
            after: { ...SECRET, ...replicas("eu-west-1"), force_overwrite_replica_secret: true },
          }),
        ],
      },
      [
        "refused gone-from-aws: Terraform finds the replica in eu-west-1 of the secret app/db in eu-central-1 gone, and overwrites whatever secret has its name there",
        "note plan-may-overwrite-secret: Terraform overwrites whatever secret is called app/db in eu-west-1: force_overwrite_replica_secret is true",
      ],
    ],
    [
      "refuses a replica that takes the place of another secret",
      {
        changes: [
          {
            address: "aws_secretsmanager_secret.other",
            actions: ["no-op"],
            before: { ...SECRET, arn: SECRET_ARN.replace("central", "west") },
          },
          secret(["create"], {
            before: null,
            after: { name: "app/db", ...replicas("eu-west-1"), force_overwrite_replica_secret: true },
          }),
        ],
      },
      [
        "refused plan-overwrites-secret: Terraform overwrites aws_secretsmanager_secret.other with the replica in eu-west-1 of the secret app/db",
      ],
    ],
    [
      "refuses actions that it does not know, and none at all",
      { changes: [key(["transmogrify"]), secret([])] },
      [
        "refused unknown-action: Terraform plans an action that this version does not know (transmogrify) for the primary key mrk-1 in eu-central-1",
        "refused unknown-action: Terraform plans an unnamed action for the secret app/db in eu-central-1",
      ],
    ],
    [
      "refuses a plan with an error, and notes an incomplete one",
      { rest: { errored: true, complete: false } },
      [
        "refused plan-errored: The plan ended with an error, and does not hold everything that would be done",
        "note plan-incomplete: The plan is incomplete (-target, or something was put off): what it leaves out is not judged",
      ],
    ],
    [
      "judges what is put off like the rest",
      {
        rest: { deferred_changes: [{ reason: "provider_config_unknown", resource_change: written(key(["delete"])) }] },
      },
      ["refused plan-destroys: Terraform schedules deletion of the primary key mrk-1 in eu-central-1 (30 days)"],
    ],
    [
      "notes what happens to the parts of keys and secrets",
      {
        changes: [
          {
            address: "aws_kms_alias.a",
            actions: ["delete"],
            before: { name: "alias/a", arn: "arn:aws:kms:eu-central-1:1:alias/a" },
          },
          {
            address: "aws_kms_alias.b",
            actions: ["update"],
            before: { name: "alias/b", target_key_id: "1" },
            after: { target_key_id: "2" },
          },
          { address: "aws_kms_key_policy.c", actions: ["delete"], before: {} },
          { address: "aws_kms_grant.d", actions: ["delete"], before: {} },
          { address: "aws_secretsmanager_secret_rotation.e", actions: ["delete"], before: { secret_id: SECRET_ARN } },
          { address: "aws_secretsmanager_secret_policy.f", actions: ["delete"], before: { secret_arn: SECRET_ARN } },
          value(["delete"]),
          value(["forget"]),
        ],
      },
      [
        "note plan-changes: Terraform deletes the alias alias/a in eu-central-1: what uses the key by this name fails",
        "note plan-changes: Terraform points the alias alias/b to another key",
        "note plan-changes: Terraform puts AWS's default key policy back",
        "note plan-changes: Terraform revokes a grant on a key",
        "note plan-changes: Terraform switches off the rotation of the secret app/db in eu-central-1",
        "note plan-changes: Terraform deletes the resource policy of the secret app/db in eu-central-1",
        "note plan-changes: Terraform stops managing the value of the secret app/db in eu-central-1; the value stays in AWS",
        "note plan-changes: Terraform forgets the value of the secret app/db in eu-central-1, which stays in AWS",
      ],
    ],
  ])("%s", (_, plan, expected) => {
    expect(told(plan)).toEqual(expected);
    expect(JSON.stringify(judged(plan))).not.toContain("HIDDEN");
  });

  test("counts its losses first", () => {
    const codes = judged({ changes: [value(["delete"]), key(["delete"])] }).map(({ code }) => code);
    expect(codes).toEqual(["plan-destroys", "plan-changes"]);
  });
});

describe("what a user allows", () => {
  const [replica] = judged({
    changes: [secret(["update"], { before: { ...SECRET, ...replicas("eu-west-1", "us-east-1") }, after: SECRET })],
  });
  const left = (...allowed: readonly string[]) => unallowed(replica!, new Set(allowed))?.message;

  test.each<[allowed: readonly string[], left: string | undefined]>([
    [["aws_secretsmanager_secret.db"], undefined],
    [["all"], undefined],
    [["aws_secretsmanager_secret.db[eu-west-1]", "aws_secretsmanager_secret.db[us-east-1]"], undefined],
    [
      ["aws_secretsmanager_secret.db[eu-west-1]", "aws_kms_key.main"],
      "Terraform deletes the replica in us-east-1 of the secret app/db in eu-central-1 at once, without a recovery window",
    ],
  ])("with %j leaves %j", (allowed, expected) => {
    expect(left(...allowed)).toBe(expected);
  });

  test("never lets a plan with an error pass", () => {
    const [errored] = judged({ rest: { errored: true } });
    expect(unallowed(errored!, new Set(["all"]))).toBe(errored);
  });
});

describe("what is no plan", () => {
  test.each<[what: string, text: string, message: string]>([
    ["nothing", "", "the plan is empty"],
    ["a state", '{"format_version":"1.0","values":{"root_module":{}}}', "this is a state, not a plan"],
    ["no state", '{"format_version":"1.0"}', "this is not a plan"],
    ["a list", "[]", "this is not a plan"],
    ["other JSON", '{"a":1}', "this is not a plan of Terraform"],
    [
      "a plan of the next format",
      '{"format_version":"2.0","planned_values":{}}',
      'the plan has format version "2.0"; 0.x and 1.x are understood',
    ],
    ["half a plan", '{"format_version":"1.2","planned_values":{', "the plan ends too early (byte 43)"],
    ["a message", "Error: no plan", "the plan is not JSON (byte 1)"],
    ["a log", '{"@level":"info"}\n{"@level":"info"}', "this is the log of terraform plan -json, not a plan"],
  ])("%s", (_, text, message) => {
    const read = () => {
      const reader = planReader(new PlanJudge());
      reader.feed(Buffer.from(text));
      reader.end();
    };
    expect(read).toThrow(NotAPlanError);
    expect(read).toThrow(message);
  });
});
