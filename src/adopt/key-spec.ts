/**
 * Says in the terms of a spec what a key is like: a key as the state has it goes in; the data of its entry under `keys` comes out,
 * and the policies that stay as they are.
 */

import type { Attributes, StateResource } from "../terraform/state.ts";
import { inRegion, same } from "./alike.ts";
import { type FoundKey, type LeftAlone, type Regional, text } from "./inventory.ts";
import type { KeyParts } from "./key-parts.ts";
import { type FoundPolicy, policyIn } from "./policy.ts";
import type { Sayings } from "./sayings.ts";

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
      ...(aliases.more[index]!.length === 0 ? {} : { aliases: named([...aliases.common, ...aliases.more[index]!]) }),
      ...(grants.noneIn.has(place.region) ? { grants: false } : {}),
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
    ...(aliases.common.length === 0 ? {} : { aliases: named(aliases.common) }),
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

function named(aliases: readonly string[]): readonly { readonly name: string }[] {
  return aliases.map((name) => ({ name }));
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
