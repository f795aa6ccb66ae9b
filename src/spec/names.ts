/**
 * Decides what everything in a spec is called: labels, provider aliases, resource names, variable names. A checked spec
 * goes in, its regions, keys and secrets with their names come out, in output order. Rules and `resolve` both read names
 * here, so that what is checked is what is generated.
 */

import { shortCode } from "../aws/regions.ts";
import { services } from "../aws/services.ts";
import type { PolicyDocuments } from "./policy.ts";
import { textsAmong } from "./reference.ts";
import {
  DEFAULT_FILES,
  type GrantSpec,
  type KeyPolicySpec,
  type KeySpec,
  type KeyUsage,
  type PrimaryRegionSpec,
  type RegionalKeySpec,
  type ReplicaRegionSpec,
  type RetiredRegionSpec,
  regionalAlias,
  type SecretSpec,
  type SecretsStep,
  type Spec,
  type ValueSpec,
  type VariableSpec,
} from "./schema.ts";
import { filled, type Part, partsOf, placeholdersIn } from "./text.ts";

export type Path = readonly (string | number)[];

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
  /** The label that it had before. */
  readonly formerLabel: string | undefined;
  readonly path: Path;
}

/** A former replica region, whose provider stays until its resources are gone. */
export interface RetiredPlace extends Place {
  /** Whether its keys stay in AWS and only leave Terraform's state. */
  readonly forget: boolean;
}

export interface NamedKey {
  readonly id: string;
  readonly spec: KeySpec;
  /** The key's replica regions, in the order of the spec's regions. */
  readonly replicas: readonly Place[];
  readonly path: Path;
  /** What the key is like in a place that it is in. */
  inRegion(place: Place): RegionalKey;
}

/** An alias of a key in a region. */
export interface KeyAlias {
  /** What follows the key's name in the name of the alias's resource; nothing for the one that `alias` says. */
  readonly suffix: string | undefined;
  /** The whole name, with `{region}` for the region's name. */
  readonly pattern: string;
  readonly path: Path;
}

/** What a key is like in one region, with every default: AWS copies none of it from the primary to the replicas. */
export interface RegionalKey {
  /** In the order of the spec, the one that `alias` says first. */
  readonly aliases: readonly KeyAlias[];
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** 7 to 30 days, or AWS's own. */
  readonly deletionWindowDays: number | undefined;
  readonly enabled: boolean;
  readonly protect: boolean;
  readonly policy: KeyPolicySpec | undefined;
  /** Whether AWS is to accept a policy that its author could not change again. */
  readonly bypassLockoutCheck: boolean;
}

export interface NamedSecret {
  readonly id: string;
  readonly spec: SecretSpec;
  /** The name in Secrets Manager, or what it begins with. */
  readonly name: string;
  /** Whether Terraform makes the name out of a prefix. */
  readonly isNamePrefix: boolean;
  /** `undefined` when no key is named and none is the obvious one, when the named one does not exist, or is AWS's own. */
  readonly key: NamedKey | undefined;
  /** Whether AWS's own key encrypts it, in every region. */
  readonly isOnAwsKey: boolean;
  readonly replicas: readonly Place[];
  /** Where the value comes from; `undefined` when something other than Terraform writes it. */
  readonly value: ValueSpec | undefined;
  readonly path: Path;
}

/** A variable that the spec declares. */
export interface NamedVariable {
  readonly name: string;
  readonly spec: VariableSpec;
  readonly type: "string" | "number" | "bool";
  readonly path: Path;
}

/** A kind of file. */
export type FileKind = keyof typeof DEFAULT_FILES;

/** The name of each kind of file that a spec may generate, in the order of the output; `undefined` for one that it may not. */
export type FileNames = Readonly<Record<FileKind, string | undefined>>;

/** Everything that a spec names. */
export interface Names {
  readonly spec: Spec;
  /** The policy documents that were read; none where the spec is in no folder. */
  readonly documents: PolicyDocuments;
  readonly files: FileNames;
  /** Where the primary keys are. */
  readonly primary: Place;
  readonly replicas: readonly Place[];
  /** The region of the provider without an alias and of the label `main`: labels and providers stay when the primary moves. */
  readonly home: Place;
  /** Where the primary secrets are. */
  readonly secretsPlace: Place;
  /** How far the move of the secrets to that place has come; no value is sent meanwhile. */
  readonly secretsStep: SecretsStep | undefined;
  /** Where the primary keys were before, until their promotion has been applied. */
  readonly promotedFrom: Place | undefined;
  readonly retired: readonly RetiredPlace[];
  readonly variables: readonly NamedVariable[];
  /** The keys that are created, or adopted. */
  readonly keys: readonly NamedKey[];
  /** The keys of other states, which are only read. */
  readonly existing: readonly NamedKey[];
  readonly secrets: readonly NamedSecret[];
}

