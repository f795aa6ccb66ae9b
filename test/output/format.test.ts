// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is HCL that interpolates here
import { format as judge } from "@cdktf/hcl-tools";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format } from "../../src/output/format.ts";

interface Case {
  name: string;
  given: string;
  want: string;
  /** What `terraform fmt` leaves as it is, and we do not: blank lines, and blanks at the end of comments and heredocs. */
  ours?: true;
}

const cases: Case[] = [
  // Indentation
  {
    name: "a nested block is indented by two spaces a level",
    given: 'resource "a" "b" {\nreplica {\n      region = 1\n }\n    }\n',
    want: 'resource "a" "b" {\n  replica {\n    region = 1\n  }\n}\n',
  },
  {
    name: "tabs become the spaces that belong there",
    given: "a {\n\tx\t=\t1\t# c\n\t\tyy = 2\n}\n",
    want: "a {\n  x  = 1 # c\n  yy = 2\n}\n",
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
    name: "brackets opened together are one level until the last of them is closed",
    given: "a = f(x, [\n1,\n2\n]\n)\n",
    want: "a = f(x, [\n  1,\n  2\n  ]\n)\n",
  },
  {
    name: "a line that closes as much as it opens stays at the depth of what is around it",
    given: "a = [{\nb = 1\n}, {\nc = 2\n}]\n",
    want: "a = [{\n  b = 1\n  }, {\n  c = 2\n}]\n",
  },
  {
    name: "brackets that were never opened do no harm",
    given: "}\n)]\n  a = {\nb = 1\n}\n  }\nc {\n d = 1\n}\n",
    want: "}\n)]\na = {\n  b = 1\n}\n}\nc {\n  d = 1\n}\n",
  },
  {
    name: "brackets in strings and comments do not count",
    given: 'a {\nx = "}{([" // }\n# }\nyy = "\\"}" /* } */\n"}" = 1\n}\n',
    want: 'a {\n  x = "}{([" // }\n  # }\n  yy  = "\\"}" /* } */\n  "}" = 1\n}\n',
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
  {
    name: "an interpolation over several lines is indented like a bracket",
    given: 'a {\nx = "b${\nf(\nc\n)\n}d"\nyy = 1\n}\n',
    want: 'a {\n  x = "b${\n    f(\n      c\n    )\n  }d"\n  yy = 1\n}\n',
  },
  {
    name: "an interpolation over several lines of a heredoc counts as it does for terraform fmt, which is wrong",
    given: "a {\nx = <<EOT\nb ${\nc\n} d\nEOT\nyy = 1\n}\n",
    want: "a {\n  x = <<EOT\nb ${\n  c\n} d\nEOT\nyy = 1\n}\n",
  },

  // Alignment of =
  {
    name: "the = of consecutive attributes are in one column",
    given: "a = 1\nlonger_name = 2\nbb = 3\n",
    want: "a           = 1\nlonger_name = 2\nbb          = 3\n",
  },
  {
    name: "an = that is too far to the right comes back",
    given: "a      =    1\nbb     =2\nccc= 3\n",
    want: "a   = 1\nbb  = 2\nccc = 3\n",
  },
  {
    name: "a blank line, a comment and a block end a group",
    given: "a = 1\nbb = 2\n\nccc = 3\n# d\neeee = 4\nf {}\nggggg = 5\n",
    want: "a  = 1\nbb = 2\n\nccc = 3\n# d\neeee = 4\nf {}\nggggg = 5\n",
  },
  {
    name: "a value that opens a bracket ends a group and is in none",
    given: "a = 1\nlonger_name   =   [\n2\n]\nbb = 3\nc = {}\n",
    want: "a = 1\nlonger_name = [\n  2\n]\nbb = 3\nc  = {}\n",
  },
  {
    name: "a value whose brackets are closed on its line is in the group",
    given: 'a = [1, { b = 2 }]\nlonger_name = f("x", [])\n',
    want: 'a           = [1, { b = 2 }]\nlonger_name = f("x", [])\n',
  },
  {
    name: "a heredoc is in the group",
    given: "a = <<EOT\nx\nEOT\nlonger_name = 1\n",
    want: "a           = <<EOT\nx\nEOT\nlonger_name = 1\n",
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
    name: "an = in a block on one line gets its spaces and no alignment",
    given: "a {\n  b { c=1 }\n  longer = 2\n}\n",
    want: "a {\n  b { c = 1 }\n  longer = 2\n}\n",
  },
  {
    name: "a character takes one column, however many bytes or code points it is written with",
    given:
      't = {\n"Größe" = 1\n"日本" = 2\n"e\u0301" = 3\n"👨‍👩‍👧" = 4\n"🇩🇪" = 5\n"क्ष" = 6\n"abcdef" = 7\nçe\u0301 = 8\n}\n',
    want: 't = {\n  "Größe"  = 1\n  "日本"     = 2\n  "e\u0301"      = 3\n  "👨‍👩‍👧"      = 4\n  "🇩🇪"      = 5\n  "क्ष"     = 6\n  "abcdef" = 7\n  çe\u0301       = 8\n}\n',
  },

  // Alignment of comments
  {
    name: "trailing comments of consecutive lines are in one column",
    given: "a = 1 # x\nbb = [2, 3]   // y\n",
    want: "a  = 1      # x\nbb = [2, 3] // y\n",
  },
  {
    name: "comments are aligned across depths",
    given: "a { # w\nbb = 1 # x\nc {} # y\n} # z\n",
    want: "a {      # w\n  bb = 1 # x\n  c {}   # y\n}        # z\n",
  },
  {
    name: "comments are aligned by where the aligned values end",
    given: "a = 1 # x\nbb = 2 # y\nlonger_name = 3\n",
    want: "a           = 1 # x\nbb          = 2 # y\nlonger_name = 3\n",
  },
  {
    name: "a comment after a multi-byte value is placed by columns",
    given: 'a = "e\u0301e\u0301" # x\nb = "abc" # y\n',
    want: 'a = "e\u0301e\u0301"  # x\nb = "abc" # y\n',
  },
  {
    name: "a line without a comment ends a run of comments",
    given: "a = 1 # x\nbb = 2\nccc = 34 # y\n",
    want: "a   = 1 # x\nbb  = 2\nccc = 34 # y\n",
  },
  {
    name: "a comment on a line of its own is indented and not aligned",
    given: "a {\n# w\nx = 1 # y\n      // z {\n}\n",
    want: "a {\n  # w\n  x = 1 # y\n  // z {\n}\n",
  },

  // What stays as it was
  {
    name: "a heredoc keeps its lines, whatever they look like",
    given: "a {\nx = <<EOT\n}\n\n\n  b = 1   \n# { ${c} $${ %{if d}{%{endif}\n not EOT\nEOT\nyy = 1\n}\n",
    want: "a {\n  x  = <<EOT\n}\n\n\n  b = 1   \n# { ${c} $${ %{if d}{%{endif}\n not EOT\nEOT\n  yy = 1\n}\n",
  },
  {
    name: "an indented heredoc ends at its indented delimiter, which stays where it is",
    given: "a {\nx = <<-EOT\n    b {\n    EOT\n}\n",
    want: "a {\n  x = <<-EOT\n    b {\n    EOT\n}\n",
  },
  {
    name: "heredocs in lists and calls keep their lines",
    given: "a = [<<A\n{\nA\n, f(<<B\n[\nB\n)]\n",
    want: "a = [<<A\n{\nA\n  , f(<<B\n[\nB\n)]\n",
  },
  {
    name: "a block comment keeps its lines, of which the first is indented",
    given: "a {\n/* b {\n c = 1\n\n\n*/\nx = 1\n}\n",
    want: "a {\n  /* b {\n c = 1\n\n\n*/\n  x = 1\n}\n",
  },
  {
    name: "spaces within an expression are left to whoever wrote it",
    given: 'a = [ 1,2 ]\nbbb = "${ x }"\n',
    want: 'a   = [ 1,2 ]\nbbb = "${ x }"\n',
    ours: true,
  },

  // Line ends and blank lines
  { name: "blanks at line ends go", given: "a {  \n  x = 1 \t\n  }  \n", want: "a {\n  x = 1\n}\n" },
  {
    name: "blanks at the end of comments and heredoc delimiters go, too",
    given: "# a  \nx = 1 # b \t\ny = <<EOT\n c  \nEOT  \n",
    want: "# a\nx = 1 # b\ny = <<EOT\n c  \nEOT\n",
    ours: true,
  },
  { name: "no text stays no text", given: "", want: "" },
  { name: "blank text becomes no text", given: " \n\n\t\n", want: "", ours: true },
  { name: "a missing newline at the end is added", given: "a = 1", want: "a = 1\n", ours: true },
  { name: "blank lines at the start and at the end go", given: "\n \n\na = 1\n\n\n", want: "a = 1\n", ours: true },
  {
    name: "of several blank lines one is left",
    given: "a = 1\n\n  \n\n\nb = 2\n\nc = 3\n",
    want: "a = 1\n\nb = 2\n\nc = 3\n",
    ours: true,
  },
  {
    name: "blank lines after an opening and before a closing brace go",
    given: "a {\n\n\nb = {\n\n c = 1\n\n}\n\n}\n\nd = [f({\n\n e = 1\n \n})]\n",
    want: "a {\n  b = {\n    c = 1\n  }\n}\n\nd = [f({\n  e = 1\n})]\n",
    ours: true,
  },
  {
    name: "a comment that ends in a brace opens nothing",
    given: "# a {\n\nb = 1 # {\n\nc = 2\n",
    want: "# a {\n\nb = 1 # {\n\nc = 2\n",
  },
  {
    name: "lines that meet because blank lines went are aligned with each other",
    given: "a { # x\n\nlonger = 1 # y\n\n}\n",
    want: "a {          # x\n  longer = 1 # y\n}\n",
    ours: true,
  },
];

describe("layout", () => {
  test.each(cases)("$name", ({ given, want }) => {
    expect(format(given)).toBe(want);
  });
});

describe("terraform fmt", () => {
  test.each(cases.filter(({ given }) => !given.includes("[ 1,2 ]")))("leaves as it is: $name", async ({ want }) => {
    expect(await judge(want)).toBe(want);
  });

  test.each(cases.filter(({ ours }) => !ours))("does the same: $name", async ({ given, want }) => {
    expect(await judge(given)).toBe(want);
  });
});

// Text is generated line by line, each in a random wrong place; a value or a block is a list of lines. Spaces within
// expressions are right, since those are not ours to mend.

const identifier = fc.stringMatching(/^[a-z][a-z0-9_-]{0,11}$/);
const spaces = fc.integer({ min: 0, max: 9 }).map((count) => " ".repeat(count));

/** Characters of every kind that text segmentation knows. */
const characters = fc.constantFrom(
  ...["a", "Z", "0", "_", "-", " ", ".", ":", "/", "$", "%", "$${x", '\\"', "\\\\"],
  ...[
    "é",
    "ß",
    "日",
    "ж",
    "ب",
    "א",
    "한",
    "ก",
    "\u0308",
    "e\u0301",
    "o\u0302\u0323",
    "क्ष",
    "कि",
    "กำ",
    "ကာ",
    "ᄒ\u1161\u11AB",
  ],
  ...["👨‍👩‍👧", "👩🏽", "❤️", "🇩🇪", "1️⃣"],
);
const quotedText = fc.array(characters, { maxLength: 8 }).map((parts) => `"${parts.join("")}"`);
const interpolated = fc
  .tuple(quotedText, fc.constantFrom("var.x", 'm["}"]', "f({ a = 1 })", '"${y}{"', "[1, 2][0]"), quotedText)
  .map(([before, inner, after]) => `${before.slice(0, -1)} \${${inner}}${after.slice(1)}`);
const key = fc.oneof(identifier, quotedText, fc.constantFrom("(var.k)", '"${var.k}"', '"eu-west-1"'));
const scalar = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom("true", "null", "aws_kms_key.main.arn", "a == b ? 1 : 2", "!c && d >= 1", "[]", "{}", "1 /* } */"),
  quotedText,
  interpolated,
);
const oneLine = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
  fc.tuple(identifier, scalar).map(([name, value]) => `{ ${name} = ${value} }`),
  fc.tuple(identifier, scalar).map(([name, value]) => `${name}(${value}, [{ a = 1 }])`),
);
const heredoc = fc
  .tuple(
    fc.constantFrom("<<", "<<-"),
    fc.array(fc.constantFrom("", "  }  ", "{ a = 1", "${x} %{if y}{%{endif}", "# no", '"', "EOTX", "$${"), {
      maxLength: 4,
    }),
    spaces,
  )
  .map(([sign, content, indent]) => `${sign}EOT\n${content.map((line) => `${line}\n`).join("")}${indent}EOT`);

