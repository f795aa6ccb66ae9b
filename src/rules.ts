/**
 * What must hold between the keys of a spec, beyond their types: a list of named checks. A spec with its names goes in,
 * findings come out, all of them; nothing is thrown and nothing is changed. Limits are AWS's own, see each rule.
 */

import {
  aliasPattern,
  isSymmetric,
  keyName,
  materialOf,
  type NamedSecret,
  type Names,
  type Path,
  type Place,
  passwordsOf,
  secretSource,
  variablesOf,
} from "./names.ts";
import { isKnownRegion, knownRegions, partitionOf } from "./regions.ts";
import { keySpecs, type ValueSpec } from "./schema.ts";
import { nearest } from "./suggest.ts";
import { type Floors, has, lowerBound, needs } from "./versions.ts";

/** What a rule has found; the code is the rule's. */
export interface Finding {
  readonly path: Path;
  /** Whether the key itself is wrong rather than its value. */
  readonly part?: "key";
  readonly severity?: "warning";
  readonly message: string;
  readonly hint: string;
}

export interface Rule {
  readonly code: string;
  readonly check: (names: Names, floors: Floors) => Iterable<Finding>;
}

/** The versions that a spec is written for. */
export function floorsOf({ spec: { terraform } }: Pick<Names, "spec">): Floors {
  return {
    terraform: lowerBound(terraform?.required_version ?? ">= 1.11"),
    aws: lowerBound(terraform?.aws_provider ?? "~> 6.0"),
  };
}

export const rules: readonly Rule[] = [
  { code: "not-supported", check: notSupported },
  { code: "unknown-region", check: unknownRegion },
  { code: "duplicate-region", check: duplicateRegion },
  { code: "primary-among-replicas", check: primaryAmongReplicas },
  { code: "mixed-partitions", check: mixedPartitions },
  { code: "duplicate-label", check: duplicateLabel },
  { code: "duplicate-provider-alias", check: duplicateProviderAlias },
  { code: "duplicate-address", check: duplicateAddress },
  { code: "aws-provider-too-old", check: awsProviderTooOld },
  { code: "unknown-replica-region", check: unknownReplicaRegion },
  { code: "reserved-alias", check: reservedAlias },
  { code: "alias-too-long", check: aliasTooLong },
  { code: "duplicate-alias", check: duplicateAlias },
  { code: "spec-not-for-usage", check: specNotForUsage },
  { code: "rotation-not-possible", check: rotationNotPossible },
  { code: "rotation-period-not-supported", check: rotationPeriodNotSupported },
  { code: "unknown-key", check: unknownKey },
  { code: "key-not-chosen", check: keyNotChosen },
  { code: "key-cannot-encrypt", check: keyCannotEncrypt },
  { code: "bad-secret-name", check: badSecretName },
  { code: "secret-name-like-arn", check: secretNameLikeArn },
  { code: "duplicate-secret-name", check: duplicateSecretName },
  { code: "value-not-one", check: valueNotOne },
  { code: "plaintext-not-allowed", check: plaintextNotAllowed },
  { code: "value-too-large", check: valueTooLarge },
  { code: "generated-not-supported", check: generatedNotSupported },
  { code: "value-lands-in-state", check: valueLandsInState },
  { code: "reserved-variable-name", check: reservedVariableName },
  { code: "duplicate-variable", check: duplicateVariable },
  { code: "too-many-tags", check: tooManyTags },
  { code: "reserved-tag", check: reservedTag },
  { code: "output-dir-not-relative", check: outputDirNotRelative },
];

