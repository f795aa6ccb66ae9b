/**
 * Finds what a regeneration would make Terraform destroy: changes to files and the names of the new spec go in, the resources
 * that would be lost come out, each with what would happen and what to write instead. It reads files only; Terraform's state
 * is not asked.
 */

import { dirname } from "node:path";
import { knownRegions, shortCode } from "../aws/regions.ts";
import type { Change } from "../disk/compare.ts";
import type { Names, RetiredPlace } from "../spec/names.ts";
import { type Declared, type DeclaredResource, declaredBy, filesBeside } from "../terraform/declared.ts";
import { differingBlocks, type Sides, wholeFiles } from "./blocks.ts";
import { hintFor, isOfReplica, retirement } from "./hints.ts";

/** Something that Terraform would destroy, lose sight of, or could not even plan. */
export interface Loss extends Found {
  /** Kebab-case and stable, as in a diagnostic. */
  readonly code: string;
}

interface Found {
  /**
   * What `--allow-destroy` is given: a resource address, `SECRET[REGION]` for a secret's replica, `module.NAME`,
   * `provider.aws`, `provider.aws.ALIAS`, `terraform.module`.
   */
  readonly address: string;
  /** The file on disk that declares it, as the user knows it. */
  readonly path: string;
  /** What Terraform would do. */
  readonly effect: string;
  /** What to write instead, where something would do. */
  readonly hint: string | undefined;
}

/**
 * What would be lost by writing the changes to the folder.
 * @throws {UnreadableTerraformError} when a file that would be changed, or one beside it that may matter, is no HCL
 */
export async function findLosses(changes: readonly Change[], names: Names, folder: string): Promise<Loss[]> {
  if (changes.every(({ kind, before }) => kind === "same" || before === undefined)) return [];
  const read = async (sidesOf: (change: Change) => Sides) => {
    const sides = changes.map(sidesOf);
    const count = Math.max(...sides.map(({ old }) => old.length));
    const befores: Declared[] = [];
    for (let side = 0; side < count; side++) {
      befores.push(await declaredBy(sides.flatMap(({ old }) => old[side] ?? old[0] ?? [])));
    }
    return { befores, after: await declaredBy(sides.flatMap(({ fresh }) => fresh)) };
  };
  // What has gone from one file may stand in another that is new, where the files have other names now.
  const isMoved =
    changes.some(({ after }) => after === undefined) && changes.some(({ before }) => before === undefined);
  // Blocks that cannot be told apart by blank lines, as a template of the user's may print them, are read all together.
  let { befores, after } = await read(isMoved ? wholeFiles : differingBlocks).catch(() => read(wholeFiles));
  // Where a provider leads elsewhere now, resources whose own text is the same are meant too.
  if (befores.some((before) => leadsElsewhere(before, after))) ({ befores, after } = await read(wholeFiles));

  const compare = (beside?: Declared) => befores.map((before) => new Comparison(before, after, beside, names));
  let comparisons = compare();
  const words = new Set(comparisons.flatMap(({ left, modulesLeft }) => [...left.flatMap(wordsOf), ...modulesLeft]));
  if (words.size > 0) {
    const given = new Set(changes.map(({ path }) => path.split("/").at(-1)!));
    const files = filesBeside(given, folder, dirname(changes[0]!.path));
    const telling = () =>
      files.filter(({ text }) => MENTIONED.test(text) || [...words].some((word) => text.includes(word)));
    const { moved } = await declaredBy(telling());
    for (const to of moved.values()) for (const word of TARGET.exec(to)?.slice(1) ?? []) if (word) words.add(word);
    comparisons = compare(await declaredBy(telling()));
  }
  const losses = comparisons.flatMap((comparison) => comparison.losses());
  const distinct = new Map(losses.map((loss) => [`${loss.address} ${loss.effect}`, loss]));
  const found = [...distinct.values()].sort((one, other) => rank(one) - rank(other));
  return found.map((loss) => ({ code: codeOf(loss), ...loss }));
}

/** What kind of loss it is. */
function codeOf({ address }: Found): string {
  if (address.endsWith("]")) return "replica-would-be-deleted";
  const [first = ""] = address.split(".");
  return own(CODES, first) ?? "resource-would-be-destroyed";
}

const CODES: Readonly<Record<string, string>> = {
  aws_kms_key: "key-would-be-destroyed",
  aws_kms_replica_key: "replica-key-would-be-destroyed",
  aws_kms_alias: "alias-would-be-destroyed",
  aws_secretsmanager_secret: "secret-would-be-destroyed",
  module: "module-would-be-destroyed",
  provider: "provider-would-be-gone",
  terraform: "addresses-would-change",
};

