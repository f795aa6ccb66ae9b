// HCL text comes in, the same text in the layout that `terraform fmt` would leave goes out; only whitespace between tokens
// ever changes, and text that is not HCL is laid out as well as it can be, never refused.

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const EXCLAMATION_MARK = 33;
const QUOTE = 34;
const HASH = 35;
const DOLLAR = 36;
const PERCENT = 37;
const OPENING_PARENTHESIS = 40;
const CLOSING_PARENTHESIS = 41;
const STAR = 42;
const MINUS = 45;
const SLASH = 47;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const OPENING_BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
const UNDERSCORE = 95;
const OPENING_BRACE = 123;
const CLOSING_BRACE = 125;

/** Below this code unit, in ASCII and the accented letters of Europe, a character takes one column whatever is around. */
const FIRST_COMBINING = 0x300;

/** 1 for what means something outside strings: names, numbers and spaces are run over without a look at each. */
const NOTABLE = new Uint8Array(128);
for (const character of '\t\n"#/<={}[]()') NOTABLE[character.charCodeAt(0)] = 1;

/** The runs of spaces that are written most. */
const PADDINGS = Array.from({ length: 64 }, (_, spaces) => " ".repeat(spaces));

/** Tails are looked up by so many code units; of those that begin alike the latest is kept, of shorter ones none. */
const TAIL_KEY_LENGTH = 256;
const MOST_TAILS = 64;
/** Texts up to this length share their tails; a longer one has its own, lest the tails keep it in memory for good. */
const LONGEST_SHARING = 65536;

/** One line and its cells, as offsets into the text. Newlines within heredocs and block comments do not end a line. */
interface Line {
  /** Where the whitespace before the first token starts, dropped blank lines included. */
  start: number;
  /** The first token. */
  content: number;
  /** The end of the last token before `=`. */
  leadEnd: number;
  /** The first `=` (not `==`, not `=>`) that is not the first token, or -1. */
  equals: number;
  /** The first token after `=`. */
  value: number;
  /** The end of the last token but the comment. */
  last: number;
  /** A `#` or `//` comment that is not the first token, or -1. */
  comment: number;
  commentEnd: number;
  /** The newline. */
  end: number;
  /** As many brackets are closed as opened from `=` on: only then it is aligned. */
  assigns: boolean;
  /** The last token but the comment is a `{`. */
  opens: boolean;
  /** The whitespace has tabs or dropped lines in it, so that it is replaced even where its length is right. */
  untidy: boolean;
  /** Columns that the tokens before `=` take, or all tokens when there is no `=`. */
  leadWidth: number;
  /** Columns from `=` to the comment. */
  valueWidth: number;
  /** Spaces before the first token, before `=`, before the comment. */
  indent: number;
  equalsGap: number;
  commentGap: number;
}

/** What reading a line needs to know of the lines before it. */
interface Reader {
  readonly source: string;
  /** Brackets opened minus brackets closed since the line began. */
  brackets: number;
  /** `brackets` where the first heredoc of the line begins, or undefined. */
  bracketsAtHeredoc: number | undefined;
  /** Code units since the line began that take no column, as in "é" written as a letter and an accent. */
  surplus: number;
  /** Braces open since the text began, those of `${` and `%{` included. */
  braces: number;
  /** What `braces` was just after each `${` or `%{` still open, innermost last: its `}` closes at that count. */
  readonly interpolations: number[];
  /** What each of them returns to: the delimiter of a heredoc, or "" for a quoted string. */
  readonly delimiters: string[];
}

/** The output so far: `written`, then the source from `copied` on, unchanged. */
interface Writer {
  readonly source: string;
  written: string;
  copied: number;
}

/** The rest of a top-level block from one of its nested blocks on: as it came, and as it is laid out. */
interface Tail {
  readonly source: string;
  readonly written: string;
}

/** Tails by how they begin, of all calls: only speed depends on what is in here. */
const sharedTails = new Map<string, Tail>();