/** Where the spec says nothing about keys, it has this one. */
export const DEFAULT_KEYS: Readonly<Record<string, KeySpec>> = { sm: {} };

/** What a secret names as its key for AWS's own, aws/secretsmanager. */
export const AWS_KEY = "aws";

const NO_DOCUMENTS: PolicyDocuments = new Map();

export function names(spec: Spec, documents = NO_DOCUMENTS): Names {
  const { primary, replicas, retired, secrets: secretsIn } = spec.regions;
  const homeRegion = spec.regions.home ?? primary.region;
  const primaryPlace = placeOf(primary, homeRegion, ["regions", "primary"]);
  const replicaPlaces = (replicas ?? []).map((one, index) => placeOf(one, homeRegion, ["regions", "replicas", index]));
  const retiredPlaces = (retired ?? []).map((region, index) => ({
    ...placeOf(region, undefined, ["regions", "retired", index]),
    forget: region.forget ?? false,
  }));
  const all = [primaryPlace, ...replicaPlaces];
  const placeIn = (region: string | undefined) => all.find((place) => place.region === region);
  const home = placeIn(homeRegion) ?? primaryPlace;
  const secretsPlace = placeIn(secretsIn?.region) ?? primaryPlace;
  const secretsStep = secretsIn?.step;
  const promotedFrom = placeIn(spec.regions.promoted_from?.region);
  const isLeft = leftRegions(spec, home, secretsPlace);
  const allKeys = sortedEntries(spec.keys ?? defaultKeys(spec)).map(([id, key]): NamedKey => {
    const path: Path = spec.keys === undefined ? [] : ["keys", id];
    return {
      id,
      spec: key,
      replicas: chosen(replicaPlaces, key.replicas),
      path,
      inRegion: (place) => keyInRegion(id, key, place, path),
    };
  });
  const keys = allKeys.filter((key) => !isExisting(key));
  const existing = allKeys.filter(isExisting);
  const keyOf = keyChooser(allKeys);
  const secrets = sortedEntries(spec.secrets ?? {}).map(([id, secret]): NamedSecret => {
    const key = keyOf(secret.key);
    const others = placesBesides(secretsPlace, primaryPlace, key?.replicas ?? replicaPlaces);
    const replicas = chosen(others, secret.replicas).filter(({ region }) => !isLeft(region));
    return {
      id,
      spec: secret,
      name: secret.name ?? secret.name_prefix ?? id,
      isNamePrefix: secret.name === undefined && secret.name_prefix !== undefined,
      key,
      isOnAwsKey: key === undefined && secret.key === AWS_KEY,
      replicas,
      value: secretsStep === undefined ? valueIn(id, secret) : undefined,
      path: ["secrets", id],
    };
  });
  const variables = sortedEntries(spec.variables ?? {}).map(
    ([name, variable]): NamedVariable => ({
      name,
      spec: variable,
      type: variable.type ?? "string",
      path: ["variables", name],
    }),
  );
  return {
    spec,
    documents,
    files: fileNames(spec),
    primary: primaryPlace,
    replicas: replicaPlaces,
    home,
    secretsPlace,
    secretsStep,
    promotedFrom,
    retired: retiredPlaces,
    variables,
    keys,
    existing,
    secrets,
  };
}

function fileNames({ files = {}, provider }: Spec): FileNames {
  const nameOf = (kind: FileKind) => files[kind] ?? DEFAULT_FILES[kind];
  return {
    // Where the folder has its own providers there is no file for them.
    provider: provider?.write === false ? undefined : nameOf("provider"),
    kms: nameOf("kms"),
    secrets: nameOf("secrets"),
    variables: nameOf("variables"),
    outputs: nameOf("outputs"),
  };
}

/** The file that an adoption writes: it is kept as long as the spec says that it is adopted, and goes with that. */
export const ADOPTED_FILE = "adopted.tf";

/** The names of all files that a spec may generate. */
export function outputPaths(files: FileNames): readonly string[] {
  return Object.values(files).filter((name) => name !== undefined);
}

/** No key is made for secrets that are all under AWS's own. */
function defaultKeys({ secrets }: Spec): Readonly<Record<string, KeySpec>> {
  const all = Object.values(secrets ?? {});
  return all.length > 0 && all.every(({ key }) => key === AWS_KEY) ? {} : DEFAULT_KEYS;
}

