/** Holds a key in a region to what the spec says: what was seen goes in, what is otherwise comes out. It asks nothing itself. */

import type { LiveGrant, LiveKey, LiveKeyRotation, Tags } from "../aws/account.ts";
import { aliasIn, isImported, isRotatable, materialOf, type NamedKey } from "../spec/keys.ts";
import type { Path } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import type { TextOrReference } from "../spec/reference.ts";
import type { GrantSpec } from "../spec/schema.ts";
import { keyStatements, wholePolicy } from "../spec/statements.ts";
import { textIn } from "./facts.ts";
import { differs, type Finding, type Given, held, onOrOff, policyFindings, textFindings } from "./findings.ts";
import { isDefaultPolicy } from "./policy.ts";

/** The usages of keys, as KMS calls them. */
const USAGES = {
  encrypt: "ENCRYPT_DECRYPT",
  sign: "SIGN_VERIFY",
  mac: "GENERATE_VERIFY_MAC",
  agree: "KEY_AGREEMENT",
} as const;

/** A key in a region: what it is, in which state, and who is its primary. */
export function keyFindings(key: NamedKey, place: Place, seen: LiveKey, given: Given): Finding[] {
  const { path, spec } = key;
  const { primary } = given.names;
  const { description } = key.inRegion(place);
  const { usage, spec: material } = materialOf(spec);
  const role = place.isPrimary ? "primary" : "replica";
  const isInRole = seen.role === role && seen.primaryRegion === primary.region;
  const is = seen.role === "replica" ? `a replica of the primary in ${seen.primaryRegion}` : `a ${seen.role} key`;
  const text = `it is ${is}; the spec says that the primary is in ${primary.region}`;
  const hint = "Is a promotion under way? AWS takes some seconds to tell every region";
  return [
    ...held("key", place, "its usage", [seen.usage, USAGES[usage]], [...path, "usage"]),
    ...held("key", place, "its spec", [seen.spec, material], [...path, "spec"]),
    ...held(
      "key",
      place,
      "its origin",
      [seen.origin, isImported(spec) ? "EXTERNAL" : "AWS_KMS"],
      [...path, "material"],
    ),
    ...(isInRole ? [] : [differs("role", place, text, path, { short: seen.role, hint })]),
    ...stateFindings(key, place, seen),
    ...textFindings(place, seen.description, textIn(description, place, given), path),
  ];
}

function stateFindings(key: NamedKey, place: Place, { state, deletionDay, id }: LiveKey): Finding[] {
  const { path } = key;
  if (state === "PendingDeletion" || state === "PendingReplicaDeletion") {
    const when = deletionDay === undefined ? "" : `, on ${deletionDay}`;
    const hint = `To keep it: aws kms cancel-key-deletion --region ${place.region} --key-id ${id}, then enable-key`;
    return [differs("state", place, `it is scheduled for deletion${when}`, path, { short: "deletion", hint })];
  }
  const wanted = key.inRegion(place).enabled ? "Enabled" : "Disabled";
  return held("state", place, "its state", [state, wanted], [...path, "enabled"], { hint: STATE_HINTS[state] });
}

const STATE_HINTS: Readonly<Record<string, string>> = {
  Updating: "A promotion is under way: wait",
  Creating: "It is being replicated: wait",
  PendingImport: "Its key material has not been imported here, or has expired",
};

/** The regions that the primary has replicas in, held to those of the spec. */
export function replicaFindings(key: NamedKey, place: Place, seen: LiveKey, { names }: Given): Finding[] {
  const wanted = new Set(key.replicas.map(({ region }) => region));
  const kept = new Set(names.retired.filter(({ forget }) => forget).map(({ region }) => region));
  const retired = new Set(names.retired.map(({ region }) => region));
  return seen.replicaRegions
    .filter((region) => !wanted.has(region) && !kept.has(region))
    .map((region) => {
      const hint = retired.has(region) ? "The spec retires this region: has that been applied?" : undefined;
      const text = `it has a replica in ${region} that the spec does not have`;
      return differs("key", place, text, key.path, { short: `+ ${region}`, hint });
    });
}

/** An alias of a key in a region. */
export interface Alias {
  readonly name: string;
  readonly path: Path;
}

export function aliasesOf(key: NamedKey, place: Place, given: Given): readonly Alias[] {
  const { existing } = key.spec;
  if (existing !== undefined) {
    if (typeof existing === "string") return [];
    const path = [...key.path, "existing", "alias"];
    return [{ name: textIn(existing.alias, place, given), path }];
  }
  return key.inRegion(place).aliases.map((alias) => ({
    name: textIn(aliasIn(place, alias), place, given),
    path: alias.path,
  }));
}

/** An alias of a key in a region; `target` is the key that it leads to. */
export function aliasFindings({ name, path }: Alias, place: Place, target: LiveKey | undefined, id: string): Finding[] {
  if (target?.id === id) return [];
  if (target === undefined) return [differs("alias", place, `there is no ${name}`, path, { short: "none" })];
  return [differs("alias", place, `${name} leads to ${target.id}, not to ${id}`, path, { short: "other key" })];
}

