import { describe, expect, test } from "vitest";
import { declaredBy } from "../../src/terraform/declared.ts";

const REFERENCE = "$" + "{aws_kms_key.main.key_id}";
const declaredIn = (json: unknown) => declaredBy([{ path: "own.tf.json", text: JSON.stringify(json, null, 2) }]);

describe("a file in JSON declares what the same file of Terraform declares:", () => {
  test("resources, with provider and place", () => {
    const { resources } = declaredIn({
      resource: {
        aws_kms_key: { main: { multi_region: true, provider: "aws.euw1", lifecycle: { prevent_destroy: true } } },
        aws_kms_alias: [{ main: [{ name: "alias/x", target_key_id: REFERENCE }] }],
      },
    });
    expect([...resources.values()]).toEqual([
      {
        type: "aws_kms_alias",
        name: "main",
        address: "aws_kms_alias.main",
        path: "own.tf.json",
        line: 14,
        arguments: { name: "alias/x", target_key_id: REFERENCE },
        providerAlias: undefined,
      },
      {
        type: "aws_kms_key",
        name: "main",
        address: "aws_kms_key.main",
        path: "own.tf.json",
        line: 4,
        arguments: { multi_region: true, provider: "aws.euw1", lifecycle: [{ prevent_destroy: true }] },
        providerAlias: "euw1",
      },
    ]);
  });

  test("moved and removed blocks, alone or in a list", () => {
    const { moved, removed } = declaredIn({
      moved: { from: "aws_kms_key.a", to: "aws_kms_key.b" },
      removed: [
        { from: "aws_kms_key.c", lifecycle: { destroy: false } },
        { from: "aws_kms_key.d", lifecycle: [{ destroy: false }] },
        { from: "aws_kms_key.e" },
      ],
    });
    expect([...moved]).toEqual([["aws_kms_key.a", "aws_kms_key.b"]]);
    expect([...removed.keys()]).toEqual(["aws_kms_key.c", "aws_kms_key.d"]);
  });

  test("providers, modules and what the root gives", () => {
    const { providers, modules, isGivenProviders } = declaredIn({
      provider: { aws: [{ region: "eu-central-1" }, { alias: "euw1", region: "eu-west-1" }] },
      module: { keys: { source: "./keys" } },
      terraform: { required_providers: { aws: { source: "hashicorp/aws", configuration_aliases: ["aws.use1"] } } },
    });
    expect([...providers].map(([alias, { region }]) => [alias, region])).toEqual([
      ["", "eu-central-1"],
      ["euw1", "eu-west-1"],
      ["use1", ""],
    ]);
    expect([...modules]).toEqual([["keys", { path: "own.tf.json", source: "./keys" }]]);
    expect(isGivenProviders).toBe(true);
  });
});

test("what is no JSON is reported with its place", () => {
  expect(() => declaredBy([{ path: "own.tf.json", text: '{\n  "a": }\n' }])).toThrow(
    "own.tf.json:1:1: this is not valid Terraform: it is not JSON",
  );
});
