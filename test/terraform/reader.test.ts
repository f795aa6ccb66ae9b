/** Our reader of Terraform reads what HashiCorp's reads, and nothing else. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is Terraform's

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { HclError, readTerraform } from "../../src/terraform/reader.ts";
import { type Reference, referencesIn, valuesIn } from "../../src/terraform/values.ts";
import { verdictOn } from "../support/judge.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);
const files = readdirSync(fixtures, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tf"));

test.each(files)("fixtures/%s is read as hcl2json reads it, or refused by both", async (name) => {
  const verdict = await verdictOn(readFileSync(new URL(name, fixtures), "utf8"));
  expect(verdict.kind).toMatch(/^(equal|both refuse)$/);
});

/** Texts that both readers read alike, each behind `a = `. */
const EXPRESSIONS: readonly (readonly [name: string, expressions: readonly string[]])[] = [
  ["numbers", ["0", "007", "0.5", "1e5", "-5", "- 5", "-5.5e3", "12345678901234567890123", "1-2", "-x", "--1"]],
  ["truth values and null", ["true", "!true", "!x", "null", "true.x", "null == x"]],
  ["names", ["a-b", "a - b", "string", "list(string)", "日本", "_a", "a.b-c", "for", "if", "each.key"]],
  [
    "steps",
    ["b.0", "b.0.c", "b.*.c", "b.*.c.0.d", "b[*].c", "b[ * ]", "b[\n0\n]", 'b["x"].y', "a. b", "a .b", "f(x)[0].y"],
  ],
  ["steps behind literals", ['"x".y', "[1, 2][0]", "{ b = 1 }.b", "(a\n.b)", "[a\n.b]"]],
  [
    "operators",
    [
      "a && b || c == d != e < f > g <= h >= i + j - k * l / m % n",
      "a ? b : c",
      "a ? b ? c : d : e",
      "!!a",
      "a %{ b = 1 }",
    ],
  ],
  ["parentheses", ["(b)", "(b) + c", "(\n1\n+\n2\n)", '"x${(b)}"', "f((b))", '"x${f((b))}"']],
  ["calls", ["f()", "f ()", "f(x...)", "f(x, y, )", "f(\nx\n)", "provider::aws::f(x)", "f(# c\n)"]],
  ["lists", ["[]", "[1, # c\n 2]", "[1,\n]", "[\n]", "[[1], [2]]"]],
  [
    "objects",
    ["{}", "{ b: 1 }", "{ b = 1, c = 2, }", "{\n b = 1 // c\n c = 2,\n # d\n}", "{ a = 1, a = 2 }", "{b = 1,\n\n}"],
  ],
  [
    "keys of objects",
    [
      "{ (b) = 1 }",
      '{ "${b}" = 1 }',
      '{ "x${b}" = 1 }',
      "{ 1 = 2, true = 3, null = 4 }",
      "{ 1.5 = 2 }",
      '{ b["x"] = 1 }',
      "{ b[x] = 1 }",
      "{ b.c = 1 }",
      "{ a == b = 1 }",
      "{ b ? c : d = 1 }",
      "{ f(x) = 1 }",
      "{ __proto__ = 1, toString = 2 }",
    ],
  ],
  [
    "for expressions",
    [
      "[for x in y : x]",
      "[for k, v in y : x if x]",
      "{ for k, v in y : k => v }",
      "{ for k, v in y : k => v... if x }",
      "{\nfor k, v in y :\nk => v\n}",
    ],
  ],
  [
    "texts",
    [
      '""',
      '"$"',
      '"x$"',
      '"%"',
      '"$ % $$ %% $$$${x} $"',
      '"$$${x}"',
      '"%%%{x}"',
      String.raw`"\u0041\U0001F600\n\t\"\\"`,
      String.raw`"\u0024{x}"`,
      String.raw`"$\u007bx}"`,
      '"e\u0301"',
      String.raw`"e\u0301"`,
      '"\u00a0${~x}"',
      '"\ufeff${~x}"',
    ],
  ],
  [
    "templates",
    [
      '"${ x }"',
      '"x${ a ? b : c }y"',
      '"${ a ? b : c }"',
      '"${x\n}"',
      '"${{ a = 1 }}"',
      '"x${{ a = 1 }}"',
      '"x${"y${z}"}"',
      '"${"y"}"',
      '"x${1}${true}"',
      '"x${-1}"',
      '"${x~}  y"',
      '"y  ${~x}"',
      '"y ${~ x ~} z"',
      '"${x ~} $ y"',
      '"a $ ${~ x}"',
      '"${<<B\nx\nB\n}"',
    ],
  ],
  [
    "directives",
    [
      '"%{ if x }y%{ endif }"',
      '"%{ if x }%{ endif }"',
      '"%{ if x ~} y %{~ else ~} z %{~ endif ~} w"',
      '"%{ for k, v in x }${k}%{ endfor }"',
      '"%{ for x in y }%{ endfor }"',
    ],
  ],
  [
    "heredocs",
    [
      "<<EOT\nfoo\nEOT",
      "<<EOT\nEOT",
      "<<EOT\n  EOT  ",
      "<<EOT\nfoo ${x} bar\nEOT",
      "<<EOT\n${x}EOT\nEOT",
      "<<EOT\ncost $\nEOT",
      "<<EOT\n$\n\nEOT",
      '<<EOT\n$${x} %%{x}\n\\n "q"\nEOT',
      "[<<EOT\nx\nEOT\n, 1]",
      "f(<<EOT\nx\nEOT\n)",
      "{ b = <<EOT\nx\nEOT\n}",
      "<<A\n${<<B\nx\nB\n}\nA",
      "<<EOT\r\nx\r\nEOT",
    ],
  ],
  [
    "heredocs without their indentation",
    [
      "<<-EOT\n  foo\n    bar\n\n  \n  baz\n  EOT",
      "<<-EOT\n\tfoo\n  bar\nEOT",
      "<<-EOT\nEOT",
      "<<-EOT\n    ${x}\n   b\n  EOT",
      "<<-EOT\n    a\n  ${x} b\n    c ${y}\n    d\n  EOT",
      "<<-EOT\n  a ${x ~}\n\n  b\n  EOT",
      "<<EOT\na $\t\n${~ x}\nEOT",
      "<<EOT\na $$ \n%{~ if x}b%{endif}\nEOT",
      "<<EOT\na %\t\t\n${~ x}\nEOT",
      "<<EOT\na $\r\n${~ x}\nEOT",
      "<<EOT\na $$\r\n${~ x}\nEOT",
      "<<-EOT\n  %{ for x in y ~}\n    ${x}\n  %{ endfor ~}\n  EOT",
      "<<-EOT\r\n  x\r\n\r\n  EOT",
    ],
  ],
];