/** Lines, each with whatever belongs to it beyond a newline: heredocs and block comments are one line here, as in hclwrite. */
type Lines = string[];

const trailingComment = fc.constantFrom("", "", "", "", "# c", "// d {", "   # é", "  // e\u0301 }");
const ownLine = fc.constantFrom("", "", "  ", "# comment {", "// }", "/* a\n   { b */");

const { lines: generatedLines } = fc.letrec<{
  value: Lines;
  attribute: Lines;
  object: Lines;
  block: Lines;
  lines: Lines;
}>((tie) => ({
  attribute: fc
    .tuple(key, spaces, spaces, tie("value"))
    .map(([name, before, after, value]) => [`${name}${before}=${after}${value[0]}`, ...value.slice(1)]),
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
    fc.tuple(oneLine, trailingComment).map(([value, comment]) => [comment === "" ? value : `${value} ${comment}`]),
    heredoc.map((text) => [text]),
    tie("object").map((items) => ["{", ...items, "}"]),
    tie("object").map((items) => ["jsonencode({", ...items, "})"]),
    tie("object").map((items) => ["[{", ...items, "}, {", "a = 1", "}]"]),
    fc.array(oneLine, { maxLength: 3 }).map((items) => ["[", ...items.map((item) => `${item},`), "]"]),
    fc.array(oneLine, { maxLength: 3 }).map((items) => ["merge(x, [", ...items.map((item) => `${item},`), "]", ")"]),
  ),
  block: fc
    .tuple(
      fc.constantFrom("replica {", 'resource "aws_kms_key" "main" {', 'dynamic "x" { # c'),
      tie("lines"),
      fc.constantFrom("}", "} # d"),
    )
    .map(([start, content, end]) => [start, ...content, end]),
  lines: fc
    .array(
      fc.oneof(
        { depthSize: "small" },
        { weight: 4, arbitrary: tie("attribute") },
        { weight: 2, arbitrary: ownLine.map((line) => [line]) },
        { weight: 2, arbitrary: tie("block") },
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.flat()),
}));

