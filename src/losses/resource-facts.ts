/**
 * Finds out what Terraform would do to the resources on disk: a comparison goes in, facts come out, what follows from them among
 * them. It words nothing, and decides nothing about what is refused.
 */

import { floorsOf, has } from "../spec/versions.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Comparison } from "./comparison.ts";
import { configurationFacts } from "./configuration-facts.ts";
import type { Fact } from "./facts.ts";
import { otherRole, resourceType } from "./resource-types.ts";
import {
  copiesIn,
  isIgnored,
  isSameVersion,
  normal,
  partsOf,
  referencesIn,
  regionOf,
  triggersOf,
} from "./resources.ts";

/** Everything that Terraform would do, or fail at, that more than changes a thing in place; found when it is first asked for. */
export function factsOf(compared: Comparison): readonly Fact[] {
  let facts = KNOWN.get(compared);
  if (facts === undefined) {
    facts = findFacts(compared);
    KNOWN.set(compared, facts);
  }
  return facts;
}

const KNOWN = new WeakMap<Comparison, readonly Fact[]>();

function findFacts(compared: Comparison): readonly Fact[] {
  const facts = [...compared.before.resources.values()].flatMap((old) => factsOfOne(compared, old));
  const replaced = withFollowers(compared, facts);
  const isRelocated = (reference: string) =>
    facts.some((fact) => fact.what === "relocated" && compared.today(fact.old.address) === reference);
  return [
    // What is a setting of something that is made elsewhere is made there too.
    ...facts.filter(({ what, ...fact }) => {
      const { partOf } = "fresh" in fact ? resourceType(fact.fresh.type) : { partOf: undefined };
      if (what !== "relocated" || partOf === undefined || !("fresh" in fact)) return true;
      return !referencesIn(fact.fresh.arguments[partOf]).some(isRelocated);
    }),
    ...replaced,
    ...copiesUnderReplacedKeys(compared, [...facts, ...replaced]),
    ...replicasLeft(compared),
    ...valuesSent(compared),
    ...configurationFacts(compared),
  ];
}

function factsOfOne(compared: Comparison, old: DeclaredResource): Fact[] {
  if (compared.isGone(old.address)) {
    if (compared.isForgotten(old.address)) return [];
    const retired = compared.retiredPlaceOf(old);
    if (retired !== undefined && !retired.forget) return [];
    const { code, partOf } = resourceType(old.type);
    // What AWS keeps as long as there is what it is a part of is not worth a word when that goes.
    if (
      code === undefined &&
      partOf !== undefined &&
      referencesIn(old.arguments[partOf]).some((one) => compared.isLeaving(one))
    ) {
      return [];
    }
    const region = regionOf(old, compared.before);
    return [{ what: "gone", old, region, isBlocked: compared.today(old.address) === undefined }];
  }
  const today = compared.today(old.address)!;
  const fresh = compared.after.resources.get(today);
  if (fresh !== undefined) return changesOf(compared, old, fresh);
  const own = compared.beside.declared?.resources.get(partsOf(today).base);
  return own === undefined ? [] : changesOfOwn(compared, old, own);
}

/** What was put into a file of the user's own is compared as far as both say it literally. */
function changesOfOwn(compared: Comparison, old: DeclaredResource, own: DeclaredResource): Fact[] {
  const [from, to] = [regionOf(old, compared.before), regionOf(own, compared.after)];
  if (from !== "" && to !== "" && from !== to) return [{ what: "relocated", old, fresh: own, from, to }];
  const because = Object.entries(resourceType(old.type).replacedBy).flatMap(([name, fallback]) => {
    const [before, after] = [old.arguments[name] ?? fallback, own.arguments[name] ?? fallback];
    const isLiteral = ![before, after].some((value) => typeof value === "string" && value.includes("${"));
    return !isLiteral || isIgnored(name, own) || before === after ? [] : [name];
  });
  return because.length === 0 ? [] : [{ what: "replaced", old, fresh: own, region: from, because, isFollowing: false }];
}

