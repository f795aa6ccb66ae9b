import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { maskEdited } from "../src/disk/mask.ts";
import { folderWith, run } from "./support/cli.ts";

/** How many texts each test makes; for the whole of it: MRK_SCAFFOLD_FUZZ_RUNS=40000. */
const RUNS = Number(process.env.MRK_SCAFFOLD_FUZZ_RUNS ?? 400);

/** What must never be seen, in texts of few letters, so that no piece of it is anywhere else. */
const MARKER = "QX7ZQXJ4KQZVX9QJ";

/** Whether a text shows enough of the marker to be of use. */
function shows(text: string): boolean {
  return Array.from({ length: MARKER.length - 7 }, (_, at) => MARKER.slice(at, at + 8)).some((part) =>
    text.includes(part),
  );
}

interface Mutation {
  readonly kind: number;
  readonly at: number;
  readonly length: number;
  readonly other: number;
  readonly text: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.nat(7),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 1, arbitrary: fc.nat(80) }),
  other: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  text: fc.constantFrom(
    ...": ,{}[]\"'#&*!|>-?%@`=\t\n".split(""),
    ..."\\ / // /* */ <<EOT <<-X ${ %{ --- ... ~ null value: literal: json: x:".split(" "),
    ...["\n  ", "\n\n", ": ", "- ", "? ", "name: ", "x = ", "key", "\r\n", "<<<<<<< a\n"],
  ),
});

/** What a slip of the keyboard, of a merge or of a search-and-replace makes of a text. */
function mutated(text: string, { kind, at, length, other, text: extra }: Mutation): string {
  const place = Math.floor(at * text.length);
  const lines = text.split("\n");
  const line = Math.floor(at * lines.length);
  const otherLine = Math.floor(other * lines.length);
  switch (kind) {
    case 0:
      return text.slice(0, place) + text.slice(place + length);
    case 1:
      return text.slice(0, place) + extra + text.slice(place);
    case 2:
      return text.slice(0, place) + extra + text.slice(place + 1);
    case 3: {
      [lines[line], lines[otherLine]] = [lines[otherLine]!, lines[line]!];
      return lines.join("\n");
    }
    case 4:
      lines[line] = other < 0.5 ? lines[line]!.replace(/^ {1,2}/, "") : `${" ".repeat(1 + (length % 4))}${lines[line]}`;
      return lines.join("\n");
    case 5:
      lines.splice(line, 1 + (length % 2));
      return lines.join("\n");
    case 6:
      return [...lines.slice(0, line), lines.slice(line, line + 2).join(extra), ...lines.slice(line + 2)].join("\n");
    default:
      return `${text.slice(0, place)}${extra}${text.slice(Math.floor(other * text.length))}`;
  }
}

function mutantsOf(seeds: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 4 }))
    .map(([seed, mutations]) => mutations.reduce(mutated, seed));
}

/** Keys whose values the program may show, and keys of values, below which it may not. */
const PUBLIC_KEYS =
  /^(name|description|tags|alias|key|label|provider_alias|profile|output_dir|users|region|primary|replicas|renamed_from|import|<<)$/;
const VALUE_KEYS = /^(value|literal|json)$/;

/**
 * Whether a slip has moved the marker to where a spec says what everyone may see: a name, a description, a tag; in a diff
 * the names of the parts of a JSON value too.
 */
function saysMarkerInPublic(yaml: string, isDiff: boolean): boolean {
  const walk = (data: unknown, path: readonly string[]): boolean => {
    const isPublic = path.some((key) => PUBLIC_KEYS.test(key)) || path.length === 2;
    if (typeof data !== "object" || data === null) {
      return shows(String(data)) && isPublic && !path.some((key) => VALUE_KEYS.test(key));
    }
    return Object.entries(data).some(
      ([key, below]) =>
        (shows(key) && (isDiff || !path.some((one) => VALUE_KEYS.test(one)))) || walk(below, [...path, key]),
    );
  };
  try {
    return walk(load(yaml, { json: true }), []);
  } catch {
    return false;
  }
}

const HEAD = "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\n";

const SPECS = [
  `${HEAD}secrets:
  app:
    name: app/db
    value: { literal: "${MARKER}", allow_plaintext: true }
  other: name-of-other
`,
  `${HEAD}keys:
  sm: { alias: app, tags: { Team: platform }, policy: { users: [arn:aws:iam::123456789012:role/app] } }
secrets:
  app:
    description: The password of the database
    value:
      # it was ${MARKER} before
      literal: ${MARKER}
      allow_plaintext: true
    tags: { Team: platform }
`,
  `${HEAD}secrets:
  app:
    value:
      json:
        username: app
        password: ${MARKER}
        name: ${MARKER}
        key: { variable: db_key }
        more: { generated: { length: 40 } }
`,
  `${HEAD}secrets:
  key:
    value:
      literal: |
        -----BEGIN PRIVATE KEY-----
        ${MARKER}
        ${MARKER}=
        name: ${MARKER}
        -----END PRIVATE KEY-----
      allow_plaintext: true
`,
  `${HEAD}secrets: { a: { value: { json: { user: "${MARKER}", host: h } } }, b: b }\n`,
  `${HEAD}secrets:
  a: &a { value: { literal: ${MARKER}, allow_plaintext: true } }
  b: { <<: *a, name: b }
outputs: true
`,
  `${HEAD}provider:\n  access_token: ${MARKER}\n  profile: dev\n`,
  `${HEAD}provider:\n  access_token: S: ${MARKER}\n`,
  // What hints turn round.
  `${HEAD}secrets:\n  - name: app\n    value: ${MARKER}\n  - { name: b, value: { literal: ${MARKER} } }\n`,
  `${HEAD}secrets: { app: { value: { username: ${MARKER}, password: ${MARKER} } }, b: { value: ${MARKER} } }\n`,
  `${HEAD}keys:\n  sm:\n    policy: { Statement: [{ Effect: Allow, Principal: ${MARKER}, Condition: { Bool: { "kms:X": ${MARKER} } } }] }\n`,
  `${HEAD}keys:\n  sm: { tags: [{ Key: Team, Value: ${MARKER} }, "pw=${MARKER}"], rotation: ${MARKER}, replicas: { a: ${MARKER} } }\n`,
  `${HEAD}x-common: &x { value: { literal: ${MARKER} } }\nsecrets: { app: { <<: *x, policy: "${MARKER}" } }\n`,
  `${HEAD}secrets:\n<<<<<<< HEAD\n  app: { value: ${MARKER} }\n=======\n  app: { value: b }\n>>>>>>> x\n`,
  `DB_HOST=localhost\nDB_PASSWORD=${MARKER}\nTOKEN="${MARKER}"\n`,
  `[default]\naws_access_key_id = ${MARKER}\naws_secret_access_key = ${MARKER}\n`,
  `machine example.com login app password ${MARKER}\n`,
  `{"Parameters": {"Password": "${MARKER}"}, "name": "${MARKER}"}\n`,
  `db: postgres://app:${MARKER}@host/db\npassword: ${MARKER}\n`,
  `locals {\n  password = "${MARKER}"\n}\n`,
  `-----BEGIN PRIVATE KEY-----\n${MARKER}\n-----END PRIVATE KEY-----\n`,
];

