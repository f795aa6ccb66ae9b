/**
 * Reads Terraform with HashiCorp's own parser: texts go in, blocks with evaluated values come out. Nothing here knows how
 * the program writes its output, so that what is read is what Terraform reads.
 */

import { getExpressionAst, parse } from "@cdktf/hcl2json";

/** What is computed when Terraform runs, as its source with uniform whitespace: `aws_kms_key.main_sm.arn`. */
export class Expression {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** A string with expressions in it: `alias/${data.aws_region.main.region}-app`. */
export class Template {
  readonly parts: readonly (string | Expression)[];

  constructor(parts: readonly (string | Expression)[]) {
    this.parts = parts;
  }
}

export type Value =
  | string
  | number
  | boolean
  | null
  | Expression
  | Template
  | readonly Value[]
  | { readonly [key: string]: Value };

/** The attributes of a block; nested blocks are lists of bodies. */
export type Body = { readonly [name: string]: Value };

/** Blocks by type and labels, `resource aws_kms_key main_sm`; several of one name follow each other. */
export type Blocks = ReadonlyMap<string, readonly Body[]>;

/** How many labels each type of block has: https://developer.hashicorp.com/terraform/language */
const LABELS: Readonly<Record<string, number>> = {
  terraform: 0,
  locals: 0,
  moved: 0,
  import: 0,
  removed: 0,
  check: 1,
  module: 1,
  output: 1,
  provider: 1,
  variable: 1,
  data: 2,
  ephemeral: 2,
  resource: 2,
};

/** All blocks of a text; fails at anything that is no block of Terraform's. */
export async function blocksOf(text: string): Promise<Blocks> {
  const blocks = new Map<string, readonly Body[]>();
  const collect = (name: string, labels: number, found: unknown): void => {
    if (labels === 0) {
      blocks.set(name, evaluate(found) as readonly Body[]);
      return;
    }
    for (const [label, below] of Object.entries(found as object)) collect(`${name} ${label}`, labels - 1, below);
  };
  for (const [type, found] of Object.entries(await parse("generated.tf", text))) {
    const labels = LABELS[type];
    if (labels === undefined) throw new Error(`${type} is no type of block that this reader knows`);
    collect(type, labels, found);
  }
  return blocks;
}

/** The values of expressions, in their order, each as if it stood behind `x =`. */
export async function valuesOf(expressions: readonly string[]): Promise<readonly Value[]> {
  const text = expressions.map((expression, index) => `x${index} = ${expression}\n`).join("");
  const parsed = await parse("expressions.tf", text);
  if (Object.keys(parsed).length !== expressions.length) throw new Error("an expression has spilled out of its line");
  return expressions.map((_, index) => evaluate(parsed[`x${index}`]));
}

/** The arguments of a call such as `jsonencode({ … })`; `undefined` when the value is not a call of that function. */
export async function argumentsOf(value: Value | undefined, name: string): Promise<readonly Value[] | undefined> {
  if (!(value instanceof Expression)) return undefined;
  const { source } = value;
  if (!source.startsWith(`${name}(`)) return undefined;
  const end = closing(")", source, name.length + 1);
  if (end !== source.length - 1) return undefined;
  const [given] = await valuesOf([`[${source.slice(name.length + 1, end)}]`]);
  return given as readonly Value[];
}

/**
 * The texts and expressions that a quoted template is made of, neighbouring texts as one. Unlike a value it is read from the
 * syntax tree, in which `"\u0024${a}"` (a dollar in front of an expression) and `"$${a}"` (no expression) still differ.
 */
export async function partsOf(template: string): Promise<readonly (string | Expression)[]> {
  const tree = await getExpressionAst("template.tf", template);
  if (tree === null || !/^template(Wrap)?$/.test(tree.type)) throw new Error(`no template: ${template}`);
  const parts: (string | Expression)[] = [];
  for (const { type, meta } of tree.children) {
    const source = (meta as { value: string }).value;
    const last = parts.at(-1);
    if (type !== "literalValue") parts.push(new Expression(source));
    else {
      const text = (await valuesOf([`"${source}"`]))[0] as string;
      if (typeof last === "string") parts[parts.length - 1] = last + text;
      else if (text !== "") parts.push(text);
    }
  }
  return parts;
}

/** What hcl2json makes of a value: text has its template openings doubled, and what is in single ones is source. */
function evaluate(json: unknown): Value {
  if (typeof json === "string") return readText(json);
  if (Array.isArray(json)) return json.map(evaluate);
  if (typeof json !== "object" || json === null) return json as Value;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [readKey(key), evaluate(value)]));
}

function readKey(text: string): string {
  const key = readText(text);
  if (typeof key !== "string") throw new Error(`a key is computed: ${text}`);
  return key;
}

