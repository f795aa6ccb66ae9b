/** Decides what `parameters.tf` says: the parameters of each region, under the keys of their regions, all with one value. */

import type { Names } from "../spec/names.ts";
import { nameIn, ofKind, regionalName, settingsIn } from "../spec/regional.ts";
import type { Floors } from "../spec/versions.ts";
import type { ChangesModel } from "./changes.ts";
import { bool, type Hcl, identifier, quote } from "./hcl.ts";
import {
  ifGiven,
  keyReference,
  type LifecycleModel,
  lifecycleOf,
  type Placement,
  placementOf,
  tagsOf,
} from "./places.ts";
import { resolveRegionalChanges } from "./regional.ts";
import { textIn } from "./texts.ts";
import { type EphemeralModel, resolveEphemerals, resolveSentValue, type SentValueModel } from "./values.ts";

export interface ParametersModel {
  readonly parameters: readonly {
    /** What the value is read from or made by, and not kept: once for all regions. */
    readonly ephemerals: readonly EphemeralModel[];
    readonly inRegions: readonly ParameterModel[];
  }[];
  readonly changes: ChangesModel;
}

export interface ParameterModel extends Placement {
  readonly name: Hcl;
  /** The name in Parameter Store. */
  readonly parameter: Hcl;
  readonly description: Hcl | undefined;
  /** Absent for the account's usual one. */
  readonly tier: Hcl | undefined;
  readonly overwrite: Hcl | undefined;
  readonly value: SentValueModel;
  /** The ARN of the key in this region. */
  readonly key: Hcl;
  readonly tags: Hcl | undefined;
  readonly lifecycle: LifecycleModel | undefined;
}

/** As AWS calls them (AWS Systems Manager: PutParameter, Tier). */
const TIERS = { advanced: "Advanced", intelligent_tiering: "Intelligent-Tiering" } as const;

export function resolveParameters(names: Names, floors: Floors): ParametersModel {
  return {
    parameters: ofKind(names, "parameters")
      .filter(({ places }) => places.length > 0)
      .map((one) => ({
        ephemerals: resolveEphemerals(one, names),
        inRegions: one.places.map((place): ParameterModel => {
          const settings = settingsIn(one, place);
          return {
            name: identifier(regionalName(place, one)),
            parameter: textIn(nameIn(one, place)!, place),
            description: ifGiven(settings.description, (text) => textIn(text, place)),
            tier: ifGiven(settings.tier, (tier) => quote(TIERS[tier])),
            overwrite: settings.overwrite ? bool(true) : undefined,
            value: resolveSentValue(one, floors)!,
            key: keyReference(one.key!, place, "arn"),
            tags: tagsOf(settings.tags, place),
            lifecycle: lifecycleOf({ isProtected: settings.protect === true }),
            ...placementOf(place, names),
          };
        }),
      })),
    changes: resolveRegionalChanges("parameters", names),
  };
}
