/**
 * Checks a spec: what was read goes in, the `Spec` and the warnings about it come out. Everything that is wrong is reported
 * at once, each with its place; no message ever holds a value that may be a secret.
 */

import { once } from "../once.ts";
import { byPlace, type Diagnostic, SpecError } from "../report/diagnostic.ts";
import { readDocuments } from "../spec/documents.ts";
import type { SpecSource } from "../spec/load.ts";
import { type Names, names } from "../spec/names.ts";
import { type Path, valueAt } from "../spec/path.ts";
import { publicPath } from "../spec/redact.ts";
import { isExtension, type Spec, specSchema } from "../spec/schema.ts";
import { otherThan } from "../spec/slips.ts";
import { type Floors, floorsOf } from "../spec/versions.ts";
import * as z from "../spec/zod.ts";
import { inexactParts, PART_NOT_EXACT } from "./exact.ts";
import { type Issue, schemaFindings } from "./grammar.ts";
import type { CodedFinding } from "./rule.ts";
import { rulesFor } from "./rules.ts";
import { textFindings } from "./text.ts";

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
  const parsed = parsedBy(source);
  const other = parsed.success ? undefined : otherThan(source.path, source.text, source.data);
  if (other !== undefined) throw new SpecError([other]);
  const byGrammar = parsed.success ? [] : parsed.error.issues.flatMap((issue) => schemaFindings(issue, source.data));
  const understood = parsed.success ? understand(parsed.data, source) : undefined;
  const byRules = understood ? ruleFindings(understood) : findingsBesides(parsed.error?.issues ?? [], source);
  const byWriting = [...inexactParts(source)].map((finding) => ({ ...finding, code: PART_NOT_EXACT }));
  const findings: CodedFinding[] = [...textFindings(source), ...byGrammar, ...byWriting, ...byRules];
  const diagnostics = findings.map((finding) => toDiagnostic(finding, source)).sort(byPlace);
  if (understood === undefined || diagnostics.some(({ severity }) => severity === "error")) {
    // Users of the API log these: plain values, not getters.
    throw new SpecError(diagnostics.map((diagnostic) => ({ ...diagnostic })));
  }
  return { ...understood, warnings: diagnostics };
}

/** What the rules ask about and what the model is made of, so that what is checked is what is generated. */
function understand(spec: Spec, { readBeside }: SpecSource): Omit<Checked, "warnings"> {
  const documents = readBeside && readDocuments(spec, readBeside);
  return { spec, names: names(spec, documents), floors: floorsOf(spec) };
}

/** What zod says; beyond a hundred thousand mistakes in one map it runs out of stack. */
function parsedBy({ data, path }: SpecSource): z.Parsed<typeof specSchema> {
  try {
    return z.safeParse(specSchema, withoutExtensions(data));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = "the spec has too many mistakes to list: more than a hundred thousand in one map";
    const hint = "Check what this file is: a spec has version, regions, keys and secrets.";
    const place = { file: path, path: [], position: undefined };
    throw new SpecError([{ code: "too-many-mistakes", severity: "error", message, hint, ...place }]);
  }
}

/** What is under `x-…` at the top is the user's own: a place for anchors. */
function withoutExtensions(data: unknown): unknown {
  if (typeof data !== "object" || data === null || !Object.keys(data).some(isExtension)) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !isExtension(key)));
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
function findingsBesides(issues: readonly Issue[], source: SpecSource): CodedFinding[] {
  const data = withoutExtensions(source.data);
  if (typeof data !== "object" || data === null) return [];
  const rest = structuredClone(data);
  const spoilt = issues
    .filter(({ code }) => code !== "unrecognized_keys")
    .map(({ path }) => path.map(String).join("."));
  if (spoilt.some((path) => /^(regions|keys|secrets|)$|^regions\./.test(path))) return [];
  let left: readonly Issue[] = issues;
  let parsed = z.safeParse(specSchema, undefined);
  // What is left may lack a key now, and goes with it: a rotation without its period, then the rotation.
  for (let attempt = 0; left.length > 0 && attempt < 3; attempt += 1) {
    for (const issue of left) {
      const path = issue.path as Path;
      if (issue.code === "unrecognized_keys") for (const key of issue.keys) remove(rest, [...path, key]);
      else remove(rest, valueAt(rest, path) === undefined ? path.slice(0, -1) : path);
    }
    parsed = z.safeParse(specSchema, rest);
    left = parsed.success ? [] : parsed.error.issues;
  }
  if (!parsed.success) return [];
  const keysAreMissing = spoilt.some((path) => /^keys\.[^.]+$/.test(path));
  const mapsWithSlips = new Set(
    issues.filter(({ code }) => code === "unrecognized_keys").map(({ path }) => path.join(".")),
  );
  return [...ruleFindings(understand(parsed.data, source))].filter(
    ({ code, severity, path }) =>
      severity !== "warning" &&
      !mapsWithSlips.has(path.join(".")) &&
      !(keysAreMissing && /^(unknown-key|key-not-chosen)$/.test(code)) &&
      // The name is there, only wrong.
      !(code === "bucket-without-name" && spoilt.some((one) => one.startsWith(`${path.join(".")}.`))),
  );
}

/** Takes away what is at a path; with an element of a list the whole list, so that no index shifts. */
function remove(data: object, path: Path): void {
  const end = path.findIndex((step) => typeof step === "number");
  const steps = end < 0 ? path : path.slice(0, end);
  const last = steps.at(-1);
  const parent = valueAt(data, steps.slice(0, -1));
  if (last !== undefined && typeof parent === "object" && parent !== null)
    delete (parent as Record<string, unknown>)[last];
}

/** Where it is is looked up when it is asked for: a warning that is not shown is not worth the time. */
function toDiagnostic({ code, path, part, severity, message, hint }: CodedFinding, source: SpecSource): Diagnostic {
  const place = once(() => ({
    path: publicPath(path, valueAt(source.data, path) === null),
    position: source.positionOf(path, part),
  }));
  return {
    code,
    severity: severity ?? "error",
    message,
    file: source.path,
    get path() {
      return place().path;
    },
    get position() {
      return place().position;
    },
    hint,
  };
}
