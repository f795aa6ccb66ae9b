/**
 * What the stand-in for the AWS provider promises, through real Terraform: each provider block is its own region, AWS's
 * refusals are errors, a change replaces what AWS cannot change in place, and a secret's value stays out of the state.
 */
import { beforeAll, describe, expect, test } from "vitest";
import {
  applyThenPlan,
  type Message,
  type Plan,
  skippedWithoutTerraform,
  succeeded,
  type Terraform,
  type TerraformOptions,
  withTerraform,
} from "../support/terraform.ts";
import { Account } from "./account.ts";
import { type StandInVersion, startStandIn } from "./provider.ts";

const skip = skippedWithoutTerraform("stand-in-provider.test.ts");

const PROVIDERS = `
provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "euw1"
  region = "eu-west-1"
}

provider "aws" {
  alias  = "use1"
  region = "us-east-1"
}
`;

/** A key with a replica in Ireland, and none in Virginia. */
const KEY = `
resource "aws_kms_key" "main" {
  multi_region = true
}

resource "aws_kms_replica_key" "euw1" {
  primary_key_arn = aws_kms_key.main.arn
  provider        = aws.euw1
}
`;

const FIRST_KEY_ID = `mrk-${"1".padStart(32, "0")}`;
const PRIMARY_ARN = `"arn:aws:kms:eu-central-1:123456789012:key/${FIRST_KEY_ID}"`;

/** Runs `work` over one file, with a stand-in that is closed afterwards. */
async function over<T>(
  text: string,
  work: (terraform: Terraform, account: Account) => Promise<T>,
  { version = "5.100", account = new Account(), writeOnlyWarning = false, ...options }: OverOptions = {},
): Promise<T> {
  const provider = await startStandIn({ version, account, writeOnlyWarning });
  try {
    return await withTerraform({ "main.tf": text }, { provider, ...options }, (terraform) => work(terraform, account));
  } finally {
    provider.close();
  }
}

interface OverOptions extends Pick<TerraformOptions, "variables"> {
  readonly version?: StandInVersion;
  readonly account?: Account;
  readonly writeOnlyWarning?: boolean;
}

async function applied(terraform: Terraform): Promise<void> {
  succeeded(await terraform.plan());
  succeeded(await terraform.apply());
}

describe.skipIf(skip)("each provider block is a region of its own", () => {
  const everywhere = ["main", "euw1", "use1"].map((label) => {
    const provider = label === "main" ? "" : `provider = aws.${label}`;
    return `
data "aws_region" "${label}" {
  ${provider}
}

resource "aws_kms_key" "${label}" {
  description = "\${data.aws_region.${label}.name}"
  ${provider}
}

resource "aws_kms_alias" "${label}" {
  name          = "alias/\${data.aws_region.${label}.name}"
  target_key_id = aws_kms_key.${label}.arn
  ${provider}
}

resource "aws_secretsmanager_secret" "${label}" {
  name       = "secret"
  kms_key_id = aws_kms_alias.${label}.name
  ${provider}
}
`;
  });

  test.each<StandInVersion>(["5.100", "6.25"])("with the schema of %s, and a second plan is empty", async (version) => {
    const run = async (terraform: Terraform, account: Account) => {
      await applied(terraform);
      for (const region of ["eu-central-1", "eu-west-1", "us-east-1"]) {
        const [key] = account.keys(region);
        expect(key).toMatchObject({ description: region, role: "single-region", state: "Enabled" });
        expect(account.aliases(region)).toEqual([{ name: `alias/${region}`, targetKeyId: key?.keyId }]);
        expect(account.secrets(region)).toMatchObject([{ name: "secret", kmsKeyId: `alias/${region}` }]);
      }
      expect(await terraform.plan()).toMatchObject({ ok: true, changes: [], outputs: {} });
    };
    await over(PROVIDERS + everywhere.join(""), run, { version });
  });

  test("a resource's own region argument wins, and is no change to one that was there by its alias", async () => {
    const byAlias = PROVIDERS + KEY;
    const byArgument = byAlias.replace("provider        = aws.euw1", 'region          = "eu-west-1"');
    await over(
      byAlias,
      async (terraform, account) => {
        await applied(terraform);
        terraform.replaceFiles({ "main.tf": byArgument });
        expect(await terraform.plan()).toMatchObject({ ok: true, changes: [] });
        expect(account.keys("eu-west-1")).toMatchObject([{ keyId: FIRST_KEY_ID, role: "replica" }]);
        terraform.replaceFiles({
          "main.tf": byArgument.replace('region          = "eu-west-1"', 'region = "us-east-1"'),
        });
        const moved = [{ address: "aws_kms_replica_key.euw1", action: "replace" }];
        expect(await terraform.plan()).toMatchObject({ ok: true, changes: moved });
      },
      { version: "6.25" },
    );
  });

  test("a resource whose provider has no region is an error", async () => {
    const text = 'provider "aws" {}\n\ndata "aws_region" "main" {}\n';
    const { errors } = await over(text, (terraform) => terraform.plan());
    expect(errors).toMatchObject([{ summary: expect.stringContaining("Missing region") }]);
  });

  test("an account that the provider does not allow is an error", async () => {
    const text =
      'provider "aws" {\n  region = "eu-west-1"\n  allowed_account_ids = ["111122223333"]\n}\n\ndata "aws_region" "main" {}\n';
    const { errors } = await over(text, (terraform) => terraform.plan());
    expect(errors).toMatchObject([{ summary: "AWS account ID not allowed: 123456789012" }]);
  });
});

