import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { codes } from "../../src/report/codes.ts";
import { fixturesFolder } from "../support/fixtures.ts";

const folder = new URL("../../src/", import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith("codes.ts"))
  .map((name) => readFileSync(new URL(name, folder), "utf8"))
  .join("\n");

/** Every kebab-case string that is where a code is. */
const used = new Set(
  Array.from(
    sources.matchAll(
      /\b(?:code: |code = |note\(|CODES\b[^{;]*\{[^}]*?|problem\(|fail\(|kind: )"([a-z]+(?:-[a-z0-9]+)*)"/g,
    ),
    ([, code]) => code!,
  ),
);

test("every code has a sentence: add one to src/report/codes.ts", () => {
  const ofFixtures = readdirSync(`${fixturesFolder}/invalid`).map((name) => name.replace(/(--.*)?\.\w+$/, ""));
  const wanted = new Set([...ofFixtures, ...[...used].filter((code) => code.includes("-"))]);
  expect([...wanted].filter((code) => !Object.hasOwn(codes, code)).sort()).toEqual([]);
});

test("every sentence is about a code that the program uses", () => {
  expect(Object.keys(codes).filter((code) => !sources.includes(`"${code}"`) && !sources.includes(`${code}:`))).toEqual(
    [],
  );
});

test("sentences are sentences", () => {
  for (const [code, about] of Object.entries(codes)) expect(about, code).toMatch(/^[A-Z].*\.$/s);
});
