// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is HCL that interpolates here
import { format as judge } from "@cdktf/hcl-tools";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format } from "../../src/output/format.ts";

interface Case {
  readonly name: string;
  readonly given: string;
  readonly want: string;
  /** About blank lines, which `terraform fmt` leaves as they are. */
  readonly ours?: true;
}

const cases: readonly Case[] = [
  // Indentation
  {
    name: "a nested block is indented by two spaces a level",
    given: 'resource "a" "b" {\nreplica {\n      region = 1\n }\n    }\n',
    want: 'resource "a" "b" {\n  replica {\n    region = 1\n  }\n}\n',
  },
  {
    name: "lists, objects and calls over several lines are indented like blocks",
    given: "a = [\n1,\n{\nb = f(\n2\n)\n}\n]\n",
    want: "a = [\n  1,\n  {\n    b = f(\n      2\n    )\n  }\n]\n",
  },
  {
    name: "brackets opened together are one level, closed together",
    given: "a {\np = jsonencode({\nb = [{\nc = 1\n}]\n})\n}\n",
    want: "a {\n  p = jsonencode({\n    b = [{\n      c = 1\n    }]\n  })\n}\n",
  },
  {
    name: "brackets in strings and comments do not count",
    given: 'a {\nx = "}{(["\n# }\nyy = "\\"}"\n"}" = 1\n}\n',
    want: 'a {\n  x = "}{(["\n  # }\n  yy  = "\\"}"\n  "}" = 1\n}\n',
  },
  {
    name: "brackets in an interpolation are its own, with strings in strings",
    given: 'a {\nx = "${b["}"]}{${"${c}}"}"\nyy = "%{if d}{%{endif}"\n}\n',
    want: 'a {\n  x  = "${b["}"]}{${"${c}}"}"\n  yy = "%{if d}{%{endif}"\n}\n',
  },
  {
    name: "a doubled or escaped dollar opens no interpolation",
    given: 'a {\nx = "$${ %%{ $$${ \\${ $ % $x"\nyy = 1\n}\n',
    want: 'a {\n  x  = "$${ %%{ $$${ \\${ $ % $x"\n  yy = 1\n}\n',
  },

  // Alignment of =
  {
    name: "the = of consecutive attributes are in one column",
    given: "a = 1\nlonger_name = 2\nbb = 3\n",
    want: "a           = 1\nlonger_name = 2\nbb          = 3\n",
  },
  {
    name: "a blank line, a comment and a block end a group",
    given: "a = 1\nbb = 2\n\nccc = 3\n# d\neeee = 4\nf {}\nggggg = 5\n",
    want: "a  = 1\nbb = 2\n\nccc = 3\n# d\neeee = 4\nf {}\nggggg = 5\n",
  },
  {
    name: "a value that opens a bracket ends a group and is in none",
    given: "a = 1\nlonger_name = [\n2\n]\nbb = 3\nc = {}\n",
    want: "a = 1\nlonger_name = [\n  2\n]\nbb = 3\nc  = {}\n",
  },
  {
    name: "a value whose brackets are closed on its line is in the group",
    given: 'a = [1, { b = 2 }]\nlonger_name = f("x", [])\n',
    want: 'a           = [1, { b = 2 }]\nlonger_name = f("x", [])\n',
  },
  {
    name: "items of an object are aligned like attributes, quoted keys and computed ones as well",
    given: 'a = {\nb = 1\n"eu-west-1" = 2\n(c.d) = 3\n"${e}f" = 4\n}\n',
    want: 'a = {\n  b           = 1\n  "eu-west-1" = 2\n  (c.d)       = 3\n  "${e}f"     = 4\n}\n',
  },
  {
    name: "comparisons and arrows are no assignments",
    given: "a = b == c ? 1 : 2\nb = [\nc != d && e >= f && g <= h,\n]\nlonger = { for k, v in x : k => v }\n",
    want: "a = b == c ? 1 : 2\nb = [\n  c != d && e >= f && g <= h,\n]\nlonger = { for k, v in x : k => v }\n",
  },
  {
    name: "a letter takes one column, however many bytes it is written with",
    given: 't = {\n"Größe" = 1\n"日本" = 2\n"한_" = 3\n"abcdef" = 7\n}\n',
    want: 't = {\n  "Größe"  = 1\n  "日本"     = 2\n  "한_"     = 3\n  "abcdef" = 7\n}\n',
  },
  {
    name: "an object in a call of its own is no assignment",
    given: "f({ a = 1 })\nbb = 2\n",
    want: "f({ a = 1 })\nbb = 2\n",
  },

  // Line ends and blank lines
  { name: "blanks at line ends go", given: "a {  \n  x = 1  \n  }  \n", want: "a {\n  x = 1\n}\n" },
  { name: "no text stays no text", given: "", want: "" },
  { name: "blank text becomes no text", given: " \n\n \n", want: "", ours: true },
  { name: "a missing newline at the end is added", given: "a = 1", want: "a = 1\n", ours: true },
  { name: "blank lines at the start and at the end go", given: "\n \n\na = 1\n\n\n", want: "a = 1\n", ours: true },
  {
    name: "of several blank lines one is left",
    given: "a = 1\n\n  \n\n\nb = 2\n\nc = 3\n",
    want: "a = 1\n\nb = 2\n\nc = 3\n",
    ours: true,
  },
  {
    name: "blank lines after an opening and before a closing bracket go",
    given: "a {\n\n\nb = {\n\n c = 1\n\n}\n\n}\n\nd = [f({\n\n e = 1\n \n})]\n",
    want: "a {\n  b = {\n    c = 1\n  }\n}\n\nd = [f({\n  e = 1\n})]\n",
    ours: true,
  },
];