/** What a file beside may say about things that are declared elsewhere. */
const MENTIONED = /\b(moved|removed)\b/;

/** The module and the name in an address. */
const TARGET = /^(?:module\.([\w-]+))?.*?([\w-]+)(?:\[[^[]*\])?$/s;

/** The worst comes first: of many losses only some are printed. */
function rank({ address }: Found): number {
  const at = Object.keys(DESTROYS).indexOf(address.split(".")[0]!);
  return at === -1 ? 100 : at;
}

/** What stands in a file that is about a resource. */
function wordsOf({ name, providerAlias }: DeclaredResource): string[] {
  return providerAlias === undefined ? [name] : [name, providerAlias];
}

function leadsElsewhere(before: Declared, after: Declared): boolean {
  return [...before.providers].some(([alias, { region }]) => (after.providers.get(alias)?.region ?? region) !== region);
}

/**
 * The retired regions in which the files on disk have no resources any more: once that has been applied, their providers
 * outlive nothing.
 */
export function idleRetiredRegions(changes: readonly Change[], { retired }: Names): string[] {
  const texts = changes.flatMap(({ before }) => before ?? []);
  if (texts.length === 0) return [];
  const isUsed = ({ providerAlias, region }: RetiredPlace) =>
    texts.some(
      (text) =>
        text.includes(`\n  provider = aws.${providerAlias}\n`) || text.includes(`\n\n  region = "${region}"\n}`),
    );
  return retired.filter((place) => !isUsed(place)).map(({ region }) => region);
}

/** Arguments that replace the resource when they change, by type (ForceNew in the provider), with what is there without them. */
const REPLACING: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  aws_kms_key: {
    key_usage: "ENCRYPT_DECRYPT",
    customer_master_key_spec: "SYMMETRIC_DEFAULT",
    multi_region: false,
    custom_key_store_id: undefined,
    xks_key_id: undefined,
  },
  aws_kms_replica_key: { primary_key_arn: undefined },
  aws_kms_alias: { name: undefined },
  aws_secretsmanager_secret: { name: undefined },
};

/** What Terraform does to a resource whose block is gone. */
const DESTROYS: Readonly<Record<string, string>> = {
  aws_kms_key: "schedules deletion of the primary key{where}",
  aws_kms_replica_key: "schedules deletion of the replica key{where}",
  aws_kms_alias: "deletes the alias{where}",
  aws_secretsmanager_secret: "schedules deletion of the secret{where}",
  aws_secretsmanager_secret_version: "stops managing the value of the secret{where}",
  aws_secretsmanager_secret_rotation: "switches off the rotation of the secret{where}",
  aws_secretsmanager_secret_policy: "deletes the resource policy of the secret{where}",
};

/** A replica of a secret cannot be taken out of the state, but it can be let go of in AWS. */
const KEEP_REPLICA =
  "To keep a replica of a secret, make it a secret of its own first: aws secretsmanager stop-replication-to-replica, in its region";

/**
 * The addresses about which the files on disk still say where they have moved, or that they are to be left alone, and the new
 * ones do not. Where that has not been applied yet, Terraform destroys what is there, and no file can tell.
 */
