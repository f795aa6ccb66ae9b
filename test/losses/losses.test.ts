/** What a regeneration refuses to lose, and what it lets pass: specs before and after, over real folders, no Terraform. */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/report/diagnostic.ts";
import { folderWith, run } from "../support/cli.ts";

interface Loss {
  readonly code: string;
  readonly address: string;
  readonly path: string;
  readonly effect: string;
  readonly hint?: string;
}

interface Regenerated {
  readonly code: number;
  readonly stderr: string;
  readonly losses: readonly Loss[];
  /** What each loss is a part of. */
  readonly owners: ReadonlyMap<string, string>;
  readonly notes: readonly string[];
  readonly folder: string;
  /** Whether every file is as it was, its modification time included. */
  readonly isUntouched: boolean;
}

interface Surroundings {
  readonly args?: readonly string[];
  /** Files of the user's own, by name; what happens to the generated ones in between is up to a function. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly meanwhile?: (folder: string) => void;
}

/** Generates the first spec into a fresh folder and then the second one over it. */
async function regenerate(
  before: string,
  after: string,
  { args = [], beside = {}, meanwhile }: Surroundings = {},
): Promise<Regenerated> {
  const folder = folderWith({ "spec.yaml": before });
  const first = await run(["spec.yaml"], { cwd: folder });
  expect(first.code, first.stderr).toBe(0);
  for (const [name, text] of Object.entries({ ...beside, "spec.yaml": after })) writeFileSync(join(folder, name), text);
  meanwhile?.(folder);
  const untouched = snapshot(folder);
  const { code, stdout, stderr } = await run(["spec.yaml", "--json", ...args], { cwd: folder });
  return {
    code,
    stderr,
    losses: lossesIn(stdout),
    owners: ownersIn(stdout),
    notes: notesIn(stdout),
    folder,
    isUntouched: snapshot(folder) === untouched,
  };
}

/** What a report for programs says that Terraform would do to what. */
function lossesIn(json: string): readonly Loss[] {
  const { diagnostics } = JSON.parse(json) as { readonly diagnostics: readonly Diagnostic[] };
  return diagnostics.flatMap(({ code, severity, address, file, message, hint }) => {
    const loss = { path: file, effect: message.replace(/^Terraform /, ""), ...(hint === undefined ? {} : { hint }) };
    return severity !== "refused" || address === undefined ? [] : [{ code, address, ...loss }];
  });
}

function ownersIn(json: string): ReadonlyMap<string, string> {
  const { diagnostics } = JSON.parse(json) as { readonly diagnostics: readonly Diagnostic[] };
  return new Map(
    diagnostics.flatMap(({ address, belongsTo }) =>
      address === undefined || belongsTo === undefined ? [] : [[address, belongsTo] as const],
    ),
  );
}

/** Warnings and notes, each with its code in front and what to do behind. */
function notesIn(json: string): readonly string[] {
  const { diagnostics } = JSON.parse(json) as { readonly diagnostics: readonly Diagnostic[] };
  return diagnostics.flatMap(({ code, severity, message, address, hint }) =>
    severity === "warning" || severity === "note"
      ? [`${code}: ${address === undefined ? "" : `${address}: `}${message}${hint === undefined ? "" : ` (${hint})`}`]
      : [],
  );
}

function snapshot(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => [name, statSync(join(folder, name))] as const)
    .filter(([, status]) => status.isFile())
    .map(([name, status]) => [name, status.mtimeMs, readFileSync(join(folder, name), "base64")]);
  return JSON.stringify(files.sort());
}

function addresses(losses: readonly Loss[]): string[] {
  return losses.map(({ address }) => address);
}

/** With the name in front, which is cut short where it is taken out of the case. */
function named<T extends { readonly name: string }>(cases: readonly T[]): [string, T][] {
  return cases.map((one) => [one.name, one]);
}

function hints(losses: readonly Loss[]): string[] {
  return [...new Set(losses.flatMap(({ hint }) => hint ?? []))];
}

/** A spec; what is not given is the primary eu-central-1 with replicas in eu-west-1 and us-east-1, and nothing else. */
function spec({ primary = "eu-central-1", replicas = "eu-west-1, us-east-1", retired = "", rest = "" } = {}): string {
  return `version: 1\nregions: { primary: ${primary}, replicas: [${replicas}], retired: [${retired}] }\n${rest}\n`;
}

const SECRET = "secrets: { example: app/example }";

const GRANT = '{ to: "arn:aws:iam::123456789012:role/batch", operations: [Decrypt] }';

/** The addresses of a key in the three regions. */
function addressesOf(id: string, labels: readonly string[] = ["main", "euw1", "use1"]): string[] {
  const key = (label: string) => `${label === labels[0] ? "aws_kms_key" : "aws_kms_replica_key"}.${label}_${id}`;
  return [...labels.map(key), ...[...labels].sort().map((label) => `aws_kms_alias.${label}_${id}`)];
}

const RETIRE_IRELAND =
  "To give the region up, write retired: [eu-west-1] under regions: its provider stays until its resources are gone";
const KEEP =
  "To keep these in AWS and only take them out of Terraform's state, write a removed block with destroy = false for each address into a .tf file of your own";
const KEEP_COPY =
  "To keep a copy of it, make it a secret of its own, then allow it: aws secretsmanager stop-replication-to-replica --region eu-west-1 --secret-id app/example";
const KEEP_IRELAND = "Keep eu-west-1 for the label other: a resource cannot move to another region";

interface Refused {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly refused: readonly string[];
  readonly hints: readonly string[];
}

