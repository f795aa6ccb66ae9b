/** Writes paths as people and specs do: from a folder, with `/`. */

import { relative, sep } from "node:path";

/** A path from a folder; both are absolute. */
export function pathFrom(folder: string, path: string): string {
  // Most are below it, and finding what two paths share takes as long as reading a file.
  const start = folder.endsWith(sep) ? folder : folder + sep;
  return (path.startsWith(start) ? path.slice(start.length) : relative(folder, path)).replaceAll(sep, "/");
}
