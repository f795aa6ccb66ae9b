/**
 * Waits for files to change: their paths go in, a promise comes out that is kept once one of them has other bytes than before. It
 * watches their folders, because an editor may save by renaming, and looks by itself now and then, because some disks tell nothing.
 */

import { type FSWatcher, statSync, watch } from "node:fs";
import { dirname } from "node:path";
import { readAtMost } from "../read.ts";

/** Milliseconds of quiet after which a file is taken for saved: an editor saves in several steps. */
const QUIET = 60;

/** Milliseconds until a file that is gone is taken for deleted; until then it may be on its way back. */
const GONE = 500;

/** Milliseconds between two looks where no one tells of changes: network disks, folders shared with a container, links. */
const LOOK = 1000;

/** The largest file whose bytes are compared; of a larger one the time and the size are. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface FileWatcher {
  /** From now on these are the files. What they hold now is what later changes are told from. */
  follow(paths: readonly string[]): void;
  /** Another file, which is about to be read. */
  add(path: string): void;
  /** Kept once a file is other than it was when it was named. */
  changed(): Promise<void>;
  close(): void;
}

/** What a file is at a moment; `undefined` where there is none. */
interface Look {
  readonly status: string;
  readonly bytes: Buffer | undefined;
}

export function watchFiles(): FileWatcher {
  const watchers = new Map<string, FSWatcher>();
  let files: Map<string, Look | undefined> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let goneFor = 0;
  let tell = () => {};

  /** Looks again after some quiet. */
  function soon(after = QUIET): void {
    clearTimeout(timer);
    timer = setTimeout(check, after);
  }

  function check(): void {
    const fresh = [...files].map(([path, before]) => ({ path, before, now: lookAt(path, before) }));
    const isGone = fresh.some(({ before, now }) => before !== undefined && now === undefined);
    if (isGone && goneFor < GONE) {
      goneFor += QUIET;
      soon();
      return;
    }
    goneFor = 0;
    if (fresh.some(({ before, now }) => !isSame(before, now))) tell();
    else soon(LOOK);
  }

  function watchFolder(folder: string): void {
    if (watchers.has(folder)) return;
    try {
      // A folder that is removed, and one of which no more can be told, is looked at by the clock.
      const watcher = watch(folder, () => soon()).on("error", () => {});
      watchers.set(folder, watcher);
    } catch {}
  }

  return {
    follow(paths) {
      files = new Map(paths.map((path) => [path, lookAt(path, undefined)]));
      const folders = new Set(paths.map((path) => dirname(path)));
      for (const [folder, watcher] of watchers) {
        if (folders.has(folder)) continue;
        watcher.close();
        watchers.delete(folder);
      }
      for (const folder of folders) watchFolder(folder);
    },
    add(path) {
      if (files.has(path)) return;
      files.set(path, lookAt(path, undefined));
      watchFolder(dirname(path));
    },
    changed() {
      return new Promise((resolve) => {
        tell = resolve;
        soon();
      });
    },
    close() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** A file as it is now; its bytes are read when anything about it is other than `before`. */
function lookAt(path: string, before: Look | undefined): Look | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    const status = [dev, ino, size, mtimeNs, ctimeNs].join(" ");
    if (status === before?.status) return before;
    return { status, bytes: size > MAX_BYTES ? undefined : readAtMost(path, MAX_BYTES) };
  } catch {
    return undefined;
  }
}

function isSame(one: Look | undefined, other: Look | undefined): boolean {
  if (one?.bytes === undefined || other?.bytes === undefined) return one?.status === other?.status;
  return one.bytes.equals(other.bytes);
}
