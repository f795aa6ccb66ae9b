/**
 * Reads parts of a JSON text of any size: bytes come in, in pieces, and what a shape names goes out. Whatever the shape does
 * not name is skipped as bytes: it is never decoded, never kept, and takes no memory.
 */

/** The value itself, with everything in it. */
export const WHOLE = Symbol("whole");

/** Only whether there is a value: true, or false for null. The value is not decoded. */
export const PRESENT = Symbol("present");

/** Stands for the keys of an object that its shape does not name. */
export const ANY_KEY = Symbol("any key");

/**
 * What is to be read: a value, the named members of an object, or the elements of an array. A number, true, false or null in
 * place of an object or an array is read as it is; a text, or a list where an object is expected, is left out.
 */
export type Shape = typeof WHOLE | typeof PRESENT | Members | Elements;

export interface Members {
  readonly [key: string]: Shape;
  readonly [ANY_KEY]?: Shape;
}

/** The elements of an array, kept as an array, or handed over one by one and not kept. */
export class Elements {
  readonly of: Shape;
  readonly each: ((element: unknown) => void) | undefined;

  constructor(of: Shape, each?: (element: unknown) => void) {
    this.of = of;
    this.each = each;
  }
}

/** The text is not JSON, or ends too early. `offset` counts bytes from the start. */
export class JsonError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "JsonError";
    this.offset = offset;
  }
}

interface JsonReader {
  /** The next piece of the text, cut anywhere. Throws a `JsonError` as soon as the text cannot be JSON. */
  feed(bytes: Uint8Array): void;
  /** What the shape asked for. Throws a `JsonError` when the text is not complete. */
  end(): unknown;
}

/** An object or an array that is being read. */
interface Frame {
  readonly shape: Members | Elements;
  readonly value: Record<string, unknown> | unknown[];
  readonly isArray: boolean;
  /** What it is in. */
  readonly outer: Frame | undefined;
  key: string;
  isEmpty: boolean;
}

type Step = "value" | "key or end" | "key" | "colon" | "comma or end" | "done";

/** What a value that is scanned is for. */
type Use = "key" | "parse" | "present" | "nothing";

const [TAB, NEWLINE, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const LETTER_N = 0x6e;

/** Bytes that a number, true, false or null begins with, and those that end one. */
const IS_SCALAR = tableOf("-0123456789ntf");
const ENDS_SCALAR = tableOf(',"[]{} \t\r\n');

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters)) table[byte] = 1;
  return table;
}

/** A reader for one text, in UTF-8 or, as PowerShell redirects it, in UTF-16. */
export function jsonReader(shape: Shape): JsonReader {
  const reader = new Reader(shape);
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let head: Uint8Array | undefined = new Uint8Array();
  const forward = (bytes: Uint8Array) => {
    if (decoder === undefined) reader.feed(bytes);
    else reader.feed(Buffer.from(decoder.decode(bytes, { stream: true })));
  };
  /** The mark at the start tells the encoding; it is no part of the text. */
  const begin = (bytes: Uint8Array) => {
    const [first, second, third] = bytes;
    head = undefined;
    if (first === 0xff && second === 0xfe) decoder = new TextDecoder("utf-16le");
    forward(first === 0xef && second === 0xbb && third === 0xbf ? bytes.subarray(3) : bytes);
  };
  return {
    feed(bytes) {
      if (head === undefined) forward(bytes);
      else {
        head = Buffer.concat([head, bytes]);
        if (head.length >= 3) begin(head);
      }
    },
    end() {
      if (head !== undefined) begin(head);
      return reader.end();
    },
  };
}

class Reader implements JsonReader {
  readonly #shape: Shape;
  #frame: Frame | undefined;
  #result: unknown;
  #step: Step = "value";
  /** The length of the pieces before this one. */
  #before = 0;
  /** The bytes of this piece as characters, for regular expressions: those are fast from the first byte on. */
  #text = "";
  /** The value that goes on in the next piece, if one does. */
  #scan: Scan | undefined;

