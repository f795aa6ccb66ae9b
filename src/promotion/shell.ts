/** Writes loops for a POSIX shell: words and the commands about one of them go in, lines come out. */

import { shellWord } from "../output/header.ts";

/** A loop over words on one line, with the commands indented. */
export function forEach(variable: string, words: readonly string[], commands: readonly string[]): readonly string[] {
  return [`for ${variable} in ${words.map(shellWord).join(" ")}; do`, ...indented(commands), "done"];
}

/** More words than are read on one line are below each other. */
const ON_ONE_LINE = 10;

/** A loop over words that may be many. */
export function shellList(variable: string, words: readonly string[], commands: readonly string[]): readonly string[] {
  if (words.length <= ON_ONE_LINE) return forEach(variable, words, commands);
  return [`while read -r ${variable}; do`, ...indented(commands), "done <<'END'", ...words, "END"];
}

export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
