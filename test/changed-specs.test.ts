/** The changes in `fixtures/changes`: a spec, what it becomes, what is said of that, and a spec that is right instead. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderWith, run } from "./support/cli.ts";
import { fixturesFolder } from "./support/fixtures.ts";

const folder = join(fixturesFolder, "changes");

test.each(readdirSync(folder))("%s is said of the change, and not of the one that is right", async (code) => {
  const { exit, report } = await changed(code, "spec.yaml");
  const path = join(folder, code, "report.txt");
  if (process.env.UPDATE_FIXTURES === "1") writeFileSync(path, report);
  expect(report).toBe(readFileSync(path, "utf8"));
  expect(report).toContain(`[${code}]`);
  expect(exit).toBe(report.includes(": refused: ") ? 4 : 0);
  if (!existsSync(join(folder, code, "corrected.yaml"))) return;
  const right = await changed(code, "corrected.yaml");
  expect(right.exit).toBe(0);
  expect(right.report).not.toContain(`[${code}]`);
});

/** What is said when the spec that files were made of becomes another one; without what was written and what Terraform will do. */
async function changed(code: string, name: string): Promise<{ readonly exit: number; readonly report: string }> {
  const cwd = folderWith({ "spec.yaml": readFileSync(join(folder, code, "before.yaml")) });
  expect((await run(["spec.yaml"], { cwd })).code).toBe(0);
  writeFileSync(join(cwd, "spec.yaml"), readFileSync(join(folder, code, name)));
  const { code: exit, stderr } = await run(["spec.yaml"], { cwd });
  return {
    exit,
    report: stderr.replace(
      /^(created|updated|removed) .*\n|^Terraform will:\n( {2}.*\n)*|^Nothing is destroyed\.\n|^\d+ files? up to date\n/gm,
      "",
    ),
  };
}
