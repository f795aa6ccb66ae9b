/**
 * What must hold between the keys of a spec, beyond their types: a list of named checks. A spec with its names goes in,
 * findings come out, all of them; nothing is thrown and nothing is changed. Limits are AWS's own, see each rule.
 */

import { consumersOf } from "../spec/consumers.ts";
import { ebsDefaults } from "../spec/ebs.ts";
import { aliasResource, grantResource, keyName, settingPath } from "../spec/keys.ts";
import { knownAt } from "../spec/known.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { regionalAddresses, regionalPath, settingsIn } from "../spec/regional.ts";
import { regionalAlias } from "../spec/schema.ts";
import { textsOf } from "../spec/texts.ts";
import { ephemeralType, sourcesOf, valuedThings } from "../spec/values.ts";
import { type Floors, has, needs } from "../spec/versions.ts";
import { changeRules } from "./changes.ts";
import { consumerRules } from "./consumers.ts";
import { documentRules } from "./documents.ts";
import { ebsRules } from "./ebs.ts";
import { grantRules } from "./grants.ts";
import { keyUseRules } from "./key-uses.ts";
import { keyRules } from "./keys.ts";
import { openPolicyRules } from "./open-policies.ts";
import { policyRules } from "./policies.ts";
import { promotionRules } from "./promotion.ts";
import { hasReferences, referenceRules } from "./references.ts";
import { regionalRules } from "./regional.ts";
import { regionalPolicyRules } from "./regional-policies.ts";
import { regionRules } from "./regions.ts";
import { type Finding, type Rule, repeated, shownPath, uniqueBy } from "./rule.ts";
import { secretRules } from "./secrets.ts";
import { statementRules } from "./statements.ts";
import { textRules } from "./texts.ts";
import { valueRules } from "./values.ts";

/**
 * The rules that can find something in a spec. Most specs have no policies and no changes, and compiling the rules about
 * these would take 3 % of every run.
 */
export function rulesFor(names: Names): readonly Rule[] {
  const { primary, replicas, retired, keys, secrets, regional } = names;
  const things = [...keys, ...secrets, ...regional];
  const hasPolicies = [...keys, ...secrets].some(({ spec }) => spec.policy) || keys.some(({ spec }) => spec.by_region);
  const hasChanges =
    retired.length > 0 ||
    [primary, ...replicas].some(({ formerLabels }) => formerLabels.length > 0) ||
    things.some(({ spec }) => spec.renamed_from || spec.import);
  return [
    ...regionRules(),
    ...generalRules,
    ...keyRules(),
    ...(keys.some(({ spec }) => spec.grants) ? grantRules() : []),
    ...(ebsDefaults(names).length > 0 ? ebsRules() : []),
    ...(secrets.length + regional.length > 0 ? keyUseRules() : []),
    ...(secrets.length > 0 ? secretRules() : []),
    ...(secrets.length > 0 || regional.some(({ value }) => value !== undefined) ? valueRules() : []),
    ...(regional.length > 0 ? regionalRules() : []),
    ...(consumersOf(names.spec).length > 0 ? consumerRules() : []),
    ...(hasPolicies
      ? [...statementRules(), ...policyRules(), ...openPolicyRules(), ...regionalPolicyRules(), ...documentRules()]
      : []),
    ...(hasTexts(names) ? textRules() : []),
    ...(hasReferences(names) ? referenceRules() : []),
    ...(hasChanges ? changeRules() : []),
    ...(isAboutPromotion(names) ? promotionRules() : []),
  ];
}

/** Whether there are texts with placeholders, or variables for them. An alias in its short form has its region alone, and rules of its own. */
function hasTexts(names: Names): boolean {
  if (names.variables.length > 0) return true;
  const start = regionalAlias("");
  for (const { text } of textsOf(names)) {
    if (!text.startsWith(start) || text.includes("{", start.length) || text.includes("}", start.length)) return true;
  }
  return false;
}

/** Whether a spec says anything that the rules about promotion are about. */
function isAboutPromotion({ spec: { regions } }: Names): boolean {
  const { home, secrets, promoted_from, unreachable } = regions;
  return [home, secrets, promoted_from, unreachable].some((part) => part !== undefined);
}

const generalRules: readonly Rule[] = [
  { code: "setting-as-name", check: settingAsName },
  { code: "duplicate-address", check: duplicateAddress },
  { code: "aws-provider-too-old", check: awsProviderTooOld },
  { code: "placement-not-supported", check: placementNotSupported },
  { code: "provider-in-module", check: providerInModule },
  { code: "provider-not-written", check: providerNotWritten },
  { code: "duplicate-file", check: duplicateFile },
  { code: "too-many-tags", check: tooManyTags },
  { code: "reserved-tag", check: reservedTag },
  { code: "output-dir-not-relative", check: outputDirNotRelative },
];