const refusals: readonly Refused[] = [
  // Keys
  {
    name: "a key whose line is deleted",
    before: spec({ rest: "keys: { app: { service: s3 }, sm: {} }" }),
    after: spec({ rest: "keys: { sm: {} }" }),
    refused: addressesOf("app"),
    hints: [KEEP],
  },
  {
    name: "all keys",
    before: spec(),
    after: spec({ rest: "keys: {}" }),
    refused: addressesOf("sm"),
    hints: ["A spec without keys has the key sm, one with keys must name it: write sm: {} under keys to keep it"],
  },
  {
    name: "the key that a spec without keys has, when another key is named",
    before: spec(),
    after: spec({ rest: "keys: { app: { service: s3 } }" }),
    refused: addressesOf("sm"),
    hints: ["A spec without keys has the key sm, one with keys must name it: write sm: {} under keys to keep it"],
  },
  {
    name: "a key with another identifier",
    before: spec({ rest: "keys: { app: { tags: { owner: us }, policy: {} } }" }),
    after: spec({ rest: "keys: { vault: { tags: { owner: us }, policy: {} } }" }),
    refused: addressesOf("app"),
    hints: ["It looks like a rename: write renamed_from: app under keys.vault"],
  },
  {
    name: "a key with another identifier, of which its alias is made",
    before: spec({ rest: "keys: { app: { service: none } }" }),
    after: spec({ rest: "keys: { application: { service: none } }" }),
    refused: addressesOf("app"),
    hints: ["It looks like a rename: write renamed_from: app and alias: app under keys.application"],
  },
  {
    name: "one of two equal keys, replaced by one that is equal to both",
    before: spec({ replicas: "", rest: "keys: { a: { alias: a }, b: { alias: b } }" }),
    after: spec({ replicas: "", rest: "keys: { c: { alias: c } }" }),
    refused: ["aws_kms_key.main_a", "aws_kms_key.main_b", "aws_kms_alias.main_a", "aws_kms_alias.main_b"],
    hints: [KEEP],
  },
  {
    name: "a key that is said to have been renamed to one that was there already",
    before: spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }" }),
    after: spec({ rest: "keys: { b: { alias: b, renamed_from: a } }" }),
    refused: addressesOf("a"),
    hints: [],
  },
  {
    name: "a key that is said to have been renamed from one that never was",
    before: spec({ rest: "keys: { app: {} }" }),
    after: spec({ rest: "keys: { vault: { renamed_from: application } }" }),
    refused: addressesOf("app"),
    hints: ["It looks like a rename: write renamed_from: app under keys.vault"],
  },
  {
    name: "a key that is renamed while the spec still names the former label",
    before: spec({
      primary: "{ region: eu-central-1, label: frankfurt, renamed_from: main }",
      replicas: "",
      rest: "keys: { app: { alias: false } }",
    }),
    after: spec({
      primary: "{ region: eu-central-1, label: frankfurt, renamed_from: main }",
      replicas: "",
      rest: "keys: { vault: { alias: false, renamed_from: app } }",
    }),
    refused: ["aws_kms_key.frankfurt_app"],
    hints: ["Take renamed_from out at eu-central-1: it has the label frankfurt here already"],
  },
  {
    name: "a key with another usage",
    before: spec({ rest: "keys: { app: { service: none } }" }),
    after: spec({ rest: "keys: { app: { service: none, usage: sign } }" }),
    refused: ["aws_kms_key.main_app", "aws_kms_replica_key.euw1_app", "aws_kms_replica_key.use1_app"],
    hints: ["What a key is cannot change: leave keys.app as it was, and give the other key an identifier of its own"],
  },
  {
    name: "a key of another spec, renamed at the same time",
    before: spec({ rest: "keys: { app: { service: none, alias: app, spec: RSA_2048 } }" }),
    after: spec({ rest: "keys: { sealing: { service: none, alias: app, spec: RSA_4096, renamed_from: app } }" }),
    refused: ["aws_kms_key.main_app", "aws_kms_replica_key.euw1_app", "aws_kms_replica_key.use1_app"],
    hints: [
      "What a key is cannot change: leave keys.sealing as it was, and give the other key an identifier of its own",
    ],
  },
  {
    name: "a region that a key's list of replicas loses",
    before: spec({ rest: "keys: { app_sm: { alias: app }, sm: {} }" }),
    after: spec({ rest: "keys: { app_sm: { alias: app, replicas: [us-east-1] }, sm: {} }" }),
    refused: ["aws_kms_replica_key.euw1_app_sm", "aws_kms_alias.euw1_app_sm"],
    hints: ["To keep it, put eu-west-1 back into the replicas of keys.app_sm"],
  },
  {
    name: "a region that a key's list of replicas loses, and with it the copies under that key",
    before: spec({ rest: `keys: { sm: {} }\n${SECRET}` }),
    after: spec({ rest: `keys: { sm: { replicas: [us-east-1] } }\n${SECRET}` }),
    refused: ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm", "aws_secretsmanager_secret.example[eu-west-1]"],
    hints: ["To keep it, put eu-west-1 back into the replicas of keys.sm"],
  },
  {
    name: "a replica that one key gives up and another key takes",
    before: spec({ rest: "keys: { a: { alias: a, replicas: [eu-west-1] }, b: { alias: b, replicas: [us-east-1] } }" }),
    after: spec({
      rest: "keys: { a: { alias: a, replicas: [] }, b: { alias: b, replicas: [eu-west-1, us-east-1] } }",
    }),
    refused: ["aws_kms_replica_key.euw1_a", "aws_kms_alias.euw1_a"],
    hints: ["To keep it, put eu-west-1 back into the replicas of keys.a"],
  },
  {
    name: "a replica whose address another key has now",
    before: spec({ replicas: "{ region: eu-west-1, label: a_b }", rest: "keys: { c: { alias: false } }" }),
    after: spec({ replicas: "{ region: eu-west-1, label: a }", rest: "keys: { b_c: { alias: false } }" }),
    refused: ["aws_kms_key.main_c"],
    hints: ["It looks like a rename: write renamed_from: c under keys.b_c"],
  },
  {
    name: "the aliases of a key",
    before: spec({ rest: "keys: { sm: {} }" }),
    after: spec({ rest: "keys: { sm: { alias: false } }" }),
    refused: ["aws_kms_alias.euw1_sm", "aws_kms_alias.main_sm", "aws_kms_alias.use1_sm"],
    hints: ["The key stays, only its alias goes: write alias: secrets-manager under keys.sm to keep it"],
  },
  {
    name: "the names of a key's aliases",
    before: spec({ replicas: "eu-west-1", rest: "keys: { sm: { alias: { name: 'alias/{region}/app' } } }" }),
    after: spec({ replicas: "eu-west-1", rest: "keys: { sm: { alias: { name: 'alias/app/{region}' } } }" }),
    refused: ["aws_kms_alias.euw1_sm", "aws_kms_alias.main_sm"],
    hints: ['To keep the alias, write alias: { name: "alias/{region}/app" } under keys.sm'],
  },
  {
    name: "the names of a key's aliases, which hold a variable now",
    before: spec({ replicas: "eu-west-1", rest: "keys: { sm: { alias: { name: alias/prod-app } } }" }),
    after: spec({
      replicas: "eu-west-1",
      rest: "variables: { env: { default: prod } }\nkeys: { sm: { alias: { name: 'alias/{var.env}-app' } } }",
    }),
    refused: ["aws_kms_alias.euw1_sm", "aws_kms_alias.main_sm"],
    hints: ['To keep the alias, write alias: { name: "alias/prod-app" } under keys.sm'],
  },
  {
    name: "the names of a key's aliases, which held the workspace and a variable",
    before: spec({ replicas: "", rest: "variables: { env: ~ }\nkeys: { sm: { alias: '{workspace}-{var.env}-app' } }" }),
    after: spec({ replicas: "", rest: "keys: { sm: { alias: app } }" }),
    refused: ["aws_kms_alias.main_sm"],
    hints: ['To keep the alias, write alias: "{workspace}-{var.env}-app" under keys.sm'],
  },
  {
    name: "a secret whose name holds a variable now",
    before: spec({ replicas: "", rest: "secrets: { db: prod/db }" }),
    after: spec({ replicas: "", rest: "variables: { env: ~ }\nsecrets: { db: '{var.env}/db' }" }),
    refused: ["aws_secretsmanager_secret.db"],
    hints: ["To keep the secret, write name: prod/db under secrets.db"],
  },
  {
    name: "a secret whose name holds another variable now",
    before: spec({ replicas: "", rest: "variables: { env: ~ }\nsecrets: { db: '{var.env}/db' }" }),
    after: spec({ replicas: "", rest: "variables: { stage: ~ }\nsecrets: { db: '{var.stage}/db' }" }),
    refused: ["aws_secretsmanager_secret.db"],
    hints: ['To keep the secret, write name: "{var.env}/db" under secrets.db'],
  },
  {
    name: "a secret of one name with a variable under another identifier",
    before: spec({ replicas: "", rest: "variables: { env: ~ }\nsecrets: { db: '{var.env}/db' }" }),
    after: spec({ replicas: "", rest: "variables: { env: ~ }\nsecrets: { database: '{var.env}/db' }" }),
    refused: ["aws_secretsmanager_secret.db"],
    hints: ["It looks like a rename: write renamed_from: db under secrets.database"],
  },
  {
    name: "the names of a key's aliases, which its service decides",
    before: spec({ replicas: "", rest: "keys: { app: { service: s3 } }" }),
    after: spec({ replicas: "", rest: "keys: { app: { service: sqs } }" }),
    refused: ["aws_kms_alias.main_app"],
    hints: ["To keep the alias, write alias: s3 under keys.app"],
  },
  {
    name: "the alias that a key has had, when it gets several",
    before: spec({ replicas: "", rest: "keys: { sm: {} }" }),
    after: spec({ replicas: "", rest: "keys: { sm: { aliases: [secrets-manager, vault] } }" }),
    refused: ["aws_kms_alias.main_sm"],
    hints: [
      "The key stays, only its alias goes: write alias: secrets-manager under keys.sm to keep it, and take it out of aliases",
    ],
  },
  {
    name: "one of a key's several aliases",
    before: spec({ replicas: "eu-west-1", rest: "keys: { sm: { aliases: [vault, { name: 'alias/{region}/v' }] } }" }),
    after: spec({ replicas: "eu-west-1", rest: "keys: { sm: { aliases: [vault] } }" }),
    refused: ["aws_kms_alias.euw1_sm_alias_region_v", "aws_kms_alias.main_sm_alias_region_v"],
    hints: [
      'The key stays, only its alias goes: write { name: "alias/{region}/v" } among the aliases of keys.sm to keep it',
    ],
  },
  {
    name: "one of a key's several aliases, which becomes its only one",
    before: spec({ replicas: "", rest: "keys: { app: { aliases: [vault] } }" }),
    after: spec({ replicas: "", rest: "keys: { app: { alias: vault } }" }),
    refused: ["aws_kms_alias.main_app_vault"],
    hints: [
      "The key stays, only its alias goes: write vault among the aliases of keys.app to keep it, and take it out of alias",
    ],
  },
  {
    name: "a key with several aliases that gets another identifier",
    before: spec({ replicas: "", rest: "keys: { app: { aliases: [vault, app] } }" }),
    after: spec({ replicas: "", rest: "keys: { other: { aliases: [app, vault] } }" }),
    refused: ["aws_kms_key.main_app", "aws_kms_alias.main_app_app", "aws_kms_alias.main_app_vault"],
    hints: ["It looks like a rename: write renamed_from: app under keys.other"],
  },
  {
    name: "a key that is said to belong to another state, while this one still has it",
    before: spec({ replicas: "", rest: "keys: { sm: {} }" }),
    after: spec({ replicas: "", rest: "keys: { sm: { existing: { alias: alias/sm } } }" }),
    refused: ["aws_kms_key.main_sm", "aws_kms_alias.main_sm"],
    hints: [KEEP],
  },
  {
    name: "the ARN of a key, which a secret's copies have been made with",
    before: spec({ replicas: "eu-west-1", rest: "secrets: { example: { key_reference: arn } }" }),
    after: spec({ replicas: "eu-west-1", rest: "secrets: { example: {} }" }),
    refused: ["aws_secretsmanager_secret.example[eu-west-1]"],
    hints: [
      "The id and the ARN are those of one key, but the provider sees a change: to keep its copies, write key_reference: arn under secrets.example",
    ],
  },
  {
    name: "a grant in every region",
    before: spec({ replicas: "eu-west-1", rest: `keys: { sm: { grants: { batch: ${GRANT} } } }` }),
    after: spec({ replicas: "eu-west-1", rest: "keys: { sm: {} }" }),
    refused: ["aws_kms_grant.euw1_sm_batch", "aws_kms_grant.main_sm_batch"],
    hints: [KEEP],
  },
  {
    name: "a grant that permits something else",
    before: spec({ replicas: "", rest: `keys: { sm: { grants: { batch: ${GRANT} } } }` }),
    after: spec({
      replicas: "",
      rest: `keys: { sm: { grants: { batch: ${GRANT.replace("Decrypt", "Decrypt, DescribeKey")} } } }`,
    }),
    refused: ["aws_kms_grant.main_sm_batch"],
    hints: [
      "To change it without a gap, write the other grant under a name of its own beside this one, and take this one out once that has been applied",
    ],
  },
  // EBS
  {
    name: "a key that is no longer the default of EBS",
    before: spec({ replicas: "eu-west-1", rest: "keys: { sm: { default_for_ebs: true } }" }),
    after: spec({ replicas: "eu-west-1", rest: "keys: { sm: {} }" }),
    refused: [
      "aws_ebs_default_kms_key.euw1",
      "aws_ebs_default_kms_key.main",
      "aws_ebs_encryption_by_default.euw1",
      "aws_ebs_encryption_by_default.main",
    ],
    hints: [KEEP],
  },
  {
    name: "another key as the default of EBS",
    before: spec({ replicas: "", rest: "keys: { sm: { default_for_ebs: true }, volumes: { service: ebs } }" }),
    after: spec({ replicas: "", rest: "keys: { sm: {}, volumes: { service: ebs, default_for_ebs: true } }" }),
    refused: ["aws_ebs_default_kms_key.main"],
    hints: [],
  },
  // Log groups
  {
    name: "a log group that is taken out",
    before: spec({ replicas: "eu-west-1", rest: "log_groups: { app: /app }" }),
    after: spec({ replicas: "eu-west-1" }),
    refused: ["aws_cloudwatch_log_group.euw1_app", "aws_cloudwatch_log_group.main_app"],
    hints: [KEEP],
  },
  {
    name: "a log group that is in a region no longer",
    before: spec({ replicas: "eu-west-1", rest: "log_groups: { app: /app }" }),
    after: spec({ replicas: "eu-west-1", rest: "log_groups: { app: { name: /app, regions: [eu-central-1] } }" }),
    refused: ["aws_cloudwatch_log_group.euw1_app"],
    hints: ["To keep it, put eu-west-1 back into the regions of log_groups.app"],
  },
  {
    name: "a log group under another identifier that does not say so",
    before: spec({ replicas: "", rest: "log_groups: { app: /app }" }),
    after: spec({ replicas: "", rest: "log_groups: { web: /app }" }),
    refused: ["aws_cloudwatch_log_group.main_app"],
    hints: ["It looks like a rename: write renamed_from: app under log_groups.web"],
  },
  {
    name: "a log group with another name",
    before: spec({ replicas: "eu-west-1", rest: "log_groups: { app: 'app/{region}' }" }),
    after: spec({ replicas: "eu-west-1", rest: "log_groups: { app: /app }" }),
    refused: ["aws_cloudwatch_log_group.euw1_app", "aws_cloudwatch_log_group.main_app"],
    hints: ['To keep the log group, write name: "app/{region}" under log_groups.app'],
  },
  {
    name: "a log group of another class",
    before: spec({ replicas: "", rest: "log_groups: { app: /app }" }),
    after: spec({ replicas: "", rest: "log_groups: { app: { name: /app, class: INFREQUENT_ACCESS } }" }),
    refused: ["aws_cloudwatch_log_group.main_app"],
    hints: [
      "What the log group is cannot change: leave log_groups.app as it was, and give the other an identifier and a name of its own",
    ],
  },
  {
    name: "a log group in a region under another label",
    before: spec({ replicas: "eu-west-1", rest: "log_groups: { app: /app }" }),
    after: spec({ replicas: "{ region: eu-west-1, label: ireland }", rest: "log_groups: { app: /app }" }),
    refused: [
      "aws_kms_replica_key.euw1_sm",
      "aws_kms_alias.euw1_sm",
      "aws_cloudwatch_log_group.euw1_app",
      "provider.aws.euw1",
    ],
    hints: ["It looks like a new label: write renamed_from: euw1 at eu-west-1 under regions"],
  },
  // Parameters
  {
    name: "a parameter that is taken out",
    before: spec({ replicas: "eu-west-1", rest: "parameters: { url: /app/url }" }),
    after: spec({ replicas: "eu-west-1" }),
    refused: ["aws_ssm_parameter.euw1_url", "aws_ssm_parameter.main_url"],
    hints: [KEEP],
  },
  {
    name: "a parameter that leaves a region",
    before: spec({ replicas: "eu-west-1", rest: "parameters: { url: /app/url }" }),
    after: spec({ replicas: "eu-west-1", rest: "parameters: { url: { name: /app/url, regions: [eu-central-1] } }" }),
    refused: ["aws_ssm_parameter.euw1_url"],
    hints: ["To keep it, put eu-west-1 back into the regions of parameters.url"],
  },
  {
    name: "another description of a parameter, whose value is not sent",
    before: spec({
      replicas: "",
      rest: "parameters: { url: { name: /app/url, value: { variable: url, version: 3 } } }",
    }),
    after: spec({
      replicas: "",
      rest: "parameters: { url: { name: /app/url, description: Where, value: { variable: url, version: 3 } } }",
    }),
    refused: ["aws_ssm_parameter.main_url"],
    hints: ["Have the value sent again: raise version to 4 in parameters.url.value"],
  },
  {
    name: "a parameter becomes an advanced one, and its value is not sent",
    before: spec({ replicas: "", rest: "parameters: { url: /app/url }" }),
    after: spec({ replicas: "", rest: "parameters: { url: { name: /app/url, tier: advanced } }" }),
    refused: ["aws_ssm_parameter.main_url"],
    hints: ["Have the value sent again: raise version to 2 in parameters.url.value"],
  },
  // Buckets
  {
    name: "a bucket that is taken out",
    before: spec({ replicas: "", rest: "buckets: { backups: acme-backups }" }),
    after: spec({ replicas: "" }),
    refused: ["aws_s3_bucket_server_side_encryption_configuration.main_backups"],
    hints: [KEEP],
  },
  {
    name: "another bucket, which other files declare, under the same identifier",
    before: spec({ replicas: "", rest: "buckets: { backups: { name: { ref: aws_s3_bucket.backups.id } } }" }),
    after: spec({ replicas: "", rest: "buckets: { backups: { name: { ref: aws_s3_bucket.archive.id } } }" }),
    refused: ["aws_s3_bucket_server_side_encryption_configuration.main_backups"],
    hints: [
      "To keep the encryption of the bucket, write name: { ref: aws_s3_bucket.backups.id } under buckets.backups",
    ],
  },
  {
    name: "other buckets in some regions",
    before: spec({ replicas: "eu-west-1", rest: "buckets: { backups: 'acme-{region}' }" }),
    after: spec({
      replicas: "eu-west-1",
      rest: "buckets: { backups: { name: 'acme-{region}', by_region: { eu-west-1: { name: acme-ireland } } } }",
    }),
    refused: ["aws_s3_bucket_server_side_encryption_configuration.euw1_backups"],
    hints: [
      "To keep the encryption of the bucket, write name: acme-eu-west-1 under buckets.backups.by_region.eu-west-1",
    ],
  },
  // Regions
  {
    name: "a region that is dropped without being retired",
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "us-east-1", rest: SECRET }),
    refused: [
      "aws_kms_replica_key.euw1_sm",
      "aws_kms_alias.euw1_sm",
      "aws_secretsmanager_secret.example[eu-west-1]",
      "provider.aws.euw1",
    ],
    hints: [RETIRE_IRELAND, KEEP_COPY],
  },
  {
    name: "a region with a provider alias of its own that is dropped without being retired",
    before: spec({ replicas: "{ region: eu-west-1, provider_alias: ireland }" }),
    after: spec({ replicas: "" }),
    refused: ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm", "provider.aws.ireland"],
    hints: [
      "To give the region up, write retired: [{ region: eu-west-1, provider_alias: ireland }] under regions: its provider stays until its resources are gone",
    ],
  },
  {
    name: "the provider of a region that is retired under another alias",
    before: spec({ replicas: "{ region: eu-west-1, provider_alias: ireland }" }),
    after: spec({ replicas: "", retired: "eu-west-1" }),
    refused: ["provider.aws.ireland"],
    hints: [
      "To give the region up, write retired: [{ region: eu-west-1, provider_alias: ireland }] under regions: its provider stays until its resources are gone",
    ],
  },
  {
    name: "the provider of a region that is retired while placement becomes region",
    before: spec(),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: "provider: { placement: region }" }),
    refused: ["provider.aws.euw1"],
    hints: ["Keep placement: alias until that has been applied"],
  },
  {
    name: "the provider of a region that is forgotten while placement becomes region",
    before: spec(),
    after: spec({
      replicas: "us-east-1",
      retired: "{ region: eu-west-1, forget: true }",
      rest: "provider: { placement: region }",
    }),
    refused: ["provider.aws.euw1"],
    hints: ["Keep placement: alias until that has been applied"],
  },
  {
    name: "a dropped region where the region argument places things",
    before: spec({ rest: `provider: { placement: region }\n${SECRET}` }),
    after: spec({ replicas: "us-east-1", rest: `provider: { placement: region }\n${SECRET}` }),
    refused: ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm", "aws_secretsmanager_secret.example[eu-west-1]"],
    hints: [RETIRE_IRELAND, KEEP_COPY],
  },
  {
    name: "a region of a module that is dropped without being retired",
    before: spec({ replicas: "eu-west-1", rest: "terraform: { module: true }" }),
    after: spec({ replicas: "", rest: "terraform: { module: true }" }),
    refused: ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm", "provider.aws.euw1"],
    hints: [RETIRE_IRELAND],
  },
  {
    name: "a forgotten region's keys, where their label is not what it was",
    before: spec({ replicas: "{ region: eu-west-1, label: ireland }" }),
    after: spec({ replicas: "", retired: "{ region: eu-west-1, provider_alias: ireland, forget: true }" }),
    refused: ["aws_kms_replica_key.ireland_sm", "aws_kms_alias.ireland_sm"],
    hints: ["The label of eu-west-1 was ireland: write label: ireland at eu-west-1 under regions.retired"],
  },
  {
    name: "a forgotten region's keys that are not in the spec any more",
    before: spec({ replicas: "eu-west-1", rest: "keys: { app: { alias: false }, sm: {} }" }),
    after: spec({ replicas: "", retired: "{ region: eu-west-1, forget: true }", rest: "keys: { sm: {} }" }),
    refused: ["aws_kms_key.main_app", "aws_kms_replica_key.euw1_app"],
    hints: [KEEP],
  },
  {
    name: "a forgotten region's replicas of secrets, which cannot be forgotten",
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "us-east-1", retired: "{ region: eu-west-1, forget: true }", rest: SECRET }),
    refused: ["aws_secretsmanager_secret.example[eu-west-1]"],
    hints: [KEEP_COPY],
  },
  {
    name: "a primary region that is called retired",
    before: spec({ replicas: "" }),
    after: spec({ primary: "{ region: us-east-1, label: virginia }", replicas: "", retired: "eu-central-1" }),
    refused: ["aws_kms_key.main_sm", "aws_kms_alias.main_sm"],
    hints: [KEEP],
  },
  {
    name: "a primary and a replica region that change places",
    before: spec({ replicas: "eu-west-1", rest: SECRET }),
    after: spec({ primary: "eu-west-1", replicas: "eu-central-1", rest: SECRET }),
    refused: [
      "aws_kms_key.main_sm",
      "aws_kms_replica_key.euw1_sm",
      "aws_kms_alias.euw1_sm",
      "aws_kms_alias.main_sm",
      "aws_secretsmanager_secret.example",
      "provider.aws.euw1",
    ],
    hints: [
      "Keep eu-central-1 as the primary region, and put eu-west-1 in its place among the replicas: making eu-west-1 the primary region is a promotion of every key, not an edit: mrk-scaffold promote SPEC --to eu-west-1",
      "eu-west-1 had replicas so far: making eu-west-1 the primary region is a promotion of every key, not an edit: mrk-scaffold promote SPEC --to eu-west-1",
    ],
  },
  {
    name: "a region under a label that stays",
    before: spec({ replicas: "{ region: eu-west-1, label: other }", rest: SECRET }),
    after: spec({ replicas: "{ region: us-east-1, label: other }", rest: SECRET }),
    refused: ["aws_kms_replica_key.other_sm", "aws_kms_alias.other_sm", "aws_secretsmanager_secret.example[eu-west-1]"],
    hints: [KEEP_IRELAND],
  },
  {
    name: "a region under a label that stays, where the region argument places things",
    before: spec({ replicas: "{ region: eu-west-1, label: other }", rest: "provider: { placement: region }" }),
    after: spec({ replicas: "{ region: us-east-1, label: other }", rest: "provider: { placement: region }" }),
    refused: ["aws_kms_replica_key.other_sm", "aws_kms_alias.other_sm"],
    hints: [KEEP_IRELAND],
  },
  {
    name: "a region under a label that stays, in a module",
    before: spec({ replicas: "{ region: eu-west-1, label: other }", rest: "terraform: { module: true }" }),
    after: spec({ replicas: "{ region: us-east-1, label: other }", rest: "terraform: { module: true }" }),
    refused: ["aws_kms_replica_key.other_sm", "aws_kms_alias.other_sm"],
    hints: [KEEP_IRELAND],
  },
  {
    name: "a region that is said to be another one's new label",
    before: spec({ replicas: "eu-west-1" }),
    after: spec({ replicas: "{ region: us-east-1, renamed_from: euw1 }" }),
    refused: ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"],
    hints: ["Take renamed_from out at us-east-1: a resource cannot move to another region"],
  },
  {
    name: "a replica region that moves while its key is renamed",
    before: spec({ replicas: "eu-west-1", rest: "keys: { app: {} }" }),
    after: spec({ replicas: "eu-west-3", rest: "keys: { vault: { renamed_from: app } }" }),
    refused: ["aws_kms_replica_key.euw1_app", "aws_kms_alias.euw1_app", "provider.aws.euw1"],
    hints: [RETIRE_IRELAND],
  },
  {
    name: "a replica region's label",
    before: spec({ replicas: "eu-west-1", rest: SECRET }),
    after: spec({ replicas: "{ region: eu-west-1, label: ireland }", rest: SECRET }),
    refused: [
      "aws_kms_replica_key.euw1_sm",
      "aws_kms_alias.euw1_sm",
      "aws_secretsmanager_secret.example[eu-west-1]",
      "provider.aws.euw1",
    ],
    hints: ["It looks like a new label: write renamed_from: euw1 at eu-west-1 under regions"],
  },
  {
    name: "the primary region's label",
    before: spec({ replicas: "", rest: "keys: { app_sm: { alias: app }, sm: {} }" }),
    after: spec({
      primary: "{ region: eu-central-1, label: frankfurt }",
      replicas: "",
      rest: "keys: { app_sm: { alias: app }, sm: {} }",
    }),
    refused: ["aws_kms_key.main_app_sm", "aws_kms_key.main_sm", "aws_kms_alias.main_app_sm", "aws_kms_alias.main_sm"],
    hints: ["It looks like a new label: write renamed_from: main at eu-central-1 under regions"],
  },
  {
    name: "the provider of a region, renamed while a key leaves the region",
    before: spec({ replicas: "eu-west-1", rest: "keys: { a: { alias: false }, b: { alias: false } }" }),
    after: spec({
      replicas: "{ region: eu-west-1, provider_alias: ireland }",
      rest: "keys: { a: { alias: false, replicas: [] }, b: { alias: false } }",
    }),
    refused: ["aws_kms_replica_key.euw1_a", "provider.aws.euw1"],
    hints: [
      "To keep it, put eu-west-1 back into the replicas of keys.a",
      "Keep provider_alias: euw1 at eu-west-1 until that has been applied",
    ],
  },
  // Secrets
  {
    name: "a secret whose line is deleted, and with it the file of secrets",
    before: spec({ rest: SECRET }),
    after: spec(),
    refused: ["aws_secretsmanager_secret.example"],
    hints: [KEEP],
  },
  {
    name: "a secret with another identifier",
    before: spec({ rest: SECRET }),
    after: spec({ rest: "secrets: { database: app/example }" }),
    refused: ["aws_secretsmanager_secret.example"],
    hints: ["It looks like a rename: write renamed_from: example under secrets.database"],
  },
  {
    name: "a secret with another identifier, which was its name",
    before: spec({ rest: "secrets: { example: {}, other: { tags: { a: b } } }" }),
    after: spec({ rest: "secrets: { database: {}, other: { tags: { a: b } } }" }),
    refused: ["aws_secretsmanager_secret.example"],
    hints: ["It looks like a rename: write renamed_from: example and name: example under secrets.database"],
  },
  {
    name: "a secret with another identifier under a key with another one",
    before: spec({ replicas: "", rest: "keys: { a: {} }\nsecrets: { example: { value: external, tags: { k: v } } }" }),
    after: spec({ replicas: "", rest: "keys: { b: {} }\nsecrets: { database: { value: external, tags: { k: v } } }" }),
    refused: ["aws_kms_key.main_a", "aws_kms_alias.main_a", "aws_secretsmanager_secret.example"],
    hints: ["It looks like a rename: write renamed_from: a under keys.b", KEEP],
  },
  {
    name: "two secrets, replaced by two that could be either",
    before: spec({ rest: "secrets: { a: { value: external }, b: { value: external } }" }),
    after: spec({ rest: "secrets: { c: { value: external }, d: { value: external } }" }),
    refused: ["aws_secretsmanager_secret.a", "aws_secretsmanager_secret.b"],
    hints: [KEEP],
  },
  {
    name: "a secret's name",
    before: spec({ rest: SECRET }),
    after: spec({ rest: "secrets: { example: app/other }" }),
    refused: ["aws_secretsmanager_secret.example"],
    hints: ["To keep the secret, write name: app/example under secrets.example"],
  },
  {
    name: "what a secret's name begins with",
    before: spec({ rest: "secrets: { example: { name_prefix: app/example } }" }),
    after: spec({ rest: "secrets: { example: { name_prefix: app/other } }" }),
    refused: ["aws_secretsmanager_secret.example"],
    hints: ["To keep the secret, write name_prefix: app/example under secrets.example"],
  },
  {
    name: "a secret's name, of which only the beginning is said now",
    before: spec({ rest: SECRET }),
    after: spec({ rest: "secrets: { example: { name_prefix: app/example } }" }),
    refused: ["aws_secretsmanager_secret.example"],
    hints: ["To keep the secret, write name: app/example instead of name_prefix under secrets.example"],
  },
  {
    name: "a secret with another identifier, of whose name the spec says the beginning",
    before: spec({ replicas: "", rest: "secrets: { a: { name_prefix: app/example, value: external } }" }),
    after: spec({ replicas: "", rest: "secrets: { b: { name_prefix: app/example, value: external } }" }),
    refused: ["aws_secretsmanager_secret.a"],
    hints: ["It looks like a rename: write renamed_from: a under secrets.b"],
  },
  {
    name: "two secrets whose names change places",
    before: spec({ rest: "secrets: { a: { name: x, value: external }, b: { name: y, value: external } }" }),
    after: spec({ rest: "secrets: { a: { name: y, value: external }, b: { name: x, value: external } }" }),
    refused: ["aws_secretsmanager_secret.a", "aws_secretsmanager_secret.b"],
    hints: ["To keep the secret, write name: x under secrets.a", "To keep the secret, write name: y under secrets.b"],
  },
  {
    name: "a region of a secret's list of replicas",
    before: spec({ rest: SECRET }),
    after: spec({ rest: "secrets: { example: { name: app/example, replicas: [us-east-1] } }" }),
    refused: ["aws_secretsmanager_secret.example[eu-west-1]"],
    hints: [KEEP_COPY],
  },
  {
    name: "a region of a secret's list of replicas, while the secret is renamed",
    before: spec({ rest: SECRET }),
    after: spec({
      rest: "secrets: { database: { name: app/example, replicas: [us-east-1], renamed_from: example } }",
    }),
    refused: ["aws_secretsmanager_secret.example[eu-west-1]"],
    hints: [KEEP_COPY],
  },
  {
    name: "the key of a secret's replicas",
    before: spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: a } }" }),
    after: spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: b } }" }),
    refused: ["aws_secretsmanager_secret.example[eu-west-1]", "aws_secretsmanager_secret.example[us-east-1]"],
    hints: ["To keep its copies, write key: a under secrets.example"],
  },
  {
    name: "the rotation, the policy and the version of a secret",
    before: spec({
      rest: `secrets:
  a: { policy: { readers: ["arn:aws:iam::123456789012:role/app"] } }
  b: { rotation: { lambda_arn: "arn:aws:lambda:eu-central-1:123456789012:function:rotate", every_days: 30 } }`,
    }),
    after: spec({ rest: "secrets: { a: { value: external }, b: { value: external } }" }),
    refused: ["aws_secretsmanager_secret_rotation.b", "aws_secretsmanager_secret_policy.a"],
    hints: [KEEP],
  },
  // Everything at once
  {
    name: "everything, when the providers are for another account",
    before: spec({ rest: 'provider: { allowed_account_ids: ["111111111111"] }' }),
    after: spec({ rest: 'provider: { allowed_account_ids: ["222222222222"] }' }),
    refused: ["provider.aws"],
    hints: ["Give another account a spec and a folder of its own, with a state of its own"],
  },
  {
    name: "everything, when the providers assume a role of another account",
    before: spec({
      rest: "provider: { default: false, assume_role: { role_arn: arn:aws:iam::111111111111:role/deploy } }",
    }),
    after: spec({
      rest: "provider: { default: false, assume_role: { role_arn: arn:aws:iam::222222222222:role/deploy } }",
    }),
    refused: ["provider.aws.euw1"],
    hints: ["Give another account a spec and a folder of its own, with a state of its own"],
  },
  {
    name: "everything, when the files become a module",
    before: spec({ rest: SECRET }),
    after: spec({ rest: `terraform: { module: true }\n${SECRET}` }),
    refused: ["terraform.module"],
    hints: ["Write a moved block from ADDRESS to module.NAME.ADDRESS for every resource into the root module"],
  },
  {
    name: "everything, when the files stop being a module",
    before: spec({ rest: `terraform: { module: true }\n${SECRET}` }),
    after: spec({ rest: SECRET }),
    refused: ["terraform.module"],
    hints: ["Write a moved block from module.NAME.ADDRESS to ADDRESS for every resource into the root module"],
  },
];

