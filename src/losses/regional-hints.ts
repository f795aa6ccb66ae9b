/**
 * Says what to write so that things which are in each region by themselves, such as log groups, are not lost: a resource on disk and
 * its kind go in, a sentence comes out where something would do.
 */

import { keyPlaces } from "../spec/names.ts";
import { ofKind, type Regional, type RegionalKind, regionalAddresses, regionalName } from "../spec/regional.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Comparison } from "./comparison.ts";
import type { FormerNames } from "./former-names.ts";
import { quoted, renamedFrom } from "./phrases.ts";
import { resourceType } from "./resource-types.ts";
import { inSpecWords, regionOf } from "./resources.ts";

/** For one comparison. */
export class RegionalHints {
  readonly #compared: Comparison;
  readonly #former: FormerNames;

  constructor(compared: Comparison, former: FormerNames) {
    this.#compared = compared;
    this.#former = former;
  }

  /** It has another name or label, or is not in the region any more, of which `ofRegion` says what it says of keys. */
  gone(old: DeclaredResource, kind: RegionalKind, ofRegion: () => string | undefined): string | undefined {
    const region = regionOf(old, this.#compared.before);
    return this.#rename(old, kind, region) ?? ofRegion() ?? this.#regionDropped(old, kind, region);
  }

  /** Another one of the same name in the region that is new and does not say what it was called. */
  #rename(old: DeclaredResource, kind: RegionalKind, region: string): string | undefined {
    const { identity = "" } = resourceType(old.type);
    const label = this.#former.labelOf(old);
    const name = this.#compared.normal(identity, old);
    if (label === undefined || name === undefined || !old.name.startsWith(`${label}_`)) return undefined;
    const heir = ofKind(this.#compared.names, kind).find((one: Regional) =>
      one.places.some((place) => {
        const fresh = this.#compared.after.resources.get(`${old.type}.${regionalName(place, one)}`);
        const isHeir = fresh !== undefined && place.region === region && this.#compared.isNew(fresh.address);
        return isHeir && JSON.stringify(this.#compared.normalToday(identity, fresh)) === JSON.stringify(name);
      }),
    );
    const former = old.name.slice(label.length + 1);
    if (heir === undefined || heir.id === former || heir.spec.renamed_from?.includes(former)) return undefined;
    const ids = this.#former.namesOf(old.address, (address) => {
      const known = address.split(".")[1] ?? "";
      return known.startsWith(`${label}_`) ? known.slice(label.length + 1) : undefined;
    });
    return `It looks like a rename: write ${renamedFrom(ids)} under ${kind}.${heir.id}`;
  }

  /** It is still in other regions, and its key is still in this one. */
  #regionDropped(old: DeclaredResource, kind: RegionalKind, region: string): string | undefined {
    const { names } = this.#compared;
    const one = ofKind(names, kind).find(({ key, id }: Regional) => {
      const place = key && keyPlaces(key, names).find((where) => where.region === region);
      return place !== undefined && regionalName(place, { id }) === old.name;
    });
    return one && `To keep it, put ${region} back into the regions of ${kind}.${one.id}`;
  }

  /** What is deleted for it does not come back when there is more time again. */
  keptShorter(old: DeclaredResource, fresh: DeclaredResource): string | undefined {
    const { retention = "" } = resourceType(old.type);
    const one = this.#thingAt(fresh);
    if (one === undefined) return undefined;
    const days = old.arguments[retention];
    return days === undefined
      ? `To keep it, leave retention_days out of ${one.kind}.${one.id}`
      : `To keep it, write retention_days: ${days} under ${one.kind}.${one.id}`;
  }

  /** The version of the value that comes after the one on disk. */
  sentAgain(fresh: DeclaredResource): string | undefined {
    const one = this.#thingAt(fresh);
    if (one === undefined) return undefined;
    const version = Number(fresh.arguments[`${resourceType(fresh.type).writeOnly}_version`]) + 1;
    return `Have the value sent again: raise version to ${version} in ${one.kind}.${one.id}.value`;
  }

  #thingAt({ address }: DeclaredResource): Regional | undefined {
    return this.#compared.names.regional.find((one) => regionalAddresses(one).includes(address));
  }

  /** What is unique in a region has another name, or what it is has changed. */
  replaced(old: DeclaredResource, fresh: DeclaredResource, kind: RegionalKind): string | undefined {
    const { identity = "", noun } = resourceType(old.type);
    const { names, before } = this.#compared;
    const one = ofKind(names, kind).find(({ id, places }: Regional) =>
      places.some((place) => regionalName(place, { id }) === fresh.name),
    );
    if (one === undefined) return undefined;
    if (this.#compared.isSame(old.arguments[identity], fresh.arguments[identity])) {
      return `What ${noun} is cannot change: leave ${kind}.${one.id} as it was, and give the other an identifier and a name of its own`;
    }
    const given = String(old.arguments[identity]);
    const name = inSpecWords(given);
    const region = regionOf(old, before);
    const hasOwn = one.spec.by_region?.[region]?.name !== undefined;
    const pattern = hasOwn || region === "" ? name : name.replaceAll(region, "{region}");
    const referred = /^\$\{(?!var\.|terraform\.)([^{}]+)\}$/.exec(given)?.[1];
    const said = referred === undefined ? quoted(pattern) : `{ ref: ${referred} }`;
    return `To keep ${noun}, write name: ${said} under ${kind}.${one.id}${hasOwn ? `.by_region.${region}` : ""}`;
  }
}
