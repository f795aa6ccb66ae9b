/** Decides what the regions of a spec are called: a region's settings go in, its label, provider alias and data source come out. */

import { shortCode } from "../aws/regions.ts";
import type { Path } from "./path.ts";
import type { PrimaryRegionSpec, ReplicaRegionSpec, RetiredRegionSpec } from "./schema.ts";

/** A region and what its things are called. */
export interface Place {
  readonly region: string;
  /** First part of the resource names in this region. */
  readonly label: string;
  /** Whether the primary keys are here. */
  readonly isPrimary: boolean;
  /** Whether it is the region that things are named after, wherever the primary keys are. */
  readonly isHome: boolean;
  /** `undefined` for the provider without an alias, which the home region uses unless the spec gives it one. */
  readonly providerAlias: string | undefined;
  /** Name of the `aws_region` data source. */
  readonly dataSource: string;
  /** The labels that it had before, the oldest first. */
  readonly formerLabels: readonly string[];
  readonly path: Path;
}

/** A former replica region, whose provider stays until its resources are gone. */
export interface RetiredPlace extends Place {
  /** Whether its keys stay in AWS and only leave Terraform's state. */
  readonly forget: boolean;
}

/** A region under its names; what the spec does not say depends on whether it is the home region. */
export function placeOf(
  spec: PrimaryRegionSpec | ReplicaRegionSpec | RetiredRegionSpec,
  home: string | undefined,
  path: Path,
): Place {
  const { region } = spec;
  const isHome = region === home;
  const label = spec.label ?? (isHome ? "main" : shortCode(region));
  const providerAlias = spec.provider_alias ?? (isHome ? undefined : label);
  return {
    region,
    label,
    isPrimary: path[1] === "primary",
    isHome,
    providerAlias,
    dataSource: isHome ? "main" : providerAlias!,
    formerLabels: ("renamed_from" in spec && spec.renamed_from) || [],
    path,
  };
}

/**
 * All places but one, in the order that they have when that one is the primary: it and the primary have changed places in the
 * spec's list then, so that what is listed does not depend on where the primary is.
 */
export function placesBesides(place: Place, primary: Place, replicas: readonly Place[]): readonly Place[] {
  return place.isPrimary ? replicas : replicas.map((one) => (one === place ? primary : one));
}

/** The places that a list of regions, or `all`, chooses among `places`, in the order of `places`. */
export function chosen(places: readonly Place[], regions: "all" | readonly string[] = "all"): readonly Place[] {
  if (regions === "all") return places;
  return places.filter(({ region }) => regions.includes(region));
}
