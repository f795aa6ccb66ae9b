/**
 * The judge of plans against the account: random Terraform is applied, then changed by hand, by taints, by options of `terraform
 * plan`, or in AWS; whatever the next apply costs, the judge must have refused, and what it refused must have been lost.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Finding, PlanJudge } from "../../src/losses/plan-judge.ts";
import { planReader } from "../../src/terraform/plan.ts";
import { Account } from "../stand-in/account.ts";
import { startStandIn } from "../stand-in/provider.ts";
import { addressesOf, type Edit, editsOf, filesOf, REGIONS, type World, worlds } from "../support/handwritten.ts";
import { lossesBetween, momentOf } from "../support/losses-of-apply.ts";
import { skippedWithoutTerraform, succeeded, type Terraform, withTerraform } from "../support/terraform.ts";

/** What else happens between two applies. */
type Event =
  | { readonly what: "taint" | "-replace" | "-target"; readonly address: string }
  | { readonly what: "-destroy" | "-refresh=false" }
  | { readonly what: "key deleted" | "key disabled"; readonly key: number; readonly region: string }
  | { readonly what: "secret deleted" | "value written"; readonly secret: string }
  | { readonly what: "replica deleted"; readonly secret: string; readonly region: string };

interface Scene {
  readonly world: World;
  readonly edits: readonly Edit[];
  readonly events: readonly Event[];
}

const scenes: fc.Arbitrary<Scene> = worlds.chain((world) => {
  const addresses = fc.constantFrom(...addressesOf(world));
  const secrets = fc.constantFrom(...Object.values(world.secrets).map(({ name }) => name));
  const regions = fc.constantFrom(...REGIONS);
  const events: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ what: fc.constantFrom("taint", "-replace", "-target"), address: addresses }),
    fc.record({ what: fc.constantFrom("-destroy", "-refresh=false") }),
    fc.record({ what: fc.constantFrom("key deleted", "key disabled"), key: fc.nat(1), region: regions }),
    fc.record({ what: fc.constantFrom("secret deleted", "value written"), secret: secrets }),
    fc.record({ what: fc.constant("replica deleted"), secret: secrets, region: regions }),
  );
  return fc.record({
    world: fc.constant(world),
    edits: fc.array(fc.constantFrom(...editsOf(world)), { maxLength: 2 }),
    events: fc.array(events, { maxLength: 2 }),
  });
});

const HOME = REGIONS[0];

/** Lets the event happen; returns the option that it gives to `terraform plan`. */
async function happen(event: Event, account: Account, terraform: Terraform): Promise<string[]> {
  switch (event.what) {
    case "taint":
      await terraform.taint(event.address);
      return [];
    case "-replace":
    case "-target":
      return [`${event.what}=${event.address}`];
    case "-destroy":
    case "-refresh=false":
      return [event.what];
    case "key deleted":
    case "key disabled": {
      const key = account.keys(event.region)[event.key];
      if (key === undefined) return [];
      if (event.what === "key deleted") account.scheduleKeyDeletion(event.region, key.keyId);
      else account.resolveKey(event.region, key.keyId).copy.enabled = false;
      return [];
    }
    case "value written":
      write(account, event.secret);
      return [];
    case "secret deleted": {
      const secret = account.findSecret(HOME, event.secret);
      if (secret !== undefined) account.deleteSecret(secret, 7);
      return [];
    }
    case "replica deleted": {
      const secret = account.findSecret(HOME, event.secret);
      if (secret !== undefined) account.removeSecretReplica(secret, event.region);
      return [];
    }
  }
}

function write(account: Account, secret: string): void {
  if (account.findSecret(HOME, secret) === undefined) return;
  account.putSecretValue(HOME, secret, { value: "HIDDEN-by-hand", binary: false, writeOnly: false });
}

/** `undefined` where there was nothing to judge, or Terraform could not go through with it. */
interface Judged {
  readonly refused: readonly string[];
  readonly lost: readonly string[];
  readonly isApplied: boolean;
  readonly findings: readonly Finding[];
}

