/**
 * What verify finds: the words for something that is not as the spec says, and what keys and secrets have in common that is held
 * to it. It asks nothing itself.
 */

import type { Tags } from "../aws/account.ts";
import type { Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import type { WholePolicy } from "../spec/statements.ts";
import { type Facts, textIn } from "./facts.ts";
import { policyDifferences } from "./policy.ts";

/** What of a key or a secret is looked at; the columns of the table. */
export type Aspect =
  | "key"
  | "role"
  | "state"
  | "rotation"
  | "alias"
  | "policy"
  | "grants"
  | "tags"
  | "text"
  | "copy"
  | "value";

export const KEY_ASPECTS: readonly Aspect[] = [
  "key",
  "role",
  "state",
  "rotation",
  "alias",
  "policy",
  "grants",
  "tags",
  "text",
];
/** Of a key of another state only what its secrets need is looked at. */
export const EXISTING_KEY_ASPECTS: readonly Aspect[] = ["key", "state", "alias"];
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

export function differs(aspect: Aspect, { region }: At, text: string, path: Path, more: More = {}): Finding {
  return { verdict: "differs", aspect, region, text, path, ...more };
}

/** Nothing where two values are equal; both are in the text otherwise. */
export function held<T extends string | number>(
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

/** What the spec's keys and secrets are held to besides the spec. */
export interface Given extends Facts {
  readonly names: Names;
}

export function textFindings(at: At, is: string, wanted: string, path: Path): Finding[] {
  const texts = [JSON.stringify(is), JSON.stringify(wanted)] as const;
  return held("text", at, "its description", texts, [...path, "description"], { short: "other" });
}

export function onOrOff(isOn: boolean): string {
  return isOn ? "on" : "off";
}

export function policyFindings(policy: WholePolicy, at: Place, seen: string, path: Path, given: Given): Finding[] {
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
