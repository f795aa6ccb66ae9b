/**
 * Situations for `guard`, and how they come about: what is applied, what changes then. `fixtures/plans` holds the plans that the
 * real Terraform makes of them with the stand-in provider.
 */

import type { Account } from "../stand-in/account.ts";
import type { StandInVersion } from "../stand-in/provider.ts";
import type { Files, Terraform } from "./terraform.ts";

export interface Situation {
  readonly version: StandInVersion;
  readonly before: Files | Spec;
  readonly after: Files | Spec;
  /** What happens before the plan, by hand or in AWS. */
  readonly meanwhile?: (account: Account, terraform: Terraform) => Promise<void> | void;
  /** Options of `terraform plan`. */
  readonly options?: readonly string[];
}

/** A spec whose generated files are meant. */
export interface Spec {
  readonly spec: string;
}

const ID = "mrk-00000000000000000000000000000001";

const SETTINGS = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region = "eu-central-1"
}
`;

const ALIASED = `
provider "aws" {
  alias  = "euw1"
  region = "eu-west-1"
}
`;

const file = (...blocks: readonly string[]): Files => ({ "main.tf": [SETTINGS, ...blocks].join("\n") });

const key = (rest = "") => `resource "aws_kms_key" "main" {
  multi_region            = true
  deletion_window_in_days = 14
${rest}}
`;

const REPLICA = `resource "aws_kms_replica_key" "euw1" {
  primary_key_arn = aws_kms_key.main.arn

  provider = aws.euw1
}
`;

const REPLICAS = `resource "aws_kms_replica_key" "copies" {
  for_each        = toset(["eu-west-1", "us-east-1"])
  region          = each.key
  primary_key_arn = aws_kms_key.main.arn
}
`;

const secret = (replicas = "", name = "app/db") => `resource "aws_secretsmanager_secret" "db" {
  name       = "${name}"
  kms_key_id = aws_kms_key.main.arn
${replicas}}
`;

const replica = (region: string, keyId: string) => `
  replica {
    region     = "${region}"
    kms_key_id = ${keyId}
  }
`;

const LOOPED = ["eu-west-1", "us-east-1"].map((region) =>
  replica(region, `aws_kms_replica_key.copies["${region}"].arn`),
);

const value = (version: number) => `resource "aws_secretsmanager_secret_version" "db" {
  secret_id                = aws_secretsmanager_secret.db.id
  secret_string_wo         = "HIDDEN"
  secret_string_wo_version = ${version}
}
`;

const IMPORTED = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app/old-AbCdEf";

const spec = (replicas: string, sm = "{ protect: false }"): Spec => ({
  spec: `version: 1