describe.skipIf(skip)("the data sources say", () => {
  test.each([
    ["eu-central-1", "aws", "amazonaws.com", "com.amazonaws"],
    ["cn-north-1", "aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"],
    ["us-gov-west-1", "aws-us-gov", "amazonaws.com", "com.amazonaws"],
  ])("of %s the partition %s", async (region, partition, dns_suffix, reverse_dns_prefix) => {
    const text = `
provider "aws" {
  region = "${region}"
}

data "aws_partition" "here" {}

data "aws_caller_identity" "me" {}

output "partition" {
  value = data.aws_partition.here
}

output "me" {
  value = [data.aws_caller_identity.me.account_id, data.aws_caller_identity.me.arn]
}
`;
    const outputs = await over(text, async (terraform) => {
      await applied(terraform);
      return terraform.outputs();
    });
    expect(outputs).toEqual({
      partition: { id: partition, partition, dns_suffix, reverse_dns_prefix },
      me: ["123456789012", `arn:${partition}:iam::123456789012:user/stand-in`],
    });
  });

  test("a policy document to the byte as the real 5.100.0 does", async () => {
    const text = `
provider "aws" {
  region = "eu-central-1"
}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Over"
    actions   = ["a:c"]
    resources = ["x"]
  }
}

data "aws_iam_policy_document" "merged" {
  policy_id               = "pid"
  source_policy_documents = [data.aws_iam_policy_document.base.json]

  statement {
    sid           = "Over"
    effect        = "Deny"
    actions       = ["kms:Zeta", "kms:Alpha", "kms:Mid"]
    not_resources = ["r2", "r1"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/b"]
    }
    principals {
      type        = "Service"
      identifiers = ["logs.amazonaws.com"]
    }
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:role/a"]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["z", "a"]
    }
    condition {
      test     = "Bool"
      variable = "kms:GrantIsForAWSResource"
      values   = ["true"]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = ["1"]
    }
  }
  statement {
    sid         = ""
    not_actions = ["q:*"]
    resources   = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}

output "json" {
  value = data.aws_iam_policy_document.merged.minified_json
}
`;
    const { json } = await over(text, async (terraform) => {
      await applied(terraform);
      return terraform.outputs();
    });
    expect(json).toBe(
      '{"Version":"2012-10-17","Id":"pid","Statement":[{"Sid":"Over","Effect":"Deny",' +
        '"Action":["kms:Zeta","kms:Mid","kms:Alpha"],"NotResource":["r2","r1"],' +
        '"Principal":{"AWS":["arn:aws:iam::123456789012:role/a","arn:aws:iam::123456789012:root",' +
        '"arn:aws:iam::123456789012:role/b"],"Service":"logs.amazonaws.com"},' +
        '"Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"},' +
        '"StringEquals":{"kms:CallerAccount":"1","kms:ViaService":["z","a"]}}},' +
        '{"Effect":"Allow","NotAction":"q:*","Resource":"*","Principal":"*"}]}',
    );
  });
});

/** Behaviour, address of the resource that is refused, its arguments, what the error says. */
type RefusalCase = readonly [behaviour: string, address: string, body: string, error: RegExp];

function resources(cases: readonly RefusalCase[]): string {
  return cases
    .map(([, address, body]) => {
      const [type, name] = address.split(".");
      return `resource "${type}" "${name}" {\n${body}\n}\n`;
    })
    .join("\n");
}

function errorsAt(errors: readonly Message[], address: string): string[] {
  return errors.filter((error) => error.address === address).map(({ summary }) => summary);
}

