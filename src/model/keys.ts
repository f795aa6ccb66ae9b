/** Decides what the keys of a spec become: for each its primary key and its replica keys, with aliases and data sources. */

import {
  aliasResource,
  grantResource,
  isImported,
  isRotatable,
  isSymmetric,
  type KeyAlias,
  keyName,
  keyType,
  materialOf,
  type NamedKey,
} from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import { sortedEntries } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import type { TextOrReference } from "../spec/reference.ts";
import type { GrantSpec, KeyUsage } from "../spec/schema.ts";
import { placeholdersIn } from "../spec/text.ts";
import { type Floors, has } from "../spec/versions.ts";
import { bool, type Hcl, identifier, list, number, object, quote, tallList } from "./hcl.ts";
import {
  ifGiven,
  isPlacedByRegion,
  keyReference,
  type LifecycleModel,
  lifecycleOf,
  type Placement,
  placementOf,
  providerOf,
  regionName,
  tagsOf,
} from "./places.ts";
import { type PolicyDocumentModel, resolveKeyPolicies } from "./policies.ts";
import { textIn } from "./texts.ts";

export interface KeyModel {
  /** The key policies, which the resources of the regions refer to. */
  readonly policyDocuments: readonly PolicyDocumentModel[];
  readonly primary: PrimaryKeyModel;
  readonly replicas: readonly ReplicaKeyModel[];
}

interface KeyInRegion extends Placement {
  /** The type of the resource, which depends on where the key material comes from. */
  readonly type: Hcl;
  readonly name: Hcl;
  readonly description: Hcl | undefined;
  readonly enabled: Hcl | undefined;
  /** When imported key material expires. */
  readonly validTo: Hcl | undefined;
  readonly policy: Hcl | undefined;
  readonly bypassLockoutCheck: Hcl | undefined;
  readonly deletionWindow: Hcl | undefined;
  readonly tags: Hcl | undefined;
  readonly lifecycle: LifecycleModel | undefined;
  /** The region's data source, in the first key that is in the region, where something reads it. */
  readonly dataSource: { readonly name: Hcl; readonly provider: Hcl | undefined } | undefined;
  readonly aliases: readonly AliasModel[];
  readonly grants: readonly GrantModel[];
}

interface PrimaryKeyModel extends KeyInRegion {
  readonly usage: Hcl | undefined;
  readonly material: Hcl | undefined;
  readonly rotation: Hcl | undefined;
  readonly rotationPeriod: Hcl | undefined;
}

interface ReplicaKeyModel extends KeyInRegion {
  readonly primaryKey: Hcl;
}

interface AliasModel extends Placement {
  readonly name: Hcl;
  readonly alias: Hcl;
  readonly target: Hcl;
}

/** A key of another state in a region, by its alias or by its id. */
export interface ExistingKeyModel extends Placement {
  readonly dataSource: KeyInRegion["dataSource"];
  readonly type: Hcl;
  readonly name: Hcl;
  readonly alias: Hcl | undefined;
  readonly key: Hcl | undefined;
}

interface GrantModel extends Placement {
  readonly name: Hcl;
  readonly grantName: Hcl;
  readonly key: Hcl;
  readonly grantee: Hcl;
  readonly operations: Hcl;
  readonly retiring: Hcl | undefined;
  readonly constraints: { readonly equals: Hcl | undefined; readonly subset: Hcl | undefined } | undefined;
}

export function resolveKeys(names: Names, floors: Floors, specFolder: string): readonly KeyModel[] {
  const unread = new Map(placesRead(names).map((place) => [place.region, place]));
  return names.keys.map((key): KeyModel => {
    const policies = resolveKeyPolicies(key, names, specFolder);
    const inRegion = (place: Place): KeyInRegion => {
      const dataSource = unread.has(place.region)
        ? { name: identifier(place.dataSource), provider: providerOf(place) }
        : undefined;
      unread.delete(place.region);
      const { description, enabled, deletionWindowDays, tags, bypassLockoutCheck } = key.inRegion(place);
      return {
        type: identifier(keyType(place, key)),
        name: identifier(keyName(place, key)),
        description: description === "" ? undefined : textIn(description, place),
        enabled: enabled ? undefined : bool(false),
        policy: policies.inRegion(place),
        bypassLockoutCheck: bypassLockoutCheck ? bool(true) : undefined,
        validTo: ifGiven(key.spec.valid_to, quote),
        deletionWindow: ifGiven(deletionWindowDays, number),
        tags: tagsOf(tags, place),
        lifecycle: keyLifecycle(key, place, names, floors),
        ...placementOf(place, names),
        dataSource,
        aliases: key.inRegion(place).aliases.map((alias) => resolveAlias(alias, key, place, names, floors)),
        grants: key.inRegion(place).grants.map(([id, grant]) => resolveGrant(id, grant, key, place, names)),
      };
    };
    const { usage, spec: material } = materialOf(key.spec);
    const { rotation } = key.spec;
    return {
      policyDocuments: policies.documents,
      primary: {
        ...inRegion(names.primary),
        usage: ifGiven(USAGES[usage], quote),
        material: isSymmetric(key.spec) ? undefined : quote(material),
        rotation: isRotatable(key.spec) ? bool(rotation !== false) : undefined,
        rotationPeriod: typeof rotation === "object" ? number(rotation.period_days) : undefined,
      },
      replicas: key.replicas.map((place) => ({
        ...inRegion(place),
        primaryKey: keyReference(key, names.primary, "arn"),
      })),
    };
  });
}

