/**
 * Builds fragments of HCL expressions from plain values: text and references come in, branded `Hcl` goes out. This is the
 * only place that escapes, and the brand makes an unescaped string in a template's model a type error.
 */

declare const brand: unique symbol;

/** A piece of HCL that is safe to print where an expression, a label or an identifier is. */
export type Hcl = string & { readonly [brand]: true };

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const BARE_KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words that an object constructor reads as syntax or as a value when they are written bare as a key. */
const KEYWORDS = new Set(["for", "if", "in", "null", "true", "false"]);

/**
 * A name as HCL writes it without quotes.
 * @throws {TypeError} when the name is no Terraform identifier; the schema refuses such names long before.
 */
export function identifier(name: string): Hcl {
  if (!IDENTIFIER.test(name)) throw new TypeError(`not a Terraform identifier: ${JSON.stringify(name)}`);
  return name as Hcl;
}

/** A traversal such as `aws_kms_key.main_sm.arn`, each part an identifier. */
export function reference(...parts: readonly string[]): Hcl {
  return parts.map(identifier).join(".") as Hcl;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const TRAVERSAL = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*|\["[^"\\$%\u0000-\u001f\u007f-\u009f]*"\]|\[\d+\])+$/;

/**
 * A traversal that the user wrote, such as `data.aws_iam_policy_document.app["eu-west-1"].json`.
 * @throws {TypeError} when it is anything else; the schema refuses that long before.
 */
export function traversal(text: string): Hcl {
  if (!TRAVERSAL.test(text)) throw new TypeError(`not a traversal: ${JSON.stringify(text)}`);
  return text as Hcl;
}

/** `var.NAME`, `data.aws_region.NAME` and their like inside a quoted template: `${…}`. */
export function interpolation(expression: Hcl): Hcl {
  return `\${${expression}}` as Hcl;
}

/** A quoted string literal that evaluates to exactly `text` (Terraform itself normalises it to Unicode NFC). */
export function quote(text: string): Hcl {
  return `"${escapeTemplate(text)}"` as Hcl;
}

/**
 * A quoted template of literal strings and interpolated expressions, given in turn. A literal `$` right before an
 * interpolation would double its opening, so it is written by number there.
 */
export function template(parts: readonly (string | { readonly expression: Hcl })[]): Hcl {
  let text = "";
  // Texts that follow each other are escaped as one: an opening such as `${` may lie across them.
  let literal = "";
  for (const part of parts) {
    if (typeof part === "string") {
      literal += part;
      continue;
    }
    const escaped = escapeTemplate(literal);
    text += escaped.endsWith("$") ? `${escaped.slice(0, -1)}\\u0024` : escaped;
    text += interpolation(part.expression);
    literal = "";
  }
  return `"${text}${escapeTemplate(literal)}"` as Hcl;
}

/** One element of a map-like object and a path into it: `data.aws_iam_policy_document.sm["eu-west-1"].json`. */
export function element(object: Hcl, key: string, ...parts: readonly string[]): Hcl {
  return `${object}[${quote(key)}]${parts.map((part) => `.${identifier(part)}`).join("")}` as Hcl;
}

export function number(value: number): Hcl {
  return String(value) as Hcl;
}

export function bool(value: boolean): Hcl {
  return String(value) as Hcl;
}

/** A list on one line, or `undefined` for an empty one, which the templates leave out. */
export function list(items: readonly Hcl[]): Hcl | undefined {
  return items.length === 0 ? undefined : (`[${items.join(", ")}]` as Hcl);
}

const SHORT_LIST = 80;

/** A list: on one line when that is short, otherwise with each item on a line of its own. */
export function tallList(items: readonly Hcl[]): Hcl {
  const short = `[${items.join(", ")}]`;
  const isShort = !short.includes("\n") && (short.length <= SHORT_LIST || items.length === 1);
  return (isShort ? short : `[\n${items.join(",\n")},\n]`) as Hcl;
}

/** A value that JSON has too, but for lists and objects. */
export function scalar(value: string | number | boolean | null): Hcl {
  return typeof value === "string" ? quote(value) : (String(value) as Hcl);
}

/** An object over several lines, `{}` when empty; keys are quoted unless HCL reads them bare as themselves. */
export function object(entries: readonly (readonly [key: string, value: Hcl])[]): Hcl {
  if (entries.length === 0) return "{}" as Hcl;
  return `{\n${entries.map(([key, value]) => `${objectKey(key)} = ${value}\n`).join("")}}` as Hcl;
}

/** A function call, for instance `jsonencode({ … })`. */
export function call(name: string, ...args: readonly Hcl[]): Hcl {
  return `${identifier(name)}(${args.join(", ")})` as Hcl;
}

/** A condition that holds when all of these do; at least one. */
export function every(...conditions: readonly Hcl[]): Hcl {
  return conditions.join(" && ") as Hcl;
}

export function not(condition: Hcl): Hcl {
  return `!${condition}` as Hcl;
}

/** Whether a number is at most a limit. */
export function atMost(expression: Hcl, limit: number): Hcl {
  return `${expression} <= ${limit}` as Hcl;
}

function objectKey(key: string): string {
  return BARE_KEY.test(key) && !KEYWORDS.has(key) ? key : inOneColumnEach(quote(key));
}

/**
 * What is not for certain one column wide: all but printable ASCII and letters that stand for themselves in the scripts of
 * Europe, the Near East, Thailand and East Asia. How the marks, joiners and signs beyond combine depends on the version of
 * Unicode, which is one in Terraform and another in each Node; the `=` behind a key must be in the same column for all.
 */
function inOneColumnEach(text: string): string {
  return text.replace(
    /[^ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0373\u0376\u0377\u037b-\u037d\u0386-\u0481\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u0e01-\u0e30\u1e00-\u1f15\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]/gu,
    byNumber,
  );
}

function byNumber(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/**
 * Escapes text for the inside of a quoted template. JSON's escapes are HCL's, except `\b` and `\f`, which HCL does not have, and
 * the openings `${` and `%{`, which HCL doubles. After another `$` or `%` doubling would be ambiguous (`$$${`), so the
 * character before the brace is written by number there.
 */
function escapeTemplate(text: string): string {
  const json = JSON.stringify(text).slice(1, -1);
  if (!["${", "%{", "\\b", "\\f"].some((one) => json.includes(one))) return json;
  return json
    .replace(/([$%]?)([$%])\{/g, (_, before: string, opening: string) =>
      before === "" ? `${opening}${opening}{` : `${before}\\u00${opening === "$" ? "24" : "25"}{`,
    )
    .replace(/\\(.)/g, (escaped, letter: string) =>
      letter === "b" ? "\\u0008" : letter === "f" ? "\\u000c" : escaped,
    );
}