function* notSupported({ spec, keys, secrets }: Names): Iterable<Finding> {
  const later: (readonly [Path, unknown])[] = [
    [["regions", "retired"], spec.regions.retired?.length],
    [["regions", "primary", "renamed_from"], spec.regions.primary.renamed_from],
    ...(spec.regions.replicas ?? []).map(
      ({ renamed_from }, index) => [["regions", "replicas", index, "renamed_from"], renamed_from] as const,
    ),
    [["terraform", "module"], spec.terraform?.module],
    [["provider", "placement"], spec.provider?.placement === "region"],
    ...keys.flatMap(({ spec: key, path }) =>
      (["policy", "renamed_from", "import"] as const).map((name) => [[...path, name], key[name]] as const),
    ),
    ...secrets.flatMap(({ spec: secret, path }) =>
      (["rotation", "policy", "renamed_from", "import"] as const).map(
        (name) => [[...path, name], secret[name]] as const,
      ),
    ),
  ];
  for (const [path, used] of later) {
    if (!used) continue;
    const message = `${path.at(-1)} is not supported by this version of mrk-scaffold`;
    yield { path, part: "key", message, hint: "Leave it out." };
  }
}

/** Names that the AWS SDK does not list may be new; names that are nearly a listed one are slips. */
function* unknownRegion(names: Names): Iterable<Finding> {
  for (const { region, path } of placesOf(names)) {
    if (isKnownRegion(region)) continue;
    const meant = nearest(region, knownRegions);
    const message = `there is no region ${JSON.stringify(region)}`;
    if (meant !== undefined) yield { path: regionPath(path), message, hint: `Did you mean ${meant}?` };
    else {
      const hint = "If the region is newer than this version of mrk-scaffold, ignore this; otherwise mend the name.";
      yield { path: regionPath(path), severity: "warning", message: `${message} in the list of the AWS SDK`, hint };
    }
  }
}

function* duplicateRegion(names: Names): Iterable<Finding> {
  yield* repeated(
    names.replicas,
    ({ region }) => region,
    ({ region, path }, first) => ({
      path: regionPath(path),
      message: `the region ${region} is listed twice`,
      hint: `It stands first in ${dotted(first.path)}. A key has one replica in a region: keep one of the two.`,
    }),
  );
}

function* primaryAmongReplicas(names: Names): Iterable<Finding> {
  for (const { region, path } of names.replicas) {
    if (region !== names.primary.region) continue;
    const message = `${region} is the primary region, a replica is in another one`;
    yield { path: regionPath(path), message, hint: "Take it out of the replicas, or make another region the primary." };
  }
}

/** Multi-Region keys replicate inside one partition only (AWS KMS: ReplicateKey). */
function* mixedPartitions(names: Names): Iterable<Finding> {
  const partition = partitionOf(names.primary.region);
  for (const { region, path } of names.replicas) {
    const other = partitionOf(region);
    if (partition === undefined || other === undefined || other === partition) continue;
    const message = `${region} is in the partition ${other}, the primary region ${names.primary.region} in ${partition}`;
    const hint = "Keys and secrets replicate within one partition only: write one spec for each partition.";
    yield { path: regionPath(path), message, hint };
  }
}

function* duplicateLabel(names: Names): Iterable<Finding> {
  yield* repeated(
    [names.primary, ...names.replicas],
    ({ label }) => label,
    ({ label, region, path }, first) => ({
      path: [...path, "label"],
      message: `the label ${label} of ${region} is also the label of ${first.region}`,
      hint: `Give one of them a label of its own: { region: ${region}, label: … }`,
    }),
  );
}

function* duplicateProviderAlias(names: Names): Iterable<Finding> {
  const aliased = names.replicas.filter(({ providerAlias }) => providerAlias !== undefined);
  yield* repeated(
    aliased,
    ({ providerAlias }) => providerAlias!,
    ({ providerAlias, region, path }, first) => ({
      path: [...path, "provider_alias"],
      message: `the provider alias ${providerAlias} of ${region} is also the one of ${first.region}`,
      hint: `Give one of them an alias of its own: { region: ${region}, provider_alias: … }`,
    }),
  );
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
  const keys = names.keys.flatMap((key) =>
    places
      .filter((place) => place === names.primary || key.replicas.includes(place))
      .map((place) => ({ address: `aws_kms_alias.${keyName(place, key)}`, path: key.path })),
  );
  const passwords = names.secrets.flatMap((secret) =>
    passwordsOf(secret).map(({ name, part }) => ({
      address: `ephemeral.aws_secretsmanager_random_password.${name}`,
      path: part === undefined ? secret.path : [...secret.path, "value", "json", part],
    })),
  );
  for (const list of [regions, keys, passwords]) {
    yield* repeated(
      list,
      ({ address }) => address,
      ({ address, path }, first) => ({
        path,
        part: "key",
        message: `${address} would stand twice in the output`,
        hint: `${dotted(first.path)} has the same name: rename one of the two.`,
      }),
    );
  }
}

