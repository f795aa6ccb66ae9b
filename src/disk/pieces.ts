/**
 * Reads a file of ours in pieces: its path goes in, what tells it from another, or the part in which it differs from a text to
 * be, comes out. A large file is never in memory as a whole, and nothing is decided here.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { bodyDigest } from "../output/digest.ts";
import { type Header, headerOf } from "../output/header.ts";
import { type Pieces, piecesOf } from "../output/pieces.ts";
import { MAX_TEXT_BYTES, ReadError } from "../read.ts";

/** So many code units of a text are compared at once; each may take three bytes. */
const STEP = 1 << 14;
/** So many bytes of a file are read at once. */
const BLOCK = 3 * STEP;
/** What is read and what it is compared with: made once, since collecting a new one for every step takes 100 MB. */
const found = Buffer.allocUnsafe(BLOCK);
const wanted = Buffer.allocUnsafe(BLOCK);
/** Longer than any header: paths have at most 4 KB. */
const LONGEST_HEADER = BLOCK;
const RETURN = 13;

/** What a file holds, in a few words. */
export interface Contents {
  /** Its header, where it starts with one of ours. */
  readonly header: Header | undefined;
  /** The digest of what follows the header. */
  readonly digest: string;
  /** All its bytes. */
  readonly size: number;
  /** Whether it has neither a byte order mark nor line ends of Windows. */
  readonly isPlain: boolean;
}

/** The blocks between the first and the last place in which two texts differ, and what is equal around them. */
export interface Difference {
  /** The blocks on disk. */
  readonly old: string;
  /** The blocks that are to be there. */
  readonly fresh: string;
  /** The line of both files that they start in, from 1. */
  readonly line: number;
  /** The blocks in front of them, the same in both. */
  readonly before: Pieces;
  /** The blocks behind them, the same in both. */
  readonly behind: Pieces;
}

/** Whether a file holds exactly these pieces, one after the other. */
export function isMadeOnDisk(path: string, pieces: Pieces): boolean {
  return withFile(path, (file) => {
    const { matched, end } = commonStart(file, 0, pieces);
    return matched === pieces.length && readAt(file, end, found.subarray(0, 1)).length === 0;
  });
}

/** @throws {ReadError} when the file is larger than any text can be */
export function contentsOf(path: string): Contents {
  return withFile(path, (file) => {
    const { size } = fstatSync(file);
    if (size > MAX_TEXT_BYTES) throw new ReadError("large", size);
    const start = readAt(file, 0, Buffer.allocUnsafe(LONGEST_HEADER));
    const header = headerOf(start.toString("utf8"));
    const digest = bodyDigest(header?.algorithm);
    let isPlain = start[0] !== 0xef || start[1] !== 0xbb || start[2] !== 0xbf;
    let at = Buffer.byteLength(header?.text ?? "");
    if (start.subarray(0, at).includes(RETURN)) isPlain = false;
    for (;;) {
      const bytes = readAt(file, at, found);
      if (bytes.length === 0) return { header, digest: digest.value(), size, isPlain };
      if (bytes.includes(RETURN)) isPlain = false;
      digest.update(bytes);
      at += bytes.length;
    }
  });
}

/**
 * Where a plain file with `header` differs behind it from `pieces`. Blocks are what blank lines divide, as in every file of
 * ours, and a piece is a sequence of whole blocks.
 */
export function differenceOf(path: string, header: string, pieces: Pieces): Difference {
  return withFile(path, (file) => {
    const { size } = fstatSync(file);
    const bodyStart = Buffer.byteLength(header);
    const start = commonStart(file, bodyStart, pieces);
    const end = commonEnd(file, { from: start.end, to: size }, pieces, start);
    const first = blockBefore(pieces, start);
    const last = blockBehind(pieces, end);
    const part = (index: number, from: number, to?: number) => (pieces.at(index) ?? "").slice(from, to);
    const from = start.end - Buffer.byteLength(part(start.matched, first, start.offset));
    const to = end.start + Buffer.byteLength(part(end.matched, end.offset, last));
    const fresh = piecesOf(Math.max(0, end.matched + 1 - start.matched), (index) => {
      const at = start.matched + index;
      return part(at, index === 0 ? first : 0, at === end.matched ? last : undefined);
    });
    const before = piecesOf(start.matched + 1, (index) => part(index, 0, index === start.matched ? first : undefined));
    const behind = piecesOf(Math.max(1, pieces.length - end.matched), (index) =>
      part(end.matched + index, index === 0 ? last : 0),
    );
    return {
      old: readAt(file, from, Buffer.allocUnsafe(to - from)).toString("utf8"),
      fresh: fresh.join(""),
      get line() {
        return 1 + lineEndsIn([header]) + lineEndsIn(before);
      },
      before,
      behind,
    };
  });
}