export function endedChanges(changes: readonly Change[]): string[] {
  const addressesIn = (text: string | undefined) =>
    [...(text ?? "").matchAll(/^(?:moved|removed) \{\n +from += (.+)$/gm)].map(([, address]) => address!);
  const current = new Set(changes.flatMap(({ after }) => addressesIn(after?.join(""))));
  return changes.flatMap(({ before }) => addressesIn(before)).filter((address) => !current.has(address));
}

/** The secrets whose write-only value comes from elsewhere in the new files, with the version that it had. */
export function unsentValues(changes: readonly Change[]): string[] {
  const valuesIn = (text: string | undefined) =>
    new Map(
      Array.from(
        (text ?? "").matchAll(/^resource "aws_secretsmanager_secret_version" "(.+)" \{\n([\s\S]*?)^\}$/gm),
        ([, name = "", body = ""]) => {
          const version = /^ +secret_string_wo_version = (.+)$/m.exec(body)?.[1];
          const value = /^ +secret_string_wo += ([\s\S]*?)^ +secret_string_wo_version/m.exec(body)?.[1];
          return [name, { version, value }] as const;
        },
      ),
    );
  return changes.flatMap(({ kind, before, after }) => {
    if (kind !== "stale" || after === undefined) return [];
    const old = valuesIn(before);
    return Array.from(valuesIn(after.join(""))).flatMap(([name, { version, value }]) => {
      const former = old.get(name);
      const isUnsent = former?.value !== undefined && former.value !== value && former.version === version;
      return isUnsent && value !== undefined ? [name] : [];
    });
  });
}

/** What is declared before and after, and by the user's own files beside. */
export class Comparison {
  readonly before: Declared;
  readonly after: Declared;
  readonly names: Names;
  /** The resources that no file declares any more: Terraform destroys or forgets them, each with its provider. */
  readonly left: readonly DeclaredResource[];
  readonly modulesLeft: readonly string[];
  readonly #beside: Declared | undefined;
  /** By type and former address, found when the first is asked for. */
  readonly #heirs = new Map<string, ReadonlyMap<string, DeclaredResource>>();

  constructor(before: Declared, after: Declared, beside: Declared | undefined, names: Names) {
    this.before = before;
    this.after = after;
    this.names = names;
    this.#beside = beside;
    this.left = [...before.resources.values()].filter(({ address }) => this.isGone(address));
    this.modulesLeft = [...before.modules.keys()].filter((name) => this.isGone(`module.${name}`));
  }

  losses(): Found[] {
    return [
      ...[...this.before.resources.values()].flatMap((old) => this.#lossesOf(old)),
      ...this.#modulesGone(),
      ...this.#providersGone(),
      ...this.#accountLeft(),
      ...this.#otherAddresses(),
    ];
  }

  /** Whether nothing is declared where a thing of this address is after all moves. */
  isGone(address: string): boolean {
    const today = this.today(address);
    if (today === undefined) return true;
    const [, module, base] = /^(?:module\.([\w-]+))?\.?([^[]*)/.exec(today) ?? [];
    const declared = [this.after, ...(this.#beside === undefined ? [] : [this.#beside])];
    return !declared.some((one) => (module ? one.modules.has(module) : one.resources.has(base!)));
  }

  /** Where a thing of this address is after all moves; `undefined` where Terraform cannot move it for what is in the way. */
  today(address: string): string | undefined {
    const seen = new Set<string>();
    let current = address;
    for (;;) {
      const next = this.after.moved.get(current) ?? this.#beside?.moved.get(current);
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

  /** The retired region that a thing is in. Where the files do not say the region, its provider stands for it. */
  retiredPlace(region: string, providerAlias: string | undefined): RetiredPlace | undefined {
    return this.names.retired.find((place) =>
      region === "" ? place.providerAlias === providerAlias : place.region === region,
    );
  }

  /** The one new resource that is equal to one that has gone, but for what names it, if neither has another equal. */
  heirOf(gone: DeclaredResource): DeclaredResource | undefined {
    const { type } = gone;
    let heirs = this.#heirs.get(type);
    if (heirs === undefined) {
      const targets = new Set(this.after.moved.values());
      const fresh = [...this.after.resources.values()].filter(
        ({ address, type: other }) => other === type && this.isNew(address) && !targets.has(address),
      );
      const unknown = unequalled(fresh, signature);
      const known = unequalled(
        this.left.filter((old) => old.type === type),
        (old) => this.#inTodaysWords(signature(old)),
      );
      heirs = new Map([...known].flatMap(([key, old]) => (unknown.has(key) ? [[old.address, unknown.get(key)!]] : [])));
      this.#heirs.set(type, heirs);
    }
    return heirs.get(gone.address);
  }

  #lossesOf(old: DeclaredResource): Found[] {
    if (!this.isGone(old.address)) {
      const fresh = this.after.resources.get(this.today(old.address)!);
      // What has been put into a file of the user's own is the user's.
      return fresh === undefined ? [] : this.#changesOf(old, fresh);
    }
    if (this.after.removed.has(old.address) || this.#beside?.removed.has(old.address)) return [];
    const region = regionOf(old, this.before);
    const retired = isOfReplica(old) ? this.retiredPlace(region, old.providerAlias) : undefined;
    if (retired !== undefined && !retired.forget) return [];
    const blocked = this.today(old.address) === undefined;
    const effect = `${destruction(old, region)}${blocked ? ", because there is something already where it is to move" : ""}`;
    return [{ ...place(old), effect, hint: blocked ? undefined : hintFor(old, region, retired, this) }];
  }

  #changesOf(old: DeclaredResource, fresh: DeclaredResource): Found[] {
    const [from, to] = [regionOf(old, this.before), regionOf(fresh, this.after)];
    if (from !== "" && to !== "" && from !== to) {
      const effect = `creates a new one in ${to} and destroys, or loses sight of, the one in ${from}`;
      const hint =
        to === this.names.primary.region
          ? `Keep ${from} as the primary region: making another one the primary is a promotion of every key, not an edit`
          : `Keep ${from} for it: a resource cannot move to another region`;
      return [{ ...place(old), effect, hint }];
    }
    const replacing = Object.entries(own(REPLACING, old.type) ?? {}).flatMap(([name, fallback]) => {
      const before = normal(old.arguments[name] ?? fallback, old, this.before);
      const after = normal(fresh.arguments[name] ?? fallback, fresh, this.after);
      return this.#isSame(before, after) ? [] : [name];
    });
    for (const name of ["count", "for_each"]) {
      if (!this.#isSame(old.arguments[name], fresh.arguments[name])) replacing.push(name);
    }
    if (replacing.length > 0) {
      const replicas = old.type === "aws_kms_key" ? " and of its replicas" : "";
      const verb = replacing.length === 1 ? "changes" : "change";
      const effect = `${destruction(old, from)}${replicas}; then it creates a new one, because ${replacing.join(" and ")} ${verb}`;
      return [{ ...place(old), effect, hint: undefined }];
    }
    return old.type === "aws_secretsmanager_secret" ? this.#replicasLost(old, fresh) : [];
  }

  /** AWS deletes the copy of a secret at once; Terraform shows only an update in place. */
  #replicasLost(old: DeclaredResource, fresh: DeclaredResource): Found[] {
    const today = replicasOf(fresh, this.after);
    return replicasOf(old, this.before).flatMap(({ region, source, key }): Found[] => {
      // Where only the root module knows the region, the replica is the one under the same key.
      const kept = today.find((replica) =>
        region === "" || replica.region === "" ? this.#isSame(key, replica.key) : replica.region === region,
      );
      if (kept !== undefined && this.#isSame(key, kept.key)) return [];
      const retired = this.retiredPlace(region, source);
      if (retired !== undefined && !retired.forget) return [];
      const where = region || source;
      const effect = `deletes the secret's replica in ${where} at once, ${kept === undefined ? "without a recovery window" : "and copies it anew under another key"}`;
      const hint = kept === undefined ? KEEP_REPLICA : undefined;
      return [{ address: `${old.address}[${where}]`, path: old.path, effect, hint }];
    });
  }

  /** Whether two values are equal once the old one speaks of today's addresses. */
  #isSame(old: unknown, fresh: unknown): boolean {
    return this.#inTodaysWords(JSON.stringify(old)) === JSON.stringify(fresh);
  }

  #inTodaysWords<T extends string | undefined>(text: T): T {
    return text?.replace(/\baws_\w+\.[\w-]+/g, (address) => this.today(address) ?? address) as T;
  }

  #modulesGone(): Found[] {
    return this.modulesLeft
      .map((name) => ({ address: `module.${name}`, path: this.before.modules.get(name)! }))
      .filter(({ address }) => !this.after.removed.has(address) && !this.#beside?.removed.has(address))
      .map((module) => ({ ...module, effect: "destroys everything in it", hint: undefined }));
  }

  /** Terraform destroys and forgets with the provider that the state names; if it is gone, it fails. */
  #providersGone(): Found[] {
    const users = new Map(this.left.flatMap((old) => (old.providerAlias ? [[old.providerAlias, old] as const] : [])));
    return [...users]
      .filter(([alias]) => !this.after.providers.has(alias) && !this.#beside?.providers.has(alias))
      .map(([alias, user]) => {
        const region = regionOf(user, this.before) || (knownRegions.find((one) => shortCode(one) === alias) ?? alias);
        const path = this.before.providers.get(alias)?.path ?? user.path;
        const effect = 'fails with "Provider configuration not present"';
        return { address: `provider.aws.${alias}`, path, effect, hint: this.#providerHint(region, alias, user) };
      });
  }

  #providerHint(region: string, alias: string, { name }: DeclaredResource): string | undefined {
    const { spec, primary, replicas, retired } = this.names;
    if (region === primary.region) return undefined;
    if (spec.provider?.placement === "region" && retired.some((place) => place.region === region)) {
      return "Keep placement: alias until that has been applied";
    }
    const kept = replicas.find((place) => place.region === region);
    if (kept === undefined) return retirement(region, alias);
    // Under a new label everything has to move anyway, and what moves takes the provider of its new block.
    const isRelabelled = !name.startsWith(`${kept.label}_`);
    return isRelabelled ? undefined : `Keep provider_alias: ${alias} at ${region} until that has been applied`;
  }

  /** In another account Terraform finds nothing of what it knows. */
  #accountLeft(): Found[] {
    for (const [alias, { accounts: from, path }] of this.before.providers) {
      const to = this.after.providers.get(alias)?.accounts ?? [];
      if (from.length === 0 || to.length === 0 || from.some((account) => to.includes(account))) continue;
      const address = alias === "" ? "provider.aws" : `provider.aws.${alias}`;
      const effect = `works in the account ${to.join(", ")} instead of ${from.join(", ")}: it loses sight of what is there and creates all of it anew`;
      // All providers are for one account, so that one loss stands for all.
      return [
        { address, path, effect, hint: "Give another account a spec and a folder of its own, with a state of its own" },
      ];
    }
    return [];
  }

  /** What a module declares has the module's name in its address. */
  #otherAddresses(): Found[] {
    const isModule = this.names.spec.terraform?.module === true;
    const own = [...this.before.providers.values()].find(({ region }) => region !== "");
    if (isModule ? own === undefined : !this.before.isGivenProviders) return [];
    const [from, to] = isModule ? ["ADDRESS", "module.NAME.ADDRESS"] : ["module.NAME.ADDRESS", "ADDRESS"];
    const path = (own ?? [...this.before.providers.values()][0])!.path;
    const effect = `knows everything as ${from}, looks for ${to}, and destroys and creates all of it`;
    const hint = `Write a moved block from ${from} to ${to} for every resource into the root module`;
    return [{ address: "terraform.module", path, effect, hint }];
  }
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
  const ignored = type === "aws_secretsmanager_secret" ? "name" : "policy";
  return JSON.stringify(Object.entries(given).filter(([name]) => name !== ignored));
}

function place({ address, path }: DeclaredResource): Pick<Found, "address" | "path"> {
  return { address, path };
}

function destruction({ type, arguments: given }: DeclaredResource, region: string): string {
  const replicas = type === "aws_secretsmanager_secret" && given.replica ? " and deletes its replicas at once" : "";
  return (own(DESTROYS, type) ?? "destroys it").replace("{where}", region === "" ? "" : ` in ${region}`) + replicas;
}

/** The region that a resource is in, empty where the files do not say it. */
function regionOf({ type, arguments: given, providerAlias }: DeclaredResource, { providers }: Declared): string {
  if (typeof given.region === "string") return given.region;
  const region = providers.get(providerAlias ?? "")?.region ?? "";
  if (region !== "" || type !== "aws_kms_replica_key") return region;
  // In a module only the description says it.
  return /\bin ((?:[a-z]+-)+\d+)\)?$/.exec(String(given.description))?.[1] ?? "";
}

/** A text in which the resource's own region is called so, however it is written. */
function normal(value: unknown, resource: DeclaredResource, declared: Declared): unknown {
  if (typeof value !== "string") return value;
  const own = resource.providerAlias ?? "";
  const text = value.replace(/\$\{data\.aws_region\.([\w-]+)\.\w+\}/g, (whole, source: string) =>
    (declared.regionSources.get(source) ?? source) === own ? "{region}" : whole,
  );
  const region = regionOf(resource, declared);
  return region === "" ? text : text.replaceAll(region, "{region}");
}

function replicasOf({ arguments: given }: DeclaredResource, { providers, regionSources }: Declared) {
  const blocks = Array.isArray(given.replica) ? (given.replica as Readonly<Record<string, unknown>>[]) : [];
  return blocks.map(({ region, kms_key_id }) => {
    const source = /^\$\{data\.aws_region\.([\w-]+)\./.exec(String(region))?.[1];
    const alias = source === undefined ? undefined : (regionSources.get(source) ?? source);
    const known = alias === undefined ? String(region) : (providers.get(alias)?.region ?? "");
    return { region: known, source: alias ?? "", key: kms_key_id };
  });
}

/** What a table says about a type; a type of somebody's own may be called like what every object has. */
function own<T>(table: Readonly<Record<string, T>>, type: string): T | undefined {
  return Object.hasOwn(table, type) ? table[type] : undefined;
}