/**
 * Lays HCL text (LF line ends) out as `terraform fmt` does: indentation, `=` and trailing comments aligned, heredocs and
 * block comments as they were. Blank lines, which `terraform fmt` leaves alone, follow our own policy: none at the start
 * or the end, none after a line that ends in `{` or before one that starts with `}`, never two in a row.
 *
 * Spaces within an expression are not its business (`[ 1,2 ]` stays, where `terraform fmt` writes `[1, 2]`): the templates
 * write expressions as they have to be. Only the first `=` of a line is given one space on either side.
 *
 * Top-level blocks that end in a newline may be formatted one at a time: `format(a) + "\n" + format(b)` equals
 * `format(a + "\n" + b)`. Blank text gives no text; every other result ends in one newline.
 *
 * @see https://github.com/hashicorp/hcl/blob/v2.19.1/hclwrite/format.go for the rules of lines, brackets and cells
 */
export function format(text: string): string {
  // One walk over the text. Every line goes through these steps:
  // - blank lines before it are dropped, all or all but one
  // - read: find its cells (what is before `=`, what is from `=` on, the comment) and count its brackets
  // - indent: the bracket counts of the lines so far give the depth
  // - align: lines with an `=` or a comment wait until a line with neither, or a blank one, ends the group; then
  //   consecutive `=` are put in one column, and after that, because they moved, consecutive comments
  // - write: all that changes is whitespace, so a change is "this range becomes that many spaces", and whatever lies
  //   between two changes is copied in one piece
  // Beside the walk runs a shortcut. Thousands of secrets end in the same replica blocks, and to recognise text takes a
  // tenth of the time that laying it out takes: so the tail of a top-level block, from its first nested block on, is
  // remembered with its layout, which nothing before it can change.
  const source = text.endsWith("\n") ? text : `${text}\n`;
  const tails = source.length > LONGEST_SHARING ? new Map<string, Tail>() : sharedTails;
  const reader: Reader = {
    source,
    brackets: 0,
    bracketsAtHeredoc: undefined,
    surplus: 0,
    braces: 0,
    interpolations: [],
    delimiters: [],
  };
  const levels: number[] = [];
  const lines: Line[] = [];
  let waiting = 0;
  let writer: Writer = { source, written: "", copied: 0 };
  let beforeTail: Writer | undefined;
  let tailStart = 0;
  let afterOpeningBrace = false;
  let position = 0;

  for (;;) {
    let lineStart = position;
    let content = position;
    let untidy = false;
    for (; ; content++) {
      const code = source.charCodeAt(content);
      if (code === NEWLINE) lineStart = content + 1;
      else if (code === TAB) untidy = true;
      else if (code !== SPACE) break;
    }
    if (content >= source.length) break;

    if (lineStart > position) {
      if (position > 0 && !afterOpeningBrace && source.charCodeAt(content) !== CLOSING_BRACE) {
        writeLines(writer, lines, waiting);
        waiting = 0;
        replace(writer, position, lineStart - 1, 0, false);
        position = lineStart;
      } else {
        untidy = true;
      }
    }

    if (waiting === lines.length) lines.push(emptyLine());
    const line = lines[waiting] as Line;
    line.start = position;
    line.content = content;
    line.untidy = untidy;
    const brackets = readLine(reader, line);

    if (beforeTail === undefined && waiting === 0 && startsTail(line, levels, reader)) {
      const tail = tails.get(tailKey(source, position));
      if (tail !== undefined && source.slice(position, position + tail.source.length) === tail.source) {
        // To ask for a character joins the pieces the layout was made of, which each copy of it would bring otherwise.
        tail.written.charCodeAt(0);
        copyUpTo(writer, position);
        writer.written += tail.written;
        position += tail.source.length;
        writer.copied = position;
        levels.pop();
        afterOpeningBrace = false;
        continue;
      }
      beforeTail = writer;
      writer = { source, written: "", copied: position };
      tailStart = position;
    }

    if (brackets < 0) closeLevels(levels, -brackets);
    line.indent = 2 * levels.length;
    if (brackets > 0) levels.push(brackets);
    afterOpeningBrace = line.opens;
    position = line.end + 1;

    waiting++;
    if (!line.assigns && line.comment < 0) {
      writeLines(writer, lines, waiting);
      waiting = 0;
    }

    if (beforeTail !== undefined && levels.length === 0) {
      // Nothing is left open that what follows could go on with: no comments to align, no string, no heredoc.
      const complete = waiting === 0 && reader.interpolations.length === 0 && position <= source.length;
      if (complete && position - tailStart >= TAIL_KEY_LENGTH) {
        copyUpTo(writer, position);
        if (tails.size === MOST_TAILS) tails.clear();
        tails.set(tailKey(source, tailStart), { source: source.slice(tailStart, position), written: writer.written });
      }
      writer = join(beforeTail, writer, tailStart);
      beforeTail = undefined;
    }
  }

  if (beforeTail !== undefined) writer = join(beforeTail, writer, tailStart);
  writeLines(writer, lines, waiting);
  if (position < source.length) replace(writer, position, source.length, 0, false);
  copyUpTo(writer, source.length);
  return writer.written;
}