async function play({ world, edits, events }: Scene): Promise<Judged | undefined> {
  const account = new Account();
  const provider = await startStandIn({ version: world.version, account });
  try {
    return await withTerraform(filesOf(world), { provider }, async (terraform) => {
      succeeded(await terraform.init());
      succeeded(await terraform.plan());
      succeeded(await terraform.apply());
      // What Terraform does not send is written by someone else.
      for (const { name, value } of Object.values(world.secrets)) if (value === null) write(account, name);
      const options: string[] = [];
      for (const event of events) options.push(...(await happen(event, account, terraform)));
      const before = momentOf(account, REGIONS, terraform.state());
      const changed = edits.reduce((one, { apply }) => apply(one), world);
      terraform.replaceFiles(filesOf(changed));
      if (!(await terraform.init()).ok) return undefined;
      if (!(await terraform.plan({ options })).ok) return undefined;
      const shown = await terraform.showText();
      const findings = judge(shown);
      expect(JSON.stringify(findings)).not.toContain("HIDDEN");
      const { ok } = await terraform.apply();
      const after = momentOf(account, REGIONS, terraform.state());
      const cost = lossesBetween(before, after, {
        isValueKept: (secret) => isKept(secret, world, changed, events),
      });
      const isBlind = options.includes("-destroy") || options.includes("-refresh=false");
      const isTold = (address: string) => !isBlind || !cost.goneBefore.includes(address);
      return {
        findings,
        isApplied: ok,
        refused: findings
          .filter(({ isLoss }) => isLoss)
          .flatMap(addressesIn)
          .filter(isTold)
          .sort(),
        lost: cost.lost.filter(isTold),
      };
    });
  } finally {
    provider.close();
  }
}

function judge(text: string): readonly Finding[] {
  const judge = new PlanJudge();
  const reader = planReader(judge);
  reader.feed(Buffer.from(text));
  return judge.findings(reader.end());
}

/** What the refusal is about; some replicas of a secret one by one. */
function addressesIn({ address, regions, of }: Finding): string[] {
  return of === undefined ? [`${address}`] : regions.map((region) => `${address}[${region}]`);
}

/** A value that others have written, or that no one has asked to be another one. */
function isKept(id: string, before: World, after: World, events: readonly Event[]): boolean {
  const name = id.slice(0, id.indexOf("@"));
  if (events.some((event) => event.what === "value written" && event.secret === name)) return true;
  const valueIn = (world: World) => Object.values(world.secrets).find((secret) => secret.name === name)?.value;
  return JSON.stringify(valueIn(before)) === JSON.stringify(valueIn(after)) || valueIn(before) === null;
}

function told({ world, edits, events }: Scene, judged: Judged): string {
  return JSON.stringify({ edits: edits.map(({ what }) => what), events, judged, world: filesOf(world) }, null, 1);
}

const RUNS = Number(process.env.MRK_SCAFFOLD_GUARD_RUNS ?? 15);

test.skipIf(skippedWithoutTerraform("plan-judge.properties.test.ts"))(
  "whatever an apply costs was refused, and whatever was refused was lost",
  async () => {
    let [applied, refusing] = [0, 0];
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const judged = await play(scene);
        if (judged === undefined) return;
        const { refused, lost, isApplied } = judged;
        if (isApplied) applied++;
        if (refused.length > 0) refusing++;
        const unseen = lost.filter((address) => !refused.includes(address));
        expect(unseen, told(scene, judged)).toEqual([]);
        // An apply that failed halfway has not yet done what was refused.
        if (isApplied) expect(refused, told(scene, judged)).toEqual(lost);
      }),
      { numRuns: RUNS, endOnFailure: process.env.MRK_SCAFFOLD_GUARD_RUNS !== undefined },
    );
    process.stderr.write(`plan-judge.properties.test.ts: ${RUNS} scenes, ${applied} applied, ${refusing} refused\n`);
  },
  RUNS * 30_000,
);
