/**
 * Sorts out what a state holds: its resources go in; multi-Region keys with their replicas and aliases, and secrets with what
 * belongs to them, come out, each with what it is encrypted by. What cannot be adopted is named with the reason.
 */

import type { Attributes, State, StateResource } from "../terraform/state.ts";

/** A multi-Region key with everything that the state has of it. */
export interface FoundKey {
  /** mrk-… */
  readonly id: string;
  readonly primary: Regional;
  readonly replicas: readonly Regional[];
}

/** A key in one region. */
export interface Regional {
  readonly region: string;
  readonly resource: StateResource;
  /** The aliases that point to it there, in the order of their names. */
  readonly aliases: readonly StateResource[];
}

export interface FoundSecret {
  readonly resource: StateResource;
  readonly region: string;
  readonly name: string;
  /** The key's id, or `aws` for AWS's own key. */
  readonly key: string;
  readonly reference: "id" | "arn";
  readonly replicas: readonly string[];
  readonly versions: readonly StateResource[];
  readonly rotation: StateResource | undefined;
  readonly policies: readonly StateResource[];
}

/** Something that stays as it is, in the user's own files. */
export interface LeftAlone {
  readonly address: string;
  readonly reason: string;
}

export interface Inventory {
  /** The region of the primary keys and secrets. */
  readonly primary: string;
  /** The other regions that something is in, in alphabetical order. */
  readonly replicas: readonly string[];
  readonly keys: readonly FoundKey[];
  readonly secrets: readonly FoundSecret[];
  /** Policies of adopted keys that are resources of their own; the keys hold them from now on. */
  readonly keyPolicies: readonly StateResource[];
  readonly leftAlone: readonly LeftAlone[];
}

/** What of a state can be adopted; `undefined` where there is nothing. */
export function inventoryOf({ resources }: State): Inventory | undefined {
  const leftAlone: LeftAlone[] = [];
  const leave = ({ address }: StateResource, reason: string) => leftAlone.push({ address, reason });
  const of = (type: string) => resources.filter((resource) => resource.type === type);

  const primaries = of("aws_kms_key").filter((resource) => {
    const reason = reasonAgainstKey(resource.values);
    if (reason !== undefined) leave(resource, reason);
    return reason === undefined;
  });
  for (const type of ["aws_kms_external_key", "aws_kms_replica_external_key"]) {
    for (const resource of of(type)) leave(resource, "its key material was imported");
  }
  const wanted = mostFrequent([...primaries, ...of("aws_secretsmanager_secret")].map(regionOf));
  if (wanted === undefined) return undefined;
  const aliasesOf = groupedBy(
    of("aws_kms_alias"),
    (alias) => `${lastPart(text(alias, "target_key_id"))}@${regionOf(alias)}`,
  );
  const replicasOf = groupedBy(of("aws_kms_replica_key"), (resource) => text(resource, "key_id"));
  const regional = (resource: StateResource): Regional => {
    const region = regionOf(resource);
    const aliases = aliasesOf.get(`${text(resource, "key_id")}@${region}`) ?? [];
    return {
      region,
      resource,
      aliases: aliases.toSorted((one, other) => (text(one, "name") < text(other, "name") ? -1 : 1)),
    };
  };
  const keys = primaries.flatMap((resource): FoundKey[] => {
    if (regionOf(resource) !== wanted) {
      leave(resource, `its primary region is ${regionOf(resource)}; a spec has one primary region, here ${wanted}`);
      return [];
    }
    const id = text(resource, "key_id");
    const replicas = (replicasOf.get(id) ?? [])
      .map(regional)
      .sort((one, other) => (one.region < other.region ? -1 : 1));
    return [{ id, primary: regional(resource), replicas }];
  });
  const adopted = new Map(keys.map((key) => [key.id, key]));
  for (const resource of of("aws_kms_replica_key")) {
    if (!adopted.has(text(resource, "key_id"))) leave(resource, "its primary key is not adopted");
  }
  for (const alias of of("aws_kms_alias")) {
    if (!adopted.has(lastPart(text(alias, "target_key_id")))) leave(alias, "its key is not adopted");
  }
  for (const grant of of("aws_kms_grant")) leave(grant, "grants stay in your files");

  const bySecret = (type: string, attribute: string) => groupedBy(of(type), (one) => text(one, attribute));
  const versions = bySecret("aws_secretsmanager_secret_version", "secret_id");
  const rotations = bySecret("aws_secretsmanager_secret_rotation", "secret_id");
  const policies = bySecret("aws_secretsmanager_secret_policy", "secret_arn");
  const secrets = of("aws_secretsmanager_secret").flatMap((resource): FoundSecret[] => {
    const found = secretIn(resource, wanted, adopted);
    if (typeof found === "string") {
      leave(resource, found);
      return [];
    }
    const arn = text(resource, "arn");
    const [rotation] = rotations.get(arn) ?? [];
    return [{ ...found, versions: versions.get(arn) ?? [], rotation, policies: policies.get(arn) ?? [] }];
  });
  if (keys.length === 0 && secrets.length === 0) return undefined;
  const regions = new Set([
    ...keys.flatMap(({ replicas }) => replicas.map(({ region }) => region)),
    ...secrets.flatMap(({ replicas }) => replicas),
  ]);
  const keyPolicies = of("aws_kms_key_policy").filter((policy) => adopted.has(lastPart(text(policy, "key_id"))));
  return { primary: wanted, replicas: [...regions].sort(), keys, secrets, keyPolicies, leftAlone };
}

