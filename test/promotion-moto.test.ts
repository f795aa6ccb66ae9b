/**
 * A promotion with the real AWS provider: what the program writes is planned and applied against Moto, every plan action by action,
 * keys with a policy of their own and secrets with their values.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./support/cli.ts";
import { type Moto, missingForMoto, startMoto, terraform } from "./support/moto.ts";

const missing = missingForMoto();
if (missing.length > 0) process.stderr.write(`promotion-moto.test.ts is skipped: ${missing.join(", ")}\n`);

const minutes = 60_000;
const [FROM, TO, THIRD] = ["eu-central-1", "eu-west-1", "us-east-1"] as const;
const SPEC = `version: 1
regions:
  primary: ${FROM}
  replicas: [${TO}, ${THIRD}]
terraform: { aws_provider: "~> 5.100" }
keys:
  sm: { policy: { decrypters: ["arn:aws:iam::123456789012:role/app-{region}"] } }
secrets:
  example: app/example
  own: { value: external }
outputs: true
`;

interface Planned {
  readonly address: string;
  readonly mode: string;
  readonly change: { readonly actions: readonly string[]; readonly importing?: { readonly id: string } };
}

describe.skipIf(missing.length > 0)("with the real provider", () => {
  let folder: string;
  let moto: Moto;
  let first: string;

  const spec = () => readFileSync(join(folder, "spec.yaml"), "utf8");
  const call = (...args: readonly string[]) => terraform(folder, moto.url, args);
  const VALUE = ["-var", "example_secret_string=the-value"];

  /** Runs the program, with a state on standard input where one is given. */
  async function program(argv: readonly string[], stdin = ""): Promise<void> {
    const { code, stderr } = await run(argv, { cwd: folder, stdin });
    expect(code, stderr).toBe(0);
  }
  const promote = async (...argv: readonly string[]) =>
    program(["promote", "spec.yaml", ...argv, "--state", "-"], await call("show", "-json"));

  /** Plans, asks guard, and applies; what was planned, by address. */
  async function apply(): Promise<Record<string, string>> {
    const variables = readFileSync(join(folder, "secrets.tf"), "utf8").includes("var.example_secret_string")
      ? VALUE
      : [];
    await call("plan", "-input=false", "-out=plan", ...variables);
    const json = await call("show", "-json", "plan");
    await program(["guard", "-", "--spec", "spec.yaml"], json);
    const { resource_changes: changes } = JSON.parse(json) as { readonly resource_changes: readonly Planned[] };
    await call("apply", "-input=false", "-auto-approve", ...variables, "plan");
    return Object.fromEntries(
      changes
        .filter(
          ({ mode, change }) => mode === "managed" && (change.actions[0] !== "no-op" || change.importing !== undefined),
        )
        .map(({ address, change }) => [
          address,
          (change.importing ? ["import", ...change.actions] : change.actions).join(" "),
        ]),
    );
  }

  const secretIn = async (region: string, name: string) => ({
    ...(await moto.call<{ ARN: string; SecretString: string }>(region, "secretsmanager.GetSecretValue", {
      SecretId: name,
    })),
  });
  const values = async () =>
    Promise.all(
      [FROM, TO, THIRD].flatMap((region) =>
        ["app/example", "own"].map(async (name) => {
          const { ARN, SecretString } = await secretIn(region, name);
          return `${ARN} ${SecretString}`;
        }),
      ),
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "promotion-moto-"));
    writeFileSync(join(folder, "spec.yaml"), SPEC);
    await program(["spec.yaml"]);
    first = readFileSync(join(folder, "kms.tf"), "utf8");
    moto = await startMoto();
    await call("init", "-input=false", "-no-color");
    await apply();
    await moto.call(FROM, "secretsmanager.PutSecretValue", { SecretId: "own", SecretString: "someone's" });
  }, 10 * minutes);

  afterAll(async () => {
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(
    "a second plan has nothing to do",
    async () => {
      expect(await apply()).toEqual({});
    },
    3 * minutes,
  );

  test(
    "the keys and then the secrets move, no value is sent, and everything can be planned to rest",
    async () => {
      const before = await values();
      const sent = () => moto.sent.filter(({ target }) => target === "secretsmanager.PutSecretValue").length;
      const sentBefore = sent();
      await promote("--to", TO);
      await expect(call("plan", "-input=false", ...VALUE)).rejects.toThrow("is not a multi-Region");
      const { KeyMetadata } = await moto.call<{ KeyMetadata: { KeyId: string } }>(FROM, "TrentService.DescribeKey", {
        KeyId: `alias/${FROM}-secrets-manager`,
      });
      await moto.call(FROM, "TrentService.UpdatePrimaryRegion", { KeyId: KeyMetadata.KeyId, PrimaryRegion: TO });
      expect(await apply()).toEqual({
        "aws_kms_key.euw1_sm": "import no-op",
        "aws_kms_replica_key.main_sm": "import update",
        "aws_kms_key.main_sm": "forget",
        "aws_kms_replica_key.euw1_sm": "forget",
      });
      expect(await apply()).toEqual({});
      await promote("--continue");
      expect(await apply()).toEqual({});

      await promote("--to", TO, "--secrets-only");
      expect(await apply()).toEqual({
        "aws_secretsmanager_secret.example": "forget",
        "aws_secretsmanager_secret_version.example": "forget",
        "aws_secretsmanager_secret.own": "forget",
      });
      for (const region of [TO, THIRD]) {
        for (const SecretId of ["app/example", "own"]) {
          await moto.call(region, "secretsmanager.StopReplicationToReplica", { SecretId });
        }
      }
      expect(await values()).toEqual(before);
      await promote("--continue");
      expect(await apply()).toEqual({
        "aws_secretsmanager_secret.example": "import update",
        "aws_secretsmanager_secret.own": "import update",
      });
      await promote("--continue");
      expect(await apply()).toEqual({
        "aws_secretsmanager_secret.example": "update",
        "aws_secretsmanager_secret.own": "update",
      });
      expect(await apply()).toEqual({});
      expect(await values()).toEqual(before);
      expect(sent()).toBe(sentBefore);
      expect(spec()).toContain("step: clean");
    },
    10 * minutes,
  );

  test(
    "the keys come back, and their files have the first bytes again",
    async () => {
      await promote("--to", FROM);
      const { KeyMetadata } = await moto.call<{ KeyMetadata: { KeyId: string } }>(TO, "TrentService.DescribeKey", {
        KeyId: `alias/${TO}-secrets-manager`,
      });
      await moto.call(TO, "TrentService.UpdatePrimaryRegion", { KeyId: KeyMetadata.KeyId, PrimaryRegion: FROM });
      expect(Object.values(await apply()).filter((actions) => /delete|create/.test(actions))).toEqual([]);
      await promote("--continue");
      expect(await apply()).toEqual({});
      expect(readFileSync(join(folder, "kms.tf"), "utf8")).toBe(first);
    },
    10 * minutes,
  );
});