describe("refused, with nothing written:", () => {
  test.each(named(refusals))("%s", async (_, { before, after, refused, hints: expected }) => {
    const { code, losses, isUntouched } = await regenerate(before, after);
    expect({ code, refused: addresses(losses), hints: hints(losses) }).toEqual({ code: 4, refused, hints: expected });
    expect(isUntouched).toBe(true);
  });

  test.each(named(refusals))("%s, unless every address is allowed", async (_, { before, after, refused }) => {
    const allowed = refused.map((address) => ["--allow-destroy", address]);
    const { owners } = await regenerate(before, after);
    for (const left of allowed.keys()) {
      const { code, losses } = await regenerate(before, after, { args: allowed.toSpliced(left, 1).flat() });
      // What is a part of something that is allowed is allowed with it.
      const isCovered = refused.includes(owners.get(refused[left]!) ?? "");
      expect({ code, refused: addresses(losses) }).toEqual(
        isCovered ? { code: 0, refused: [] } : { code: 4, refused: [refused[left]] },
      );
    }
    expect(await regenerate(before, after, { args: allowed.flat() })).toMatchObject({ code: 0, losses: [] });
    expect(await regenerate(before, after, { args: ["--allow-destroy", "all"] })).toMatchObject({
      code: 0,
      losses: [],
    });
  });
});

