/** What is read out of Terraform files, whoever wrote them. */

import { describe, expect, test } from "vitest";
import { type Declared, declaredBy, UnreadableTerraformError } from "../../src/terraform/declared.ts";

function read(text: string): Declared {
  return declaredBy([{ path: "own.tf", text }]);
}

describe("resources", () => {
  const cases: readonly (readonly [name: string, text: string, expected: object])[] = [
    [
      "are known by type and name",
      'resource "aws_kms_key" "main_sm" {\n  multi_region = true\n}\n',
      {
        type: "aws_kms_key",
        name: "main_sm",
        address: "aws_kms_key.main_sm",
        path: "own.tf",
        line: 1,
        arguments: { multi_region: true },
        providerAlias: undefined,
      },
    ],
    ["may have labels without quotes", "resource aws_kms_key main_sm {}\n", { address: "aws_kms_key.main_sm" }],
    ["may be in one line", 'resource "aws_kms_key" "a-b" { multi_region = true }\n', { name: "a-b" }],
    ["may be called what JavaScript knows", 'resource "aws_kms_key" "__proto__" {}\n', { name: "__proto__" }],
    [
      "have expressions as text",
      `resource "a" "b" {\n  name = "alias/\${data.aws_region.main.region}-x"\n  arn = aws_kms_key.main.arn\n}\n`,
      {
        arguments: { name: `alias/\${data.aws_region.main.region}-x`, arn: `\${aws_kms_key.main.arn}` },
      },
    ],
    [
      "have nested blocks as lists",
      'resource "a" "b" {\n  replica {\n    region = "eu-west-1"\n  }\n  replica {\n    region = "us-east-1"\n  }\n}\n',
      { arguments: { replica: [{ region: "eu-west-1" }, { region: "us-east-1" }] } },
    ],
    ["say their provider's alias", 'resource "a" "b" {\n  provider = aws.euw1\n}\n', { providerAlias: "euw1" }],
    ["may name the provider without alias", 'resource "a" "b" {\n  provider = aws\n}\n', { providerAlias: undefined }],
    [
      "have no alias of AWS's provider when they are another's",
      'resource "a" "b" {\n  provider = google.europe\n}\n',
      { providerAlias: undefined },
    ],
    [
      "are read through comments and heredocs",
      '# resource "x" "y" {}\nresource "a" "b" {\n  policy = <<-EOT\n    resource "x" "y" {}\n  EOT\n}\n/* resource "x" "z" {} */\n',
      { address: "a.b" },
    ],
  ];

  test.each(cases)("%s", (_, text, expected) => {
    const { resources } = read(text);
    expect([...resources.values()]).toEqual([expect.objectContaining(expected)]);
  });

  test("of several files are taken together, each with its file", () => {
    const files = ["a", "b"].map((name) => ({ path: `${name}.tf`, text: `resource "x" "${name}" {}\n` }));
    const { resources } = declaredBy(files);
    expect([...resources].map(([address, { path }]) => [address, path])).toEqual([
      ["x.a", "a.tf"],
      ["x.b", "b.tf"],
    ]);
  });

  test("have the line that they start in, of the whole file where a part of it is read", () => {
    const text = '# a\nresource "x" "a" {}\n\nresource "x" "b" {\n}\n';
    const lines = (line?: number) => {
      const { resources } = declaredBy([{ path: "own.tf", text, ...(line === undefined ? {} : { line }) }]);
      return [...resources.values()].map((resource) => resource.line);
    };
    expect(lines()).toEqual([2, 4]);
    expect(lines(100)).toEqual([101, 103]);
  });

  test("are none where there is nothing", () => {
    const { resources, providers, moved, removed, modules, regionSources, isGivenProviders } = declaredBy([]);
    expect([resources, providers, moved, removed, modules, regionSources].map(({ size }) => size)).toEqual(
      Array(6).fill(0),
    );
    expect(isGivenProviders).toBe(false);
  });
});

