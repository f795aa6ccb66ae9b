/**
 * Turns a checked spec into the model that the templates print: every default, name, address and cross-reference is decided
 * here, in output order. Pure, and it cannot fail: what could go wrong was refused by `validate`.
 */

import { bool, call, type Hcl, identifier, list, number, object, quote, reference, template } from "./hcl.ts";
import {
  aliasPattern,
  isSymmetric,
  keyName,
  materialOf,
  type NamedKey,
  type NamedSecret,
  type Names,
  names,
  type Place,
  passwordsOf,
  secretSource,
  serviceOf,
  sortedEntries,
  variablesOf,
} from "./names.ts";
import { floorsOf } from "./rules.ts";
import type { RandomPasswordSpec, Spec } from "./schema.ts";
import { services } from "./services.ts";
import { type Floors, has } from "./versions.ts";

/** What the templates see. Leaves are `Hcl` or lists of it; what is `undefined` or empty is left out. */
export interface Model {
  readonly terraform: { readonly requiredVersion: Hcl; readonly awsProvider: Hcl };
  readonly providers: readonly ProviderModel[];
  readonly keys: readonly KeyModel[];
  readonly secrets: readonly SecretModel[];
  readonly variables: readonly VariableModel[];
  readonly outputs: OutputsModel | undefined;
}

export interface ProviderModel {
  readonly alias: Hcl | undefined;
  readonly region: Hcl;
  readonly profile: Hcl | undefined;
  readonly allowedAccountIds: Hcl | undefined;
  readonly assumeRole:
    | { readonly roleArn: Hcl; readonly sessionName: Hcl | undefined; readonly externalId: Hcl | undefined }
    | undefined;
  readonly defaultTags: Hcl | undefined;
}

/** What says where a resource is; the templates print it last. */
export interface Placement {
  readonly provider: Hcl | undefined;
}

export interface KeyModel {
  readonly primary: PrimaryKeyModel;
  readonly replicas: readonly ReplicaKeyModel[];
}

interface KeyInRegion extends Placement {
  readonly name: Hcl;
  readonly description: Hcl;
  readonly enabled: Hcl | undefined;
  readonly deletionWindow: Hcl | undefined;
  readonly tags: Hcl | undefined;
  readonly preventDestroy: Hcl | undefined;
  /** The region's data source, in the first key that is in the region, where something reads it. */
  readonly dataSource: { readonly name: Hcl; readonly provider: Hcl | undefined } | undefined;
  readonly alias: AliasModel | undefined;
}

export interface PrimaryKeyModel extends KeyInRegion {
  readonly usage: Hcl | undefined;
  readonly material: Hcl | undefined;
  readonly rotation: Hcl | undefined;
  readonly rotationPeriod: Hcl | undefined;
}

export interface ReplicaKeyModel extends KeyInRegion {
  readonly primaryKey: Hcl;
}

export interface AliasModel extends Placement {
  readonly name: Hcl;
  readonly alias: Hcl;
  readonly target: Hcl;
}

export interface SecretModel {
  readonly name: Hcl;
  readonly secretName: Hcl;
  readonly description: Hcl | undefined;
  readonly recoveryWindow: Hcl | undefined;
  readonly overwriteReplica: Hcl | undefined;
  readonly key: Hcl;
  /** Secrets that are replicated alike share one list, whose text is rendered once. */
  readonly replicas: readonly ReplicaSecretModel[];
  readonly tags: Hcl | undefined;
  readonly preventDestroy: Hcl | undefined;
  readonly passwords: readonly PasswordModel[];
  readonly version: SecretVersionModel | undefined;
}

export interface ReplicaSecretModel {
  readonly key: Hcl;
  readonly region: Hcl;
}

export interface PasswordModel {
  readonly name: Hcl;
  readonly settings: readonly { readonly name: Hcl; readonly value: Hcl }[];
}

/** Either a plain value, which Terraform keeps in its state, or a write-only one with a version to count up. */
export interface SecretVersionModel {
  readonly plain: Hcl | undefined;
  readonly writeOnly: Hcl | undefined;
  readonly number: Hcl | undefined;
}

