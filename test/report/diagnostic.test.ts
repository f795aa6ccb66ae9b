import { describe, expect, test } from "vitest";
import {
  byPlace,
  type Diagnostic,
  type Paint,
  type Position,
  PRINTED_DIAGNOSTICS,
  printGithub,
  printPretty,
  SpecError,
  toJson,
} from "../../src/report/diagnostic.ts";

const plain: Paint = (_, text) => text;
const painted: Paint = (style, text) => `<${style}>${text}</${style}>`;

const position: Position = { line: 7, column: 3, length: 4, lineText: "  name: value" };
const diagnostic: Diagnostic = {
  code: "wrong-value",
  severity: "error",
  message: "name is wrong",
  file: "spec.yaml",
  path: ["secrets", "a", "name"],
  position,
  hint: "Write another.",
};

function at(line: number | undefined, column = 1, file = "spec.yaml"): Diagnostic {
  return { ...diagnostic, file, position: line === undefined ? undefined : { ...position, line, column } };
}

/** The line of the frame that shows the spec, and the line with the carets. */
function frameOf(lineText: string, column: number, length: number): string[] {
  const text = printPretty(
    [{ ...diagnostic, hint: undefined, position: { line: 7, column, length, lineText } }],
    plain,
  );
  return text.split("\n").slice(1, 3);
}

describe("a report for people", () => {
  test("has place, severity, message, code, the line with carets, and what to do", () => {
    expect(printPretty([diagnostic], plain)).toBe(
      "spec.yaml:7:3: error: name is wrong [wrong-value]\n  7 |   name: value\n    |   ^^^^\n  help: Write another.\n",
    );
  });

  test("a report of one line only is close to its neighbours", () => {
    const bare: Diagnostic = { ...diagnostic, severity: "warning", position: undefined, hint: undefined };
    expect(printPretty([bare, bare], plain)).toBe(
      "spec.yaml: warning: name is wrong [wrong-value]\nspec.yaml: warning: name is wrong [wrong-value]\n",
    );
  });

  test("groups several refusals by what to do about them, which comes first", () => {
    const refused = (address: string, hint: string): Diagnostic => {
      return { ...diagnostic, code: "gone", severity: "refused", address, position: undefined, hint };
    };
    const line = (address: string) => `spec.yaml: refused: ${address}: name is wrong [gone]\n`;
    const refusals = [refused("a.b", "Keep it."), refused("a.c", "Move it."), refused("a.d", "Keep it.")];
    expect(printPretty(refusals, plain)).toBe(
      `  help: Keep it.\n${line("a.b")}${line("a.d")}\n  help: Move it.\n${line("a.c")}`,
    );
    expect(printPretty(refusals.slice(0, 1), plain)).toBe(`${line("a.b")}  help: Keep it.\n`);
  });

  test("indents the lines of a long hint", () => {
    expect(printPretty([{ ...diagnostic, position: undefined, hint: "one\n two" }], plain)).toMatch(
      /\n {2}help: one\n {9}two\n$/,
    );
  });

  test("is coloured by severity", () => {
    const [error, warning] = ["error", "warning"].map((severity) =>
      printPretty([{ ...diagnostic, severity: severity as "error" }], painted),
    );
    expect(error).toContain("<bold>spec.yaml:7:3</bold>: <red>error</red>: name is wrong <dim>[wrong-value]</dim>\n");
    expect(error).toContain("<red>^^^^</red>\n<cyan>  help:</cyan> Write another.\n");
    expect(warning).toContain(": <yellow>warning</yellow>: ");
  });

  test("shows so many in full and counts the rest", () => {
    const many = (count: number) =>
      printPretty(
        Array.from({ length: count }, (_, line) => at(line + 1)),
        plain,
      );
    expect(many(PRINTED_DIAGNOSTICS)).not.toContain("more");
    expect(many(PRINTED_DIAGNOSTICS + 3)).toMatch(
      /\n\n… and 3 more: fix these first, or list all of them with --json\n$/,
    );
    expect(many(PRINTED_DIAGNOSTICS + 3).match(/error: /g)).toHaveLength(PRINTED_DIAGNOSTICS);
  });

  test.each([
    ["\u001b[31mred\u0007", "\ufffd[31mred\ufffd"],
    ["a\rb", "a\ufffdb"],
    ["\u202edesrever\u2066", "\ufffddesrever\ufffd"],
    ["\u0085\u009b", "\ufffd\ufffd"],
    ["tab\tand é 日本 😀", "tab\tand é 日本 😀"],
  ])("prints %j so that it cannot play with the terminal", (text, shown) => {
    const given = { ...diagnostic, file: `${text}.yaml`, message: text, hint: text };
    const printed = printPretty([{ ...given, position: { ...position, lineText: text } }], plain);
    expect(printed).toBe(
      `${shown}.yaml:7:3: error: ${shown} [wrong-value]\n  7 | ${shown}\n    | ${printed.split("\n")[2]!.slice(6)}\n  help: ${shown}\n`,
    );
  });

  test("keeps the name of a file on its line", () => {
    expect(printPretty([{ ...diagnostic, file: "a\n::error::b" }], plain)).toMatch(/^a\ufffd::error::b:7:3: error: /);
  });
});

