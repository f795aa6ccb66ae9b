/** Makes diagnostics about templates of the user's own; a file, a sentence and a place go in. */

import type { Diagnostic, Position } from "../report/diagnostic.ts";

export function fault(
  code: string,
  file: string,
  message: string,
  hint: string | undefined,
  position?: Position,
): Diagnostic {
  return { code, severity: "error", message, file, path: [], position, hint };
}

/** A place in a text, from its line, from 1, and its column, from 0, as Handlebars counts them. */
export function placeIn(text: string, line: number, column: number): Position {
  const lineText = text.split("\n")[line - 1]?.replace(/\r$/, "");
  return { line, column: column + 1, length: 1, lineText };
}
