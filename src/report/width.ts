/** Fits text to a terminal: lines and a width go in, lines that are broken at blanks come out. Colours take no room. */

import type { Output } from "../io.ts";

/** The least width that is fitted to; what is narrower wraps by itself. */
const LEAST = 60;

/** The width to fit to; nothing where there is no terminal. */
export function widthOf(stream: Output): number | undefined {
  if (!stream.isTTY) return undefined;
  const { columns = 0 } = stream;
  return columns > 0 ? Math.max(LEAST, columns) : undefined;
}

/**
 * Breaks the lines of a report that are too long. Left as they are: lines of code frames, which are cut elsewhere, lines of a hint
 * that are to be copied, and lines with an option in them, because a command that is broken is another one.
 */
export function fitted(text: string, stream: Output): string {
  // A terminal's width is not asked for where no line is long, as after most runs.
  const width = text.split("\n").some((line) => line.length > LEAST) ? widthOf(stream) : undefined;
  if (width === undefined) return text;
  return text
    .split("\n")
    .map((line) => {
      const plain = withoutColours(line);
      if (plain.length <= width || /^ +\d* \|/.test(plain) || / --?[a-z]/.test(plain)) return line;
      if (/^ {2}help:/.test(plain)) return broken(line, width, 8);
      return /^ {8}/.test(plain) ? line : broken(line, width, 4);
    })
    .join("\n");
}

/** A line in several, those after the first of which are indented. */
export function broken(line: string, width: number, indent: number): string {
  const lines: string[] = [];
  let current = "";
  let length = 0;
  for (const word of line.split(/(?<=\S)(?= )/)) {
    const size = withoutColours(word).length;
    if (length > indent && length + size > width) {
      lines.push(current);
      current = " ".repeat(indent) + word.slice(1);
      length = indent + size - 1;
    } else {
      current += word;
      length += size;
    }
  }
  return [...lines, current].join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
const COLOURS = /\u001b\[\d+m/g;

function withoutColours(text: string): string {
  return text.replace(COLOURS, "");
}