describe("layout", () => {
  test.each(cases)("$name", ({ given, want }) => {
    expect(format(given)).toBe(want);
  });
});

describe("terraform fmt", () => {
  test.each(cases)("leaves as it is: $name", async ({ want }) => {
    expect(await judge(want)).toBe(want);
  });

  test.each(cases.filter(({ ours }) => !ours))("does the same: $name", async ({ given, want }) => {
    expect(await judge(given)).toBe(want);
  });
});

describe("what the templates do not print is refused, never laid out by guess", () => {
  test.each([
    ["a tab", "a {\n\tx = 1\ty\n}\n"],
    ["a heredoc", "a = <<EOT\nx\nEOT\n"],
    ["a comment behind code", "a = 1 # b\n"],
    ["a comment of the other kind", "a = 1 // b\n"],
    ["a block comment", "a = 1 /* b */\n"],
    ["a string that does not end", 'a = "b\n'],
    ["an interpolation that does not end", 'a = "${b"\n'],
    ["a string that ends in an escape", 'a = "b\\'],
    ["a bracket that is not closed", "a {\n"],
    ["a bracket that was not opened", "a = 1\n}\n"],
    ["brackets that are closed one by one", "a = [{\nb = 1\n}\n]\n"],
    ["an = without its spaces", "a=1\n"],
    ["an = with more than one space", "a  = 1\n"],
    ["a mark that combines, in a key", '"e\u0301" = 1\n'],
    ["a character of two code units, in a key", '"👨" = 1\n'],
  ])("%s", (_, text) => {
    expect(() => format(text)).toThrow();
  });
});

// Text as the templates print it, but for the layout: every line in a random wrong place.

