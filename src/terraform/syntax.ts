/**
 * Names the parts that Terraform text is made of: what the reader hands out, with the place of each part. Offsets are
 * UTF-16 code units from the start of the text, lines and columns count from 1.
 */

/** A stretch of the text: from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a file or a block holds. */
export interface Body {
  /** By name, in the order of the text. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly blocks: readonly Block[];
}

/** `name = expression`; the range does not include the line end. */
export interface Attribute extends Range {
  readonly name: string;
  /** The line that the name is on. */
  readonly line: number;
  readonly expression: Expression;
}

/** `type "label" … { body }`; the range goes from the type to the closing brace. */
export interface Block extends Range {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: Body;
  /** The line of the type. */
  readonly line: number;
  /** The line of the closing brace. */
  readonly endLine: number;
}

/** An expression as it is written; nothing is evaluated. */
export type Expression =
  | Literal
  | Template
  | Wrapped
  | Tuple
  | ObjectExpression
  | Unary
  | Conditional
  | Traversal
  | Repetition
  | Compound;

/** A number, `true`, `false`, `null`, or text without interpolation, its escapes decoded. */
interface Literal extends Range {
  readonly kind: "literal";
  readonly value: string | number | boolean | null;
}

/** Text with expressions or directives in it. Each part that is a literal stands for itself. */
export interface Template extends Range {
  readonly kind: "template";
  readonly parts: readonly Expression[];
}

/** `"${expression}"`, which is the expression and no text. */
interface Wrapped extends Range {
  readonly kind: "wrapped";
  readonly expression: Expression;
}

interface Tuple extends Range {
  readonly kind: "tuple";
  readonly items: readonly Expression[];
}

interface ObjectExpression extends Range {
  readonly kind: "object";
  readonly items: readonly { readonly key: Expression; readonly value: Expression }[];
}

/** `-operand` or `!operand`. */
interface Unary extends Range {
  readonly kind: "unary";
  readonly operator: "-" | "!";
  readonly operand: Expression;
}

/** `condition ? yes : no`, and `%{ if condition }yes%{ else }no%{ endif }` in a template. */
interface Conditional extends Range {
  readonly kind: "conditional";
  readonly condition: Expression;
  readonly yes: Expression;
  readonly no: Expression;
}

/** A name with static steps behind it, `data.aws_region.main.region` or `each.value["key"]`. */
interface Traversal extends Range {
  readonly kind: "traversal";
  /** The names in it, up to the first step that is an index. */
  readonly names: readonly string[];
  /** Whether an index follows the names. */
  readonly isIndexed: boolean;
}

/** `%{ for key, value in collection }content%{ endfor }` in a template. */
interface Repetition extends Range {
  readonly kind: "repetition";
  /** One or two variables, as they are written. */
  readonly variables: readonly string[];
  readonly collection: Expression;
  readonly content: Expression;
}

/** Everything else: calls, operations, `for` expressions, indices, splats, parentheses. */
export interface Compound extends Range {
  readonly kind: "compound";
  readonly children: readonly Expression[];
  /** The variables of a `for` expression, which are no references to anything outside of it. */
  readonly variables?: readonly string[];
}

/** The text is no Terraform, or the reader is not sure what it means. */
export class HclError extends Error {
  /** What is wrong, in a sentence without its place. */
  readonly reason: string;
  readonly line: number;
  readonly column: number;

  constructor(reason: string, text: string, offset: number) {
    const before = text.slice(0, offset);
    const line = before.split("\n").length;
    const column = offset - before.lastIndexOf("\n");
    super(`${line}:${column}: ${reason}`);
    this.name = "HclError";
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}
