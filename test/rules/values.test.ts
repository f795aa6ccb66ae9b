import { describe, expect, test } from "vitest";
import { generate } from "../../src/index.ts";
import type { SpecError } from "../../src/report/diagnostic.ts";
import { validate } from "../../src/rules/validate.ts";
import { parse } from "../../src/spec/load.ts";

const ELSEWHERE = "arn:aws:ssm:us-east-1:123456789012:parameter/app/database";
const spec = (rest: object, provider: object = {}) => ({
  version: 1,
  regions: { primary: "eu-central-1" },
  provider,
  secrets: { app: { name: "app", ...rest } },
});

function text(given: object): string {
  return generate(given)
    .map((file) => file.text)
    .join("\n");
}

describe("a value that is read", () => {
  test("may be in any region of the partition where resources say their region themselves", () => {
    expect(text(spec({ value: { parameter: ELSEWHERE } }, { placement: "region" }))).toContain(
      `  arn = "${ELSEWHERE}"\n\n  region = "us-east-1"\n`,
    );
  });

  test.each([
    ["/app/database", "parameter/app/database"],
    ["database", "parameter/database"],
  ])("by the name %s of a parameter is that of the own account and region", (parameter, resource) => {
    expect(text(spec({ value: { parameter } }))).toContain(
      `arn = "arn:\${data.aws_partition.main.partition}:ssm:eu-central-1:\${data.aws_caller_identity.main.account_id}:${resource}"`,
    );
  });
});

describe("numbers in a JSON value are refused unless JSON would write them so", () => {
  const numbers = (json: string) =>
    `version: 1\nregions: { primary: eu-central-1 }\nsecrets: { a: { value: { json: { part: ${json} } } } }\n`;

  test.each(["0", "-1", "1.5", "[1, { a: 2 }]", "1e+21", '"007"', "~", "null", "true", "!!int 1"])(
    "%s is right",
    (json) => {
      expect(validate(parse("spec.yaml", Buffer.from(numbers(json)))).warnings).toEqual([]);
    },
  );

  test.each(["007", "1.10", "0x10", "1e3", "+1", ".5", "12345678901234567890", "[1, 01]", "", "&anchor"])(
    "%s is not",
    (json) => {
      expect(() => validate(parse("spec.yaml", Buffer.from(numbers(json))))).toThrow(/part-not-exact|written/);
    },
  );

  test.each([
    ["by an alias", "x-n: &n 007\nsecrets: { a: { value: { json: { part: *n } } } }"],
    ["with an alias of the whole", "x-n: &n { part: 007 }\nsecrets: { a: { value: { json: *n } } }"],
    ["by a merge", "x-n: &n { part: 007 }\nsecrets: { a: { value: { json: { <<: *n, host: x } } } }"],
    [
      "by one of several merges",
      "x: &x { part: 007 }\nx-y: &y { b: 1 }\nsecrets: { a: { value: { json: { <<: [*y, *x] } } } }".replace(
        "x: &x",
        "x-x: &x",
      ),
    ],
    ["in a parameter", "parameters: { a: { value: { json: { part: 007 } } } }"],
  ])("one that comes %s is found", (_, rest) => {
    const spec = `version: 1\nregions: { primary: eu-central-1 }\n${rest}\n`;
    const check = () => validate(parse("spec.yaml", Buffer.from(spec)));
    expect(check).toThrow(/part-not-exact/);
    const at = spec.slice(0, spec.indexOf("007")).split("\n");
    try {
      check();
    } catch (error) {
      const [{ position } = {}] = (error as SpecError).diagnostics;
      expect(position).toMatchObject({ line: at.length, column: at.at(-1)!.length + 1 });
      expect(position?.lineText).not.toContain("007");
    }
  });

  test("the last of two anchors of one name counts", () => {
    const spec =
      "version: 1\nregions: { primary: eu-central-1 }\nx-a: &n 007\nx-b: &n 7\nsecrets: { a: { value: { json: { part: *n } } } }\n";
    expect(validate(parse("spec.yaml", Buffer.from(spec))).warnings).toEqual([]);
  });

  test("one that is merged from elsewhere is where it is written", () => {
    const merged = `version: 1
regions: { primary: eu-central-1 }
secrets:
  a: { name: a, value: { json: &common { port: 5432, none: ~ } } }
  b: { name: b, value: { json: { <<: *common, host: x } } }
`;
    expect(validate(parse("spec.yaml", Buffer.from(merged))).warnings).toEqual([]);
  });
});