export interface VariableModel {
  readonly name: Hcl;
  readonly description: Hcl;
  readonly ephemeral: Hcl | undefined;
}

export interface OutputsModel {
  readonly keys: Hcl | undefined;
  readonly secrets: Hcl | undefined;
}

export function resolve(spec: Spec): Model {
  const named = names(spec);
  const floors = floorsOf(named);
  return {
    terraform: {
      requiredVersion: quote(spec.terraform?.required_version ?? ">= 1.11"),
      awsProvider: quote(spec.terraform?.aws_provider ?? "~> 6.0"),
    },
    providers: resolveProviders(named),
    keys: resolveKeys(named, floors),
    secrets: resolveSecrets(named, floors),
    variables: resolveVariables(named, floors),
    outputs: spec.outputs ? resolveOutputs(named) : undefined,
  };
}

function resolveProviders({ spec: { provider }, primary, replicas }: Names): readonly ProviderModel[] {
  const role = provider?.assume_role;
  const shared = {
    profile: optional(provider?.profile, quote),
    allowedAccountIds: list((provider?.allowed_account_ids ?? []).map(quote)),
    assumeRole: role && {
      roleArn: quote(role.role_arn),
      sessionName: optional(role.session_name, quote),
      externalId: optional(role.external_id, quote),
    },
    defaultTags: tagsOf(provider?.default_tags),
  };
  const places = provider?.default === false ? replicas : [primary, ...replicas];
  return places.map(({ providerAlias, region }) => ({
    ...shared,
    alias: optional(providerAlias, quote),
    region: quote(region),
    assumeRole: shared.assumeRole ?? undefined,
  }));
}

function resolveKeys(named: Names, floors: Floors): readonly KeyModel[] {
  const unread = new Map(placesRead(named).map((place) => [place.region, place]));
  return named.keys.map((key): KeyModel => {
    const inRegion = (place: Place, type: string): KeyInRegion => {
      const dataSource = unread.has(place.region)
        ? { name: identifier(place.dataSource), provider: providerOf(place) }
        : undefined;
      unread.delete(place.region);
      const { spec } = key;
      return {
        name: identifier(keyName(place, key)),
        description: quote(descriptionOf(key, place)),
        enabled: spec.enabled === false ? bool(false) : undefined,
        deletionWindow: optional(spec.deletion_window_days, number),
        tags: tagsOf(spec.tags),
        preventDestroy: spec.protect === false ? undefined : bool(true),
        provider: providerOf(place),
        dataSource,
        alias: resolveAlias(key, place, type, floors),
      };
    };
    const { usage, spec: material } = materialOf(key.spec);
    const { rotation } = key.spec;
    return {
      primary: {
        ...inRegion(named.primary, "aws_kms_key"),
        usage: usage === "encrypt" ? undefined : quote(usage === "sign" ? "SIGN_VERIFY" : "GENERATE_VERIFY_MAC"),
        material: isSymmetric(key.spec) ? undefined : quote(material),
        rotation: isSymmetric(key.spec) ? bool(rotation !== false) : undefined,
        rotationPeriod: typeof rotation === "object" ? optional(rotation?.period_days, number) : undefined,
      },
      replicas: key.replicas.map((place) => ({
        ...inRegion(place, "aws_kms_replica_key"),
        primaryKey: reference("aws_kms_key", keyName(named.primary, key), "arn"),
      })),
    };
  });
}

/** The places whose region data source something refers to: an alias with the region in its name, or a secret's replica. */
function placesRead({ primary, replicas, keys, secrets }: Names): readonly Place[] {
  const withAlias = keys.filter((key) => aliasPattern(key)?.includes("{region}"));
  const read = new Set<Place>(withAlias.flatMap((key) => [primary, ...key.replicas]));
  for (const { replicas: inRegions } of secrets) for (const place of inRegions) read.add(place);
  return [primary, ...replicas].filter((place) => read.has(place));
}

function resolveAlias(key: NamedKey, place: Place, type: string, floors: Floors): AliasModel | undefined {
  const pattern = aliasPattern(key);
  if (pattern === undefined) return undefined;
  const name = keyName(place, key);
  const parts = pattern
    .split("{region}")
    .flatMap((text, index) => (index === 0 ? [text] : [{ expression: regionName(place, floors) }, text]));
  return {
    name: identifier(name),
    alias: template(parts),
    target: reference(type, name, "key_id"),
    provider: providerOf(place),
  };
}