function emptyLine(): Line {
  return {
    start: 0,
    content: 0,
    leadEnd: 0,
    equals: 0,
    value: 0,
    last: 0,
    comment: 0,
    commentEnd: 0,
    end: 0,
    assigns: false,
    opens: false,
    untidy: false,
    leadWidth: 0,
    valueWidth: 0,
    indent: 0,
    equalsGap: 0,
    commentGap: 0,
  };
}

/** Finds the cells of the line whose first token is at `line.content`; returns how many brackets count for its depth. */
function readLine(reader: Reader, line: Line): number {
  const { source, interpolations } = reader;
  const { content } = line;
  let at = content;
  let equals = -1;
  let bracketsAtEquals = 0;
  let surplusAtEquals = 0;
  let equalsInTemplate = false;
  let comment = -1;
  reader.brackets = 0;
  reader.bracketsAtHeredoc = undefined;
  reader.surplus = 0;

  reading: for (;;) {
    let code = source.charCodeAt(at);
    while (code < 128 && NOTABLE[code] === 0) code = source.charCodeAt(++at);
    switch (code) {
      case NEWLINE:
        break reading;
      case TAB:
        line.untidy = true;
        at++;
        break;
      case QUOTE:
        at = skipQuoted(reader, at + 1);
        break;
      case EQUALS: {
        const next = source.charCodeAt(at + 1);
        const previous = source.charCodeAt(at - 1);
        if (next === EQUALS || next === GREATER) {
          at++;
        } else if (
          equals < 0 &&
          at > content &&
          previous !== EXCLAMATION_MARK &&
          previous !== LESS &&
          previous !== GREATER
        ) {
          equals = at;
          bracketsAtEquals = reader.brackets;
          surplusAtEquals = reader.surplus;
          equalsInTemplate = interpolations.length > 0;
        }
        at++;
        break;
      }
      case OPENING_BRACE:
        reader.braces++;
        reader.brackets++;
        at++;
        break;
      case CLOSING_BRACE:
        reader.brackets--;
        reader.braces--;
        at++;
        if (interpolations.length > 0 && interpolations[interpolations.length - 1] === reader.braces + 1) {
          interpolations.pop();
          const delimiter = reader.delimiters.pop() as string;
          at = delimiter === "" ? skipQuoted(reader, at) : skipHeredoc(reader, at, delimiter);
        }
        break;
      case OPENING_BRACKET:
      case OPENING_PARENTHESIS:
        reader.brackets++;
        at++;
        break;
      case CLOSING_BRACKET:
      case CLOSING_PARENTHESIS:
        reader.brackets--;
        at++;
        break;
      case HASH:
        comment = at;
        at = source.indexOf("\n", at);
        break reading;
      case SLASH: {
        const next = source.charCodeAt(at + 1);
        if (next === SLASH) {
          comment = at;
          at = source.indexOf("\n", at);
          break reading;
        }
        at = next === STAR ? skipBlockComment(reader, at) : at + 1;
        break;
      }
      case LESS:
        at = source.charCodeAt(at + 1) === LESS ? enterHeredoc(reader, at + 2) : at + 1;
        break;
      default:
        if (at >= source.length) break reading;
        at = skipName(reader, at);
    }
  }

  const assigns = equals >= 0 && reader.brackets === bracketsAtEquals;
  // An `=` inside a string is the expression's: it keeps its spaces, as heredocs keep everything.
  if (equalsInTemplate && !assigns) equals = -1;
  const onlyComment = comment === content;
  const last = skipBlanksBefore(source, comment < 0 || onlyComment ? at : comment);

  line.end = Math.min(at, source.length);
  line.equals = equals;
  line.assigns = assigns;
  line.last = last;
  line.equalsGap = 1;
  line.opens = !onlyComment && source.charCodeAt(last - 1) === OPENING_BRACE;
  if (comment < 0 || onlyComment) {
    line.comment = -1;
  } else {
    line.comment = comment;
    line.commentEnd = skipBlanksBefore(source, at);
  }
  if (equals < 0) {
    line.leadWidth = last - content - reader.surplus;
    line.valueWidth = 0;
  } else {
    line.leadEnd = skipBlanksBefore(source, equals);
    line.leadWidth = line.leadEnd - content - surplusAtEquals;
    let value = equals + 1;
    while (source.charCodeAt(value) === SPACE || source.charCodeAt(value) === TAB) value++;
    line.value = value;
    line.valueWidth = value < last ? 2 + last - value - (reader.surplus - surplusAtEquals) : 1;
  }

  return reader.bracketsAtHeredoc ?? reader.brackets;
}