const passing: readonly { readonly name: string; readonly before: string; readonly after: string }[] = [
  {
    name: "a parameter gets another key, and its value is sent again",
    before: spec({
      replicas: "",
      rest: "keys: { a: { service: none }, b: { service: none } }\nparameters: { url: { name: /app/url, key: a } }",
    }),
    after: spec({
      replicas: "",
      rest: "keys: { a: { service: none }, b: { service: none } }\nparameters: { url: { name: /app/url, key: b, value: { variable: url_parameter, version: 2 } } }",
    }),
  },
  {
    name: "a parameter gets other tags, and its value is not sent",
    before: spec({ replicas: "", rest: "parameters: { url: /app/url }" }),
    after: spec({ replicas: "", rest: "parameters: { url: { name: /app/url, tags: { Team: platform } } }" }),
  },
  {
    name: "the tier of a parameter becomes what AWS thinks right",
    before: spec({ replicas: "", rest: "parameters: { url: { name: /app/url, tier: advanced } }" }),
    after: spec({ replicas: "", rest: "parameters: { url: { name: /app/url, tier: intelligent_tiering } }" }),
  },
  { name: "nothing changed", before: spec({ rest: SECRET }), after: spec({ rest: SECRET }) },
  {
    name: "a key and a secret are renamed and say so",
    before: spec({ rest: "keys: { sm: {} }\nsecrets: { example: { key: sm } }" }),
    after: spec({
      rest: "keys: { vault: { renamed_from: sm } }\nsecrets: { database: { name: example, renamed_from: example } }",
    }),
  },
  {
    name: "labels and a key are renamed and say so",
    before: spec({ rest: SECRET }),
    after: spec({
      primary: "{ region: eu-central-1, label: frankfurt, renamed_from: main }",
      replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }, us-east-1",
      rest: `keys: { vault: { renamed_from: sm } }\n${SECRET}`,
    }),
  },
  {
    name: "the label of a module's region is renamed and says so",
    before: spec({ rest: `terraform: { module: true }\n${SECRET}` }),
    after: spec({
      replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }, us-east-1",
      rest: `terraform: { module: true }\n${SECRET}`,
    }),
  },
  {
    name: "a region is retired",
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: SECRET }),
  },
  {
    name: "a region of a module is retired",
    before: spec({ rest: `terraform: { module: true }\n${SECRET}` }),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: `terraform: { module: true }\n${SECRET}` }),
  },
  {
    name: "a region is retired where the region argument places things",
    before: spec({ rest: `provider: { placement: region }\n${SECRET}` }),
    after: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: `provider: { placement: region }\n${SECRET}` }),
  },
  {
    name: "a retired region that has nothing left is taken out",
    before: spec({ replicas: "us-east-1", retired: "eu-west-1", rest: SECRET }),
    after: spec({ replicas: "us-east-1", rest: SECRET }),
  },
  {
    name: "a region's keys are forgotten",
    before: spec({ rest: "keys: { sm: {}, bare: { alias: false } }" }),
    after: spec({
      replicas: "us-east-1",
      retired: "{ region: eu-west-1, forget: true }",
      rest: "keys: { sm: {}, bare: { alias: false } }",
    }),
  },
  {
    name: "a region's keys are forgotten while one of them is renamed",
    before: spec({ rest: "keys: { app: {} }" }),
    after: spec({
      replicas: "us-east-1",
      retired: "{ region: eu-west-1, forget: true }",
      rest: "keys: { vault: { renamed_from: app } }",
    }),
  },
  {
    name: "a region, a key and a secret are added",
    before: spec({ rest: `keys: { sm: {} }\n${SECRET}` }),
    after: spec({
      replicas: "eu-west-1, ap-southeast-2, us-east-1",
      rest: "keys: { app: { service: s3 }, sm: {} }\nsecrets: { a: { key: sm }, example: { name: app/example, key: sm } }",
    }),
  },
  {
    name: "placement becomes region",
    before: spec({ rest: SECRET }),
    after: spec({ rest: `provider: { placement: region }\n${SECRET}` }),
  },
  {
    name: "placement becomes alias",
    before: spec({ rest: `provider: { placement: region }\n${SECRET}` }),
    after: spec({ rest: SECRET }),
  },
  {
    name: "a provider has another alias",
    before: spec({ rest: SECRET }),
    after: spec({ replicas: "{ region: eu-west-1, provider_alias: ireland }, us-east-1", rest: SECRET }),
  },
  {
    name: "two providers change their aliases",
    before: spec({ rest: SECRET }),
    after: spec({
      replicas: "{ region: eu-west-1, provider_alias: use1 }, { region: us-east-1, provider_alias: euw1 }",
      rest: SECRET,
    }),
  },
  {
    name: "the provider without alias is the root module's now",
    before: spec({ rest: SECRET }),
    after: spec({ rest: `provider: { default: false }\n${SECRET}` }),
  },
  {
    name: "descriptions and tags hold a variable, the workspace or a label",
    before: spec({
      rest: "keys: { sm: { description: prod, tags: { env: prod } } }\nsecrets: { db: { description: x } }",
    }),
    after: spec({
      rest: "variables: { env: ~ }\nkeys: { sm: { description: '{var.env}', tags: { env: '{workspace}' } } }\nsecrets: { db: { description: '{label}' } }",
    }),
  },
  {
    name: "an alias says its region or its label as a placeholder",
    before: spec({ replicas: "", rest: "keys: { sm: { alias: { name: alias/main-eu-central-1 } } }" }),
    after: spec({ replicas: "", rest: "keys: { sm: { alias: { name: 'alias/{label}-{region}' } } }" }),
  },
  {
    name: "a variable stands for the account now",
    before: spec({ rest: 'provider: { allowed_account_ids: ["111111111111"] }' }),
    after: spec({ rest: 'variables: { account: ~ }\nprovider: { allowed_account_ids: ["{var.account}"] }' }),
  },
  {
    name: "one of two accounts is allowed no longer",
    before: spec({ rest: 'provider: { allowed_account_ids: ["111111111111", "222222222222"] }' }),
    after: spec({ rest: 'provider: { allowed_account_ids: ["222222222222"] }' }),
  },
  {
    name: "the AWS provider's next major version is wanted",
    before: spec({ rest: `terraform: { aws_provider: "~> 5.88" }\n${SECRET}` }),
    after: spec({ rest: `terraform: { aws_provider: "~> 6.0" }\n${SECRET}` }),
  },
  {
    name: "what Terraform changes in place is changed",
    before: spec({ rest: "keys: { sm: {} }\nsecrets: { example: { name: app/example } }" }),
    after: spec({
      rest: `keys: { sm: { description: Ours, rotation: false, protect: false, deletion_window_days: 7, tags: { a: b } } }
secrets: { example: { name: app/example, description: Ours, value: generated, protect: true, tags: { a: b } } }`,
    }),
  },
  {
    name: "a secret without replicas is put under another key",
    before: spec({
      replicas: "",
      rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: a } }",
    }),
    after: spec({ replicas: "", rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: b } }" }),
  },
  {
    name: "a key gets another alias and a grant, and the order of both changes",
    before: spec({ rest: `keys: { sm: { aliases: [a, b], grants: { one: ${GRANT} } } }` }),
    after: spec({ rest: `keys: { sm: { aliases: [c, b, a], grants: { two: ${GRANT}, one: ${GRANT} } } }` }),
  },
  {
    name: "a key with several aliases and grants is renamed and says so",
    before: spec({ rest: `keys: { sm: { aliases: [a, b], grants: { one: ${GRANT} } } }` }),
    after: spec({ rest: `keys: { vault: { renamed_from: sm, aliases: [a, b], grants: { one: ${GRANT} } } }` }),
  },
  {
    name: "a log group is renamed and says so, in a region whose label changes, under another key and with other settings",
    before: spec({ replicas: "eu-west-1", rest: "log_groups: { app: /app }" }),
    after: spec({
      replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }",
      rest: "keys: { sm: {}, logs: { service: logs } }\nlog_groups: { web: { name: /app, key: logs, retention_days: 7, tags: { a: b }, renamed_from: app } }",
    }),
  },
  {
    name: "a log group under a key of another state goes with its region, which is retired",
    before: spec({
      replicas: "eu-west-1",
      rest: "keys: { theirs: { existing: { alias: 'alias/{region}-x' } } }\nlog_groups: { app: /app }",
    }),
    after: spec({
      replicas: "",
      retired: "eu-west-1",
      rest: "keys: { theirs: { existing: { alias: 'alias/{region}-x' } } }\nlog_groups: { app: /app }",
    }),
  },
  {
    name: "a bucket is renamed in the spec and says so, and is under another key without a bucket key",
    before: spec({ rest: "buckets: { backups: 'acme-{region}' }" }),
    after: spec({
      rest: "keys: { sm: {}, s3: { service: s3 } }\nbuckets: { archive: { name: 'acme-{region}', key: s3, bucket_key: false, renamed_from: backups } }",
    }),
  },
  {
    name: "a bucket goes with its region, which is retired",
    before: spec({ replicas: "eu-west-1", rest: "buckets: { backups: 'acme-{region}' }" }),
    after: `version: 1\nregions: { primary: eu-central-1, retired: [eu-west-1] }\nbuckets: { backups: 'acme-{region}' }\n`,
  },
  {
    name: "a log group goes with its region, which is retired",
    before: spec({ replicas: "eu-west-1", rest: "log_groups: { app: /app }" }),
    after: `version: 1\nregions: { primary: eu-central-1, retired: [eu-west-1] }\nlog_groups: { app: /app }\n`,
  },
  {
    name: "names with the region in them are written in another way",
    before: spec({ rest: "keys: { sm: { alias: { name: 'alias/app-{region}' } } }" }),
    after: spec({ rest: "provider: { placement: region }\nkeys: { sm: { alias: { name: 'alias/app-{region}' } } }" }),
  },
];

test.each(named(passing))("nothing is refused when %s", async (_, { before, after }) => {
  const { code, losses, stderr } = await regenerate(before, after);
  expect(losses).toEqual([]);
  expect(code, stderr).toBe(0);
});

const effects: readonly (readonly [effect: string, address: string, before: string, after: string])[] = [
  [
    "schedules deletion of the primary key in eu-central-1",
    "aws_kms_key.main_sm",
    spec({ rest: SECRET }),
    spec({ rest: "keys: {}" }),
  ],
  [
    "schedules deletion of the replica key in eu-west-1",
    "aws_kms_replica_key.euw1_sm",
    spec(),
    spec({ replicas: "us-east-1" }),
  ],
  ["deletes the alias in us-east-1", "aws_kms_alias.use1_sm", spec(), spec({ rest: "keys: {}" })],
  [
    "revokes the grant in us-east-1",
    "aws_kms_grant.use1_sm_batch",
    spec({ rest: `keys: { sm: { grants: { batch: ${GRANT} } } }` }),
    spec({ rest: "keys: { sm: {} }" }),
  ],
  [
    "revokes the grant in eu-central-1; then it creates a new one, because operations changes",
    "aws_kms_grant.main_sm_batch",
    spec({ rest: `keys: { sm: { grants: { batch: ${GRANT} } } }` }),
    spec({ rest: `keys: { sm: { grants: { batch: ${GRANT.replace("Decrypt", "Encrypt")} } } }` }),
  ],
  [
    "makes AWS's own key the default for EBS volumes in eu-west-1",
    "aws_ebs_default_kms_key.euw1",
    spec({ rest: "keys: { sm: { default_for_ebs: true } }" }),
    spec({ rest: "keys: { sm: {} }" }),
  ],
  [
    "switches off EBS encryption by default in us-east-1: new volumes are encrypted only on request",
    "aws_ebs_encryption_by_default.use1",
    spec({ rest: "keys: { sm: { default_for_ebs: true } }" }),
    spec({ rest: "keys: { sm: {} }" }),
  ],
  [
    "deletes the log group in us-east-1 with all its events",
    "aws_cloudwatch_log_group.use1_app",
    spec({ rest: "log_groups: { app: /app }" }),
    spec(),
  ],
  [
    "deletes the log group in us-east-1 with all its events; then it creates a new one without them, because log_group_class changes",
    "aws_cloudwatch_log_group.use1_app",
    spec({ rest: "log_groups: { app: /app }" }),
    spec({ rest: "log_groups: { app: { name: /app, class: INFREQUENT_ACCESS } }" }),
  ],
  [
    "has the bucket in us-east-1 encrypt new objects with keys of S3 again",
    "aws_s3_bucket_server_side_encryption_configuration.use1_backups",
    spec({ rest: "buckets: { backups: 'acme-{region}' }" }),
    spec(),
  ],
  [
    "has the bucket in us-east-1 encrypt new objects with keys of S3 again; then it creates a new one for another bucket, because bucket changes",
    "aws_s3_bucket_server_side_encryption_configuration.use1_backups",
    spec({ rest: "buckets: { backups: 'acme-{region}' }" }),
    spec({ rest: "buckets: { backups: 'globex-{region}' }" }),
  ],
  [
    "schedules deletion of the secret in eu-central-1 and deletes its replicas at once; then it creates a new one with another ARN and without its values, because name and name_prefix change",
    "aws_secretsmanager_secret.example",
    spec({ rest: SECRET }),
    spec({ rest: "secrets: { example: { name_prefix: app/example } }" }),
  ],
  [
    "schedules deletion of the secret in eu-central-1 and deletes its replicas at once; then it creates a new one with another ARN and without its values, because name_prefix changes",
    "aws_secretsmanager_secret.example",
    spec({ rest: "secrets: { example: { name_prefix: app/example } }" }),
    spec({ rest: "secrets: { example: { name_prefix: app/other } }" }),
  ],
  [
    "deletes the secret's replica in eu-west-1 at once, and copies it again, because the provider takes the key's id and its ARN for two keys",
    "aws_secretsmanager_secret.example[eu-west-1]",
    spec({ rest: SECRET }),
    spec({ rest: "secrets: { example: { name: app/example, key_reference: arn } }" }),
  ],
  [
    "schedules deletion of the secret in eu-central-1 and deletes its replicas at once",
    "aws_secretsmanager_secret.example",
    spec({ rest: SECRET }),
    spec(),
  ],
  [
    "schedules deletion of the secret in eu-central-1",
    "aws_secretsmanager_secret.example",
    spec({ replicas: "", rest: SECRET }),
    spec({ replicas: "" }),
  ],
  [
    "deletes the secret's replica in eu-west-1 at once, without a recovery window",
    "aws_secretsmanager_secret.example[eu-west-1]",
    spec({ rest: SECRET }),
    spec({ rest: "secrets: { example: { name: app/example, replicas: [us-east-1] } }" }),
  ],
  [
    "deletes the secret's replica in eu-west-1 at once, and makes another one under another key",
    "aws_secretsmanager_secret.example[eu-west-1]",
    spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: a } }" }),
    spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }\nsecrets: { example: { key: b } }" }),
  ],
  [
    "schedules deletion of the secret in eu-central-1 and deletes its replicas at once; then it creates a new one with another ARN and without its values, because name changes",
    "aws_secretsmanager_secret.example",
    spec({ rest: SECRET }),
    spec({ rest: "secrets: { example: app/other }" }),
  ],
  [
    "schedules deletion of the primary key in eu-central-1; then it creates a new one, because key_usage and customer_master_key_spec change",
    "aws_kms_key.main_app",
    spec({ rest: "keys: { app: { service: none } }" }),
    spec({ rest: "keys: { app: { service: none, usage: mac } }" }),
  ],
  [
    "schedules deletion of the replica key in eu-west-1; then it creates a new one, because aws_kms_key.main_app is replaced",
    "aws_kms_replica_key.euw1_app",
    spec({ rest: "keys: { app: { service: none } }" }),
    spec({ rest: "keys: { app: { service: none, usage: mac } }" }),
  ],
  [
    "sends a new version over the value that the secret has",
    "aws_secretsmanager_secret_version.example",
    spec({ rest: "secrets: { example: { value: external } }" }),
    spec({ rest: "secrets: { example: { value: generated } }" }),
  ],
  [
    "creates a new one in us-east-1 and destroys, or loses sight of, the one in eu-west-1",
    "aws_kms_replica_key.other_sm",
    spec({ replicas: "{ region: eu-west-1, label: other }" }),
    spec({ replicas: "{ region: us-east-1, label: other }" }),
  ],
  [
    "schedules deletion of the primary key in eu-central-1, because there is something already where it is to move",
    "aws_kms_key.main_a",
    spec({ rest: "keys: { a: { alias: a }, b: { alias: b } }" }),
    spec({ rest: "keys: { b: { alias: b, renamed_from: a } }" }),
  ],
  [
    'fails with "Provider configuration not present"',
    "provider.aws.euw1",
    spec(),
    spec({ replicas: "us-east-1", rest: SECRET }),
  ],
  [
    "works in the account 222222222222 instead of 111111111111: it loses sight of everything and creates it again",
    "provider.aws",
    spec({ rest: 'provider: { allowed_account_ids: ["111111111111"] }' }),
    spec({ rest: 'provider: { allowed_account_ids: ["222222222222"] }' }),
  ],
  [
    "knows everything as ADDRESS, looks for module.NAME.ADDRESS, and destroys and creates all of it",
    "terraform.module",
    spec(),
    spec({ rest: "terraform: { module: true }" }),
  ],
];

