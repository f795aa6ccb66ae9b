/**
 * Finds what a regeneration would make Terraform destroy: changes to files and the names of the new spec go in, the resources
 * that would be lost come out, each with what would happen and what to write instead. It reads texts only; Terraform's state
 * is not asked.
 */

import type { Declared, DeclaredResource, TerraformFile } from "./addresses.ts";
import type { Change } from "./compare.ts";
import { readHeader } from "./header.ts";
import type { Names } from "./names.ts";
import { knownRegions, shortCode } from "./regions.ts";

/** Something that Terraform would destroy, or could not even plan. */
export interface Loss {
  /** What `--allow-destroy` is given: a resource address, `SECRET[REGION]` for a secret's replica, `provider.aws.ALIAS`. */
  readonly address: string;
  /** What Terraform would do. */
  readonly effect: string;
  /** What to write into the spec instead, where something would do. */
  readonly hint: string | undefined;
}

/**
 * What would be lost by writing the changes.
 * @throws {UnreadableTerraformError} when a file that would be changed is no HCL
 */
export async function findLosses(changes: readonly Change[], names: Names): Promise<Loss[]> {
  const changed = changes.filter(({ kind, before }) => kind !== "same" && before !== undefined);
  if (changed.length === 0) return [];
  const { declaredBy } = await import("./addresses.ts");
  const readable = changes.filter(({ before }) => before !== undefined);
  const narrowed = readable.map(differingBlocks);
  let before = await declaredBy(narrowed.flatMap(({ old }) => old));
  let after = await declaredBy(narrowed.flatMap(({ fresh }) => fresh));
  if ([...before.providers].some(([alias, region]) => (after.providers.get(alias) ?? region) !== region)) {
    // A provider leads elsewhere now: resources whose own text is the same are meant too.
    const whole = readable.map(wholeFiles);
    before = await declaredBy(whole.flatMap(({ old }) => old));
    after = await declaredBy(whole.flatMap(({ fresh }) => fresh));
  }
  return new Comparison(before, after, names).losses();
}

/**
 * The retired regions in which the files on disk have no resources any more: once that has been applied, their providers
 * outlive nothing.
 */
export function idleRetiredRegions(changes: readonly Change[], { retired }: Names): string[] {
  const texts = changes.flatMap(({ before }) => before ?? []);
  if (texts.length === 0) return [];
  const isUsed = (alias: string) => texts.some((text) => text.includes(`\n  provider = aws.${alias}\n`));
  return retired.filter(({ providerAlias }) => !isUsed(providerAlias!)).map(({ region }) => region);
}

interface Sides {
  readonly old: readonly TerraformFile[];
  readonly fresh: readonly TerraformFile[];
}

function wholeFiles({ path, before, after }: Change): Sides {
  return {
    old: versions(before ?? "").map((text) => ({ path, text })),
    fresh: after === undefined ? [] : [{ path, text: after }],
  };
}

/**
 * The blocks in which two texts differ, and the few that say where things are. A file that we wrote is a sequence of blocks
 * with blank lines between; parsing all of 10,000 secrets would take a minute. Other files are parsed as a whole.
 */
function differingBlocks(change: Change): Sides {
  const { path, before, after } = change;
  if (before === undefined || readHeader(before)?.isUnedited !== true) return wholeFiles(change);
  const old = before.split(BLOCKS);
  const fresh = (after ?? "").split(BLOCKS);
  const inOld = new Set(old);
  const inFresh = new Set(fresh);
  return {
    old: [{ path, text: old.filter((block) => !inFresh.has(block) || CONTEXT.test(block)).join("\n\n") }],
    fresh: [{ path, text: fresh.filter((block) => !inOld.has(block) || CONTEXT.test(block)).join("\n\n") }],
  };
}

