/**
 * What is wrong, lost, refused or worth knowing, as data: stages make diagnostics, the printers here turn them into text for
 * people, for programs and for GitHub. A diagnostic never holds a secret value, and a printer never shows a line that may hold
 * one.
 */

import { oneLine, printable, withoutCommands } from "./printable.ts";

/** Where in a spec something is; lines and columns count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** How many columns the thing takes on its first line, at least 1. */
  readonly length: number;
  /** The line's text, with everything that may be a secret already masked; `undefined` where it is not shown. */
  readonly lineText: string | undefined;
}

/**
 * An `error` is a mistake to correct; what is `refused` would overwrite or destroy something, and can be allowed; a `warning`
 * and a `note` keep nothing from being done.
 */
export type Severity = "error" | "refused" | "warning" | "note";

/** One thing that is wrong with a spec or with the files on disk, or that is worth knowing about them. */
export interface Diagnostic {
  /** Kebab-case and stable; equals the name of the rule and of the fixture that shows it. */
  readonly code: string;
  readonly severity: Severity;
  /** What was found and what is allowed, one sentence, no position in it. */
  readonly message: string;
  /** The file as the user named it; empty where it is about none, as with a wrong command line. */
  readonly file: string;
  /** What it is about, where that is no place in a spec: a resource address, or what else `--allow-destroy` is given. */
  readonly address?: string;
  /** The address of what it is a part of: it is allowed with that. */
  readonly belongsTo?: string | undefined;
  /** The keys that lead to the place, empty for the file as a whole. */
  readonly path: readonly (string | number)[];
  readonly position: Position | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;
}

/** What is known of a diagnostic that is about no place in a spec. */
interface Elsewhere {
  readonly file?: string;
  readonly address?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly hint?: string | undefined;
}

/** A diagnostic about a file, a line of it, a resource, or nothing that has a place. */
export function fileDiagnostic(
  code: string,
  severity: Severity,
  message: string,
  { file = "", address, line, column = 1, hint }: Elsewhere = {},
): Diagnostic {
  const position = line === undefined ? undefined : { line, column, length: 1, lineText: undefined };
  return { code, severity, message, file, ...(address === undefined ? {} : { address }), path: [], position, hint };
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

/** Thrown where templates of the user's own cannot be used; the diagnostics name their files. */
export class TemplatesError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(summary).join("\n"));
    this.name = "TemplatesError";
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

/**
 * A report for people: place, code, message, the line with a caret, and what to do. One that takes a line only is printed close
 * to its neighbours. Several refusals are grouped by what to do about them, which comes first.
 */
export function printPretty(diagnostics: readonly Diagnostic[], paint: Paint, width?: number): string {
  const shown = diagnostics.slice(0, PRINTED_DIAGNOSTICS);
  const refusals = shown.filter(({ severity }) => severity === "refused");
  const blocks = shown.flatMap((diagnostic) => {
    if (diagnostic.severity !== "refused") {
      const { position, hint } = diagnostic;
      return {
        text: prettyOne(diagnostic, paint, width),
        isLong: position?.lineText !== undefined || hint !== undefined,
      };
    }
    return diagnostic === refusals[0] ? groupsOf(refusals, paint, width) : [];
  });
  const rest = diagnostics.length - shown.length;
  if (rest > 0)
    blocks.push({ text: `… and ${rest} more: fix these first, or list all of them with --json\n`, isLong: false });
  return blocks.reduce((all, { text, isLong }, at) => {
    const gap = at > 0 && (isLong || blocks[at - 1]!.isLong) ? "\n" : "";
    return all + gap + text;
  }, "");
}

/** Refusals below the help that they share, in the order of the first of each group. */
function groupsOf(
  refusals: readonly Diagnostic[],
  paint: Paint,
  width: number | undefined,
): readonly { readonly text: string; readonly isLong: boolean }[] {
  const groups = new Map<string | undefined, string[]>();
  for (const refusal of refusals) {
    const group = groups.get(refusal.hint) ?? [];
    groups.set(refusal.hint, [...group, prettyOne(refusal, paint, width)]);
  }
  const isLong = groups.size > 1;
  return Array.from(groups, ([hint, texts]) => {
    const helped = hint === undefined ? "" : help(hint, paint);
    return { text: refusals.length > 1 ? helped + texts.join("") : texts.join("") + helped, isLong };
  });
}

