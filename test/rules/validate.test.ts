import { describe, expect, test } from "vitest";
import { SpecError } from "../../src/report/diagnostic.ts";
import { validate } from "../../src/rules/validate.ts";
import { parse } from "../../src/spec/load.ts";
import { folderWith, run } from "../support/cli.ts";

const HEAD = "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\n";

/** `line: code: message` of everything that is wrong with a spec, warnings too; nothing when it may be used. */
function report(yaml: string): string[] {
  try {
    validate(parse("spec.yaml", Buffer.from(yaml)));
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.diagnostics.map(({ position, code, message }) => `${position?.line ?? 0}: ${code}: ${message}`);
  }
}

describe("one run reports everything", () => {
  test("mistakes of grammar and broken rules together, in the order of the spec", () => {
    const yaml = `${HEAD}outputs: maybe
keys:
  sm: { deletion_window_days: 3, colour: red }
  s3: { service: s3, usage: sign, rotation: true }
secrets:
  a: { name: "two words" }
  b: { key: s4, protekt: true }
  c: { value: { literal: x } }
`;
    expect(report(yaml)).toEqual([
      '3: wrong-type: outputs is "maybe"; it must be true or false',
      "5: out-of-range: deletion_window_days is 3; it must be at least 7",
      '5: unrecognized-key: unknown key "colour"',
      expect.stringMatching(/^6: rotation-not-possible: /),
      '8: bad-secret-name: the name of a secret cannot hold " "',
      '9: unknown-key: there is no key "s4" in this spec',
      '9: unrecognized-key: unknown key "protekt"',
      expect.stringMatching(/^10: plaintext-not-allowed: /),
    ]);
  });

  test("a mistake that spoils the meaning of the rest stands alone", () => {
    expect(report("version: 1\nregions: { primary: 5 }\nsecrets: { a: { key: nope } }\n")).toEqual([
      expect.stringMatching(/^2: wrong-type: primary is 5/),
    ]);
    expect(report(`${HEAD}keys: []\nsecrets: { a: { key: nope } }\n`)).toEqual([
      "3: wrong-type: keys is a list; it must be a map",
    ]);
  });

  test("the same mistake behind two aliases is two mistakes, each at its alias", () => {
    const yaml = `${HEAD}secrets:\n  a: &a { protect: 5 }\n  b: *a\n  c: { <<: *a, name: c }\n`;
    expect(report(yaml)).toEqual([
      "4: wrong-type: protect is 5; it must be true or false",
      "5: wrong-type: protect is 5; it must be true or false",
      "6: wrong-type: protect is 5; it must be true or false",
    ]);
  });
});

describe("names that objects have by nature", () => {
  test("are names like any other, for keys, secrets and tags", async () => {
    const cwd = folderWith({
      "spec.yaml": `${HEAD}keys: { constructor: { alias: false, tags: { hasOwnProperty: x } } }
secrets: { toString: { key: constructor }, valueOf: { tags: { constructor: y } } }
outputs: true
`,
    });
    const { code, stdout } = await run(["spec.yaml", "--stdout"], { cwd });
    expect(code).toBe(0);
    for (const text of ["main_constructor", 'hasOwnProperty = "x"', '"toString"', '"valueOf"', 'constructor = "y"']) {
      expect(stdout).toContain(text);
    }
  });

  test.each([
    "keys: { constructr: {} }\nsecrets: { a: { constructor: x } }",
    "secrets: { a: { toString: x } }",
    "secrets: { a: { value: { constructor: x } } }",
    "secrets: { a: { value: { generated: { valueOf: x } } } }",
    "hasOwnProperty: 1",
    "regions: { constructor: 1, primary: eu-west-1 }",
  ])("are unknown keys where they are none: %s", (yaml) => {
    const spec = yaml.startsWith("regions") ? `version: 1\n${yaml}` : HEAD + yaml;
    expect(report(spec).at(-1)).toContain("unrecognized-key: unknown key");
  });

  test.each(["keys", "secrets"])("but __proto__ is no name of %s", (section) => {
    expect(report(`${HEAD}${section}: { __proto__: { name: x } }\n`)).toEqual([
      "3: bad-identifier: __proto__ is no name here",
    ]);
    expect(report(`${HEAD}${section}: { "__pr\\u006fto__": { name: x } }\n`)).toHaveLength(1);
  });
});

