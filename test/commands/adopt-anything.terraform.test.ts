/**
 * Whatever the program can generate can be adopted: its files under other names, in loops or in a module are applied by the real
 * Terraform to the stand-in, their state is adopted, and the plan of what comes out moves and forgets, and does nothing else.
 *
 * By default a few that the seed chooses are judged. ADOPTIONS=N judges N fixtures and N specs, ADOPTIONS=all every fixture in every
 * way and 50 specs; ADOPTIONS_OF=TEXT those whose name and way contain a text.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import type { Account } from "../stand-in/account.ts";
import { startStandIn } from "../stand-in/provider.ts";
import { folderWith, run } from "../support/cli.ts";
import { type Draw, drawing, looped, renamed, settled, without } from "../support/disguise.ts";
import { filesBelow, type ValidFixture, validFixtures } from "../support/fixtures.ts";
import { specs, type WrittenSpec } from "../support/specs.ts";
import {
  applicable,
  type Files,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  type Terraform,
  withTerraform,
} from "../support/terraform.ts";

const wanted = process.env.ADOPTIONS ?? "6";
const most = wanted === "all" ? Number.POSITIVE_INFINITY : Number(wanted);
const seed = fc.readConfigureGlobal().seed ?? 0;

const WAYS = ["renamed", "in loops", "in a module"] as const;
type Way = (typeof WAYS)[number];

interface Case {
  readonly name: string;
  readonly way: Way;
  readonly spec: string;
  readonly beside: Files;
}

/**
 * What no spec says: an existing key is found by an alias, which leads to another key in each region; two names differ only by the
 * values of variables, which the validation of a variable limits.
 */
const BEYOND = /is under another key|may be the same as|its (primary )?key is not adopted/;

/** What stays in someone's own files. */
const NOT_ADOPTED = /^resource "aws_(ebs|cloudwatch|s3|ssm)_/m;

const ofFixtures: readonly Case[] = validFixtures.flatMap(({ name, spec, beside }: ValidFixture) =>
  WAYS.map((way) => ({ name, way, spec: readFileSync(spec, "utf8"), beside })),
);

const ofSpecs: readonly Case[] = fc
  .sample(specs.filter(standsAlone), { numRuns: Number.isFinite(most) ? most : 50, seed })
  .map((spec, index) => ({
    name: `spec ${index}`,
    way: WAYS[index % WAYS.length]!,
    spec: JSON.stringify(spec),
    beside: {},
  }));

/** Whether a spec can be applied: it needs no files of the user's own, a Terraform that there is, and no disabled key. */
function standsAlone(spec: WrittenSpec): boolean {
  return (
    !/"enabled":false/.test(JSON.stringify(spec)) &&
    !/"ref":|"write":false|"required_version":"[^"]*1\.1[2-9]/.test(JSON.stringify(spec))
  );
}

const only = process.env.ADOPTIONS_OF;
const cases = [...chosen(ofFixtures, most), ...ofSpecs].filter(
  ({ name, way }) => only === undefined || `${name} ${way}`.includes(only),
);

describe.skipIf(skippedWithoutTerraform("adopt-anything.terraform.test.ts"))("what is generated can be adopted", () => {
  test.each(cases.map((one, index) => ({ ...one, index })))("$name $way", async ({ index, ...given }) => {
    const made = await disguised(given, drawing(seed + index));
    if (made === undefined) return;
    const found = await adopted(made);
    expect(found).toEqual({ leftAlone: [], harm: [], idle: [] });
  });
});

interface Disguised {
  readonly files: Files;
  readonly regions: readonly string[];
}

/** What else is under a key stays where it is: adopt says to keep the call of a module in which something is left. */
const OTHERS = /"(log_groups|buckets|default_for_ebs|parameters)":/;

/** The files of a case; `undefined` where the spec cannot be one of a module, or has in it what stays there. */
async function disguised({ spec, way, beside }: Case, draw: Draw): Promise<Disguised | undefined> {
  const data = load(spec) as WrittenSpec;
  if (way === "in a module" && OTHERS.test(JSON.stringify(data))) return undefined;
  const inModule = { ...data, terraform: { ...data.terraform, module: true }, output_dir: undefined, files: undefined };
  const text = way === "in a module" ? JSON.stringify(inModule) : spec.replace(/^output_dir:.*$/m, "");
  const cwd = folderWith({ ...beside, "spec.yaml": text });
  const { code, stderr } = await run(["spec.yaml"], { cwd });
  if (way === "in a module" && code !== 0) return undefined;
  expect(code, stderr).toBe(0);
  const files = { ...settled(readFiles(cwd)), ...beside };
  const isOwn = (path: string) => Object.hasOwn(beside, path);
  const regions = [data.regions.primary, data.regions.replicas, data.regions.retired]
    .flat()
    .flatMap((one) => (one == null ? [] : typeof one === "string" ? one : one.region));
  const changed = renamed(files, draw, isOwn);
  return { files: way === "in loops" ? looped(changed, draw, isOwn) : changed, regions };
}

