/**
 * Loads the program with what V8 compiled of it in an earlier run, which takes a quarter off a run on Node 20, 22 and 24: the
 * built `cli.cjs` has this file in it, the program is `program.cjs` beside it, and the parts that are loaded on demand are there
 * too. The compiled code is kept beside them, where only those can write who could change the program itself; where
 * no one may write, everything works without.
 *
 * V8 crashes on compiled code with a flipped bit, and takes that of another program of the same length for its own. Hence
 * the code is kept twice in its file, the two are compared, and the file names the build and the program that it is of:
 * no checksum needs less, since the modules of Node that have one take longer to load than everything here.
 */

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

declare const __dirname: string;
declare const require: (name: string) => unknown;
/** Another one for every build. */
declare const __BUILD__: string;

/** What a file of compiled code starts with, padded to this length. */
const LABEL_BYTES = 64;

/** More than V8 makes of any program that loads in a moment. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Room for the program, and for what V8 makes of it. What is not used of it takes nothing. */
const USUAL_BYTES = 1024 * 1024;

/** What is compared at once. */
const STEP_BYTES = 128 * 1024;

/** The time after which a file that was to become compiled code is taken for a leftover, in milliseconds. */
const LEFTOVER_AGE_MS = 60_000;

/** Code that was compiled with other flags is of no use, and would be written again and again. */
const isUsual = process.execArgv.length === 0 && !process.env.NODE_OPTIONS && !process.env.NODE_DISABLE_COMPILE_CACHE;

/** What was loaded, by path. */
const loaded = new Map<string, { readonly exports: unknown }>();

/** The program, or what of it judges plans: that has nothing to do with specs, and loads in half the time. */
const program = process.argv[2] === "guard" ? "guard.cjs" : "program.cjs";

export const { main } = load(join(__dirname, program)) as typeof import("./main.ts");

function load(path: string): unknown {
  const known = loaded.get(path);
  if (known !== undefined) return known.exports;
  const { source, label, owner } = read(path);
  const cache = join(dirname(path), `.${basename(path, ".cjs")}-${process.version}-${process.arch}.v8`);
  const cachedData = isUsual ? compiledIn(cache, label, owner) : undefined;
  const script = new Script(source, { filename: path, ...(cachedData === undefined ? {} : { cachedData }) });
  if (isUsual && (cachedData === undefined || script.cachedDataRejected)) {
    process.on("exit", (code) => {
      if (isWorthKeeping(path, code)) save(cache, label, script);
    });
  }
  const module = { exports: {} };
  loaded.set(path, module);
  // What is loaded is beside this file, so that this file's own `require` finds the same as one made for it would.
  const requirePart = (name: string) => (name.startsWith("./") ? load(join(dirname(path), name)) : require(name));
  script.runInThisContext()(module.exports, requirePart, module, path, dirname(path));
  return module.exports;
}

/** Whether a run has compiled what the next one needs: a whole run has, and of the program itself one that generates. */
function isWorthKeeping(path: string, exitCode: number): boolean {
  const [, , first = ""] = process.argv;
  // A plan that is refused was judged to its end.
  if (basename(path) === "guard.cjs") return exitCode === 0 || exitCode === 4;
  const isCommand = /^[a-z]+$/.test(first) && basename(path) === "program.cjs";
  return exitCode <= 1 && !isCommand && !process.argv.includes("--help");
}

/** A program, and what its compiled code is labelled with. */
function read(path: string): { readonly source: string; readonly label: string; readonly owner: number } {
  const file = openSync(path, "r");
  try {
    // Whoever changes a program by hand may leave its length as it was.
    const { size, mtimeMs, uid: owner } = fstatSync(file);
    const label = `${__BUILD__} ${size} ${mtimeMs}\n`.padEnd(LABEL_BYTES);
    // esbuild writes ASCII, which takes 2 ms less to read as Latin-1 than as UTF-8.
    return { source: readAt(file, 0, memory(size)).toString("latin1"), label, owner };
  } finally {
    closeSync(file);
  }
}

/** The compiled code, if it is whole, of this program, and from someone who could change the program itself. */
function compiledIn(cache: string, label: string, owner: number): Buffer | undefined {
  try {
    // Without waiting: a pipe that is called so has no one at its other end.
    const file = openSync(cache, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = fstatSync(file);
      const length = (stats.size - LABEL_BYTES) / 2;
      if (!isTrusted(stats, owner) || !Number.isInteger(length) || length <= 0) return undefined;
      const first = readAt(file, 0, memory(LABEL_BYTES + length));
      const data = first.subarray(LABEL_BYTES);
      const isWhole = first.toString("latin1", 0, LABEL_BYTES) === label && isAt(file, first.length, data);
      return isWhole ? data : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

let pages: Buffer | undefined;

/** Room for so many bytes, the same as before where that is enough: the system takes as long to find room as to fill it. */
function memory(length: number): Buffer {
  if (pages === undefined || pages.length < length) pages = Buffer.allocUnsafeSlow(Math.max(length, USUAL_BYTES));
  return pages.subarray(0, length);
}

/** Fills the room with what is in a file from a place on. */
function readAt(file: number, place: number, room: Buffer): Buffer {
  for (let at = 0; at < room.length; ) {
    const read = readSync(file, room, at, room.length - at, place + at);
    if (read === 0) throw new Error("a file has become shorter");
    at += read;
  }
  return room;
}

/** Whether a file has these bytes at a place. */
function isAt(file: number, place: number, bytes: Buffer): boolean {
  const step = Buffer.allocUnsafeSlow(STEP_BYTES);
  for (let at = 0; at < bytes.length; at += STEP_BYTES) {
    const part = bytes.subarray(at, at + STEP_BYTES);
    if (!readAt(file, place + at, step.subarray(0, part.length)).equals(part)) return false;
  }
  return true;
}

/** In a folder where everyone may write, code of anyone else would run as whoever runs the program. */
function isTrusted(file: Stats, owner: number): boolean {
  if (!file.isFile() || file.size > MAX_BYTES) return false;
  const user = process.geteuid?.();
  return user === undefined || ((file.uid === user || file.uid === owner) && (file.mode & 0o022) === 0);
}

/** Keeps the code for the next run, in one step, so that no run ever sees half of it. */
function save(cache: string, label: string, script: Script): void {
  const temporary = `${cache}.${process.pid}-${Date.now()}`;
  let file: number | undefined;
  try {
    clearLeftovers(dirname(cache));
    file = openSync(temporary, "wx", 0o600);
    const data = script.createCachedData();
    writeFileSync(file, Buffer.concat([Buffer.from(label, "latin1"), data, data]));
    // Others run the program too, and may read it. None of them may change it, whatever the umask is.
    fchmodSync(file, 0o644);
    renameSync(temporary, cache);
  } catch {
    // No one may write here, or there is no room: the next run starts as this one did.
    if (file !== undefined) rmSync(temporary, { force: true });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Removes what runs have left that were killed while they kept their code. */
function clearLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [isOurs, time] = /^\.[\w-]+-v[\w.-]+\.v8\.\d+(?:-(\d+))?$/.exec(name) ?? [];
    if (isOurs && Date.now() - Number(time ?? 0) > LEFTOVER_AGE_MS) rmSync(join(folder, name), { force: true });
  }
}
