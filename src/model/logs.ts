/** Decides what `logs.tf` says: the log groups of each region, under the keys of their regions. */

import type { Names } from "../spec/names.ts";
import { nameIn, ofKind, regionalName, settingsIn } from "../spec/regional.ts";
import type { ChangesModel } from "./changes.ts";
import { bool, type Hcl, identifier, number, quote } from "./hcl.ts";
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

export interface LogsModel {
  readonly groups: readonly LogGroupModel[];
  readonly changes: ChangesModel;
}

export interface LogGroupModel extends Placement {
  readonly name: Hcl;
  /** The name in CloudWatch Logs. */
  readonly logGroup: Hcl;
  /** Absent for the usual one. */
  readonly logClass: Hcl | undefined;
  /** In days; absent where events are kept forever. */
  readonly retention: Hcl | undefined;
  readonly skipDestroy: Hcl | undefined;
  /** The ARN of the key in this region. */
  readonly key: Hcl;
  readonly tags: Hcl | undefined;
  readonly lifecycle: LifecycleModel | undefined;
}

export function resolveLogs(names: Names): LogsModel {
  return {
    groups: ofKind(names, "log_groups").flatMap((group) =>
      group.places.map((place): LogGroupModel => {
        const settings = settingsIn(group, place);
        return {
          name: identifier(regionalName(place, group)),
          logGroup: textIn(nameIn(group, place)!, place),
          logClass: settings.class === undefined || settings.class === "STANDARD" ? undefined : quote(settings.class),
          retention: ifGiven(settings.retention_days, number),
          skipDestroy: settings.skip_destroy ? bool(true) : undefined,
          key: keyReference(group.key!, place, "arn"),
          tags: tagsOf(settings.tags, place),
          lifecycle: lifecycleOf({ isProtected: settings.protect === true }),
          ...placementOf(place, names),
        };
      }),
    ),
    changes: resolveRegionalChanges("log_groups", names),
  };
}
