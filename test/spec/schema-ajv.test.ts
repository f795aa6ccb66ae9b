/** Holds the JSON Schema for editors to the program: it refuses nothing that the program takes, and most of what it does not. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { describe, expect, test } from "vitest";
import { jsonSchema } from "../../src/spec/json-schema.ts";
import { fixturesFolder, invalidFixtures, validFixtures } from "../support/fixtures.ts";
import { specs } from "../support/specs.ts";

const validate = new Ajv({ allErrors: true, strictTypes: false, allowUnionTypes: true }).compile(jsonSchema());
const YAML = CORE_SCHEMA.withTags(mergeTag);

/** What the schema says against a spec. */
function faults(text: string): readonly string[] {
  return validate(load(text, { schema: YAML }))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}

test.each(validFixtures)("$name is accepted", ({ spec }) => {
  expect(faults(readFileSync(spec, "utf8"))).toEqual([]);
});

test("any right spec is accepted", () => {
  fc.assert(
    fc.property(specs, (spec) => {
      expect(faults(JSON.stringify(spec))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

/**
 * Codes of what no schema of this kind can see: the text itself, what depends on another place of the spec or another file, on the
 * versions that are asked for, on how long a text is with its region, and on what a policy as a whole means.
 */
const BEYOND = new RegExp(
  `^(${[
    "spec-(empty|not-utf8|several-documents|syntax|conflict)|not-a-spec|excessive-aliases|not-normalized|broken-character|part-not-exact",
    "duplicate-.*|unknown-(key|variable|replica-region)|unused-variable|renamed-.*|imported-twice|key-.*|ambiguous-key|names-may-be-equal",
    "region-not-.*|primary-.*|promot.*|mixed-partitions|wrong-partition|lambda-in-other-region|existing-key-in-one-region|id-of-.*",
    "too-many-tags|provider-in-module|reference-to-own|source-not-reachable|value-from-own-secret|imports-in-root|secrets-unreachable",
    ".*-not-supported.*|aws-provider-too-old|disabled-key-with-replicas|text-too-long|alias-too-long|bad-policy-document|statement-replaced",
    "policy-.*|public-policy|reader-cannot-decrypt|confused-deputy|other-account-manages|.*-not-for-usage|values-not-sent|grant-of-.*",
  ].join("|")})$`,
);

interface Wrong {
  readonly name: string;
  readonly code: string;
  readonly text: string;
  readonly isError: boolean;
}

const wrong: readonly Wrong[] = invalidFixtures.map((name) => {
  const file = (ending: string) => readFileSync(join(fixturesFolder, "invalid", `${name}.${ending}`), "utf8");
  return { name, code: name.replace(/--.*/, ""), text: file("yaml"), isError: file("txt").includes(": error: ") };
});

describe("a fixture that is only warned of", () => {
  test.each(wrong.filter(({ isError }) => !isError))("$name is accepted", ({ text }) => {
    expect(faults(text)).toEqual([]);
  });
});

test("most wrong fixtures are refused", () => {
  const seen = wrong.filter(({ isError, code }) => isError && !BEYOND.test(code));
  const missed = seen.filter(({ text }) => faults(text).length === 0).map(({ name }) => name);
  const share = 1 - missed.length / seen.length;
  process.stderr.write(
    `schema: ${seen.length - missed.length} of ${seen.length} wrong fixtures refused; not ${missed.join(", ")}\n`,
  );
  expect(share).toBeGreaterThanOrEqual(0.7);
});
