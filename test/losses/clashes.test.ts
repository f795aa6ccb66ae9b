/** What files beside the generated ones declare already is refused before anything is written, each with its place. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";
import { filesIn } from "../support/fixtures.ts";

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
secrets: { example: { name: app/example, value: variable } }
log_groups: { app: "/app/{region}" }
parameters: { banner: { name: banner, value: { literal: "on", allow_plaintext: true } } }
buckets: { backups: { name: { ref: aws_s3_bucket.backups.id }, regions: [eu-central-1] } }
outputs: true
locals: true
`;

/** Generates into a folder with other files; the report, line by line, without the header of what is said to do. */
async function generate(others: Readonly<Record<string, string>>, spec = SPEC, args: readonly string[] = []) {
  const folder = folderWith({ "spec.yaml": spec, ...others });
  const { code, stderr } = await run(["spec.yaml", ...args], { cwd: folder });
  const found = stderr.split("\n").filter((line) => / (refused|warning): /.test(line) && !line.includes("spec.yaml:"));
  return {
    code,
    found,
    stderr,
    files: Object.keys(filesIn(folder))
      .filter((name) => name.endsWith(".tf"))
      .sort(),
  };
}

const cases: readonly [name: string, text: string, found: readonly string[]][] = [
  [
    "a resource of the same address",
    '\nresource "aws_kms_key" "main_sm" {\n  multi_region = true\n}\n',
    ["main.tf:2:1: refused: aws_kms_key.main_sm is declared here, and in kms.tf too [declared-twice]"],
  ],
  [
    "a data source of the same address",
    'data "aws_region" "main" {}\n',
    ["main.tf:1:1: refused: data.aws_region.main is declared here, and in kms.tf too [declared-twice]"],
  ],
  [
    "the provider without an alias, and what it requires",
    'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\nprovider "aws" {\n  region = "eu-central-1"\n}\n',
    [
      "main.tf:1:1: refused: required_providers is declared here, and in provider.tf too [declared-twice]",
      "main.tf:8:1: refused: provider aws is declared here, and in provider.tf too [declared-twice]",
    ],
  ],
  [
    "a provider of the same alias",
    'provider "aws" {\n  region = "eu-west-1"\n  alias = "euw1"\n}\n',
    ["main.tf:1:1: refused: provider aws.euw1 is declared here, and in provider.tf too [declared-twice]"],
  ],
  [
    "a variable and an output",
    'variable "example_secret_string" {}\noutput "kms_keys" {\n  value = 1\n}\n',
    [
      "main.tf:1:1: refused: variable example_secret_string is declared here, and in variables.tf too [declared-twice]",
      "main.tf:2:1: refused: output kms_keys is declared here, and in outputs.tf too [declared-twice]",
    ],
  ],
  [
    "a local value",
    "locals {\n  mine         = 1\n  kms_key_arns = {}\n}\n",
    ["main.tf:1:1: refused: local.kms_key_arns is declared here, and in locals.tf too [declared-twice]"],
  ],
  [
    "an alias of a key by the same name",
    'resource "aws_kms_alias" "mine" {\n  name          = "alias/eu-west-1-secrets-manager"\n  target_key_id = "x"\n  provider      = aws.euw1\n}\n',
    [
      "main.tf:1:1: refused: aws_kms_alias.mine has the name alias/eu-west-1-secrets-manager in eu-west-1, which keys.sm would have too: AWS gives it once [name-taken]",
    ],
  ],
  [
    "an alias of a key by the same name, made of the region's",
    'data "aws_region" "here" {}\nresource "aws_kms_alias" "mine" {\n  name          = "alias/$' +
      '{data.aws_region.here.name}-secrets-manager"\n  target_key_id = "x"\n}\n',
    [
      "main.tf:2:1: refused: aws_kms_alias.mine has the name alias/eu-central-1-secrets-manager in eu-central-1, which keys.sm would have too: AWS gives it once [name-taken]",
    ],
  ],
  [
    "a secret by the same name",
    'resource "aws_secretsmanager_secret" "mine" {\n  name = "app/example"\n}\n',
    [
      "main.tf:1:1: refused: aws_secretsmanager_secret.mine has the name app/example in eu-central-1, which secrets.example would have too: AWS gives it once [name-taken]",
    ],
  ],
  [
    "a log group by the same name",
    'resource "aws_cloudwatch_log_group" "mine" {\n  name     = "/app/eu-west-1"\n  provider = aws.euw1\n}\n',
    [
      "main.tf:1:1: refused: aws_cloudwatch_log_group.mine has the name /app/eu-west-1 in eu-west-1, which log_groups.app would have too: AWS gives it once [name-taken]",
    ],
  ],
  [
    "a parameter by a name that is the same to AWS",
    'resource "aws_ssm_parameter" "mine" {\n  name = "/banner"\n  type = "String"\n}\n',
    [
      "main.tf:1:1: refused: aws_ssm_parameter.mine has the name /banner in eu-central-1, which parameters.banner would have too: AWS gives it once [name-taken]",
    ],
  ],
  [
    "the encryption of the same bucket",
    'resource "aws_s3_bucket_server_side_encryption_configuration" "mine" {\n  bucket = aws_s3_bucket.backups.id\n}\n',
    [
      "main.tf:1:1: refused: aws_s3_bucket_server_side_encryption_configuration.mine has the name aws_s3_bucket.backups.id in eu-central-1, which buckets.backups would have too: AWS gives it once [name-taken]",
    ],
  ],
];

