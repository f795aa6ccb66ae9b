/**
 * Reads Terraform: the text of a file goes in, its blocks and arguments come out, each with its place. It evaluates nothing,
 * knows nothing of resources, and refuses what is no Terraform or what it is not sure about.
 */

import { readExpression } from "./expressions.ts";
import { Scanner } from "./scanner.ts";
import { type Attribute, type Block, type Body, HclError } from "./syntax.ts";
import { readLabel } from "./templates.ts";

export type { Attribute, Block, Body, Expression, Range } from "./syntax.ts";
export { HclError };

const NEWLINE = 10;
const QUOTE = 34;
const EQUALS = 61;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * The blocks and arguments of a file.
 * @throws {HclError} when the text is no HCL, with line and column
 */
export function readTerraform(text: string): Body {
  const blocks: Block[] = [];
  return { attributes: readBlocks(text, (block) => blocks.push(block)), blocks };
}

/**
 * Hands out the blocks of a file one by one, so that of a large one they are never in memory together; returns its arguments.
 * @throws {HclError} when the text is no HCL, when the blocks before the mistake have been handed out
 */
export function readBlocks(text: string, use: (block: Block) => void): Body["attributes"] {
  const scanner = new Scanner(text, text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0);
  return readItems(scanner, lineCounter(text), true, use);
}

/** The line of an offset; the offsets that are asked for never go back. */
type LineOf = (offset: number) => number;

function lineCounter(text: string): LineOf {
  let line = 1;
  let end = text.indexOf("\n");
  return (offset) => {
    while (end >= 0 && end < offset) {
      line++;
      end = text.indexOf("\n", end + 1);
    }
    return line;
  };
}

/** What a block holds, up to its closing brace, which is gone past. */
function readBody(scanner: Scanner, lineOf: LineOf): Body {
  let blocks: Block[] | undefined;
  const attributes = readItems(scanner, lineOf, false, (block) => {
    blocks ??= [];
    blocks.push(block);
  });
  return { attributes, blocks: blocks ?? NOTHING };
}

const NOTHING: readonly never[] = [];

/** Arguments and blocks, to the end of the file or to the closing brace, which is gone past. */
function readItems(
  scanner: Scanner,
  lineOf: LineOf,
  isFile: boolean,
  use: (block: Block) => void,
): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  /** The first block of each type. */
  let first: Map<string, Block> | undefined;
  const opening = scanner.at - 1;
  for (;;) {
    const code = scanner.nextLine();
    if (Number.isNaN(code)) return isFile ? attributes : scanner.fail("this block is not closed", opening);
    if (code === CLOSING_BRACE && !isFile) {
      scanner.at++;
      return attributes;
    }
    const start = scanner.at;
    const line = lineOf(start);
    const name = scanner.name();
    if (name === undefined) scanner.fail("an argument or a block belongs here");
    if (isArgument(scanner)) {
      if (attributes.has(name)) scanner.fail(`the argument ${name} is already set`, start);
      const expression = readExpression(scanner);
      attributes.set(name, { name, line, expression, start, end: expression.end });
    } else {
      const block = readBlock(scanner, lineOf, name, start);
      first ??= new Map();
      const other = first.get(name);
      if (other === undefined) first.set(name, block);
      else if (other.labels.length !== block.labels.length)
        scanner.fail(`a block of this type has as many labels as the one in line ${other.line}`, start);
      use(block);
    }
    const next = scanner.next();
    if (next !== NEWLINE && !Number.isNaN(next)) scanner.fail("a line ends behind an argument and behind a block");
  }
}

/** Whether a name is that of an argument; its `=` is gone past. */
function isArgument(scanner: Scanner): boolean {
  if (scanner.next() !== EQUALS || scanner.text.charCodeAt(scanner.at + 1) === EQUALS) return false;
  scanner.at++;
  return true;
}

function readBlock(scanner: Scanner, lineOf: LineOf, type: string, start: number): Block {
  const line = lineOf(start);
  let labels: string[] | undefined;
  for (;;) {
    const code = scanner.next();
    if (code === OPENING_BRACE) break;
    const label = code === QUOTE ? readLabel(scanner) : scanner.name();
    labels ??= [];
    labels.push(label ?? scanner.fail('"=", a label or "{" is missing here'));
  }
  scanner.at++;
  const body = scanner.within(true, () => readContent(scanner, lineOf));
  return { type, labels: labels ?? NOTHING, body, line, endLine: lineOf(scanner.at), start, end: scanner.at };
}

/** A block's body behind its opening brace: on lines of its own, or one argument on the same line. */
function readContent(scanner: Scanner, lineOf: LineOf): Body {
  const code = scanner.next();
  if (Number.isNaN(code) || code === NEWLINE || code === CLOSING_BRACE) return readBody(scanner, lineOf);
  const start = scanner.at;
  const name = scanner.name();
  if (name === undefined || !isArgument(scanner)) scanner.fail("one argument belongs here, or none", start);
  const expression = readExpression(scanner);
  if (!scanner.take("}")) scanner.fail('a block on one line holds one argument: "}" is missing here');
  const attribute = { name, line: lineOf(start), expression, start, end: expression.end };
  return { attributes: new Map([[name, attribute]]), blocks: NOTHING };
}
