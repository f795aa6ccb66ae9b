/**
 * A stand-in for the hashicorp/aws provider: a schema goes in, a gRPC server that the real `terraform` talks to comes
 * out, backed by an account in memory that refuses what AWS refuses. It never reaches a network beyond the loopback.
 *
 * Reading order: values on the wire, the account (what AWS does), the resource models (what the provider does on top of
 * it), data sources and ephemeral resources, the server. What the models plan (defaults, unknowns, replacements) was
 * compared with plans of the real provider 5.100.0 over the same configurations.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { decode, ExtensionCodec, encode } from "@msgpack/msgpack";

// ---------------------------------------------------------------------------------------------------------------------
// Values on the wire
// ---------------------------------------------------------------------------------------------------------------------

/** Terraform's "known after apply". There is one instance, `UNKNOWN`. */
class Unknown {
  readonly kind = "unknown";
}
const UNKNOWN = new Unknown();

type Value = null | boolean | number | string | Unknown | Value[] | { [name: string]: Value };
type Attributes = { [name: string]: Value };
type Tags = Readonly<Record<string, string>>;

interface SchemaAttribute {
  readonly type: unknown;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  readonly write_only?: boolean;
}

interface SchemaNestedBlock {
  readonly nesting_mode: "single" | "list" | "set";
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: SchemaBlock;
}

interface SchemaBlock {
  readonly attributes?: Readonly<Record<string, SchemaAttribute>>;
  readonly block_types?: Readonly<Record<string, SchemaNestedBlock>>;
}

interface Schema {
  readonly version: number;
  readonly block: SchemaBlock;
}

/** The data of `terraform providers schema -json` for one provider. */
interface ProviderSchema {
  readonly provider: Schema;
  readonly resource_schemas: Readonly<Record<string, Schema>>;
  readonly data_source_schemas: Readonly<Record<string, Schema>>;
  readonly ephemeral_resource_schemas: Readonly<Record<string, Schema>>;
}

interface Wire {
  readonly msgpack: Uint8Array;
}

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: 0,
  encode: (value) => (value instanceof Unknown ? new Uint8Array([0]) : null),
  decode: () => UNKNOWN,
});
// Type 12 is an unknown value of which something is known (not null, a prefix). The stand-in does not use that.
extensionCodec.register({ type: 12, encode: () => null, decode: () => UNKNOWN });

function toWire(value: Value): Wire {
  return { msgpack: encode(value, { extensionCodec }) };
}

function fromWire(wire: Wire | null | undefined): Attributes | null {
  if (!wire || wire.msgpack.length === 0) return null;
  return decode(wire.msgpack, { extensionCodec }) as Attributes | null;
}

/** `given` with exactly the names that the block has: absent ones null or empty, others (of a newer schema) dropped. */
function conform(block: SchemaBlock, given: Attributes): Attributes {
  const attributes = Object.keys(block.attributes ?? {}).map((name) => [name, given[name] ?? null]);
  const blocks = Object.entries(block.block_types ?? {}).map(([name, nested]) => [
    name,
    conformBlocks(nested, given[name] ?? null),
  ]);
  return Object.fromEntries([...attributes, ...blocks]);
}

function conformBlocks(nested: SchemaNestedBlock, given: Value): Value {
  if (given instanceof Unknown) return given;
  if (nested.nesting_mode === "single") return isObject(given) ? conform(nested.block, given) : null;
  return listOf(given).map((element) => (isObject(element) ? conform(nested.block, element) : element));
}

function isObject(value: Value | undefined): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

function text(value: Value | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function numeric(value: Value | undefined): number | null {
  return typeof value === "number" ? value : null;
}

function listOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

function blocksOf(value: Value | undefined): Attributes[] {
  return listOf(value).filter(isObject);
}

function textsOf(value: Value | undefined): string[] {
  return listOf(value).filter((element) => typeof element === "string");
}

function tagsOf(value: Value | undefined): Tags {
  return isObject(value) ? (value as Tags) : {};
}

/** Whether two values are equal, sets in any order (no resource here has a list whose order matters). */
function same(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a ?? null) === canonical(b ?? null);
}

