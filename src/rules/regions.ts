/** What must hold about the regions of a spec, and about the regions that its keys and secrets name. */

import { isKnownRegion, partitionOf } from "../aws/regions.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { type Place, placesBesides } from "../spec/places.ts";
import { regionHint } from "./forms.ts";
import { type Finding, few, type Rule, repeated, shownPath, uniqueBy } from "./rule.ts";

export const regionRules = (): readonly Rule[] => [
  { code: "unknown-region", check: unknownRegion },
  { code: "duplicate-region", check: duplicateRegion },
  { code: "primary-among-replicas", check: primaryAmongReplicas },
  { code: "mixed-partitions", check: mixedPartitions },
  { code: "duplicate-label", check: duplicateLabel },
  { code: "duplicate-provider-alias", check: duplicateProviderAlias },
  { code: "unknown-replica-region", check: unknownReplicaRegion },
  { code: "region-not-of-key", check: regionNotOfKey },
];

/** Names that the AWS SDK does not list may be new; names that are nearly a listed one are slips. */
function* unknownRegion(names: Names): Iterable<Finding> {
  for (const { region, path } of placesOf(names)) {
    if (isKnownRegion(region)) continue;
    const meant = regionHint(region);
    const message = `there is no region ${JSON.stringify(region)}`;
    if (meant !== undefined) yield { path: regionPath(path), message, hint: meant };
    else {
      const hint = "If the region is newer than this version of mrk-scaffold, ignore this; otherwise correct the name.";
      yield { path: regionPath(path), severity: "warning", message: `${message} in the list of the AWS SDK`, hint };
    }
  }
}

function* duplicateRegion(names: Names): Iterable<Finding> {
  yield* repeated(
    [...names.replicas, ...names.retired],
    ({ region }) => region,
    ({ region, path }, first) => ({
      path: regionPath(path),
      message: `the region ${region} is listed twice`,
      hint: `It is first listed in ${shownPath(first.path)}. A key has one replica in a region: keep one of the two.`,
    }),
  );
}

function* primaryAmongReplicas(names: Names): Iterable<Finding> {
  for (const { region, path } of [...names.replicas, ...names.retired]) {
    if (region !== names.primary.region) continue;
    const message = `${region} is the primary region, a replica is in another one`;
    yield { path: regionPath(path), message, hint: "Take it out of the replicas, or make another region the primary." };
  }
}

/** Multi-Region keys replicate inside one partition only (AWS KMS: ReplicateKey). */
function* mixedPartitions(names: Names): Iterable<Finding> {
  const partition = partitionOf(names.primary.region);
  for (const { region, path } of [...names.replicas, ...names.retired]) {
    const other = partitionOf(region);
    if (partition === undefined || other === undefined || other === partition) continue;
    const message = `${region} is in the partition ${other}, the primary region ${names.primary.region} in ${partition}`;
    const hint = "Keys and secrets replicate within one partition only: write one spec for each partition.";
    yield { path: regionPath(path), message, hint };
  }
}

function* duplicateLabel(names: Names): Iterable<Finding> {
  yield* repeated(
    distinctPlacesOf(names),
    ({ label }) => label,
    ({ label, region, path }, first) => ({
      path: [...path, "label"],
      message: `the label ${label} of ${region} is also the label of ${first.region}`,
      hint: `Give one of them a label of its own: { region: ${region}, label: … }`,
    }),
  );
}

function* duplicateProviderAlias(names: Names): Iterable<Finding> {
  const aliased = distinctPlacesOf(names).filter(({ providerAlias }) => providerAlias !== undefined);
  yield* repeated(
    aliased,
    ({ providerAlias }) => providerAlias!,
    ({ providerAlias, region, path }, first) => ({
      path: [...path, "provider_alias"],
      message: `the provider alias ${providerAlias} of ${region} is also the one of ${first.region}`,
      hint: `Give one of them an alias of its own: { region: ${region}, provider_alias: … }`,
    }),
  );
}

function* unknownReplicaRegion(names: Names): Iterable<Finding> {
  const own = names.secretsPlace;
  const owners = [
    ...[...names.keys, ...names.existing].map(({ id, spec, path }) => ({
      path,
      list: spec.replicas,
      allowed: names.replicas,
      own: names.primary,
      whose: "the spec",
      id,
    })),
    ...names.secrets.flatMap(({ id, spec, path, key }) => {
      if (key === undefined) return [];
      const allowed = placesBesides(own, names.primary, key.replicas);
      return [{ path, list: spec.replicas, allowed, own, whose: `the key ${key.id}`, id }];
    }),
  ];
  for (const { path, list, allowed, own, whose, id } of owners) {
    if (!Array.isArray(list)) continue;
    const regions = allowed.map(({ region }) => region);
    for (const [index, region] of list.entries()) {
      const at = [...path, "replicas", index];
      if (region === own.region) {
        const message = `${region} is the primary region, ${id} is there already`;
        yield { path: at, message, hint: "List replica regions only." };
      } else if (!regions.includes(region)) {
        const choice = regions.length === 0 ? "It has none." : `It has ${regions.join(", ")}.`;
        const hint = regionHint(region, regions) ?? `${choice} Add the region there, or take it out here.`;
        yield { path: at, message: `${region} is no replica region of ${whose}`, hint };
      } else if (list.indexOf(region) < index) {
        yield { path: at, message: `the region ${region} is listed twice`, hint: "Keep one of the two." };
      }
    }
  }
}

/** What by_region says of a region without the key would silently have no effect. */
function* regionNotOfKey(names: Names): Iterable<Finding> {
  for (const key of names.keys) {
    const regions = keyPlaces(key, names).map(({ region }) => region);
    for (const region of Object.keys(key.spec.by_region ?? {})) {
      if (regions.includes(region)) continue;
      const hint = regionHint(region, regions) ?? `It is in ${few(regions, ", ")}.`;
      const message = `the key ${key.id} is not in ${region}`;
      yield { path: [...key.path, "by_region", region], part: "key", message, hint };
    }
  }
}

function placesOf(names: Names): readonly Place[] {
  return [names.primary, ...names.replicas, ...names.retired];
}

/** Without regions that are listed twice, which has a rule of its own: their labels and aliases are equal because of that. */
function distinctPlacesOf(names: Names): readonly Place[] {
  return uniqueBy(placesOf(names), ({ region }) => region);
}

/** The path of a region's name; where it is written alone, the place is the same. */
function regionPath(path: Path): Path {
  return [...path, "region"];
}
