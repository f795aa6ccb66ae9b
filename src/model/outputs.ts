/** Decides what `outputs.tf` gives away: ids, ARNs and aliases of the keys and ARNs of the secrets, by region, and the policies of consumers; and what is for the files beside. */

import { aliasResource } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { consumerPolicies } from "./consumers.ts";
import { type Hcl, object, reference, tallList } from "./hcl.ts";
import { keyReference, secretArn } from "./places.ts";

export interface OutputsModel {
  readonly keys: Hcl | undefined;
  readonly secrets: Hcl | undefined;
  readonly consumers: Hcl | undefined;
}

/** `local.kms_key_arns`: the ARN of every key by region, keys of other states included. */
export function resolveKeyArns(names: Names): Hcl {
  return object(
    [...names.keys, ...names.existing].map((key) => [
      key.id,
      object(keyPlaces(key, names).map((place) => [place.region, keyReference(key, place, "arn")])),
    ]),
  );
}

export function resolveOutputs(names: Names): OutputsModel {
  const { primary, secretsPlace } = names;
  const byRegion = (places: readonly Place[], value: (place: Place) => Hcl) =>
    object(places.map((place) => [place.region, value(place)]));
  const keyObjects = names.keys.map((key): [string, Hcl] => {
    const places = keyPlaces(key, names);
    const aliases = places.flatMap((place) => {
      const names = key
        .inRegion(place)
        .aliases.map((alias) => reference("aws_kms_alias", aliasResource(place, key, alias), "name"));
      return names.length === 0 ? [] : [{ region: place.region, names }];
    });
    // A key with several aliases in one region has a list in each.
    const isSingle = aliases.every(({ names }) => names.length === 1);
    return [
      key.id,
      object([
        ["key_id", keyReference(key, primary, "key_id")],
        ["arns", byRegion(places, (place) => keyReference(key, place, "arn"))],
        ...(aliases.length === 0
          ? []
          : [
              [
                "aliases",
                object(aliases.map(({ region, names }) => [region, isSingle ? names[0]! : tallList(names)])),
              ] as const,
            ]),
      ]),
    ];
  });
  const secretObjects = names.secrets.map((secret): [string, Hcl] => {
    return [
      secret.id,
      object([
        ["name", reference("aws_secretsmanager_secret", secret.id, "name")],
        ["arns", byRegion([secretsPlace, ...secret.replicas], (place) => secretArn(secret, place, names))],
      ]),
    ];
  });
  return {
    keys: keyObjects.length === 0 ? undefined : object(keyObjects),
    secrets: secretObjects.length === 0 ? undefined : object(secretObjects),
    consumers: consumerPolicies(names),
  };
}
