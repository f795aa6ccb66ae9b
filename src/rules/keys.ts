/** What must hold about the keys of a spec. */

import { partitionOf } from "../aws/regions.ts";
import { aliasIn, isImported, isRotatable, isSymmetric, materialOf, settingPath } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { regionalKinds } from "../spec/regional.ts";
import { keySpecs } from "../spec/schema.ts";
import { fixedLength, shown } from "../spec/text.ts";
import { type Floors, has, needs } from "../spec/versions.ts";
import { type Finding, type Rule, repeated, uniqueBy } from "./rule.ts";

export const keyRules = (): readonly Rule[] => [
  { code: "reserved-alias", check: reservedAlias },
  { code: "alias-too-long", check: aliasTooLong },
  { code: "duplicate-alias", check: duplicateAlias },
  { code: "spec-not-for-usage", check: specNotForUsage },
  { code: "rotation-not-possible", check: rotationNotPossible },
  { code: "imported-key-setting", check: importedKeySetting },
  { code: "valid-to-without-import", check: validToWithoutImport },
  { code: "existing-key-setting", check: existingKeySetting },
  { code: "existing-key-in-one-region", check: existingKeyInOneRegion },
  { code: "rotation-period-not-supported", check: rotationPeriodNotSupported },
  { code: "disabled-key-with-replicas", check: disabledKeyWithReplicas },
];

/** `alias/aws/` is AWS's own (AWS KMS: CreateAlias). */
function* reservedAlias(names: Names): Iterable<Finding> {
  for (const { alias, path } of aliasesOf(names)) {
    if (!alias.startsWith("alias/aws/")) continue;
    const message = "aliases that start with aws/ are reserved for AWS";
    yield { path: [...path, "name"], message, hint: "Choose another name." };
  }
}

/** The aliases of all keys as they are written, each with the places where it counts. */
function aliasesOf(names: Names): { readonly alias: string; readonly path: Path; readonly longest: number }[] {
  return names.keys.flatMap((key) => {
    const all = keyPlaces(key, names).flatMap((place) =>
      key.inRegion(place).aliases.map((alias) => {
        return { alias: alias.pattern, path: alias.path, longest: fixedLength(aliasIn(place, alias), 1) };
      }),
    );
    const longestFirst = all.sort((one, other) => other.longest - one.longest);
    return uniqueBy(longestFirst, ({ path }) => path.join("\n"));
  });
}

/** 1 to 256 characters, `alias/` included (AWS KMS: CreateAlias). */
function* aliasTooLong(names: Names): Iterable<Finding> {
  for (const { path, longest } of aliasesOf(names)) {
    if (longest <= 256) continue;
    const message = `the alias has ${longest} characters with its region, at most 256 are allowed`;
    yield { path, message, hint: "Shorten it." };
  }
}

function* duplicateAlias(names: Names): Iterable<Finding> {
  const aliases = names.keys.flatMap((key) => {
    return uniqueBy(keyPlaces(key, names), ({ region }) => region).flatMap((place) =>
      key.inRegion(place).aliases.map((alias) => {
        return { key, region: place.region, name: shown(aliasIn(place, alias)), path: alias.path };
      }),
    );
  });
  const reported = new Set<string>();
  for (const finding of repeated(
    aliases,
    ({ region, name }) => `${region} ${name}`,
    ({ key, region, name, path }, first) => ({
      path,
      message:
        first.key === key
          ? `the key ${key.id} has the alias ${name} twice in ${region}`
          : `the keys ${first.key.id} and ${key.id} have the same alias ${name} in ${region}`,
      hint:
        first.key === key
          ? "Keep one of the two."
          : `An alias belongs to one key: write an alias for ${key.id}, for example alias: ${key.id}`,
    }),
  )) {
    const key = finding.path.join("\n");
    if (!reported.has(key)) yield finding;
    reported.add(key);
  }
}

/** What is read only has no settings, but for where it is. */
function* existingKeySetting({ existing }: Names): Iterable<Finding> {
  for (const { id, spec, path } of existing) {
    for (const [setting, value] of Object.entries(spec)) {
      if (setting === "existing" || setting === "replicas" || value === undefined) continue;
      const message = `the key ${id} belongs to another state: ${setting} cannot be set here`;
      yield { path: [...path, setting], part: "key", message, hint: "Leave it out, or leave existing out." };
    }
  }
}

