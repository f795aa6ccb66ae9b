/**
 * What the stand-in promises about grants, imported key material and things that are read and not managed, through real
 * Terraform; where the real 5.100.0 could be asked, on Moto, it says the same.
 */
import { describe, expect, test } from "vitest";
import { skippedWithoutTerraform, succeeded, type Terraform, withTerraform } from "../support/terraform.ts";
import { Account } from "./account.ts";
import { type StandInVersion, startStandIn } from "./provider.ts";

const skip = skippedWithoutTerraform("stand-in/material.test.ts");

const PROVIDERS = `
provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "euw1"
  region = "eu-west-1"
}
`;

const FIRST_KEY_ID = `mrk-${"1".padStart(32, "0")}`;

async function over<T>(
  text: string,
  work: (terraform: Terraform, account: Account) => Promise<T>,
  { account = new Account(), version = "5.100" as StandInVersion } = {},
): Promise<T> {
  const provider = await startStandIn({ version, account });
  try {
    return await withTerraform({ "main.tf": PROVIDERS + text }, { provider }, (terraform) => work(terraform, account));
  } finally {
    provider.close();
  }
}

async function applied(terraform: Terraform): Promise<void> {
  succeeded(await terraform.plan());
  succeeded(await terraform.apply());
}

async function changesOf(terraform: Terraform) {
  return succeeded(await terraform.plan()).changes.map(({ action, address }) => `${action} ${address}`);
}

/** Keys whose material is imported; `settings` are in both. */
const external = (settings: string) => `
resource "aws_kms_external_key" "main" {
  multi_region = true
  ${settings}
}

resource "aws_kms_replica_external_key" "euw1" {
  primary_key_arn = aws_kms_external_key.main.arn
  provider        = aws.euw1
  ${settings}
}
`;

const IGNORED = "lifecycle {\n    ignore_changes = [enabled, key_material_base64, valid_to]\n  }";

describe.skipIf(skip)("a key with imported material", () => {
  test("is not replicated before its material is there, and goes on from there", async () => {
    await over(external(`valid_to = "2030-01-01T00:00:00Z"\n  ${IGNORED}`), async (terraform, account) => {
      succeeded(await terraform.plan());
      const { errors } = await terraform.apply();
      expect(errors).toMatchObject([{ address: "aws_kms_replica_external_key.euw1" }]);
      expect(errors[0]?.summary).toContain("is pending import");
      expect(account.keys("eu-central-1")).toMatchObject([{ state: "PendingImport" }]);

      account.importKeyMaterial(FIRST_KEY_ID, "eu-central-1", "2030-01-01T00:00:00Z");
      expect(await changesOf(terraform)).toEqual(["create aws_kms_replica_external_key.euw1"]);
      succeeded(await terraform.apply());
      expect(account.keys("eu-west-1")).toMatchObject([{ state: "PendingImport", keyId: FIRST_KEY_ID }]);
      expect(await changesOf(terraform)).toEqual([]);

      account.importKeyMaterial(FIRST_KEY_ID, "eu-west-1");
      expect(await changesOf(terraform)).toEqual([]);
    });
  });

  test("is imported anew when valid_to is not ignored, which cannot succeed without the material", async () => {
    await over(external("").split("resource").slice(0, 2).join("resource"), async (terraform, account) => {
      await applied(terraform);
      account.importKeyMaterial(FIRST_KEY_ID, "eu-central-1", "2030-01-01T00:00:00Z");
      expect(await changesOf(terraform)).toEqual(["update aws_kms_external_key.main"]);
      const { errors } = await terraform.apply();
      expect(errors.map(({ summary }) => summary)).toEqual([expect.stringContaining("importing KMS External Key")]);
    });
  });
});

const grant = (settings: string) => `
resource "aws_kms_key" "main" {
  multi_region = true
}

resource "aws_kms_grant" "app" {
  name              = "app"
  key_id            = aws_kms_key.main.key_id
  grantee_principal = "arn:aws:iam::123456789012:role/app"
  ${settings}
}
`;