/** Rotation is the primary's; the replicas follow. */
export function keyRotationFindings(key: NamedKey, place: Place, seen: LiveKeyRotation | undefined): Finding[] {
  if (!isRotatable(key.spec)) return [];
  const { rotation } = key.spec;
  const path = [...key.path, "rotation"];
  const switched = held(
    "rotation",
    place,
    "its rotation",
    [onOrOff(seen?.isOn === true), onOrOff(rotation !== false)],
    path,
  );
  // What the spec leaves open, Terraform leaves as it is.
  const days = typeof rotation === "object" ? rotation.period_days : undefined;
  if (switched.length > 0 || !seen?.isOn || days === undefined) return switched;
  return held("rotation", place, "the period of its rotation", [seen.days, days], [...path, "period_days"]);
}

export function keyPolicyFindings(key: NamedKey, place: Place, seen: string, given: Given): Finding[] {
  const { policy } = key.inRegion(place);
  const path = [...key.path, "policy"];
  if (policy === undefined) {
    if (isDefaultPolicy(seen, place, given)) return [];
    const text = "it has a policy of its own; the spec has none, and Terraform leaves it as it is";
    return [{ verdict: "noted", aspect: "policy", region: place.region, text, path }];
  }
  const whole = wholePolicy(keyStatements(key, policy), policy, given.names.documents);
  return policyFindings(whole, place, seen, path, given);
}

/** The grants of the spec, held to those that the key has in a region. Services make grants of their own, which are not looked at. */
export function grantFindings(key: NamedKey, place: Place, seen: readonly LiveGrant[], given: Given): Finding[] {
  return key.inRegion(place).grants.flatMap(([name, grant]): Finding[] => {
    const path = [...key.path, "grants", name];
    const unknown = [grant.to, grant.retiring].some((text) => typeof text === "object");
    const ofName = seen.filter((one) => one.name === name);
    // A name may be given twice; one grant that is as the spec says is enough.
    const [differences] = ofName
      .map((one) => grantDifferences(grant, one, place, given))
      .sort((one, other) => one.length - other.length);
    if (differences === undefined) {
      return [differs("grants", place, `the grant ${name} is missing`, path, { short: `- ${name}` })];
    }
    const found = differences.map((text) =>
      differs("grants", place, `the grant ${name}: ${text}`, path, { short: name }),
    );
    const text = `the grant ${name} names someone whom only Terraform knows: that was not compared`;
    return unknown ? [...found, { verdict: "noted", aspect: "grants", region: place.region, text, path }] : found;
  });
}

/** What a grant has otherwise than the spec says, in words. */
function grantDifferences(grant: GrantSpec, seen: LiveGrant, place: Place, given: Given): readonly string[] {
  const { to, retiring, operations, constraints } = grant;
  const same = (what: string, is: string | undefined, wanted: TextOrReference | undefined) => {
    if (typeof wanted === "object") return [];
    const text = wanted === undefined ? undefined : textIn(wanted, place, given);
    return is === text ? [] : [`${what} is ${is ?? "no one"}; the spec says ${text ?? "no one"}`];
  };
  const more = seen.operations.filter((one) => !(operations as readonly string[]).includes(one));
  const less = operations.filter((one) => !seen.operations.includes(one));
  const changed = [...more.map((one) => `+ ${one}`), ...less.map((one) => `- ${one}`)];
  const { encryption_context_equals: equals, encryption_context_subset: subset } = constraints ?? {};
  return [
    ...same("its grantee", seen.grantee, to),
    ...same("who may retire it", seen.retiring, retiring),
    ...(changed.length === 0 ? [] : [`its operations: ${changed.join(" ")}`]),
    ...(isSameContext(seen.contextEquals, equals) && isSameContext(seen.contextSubset, subset)
      ? []
      : ["its encryption context is another one"]),
  ];
}

function isSameContext(is: Tags = {}, wanted: Tags = {}): boolean {
  const names = Object.keys(is);
  return names.length === Object.keys(wanted).length && names.every((name) => is[name] === wanted[name]);
}

/** A key of another state in a region where a secret is under it: whether Secrets Manager can use it. */
export function existingKeyFindings(key: NamedKey, place: Place, { state, spec, usage }: LiveKey): Finding[] {
  const path = [...key.path, "existing"];
  const isUsable = spec === "SYMMETRIC_DEFAULT" && usage === "ENCRYPT_DECRYPT";
  const unfit = `it is a key of the spec ${spec} for ${usage}; secrets need SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT`;
  const disabled = `its state is ${state}: the secrets under it cannot be read`;
  return [
    ...(isUsable ? [] : [differs("key", place, unfit, path, { short: spec })]),
    ...(state === "Enabled" ? [] : [differs("state", place, disabled, path, { short: state })]),
  ];
}