function canonical(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join()}}`;
}

function sameJson(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  try {
    return same(JSON.parse(a) as Value, JSON.parse(b) as Value);
  } catch {
    return a === b;
  }
}

/** Something that the provider or AWS does not accept; it becomes an error diagnostic. */
class Refusal extends Error {
  readonly attribute: string | undefined;

  constructor(message: string, attribute?: string) {
    super(message);
    this.attribute = attribute;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The account
// ---------------------------------------------------------------------------------------------------------------------

type KeyState = "Enabled" | "Disabled" | "PendingDeletion" | "PendingReplicaDeletion";

interface KeyCopy {
  description: string;
  policy: string;
  enabled: boolean;
  pendingDeletion: boolean;
  tags: Tags;
}

interface Key {
  readonly id: string;
  readonly multiRegion: boolean;
  readonly spec: string;
  readonly usage: string;
  primaryRegion: string;
  rotationPeriodInDays: number | null;
  readonly copies: Map<string, KeyCopy>;
}

interface SecretVersion {
  readonly value: string;
  readonly binary: boolean;
  readonly writeOnly: boolean;
}

interface SecretRotation {
  readonly lambdaArn: string | null;
  readonly rules: Attributes[];
}

interface Secret {
  readonly name: string;
  readonly suffix: string;
  readonly primaryRegion: string;
  readonly versions: Map<string, SecretVersion>;
  /** Region to key, null for AWS's own key. */
  readonly replicas: Map<string, string | null>;
  currentVersion: string | null;
  description: string | null;
  kmsKeyId: string | null;
  policy: string | null;
  rotation: SecretRotation | null;
  tags: Tags;
  pendingDeletion: boolean;
}

/** What a test sees of a key in one region. */
export interface KeyView {
  readonly keyId: string;
  readonly arn: string;
  readonly role: "primary" | "replica" | "single-region";
  readonly state: KeyState;
  readonly spec: string;
  readonly usage: string;
  readonly description: string;
  readonly rotationPeriodInDays: number | null;
  readonly policy: string;
  readonly tags: Tags;
}

/** What a test sees of a secret in one region. */
export interface SecretView {
  readonly name: string;
  readonly arn: string;
  readonly role: "primary" | "replica";
  readonly kmsKeyId: string | null;
  readonly value: string | null;
  readonly policy: string | null;
  readonly pendingDeletion: boolean;
  readonly tags: Tags;
}

export interface AliasView {
  readonly name: string;
  readonly targetKeyId: string;
}

/** A key that exists before Terraform runs; the id is made up when absent. */
export interface KeySeed {
  readonly keyId?: string;
  readonly primaryRegion: string;
  readonly replicaRegions?: readonly string[];
  readonly description?: string;
  readonly rotation?: boolean;
  readonly tags?: Tags;
}

/** A secret that exists before Terraform runs: by its ARN, or by name and region. */
export interface SecretSeed {
  readonly arn?: string;
  readonly name?: string;
  readonly region?: string;
  readonly kmsKeyId?: string;
  readonly replicas?: Readonly<Record<string, string | null>>;
  readonly value?: string;
}

interface KeyInput {
  readonly multiRegion: boolean;
  readonly spec: string;
  readonly usage: string;
  readonly bypassLockoutCheck: boolean;
  readonly copy: Omit<KeyCopy, "policy" | "pendingDeletion"> & { readonly policy: string | null };
}

interface SecretInput {
  readonly name: string;
  readonly description: string | null;
  readonly kmsKeyId: string | null;
  readonly tags: Tags;
  readonly replicas: ReadonlyMap<string, string | null>;
  readonly overwriteReplica: boolean;
}

/** AWS's own key for secrets, which every region has. */
const AWS_SECRETS_KEY = "alias/aws/secretsmanager";

const SPECS_OF_USAGE: Readonly<Record<string, RegExp>> = {
  ENCRYPT_DECRYPT: /^(SYMMETRIC_DEFAULT|RSA_.*|SM2)$/,
  SIGN_VERIFY: /^(RSA_.*|ECC_.*|ML_DSA_.*|SM2)$/,
  GENERATE_VERIFY_MAC: /^HMAC_.*$/,
  KEY_AGREEMENT: /^(ECC_NIST_P.*|SM2)$/,
};

/** Prefix of a region's name, partition, DNS suffix; the first match counts. */
const PARTITIONS: readonly (readonly [prefix: RegExp, partition: string, dnsSuffix: string])[] = [
  [/^cn-/, "aws-cn", "amazonaws.com.cn"],
  [/^us-gov-/, "aws-us-gov", "amazonaws.com"],
  [/^eusc-/, "aws-eusc", "amazonaws.eu"],
  [/^us-iso-/, "aws-iso", "c2s.ic.gov"],
  [/^us-isob-/, "aws-iso-b", "sc2s.sgov.gov"],
  [/^eu-isoe-/, "aws-iso-e", "cloud.adc-e.uk"],
  [/^us-isof-/, "aws-iso-f", "csp.hci.ic.gov"],
  [/^/, "aws", "amazonaws.com"],
];

function partitionOf(region: string): { partition: string; dnsSuffix: string } {
  const [, partition = "aws", dnsSuffix = ""] = PARTITIONS.find(([prefix]) => prefix.test(region)) ?? [];
  return { partition, dnsSuffix };
}

interface Arn {
  readonly partition: string;
  readonly region: string;
  readonly resource: string;
}

function parseArn(arn: string): Arn | undefined {
  const [, partition, region, resource] = /^arn:([\w-]+):\w+:([\w-]*):\d*:(.+)$/.exec(arn) ?? [];
  return partition !== undefined && region !== undefined && resource !== undefined
    ? { partition, region, resource }
    : undefined;
}

/**
 * One AWS account: keys, aliases and secrets of every region. Its ids are counted, so the same calls give the same
 * ids. The public methods are for tests; those marked internal are the operations that the resource models call.
 */
export class Account {
  readonly id: string;
  readonly #keys = new Map<string, Key>();
  readonly #aliases = new Map<string, Map<string, string>>();
  readonly #secrets: Secret[] = [];

  constructor(id = "123456789012") {
    this.id = id;
  }

  /** The keys of a region, those pending deletion included. */
  keys(region: string): KeyView[] {
    return [...this.#keys.values()].flatMap((key) => {
      const copy = key.copies.get(region);
      return copy ? [this.#keyView(key, copy, region)] : [];
    });
  }

  aliases(region: string): AliasView[] {
    return [...(this.#aliases.get(region) ?? [])].map(([name, targetKeyId]) => ({ name, targetKeyId }));
  }

  /** The secrets of a region, primaries and replicas, those scheduled for deletion included. */
  secrets(region: string): SecretView[] {
    return this.#secrets.filter((secret) => inRegion(secret, region)).map((secret) => this.#secretView(secret, region));
  }

  seedKey(seed: KeySeed): string {
    const id = seed.keyId ?? this.#nextKeyId(true);
    const regions = [seed.primaryRegion, ...(seed.replicaRegions ?? [])];
    this.#keys.set(id, {
      id,
      multiRegion: true,
      spec: "SYMMETRIC_DEFAULT",
      usage: "ENCRYPT_DECRYPT",
      primaryRegion: seed.primaryRegion,
      rotationPeriodInDays: seed.rotation ? 365 : null,
      copies: new Map(
        regions.map((region) => [
          region,
          {
            description: seed.description ?? "",
            policy: this.#defaultKeyPolicy(region),
            enabled: true,
            pendingDeletion: false,
            tags: seed.tags ?? {},
          },
        ]),
      ),
    });
    return id;
  }

  seedAlias(region: string, name: string, keyId: string): void {
    this.createAlias(region, name, keyId);
  }

  /** Returns the secret's ARN. */
  seedSecret(seed: SecretSeed): string {
    const arn = seed.arn ? parseArn(seed.arn) : undefined;
    const [, nameInArn, suffixInArn] = /^secret:(.+)-(\w{6})$/.exec(arn?.resource ?? "") ?? [];
    const name = nameInArn ?? seed.name;
    const primaryRegion = arn?.region ?? seed.region;
    if (name === undefined || primaryRegion === undefined)
      throw new Error("a secret's seed needs an ARN, or name and region");
    const secret = newSecret(name, suffixInArn ?? suffixOf(name), primaryRegion);
    secret.kmsKeyId = seed.kmsKeyId ?? null;
    for (const [region, key] of Object.entries(seed.replicas ?? {})) secret.replicas.set(region, key);
    this.#secrets.push(secret);
    if (seed.value !== undefined) this.#putVersion(secret, { value: seed.value, binary: false, writeOnly: false });
    return this.secretArn(secret, primaryRegion);
  }

  /** What `aws kms update-primary-region` does: the two regions swap their roles, ids and policies stay. */
  updatePrimaryRegion(keyId: string, region: string): void {
    const key = this.#keys.get(keyId);
    const copy = key?.copies.get(region);
    if (!key?.multiRegion || !copy) throw new Error(`${keyId} is not a multi-Region key with a copy in ${region}`);
    if (copy.pendingDeletion || !copy.enabled) throw new Error(`${keyId} is not Enabled in ${region}`);
    key.primaryRegion = region;
  }

  /** @internal */
  keyArn(key: Key, region: string): string {
    return this.#arn("kms", region, `key/${key.id}`);
  }

  /** @internal The key if it is usable in the region; the provider takes one that is pending deletion as deleted. */
  findKey(region: string, id: string): { key: Key; copy: KeyCopy } | undefined {
    const key = this.#keys.get(id);
    const copy = key?.copies.get(region);
    return key && copy && !copy.pendingDeletion ? { key, copy } : undefined;
  }

  /** @internal The key that a reference (key id, key ARN, alias name or alias ARN) means in a region, or a refusal. */
  resolveKey(region: string, reference: string): { key: Key; copy: KeyCopy } {
    const arn = parseArn(reference);
    if (arn && arn.region !== region)
      throw new Refusal(`NotFoundException: Invalid arn ${arn.region}: ${reference} is not a key of ${region}`);
    const name = (arn?.resource ?? reference).replace(/^key\//, "");
    const id = name.startsWith("alias/") ? this.#aliases.get(region)?.get(name) : name;
    const found = id === undefined ? undefined : this.findKey(region, id);
    if (!found) throw new Refusal(`NotFoundException: Key '${reference}' does not exist in ${region}`);
    return found;
  }

  /** @internal Returns the new key's id. */
  createKey(region: string, input: KeyInput): string {
    if (!SPECS_OF_USAGE[input.usage]?.test(input.spec))
      throw new Refusal(`ValidationException: KeyUsage ${input.usage} is not compatible with KeySpec ${input.spec}`);
    const id = this.#nextKeyId(input.multiRegion);
    const { multiRegion, spec, usage } = input;
    const key: Key = {
      id,
      multiRegion,
      spec,
      usage,
      primaryRegion: region,
      rotationPeriodInDays: null,
      copies: new Map(),
    };
    this.#addCopy(key, region, input);
    this.#keys.set(id, key);
    return id;
  }

  /** @internal Returns the id, which the replica shares with its primary. */
  replicateKey(primaryKeyArn: string, region: string, input: Pick<KeyInput, "copy" | "bypassLockoutCheck">): string {
    const arn = parseArn(primaryKeyArn);
    const key = this.#keys.get(arn?.resource.replace(/^key\//, "") ?? "");
    const primary = key?.copies.get(arn?.region ?? "");
    if (!arn || !key || !primary || primary.pendingDeletion)
      throw new Refusal(`NotFoundException: Key '${primaryKeyArn}' does not exist`);
    if (!key.multiRegion || key.primaryRegion !== arn.region)
      throw new Refusal(`UnsupportedOperationException: ${primaryKeyArn} is not a multi-Region primary key`);
    if (!primary.enabled) throw new Refusal(`DisabledException: ${primaryKeyArn} is disabled`);
    if (arn.partition !== partitionOf(region).partition)
      throw new Refusal(`ValidationException: ${region} is not in the partition of ${primaryKeyArn}`);
    if (region === key.primaryRegion)
      throw new Refusal(`ValidationException: a replica cannot be in the Region of its primary key, ${region}`);
    if (key.copies.has(region))
      throw new Refusal(`AlreadyExistsException: Key '${key.id}' already exists in ${region}`);
    this.#addCopy(key, region, input);
    return key.id;
  }

  /** @internal */
  setRotation(key: Key, periodInDays: number | null): void {
    if (periodInDays !== null && key.spec !== "SYMMETRIC_DEFAULT")
      throw new Refusal(`UnsupportedOperationException: a ${key.spec} key cannot be rotated automatically`);
    key.rotationPeriodInDays = periodInDays;
  }

  /** @internal null puts AWS's default policy back. */
  putKeyPolicy(region: string, copy: KeyCopy, policy: string | null, bypassLockoutCheck: boolean): void {
    copy.policy =
      policy === null ? this.#defaultKeyPolicy(region) : checkedKeyPolicy(policy, region, bypassLockoutCheck);
  }

  /** @internal A primary with replicas only becomes pending too (`PendingReplicaDeletion`); nothing is refused. */
  scheduleKeyDeletion(region: string, id: string): void {
    const copy = this.#keys.get(id)?.copies.get(region);
    if (copy) copy.pendingDeletion = true;
  }

  /** @internal */
  aliasArn(region: string, name: string): string {
    return this.#arn("kms", region, name);
  }

  /** @internal */
  createAlias(region: string, name: string, target: string): void {
    if (name.length > 256) throw new Refusal(`ValidationException: alias longer than 256 characters: ${name}`);
    const aliases = this.#aliases.get(region) ?? new Map<string, string>();
    if (aliases.has(name))
      throw new Refusal(`AlreadyExistsException: An alias with the name ${this.aliasArn(region, name)} already exists`);
    aliases.set(name, this.resolveKey(region, target).key.id);
    this.#aliases.set(region, aliases);
  }

  /** @internal */
  updateAlias(region: string, name: string, target: string): void {
    this.#aliases.get(region)?.set(name, this.resolveKey(region, target).key.id);
  }

  /** @internal */
  deleteAlias(region: string, name: string): void {
    this.#aliases.get(region)?.delete(name);
  }

  /** @internal */
  aliasTarget(region: string, name: string): string | undefined {
    return this.#aliases.get(region)?.get(name);
  }

  /** @internal A replica's ARN differs from its primary's in the region only. */
  secretArn(secret: Secret, region: string): string {
    return this.#arn("secretsmanager", region, `secret:${secret.name}-${secret.suffix}`);
  }

  /** @internal By ARN or name; one that is scheduled for deletion is not found. */
  findSecret(region: string, reference: string): Secret | undefined {
    return this.#secrets.find(
      (secret) =>
        !secret.pendingDeletion &&
        inRegion(secret, region) &&
        (secret.name === reference || this.secretArn(secret, region) === reference),
    );
  }

  /** @internal The secret that can be changed from this region, which is its primary region only. */
  primarySecret(region: string, reference: string): Secret {
    const secret = this.findSecret(region, reference);
    if (!secret)
      throw new Refusal(
        `ResourceNotFoundException: Secrets Manager can't find the specified secret ${reference} in ${region}`,
      );
    if (secret.primaryRegion !== region)
      throw new Refusal(
        "InvalidRequestException: Operation not permitted on a replica secret. Call must be made in primary secret's region.",
      );
    return secret;
  }

  /** @internal Returns the ARN. */
  createSecret(region: string, input: SecretInput): string {
    checkTags(input.tags);
    this.#refuseTakenName(region, input.name);
    this.#checkEncryptionKey(region, input.kmsKeyId);
    const { description, kmsKeyId, tags } = input;
    const secret = { ...newSecret(input.name, suffixOf(input.name), region), description, kmsKeyId, tags };
    // CreateSecret takes the replicas along: with a bad one there is no secret at all.
    for (const [replica, key] of input.replicas) this.addSecretReplica(secret, replica, key, input.overwriteReplica);
    this.#secrets.push(secret);
    return this.secretArn(secret, region);
  }

  /** @internal */
  setSecretKey(secret: Secret, kmsKeyId: string | null): void {
    this.#checkEncryptionKey(secret.primaryRegion, kmsKeyId);
    secret.kmsKeyId = kmsKeyId;
  }

  /** @internal AWS itself reports a taken name later, as the replica's status; the stand-in does it at once. */
  addSecretReplica(secret: Secret, region: string, kmsKeyId: string | null, overwrite: boolean): void {
    if (region === secret.primaryRegion)
      throw new Refusal(
        `InvalidParameterException: Invalid replica region ${region}: it is the secret's primary region`,
      );
    if (secret.replicas.has(region))
      throw new Refusal(`InvalidParameterException: ${secret.name} is already replicated to ${region}`);
    this.#checkEncryptionKey(region, kmsKeyId);
    const taken = this.#secrets.find((other) => other.name === secret.name && inRegion(other, region));
    if (taken && !overwrite)
      throw new Refusal(`Replication failed: Secret name ${secret.name} already exists in region ${region}.`);
    if (taken) this.#forget(taken, region);
    secret.replicas.set(region, kmsKeyId);
  }

  /** @internal A deleted secret keeps its name until the window has passed; a window of 0 days frees it at once. */
  deleteSecret(secret: Secret, windowInDays: number): void {
    secret.replicas.clear();
    if (windowInDays === 0) this.#forget(secret, secret.primaryRegion);
    else secret.pendingDeletion = true;
  }

  /** @internal Returns the version's id. */
  putSecretValue(region: string, reference: string, version: SecretVersion): string {
    if (Buffer.byteLength(version.value) > 65_536)
      throw new Refusal("InvalidParameterException: value over 65536 bytes");
    const secret = this.primarySecret(region, reference);
    const { kmsKeyId } = secret;
    if (kmsKeyId !== null && kmsKeyId !== AWS_SECRETS_KEY && !this.resolveKey(region, kmsKeyId).copy.enabled)
      throw new Refusal(`EncryptionFailure: Secrets Manager can't encrypt with ${kmsKeyId}, which is disabled`);
    return this.#putVersion(secret, version);
  }

  #putVersion(secret: Secret, version: SecretVersion): string {
    const id = `00000000-0000-4000-8000-${(secret.versions.size + 1).toString(16).padStart(12, "0")}`;
    secret.versions.set(id, version);
    secret.currentVersion = id;
    return id;
  }

  #keyView(key: Key, copy: KeyCopy, region: string): KeyView {
    const { spec, usage, rotationPeriodInDays } = key;
    const { description, policy, tags } = copy;
    const role = !key.multiRegion ? "single-region" : region === key.primaryRegion ? "primary" : "replica";
    const arn = this.keyArn(key, region);
    return {
      keyId: key.id,
      arn,
      role,
      state: keyState(key, region),
      spec,
      usage,
      description,
      rotationPeriodInDays,
      policy,
      tags,
    };
  }

  #secretView(secret: Secret, region: string): SecretView {
    const { name, policy, tags, pendingDeletion } = secret;
    const role = region === secret.primaryRegion ? "primary" : "replica";
    const kmsKeyId = role === "primary" ? secret.kmsKeyId : (secret.replicas.get(region) ?? null);
    const value = secret.versions.get(secret.currentVersion ?? "")?.value ?? null;
    return { name, arn: this.secretArn(secret, region), role, kmsKeyId, value, policy, pendingDeletion, tags };
  }

  #addCopy(
    key: Key,
    region: string,
    { copy, bypassLockoutCheck }: Pick<KeyInput, "copy" | "bypassLockoutCheck">,
  ): void {
    checkTags(copy.tags);
    const policy =
      copy.policy === null ? this.#defaultKeyPolicy(region) : checkedKeyPolicy(copy.policy, region, bypassLockoutCheck);
    key.copies.set(region, { ...copy, policy, pendingDeletion: false });
  }

  #refuseTakenName(region: string, name: string): void {
    const taken = this.#secrets.find((secret) => secret.name === name && inRegion(secret, region));
    if (taken?.pendingDeletion)
      throw new Refusal(
        `InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion: ${name}`,
      );
    if (taken) throw new Refusal(`ResourceExistsException: the secret ${name} already exists in ${region}`);
  }

  #checkEncryptionKey(region: string, reference: string | null): void {
    if (reference === null || reference === AWS_SECRETS_KEY) return;
    const { key } = this.resolveKey(region, reference);
    if (key.spec !== "SYMMETRIC_DEFAULT")
      throw new Refusal(`InvalidParameterException: ${reference} is not a symmetric encryption key`);
  }

  #forget(secret: Secret, region: string): void {
    if (secret.primaryRegion === region) this.#secrets.splice(this.#secrets.indexOf(secret), 1);
    else secret.replicas.delete(region);
  }

  #arn(service: string, region: string, resource: string): string {
    return `arn:${partitionOf(region).partition}:${service}:${region}:${this.id}:${resource}`;
  }

  #defaultKeyPolicy(region: string): string {
    const root = `arn:${partitionOf(region).partition}:iam::${this.id}:root`;
    return JSON.stringify({
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [{ Sid: "Root", Effect: "Allow", Principal: { AWS: root }, Action: "kms:*", Resource: "*" }],
    });
  }

  #nextKeyId(multiRegion: boolean): string {
    const hex = (this.#keys.size + 1).toString(16);
    return multiRegion ? `mrk-${hex.padStart(32, "0")}` : `00000000-0000-4000-8000-${hex.padStart(12, "0")}`;
  }
}

