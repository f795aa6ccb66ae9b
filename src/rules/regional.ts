/**
 * What must hold about the things that are in each region by themselves, such as log groups, and about the keys that they are under.
 * Specs without any cost nothing here.
 */

import { services } from "../aws/services.ts";
import { isExisting, settingPath, usesKeyItself } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Statement } from "../spec/policy.ts";
import {
  distinctName,
  nameIn,
  nameParts,
  ofKind,
  regionalKinds,
  regionalPath,
  settingsIn,
  shownName,
} from "../spec/regional.ts";
import { keyStatements, wholePolicy } from "../spec/statements.ts";
import { type Feature, type Floors, has, needs } from "../spec/versions.ts";
import { type Finding, few, type Rule, repeated, uniqueBy } from "./rule.ts";

export const regionalRules = (): readonly Rule[] => [
  { code: "region-without-key", check: regionWithoutKey },
  { code: "bucket-without-name", check: bucketWithoutName },
  { code: "duplicate-name", check: duplicateName },
  { code: "reserved-parameter-name", check: reservedParameterName },
  { code: "key-closed-to-service", check: keyClosedToService },
  { code: "retention-not-for-class", check: retentionNotForClass },
  { code: "log-group-setting-not-supported", check: logGroupSettingNotSupported },
];

/** A thing is under the key of its region, so it can be nowhere else, and what is said of another region has no effect. */
function* regionWithoutKey({ primary, regional }: Names): Iterable<Finding> {
  for (const { kind, id, spec, key, places, path } of regional) {
    if (key === undefined) continue;
    const { noun } = regionalKinds[kind];
    const ofKey = keyPlaces(key, { primary }).map(({ region }) => region);
    const own = places.map(({ region }) => region);
    const lists = [
      { setting: "regions", list: spec.regions, allowed: ofKey, owner: `the key ${key.id}` },
      { setting: "import", list: spec.import, allowed: own, owner: `the ${noun} ${id}` },
    ];
    for (const { setting, list, allowed, owner } of lists) {
      if (!Array.isArray(list)) continue;
      for (const [index, region] of list.entries()) {
        const at = [...path, setting, index];
        if (!allowed.includes(region)) {
          const hint = `It is in ${few(allowed, ", ")}.`;
          yield { path: at, message: `${owner} is not in ${region}`, hint };
        } else if (list.indexOf(region) < index) {
          yield { path: at, message: `the region ${region} is listed twice`, hint: "Keep one of the two." };
        }
      }
    }
    for (const region of Object.keys(spec.by_region ?? {})) {
      if (own.includes(region)) continue;
      const message = `the ${noun} ${id} is not in ${region}`;
      yield { path: [...path, "by_region", region], part: "key", message, hint: `It is in ${few(own, ", ")}.` };
    }
  }
}

/** What exists already has a name that the spec must say. */
function* bucketWithoutName(names: Names): Iterable<Finding> {
  const findings = ofKind(names, "buckets").flatMap((one) =>
    one.places.flatMap((place): Finding[] => {
      if (nameIn(one, place) !== undefined) return [];
      const message = `the spec does not say what the bucket ${one.id} is called in ${place.region}`;
      const hint = `Write, for example, name: "${one.id}-{region}", or name: { ref: aws_s3_bucket.${one.id}.id }`;
      return [{ path: one.path, part: "key", message, hint }];
    }),
  );
  yield* uniqueBy(findings, ({ path }) => path.join("\n"));
}

/** The schema knows the names that are written, not those that an identifier or a label begins (AWS Systems Manager: PutParameter). */
function* reservedParameterName(names: Names): Iterable<Finding> {
  const findings = ofKind(names, "parameters").flatMap((one) =>
    one.places.flatMap((place): Finding[] => {
      const [start] = nameParts(one, place) ?? [];
      if (typeof start !== "string" || !/^\/?(aws|ssm)/i.test(start)) return [];
      const message = `the name ${shownName(one, place)} begins with what AWS reserves for itself, aws or ssm`;
      const hint = `Write another name, such as name: /app/${one.id}`;
      const isNamed = nameIn(one, place) !== one.id;
      return [{ path: isNamed ? regionalPath(one, place, "name") : one.path, part: "key", message, hint }];
    }),
  );
  yield* uniqueBy(findings, ({ path }) => path.join("\n"));
}