const identifier = fc.stringMatching(/^[a-z][a-z0-9_-]{0,11}$/);
const spaces = fc.integer({ min: 0, max: 9 }).map((count) => " ".repeat(count));
const letters = fc.constantFrom(
  ...["a", "Z", "0", "_", "-", " ", ".", ":", "/", "$", "%", "$${x", "#", "<<", "=", "{", ")", '\\"', "\\\\"],
  ...["é", "ß", "日", "ж", "ب", "א", "한", "ก"],
);
const texts = fc.array(letters, { maxLength: 8 }).map((parts) => parts.join(""));
const quoted = texts.filter((text) => !/[$%]+\{/.test(text.replace("$${", ""))).map((text) => `"${text}"`);
/** In a value, which is behind the `=`, a text may hold whatever it likes. */
const anyText = fc.array(fc.oneof(letters, fc.constantFrom("e\u0301", "👨‍👩‍👧", "🇩🇪")), { maxLength: 8 });
const value = anyText.map((parts) => parts.join("")).filter((text) => !/[$%]+\{/.test(text.replace("$${", "")));
const interpolated = fc
  .tuple(value, fc.constantFrom("var.x", 'm["}"]', "f({ a = 1 })", '"${y}{"', "[1, 2][0]"), value)
  .filter(([before]) => !/[$%]$/.test(before))
  .map(([before, inner, after]) => `"${before} \${${inner}}${after}"`);
const key = fc.oneof(identifier, quoted, fc.constantFrom("(var.k)", '"${var.k}"', '"eu-west-1"'));
const scalar = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom("true", "null", "aws_kms_key.main.arn", "a == b ? 1 : 2", "!c && d >= 1", "[]", "{}"),
  value.map((text) => `"${text}"`),
  interpolated,
);
const oneLine = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
  fc.tuple(identifier, scalar).map(([name, inner]) => `{ ${name} = ${inner} }`),
  fc.tuple(identifier, scalar).map(([name, inner]) => `${name}(${inner}, [{ a = 1 }])`),
);
const ownLine = fc.constantFrom("", "", "  ", "# comment {", "# }");

const { lines: generatedLines } = fc.letrec<{
  value: string[];
  attribute: string[];
  object: string[];
  lines: string[];
}>((tie) => ({
  attribute: fc.tuple(key, tie("value")).map(([name, [first, ...rest]]) => [`${name} = ${first}`, ...rest]),
  object: fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: tie("attribute") },
        ownLine.map((line) => [line]),
      ),
      { maxLength: 5 },
    )
    .map((items) => items.flat()),
  value: fc.oneof(
    { depthSize: "small" },
    oneLine.map((text) => [text]),
    tie("object").map((items) => ["{", ...items, "}"]),
    tie("object").map((items) => ["jsonencode({", ...items, "})"]),
    fc.array(oneLine, { maxLength: 3 }).map((items) => ["[", ...items.map((item) => `${item},`), "]"]),
  ),
  lines: fc
    .array(
      fc.oneof(
        { depthSize: "small" },
        { weight: 4, arbitrary: tie("attribute") },
        { weight: 2, arbitrary: ownLine.map((line) => [line]) },
        {
          weight: 2,
          arbitrary: tie("lines").map((inner) => ["replica {", ...inner, "}"]),
        },
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.flat()),
}));

const block = fc
  .tuple(
    fc.constantFrom('resource "aws_secretsmanager_secret" "x" {', "locals {"),
    generatedLines,
    fc.array(spaces, { minLength: 1, maxLength: 7 }),
  )
  .map(([start, lines, indents]) =>
    [start, ...lines, "}"].map((line, index) => `${indents[index % indents.length]}${line}\n`).join(""),
  );
const blocks = fc.array(block, { minLength: 1, maxLength: 30 });

describe("for any blocks that the templates may print", () => {
  test("terraform fmt leaves the layout as it is", async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (parts) => {
        const formatted = parts.map(format).join("\n");
        expect(await judge(formatted)).toBe(formatted);
      }),
      { numRuns: 100 },
    );
  });

  test("only blanks and newlines change, and formatting them one at a time gives the same as all at once", () => {
    const visible = (text: string) => text.replace(/\s+/g, "");
    fc.assert(
      fc.property(blocks, (parts) => {
        const whole = parts.join("\n");
        expect(parts.map(format).join("\n")).toBe(format(whole));
        expect(visible(format(whole))).toBe(visible(whole));
      }),
    );
  });
});
