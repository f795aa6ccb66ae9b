/**
 * Makes changes of files that are the user's own: a path and the text to be go in; a change comes out that is written with the
 * generated files, or not at all.
 */

import { existsSync, readFileSync, realpathSync } from "node:fs";
import type { Change } from "./compare.ts";
import { contentsOf } from "./pieces.ts";

/** A file that is edited; through a link it is the one that this leads to. `path` is absolute, `shown` is the file as the user named it; a byte order mark stays. */
export function editedFile(path: string, shown: string, before: string, after: string): Change {
  const target = realpathSync(path);
  const mark = readFileSync(target).subarray(0, 3).equals(Buffer.from("\ufeff")) ? "\ufeff" : "";
  return {
    kind: before === after ? "same" : "stale",
    target,
    path: shown,
    before,
    contents: contentsOf(target),
    after: [mark + after],
    reason: "is edited in place",
    isForcible: false,
  };
}

/** A file that is not there yet; one that is would have to be overwritten, which `--force` allows. */
export function newFile(path: string, shown: string, text: string): Change {
  const base = { target: path, path: shown, before: undefined, after: [text], isForcible: true };
  if (!existsSync(path)) return { ...base, kind: "missing", reason: "does not exist" };
  return { ...base, kind: "foreign", contents: contentsOf(path), reason: "is there already, and not ours" };
}
