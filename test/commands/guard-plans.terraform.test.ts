/**
 * The plans in `fixtures/plans` are what the real Terraform makes of their situations today: recorded with
 * MRK_SCAFFOLD_RECORD=1, and compared otherwise.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Account } from "../stand-in/account.ts";
import { startStandIn } from "../stand-in/provider.ts";
import { folderWith, run } from "../support/cli.ts";
import { type Situation, type Spec, situations } from "../support/recorded-plans.ts";
import { type Files, readFiles, skippedWithoutTerraform, succeeded, withTerraform } from "../support/terraform.ts";

const FOLDER = fileURLToPath(new URL("../../fixtures/plans", import.meta.url));

/** The files of a spec, made over those of the one before; whatever that loses is allowed. */
async function filesOf(source: Files | Spec, folder: string): Promise<Files> {
  if (typeof source.spec !== "string") return source as Files;
  writeFileSync(join(folder, "spec.yaml"), source.spec);
  const { code, stderr } = await run(["spec.yaml", "--allow-destroy", "all"], { cwd: folder });
  expect(code, stderr).toBe(0);
  return readFiles(folder);
}

/** The plan as Terraform shows it, without what no two runs have alike. */
async function planned({ version, before, after, meanwhile, options = [] }: Situation): Promise<string> {
  const account = new Account();
  const provider = await startStandIn({ version, account });
  try {
    const folder = folderWith();
    return await withTerraform(await filesOf(before, folder), { provider }, async (terraform) => {
      for (const step of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()]) {
        succeeded(await step());
      }
      await meanwhile?.(account, terraform);
      terraform.replaceFiles(await filesOf(after, folder));
      succeeded(await terraform.init());
      succeeded(await terraform.plan({ options }));
      const plan = (await terraform.show()) as Record<string, unknown>;
      return `${JSON.stringify({ ...plan, timestamp: "2025-01-01T00:00:00Z" }, null, 1)}\n`;
    });
  } finally {
    provider.close();
  }
}

describe.skipIf(skippedWithoutTerraform("guard-plans.terraform.test.ts"))("Terraform plans", () => {
  test.each(Object.entries(situations))("%s", async (name, situation) => {
    const plan = await planned(situation);
    const path = `${FOLDER}/${name}/plan.json`;
    if (process.env.MRK_SCAFFOLD_RECORD) {
      mkdirSync(`${FOLDER}/${name}`, { recursive: true });
      writeFileSync(path, plan);
      if (typeof situation.after.spec === "string") {
        writeFileSync(`${FOLDER}/${name}/spec.yaml`, situation.after.spec);
      }
    }
    expect(lasting(plan)).toEqual(lasting(readFileSync(path, "utf8")));
  });
});

/** A plan without what Terraform puts in no fixed order, and with one number for all keys: they are made in no fixed order. */
function lasting(text: string): object {
  const { relevant_attributes: _, ...plan } = JSON.parse(text.replace(/mrk-0{20,}\d+/g, "mrk-0")) as Record<
    string,
    unknown
  >;
  return plan;
}
