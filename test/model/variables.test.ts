import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generate } from "../../src/index.ts";
import { type Body, blockOf, blocksOf, Expression } from "../support/hcl.ts";

async function variableIn(spec: object, name = "v"): Promise<Body> {
  const whole = {
    version: 1,
    regions: { primary: "eu-central-1", replicas: ["ap-southeast-2"] },
    variables: { v: null },
    ...spec,
  };
  const file = generate(whole).find(({ path }) => path === "variables.tf");
  return blockOf(await blocksOf(file?.text ?? ""), `variable ${name}`);
}

/** Whether a condition in the few forms that there are holds for a text; Terraform's own regular expressions are RE2. */
function holds(condition: string, text: string): boolean {
  return condition.split(/ *&& */).every((one) => {
    const [, not = "", pattern] = /^(!?)can\(regex\((".*"),var\.v\)\)$/.exec(one) ?? [];
    if (pattern !== undefined) return (not === "") === new RegExp(JSON.parse(pattern), "u").test(text);
    const [, limit] = /^length\(var\.v\) *<= *(\d+)$/.exec(one) ?? [];
    if (limit === undefined) throw new Error(`a new form of condition: ${one}`);
    return text.length <= Number(limit);
  });
}

async function conditionIn(spec: object): Promise<string> {
  const [validation] = (await variableIn(spec)).validation as readonly Body[];
  return (validation!.condition as Expression).source;
}

const alias = (name: string) => ({ keys: { k: { alias: { name } } } });

const USES: readonly (readonly [string, (start: string, end: string) => object, (v: string) => boolean])[] = [
  [
    "the whole name of an alias",
    (start, end) => alias(`alias/${start}{var.v}${end}`),
    (name) => /^[0-9A-Za-z_/-]+$/.test(name) && !name.startsWith("aws/") && name.length <= 250,
  ],
  [
    "the name of an alias behind its region",
    (start, end) => ({ keys: { k: { alias: `${start}{var.v}${end}` } } }),
    (name) => /^[0-9A-Za-z_/-]+$/.test(name) && name.length <= 256 - "alias/ap-southeast-2-".length,
  ],
  [
    "the name of a secret",
    (start, end) => ({ secrets: { s: { name: `${start}{var.v}${end}` } } }),
    (name) => /^[0-9A-Za-z/_+=.@-]+$/.test(name) && name.length <= 512,
  ],
  [
    "a tag",
    (start, end) => ({ keys: { k: { tags: { t: `${start}{var.v}${end}` } } } }),
    (value) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(value) && value.length <= 256,
  ],
  [
    "a secret's description",
    (start, end) => ({ secrets: { s: { description: `${start}{var.v}${end}` } } }),
    (text) => text.length <= 2048,
  ],
  [
    "a session's name",
    (start, end) => ({
      provider: {
        assume_role: { role_arn: "arn:aws:iam::123456789012:role/x", session_name: `${start}{var.v}${end}` },
      },
    }),
    (name) => /^[\w+=,.@-]+$/.test(name) && name.length <= 64,
  ],
];

const values = fc
  .tuple(
    fc.constantFrom("a", "é", "a/", "aws/", "/", "+", " ", ":", "_", ",", "*", ""),
    fc.nat(2100),
    fc.string({ maxLength: 3 }),
  )
  .map(([piece, length, end]) => piece.repeat(length % 7 === 0 ? length : length % 4) + end)
  .filter((text) => !text.includes("\n"));

describe.each(USES)("a variable in %s", (what, use, isLegal) => {
  test("takes the values that make it legal, and no others", async () => {
    const ends = fc.constantFrom("", "x", "ws", "aw", "s".repeat(20));
    await fc.assert(
      fc.asyncProperty(ends, ends, values, async (start, end, value) => {
        const condition = await conditionIn(use(start, end));
        const isNamed = !/description|tag/.test(what);
        expect(holds(condition, value)).toBe(isLegal(start + value + end) && !(isNamed && value === ""));
      }),
      { numRuns: 150 },
    );
  });
});

test("variables that share a text share the room that it has", async () => {
  const spec = { variables: { v: null, w: null }, ...alias(`alias/${"x".repeat(50)}{var.v}{var.w}{var.v}`) };
  expect(holds(await conditionIn(spec), "a".repeat(66))).toBe(true);
  expect(holds(await conditionIn(spec), "a".repeat(67))).toBe(false);
});

test("a variable in several texts keeps to the strictest", async () => {
  const spec = {
    keys: { k: { alias: { name: "alias/{var.v}" }, tags: { t: "{var.v}" }, description: "{var.v}" } },
    secrets: { s: "{var.v}" },
  };
  const condition = await conditionIn(spec);
  expect(condition.match(/can\(/g)).toHaveLength(2);
  expect([..."a_-/.+ "].filter((one) => holds(condition, one))).toEqual([..."a_-/"]);
});

test("an account has twelve digits", async () => {
  const condition = await conditionIn({ provider: { allowed_account_ids: ["{var.v}"] } });
  expect(["123456789012", "12345678901", "1234567890123", "12345678901x"].map((one) => holds(condition, one))).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test.each<[type: object, spec: object, validation: string | undefined]>([
  [{ type: "bool" }, alias("alias/{var.v}"), undefined],
  [{ type: "number" }, { keys: { k: { tags: { t: "{var.v}" } } } }, undefined],
  [{ type: "number" }, alias("alias/x{var.v}"), 'can(regex("^[0-9A-Za-z_/-]{1,249}$",var.v))'],
  [{ type: "number", allowed: [1, 2.5] }, { keys: { k: { tags: { t: "{var.v}" } } } }, "contains([1,2.5],var.v)"],
  [{ allowed: ["a", '"'] }, { keys: { k: { description: "{var.v}" } } }, 'contains(["a","\\""],var.v)'],
])("%j in %j is validated by %j", async (variable, spec, wanted) => {
  const { validation } = await variableIn({ variables: { v: variable }, ...spec });
  const [found] = (validation ?? []) as readonly Body[];
  expect((found?.condition as Expression | undefined)?.source).toBe(wanted);
});

test.each([
  [{}, { type: new Expression("string"), default: undefined }],
  [{ default: "" }, { type: new Expression("string"), default: "" }],
  [
    { type: "number", default: 0 },
    { type: new Expression("number"), default: 0 },
  ],
  [
    { type: "bool", default: false },
    { type: new Expression("bool"), default: false },
  ],
])("%j is declared so", async (variable, wanted) => {
  const { type, default: fallback } = await variableIn({
    variables: { v: variable },
    keys: { k: { description: "{var.v}" } },
  });
  expect({ type, default: fallback }).toEqual(wanted);
});

test("a description that is not given says where the variable is, as far as that is short", async () => {
  const tags = Object.fromEntries([..."abcde"].map((tag) => [tag, "{var.v}"]));
  const { description } = await variableIn({ keys: { k: { alias: { name: "alias/{var.v}" }, tags } } });
  expect(description).toBe("Part of the alias of the key k, the tag a of the key k, the tag b of the key k and 3 more");
});