describe("an expression is read as hcl2json reads it:", () => {
  test.each(EXPRESSIONS)("%s", async (_, expressions) => {
    for (const expression of expressions) {
      expect([expression, await verdictOn(`a = ${expression}\n`)]).toEqual([expression, { kind: "equal" }]);
    }
  });
});

const FILES: readonly (readonly [name: string, texts: readonly string[]])[] = [
  ["blocks on one line", ["b { a = 1 }\n", "b {}\n", "b { }\n", "b { /* x */ a = 1 /* y */ }\n"]],
  ["labels", ['b "x" "y" {}\n', "b x y {}\n", 'b "x"y{}\n', 'b "a$${x}" {}\n', 'b "a\\nb" {}\n', 'b "e\u0301" {}\n']],
  ["nested blocks", ["b {\n c {}\n c {\n  d = 1\n }\n}\n", 'b {\n dynamic "c" {\n  content {}\n }\n}\n']],
  ["comments", ["# x\n", "/* x\ny */ a = 1\n", "a = 1 # x\rb\n", "b { # c\n a = 1 // d\n}\n", "a = 1 # end"]],
  ["line ends", ["a = 1\r\nb = 2\r\n", "\r\n", "", "a = 1"]],
  ["a byte order mark", ["\ufeffa = 1\n", "\ufeff"]],
  ["names that JavaScript knows", ["__proto__ = 1\n", 'b "__proto__" {}\n', "toString {}\n"]],
  ["an argument and a block of one name", ["b = 1\nb {}\n", "b {}\nb = 1\n"]],
];