test.each(effects)("says that Terraform %s (%s)", async (effect, address, before, after) => {
  const { losses } = await regenerate(before, after);
  expect(losses.find((loss) => loss.address === address)?.effect).toBe(effect);
});

describe("a refusal says", () => {
  test("each address, what Terraform would do, the way out once, and the options that let it pass", async () => {
    const { stderr } = await regenerate(
      spec({ rest: SECRET }),
      spec({ rest: "secrets: { database: { name: app/example } }" }),
    );
    expect(stderr).toBe(`\
secrets.tf: refused: aws_secretsmanager_secret.example: Terraform schedules deletion of the secret in eu-central-1 and deletes its replicas at once [secret-would-be-destroyed]
  help: It looks like a rename: write renamed_from: example under secrets.database
Nothing was written. If this is what you want: --allow-destroy 'aws_secretsmanager_secret.example'
`);
  });

  test("in which folder, when several specs lose something, and nothing is written for any of them", async () => {
    const folder = folderWith();
    const write = (name: string, text: string) => writeFileSync(join(folder, name, "spec.yaml"), text);
    for (const name of ["one", "two", "three"]) mkdirSync(join(folder, name));
    for (const name of ["one", "two"])
      write(name, spec({ replicas: "", rest: "keys: { a: { alias: false }, sm: {} }" }));
    write("three", spec());
    const specs = ["one/spec.yaml", "two/spec.yaml", "three/spec.yaml"];
    expect((await run(specs, { cwd: folder })).code).toBe(0);
    for (const name of ["one", "two"]) write(name, spec({ replicas: "", rest: "keys: { sm: {} }" }));
    write("three", spec({ rest: SECRET }));
    const before = snapshot(folder);
    const { code, stderr } = await run(specs, { cwd: folder });
    expect(code).toBe(4);
    expect(stderr).toContain("one/kms.tf: refused: aws_kms_key.main_a: Terraform schedules");
    expect(stderr).toContain("two/kms.tf: refused: aws_kms_key.main_a: Terraform schedules");
    expect(snapshot(folder)).toBe(before);
    const { stdout } = await run([...specs, "--json"], { cwd: folder });
    const { exitCode } = JSON.parse(stdout) as { readonly exitCode: number };
    const losses = lossesIn(stdout);
    expect(exitCode).toBe(4);
    expect(losses.map(({ address, path }) => [path, address])).toEqual([
      ["one/kms.tf", "aws_kms_key.main_a"],
      ["two/kms.tf", "aws_kms_key.main_a"],
    ]);
    const allowed = await run([...specs, "--allow-destroy", "aws_kms_key.main_a"], { cwd: folder });
    expect(allowed.code, allowed.stderr).toBe(0);
  });

  test("nothing with --check, which writes nothing", async () => {
    const checked = await regenerate(spec({ rest: SECRET }), spec(), { args: ["--check"] });
    expect(checked).toMatchObject({ code: 1, losses: [], isUntouched: true });
  });

  test("nothing of resources when a file is refused already", async () => {
    const refused = await regenerate(spec({ rest: SECRET }), spec(), { meanwhile: edit("kms.tf", "true", "false") });
    expect(refused).toMatchObject({ code: 3, losses: [], isUntouched: true });
  });
});

/** Replaces a text in a generated file. */
function edit(name: string, from: string | RegExp, to: string): (folder: string) => void {
  return (folder) => {
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    expect(text).toMatch(from);
    writeFileSync(path, text.replace(from, to));
  };
}

describe("of the files on disk", () => {
  const before = spec({ replicas: "eu-west-1", rest: "keys: { app: { alias: false }, sm: {} }" });
  const after = spec({ replicas: "eu-west-1", rest: "keys: { sm: {} }" });
  const lost = ["aws_kms_key.main_app", "aws_kms_replica_key.euw1_app"];

  test("line ends do not matter", async () => {
    const { code, losses, isUntouched } = await regenerate(before, after, {
      meanwhile: (folder) => {
        for (const name of readdirSync(folder).filter((one) => one.endsWith(".tf"))) {
          edit(name, /\n/g, "\r\n")(folder);
        }
      },
    });
    expect({ code, lost: addresses(losses), isUntouched }).toEqual({ code: 4, lost, isUntouched: true });
  });

  test("one that was edited by hand is read as it is, with --force", async () => {
    const added = '\nresource "aws_kms_key" "by_hand" {\n  multi_region = true\n}\n';
    const meanwhile = edit("kms.tf", /$/, added);
    const { code, losses } = await regenerate(before, after, { args: ["--force"], meanwhile });
    expect({ code, lost: addresses(losses) }).toEqual({ code: 4, lost: ["aws_kms_key.by_hand", ...lost] });
  });

  test("one that is not ours is read as it is, with --force", async () => {
    const foreign = `\
resource aws_kms_key main_sm {
  count = 2
}
resource "aws_kms_replica_key" "euw1_sm" {
  for_each        = toset(["a"])
  primary_key_arn = aws_kms_key.main_sm.arn
  provider        = aws.euw1
}
resource "google_kms_key_ring" "ring" {
  provider = google.europe
}
module "more" {
  source = "./more"
}
`;
    const meanwhile = (folder: string) => writeFileSync(join(folder, "kms.tf"), foreign);
    const { code, losses } = await regenerate(after, after, { args: ["--force"], meanwhile });
    expect(code).toBe(4);
    expect(losses.map(({ address, effect }) => `${address}: ${effect}`)).toEqual([
      "aws_kms_key.main_sm: schedules deletion of the primary key in eu-central-1; then it creates a new one, because multi_region and count change",
      "aws_kms_replica_key.euw1_sm: schedules deletion of the replica key in eu-west-1; then it creates a new one, because for_each changes",
      "google_kms_key_ring.ring: destroys it",
      "module.more: destroys everything in it",
    ]);
  });

  test("an argument that says what holds without it is no change", async () => {
    const meanwhile = edit("kms.tf", /multi_region +=/, 'key_usage = "ENCRYPT_DECRYPT"\n  multi_region =');
    expect(await regenerate(after, after, { args: ["--force"], meanwhile })).toMatchObject({ code: 0, losses: [] });
  });

  test("one that is no Terraform is reported with its place, and nothing is written", async () => {
    const meanwhile = (folder: string) => writeFileSync(join(folder, "kms.tf"), 'resource "a" "b" {\n  x =\n}\n');
    const { code, stderr, isUntouched } = await regenerate(before, after, { args: ["--force"], meanwhile });
    expect(code).toBe(3);
    expect(stderr).toContain("kms.tf:2:6: refused: this is not valid Terraform: an expression is missing here ");
    expect(isUntouched).toBe(true);
    const allowed = await regenerate(before, after, { args: ["--force", "--allow-destroy", "all"], meanwhile });
    expect(allowed.code, allowed.stderr).toBe(0);
  });

  test("one that was deleted is written again, without a question about what it had declared", async () => {
    const meanwhile = (folder: string) => rmSync(join(folder, "kms.tf"));
    const { code, losses, folder } = await regenerate(before, after, { meanwhile });
    expect({ code, losses }).toEqual({ code: 0, losses: [] });
    expect(readFileSync(join(folder, "kms.tf"), "utf8")).toContain('"main_sm"');
  });

  test("the providers are not missed when their file was deleted", async () => {
    const meanwhile = (folder: string) => rmSync(join(folder, "provider.tf"));
    const retired = spec({ replicas: "", retired: "eu-west-1", rest: "keys: { app: { alias: false }, sm: {} }" });
    expect(await regenerate(before, retired, { meanwhile })).toMatchObject({ code: 0, losses: [] });
    const { losses } = await regenerate(
      before,
      spec({ replicas: "", rest: "keys: { app: { alias: false }, sm: {} }" }),
      {
        meanwhile,
      },
    );
    expect(losses.map(({ address, effect }) => `${address}: ${effect}`)).toEqual([
      "aws_kms_replica_key.euw1_app: schedules deletion of the replica key",
      "aws_kms_replica_key.euw1_sm: schedules deletion of the replica key",
      "aws_kms_alias.euw1_sm: deletes the alias",
      'provider.aws.euw1: fails with "Provider configuration not present"',
    ]);
  });

  test("those of a spec that was renamed are the new spec's", async () => {
    const folder = folderWith({ "spec.yaml": before });
    await run(["spec.yaml"], { cwd: folder });
    rmSync(join(folder, "spec.yaml"));
    writeFileSync(join(folder, "keys.yaml"), after);
    const { code, stderr } = await run(["keys.yaml"], { cwd: folder });
    expect(code).toBe(4);
    for (const address of lost) expect(stderr).toContain(`refused: ${address}: `);
  });

  test("those of another spec are not lost to --force", async () => {
    const folder = folderWith({ "spec.yaml": before, "other.yaml": after });
    await run(["spec.yaml"], { cwd: folder });
    expect((await run(["other.yaml"], { cwd: folder })).code).toBe(3);
    const { code, stderr } = await run(["other.yaml", "--force"], { cwd: folder });
    expect(code).toBe(4);
    for (const address of lost) expect(stderr).toContain(`refused: ${address}: `);
  });

  test("those of a former output folder stay as they are", async () => {
    const { code, losses, folder } = await regenerate(before, `${after}output_dir: generated\n`);
    expect({ code, losses }).toEqual({ code: 0, losses: [] });
    expect(readFileSync(join(folder, "kms.tf"), "utf8")).toContain('"main_app"');
    expect(readFileSync(join(folder, "generated", "kms.tf"), "utf8")).not.toContain('"main_app"');
  });
});