describe.skipIf(skip)("terraform apply refuses, as AWS does,", () => {
  const base = `${PROVIDERS}${KEY}
resource "aws_kms_key" "single" {}

resource "aws_kms_key" "signing" {
  multi_region             = true
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
}

resource "aws_kms_key" "disabled" {
  multi_region = true
  is_enabled   = false
}

resource "aws_secretsmanager_secret" "disabled" {
  name       = "disabled"
  kms_key_id = aws_kms_key.disabled.arn
}

resource "aws_kms_alias" "taken" {
  name          = "alias/taken"
  target_key_id = aws_kms_key.main.key_id
}

resource "aws_secretsmanager_secret" "taken" {
  name       = "taken"
  kms_key_id = aws_kms_key.main.key_id

  replica {
    region     = "eu-west-1"
    kms_key_id = aws_kms_replica_key.euw1.arn
  }
}
`;
  const policy = (principal: string, action: string) =>
    `policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { AWS = "${principal}" }, Action = "${action}", Resource = "*" }] })`;

  const cases: RefusalCase[] = [
    [
      "a replica in its primary's region",
      "aws_kms_replica_key.in_primary_region",
      "primary_key_arn = aws_kms_key.main.arn",
      /cannot be in the Region of its primary key/,
    ],
    [
      "a second replica in a region",
      "aws_kms_replica_key.twice",
      "primary_key_arn = aws_kms_key.main.arn\n  provider = aws.euw1\n  depends_on = [aws_kms_replica_key.euw1]",
      /AlreadyExistsException: Key 'mrk-.*' already exists in eu-west-1/,
    ],
    [
      "a replica of a key that does not exist",
      "aws_kms_replica_key.of_nothing",
      `primary_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/mrk-${"f".repeat(32)}"\n  provider = aws.use1`,
      /NotFoundException/,
    ],
    [
      "a replica of a single-Region key",
      "aws_kms_replica_key.of_single",
      "primary_key_arn = aws_kms_key.single.arn\n  provider = aws.use1",
      /is not a multi-Region primary key/,
    ],
    [
      "a replica of a replica",
      "aws_kms_replica_key.of_replica",
      "primary_key_arn = aws_kms_replica_key.euw1.arn\n  provider = aws.use1",
      /is not a multi-Region primary key/,
    ],
    [
      "a replica of a disabled key",
      "aws_kms_replica_key.of_disabled",
      "primary_key_arn = aws_kms_key.disabled.arn\n  provider = aws.use1",
      /DisabledException/,
    ],
    [
      "a usage that the key spec does not have",
      "aws_kms_key.misused",
      'key_usage = "SIGN_VERIFY"',
      /KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT/,
    ],
    [
      "rotation of an asymmetric key",
      "aws_kms_key.rotated_signing",
      'key_usage = "SIGN_VERIFY"\n  customer_master_key_spec = "RSA_2048"\n  enable_key_rotation = true',
      /cannot be rotated automatically/,
    ],
    [
      "a key policy that no one could change any more",
      "aws_kms_key.locked_out",
      policy("arn:aws:iam::123456789012:root", "kms:Decrypt"),
      /will not allow you to update the key policy/,
    ],
    [
      "a principal of another partition",
      "aws_kms_key.foreign_principal",
      policy("arn:aws-cn:iam::123456789012:root", "kms:*"),
      /Invalid principal in policy/,
    ],
    ["a tag in AWS's own namespace", "aws_kms_key.tagged", 'tags = { "aws:x" = "y" }', /aws: prefixed tag key names/],
    [
      "an alias that the region has already",
      "aws_kms_alias.twice",
      'name = "alias/taken"\n  target_key_id = aws_kms_key.main.key_id\n  depends_on = [aws_kms_alias.taken]',
      /AlreadyExistsException: An alias with the name .*alias\/taken already exists/,
    ],
    [
      "an alias of a key that is not in the region",
      "aws_kms_alias.elsewhere",
      'name = "alias/elsewhere"\n  target_key_id = aws_kms_key.main.key_id\n  provider = aws.use1',
      /does not exist in us-east-1/,
    ],
    [
      "an alias of another region's copy of the key",
      "aws_kms_alias.other_copy",
      'name = "alias/other-copy"\n  target_key_id = aws_kms_replica_key.euw1.arn',
      /is not a key of eu-central-1/,
    ],
    [
      "a secret name that the region has already",
      "aws_secretsmanager_secret.twice",
      'name = "taken"\n  depends_on = [aws_secretsmanager_secret.taken]',
      /ResourceExistsException/,
    ],
    [
      "a secret under another region's copy of the key",
      "aws_secretsmanager_secret.other_copy",
      'name = "other-copy"\n  kms_key_id = aws_kms_replica_key.euw1.arn',
      /is not a key of eu-central-1/,
    ],
    [
      "a secret under a key that cannot encrypt",
      "aws_secretsmanager_secret.signed",
      'name = "signed"\n  kms_key_id = aws_kms_key.signing.arn',
      /is not a symmetric encryption key/,
    ],
    [
      "a secret's replica in its primary region",
      "aws_secretsmanager_secret.at_home",
      'name = "at-home"\n  replica {\n    region = "eu-central-1"\n  }',
      /it is the secret's primary region/,
    ],
    [
      "a secret's replica under a key that its region does not have",
      "aws_secretsmanager_secret.keyless",
      'name = "keyless"\n  replica {\n    region = "us-east-1"\n    kms_key_id = aws_kms_key.main.key_id\n  }',
      /does not exist in us-east-1/,
    ],
    [
      "a secret's replica where the name is taken",
      "aws_secretsmanager_secret.replica_twice",
      'name = "taken"\n  provider = aws.use1\n  replica {\n    region = "eu-west-1"\n  }\n  depends_on = [aws_secretsmanager_secret.taken]',
      /Secret name taken already exists in region eu-west-1/,
    ],
    [
      "a value written to a replica",
      "aws_secretsmanager_secret_version.to_replica",
      'secret_id = "taken"\n  secret_string = "x"\n  provider = aws.euw1\n  depends_on = [aws_secretsmanager_secret.taken]',
      /Operation not permitted on a replica secret/,
    ],
    [
      "a value under a disabled key",
      "aws_secretsmanager_secret_version.disabled",
      'secret_id = aws_secretsmanager_secret.disabled.id\n  secret_string = "x"',
      /EncryptionFailure/,
    ],
    [
      "a version without a value",
      "aws_secretsmanager_secret_version.empty",
      "secret_id = aws_secretsmanager_secret.taken.id",
      /You must provide either SecretString or SecretBinary/,
    ],
    [
      "a policy on a replica",
      "aws_secretsmanager_secret_policy.of_replica",
      `secret_arn = replace(aws_secretsmanager_secret.taken.arn, "eu-central-1", "eu-west-1")\n  ${policy("*", "secretsmanager:GetSecretValue")}\n  provider = aws.euw1`,
      /Operation not permitted on a replica secret/,
    ],
    [
      "rotation by a function of another region",
      "aws_secretsmanager_secret_rotation.elsewhere",
      'secret_id = aws_secretsmanager_secret.taken.id\n  rotation_lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:f"\n  rotation_rules {\n    automatically_after_days = 30\n  }',
      /is not a function of eu-central-1/,
    ],
  ];

  // All in one apply: what is refused does not stop the others.
  let errors: readonly Message[] = [];
  beforeAll(async () => {
    errors = await over(base + resources(cases), async (terraform) => {
      succeeded(await terraform.plan());
      return (await terraform.apply()).errors;
    });
  });

  test.each(cases)("%s", (_behaviour, address, _body, error) => {
    expect(errorsAt(errors, address)).toEqual([expect.stringMatching(error)]);
  });

  test("and nothing else of the same apply", () => {
    const expected = cases.map(([, address]) => address);
    expect(errors.filter(({ address }) => !expected.includes(address ?? ""))).toEqual([]);
  });
});

