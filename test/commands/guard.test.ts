/** The command `guard`: every recorded plan in `fixtures/plans`, to the letter, and everything else that one may hand it. */

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { folderWith, type Run, run } from "../support/cli.ts";

const FOLDER = fileURLToPath(new URL("../../fixtures/plans", import.meta.url));
const planIn = (name: string) => readFileSync(join(FOLDER, name, "plan.json"));

/** What `expected.txt` holds. */
function told({ code, stdout, stderr }: Run): string {
  expect(stdout).toBe("");
  return `${stderr}exit ${code}\n`;
}

describe("a recorded plan is judged to the letter:", () => {
  test.each(readdirSync(FOLDER))("%s", async (name) => {
    const cwd = join(FOLDER, name);
    const spec = existsSync(join(cwd, "spec.yaml")) ? ["--spec", "spec.yaml"] : [];
    const text = told(await run(["guard", "plan.json", ...spec], { cwd }));
    if (process.env.MRK_SCAFFOLD_RECORD) writeFileSync(join(cwd, "expected.txt"), text);
    expect(text).toBe(readFileSync(join(cwd, "expected.txt"), "utf8"));
    expect(text).not.toContain("HIDDEN");
  });
});

const RETIRED = "retired-and-announced";
const ALLOWED = ["aws_kms_replica_key.euw1_sm", "aws_secretsmanager_secret.db[eu-west-1]"];

describe("guard", () => {
  test("refuses what a spec announces, where it is not given the spec", async () => {
    const { code, stderr } = await run(["guard", "plan.json"], { cwd: join(FOLDER, RETIRED) });
    expect(code).toBe(4);
    expect(stderr.match(/refused: \S+/g)).toEqual(
      expect.arrayContaining(["refused: aws_kms_replica_key.euw1_sm:", "refused: aws_secretsmanager_secret.db:"]),
    );
  });

  test("lets pass what is allowed, replicas of a secret by their region", async () => {
    const given = (addresses: readonly string[]) => addresses.flatMap((address) => ["--allow-destroy", address]);
    const cwd = join(FOLDER, RETIRED);
    expect(await run(["guard", "plan.json", ...given(ALLOWED)], { cwd })).toMatchObject({ code: 0 });
    for (const address of ALLOWED) {
      const others = ALLOWED.filter((other) => other !== address);
      expect(await run(["guard", "plan.json", ...given(others)], { cwd })).toMatchObject({ code: 4 });
    }
  });

  test("reads standard input", async () => {
    const { code, stderr } = await run(["guard", "-"], { stdin: planIn("disabled") });
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^mrk-scaffold: refused: aws_kms_key/),
    });
  });

  test("prints a report for programs", async () => {
    const { code, stdout } = await run(["guard", "-", "--json"], { stdin: planIn("disabled") });
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      command: "guard",
      exitCode: 4,
      objects: 1,
      judged: 1,
      diagnostics: [{ code: "plan-disables", severity: "refused", address: "aws_kms_key.main", path: [] }],
    });
  });

  test("shows its refusals in a pull request", async () => {
    const env = { GITHUB_ACTIONS: "true" };
    const { stderr } = await run(["guard", "-"], { stdin: planIn("disabled"), env });
    expect(stderr).toMatch(
      /^::error title=plan-disables::aws_kms_key\.main: Terraform disables the primary key .*%0AWrite is_enabled = true$/m,
    );
  });

  test("notes that a plan has nothing of the spec", async () => {
    const { code, stderr } = await run(["guard", "-", "--spec", "spec.yaml"], {
      cwd: join(FOLDER, RETIRED),
      stdin: planIn("in-modules"),
    });
    expect(code).toBe(4);
    expect(stderr).toContain("The plan has nothing of spec.yaml: is it the plan of another folder?");
  });

  test("says everything that is wrong with its specs, and judges nothing then", async () => {
    const cwd = folderWith({ "a.yaml": "version: 2\n", "b.yaml": "version: 1\n" });
    const { code, stderr } = await run(["guard", "-", "--spec", "a.yaml", "--spec", "b.yaml"], {
      cwd,
      stdin: planIn("disabled"),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("a.yaml:1:10");
    expect(stderr).toContain("b.yaml");
    expect(stderr).not.toContain("refused");
  });

  test.each<[what: string, argv: readonly string[], stdin: string, message: string]>([
    ["no plan", [], "", "name a plan, or - for standard input"],
    ["two plans", ["a", "b"], "", "guard takes one plan"],
    ["an empty address", ["-", "--allow-destroy", ""], "", "--allow-destroy needs an address, or all"],
    ["a spec from standard input", ["-", "--spec", "-"], "", "--spec needs a file; standard input is for the plan"],
    ["a file that is not there", ["absent.json"], "", "absent.json: error: there is no such file"],
    ["a folder", ["."], "", ".: error: the plan cannot be read: EISDIR"],
    ["a state", ["-"], '{"format_version":"1.0","values":{}}', "this is a state, not a plan"],
    ["a binary plan without a name", ["-"], "PK\u0003\u0004", "this is a binary plan"],
    ["an option of another command", ["-", "--force"], "", "force"],
  ])("exits 2 for %s", async (_, argv, stdin, message) => {
    const { code, stderr } = await run(["guard", ...argv], { cwd: folderWith(), stdin });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

/** A folder with a program of that name, to be the only one on the PATH. */
function pathWith(program: string, script: string): Record<string, string> {
  const folder = folderWith({ [program]: `#!/bin/sh\n${script}\n` });
  chmodSync(join(folder, program), 0o755);
  return { PATH: `${folder}:/bin:/usr/bin` };
}

describe.skipIf(process.platform === "win32")("a binary plan", () => {
  const BINARY = Buffer.from("PK\u0003\u0004 and so on");
  const folderOf = (...folders: readonly string[]) => {
    const cwd = folderWith({ "p.json": planIn("disabled") });
    for (const folder of ["infra", ...folders]) mkdirSync(join(cwd, folder), { recursive: true });
    writeFileSync(join(cwd, "infra/plan.tfplan"), BINARY);
    return cwd;
  };

  test.each(["terraform", "tofu"])("is shown by %s, in the folder that it was made in", async (program) => {
    const cwd = folderOf("infra/.terraform");
    const env = pathWith(program, '[ "$1 $2" = "show -json" ] && cat ../p.json');
    expect(await run(["guard", "infra/plan.tfplan"], { cwd, env })).toMatchObject({ code: 4 });
  });

  test("is shown in the current folder, where its own is no root module", async () => {
    const cwd = folderOf();
    const env = pathWith("terraform", "cat p.json");
    expect(await run(["guard", "infra/plan.tfplan"], { cwd, env })).toMatchObject({ code: 4 });
  });

  test("is no plan when terraform cannot show it", async () => {
    const env = pathWith("terraform", "cat p.json; echo 'Error: no schema' >&2; exit 1");
    const { code, stderr } = await run(["guard", "infra/plan.tfplan"], { cwd: folderOf(), env });
    expect(code).toBe(2);
    expect(stderr).toContain("terraform show ended with 1: Error: no schema");
  });

  test("needs a terraform", async () => {
    const env = { PATH: folderWith() };
    const { code, stderr } = await run(["guard", "infra/plan.tfplan"], { cwd: folderOf(), env });
    expect(code).toBe(2);
    expect(stderr).toContain("this is a binary plan, and there is no terraform to show it");
  });
});
