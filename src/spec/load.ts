/**
 * Reads a spec: a path, or bytes that came from elsewhere, go in; its text, its plain data and the place of every part of
 * it come out. It knows YAML and nothing about what a spec means, and it never writes.
 */

import { isUtf8 } from "node:buffer";
import { dirname, join } from "node:path";
import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  mergeTag,
  parseEvents,
  YAMLException,
} from "js-yaml";
import { ReadError, readAtMost } from "../read.ts";
import { byPlace, type Diagnostic, fileDiagnostic, type Position, SpecError } from "../report/diagnostic.ts";
import { meantName } from "./files.ts";
import { once } from "./once.ts";
import type { Path } from "./path.ts";
import { maskUnparsedLine, maySecretBeKeyAt, publicPath } from "./redact.ts";
import { type Conflict, conflictsIn, type Misindented, misindentedAt, notASpec, otherKindOfText } from "./slips.ts";
import { type DuplicateKey, type Events, SourceMap, type SourceNode } from "./source-map.ts";

/** A spec as it was read, before anything is known about its meaning. */
export interface SpecSource {
  /** The file as the user named it. */
  readonly path: string;
  readonly text: string;
  readonly data: unknown;
  /**
   * The place of the value at `path`, or of its key; of the nearest enclosing thing where the path leads nowhere.
   * Reading places costs a second parse, on the first call only.
   */
  positionOf(path: Path, part?: "key" | "value"): Position;
  /** The node at exactly this path; `undefined` where an alias or a merge leads there, or nothing. */
  nodeAt(path: Path): SourceNode | undefined;
  /** The text of the scalar at `path`, wherever an alias or a merge takes it from; of its key where nothing is written. */
  textAt(path: Path): string | undefined;
  /** Reads a file beside the spec; `undefined` where the spec is in no folder. */
  readonly readBeside: ReadBeside | undefined;
}

/**
 * Reads a file: its path from the spec's folder and the most bytes that it may have go in.
 * @throws {ReadError} when it is larger or no file; errors of the system as they are
 */
export type ReadBeside = (path: string, most: number) => Uint8Array;

/** The largest spec that is read, in bytes: far above 10,000 secrets with every key spelled out (8 MB). */
export const MAX_SPEC_BYTES = 32 * 1024 * 1024;

/** From how many characters on a spec is large. */
const LARGE = 256 * 1024;

/** How many nodes a spec may have once its aliases are followed; 10,000 secrets in 30 regions have 400,000. */
const MAX_EXPANDED_NODES = 5_000_000;

/** Anchors and merge keys are what people use to keep long specs short. */
const YAML = CORE_SCHEMA.withTags(mergeTag);

/**
 * Reads the spec at `path`, or what `read` reads, standard input for instance, which gets the most bytes that a spec may
 * have; `path` is only its name then.
 * @throws {SpecError} when it cannot be read or is no single YAML document; every duplicate key is reported.
 */
export function load(path: string, read?: (most: number) => Uint8Array): SpecSource {
  let bytes: Uint8Array;
  try {
    bytes = read === undefined ? readAtMost(path, MAX_SPEC_BYTES) : read(MAX_SPEC_BYTES);
  } catch (error) {
    if (error instanceof ReadError) throw new SpecError([unsuitable(path, error)]);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SpecError([unreadable(path, code)]);
  }
  const source = parse(path, bytes);
  if (read !== undefined) return source;
  return { ...source, readBeside: (beside, most) => readAtMost(join(dirname(path), beside), most) };
}

/**
 * Parses the bytes of a spec; `path` is only a name.
 * @throws {SpecError} as `load` does
 */
export function parse(path: string, bytes: Uint8Array): SpecSource {
  if (bytes.length > MAX_SPEC_BYTES) throw new SpecError([tooLarge(path, bytes.length)]);
  if (!isUtf8(bytes)) throw new SpecError([notUtf8(path, bytes)]);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("utf8")
    .replace(/^\ufeff/, "");
  const events = parseText(path, text);
  // The events of a large spec take more room than its data, and few specs are asked for a place: parse it again for that.
  const kept = text.length < LARGE ? events : undefined;
  const places = once(() => new SourceMap(text, kept ?? parseEvents(text, {})));
  const data = construct(path, text, events);
  const positionOf = (at: Path, part?: "key" | "value") => places().of(at, part);
  return {
    path,
    text,
    data,
    positionOf,
    nodeAt: (at) => places().nodeAt(at),
    textAt: (at) => places().textAt(at),
    readBeside: undefined,
  };
}

function parseText(path: string, text: string): Events {
  let events: Events;
  try {
    events = parseEvents(text, {});
  } catch (error) {
    throw new SpecError(unparsable(path, text, error));
  }
  const documents = events.filter((event) => event.type === EVENT_DOCUMENT);
  if (documents.length > 1) throw new SpecError([severalDocuments(path, text, documents)]);
  if (!events.some(isContent)) throw new SpecError([emptySpec(path)]);
  const alias = excessiveAlias(text, events);
  if (alias !== undefined) {
    const hint = "An alias inside what it stands for, or aliases of aliases, multiply. Write the values out.";
    const message = "the aliases (*name) of this spec multiply to millions of values";
    const position = new SourceMap(text, events).at(alias.start, alias.end);
    throw new SpecError([{ ...problem(path, "excessive-aliases", message, hint), position }]);
  }
  return events;
}