describe.skipIf(skip)("terraform validate refuses, as the real provider does,", () => {
  const cases: RefusalCase[] = [
    [
      "a key's deletion window under 7 days",
      "aws_kms_key.window",
      "deletion_window_in_days = 6",
      /range \(7 - 30\), got 6/,
    ],
    [
      "a rotation period under 90 days",
      "aws_kms_key.period",
      "enable_key_rotation = true\n  rotation_period_in_days = 89",
      /range \(90 - 2560\), got 89/,
    ],
    ["a key usage that there is not", "aws_kms_key.usage", 'key_usage = "ENCRYPT"', /invalid value for key_usage/],
    ["a key policy that is not JSON", "aws_kms_key.json", 'policy = "x"', /invalid JSON policy/],
    [
      "a replica's deletion window over 30 days",
      "aws_kms_replica_key.window",
      'primary_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/x"\n  deletion_window_in_days = 31',
      /range \(7 - 30\), got 31/,
    ],
    [
      "a primary that is not an ARN",
      "aws_kms_replica_key.arn",
      `primary_key_arn = "${FIRST_KEY_ID}"`,
      /invalid value for primary_key_arn/,
    ],
    [
      "an alias without its prefix",
      "aws_kms_alias.bare",
      'name = "x"\n  target_key_id = "x"',
      /must begin with 'alias\/'/,
    ],
    [
      "an alias with other characters",
      "aws_kms_alias.dotted",
      'name = "alias/a.b"\n  target_key_id = "x"',
      /must begin with 'alias\/'/,
    ],
    ["an alias in AWS's own namespace", "aws_kms_alias.aws", 'name = "alias/aws/x"\n  target_key_id = "x"', /reserved/],
    ["a secret name with a space", "aws_secretsmanager_secret.space", 'name = "a b"', /invalid value for name/],
    [
      "a secret name over 512 characters",
      "aws_secretsmanager_secret.long",
      `name = "${"x".repeat(513)}"`,
      /invalid value for name/,
    ],
    [
      "a recovery window of 1 to 6 days",
      "aws_secretsmanager_secret.window",
      'name = "x"\n  recovery_window_in_days = 6',
      /range \(7 - 30\), got 6/,
    ],
    [
      "a value given twice",
      "aws_secretsmanager_secret_version.twice",
      'secret_id = "x"\n  secret_string = "x"\n  secret_binary = "eA=="',
      /conflicts with/,
    ],
    [
      "a write-only value without a version",
      "aws_secretsmanager_secret_version.versionless",
      'secret_id = "x"\n  secret_string_wo = "x"',
      /must be specified/,
    ],
    [
      "rotation rules without a period",
      "aws_secretsmanager_secret_rotation.never",
      'secret_id = "x"\n  rotation_rules {}',
      /must be specified/,
    ],
  ];

  let errors: readonly Message[] = [];
  beforeAll(async () => {
    errors = await over(resources(cases), async (terraform) => (await terraform.validate()).errors);
  });

  test.each(cases)("%s", (_behaviour, address, _body, error) => {
    expect(errorsAt(errors, address)).toEqual([expect.stringMatching(error)]);
  });

  test("a resource type that the schema does not have", async () => {
    const outcome = await over('resource "aws_kms_spare_key" "main" {}\n', (terraform) => terraform.validate());
    expect(outcome.errors).toMatchObject([{ summary: "Invalid resource type" }]);
  });
});

