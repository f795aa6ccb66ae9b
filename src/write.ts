/**
 * Applies changes to the disk, all or nothing: on a failure at any file the folder is as it was, and a reader never sees
 * half a file. It decides nothing: what may not be overwritten has been taken out of the list before.
 */

import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Change } from "./compare.ts";

/** The files could not be written; the folder is as it was. */
export class WriteError extends Error {
  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`${path} cannot be written: ${cause.code ?? cause.message}`, { cause });
    this.name = "WriteError";
  }
}

/** The running program, as far as writing needs it. */
export interface Writer {
  /** Makes the names of temporary files this run's own. */
  readonly pid: number;
  /** Whether a process of this machine runs; the temporary files of those that do not are cleared away. */
  readonly isRunning: (pid: number) => boolean;
}

const TEMPORARY = /^\.mrk-scaffold-(\d+)-.*\.(new|old)$/;

/**
 * Writes `after` of every change that has one and removes the file of every other; changes of the kind `same` are not
 * touched and keep their modification time.
 * @throws {WriteError} when a file cannot be written or replaced; everything is then as before
 */
export function write(changes: readonly Change[], writer: Writer): void {
  const pending = changes.filter(({ kind }) => kind !== "same");
  for (const folder of new Set(changes.map(({ target }) => dirname(target)))) clearLeftovers(folder, writer);
  const undo: (() => void)[] = [];
  const cleanUp: (() => void)[] = [];
  let current = "";
  try {
    for (const folder of new Set(pending.map(({ target }) => dirname(target)))) {
      current = folder;
      const made = mkdirSync(folder, { recursive: true });
      if (made !== undefined) undo.push(() => rmSync(made, { recursive: true }));
    }
    // First everything that can fail for want of space or rights, then only renames.
    const staged = pending.map((change) => {
      current = change.path;
      return stage(change, writer, cleanUp);
    });
    for (const { change, fresh, old } of staged) {
      current = change.path;
      if (change.before === undefined) undo.push(() => rmSync(change.target, { force: true }));
      else undo.push(() => renameSync(old, change.target));
      if (fresh === undefined) rmSync(change.target);
      else renameSync(fresh, change.target);
    }
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    throw new WriteError(current, error as NodeJS.ErrnoException);
  } finally {
    for (const step of cleanUp) attempt(step);
  }
  for (const folder of new Set(pending.map(({ target }) => dirname(target)))) attempt(() => flush(folder));
}

interface Staged {
  readonly change: Change;
  /** The temporary file with the new text; `undefined` where the file goes. */
  readonly fresh: string | undefined;
  /** A second name of the file as it was. */
  readonly old: string;
}

function stage(change: Change, { pid }: Writer, cleanUp: (() => void)[]): Staged {
  const { target, before, after } = change;
  const temporary = (ending: string) => join(dirname(target), `.mrk-scaffold-${pid}-${basename(target)}.${ending}`);
  const old = temporary("old");
  let mode = 0o666;
  if (before !== undefined) {
    mode = statSync(target).mode & 0o777;
    cleanUp.push(() => rmSync(old, { force: true }));
    rmSync(old, { force: true });
    secondName(target, old);
  }
  if (after === undefined) return { change, fresh: undefined, old };
  const fresh = temporary("new");
  cleanUp.push(() => rmSync(fresh, { force: true }));
  const file = openSync(fresh, "w", mode);
  try {
    writeFileSync(file, after);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return { change, fresh, old };
}

/** A link costs nothing; file systems without links get a copy. */
function secondName(path: string, other: string): void {
  try {
    linkSync(path, other);
  } catch {
    copyFileSync(path, other);
  }
}

/** Removes what a run that was killed has left behind. */
function clearLeftovers(folder: string, { pid, isRunning }: Writer): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const owner = Number(TEMPORARY.exec(name)?.[1]);
    if (owner > 0 && owner !== pid && !isRunning(owner)) attempt(() => rmSync(join(folder, name), { force: true }));
  }
}

/** A rename is on disk only when its folder is. */
function flush(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** For steps whose failure must not hide the failure that they are about. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // Nothing is lost by it: the file is a temporary one, or the next run says what is wrong.
  }
}
