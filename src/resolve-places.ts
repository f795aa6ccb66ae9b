/** Decides what every resource has alike: where it is, and its tags. */

import { type Hcl, object, quote, reference } from "./hcl.ts";
import { type Place, sortedEntries } from "./names.ts";
import { type Floors, has } from "./versions.ts";

/** What says where a resource is; the templates print it last. */
export interface Placement {
  readonly provider: Hcl | undefined;
}

/** The name of a place's region, read from its provider; `name` until AWS provider 6 renamed it. */
export function regionName({ dataSource }: Place, floors: Floors): Hcl {
  return reference("data", "aws_region", dataSource, has(floors, "regionAttribute") ? "region" : "name");
}

export function providerOf({ providerAlias }: Place): Hcl | undefined {
  return providerAlias === undefined ? undefined : reference("aws", providerAlias);
}

export function tagsOf(tags: Readonly<Record<string, string>> | null | undefined): Hcl | undefined {
  const entries = sortedEntries(tags ?? {}).map(([key, value]) => [key, quote(value)] as const);
  return entries.length === 0 ? undefined : object(entries);
}

export function optional<T>(value: T | null | undefined, toHcl: (value: T) => Hcl): Hcl | undefined {
  return value === null || value === undefined ? undefined : toHcl(value);
}
