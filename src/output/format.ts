/**
 * Lays out what the templates print as `terraform fmt` would: text with one space on either side of every `=` goes in, the
 * same text indented and aligned comes out. It knows the HCL that the templates print (every string on one line, comments on
 * lines of their own) and throws at any other, so that nothing is ever laid out by guess.
 */

/** A line `lead = value` whose value is complete: neighbours like it have their `=` in one column. */
interface Assignment {
  readonly indent: string;
  readonly lead: string;
  /** From the `=` on. */
  readonly value: string;
}

/**
 * The text in canonical layout. Blank lines, which `terraform fmt` leaves alone, follow our own policy: none at the start or the
 * end, none after an opening or before a closing bracket, never two in a row. Top-level blocks may be laid out one at a time.
 * @throws {Error} at a tab, a heredoc, a comment behind code, a string over several lines, brackets that do not match, or a
 * character of uncertain width before an `=`
 * @see https://github.com/hashicorp/hcl/blob/v2.19.1/hclwrite/format.go for the rules of lines and brackets
 */
export function format(text: string): string {
  /** For each line that is still open, how many brackets it opened: they are one level, and are closed together. */
  const levels: number[] = [];
  const group: Assignment[] = [];
  let out = "";
  let isBlankWanted = false;
  let hasOpened = true;
  const endGroup = () => {
    const width = Math.max(...group.map(({ lead }) => lead.length));
    for (const { indent, lead, value } of group) out += `${indent}${lead.padEnd(width)} ${value}\n`;
    group.length = 0;
  };
  for (const whole of text.split("\n")) {
    const line = whole.trim();
    if (line === "") {
      isBlankWanted = !hasOpened;
      continue;
    }
    const { brackets, equals } = read(line);
    if (brackets < 0 && levels.pop() !== -brackets) throw new Error(`brackets do not match: ${line}`);
    const isAssignment = equals > 0 && brackets === 0;
    if (group.length > 0 && (isBlankWanted || !isAssignment)) endGroup();
    if (isBlankWanted && brackets >= 0) out += "\n";
    isBlankWanted = false;
    hasOpened = brackets > 0;
    const indent = "  ".repeat(levels.length);
    if (isAssignment) group.push({ indent, lead: line.slice(0, equals - 1), value: line.slice(equals) });
    else out += `${indent}${line}\n`;
    if (brackets > 0) levels.push(brackets);
  }
  if (levels.length > 0) throw new Error("a bracket is not closed");
  if (group.length > 0) endGroup();
  return out;
}

/** A name and a value in which nothing opens or closes. */
const PLAIN = /^[\w-]+ = (?:[\w.-]+|"[^"\\$%]*")$/;

/** How many brackets a line opens more than it closes, and where the `=` of its assignment is, 0 where it has none. */
function read(line: string): { readonly brackets: number; readonly equals: number } {
  let brackets = 0;
  let equals = 0;
  if (line.startsWith("#")) return { brackets, equals };
  // Most lines are like this, and looking at each character would take ten times as long.
  if (PLAIN.test(line)) return { brackets, equals: line.indexOf("=") };
  for (let at = 0; at < line.length; at += 1) {
    switch (line[at]) {
      case '"':
        at = endOfString(line, at);
        break;
      case "{":
      case "[":
      case "(":
        brackets += 1;
        break;
      case "}":
      case "]":
      case ")":
        brackets -= 1;
        break;
      case "=":
        // Comparisons and arrows are no assignments.
        if (line[at + 1] === "=" || line[at + 1] === ">") at += 1;
        else if (equals === 0 && brackets === 0 && !"<>!".includes(line[at - 1]!)) equals = at;
        break;
      case "<":
      case "/":
        if (line[at + 1] === line[at] || line[at + 1] === "*") throw unknown(line);
        break;
      case "#":
      case "\t":
        throw unknown(line);
    }
  }
  if (equals === 0) return { brackets, equals };
  const [before, after] = [line.slice(0, equals), line.slice(equals + 1)];
  const [name, value] = [before.trimEnd(), after.trimStart()];
  const isSpaced = before === `${name} ` && after === ` ${value}` && name !== "" && value !== "";
  if (!isSpaced || isOfUncertainWidth(before)) throw unknown(line);
  return { brackets, equals };
}

/**
 * What combines with the character before it takes no column, or none for certain; the model writes it by number. Most lines are
 * ASCII, and Unicode's classes take a fiftieth of a run to compile.
 */
function isOfUncertainWidth(text: string): boolean {
  return !isAscii(text) && /[\p{M}\p{C}]|[\u{10000}-\u{10ffff}]/u.test(text);
}

/** Whether a text is of printable ASCII alone. */
function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 32 || code > 126) return false;
  }
  return true;
}

/** Where the string that begins at an offset ends, its closing quote. */
function endOfString(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at += 1) {
    const character = line[at]!;
    if (character === '"') return at;
    if (character === "\\") at += 1;
    if (character !== "$" && character !== "%") continue;
    // Doubled before a brace, it stands for itself.
    if (line[at + 1] === character && line[at + 2] === "{") at += 2;
    else if (line[at + 1] === "{") at = endOfInterpolation(line, at + 1);
  }
  throw unknown(line);
}

/** Where the interpolation whose brace is at an offset ends, its closing brace. */
function endOfInterpolation(line: string, start: number): number {
  let braces = 0;
  for (let at = start; at < line.length; at += 1) {
    if (line[at] === '"') at = endOfString(line, at);
    else if (line[at] === "{") braces += 1;
    else if (line[at] === "}") braces -= 1;
    if (braces === 0) return at;
  }
  throw unknown(line);
}

function unknown(line: string): Error {
  return new Error(`this cannot be laid out: ${line}`);
}