/** Only the ids of multi-Region keys are the same in every region (AWS KMS Developer Guide: multi-Region keys). */
function* existingKeyInOneRegion({ existing, secrets, regional }: Names): Iterable<Finding> {
  for (const key of existing) {
    const { spec, path } = key;
    if (typeof spec.existing !== "string" || spec.existing.includes("mrk-")) continue;
    const thing = regional.find((one) => one.key === key && one.places.length > 1);
    const isReplicated = secrets.some((secret) => secret.key === key && secret.replicas.length > 0);
    if (!isReplicated && thing === undefined) continue;
    const what = isReplicated
      ? "a secret under it has replicas in others"
      : `the ${regionalKinds[thing!.kind].noun} ${thing!.id} under it is in several`;
    const message = `this is a key of one region, and ${what}`;
    const hint =
      "Name the id of a multi-Region key, mrk-…, or an alias that each region has; or replicas: [] at the key.";
    yield { path: [...path, "existing"], message, hint };
  }
}

/** The pairs that AWS KMS accepts (CreateKey: KeyUsage, KeySpec). */
function* specNotForUsage({ keys, primary }: Names): Iterable<Finding> {
  for (const { spec: key, path } of keys) {
    const { usage, spec } = materialOf(key);
    const allowed: readonly string[] = keySpecs[usage];
    if (!allowed.includes(spec)) {
      const message = `a key of spec ${spec} cannot have the usage ${usage}`;
      yield { path: [...path, "spec"], message, hint: `For ${usage} there are ${allowed.join(", ")}.` };
    } else if (spec === "SM2" && partitionOf(primary.region) !== "aws-cn") {
      yield {
        path: [...path, "spec"],
        message: "SM2 keys exist in the China regions only",
        hint: "Choose another spec.",
      };
    }
  }
}

/** Symmetric encryption keys whose material KMS has made (AWS KMS: EnableKeyRotation). */
function* rotationNotPossible({ keys }: Names): Iterable<Finding> {
  for (const { spec, path } of keys) {
    if (!spec.rotation || isRotatable(spec)) continue;
    const what = isImported(spec) ? "imported key material" : `${materialOf(spec).spec} keys`;
    const hint = isImported(spec)
      ? "Leave rotation out: new material is a new key."
      : "Leave rotation out: only SYMMETRIC_DEFAULT keys rotate.";
    yield { path: [...path, "rotation"], message: `KMS does not rotate ${what}`, hint };
  }
}

/**
 * What a key with imported material cannot have: aws_kms_external_key makes symmetric keys only in provider 5, and the import
 * itself enables the key, which Terraform then leaves alone.
 */
function* importedKeySetting(names: Names): Iterable<Finding> {
  for (const key of names.keys.filter(({ spec }) => isImported(spec))) {
    const { spec, path } = key;
    if (!isSymmetric(spec)) {
      const at = spec.spec === undefined ? "usage" : "spec";
      const message = `key material is imported into SYMMETRIC_DEFAULT keys here, not into ${materialOf(spec).spec} keys`;
      yield { path: [...path, at], message, hint: `Leave ${at} out, or material.` };
    }
    const disabled = keyPlaces(key, names).filter((place) => !key.inRegion(place).enabled);
    const paths = disabled.map((place) => settingPath(key, place, "enabled"));
    for (const at of uniqueBy(paths, (one) => one.join("\n"))) {
      const message = "a key with imported material is disabled until its material is there, and enabled by the import";
      yield { path: at, message, hint: "Leave enabled out, and disable the key with aws kms disable-key." };
    }
  }
}

function* validToWithoutImport({ keys }: Names): Iterable<Finding> {
  for (const { spec, path } of keys) {
    if (spec.valid_to === undefined || isImported(spec)) continue;
    const message = "only imported key material expires";
    yield {
      path: [...path, "valid_to"],
      part: "key",
      message,
      hint: "Leave valid_to out, or write material: imported.",
    };
  }
}

function* rotationPeriodNotSupported({ keys }: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "rotationPeriod")) return;
  for (const { spec, path } of keys) {
    if (typeof spec.rotation !== "object") continue;
    const message = `a rotation period needs ${needs("rotationPeriod")}`;
    yield {
      path: [...path, "rotation", "period_days"],
      message,
      hint: "Raise terraform.aws_provider, or write rotation: true.",
    };
  }
}

/** Only an enabled key can be replicated (AWS KMS: ReplicateKey). */
function* disabledKeyWithReplicas({ keys, primary }: Names): Iterable<Finding> {
  for (const key of keys) {
    if (key.inRegion(primary).enabled || key.replicas.length === 0) continue;
    const path = settingPath(key, primary, "enabled");
    const message = "a disabled key cannot be replicated: where its replicas do not exist yet, Terraform will fail";
    const hint = "Create the key enabled, with its replicas, and disable it afterwards.";
    yield { path, severity: "warning", message, hint };
  }
}
