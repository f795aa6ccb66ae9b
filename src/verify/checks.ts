/**
 * Holds what AWS has to what a spec says: a named key or secret and what was seen of it go in, what is otherwise comes out, in
 * words. It asks nothing itself.
 */

import type { LiveKey, LiveKeyRotation, LiveSecret, LiveSecretRotation, Tags } from "../aws/live.ts";
import { aliasIn, isImported, isRotatable, materialOf, type NamedKey } from "../spec/keys.ts";
import type { NamedSecret, Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import { keyStatements, secretStatements, type WholePolicy, wholePolicy } from "../spec/statements.ts";
import { type Facts, textIn } from "./facts.ts";
import { isDefaultPolicy, policyDifferences } from "./policy.ts";

/** What of a key or a secret is looked at; the columns of the table. */
export type Aspect = "key" | "role" | "state" | "rotation" | "alias" | "policy" | "tags" | "text" | "copy" | "value";

export const KEY_ASPECTS: readonly Aspect[] = ["key", "role", "state", "rotation", "alias", "policy", "tags", "text"];
export const SECRET_ASPECTS: readonly Aspect[] = ["copy", "key", "rotation", "policy", "tags", "text", "value"];

/** Something that is not as the spec says, could not be looked at, or is worth a note. */
export interface Finding {
  readonly verdict: "differs" | "unseen" | "noted";
  readonly aspect: Aspect;
  readonly region: string;
  /** What AWS has, in a word or two, for the table. */
  readonly short?: string | undefined;
  /** What AWS has, and what the spec says instead. */
  readonly text: string;
  readonly hint?: string | undefined;
  /** Whether the thing is not there, or nothing could be seen of it: no other column of the region says anything then. */
  readonly isWhole?: boolean;
  readonly path: Path;
}

type At = Pick<Place, "region">;

type More = Pick<Finding, "short" | "hint" | "isWhole">;

function differs(aspect: Aspect, { region }: At, text: string, path: Path, more: More = {}): Finding {
  return { verdict: "differs", aspect, region, text, path, ...more };
}

/** Nothing where two values are equal; both are in the text otherwise. */
function held<T extends string | number>(
  aspect: Aspect,
  at: At,
  what: string,
  [is, wanted]: readonly [is: T | undefined, wanted: T],
  path: Path,
  more?: More,
): Finding[] {
  if (is === wanted) return [];
  return [
    differs(aspect, at, `${what} is ${is ?? "not set"}; the spec says ${wanted}`, path, {
      short: String(is ?? "none"),
      ...more,
    }),
  ];
}

/** The usages of keys, as KMS calls them. */
const USAGES = {
  encrypt: "ENCRYPT_DECRYPT",
  sign: "SIGN_VERIFY",
  mac: "GENERATE_VERIFY_MAC",
  agree: "KEY_AGREEMENT",
} as const;

/** What the spec's keys and secrets are held to besides the spec. */
export interface Given extends Facts {
  readonly names: Names;
}

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

function textFindings(at: At, is: string, wanted: string, path: Path): Finding[] {
  const texts = [JSON.stringify(is), JSON.stringify(wanted)] as const;
  return held("text", at, "its description", texts, [...path, "description"], { short: "other" });
}

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

function onOrOff(isOn: boolean): string {
  return isOn ? "on" : "off";
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

function policyFindings(policy: WholePolicy, at: Place, seen: string, path: Path, given: Given): Finding[] {
  const differences = policyDifferences(policy, seen, at, given).map((text) =>
    differs("policy", at, `its policy: ${text}`, path, { short: "other" }),
  );
  if (policy.isKnown) return differences;
  const text = "its policy has statements of documents that only Terraform can read: those were not compared";
  return [...differences, { verdict: "noted", aspect: "policy", region: at.region, text, path }];
}

/** A provider's default tags are tags of everything that it makes. */
export function tagFindings(own: Tags, at: Place, seen: Tags, path: Path, given: Given): Finding[] {
  const tags = Object.entries({ ...given.names.spec.provider?.default_tags, ...own });
  const wanted: Tags = Object.fromEntries(tags.map(([name, text]) => [name, textIn(text, at, given)]));
  const where = [...path, "tags"];
  const missing = Object.entries(wanted).flatMap(([name, value]) => {
    if (!Object.hasOwn(seen, name)) {
      return [differs("tags", at, `the tag ${name} is missing`, where, { short: `- ${name}` })];
    }
    const values = [JSON.stringify(seen[name]), JSON.stringify(value)] as const;
    return held("tags", at, `the tag ${name}`, values, where, { short: name });
  });
  const more = Object.keys(seen).filter((name) => !Object.hasOwn(wanted, name));
  const unknown = more.map((name) =>
    differs("tags", at, `the tag ${name} is not in the spec`, where, { short: `+ ${name}` }),
  );
  return [...missing, ...unknown];
}

/** A secret, primary or copy, as a list of its region has it. `keyId` is the id of the spec's key, where it is known. */
export function secretFindings(
  secret: NamedSecret,
  place: Place,
  seen: LiveSecret,
  keyId: string | undefined,
  given: Given,
): Finding[] {
  const { path, spec } = secret;
  if (seen.deletionDay !== undefined) {
    const hint = `To keep it: aws secretsmanager restore-secret --region ${place.region} --secret-id ${seen.arn}`;
    const text = `it is scheduled for deletion, on ${seen.deletionDay}`;
    return [differs("copy", place, text, path, { short: "deletion", hint, isWhole: true })];
  }
  const { names } = given;
  const isPrimary = place.region === names.secretsPlace.region;
  return [
    ...originFindings(secret, place, seen, given),
    ...encryptionFindings(secret, place, seen.key, keyId, given),
    ...tagFindings(spec.tags ?? {}, names.home, seen.tags, path, given).map((one) => ({
      ...one,
      region: place.region,
    })),
    ...(isPrimary
      ? textFindings(place, seen.description, textIn(spec.description ?? "", names.home, given), path)
      : []),
    ...(isPrimary ? rotationFindings(secret, place, seen.rotation) : []),
    ...(seen.hasValue
      ? []
      : [differs("value", place, "it has no current value", [...path, "value"], { short: "none" })]),
  ];
}

/** Which region has the primary: AWS names it in the copies, and in a primary that has any. */
function originFindings({ path }: NamedSecret, place: Place, seen: LiveSecret, { names }: Given): Finding[] {
  const wanted = names.secretsPlace.region;
  const is = seen.primaryRegion ?? place.region;
  if (is === wanted) return [];
  const what = place.region === wanted ? `a copy of the secret in ${is}` : "a secret of its own";
  return [
    differs("copy", place, `it is ${what}; the spec says that the primary is in ${wanted}`, path, { short: "other" }),
  ];
}

/** The copies of a secret, as its primary knows them. */
export function copyFindings(
  secret: NamedSecret,
  seen: LiveSecret,
  keyIdIn: (key: NamedKey) => string | undefined,
  isLookedAt: (region: string) => boolean,
  given: Given,
): Finding[] {
  const { key, path, replicas } = secret;
  const copies = new Map(seen.copies.map((copy) => [copy.region, copy]));
  const at = [...path, "replicas"];
  const found = replicas.flatMap((place): Finding[] => {
    const copy = copies.get(place.region);
    copies.delete(place.region);
    if (!isLookedAt(place.region)) return [];
    if (copy === undefined)
      return [differs("copy", place, "the primary has no copy here", at, { short: "none", isWhole: true })];
    const { status, message } = copy;
    const text = `its replication is ${status}${message && `: ${message}`}`;
    const inSync = status === "InSync" ? [] : [differs("copy", place, text, path, { short: status })];
    return [...inSync, ...encryptionFindings(secret, place, copy.key, key && keyIdIn(key), given)];
  });
  const more = [...copies.keys()].map((region) =>
    differs("copy", { region }, "the primary has a copy here that the spec does not have", at, { short: "more" }),
  );
  return [...found, ...more];
}

/** AWS names a key by its id, its ARN or an alias, and its own by nothing or an alias. */
function encryptionFindings(
  { path, key, isOnAwsKey }: NamedSecret,
  place: Place,
  seen: string | undefined,
  keyId: string | undefined,
  given: Given,
): Finding[] {
  const reference = seen?.replace(/^arn:[^:]*:kms:[^:]*:\d*:/, "").replace(/^key\//, "");
  const isAwsKey = reference === undefined || reference === "alias/aws/secretsmanager";
  const is = isAwsKey ? "AWS's own key" : reference;
  const differing = (wanted: string) => [
    differs("key", place, `it is encrypted under ${is}; the spec says ${wanted}`, [...path, "key"], { short: "other" }),
  ];
  if (isOnAwsKey) return isAwsKey ? [] : differing("AWS's own key");
  if (key === undefined || reference === keyId) return [];
  const isUnderAlias = aliasesOf(key, place, given).some(({ name }) => name === reference);
  // Which key it is to be is not known where that could not be found.
  if (isUnderAlias || (keyId === undefined && !isAwsKey)) return [];
  return differing(keyId === undefined ? key.id : `${key.id} (${keyId})`);
}

function rotationFindings(
  { path, spec: { rotation } }: NamedSecret,
  at: At,
  seen: LiveSecretRotation | undefined,
): Finding[] {
  const where = [...path, "rotation"];
  const switched = held(
    "rotation",
    at,
    "its rotation",
    [onOrOff(seen !== undefined), onOrOff(rotation !== undefined)],
    where,
  );
  if (switched.length > 0 || rotation === undefined || seen === undefined) return switched;
  const { lambda_arn: lambda, every_days: days, schedule, duration } = rotation;
  const same = <T extends string | number>(what: string, is: T | undefined, wanted: T | undefined) =>
    wanted === undefined ? [] : held("rotation", at, what, [is, wanted], where, { short: "other" });
  return [
    ...same(
      "the function of its rotation",
      seen.lambdaArn,
      typeof lambda === "string" && !lambda.includes("{") ? lambda : undefined,
    ),
    ...same("the number of days between its rotations", seen.days, days),
    ...same("the schedule of its rotation", seen.schedule, schedule),
    ...same("the window of its rotation", seen.duration, duration),
  ];
}

/** The resource policy of a secret, which its copies share. */
export function secretPolicyFindings(
  secret: NamedSecret,
  at: Place,
  seen: string | undefined,
  given: Given,
): Finding[] {
  const path = [...secret.path, "policy"];
  if (secret.spec.policy === undefined) {
    if (seen === undefined) return [];
    return [differs("policy", at, "it has a resource policy; the spec has none", path, { short: "more" })];
  }
  if (seen === undefined) return [differs("policy", at, "it has no resource policy", path, { short: "none" })];
  const whole = wholePolicy(secretStatements(secret), secret.spec.policy, given.names.documents);
  return policyFindings(whole, at, seen, path, given);
}
