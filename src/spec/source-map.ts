/**
 * Knows where every part of a YAML document is: its text and its parsed events go in, places come out, with everything that
 * may be a secret masked in their lines. It knows no meaning.
 */

import {
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  getScalarValue,
  type parseEvents,
  SCALAR_STYLE_DOUBLE_QUOTED,
  SCALAR_STYLE_FOLDED_BLOCK,
  SCALAR_STYLE_LITERAL_BLOCK,
  SCALAR_STYLE_SINGLE_QUOTED,
  type ScalarEvent,
} from "js-yaml";
import type { Position } from "../report/diagnostic.ts";
import type { Path } from "./path.ts";
import { maskRanges, maySecretBeKeyAt, maySecretStandAt, maySecretStandBeside } from "./redact.ts";

/** A document as the YAML parser gives it. */
export type Events = ReturnType<typeof parseEvents>;

/** Where a node of the document is: half-open ranges of offsets into the text. */
export interface SourceNode {
  /** Behind its anchor and its tag; of a map or list in block style, where its first key or dash is. */
  readonly start: number;
  /** Of a map or list the end of the last thing in it, before a closing bracket. */
  readonly end: number;
  /** Of its key in a map, with its quotes; -1 where it has none. */
  readonly keyStart: number;
  readonly keyEnd: number;
  /** In the order of the text; `undefined` for a scalar and for an alias. */
  readonly children: ReadonlyMap<string | number, SourceNode> | undefined;
}

/** A range of offsets. */
type Range = Pick<SourceNode, "start" | "end">;

/** A node while the tree is built. */
interface Node extends SourceNode {
  end: number;
  readonly children: Map<string | number, Node> | undefined;
  /** For an alias, the node that it refers to. */
  readonly target: Node | undefined;
}

/** What is written for a scalar. */
export interface Written {
  /** Its text; of its key, its tag or its anchor where nothing is written. */
  readonly text: string;
  /** Where that is, which is elsewhere where an alias or a merge leads to it. */
  readonly path: () => Path;
}

/** A key that is in its map a second time. */
export interface DuplicateKey {
  readonly key: string;
  readonly path: Path;
  /** Whether nothing is behind it. */
  readonly isEmpty: boolean;
  readonly position: Position;
  readonly first: Position;
}

/** The place of every part of a document. */
export class SourceMap {
  readonly #text: string;
  readonly #events: Events;
  readonly #root: Node;
  readonly #lineStarts: number[] = [0];
  #masked: string | undefined;
  readonly #duplicates: { key: string; path: Path; isEmpty: boolean; node: Node; first: Node }[] = [];

  constructor(text: string, events: Events) {
    this.#text = text;
    this.#events = events;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
    this.#root = this.#index(events);
  }

