/** Decides what `ebs.tf` says: in each region the key that EBS encrypts new volumes with by default, and that it does. */

import { EBS_TYPES, ebsDefaults } from "../spec/ebs.ts";
import type { Names } from "../spec/names.ts";
import { type ChangesModel, stepsOf } from "./changes.ts";
import { type Hcl, identifier, reference } from "./hcl.ts";
import { keyReference, type Placement, placementOf } from "./places.ts";

export interface EbsModel {
  readonly defaults: readonly EbsDefaultModel[];
  readonly changes: ChangesModel;
}

export interface EbsDefaultModel extends Placement {
  /** The name of both resources, the label of the region. */
  readonly name: Hcl;
  /** The ARN of the key in this region. */
  readonly key: Hcl;
}

export function resolveEbs(names: Names): EbsModel {
  const defaults = ebsDefaults(names);
  return {
    defaults: defaults.map(({ place, key }) => ({
      name: identifier(place.label),
      key: keyReference(key, place, "arn"),
      ...placementOf(place, names),
    })),
    changes: {
      moved: defaults.flatMap(({ place: { formerLabels, label } }) =>
        stepsOf([...formerLabels, label]).flatMap(([from, to]) =>
          EBS_TYPES.map((type) => ({ from: reference(type, from), to: reference(type, to) })),
        ),
      ),
      imports: [],
      removed: names.retired
        .filter((place) => place.forget && names.keys.some((key) => key.inRegion(place).defaultForEbs))
        .flatMap(({ label }) => EBS_TYPES.map((type) => ({ from: reference(type, label) }))),
    },
  };
}
