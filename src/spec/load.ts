/**
 * Reads a spec: a path, or bytes that came from elsewhere, go in; its text, its plain data and the place of every part of
 * it come out. It knows YAML and nothing about what a spec means, and it never writes.
 */

import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  getScalarValue,
  mergeTag,
  parseEvents,
  SCALAR_STYLE_DOUBLE_QUOTED,
  SCALAR_STYLE_FOLDED_BLOCK,
  SCALAR_STYLE_LITERAL_BLOCK,
  SCALAR_STYLE_SINGLE_QUOTED,
  type ScalarEvent,
  YAMLException,
} from "js-yaml";
import { byPlace, type Diagnostic, type Position, SpecError } from "../report/diagnostic.ts";
import {
  maskRanges,
  maskUnparsedLine,
  maySecretBeKeyAt,
  maySecretStandAt,
  maySecretStandBeside,
  publicPath,
} from "./redact.ts";

type Events = ReturnType<typeof parseEvents>;
type Path = readonly (string | number)[];

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
}

/** The largest spec that is read, in bytes: far above 10,000 secrets with every key spelled out (8 MB). */
export const MAX_SPEC_BYTES = 32 * 1024 * 1024;

/** How many nodes a spec may have once its aliases are followed; 10,000 secrets in 30 regions have 400,000. */
const MAX_EXPANDED_NODES = 5_000_000;

/** Anchors and merge keys are what people use to keep long specs short. */
const YAML = CORE_SCHEMA.withTags(mergeTag);

/**
 * Reads the spec at `path`, or what `read` reads, standard input for instance; `path` is only its name then.
 * @throws {SpecError} when it cannot be read or is no single YAML document; every duplicate key is reported.
 */
export function load(path: string, read: () => Uint8Array = () => readAtMost(path)): SpecSource {
  let bytes: Uint8Array;
  try {
    bytes = read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SpecError([unreadable(path, code)]);
  }
  return parse(path, bytes);
}

/** The bytes of a file; of one that is too large no more than says so. */
function readAtMost(path: string): Uint8Array {
  const { size } = statSync(path);
  if (size > MAX_SPEC_BYTES) throw new SpecError([tooLarge(path, size)]);
  return readFileSync(path);
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
  // The events of a large spec take more room than its data, and few specs are asked for a place: parse it again for that.
  const places = lazily(() => new Places(text, parseEvents(text, {})));
  const data = construct(path, text, parseText(path, text));
  return { path, text, data, positionOf: (at, part) => places().of(at, part) };
}

function parseText(path: string, text: string): Events {
  let events: Events;
  try {
    events = parseEvents(text, {});
  } catch (error) {
    throw new SpecError([syntaxError(path, text, error)]);
  }
  const documents = events.filter((event) => event.type === EVENT_DOCUMENT);
  if (documents.length > 1) throw new SpecError([severalDocuments(path, text, documents)]);
  if (!events.some(isContent)) throw new SpecError([emptySpec(path)]);
  const expanded = expandedNodes(text, events);
  if (expanded > MAX_EXPANDED_NODES) {
    const hint = "An alias inside what it stands for, or aliases of aliases, multiply. Write the values out.";
    throw new SpecError([
      problem(path, "excessive-aliases", "the aliases (*name) of this spec multiply to millions of values", hint),
    ]);
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
    const problems = new Places(text, events).duplicateKeys().map((duplicate) => duplicateKey(path, duplicate));
    const isDuplicate = error instanceof YAMLException && error.reason === "duplicated mapping key";
    if (!isDuplicate || problems.length === 0) problems.push(syntaxError(path, text, error));
    throw new SpecError(problems.sort(byPlace));
  }
}

function duplicateKey(file: string, { key, position, first, path, isEmpty }: DuplicateKey): Diagnostic {
  const shown = maySecretBeKeyAt(path, isEmpty) ? "of this name (not shown, it may be a secret)" : JSON.stringify(key);
  const hint = `It stands first at line ${first.line}, column ${first.column}. Keep one of the two.`;
  const message = `the key ${shown} stands twice in one map`;
  return { ...problem(file, "duplicate-key", message, hint), path: publicPath(path, isEmpty), position };
}

/** The nodes of a document with every alias replaced by what it names, infinite when it names itself; 0 without aliases. */
function expandedNodes(text: string, events: Events): number {
  if (!events.some((event) => event.type === EVENT_ALIAS)) return 0;
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
    } else if (event.type === EVENT_SCALAR) {
      top.size += 1;
      if (anchor !== undefined) sizes.set(anchor, 1);
    }
  }
  return open[0]!.size;
}

/** Where a node of the document stands: half-open ranges of offsets into the text. */
interface Node {
  start: number;
  end: number;
  keyStart: number;
  keyEnd: number;
  readonly children: Map<string | number, Node> | undefined;
}

