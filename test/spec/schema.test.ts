import { readFileSync } from "node:fs";
import fc from "fast-check";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import { jsonSchema } from "../../src/spec/json-schema.ts";
import { run } from "../support/cli.ts";
import { validFixtures } from "../support/fixtures.ts";
import { keysOfSchema, type Schema } from "../support/readme.ts";
import { specs } from "../support/specs.ts";

const schemaKeys = keysOfSchema(jsonSchema() as Schema);

test("every key of the schema is described, in a sentence", () => {
  expect(
    schemaKeys.filter(({ schema }) => !/^[A-Z].*[.)]$/.test(schema.description ?? "")).map(({ path }) => path),
  ).toEqual([]);
});

test("the command schema prints it", async () => {
  const { code, stdout, stderr } = await run(["schema"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toEqual(jsonSchema());
});

test("the JSON Schema is draft-07 and refuses unknown keys", () => {
  expect(jsonSchema()).toMatchObject({
    $schema: "http://json-schema.org/draft-07/schema#",
    additionalProperties: false,
  });
});

/** The one that holds nearly every key, and those with what no other change may be combined with. */
const EVERYTHING = ["everything", "promoted-keys", "attached-secrets", "references", "own-templates"];

test("fixtures/valid/everything uses every key of the schema, but for what has a step of its own", () => {
  const fixtures = validFixtures.filter(({ name }) => EVERYTHING.includes(name));
  const used = new Set(fixtures.flatMap(({ spec }) => [...pathsIn(load(readFileSync(spec, "utf8")), "")]));
  expect(schemaKeys.map(({ path }) => path).filter((path) => !used.has(path))).toEqual([]);
});

/** What random specs leave out: where things were before is drawn by the tests of promote and adopt, folders by those of files. */
const DRAWN_ELSEWHERE =
  /^(adopted|output_dir|templates|regions\.(home|unreachable|secrets.*|promoted_from.*)|keys\.<id>\.id)$/;

/** Passwords have the same settings as a value and as a part of one. */
function whereverMade(path: string): string {
  return path.replace(".json.<id>.generated.", ".generated.");
}

test("random specs use every key of the schema, so that no property test forgets one", () => {
  const used = new Set<string>();
  for (const spec of fc.sample(specs, 1_500)) {
    for (const path of pathsIn(JSON.parse(JSON.stringify(spec)), "")) used.add(whereverMade(path));
  }
  expect(
    schemaKeys.map(({ path }) => whereverMade(path)).filter((path) => !used.has(path) && !DRAWN_ELSEWHERE.test(path)),
  ).toEqual([]);
});

/** Maps whose keys are the user's own. */
const FREE_MAPS =
  /(^keys|^secrets|^log_groups|^buckets|^parameters|^consumers|^variables|\.by_region|\.grants|\.json|\.key_ids|tags)$/;

/** The paths of a value, in the notation of the schema's: `keys.<id>.alias`, `regions.replicas[].region`. */
function* pathsIn(value: unknown, path: string): Iterable<string> {
  yield path;
  if (Array.isArray(value)) for (const item of value) yield* pathsIn(item, `${path}[]`);
  else if (typeof value === "object" && value !== null) {
    for (const [key, below] of Object.entries(value)) {
      const step = FREE_MAPS.test(path) ? "<id>" : key;
      yield* pathsIn(below, path === "" ? step : `${path}.${step}`);
    }
  }
}
