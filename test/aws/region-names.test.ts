import { expect, test } from "vitest";
import { regionsMeantBy } from "../../src/aws/region-names.ts";
import { knownRegions, shortCode } from "../../src/aws/regions.ts";

test.each([
  ["eu-central1", "eu-central-1"],
  ["EU-CENTRAL-1", "eu-central-1"],
  ["eu_central_1", "eu-central-1"],
  ["eucentral1", "eu-central-1"],
  ["eu-central-1a", "eu-central-1"],
  ["use1-az4", "us-east-1"],
  ["euw1", "eu-west-1"],
  ["Ireland", "eu-west-1"],
  ["Frankfurt", "eu-central-1"],
  ["N. Virginia", "us-east-1"],
  ["US East (Ohio)", "us-east-2"],
  ["South America (São Paulo)", "sa-east-1"],
  ["AWS GovCloud (US-West)", "us-gov-west-1"],
])("%s means %s", (word, region) => {
  expect(regionsMeantBy(word)).toEqual([region]);
});

test("the beginning of several regions means all of them", () => {
  expect(regionsMeantBy("eu-west")).toEqual(["eu-west-1", "eu-west-2", "eu-west-3"]);
});

test.each(["", "main", "eu", "hunter2", "eu-west-9", "constructor", "(", "1"])("%j means no region", (word) => {
  expect(regionsMeantBy(word)).toEqual([]);
});

test("every region is meant by its own name, its short code and its zones, and no other is", () => {
  for (const region of knownRegions) {
    for (const word of [region, region.toUpperCase(), shortCode(region), `${region}b`, `${shortCode(region)}-az1`]) {
      expect(regionsMeantBy(word), word).toEqual([region]);
    }
  }
});
