/**
 * A server that answers as KMS, Secrets Manager and STS do for the specs of the benchmarks, and throttles by AWS's documented quotas:
 * `node aws-server.mjs REGIONS SECRETS SHARE` prints its port, and a JSON line of what it has counted when its standard input ends.
 *
 * Quotas a second and region: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html and
 * https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */

import { createServer } from "node:http";

/** The share of each quota that is left for us: others call AWS too. */
const [regions, secrets, share] = [process.argv[2].split(","), Number(process.argv[3]), Number(process.argv[4])];
const ACCOUNT = "123456789012";
const KEY = "mrk-00000000000000000000000000000001";
const [home, ...replicas] = regions;

const QUOTAS = {
  ListSecrets: 100,
  DescribeSecret: 40_000,
  GetSecretValue: 10_000,
  GetResourcePolicy: 50,
  DescribeKey: 2_000,
  GetKeyPolicy: 1_000,
  GetKeyRotationStatus: 1_000,
  ListResourceTags: 2_000,
  GetCallerIdentity: 600,
};

const nameOf = (index) => `app/secret-${String(index).padStart(5, "0")}`;
const arnOf = (name, region) => `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-AbCdEf`;
const keyArn = (region) => `arn:aws:kms:${region}:${ACCOUNT}:key/${KEY}`;
const place = (region) => ({ Arn: keyArn(region), Region: region });

const secretIn = (name, region) => ({
  ARN: arnOf(name, region),
  Name: name,
  KmsKeyId: KEY,
  PrimaryRegion: home,
  Tags: [],
});
const stages = { v1: ["AWSCURRENT"] };

const ANSWERS = {
  ListSecrets(region, { NextToken = "0" }) {
    const from = Number(NextToken);
    const to = Math.min(from + 100, secrets);
    const SecretList = Array.from({ length: to - from }, (_, index) => ({
      ...secretIn(nameOf(from + index), region),
      SecretVersionsToStages: stages,
    }));
    return { SecretList, ...(to < secrets ? { NextToken: String(to) } : {}) };
  },
  DescribeSecret: (region, { SecretId }) => ({
    ...secretIn(SecretId, region),
    VersionIdsToStages: stages,
    ReplicationStatus: replicas.map((Region) => ({ Region, KmsKeyId: KEY, Status: "InSync", StatusMessage: "" })),
  }),
  GetSecretValue: (region, { SecretId }) => ({ ARN: arnOf(SecretId, region), Name: SecretId, SecretString: "value" }),
  GetResourcePolicy: (region, { SecretId }) => ({ ARN: arnOf(SecretId, region), Name: SecretId }),
  DescribeKey: (region) => ({
    KeyMetadata: {
      KeyId: KEY,
      Arn: keyArn(region),
      Enabled: true,
      KeyState: "Enabled",
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyUsage: "ENCRYPT_DECRYPT",
      Origin: "AWS_KMS",
      MultiRegion: true,
      Description:
        region === home
          ? "Multi-region key for Secrets Manager"
          : `Multi-region replica key for Secrets Manager in ${region}`,
      MultiRegionConfiguration: {
        MultiRegionKeyType: region === home ? "PRIMARY" : "REPLICA",
        PrimaryKey: place(home),
        ReplicaKeys: replicas.map(place),
      },
    },
  }),
  GetKeyRotationStatus: () => ({ KeyRotationEnabled: true, RotationPeriodInDays: 365 }),
  GetKeyPolicy: () => ({
    Policy: JSON.stringify({
      Statement: [
        { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "kms:*", Resource: "*" },
      ],
    }),
  }),
  ListResourceTags: () => ({ Tags: [], Truncated: false }),
};

/** By operation: calls, those that were throttled, and the most in one second and region. */
const counts = {};
const buckets = new Map();

function isThrottled(operation, region) {
  const rate = QUOTAS[operation] * share;
  const now = performance.now();
  const bucket = buckets.get(`${operation} ${region}`) ?? { tokens: rate, at: now };
  const tokens = Math.min(rate, bucket.tokens + ((now - bucket.at) / 1000) * rate);
  buckets.set(`${operation} ${region}`, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
  return tokens < 1;
}

const server = createServer((incoming, outgoing) => {
  let body = "";
  incoming.setEncoding("utf8").on("data", (text) => {
    body += text;
  });
  incoming.on("end", () => {
    const [, region] = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(incoming.headers.authorization ?? "") ?? [];
    const operation = incoming.headers["x-amz-target"]?.split(".")[1] ?? "GetCallerIdentity";
    counts[operation] ??= { calls: 0, throttled: 0 };
    const json = { "content-type": "application/x-amz-json-1.1" };
    if (isThrottled(operation, region)) {
      counts[operation].throttled++;
      const type = "ThrottlingException";
      outgoing.writeHead(400, { ...json, "x-amzn-errortype": type });
      outgoing.end(JSON.stringify({ __type: type, message: "Rate exceeded" }));
      return;
    }
    counts[operation].calls++;
    if (operation === "GetCallerIdentity") {
      const identity = `<Account>${ACCOUNT}</Account><Arn>arn:aws:sts::${ACCOUNT}:assumed-role/a/b</Arn><UserId>A</UserId>`;
      const result = `<GetCallerIdentityResult>${identity}</GetCallerIdentityResult>`;
      outgoing.writeHead(200, { "content-type": "text/xml" });
      outgoing.end(
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</GetCallerIdentityResponse>`,
      );
      return;
    }
    outgoing.writeHead(200, json);
    outgoing.end(JSON.stringify(ANSWERS[operation](region, JSON.parse(body || "{}"))));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => {
  console.log(JSON.stringify(counts));
  process.exit();
});
process.stdin.resume();
