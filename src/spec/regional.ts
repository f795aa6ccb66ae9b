/**
 * Decides what the things of a spec are like that AWS has in each region by itself, each under the key of its region, such as log
 * groups. A new kind is a row here; rules, the model and the counts of what Terraform will do ask the rows, not the kinds.
 */

import type { services } from "../aws/services.ts";
import type { FieldName } from "./fields.ts";
import type { NamedKey } from "./keys.ts";
import type { Path } from "./path.ts";
import type { Place } from "./places.ts";
import type { LogGroupSpec, Spec } from "./schema.ts";
import { filled, type Part, partsOf } from "./text.ts";

/** The specs of the kinds, by the key of the spec that they are under. */
interface RegionalSpecs {
  readonly log_groups: LogGroupSpec;
}

export type RegionalKind = keyof RegionalSpecs;

/** What is known of a kind. */
interface KindRow {
  /** In a sentence, "the log group". */
  readonly noun: string;
  /** The type of the resource in each region. */
  readonly type: string;
  /** The service that uses the key. */
  readonly service: keyof typeof services;
  /** The limits of its name. */
  readonly nameField: FieldName;
}

export const regionalKinds: Readonly<Record<RegionalKind, KindRow>> = {
  log_groups: { noun: "log group", type: "aws_cloudwatch_log_group", service: "logs", nameField: "logGroupName" },
};

/** A thing that the spec names once and that is in several regions. */
export interface Regional<Kind extends RegionalKind = RegionalKind> {
  readonly kind: Kind;
  readonly id: string;
  readonly spec: RegionalSpecs[Kind];
  /** `undefined` when no key is named and none is the obvious one, or when the named one does not exist. */
  readonly key: NamedKey | undefined;
  /** In the order of the spec's regions. */
  readonly places: readonly Place[];
  /** The places of them in which it exists, and is adopted. */
  readonly adopted: readonly Place[];
  readonly path: Path;
}

/** What a spec says of one kind, by identifier. */
export function regionalSpecs<Kind extends RegionalKind>(
  spec: Spec,
  kind: Kind,
): Readonly<Record<string, RegionalSpecs[Kind]>> {
  return spec[kind] ?? {};
}

/** Those of one kind. */
export function ofKind<Kind extends RegionalKind>(
  { regional }: { readonly regional: readonly Regional[] },
  kind: Kind,
): readonly Regional<Kind>[] {
  return regional.filter((one): one is Regional<Kind> => one.kind === kind);
}

/** The name of its resource in a place: `main_app`. */
export function regionalName({ label }: Pick<Place, "label">, { id }: Pick<Regional, "id">): string {
  return `${label}_${id}`;
}

/** The addresses of its resources, one for each place. */
export function regionalAddresses(one: Regional): readonly string[] {
  return one.places.map((place) => `${regionalKinds[one.kind].type}.${regionalName(place, one)}`);
}

/** What it is like in a place: what by_region says replaces what it says for all; of tags only those of the same names. */
export function settingsIn<Kind extends RegionalKind>(
  { spec }: Regional<Kind>,
  { region }: Pick<Place, "region">,
): Omit<RegionalSpecs[Kind], "by_region"> {
  const { by_region, ...usual } = spec;
  const own = by_region !== undefined && Object.hasOwn(by_region, region) ? by_region[region]! : {};
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...usual, ...given, tags: { ...spec.tags, ...own.tags } };
}

/** Where the spec says what it has in a place: under by_region, or for all regions. */
export function regionalPath({ spec: { by_region }, path }: Regional, { region }: Place, setting: string): Path {
  const own = by_region !== undefined && Object.hasOwn(by_region, region) ? by_region[region]! : {};
  const isOwn = (own as Readonly<Record<string, unknown>>)[setting] !== undefined;
  return isOwn ? [...path, "by_region", region, setting] : [...path, setting];
}

/** Its name in AWS in a place. */
export function nameInPlace(one: Regional, place: Place): readonly Part[] {
  return filled(partsOf(settingsIn(one, place).name ?? one.id), place);
}
