/**
 * Knows the temporary files of runs: names them, finds those that a run which was killed has left in a folder, and clears
 * away the old ones. What may be all that is left of what someone wrote is never cleared.
 */

import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathFrom } from "../paths.ts";
import { type Diagnostic, fileDiagnostic } from "../report/diagnostic.ts";
import type { Change } from "./compare.ts";
import { contentsOf } from "./pieces.ts";

/** The name of a temporary file: `new` holds the text that a file is to have, `old` the one that it had. */
export function temporaryName(token: string, name: string, kind: "new" | "old"): string {
  return `.mrk-scaffold-${token}-${name}.${kind}`;
}

const TEMPORARY = /^\.mrk-scaffold-[0-9a-f]+-.*\.(new|old)$/;

/** The age from which on a temporary file is taken for one of a run that was killed: no run takes nearly as long. */
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

function temporaryFilesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(".") && TEMPORARY.test(name)) : [];
}

/** Removes what a run that was killed has left behind in a folder; `now` is the time in milliseconds since 1970. */
export function clearLeftovers(folder: string, now: number): void {
  for (const name of temporaryFilesIn(folder)) {
    const path = join(folder, name);
    try {
      // A second name is as new as its status: the text in it may be years old.
      const isNew = lstatSync(path).ctimeMs > now - LEFTOVER_AGE_MS;
      if (!isNew && (name.endsWith(".new") || isGenerated(path))) rmSync(path, { force: true });
    } catch {
      // It stays, and is named by the next check.
    }
  }
}

function isGenerated(path: string): boolean {
  const { header, digest } = contentsOf(path);
  return header?.digest === digest;
}

/** A warning for every temporary file beside the outputs, so that none of them is committed. */
export function leftoversBeside(changes: readonly Change[], cwd: string): Diagnostic[] {
  const folders = new Set(changes.map(({ target }) => dirname(target)));
  return [...folders].flatMap((folder) =>
    temporaryFilesIn(folder).map((name) => {
      const file = pathFrom(cwd, join(folder, name));
      const message = "is left over from a run that was killed, unless one is running now";
      const hint = "Do not commit it. If no run is going and nothing is missing, delete it.";
      return fileDiagnostic("leftover", "warning", message, { file, hint });
    }),
  );
}
