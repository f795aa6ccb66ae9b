/** Looks at a key of a spec in every region: its names and an account go in, what is not as the spec says comes out. */

import type { LiveAccount, LiveKey } from "../aws/account.ts";
import { grantsOf, type NamedKey } from "../spec/keys.ts";
import { keyIdOf, keyPlaces } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { attempt } from "./attempt.ts";
import { differs, EXISTING_KEY_ASPECTS, type Finding, type Given, KEY_ASPECTS, tagFindings } from "./findings.ts";
import {
  type Alias,
  aliasesOf,
  aliasFindings,
  existingKeyFindings,
  grantFindings,
  keyFindings,
  keyPolicyFindings,
  keyRotationFindings,
  replicaFindings,
} from "./key-checks.ts";
import type { LookOptions, Subject } from "./look.ts";

export async function lookAtKey(
  key: NamedKey,
  given: Given,
  live: LiveAccount,
  options: LookOptions,
): Promise<Subject> {
  const { names } = given;
  const places = keyPlaces(key, names).filter(({ region }) => options.isLookedAt(region));
  const findings: Finding[] = [];
  const targets = new Map<string, Target[]>();
  const lookBehind = async (place: Place) => {
    const seen = aliasesOf(key, place, given).map((alias) =>
      attempt(findings, "alias", place, key.path, async () => ({
        alias,
        key: await live.key(place.region, alias.name),
      })),
    );
    targets.set(
      place.region,
      (await Promise.all(seen)).filter((target) => target !== undefined),
    );
  };
  await Promise.all(places.map(lookBehind));
  const id = options.keyIds.get(key.id) ?? keyIdOf(key, names) ?? importedId(key) ?? idBehind(places, targets);
  const subject = {
    kind: "key",
    id: key.id,
    name: id ?? "",
    regions: places.map(({ region }) => region),
    aspects: grantsOf(key).length === 0 ? KEY_ASPECTS.filter((aspect) => aspect !== "grants") : KEY_ASPECTS,
  } as const;
  if (id === undefined) return { ...subject, findings: [...findings, ...unfound(key, places, targets, given)] };
  const lookIn = async (place: Place, index: number) => {
    const { region } = place;
    const behind = targets.get(region) ?? [];
    for (const { alias, key: target } of behind) findings.push(...aliasFindings(alias, place, target, id));
    const target = behind.find((one) => one.key?.id === id)?.key;
    const seen = target ?? (await attempt(findings, "key", place, key.path, () => live.key(region, id)));
    if (seen === undefined) {
      if (!findings.some((one) => one.verdict === "unseen" && one.region === region)) {
        const text = `there is no key ${id} here`;
        findings.push(differs("key", place, text, key.path, { short: "none", isWhole: true }));
      }
      return;
    }
    findings.push(...keyFindings(key, place, seen, given));
    // The primary knows its replicas; without it, any of them does.
    if (index === 0) findings.push(...replicaFindings(key, place, seen, given));
    await Promise.all([
      attempt(findings, "policy", place, key.path, async () => {
        const policy = await live.keyPolicy(region, id);
        if (policy !== undefined) findings.push(...keyPolicyFindings(key, place, policy, given));
      }),
      attempt(findings, "tags", place, key.path, async () => {
        const tags = (await live.keyTags(region, id)) ?? {};
        findings.push(...tagFindings(key.inRegion(place).tags, place, tags, key.path, given));
      }),
      key.inRegion(place).grants.length === 0
        ? undefined
        : attempt(findings, "grants", place, [...key.path, "grants"], async () => {
            findings.push(...grantFindings(key, place, await live.keyGrants(region, id), given));
          }),
      index > 0
        ? undefined
        : attempt(findings, "rotation", place, key.path, async () => {
            findings.push(...keyRotationFindings(key, place, await live.keyRotation(region, id)));
          }),
    ]);
  };
  await Promise.all(places.map(lookIn));
  return { ...subject, findings };
}

function importedId({ spec }: NamedKey): string | undefined {
  return typeof spec.import === "object" ? spec.import?.key_id : spec.import;
}

/** An alias, and the key that it leads to. */
interface Target {
  readonly alias: Alias;
  readonly key: LiveKey | undefined;
}

/** The key behind the first alias that leads to one. */
function idBehind(places: readonly Place[], targets: ReadonlyMap<string, readonly Target[]>): string | undefined {
  return places.flatMap(({ region }) => targets.get(region) ?? []).find((target) => target.key !== undefined)?.key?.id;
}

/** What to say of a key that no alias leads to. */
function unfound(
  key: NamedKey,
  places: readonly Place[],
  targets: ReadonlyMap<string, readonly Target[]>,
  given: Given,
): Finding[] {
  const hint = `Say which key it is: --key-id ${key.id}=mrk-…, or --state`;
  return places.flatMap((place): Finding[] => {
    const { region } = place;
    const [alias] = aliasesOf(key, place, given);
    if (alias === undefined) {
      const text = "it has no alias to find it by";
      return [{ verdict: "unseen", aspect: "key", region, text, hint, isWhole: true, path: key.path }];
    }
    if (targets.get(region)?.length === 0) return [];
    const text = `there is no ${alias.name}, and so no key`;
    return [differs("key", place, text, key.path, { short: "none", hint, isWhole: true })];
  });
}

/** A key of another state, and its id by region: under an alias, each region may have a key of its own. */
interface ExistingKey {
  readonly subject: Subject;
  readonly ids: ReadonlyMap<string, string>;
}

/** Looks at a key of another state in the regions where a secret is under it: it need not be anywhere else. */
export async function lookAtExistingKey(
  key: NamedKey,
  given: Given,
  live: LiveAccount,
  options: LookOptions,
): Promise<ExistingKey> {
  const { names } = given;
  const secrets = names.secrets.filter((secret) => secret.key === key);
  const used = new Set(secrets.flatMap(({ replicas }) => [names.secretsPlace, ...replicas]));
  const places = [names.primary, ...names.replicas].filter(
    (place) => used.has(place) && options.isLookedAt(place.region),
  );
  const path = [...key.path, "existing"];
  const findings: Finding[] = [];
  const ids = new Map<string, string>();
  const lookIn = async (place: Place) => {
    const { region } = place;
    const { existing = "" } = key.spec;
    const [alias] = aliasesOf(key, place, given);
    const reference = alias?.name ?? String(existing).replace(/^(arn:[^:]+:kms:)[^:]+/, `$1${region}`);
    const seen = await attempt(findings, "key", place, path, async () => ({ key: await live.key(region, reference) }));
    if (seen === undefined) return;
    if (seen.key === undefined) {
      findings.push(
        differs("key", place, `there is no ${alias?.name ?? `key ${reference}`} here`, path, {
          short: "none",
          isWhole: true,
        }),
      );
      return;
    }
    ids.set(region, seen.key.id);
    findings.push(...existingKeyFindings(key, place, seen.key));
  };
  await Promise.all(places.map(lookIn));
  const all = new Set(ids.values());
  const regions = places.map(({ region }) => region);
  if (all.size > 1) {
    const text = `it is another key in other regions (${[...ids].map(([region, id]) => `${region}: ${id}`).join(", ")})`;
    findings.push({ verdict: "noted", aspect: "key", region: regions[0]!, text, short: "several", path });
  }
  const name = [...all].join(", ");
  return { subject: { kind: "key", id: key.id, name, regions, aspects: EXISTING_KEY_ASPECTS, findings }, ids };
}