describe.skipIf(skip)("a changed argument is planned as", () => {
  const primary = "arn:aws:kms:eu-central-1:123456789012:key/";
  const secret = 'name = "secret"\n  kms_key_id = aws_kms_key.main.arn';
  const inIreland = 'replica {\n    region = "eu-west-1"\n  }';
  /** Address, its arguments before, after, and the action that the change takes. */
  const cases = [
    ["aws_kms_key.description", 'description = "a"', 'description = "b"', "update"],
    ["aws_kms_key.tags", 'tags = { a = "b" }', "", "update"],
    ["aws_kms_key.usage", "", 'key_usage = "SIGN_VERIFY"\n  customer_master_key_spec = "RSA_2048"', "replace"],
    ["aws_kms_key.multi", "multi_region = true", "multi_region = false", "replace"],
    ["aws_kms_key.unsaid", 'description = "a"\n  multi_region = true', "", undefined],
    [
      "aws_kms_alias.name",
      'name = "alias/a"\n  target_key_id = aws_kms_key.main.arn',
      'name = "alias/b"\n  target_key_id = aws_kms_key.main.arn',
      "replace",
    ],
    [
      "aws_kms_alias.target",
      'name = "alias/c"\n  target_key_id = aws_kms_key.main.arn',
      'name = "alias/c"\n  target_key_id = aws_kms_key.multi.arn',
      "update",
    ],
    [
      "aws_kms_alias.same",
      'name = "alias/d"\n  target_key_id = aws_kms_key.main.arn',
      'name = "alias/d"\n  target_key_id = aws_kms_key.main.key_id',
      undefined,
    ],
    [
      "aws_kms_replica_key.primary",
      `primary_key_arn = aws_kms_key.main.arn\n  provider = aws.use1`,
      `primary_key_arn = "${primary}mrk-${"e".repeat(32)}"\n  provider = aws.use1`,
      "replace",
    ],
    ["aws_secretsmanager_secret.named", 'name = "a"', 'name = "b"', "replace"],
    ["aws_secretsmanager_secret.key", 'name = "c"', 'name = "c"\n  kms_key_id = aws_kms_key.main.arn', "update"],
    ["aws_secretsmanager_secret.more", secret, `${secret}\n  ${inIreland}`, "update"],
    // Measured with the real 5.100.0: dropping the last replica block is not seen.
    ["aws_secretsmanager_secret.none", `name = "d"\n  ${inIreland}`, 'name = "d"', undefined],
    [
      "aws_secretsmanager_secret.fewer",
      `name = "e"\n  ${inIreland}\n  replica {\n    region = "us-east-1"\n  }`,
      `name = "e"\n  ${inIreland}`,
      "update",
    ],
    [
      "aws_secretsmanager_secret_version.literal",
      'secret_id = aws_secretsmanager_secret.key.id\n  secret_string = "a"',
      'secret_id = aws_secretsmanager_secret.key.id\n  secret_string = "b"',
      "replace",
    ],
    [
      "aws_secretsmanager_secret_version.resent",
      'secret_id = aws_secretsmanager_secret.key.id\n  secret_string_wo = "a"\n  secret_string_wo_version = 1',
      'secret_id = aws_secretsmanager_secret.key.id\n  secret_string_wo = "a"\n  secret_string_wo_version = 2',
      "replace",
    ],
    [
      "aws_secretsmanager_secret_version.unsent",
      'secret_id = aws_secretsmanager_secret.key.id\n  secret_string_wo = "a"\n  secret_string_wo_version = 1',
      'secret_id = aws_secretsmanager_secret.key.id\n  secret_string_wo = "b"\n  secret_string_wo_version = 1',
      undefined,
    ],
  ] as const;

  let plan: Plan;
  beforeAll(async () => {
    const files = (index: 1 | 2) => ({
      "main.tf": PROVIDERS + KEY + resources(cases.map((row) => ["", row[0], row[index], /./])),
    });
    plan = await applyThenPlan(files(1), files(2));
  });

  test.each(
    cases.map(([address, before, after, action]) => ({ address, before, after, action: action ?? "no change" })),
  )("$action for $address", ({ address, action }) => {
    expect(plan.errors).toEqual([]);
    expect(plan.changes.find((change) => change.address === address)?.action ?? "no change").toBe(action);
  });
});

