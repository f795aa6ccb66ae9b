/** Writes files for commands: changes go in, they are written, and what a report says of them, or of the failure, comes out. */

import type { Change } from "../disk/compare.ts";
import { WriteError, write } from "../disk/write.ts";
import { EXIT, type Io } from "../io.ts";
import { fileDiagnostic } from "../report/diagnostic.ts";
import type { Outcome } from "../report/outcome.ts";

/** A file that is not there yet; `path` is the one that the user knows. */
export function freshFile(target: string, path: string, after: readonly string[]): Change {
  return { kind: "missing", target, path, before: undefined, after, reason: "does not exist", isForcible: false };
}

/** Writes all of the changes, or nothing; the outcome of the failure comes out, nothing where there is none. */
export function failureToWrite(
  changes: readonly Change[],
  { writeContext }: Pick<Io, "writeContext">,
): Outcome | undefined {
  try {
    write(changes, writeContext);
    return undefined;
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    const { path: file, reason, outcome } = error;
    const diagnostics = [fileDiagnostic("cannot-write", "error", reason, { file })];
    return { exitCode: EXIT.refused, diagnostics, advice: outcome };
  }
}

/** What became of each file, for programs. */
export function fileReports(changes: readonly Change[]): NonNullable<Outcome["files"]> {
  return changes.map(({ path, kind, reason }) => ({ path, state: kind, reason }));
}
