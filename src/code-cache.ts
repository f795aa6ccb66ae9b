/**
 * Loads the program with what V8 compiled of it in an earlier run, which takes 28 % off a run on Node 20, 22 and 24: the built
 * `main.cjs` is this file, and the program is `program.cjs` beside it. The compiled code is kept there too, where only
 * those can write who could change the program itself; where nobody may write, everything works without.
 *
 * V8 crashes on compiled code with a flipped bit, and takes that of another program of the same length for its own. Hence
 * the checksum, over the program and the code.
 */

import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";

declare const __dirname: string;

const CHECKSUM_BYTES = 32;

export const { main } = load(join(__dirname, "program.cjs")) as typeof import("./main.ts");

function load(path: string): unknown {
  const source = readFileSync(path, "utf8");
  // Code that was compiled with other flags is of no use, and would be written again and again.
  const isUsual = process.execArgv.length === 0 && !process.env.NODE_OPTIONS && !process.env.NODE_DISABLE_COMPILE_CACHE;
  const cache = join(dirname(path), `.program-${process.version}-${process.arch}.v8`);
  const cachedData = isUsual ? read(cache, source) : undefined;
  const wrapped = `(function (exports, require, module, __filename, __dirname) {${source}\n})`;
  const script = new Script(wrapped, { filename: path, ...(cachedData === undefined ? {} : { cachedData }) });
  if (isUsual && (cachedData === undefined || script.cachedDataRejected)) {
    process.on("exit", (code) => {
      // Only a whole run has compiled what the next one needs.
      if (code === 0 && !process.argv.includes("--help")) save(cache, source, script);
    });
  }
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return module.exports;
}

/** The compiled code, if it is whole and of this program. */
function read(cache: string, source: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(cache);
  } catch {
    return undefined;
  }
  const data = bytes.subarray(CHECKSUM_BYTES);
  return checksum(source, data).equals(bytes.subarray(0, CHECKSUM_BYTES)) ? data : undefined;
}

/** Keeps the code for the next run, in one step, so that no run ever sees half of it. */
function save(cache: string, source: string, script: Script): void {
  const temporary = `${cache}.${process.pid}`;
  try {
    const file = openSync(temporary, "wx");
    const data = script.createCachedData();
    writeFileSync(file, Buffer.concat([checksum(source, data), data]));
    closeSync(file);
    renameSync(temporary, cache);
  } catch {
    // Nobody may write here, or there is no room: the next run starts as this one did.
    rmSync(temporary, { force: true });
  }
}

function checksum(source: string, data: Uint8Array): Buffer {
  return createHash("sha256").update(source).update(data).digest();
}
