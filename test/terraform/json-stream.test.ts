import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ANY_KEY,
  Elements,
  JsonError,
  jsonReader,
  PRESENT,
  type Shape,
  WHOLE,
} from "../../src/terraform/json-stream.ts";

/** Reads a text in pieces of the given sizes, over and over. */
function read(text: string | Uint8Array, shape: Shape, sizes: readonly number[] = [1 << 20]): unknown {
  const reader = jsonReader(shape);
  const bytes = Buffer.from(text);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    // A piece of its own, which is overwritten: what is read may not depend on it afterwards.
    const piece = Buffer.from(bytes.subarray(at, at + size));
    reader.feed(piece);
    piece.fill(0x78);
    at += size;
  }
  return reader.end();
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value ?? null));

describe("a shape", () => {
  const text = `{ "a": [1, {"b": "x\\"}]", "c": null}, []], "secret": {"deep": ["hidden"]}, "d": {"k1": {"v": true}, "k2": {"v": -1.5e3}}, "e": "text" }`;

  test.each<[what: string, shape: Shape, expected: unknown]>([
    ["takes a value whole", WHOLE, JSON.parse(text)],
    ["takes what it names and leaves out the rest", { e: WHOLE }, { e: "text" }],
    ["leaves out what is not there", { none: WHOLE, e: WHOLE }, { e: "text" }],
    [
      "asks only whether there is a value",
      { a: new Elements({ b: PRESENT, c: PRESENT }) },
      { a: [1, { b: true, c: false }, null] },
    ],
    ["names every key of an object", { d: { [ANY_KEY]: { v: WHOLE } } }, { d: { k1: { v: true }, k2: { v: -1500 } } }],
    [
      "prefers a key that it names",
      { d: { k1: { v: PRESENT }, [ANY_KEY]: { v: WHOLE } } },
      { d: { k1: { v: true }, k2: { v: -1500 } } },
    ],
    ["leaves out a text where it expects an object", { e: { x: WHOLE } }, {}],
    ["leaves out an object where it expects a list", { d: new Elements(WHOLE) }, {}],
  ])("%s", (_, shape, expected) => {
    expect(plain(read(text, shape))).toEqual(plain(expected));
  });

  test("may name itself", () => {
    const node: Record<string, Shape> = { name: WHOLE };
    node.children = new Elements(node);
    const tree = {
      name: "a",
      x: 1,
      children: [
        { name: "b", children: [] },
        { name: "c", y: {}, children: [{ name: "d" }] },
      ],
    };
    expect(plain(read(JSON.stringify(tree), node))).toEqual({
      name: "a",
      children: [
        { name: "b", children: [] },
        { name: "c", children: [{ name: "d" }] },
      ],
    });
  });

  test("hands elements over one by one, in order, and does not keep them", () => {
    const seen: unknown[] = [];
    const shape = { list: new Elements({ n: WHOLE }, (element) => seen.push(plain(element))) };
    expect(plain(read(`{"list": [{"n": 1}, {"n": 2, "m": 3}], "after": 0}`, shape, [3]))).toEqual({ list: [] });
    expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test("does not take what objects have by nature for members", () => {
    expect(plain(read(`{"constructor": 1, "toString": 1, "__proto__": {"x": 2}}`, {}))).toEqual({});
    const whole = read(`{"__proto__": {"x": 2}}`, { [ANY_KEY]: WHOLE }) as object;
    expect(Object.keys(whole)).toEqual(["__proto__"]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

test("any JSON is read as JSON.parse reads it, wherever its pieces are cut", () => {
  const shapes = fc.letrec<{ shape: Shape }>((tie) => ({
    shape: fc.oneof(
      { maxDepth: 4 },
      fc.constant(WHOLE),
      fc.constant(PRESENT),
      tie("shape").map((of) => new Elements(of)),
      fc.dictionary(fc.constantFrom("a", "b", "\u00e9", 'q"\\'), tie("shape")),
    ),
  })).shape;
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false, 0, -1.5, 1e21, "", "a", '"', "\\", '\\"', "]}", "\u{1f511}\n\u0000"),
      fc.array(tie("value")),
      fc.dictionary(fc.constantFrom("a", "b", "\u00e9", 'q"\\', "c"), tie("value")),
    ),
  })).value;
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(values, shapes, sizes, fc.constantFrom(undefined, 1, "\t"), (value, shape, cuts, indent) => {
      expect(plain(read(JSON.stringify(value, null, indent), shape, cuts))).toEqual(plain(picked(value, shape)));
    }),
    { numRuns: Number(process.env.MRK_SCAFFOLD_RUNS ?? 500) },
  );
});

/** What a shape takes of a value, said once more without a reader. */
function picked(value: unknown, shape: Shape | undefined): unknown {
  if (shape === undefined) return undefined;
  if (shape === WHOLE) return value;
  if (shape === PRESENT) return value !== null;
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (shape instanceof Elements)
    return Array.isArray(value) ? value.map((one) => picked(one, shape.of) ?? null) : undefined;
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      picked(member, Object.hasOwn(shape, key) ? shape[key] : undefined),
    ]),
  );
}