/** Whether an event stands for something in the text, not only for the absence of it. */
function isContent(event: Events[number]): boolean {
  if (event.type === EVENT_DOCUMENT || event.type === EVENT_POP) return false;
  return event.type !== EVENT_SCALAR || event.valueStart >= 0 || event.tagStart >= 0 || event.anchorStart >= 0;
}

function construct(path: string, text: string, events: Events): unknown {
  try {
    return constructFromEvents(events, { source: text, schema: YAML, maxTotalMergeKeys: MAX_EXPANDED_NODES })[0];
  } catch (error) {
    const problems = new SourceMap(text, events).duplicateKeys().map((duplicate) => duplicateKey(path, duplicate));
    const isDuplicate = error instanceof YAMLException && error.reason === "duplicated mapping key";
    if (!isDuplicate || problems.length === 0) problems.push(...unparsable(path, text, error));
    throw new SpecError(problems.sort(byPlace));
  }
}

function duplicateKey(file: string, { key, position, first, path, isEmpty }: DuplicateKey): Diagnostic {
  const shown = maySecretBeKeyAt(path, isEmpty) ? "of this name (not shown, it may be a secret)" : JSON.stringify(key);
  const hint = `It is first defined at line ${first.line}, column ${first.column}. Keep one of the two.`;
  const message = `the key ${shown} is defined twice in one map`;
  return { ...problem(file, "duplicate-key", message, hint), path: publicPath(path, isEmpty), position };
}

/**
 * The alias with which the nodes of a document, every alias replaced by what it names, become too many; one inside what it names
 * does at once.
 */
function excessiveAlias(text: string, events: Events): { readonly start: number; readonly end: number } | undefined {
  if (!events.some((event) => event.type === EVENT_ALIAS)) return undefined;
  const sizes = new Map<string, number>();
  const open: { readonly anchor: string | undefined; size: number }[] = [{ anchor: undefined, size: 0 }];
  for (const event of events) {
    const top = open[open.length - 1]!;
    const anchor =
      "anchorStart" in event && event.anchorStart >= 0 ? text.slice(event.anchorStart, event.anchorEnd) : undefined;
    if (event.type === EVENT_SEQUENCE || event.type === EVENT_MAPPING) {
      if (anchor !== undefined) sizes.set(anchor, Number.POSITIVE_INFINITY);
      open.push({ anchor, size: 1 });
    } else if (event.type === EVENT_POP && open.length > 1) {
      open.pop();
      if (top.anchor !== undefined) sizes.set(top.anchor, top.size);
      open[open.length - 1]!.size += top.size;
    } else if (event.type === EVENT_ALIAS) {
      top.size += sizes.get(anchor!) ?? 1;
      const total = open.reduce((sum, { size }) => sum + size, 0);
      if (total > MAX_EXPANDED_NODES) return { start: event.anchorStart - 1, end: event.anchorEnd };
    } else if (event.type === EVENT_SCALAR) {
      top.size += 1;
      if (anchor !== undefined) sizes.set(anchor, 1);
    }
  }
  return undefined;
}

function problem(file: string, code: string, message: string, hint: string | undefined): Diagnostic {
  return fileDiagnostic(code, "error", message, { file, hint });
}

function unreadable(path: string, code: string): Diagnostic {
  if (code === "ENOENT" || code === "ENOTDIR") {
    const meant = meantName(path);
    const hint =
      meant === undefined ? "Name the spec's path, for example: mrk-scaffold spec.yaml" : `Did you mean ${meant}?`;
    return problem(path, "spec-not-found", "there is no such file", hint);
  }
  if (code === "EISDIR") {
    return problem(path, "spec-is-a-folder", "this is a folder, a spec is a file", "Name the file in it.");
  }
  return problem(path, "spec-unreadable", `the file cannot be read: ${code}`, undefined);
}

function unsuitable(path: string, { fault, size }: ReadError): Diagnostic {
  if (fault === "large") return tooLarge(path, size);
  const hint = "To read a spec from a pipe, write - for standard input.";
  return problem(path, "spec-unreadable", "this is a pipe or a device, a spec is a file", hint);
}

function tooLarge(path: string, bytes: number | undefined): Diagnostic {
  const size = bytes === undefined ? "more than 32" : (bytes / 1024 / 1024).toFixed(1);
  const message = `the spec has ${size} MB, at most 32 MB are read`;
  return problem(path, "spec-too-large", message, "Split it into several specs.");
}

function notUtf8(path: string, bytes: Uint8Array): Diagnostic {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const message = isUtf16 ? "the spec is UTF-16, a spec is UTF-8" : "the spec is not UTF-8";
  return problem(path, "spec-not-utf8", message, "Save it as UTF-8.");
}

function emptySpec(path: string): Diagnostic {
  const hint = "The smallest spec is\nversion: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }";
  return problem(path, "spec-empty", "the spec is empty", hint);
}

