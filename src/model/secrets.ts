/** Decides what the secrets of a spec become: the secrets with their replicas, their values, and the variables for these. */

import {
  keyName,
  type NamedKey,
  type NamedSecret,
  type Names,
  type Place,
  passwordsOf,
  sortedEntries,
  variablesOf,
} from "../spec/names.ts";
import type { RandomPasswordSpec, ValueSpec } from "../spec/schema.ts";
import { type Floors, has } from "../spec/versions.ts";
import { bool, call, type Hcl, identifier, number, object, quote, reference } from "./hcl.ts";
import {
  type LifecycleModel,
  lifecycleOf,
  optional,
  type Placement,
  placementOf,
  providerOf,
  regionName,
  tagsOf,
} from "./places.ts";
import { resolveSecretPolicy, type SecretPolicyModel } from "./policies.ts";

export interface SecretModel extends Placement {
  readonly name: Hcl;
  readonly secretName: Hcl;
  readonly description: Hcl | undefined;
  readonly recoveryWindow: Hcl | undefined;
  readonly overwriteReplica: Hcl | undefined;
  readonly key: Hcl;
  /** Secrets that are replicated alike share one list, whose text is rendered once. */
  readonly replicas: readonly ReplicaSecretModel[];
  readonly tags: Hcl | undefined;
  readonly lifecycle: LifecycleModel | undefined;
  readonly passwords: readonly PasswordModel[];
  readonly version: SecretVersionModel | undefined;
  readonly rotation: SecretRotationModel | undefined;
  readonly policy: SecretPolicyModel | undefined;
}

export interface ReplicaSecretModel {
  readonly key: Hcl;
  readonly region: Hcl;
}

export interface PasswordModel {
  readonly name: Hcl;
  readonly settings: readonly { readonly name: Hcl; readonly value: Hcl }[];
  /** The primary's provider, where that has an alias. */
  readonly provider: Hcl | undefined;
}

/** Either a plain value, which Terraform keeps in its state, or a write-only one with a version to count up. */
export interface SecretVersionModel {
  readonly plain: Hcl | undefined;
  readonly writeOnly: Hcl | undefined;
  readonly number: Hcl | undefined;
}

export interface SecretRotationModel {
  readonly lambda: Hcl | undefined;
  readonly immediately: Hcl | undefined;
  readonly days: Hcl | undefined;
  readonly schedule: Hcl | undefined;
  readonly duration: Hcl | undefined;
}

export interface VariableModel {
  readonly name: Hcl;
  readonly description: Hcl;
  readonly ephemeral: Hcl | undefined;
}

export function resolveSecrets(named: Names, floors: Floors): readonly SecretModel[] {
  const shared = new Map<string, readonly ReplicaSecretModel[]>();
  const replicasOf = (key: NamedKey, places: readonly Place[]) => {
    const id = `${key.id} ${places.map(({ region }) => region).join(" ")}`;
    const known = shared.get(id);
    if (known !== undefined) return known;
    const replicas = places.map((place) => {
      const region = regionName(place, named, floors);
      return {
        key: reference("aws_kms_replica_key", keyName(place, key), "id"),
        region: "text" in region ? quote(region.text) : region.expression,
      };
    });
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
      lifecycle: lifecycleOf({ isProtected: spec.protect === true }),
      passwords: passwordsOf(secret).map(({ name, settings }) => ({
        name: identifier(name),
        settings: passwordSettings(settings),
        provider: providerOf(named.primary),
      })),
      version: resolveVersion(secret, floors),
      rotation: resolveRotation(secret),
      policy: resolveSecretPolicy(secret, named),
      ...placementOf(named.primary, named),
    };
  });
}

/** The arguments of the ephemeral resource: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/ephemeral-resources/secretsmanager_random_password */
function passwordSettings({ length, exclude_characters, ...flags }: RandomPasswordSpec): PasswordModel["settings"] {
  return [
    { name: identifier("password_length"), value: number(length ?? 32) },
    ...(exclude_characters ? [{ name: identifier("exclude_characters"), value: quote(exclude_characters) }] : []),
    ...sortedEntries(flags).flatMap(([name, value]) =>
      typeof value === "boolean" ? [{ name: identifier(name), value: bool(value) }] : [],
    ),
  ];
}

function resolveRotation({ spec: { rotation } }: NamedSecret): SecretRotationModel | undefined {
  if (!rotation) return undefined;
  return {
    lambda: optional(rotation.lambda_arn, quote),
    immediately: rotation.immediately === false ? bool(false) : undefined,
    days: optional(rotation.every_days, number),
    schedule: optional(rotation.schedule, quote),
    duration: optional(rotation.duration, quote),
  };
}

function resolveVersion(secret: NamedSecret, floors: Floors): SecretVersionModel | undefined {
  const { value } = secret;
  if (value === undefined) return undefined;
  const { version, literal } = value;
  // A literal changes in the file itself, which Terraform sees only in an argument that it keeps.
  const isPlain = literal === undefined ? !has(floors, "writeOnlyValues") : version === undefined;
  const expression = valueExpression(secret, value);
  return isPlain
    ? { plain: expression, writeOnly: undefined, number: undefined }
    : { plain: undefined, writeOnly: expression, number: number(version ?? 1) };
}

function valueExpression(secret: NamedSecret, { variable, json, literal }: ValueSpec): Hcl {
  const passwords = new Map(passwordsOf(secret).map(({ part, name }) => [part, name]));
  const password = (part: string | undefined) =>
    reference("ephemeral", "aws_secretsmanager_random_password", passwords.get(part)!, "random_password");
  if (literal !== undefined) return quote(literal);
  if (json !== undefined) {
    const parts = sortedEntries(json).map(([part, content]) => {
      if (passwords.has(part)) return [part, password(part)] as const;
      return [part, typeof content === "string" ? quote(content) : reference("var", content.variable!)] as const;
    });
    return call("jsonencode", object(parts));
  }
  return variable === undefined ? password(undefined) : reference("var", variable);
}

export function resolveVariables({ secrets }: Names, floors: Floors): readonly VariableModel[] {
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
  const isPart = users.some(({ value }) => value?.json);
  const things = users.length === 1 ? "secret" : "secrets";
  return `${isPart ? "Part of the value" : "Value"} of the ${things} ${users.map(({ name }) => name).join(", ")}`;
}
