/**
 * Says in the terms of a spec what a key is like: a key as the state has it goes in; the data of its entry under `keys` comes out,
 * with the names that its aliases and grants have from then on, and what is left alone.
 */

import { aliasSuffix } from "../spec/keys.ts";
import type { TextOrReference } from "../spec/reference.ts";
import type { Attributes, StateResource } from "../terraform/state.ts";
import { type FoundKey, type LeftAlone, type Regional, text } from "./inventory.ts";
import { type FoundPolicy, policyIn } from "./policy.ts";
import type { Sayings } from "./sayings.ts";

/** An alias or a grant that is adopted, with what follows the key's name in its resource's name. */
interface Part {
  readonly region: string;
  readonly suffix: string;
  readonly resource: StateResource;
}

/** The aliases and grants of a key. */
interface KeyParts {
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

/** What goes into the spec for a key. */
interface KeyData {
  readonly data: Readonly<Record<string, unknown>>;
  /** Policies that stay as they are in AWS, unmanaged. */
  readonly unmanaged: readonly LeftAlone[];
  /** Policy documents for files, by what follows the key's identifier in their names. */
  readonly documents: ReadonlyMap<string, string>;
}

interface KeySurroundings {
  readonly sayings: Sayings;
  /** The replica regions of the spec. */
  readonly regions: readonly string[];
  /** The path of a document file, by what its name has behind the key's identifier. */
  documentPath(suffix: string): string;
  /** Why the key's policy is not to be in the spec. */
  readonly withoutPolicy: string | undefined;
}

/** The key's entry in the spec. */
export function keySpec(key: FoundKey, { aliases, grants }: KeyParts, around: KeySurroundings): KeyData {
  const { sayings } = around;
  const { primary, replicas } = key;
  const places = [primary, ...replicas];
  const { values } = primary.resource;
  const usage = { SIGN_VERIFY: "sign", GENERATE_VERIFY_MAC: "mac", KEY_AGREEMENT: "agree" }[String(values.key_usage)];
  const material = text(primary.resource, "customer_master_key_spec") || "SYMMETRIC_DEFAULT";
  const isSymmetric = material === "SYMMETRIC_DEFAULT";
  const tags = places.map((place) => tagsOf(place.resource, sayings));
  const inAll = commonTags(tags);
  const policies = policiesOf(key, around);
  const windows = places.map(windowOf);
  const window = windows.every((one) => one === windows[0]) ? windows[0] : undefined;
  const validTo = text(primary.resource, "valid_to");
  const byRegion = places.flatMap((place, index) => {
    const isPrimary = index === 0;
    const own = Object.fromEntries(Object.entries(tags[index]!).filter(([name]) => !Object.hasOwn(inAll, name)));
    const row = {
      // A replica has a description of its own in any case: by default it is made of the primary's.
      ...(isPrimary ? {} : { description: descriptionOf(place, sayings) }),
      ...(same(aliases.own[index], aliases.own[0]) ? {} : { alias: aliases.own[index] }),
      ...(windows[index] === window ? {} : { deletion_window_days: windows[index] }),
      ...(key.isImported || isEnabled(place) === isEnabled(primary) ? {} : { enabled: isEnabled(place) }),
      ...(same(policies.own[index], policies.own[0]) ? {} : { policy: policies.own[index] ?? false }),
      ...(Object.keys(own).length === 0 ? {} : { tags: own }),
    };
    return Object.keys(row).length === 0 ? [] : [[place.region, row] as const];
  });
  const data = {
    service: "none",
    description: descriptionOf(primary, sayings),
    alias: aliases.own[0],
    ...(aliases.common.length === 0 ? {} : { aliases: aliases.common.map((name) => ({ name })) }),
    ...(replicas.length === around.regions.length ? {} : { replicas: replicas.map(({ region }) => region) }),
    ...(usage === undefined ? {} : { usage }),
    ...(isSymmetric ? {} : { spec: material }),
    ...(key.isImported ? { material: "imported", ...(validTo === "" ? {} : { valid_to: validTo }) } : {}),
    ...(isSymmetric && !key.isImported ? { rotation: rotationOf(values) } : {}),
    ...(window === undefined ? {} : { deletion_window_days: window }),
    ...(key.isImported || isEnabled(primary) ? {} : { enabled: false }),
    ...(policies.own[0] === undefined ? {} : { policy: policies.own[0] }),
    ...(Object.keys(grants.data).length === 0 ? {} : { grants: grants.data }),
    ...(Object.keys(inAll).length === 0 ? {} : { tags: inAll }),
    ...(byRegion.length === 0 ? {} : { by_region: Object.fromEntries(byRegion) }),
  };
  return { data, unmanaged: policies.unmanaged, documents: policies.documents };
}

function rotationOf({ enable_key_rotation: isOn, rotation_period_in_days: period }: Attributes): unknown {
  if (isOn !== true) return false;
  return typeof period === "number" && period > 0 && period !== 365 ? { period_days: period } : true;
}

function descriptionOf({ resource }: Regional, sayings: Sayings): string {
  const value = text(resource, "description");
  return value === "" ? "" : sayings.text(resource, ["description"], value);
}

function windowOf({ resource: { values } }: Regional): number | undefined {
  const days = values.deletion_window_in_days;
  return typeof days === "number" && days > 0 ? days : undefined;
}

function isEnabled({ resource: { values } }: Regional): boolean {
  return (values.is_enabled ?? values.enabled) !== false;
}

/** The tags of a resource, as a spec says them. */
export function tagsOf(resource: StateResource, sayings: Sayings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(resource.values.tags ?? {}).map(([name, value]) => [
      name,
      sayings.text(resource, ["tags", name], String(value)),
    ]),
  );
}

