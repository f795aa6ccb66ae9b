import { chmodSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Diagnostic, SpecError } from "../../src/report/diagnostic.ts";
import { load, MAX_SPEC_BYTES, parse } from "../../src/spec/load.ts";
import { folderWith } from "../support/cli.ts";
import { buildProgram } from "../support/program.ts";

const program = await buildProgram();

function dataOf(text: string): unknown {
  return parse("spec.yaml", Buffer.from(text)).data;
}

/** What is wrong with a text or a file, as data; nothing is an error of the test. */
function problemsOf(read: string | Uint8Array | (() => unknown)): readonly Diagnostic[] {
  try {
    if (typeof read === "function") read();
    else parse("spec.yaml", Buffer.from(read));
  } catch (error) {
    if (error instanceof SpecError) return error.diagnostics;
    throw error;
  }
  throw new Error("nothing is wrong with it");
}

/** `line:column: code: message` of every problem. */
function report(read: string | Uint8Array | (() => unknown)): string[] {
  return problemsOf(read).map(
    ({ position, code, message }) => `${position?.line ?? 0}:${position?.column ?? 0}: ${code}: ${message}`,
  );
}

describe("YAML loads as", () => {
  test.each<[title: string, yaml: string, data: unknown]>([
    ["whole numbers", "[1, +1, -0, 007]", [1, 1, -0, 7]],
    ["a number where an account id lost its leading zero", "012345678901", 12345678901],
    ["text where a number is in quotes", `['1', "012345678901"]`, ["1", "012345678901"]],
    ["octal and hexadecimal numbers, written as YAML 1.2 has them", "[0o14, 0x1F, 0b11, 014]", [12, 31, "0b11", 14]],
    ["fractions and powers", "[1.5, .5, 1., 1e3, 1.5E-1]", [1.5, 0.5, 1, 1000, 0.15]],
    ["text where a number has underscores or colons", "[1_000, 12:30:45]", ["1_000", "12:30:45"]],
    ["infinity", "[.inf, -.Inf]", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ["no number", ".nan", Number.NaN],
    ["dates as text", "[2024-01-02, 2024-01-02T03:04:05Z]", ["2024-01-02", "2024-01-02T03:04:05Z"]],
    ["true and false", "[true, True, TRUE, false]", [true, true, true, false]],
    ["text, not truth values", "[yes, No, on, y, tRUE]", ["yes", "No", "on", "y", "tRUE"]],
    ["nothing", "{ a: , b: ~, c: null, d: Null, e: NULL }", { a: null, b: null, c: null, d: null, e: null }],
    ["text that looks like nothing", "[nULL, nil, 'null', '']", ["nULL", "nil", "null", ""]],
    ["plain text", "a: b c#d e:f # comment", { a: "b c#d e:f" }],
    ["plain text over several lines", "a: one\n  two\n\n  three", { a: "one two\nthree" }],
    ["text in single quotes", "'it''s \\n'", "it's \\n"],
    ["text in double quotes", String.raw`"\t\"\\ \x41\u263a\U0001F600 \e\0"`, '\t"\\ A☺😀 \u001b\0'],
    ["quoted text over several lines", '"one\n  two\\\n  three\n\n  four"', "one twothree\nfour"],
    ["text in a block", "|\n  one\n    two\n\n  three\n", "one\n  two\n\nthree\n"],
    ["text in a block that keeps or drops its last line ends", "a: |+\n  x\n\nb: |-\n  x\n", { a: "x\n\n", b: "x" }],
    ["folded text", ">\n  one\n  two\n\n  three\n", "one two\nthree\n"],
    ["text in a block with an indentation of its own", "a: |2\n   x\n", { a: " x\n" }],
    ["lists and maps in lines and in brackets", "a:\n- b\n-  - c\n-  {d: [e]}\n", { a: ["b", ["c"], { d: ["e"] }] }],
    ["maps in a list in brackets", "[a: 1, b: , c]", [{ a: 1 }, { b: null }, "c"]],
    ["keys without values", "{ a, b: , 'c' }", { a: null, b: null, c: null }],
    ["keys that are numbers, truth values or nothing", "{1: a, true: b, ~: c}", { 1: "a", true: "b", null: "c" }],
    ["keys with a question mark", "? a\n: b\n? c\n", { a: "b", c: null }],
    [
      "values with a tag of YAML's own",
      "[!!str 1, !!int '1', !!bool 'true', !!null '', ! 12]",
      ["1", 1, true, null, "12"],
    ],
    ["aliases", "a: &x { b: &y 1 }\nc: *x\nd: *y\n", { a: { b: 1 }, c: { b: 1 }, d: 1 }],
    ["the last anchor of a name", "[&x 1, *x, &x 2, *x]", [1, 1, 2, 2]],
    [
      "merged maps, in which a key that is there stays",
      "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}",
      { a: { x: 1, y: 2 }, b: { x: 1, y: 3 } },
    ],
    ["merged lists of maps, of which the first wins", "{<<: [{x: 1}, {x: 2, z: 3}]}", { x: 1, z: 3 }],
    ["a key in quotes that is no merge", "{'<<': {x: 1}}", { "<<": { x: 1 } }],
    ["names that objects have by nature", "{constructor: 1, toString: 2}", { constructor: 1, toString: 2 }],
    ["a document with its marks", "%YAML 1.2\n---\na: 1\n...\n", { a: 1 }],
    ["a document with a later version of YAML", "%YAML 1.3\n---\na\n", "a"],
    ["a block right behind the mark", "--- |\n  text\n", "text\n"],
    ["a tab behind a colon, and in an empty line", "a:\t1\n\t\nb: 2\n", { a: 1, b: 2 }],
    ["a byte order mark as nothing", "\ufeffa: 1", { a: 1 }],
    ["CRLF as LF", "a: |\r\n  x\r\n  y\r\nb: 1\r\n", { a: "x\ny\n", b: 1 }],
    ["CR alone as a line end", "a: 1\rb: 2\r", { a: 1, b: 2 }],
    ["characters beyond ASCII", "é: 日本 👩‍👩‍👧 \u2028\u0085", { é: "日本 👩‍👩‍👧 \u2028\u0085" }],
    ["control characters in quotes", `"\u007f\u0080"`, "\u007f\u0080"],
    ["half a character, which the rules find", String.raw`"\ud800"`, "\ud800"],
    ["JSON", '{"a": [1, "b\\/", null, true], "c": {}}', { a: [1, "b/", null, true], c: {} }],
    [
      "fifty levels of nesting",
      "[".repeat(50) + "]".repeat(50),
      Array.from({ length: 49 }).reduce<unknown>((inner) => [inner], []),
    ],
    ["a very long line", `a: ${"x".repeat(1_000_000)}`, { a: "x".repeat(1_000_000) }],
  ])("%s", (_, yaml, data) => {
    expect(dataOf(yaml)).toEqual(data);
  });

  test("a key __proto__ of its own, which changes nothing else", () => {
    const data = dataOf("__proto__: { polluted: true }") as object;
    expect(Object.keys(data)).toEqual(["__proto__"]);
    expect("polluted" in data || "polluted" in {}).toBe(false);
  });
});

describe("what is no spec is reported with its place", () => {
  const SYNTAX = "spec-syntax: this is not valid YAML:";

  test.each<[title: string, yaml: string, ...report: string[]]>([
    ["nothing at all", "", "0:0: spec-empty: the spec is empty"],
    ["blank lines", " \n\n", "0:0: spec-empty: the spec is empty"],
    ["comments only", "# a\n# b: c\n", "0:0: spec-empty: the spec is empty"],
    ["marks only", "---\n...\n", "0:0: spec-empty: the spec is empty"],
    ["a byte order mark only", "\ufeff", "0:0: spec-empty: the spec is empty"],
    ...[
      ["two documents", "a: 1\n---\nb: 2\n", "2:1"],
      ["two documents with a mark each", "---\na: 1\n--- # two\nb: 2\n", "3:1"],
      ["two documents below a comment and a directive", "# x\n%YAML 1.2\n---\na: 1\n---\nb: 2\n", "5:1"],
      ["two empty documents", "---\n---\n", "2:1"],
      ["a document behind an end mark", "a: 1\n...\nb: 2\n", "2:1"],
      ["two documents behind many blank lines", `${"\n".repeat(60)}a: 1\n---\nb: 2\n`, "62:1"],
      ["two documents behind many comments", `${"# x\n".repeat(60)}a: 1\n---\nb: 2\n`, "62:1"],
    ].map(([title, yaml, place]): [string, string, string] => [
      title!,
      yaml!,
      `${place}: spec-several-documents: the spec holds several YAML documents, it may hold one`,
    ]),
    ["a tab in the indentation", "a:\n\tb: 1\n", `2:1: ${SYNTAX} tab characters must not be used in indentation`],
    ["a bracket that is never closed", "a: [1, 2\nb: 3\n", `2:1: ${SYNTAX} deficient indentation`],
    [
      "a bracket that is never closed, at the end",
      "a: [1, 2",
      `1:9: ${SYNTAX} unexpected end of the stream within a flow collection`,
    ],
    ["a quote that is never closed", "a: 'x\nb: 3\n", `2:1: ${SYNTAX} deficient indentation`],
    ["a colon in a plain text", "a: b: c\n", `1:5: ${SYNTAX} bad indentation of a mapping entry`],
    [
      "a wrong indentation",
      "a:\n    b: 1\n  c: 2\n",
      `3:3: ${SYNTAX} the line starts with 2 spaces, which fits no line above it`,
    ],
    ["a list and a map in one", "- a\nb: 1\n", `2:1: ${SYNTAX} end of the stream or a document separator is expected`],
    ["an escape that there is not", 'a: "\\q"\n', `1:6: ${SYNTAX} unknown escape sequence`],
    ["a reserved character", "a: @b\n", `1:4: ${SYNTAX} bad indentation of a mapping entry`],
    ["a tag of the user's own", "a: !custom x\n", `1:4: ${SYNTAX} a YAML tag (!name) that a spec has no use for`],
    [
      "a tag that is for more than text",
      "a: !!binary aGk=\n",
      `1:4: ${SYNTAX} a YAML tag (!name) that a spec has no use for`,
    ],
    ["a tag that does not fit", "a: !!int x\n", `1:4: ${SYNTAX} a YAML tag (!name) that does not fit`],
    [
      "an alias without an anchor",
      "a: *b\n",
      `1:5: ${SYNTAX} an alias (*name) of an anchor that is not defined before it`,
    ],
    [
      "a merge of no map",
      "a: {<<: 1}\n",
      `1:5: ${SYNTAX} cannot merge mappings; the provided source object is unacceptable`,
    ],
    ["a list as a key", "? [a, b]\n: c\n? [d]\n: c\n", `1:1: ${SYNTAX} a list or a map as a key`],
    ["a null byte", "a: \0\n", `1:4: ${SYNTAX} null byte is not allowed in input`],
    ["a control character", "a: \u0007\n", `1:4: ${SYNTAX} the stream contains non-printable characters`],
    ["a version of YAML to come", "%YAML 2.0\n---\na\n", `2:1: ${SYNTAX} unacceptable YAML version of the document`],
    ["100,000 open brackets", "[".repeat(100_000), `1:100: ${SYNTAX} more than 100 levels of nesting`],
    ["100,000 open maps", "{a: ".repeat(100_000), `1:394: ${SYNTAX} more than 100 levels of nesting`],
    ["100,000 lists in lists", "- ".repeat(100_000), `1:201: ${SYNTAX} more than 100 levels of nesting`],
  ])("%s", (_, yaml, ...expected) => {
    expect(report(yaml)).toEqual(expected);
    expect(report(yaml.replace(/(?<!\r)\n/g, "\r\n"))).toEqual(expected);
  });

  const BOMB = "excessive-aliases: the aliases (*name) of this spec multiply to millions of values";

  test.each([
    ["an alias inside what it stands for", "a: &a [*a]", "1:8"],
    ["an alias inside the map that it stands for", "a: &a { b: *a }", "1:12"],
    ["a merge of a map with itself", "a: &a { <<: *a, b: 1 }", "1:13"],
    ["aliases of aliases of aliases", laughs((name) => `[${`*${name}, `.repeat(10)}]`), "8:8"],
    [
      "merges of merges of merges",
      laughs((name) => `{${Array.from({ length: 10 }, (_, i) => `k${i}: *${name}`).join(", ")}}`),
      "8:12",
    ],
  ])("%s is refused with the place of the alias that is too much", (_, yaml, place) => {
    expect(report(yaml)).toEqual([`${place}: ${BOMB}`]);
  });

  test("100,000 aliases of a text are no bomb", () => {
    expect(dataOf(`a: &a x\nb: [${"*a, ".repeat(100_000)}]`)).toMatchObject({ a: "x" });
  });

  test("every key that is twice, wherever it does, with the place of the first", () => {
    const yaml = `keys: { c: 1, "c": 2 }
keys: {}
regions:
  - { e: 1, e: 2, e: 3 }
  - f:
      g: 1
      'g': 2
outputs:
  1: x
  "1": y
`;
    const first = (line: number, column: number) =>
      `It is first defined at line ${line}, column ${column}. Keep one of the two.`;
    expect(
      problemsOf(yaml).map(({ position, message, hint }) => [position?.line, position?.column, message, hint]),
    ).toEqual([
      [1, 15, 'the key "c" is defined twice in one map', first(1, 9)],
      [2, 1, 'the key "keys" is defined twice in one map', first(1, 1)],
      [4, 13, 'the key "e" is defined twice in one map', first(4, 7)],
      [4, 19, 'the key "e" is defined twice in one map', first(4, 7)],
      [7, 7, 'the key "g" is defined twice in one map', first(6, 7)],
      [10, 3, 'the key "1" is defined twice in one map', first(9, 3)],
    ]);
  });

  test("a key that is twice does not hide another mistake", () => {
    expect(report("outputs: !x true\nkeys: {}\nkeys: {}\n")).toEqual([
      `1:10: ${SYNTAX} a YAML tag (!name) that a spec has no use for`,
      '3:1: duplicate-key: the key "keys" is defined twice in one map',
    ]);
  });

  test.each<[title: string, bytes: Uint8Array, message: string]>([
    ["UTF-16, little end first", Buffer.from("\ufeffa: 1", "utf16le"), "the spec is UTF-16, a spec is UTF-8"],
    ["UTF-16, big end first", Buffer.from("\ufeffa: 1", "utf16le").swap16(), "the spec is UTF-16, a spec is UTF-8"],
    ["Latin-1", Buffer.from("a: é", "latin1"), "the spec is not UTF-8"],
    ["half a character at the end", Buffer.from("a: é").subarray(0, -1), "the spec is not UTF-8"],
    ["a character in more bytes than it needs", Buffer.from([0x61, 0x3a, 0x20, 0xc0, 0x80]), "the spec is not UTF-8"],
    ["half a surrogate pair", Buffer.from([0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80]), "the spec is not UTF-8"],
  ])("%s", (_, bytes, message) => {
    expect(report(bytes)).toEqual([`0:0: spec-not-utf8: ${message}`]);
  });
});

/** Nine levels, each of which holds ten of the level before. */
function laughs(of: (name: string) => string): string {
  const names = [..."abcdefghi"];
  return names.map((name, level) => `${name}: &${name} ${level === 0 ? "{ x: y }" : of(names[level - 1]!)}\n`).join("");
}

describe("a file", () => {
  test("is read as the bytes that it has, under the path that it was given", () => {
    const path = join(folderWith({ "spec.yaml": "\ufeffa: é\n" }), "spec.yaml");
    expect(load(path)).toMatchObject({ path, text: "a: é\n", data: { a: "é" } });
  });

  test.each<[title: string, name: string, report: string]>([
    ["that is not there", "nope.yaml", "spec-not-found: there is no such file"],
    ["below another file", "spec.yaml/spec.yaml", "spec-not-found: there is no such file"],
    ["that is a folder", "folder", "spec-is-a-folder: this is a folder, a spec is a file"],
    ["with a name that is too long", "x".repeat(300), "spec-unreadable: the file cannot be read: ENAMETOOLONG"],
  ])("%s is reported", (_, name, expected) => {
    const folder = folderWith({ "spec.yaml": "" });
    mkdirSync(join(folder, "folder"));
    expect(report(() => load(join(folder, name)))).toEqual([`0:0: ${expected}`]);
  });

  test.runIf(process.getuid?.() === 0)("that may not be read is reported", () => {
    const folder = folderWith({ "spec.yaml": "" });
    chmodSync(folder, 0o755);
    chmodSync(join(folder, "spec.yaml"), 0o600);
    const { code, stderr } = program.run(["spec.yaml"], { cwd: folder, uid: 65534 });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "spec.yaml: error: the file cannot be read: EACCES [spec-unreadable]\n",
    });
  });

  test.each([
    [MAX_SPEC_BYTES + 1, "32.0 MB"],
    [5 * 1024 ** 3, "5120.0 MB"],
  ])("of %d bytes is refused without being read", (size, shown) => {
    const path = join(folderWith({ "spec.yaml": "" }), "spec.yaml");
    truncateSync(path, size);
    expect(report(() => load(path))).toEqual([`0:0: spec-too-large: the spec has ${shown}, at most 32 MB are read`]);
  });

  test("of 32 MB is read, larger input from elsewhere is not", () => {
    const largest = Buffer.alloc(MAX_SPEC_BYTES, "#");
    largest.write("a: 1\n");
    expect(parse("spec.yaml", largest).data).toEqual({ a: 1 });
    const larger = Buffer.concat([largest, Buffer.from("#")]);
    expect(report(larger)).toEqual(["0:0: spec-too-large: the spec has 32.0 MB, at most 32 MB are read"]);
  });

  test("that something else reads is reported under its name, and a bug stays a bug", () => {
    const failing = (error: Error) => () => {
      throw error;
    };
    const io = Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
    expect(problemsOf(() => load("standard input", failing(io)))).toMatchObject([
      { file: "standard input", code: "spec-unreadable", message: "the file cannot be read: EIO" },
    ]);
    expect(() => load("standard input", failing(new TypeError("a bug")))).toThrow(TypeError);
  });

  test("is read again after it has changed", () => {
    const path = join(folderWith({ "spec.yaml": "1" }), "spec.yaml");
    expect(load(path).data).toBe(1);
    writeFileSync(path, "2");
    expect(load(path).data).toBe(2);
  });
});

