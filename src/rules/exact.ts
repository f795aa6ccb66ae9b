/**
 * Finds what YAML reads as something other than what is written in a JSON value, where a digit that is lost makes another
 * secret: a spec as it was read goes in, findings come out. They never show the value.
 */

import type { SpecSource } from "../spec/load.ts";
import { type Path, valueAt } from "../spec/path.ts";
import { REGIONAL_KINDS, regionalKinds } from "../spec/regional.ts";
import type { Finding } from "./rule.ts";

export const PART_NOT_EXACT = "part-not-exact";

/** What has values. */
const VALUED = ["secrets", ...REGIONAL_KINDS.filter((kind) => regionalKinds[kind].hasValue)];

/** The numbers that lose digits, and the parts that nothing is written for, in all JSON values. */
export function* inexactParts(source: SpecSource): Iterable<Finding> {
  for (const [path, value] of jsonScalars(source.data)) {
    const { text: written = "", path: at = () => path } = source.writtenAt(path) ?? {};
    if (typeof value === "number" && /^[-+.]?\d/.test(written) && written !== String(value)) {
      yield {
        path: at(),
        message:
          "YAML reads this as a number and drops what numbers do not keep, such as leading zeros and the last digits",
        hint: "Put it in quotes to have it as it is; a number is written as JSON writes it: 10, 1.5.",
      };
    } else if (value === null && (written === String(path.at(-1)) || /^[&!]/.test(written))) {
      yield { path: at(), message: "nothing is written for this part", hint: "Write null if JSON's null is meant." };
    }
  }
}

/** The numbers and nulls in the JSON values of a spec, right or wrong, with their paths. */
function* jsonScalars(data: unknown): Iterable<readonly [Path, number | null]> {
  for (const kind of VALUED) {
    for (const [id, thing] of entriesOf(valueAt(data, [kind]))) {
      yield* scalarsIn(valueAt(thing, ["value", "json"]), [kind, id, "value", "json"]);
    }
  }
}

function* scalarsIn(value: unknown, path: Path): Iterable<readonly [Path, number | null]> {
  if (typeof value === "number" || value === null) yield [path, value];
  else
    for (const [key, below] of entriesOf(value))
      yield* scalarsIn(below, [...path, Array.isArray(value) ? Number(key) : key]);
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
