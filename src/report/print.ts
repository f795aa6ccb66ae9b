/**
 * Shows outcomes: to people on standard error, to GitHub as workflow commands, to programs as JSON on standard output. It
 * decides nothing. Only this file and `main.ts` write to streams.
 */

import { resolve } from "node:path";
import type { Io, Output } from "../io.ts";
import { pathFrom } from "../paths.ts";
import { type Diagnostic, type Paint, printGithub, printPretty, toJson } from "./diagnostic.ts";
import type { Outcome } from "./outcome.ts";
import { oneLine, printable, printableJson, printableWithColours, withoutCommands } from "./printable.ts";
import { fitted, widthOf } from "./width.ts";

/** The options that every command has, as far as they are about printing. */
export interface PrintOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly color?: boolean | undefined;
}

/** Prints an outcome to the streams of `io`; `command` is the name that a report for programs gives. */
export function printOutcome(outcome: Outcome, command: string, options: PrintOptions, io: Io): void {
  const { diagnostics, text, summary = [], advice = [] } = outcome;
  printDiagnostics(options.quiet ? diagnostics.filter(isGrave) : diagnostics, options, io);
  const lines = options.quiet || options.json ? advice : [...summary, ...advice];
  if (lines.length > 0) say(fitted(`${lines.map(oneLine).join("\n")}\n`, io.stderr), io.stderr, io);
  if (options.json) say(`${printableJson(reportOf(outcome, command))}\n`, io.stdout, io);
  else if (text !== undefined) say(text, io.stdout, io);
}

/** Says what cannot be said in an outcome, of several lines: that the program itself is wrong, for instance. */
export function printMessage(text: string, io: Io): void {
  say(`${printable(text)}\n`, io.stderr, io);
}

/** Every write of text that may be from outside: none of it gets at the terminal, or is a command to GitHub's runner. */
function say(text: string, stream: Output, io: Io): void {
  const shown = stream.isTTY ? printableWithColours(text) : text;
  stream.write(inGithub(io) ? withoutCommands(shown) : shown);
}

/** What people see who asked for quiet. */
function isGrave({ severity }: Diagnostic): boolean {
  return severity === "error" || severity === "refused";
}

/** Problems go to people, in GitHub Actions also to the pull request; its runner reads stderr as it reads stdout. */
function printDiagnostics(diagnostics: readonly Diagnostic[], options: PrintOptions, io: Io): void {
  if (diagnostics.length === 0) return;
  if (inGithub(io)) io.stderr.write(printGithub(diagnostics, (file) => pathInRepository(file, io)));
  const text = printPretty(diagnostics, painter(options, io, io.stderr), widthOf(io.stderr));
  say(fitted(text, io.stderr), io.stderr, io);
}

/** The report of `--json`; its version changes when a field changes its meaning or goes. */
function reportOf({ exitCode, diagnostics, files, actions, json }: Outcome, command: string): object {
  return {
    version: 1,
    command,
    exitCode,
    diagnostics: diagnostics.map(toJson),
    ...(files === undefined ? {} : { files }),
    ...(actions === undefined ? {} : { actions }),
    ...json,
  };
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Colours: the option first, then NO_COLOR and FORCE_COLOR (https://no-color.org), then the terminal. */
export function painter({ color }: PrintOptions, { env }: Pick<Io, "env">, stream: Output): Paint {
  let wanted: boolean | undefined = color;
  const decide = () => {
    if (env.NO_COLOR) return false;
    if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
    return env.TERM !== "dumb" && stream.isTTY === true;
  };
  return (style, text) => {
    wanted ??= decide();
    return wanted ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  };
}

function inGithub({ env }: Io): boolean {
  return env.GITHUB_ACTIONS === "true";
}

/** Annotations name files by their path from the root of the repository, wherever the step works. */
function pathInRepository(file: string, { cwd, env }: Io): string {
  return pathFrom(env.GITHUB_WORKSPACE ?? cwd, resolve(cwd, file));
}
