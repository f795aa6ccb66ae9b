/**
 * Situations for `guard` with the real AWS provider 5.100 and Moto. They start from one applied configuration, in which each key
 * and secret is named after its fate; `fixtures/plans/aws-5.100-NAME` holds their plans. Nothing is applied a second time.
 */

import type { Moto } from "./moto.ts";

export interface MotoSituation {
  /** The text of `main.tf` when the plan is made. */
  readonly text: string;
  /** What happens in AWS before the plan. It is not undone for the situations that follow. */
  readonly meanwhile?: (moto: Moto) => Promise<void>;
  /** Options of `terraform plan`. */
  readonly options?: readonly string[];
}

/** What AWS has named. */
export interface Ids {
  /** By the name of the key's resource. */
  readonly keys: Readonly<Record<string, string>>;
  /** The ARNs of the secrets that Terraform has not made, by the name that their resources will have. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The version of the value of the secret `imported`. */
  readonly version: string;
}

export const HOME = "eu-central-1";
const AWAY = "eu-west-1";

const SETTINGS = `terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}

provider "aws" {
  region = "${HOME}"
}

provider "aws" {
  alias  = "euw1"
  region = "${AWAY}"
}
`;

const resource = (type: string, name: string, ...lines: readonly string[]) =>
  `resource "aws_${type}" "${name}" {\n${lines.map((line) => `  ${line}\n`).join("")}}\n`;

const key = (name: string, ...lines: readonly string[]) =>
  resource("kms_key", name, `description = "${name}"`, "multi_region = true", ...lines);

const copyOf = (name: string) =>
  resource("kms_replica_key", name, `primary_key_arn = aws_kms_key.${name}.arn`, "provider = aws.euw1");

const secret = (name: string, ...lines: readonly string[]) =>
  resource("secretsmanager_secret", name, `name = "app/${name}"`, ...lines);

const replica = (keyId: string) => `replica {\n    region     = "${AWAY}"\n    kms_key_id = ${keyId}\n  }`;

/** A secret under a key, with its copy under the copy of that key. */
const copied = (name: string, of: string) =>
  secret(name, `kms_key_id = aws_kms_key.${of}.arn`, replica(`aws_kms_replica_key.${of}.arn`));

const value = (name: string, ...lines: readonly string[]) =>
  resource("secretsmanager_secret_version", name, `secret_id = aws_secretsmanager_secret.${name}.id`, ...lines);

const written = (name: string, version = 1, source = '"HIDDEN"') =>
  value(name, `secret_string_wo = ${source}`, `secret_string_wo_version = ${version}`);

const removed = (address: string) => `removed {\n  from = ${address}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`;

const imported = (to: string, id: string) => `import {\n  to = ${to}\n  id = "${id}"\n}\n`;

const readOf = (name: string, secretId: string) =>
  `data "aws_secretsmanager_secret_version" "${name}" {\n  secret_id = ${secretId}\n}\n`;

const PASSWORD = 'ephemeral "aws_secretsmanager_random_password" "generated" {\n  password_length = 32\n}\n';
const GENERATED = "ephemeral.aws_secretsmanager_random_password.generated.random_password";

/** By fate, what is applied first. */
const APPLIED: Readonly<Record<string, string>> = {
  kept: [key("kept"), copyOf("kept"), copied("kept", "kept"), written("kept")].join("\n"),
  "key destroyed": [key("destroyed"), copyOf("destroyed")].join("\n"),
  "key replaced": [key("replaced"), copyOf("replaced"), copied("rekeyed", "replaced")].join("\n"),
  "key forgotten": [key("forgotten"), copyOf("forgotten")].join("\n"),
  "key disabled": key("disabled"),
  "key gone": [key("gone"), copyOf("gone")].join("\n"),
  "key promoted": [key("promoted"), copyOf("promoted"), copied("promoted", "promoted")].join("\n"),
  "secret destroyed": [secret("destroyed"), written("destroyed")].join("\n"),
  "secret forgotten": secret("forgotten"),
  "secret renamed": [secret("renamed"), written("renamed")].join("\n"),
  "secret gone": secret("gone"),
  "replica removed": copied("unreplicated", "kept"),
  "replica copied again": copied("recopied", "kept"),
  "replica gone": copied("detached", "kept"),
  "value written by others": [secret("written"), written("written")].join("\n"),
  "value generated again": [secret("generated"), PASSWORD, written("generated", 1, GENERATED)].join("\n"),
};

