/**
 * The digest of a generated file's body, by which an edit by hand is seen: text or UTF-8 goes in, part by part, 16 hex digits come
 * out. It is there for people who forget, not against forgers, who could write any digest: so it need not be cryptographic, and
 * `node:crypto`, which loads thirty modules of Node's, is left alone.
 */

/** What digests are made with, today's first. */
export const ALGORITHMS = ["murmur3", "sha256"] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/** Makes the digest of a body that is given part by part. */
export interface BodyDigest {
  update(part: string | Uint8Array): void;
  /** To be asked for once. */
  value(): string;
}

/** A digest to be made with an algorithm; `sha256` is what the first headers had. */
export function bodyDigest(algorithm: Algorithm = ALGORITHMS[0]): BodyDigest {
  if (algorithm === "murmur3") return new Murmur3();
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
  return { update: (part) => void hash.update(part), value: () => hash.digest("hex").slice(0, 16) };
}

/** The seeds of the two halves. */
const SEEDS = [0, 0x9747b28c] as const;

/**
 * MurmurHash3_x86_32 (https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp) with two seeds, one after the other. The
 * two share what is done to the text.
 */
class Murmur3 implements BodyDigest {
  #one: number = SEEDS[0];
  #other: number = SEEDS[1];
  #length = 0;
  /** The last bytes that are no word yet, the first one lowest. */
  #rest = 0;

  update(part: string | Uint8Array): void {
    if (typeof part !== "string") {
      this.#addAll(part);
      return;
    }
    for (let at = 0; at < part.length; ) {
      const end = endOfStep(part, at);
      this.#addAll(encoded.subarray(0, encoded.write(part.slice(at, end))));
      at = end;
    }
  }

  #addAll(bytes: Uint8Array): void {
    const end = bytes.length;
    let at = 0;
    for (; at < end && this.#length % 4 !== 0; at += 1) this.#add(bytes[at]!);
    let one = this.#one;
    let other = this.#other;
    const words = end - ((end - at) % 4);
    this.#length += words - at;
    for (; at < words; at += 4) {
      const word = scrambled(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
      one = next(one, word);
      other = next(other, word);
    }
    this.#one = one;
    this.#other = other;
    for (; at < end; at += 1) this.#add(bytes[at]!);
  }

  #add(byte: number): void {
    const place = this.#length % 4;
    this.#rest |= byte << (8 * place);
    this.#length += 1;
    if (place < 3) return;
    const word = scrambled(this.#rest);
    this.#one = next(this.#one, word);
    this.#other = next(this.#other, word);
    this.#rest = 0;
  }

  value(): string {
    const rest = this.#length % 4 === 0 ? 0 : scrambled(this.#rest);
    return [this.#one, this.#other].map((half) => inHex(final(half ^ rest ^ this.#length))).join("");
  }
}

/** So many code units of a text are encoded at once, each into three bytes at most. */
const STEP = 1 << 13;
/** Where they are encoded: made once, since a new one for each of thousands of pieces takes 10 MB. */
const encoded = Buffer.allocUnsafe(3 * STEP);

/** The end of a step through a text, which divides no surrogate pair. */
function endOfStep(text: string, start: number): number {
  const end = Math.min(start + STEP, text.length);
  const isDividing = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return isDividing ? end - 1 : end;
}

function scrambled(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

function next(half: number, word: number): number {
  const mixed = half ^ word;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function final(half: number): number {
  let mixed = half;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function inHex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, "0");
}