test.each(FILES)("a file with %s is read as hcl2json reads it", async (_, texts) => {
  for (const text of texts) expect([text, await verdictOn(text)]).toEqual([text, { kind: "equal" }]);
});

/** What HCL refuses too, with the place and the reason that we give. */
const WRONG: readonly (readonly [text: string, place: string, reason: string])[] = [
  ["a = \n", "1:5", "an expression is missing here"],
  ["a = 1 b = 2\n", "1:7", "a line ends behind an argument and behind a block"],
  ["b {} c {}\n", "1:6", "a line ends behind an argument and behind a block"],
  ["b {\na = 1 }\n", "2:7", "a line ends behind an argument and behind a block"],
  ["b { a = 1\n}\n", "1:10", 'a block on one line holds one argument: "}" is missing here'],
  ["b { c {} }\n", "1:5", "one argument belongs here, or none"],
  ["b\n{}\n", "1:2", '"=", a label or "{" is missing here'],
  ["x {\n b {\n}\n", "1:3", "this block is not closed"],
  ["<<<<<<< HEAD\n", "1:1", "an argument or a block belongs here"],
  ["a = 1\na = 2\n", "2:1", "the argument a is already set"],
  ["a = 1 /* x", "1:7", "this comment is not closed"],
  ['a = "x\n', "1:5", "this text does not end on its line"],
  ['a = "x\ry"\n', "1:5", "this text does not end on its line"],
  ["a = 1\rb = 2\n", "1:6", "a line ends behind an argument and behind a block"],
  ["a = <<EOT\nfoo\nEOT", "1:5", "this heredoc is not closed by a line with EOT"],
  ['a = <<"EOT"\nx\nEOT\n', "1:5", "an expression is missing here"],
  ['a = "\\q"\n', "1:6", "this is no escape sequence"],
  ['a = "x\\ud83d\\ude00"\n', "1:7", "this is no escape sequence"],
  ['a = "${x"\n', "1:9", '"}" is missing here'],
  ['a = "${x ~ }"\n', "1:10", '"}" is missing here'],
  ['a = "%{ if x }"\n', "1:6", "this directive is not closed by endif"],
  ['a = "%{ else }"\n', "1:6", "this else belongs to nothing"],
  ['a = "%{ foo }"\n', "1:9", "a directive is one of if, else, endif, for and endfor"],
  ['b "a${x}" {}\n', "1:3", "a label holds no expressions"],
  ["a = 1.5.2\n", "1:5", "this is not a number"],
  ["a = b.0.1\n", "1:7", "write two indices behind each other in brackets"],
  ["a = [1 2]\n", "1:8", '"," or "]" is missing here'],
  ["a = { b = 1 c = 2 }\n", "1:13", 'a line end, "," or "}" is missing here'],
  ["a = { b }\n", "1:9", '"=" and a value are missing here'],
  ["a = f(x\n", "2:1", '"," or ")" is missing here'],
  ["a = [for x in y : x...]\n", "1:20", '"]" is missing here'],
  ["a = { for k in y : k }\n", "1:22", '"=>" is missing here'],
  ["a = 'x'\n", "1:5", "an expression is missing here"],
  ["a = -true\n", "1:5", "nothing of this kind has an opposite"],
  ['b "x" {}\nb "x" "y" {}\n', "2:1", "a block of this type has as many labels as the one in line 1"],
];

test.each(WRONG)("%j is refused at %s, as HCL refuses it", async (text, place, reason) => {
  expect(await verdictOn(text)).toEqual({ kind: "both refuse" });
  expect(() => readTerraform(text)).toThrow(new HclError(reason, text, 0).message.replace("1:1", place));
});

