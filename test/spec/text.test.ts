import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canSay, filled, fixedLength, partsOf, placeholdersIn, shown, unknownWordsIn } from "../../src/spec/text.ts";
import { hostileText } from "../support/specs.ts";
import { escapeBraces } from "../support/text.ts";

const PLACE = { region: "eu-west-1", label: "euw1" };

describe("a text", () => {
  test.each<[text: string, parts: readonly unknown[]]>([
    ["", []],
    ["plain", ["plain"]],
    ["{region}", [{ placeholder: "region" }]],
    ["a{region}{label}b", ["a", { placeholder: "region" }, { placeholder: "label" }, "b"]],
    ["{var.a_b-1}/{workspace}", [{ placeholder: "var.a_b-1" }, "/", { placeholder: "workspace" }]],
    ["{{region}}", ["{region}"]],
    ["{{{region}}}", ["{", { placeholder: "region" }, "}"]],
    ["}}{{", ["}{"]],
    ["{ {} } {a b}", ["{ {} } {a b}"]],
    ["{regoin} {var.} {var.1} {var} {Region}", ["{regoin} {var.} {var.1} {var} {Region}"]],
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: what others write like that is left alone
    ["${region} &{region} ${aws:username}", ["${region} &{region} ${aws:username}"]],
    ["${{region}}", ["${region}"]],
    ["$${region}{region}", ["$${region}", { placeholder: "region" }]],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above
  ])("%j consists of %j", (text, parts) => {
    expect(partsOf(text)).toEqual(parts);
  });

  test("in which all braces are doubled says what it says", () => {
    fc.assert(
      fc.property(hostileText(200), (literal) => {
        expect(partsOf(escapeBraces(literal))).toEqual([literal]);
      }),
      { numRuns: 1000 },
    );
  });

  test("has no empty parts and no two literal ones in a row, and shows as it was written", () => {
    const pieces = fc.array(
      fc.constantFrom("{region}", "{var.x}", "{{", "}}", "{", "}", "$", "a", "{x}", "{account}"),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pieces, (some) => {
        const parts = partsOf(some.join(""));
        expect(parts).not.toContain("");
        for (const [index, part] of parts.entries()) {
          expect(typeof part === "string" && typeof parts[index + 1] === "string").toBe(false);
        }
        const placeholders = parts.filter((part) => typeof part === "object").length;
        expect(fixedLength(parts, 1)).toBe(fixedLength(parts) + placeholders);
        expect(filled(parts, PLACE).filter((part) => typeof part === "object")).toEqual(
          parts.filter((part) => typeof part === "object" && !Object.hasOwn(PLACE, part.placeholder)),
        );
      }),
    );
  });

  test("knows its placeholders and what is none", () => {
    const text = "{region} {{label}} {var.a} {var.a} {nope}";
    expect([...placeholdersIn([text, "plain", "{label}"])]).toEqual(["region", "var.a", "label"]);
    expect(unknownWordsIn(text)).toEqual(["{nope}"]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an interpolation of HCL, and variables of AWS's
    expect(unknownWordsIn("${var.a} ${aws:username} &{x} {{y}}")).toEqual(["${var.a}", "&{x}"]);
  });

  test("is filled with a region and its label", () => {
    expect(shown(filled(partsOf("{label}/{region}-{var.env}/{{x}}"), PLACE))).toBe("euw1/eu-west-1-{var.env}/{x}");
  });

  test.each([
    ["app/{var.env}/db", "app/prod/db", true],
    ["app/{var.env}/db", "app//db", false],
    ["a.b", "axb", false],
    ["{workspace}", "anything\nat all", true],
    ["a+(b)", "a+(b)", true],
  ])("%j can say %j: %s", (text, said, isPossible) => {
    expect(canSay(partsOf(text), said)).toBe(isPossible);
  });
});
