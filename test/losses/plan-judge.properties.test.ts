/**
 * The judge of plans against the account: random Terraform is applied, then changed by hand, by taints, by options of `terraform
 * plan`, or in AWS; whatever the next apply costs, the judge must have refused, and what it refused must have been lost.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { Account } from "../stand-in/account.ts";
import { type Edit, editsOf, filesOf, REGIONS, type World, worlds } from "../support/handwritten.ts";
import { type Event, events, type Judged, play } from "../support/judged-plans.ts";
import { skippedWithoutTerraform } from "../support/terraform.ts";

interface Scene {
  readonly world: World;
  readonly edits: readonly Edit[];
  readonly events: readonly Event[];
}

const scenes: fc.Arbitrary<Scene> = worlds.chain((world) =>
  fc.record({
    world: fc.constant(world),
    edits: fc.array(fc.constantFrom(...editsOf(world)), { maxLength: 2 }),
    events: fc.array(events, { maxLength: 2 }),
  }),
);

function judged({ world, edits, events }: Scene): Promise<Judged | undefined> {
  const changed = edits.reduce((one, { apply }) => apply(one), world);
  return play({
    version: world.version,
    account: new Account(),
    regions: REGIONS,
    before: { files: filesOf(world) },
    after: { files: filesOf(changed) },
    events,
  });
}

function told({ world, edits, events }: Scene, { before: _, ...result }: Judged): string {
  return JSON.stringify({ edits: edits.map(({ what }) => what), events, result, world: filesOf(world) }, null, 1);
}

const RUNS = Number(process.env.MRK_SCAFFOLD_GUARD_RUNS ?? 15);

test.skipIf(skippedWithoutTerraform("plan-judge.properties.test.ts"))(
  "whatever an apply costs was refused, and whatever was refused was lost",
  async () => {
    let [applied, refusing] = [0, 0];
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const result = await judged(scene);
        if (result === undefined) return;
        const { refused, lost, isApplied } = result;
        if (isApplied) applied++;
        if (refused.length > 0) refusing++;
        const unseen = lost.filter((address) => !refused.includes(address));
        expect(unseen, told(scene, result)).toEqual([]);
        // An apply that failed halfway has not yet done what was refused.
        if (isApplied) expect(refused, told(scene, result)).toEqual(lost);
      }),
      { numRuns: RUNS, endOnFailure: process.env.MRK_SCAFFOLD_GUARD_RUNS !== undefined },
    );
    expect(Math.min(applied, refusing), `of ${RUNS} scenes`).toBeGreaterThan(RUNS / 5);
    process.stderr.write(`plan-judge.properties.test.ts: ${RUNS} scenes, ${applied} applied, ${refusing} refused\n`);
  },
  RUNS * 30_000,
);