describe("with merge conflicts", () => {
  type Style = "merge" | "diff3";

  /** The file as git leaves it when two branches have changed it, with one conflict from the first to the last difference. */
  function conflicted(sides: readonly [ours: string, base: string, theirs: string], style: Style): string {
    const lines = sides.map((text) => text.trimEnd().split("\n"));
    const common = (from: (side: string[], index: number) => string | undefined) => {
      let count = 0;
      while (new Set(lines.map((side) => from(side, count))).size === 1) count++;
      return count;
    };
    const head = common((side, index) => side[index]);
    const tail = common((side, index) => side.slice(head).at(-1 - index));
    const [ours, base, theirs] = lines.map((side) => side.slice(head, side.length - tail));
    const between = style === "diff3" ? ["||||||| base", ...base!] : [];
    const conflict = ["<<<<<<< HEAD", ...ours!, ...between, "=======", ...theirs!, ">>>>>>> branch"];
    return [...lines[0]!.slice(0, head), ...conflict, ...lines[0]!.slice(lines[0]!.length - tail), ""].join("\n");
  }

  /** Merges what three specs generate, and generates a fourth one over it. */
  async function merge(name: string, sides: readonly string[], merged: string, style: Style = "merge") {
    const texts: string[] = [];
    for (const side of sides) {
      const cwd = folderWith({ "spec.yaml": side });
      await run(["spec.yaml"], { cwd });
      texts.push(readFileSync(join(cwd, name), "utf8"));
    }
    const text = conflicted(texts as [string, string, string], style);
    return regenerate(sides[1]!, merged, { meanwhile: (folder) => writeFileSync(join(folder, name), text) });
  }

  const keys = (rest: string) => spec({ replicas: "", rest: `keys: { ${rest} }` });
  const added = [keys("ours: { alias: ours }, sm: {}"), keys("sm: {}"), keys("sm: {}, theirs: { alias: theirs }")];

  test.each(["merge", "diff3"] as const)(
    "of both sides (%s) nothing is lost when both are in the spec",
    async (style) => {
      const both = keys("ours: { alias: ours }, sm: {}, theirs: { alias: theirs }");
      const { code, losses, folder } = await merge("kms.tf", added, both, style);
      expect({ code, losses }).toEqual({ code: 0, losses: [] });
      expect(readFileSync(join(folder, "kms.tf"), "utf8")).not.toMatch(/^[<=>]{7}/m);
    },
  );

  test.each(["merge", "diff3"] as const)(
    "what either side declares (%s) is refused when it is not in the spec",
    async (style) => {
      const [ours, base, theirs] = added;
      const lost = async (merged: string) => addresses((await merge("kms.tf", added, merged, style)).losses);
      expect(await lost(ours!)).toEqual(["aws_kms_key.main_theirs", "aws_kms_alias.main_theirs"]);
      expect(await lost(theirs!)).toEqual(["aws_kms_key.main_ours", "aws_kms_alias.main_ours"]);
      expect((await lost(base!)).sort()).toEqual([...(await lost(ours!)), ...(await lost(theirs!))].sort());
      expect(await merge("kms.tf", added, base!, style)).toMatchObject({ code: 4, isUntouched: true });
    },
  );

  test("within a block both sides of it count", async () => {
    const name = (text: string) => spec({ rest: `secrets: { example: { name: ${text}, value: external } }` });
    const { code, losses } = await merge("secrets.tf", [name("ours"), name("base"), name("theirs")], name("ours"));
    expect({ code, lost: addresses(losses) }).toEqual({ code: 4, lost: ["aws_secretsmanager_secret.example"] });
  });

  test("a key that only one side has renamed is moved from where it is on the other side", async () => {
    const base = keys("app: { alias: false }");
    const ours = keys("app: { alias: false, tags: { owner: us } }");
    const theirs = keys("vault: { alias: false, renamed_from: app }");
    const merged = keys("vault: { alias: false, renamed_from: app, tags: { owner: us } }");
    expect(await merge("kms.tf", [ours, base, theirs], merged)).toMatchObject({ code: 0, losses: [] });
  });
});

describe("beside the generated files,", () => {
  const before = spec({ replicas: "eu-west-1", rest: "keys: { app: { alias: false }, sm: {} }" });
  const after = spec({ replicas: "eu-west-1", rest: "keys: { sm: {} }" });
  const replica = "aws_kms_replica_key.euw1_app";
  const kept = (address: string) => `removed {\n  from = ${address}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`;
  const moved = (from: string, to: string) => `moved {\n  from = ${from}\n  to   = ${to}\n}\n`;

  const files: readonly {
    readonly name: string;
    readonly beside: Readonly<Record<string, string>>;
    readonly refused: readonly string[];
  }[] = [
    { name: "a removed block keeps a key", beside: { "keep.tf": kept("aws_kms_key.main_app") }, refused: [replica] },
    {
      name: "a removed block that destroys keeps nothing",
      beside: {
        "remove.tf": "removed {\n  from = aws_kms_key.main_app\n  lifecycle {\n    destroy = true\n  }\n}\n",
        "more.tf": `removed {\n  from = ${replica}\n}\n`,
      },
      refused: ["aws_kms_key.main_app", replica],
    },
    {
      name: "a moved block to a resource that is declared there keeps a key",
      beside: {
        "moves.tf": `${moved("aws_kms_key.main_app", "aws_kms_key.own")}\nresource "aws_kms_key" "own" {\n  multi_region = true\n}\n`,
      },
      refused: [replica],
    },
    {
      name: "moved blocks in several files are one chain",
      beside: {
        "a.tf": moved("aws_kms_key.main_app", "aws_kms_key.between"),
        "b.tf": moved("aws_kms_key.between", 'aws_kms_key.all["app"]'),
        "c.tf": 'resource "aws_kms_key" "all" {\n  for_each = toset(["app"])\n  multi_region = true\n}\n',
      },
      refused: [replica],
    },
    {
      name: "a moved block into a module that is called there keeps a key",
      beside: { "moves.tf": `${moved("aws_kms_key.main_app", "module.keys.aws_kms_key.app")}module "keys" {\n}\n` },
      refused: [replica],
    },
    {
      name: "a moved block to nothing keeps nothing",
      beside: {
        "moves.tf": moved("aws_kms_key.main_app", "aws_kms_key.gone") + moved(replica, "module.gone.aws_kms_key.app"),
      },
      refused: ["aws_kms_key.main_app", replica],
    },
    {
      name: "a resource that was moved there by hand is not lost",
      beside: { "own.tf": 'resource "aws_kms_key" "main_app" {\n  multi_region = true\n}\n' },
      refused: [replica],
    },
    {
      name: "what Terraform does not read, or does not take for a declaration, keeps nothing",
      beside: {
        "override.tf": 'resource "aws_kms_key" "main_app" {}\n',
        "own_override.tf": 'resource "aws_kms_key" "main_app" {}\n',
        ".hidden.tf": kept(replica),
        "notes.txt": kept(replica),
      },
      refused: ["aws_kms_key.main_app", replica],
    },
  ];

  test.each(named(files))("%s", async (_, { beside, refused }) => {
    const { code, losses } = await regenerate(before, after, { beside });
    expect({ code, refused: addresses(losses) }).toEqual({ code: 4, refused });
  });

  test("the files of a folder below count no more than they do for Terraform", async () => {
    const meanwhile = (folder: string) => {
      mkdirSync(join(folder, "below.tf"));
      writeFileSync(join(folder, "below.tf", "keep.tf"), kept(replica));
    };
    const { losses } = await regenerate(before, after, { meanwhile });
    expect(addresses(losses)).toEqual(["aws_kms_key.main_app", replica]);
  });

  test("blocks for every address let the key go without an option", async () => {
    const beside = { "keep.tf": kept("aws_kms_key.main_app") + kept(replica) };
    expect(await regenerate(before, after, { beside })).toMatchObject({ code: 0, losses: [] });
  });

  test("a provider of the user's own is enough for what Terraform destroys", async () => {
    const beside = { "own.tf": 'provider "aws" {\n  alias  = "euw1"\n  region = "eu-west-1"\n}\n' };
    const { losses } = await regenerate(
      before,
      spec({ replicas: "", rest: "keys: { app: { alias: false }, sm: {} }" }),
      {
        beside,
      },
    );
    expect(addresses(losses)).toEqual([replica, "aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"]);
  });

  test("resources of the user's own on a provider that leads elsewhere are refused", async () => {
    const dr = (region: string) =>
      spec({ replicas: `{ region: ${region}, label: dr }`, rest: "keys: { sm: { replicas: [] } }" });
    const own = ["aws_kms_key", "aws_iam_role", "google_kms_key"].map(
      (type) => `resource "${type}" "mine" {\n  provider = aws.dr\n}\n`,
    );
    const { code, losses } = await regenerate(dr("eu-west-1"), dr("eu-west-2"), {
      beside: { "own.tf": own.join("\n") },
    });
    expect(losses.map(({ path, address, effect }) => `${path}: ${address}: ${effect}`)).toEqual([
      "own.tf: aws_kms_key.mine: creates a new one in eu-west-2 and destroys, or loses sight of, the one in eu-west-1",
    ]);
    expect(code).toBe(4);
  });

  test("what refers to something that has another address now, or none, is said with its place", async () => {
    const own = `\
output "arn" {
  value = aws_kms_key.main_app.arn
}
resource "aws_s3_bucket" "mine" {
  provider = aws.euw1
  tags     = { key = "\${aws_kms_replica_key.euw1_app.key_id} in \${data.aws_region.euw1.region}" }
}
moved {
  from = aws_kms_key.older
  to   = aws_kms_key.main_app
}
`;
    const renamed = spec({
      replicas: "",
      retired: "eu-west-1",
      rest: "keys: { vault: { alias: app, renamed_from: app }, sm: {} }",
    });
    const from = spec({ replicas: "eu-west-1", rest: "keys: { app: { alias: app }, sm: {} }" });
    const first = await regenerate(from, renamed, { beside: { "own.tf": own } });
    expect(first).toMatchObject({ code: 0, losses: [] });
    expect(first.notes).toEqual([
      "reference-broken: this refers to aws_kms_key.main_app, which is called aws_kms_key.main_vault now",
      "reference-broken: this refers to aws_kms_replica_key.euw1_app, which is gone",
      "reference-broken: this refers to data.aws_region.euw1, which is gone",
    ]);
    writeFileSync(
      join(first.folder, "spec.yaml"),
      spec({ replicas: "", rest: "keys: { vault: { alias: app }, sm: {} }" }),
    );
    const { stderr } = await run(["spec.yaml"], { cwd: first.folder });
    expect(stderr).toContain(
      "own.tf:5:14: warning: this refers to aws.euw1, a provider that is gone [reference-broken]",
    );
  });

  test("is told when it refers to the policy of a consumer or the local value that go", async () => {
    const secrets = "keys: { sm: {} }\nsecrets: { db: { name: app/db, value: external } }";
    const from = spec({ replicas: "", rest: `${secrets}\nconsumers: { app: { reads: [db] } }\nlocals: true` });
    const own = [
      'resource "aws_iam_policy" "app" {',
      "  policy = data.aws_iam_policy_document.consumer_app.json",
      "}",
      'resource "aws_sqs_queue" "jobs" {',
      '  kms_master_key_id = local.kms_key_arns["sm"]["eu-central-1"]',
      "}",
      "",
    ].join("\n");
    const said = await regenerate(from, spec({ replicas: "", rest: secrets }), { beside: { "own.tf": own } });
    expect(said).toMatchObject({ code: 0, losses: [] });
    expect(said.notes).toEqual([
      "reference-broken: this refers to data.aws_iam_policy_document.consumer_app, which is gone",
      "reference-broken: this refers to local.kms_key_arns, which is gone",
    ]);
  });

  test("and what refers to a document, a local value or a variable that is gone, and not what is declared beside", async () => {
    const rest = "parameters: { url: { name: /app/url, value: { variable: given } } }";
    const from = spec({
      replicas: "",
      rest: `${rest}\nconsumers: { app: { parameters: [url] }, web: { parameters: [url] } }\nlocals: true`,
    });
    const own = `\
resource "aws_iam_role_policy" "app" {
  role   = "app"
  policy = data.aws_iam_policy_document.consumer_app.json
}
output "arns" {
  value = [local.kms_key_arns["sm"]["eu-central-1"], data.aws_iam_policy_document.consumer_web.json, var.given]
}
`;
    const json = JSON.stringify({ output: { url: { value: `\${var.given} \${local.own}` } } });
    const after = spec({ replicas: "", rest: rest.replace("given", "other") });
    const beside = (text: string) => ({ "own.tf": own + text, "more.tf.json": json });
    expect((await regenerate(from, after, { beside: beside("") })).notes).toEqual([
      "value-not-sent: aws_ssm_parameter.main_url: the value of main_url has another source, but its version is the same: Terraform sends a write-only value only when its version changes",
      "reference-broken: this refers to var.given, which is gone",
      "reference-broken: this refers to data.aws_iam_policy_document.consumer_app, which is gone",
      "reference-broken: this refers to local.kms_key_arns, which is gone",
      "reference-broken: this refers to data.aws_iam_policy_document.consumer_web, which is gone",
      "reference-broken: this refers to var.given, which is gone",
    ]);
    const declared = 'variable "given" {}\nlocals {\n  kms_key_arns = {}\n}\n';
    const fewer = from
      .replace(/^locals: true$/m, "")
      .replace("app: { parameters: [url] }, ", "")
      .replace("given", "other");
    expect((await regenerate(from, fewer, { beside: beside(declared) })).notes.slice(1)).toEqual([
      "reference-broken: this refers to data.aws_iam_policy_document.consumer_app, which is gone",
    ]);
  });

  test("a file that is no Terraform is reported with its place where it may matter", async () => {
    const beside = { "own.tf": "moved {\n  from = \n}\n" };
    const { code, stderr, isUntouched } = await regenerate(before, after, { beside });
    expect({ code, isUntouched }).toEqual({ code: 3, isUntouched: true });
    expect(stderr).toContain("own.tf:2:10: refused: this is not valid Terraform: an expression is missing here ");
  });

  test("a file that is no Terraform is no one's business where nothing would vanish", async () => {
    const beside = { "own.tf": "moved {\n  from = \n}\n" };
    const tagged = before.replace("sm: {}", "sm: { tags: { owner: us } }");
    expect(await regenerate(before, tagged, { beside })).toMatchObject({ code: 0, losses: [] });
  });
});