  constructor(shape: Shape) {
    this.#shape = shape;
  }

  feed(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = piece.toString("latin1");
    let at = 0;
    while (at < piece.length) at = this.#scan ? this.#resume(this.#scan, piece, at, at) : this.#advance(piece, at);
    this.#before += piece.length;
  }

  end(): unknown {
    // Nothing but the end of the text ends a number that is all of it.
    if (this.#scan?.isScalar && this.#frame === undefined) this.#finish(this.#scan, Buffer.alloc(0), 0, 0);
    if (this.#step !== "done") throw new JsonError(this.#before === 0 ? "is empty" : "ends too early", this.#before);
    return this.#result;
  }

  /** One byte between values, or the start of a value. Returns where to go on. */
  #advance(bytes: Buffer, at: number): number {
    const byte = bytes[at]!;
    if (byte === SPACE || byte === NEWLINE || byte === RETURN || byte === TAB) return at + 1;
    const frame = this.#frame;
    const step = this.#step;
    if (step === "comma or end" && byte === COMMA) this.#step = frame!.isArray ? "value" : "key";
    else if (frame !== undefined && isEnd(frame, step, byte)) this.#pop(frame);
    else if (step === "value") return this.#open(bytes, at, frame);
    else if ((step === "key" || step === "key or end") && byte === QUOTE) {
      return this.#resume(newScan("key", byte, this.#before + at), bytes, at, at + 1);
    } else if (step === "colon" && byte === COLON) this.#step = "value";
    else throw new JsonError("is not JSON", this.#before + at);
    return at + 1;
  }

  #open(bytes: Buffer, at: number, frame: Frame | undefined): number {
    const byte = bytes[at]!;
    if (frame) frame.isEmpty = false;
    const shape = frame === undefined ? this.#shape : shapeIn(frame);
    const isArray = byte === OPEN_ARRAY && shape instanceof Elements;
    if (isArray || (byte === OPEN_OBJECT && typeof shape === "object" && !(shape instanceof Elements))) {
      this.#frame = { shape, value: isArray ? [] : Object.create(null), isArray, key: "", isEmpty: true, outer: frame };
      this.#step = isArray ? "value" : "key or end";
      return at + 1;
    }
    if (IS_SCALAR[byte] === 0 && byte !== OPEN_OBJECT && byte !== OPEN_ARRAY && byte !== QUOTE) {
      throw new JsonError("is not JSON", this.#before + at);
    }
    return this.#resume(newScan(useOf(shape, byte), byte, this.#before + at), bytes, at, at + 1);
  }

  #pop({ value, outer }: Frame): void {
    this.#frame = outer;
    this.#deliver(value);
  }

  /** Goes on with a value whose bytes in this piece begin at `from`, and of which those before `at` are known. */
  #resume(scan: Scan, bytes: Buffer, from: number, at: number): number {
    const end = scan.isScalar ? scalarEnd(bytes, at) : compositeEnd(scan, this.#text, at);
    if (end !== undefined) {
      this.#finish(scan, bytes, from, end);
      return end;
    }
    // A copy, because the piece may be overwritten by the next one.
    if (scan.use === "key" || scan.use === "parse") scan.earlier.push(Buffer.from(bytes.subarray(from)));
    this.#scan = scan;
    return bytes.length;
  }

  /** The value ends at `end` of this piece. */
  #finish(scan: Scan, bytes: Buffer, from: number, end: number): void {
    this.#scan = undefined;
    if (scan.use === "key") {
      this.#frame!.key = decoded(scan, bytes, from, end) as string;
      this.#step = "colon";
    } else if (scan.use === "parse") this.#deliver(decoded(scan, bytes, from, end));
    else this.#deliver(scan.use === "present" ? scan.first !== LETTER_N : undefined);
  }

