import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stepsOf } from "../../src/report/steps.ts";
import { folderWith, run } from "../support/cli.ts";

const SPEC = "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\n";
const CLEAR = "\r\u001b[K";

/** What a run over a changed spec says that takes so many seconds. */
async function saidBy(
  seconds: number,
  options: { isTTY?: boolean; args?: readonly string[]; env?: Record<string, string> },
) {
  const cwd = folderWith({ "spec.yaml": SPEC });
  await run(["spec.yaml"], { cwd });
  writeFileSync(join(cwd, "spec.yaml"), `${SPEC}outputs: true\n`);
  const { isTTY = true, args = [], env = {} } = options;
  const { stderr, code } = await run(["spec.yaml", ...args], { cwd, env, isTTY, uptime: () => seconds });
  return { cwd, stderr, code };
}

test("a long run says on a terminal what it is doing, in a line that is gone at the end", async () => {
  const { cwd, stderr, code } = await saidBy(2, {});
  const steps = [
    "Generating from spec.yaml",
    "Comparing with the files on disk",
    "Looking for what Terraform would destroy",
    "Writing the files",
  ];
  expect(code).toBe(0);
  expect(stderr).toBe(
    `${steps.map((step) => `${CLEAR}${step} …`).join("")}${CLEAR}created outputs.tf\n2 files up to date\n`,
  );
  expect(readFileSync(join(cwd, "outputs.tf"), "utf8")).toContain("output");
});

test.each([
  ["a short run", 0.1, {}],
  ["a run without a terminal", 2, { isTTY: false }],
  ["a quiet run", 2, { args: ["--quiet"] }],
  ["a run on a terminal that cannot go back", 2, { env: { TERM: "dumb" } }],
])("%s says nothing of it", async (_, seconds, options) => {
  expect((await saidBy(seconds, options)).stderr).not.toContain("…");
});

test("a long look says how far it is, not more often than one can read", () => {
  const written: string[] = [];
  let now = 0.1;
  const stderr = { isTTY: true, write: (text: string) => void written.push(text) };
  const steps = stepsOf({}, { env: {}, stderr, uptime: () => now });
  steps.tell("Looking", 1, 1000);
  now = 0.6;
  steps.tell("Looking", 10, 10_000);
  steps.tell("Looking", 11, 10_000);
  now = 0.9;
  steps.tell("Looking", 1200, 10_000);
  steps.end();
  expect(written).toEqual([`${CLEAR}Looking: 10 of 10,000 (0 %)`, `${CLEAR}Looking: 1,200 of 10,000 (12 %)`, CLEAR]);
  stepsOf({ json: true }, { env: {}, stderr, uptime: () => now }).tell("Looking", 1, 2);
  expect(written).toHaveLength(3);
});
