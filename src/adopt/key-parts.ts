/**
 * Says which aliases and grants of a key a spec can hold: those of every region go in; what the spec says of them comes out, with the
 * names that their resources have from then on, and what is left alone.
 */

import { aliasSuffix } from "../spec/keys.ts";
import type { Attributes, StateResource } from "../terraform/state.ts";
import { inRegion, same } from "./alike.ts";
import { type FoundKey, type LeftAlone, type Regional, text } from "./inventory.ts";
import type { Sayings } from "./sayings.ts";

/** An alias or a grant that is adopted, with what follows the key's name in its resource's name. */
interface Part {
  readonly region: string;
  readonly suffix: string;
  readonly resource: StateResource;
}

/** The aliases and grants of a key. */
export interface KeyParts {
  readonly aliases: AliasesOfKey;
  readonly grants: GrantsOfKey;
  readonly all: readonly Part[];
  readonly leftAlone: readonly LeftAlone[];
}

export function keyParts({ primary, replicas }: FoundKey, sayings: Sayings): KeyParts {
  const places = [primary, ...replicas];
  const [aliases, grants] = [aliasesOf(places, sayings), grantsOf(places, sayings)];
  return {
    aliases,
    grants,
    all: [...aliases.parts, ...grants.parts],
    leftAlone: [...aliases.leftAlone, ...grants.leftAlone],
  };
}

interface AliasesOfKey {
  /** What `alias` is in each place, in their order. */
  readonly own: readonly (false | { readonly name: string })[];
  /** What `aliases` holds: those that the key has in every place, but for the one that `alias` says. */
  readonly common: readonly string[];
  /** What a place has besides, in their order. */
  readonly more: readonly (readonly string[])[];
  readonly parts: readonly Part[];
  readonly leftAlone: readonly LeftAlone[];
}

/** Every place has the further aliases; the one of `alias` may be another one in each. */
function aliasesOf(places: readonly Regional[], sayings: Sayings): AliasesOfKey {
  const named = places.map(
    ({ region, aliases }) =>
      new Map(
        aliases.map((alias) => {
          const name = sayings.text(alias, ["name"], text(alias, "name"));
          return [name.replaceAll(region, "{region}"), alias] as const;
        }),
      ),
  );
  const everywhere = [...named[0]!.keys()].filter((name) => named.every((names) => names.has(name)));
  const suffixes = new Set<string>();
  // Two names may come to the same name of a resource.
  const distinct = everywhere.filter((name) => !suffixes.has(aliasSuffix(name)) && suffixes.add(aliasSuffix(name)));
  const rest = named.map((names) => [...names.keys()].filter((name) => !distinct.includes(name)));
  const isShared = rest.every((names) => names.length === 0);
  const [shared, ...others] = distinct;
  const common = isShared ? others : distinct;
  const own = rest.map(([first]) => {
    const name = isShared ? shared : first;
    return name === undefined ? (false as const) : { name };
  });
  const more = rest.map((names) => {
    const taken = new Set(common.map(aliasSuffix));
    return names
      .slice(isShared ? 0 : 1)
      .filter((name) => !taken.has(aliasSuffix(name)) && taken.add(aliasSuffix(name)));
  });
  const parts = places.flatMap(({ region }, index) => {
    const one = own[index]!;
    const names = named[index]!;
    return [
      ...(one === false ? [] : [{ region, suffix: "", resource: names.get(one.name)! }]),
      ...[...common, ...more[index]!].map((name) => ({
        region,
        suffix: `_${aliasSuffix(name)}`,
        resource: names.get(name)!,
      })),
    ];
  });
  const leftAlone = rest.flatMap((names, index) =>
    names
      .filter((name) => own[index] === false || (name !== own[index]?.name && !more[index]!.includes(name)))
      .map((name) => ({
        address: named[index]!.get(name)!.address,
        reason: "another alias of its key comes to the same name of a resource",
      })),
  );
  return { own, common, more, parts, leftAlone };
}

interface GrantsOfKey {
  readonly data: Readonly<Record<string, unknown>>;
  /** The regions of the key that have none of them. */
  readonly noneIn: ReadonlySet<string>;
  readonly parts: readonly Part[];
  readonly leftAlone: readonly LeftAlone[];
}

/** A spec's grants are in every region of the key, but for those that have none. */
function grantsOf(places: readonly Regional[], sayings: Sayings): GrantsOfKey {
  const data: Record<string, unknown> = {};
  const parts: Part[] = [];
  const leftAlone: LeftAlone[] = [];
  const byName = new Map<
    string,
    { readonly region: string; readonly resource: StateResource; readonly said: object }[]
  >();
  for (const { region, grants } of places) {
    for (const resource of grants) {
      const reason = reasonAgainstGrant(resource);
      if (reason !== undefined) {
        leftAlone.push({ address: resource.address, reason });
        continue;
      }
      const name = text(resource, "name");
      byName.set(name, [...(byName.get(name) ?? []), { region, resource, said: grantSpec(region, resource, sayings) }]);
    }
  }
  const granted = places.filter((place) => place.grants.length > 0);
  for (const [name, found] of byName) {
    const isEverywhere =
      found.length === granted.length && new Set(found.map(({ region }) => region)).size === found.length;
    const isSame = found.every(({ said }) => same(said, found[0]!.said));
    if (isEverywhere && isSame) {
      data[name] = found[0]!.said;
      for (const { region, resource } of found) parts.push({ region, suffix: `_${name}`, resource });
      continue;
    }
    const reason = isEverywhere
      ? "it is not the same in all regions of its key"
      : "it is not in every region in which its key has grants";
    for (const { resource } of found) leftAlone.push({ address: resource.address, reason });
  }
  const noneIn = Object.keys(data).length === 0 ? [] : places.filter((place) => !granted.includes(place));
  return { data, noneIn: new Set(noneIn.map(({ region }) => region)), parts, leftAlone };
}

function reasonAgainstGrant(resource: StateResource): string | undefined {
  const { values } = resource;
  if (!/^[A-Za-z_][\w-]*$/.test(text(resource, "name"))) return "a spec has grants with an identifier as their name";
  if (values.retire_on_delete === true) return "a spec has no grants that are retired on deletion";
  if (Array.isArray(values.grant_creation_tokens) && values.grant_creation_tokens.length > 0)
    return "a spec has no grants with tokens";
  if (Array.isArray(values.constraints) && values.constraints.length > 1) return "it has several constraints";
  return undefined;
}

function grantSpec(region: string, resource: StateResource, sayings: Sayings): object {
  const { values } = resource;
  const [constraints = {}] = (Array.isArray(values.constraints) ? values.constraints : []) as readonly Attributes[];
  const contexts = Object.entries(constraints).filter(
    ([, pairs]) => typeof pairs === "object" && pairs !== null && Object.keys(pairs).length > 0,
  );
  const who = (attribute: string) =>
    inRegion(region, sayings.textOrReference(resource, [attribute], text(resource, attribute)));
  return {
    to: who("grantee_principal"),
    operations: [...((values.operations ?? []) as readonly string[])].sort(),
    ...(contexts.length === 0 ? {} : { constraints: Object.fromEntries(contexts) }),
    ...(text(resource, "retiring_principal") === "" ? {} : { retiring: who("retiring_principal") }),
  };
}
