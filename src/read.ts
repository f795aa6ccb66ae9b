/**
 * Reads files that may be anything, pipes, devices and terabytes too: a path or a descriptor and a limit go in, bytes come
 * out. It never waits for someone to open the other end of a pipe, and never holds more than the limit.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** What was to be read is not what it should be. */
export class ReadError extends Error {
  readonly fault: "irregular" | "large";
  /** The bytes that it has, where it says so. */
  readonly size: number | undefined;

  constructor(fault: ReadError["fault"], size?: number) {
    super(fault === "large" ? "it is too large" : "it is not a regular file");
    this.name = "ReadError";
    this.fault = fault;
    this.size = size;
  }
}

/** The longest text that there can be: V8's longest string, if it is ASCII (Node: buffer.constants.MAX_STRING_LENGTH). */
export const MAX_TEXT_BYTES = 2 ** 29 - 24;

const CHUNK_BYTES = 64 * 1024;

/** The descriptor in a name of what is open already: `/dev/fd/63` is what the shell gives for `<(command)`. */
function descriptorIn(path: string): number | undefined {
  if (!path.startsWith("/dev/") && !path.startsWith("/proc/")) return undefined;
  const [isOpen, descriptor = "0"] = /^(?:\/dev\/stdin|\/(?:dev|proc\/self)\/fd\/(\d{1,4}))$/.exec(path) ?? [];
  return isOpen === undefined ? undefined : Number(descriptor);
}

/**
 * The bytes of a regular file that has `most` bytes or fewer, of a device in /dev, or of a descriptor by its name.
 * @throws {ReadError} when it is larger, or neither of these; errors of the system as they are
 */
export function readAtMost(path: string, most: number): Buffer {
  const descriptor = descriptorIn(path);
  if (descriptor !== undefined) return readFrom(descriptor, most);
  const file = opened(path);
  try {
    const { size } = fstatSync(file);
    if (size > most) throw new ReadError("large", size);
    return readFrom(file, most, size + 1);
  } finally {
    closeSync(file);
  }
}

/**
 * The same in pieces, each of which is overwritten by the next one, so that there is no limit.
 * @throws {ReadError} when it is neither of these; errors of the system as they are
 */
export function* piecesOf(path: string): Generator<Buffer> {
  const descriptor = descriptorIn(path);
  if (descriptor !== undefined) yield* piecesFrom(descriptor);
  else {
    const file = opened(path);
    try {
      yield* piecesFrom(file);
    } finally {
      closeSync(file);
    }
  }
}

/** What can be read from a descriptor, to its end, in pieces, each of which is overwritten by the next one. */
export function* piecesFrom(descriptor: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const length = patiently(() => readSync(descriptor, buffer));
    if (length === 0) return;
    yield buffer.subarray(0, length);
  }
}

/** The descriptor of what may be read. */
function opened(path: string): number {
  // Without waiting: a pipe whose other end no one opens would never be opened.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory())
      throw Object.assign(new Error("EISDIR: illegal operation on a directory"), { code: "EISDIR" });
    if (!stats.isFile() && !path.startsWith("/dev/")) throw new ReadError("irregular");
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * What can be read from a descriptor, to its end; `expected` is how many bytes that may be.
 * @throws {ReadError} when that is more than `most` bytes
 */
export function readFrom(descriptor: number, most: number, expected = 0): Buffer {
  const parts: Buffer[] = [];
  for (let total = 0; ; ) {
    const wanted = parts.length === 0 ? Math.max(expected, CHUNK_BYTES) : CHUNK_BYTES;
    const part = Buffer.allocUnsafe(Math.min(wanted, most + 1 - total));
    const length = patiently(() => readSync(descriptor, part));
    if (length === 0) return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    total += length;
    if (total > most) throw new ReadError("large");
    parts.push(part.subarray(0, length));
  }
}

/** Tries again as long as a pipe that does not block has no room, or nothing to read. */
export function patiently(transfer: () => number): number {
  for (;;) {
    try {
      return transfer();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
