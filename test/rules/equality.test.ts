import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { possiblyEqual } from "../../src/rules/equality.ts";
import type { NamedVariable } from "../../src/spec/names.ts";
import { partsOf } from "../../src/spec/text.ts";

function variable(name: string, type: NamedVariable["type"] = "string", allowed?: string[]): NamedVariable {
  return { name, type, spec: allowed === undefined ? {} : { allowed }, path: [] };
}

const VARIABLES = [
  variable("a"),
  variable("b"),
  variable("n", "number"),
  variable("t", "bool"),
  variable("few", "string", ["x", "yy"]),
  variable("other", "string", ["yy", "z"]),
];

function pairs(...texts: readonly string[]): string[] {
  const candidates = texts.map((text) => ({ parts: partsOf(text), owner: text }));
  return [...possiblyEqual(candidates, VARIABLES)].map((pair) => pair.toSorted().join(" = ")).sort();
}

describe("two names", () => {
  test.each([
    ["{var.a}", "x"],
    ["app-{var.a}", "app-{var.b}"],
    ["{var.a}-db", "prod-db"],
    ["{var.a}/{var.b}", "{var.b}/{var.a}"],
    ["{var.a}x", "x{var.b}"],
    ["x{var.a}y{var.b}", "xxyyyy"],
    ["{workspace}", "main"],
    ["{var.n}", "1.5"],
    ["{var.t}-x", "true-x"],
    ["{var.few}-x", "yy-x"],
    ["{var.few}", "{var.other}"],
    ["{var.few}{var.a}", "yy{var.b}"],
  ])("%j and %j can be equal", (one, other) => {
    expect(pairs(one, other)).toHaveLength(1);
    expect(pairs(other, one)).toHaveLength(1);
  });

  test.each([
    ["{var.a}-db", "{var.a}-cache"],
    ["{var.a}", "{var.a}-replica"],
    ["{var.a}/db", "{var.a}-x/db"],
    ["app-{var.a}", "web-{var.b}"],
    ["{var.a}-db", "prod-cache"],
    ["{var.a}x", "y{var.a}"],
    ["a{var.a}a", "a"],
    ["a{var.a}a", "aa"],
    ["{workspace}", "app/main"],
    ["{var.n}", "one"],
    ["{var.t}", "yes"],
    ["{var.few}-x", "z-x"],
    ["{var.few}1", "{var.other}2"],
    ["plain", "other"],
    // The same however the variable is set: that is for another rule.
    ["{var.a}", "{var.a}"],
  ])("%j and %j cannot", (one, other) => {
    expect(pairs(one, other)).toEqual([]);
  });

  test("are found among many, each pair once", () => {
    expect(pairs("{var.a}/x", "p/x", "q/x", "p/y", "{var.b}/z")).toEqual(["p/x = {var.a}/x", "q/x = {var.a}/x"]);
  });

  test("that some values make equal are never missed", () => {
    const piece = fc.constantFrom("x", "y", "-", "{var.a}", "{var.b}", "{var.few}");
    const name = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));
    const texts = ["x", "y", "-", "xx", "xy", "yx", "yy", "x-", "-x", "y-", "-y", "--"];
    const values = texts.flatMap((a) => texts.flatMap((b) => ["x", "yy"].map((few) => ({ a, b, few }))));
    const written = (text: string, value: Record<string, string>) =>
      text.replace(/\{var\.(\w+)\}/g, (_, key: string) => value[key]!);
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other);
        const canBe = values.some((value) => written(one, value) === written(other, value));
        if (canBe) expect(pairs(one, other)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  test("of ten thousand with one variable in front are compared in no time", () => {
    const start = process.cpuUsage();
    expect(pairs(...Array.from({ length: 10_000 }, (_, index) => `{var.a}/name-${index}/x`))).toEqual([]);
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });
});