describe("whatever a spec has become", () => {
  test.each(["--json", "--diff"])(
    "no report shows a value of it, with %s",
    async (option) => {
      const cwd = folderWith();
      await fc.assert(
        fc.asyncProperty(mutantsOf(SPECS), async (stdin) => {
          fc.pre(!saysMarkerInPublic(stdin, option === "--diff"));
          const { stdout, stderr } = await run(["-", "--out", "out", "--check", option], { cwd, stdin });
          expect(shows(stdout + stderr), `${stdout}${stderr}`).toBe(false);
        }),
        { numRuns: RUNS },
      );
    },
    3_600_000,
  );
});

/** Ways in which a person may write a secret into a file. */
const EDITS = [
  `locals { db = "${MARKER}" }`,
  `  secret = "${MARKER}"`,
  `db_pass = "${MARKER}"`,
  `  pwd="${MARKER}" # ${MARKER}`,
  `resource "aws_secretsmanager_secret_version" "x" {\n  secret_string_wo = "${MARKER}"\n}`,
  `resource "x" "y" {\n  value_wo = jsonencode({ user = "app", password = "${MARKER}" })\n}`,
  `  url = "postgres://app:${MARKER}@host/db"`,
  `  x = "AKIA${MARKER}"`,
  `  x = <<EOT\n-----BEGIN PRIVATE KEY-----\n${MARKER}\nname = ${MARKER}\n${MARKER}==\nEOT`,
  `  x = <<-X\n    {"password": "${MARKER}"}\n    X`,
  `# ${MARKER}\n// ${MARKER}\n/* ${MARKER}\n${MARKER}\n*/`,
  `variable "x" {\n  default = "${MARKER}"\n  description = "was ${MARKER}"\n}`,
  `  tags = {\n    "${MARKER}" = "x"\n    Team = "${MARKER}"\n  }`,
  `  x = [\n    "${MARKER}",\n    base64encode("${MARKER}"),\n  ]`,
  `DB_PASSWORD=${MARKER}\nexport TOKEN=${MARKER}`,
  `provider "x" {\n  token = "${MARKER}"\n  region = "${MARKER}"\n}`,
];

describe("whatever a generated file has become", () => {
  test("no diff shows a value in it", async () => {
    const cwd = folderWith({
      "spec.yaml": `${HEAD}secrets: { app: { value: variable }, b: { value: { literal: b, allow_plaintext: true } } }\n`,
    });
    const { stdout } = await run(["spec.yaml", "--stdout"], { cwd });
    const generated = stdout.split(/^# secrets\.tf\n/m)[1]!;
    const lines = generated.split("\n");
    const seeds = EDITS.flatMap((edit) =>
      [3, 10, lines.length - 2].map((at) => [...lines.slice(0, at), edit, ...lines.slice(at)].join("\n")),
    );
    fc.assert(
      fc.property(mutantsOf([...seeds, ...EDITS]), (text) => {
        const masked = maskEdited(text.split("\n"), lines).join("\n");
        expect(shows(masked), masked).toBe(false);
      }),
      { numRuns: RUNS },
    );
  }, 3_600_000);

  test("no run with --diff shows a value in it", async () => {
    const cwd = folderWith({ "spec.yaml": `${HEAD}secrets: { app: { value: variable } }\n` });
    mkdirSync(join(cwd, "out"));
    await run(["spec.yaml", "--out", "out"], { cwd });
    const { stdout: text } = await run(["spec.yaml", "--stdout"], { cwd });
    const seeds = EDITS.map((edit) => `${text}\n${edit}\n`);
    await fc.assert(
      fc.asyncProperty(mutantsOf(seeds), async (mutant) => {
        writeFileSync(join(cwd, "out/kms.tf"), mutant);
        const { code, stdout, stderr } = await run(["spec.yaml", "--out", "out", "--diff", "--check"], { cwd });
        expect(code).toBe(1);
        expect(shows(stdout + stderr), `${stdout}${stderr}`).toBe(false);
      }),
      { numRuns: Math.ceil(RUNS / 20) },
    );
  }, 3_600_000);
});