function* awsProviderTooOld(_names: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "multiRegionKeys")) return;
  const message = `the constraint admits AWS providers that have no multi-Region keys; they need ${needs("multiRegionKeys")}`;
  yield { path: ["terraform", "aws_provider"], message, hint: 'Raise the lower bound, for example to "~> 6.0".' };
}

function* unknownReplicaRegion(names: Names): Iterable<Finding> {
  const owners = [
    ...names.keys.map(({ id, spec, path }) => ({
      path,
      list: spec.replicas,
      allowed: names.replicas,
      whose: "the spec",
      id,
    })),
    ...names.secrets.flatMap(({ id, spec, path, key }) =>
      key === undefined ? [] : [{ path, list: spec.replicas, allowed: key.replicas, whose: `the key ${key.id}`, id }],
    ),
  ];
  for (const { path, list, allowed, whose, id } of owners) {
    if (!Array.isArray(list)) continue;
    const regions = allowed.map(({ region }) => region);
    for (const [index, region] of list.entries()) {
      const at = [...path, "replicas", index];
      if (region === names.primary.region) {
        const message = `${region} is the primary region, ${id} is there already`;
        yield { path: at, message, hint: "List replica regions only." };
      } else if (!regions.includes(region)) {
        const meant = nearest(region, regions);
        const choice = regions.length === 0 ? "It has none." : `It has ${regions.join(", ")}.`;
        const hint =
          meant === undefined ? `${choice} Add the region there, or take it out here.` : `Did you mean ${meant}?`;
        yield { path: at, message: `${region} is no replica region of ${whose}`, hint };
      } else if (list.indexOf(region) < index) {
        yield { path: at, message: `the region ${region} is listed twice`, hint: "Keep one of the two." };
      }
    }
  }
}