describe("carets are under what they point at", () => {
  test.each([
    ["at the start", "name: x", 1, 4, "  7 | name: x", "    | ^^^^"],
    ["at the end", "name: x", 7, 1, "  7 | name: x", "    |       ^"],
    ["behind the end, as for what is missing", "name:", 6, 1, "  7 | name:", "    |      ^"],
    ["never past the end", "name: x", 7, 50, "  7 | name: x", "    |       ^"],
    ["behind a tab, whatever its width", "\tname: x", 2, 4, "  7 | \tname: x", "    | \t^^^^"],
    ["behind astral characters, which have two columns", "😀: x", 5, 1, "  7 | 😀: x", "    |     ^"],
    ["in an empty line", "", 1, 1, "  7 | ", "    | ^"],
  ])("%s", (_, lineText, column, length, shown, carets) => {
    expect(frameOf(lineText, column, length)).toEqual([shown, carets]);
  });

  test.each([
    [1, 5],
    [70, 30],
    [80, 10],
    [81, 10],
    [150, 10],
    [150, 500],
    [295, 5],
    [300, 1],
    [301, 1],
  ])("in a long line, of which a part is shown, at column %i for %i", (column, length) => {
    const lineText = Array.from({ length: 300 }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
    const [shown = "", carets = ""] = frameOf(lineText, column, length);
    expect(shown.length).toBeLessThanOrEqual(6 + 102);
    const start = carets.indexOf("^");
    const pointed = shown.slice(start, start + carets.length - start);
    expect(pointed.replace("…", "")).toBe(lineText.slice(column - 1, column - 1 + pointed.replace("…", "").length));
    expect(shown.slice(6).replaceAll("…", "").length).toBeGreaterThan(15);
    if (column <= 300) expect(pointed.length).toBeGreaterThan(0);
  });

  test("with a gutter as wide as the line's number", () => {
    const text = printPretty([{ ...diagnostic, position: { ...position, line: 12345 } }], plain);
    expect(text).toContain("\n  12345 |   name: value\n        |   ^^^^\n");
  });
});

describe("annotations for GitHub", () => {
  test("have the place and the text of a diagnostic, its hint on a line of its own", () => {
    expect(printGithub([diagnostic], (file) => `sub/${file}`)).toBe(
      "::error file=sub/spec.yaml,line=7,col=3,title=wrong-value::name is wrong%0AWrite another.\n",
    );
    const bare: Diagnostic = { ...diagnostic, severity: "warning", position: undefined, hint: undefined };
    expect(printGithub([bare], (file) => file)).toBe("::warning file=spec.yaml,title=wrong-value::name is wrong\n");
  });

  test("cannot be ended early, or be made to be others", () => {
    const forged: Diagnostic = {
      ...diagnostic,
      code: "x:y",
      file: "a,b:c%.yaml",
      message: "50%\r\n::error::z",
      position: undefined,
      hint: undefined,
    };
    expect(printGithub([forged], (file) => file)).toBe(
      "::error file=a%2Cb%3Ac%25.yaml,title=x%3Ay::50%25\ufffd%0A\\u003a:error::z\n",
    );
  });

  test("show a refusal as an error with what it is about, a note as a notice, and do without a file", () => {
    const refused: Diagnostic = { ...diagnostic, severity: "refused", address: "aws_kms_key.main_sm", hint: undefined };
    const note: Diagnostic = { ...diagnostic, severity: "note", file: "", hint: undefined };
    expect(printGithub([refused, note], (file) => file)).toBe(
      "::error file=spec.yaml,line=7,col=3,title=wrong-value::aws_kms_key.main_sm: name is wrong\n" +
        "::notice title=wrong-value::name is wrong\n",
    );
  });

  test("are as many as people are shown", () => {
    const many = Array.from({ length: 1000 }, (_, line) => at(line + 1));
    expect(printGithub(many, (file) => file).match(/^::error /gm)).toHaveLength(PRINTED_DIAGNOSTICS);
  });
});

test("the JSON of a diagnostic leaves out what there is not, and never has the line's text", () => {
  const { position: _, ...rest } = diagnostic;
  expect(toJson(diagnostic)).toEqual({ ...rest, line: 7, column: 3 });
  expect(Object.keys(toJson({ ...diagnostic, position: undefined, hint: undefined }))).toEqual([
    "code",
    "severity",
    "message",
    "file",
    "path",
  ]);
});

test("a report is sorted by file, then by place, and keeps the order of what is at one place", () => {
  const sorted = [at(2), at(10), at(1, 9), at(undefined), at(1, 10), at(3, 1, "a.yaml")].sort(byPlace);
  expect(sorted.map(({ file, position: place }) => `${file}:${place?.line ?? 0}:${place?.column ?? 0}`)).toEqual([
    "a.yaml:3:1",
    "spec.yaml:0:0",
    "spec.yaml:1:9",
    "spec.yaml:1:10",
    "spec.yaml:2:1",
    "spec.yaml:10:1",
  ]);
  const twins = [at(1), { ...at(1), code: "second" }];
  expect([...twins].sort(byPlace)).toEqual(twins);
});

test("an error of a spec says what is wrong on one line each, for those who catch it", () => {
  const error = new SpecError([diagnostic, { ...diagnostic, position: undefined }]);
  expect(error).toBeInstanceOf(Error);
  expect(String(error)).toBe(
    "SpecError: spec.yaml:7:3: name is wrong [wrong-value]\nspec.yaml: name is wrong [wrong-value]",
  );
});