/** The keys of other states, each in the regions where something is under it: it need not be anywhere else. */
export function resolveExistingKeys(
  names: Names,
  consumers: ReadonlyMap<NamedKey, readonly Place[]>,
): readonly ExistingKeyModel[] {
  const printed = new Set(names.keys.flatMap((key) => keyPlaces(key, names)));
  const unread = new Set(placesRead(names).filter((place) => !printed.has(place)));
  return names.existing.flatMap((key) => {
    const secrets = names.secrets.filter((secret) => secret.key === key);
    const used = new Set([
      ...secrets.flatMap(({ replicas }) => [names.secretsPlace, ...replicas]),
      ...names.regional.filter((one) => one.key === key).flatMap(({ places }) => places),
      ...(consumers.get(key) ?? []),
      ...(names.spec.locals ? keyPlaces(key, names) : []),
    ]);
    return [names.primary, ...names.replicas].flatMap((place): ExistingKeyModel[] => {
      if (!used.has(place)) return [];
      const dataSource = unread.delete(place)
        ? { name: identifier(place.dataSource), provider: providerOf(place) }
        : undefined;
      const { existing = "" } = key.spec;
      const isAlias = typeof existing === "object";
      return [
        {
          dataSource,
          type: identifier(isAlias ? "aws_kms_alias" : "aws_kms_key"),
          name: identifier(keyName(place, key)),
          alias: isAlias ? textIn(existing.alias, place) : undefined,
          // An ARN is that of one region; the copies of a multi-Region key differ in nothing else.
          key: isAlias ? undefined : quote(existing.replace(/^(arn:[^:]+:kms:)[^:]+/, `$1${place.region}`)),
          ...placementOf(place, names),
        },
      ];
    });
  });
}

/** The places whose region data source something refers to: an alias with the region in its name, or a secret's replica. */
function placesRead(names: Names): readonly Place[] {
  const { primary, replicas, keys, secrets } = names;
  if (isPlacedByRegion(names)) return [];
  const read = new Set<Place>(
    keys.flatMap((key) => keyPlaces(key, names).filter((place) => hasRegionInAlias(key, place))),
  );
  for (const { replicas: inRegions } of secrets) for (const place of inRegions) read.add(place);
  return [primary, ...replicas].filter((place) => read.has(place));
}

function hasRegionInAlias(key: NamedKey, place: Place): boolean {
  return placeholdersIn(key.inRegion(place).aliases.map(({ pattern }) => pattern)).has("region");
}

function resolveAlias(alias: KeyAlias, key: NamedKey, place: Place, names: Names, floors: Floors): AliasModel {
  const region = regionName(place, names, floors);
  return {
    name: identifier(aliasResource(place, key, alias)),
    alias: textIn(alias.pattern, { region: "text" in region ? region.text : region, label: place.label }),
    target: keyReference(key, place, "key_id"),
    ...placementOf(place, names),
  };
}

function resolveGrant(id: string, grant: GrantSpec, key: NamedKey, place: Place, names: Names): GrantModel {
  const { to, operations, constraints, retiring } = grant;
  const principal = (text: TextOrReference) => textIn(text, place);
  const { encryption_context_equals: equals, encryption_context_subset: subset } = constraints ?? {};
  // The context of a request is whatever its sender writes: no notation of ours is in it.
  const context = (pairs: Readonly<Record<string, string>>) =>
    object(sortedEntries(pairs).map(([name, value]) => [name, quote(value)] as const));
  return {
    name: identifier(grantResource(place, key, id)),
    grantName: quote(id),
    key: keyReference(key, place, "key_id"),
    grantee: principal(to),
    operations: tallList([...new Set(operations)].sort().map(quote)),
    retiring: ifGiven(retiring, principal),
    constraints: constraints && { equals: ifGiven(equals, context), subset: ifGiven(subset, context) },
    ...placementOf(place, names),
  };
}

/** What KMS calls the usage of a key; nothing for the usual one. */
const USAGES: Readonly<Record<KeyUsage, string | undefined>> = {
  encrypt: undefined,
  sign: "SIGN_VERIFY",
  mac: "GENERATE_VERIFY_MAC",
  agree: "KEY_AGREEMENT",
};

/**
 * What an import of key material changes behind Terraform's back: it enables the key, and says when the material expires. If
 * Terraform saw the latter change, it would import material that it does not have (hashicorp/aws,
 * internal/service/kms/external_key.go, resourceExternalKeyUpdate).
 */
const CHANGED_BY_IMPORT = ["enabled", "key_material_base64", "valid_to"].map(identifier);

/**
 * `primary_key_arn` is only read when a replica is created, and names another region once the key is promoted: that must not replace
 * the replica. A primary that is itself replaced takes its replicas along, which would otherwise remain copies of the old key.
 */
function keyLifecycle(key: NamedKey, place: Place, { primary }: Names, floors: Floors): LifecycleModel | undefined {
  const isProtected = key.inRegion(place).protect;
  const imported = isImported(key.spec) ? CHANGED_BY_IMPORT : [];
  if (place.isPrimary) return lifecycleOf({ isProtected, ignoreChanges: list(imported) });
  return lifecycleOf({
    isProtected,
    ignoreChanges: list([...imported, identifier("primary_key_arn")]),
    replaceTriggeredBy: has(floors, "replaceTriggeredBy") ? list([keyReference(key, primary, "key_id")]) : undefined,
  });
}