describe.skipIf(skip)("a grant", () => {
  test("is there once, and replaced by whatever is changed", async () => {
    const constraint = "constraints {\n    encryption_context_subset = { app = 'one' }\n  }".replaceAll("'", '"');
    await over(grant(`operations = ["Encrypt", "Decrypt"]\n  ${constraint}`), async (terraform, account) => {
      await applied(terraform);
      expect(account.keys("eu-central-1")[0]?.grants).toMatchObject([
        { name: "app", operations: ["Decrypt", "Encrypt"] },
      ]);
      expect(await changesOf(terraform)).toEqual([]);
      terraform.replaceFiles({ "main.tf": PROVIDERS + grant(`operations = ["Decrypt"]\n  ${constraint}`) });
      expect(await changesOf(terraform)).toEqual(["replace aws_kms_grant.app"]);
      succeeded(await terraform.apply());
      expect(account.keys("eu-central-1")[0]?.grants).toMatchObject([{ operations: ["Decrypt"] }]);
    });
  });

  test.each([
    ["an operation that the key does not have", 'operations = ["Sign"]', /cannot permit Sign/],
    [
      "two kinds of constraints",
      'operations = ["Decrypt"]\n  constraints {\n    encryption_context_equals = { a = "b" }\n    encryption_context_subset = { a = "b" }\n  }',
      /can't have both/,
    ],
  ])("is refused with %s", async (_, settings, error) => {
    await over(grant(settings), async (terraform) => {
      const plan = await terraform.plan();
      const errors = plan.ok ? (await terraform.apply()).errors : plan.errors;
      expect(errors).toMatchObject([{ summary: expect.stringMatching(error) }]);
    });
  });
});

describe.skipIf(skip).each<StandInVersion>(["5.100", "6.25"])(
  "what is read from elsewhere, with the schema of %s,",
  (version) => {
    test("is the key of its own region and the value that is there", async () => {
      const account = new Account();
      const keyId = account.seedKey({ primaryRegion: "eu-central-1", replicaRegions: ["eu-west-1"] });
      account.seedAlias("eu-central-1", "alias/app", keyId);
      account.seedParameter("arn:aws:ssm:eu-central-1:123456789012:parameter/app/db", "from-a-parameter");
      account.seedSecret({ name: "source", region: "eu-central-1", value: "from-a-secret" });
      const text = `
data "aws_kms_alias" "main" {
  name = "alias/app"
}

data "aws_kms_key" "euw1" {
  key_id   = "${keyId}"
  provider = aws.euw1
}

ephemeral "aws_ssm_parameter" "db" {
  arn = "arn:aws:ssm:eu-central-1:123456789012:parameter/app/db"
}

ephemeral "aws_secretsmanager_secret_version" "source" {
  secret_id = "source"
}

resource "aws_secretsmanager_secret" "app" {
  name_prefix = "app-"
  kms_key_id  = data.aws_kms_alias.main.target_key_id

  replica {
    kms_key_id = data.aws_kms_key.euw1.arn
    region     = "eu-west-1"
  }
}

resource "aws_secretsmanager_secret_version" "app" {
  secret_id                = aws_secretsmanager_secret.app.id
  secret_string_wo         = "\${ephemeral.aws_ssm_parameter.db.value} \${ephemeral.aws_secretsmanager_secret_version.source.secret_string}"
  secret_string_wo_version = 1
}
`;
      await over(
        text,
        async (terraform) => {
          await applied(terraform);
          const [, app] = account.secrets("eu-central-1");
          expect(app).toMatchObject({ kmsKeyId: keyId, value: "from-a-parameter from-a-secret" });
          expect(app?.name).toMatch(/^app-[0-9a-f]{26}$/);
          expect(account.secrets("eu-west-1")).toMatchObject([
            { kmsKeyId: `arn:aws:kms:eu-west-1:123456789012:key/${keyId}` },
          ]);
          expect(terraform.state()).not.toContain("from-a-");
          expect(await changesOf(terraform)).toEqual([]);
        },
        { account, version },
      );
    });
  },
);
