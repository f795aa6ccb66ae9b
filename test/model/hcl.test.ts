/** Whatever text and expressions go into a fragment of HCL, HashiCorp's parser reads the same text and expressions in it. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the interpolations of HCL are what is meant

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bool,
  call,
  type Hcl,
  identifier,
  interpolation,
  list,
  number,
  object,
  quote,
  reference,
  template,
} from "../../src/model/hcl.ts";
import { argumentsOf, Expression, partsOf, type Value, valuesOf } from "../support/hcl.ts";
import { hostileText } from "../support/specs.ts";

/** Text that is easily escaped too little, too often, or at the wrong place. */
const TEXTS: readonly string[] = [
  "",
  "plain",
  '"',
  '\\"',
  "\\",
  "\\\\",
  "\\n",
  "\n",
  "\r\n",
  "\t",
  "\b\f\v\0\u001b\u007f\u0085",
  "\u2028\u2029\ufeff",
  "\\u0041 \\U00000041 \\x41 \\b \\f",
  "\\\b\\\f",
  "$",
  "$$",
  "%",
  "%%",
  "{",
  "}",
  "${",
  "$${",
  "$$${",
  "$$$${",
  "%{",
  "%%{",
  "%%%{",
  "$%{",
  "%${",
  "$%${",
  "%$%{",
  "$%%{",
  "%$${",
  "\\${",
  "\\$${",
  "\\u0024{",
  "${a.b}",
  '${"${a}"}',
  "%{ if true }x%{ endif }",
  "${}",
  "$\n{",
  "$ {",
  "${~ a ~}",
  "<<EOT\nx\nEOT\n",
  "<<-EOT\n  x\n  EOT",
  "# x // x /* x */",
  "{{x}} {{{x}}} {{> tags this}} &quot;",
  "🔑 é 👩‍👩‍👧‍👦 क्षि \u{10ffff}",
  "x".repeat(100_000),
];

const texts = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 3, arbitrary: hostileText(2000) },
);

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,9}$/);

const references = fc.array(names, { minLength: 2, maxLength: 4 }).map((parts) => reference(...parts));

/** A value together with the fragment that is to stand for it. */
interface Case {
  readonly value: Value;
  readonly fragment: Hcl;
}

const cases: fc.Arbitrary<Case> = fc.letrec<{ any: Case }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: texts.map((text) => ({ value: text, fragment: quote(text) })) },
    fc.integer().map((value) => ({ value, fragment: number(value) })),
    fc.boolean().map((value) => ({ value, fragment: bool(value) })),
    references.map((fragment) => ({ value: new Expression(fragment), fragment })),
    fc.array(tie("any"), { minLength: 1, maxLength: 4 }).map((items) => ({
      value: items.map(({ value }) => value),
      fragment: list(items.map(({ fragment }) => fragment))!,
    })),
    fc
      .uniqueArray(fc.tuple(fc.oneof(names, texts), tie("any")), { maxLength: 4, selector: ([key]) => key })
      .map((entries) => ({
        value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
        fragment: object(entries.map(([key, { fragment }]) => [key, fragment])),
      })),
  ),
})).any;

async function expectValues(given: readonly Case[]): Promise<void> {
  expect(await valuesOf(given.map(({ fragment }) => fragment))).toEqual(given.map(({ value }) => value));
}

describe("quote", () => {
  test("every text of the table comes back as itself", async () => {
    await expectValues(TEXTS.map((text) => ({ value: text, fragment: quote(text) })));
  });

  test("every pair of texts of the table comes back as itself", async () => {
    const short = TEXTS.filter(({ length }) => length < 10);
    const pairs = short.flatMap((one) => short.map((other) => one + other));
    await expectValues(pairs.map((text) => ({ value: text, fragment: quote(text) })));
  });

  test("any text comes back as itself, from one line", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 20 }), async (given) => {
        for (const text of given) expect(quote(text)).not.toMatch(/[\n\r]/);
        await expectValues(given.map((text) => ({ value: text, fragment: quote(text) })));
      }),
      { numRuns: 500 },
    );
  });

  test("text that is not in Unicode NFC comes back in it, as Terraform has it", async () => {
    const given = ["e\u0301", "\u212b", "Z\u0351\u0353", "\u0958"];
    expect(await valuesOf(given.map(quote))).toEqual(given.map((text) => text.normalize("NFC")));
  });
});

describe("object", () => {
  test.each([
    "for",
    "if",
    "in",
    "null",
    "true",
    "false",
    "a",
    "_",
    "a-b",
    "a.b",
    "1",
    "",
    "é",
    "${a}",
    "{{a}}",
    "else",
  ])("the key %j is read as text", async (key) => {
    await expectValues([{ value: { [key]: "x", other: "y" }, fragment: objectOf([key, "x"], ["other", "y"]) }]);
  });

  test("the names that every JavaScript object has are keys like others", async () => {
    const entries = ["__proto__", "constructor", "toString"].map((key): [string, string] => [key, "x"]);
    expect(Object.entries((await valuesOf([objectOf(...entries)]))[0] as object).sort()).toEqual(entries.sort());
  });

  test("without entries it is the empty object", async () => {
    await expectValues([{ value: {}, fragment: object([]) }]);
  });
});

