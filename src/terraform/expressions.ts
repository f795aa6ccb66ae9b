/**
 * Reads expressions of Terraform's language: a scanner in front of one goes in, the expression comes out, the scanner
 * is then behind it. It accepts what HCL's grammar accepts and evaluates nothing.
 */

import type { Scanner } from "./scanner.ts";
import type { Compound, Expression } from "./syntax.ts";
import { readHeredoc, readLoop, readQuoted } from "./templates.ts";

const QUOTE = 34;
const OPENING_PARENTHESIS = 40;
const MINUS = 45;
const DOT = 46;
const LESS = 60;
const EXCLAMATION_MARK = 33;
const OPENING_BRACKET = 91;
const OPENING_BRACE = 123;
const NEWLINE = 10;

/**
 * Operators between two operands, each before those that it starts with. How strongly each binds makes no difference to what is an
 * expression.
 */
const OPERATORS = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%"];

/** @throws {HclError} where no expression is */
export function readExpression(scanner: Scanner): Expression {
  const condition = readOperation(scanner);
  if (!scanner.take("?")) return condition;
  return scanner.within(scanner.hasLines, () => {
    const yes = readExpression(scanner);
    if (!scanner.take(":")) scanner.fail('":" and what to use otherwise is missing here');
    const no = readExpression(scanner);
    return { kind: "conditional", condition, yes, no, start: condition.start, end: no.end };
  });
}

/** Operands with operators between them. */
function readOperation(scanner: Scanner): Expression {
  const first = readOperand(scanner);
  const operands = [first];
  for (;;) {
    // A comment that ends the line starts like a division.
    if (scanner.next() === NEWLINE) break;
    const operator = OPERATORS.find((one) => scanner.text.startsWith(one, scanner.at));
    if (operator === undefined) break;
    scanner.at += operator.length;
    operands.push(readOperand(scanner));
  }
  return operands.length === 1 ? first : compound(operands, first.start, operands.at(-1)!.end);
}

/** A term, with the steps behind it. */
function readOperand(scanner: Scanner): Expression {
  const code = scanner.next();
  const start = scanner.at;
  if (code === MINUS || code === EXCLAMATION_MARK) {
    scanner.at++;
    const operand = scanner.within(scanner.hasLines, () => readOperand(scanner));
    const isWrong = operand.kind === "literal" && typeof operand.value !== (code === MINUS ? "number" : "boolean");
    if (isWrong && typeof operand.value !== "string") scanner.fail("nothing of this kind has an opposite", start);
    return { kind: "unary", operator: code === MINUS ? "-" : "!", operand, start, end: operand.end };
  }
  let expression = readTerm(scanner, code);
  for (;;) {
    const next = scanner.next();
    if (next === DOT && !scanner.text.startsWith("...", scanner.at))
      expression = readAttributeStep(scanner, expression);
    else if (next === OPENING_BRACKET) expression = readIndexStep(scanner, expression);
    else return expression;
  }
}

function readTerm(scanner: Scanner, code: number): Expression {
  const start = scanner.at;
  switch (code) {
    case QUOTE:
      return readQuoted(scanner, readExpression);
    case OPENING_PARENTHESIS:
      return readParentheses(scanner);
    case OPENING_BRACKET:
      return readTuple(scanner);
    case OPENING_BRACE:
      return readObject(scanner);
    case LESS:
      return readHeredoc(scanner, readExpression) ?? scanner.fail("an expression is missing here");
  }
  if (code >= 48 && code <= 57) {
    const value = Number(scanner.number());
    return { kind: "literal", value, start, end: scanner.at };
  }
  const name = scanner.name();
  if (name === undefined) scanner.fail("an expression is missing here");
  const { at: end } = scanner;
  const next = scanner.next();
  if (next === OPENING_PARENTHESIS || scanner.text.startsWith("::", scanner.at)) return readCall(scanner, start);
  if (name === "true" || name === "false") return { kind: "literal", value: name === "true", start, end };
  if (name === "null") return { kind: "literal", value: null, start, end };
  return { kind: "traversal", names: [name], isIndexed: false, start, end };
}

function compound(children: readonly Expression[], start: number, end: number): Compound {
  return { kind: "compound", children, start, end };
}

/** `.name`, `.0` as in old configurations, or `.*` with the names behind it. */
function readAttributeStep(scanner: Scanner, from: Expression): Expression {
  scanner.at++;
  const code = scanner.next();
  if (scanner.take("*")) {
    let { at: end } = scanner;
    // These steps belong to each element; none of them may be a splat again.
    while (scanner.next() === DOT && !scanner.text.startsWith("...", scanner.at)) {
      scanner.at++;
      if (!readLegacyIndex(scanner) && scanner.name() === undefined) scanner.fail("a name is missing here");
      end = scanner.at;
    }
    return compound([from], from.start, end);
  }
  if (code >= 48 && code <= 57) {
    readLegacyIndex(scanner);
    return indexed(from, scanner.at);
  }
  const name = scanner.name();
  if (name === undefined) scanner.fail("a name is missing here");
  if (from.kind !== "traversal" || from.isIndexed) return indexed(from, scanner.at);
  return { ...from, names: [...from.names, name], end: scanner.at };
}

