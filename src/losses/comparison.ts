/**
 * Compares what the files on disk declare with what the new ones do: declarations and the names of the new spec go in, facts about
 * what Terraform would do come out. It words nothing, and decides nothing about what is refused.
 */

import type { Names, RetiredPlace } from "../spec/names.ts";
import { floorsOf, has } from "../spec/versions.ts";
import type { Declared, DeclaredResource } from "../terraform/declared.ts";
import type { Fact } from "./facts.ts";
import { otherRole, resourceType } from "./resource-types.ts";
import { copiesIn, isIgnored, isOfReplica, normal, partsOf, referencesIn, regionOf, triggersOf } from "./resources.ts";

/** What is declared before and after, and by the user's own files beside. */
export class Comparison {
  readonly before: Declared;
  readonly after: Declared;
  readonly names: Names;
  /** The resources that no file declares any more: Terraform destroys or forgets them, each with its provider. */
  readonly left: readonly DeclaredResource[];
  readonly modulesLeft: readonly string[];
  readonly #beside: Declared | undefined;
  #facts: readonly Fact[] | undefined;
  /** Texts of thousands of secrets, of which few differ, and what `inTodaysWords` makes of each. */
  readonly #translated = new Map<string, string>();
  /** Whether the files on disk, and the new ones, are a child module. */
  readonly #isModule: { readonly before: boolean; readonly after: boolean };

  constructor(
    before: Declared,
    after: Declared,
    beside: Declared | undefined,
    names: Names,
    isModule: { readonly before: boolean; readonly after: boolean },
  ) {
    this.before = before;
    this.after = after;
    this.names = names;
    this.#beside = beside;
    this.#isModule = isModule;
    this.left = [...before.resources.values()].filter(({ address }) => this.isGone(address));
    this.modulesLeft = [...before.modules.keys()].filter((name) => this.isGone(`module.${name}`));
  }

  /** Everything that Terraform would do, found when it is first asked for. */
  facts(): readonly Fact[] {
    this.#facts ??= this.#findFacts();
    return this.#facts;
  }

  #findFacts(): readonly Fact[] {
    const facts = [...this.before.resources.values()].flatMap((old) => this.#factsOf(old));
    const replaced = this.#withFollowers(facts);
    const isRelocated = (reference: string) =>
      facts.some((fact) => fact.what === "relocated" && this.today(fact.old.address) === reference);
    return [
      // What is a setting of something that is made elsewhere is made there too.
      ...facts.filter(({ what, ...fact }) => {
        const { partOf } = "fresh" in fact ? resourceType(fact.fresh.type) : { partOf: undefined };
        if (what !== "relocated" || partOf === undefined || !("fresh" in fact)) return true;
        return !referencesIn(fact.fresh.arguments[partOf]).some(isRelocated);
      }),
      ...replaced,
      ...this.#copiesUnderReplacedKeys([...facts, ...replaced]),
      ...this.#replicasLeft(),
      ...this.#valuesSent(),
      ...this.#modulesGone(),
      ...this.#providersGone(),
      ...this.#accountLeft(),
      ...this.#addressesChanged(),
    ];
  }

