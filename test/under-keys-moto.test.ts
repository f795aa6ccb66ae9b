/**
 * What is under keys besides secrets, applied by the real AWS provider against Moto in three regions: each region has its own key, a
 * second plan is empty, and what is said of changes is what becomes of them.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { run } from "./support/cli.ts";
import { type Moto, missingForMoto, startMoto, terraform } from "./support/moto.ts";

const missing = missingForMoto();
if (missing.length > 0) process.stderr.write(`under-keys-moto.test.ts is skipped: ${missing.join(", ")}\n`);

const minutes = 60_000;
const REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"];

const START = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1, us-east-1] }
terraform: { aws_provider: "~> 5.100" }
`;

/** A role that reads a secret in every region, and uses a key. */
const CONSUMER = `secrets:
  db: { name: app/db, key: data, value: external }
consumers:
  app: { reads: [db], parameters: [url], uses: [data] }
outputs: true
`;

const FIRST = `${START}${CONSUMER}keys:
  logs: { service: logs }
  other: { service: none }
  data: { service: s3, default_for_ebs: true, policy: {} }
log_groups:
  app: { name: "/app/{region}", key: logs, retention_days: 90, tags: { Team: platform } }
  audit: { name: audit, key: logs, class: INFREQUENT_ACCESS, skip_destroy: true }
buckets:
  backups: { name: "acme-{region}", key: data }
parameters:
  url: { name: /app/url, key: data, description: The database, value: { variable: given } }
  flag: { name: "flag-{region}", key: other, tier: intelligent_tiering, value: { literal: "on", allow_plaintext: true } }
  settings: { name: /app/settings, key: other, value: { json: { url: { variable: given }, retries: 3 } } }
`;

const SECOND = `${START}${CONSUMER}keys:
  logs: { service: logs }
  other: { service: none }
  data: { service: s3, default_for_ebs: true, policy: {}, by_region: { us-east-1: { default_for_ebs: false } } }
log_groups:
  web: { name: "/app/{region}", key: other, retention_days: 30, renamed_from: app }
buckets:
  backups: { name: "acme-{region}", key: data, bucket_key: false, regions: [eu-central-1, eu-west-1] }
parameters:
  url: { name: /app/url, key: other, value: { variable: given, version: 2 }, tags: { Team: platform } }
  banner: { name: "flag-{region}", key: other, value: { literal: "off", allow_plaintext: true }, renamed_from: flag }
  settings: { name: /app/settings, key: other, value: { json: { url: { variable: given }, retries: 4 } }, tags: { a: b } }
`;

const SETTINGS = '{"retries":3,"url":"https://db.example.com"}';

interface LogGroups {
  readonly logGroups: readonly {
    readonly logGroupName: string;
    readonly kmsKeyId?: string;
    readonly retentionInDays?: number;
    readonly logGroupClass: string;
  }[];
}

interface Parameters {
  readonly Parameters: readonly {
    readonly Name: string;
    readonly KeyId?: string;
    readonly Tier: string;
    readonly Description?: string;
    readonly Value?: string;
  }[];
}