/** A replica's description names its region, as the reader of a key list in another region needs it. */
function descriptionOf({ spec }: NamedKey, { region, providerAlias }: Place): string {
  const { label } = services[serviceOf(spec)];
  const purpose = label === "" ? "" : ` for ${label}`;
  const usual = `Multi-region key${purpose}`;
  const isReplica = providerAlias !== undefined;
  if (spec.description && spec.description !== usual)
    return isReplica ? `${spec.description} (replica in ${region})` : spec.description;
  return isReplica ? `Multi-region replica key${purpose} in ${region}` : usual;
}

function resolveSecrets(named: Names, floors: Floors): readonly SecretModel[] {
  const shared = new Map<string, readonly ReplicaSecretModel[]>();
  const replicasOf = (key: NamedKey, places: readonly Place[]) => {
    const id = `${key.id} ${places.map(({ region }) => region).join(" ")}`;
    const known = shared.get(id);
    if (known !== undefined) return known;
    const replicas = places.map((place) => ({
      key: reference("aws_kms_replica_key", keyName(place, key), "id"),
      region: regionName(place, floors),
    }));
    shared.set(id, replicas);
    return replicas;
  };
  return named.secrets.map((secret): SecretModel => {
    const { id, spec, name } = secret;
    const key = secret.key!;
    return {
      name: identifier(id),
      secretName: quote(name),
      description: optional(spec.description, quote),
      recoveryWindow: optional(spec.recovery_window_days, number),
      overwriteReplica: spec.overwrite_replica ? bool(true) : undefined,
      key: reference("aws_kms_key", keyName(named.primary, key), "id"),
      replicas: replicasOf(key, secret.replicas),
      tags: tagsOf(spec.tags),
      preventDestroy: spec.protect ? bool(true) : undefined,
      passwords: resolvePasswords(secret),
      version: resolveVersion(secret, floors),
    };
  });
}

function resolvePasswords(secret: NamedSecret): readonly PasswordModel[] {
  const source = secretSource(secret.spec);
  return passwordsOf(secret).map(({ name, part }) => {
    const content =
      typeof source === "string" ? undefined : part === undefined ? source.generated : source.json?.[part];
    const settings =
      typeof content === "string"
        ? undefined
        : part === undefined
          ? content
          : (content as { generated?: unknown })?.generated;
    return { name: identifier(name), settings: passwordSettings(settings as RandomPasswordSpec | true | undefined) };
  });
}

/** The arguments of the ephemeral resource: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/ephemeral-resources/secretsmanager_random_password */
function passwordSettings(settings: RandomPasswordSpec | true | undefined): PasswordModel["settings"] {
  const { length, exclude_characters, ...flags } = settings === true || settings === undefined ? {} : settings;
  return [
    { name: identifier("password_length"), value: number(length ?? 32) },
    ...(exclude_characters ? [{ name: identifier("exclude_characters"), value: quote(exclude_characters) }] : []),
    ...sortedEntries(flags).flatMap(([name, value]) =>
      typeof value === "boolean" ? [{ name: identifier(name), value: bool(value) }] : [],
    ),
  ];
}

function resolveVersion(secret: NamedSecret, floors: Floors): SecretVersionModel | undefined {
  const source = secretSource(secret.spec);
  if (source === "external") return undefined;
  const { version, literal } = typeof source === "string" ? { version: undefined, literal: undefined } : source;
  // A literal changes in the file itself, which Terraform sees only in an argument that it keeps.
  const plain = typeof literal === "string" ? version === undefined : !has(floors, "writeOnlyValues");
  const value = valueExpression(secret);
  return plain
    ? { plain: value, writeOnly: undefined, number: undefined }
    : { plain: undefined, writeOnly: value, number: number(version ?? 1) };
}