/** A static step behind an expression that is no name of anything by itself. */
function indexed(from: Expression, end: number): Expression {
  return from.kind === "traversal" ? { ...from, isIndexed: true, end } : compound([from], from.start, end);
}

function readLegacyIndex(scanner: Scanner): boolean {
  const code = scanner.next();
  if (!(code >= 48 && code <= 57)) return false;
  const { at } = scanner;
  if (scanner.number().includes(".")) scanner.fail("write two indices behind each other in brackets", at);
  return true;
}

/** `[expression]` or `[*]`. */
function readIndexStep(scanner: Scanner, from: Expression): Expression {
  scanner.at++;
  if (scanner.take("*")) {
    if (!scanner.take("]")) scanner.fail('"]" is missing here');
    return compound([from], from.start, scanner.at);
  }
  const key = scanner.within(false, () => {
    const expression = readExpression(scanner);
    if (!scanner.take("]")) scanner.fail('"]" is missing here');
    return expression;
  });
  return key.kind === "literal" ? indexed(from, scanner.at) : compound([from, key], from.start, scanner.at);
}

function readParentheses(scanner: Scanner): Expression {
  const start = scanner.at++;
  return scanner.within(false, () => {
    const inner = readExpression(scanner);
    if (!scanner.take(")")) scanner.fail('")" is missing here');
    return compound([inner], start, scanner.at);
  });
}

/** The arguments of a function, and the rest of its name where it is a provider's. */
function readCall(scanner: Scanner, start: number): Expression {
  while (scanner.take("::")) {
    if (scanner.name() === undefined) scanner.fail("the name of a function is missing here");
  }
  if (!scanner.take("(")) scanner.fail('"(" is missing here');
  return scanner.within(false, () => {
    const given: Expression[] = [];
    while (!scanner.take(")")) {
      given.push(readExpression(scanner));
      if (scanner.take("...")) {
        if (!scanner.take(")")) scanner.fail('")" is missing here');
        break;
      }
      if (!scanner.take(",")) {
        if (!scanner.take(")")) scanner.fail('"," or ")" is missing here');
        break;
      }
    }
    return compound(given, start, scanner.at);
  });
}

function readTuple(scanner: Scanner): Expression {
  const start = scanner.at++;
  return scanner.within(false, () => {
    if (scanner.isWord("for")) return readFor(scanner, start, "]");
    const items: Expression[] = [];
    while (!scanner.take("]")) {
      items.push(readExpression(scanner));
      if (!scanner.take(",")) {
        if (!scanner.take("]")) scanner.fail('"," or "]" is missing here');
        break;
      }
    }
    return { kind: "tuple", items, start, end: scanner.at };
  });
}

function readObject(scanner: Scanner): Expression {
  const start = scanner.at++;
  const loop = scanner.within(false, () => {
    const { at } = scanner;
    if (scanner.isWord("for")) return readFor(scanner, start, "}");
    scanner.at = at;
    return undefined;
  });
  return loop ?? scanner.within(true, () => readItems(scanner, start));
}

function readItems(scanner: Scanner, start: number): Expression {
  const items: { key: Expression; value: Expression }[] = [];
  for (;;) {
    scanner.nextLine();
    if (scanner.take("}")) break;
    const key = readExpression(scanner);
    if (!scanner.take("=") && !scanner.take(":")) scanner.fail('"=" and a value are missing here');
    const value = readExpression(scanner);
    items.push({ key, value });
    if (scanner.take("}")) break;
    if (!scanner.take(",") && scanner.next() !== NEWLINE) scanner.fail('a line end, "," or "}" is missing here');
  }
  return { kind: "object", items, start, end: scanner.at };
}

/** `for key, value in collection : …`, after its opening bracket. */
function readFor(scanner: Scanner, start: number, close: "]" | "}"): Expression {
  const { variables, collection } = readLoop(scanner, readExpression);
  if (!scanner.take(":")) scanner.fail('":" is missing here');
  const results = [readExpression(scanner)];
  if (close === "}") {
    if (!scanner.take("=>")) scanner.fail('"=>" is missing here');
    results.push(readExpression(scanner));
    scanner.take("...");
  }
  if (scanner.isWord("if")) {
    scanner.name();
    results.push(readExpression(scanner));
  }
  if (!scanner.take(close)) scanner.fail(`"${close}" is missing here`);
  return { kind: "compound", children: [collection, ...results], variables, start, end: scanner.at };
}
