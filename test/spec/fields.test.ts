import { expect, test } from "vitest";
import { asciiFirst, fields, notAllowedIn } from "../../src/spec/fields.ts";
import { specSchema } from "../../src/spec/schema.ts";
import { safeParse } from "../../src/spec/zod.ts";

const tagged = (key: string, value: string) =>
  safeParse(specSchema, { version: 1, regions: { primary: "eu-central-1" }, keys: { key: { tags: { [key]: value } } } })
    .success;

test("a tag may hold of every character what AWS takes, whether a plainer pattern knows it or not", () => {
  const characters = Array.from({ length: 0x500 }, (_, code) => String.fromCharCode(code));
  const others = ["…", "\u2028", "日", "🔑", "𝐀", "\ud800"];
  for (const character of [...characters, ...others]) {
    const isAllowed = notAllowedIn(fields.tag, character).length === 0;
    expect([tagged("key", character), tagged(character, "value")], JSON.stringify(character)).toEqual([
      isAllowed,
      isAllowed,
    ]);
  }
});

test("a pattern is made when plain text does not do, and only once", () => {
  let made = 0;
  const pattern = asciiFirst(/^[a-z]*$/, () => {
    made += 1;
    return /^\p{L}*$/u;
  });
  expect(["abc", "xyz"].every((text) => pattern.test(text))).toBe(true);
  expect(made).toBe(0);
  expect(["é", "1", "É"].map((text) => pattern.test(text))).toEqual([true, false, true]);
  expect([made, pattern.source, String(pattern)]).toEqual([1, "^\\p{L}*$", "/^\\p{L}*$/u"]);
});