function changesOf(compared: Comparison, old: DeclaredResource, fresh: DeclaredResource): Fact[] {
  const [from, to] = [regionOf(old, compared.before), regionOf(fresh, compared.after)];
  if (from !== "" && to !== "" && from !== to) return [{ what: "relocated", old, fresh, from, to }];
  const because = Object.entries(resourceType(old.type).replacedBy).flatMap(([name, fallback]) => {
    if (isIgnored(name, fresh)) return [];
    const before = normal(old.arguments[name] ?? fallback, old, compared.before);
    const after = normal(fresh.arguments[name] ?? fallback, fresh, compared.after);
    return compared.isSame(before, after) ? [] : [name];
  });
  for (const name of ["count", "for_each"]) {
    if (!compared.isSame(old.arguments[name], fresh.arguments[name])) because.push(name);
  }
  if (because.length > 0) return [{ what: "replaced", old, fresh, region: from, because, isFollowing: false }];
  return [
    ...copiesOf(compared, old, fresh),
    ...argumentsKept(old, fresh),
    ...keptShorter(old, fresh),
    ...valueMissing(compared, old, fresh),
  ];
}

/** What has happened to the copies of a secret. AWS deletes one at once, where Terraform shows an update in place. */
function copiesOf(compared: Comparison, old: DeclaredResource, fresh: DeclaredResource): Fact[] {
  const [before, today] = [copiesIn(old, compared.before), copiesIn(fresh, compared.after)];
  return before.flatMap(({ region, source, key }): Fact[] => {
    const where = region || source;
    const isStranded = () => {
      const [address] = referencesIn(key);
      return address !== undefined && compared.isLeaving(address) && !compared.isForgotten(address);
    };
    // The set of copies is optional and computed: the provider takes an empty one for no change (seen with 5.100).
    if (today.length === 0) return [{ what: "copy-left", old, fresh, region: where, isStranded: isStranded() }];
    // Where the region is not known, the copy is the one under the same key.
    const kept = today.find((copy) =>
      region === "" || copy.region === "" ? compared.isSame(key, copy.key) : copy.region === region,
    );
    if (kept !== undefined && compared.isSame(key, kept.key)) return [];
    const retired = compared.retiredPlace(region, source);
    if (retired !== undefined && !retired.forget) return [];
    if (kept === undefined) return [{ what: "copy-gone", old, region: where }];
    // The provider compares texts: the id and the ARN of one key are two to it.
    const isSameKey = compared.isSame(referencesIn(key), referencesIn(kept.key)) && referencesIn(key).length > 0;
    return [{ what: "copy-replaced", old, region: where, isSameKey }];
  });
}

/** Resources that are replaced because another one is: one fact each. */
function withFollowers(compared: Comparison, facts: readonly Fact[]): Fact[] {
  // An older provider finds nothing in the new region and creates, which triggers nothing.
  const isReplacing = has(floorsOf(compared.names.spec), "regionArgument");
  const replaced = new Map<string, DeclaredResource>();
  for (const fact of facts) {
    if (fact.what === "replaced" || (fact.what === "relocated" && isReplacing))
      replaced.set(fact.fresh.address, fact.fresh);
  }
  const followers: Fact[] = [];
  for (let isGrowing = replaced.size > 0; isGrowing; ) {
    isGrowing = false;
    for (const old of compared.before.resources.values()) {
      const fresh = compared.after.resources.get(compared.today(old.address) ?? "");
      if (fresh === undefined || replaced.has(fresh.address)) continue;
      const cause = triggersOf(fresh).find((address) => replaced.has(address));
      if (cause === undefined) continue;
      replaced.set(fresh.address, fresh);
      const region = regionOf(old, compared.before);
      followers.push({ what: "replaced", old, fresh, region, because: [cause], isFollowing: true });
      isGrowing = true;
    }
  }
  return followers;
}

