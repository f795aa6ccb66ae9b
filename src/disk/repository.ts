/** Finds the repository that a folder is in, by what is on disk; git is not asked. */

import { existsSync, lstatSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** The nearest folder with a `.git`, which is a file in submodules and linked work trees. */
export function topOf(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  return dirname(folder) === folder ? undefined : topOf(dirname(folder));
}

/** Whether there is something at a path, a link that leads nowhere included. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
