/** Every recipe of docs/recipes.md, to the letter: its files are written, its specs are generated, and Terraform applies the root. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Account } from "./stand-in/account.ts";
import { startStandIn } from "./stand-in/provider.ts";
import { folderWith, run } from "./support/cli.ts";
import { readFiles, skippedWithoutTerraform, succeeded, withTerraform } from "./support/terraform.ts";

const page = readFileSync(fileURLToPath(new URL("../docs/recipes.md", import.meta.url)), "utf8");

interface Recipe {
  readonly title: string;
  /** Text by path, as the comment on the first line of a block says it. */
  readonly files: Readonly<Record<string, string>>;
}

const recipes: readonly Recipe[] = page
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const blocks = section.matchAll(/^```(?:yaml|terraform)\n# (\S+)\n([\s\S]*?)^```$/gm);
    return {
      title: section.split("\n")[0]!,
      files: Object.fromEntries([...blocks].map(([, path, text]) => [path!, text!])),
    };
  });

const specsOf = ({ files }: Recipe) => Object.keys(files).filter((path) => path.endsWith("spec.yaml"));

/** The folders in which Terraform is run: those of the specs, those that others need first, or the one that calls them. */
function rootsOf(recipe: Recipe): readonly string[] {
  if (recipe.files["main.tf"] !== undefined) return ["."];
  return specsOf(recipe).map(dirname).sort().reverse();
}

const VARIABLES = { environment: "dev", token_secret_string: "hunter2" };
const HAND_MADE = "mrk-1234abcd12ab34cd56ef1234567890ab";

test("there are recipes with files, and one for pull requests", () => {
  expect(recipes.map((recipe) => [recipe.title, specsOf(recipe).length])).toEqual([
    ["A root that calls the module", 1],
    ["A first value, and then rotation", 1],
    ["Several environments", 1],
    ["Keys of one team, secrets of another", 2],
    ["Keys that were made by hand", 1],
    ["Comments on pull requests", 0],
  ]);
});

describe.skipIf(skippedWithoutTerraform("recipes.terraform.test.ts"))("Terraform takes", () => {
  test.each(recipes.filter((recipe) => specsOf(recipe).length > 0))(
    "$title",
    async (recipe) => {
      const folder = folderWith(recipe.files);
      for (const spec of specsOf(recipe)) {
        const { code, stderr } = await run([spec], { cwd: folder });
        expect(code, stderr).toBe(0);
      }
      const account = new Account();
      const isByHand = recipe.title.includes("by hand");
      if (isByHand) seedByHand(account);
      const provider = await startStandIn({ version: "6.25", account });
      try {
        for (const root of rootsOf(recipe)) {
          const called = root === "." && recipe.files["main.tf"] !== undefined ? modulesIn(folder, recipe) : {};
          const files = { ...readFiles(join(folder, root)), ...called };
          await withTerraform(files, { provider, variables: VARIABLES }, async (terraform) => {
            succeeded(await terraform.init());
            const validated = await terraform.validate();
            expect([...validated.errors, ...validated.warnings]).toEqual([]);
            const plan = succeeded(await terraform.plan());
            if (isByHand) expect(plan.changes.every(({ importId }) => importId)).toBe(true);
            succeeded(await terraform.apply());
            const idle = succeeded(await terraform.plan());
            expect(idle.changes).toEqual([]);
          });
        }
      } finally {
        provider.close();
      }
    },
    60_000,
  );
});

function seedByHand(account: Account): void {
  const [primaryRegion, replica] = ["eu-central-1", "eu-west-1"] as const;
  account.seedKey({ keyId: HAND_MADE, primaryRegion, replicaRegions: [replica] });
  for (const region of [primaryRegion, replica]) account.seedAlias(region, "alias/by-hand", HAND_MADE);
}

/** The files of the modules that a root calls, by their paths from it. */
function modulesIn(folder: string, recipe: Recipe): Readonly<Record<string, string>> {
  return Object.fromEntries(
    specsOf(recipe).flatMap((spec) =>
      Object.entries(readFiles(join(folder, dirname(spec)))).map(([name, text]) => [join(dirname(spec), name), text]),
    ),
  );
}