/** Ends of blocks that come again in other blocks, long enough to be remembered. */
const replicas = ["main", "other"].map((name) =>
  Array.from({ length: 6 }, (_, index) => [
    "replica {",
    `region = "eu-west-${index}"`,
    `kms_key_id = aws_kms_replica_key.${name}.arn # ${index}`,
    "}",
    "",
  ]).flat(),
);

const block = fc
  .tuple(
    fc.constantFrom('resource "aws_secretsmanager_secret" "x" {', "locals {", 'data "y" "z" { # c'),
    generatedLines,
    fc.constantFrom([], [], ...replicas),
    fc.constantFrom("}", "} // d"),
    fc.array(spaces, { minLength: 1, maxLength: 7 }),
  )
  .map(([start, lines, tail, end, indents]) =>
    [start, ...lines, ...tail, end].map((line, index) => `${indents[index % indents.length]}${line}\n`).join(""),
  );
const blocks = fc.array(block, { minLength: 1, maxLength: 30 });

describe("for any blocks", () => {
  test("terraform fmt leaves the layout as it is", async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (texts) => {
        const formatted = texts.map(format).join("\n");
        expect(await judge(formatted)).toBe(formatted);
      }),
      { numRuns: 100 },
    );
  });

  test("the layout is the same when terraform fmt was there before", async () => {
    await fc.assert(
      fc.asyncProperty(blocks, async (texts) => {
        const text = texts.join("\n");
        expect(format(await judge(text))).toBe(format(text));
      }),
      { numRuns: 100 },
    );
  });

  test("the layout of a layout is itself", () => {
    fc.assert(
      fc.property(block, (text) => {
        expect(format(format(text))).toBe(format(text));
      }),
    );
  });

  test("formatting them one at a time gives the same as all at once", () => {
    fc.assert(
      fc.property(blocks, (texts) => {
        expect(texts.map(format).join("\n")).toBe(format(texts.join("\n")));
      }),
    );
  });
});

