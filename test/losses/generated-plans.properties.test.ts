/**
 * The judge of plans against the account, for what is generated: random specs are applied and edited, their files are edited by
 * hand, resources tainted, things changed in AWS; whatever the next apply costs, guard must have refused, and what it refused must
 * have been lost. With the spec, guard lets pass what the spec announces, and nothing else.
 *
 * MRK_SCAFFOLD_GUARD_RUNS says how many scenes are played; SEED=random draws others.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkedSpec } from "../../src/commands/source.ts";
import { announcementsOf } from "../../src/losses/announcements.ts";
import { announcingEdits, type ChangingSpec, type Edit, edits, specsToChange } from "../support/changes.ts";
import { folderWith, run } from "../support/cli.ts";
import { type HandEdit, handEdits } from "../support/hand-edits.ts";
import { type Event, events, type Judged, play, type Root } from "../support/judged-plans.ts";
import { keysOf, specs, type WrittenSpec } from "../support/specs.ts";
import { applicable, readFiles, skippedWithoutTerraform } from "../support/terraform.ts";

interface Scene {
  readonly spec: ChangingSpec;
  readonly edits: readonly Edit[];
  readonly byHand: readonly HandEdit[];
  readonly events: readonly Event[];
}

/** Any spec in the form that the edits know, without what other files would have to declare. */
const wide: fc.Arbitrary<ChangingSpec> = specs
  .filter((spec) => !/"ref":|\{workspace/.test(JSON.stringify(spec)) && spec.terraform?.module !== true)
  .map((spec) => longForm(JSON.parse(JSON.stringify(spec)) as WrittenSpec));

function longForm(spec: WrittenSpec): ChangingSpec {
  const { primary, replicas, retired, ...regions } = spec.regions;
  const place = <T>(one: T | string) => (typeof one === "string" ? { region: one } : one);
  const unprotected = (things: object) =>
    Object.fromEntries(
      Object.entries(things).map(([id, thing]) => {
        const written = typeof thing === "string" ? { name: thing } : thing;
        return [id, written?.existing === undefined ? { ...written, protect: false } : written];
      }),
    );
  const long = {
    ...spec,
    regions: {
      ...regions,
      primary: place(primary),
      replicas: (replicas ?? []).map(place),
      retired: (retired ?? []).map(place),
    },
    provider: spec.provider ?? {},
    keys: unprotected(keysOf(spec)),
    secrets: unprotected(spec.secrets ?? {}),
  };
  return long as unknown as ChangingSpec;
}

const scenes: fc.Arbitrary<Scene> = fc.record({
  spec: fc.oneof({ weight: 3, arbitrary: specsToChange }, { weight: 1, arbitrary: wide }),
  edits: fc.array(fc.oneof({ weight: 3, arbitrary: edits }, { weight: 1, arbitrary: announcingEdits }), {
    maxLength: 2,
  }),
  byHand: fc.array(handEdits, { maxLength: 1 }),
  events: fc.array(events, { maxLength: 1 }),
});

const regionsOf = ({ regions: { primary, replicas, retired } }: ChangingSpec) =>
  [primary, ...replicas, ...retired].map(({ region }) => region);

/** What Terraform is given of a folder that the program has written. */
function rootIn(folder: string, spec: ChangingSpec) {
  return applicable(readFiles(folder), regionsOf(spec));
}

/** `undefined` where a spec is refused, or nothing comes of the scene. */
async function judged(scene: Scene): Promise<(Judged & { readonly after: ChangingSpec }) | undefined> {
  const { spec, byHand } = scene;
  const after = scene.edits.reduce((one, { apply }) => apply(one), spec);
  const folder = folderWith({ "spec.yaml": JSON.stringify(spec) });
  if ((await run(["spec.yaml"], { cwd: folder })).code !== 0) return undefined;
  const first = rootIn(folder, spec);
  writeFileSync(join(folder, "spec.yaml"), JSON.stringify(after));
  if ((await run(["spec.yaml", "--allow-destroy", "all"], { cwd: folder })).code !== 0) return undefined;
  const { files, variables } = rootIn(folder, after);
  const second: Root = { files: byHand.reduce((all, { apply }) => apply(all), files), variables };
  const read = checkedSpec("spec.yaml", { cwd: folder, stdin: { read: () => new Uint8Array(), pieces: () => [] } });
  if (!("checked" in read)) return undefined;
  const played = await play({
    version: first.version,
    account: first.account,
    regions: [...new Set([...regionsOf(spec), ...regionsOf(after), "eu-north-1"])],
    before: first,
    after: second,
    events: scene.events,
    announcements: announcementsOf(read.checked.names, "spec.yaml"),
  });
  return played && { ...played, after };
}

/** Whether the spec says that this goes: it retires the region, or it disables the key. */
function isAnnounced(address: string, { findings, after }: Judged & { readonly after: ChangingSpec }): boolean {
  const retired = after.regions.retired.map(({ region }) => region);
  const disables = JSON.stringify(after.keys).includes('"enabled":false');
  return findings
    .filter((finding) => finding.isLoss && address.startsWith(`${finding.address}`))
    .every(({ code, regions }) => {
      const gone =
        address.endsWith("]") && code.endsWith("replica") ? [address.slice(address.lastIndexOf("[") + 1, -1)] : regions;
      return code === "plan-disables" ? disables : gone.every((region) => retired.includes(region));
    });
}

function told({ spec, edits, byHand, events }: Scene, result: object): string {
  const whats = (all: readonly { readonly what: string }[]) => all.map(({ what }) => what);
  return JSON.stringify({ edits: whats(edits), byHand: whats(byHand), events, result, spec }, null, 1);
}

const RUNS = Number(process.env.MRK_SCAFFOLD_GUARD_RUNS ?? 30);

test.skipIf(skippedWithoutTerraform("generated-plans.properties.test.ts"))(
  "whatever an apply of generated files costs was refused, and whatever was refused was lost or announced",
  async () => {
    let [played, applied, refusing, announcing] = [0, 0, 0, 0];
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const result = await judged(scene);
        if (result === undefined) return;
        const { refused, lost, announced, isApplied } = result;
        played++;
        if (isApplied) applied++;
        if (refused.length > 0) refusing++;
        if (announced.length > 0) announcing++;
        const report = told(scene, { refused, lost, announced, findings: result.findings });
        const unseen = lost.filter((address) => !refused.includes(address));
        expect(unseen, report).toEqual([]);
        // An apply that failed halfway has not yet done what was refused.
        if (isApplied) expect(refused, report).toEqual(lost);
        expect(
          announced.filter((address) => !isAnnounced(address, result)),
          report,
        ).toEqual([]);
      }),
      { numRuns: RUNS, endOnFailure: process.env.MRK_SCAFFOLD_GUARD_RUNS !== undefined },
    );
    expect(Math.min(applied, refusing), `of ${RUNS} scenes`).toBeGreaterThan(RUNS / 5);
    process.stderr.write(
      `generated-plans.properties.test.ts: ${RUNS} scenes, ${played} planned, ${applied} applied, ${refusing} refused, ${announcing} announced\n`,
    );
  },
  RUNS * 30_000,
);