/** Why a key is not one that a spec can describe. */
function reasonAgainstKey(values: Attributes): string | undefined {
  if (values.multi_region !== true) return "it is no multi-Region key";
  if (values.custom_key_store_id || values.xks_key_id) return "it is in a custom key store";
  if (values.key_usage === "KEY_AGREEMENT") return "a spec has no keys for key agreement";
  return undefined;
}

/** The secret with its key and its replicas, or why it cannot be adopted. */
function secretIn(
  resource: StateResource,
  primary: string,
  keys: ReadonlyMap<string, FoundKey>,
): Pick<FoundSecret, "resource" | "region" | "name" | "key" | "reference" | "replicas"> | string {
  const region = regionOf(resource);
  if (region !== primary) return `it is in ${region}; a spec has one primary region, here ${primary}`;
  const given = text(resource, "kms_key_id");
  const id = lastPart(given);
  const isAws = given === "" || given.endsWith("alias/aws/secretsmanager");
  const key = keys.get(id);
  if (!isAws && key === undefined) return `the key ${id} that encrypts it is not adopted`;
  const replicas = (Array.isArray(resource.values.replica) ? resource.values.replica : []) as readonly Attributes[];
  for (const { region: where, kms_key_id: under } of replicas) {
    const other = lastPart(String(under ?? ""));
    const isOwn = isAws ? other === "" || other === "secretsmanager" : other === id;
    if (!isOwn) return `its replica in ${where} is under another key`;
    if (!isAws && !key!.replicas.some((one) => one.region === where)) {
      return `it has a replica in ${where}, where its key is not in this state`;
    }
  }
  return {
    resource,
    region,
    name: text(resource, "name"),
    key: isAws ? "aws" : id,
    reference: given.startsWith("arn:") ? "arn" : "id",
    replicas: replicas.map((replica) => String(replica.region)).sort(),
  };
}

/** The region of a resource, as its ARN says it. */
export function regionOf({ values }: StateResource): string {
  return String(values.arn ?? "").split(":")[3] || String(values.region ?? "");
}

export function text({ values }: StateResource, attribute: string): string {
  const value = values[attribute];
  return typeof value === "string" ? value : "";
}

/** The id in an ARN, or what there is. */
function lastPart(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

function groupedBy(resources: readonly StateResource[], keyOf: (resource: StateResource) => string) {
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