/** A slip of the indentation makes settings of a secret look like secrets, whose names are texts as well. */
function* settingAsName({ secrets }: Names): Iterable<Finding> {
  const empty = secrets.find(({ spec }) => Object.values(spec).every((setting) => setting === undefined));
  if (empty === undefined) return;
  const settings = knownAt(["secrets", "*"]).keys;
  for (const { id, path } of secrets) {
    if (id === empty.id || !settings.includes(id)) continue;
    const message = `the secret ${id} is called like a setting, and the secret ${empty.id} has no settings`;
    yield {
      path,
      part: "key",
      severity: "warning",
      message,
      hint: `If it is a setting of ${empty.id}, indent it further.`,
    };
  }
}

/** Terraform refuses two resources of one type and name; labels, keys and JSON parts may join up to the same name. */
function* duplicateAddress(names: Names): Iterable<Finding> {
  // Equal labels and equal aliases have rules of their own; here they would only be reported again.
  const places = uniqueBy([names.primary, ...names.replicas], ({ label }) => label);
  const regions = uniqueBy([names.primary, ...names.replicas], ({ providerAlias }) => providerAlias ?? "").map(
    (place) => ({
      address: `data.aws_region.${place.dataSource}`,
      path: [...place.path, "provider_alias"] as Path,
    }),
  );
  const inPlaces = names.keys.flatMap((key) =>
    places.filter((place) => place === names.primary || key.replicas.includes(place)).map((place) => ({ key, place })),
  );
  const keys = inPlaces.flatMap(({ key, place }) => [
    { address: `aws_kms_alias.${keyName(place, key)}`, path: key.path },
    ...key
      .inRegion(place)
      .aliases.filter(({ suffix }) => suffix !== undefined)
      .map((alias) => ({ address: `aws_kms_alias.${aliasResource(place, key, alias)}`, path: alias.path })),
    ...key.inRegion(place).grants.map(([grant]) => ({
      address: `aws_kms_grant.${grantResource(place, key, grant)}`,
      path: [...key.path, "grants", grant],
    })),
  ]);
  const ephemerals = valuedThings(names).flatMap((valued) =>
    sourcesOf(valued).flatMap(({ source, name, path, part }) => {
      const type = ephemeralType(source);
      if (type === undefined) return [];
      return [{ address: `ephemeral.${type}.${name}`, path: part.length === 0 ? valued.path : path }];
    }),
  );
  const regional = names.regional.flatMap((one) => {
    const inPlaces = { ...one, places: one.places.filter((place) => places.includes(place)) };
    return regionalAddresses(inPlaces).map((address) => ({ address, path: one.path }));
  });
  for (const list of [regions, keys, ephemerals, regional]) {
    yield* repeated(
      list,
      ({ address }) => address,
      ({ address, path }, first) => ({
        path,
        part: "key",
        message: `${address} would be declared twice in the output`,
        hint: `${shownPath(first.path)} has the same name: rename one of the two.`,
      }),
    );
  }
}

function* awsProviderTooOld(_names: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "multiRegionKeys")) return;
  const message = `the constraint admits AWS providers that have no multi-Region keys; they need ${needs("multiRegionKeys")}`;
  yield { path: ["terraform", "aws_provider"], message, hint: 'Raise the lower bound, for example to "~> 6.0".' };
}

function* placementNotSupported({ spec }: Names, floors: Floors): Iterable<Finding> {
  if (spec.provider?.placement !== "region" || has(floors, "regionArgument")) return;
  const message = `placement: region needs ${needs("regionArgument")}: older ones have no region argument`;
  yield {
    path: ["provider", "placement"],
    message,
    hint: 'Raise terraform.aws_provider to "~> 6.0", or write placement: alias.',
  };
}

/** A child module is given its providers. */
function* providerInModule({ spec }: Names): Iterable<Finding> {
  if (!spec.terraform?.module) return;
  const { profile, assume_role, allowed_account_ids, default_tags } = spec.provider ?? {};
  const settings = { profile, assume_role, allowed_account_ids: allowed_account_ids?.length, default_tags };
  for (const [key, value] of Object.entries(settings)) {
    if (!value) continue;
    const message = `${key} belongs to provider blocks, and a module has none`;
    yield { path: ["provider", key], part: "key", message, hint: "Set it in the root module's provider blocks." };
  }
}

