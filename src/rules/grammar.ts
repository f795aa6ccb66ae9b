/**
 * Says what a spec's grammar does not accept: what zod has found goes in, findings in the user's own terms come out. It knows
 * no rule between keys, and shows no value that may be a secret.
 */

import { count } from "../report/words.ts";
import { knownAt } from "../spec/known.ts";
import { type Path, valueAt } from "../spec/path.ts";
import { maySecretBeKeyAt, maySecretStandAt } from "../spec/redact.ts";
import { MOST_GUESSES, nearest } from "../spec/suggest.ts";
import type * as z from "../spec/zod.ts";
import { formHint, serviceMeantBy, valueHint } from "./forms.ts";
import { neighbourHint } from "./neighbours.ts";
import type { CodedFinding } from "./rule.ts";
import { together } from "./together.ts";
import { turned } from "./turned.ts";

/** One thing that zod does not accept. */
export type Issue = z.Issue;

/** The findings about one issue, of the data that has it. */
export function schemaFindings(issue: Issue, data: unknown): CodedFinding[] {
  const path = issue.path as Path;
  const found = valueAt(data, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return (
        together(issue.keys, path, found) ??
        issue.keys.map((key, index) => unrecognizedKey([...path, key], valueAt(data, [...path, key]), index))
      );
    case "invalid_union":
      return unionFindings(issue, path, data);
    case "invalid_key":
      return [badIdentifier(path, issue)];
    case "invalid_type":
      return [found === undefined ? missingKey(path, data) : wrongType(path, data, [expectation(issue)])];
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
          hint:
            formHint(path, String(found), String(issue.message)) ??
            (isTerraformNotation(found)
              ? "Write placeholders without a $ in front: {region}, {var.NAME}."
              : `${lastKey(path)} takes ${issue.message}.`),
        },
      ];
    default:
      return [
        { code: "wrong-value", path, message: `${show(found, path)} is not allowed here`, hint: "See the README." },
      ];
  }
}

/** Whether a text refers to something as Terraform would. */
function isTerraformNotation(found: unknown): boolean {
  return typeof found === "string" && /\$\{(var|local|terraform|data|each)\b/.test(found);
}

/** A union's own message says nothing: what is wrong is what the form that was meant, by its type, does not accept. */
function unionFindings(issue: Extract<Issue, { code: "invalid_union" }>, path: Path, data: unknown): CodedFinding[] {
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
  const types = issue.errors.flatMap((branch) => branch.filter(isTypeMismatch).flatMap(expectations));
  if (keywords.length > 0 && (typeof found === "string" || types.length === 0)) {
    return [wrongValue(path, found, keywords, types)];
  }
  return [wrongType(path, data, [...types, ...keywords])];
}

/** Whether what was found is of another type than a branch of a union takes, in all forms of that branch. */
function isTypeMismatch(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") return issue.errors.every((branch) => branch.some(isTypeMismatch));
  return issue.code === "invalid_type";
}

/** What the branch would have taken. */
function expectations(issue: Issue): readonly string[] {
  if (issue.code === "invalid_union") return issue.errors.flatMap((branch) => branch.flatMap(expectations));
  return issue.code === "invalid_type" ? [expectation(issue)] : [];
}

function unrecognizedKey(path: Path, found: unknown, guesses: number): CodedFinding {
  const key = String(path.at(-1));
  const allowed = knownAt(path.slice(0, -1)).keys;
  const meant = guesses < MOST_GUESSES ? nearest(key, allowed) : undefined;
  const merge = key === "<<" ? "The value of << must be a map or a list of maps." : undefined;
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
  return { code: "missing-key", path: isList ? path : parent, message: `${where} is missing the key ${key}`, hint };
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
    return { code: isTag ? "bad-tag" : "wrong-value", path, part: "key", message, hint: `It must be ${allowed}.` };
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

/** Whether a setting is level with the thing that it was meant for, as if it were another thing of its kind. */
function misplaced(path: Path, data: unknown): string | undefined {
  const [kind, name] = path;
  if (path.length !== 2 || !knownAt([kind!, "*"]).keys.includes(String(name))) return undefined;
  const names = Object.keys(valueAt(data, [kind!]) as object);
  const above = names.slice(0, names.indexOf(String(name))).findLast((one) => valueAt(data, [kind!, one]) === null);
  return (
    above &&
    `It is level with ${above}, as if it were called ${name}. To make it a setting of ${above}, indent it further.`
  );
}

function wrongType(path: Path, data: unknown, expected: readonly string[]): CodedFinding {
  const found = valueAt(data, path);
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
        : (misplaced(path, data) ?? turned(path, found, expected) ?? `Write ${wanted}.`);
  return {
    code: "wrong-type",
    path,
    message: `${lastKey(path)} is ${show(found, path)}; it must be ${wanted}`,
    hint,
  };
}

function wrongValue(
  path: Path,
  found: unknown,
  allowed: readonly string[],
  orTypes: readonly string[] = [],
): CodedFinding {
  const isService = path[0] === "keys" && path.at(-1) === "service";
  const meant = typeof found !== "string" ? undefined : isService ? serviceMeantBy(found) : nearest(found, allowed);
  const choice = orList([...allowed, ...orTypes]);
  const message = `${lastKey(path)} is ${show(found, path)}; it must be ${choice}`;
  const isVersion = path.length === 1 && path[0] === "version";
  const instead = isVersion
    ? `Write version: 1${typeof found === "string" ? ", without quotes." : ""}`
    : `Write ${choice}.`;
  const hint = meant !== undefined && !isVersion ? `Did you mean ${meant}?` : (valueHint(path, found) ?? instead);
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
      message: `${lastKey(path)} is ${show(found, path)}; it must be ${limit}`,
      hint: `Write a number that is ${limit}.`,
    };
  }
  const isText = typeof found === "string";
  const size = isText ? found.length : ((found as unknown[])?.length ?? 0);
  const what = isText ? count(size, "character") : `${size} ${size === 1 ? "entry" : "entries"}`;
  const hint = issue.code === "too_big" ? "Shorten it." : "Write something, or leave the key out.";
  return { code: "out-of-range", path, message: `${lastKey(path)} has ${what}, it needs ${limit}`, hint };
}

/** A found value for a message: short, on one line, and never one that may be a secret. */
function show(value: unknown, path: Path): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  const type = typeof value === "string" ? "text" : typeof value === "boolean" ? "truth value" : "number";
  if (maySecretStandAt(path, String(value))) return `a ${type} (not shown, it may be a secret)`;
  if (typeof value !== "string") return String(value);
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
  return maySecretBeKeyAt(path) ? "what is here" : last;
}

function orList(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "something else") : `${items.slice(0, -1).join(", ")} or ${items.at(-1)}`;
}
