/**
 * What is wrong, as data: stages make diagnostics, the printers here turn them into text for people, for programs and for
 * GitHub. A diagnostic never holds a secret value, and a printer never shows a line that may hold one.
 */

/** Where in a spec something stands; lines and columns count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** How many columns the thing takes on its first line, at least 1. */
  readonly length: number;
  /** The line's text, with everything that may be a secret already masked. */
  readonly lineText: string;
}

export type Severity = "error" | "warning";

/** One thing that is wrong with a spec or with the files on disk. */
export interface Diagnostic {
  /** Kebab-case and stable; equals the name of the rule and of the fixture that shows it. */
  readonly code: string;
  readonly severity: Severity;
  /** What was found and what is allowed, one sentence, no position in it. */
  readonly message: string;
  /** The file as the user named it. */
  readonly file: string;
  /** The keys that lead to the place, empty for the file as a whole. */
  readonly path: readonly (string | number)[];
  readonly position: Position | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;
}

/** Thrown by the stages when a spec cannot be used; holds every error and warning, sorted by place. */
export class SpecError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(summary).join("\n"));
    this.name = "SpecError";
    this.diagnostics = diagnostics;
  }
}

/** How many diagnostics are printed in full; the rest are counted. */
export const PRINTED_DIAGNOSTICS = 50;

/** The order of a report: by file, then by place; things without a place come first. */
export function byPlace(left: Diagnostic, right: Diagnostic): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return (
    (left.position?.line ?? 0) - (right.position?.line ?? 0) ||
    (left.position?.column ?? 0) - (right.position?.column ?? 0)
  );
}

/** Colours text, or leaves it alone when the stream wants none. */
export type Paint = (style: "bold" | "red" | "yellow" | "cyan" | "green" | "dim", text: string) => string;

/** A report for people: place, code, message, the line with a caret, and what to do. */
export function printPretty(diagnostics: readonly Diagnostic[], paint: Paint): string {
  const shown = diagnostics.slice(0, PRINTED_DIAGNOSTICS).map((diagnostic) => prettyOne(diagnostic, paint));
  const rest = diagnostics.length - shown.length;
  if (rest > 0) shown.push(`… and ${rest} more: mend these first, or list all of them with --json\n`);
  return shown.join("\n");
}

/** Workflow commands that GitHub Actions shows in the pull request; `pathOf` gives files as the repository knows them. */
export function printGithub(diagnostics: readonly Diagnostic[], pathOf: (file: string) => string): string {
  return diagnostics
    .slice(0, PRINTED_DIAGNOSTICS)
    .map(({ severity, file, position, message, hint, code }) =>
      annotation(severity, pathOf(file), code, hint === undefined ? message : `${message}\n${hint}`, position),
    )
    .join("");
}

/** One workflow command: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
export function annotation(
  severity: Severity,
  file: string,
  title: string,
  message: string,
  position?: Pick<Position, "line" | "column">,
): string {
  const place = position === undefined ? "" : `,line=${position.line},col=${position.column}`;
  return `::${severity} file=${property(file)}${place},title=${property(title)}::${data(message)}\n`;
}

/** The shape of a diagnostic in `--json` reports. */
export function toJson({ code, severity, message, file, path, position, hint }: Diagnostic): object {
  return {
    code,
    severity,
    message,
    file,
    path,
    ...(position === undefined ? {} : { line: position.line, column: position.column }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function summary({ file, position, message, code }: Diagnostic): string {
  return `${place(file, position)}: ${message} [${code}]`;
}

function place(file: string, position: Position | undefined): string {
  return position === undefined ? file : `${file}:${position.line}:${position.column}`;
}

function prettyOne(diagnostic: Diagnostic, paint: Paint): string {
  const { severity, code, message, file, position, hint } = diagnostic;
  const colour = severity === "error" ? "red" : "yellow";
  const where = printable(place(file, position)).replaceAll("\n", "\ufffd");
  const head = `${paint("bold", where)}: ${paint(colour, severity)}: ${printable(message)} ${paint("dim", `[${code}]`)}\n`;
  const frame = position === undefined ? "" : codeFrame(position, colour, paint);
  const help =
    hint === undefined ? "" : `${paint("cyan", "  help:")} ${printable(hint).replaceAll("\n", "\n        ")}\n`;
  return head + frame + help;
}

const FRAME_COLUMNS = 100;

/** The line and a caret under the place; a long line is cut to the part that holds the caret. */
function codeFrame({ line, column, length, lineText }: Position, colour: "red" | "yellow", paint: Paint): string {
  const start = column - 1 < FRAME_COLUMNS - 20 ? 0 : column - 1 - 20;
  const cut = lineText.slice(start, start + FRAME_COLUMNS);
  const text = `${start > 0 ? "…" : ""}${cut}${start + FRAME_COLUMNS < lineText.length ? "…" : ""}`;
  const before = (start > 0 ? "…" : "") + lineText.slice(start, column - 1);
  const indent = before.replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(length, cut.length - (column - 1 - start))));
  const gutter = String(line);
  return (
    `${paint("dim", `  ${gutter} |`)} ${printable(text)}\n` +
    `${paint("dim", `  ${" ".repeat(gutter.length)} |`)} ${indent}${paint(colour, carets)}\n`
  );
}

/** Control characters would move the terminal's cursor, or worse; characters that turn the reading direction hide text. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