/** Walks through a quoted string from within it; returns the offset after its end or after the next `${` or `%{`. */
function skipQuoted(reader: Reader, start: number): number {
  const { source } = reader;
  let at = start;
  let combining = false;
  let after: number | undefined;
  while (after === undefined) {
    const code = source.charCodeAt(at);
    if (code === QUOTE) {
      after = at + 1;
    } else if (code === BACKSLASH) {
      at += 2;
    } else if (code === DOLLAR || code === PERCENT) {
      if (opensInterpolation(source, at)) after = enterInterpolation(reader, at, "");
      else at = skipSigil(source, at);
    } else if (at >= source.length) {
      after = at;
    } else {
      if (code >= FIRST_COMBINING) combining = true;
      at++;
    }
  }
  if (combining) reader.surplus += countSurplus(source.slice(start, at));
  return after;
}

/** Walks into the heredoc that `<<` just before `start` may introduce; returns the offset where the walk goes on. */
function enterHeredoc(reader: Reader, start: number): number {
  const { source } = reader;
  const nameStart = source.charCodeAt(start) === MINUS ? start + 1 : start;
  let nameEnd = nameStart;
  while (isNamePart(source.charCodeAt(nameEnd))) nameEnd++;
  if (nameEnd === nameStart || source.charCodeAt(nameEnd) !== NEWLINE) return start;
  reader.bracketsAtHeredoc ??= reader.brackets;
  return skipHeredoc(reader, nameEnd, source.slice(nameStart, nameEnd));
}

/** Walks through a heredoc from within a line of it; returns the newline after it or the offset after `${` or `%{`. */
function skipHeredoc(reader: Reader, start: number, delimiter: string): number {
  const { source } = reader;
  let at = start;
  while (at < source.length) {
    const code = source.charCodeAt(at);
    if (code === NEWLINE) {
      at++;
      const lineEnd = source.indexOf("\n", at);
      if (lineEnd >= 0 && source.slice(at, lineEnd).trim() === delimiter) return lineEnd;
    } else if (code === DOLLAR || code === PERCENT) {
      if (opensInterpolation(source, at)) return enterInterpolation(reader, at, delimiter);
      at = skipSigil(source, at);
    } else {
      at++;
    }
  }
  return at;
}

