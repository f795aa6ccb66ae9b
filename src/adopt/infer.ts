/**
 * Writes the spec for what was found: an inventory and what the folder's own files say go in; the data of a spec comes out, with
 * where each resource of the state is to be found from then on. It invents nothing: what a spec cannot say is named.
 */

import { has, lowerBound } from "../spec/versions.ts";
import type { Attributes, StateResource } from "../terraform/state.ts";
import { type FoundKey, type FoundSecret, type Inventory, type LeftAlone, type Regional, text } from "./inventory.ts";
import { policyOf } from "./policy.ts";

/** What the user's own Terraform files in the folder say. */
export interface Surroundings {
  /** The alias of each region's provider; empty for the provider without one. */
  readonly providers: ReadonlyMap<string, string>;
  /** Whether the folder configures its providers itself. */
  readonly hasProviders: boolean;
  readonly requiredVersion: string | undefined;
  readonly awsProvider: string | undefined;
  /** The file names that are taken. */
  readonly files: ReadonlySet<string>;
}

/** A resource that goes on under another address. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

export interface Adoption {
  /** A spec as plain data, in the order in which it reads best. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly moves: readonly Move[];
  /** Addresses that leave the state and stay in AWS, without instance keys. */
  readonly forgotten: readonly string[];
  readonly leftAlone: readonly LeftAlone[];
  /** The resources of each region that go on, by the address that they have then. */
  readonly adopted: ReadonlyMap<string, StateResource>;
  /** The identifier of each key in the spec, by its id in AWS. */
  readonly ids: ReadonlyMap<string, string>;
}

/** The names of the files that the generator writes, by kind. */
const FILES = { provider: "provider.tf", kms: "kms.tf", secrets: "secrets.tf" } as const;

/** `taken` are addresses that something else has, which no adopted resource may get; `labelOf` names a region. */
export function infer(
  inventory: Inventory,
  surroundings: Surroundings,
  taken: ReadonlySet<string>,
  labelOf: (region: string) => string,
): Adoption {
  const { primary, replicas, keys, secrets } = inventory;
  const leftAlone: LeftAlone[] = [...inventory.leftAlone];
  const ids = new Map<string, string>();
  const adopted = new Map<string, StateResource>();
  const forgotten = new Set<string>();
  const adopt = (address: string, resource: StateResource) => adopted.set(address, resource);
  const label = (region: string) => (region === primary ? "main" : labelOf(region));
  const isFree = (addresses: readonly string[]) => addresses.every((address) => !taken.has(address));

  const keyData: Record<string, unknown> = {};
  for (const key of keys) {
    const places = [key.primary, ...key.replicas];
    const addressesAs = (id: string) =>
      places.flatMap(({ region, resource }) => [
        `${resource.type}.${label(region)}_${id}`,
        `aws_kms_alias.${label(region)}_${id}`,
      ]);
    const id = unique(identifierOfKey(key), (one) => !Object.hasOwn(keyData, one) && isFree(addressesAs(one)));
    ids.set(key.id, id);
    keyData[id] = keySpec(key, replicas);
    for (const { region, resource, aliases } of places) {
      adopt(`${resource.type}.${label(region)}_${id}`, resource);
      const [first, ...more] = aliases;
      if (first !== undefined) adopt(`aws_kms_alias.${label(region)}_${id}`, first);
      for (const alias of more) leftAlone.push({ address: alias.address, reason: "it is a second alias of its key" });
    }
  }

  for (const { address } of inventory.keyPolicies) forgotten.add(withoutIndex(address));

  const secretData: Record<string, unknown> = {};
  for (const secret of secrets) {
    const addressesAs = (id: string) => [`aws_secretsmanager_secret.${id}`, `aws_secretsmanager_secret_rotation.${id}`];
    const id = unique(identifierOfSecret(secret), (one) => !Object.hasOwn(secretData, one) && isFree(addressesAs(one)));
    const everywhere = ids.has(secret.key) ? keys.find(({ id: key }) => key === secret.key)!.replicas : undefined;
    secretData[id] = secretSpec(
      secret,
      ids.get(secret.key) ?? "aws",
      everywhere?.map(({ region }) => region) ?? replicas,
    );
    adopt(`aws_secretsmanager_secret.${id}`, secret.resource);
    if (secret.rotation !== undefined) adopt(`aws_secretsmanager_secret_rotation.${id}`, secret.rotation);
    for (const { address } of secret.versions) forgotten.add(withoutIndex(address));
    for (const { address } of secret.policies) {
      leftAlone.push({ address, reason: "the policy of a secret stays in your files: point it to the new address" });
    }
  }

  const data = {
    version: 1,
    adopted: true,
    regions: regionsOf(inventory, surroundings),
    ...terraformOf(surroundings),
    ...providerOf(inventory, surroundings),
    ...filesOf(surroundings),
    keys: keyData,
    ...(secrets.length === 0 ? {} : { secrets: secretData }),
  };
  const moves = [...adopted].flatMap(([to, { address: from }]) => (from === to ? [] : [{ from, to }]));
  return { data, moves, forgotten: [...forgotten], leftAlone, adopted, ids };
}

