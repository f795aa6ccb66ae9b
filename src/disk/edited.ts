/**
 * Makes a change of a file that is the user's own: its path and the text to be go in; a change comes out that is written with
 * the generated files, or not at all. Through a link the file is changed that it leads to.
 */

import { readFileSync, realpathSync } from "node:fs";
import type { Change } from "./compare.ts";
import { contentsOf } from "./pieces.ts";

/** `path` is absolute, `shown` is the file as the user named it; a byte order mark stays. */
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