/** A place in pieces, and in the file that they are compared with. */
interface Match {
  /** The piece. */
  readonly matched: number;
  /** Code units in it. */
  readonly offset: number;
}

/** How far a file from a byte on holds these pieces; `end` is the byte up to which it does. */
function commonStart(file: number, from: number, pieces: Pieces): Match & { readonly end: number } {
  let end = from;
  let matched = -1;
  for (const piece of pieces) {
    matched += 1;
    for (let offset = 0; offset < piece.length; ) {
      const next = boundary(piece, offset + STEP);
      const length = wanted.write(piece.slice(offset, next));
      if (!holds(file, end, length)) return { matched, offset, end };
      end += length;
      offset = next;
    }
  }
  return { matched: pieces.length, offset: 0, end };
}

/** From where a file up to its end holds the end of these pieces, not going back over what is equal at the start. */
function commonEnd(
  file: number,
  { from, to }: { readonly from: number; readonly to: number },
  pieces: Pieces,
  limit: Match,
): Match & { readonly start: number } {
  let start = to;
  for (let matched = pieces.length - 1; matched >= limit.matched; matched--) {
    const piece = pieces.at(matched)!;
    const lowest = matched === limit.matched ? limit.offset : 0;
    for (let offset = piece.length; offset > lowest; ) {
      const next = Math.max(lowest, boundary(piece, offset - STEP));
      const length = wanted.write(piece.slice(next, offset));
      if (start - length < from || !holds(file, start - length, length)) return { matched, offset, start };
      start -= length;
      offset = next;
    }
  }
  return { ...limit, start };
}

/** Whether a file holds what is wanted at a place. */
function holds(file: number, from: number, length: number): boolean {
  return readAt(file, from, found.subarray(0, length)).equals(wanted.subarray(0, length));
}

/** An offset into a text that divides no character. */
function boundary(text: string, offset: number): number {
  const code = text.charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}

const BLANK_LINE = "\n\n";

/** Where the block starts that a place is in. */
function blockBefore(pieces: Pieces, { matched, offset }: Match): number {
  const piece = pieces.at(matched) ?? "";
  for (let at = offset; ; at -= 1) {
    at = piece.lastIndexOf(BLANK_LINE, at);
    if (at < 0) return 0;
    // A blank line inside of a block is followed by its indented lines.
    if (at + 2 < offset && /\S/.test(piece[at + 2] ?? "")) return at + 2;
    if (at === 0) return 0;
  }
}

/** Where the block ends that a place is in. */
function blockBehind(pieces: Pieces, { matched, offset }: Match): number {
  const piece = pieces.at(matched) ?? "";
  for (let at = piece.indexOf(BLANK_LINE, offset); at >= 0; at = piece.indexOf(BLANK_LINE, at + 1)) {
    if (/\S/.test(piece[at + 2] ?? "")) return at + 2;
  }
  return piece.length;
}

function lineEndsIn(texts: Iterable<string>): number {
  let count = 0;
  for (const text of texts) for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** Whether two files, or one at two times, hold the same. */
export function isSame(one: Contents | undefined, other: Contents | undefined): boolean {
  return one?.header?.text === other?.header?.text && one?.digest === other?.digest && one?.isPlain === other?.isPlain;
}

/** What is made of a file; nothing where the file has gone since it was found, as another run may have removed it. */
export function unlessGone<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function withFile<T>(path: string, use: (file: number) => T): T {
  // A pipe that someone has put in place of the file must not be waited for.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

/** Fills bytes from a place of the file on, and returns those that there are. */
function readAt(file: number, from: number, bytes: Buffer): Buffer {
  let read = 0;
  while (read < bytes.length) {
    const count = readSync(file, bytes, read, bytes.length - read, from + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}
