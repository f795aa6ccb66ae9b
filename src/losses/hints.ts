/**
 * Says what to write so that a resource does not vanish: the resource and what is declared before and after go in, a sentence
 * comes out. It decides nothing about what is lost.
 */

import { shortCode } from "../aws/regions.ts";
import { DEFAULT_KEYS, keyName, type Place, type RetiredPlace, serviceOf } from "../spec/names.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Comparison } from "./losses.ts";

/** What to write instead of letting the resource vanish, where something would do. */
export function hintFor(
  old: DeclaredResource,
  region: string,
  retired: RetiredPlace | undefined,
  compared: Comparison,
): string | undefined {
  const keep = KEPT_BY_REMOVED.has(old.type) ? KEEP : undefined;
  if (!old.type.startsWith("aws_kms_")) return secretRename(old, compared) ?? keep;
  return (
    keyRename(old, compared) ??
    labelApplied(old, compared) ??
    labelChange(old, region, retired, compared) ??
    regionLeft(old, region, retired, compared) ??
    defaultKey(old, compared) ??
    keep
  );
}

/** How to let go of a region: its provider has to outlive its resources by one apply. */
export function retirement(region: string, alias: string | undefined): string {
  const isUsual = alias === undefined || alias === shortCode(region);
  const entry = isUsual ? region : `{ region: ${region}, provider_alias: ${alias} }`;
  return `To give the region up, write retired: [${entry}] under regions: its provider stays until its resources are gone`;
}

/** Whether it is a replica key, or the alias of one. */
export function isOfReplica({ type, arguments: given }: DeclaredResource): boolean {
  if (type === "aws_kms_replica_key") return true;
  return type === "aws_kms_alias" && /^\$\{aws_kms_replica_key\./.test(String(given.target_key_id));
}

/** What is worth keeping where its identity is gone from the spec. */
const KEPT_BY_REMOVED = new Set(["aws_kms_key", "aws_kms_replica_key", "aws_secretsmanager_secret"]);

const KEEP =
  "To keep it in AWS and only take it out of Terraform's state, write a removed block with destroy = false into a .tf file of your own";

/** A key that has gone while one equal one has come was most likely given another identifier. */
function keyRename({ name }: DeclaredResource, compared: Comparison): string | undefined {
  const { primary, replicas, keys } = compared.names;
  for (const { label } of [primary, ...replicas].filter((place) => name.startsWith(`${place.label}_`))) {
    const id = name.slice(label.length + 1);
    const former = compared.before.resources.get(`aws_kms_key.${primary.label}_${id}`);
    const heir = former && compared.heirOf(former);
    const renamed = keys.find((key) => keyName(primary, key) === heir?.name);
    if (renamed === undefined) continue;
    const { alias } = renamed.spec;
    const isOfIdentifier = serviceOf(renamed.spec) === "none" && !alias && alias !== false;
    return `It looks like a rename: write renamed_from: ${id}${isOfIdentifier ? ` and alias: ${id}` : ""} under keys.${renamed.id}`;
  }
  return undefined;
}

/** Secrets of one name are one secret; otherwise it is the one that is equal but for its name. */
function secretRename({ name: id }: DeclaredResource, compared: Comparison): string | undefined {
  const former = compared.before.resources.get(`aws_secretsmanager_secret.${id}`);
  if (former === undefined || !compared.isGone(former.address)) return undefined;
  const formerName = former.arguments.name;
  const namesake = compared.names.secrets.find(
    ({ id: today, name, spec }) =>
      name === formerName && !spec.renamed_from && compared.isNew(`aws_secretsmanager_secret.${today}`),
  );
  const renamed = namesake?.id ?? compared.heirOf(former)?.name;
  if (renamed === undefined) return undefined;
  // A name that is left out would be the identifier, and what AWS knows under the former name would be replaced.
  const name = namesake?.spec.name ? "" : ` and name: ${formerName}`;
  return `It looks like a rename: write renamed_from: ${id}${name} under secrets.${renamed}`;
}

/** The moves of a key that is renamed begin at the former label, as long as the spec names one. */
function labelApplied({ name }: DeclaredResource, { names }: Comparison): string | undefined {
  const { primary, replicas, keys } = names;
  const formers = keys.flatMap(({ spec }) => spec.renamed_from ?? []);
  const place = [primary, ...replicas].find(
    ({ label, formerLabel }) => formerLabel !== undefined && formers.some((former) => name === `${label}_${former}`),
  );
  return place && `Take renamed_from out at ${place.region}: it has the label ${place.label} here already`;
}

/** The same key in the same region, under another label. */
function labelChange(
  old: DeclaredResource,
  region: string,
  retired: RetiredPlace | undefined,
  compared: Comparison,
): string | undefined {
  const { primary, replicas, keys } = compared.names;
  const here = (place: Place) => (region === "" ? place.providerAlias === old.providerAlias : place.region === region);
  const place = retired ?? (isOfReplica(old) ? replicas.find(here) : [primary].find(here));
  const ids = keys.flatMap(({ id, spec }) => [id, spec.renamed_from ?? id]).filter((id) => old.name.endsWith(`_${id}`));
  const labels = ids.map((id) => old.name.slice(0, -id.length - 1)).sort((one, other) => one.length - other.length);
  const [label] = labels;
  if (place === undefined || label === undefined || labels.includes(place.label)) return undefined;
  if (retired !== undefined) {
    return `The label of ${place.region} was ${label}: write label: ${label} at ${place.region} under regions.retired`;
  }
  return `It looks like a new label: write renamed_from: ${label} at ${place.region} under regions`;
}

/** A replica in a region that the spec has no replicas in any more. */
function regionLeft(
  old: DeclaredResource,
  region: string,
  retired: RetiredPlace | undefined,
  { names: { primary, replicas } }: Comparison,
): string | undefined {
  if (region === "" || retired !== undefined || !isOfReplica(old)) return undefined;
  if (region === primary.region) {
    return `${region} had replicas so far: making it the primary region is a promotion of every key, not an edit`;
  }
  return replicas.some((place) => place.region === region) ? undefined : retirement(region, old.providerAlias);
}

/** The key that a spec without keys has goes when other keys come. */
function defaultKey({ name }: DeclaredResource, { names: { spec, keys } }: Comparison): string | undefined {
  const [id] = Object.keys(DEFAULT_KEYS);
  if (!name.endsWith(`_${id}`) || !spec.keys || keys.some((key) => key.id === id)) return undefined;
  return `A spec without keys has the key ${id}, one with keys has to name it: write ${id}: {} under keys to keep it`;
}
