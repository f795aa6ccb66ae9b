/**
 * Finds specs by their names and their text: a folder goes in, the names of the specs in it come out, for command lines that name
 * none and for those that name one that is not there. Nothing that it cannot read is an error.
 */

import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readAtMost } from "../read.ts";
import { nearest } from "./suggest.ts";

const YAML = /^[^.].*\.ya?ml$/;

/** Names that no other program has for its files. */
const OWN_NAME = /^mrk-scaffold\.ya?ml$|\.mrk\.ya?ml$/;

/** What other files are called that are Terraform, packages, or not for people. */
const PASSED_OVER = /^(\.|node_modules$)/;

/** The largest spec, in bytes; a larger file is none. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Folders that are looked into at most, so that a search from the root of a disk ends. */
const MOST_FOLDERS = 500;

/** How many folders deep a search goes. */
const DEPTH = 3;

/** The names of a folder's specs, sorted. */
export function specsIn(folder: string): readonly string[] {
  return namesIn(folder).files.filter((name) => OWN_NAME.test(name) || isSpec(join(folder, name)));
}

/** The paths, relative and with `/`, of the specs in the folders below a folder. */
export function specsBelow(folder: string): readonly string[] {
  const found: string[] = [];
  let left = MOST_FOLDERS;
  let level: readonly string[] = [""];
  for (let depth = 0; depth < DEPTH; depth++) {
    level = level.flatMap((path) => namesIn(join(folder, path)).folders.map((name) => `${path}${name}/`));
    level = level.slice(0, left);
    left -= level.length;
    for (const path of level) found.push(...specsIn(join(folder, path)).map((name) => path + name));
  }
  return found;
}

/** The name of a YAML file in the folder of a path that is nearly the path's, such as spec.yaml for spec.yml. */
export function meantName(path: string): string | undefined {
  const names = namesIn(dirname(path)).files;
  const stem = (name: string) => name.replace(/\.[^.]*$/, "");
  const name = basename(path);
  return names.find((other) => stem(other) === stem(name) || stem(other) === name) ?? nearest(name, names);
}

function namesIn(folder: string): { readonly files: readonly string[]; readonly folders: readonly string[] } {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
    const files = entries.filter((entry) => !entry.isDirectory() && YAML.test(entry.name));
    const folders = entries.filter((entry) => entry.isDirectory() && !PASSED_OVER.test(entry.name));
    return { files: files.map(({ name }) => name), folders: folders.map(({ name }) => name) };
  } catch {
    return { files: [], folders: [] };
  }
}

/** Whether a file has the two keys that every spec has, at the start of a line. */
function isSpec(path: string): boolean {
  try {
    const text = readAtMost(path, MAX_BYTES).toString("utf8");
    return /^version[ \t]*:/m.test(text) && /^regions[ \t]*:/m.test(text);
  } catch {
    return false;
  }
}
