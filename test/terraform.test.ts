/**
 * Real Terraform over every expected output in fixtures/: canonical layout, valid without a warning, applied to a fresh
 * account, and nothing left to do afterwards. AWS is the stand-in; with MRK_SCAFFOLD_PROVIDER_MIRROR set, the real
 * provider validates the same files too.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import type { Account } from "./stand-in/account.ts";
import { startStandIn } from "./stand-in/provider.ts";
import { filesBelow } from "./support/fixtures.ts";
import {
  applicable,
  type Files,
  type Outcome,
  providerMirror,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  type Terraform,
  withTerraform,
} from "./support/terraform.ts";

const fixtures = fileURLToPath(new URL("../fixtures", import.meta.url));
const cases = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
  .filter(
    (path) => basename(path) === "expected" && readdirSync(join(fixtures, path)).some((name) => name.endsWith(".tf")),
  )
  .sort()
  .map((path) => ({ name: dirname(path).replaceAll("\\", "/"), folder: join(fixtures, path) }));

const clean = { ok: true, errors: [], warnings: [] };

describe.skipIf(skippedWithoutTerraform("terraform.test.ts"))("Terraform takes what is generated for", () => {
  test("at least the seed post", () => {
    expect(cases.map(({ name }) => name)).toContain("post");
  });

  test.concurrent.each(cases)("$name: formatted, valid, applied, and then without a change", async ({ folder }) => {
    expect(await withTerraform(folder, {}, (terraform) => terraform.fmtCheck())).toBe("");
    const { files, version, variables, account } = applicable(completed(folder), regionsOfSpec(folder));
    const provider = await startStandIn({ version, account });
    try {
      await withTerraform(files, { provider, variables }, async (terraform) => {
        expect(await terraform.init()).toEqual(clean);
        expect(await terraform.validate()).toEqual(clean);
        await appliesOnce(terraform, account);
      });
    } finally {
      provider.close();
    }
  });
});

/** What is generated, with the files of the user's own that are beside it. */
function completed(folder: string): Files {
  return { ...readFiles(folder), ...filesBelow(join(folder, "../beside")) };
}

async function appliesOnce(terraform: Terraform, account: Account): Promise<void> {
  const plan = await terraform.plan();
  expect(messages(plan)).toEqual(clean);
  expect(plan.changes.filter(({ action }) => action === "delete" || action === "replace")).toEqual([]);
  let applied = await terraform.apply();
  // As docs/imported-material.md has it: material for the primary keys, apply, material for the replicas, apply.
  while (!applied.ok) {
    expect(applied.errors.filter(({ summary }) => !summary.includes("pending import"))).toEqual([]);
    const pending = account.pendingImports();
    expect(pending).not.toEqual([]);
    for (const { keyId, region } of pending) account.importKeyMaterial(keyId, region);
    expect(messages(await terraform.plan())).toEqual(clean);
    applied = await terraform.apply();
  }
  expect(applied).toEqual(clean);
  expect(await terraform.plan()).toEqual({ ...clean, changes: [], outputs: {} });
  for (const { keyId, region } of account.pendingImports())
    account.importKeyMaterial(keyId, region, "2030-01-31T00:00:00Z");
  expect(await terraform.plan()).toEqual({ ...clean, changes: [], outputs: {} });
}

function messages({ ok, errors, warnings }: Outcome): Outcome {
  return { ok, errors, warnings };
}

const mirror = providerMirror();
const mirroredCases = mirror === undefined ? [] : cases.flatMap(withMirroredVersion);

describe.skipIf(mirroredCases.length === 0 || skippedWithoutTerraform("the real provider"))("the real provider", () => {
  // One after the other: a provider of several hundred megabytes starts for each.
  test.each(mirroredCases)("$version validates $name", async ({ folder, version }) => {
    const { files } = applicable(completed(folder), regionsOfSpec(folder));
    await withTerraform(withProviderVersion(files, version), { provider: mirror! }, async (terraform) => {
      succeeded(await terraform.init());
      expect(await terraform.validate()).toEqual(clean);
    });
  });
});

/** The case with the newest version in the mirror that its stand-in is like, if there is one. */
function withMirroredVersion(
  fixture: (typeof cases)[number],
): ((typeof cases)[number] & { readonly version: string })[] {
  const major = applicable(completed(fixture.folder)).version.split(".")[0];
  const version = mirror?.versions.findLast((candidate) => candidate.split(".")[0] === major);
  return version === undefined ? [] : [{ ...fixture, version }];
}

/** The same files, bound to the version that there is; what they ask for may be older. */
function withProviderVersion(files: Files, version: string): Files {
  const bind = (text: string) =>
    text.replace(/(source\s*=\s*"hashicorp\/aws"\s*\n\s*version\s*=\s*)"[^"]*"/, `$1"${version}"`);
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bind(text)]));
}

type Region = string | { readonly region: string };

/** The regions in the spec beside an expected folder, the primary first, retired ones last. */
function regionsOfSpec(folder: string): string[] {
  const path = join(folder, "..", "spec.yaml");
  if (!existsSync(path)) return [];
  const { regions } = load(readFileSync(path, "utf8")) as {
    readonly regions: Readonly<Record<string, Region | Region[] | null>>;
  };
  const all = [regions.primary, regions.replicas, regions.retired].flat().filter((region) => region != null);
  return all.map((region) => (typeof region === "string" ? region : region.region));
}
