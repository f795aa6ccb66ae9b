/** What has a row in one table has one in all: what a spec can make is known wherever something is said of it. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PlanJudge } from "../../src/losses/plan-judge.ts";
import { resourceType } from "../../src/losses/resource-types.ts";
import { codes } from "../../src/report/codes.ts";
import { outlookOf } from "../../src/report/outlook.ts";
import { EBS_TYPES } from "../../src/spec/ebs.ts";
import { type RegionalKind, regionalKinds } from "../../src/spec/regional.ts";
import { planReader } from "../../src/terraform/plan.ts";
import { RESOURCES } from "../stand-in/resources.ts";
import { fixturesFolder } from "../support/fixtures.ts";

const kinds = Object.entries(regionalKinds).map(([kind, { type }]) => ({ kind: kind as RegionalKind, type }));
const types = [...EBS_TYPES, ...kinds.map(({ type }) => type)];

describe.each(types)("%s", (type) => {
  test("says what its end means, under a code that is explained", () => {
    const { code = "", destroyed, noun } = resourceType(type);
    expect(code).not.toBe(resourceType("aws_unknown").code);
    expect(Object.keys(codes)).toContain(code);
    expect([destroyed, noun]).not.toContain("");
  });

  test("is counted under a name of its own", () => {
    const [line = ""] = outlookOf([{ verb: "create", type, region: "eu-west-1", count: 2 }]);
    expect(line).toMatch(/^Terraform will create 2 .*s in eu-west-1\./);
    expect(line).not.toContain("2 resources");
  });

  test("has its end judged in a plan", () => {
    const judge = new PlanJudge();
    const reader = planReader(judge);
    const change = { actions: ["delete"], before: { name: "a", bucket: "a" }, after: null };
    const changes = [{ address: `${type}.a`, mode: "managed", type, name: "a", change }];
    reader.feed(Buffer.from(JSON.stringify({ format_version: "1.2", planned_values: {}, resource_changes: changes })));
    expect(judge.findings(reader.end())).toHaveLength(1);
  });

  test("is in the schemas of both versions of the provider, with what replaces it, and in the stand-in", () => {
    const { replacedBy, identity, keptWith, retention, ofKey } = resourceType(type);
    for (const version of ["5.100", "6.25"]) {
      const path = join(fixturesFolder, "schemas", `aws-provider-${version}.schema.json`);
      const { block } = JSON.parse(readFileSync(path, "utf8")).resource_schemas[type];
      const names = Object.keys({ ...block.attributes, ...block.block_types });
      const named = [...Object.keys(replacedBy), identity, keptWith, retention, ofKey].filter(
        (one) => one !== undefined,
      );
      expect(names).toEqual(expect.arrayContaining(named));
    }
    expect([...RESOURCES[type]!.forceNew].sort()).toEqual(Object.keys(resourceType(type).replacedBy).sort());
  });
});

test.each(kinds)("$kind are known by what is unique about them", ({ type }) => {
  const { identity } = resourceType(type);
  expect(identity).toBeDefined();
  expect(Object.keys(resourceType(type).replacedBy)).toContain(identity);
});