interface DuplicateKey {
  readonly key: string;
  readonly path: Path;
  /** Whether nothing stands behind it. */
  readonly isEmpty: boolean;
  readonly position: Position;
  readonly first: Position;
}

/** The place of every part of a document. */
class Places {
  readonly #text: string;
  readonly #root: Node;
  readonly #lineStarts: number[] = [0];
  readonly #secretRanges: { start: number; end: number }[] = [];
  #masked: string | undefined;
  readonly #duplicates: { key: string; path: Path; isEmpty: boolean; node: Node; first: Node }[] = [];

  constructor(text: string, events: Events) {
    this.#text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
    this.#root = this.#index(events);
  }

  of(path: Path, part: "key" | "value" = "value"): Position {
    let node = this.#root;
    let reached = 0;
    for (const step of path) {
      const child = node.children?.get(step) ?? node.children?.get(String(step));
      if (child === undefined) break;
      node = child;
      reached += 1;
    }
    // A path that leads into a text is the long form of a short one; one that leads out of a map misses a key there.
    const isMissing = reached < path.length && node.children !== undefined;
    const wantsKey = node.keyStart >= 0 && (part === "key" || isMissing || node.end <= node.start);
    return wantsKey ? this.#position(node.keyStart, node.keyEnd) : this.#position(node.start, node.end);
  }

  duplicateKeys(): DuplicateKey[] {
    return this.#duplicates.map(({ key, path, isEmpty, node, first }) => ({
      key,
      path,
      isEmpty,
      position: this.#position(node.keyStart, node.keyEnd),
      first: this.#position(first.keyStart, first.keyEnd),
    }));
  }

  #position(start: number, end: number): Position {
    const lineIndex = this.#lineAt(start);
    const lineStart = this.#lineStarts[lineIndex]!;
    const nextLine = this.#lineStarts[lineIndex + 1] ?? this.#text.length + 1;
    const lineEnd = this.#text[nextLine - 2] === "\r" ? nextLine - 2 : nextLine - 1;
    this.#masked ??= maskRanges(this.#text, this.#secretRanges);
    const lineText = this.#masked.slice(lineStart, lineEnd);
    const length = Math.max(1, Math.min(end, lineEnd) - start);
    return { line: lineIndex + 1, column: start - lineStart + 1, length, lineText };
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Builds the tree of places from the flat list of events, and notes duplicate keys and secret ranges on the way. */
  #index(events: Events): Node {
    const text = this.#text;
    const holder: Node = { start: 0, end: 0, keyStart: -1, keyEnd: -1, children: new Map() };
    interface Open {
      readonly node: Node;
      readonly path: (string | number)[];
      readonly isMap: boolean;
      key: { text: string; start: number; end: number } | undefined;
      count: number;
    }
    const stack: Open[] = [{ node: holder, path: [], isMap: false, key: undefined, count: 0 }];
    let lastEnd = 0;
    let wasBesideSecret = false;
    for (const event of events) {
      const top = stack[stack.length - 1]!;
      if (event.type === EVENT_DOCUMENT) continue;
      if (event.type === EVENT_POP) {
        if (stack.length === 1) continue;
        top.node.end = Math.max(top.node.start + 1, lastEnd);
        stack.pop();
        continue;
      }
      const isScalar = event.type === EVENT_SCALAR;
      const isAlias = event.type === EVENT_ALIAS;
      const isKey = top.isMap && top.key === undefined;
      const { start, end } = this.#rangeOf(event, lastEnd, top.isMap ? undefined : top);
      // A list or map as a key has no text; it is like no other.
      const name = () => (isAlias ? text.slice(start, end) : `? ${start}`);
      if (isKey) top.key = { text: isScalar ? getScalarValue(text, event) : name(), start, end };
      const step = stack.length === 1 ? undefined : top.isMap ? top.key!.text : top.count;
      const path = step === undefined ? top.path : [...top.path, step];
      const isBesideSecret = maySecretStandBeside(path);
      if (isBesideSecret || wasBesideSecret) this.#maskRemarks(lastEnd, start);
      wasBesideSecret = isBesideSecret;
      lastEnd = Math.max(lastEnd, end);
      if (isKey && (isScalar || isAlias)) continue;
      const node: Node = {
        start,
        end,
        keyStart: top.key?.start ?? -1,
        keyEnd: top.key?.end ?? -1,
        children: isScalar || isAlias ? undefined : new Map(),
      };
      const open = { node, path, isMap: event.type === EVENT_MAPPING, key: undefined, count: 0 };
      if (isKey) {
        // Its parts must not be taken for keys of the map that holds it.
        stack.push(open);
        continue;
      }
      const isEmpty = isScalar && /^(~|null|)$/i.test(text.slice(start, end));
      if (step === undefined) top.node.children!.set("root", node);
      else {
        const first = top.node.children!.get(step);
        if (first === undefined) top.node.children!.set(step, node);
        else this.#duplicates.push({ key: String(step), path, isEmpty, node, first });
      }
      if (maySecretBeKeyAt(path, isEmpty)) this.#secretRanges.push({ start: node.keyStart, end: node.keyEnd });
      if ((isScalar || isAlias) && maySecretStandAt(path, text.slice(start, end))) this.#secretRanges.push(node);
      top.key = undefined;
      top.count += 1;
      if (!isScalar && !isAlias) stack.push(open);
    }
    if (wasBesideSecret) this.#maskRemarks(lastEnd, text.length);
    return holder.children!.get("root")!;
  }

  /**
   * Where an event stands; `list` is the list that it is in. Events give the inside of a quoted scalar and the text of a
   * block scalar, where people point at the quotes and at the `|` too. An empty scalar stands at its tag, at the dash of its
   * list, or has no extent.
   */
  #rangeOf(
    event: Exclude<Events[number], { type: typeof EVENT_DOCUMENT | typeof EVENT_POP }>,
    lastEnd: number,
    list: { readonly node: Node; readonly count: number } | undefined,
  ): { start: number; end: number } {
    if (event.type === EVENT_ALIAS) return { start: event.anchorStart - 1, end: event.anchorEnd };
    if (event.type !== EVENT_SCALAR) return { start: event.start, end: event.start + 1 };
    const { style, valueStart, valueEnd } = event;
    if (isQuoted(style)) return { start: valueStart - 1, end: valueEnd + 1 };
    if (style === SCALAR_STYLE_LITERAL_BLOCK || style === SCALAR_STYLE_FOLDED_BLOCK) {
      const header = /[|>][-+\d]*[ \t]*(#.*)?(\r\n?|\n)?$/.exec(this.#text.slice(lastEnd, valueStart));
      return { start: header === null ? valueStart : lastEnd + header.index, end: valueEnd };
    }
    if (valueStart >= 0) return { start: valueStart, end: valueEnd };
    if (event.tagStart >= 0) return { start: event.tagStart, end: event.tagEnd };
    if (event.anchorStart >= 0) return { start: event.anchorStart - 1, end: event.anchorEnd };
    if (list === undefined) return { start: lastEnd, end: lastEnd };
    const between = /^(\s|#.*)*/.exec(this.#text.slice(lastEnd))![0];
    const dash = list.count === 0 ? list.node.start : lastEnd + between.length;
    return { start: dash, end: dash + 1 };
  }

  /** Hides what stands between two nodes and is not punctuation: comments, and the tags and anchors that a `!` or `&` makes. */
  #maskRemarks(start: number, end: number): void {
    for (const { index, 0: remark } of this.#text.slice(start, end).matchAll(/#.*|[&!][^\s,[\]{}]+/g)) {
      this.#secretRanges.push({ start: start + index, end: start + index + remark.length });
    }
  }
}

