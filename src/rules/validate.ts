/**
 * Checks a spec: what was read goes in, the `Spec` and the warnings about it come out. Everything that is wrong is reported
 * at once, each with its place; no message ever holds a value that may be a secret.
 */

import type * as z from "zod/mini";
import { byPlace, type Diagnostic, SpecError } from "../report/diagnostic.ts";
import { knownAt } from "../spec/known.ts";
import type { SpecSource } from "../spec/load.ts";
import { type Names, names } from "../spec/names.ts";
import { maySecretBeKeyAt, maySecretStandAt, publicPath } from "../spec/redact.ts";
import { type Spec, specSchema } from "../spec/schema.ts";
import { nearest } from "../spec/suggest.ts";
import { type Floors, floorsOf } from "../spec/versions.ts";
import { neighbourHint } from "./neighbours.ts";
import type { Finding } from "./rule.ts";
import { rulesFor } from "./rules.ts";

type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssue;
type CodedFinding = Finding & { readonly code: string };

/** A spec that may be generated from, with all that checking it has found out. */
export interface Checked {
  readonly spec: Spec;
  readonly names: Names;
  readonly floors: Floors;
  readonly warnings: readonly Diagnostic[];
}

/**
 * Checks the grammar and the rules.
 * @throws {SpecError} with every error and warning, sorted by place, when there is an error
 */
export function validate(source: SpecSource): Checked {
  // zod compiles a parser on its first use, which costs 5 ms: more than it saves unless the spec is large.
  const jitless = source.text.length < 256 * 1024;
  const parsed = parsedBy(source, jitless);
  const byGrammar = parsed.success ? [] : parsed.error.issues.flatMap((issue) => schemaFindings(issue, source.data));
  const understood = parsed.success ? understand(parsed.data) : undefined;
  const byRules = understood ? ruleFindings(understood) : findingsBesides(parsed.error?.issues ?? [], source.data);
  const findings: CodedFinding[] = [...textFindings(source), ...byGrammar, ...byRules];
  const diagnostics = findings.map((finding) => toDiagnostic(finding, source)).sort(byPlace);
  if (understood === undefined || diagnostics.some(({ severity }) => severity === "error")) {
    throw new SpecError(diagnostics);
  }
  return { ...understood, warnings: diagnostics };
}

/** What the rules ask about and what the model is made of, so that what is checked is what is generated. */
function understand(spec: Spec): Omit<Checked, "warnings"> {
  return { spec, names: names(spec), floors: floorsOf(spec) };
}

/** What zod says; beyond a hundred thousand mistakes in one map it runs out of stack. */
function parsedBy({ data, path }: SpecSource, jitless: boolean): ReturnType<typeof specSchema.safeParse> {
  try {
    return specSchema.safeParse(data, { jitless });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = "the spec has too many mistakes to list: more than a hundred thousand in one map";
    const hint = "Check what this file is: a spec has version, regions, keys and secrets.";
    const place = { file: path, path: [], position: undefined };
    throw new SpecError([{ code: "too-many-mistakes", severity: "error", message, hint, ...place }]);
  }
}

function* ruleFindings({ names, floors }: Pick<Checked, "names" | "floors">): Iterable<CodedFinding> {
  for (const { code, check } of rulesFor(names)) {
    for (const finding of check(names, floors)) yield { ...finding, code };
  }
}

/**
 * What the rules find in the part of a spec that its grammar does not spoil, so that one run shows all. Nothing, when so
 * much is spoilt that what is left means something else.
 */