describe("refused, with nothing written:", () => {
  test.each(cases)("%s", async (_, text, found) => {
    expect(await generate({ "main.tf": text })).toMatchObject({ code: 3, found, files: ["main.tf"] });
  });

  test.each(cases)("%s; --check says it too", async (_, text, found) => {
    const folder = folderWith({ "spec.yaml": SPEC });
    expect((await run(["spec.yaml"], { cwd: folder })).code).toBe(0);
    expect((await run(["spec.yaml", "--check"], { cwd: folder })).code).toBe(0);
    writeFileSync(join(folder, "main.tf"), text);
    const { code, stderr } = await run(["spec.yaml", "--check"], { cwd: folder });
    expect(code).toBe(1);
    for (const line of found) expect(stderr).toContain(line);
  });

  test("a file in JSON that declares the same", async () => {
    const text = JSON.stringify({ resource: { aws_kms_key: { main_sm: { multi_region: true } } } });
    expect((await generate({ "main.tf.json": text })).found).toEqual([
      "main.tf.json:1:1: refused: aws_kms_key.main_sm is declared here, and in kms.tf too [declared-twice]",
    ]);
  });

  test("a provider of the user's own that is for another region than the spec says", async () => {
    const spec = `version: 1\nregions: { primary: eu-central-1 }\nprovider: { default: false }\n`;
    const provider = (region: string) => ({ "own.tf": `provider "aws" {\n  region = "${region}"\n}\n` });
    expect(await generate(provider("us-east-1"), spec)).toMatchObject({
      code: 3,
      found: [
        "own.tf:1:1: refused: provider aws is for us-east-1, and the primary region that uses it is eu-central-1 in the spec [provider-in-other-region]",
      ],
    });
    expect(await generate(provider("eu-central-1"), spec)).toMatchObject({ code: 0, found: [] });
  });

  test("a pipe that is called like a file of Terraform, at once", async () => {
    const folder = folderWith({ "spec.yaml": SPEC });
    execFileSync("mkfifo", [join(folder, "pipe.tf")]);
    const { code, stderr } = await run(["spec.yaml"], { cwd: folder });
    expect(code).toBe(3);
    expect(stderr).toContain("pipe.tf: refused: it cannot be read: it is not a regular file");
  });
});

describe("not refused:", () => {
  test.each([
    [
      "other resources, providers and data sources",
      'provider "google" {}\nresource "aws_kms_key" "mine" {}\ndata "aws_region" "mine" {}\n',
    ],
    [
      "the same name in another region",
      'resource "aws_secretsmanager_secret" "mine" {\n  name     = "app/example"\n  provider = aws.euw1\n}\n',
    ],
    ["a name that an expression decides", 'resource "aws_secretsmanager_secret" "mine" {\n  name = var.name\n}\n'],
    ["a terraform block without providers", 'terraform {\n  backend "s3" {}\n}\n'],
  ])("%s", async (_, text) => {
    expect(await generate({ "main.tf": text })).toMatchObject({ code: 0, found: [] });
  });

  test("a file that is no Terraform, which is a warning", async () => {
    const { code, found } = await generate({ "main.tf": "resource {\n" });
    expect(code).toBe(0);
    expect(found).toEqual([
      "main.tf:1:10: warning: this is not valid Terraform: this block is not closed. What it declares is not known [unreadable-terraform]",
    ]);
  });

  test("what an override file changes", async () => {
    expect(await generate({ "override.tf": 'resource "aws_kms_key" "main_sm" {}\n' })).toMatchObject({ code: 0 });
  });
});

test("a file that is not ours at the name of one of ours is not said to be an edit", async () => {
  const { code, stderr } = await generate({ "kms.tf": 'resource "aws_kms_key" "mine" {}\n' });
  expect(code).toBe(3);
  expect(stderr).not.toContain("edited by hand");
  expect(stderr).toContain("name ours otherwise under files in the spec");
});
