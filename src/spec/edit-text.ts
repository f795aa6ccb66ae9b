/** How values that are put into a spec are written: in braces or in blocks, in quotes where YAML needs them. */

/** What is written into a spec. */
export type Plain = string | boolean | readonly string[] | { readonly [key: string]: Plain };

export const INDENT = "  ";

/** A line as a comment that starts in the column, or where the line did. */
export function commentedOut(line: string, column: number): string {
  if (line.trim() === "") return line;
  const at = Math.min(column, line.search(/\S/));
  return `${" ".repeat(column)}# ${line.slice(at)}`;
}

export function printFlow(value: Plain, isQuoted: boolean): string {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return isQuoted || !isPlain(value) ? JSON.stringify(value) : value;
  if (isList(value)) return `[${value.map((item) => printFlow(item, isQuoted)).join(", ")}]`;
  const entries = Object.entries(value).map(([key, below]) => {
    const name = isQuoted || !isPlain(key) ? JSON.stringify(key) : key;
    return `${name}: ${printFlow(below, isQuoted)}`;
  });
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

export function printBlock(value: { readonly [key: string]: Plain }, indent: string, newline: string): string {
  return Object.entries(value)
    .map(([key, below]) => {
      const name = isPlain(key) ? key : JSON.stringify(key);
      const text =
        typeof below === "object" && !isList(below) && printFlow(below, false).length > 80
          ? printBlock(below, indent + INDENT, newline)
          : ` ${printFlow(below, false)}`;
      return `${newline}${indent}${name}:${text}`;
    })
    .join("");
}

/** A text in the quotes that are there already. */
export function quoted(text: string, quote: string): string {
  return quote === '"' ? JSON.stringify(text) : `'${text.replaceAll("'", "''")}'`;
}

export function isList(value: Plain): value is readonly string[] {
  return Array.isArray(value);
}

/** Whether YAML reads a text as itself without quotes. */
function isPlain(text: string): boolean {
  return (
    /^[A-Za-z_][\w/.:-]*\w$|^[A-Za-z_]$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n|\.nan|\.inf)$/i.test(text)
  );
}
