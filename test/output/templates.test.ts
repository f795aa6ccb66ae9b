/** Templates read only names that the model has, and hold nothing but the few constructs that lay out and loop. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Model, resolve } from "../../src/model/resolve.ts";
import { render } from "../../src/output/render.ts";
import { validate } from "../../src/rules/validate.ts";
import { parse } from "../../src/spec/load.ts";
import { validFixtures } from "../support/fixtures.ts";
import { specs } from "../support/specs.ts";

const folder = fileURLToPath(new URL("../../templates", import.meta.url));

function namesIn(path: string): readonly string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith(".hbs"))
    .map((name) => name.replace(/\.hbs$/, ""));
}

const outputs = namesIn(folder);
const partials = namesIn(join(folder, "partials"));

function modelOf(text: string | Uint8Array): Model {
  return resolve(validate(parse("spec.yaml", Buffer.from(text))));
}

/**
 * The same object, which throws when it is asked for a name that it does not have. Handlebars asks whether a name is there
 * before it reads it, and prints nothing for one that is not: `strict` does not see names in `#if`, `#each` and partials.
 */
function guarded<T>(value: T, path: string, known = new WeakMap<object, object>()): T {
  if (typeof value !== "object" || value === null) return value;
  const done = known.get(value);
  if (done !== undefined) return done as T;
  const check = (target: object, name: string | symbol) => {
    if (typeof name === "string" && !(name in target)) throw new Error(`${path} has no ${name}`);
  };
  const guard = new Proxy(value, {
    get(target, name, receiver) {
      check(target, name);
      return guarded(Reflect.get(target, name, receiver), `${path}.${String(name)}`, known);
    },
    has(target, name) {
      check(target, name);
      return Reflect.has(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      check(target, name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
  known.set(value, guard);
  return guard;
}

function printed(model: Model): Readonly<Record<string, string>> {
  const files = render(model, { spec: "spec.yaml", arguments: ["spec.yaml"] });
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
}

function expectKnownNames(model: Model): void {
  expect(printed(guarded(model, "model"))).toEqual(printed(model));
}

describe("templates read only names that the model has", () => {
  test.each(validFixtures)("$name", ({ spec }) => {
    expectKnownNames(modelOf(readFileSync(spec)));
  });

  test("any spec", () => {
    fc.assert(fc.property(specs, (spec) => expectKnownNames(modelOf(JSON.stringify(spec)))));
  });

  test("the fixtures have every template printed", () => {
    const used = validFixtures.flatMap(({ spec }) => {
      const model = modelOf(readFileSync(spec));
      const kinds = new Map(Object.entries(model.files).map(([kind, name]) => [name, kind]));
      return Object.keys(printed(model)).map((name) => `${kinds.get(name)}.tf`);
    });
    expect(new Set(used)).toEqual(new Set(outputs));
  });

  test("a name that the model lacks is noticed where Handlebars itself prints nothing", () => {
    const model = modelOf("{ version: 1, regions: { primary: eu-central-1 } }");
    const [key] = model.keys;
    const { deletionWindow: _, ...primary } = key!.primary;
    const lacking = { ...model, keys: [{ ...key, primary }] } as unknown as Model;
    expect(printed(lacking)).toEqual(printed(model));
    expect(() => printed(guarded(lacking, "model"))).toThrow("model.keys.0.primary has no deletionWindow");
  });
});

const PATH = /(this|[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*)/.source;

/** Everything that may be in braces. */
const CONSTRUCTS = [
  `{{${PATH}}}`,
  `{{#(if|unless|each) ${PATH}}}`,
  "{{/(if|unless|each)}}",
  "{{else}}",
  `{{> (?<partial>[a-z-]+)( ${PATH})?}}`,
  "{{!-- .* --}}",
].map((source) => new RegExp(`^${source}$`, "s"));

const MUSTACHES = /\{\{!--.*?--\}\}|\{\{.*?\}\}+/gs;

describe.each([...outputs, ...partials.map((name) => `partials/${name}`)])("the template %s", (name) => {
  const text = readFileSync(join(folder, `${name}.hbs`), "utf8");

  test("prints paths, branches on them, loops and includes partials, and does nothing else", () => {
    const found = text.match(MUSTACHES) ?? [];
    expect(found.filter((construct) => !CONSTRUCTS.some((allowed) => allowed.test(construct)))).toEqual([]);
    expect(text.replaceAll(MUSTACHES, "")).not.toMatch(/\{\{|\}\}/);
  });

  test("has no braces that Handlebars would take from HCL", () => {
    expect(text).not.toMatch(/\{\{\{|\}\}\}|[$%]\{\{|\{\{~|~\}\}/);
  });

  test("includes only partials that there are", () => {
    const included = [...text.matchAll(/\{\{>\s*([^\s}]+)/g)].map(([, partial]) => partial);
    expect(included.filter((partial) => !partials.includes(partial!))).toEqual([]);
  });
});

test("every partial is included somewhere", () => {
  const all = [...outputs, ...partials.map((name) => `partials/${name}`)]
    .map((name) => readFileSync(join(folder, `${name}.hbs`), "utf8"))
    .join("");
  expect(partials.filter((name) => !all.includes(`{{> ${name}`))).toEqual([]);
});
