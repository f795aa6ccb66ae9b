/** The single executable: built for this machine as the release builds it, and run where there is no Node and no package. */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { folderWith } from "./support/cli.ts";
import { filesIn, validFixtures } from "./support/fixtures.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const missing = [
  ...(process.platform === "linux" ? [] : ["this is not Linux"]),
  ...(existsSync(join(root, "node_modules/postject")) ? [] : ["postject is not installed"]),
  ...(readFileSync(process.execPath).includes("NODE_SEA_FUSE_") ? [] : ["this Node has no place for a program"]),
];
if (missing.length > 0) process.stderr.write(`executable.test.ts is skipped: ${missing.join(", ")}\n`);

describe.skipIf(missing.length > 0)("the executable", () => {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-executable-"));
  const program = join(folder, "mrk-scaffold");
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(() => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, ".ci/executable.mjs"), program], {
      encoding: "utf8",
    });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  }, 180_000);

  const run = (argv: readonly string[], cwd: string) =>
    spawnSync(program, argv, { cwd, encoding: "utf8", env: { HOME: cwd, PATH: "" } });

  test("says its version, and nothing on standard error", () => {
    const { stdout, stderr, status } = run(["--version"], folder);
    expect({ stdout, stderr, status }).toEqual({ stdout: `${packageJson.version}\n`, stderr: "", status: 0 });
  });

  test.each(["start", "everything", "own-templates"])("writes %s as the package does", (name) => {
    const { spec, expected, beside } = validFixtures.find((fixture) => fixture.name === name)!;
    const cwd = folderWith(beside);
    copyFileSync(spec, join(cwd, "spec.yaml"));
    expect(run([], cwd).status).toBe(0);
    const output = name === "everything" ? join(cwd, "terraform") : cwd;
    expect(filesIn(expected)).toEqual(
      Object.fromEntries(
        Object.keys(filesIn(expected)).map((file) => [file, readFileSync(join(output, file), "utf8")]),
      ),
    );
    expect(run(["--check"], cwd).status).toBe(0);
  });

  test.each<[argv: readonly string[], status: number, printed: string]>([
    [["--help"], 0, "mrk-scaffold [spec...]"],
    [["explain", "duplicate-alias"], 0, "An alias belongs to one key"],
    [["completion", "bash"], 0, "complete "],
    [["schema"], 0, '"$schema"'],
    [["graph"], 0, "flowchart"],
    [["init", "other.yaml", "--primary", "eu-west-1"], 0, ""],
    [["eject", "templates"], 0, ""],
    [["--chek"], 2, ""],
  ])("has every part inside: %j", (argv, status, printed) => {
    const cwd = folderWith({ "spec.yaml": "version: 1\nregions: { primary: eu-west-1 }\nsecrets: { a: app/a }\n" });
    const result = run(argv, cwd);
    expect(result.status, result.stderr).toBe(status);
    expect(result.stdout).toContain(printed);
  });

  test("has the AWS SDK inside: verify asks for credentials, not for packages", () => {
    const cwd = folderWith({ "spec.yaml": "version: 1\nregions: { primary: eu-west-1 }\n" });
    const { status, stderr } = spawnSync(program, ["verify"], {
      cwd,
      encoding: "utf8",
      env: { HOME: cwd, AWS_EC2_METADATA_DISABLED: "true" },
    });
    expect({ status, stderr }).toMatchObject({ status: 5, stderr: expect.stringContaining("credentials") });
  });

  test("starts about as fast as the package", () => {
    const cwd = folderWith({ "spec.yaml": "version: 1\nregions: { primary: eu-west-1 }\n" });
    run([], cwd);
    const fastest = (command: string, argv: readonly string[]) =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const start = performance.now();
          spawnSync(command, [...argv, "spec.yaml", "--check"], { cwd });
          return performance.now() - start;
        }),
      );
    const own = fastest(program, []);
    const packaged = fastest(process.execPath, [join(root, "dist/cli.cjs")]);
    process.stderr.write(`the executable: ${Math.round(own)} ms, the package: ${Math.round(packaged)} ms\n`);
    expect(own).toBeLessThan(8 * packaged);
  });
});
