/** What changes to a spec mean: the data of a spec and a change go in, the data after it comes out. */

import type { Plain } from "./edit-text.ts";
import { type Path, valueAt } from "./path.ts";

/** One change to a spec. */
export type Change =
  /** Puts a value in the place of another one, or a new key behind its neighbour `after`. */
  | { readonly kind: "set"; readonly path: Path; readonly value: Plain; readonly after?: string }
  /** Puts a word in the place of a value, which stays as a comment, after `remark`, wherever there is room for one. */
  | { readonly kind: "retire"; readonly path: Path; readonly value: string; readonly remark: string }
  | { readonly kind: "remove"; readonly path: Path }
  /** Lets two nodes change places, each with its anchor. */
  | { readonly kind: "swap"; readonly paths: readonly [Path, Path] };

/** The data of the spec after a change. */
export function applied(data: unknown, change: Change): unknown {
  if (change.kind === "swap") {
    const [one, other] = change.paths;
    const [left, right] = [valueAt(data, one), valueAt(data, other)];
    put(data, one, right);
    put(data, other, left);
  } else put(data, change.path, change.kind === "remove" ? undefined : structuredClone(change.value));
  return data;
}

function put(data: unknown, path: Path, value: unknown): void {
  const owner = valueAt(data, path.slice(0, -1)) as Record<string | number, unknown>;
  if (value === undefined) delete owner[path.at(-1)!];
  else owner[path.at(-1)!] = value;
}
