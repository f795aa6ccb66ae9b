/** Reads single resources: what a file declares goes in; regions, references, copies and lifecycle settings come out. */

import type { Declared, DeclaredResource } from "../terraform/declared.ts";
import { resourceType } from "./resource-types.ts";

/** A copy of a secret, as a `replica` block says it. */
interface Copy {
  readonly region: string;
  /** The alias of the provider that decides the region, where one does. */
  readonly source: string;
  readonly key: unknown;
}

/** Whether it is a replica key, or a thing of one, such as its alias. */
export function isOfReplica({ type, arguments: given }: DeclaredResource): boolean {
  const { role, ofKey } = resourceType(type);
  if (ofKey === undefined) return role === "replica";
  return referencesIn(given[ofKey]).some((key) => resourceType(key.split(".")[0]!).role === "replica");
}

/** Whether it is a thing of a key of another state, which is read by a data source. */
export function isOfForeignKey({ type, arguments: given }: DeclaredResource): boolean {
  const { ofKey } = resourceType(type);
  return ofKey !== undefined && /\bdata\.aws_kms_/.test(JSON.stringify(given[ofKey] ?? ""));
}

/** Whether Terraform leaves it in AWS when its block goes. */
export function staysInAws({ type, arguments: given }: DeclaredResource): boolean {
  const { code, keptWith } = resourceType(type);
  return code === undefined || (keptWith !== undefined && given[keptWith] === true);
}

/** The region that a resource is in, empty where the files do not say it. */
export function regionOf({ arguments: given, providerAlias }: DeclaredResource, { providers }: Declared): string {
  return typeof given.region === "string" ? given.region : (providers.get(providerAlias ?? "")?.region ?? "");
}

/** The addresses of resources that an expression, or a nested block, refers to. */
export function referencesIn(value: unknown): string[] {
  const text = typeof value === "object" ? JSON.stringify(value) : value;
  return typeof text === "string" && text.includes("aws_")
    ? Array.from(text.matchAll(/\baws_\w+\.[\w-]+/g), ([address]) => address)
    : [];
}

/** An address taken apart. */
interface AddressParts {
  /** The name of the module that it leads into. */
  readonly module: string | undefined;
  /** The resource that it is of, without an index; empty for a module as a whole, and for what is in modules of modules. */
  readonly base: string;
  /** What is in the brackets behind it. */
  readonly index: string | undefined;
}

export function partsOf(address: string): AddressParts {
  // Most are a type and a name.
  if (!address.startsWith("module.") && !address.startsWith(".") && !address.includes("[")) {
    return { module: undefined, base: address, index: undefined };
  }
  const [, module, rest = ""] = /^(?:module\.([\w-]+)(?:\[[^\]]*\])?)?\.?(.*)$/s.exec(address) ?? [];
  if (rest.startsWith("module.")) return { module, base: "", index: undefined };
  const [, base = "", index] = /^([^[]*)(?:\[(.*)\])?$/s.exec(rest) ?? [];
  return { module, base, index };
}

/** Whether a resource has an instance of this index. What an expression decides is believed. */
export function hasInstance({ arguments: given }: DeclaredResource, index: string | undefined): boolean {
  const { count, for_each } = given;
  if (index === undefined) return count === undefined && for_each === undefined;
  if (count !== undefined) return /^\d+$/.test(index) && (typeof count !== "number" || Number(index) < count);
  const keys = keysOf(for_each);
  return for_each !== undefined && (keys === undefined || keys.includes(index.replace(/^"(.*)"$/s, "$1")));
}

/** The keys of the instances that `for_each` makes, where it says them literally. */
function keysOf(value: unknown): readonly string[] | undefined {
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    return keys.some((key) => /[$(]/.test(key)) ? undefined : keys;
  }
  const list = /^\$\{toset\((\[.*\])\)\}$/s.exec(String(value))?.[1];
  try {
    const keys: unknown = list === undefined ? undefined : JSON.parse(list);
    return Array.isArray(keys) && keys.every((key) => typeof key === "string" && !key.includes("$")) ? keys : undefined;
  } catch {
    return undefined;
  }
}

/** The settings in a resource's `lifecycle` block. */
function lifecycleOf({ arguments: { lifecycle } }: DeclaredResource): Readonly<Record<string, unknown>> {
  return Array.isArray(lifecycle) ? (lifecycle[0] as Readonly<Record<string, unknown>>) : {};
}

/** Whether Terraform ignores changes of the argument. */
export function isIgnored(argument: string, resource: DeclaredResource): boolean {
  const { ignore_changes } = lifecycleOf(resource);
  const ignored = (Array.isArray(ignore_changes) ? ignore_changes : [ignore_changes]).map((one) =>
    typeof one === "string" ? one.replace(/^\$\{(.+)\}$/, "$1") : "",
  );
  return ignored.includes("all") || ignored.includes(argument);
}

/** The addresses of the resources with which this one is replaced. */
export function triggersOf(fresh: DeclaredResource): string[] {
  const { replace_triggered_by: triggers } = lifecycleOf(fresh);
  const arguments_ = resourceType(fresh.type).follows.filter((name) => !isIgnored(name, fresh));
  return [...(Array.isArray(triggers) ? triggers : []), ...arguments_.map((name) => fresh.arguments[name])].flatMap(
    referencesIn,
  );
}

/** The id of a key, in an expression; `aws_kms_external_key` has it as `id` alone. */
const KEY_ID = /\b(aws_kms_(?:replica_)?(?:external_)?key\.[\w-]+)\.key_id\b/g;

/** A text in which the resource's own region, and the id of a key, are called so, however they are written. */
export function normal(value: unknown, resource: DeclaredResource, declared: Declared): unknown {
  if (typeof value !== "string") return value;
  const own = resource.providerAlias ?? "";
  const inRegion = (whole: string, source: string) =>
    (declared.regionSources.get(source) ?? source) === own ? "{region}" : whole;
  const text = value.includes("data.aws_region.")
    ? value.replace(/\$\{data\.aws_region\.([\w-]+)\.\w+\}/g, inRegion)
    : value;
  const region = regionOf(resource, declared);
  const named = region === "" ? text : text.replaceAll(region, "{region}");
  return named.includes(".key_id") ? named.replace(KEY_ID, "$1.id") : named;
}

/** A name as the spec says it: what Terraform writes as `${var.x}` in braces alone. */
export function inSpecWords(name: string): string {
  return name.replace(/\$\{(?:(var\.[\w-]+)|terraform\.(workspace))\}/g, (_, variable?: string, workspace?: string) => {
    return `{${variable ?? workspace}}`;
  });
}

export function copiesIn(
  { arguments: given }: DeclaredResource,
  { providers, regionSources }: Declared,
): readonly Copy[] {
  const blocks = Array.isArray(given.replica) ? (given.replica as Readonly<Record<string, unknown>>[]) : [];
  return blocks.map(({ region, kms_key_id }) => {
    const source = /^\$\{data\.aws_region\.([\w-]+)\./.exec(String(region))?.[1];
    const alias = source === undefined ? undefined : (regionSources.get(source) ?? source);
    const known = alias === undefined ? String(region) : (providers.get(alias)?.region ?? "");
    return { region: known, source: alias ?? "", key: kms_key_id };
  });
}

/** Whether a write-only value has the version that it had: Terraform sends it only with another one. */
export function isSameVersion(
  { type, arguments: old }: DeclaredResource,
  { arguments: fresh }: DeclaredResource,
): boolean {
  const version = `${resourceType(type).writeOnly}_version`;
  return old[version] !== undefined && old[version] === fresh[version];
}