function readText(text: string): string | Expression | Template {
  const parts: (string | Expression)[] = [];
  let done = 0;
  let literal = "";
  // A literal that ends in $ in front of an expression looks like an escaped opening here; hcl2json leaves no trace of it.
  for (const { index, 0: opening } of text.matchAll(/\$\$\{|%%\{|\$\{|%\{/g)) {
    if (index < done) continue;
    literal += text.slice(done, index);
    done = index + opening.length;
    if (opening === "%{") throw new Error(`a template directive: ${text.slice(index, index + 40)}`);
    if (opening.length === 3) literal += opening.slice(1);
    else {
      const end = closing("}", text, done);
      if (literal !== "") parts.push(literal);
      parts.push(new Expression(uniform(text.slice(done, end))));
      literal = "";
      done = end + 1;
    }
  }
  literal += text.slice(done);
  if (parts.length === 0) return literal;
  if (literal !== "") parts.push(literal);
  const [only] = parts;
  return parts.length === 1 ? only! : new Template(parts);
}

const OPENINGS: Readonly<Record<string, string>> = { "{": "}", "(": ")", "[": "]" };

/** Where the bracket is that closes the one before `start`. */
function closing(bracket: string, source: string, start: number): number {
  for (let at = start; at < source.length; at++) {
    const character = source[at]!;
    if (character === bracket) return at;
    if (character === '"') at = closingQuote(source, at + 1);
    else if (OPENINGS[character] !== undefined) at = closing(OPENINGS[character], source, at + 1);
  }
  throw new Error(`${bracket} is missing: ${source.slice(start, start + 40)}`);
}

function closingQuote(source: string, start: number): number {
  for (let at = start; at < source.length; at++) {
    if (source[at] === '"') return at;
    if (source[at] === "\\") at += 1;
    else if (source.startsWith("$${", at) || source.startsWith("%%{", at)) at += 2;
    else if (source.startsWith("${", at) || source.startsWith("%{", at)) at = closing("}", source, at + 2);
  }
  throw new Error(`a quote is missing: ${source.slice(start, start + 40)}`);
}

/** Source without the whitespace that layout is free to choose; strings keep theirs. */
function uniform(source: string): string {
  let result = "";
  let done = 0;
  for (let at = source.indexOf('"'); at >= 0; at = source.indexOf('"', done)) {
    const end = closingQuote(source, at + 1) + 1;
    result += uniformSpaces(source.slice(done, at)) + source.slice(at, end);
    done = end;
  }
  return (result + uniformSpaces(source.slice(done))).trim();
}

function uniformSpaces(source: string): string {
  return source.replace(/[ \t]*\n\s*/g, "\n").replace(/[ \t]*([{}()[\],=])[ \t]*/g, "$1");
}

/** The one block of a name; fails when there is none or more than one. */
export function blockOf(blocks: Blocks, name: string): Body {
  const found = blocks.get(name) ?? [];
  if (found.length !== 1) throw new Error(`${name} is ${found.length} times`);
  return found[0]!;
}

/** The blocks of a type, by the name that is their last label: `blocksOfType(blocks, "resource aws_kms_key")`. */
export function blocksOfType(blocks: Blocks, type: string): readonly (readonly [name: string, body: Body])[] {
  return [...blocks.keys()]
    .filter((name) => name.startsWith(`${type} `))
    .map((name) => [name.slice(type.length + 1), blockOf(blocks, name)]);
}

/** The block that a reference such as `aws_kms_key.main_sm.arn` reads, as its type, its name and its body. */
export function referredBlock(
  blocks: Blocks,
  reference: Value | undefined,
): { readonly type: string; readonly name: string; readonly attribute: string | undefined; readonly body: Body } {
  if (!(reference instanceof Expression)) throw new Error(`${JSON.stringify(reference)} refers to nothing`);
  const steps = reference.source.split(".");
  const kind = steps[0] === "data" || steps[0] === "ephemeral" ? steps.shift()! : "resource";
  const [type = "", name = "", attribute] = steps;
  return { type, name, attribute, body: blockOf(blocks, `${kind} ${type} ${name}`) };
}

/**
 * The region that a block of a resource or a data source is in: the one that it names itself, or that of its provider. For a
 * provider that is given that is the provider's name, `aws.euw1`; `undefined` for the caller's own.
 */
export function regionOf(blocks: Blocks, { region, provider }: Body): string | undefined {
  if (typeof region === "string") return region;
  const wanted = provider instanceof Expression ? provider.source : "aws";
  const found = (blocks.get("provider aws") ?? []).filter(({ alias }) =>
    alias === undefined ? wanted === "aws" : wanted === `aws.${alias}`,
  );
  if (found.length > 1) throw new Error(`there are ${found.length} providers ${wanted}`);
  if (found.length === 0 && wanted !== "aws") {
    if (!isGiven(blocks, wanted)) throw new Error(`there is no provider ${wanted}`);
    return wanted;
  }
  return found[0]?.region as string | undefined;
}

/** Whether the root module gives a provider to a module, or a file of the user's own to the generated ones. */
function isGiven(blocks: Blocks, provider: string): boolean {
  if (!blocks.has("terraform")) return true;
  const required = blockOf(blocks, "terraform").required_providers as readonly { readonly aws: Body }[];
  const aliases = (required[0]!.aws.configuration_aliases ?? []) as readonly Expression[];
  return aliases.some(({ source }) => source === provider);
}

/** The name of a region where it is written out, or read from an `aws_region` data source. */
export function regionNamed(blocks: Blocks, value: Value | undefined): string | undefined {
  if (typeof value === "string") return value;
  const { type, attribute, body } = referredBlock(blocks, value);
  if (type !== "aws_region" || !/^(region|name)$/.test(attribute ?? "")) throw new Error(`${type} names no region`);
  return regionOf(blocks, body);
}

/** A text with the names of the regions that its expressions read; others are marked, as in `spoken`. */
export function withRegions(blocks: Blocks, value: Value | undefined): string {
  const parts = value instanceof Template ? value.parts : [value];
  return parts.map((part) => (isRegion(part) ? regionNamed(blocks, part) : spoken(part))).join("");
}

function isRegion(value: Value | undefined): boolean {
  return value instanceof Expression && value.source.startsWith("data.aws_region.");
}

/** A value in which what only Terraform knows is marked, however deep it is: `⟦var.environment⟧`. */
export function spoken(value: Value | undefined): unknown {
  if (value instanceof Template) return value.parts.map((part) => spoken(part)).join("");
  if (value instanceof Expression) return /^(var|terraform)\./.test(value.source) ? `⟦${value.source}⟧` : value;
  if (Array.isArray(value)) return value.map((one) => spoken(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, spoken(below)]));
}
