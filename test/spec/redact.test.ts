import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonSchema } from "../../src/spec/json-schema.ts";
import {
  maskHclLines,
  maskRanges,
  maskUnparsedLine,
  maySecretBeKeyAt,
  maySecretStandAt,
  publicPath,
} from "../../src/spec/redact.ts";
import { folderWith, run } from "../support/cli.ts";
import { validFixtures } from "../support/fixtures.ts";

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
    "regions.replicas.0.lable",
    "provider.assume_role.role_arn",
    "provider.default_tags.Team",
    "keys.sm.description",
    "keys.sm.tags.password",
    "keys.sm.policy.statements.0.conditions.0.values.1",
    "keys.sm.policy.statements.0.principals.AWS.0",
    "regoins.primary",
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

  test("is shown under every key of the schema that is not a secret's value", () => {
    const hidden: string[] = [];
    const walk = (schema: Schema, path: readonly (string | number)[]): void => {
      for (const form of [schema, ...(schema.anyOf ?? [])]) {
        for (const [key, below] of Object.entries(form.properties ?? {})) walk(below, [...path, key]);
        if (typeof form.additionalProperties === "object") walk(form.additionalProperties, [...path, "id"]);
        if (form.items !== undefined) walk(form.items, [...path, 0]);
        if (form !== schema) walk(form, path);
      }
      const isLeaf = ["string", "number", "integer", "boolean"].includes(schema.type ?? "");
      if (isLeaf && maySecretStandAt(path, "x")) hidden.push(path.join("."));
    };
    walk(jsonSchema() as Schema, []);
    expect(hidden.filter((path) => !path.startsWith("secrets.id.value"))).toEqual([]);
    expect(hidden).toContain("secrets.id.value.literal");
  });
});

interface Schema {
  readonly type?: string;
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
    ["hunter2correcthorse", ""],
    ["x-defaults.hunter2correcthorse", ""],
    ["secrets.app.hunter2correcthorse", "secrets.app"],
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
    ["a line before anything secret", "version: 1\n", "regions: { primary: x", "regions: { primary: x"],
    ["a line without a key", "regions:\n", "  - eu-west-1 ]", "  - eu-west-1 ]"],
    ["a value in the secrets", "secrets:\n  a:\n", "    name: b: c", "    name: •• •"],
    ["a key that is not the program's own", "secrets:\n", "  hunter2: b: c", "  •••••••• •• •"],
    ["a line of a section that nobody knows", "x-shared:\n", "  nickname: b: c", "  ••••••••• •• •"],
    ["the name of such a section", "", "hunter2: b: c", "•••••••• •• •"],
    ["a map in one line", "secrets:\n", "  app: { value: { literal: x }", "  •••• • •••••• • •••••••• • •"],
    ["a mark of a document", "secrets:\n  a: b\n", "---", "---"],
    ["a line behind a secret in another section", "secrets: {}\nregions:\n", "  primary: b: c", "  primary: •• •"],
  ])("of a broken spec hides what may be secret in %s", (_, before, line, masked) => {
    expect(maskUnparsedLine(before + line, line)).toBe(masked);
  });
});

