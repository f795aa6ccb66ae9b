// From a spec to what is in AWS afterwards: the files that the command writes are applied by the real terraform and the
// real AWS provider to Moto. A secret's value is the proof that a region can decrypt. `moto_multi_region.py` adds what Moto does
// not keep (a replica key's own policy, which region is the primary one); promotion-moto.test.ts needs it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { speakTo } from "./support/aws-sdk.ts";
import { run } from "./support/cli.ts";
import { type Moto, missingForMoto, startMoto, terraform } from "./support/moto.ts";

const missing = missingForMoto();
if (missing.length > 0) process.stderr.write(`end-to-end.test.ts is skipped: ${missing.join(", ")}\n`);

interface Scenario {
  readonly title: string;
  readonly spec: string;
  /** The primary region first. */
  readonly regions: readonly [string, ...string[]];
  /** A key's identifier to what its alias has after the region. */
  readonly keys: Readonly<Record<string, string>>;
  readonly secrets: readonly {
    readonly name: string;
    readonly key: string;
    readonly variable: string;
    readonly value: string;
  }[];
}

const scenarios: readonly Scenario[] = [
  {
    title: "the post's key and secret in two regions",
    spec: `
version: 1
regions:
  primary: eu-central-1
  replicas:
    - { region: eu-west-1, provider_alias: replica }
terraform:
  aws_provider: "~> 5.88"
keys:
  sm: {}
secrets:
  example: name-of-secret-string
`,
    regions: ["eu-central-1", "eu-west-1"],
    keys: { sm: "secrets-manager" },
    secrets: [
      { name: "name-of-secret-string", key: "sm", variable: "example_secret_string", value: "actual-secret-string" },
    ],
  },
  {
    title: "two keys and two secrets in three regions",
    spec: `
version: 1
regions:
  primary: eu-central-1
  replicas: [eu-west-1, us-east-1]
terraform:
  aws_provider: "~> 5.88"
keys:
  sm: {}
  s3: { service: s3, alias: storage }
secrets:
  example: name-of-secret-string
  bucket: { name: app/bucket-password, key: s3 }
`,
    regions: ["eu-central-1", "eu-west-1", "us-east-1"],
    keys: { sm: "secrets-manager", s3: "storage" },
    secrets: [
      { name: "name-of-secret-string", key: "sm", variable: "example_secret_string", value: "actual-secret-string" },
      {
        name: "app/bucket-password",
        key: "s3",
        variable: "bucket_secret_string",
        value: `with "quotes" and $\{dollars}`,
      },
    ],
  },
];

interface KeyMetadata {
  readonly KeyId: string;
  readonly Arn: string;
  readonly MultiRegion: boolean;
}

// The provider is a large program that terraform starts once per region and command.
const minutes = 60_000;

