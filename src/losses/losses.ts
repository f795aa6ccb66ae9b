/**
 * Finds what a regeneration would make Terraform do: changes to files and the names of the new spec go in, diagnostics come out,
 * a refusal for everything that would be lost, and notes, and everything that is done, counted. It reads files only; Terraform's state is not asked.
 */

import type { Change } from "../disk/compare.ts";
import { once } from "../once.ts";
import type { Diagnostic } from "../report/diagnostic.ts";
import type { Action } from "../report/outlook.ts";
import type { Names } from "../spec/names.ts";
import { actionsOf } from "./actions.ts";
import { chainDiagnostics } from "./chains.ts";
import { compareFiles } from "./compare-files.ts";
import { diagnosticOf, type Effect, effectOf } from "./effects.ts";
import { Hints } from "./hints.ts";
import { idleRetiredRegions, notesOf } from "./notes.ts";
import { factsOf } from "./resource-facts.ts";

/** Where the changes are made, and for whom. */
export interface Surroundings {
  /** The names of the new spec. */
  readonly names: Names;
  /** The output folder, absolute. */
  readonly folder: string;
  /** The spec as the user named it. */
  readonly spec: string;
}

/** What Terraform would do. */
export interface Weighed {
  /** What would be lost, as refusals, the worst first, and what is worth knowing, as warnings and notes. */
  readonly losses: readonly Diagnostic[];
  /** Everything else too, counted. */
  readonly actions: readonly Action[];
}

/**
 * What writing the changes to the folder would make Terraform do.
 * @throws {UnreadableTerraformError} when a file that would be changed, or one beside it that may matter, is no HCL
 */
export function weighChanges(changes: readonly Change[], surroundings: Surroundings): Weighed {
  const { names, folder, spec } = surroundings;
  if (changes.every(({ before }) => before === undefined)) return { losses: [], actions: [] };
  if (changes.every(({ kind }) => kind === "same")) return { losses: idleRetiredRegions(names, spec), actions: [] };
  const comparisons = compareFiles(changes, names, folder);
  const effects: { readonly effect: Effect; readonly hint: string | undefined }[] = [];
  const notes: Diagnostic[] = [];
  for (const comparison of comparisons) {
    const hints = once(() => new Hints(comparison));
    for (const fact of factsOf(comparison)) {
      const effect = effectOf(fact);
      if (effect !== undefined) effects.push({ effect, hint: hints().for(fact) });
    }
    // One by one: as arguments of one call, a hundred thousand would be too many.
    for (const one of notesOf(comparison, spec)) notes.push(one);
    for (const one of chainDiagnostics(comparison, spec)) notes.push(one);
  }
  const ranked = effects.sort((one, other) => one.effect.rank - other.effect.rank);
  const found = [...ranked.map(({ effect, hint }) => diagnosticOf(effect, hint)), ...notes];
  // Both sides of a merge conflict lose the same.
  const losses = [...new Map(found.map((one) => [`${one.file} ${one.address} ${one.message}`, one])).values()];
  return { losses, actions: comparisons[0] === undefined ? [] : actionsOf(comparisons[0]) };
}