/** Applies, adopts, deletes what adopt says, plans, applies, and plans again. */
async function adopted({ files: given, regions }: Disguised) {
  const { files: completed, version, variables, account } = applicable(given, regions);
  const isModule = completed["root.tf"] !== undefined;
  // Its call goes only if nothing else is left in a module, which adopt says and does not do.
  if (isModule && Object.values(completed).some((text) => NOT_ADOPTED.test(text)))
    return { leftAlone: [], harm: [], idle: [] };
  const files = isModule ? { ...completed, "versions.tf": versions(version) } : completed;
  const provider = await startStandIn({ version, account });
  const cwd = folderWith(files);
  try {
    return await withTerraform(files, { provider, variables }, async (terraform) => {
      succeeded(await terraform.init());
      await apply(terraform, account);
      succeeded(await terraform.plan());
      const stdin = await terraform.showText();
      const { code, stdout, stderr } = await run(["adopt", "-"], { cwd, stdin });
      const left = stderr.split("\n").filter((line) => /stays in your files|does not manage/.test(line));
      const isBeyond = left.length > 0 && left.every((line) => BEYOND.test(line));
      const hasSome = /"mode":"managed","type":"aws_(kms_(external_)?key|secretsmanager_secret)"/.test(stdin);
      if (/nothing-to-adopt/.test(stderr) && (isBeyond || !hasSome)) return { leftAlone: [], harm: [], idle: [] };
      // The call of a module stays with what stays in it, and adopt says so; what that means for the rest is the user's own.
      if (isModule && isBeyond && /if nothing else is left in it/.test(stdout + stderr))
        return { leftAlone: [], harm: [], idle: [] };
      expect(code, stderr).toBe(0);
      const after = cleared(cwd, stdout + stderr);
      terraform.replaceFiles(after);
      succeeded(await terraform.init());
      const plan = succeeded(await terraform.plan());
      const harm = plan.changes.flatMap(({ action, address }) =>
        ["no-op", "move", "forget", "read"].includes(action) ? [] : [`${action} ${address}`],
      );
      const leftAlone = left.filter((line) => !BEYOND.test(line));
      if (harm.length > 0)
        return { leftAlone, harm, idle: [], spec: readFileSync(join(cwd, "spec.yaml"), "utf8"), stderr };
      succeeded(await terraform.apply());
      const idle = succeeded(await terraform.plan()).changes.filter(
        ({ action }) => action !== "no-op" && action !== "read",
      );
      return leftAlone.length > 0
        ? { leftAlone, harm, idle, spec: readFileSync(join(cwd, "spec.yaml"), "utf8"), stderr }
        : { leftAlone, harm, idle };
    });
  } finally {
    provider.close();
  }
}

/** What the root of a module says about versions. */
function versions(version: string): string {
  const aws = `{\n      source  = "hashicorp/aws"\n      version = "~> ${version}"\n    }`;
  return `terraform {\n  required_providers {\n    aws = ${aws}\n  }\n}\n`;
}

/** Applies until all key material is there. */
async function apply(terraform: Terraform, account: Account): Promise<void> {
  succeeded(await terraform.plan());
  for (let outcome = await terraform.apply(); !outcome.ok; outcome = await terraform.apply()) {
    const pending = account.pendingImports();
    if (pending.length === 0) succeeded(outcome);
    for (const { keyId, region } of pending) account.importKeyMaterial(keyId, region);
    succeeded(await terraform.plan());
  }
  for (const { keyId, region } of account.pendingImports())
    account.importKeyMaterial(keyId, region, "2030-01-31T00:00:00Z");
}

/** The folder as someone has it who did what adopt printed: the listed blocks deleted, the listed lines corrected. */
function cleared(cwd: string, printed: string): Files {
  const all = filesBelow(cwd);
  for (const [, path = "", line = "", from = "", to = ""] of printed.matchAll(
    /^(\S+\.tf):(\d+):\d+: warning: this line refers to (.+), which is (\S+) now/gm,
  )) {
    const lines = all[path]!.split("\n");
    lines[Number(line) - 1] = lines[Number(line) - 1]!.replaceAll(from, to);
    all[path] = lines.join("\n");
  }
  const gone = [...printed.matchAll(/^ {4}(\S+\.tf):(\d+): /gm)].map(([, path = "", line = ""]) => ({
    path,
    line: Number(line),
  }));
  return without(all, gone);
}

/** So many of some cases, chosen by their names and the seed: a fixture that is added changes nothing about the others. */
function chosen(all: readonly Case[], count: number): readonly Case[] {
  const rankOf = ({ name, way }: Case) => createHash("sha256").update(`${seed} ${name} ${way}`).digest("hex");
  const ranked = all.map((one) => [rankOf(one), one] as const).sort(([one], [other]) => (one < other ? -1 : 1));
  return ranked.slice(0, count).map(([, one]) => one);
}
