/** Decides what is to be told of the things that are in each region by themselves when they change their names or were there before. */

import type { Names } from "../spec/names.ts";
import { nameIn, ofKind, type Regional, type RegionalKind, regionalKinds, regionalName } from "../spec/regional.ts";
import { type ChangesModel, importId, renamesOf } from "./changes.ts";
import { reference } from "./hcl.ts";

/** What changed about the things of a kind: renamed things and labels, adopted ones, those of retired regions that are forgotten. */
export function resolveRegionalChanges(kind: RegionalKind, names: Names): ChangesModel {
  const { type } = regionalKinds[kind];
  const things: readonly Regional[] = ofKind(names, kind);
  return {
    moved: things.flatMap((one) =>
      one.places.flatMap((place) =>
        renamesOf(one, place).map(([from, to]) => ({ from: reference(type, from), to: reference(type, to) })),
      ),
    ),
    imports: things.flatMap((one) =>
      one.adopted.map((place) => ({
        to: reference(type, regionalName(place, one)),
        id: importId(nameIn(one, place)!, place, names),
      })),
    ),
    removed: names.retired
      .filter(({ forget }) => forget)
      .flatMap((place) =>
        things.flatMap(({ id, spec }) =>
          [id, ...(spec.renamed_from ?? [])].map((one) => ({
            from: reference(type, regionalName(place, { id: one })),
          })),
        ),
      ),
  };
}