function valueExpression(secret: NamedSecret): Hcl {
  const source = secretSource(secret.spec);
  const passwords = new Map(passwordsOf(secret).map(({ part, name }) => [part, name]));
  const password = (part: string | undefined) =>
    reference("ephemeral", "aws_secretsmanager_random_password", passwords.get(part)!, "random_password");
  if (typeof source === "object" && typeof source.literal === "string") return quote(source.literal);
  if (typeof source === "object" && source.json) {
    const parts = sortedEntries(source.json).map(([part, content]) => {
      if (passwords.has(part)) return [part, password(part)] as const;
      return [part, typeof content === "string" ? quote(content) : reference("var", content.variable!)] as const;
    });
    return call("jsonencode", object(parts));
  }
  return passwords.has(undefined) ? password(undefined) : reference("var", variablesOf(secret)[0]!.name);
}

function resolveVariables({ secrets }: Names, floors: Floors): readonly VariableModel[] {
  const usedBy = new Map<string, NamedSecret[]>();
  for (const secret of secrets) {
    for (const { name } of variablesOf(secret)) usedBy.set(name, [...(usedBy.get(name) ?? []), secret]);
  }
  return [...usedBy].map(([name, users]) => ({
    name: identifier(name),
    description: quote(variableDescription([...new Set(users)])),
    ephemeral: has(floors, "writeOnlyValues") ? bool(true) : undefined,
  }));
}

function variableDescription(users: readonly NamedSecret[]): string {
  const isPart = users.some(({ spec }) => typeof spec.value === "object" && spec.value?.json);
  const things = users.length === 1 ? "secret" : "secrets";
  return `${isPart ? "Part of the value" : "Value"} of the ${things} ${users.map(({ name }) => name).join(", ")}`;
}

function resolveOutputs({ primary, keys, secrets }: Names): OutputsModel {
  const byRegion = (places: readonly Place[], value: (place: Place) => Hcl) =>
    object([primary, ...places].map((place) => [place.region, value(place)]));
  const resource = (place: Place) => (place === primary ? "aws_kms_key" : "aws_kms_replica_key");
  const keyObjects = keys.map((key): [string, Hcl] => {
    const attribute = (name: string) => (place: Place) => reference(resource(place), keyName(place, key), name);
    const aliases = byRegion(key.replicas, (place) => reference("aws_kms_alias", keyName(place, key), "name"));
    return [
      key.id,
      object([
        ["key_id", attribute("key_id")(primary)],
        ["arns", byRegion(key.replicas, attribute("arn"))],
        ...(aliasPattern(key) === undefined ? [] : [["aliases", aliases] as const]),
      ]),
    ];
  });
  // A replica's ARN is the primary's with the other region in it; the provider does not export it.
  const secretObjects = secrets.map((secret): [string, Hcl] => {
    const arn = reference("aws_secretsmanager_secret", secret.id, "arn");
    const arnIn = (place: Place) =>
      place === primary ? arn : call("replace", arn, quote(`:${primary.region}:`), quote(`:${place.region}:`));
    return [
      secret.id,
      object([
        ["name", reference("aws_secretsmanager_secret", secret.id, "name")],
        ["arns", byRegion(secret.replicas, arnIn)],
      ]),
    ];
  });
  return {
    keys: keyObjects.length === 0 ? undefined : object(keyObjects),
    secrets: secretObjects.length === 0 ? undefined : object(secretObjects),
  };
}

/** The name of a place's region, read from its provider; `name` until AWS provider 6 renamed it. */
function regionName({ dataSource }: Place, floors: Floors): Hcl {
  return reference("data", "aws_region", dataSource, has(floors, "regionAttribute") ? "region" : "name");
}

function providerOf({ providerAlias }: Place): Hcl | undefined {
  return providerAlias === undefined ? undefined : reference("aws", providerAlias);
}

function tagsOf(tags: Readonly<Record<string, string>> | null | undefined): Hcl | undefined {
  const entries = sortedEntries(tags ?? {}).map(([key, value]) => [key, quote(value)] as const);
  return entries.length === 0 ? undefined : object(entries);
}

function optional<T>(value: T | null | undefined, toHcl: (value: T) => Hcl): Hcl | undefined {
  return value === null || value === undefined ? undefined : toHcl(value);
}
