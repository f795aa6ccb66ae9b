/**
 * Counts what Terraform will do in a folder that has no files yet: the names of a spec go in, actions come out. Nothing is read, so
 * that a first run takes no longer for it.
 */

import { type Action, Tally } from "../report/outlook.ts";
import { EBS_TYPES, ebsDefaults } from "../spec/ebs.ts";
import { keyType } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import { regionalKinds } from "../spec/regional.ts";

/** What Terraform will do, `undefined` where a promotion is on its way, of which the files alone say too little. */
export function firstActions(names: Names): readonly Action[] | undefined {
  const { keys, secrets, secretsPlace, secretsStep, promotedFrom } = names;
  if (secretsStep !== undefined || promotedFrom !== undefined) return undefined;
  const tally = new Tally();
  for (const key of keys) {
    const { import: adopted } = key.spec;
    for (const place of keyPlaces(key, names)) {
      const { region } = place;
      const aliases = key.inRegion(place).aliases.length;
      tally.add(adopted ? "adopt" : "create", keyType(place, key), region);
      tally.add(adopted?.alias ? "adopt" : "create", "aws_kms_alias", region, aliases);
      tally.add("create", "aws_kms_grant", region, key.inRegion(place).grants.length);
    }
  }
  for (const { place } of ebsDefaults(names)) for (const type of EBS_TYPES) tally.add("create", type, place.region);
  for (const { kind, places, adopted } of names.regional) {
    for (const place of places) {
      tally.add(adopted.includes(place) ? "adopt" : "create", regionalKinds[kind].type, place.region);
    }
  }
  const { region } = secretsPlace;
  for (const { spec, value, replicas } of secrets) {
    tally.add(spec.import ? "adopt" : "create", "aws_secretsmanager_secret", region);
    if (value !== undefined) tally.add("send", "aws_secretsmanager_secret_version", region);
    if (spec.rotation) tally.add("create", "aws_secretsmanager_secret_rotation", region);
    if (spec.policy) tally.add("create", "aws_secretsmanager_secret_policy", region);
    if (!spec.import) for (const place of replicas) tally.add("copy", "replica", place.region);
  }
  return tally.actions();
}
