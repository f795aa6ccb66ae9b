/** Holds a secret in a region to what the spec says: what was seen goes in, what is otherwise comes out. It asks nothing itself. */

import type { LiveSecret, LiveSecretRotation } from "../aws/account.ts";
import type { NamedSecret } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { secretStatements, wholePolicy } from "../spec/statements.ts";
import { textIn } from "./facts.ts";
import {
  differs,
  type Finding,
  type Given,
  held,
  onOrOff,
  policyFindings,
  tagFindings,
  textFindings,
} from "./findings.ts";
import { aliasesOf } from "./key-checks.ts";
import type { KeyIdIn } from "./look.ts";

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
    ...(isPrimary ? rotationFindings(secret, place, seen.rotation, given) : []),
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
  keyIdIn: KeyIdIn,
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
    return [...inSync, ...encryptionFindings(secret, place, copy.key, key && keyIdIn(key, place), given)];
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
  at: Place,
  seen: LiveSecretRotation | undefined,
  given: Given,
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
  const unknown = "the function of its rotation is known only to Terraform: that was not compared";
  return [
    ...(typeof lambda === "string"
      ? same("the function of its rotation", seen.lambdaArn, textIn(lambda, at, given))
      : [{ verdict: "noted", aspect: "rotation", region: at.region, text: unknown, path: where } as const]),
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
