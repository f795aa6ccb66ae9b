import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
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

test.each([
  ["adopt", "--account", "--regions", "eu-central-1"],
  ["verify", "spec.yaml"],
])("%s says that the AWS SDK is missing where it is", (...argv) => {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-sdk-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(at("dist"), folder, { recursive: true });
  cpSync(at("fixtures/post/spec.yaml"), join(folder, "spec.yaml"));
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "cli.cjs"), ...argv], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toContain("the AWS SDK is not installed [no-aws-sdk]");
  expect(status).toBe(2);
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

/** What every run of the program opens. */
const PROGRAM = ["dist/cli.cjs", "dist/program.cjs"];
const MOST_KILOBYTES = 350;

test("a plain run loads the program, a changed spec what finds losses, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-dist-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const spec = join(folder, "spec.yaml");
  const text =
    "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\nsecrets: { one: { description: A } }\n";
  const loads = (written: string) => {
    writeFileSync(spec, written);
    const args = ["-r", at("test/support/loaded.cjs"), at("dist/cli.cjs"), spec, "--quiet"];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    const { files, modules } = JSON.parse(stderr);
    return {
      parts: files
        .map((path: string) => relative(at("."), path).replaceAll("\\", "/"))
        .filter((path: string) => !PROGRAM.includes(path)),
      modules: modules.filter((name: string) => !/^internal\/fs\/|^vm$/.test(name)),
    };
  };
  loads(text);
  expect(loads(text), "an up-to-date run").toEqual({ parts: [], modules: [] });
  expect(loads(text.replace("A", "B")), "a changed spec").toEqual({ parts: ["dist/losses-losses.cjs"], modules: [] });
});

test.each([
  ["a key policy", "keys: { sm: { policy: { users: [arn:aws:iam::123456789012:role/app] } } }", "policies"],
  ["a log group", "log_groups: { app: app }", "kinds"],
  ["a region that goes", "regions: { primary: eu-central-1, retired: [eu-west-1] }", "changes"],
  ["a mistake", "secrets: { one: { descripton: A } }", "mistakes"],
])("%s loads the rules and templates that are about it", (_, line, part) => {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-part-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(at("dist"), join(folder, "dist"), { recursive: true });
  rmSync(join(folder, `dist/${part}.cjs`));
  const text = `version: 1\n${line.startsWith("regions") ? line : `regions: { primary: eu-central-1 }\n${line}`}\n`;
  writeFileSync(join(folder, "spec.yaml"), text);
  const run = (cli: string) =>
    spawnSync(process.execPath, [cli, "spec.yaml", "--stdout"], { cwd: folder, encoding: "utf8" });
  expect(run(at("dist/cli.cjs")).status).toBe(part === "mistakes" ? 2 : 0);
  expect(run(join(folder, "dist/cli.cjs"))).toMatchObject({ status: 70, stderr: expect.stringContaining(part) });
});

test("the program stays small: every run reads all of it, so that what few runs need is a part of its own, behind import()", () => {
  const kilobytes = statSync(at("dist/program.cjs")).size / 1000;
  expect(kilobytes, "dist/program.cjs, in kB; see lazyParts in esbuild.config.mjs").toBeLessThan(MOST_KILOBYTES);
});
