/**
 * Looks at everything that a spec has in AWS: names and an account go in, what is not as the spec says comes out, by key and by
 * secret. It holds no more of a secret than what is wrong with it, so that there may be very many.
 */

import type { LiveAccount, UnseenError } from "../aws/account.ts";
import type { NamedKey } from "../spec/keys.ts";
import type { Place } from "../spec/places.ts";
import type { Aspect, Finding, Given } from "./findings.ts";
import { lookAtExistingKey, lookAtKey } from "./look-at-keys.ts";
import { SecretsView } from "./look-at-secrets.ts";

/** A key or a secret, and what was found. */
export interface Subject {
  readonly kind: "key" | "secret";
  /** Its identifier in the spec. */
  readonly id: string;
  /** A key's id, a secret's name. */
  readonly name: string;
  /** The regions in which it was looked at, the primary's first. */
  readonly regions: readonly string[];
  /** What was looked at. */
  readonly aspects: readonly Aspect[];
  readonly findings: readonly Finding[];
}

/** What was seen of everything. */
export interface View {
  readonly subjects: readonly Subject[];
  /** The regions whose secrets could not be listed, and why. */
  readonly unlisted: ReadonlyMap<string, UnseenError>;
}

export interface LookOptions {
  /** The ids of keys that are known beforehand, by identifier. */
  readonly keyIds: ReadonlyMap<string, string>;
  readonly isLookedAt: (region: string) => boolean;
  /** Whether values are read and compared. */
  readonly values: boolean;
  /** Told now and then how far it is. */
  readonly progress: (done: number, of: number) => void;
}

/** The id of the key that is meant in a region, where it was found. */
export type KeyIdIn = (key: NamedKey, place: Pick<Place, "region">) => string | undefined;

export async function look(given: Given, live: LiveAccount, options: LookOptions): Promise<View> {
  const { names } = given;
  const keys = await Promise.all(names.keys.map((key) => lookAtKey(key, given, live, options)));
  const existing = await Promise.all(names.existing.map((key) => lookAtExistingKey(key, given, live, options)));
  const ids = new Map(keys.map(({ id, name }) => [id, name]));
  const idsByRegion = new Map(existing.map(({ subject, ids }) => [subject.id, ids]));
  const idIn: KeyIdIn = (key, { region }) => (idsByRegion.get(key.id)?.get(region) ?? ids.get(key.id)) || undefined;
  const secrets = new SecretsView(given, live, options, idIn);
  await secrets.look();
  const subjects = [...keys, ...existing.map(({ subject }) => subject), ...secrets.subjects()];
  return { subjects, unlisted: secrets.unlisted };
}