function severalDocuments(path: string, text: string, [first]: readonly { explicitStart: boolean }[]): Diagnostic {
  const starts = Array.from(text.matchAll(/^---(?=\s|$)/gm), ({ index }) => index);
  const second = starts[first?.explicitStart ? 1 : 0] ?? text.search(/^\.\.\.(?=\s|$)/m);
  return {
    ...problem(path, "spec-several-documents", "the spec holds several YAML documents, it may hold one", undefined),
    position: second < 0 ? undefined : placeInUnparsed(text, second, 3),
    hint: "Give each document a file of its own, and name them all: mrk-scaffold one.yaml two.yaml",
  };
}

/** Why a text is no YAML: what it is instead, or where the parser gave up. */
function unparsable(path: string, text: string, error: unknown): Diagnostic[] {
  if (!(error instanceof YAMLException)) throw error;
  const conflicts = conflictsIn(text);
  if (conflicts.length > 0) return conflicts.map((conflict) => unresolved(path, text, conflict));
  const other = otherKindOfText(text);
  return [other === undefined ? syntaxError(path, text, error) : notASpec(path, other)];
}

function unresolved(path: string, text: string, { start, firstLine, lastLine }: Conflict): Diagnostic {
  const message = `a merge conflict is unresolved here, in lines ${firstLine} to ${lastLine}`;
  const hint =
    "Keep one side or write what both want, delete the lines with <<<<<<<, ======= and >>>>>>>, and run again.";
  return { ...problem(path, "spec-conflict", message, hint), position: placeInUnparsed(text, start, 7) };
}

function syntaxError(path: string, text: string, error: YAMLException): Diagnostic {
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const misindented = /bad indentation|mapping values/.test(error.reason) ? misindentedAt(text, offset) : undefined;
  if (misindented !== undefined) return wrongIndentation(path, text, misindented);
  const isClosing = error.reason === MISSED_COMMA && /[\]}]/.test(text.charAt(offset));
  const given = isClosing ? OPEN_BRACKET : error.reason;
  const [, reason, hint] = REASONS.find(([pattern]) => pattern.test(given)) ?? [undefined, given];
  return {
    ...problem(
      path,
      "spec-syntax",
      `this is not valid YAML: ${reason}`,
      hint ?? syntaxHint(text, offset, error.reason),
    ),
    position: placeInUnparsed(text, offset, 1),
  };
}

function wrongIndentation(path: string, text: string, { offset, spaces, like, isAfterValue }: Misindented): Diagnostic {
  const message = `this is not valid YAML: the line starts with ${blanks(spaces)}, which fits no line above it`;
  const why = isAfterValue ? ` Line ${like.line} has a value already, so nothing can be nested under it.` : "";
  const hint = `Start it with ${blanks(like.spaces)}, like line ${like.line}.${why}`;
  return { ...problem(path, "spec-syntax", message, hint), position: placeInUnparsed(text, offset, 1) };
}

function blanks(number: number): string {
  return number === 0 ? "no space" : number === 1 ? "1 space" : `${number} spaces`;
}

const MISSED_COMMA = "missed comma between flow collection entries";
/** What the parser calls a missed comma where a bracket closes. */
const OPEN_BRACKET = "another bracket is still open where this one closes";

/** Reasons that the parser puts in words of the text, which may be a secret, or in words that help no one. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string, hint?: string])[] = [
  [/^unknown .* tag/, "a YAML tag (!name) that a spec has no use for", "A value with a leading ! needs quotes."],
  [
    /tag handle|tag name|explicit tag/,
    "a YAML tag (!name) that does not fit",
    "A value with a leading ! needs quotes.",
  ],
  [/ alias "/, "an alias (*name) of an anchor that is not defined before it", "A value with a leading * needs quotes."],
  [/complex keys/, "a list or a map as a key"],
  [/multiline key/, "a line that is neither a key with its colon nor a part of the value above it"],
  [
    /expected after the key-value separator/,
    "a colon without a space behind it",
    "Write a space between the colon and the value.",
  ],
  [/^missed comma/, "a comma is missing between two entries", "Write a comma before this: { a: 1, b: 2 }, [a, b]"],
  [/maxDepth/, "more than 100 levels of nesting"],
];

function syntaxHint(text: string, offset: number, reason: string): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  if (/^\s*\t/.test(line)) return "YAML is indented with spaces; replace the tab.";
  if (/bracket|flow|deficient indentation|unexpected end/.test(reason))
    return "Look for a bracket or a quote that is never closed.";
  if (/bad indentation|mapping values/.test(reason)) return 'A value with ": " or a leading @, %, & or * needs quotes.';
  return undefined;
}

/** A place in a text that has no tree: all of the line is masked that may belong to a secret. */
function placeInUnparsed(text: string, offset: number, length: number): Position {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = text.indexOf("\n", lineStart) < 0 ? text.length : text.indexOf("\n", lineStart);
  const line = text.slice(0, lineStart).split("\n").length;
  const lineText = maskUnparsedLine(text.slice(lineStart, lineEnd).replace(/\r$/, ""));
  return { line, column: offset - lineStart + 1, length, lineText };
}
