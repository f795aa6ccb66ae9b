import { describe, expect, test } from "vitest";
import { isKnownRegion, knownRegions, type Partition, partitionOf, shortCode } from "../../src/aws/regions.ts";

describe("the table of regions", () => {
  test("has every region once", () => {
    expect(knownRegions.length).toBe(new Set(knownRegions).size);
    expect(knownRegions.length).toBeGreaterThanOrEqual(46);
    for (const region of knownRegions) expect(region).toMatch(/^[a-z]+(-[a-z]+)+-\d$/);
  });

  test("knows its own regions and no others", () => {
    for (const region of knownRegions) expect(isKnownRegion(region)).toBe(true);
    for (const region of ["eu-wset-1", "eu-west-9", "", "aws-global", "EU-WEST-1", "constructor"]) {
      expect(isKnownRegion(region)).toBe(false);
    }
  });

  test("gives every region a short code of its own, which is a Terraform identifier", () => {
    const codes = new Map(knownRegions.map((region) => [shortCode(region), region]));
    expect(codes.size).toBe(knownRegions.length);
    for (const code of codes.keys()) expect(code).toMatch(/^[a-z]+\d$/);
    expect(codes.has("main")).toBe(false);
  });
});

describe("a region's partition", () => {
  test.each<[region: string, partition: Partition | undefined]>([
    ["eu-west-1", "aws"],
    ["il-central-1", "aws"],
    ["mx-central-1", "aws"],
    ["cn-northwest-1", "aws-cn"],
    ["us-gov-east-1", "aws-us-gov"],
    ["us-iso-west-1", "aws-iso"],
    ["us-isob-east-1", "aws-iso-b"],
    ["eu-isoe-west-1", "aws-iso-e"],
    ["us-isof-south-1", "aws-iso-f"],
    ["eusc-de-east-1", "aws-eusc"],
    ["eu-northwest-12", "aws"],
    ["cn-south-3", "aws-cn"],
    ["us-gov-west", undefined],
    ["mars-north-1", undefined],
    ["xeu-west-1", undefined],
    ["eu-west-1x", undefined],
  ])("of %s is %s", (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });

  test("is found by its name for every region that is known", () => {
    const counts: Record<string, number> = {};
    for (const region of knownRegions) {
      const partition = partitionOf(region);
      expect(partition, region).toBeDefined();
      counts[partition!] = (counts[partition!] ?? 0) + 1;
    }
    const { aws, ...others } = counts;
    expect(aws).toBeGreaterThanOrEqual(34);
    expect(others).toEqual({
      "aws-cn": 2,
      "aws-eusc": 1,
      "aws-iso": 2,
      "aws-iso-b": 2,
      "aws-iso-e": 1,
      "aws-iso-f": 2,
      "aws-us-gov": 2,
    });
  });
});

test.each([
  ["eu-central-1", "euc1"],
  ["eu-west-1", "euw1"],
  ["us-east-1", "use1"],
  ["ap-southeast-2", "apse2"],
  ["ap-northeast-3", "apne3"],
  ["ca-central-1", "cac1"],
  ["sa-east-1", "sae1"],
  ["me-south-1", "mes1"],
  ["us-gov-west-1", "usgw1"],
  ["us-isob-east-1", "usisobe1"],
  ["us-iso-east-1", "usisoe1"],
  ["eu-isoe-west-1", "euisoew1"],
  ["eusc-de-east-1", "euscdee1"],
  ["cn-northwest-1", "cnnw1"],
  ["eu-southwest-12", "eusw12"],
])("the short code of %s is %s", (region, code) => {
  expect(shortCode(region)).toBe(code);
});
