/**
 * Sorts out what a state holds: its resources go in; multi-Region keys with their replicas, aliases and grants, and secrets with
 * what belongs to them, come out, each with what it is encrypted by. What cannot be adopted is named with the reason.
 */

import type { Attributes, State, StateResource } from "../terraform/state.ts";

/** A multi-Region key with everything that the state has of it. */
export interface FoundKey {
  /** mrk-… */
  readonly id: string;
  readonly isImported: boolean;
  readonly primary: Regional;
  readonly replicas: readonly Regional[];
}

/** A key in one region. */
export interface Regional {
  readonly region: string;
  readonly resource: StateResource;
  /** The aliases that point to it there, in the order of their names. */
  readonly aliases: readonly StateResource[];
  readonly grants: readonly StateResource[];
}

export interface FoundSecret {
  readonly resource: StateResource;
  readonly region: string;
  readonly name: string;
  readonly key: KeyOfSecret;
  readonly reference: "id" | "arn";
  readonly replicas: readonly string[];
  readonly versions: readonly StateResource[];
  readonly rotation: StateResource | undefined;
  readonly policies: readonly StateResource[];
}

/** What encrypts a secret: an adopted key, by its id; a key that is not in this state, as it is named; or AWS's own. */
export type KeyOfSecret =
  | { readonly kind: "adopted"; readonly id: string }
  | { readonly kind: "elsewhere"; readonly name: string }
  | { readonly kind: "aws" };

/** Something that stays as it is, in the user's own files. */
export interface LeftAlone {
  readonly address: string;
  readonly reason: string;
}

export interface Inventory {
  /** The region of the primary keys, and of the secrets where there are no keys. */
  readonly primary: string;
  /** The region of the primary secrets. */
  readonly secretsIn: string;
  /** The other regions that something is in, in alphabetical order. */
  readonly replicas: readonly string[];
  readonly keys: readonly FoundKey[];
  readonly secrets: readonly FoundSecret[];
  /** Policies of adopted keys that are resources of their own; the keys hold them from now on. */
  readonly keyPolicies: readonly StateResource[];
  readonly leftAlone: readonly LeftAlone[];
}

/** Why resources are not to be adopted, by address, beyond what is found here. */
type Excluded = ReadonlyMap<string, string>;

/** Nothing can be adopted, for these reasons. */
export interface Nothing {
  readonly leftAlone: readonly LeftAlone[];
}

