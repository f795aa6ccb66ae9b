/**
 * Changes a spec's text in place: a spec as it was read and a list of changes go in, the new text comes out, in which every
 * comment, anchor, quote and blank line is where it was. Only the characters that a change is about are replaced, at the
 * places that the loader knows: a library that prints the whole document again would reformat what no one asked it to.
 * The new text is read again and held against what the changes mean, so that an alias or a merge key that leads elsewhere is
 * noticed; then nothing is changed.
 */

import { isDeepStrictEqual } from "node:util";
import { applied, type Change } from "./edit-data.ts";
import { commentedOut, INDENT, isList, type Plain, printBlock, printFlow, quoted } from "./edit-text.ts";
import { parse, type SpecSource } from "./load.ts";
import type { Path } from "./path.ts";
import type { SourceNode } from "./source-map.ts";

/** The changes cannot be made without losing something; `path` is where. */
export class EditError extends Error {
  readonly path: Path;

  constructor(path: Path, reason: string) {
    super(reason);
    this.name = "EditError";
    this.path = path;
  }
}

/**
 * The spec's text with the changes made.
 * @throws {EditError} when it would then say something else than meant
 */
export function edit(source: SpecSource, changes: readonly Change[]): string {
  const editor = new Editor(source);
  for (const change of changes) editor.make(change);
  const text = editor.text();
  const wanted = changes.reduce(applied, structuredClone(source.data));
  let read: unknown;
  try {
    read = parse(source.path, Buffer.from(text)).data;
  } catch {
    read = undefined;
  }
  if (isDeepStrictEqual(read, wanted)) return text;
  const path = changes[0]?.kind === "swap" ? changes[0].paths[0] : (changes[0]?.path ?? []);
  throw new EditError(path, "an anchor, an alias or a merge key is in the way of changing it in place");
}

/** A piece of the text that is replaced; an empty one is where something is put in. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A node's text, line by line, and whether it is a map or list in block style, whose lines are as if it stood in the first column. */
interface Taken {
  readonly lines: readonly string[];
  readonly isBlock: boolean;
}

class Editor {
  readonly #source: SpecSource;
  readonly #text: string;
  readonly #newline: string;
  readonly #replacements: Replacement[] = [];
  /** The entries that go, by the path of their map. */
  readonly #removed = new Map<string, { readonly path: Path; readonly keys: Set<string> }>();

  constructor(source: SpecSource) {
    this.#source = source;
    this.#text = source.text;
    this.#newline = source.text.includes("\r\n") ? "\r\n" : "\n";
  }

  /** What an alias or a merge stands for is changed where it is written out; that this is meant is found out afterwards. */
  make(change: Change): void {
    if (change.kind === "swap") this.#swap(...change.paths);
    else if (change.kind === "set") this.#set(change);
    else if (change.kind === "retire") this.#retire(change);
    else if (this.#source.nodeAt(change.path) !== undefined) {
      const owner = change.path.slice(0, -1);
      const known = this.#removed.get(owner.join("\n")) ?? { path: owner, keys: new Set() };
      known.keys.add(String(change.path.at(-1)));
      this.#removed.set(owner.join("\n"), known);
    }
  }

  text(): string {
    for (const { path, keys } of this.#removed.values()) this.#remove(path, keys);
    let text = "";
    let done = 0;
    // What is put in where other text is replaced comes before that.
    const ordered = this.#replacements.toSorted((one, other) => one.start - other.start || one.end - other.end);
    for (const { start, end, text: fresh } of ordered) {
      if (start < done) throw new EditError([], "two of the changes are about one place");
      text += this.#text.slice(done, start) + fresh;
      done = end;
    }
    return text + this.#text.slice(done);
  }

  #set({ path, value, after }: Extract<Change, { kind: "set" }>): void {
    const node = this.#source.nodeAt(path);
    if (node !== undefined) {
      const quote = this.#text[node.start];
      const printed = this.#printed(value, this.#styleOf(path), this.#column(node));
      const isQuoted = typeof value === "string" && (quote === '"' || quote === "'");
      this.#replace(node, isQuoted ? quoted(value, quote) : printed);
      return;
    }
    const owner = path.slice(0, -1);
    const neighbour = after === undefined ? undefined : this.#source.nodeAt([...owner, after]);
    if (neighbour === undefined) return;
    const style = this.#styleOf([...owner, after!]);
    const key = style.isQuoted ? JSON.stringify(path.at(-1)) : String(path.at(-1));
    if (style.isFlow) {
      const at = this.#endOf(neighbour);
      this.#replacements.push({ start: at, end: at, text: `, ${key}: ${this.#printed(value, style, 0)}` });
      return;
    }
    const column = this.#columnAt(neighbour.keyStart);
    const at = this.#lineEnd(this.#endOf(neighbour));
    const printed = this.#printed(value, style, column);
    const text = `${this.#newline}${" ".repeat(column)}${key}:${/^\s/.test(printed) ? "" : " "}${printed}`;
    this.#replacements.push({ start: at, end: at, text });
  }