describe("providers", () => {
  const cases: readonly (readonly [name: string, text: string, expected: object])[] = [
    [
      "have their regions by alias",
      'provider "aws" {\n  region = "eu-central-1"\n}\nprovider "aws" {\n  alias  = "euw1"\n  region = "eu-west-1"\n}\n',
      {
        "": { path: "own.tf", region: "eu-central-1", accounts: [] },
        euw1: { path: "own.tf", region: "eu-west-1", accounts: [] },
      },
    ],
    [
      "have no region that an expression decides",
      `provider "aws" {\n  region = var.region\n}\nprovider "aws" {\n  alias = "other"\n  region = "\${var.prefix}-1"\n}\n`,
      { "": { path: "own.tf", region: "", accounts: [] }, other: { path: "own.tf", region: "", accounts: [] } },
    ],
    ["may have no region at all", 'provider "aws" {}\n', { "": { path: "own.tf", region: "", accounts: [] } }],
    [
      "are for the accounts that they allow",
      'provider "aws" {\n  allowed_account_ids = ["111111111111", "222222222222"]\n  assume_role {\n    role_arn = "arn:aws:iam::333333333333:role/x"\n  }\n}\n',
      { "": { path: "own.tf", region: "", accounts: ["111111111111", "222222222222"] } },
    ],
    [
      "are for the account whose role they assume",
      'provider "aws" {\n  assume_role {\n    role_arn = "arn:aws-cn:iam::333333333333:role/x"\n  }\n}\n',
      { "": { path: "own.tf", region: "", accounts: ["333333333333"] } },
    ],
    [
      "are for any account when an expression decides it",
      'provider "aws" {\n  assume_role {\n    role_arn = var.role\n  }\n}\n',
      { "": { path: "own.tf", region: "", accounts: [] } },
    ],
    ["of others are not AWS's", 'provider "google" {\n  alias = "x"\n}\n', {}],
    [
      "are given to a module by alias",
      'terraform {\n  required_providers {\n    aws = {\n      source                = "hashicorp/aws"\n      configuration_aliases = [aws.euw1, aws.use1]\n    }\n  }\n}\n',
      { euw1: { path: "own.tf", region: "", accounts: [] }, use1: { path: "own.tf", region: "", accounts: [] } },
    ],
  ];

  test.each(cases)("%s", (_, text, expected) => {
    const { providers, isGivenProviders } = read(text);
    const lines = text.split("\n").flatMap((line, index) => (/^ *(provider|aws) /.test(line) ? [index + 1] : []));
    expect(Object.fromEntries(providers)).toMatchObject(expected);
    expect([...providers.keys()]).toEqual(Object.keys(expected));
    for (const { line } of providers.values()) expect([1, ...lines]).toContain(line);
    expect(isGivenProviders).toBe(text.includes("configuration_aliases"));
  });
});

describe("other blocks:", () => {
  type Part = "regionSources" | "moved" | "removed" | "modules";
  const cases: readonly (readonly [name: string, text: string, part: Part, expected: unknown])[] = [
    [
      "data sources of regions have their provider's alias",
      'data "aws_region" "main" {}\ndata "aws_region" "euw1" {\n  provider = aws.euw1\n}\ndata "aws_partition" "current" {}\n',
      "regionSources",
      [
        ["main", ""],
        ["euw1", "euw1"],
      ],
    ],
    [
      "moved blocks lead from address to address",
      'moved {\n  from = aws_kms_key.a\n  to   = aws_kms_key.b\n}\nmoved {\n  from = aws_kms_key.c\n  to   = module.keys["x"].aws_kms_key.all["c"]\n}\n',
      "moved",
      [
        ["aws_kms_key.a", "aws_kms_key.b"],
        ["aws_kms_key.c", 'module.keys["x"].aws_kms_key.all["c"]'],
      ],
    ],
    [
      "removed blocks keep what they do not destroy",
      `${["a", "b"].map((name) => `removed {\n  from = aws_kms_key.${name}\n  lifecycle {\n    destroy = false\n  }\n}\n`).join("")}`,
      "removed",
      [
        ["aws_kms_key.a", "own.tf"],
        ["aws_kms_key.b", "own.tf"],
      ],
    ],
    [
      "removed blocks that destroy, or do not say it, keep nothing",
      "removed {\n  from = aws_kms_key.a\n}\nremoved {\n  from = aws_kms_key.b\n  lifecycle {\n    destroy = true\n  }\n}\n",
      "removed",
      [],
    ],
    [
      "modules are known by name",
      'module "keys" {\n  source = "./keys"\n}\n',
      "modules",
      [["keys", { path: "own.tf", source: "./keys" }]],
    ],
  ];

  test.each(cases)("%s", (_, text, part, expected) => {
    expect([...read(text)[part]].sort()).toEqual((expected as unknown[]).toSorted());
  });
});

describe("a file that is no Terraform is reported", () => {
  const cases: readonly (readonly [text: string, place: string, what: string])[] = [
    ['resource "a" "b" {\n  x =\n}\n', "2:6", "an expression is missing here"],
    ["a b c\n", "1:6", '"=", a label or "{" is missing here'],
    ['\nresource "a" "b" {\n', "2:18", "this block is not closed"],
    ["<<<<<<< HEAD\n", "1:1", "an argument or a block belongs here"],
  ];

  test.each(cases)("%j", (text, place, what) => {
    const reason = `this is not valid Terraform: ${what}`;
    const [line, column] = place.split(":").map(Number);
    const error = thrownBy(() => read(text));
    expect(error).toBeInstanceOf(UnreadableTerraformError);
    expect(error).toMatchObject({ message: `own.tf:${place}: ${reason}`, path: "own.tf", reason, line, column });
  });

  test("by its own name among others", () => {
    const files = [
      { path: "good.tf", text: "" },
      { path: "bad.tf", text: "x = " },
    ];
    expect(() => declaredBy(files)).toThrow(/^bad\.tf:1:5: /);
  });

  test("at its line of the file where it is a part of one", () => {
    expect(() => declaredBy([{ path: "bad.tf", text: "x = 1\ny = ", line: 100 }])).toThrow(/^bad\.tf:101:5: /);
  });
});

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