describe("text that Terraform cannot keep", () => {
  test.each([
    [
      "half a character in a text",
      'description: "a\\ud800"',
      ["4: broken-character: the text holds half a character, a lone surrogate"],
    ],
    [
      "half a character in a key",
      'tags: { "a\\udc00": x }',
      expect.arrayContaining(["4: broken-character: the text holds half a character, a lone surrogate"]),
    ],
    [
      "two keys that are one in NFC",
      'tags: { "e\\u0301": a, "é": b }',
      expect.arrayContaining([expect.stringMatching(/^4: duplicate-key: another key of this map is the same/)]),
    ],
  ])("is refused: %s", (_, line, expected) => {
    expect(report(`${HEAD}secrets:\n  a: { ${line} }\n`)).toEqual(expected);
  });

  test("is warned of when it only changes", () => {
    const { warnings } = validate(
      parse("spec.yaml", Buffer.from(`${HEAD}secrets: { a: { description: "e\\u0301" } }\n`)),
    );
    expect(warnings.map(({ code }) => code)).toEqual(["not-normalized"]);
  });
});

describe("10,000 mistakes take a second or so, not minutes", () => {
  const lines = (line: (index: number) => string) => Array.from({ length: 10_000 }, (_, index) => line(index)).join("");

  test.each<[title: string, yaml: () => string, code: string]>([
    ["unknown keys", () => HEAD + lines((i) => `kyes${i}: 1\n`), "unrecognized-key"],
    ["wrong types", () => `${HEAD}secrets:\n${lines((i) => `  s${i}: { protect: 5 }\n`)}`, "wrong-type"],
    ["mistakes in one line", () => `${HEAD}secrets: {${lines((i) => `s${i}: { protect: 5 }, `)}}\n`, "wrong-type"],
    ["names that are no identifiers", () => `${HEAD}secrets:\n${lines((i) => `  s.${i}: x\n`)}`, "bad-identifier"],
    [
      "keys that are twice",
      () => `${HEAD}secrets:\n${lines((i) => `  s${i}: { name: a, name: b }\n`)}`,
      "duplicate-key",
    ],
    ["equal names", () => `${HEAD}secrets:\n${lines((i) => `  s${i}: same\n`)}`, "duplicate-secret-name"],
    [
      "references to keys that are not there, among 10,000 that are",
      () =>
        `${HEAD}keys:\n${lines((i) => `  key_${i}: { alias: false }\n`)}secrets:\n${lines((i) => `  s${i}: { key: kye_${i} }\n`)}`,
      "unknown-key",
    ],
    [
      "secrets that do not say which of 10,000 keys",
      () => `${HEAD}keys:\n${lines((i) => `  key_${i}: { alias: false }\n`)}secrets:\n${lines((i) => `  s${i}: {}\n`)}`,
      "key-not-chosen",
    ],
  ])("%s", (_, yaml, code) => {
    // Time of the processor, so that other work on the machine does not count.
    const start = process.cpuUsage();
    const found = report(yaml()).filter((line) => line.includes(`: ${code}: `));
    expect(process.cpuUsage(start).user).toBeLessThan(15_000_000);
    expect(found.length).toBeGreaterThanOrEqual(9_999);
  });
});

test("more mistakes than zod can list are one error, not a crash", async () => {
  const secrets = Array.from({ length: 130_000 }, (_, index) => `  "${index}": x\n`).join("");
  const cwd = folderWith({ "spec.yaml": `version: 1\nregions: { primary: eu-central-1 }\nsecrets:\n${secrets}` });
  const { code, stderr } = await run(["spec.yaml"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("[too-many-mistakes]");
});
