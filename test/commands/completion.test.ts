/** The scripts of `completion`, in the shells that they are for. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { knownRegions } from "../../src/aws/regions.ts";
import { commands } from "../../src/commands/commands.ts";
import { codes } from "../../src/report/codes.ts";
import { folderWith, run } from "../support/cli.ts";

const zshDriver = fileURLToPath(new URL("../support/complete.zsh", import.meta.url));

const FILES = {
  "spec.yaml": "",
  "other.yml": "",
  "plan.json": "",
  "kms.tf": 'resource "aws_kms_key" "main_sm" {\n}\n\ndata "aws_region" "main" {}\n',
  "infra/spec.yaml": "",
  "infra/kms.tf": 'resource "aws_kms_key" "main_infra" {\n}\n',
};

/** How a shell is asked what a line, with the cursor at its end, is completed with. */
const SHELLS: Readonly<
  Record<string, (script: string, line: string) => readonly [command: string, ...argv: string[]]>
> = {
  bash: (script, line) => {
    const words = line.split(" ").map((word) => `'${word}'`);
    const ask = `COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _mrk_scaffold`;
    return ["bash", "--norc", "-c", `source ${script}; ${ask}; printf '%s\\n' "\${COMPREPLY[@]}"`];
  },
  zsh: (script, line) => ["zsh", "-f", zshDriver, script, line],
  fish: (script, line) => ["fish", "--no-config", "-c", `source ${script}; complete -C '${line}'`],
};

for (const [shell, ask] of Object.entries(SHELLS)) {
  const isThere = spawnSync(shell, ["--version"]).status === 0;
  if (!isThere) process.stderr.write(`completion.test.ts: ${shell} is skipped: it is not installed\n`);

  describe.skipIf(!isThere)(shell, () => {
    const offered = async (line: string): Promise<readonly string[]> => {
      const cwd = folderWith(FILES);
      const { stdout: script } = await run(["completion", shell]);
      // Not among the files that are completed.
      const path = join(folderWith(), "script");
      writeFileSync(path, script);
      const [command, ...argv] = ask(path, line);
      const { stdout, stderr } = spawnSync(command, argv, { cwd, encoding: "utf8", timeout: 50_000 });
      expect(stderr).toBe("");
      const words = stdout.split("\n").map((word) => word.replace(/\t.*/, "").trimEnd().replace(/\/$/, ""));
      return [...new Set(words.filter((word) => word !== ""))].sort();
    };

    const names = commands.map(({ name }) => name);
    const regions = knownRegions.filter((region) => region.startsWith("eu-w"));

    test.each<[line: string, words: readonly string[]]>([
      ["mrk-scaffold exp", ["explain"]],
      ["mrk-scaffold ", [...names, "infra", "other.yml", "spec.yaml"].sort()],
      ["mrk-scaffold spec.yaml ", ["infra", "other.yml", "spec.yaml"]],
      [
        "mrk-scaffold explain key-would-be",
        Object.keys(codes)
          .filter((code) => code.startsWith("key-would-be"))
          .sort(),
      ],
      ["mrk-scaffold completion ", ["bash", "fish", "zsh"]],
      ["mrk-scaffold graph ", ["infra", "other.yml", "spec.yaml"]],
      ["mrk-scaffold graph --format ", ["dot", "mermaid", "svg"]],
      ["mrk-scaffold guard pl", ["plan.json"]],
      ["mrk-scaffold eject ", ["infra"]],
      ["mrk-scaffold spec.yaml --out ", ["infra"]],
      ["mrk-scaffold spec.yaml --allow", ["--allow-destroy"]],
      ["mrk-scaffold spec.yaml --allow-destroy ", ["all", "aws_kms_key.main_sm"]],
      ["mrk-scaffold infra/spec.yaml --allow-destroy aws_kms", ["aws_kms_key.main_infra", "aws_kms_key.main_sm"]],
      ["mrk-scaffold promote spec.yaml --to eu-w", [...regions].sort()],
      ["mrk-scaffold guard --sp", ["--spec"]],
    ])("%j", async (line, words) => {
      expect(await offered(line)).toEqual(words);
    });

    test("every option of every command is offered", async () => {
      for (const { name, options } of commands.filter((_, index) => index % 4 === 0)) {
        const flags = Object.keys(options).map((option) => `--${option}`);
        expect(await offered(`mrk-scaffold ${name} --`), name).toEqual(expect.arrayContaining(flags));
      }
    });
  });
}

test("another shell is told which there are", async () => {
  const { code, stderr } = await run(["completion", "powershell"]);
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("bash, zsh or fish") });
});
