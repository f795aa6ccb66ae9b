/**
 * Writes the spec for what was found: an inventory and what the folder's own files say go in; the data of a spec comes out, with
 * where each resource of the state is to be found from then on. It invents nothing: what a spec cannot say is named.
 */

import type { StateResource } from "../terraform/state.ts";
import { identifierOfKey, identifierOfSecret, unique } from "./identifiers.ts";
import {
  type FoundKey,
  type FoundSecret,
  type Inventory,
  type KeyOfSecret,
  type LeftAlone,
  lastPart,
  text,
  withoutIndex,
} from "./inventory.ts";
import { keyParts } from "./key-parts.ts";
import { keySpec } from "./key-spec.ts";
import type { Sayings } from "./sayings.ts";
import { secretSpec } from "./secret-spec.ts";
import { headOf, type Surroundings } from "./surroundings.ts";

/** A resource that goes on under another address. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

export interface Adoption {
  /** A spec as plain data, in the order in which it reads best. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly moves: readonly Move[];
  /** Addresses that leave the state and stay in AWS, without instance keys. */
  readonly forgotten: readonly string[];
  readonly leftAlone: readonly LeftAlone[];
  /** Keys whose policies Terraform does not manage from now on, each with the reason. */
  readonly unmanaged: readonly LeftAlone[];
  /** The resources of each region that go on, by the address that they have then. */
  readonly adopted: ReadonlyMap<string, StateResource>;
  /** The address of each adopted key and secret in the state, by its path in the spec: `keys.app`, `secrets.db`. */
  readonly origins: ReadonlyMap<string, string>;
  /** Policy documents that the spec names, by their paths from it. */
  readonly documents: ReadonlyMap<string, string>;
}

interface InferOptions {
  readonly surroundings: Surroundings;
  /** What is said of a key or a secret, by the address of its resource. */
  sayingsOf(address: string): Sayings;
  /** The entries of `variables` that the data of a spec needs. */
  variablesIn(data: object): Readonly<Record<string, object>>;
  /** Whether Terraform does not know the resources yet, so that they are imported, each under its ARN. */
  readonly isImport: boolean;
  /** Why policies are not to be in the spec, by the address of the key or of the secret. */
  readonly withoutPolicy: ReadonlyMap<string, string>;
  /** Says whether an address is free for a resource of the state. */
  isFree(address: string, resource: StateResource | undefined): boolean;
  /** The label of a region. */
  labelOf(region: string): string;
}

export function infer(inventory: Inventory, options: InferOptions): Adoption {
  const run = new Inference(inventory, options);
  for (const key of inventory.keys) run.addKey(key);
  for (const { address } of inventory.keyPolicies) run.forget(address);
  for (const secret of inventory.secrets) run.addSecret(secret);
  return run.result();
}

class Inference {
  readonly #inventory: Inventory;
  readonly #options: InferOptions;
  readonly #keys: Record<string, unknown> = {};
  readonly #secrets: Record<string, unknown> = {};
  /** The identifiers of keys: of adopted ones by their ids, of others by what secrets call them. */
  readonly #ids = new Map<string, string>();
  readonly #adopted = new Map<string, StateResource>();
  readonly #origins = new Map<string, string>();
  readonly #forgotten = new Set<string>();
  readonly #documents = new Map<string, string>();
  readonly #leftAlone: LeftAlone[];
  readonly #unmanaged: LeftAlone[] = [];

  constructor(inventory: Inventory, options: InferOptions) {
    this.#inventory = inventory;
    this.#options = options;
    this.#leftAlone = [...inventory.leftAlone];
  }