function findingsBesides(issues: readonly Issue[], data: unknown): CodedFinding[] {
  if (typeof data !== "object" || data === null) return [];
  const rest = structuredClone(data);
  const spoilt = issues
    .filter(({ code }) => code !== "unrecognized_keys")
    .map(({ path }) => path.map(String).join("."));
  if (spoilt.some((path) => /^(regions|keys|secrets|)$|^regions\./.test(path))) return [];
  let left: readonly Issue[] = issues;
  let parsed = specSchema.safeParse(undefined, { jitless: true });
  // What is left may lack a key now, and goes with it: a rotation without its period, then the rotation.
  for (let attempt = 0; left.length > 0 && attempt < 3; attempt += 1) {
    for (const issue of left) {
      const path = issue.path as Path;
      if (issue.code === "unrecognized_keys") for (const key of issue.keys) remove(rest, [...path, key]);
      else remove(rest, valueAt(rest, path) === undefined ? path.slice(0, -1) : path);
    }
    parsed = specSchema.safeParse(rest, { jitless: true });
    left = parsed.success ? [] : parsed.error.issues;
  }
  if (!parsed.success) return [];
  const keysAreMissing = spoilt.some((path) => /^keys\.[^.]+$/.test(path));
  const mapsWithSlips = new Set(
    issues.filter(({ code }) => code === "unrecognized_keys").map(({ path }) => path.join(".")),
  );
  return [...ruleFindings(understand(parsed.data))].filter(
    ({ code, severity, path }) =>
      severity !== "warning" &&
      !mapsWithSlips.has(path.join(".")) &&
      !(keysAreMissing && /^(unknown-key|key-not-chosen)$/.test(code)),
  );
}

/** Takes away what stands at a path; with an element of a list the whole list, so that no index shifts. */
function remove(data: object, path: Path): void {
  const end = path.findIndex((step) => typeof step === "number");
  const steps = end < 0 ? path : path.slice(0, end);
  const last = steps.at(-1);
  const parent = valueAt(data, steps.slice(0, -1));
  if (last !== undefined && typeof parent === "object" && parent !== null)
    delete (parent as Record<string, unknown>)[last];
}

function schemaFindings(issue: Issue, data: unknown): CodedFinding[] {
  const path = issue.path as Path;
  const found = valueAt(data, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key, index) => unrecognizedKey([...path, key], valueAt(data, [...path, key]), index));
    case "invalid_union":
      return unionFindings(issue, path, data);
    case "invalid_key":
      return [badIdentifier(path, issue)];
    case "invalid_type":
      return [found === undefined ? missingKey(path, data) : wrongType(path, found, [expectation(issue)])];
    case "invalid_value":
      if (found === undefined) return [missingKey(path, data)];
      return [wrongValue(path, found, issue.values.map(String))];
    case "too_small":
    case "too_big":
      return [outOfRange(path, found, issue)];
    case "invalid_format":
      return [
        {
          code: "wrong-format",
          path,
          message: `${show(found, path)} is not ${issue.message}`,
          hint: `${lastKey(path)} takes ${issue.message}.`,
        },
      ];
    default:
      return [
        { code: "wrong-value", path, message: `${show(found, path)} is not allowed here`, hint: "See the README." },
      ];
  }
}

/** A union's own message says nothing: what is wrong is what the form that was meant, by its type, does not accept. */
function unionFindings(issue: Extract<Issue, { code: "invalid_union" }>, path: Path, data: unknown): CodedFinding[] {
  const isTypeMismatch = ({ code, path: at }: Issue) => at.length === 0 && code === "invalid_type";
  const found = valueAt(data, path);
  if (found === undefined) return [missingKey(path, data)];
  const meant = issue.errors.filter((branch) => !branch.some(isTypeMismatch));
  const keywords = meant.flatMap((branch) =>
    branch.flatMap((one) => (one.code === "invalid_value" && one.path.length === 0 ? one.values.map(String) : [])),
  );
  const branches = meant.filter(
    (branch) => !branch.some((one) => one.code === "invalid_value" && one.path.length === 0),
  );
  if (branches.length > 0) {
    return branches[0]!.flatMap((inner) => schemaFindings({ ...inner, path: [...path, ...inner.path] } as Issue, data));
  }
  const types = issue.errors.flatMap((branch) => branch.filter(isTypeMismatch).map((one) => expectation(one as never)));
  if (keywords.length > 0 && (typeof found === "string" || types.length === 0)) {
    return [wrongValue(path, found, keywords, types)];
  }
  return [wrongType(path, found, [...types, ...keywords])];
}

/** Guesses for one map: of thousands of unknown keys few are printed, and each guess looks at all that are known. */
const MOST_GUESSES = 100;