function isQuoted(style: ScalarEvent["style"]): boolean {
  return style === SCALAR_STYLE_DOUBLE_QUOTED || style === SCALAR_STYLE_SINGLE_QUOTED;
}

function problem(file: string, code: string, message: string, hint: string | undefined): Diagnostic {
  return { code, severity: "error", message, file, path: [], position: undefined, hint };
}

function unreadable(path: string, code: string): Diagnostic {
  if (code === "ENOENT" || code === "ENOTDIR") {
    const hint = "Name the spec's path, for example: mrk-scaffold spec.yaml";
    return problem(path, "spec-not-found", "there is no such file", hint);
  }
  if (code === "EISDIR") {
    return problem(path, "spec-is-a-folder", "this is a folder, a spec is a file", "Name the file in it.");
  }
  return problem(path, "spec-unreadable", `the file cannot be read: ${code}`, undefined);
}

function tooLarge(path: string, bytes: number): Diagnostic {
  const message = `the spec has ${(bytes / 1024 / 1024).toFixed(1)} MB, at most 32 MB are read`;
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

function syntaxError(path: string, text: string, error: unknown): Diagnostic {
  if (!(error instanceof YAMLException)) throw error;
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const [, reason, hint] = REASONS.find(([pattern]) => pattern.test(error.reason)) ?? [undefined, error.reason];
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

/** Reasons that the parser puts in words of the text, which may be a secret, or in words that help nobody. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string, hint?: string])[] = [
  [/^unknown .* tag/, "a YAML tag (!name) that a spec has no use for", "A value with a leading ! needs quotes."],
  [
    /tag handle|tag name|explicit tag/,
    "a YAML tag (!name) that does not fit",
    "A value with a leading ! needs quotes.",
  ],
  [/ alias "/, "an alias (*name) of nothing that stands before it", "A value with a leading * needs quotes."],
  [/complex keys/, "a list or a map as a key"],
  [/maxDepth/, "more than 100 levels of nesting"],
];

function syntaxHint(text: string, offset: number, reason: string): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  if (/^\s*\t/.test(line)) return "YAML is indented with spaces; replace the tab.";
  if (/flow|deficient indentation|unexpected end/.test(reason))
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

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