function textWith(changed: Readonly<Record<string, string>>): string {
  return [SETTINGS, ...Object.values({ ...APPLIED, ...changed })].filter((part) => part !== "").join("\n");
}

export const applied = textWith({});

/** What each fate becomes, when all of them come true at once. */
const lost = ({ secrets, version }: Ids): Readonly<Record<string, string>> => ({
  "key destroyed": "",
  "key replaced": APPLIED["key replaced"]!.replace("multi_region = true", "multi_region = false"),
  "key forgotten": [removed("aws_kms_key.forgotten"), removed("aws_kms_replica_key.forgotten")].join("\n"),
  "key disabled": key("disabled", "is_enabled = false"),
  "secret destroyed": "",
  "secret forgotten": removed("aws_secretsmanager_secret.forgotten"),
  "secret renamed": APPLIED["secret renamed"]!.replace("app/renamed", "app/other"),
  "replica removed": secret("unreplicated", "kms_key_id = aws_kms_key.kept.arn"),
  "replica copied again": secret(
    "recopied",
    "kms_key_id = aws_kms_key.kept.arn",
    replica('"alias/aws/secretsmanager"'),
  ),
  "value written by others": [secret("written"), written("written", 2)].join("\n"),
  "value overwritten": [
    imported("aws_secretsmanager_secret.adopted", secrets.adopted!),
    secret("adopted"),
    written("adopted"),
  ].join("\n"),
  "value read": [
    imported("aws_secretsmanager_secret.imported", secrets.imported!),
    secret("imported"),
    imported("aws_secretsmanager_secret_version.imported", `${secrets.imported}|${version}`),
    value("imported", 'secret_string = "HIDDEN"'),
    readOf("now", "aws_secretsmanager_secret.kept.id"),
    readOf("later", "aws_kms_key.replaced.id"),
  ].join("\n"),
});

/** The key in its other region: forgotten and imported under each other's types. */
const promoted = ({ keys }: Ids): string =>
  [
    removed("aws_kms_key.promoted"),
    removed("aws_kms_replica_key.promoted"),
    imported("aws_kms_key.away", keys.promoted!),
    key("away", "provider = aws.euw1").replace('"away"\n', '"promoted"\n'),
    imported("aws_kms_replica_key.home", keys.promoted!),
    resource("kms_replica_key", "home", "primary_key_arn = aws_kms_key.away.arn"),
    secret("promoted", "kms_key_id = aws_kms_replica_key.home.arn", replica("aws_kms_key.away.arn")),
  ].join("\n");

/** The situations by name, in the order in which they come about. */
export function motoSituations(ids: Ids): Readonly<Record<string, MotoSituation>> {
  return {
    promoted: {
      text: textWith({ "key promoted": promoted(ids) }),
      meanwhile: (moto) =>
        moto.call(HOME, "TrentService.UpdatePrimaryRegion", { KeyId: ids.keys.promoted, PrimaryRegion: AWAY }),
    },
    "every-loss": {
      text: textWith({ ...lost(ids), "key promoted": promoted(ids) }),
      options: ["-replace=aws_secretsmanager_secret_version.generated"],
      async meanwhile(moto) {
        await moto.call(AWAY, "TrentService.ScheduleKeyDeletion", { KeyId: ids.keys.gone });
        await moto.call(HOME, "TrentService.ScheduleKeyDeletion", { KeyId: ids.keys.gone });
        await moto.call(AWAY, "secretsmanager.StopReplicationToReplica", { SecretId: "app/detached" });
        await moto.call(HOME, "secretsmanager.DeleteSecret", { SecretId: "app/gone" });
        const changed = { SecretId: "app/written", SecretString: "HIDDEN-by-hand" };
        await moto.call(HOME, "secretsmanager.PutSecretValue", changed);
      },
    },
    // The provider fails to read the value of a secret that is pending deletion.
    errored: {
      text: textWith({ "key promoted": promoted(ids) }),
      meanwhile: (moto) => moto.call(HOME, "secretsmanager.DeleteSecret", { SecretId: "app/renamed" }),
    },
  };
}
