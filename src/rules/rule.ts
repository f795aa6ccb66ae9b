/** What a rule is, and what rules share: a spec's names go in, findings come out. */

import type { Names } from "../spec/names.ts";
import { dotted, type Path } from "../spec/path.ts";
import type { Floors } from "../spec/versions.ts";

/** What a rule has found; the code is the rule's. */
export interface Finding {
  readonly path: Path;
  /** Whether the key itself is wrong rather than its value. */
  readonly part?: "key";
  readonly severity?: "warning";
  readonly message: string;
  readonly hint: string;
}

/** A finding with the code of the rule that made it. */
export type CodedFinding = Finding & { readonly code: string };

/** A check, named by what it is about; its code is the one of its diagnostics. */
export interface Rule {
  readonly code: string;
  readonly check: (names: Names, floors: Floors) => Iterable<Finding>;
}

/** A finding for every item whose name an earlier item has. */
export function* repeated<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  finding: (item: T, first: T) => Finding,
): Iterable<Finding> {
  const firsts = new Map<string, T>();
  for (const item of items) {
    const name = nameOf(item);
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, item);
    else yield finding(item, first);
  }
}

/** The first of those with one name. */
export function uniqueBy<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const name = nameOf(item);
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** A path as messages name it; the key of a spec that names none has no path. */
export function shownPath(path: Path): string {
  return path.length === 0 ? "the default key" : dotted(path);
}

/** The first of many names, and how many more there are: a hint that lists thousands helps no one. */
export function few(names: readonly string[], separator: string): string {
  const rest = names.length - LISTED;
  return names.slice(0, LISTED).join(separator) + (rest > 0 ? `${separator}${rest} more` : "");
}

const LISTED = 20;