function opensInterpolation(source: string, sigil: number): boolean {
  return source.charCodeAt(sigil + 1) === OPENING_BRACE;
}

/** Walks over a `$` or `%` that stands for itself: `$${` is how to write `${` so that it opens nothing. */
function skipSigil(source: string, at: number): number {
  const doubled = source.charCodeAt(at + 1) === source.charCodeAt(at);
  return doubled && opensInterpolation(source, at + 1) ? at + 3 : at + 1;
}

/** Walks over `${` or `%{`, whose `}` will lead back into the heredoc of that delimiter, or "" for a quoted string. */
function enterInterpolation(reader: Reader, at: number, delimiter: string): number {
  reader.brackets++;
  reader.braces++;
  reader.interpolations.push(reader.braces);
  reader.delimiters.push(delimiter);
  return at + 2;
}

function skipBlockComment(reader: Reader, start: number): number {
  const end = reader.source.indexOf("*/", start + 2);
  const after = end < 0 ? reader.source.length : end + 2;
  reader.surplus += countSurplus(reader.source.slice(start, after));
  return after;
}

/** Walks over the part of a name that begins here beyond ASCII; its first accent may belong to the letter before. */
function skipName(reader: Reader, start: number): number {
  const { source } = reader;
  let at = start;
  while (source.charCodeAt(at) >= 128) at++;
  reader.surplus += countSurplus(source.slice(Math.max(0, start - 1), at));
  return at;
}

function isNamePart(code: number): boolean {
  const letter = code | 32;
  return (
    (letter >= 97 && letter <= 122) ||
    (code >= 48 && code <= 57) ||
    code === UNDERSCORE ||
    code === MINUS ||
    code >= 128
  );
}

/** Returns the offset after the last character before `at` that is neither space nor tab. */
function skipBlanksBefore(source: string, at: number): number {
  let end = at;
  while (source.charCodeAt(end - 1) === SPACE || source.charCodeAt(end - 1) === TAB) end--;
  return end;
}

let cluster: RegExp | undefined;

/** Returns how many code units of the text take no column of their own. Columns are the grapheme clusters of Unicode 15. */
function countSurplus(text: string): number {
  if (!/[\u0300-\uFFFF]/.test(text)) return 0;
  cluster ??= clusterPattern();
  return text.length - (text.match(cluster) as RegExpMatchArray).length;
}

/**
 * The rules that hclwrite's text segmentation follows. Not `Intl.Segmenter`: it takes 10 ms to load, against 1 ms, and
 * follows the Unicode version of whichever Node runs it, which since 15.1 sees one cluster in two joined Indic letters.
 */
function clusterPattern(): RegExp {
  const extending = String.raw`\p{Grapheme_Extend}\p{Emoji_Modifier}`;
  // Vowel signs of Myanmar and its neighbours that stand alone although they are spacing marks.
  const standing = String.raw`[\u102B\u102C\u1038\u1062-\u1064\u1067-\u106D\u1083\u1087-\u108C\u108F\u109A-\u109C\u1A61\u1A63\u1A64\uAA7B\uAA7D]`;
  const mark = String.raw`(?:(?!${standing})[${extending}\p{Mc}\u200D\u0E33\u0EB3])`;
  const prefix = String.raw`[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u0D4E]`;
  const emoji = String.raw`\p{ExtPict}(?:[${extending}]*\u200D\p{ExtPict})*`;
  const flag = String.raw`\p{RI}{2}`;
  const [leading, vowel, trailing] = [
    String.raw`[\u1100-\u115F\uA960-\uA97C]`,
    String.raw`[\u1160-\u11A7\uD7B0-\uD7C6]`,
    String.raw`[\u11A8-\u11FF\uD7CB-\uD7FB]`,
  ];
  const hangul = String.raw`${leading}*(?:${vowel}|[\uAC00-\uD7A3])${vowel}*${trailing}*|${leading}+|${trailing}+`;
  // A `$` or `%` within a string is a token of its own, to which no mark is added.
  const other = String.raw`[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}$%]`;
  return new RegExp(`${prefix}*(?:${emoji}|${flag}|${hangul}|${other}|${mark})${mark}*|.`, "gsu");
}