describe("for any text", () => {
  const token = fc.constantFrom(
    ...'{}[]()="#/*<>!$%~\\\n\t ,é😀'.split(""),
    "${",
    "%{",
    "<<A\n",
    "A\n",
    "/*",
    "*/",
    "//",
    "a",
    "\u0301",
  );
  const anyText = fc.oneof(
    fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join("")),
    fc.string({ unit: "binary" }),
  );

  test("only blanks and newlines change", () => {
    const visible = (text: string) => text.replace(/[ \t\n]+/g, "");
    fc.assert(
      fc.property(anyText, (text) => {
        expect(visible(format(text))).toBe(visible(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("what comes out is empty or ends in a newline", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(format(text)).toMatch(/^$|\n$/);
      }),
      { numRuns: 1000 },
    );
  });
});

test("every letter of the Basic Multilingual Plane takes the columns that terraform fmt gives it", async () => {
  const letters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((letter) =>
    /\p{L}/u.test(letter),
  );
  const keys = Array.from({ length: Math.ceil(letters.length / 16) }, (_, index) =>
    letters.slice(16 * index, 16 * index + 16),
  );
  const text = `x = {\n${keys.map((part) => `"a${part.join("a")}a" = 1\n${"b".repeat(50)} = 2\n\n`).join("")}}\n`;
  expect(format(text)).toBe(format(await judge(text)));
  expect(await judge(format(text))).toBe(format(text));
});

test("a block end that was seen before is laid out as it was the first time", async () => {
  const tail = replicas[0]?.map((line) => ` ${line}\n`).join("");
  const texts = ["a {\n", "a {\nx = 1\n\n", "a {\nx = 1\n", "a { # c\n", "a {\n\n\n", "a = [{\n", "}\na {\n"].flatMap(
    (start) => ["}\n", "}\n\ny = 1\n", "} # c\ny = 1 # d\n", "yy = 1\n}\n"].map((end) => `${start}${tail}${end}`),
  );
  for (const text of [...texts, ...texts]) {
    const formatted = format(text);
    expect(await judge(formatted)).toBe(formatted);
    expect(format(await judge(text))).toBe(formatted);
  }
});

test("text that ends within a string leaves nothing behind for later texts", () => {
  const start = `a {\n${replicas[0]?.join("\n")}`;
  format(`${start}}"\n`);
  expect(format(`${start}}"\n b {"\n c = 1\n`)).toMatch(/}"\n b {"\nc = 1\n$/);
});
