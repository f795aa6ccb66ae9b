/** Reading files of ours in pieces: what tells one from another, and where one differs from a text to be. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentsOf, differenceOf, isMadeOnDisk, isSame } from "../../src/disk/pieces.ts";
import { headerOf, withHeader } from "../../src/output/header.ts";
import { folderWith } from "../support/cli.ts";

const ORIGIN = { spec: "spec.yaml", arguments: ["spec.yaml"] };

/** A file in a folder that vanishes after the test. */
function scratchFile(): string {
  return join(folderWith({}), "kms.tf");
}

/** A block of ours, with a blank line inside of it; larger than what is compared at once where `size` says so. */
function block(name: string, size = 0): string {
  return `resource "a" "${name}" {\n  b = "${"ä€😀x".repeat(size)}"\n\n  c {\n  }\n}\n`;
}

/** Pages of blocks as they are rendered. */
function pagesOf(blocks: readonly string[], perPage: number): string[] {
  const pages: string[] = [];
  for (let at = 0; at < blocks.length; at += perPage) {
    pages.push(`\n${blocks.slice(at, at + perPage).join("\n")}`);
  }
  return pages;
}

const blocks = fc.array(
  fc
    .tuple(fc.constantFrom(..."abcdefgh"), fc.constantFrom(0, 0, 0, 1, 900, 6_000))
    .map(([name, size]) => block(name, size)),
  { maxLength: 8 },
);

describe("the difference between a file and a text to be", () => {
  test("is whole blocks, with what is equal in front of it and behind it", () => {
    const path = scratchFile();
    const pages = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(blocks, blocks, blocks, blocks, pages, (start, was, is, end, perPage) => {
        const [header = "", ...oldPages] = withHeader(pagesOf([...start, ...was, ...end], 3), ORIGIN);
        const [, ...freshPages] = withHeader(pagesOf([...start, ...is, ...end], perPage), ORIGIN);
        const [oldBody, freshBody] = [oldPages.join(""), freshPages.join("")];
        writeFileSync(path, header + oldBody);
        const { old, fresh, line, ...around } = differenceOf(path, header, freshPages);
        const lines = freshBody.split("\n");
        const [before, behind] = [around.before.join(""), around.behind.join("")];
        const above = lines
          .slice(0, line - header.split("\n").length)
          .map((text) => `${text}\n`)
          .join("");
        expect(above).toBe(before);
        expect(before + fresh + behind).toBe(freshBody);
        expect(before + old + behind).toBe(oldBody);
        for (const text of [old, fresh]) expect(text).toMatch(/^$|^\n*resource [\s\S]*\}\n+$/);
      }),
      { numRuns: 300 },
    );
  });

  test("is small in a large file with one block that differs", () => {
    const path = scratchFile();
    const many = Array.from({ length: 5_000 }, (_, index) => block(`n${index}`, 20));
    const [header = "", ...pages] = withHeader(pagesOf(many, 256), ORIGIN);
    writeFileSync(path, header + pages.join(""));
    const fresh = pagesOf(many.with(2_500, block("other", 20)), 256);
    const difference = differenceOf(path, header, fresh);
    expect(difference.old).toContain(many[2_500]);
    expect(difference.fresh).toContain(block("other", 20));
    expect(difference.old.length + difference.fresh.length).toBeLessThan(100_000);
  });

  test("is what was taken away, put in, or all there is", () => {
    const path = scratchFile();
    const [a, b, c] = ["a", "b", "c"].map((name) => block(name, 6_000));
    const difference = (from: readonly string[], to: readonly string[]) => {
      const [header = "", ...pages] = withHeader(pagesOf(from, 1), ORIGIN);
      writeFileSync(path, header + pages.join(""));
      const { old, fresh } = differenceOf(path, header, pagesOf(to, 1));
      return [old, fresh].map((text) => [...text.matchAll(/resource "a" "(.)"/g)].map(([, name]) => name).join(""));
    };
    expect(difference([a!, b!, c!], [a!, c!])).toEqual(["bc", "c"]);
    expect(difference([a!, c!], [a!, b!, c!])).toEqual(["", "b"]);
    expect(difference([a!, b!], [a!])).toEqual(["b", ""]);
    expect(difference([a!], [a!, b!])).toEqual(["", "b"]);
    expect(difference([], [a!])).toEqual(["", "a"]);
    expect(difference([a!], [])).toEqual(["a", ""]);
  });
});

describe("a file", () => {
  const pieces = withHeader(pagesOf([block("a", 6_000), block("b"), block("c", 9_000)], 1), ORIGIN);
  const text = pieces.join("");

  test("is made of its pieces, and of no others", () => {
    const path = scratchFile();
    writeFileSync(path, text);
    expect(isMadeOnDisk(path, pieces)).toBe(true);
    expect(isMadeOnDisk(path, [text])).toBe(true);
    expect(isMadeOnDisk(path, [...pieces, "x"])).toBe(false);
    expect(isMadeOnDisk(path, [...pieces].slice(0, -1))).toBe(false);
    for (const at of [0, 100, 20_000, text.length - 1]) {
      writeFileSync(path, `${text.slice(0, at)}~${text.slice(at + 1)}`);
      expect(isMadeOnDisk(path, pieces)).toBe(false);
    }
  });

  test("is known by its header and the digest of what follows", () => {
    const path = scratchFile();
    writeFileSync(path, text);
    const { header, digest, isPlain } = contentsOf(path);
    expect(header).toEqual(headerOf(text));
    expect(digest).toBe(header!.digest);
    expect(isPlain).toBe(true);
  });

  test.each([
    ["a changed character", text.replace('"b"', '"d"')],
    ["another header", text.replace("DO NOT EDIT", "DO EDIT")],
    ["a byte order mark", `\ufeff${text}`],
    ["line ends of Windows", text.replaceAll("\n", "\r\n")],
    ["one line end of Windows far behind", text.replace(/\n$/, "\r\n")],
    ["nothing in it", ""],
  ])("is another with %s", (_, other) => {
    const files = folderWith({ "one.tf": text, "other.tf": other, "third.tf": other });
    const [one, two, three] = ["one.tf", "other.tf", "third.tf"].map((name) => contentsOf(join(files, name)));
    expect(isSame(one, two)).toBe(false);
    expect(isSame(two, three)).toBe(true);
    expect(isSame(one, undefined)).toBe(false);
    expect(isSame(undefined, undefined)).toBe(true);
    expect(two!.isPlain && two!.header?.digest === two!.digest).toBe(false);
  });
});
