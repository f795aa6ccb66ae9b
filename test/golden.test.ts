import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { folderWith, run } from "./support/cli.ts";
import { filesIn, fixturesFolder, invalidFixtures, validFixtures } from "./support/fixtures.ts";

/** `UPDATE_FIXTURES=1 npm test` writes what is generated into the fixtures, for review in the diff. */
const isUpdate = process.env.UPDATE_FIXTURES === "1";

test.each(validFixtures)(
  "$name: the files are the expected ones, to the byte, and no others",
  async ({ spec, expected, beside }) => {
    const cwd = folderWith({ ...beside, "spec.yaml": readFileSync(spec) });
    const { code, stdout } = await run(["spec.yaml", "--json"], { cwd });
    expect(code).toBe(0);
    const { files } = JSON.parse(stdout) as { files: readonly { path: string }[] };
    const written = Object.fromEntries(
      files.map(({ path }) => [basename(path), readFileSync(join(cwd, path), "utf8")]),
    );
    if (isUpdate) {
      rmSync(expected, { recursive: true, force: true });
      mkdirSync(expected);
      for (const [name, text] of Object.entries(written)) writeFileSync(join(expected, name), text);
    }
    expect(written).toEqual(filesIn(expected));
  },
);

test.each(invalidFixtures)("%s: the report is the expected one, and nothing is written", async (name) => {
  const cwd = join(fixturesFolder, "invalid");
  const reportPath = join(cwd, `${name}.txt`);
  const output = join(folderWith(), "output");
  const { code, stdout, stderr: printed } = await run([`${name}.yaml`, "--out", output], { cwd });
  const stderr = printed.replace(/^created .*\n/gm, "");
  if (isUpdate) writeFileSync(reportPath, stderr);
  expect(stderr).toBe(readFileSync(reportPath, "utf8"));
  expect(stdout).toBe("");
  expect(stderr).toContain(`[${name.replace(/--.*/, "")}]`);
  const isWarning = !stderr.includes(": error: ");
  expect(code).toBe(isWarning ? 0 : 2);
  expect(Object.keys(filesIn(output)).length > 0).toBe(isWarning);
});