describe("in Terraform files", () => {
  test.each(validFixtures)("nothing of $name is hidden but literal values", ({ expected }) => {
    for (const name of readdirSync(expected)) {
      const lines = readFileSync(join(expected, name), "utf8").split("\n");
      const hidden = lines.filter((line, index) => maskHclLines(lines)[index] !== line);
      for (const line of hidden) expect(line).toMatch(/^ +.+ += .*"/);
      if (name !== "secrets.tf") expect(hidden).toEqual([]);
    }
  });

  const version = (...body: string[]) => ['resource "aws_secretsmanager_secret_version" "x" {', ...body, "}"];

  test.each<[title: string, given: string[], masked: string[]]>([
    ["a literal", version('  secret_string = "hunter2"'), version("  secret_string = •••••••••")],
    ["a literal without blanks", version('secret_string="hunter2"'), version("secret_string=•••••••••")],
    ["a reference", version("  secret_string_wo = var.x"), version("  secret_string_wo = var.x")],
    ["a number", version("  secret_string_wo_version = 2"), version("  secret_string_wo_version = 2")],
    ["a text without quotes", version("  secret_string = hunter2"), version("  secret_string = •••••••")],
    [
      "a call",
      version('  secret_string = base64encode("hunter2")'),
      version("  secret_string = •••••••••••••••••••••••"),
    ],
    ["an attribute of any name", version('  note = "hunter2"'), version("  note = •••••••••")],
    ["a comment", version("  # hunter2"), version("  • •••••••")],
    [
      "a comment behind a reference",
      version("  secret_id = aws_x.y.id # hunter2"),
      version("  secret_id = •••••••••• • •••••••"),
    ],
    [
      "JSON",
      version(
        "  secret_string = jsonencode({",
        '    user = "hunter2"',
        "    token = var.t",
        "    more = {",
        '      "a b": "hunter2"',
        "    }",
        "  })",
      ),
      version(
        "  secret_string = jsonencode({",
        "    user = •••••••••",
        "    token = var.t",
        "    more = {",
        '      "a b": •••••••••',
        "    }",
        "  })",
      ),
    ],
    [
      "a heredoc, even with lines that look like code",
      version(
        "  secret_string = <<EOT",
        "hunter2 = 1",
        "}",
        'resource "x" "y" {',
        "hunter2==",
        "EOT",
        '  more = "hunter2"',
      ),
      version(
        "  secret_string = <<EOT",
        "••••••• • •",
        "•",
        "•••••••• ••• ••• •",
        "•••••••••",
        "EOT",
        "  more = •••••••••",
      ),
    ],
    [
      "an indented heredoc in a variable",
      ['variable "x" {', "  default = <<-EOT", "    hunter2", "    EOT", "}"],
      ['variable "x" {', "  default = <<-EOT", "    •••••••", "    EOT", "}"],
    ],
    [
      "a block in one line",
      ['resource "aws_secretsmanager_secret_version" "x" { secret_string = "hunter2" }', 'a = "b"'],
      ['resource "aws_secretsmanager_secret_version" "x" { ••••••••••••• • ••••••••• •', 'a = "b"'],
    ],
    [
      "a block without quotes around its labels",
      ["resource aws_secretsmanager_secret_version x {", '  secret_string = "hunter2"', "}"],
      ["resource aws_secretsmanager_secret_version x {", "  secret_string = •••••••••", "}"],
    ],
    [
      "a block that is never closed, up to the next one",
      [...version('  secret_string = "hunter2"').slice(0, -1), 'provider "aws" {', '  region = "r"', "}"],
      [...version("  secret_string = •••••••••").slice(0, -1), 'provider "aws" {', '  region = "r"', "}"],
    ],
    ["a variable in one line", ['variable "x" { default = "hunter2" }'], ['variable "x" { default = ••••••••• •']],
    ["an attribute that speaks of secrets", ['  db_Password = "hunter2"'], ["  db_Password = •••••••••"]],
    ["a key of a map", ['locals { m = { api_key : "hunter2" } }'], ["locals { m = { api_key : ••••••••• • •"]],
    [
      "a list that speaks of secrets",
      ["  tokens = [", '    "hunter2",', "  ]", '  name = "shown"'],
      ["  tokens = [", "    ••••••••••", "  ]", '  name = "shown"'],
    ],
    ["a comment that speaks of secrets", ['  a = "b" // the password hunter2'], ['  a = "b" •• ••• •••••••• •••••••']],
    ["a # in a text, which is no comment", ['  description = "a # token b"'], ['  description = "a # token b"']],
    [
      "both sides of a conflict",
      version("<<<<<<< HEAD", '  secret_string = "hunter2"', "=======", '  secret_string = "hunter3"', ">>>>>>> b"),
      version("••••••• ••••", "  secret_string = •••••••••", "•••••••", "  secret_string = •••••••••", "••••••• •"),
    ],
  ])("%s", (_, given, masked) => {
    expect(maskHclLines(given)).toEqual(masked);
  });

  test("our own header is shown, whatever the spec is called", () => {
    const header = [
      "# Code generated by mrk-scaffold from secret-tokens.yaml. DO NOT EDIT.",
      "# Change secret-tokens.yaml and run: npx mrk-scaffold secret-tokens.yaml",
      "# mrk-scaffold:sha256:0123456789abcdef",
    ];
    expect(maskHclLines(header)).toEqual(header);
  });

  test.each([
    ["one word", "a".repeat(500_000)],
    ["many words", "a b ".repeat(100_000)],
    ["an open quote", `"${"\\\\".repeat(200_000)}`],
    ["slashes", "/".repeat(400_000)],
    ["telltale words", "password ".repeat(50_000)],
    ["equal signs", "= ".repeat(200_000)],
  ])("a very long line of %s takes no time", (_, line) => {
    const start = performance.now();
    maskHclLines([line]);
    maskHclLines(version(line));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("no diff shows a secret", () => {
  const token = fc.string({
    unit: fc.constantFrom(..."abcdefghijkmnopqrstuvwxyz0123456789"),
    minLength: 12,
    maxLength: 24,
  });

  /** Ways in which a person may write a secret into a file, or beside one. */
  const edits: readonly ((secret: string) => string)[] = [
    (secret) => `  secret_string = "${secret}"`,
    (secret) => `  secret_string = "prefix ${secret} suffix" # ${secret}`,
    (secret) => `  secret_string = <<EOT\n${secret}\nEOT`,
    (secret) => `  secret_string = <<-EOT\n    { "password": "${secret}" }\n}\n${secret}=\n    EOT`,
    (secret) => `  secret_string = jsonencode({\n    user = "app"\n    password = "${secret}"\n  })`,
    (secret) => `  secret_string = jsonencode({ password = "${secret}" })`,
    (secret) => `  secret_string = join("", [\n    "${secret}",\n  ])`,
    (secret) => `  secret_binary = base64encode("${secret}")`,
    (secret) => `  # was ${secret}`,
    (secret) => `  /* ${secret} */`,
  ];

  test("that was edited into a secret's version by hand, nor one that the spec has", async () => {
    const cwd = folderWith();
    const specOf = (value: string) => `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
secrets: { app: { value: ${value} } }
`;
    await fc.assert(
      fc.asyncProperty(token, token, fc.constantFrom(...edits), fc.boolean(), async (secret, other, edit, isJson) => {
        writeFileSync(join(cwd, "spec.yaml"), specOf("variable"));
        await run(["spec.yaml", "--force"], { cwd });
        const path = join(cwd, "secrets.tf");
        writeFileSync(path, readFileSync(path, "utf8").replace(/ {2}secret_string_wo.*\n.*/, edit(secret)));
        const literal = { literal: other, allow_plaintext: true };
        writeFileSync(
          join(cwd, "spec.yaml"),
          specOf(JSON.stringify(isJson ? { json: { user: other, password: "generated" } } : literal)),
        );
        const { code, stdout, stderr } = await run(["spec.yaml", "--check", "--diff"], { cwd });
        expect(code).toBe(1);
        expect(stdout).toContain("a/secrets.tf");
        for (const one of [secret, other]) expect(stdout + stderr).not.toContain(one);
      }),
      { numRuns: 100 },
    );
  });

  test("that stands in a file that was never ours", async () => {
    const cwd = folderWith({
      "spec.yaml": "version: 1\nregions: { primary: eu-central-1 }\nsecrets: { app: app }\n",
      "variables.tf": `variable "db_password" {\n  default = "${SECRET}"\n}\nlocals { api_token = "${SECRET}" }\n`,
      "secrets.tf": `resource "aws_secretsmanager_secret_version" "app" {\n  secret_string = <<EOT\n${SECRET}\nEOT\n}\n`,
    });
    const { code, stdout } = await run(["spec.yaml", "--diff"], { cwd });
    expect(code).toBe(3);
    expect(stdout).toContain('-variable "db_password" {');
    expect(stdout).not.toContain(SECRET);
  });
});