describe.skipIf(missing.length > 0)("the real provider applies what is under keys", () => {
  let folder: string;
  let moto: Moto;

  const call = (...args: readonly string[]) => terraform(folder, moto.url, args);
  const generate = async (spec: string, ...args: readonly string[]) => {
    writeFileSync(join(folder, "spec.yaml"), spec);
    const { code, stderr } = await run(["spec.yaml", ...args], { cwd: folder });
    expect(code, stderr).toBe(0);
    return stderr;
  };
  /** The keys of a region, by the end of their aliases. */
  const keysIn = async (region: string) => {
    const { Aliases } = await moto.call<{
      readonly Aliases: readonly { readonly AliasName: string; readonly TargetKeyId?: string }[];
    }>(region, "TrentService.ListAliases");
    const ids = Aliases.map(({ AliasName, TargetKeyId }): [string, string] => [
      // Moto has the aliases of all copies of a key in each region.
      AliasName.replace(/^alias\/[a-z]+-[a-z]+-\d-/, ""),
      `arn:aws:kms:${region}:123456789012:key/${TargetKeyId}`,
    ]);
    return Object.fromEntries(ids);
  };
  const ask = async (region: string, service: string, path: string, init: RequestInit = {}) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20250101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const answer = await fetch(`${moto.url}${path}`, { ...init, headers: { ...init.headers, authorization } });
    expect(answer.ok, path).toBe(true);
    return answer.text();
  };
  const ebs = (region: string, action: string) =>
    ask(region, "ec2", "/", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `Action=${action}&Version=2016-11-15`,
    });
  /** What each region has. */
  const seen = async (region: string) => {
    const { logGroups } = await moto.call<LogGroups>(region, "Logs_20140328.DescribeLogGroups");
    const keys = await keysIn(region);
    const nameOf = (arn: string | undefined) => Object.keys(keys).find((name) => keys[name] === arn) ?? "none of ours";
    const { Parameters } = await moto.call<Parameters>(region, "AmazonSSM.DescribeParameters");
    const { Parameters: values } = await moto.call<Parameters>(region, "AmazonSSM.GetParameters", {
      Names: Parameters.map(({ Name }) => Name),
      WithDecryption: true,
    });
    const encryption = await ask(region, "s3", `/acme-${region}?encryption`).catch(() => "");
    return {
      logGroups: logGroups.map(({ logGroupName, kmsKeyId, retentionInDays, logGroupClass }) =>
        [logGroupName, nameOf(kmsKeyId), retentionInDays, logGroupClass].join(" "),
      ),
      parameters: Parameters.map(({ Name, KeyId, Tier, Description }) => {
        const value = values.find((one) => one.Name === Name)?.Value;
        return [Name, nameOf(KeyId), Tier, Description, value].filter(Boolean).join(" ");
      }).sort(),
      bucket: [
        nameOf(/<KMSMasterKeyID>(.*?)</.exec(encryption)?.[1]),
        /<BucketKeyEnabled>(.*?)</.exec(encryption)?.[1],
      ].join(" "),
      volumes: [
        nameOf(/<kmsKeyId>(.*?)</.exec(await ebs(region, "GetEbsDefaultKmsKeyId"))?.[1]),
        /<ebsEncryptionByDefault>(.*?)</.exec(await ebs(region, "GetEbsEncryptionByDefault"))?.[1],
      ].join(" "),
    };
  };

  beforeAll(async () => {
    vi.stubEnv("TF_VAR_given", "https://db.example.com");
    moto = await startMoto();
    folder = mkdtempSync(join(tmpdir(), "under-keys-moto-"));
    for (const region of REGIONS) {
      const place =
        region === "us-east-1"
          ? ""
          : `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
      await ask(region, "s3", `/acme-${region}`, { method: "PUT", body: place });
    }
  }, minutes);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    "in three regions, and then has nothing to do",
    async () => {
      await generate(FIRST);
      await call("init", "-input=false", "-no-color");
      expect(await call("apply", "-input=false", "-no-color", "-auto-approve")).toContain("0 changed, 0 destroyed");
      expect(await call("plan", "-input=false", "-no-color")).toContain("No changes.");
      for (const region of REGIONS) {
        expect(await seen(region)).toEqual({
          logGroups: [`/app/${region} logs 90 STANDARD`, "audit logs  INFREQUENT_ACCESS"],
          parameters: [
            `/app/settings other Standard ${SETTINGS}`,
            "/app/url s3 Standard The database https://db.example.com",
            `flag-${region} other Intelligent-Tiering on`,
          ],
          bucket: "s3 true",
          volumes: "s3 true",
        });
      }
    },
    4 * minutes,
  );

  test("and a consumer's policy names the secret and the key of every region", async () => {
    const outputs = JSON.parse(await call("output", "-json", "-no-color"));
    const { Statement } = JSON.parse(outputs.consumer_policies.value.app);
    const read = Statement.find(({ Sid }: { Sid: string }) => Sid === "ReadSecrets");
    const { ARN } = await moto.call<{ readonly ARN: string }>(REGIONS[0]!, "secretsmanager.DescribeSecret", {
      SecretId: "app/db",
    });
    expect([read.Resource].flat().sort()).toEqual(REGIONS.map((region) => ARN.replace(REGIONS[0]!, region)).sort());
    const parameters = Statement.find(({ Sid }: { Sid: string }) => Sid === "ReadParameters");
    const arnOf = (region: string) => `arn:aws:ssm:${region}:123456789012:parameter/app/url`;
    expect([parameters.Resource].flat().sort()).toEqual(REGIONS.map(arnOf).sort());
    for (const region of REGIONS) {
      const arn = (await keysIn(region)).s3;
      const through = Statement.filter(({ Resource }: { Resource: string }) => Resource === arn).map(
        ({ Condition }: { Condition: { StringEquals: object } }) => Condition.StringEquals,
      );
      expect(through).toEqual([
        { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` },
        { "kms:ViaService": `ssm.${region}.amazonaws.com` },
        { "kms:ViaService": `s3.${region}.amazonaws.com` },
        { "kms:ViaService": `ec2.${region}.amazonaws.com` },
        { "kms:ViaService": `ec2.${region}.amazonaws.com` },
        { "kms:ViaService": `ssm.${region}.amazonaws.com` },
      ]);
    }
  });

  test(
    "and of changes comes what was said",
    async () => {
      const [encryption, defaultKey, byDefault] = [
        "aws_s3_bucket_server_side_encryption_configuration.use1_backups",
        "aws_ebs_default_kms_key.use1",
        "aws_ebs_encryption_by_default.use1",
      ];
      const allowed = [encryption, defaultKey, byDefault].flatMap((address) => ["--allow-destroy", address]);
      const said = await generate(SECOND, ...allowed);
      expect(said).toContain("aws_cloudwatch_log_group.main_audit: the log group stays in AWS as it is");
      expect(said).toContain("aws_ssm_parameter.main_settings: the value of main_settings has another source");
      const applied = await call("apply", "-input=false", "-no-color", "-auto-approve");
      // The three log groups that stay in AWS are destroyed as far as Terraform knows.
      expect(applied).toMatch(/Plan: 0 to add, \d+ to change, 6 to destroy\./);
      expect(applied).not.toContain("must be replaced");
      expect(await call("plan", "-input=false", "-no-color")).toContain("No changes.");
      for (const region of REGIONS) {
        const isLeft = region === "us-east-1";
        expect(await seen(region)).toEqual({
          logGroups: [`/app/${region} other 30 STANDARD`, "audit logs  INFREQUENT_ACCESS"],
          bucket: isLeft ? "none of ours " : "s3 false",
          // What the settings are now is not sent, and was said not to be.
          parameters: [
            `/app/settings other Standard ${SETTINGS}`,
            "/app/url other Standard https://db.example.com",
            `flag-${region} other Intelligent-Tiering off`,
          ],
          volumes: isLeft ? "alias/aws/ebs false" : "s3 true",
        });
      }
    },
    4 * minutes,
  );
});
