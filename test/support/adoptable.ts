/** Configurations as people write them by hand, of keys and secrets that a spec can describe. */

import type { Files } from "./terraform.ts";

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
export const POST: Files = {
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
export const LOOP: Files = {
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
export const MODULE: Files = {
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
export const COMPUTED: Files = {
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
