/**
 * Makes Terraform files of every shape that HCL's grammar has, for comparing readers: grammatical ones, and damaged ones.
 * They mean nothing, and Terraform would refuse most of them.
 */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is Terraform's

import fc from "fast-check";

type Text = fc.Arbitrary<string>;

const joined = (...parts: readonly (Text | string)[]): Text =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part)))
    .map((texts) => texts.join(""));
const oneOf = (...texts: readonly string[]): Text => fc.constantFrom(...texts);
const several = (part: Text, separator: Text | string, maxLength = 4): Text =>
  fc
    .array(fc.tuple(part, typeof separator === "string" ? fc.constant(separator) : separator), { maxLength })
    .map((pairs) => pairs.map(([text, end], index) => (index === pairs.length - 1 ? text : text + end)).join(""));

const name: Text = oneOf(
  ..."a b foo count each for_each var x-y _z if in for else null true self string b1 Größe 日本語 µ e\u0301 ا क्षि ª ﬁ _- name__proto__ toString __proto__".split(
    " ",
  ),
);
const blank: Text = oneOf("", "", "", " ", " ", "\t", " /* c */ ", "/* \n */", "/**/");
/** Where line ends are blanks. */
const gap: Text = fc.oneof(
  { weight: 6, arbitrary: blank },
  { weight: 1, arbitrary: oneOf("\n", "\r\n", "# c\n", " // ${\n") },
);
const number: Text = oneOf("0", "1", "42", "0.5", "1e3", "2.5E-2", "007", "1e+10", "12345678901234567890", "1.0");
/** What is in texts: what HCL decodes, doubles, trims and composes. */
const scrap: Text = oneOf(
  ..."a|b c| |  |\t|$|%|$$|%%|$$$|{|}|~|$${|%%{|$${x}|%%%{|é|e\u0301|\u0301|中文|😀|\u00a0|\u2003|'|#|//|/*|<<EOT|EOT|=|(|\\]|:".split(
    "|",
  ),
);
const escaped: Text = oneOf(
  "\\n",
  "\\t",
  "\\r",
  '\\"',
  "\\\\",
  "\\u00e9",
  "\\u0301",
  "\\U0001F600",
  "\\u0024{",
  "\\u0000",
);
const trim: Text = oneOf("", "", "~");

/** The parts of the grammar that hold each other. */
const { expression } = fc.letrec<{
  expression: string;
  interpolation: string;
  pieces: string;
  lines: string;
  term: string;
}>((tie) => {
  const inner = fc.oneof({ maxDepth: 4, depthIdentifier: "hcl" }, name, tie("expression"));
  const list = (open: string, item: Text, close: string): Text =>
    joined(
      open,
      gap,
      several(joined(item, gap), joined(",", gap)),
      oneOf("", "", ",").map((end) => end),
      gap,
      close,
    );
  const loop = joined("for ", gap, fc.oneof(name, joined(name, gap, ",", gap, name)), " in ", inner, gap, ":", gap);
  const condition = fc.oneof({ weight: 3, arbitrary: fc.constant("") }, joined(" if ", inner));
  const item = joined(fc.oneof(name, tie("term"), joined("(", inner, ")")), blank, oneOf("=", ":"), blank, inner);
  const lineEnd = oneOf("\n", ",", ",\n", "\r\n", "# c\n", " // c\n  ", ", /* c */", "\n\n");
  const step = fc.oneof(
    joined(".", name),
    joined(blank, ".", blank, name),
    oneOf(".0", ".1.2", ".*", "[*]", "[ * ]", ".*.a.0", "[0]", '["k"]'),
    joined("[", gap, inner, gap, "]"),
  );
  return {
    interpolation: fc.oneof(
      joined("${", trim, gap, inner, gap, trim, "}"),
      joined("%{", trim, " if ", inner, gap, trim, "}", tie("pieces"), "%{", trim, blank, "endif", blank, trim, "}"),
      joined(
        "%{ if ",
        inner,
        " }",
        tie("pieces"),
        "%{",
        trim,
        " else ",
        trim,
        "}",
        tie("pieces"),
        "%{ endif ",
        trim,
        "}",
      ),
      joined(
        "%{",
        trim,
        loop.map((text) => text.replace(/:\s*$/, "")),
        trim,
        "}",
        tie("pieces"),
        "%{ endfor ",
        trim,
        "}",
      ),
    ),
    pieces: fc
      .array(fc.oneof({ maxDepth: 4, depthIdentifier: "hcl" }, scrap, escaped, tie("interpolation")), { maxLength: 5 })
      .map((parts) => parts.join("")),
    lines: fc
      .array(
        joined(
          oneOf("", "", "  ", "    ", "\t", " \t ", "\u00a0 "),
          fc
            .array(
              fc.oneof({ maxDepth: 4, depthIdentifier: "hcl" }, scrap, escaped, oneOf('"'), tie("interpolation")),
              {
                maxLength: 3,
              },
            )
            .map((parts) => parts.join("")),
        ),
        { maxLength: 4 },
      )
      .map((lines) => lines.map((line) => `${line}\n`).join("")),
    term: fc.oneof(
      { maxDepth: 5, depthIdentifier: "hcl" },
      name,
      number,
      joined('"', tie("pieces"), '"'),
      joined('"', scrap, '"'),
      fc
        .tuple(oneOf("<<", "<<-"), oneOf("EOT", "E-1", "日"), tie("lines"), oneOf("", "  ", "\t"), oneOf("", " "))
        .map(([open, marker, lines, indent, after]) => `${open}${marker}\n${lines}${indent}${marker}${after}\n`),
      list("[", inner, "]"),
      joined("(", gap, inner, gap, ")"),
      joined("{", oneOf("", "\n"), several(item, lineEnd), oneOf("", "\n", ","), "}"),
      joined("[", gap, loop, inner, condition, gap, "]"),
      joined("{", gap, loop, inner, gap, "=>", gap, inner, oneOf("", "..."), condition, gap, "}"),
      joined(oneOf("f", "jsonencode", "provider::a::b"), blank, list("(", inner, ")")),
      joined("f(", inner, "...", gap, ")"),
    ),
    expression: fc.oneof(
      { maxDepth: 5, depthIdentifier: "hcl" },
      tie("term"),
      joined(tie("term"), several(step, "", 3)),
      joined(oneOf("-", "!", "- ", "!!", "-!"), tie("term")),
      joined(
        tie("term"),
        blank,
        oneOf("+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"),
        oneOf("", " "),
        inner,
      ),
      joined(inner, blank, "?", blank, inner, blank, ":", blank, inner),
    ),
  };
});