describe.skipIf(missing.length > 0).each(scenarios.map((scenario) => [scenario.title, scenario] as const))(
  "after applying %s",
  (_, { spec, regions, keys, secrets }) => {
    let folder: string;
    let output: string;
    let moto: Moto;
    let validation: unknown;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "end-to-end-"));
      output = join(folder, "infrastructure");
      await generate();
      moto = await startMoto();
      await terraform(output, moto.url, ["init", "-input=false", "-no-color"]);
      validation = JSON.parse(await terraform(output, moto.url, ["validate", "-json"]));
      const values = secrets.flatMap(({ variable, value }) => ["-var", `${variable}=${value}`]);
      await terraform(output, moto.url, ["apply", "-auto-approve", "-input=false", "-no-color", ...values]);
    }, 10 * minutes);

    afterAll(async () => {
      // There is no Moto to stop when what comes before it failed.
      await moto?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    async function generate(): Promise<void> {
      const specFile = join(folder, "spec.yaml");
      writeFileSync(specFile, spec);
      const { code, stderr } = await run([specFile, "--out", output], { cwd: folder });
      expect(code, stderr).toBe(0);
    }

    /** The key behind the alias that a region has for it. */
    async function keyIn(region: string, key: string): Promise<KeyMetadata> {
      const KeyId = `alias/${region}-${keys[key]}`;
      return (await moto.call<{ KeyMetadata: KeyMetadata }>(region, "TrentService.DescribeKey", { KeyId })).KeyMetadata;
    }

    const replicaRegions = regions.slice(1);
    const sentTo = (target: string) =>
      moto.sent.map((request, at) => ({ ...request, at })).filter((request) => request.target === target);

    test("the provider finds nothing to warn about in the files", () => {
      expect(validation).toMatchObject({ valid: true, error_count: 0, warning_count: 0, diagnostics: [] });
    });

    test.each(Object.keys(keys))("the key %s has one mrk- id in every region, each with its own alias", async (key) => {
      const primary = await keyIn(regions[0], key);
      expect(primary.KeyId).toMatch(/^mrk-/);
      for (const region of regions) {
        const { KeyId, MultiRegion, Arn } = await keyIn(region, key);
        expect({ KeyId, MultiRegion }).toEqual({ KeyId: primary.KeyId, MultiRegion: true });
        expect(Arn).toContain(`:${region}:`);
      }
    });

    test.each(secrets)("the secret $name is listed in every region under the id of its key", async ({ name, key }) => {
      const { KeyId } = await keyIn(regions[0], key);
      for (const region of regions) {
        const { SecretList } = await moto.call<{ SecretList: object[] }>(region, "secretsmanager.ListSecrets");
        expect(SecretList).toHaveLength(secrets.length);
        expect(SecretList).toContainEqual(expect.objectContaining({ Name: name, KmsKeyId: KeyId }));
      }
    });

    test.each(secrets)("the value of the secret $name can be read in every region", async ({ name, value }) => {
      for (const region of regions) {
        const answer = await moto.call(region, "secretsmanager.GetSecretValue", { SecretId: name });
        expect(answer).toMatchObject({ ARN: expect.stringContaining(`:${region}:`), SecretString: value });
      }
    });

    test("verify says so without aws and jq, values included, and sees what is changed then", async () => {
      speakTo(moto.url);
      const verify = () => run(["verify", "spec.yaml", "--values"], { cwd: folder });
      const { code, stdout, stderr } = await verify();
      expect(stdout).not.toMatch(/[✗?]/);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "AWS is as the spec says.\n" });
      for (const { value } of secrets) expect(stdout + stderr).not.toContain(value);

      const [home, away] = regions as readonly [string, string];
      const { KeyId } = await keyIn(away, "sm");
      await moto.call(away, "TrentService.DisableKey", { KeyId });
      expect(await verify()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`the key sm in ${away}: its state is Disabled`),
      });
      await moto.call(away, "TrentService.EnableKey", { KeyId });
      await moto.call(home, "secretsmanager.TagResource", {
        SecretId: secrets[0]!.name,
        Tags: [{ Key: "by", Value: "hand" }],
      });
      expect(await verify()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("the tag by is not in the spec"),
      });
    });

    // Moto lists a replica under the primary's key whatever was asked for, so what was asked for is looked at, too.
    test.each(secrets)(
      "each replica of the secret $name was asked for under its region's replica of the key",
      async ({ name, key }) => {
        const created = sentTo("secretsmanager.CreateSecret").filter(({ body }) => JSON.parse(body).Name === name);
        expect(created.map(({ region }) => region)).toEqual([regions[0]]);
        const { KmsKeyId, AddReplicaRegions } = JSON.parse(created[0]?.body ?? "");
        const idOrArn = async (region: string) => {
          const { KeyId, Arn } = await keyIn(region, key);
          return expect.toBeOneOf([KeyId, Arn]);
        };
        expect(KmsKeyId).toEqual(await idOrArn(regions[0]));
        const wanted = replicaRegions.map(async (Region) => ({ Region, KmsKeyId: await idOrArn(Region) }));
        expect(AddReplicaRegions).toHaveLength(replicaRegions.length);
        expect(AddReplicaRegions).toEqual(expect.arrayContaining(await Promise.all(wanted)));
      },
    );

    test.each(secrets)("the secret $name was created after all replicas of its key", async ({ name, key }) => {
      const { KeyId } = await keyIn(regions[0], key);
      const created = sentTo("secretsmanager.CreateSecret").find(({ body }) => JSON.parse(body).Name === name);
      const replicated = sentTo("TrentService.ReplicateKey").filter(({ body }) => body.includes(KeyId));
      expect(replicated.map(({ body }) => JSON.parse(body).ReplicaRegion).sort()).toEqual([...replicaRegions].sort());
      for (const { at } of replicated) expect(at).toBeLessThan(created?.at ?? 0);
    });

    test.each(secrets)("the value of the secret $name is in no file, the state included", ({ value }) => {
      const escaped = JSON.stringify(value).slice(1, -1);
      const files = readdirSync(output, { withFileTypes: true }).filter((entry) => entry.isFile());
      expect(files.map(({ name }) => name)).toContain("terraform.tfstate");
      for (const { name } of files) expect(readFileSync(join(output, name), "utf8")).not.toContain(escaped);
    });
  },
);
