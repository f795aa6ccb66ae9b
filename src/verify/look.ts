/**
 * Looks at everything that a spec has in AWS: names and an account go in, what is not as the spec says comes out, by key and by
 * secret. It holds no more of a secret than what is wrong with it, so that there may be very many.
 */

import { type LiveAccount, type LiveKey, UnseenError } from "../aws/live.ts";
import type { NamedKey } from "../spec/keys.ts";
import { keyIdOf, keyPlaces, type NamedSecret, nameIn } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import {
  type Alias,
  type Aspect,
  aliasesOf,
  aliasFindings,
  copyFindings,
  type Finding,
  type Given,
  keyFindings,
  keyPolicyFindings,
  keyRotationFindings,
  replicaFindings,
  secretFindings,
  secretPolicyFindings,
  tagFindings,
} from "./checks.ts";
import { textIn } from "./facts.ts";

/** A key or a secret, and what was found. */
export interface Subject {
  readonly kind: "key" | "secret";
  /** Its identifier in the spec. */
  readonly id: string;
  /** A key's id, a secret's name. */
  readonly name: string;
  /** The regions in which it was looked at, the primary's first. */
  readonly regions: readonly string[];
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

/** Secrets that are looked at at the same time: enough for all regions to be busy. */
const AT_ONCE = 64;

/** So many secrets are asked for a resource policy that the spec does not give them: AWS takes fifty such calls a second. */
const MOST_POLICIES = 500;

export async function look(given: Given, live: LiveAccount, options: LookOptions): Promise<View> {
  const { names } = given;
  const keys = await Promise.all(names.keys.map((key) => lookAtKey(key, given, live, options)));
  const keyIds = new Map(keys.map(({ id, name }) => [id, name]));
  const secrets = new SecretsView(given, live, options, (key) => keyIds.get(key.id) || undefined);
  await secrets.look();
  return { subjects: [...keys, ...secrets.subjects()], unlisted: secrets.unlisted };
}

/** Gives what could not be looked at as a finding. */
async function attempt<T>(
  findings: Finding[],
  aspect: Aspect,
  { region }: Pick<Place, "region">,
  path: Finding["path"],
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnseenError)) throw error;
    const { message: text, hint } = error;
    findings.push({ verdict: "unseen", aspect, region, text, hint, isWhole: aspect === "key", path });
    return undefined;
  }
}

