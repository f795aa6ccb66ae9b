import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { commands } from "../src/commands/commands.ts";
import { freshPage, pages, readmePath } from "./support/readme.ts";

const isUpdate = process.env.UPDATE_FIXTURES === "1";
const textOf = (page: string) => readFileSync(page, "utf8");

test.each(pages.map((page) => [basename(page), page]))(
  "what the program prints in %s is what it prints",
  async (_, page) => {
    const fresh = await freshPage(textOf(page));
    if (isUpdate) writeFileSync(page, fresh);
    expect(textOf(page)).toBe(fresh);
  },
);

test("the two commands for newcomers are there, and every script that is named exists", () => {
  expect(textOf(readmePath)).toContain("    npm cit\n");
  expect(textOf(readmePath)).toContain("    npm ci && npx mrk-scaffold fixtures/post/spec.yaml --stdout\n");
  const named = pages.flatMap((page) => Array.from(textOf(page).matchAll(/npm run ([\w-]+)/g), ([, script]) => script));
  expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(named));
});

test("the README is read in one sitting", () => {
  expect(textOf(readmePath).split("\n").length).toBeLessThanOrEqual(300);
});

test("every command has its help on the page of commands", () => {
  const page = textOf(pages.find((path) => path.endsWith("commands.md"))!);
  for (const { name } of commands.slice(1)) expect(page, name).toContain(`<!-- begin help: ${name} -->`);
});