/** What of a state can be adopted. */
export function inventoryOf({ resources }: State, excluded: Excluded = new Map()): Inventory | Nothing {
  const leftAlone: LeftAlone[] = [];
  const leave = ({ address }: StateResource, reason: string) => leftAlone.push({ address, reason });
  const shown = resources.filter((resource) => {
    if (resource.sensitive.length > 0) {
      leave(resource, `its ${resource.sensitive.join(" and ")} is marked as sensitive, and a spec would show it`);
    }
    return resource.sensitive.length === 0;
  });
  const hiddenReplicas = new Set(resources.filter((one) => one.sensitive.length > 0 && isReplica(one)).map(idOf));
  const byType = groupedBy(shown, ({ type }) => type);
  const of = (type: string) => byType.get(type) ?? [];
  const isLeft = (resource: StateResource, found: string | undefined) => {
    const reason = excluded.get(resource.address) ?? found;
    if (reason !== undefined) leave(resource, reason);
    return reason !== undefined;
  };

  const primaries = [...of("aws_kms_key"), ...of("aws_kms_external_key")].filter(
    (resource) => !isLeft(resource, reasonAgainstKey(resource, hiddenReplicas)),
  );
  const wanted = mostFrequent((primaries.length > 0 ? primaries : of("aws_secretsmanager_secret")).map(regionOf));
  if (wanted === undefined) return { leftAlone };
  const here = new Set(of("aws_kms_key").map(idOf));
  const allReplicas = [...of("aws_kms_replica_key"), ...of("aws_kms_replica_external_key")];
  const replicasOf = groupedBy(allReplicas, idOf);
  const aliasesOf = groupedBy(
    of("aws_kms_alias"),
    (alias) => `${lastPart(text(alias, "target_key_id"))}@${regionOf(alias)}`,
  );
  const grantsOf = groupedBy(of("aws_kms_grant"), (grant) => lastPart(text(grant, "key_id")));
  const keys = primaries.flatMap((resource): FoundKey[] => {
    if (regionOf(resource) !== wanted) {
      leave(resource, `its primary region is ${regionOf(resource)}; a spec has one primary region, here ${wanted}`);
      return [];
    }
    const id = idOf(resource);
    const replicas = inOrder(replicasOf.get(id) ?? [], regionOf);
    const grants = groupedBy(grantsOf.get(id) ?? [], (grant) => regionOfGrant(grant, resource, replicas) ?? "");
    for (const grant of grants.get("") ?? []) leave(grant, "the state does not say which region it is in");
    const regional = (one: StateResource): Regional => {
      const region = regionOf(one);
      const aliases = inOrder(aliasesOf.get(`${id}@${region}`) ?? [], (alias) => text(alias, "name"));
      return { region, resource: one, aliases, grants: grants.get(region) ?? [] };
    };
    const isImported = resource.type === "aws_kms_external_key";
    return [{ id, isImported, primary: regional(resource), replicas: replicas.map(regional) }];
  });
  const adopted = new Map(keys.map((key) => [key.id, key]));
  for (const resource of allReplicas)
    if (!adopted.has(idOf(resource))) leave(resource, "its primary key is not adopted");
  const placeOf = new Set(
    keys.flatMap(({ id, primary, replicas }) => [primary, ...replicas].map(({ region }) => `${id}@${region}`)),
  );
  for (const alias of of("aws_kms_alias")) {
    if (!placeOf.has(`${lastPart(text(alias, "target_key_id"))}@${regionOf(alias)}`))
      leave(alias, "its key is not adopted");
  }
  for (const grant of of("aws_kms_grant")) {
    if (!adopted.has(lastPart(text(grant, "key_id")))) leave(grant, "its key is not adopted");
  }

  const allSecrets = of("aws_secretsmanager_secret");
  const everywhere = new Set([wanted, ...keys.flatMap(({ replicas }) => replicas.map(({ region }) => region))]);
  const secretsIn = mostFrequent(
    allSecrets.map(regionOf).filter((region) => keys.length === 0 || everywhere.has(region)),
  );
  const primaryOfSecrets = secretsIn ?? wanted;
  const bySecret = (type: string, attribute: string) => groupedBy(of(type), (one) => text(one, attribute));
  const versions = bySecret("aws_secretsmanager_secret_version", "secret_id");
  const rotations = bySecret("aws_secretsmanager_secret_rotation", "secret_id");
  const policies = bySecret("aws_secretsmanager_secret_policy", "secret_arn");
  const secrets = allSecrets.flatMap((resource): FoundSecret[] => {
    const found = secretIn(resource, primaryOfSecrets, adopted, here);
    if (isLeft(resource, typeof found === "string" ? found : undefined) || typeof found === "string") return [];
    const arn = text(resource, "arn");
    const [rotation] = rotations.get(arn) ?? [];
    return [{ ...found, versions: versions.get(arn) ?? [], rotation, policies: policies.get(arn) ?? [] }];
  });
  if (keys.length === 0 && secrets.length === 0) return { leftAlone };
  const regions = new Set([...everywhere, primaryOfSecrets, ...secrets.flatMap(({ replicas }) => replicas)]);
  regions.delete(wanted);
  const keyPolicies = of("aws_kms_key_policy").filter((policy) => adopted.has(lastPart(text(policy, "key_id"))));
  return {
    primary: wanted,
    secretsIn: secrets.length === 0 ? wanted : primaryOfSecrets,
    replicas: [...regions].sort(),
    keys,
    secrets,
    keyPolicies,
    leftAlone,
  };
}

/** Why a key is not one that a spec can describe. */
function reasonAgainstKey(resource: StateResource, hiddenReplicas: ReadonlySet<string>): string | undefined {
  const { values } = resource;
  if (values.multi_region !== true) return "it is no multi-Region key";
  if (values.custom_key_store_id || values.xks_key_id) return "it is in a custom key store";
  if (hiddenReplicas.has(idOf(resource))) return "a replica of it has a sensitive attribute";
  return undefined;
}

