import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { jsonSchema } from "../src/spec/json-schema.ts";
import { run } from "./support/cli.ts";
import { validFixtures } from "./support/fixtures.ts";

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test("the program is built: npm ci does it, and npm run build", () => {
  expect(existsSync(at("dist/cli.cjs"))).toBe(true);
});

test.each(["post", "everything", "key-policies-services"])(
  "the built program prints %s as the source does: its templates are the current ones",
  async (name) => {
    const { spec } = validFixtures.find((fixture) => fixture.name === name)!;
    const built = spawnSync(process.execPath, [at("dist/cli.cjs"), spec, "--stdout"], { encoding: "utf8" });
    expect(built.stdout).toBe((await run([spec, "--stdout"])).stdout);
  },
);

test("guard is built apart from the program, which it needs for specs alone", () => {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-guard-"));
  cpSync(at("dist"), folder, { recursive: true });
  rmSync(join(folder, "program.cjs"));
  const guard = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(folder, "cli.cjs"), "guard", ...args], {
      cwd: at("fixtures/plans/retired-and-announced"),
      encoding: "utf8",
    });
  const { status, stderr } = guard("plan.json");
  expect(stderr).toContain("refused: aws_kms_replica_key.euw1_sm");
  expect(status).toBe(4);
  cpSync(at("dist/program.cjs"), join(folder, "program.cjs"));
  const announced = guard("plan.json", "--spec", "spec.yaml");
  expect(announced.stderr).toContain("announced: spec.yaml retires eu-west-1");
  expect(announced.status).toBe(0);
  expect(guard("--help").stdout).toMatch(/^mrk-scaffold guard <plan>$/m);
  rmSync(folder, { recursive: true });
});

test("the JSON Schema in the package is the current one", () => {
  expect(JSON.parse(readFileSync(at("schema.json"), "utf8"))).toEqual(jsonSchema());
});

test("the licence of everything that is bundled is in the package", () => {
  const text = readFileSync(at("dist/LICENSES.txt"), "utf8");
  for (const name of ["zod", "yargs", "y18n", "cliui", "js-yaml", "diff", "handlebars"]) {
    expect(text).toMatch(new RegExp(`^${name} \\d.*\\((MIT|ISC|BSD-3-Clause)\\)$`, "m"));
  }
  expect(text).toContain("Redistributions in binary form must reproduce the above copyright notice");
});
