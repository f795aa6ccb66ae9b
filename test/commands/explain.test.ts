import { expect, test } from "vitest";
import examples from "../../fixtures/invalid.examples";
import { codes } from "../../src/report/codes.ts";
import { folderWith, run } from "../support/cli.ts";
import { invalidFixtures } from "../support/fixtures.ts";

test("without a code every code is listed", async () => {
  const { code, stdout } = await run(["explain"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${Object.keys(codes).sort().join("\n")}\n` });
});

test.each(Object.entries(codes))("%s is explained", async (name, about) => {
  const { code, stdout } = await run(["explain", name]);
  expect(code).toBe(0);
  expect(stdout).toContain(about);
});

test("a code that a spec can have is shown with a spec that has it, and its report", async () => {
  const names = new Set(invalidFixtures.map((name) => name.replace(/--.*/, "")));
  const explained = await Promise.all(
    [...names].map(async (name) => [name, (await run(["explain", name])).stdout] as const),
  );
  const shown = explained.filter(
    ([name, text]) => text.includes("For example, this spec:") && text.includes(`[${name}]`),
  );
  expect(shown.length).toBeGreaterThan(names.size * 0.9);
});

/** What cannot be right in a few lines: it is too large, or is a note that comes with the thing itself. */
const WITHOUT = new Set(["imports-in-root"]);

/** Warnings about the only form that there is. */
const WARNED: Readonly<Record<string, readonly string[]>> = { "binary-not-from-variable": ["value-lands-in-state"] };

test("a code that is shown with a wrong spec is shown with a right one too", () => {
  const shown = Object.keys(examples).filter((code) => examples[code]!.spec !== undefined && !WITHOUT.has(code));
  expect(shown.filter((code) => examples[code]!.corrected === undefined)).toEqual([]);
  expect(shown.length).toBeGreaterThan(100);
});

test.each(
  Object.entries(examples).filter(([, { before, corrected }]) => before === undefined && corrected !== undefined),
)("the right spec of %s is right, and is shown", async (code, { corrected = "" }) => {
  const { stdout, code: exitCode } = await run(["-", "--out", ".", "--check", "--json"], {
    cwd: folderWith(),
    stdin: corrected,
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly { code: string }[] };
  const found = diagnostics.map((diagnostic) => diagnostic.code).filter((one) => one !== "missing");
  expect({ exitCode, found }).toEqual({ exitCode: 1, found: WARNED[code] ?? [] });
  expect((await run(["explain", code])).stdout).toMatch(/\nThis one is right:\n\n {2}version: 1\n/s);
});

test("a loss is shown as a change of a spec, what is found in a plan or on disk as its report", async () => {
  const { stdout } = await run(["explain", "key-would-be-destroyed"]);
  expect(stdout).toMatch(
    /made of this spec:\n\n.*and now it says:\n\n.*\[key-would-be-destroyed\].*This one is right:/s,
  );
  expect((await run(["explain", "plan-forgets"])).stdout).toMatch(
    /guard plan\.json reports:\n\n.*\[plan-forgets\]\n$/s,
  );
  expect((await run(["explain", "hand-edited"])).stdout).toMatch(/--check reports:\n\n.*\[hand-edited\]\n/s);
});

test.each<[argv: readonly string[], message: string]>([
  [["explain", "key-would-be-destroied"], "Did you mean key-would-be-destroyed?"],
  [["explain", "nonsense"], "See mrk-scaffold explain for the list"],
  [["explain", "a", "b"], "explain takes one code"],
])("%j is refused with what to write", async (argv, message) => {
  const { code, stdout, stderr } = await run(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
});

test("the brackets of a message may be copied along", async () => {
  expect((await run(["explain", "[stale]"])).stdout).toMatch(/^stale\n/);
});
