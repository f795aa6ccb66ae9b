import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { freshReadme, readmePath } from "./support/readme.ts";

const isUpdate = process.env.UPDATE_FIXTURES === "1";
const readme = () => readFileSync(readmePath, "utf8");

test("the examples, the help, the report and the table of keys are what the program prints", async () => {
  const fresh = await freshReadme(readme());
  if (isUpdate) writeFileSync(readmePath, fresh);
  expect(readme()).toBe(fresh);
});

test("the two commands for newcomers are there, and every script that is named exists", () => {
  expect(readme()).toContain("    npm cit\n");
  expect(readme()).toContain("    npm ci && npx mrk-scaffold fixtures/post/spec.yaml --stdout\n");
  const named = [...readme().matchAll(/npm run ([\w-]+)/g)].map(([, script]) => script);
  expect(Object.keys(packageJson.scripts)).toEqual(expect.arrayContaining(named));
});