describe("a text", () => {
  test.each<[what: string, text: string | Uint8Array]>([
    ["a byte order mark", Buffer.from(`\ufeff{"a": "\u00e9"}`)],
    ["the UTF-16 of PowerShell", Buffer.from(`\ufeff{"a": "\u00e9"}`, "utf16le")],
    ["blanks around it", `\r\n\t {"a" : "\u00e9"}\n\n`],
  ])("may have %s", (_, text) => {
    for (const size of [1, 2, 5, 100]) expect(plain(read(text, { a: WHOLE }, [size]))).toEqual({ a: "\u00e9" });
  });

  test.each(["{}", "[]", "1", "null", '"text"', "[[]]", '{"a":{}}'])("may be %s", (text) => {
    for (const size of [1, 100]) expect(read(text, WHOLE, [size])).toEqual(JSON.parse(text));
  });

  test.each<[what: string, text: string, offset: number]>([
    ["nothing", "", 0],
    ["blanks", "  \n", 3],
    ["an error message", "Error: No such plan", 0],
    ["half of one", '{"a": [{"b": "c', 15],
    ["one that lacks its last brace", '{"a": [{"b": "c"}]', 18],
    ["two texts", "{} {}", 3],
    ["a missing colon", '{"a" 1}', 5],
    ["a missing comma", '{"a": 1 "b": 2}', 8],
    ["a comma too many", '{"a": 1,}', 8],
    ["a comma too many in a list", '{"a": [1,]}', 9],
    ["a value without a key", '{1: "a"}', 1],
    ["a list closed as an object", '{"a": [1}}', 8],
    ["an object closed as a list", '{"a": {"b": 1]}', 13],
    ["a word that is no JSON", '{"a": nul}', 6],
    ["a number that is none", '{"a": {"b": 1.2.3}}', 12],
    ["an escape that is none", '{"a": {"b": "\\x"}}', 12],
  ])("must not be %s", (_, text, offset) => {
    const members: Shape = { [ANY_KEY]: { b: WHOLE } };
    const shape = text.includes("[") ? { ...members, a: new Elements({ b: WHOLE }) } : members;
    for (const size of [1, 100]) {
      const error = caught(() => read(text, shape, [size]));
      expect(error).toBeInstanceOf(JsonError);
      expect((error as JsonError).offset).toBe(offset);
    }
  });

  test("may be nested deeper than a stack is", () => {
    const depth = 200_000;
    const nested = "[".repeat(depth) + "]".repeat(depth);
    expect(plain(read(`{"skipped": ${nested}, "a": 1}`, { a: WHOLE }))).toEqual({ a: 1 });
    const every = new Elements(WHOLE);
    Object.assign(every, { of: every });
    expect(() => read(nested, every)).not.toThrow();
  });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