describe.skipIf(skip)("a secret's value", () => {
  const text = `${PROVIDERS}
variable "value" {
  type      = string
  ephemeral = true
}

ephemeral "aws_secretsmanager_random_password" "generated" {
  password_length = 24
}

resource "aws_secretsmanager_secret" "written" {
  name = "written"
}

resource "aws_secretsmanager_secret_version" "written" {
  secret_id                = aws_secretsmanager_secret.written.id
  secret_string_wo         = "${"$"}{var.value}-${"$"}{ephemeral.aws_secretsmanager_random_password.generated.random_password}"
  secret_string_wo_version = 1
}
`;

  test("that is write-only is in the account, and neither in the plan nor in the state", async () => {
    const run = async (terraform: Terraform, account: Account) => {
      succeeded(await terraform.plan());
      const plan = JSON.stringify(await terraform.show());
      succeeded(await terraform.apply());
      expect(account.secrets("eu-central-1")).toMatchObject([
        { value: expect.stringMatching(/^given-stand-in-password-\d+-\d*$/) },
      ]);
      for (const stored of [plan, terraform.state()]) expect(stored).not.toMatch(/given|stand-in-password/);
    };
    await over(text, run, { variables: { value: "given" } });
  });

  test("that is a literal draws a warning only where that is asked for", async () => {
    const literal = 'resource "aws_secretsmanager_secret_version" "x" {\n  secret_id = "x"\n  secret_string = "x"\n}\n';
    const warnings = async (writeOnlyWarning: boolean) =>
      (await over(literal, (terraform) => terraform.validate(), { writeOnlyWarning })).warnings;
    expect(await warnings(false)).toEqual([]);
    expect(await warnings(true)).toMatchObject([{ summary: "Available Write-only Attribute Alternative" }]);
  });
});

describe.skipIf(skip)("import", () => {
  const keyId = `mrk-${"a".repeat(32)}`;
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:kept-AbCdEf";
  const imports = (ids: Record<string, string>) =>
    Object.entries(ids)
      .map(([to, id]) => `import {\n  to = ${to}\n  id = "${id}"\n}\n`)
      .join("\n");
  const declared = `${PROVIDERS}${KEY}
resource "aws_kms_alias" "euw1" {
  name          = "alias/kept"
  target_key_id = aws_kms_replica_key.euw1.key_id
  provider      = aws.euw1
}

resource "aws_secretsmanager_secret" "kept" {
  name = "kept"
}
`;

  function seeded(): Account {
    const account = new Account();
    account.seedKey({ keyId, primaryRegion: "eu-central-1", replicaRegions: ["eu-west-1"] });
    account.seedAlias("eu-west-1", "alias/kept", keyId);
    account.seedSecret({ arn, value: "v" });
    return account;
  }

  test("takes what exists, and the second plan is empty", async () => {
    const ids = {
      "aws_kms_key.main": keyId,
      "aws_kms_replica_key.euw1": keyId,
      "aws_kms_alias.euw1": "alias/kept",
      "aws_secretsmanager_secret.kept": arn,
    };
    const run = async (terraform: Terraform) => {
      const plan = succeeded(await terraform.plan());
      // As with the real provider, arguments that AWS does not tell are written once: no destroy, no create.
      expect(Object.fromEntries(plan.changes.map(({ address, importId }) => [address, importId]))).toEqual(ids);
      expect(new Set(plan.changes.map(({ action }) => action))).toEqual(new Set(["update", "import"]));
      succeeded(await terraform.apply());
      expect(await terraform.plan()).toMatchObject({ ok: true, changes: [] });
    };
    await over(declared + imports(ids), run, { account: seeded() });
  });

  test("by an id with its region, which version 6 has", async () => {
    const text = `${PROVIDERS}
resource "aws_kms_replica_key" "euw1" {
  primary_key_arn = "arn:aws:kms:eu-central-1:123456789012:key/${keyId}"
  region          = "eu-west-1"
}

${imports({ "aws_kms_replica_key.euw1": `${keyId}@eu-west-1` })}`;
    const plan = await over(text, (terraform) => terraform.plan(), { account: seeded(), version: "6.25" });
    expect(plan).toMatchObject({ ok: true, changes: [{ action: "update", importId: `${keyId}@eu-west-1` }] });
  });

  test.each([
    ["a key that is not there", { "aws_kms_key.main": `mrk-${"b".repeat(32)}` }, /non-existent remote object/],
    ["a replica as a primary", { "aws_kms_key.main": keyId }, /is not a multi-Region primary key/],
    ["a primary as a replica", { "aws_kms_replica_key.euw1": keyId }, /is not a multi-Region replica key/],
  ])("refuses %s", async (_behaviour, ids, error) => {
    const account = seeded();
    account.updatePrimaryRegion(keyId, "eu-west-1");
    const { errors } = await over(declared + imports(ids), (terraform) => terraform.plan(), { account });
    expect(errors.map(({ summary }) => summary)).toContainEqual(expect.stringMatching(error));
  });
});

