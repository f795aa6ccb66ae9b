/** What the process does around `main`: its exit code is a failure until a run has ended. */

import { expect, test } from "vitest";
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

test("asking for the version is a finished run", async () => {
  expect((await buildProgram()).run(["--version"])).toEqual({ code: 0, stdout: "0.0.0\n", stderr: "" });
});
