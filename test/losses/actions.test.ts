import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { actionsOf } from "../../src/losses/actions.ts";
import { Comparison } from "../../src/losses/comparison.ts";
import { firstActions } from "../../src/losses/first-actions.ts";
import { withRegions } from "../../src/losses/given.ts";
import { check } from "../../src/pipeline.ts";
import type { Action } from "../../src/report/outlook.ts";
import { load } from "../../src/spec/load.ts";
import { declaredBy } from "../../src/terraform/declared.ts";
import { folderWith, run } from "../support/cli.ts";
import { filesIn, validFixtures } from "../support/fixtures.ts";

function sorted(actions: readonly Action[]): readonly string[] {
  return actions.map(({ verb, type, region, count }) => `${verb} ${count} ${type} in ${region}`).sort();
}

test.each(validFixtures)("$name: a first run tells what the files declare", ({ spec, expected, beside: files }) => {
  const cwd = folderWith({ ...files, "spec.yaml": readFileSync(spec) });
  const checked = check(load(join(cwd, "spec.yaml")));
  const { names } = checked;
  const first = firstActions(names);
  if (first === undefined) {
    expect([names.secretsStep, names.promotedFrom]).not.toEqual([undefined, undefined]);
    return;
  }
  const regions = new Map(
    [names.primary, ...names.replicas, ...names.retired].map((place) => [place.providerAlias ?? "", place.region]),
  );
  const written = Object.entries(filesIn(expected)).map(([path, text]) => ({ path, text }));
  const after = withRegions(declaredBy(written), { isModule: false, regions }, undefined);
  const beside = { declared: undefined, files: [], inModule: () => undefined };
  const isModule = { before: false, after: false };
  const compared = new Comparison(declaredBy([]), after, beside, names, isModule);
  expect(sorted(first)).toEqual(sorted(actionsOf(compared)));
});

const HEAD = "version: 1\n";
const REGIONS = "regions: { primary: eu-central-1, replicas: [eu-west-1] }\n";
const BEFORE = `${HEAD}${REGIONS}keys: { sm: {} }\nsecrets: { app: { name: app }, db: { name: db, value: generated } }\n`;

/** What the summary says of a change, from the line about Terraform on. */
async function told(after: string, options: readonly string[] = [], before = BEFORE): Promise<string> {
  const cwd = folderWith({ "spec.yaml": before });
  await run(["spec.yaml"], { cwd });
  writeFileSync(join(cwd, "spec.yaml"), after);
  const { code, stderr } = await run(["spec.yaml", ...options], { cwd });
  expect(code, stderr).toBe(options.includes("--check") ? 1 : 0);
  return stderr.replace(/^[\s\S]*?(?=^(In|Terraform) )/m, "").trimEnd();
}

describe("after a change the summary tells", () => {
  test.each([
    [
      "a new region",
      BEFORE.replace("[eu-west-1]", "[eu-west-1, us-east-1]"),
      "In us-east-1 Terraform will create 1 replica key and 1 alias; copy 2 secrets there. Nothing is destroyed.",
    ],
    [
      "a new secret",
      BEFORE.replace("secrets: {", "secrets: { new: new,"),
      "Terraform will:\n  in eu-central-1: create 1 secret; send 1 value\n  in eu-west-1: copy 1 secret there\nNothing is destroyed.",
    ],
    [
      "a new name",
      BEFORE.replace("db: {", "database: { renamed_from: db,"),
      "Terraform will move 1 secret and 1 value in eu-central-1 to new addresses. Nothing is destroyed.",
    ],
    [
      "another setting",
      BEFORE.replace("name: app", "name: app, description: x"),
      "Terraform will change 1 secret in eu-central-1 in place. Nothing is destroyed.",
    ],
    [
      "a value that is sent again",
      BEFORE.replace("value: generated", "value: { generated: {}, version: 2 }"),
      "Terraform will send 1 value in eu-central-1. Nothing is destroyed.",
    ],
    [
      "a setting of Terraform alone",
      BEFORE.replace("name: app", "name: app, protect: true"),
      "Terraform has nothing to do: no resource changes.",
    ],
    [
      "a region that is retired",
      BEFORE.replace("replicas: [eu-west-1]", "retired: [eu-west-1]"),
      "Terraform will destroy 1 replica key and 1 alias in eu-west-1.",
    ],
  ])("%s", async (_, after, expected) => {
    expect(await told(after)).toBe(expected);
  });

  const WITH_PARAMETER = `${BEFORE}parameters: { url: { name: /app/url, tier: advanced } }\n`;
  const POLICY = '{ policy: { users: ["arn:aws:iam::123456789012:role/app"] } }';
  test.each([
    ["a key policy that is taken out", BEFORE.replace("sm: {}", `sm: ${POLICY}`), BEFORE],
    ["a tier that is taken out", WITH_PARAMETER, WITH_PARAMETER.replace(", tier: advanced", "")],
    ["a tier that is up to AWS", WITH_PARAMETER, WITH_PARAMETER.replace("advanced", "intelligent_tiering")],
  ])("%s changes nothing", async (_, before, after) => {
    expect(after).not.toBe(before);
    expect(await told(after, [], before)).toBe("Terraform has nothing to do: no resource changes.");
  });

  test("the same with --check", async () => {
    const after = BEFORE.replace("name: app", "name: app, description: x");
    expect(await told(after, ["--check"])).toBe(
      "Terraform will change 1 secret in eu-central-1 in place. Nothing is destroyed.\nRun mrk-scaffold without --check to write the files.",
    );
  });
});