/** `alias/aws/` is AWS's own (AWS KMS: CreateAlias). */
function* reservedAlias({ keys }: Names): Iterable<Finding> {
  for (const key of keys) {
    const { alias } = key.spec;
    const name = typeof alias === "object" ? alias?.name.replace(/^alias\//, "") : alias;
    if (typeof name !== "string" || !name.startsWith("aws/")) continue;
    const path = [...key.path, "alias", ...(typeof alias === "object" ? ["name"] : [])];
    yield { path, message: "aliases that start with aws/ are reserved for AWS", hint: "Choose another name." };
  }
}

/** 1 to 256 characters, `alias/` included (AWS KMS: CreateAlias). */
function* aliasTooLong(names: Names): Iterable<Finding> {
  for (const key of names.keys) {
    const pattern = aliasPattern(key);
    if (pattern === undefined) continue;
    const longest = [names.primary, ...key.replicas]
      .map(({ region }) => pattern.replaceAll("{region}", region))
      .reduce((left, right) => (right.length > left.length ? right : left));
    if (longest.length <= 256) continue;
    const message = `the alias has ${longest.length} characters with its region, at most 256 are allowed`;
    yield { path: [...key.path, "alias"], message, hint: "Shorten it." };
  }
}

function* duplicateAlias(names: Names): Iterable<Finding> {
  const aliases = names.keys.flatMap((key) => {
    const pattern = aliasPattern(key);
    if (pattern === undefined) return [];
    const regions = new Set([names.primary, ...key.replicas].map(({ region }) => region));
    return [...regions].map((region) => ({ key, region, name: pattern.replaceAll("{region}", region) }));
  });
  const reported = new Set<string>();
  for (const finding of repeated(
    aliases,
    ({ region, name }) => `${region} ${name}`,
    ({ key, region, name }, first) => ({
      path: [...key.path, "alias"],
      message: `the keys ${first.key.id} and ${key.id} have the same alias ${name} in ${region}`,
      hint: `An alias belongs to one key: write an alias for ${key.id}, for example alias: ${key.id}`,
    }),
  )) {
    const key = finding.path.join("\n");
    if (!reported.has(key)) yield finding;
    reported.add(key);
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

/** Symmetric encryption keys only (AWS KMS: EnableKeyRotation). */
function* rotationNotPossible({ keys }: Names): Iterable<Finding> {
  for (const { spec, path } of keys) {
    if (!spec.rotation || isSymmetric(spec)) continue;
    const message = `KMS does not rotate ${materialOf(spec).spec} keys`;
    yield { path: [...path, "rotation"], message, hint: "Leave rotation out: only SYMMETRIC_DEFAULT keys rotate." };
  }
}

function* rotationPeriodNotSupported({ keys }: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "rotationPeriod")) return;
  for (const { spec, path } of keys) {
    if (typeof spec.rotation !== "object" || spec.rotation === null) continue;
    const message = `a rotation period needs ${needs("rotationPeriod")}`;
    yield {
      path: [...path, "rotation", "period_days"],
      message,
      hint: "Raise terraform.aws_provider, or write rotation: true.",
    };
  }
}

function* unknownKey({ keys, secrets }: Names): Iterable<Finding> {
  const ids = keys.map(({ id }) => id);
  for (const { spec, key, path } of secrets) {
    if (!spec.key || key !== undefined) continue;
    const meant = nearest(spec.key, ids);
    const hint = meant === undefined ? `There are ${ids.join(", ") || "no keys"}.` : `Did you mean ${meant}?`;
    yield { path: [...path, "key"], message: `there is no key ${JSON.stringify(spec.key)} in this spec`, hint };
  }
}

function* keyNotChosen({ keys, secrets }: Names): Iterable<Finding> {
  for (const { id, spec, key, path } of secrets) {
    if (spec.key || key !== undefined) continue;
    const message =
      keys.length === 0
        ? `the secret ${id} has no key, the spec has none`
        : `the secret ${id} does not say which key encrypts it`;
    const hint =
      keys.length === 0 ? "Leave keys out, or write one." : `Write key: ${keys.map((one) => one.id).join(" or ")}`;
    yield { path, part: "key", message, hint };
  }
}

/** Secrets Manager takes symmetric encryption keys only (AWS Secrets Manager: encryption and decryption). */
function* keyCannotEncrypt({ secrets }: Names): Iterable<Finding> {
  for (const { spec, key, path } of secrets) {
    if (key === undefined || isSymmetric(key.spec)) continue;
    const message = `the key ${key.id} (${materialOf(key.spec).spec}) cannot encrypt secrets`;
    const at = spec.key ? [...path, "key"] : path;
    yield { path: at, message, hint: "Secrets need a key with usage: encrypt and spec: SYMMETRIC_DEFAULT." };
  }
}

/** 1 to 512 of these characters (AWS Secrets Manager: CreateSecret). */
function* badSecretName({ secrets }: Names): Iterable<Finding> {
  for (const secret of secrets) {
    const { name } = secret;
    const path = namePath(secret);
    if (name.length === 0)
      yield { path, message: "the name of a secret is empty", hint: "Leave it out for the identifier." };
    else if (name.length > 512) {
      yield { path, message: `the name has ${name.length} characters, at most 512 are allowed`, hint: "Shorten it." };
    } else if (!/^[0-9A-Za-z/_+=.@-]+$/.test(name)) {
      const bad = [...new Set(name.match(/[^0-9A-Za-z/_+=.@-]/gu) ?? [])].map((character) => JSON.stringify(character));
      const message = `the name of a secret cannot hold ${bad.slice(0, 5).join(", ")}`;
      yield { path, message, hint: "Letters, digits and / _ + = . @ - are allowed." };
    }
  }
}

/** AWS adds a hyphen and six characters to a secret's ARN, and advises against names that end so (CreateSecret). */
function* secretNameLikeArn({ secrets }: Names): Iterable<Finding> {
  for (const secret of secrets) {
    if (!/-[A-Za-z0-9]{6}$/.test(secret.name)) continue;
    yield {
      path: namePath(secret),
      severity: "warning",
      message: `the name ${secret.name} ends in a hyphen and six characters, as the ARNs of secrets do`,
      hint: "AWS may take it for an ARN when it looks a secret up: choose another ending.",
    };
  }
}

function* duplicateSecretName({ secrets }: Names): Iterable<Finding> {
  yield* repeated(
    secrets,
    ({ name }) => name,
    (secret, first) => ({
      path: namePath(secret),
      message: `the secrets ${first.id} and ${secret.id} have the same name ${secret.name}`,
      hint: "A name stands for one secret in a region: change one of the two.",
    }),
  );
}

const SOURCES = ["variable", "generated", "json", "literal"] as const;

function* valueNotOne({ secrets }: Names): Iterable<Finding> {
  for (const { spec, path } of secrets) {
    const value = secretSource(spec);
    if (typeof value === "string") continue;
    const at = [...path, "value"];
    const given = SOURCES.filter((source) => value[source] !== undefined && value[source] !== null);
    if (given.length !== 1) {
      const message =
        given.length === 0 ? "the value says no source" : `the value has ${given.length} sources: ${given.join(", ")}`;
      yield { path: at, message, hint: `Write exactly one of ${SOURCES.join(", ")}; or value: external.` };
    }
    for (const [part, content] of Object.entries(value.json ?? {})) {
      if (typeof content === "string" || Boolean(content.variable) !== Boolean(content.generated)) continue;
      const hint = "Write a text, generated, { variable: NAME } or { generated: { … } }.";
      yield { path: [...at, "json", part], message: "a part of a JSON value has exactly one source", hint };
    }
    if (value.json && Object.keys(value.json).length === 0) {
      yield {
        path: [...at, "json"],
        message: "the JSON value has no parts",
        hint: "Write at least one, such as username: app.",
      };
    }
  }
}

function* plaintextNotAllowed({ secrets }: Names): Iterable<Finding> {
  for (const { spec, path } of secrets) {
    const value = secretSource(spec);
    if (typeof value === "string" || typeof value.literal !== "string" || value.allow_plaintext) continue;
    yield {
      path: [...path, "value", "literal"],
      part: "key",
      message: "a literal value is readable for everyone who can read the repository or Terraform's state",
      hint: "Write value: variable or value: generated instead; if it is no secret, add allow_plaintext: true.",
    };
  }
}

/** 65,536 bytes (AWS Secrets Manager: SecretString). */
function* valueTooLarge({ secrets }: Names): Iterable<Finding> {
  for (const { spec, path } of secrets) {
    const value = secretSource(spec);
    if (typeof value === "string") continue;
    const texts = [value.literal ?? "", ...Object.values(value.json ?? {}).filter((part) => typeof part === "string")];
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (value.literal === "") {
      yield {
        path: [...path, "value", "literal"],
        message: "the literal is empty, AWS wants 1 to 65,536 bytes",
        hint: "Write value: external for a secret without a value.",
      };
    }
    if (bytes <= 65_536) continue;
    yield {
      path: [...path, "value"],
      message: `the value has ${bytes} bytes, at most 65,536 are allowed`,
      hint: "Store the data elsewhere and the key to it here.",
    };
  }
}

function* generatedNotSupported({ secrets }: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const secret of secrets) {
    if (passwordsOf(secret).length === 0) continue;
    const message = `a generated value needs ${needs("writeOnlyValues")}: with older ones it would land in Terraform's state`;
    yield {
      path: [...secret.path, "value"],
      message,
      hint: "Raise terraform.required_version and terraform.aws_provider.",
    };
  }
}