/**
 * Takes closed brackets off the levels. A level is a line that opened more brackets than it closed, and holds how many: so
 * a line levels by one level at most, and `})` ends what `f({` began.
 */
function closeLevels(levels: number[], brackets: number): void {
  let left = brackets;
  while (left > 0 && levels.length > 0) {
    const opened = levels[levels.length - 1] as number;
    if (left < opened) levels[levels.length - 1] = opened - left;
    else levels.pop();
    left -= opened;
  }
}

/** Aligns a group of lines and writes it. */
function writeLines(writer: Writer, lines: readonly Line[], count: number): void {
  alignRuns(lines, count, equalsCell);
  alignRuns(lines, count, commentCell);
  for (let index = 0; index < count; index++) {
    const line = lines[index] as Line;
    replace(writer, line.start, line.content, line.indent, line.untidy);
    if (line.equals >= 0) {
      replace(writer, line.leadEnd, line.equals, line.equalsGap, line.untidy);
      if (line.value < line.last) replace(writer, line.equals + 1, line.value, 1, line.untidy);
    }
    if (line.comment >= 0) {
      replace(writer, line.last, line.comment, line.commentGap, line.untidy);
      replace(writer, line.commentEnd, line.end, 0, false);
    } else {
      replace(writer, line.last, line.end, 0, false);
    }
  }
}

/** A part of a line that is put under the same part of the line before, if that has one. */
interface Cell {
  readonly isIn: (line: Line) => boolean;
  /** The columns before the cell, without the gap. */
  readonly column: (line: Line) => number;
  readonly place: (line: Line, gap: number) => void;
}

const equalsCell: Cell = {
  isIn: (line) => line.assigns,
  column: (line) => line.indent + line.leadWidth,
  place: (line, gap) => {
    line.equalsGap = gap;
  },
};

const commentCell: Cell = {
  isIn: (line) => line.comment >= 0,
  column: (line) => line.indent + line.leadWidth + (line.equals < 0 ? 0 : line.equalsGap + line.valueWidth),
  place: (line, gap) => {
    line.commentGap = gap;
  },
};

function alignRuns(lines: readonly Line[], count: number, cell: Cell): void {
  for (let first = 0; first < count; first++) {
    let widest = 0;
    let after = first;
    for (; after < count && cell.isIn(lines[after] as Line); after++) {
      widest = Math.max(widest, cell.column(lines[after] as Line));
    }
    for (; first < after; first++) {
      const line = lines[first] as Line;
      cell.place(line, widest - cell.column(line) + 1);
    }
  }
}

/** Makes a range of whitespace that many spaces. */
function replace(writer: Writer, from: number, to: number, spaces: number, untidy: boolean): void {
  if (to - from === spaces && !untidy) return;
  const padding = PADDINGS[spaces] ?? " ".repeat(spaces);
  writer.written += writer.source.slice(writer.copied, from) + padding;
  writer.copied = to;
}

function copyUpTo(writer: Writer, end: number): void {
  // Text that is right already is its own layout, without any copying.
  if (writer.copied === 0 && end === writer.source.length) writer.written = writer.source;
  else writer.written += writer.source.slice(writer.copied, end);
  writer.copied = end;
}

/** Goes on where a tail was written apart from what is before it. */
function join(before: Writer, tail: Writer, tailStart: number): Writer {
  copyUpTo(before, tailStart);
  return { source: before.source, written: before.written + tail.written, copied: tail.copied };
}

/** A nested block of a top-level block starts here, with nothing before it that matters to its layout. */
function startsTail(line: Line, levels: readonly number[], reader: Reader): boolean {
  return line.opens && line.equals < 0 && levels.length === 1 && levels[0] === 1 && reader.interpolations.length === 0;
}

function tailKey(source: string, start: number): string {
  return source.slice(start, start + TAIL_KEY_LENGTH);
}