describe.skipIf(skip)("a key whose primary region was updated", () => {
  const promote = (account: Account) => account.updatePrimaryRegion(FIRST_KEY_ID, "eu-west-1");

  test("keeps its id and swaps its roles", async () => {
    await over(PROVIDERS + KEY, async (terraform, account) => {
      await applied(terraform);
      promote(account);
      expect(account.keys("eu-central-1")).toMatchObject([{ keyId: FIRST_KEY_ID, role: "replica" }]);
      expect(account.keys("eu-west-1")).toMatchObject([{ keyId: FIRST_KEY_ID, role: "primary" }]);
    });
  });

  test("fails Terraform's refresh on both sides", async () => {
    // With a reference between them, Terraform would stop at the first.
    const apart = KEY.replace("aws_kms_key.main.arn", PRIMARY_ARN);
    const files = [{ "main.tf": PROVIDERS + KEY }, { "main.tf": PROVIDERS + apart }] as const;
    const { errors } = await applyThenPlan(...files, { meanwhile: promote });
    expect(errors.map(({ summary }) => summary).sort()).toEqual([
      expect.stringContaining("is not a multi-Region primary key"),
      expect.stringContaining("is not a multi-Region replica key"),
    ]);
  });

  test("is taken over by removed and import blocks with nothing destroyed", async () => {
    const swapped = `${PROVIDERS}
resource "aws_kms_key" "euw1" {
  multi_region = true
  provider     = aws.euw1
}

resource "aws_kms_replica_key" "main" {
  primary_key_arn = aws_kms_key.euw1.arn
}

removed {
  from = aws_kms_key.main

  lifecycle {
    destroy = false
  }
}

removed {
  from = aws_kms_replica_key.euw1

  lifecycle {
    destroy = false
  }
}

import {
  to = aws_kms_key.euw1
  id = "${FIRST_KEY_ID}"
}

import {
  to = aws_kms_replica_key.main
  id = "${FIRST_KEY_ID}"
}
`;
    await over(PROVIDERS + KEY, async (terraform, account) => {
      await applied(terraform);
      promote(account);
      terraform.replaceFiles({ "main.tf": swapped });
      const { changes } = succeeded(await terraform.plan());
      expect(changes.map(({ address, action }) => `${address} ${action}`).sort()).toEqual([
        "aws_kms_key.euw1 update",
        "aws_kms_key.main forget",
        "aws_kms_replica_key.euw1 forget",
        "aws_kms_replica_key.main update",
      ]);
      succeeded(await terraform.apply());
      expect(await terraform.plan()).toMatchObject({ ok: true, changes: [] });
    });
  });
});

test.skipIf(skip)("a primary deleted before its replica is left pending until the replica is gone", async () => {
  const [, replica = ""] = KEY.split("\n\n");
  const alone = replica.replace("aws_kms_key.main.arn", PRIMARY_ARN);
  await over(PROVIDERS + KEY, async (terraform, account) => {
    await applied(terraform);
    terraform.replaceFiles({ "main.tf": PROVIDERS + alone });
    await applied(terraform);
    expect(account.keys("eu-central-1")).toMatchObject([{ state: "PendingReplicaDeletion" }]);
    expect(account.keys("eu-west-1")).toMatchObject([{ state: "Enabled" }]);
    terraform.replaceFiles({ "main.tf": PROVIDERS });
    await applied(terraform);
    expect(account.keys("eu-central-1")).toMatchObject([{ state: "PendingDeletion" }]);
  });
});

test.skipIf(skip)(
  "a region's alias and resources removed together leave Terraform without the provider it needs",
  async () => {
    const central = PROVIDERS.slice(0, PROVIDERS.indexOf('\nprovider "aws" {\n  alias  = "euw1"'));
    const [primary = ""] = KEY.split("\n\n");
    const { errors } = await applyThenPlan({ "main.tf": PROVIDERS + KEY }, { "main.tf": central + primary });
    expect(errors).toMatchObject([{ summary: "Provider configuration not present" }]);
  },
);

const SECRET = `
resource "aws_secretsmanager_secret" "app" {
  name = "app"

  replica {
    region = "eu-west-1"
  }

  replica {
    region = "us-east-1"
  }
}
`;
const REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"];

