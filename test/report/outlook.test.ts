import { describe, expect, test } from "vitest";
import { type Action, outlookInMarkdown, outlookOf, Tally, type Verb } from "../../src/report/outlook.ts";

const KEY = "aws_kms_key";
const REPLICA = "aws_kms_replica_key";
const ALIAS = "aws_kms_alias";
const SECRET = "aws_secretsmanager_secret";

/** Actions from `verb type region count`, a line each. */
function actionsOf(...lines: readonly (readonly [Verb, string, string, number])[]): readonly Action[] {
  const tally = new Tally();
  for (const line of lines) tally.add(...line);
  return tally.actions();
}

describe("what Terraform will do is told", () => {
  test("in one line where there is little to tell", () => {
    expect(outlookOf(actionsOf(["create", SECRET, "eu-west-1", 1]))).toEqual([
      "Terraform will create 1 secret in eu-west-1. Nothing is destroyed.",
    ]);
  });

  test("by region where regions are alike", () => {
    const regions = ["eu-west-1", "us-east-1"] as const;
    const lines = regions.flatMap((region) => [
      ["create", REPLICA, region, 2] as const,
      ["create", ALIAS, region, 3] as const,
      ["copy", "replica", region, 12] as const,
    ]);
    expect(
      outlookOf(actionsOf(["create", KEY, "eu-central-1", 2], ["create", ALIAS, "eu-central-1", 3], ...lines)),
    ).toEqual([
      "Terraform will:",
      "  in eu-central-1: create 2 primary keys and 3 aliases",
      "  in each of eu-west-1 and us-east-1: create 2 replica keys and 3 aliases; copy 12 secrets there",
      "Nothing is destroyed.",
    ]);
  });

  test("by thing where many regions differ", () => {
    const lines = Array.from({ length: 5 }, (_, at) => ["copy", "replica", `eu-west-${at}`, at + 1] as const);
    expect(outlookOf(actionsOf(...lines))).toEqual([
      "Terraform will copy 15 secrets to 5 regions. Nothing is destroyed.",
    ]);
  });

  test("with what is destroyed, and not with the word that nothing is", () => {
    const lines = outlookOf(actionsOf(["destroy", KEY, "eu-central-1", 1], ["delete", "replica", "eu-west-1", 2]));
    expect(lines.join("\n")).toContain("destroy 1 primary key");
    expect(lines.join("\n")).toContain("delete 2 copies of secrets");
    expect(lines.join("\n")).not.toContain("Nothing");
  });

  test("as nothing where no resource changes", () => {
    expect(outlookOf([])).toEqual(["Terraform has nothing to do: no resource changes."]);
  });

  test("as a list in Markdown", () => {
    expect(outlookInMarkdown(actionsOf(["create", SECRET, "eu-west-1", 1234]))).toBe(
      "Terraform will:\n\n* create 1,234 secrets in eu-west-1\n\nNothing is destroyed.\n",
    );
  });
});

test("equal actions are counted together, those that happen to nothing are left out", () => {
  expect(
    actionsOf(["create", SECRET, "eu-west-1", 1], ["create", SECRET, "eu-west-1", 2], ["move", KEY, "eu-west-1", 0]),
  ).toEqual([{ verb: "create", type: SECRET, region: "eu-west-1", count: 3 }]);
});
