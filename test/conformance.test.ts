// Every expected output fits the AWS provider's schema, and the check that says so finds each kind of mistake.
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { filesBelow, filesIn } from "./support/fixtures.ts";
import { conformance, type TerraformFile } from "./support/schema.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));

/** The folders under fixtures/ that hold expected output, named from there. */
const expectedFolders = readdirSync(fixtures, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name === "expected")
  .map((entry) => relative(fixtures, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
  .sort();

function terraformFiles(folder: string): TerraformFile[] {
  const all = { ...filesIn(join(fixtures, folder)), ...filesBelow(join(fixtures, folder, "../beside")) };
  return Object.entries(all).flatMap(([path, text]) => (/^[^/\\]+\.tf$/.test(path) ? [{ path, text }] : []));
}

describe("expected output", () => {
  test("is there, so that the next test cannot pass over nothing", () => {
    expect(expectedFolders).not.toEqual([]);
    expect(expectedFolders.filter((folder) => terraformFiles(folder).length === 0)).toEqual([]);
  });

  test.each(expectedFolders)("fits the provider's schema: %s", async (folder) => {
    expect(await conformance(terraformFiles(folder))).toEqual([]);
  });
});

const version5: Readonly<Record<string, string>> = {
  "provider.tf": `
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.88"
    }
  }
}

provider "aws" {
  region = "eu-central-1"

  allowed_account_ids = ["111122223333"]

  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/deploy"
  }

  default_tags {
    tags = { "cost centre" = "42" }
  }
}

provider "aws" {
  alias  = "euw1"
  region = "eu-west-1"
}
`,
  "variables.tf": `
variable "example_secret_string" {
  description = "The value of the secret name-of-secret-string"
  type        = string
  sensitive   = true
  ephemeral   = true
}
`,
  "kms.tf": `
data "aws_region" "main" {}

data "aws_region" "euw1" {
  provider = aws.euw1
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "sm" {
  for_each = {
    main = data.aws_region.main.name
    euw1 = data.aws_region.euw1.name
  }

  statement {
    sid       = "Services"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:\${data.aws_partition.current.partition}:iam::111122223333:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.\${each.value}.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "main_sm" {
  description             = "Costs $\${5}, 100%% \\"safe\\""
  deletion_window_in_days = 7
  enable_key_rotation     = true
  multi_region            = true
  policy                  = data.aws_iam_policy_document.sm["main"].json

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "main_sm" {
  name          = "alias/\${data.aws_region.main.name}-secrets-manager"
  target_key_id = aws_kms_key.main_sm.key_id
}

resource "aws_kms_replica_key" "euw1_sm" {
  primary_key_arn = aws_kms_key.main_sm.arn
  policy          = data.aws_iam_policy_document.sm["euw1"].json

  provider = aws.euw1
}

moved {
  from = aws_kms_key.main_old
  to   = aws_kms_key.main_sm
}

import {
  to = aws_kms_alias.main_sm
  id = "alias/eu-central-1-secrets-manager"
}

removed {
  from = aws_kms_replica_key.use1_sm

  lifecycle {
    destroy = false
  }
}
`,
  "secrets.tf": `
resource "aws_secretsmanager_secret" "example" {
  name = "name-of-secret-string"

  kms_key_id = aws_kms_key.main_sm.id

  replica {
    kms_key_id = aws_kms_replica_key.euw1_sm.id
    region     = data.aws_region.euw1.name
  }
}

resource "aws_secretsmanager_secret_version" "example" {
  secret_id                = aws_secretsmanager_secret.example.id
  secret_string_wo         = var.example_secret_string
  secret_string_wo_version = 1
}

ephemeral "aws_secretsmanager_random_password" "other" {
  password_length = 32
}

resource "aws_secretsmanager_secret_version" "other" {
  secret_id                = aws_secretsmanager_secret.example.id
  secret_string_wo         = jsonencode({ "a b" = ephemeral.aws_secretsmanager_random_password.other.random_password })
  secret_string_wo_version = 1
}

resource "aws_secretsmanager_secret_rotation" "example" {
  secret_id           = aws_secretsmanager_secret.example.id
  rotation_lambda_arn = "arn:aws:lambda:eu-central-1:111122223333:function:rotate"

  rotation_rules {
    automatically_after_days = 30
  }
}
`,
  "outputs.tf": `
output "key_arns" {
  description = "ARN of the key by region"
  value = {
    eu-central-1 = aws_kms_key.main_sm.arn
    eu-west-1    = replace(aws_kms_key.main_sm.arn, ":\${data.aws_region.main.name}:", ":eu-west-1:")
  }
}

output "policies" {
  value = [for region, document in data.aws_iam_policy_document.sm : "\${region}: \${document.json}"]
}

output "statuses" {
  value = aws_secretsmanager_secret.example.replica[*].status
}
`,
};

/** The same folder with the region argument of provider 6 in place of aliases. */
const version6: Readonly<Record<string, string>> = {
  "provider.tf": `
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 8.0"

      configuration_aliases = [aws.main]
    }
  }
}
`,
  "kms.tf": `
data "aws_region" "main" {
  provider = aws.main
}

resource "aws_kms_key" "main_sm" {
  region       = "eu-central-1"
  multi_region = true
}

resource "aws_kms_alias" "main_sm" {
  name          = "alias/\${data.aws_region.main.region}-secrets-manager"
  target_key_id = aws_kms_key.main_sm.key_id
}
`,
};

/** The folder with one edit in one file; throws when there is nothing to edit, so that no row tests the good folder. */
function edited(folder: Readonly<Record<string, string>>, file: string, search: string, replacement: string) {
  return Object.entries(folder).map(([path, text]): TerraformFile => {
    if (path !== file) return { path, text };
    if (!text.includes(search)) throw new Error(`${file} has no ${search}`);
    return { path, text: text.replace(search, () => replacement) };
  });
}

describe("the conformance check", () => {
  test.each([
    ["for provider 5", version5],
    ["for provider 6", version6],
  ])("has nothing to say about good files %s", async (_, folder) => {
    expect(await conformance(Object.entries(folder).map(([path, text]) => ({ path, text })))).toEqual([]);
  });

  // The mistake; what is replaced by what in which file; the whole list of findings.
  const alias = 'kms.tf: resource "aws_kms_alias" "main_sm"';
  const key = 'kms.tf: resource "aws_kms_key" "main_sm"';
  const replica = 'kms.tf: resource "aws_kms_replica_key" "euw1_sm"';
  const policy = 'kms.tf: data "aws_iam_policy_document" "sm"';
  const secret = 'secrets.tf: resource "aws_secretsmanager_secret" "example"';
  const version = 'secrets.tf: resource "aws_secretsmanager_secret_version" "example"';
  const rotation = 'secrets.tf: resource "aws_secretsmanager_secret_rotation" "example"';
  const rules = "  rotation_rules {\n    automatically_after_days = 30\n  }\n";
  test.each([
    // names
    [
      "an argument that is not there",
      "kms.tf",
      "multi_region ",
      "multiregion ",
      `${key}: "multiregion" is no argument or block of resource.aws_kms_key`,
    ],
    [
      "an argument of the sibling resource",
      "kms.tf",
      "policy          =",
      "is_enabled = true\npolicy =",
      `${replica}: "is_enabled" is no argument or block of resource.aws_kms_replica_key`,
    ],
    [
      "an argument that only provider 6 has",
      "kms.tf",
      "description  ",
      'region = "eu-central-1"\ndescription ',
      `${key}: "region" is no argument or block of resource.aws_kms_key`,
    ],
    [
      "a nested argument that is not there",
      "secrets.tf",
      "region     =",
      "regions =",
      `${secret}: replica: "regions" is no argument or block of resource.aws_secretsmanager_secret.replica`,
      `${secret}: replica: "region" is missing`,
    ],
    [
      "an argument of the provider that is not there",
      "provider.tf",
      "allowed_account_ids",
      "allowed_accounts",
      'provider.tf: provider "aws": "allowed_accounts" is no argument or block of provider',
    ],
    [
      "a block that is not there",
      "secrets.tf",
      "replica {",
      "replicas {",
      `${secret}: "replicas" is no argument or block of resource.aws_secretsmanager_secret`,
    ],
    [
      "a resource type that is not there",
      "kms.tf",
      'resource "aws_kms_alias"',
      'resource "aws_kms_aliases"',
      'kms.tf: resource "aws_kms_aliases" "main_sm": aws_kms_aliases is not in the schema',
      'kms.tf: import: "to" is aws_kms_alias.main_sm, which is not declared',
    ],
    [
      "a provider without a schema",
      "provider.tf",
      'provider "aws" {\n  alias',
      'provider "random" {}\n\nprovider "aws" {\n  alias',
      'provider.tf: provider "random": there is no schema of provider "random"',
    ],
    ["an unknown kind of block", "kms.tf", "moved {", "renamed {", "kms.tf: renamed: this kind of block is unknown"],
    [
      "an unknown setting of a variable",
      "variables.tf",
      "sensitive",
      "secret",
      'variables.tf: variable "example_secret_string": "secret" is unknown',
    ],
    [
      "an unknown setting of the terraform block",
      "provider.tf",
      "required_version",
      "version",
      'provider.tf: terraform: "version" is unknown',
      ...[
        ["kms.tf: moved", "moved", "1.1"],
        ["kms.tf: import", "import", "1.5"],
        ["kms.tf: removed", "removed", "1.7"],
        ['secrets.tf: ephemeral "aws_secretsmanager_random_password" "other"', "ephemeral", "1.10"],
        [version, "write-only", "1.11"],
        [version.replace("example", "other"), "write-only", "1.11"],
        ['variables.tf: variable "example_secret_string"', "ephemeral", "1.10"],
      ].map(
        ([where, feature, since]) => `${where}: ${feature} needs Terraform ${since}, but required_version admits 0`,
      ),
    ],
    // literals
    [
      "a string for a bool",
      "kms.tf",
      "multi_region            = true",
      'multi_region = "true"',
      `${key}: "multi_region" is "true", but must be a bool`,
    ],
    [
      "a string for a number",
      "kms.tf",
      "deletion_window_in_days = 7",
      'deletion_window_in_days = "7"',
      `${key}: "deletion_window_in_days" is "7", but must be a number`,
    ],
    [
      "a bool for a number",
      "secrets.tf",
      "secret_string_wo_version = 1",
      "secret_string_wo_version = true",
      `${version}: "secret_string_wo_version" is true, but must be a number`,
    ],
    [
      "a number for a string",
      "secrets.tf",
      '"name-of-secret-string"',
      "5",
      `${secret}: "name" is 5, but must be a string`,
    ],
    [
      "a template with text around for a number",
      "kms.tf",
      "deletion_window_in_days = 7",
      `deletion_window_in_days = "7\${data.aws_region.main.name}"`,
      `${key}: "deletion_window_in_days" is "7\${data.aws_region.main.name}", but must be a number`,
    ],
    [
      "a string for a list",
      "kms.tf",
      '["kms:Decrypt"]',
      '"kms:Decrypt"',
      `${policy}: statement: "actions" is "kms:Decrypt", but must be a set`,
    ],
    [
      "a number in a list of strings",
      "provider.tf",
      '["111122223333"]',
      "[111122223333]",
      'provider.tf: provider "aws": "allowed_account_ids" holds 111122223333, but must be a string',
    ],
    [
      "a list for a map",
      "provider.tf",
      '{ "cost centre" = "42" }',
      '["42"]',
      'provider.tf: provider "aws": default_tags: "tags" is ["42"], but must be a map',
    ],
    [
      "a number in a map of strings",
      "provider.tf",
      '"42"',
      "42",
      'provider.tf: provider "aws": default_tags: "tags" holds 42, but must be a string',
    ],
    [
      "a map written as a block",
      "kms.tf",
      "multi_region  ",
      'tags {\n a = "b"\n}\nmulti_region ',
      `${key}: "tags" is [{"a":"b"}], but must be a map`,
    ],
    // what the provider decides, and what it wants
    [
      "an argument that only the provider sets",
      "kms.tf",
      "multi_region  ",
      'arn = "x"\nmulti_region ',
      `${key}: "arn" is decided by the provider, it cannot be set`,
    ],
    [
      "a missing required argument",
      "kms.tf",
      "primary_key_arn = aws_kms_key.main_sm.arn",
      "",
      `${replica}: "primary_key_arn" is missing`,
    ],
    [
      "a required argument that is null",
      "kms.tf",
      "target_key_id = aws_kms_key.main_sm.key_id",
      "target_key_id = null",
      `${alias}: "target_key_id" is missing`,
    ],
    [
      "a missing required argument of a nested block",
      "kms.tf",
      'variable = "kms:ViaService"',
      "",
      `${policy}: statement: condition: "variable" is missing`,
    ],
    [
      "a deprecated argument",
      "kms.tf",
      "for_each = {",
      'source_json = "{}"\nfor_each = {',
      `${policy}: "source_json" is deprecated`,
    ],
    ["too few blocks", "secrets.tf", rules, "", `${rotation}: 0 "rotation_rules" blocks, but at least 1 must be there`],
    [
      "too many blocks",
      "secrets.tf",
      rules,
      rules.repeat(2),
      `${rotation}: 2 "rotation_rules" blocks, but at most 1 may be there`,
    ],
    [
      "two blocks where one may be",
      "kms.tf",
      "multi_region  ",
      "timeouts {}\ntimeouts {}\nmulti_region ",
      `${key}: 2 "timeouts" blocks, but at most 1 may be there`,
    ],
    [
      "a block written as an argument",
      "secrets.tf",
      "replica {",
      "replica = {",
      'secrets.tf: "replica" is a block but is written as an argument',
    ],
    [
      "blocks written as a list",
      "secrets.tf",
      rules,
      "  rotation_rules = [\n    { automatically_after_days = 30 },\n  ]\n",
      'secrets.tf: "rotation_rules" is a block but is written as an argument',
    ],
    [
      "a block written as an expression",
      "secrets.tf",
      rules,
      "  rotation_rules = local.rules\n",
      `${rotation}: "rotation_rules" is a block but is written as an argument`,
    ],
    // references
    [
      "a reference to a resource that is not there",
      "secrets.tf",
      "aws_kms_replica_key.euw1_sm.id",
      "aws_kms_key.euw1_sm.id",
      `${secret}: replica: kms_key_id: aws_kms_key.euw1_sm is not declared`,
    ],
    [
      "a reference to a data source that is not there",
      "kms.tf",
      'data "aws_region" "euw1" {\n  provider = aws.euw1\n}',
      "",
      `${policy}: data.aws_region.euw1 is not declared`,
      `${secret}: replica: region: data.aws_region.euw1 is not declared`,
    ],
    [
      "a reference to an ephemeral resource that is not there",
      "secrets.tf",
      'ephemeral "aws_secretsmanager_random_password" "other"',
      'ephemeral "aws_secretsmanager_random_password" "another"',
      `${version.replace("example", "other")}: secret_string_wo: ephemeral.aws_secretsmanager_random_password.other is not declared`,
    ],
    [
      "a reference to an attribute that is not there",
      "kms.tf",
      "aws_kms_key.main_sm.key_id",
      "aws_kms_key.main_sm.key_arn",
      `${alias}: target_key_id: aws_kms_key.main_sm.key_arn does not exist`,
    ],
    [
      "a reference to an attribute that only provider 6 has",
      "secrets.tf",
      "data.aws_region.euw1.name",
      "data.aws_region.euw1.region",
      `${secret}: replica: region: data.aws_region.euw1.region does not exist`,
    ],
    [
      "a reference to a deprecated attribute",
      "outputs.tf",
      "aws_kms_key.main_sm.arn\n",
      'data.aws_iam_policy_document.sm["main"].override_json\n',
      'outputs.tf: output "key_arns": data.aws_iam_policy_document.sm[…].override_json is deprecated',
    ],
    [
      "a reference to a write-only attribute",
      "outputs.tf",
      "aws_kms_key.main_sm.arn\n",
      "aws_secretsmanager_secret_version.example.secret_string_wo\n",
      'outputs.tf: output "key_arns": aws_secretsmanager_secret_version.example.secret_string_wo is write-only and always reads as null',
    ],
    [
      "a wrong reference in a template",
      "kms.tf",
      `\${data.aws_region.main.name}-`,
      `\${data.aws_region.primary.name}-`,
      `${alias}: name: data.aws_region.primary is not declared`,
    ],
    [
      "a wrong reference inside a function call",
      "outputs.tf",
      `:\${data.aws_region.main.name}:`,
      `:\${data.aws_region.main.nmae}:`,
      'outputs.tf: output "key_arns": data.aws_region.main.nmae does not exist',
    ],
    [
      "a wrong reference through a for variable",
      "outputs.tf",
      "document.json",
      "document.jsn",
      'outputs.tf: output "policies": data.aws_iam_policy_document.sm[…].jsn does not exist',
    ],
    [
      "a wrong reference through a splat",
      "outputs.tf",
      "[*].status",
      "[*].state",
      'outputs.tf: output "statuses": aws_secretsmanager_secret.example.replica[…].state does not exist',
    ],
    [
      "an index where there is none",
      "kms.tf",
      "aws_kms_key.main_sm.key_id",
      'aws_kms_key.main_sm["x"].key_id',
      `${alias}: target_key_id: aws_kms_key.main_sm[…].key_id has an index, but aws_kms_key.main_sm has neither for_each nor count`,
    ],
    [
      "a missing index",
      "kms.tf",
      'sm["main"].json',
      "sm.json",
      `${key}: policy: data.aws_iam_policy_document.sm.json has no index, but data.aws_iam_policy_document.sm has for_each or count`,
    ],
    [
      "each without for_each",
      "kms.tf",
      `alias/\${data.aws_region.main.name}`,
      `alias/\${each.key}`,
      `${alias}: name: each.key is used, but the block has no for_each`,
    ],
    [
      "a variable that is not there",
      "secrets.tf",
      "var.example_secret_string",
      "var.example",
      `${version}: secret_string_wo: var.example is not declared`,
    ],
    [
      "a local that is not there",
      "kms.tf",
      "= aws_kms_key.main_sm.key_id",
      "= local.key_id",
      `${alias}: target_key_id: local.key_id is not declared`,
    ],
    [
      "a bare word",
      "kms.tf",
      "= aws_kms_key.main_sm.key_id",
      "= main_sm",
      `${alias}: target_key_id: main_sm is not declared`,
    ],
    [
      "an ephemeral value in an argument that is kept in state",
      "secrets.tf",
      "secret_string_wo         = var",
      "secret_string = var",
      `${version}: secret_string: var.example_secret_string is ephemeral and may only be given to a write-only argument`,
    ],
    [
      "an ephemeral value in an output",
      "outputs.tf",
      "aws_kms_key.main_sm.arn\n",
      "ephemeral.aws_secretsmanager_random_password.other.random_password\n",
      'outputs.tf: output "key_arns": ephemeral.aws_secretsmanager_random_password.other is ephemeral and may only be given to a write-only argument',
    ],
    // meta-arguments
    [
      "a provider alias that is not there",
      "kms.tf",
      'sm["euw1"].json\n\n  provider = aws.euw1',
      'sm["euw1"].json\n\n  provider = aws.replica',
      `${replica}: provider aws.replica is not declared`,
    ],
    [
      "a provider in quotes",
      "kms.tf",
      "provider = aws.euw1",
      'provider = "aws.euw1"',
      'kms.tf: data "aws_region" "euw1": provider = "aws.euw1" is no reference to an aws provider',
    ],
    [
      "an unknown setting of lifecycle",
      "kms.tf",
      "prevent_destroy",
      "prevent_destruction",
      `${key}: lifecycle: "prevent_destruction" is unknown`,
    ],
    [
      "a prevent_destroy that is not literal",
      "kms.tf",
      "prevent_destroy = true",
      "prevent_destroy = var.example_secret_string",
      `${key}: "prevent_destroy" must be true or false itself`,
      `${key}: lifecycle: var.example_secret_string is ephemeral and may only be given to a write-only argument`,
    ],
    [
      "an ignored change of an argument that is not there",
      "kms.tf",
      "prevent_destroy = true",
      "ignore_changes = [policies]",
      `${key}: ignore_changes names "policies", which aws_kms_key does not have`,
    ],
    [
      "a dependency that is not there",
      "kms.tf",
      "multi_region  ",
      "depends_on = [aws_kms_alias.other]\nmulti_region ",
      `${key}: aws_kms_alias.other is not declared`,
    ],
    // the folder as a whole
    [
      "a resource that is there twice",
      "kms.tf",
      'resource "aws_kms_replica_key" "euw1_sm" {',
      'resource "aws_kms_replica_key" "euw1_sm" {\n  primary_key_arn = aws_kms_key.main_sm.arn\n}\n\nresource "aws_kms_replica_key" "euw1_sm" {',
      `${replica}: aws_kms_replica_key.euw1_sm is declared twice`,
    ],
    [
      "a provider alias that is there twice",
      "provider.tf",
      'provider "aws" {\n  alias',
      'provider "aws" {\n  alias = "euw1"\n}\n\nprovider "aws" {\n  alias',
      'provider.tf: provider "aws": provider "aws" with alias "euw1" is declared twice',
    ],
    [
      "two default providers",
      "provider.tf",
      '  alias  = "euw1"',
      "",
      'provider.tf: provider "aws": provider "aws" with alias "" is declared twice',
      'kms.tf: data "aws_region" "euw1": provider aws.euw1 is not declared',
      `${replica}: provider aws.euw1 is not declared`,
    ],
    [
      "another provider under the name aws",
      "provider.tf",
      "hashicorp/aws",
      "example/aws",
      'the source of aws is "example/aws"',
    ],
    [
      "a move to nowhere",
      "kms.tf",
      "  to   = aws_kms_key.main_sm",
      "  to   = aws_kms_key.main_s3",
      'kms.tf: moved: "to" is aws_kms_key.main_s3, which is not declared',
    ],
    [
      "a move from what is still there",
      "kms.tf",
      "aws_kms_key.main_old",
      "aws_kms_replica_key.euw1_sm",
      'kms.tf: moved: "from" is aws_kms_replica_key.euw1_sm, which is still declared',
    ],
    [
      "a removal of what is still there",
      "kms.tf",
      "aws_kms_replica_key.use1_sm",
      "aws_kms_replica_key.euw1_sm",
      'kms.tf: removed: "from" is aws_kms_replica_key.euw1_sm, which is still declared',
    ],
    [
      "an import into nowhere",
      "kms.tf",
      "  to = aws_kms_alias.main_sm",
      "  to = aws_kms_alias.other",
      'kms.tf: import: "to" is aws_kms_alias.other, which is not declared',
    ],
    [
      "write-only arguments for a Terraform without them",
      "provider.tf",
      ">= 1.11",
      ">= 1.10",
      `${version}: write-only needs Terraform 1.11, but required_version admits 1.10`,
      `${version.replace("example", "other")}: write-only needs Terraform 1.11, but required_version admits 1.10`,
    ],
    [
      "arguments that the oldest provider allowed does not have",
      "provider.tf",
      "~> 5.88",
      "~> 5.87",
      ...[version, version.replace("example", "other")].flatMap((where) =>
        ["secret_string_wo", "secret_string_wo_version"].map(
          (name) =>
            `${where}: resource.aws_secretsmanager_secret_version.${name} needs provider 5.88, but the constraint admits 5.87`,
        ),
      ),
    ],
    // what the check itself cannot read, it says
    [
      "a dynamic block",
      "kms.tf",
      "  statement {",
      'dynamic "statement" {\nfor_each = []\ncontent {}\n}\nstatement {',
      `${policy}: dynamic blocks cannot be checked`,
    ],
    [
      "a template directive",
      "secrets.tf",
      '"name-of-secret-string"',
      '"%{ if true }x%{ endif }"',
      `${secret}: name: template directives cannot be checked`,
    ],
  ])("finds %s", async (_, file, search, replacement, ...findings) => {
    expect((await conformance(edited(version5, file, search, replacement))).sort()).toEqual(findings.sort());
  });

  test.each([
    [
      "the deprecated name of a region",
      "main.region}",
      "main.name}",
      `${alias}: name: data.aws_region.main.name is deprecated`,
    ],
    [
      "the deprecated id of a region",
      "main.region}",
      "main.id}",
      `${alias}: name: data.aws_region.main.id is deprecated`,
    ],
    [
      "a region set through its deprecated name",
      "provider = aws.main",
      'name = "eu-central-1"',
      'kms.tf: data "aws_region" "main": "name" is deprecated',
    ],
    [
      "an alias that configuration_aliases lacks",
      "aws.main",
      "aws.euw1",
      'kms.tf: data "aws_region" "main": provider aws.euw1 is not declared',
    ],
  ])("finds with provider 6 %s", async (_, search, replacement, finding) => {
    expect(await conformance(edited(version6, "kms.tf", search, replacement))).toEqual([finding]);
  });

  test("finds files without a version of the provider", async () => {
    const findings = await conformance([{ path: "kms.tf", text: 'resource "aws_kms_key" "main_sm" {}\n' }]);
    expect(findings).toEqual(["no file has terraform { required_providers { aws = … } }"]);
  });

  test("finds text that is not HCL, and says where", async () => {
    const findings = await conformance(edited(version5, "kms.tf", "removed {", "removed = {"));
    expect(findings).toEqual([expect.stringMatching(/^kms\.tf: .*kms\.tf:\d+/)]);
  });
});