test("a run that writes nothing tells nothing, nor does one that writes a lost file again", async () => {
  const cwd = folderWith({ "spec.yaml": BEFORE });
  await run(["spec.yaml"], { cwd });
  expect((await run(["spec.yaml"], { cwd })).stderr).toBe("4 files up to date\n");
  rmSync(join(cwd, "kms.tf"));
  expect((await run(["spec.yaml"], { cwd })).stderr).toBe("created kms.tf\n3 files up to date\n");
});

describe("what is allowed covers its parts", () => {
  const spec = `${HEAD}${REGIONS}keys: { sm: {}, old: { service: s3, grants: { app: { to: "arn:aws:iam::123456789012:role/app", operations: [Decrypt] } } } }
secrets: { app: { name: app, key: sm, value: external, rotation: { every_days: 30 }, policy: { readers: ["arn:aws:iam::123456789012:role/app"] } } }\n`;

  async function without(part: "key" | "secret", allowed: string): Promise<{ code: number; stderr: string }> {
    const cwd = folderWith({ "spec.yaml": spec });
    await run(["spec.yaml"], { cwd });
    const after = part === "key" ? spec.replace(/, old: .*? \} \} \}(?= \})/, "") : spec.replace(/^secrets.*\n/m, "");
    expect(after).not.toBe(spec);
    writeFileSync(join(cwd, "spec.yaml"), after);
    return run(["spec.yaml", "--allow-destroy", allowed], { cwd });
  }

  test("a key its replicas, aliases and grants", async () => {
    expect(await without("key", "aws_kms_key.main_old")).toMatchObject({ code: 0 });
  });

  test("a secret its rotation and its policy", async () => {
    expect(await without("secret", "aws_secretsmanager_secret.app")).toMatchObject({ code: 0 });
  });

  test("a replica key its alias and its grant, and nothing of the others", async () => {
    const { code, stderr } = await without("key", "aws_kms_replica_key.euw1_old");
    expect(code).toBe(4);
    expect(stderr).not.toContain("euw1_old");
    expect(stderr).toContain("If this is what you want: --allow-destroy 'aws_kms_key.main_old'");
  });

  test("what is not lost covers nothing", async () => {
    expect(await without("key", "aws_kms_key.main_sm")).toMatchObject({ code: 4 });
  });
});

describe("--summary", () => {
  test("adds what was done to a file, run after run", async () => {
    const cwd = folderWith({ "spec.yaml": BEFORE });
    mkdirSync(join(cwd, "out"));
    await run(["spec.yaml", "--out", "out", "--summary", "summary.md"], { cwd });
    await run(["spec.yaml", "--out", "out", "--summary", "summary.md", "--check"], { cwd });
    writeFileSync(join(cwd, "spec.yaml"), `${BEFORE}secrets: |\n`);
    await run(["spec.yaml", "--out", "out", "--summary", "summary.md"], { cwd });
    const text = readFileSync(join(cwd, "summary.md"), "utf8");
    expect(text.match(/^###.*$/gm)).toEqual([
      "### mrk-scaffold `spec.yaml`: Written",
      "### mrk-scaffold `spec.yaml`: Up to date",
      "### mrk-scaffold `spec.yaml`: The spec is wrong",
    ]);
    expect(text).toContain("| `out/kms.tf` | does not exist |\n");
    expect(text).toContain("* in eu-west-1: create 1 replica key and 1 alias; copy 2 secrets there\n");
    expect(text).toMatch(/```text\nspec\.yaml:5:1: error: .*\n[\s\S]*```\n/);
  });

  test("that cannot be written is an error after the files were written", async () => {
    const cwd = folderWith({ "spec.yaml": BEFORE });
    const { code, stderr } = await run(["spec.yaml", "--summary", "nowhere/summary.md"], { cwd });
    expect(code).toBe(74);
    expect(stderr).toContain("nowhere/summary.md: error: the summary cannot be written: ENOENT [cannot-write]\n");
    expect(readFileSync(join(cwd, "kms.tf"), "utf8")).toContain("aws_kms_key");
  });

  test("shows no value of a secret", async () => {
    const secret = "correcthorsebatterystaple";
    const cwd = folderWith({ "spec.yaml": `${HEAD}${REGIONS}secrets: { app: { value: { literal: ${secret} } } }\n` });
    await run(["spec.yaml", "--summary", "summary.md"], { cwd });
    expect(readFileSync(join(cwd, "summary.md"), "utf8")).not.toContain(secret);
  });
});
