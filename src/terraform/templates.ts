/**
 * Reads texts of Terraform's language, quoted ones and heredocs, with the expressions and directives in them: a scanner that
 * is before one goes in, its parts come out, decoded, indented and trimmed as HCL does it.
 */

import type { Scanner } from "./scanner.ts";
import type { Expression, Range } from "./syntax.ts";

type ReadExpression = (scanner: Scanner) => Expression;

/** What `unicode.IsSpace` of Go takes for blank, which is not what JavaScript does. */
const BLANK = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const LEADING_BLANKS = new RegExp(`^${BLANK}*`);
const TRAILING_BLANKS = new RegExp(`${BLANK}*$`);

/** Text without anything to decode in it. */
const PLAIN = /"([^"\\$%\n\r]*)"/y;
/** A piece of quoted text, as HCL's scanner divides it, which is also how it trims. */
const QUOTED_PIECE = /(?:[^"\\$%\n\r]|\\[^\n\r])+|\$(?:\$\{~?)?|%(?:%\{~?)?/y;
/** A `$` or `%` takes one blank before the end of its line to itself, which trimming then leaves. */
const HEREDOC_PIECE =
  /(?<![$%])[$%]\r(?=\n)|[$%][^{$%\r\n](?=\r?\n)|[^$%\n\r]*\r?\n|[^$%\n\r]+|\$(?:\$\{~?)?|%(?:%\{~?)?/y;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]?))/g;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

/** A part of a text before its directives are joined. */
type Piece = TextPiece | Opening | Closing | (Range & { readonly type: "expression"; readonly expression: Expression });
type TextPiece = Range & { readonly type: "text"; text: string };
type Opening = Range &
  (
    | { readonly type: "if"; readonly expression: Expression }
    | { readonly type: "for"; readonly variables: readonly string[]; readonly collection: Expression }
  );
type Closing = Range & { readonly type: "else" | "endif" | "endfor" };

/** A text in quotes. */
export function readQuoted(scanner: Scanner, readExpression: ReadExpression): Expression {
  const start = scanner.at;
  PLAIN.lastIndex = start;
  const plain = PLAIN.exec(scanner.text);
  if (plain !== null) {
    scanner.at += plain[0].length;
    return { kind: "literal", value: composed(plain[1]!), start, end: scanner.at };
  }
  scanner.at++;
  const pieces = readPieces(scanner, readExpression, () => {
    if (scanner.text[scanner.at] === '"') {
      scanner.at++;
      return undefined;
    }
    QUOTED_PIECE.lastIndex = scanner.at;
    const found = QUOTED_PIECE.exec(scanner.text)?.[0];
    if (found === undefined) scanner.fail("this text does not end on its line", start);
    return decoded(scanner, found);
  });
  return template(scanner, pieces, start);
}

/** A label of a block in quotes, which holds no expressions. */
export function readLabel(scanner: Scanner): string {
  const { at } = scanner;
  const label = readQuoted(scanner, () => scanner.fail("a label holds no expressions", at));
  if (label.kind !== "literal") scanner.fail("a label holds no expressions", at);
  const written = scanner.text.slice(label.start + 1, label.end - 1);
  // Unlike other text a label is not composed.
  if (!["\\", "$", "%"].some((sign) => written.includes(sign))) return written;
  if (/[^\0-\x7f]/.test(String(label.value))) scanner.fail("a label with escapes is ASCII", at);
  return String(label.value);
}

/** A heredoc, if one starts here. */
export function readHeredoc(scanner: Scanner, readExpression: ReadExpression): Expression | undefined {
  if (!scanner.text.startsWith("<<", scanner.at)) return undefined;
  // Made here, since most files have none and Unicode's classes take long to compile.
  const heredoc = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)(\r?)\n/uy;
  heredoc.lastIndex = scanner.at;
  const [opening, flush, marker] = heredoc.exec(scanner.text) ?? [];
  if (opening === undefined) return undefined;
  const start = scanner.at;
  scanner.at += opening.length;
  const pieces = readPieces(scanner, readExpression, () => {
    HEREDOC_PIECE.lastIndex = scanner.at;
    const text = HEREDOC_PIECE.exec(scanner.text)?.[0];
    if (text === undefined) scanner.fail(`this heredoc is not closed by a line with ${marker}`, start);
    const isLine = scanner.text[scanner.at - 1] === "\n" && text.endsWith("\n");
    if (isLine && text.replace(LEADING_BLANKS, "").replace(TRAILING_BLANKS, "") === marker) {
      scanner.at += text.length - (text.endsWith("\r\n") ? 2 : 1);
      return undefined;
    }
    scanner.at += text.length;
    return text.length > 2 && /^[$%]/.test(text) ? text.slice(1) : text;
  });
  if (flush === "-") unindent(scanner, pieces);
  return template(scanner, pieces, start);
}

/** `for key, value in collection`, of a `for` expression or of a directive. */
export function readLoop(
  scanner: Scanner,
  readExpression: ReadExpression,
): { variables: readonly string[]; collection: Expression } {
  scanner.name();
  const variable = () => scanner.name() ?? scanner.fail("the name of a variable is missing here");
  const variables = [variable()];
  if (scanner.take(",")) variables.push(variable());
  if (!scanner.isWord("in")) scanner.fail('"in" is missing here');
  scanner.name();
  return { variables, collection: readExpression(scanner) };
}

/** All pieces up to the end, which is where `readText` finds nothing more. */
function readPieces(scanner: Scanner, readExpression: ReadExpression, readText: () => string | undefined): Piece[] {
  const pieces: Piece[] = [];
  let trimsNext = false;
  for (;;) {
    const { text: source, at: start } = scanner;
    const isOpening = source[start + 1] === "{" && (source[start] === "$" || source[start] === "%");
    if (!isOpening) {
      const text = readText();
      if (text === undefined) return pieces;
      pieces.push({ type: "text", text: trimsNext ? text.replace(LEADING_BLANKS, "") : text, start, end: scanner.at });
      trimsNext = false;
      continue;
    }
    scanner.at += 2;
    const last = pieces.at(-1);
    if (source[scanner.at] === "~") {
      scanner.at++;
      if (last?.type === "text") last.text = last.text.replace(TRAILING_BLANKS, "");
    }
    pieces.push(
      scanner.within(false, () => {
        const piece = source[start] === "$" ? readExpression(scanner) : readDirective(scanner, readExpression);
        trimsNext = scanner.take("~}");
        if (!trimsNext && !scanner.take("}")) scanner.fail('"}" is missing here');
        return "type" in piece
          ? { ...piece, start, end: scanner.at }
          : { type: "expression", expression: piece, start, end: scanner.at };
      }),
    );
  }
}

type Directive =
  | { readonly type: "if"; readonly expression: Expression }
  | { readonly type: "for"; readonly variables: readonly string[]; readonly collection: Expression }
  | { readonly type: "else" | "endif" | "endfor" };

function readDirective(scanner: Scanner, readExpression: ReadExpression): Directive {
  if (scanner.isWord("for")) return { type: "for", ...readLoop(scanner, readExpression) };
  const { at } = scanner;
  const word = scanner.name();
  if (word === "if") return { type: word, expression: readExpression(scanner) };
  if (word === "else" || word === "endif" || word === "endfor") return { type: word };
  return scanner.fail("a directive is one of if, else, endif, for and endfor", at);
}

/** The whole text, its directives joined with what is in them. */
function template(scanner: Scanner, pieces: readonly Piece[], start: number): Expression {
  const range = { start, end: scanner.at };
  const [first] = pieces;
  if (pieces.length === 1 && first!.type === "expression") {
    return { kind: "wrapped", expression: first!.expression, ...range };
  }
  let at = 0;
  /** Parts up to one of the given directives, or up to the end. */
  const partsUntil = (closers: readonly string[], opener: Range): Expression[] => {
    const parts: Expression[] = [];
    for (; at < pieces.length; at++) {
      const piece = pieces[at]!;
      if (piece.type === "text") addText(parts, piece);
      else if (piece.type === "expression") parts.push(piece.expression);
      else if (closers.includes(piece.type)) return parts;
      else if (piece.type === "if" || piece.type === "for") parts.push(joined(piece));
      else scanner.fail(`this ${piece.type} belongs to nothing`, piece.start);
    }
    if (closers.length > 0) scanner.fail(`this directive is not closed by ${closers.at(-1)}`, opener.start);
    return parts;
  };
  const content = (closers: readonly string[], opener: Range): Expression => {
    at++;
    const parts = partsUntil(closers, opener);
    return asText(parts, { start: opener.start, end: pieces[at]!.end });
  };
  const joined = (opener: Opening): Expression => {
    if (opener.type === "for") {
      const { variables, collection, start } = opener;
      const repeated = content(["endfor"], opener);
      return { kind: "repetition", variables, collection, content: repeated, start, end: pieces[at]!.end };
    }
    const yes = content(["else", "endif"], opener);
    const no = pieces[at]!.type === "else" ? content(["endif"], pieces[at]!) : asText([], pieces[at]!);
    return { kind: "conditional", condition: opener.expression, yes, no, start: opener.start, end: pieces[at]!.end };
  };
  return asText(partsUntil([], range), range);
}

/** Texts that follow each other are one. */
function addText(parts: Expression[], { text, start, end }: Range & { readonly text: string }): void {
  const last = parts.at(-1);
  if (last?.kind === "literal" && typeof last.value === "string") {
    parts[parts.length - 1] = { ...last, value: last.value + text, end };
  } else parts.push({ kind: "literal", value: text, start, end });
}

function asText(parts: readonly Expression[], { start, end }: Range): Expression {
  const composedParts = parts.map((part) =>
    part.kind === "literal" && typeof part.value === "string" ? { ...part, value: composed(part.value) } : part,
  );
  const [first] = composedParts;
  if (first === undefined) return { kind: "literal", value: "", start, end };
  return composedParts.length === 1 && first.kind === "literal" && typeof first.value === "string"
    ? { ...first, start, end }
    : { kind: "template", parts: composedParts, start, end };
}

/** Terraform composes what can be composed: an e and an accent become an é. */
function composed(text: string): string {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 128) return text.normalize("NFC");
  return text;
}

