/**
 * Applies changes to the disk, all or nothing: on a failure at any file the folder is as it was, and a reader never sees
 * half a file. It decides nothing: what may not be overwritten has been taken out of the list before.
 */

import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Change } from "./compare.ts";
import { clearLeftovers, temporaryName } from "./leftovers.ts";
import { contentsOf, isMadeOnDisk, isSame, unlessGone } from "./pieces.ts";

/** The files could not be written; the message says why, and that everything is as it was, or what is not. */
export class WriteError extends Error {
  /** The file that could not be written, as the user knows it. */
  readonly path: string;
  /** Why, in half a sentence that follows the path. */
  readonly reason: string;
  /** What is on disk now, a line each. */
  readonly outcome: readonly string[];

  constructor(path: string, cause: unknown, stuck: readonly Stuck[]) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split(/, (?=[a-z]+( \W|$))/);
    const outcome =
      stuck.length === 0
        ? ["Nothing was written: all files are as they were."]
        : stuck.map(({ path, holder }) =>
            holder === undefined
              ? `${path} was written and could not be removed again.`
              : `${path} is not as it was: what it held is in ${holder}.`,
          );
    super([`${path} cannot be written: ${reason}`, ...outcome].join("\n"), { cause });
    this.name = "WriteError";
    this.path = path;
    this.reason = `cannot be written: ${reason}`;
    this.outcome = outcome;
  }
}

/** The running program, as far as writing needs it. */
export interface WriteContext {
  /** Hexadecimal digits that no other run has, on this machine or another one: they are in the names of temporary files. */
  readonly token: string;
  /** The time, in milliseconds since 1970. */
  readonly now: number;
  /** From here on a signal does not end the process before everything is whole and the temporary files are gone. */
  readonly holdSignals: () => void;
}

/**
 * Writes `after` of every change that has one and removes the file of every other; changes of the kind `same` are not
 * touched and keep their modification time. A file that someone has changed since it was compared is not overwritten.
 * @throws {WriteError} when a file cannot be written or replaced; everything is then as before
 */
export function write(changes: readonly Change[], writeContext: WriteContext): void {
  for (const folder of foldersOf(changes)) attempt(() => clearLeftovers(folder, writeContext.now));
  const pending = changes.filter(({ kind }) => kind !== "same");
  if (pending.length > 0) writeContext.holdSignals();
  const made: string[] = [];
  const temporaries: Temporaries = { paths: new Set(), folders: new Map(), isThere: new Set() };
  const replaced: Staged[] = [];
  let current = "";
  try {
    for (const folder of foldersOf(pending)) {
      current = folder;
      makeFolder(folder, made);
    }
    // First everything that can fail for want of space or rights, then only renames.
    const staged = pending.map((change) => {
      current = change.path;
      return stage(change, writeContext, temporaries);
    });
    for (const one of staged) {
      current = one.change.path;
      if (!replace(one)) continue;
      replaced.push(one);
      if (one.fresh !== undefined) temporaries.isThere.delete(one.fresh);
    }
  } catch (error) {
    const stuck = replaced
      .reverse()
      .filter((one) => !attempt(() => putBack(one)))
      .map((one) => rescue(one, writeContext));
    for (const { holder } of stuck) temporaries.isThere.delete(holder ?? "");
    throw new WriteError(current, error, stuck);
  } finally {
    for (const path of temporaries.isThere) attempt(() => remove(path));
    // Folders that hold something stay: after a success the files, after a failure what others have put there.
    for (const folder of made.reverse()) attempt(() => rmdirSync(folder));
  }
  for (const folder of foldersOf(pending)) attempt(() => flush(folder));
}

function foldersOf(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(changes.map(({ target }) => dirname(target)));
}

/** Makes a folder and those that it is in, and notes which were not there, the outermost first. */
function makeFolder(folder: string, made: string[]): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder), made);
  if (mkdirSync(folder, { recursive: true }) !== undefined) made.push(folder);
}