function regionsOf(inventory: Inventory, surroundings: Surroundings): object {
  const { primary, replicas } = inventory;
  const hasAliases = surroundings.hasProviders && !isPlacedByRegion(inventory, surroundings);
  const alias = (region: string) => (hasAliases ? surroundings.providers.get(region) : undefined);
  const own = alias(primary);
  return {
    primary: own ? { region: primary, provider_alias: own } : primary,
    replicas: replicas.map((region) => {
      const other = alias(region);
      return other ? { region, provider_alias: other } : region;
    }),
  };
}

/** The replica regions that no provider of the folder is for. */
export function regionsWithoutProvider(
  { replicas }: Inventory,
  { providers, hasProviders }: Surroundings,
): readonly string[] {
  return hasProviders ? replicas.filter((region) => !providers.get(region)) : [];
}

/** Where things are placed by their region argument, as AWS provider 6 has it, one provider is enough. */
function isPlacedByRegion(inventory: Inventory, surroundings: Surroundings): boolean {
  const { awsProvider } = surroundings;
  const isNew =
    awsProvider !== undefined && has({ terraform: [1, 7, 0], aws: lowerBound(awsProvider) }, "regionArgument");
  return isNew && regionsWithoutProvider(inventory, surroundings).length > 0;
}

function providerOf(inventory: Inventory, surroundings: Surroundings): object {
  const provider = {
    ...(isPlacedByRegion(inventory, surroundings) ? { placement: "region" } : {}),
    ...(surroundings.hasProviders ? { write: false } : {}),
  };
  return Object.keys(provider).length === 0 ? {} : { provider };
}

function terraformOf({ requiredVersion, awsProvider }: Surroundings): object {
  const versions = {
    ...(requiredVersion === undefined ? {} : { required_version: requiredVersion }),
    ...(awsProvider === undefined ? {} : { aws_provider: awsProvider }),
  };
  return Object.keys(versions).length === 0 ? {} : { terraform: versions };
}

/** Other names for those files whose usual name the folder's own files have. */
function filesOf({ files, hasProviders }: Surroundings): object {
  const renamed = Object.entries(FILES).flatMap(([kind, name]) => {
    if (!files.has(name) || (kind === "provider" && hasProviders)) return [];
    return [[kind, unique(`mrk-${name}`, (one) => !files.has(one))] as const];
  });
  return renamed.length === 0 ? {} : { files: Object.fromEntries(renamed) };
}

function keySpec({ primary, replicas }: FoundKey, regions: readonly string[]): object {
  const { values } = primary.resource;
  const usage = { SIGN_VERIFY: "sign", GENERATE_VERIFY_MAC: "mac" }[String(values.key_usage)];
  const material = String(values.customer_master_key_spec ?? "SYMMETRIC_DEFAULT");
  const isSymmetric = material === "SYMMETRIC_DEFAULT";
  const period = values.rotation_period_in_days;
  const places = [primary, ...replicas];
  const inAll = commonTags(places.map(({ resource }) => tagsOf(resource)));
  const policy = policyOf(values.policy);
  const window = windowOf(primary);
  return {
    service: "none",
    description: verbatim(text(primary.resource, "description")),
    alias: aliasOf(primary),
    ...(replicas.length === regions.length ? {} : { replicas: replicas.map(({ region }) => region) }),
    ...(usage === undefined ? {} : { usage }),
    ...(isSymmetric ? {} : { spec: material }),
    ...(isSymmetric
      ? { rotation: rotationOf(values.enable_key_rotation === true, typeof period === "number" ? period : undefined) }
      : {}),
    ...(window === undefined ? {} : { deletion_window_days: window }),
    ...(isEnabled(primary) ? {} : { enabled: false }),
    ...(policy === undefined ? {} : { policy }),
    ...(Object.keys(inAll).length === 0 ? {} : { tags: inAll }),
    ...byRegion(places, inAll),
  };
}

function rotationOf(isOn: boolean, period: number | undefined): unknown {
  return isOn && period !== undefined && period !== 365 ? { period_days: period } : isOn;
}