/** A piece of quoted text, decoded; the scanner goes past it. */
function decoded(scanner: Scanner, piece: string): string {
  const start = scanner.at;
  scanner.at += piece.length;
  if (piece[0] === "$" || piece[0] === "%") return piece.length > 2 ? piece.slice(1) : piece;
  if (!piece.includes("\\")) return piece;
  return piece.replace(ESCAPE, (_, short?: string, long?: string, letter?: string, at?: number) => {
    const simple = letter === undefined ? undefined : ESCAPES[letter];
    if (simple !== undefined) return simple;
    const code = Number.parseInt(short ?? long ?? "", 16);
    const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : scanner.fail("this is no escape sequence", start + (at ?? 0));
  });
}

/** Takes away as many blanks from each line of a `<<-` heredoc as the line with the fewest has. */
function unindent(scanner: Scanner, pieces: readonly Piece[]): void {
  const lines: TextPiece[] = [];
  let fewest = Number.POSITIVE_INFINITY;
  let isLineStart = true;
  for (const piece of pieces) {
    if (isLineStart) {
      isLineStart = false;
      const blanks = piece.type === "text" ? LEADING_BLANKS.exec(piece.text)![0].length : 0;
      // Blank lines do not count, and stay as they are.
      if (piece.type !== "text" || blanks < piece.text.length || !piece.text.endsWith("\n")) {
        if (piece.type === "text") lines.push(piece);
        fewest = Math.min(fewest, blanks);
      }
    }
    if (piece.type === "text" && piece.text.endsWith("\n")) isLineStart = true;
  }
  if (fewest === 0) return;
  // A mark that makes one character of itself and the blank before it.
  const joined = /^(?:\p{M}|\p{Emoji_Modifier}|\u200c|\u200d)/u;
  for (const line of lines) {
    if (joined.test(line.text.slice(fewest)))
      scanner.fail("this line starts with a mark that joins a blank", line.start);
    line.text = line.text.slice(fewest);
  }
}
