/** Says what a folder holds on disk, to the last bit, so that tests can show what has changed and what has not. */

import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** What is at a path; `touched` is the modification time and the inode, which a rewrite changes even to the same bytes. */
export interface Entry {
  readonly content: string;
  readonly mode: string;
  readonly touched: string;
}

/** Everything in a folder and below, by path, with hidden and temporary files, bytes as Latin-1. */
export function stateOf(folder: string): Record<string, Entry> {
  const state: Record<string, Entry> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(folder, name);
    const stats = lstatSync(path, { bigint: true });
    const touched = stats.isDirectory() ? "" : `${stats.mtimeNs} ${stats.ino}`;
    state[name] = { content: contentOf(path, stats), mode: (stats.mode & 0o7777n).toString(8), touched };
  }
  return state;
}

function contentOf(path: string, stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (stats.isFile()) return readFileSync(path, "latin1");
  return stats.isDirectory() ? "folder" : "no regular file";
}