/** What HCL reads and we do not, each with a reason. */
const CAUTIOUS: readonly (readonly [text: string, reason: string])[] = [
  ["a = <<-E\n  \u0301x\nE\n", "this line starts with a mark that joins a blank"],
  ['a = "x${1e-7}"\n', "this number is too long to be used as text"],
  ['b "\\u00e9" {}\n', "a label with escapes is ASCII"],
  [`a = ${"[".repeat(500)}${"]".repeat(500)}\n`, "this is nested more than 400 levels deep"],
];

test.each(CAUTIOUS)("%j is refused where HCL is sure and we are not", async (text, reason) => {
  const verdict = await verdictOn(text);
  expect(verdict).toEqual(expect.objectContaining({ kind: "cautious" }));
  expect(() => valuesIn(readTerraform(text), text)).toThrow(reason);
});

describe("a part of a file", () => {
  const text = [
    "# keys",
    'resource "aws_kms_key" "main" {',
    "  multi_region = true",
    "  policy = <<-EOT",
    "    ${var.x}",
    "  EOT",
    "",
    "  lifecycle { prevent_destroy = true }",
    "}",
    "",
    "locals { a = 1 }",
    "",
  ].join("\n");
  const { blocks } = readTerraform(text);

  test("has the lines that it takes", () => {
    const [key, locals] = blocks;
    expect(key).toMatchObject({ type: "resource", labels: ["aws_kms_key", "main"], line: 2, endLine: 9 });
    expect(locals).toMatchObject({ type: "locals", labels: [], line: 11, endLine: 11 });
    expect([...key!.body.attributes.values()].map(({ name, line }) => [name, line])).toEqual([
      ["multi_region", 3],
      ["policy", 4],
    ]);
    expect(key!.body.blocks).toMatchObject([{ type: "lifecycle", line: 8, endLine: 8 }]);
  });

  test("has the range that it takes", () => {
    const [key] = blocks;
    const source = ({ start, end }: { start: number; end: number }) => text.slice(start, end);
    expect(source(key!)).toBe(text.split("\n").slice(1, 9).join("\n"));
    const { attributes } = key!.body;
    expect(source(attributes.get("multi_region")!)).toBe("multi_region = true");
    expect(source(attributes.get("multi_region")!.expression)).toBe("true");
    expect(source(attributes.get("policy")!.expression)).toBe("<<-EOT\n    ${var.x}\n  EOT");
  });
});

describe("the references in an expression", () => {
  const cases: readonly (readonly [expression: string, references: readonly string[]])[] = [
    ["aws_kms_key.main.arn", ["aws_kms_key.main.arn"]],
    ['"alias/${data.aws_region.main.region}-${var.name}"', ["data.aws_region.main.region", "var.name"]],
    ['aws_kms_key.main["x"].arn', ["aws_kms_key.main"]],
    ["aws_kms_key.main[each.key].arn", ["aws_kms_key.main", "each.key"]],
    ["[for k, v in local.all : v.arn if k != var.x]", ["local.all", "var.x"]],
    ["{ a = b.c, (d.e) = 1, f.g = 2 }", ["b.c", "d.e", "f.g"]],
    ['"%{ for x in var.all }${x}${y.z}%{ endfor }%{ if a.b }c%{ endif }"', ["var.all", "y.z", "a.b"]],
    ["!f(a.b...) ? [c.d] : (e.f)", ["a.b", "c.d", "e.f"]],
    ["<<EOT\n${a.b}\nEOT", ["a.b"]],
    ['"text"', []],
  ];
  test.each(cases)("of %j are found", (expression, references) => {
    const { attributes } = readTerraform(`a = ${expression}\n`);
    const found: readonly Reference[] = [...referencesIn(attributes.get("a")!.expression)];
    expect(found.map(({ names }) => names.join("."))).toEqual(references);
  });
});
