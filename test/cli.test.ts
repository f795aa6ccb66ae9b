/** What the process does around `main`: its exit code is a failure until a run has ended. */

import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderWith } from "./support/cli.ts";
import { buildProgram } from "./support/program.ts";

const BUG = "mrk-scaffold has a bug: it ended before its work was done.\n";

test.each([
  ["never settles", "export const main = () => new Promise(() => {});", 70, BUG],
  [
    "never settles after a crash inside a WebAssembly",
    'export const main = async () => new Promise(() => setTimeout(() => console.error("panic"), 1));',
    70,
    `panic\n${BUG}`,
  ],
  ["ends well", "export const main = async () => 0;", 0, ""],
  ["is refused", "export const main = async () => 4;", 4, ""],
  [
    "says itself that it is a bug",
    'export const main = async () => { console.error("bug"); return 70; };',
    70,
    "bug\n",
  ],
])("a run that %s has its exit code", async (_, main, code, stderr) => {
  const program = await buildProgram(main);
  expect(program.run(["spec.yaml"])).toEqual({ code, stdout: "", stderr });
});

test.each([
  ["throws before it has begun", 'throw new Error("lost \u001b[2J"); export const main = 1;', "lost \ufffd[2J"],
  [
    "throws in a later turn",
    'export const main = () => new Promise(() => setTimeout(() => { throw new Error("late"); }));',
    "late",
  ],
  [
    "rejects where no one looks",
    'export const main = () => { Promise.reject(new Error("lost")); return new Promise(() => {}); };',
    "lost",
  ],
])("a run that %s ends with 70 and says why", async (_, main, message) => {
  const { code, stdout, stderr } = (await buildProgram(main)).run(["spec.yaml"]);
  expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
  expect(stderr).toContain(`mrk-scaffold 0.0.0 has a bug. Please report this:\nError: ${message}\n`);
  expect(stderr).not.toContain(BUG);
});

test.runIf(existsSync("/dev/full"))(
  "a report that cannot be printed is not a refusal: the files are written",
  async () => {
    const program = await buildProgram();
    const cwd = folderWith({ "spec.yaml": "version: 1\nregions: { primary: eu-central-1 }\n" });
    const full = openSync("/dev/full", "w");
    const { code, stderr } = program.run(["spec.yaml", "--json"], { cwd, stdio: ["ignore", full, "pipe"] });
    expect({ code, stderr }).toEqual({ code: 74, stderr: "standard output cannot be written: ENOSPC\n" });
    expect(existsSync(join(cwd, "kms.tf"))).toBe(true);
  },
);

test("asking for the version is a finished run", async () => {
  expect((await buildProgram()).run(["--version"])).toEqual({ code: 0, stdout: "0.0.0\n", stderr: "" });
});
