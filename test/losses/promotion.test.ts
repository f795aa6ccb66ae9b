/** What the losses engine says of each step of a promotion, and of steps out of order. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";

const ID = "mrk-00000000000000000000000000000001";
const SECRETS = "secrets: { example: app/example, own: { value: external } }\n";

function spec(regions: string, rest = SECRETS): string {
  return `version: 1\nregions: { ${regions} }\n${rest}`;
}

const BEFORE = spec("primary: eu-central-1, replicas: [eu-west-1, us-east-1]");
const MOVED = "home: eu-central-1, secrets: eu-central-1, primary: eu-west-1, replicas: [eu-central-1, us-east-1]";
const PENDING = spec(`${MOVED}, promoted_from: { region: eu-central-1, key_ids: { sm: ${ID} } }`);
const PROMOTED = spec(MOVED);
const secretsIn = (secrets: string) =>
  spec(`primary: eu-central-1, secrets: ${secrets}, replicas: [eu-west-1, us-east-1]`);
const [DETACHED, ATTACHED, CLEAN] = ["detach", "attach", "clean"].map((step) =>
  secretsIn(`{ region: eu-west-1, step: ${step} }`),
) as [string, string, string];

interface Report {
  readonly exitCode: number;
  readonly diagnostics: readonly {
    readonly code: string;
    readonly severity: string;
    readonly address?: string;
    readonly hint?: string;
  }[];
}

/** Generates the specs one after the other into one folder; the report of the last one. */
async function lastOf(...specs: readonly string[]): Promise<Report> {
  const cwd = folderWith();
  let report: Report | undefined;
  for (const [index, text] of specs.entries()) {
    writeFileSync(join(cwd, "spec.yaml"), text);
    const { stdout } = await run(["spec.yaml", "--json"], { cwd });
    report = JSON.parse(stdout) as Report;
    if (index < specs.length - 1) expect(report.exitCode, stdout).toBe(0);
  }
  return report!;
}

function refused({ diagnostics }: Report): string[] {
  return diagnostics.filter(({ severity }) => severity === "refused").map(({ address }) => address!);
}

describe("nothing is lost, and nothing is said to be,", () => {
  test.each([
    ["when the primary keys move", [BEFORE, PENDING]],
    [
      "when they move where resources say their region",
      [BEFORE, PENDING].map((one) => `${one}provider: { placement: region }\n`),
    ],
    ["when those of a module move", [BEFORE, PENDING].map((one) => `${one}terraform: { module: true }\n`)],
    [
      "when keys with imported material and grants move",
      [BEFORE, PENDING].map(
        (one) => `${one}keys:
  sm: { material: imported, grants: { app: { to: "arn:aws:iam::123456789012:role/app", operations: [Decrypt] } } }\n`,
      ),
    ],
    ["when secrets are detached", [BEFORE, DETACHED]],
    ["when they are attached in another region", [BEFORE, DETACHED, ATTACHED]],
    ["when what attached them goes", [BEFORE, DETACHED, ATTACHED, CLEAN]],
  ])("%s", async (_, specs) => {
    const { exitCode, diagnostics } = await lastOf(...specs);
    expect(diagnostics.filter(({ code }) => !/^(imports-in-root|values-not-sent)$/.test(code))).toEqual([]);
    expect(exitCode).toBe(0);
  });
});

describe("what is out of order is refused:", () => {
  test("a primary that moves by an edit", async () => {
    const report = await lastOf(BEFORE, PROMOTED);
    expect(report.exitCode).toBe(4);
    expect(refused(report)).toEqual(expect.arrayContaining(["aws_kms_key.main_sm", "aws_kms_replica_key.euw1_sm"]));
    for (const { address, hint, severity } of report.diagnostics) {
      if (severity === "refused" && address?.startsWith("aws_kms_"))
        expect(hint, address).toContain("mrk-scaffold promote SPEC --to eu-west-1");
    }
  });

  test("the blocks of a promotion that go before it has been applied", async () => {
    const report = await lastOf(BEFORE, PENDING, PROMOTED);
    expect(report.exitCode).toBe(4);
    expect(refused(report)).toEqual(["aws_kms_replica_key.euw1_sm", "aws_kms_key.main_sm"]);
    expect(report.diagnostics[0]).toMatchObject({
      code: "guard-would-be-dropped",
      hint: expect.stringContaining("--continue"),
    });
  });

  test.each([
    ["secrets that are attached without having been detached", ATTACHED],
    ["secrets whose region is another one by an edit", secretsIn("eu-west-1")],
  ])("%s", async (_, wrong) => {
    const report = await lastOf(BEFORE, wrong);
    expect(report.exitCode).toBe(4);
    expect(refused(report)).toEqual(
      expect.arrayContaining(["aws_secretsmanager_secret.example", "aws_secretsmanager_secret.own"]),
    );
    const ofSecret = report.diagnostics.find(({ address }) => address === "aws_secretsmanager_secret.own");
    expect(ofSecret?.hint).toContain("apply secrets: { region: eu-west-1, step: detach } under regions first");
  });

  test("values that are sent again once the secrets have moved", async () => {
    const report = await lastOf(BEFORE, DETACHED, ATTACHED, CLEAN, secretsIn("eu-west-1"));
    expect(refused(report)).toEqual(["aws_secretsmanager_secret_version.example"]);
  });

  test("the copies of secrets in a region that is out of reach, as long as their primary has not left it", async () => {
    const regions = "home: eu-central-1, secrets: eu-west-1, primary: eu-west-1, replicas: [eu-central-1, us-east-1]";
    const unreachable = await lastOf(spec(regions), spec(`${regions}, unreachable: [eu-central-1]`));
    expect(unreachable).toMatchObject({ exitCode: 0, diagnostics: [] });
  });
});