function commonTags([first = {}, ...others]: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((tags) => tags[name] === value)),
  );
}

interface AliasesOfKey {
  /** What `alias` is in each place, in their order. */
  readonly own: readonly (false | { readonly name: string })[];
  /** What `aliases` holds: those that the key has in every place, but for the one that `alias` says. */
  readonly common: readonly string[];
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
  const parts = places.flatMap(({ region }, index) => {
    const one = own[index]!;
    const names = named[index]!;
    return [
      ...(one === false ? [] : [{ region, suffix: "", resource: names.get(one.name)! }]),
      ...common.map((name) => ({ region, suffix: `_${aliasSuffix(name)}`, resource: names.get(name)! })),
    ];
  });
  const leftAlone = rest.flatMap((names, index) =>
    names.slice(1).map((name) => ({
      address: named[index]!.get(name)!.address,
      reason: "a key has one alias that is not in all its regions",
    })),
  );
  return { own, common, parts, leftAlone };
}

interface GrantsOfKey {
  readonly data: Readonly<Record<string, unknown>>;
  readonly parts: readonly Part[];
  readonly leftAlone: readonly LeftAlone[];
}

/** A spec's grants are in every region of the key. */
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
  for (const [name, found] of byName) {
    const isEverywhere =
      found.length === places.length && new Set(found.map(({ region }) => region)).size === found.length;
    const isSame = found.every(({ said }) => same(said, found[0]!.said));
    if (isEverywhere && isSame) {
      data[name] = found[0]!.said;
      for (const { region, resource } of found) parts.push({ region, suffix: `_${name}`, resource });
      continue;
    }
    const reason = isEverywhere
      ? "it is not the same in all regions of its key"
      : "it is not in every region of its key once";
    for (const { resource } of found) leftAlone.push({ address: resource.address, reason });
  }
  return { data, parts, leftAlone };
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

interface PoliciesOfKey {
  /** In each place; `undefined` for none. */
  readonly own: readonly (object | undefined)[];
  readonly unmanaged: readonly LeftAlone[];
  readonly documents: ReadonlyMap<string, string>;
}

/** The policy of each region; where they differ by the region's name alone it is one with `{region}` in it. */
function policiesOf(key: FoundKey, { sayings, documentPath, withoutPolicy }: KeySurroundings): PoliciesOfKey {
  const places = [key.primary, ...key.replicas];
  if (withoutPolicy !== undefined) {
    const unmanaged = [{ address: key.primary.resource.address, reason: withoutPolicy }];
    return { own: places.map(() => undefined), unmanaged, documents: new Map() };
  }
  const unmanaged: LeftAlone[] = [];
  const documents = new Map<string, string>();
  const found = places.map(({ resource }) => {
    const policy = policyIn(resource.values.policy, (at, value) =>
      sayings.textOrReference(resource, ["policy", ...at], value),
    );
    if (policy.kind === "unsayable") unmanaged.push({ address: resource.address, reason: policy.reason });
    return policy;
  });
  const general = found.map((policy, index) => inRegion(places[index]!.region, policy) as FoundPolicy);
  const chosen = general.every((policy) => same(policy, general[0])) ? general : found;
  const own = chosen.map((policy, index) => {
    const { region, resource } = places[index]!;
    const isUnsafe = resource.values.bypass_policy_lockout_safety_check === true;
    const bypass = isUnsafe ? { bypass_policy_lockout_safety_check: true } : {};
    const named = sayings.document(resource, ["policy"]);
    const shell = { account: false, services: [] };
    if (policy.kind === "none" || policy.kind === "unsayable") return undefined;
    if (named !== undefined) return { ...shell, documents: [named], ...bypass };
    if (policy.kind === "statements") return { ...shell, statements: policy.statements, ...bypass };
    if (policy.kind === "default") return undefined;
    const json = found[index]!.kind === "document" ? (found[index] as { readonly json: string }).json : "";
    const isOne = found.every((one) => same(one, found[0]));
    const suffix = isOne ? "" : `-${region}`;
    documents.set(documentPath(suffix), json);
    return { ...shell, documents: [documentPath(suffix)], ...bypass };
  });
  return { own, unmanaged, documents };
}

/** Data in whose texts the name of a region is the placeholder for it. */
function inRegion<T extends TextOrReference | object>(region: string, data: T): T {
  if (typeof data === "string") return data.replaceAll(region, "{region}") as T;
  if (Array.isArray(data)) return data.map((one) => inRegion(region, one)) as unknown as T;
  if (typeof data !== "object" || data === null) return data;
  const entries = Object.entries(data).map(([name, value]) => [
    name,
    WITHOUT_PLACEHOLDERS.has(name) ? value : inRegion(region, value),
  ]);
  return Object.fromEntries(entries) as T;
}

/** What holds no placeholders, of the policies and grants of a spec and of what was found of them. */
const WITHOUT_PLACEHOLDERS = new Set([
  "sid",
  "actions",
  "not_actions",
  "effect",
  "test",
  "ref",
  "kind",
  "json",
  "reason",
]);

/** Whether two pieces of data are the same. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
