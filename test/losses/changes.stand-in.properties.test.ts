/**
 * Over random specs and one to four edits of them, with real Terraform and the stand-in account as the judge: what passes with exit
 * code 0 loses nothing in the account, what is refused would have, and the addresses that are listed are those that die.
 *
 * MRK_SCAFFOLD_CHANGE_SECONDS says how long to look (15 seconds otherwise, 300 in CI); a failing pair is shrunk.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Action } from "../../src/report/outlook.ts";
import type { Account } from "../stand-in/account.ts";
import { startStandIn } from "../stand-in/provider.ts";
import { type ChangingSpec, changes, edited } from "../support/changes.ts";
import { folderWith, run } from "../support/cli.ts";
import {
  applicable,
  type Plan,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  withTerraform,
} from "../support/terraform.ts";

const SECONDS = Number(process.env.MRK_SCAFFOLD_CHANGE_SECONDS ?? (process.env.CI ? 300 : 15));

const REGIONS = [
  "eu-central-1",
  "eu-west-1",
  "us-east-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-north-1",
  "eu-south-1",
] as const;

/** What there is in the account: what it is, by a name that says what it is. */
function contents(account: Account): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const region of REGIONS) {
    for (const { keyId, state } of account.keys(region))
      if (state === "Enabled") found.set(`key ${keyId} in ${region}`, "");
    for (const { name } of account.aliases(region)) found.set(`alias ${name} in ${region}`, "");
    for (const { name, role, kmsKeyId, value, pendingDeletion } of account.secrets(region)) {
      if (pendingDeletion) continue;
      // A copy under another key is another copy; a primary is encrypted again in place.
      found.set(`secret ${name} in ${region}`, role === "replica" ? `under ${kmsKeyId}` : "");
      if (value !== null) found.set(`value of ${name} in ${region}`, value);
    }
  }
  return found;
}

function lost(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before].flatMap(([name, value]) => (after.get(name) === value ? [] : [name]));
}

/** The resources that a plan destroys, but for values, which AWS keeps. */
function dying({ changes: planned }: Plan): string[] {
  return planned
    .filter(({ action }) => action === "delete" || action === "replace")
    .map(({ address, previousAddress }) => (previousAddress ?? address).replace(/^module\.generated\./, ""))
    .filter((address) => !address.startsWith("aws_secretsmanager_secret_version."))
    .sort();
}

const regionsOf = ({ regions: { primary, replicas, retired } }: ChangingSpec) =>
  [primary, ...replicas, ...retired].map(({ region }) => region);

/** What is created, moved, replaced and destroyed, counted by type; values aside, which are sent without being created. */
type Counts = Readonly<Record<string, number>>;

function counted(things: Iterable<readonly [what: string, type: string, count: number]>): Counts {
  const counts: Record<string, number> = {};
  for (const [what, type, count] of things) {
    if (type === "aws_secretsmanager_secret_version") continue;
    counts[`${what} ${type}`] = (counts[`${what} ${type}`] ?? 0) + count;
  }
  return counts;
}

/** The program's words for what a plan does. */
const VERBS: Readonly<Record<string, string>> = { create: "create", delete: "destroy", replace: "replace" };

function plannedCounts({ changes: planned }: Plan): Counts {
  return counted(
    planned.flatMap(({ address, action, previousAddress, importId }) => {
      const type = address.replace(/^module\.generated\./, "").split(".")[0]!;
      const verb = VERBS[action];
      return [
        ...(previousAddress === undefined || action === "replace" ? [] : [["move", type, 1] as const]),
        ...(verb === undefined || importId !== undefined ? [] : [[verb, type, 1] as const]),
      ];
    }),
  );
}

function toldCounts(actions: readonly Action[]): Counts {
  const told = actions.filter(({ verb, type }) => /^(create|move|replace|destroy)$/.test(verb) && type !== "replica");
  return counted(told.map(({ verb, type, count }) => [verb, type, count] as const));
}

/** How many pairs were judged, by the exit code. */
const judged: Record<number, number> = { 0: 0, 4: 0 };

interface Verdict {
  readonly code: number;
  readonly refused: readonly string[];
  /** What Terraform is said to do. */
  readonly actions: readonly Action[];
}

/** Regenerates over a folder that holds the former files; everything is allowed after it was refused. */
async function regenerated(folder: string, spec: ChangingSpec): Promise<Verdict> {
  writeFileSync(join(folder, "spec.yaml"), JSON.stringify(spec));
  const { code, stdout } = await run(["spec.yaml", "--json"], { cwd: folder });
  const { diagnostics, actions = [] } = JSON.parse(stdout) as Report;
  const refused = diagnostics.flatMap(({ severity, address }) => (severity === "refused" && address ? [address] : []));
  if (code !== 4) return { code, refused, actions };
  const allowed = await run(["spec.yaml", "--allow-destroy", "all", "--json"], { cwd: folder });
  expect(allowed.code).toBe(0);
  return { code, refused, actions: (JSON.parse(allowed.stdout) as Report).actions ?? [] };
}

