/** Decides what `s3.tf` says: how buckets that exist encrypt new objects, each with the key of its region. */

import type { Names } from "../spec/names.ts";
import { nameIn, ofKind, regionalName, settingsIn } from "../spec/regional.ts";
import type { ChangesModel } from "./changes.ts";
import { bool, type Hcl, identifier } from "./hcl.ts";
import { keyReference, type Placement, placementOf } from "./places.ts";
import { resolveRegionalChanges } from "./regional.ts";
import { textIn } from "./texts.ts";

export interface S3Model {
  readonly buckets: readonly BucketModel[];
  readonly changes: ChangesModel;
}

export interface BucketModel extends Placement {
  readonly name: Hcl;
  /** The bucket itself. */
  readonly bucket: Hcl;
  readonly bucketKey: Hcl;
  /** The ARN of the key in this region. */
  readonly key: Hcl;
}

export function resolveS3(names: Names): S3Model {
  return {
    buckets: ofKind(names, "buckets").flatMap((one) =>
      one.places.map((place) => ({
        name: identifier(regionalName(place, one)),
        bucket: textIn(nameIn(one, place)!, place),
        bucketKey: bool(settingsIn(one, place).bucket_key ?? true),
        key: keyReference(one.key!, place, "arn"),
        ...placementOf(place, names),
      })),
    ),
    changes: resolveRegionalChanges("buckets", names),
  };
}
