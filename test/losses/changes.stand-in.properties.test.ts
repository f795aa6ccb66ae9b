/**
 * Over random specs and one to three steps of edits, some of them never applied, with real Terraform and the stand-in account as the
 * judge: what passes with exit code 0 loses nothing in the account, what is refused would have, the addresses that are listed are those
 * that die, and whoever does what the help says, word for word, gets to exit code 0 and loses nothing.
 *
 * It judges 200 histories in CI and 25 otherwise, the same ones on any machine. MRK_SCAFFOLD_CHANGE_SECONDS says how long to go on instead.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../src/report/diagnostic.ts";
import type { Action } from "../../src/report/outlook.ts";
import type { Account } from "../stand-in/account.ts";
import { startStandIn } from "../stand-in/provider.ts";
import { type ChangingSpec, edited, type History, histories, historiesUnderKeys, SHORT } from "../support/changes.ts";
import { folderWith, run } from "../support/cli.ts";
import { type Desk, followed } from "../support/hints.ts";
import {
  applicable,
  type Plan,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  type Terraform,
  withTerraform,
} from "../support/terraform.ts";

const SECONDS = Number(process.env.MRK_SCAFFOLD_CHANGE_SECONDS ?? 0);
const HISTORIES = process.env.CI ? 200 : 25;

const REGIONS = [
  "eu-central-1",
  "eu-west-1",
  "us-east-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-north-1",
  "eu-south-1",
] as const;

/** Something in the account: what it is, by a name that says what it is. */
interface Thing {
  readonly content: string;
  /** The key that a copy is encrypted under: a copy under another key is another copy. */
  readonly copyUnder?: string | null;
}

type Contents = ReadonlyMap<string, Thing>;

function contents(account: Account): Contents {
  const found = new Map<string, Thing>();
  for (const region of REGIONS) {
    for (const { keyId, state, grants } of account.keys(region)) {
      if (state !== "Enabled") continue;
      found.set(`key ${keyId} in ${region}`, { content: "" });
      for (const grant of grants) {
        const content = JSON.stringify(grant);
        found.set(`grant ${grant.name} of ${keyId} in ${region}`, { content });
      }
    }
    for (const { name } of account.aliases(region)) found.set(`alias ${name} in ${region}`, { content: "" });
    for (const { name, role, kmsKeyId, value, pendingDeletion } of account.secrets(region)) {
      if (pendingDeletion) continue;
      // A primary is encrypted again in place.
      const copyUnder = role === "replica" ? { copyUnder: kmsKeyId } : {};
      found.set(`secret ${name} in ${region}`, { content: "", ...copyUnder });
      if (value !== null) found.set(`value of ${name} in ${region}`, { content: value });
    }
    for (const { name, number } of account.logGroups(region)) {
      found.set(`log group ${name} in ${region}`, { content: `${number}` });
    }
    for (const { name, number } of account.parameterStore.in(region)) {
      found.set(`parameter ${name} in ${region}`, { content: `${number}` });
    }
    for (const name of account.encryptedBuckets(region)) {
      found.set(`encryption of ${name} in ${region}`, { content: "" });
    }
  }
  return found;
}

