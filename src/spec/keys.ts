/** Decides what the keys of a spec are like and what their resources are called, in every region that they are in. */

import { type Service, services } from "../aws/services.ts";
import { type Path, sortedEntries } from "./path.ts";
import type { Place } from "./places.ts";
import {
  type GrantSpec,
  type KeyPolicySpec,
  type KeySpec,
  type KeyUsage,
  type RegionalKeySpec,
  regionalAlias,
} from "./schema.ts";
import { filled, type Part, partsOf, placeholdersIn } from "./text.ts";

export interface NamedKey {
  readonly id: string;
  readonly spec: KeySpec;
  /** The key's replica regions, in the order of the spec's regions. */
  readonly replicas: readonly Place[];
  readonly path: Path;
  /** The services that use it for what the spec has under it, whatever it is for. */
  readonly usedBy: readonly ServiceName[];
  /** Its policy where by_region says nothing else: the spec's, or the one that it needs for what is under it. */
  readonly policy: KeyPolicySpec | undefined;
  /** What the key is like in a place that it is in. */
  inRegion(place: Place): RegionalKey;
}

export type ServiceName = keyof typeof services;

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
  /** By name, in output order. */
  readonly grants: readonly [string, GrantSpec][];
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** 7 to 30 days, or AWS's own. */
  readonly deletionWindowDays: number | undefined;
  readonly enabled: boolean;
  readonly protect: boolean;
  /** Whether EBS encrypts new volumes with it by default. */
  readonly defaultForEbs: boolean;
  readonly policy: KeyPolicySpec | undefined;
  /** Whether AWS is to accept a policy that its author could not change again. */
  readonly bypassLockoutCheck: boolean;
}

/** The name of a key's resources in a region: `main_sm`. */
export function keyName(place: Place, key: NamedKey): string {
  return `${place.label}_${key.id}`;
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
export function keyInRegion(id: string, spec: KeySpec, place: Place, path: Path): RegionalKey {
  const own = regionalSettings(spec, place);
  const usual = spec.aliases === undefined && { name: regionalAlias(services[serviceOf(spec)].alias ?? id) };
  const alias = own.alias ?? spec.alias ?? usual;
  const policy = (own.policy ?? spec.policy) || undefined;
  return {
    aliases: [
      ...(alias === false
        ? []
        : [{ suffix: undefined, pattern: alias.name, path: settingPathOf(spec, path, place, "alias") }]),
      ...(own.aliases ?? spec.aliases ?? []).map(({ name }, index) => ({
        suffix: aliasSuffix(name),
        pattern: name,
        path: [...settingPathOf(spec, path, place, "aliases"), index],
      })),
    ],
    grants: own.grants === false ? [] : grantsOf({ spec }),
    description: own.description ?? descriptionIn(place, spec),
    tags: { ...spec.tags, ...own.tags },
    deletionWindowDays: own.deletion_window_days ?? spec.deletion_window_days,
    enabled: own.enabled ?? spec.enabled ?? true,
    protect: own.protect ?? spec.protect ?? true,
    defaultForEbs: own.default_for_ebs ?? spec.default_for_ebs ?? false,
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
export function aliasSuffix(pattern: string): string {
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

/** The grants of a key by name, in output order, whatever regions have them. */
export function grantsOf({ spec }: Pick<NamedKey, "spec">): readonly [string, GrantSpec][] {
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

/** Whether a key is the default of EBS in some region. */
export function isDefaultForEbs(spec: KeySpec): boolean {
  return [spec, ...Object.values(spec.by_region ?? {})].some((one) => one.default_for_ebs);
}

/**
 * The policy of a key whose spec has none: a service that uses the key itself, and not as its caller, needs to be allowed to by the
 * policy. AWS's default policy leaves everything to IAM, which has no say over services.
 */
export function neededPolicy(users: readonly ServiceName[]): KeyPolicySpec | undefined {
  const alone = users.filter((name) => usesKeyItself(services[name]));
  return alone.length === 0 ? undefined : { services: [...alone] };
}

export function usesKeyItself({ statements }: Service): boolean {
  return statements.some(({ service }) => service !== undefined);
}

/** Finds the key that a thing names, or the obvious one: the only key, or the only one for its service. */
export function keyChooser<Key extends Pick<NamedKey, "id" | "spec">>(
  keys: readonly Key[],
  service: ServiceName,
): (id: string | undefined) => Key | undefined {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const forService = keys.filter(({ spec }) => serviceOf(spec) === service);
  const obvious = keys.length === 1 ? keys[0] : forService.length === 1 ? forService[0] : undefined;
  return (id) => (id === undefined ? obvious : byId.get(id));
}