async function lookAtKey(key: NamedKey, given: Given, live: LiveAccount, options: LookOptions): Promise<Subject> {
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
  const subject = { kind: "key", id: key.id, name: id ?? "", regions: places.map(({ region }) => region) } as const;
  if (id === undefined) return { ...subject, findings: [...findings, ...unfound(key, places, targets, given)] };
  const lookIn = async (place: Place, index: number) => {
    const { region } = place;
    const behind = targets.get(region) ?? [];
    for (const { alias, key: target } of behind) findings.push(...aliasFindings(alias, place, target, id));
    const target = behind.find((one) => one.key?.id === id)?.key;
    const seen = target ?? (await attempt(findings, "key", place, key.path, () => live.key(region, id)));
    if (seen === undefined) {
      if (!findings.some((one) => one.verdict === "unseen" && one.region === region)) {
        findings.push({
          verdict: "differs",
          aspect: "key",
          region,
          text: `there is no key ${id} here`,
          short: "none",
          isWhole: true,
          path: key.path,
        });
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
    return [{ verdict: "differs", aspect: "key", region, text, short: "none", hint, isWhole: true, path: key.path }];
  });
}

/** The secrets, region by region and then one by one. */
class SecretsView {
  readonly #given: Given;
  readonly #live: LiveAccount;
  readonly #options: LookOptions;
  readonly #keyIdIn: (key: NamedKey) => string | undefined;
  readonly #secrets: readonly NamedSecret[];
  readonly #findings = new Map<NamedSecret, Finding[]>();
  /** The name in AWS, of secrets whose name Terraform makes out of a prefix. */
  readonly #names = new Map<NamedSecret, string>();
  readonly unlisted = new Map<string, UnseenError>();
  #done = 0;

  constructor(given: Given, live: LiveAccount, options: LookOptions, keyIdIn: (key: NamedKey) => string | undefined) {
    this.#given = given;
    this.#live = live;
    this.#options = options;
    this.#keyIdIn = keyIdIn;
    this.#secrets = given.names.secrets;
  }

  async look(): Promise<void> {
    if (this.#secrets.length === 0) return;
    const { secretsPlace, replicas, primary } = this.#given.names;
    const { isLookedAt } = this.#options;
    const others = [primary, ...replicas].filter(({ region }) => region !== secretsPlace.region);
    // The primaries first: a name that was made out of a prefix is known from them.
    for (const places of [[secretsPlace], others]) {
      await Promise.all(places.filter(({ region }) => isLookedAt(region)).map((place) => this.#lookIn(place)));
    }
    if (!isLookedAt(secretsPlace.region) || this.unlisted.has(secretsPlace.region)) return;
    const rest = this.#secrets.values();
    const work = async () => {
      for (const secret of rest) {
        await this.#lookAt(secret);
        this.#tick(1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  subjects(): readonly Subject[] {
    const { secretsPlace } = this.#given.names;
    return this.#secrets.map((secret) => ({
      kind: "secret",
      id: secret.id,
      name: this.#nameOf(secret),
      regions: [secretsPlace, ...secret.replicas]
        .map(({ region }) => region)
        .filter((region) => this.#options.isLookedAt(region)),
      findings: this.#findings.get(secret) ?? [],
    }));
  }

  #nameOf(secret: NamedSecret): string {
    return this.#names.get(secret) ?? this.#written(secret);
  }

  /** The name, or what it begins with. */
  #written(secret: NamedSecret): string {
    const { names } = this.#given;
    return textIn(nameIn(names, secret), names.home, this.#given);
  }

  #add(secret: NamedSecret, findings: readonly Finding[]): void {
    if (findings.length === 0) return;
    const known = this.#findings.get(secret);
    if (known === undefined) this.#findings.set(secret, [...findings]);
    else known.push(...findings);
  }

  #tick(done: number): void {
    this.#done += done;
    const { names } = this.#given;
    const regions = 1 + names.replicas.length;
    this.#options.progress(this.#done, this.#secrets.length * (1 + regions));
  }

  /** All secrets that should be in a region, held to the list of the region. */
  async #lookIn(place: Place): Promise<void> {
    const { secretsPlace } = this.#given.names;
    const { region } = place;
    const isHere = (secret: NamedSecret) =>
      region === secretsPlace.region || secret.replicas.some((replica) => replica.region === region);
    const wanted = this.#secrets.filter(isHere);
    const byName = new Map(wanted.map((secret) => [this.#nameOf(secret), secret]));
    const prefixed = wanted.filter((secret) => secret.isNamePrefix && !this.#names.has(secret));
    const missing = new Set(wanted);
    try {
      for await (const seen of this.#live.secrets(region, [...byName.keys()])) {
        const secret = byName.get(seen.name) ?? prefixed.find((one) => isMadeOf(this.#written(one), seen.name));
        if (secret === undefined || !missing.delete(secret)) continue;
        if (secret.isNamePrefix) this.#names.set(secret, seen.name);
        const keyId = secret.key && this.#keyIdIn(secret.key);
        this.#add(secret, secretFindings(secret, place, seen, keyId, this.#given));
        this.#tick(1);
      }
    } catch (error) {
      if (!(error instanceof UnseenError)) throw error;
      this.unlisted.set(region, error);
      return;
    }
    for (const secret of missing) {
      const text = `there is no ${secret.isNamePrefix ? "secret of this prefix" : `secret ${this.#nameOf(secret)}`} here`;
      this.#add(secret, [
        { verdict: "differs", aspect: "copy", region, text, short: "none", isWhole: true, path: secret.path },
      ]);
      this.#tick(1);
    }
  }

  /** What only the primary says of one secret, and what its values are like. */
  async #lookAt(secret: NamedSecret): Promise<void> {
    const { names } = this.#given;
    const { secretsPlace: place } = names;
    const { isLookedAt, values } = this.#options;
    const found: Finding[] = [];
    const name = this.#nameOf(secret);
    const seen = await attempt(found, "copy", place, secret.path, () => this.#live.secret(place.region, name));
    // That it is not there was found in the list.
    if (seen !== undefined && seen.deletionDay === undefined) {
      found.push(...copyFindings(secret, seen, this.#keyIdIn, isLookedAt, this.#given));
      if (secret.spec.policy || this.#secrets.length <= MOST_POLICIES) {
        await attempt(found, "policy", place, secret.path, async () => {
          const policy = await this.#live.secretPolicy(place.region, name);
          found.push(...secretPolicyFindings(secret, place, policy, this.#given));
        });
      }
      if (values) found.push(...(await this.#valueFindings(secret, name)));
    }
    const known = this.#findings.get(secret) ?? [];
    // The list of a region and the primary tell the same of a copy.
    this.#add(
      secret,
      found.filter((one) => !known.some((other) => isAlike(one, other))),
    );
  }

  async #valueFindings(secret: NamedSecret, name: string): Promise<Finding[]> {
    const { isLookedAt } = this.#options;
    // Under a key that the spec disables, no value can be read.
    const isReadable = (place: Place) => secret.key === undefined || secret.key.inRegion(place).enabled;
    const regions = [this.#given.names.secretsPlace, ...secret.replicas]
      .filter((place) => isLookedAt(place.region) && !this.unlisted.has(place.region) && isReadable(place))
      .map(({ region }) => region);
    const verdicts = await this.#live.values(regions, name);
    return [...verdicts].flatMap(([region, verdict]): Finding[] => {
      const about = { aspect: "value", region, path: [...secret.path, "value"] } as const;
      if (verdict === "same") return [];
      if (verdict instanceof UnseenError) {
        return [{ ...about, verdict: "unseen", text: `its value: ${verdict.message}`, hint: verdict.hint }];
      }
      return [{ ...about, verdict: "differs", text: VALUES[verdict], short: verdict }];
    });
  }
}

const VALUES = {
  different: "its value is another one than in the primary region",
  absent: "it has no current value",
  unreadable: "its value cannot be decrypted",
};

/** The names that Terraform makes out of a prefix: the time and a number in 26 digits. */
function isMadeOf(prefix: string, name: string): boolean {
  return name.startsWith(prefix) && /^[0-9a-f]{26}$/.test(name.slice(prefix.length));
}

/** One fact, seen in two places. */
function isAlike(one: Finding, other: Finding): boolean {
  return one.aspect === other.aspect && one.region === other.region && one.verdict === other.verdict;
}
