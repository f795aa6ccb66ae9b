/**
 * What holds for any spec: its files say what it asks for and nothing else, in the layout of `terraform fmt`, always with the
 * same bytes; and a wrong spec changes nothing on disk and never has a secret value printed.
 */

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "@cdktf/hcl-tools";
import fc from "fast-check";
import { type DumpOptions, dump } from "js-yaml";
import { describe, expect, test } from "vitest";
import type { RenderedFile } from "../src/output/render.ts";
import { check, print } from "../src/pipeline.ts";
import { parse } from "../src/spec/load.ts";
import { folderWith, run } from "./support/cli.ts";
import {
  argumentsOf,
  type Blocks,
  type Body,
  blockOf,
  blocksOf,
  blocksOfType,
  Expression,
  referredBlock,
  regionNamed,
  regionOf,
  spoken,
  Template,
  type Value,
  withRegions,
} from "./support/hcl.ts";
import {
  abilities,
  isSymmetric,
  keysOf,
  keysOpenedToLogs,
  type NamedPlace,
  obviousKey,
  placesOf,
  type SecretText,
  secretiveSpecs,
  serviceOf,
  sourceOf,
  specs,
  type WrittenBucket,
  type WrittenKey,
  type WrittenLogGroup,
  type WrittenParameter,
  type WrittenPart,
  type WrittenSecret,
  type WrittenSpec,
} from "./support/specs.ts";
import { saying } from "./support/text.ts";

const SMALLEST = { version: 1, regions: { primary: "eu-central-1" } };

/** JSON is YAML. */
type Generated = Pick<RenderedFile, "path" | "text">;

function generated(spec: WrittenSpec | string): readonly Generated[] {
  const text = typeof spec === "string" ? spec : JSON.stringify(spec);
  const files = print(check(parse("spec.yaml", Buffer.from(text))), { spec: "spec.yaml", arguments: ["spec.yaml"] });
  return files.map((file) => ({ path: file.path, text: file.text }));
}

function textOf(files: readonly Generated[]): string {
  return files.map(({ text }) => text).join("\n");
}

