/** What a command has done, as data: commands make it and print nothing, `print` shows it to people and to programs. */

import { EXIT, type ExitCode } from "../io.ts";
import { type Diagnostic, fileDiagnostic } from "./diagnostic.ts";
import type { Action } from "./outlook.ts";

/** What a command leaves behind for `print`; the exit code is the program's. */
export interface Outcome {
  readonly exitCode: ExitCode;
  /** What is wrong, would be lost, was refused or is worth knowing, in the order in which it is printed. */
  readonly diagnostics: readonly Diagnostic[];
  /** What became of each generated file. */
  readonly files?: readonly FileReport[];
  /** Data for standard output, printed as it is; not in a report for programs. */
  readonly text?: string;
  /** What was done, a line each, for people who did not ask for quiet. */
  readonly summary?: readonly string[];
  /** What to do now, a line each, for people; printed even when they asked for quiet. */
  readonly advice?: readonly string[];
  /** What Terraform will do with the files. */
  readonly actions?: readonly Action[];
  /** What a report for programs holds besides, by field name. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** A generated file in a report for programs. */
interface FileReport {
  /** As the user would name it from where the program was started. */
  readonly path: string;
  readonly state: string;
  /** Why, in half a sentence that follows the path. */
  readonly reason: string;
}

/** The outcome of a command line that cannot be used. */
export function misuse(message: string, hint: string | undefined): Outcome {
  return { exitCode: EXIT.wrong, diagnostics: [fileDiagnostic("wrong-arguments", "error", message, { hint })] };
}
