/**
 * Decides what the things of a spec are like that AWS has in each region by itself, each under the key of its region, such as log
 * groups. A new kind is a row here; rules, the model and the counts of what Terraform will do ask the rows, not the kinds.
 */

import type { services } from "../aws/services.ts";
import type { FieldName } from "./fields.ts";
import type { NamedKey } from "./keys.ts";
import type { Path } from "./path.ts";
import type { Place } from "./places.ts";
import type { TextOrReference } from "./reference.ts";
import type { BucketSpec, LogGroupSpec, ParameterSpec, Spec, ValueSpec } from "./schema.ts";
import { filled, type Part, partsOf, shown } from "./text.ts";

/** The specs of the kinds, by the key of the spec that they are under. */
interface RegionalSpecs {
  readonly log_groups: LogGroupSpec;
  readonly buckets: BucketSpec;
  readonly parameters: ParameterSpec;
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
  /** The limits of its description, if it has one. */
  readonly descriptionField?: FieldName;
  /** Whether its name is unique in all regions, and not in each. */
  readonly isGlobal: boolean;
  /** What its name may start with or not, and is the same name to AWS. */
  readonly optionalStart?: string;
  /** Whether it has a value, which Terraform sends to every region. */
  readonly hasValue?: true;
  /** Whether it is called by its identifier when the spec says no name. */
  readonly isNamedByIdentifier: boolean;
  /** What follows where the key is disabled. */
  readonly whenDisabled: string;
}

export const regionalKinds: Readonly<Record<RegionalKind, KindRow>> = {
  log_groups: {
    noun: "log group",
    type: "aws_cloudwatch_log_group",
    service: "logs",
    nameField: "logGroupName",
    isGlobal: false,
    isNamedByIdentifier: true,
    whenDisabled: "AWS makes no log group under it there",
  },
  buckets: {
    noun: "bucket",
    type: "aws_s3_bucket_server_side_encryption_configuration",
    service: "s3",
    nameField: "bucketName",
    isGlobal: true,
    isNamedByIdentifier: false,
    whenDisabled: "no one could write to the bucket there",
  },
  parameters: {
    noun: "parameter",
    type: "aws_ssm_parameter",
    service: "ssm",
    nameField: "parameterName",
    descriptionField: "parameterDescription",
    isGlobal: false,
    // AWS Systems Manager User Guide, Requirements and constraints for parameter names: uniqueness.
    optionalStart: "/",
    hasValue: true,
    isNamedByIdentifier: true,
    whenDisabled: "AWS makes no parameter under it there",
  },
};

/** The kinds, in the order of the rows. */
export const REGIONAL_KINDS = Object.keys(regionalKinds) as readonly RegionalKind[];

/** The kind of what is in each region by itself, by the type of its resources. */
export function kindOf(type: string): RegionalKind | undefined {
  return REGIONAL_KINDS.find((kind) => regionalKinds[kind].type === type);
}

/** What every kind may have otherwise in a region. */
interface RegionalSettings {
  readonly name?: TextOrReference | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly description?: string | undefined;
}

/** What the specs of all kinds have alike. */
interface RegionalSpec extends RegionalSettings {
  readonly key?: string | undefined;
  readonly regions?: "all" | readonly string[] | undefined;
  readonly by_region?: Readonly<Record<string, RegionalSettings>> | undefined;
  readonly renamed_from?: readonly string[] | undefined;
  readonly import?: "all" | readonly string[] | undefined;
  readonly value?: "external" | "variable" | ValueSpec | undefined;
}

/** A thing that the spec names once and that is in several regions. */
export interface Regional {
  readonly kind: RegionalKind;
  readonly id: string;
  readonly spec: RegionalSpec;
  /** `undefined` when no key is named and none is the obvious one, or when the named one does not exist. */
  readonly key: NamedKey | undefined;
  /** In the order of the spec's regions. */
  readonly places: readonly Place[];
  /** The places of them in which it exists, and is adopted. */
  readonly adopted: readonly Place[];
  /** Where the value comes from; `undefined` where there is none. */
  readonly value: ValueSpec | undefined;
  readonly path: Path;
}

/** What a spec says of one kind, by identifier. */
export function regionalSpecs(spec: Spec, kind: RegionalKind): Readonly<Record<string, RegionalSpec>> {
  return spec[kind] ?? {};
}

/** Those of one kind. */
export function ofKind<Kind extends RegionalKind>(
  { regional }: { readonly regional: readonly Regional[] },
  kind: Kind,
): readonly (Regional & { readonly spec: RegionalSpecs[Kind] })[] {
  return regional.filter((one): one is Regional & { readonly spec: RegionalSpecs[Kind] } => one.kind === kind);
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
export function settingsIn<Spec extends RegionalSpec>(
  { spec }: { readonly spec: Spec },
  place: Pick<Place, "region">,
): Omit<Spec, "by_region"> {
  const { by_region: _, ...usual } = spec;
  const own = ownSettings(spec, place);
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...usual, ...Object.fromEntries(given), tags: { ...spec.tags, ...own.tags } };
}

function ownSettings({ by_region }: RegionalSpec, { region }: Pick<Place, "region">): RegionalSettings {
  return by_region !== undefined && Object.hasOwn(by_region, region) ? by_region[region]! : {};
}

/** Where the spec says what it has in a place: under by_region, or for all regions. */
export function regionalPath({ spec, path }: Regional, place: Place, setting: string): Path {
  const own = ownSettings(spec, place) as Readonly<Record<string, unknown>>;
  return own[setting] === undefined ? [...path, setting] : [...path, "by_region", place.region, setting];
}

/** What the spec says that it is called in AWS in a place, as it is written; `undefined` where it says nothing. */
export function nameIn(one: Regional, place: Place): TextOrReference | undefined {
  return settingsIn(one, place).name ?? (regionalKinds[one.kind].isNamedByIdentifier ? one.id : undefined);
}

/** Its name in AWS in a place, as far as the spec knows it: nothing where it is a reference. */
export function nameParts(one: Regional, place: Place): readonly Part[] | undefined {
  const name = nameIn(one, place);
  return typeof name === "string" ? filled(partsOf(name), place) : undefined;
}

/** A name as AWS tells it from others of the kind. */
export function distinctName(kind: RegionalKind, name: string): string {
  const { optionalStart } = regionalKinds[kind];
  return optionalStart !== undefined && name.startsWith(optionalStart) ? name.slice(optionalStart.length) : name;
}

/** Its name in a place, for people: a reference as Terraform writes it. */
export function shownName(one: Regional, place: Place): string {
  const name = nameIn(one, place);
  return typeof name === "object" ? `{ ref: ${name.ref} }` : shown(nameParts(one, place) ?? []);
}
