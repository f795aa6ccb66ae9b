/**
 * Finds out what resources on disk were called: a comparison goes in, the labels, identifiers and aliases that the former spec had
 * come out, as far as names and the new spec tell them apart, and which new thing a former one has most likely become.
 */

import { shortCode } from "../aws/regions.ts";
import { keyName, type NamedKey } from "../spec/keys.ts";
import { keyPlaces } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Comparison } from "./comparison.ts";
import { resourceType } from "./resource-types.ts";
import { inSpecWords, isOfReplica, referencesIn, regionOf } from "./resources.ts";

/** The names that the files on disk were made with. */
export class FormerNames {
  readonly #compared: Comparison;
  readonly #labels = new Map<string, string | undefined>();
  /** By type and former address, found when the first is asked for. */
  readonly #heirs = new Map<string, ReadonlyMap<string, DeclaredResource>>();
  /** From where the moves on disk lead to an address, found when the first is asked for. */
  #sources: ReadonlyMap<string, string> | undefined;

  constructor(compared: Comparison) {
    this.#compared = compared;
  }

  /** The identifiers of all keys on disk. */
  keyIds(): readonly string[] {
    const ids = [...this.#compared.before.resources.values()]
      .filter(({ type }) => resourceType(type).role === "primary")
      .flatMap((key) => this.keyIdOf(key) ?? []);
    return [...new Set(ids)];
  }

  /** The identifier of the key that a key or an alias on disk belongs to. */
  keyIdOf(old: DeclaredResource): string | undefined {
    const label = this.labelOf(old);
    const name = keyNameOf(old);
    return label === undefined || !name.startsWith(`${label}_`) ? undefined : name.slice(label.length + 1);
  }

  /**
   * The names that something on disk has had by the moves on disk, the oldest first and its own last: a state may have missed any
   * of them. `nameIn` takes the name out of an address; where it finds none, the chain begins.
   */
  namesOf(address: string, nameIn: (address: string) => string | undefined): readonly string[] {
    this.#sources ??= new Map([...this.#compared.before.moved].map(([from, to]) => [to, from]));
    const names: string[] = [];
    for (let current: string | undefined = address; current !== undefined; current = this.#sources.get(current)) {
      const name = nameIn(current);
      if (name === undefined || names.includes(name)) break;
      names.unshift(name);
    }
    return names;
  }

  /** The label that the region of a key or an alias on disk had. */
  labelOf(old: DeclaredResource): string | undefined {
    const place = placeOf(old, this.#compared);
    if (!this.#labels.has(place)) this.#labels.set(place, this.#findLabel(old, place));
    return this.#labels.get(place);
  }

  /** The place of the new spec that a key or an alias on disk is in. */
  placeToday(old: DeclaredResource): Place | undefined {
    const { primary, replicas } = this.#compared.names;
    const region = regionOf(old, this.#compared.before);
    const isHere = (place: Place) =>
      region === "" ? place.providerAlias === old.providerAlias : place.region === region;
    return (isOfReplica(old) ? replicas : [primary]).find(isHere);
  }

  /** The primary key of an identifier on disk. */
  primaryOf(id: string): DeclaredResource | undefined {
    const { resources } = this.#compared.before;
    return [...resources.values()].find((old) => resourceType(old.type).role === "primary" && this.keyIdOf(old) === id);
  }

  /** The key of the new spec that what is or was at an address belongs to today. */
  keyToday(address: string): NamedKey | undefined {
    const { names } = this.#compared;
    const today = this.#compared.today(address)?.split(".").at(-1);
    return names.keys.find((key) => keyPlaces(key, names).some((place) => keyName(place, key) === today));
  }

  /** The name of the alias of a primary key on disk, with `{region}` for its region. */
  aliasOf(key: DeclaredResource): string | undefined {
    const [alias] = this.#aliasesOfPrimaries(this.#compared.before.resources.values()).get(key.address) ?? [];
    return alias && this.aliasName(alias);
  }

  /** The name of an alias on disk, as a spec would say it: with `{region}` for its region. */
  aliasName(alias: DeclaredResource): string | undefined {
    const name = this.#compared.normal("name", alias);
    return typeof name === "string" ? inSpecWords(name) : undefined;
  }

  /**
   * The one new resource that has the alias of one that has gone, which is unique in a region, or is equal to it but for what
   * names it, if neither has another equal.
   */
  heirOf(gone: DeclaredResource): DeclaredResource | undefined {
    if (!this.#heirs.has(gone.type)) this.#heirs.set(gone.type, this.#findHeirs(gone.type));
    return this.#heirs.get(gone.type)!.get(gone.address);
  }

  #findHeirs(type: string): ReadonlyMap<string, DeclaredResource> {
    const { before, after, left } = this.#compared;
    // A move from where nothing is brings nothing.
    const targets = new Set(
      [...before.resources.keys()].filter((from) => after.moved.has(from)).map((from) => this.#compared.today(from)),
    );
    const fresh = [...after.resources.values()].filter(
      ({ address, type: other }) => other === type && this.#compared.isNew(address) && !targets.has(address),
    );
    const gone = left.filter((old) => old.type === type);
    const heirs = new Map<string, DeclaredResource>();
    if (resourceType(type).role === "primary") {
      const [old, new_] = [before, after].map(({ resources }) => this.#aliasesOfPrimaries(resources.values()));
      const byAlias = new Map(
        fresh.flatMap((key) => {
          return (new_!.get(key.address) ?? []).map(
            (alias) => [this.#compared.normalToday("name", alias), key] as const,
          );
        }),
      );
      for (const key of gone) {
        const [heir] = (old!.get(key.address) ?? []).flatMap(
          (alias) => byAlias.get(this.#compared.normal("name", alias)) ?? [],
        );
        if (heir !== undefined) heirs.set(key.address, heir);
      }
    }
    const taken = new Set([...heirs.values()].map(({ address }) => address));
    const unknown = unequalled(
      fresh.filter(({ address }) => !taken.has(address)),
      signature,
    );
    const known = unequalled(
      gone.filter(({ address }) => !heirs.has(address)),
      (old) => this.#compared.inTodaysWords(signature(old)),
    );
    for (const [key, old] of known) if (unknown.has(key)) heirs.set(old.address, unknown.get(key)!);
    return heirs;
  }

  /** The aliases of primary keys, by the address of the key. */
  #aliasesOfPrimaries(resources: Iterable<DeclaredResource>): ReadonlyMap<string, readonly DeclaredResource[]> {
    const byKey = new Map<string, DeclaredResource[]>();
    for (const alias of resources) {
      if (alias.type !== "aws_kms_alias" || isOfReplica(alias)) continue;
      for (const key of referencesIn(alias.arguments.target_key_id)) byKey.set(key, [...(byKey.get(key) ?? []), alias]);
    }
    return byKey;
  }

  /** Names are a label, an underscore and an identifier, both of which may hold underscores. */
  #findLabel(old: DeclaredResource, place: string): string | undefined {
    const { before, names } = this.#compared;
    const together = [...before.resources.values()].filter(
      (one) => one.type.startsWith("aws_kms_") && placeOf(one, this.#compared) === place,
    );
    const all = together.map(({ name }) => name);
    const candidates = prefixesOf(old.name).filter((label) => all.every((name) => name.startsWith(`${label}_`)));
    const today = this.#compared.retiredPlaceOf(old) ?? this.placeToday(old);
    const usual = isOfReplica(old) ? shortCode(regionOf(old, before)) : "main";
    const likely = [today?.label, ...(today?.formerLabels ?? []).toReversed(), usual].find(
      (label) => label !== undefined && candidates.includes(label),
    );
    if (likely !== undefined) return likely;
    const ids = new Set(names.keys.flatMap(({ id, spec }) => [id, ...(spec.renamed_from ?? [])]));
    const known = (label: string) => all.filter((name) => ids.has(name.slice(label.length + 1))).length;
    return candidates.sort((one, other) => known(other) - known(one) || one.length - other.length)[0];
  }
}

/** The name of a key, or of the key that an alias or a grant is of: these may have a name of their own behind it. */
export function keyNameOf({ type, name, arguments: given }: DeclaredResource): string {
  const { ofKey } = resourceType(type);
  const [key] = ofKey === undefined ? [] : referencesIn(given[ofKey]);
  return key?.split(".")[1] ?? name;
}

/** What keys and aliases of one region, or of one provider where no region is known, have alike. */
function placeOf(old: DeclaredResource, { before }: Comparison): string {
  return `${isOfReplica(old) ? "replica" : "primary"} ${regionOf(old, before) || old.providerAlias}`;
}

function prefixesOf(name: string): string[] {
  return Array.from(name.slice(0, -1).matchAll(/_/g), ({ index }) => name.slice(0, index)).filter(
    (prefix) => prefix !== "",
  );
}

/** The resources that no other one is equal to, by what they are compared by. */
function unequalled(
  resources: readonly DeclaredResource[],
  keyOf: (resource: DeclaredResource) => string,
): ReadonlyMap<string, DeclaredResource> {
  const found = new Map<string, DeclaredResource>();
  const repeated = new Set<string>();
  for (const resource of resources) {
    const key = keyOf(resource);
    if (found.has(key)) repeated.add(key);
    found.set(key, resource);
  }
  for (const key of repeated) found.delete(key);
  return found;
}

/** What a resource is, but for what follows from its identifier. */
function signature({ type, arguments: given }: DeclaredResource): string {
  const ignored = type === "aws_secretsmanager_secret" ? ["name", "name_prefix"] : ["policy"];
  return JSON.stringify(Object.entries(given).filter(([name]) => !ignored.includes(name)));
}
