/**
 * The proof that an adoption changes nothing: a configuration as people write it by hand is applied by the real Terraform to the
 * stand-in, adopted from its state, and the plan of what adopt has written, with the old blocks deleted, moves and forgets things
 * and does nothing else.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { startStandIn } from "../stand-in/provider.ts";
import { COMPUTED, LOOP, MODULE, POST } from "../support/adoptable.ts";
import { folderWith, type Run, run } from "../support/cli.ts";
import { filesBelow } from "../support/fixtures.ts";
import {
  applicable,
  type Files,
  type Plan,
  skippedWithoutTerraform,
  succeeded,
  withTerraform,
} from "../support/terraform.ts";

interface Adopted {
  readonly result: Run;
  readonly spec: string;
  readonly files: Files;
  readonly plan: Plan;
  readonly idle: Plan;
}

/** Applies the files, adopts their state in a folder that holds them, deletes `gone`, plans, applies, and plans again. */
async function adopted(before: Files, gone: readonly string[], args: readonly string[] = []): Promise<Adopted> {
  // What is in folders is of modules, whose providers the root gives.
  const root = Object.fromEntries(Object.entries(before).filter(([path]) => !path.includes("/")));
  const { variables, version, account } = applicable(root);
  const folder = folderWith({});
  for (const [path, text] of Object.entries(before)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return withTerraform(before, { variables }, async (terraform) => {
    const provider = await startStandIn({ version, account });
    try {
      terraform.replaceOptions({ provider, variables });
      succeeded(await terraform.init());
      succeeded(await terraform.plan());
      succeeded(await terraform.apply());
      succeeded(await terraform.plan());
      const result = await run(["adopt", "-", ...args], { cwd: folder, stdin: await terraform.showText() });
      expect(result.code, result.stderr).toBe(0);
      for (const path of gone) rmSync(join(folder, path), { recursive: true });
      const after = filesBelow(folder);
      terraform.replaceFiles(after);
      succeeded(await terraform.init());
      const plan = await terraform.plan();
      succeeded(plan);
      succeeded(await terraform.apply());
      const idle = await terraform.plan();
      return { result, spec: readFileSync(join(folder, "spec.yaml"), "utf8"), files: after, plan, idle };
    } finally {
      provider.close();
    }
  });
}

/** What a plan does besides moving and forgetting. */
function harm({ changes }: Plan): string[] {
  return changes.flatMap(({ action, address }) =>
    ["no-op", "move", "forget", "read"].includes(action) ? [] : [`${action} ${address}`],
  );
}

if (skippedWithoutTerraform("adopt-terraform.test.ts")) test.skip("terraform is not there", () => undefined);
else {
  describe("adopting a configuration as people write it changes nothing, and is idle afterwards", () => {
    test.each<[what: string, files: Files, gone: readonly string[]]>([
      ["the post's layout under other names", POST, ["main.tf"]],
      ["a loop over regions", LOOP, ["main.tf"]],
      ["a module", MODULE, ["main.tf", "modules"]],
      ["names, tags and policies that are computed", COMPUTED, ["main.tf"]],
    ])("%s", async (_, files, gone) => {
      const kept = files === POST ? { ...files, "local.tf": keptOf(POST) } : files;
      const world = files === POST ? { ...kept, "main.tf": files["main.tf"]!.replace(keptOf(POST), "") } : kept;
      const { plan, idle, spec } = await adopted(world, gone);
      expect(harm(plan)).toEqual([]);
      expect(idle.changes.filter(({ action }) => action !== "no-op" && action !== "read")).toEqual([]);
      expect(spec).not.toContain("hunter2");
    });
  });

  test("what the configuration shows stays what it is: variables, the workspace, references, documents and files", async () => {
    const { spec, result } = await adopted(COMPUTED, ["main.tf"]);
    expect(load(spec)).toMatchObject({
      variables: { environment: { write: false }, shards: { type: "number", write: false } },
      keys: {
        app: {
          description: "Key of {var.environment} in {workspace}",
          alias: { name: "alias/acme/{var.environment}/app" },
          policy: {
            statements: [
              { sid: "Owner", principals: { AWS: ["arn:aws:iam::{account}:root"] } },
              {
                sid: "Team",
                principals: { AWS: [{ ref: "module.team.role_arn" }, "arn:aws:iam::111122223333:role/reader"] },
              },
            ],
          },
          by_region: {
            "eu-central-1": {
              tags: {
                Environment: "{var.environment}",
                Shards: "{var.shards}",
                Workspace: "{workspace}",
                Name: "STAGING",
              },
            },
            "eu-west-1": { policy: { documents: [{ ref: "data.aws_iam_policy_document.of_replica.json" }] } },
          },
        },
      },
      secrets: {
        db: { name: "acme/{var.environment}/db", protect: true, policy: { documents: ["policies/db.json"] } },
      },
    });
    expect(result.stderr).toContain(
      "note: aws_kms_key.this: the spec has today's values: tags.Name is upper(var.environment) [written-out]",
    );
  });

  test("what a spec cannot say is named, each with the reason, and what is to be deleted with its place", async () => {
    const world = { ...POST, "local.tf": keptOf(POST), "main.tf": POST["main.tf"]!.replace(keptOf(POST), "") };
    const { result, spec } = await adopted(world, ["main.tf"]);
    expect(result.stderr).toContain("aws_kms_key.local: it stays in your files as it is: it is no multi-Region key");
    expect(result.stderr).toMatch(/Delete these blocks, which are generated now:\n {4}main\.tf:\d+: resource /);
    expect(spec).toContain("provider_alias: ireland");
    expect(spec).toContain("  write: false");
  });
}

/** The blocks that are left alone, which move to a file of their own. */
function keptOf(files: Files): string {
  const blocks = files["main.tf"]!.split(/\n(?=resource )/);
  return blocks.find((block) => /"local"/.test(block))!;
}
