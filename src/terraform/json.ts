/**
 * Reads Terraform's JSON syntax (https://developer.hashicorp.com/terraform/language/syntax/json): the text of a file goes in, its
 * blocks come out, in the form in which blocks of `.tf` files are handed out. It evaluates nothing.
 */

import { HclError } from "./syntax.ts";
import type { Values } from "./values.ts";

/** How many labels the blocks of a type have that have any. */
const LABELS: Readonly<Record<string, number>> = {
  resource: 2,
  data: 2,
  ephemeral: 2,
  provider: 1,
  module: 1,
  variable: 1,
  output: 1,
};

/** Blocks inside of blocks that are asked for as lists; in JSON one of them may stand alone. */
const NESTED: ReadonlySet<string> = new Set(["lifecycle", "required_providers", "assume_role", "replica"]);

interface JsonBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly values: Values;
  readonly line: number;
}

/**
 * The blocks of a file.
 * @throws {HclError} when it is no JSON
 */
export function* blocksInJson(text: string): Iterable<JsonBlock> {
  let root: unknown;
  try {
    root = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    // What the parser says quotes the text, which may hold a secret, and has no place in newer versions of Node.
    throw new HclError("it is not JSON", text, 0);
  }
  for (const object of listed(root)) {
    for (const [type, content] of Object.entries(object)) {
      for (const [labels, body] of labelled(content, LABELS[type] ?? 0)) {
        yield { type, labels, values: withLists(body), line: lineOf(text, [type, ...labels]) };
      }
    }
  }
}

/** Bodies with the labels above them. */
function* labelled(content: unknown, depth: number): Iterable<[labels: readonly string[], body: Values]> {
  for (const object of listed(content)) {
    if (depth === 0) yield [[], object];
    else
      for (const [label, below] of Object.entries(object))
        for (const [labels, body] of labelled(below, depth - 1)) yield [[label, ...labels], body];
  }
}

/** A block or a list of blocks, as a list. */
function listed(content: unknown): readonly Values[] {
  const list: readonly unknown[] = Array.isArray(content) ? content : [content];
  return list.filter((item): item is Values => typeof item === "object" && item !== null && !Array.isArray(item));
}

function withLists(body: Values): Values {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, NESTED.has(name) ? listed(value) : value]),
  );
}

/** The line on which the last of the names is that follow each other as keys. */
function lineOf(text: string, names: readonly string[]): number {
  let at = 0;
  for (const name of names) at = Math.max(at, text.indexOf(JSON.stringify(name), at));
  return text.slice(0, at).split("\n").length;
}