describe("any spec", () => {
  test("finds in its files what it asks for, every text as itself, and every replica under the key of its region", async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (spec) => {
        const blocks = await blocksOf(textOf(generated(spec)));
        expect(await found(blocks)).toEqual(wanted(spec));
      }),
      { numRuns: 1000 },
    );
  });

  test("gives keys of maps the width that terraform fmt gives them, whatever their first character combines with", async () => {
    const json = {
      "${\u0327": "x",
      "%{\u0301": "x",
      "a\u0327": "x",
      "👩‍👩‍👧‍👦": "x",
      각: "x",
      long_enough_to_be_the_widest: "x",
    };
    const text = textOf(generated(JSON.stringify({ ...SMALLEST, secrets: { app: { value: { json } } } })));
    expect(await format(text)).toBe(text);
  });

  test("gives files in the layout of terraform fmt", async () => {
    // A call of the formatter takes longer than its work, hence several specs in one.
    const several = fc.array(specs, { minLength: 10, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(several, async (given) => {
        const text = textOf(given.flatMap(generated));
        expect(await format(text)).toBe(text);
      }),
      { numRuns: 100 },
    );
  });

  test("gives the same bytes again, in whatever order the keys of its maps are written", () => {
    fc.assert(
      fc.property(specs, fc.array(fc.nat(), { minLength: 30, maxLength: 30 }), (spec, order) => {
        const files = generated(spec);
        expect(generated(spec)).toEqual(files);
        expect(generated(shuffledJson(spec, order))).toEqual(files);
      }),
      { numRuns: 300 },
    );
  });

  test("means the same with and without the keys that have nothing behind them", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        expect(generated(withoutNothing(spec) as WrittenSpec)).toEqual(generated(spec));
      }),
      { numRuns: 300 },
    );
  });

  test("with nothing behind the version of a literal has no version for it", () => {
    const spec = (value: object) => JSON.stringify({ ...SMALLEST, secrets: { app: { value } } });
    const literal = { literal: "no secret", allow_plaintext: true };
    expect(generated(spec({ ...literal, version: null }))).toEqual(generated(spec(literal)));
  });

  test("with secrets in it, when right, shows none of them, not even in a diff", async () => {
    const folder = folderWith();
    const path = join(folder, "spec.yaml");
    await fc.assert(
      fc.asyncProperty(secretiveSpecs, ways, async ({ spec, secretTexts }, { options, env }) => {
        empty(folder);
        writeFileSync(path, JSON.stringify(spec));
        const { stdout, stderr } = await run([path, ...options], { env, cwd: folder });
        expect(secretTexts.flatMap((one) => shownOf(one, stdout + stderr))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("is up to date after a run, and a second run writes nothing", async () => {
    const folder = folderWith();
    const path = join(folder, "spec.yaml");
    await fc.assert(
      fc.asyncProperty(specs, async (spec) => {
        empty(folder);
        writeFileSync(path, JSON.stringify(spec));
        expect((await run([path])).code).toBe(0);
        const before = stateOf(folder);
        expect((await run([path, "--check"])).code).toBe(0);
        expect((await run([path])).code).toBe(0);
        expect(stateOf(folder)).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ["a secret", { secrets: entry("__proto__", { name: "app" }) }],
    ["a key", { keys: entry("__proto__", {}) }],
    ["a tag", { secrets: { app: { tags: entry("__proto__", "x") } } }],
    ["a part of a value", { secrets: { app: { value: { json: entry("__proto__", "x") } } } }],
  ])("with __proto__ as the name of %s is refused or has it in its files", async (_, part) => {
    const text = JSON.stringify({ ...SMALLEST, ...part });
    let files: readonly Generated[];
    try {
      files = generated(text);
    } catch (error) {
      expect((error as Error).name).toBe("SpecError");
      return;
    }
    expect(textOf(files)).toContain("__proto__");
  });

  test.each([
    ["half a character", { "\ud800": "x" }],
    ["two names that Terraform makes one of", { "e\u0301": "a", é: "b" }],
  ])("with %s among the parts of a value is refused", (_, json) => {
    const spec = { ...SMALLEST, secrets: { app: { value: { json } } } };
    expect(() => generated(JSON.stringify(spec))).toThrow(expect.objectContaining({ name: "SpecError" }));
  });

  test("that admits versions without write-only values has none, not even for a literal with a version", async () => {
    const value = { literal: "no secret", allow_plaintext: true, version: 2 };
    const spec = { ...SMALLEST, terraform: { aws_provider: "~> 5.31" }, secrets: { app: { value } } };
    let text: string;
    try {
      text = textOf(generated(JSON.stringify(spec)));
    } catch (error) {
      expect((error as Error).name).toBe("SpecError");
      return;
    }
    expect(text).not.toContain("secret_string_wo");
  });
});

describe("a mistake in a spec is reported, changes nothing on disk, and shows no secret", () => {
  test.each(QUOTABLE)("when the secret is %s", async (_, text) => {
    const folder = folderWith();
    for (const way of [
      { options: [], env: { GITHUB_ACTIONS: "true" } },
      { options: ["--json"], env: {} },
    ]) {
      await expectReport(folder, text, way, [{ text: SECRET, parts: [SECRET] }]);
    }
  });

  test("when a required key is missing, something has the wrong type, or there is an unknown key", async () => {
    const folder = folderWith();
    await fc.assert(
      fc.asyncProperty(secretiveSpecs, mistakes, layouts, ways, async ({ spec, secretTexts }, mistake, layout, way) => {
        const data = JSON.parse(JSON.stringify(spec));
        const text = dump(mistaken(data, mistake), layout);
        await expectReport(folder, text, way, secretTexts);
      }),
      { numRuns: 500 },
    );
  });

  test("when a secret is where none belongs", async () => {
    const folder = folderWith();
    await fc.assert(
      fc.asyncProperty(
        secretiveSpecs,
        fc.constantFrom(...MISPLACEMENTS),
        layouts,
        ways,
        async ({ spec, secretTexts }, misplace, layout, way) => {
          const data = JSON.parse(JSON.stringify(spec));
          misplace(data, secretTexts[0]!.text);
          await expectReport(folder, dump(data, layout), way, secretTexts);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("when a character of the YAML is missing or there is one too many", async () => {
    const folder = folderWith();
    await fc.assert(
      fc.asyncProperty(secretiveSpecs, slips, layouts, ways, async ({ spec, secretTexts }, slip, layout, way) => {
        const text = slipped(dump(JSON.parse(JSON.stringify(spec)), layout), slip, secretTexts);
        await expectReport(folder, text, way, secretTexts, { isMaybeRight: true });
      }),
      { numRuns: 3000 },
    );
  });
});

const SECRET = "hunter2correcthorse";

/** Specs with mistakes next to a secret; each of them is a place that a report may quote. */
const QUOTABLE: readonly (readonly [title: string, text: string])[] = [
  ["a comment in place of a value", inValue(`\n      json:\n        token: # ${SECRET}`)],
  ["a comment behind a wrong value", inValue(`\n      literal: x\n      allow_plaintext: 1 # was ${SECRET}`)],
  ["the name of an anchor", inValue(`{ json: { token: &${SECRET} } }`)],
  ["the name of an alias", inValue(`{ json: { token: *${SECRET} } }`)],
  ["a tag", inValue(`{ json: { token: !${SECRET} } }`)],
  ["a tag with a quote in it", inValue(`{ json: { token: !"${SECRET}" } }`)],
  ["a part without a space behind its colon", inValue(`{ json: { token:${SECRET} } }`)],
  ["a part behind a comma too many", inValue(`{ json: { token: , ${SECRET} } }`)],
  ["a literal without a space behind its colon", inValue(`{ literal:${SECRET}, allow_plaintext: true }`)],
  ["a literal behind a comma too many", inValue(`{ literal: , ${SECRET}, allow_plaintext: true }`)],
  ["a key of the value", inValue(`{ ${SECRET}: x }`)],
  ["a key of the value, without anything behind it", inValue(`{ ${SECRET} }`)],
  ["a key of a part", inValue(`{ json: { token: { variable: x, ${SECRET}: x } } }`)],
  ["a key that is twice", inValue(`{ json: { ${SECRET}: a, ${SECRET}: b } }`)],
  ["a literal that is twice", inValue(`{ literal: a, literal: ${SECRET} }`)],
  ["half a character", inValue(`{ json: { token: "${SECRET}\\ud800" } }`)],
  ["half a character in a key", inValue(`{ json: { "${SECRET}\\ud800": a } }`)],
  ["a line of a text that is not indented", inValue(`\n      literal: |\nfirst: ${SECRET}`)],
  ["a line of a quoted text that is not indented", inValue(`\n      literal: "\n${SECRET}:abc"`)],
  ["a quote that is never closed", inValue(`\n      json:\n        token: "${SECRET}\n        x: y`)],
  ["a line that is indented with a tab", inValue(`\n      json:\n\t  token: ${SECRET}`)],
  ["a merge of what is no map", inValue(`\n      <<: ${SECRET}`)],
  ["a second document", inValue(`{ literal: ${SECRET} }\n---\n${SECRET}`)],
  ["the value itself", inValue(SECRET)],
  ["allow_plaintext", inValue(`{ literal: x, allow_plaintext: ${SECRET} }`)],
  ["the version", inValue(`{ literal: x, allow_plaintext: true, version: ${SECRET} }`)],
  ["the name of a variable", inValue(`{ variable: "${SECRET}!" }`)],
  ["a list of variables", inValue(`{ variable: [${SECRET}] }`)],
  ["the default of a variable", inValue(`{ variable: { default: ${SECRET} } }`)],
  ["the variable of a part", inValue(`{ json: { token: { variable: [${SECRET}] } } }`)],
  ["a generated value", inValue(`{ generated: ${SECRET} }`)],
  ["a generated part", inValue(`{ json: { token: { generated: ${SECRET} } } }`)],
  ["the length of a generated value", inValue(`{ generated: { length: ${SECRET} } }`)],
  ["the literal of a generated value", inValue(`{ generated: { literal: ${SECRET} } }`)],
  ["all the secrets", `version: 1\nregions: { primary: eu-central-1 }\nsecrets: ${SECRET}`],
  ["a list of secrets", `version: 1\nregions: { primary: eu-central-1 }\nsecrets:\n  - ${SECRET}`],
  ["a part that slipped out of its value", `${inValue("{ json: { user: a } }")}api_key: ${SECRET}\n`],
  ["an unknown key of a region", `version: 1\nregions: { primary: { region: eu-central-1, token: ${SECRET} } }`],
  [
    "an unknown key of the provider",
    `version: 1\nregions: { primary: eu-central-1 }\nprovider: { secret_key: ${SECRET} }`,
  ],
  ["an unknown key of a key", `version: 1\nregions: { primary: eu-central-1 }\nkeys: { sm: { token: ${SECRET} } }`],
];

function inValue(value: string): string {
  return `version: 1\nregions: { primary: eu-central-1 }\nsecrets:\n  app:\n    value: ${value}\n`;
}

/** What a user may add to the command line, and where the program may run. */
interface Way {
  readonly options: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const ways: fc.Arbitrary<Way> = fc.record({
  options: fc.constantFrom(
    [],
    [],
    ["--json"],
    ["--check"],
    ["--check", "--diff"],
    ["--diff"],
    ["--force"],
    ["--quiet"],
  ),
  env: fc.constantFrom<Way["env"][]>({}, {}, { GITHUB_ACTIONS: "true" }, { FORCE_COLOR: "1" }),
});

const layouts: fc.Arbitrary<DumpOptions> = fc.record({
  indent: fc.constantFrom(2, 4),
  flowLevel: fc.constantFrom(-1, -1, 0, 1, 2, 3, 4),
  flowBracketPadding: fc.boolean(),
  quoteFlowKeys: fc.boolean(),
  forceQuotes: fc.boolean(),
  quoteStyle: fc.constantFrom("single", "double"),
  lineWidth: fc.constantFrom(-1, 40, 80),
});

interface Mistake {
  readonly kind: "missing" | "wrong type" | "unknown";
  /** Which of the places where such a mistake can be made. */
  readonly place: number;
  readonly value: unknown;
}

/** Values that no key of a spec may have, and no part of a secret's value. */
const mistakes: fc.Arbitrary<Mistake> = fc.record({
  kind: fc.constantFrom("missing", "wrong type", "wrong type", "unknown"),
  place: fc.nat(),
  value: fc.constantFrom<unknown[]>(1.5, [[1.5]], { "no such key": [1.5] }),
});

/** Keys that may not be left out of the map that they are in. */
const REQUIRED = /^(version|regions|regions\.primary|.*\.(region|role_arn))$/;

function mistaken(spec: Record<string, unknown>, { kind, place, value }: Mistake): unknown {
  const places: { path: string; holder: Record<string, unknown>; key: string }[] = [];
  const maps: Record<string, unknown>[] = [];
  const walk = (holder: Record<string, unknown>, path: readonly string[]): void => {
    // In a JSON value there is nearly nothing that may not be.
    if (path.at(-1) === "json") return;
    if (!Array.isArray(holder)) maps.push(holder);
    for (const [key, below] of Object.entries(holder)) {
      if (key !== "json") places.push({ path: [...path, key].join("."), holder, key });
      if (typeof below === "object" && below !== null) walk(below as Record<string, unknown>, [...path, key]);
    }
  };
  walk(spec, []);
  if (kind === "unknown") maps[place % maps.length]!["no such key"] = value;
  else {
    // The default of a variable may have any type of scalar.
    const isFitting = (path: string) =>
      kind === "missing" ? REQUIRED.test(path) : !/^variables\..*default$/.test(path);
    const fitting = places.filter(({ path }) => isFitting(path));
    const { holder, key } = fitting[place % fitting.length]!;
    if (kind === "missing") delete holder[key];
    else holder[key] = value;
  }
  return spec;
}

/** Ways to write a secret down that are no way to write a spec. */
// biome-ignore lint/suspicious/noExplicitAny: a wrong spec has no type
const MISPLACEMENTS: readonly ((spec: any, secret: string) => void)[] = [
  ({ secrets }, secret) => (secrets.plain.value = secret),
  ({ secrets }, secret) => (secrets.plain.value = [secret]),
  ({ secrets }, secret) => (secrets.plain.value = [[{ literal: secret }]]),
  ({ secrets }, secret) => (secrets.plain.value.literal = [secret]),
  ({ secrets }, secret) => (secrets.plain.value.literal = { text: secret }),
  ({ secrets }, secret) => (secrets.plain.value = { litteral: secret, allow_plaintext: true }),
  ({ secrets }, secret) => (secrets.plain.value = { literal: secret }),
  ({ secrets }, secret) => (secrets.plain.value = { literal: secret, allow_plaintext: "yes" }),
  ({ secrets }, secret) => (secrets.plain.value = { literal: secret, allow_plaintext: secret }),
  ({ secrets }, secret) => (secrets.plain.value = { literal: secret, json: { password: secret } }),
  ({ secrets }, secret) => (secrets.plain.value = { literal: secret, allow_plaintext: true, version: secret }),
  ({ secrets }, secret) => (secrets.plain.value = { generated: secret }),
  ({ secrets }, secret) => (secrets.plain.value = { generated: { length: secret } }),
  ({ secrets }, secret) => (secrets.plain.value = { generated: { literal: secret } }),
  ({ secrets }, secret) => (secrets.plain.value = { variable: { default: secret } }),
  ({ secrets }, secret) => (secrets.plain.value = { variable: [secret] }),
  ({ secrets }, secret) => (secrets.plain = { valeu: { literal: secret, allow_plaintext: true } }),
  ({ secrets }, secret) => (secrets.plain = { literal: secret, allow_plaintext: true }),
  ({ secrets }, secret) => (secrets.plain = { password: secret }),
  ({ secrets }, secret) => (secrets.plain = { secret_string: secret }),
  ({ secrets }, secret) => (secrets.plain = [{ literal: secret }]),
  ({ secrets }, secret) => (secrets.structured.value.json = secret),
  ({ secrets }, secret) => (secrets.structured.value.json = [secret]),
  ({ secrets }, secret) => (secrets.structured.value.json = [{ password: secret }]),
  ({ secrets }, secret) => (secrets.structured.value.json.nested = { generated: { password: secret } }),
  ({ secrets }, secret) => (secrets.structured.value.json.nested = { deeper: [{ parameter: [secret] }] }),
  ({ secrets }, secret) => (secrets.structured.value.json.nested = { variable: "x", secret }),
  ({ secrets }, secret) => (secrets.structured.value.json.more = { literal: secret }),
  ({ secrets }, secret) => (secrets.structured.value.json.more = { generated: secret }),
  ({ secrets }, secret) => (secrets.structured.value.jsn = { user: "app", api_key: secret }),
  ({ secrets }, secret) => (secrets.structured.json = { user: "app", api_key: secret }),
  ({ secrets }, secret) => (secrets.structured.api_key = secret),
  (spec, secret) => (spec.api_key = secret),
  (spec, secret) => (spec.provider = { secret_key: secret }),
  (spec, secret) => (spec.value = { literal: secret, allow_plaintext: true }),
  (spec, secret) => (spec.secret = { plain: { value: { literal: secret, allow_plaintext: true } } }),
  (spec, secret) => (spec.secrets = [{ name: "plain", value: { literal: secret, allow_plaintext: true } }]),
  (spec, secret) => (spec.secrets = [{ api_key: secret }]),
  (spec, secret) => (spec.Secrets = { plain: { value: { json: { api_key: secret } } } }),
  (spec, secret) => (spec.json = { api_key: secret }),
  (spec, secret) => (spec.keys = { sm: { value: { json: { api_key: secret } } } }),
  (spec, secret) => (spec.regions.secrets = { plain: { value: { json: { api_key: secret } } } }),
];

interface Slip {
  /** `undefined` for a character that is missing. */
  readonly inserted: string | undefined;
  /** Which secret the slip is next to, and how far from its start; without one it is anywhere. */
  readonly secret: number | undefined;
  readonly offset: number;
}

const slips: fc.Arbitrary<Slip> = fc.record({
  inserted: fc.oneof(
    fc.constant(undefined),
    fc.constantFrom(
      ...'\n\n\n\t  ::--?,,[]{}{}#&*!|>\'""%@`~=.\\x0\u0000\u0085\u2028\ufeff',
      "\r",
      "\n\n",
      ": ",
      "\n- ",
      "<<: ",
    ),
  ),
  secret: fc.option(fc.nat(), { nil: undefined, freq: 3 }),
  offset: fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -3, max: 3 }), fc.nat()),
});

function slipped(text: string, { inserted, secret, offset }: Slip, secretTexts: readonly SecretText[]): string {
  const parts = secretTexts.flatMap((one) => one.parts);
  const start = secret === undefined ? 0 : text.indexOf(parts[secret % parts.length]!);
  const at = (((start + offset) % text.length) + text.length) % text.length;
  return text.slice(0, at) + (inserted ?? "") + text.slice(inserted === undefined ? at + 1 : at);
}

/** Runs a spec that is wrong, or may be, in a folder with an earlier output in it. */
async function expectReport(
  folder: string,
  text: string,
  { options, env }: Way,
  secretTexts: readonly SecretText[],
  { isMaybeRight = false } = {},
): Promise<void> {
  empty(folder);
  const path = join(folder, "spec.yaml");
  for (const file of generated(EARLIER)) writeFileSync(join(folder, file.path), file.text);
  writeFileSync(path, text);
  const before = stateOf(folder);
  const { code, stdout, stderr } = await run([path, ...options], { env, cwd: folder });
  const printed = stdout + stderr;
  // What a slip leaves right may be refused still, because it would have resources vanish.
  expect(isMaybeRight ? [0, 1, 2, 4] : [2], printed).toContain(code);
  if (code !== 0) expect(stateOf(folder)).toEqual(before);
  if (code === 2) expect(printed).toMatch(/error/);
  expect(printed).not.toMatch(/\n\s+at |has a bug/);
  // A slip may make a right spec in which the secret is something else, a key for instance; then a diff shows it.
  if (code !== 2 && options.includes("--diff")) return;
  expect(
    secretTexts.flatMap((one) => shownOf(one, printed)),
    printed,
  ).toEqual([]);
}

const EARLIER = "{ version: 1, regions: { primary: eu-central-1 }, secrets: { before: { value: external } } }";

/** What is printed of a secret: the whole of it, or eight characters on end of its random parts. */
function shownOf({ text, parts }: SecretText, printed: string): readonly string[] {
  const pieces = parts.flatMap((part) =>
    Array.from({ length: part.length - 7 }, (_, start) => part.slice(start, start + 8)),
  );
  return [text, ...pieces].filter((piece) => printed.includes(piece));
}

/** What a spec asks for, or what files hold, in terms of neither the one nor the other. */
interface View {
  readonly terraform: readonly object[];
  readonly providers: readonly object[];
  /** By the name of the primary key's resource. */
  readonly keys: Readonly<Record<string, object>>;
  readonly secrets: Readonly<Record<string, object>>;
  /** By the name of the resource. */
  readonly logGroups: Readonly<Record<string, object>>;
  readonly buckets: Readonly<Record<string, object>>;
  readonly parameters: Readonly<Record<string, object>>;
  readonly variables: Readonly<Record<string, object>>;
  /** The regions of every key and secret in the outputs. */
  readonly outputs: object;
  /** What every address that was renamed was called in the first place. */
  readonly origins: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
}

/** What the aliases of keys end in when the spec does not say. */
const USUAL_ALIASES: Readonly<Record<string, string>> = {
  secretsmanager: "secrets-manager",
  s3: "s3",
  ebs: "ebs",
  logs: "logs",
  ssm: "ssm",
};

/** A spec's regions, keys and secrets with what the spec leaves out or says in a short form. */
class Wishes {
  readonly spec: WrittenSpec;
  readonly isModule: boolean;
  readonly isPlacedByRegion: boolean;
  readonly primary: NamedPlace;
  readonly replicas: readonly NamedPlace[];
  readonly retired: readonly NamedPlace[];
  readonly keys: readonly WantedKey[];
  readonly secrets: readonly WantedSecret[];
  readonly logGroups: readonly WantedLogGroup[];
  readonly buckets: readonly WantedBucket[];
  readonly parameters: readonly WantedParameter[];

  constructor(spec: WrittenSpec) {
    this.spec = spec;
    this.isModule = spec.terraform?.module ?? false;
    this.isPlacedByRegion = spec.provider?.placement === "region";
    const { primary, replicas, retired } = placesOf(spec);
    this.primary = primary;
    this.replicas = replicas;
    this.retired = retired;
    const all = Object.entries(keysOf(spec)).map(([id, key]) => ({
      id,
      key: key ?? {},
      name: `${primary.label}_${id}`,
      replicas: this.#chosen(key?.replicas),
    }));
    this.keys = all.filter(({ key }) => !key.existing);
    this.secrets = Object.entries(spec.secrets ?? {}).map(([id, written]) => {
      const secret: WrittenSecret = typeof written === "string" ? { name: written } : (written ?? {});
      const key = all.find((one) => one.id === (secret.key ?? obviousKey(spec)));
      const ofKey = new Set(key?.replicas ?? this.replicas);
      return { id, secret, key, replicas: this.#chosen(secret.replicas).filter((place) => ofKey.has(place)) };
    });
    this.logGroups = Object.entries(spec.log_groups ?? {}).map(([id, written]) => {
      const group: WrittenLogGroup = typeof written === "string" ? { name: written } : (written ?? {});
      const key = all.find((one) => one.id === (group.key ?? obviousKey(spec, "logs")))!;
      return { id, group, key, places: this.#placesOf(key, group.regions) };
    });
    this.buckets = Object.entries(spec.buckets ?? {}).map(([id, written]) => {
      const bucket: WrittenBucket = typeof written === "string" ? { name: written } : (written ?? {});
      const key = all.find((one) => one.id === (bucket.key ?? obviousKey(spec, "s3")))!;
      return { id, bucket, key, places: this.#placesOf(key, bucket.regions) };
    });
    this.parameters = Object.entries(spec.parameters ?? {}).map(([id, written]) => {
      const parameter: WrittenParameter = typeof written === "string" ? { name: written } : (written ?? {});
      const key = all.find((one) => one.id === (parameter.key ?? obviousKey(spec, "ssm")))!;
      return { id, parameter, key, places: this.#placesOf(key, parameter.regions) };
    });
  }

  /** The places of a thing that is in some of its key's, by the regions that it lists. */
  #placesOf(key: WantedKey, regions: "all" | string[] | null | undefined): readonly NamedPlace[] {
    const places = [this.primary, ...key.replicas];
    return Array.isArray(regions) ? places.filter(({ region }) => regions.includes(region)) : places;
  }

  #chosen(regions: "all" | string[] | null | undefined): readonly NamedPlace[] {
    return Array.isArray(regions) ? this.replicas.filter(({ region }) => regions.includes(region)) : this.replicas;
  }

  /** The region as it can be told from the files; a provider of the caller's has none, or at most a name. */
  seen({ region, alias }: NamedPlace): string | undefined {
    if (this.isPlacedByRegion) return region;
    if (this.isModule || this.spec.provider?.write === false) return alias && `aws.${alias}`;
    return alias === undefined && this.spec.provider?.default === false ? undefined : region;
  }
}

interface WantedKey {
  readonly id: string;
  readonly key: WrittenKey;
  /** Of the primary key's resource. */
  readonly name: string;
  readonly replicas: readonly NamedPlace[];
}

interface WantedSecret {
  readonly id: string;
  readonly secret: WrittenSecret;
  /** None for AWS's own. */
  readonly key: WantedKey | undefined;
  readonly replicas: readonly NamedPlace[];
}

interface WantedLogGroup {
  readonly id: string;
  readonly group: WrittenLogGroup;
  readonly key: WantedKey;
  readonly places: readonly NamedPlace[];
}

interface WantedBucket {
  readonly id: string;
  readonly bucket: WrittenBucket;
  readonly key: WantedKey;
  readonly places: readonly NamedPlace[];
}

interface WantedParameter {
  readonly id: string;
  readonly parameter: WrittenParameter;
  readonly key: WantedKey;
  readonly places: readonly NamedPlace[];
}

function wanted(spec: WrittenSpec): View {
  const wishes = new Wishes(spec);
  const { keys, secrets } = wishes;
  const can = abilities(spec);
  return {
    terraform: spec.provider?.write === false ? [] : [wantedTerraform(wishes)],
    providers: wantedProviders(wishes),
    keys: Object.fromEntries(keys.map((key) => [key.name, wantedKey(key, wishes)])),
    secrets: Object.fromEntries(secrets.map((secret) => [secret.id, wantedSecret(secret, wishes, can.writeOnly)])),
    logGroups: Object.fromEntries(
      wishes.logGroups.flatMap((wish) =>
        wish.places.map((place) => [`${place.label}_${wish.id}`, wantedLogGroup(wish, place, wishes)]),
      ),
    ),
    buckets: Object.fromEntries(
      wishes.buckets.flatMap((wish) =>
        wish.places.map((place) => [`${place.label}_${wish.id}`, wantedBucket(wish, place, wishes)]),
      ),
    ),
    parameters: Object.fromEntries(
      wishes.parameters.flatMap((wish) =>
        wish.places.map((place) => [`${place.label}_${wish.id}`, wantedParameter(wish, place, wishes, can.writeOnly)]),
      ),
    ),
    variables: Object.fromEntries([
      ...[
        ...secrets.map(({ id, secret }) => variablesOf(`${id}_secret_string`, writtenValue(secret))),
        ...wishes.parameters
          .filter(({ places }) => places.length > 0)
          .map(({ id, parameter }) => variablesOf(`${id}_parameter`, parameter.value ?? "variable")),
      ]
        .flat()
        .map((name) => [
          name,
          { type: "string", sensitive: true, ephemeral: (can.writeOnly && !isKept(name, wishes)) || undefined },
        ]),
      ...Object.entries(spec.variables ?? {}).flatMap(([name, variable]) =>
        variable?.write === false
          ? []
          : [[name, { type: variable?.type ?? "string", default: variable?.default }] as const],
      ),
    ]),
    outputs: wantedOutputs(wishes),
    origins: wantedOrigins(wishes),
    imports: wantedImports(wishes),
    removed: wishes.retired
      .filter(({ isForgotten }) => isForgotten)
      .flatMap((place) => [
        ...keys.flatMap((key) => addressesEver(key, place)),
        ...(keys.some(({ key }) => key.default_for_ebs) ? ebsAddresses(place.label) : []),
        ...wishes.logGroups.flatMap(({ id, group: { renamed_from } }) =>
          [id, renamed_from ?? []].flat().map((one) => `aws_cloudwatch_log_group.${place.label}_${one}`),
        ),
        ...wishes.buckets.flatMap(({ id, bucket: { renamed_from } }) =>
          [id, renamed_from ?? []].flat().map((one) => `${BUCKET_ENCRYPTION}.${place.label}_${one}`),
        ),
        ...wishes.parameters.flatMap(({ id, parameter: { renamed_from } }) =>
          [id, renamed_from ?? []].flat().map((one) => `aws_ssm_parameter.${place.label}_${one}`),
        ),
      ])
      .sort(),
  };
}

function wantedTerraform(wishes: Wishes): object {
  const { spec } = wishes;
  const given = wishes.isModule ? aliasedPlaces(wishes) : [];
  const aliases = given.map(({ alias }) => new Expression(`aws.${alias}`));
  return {
    required_version: spec.terraform?.required_version ?? ">= 1.11",
    required_providers: [
      {
        aws: {
          source: "hashicorp/aws",
          version: spec.terraform?.aws_provider ?? "~> 6.0",
          ...(aliases.length > 0 && { configuration_aliases: aliases }),
        },
      },
    ],
  };
}

/** The places whose providers have aliases, as far as anything uses them. */
function aliasedPlaces({ isPlacedByRegion, primary, replicas, retired }: Wishes): readonly NamedPlace[] {
  return [...(primary.alias === undefined ? [] : [primary]), ...(isPlacedByRegion ? [] : [...replicas, ...retired])];
}

function wantedProviders(wishes: Wishes): readonly object[] {
  const { spec, isModule, primary } = wishes;
  const { provider } = spec;
  if (isModule || provider?.write === false) return [];
  const role = provider?.assume_role;
  const hasDefault = provider?.default ?? primary.alias === undefined;
  const places = [...(hasDefault ? [{ ...primary, alias: undefined }] : []), ...aliasedPlaces(wishes)];
  return places.map((place) => {
    const said = (text: TextOrWrittenReference) => (text ? wantedText(text, place) : undefined);
    const accounts = provider?.allowed_account_ids ?? [];
    const tags = wantedTags(provider?.default_tags, place);
    return {
      alias: place.alias,
      region: place.region,
      profile: said(provider?.profile),
      allowed_account_ids: accounts.length > 0 ? accounts.map(said) : undefined,
      assume_role: role
        ? [
            {
              role_arn: said(role.role_arn),
              session_name: said(role.session_name),
              external_id: said(role.external_id),
            },
          ]
        : undefined,
      default_tags: Object.keys(tags).length > 0 ? [{ tags }] : undefined,
    };
  });
}

/** What by_region says of a place. */
function regional({ key }: WantedKey, { region }: NamedPlace) {
  return key.by_region?.[region] ?? {};
}

interface WantedAlias {
  /** What its resource's name has behind that of the key. */
  readonly suffix: string;
  /** With `{region}` where the region's name belongs. */
  readonly name: string;
}

/** The aliases of a key in a place: its own one, and those that it has besides. */
function aliasesOf(wish: WantedKey, place: NamedPlace): readonly WantedAlias[] {
  const { id, key } = wish;
  const usual = key.aliases ? false : (USUAL_ALIASES[serviceOf(key)] ?? id);
  const alias = regional(wish, place).alias ?? key.alias ?? usual;
  return [
    ...(alias === false ? [] : [{ suffix: "", name: wholeAlias(alias) }]),
    ...(regional(wish, place).aliases ?? key.aliases ?? []).map((one) => {
      const suffix = typeof one === "string" ? one : one.name;
      return { suffix: `_${suffix.replace(/[{}]/g, "").replace(/[/.]/g, "_")}`, name: wholeAlias(one) };
    }),
  ];
}

function wholeAlias(alias: string | { readonly name: string }): string {
  return typeof alias === "string" ? `alias/{region}-${alias}` : alias.name;
}

/** The grants of a key in a place, each with nothing but what it says. */
function grantsOf(wish: WantedKey, place: NamedPlace): object {
  const { key } = wish;
  if (regional(wish, place).grants === false) return {};
  const grants = Object.entries(key.grants ?? {}).map(([name, { to, operations, constraints, retiring }]) => {
    return [name, { to, operations: [...new Set(operations)].sort(), constraints, retiring: retiring ?? undefined }];
  });
  return Object.fromEntries(grants);
}

function wantedKey(wish: WantedKey, wishes: Wishes): object {
  const { key, replicas } = wish;
  const { rotation, description } = key;
  const inRegion = (place: NamedPlace, text: string | undefined) => {
    const own = regional(wish, place);
    const described = own.description ?? text;
    return {
      description: described === undefined ? expect.any(String) : saying(described, place),
      aliases: aliasesOf(wish, place)
        .map(({ name }) => saying(name, { region: wishes.seen(place) ?? "", label: place.label }))
        .sort(),
      grants: grantsOf(wish, place),
      deletionWindow: own.deletion_window_days ?? key.deletion_window_days ?? undefined,
      hasPolicy: Boolean(own.policy ?? key.policy ?? keysOpenedToLogs(wishes.spec).has(wish.id)),
      isEnabled: own.enabled ?? key.enabled ?? true,
      isProtected: own.protect ?? key.protect ?? true,
      isDefaultForEbs: isDefaultForEbs(wish, place),
      tags: wantedTags({ ...key.tags, ...own.tags }, place),
    };
  };
  const purposes = { encrypt: undefined, sign: "SIGN_VERIFY", mac: "GENERATE_VERIFY_MAC", agree: "KEY_AGREEMENT" };
  const isImported = key.material === "imported";
  return {
    multiRegion: true,
    usage: purposes[key.usage ?? "encrypt"],
    isImported,
    validTo: isImported ? [key.valid_to ?? undefined, ...replicas.map(() => key.valid_to ?? undefined)] : undefined,
    material: isSymmetric(key)
      ? undefined
      : (key.spec ?? { sign: "ECC_NIST_P256", agree: "ECC_NIST_P256" }[key.usage as string]),
    rotation: isSymmetric(key) && !isImported ? rotation !== false : undefined,
    rotationPeriod: typeof rotation === "object" ? rotation?.period_days : undefined,
    region: wishes.seen(wishes.primary),
    primary: inRegion(wishes.primary, description ?? undefined),
    replicas: Object.fromEntries(
      replicas.map((place) => [
        wishes.seen(place),
        inRegion(place, description ? wantedDescription(description, place) : undefined),
      ]),
    ),
  };
}

type TextOrWrittenReference =
  | string
  | { ref?: string | null | undefined; variable?: string | null | undefined }
  | null
  | undefined;

/** What a text says, or what a reference in its place refers to. */
function wantedText(text: NonNullable<TextOrWrittenReference>, place: { region: string; label: string }): unknown {
  if (typeof text === "string") return saying(text, place);
  return text.ref ? new Expression(text.ref) : `⟦var.${text.variable}⟧`;
}

function wantedTags(tags: WrittenKey["tags"], place: NamedPlace): object {
  return Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [key, saying(value, place)]));
}

/** The suffix of a replica's description is for those that do not speak of the region themselves. */
function wantedDescription(description: string, place: NamedPlace): string {
  const speaksOfRegion =
    saying(description, { region: "R", label: "L" }) !== saying(description, { region: "", label: "" });
  return speaksOfRegion ? description : `${description} (replica in ${place.region})`;
}

/** What a secret says of its key in a place: of one of the spec's the primary, of another state's what is read there. */
function wantedReference({ id, key, name }: WantedKey, place: NamedPlace, secret: WrittenSecret): string {
  const { existing } = key;
  const said = secret.key_reference ?? "id";
  if (!existing) return `${name} ${said}`;
  const read = `${place.label}_${id}`;
  if (typeof existing === "object") return `${read} target_key_${said} ${saying(existing.alias, place)}`;
  const isArn = existing.startsWith("arn:");
  return `${read} ${isArn ? "arn" : said} ${existing.replace(/^(arn:.*:kms:)[^:]*/, `$1${place.region}`)}`;
}

function wantedSecret({ id, secret, key, replicas }: WantedSecret, wishes: Wishes, canWriteOnly: boolean): object {
  const { rotation } = secret;
  const referenceIn = (place: NamedPlace) => key && wantedReference(key, place, secret);
  return {
    name: secret.name_prefix ? undefined : saying(secret.name ?? id, wishes.primary),
    namePrefix: secret.name_prefix ? saying(secret.name_prefix, wishes.primary) : undefined,
    description: secret.description ? saying(secret.description, wishes.primary) : undefined,
    region: wishes.seen(wishes.primary),
    key: referenceIn(wishes.primary),
    // Nothing of AWS's own key tells the region, which is written out then.
    replicas: Object.fromEntries(
      replicas.map((place) => [key ? wishes.seen(place) : place.region, referenceIn(place)]),
    ),
    recoveryWindow: secret.recovery_window_days ?? undefined,
    overwritesReplica: secret.overwrite_replica ?? false,
    isProtected: secret.protect ?? false,
    hasPolicy: Boolean(secret.policy),
    tags: wantedTags(secret.tags, wishes.primary),
    value: wantedValue(id, secret, canWriteOnly),
    rotation: rotation
      ? {
          lambda: rotation.lambda_arn ? wantedText(rotation.lambda_arn, wishes.primary) : undefined,
          isImmediate: rotation.immediately ?? true,
          rules: {
            automatically_after_days: rotation.every_days,
            schedule_expression: rotation.schedule,
            duration: rotation.duration ?? undefined,
          },
        }
      : undefined,
  };
}

function wantedLogGroup({ id, group, key }: WantedLogGroup, place: NamedPlace, wishes: Wishes): object {
  const own = group.by_region?.[place.region] ?? {};
  return {
    name: saying(own.name ?? group.name ?? id, place),
    region: wishes.seen(place),
    key: wantedReference(key, place, { key_reference: "arn" }),
    class: group.class === "STANDARD" ? undefined : (group.class ?? undefined),
    retention: own.retention_days ?? group.retention_days ?? undefined,
    isLeft: own.skip_destroy ?? group.skip_destroy ?? false,
    isProtected: own.protect ?? group.protect ?? false,
    tags: wantedTags({ ...group.tags, ...own.tags }, place),
  };
}

const BUCKET_ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration";

function wantedBucket({ bucket, key }: WantedBucket, place: NamedPlace, wishes: Wishes): object {
  const own = bucket.by_region?.[place.region] ?? {};
  return {
    bucket: wantedText((own.name ?? bucket.name)!, place),
    region: wishes.seen(place),
    key: wantedReference(key, place, { key_reference: "arn" }),
    algorithm: "aws:kms",
    hasBucketKey: own.bucket_key ?? bucket.bucket_key ?? true,
  };
}

function wantedParameter(
  { id, parameter, key }: WantedParameter,
  place: NamedPlace,
  wishes: Wishes,
  canWriteOnly: boolean,
): object {
  const own = parameter.by_region?.[place.region] ?? {};
  const description = own.description ?? parameter.description;
  const { argument, ...sent } = wantedSent(`${id}_parameter`, parameter.value ?? "variable", canWriteOnly);
  return {
    name: saying(own.name ?? parameter.name ?? id, place),
    region: wishes.seen(place),
    key: wantedReference(key, place, { key_reference: "arn" }),
    type: "SecureString",
    description: description ? saying(description, place) : (description ?? undefined),
    tier: { advanced: "Advanced", intelligent_tiering: "Intelligent-Tiering", "": undefined }[parameter.tier ?? ""],
    isOverwritten: parameter.overwrite ?? false,
    isProtected: own.protect ?? parameter.protect ?? false,
    tags: wantedTags({ ...parameter.tags, ...own.tags }, place),
    value: { ...sent, isWriteOnly: argument === "secret_string_wo" },
  };
}

function wantedOutputs({ spec, isModule, primary, keys, secrets }: Wishes): object {
  if (!(spec.outputs ?? isModule)) return {};
  const regions = (things: readonly { readonly id: string; readonly replicas: readonly NamedPlace[] }[]) =>
    Object.fromEntries(
      things.map(({ id, replicas }) => [id, [primary, ...replicas].map(({ region }) => region).sort()]),
    );
  return {
    ...(keys.length > 0 && { kms_keys: regions(keys) }),
    ...(secrets.length > 0 && { secrets: regions(secrets) }),
    ...(spec.consumers && {
      consumer_policies: Object.fromEntries(
        Object.keys(spec.consumers).map((id) => [id, `data.aws_iam_policy_document.consumer_${id}.json`]),
      ),
    }),
  };
}

function isDefaultForEbs(wish: WantedKey, place: NamedPlace): boolean {
  return regional(wish, place).default_for_ebs ?? wish.key.default_for_ebs ?? false;
}

function ebsAddresses(label: string): string[] {
  return [`aws_ebs_encryption_by_default.${label}`, `aws_ebs_default_kms_key.${label}`];
}

/** The resources of a key in a region, under the names of today unless others are given. */
function addressesOf(wish: WantedKey, place: NamedPlace, { id = wish.id, label = place.label } = {}): string[] {
  const { isPrimary } = place;
  const kind = wish.key.material === "imported" ? "external_key" : "key";
  const type = `aws_kms_${isPrimary ? "" : "replica_"}${kind}`;
  const name = `${label}_${id}`;
  return [
    `${type}.${name}`,
    ...aliasesOf(wish, place).map(({ suffix }) => `aws_kms_alias.${name}${suffix}`),
    ...Object.keys(grantsOf(wish, place)).map((grant) => `aws_kms_grant.${name}_${grant}`),
  ];
}

/** Those under the names of today and those of before, which are in the state of whoever has not applied the rename. */
function addressesEver(wish: WantedKey, place: NamedPlace): readonly string[] {
  return [wish.id, ...formerIds(wish)].flatMap((id) => addressesOf(wish, place, { id }));
}

/** What a key was called before, the oldest first. */
function formerIds({ key }: WantedKey): readonly string[] {
  return [key.renamed_from ?? []].flat();
}

function wantedOrigins({ primary, keys, secrets, logGroups, buckets, parameters }: Wishes): View["origins"] {
  const ofKeys = keys.flatMap((key) =>
    [primary, ...key.replicas].flatMap((place) => {
      const [id, label] = [formerIds(key)[0], place.formerLabels[0]];
      const former = addressesOf(key, place, { id, label });
      return addressesOf(key, place).map((address, index): [string, string] => [address, former[index]!]);
    }),
  );
  const ofEbs = keys.flatMap((key) =>
    [primary, ...key.replicas].flatMap((place) => {
      if (!isDefaultForEbs(key, place)) return [];
      const { label, formerLabels } = place;
      const former = ebsAddresses(formerLabels[0] ?? label);
      return ebsAddresses(label).map((address, index): [string, string] => [address, former[index]!]);
    }),
  );
  const ofSecrets = secrets.flatMap(({ id, secret }) => {
    const { renamed_from, rotation, policy } = secret;
    const types = [
      "secret",
      ...(writtenValue(secret) === "external" ? [] : ["secret_version"]),
      ...(rotation ? ["secret_rotation"] : []),
      ...(policy ? ["secret_policy"] : []),
    ].map((type) => `aws_secretsmanager_${type}`);
    return types.map((type): [string, string] => [`${type}.${id}`, `${type}.${[renamed_from ?? id].flat()[0]}`]);
  });
  const ofLogGroups = logGroups.flatMap(({ id, group, places }) =>
    places.map(({ label, formerLabels }): [string, string] => {
      const [former] = [group.renamed_from ?? id].flat();
      const type = "aws_cloudwatch_log_group";
      return [`${type}.${label}_${id}`, `${type}.${formerLabels[0] ?? label}_${former}`];
    }),
  );
  const ofBuckets = buckets.flatMap(({ id, bucket, places }) =>
    places.map(({ label, formerLabels }): [string, string] => {
      const [former] = [bucket.renamed_from ?? id].flat();
      return [`${BUCKET_ENCRYPTION}.${label}_${id}`, `${BUCKET_ENCRYPTION}.${formerLabels[0] ?? label}_${former}`];
    }),
  );
  const ofParameters = parameters.flatMap(({ id, parameter, places }) =>
    places.map(({ label, formerLabels }): [string, string] => {
      const [former] = [parameter.renamed_from ?? id].flat();
      return [`aws_ssm_parameter.${label}_${id}`, `aws_ssm_parameter.${formerLabels[0] ?? label}_${former}`];
    }),
  );
  const all = [...ofKeys, ...ofEbs, ...ofLogGroups, ...ofBuckets, ...ofParameters, ...ofSecrets];
  return Object.fromEntries(all.filter(([now, former]) => now !== former));
}

function wantedImports({
  spec,
  isPlacedByRegion,
  primary,
  keys,
  secrets,
  logGroups,
  buckets,
}: Wishes): View["imports"] {
  const inRegion = (id: string, place: NamedPlace) => {
    const { default: isDefault, write } = spec.provider ?? {};
    const isProvidersOwn = place === primary && write !== false && (primary.alias !== undefined || isDefault !== false);
    return isPlacedByRegion && !isProvidersOwn ? `${id}@${place.region}` : id;
  };
  const ofKeys = keys.flatMap((wish) => {
    const given = wish.key.import;
    if (!given) return [];
    const { key_id, alias } = typeof given === "string" ? { key_id: given, alias: false } : given;
    return [primary, ...wish.replicas].flatMap((place) => {
      const [key, ...besides] = addressesOf(wish, place);
      const ofAliases = aliasesOf(wish, place).map(({ name }, index) => {
        return [besides[index]!, inRegion(saying(name, place), place)];
      });
      return [[key!, inRegion(key_id, place)], ...(alias ? ofAliases : [])];
    });
  });
  const ofSecrets = secrets.flatMap(({ id, secret }) =>
    secret.import ? [[`aws_secretsmanager_secret.${id}`, inRegion(secret.import, primary)]] : [],
  );
  const adoptedOf = (wanted: "all" | string[] | null | undefined, places: readonly NamedPlace[]) =>
    places.filter(({ region }) => (Array.isArray(wanted) ? wanted.includes(region) : Boolean(wanted)));
  const ofBuckets = buckets.flatMap(({ id, bucket, places }) =>
    adoptedOf(bucket.import, places).map((place) => {
      const name = wantedText((bucket.by_region?.[place.region]?.name ?? bucket.name)!, place);
      const said = name instanceof Expression ? name : inRegion(name as string, place);
      return [`${BUCKET_ENCRYPTION}.${place.label}_${id}`, said];
    }),
  );
  const ofLogGroups = logGroups.flatMap(({ id, group, places }) => {
    return adoptedOf(group.import, places).map((place) => {
      const name = group.by_region?.[place.region]?.name ?? group.name ?? id;
      return [`aws_cloudwatch_log_group.${place.label}_${id}`, inRegion(saying(name, place), place)];
    });
  });
  return Object.fromEntries([...ofKeys, ...ofLogGroups, ...ofBuckets, ...ofSecrets]);
}

/** Where a secret's value comes from: of one that is rotated or adopted from elsewhere, unless the spec says otherwise. */
function writtenValue({ value, rotation, import: adopted }: WrittenSecret): NonNullable<WrittenSecret["value"]> {
  return value ?? (rotation || adopted ? "external" : "variable");
}

/** The variables of a value, whose own one is called `own`. */
function variablesOf(own: string, value: NonNullable<WrittenSecret["value"]>): readonly string[] {
  if (typeof value === "string") return value === "variable" ? [own] : [];
  return value.variable ? [value.variable] : variablesIn(value.json ?? {});
}

function variablesIn(content: WrittenPart): readonly string[] {
  if (typeof content !== "object" || content === null) return [];
  if (Array.isArray(content)) return content.flatMap(variablesIn);
  const { variable } = content as { readonly variable?: WrittenPart };
  if (typeof variable === "string" && sourceOf(content) === "variable") return [variable];
  const map = sourceOf(content) === "json" ? (content as { readonly json: WrittenPart }).json : content;
  return Object.values(map as Record<string, WrittenPart>).flatMap(variablesIn);
}

/** Whether a variable's value is kept in the state: that of a binary secret is. */
function isKept(name: string, { secrets }: Wishes): boolean {
  return secrets.some(
    ({ secret: { value } }) => typeof value === "object" && value?.binary === true && value.variable === name,
  );
}

function wantedValue(id: string, secret: WrittenSecret, canWriteOnly: boolean): object | undefined {
  const value = writtenValue(secret);
  if (value === "external") return undefined;
  const { once } = typeof value === "object" ? value : {};
  const sent = wantedSent(`${id}_secret_string`, value, canWriteOnly);
  const { argument } = sent;
  return { ...sent, ignored: once ? [argument === "secret_string_wo" ? "secret_string_wo_version" : argument] : [] };
}

/** What is sent, and in which argument of a secret's version; the value's own variable is called `own`. */
function wantedSent(own: string, value: NonNullable<WrittenSecret["value"]>, canWriteOnly: boolean) {
  const details = typeof value === "object" ? value : {};
  const isPlain = typeof details.literal === "string" ? !details.version : !canWriteOnly;
  const argument = details.binary ? "secret_binary" : isPlain ? "secret_string" : "secret_string_wo";
  const version = argument === "secret_string_wo" ? (details.version ?? 1) : undefined;
  return { source: wantedSource(own, value), argument, version };
}

function wantedSource(own: string, value: NonNullable<WrittenSecret["value"]>): unknown {
  if (value === "generated") return { generated: wantedPassword({}) };
  if (typeof value !== "object") return { variable: variablesOf(own, value)[0] };
  if (value.literal) return value.literal;
  return value.json ? { json: wantedMap(value.json) } : wantedPart(value as WrittenPart);
}

function wantedPart(content: WrittenPart): unknown {
  if (content === "generated") return { generated: wantedPassword({}) };
  if (typeof content !== "object" || content === null) return content;
  if (Array.isArray(content)) return content.map(wantedPart);
  const given = content as Record<string, WrittenPart>;
  switch (sourceOf(content)) {
    case undefined:
      return wantedMap(given);
    case "json":
      return wantedMap(given.json as Record<string, WrittenPart>);
    case "variable":
      return { variable: given.variable };
    case "parameter":
      return { parameter: String(given.parameter).replace(/^\/|^arn:.*:parameter\//, "") };
    case "secret":
      return { secret: given.secret };
    case "ref":
      return { ref: given.ref };
    case "generated":
      return { generated: wantedPassword(given.generated === true ? {} : (given.generated as object)) };
  }
}

function wantedMap(map: Readonly<Record<string, WrittenPart>>): object {
  return Object.fromEntries(Object.entries(map).map(([key, below]) => [key, wantedPart(below)]));
}

function wantedPassword({ length, ...settings }: { readonly length?: unknown }): object {
  const given = Object.entries(settings).filter(([, setting]) => setting !== null && setting !== undefined);
  return { password_length: length ?? 32, ...Object.fromEntries(given) };
}

async function found(blocks: Blocks): Promise<View> {
  const secrets = blocksOfType(blocks, "resource aws_secretsmanager_secret").map(
    async ([id, body]) => [id, await foundSecret(blocks, id, body)] as const,
  );
  return {
    terraform: blocks.get("terraform") ?? [],
    providers: (blocks.get("provider aws") ?? []).map((body) => spoken(body) as object),
    keys: Object.fromEntries(
      ["key", "external_key"].flatMap((kind) =>
        blocksOfType(blocks, `resource aws_kms_${kind}`).map(([name, body]) => [
          name,
          foundKey(blocks, kind, name, body),
        ]),
      ),
    ),
    secrets: Object.fromEntries(await Promise.all(secrets)),
    logGroups: Object.fromEntries(
      blocksOfType(blocks, "resource aws_cloudwatch_log_group").map(([name, body]) => [
        name,
        foundLogGroup(blocks, body),
      ]),
    ),
    buckets: Object.fromEntries(
      blocksOfType(blocks, `resource ${BUCKET_ENCRYPTION}`).map(([name, body]) => [name, foundBucket(blocks, body)]),
    ),
    parameters: Object.fromEntries(
      await Promise.all(
        blocksOfType(blocks, "resource aws_ssm_parameter").map(
          async ([name, body]) => [name, await foundParameter(blocks, body)] as const,
        ),
      ),
    ),
    variables: Object.fromEntries(
      blocksOfType(blocks, "variable").map(([name, { type, default: fallback, sensitive, ephemeral }]) => [
        name,
        { type: source(type), default: fallback, sensitive, ephemeral },
      ]),
    ),
    outputs: Object.fromEntries(
      blocksOfType(blocks, "output").map(([name, { value }]) => [
        name,
        Object.fromEntries(
          Object.entries(value as Body).map(([id, part]) => [
            id,
            name === "consumer_policies" ? source(part) : regionsOfOutput(part as Body),
          ]),
        ),
      ]),
    ),
    origins: foundOrigins(blocks.get("moved") ?? []),
    imports: Object.fromEntries((blocks.get("import") ?? []).map(({ to, id }) => [source(to), spoken(id) as string])),
    removed: (blocks.get("removed") ?? []).map(({ from }) => source(from)).sort(),
  };
}

function source(expression: Value | undefined): string {
  return (expression as Expression).source;
}

function foundKey(blocks: Blocks, kind: string, name: string, body: Body): object {
  const copies = blocksOfType(blocks, `resource aws_kms_replica_${kind}`).filter(
    ([, replica]) => source(replica.primary_key_arn) === `aws_kms_${kind}.${name}.arn`,
  );
  const replicas = copies.map(([id, replica]) => [
    regionOf(blocks, replica),
    foundInRegion(blocks, `aws_kms_replica_${kind}.${id}`, replica),
  ]);
  const isImported = kind === "external_key";
  const all = [body, ...copies.map(([, replica]) => replica)];
  for (const one of isImported ? all : []) expect(ignoredBy(one)).toEqual(expect.arrayContaining(CHANGED_BY_IMPORT));
  return {
    isImported,
    validTo: isImported ? all.map(({ valid_to }) => valid_to) : undefined,
    multiRegion: body.multi_region,
    usage: body.key_usage,
    material: body.customer_master_key_spec,
    rotation: body.enable_key_rotation,
    rotationPeriod: body.rotation_period_in_days,
    region: regionOf(blocks, body),
    primary: foundInRegion(blocks, `aws_kms_${kind}.${name}`, body),
    replicas: Object.fromEntries(replicas),
  };
}

function foundInRegion(blocks: Blocks, address: string, body: Body): object {
  return {
    description: spoken(body.description),
    aliases: blocksOfType(blocks, "resource aws_kms_alias")
      .filter(([, alias]) => source(alias.target_key_id).replace(/\.(key_id|id)$/, "") === address)
      .map(([, alias]) => withRegions(blocks, alias.name))
      .sort(),
    grants: Object.fromEntries(
      blocksOfType(blocks, "resource aws_kms_grant")
        .filter(([, grant]) => source(grant.key_id).replace(/\.(key_id|id)$/, "") === address)
        .map(([, { name, grantee_principal: to, operations, constraints, retiring_principal: retiring }]) => [
          name,
          { to, operations, constraints: (constraints as readonly Body[] | undefined)?.[0], retiring },
        ]),
    ),
    deletionWindow: body.deletion_window_in_days,
    hasPolicy: body.policy !== undefined,
    isEnabled: body.is_enabled ?? body.enabled ?? true,
    isProtected: isProtected(body),
    isDefaultForEbs: isFoundForEbs(blocks, address, body),
    tags: spoken(body.tags ?? {}),
  };
}

async function foundSecret(blocks: Blocks, id: string, body: Body): Promise<object> {
  const [rotation] = blocks.get(`resource aws_secretsmanager_secret_rotation ${id}`) ?? [];
  return {
    name: spoken(body.name),
    namePrefix: spoken(body.name_prefix),
    description: spoken(body.description),
    region: regionOf(blocks, body),
    key: body.kms_key_id && keyNamed(blocks, body.kms_key_id),
    replicas: Object.fromEntries(((body.replica ?? []) as readonly Body[]).map((one) => replica(blocks, one))),
    recoveryWindow: body.recovery_window_in_days,
    overwritesReplica: body.force_overwrite_replica_secret ?? false,
    isProtected: isProtected(body),
    hasPolicy: blocks.has(`resource aws_secretsmanager_secret_policy ${id}`),
    tags: spoken(body.tags ?? {}),
    value: await foundValue(blocks, id),
    rotation: rotation && {
      lambda: spoken(rotation.rotation_lambda_arn),
      isImmediate: rotation.rotate_immediately ?? true,
      rules: (rotation.rotation_rules as readonly Body[])[0],
    },
  };
}

function foundLogGroup(blocks: Blocks, body: Body): object {
  return {
    name: spoken(body.name),
    region: regionOf(blocks, body),
    key: keyOfRegion(blocks, body),
    class: body.log_group_class,
    retention: body.retention_in_days,
    isLeft: body.skip_destroy ?? false,
    isProtected: isProtected(body),
    tags: spoken(body.tags ?? {}),
  };
}

function foundBucket(blocks: Blocks, body: Body): object {
  const [rule, ...others] = body.rule as readonly Body[];
  const [usual] = rule!.apply_server_side_encryption_by_default as readonly Body[];
  expect(others).toEqual([]);
  return {
    bucket: spoken(body.bucket),
    region: regionOf(blocks, body),
    key: keyOfRegion(blocks, { ...body, kms_key_id: usual!.kms_master_key_id! }),
    algorithm: usual!.sse_algorithm,
    hasBucketKey: rule!.bucket_key_enabled,
  };
}

async function foundParameter(blocks: Blocks, body: Body): Promise<object> {
  const given = ["value", "value_wo"].filter((name) => body[name] !== undefined);
  expect(given).toHaveLength(1);
  return {
    name: spoken(body.name),
    region: regionOf(blocks, body),
    key: keyOfRegion(blocks, { ...body, kms_key_id: body.key_id! }),
    type: body.type,
    description: spoken(body.description),
    tier: body.tier,
    isOverwritten: body.overwrite ?? false,
    isProtected: isProtected(body),
    tags: spoken(body.tags ?? {}),
    value: {
      source: await foundSent(blocks, body[given[0]!]),
      version: body.value_wo_version,
      isWriteOnly: given[0] === "value_wo",
    },
  };
}

/** Where each move ends, with where it began, however many steps it takes. */
/** Whether EBS has the key as its default in the key's own region, and encrypts by default there. */
function isFoundForEbs(blocks: Blocks, address: string, key: Body): boolean {
  const [found, ...others] = blocksOfType(blocks, "resource aws_ebs_default_kms_key").filter(
    ([, { key_arn }]) => source(key_arn) === `${address}.arn`,
  );
  if (found === undefined) return false;
  const [name, setting] = found;
  const encryption = new Map(blocksOfType(blocks, "resource aws_ebs_encryption_by_default")).get(name)!;
  expect([others, regionOf(blocks, setting), encryption.enabled]).toEqual([[], regionOf(blocks, key), true]);
  expect(regionOf(blocks, encryption)).toBe(regionOf(blocks, key));
  return true;
}

function foundOrigins(moved: readonly Body[]): View["origins"] {
  const steps = new Map(moved.map(({ from, to }) => [source(to), source(from)]));
  const passed = new Set(steps.values());
  const origin = (address: string): string => {
    const former = steps.get(address);
    return former === undefined ? address : origin(former);
  };
  return Object.fromEntries([...steps.keys()].filter((to) => !passed.has(to)).map((to) => [to, origin(to)]));
}

function regionsOfOutput({ arns }: Body): readonly string[] {
  return Object.keys(arns as Body).sort();
}

/** The region of a secret's replica, and the primary key whose replica in that very region encrypts it. */
function replica(blocks: Blocks, { region, kms_key_id }: Body): readonly [string | undefined, string | undefined] {
  const name = regionNamed(blocks, region);
  if (kms_key_id === undefined) return [name, undefined];
  const { type, attribute, body } = referredBlock(blocks, kms_key_id);
  if (source(kms_key_id).startsWith("data.")) {
    expect(regionOf(blocks, body)).toBe(name);
    return [name, keyNamed(blocks, kms_key_id)];
  }
  expect(type).toMatch(/^aws_kms_replica_(external_)?key$/);
  expect(regionOf(blocks, body)).toBe(name);
  return [name, `${referredBlock(blocks, body.primary_key_arn).name} ${attribute}`];
}

/** The primary key whose copy in the region of a thing the thing is under, or what is read there. */
function keyOfRegion(blocks: Blocks, thing: Body): string {
  const { kms_key_id: reference } = thing;
  const { type, attribute, body } = referredBlock(blocks, reference!);
  expect(regionOf(blocks, body)).toBe(regionOf(blocks, thing));
  const isReplica = /^aws_kms_replica_/.test(type) && !source(reference).startsWith("data.");
  return isReplica ? `${referredBlock(blocks, body.primary_key_arn!).name} ${attribute}` : keyNamed(blocks, reference!);
}

function keyNamed(blocks: Blocks, reference: Value): string {
  const { name, attribute, body } = referredBlock(blocks, reference);
  const isRead = source(reference).startsWith("data.");
  return isRead ? `${name} ${attribute} ${spoken(body.name ?? body.key_id)}` : `${name} ${attribute}`;
}

/** What an import of key material changes, and Terraform must leave alone. */
const CHANGED_BY_IMPORT = ["enabled", "key_material_base64", "valid_to"];

function ignoredBy({ lifecycle }: Body): readonly string[] {
  const [settings] = (lifecycle ?? []) as readonly { readonly ignore_changes?: readonly Value[] }[];
  return (settings?.ignore_changes ?? []).map(source);
}

function isProtected({ lifecycle }: Body): boolean {
  return ((lifecycle ?? []) as readonly Body[]).some(({ prevent_destroy }) => prevent_destroy === true);
}

async function foundValue(blocks: Blocks, id: string): Promise<object | undefined> {
  if (!blocks.has(`resource aws_secretsmanager_secret_version ${id}`)) return undefined;
  const version = blockOf(blocks, `resource aws_secretsmanager_secret_version ${id}`);
  expect(version.secret_id).toEqual(new Expression(`aws_secretsmanager_secret.${id}.id`));
  const given = ["secret_string", "secret_binary", "secret_string_wo"].filter((name) => version[name] !== undefined);
  expect(given).toHaveLength(1);
  const [argument = ""] = given;
  return {
    source: await foundSent(blocks, version[argument]),
    argument,
    version: version.secret_string_wo_version,
    ignored: ignoredBy(version),
  };
}

async function foundSent(blocks: Blocks, value: Value | undefined): Promise<unknown> {
  const json = await argumentsOf(value, "jsonencode");
  return json === undefined ? foundSource(blocks, value) : { json: foundSource(blocks, json[0]) };
}

function foundSource(blocks: Blocks, value: Value | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => foundSource(blocks, item));
  if (value instanceof Template || typeof value !== "object" || value === null) return value;
  if (!(value instanceof Expression)) {
    return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, foundSource(blocks, below)]));
  }
  if (/^-[\d.]+$/.test(value.source)) return Number(value.source);
  if (value.source.startsWith("var.")) return { variable: value.source.slice("var.".length) };
  if (/^(local|module)\./.test(value.source)) return { ref: value.source };
  const { type, attribute, body } = referredBlock(blocks, value);
  const { provider: _, region: __, ...settings } = body;
  switch (`${type} ${attribute}`) {
    case "aws_secretsmanager_random_password random_password":
      return { generated: settings };
    case "aws_ssm_parameter value": {
      const parts = settings.arn instanceof Template ? settings.arn.parts : [settings.arn];
      const [, name] = /:parameter\/(.*)$/.exec(String(parts.at(-1))) ?? [];
      return { parameter: name };
    }
    case "aws_secretsmanager_secret_version secret_string":
      return { secret: settings.secret_id };
    default:
      throw new Error(`${value.source} is no source of a value`);
  }
}

/** JSON in which the keys of every map are in an order that the numbers decide. */
function shuffledJson(value: unknown, order: readonly number[]): string {
  let used = 0;
  const write = (part: unknown): string => {
    if (Array.isArray(part)) return `[${part.map(write).join(",")}]`;
    if (typeof part !== "object" || part === null) return JSON.stringify(part);
    const lines = Object.entries(part)
      .filter(([, below]) => below !== undefined)
      .map(([key, below]) => ({ line: `${JSON.stringify(key)}:${write(below)}`, rank: order[used++ % order.length]! }))
      .sort((left, right) => left.rank - right.rank);
    return `{${lines.map(({ line }) => line).join(",")}}`;
  };
  return write(value);
}

/** The same without keys that have `null` behind them, but for keys and secrets, which are there all the same. */
function withoutNothing(value: unknown, isSection = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNothing(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, below]) => below !== null || isSection)
      // In a JSON value null is a value.
      .map(([key, below]) => [
        key,
        key === "json" ? below : withoutNothing(below, /^(keys|secrets|variables)$/.test(key)),
      ]),
  );
}

function entry<T>(key: string, value: T): Record<string, T> {
  return Object.fromEntries([[key, value]]);
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}

/** Everything about the files of a folder that a write would change. */
function stateOf(folder: string): object {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => {
        const { mtimeNs, ino } = statSync(join(folder, name), { bigint: true });
        return [name, { text: readFileSync(join(folder, name), "utf8"), mtimeNs, ino }];
      }),
  );
}
