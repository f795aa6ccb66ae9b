import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";

const folder = new URL("../src/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .map((name) => name.replaceAll("\\", "/"))
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

/** The text without comments and without what is in quotes. */
function codeOf(name: string): string {
  return textOf(name)
    .replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
}

function importsOf(name: string): Imports {
  const text = textOf(name);
  const code = new Set<string>();
  const types = new Set<string>();
  const target = (from: string) => (from.startsWith(".") ? posix.join(posix.dirname(name), from) : from);
  for (const [, isType, names = "", from = ""] of text.matchAll(
    /^(?:import|export)\s+(type\s+)?([^;"]*?)\s*from\s+"([^"]+)";/gm,
  )) {
    const isOfTypes = isType !== undefined || /^\{(\s*type\s[^,}]*,?)+\s*\}$/.test(names);
    (isOfTypes ? types : code).add(target(from));
  }
  for (const [, from = ""] of text.matchAll(/\bimport\("([^"]+)"\)/g)) code.add(target(from));
  return { code: [...code].sort(), types: [...types].sort() };
}

const imports = new Map(files.map((name) => [name, importsOf(name)]));

/** The files that import the code of something from outside of `src/`. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  "@aws-sdk/client-kms": ["aws/live.ts"],
  "@aws-sdk/client-secrets-manager": ["aws/live.ts"],
  "@aws-sdk/client-sts": ["aws/live.ts"],
  "@cdktf/hcl-tools": ["edited/layout.ts"],
  "@clack/prompts": ["setup/questions.ts"],
  diff: ["disk/edits.ts"],
  "handlebars/dist/cjs/handlebars.js": ["edited/compile.ts"],
  "handlebars/dist/cjs/handlebars.runtime.js": ["output/templates.ts"],
  "js-yaml": ["spec/load.ts", "spec/print.ts", "spec/source-map.ts"],
  yargs: ["commands/help.ts"],
  "zod/v4/core": ["spec/json-schema.ts", "spec/zod.ts"],
  "node:buffer": ["spec/documents.ts", "spec/load.ts"],
  "node:child_process": ["disk/git-index.ts", "terraform/show.ts"],
  "node:events": ["terraform/show.ts"],
  // Besides the stages that read and write: the program's own streams, its compiled code, and what is beside the output.
  "node:fs": [
    "adopt/folder.ts",
    "cli.ts",
    "code-cache.ts",
    "disk/append.ts",
    "disk/compare.ts",
    "disk/edited.ts",
    "disk/git-index.ts",
    "disk/leftovers.ts",
    "disk/pieces.ts",
    "disk/repository.ts",
    "disk/watch.ts",
    "disk/write.ts",
    "edited/read.ts",
    "read.ts",
    "setup/surroundings.ts",
    "spec/files.ts",
    "terraform/folder.ts",
    "terraform/show.ts",
  ],
  "node:path": [
    "code-cache.ts",
    "commands/adopt.ts",
    "commands/eject.ts",
    "commands/generate.ts",
    "commands/guard.ts",
    "commands/init.ts",
    "commands/jobs.ts",
    "commands/promote.ts",
    "commands/regenerate.ts",
    "commands/source.ts",
    "commands/verify.ts",
    "commands/watch.ts",
    "disk/compare.ts",
    "disk/git-index.ts",
    "disk/leftovers.ts",
    "disk/repository.ts",
    "disk/watch.ts",
    "disk/write.ts",
    "edited/read.ts",
    "index.ts",
    "losses/clashes.ts",
    "losses/compare-files.ts",
    "paths.ts",
    "report/print.ts",
    "setup/surroundings.ts",
    "spec/files.ts",
    "spec/load.ts",
    "terraform/folder.ts",
    "terraform/show.ts",
  ],
  "node:util": ["commands/options.ts", "spec/edit.ts"],
  "node:vm": ["code-cache.ts"],
};

/** A folder of `src/`, or one of the few files above them. */
function roomOf(name: string): string {
  return name.includes("/") ? name.slice(0, name.indexOf("/")) : name;
}

/** What the files of a room may import of `src/`: other rooms, or single files of them. Its own room a file always may. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["io.ts", "main.ts", "read.ts", "report/printable.ts"],
  "code-cache.ts": ["main.ts"],
  "main.ts": ["commands/commands.ts", "commands/help.ts", "commands/options.ts", "io.ts", "report"],
  "index.ts": ["pipeline.ts", "report", "spec/load.ts", "spec/schema.ts", "spec/zod.ts"],
  "pipeline.ts": ["model/resolve.ts", "output/header.ts", "output/render.ts", "rules/validate.ts", "spec/load.ts"],
  "io.ts": ["disk/write.ts"],
  "read.ts": [],
  "once.ts": [],
  "paths.ts": [],
  adopt: [
    "aws/account.ts",
    "aws/regions.ts",
    "pipeline.ts",
    "report/diagnostic.ts",
    "rules/validate.ts",
    "spec/json.ts",
    "spec/keys.ts",
    "spec/load.ts",
    "spec/names.ts",
    "spec/places.ts",
    "spec/print.ts",
    "spec/reference.ts",
    "spec/text.ts",
    "spec/versions.ts",
    "terraform",
  ],
  commands: [
    "paths.ts",
    "adopt",
    "aws",
    "disk",
    "edited",
    "io.ts",
    "losses/announcements.ts",
    "losses/clashes.ts",
    "losses/first-actions.ts",
    "losses/losses.ts",
    "losses/plan-judge.ts",
    "output",
    "pipeline.ts",
    "promotion",
    "read.ts",
    "report",
    "rules/validate.ts",
    "setup",
    "spec",
    "terraform",
    "verify",
  ],
  edited: ["model", "output", "read.ts", "report", "spec/suggest.ts", "terraform"],
  setup: ["paths.ts", "adopt/folder.ts", "io.ts", "read.ts"],
  promotion: ["io.ts", "model/changes.ts", "output/header.ts", "report", "spec", "terraform"],
  losses: [
    "aws",
    "disk/compare.ts",
    "disk/pieces.ts",
    "once.ts",
    "output/pieces.ts",
    "report",
    "spec/ebs.ts",
    "spec/keys.ts",
    "spec/names.ts",
    "spec/places.ts",
    "spec/regional.ts",
    "spec/text.ts",
    "spec/versions.ts",
    "terraform",
  ],
  disk: [
    "once.ts",
    "paths.ts",
    "output/digest.ts",
    "output/header.ts",
    "output/pieces.ts",
    "output/render.ts",
    "read.ts",
    "report",
    "spec/redact.ts",
  ],
  output: ["model/resolve.ts", "once.ts"],
  model: ["spec"],
  rules: ["aws", "once.ts", "report", "spec"],
  spec: ["aws", "once.ts", "read.ts", "report"],
  report: ["paths.ts", "io.ts"],
  verify: ["aws", "report", "spec"],
  terraform: ["read.ts"],
  aws: [],
};

test.each(files)("%s imports from those rooms only that it may, code and types alike", (name) => {
  const room = roomOf(name);
  const allowed = ROOMS[room];
  expect(allowed, `${room} has no row in the table`).toBeDefined();
  const { code, types } = imports.get(name)!;
  const others = [...code, ...types].filter((from) => from.endsWith(".ts") && roomOf(from) !== room);
  expect(others.filter((from) => !allowed!.includes(roomOf(from)) && !allowed!.includes(from))).toEqual([]);
});

test("no room may import what it does not", () => {
  const superfluous = Object.entries(ROOMS).flatMap(([room, allowed]) => {
    const members = files.filter((name) => roomOf(name) === room);
    expect(members, room).not.toEqual([]);
    const used = members.flatMap((name) => [...imports.get(name)!.code, ...imports.get(name)!.types]);
    return allowed
      .filter((one) => !used.some((from) => from === one || roomOf(from) === one))
      .map((one) => [room, one]);
  });
  expect(superfluous).toEqual([]);
});

test("every package and every module of Node is imported by those files that are meant to, and no others", () => {
  const isInside = (from: string) => /\.(ts|hbs|examples|sources)$/.test(from);
  const outside = new Set([...imports.values()].flatMap(({ code }) => code.filter((from) => !isInside(from))));
  const importers = (from: string) => files.filter((name) => imports.get(name)!.code.includes(from));
  expect(Object.fromEntries([...outside].map((from) => [from, importers(from)]))).toEqual(OUTSIDE);
});

const STAGES = [
  "spec/load.ts",
  "rules/validate.ts",
  "model/resolve.ts",
  "output/render.ts",
  "disk/compare.ts",
  "disk/write.ts",
];

test("a stage imports the types of other stages, never their code", () => {
  for (const stage of STAGES) {
    expect(imports.get(stage)!.code.filter((from) => STAGES.includes(from))).toEqual([]);
  }
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

test("a command never imports another one", () => {
  const infrastructure = [
    "commands/aws-failure.ts",
    "commands/command.ts",
    "commands/commands.ts",
    "commands/help.ts",
    "commands/options.ts",
    "commands/jobs.ts",
    "commands/one-spec.ts",
    "commands/regenerate.ts",
    "commands/source.ts",
    "commands/watch.ts",
    "commands/writing.ts",
  ];
  for (const name of files.filter((name) => roomOf(name) === "commands" && !infrastructure.includes(name))) {
    const { code, types } = imports.get(name)!;
    const own = [...code, ...types].filter((from) => roomOf(from) === "commands");
    expect(
      own.filter((from) => !infrastructure.includes(from)),
      name,
    ).toEqual([]);
  }
});

describe("no code", () => {
  test.each<[what: string, pattern: RegExp, but: readonly string[]]>([
    ["knows the process", /\bprocess\s*[.[]/, ["cli.ts", "code-cache.ts", "output/digest.ts"]],
    ["prints by itself", /\bconsole\s*[.[]/, []],
    [
      "writes to a stream",
      /\bstd(out|err)\.write\b/,
      ["main.ts", "report/print.ts", "report/status.ts", "report/steps.ts"],
    ],
    ["knows the time", /\bDate\b|\bperformance\s*\.|\bhrtime\b/, ["cli.ts", "code-cache.ts"]],
    ["takes chances", /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b|\bgetRandomValues\b/, ["cli.ts"]],
    ["waits", /\bset(Timeout|Interval|Immediate)\b/, ["cli.ts", "disk/watch.ts"]],
    ["speaks to a network", /\bfetch\s*\(|node:(https?|net|dgram|tls|dns)\b/, []],
    ["loads the data of a locale, which takes longer than Node to start", /\bIntl\b|\btoLocale|\blocaleCompare\b/, []],
    ["is made at run time", /\beval\s*\(|\bnew Function\b/, []],
  ])("%s", (_, pattern, but) => {
    expect(files.filter((name) => pattern.test(codeOf(name)))).toEqual(but);
  });
});

test("no pattern is made of what a run is given: one made at run time is a constant of its file", () => {
  for (const name of files) {
    const patterns = codeOf(name).match(/.*\bRegExp\(/g) ?? [];
    expect(
      patterns.filter((line) => !/^const [A-Z_1]+ = ((asciiFirst\(\w+, |once\()\(\) => )?new RegExp\($/.test(line)),
      name,
    ).toEqual([]);
  }
});

test("every file says at its start what it does", () => {
  for (const name of files)
    expect(textOf(name).replace(/^#!.*\n/, ""), name).toMatch(/^(\/\*\*\s+(\* )?|\/\/ )[A-Z]\w+ /);
});
