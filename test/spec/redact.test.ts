import { describe, expect, test } from "vitest";
import { jsonSchema } from "../../src/spec/json-schema.ts";
import { maskRanges, maskUnparsedLine, maySecretBeKeyAt, maySecretStandAt, publicPath } from "../../src/spec/redact.ts";

const SECRET = "hunter2correcthorse";

/** `secrets.app.value.json.0` as a path: numbers are places in a list. */
function pathOf(dotted: string): (string | number)[] {
  return dotted.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

describe("a value in a spec", () => {
  test.each([
    "version",
    "regions.primary",
    "regions.replicas.0",
    "provider.assume_role.role_arn",
    "provider.default_tags.Team",
    "keys.sm.description",
    "keys.sm.tags.password",
    "keys.sm.policy.statements.0.conditions.0.values.1",
    "keys.sm.policy.statements.0.principals.AWS.0",
    "keys.sm.replicas",
    "keys.sm.policy.users",
    "secrets.app.<<.name",
    "secrets.app.<<.0.name",
    "secrets.app",
    "secrets.app.name",
    "secrets.app.replicas.0",
    "secrets.app.tags.token",
    "secrets.app.rotation.lambda_arn",
    "secrets.app.policy.readers.0",
    "output_dir",
  ])("at %s is shown", (path) => {
    expect(maySecretStandAt(pathOf(path), SECRET)).toBe(false);
  });

  test.each([
    "secrets",
    "secrets.0",
    "secrets.value",
    "secrets.app.value",
    "secrets.app.value.0",
    "secrets.app.value.literal",
    "secrets.app.value.literal.text",
    "secrets.app.value.litteral",
    "secrets.app.value.json",
    "secrets.app.value.json.0",
    "secrets.app.value.json.username",
    "secrets.app.value.json.username.nested",
    "secrets.app.value.json.username.variable.default",
    "secrets.app.value.version",
    "secrets.app.value.allow_plaintext",
    "secrets.app.value.generated",
    "secrets.app.value.generated.length",
    "secrets.app.value.generated.exclude_characters",
    "secrets.app.value.variable.0",
    "secrets.app.valeu.literal",
    "secrets.app.literal",
    "secrets.app.password",
    "secrets.0.value.literal",
    "secrets.value.literal",
    "secret.app.value.literal",
    "Secrets.app.value.json.user",
    "keys.secrets.app.value",
    "keys.sm",
    "keys.sm.policy",
    "keys.sm.user",
    "regoins.primary",
    "regions.replicas.0.lable",
    "regions.token",
    "provider.secret_key",
    "keys.sm.token",
    "keys.sm.value",
    "x-defaults.user",
    "api_key",
    "literal",
  ])("at %s is hidden", (path) => {
    expect(maySecretStandAt(pathOf(path), SECRET)).toBe(true);
  });

  test.each([
    ["secrets.app.value", ["variable", "generated", "external"]],
    ["secrets.app.value.variable", ["db_password"]],
    ["secrets.app.value.version", ["3"]],
    ["secrets.app.value.allow_plaintext", ["true", "false"]],
    ["secrets.app.value.generated", ["true"]],
    ["secrets.app.value.generated.length", ["40"]],
    ["secrets.app.value.generated.include_space", ["true"]],
    ["secrets.app.value.json.password", ["generated"]],
    ["secrets.app.value.json.password.variable", ["db_password"]],
    ["secrets.app.value.json.password.generated.length", ["40"]],
  ])("at %s is shown when it is one of the program's own words, or has its form", (path, texts) => {
    for (const text of texts) expect(maySecretStandAt(pathOf(path), text), text).toBe(false);
  });

  test.each(["provider.token", "keys.sm.colour", "regoins.primary", "secrets.app.recovery_windw"])(
    "at %s is shown when it is what no secret can be",
    (path) => {
      for (const text of ["7", "365", "true", "~", "eu-west-1", "us-gov-east-1"]) {
        expect(maySecretStandAt(pathOf(path), text), text).toBe(false);
      }
      for (const text of ["4711", "truer", "eu-west", "correct-horse-1"]) {
        expect(maySecretStandAt(pathOf(path), text), text).toBe(true);
      }
    },
  );

  test("is shown under every key of the schema that is not a secret's value", () => {
    const hidden: string[] = [];
    const walk = (schema: Schema, path: readonly (string | number)[]): void => {
      for (const form of [schema, ...(schema.anyOf ?? [])]) {
        for (const [key, below] of Object.entries(form.properties ?? {})) walk(below, [...path, key]);
        if (typeof form.additionalProperties === "object") walk(form.additionalProperties, [...path, "id"]);
        if (form.items !== undefined) walk(form.items, [...path, 0]);
        if (form !== schema) walk(form, path);
      }
      const types = [schema.type ?? []].flat();
      const isLeaf = types.some((type) => ["string", "number", "integer", "boolean"].includes(type));
      if (isLeaf && maySecretStandAt(path, "x")) hidden.push(path.join("."));
    };
    walk(jsonSchema() as Schema, []);
    expect(hidden.filter((path) => !/^(secrets|parameters)\.id\.value/.test(path))).toEqual([]);
    expect(hidden).toEqual(expect.arrayContaining(["secrets.id.value.literal", "parameters.id.value.literal"]));
  });
});

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

describe("a key in a spec", () => {
  test.each([
    ["version", "version"],
    ["regoins", "regoins"],
    ["regions.primray", "regions.primray"],
    ["keys.sm.colour", "keys.sm.colour"],
    ["backend", "backend"],
    ["x-defaults.user", "x-defaults.user"],
    ["secrets.app.name_prefix", "secrets.app.name_prefix"],
    ["secrets.app.recovery_windw", "secrets.app.recovery_windw"],
    ["secrets.app.rotation.hunter2", "secrets.app.rotation.hunter2"],
    ["keys.sm.policy.statements.0.conditions.0.größe", "keys.sm.policy.statements.0.conditions.0.größe"],
    ["provider.default_tags.a:b/c", "provider.default_tags.a:b/c"],
    ["keys.hunter2correcthorse", "keys.hunter2correcthorse"],
    ["secrets.app.valeu", "secrets.app.valeu"],
    ["secrets.app.literal", "secrets.app.literal"],
    ["secrets.app.tags.hunter2correcthorse", "secrets.app.tags.hunter2correcthorse"],
    ["secrets.app.value.json.username", "secrets.app.value.json.username"],
    ["secrets.app.value.generated.length", "secrets.app.value.generated.length"],
    ["secrets.app.value.json.password.generated.length", "secrets.app.value.json.password.generated.length"],
  ])("%s is shown", (path, shown) => {
    expect(maySecretBeKeyAt(pathOf(path))).toBe(false);
    expect(publicPath(pathOf(path))).toEqual(pathOf(shown));
  });

  test.each([
    ["postgres://hunter2@host", ""],
    ["secrets.app.hunter2=", "secrets.app"],
    [`secrets.app.${"a".repeat(65)}`, "secrets.app"],
    ["literal.hunter2correcthorse", "literal"],
    ["secrets.app.value.hunter2correcthorse", "secrets.app.value"],
    ["secrets.app.value.json.hunter2correcthorse", "secrets.app.value.json"],
    ["secrets.app.value.json.hunter2correcthorse.variable", "secrets.app.value.json"],
    ["secrets.app.value.literal.hunter2correcthorse", "secrets.app.value.literal"],
    ["secrets.app.valeu.hunter2correcthorse", "secrets.app.valeu"],
    ["secrets.0.value.hunter2correcthorse.0", "secrets.0.value"],
    ["keys.secrets.app.value.hunter2correcthorse", "keys.secrets.app.value"],
  ])("%s is hidden, and no report has a path through it", (path, shown) => {
    expect(publicPath(pathOf(path))).toEqual(shown === "" ? [] : pathOf(shown));
  });
});

test("a key that the grammar does not have is hidden where nothing is behind it: it may be a value without its key", () => {
  const path = pathOf("secrets.app.hunter2correcthorse");
  expect([maySecretBeKeyAt(path), maySecretBeKeyAt(path, true)]).toEqual([false, true]);
  expect(publicPath(path, true)).toEqual(["secrets", "app"]);
  expect(maySecretBeKeyAt(pathOf("secrets.app.policy"), true)).toBe(false);
  expect(maySecretBeKeyAt(pathOf("secrets.app"), true)).toBe(false);
});

describe("masking", () => {
  test.each([
    ["nothing", "a b\n", [], "a b\n"],
    ["a range", "a: secret\n", [[3, 9]], "a: ••••••\n"],
    [
      "ranges in any order, in each other, and overlapping",
      "0123456789",
      [
        [6, 9],
        [1, 4],
        [2, 3],
        [3, 5],
      ],
      "0••••5•••9",
    ],
    ["blanks and line ends not", "a b\r\n\tc", [[0, 7]], "• •\r\n\t•"],
    [
      "half a range before the text",
      "abc",
      [
        [-1, -1],
        [-1, 1],
      ],
      "•bc",
    ],
    ["each half of a pair", "a😀b", [[1, 3]], "a••b"],
  ])("hides %s and keeps the length", (_, text, ranges, masked) => {
    expect(
      maskRanges(
        text,
        ranges.map(([start, end]) => ({ start: start!, end: end! })),
      ),
    ).toBe(masked);
  });

  test.each([
    ["regions", "  - eu-west-1 ]", "  - eu-west-1 ]"],
    [
      "known keys with numbers, truth values and regions",
      "- length: [12, true, eu-west-1] ]",
      "- length: [12, true, eu-west-1] ]",
    ],
    [
      "known keys in one line",
      "regions: { primary: eu-central-1, label: x",
      "regions: { primary: eu-central-1, label: •",
    ],
    ["a mark of a document", "---", "---"],
    ["a text", "    name: b: c", "    name: •• •"],
    ["a text that begins like a number", "    length: 123x", "    length: ••••"],
    ["a number of more than three digits", "  length: 4711", "  length: ••••"],
    ["a value in the provider", "  access_token: S: x", "  ••••••••••••• •• •"],
    ["an unknown key, and what follows it", "  user: true: 12", "  ••••• ••••• ••"],
    ["a quoted key, and what follows it", `  "name": true: 12`, "  ••••••• ••••• ••"],
    ["a key whose colon is apart, and what follows it", "  user : true 12", "  •••• : •••• ••"],
    ["what follows a value's key", "    literal: true 12", "    literal: •••• ••"],
    ["a map in one line", "  app: { value: { literal: x }", "  •••• • •••••• • •••••••• • •"],
    ["an assignment", "DB_PASSWORD=hunter2", "•••••••••••••••••••"],
    ["a section of an INI file", "[hunter2]", "•••••••••"],
    ["a URL", "  url://user:hunter2@host/name:", "  •••••••••••••••••••••••••••••"],
    ["a line of Terraform", '  name = "hunter2"', "  •••• • •••••••••"],
    ["a tag", "name: !hunter2 x", "name: •••••••• •"],
  ])("shows or hides in a line of a broken spec: %s", (_, line, masked) => {
    expect(maskUnparsedLine(line)).toBe(masked);
  });
});