function keyState(key: Key, region: string): KeyState {
  const copy = key.copies.get(region);
  if (!copy?.pendingDeletion) return copy?.enabled ? "Enabled" : "Disabled";
  const waits =
    region === key.primaryRegion &&
    [...key.copies].some(([other, { pendingDeletion }]) => other !== region && !pendingDeletion);
  return waits ? "PendingReplicaDeletion" : "PendingDeletion";
}

function newSecret(name: string, suffix: string, primaryRegion: string): Secret {
  return {
    name,
    suffix,
    primaryRegion,
    versions: new Map(),
    replicas: new Map(),
    currentVersion: null,
    description: null,
    kmsKeyId: null,
    policy: null,
    rotation: null,
    tags: {},
    pendingDeletion: false,
  };
}

/** AWS's is random. This one is the name's own: Terraform makes resources in no fixed order, so a count would vary. */
function suffixOf(name: string): string {
  return hash(name).toString(36).padStart(6, "0").slice(-6);
}

function inRegion(secret: Secret, region: string): boolean {
  return secret.primaryRegion === region || secret.replicas.has(region);
}

function checkTags(tags: Tags): void {
  const reserved = Object.keys(tags).find((name) => /^aws:/i.test(name));
  if (reserved !== undefined)
    throw new Refusal(`TagException: aws: prefixed tag key names are not allowed: ${reserved}`);
  if (Object.keys(tags).length > 50) throw new Refusal("TooManyTagsException: more than 50 tags");
}

