/**
 * Puts what was read into plain values, in the form that hcl2json made common: a body or an expression goes in, JSON comes
 * out, with expressions as `${…}`, nested blocks as lists of objects, and keys in alphabetical order.
 */

import { type Body, type Expression, HclError } from "./syntax.ts";

/** A number that Terraform and JavaScript write with the same digits. */
const PLAIN_NUMBER = /^(?=\d{1,15}$|[\d.]{1,16}$)\d+(\.\d+)?$/;

/** JSON of a body or an expression. */
export type Values = Readonly<Record<string, unknown>>;

/** A reference to something declared elsewhere: `aws_kms_key.main.arn`, `var.name`, `each.key`. */
export interface Reference {
  /** Its names, up to the first index: `["data", "aws_region", "main", "region"]`. */
  readonly names: readonly string[];
  /** Where it is, indices included. */
  readonly start: number;
  readonly end: number;
}

/**
 * The arguments and nested blocks of a body; `text` is what it was read from.
 * @throws {HclError} where a number is used as text and is too long to be told how
 */
export function valuesIn({ attributes, blocks }: Body, text: string): Values {
  const found = new Map<string, unknown>();
  for (const { type, labels, body } of blocks) {
    let place = found;
    for (const label of [type, ...labels].slice(0, -1)) {
      if (!(place.get(label) instanceof Map)) place.set(label, new Map());
      place = place.get(label) as Map<string, unknown>;
    }
    const last = labels.at(-1) ?? type;
    const list = place.get(last);
    if (Array.isArray(list)) list.push(valuesIn(body, text));
    else place.set(last, [valuesIn(body, text)]);
  }
  for (const { name, expression } of attributes.values()) found.set(name, valueIn(expression, text));
  return inOrder(found);
}

/** The value of an expression where it is a literal, a list or an object; its source otherwise. */
function valueIn(expression: Expression, text: string): unknown {
  switch (expression.kind) {
    case "literal":
      return typeof expression.value === "string" ? escaped(expression.value) : expression.value;
    case "wrapped":
      return valueIn(expression.expression, text);
    case "template":
      return textOf(expression, text);
    case "tuple":
      return expression.items.map((item) => valueIn(item, text));
    case "object":
      return inOrder(new Map(expression.items.map(({ key, value }) => [keyOf(key, text), valueIn(value, text)])));
    case "unary": {
      const { operator, operand } = expression;
      if (operand.kind !== "literal" || typeof operand.value === "string") break;
      if (operator === "-" && typeof operand.value === "number") return -operand.value;
      if (operator === "!" && typeof operand.value === "boolean") return !operand.value;
    }
  }
  return sourceOf(expression, text);
}

/** What an expression refers to, in the order of the text; the variables of `for` expressions are left out. */
export function* referencesIn(
  expression: Expression,
  local: ReadonlySet<string> = new Set(),
): Generator<Reference, void, undefined> {
  switch (expression.kind) {
    case "literal":
      return;
    case "traversal":
      if (!local.has(expression.names[0]!)) yield expression;
      return;
    case "wrapped":
      return yield* referencesIn(expression.expression, local);
    case "unary":
      return yield* referencesIn(expression.operand, local);
    case "object":
      for (const { key, value } of expression.items) {
        // A bare name as a key is text.
        if (key.kind !== "traversal" || key.names.length > 1) yield* referencesIn(key, local);
        yield* referencesIn(value, local);
      }
      return;
    case "conditional":
      yield* referencesIn(expression.condition, local);
      yield* referencesIn(expression.yes, local);
      return yield* referencesIn(expression.no, local);
    case "repetition":
      yield* referencesIn(expression.collection, local);
      return yield* referencesIn(expression.content, new Set([...local, ...expression.variables]));
  }
  if (expression.kind === "compound") {
    const { variables = [] } = expression;
    const inside = variables.length === 0 ? local : new Set([...local, ...variables]);
    for (const [index, child] of expression.children.entries()) {
      // The first child of a `for` expression is what it goes over.
      yield* referencesIn(child, index === 0 ? local : inside);
    }
    return;
  }
  for (const part of expression.kind === "tuple" ? expression.items : expression.parts)
    yield* referencesIn(part, local);
}

function sourceOf({ start, end }: Expression, text: string): string {
  return `\${${text.slice(start, end)}}`;
}

/** What is in a text for a part of it. */
function textOf(part: Expression, text: string): string {
  switch (part.kind) {
    case "literal":
      if (typeof part.value === "number" && !PLAIN_NUMBER.test(String(part.value)))
        throw new HclError("this number is too long to be used as text", text, part.start);
      return typeof part.value === "string" ? escaped(part.value) : String(part.value);
    case "wrapped":
      return textOf(part.expression, text);
    case "template":
      return part.parts.map((inner) => textOf(inner, text)).join("");
    case "conditional": {
      const no = textOf(part.no, text);
      const condition = text.slice(part.condition.start, part.condition.end);
      return `%{if ${condition}}${textOf(part.yes, text)}${no === "" ? "" : `%{else}${no}`}%{endif}`;
    }
    case "repetition": {
      const { start, end } = part.collection;
      return `%{for ${part.variables.join(", ")} in ${text.slice(start, end)}}${textOf(part.content, text)}%{endfor}`;
    }
  }
  return sourceOf(part, text);
}

function keyOf(key: Expression, text: string): string {
  return key.kind === "traversal" ? text.slice(key.start, key.end) : textOf(key, text);
}

/** Text in which nothing is taken for an expression. */
function escaped(text: string): string {
  const opens = text.includes("${") || text.includes("%{");
  return opens ? text.replace(/[$%](?=\{)/g, "$&$&") : text;
}

/** An object with the entries of a map, and of the maps in it, by name. */
function inOrder(entries: ReadonlyMap<string, unknown>): Values {
  const object: Record<string, unknown> = {};
  for (const name of [...entries.keys()].sort()) {
    const found = entries.get(name);
    const value = found instanceof Map ? inOrder(found) : found;
    // A name may be __proto__.
    if (name in object)
      Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
    else object[name] = value;
  }
  return object;
}