  /** Whether nothing is declared where a thing of this address is after all moves. */
  isGone(address: string): boolean {
    const today = this.today(address);
    if (today === undefined) return true;
    const { module, base } = partsOf(today);
    const declared = [this.after, ...(this.#beside === undefined ? [] : [this.#beside])];
    return !declared.some((one) => (module === undefined ? one.resources.has(base) : one.modules.has(module)));
  }

  /** Whether a thing of this address is declared on disk and nowhere any more. What has not changed may not be here at all. */
  isLeaving(address: string): boolean {
    return this.before.resources.has(address) && this.isGone(address);
  }

  /** Where a thing of this address is after all moves; `undefined` where Terraform cannot move it for what is in the way. */
  today(address: string): string | undefined {
    const seen = new Set<string>();
    let current = address;
    for (;;) {
      const next = this.after.moved.get(current) ?? this.#beside?.moved.get(current);
      if (next === undefined || seen.has(next)) return current;
      if (this.before.resources.has(next)) return undefined;
      seen.add(next);
      current = next;
    }
  }

  /** Whether a resource of this address is new. */
  isNew(address: string): boolean {
    return this.after.resources.has(address) && !this.before.resources.has(address);
  }

  /**
   * The address at which a key goes on whose primary has moved to another region: its former type is forgotten there, and the
   * other one is declared under the same name.
   */
  promotedTo(address: string): string | undefined {
    const other = otherRole(address);
    return other !== undefined && this.isForgotten(address) && this.isNew(other) ? other : undefined;
  }

  /** Whether a thing of this address stays in AWS and only leaves the state. */
  isForgotten(address: string): boolean {
    return this.after.removed.has(address) || this.#beside?.removed.has(address) === true;
  }

  /** Whether the un-aliased provider or one of this alias is configured. */
  hasProvider(alias: string): boolean {
    return this.after.providers.has(alias) || this.#beside?.providers.has(alias) === true;
  }

  /** The retired region that a thing is in. Where the files do not say the region, its provider stands for it. */
  retiredPlace(region: string, providerAlias: string | undefined): RetiredPlace | undefined {
    return this.names.retired.find((place) =>
      region === "" ? place.providerAlias === providerAlias : place.region === region,
    );
  }

  /** The retired region of a replica key, or of the alias of one. */
  retiredPlaceOf(old: DeclaredResource): RetiredPlace | undefined {
    return isOfReplica(old) ? this.retiredPlace(regionOf(old, this.before), old.providerAlias) : undefined;
  }

  /** A value of a resource on disk, in words that are the same for its twin in the new files. */
  normal(name: string, old: DeclaredResource): unknown {
    const value = normal(old.arguments[name], old, this.before);
    return typeof value === "string" ? this.inTodaysWords(value) : value;
  }

  /** A value of a new resource, in words that are the same for its twin on disk. */
  normalToday(name: string, fresh: DeclaredResource): unknown {
    return normal(fresh.arguments[name], fresh, this.after);
  }

  /** A text of the files on disk with every address as it is after all moves. */
  inTodaysWords<T extends string | undefined>(text: T): T {
    if (text === undefined) return text;
    let translated = this.#translated.get(text);
    if (translated === undefined) {
      const today = (address: string) => this.promotedTo(address) ?? this.today(address) ?? address;
      translated = text.replace(/\baws_\w+\.[\w-]+/g, today);
      this.#translated.set(text, translated);
    }
    return translated as T;
  }

  #factsOf(old: DeclaredResource): Fact[] {
    if (this.isGone(old.address)) {
      if (this.isForgotten(old.address)) return [];
      const retired = this.retiredPlaceOf(old);
      if (retired !== undefined && !retired.forget) return [];
      const { code, partOf } = resourceType(old.type);
      // What AWS keeps as long as there is what it is a part of is not worth a word when that goes.
      if (
        code === undefined &&
        partOf !== undefined &&
        referencesIn(old.arguments[partOf]).some((one) => this.isLeaving(one))
      ) {
        return [];
      }
      const region = regionOf(old, this.before);
      return [{ what: "gone", old, region, isBlocked: this.today(old.address) === undefined }];
    }
    const fresh = this.after.resources.get(this.today(old.address)!);
    // What has been put into a file of the user's own is the user's.
    return fresh === undefined ? [] : this.#changesOf(old, fresh);
  }

  #changesOf(old: DeclaredResource, fresh: DeclaredResource): Fact[] {
    const [from, to] = [regionOf(old, this.before), regionOf(fresh, this.after)];
    if (from !== "" && to !== "" && from !== to) return [{ what: "relocated", old, fresh, from, to }];
    const because = Object.entries(resourceType(old.type).replacedBy).flatMap(([name, fallback]) => {
      if (isIgnored(name, fresh)) return [];
      const before = normal(old.arguments[name] ?? fallback, old, this.before);
      const after = normal(fresh.arguments[name] ?? fallback, fresh, this.after);
      return this.#isSame(before, after) ? [] : [name];
    });
    for (const name of ["count", "for_each"]) {
      if (!this.#isSame(old.arguments[name], fresh.arguments[name])) because.push(name);
    }
    if (because.length > 0) return [{ what: "replaced", old, fresh, region: from, because, isFollowing: false }];
    return [...this.#copiesOf(old, fresh), ...argumentsKept(old, fresh)];
  }

  /** What has happened to the copies of a secret. AWS deletes one at once, where Terraform shows an update in place. */
  #copiesOf(old: DeclaredResource, fresh: DeclaredResource): Fact[] {
    const [before, today] = [copiesIn(old, this.before), copiesIn(fresh, this.after)];
    return before.flatMap(({ region, source, key }): Fact[] => {
      const where = region || source;
      const isStranded = () => {
        const [address] = referencesIn(key);
        return address !== undefined && this.isLeaving(address) && !this.isForgotten(address);
      };
      // The set of copies is optional and computed: the provider takes an empty one for no change (seen with 5.100).
      if (today.length === 0) return [{ what: "copy-left", old, fresh, region: where, isStranded: isStranded() }];
      // Where the region is not known, the copy is the one under the same key.
      const kept = today.find((copy) =>
        region === "" || copy.region === "" ? this.#isSame(key, copy.key) : copy.region === region,
      );
      if (kept !== undefined && this.#isSame(key, kept.key)) return [];
      const retired = this.retiredPlace(region, source);
      if (retired !== undefined && !retired.forget) return [];
      return [{ what: kept === undefined ? "copy-gone" : "copy-replaced", old, region: where }];
    });
  }

  /** Resources that are replaced because another one is: one fact each. */
  #withFollowers(facts: readonly Fact[]): Fact[] {
    // An older provider finds nothing in the new region and creates, which triggers nothing.
    const isReplacing = has(floorsOf(this.names.spec), "regionArgument");
    const replaced = new Map<string, DeclaredResource>();
    for (const fact of facts) {
      if (fact.what === "replaced" || (fact.what === "relocated" && isReplacing))
        replaced.set(fact.fresh.address, fact.fresh);
    }
    const followers: Fact[] = [];
    for (let isGrowing = replaced.size > 0; isGrowing; ) {
      isGrowing = false;
      for (const old of this.before.resources.values()) {
        const fresh = this.after.resources.get(this.today(old.address) ?? "");
        if (fresh === undefined || replaced.has(fresh.address)) continue;
        const cause = triggersOf(fresh).find((address) => replaced.has(address));
        if (cause === undefined) continue;
        replaced.set(fresh.address, fresh);
        const region = regionOf(old, this.before);
        followers.push({ what: "replaced", old, fresh, region, because: [cause], isFollowing: true });
        isGrowing = true;
      }
    }
    return followers;
  }

  /** The copies of secrets whose replica key is made anew in place: the reference is the same, the key is another one. */
  #copiesUnderReplacedKeys(facts: readonly Fact[]): Fact[] {
    const changed = facts.filter((fact) => fact.what === "replaced" || fact.what === "relocated");
    if (changed.length === 0) return [];
    const replaced = new Set(changed.map(({ fresh }) => fresh.address));
    const known = new Set(
      facts.flatMap((fact) => ("region" in fact && "old" in fact ? `${fact.old.address} ${fact.region}` : [])),
    );
    return [...this.before.resources.values()].flatMap((old): Fact[] => {
      const fresh = this.after.resources.get(this.today(old.address) ?? "");
      if (fresh === undefined || replaced.has(fresh.address)) return [];
      const today = copiesIn(fresh, this.after);
      return copiesIn(old, this.before).flatMap(({ region, source, key }): Fact[] => {
        const where = region || source;
        if (known.has(`${old.address} ${where}`)) return [];
        const kept = today.find((copy) => this.#isSame(key, copy.key));
        if (kept === undefined || !referencesIn(kept.key).some((address) => replaced.has(address))) return [];
        return [{ what: "copy-replaced", old, region: where }];
      });
    });
  }

  /** Replicas that refer to another primary than before, which they ignore: they stay copies of the former one. */
  #replicasLeft(): Fact[] {
    return [...this.before.resources.values()].flatMap((old): Fact[] => {
      const fresh = this.after.resources.get(this.today(old.address) ?? "");
      const argument = "primary_key_arn";
      if (fresh?.arguments[argument] === undefined || !isIgnored(argument, fresh)) return [];
      // It is a copy of the same key as ever when that has another primary.
      const primaries = referencesIn(fresh.arguments[argument]);
      if (primaries.some((address) => this.isForgotten(otherRole(address) ?? ""))) return [];
      return this.#isSame(old.arguments[argument], fresh.arguments[argument])
        ? []
        : [{ what: "replica-left", old, fresh }];
    });
  }