const comment: Text = oneOf("# c\n", "// c ${\n", "/* c\n c */\n", "\n", "  \n", "\r\n", "#\n", '# "\n');
const label: Text = oneOf('"a"', '"b c"', '""', "d", '"e\\n"', '"$${x}"', '"\u00e9"');

const { body } = fc.letrec<{ body: string; block: string; attribute: string }>((tie) => ({
  attribute: joined(
    fc.integer({ min: 0, max: 30 }).map((at) => `a${at}`),
    blank,
    "=",
    blank,
    expression,
    blank,
    oneOf("\n", "\r\n", " # c\n"),
  ),
  block: joined(
    // A type of block has so many labels, and no others.
    fc.oneof(
      joined("resource ", label, " ", label),
      joined("dynamic ", label),
      joined("dynamic", oneOf('"a"', '"__proto__"')),
      oneOf("b", "lifecycle", "__proto__"),
    ),
    blank,
    fc.oneof(
      { maxDepth: 3, depthIdentifier: "body" },
      oneOf("{}", "{ }"),
      joined("{", blank, "a", blank, "=", blank, expression, blank, "}"),
      joined("{", blank, oneOf("\n", "# c\n", "\r\n"), tie("body"), "}"),
    ),
    blank,
    oneOf("\n", "\r\n", " // c\n"),
  ),
  body: fc
    .array(
      fc.oneof({ maxDepth: 3, depthIdentifier: "body" }, tie("attribute"), tie("attribute"), comment, tie("block")),
      {
        maxLength: 5,
      },
    )
    .map((parts) => parts.join("")),
}));

/** A file that is mostly grammatical. */
export const hclFiles: Text = joined(oneOf("", "", "", "\ufeff"), body);

/** What is put into a file, or put in place of something, to damage it. */
const damage: Text = fc.oneof(
  oneOf(
    ...`" $ % { } [ ] ( ) ~ \${ %{ ~} \${~ = == => ? : :: , . ... .* - -- ! & && | || < << <<EOT <<-E\n \\ # // /* */ \n \r\n
    \r \t \u00a0 \ufeff \0 ; ' @ 0 1.5 1..2 1e a for in if`.split(/[ ]+/),
  ),
  expression,
  scrap,
);

/** A file with some characters taken out and others put in. */
export function damaged(file: Text): Text {
  const edit = fc.record({
    at: fc.nat(),
    length: oneOf("0", "0", "1", "2", "8"),
    text: fc.oneof(fc.constant(""), damage),
  });
  return fc.tuple(file, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) =>
    edits.reduce((damagedSoFar, { at, length, text: put }) => {
      const place = at % (damagedSoFar.length + 1);
      // A file on disk has no half of a character.
      return (damagedSoFar.slice(0, place) + put + damagedSoFar.slice(place + Number(length))).toWellFormed();
    }, text),
  );
}