  /** A value has been read: it goes into the object or the array that it is in, or it is all there is. */
  #deliver(value: unknown): void {
    const frame = this.#frame;
    this.#step = frame === undefined ? "done" : "comma or end";
    if (frame === undefined) this.#result = value;
    else if (!frame.isArray) {
      if (value !== undefined) (frame.value as Record<string, unknown>)[frame.key] = value;
    } else if (frame.shape instanceof Elements && frame.shape.each) frame.shape.each(value);
    else (frame.value as unknown[]).push(value);
  }
}

function isEnd({ isArray, isEmpty }: Frame, step: Step, byte: number): boolean {
  if (byte === CLOSE_OBJECT) return !isArray && (step === "comma or end" || step === "key or end");
  return byte === CLOSE_ARRAY && isArray && (step === "comma or end" || isEmpty);
}

/** A value that is gone over without being read, in as many pieces as it comes. */
interface Scan {
  readonly use: Use;
  readonly first: number;
  /** Where it starts in the whole text. */
  readonly offset: number;
  readonly isScalar: boolean;
  /** What earlier pieces had of it, if it is wanted. */
  readonly earlier: Buffer[];
  depth: number;
  isText: boolean;
  isEscaped: boolean;
  /** Whether it holds an escape. */
  isCoded: boolean;
}

function newScan(use: Use, first: number, offset: number): Scan {
  const depth = first === OPEN_ARRAY || first === OPEN_OBJECT ? 1 : 0;
  const [isScalar, isText] = [IS_SCALAR[first] === 1, first === QUOTE];
  return { use, first, offset, isScalar, earlier: [], depth, isText, isEscaped: false, isCoded: false };
}

const ASCII = /^[ -~]*$/;

function decoded({ first, isCoded, earlier, offset }: Scan, bytes: Buffer, from: number, end: number): unknown {
  // Most of what is wanted is a short text: to cut it out takes a third of the time that JSON.parse takes.
  if (first === QUOTE && !isCoded && earlier.length === 0) {
    const text = bytes.toString("latin1", from + 1, end - 1);
    if (ASCII.test(text)) return text;
  }
  try {
    return JSON.parse(Buffer.concat([...earlier, bytes.subarray(from, end)]).toString());
  } catch {
    throw new JsonError("is not JSON", offset);
  }
}

function useOf(shape: Shape | undefined, first: number): Use {
  if (shape === undefined) return "nothing";
  if (shape === PRESENT) return "present";
  return shape === WHOLE || IS_SCALAR[first] === 1 ? "parse" : "nothing";
}

function shapeIn({ shape, key }: Frame): Shape | undefined {
  if (shape instanceof Elements) return shape.of;
  return Object.hasOwn(shape, key) ? shape[key] : shape[ANY_KEY];
}

/** Where a number, true, false or null ends, if it does in this piece. */
function scalarEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at < bytes.length; at++) if (ENDS_SCALAR[bytes[at]!] === 1) return at;
  return undefined;
}

/** What the scan stops at, outside of a text and in one. */
const OUTSIDE = /["[\]{}]/g;
const INSIDE = /["\\]/g;

/** Where a text, an object or an array ends, if it does in this piece. */
function compositeEnd(scan: Scan, text: string, from: number): number | undefined {
  let { depth, isText } = scan;
  let at = scan.isEscaped ? from + 1 : from;
  scan.isEscaped = false;
  while (at < text.length) {
    const stops = isText ? INSIDE : OUTSIDE;
    stops.lastIndex = at;
    if (!stops.test(text)) break;
    at = stops.lastIndex;
    const byte = text.charCodeAt(at - 1);
    if (byte === BACKSLASH) {
      scan.isCoded = true;
      scan.isEscaped = at === text.length;
      at++;
      continue;
    }
    if (byte === QUOTE) isText = !isText;
    else depth += byte === OPEN_ARRAY || byte === OPEN_OBJECT ? 1 : -1;
    if (depth === 0 && !isText) return at;
  }
  Object.assign(scan, { depth, isText });
  return undefined;
}
