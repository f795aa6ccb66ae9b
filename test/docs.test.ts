/** What the documentation shows is right: every whole spec in it generates, and every part of one is understood. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load as yaml } from "js-yaml";
import { expect, test } from "vitest";
import { generate } from "../src/index.ts";

const folder = fileURLToPath(new URL("../docs", import.meta.url));

const examples = readdirSync(folder).flatMap((name) => {
  // The example of a report is about a wrong spec.
  const page = readFileSync(`${folder}/${name}`, "utf8").replace(/<!-- begin report -->[\s\S]*?<!-- end -->/g, "");
  const blocks = page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm);
  return [...blocks].map(([, text = ""], index) => ({ name: `${name}, example ${index + 1}`, text }));
});

/** Workflows and hooks of others are YAML too. */
const specs = examples.filter(({ text }) => /^(version: 1$|keys:|secrets:|regions:|provider:|files:)/m.test(text));

test("there are examples", () => {
  expect(specs.length).toBeGreaterThan(3);
});

test.each(specs)("$name generates", ({ text }) => {
  const spec = yaml(text) as object;
  const whole = { version: 1, regions: { primary: "eu-central-1", replicas: ["eu-west-1", "us-east-1"] }, ...spec };
  expect(generate(whole).length).toBeGreaterThan(0);
});
