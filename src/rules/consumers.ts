/** What must hold about consumers: what they read and use is in the spec, and in their regions. Specs without any cost nothing here. */

import {
  type Consumer,
  callerStatements,
  consumerDocumentName,
  consumersOf,
  parametersReadBy,
  readsOf,
  secretPlaces,
  usesOf,
} from "../spec/consumers.ts";
import { serviceOf } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import { ofKind } from "../spec/regional.ts";
import { keyPolicies, secretDocumentName } from "../spec/statements.ts";
import { nearest } from "../spec/suggest.ts";
import { type Finding, few, type Rule } from "./rule.ts";

export const consumerRules = (): readonly Rule[] => [
  { code: "consumer-not-known", check: consumerNotKnown },
  { code: "consumer-not-in-region", check: consumerNotInRegion },
  { code: "empty-consumer", check: emptyConsumer },
  { code: "key-not-used-by-callers", check: keyNotUsedByCallers },
  { code: "duplicate-address", check: duplicateAddress },
];

/** Listing something twice is a slip as well. */
function* consumerNotKnown(names: Names): Iterable<Finding> {
  const lists = [
    { setting: "reads", noun: "secret", ids: names.secrets.map(({ id }) => id) },
    { setting: "parameters", noun: "parameter", ids: ofKind(names, "parameters").map(({ id }) => id) },
    { setting: "uses", noun: "key", ids: [...names.keys, ...names.existing].map(({ id }) => id) },
  ] as const;
  for (const { spec, path } of consumersOf(names.spec)) {
    for (const { setting, noun, ids } of lists) {
      const list = spec[setting] ?? [];
      for (const [index, id] of list.entries()) {
        const at = [...path, setting, index];
        if (!ids.includes(id)) {
          const meant = nearest(id, ids);
          const all = ids.length === 0 ? `It has no ${noun}s.` : `Its ${noun}s are ${few(ids, ", ")}.`;
          const other = lists.find((one) => one.ids.includes(id));
          const hint =
            other !== undefined
              ? `It is a ${other.noun}: write it under ${other.setting}.`
              : meant === undefined
                ? all
                : `Did you mean ${meant}?`;
          yield { path: at, message: `there is no ${noun} ${JSON.stringify(id)} in this spec`, hint };
        } else if (list.indexOf(id) < index) {
          yield { path: at, message: `the ${noun} ${id} is listed twice`, hint: "Keep one of the two." };
        }
      }
    }
  }
}

function* consumerNotInRegion(names: Names): Iterable<Finding> {
  for (const consumer of consumersOf(names.spec)) {
    const { regions } = consumer.spec;
    if (!Array.isArray(regions)) continue;
    const things = [
      ...readsOf(consumer, names).map(({ secret }) => ({
        what: `secret ${secret.id}`,
        all: secretPlaces(secret, names),
      })),
      ...parametersReadBy(consumer, names).map(({ parameter: { id, places } }) => ({
        what: `parameter ${id}`,
        all: places,
      })),
      ...usesOf(consumer, names).map(({ key }) => ({ what: `key ${key.id}`, all: keyPlaces(key, names) })),
    ];
    for (const [index, region] of regions.entries()) {
      const path = [...consumer.path, "regions", index];
      if (regions.indexOf(region) < index) {
        yield { path, message: `the region ${region} is listed twice`, hint: "Keep one of the two." };
        continue;
      }
      const missing = things.find(({ all }) => all.every((place) => place.region !== region));
      if (missing === undefined) continue;
      const own = missing.all.map((place) => place.region);
      const hint = `It is in ${few(own, ", ")}. Leave the region out, or write another consumer for what is there.`;
      yield { path, message: `the ${missing.what} is not in ${region}`, hint };
    }
  }
}

function* emptyConsumer({ spec }: Names): Iterable<Finding> {
  for (const { id, spec: consumer, path } of consumersOf(spec)) {
    const { reads = [], parameters = [], uses = [], regions } = consumer;
    if (reads.length + parameters.length + uses.length === 0) {
      const message = `the consumer ${id} reads nothing and uses nothing`;
      yield { path, part: "key", message, hint: "Write reads: [ID of a secret], or uses: [ID of a key]." };
    } else if (Array.isArray(regions) && regions.length === 0) {
      const message = `the consumer ${id} is in no region`;
      yield { path: [...path, "regions"], message, hint: "Write regions: all, or list some." };
    }
  }
}

/** AWS KMS Developer Guide, kms:ViaService: it is about requests that a service makes for its caller. */
function* keyNotUsedByCallers(names: Names): Iterable<Finding> {
  for (const consumer of consumersOf(names.spec)) {
    for (const { key, places } of usesOf(consumer, names)) {
      if (places.length === 0 || places.some((place) => callerStatements(key, place).length > 0)) continue;
      const service = serviceOf(key.spec);
      const message =
        service === "none"
          ? `the key ${key.id} is for no service that could use it for the consumer ${consumer.id}`
          : `${service} uses the key ${key.id} by itself, and not for the consumer ${consumer.id}`;
      const at = [...consumer.path, "uses", (consumer.spec.uses ?? []).indexOf(key.id)];
      const hint = service === "none" ? `Say what it is for: a service under keys.${key.id}` : "Leave it out.";
      yield { path: at, message, hint };
    }
  }
}

/** The documents of keys have the keys' identifiers, and one may be called like that of a consumer. */
function* duplicateAddress(names: Names): Iterable<Finding> {
  const taken = new Map([
    ...names.keys.flatMap((key) => keyPolicies(key, names).map(({ name, path }) => [name, path] as const)),
    ...names.secrets.flatMap((one) => (one.spec.policy ? [[secretDocumentName(one), one.path] as const] : [])),
  ]);
  for (const consumer of consumersOf(names.spec)) {
    const first = taken.get(consumerDocumentName(consumer));
    if (first !== undefined) yield sameName(consumer, first.join("."));
  }
}

function sameName(consumer: Consumer, first: string): Finding {
  const address = `data.aws_iam_policy_document.${consumerDocumentName(consumer)}`;
  const message = `${address} would be declared twice in the output`;
  return { path: consumer.path, part: "key", message, hint: `${first} has the same name: rename one of the two.` };
}