interface Staged {
  readonly change: Change;
  /** The temporary file with the new text; `undefined` where the file goes. */
  readonly fresh: string | undefined;
  /** A second name of the file as it was. */
  readonly old: string;
}

/** The temporary files of a run: the names that are taken, and what may be there. */
interface Temporaries {
  readonly paths: Set<string>;
  readonly isThere: Set<string>;
  /** The real names of folders. */
  readonly folders: Map<string, string>;
}

function stage(change: Change, { token }: WriteContext, temporaries: Temporaries): Staged {
  const { target, contents, after } = change;
  const folder = dirname(target);
  // By its real name, so that a folder that goes by two names is seen to be one.
  const realFolder = temporaries.folders.get(folder) ?? realpathSync(folder);
  temporaries.folders.set(folder, realFolder);
  const temporary = (kind: "new" | "old") => {
    const path = join(realFolder, temporaryName(token, basename(target), kind));
    if (temporaries.paths.has(path)) throw new Error("another output leads to the same file");
    temporaries.paths.add(path);
    return path;
  };
  const old = temporary("old");
  const isThere = contents !== undefined && existsSync(target);
  if (isThere) {
    temporaries.isThere.add(old);
    secondName(target, old);
  }
  if (after === undefined) return { change, fresh: undefined, old };
  const fresh = temporary("new");
  temporaries.isThere.add(fresh);
  // A file that few may read must not be readable for others while it is written.
  const file = openSync(fresh, "wx", isThere ? 0o600 : 0o666);
  try {
    if (isThere) {
      const { mode, uid, gid } = statSync(target);
      attempt(() => fchownSync(file, uid, gid));
      fchmodSync(file, mode & 0o777);
    }
    for (const piece of after) writeFileSync(file, piece);
    sync(file);
  } finally {
    closeSync(file);
  }
  return { change, fresh, old };
}

/** Some file systems have no way of it, and say so; what they hold is as safe as they can make it. */
function sync(file: number): void {
  try {
    fsyncSync(file);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code)) throw error;
  }
}

/** A link costs nothing; file systems without links get a copy. */
function secondName(path: string, other: string): void {
  try {
    linkSync(path, other);
  } catch {
    copyFileSync(path, other, constants.COPYFILE_EXCL);
  }
}

/** Puts the new text in place, or takes the file away; false when someone else has done the same already. */
function replace({ change: { target, contents, after }, fresh }: Staged): boolean {
  const now = unlessGone(() => contentsOf(target));
  if (!isSame(now, contents)) {
    if (after === undefined ? now === undefined : now !== undefined && isMadeOnDisk(target, after)) return false;
    throw new Error("it was changed while mrk-scaffold ran; run it again");
  }
  if (fresh === undefined) unlinkSync(target);
  else renameSync(fresh, target);
  return true;
}

function putBack({ change: { target, contents }, old }: Staged): void {
  if (contents === undefined) remove(target);
  else renameSync(old, target);
}

/** Takes a file away if it is there; `rmSync` would load what takes folders away. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** A file that could not be put back. */
interface Stuck {
  /** As the user knows it. */
  readonly path: string;
  /** The file that has what it held; `undefined` where it was not there. */
  readonly holder: string | undefined;
}

/** Gives what such a file held a name that no later run clears, or leaves it where it is if even that fails. */
function rescue({ change: { path, target, contents }, old }: Staged, { token }: WriteContext): Stuck {
  if (contents === undefined) return { path, holder: undefined };
  const holder = join(dirname(target), `${basename(target)}.before-${token}`);
  const isKept = attempt(() => renameSync(old, holder)) || attempt(() => secondName(old, holder));
  return { path, holder: isKept ? holder : old };
}

/** A rename is on disk only when its folder is. */
function flush(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    sync(handle);
  } finally {
    closeSync(handle);
  }
}

/** For steps whose failure must not hide the failure that they are about; says whether it went well. */
function attempt(step: () => void): boolean {
  try {
    step();
    return true;
  } catch {
    // Nothing is lost by it: the file is a temporary one, or the next run says what is wrong.
    return false;
  }
}