  #retire({ path, value, remark }: Extract<Change, { kind: "retire" }>): void {
    const node = this.#source.nodeAt(path);
    // What an alias stands for is retired where it is written out.
    if (node === undefined || this.#text[node.start] === "*") return;
    const { isFlow, isQuoted } = this.#styleOf(path);
    const [start, end] = [node.start, this.#endOf(node)];
    const old = this.#text.slice(start, end);
    const word = isQuoted && isFlow ? JSON.stringify(value) : value;
    const isOneLine = !old.includes("\n") && this.#lineStart(start) === this.#lineStart(node.keyStart);
    if (isFlow) {
      if (/(^|\s)#/.test(old)) throw new EditError(path, "there is a comment in the value that must go");
      this.#replacements.push({ start, end, text: word });
      return;
    }
    if (isOneLine) {
      this.#replacements.push({ start, end, text: word });
      const lineEnd = this.#lineEnd(end);
      if (/^[ \t]*$/.test(this.#text.slice(end, lineEnd))) {
        this.#replacements.push({ start: lineEnd, end: lineEnd, text: ` # ${remark} ${old}` });
      }
      return;
    }
    // A value of several lines: what is beside the key stays, the lines become comments.
    const isBelow = this.#lineStart(start) !== this.#lineStart(node.keyStart);
    const behindKey = this.#text.indexOf(":", node.keyEnd) + 1;
    const lines = isBelow
      ? { start: this.#lineStart(start), end: this.#lineEnd(end) }
      : { start, end: this.#lineEnd(end) };
    const column = this.#columnAt(node.keyStart) + INDENT.length;
    const commented = this.#text
      .slice(lines.start, lines.end)
      .split(/\r?\n/)
      .map((line) => commentedOut(line, column));
    if (isBelow) {
      const beside = this.#lineEnd(behindKey);
      const hasRemark = /\S/.test(this.#text.slice(behindKey, beside));
      this.#replacements.push({ start: behindKey, end: behindKey, text: ` ${value}` });
      if (!hasRemark) this.#replacements.push({ start: beside, end: beside, text: ` # ${remark}` });
      this.#replacements.push({ ...lines, text: commented.join(this.#newline) });
    } else {
      const text = [`${value} # ${remark}`, ...commented].join(this.#newline);
      this.#replacements.push({ ...lines, text });
    }
  }

  #remove(path: Path, keys: ReadonlySet<string>): void {
    const map = this.#source.nodeAt(path)!;
    const entries = [...map.children!.entries()].map(([key, node]) => ({ node, isGone: keys.has(String(key)) }));
    if (this.#text[map.start] !== "{") {
      for (const { node, isGone } of entries) if (isGone) this.#removeLines(node);
      return;
    }
    for (let index = 0; index < entries.length; index++) {
      if (!entries[index]!.isGone) continue;
      let last = index;
      while (entries[last + 1]?.isGone) last++;
      const [before, after] = [entries[index - 1]?.node, entries[last + 1]?.node];
      const start = before === undefined ? entries[index]!.node.keyStart : this.#endOf(before);
      const end = before === undefined && after !== undefined ? after.keyStart : this.#endOf(entries[last]!.node);
      this.#replacements.push({ start, end, text: "" });
      index = last;
    }
  }

  /** Takes out the lines of an entry of a map in block style; comments above them stay. */
  #removeLines(node: SourceNode): void {
    const start = this.#lineStart(node.keyStart);
    const end = this.#lineEnd(this.#endOf(node));
    const isLast = end >= this.#text.length;
    const newline = this.#text.startsWith("\r\n", end) ? 2 : 1;
    this.#replacements.push(
      isLast
        ? { start: Math.max(0, start - this.#newline.length), end, text: "" }
        : { start, end: end + newline, text: "" },
    );
  }

  #swap(one: Path, other: Path): void {
    const [left, right] = [this.#source.nodeAt(one), this.#source.nodeAt(other)];
    if (left === undefined || right === undefined) return;
    const [first, second] = [this.#taken(left), this.#taken(right)];
    this.#place(one, left, second);
    this.#place(other, right, first);
  }

  /** A node's text with its anchor. */
  #taken(node: SourceNode): Taken {
    const { start, end, isBlock } = this.#extent(node);
    const text = this.#text.slice(start, end);
    const column = this.#columnAt(node.start);
    const [head = "", ...rest] = text.split(/\r?\n/);
    // The lines of a block as they would be in the first column; the first one has no indentation of its own.
    const lines = rest.map((line) => (isBlock ? line.slice(Math.min(column, line.search(/\S|$/))) : line));
    return { lines: [head, ...lines], isBlock };
  }

  #place(path: Path, node: SourceNode, { lines, isBlock }: Taken): void {
    const { isFlow } = this.#styleOf(path);
    if (isBlock && isFlow) throw new EditError(path, "a map of several lines cannot take a place within brackets");
    const { start, end, isBlock: wasBlock } = this.#extent(node);
    const isInList = typeof path.at(-1) === "number";
    if (isInList || isBlock === wasBlock) {
      const indent = " ".repeat(this.#columnAt(node.start));
      this.#replacements.push({
        start,
        end,
        text: [lines[0], ...lines.slice(1).map((line) => (isBlock && line !== "" ? indent + line : line))].join(
          this.#newline,
        ),
      });
      return;
    }
    const behindKey = this.#text.indexOf(":", node.keyEnd) + 1;
    if (isBlock) {
      // A block is below its key.
      const indent = " ".repeat(this.#columnAt(node.keyStart) + INDENT.length);
      const text = lines.map((line) => (line === "" ? line : indent + line)).join(this.#newline);
      const lineEnd = this.#lineEnd(end);
      this.#replacements.push({ start: behindKey, end, text: "" });
      this.#replacements.push({ start: lineEnd, end: lineEnd, text: this.#newline + text });
      return;
    }
    // What takes a block's place is beside the key.
    const above = this.#lineStart(start) - this.#newline.length;
    this.#replacements.push({ start: behindKey, end: behindKey, text: ` ${lines.join(this.#newline)}` });
    this.#replacements.push({ start: above, end, text: "" });
  }

  /** Puts text in the place of a node, whose anchor stays. */
  #replace(node: SourceNode, text: string): void {
    const start = node.start;
    const isBelow = this.#lineStart(start) !== this.#lineStart(node.keyStart) && node.keyStart >= 0;
    if (!isBelow) {
      this.#replacements.push({ start, end: this.#endOf(node), text: start === node.end ? ` ${text}` : text });
      return;
    }
    const behindKey = this.#text.indexOf(":", node.keyEnd) + 1;
    this.#replacements.push({ start: behindKey, end: behindKey, text: ` ${text}` });
    this.#replacements.push({ start: this.#lineStart(start) - this.#newline.length, end: this.#endOf(node), text: "" });
  }

  /** The end of a node with its closing bracket. */
  #endOf(node: SourceNode): number {
    const children = [...(node.children?.values() ?? [])];
    const opening = this.#text[node.start];
    if (node.children === undefined || (opening !== "{" && opening !== "[")) {
      return children.length === 0 ? node.end : this.#endOf(children.at(-1)!);
    }
    const inside = children.length === 0 ? node.start + 1 : this.#endOf(children.at(-1)!);
    // Between the last thing and the bracket there are blanks, commas and comments.
    const rest = /^([\s,]|#.*)*/.exec(this.#text.slice(inside))![0];
    return inside + rest.length + 1;
  }

  /** A node with its anchor, and what is beside the last line of one in block style. */
  #extent(node: SourceNode): { readonly start: number; readonly end: number; readonly isBlock: boolean } {
    const isBlock = node.children !== undefined && !/[{[]/.test(this.#text[node.start]!);
    const end = this.#endOf(node);
    return { start: this.#withProperties(node), end: isBlock ? this.#lineEnd(end) : end, isBlock };
  }

  /** Where a node starts with its anchor and its tag. */
  #withProperties(node: SourceNode): number {
    const before = /(?:[&!][^\s,[\]{}]+[ \t]+)+$/.exec(this.#text.slice(this.#lineStart(node.start), node.start));
    return before === null ? node.start : node.start - before[0].length;
  }

  /** How the map or list that holds a node is written. */
  #styleOf(path: Path): { readonly isFlow: boolean; readonly isQuoted: boolean } {
    const owner = this.#source.nodeAt(path.slice(0, -1));
    const node = this.#source.nodeAt(path);
    const isFlow = path.some((_, index) => {
      const above = this.#source.nodeAt(path.slice(0, index));
      return above !== undefined && /[{[]/.test(this.#text[above.start] ?? "");
    });
    const quotes = [...(owner?.children?.values() ?? [])].map(({ keyStart }) => this.#text[keyStart]);
    return { isFlow, isQuoted: node !== undefined && node.keyStart >= 0 && quotes.every((quote) => quote === '"') };
  }

  #printed(value: Plain, style: { readonly isFlow: boolean; readonly isQuoted: boolean }, column: number): string {
    const flow = printFlow(value, style.isQuoted);
    if (style.isFlow || typeof value !== "object" || isList(value) || flow.length <= 100) return flow;
    return printBlock(value, " ".repeat(column + INDENT.length), this.#newline);
  }

  #column(node: SourceNode): number {
    return this.#columnAt(node.keyStart < 0 ? node.start : node.keyStart);
  }

  #columnAt(offset: number): number {
    return offset - this.#lineStart(offset);
  }

  #lineStart(offset: number): number {
    return this.#text.lastIndexOf("\n", offset - 1) + 1;
  }

  /** Before the line's newline. */
  #lineEnd(offset: number): number {
    const at = this.#text.indexOf("\n", offset);
    if (at < 0) return this.#text.length;
    return this.#text[at - 1] === "\r" ? at - 1 : at;
  }
}
