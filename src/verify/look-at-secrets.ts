/** Looks at the secrets of a spec, region by region and then one by one: what is not as the spec says comes out, by secret. */

import { type LiveAccount, UnseenError } from "../aws/account.ts";
import { type NamedSecret, nameIn } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { attempt } from "./attempt.ts";
import { textIn } from "./facts.ts";
import { type Finding, type Given, SECRET_ASPECTS } from "./findings.ts";
import type { KeyIdIn, LookOptions, Subject } from "./look.ts";
import { copyFindings, secretFindings, secretPolicyFindings } from "./secret-checks.ts";

/** Secrets that are looked at at the same time: enough for all regions to be busy. */
const AT_ONCE = 64;

/** So many secrets are asked for a resource policy that the spec does not give them: AWS takes fifty such calls a second. */
const MOST_POLICIES = 500;

/** The secrets, region by region and then one by one. */
export class SecretsView {
  readonly #given: Given;
  readonly #live: LiveAccount;
  readonly #options: LookOptions;
  readonly #keyIdIn: KeyIdIn;
  readonly #secrets: readonly NamedSecret[];
  readonly #findings = new Map<NamedSecret, Finding[]>();
  /** The name in AWS, of secrets whose name Terraform makes out of a prefix. */
  readonly #names = new Map<NamedSecret, string>();
  readonly unlisted = new Map<string, UnseenError>();
  #done = 0;

  constructor(given: Given, live: LiveAccount, options: LookOptions, keyIdIn: KeyIdIn) {
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
      aspects: SECRET_ASPECTS,
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
        const keyId = secret.key && this.#keyIdIn(secret.key, place);
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