describe("where the generated files do not configure the primary region's provider,", () => {
  const beside = (region: string) => ({ "own.tf": `provider "aws" {\n  region = "${region}"\n}\n` });
  const elsewhere = (primary: string, provider: string, rest = SECRET) =>
    spec({ primary, replicas: "", rest: `provider: { ${provider} }\n${rest}` });
  const module = (primary: string, placement: string) =>
    spec({ primary, replicas: "", rest: `terraform: { module: true }\nprovider: { placement: ${placement} }` });
  const everything = ["aws_kms_key.main_sm", "aws_kms_alias.main_sm", "aws_secretsmanager_secret.example"];

  const moves: readonly {
    readonly name: string;
    readonly before: string;
    readonly after: string;
    readonly own?: string;
  }[] = [
    {
      name: "and resources say another one",
      before: elsewhere("eu-central-1", "default: false"),
      after: elsewhere("us-east-1", "default: false, placement: region"),
      own: "eu-central-1",
    },
    {
      name: "which a file beside says, and resources say the spec's",
      before: elsewhere("eu-central-1", "default: false"),
      after: elsewhere("eu-central-1", "default: false, placement: region"),
      own: "us-east-1",
    },
    {
      name: "and a provider for another one is generated",
      before: elsewhere("eu-central-1", "default: false"),
      after: elsewhere("us-east-1", "default: true"),
    },
    {
      name: "any more, and the file beside has another one",
      before: elsewhere("eu-central-1", "default: true"),
      after: elsewhere("eu-central-1", "default: false"),
      own: "us-east-1",
    },
    {
      name: "because it is a module's, and resources say another one",
      before: module("eu-central-1", "alias"),
      after: module("us-east-1", "region"),
    },
    {
      name: "and the spec says another one",
      before: elsewhere("eu-central-1", "default: false"),
      after: elsewhere("us-east-1", "default: false"),
    },
  ];

  test.each(named(moves))("%s, a change of it is refused", async (_, { before, after, own }) => {
    const { code, losses, isUntouched } = await regenerate(
      before,
      after,
      own === undefined ? {} : { beside: beside(own) },
    );
    const expected = everything.slice(0, before.includes("module") ? 2 : 3);
    expect({ code, lost: addresses(losses), isUntouched }).toEqual({ code: 4, lost: expected, isUntouched: true });
    expect(new Set(losses.map(({ effect }) => effect.replace(/[a-z]+-[a-z]+-\d/g, "…")))).toEqual(
      new Set(["creates a new one in … and destroys, or loses sight of, the one in …"]),
    );
  });

  test("a region that is corrected to that of the file beside is no change", async () => {
    const [before, after] = ["eu-central-1", "us-east-1"].map((region) => elsewhere(region, "default: false"));
    expect(await regenerate(before!, after!, { beside: beside("us-east-1") })).toMatchObject({ code: 0, losses: [] });
  });

  test("what stays where it was is not refused when resources begin to say it", async () => {
    const [before, after] = ["default: false", "default: false, placement: region"].map((provider) =>
      elsewhere("eu-central-1", provider),
    );
    const known = await regenerate(before!, after!, { beside: beside("eu-central-1") });
    expect(known).toMatchObject({ code: 0, losses: [] });
    // Without a word about it, neither in a file beside nor in a generated one, no one knows.
    const unknown = await regenerate(before!, after!, {
      args: ["--force"],
      meanwhile: edit("provider.tf", / {3}aws in .*/, ""),
    });
    expect(unknown).toMatchObject({ code: 0, losses: [] });
    expect(unknown.notes).toEqual([
      "primary-region-stated: the primary keys are wherever the provider without an alias was so far: make sure that this is eu-central-1, or Terraform replaces them",
    ]);
  });
});

describe("what follows from a loss is a loss of its own:", () => {
  const cases: readonly {
    readonly name: string;
    readonly before: string;
    readonly after: string;
    readonly lost: readonly string[];
  }[] = [
    {
      name: "the replicas of a primary key in another region",
      before: spec({ replicas: "eu-west-1", rest: SECRET }),
      after: spec({ primary: "us-east-1", replicas: "eu-west-1", rest: SECRET }),
      lost: [
        "aws_kms_key.main_sm",
        "aws_kms_replica_key.euw1_sm",
        "aws_kms_alias.main_sm",
        "aws_secretsmanager_secret.example",
      ],
    },
    {
      name: "in a module, the alias and the copies of a region that moves under its label",
      before: spec({
        replicas: "{ region: eu-west-1, label: other }, us-east-1",
        rest: `terraform: { module: true }\n${SECRET}`,
      }),
      after: spec({
        replicas: "{ region: eu-west-2, label: other }, us-east-1",
        rest: `terraform: { module: true }\n${SECRET}`,
      }),
      lost: ["aws_kms_replica_key.other_sm", "aws_kms_alias.other_sm", "aws_secretsmanager_secret.example[eu-west-1]"],
    },
    {
      name: "in a module, a copy of a secret is named by its region",
      before: spec({ rest: `terraform: { module: true }\n${SECRET}` }),
      after: spec({
        rest: "terraform: { module: true }\nsecrets: { example: { name: app/example, replicas: [eu-west-1] } }",
      }),
      lost: ["aws_secretsmanager_secret.example[us-east-1]"],
    },
  ];

  test.each(named(cases))("%s", async (_, { before, after, lost }) => {
    const { losses } = await regenerate(before, after);
    expect(addresses(losses)).toEqual(lost);
  });

  test("the copies of a secret whose replica key is replaced in place, though its own text is the same", async () => {
    const meanwhile = edit("kms.tf", /multi_region += true/, 'multi_region = true\n  key_usage = "SIGN_VERIFY"');
    const text = spec({ replicas: "eu-west-1", rest: SECRET });
    const { losses } = await regenerate(text, text, { args: ["--force"], meanwhile });
    expect(addresses(losses)).toEqual([
      "aws_kms_key.main_sm",
      "aws_kms_replica_key.euw1_sm",
      "aws_secretsmanager_secret.example[eu-west-1]",
    ]);
  });
});

describe("what AWS keeps although it is taken out is said:", () => {
  const policy = 'policy: { users: ["arn:aws:iam::123456789012:role/app"] }';
  const keys = (settings: string) => spec({ replicas: "eu-west-1", rest: `keys: { sm: { ${settings} } }` });
  const stays = (address: string, what: string, write: string) =>
    `argument-stays: ${address}: ${what} (For AWS's default write ${write} under keys.sm)`;
  const KEY_POLICY =
    "the key policy stays in AWS as it is: Terraform does not take it away, whoever it allows keeps access";
  const cases: readonly [name: string, before: string, after: string, notes: readonly string[]][] = [
    [
      "a key policy",
      keys(`${policy}, description: mine`),
      keys("description: mine"),
      ["aws_kms_key.main_sm", "aws_kms_replica_key.euw1_sm"].map((address) =>
        stays(address, KEY_POLICY, "policy: { services: [] }"),
      ),
    ],
    ["not a policy that becomes the default one", keys(policy), keys("policy: {}"), []],
    [
      "a rotation period",
      keys("rotation: { period_days: 200 }"),
      keys(""),
      [
        stays(
          "aws_kms_key.main_sm",
          "the rotation period stays in AWS as it is: Terraform does not take it away, the key goes on rotating as often as before",
          "rotation: { period_days: 365 }",
        ),
      ],
    ],
    [
      "not the period of a rotation that is switched off",
      keys("rotation: { period_days: 200 }"),
      keys("rotation: false"),
      [],
    ],
    [
      "a value of a parameter that the state keeps from now on, because its source or the versions are others",
      spec({
        replicas: "",
        rest: "parameters: { a: { name: /a }, b: { name: /b, value: { literal: x, allow_plaintext: true } } }",
      }),
      spec({
        replicas: "",
        rest: "terraform: { aws_provider: '~> 5.50' }\nparameters: { a: { name: /a }, b: { name: /b, value: { literal: y, allow_plaintext: true } } }",
      }),
      [
        "value-lands-in-state: the value of a lands in Terraform's state: write-only values need Terraform >= 1.11 and hashicorp/aws >= 5.88 (Raise terraform.required_version and terraform.aws_provider.)",
        "value-sent-always: aws_ssm_parameter.main_a: its value is kept in the state from now on, and some AWS providers, such as 5.100, send it at every apply (Keep terraform.required_version and terraform.aws_provider as they were)",
      ],
    ],
    [
      "the tier of a parameter",
      spec({ replicas: "", rest: "parameters: { url: { name: /app/url, tier: advanced } }" }),
      spec({ replicas: "", rest: "parameters: { url: /app/url }" }),
      [
        "argument-stays: aws_ssm_parameter.main_url: the tier stays in AWS as it is: Terraform does not take it away, an advanced parameter goes on costing money",
      ],
    ],
    [
      "a value",
      spec({ replicas: "", rest: "secrets: { a: { value: variable } }" }),
      spec({ replicas: "", rest: "secrets: { a: { value: external } }" }),
      [
        "value-released: aws_secretsmanager_secret_version.a: the value of the secret stays in AWS as it is: Terraform no longer manages it",
      ],
    ],
    [
      "a log group with skip_destroy",
      spec({ replicas: "", rest: "log_groups: { app: { name: /app, skip_destroy: true } }" }),
      spec({ replicas: "" }),
      [
        "left-in-aws: aws_cloudwatch_log_group.main_app: the log group stays in AWS as it is, because skip_destroy is true: Terraform only forgets it",
        stays("aws_kms_key.main_sm", KEY_POLICY, "policy: { services: [] }"),
      ],
    ],
    [
      "events that are kept for fewer days",
      spec({ replicas: "", rest: "log_groups: { app: { retention_days: 90 }, web: {} }" }),
      spec({ replicas: "", rest: "log_groups: { app: { retention_days: 30 }, web: { retention_days: 365 } }" }),
      [
        "events-would-expire: aws_cloudwatch_log_group.main_app: AWS deletes what is in the log group and is older than 30 days (To keep it, write retention_days: 90 under log_groups.app)",
        "events-would-expire: aws_cloudwatch_log_group.main_web: AWS deletes what is in the log group and is older than 365 days (To keep it, leave retention_days out of log_groups.web)",
      ],
    ],
    [
      "not events that are kept for more days",
      spec({ replicas: "", rest: "log_groups: { app: { retention_days: 30 }, web: { retention_days: 30 } }" }),
      spec({ replicas: "", rest: "log_groups: { app: { retention_days: 90 }, web: {} }" }),
      [],
    ],
    [
      "a log group with skip_destroy and another name",
      spec({ replicas: "", rest: "log_groups: { app: { name: /app, skip_destroy: true } }" }),
      spec({ replicas: "", rest: "log_groups: { app: { name: /web, skip_destroy: true } }" }),
      [
        "left-in-aws: aws_cloudwatch_log_group.main_app: the log group stays in AWS as it is, because skip_destroy is true: Terraform only forgets it, and creates a new one (To keep the log group, write name: /app under log_groups.app)",
      ],
    ],
    [
      "a log group with skip_destroy and another class",
      spec({ replicas: "", rest: "log_groups: { app: { name: /app, skip_destroy: true } }" }),
      spec({ replicas: "", rest: "log_groups: { app: { name: /app, skip_destroy: true, class: INFREQUENT_ACCESS } }" }),
      [
        "left-in-aws: aws_cloudwatch_log_group.main_app: the log group stays in AWS as it is, because skip_destroy is true: Terraform only forgets it, and then fails to create a new one of the same name (What the log group is cannot change: leave log_groups.app as it was, and give the other an identifier and a name of its own)",
      ],
    ],
    [
      "the last copies of a secret",
      spec({ rest: SECRET }),
      spec({ rest: "secrets: { example: { name: app/example, replicas: [] } }" }),
      ["eu-west-1", "us-east-1"].map(
        (region) =>
          `last-replica-stays: aws_secretsmanager_secret.example: the copy in ${region} stays in AWS. The provider does not remove the last replica of a secret (To remove it: aws secretsmanager remove-regions-from-replication --region eu-central-1 --secret-id app/example --remove-replica-regions ${region})`,
      ),
    ],
    [
      "the last copy of a secret, in a region that is retired",
      spec({ replicas: "eu-west-1", rest: SECRET }),
      spec({ replicas: "", retired: "eu-west-1", rest: SECRET }),
      [
        "last-replica-stays: aws_secretsmanager_secret.example: the copy in eu-west-1 stays in AWS, where its key is deleted: it becomes unreadable, costs money, and is in the way of a new one. The provider does not remove the last replica of a secret (To remove it: aws secretsmanager remove-regions-from-replication --region eu-central-1 --secret-id app/example --remove-replica-regions eu-west-1)",
      ],
    ],
  ];

  test.each(cases)("%s", async (_, before, after, notes) => {
    expect(await regenerate(before, after)).toMatchObject({ code: 0, losses: [], notes });
  });
});

describe("after writing, a note says", () => {
  test("the same when everything was allowed", async () => {
    const before = spec({ replicas: "us-east-1", retired: "eu-west-1", rest: "keys: { a: {}, b: { alias: b } }" });
    const after = spec({ replicas: "us-east-1", rest: "keys: { a: {} }" });
    const { code, losses, notes } = await regenerate(before, after, { args: ["--allow-destroy", "all"] });
    expect({ code, losses, notes: notes.map((one) => one.split(":")[0]) }).toEqual({
      code: 0,
      losses: [],
      notes: ["provider-ended"],
    });
  });

  test("that a retired region has nothing left, not before its resources have gone from the files", async () => {
    for (const rest of ["", "provider: { placement: region }"]) {
      const retired = spec({ replicas: "us-east-1", retired: "eu-west-1", rest });
      const { folder, stderr } = await regenerate(spec({ rest }), retired);
      expect(stderr).not.toContain("nothing is left");
      const again = await run(["spec.yaml"], { cwd: folder });
      expect(again.stderr).toContain(
        "spec.yaml: note: nothing is left in eu-west-1: once that is applied, take it out of regions.retired [retired-region-idle]\n",
      );
    }
  });

  test("that blocks are gone which a state may still need", async () => {
    const renamed = (id: string, former: string) =>
      spec({ replicas: "", rest: `keys: { ${id}: { alias: x, renamed_from: ${former} } }` });
    const ended = spec({ replicas: "", rest: "keys: { b: { alias: x } }" });
    const { stderr, folder } = await regenerate(renamed("b", "a"), ended);
    expect(stderr).toContain(
      "spec.yaml: note: the moved blocks of aws_kms_key.main_a and 1 other are gone: where that has not been applied yet, Terraform destroys what is still there [changes-ended]\n",
    );
    const again = await run(["spec.yaml"], { cwd: folder });
    expect(again.stderr).toBe("3 files up to date\n".replace("3", "2"));
  });
});

