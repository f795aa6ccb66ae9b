/** The phrases of hints: what to write into a spec, and what to run. */

import { shortCode } from "../aws/regions.ts";
import type { NamedKey } from "../spec/keys.ts";
import type { NamedSecret, Names } from "../spec/names.ts";
import { floorsOf, has, needs } from "../spec/versions.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import { inSpecWords } from "./resources.ts";

/** What makes a region the primary one. */
export function promotion(region: string): string {
  return `making ${region} the primary region is a promotion of every key, not an edit: mrk-scaffold promote SPEC --to ${region}`;
}

/** How to let go of a region: its provider must outlive its resources by one apply. `successor` is a region that has taken it over. */
export function retirement(region: string, alias: string | undefined, successor: string | undefined): string {
  const isUsual = alias === undefined || alias === shortCode(region);
  const entry = isUsual ? region : `{ region: ${region}, provider_alias: ${alias} }`;
  const other = successor === undefined ? "" : `, and give ${successor} a label and a provider alias of its own`;
  return `To give the region up, write retired: [${entry}] under regions${other}: its provider stays until its resources are gone`;
}

/**
 * What to write so that a secret keeps its name, or what its name begins with; nothing where the spec says so. A name that is left
 * out would be the identifier.
 */
export function nameToKeep({ arguments: given }: DeclaredResource, { spec }: NamedSecret): string {
  const [key, other] =
    given.name === undefined ? (["name_prefix", "name"] as const) : (["name", "name_prefix"] as const);
  const text = inSpecWords(String(given[key]));
  if (spec[key] === text) return "";
  return `${key}: ${quoted(text)}${spec[other] === undefined ? "" : ` instead of ${other}`}`;
}

/** Whatever Terraform must not destroy it can forget. */
export function keeping(spec: Names["spec"]): string {
  const condition = has(floorsOf(spec), "removedBlocks") ? "" : `, which needs ${needs("removedBlocks")}`;
  return `To keep these in AWS and only take them out of Terraform's state, write a removed block with destroy = false for each address into a .tf file of your own${condition}`;
}

/** How everything gets its other address where the files become a child module, or are none any more. */
export function movedAll(isModule: boolean): string {
  const [from, to] = isModule ? ["ADDRESS", "module.NAME.ADDRESS"] : ["module.NAME.ADDRESS", "ADDRESS"];
  return `Write a moved block from ${from} to ${to} for every resource into the root module`;
}

/** What to write for the names that something has had, the oldest first. */
export function renamedFrom(names: readonly string[]): string {
  return `renamed_from: ${names.length === 1 ? names[0] : `[${names.join(", ")}]`}`;
}

/** What to write for an alias, `{region}` standing for the region's name. */
export function aliasInSpec(name: string): string {
  return `alias: ${shortAlias(name)}`;
}

export function shortAlias(name: string): string {
  const usual = /^alias\/\{region\}-(([0-9A-Za-z_/-]|\{[\w.-]+\})+)$/.exec(name)?.[1];
  return usual === undefined ? `{ name: "${name}" }` : quoted(usual);
}

/** A text of YAML, in quotes where braces would begin a map. */
export function quoted(text: string): string {
  return text.includes("{") ? `"${text}"` : text;
}

export function command(name: string, { arguments: given }: DeclaredResource, region: string): string {
  const where = region === "" ? "" : ` --region ${region}`;
  // Only AWS knows the 26 characters behind a prefix.
  const id = given.name === undefined ? `${inSpecWords(String(given.name_prefix))}…` : inSpecWords(String(given.name));
  return `aws secretsmanager ${name}${where} --secret-id ${id}`;
}

/** Where the spec speaks of a replica region: `keys.app`, `secrets.db`. */
export function usersOf(region: string, { keys, secrets }: Pick<Names, "keys" | "secrets">): readonly string[] {
  const speaks = ({ spec }: NamedKey | NamedSecret) =>
    (Array.isArray(spec.replicas) && spec.replicas.includes(region)) ||
    ("by_region" in spec && Object.hasOwn(spec.by_region ?? {}, region));
  return [
    ...keys.filter(speaks).map(({ id }) => `keys.${id}`),
    ...secrets.filter(speaks).map(({ id }) => `secrets.${id}`),
  ];
}
