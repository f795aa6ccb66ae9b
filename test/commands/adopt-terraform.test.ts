/**
 * The proof that an adoption changes nothing: a configuration as people write it by hand is applied by the real Terraform to the
 * stand-in, adopted from its state, and the plan of what adopt has written, with the old blocks deleted, moves and forgets things
 * and does nothing else.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { startStandIn } from "../stand-in/provider.ts";
import { folderWith, type Run, run } from "../support/cli.ts";
import { filesBelow } from "../support/fixtures.ts";
import {
  applicable,
  type Files,
  type Plan,
  skippedWithoutTerraform,
  succeeded,
  withTerraform,
} from "../support/terraform.ts";

interface Adopted {
  readonly result: Run;
  readonly spec: string;
  readonly files: Files;
  readonly plan: Plan;
  readonly idle: Plan;
}

/** Applies the files, adopts their state in a folder that holds them, deletes `gone`, plans, applies, and plans again. */
async function adopted(before: Files, gone: readonly string[], args: readonly string[] = []): Promise<Adopted> {
  // What is in folders is of modules, whose providers the root gives.
  const root = Object.fromEntries(Object.entries(before).filter(([path]) => !path.includes("/")));
  const { variables, version, account } = applicable(root);
  const folder = folderWith({});
  for (const [path, text] of Object.entries(before)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return withTerraform(before, { variables }, async (terraform) => {
    const provider = await startStandIn({ version, account });
    try {
      terraform.replaceOptions({ provider, variables });
      succeeded(await terraform.init());
      succeeded(await terraform.plan());
      succeeded(await terraform.apply());
      succeeded(await terraform.plan());
      const result = await run(["adopt", "-", ...args], { cwd: folder, stdin: await terraform.showText() });
      expect(result.code, result.stderr).toBe(0);
      for (const path of gone) rmSync(join(folder, path), { recursive: true });
      const after = filesBelow(folder);
      terraform.replaceFiles(after);
      succeeded(await terraform.init());
      const plan = await terraform.plan();
      succeeded(plan);
      succeeded(await terraform.apply());
      const idle = await terraform.plan();
      return { result, spec: readFileSync(join(folder, "spec.yaml"), "utf8"), files: after, plan, idle };
    } finally {
      provider.close();
    }
  });
}

/** What a plan does besides moving and forgetting. */
function harm({ changes }: Plan): string[] {
  return changes.flatMap(({ action, address }) =>
    ["no-op", "move", "forget", "read"].includes(action) ? [] : [`${action} ${address}`],
  );
}

const VERSIONS = (constraint: string, providers: string) => `
terraform {
  required_version = ">= 1.7"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "${constraint}"
    }
  }
}
${providers}`;

const PROVIDERS = `
provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "ireland"
  region = "eu-west-1"
}

provider "aws" {
  alias  = "virginia"
  region = "us-east-1"
}
`;

/** The layout of the blog post under other names, with what real keys have besides. */
const POST: Files = {
  "versions.tf": VERSIONS("~> 5.100", PROVIDERS),
  "main.tf": `
data "aws_region" "current" {}

resource "aws_kms_key" "secrets" {
  description             = "Encrypts our secrets"
  deletion_window_in_days = 14
  enable_key_rotation     = true
  multi_region            = true

  tags = {
    team = "platform"
    tier = "primary"
  }
}

resource "aws_kms_alias" "frankfurt" {
  name          = "alias/acme-secrets"
  target_key_id = aws_kms_key.secrets.key_id
}

resource "aws_kms_replica_key" "ireland" {
  description             = "Encrypts our secrets (Ireland)"
  deletion_window_in_days = 7
  primary_key_arn         = aws_kms_key.secrets.arn
  provider                = aws.ireland

  tags = {
    team = "platform"
  }
}

resource "aws_kms_alias" "dublin" {
  name          = "alias/acme-secrets"
  target_key_id = aws_kms_replica_key.ireland.key_id
  provider      = aws.ireland
}

resource "aws_kms_key" "local" {
  description = "In one region only"
}

resource "aws_secretsmanager_secret" "db_password" {
  name        = "app/db"
  description = "The database"
  kms_key_id  = aws_kms_key.secrets.key_id

  replica {
    region     = "eu-west-1"
    kms_key_id = aws_kms_replica_key.ireland.key_id
  }

  tags = {
    team = "data"
  }
}

resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = aws_secretsmanager_secret.db_password.id
  secret_string = "hunter2-is-in-the-state"
}
`,
};

/** A loop over regions, as provider 6 allows it. */
const LOOP: Files = {
  "versions.tf": VERSIONS("~> 6.25", '\nprovider "aws" {\n  region = "eu-central-1"\n}\n'),
  "main.tf": `
locals {
  regions = toset(["eu-west-1", "us-east-1"])
}

resource "aws_kms_key" "this" {
  count               = 1
  description         = "One loop"
  enable_key_rotation = true
  multi_region        = true
}

resource "aws_kms_replica_key" "this" {
  for_each        = local.regions
  region          = each.key
  description     = "One loop"
  primary_key_arn = aws_kms_key.this[0].arn
}

resource "aws_kms_alias" "this" {
  for_each      = local.regions
  region        = each.key
  name          = "alias/loop"
  target_key_id = aws_kms_replica_key.this[each.key].key_id
}

resource "aws_secretsmanager_secret" "many" {
  for_each   = toset(["a", "b"])
  name       = "loop/\${each.key}"
  kms_key_id = aws_kms_key.this[0].arn

  dynamic "replica" {
    for_each = local.regions

    content {
      region     = replica.value
      kms_key_id = aws_kms_replica_key.this[replica.value].arn
    }
  }
}
`,
};

/** A key and a secret in a module, as a registry module makes them. */
const MODULE: Files = {
  "versions.tf": VERSIONS("~> 5.100", PROVIDERS),
  "main.tf": `
module "kms_app" {
  source = "./modules/kms"

  providers = {
    aws         = aws
    aws.replica = aws.virginia
  }
}
`,
  "modules/kms/main.tf": `
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.replica]
    }
  }
}

data "aws_caller_identity" "me" {}

resource "aws_kms_key" "this" {
  count        = 1
  description  = "Made by a module"
  multi_region = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Root may do all"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Readers"
        Effect    = "Allow"
        Principal = { AWS = ["arn:aws:iam::111122223333:role/app"] }
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
        Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.eu-central-1.amazonaws.com" } }
      },
    ]
  })
}

resource "aws_kms_replica_key" "this" {
  count           = 1
  provider        = aws.replica
  primary_key_arn = aws_kms_key.this[0].arn
}

resource "aws_secretsmanager_secret" "this" {
  name       = "module/secret"
  kms_key_id = aws_kms_key.this[0].arn
}
`,
};

/** What people compute names, tags and policies of. */
const COMPUTED: Files = {
  "versions.tf": VERSIONS("~> 5.100", PROVIDERS),
  "variables.tf": `
variable "environment" {
  type    = string
  default = "staging"
}

variable "shards" {
  type    = number
  default = 3
}

locals {
  prefix = "acme/\${var.environment}"
  reader = "arn:aws:iam::111122223333:role/reader"
  tags   = { Environment = var.environment, Shards = var.shards, Workspace = terraform.workspace }
}
`,
  "team/outputs.tf": 'output "role_arn" {\n  value = "arn:aws:iam::111122223333:role/team"\n}\n',
  "policies.tf": `
module "team" {
  source = "./team"
}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "of_replica" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root", local.reader]
    }
  }
}
`,
  "main.tf": `
resource "aws_kms_key" "this" {
  description  = "Key of \${var.environment} in \${terraform.workspace}"
  multi_region = true
  tags         = merge(local.tags, { Name = upper(var.environment) })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Owner"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::\${data.aws_caller_identity.me.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Team"
        Effect    = "Allow"
        Principal = { AWS = [module.team.role_arn, local.reader] }
        Action    = "kms:Decrypt"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "this" {
  name          = "alias/\${local.prefix}/app"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_kms_replica_key" "this" {
  provider        = aws.ireland
  primary_key_arn = aws_kms_key.this.arn
  policy          = data.aws_iam_policy_document.of_replica.json
}

resource "aws_secretsmanager_secret" "db" {
  name       = "\${local.prefix}/db"
  kms_key_id = aws_kms_key.this.key_id

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_secretsmanager_secret_policy" "db" {
  secret_arn = aws_secretsmanager_secret.db.arn
  policy     = file("\${path.module}/policies/db.json")
}
`,
  "policies/db.json": JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111122223333:role/reader" },
        Action: "secretsmanager:GetSecretValue",
        Resource: "*",
      },
    ],
  }),
};