function* valueLandsInState({ secrets }: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const secret of secrets) {
    const value = secretSource(secret.spec);
    if (variablesOf(secret).length === 0 || isLiteral(value)) continue;
    yield {
      path: secret.spec.value ? [...secret.path, "value"] : secret.path,
      severity: "warning",
      message: `the value of ${secret.id} lands in Terraform's state: write-only values need ${needs("writeOnlyValues")}`,
      hint: "Raise terraform.required_version and terraform.aws_provider, or write value: external.",
    };
  }
}

/** Terraform keeps these names for itself: https://developer.hashicorp.com/terraform/language/values/variables */
const RESERVED_VARIABLES = new Set([
  "source",
  "version",
  "providers",
  "count",
  "for_each",
  "lifecycle",
  "depends_on",
  "locals",
]);

function* reservedVariableName({ secrets }: Names): Iterable<Finding> {
  for (const { name, path } of secrets.flatMap(variablesOf)) {
    if (!RESERVED_VARIABLES.has(name)) continue;
    yield { path, message: `Terraform does not allow a variable that is called ${name}`, hint: "Choose another name." };
  }
}

/** Secrets may share a variable by naming it; that a default name is taken by another secret is a slip. */
function* duplicateVariable({ secrets }: Names): Iterable<Finding> {
  const owners = new Map(
    secrets
      .filter(({ spec }) => secretSource(spec) === "variable")
      .map((secret) => [`${secret.id}_secret_string`, secret]),
  );
  for (const secret of secrets) {
    for (const { name, path } of variablesOf(secret)) {
      const owner = owners.get(name);
      if (owner === undefined || owner === secret) continue;
      const message = `the variable ${name} is already the one of the secret ${owner.id}`;
      const hint = `Choose another name, or write value: { variable: ${name} } at ${owner.id} too if both have the same value.`;
      yield { path, message, hint };
    }
  }
}

