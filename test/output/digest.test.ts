import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bodyDigest } from "../../src/output/digest.ts";

function digestOf(...parts: readonly (string | Uint8Array)[]): string {
  const digest = bodyDigest();
  for (const part of parts) digest.update(part);
  return digest.value();
}

describe("the digest of a body", () => {
  // Of the reference implementation with the seeds 0 and 0x9747b28c, as its authors' and others' tests have them.
  test.each([
    ["", "00000000ebb6c228"],
    ["test", "ba6bd213704b81dc"],
    ["Hello, world!", "c0363e4324884cba"],
    ["The quick brown fox jumps over the lazy dog", "2e4ff7232fa826cd"],
  ])("of %j is that of MurmurHash3", (text, expected) => {
    expect(digestOf(text)).toBe(expected);
  });

  test("is of the bytes, in whatever parts they come", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), (parts) => {
        expect(digestOf(...parts)).toBe(digestOf(Buffer.concat(parts)));
      }),
    );
    for (const length of [0, 1, 8190, 8191, 8192, 8193, 50_000]) {
      for (const character of ["a", "é", "日", "\u{1f600}"]) {
        const text = `${"x".repeat(length)}${character.repeat(9000)}`;
        expect(digestOf(text)).toBe(digestOf(Buffer.from(text)));
      }
    }
    expect(digestOf("é", "\u{1f600}")).toBe(digestOf(Buffer.from("é\u{1f600}")));
  });

  test("tells apart what differs in one bit", () => {
    const body = Buffer.from('resource "aws_kms_key" "main_sm" {\n  multi_region = true\n}\n');
    const digests = Array.from({ length: body.length * 8 }, (_, bit) => {
      const other = Buffer.from(body);
      other[bit >> 3]! ^= 1 << (bit & 7);
      return digestOf(other);
    });
    expect(new Set([digestOf(body), ...digests]).size).toBe(1 + digests.length);
  });
});
