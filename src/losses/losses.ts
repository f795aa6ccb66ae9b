/**
 * Finds what a regeneration would make Terraform destroy: changes to files and the names of the new spec go in, diagnostics come out,
 * a refusal for everything that would be lost, and notes. It reads files only; Terraform's state is not asked.
 */

import { dirname } from "node:path";
import type { Change } from "../disk/compare.ts";
import type { Diagnostic } from "../report/diagnostic.ts";
import type { Names } from "../spec/names.ts";
import {
  type Declared,
  type DeclaredResource,
  declaredBy,
  filesBeside,
  merged,
  UnreadableTerraformError,
} from "../terraform/declared.ts";
import { differingBlocks, equalKeys, type Sides, wholeFiles } from "./blocks.ts";
import { Comparison } from "./comparison.ts";
import { diagnosticOf, type Effect, effectOf } from "./effects.ts";
import type { Fact } from "./facts.ts";
import { type GivenProviders, givenProviders, withRegions } from "./given.ts";
import { Hints } from "./hints.ts";
import { idleRetiredRegions, notesOf } from "./notes.ts";
import { resourceType } from "./resource-types.ts";

/** Where the changes are made, and for whom. */
export interface Surroundings {
  /** The names of the new spec. */
  readonly names: Names;
  /** The output folder, absolute. */
  readonly folder: string;
  /** The spec as the user named it. */
  readonly spec: string;
}

/**
 * What would be lost by writing the changes to the folder, as refusals, the worst first, and what is worth knowing, as warnings and
 * notes.
 * @throws {UnreadableTerraformError} when a file that would be changed, or one beside it that may matter, is no HCL
 */
export function findLosses(changes: readonly Change[], surroundings: Surroundings): Diagnostic[] {
  const { names, spec } = surroundings;
  if (changes.every(({ before }) => before === undefined)) return [];
  if (changes.every(({ kind }) => kind === "same")) return idleRetiredRegions(names, spec);
  const comparisons = compare(changes, surroundings);
  const effects: { readonly effect: Effect; readonly hint: string | undefined }[] = [];
  const notes: Diagnostic[] = [];
  for (const comparison of comparisons) {
    const hints = new Hints(comparison);
    for (const fact of comparison.facts()) {
      const effect = effectOf(fact);
      if (effect !== undefined) effects.push({ effect, hint: hints.for(fact) });
    }
    // One by one: as arguments of one call, a hundred thousand would be too many.
    for (const one of notesOf(comparison, spec)) notes.push(one);
  }
  const ranked = effects.sort((one, other) => one.effect.rank - other.effect.rank);
  const found = [...ranked.map(({ effect, hint }) => diagnosticOf(effect, hint)), ...notes];
  // Both sides of a merge conflict lose the same.
  return [...new Map(found.map((one) => [`${one.file} ${one.address} ${one.message}`, one])).values()];
}

/** The comparisons with each side of a merge conflict, usually one. */
function compare(changes: readonly Change[], { names, folder }: Surroundings): readonly Comparison[] {
  const read = (sidesOf: (change: Change) => Sides) => {
    const sides = changes.map(sidesOf);
    const count = Math.max(...sides.map(({ old }) => old.length));
    const befores: Declared[] = [];
    for (let side = 0; side < count; side++) {
      befores.push(declaredBy(sides.flatMap(({ old }) => old[side] ?? old[0] ?? [])));
    }
    return { befores, after: declaredBy(sides.flatMap(({ fresh }) => fresh)) };
  };
  // Blocks that cannot be told apart by blank lines, as a template of the user's may print them, are read all together.
  const readBlocks = () => {
    try {
      return read(differingBlocks);
    } catch (error) {
      if (error instanceof UnreadableTerraformError) return read(wholeFiles);
      throw error;
    }
  };
  const given = givenProviders(changes);
  const isModule = (declared: Declared, { isModule: isSaid }: GivenProviders) => isSaid || declared.isGivenProviders;
  let beside: Declared | undefined;
  const build = ({ befores, after }: { readonly befores: readonly Declared[]; readonly after: Declared }) => {
    const fresh = withRegions(after, given.after, beside);
    return befores.map((one) => {
      const before = withRegions(one, given.before, beside);
      return new Comparison(before, fresh, beside, names, {
        before: isModule(one, given.before),
        after: names.spec.terraform?.module === true,
      });
    });
  };

  // What has gone from one file may stand in another that is new, where the files have other names now.
  const isRenamed =
    changes.some(({ after }) => after === undefined) && changes.some(({ before }) => before === undefined);
  let sides = isRenamed ? read(wholeFiles) : readBlocks();
  let comparisons = build(sides);
  // Files beside are read for what they may say about what has left, and for providers that are configured there.
  const words = new Set(comparisons.flatMap(({ left, modulesLeft }) => [...left.flatMap(wordsOf), ...modulesLeft]));
  const isProviderElsewhere =
    !sides.after.providers.has("") || sides.befores.some(({ providers }) => !providers.has(""));
  if (words.size > 0 || isProviderElsewhere) {
    const ours = new Set(changes.map(({ path }) => path.split("/").at(-1)!));
    const files = filesBeside(ours, folder, dirname(changes[0]!.path));
    const telling = () =>
      files.filter(({ text }) => TELLING.test(text) || [...words].some((word) => text.includes(word)));
    const { moved } = declaredBy(telling());
    for (const to of moved.values()) for (const word of TARGET.exec(to)?.slice(1) ?? []) if (word) words.add(word);
    beside = declaredBy(telling());
    comparisons = build(sides);
  }
  // Whatever goes, moves or is replaced, others may follow, and hints are made of the names of all.
  const facts = comparisons.flatMap((comparison) => comparison.facts());
  if (comparisons.some(isLedElsewhere) || facts.some(hasFollowers)) {
    sides = read(wholeFiles);
    comparisons = build(sides);
  } else if (!isRenamed && facts.some(isAboutNames)) {
    // What things were called is told by the names of all keys together.
    const keys = read(equalKeys);
    const befores = sides.befores.map((one, side) => merged(one, keys.befores[side] ?? keys.befores[0]));
    sides = { befores, after: merged(sides.after, keys.after) };
    comparisons = build(sides);
  }
  return comparisons;
}

/** What a file beside may say about things that are declared elsewhere, or about where they are. */
const TELLING = /\b(moved|removed|provider)\b/;

/** The module and the name in an address. */
const TARGET = /^(?:module\.([\w-]+))?.*?([\w-]+)(?:\[[^[]*\])?$/s;

/** What stands in a file that is about a resource. */
function wordsOf({ name, providerAlias }: DeclaredResource): string[] {
  return providerAlias === undefined ? [name] : [name, providerAlias];
}

/** Where a provider leads elsewhere now, resources whose own text is the same are meant too. */
function isLedElsewhere({ before, after }: Comparison): boolean {
  return [...before.providers].some(([alias, { region }]) => {
    const now = after.providers.get(alias)?.region ?? "";
    return region !== "" && now !== "" && now !== region;
  });
}

/** Only keys have others that are made of them. */
function hasFollowers(fact: Fact): boolean {
  return (fact.what === "replaced" || fact.what === "relocated") && resourceType(fact.old.type).role !== undefined;
}

function isAboutNames({ what }: Fact): boolean {
  return what === "gone" || what === "provider-gone";
}