describe("list", () => {
  test("an empty one is left out", () => {
    expect(list([])).toBeUndefined();
  });

  test("one item is a list too", async () => {
    await expectValues([{ value: ["x"], fragment: list([quote("x")])! }]);
  });
});

test("any nesting of lists, objects, texts and references comes back as itself", async () => {
  await fc.assert(fc.asyncProperty(fc.array(cases, { minLength: 1, maxLength: 5 }), expectValues), { numRuns: 500 });
});

describe("call", () => {
  test.each<[string, readonly Case[]]>([
    ["timestamp", []],
    ["jsonencode", [{ value: { a: "b" }, fragment: objectOf(["a", "b"]) }]],
    ["replace", ["${a}", '",")', "}"].map((text) => ({ value: text, fragment: quote(text) }))],
  ])("%s gets its arguments", async (name, given) => {
    await expectArguments(name, given);
  });

  test("any arguments arrive, each as itself", async () => {
    await fc.assert(fc.asyncProperty(names, fc.array(cases, { maxLength: 4 }), expectArguments), { numRuns: 300 });
  });

  test("what is no name of a function is refused", () => {
    expect(() => call("a.b")).toThrow(TypeError);
  });
});

describe("template", () => {
  const main = reference("data", "aws_region", "main", "region");

  test.each<[string, readonly (string | { readonly expression: Hcl })[]]>([
    ["text alone", ["alias/app"]],
    ["an expression alone", [{ expression: main }]],
    ["text around an expression", ["alias/", { expression: main }, "-app"]],
    ["two expressions side by side", [{ expression: main }, { expression: main }]],
    ["a brace after an expression", [{ expression: main }, "}"]],
    ["an opening as text", ["${a}", { expression: main }, "%{ if true }"]],
    ["a dollar in front of an expression", ["$", { expression: main }]],
    ["two dollars in front of an expression", ["$$", { expression: main }]],
    ["a percent sign in front of an expression", ["%", { expression: main }]],
    ["a backslash in front of an expression", ["\\", { expression: main }]],
    ["an opening in two texts", ["$", "{a.b}"]],
    ["a directive in two texts", ["%", "{ if true }"]],
    ["a doubled opening in two texts", ["$", "${a.b}"]],
    ["nothing", []],
  ])("%s is read as it was given", async (_, parts) => {
    await expectParts(parts);
  });

  test("any texts and expressions are read as they were given", async () => {
    const part = fc.oneof(
      texts,
      fc.constantFrom("$", "%", "$$", "{", "\\"),
      references.map((expression) => ({ expression })),
    );
    await fc.assert(fc.asyncProperty(fc.array(part, { maxLength: 5 }), expectParts), { numRuns: 500 });
  });
});

describe("identifier", () => {
  test.each(["a", "_", "A1", "a-b", "a_b-", "main_sm"])("%s is printed as it is", async (name) => {
    expect(identifier(name)).toBe(name);
    await expectValues([{ value: new Expression(name), fragment: identifier(name) }]);
  });

  test.each(["", "1a", "-a", "a b", "a.b", "a\n", "\na", "é", 'a"', "${a}", "a[0]", "{{a}}"])(
    "%j is refused",
    (name) => {
      expect(() => identifier(name)).toThrow(TypeError);
    },
  );

  test("any text is printed as it is or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(names, texts), async (text) => {
        const isIdentifier = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(text) && !text.endsWith("\n");
        if (!isIdentifier) expect(() => identifier(text)).toThrow(TypeError);
        else expect(identifier(text)).toBe(text);
      }),
    );
  });
});

test("a reference is refused when any part of it is no identifier", () => {
  expect(reference("var", "a-b")).toBe("var.a-b");
  expect(() => reference("var", "a.b")).toThrow(TypeError);
  expect(() => reference("var", "")).toThrow(TypeError);
});

test("an interpolation is an expression inside a quoted template", async () => {
  expect(await partsOf(`"${interpolation(reference("var", "a"))}"`)).toEqual([new Expression("var.a")]);
});

function objectOf(...entries: readonly (readonly [string, string])[]): Hcl {
  return object(entries.map(([key, value]) => [key, quote(value)]));
}

async function expectArguments(name: string, given: readonly Case[]): Promise<void> {
  const [value] = await valuesOf([call(name, ...given.map(({ fragment }) => fragment))]);
  expect(await argumentsOf(value, name)).toEqual(given.map((one) => one.value));
}

async function expectParts(parts: readonly (string | { readonly expression: Hcl })[]): Promise<void> {
  const wanted: (string | Expression)[] = [];
  for (const part of parts) {
    const last = wanted.at(-1);
    if (typeof part !== "string") wanted.push(new Expression(part.expression));
    else if (typeof last === "string") wanted[wanted.length - 1] = last + part;
    else if (part !== "") wanted.push(part);
  }
  expect(await partsOf(template(parts))).toEqual(wanted);
}
