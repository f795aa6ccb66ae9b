/**
 * Says which parts of a spec may hold a secret value, and masks them, so that no report and no code frame ever shows one.
 * A key is shown unless it is in a secret's value; a scalar is shown where the schema has a place for it that holds no
 * value, and masked everywhere else.
 */

import { everyKey, type Known, knownAt } from "./known.ts";
import type { Path } from "./path.ts";
import { nearest } from "./suggest.ts";

/** Keys below which a secret's value is, wherever a slip of the indentation may have put them. */
const VALUE_KEYS = ["value", "literal", "json"];

/** Keys that AWS gives the JSON values of database secrets, and that tell nothing. */
const USUAL_PARTS = new Set(["username", "user", "password", "engine", "host", "port", "dbname", "<<"]);

/** What the grammar itself says in the place of a value. */
const VALUE_WORDS = /^(variable|generated|external|true|false)$/i;

/** What can be no secret: nothing, a truth value, a small number, a region, the path of a JSON file. */
const PUBLIC_WORD =
  /^(|~|null|true|false|\d{1,3}|([a-z]{2,5}-)+(north|south|east|west|central)+-\d{1,2}|[a-z][a-z_./-]{0,60}\.json)$/i;

/** A place in a spec, and whether it is in what is, or may be meant for, a secret's value. */
interface Position {
  readonly known: Known;
  readonly isInValue: boolean;
}

function placeOf(path: Path): Position {
  let known = knownAt([]);
  let isInValue = false;
  path.forEach((step, index) => {
    // What is merged is where it is merged, be it one map or a list of them.
    if (step === "<<" || (typeof step === "number" && path[index - 1] === "<<")) return;
    const isNearValue = () => !known.isFreeMap && !known.keys.includes(String(step)) && isLikeValue(step);
    isInValue ||= VALUE_KEYS.includes(String(step)) || isNearValue();
    known = known.below(step);
  });
  return { known, isInValue };
}

function isLikeValue(step: string | number): boolean {
  return typeof step === "string" && nearest(step, VALUE_KEYS) !== undefined;
}

/** Whether the scalar `text` at `path` of a spec, a well-formed one or not, may be a secret value. */
export function maySecretStandAt(path: Path, text: string): boolean {
  // Keys in a list, where a map belongs.
  if (path.length === 2 && path[0] === "keys" && typeof path[1] === "number") return !/^[a-z_][\w-]{0,60}$/i.test(text);
  const { known, isInValue } = placeOf(path);
  if (isInValue) return !VALUE_WORDS.test(text) && !(known.isNamed && known.hasForm(text));
  return !known.takesMoreThanMaps && !PUBLIC_WORD.test(text);
}

/**
 * Whether the key at `path` may itself be a secret value: one in a secret's value that is not the grammar's, one that no
 * one would give a key, or an unknown word with nothing behind it (`isEmpty`), which may be a value that lost its key.
 */
export function maySecretBeKeyAt(path: Path, isEmpty = false): boolean {
  const last = path.at(-1);
  if (typeof last !== "string") return false;
  const { known, isInValue } = placeOf(path.slice(0, -1));
  if (known.keys.includes(last) || USUAL_PARTS.has(last)) return false;
  if (isInValue) return !everyKey().has(last);
  return !known.isFreeMap && (isEmpty || !/^[\p{L}\p{N} _.-]{1,64}$/u.test(last));
}

/** The part of a path that holds no key that may be a secret; `isEmpty` says that nothing is at its end. */
export function publicPath(path: Path, isEmpty = false): Path {
  const end = path.findIndex((_, index) =>
    maySecretBeKeyAt(path.slice(0, index + 1), isEmpty && index === path.length - 1),
  );
  return end < 0 ? path : path.slice(0, end);
}

/** Whether remarks beside what is at `path` may speak of a secret value: comments, and what was one by mistake. */
export function maySecretStandBeside(path: Path): boolean {
  const { known, isInValue } = placeOf(path);
  const isKnown = known.takesMoreThanMaps || known.isFreeMap || known.keys.length > 0;
  return isInValue || !isKnown || path[0] === "secrets" || path[0] === "parameters";
}

/** `text` with the characters of the half-open ranges masked; its length and its line ends stay. */
export function maskRanges(text: string, ranges: readonly { readonly start: number; readonly end: number }[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of ranges.toSorted((left, right) => left.start - right.start)) {
    if (end <= done) continue;
    parts.push(text.slice(done, Math.max(done, start)), mask(text.slice(Math.max(done, start), end)));
    done = end;
  }
  return parts.join("") + text.slice(done);
}

/**
 * A line of YAML that could not be parsed, of which no one knows where it is: the keys of the grammar are shown, and
 * behind those that hold no value what can be no secret; everything else is masked, and all that follows another key.
 */
export function maskUnparsedLine(line: string): string {
  if (/^(---|\.\.\.)\s*$/.test(line)) return line;
  const [, marker] = /^(<{7}|={7}|>{7})(?!\S)/.exec(line) ?? [];
  if (marker !== undefined) return marker + mask(line.slice(marker.length));
  let isHidden = false;
  return line.replace(/\S+/g, (chunk) => {
    const [, word = chunk, colon = ""] = /^[-[{]*([\w~-]*?)(:?)[\]},]*$/.exec(chunk) ?? [];
    const isKey = colon !== "" && (everyKey().has(word) || word === "");
    const isShown = !isHidden && (isKey || PUBLIC_WORD.test(word));
    isHidden ||= /:$/.test(chunk) && (!everyKey().has(word) || VALUE_KEYS.includes(word));
    return isShown ? chunk : mask(chunk);
  });
}

/** The text with every character but blanks and line ends replaced; its length stays. */
export function mask(text: string): string {
  return text.replace(/[^\s]/g, "•");
}
