/**
 * Reads what must be compared: changes to files and the folder that they are in go in, comparisons come out. It reads as little
 * of large files as it can, and of files beside no more than may matter.
 */

import { dirname, join } from "node:path";
import type { Change } from "../disk/compare.ts";
import type { Names } from "../spec/names.ts";
import {
  type Declared,
  type DeclaredResource,
  declaredBy,
  merged,
  type TerraformFile,
  UnreadableTerraformError,
} from "../terraform/declared.ts";
import { filesBeside } from "../terraform/folder.ts";
import { differingBlocks, equalKeys, type Sides, wholeFiles } from "./blocks.ts";
import { Comparison } from "./comparison.ts";
import type { Fact } from "./facts.ts";
import { type GivenProviders, givenProviders, withRegions } from "./given.ts";
import { factsOf } from "./resource-facts.ts";
import { resourceType } from "./resource-types.ts";

interface Declarations {
  /** What is on disk: several where a merge conflict has two sides. */
  readonly befores: readonly Declared[];
  readonly after: Declared;
}

/**
 * The comparisons of what is on disk with what is to be, usually one; `folder` is absolute.
 * @throws {UnreadableTerraformError} when a file that would be changed, or one beside it that may matter, is no HCL
 */
export function compareFiles(changes: readonly Change[], names: Names, folder: string): readonly Comparison[] {
  const given = givenProviders(changes);
  const isModule = (declared: Declared, { isModule: isSaid }: GivenProviders) => isSaid || declared.isGivenProviders;
  let files: readonly TerraformFile[] = [];
  let beside: Declared | undefined;
  const build = ({ befores, after }: Declarations) => {
    const fresh = withRegions(after, given.after, beside);
    return befores.map((one) => {
      const before = withRegions(one, given.before, beside);
      const own = { declared: beside, files, inModule: (name: string) => inModule(beside, name, folder) };
      return new Comparison(before, fresh, own, names, {
        before: isModule(one, given.before),
        after: names.spec.terraform?.module === true,
      });
    });
  };

  // What has gone from one file may be in another that is new, where the files have other names now.
  const isRenamed =
    changes.some(({ after }) => after === undefined) && changes.some(({ before }) => before === undefined);
  let sides = isRenamed ? read(changes, wholeFiles) : readBlocks(changes);
  let comparisons = build(sides);
  // Files beside are read for what they may say about what has left or moved, and for providers that are configured there.
  const isProviderElsewhere =
    !sides.after.providers.has("") || sides.befores.some(({ providers }) => !providers.has(""));
  const words = new Set(comparisons.flatMap(wordsOf));
  const isLed = comparisons.some(isLedElsewhere);
  if (words.size > 0 || isProviderElsewhere || isLed) {
    const ours = new Set(changes.map(({ path }) => path.split("/").at(-1)!));
    const all = filesBeside(ours, folder, dirname(changes[0]!.path));
    const telling = () =>
      all.filter(({ text }) => isLed || TELLING.test(text) || [...words].some((word) => text.includes(word)));
    const { moved } = declaredBy(telling());
    for (const to of moved.values()) for (const word of TARGET.exec(to)?.slice(1) ?? []) if (word) words.add(word);
    files = telling();
    beside = declaredBy(files);
    comparisons = build(sides);
  }
  // Whatever goes, moves or is replaced, others may follow, and hints are made of the names of all.
  const facts = comparisons.flatMap(factsOf);
  if (comparisons.some(isLedElsewhere) || facts.some(hasFollowers)) {
    sides = read(changes, wholeFiles);
    comparisons = build(sides);
  } else if (!isRenamed && facts.some(isAboutNames)) {
    // What things were called is told by the names of all keys together.
    const keys = read(changes, equalKeys);
    const befores = sides.befores.map((one, side) => merged(one, keys.befores[side] ?? keys.befores[0]));
    comparisons = build({ befores, after: merged(sides.after, keys.after) });
  }
  return comparisons;
}

function read(changes: readonly Change[], sidesOf: (change: Change) => Sides): Declarations {
  const sides = changes.map(sidesOf);
  const count = Math.max(...sides.map(({ old }) => old.length));
  const befores: Declared[] = [];
  for (let side = 0; side < count; side++) {
    befores.push(declaredBy(sides.flatMap(({ old }) => old[side] ?? old[0] ?? [])));
  }
  return { befores, after: declaredBy(sides.flatMap(({ fresh }) => fresh)) };
}

/** Blocks that cannot be told apart by blank lines, as a template of the user's may print them, are read all together. */
function readBlocks(changes: readonly Change[]): Declarations {
  try {
    return read(changes, differingBlocks);
  } catch (error) {
    if (error instanceof UnreadableTerraformError) return read(changes, wholeFiles);
    throw error;
  }
}

/** What a module declares that is in a folder below or beside; nothing of one that is somewhere else. */
function inModule(beside: Declared | undefined, name: string, folder: string): Declared | undefined {
  const source = beside?.modules.get(name)?.source ?? "";
  return /^\.\.?\//.test(source) ? declaredBy(filesBeside(new Set(), join(folder, source), source)) : undefined;
}

/** What a file beside may say about things that are declared elsewhere, or about where they are. */
const TELLING = /\b(moved|removed|provider)\b/;

/** The module and the name in an address. */
const TARGET = /^(?:module\.([\w-]+))?.*?([\w-]+)(?:\[[^[]*\])?$/s;

/** What is in a file that is about what has left or moved, or about providers that have. */
function wordsOf(comparison: Comparison): string[] {
  const { before, left, modulesLeft } = comparison;
  const isMoved = ({ address }: DeclaredResource) => comparison.today(address) !== address;
  const changed = new Set([...left, ...[...before.resources.values()].filter(isMoved)]);
  const providers = [...before.providers.keys()].filter((alias) => !comparison.hasProvider(alias));
  const names = comparison.readableGone.map((address) => address.split(".").at(-1)!);
  return [...[...changed].map(({ name }) => name), ...modulesLeft, ...providers, ...names].filter(
    (word) => word !== "",
  );
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