describe("doing what a hint says ends at a run that is not refused:", () => {
  const one = (rest: string) => spec({ replicas: "", rest });
  const both = (rest: string) => spec({ replicas: "eu-west-1", rest });
  const cases: readonly [hint: string, before: string, after: string, followed: string][] = [
    [
      "It looks like a rename: write renamed_from: sm under keys.app_sm",
      one(""),
      one("keys: { app_sm: { tags: { a: b } } }"),
      one("keys: { app_sm: { tags: { a: b }, renamed_from: sm } }"),
    ],
    [
      "It looks like a rename: write renamed_from: sm and alias: secrets-manager under keys.vault",
      both(""),
      both("keys: { vault: { alias: vault } }"),
      both("keys: { vault: { renamed_from: sm, alias: secrets-manager } }"),
    ],
    [
      "The key stays, only its alias goes: write alias: secrets-manager under keys.vault to keep it",
      both(""),
      both("keys: { vault: { renamed_from: sm, alias: false } }"),
      both("keys: { vault: { renamed_from: sm, alias: secrets-manager } }"),
    ],
    [
      "It looks like a rename: write renamed_from: a under keys.c",
      one("keys: { a: { alias: a }, b: { alias: b, policy: {} } }"),
      one("keys: { c: { alias: a }, d: { alias: b, policy: {} } }"),
      one("keys: { c: { alias: a, renamed_from: a }, d: { alias: b, policy: {}, renamed_from: b } }"),
    ],
    [
      "It looks like a rename: write renamed_from: a under secrets.b",
      one("secrets: { a: { name: x } }"),
      one("secrets: { b: { name: x, value: external } }"),
      one("secrets: { b: { name: x, value: external, renamed_from: a } }"),
    ],
    [
      "To keep it, put eu-west-1 back into the replicas of keys.sm",
      spec({ rest: "keys: { sm: {} }" }),
      spec({
        replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }, us-east-1",
        rest: "keys: { sm: { replicas: [us-east-1] } }",
      }),
      spec({
        replicas: "{ region: eu-west-1, label: ireland, renamed_from: euw1 }, us-east-1",
        rest: "keys: { sm: { replicas: [us-east-1, eu-west-1] } }",
      }),
    ],
    [
      "To keep the value that AWS has, write value: external under secrets.a",
      one("secrets: { a: { value: external } }"),
      one("secrets: { a: {} }"),
      one("secrets: { a: { value: external } }"),
    ],
  ];

  test.each(cases)("%s", async (hint, before, after, followed) => {
    const refused = await regenerate(before, after);
    expect(refused.code).toBe(4);
    expect(hints(refused.losses)).toContain(hint);
    expect(await regenerate(before, followed)).toMatchObject({ code: 0, losses: [] });
  });

  test.each([
    [
      "a key whose identifier ends like another's",
      one("keys: { app_sm: { alias: app }, sm: {} }"),
      one("keys: { sm: {} }"),
    ],
    [
      "a key beside a new one that is different",
      one("keys: { app_sm: { alias: app } }"),
      one("keys: { vault: { alias: v, rotation: false } }"),
    ],
  ])("%s is said to be kept by a removed block, and is", async (_, before, after) => {
    const { losses } = await regenerate(before, after);
    expect(hints(losses)).toEqual([KEEP]);
    const text = addresses(losses).map(
      (address) => `removed {\n  from = ${address}\n  lifecycle {\n    destroy = false\n  }\n}\n`,
    );
    expect(await regenerate(before, after, { beside: { "keep.tf": text.join("") } })).toMatchObject({
      code: 0,
      losses: [],
    });
  });

  test("a removed block is said to need a newer Terraform where an older one is admitted", async () => {
    const old = 'terraform: { required_version: ">= 1.1", aws_provider: "~> 5.0" }';
    const { losses } = await regenerate(
      one(`${old}\nkeys: { app: { alias: app }, sm: {} }`),
      one(`${old}\nkeys: { sm: {} }`),
    );
    expect(hints(losses)).toEqual([`${KEEP}, which needs Terraform >= 1.7`]);
  });
});

describe("of two steps, the first of which may not be applied,", () => {
  const keys = (rest: string) => spec({ replicas: "", rest: `keys: { ${rest} }` });
  const [second, third] = [keys("b: { alias: x, renamed_from: a }"), keys("c: { alias: x, renamed_from: b }")];

  test("a move that goes on while its first step is dropped is refused", async () => {
    const { code, losses, isUntouched } = await regenerate(second, third);
    expect({ code, isUntouched }).toEqual({ code: 4, isUntouched: true });
    expect(losses.map(({ code: kind, address, effect }) => `${kind}: ${address}: ${effect}`)).toEqual([
      "chain-would-break: aws_kms_key.main_a: schedules deletion of the primary key where the move to aws_kms_key.main_b has not been applied yet, because that step is dropped",
      "chain-would-break: aws_kms_alias.main_a: deletes the alias where the move to aws_kms_alias.main_b has not been applied yet, because that step is dropped",
    ]);
  });

  test.each([
    [
      "a key",
      "Say every step: write renamed_from: [a, b] under keys.c",
      second,
      third,
      keys("c: { alias: x, renamed_from: [a, b] }"),
    ],
    [
      "a key, twice more",
      "Say every step: write renamed_from: [a, b, c] under keys.d",
      keys("c: { alias: x, renamed_from: [a, b] }"),
      keys("d: { alias: x, renamed_from: c }"),
      keys("d: { alias: x, renamed_from: [a, b, c] }"),
    ],
    [
      "a key, whose rename is not said",
      "It looks like a rename: write renamed_from: [a, b] under keys.c",
      second,
      keys("c: { alias: x, renamed_from: a }"),
      keys("c: { alias: x, renamed_from: [a, b] }"),
    ],
    [
      "a key with a further alias and a grant",
      "Say every step: write renamed_from: [a, b] under keys.c",
      keys(`b: { aliases: [x, y], grants: { g: ${GRANT} }, renamed_from: a }`),
      keys(`c: { aliases: [x, y], grants: { g: ${GRANT} }, renamed_from: b }`),
      keys(`c: { aliases: [x, y], grants: { g: ${GRANT} }, renamed_from: [a, b] }`),
    ],
    [
      "a secret",
      "Say every step: write renamed_from: [a, b] under secrets.c",
      spec({ replicas: "", rest: "secrets: { b: { name: x, renamed_from: a } }" }),
      spec({ replicas: "", rest: "secrets: { c: { name: x, renamed_from: b } }" }),
      spec({ replicas: "", rest: "secrets: { c: { name: x, renamed_from: [a, b] } }" }),
    ],
    [
      "a region",
      "Say every step: write renamed_from: [main, a_b] at eu-central-1 under regions",
      spec({ primary: "{ region: eu-central-1, label: a_b, renamed_from: main }", replicas: "" }),
      spec({ primary: "{ region: eu-central-1, label: a, renamed_from: a_b }", replicas: "" }),
      spec({ primary: "{ region: eu-central-1, label: a, renamed_from: [main, a_b] }", replicas: "" }),
    ],
  ])("%s: what is said to be written keeps every step", async (_, hint, before, after, followed) => {
    const refused = await regenerate(before, after);
    expect(refused.code).toBe(4);
    expect(hints(refused.losses)).toEqual([hint]);
    expect(await regenerate(before, followed)).toMatchObject({ code: 0, losses: [] });
  });

  test("a step of another kind is kept in a file of the user's own", async () => {
    const before = spec({ primary: "{ region: eu-central-1, label: home, renamed_from: main }", replicas: "" });
    const after = spec({
      primary: "{ region: eu-central-1, label: home }",
      replicas: "",
      rest: "keys: { vault: { renamed_from: sm } }",
    });
    const { losses } = await regenerate(before, after);
    expect(hints(losses)[0]).toMatch(
      /^Keep each step until all are applied, in a \.tf file of your own: moved \{ from = /,
    );
  });

  test("a move whose first step is kept in a file of the user's own is a chain", async () => {
    const step = (type: string) => `moved {\n  from = ${type}.main_a\n  to   = ${type}.main_b\n}\n`;
    const beside = { "steps.tf": step("aws_kms_key") + step("aws_kms_alias") };
    expect(await regenerate(second, third, { beside })).toMatchObject({ code: 0, losses: [] });
  });

  test("a removed block that is taken out is refused", async () => {
    const forgotten = spec({ replicas: "us-east-1", retired: "{ region: eu-west-1, forget: true }" });
    const { code, losses, notes } = await regenerate(forgotten, spec({ replicas: "us-east-1" }));
    expect({ code, lost: addresses(losses) }).toEqual({
      code: 4,
      lost: ["aws_kms_replica_key.euw1_sm", "aws_kms_alias.euw1_sm"],
    });
    // What is worth knowing is said with a refusal too.
    expect(notes.map((one) => one.split(":")[0])).toEqual(["provider-ended"]);
  });

  test("a region that is taken out of retired is noted", async () => {
    const retired = spec({ replicas: "us-east-1", retired: "eu-west-1" });
    const { code, notes } = await regenerate(retired, spec({ replicas: "us-east-1" }));
    expect({ code, notes }).toEqual({
      code: 0,
      notes: [
        'provider-ended: provider.aws.euw1: aws.euw1 (eu-west-1) is gone: where its resources have not been destroyed by an apply yet, Terraform fails with "Provider configuration not present"',
      ],
    });
  });
});

test("a value that has another source and the same version is said not to be sent", async () => {
  const spec = (value: string) =>
    `version: 1\nregions: { primary: eu-central-1 }\nsecrets:\n  app: { value: ${value} }\n`;
  const cwd = folderWith({ "spec.yaml": spec("variable") });
  await run(["spec.yaml"], { cwd });
  writeFileSync(join(cwd, "spec.yaml"), spec("generated"));
  const { code, stderr } = await run(["spec.yaml"], { cwd });
  expect(code).toBe(0);
  expect(stderr).toContain("the value of app has another source, but its version is the same");
  writeFileSync(join(cwd, "spec.yaml"), spec("{ variable: other, version: 2 }"));
  expect((await run(["spec.yaml"], { cwd })).stderr).not.toContain("another source");
});

describe("with providers of the folder's own,", () => {
  const ALIASED = "{ region: eu-central-1, provider_alias: central }";
  const provider = (alias: string, region: string) =>
    `provider "aws" {\n  alias  = "${alias}"\n  region = "${region}"\n}\n`;
  const OWN = "provider: { write: false }\n";

  test("nothing is lost when provider.tf goes and they are there", async () => {
    const beside = { "providers.tf": provider("central", "eu-central-1") + provider("euw1", "eu-west-1") };
    const given = (rest: string) => spec({ primary: ALIASED, replicas: "eu-west-1", rest: `${rest}${SECRET}` });
    const { code, losses, folder } = await regenerate(given(""), given(OWN), { beside });
    expect({ code, losses }).toEqual({ code: 0, losses: [] });
    expect(readdirSync(folder)).not.toContain("provider.tf");
  });

  test("a replica that goes needs its provider in one of the folder's files", async () => {
    const before = spec({ primary: ALIASED, rest: OWN });
    const after = spec({ primary: ALIASED, replicas: "us-east-1", retired: "eu-west-1", rest: OWN });
    const central = provider("central", "eu-central-1") + provider("use1", "us-east-1");
    const without = await regenerate(before, after, { beside: { "providers.tf": central } });
    expect(without).toMatchObject({ code: 4, isUntouched: true });
    expect(addresses(without.losses)).toEqual(["provider.aws.euw1"]);
    const beside = { "providers.tf": central + provider("euw1", "eu-west-1") };
    expect(await regenerate(before, after, { beside })).toMatchObject({ code: 0, losses: [] });
  });

  test("what goes is said to be in the region that the folder's provider has", async () => {
    const before = spec({
      primary: ALIASED,
      replicas: "eu-west-1",
      rest: `${OWN}keys: { app: { alias: false }, sm: {} }`,
    });
    const after = spec({ primary: ALIASED, replicas: "eu-west-1", rest: `${OWN}keys: { sm: {} }` });
    const beside = { "providers.tf": provider("central", "eu-central-1") + provider("euw1", "eu-west-1") };
    const { losses } = await regenerate(before, after, { beside });
    expect(losses.map(({ effect }) => effect)).toEqual([
      "schedules deletion of the primary key in eu-central-1",
      "schedules deletion of the replica key in eu-west-1",
    ]);
  });
});

describe("the provider without an alias", () => {
  const before = spec({ replicas: "eu-west-1", rest: "keys: { app: { alias: false }, sm: {} }" });
  const aliased = (rest: string) =>
    spec({ primary: "{ region: eu-central-1, provider_alias: central }", replicas: "eu-west-1", rest });
  const args = ["--allow-destroy", "aws_kms_key.main_app", "--allow-destroy", "aws_kms_replica_key.euw1_app"];

  test("may go when everything in its region has another one", async () => {
    const after = aliased("keys: { app: { alias: false }, sm: {} }");
    expect(await regenerate(before, after)).toMatchObject({ code: 0, losses: [] });
  });

  test("must outlive what is destroyed with it", async () => {
    const { code, losses } = await regenerate(before, aliased("keys: { sm: {} }"), { args });
    expect({ code, lost: addresses(losses), hints: hints(losses) }).toEqual({
      code: 4,
      lost: ["provider.aws"],
      hints: ["Write default: true under provider until that has been applied"],
    });
    const kept = aliased("provider: { default: true }\nkeys: { sm: {} }");
    expect(await regenerate(before, kept, { args })).toMatchObject({ code: 0, losses: [] });
  });
});
