/**
 * Every service of the catalogue gets exactly what AWS's documentation says that it needs, in several regions and
 * partitions. The table here was written from that documentation, in IAM's own JSON, and not from `src/services.ts`.
 */

import { describe, expect, test } from "vitest";
import { services } from "../../src/aws/services.ts";
import { type Account, blocksIn, filesOf, policyOf, type Statement } from "../support/policies.ts";

interface Place extends Account {
  readonly region: string;
}

/** What the policy of a key for a service must hold besides the account's statement, in a region. */
const TABLE: Readonly<Record<keyof typeof services, (place: Place) => readonly Statement[]>> = {
  // AWS's own key aws/secretsmanager: everything through the region's endpoint, data keys through any region's. Without
  // CreateGrant, which Secrets Manager does not use.
  secretsmanager: (place) => [
    through(place, "secretsmanager", ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:DescribeKey"]),
    {
      ...everyone(["kms:GenerateDataKey*"]),
      Condition: {
        StringEquals: { "kms:CallerAccount": [place.account] },
        StringLike: { "kms:ViaService": ["secretsmanager.*.amazonaws.com"] },
      },
    },
  ],
  ssm: (place) => [through(place, "ssm", ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"])],
  s3: (place) => [through(place, "s3", ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"])],
  ebs: (place) => [
    through(place, "ec2", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"]),
    forAwsResource(through(place, "ec2", ["kms:CreateGrant"])),
  ],
  autoscaling: ({ account, partition }) => {
    const role = `arn:${partition}:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
    return [
      allow({ AWS: [role] }, [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:DescribeKey",
      ]),
      forAwsResource(allow({ AWS: [role] }, ["kms:CreateGrant"])),
    ];
  },
  logs: ({ account, partition, dnsSuffix, region }) => [
    {
      ...allow({ Service: [`logs.${region}.${dnsSuffix}`] }, [
        "kms:Encrypt*",
        "kms:Decrypt*",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:Describe*",
      ]),
      Condition: {
        ArnLike: { "kms:EncryptionContext:aws:logs:arn": [`arn:${partition}:logs:${region}:${account}:*`] },
      },
    },
  ],
  sns: (place) => [
    through(place, "sns", ["kms:GenerateDataKey*", "kms:Decrypt", "kms:DescribeKey"]),
    {
      ...allow({ Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"] }, [
        "kms:GenerateDataKey*",
        "kms:Decrypt",
      ]),
      Condition: { StringEquals: { "aws:SourceAccount": [place.account] } },
    },
  ],
  sqs: (place) => [
    through(place, "sqs", ["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"]),
    {
      ...allow({ Service: ["events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"] }, [
        "kms:GenerateDataKey",
        "kms:Decrypt",
      ]),
      Condition: { StringEquals: { "aws:SourceAccount": [place.account] } },
    },
  ],
  // Global tables call from the table's other regions.
  dynamodb: ({ account }) => [
    {
      ...everyone([
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:DescribeKey",
        "kms:CreateGrant",
      ]),
      Condition: {
        StringEquals: { "kms:CallerAccount": [account] },
        StringLike: { "kms:ViaService": ["dynamodb.*.amazonaws.com"] },
      },
    },
  ],
  rds: (place) => [through(place, "rds", ["kms:CreateGrant", "kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey"])],
  backup: (place) => [
    through(place, "backup", ["kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey"]),
    forAwsResource(through(place, "backup", ["kms:CreateGrant"])),
  ],
  cloudtrail: ({ account, partition }) => {
    const trails = [`arn:${partition}:cloudtrail:*:${account}:trail/*`];
    return [
      {
        ...allow({ Service: ["cloudtrail.amazonaws.com"] }, ["kms:GenerateDataKey*"]),
        Condition: { StringLike: { "aws:SourceArn": trails, "kms:EncryptionContext:aws:cloudtrail:arn": trails } },
      },
      {
        ...allow({ Service: ["cloudtrail.amazonaws.com"] }, ["kms:DescribeKey", "kms:Decrypt"]),
        Condition: { StringLike: { "aws:SourceArn": trails } },
      },
    ];
  },
  events: ({ account, partition, region }) => [
    allow({ Service: ["events.amazonaws.com"] }, ["kms:DescribeKey"]),
    {
      ...allow({ Service: ["events.amazonaws.com"] }, ["kms:GenerateDataKey", "kms:Decrypt"]),
      Condition: {
        StringEquals: { "aws:SourceAccount": [account] },
        ArnLike: {
          "kms:EncryptionContext:aws:events:event-bus:arn": [
            `arn:${partition}:events:${region}:${account}:event-bus/*`,
          ],
        },
      },
    },
  ],
  lambda: (place) => [
    through(place, "lambda", ["kms:CreateGrant", "kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"]),
    {
      ...allow({ Service: ["lambda.amazonaws.com"] }, ["kms:GenerateDataKey", "kms:Decrypt"]),
      Condition: {
        StringLike: {
          "kms:EncryptionContext:aws:lambda:FunctionArn": [
            `arn:${place.partition}:lambda:${place.region}:${place.account}:function:*`,
          ],
        },
      },
    },
  ],
  ecr: (place) => [through(place, "ecr", ["kms:CreateGrant", "kms:DescribeKey"])],
  efs: (place) => [
    through(place, "elasticfilesystem", [
      "kms:Decrypt",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:CreateGrant",
      "kms:DescribeKey",
    ]),
  ],
  none: () => [],
};

function allow(principal: Statement["Principal"], actions: readonly string[]): Statement {
  return { Effect: "Allow", Principal: principal, Action: [...actions].sort(), Resource: ["*"] };
}

function everyone(actions: readonly string[]): Statement {
  return allow({ AWS: ["*"] }, actions);
}

/** Everyone in the account, through a service of the region. AWS KMS wants amazonaws.com there in every partition. */
function through({ account, region }: Place, service: string, actions: readonly string[]): Statement {
  const via = `${service}.${region}.amazonaws.com`;
  return {
    ...everyone(actions),
    Condition: { StringEquals: { "kms:CallerAccount": [account], "kms:ViaService": [via] } },
  };
}

function forAwsResource(statement: Statement): Statement {
  return { ...statement, Condition: { ...statement.Condition, Bool: { "kms:GrantIsForAWSResource": ["true"] } } };
}

const WORLD: Account = { account: "111122223333", partition: "aws", dnsSuffix: "amazonaws.com" };
const CHINA: Account = { account: "444455556666", partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
const GOVCLOUD: Account = { account: "777788889999", partition: "aws-us-gov", dnsSuffix: "amazonaws.com" };

/** The regions, with the labels of their resources. */
const PLACES = [
  {
    name: "three regions",
    account: WORLD,
    regions: { "eu-central-1": "main", "eu-west-1": "euw1", "us-east-1": "use1" },
  },
  { name: "China", account: CHINA, regions: { "cn-north-1": "main", "cn-northwest-1": "cnnw1" } },
  { name: "GovCloud", account: GOVCLOUD, regions: { "us-gov-west-1": "main", "us-gov-east-1": "usge1" } },
];

describe.each(PLACES)("in $name, in every region, the key policy has what AWS documents", ({ account, regions }) => {
  const [primary, ...replicas] = Object.keys(regions);
  const labels = Object.entries(regions);

  test.each(Object.entries(TABLE))("for %s", async (service, wanted) => {
    const spec = { version: 1, regions: { primary, replicas }, keys: { key: { service, policy: {} } } };
    const blocks = await blocksIn(filesOf(spec));
    const found = labels.map(([region, label]) => {
      const type = label === "main" ? "aws_kms_key" : "aws_kms_replica_key";
      const statements = policyOf(blocks, `resource ${type} ${label}_key`, account)?.Statement ?? [];
      return [region, statements.map(({ Sid: _, ...statement }) => statement)];
    });
    const root = `arn:${account.partition}:iam::${account.account}:root`;
    const expected = labels.map(([region]) => [
      region,
      [allow({ AWS: [root] }, ["kms:*"]), ...wanted({ ...account, region })],
    ]);
    expect(Object.fromEntries(found)).toStrictEqual(Object.fromEntries(expected));
  });

  test("for all services at once, each statement under an id of its own", async () => {
    const policy = { services: Object.keys(TABLE) };
    const spec = { version: 1, regions: { primary, replicas }, keys: { key: { service: "none", policy } } };
    const { Statement: found } = policyOf(await blocksIn(filesOf(spec)), "resource aws_kms_key main_key", account)!;
    const wanted = Object.values(TABLE).flatMap((statements) => statements({ ...account, region: primary! }));
    expect(found.slice(1).map(({ Sid: _, ...statement }) => statement)).toStrictEqual(wanted);
    expect(new Set(found.map(({ Sid }) => Sid)).size).toBe(found.length);
    for (const { Sid } of found) expect(Sid).toMatch(/^[0-9A-Za-z]+$/);
  });
});

test("the table knows every service of the catalogue", () => {
  expect(Object.keys(TABLE).sort()).toEqual(Object.keys(services).sort());
});

test("documents differ by region only where a statement names the region", async () => {
  const regional = Object.keys(TABLE).map(async (service) => {
    const spec = {
      version: 1,
      regions: { primary: "eu-central-1", replicas: ["eu-west-1"] },
      keys: { key: { service, policy: {} } },
    };
    const text = filesOf(spec).find(({ path }) => path === "kms.tf")?.text ?? "";
    return [service, text.includes("for_each")] as const;
  });
  const without = (await Promise.all(regional)).filter(([, isRegional]) => !isRegional).map(([service]) => service);
  expect(without.sort()).toEqual(["autoscaling", "cloudtrail", "dynamodb", "none"]);
});

test("no one may make grants but by way of a service, or for AWS's own resources", async () => {
  const policy = { services: Object.keys(TABLE) };
  const spec = { version: 1, regions: { primary: "eu-central-1" }, keys: { key: { service: "none", policy } } };
  const account = { account: "111122223333", partition: "aws", dnsSuffix: "amazonaws.com" };
  const { Statement: found } = policyOf(await blocksIn(filesOf(spec)), "resource aws_kms_key main_key", account)!;
  const granting = found
    .slice(1)
    .filter(({ Action }) => Action.some((action) => /^kms:(CreateGrant|\*)$/.test(action)));
  expect(granting.length).toBeGreaterThan(5);
  for (const { Sid, Condition } of granting) {
    expect(JSON.stringify(Condition), Sid).toMatch(/"kms:(ViaService|GrantIsForAWSResource)":\["(?!\*)/);
  }
});

test("a policy without services lets no one use the key whom IAM does not", async () => {
  const spec = { version: 1, regions: { primary: "eu-central-1" }, keys: { key: { policy: { services: [] } } } };
  const account = { account: "111122223333", partition: "aws", dnsSuffix: "amazonaws.com" };
  const { Statement: found } = policyOf(await blocksIn(filesOf(spec)), "resource aws_kms_key main_key", account)!;
  expect(found.map(({ Sid }) => Sid)).toEqual(["Account"]);
});