function unrecognizedKey(path: Path, found: unknown, guesses: number): CodedFinding {
  const key = String(path.at(-1));
  const allowed = knownAt(path.slice(0, -1)).keys;
  const meant = guesses < MOST_GUESSES ? nearest(key, allowed) : undefined;
  const merge = key === "<<" ? "The value of << has to be a map or a list of maps." : undefined;
  const guess = meant === undefined ? `Allowed here: ${allowed.join(", ")}.` : `Did you mean ${meant}?`;
  const hint = merge ?? neighbourHint(path) ?? guess;
  const shown = maySecretBeKeyAt(path, found === null) ? "(not shown, it may be a secret)" : JSON.stringify(key);
  return { code: "unrecognized-key", path, part: "key", message: `unknown key ${shown}`, hint };
}

function missingKey(path: Path, data: unknown): CodedFinding {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const where = lastKey(parent);
  const isList = Array.isArray(valueAt(data, parent));
  const hint = HINTS_FOR_MISSING[path.join(".")] ?? `Add ${key}.`;
  return { code: "missing-key", path: isList ? path : parent, message: `${where} lacks the key ${key}`, hint };
}

const HINTS_FOR_MISSING: Readonly<Record<string, string>> = {
  version: "Start the spec with version: 1",
  regions: "Add, for example, regions: { primary: eu-central-1, replicas: [eu-west-1] }",
  "regions.primary": "Add, for example, primary: eu-central-1",
};

function badIdentifier(path: Path, { issues }: Extract<Issue, { code: "invalid_key" }>): CodedFinding {
  const key = String(path.at(-1));
  const first = issues[0];
  const isTag = path.at(-2) === "tags" || path.at(-2) === "default_tags";
  const isPrincipal = path.at(-2) === "principals";
  const allowed =
    first?.code === "invalid_value"
      ? `one of ${first.values.join(", ")}`
      : first?.code === "too_big"
        ? `at most ${first.maximum} characters long`
        : first?.code === "too_small"
          ? "at least one character long"
          : `made of ${first?.message}`;
  if (isTag || isPrincipal) {
    const thing = isTag ? "tag key" : "type of principal";
    const message = `the ${thing} ${JSON.stringify(key)} is not allowed`;
    return { code: isTag ? "bad-tag" : "wrong-value", path, part: "key", message, hint: `It has to be ${allowed}.` };
  }
  const message = `${JSON.stringify(key)} cannot be the name of a Terraform resource`;
  return {
    code: "bad-identifier",
    path,
    part: "key",
    message,
    hint: `Write ${first?.code === "too_big" ? "a shorter one" : first?.message}.`,
  };
}

function wrongType(path: Path, found: unknown, expected: readonly string[]): CodedFinding {
  const wanted = orList([...new Set(expected)]);
  const wantsText = expected.some((one) => one.startsWith("text"));
  const isPlain = typeof found === "number" || typeof found === "boolean";
  const isYesNo =
    typeof found === "string" && expected.includes("true or false") && /^(yes|no|on|off|true|false)$/i.test(found);
  const hint =
    wantsText && isPlain
      ? "Put it in quotes: without them YAML reads a number or a truth value, and drops leading zeros."
      : isYesNo
        ? "Write true or false, without quotes."
        : `Write ${wanted}.`;
  return {
    code: "wrong-type",
    path,
    message: `${lastKey(path)} is ${show(found, path)}, it has to be ${wanted}`,
    hint,
  };
}

function wrongValue(
  path: Path,
  found: unknown,
  allowed: readonly string[],
  orTypes: readonly string[] = [],
): CodedFinding {
  const meant = typeof found === "string" ? nearest(found, allowed) : undefined;
  const choice = orList([...allowed, ...orTypes]);
  const message = `${lastKey(path)} is ${show(found, path)}, it has to be ${choice}`;
  const isVersion = path.length === 1 && path[0] === "version";
  const instead = isVersion
    ? `Write version: 1${typeof found === "string" ? ", without quotes." : ""}`
    : `Write ${choice}.`;
  const hint = meant !== undefined && !isVersion ? `Did you mean ${meant}?` : instead;
  return { code: "wrong-value", path, message, hint };
}