describe("the place of", () => {
  type Path = readonly (string | number)[];

  // What is in «» is pointed at; columns count UTF-16 units.
  test.each<[title: string, yaml: string, path: Path, part?: "key" | "value"]>([
    ["a plain text", "a: b\nc: «some text» # comment\n", ["c"]],
    ["a key", "a: b\n«c»: d\n", ["c"], "key"],
    ["a key in quotes", `a: b\n«"c"»: d\n`, ["c"], "key"],
    ["a text in quotes, with its quotes", `a: «'it''s'»\n`, ["a"]],
    ["an empty text in quotes", `a: «""»\n`, ["a"]],
    ["a text over several lines, of which the first is pointed at", "a: «one»\n  two\n", ["a"]],
    ["a quoted text over several lines", 'a: «"one»\n  two"\n', ["a"]],
    ["a block, at its mark", "a: «|-»\n  one\n  two\nb: 1\n", ["a"]],
    ["a block with a comment behind its mark", "a: «> # b | c»\n  one\n", ["a"]],
    ["what is behind a block", "a: |\n  one\nb: «1»\n", ["b"]],
    ["nothing, at its key", "«a»:\nb: 1\n", ["a"]],
    ["nothing with a tag", "a: «!!null»\nb: 1\n", ["a"]],
    ["a map, at its first key", "a:\n  «b: c»\n  d: e\n", ["a"]],
    ["a map in brackets", "a: «{ b: c» }\n", ["a"]],
    ["a list, at its first dash", "a:\n  «- b»\n  - c\n", ["a"]],
    ["a list in brackets", "a: «[b, c»]\n", ["a"]],
    ["an item of a list", "a:\n  - b\n  - «c»\n", ["a", 1]],
    ["an item of a list in brackets", "a: [b, «c»]\n", ["a", 1]],
    ["an item that is nothing, at its dash", "a:\n  «-»\n  - c\n", ["a", 0]],
    ["a later item that is nothing", "a:\n  - b # - x\n  # - y\n  «-»\n", ["a", 1]],
    ["a map in a list", "a:\n  - b\n  - «c: d»\n", ["a", 1]],
    ["a value deep down", "a: { b: [ { c: «d» } ] }\n", ["a", "b", 0, "c"]],
    ["an alias", "a: &x b\nc: «*x»\n", ["c"]],
    ["what an alias stands for, at the alias", "a: &x { b: c }\nd: «*x»\n", ["d", "b"]],
    ["a value with an anchor", "a: &x «b»\n", ["a"]],
    ["a value with a tag", "a: !!str «b»\n", ["a"]],
    ["a merged key, at the key of the map that has it", "a: &x { b: c }\n«d»: { <<: *x }\n", ["d", "b"]],
    ["a key that is missing, at the key of the map that lacks it", "«a»: { b: c }\n", ["a", "z"]],
    ["a key that is missing at the top, at the top", "«a: { b: c» }\n", ["z"]],
    ["the long form of a short one, at the short one", "a: «b»\n", ["a", "name"]],
    ["the whole, at its start", "# comment\n«a: b»\n", []],
    ["a key with a question mark", "? «a»\n: b\n", ["a"], "key"],
    ["a value behind astral characters", `{ "😀": «"𝒳"» }\n`, ["😀"]],
    ["a value behind a tab", "a:\t«b»\n", ["a"]],
    ["the first of two equal keys' paths", "a: { b: «1» }\nc: { b: 2 }\n", ["a", "b"]],
    ["a key that is a number", "a: { 1: «b» }\n", ["a", "1"]],
    ["a value in a document with marks", "%YAML 1.2\n---\na: «b»\n", ["a"]],
  ])("%s", (_, marked, path, part) => {
    for (const text of [marked, marked.replaceAll("\n", "\r\n")]) {
      const start = text.indexOf("«");
      const end = text.indexOf("»") - 1;
      const yaml = text.replace(/[«»]/g, "");
      const { line, column, length } = parse("spec.yaml", Buffer.from(yaml)).positionOf(path, part);
      expect({ line, column, length }).toEqual({
        line: yaml.slice(0, start).split("\n").length,
        column: start - yaml.lastIndexOf("\n", start - 1),
        length: Math.max(1, end - start),
      });
    }
  });

  test("anything has the text of its line, without the line end", () => {
    const source = parse("spec.yaml", Buffer.from("regions:\r\n  primary: eu-central-1\r\nversion: 1"));
    expect(source.positionOf(["regions", "primary"]).lineText).toBe("  primary: eu-central-1");
    expect(source.positionOf(["version"]).lineText).toBe("version: 1");
  });
});