/** Names are unique in a region, those of buckets everywhere (Amazon CloudWatch Logs: CreateLogGroup; Amazon S3: CreateBucket). */
function* duplicateName({ regional }: Names): Iterable<Finding> {
  const named = regional.flatMap((one) =>
    one.places.flatMap((place) =>
      nameIn(one, place) === undefined ? [] : [{ one, place, name: shownName(one, place) }],
    ),
  );
  const findings = repeated(
    named,
    ({ one, place, name }) =>
      `${one.kind} ${regionalKinds[one.kind].isGlobal ? "" : place.region} ${distinctName(one.kind, name)}`,
    ({ one, place, name }, first): Finding => {
      const path = regionalPath(one, place, "name");
      const { noun, isGlobal } = regionalKinds[one.kind];
      if (isGlobal && first.one === one) {
        const message = `the ${noun} ${one.id} is called ${name} in ${first.place.region} and in ${place.region}, and is in one region only`;
        const hint = `Write {region} in its name, a name for each region under by_region, or regions: [${first.place.region}]`;
        return { path, message, hint };
      }
      const where = isGlobal ? "" : ` in ${place.region}`;
      const known = first.name === name ? name : `to AWS: ${first.name} and ${name}`;
      const message = `the ${noun}s ${first.one.id} and ${one.id} have the same name ${known}${where}`;
      return { path, message, hint: `A name stands for one ${noun}${where}: change one of the two.` };
    },
  );
  yield* uniqueBy([...findings], ({ path }) => path.join("\n"));
}

/**
 * CloudWatch Logs uses the key by itself, and AWS refuses to make a log group under a key whose policy does not let it (Amazon
 * CloudWatch Logs User Guide: Encrypt log data in CloudWatch Logs using AWS KMS). Under a disabled key nothing can be written.
 */
function* keyClosedToService({ primary, regional, documents }: Names): Iterable<Finding> {
  const findings = regional.flatMap((one): Finding[] => {
    const { key, places } = one;
    const { service, noun, whenDisabled } = regionalKinds[one.kind];
    if (key === undefined || isExisting(key)) return [];
    const { label } = services[service];
    return keyPlaces(key, { primary })
      .filter((place) => places.includes(place))
      .flatMap((place): Finding[] => {
        const { policy, enabled } = key.inRegion(place);
        if (!enabled) {
          const message = `the key ${key.id} is disabled in ${place.region}: ${whenDisabled}`;
          return [{ path: settingPath(key, place, "enabled"), severity: "warning", message, hint: "Enable the key." }];
        }
        if (!usesKeyItself(services[service])) return [];
        const at = settingPath(key, place, "policy");
        const message = `${label} may not use the key ${key.id} in ${place.region}, so that AWS refuses the ${noun} ${one.id} there`;
        if (policy === undefined) {
          const hint = `AWS's default policy leaves services out: write policy: { services: [${service}] }, or leave policy out.`;
          return [{ path: at, message, hint }];
        }
        const { statements, isKnown } = wholePolicy(keyStatements(key, policy), policy, documents);
        if (!isKnown || statements.some((statement) => lets(statement, `${service}.`))) return [];
        return [{ path: policy.services ? [...at, "services"] : at, message, hint: `Add ${service} to its services.` }];
      });
  });
  yield* uniqueBy(findings, ({ path }) => path.join("\n"));
}

/** Whether a statement may let a service in, whose principals begin so. */
function lets({ effect, principals, notPrincipals, conditions }: Statement, service: string): boolean {
  if (effect !== "Allow") return false;
  const isAnyone = (one: string) => one === "*" && conditions.length === 0;
  const isMeant = (one: unknown) => typeof one !== "string" || isAnyone(one) || one.startsWith(service);
  return notPrincipals.length > 0 || principals.some(([, identifiers]) => identifiers.some(isMeant));
}

/** AWS keeps events of the class DELIVERY for 2 days (Amazon CloudWatch Logs User Guide: Log classes). */
function* retentionNotForClass(names: Names): Iterable<Finding> {
  const findings = ofKind(names, "log_groups").flatMap((group) =>
    group.places.flatMap((place): Finding[] => {
      if (group.spec.class !== "DELIVERY" || settingsIn(group, place).retention_days === undefined) return [];
      const path = regionalPath(group, place, "retention_days");
      const message = "a log group of the class DELIVERY keeps its events for 2 days, whatever it is told";
      return [{ path, part: "key", message, hint: "Leave retention_days out." }];
    }),
  );
  yield* uniqueBy(findings, ({ path }) => path.join("\n"));
}

function* logGroupSettingNotSupported(names: Names, floors: Floors): Iterable<Finding> {
  const findings = ofKind(names, "log_groups").flatMap((group) =>
    group.places.flatMap((place) => {
      const { class: logClass, skip_destroy } = settingsIn(group, place);
      const used: readonly (readonly [setting: string, what: string, Feature, unknown])[] = [
        ["class", `class: ${logClass}`, "logGroupClass", logClass === "INFREQUENT_ACCESS"],
        ["class", "class: DELIVERY", "logGroupDelivery", logClass === "DELIVERY"],
        ["skip_destroy", "skip_destroy", "skipDestroy", skip_destroy],
      ];
      return used.flatMap(([setting, what, feature, isUsed]): Finding[] => {
        if (!isUsed || has(floors, feature)) return [];
        const hint = `Raise the lower bound of terraform.aws_provider, or leave ${setting} out.`;
        return [{ path: regionalPath(group, place, setting), message: `${what} needs ${needs(feature)}`, hint }];
      });
    }),
  );
  yield* uniqueBy(findings, ({ path }) => path.join("\n"));
}