const BLOCKS = /\n\n(?=\S)/;
const CONTEXT = /^(terraform|provider|moved|removed|data "aws_region")[ "]/;

/** A file with conflict markers declares what both of its sides declare. */
function versions(text: string): readonly string[] {
  if (!/^<{7}( |$)/m.test(text)) return [text];
  const conflict = /^<{7}.*\n([\s\S]*?)(?:^\|{7}.*\n[\s\S]*?)?^={7}\n([\s\S]*?)^>{7}.*\n?/gm;
  return [text.replace(conflict, "$1"), text.replace(conflict, "$2")];
}

/** Arguments that replace the resource when they change, by type (ForceNew in the provider). */
const REPLACING: Readonly<Record<string, readonly string[]>> = {
  aws_kms_key: ["key_usage", "customer_master_key_spec", "multi_region"],
  aws_kms_replica_key: ["primary_key_arn"],
  aws_secretsmanager_secret: ["name"],
};

class Comparison {
  readonly #before: Declared;
  readonly #after: Declared;
  readonly #names: Names;

  constructor(before: Declared, after: Declared, names: Names) {
    this.#before = before;
    this.#after = after;
    this.#names = names;
  }

  losses(): Loss[] {
    const losses: Loss[] = [];
    const destroyed: DeclaredResource[] = [];
    for (const old of this.#before.resources.values()) {
      if (this.#after.removed.has(old.address)) continue;
      const fresh = this.#after.resources.get(this.#today(old.address));
      if (fresh !== undefined) losses.push(...this.#changesOf(old, fresh));
      else {
        destroyed.push(old);
        if (!this.#isRetired(regionOf(old, this.#before))) losses.push(this.#vanishing(old));
      }
    }
    return [...losses, ...this.#providersGone(destroyed)];
  }

  /** Where a thing of this address is after all moves. */
  #today(address: string): string {
    const seen = new Set<string>();
    let current = address;
    while (this.#after.moved.has(current) && !seen.has(current)) {
      seen.add(current);
      current = this.#after.moved.get(current)!;
    }
    return current;
  }

  #isRetired(region: string): boolean {
    return this.#names.retired.some((place) => place.region === region);
  }

  #vanishing(old: DeclaredResource): Loss {
    const region = regionOf(old, this.#before);
    const where = region === "" ? "" : ` in ${region}`;
    const effect = (DESTROYS[old.type] ?? "destroys it").replace("{where}", where);
    return { address: old.address, effect, hint: this.#renameOf(old) ?? this.#regionChangeOf(old, region) };
  }

  /** A key or secret that has gone while an equal one has come was most likely given another identifier. */
  #renameOf(old: DeclaredResource): string | undefined {
    const { primary, replicas, keys, secrets } = this.#names;
    if (old.type.startsWith("aws_kms_")) {
      const labels = [primary, ...replicas].map(({ label }) => label);
      const label = labels.find((one) => old.name.startsWith(`${one}_`));
      if (label === undefined) return undefined;
      const id = old.name.slice(label.length + 1);
      const former = this.#before.resources.get(`aws_kms_key.${primary.label}_${id}`);
      const renamed = keys.find((key) => this.#isNewAndEqual(former, `aws_kms_key.${primary.label}_${key.id}`, []));
      return renamed && `It looks like a rename: write renamed_from: ${id} under keys.${renamed.id}`;
    }
    const former = this.#before.resources.get(`aws_secretsmanager_secret.${old.name}`);
    const renamed = secrets.find(({ id }) => this.#isNewAndEqual(former, `aws_secretsmanager_secret.${id}`, ["name"]));
    if (renamed === undefined || former === undefined) return undefined;
    const name = former.arguments.name === renamed.name ? "" : ` and name: ${former.arguments.name}`;
    return `It looks like a rename: write renamed_from: ${old.name}${name} under secrets.${renamed.id}`;
  }

  #isNewAndEqual(former: DeclaredResource | undefined, address: string, ignored: readonly string[]): boolean {
    const fresh = this.#after.resources.get(address);
    if (former === undefined || fresh === undefined || this.#before.resources.has(address)) return false;
    if (this.#after.resources.has(former.address)) return false;
    const comparable = ({ arguments: given }: DeclaredResource) =>
      JSON.stringify(Object.entries(given).filter(([name]) => !ignored.includes(name)));
    return comparable(former) === comparable(fresh);
  }

  #regionChangeOf(old: DeclaredResource, region: string): string | undefined {
    const { primary, replicas } = this.#names;
    if (region === "" || region === primary.region || !old.type.startsWith("aws_kms_")) return undefined;
    const place = replicas.find((one) => one.region === region);
    if (place === undefined) return retirement(region, old.providerAlias);
    const former = this.#names.keys.map(({ id }) => `_${id}`).find((ending) => old.name.endsWith(ending));
    const label = former === undefined ? undefined : old.name.slice(0, -former.length);
    if (label === undefined || label === place.label) return undefined;
    return `It looks like a new label: write renamed_from: ${label} at ${region} under regions`;
  }

  #changesOf(old: DeclaredResource, fresh: DeclaredResource): Loss[] {
    const losses: Loss[] = [];
    const [from, to] = [regionOf(old, this.#before), regionOf(fresh, this.#after)];
    if (from !== "" && to !== "" && from !== to) {
      const effect = `looks for it in ${to} instead of ${from}, does not find it and creates a new one`;
      losses.push({
        address: old.address,
        effect,
        hint: `Keep ${from} for it: a resource cannot move to another region`,
      });
    }
    for (const name of REPLACING[old.type] ?? []) {
      if (this.#same(old.arguments[name], fresh.arguments[name])) continue;
      const effect = `${(DESTROYS[old.type] ?? "destroys it").replace("{where}", from === "" ? "" : ` in ${from}`)} and creates a new one, because ${name} changes`;
      losses.push({ address: old.address, effect, hint: undefined });
    }
    if (old.type === "aws_secretsmanager_secret") losses.push(...this.#replicasLost(old, fresh));
    return losses;
  }

  /** AWS deletes the copy of a secret at once; Terraform shows only an update in place. */
  #replicasLost(old: DeclaredResource, fresh: DeclaredResource): Loss[] {
    const kept = new Map(replicasOf(fresh, this.#after).map(({ region, key }) => [region, key]));
    return replicasOf(old, this.#before).flatMap(({ region, key }): Loss[] => {
      const address = `${old.address}[${region}]`;
      if (this.#isRetired(region)) return [];
      if (!kept.has(region)) {
        const effect = `deletes the secret's replica in ${region} at once, without a recovery window`;
        return [{ address, effect, hint: undefined }];
      }
      if (this.#same(key, kept.get(region))) return [];
      const effect = `deletes the secret's replica in ${region} at once and copies it anew under another key`;
      return [{ address, effect, hint: undefined }];
    });
  }

  /** Whether two values are equal once the old one speaks of today's addresses. */
  #same(old: unknown, fresh: unknown): boolean {
    const today = typeof old === "string" ? old.replace(/\baws_\w+\.[\w-]+/g, (address) => this.#today(address)) : old;
    return JSON.stringify(today) === JSON.stringify(fresh);
  }

  /** Terraform destroys with the provider that the state names; if it is gone, it fails. */
  #providersGone(destroyed: readonly DeclaredResource[]): Loss[] {
    const aliases = new Set(destroyed.flatMap(({ providerAlias }) => providerAlias ?? []));
    return [...aliases]
      .filter((alias) => !this.#after.providers.has(alias))
      .map((alias) => {
        const region =
          this.#before.providers.get(alias) || knownRegions.find((one) => shortCode(one) === alias) || alias;
        const effect = 'fails with "Provider configuration not present"';
        return { address: `provider.aws.${alias}`, effect, hint: retirement(region, alias) };
      });
  }
}

/** How to let go of a region: its provider has to outlive its resources by one apply. */
function retirement(region: string, alias: string | undefined): string {
  const isUsual = alias === undefined || alias === shortCode(region);
  const entry = isUsual ? region : `{ region: ${region}, provider_alias: ${alias} }`;
  return `To give the region up, write retired: [${entry}] under regions: its provider stays until its resources are gone`;
}

/** What Terraform does to a resource whose block is gone. */
const DESTROYS: Readonly<Record<string, string>> = {
  aws_kms_key: "schedules deletion of the primary key{where}",
  aws_kms_replica_key: "schedules deletion of the replica key{where}",
  aws_kms_alias: "deletes the alias{where}",
  aws_secretsmanager_secret: "schedules deletion of the secret{where}, and deletes its replicas at once",
  aws_secretsmanager_secret_version: "deletes the version of the secret{where}",
  aws_secretsmanager_secret_rotation: "switches off the rotation of the secret{where}",
  aws_secretsmanager_secret_policy: "deletes the resource policy of the secret{where}",
};

/** The region that a resource is in, empty where the files do not say it. */
function regionOf({ arguments: given, providerAlias }: DeclaredResource, { providers }: Declared): string {
  return typeof given.region === "string" ? given.region : (providers.get(providerAlias ?? "") ?? "");
}

function replicasOf({ arguments: given }: DeclaredResource, { providers, regionSources }: Declared) {
  const blocks = Array.isArray(given.replica) ? (given.replica as Readonly<Record<string, unknown>>[]) : [];
  return blocks.map(({ region, kms_key_id }) => {
    const source = /^\$\{data\.aws_region\.([\w-]+)\./.exec(String(region))?.[1];
    const named = source === undefined ? String(region) : providers.get(regionSources.get(source) ?? source);
    return { region: named || (source ?? ""), key: kms_key_id };
  });
}
