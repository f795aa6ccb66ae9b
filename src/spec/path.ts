/** Where in a spec something is, what is there, and the order in which its maps come out. */

export type Path = readonly (string | number)[];

/** What is at a path of plain data. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/**
 * Entries by key in code unit order: the output does not depend on the order in which a spec is written, nor on a locale.
 */
export function sortedEntries<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** A path as people write it: `keys.sm.policy.statements[0]`. */
export function dotted(path: Path): string {
  return path.map((step, at) => (typeof step === "number" ? `[${step}]` : at === 0 ? step : `.${step}`)).join("");
}
