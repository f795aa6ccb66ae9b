/**
 * Reads a spec: a path, or bytes that came from elsewhere, go in; its text, its plain data and the place of every part of
 * it come out. It knows YAML and nothing about what a spec means, and it never writes.
 */

import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
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
  SCALAR_STYLE_SINGLE_QUOTED,
  type ScalarEvent,
  YAMLException,
} from "js-yaml";
import { type Diagnostic, type Position, SpecError } from "./diagnostic.ts";
import { isValueKeyword, maskRanges, maskUnparsedLine, maySecretBeKeyAt, maySecretStandAt } from "./redact.ts";

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
 * Reads the spec at `path`.
 * @throws {SpecError} when it cannot be read or is no single YAML document; every duplicate key is reported.
 */
export function load(path: string): SpecSource {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new SpecError([unreadable(path, error as NodeJS.ErrnoException)]);
  }
  return parse(path, bytes);
}

/**
 * Parses a spec that was read by somebody else, from standard input for instance; `path` is only a name.
 * @throws {SpecError} as `load` does
 */
export function parse(path: string, bytes: Uint8Array): SpecSource {
  if (bytes.length > MAX_SPEC_BYTES) {
    const size = (bytes.length / 1024 / 1024).toFixed(1);
    throw new SpecError([
      problem(
        path,
        "spec-too-large",
        `the spec has ${size} MB, at most 32 MB are read`,
        "Split it into several specs.",
      ),
    ]);
  }
  if (!isUtf8(bytes)) throw new SpecError([notUtf8(path, bytes)]);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("utf8")
    .replace(/^\ufeff/, "");
  const events = parseText(path, text);
  const places = lazily(() => new Places(text, events ?? parseEvents(text, {})));
  return { path, text, data: construct(path, text, events), positionOf: (at, part) => places().of(at, part) };
}

function parseText(path: string, text: string): Events {
  let events: Events;
  try {
    events = parseEvents(text, {});
  } catch (error) {
    throw new SpecError([syntaxError(path, text, error)]);
  }
  const documents = events.filter((event) => event.type === EVENT_DOCUMENT).length;
  const isEmpty = events.every((event) => event.type === EVENT_DOCUMENT || event.type === EVENT_POP);
  if (isEmpty) throw new SpecError([emptySpec(path)]);
  if (documents > 1) throw new SpecError([severalDocuments(path, text)]);
  const expanded = expandedNodes(text, events);
  if (expanded > MAX_EXPANDED_NODES) {
    const hint = "An alias inside what it stands for, or aliases of aliases, multiply. Write the values out.";
    throw new SpecError([
      problem(path, "excessive-aliases", "the aliases (*name) of this spec multiply to millions of values", hint),
    ]);
  }
  return events;
}

function construct(path: string, text: string, events: Events): unknown {
  try {
    return constructFromEvents(events, { source: text, schema: YAML, maxTotalMergeKeys: MAX_EXPANDED_NODES })[0];
  } catch (error) {
    const duplicates = new Places(text, events).duplicateKeys();
    if (duplicates.length === 0) throw new SpecError([syntaxError(path, text, error)]);
    throw new SpecError(
      duplicates.map(({ key, position, first, path: at }) => ({
        ...problem(path, "duplicate-key", `the key ${JSON.stringify(key)} stands twice in one map`, undefined),
        path: at,
        position,
        hint: `It stands first at line ${first.line}, column ${first.column}. Keep one of the two.`,
      })),
    );
  }
}

/** Counts the nodes of a document with every alias replaced by what it names; infinite when it names itself. */
function expandedNodes(text: string, events: Events): number {
  if (!events.some((event) => event.type === EVENT_ALIAS)) return events.length;
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
  readonly #duplicates: { key: string; path: Path; node: Node; first: Node }[] = [];

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
    return this.#duplicates.map(({ key, path, node, first }) => ({
      key,
      path,
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
      readonly secret: boolean;
    }
    const stack: Open[] = [{ node: holder, path: [], isMap: false, key: undefined, count: 0, secret: false }];
    let lastEnd = 0;
    for (const event of events) {
      const top = stack[stack.length - 1]!;
      if (event.type === EVENT_DOCUMENT) continue;
      if (event.type === EVENT_POP) {
        if (stack.length === 1) continue;
        top.node.end = Math.max(top.node.start + 1, lastEnd);
        if (top.secret) this.#secretRanges.push(top.node);
        stack.pop();
        continue;
      }
      const isScalar = event.type === EVENT_SCALAR;
      const isAlias = event.type === EVENT_ALIAS;
      const start = isScalar ? startWithQuote(event) : isAlias ? event.anchorStart - 1 : event.start;
      const end = isScalar ? endWithQuote(event) : isAlias ? event.anchorEnd : start + 1;
      lastEnd = Math.max(lastEnd, end);
      if (top.isMap && top.key === undefined) {
        top.key = { text: isScalar ? getScalarValue(text, event) : text.slice(start, end), start, end };
        if (isScalar || isAlias) continue;
      }
      const step = stack.length === 1 ? undefined : top.isMap ? top.key!.text : top.count;
      const path = step === undefined ? top.path : [...top.path, step];
      const node: Node = {
        start,
        end,
        keyStart: top.key?.start ?? -1,
        keyEnd: top.key?.end ?? -1,
        children: isScalar || isAlias ? undefined : new Map(),
      };
      if (step === undefined) top.node.children!.set("root", node);
      else {
        const first = top.node.children!.get(step);
        if (first === undefined) top.node.children!.set(step, node);
        else this.#duplicates.push({ key: String(step), path, node, first });
      }
      const secret = maySecretStandAt(path, event.type === EVENT_MAPPING);
      if (maySecretBeKeyAt(path)) this.#secretRanges.push({ start: node.keyStart, end: node.keyEnd });
      if (secret && (isScalar || isAlias) && !isValueKeyword(text.slice(start, end))) this.#secretRanges.push(node);
      top.key = undefined;
      top.count += 1;
      if (!isScalar && !isAlias) {
        stack.push({ node, path, isMap: event.type === EVENT_MAPPING, key: undefined, count: 0, secret });
      }
    }
    return holder.children!.get("root")!;
  }
}

