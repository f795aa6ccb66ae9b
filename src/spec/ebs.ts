/**
 * Decides which key is the default of EBS in which region. The setting is one per account and region, so its resources are named
 * after the region's label and not after the key: another key replaces the setting instead of racing with it.
 */

import type { NamedKey } from "./keys.ts";
import { keyPlaces, type Names } from "./names.ts";
import type { Place } from "./places.ts";

/** The types of the resources in each such region, in output order. */
export const EBS_TYPES = ["aws_ebs_encryption_by_default", "aws_ebs_default_kms_key"] as const;

/** The default of EBS in a region. */
export interface EbsDefault {
  readonly place: Place;
  readonly key: NamedKey;
}

/** The keys that are to be the default of EBS, by region in the order of the spec; a region with two is refused by a rule. */
export function ebsDefaults(names: Pick<Names, "primary" | "replicas" | "keys">): readonly EbsDefault[] {
  return [names.primary, ...names.replicas].flatMap((place) =>
    names.keys
      .filter((key) => keyPlaces(key, names).includes(place) && key.inRegion(place).defaultForEbs)
      .map((key) => ({ place, key })),
  );
}
