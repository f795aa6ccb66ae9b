import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { shellWord, withHeader } from "../../src/output/header.ts";
import {
  oneLine,
  printable,
  printableJson,
  printableWithColours,
  withCommas,
  withoutCommands,
} from "../../src/report/printable.ts";
import { folderWith, run } from "../support/cli.ts";

const HOSTILE = ["\u001b", "\r", "\b", "\u007f", "\u009b", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\ufeff"];

describe("text from outside", () => {
  test.each(HOSTILE)("gets no %j at the terminal", (character) => {
    expect(printable(`a${character}b\tc\n`)).toBe("a\ufffdb\tc\n");
    expect(oneLine(`a${character}b\tc\n`)).toBe("a\ufffdb\tc\ufffd");
    const json = printableJson({ a: `b${character}` });
    expect(json).not.toContain(character);
    expect(JSON.parse(json)).toEqual({ a: `b${character}` });
  });

  test("keeps the colours that are given to it, and no other sequence", () => {
    expect(printableWithColours("\u001b[31mred\u001b[0m \u001b[8mhidden\u001b[2J \u001b]0;title\u0007")).toBe(
      "\u001b[31mred\u001b[0m \ufffd[8mhidden\ufffd[2J \ufffd]0;title\ufffd",
    );
  });

  test.each([
    ["::error::x", "\\u003a:error::x"],
    ["a\n \t::stop-commands::x\n", "a\n \t\\u003a:stop-commands::x\n"],
    ["a ##[error]x", "a ##\\u005berror]x"],
    ["a::b # [c] a:", "a::b # [c] a:"],
  ])("is no command to GitHub's runner: %j", (text, shown) => {
    expect(withoutCommands(text)).toBe(shown);
    expect(commandsIn(shown)).toEqual([]);
  });

  test.each(["plain", "two words", "it's", "a\nb", "\u001b[2J", "tab\t'\\x", "rtl\u202e", "\u{e0001}é"])(
    "is one word to a shell: %j",
    (word) => {
      const written = shellWord(word);
      expect(oneLine(written)).toBe(written);
      const { stdout } = spawnSync("bash", ["--norc", "-c", `printf %s ${written}`], { encoding: "utf8" });
      expect(stdout).toBe(word);
    },
  );
});

/** The commands that GitHub's runner finds in the lines of an output. */
function commandsIn(output: string): string[] {
  return output.split(/\r\n|\r|\n/).flatMap((line) => {
    const [, command] =
      /^::([^: ]+)[^:]*(?::[^:]+)*::/.exec(line.trimStart()) ?? /##\[([^\] ]+)[^\]]*\]/.exec(line) ?? [];
    return command === undefined ? [] : [line];
  });
}

const NAME = "a\n::error::forged\r\u001b[2J\u202e##[error]forged";
const SPEC = "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\n";

interface Scene {
  readonly files: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

const generated = (spec: string, body: string) => withHeader([`\n${body}\n`], { spec, arguments: [spec] }).join("");

const SCENES: Readonly<Record<string, Scene>> = {
  "a folder": { files: { "spec.yaml": SPEC }, argv: [`${NAME}/spec.yaml`] },
  "a folder that is checked": { files: { "spec.yaml": SPEC }, argv: [`${NAME}/spec.yaml`, "--check", "--diff"] },
  "a folder that is committed": { files: { "spec.yaml": SPEC }, argv: [`${NAME}/spec.yaml`, "--pre-commit"] },
  "a spec that is not there": { files: {}, argv: [`${NAME}/${NAME}`] },
  "an option": { files: {}, argv: [`--${NAME}`] },
  "an option's value": { files: { "spec.yaml": SPEC }, argv: [`${NAME}/spec.yaml`, `--check=${NAME}`] },
  "two specs of one folder": {
    files: { "spec.yaml": SPEC, [`${NAME.slice(20)}.yaml`]: SPEC },
    argv: [`${NAME}/spec.yaml`, `${NAME}/${NAME.slice(20)}.yaml`],
  },
  "a key": {
    files: { "spec.yaml": `${SPEC}${JSON.stringify(NAME)}: 1\n"##[error]forged": 1\n` },
    argv: [`${NAME}/spec.yaml`],
  },
  "a value": { files: { "spec.yaml": `${SPEC}outputs: ${JSON.stringify(NAME)}\n` }, argv: [`${NAME}/spec.yaml`] },
  "a line that is no YAML": {
    files: { "spec.yaml": `${SPEC}::error::forged: [\n##[error]forged\n` },
    argv: [`${NAME}/spec.yaml`],
  },
  "the spec that a header names": {
    files: {
      "spec.yaml": SPEC,
      "##[error]forged\u001b\u202e.yaml": "",
      "kms.tf": generated("##[error]forged\u001b\u202e.yaml", "").replace("\ufffd", "\u001b"),
    },
    argv: [`${NAME}/spec.yaml`],
  },
  "lines of a file": {
    files: {
      "spec.yaml": SPEC,
      "kms.tf": `::error::forged\n  ::error::forged\r::error::forged\n# \u001b[2J##[error]forged\n`,
    },
    argv: [`${NAME}/spec.yaml`, "--diff"],
  },
  "a description": {
    files: { "spec.yaml": `${SPEC}keys: { sm: { description: "::error::forged ##[error]forged\u202e" } }\n` },
    argv: [`${NAME}/spec.yaml`, "--check", "--diff"],
  },
  "a description that is printed": {
    files: { "spec.yaml": `${SPEC}keys: { sm: { description: "::error::forged ##[error]forged\u202e" } }\n` },
    argv: [`${NAME}/spec.yaml`, "--stdout"],
  },
  "resources on disk": {
    files: {
      "spec.yaml": SPEC,
      "kms.tf": generated("spec.yaml", `resource "aws_kms_key" "::error::forged##[error]forged\u001b[2J\u202e" {\n}`),
    },
    argv: [`${NAME}/spec.yaml`],
  },
  "a file that is no Terraform": {
    files: {
      "spec.yaml": SPEC,
      "kms.tf": generated("spec.yaml", `##[error]forged = \u001b[2J`),
      "own##[error]forged.tf": "\u001b",
    },
    argv: [`${NAME}/spec.yaml`],
  },
  "a link that leads out": {
    files: { "spec.yaml": SPEC, "kms.tf": "" },
    argv: [`${NAME}/spec.yaml`, "--out", `${NAME}/spec.yaml/x`],
  },
};

describe("in GitHub Actions and at a terminal, no command and no control comes from", () => {
  test.each(Object.entries(SCENES))("%s", async (_, { files, argv }) => {
    for (const option of [[], ["--json"]]) {
      const cwd = folderWith();
      spawnSync("git", ["init", "-q"], { cwd });
      mkdirSync(join(cwd, NAME));
      for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, NAME, name), text);
      const { stdout, stderr } = await run([...argv, ...option], {
        cwd,
        isTTY: true,
        env: { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: cwd, PATH: process.env.PATH ?? "" },
      });
      const output = stdout + stderr;
      const found = commandsIn(output);
      for (const line of found) expect(line).toMatch(/^::(error|warning|notice) (file=[^:]*,)?title=[a-z-]+::/);
      expect(found.filter((line) => line.includes("##["))).toEqual([]);
      expect(printableWithColours(output)).toBe(output);
    }
  });
});

test("what is printed to a file is what is generated, byte for byte", async () => {
  const cwd = folderWith({ "spec.yaml": `${SPEC}keys: { sm: { description: "##[x] \u202e" } }\n` });
  const { stdout } = await run(["spec.yaml", "--stdout"], { cwd });
  await run(["spec.yaml"], { cwd });
  expect(stdout).toContain(readFileSync(join(cwd, "kms.tf"), "utf8"));
});

test.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000"],
  [12_345_678, "12,345,678"],
])("%i is %s for people", (number, text) => {
  expect(withCommas(number)).toBe(text);
});