function lost(before: Contents, after: Contents): string[] {
  return [...before].flatMap(([name, thing]) => {
    const now = after.get(name);
    const isOther = thing.copyUnder !== undefined && now?.copyUnder !== undefined && thing.copyUnder !== now.copyUnder;
    return now === undefined || now.content !== thing.content || isOther ? [name] : [];
  });
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
    // A grant goes with its key, without a word.
    if (type === "aws_secretsmanager_secret_version" || type === "aws_kms_grant") continue;
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

/** How many steps were judged, by what became of them. */
const judged = { passed: 0, refused: 0, followed: 0, unapplied: 0 };

interface Verdict {
  readonly code: number;
  readonly refused: readonly Diagnostic[];
  /** The codes of what is said besides. */
  readonly noted: readonly string[];
  /** What Terraform is said to do. */
  readonly actions: readonly Action[];
}

async function generated(folder: string, { spec, ownFile, allowed }: Desk): Promise<Verdict> {
  writeFileSync(join(folder, "spec.yaml"), JSON.stringify(spec));
  writeFileSync(join(folder, "own.tf"), ownFile);
  const options = allowed.flatMap((address) => ["--allow-destroy", address]);
  const { code, stdout } = await run(["spec.yaml", "--json", ...options], { cwd: folder });
  const { diagnostics, actions = [] } = JSON.parse(stdout) as { diagnostics: Diagnostic[]; actions?: Action[] };
  return {
    code,
    actions,
    refused: diagnostics.filter(({ severity }) => severity === "refused"),
    noted: diagnostics.filter(({ severity }) => severity !== "refused").map((one) => one.code),
  };
}

/** More rounds than any change needs: what is said at once must not be said again. */
const ROUNDS = 8;

/** Does what the help says until nothing is refused any more. */
async function pursued(folder: string, desk: Desk, verdict: Verdict, account: Account): Promise<[Desk, Verdict]> {
  let current = desk;
  let latest = verdict;
  const said: string[] = [];
  for (let round = 0; latest.code === 4; round++) {
    const helped = latest.refused.flatMap(({ address = "", hint }) => (hint === undefined ? [] : [{ address, hint }]));
    said.push(...new Set(helped.map(({ hint }) => hint)));
    const without = latest.refused.map(({ address }) => address).join(", ");
    if (helped.length === 0 || round === ROUNDS)
      throw new Error(`no way out for ${without} after: ${said.join(" | ")}`);
    current = followed(helped, current, account);
    latest = await generated(folder, current);
    if (latest.code !== 0 && latest.code !== 4) {
      const wrong = latest.refused.length > 0 ? latest.refused : [];
      const { stderr } = await run(["spec.yaml"], { cwd: folder });
      throw new Error(`exit ${latest.code} (${wrong.length}) after: ${said.join(" | ")}\n${stderr}`);
    }
  }
  return [current, latest];
}

/** Whether the support for tests puts a root around the files of a module, which it knows by the aliases that it is given. */
function isKnownModule({ terraform, provider, regions }: ChangingSpec): boolean {
  return !terraform?.module || (provider.placement === "alias" && regions.replicas.length + regions.retired.length > 0);
}

/** Notes that say that something is lost where the step before has not been applied. */
const CONDITIONAL = ["changes-ended", "provider-ended", "primary-region-stated"];

async function judge({ spec: first, steps }: History): Promise<void> {
  fc.pre(isKnownModule(first));
  const folder = folderWith();
  let desk: Desk = { former: first, spec: first, ownFile: "", allowed: [] };
  fc.pre((await generated(folder, desk)).code === 0);
  const former = applicable(readFiles(folder), regionsOf(first));
  const { account } = former;
  const provider = await startStandIn({ version: former.version, account });
  try {
    await withTerraform(former.files, { provider, variables: former.variables }, async (terraform) => {
      for (const act of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()])
        succeeded(await act());
      /** The specs since the last apply, that one's first. */
      let since: ChangingSpec[] = [first];
      let isExcused = false;
      for (const { edits, isApplied, isFollowing } of steps) {
        const spec = edited(desk.spec, edits);
        if (!isKnownModule(spec)) return;
        desk = { former: desk.spec, spec, ownFile: desk.ownFile, allowed: [] };
        writeByHand(account);
        const then = contents(account);
        const asked = await generated(folder, desk);
        if (asked.code !== 0 && asked.code !== 4) return;
        let verdict = asked;
        const isRefused = asked.code === 4 && !isFollowing;
        if (isRefused) {
          verdict = await generated(folder, { ...desk, allowed: ["all"] });
          expect(verdict.code).toBe(0);
        } else [desk, verdict] = await pursued(folder, desk, asked, account);
        since.push(desk.spec);
        const isPending = since.length > 2;
        isExcused ||= isPending && verdict.noted.some((code) => CONDITIONAL.includes(code));
        if (!isApplied) {
          isExcused ||= isRefused;
          judged.unapplied++;
          continue;
        }
        const files = applicable(readFiles(folder), regionsOf(desk.spec));
        terraform.replaceFiles(files.files);
        terraform.replaceOptions({ provider, variables: files.variables });
        await judgeApply({ terraform, account, then, since, asked, told: verdict.actions, isRefused, isExcused });
        // A state that no plan could be made of is no place to go on from.
        if (isExcused || isRefused) return;
        since = [desk.spec];
        isExcused = false;
      }
    });
  } finally {
    provider.close();
  }
}

/** Values that Terraform does not write are written by someone. */
function writeByHand(account: Account): void {
  for (const region of REGIONS) {
    for (const { name, role, value } of account.secrets(region)) {
      if (value === null && role === "primary")
        account.putSecretValue(region, name, { value: "by hand", binary: false, writeOnly: false });
    }
  }
}

interface Applying {
  readonly terraform: Terraform;
  readonly account: Account;
  readonly then: Contents;
  readonly since: readonly ChangingSpec[];
  readonly asked: Verdict;
  /** What Terraform is said to do in the end. */
  readonly told: readonly Action[];
  /** Whether everything was allowed that was refused. */
  readonly isRefused: boolean;
  /** Whether something was said or allowed that may cost something. */
  readonly isExcused: boolean;
}