interface PolicyStatement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
}

/** The statements of a resource policy, or a refusal when it is not one: form and partition of the principals. */
function checkedStatements(policy: string, region: string, bytes: number): PolicyStatement[] {
  const malformed = (why: string) => new Refusal(`MalformedPolicyDocumentException: ${why}`);
  if (Buffer.byteLength(policy) > bytes) throw new Refusal(`LimitExceededException: policy over ${bytes} bytes`);
  let document: { Statement?: PolicyStatement | PolicyStatement[] };
  try {
    document = JSON.parse(policy) as typeof document;
  } catch {
    throw malformed("the policy is not JSON");
  }
  const statements = [document.Statement ?? []].flat();
  if (statements.length === 0) throw malformed("the policy has no statement");
  for (const statement of statements) {
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw malformed("a statement has no Effect");
    if (!statement.Principal && !statement.NotPrincipal) throw malformed("a statement has no Principal");
    if (!statement.Action && !statement.NotAction) throw malformed("a statement has no Action");
    if (!statement.Resource && !statement.NotResource) throw malformed("a statement has no Resource");
    const principals = JSON.stringify(statement.Principal ?? statement.NotPrincipal);
    const foreign = [...principals.matchAll(/"arn:([\w-]+):/g)].find(([, it]) => it !== partitionOf(region).partition);
    if (foreign) throw malformed(`Invalid principal in policy: a principal of ${foreign[1]} in ${region}`);
  }
  return statements;
}

/** AWS's safety check in short: somebody must still be allowed to change the policy. */
function checkedKeyPolicy(policy: string, region: string, bypassLockoutCheck: boolean): string {
  const changeable = checkedStatements(policy, region, 32_768).some(
    ({ Effect, Action }) =>
      Effect === "Allow" && [Action ?? []].flat().some((action) => matchesAction(action, "kms:PutKeyPolicy")),
  );
  if (!changeable && !bypassLockoutCheck)
    throw new Refusal(
      "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    );
  return policy;
}

function matchesAction(pattern: string, action: string): boolean {
  return new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "i").test(action);
}

// ---------------------------------------------------------------------------------------------------------------------
// The resource models
// ---------------------------------------------------------------------------------------------------------------------

/** Where an operation happens: the account, the region that counts for the resource, the provider's default tags. */
interface Place {
  readonly account: Account;
  readonly region: string;
  readonly defaultTags: Tags;
}

type Check = (config: Attributes) => void;

interface ResourceModel {
  /** Attributes whose change replaces the resource. `region` is added for all. */
  readonly forceNew: readonly string[];
  /** Constants that are planned where the configuration says nothing. */
  readonly defaults?: Attributes;
  /** What `terraform validate` refuses; each throws a Refusal. */
  readonly checks?: readonly Check[];
  /** Adjusts the planned state, say where two spellings mean the same. */
  plan?(prior: Attributes | null, planned: Attributes, config: Attributes): void;
  /** Returns the id. */
  create(place: Place, planned: Attributes, config: Attributes): string;
  /** The state as the account has it now, over what `state` knows already; null when the thing is gone. */
  read(place: Place, state: Attributes): Attributes | null;
  update(place: Place, prior: Attributes, planned: Attributes): void;
  remove(place: Place, prior: Attributes): void;
}

function inRange(attribute: string, low: number, high: number, orZero = false): Check {
  return (config) => {
    const value = numeric(config[attribute]);
    if (value === null || (value >= low && value <= high) || (orZero && value === 0)) return;
    throw new Refusal(`expected ${attribute} to be in the range (${low} - ${high}), got ${value}`, attribute);
  };
}

function matching(attribute: string, pattern: RegExp, hint: string): Check {
  return (config) => {
    const value = text(config[attribute]);
    if (value !== null && !pattern.test(value))
      throw new Refusal(`invalid value for ${attribute} (${hint}): ${JSON.stringify(value)}`, attribute);
  };
}

function json(attribute: string): Check {
  return (config) => {
    const value = text(config[attribute]);
    if (value === null || value === "") return;
    try {
      JSON.parse(value);
    } catch {
      throw new Refusal(`"${attribute}" contains an invalid JSON policy`, attribute);
    }
  };
}

/** `others` may not be set beside `attribute`, whether known already or not. */
function exclusive(attribute: string, others: readonly string[]): Check {
  return (config) => {
    const other = others.find((name) => isSet(config[name]));
    if (isSet(config[attribute]) && other !== undefined)
      throw new Refusal(`Conflicting configuration arguments: "${attribute}": conflicts with ${other}`, attribute);
  };
}

function together(a: string, b: string): Check {
  return (config) => {
    const [set, missing] = isSet(config[a]) ? [a, b] : [b, a];
    if (isSet(config[set]) && !isSet(config[missing]))
      throw new Refusal(`Missing required argument: "${set}": all of \`${a},${b}\` must be specified`, set);
  };
}

function isSet(value: Value | undefined): boolean {
  return value !== null && value !== undefined;
}

function need<T>(value: T | null, what: string): T {
  if (value === null) throw new Refusal(`the stand-in needs ${what}`);
  return value;
}

/** The two tag attributes as the provider shows them: `tags` without what only the provider's default tags brought. */
function tagAttributes({ defaultTags }: Place, state: Attributes, tags: Tags): Attributes {
  const own = tagsOf(state.tags);
  const shown = Object.entries(tags).filter(([name, value]) => name in own || defaultTags[name] !== value);
  return {
    tags: shown.length === 0 && !isObject(state.tags) ? null : Object.fromEntries(shown),
    tags_all: { ...tags },
  };
}

/** Keeps the text that state already has for a policy when the account's means the same. */
function policyText(state: Attributes, inAccount: string | null): string | null {
  return sameJson(text(state.policy), inAccount) ? text(state.policy) : inAccount;
}

function keepEquivalentPolicy(prior: Attributes | null, planned: Attributes): void {
  const [before, after] = [text(prior?.policy), text(planned.policy)];
  if (before !== null && after !== null && sameJson(before, after)) planned.policy = before;
}

const KEY_DESCRIPTION = matching("description", /^.{0,8192}$/s, "at most 8192 characters");
const DELETION_WINDOW = inRange("deletion_window_in_days", 7, 30);

function copyInput(planned: Attributes, enabled: Value | undefined): Pick<KeyInput, "copy" | "bypassLockoutCheck"> {
  return {
    bypassLockoutCheck: planned.bypass_policy_lockout_safety_check === true,
    copy: {
      description: text(planned.description) ?? "",
      policy: text(planned.policy),
      enabled: enabled !== false,
      tags: tagsOf(planned.tags_all),
    },
  };
}

function updateCopy({ region, account }: Place, copy: KeyCopy, prior: Attributes, planned: Attributes): void {
  const tags = tagsOf(planned.tags_all);
  checkTags(tags);
  const policy = text(planned.policy);
  if (policy !== null && !sameJson(policy, text(prior.policy)))
    account.putKeyPolicy(region, copy, policy, planned.bypass_policy_lockout_safety_check === true);
  copy.description = text(planned.description) ?? "";
  copy.tags = tags;
}

/** A description that nobody wrote is null where the schema has it optional only, and "" where it is computed. */
function descriptionText(state: Attributes, { description }: KeyCopy): string | null {
  return description === "" && state.description === null ? null : description;
}

function rotationOf(planned: Attributes): number | null {
  return planned.enable_key_rotation === true ? (numeric(planned.rotation_period_in_days) ?? 365) : null;
}

const kmsKey: ResourceModel = {
  forceNew: ["customer_master_key_spec", "custom_key_store_id", "key_usage", "multi_region", "xks_key_id"],
  defaults: {
    bypass_policy_lockout_safety_check: false,
    customer_master_key_spec: "SYMMETRIC_DEFAULT",
    enable_key_rotation: false,
    is_enabled: true,
    key_usage: "ENCRYPT_DECRYPT",
  },
  checks: [
    KEY_DESCRIPTION,
    DELETION_WINDOW,
    inRange("rotation_period_in_days", 90, 2560),
    matching("key_usage", /^(ENCRYPT_DECRYPT|SIGN_VERIFY|GENERATE_VERIFY_MAC|KEY_AGREEMENT)$/, "a key usage"),
    json("policy"),
  ],
  plan: keepEquivalentPolicy,
  create({ account, region }, planned) {
    if (planned.multi_region === true && isSet(planned.custom_key_store_id))
      throw new Refusal("UnsupportedOperationException: a multi-Region key cannot be in a custom key store");
    const id = account.createKey(region, {
      ...copyInput(planned, planned.is_enabled),
      multiRegion: planned.multi_region === true,
      spec: text(planned.customer_master_key_spec) ?? "",
      usage: text(planned.key_usage) ?? "",
    });
    const { key } = account.resolveKey(region, id);
    account.setRotation(key, rotationOf(planned));
    return id;
  },
  read({ account, region, ...place }, state) {
    const id = text(state.id) ?? "";
    const found = account.findKey(region, id);
    if (!found) return null;
    const { key, copy } = found;
    if (key.multiRegion && key.primaryRegion !== region)
      throw new Refusal(`reading KMS Key (${id}): KMS Key (${id}) is not a multi-Region primary key`);
    return {
      ...state,
      ...tagAttributes({ account, region, ...place }, state, copy.tags),
      arn: account.keyArn(key, region),
      customer_master_key_spec: key.spec,
      description: descriptionText(state, copy) ?? "",
      enable_key_rotation: key.rotationPeriodInDays !== null,
      is_enabled: copy.enabled,
      key_id: id,
      key_usage: key.usage,
      multi_region: key.multiRegion,
      policy: policyText(state, copy.policy),
      rotation_period_in_days: key.rotationPeriodInDays,
    };
  },
  update(place, prior, planned) {
    const { key, copy } = place.account.resolveKey(place.region, text(prior.id) ?? "");
    updateCopy(place, copy, prior, planned);
    copy.enabled = planned.is_enabled === true;
    place.account.setRotation(key, rotationOf(planned));
  },
  remove({ account, region }, prior) {
    account.scheduleKeyDeletion(region, text(prior.id) ?? "");
  },
};

const kmsReplicaKey: ResourceModel = {
  forceNew: ["primary_key_arn"],
  defaults: { bypass_policy_lockout_safety_check: false, deletion_window_in_days: 30, enabled: true },
  checks: [
    KEY_DESCRIPTION,
    DELETION_WINDOW,
    matching("primary_key_arn", /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/.+$/, "an ARN of a key"),
    json("policy"),
  ],
  plan: keepEquivalentPolicy,
  create({ account, region }, planned) {
    return account.replicateKey(text(planned.primary_key_arn) ?? "", region, copyInput(planned, planned.enabled));
  },
  read({ account, region, ...place }, state) {
    const id = text(state.id) ?? "";
    const found = account.findKey(region, id);
    if (!found) return null;
    const { key, copy } = found;
    if (!key.multiRegion || key.primaryRegion === region)
      throw new Refusal(`reading KMS Replica Key (${id}): KMS Key (${id}) is not a multi-Region replica key`);
    return {
      ...state,
      ...tagAttributes({ account, region, ...place }, state, copy.tags),
      arn: account.keyArn(key, region),
      description: descriptionText(state, copy),
      enabled: copy.enabled,
      key_id: id,
      key_rotation_enabled: key.rotationPeriodInDays !== null,
      key_spec: key.spec,
      key_usage: key.usage,
      policy: policyText(state, copy.policy),
      primary_key_arn: account.keyArn(key, key.primaryRegion),
    };
  },
  update(place, prior, planned) {
    const { copy } = place.account.resolveKey(place.region, text(prior.id) ?? "");
    updateCopy(place, copy, prior, planned);
    copy.enabled = planned.enabled === true;
  },
  remove: kmsKey.remove,
};

const kmsAlias: ResourceModel = {
  forceNew: ["name", "name_prefix"],
  checks: [
    matching("name", /^alias\/[0-9A-Za-z_/-]+$/, "must begin with 'alias/' and have letters, digits, / _ - only"),
    matching("name", /^(?!alias\/aws\/)/, "cannot begin with reserved AWS CMK prefix 'alias/aws/'"),
  ],
  plan(prior, planned) {
    // An ARN and an id of one key are the same target.
    const id = (value: Value | undefined) => text(value)?.replace(/^arn:.*:key\//, "") ?? null;
    if (prior && id(prior.target_key_id) !== null && id(prior.target_key_id) === id(planned.target_key_id))
      planned.target_key_id = prior.target_key_id ?? null;
  },
  create({ account, region }, planned) {
    const name = need(text(planned.name), "an alias's name");
    account.createAlias(region, name, text(planned.target_key_id) ?? "");
    return name;
  },
  read({ account, region }, state) {
    const name = text(state.id) ?? "";
    const id = account.aliasTarget(region, name);
    if (id === undefined) return null;
    const kept = text(state.target_key_id)?.replace(/^arn:.*:key\//, "") === id;
    return {
      ...state,
      name,
      name_prefix: "",
      arn: account.aliasArn(region, name),
      target_key_id: kept ? (state.target_key_id ?? null) : id,
      target_key_arn: account.aliasArn(region, `key/${id}`),
    };
  },
  update({ account, region }, prior, planned) {
    account.updateAlias(region, text(prior.id) ?? "", text(planned.target_key_id) ?? "");
  },
  remove({ account, region }, prior) {
    account.deleteAlias(region, text(prior.id) ?? "");
  },
};

const kmsKeyPolicy: ResourceModel = {
  forceNew: [],
  defaults: { bypass_policy_lockout_safety_check: false },
  checks: [json("policy")],
  plan: keepEquivalentPolicy,
  create({ account, region }, planned) {
    const id = text(planned.key_id) ?? "";
    const { copy } = account.resolveKey(region, id);
    account.putKeyPolicy(region, copy, text(planned.policy), planned.bypass_policy_lockout_safety_check === true);
    return id;
  },
  read({ account, region }, state) {
    const id = text(state.id) ?? "";
    const found = account.findKey(region, id.replace(/^arn:.*:key\//, ""));
    return found ? { ...state, key_id: id, policy: policyText(state, found.copy.policy) } : null;
  },
  update(place, _prior, planned) {
    kmsKeyPolicy.create(place, planned, planned);
  },
  remove({ account, region }, prior) {
    const { copy } = account.resolveKey(region, text(prior.id) ?? "");
    account.putKeyPolicy(region, copy, null, true);
  },
};

function replicasOf(attributes: Attributes): Map<string, string | null> {
  return new Map(blocksOf(attributes.replica).map((block) => [text(block.region) ?? "", text(block.kms_key_id)]));
}

/**
 * A replica block that was there before keeps its status; a new one has it known after apply. Dropping all blocks is no
 * change at all, since the set of blocks is computed too: so does the real 5.100.0 (6.x was not tried).
 */
function planReplicas(prior: Attributes | null, planned: Attributes, config: Attributes): void {
  const before = blocksOf(prior?.replica);
  if (listOf(config.replica).length === 0 && Array.isArray(config.replica) && prior) {
    planned.replica = before;
    return;
  }
  planned.replica = blocksOf(config.replica).map((block) => {
    const known = before.find(
      (other) =>
        other.region === block.region && (!isSet(block.kms_key_id) || same(other.kms_key_id, block.kms_key_id)),
    );
    return known ?? { status: null, ...block };
  });
}

const secretsmanagerSecret: ResourceModel = {
  forceNew: ["name", "name_prefix"],
  defaults: { force_overwrite_replica_secret: false, recovery_window_in_days: 30 },
  checks: [
    matching("name", /^[0-9A-Za-z/_+=.@-]{1,512}$/, "1 to 512 letters, digits and /_+=.@-"),
    inRange("recovery_window_in_days", 7, 30, true),
    json("policy"),
  ],
  plan(prior, planned, config) {
    keepEquivalentPolicy(prior, planned);
    planReplicas(prior, planned, config);
  },
  create({ account, region }, planned) {
    const arn = account.createSecret(region, {
      name: need(text(planned.name), "a secret's name"),
      description: text(planned.description),
      kmsKeyId: text(planned.kms_key_id),
      tags: tagsOf(planned.tags_all),
      replicas: replicasOf(planned),
      overwriteReplica: planned.force_overwrite_replica_secret === true,
    });
    const policy = text(planned.policy);
    if (policy !== null)
      secretsmanagerSecretPolicy.create({ account, region, defaultTags: {} }, { secret_arn: arn, policy }, {});
    return arn;
  },
  read({ account, region, ...place }, state) {
    const secret = account.findSecret(region, text(state.id) ?? "");
    if (!secret) return null;
    const shown = new Map(blocksOf(state.replica).map((block) => [text(block.region), block.kms_key_id ?? null]));
    return {
      ...state,
      ...tagAttributes({ account, region, ...place }, state, secret.tags),
      arn: account.secretArn(secret, region),
      description: secret.description,
      kms_key_id: secret.kmsKeyId,
      name: secret.name,
      name_prefix: "",
      policy: policyText(state, secret.policy) ?? "",
      replica: [...secret.replicas].map(([replica, key]) => ({
        region: replica,
        // AWS names its own key; a schema that does not have the attribute computed keeps the null it planned.
        kms_key_id: key ?? (shown.get(replica) === null ? null : AWS_SECRETS_KEY),
        status: "InSync",
        status_message: "Replication succeeded",
        last_accessed_date: "",
      })),
    };
  },
  update({ account, region, defaultTags }, prior, planned) {
    const secret = account.primarySecret(region, text(prior.id) ?? "");
    const [before, after] = [replicasOf(prior), replicasOf(planned)];
    for (const [replica, key] of before)
      if (!after.has(replica) || after.get(replica) !== key) secret.replicas.delete(replica);
    const overwrite = planned.force_overwrite_replica_secret === true;
    for (const [replica, key] of after)
      if (!secret.replicas.has(replica)) account.addSecretReplica(secret, replica, key, overwrite);
    if (planned.kms_key_id !== prior.kms_key_id) account.setSecretKey(secret, text(planned.kms_key_id));
    const tags = tagsOf(planned.tags_all);
    checkTags(tags);
    secret.tags = tags;
    secret.description = text(planned.description);
    const policy = text(planned.policy);
    // Neither null nor "" takes a policy away; the provider's documentation says so.
    if (policy && !sameJson(policy, secret.policy))
      secretsmanagerSecretPolicy.create({ account, region, defaultTags }, { secret_arn: prior.id ?? null, policy }, {});
  },
  remove({ account, region }, prior) {
    const secret = account.primarySecret(region, text(prior.id) ?? "");
    account.deleteSecret(secret, numeric(prior.recovery_window_in_days) ?? 30);
  },
};

const secretsmanagerSecretVersion: ResourceModel = {
  forceNew: ["secret_id", "secret_string", "secret_binary", "secret_string_wo_version"],
  checks: [
    exclusive("secret_string", ["secret_binary", "secret_string_wo"]),
    exclusive("secret_binary", ["secret_string_wo"]),
    together("secret_string_wo", "secret_string_wo_version"),
  ],
  create({ account, region }, planned, config) {
    // A write-only value is in the configuration alone, never in the plan.
    const [writeOnly, plain, binary] = [
      text(config.secret_string_wo),
      text(planned.secret_string),
      text(planned.secret_binary),
    ];
    const value = writeOnly ?? plain ?? binary;
    if (value === null || value === "")
      throw new Refusal("InvalidRequestException: You must provide either SecretString or SecretBinary.");
    const secretId = text(planned.secret_id) ?? "";
    const version = account.putSecretValue(region, secretId, {
      value,
      binary: writeOnly === null && plain === null,
      writeOnly: writeOnly !== null,
    });
    return `${secretId}|${version}`;
  },
  read({ account, region }, state) {
    const [secretId = "", versionId = ""] = (text(state.id) ?? "").split("|");
    const secret = account.findSecret(region, secretId);
    const version = secret?.versions.get(versionId);
    if (!secret || !version) return null;
    return {
      ...state,
      arn: account.secretArn(secret, region),
      has_secret_string_wo: version.writeOnly,
      secret_binary: version.binary ? version.value : null,
      secret_id: secretId,
      secret_string: version.binary || version.writeOnly ? null : version.value,
      version_id: versionId,
      version_stages: [secret.currentVersion === versionId ? "AWSCURRENT" : "AWSPREVIOUS"],
    };
  },
  update() {
    throw new Refusal("the stand-in does not change staging labels");
  },
  // The version that is AWSCURRENT outlives its resource, as with the real provider.
  remove() {},
};

const secretsmanagerSecretRotation: ResourceModel = {
  forceNew: ["secret_id"],
  defaults: { rotate_immediately: true },
  checks: [
    (config) => {
      const rules = blocksOf(config.rotation_rules);
      rules.forEach(inRange("automatically_after_days", 1, 1000));
      if (rules.some((rule) => isSet(rule.automatically_after_days) === isSet(rule.schedule_expression)))
        throw new Refusal(
          "one of automatically_after_days and schedule_expression must be specified",
          "rotation_rules",
        );
    },
  ],
  create({ account, region }, planned) {
    const secretId = text(planned.secret_id) ?? "";
    const lambdaArn = text(planned.rotation_lambda_arn);
    if (lambdaArn !== null && parseArn(lambdaArn)?.region !== region)
      throw new Refusal(`ResourceNotFoundException: ${lambdaArn} is not a function of ${region}`);
    account.primarySecret(region, secretId).rotation = { lambdaArn, rules: blocksOf(planned.rotation_rules) };
    return secretId;
  },
  read({ account, region }, state) {
    const rotation = account.findSecret(region, text(state.id) ?? "")?.rotation;
    if (!rotation) return null;
    const { lambdaArn, rules } = rotation;
    return {
      ...state,
      secret_id: state.id ?? null,
      rotation_enabled: true,
      rotation_lambda_arn: lambdaArn,
      rotation_rules: rules,
    };
  },
  update(place, _prior, planned) {
    secretsmanagerSecretRotation.create(place, planned, planned);
  },
  remove({ account, region }, prior) {
    account.primarySecret(region, text(prior.id) ?? "").rotation = null;
  },
};

const secretsmanagerSecretPolicy: ResourceModel = {
  forceNew: ["secret_arn"],
  checks: [json("policy")],
  plan: keepEquivalentPolicy,
  create({ account, region }, planned) {
    const arn = text(planned.secret_arn) ?? "";
    const policy = text(planned.policy) ?? "";
    const secret = account.primarySecret(region, arn);
    checkedStatements(policy, region, 20_480);
    secret.policy = policy;
    return arn;
  },
  read({ account, region }, state) {
    const secret = account.findSecret(region, text(state.id) ?? "");
    if (!secret || secret.policy === null) return null;
    return { ...state, secret_arn: state.id ?? null, policy: policyText(state, secret.policy) };
  },
  update(place, _prior, planned) {
    secretsmanagerSecretPolicy.create(place, planned, planned);
  },
  remove({ account, region }, prior) {
    account.primarySecret(region, text(prior.id) ?? "").policy = null;
  },
};

const RESOURCES: Readonly<Record<string, ResourceModel>> = {
  aws_kms_key: kmsKey,
  aws_kms_replica_key: kmsReplicaKey,
  aws_kms_alias: kmsAlias,
  aws_kms_key_policy: kmsKeyPolicy,
  aws_secretsmanager_secret: secretsmanagerSecret,
  aws_secretsmanager_secret_version: secretsmanagerSecretVersion,
  aws_secretsmanager_secret_rotation: secretsmanagerSecretRotation,
  aws_secretsmanager_secret_policy: secretsmanagerSecretPolicy,
};

// ---------------------------------------------------------------------------------------------------------------------
// Data sources and ephemeral resources
// ---------------------------------------------------------------------------------------------------------------------

type DataSource = (place: Place, config: Attributes) => Attributes;

const DATA_SOURCES: Readonly<Record<string, DataSource>> = {
  aws_region: ({ region: own }, config) => {
    const region = text(config.name) ?? own;
    const endpoint = `ec2.${region}.${partitionOf(region).dnsSuffix}`;
    return { ...config, id: region, name: region, region, description: `Region ${region}`, endpoint };
  },
  aws_caller_identity: ({ account, region }) => ({
    id: account.id,
    account_id: account.id,
    arn: `arn:${partitionOf(region).partition}:iam::${account.id}:user/stand-in`,
    user_id: "AIDASTANDIN",
  }),
  aws_partition: ({ region }) => {
    const { partition, dnsSuffix } = partitionOf(region);
    const reversed = dnsSuffix.split(".").reverse().join(".");
    return { id: partition, partition, dns_suffix: dnsSuffix, reverse_dns_prefix: reversed };
  },
  aws_iam_policy_document: (_place, config) => {
    const document = policyDocument(config);
    return {
      ...config,
      id: String(hash(JSON.stringify(document))),
      json: JSON.stringify(document, null, 2),
      minified_json: JSON.stringify(document),
      version: document.Version,
    };
  },
};

interface PolicyDocument {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: Attributes[];
}

/** The document, to the byte what the real data source writes: a single value bare, several in falling order. */
function policyDocument(config: Attributes): PolicyDocument {
  const own = blocksOf(config.statement).map(policyStatement);
  const sids = own.map((statement) => statement.Sid).filter(isSet);
  const twice = sids.find((sid, index) => sids.indexOf(sid) !== index);
  if (twice !== undefined) throw new Refusal(`duplicate Sid (${twice})`);
  const source = sourceStatements(config.source_policy_documents);
  const override = sourceStatements(config.override_policy_documents);
  const policyId = text(config.policy_id);
  return {
    Version: text(config.version) ?? "2012-10-17",
    ...(policyId === null ? {} : { Id: policyId }),
    Statement: override.reduce(mergeStatement, own.reduce(mergeStatement, source)),
  };
}

function sourceStatements(documents: Value | undefined): Attributes[] {
  return textsOf(documents).flatMap((document) =>
    [(JSON.parse(document) as { Statement: Attributes | Attributes[] }).Statement].flat(),
  );
}

function mergeStatement(statements: Attributes[], next: Attributes): Attributes[] {
  const index = isSet(next.Sid) ? statements.findIndex((statement) => statement.Sid === next.Sid) : -1;
  return index === -1 ? [...statements, next] : statements.with(index, next);
}

function policyStatement(block: Attributes): Attributes {
  const parts: [string, Value][] = [
    ["Sid", text(block.sid) || null],
    ["Effect", text(block.effect) ?? "Allow"],
    ["Action", oneOrSorted(block.actions)],
    ["NotAction", oneOrSorted(block.not_actions)],
    ["Resource", oneOrSorted(block.resources)],
    ["NotResource", oneOrSorted(block.not_resources)],
    ["Principal", policyPrincipals(block.principals)],
    ["NotPrincipal", policyPrincipals(block.not_principals)],
    ["Condition", policyConditions(block.condition)],
  ];
  return Object.fromEntries(parts.filter(([, value]) => value !== null));
}

function oneOrSorted(value: Value | undefined): Value {
  return bareIfOne(fallingTexts(value));
}

function fallingTexts(value: Value | undefined): string[] {
  return textsOf(value).sort().reverse();
}

function bareIfOne(values: string[]): Value {
  return values.length > 1 ? values : (values[0] ?? null);
}

function policyPrincipals(blocks: Value | undefined): Value {
  const byType = grouped(blocksOf(blocks), "type");
  if (byType.size === 0) return null;
  const principals = [...byType].map(
    ([type, group]) => [type, bareIfOne(group.flatMap((block) => fallingTexts(block.identifiers)))] as const,
  );
  // A principal of type "*" is everybody, which IAM writes without a type.
  return principals.length === 1 && principals[0]?.[0] === "*" ? "*" : Object.fromEntries(principals);
}

function policyConditions(blocks: Value | undefined): Value {
  const byTest = grouped(blocksOf(blocks), "test");
  if (byTest.size === 0) return null;
  return Object.fromEntries(
    [...byTest].map(([test, group]) => [
      test,
      Object.fromEntries(group.map((block) => [text(block.variable) ?? "", oneOrSorted(block.values)])),
    ]),
  );
}

function grouped(blocks: readonly Attributes[], by: string): Map<string, Attributes[]> {
  const groups = new Map<string, Attributes[]>();
  for (const block of blocks) {
    const name = text(block[by]) ?? "";
    groups.set(name, [...(groups.get(name) ?? []), block]);
  }
  return groups;
}

/** A number that stands for a text; the real data source has such an id too. */
function hash(of: string): number {
  return [...of].reduce((sum, letter) => (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0, 7);
}

type EphemeralResource = (place: Place, config: Attributes) => Attributes;

const EPHEMERAL_RESOURCES: Readonly<Record<string, EphemeralResource>> = {
  aws_secretsmanager_random_password: ({ region }, config) => ({
    ...config,
    region,
    random_password: "stand-in-password".padEnd(numeric(config.password_length) ?? 32, "0123456789"),
  }),
};

// ---------------------------------------------------------------------------------------------------------------------
// The provider: schema and models together
// ---------------------------------------------------------------------------------------------------------------------

/** The configured state of one connection, hence of one provider block: Terraform opens a connection for each. */
interface Configuration {
  readonly region: string;
  readonly defaultTags: Tags;
}

/** What the requests of the protocol carry, together; each rpc has its own subset. */
interface Request {
  readonly type_name: string;
  readonly id: string;
  readonly config: Wire | null;
  readonly prior_state: Wire | null;
  readonly proposed_new_state: Wire | null;
  readonly planned_state: Wire | null;
  readonly current_state: Wire | null;
  readonly raw_state: { readonly json: Uint8Array } | null;
  readonly client_capabilities: { readonly write_only_attributes_allowed: boolean } | null;
}

type Rpc = (request: Request, peer: string) => object;

/** Which version of the real provider the stand-in looks like. */
export type StandInVersion = "5.100" | "6.25";

export interface StandInOptions {
  readonly version: StandInVersion;
  /** A fresh account when absent; pass one to keep it over several stand-ins. */
  readonly account?: Account;
  /**
   * Whether `secret_string` draws the warning "Available Write-only Attribute Alternative". Off by default: users report
   * it of some versions, the real 5.100.0 does not give it.
   */
  readonly writeOnlyWarning?: boolean;
}

class Provider {
  readonly #schema: ProviderSchema;
  readonly #account: Account;
  readonly #writeOnlyWarning: boolean;
  readonly #configurations = new Map<string, Configuration>();

  constructor(schema: ProviderSchema, account: Account, writeOnlyWarning: boolean) {
    this.#schema = schema;
    this.#account = account;
    this.#writeOnlyWarning = writeOnlyWarning;
  }

  readonly rpcs: Readonly<Record<string, Rpc>> = {
    GetSchema: () => ({
      provider: schemaMessage(this.#schema.provider),
      resource_schemas: mapValues(this.#schema.resource_schemas, schemaMessage),
      data_source_schemas: mapValues(this.#schema.data_source_schemas, schemaMessage),
      ephemeral_resource_schemas: mapValues(this.#schema.ephemeral_resource_schemas, schemaMessage),
    }),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    Configure: ({ config }, peer) => {
      this.#configurations.set(peer, this.#configure(fromWire(config) ?? {}));
      return {};
    },
    Stop: () => ({}),
    ValidateResourceTypeConfig: (request) => ({ diagnostics: this.#validate(request) }),
    ValidateDataSourceConfig: () => ({}),
    ValidateEphemeralResourceConfig: () => ({}),
    UpgradeResourceState: ({ type_name, raw_state }) => {
      const stored = JSON.parse(Buffer.from(raw_state?.json ?? []).toString()) as Attributes;
      return { upgraded_state: toWire(conform(this.#block(type_name), stored)) };
    },
    ReadResource: ({ type_name, current_state }, peer) => {
      const state = fromWire(current_state) ?? {};
      return { new_state: this.#readState(type_name, this.#place(peer, state), state) };
    },
    PlanResourceChange: (request, peer) => ({ ...this.#plan(request, peer), legacy_type_system: true }),
    ApplyResourceChange: (request, peer) => ({ ...this.#apply(request, peer), legacy_type_system: true }),
    ImportResourceState: ({ type_name, id }, peer) => {
      // The real version 6 takes `id@region`.
      const [, bare = id, region] = /^(.*)@([a-z0-9-]+)$/.exec(id) ?? [];
      const state = { id: bare, region: region ?? this.#place(peer, {}).region };
      return { imported_resources: [{ type_name, state: toWire(conform(this.#block(type_name), state)) }] };
    },
    ReadDataSource: ({ type_name, config }, peer) => {
      const given = fromWire(config) ?? {};
      const read = modelled(DATA_SOURCES, type_name)(this.#place(peer, given), given);
      return { state: toWire(conform(modelled(this.#schema.data_source_schemas, type_name).block, read)) };
    },
    OpenEphemeralResource: ({ type_name, config }, peer) => {
      const given = fromWire(config) ?? {};
      const opened = modelled(EPHEMERAL_RESOURCES, type_name)(this.#place(peer, given), given);
      return { result: toWire(conform(modelled(this.#schema.ephemeral_resource_schemas, type_name).block, opened)) };
    },
    CloseEphemeralResource: () => ({}),
  };

  #block(type: string): SchemaBlock {
    return modelled(this.#schema.resource_schemas, type).block;
  }

  #configure(config: Attributes): Configuration {
    const region = text(config.region);
    if (region === null) throw new Refusal("Invalid provider configuration: Missing region");
    checkRegion(region);
    const allowed = textsOf(config.allowed_account_ids);
    if (allowed.length > 0 && !allowed.includes(this.#account.id))
      throw new Refusal(`AWS account ID not allowed: ${this.#account.id}`);
    return { region, defaultTags: tagsOf(blocksOf(config.default_tags)[0]?.tags) };
  }

  /** The connection's region, unless the resource says `region` itself, which only version 6's schema has. */
  #place(peer: string, attributes: Attributes): Place {
    const configuration = this.#configurations.get(peer);
    if (!configuration) throw new Refusal("Invalid provider configuration: the provider is not configured");
    const region = text(attributes.region) ?? configuration.region;
    if (partitionOf(region).partition !== partitionOf(configuration.region).partition)
      throw new Refusal(`Invalid Region Value: ${region} is not in the partition of ${configuration.region}`, "region");
    return { account: this.#account, region, defaultTags: configuration.defaultTags };
  }

  #validate({ type_name, config, client_capabilities }: Request): object[] {
    const given = fromWire(config) ?? {};
    const region = text(given.region);
    const checks: Check[] = [
      () => region !== null && checkRegion(region),
      ...(modelled(RESOURCES, type_name).checks ?? []),
    ];
    const errors = checks.flatMap((check) => {
      try {
        check(given);
        return [];
      } catch (error) {
        if (error instanceof Refusal) return [diagnostic(error)];
        throw error;
      }
    });
    const wordy = this.#writeOnlyWarning && client_capabilities?.write_only_attributes_allowed === true;
    return wordy && isSet(given.secret_string) ? [...errors, WRITE_ONLY_WARNING] : errors;
  }

  #readState(type: string, place: Place, state: Attributes): Wire {
    const read = modelled(RESOURCES, type).read(place, state);
    return toWire(read && this.#asState(type, { ...read, region: place.region }));
  }

  /** As it may be stored: nothing unknown, no write-only value, no attribute that the schema lacks. */
  #asState(type: string, attributes: Attributes): Attributes {
    const block = this.#block(type);
    return known(conform(block, withoutWriteOnly(block, attributes))) as Attributes;
  }

  #plan({ type_name, ...request }: Request, peer: string): object {
    const model = modelled(RESOURCES, type_name);
    const block = this.#block(type_name);
    const [prior, proposed] = [fromWire(request.prior_state), fromWire(request.proposed_new_state)];
    if (!proposed) return { planned_state: toWire(null) };
    const config = fromWire(request.config) ?? {};
    const planned = withoutWriteOnly(block, conform(block, proposed));
    const place = this.#place(peer, config);
    for (const [name, value] of Object.entries(model.defaults ?? {})) if (!isSet(config[name])) planned[name] = value;
    if (block.attributes?.region && !isSet(config.region)) planned.region = place.region;
    if (block.attributes?.tags_all) planned.tags_all = allTags(place, config.tags ?? null);
    model.plan?.(prior, planned, config);
    const replaced = prior ? [...model.forceNew, "region"].filter((name) => !same(prior[name], planned[name])) : [];
    return {
      planned_state: toWire(conform(block, markUnknown(block, planned, prior === null))),
      requires_replace: replaced.map(attributePath),
    };
  }

  #apply({ type_name, ...request }: Request, peer: string): object {
    const model = modelled(RESOURCES, type_name);
    const [prior, planned] = [fromWire(request.prior_state), fromWire(request.planned_state)];
    const place = this.#place(peer, planned ?? prior ?? {});
    const config = fromWire(request.config) ?? {};
    try {
      if (!planned) {
        model.remove(place, prior ?? {});
        return { new_state: toWire(null) };
      }
      if (prior) model.update(place, prior, known(planned) as Attributes);
      const id = prior ? (prior.id ?? null) : model.create(place, known(planned) as Attributes, config);
      return { new_state: this.#readState(type_name, place, { ...planned, id }) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // What was not changed is still there: Terraform keeps the state that it had.
      return { new_state: request.prior_state, diagnostics: [diagnostic(error)] };
    }
  }
}

const WRITE_ONLY_WARNING = {
  severity: "WARNING",
  summary: "Available Write-only Attribute Alternative",
  detail: "The attribute secret_string has a write-only alternative secret_string_wo available.",
  attribute: attributePath("secret_string"),
};

function modelled<T>(of: Readonly<Record<string, T>>, type: string): T {
  const found = of[type];
  if (found === undefined) throw new Refusal(`the stand-in for the AWS provider does not know ${type}`);
  return found;
}

function checkRegion(region: string): void {
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(region)) throw new Refusal(`invalid AWS Region: ${region}`, "region");
}

function allTags({ defaultTags }: Place, tags: Value): Value {
  if (tags instanceof Unknown) return UNKNOWN;
  return { ...defaultTags, ...(isObject(tags) ? tags : {}) };
}

/** Computed attributes that nobody set are known after apply: all of a new resource, and of a new nested block. */
function markUnknown(block: SchemaBlock, planned: Attributes, isNew: boolean): Attributes {
  const mark = ([name, { computed }]: [string, SchemaAttribute]) =>
    computed && !isSet(planned[name]) ? [[name, UNKNOWN]] : [];
  const nested = Object.entries(block.block_types ?? {}).map(([name, { block: inner }]) => [
    name,
    Array.isArray(planned[name])
      ? blocksOf(planned[name]).map((element) => markUnknown(inner, element, isNew || element.status === null))
      : (planned[name] ?? null),
  ]);
  const unknown = isNew ? Object.entries(block.attributes ?? {}).flatMap(mark) : [];
  return { ...planned, ...Object.fromEntries(nested), ...Object.fromEntries(unknown) };
}

function withoutWriteOnly(block: SchemaBlock, attributes: Attributes): Attributes {
  const hidden = Object.entries(block.attributes ?? {}).filter(([, attribute]) => attribute.write_only);
  return { ...attributes, ...Object.fromEntries(hidden.map(([name]) => [name, null])) };
}

/** The value with null for what is unknown, at any depth. */
function known(value: Value): Value {
  if (value instanceof Unknown) return null;
  if (Array.isArray(value)) return value.map(known);
  return isObject(value) ? mapValues(value, known) : value;
}

function mapValues<T, R>(of: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}

// ---------------------------------------------------------------------------------------------------------------------
// The server
// ---------------------------------------------------------------------------------------------------------------------

/** A running stand-in. */
export interface StandIn {
  readonly account: Account;
  /** The value of TF_REATTACH_PROVIDERS that makes `terraform` use it in place of hashicorp/aws. */
  readonly reattach: string;
  close(): void;
}

const SCHEMA_FILES: Readonly<Record<StandInVersion, URL>> = {
  "5.100": new URL("../../fixtures/schemas/aws-provider-5.100.schema.json", import.meta.url),
  "6.25": new URL("../../fixtures/schemas/aws-provider-6.25.schema.json", import.meta.url),
};

const protocol = loadPackageDefinition(
  loadSync(fileURLToPath(new URL("tfplugin5.proto", import.meta.url)), {
    keepCase: true,
    enums: String,
    longs: Number,
  }),
) as unknown as { readonly tfplugin5: { readonly Provider: { readonly service: ServiceDefinition } } };

/** Starts the stand-in on a free port of the loopback. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const account = options.account ?? new Account();
  const schema = JSON.parse(readFileSync(SCHEMA_FILES[options.version], "utf8")) as ProviderSchema;
  const provider = new Provider(schema, account, options.writeOnlyWarning ?? false);
  const server = new Server();
  server.addService(protocol.tfplugin5.Provider.service, mapValues(provider.rpcs, handler));
  // TCP and not a Unix socket: only a TCP peer has a name, and the name is what keeps the provider blocks apart.
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const plugin = {
    Protocol: "grpc",
    ProtocolVersion: 5,
    Pid: process.pid,
    Test: true,
    Addr: { Network: "tcp", String: `127.0.0.1:${port}` },
  };
  return { account, reattach: JSON.stringify({ "hashicorp/aws": plugin }), close: () => server.forceShutdown() };
}

/** A refusal becomes a diagnostic of the answer; anything else is a bug of the stand-in, and shows its stack. */
function handler(rpc: Rpc) {
  return (call: ServerUnaryCall<Request, object>, done: sendUnaryData<object>): void => {
    try {
      done(null, rpc(call.request, call.getPeer()));
    } catch (error) {
      if (error instanceof Refusal) done(null, { diagnostics: [diagnostic(error)] });
      else
        done({
          code: status.INTERNAL,
          details: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
    }
  };
}

function diagnostic({ message, attribute }: Refusal): object {
  const path = attribute === undefined ? {} : { attribute: attributePath(attribute) };
  return { severity: "ERROR", summary: message, ...path };
}

function attributePath(attribute: string): object {
  return { steps: [{ attribute_name: attribute }] };
}

function schemaMessage({ version, block }: Schema): object {
  return { version, block: blockMessage(block) };
}

function blockMessage(block: SchemaBlock): object {
  return {
    attributes: Object.entries(block.attributes ?? {}).map(([name, { type, ...flags }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...flags,
    })),
    block_types: Object.entries(block.block_types ?? {}).map(([type_name, nested]) => ({
      type_name,
      nesting: nested.nesting_mode.toUpperCase(),
      min_items: nested.min_items ?? 0,
      max_items: nested.max_items ?? 0,
      block: blockMessage(nested.block),
    })),
  };
}