/** What a region has otherwise than the primary: its tags beyond the common ones, and everything else where it differs. */
function byRegion([primary, ...replicas]: readonly Regional[], inAll: Readonly<Record<string, string>>): object {
  const first = primary!;
  const rows = [first, ...replicas].flatMap((place) => {
    const tags = Object.fromEntries(
      Object.entries(tagsOf(place.resource)).filter(([name]) => !Object.hasOwn(inAll, name)),
    );
    const isPrimary = place === first;
    const description = verbatim(text(place.resource, "description"));
    const alias = aliasOf(place);
    const policy = policyOf(place.resource.values.policy);
    const window = windowOf(place);
    const row = {
      // A replica has a description of its own in any case: by default it is made of the primary's.
      ...(isPrimary ? {} : { description }),
      ...(isPrimary || same(alias, aliasOf(first)) ? {} : { alias }),
      ...(isPrimary || window === windowOf(first) || window === undefined ? {} : { deletion_window_days: window }),
      ...(isPrimary || isEnabled(place) === isEnabled(first) ? {} : { enabled: isEnabled(place) }),
      ...(isPrimary || same(policy, policyOf(first.resource.values.policy)) ? {} : { policy: policy ?? false }),
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
    };
    return Object.keys(row).length === 0 ? [] : [[place.region, row] as const];
  });
  return rows.length === 0 ? {} : { by_region: Object.fromEntries(rows) };
}

function aliasOf({ region, aliases: [first] }: Regional): unknown {
  return first === undefined ? false : { name: text(first, "name").replaceAll(region, "{region}") };
}

function windowOf({ resource: { values } }: Regional): number | undefined {
  const days = values.deletion_window_in_days;
  return typeof days === "number" && days > 0 ? days : undefined;
}

function isEnabled({ resource: { values } }: Regional): boolean {
  return (values.is_enabled ?? values.enabled) !== false;
}

/** A text in which no brace is one of a placeholder. */
function verbatim(text: string): string {
  return text.replace(/[{}]/g, "$&$&");
}

function tagsOf({ values }: StateResource): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values.tags ?? {}).map(([name, value]) => [name, verbatim(String(value))]));
}

function commonTags([first = {}, ...others]: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((tags) => tags[name] === value)),
  );
}

function secretSpec(secret: FoundSecret, key: string, everywhere: readonly string[]): object {
  const { resource, reference, replicas, rotation } = secret;
  const { values } = resource;
  const window = values.recovery_window_in_days;
  const tags = tagsOf(resource);
  return {
    name: secret.name,
    ...(text(resource, "description") === "" ? {} : { description: verbatim(text(resource, "description")) }),
    key,
    ...(reference === "arn" ? { key_reference: "arn" } : {}),
    ...(same(replicas, [...everywhere].sort()) ? {} : { replicas }),
    value: "external",
    ...(typeof window === "number" && window !== 30 ? { recovery_window_days: window } : {}),
    ...(values.force_overwrite_replica_secret === true ? { overwrite_replica: true } : {}),
    ...(rotation === undefined ? {} : { rotation: rotationSpec(rotation.values) }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

function rotationSpec(values: Attributes): object {
  const [rules = {}] = (Array.isArray(values.rotation_rules) ? values.rotation_rules : []) as readonly Attributes[];
  const { automatically_after_days: days, schedule_expression: schedule, duration } = rules;
  return {
    ...(values.rotation_lambda_arn ? { lambda_arn: values.rotation_lambda_arn } : {}),
    ...(schedule ? { schedule } : { every_days: days }),
    ...(duration ? { duration } : {}),
    ...(values.rotate_immediately === false ? { immediately: false } : {}),
  };
}

/** What people call a key: the last part of its alias, or else the resource, or the module that it is in. */
function identifierOfKey({ primary: { region, resource, aliases } }: FoundKey): string {
  const [alias] = aliases;
  if (alias !== undefined) {
    const last = text(alias, "name")
      .replace(/^alias\//, "")
      .replaceAll(region, "")
      .split("/")
      .findLast((part) => part !== "");
    if (last !== undefined) return identifier(last);
  }
  return identifier(givenName(resource));
}

function identifierOfSecret({ resource, name }: FoundSecret): string {
  const given = givenName(resource);
  return identifier(resource.index === undefined && !COMMON_NAMES.has(given) ? given : name);
}

/** Names that say nothing, as resources in modules have them. */
const COMMON_NAMES = new Set(["this", "main", "default", "key", "secret", "replica", "primary"]);

function givenName({ name, module }: StateResource): string {
  const call = /module\.([\w-]+)(?:\[[^[]*\])?$/.exec(module)?.[1];
  return COMMON_NAMES.has(name) && call !== undefined ? call : name;
}

function identifier(text: string): string {
  const clean = text
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
  return /^[a-z_]/.test(clean) ? clean : `k_${clean}`;
}

/** The name, or the name with the first number from 2 on, that suits. */
function unique(name: string, suits: (name: string) => boolean): string {
  if (suits(name)) return name;
  for (let number = 2; ; number += 1) if (suits(`${name}_${number}`)) return `${name}_${number}`;
}

/** `removed` takes an address without instance keys (Terraform 1.7 to 1.16), of a resource and of its modules. */
function withoutIndex(address: string): string {
  return address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "");
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