regions: { primary: eu-central-1, replicas: ${replicas} }
keys: { sm: ${sm} }
secrets: { db: { name: app/db, value: external } }
`,
});

/** By the name of the folder in `fixtures/plans`. */
export const situations: Readonly<Record<string, Situation>> = {
  idle: {
    version: "6.25",
    before: file(key(), REPLICAS, secret(LOOPED.join("")), value(1)),
    after: file(key(), REPLICAS, secret(LOOPED.join("")), value(1)),
  },
  "block-gone": {
    version: "5.100",
    before: file(ALIASED, key(), REPLICA, secret(replica("eu-west-1", "aws_kms_replica_key.euw1.arn"))),
    after: file(ALIASED),
  },
  replaced: {
    version: "6.25",
    before: file(key(), REPLICAS, secret(LOOPED.join("")), value(1)),
    after: file(key('  key_usage = "ENCRYPT_DECRYPT"\n').replace("= true", "= false"), secret(), value(1)),
  },
  tainted: {
    version: "6.25",
    before: file(key(), REPLICAS),
    after: file(key(), REPLICAS),
    meanwhile: (_, terraform) => terraform.taint('aws_kms_replica_key.copies["eu-west-1"]'),
  },
  "replica-gone-and-copied": {
    version: "6.25",
    before: file(key(), REPLICAS, secret(LOOPED.join(""))),
    after: file(key(), REPLICAS, secret(replica("us-east-1", '"alias/aws/secretsmanager"'))),
  },
  renamed: {
    version: "6.25",
    before: file(key(), secret(), value(1)),
    after: file(key(), secret("", "app/database"), value(1)),
  },
  forgotten: {
    version: "6.25",
    before: file(key(), REPLICAS),
    after: file(
      ...["aws_kms_key.main", "aws_kms_replica_key.copies"].map(
        (address) => `removed {\n  from = ${address}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`,
      ),
    ),
  },
  promoted: {
    version: "6.25",
    before: file(key(), REPLICAS),
    after: file(
      `removed {\n  from = aws_kms_key.main\n\n  lifecycle {\n    destroy = false\n  }\n}\n`,
      `removed {\n  from = aws_kms_replica_key.copies\n\n  lifecycle {\n    destroy = false\n  }\n}\n`,
      `import {\n  to = aws_kms_key.new\n  id = "${ID}@eu-west-1"\n}\n`,
      `resource "aws_kms_key" "new" {\n  multi_region = true\n  region       = "eu-west-1"\n}\n`,
      ...["eu-central-1", "us-east-1"].flatMap((region) => {
        const name = region.replaceAll("-", "_");
        return [
          `import {\n  to = aws_kms_replica_key.${name}\n  id = "${ID}@${region}"\n}\n`,
          `resource "aws_kms_replica_key" "${name}" {\n  region          = "${region}"\n  primary_key_arn = aws_kms_key.new.arn\n}\n`,
        ];
      }),
    ),
    meanwhile: (account) => account.updatePrimaryRegion(ID, "eu-west-1"),
  },
  disabled: {
    version: "5.100",
    before: file(key()),
    after: file(key("  is_enabled = false\n")),
  },
  "adopted-value-overwritten": {
    version: "6.25",
    before: file(),
    after: file(
      `import {\n  to = aws_secretsmanager_secret.db\n  id = "${IMPORTED}"\n}\n`,
      secret("", "app/old").replace(/ {2}kms_key_id.*\n/, ""),
      value(1),
    ),
    meanwhile: (account) => void account.seedSecret({ arn: IMPORTED, value: "HIDDEN" }),
  },
  "value-written-by-others": {
    version: "6.25",
    before: file(key(), secret(), value(1)),
    after: file(key(), secret(), value(2)),
    meanwhile: (account) =>
      void account.putSecretValue("eu-central-1", "app/db", { value: "HIDDEN", binary: false, writeOnly: false }),
  },
  "gone-from-aws": {
    version: "6.25",
    before: file(key(), REPLICAS, secret(LOOPED.join(""))),
    after: file(key(), REPLICAS, secret(LOOPED.join(""))),
    meanwhile(account) {
      account.scheduleKeyDeletion("us-east-1", ID);
      account.removeSecretReplica(account.findSecret("eu-central-1", "app/db")!, "eu-west-1");
    },
  },
  targeted: {
    version: "6.25",
    before: file(key(), REPLICAS, secret()),
    after: file(key()),
    options: ["-target=aws_kms_replica_key.copies"],
  },
  destroyed: {
    version: "6.25",
    before: file(key(), secret()),
    after: file(key(), secret()),
    options: ["-destroy"],
  },
  "retired-and-announced": {
    version: "6.25",
    before: spec("[eu-west-1, us-east-1]"),
    after: spec("[us-east-1], retired: [eu-west-1]"),
  },
  "forgotten-and-announced": {
    version: "6.25",
    before: spec("[eu-west-1, us-east-1]"),
    after: spec("[us-east-1], retired: [{ region: eu-west-1, forget: true }]"),
  },
  "disabled-and-announced": {
    version: "6.25",
    before: spec("[]"),
    after: spec("[]", "{ enabled: false, protect: false }"),
  },
  "detached-and-announced": {
    version: "6.25",
    before: spec("[eu-west-1, us-east-1]"),
    after: spec("[eu-west-1, us-east-1], secrets: { region: eu-west-1, step: detach }"),
  },
  "attached-and-announced": {
    version: "6.25",
    before: spec("[eu-west-1, us-east-1], secrets: { region: eu-west-1, step: detach }"),
    after: spec("[eu-west-1, us-east-1], secrets: { region: eu-west-1, step: attach }"),
    meanwhile(account) {
      for (const region of ["eu-central-1", "eu-west-1", "us-east-1"]) {
        account.seedSecret({
          arn: `arn:aws:secretsmanager:${region}:123456789012:secret:app/db-AbCdEf`,
          value: "HIDDEN",
        });
      }
    },
  },
  "not-announced": {
    version: "6.25",
    before: spec("[eu-west-1, us-east-1]"),
    after: spec("[us-east-1], retired: [eu-west-1]"),
    meanwhile: (_, terraform) => terraform.taint("aws_kms_replica_key.use1_sm"),
  },
  "in-modules": {
    version: "6.25",
    before: {
      "main.tf": `${SETTINGS}\nmodule "keys" {\n  source   = "./keys"\n  for_each = toset(["a", "b"])\n}\n`,
      "keys/main.tf": [key(), REPLICAS].join("\n"),
    },
    after: {
      "main.tf": `${SETTINGS}\nmodule "keys" {\n  source   = "./keys"\n  for_each = toset(["a"])\n}\n`,
      "keys/main.tf": [key(), REPLICAS].join("\n"),
    },
  },
};
