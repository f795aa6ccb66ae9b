/**
 * The command `eject`: writes the built-in templates into a folder, for editing. A file that is there is never overwritten.
 */

import { join, relative, resolve, sep } from "node:path";
import sources from "../../templates/built-in.sources";
import type { Change } from "../disk/compare.ts";
import { isThere } from "../disk/repository.ts";
import { WriteError, write } from "../disk/write.ts";
import { EXIT, type Io } from "../io.ts";
import type { Diagnostic, Severity } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { count } from "./regenerate.ts";

declare const __VERSION__: string;

export function eject({ words }: { readonly words: readonly string[] }, io: Io): Outcome {
  const [folder = "templates", ...rest] = words;
  if (rest.length > 0 || folder === "")
    return misuse("eject takes one folder", "Write, for example: mrk-scaffold eject templates");
  const path = resolve(io.cwd, folder);
  const shown = relative(io.cwd, path).replaceAll(sep, "/") || ".";
  const remark = `{{!-- The template of mrk-scaffold ${__VERSION__}. --}}\n`;
  const changes = Object.entries(sources).map(([name, text]): Change => {
    const place = { target: join(path, name), path: `${shown}/${name}` };
    return {
      kind: "missing",
      ...place,
      before: undefined,
      after: [remark + text],
      reason: "does not exist",
      isForcible: false,
    };
  });
  const taken = changes.filter(({ target }) => isThere(target));
  if (taken.length > 0) {
    const diagnostics = taken.map(({ path: file }) => about("foreign", "refused", "is there already", file));
    return {
      exitCode: EXIT.refused,
      diagnostics,
      advice: ["Nothing was written. Name another folder, or move what is in the way."],
    };
  }
  try {
    write(changes, io.writeContext);
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    const { path: file, reason, outcome } = error;
    return { exitCode: EXIT.refused, diagnostics: [about("cannot-write", "error", reason, file)], advice: outcome };
  }
  return {
    exitCode: EXIT.done,
    diagnostics: [],
    files: changes.map(({ path, kind, reason }) => ({ path, state: kind, reason })),
    summary: [`created ${count(changes.length, "template")} in ${shown}`],
    advice: [
      `Edit what you want to be otherwise, and delete the rest: what is not in ${shown} is printed with the built-in ones.`,
      `To use them, write in the spec: templates: ${shown} (the path from the spec). Or give --templates ${shown} each time.`,
    ],
  };
}

function about(code: string, severity: Severity, message: string, file: string): Diagnostic {
  return { code, severity, message, file, path: [], position: undefined, hint: undefined };
}
