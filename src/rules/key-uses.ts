/** What must hold about whatever is under a key: which key that is, and that it can encrypt. */

import { isSymmetric, materialOf, type NamedKey } from "../spec/keys.ts";
import type { Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { regionalKinds } from "../spec/regional.ts";
import { MOST_GUESSES, nearest } from "../spec/suggest.ts";
import { type Finding, few, type Rule } from "./rule.ts";

export const keyUseRules = (): readonly Rule[] => [
  { code: "unknown-key", check: unknownKey },
  { code: "key-not-chosen", check: keyNotChosen },
  { code: "key-cannot-encrypt", check: keyCannotEncrypt },
];

/** A thing that names a key, or leaves it to what is obvious. */
interface KeyUse {
  /** In a sentence, "the secret app". */
  readonly what: string;
  readonly wanted: string | undefined;
  readonly key: NamedKey | undefined;
  readonly path: Path;
}

function keyUses({ secrets, regional }: Names): readonly KeyUse[] {
  return [
    ...secrets
      .filter(({ isOnAwsKey }) => !isOnAwsKey)
      .map(({ id, spec, key, path }) => ({ what: `the secret ${id}`, wanted: spec.key, key, path })),
    ...regional.map(({ kind, id, spec, key, path }) => {
      return { what: `the ${regionalKinds[kind].noun} ${id}`, wanted: spec.key, key, path };
    }),
  ];
}

function* unknownKey(names: Names): Iterable<Finding> {
  const ids = [...names.keys, ...names.existing].map(({ id }) => id);
  let guesses = 0;
  for (const { wanted, key, path } of keyUses(names)) {
    if (!wanted || key !== undefined) continue;
    // Each guess looks at every key: for thousands of mistakes and thousands of keys that would take minutes.
    const meant = guesses++ < MOST_GUESSES ? nearest(wanted, ids) : undefined;
    const hint =
      meant === undefined
        ? ids.length === 0
          ? "It has no keys."
          : `Its keys are ${few(ids, ", ")}.`
        : `Did you mean ${meant}?`;
    yield { path: [...path, "key"], message: `there is no key ${JSON.stringify(wanted)} in this spec`, hint };
  }
}

function* keyNotChosen(names: Names): Iterable<Finding> {
  const ids = [...names.keys, ...names.existing].map(({ id }) => id);
  const hint = ids.length === 0 ? "Leave keys out, or write one." : `Write key: ${few(ids, " or ")}`;
  for (const { what, wanted, key, path } of keyUses(names)) {
    if (wanted !== undefined || key !== undefined) continue;
    const message =
      ids.length === 0 ? `${what} has no key, the spec has none` : `${what} does not say which key encrypts it`;
    yield { path, part: "key", message, hint };
  }
}

/** Services take symmetric encryption keys only (AWS Secrets Manager: encryption and decryption). */
function* keyCannotEncrypt(names: Names): Iterable<Finding> {
  for (const { what, wanted, key, path } of keyUses(names)) {
    if (key === undefined || isSymmetric(key.spec)) continue;
    const things = what.startsWith("the secret ") ? "secrets" : what;
    const message = `the key ${key.id} (${materialOf(key.spec).spec}) cannot encrypt ${things}`;
    const at = wanted ? [...path, "key"] : path;
    const hint = `${things === "secrets" ? "Secrets need" : "It needs"} a key with usage: encrypt and spec: SYMMETRIC_DEFAULT.`;
    yield { path: at, message, hint };
  }
}
