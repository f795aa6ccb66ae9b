import { describe, expect, test } from "vitest";
import { DEFAULT_VERSIONS, type Feature, floorsOf, has, lowerBound, needs } from "../../src/spec/versions.ts";

describe("the lowest version that a constraint admits", () => {
  test.each<[constraint: string, version: readonly [number, number, number]]>([
    [">= 1.11", [1, 11, 0]],
    [">=1.11.2", [1, 11, 2]],
    ["~> 6.0", [6, 0, 0]],
    ["~> 5.88.1", [5, 88, 1]],
    ["~>4", [4, 0, 0]],
    ["= 1.2.3", [1, 2, 3]],
    ["1.2.3", [1, 2, 3]],
    ["5", [5, 0, 0]],
    ["> 1.10", [1, 10, 0]],
    ["< 2.0", [0, 0, 0]],
    ["<= 2.0", [0, 0, 0]],
    ["!= 1.5", [0, 0, 0]],
    [">= 1.5, < 2.0", [1, 5, 0]],
    ["< 2.0, >= 1.5", [1, 5, 0]],
    [">= 1.5, >= 1.11, != 1.12", [1, 11, 0]],
    [">= 1.9, > 1.10.1 , ~> 1.3", [1, 10, 1]],
    ["  >=  1.11  ", [1, 11, 0]],
    [">= 1.11.0-beta1", [1, 11, 0]],
    [">= 10.2", [10, 2, 0]],
    ["", [0, 0, 0]],
  ])("%j is %j", (constraint, version) => {
    expect(lowerBound(constraint)).toEqual(version);
  });

  test("of a spec that says nothing is the default, for each part", () => {
    const defaults = { terraform: lowerBound(DEFAULT_VERSIONS.terraform), aws: lowerBound(DEFAULT_VERSIONS.aws) };
    expect(floorsOf({})).toEqual(defaults);
    expect(floorsOf({ terraform: { required_version: "~> 1.5" } })).toEqual({ ...defaults, terraform: [1, 5, 0] });
    expect(floorsOf({ terraform: { aws_provider: ">= 5.88" } })).toEqual({ ...defaults, aws: [5, 88, 0] });
  });
});

describe("a feature", () => {
  test.each<[feature: Feature, terraform: string, aws: string, isThere: boolean]>([
    ["writeOnlyValues", "1.11", "5.88", true],
    ["writeOnlyValues", "1.10.5", "5.88", false],
    ["writeOnlyValues", "1.11", "5.87.9", false],
    ["writeOnlyValues", "2.0", "6.0", true],
    ["regionArgument", "1.0", "6.0", true],
    ["regionArgument", "1.11", "5.99", false],
    ["movedBlocks", "1.1", "3.64", true],
    ["movedBlocks", "1.0.11", "6.0", false],
    ["importBlocks", "1.5", "4.0", true],
    ["removedBlocks", "1.6.9", "4.0", false],
    ["multiRegionKeys", "1.0", "3.63.9", false],
  ])("%s with Terraform %s and provider %s: %s", (feature, terraform, aws, isThere) => {
    expect(has({ terraform: lowerBound(terraform), aws: lowerBound(aws) }, feature)).toBe(isThere);
  });

  test.each<[Feature, string]>([
    ["writeOnlyValues", "Terraform >= 1.11 and hashicorp/aws >= 5.88"],
    ["regionArgument", "hashicorp/aws >= 6.0"],
    ["movedBlocks", "Terraform >= 1.1"],
  ])("%s needs %s", (feature, text) => {
    expect(needs(feature)).toBe(text);
  });
});
