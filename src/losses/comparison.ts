/**
 * Holds what the files on disk declare beside what the new ones do: declarations and the names of the new spec go in, what has become
 * of an address can be asked. Facts are found in it elsewhere.
 */

import type { Names } from "../spec/names.ts";
import type { RetiredPlace } from "../spec/places.ts";
import type { Declared, DeclaredResource, TerraformFile } from "../terraform/declared.ts";
import { otherRole, resourceType } from "./resource-types.ts";
import { hasInstance, isOfForeignKey, isOfReplica, normal, partsOf, regionOf } from "./resources.ts";

/** What is known of the user's own files. */
interface Beside {
  /** What those declare that may matter, `undefined` as long as none was read. */
  readonly declared: Declared | undefined;
  /** The files themselves. */
  readonly files: readonly TerraformFile[];
  /** What the files of a module declare, by the name of its call; `undefined` where they are somewhere else. */
  readonly inModule: (name: string) => Declared | undefined;
}

/** What is declared before and after, and by the user's own files beside. */
export class Comparison {
  readonly before: Declared;
  readonly after: Declared;
  readonly names: Names;
  /** The resources that no file declares any more: Terraform destroys or forgets them, each with its provider. */
  readonly left: readonly DeclaredResource[];
  readonly modulesLeft: readonly string[];
  readonly beside: Beside;
  /** Texts of thousands of secrets, of which few differ, and what `inTodaysWords` makes of each. */
  readonly #translated = new Map<string, string>();
  /** Whether the files on disk, and the new ones, are a child module. */
  readonly isModule: { readonly before: boolean; readonly after: boolean };

  constructor(
    before: Declared,
    after: Declared,
    beside: Beside,
    names: Names,
    isModule: { readonly before: boolean; readonly after: boolean },
  ) {
    this.before = before;
    this.after = after;
    this.names = names;
    this.beside = beside;
    this.isModule = isModule;
    this.left = [...before.resources.values()].filter(({ address }) => this.isGone(address));
    this.modulesLeft = [...before.modules.keys()].filter((name) => this.isGone(`module.${name}`));
  }

  /** Whether nothing is declared where a thing of this address is after all moves. */
  isGone(address: string): boolean {
    const today = this.today(address);
    if (today === undefined) return true;
    const { module, base, index } = partsOf(today);
    if (module === undefined) {
      const found = this.after.resources.get(base) ?? this.beside.declared?.resources.get(base);
      return found === undefined || !hasInstance(found, index);
    }
    if (this.beside.declared?.modules.has(module) !== true) return !this.after.modules.has(module);
    // What is in a module that is somewhere else, or in a module of a module, is believed.
    const inModule = base === "" ? undefined : this.beside.inModule(module);
    const found = inModule?.resources.get(base);
    return inModule !== undefined && (found === undefined || !hasInstance(found, index));
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
      const next = this.after.moved.get(current) ?? this.beside.declared?.moved.get(current);
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

  /** The data sources, variables and the like that are declared on disk and nowhere any more. */
  get readableGone(): readonly string[] {
    const { before, after, beside } = this;
    return [...before.readable].filter(
      (address) => !after.readable.has(address) && beside.declared?.readable.has(address) !== true,
    );
  }

  /** Whether a thing of this address stays in AWS and only leaves the state. */
  isForgotten(address: string): boolean {
    return this.after.removed.has(address) || this.beside.declared?.removed.has(address) === true;
  }

  /** Whether the un-aliased provider or one of this alias is configured. */
  hasProvider(alias: string): boolean {
    return this.after.providers.has(alias) || this.beside.declared?.providers.has(alias) === true;
  }

  /** The retired region that a thing is in. Where the files do not say the region, its provider stands for it. */
  retiredPlace(region: string, providerAlias: string | undefined): RetiredPlace | undefined {
    return this.names.retired.find((place) =>
      region === "" ? place.providerAlias === providerAlias : place.region === region,
    );
  }

  /** The retired region of a replica key, of a thing of one, or of what is under a key of another state. */
  retiredPlaceOf(old: DeclaredResource): RetiredPlace | undefined {
    return isOfReplica(old) || isOfForeignKey(old)
      ? this.retiredPlace(regionOf(old, this.before), old.providerAlias)
      : undefined;
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
      translated = text.includes("aws_") ? text.replace(/\baws_\w+\.[\w-]+/g, today) : text;
      this.#translated.set(text, translated);
    }
    return translated as T;
  }

  /** The arguments that Terraform finds changed, of those that are asked for. */
  changedArguments(old: DeclaredResource, fresh: DeclaredResource, isAsked: (name: string) => boolean): string[] {
    const names = new Set([...Object.keys(old.arguments), ...Object.keys(fresh.arguments)]);
    return [...names].filter((name) => isAsked(name) && this.#isChanged(name, old, fresh));
  }

  #isChanged(name: string, old: DeclaredResource, fresh: DeclaredResource): boolean {
    const { kept, unnoticed } = resourceType(old.type);
    const value = fresh.arguments[name];
    const isUnnoticed =
      value === undefined ? Object.hasOwn(kept, name) : Object.hasOwn(unnoticed, name) && unnoticed[name] === value;
    return !isUnnoticed && !this.isSame(this.normal(name, old), this.normalToday(name, fresh));
  }

  /** Whether two values are equal once the old one speaks of today's addresses. */
  isSame(old: unknown, fresh: unknown): boolean {
    return this.inTodaysWords(JSON.stringify(old)) === JSON.stringify(fresh);
  }
}