if (skippedWithoutTerraform("adopt-terraform.test.ts")) test.skip("terraform is not there", () => undefined);
else {
  describe("adopting a configuration as people write it changes nothing, and is idle afterwards", () => {
    test.each<[what: string, files: Files, gone: readonly string[]]>([
      ["the post's layout under other names", POST, ["main.tf"]],
      ["a loop over regions", LOOP, ["main.tf"]],
      ["a module", MODULE, ["main.tf", "modules"]],
      ["names, tags and policies that are computed", COMPUTED, ["main.tf"]],
    ])("%s", async (_, files, gone) => {
      const kept = files === POST ? { ...files, "local.tf": keptOf(POST) } : files;
      const world = files === POST ? { ...kept, "main.tf": files["main.tf"]!.replace(keptOf(POST), "") } : kept;
      const { plan, idle, spec } = await adopted(world, gone);
      expect(harm(plan)).toEqual([]);
      expect(idle.changes.filter(({ action }) => action !== "no-op" && action !== "read")).toEqual([]);
      expect(spec).not.toContain("hunter2");
    });
  });

  test("what the configuration shows stays what it is: variables, the workspace, references, documents and files", async () => {
    const { spec, result } = await adopted(COMPUTED, ["main.tf"]);
    expect(load(spec)).toMatchObject({
      variables: { environment: { write: false }, shards: { type: "number", write: false } },
      keys: {
        app: {
          description: "Key of {var.environment} in {workspace}",
          alias: { name: "alias/acme/{var.environment}/app" },
          policy: {
            statements: [
              { sid: "Owner", principals: { AWS: ["arn:aws:iam::{account}:root"] } },
              {
                sid: "Team",
                principals: { AWS: [{ ref: "module.team.role_arn" }, "arn:aws:iam::111122223333:role/reader"] },
              },
            ],
          },
          by_region: {
            "eu-central-1": {
              tags: {
                Environment: "{var.environment}",
                Shards: "{var.shards}",
                Workspace: "{workspace}",
                Name: "STAGING",
              },
            },
            "eu-west-1": { policy: { documents: [{ ref: "data.aws_iam_policy_document.of_replica.json" }] } },
          },
        },
      },
      secrets: {
        db: { name: "acme/{var.environment}/db", protect: true, policy: { documents: ["policies/db.json"] } },
      },
    });
    expect(result.stderr).toContain(
      "note: aws_kms_key.this: the spec has today's values: tags.Name is upper(var.environment) [written-out]",
    );
  });

  test("what a spec cannot say is named, each with the reason, and what is to be deleted with its place", async () => {
    const world = { ...POST, "local.tf": keptOf(POST), "main.tf": POST["main.tf"]!.replace(keptOf(POST), "") };
    const { result, spec } = await adopted(world, ["main.tf"]);
    expect(result.stderr).toContain("aws_kms_key.local: it stays in your files as it is: it is no multi-Region key");
    expect(result.stderr).toMatch(/Delete these blocks, which are generated now:\n {4}main\.tf:\d+: resource /);
    expect(spec).toContain("provider_alias: ireland");
    expect(spec).toContain("  write: false");
  });
}

/** The blocks that are left alone, which move to a file of their own. */
function keptOf(files: Files): string {
  const blocks = files["main.tf"]!.split(/\n(?=resource )/);
  return blocks.find((block) => /"local"/.test(block))!;
}