interface Report {
  readonly diagnostics: readonly { readonly severity: string; readonly address?: string }[];
  readonly actions?: readonly Action[];
}

/** Whether the support for tests puts a root around the files of a module, which it knows by the aliases that it is given. */
function isKnownModule({ terraform, provider, regions }: ChangingSpec): boolean {
  return !terraform?.module || (provider.placement === "alias" && regions.replicas.length + regions.retired.length > 0);
}

async function judge(before: ChangingSpec, after: ChangingSpec): Promise<void> {
  fc.pre(isKnownModule(before) && isKnownModule(after));
  const folder = folderWith({ "spec.yaml": JSON.stringify(before) });
  const first = await run(["spec.yaml"], { cwd: folder });
  fc.pre(first.code === 0);
  const former = applicable(readFiles(folder), regionsOf(before));
  const { code, refused, actions } = await regenerated(folder, after);
  fc.pre(code === 0 || code === 4);
  judged[code] = judged[code]! + 1;
  const next = applicable(readFiles(folder), regionsOf(after));

  const { account } = former;
  const provider = await startStandIn({ version: former.version, account });
  try {
    await withTerraform(former.files, { provider, variables: former.variables }, async (terraform) => {
      for (const step of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()])
        succeeded(await step());
      // Values that Terraform does not write are written by someone.
      for (const { name, value } of account.secrets("eu-central-1")) {
        if (value === null)
          account.putSecretValue("eu-central-1", name, { value: "by hand", binary: false, writeOnly: false });
      }
      const then = contents(account);
      terraform.replaceFiles(next.files);
      terraform.replaceOptions({ provider, variables: next.variables });
      succeeded(await terraform.init());
      const plan = await terraform.plan();
      if (!plan.ok) {
        // Where Terraform cannot even plan, that was said.
        expect(
          refused.filter((address) => address.startsWith("provider.")),
          JSON.stringify(plan.errors),
        ).not.toEqual([]);
        return;
      }
      if (!refused.some((address) => /^provider\.|module/.test(address))) {
        expect(toldCounts(actions), JSON.stringify(plan.changes)).toEqual(plannedCounts(plan));
      }
      const applied = await terraform.apply();
      const now = contents(account);
      if (code === 0) {
        expect(lost(then, retiredAway(now, then, after))).toEqual([]);
        expect(applied.errors).toEqual([]);
        return;
      }
      expect(lost(then, now), `refused: ${refused.join(", ")}`).not.toEqual([]);
      const listed = refused.filter((address) => !/\]$|^provider\.|secret_version/.test(address)).sort();
      if (!refused.some((address) => address.startsWith("provider."))) {
        expect(
          dying(plan).filter((address) => !isIntended(address, before, after)),
          `lost: ${lost(then, now).join(", ")}`,
        ).toEqual(listed);
      }
    });
  } finally {
    provider.close();
  }
}

/** What goes because its region is retired is meant to: it does not count as lost. */
function retiredAway(
  now: ReadonlyMap<string, string>,
  then: ReadonlyMap<string, string>,
  { regions: { retired } }: ChangingSpec,
): ReadonlyMap<string, string> {
  const gone = [...then].filter(([name]) =>
    retired.some(({ region, forget }) => !forget && name.endsWith(` in ${region}`)),
  );
  return new Map([...now, ...gone]);
}

/** Whether a resource is one of a region that is retired, by the label that the region had. */
function isIntended(address: string, before: ChangingSpec, { regions: { retired } }: ChangingSpec): boolean {
  const gone = retired.filter(({ forget }) => !forget).map(({ region }) => region);
  const labels = before.regions.replicas
    .filter(({ region }) => gone.includes(region))
    .map(({ region, label }) => label ?? SHORT[region]);
  return labels.some((label) => address.split(".")[1]?.startsWith(`${label}_`));
}

const SHORT: Readonly<Record<string, string>> = { "eu-west-1": "euw1", "us-east-1": "use1", "ap-southeast-2": "apse2" };

describe.skipIf(skippedWithoutTerraform("changes.stand-in.properties.test.ts"))(
  "over random changes of random specs",
  () => {
    test(
      "what passes loses nothing, what is refused would have been lost, and the listed addresses are those that die",
      async () => {
        await fc.assert(
          fc.asyncProperty(changes, async (pair) => judge(pair[0], edited(pair))),
          {
            numRuns: 100_000,
            interruptAfterTimeLimit: SECONDS * 1000,
          },
        );
        expect(Math.min(judged[0]!, judged[4]!), JSON.stringify(judged)).toBeGreaterThan(0);
        if (process.env.MRK_SCAFFOLD_CHANGE_SECONDS) process.stderr.write(`pairs: ${JSON.stringify(judged)}\n`);
      },
      SECONDS * 1000 + 600_000,
    );
  },
);