async function judgeApply(applying: Applying): Promise<void> {
  const { terraform, account, then, since, asked, told, isRefused, isExcused } = applying;
  const refused = asked.refused.map(({ address = "" }) => address);
  const isProviderGone = refused.some((address) => address.startsWith("provider."));
  succeeded(await terraform.init());
  const plan = await terraform.plan();
  if (!plan.ok) {
    // Where Terraform cannot even plan, that was said, but for a provider that only a step before has, which was not applied.
    const isOfOldStep =
      since.length > 2 && plan.errors.every(({ summary }) => summary === "Provider configuration not present");
    expect(isExcused || isOfOldStep || (isRefused && isProviderGone), JSON.stringify(plan.errors)).toBe(true);
    return;
  }
  const isAlone = since.length === 2 && (isRefused || asked.code === 0);
  if (isAlone && !refused.some((address) => /^provider\.|module/.test(address))) {
    expect(toldCounts(told), JSON.stringify(plan.changes)).toEqual(plannedCounts(plan));
  }
  const applied = await terraform.apply();
  const now = contents(account);
  if (!isRefused) {
    if (isExcused) return;
    judged[asked.code === 0 ? "passed" : "followed"]++;
    const hints = [...new Set(asked.refused.map(({ hint }) => hint))].join(" | ");
    expect(lost(then, retiredAway(now, then, since)), hints).toEqual([]);
    expect(applied.errors, hints).toEqual([]);
    return;
  }
  // What was never applied is not there to be lost.
  if (since.length > 2 || isExcused) return;
  judged.refused++;
  // An alias, or the encryption of a bucket, that another resource takes over is missing for a moment, or is in its own way.
  const missed = dying(plan).filter((address) => /^(aws_kms_alias|aws_s3_bucket_\w+)\./.test(address));
  // A parameter that can only change together with its value stays as it is, and the apply fails.
  const failing = asked.refused.filter(({ code }) => code === "value-must-be-sent").map(({ address }) => address);
  if (failing.length > 0) expect(applied.errors.map(({ summary }) => summary).join("\n")).toContain("length greater");
  if (failing.length < refused.length)
    expect([...lost(then, now), ...missed], `refused: ${refused.join(", ")}`).not.toEqual([]);
  if (isProviderGone) return;
  const isListed = (address: string) => !/\]$|secret_version/.test(address) && !failing.includes(address);
  const listed = refused.filter(isListed).sort();
  const [before, after] = [since[0]!, since.at(-1)!];
  // With its key goes a grant without a word.
  const isSaid = (address: string) => !address.startsWith("aws_kms_grant.") || listed.includes(address);
  expect(
    dying(plan).filter((address) => isSaid(address) && !isIntended(address, before, after)),
    `lost: ${lost(then, now).join(", ")}`,
  ).toEqual(listed);
}

/** What goes because its region is retired is meant to: it does not count as lost. */
function retiredAway(now: Contents, then: Contents, specs: readonly ChangingSpec[]): Contents {
  const retired = specs.flatMap(({ regions }) => regions.retired);
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

describe.skipIf(skippedWithoutTerraform("changes.stand-in.properties.test.ts"))(
  "over random histories of random specs",
  () => {
    test(
      "what passes loses nothing, what is refused would have been lost, the listed addresses are those that die, and every help helps",
      async () => {
        await fc.assert(
          fc.asyncProperty(histories, async (history) => judge(history)),
          SECONDS === 0 ? { numRuns: HISTORIES } : { numRuns: 100_000, interruptAfterTimeLimit: SECONDS * 1000 },
        );
        const counts = Object.values(judged);
        // A short look meets some of each only by luck.
        const isLong = SECONDS > 120 || (SECONDS === 0 && HISTORIES >= 200);
        expect(isLong ? Math.min(...counts) : Math.max(...counts), JSON.stringify(judged)).toBeGreaterThan(0);
        process.stderr.write(`steps: ${JSON.stringify(judged)}\n`);
      },
      SECONDS * 1000 + 1_800_000,
    );

    test(
      "and so with log groups, buckets and parameters",
      async () => {
        await fc.assert(
          fc.asyncProperty(historiesUnderKeys, async (history) => judge(history)),
          SECONDS === 0
            ? { numRuns: process.env.CI ? 20 : 5 }
            : { numRuns: 100_000, interruptAfterTimeLimit: SECONDS * 1000 },
        );
      },
      SECONDS * 1000 + 1_800_000,
    );
  },
);
