/** What must hold about references to what other files declare. */

import { consumerDocumentName, consumersOf } from "../spec/consumers.ts";
import { EBS_TYPES, ebsDefaults } from "../spec/ebs.ts";
import { aliasResource, grantResource, grantsOf, keyName, keyType, type NamedKey } from "../spec/keys.ts";
import { keyPlaces, type NamedSecret, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { type Reference, referred } from "../spec/reference.ts";
import { regionalAddresses } from "../spec/regional.ts";
import { keyPolicies, secretDocumentName } from "../spec/statements.ts";
import { ephemeralType, sourcesOf, type Valued, valuedThings, variablesOf } from "../spec/values.ts";
import type { Finding, Rule } from "./rule.ts";

export const referenceRules = (): readonly Rule[] => [
  { code: "bad-reference", check: badReference },
  { code: "reference-to-own", check: referenceToOwn },
];

/** A reference, and where it is. */
interface PlacedReference {
  readonly reference: Reference;
  readonly path: Path;
  /** Whether it stands for a value, which may come from what Terraform keeps nowhere. */
  readonly isValue: boolean;
}

/** Whether the rules about references can find something. */
export function hasReferences(names: Names): boolean {
  for (const _ of referencesIn(names)) return true;
  return false;
}

function* referencesIn(names: Names): Iterable<PlacedReference> {
  const { provider } = names.spec;
  yield* referencesBelow(provider?.assume_role, ["provider", "assume_role"]);
  yield* referencesBelow(provider?.allowed_account_ids, ["provider", "allowed_account_ids"]);
  for (const key of names.keys) {
    const { spec, path } = key;
    yield* referencesBelow(spec.policy, [...path, "policy"]);
    for (const [name, { to, retiring }] of grantsOf(key)) {
      yield* referencesBelow(to, [...path, "grants", name, "to"]);
      yield* referencesBelow(retiring, [...path, "grants", name, "retiring"]);
    }
    for (const [region, { policy }] of Object.entries(spec.by_region ?? {})) {
      yield* referencesBelow(policy, [...path, "by_region", region, "policy"]);
    }
  }
  for (const { spec, path } of names.regional) {
    yield* referencesBelow(spec.name, [...path, "name"]);
    for (const [region, { name }] of Object.entries(spec.by_region ?? {})) {
      yield* referencesBelow(name, [...path, "by_region", region, "name"]);
    }
  }
  for (const { spec, path } of names.secrets) {
    yield* referencesBelow(spec.policy, [...path, "policy"]);
    yield* referencesBelow(spec.rotation, [...path, "rotation"]);
  }
  for (const { source, path } of valuedThings(names).flatMap(sourcesOf)) {
    if (source.ref !== undefined) yield { reference: { ref: source.ref }, path, isValue: true };
  }
}

/** The references in settings, however deep; what is a text is no reference, whatever is in it. */
function* referencesBelow(value: unknown, path: Path): Iterable<PlacedReference> {
  if (typeof value !== "object" || value === null) return;
  const isReference = "ref" in value || ("variable" in value && !("test" in value));
  if (isReference) yield { reference: value as Reference, path, isValue: false };
  else {
    for (const [key, below] of Object.entries(value)) {
      yield* referencesBelow(below, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  }
}

/** What only a block itself knows, or the program that runs it. */
const NOT_DECLARED = new Set(["each", "count", "self", "path", "terraform"]);

function* badReference(names: Names): Iterable<Finding> {
  for (const { reference, path, isValue } of referencesIn(names)) {
    const finding = faultOf(reference, isValue);
    if (finding !== undefined) yield { path: "ref" in reference ? [...path, "ref"] : path, ...finding };
  }
}

/** Nothing of what is there is said: where a value belongs it may be one. */
function faultOf({ ref, variable }: Reference, isValue: boolean): Pick<Finding, "message" | "hint"> | undefined {
  if (ref === undefined || variable !== undefined) {
    const message = "a reference is exactly one of ref and variable";
    return { message, hint: "Write, for example, { ref: aws_iam_role.app.arn } or { variable: role_arn }." };
  }
  const found = referred(ref);
  if (found === undefined) {
    const message = 'this is not one reference, of names, .attributes, [0] and ["key"] alone';
    return { message, hint: "Write, for example, aws_db_instance.app.username, without braces around it." };
  }
  const { kind, address, isWhole } = found;
  if (NOT_DECLARED.has(address.split(".")[0] ?? "")) {
    const hint = "Name a resource, a data source, a local or a module's output.";
    return { message: "a reference names something that another file declares", hint };
  }
  if (kind === "ephemeral" && !isValue) {
    const message = "what is ephemeral can only be a value";
    return { message, hint: "Name a resource or a data source." };
  }
  if (!isWhole || kind === "var" || kind === "local") return undefined;
  const hint = kind === "module" ? `Name an output of it: ${address}.NAME` : `Name an attribute of it: ${address}.arn`;
  return { message: "a reference says which attribute it means", hint };
}

/** What this spec declares is named in the spec's own words, and may be called otherwise tomorrow. */
function* referenceToOwn(names: Names): Iterable<Finding> {
  const own = ownAddresses(names);
  for (const { reference, path } of referencesIn(names)) {
    const address = referred(reference.ref ?? "")?.address ?? "";
    if (!own.has(address)) continue;
    const message = `${address} is declared by this spec`;
    yield { path: [...path, "ref"], message, hint: own.get(address)! };
  }
}

/** The addresses of all that a spec declares, and what to write instead of a reference to one. */
function ownAddresses(names: Names): ReadonlyMap<string, string> {
  const hints = new Map<string, string>();
  const add = (addresses: readonly string[], hint: string) => {
    for (const address of addresses) hints.set(address, hint);
  };
  const other = "A reference is for what other files declare.";
  for (const key of names.keys) add(addressesOfKey(key, names), other);
  add(
    ebsDefaults(names).flatMap(({ place }) => EBS_TYPES.map((type) => `${type}.${place.label}`)),
    other,
  );
  for (const secret of names.secrets) add(addressesOfSecret(secret), other);
  for (const valued of valuedThings(names)) add(addressesOfValue(valued), other);
  add(
    consumersOf(names.spec).map((one) => `data.aws_iam_policy_document.${consumerDocumentName(one)}`),
    other,
  );
  for (const one of names.regional) add(regionalAddresses(one), other);
  const places = [names.primary, ...names.replicas, ...names.retired];
  add(
    places.map(({ dataSource }) => `data.aws_region.${dataSource}`),
    "Write {region} in a text.",
  );
  add(["data.aws_partition.main", "data.aws_caller_identity.main"], "Write {partition} or {account} in a text.");
  for (const { name, spec } of names.variables) {
    if (spec.write === false) continue;
    add([`var.${name}`], `Write { variable: ${name} }, or {var.${name}} in a text.`);
  }
  return hints;
}

function addressesOfKey(key: NamedKey, names: Names): readonly string[] {
  const resources = keyPlaces(key, names).flatMap((place) => [
    `${keyType(place, key)}.${keyName(place, key)}`,
    ...key.inRegion(place).aliases.map((alias) => `aws_kms_alias.${aliasResource(place, key, alias)}`),
    ...key.inRegion(place).grants.map(([grant]) => `aws_kms_grant.${grantResource(place, key, grant)}`),
  ]);
  return [...resources, ...keyPolicies(key, names).map(({ name }) => `data.aws_iam_policy_document.${name}`)];
}

function addressesOfSecret(secret: NamedSecret): readonly string[] {
  const types = ["secret", "secret_version", "secret_rotation", "secret_policy"];
  return [
    ...types.map((type) => `aws_secretsmanager_${type}.${secret.id}`),
    ...(secret.spec.policy ? [`data.aws_iam_policy_document.${secretDocumentName(secret)}`] : []),
  ];
}

/** What a value is read from. */
function addressesOfValue(valued: Valued): readonly string[] {
  return [
    ...sourcesOf(valued).flatMap(({ source, name }) => {
      const type = ephemeralType(source);
      return type === undefined ? [] : [`ephemeral.${type}.${name}`];
    }),
    ...variablesOf(valued).map(({ name }) => `var.${name}`),
  ];
}
