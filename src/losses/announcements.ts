/**
 * Says which losses a spec announces: its names go in, what a plan may do for it comes out. A spec announces what it retires,
 * what it disables, what it detaches and what it attaches; that something is no longer in it announces nothing.
 */

import { keyName, keyType } from "../spec/keys.ts";
import { keyPlaces, type NamedSecret, type Names } from "../spec/names.ts";
import { regionalKinds, regionalName } from "../spec/regional.ts";
import type { Announcement } from "./plan-judge.ts";

/** `spec` is the spec's path, as the user knows it. */
export function announcementsOf(names: Names, spec: string): readonly Announcement[] {
  const { keys, secrets, regional, retired } = names;
  const ofRetired = retired.flatMap((place): Announcement[] => {
    const { region, forget } = place;
    const source = `${spec} retires ${region}`;
    const code = forget ? "plan-forgets" : "plan-destroys";
    return [
      ...keys.map(
        (key) => ({ resource: `${keyType(place, key)}.${keyName(place, key)}`, code, region, source }) as const,
      ),
      ...regional.map((one) => {
        return {
          resource: `${regionalKinds[one.kind].type}.${regionalName(place, one)}`,
          code,
          region,
          source,
        } as const;
      }),
      ...secrets.map(({ id }) => {
        const resource = `aws_secretsmanager_secret.${id}`;
        return { resource, code: "plan-deletes-replica", region, source } as const;
      }),
    ];
  });
  const ofDisabled = keys.flatMap((key) =>
    keyPlaces(key, names)
      .filter((place) => !key.inRegion(place).enabled)
      .map((place): Announcement => {
        const resource = `${keyType(place, key)}.${keyName(place, key)}`;
        const source = `${spec} has enabled: false for ${key.id}`;
        return { resource, code: "plan-disables", region: place.region, source };
      }),
  );
  const ofMoved = secrets.flatMap((secret) => {
    if (names.secretsStep === "detach") return detached(secret, names, spec);
    return names.secretsStep === "attach" ? attached(secret, names, spec) : [];
  });
  return [...ofRetired, ...ofDisabled, ...ofMoved];
}

/** A secret that moves leaves the state of the region in which it was, which the spec no longer says. */
function detached({ id }: NamedSecret, { primary, replicas, secretsPlace }: Names, spec: string): Announcement[] {
  const resource = `aws_secretsmanager_secret.${id}`;
  const source = `${spec} detaches its secrets, to move them to ${secretsPlace.region}`;
  return [primary, ...replicas].map(({ region }) => ({ resource, code: "plan-forgets", region, source }));
}

/** The secret in its new region overwrites the one that it was a copy of, and the other copies. */
function attached({ id, replicas }: NamedSecret, { secretsPlace }: Names, spec: string): Announcement[] {
  const resource = `aws_secretsmanager_secret.${id}`;
  const source = `${spec} attaches its secrets in ${secretsPlace.region}`;
  return replicas.map(({ region }) => ({ resource, code: "plan-may-overwrite-secret", region, source }));
}

/** The resources of the spec's keys and secrets, without the module that they may be in. */
export function resourcesOf(names: Names): readonly string[] {
  const { keys, secrets } = names;
  return [
    ...keys.flatMap((key) => keyPlaces(key, names).map((place) => `${keyType(place, key)}.${keyName(place, key)}`)),
    ...secrets.map(({ id }) => `aws_secretsmanager_secret.${id}`),
  ];
}
