import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, openSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ReadError, readAtMost } from "../src/read.ts";
import { folderWith } from "./support/cli.ts";
import { buildProgram } from "./support/program.ts";

const SPEC = "version: 1\nregions: { primary: eu-central-1 }\n";
const program = await buildProgram();

function fifo(path: string): string {
  execFileSync("mkfifo", [path]);
  return path;
}

function sparse(path: string): void {
  writeFileSync(path, "");
  truncateSync(path, 3 * 1024 ** 3);
}

/** A run that may take no longer than a busy machine needs for any run. */
function run(argv: readonly string[], cwd: string, options: { input?: string; stdin?: string } = {}) {
  const stdio = options.stdin === undefined ? undefined : ([openSync(options.stdin, "r"), "pipe", "pipe"] as const);
  return program.run(argv, {
    cwd,
    timeout: 50_000,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(stdio === undefined ? {} : { stdio: [...stdio] }),
  });
}

describe("bytes of a path", () => {
  test.each([
    ["nothing", 0, 10],
    ["a few bytes", 9, 10],
    ["as many as may be", 10, 10],
    ["more than one piece", 200_000, 200_000],
  ])("are read: %s", (_, size, most) => {
    const folder = folderWith({ file: Buffer.alloc(size, "x") });
    expect(readAtMost(join(folder, "file"), most)).toEqual(Buffer.alloc(size, "x"));
  });

  test("are refused where there are too many", () => {
    const path = join(folderWith({ file: "12345678901" }), "file");
    expect(() => readAtMost(path, 10)).toThrow(expect.objectContaining({ fault: "large", size: 11 }));
    expect(() => readAtMost("/dev/zero", 1_000_000)).toThrow(expect.objectContaining({ fault: "large" }));
  });

  test("are read through a link, and of what grows while it is read", () => {
    const folder = folderWith({ file: "x" });
    symlinkSync("file", join(folder, "link"));
    expect(readAtMost(join(folder, "link"), 10).toString()).toBe("x");
    // A file of /proc says that it has no bytes.
    expect(readAtMost("/proc/self/status", 100_000).toString()).toContain("Pid:");
  });

  test("are refused where the path is a pipe, a device by another name, a folder, or nothing", () => {
    const folder = folderWith();
    symlinkSync("/dev/zero", join(folder, "zero"));
    expect(() => readAtMost(fifo(join(folder, "fifo")), 10)).toThrow(ReadError);
    expect(() => readAtMost(join(folder, "zero"), 10)).toThrow(expect.objectContaining({ fault: "irregular" }));
    expect(() => readAtMost(folder, 10)).toThrow(expect.objectContaining({ code: "EISDIR" }));
    expect(() => readAtMost(join(folder, "nope"), 10)).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });
});

describe("a spec", () => {
  test("that is a pipe which no one opens is refused at once", () => {
    const cwd = folderWith();
    fifo(join(cwd, "spec.yaml"));
    expect(run(["spec.yaml", "--check"], cwd)).toEqual({
      code: 2,
      stdout: "",
      stderr: `spec.yaml: error: this is a pipe or a device, a spec is a file [spec-unreadable]
  help: To read a spec from a pipe, write - for standard input.
`,
    });
  });

  test.each([
    ["as a file", ["/dev/zero", "--out", "out"], {}],
    ["on standard input", ["-", "--out", "out"], { stdin: "/dev/zero" }],
  ])("that never ends is refused, %s, before it fills the memory", (_, argv, options) => {
    const cwd = folderWith();
    const { code, stderr } = run(argv, cwd, options);
    expect(stderr).toContain("error: the spec has more than 32 MB, at most 32 MB are read [spec-too-large]");
    expect(code).toBe(2);
  });

  test("is read from standard input by any of its names, and from what the shell gives as a file", () => {
    const cwd = folderWith();
    for (const name of ["-", "/dev/stdin", "/dev/fd/0"]) {
      const { code, stdout, stderr } = run([name, "--stdout"], cwd, { input: SPEC });
      expect({ code, stderr }, name).toEqual({ code: 0, stderr: "" });
      expect(stdout, name).toContain('resource "aws_kms_key" "main_sm"');
    }
    const slow = `(sleep 0.2; printf '%s' "$0"; sleep 0.2; echo 'outputs: true')`;
    const command = `exec "$1" "$2" <${slow} --stdout`;
    const shell = spawnSync("bash", ["--norc", "-c", command, SPEC, ...program.command], {
      cwd,
      env: program.env,
      encoding: "utf8",
    });
    expect(shell).toMatchObject({ status: 0, stderr: "" });
    expect(shell.stdout).toContain("# outputs.tf\n");
  });
});

describe("what is beside the output", () => {
  const withOutput = () => {
    const cwd = folderWith({ "spec.yaml": `${SPEC}keys: { a: { alias: a }, b: { alias: b } }\n` });
    expect(run(["spec.yaml"], cwd).code).toBe(0);
    writeFileSync(join(cwd, "spec.yaml"), `${SPEC}keys: { a: { alias: a } }\n`);
    return cwd;
  };

  test.each<[title: string, make: (path: string) => unknown, reason: string]>([
    ["a pipe", fifo, "it is not a regular file"],
    ["a device", (path) => symlinkSync("/dev/zero", path), "it is not a regular file"],
    ["a file of 3 GB", sparse, "it is too large"],
  ])("and is called like a file of Terraform, but is %s, does not stop a run from ending", (_, make, reason) => {
    const cwd = withOutput();
    make(join(cwd, "own.tf"));
    const { code, stderr } = run(["spec.yaml"], cwd);
    expect(stderr).toContain(`own.tf: refused: it cannot be read: ${reason} [unreadable-terraform]\n`);
    expect(code).toBe(3);
  });

  test("may be a folder called like a file of Terraform", () => {
    const cwd = withOutput();
    mkdirSync(join(cwd, "own.tf"));
    expect(run(["spec.yaml"], cwd).code).toBe(4);
  });
});