function outOfRange(
  path: Path,
  found: unknown,
  issue: Extract<Issue, { code: "too_small" | "too_big" }>,
): CodedFinding {
  const limit = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (typeof found === "number") {
    return {
      code: "out-of-range",
      path,
      message: `${lastKey(path)} is ${show(found, path)}, it has to be ${limit}`,
      hint: `Write a number that is ${limit}.`,
    };
  }
  const [what, size] =
    typeof found === "string" ? ["characters", found.length] : ["entries", (found as unknown[])?.length ?? 0];
  const hint = issue.code === "too_big" ? "Shorten it." : "Write something, or leave the key out.";
  return { code: "out-of-range", path, message: `${lastKey(path)} has ${size} ${what}, it needs ${limit}`, hint };
}

/**
 * Text that Terraform cannot keep as it is: half a character (a lone surrogate) is an error, text that is not in Unicode
 * NFC is a warning, because Terraform normalises it, and an error where it makes two keys one. So is the key `__proto__`,
 * which zod leaves out. Plain ASCII specs, nearly all of them, are not searched.
 */
function* textFindings({ text, data }: SpecSource): Iterable<CodedFinding> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII as a whole is what is looked for
  if (/^[\u0000-\u007f]*$/.test(text) && !/\\[uUx]|__proto__/.test(text)) return;
  const seen = new Set<object>();
  function* walk(value: unknown, path: Path): Iterable<CodedFinding> {
    if (typeof value === "string") yield* brokenText(value, path);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) {
      for (const [index, below] of value.entries()) yield* walk(below, [...path, index]);
      return;
    }
    const normalized = new Set<string>();
    for (const [key, below] of Object.entries(value)) {
      const at = [...path, key];
      for (const finding of brokenText(key, at)) yield { ...finding, part: "key" };
      if (key === "__proto__") yield badName(at);
      if (normalized.has(key.normalize("NFC"))) yield sameName(at);
      normalized.add(key.normalize("NFC"));
      yield* walk(below, at);
    }
  }
  yield* walk(data, []);
}

function* brokenText(text: string, path: Path): Iterable<CodedFinding> {
  if (!text.isWellFormed()) {
    const hint = "Write the character itself instead of one half of its \\u escape.";
    yield { code: "broken-character", path, message: "the text holds half a character, a lone surrogate", hint };
  } else if (text.normalize("NFC") !== text) {
    const message = "the text is not in Unicode normal form C: Terraform will change it to that";
    const hint = "Save the spec in NFC if the difference matters.";
    yield { code: "not-normalized", path, severity: "warning", message, hint };
  }
}

function badName(path: Path): CodedFinding {
  return {
    code: "bad-identifier",
    path,
    part: "key",
    message: "__proto__ is no name here",
    hint: "Write another one.",
  };
}

function sameName(path: Path): CodedFinding {
  const message = "another key of this map is the same in Unicode normal form C, to which Terraform changes both";
  return { code: "duplicate-key", path, part: "key", message, hint: "Keep one of the two." };
}

function toDiagnostic({ code, path, part, severity, message, hint }: CodedFinding, source: SpecSource): Diagnostic {
  const position = source.positionOf(path, part);
  const shown = publicPath(path, valueAt(source.data, path) === null);
  return { code, severity: severity ?? "error", message, file: source.path, path: shown, position, hint };
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** A found value for a message: short, on one line, and never one that may be a secret. */
function show(value: unknown, path: Path): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  const type = typeof value === "string" ? "text" : typeof value === "boolean" ? "truth value" : "number";
  if (maySecretStandAt(path, String(value))) return `a ${type} (not shown, it may be a secret)`;
  if (typeof value !== "string") return `the ${type} ${String(value)}`;
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}

function expectation({ expected }: { readonly expected: string }): string {
  return TYPE_NAMES[expected] ?? expected;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
};

function lastKey(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the spec";
  if (typeof last === "number") return `${path.length === 1 ? "the list" : lastKey(path.slice(0, -1))}[${last}]`;
  return maySecretBeKeyAt(path) ? "what stands here" : last;
}

function orList(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "something else") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
