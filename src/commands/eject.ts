/**
 * The command `eject`: writes the built-in templates into a folder, for editing. A file that is there is never overwritten.
 */

import { join, resolve } from "node:path";
import sources from "../../templates/built-in.sources";
import { isThere } from "../disk/repository.ts";
import { EXIT, type Io } from "../io.ts";
import { pathFrom } from "../paths.ts";
import { fileDiagnostic } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { count } from "../report/words.ts";
import { failureToWrite, fileReports, freshFile } from "./writing.ts";

declare const __VERSION__: string;

export function eject({ words }: { readonly words: readonly string[] }, io: Io): Outcome {
  const [folder = "templates", ...rest] = words;
  if (rest.length > 0 || folder === "")
    return misuse("eject takes one folder", "Write, for example: mrk-scaffold eject templates");
  const path = resolve(io.cwd, folder);
  const shown = pathFrom(io.cwd, path) || ".";
  const remark = `{{!-- The template of mrk-scaffold ${__VERSION__}. --}}\n`;
  const changes = Object.entries(sources).map(([name, text]) =>
    freshFile(join(path, name), `${shown}/${name}`, [remark + text]),
  );
  const taken = changes.filter(({ target }) => isThere(target));
  if (taken.length > 0) {
    const diagnostics = taken.map(({ path: file }) =>
      fileDiagnostic("foreign", "refused", "is there already", { file }),
    );
    return {
      exitCode: EXIT.refused,
      diagnostics,
      advice: ["Nothing was written. Name another folder, or move what is in the way."],
    };
  }
  const failure = failureToWrite(changes, io);
  if (failure !== undefined) return failure;
  return {
    exitCode: EXIT.done,
    diagnostics: [],
    files: fileReports(changes),
    summary: [`created ${count(changes.length, "template")} in ${shown}`],
    advice: [
      `Edit what you want to be otherwise, and delete the rest: what is not in ${shown} is printed with the built-in ones.`,
      `To use them, write in the spec: templates: ${shown} (the path from the spec). Or give --templates ${shown} each time.`,
    ],
  };
}
