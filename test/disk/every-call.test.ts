import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join, relative } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Change, compare } from "../../src/disk/compare.ts";
import { WriteError, write } from "../../src/disk/write.ts";
import { withHeader } from "../../src/output/header.ts";
import type { Pieces } from "../../src/output/pieces.ts";
import { folderWith } from "../support/cli.ts";

/**
 * Everything that writing asks of the file system. Each is made to fail at each of its calls, with an error or because the
 * process is killed, which is that nothing that follows has any effect.
 */
const CALLS = [
  "openSync",
  "closeSync",
  "readSync",
  "writeFileSync",
  "fsyncSync",
  "fstatSync",
  "fchmodSync",
  "fchownSync",
  "linkSync",
  "copyFileSync",
  "renameSync",
  "rmSync",
  "rmdirSync",
  "mkdirSync",
  "readdirSync",
  "realpathSync",
  "lstatSync",
  "statSync",
  "existsSync",
] as const;

const genuine = Object.fromEntries(CALLS.map((name) => [name, fs[name]]));

function restore(): void {
  Object.assign(fs, genuine);
  syncBuiltinESMExports();
}

afterEach(restore);

class Killed extends Error {}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail, call`), { code });
}

/**
 * Runs `action` with the file system made to fail: `fails` says whether a call does, by its number from 0 and its name, and
 * with what. Gives the number of calls, and what the action has thrown.
 */
function during(
  action: () => void,
  fails: (number: number, name: (typeof CALLS)[number]) => Error | undefined,
): { calls: number; thrown: unknown } {
  let calls = 0;
  for (const name of CALLS) {
    const call = (...args: unknown[]) => {
      const error = fails(calls, name);
      calls += 1;
      if (error !== undefined) throw error;
      // Nothing here loses its power, and a disk takes its time.
      if (name === "fsyncSync") return undefined;
      return (genuine[name] as (...args: unknown[]) => unknown)(...args);
    };
    Object.assign(fs, { [name]: Object.assign(call, genuine[name]) });
  }
  syncBuiltinESMExports();
  try {
    action();
    return { calls, thrown: undefined };
  } catch (thrown) {
    return { calls, thrown };
  } finally {
    restore();
  }
}

const BEFORE: Readonly<Record<string, string | undefined>> = { "one.tf": "1", "two.tf": "2", "three.tf": "3" };
const AFTER: Readonly<Record<string, string | undefined>> = {
  "one.tf": "1 new",
  "two.tf": "2 new",
  "four.tf": "4 new",
};
const NAMES = ["one.tf", "two.tf", "three.tf", "four.tf"];

function piecesOf(body: string): Pieces {
  return withHeader([`\n${body}\n`], { spec: "spec.yaml", arguments: ["spec.yaml"] });
}

function textOf(name: string, state: typeof BEFORE): string | undefined {
  const body = state[name];
  return body === undefined ? undefined : piecesOf(body).join("");
}

function changesFor(folder: string): Change[] {
  const files = Object.entries(AFTER).map(([path, body]) => ({ path, text: "", pieces: piecesOf(body!) }));
  return compare(files, { folder, outputPaths: NAMES, specInHeader: "spec.yaml", cwd: folder });
}

function earlierFolder(): string {
  return folderWith(Object.fromEntries(Object.keys(BEFORE).map((name) => [name, textOf(name, BEFORE)!])));
}

function read(path: string): string | undefined {
  return fs.existsSync(path) ? fs.readFileSync(path, "utf8") : undefined;
}

const temporary = (folder: string) => fs.readdirSync(folder).filter((name) => name.startsWith(".mrk-scaffold"));
const isEach = (folder: string, ...states: (typeof BEFORE)[]) =>
  NAMES.every((name) => states.some((state) => read(join(folder, name)) === textOf(name, state)));

let run = 0;
function writeContext(hours = 0) {
  run += 1;
  return { token: `c0ffee${run}`, now: Date.now() + hours * 60 * 60 * 1000, holdSignals: () => {} };
}

/** A run that meets with nothing, `hours` from now; gives the number of calls that it makes. */
function runIn(folder: string, hours = 0): number {
  const changes = changesFor(folder);
  const { calls, thrown } = during(
    () => write(changes, writeContext(hours)),
    () => undefined,
  );
  expect(thrown).toBeUndefined();
  return calls;
}

test("a run that meets with nothing makes some calls, and leaves what it should", () => {
  const folder = earlierFolder();
  expect(runIn(folder)).toBeGreaterThan(50);
  expect(isEach(folder, AFTER)).toBe(true);
  expect(fs.readdirSync(folder).sort()).toEqual(Object.keys(AFTER).sort());
});

test("a run that is killed at any call leaves every file in its old or its new version, and the next run finishes", () => {
  const callsOfARun = runIn(earlierFolder());
  for (let kill = 0; kill < callsOfARun; kill += 1) {
    const folder = earlierFolder();
    const changes = changesFor(folder);
    during(
      () => write(changes, writeContext()),
      (number) => (number >= kill ? new Killed() : undefined),
    );
    expect(isEach(folder, BEFORE, AFTER), `killed at ${kill}`).toBe(true);
    runIn(folder);
    expect(isEach(folder, AFTER), `after a kill at ${kill}`).toBe(true);
    runIn(folder, 2);
    expect(temporary(folder), `long after a kill at ${kill}`).toEqual([]);
  }
});

describe("a run in which one call fails", () => {
  test.each(["EIO", "ENOSPC", "EACCES", "ESTALE", "EXDEV"])("with %s does everything or nothing", (code) => {
    const callsOfARun = runIn(earlierFolder());
    for (let fail = 0; fail < callsOfARun; fail += 1) {
      const folder = earlierFolder();
      const changes = changesFor(folder);
      const { thrown } = during(
        () => write(changes, writeContext()),
        (number) => (number === fail ? failure(code) : undefined),
      );
      const at = `${code} at ${fail}`;
      if (thrown !== undefined) expect(thrown, at).toBeInstanceOf(WriteError);
      const isStuck = thrown instanceof WriteError && !thrown.message.includes("all files are as they were");
      expect(isStuck, at).toBe(false);
      expect(isEach(folder, thrown === undefined ? AFTER : BEFORE), at).toBe(true);
      // What could not be removed is cleared by a later run.
      runIn(folder, 2);
      expect([isEach(folder, AFTER), temporary(folder)], at).toEqual([true, []]);
    }
  });

  test.each(["EINVAL", "ENOTSUP", "ENOSYS"])("of fsync, with %s where a disk has no such thing, succeeds", (code) => {
    const folder = earlierFolder();
    const changes = changesFor(folder);
    const fails = (_: number, name: string) => (name === "fsyncSync" ? failure(code) : undefined);
    expect(during(() => write(changes, writeContext()), fails).thrown).toBeUndefined();
    expect(isEach(folder, AFTER)).toBe(true);
  });
});

describe("a run in which every call of a kind fails from some call on", () => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    "renaming fails": ["renameSync"],
    "renaming and removing fail": ["renameSync", "rmSync"],
    "renaming, removing and linking fail": ["renameSync", "rmSync", "linkSync"],
    "the disk is read-only": CALLS.filter((name) => !/^(open|close|read|fstat|lstat|stat|exists|realpath)/.test(name)),
  };

  test.each(Object.entries(kinds))("says where the text of every file is: %s", (_, names) => {
    let rescues = 0;
    const callsOfARun = runIn(earlierFolder());
    for (let from = 0; from < callsOfARun; from += 1) {
      const folder = earlierFolder();
      const changes = changesFor(folder);
      const { thrown } = during(
        () => write(changes, writeContext()),
        (number, name) => (number >= from && names.includes(name) ? failure("EIO") : undefined),
      );
      if (thrown === undefined) continue;
      expect(thrown, `from ${from}`).toBeInstanceOf(WriteError);
      const { outcome } = thrown as WriteError;
      const held = new Map(
        outcome.flatMap((line) => {
          const [, path, holder] = /^(\S+) is not as it was: what it held is in (\S+)\.$/.exec(line) ?? [];
          return path === undefined ? [] : [[path, holder!] as const];
        }),
      );
      const written = outcome.flatMap(
        (line) => /^(\S+) was written and could not be removed again\.$/.exec(line)?.[1] ?? [],
      );
      for (const name of NAMES) {
        const holder = held.get(name);
        if (holder !== undefined) rescues += 1;
        const text = holder === undefined ? read(join(folder, name)) : read(holder);
        const wanted = textOf(name, written.includes(name) ? AFTER : BEFORE);
        expect(text, `${name} from ${from}, ${relative(folder, holder ?? "")}`).toBe(wanted);
      }
      // What was named stays, whatever runs later.
      runIn(folder);
      for (const [name, holder] of held) expect(read(holder), name).toBe(textOf(name, BEFORE));
    }
    expect(rescues).toBeGreaterThan(0);
  });

  test("keeps what was rescued for good", () => {
    const folder = earlierFolder();
    const changes = changesFor(folder);
    let renames = 0;
    const { thrown } = during(
      () => write(changes, writeContext()),
      (_, name) => {
        if (name === "renameSync") renames += 1;
        return name === "renameSync" && (renames === 2 || renames === 3) ? failure("EIO") : undefined;
      },
    );
    const holder = /what it held is in (\S+)\.$/m.exec((thrown as WriteError).message)?.[1];
    expect(holder).toMatch(/\/one\.tf\.before-c0ffee\d+$/);
    runIn(folder, 2);
    expect(read(holder!)).toBe(textOf("one.tf", BEFORE));
    expect(temporary(folder)).toEqual([]);
  });
});

test("a file that only its owner may read is never readable for others while it is written", () => {
  const folder = earlierFolder();
  fs.chmodSync(join(folder, "one.tf"), 0o600);
  const changes = changesFor(folder);
  const { existsSync, statSync } = fs;
  const modes = new Set<number>();
  const own = writeContext();
  const fresh = join(folder, `.mrk-scaffold-${own.token}-one.tf.new`);
  during(
    () => write(changes, own),
    () => {
      if (existsSync(fresh)) modes.add(statSync(fresh).mode & 0o777);
      return undefined;
    },
  );
  expect(modes).toEqual(new Set([0o600]));
});
