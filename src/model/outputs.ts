/** Decides what `outputs.tf` gives away: ids, ARNs and aliases of the keys and ARNs of the secrets, by region. */

import { aliasResource } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { call, type Hcl, object, quote, reference, tallList } from "./hcl.ts";
import { keyReference } from "./places.ts";

export interface OutputsModel {
  readonly keys: Hcl | undefined;
  readonly secrets: Hcl | undefined;
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
  // A replica's ARN is the primary's with the other region in it; the provider does not export it.
  const secretObjects = names.secrets.map((secret): [string, Hcl] => {
    const arn = reference("aws_secretsmanager_secret", secret.id, "arn");
    const arnIn = (place: Place) =>
      place === secretsPlace
        ? arn
        : call("replace", arn, quote(`:${secretsPlace.region}:`), quote(`:${place.region}:`));
    return [
      secret.id,
      object([
        ["name", reference("aws_secretsmanager_secret", secret.id, "name")],
        ["arns", byRegion([secretsPlace, ...secret.replicas], arnIn)],
      ]),
    ];
  });
  return {
    keys: keyObjects.length === 0 ? undefined : object(keyObjects),
    secrets: secretObjects.length === 0 ? undefined : object(secretObjects),
  };
}
