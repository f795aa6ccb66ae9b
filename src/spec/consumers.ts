/**
 * Decides what a consumer may do, such as the role of an application: which secrets it reads where, and which keys it uses through
 * which services.
 */

import { partitionOf } from "../aws/regions.ts";
import { type Service, type ServiceStatement, services } from "../aws/services.ts";
import { type NamedKey, serviceOf } from "./keys.ts";
import { keyPlaces, type NamedSecret, type Names } from "./names.ts";
import { type Path, sortedEntries } from "./path.ts";
import { chosen, type Place } from "./places.ts";
import { ofKind, type Regional } from "./regional.ts";
import type { ConsumerSpec, Spec } from "./schema.ts";
import { policyServices } from "./statements.ts";

export interface Consumer {
  readonly id: string;
  readonly spec: ConsumerSpec;
  readonly path: Path;
}

/** In output order. */
export function consumersOf(spec: Spec): readonly Consumer[] {
  return sortedEntries(spec.consumers ?? {}).map(([id, one]) => ({ id, spec: one, path: ["consumers", id] }));
}

/** The name of its policy document. */
export function consumerDocumentName({ id }: Pick<Consumer, "id">): string {
  return `consumer_${id}`;
}

/** The places that a secret is in, the primary secret's first. */
export function secretPlaces({ replicas }: NamedSecret, { secretsPlace }: Pick<Names, "secretsPlace">) {
  return [secretsPlace, ...replicas];
}

/** The secrets that a consumer reads, each with the places that it reads it in; what does not exist is refused by a rule. */
export function readsOf(
  { spec }: Consumer,
  names: Names,
): readonly { secret: NamedSecret; places: readonly Place[] }[] {
  const wanted = new Set(spec.reads);
  return names.secrets
    .filter(({ id }) => wanted.has(id))
    .map((secret) => ({ secret, places: chosen(secretPlaces(secret, names), spec.regions) }));
}

/** The parameters that a consumer reads, each with the places that it reads it in. */
export function parametersReadBy(
  { spec }: Consumer,
  names: Names,
): readonly { parameter: Regional; places: readonly Place[] }[] {
  const wanted = new Set(spec.parameters);
  return ofKind(names, "parameters")
    .filter(({ id }) => wanted.has(id))
    .map((parameter) => ({ parameter, places: chosen(parameter.places, spec.regions) }));
}

/** The keys that a consumer uses, each with the places that it uses it in. */
export function usesOf({ spec }: Consumer, names: Names): readonly { key: NamedKey; places: readonly Place[] }[] {
  const wanted = new Set(spec.uses);
  return [...names.keys, ...names.existing]
    .filter(({ id }) => wanted.has(id))
    .map((key) => ({ key, places: chosen(keyPlaces(key, names), spec.regions) }));
}

/** The places in which consumers need a key, for what they read or use themselves. */
export function placesConsumed(names: Names): ReadonlyMap<NamedKey, readonly Place[]> {
  const consumed = new Map<NamedKey, Place[]>();
  const add = (key: NamedKey | undefined, places: readonly Place[]) => {
    if (key !== undefined) consumed.set(key, [...(consumed.get(key) ?? []), ...places]);
  };
  for (const consumer of consumersOf(names.spec)) {
    for (const { secret, places } of readsOf(consumer, names)) add(secret.key, places);
    for (const { parameter, places } of parametersReadBy(consumer, names)) add(parameter.key, places);
    for (const { key, places } of usesOf(consumer, names)) add(key, places);
  }
  return consumed;
}

/** What the services of a key in a place need of their callers; nothing where they use the key by themselves. */
export function callerStatements(
  key: NamedKey,
  place: Place,
): readonly (ServiceStatement & { readonly through: string })[] {
  const named = [serviceOf(key.spec), ...key.usedBy, ...policyServices(key, key.inRegion(place).policy ?? {})];
  return [...new Set(named)]
    .flatMap((name) => (services[name] as Service).statements)
    .filter((one): one is ServiceStatement & { readonly through: string } => one.through !== undefined);
}

/**
 * What the ARN of a secret is like where only AWS knows it: after the name are six characters that AWS has chosen (AWS Secrets Manager
 * User Guide, What's in a secret: ARN).
 */
export function arnPattern({ name, isNamePrefix }: NamedSecret, { region }: Place): string {
  const end = isNamePrefix ? `${name}*` : `${name}-??????`;
  return `arn:${partitionOf(region) ?? "aws"}:secretsmanager:${region}:*:secret:${end}`;
}