/** The secret as its former replica in Ireland. */
function inIreland(settings: string): string {
  return `${PROVIDERS}
data "aws_secretsmanager_secret" "app" {
  name     = "app"
  provider = aws.euw1
}

import {
  to = aws_secretsmanager_secret.app
  id = data.aws_secretsmanager_secret.app.arn
}

resource "aws_secretsmanager_secret" "app" {
  name = "app"
${settings}

  replica {
    region = "us-east-1"
  }

  provider = aws.euw1
}
`;
}

const FORGOTTEN = `${PROVIDERS}
removed {
  from = aws_secretsmanager_secret.app

  lifecycle {
    destroy = false
  }
}
`;

describe.skipIf(skip)("a secret whose replicas stop replicating", () => {
  /** Applies the secret, forgets it, and stops its replicas in the regions. */
  async function stopped(
    work: (terraform: Terraform, account: Account) => Promise<void>,
    regions = REGIONS.slice(1),
  ): Promise<void> {
    await over(PROVIDERS + SECRET, async (terraform, account) => {
      await applied(terraform);
      account.putSecretValue("eu-central-1", "app", { value: "kept", binary: false, writeOnly: false });
      terraform.replaceFiles({ "main.tf": FORGOTTEN });
      await applied(terraform);
      for (const region of regions) account.stopReplicationToReplica(region, "app");
      await work(terraform, account);
    });
  }

  test("is a secret of its own in each region, with the value and the end of the ARN that it had", async () => {
    await stopped(async (_, account) => {
      const all = REGIONS.map((region) => account.secrets(region)[0]!);
      expect(all.map(({ role, value }) => `${role} ${value}`)).toEqual(Array(3).fill("primary kept"));
      expect(new Set(all.map(({ arn }) => arn.slice(-6))).size).toBe(1);
    });
  });

  test("is replicated from another region again, over the secrets that are there", async () => {
    await stopped(async (terraform, account) => {
      terraform.replaceFiles({ "main.tf": inIreland("force_overwrite_replica_secret = true") });
      await applied(terraform);
      const roles = REGIONS.slice(1).map((region) => account.secrets(region).map(({ role, value }) => role + value));
      expect(roles).toEqual([["primarykept"], ["replicakept"]]);
      expect(account.valuesSent).toBe(1);
    });
  });

  test.each([
    ["that may not be overwritten", "", REGIONS.slice(1), "already exists in region us-east-1"],
    [
      "that is still another one's replica",
      "force_overwrite_replica_secret = true",
      ["eu-west-1"],
      "is replicated from",
    ],
    ["from a replica", "force_overwrite_replica_secret = true", [], "not permitted on a replica secret"],
  ])("is not replicated over one %s", async (_, settings, regions, message) => {
    await stopped(async (terraform) => {
      terraform.replaceFiles({ "main.tf": inIreland(settings) });
      succeeded(await terraform.plan());
      const { errors } = await terraform.apply();
      expect(errors).toMatchObject([{ summary: expect.stringContaining(message) }]);
    }, regions);
  });
});

describe.skipIf(skip)("while a region cannot be reached", () => {
  const TWO = `provider "aws" {
  region = "eu-central-1"
}

provider "aws" {
  alias  = "euw1"
  region = "eu-west-1"
}
`;
  const ALONE = 'resource "aws_secretsmanager_secret" "app" {\n  name = "app"\n}\n';
  const ELSEWHERE = TWO.replace('"eu-central-1"\n', '"eu-central-1"\n  sts_region = "eu-west-1"\n');

  /** Applies a secret there, and puts the region out of reach. */
  async function during(work: (terraform: Terraform) => Promise<void>): Promise<void> {
    await over(
      `${TWO}resource "aws_secretsmanager_secret" "app" {\n  name = "app"\n}\n`,
      async (terraform, account) => {
        await applied(terraform);
        account.unreachable.add("eu-central-1");
        await work(terraform);
      },
    );
  }
  const summaries = ({ errors }: Plan) => errors.map(({ summary }) => summary);

  test("its provider cannot say which account it is for", async () => {
    await during(async (terraform) => {
      const message = expect.stringContaining("retrieving AWS account details: sts.eu-central-1");
      expect(summaries(await terraform.plan({ refresh: false }))).toEqual([message]);
    });
  });

  test("with an STS region of its own it can, but what is there cannot be read", async () => {
    await during(async (terraform) => {
      terraform.replaceFiles({ "main.tf": ELSEWHERE + ALONE });
      expect(summaries(await terraform.plan())).toEqual([expect.stringContaining("eu-central-1 cannot be reached")]);
    });
  });

  test("what is there can be forgotten without a refresh", async () => {
    await during(async (terraform) => {
      terraform.replaceFiles({ "main.tf": FORGOTTEN.replace(PROVIDERS, ELSEWHERE) });
      const { changes } = succeeded(await terraform.plan({ refresh: false }));
      expect(changes).toMatchObject([{ address: "aws_secretsmanager_secret.app", action: "forget" }]);
      succeeded(await terraform.apply());
    });
  });
});