/** Events give the inside of a quoted scalar; people point at the quotes too. */
function startWithQuote({ style, valueStart }: ScalarEvent): number {
  return isQuoted(style) ? valueStart - 1 : valueStart;
}

function endWithQuote({ style, valueEnd }: ScalarEvent): number {
  return isQuoted(style) ? valueEnd + 1 : valueEnd;
}

function isQuoted(style: ScalarEvent["style"]): boolean {
  return style === SCALAR_STYLE_DOUBLE_QUOTED || style === SCALAR_STYLE_SINGLE_QUOTED;
}

function problem(file: string, code: string, message: string, hint: string | undefined): Diagnostic {
  return { code, severity: "error", message, file, path: [], position: undefined, hint };
}

function unreadable(path: string, error: NodeJS.ErrnoException): Diagnostic {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    return problem(
      path,
      "spec-not-found",
      "there is no such file",
      "Name the spec's path, for example: mrk-scaffold spec.yaml",
    );
  }
  if (error.code === "EISDIR") {
    return problem(path, "spec-is-a-folder", "this is a folder, a spec is a file", "Name the file in it.");
  }
  if (error.code === "ERR_FS_FILE_TOO_LARGE") {
    return problem(
      path,
      "spec-too-large",
      "the spec has over 2 GB, at most 32 MB are read",
      "Split it into several specs.",
    );
  }
  return problem(path, "spec-unreadable", `the file cannot be read: ${error.code ?? error.message}`, undefined);
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

function severalDocuments(path: string, text: string): Diagnostic {
  const second = [...text.matchAll(/^---(?=\s|$)/gm)].at(/^(\s*#.*\n|\s*\n|%.*\n)*---/.test(text) ? 1 : 0);
  return {
    ...problem(path, "spec-several-documents", "the spec holds several YAML documents, it may hold one", undefined),
    position: second === undefined ? undefined : placeInUnparsed(text, second.index, 3),
    hint: "Give each document a file of its own, and name them all: mrk-scaffold one.yaml two.yaml",
  };
}

function syntaxError(path: string, text: string, error: unknown): Diagnostic {
  if (!(error instanceof YAMLException)) throw error;
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const reason = error.reason.replace(
    /unknown (scalar|sequence|mapping) tag .*/,
    "a YAML tag (!name) that a spec has no use for",
  );
  return {
    ...problem(path, "spec-syntax", `this is not valid YAML: ${reason}`, syntaxHint(text, offset, error.reason)),
    position: placeInUnparsed(text, offset, 1),
  };
}

function syntaxHint(text: string, offset: number, reason: string): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  if (/^\s*\t/.test(line)) return "YAML is indented with spaces; replace the tab.";
  if (/flow|deficient indentation|unexpected end/.test(reason))
    return "Look for a bracket or a quote that is never closed.";
  if (/bad indentation|mapping values/.test(reason)) return 'A value with ": " or a leading @, %, & or * needs quotes.';
  return undefined;
}

/** A place in a text that has no tree: the line is shown with values masked where it may belong to a secret. */
function placeInUnparsed(text: string, offset: number, length: number): Position {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = text.indexOf("\n", lineStart) < 0 ? text.length : text.indexOf("\n", lineStart);
  const line = text.slice(0, lineStart).split("\n").length;
  const lineText = maskUnparsedLine(text.slice(0, lineEnd), text.slice(lineStart, lineEnd).replace(/\r$/, ""));
  return { line, column: offset - lineStart + 1, length, lineText };
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