/** A region under its names; what the spec does not say depends on whether it is the home region. */
function placeOf(
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
    formerLabel: "renamed_from" in spec ? spec.renamed_from : undefined,
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

/**
 * The regions that are out of reach and that the secrets have left: copying them there would fail. A region that they have not
 * left keeps its copies, although it is out of reach.
 */
function leftRegions({ regions }: Spec, home: Place, secretsPlace: Place): (region: string) => boolean {
  const unreachable = new Set(regions.unreachable ?? []);
  const haveMoved = !secretsPlace.isPrimary && secretsPlace !== home;
  return (region) =>
    unreachable.has(region) &&
    (regions.secrets?.step !== undefined || (haveMoved && region === regions.primary.region));
}

/** The name of a key's resources in a region: `main_sm`. */
export function keyName(place: Place, key: NamedKey): string {
  return `${place.label}_${key.id}`;
}

/** A key's id in AWS, where the spec says it. */
export function keyIdOf({ id, spec }: NamedKey, named: Pick<Names, "spec">): string | undefined {
  return spec.id ?? named.spec.regions.promoted_from?.key_ids?.[id];
}

/** The places that a key is in, the primary first. */
export function keyPlaces({ replicas }: NamedKey, { primary }: Pick<Names, "primary">): readonly Place[] {
  return [primary, ...replicas];
}

/** The type of a key's resource in a place. */
export function keyType({ isPrimary }: Pick<Place, "isPrimary">, { spec }: Pick<NamedKey, "spec">): KeyType {
  if (isImported(spec)) return isPrimary ? "aws_kms_external_key" : "aws_kms_replica_external_key";
  return isPrimary ? "aws_kms_key" : "aws_kms_replica_key";
}

type KeyType = "aws_kms_key" | "aws_kms_replica_key" | "aws_kms_external_key" | "aws_kms_replica_external_key";

/** Whether the key material is imported by hand, so that KMS neither makes it nor copies it. */
export function isImported({ material }: KeySpec): boolean {
  return material === "imported";
}

/** Whether a key belongs to another state. */
export function isExisting({ spec }: NamedKey): boolean {
  return spec.existing !== undefined;
}

/** What by_region says of the place replaces what the key says for all; of tags only those of the same names. */
function keyInRegion(id: string, spec: KeySpec, place: Place, path: Path): RegionalKey {
  const own = regionalSettings(spec, place);
  const usual = spec.aliases === undefined && { name: regionalAlias(services[serviceOf(spec)].alias ?? id) };
  const alias = own.alias ?? spec.alias ?? usual;
  const policy = (own.policy ?? spec.policy) || undefined;
  return {
    aliases: [
      ...(alias === false
        ? []
        : [{ suffix: undefined, pattern: alias.name, path: settingPathOf(spec, path, place, "alias") }]),
      ...(spec.aliases ?? []).map(({ name }, index) => ({
        suffix: aliasSuffix(name),
        pattern: name,
        path: [...path, "aliases", index],
      })),
    ],
    description: own.description ?? descriptionIn(place, spec),
    tags: { ...spec.tags, ...own.tags },
    deletionWindowDays: own.deletion_window_days ?? spec.deletion_window_days,
    enabled: own.enabled ?? spec.enabled ?? true,
    protect: own.protect ?? spec.protect ?? true,
    policy,
    bypassLockoutCheck: policy?.bypass_policy_lockout_safety_check ?? false,
  };
}

function regionalSettings({ by_region }: KeySpec, { region }: Place): RegionalKeySpec {
  return by_region !== undefined && Object.hasOwn(by_region, region) ? by_region[region]! : {};
}

/** Where the spec says what a key has in a place: under by_region, or for all regions. */
export function settingPath({ spec, path }: NamedKey, place: Place, setting: keyof RegionalKeySpec): Path {
  return settingPathOf(spec, path, place, setting);
}

function settingPathOf(spec: KeySpec, path: Path, place: Place, setting: keyof RegionalKeySpec): Path {
  const isOwn = regionalSettings(spec, place)[setting] !== undefined;
  return isOwn ? [...path, "by_region", place.region, setting] : [...path, setting];
}

/** What tells an alias's resource from those of the key's other aliases: the short form of its name, or else the whole. */
function aliasSuffix(pattern: string): string {
  const short = pattern.startsWith(regionalAlias("")) ? pattern.slice(regionalAlias("").length) : pattern;
  return short.replace(/[{}]/g, "").replace(/[/.]/g, "_");
}

/** The name of the resource of a key's alias in a place. */
export function aliasResource(place: Place, key: NamedKey, { suffix }: KeyAlias): string {
  return suffix === undefined ? keyName(place, key) : `${keyName(place, key)}_${suffix}`;
}

/** The name of the resource of a grant in a place. */
export function grantResource(place: Place, key: NamedKey, grant: string): string {
  return `${keyName(place, key)}_${grant}`;
}

/** The grants of a key by name, in output order; every copy of the key has each of them. */
export function grantsOf({ spec }: NamedKey): readonly [string, GrantSpec][] {
  return sortedEntries(spec.grants ?? {});
}

/**
 * A replica's description names its region, as the reader of a key list in another region needs it; a text that speaks of the
 * region itself is left alone. Like a label, a description stays with its region when the primary moves: it would be a change
 * of every key.
 */
function descriptionIn({ region, isHome }: Place, spec: KeySpec): string {
  const { label } = services[serviceOf(spec)];
  const purpose = label === "" ? "" : ` for ${label}`;
  const usual = `Multi-region key${purpose}`;
  if (spec.description === "") return "";
  if (spec.description && spec.description !== usual) {
    const placeholders = placeholdersIn([spec.description]);
    const speaksOfRegion = placeholders.has("region") || placeholders.has("label");
    return isHome || speaksOfRegion ? spec.description : `${spec.description} (replica in ${region})`;
  }
  return isHome ? usual : `Multi-region replica key${purpose} in ${region}`;
}

/** The name of an alias in a place. */
export function aliasIn(place: Place, { pattern }: KeyAlias): readonly Part[] {
  return filled(partsOf(pattern), place);
}

/** The name of a secret, the same in all regions; the region in it is the first one, whatever is the primary today. */
export function nameIn({ home }: Pick<Names, "home">, { name }: NamedSecret): readonly Part[] {
  return filled(partsOf(name), home);
}

/** The accounts that the providers may change, where the spec itself says all of them; otherwise none. */
export function knownAccounts({ provider }: Spec): readonly string[] {
  const accounts = provider?.allowed_account_ids ?? [];
  const known = textsAmong(accounts).filter((account) => !account.includes("{"));
  return known.length === accounts.length ? known : [];
}

/** What a key is for when the spec does not say: Secrets Manager, unless the key cannot encrypt its secrets. */
export function serviceOf(spec: KeySpec): keyof typeof services {
  return (spec.service ?? (isSymmetric(spec) ? "secretsmanager" : "none")) as keyof typeof services;
}

/** What a key's usage and kind of material are when the spec says nothing: the ones that Secrets Manager needs. */
export function materialOf({ usage, spec }: KeySpec): {
  readonly usage: KeyUsage;
  readonly spec: string;
} {
  const use = usage ?? "encrypt";
  return { usage: use, spec: spec ?? USUAL_SPECS[use] };
}

const USUAL_SPECS: Readonly<Record<KeyUsage, string>> = {
  encrypt: "SYMMETRIC_DEFAULT",
  sign: "ECC_NIST_P256",
  mac: "HMAC_256",
  agree: "ECC_NIST_P256",
};

/** Secrets Manager, as all services, encrypts with symmetric encryption keys only. */
export function isSymmetric(spec: KeySpec): boolean {
  return materialOf(spec).spec === "SYMMETRIC_DEFAULT";
}

/** KMS rotates symmetric encryption keys whose material it has made itself (AWS KMS: EnableKeyRotation). */
export function isRotatable(spec: KeySpec): boolean {
  return isSymmetric(spec) && !isImported(spec);
}

/** Where a secret's value comes from; a rotated secret gets it from its rotation, an adopted one has it already. */
function valueIn(id: string, { value, rotation, import: adopted }: SecretSpec): ValueSpec | undefined {
  const source = value ?? (rotation || adopted ? "external" : "variable");
  if (source === "external") return undefined;
  return source === "variable" ? { variable: `${id}_secret_string` } : source;
}

/**
 * Entries by key in code unit order: the output does not depend on the order in which a spec is written, nor on a locale.
 */
export function sortedEntries<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** The places that a list of regions, or `all`, chooses among `places`, in the order of `places`. */
function chosen(places: readonly Place[], regions: "all" | readonly string[] = "all"): readonly Place[] {
  if (regions === "all") return places;
  return places.filter(({ region }) => regions.includes(region));
}

function keyChooser(keys: readonly NamedKey[]): (id: string | undefined) => NamedKey | undefined {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const forSecrets = keys.filter(({ spec }) => serviceOf(spec) === "secretsmanager");
  const obvious = keys.length === 1 ? keys[0] : forSecrets.length === 1 ? forSecrets[0] : undefined;
  return (id) => (id === undefined ? obvious : byId.get(id));
}
