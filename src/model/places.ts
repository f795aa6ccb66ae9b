/** Decides what every resource has alike: where it is, and its tags. */

import { keyName, keyType, type NamedKey } from "../spec/keys.ts";
import type { NamedSecret, Names } from "../spec/names.ts";
import { sortedEntries } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import { type Floors, has } from "../spec/versions.ts";
import { bool, call, type Hcl, object, quote, reference } from "./hcl.ts";
import { textIn } from "./texts.ts";

/** What says where a resource is; the templates print it last. */
export interface Placement {
  /** The region's aliased provider; with `placement: region` that of the home region, if it has an alias. */
  readonly provider: Hcl | undefined;
  /** The `region` argument, with `placement: region`. */
  readonly region: Hcl | undefined;
}

/** Whether resources say their region themselves instead of having a provider for each region. */
export function isPlacedByRegion({ spec }: Pick<Names, "spec">): boolean {
  return spec.provider?.placement === "region";
}

export function placementOf(place: Place, names: Names): Placement {
  if (isPlacedByRegion(names)) return { provider: providerOf(names.home), region: quote(place.region) };
  return { provider: providerOf(place), region: undefined };
}

/** What an argument such as `kms_key_id` says of a key in a place. */
export function keyReference(key: NamedKey, place: Place, attribute: "id" | "key_id" | "arn"): Hcl {
  const { existing } = key.spec;
  if (existing !== undefined) {
    const isArn = attribute === "arn" || String(existing).startsWith("arn:");
    const [type, name] =
      typeof existing === "object"
        ? ["aws_kms_alias", isArn ? "target_key_arn" : "target_key_id"]
        : ["aws_kms_key", isArn ? "arn" : "id"];
    return reference("data", type!, keyName(place, key), name!);
  }
  const type = keyType(place, key);
  // aws_kms_external_key has the key's id under that name only.
  const name = type === "aws_kms_external_key" && attribute === "key_id" ? "id" : attribute;
  return reference(type, keyName(place, key), name);
}

/** A replica's ARN is the primary secret's with the other region in it; the provider does not export it. */
export function secretArn({ id }: Pick<NamedSecret, "id">, place: Place, { secretsPlace }: Names): Hcl {
  const arn = reference("aws_secretsmanager_secret", id, "arn");
  if (place === secretsPlace) return arn;
  return call("replace", arn, quote(`:${secretsPlace.region}:`), quote(`:${place.region}:`));
}

/** The reference to a place's aliased provider, `aws.euw1`; nothing for the provider without an alias. */
export function providerOf({ providerAlias }: Place): Hcl | undefined {
  return providerAlias === undefined ? undefined : reference("aws", providerAlias);
}

/**
 * The name of a place's region: read from its provider, so that the provider alone decides it, or literal where resources say
 * it themselves. The data source's `name` is called `region` from AWS provider 6 on.
 */
export function regionName(
  place: Place,
  names: Names,
  floors: Floors,
): { readonly expression: Hcl } | { readonly text: string } {
  if (isPlacedByRegion(names)) return { text: place.region };
  return {
    expression: reference("data", "aws_region", place.dataSource, has(floors, "regionAttribute") ? "region" : "name"),
  };
}

/** What Terraform may and may not do to a resource; the templates print it in a block of its own. */
export interface LifecycleModel {
  readonly preventDestroy: Hcl | undefined;
  readonly ignoreChanges: Hcl | undefined;
  readonly replaceTriggeredBy: Hcl | undefined;
}

/** `undefined` where there is nothing to say. */
export function lifecycleOf(settings: {
  readonly isProtected: boolean;
  readonly ignoreChanges?: Hcl | undefined;
  readonly replaceTriggeredBy?: Hcl | undefined;
}): LifecycleModel | undefined {
  const { isProtected, ignoreChanges, replaceTriggeredBy } = settings;
  if (!isProtected && ignoreChanges === undefined && replaceTriggeredBy === undefined) return undefined;
  return { preventDestroy: isProtected ? bool(true) : undefined, ignoreChanges, replaceTriggeredBy };
}

export function tagsOf(tags: Readonly<Record<string, string>> | undefined, place: Place): Hcl | undefined {
  const entries = sortedEntries(tags ?? {}).map(([key, value]) => [key, textIn(value, place)] as const);
  return entries.length === 0 ? undefined : object(entries);
}

export function ifGiven<T>(value: T | undefined, toHcl: (value: T) => Hcl): Hcl | undefined {
  return value === undefined ? undefined : toHcl(value);
}
