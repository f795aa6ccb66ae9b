/**
 * Makes text that comes from outside safe to print: names of files, keys, resources and options, lines of files. Text goes in;
 * text comes out that moves no cursor, hides nothing, and is no command to what reads the output.
 */

/**
 * Control characters move the terminal's cursor, or worse; those that turn the reading direction, and line ends that are none
 * to a program, hide text. Tab and line feed stay.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text of several lines, without what no terminal should get. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/** Text that is in a line of its own. */
export function oneLine(text: string): string {
  return printable(text).replaceAll("\n", "\ufffd");
}

/** The colours that `painter` gives, and nothing else of what a terminal understands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COLOUR = /(\u001b\[(?:0|1|2|31|32|33|36)m)/;

/** Printable text with its colours. */
export function printableWithColours(text: string): string {
  return text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 0 ? printable(part) : part))
    .join("");
}

/** A whole number with commas between its thousands. `toLocaleString` takes longer to load its locales than Node to start. */
export function withCommas(number: number): string {
  return String(number).replace(/(?<=\d)(?=(\d{3})+$)/g, ",");
}

/** A document as JSON, all of whose characters are printable; it means the same. */
export function printableJson(document: object): string {
  const byNumber = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(document, null, 2).replace(UNPRINTABLE, byNumber);
}

/**
 * Text in which GitHub's runner finds no command: it takes a line for one that starts with `::` behind blanks, and, as it did
 * in former days, one with `##[` anywhere (actions/runner, ActionCommand.cs). The escapes are those of JSON and of
 * Terraform's language, where such a text can only be in a quoted one.
 */
export function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, "$1\\u003a").replaceAll("##[", "##\\u005b");
}
