import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const folder = new URL("../src/", import.meta.url);
const files = readdirSync(folder)
  .filter((name) => /(?<!\.d)\.ts$/.test(name))
  .sort();

interface Imports {
  /** Code, loaded with the file or when it is asked for. */
  readonly code: readonly string[];
  readonly types: readonly string[];
}

function textOf(name: string): string {
  return readFileSync(new URL(name, folder), "utf8");
}

/** The text without comments and without what stands in quotes. */
function codeOf(name: string): string {
  return textOf(name)
    .replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
}

function importsOf(name: string): Imports {
  const text = textOf(name);
  const code = new Set<string>();
  const types = new Set<string>();
  for (const [, isType, names = "", from = ""] of text.matchAll(
    /^(?:import|export)\s+(type\s+)?([^;"]*?)\s*from\s+"([^"]+)";/gm,
  )) {
    const isOfTypes = isType !== undefined || /^\{(\s*type\s[^,}]*,?)+\s*\}$/.test(names);
    (isOfTypes ? types : code).add(from.replace("./", ""));
  }
  for (const [, from = ""] of text.matchAll(/\bimport\("([^"]+)"\)/g)) code.add(from.replace("./", ""));
  return { code: [...code].sort(), types: [...types].sort() };
}

const imports = new Map(files.map((name) => [name, importsOf(name)]));

/** The files that import the code of something from outside of `src/`. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  "@cdktf/hcl2json": ["addresses.ts"],
  diff: ["diff.ts"],
  "handlebars/dist/cjs/handlebars.runtime.js": ["templates.ts"],
  "js-yaml": ["load.ts"],
  yargs: ["help.ts"],
  "zod/mini": ["json-schema.ts", "schema.ts"],
  "node:buffer": ["load.ts"],
  "node:child_process": ["index-check.ts"],
  "node:crypto": ["code-cache.ts", "header.ts"],
  // Besides the stages that read and write: the program's own streams, its compiled code, and what stands beside the output.
  "node:fs": ["addresses.ts", "cli.ts", "code-cache.ts", "compare.ts", "index-check.ts", "load.ts", "write.ts"],
  "node:module": ["code-cache.ts"],
  "node:path": [
    "addresses.ts",
    "code-cache.ts",
    "compare.ts",
    "index-check.ts",
    "index.ts",
    "losses.ts",
    "main.ts",
    "write.ts",
  ],
  "node:util": ["options.ts"],
  "node:vm": ["code-cache.ts"],
};

/** The code of `src/` that a file, or a family of files, may import; a family's own members always. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["main.ts"],
  "code-cache.ts": ["main.ts"],
  "main.ts": [
    "compare.ts",
    "diagnostic.ts",
    "diff.ts",
    "generate.ts",
    "header.ts",
    "help.ts",
    "index-check.ts",
    "json-schema.ts",
    "load.ts",
    "losses.ts",
    "names.ts",
    "options.ts",
    "render.ts",
    "write.ts",
  ],
  "index.ts": ["diagnostic.ts", "generate.ts", "load.ts", "schema.ts", "validate.ts"],
  "help.ts": ["options.ts", "suggest.ts"],
  "json-schema.ts": ["schema.ts"],

  // The pipeline.
  "generate.ts": ["validate.ts", "resolve.ts", "render.ts"],
  "load.ts": ["diagnostic.ts", "redact.ts"],
  "validate.ts": ["diagnostic.ts", "names.ts", "redact.ts", "rules.ts", "schema.ts", "suggest.ts", "versions.ts"],
  "rules*.ts": ["names.ts", "policies.ts", "regions.ts", "rule.ts", "schema.ts", "suggest.ts", "versions.ts"],
  "resolve*.ts": ["hcl.ts", "names.ts", "policies.ts", "services.ts", "versions.ts"],
  "render.ts": ["format.ts", "header.ts", "templates.ts"],
  "compare.ts": ["header.ts"],
  "write.ts": ["header.ts"],
  "diff.ts": ["redact.ts"],
  "losses*.ts": ["addresses.ts", "header.ts", "names.ts", "regions.ts"],

  // The vocabulary.
  "schema.ts": ["services.ts", "versions.ts"],
  "names.ts": ["regions.ts", "services.ts"],
  "policies.ts": ["names.ts", "services.ts"],
  "redact.ts": ["suggest.ts"],
};

const STAGES = ["load.ts", "validate.ts", "resolve.ts", "render.ts", "compare.ts", "write.ts"];

function isInside(from: string): boolean {
  return from.endsWith(".ts") || from.endsWith(".hbs");
}

function familyOf(name: string): string {
  const family = Object.keys(INSIDE).find(
    (one) => one.endsWith("*.ts") && name.startsWith(one.slice(0, -"*.ts".length)),
  );
  return family ?? name;
}

test.each(files)("%s imports the code of those files only that it may", (name) => {
  const family = familyOf(name);
  const allowed = INSIDE[family] ?? [];
  const others = imports.get(name)!.code.filter((from) => from.endsWith(".ts") && familyOf(from) !== family);
  expect(others.filter((from) => !allowed.includes(from))).toEqual([]);
});

test("no file may import what it does not", () => {
  const superfluous = Object.entries(INSIDE).flatMap(([family, allowed]) => {
    const members = files.filter((name) => familyOf(name) === family);
    expect(members, family).not.toEqual([]);
    const used = new Set(members.flatMap((name) => imports.get(name)!.code));
    return allowed.filter((from) => !used.has(from)).map((from) => `${family} -> ${from}`);
  });
  expect(superfluous).toEqual([]);
});

test("every package and every module of Node is imported by those files that are meant to, and no others", () => {
  const outside = new Set([...imports.values()].flatMap(({ code }) => code.filter((from) => !isInside(from))));
  const importers = (from: string) => files.filter((name) => imports.get(name)!.code.includes(from));
  expect(Object.fromEntries([...outside].map((from) => [from, importers(from)]))).toEqual(OUTSIDE);
});

test("a stage imports the types of other stages, never their code", () => {
  for (const stage of STAGES) {
    expect(imports.get(stage)!.code.filter((from) => STAGES.includes(from))).toEqual([]);
  }
  const users = files.filter((name) => imports.get(name)!.code.some((from) => STAGES.includes(from)));
  expect(users).toEqual(["generate.ts", "index.ts", "main.ts"]);
});

test("no file imports its own code by way of others", () => {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    expect(path, `${[...path, name].join(" -> ")}`).not.toContain(name);
    if (done.has(name)) return;
    for (const from of imports.get(name)?.code ?? []) if (from.endsWith(".ts")) visit(from, [...path, name]);
    done.add(name);
  };
  for (const name of files) visit(name, []);
});

describe("no code", () => {
  test.each<[what: string, pattern: RegExp, but: readonly string[]]>([
    ["knows the process", /\bprocess\s*[.[]/, ["cli.ts", "code-cache.ts"]],
    ["prints by itself", /\bconsole\s*[.[]/, []],
    ["knows the time", /\bDate\b|\bperformance\s*\.|\bhrtime\b/, []],
    ["takes chances", /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b/, []],
    ["waits", /\bset(Timeout|Interval|Immediate)\b/, []],
    ["speaks to a network", /\bfetch\s*\(|node:(https?|net|dgram|tls|dns)\b/, []],
    ["is made at run time", /\beval\s*\(|\bnew Function\b/, []],
  ])("%s", (_, pattern, but) => {
    expect(files.filter((name) => pattern.test(codeOf(name)))).toEqual(but);
  });
});

test("every file says at its start what it does", () => {
  for (const name of files)
    expect(textOf(name).replace(/^#!.*\n/, ""), name).toMatch(/^(\/\*\*\s+(\* )?|\/\/ )[A-Z]\w+ /);
});