/**
 * The region of a grant. Provider 5 has no attribute for it; then the keys that the grant depends on tell: every replica key
 * depends on the primary too.
 */
function regionOfGrant(
  grant: StateResource,
  primary: StateResource,
  replicas: readonly StateResource[],
): string | undefined {
  const given = text(grant, "region");
  if (given !== "") return given;
  if (replicas.length === 0) return regionOf(primary);
  const needed = new Set(grant.dependsOn);
  const reached = replicas.filter((replica) => needed.has(withoutIndex(replica.address)));
  const same = reached.length > 1 ? reached.filter(({ index }) => index === grant.index) : reached;
  if (same.length > 1 || (reached.length > 1 && same.length === 0)) return undefined;
  const [replica] = same;
  if (replica !== undefined) return regionOf(replica);
  return needed.has(withoutIndex(primary.address)) ? regionOf(primary) : undefined;
}

/** The secret with its key and its replicas, or why it cannot be adopted. */
function secretIn(
  resource: StateResource,
  primary: string,
  keys: ReadonlyMap<string, FoundKey>,
  here: ReadonlySet<string>,
): Pick<FoundSecret, "resource" | "region" | "name" | "key" | "reference" | "replicas"> | string {
  const region = regionOf(resource);
  if (region !== primary) return `it is in ${region}; a spec has one region for primary secrets, here ${primary}`;
  const given = text(resource, "kms_key_id");
  const id = lastPart(given);
  const isAws = given === "" || given.endsWith("alias/aws/secretsmanager");
  const key = keys.get(id);
  const isElsewhere = !isAws && key === undefined;
  if (isElsewhere && here.has(id)) return `the key ${id} that encrypts it is not adopted`;
  if (isElsewhere && !KEY_ID.test(id)) return `it names its key as ${given}, and a spec names keys by id or ARN`;
  const replicas = (Array.isArray(resource.values.replica) ? resource.values.replica : []) as readonly Attributes[];
  for (const { region: where, kms_key_id: under } of replicas) {
    const other = lastPart(String(under ?? ""));
    const isOwn = isAws ? other === "" || other === "secretsmanager" : other === id;
    if (!isOwn) return `its replica in ${where} is under another key`;
    if (key !== undefined && ![key.primary, ...key.replicas].some((one) => one.region === where)) {
      return `it has a replica in ${where}, where its key is not in this state`;
    }
  }
  if (key !== undefined && ![key.primary, ...key.replicas].some((one) => one.region === region)) {
    return `it is in ${region}, where its key is not in this state`;
  }
  return {
    resource,
    region,
    name: text(resource, "name"),
    key: isAws ? { kind: "aws" } : key === undefined ? { kind: "elsewhere", name: given } : { kind: "adopted", id },
    reference: given.startsWith("arn:") ? "arn" : "id",
    replicas: replicas.map((replica) => String(replica.region)).sort(),
  };
}

const KEY_ID = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function isReplica({ type }: StateResource): boolean {
  return type === "aws_kms_replica_key" || type === "aws_kms_replica_external_key";
}

/** The region of a resource, as its ARN says it. */
export function regionOf({ values }: StateResource): string {
  return String(values.arn ?? "").split(":")[3] || String(values.region ?? "");
}

/** The id of a key; one with imported material has it as the resource's own id alone. */
function idOf(resource: StateResource): string {
  return text(resource, "key_id") || text(resource, "id");
}

export function text({ values }: StateResource, attribute: string): string {
  const value = values[attribute];
  return typeof value === "string" ? value : "";
}

/** An address as blocks declare it, without instance keys of the resource and of its modules. */
export function withoutIndex(address: string): string {
  return address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "");
}

/** The id in an ARN, or what there is. */
export function lastPart(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

function inOrder<T>(some: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return some.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function groupedBy(
  resources: readonly StateResource[],
  keyOf: (resource: StateResource) => string,
): Map<string, StateResource[]> {
  const groups = new Map<string, StateResource[]>();
  for (const resource of resources) {
    const key = keyOf(resource);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [resource]);
    else group.push(resource);
  }
  return groups;
}

/** The most frequent of some names, of several the first in the alphabet. */
function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))[0]?.[0];
}