/** 50 tags a resource; tags of the provider count (AWS: tag naming limits). */
function* tooManyTags(names: Names): Iterable<Finding> {
  const shared = Object.keys(names.spec.provider?.default_tags ?? {});
  if (shared.length > 50) {
    const path = ["provider", "default_tags"];
    yield { path, message: `${shared.length} tags, at most 50 are allowed`, hint: "Take some out." };
    return;
  }
  for (const { spec, path } of [...names.keys, ...names.secrets]) {
    const all = new Set([...shared, ...Object.keys(spec.tags ?? {})]);
    if (all.size <= 50) continue;
    const message = `${all.size} tags${shared.length > 0 ? " with default_tags" : ""}, at most 50 are allowed`;
    yield { path: [...path, "tags"], message, hint: "Take some out." };
  }
}

function* reservedTag(names: Names): Iterable<Finding> {
  const sets = [
    { tags: names.spec.provider?.default_tags, path: ["provider", "default_tags"] as Path },
    ...[...names.keys, ...names.secrets].map(({ spec, path }) => ({ tags: spec.tags, path: [...path, "tags"] })),
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

function* outputDirNotRelative({ spec: { output_dir } }: Names): Iterable<Finding> {
  if (!output_dir || !/^([/\\]|[A-Za-z]:)/.test(output_dir)) return;
  const message = "output_dir is relative to the spec, so that it means the same on every machine";
  yield { path: ["output_dir"], message, hint: "Write a relative path, or use --out for an absolute one." };
}

function placesOf(names: Names): readonly Place[] {
  return [names.primary, ...names.replicas];
}

/** The path of a region's name; where it is written alone, the place is the same. */
function regionPath(path: Path): Path {
  return [...path, "region"];
}

function namePath({ path }: NamedSecret): Path {
  return [...path, "name"];
}

function isLiteral(value: ValueSpec): boolean {
  return typeof value === "object" && typeof value.literal === "string";
}

/** A finding for every item whose name an earlier item has. */
function* repeated<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  finding: (item: T, first: T) => Finding,
): Iterable<Finding> {
  const firsts = new Map<string, T>();
  for (const item of items) {
    const name = nameOf(item);
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, item);
    else yield finding(item, first);
  }
}

function uniqueBy<T>(items: readonly T[], nameOf: (item: T) => string): readonly T[] {
  return [...new Map(items.toReversed().map((item) => [nameOf(item), item])).values()].reverse();
}

function dotted(path: Path): string {
  return path.length === 0
    ? "the default key"
    : path
        .map((step) => (typeof step === "number" ? `[${step}]` : step))
        .join(".")
        .replaceAll(".[", "[");
}