  addKey(key: FoundKey): void {
    const { withoutPolicy, isFree } = this.#options;
    const sayings = this.#options.sayingsOf(key.primary.resource.address);
    const places = [key.primary, ...key.replicas];
    const parts = keyParts(key, sayings);
    const addressesAs = (id: string) =>
      [...places.map(({ region, resource }) => ({ region, resource, suffix: "" })), ...parts.all].map(
        ({ region, suffix, resource }) => [`${resource.type}.${this.#label(region)}_${id}${suffix}`, resource] as const,
      );
    const areFree = (id: string) =>
      addressesAs(id).every(([address, resource]) => !this.#adopted.has(address) && isFree(address, resource)) &&
      [id, ...places.map(({ region }) => `${this.#label(region)}_${id}`)].every((one) =>
        isFree(`data.aws_iam_policy_document.${one}`, undefined),
      );
    const id = unique(identifierOfKey(key), (one) => !Object.hasOwn(this.#keys, one) && areFree(one));
    for (const [address, resource] of addressesAs(id)) this.#adopted.set(address, resource);
    const { data, unmanaged, documents } = keySpec(key, parts, {
      sayings,
      regions: this.#inventory.replicas,
      documentPath: (suffix) => documentPath(`${id}${suffix}`),
      withoutPolicy: withoutPolicy.get(key.primary.resource.address),
    });
    const hasAlias = parts.all.some(({ resource }) => resource.type === "aws_kms_alias");
    this.#keys[id] = { ...data, ...this.#imported({ key_id: key.id, ...(hasAlias ? { alias: true } : {}) }) };
    this.#ids.set(key.id, id);
    this.#origins.set(`keys.${id}`, key.primary.resource.address);
    this.#leftAlone.push(...parts.leftAlone);
    this.#unmanaged.push(...unmanaged);
    this.#keep(documents);
  }

  addSecret(secret: FoundSecret): void {
    const { withoutPolicy, isFree } = this.#options;
    const sayings = this.#options.sayingsOf(secret.resource.address);
    const [policy] = secret.policies;
    const areFree = (id: string) =>
      isFree(`aws_secretsmanager_secret.${id}`, secret.resource) &&
      isFree(`aws_secretsmanager_secret_rotation.${id}`, secret.rotation) &&
      isFree(`aws_secretsmanager_secret_policy.${id}`, policy) &&
      isFree(`data.aws_iam_policy_document.secret_${id}`, undefined);
    const id = unique(identifierOfSecret(secret), (one) => !Object.hasOwn(this.#secrets, one) && areFree(one));
    const written = secretSpec(secret, {
      sayings,
      key: this.#idOf(secret.key),
      everywhere: this.#regionsBeside(secret),
      documentPath: documentPath(`secret-${id}`),
      withoutPolicy: withoutPolicy.get(secret.resource.address),
    });
    this.#secrets[id] = { ...written.data, ...this.#imported(text(secret.resource, "arn")) };
    this.#origins.set(`secrets.${id}`, secret.resource.address);
    this.#adopted.set(`aws_secretsmanager_secret.${id}`, secret.resource);
    if (secret.rotation !== undefined) this.#adopted.set(`aws_secretsmanager_secret_rotation.${id}`, secret.rotation);
    if (written.policy !== undefined) this.#adopted.set(`aws_secretsmanager_secret_policy.${id}`, written.policy);
    for (const { address } of secret.versions) this.forget(address);
    this.#leftAlone.push(...written.leftAlone);
    this.#keep(written.documents);
  }

  /** Takes a resource out of the state, and leaves it in AWS. */
  forget(address: string): void {
    this.#forgotten.add(withoutIndex(address));
  }

  result(): Adoption {
    const adopted = this.#adopted;
    const things = {
      keys: this.#keys,
      ...(this.#inventory.secrets.length === 0 ? {} : { secrets: this.#secrets }),
    };
    const variables = this.#options.variablesIn(things);
    const data = {
      version: 1,
      ...(this.#options.isImport ? {} : { adopted: true }),
      ...headOf(this.#inventory, this.#options.surroundings),
      ...(Object.keys(variables).length === 0 ? {} : { variables }),
      ...things,
    };
    return {
      data,
      moves: this.#options.isImport
        ? []
        : [...adopted].flatMap(([to, { address: from }]) => (from === to ? [] : [{ from, to }])),
      forgotten: [...this.#forgotten],
      leftAlone: this.#leftAlone,
      unmanaged: this.#unmanaged,
      adopted,
      origins: this.#origins,
      documents: this.#documents,
    };
  }

  #imported(as: unknown): object {
    return this.#options.isImport ? { import: as } : {};
  }

  #label(region: string): string {
    return region === this.#inventory.primary ? "main" : this.#options.labelOf(region);
  }

  /** The identifier of a secret's key; a key of another state gets an entry that only reads it. */
  #idOf(key: KeyOfSecret): string {
    if (key.kind === "aws") return "aws";
    if (key.kind === "adopted") return this.#ids.get(key.id)!;
    const known = this.#ids.get(key.name);
    if (known !== undefined) return known;
    const id = unique("shared", (one) => !Object.hasOwn(this.#keys, one));
    this.#keys[id] = { existing: key.name, ...(lastPart(key.name).startsWith("mrk-") ? {} : { replicas: [] }) };
    this.#ids.set(key.name, id);
    return id;
  }

  /** The regions that a secret is copied to when its entry does not say. */
  #regionsBeside({ key, region }: FoundSecret): readonly string[] {
    const { primary, replicas, keys } = this.#inventory;
    const found = key.kind === "adopted" ? keys.find(({ id }) => id === key.id) : undefined;
    const isElsewhere = key.kind === "elsewhere" && !lastPart(key.name).startsWith("mrk-");
    const all = isElsewhere ? [] : (found?.replicas.map((one) => one.region) ?? replicas);
    return region === primary ? all : all.map((one) => (one === region ? primary : one));
  }

  #keep(documents: ReadonlyMap<string, string>): void {
    for (const [path, json] of documents) this.#documents.set(path, json);
  }
}

/** Where the document of a policy goes that a spec can only name. */
function documentPath(name: string): string {
  return `policies/${name}.json`;
}
