import { expect, test } from "vitest";
import { codes } from "../../src/report/codes.ts";
import { run } from "../support/cli.ts";
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