/** What provider blocks would say, where the folder has its own. */
function* providerNotWritten({ spec: { provider, files, terraform } }: Names): Iterable<Finding> {
  if (provider?.write !== false) return;
  const { profile, assume_role, allowed_account_ids, default_tags } = provider;
  const settings = terraform?.module ? {} : { profile, assume_role, allowed_account_ids, default_tags };
  const hint = "Set it in the folder's own provider blocks, or take write: false out.";
  for (const [key, value] of Object.entries({ ...settings, default: provider.default })) {
    if (value === undefined) continue;
    const message = `${key} belongs to provider blocks, and write: false says that the folder has its own`;
    yield { path: ["provider", key], part: "key", message, hint };
  }
  if (files?.provider !== undefined) {
    const message = "there is no file for providers, because provider.write is false";
    yield { path: ["files", "provider"], part: "key", message, hint: "Take one of the two out." };
  }
}

/** On macOS and Windows names that differ in their case alone are one file. */
function* duplicateFile({ files }: Names): Iterable<Finding> {
  yield* repeated(
    Object.entries(files).flatMap(([kind, name]) => (name === undefined ? [] : [[kind, name] as const])),
    ([, name]) => name.toLowerCase(),
    ([kind, name], [first]) => ({
      path: ["files", kind],
      message: `${name} is the file for ${first} already`,
      hint: "Give each kind of file a name of its own.",
    }),
  );
}

/** 50 tags a resource; tags of the provider count (AWS: tag naming limits). */
function* tooManyTags(names: Names): Iterable<Finding> {
  const shared = Object.keys(names.spec.provider?.default_tags ?? {});
  if (shared.length > 50) {
    const path = ["provider", "default_tags"];
    yield { path, message: `${shared.length} tags, at most 50 are allowed`, hint: "Take some out." };
    return;
  }
  const sets = [
    ...names.keys.flatMap((key) =>
      keyPlaces(key, names).map((place) => ({
        tags: key.inRegion(place).tags,
        path: settingPath(key, place, "tags"),
      })),
    ),
    ...names.secrets.map(({ spec, path }) => ({ tags: spec.tags, path: [...path, "tags"] as Path })),
    ...names.regional.flatMap((one) =>
      one.places.map((place) => ({ tags: settingsIn(one, place).tags, path: regionalPath(one, place, "tags") })),
    ),
  ];
  for (const { tags, path } of uniqueBy(sets, ({ path }) => path.join("\n"))) {
    const all = new Set([...shared, ...Object.keys(tags ?? {})]);
    if (all.size <= 50) continue;
    const message = `${all.size} tags${shared.length > 0 ? " with default_tags" : ""}, at most 50 are allowed`;
    yield { path, message, hint: "Take some out." };
  }
}

function* reservedTag(names: Names): Iterable<Finding> {
  const sets = [
    { tags: names.spec.provider?.default_tags, path: ["provider", "default_tags"] as Path },
    ...[...names.keys, ...names.secrets, ...names.regional].map(({ spec, path }) => {
      return { tags: spec.tags, path: [...path, "tags"] };
    }),
    ...[...names.keys, ...names.regional].flatMap(({ spec, path }) =>
      Object.entries<Tagged>(spec.by_region ?? {}).map(([region, { tags }]) => ({
        tags,
        path: [...path, "by_region", region, "tags"],
      })),
    ),
  ];
  for (const { tags, path } of sets) {
    for (const tag of Object.keys(tags ?? {})) {
      if (!/^aws:/i.test(tag)) continue;
      yield {
        path: [...path, tag],
        part: "key",
        message: `tags that start with aws: are reserved for AWS`,
        hint: "Rename it.",
      };
    }
  }
}

interface Tagged {
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

function* outputDirNotRelative({ spec: { output_dir } }: Names): Iterable<Finding> {
  const shell = ["~", "$"].find((sign) => output_dir?.startsWith(sign));
  if (shell !== undefined) {
    const message = `output_dir starts with ${shell}, which only a shell replaces: the folder would be called so`;
    const hint = "Write the path relative to the spec. For a folder of that name, put ./ in front of it.";
    yield { path: ["output_dir"], message, hint };
  }
  if (!output_dir || !/^([/\\]|[A-Za-z]:)/.test(output_dir)) return;
  const message = "output_dir is relative to the spec, so that it means the same on every machine";
  yield { path: ["output_dir"], message, hint: "Write a relative path, or use --out for an absolute one." };
}
