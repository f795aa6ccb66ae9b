import { describe, expect, test } from "vitest";
import { conflictsIn, misindentedAt, otherKindOfData, otherKindOfText } from "../../src/spec/slips.ts";

describe("merge conflicts", () => {
  test("are found with their lines, also those with a common ancestor", () => {
    const text = "a: 1\n<<<<<<< HEAD\nb: 1\n||||||| base\nb: 0\n=======\nb: 2\n>>>>>>> other\n";
    expect(conflictsIn(text)).toEqual([{ start: 5, firstLine: 2, lastLine: 8 }]);
    expect(conflictsIn(text.replaceAll("\n", "\r\n"))).toEqual([{ start: 6, firstLine: 2, lastLine: 8 }]);
  });

  test.each([
    "<<<<<<< HEAD\na: 1\n",
    "a: 1\n=======\n>>>>>>> b\n",
    "x: |\n  <<<<<<< a\n  =======\n  >>>>>>> b\n",
    "<<: *a\n",
  ])("%j has none", (text) => {
    expect(conflictsIn(text)).toEqual([]);
  });
});

describe("the indentation of a line", () => {
  /** `spaces → spaces of line N` of the line that holds `here`. */
  function report(text: string): string | undefined {
    const found = misindentedAt(text, text.indexOf("here"));
    return (
      found && `${found.spaces} → ${found.like.spaces} of line ${found.like.line}${found.isAfterValue ? ", value" : ""}`
    );
  }

  test.each([
    ["a:\n  b: 1\n   here: 2\n", "3 → 2 of line 2, value"],
    ["a:\n  b: 1\n here: 2\n", "1 → 2 of line 2"],
    ["a:\n    b:\n      c: 1\n   here: 2\n", "3 → 4 of line 2"],
    ["version: 1\n here:\n", "1 → 0 of line 1, value"],
    ["a:\n  - b\n - here\n", "1 → 2 of line 2"],
    ["a:\n  # a remark\n\n  b: 1\n   here: 2\n", "3 → 2 of line 4, value"],
    ["a:\r\n  b: 1\r\n   here: 2\r\n", "3 → 2 of line 2, value"],
  ])("of %j is wrong", (text, expected) => {
    expect(report(text)).toBe(expected);
  });

  test.each([
    "a:\n  here: 1\n",
    "a:\n  b: 1\n  here: 2\n",
    "a:\n  b: &x\n     here: 2\n",
    "a:\n  b: 1\n   here we are\n",
    "here: 1\n",
  ])("of %j is not what is wrong", (text) => {
    expect(report(text)).toBeUndefined();
  });
});

describe("a file of another kind", () => {
  test.each([
    ['resource "aws_kms_key" "a" {\n}\n', "Terraform configuration"],
    ["locals {\n  a = 1\n}\n", "Terraform configuration"],
    ["[default]\naws_region = x\n", "an INI file"],
    ["# local settings\nexport TOKEN=abc\n", "a file of NAME=value lines"],
    ["-----BEGIN CERTIFICATE-----\nabc\n", "a PEM file"],
    ["just words\n", undefined],
  ])("%j is %s", (text, kind) => {
    expect(otherKindOfText(text)?.kind).toBe(kind);
  });

  test.each([
    [{ apiVersion: "v1", kind: "Secret" }, "a Kubernetes manifest"],
    [{ Version: "2012-10-17", Statement: [] }, "a policy in AWS's JSON"],
    [{ format_version: "1.2", planned_values: {} }, "a Terraform plan"],
    [{ format_version: "1.0", values: {} }, "a Terraform state"],
    [{ version: 4, terraform_version: "1.11.4", lineage: "x" }, "a Terraform state"],
    [{ kind: "x" }, undefined],
    [{ regions: {}, Resources: {} }, undefined],
  ])("%j is %s", (data, kind) => {
    expect(otherKindOfData(data)?.kind).toBe(kind);
  });
});