/** Workflow commands that GitHub Actions shows in the pull request; `pathOf` gives files as the repository knows them. */
export function printGithub(diagnostics: readonly Diagnostic[], pathOf: (file: string) => string): string {
  return diagnostics
    .slice(0, PRINTED_DIAGNOSTICS)
    .map(({ severity, file, position, hint, code, ...diagnostic }) => {
      const message = whole(diagnostic);
      return annotation(
        severity,
        file && pathOf(file),
        code,
        hint === undefined ? message : `${message}\n${hint}`,
        position,
      );
    })
    .join("");
}

const COMMANDS: Readonly<Record<Severity, string>> = {
  error: "error",
  refused: "error",
  warning: "warning",
  note: "notice",
};

/** One workflow command: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions */
function annotation(
  severity: Severity,
  file: string,
  title: string,
  message: string,
  position: Pick<Position, "line" | "column"> | undefined,
): string {
  const line = position === undefined ? "" : `line=${position.line},col=${position.column},`;
  const where = file === "" ? "" : `file=${property(file)},${line}`;
  return `::${COMMANDS[severity]} ${where}title=${property(title)}::${data(message)}\n`;
}

/** The shape of a diagnostic in `--json` reports. */
export function toJson({
  code,
  severity,
  message,
  file,
  address,
  belongsTo,
  path,
  position,
  hint,
}: Diagnostic): object {
  return {
    code,
    severity,
    message,
    file,
    ...(address === undefined ? {} : { address }),
    ...(belongsTo === undefined ? {} : { belongsTo }),
    path,
    ...(position === undefined ? {} : { line: position.line, column: position.column }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function summary({ file, position, code, ...diagnostic }: Diagnostic): string {
  return `${place(file, position)}: ${whole(diagnostic)} [${code}]`;
}

/** The message with what it is about. */
function whole({ address, message }: Pick<Diagnostic, "address" | "message">): string {
  return address === undefined ? message : `${address}: ${message}`;
}

function place(file: string, position: Position | undefined): string {
  if (file === "") return "mrk-scaffold";
  return position === undefined ? file : `${file}:${position.line}:${position.column}`;
}

const COLOURS = { error: "red", refused: "red", warning: "yellow", note: "cyan" } as const;

function prettyOne(diagnostic: Diagnostic, paint: Paint, width: number | undefined): string {
  const { severity, code, file, position, hint } = diagnostic;
  const colour = COLOURS[severity];
  const where = oneLine(place(file, position));
  const head = `${paint("bold", where)}: ${paint(colour, severity)}: ${oneLine(whole(diagnostic))} ${paint("dim", `[${code}]`)}\n`;
  const frame = position?.lineText === undefined ? "" : codeFrame(position, position.lineText, colour, paint, width);
  return head + frame + (hint === undefined || severity === "refused" ? "" : help(hint, paint));
}

function help(hint: string, paint: Paint): string {
  return `${paint("cyan", "  help:")} ${printable(hint).replaceAll("\n", "\n        ")}\n`;
}

const FRAME_COLUMNS = 100;

/** The line and a caret under the place; a long line is cut to the part that holds the caret, and to the terminal's width. */
function codeFrame(
  { line, column, length }: Position,
  lineText: string,
  colour: "red" | "yellow" | "cyan",
  paint: Paint,
  width = Number.POSITIVE_INFINITY,
): string {
  // The gutter, and an ellipsis at either end.
  const columns = Math.min(FRAME_COLUMNS, width - String(line).length - 7);
  const start = column - 1 < columns - 20 ? 0 : column - 1 - 20;
  const cut = lineText.slice(start, start + columns);
  const text = `${start > 0 ? "…" : ""}${cut}${start + columns < lineText.length ? "…" : ""}`;
  const before = (start > 0 ? "…" : "") + lineText.slice(start, column - 1);
  const indent = before.replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(length, cut.length - (column - 1 - start))));
  const gutter = String(line);
  return (
    `${paint("dim", `  ${gutter} |`)} ${printable(text)}\n` +
    `${paint("dim", `  ${" ".repeat(gutter.length)} |`)} ${indent}${paint(colour, carets)}\n`
  );
}

function data(text: string): string {
  return withoutCommands(printable(text)).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