  /** The node at exactly this path; `undefined` where an alias or a merge leads there, or nothing. */
  nodeAt(path: Path): SourceNode | undefined {
    return path.reduce<SourceNode | undefined>((node, step) => node?.children?.get(step), this.#root);
  }

  /** What is written for the scalar at a path, wherever an alias or a merge takes it from. */
  writtenAt(path: Path): Written | undefined {
    const named = path.reduce<Node | undefined>((from, step) => from && partOf(from, step), this.#root);
    if (named === undefined) return undefined;
    const node = named.target ?? named;
    const { start, end, keyStart, keyEnd } = node;
    const text = end <= start && keyStart >= 0 ? this.#text.slice(keyStart, keyEnd) : this.#text.slice(start, end);
    return { text, path: () => pathTo(node, this.#root) ?? path };
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

  /** The place of a range of offsets. */
  at(start: number, end: number): Position {
    return this.#position(start, end);
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
    this.#masked ??= this.#mask();
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

  /** Takes as long as all else, and few places are shown with their lines. */
  #mask(): string {
    const secrets: Range[] = [];
    this.#index(this.#events, secrets);
    return maskRanges(this.#text, secrets);
  }

  /**
   * Builds the tree of places from the flat list of events, and notes duplicate keys on the way; or, a second time, what may be a
   * secret.
   */
  #index(events: Events, secrets?: Range[]): Node {
    const text = this.#text;
    const holder: Node = { start: 0, end: 0, keyStart: -1, keyEnd: -1, children: new Map(), target: undefined };
    const anchors = new Map<string, Node>();
    const hidden = new Set<Node>();
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
      const isBesideSecret = secrets !== undefined && maySecretStandBeside(path);
      if (isBesideSecret || wasBesideSecret) secrets?.push(...this.#remarks(lastEnd, start));
      wasBesideSecret = isBesideSecret;
      lastEnd = Math.max(lastEnd, end);
      if (isKey && (isScalar || isAlias)) continue;
      const node: Node = {
        start,
        end,
        keyStart: top.key?.start ?? -1,
        keyEnd: top.key?.end ?? -1,
        children: isScalar || isAlias ? undefined : new Map(),
        target: isAlias ? anchors.get(text.slice(start + 1, end)) : undefined,
      };
      if (!isAlias && event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
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
        else if (secrets === undefined) this.#duplicates.push({ key: String(step), path, isEmpty, node, first });
      }
      if (secrets !== undefined) {
        if (maySecretBeKeyAt(path, isEmpty)) secrets.push({ start: node.keyStart, end: node.keyEnd });
        const isSecret = (isScalar || isAlias) && maySecretStandAt(path, text.slice(start, end));
        if (isSecret) secrets.push(node);
        // What an alias puts in the place of a secret is one where it is written too.
        if (isSecret && node.target !== undefined) hidden.add(node.target);
      }
      top.key = undefined;
      top.count += 1;
      if (!isScalar && !isAlias) stack.push(open);
    }
    if (wasBesideSecret) secrets?.push(...this.#remarks(lastEnd, text.length));
    // The loop visits what it adds: the children of hidden nodes, and the targets of aliases among them.
    for (const node of hidden) {
      if (node.target !== undefined) hidden.add(node.target);
      if (node.children === undefined) secrets?.push(node);
      for (const child of node.children?.values() ?? []) {
        secrets?.push({ start: child.keyStart, end: child.keyEnd });
        hidden.add(child);
      }
    }
    return holder.children!.get("root")!;
  }

  /**
   * Where an event is; `list` is the list that it is in. Events give the inside of a quoted scalar and the text of a
   * block scalar, where people point at the quotes and at the `|` too. An empty scalar is at its tag, at the dash of its
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

  /** What is between two nodes and is not punctuation: comments, and the tags and anchors that a `!` or `&` makes. */
  #remarks(start: number, end: number): Range[] {
    const between = this.#text.slice(start, end).matchAll(/#.*|[&!][^\s,[\]{}]+/g);
    return Array.from(between, ({ index, 0: remark }) => ({
      start: start + index,
      end: start + index + remark.length,
    }));
  }
}

/** The path from a node to one below it. */
function pathTo(wanted: Node, from: Node): Path | undefined {
  if (from === wanted) return [];
  for (const [step, child] of from.children ?? []) {
    const rest = pathTo(wanted, child);
    if (rest !== undefined) return [step, ...rest];
  }
  return undefined;
}

/** The child of a node at one step, through aliases and merge keys; of several merged maps the first that has it wins. */
function partOf(node: Node, step: string | number): Node | undefined {
  const { children } = node.target ?? node;
  const own = children?.get(step) ?? children?.get(String(step));
  if (own !== undefined) return own;
  const merged = children?.get("<<");
  if (merged === undefined) return undefined;
  const list = merged.target ?? merged;
  const isMap = list.children === undefined || !list.children.has(0);
  const sources = isMap ? [list] : [...list.children.values()];
  for (const source of sources) {
    const part = partOf(source, step);
    if (part !== undefined) return part;
  }
  return undefined;
}

function isQuoted(style: ScalarEvent["style"]): boolean {
  return style === SCALAR_STYLE_DOUBLE_QUOTED || style === SCALAR_STYLE_SINGLE_QUOTED;
}