/** The copies of secrets whose replica key is replaced in place: the reference is the same, the key is another one. */
function copiesUnderReplacedKeys(compared: Comparison, facts: readonly Fact[]): Fact[] {
  const changed = facts.filter((fact) => fact.what === "replaced" || fact.what === "relocated");
  if (changed.length === 0) return [];
  const replaced = new Set(changed.map(({ fresh }) => fresh.address));
  const known = new Set(
    facts.flatMap((fact) => ("region" in fact && "old" in fact ? `${fact.old.address} ${fact.region}` : [])),
  );
  return [...compared.before.resources.values()].flatMap((old): Fact[] => {
    const fresh = compared.after.resources.get(compared.today(old.address) ?? "");
    if (fresh === undefined || replaced.has(fresh.address)) return [];
    const today = copiesIn(fresh, compared.after);
    return copiesIn(old, compared.before).flatMap(({ region, source, key }): Fact[] => {
      const where = region || source;
      if (known.has(`${old.address} ${where}`)) return [];
      const kept = today.find((copy) => compared.isSame(key, copy.key));
      if (kept === undefined || !referencesIn(kept.key).some((address) => replaced.has(address))) return [];
      return [{ what: "copy-replaced", old, region: where, isSameKey: false }];
    });
  });
}

/** Replicas that refer to another primary than before, which they ignore: they stay copies of the former one. */
function replicasLeft(compared: Comparison): Fact[] {
  return [...compared.before.resources.values()].flatMap((old): Fact[] => {
    const fresh = compared.after.resources.get(compared.today(old.address) ?? "");
    const argument = "primary_key_arn";
    if (fresh?.arguments[argument] === undefined || !isIgnored(argument, fresh)) return [];
    // It is a copy of the same key as ever when that has another primary.
    const primaries = referencesIn(fresh.arguments[argument]);
    if (primaries.some((address) => compared.isForgotten(otherRole(address) ?? ""))) return [];
    return compared.isSame(old.arguments[argument], fresh.arguments[argument])
      ? []
      : [{ what: "replica-left", old, fresh }];
  });
}

/** Values that Terraform did not send before, to secrets that were there. */
function valuesSent(compared: Comparison): Fact[] {
  const former = new Set([...compared.before.resources.keys()].map((address) => compared.today(address)));
  return [...compared.after.resources.values()].flatMap((fresh): Fact[] => {
    const { partOf, code } = resourceType(fresh.type);
    if (code !== undefined || partOf === undefined || former.has(fresh.address)) return [];
    const [owner] = referencesIn(fresh.arguments[partOf]);
    // The block of a secret that has not changed is in neither of the two.
    const isOld = owner !== undefined && (former.has(owner) || !compared.after.resources.has(owner));
    return isOld ? [{ what: "value-sent", fresh }] : [];
  });
}

function keptShorter(old: DeclaredResource, fresh: DeclaredResource): Fact[] {
  const { retention } = resourceType(old.type);
  if (retention === undefined) return [];
  const daysOf = ({ arguments: given }: DeclaredResource) => Number(given[retention] ?? Number.POSITIVE_INFINITY);
  const days = daysOf(fresh);
  return days < daysOf(old) ? [{ what: "kept-shorter", old, fresh, days }] : [];
}

/** What the provider changes without the value, or does not send at all; a region that is another one is a relocation. */
const WITHOUT_VALUE: ReadonlySet<string> = new Set([
  "tags",
  "overwrite",
  "region",
  "lifecycle",
  "provider",
  "depends_on",
]);

/**
 * A parameter is changed by putting it again, value included: the provider sends none whose version is the old one, and AWS refuses that
 * (seen with hashicorp/aws 5.100.0: "Member must have length greater than or equal to 1").
 */
function valueMissing(compared: Comparison, old: DeclaredResource, fresh: DeclaredResource): Fact[] {
  const { writeOnly, code } = resourceType(old.type);
  if (writeOnly === undefined || code === undefined) return [];
  if (old.arguments[writeOnly] === undefined || fresh.arguments[writeOnly] === undefined) return [];
  if (!isSameVersion(old, fresh)) return [];
  const isWithValue = (name: string) => name !== writeOnly && !WITHOUT_VALUE.has(name);
  const because = compared.changedArguments(old, fresh, isWithValue);
  return because.length === 0 ? [] : [{ what: "value-missing", old, fresh, because: because.sort() }];
}

function argumentsKept(old: DeclaredResource, fresh: DeclaredResource): Fact[] {
  return Object.entries(resourceType(old.type).kept).flatMap(([argument, { onlyWith }]): Fact[] => {
    if (old.arguments[argument] === undefined || fresh.arguments[argument] !== undefined) return [];
    if (onlyWith !== undefined && fresh.arguments[onlyWith] !== true) return [];
    return [{ what: "argument-kept", old, argument }];
  });
}