  /** Values that Terraform did not send before, to secrets that were there. */
  #valuesSent(): Fact[] {
    const former = new Set([...this.before.resources.keys()].map((address) => this.today(address)));
    return [...this.after.resources.values()].flatMap((fresh): Fact[] => {
      const { partOf, code } = resourceType(fresh.type);
      if (code !== undefined || partOf === undefined || former.has(fresh.address)) return [];
      const [owner] = referencesIn(fresh.arguments[partOf]);
      // The block of a secret that has not changed is in neither of the two.
      const isOld = owner !== undefined && (former.has(owner) || !this.after.resources.has(owner));
      return isOld ? [{ what: "value-sent", fresh }] : [];
    });
  }

  /** Whether two values are equal once the old one speaks of today's addresses. */
  #isSame(old: unknown, fresh: unknown): boolean {
    return this.inTodaysWords(JSON.stringify(old)) === JSON.stringify(fresh);
  }

  #modulesGone(): Fact[] {
    return this.modulesLeft
      .filter((name) => !this.isForgotten(`module.${name}`))
      .map((name) => ({ what: "module-gone", name, path: this.before.modules.get(name)! }));
  }

  /** Terraform destroys and forgets with the provider that the state names; if it is gone, it fails. */
  #providersGone(): Fact[] {
    const users = new Map(this.left.flatMap((old) => (old.providerAlias ? [[old.providerAlias, old] as const] : [])));
    // Without a block for it Terraform makes a provider without an alias up, which is wherever the environment says. A module has
    // that of its caller, and where the files say nothing of it, others configured it.
    const unaliased = this.left.find(
      ({ type, providerAlias }) => type.startsWith("aws_") && providerAlias === undefined,
    );
    const wasOurs = (this.before.providers.get("")?.path ?? "") !== "" && !this.#isModule.after;
    if (unaliased !== undefined && wasOurs) users.set("", unaliased);
    return [...users].flatMap(([alias, user]): Fact[] => {
      if (this.hasProvider(alias)) return [];
      const path = this.before.providers.get(alias)?.path || user.path;
      return [{ what: "provider-gone", alias, path, region: regionOf(user, this.before), user }];
    });
  }

  /** In another account Terraform finds nothing of what it knows. All providers are for one account: one fact stands for all. */
  #accountLeft(): Fact[] {
    for (const [alias, { accounts: from, path }] of this.before.providers) {
      const to = this.after.providers.get(alias)?.accounts ?? [];
      if (from.length === 0 || to.length === 0 || from.some((account) => to.includes(account))) continue;
      return [{ what: "account-left", alias, path, from, to }];
    }
    return [];
  }

  /** What a module declares has the module's name in its address. */
  #addressesChanged(): Fact[] {
    const { before, after } = this.#isModule;
    const path = [...this.before.providers.values()].find((provider) => provider.path !== "")?.path ?? "provider.tf";
    // Without a provider on disk nothing tells what the files were.
    return before === after || this.before.providers.size === 0
      ? []
      : [{ what: "addresses-changed", isModule: after, path }];
  }
}

function argumentsKept(old: DeclaredResource, fresh: DeclaredResource): Fact[] {
  return Object.entries(resourceType(old.type).kept).flatMap(([argument, { onlyWith }]): Fact[] => {
    if (old.arguments[argument] === undefined || fresh.arguments[argument] !== undefined) return [];
    if (onlyWith !== undefined && fresh.arguments[onlyWith] !== true) return [];
    return [{ what: "argument-kept", old, argument }];
  });
}
