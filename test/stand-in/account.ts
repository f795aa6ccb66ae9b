/**
 * One AWS account in memory: operations of KMS, Secrets Manager and Systems Manager's parameters come in, ids, ARNs and views of what is there go out,
 * and a `Refusal` of what AWS refuses.
 */
import { ParameterStore } from "./parameter-store.ts";
import { checkedKeyPolicy, checkedStatements, checkTags, parseArn, partitionOf } from "./rules.ts";
import { type Attributes, hash, Refusal, type Tags } from "./values.ts";

type KeyState = "Enabled" | "Disabled" | "PendingImport" | "PendingDeletion" | "PendingReplicaDeletion";

export interface KeyCopy {
  description: string;
  policy: string;
  enabled: boolean;
  pendingDeletion: boolean;
  tags: Tags;
  /** Whether its material is still to be imported. */
  pendingImport: boolean;
  /** When imported material expires, as RFC 3339 has it; null for never. */
  validTo: string | null;
  readonly grants: Map<string, Grant>;
}

/** A grant as it was asked for. */
export interface Grant {
  readonly name: string | null;
  readonly grantee: string;
  readonly retiring: string | null;
  readonly operations: readonly string[];
  readonly constraints: Attributes | null;
}

type KeyOrigin = "AWS_KMS" | "EXTERNAL";

export interface Key {
  readonly id: string;
  readonly multiRegion: boolean;
  readonly spec: string;
  readonly usage: string;
  readonly origin: KeyOrigin;
  primaryRegion: string;
  rotationPeriodInDays: number | null;
  readonly copies: Map<string, KeyCopy>;
}

/** The defaults of EBS in a region. */
interface EbsSettings {
  isEncrypting: boolean;
  /** The ARN of a key; AWS's own where there is none. */
  defaultKey: string | undefined;
}

/** A log group in a region. */
export interface LogGroup {
  readonly name: string;
  readonly logClass: string;
  /** The ARN of the key that new events are encrypted with; null for none. */
  kmsKeyId: string | null;
  /** In days; 0 for ever. */
  retention: number;
  tags: Tags;
  /** Tells it from others that have had its name: the events are those of one log group. */
  readonly number: number;
}

/** How a bucket encrypts new objects. */
interface BucketEncryption {
  readonly algorithm: string;
  readonly kmsKeyId: string | null;
  readonly hasBucketKey: boolean;
}

/** What a bucket has when no one says anything (Amazon S3 User Guide: Setting default server-side encryption behavior). */
const SSE_S3: BucketEncryption = { algorithm: "AES256", kmsKeyId: null, hasBucketKey: false };

interface SecretVersion {
  readonly value: string;
  readonly binary: boolean;
  readonly writeOnly: boolean;
}

interface SecretRotation {
  readonly lambdaArn: string | null;
  readonly rules: Attributes[];
}

export interface Secret {
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
  readonly grants: readonly Grant[];
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
  /** Imported material, which is there already; by default KMS's own. */
  readonly origin?: KeyOrigin;
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

export interface KeyInput {
  readonly multiRegion: boolean;
  readonly spec: string;
  readonly usage: string;
  readonly origin: KeyOrigin;
  readonly bypassLockoutCheck: boolean;
  readonly copy: Pick<KeyCopy, "description" | "enabled" | "tags"> & { readonly policy: string | null };
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
export const AWS_SECRETS_KEY = "alias/aws/secretsmanager";

const SPECS_OF_USAGE: Readonly<Record<string, RegExp>> = {
  ENCRYPT_DECRYPT: /^(SYMMETRIC_DEFAULT|RSA_.*|SM2)$/,
  SIGN_VERIFY: /^(RSA_.*|ECC_.*|ML_DSA_.*|SM2)$/,
  GENERATE_VERIFY_MAC: /^HMAC_.*$/,
  KEY_AGREEMENT: /^(ECC_NIST_P.*|SM2)$/,
};

/** The operations that a grant may permit, by usage (AWS KMS Developer Guide, Grants, Grant operations). */
const ENCRYPTING = "Decrypt Encrypt ReEncryptFrom ReEncryptTo CreateGrant DescribeKey RetireGrant";
const OPERATIONS_OF_USAGE: Readonly<Record<string, string>> = {
  symmetric: `${ENCRYPTING} GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext`,
  ENCRYPT_DECRYPT: `${ENCRYPTING} GetPublicKey`,
  SIGN_VERIFY: "Sign Verify GetPublicKey CreateGrant DescribeKey RetireGrant",
  GENERATE_VERIFY_MAC: "GenerateMac VerifyMac CreateGrant DescribeKey RetireGrant",
  KEY_AGREEMENT: "DeriveSharedSecret GetPublicKey CreateGrant DescribeKey RetireGrant",
};

/**
 * One AWS account: keys, aliases and secrets of every region. Its ids are counted, so the same calls give the same
 * ids. The public methods are for tests; those marked internal are the operations that the resource models call.
 */
export class Account {
  readonly id: string;
  readonly #keys = new Map<string, Key>();
  readonly #aliases = new Map<string, Map<string, string>>();
  readonly #secrets: Secret[] = [];
  /** Systems Manager's parameters, value by ARN. */
  readonly #parameters = new Map<string, string>();
  /** Regions that cannot be reached, as in an outage. */
  readonly unreachable = new Set<string>();
  /** How often a value was sent to a secret, and how often switching rotation on has changed one. */
  valuesSent = 0;
  readonly #ebs = new Map<string, EbsSettings>();
  /** By region and name. */
  readonly #logGroups = new Map<string, Map<string, LogGroup>>();
  #logGroupsMade = 0;
  /** The parameters that Terraform makes; those that it only reads are beside. */
  readonly parameterStore = new ParameterStore();
  /** Every bucket exists, in the region in which it is first spoken of; by its name. */
  readonly #buckets = new Map<string, { readonly region: string; encryption: BucketEncryption }>();
  /** The keys that others have made, whose policies are theirs. */
  readonly #keysOfOthers = new Set<string>();
  readonly #deletedReplicas: string[] = [];
  #passwords = 0;
  /** How many secrets there have ever been of a name. */
  readonly #namesakes = new Map<string, number>();

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

  /** What EBS does with new volumes in a region. */
  ebs(region: string): EbsSettings {
    const settings = this.#ebs.get(region) ?? { isEncrypting: false, defaultKey: undefined };
    this.#ebs.set(region, settings);
    return settings;
  }

  /** The log groups of a region. */
  logGroups(region: string): readonly LogGroup[] {
    return [...(this.#logGroups.get(region)?.values() ?? [])];
  }

  /** How a bucket encrypts new objects, `undefined` where it is in another region. */
  bucketEncryption(region: string, bucket: string): BucketEncryption | undefined {
    const known = this.#buckets.get(bucket) ?? { region, encryption: SSE_S3 };
    return known.region === region ? known.encryption : undefined;
  }

  /** The buckets of a region that encrypt new objects with a key of KMS. */
  encryptedBuckets(region: string): readonly string[] {
    return [...this.#buckets].flatMap(([name, { region: own, encryption }]) =>
      own === region && encryption.kmsKeyId !== null ? [name] : [],
    );
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
    this.#keysOfOthers.add(id);
    const regions = [seed.primaryRegion, ...(seed.replicaRegions ?? [])];
    this.#keys.set(id, {
      id,
      multiRegion: true,
      spec: "SYMMETRIC_DEFAULT",
      usage: "ENCRYPT_DECRYPT",
      origin: seed.origin ?? "AWS_KMS",
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
            pendingImport: false,
            validTo: null,
            grants: new Map(),
          },
        ]),
      ),
    });
    return id;
  }

  seedLogGroup(region: string, name: string, logClass = "STANDARD"): void {
    this.createLogGroup(region, { name, logClass, kmsKeyId: null, retention: 0, tags: {} });
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
    const secret = newSecret(name, suffixInArn ?? this.#nextSuffix(name), primaryRegion);
    secret.kmsKeyId = seed.kmsKeyId ?? null;
    for (const [region, key] of Object.entries(seed.replicas ?? {})) secret.replicas.set(region, key);
    this.#secrets.push(secret);
    if (seed.value !== undefined) this.#putVersion(secret, { value: seed.value, binary: false, writeOnly: false });
    return this.secretArn(secret, primaryRegion);
  }

  /** A parameter of Systems Manager, by its ARN. */
  seedParameter(arn: string, value: string): void {
    this.#parameters.set(arn, value);
  }

  /** The keys that wait for their material, in every region. */
  pendingImports(): { readonly keyId: string; readonly region: string }[] {
    return [...this.#keys].flatMap(([keyId, { copies }]) =>
      [...copies].filter(([, { pendingImport }]) => pendingImport).map(([region]) => ({ keyId, region })),
    );
  }

  /** What `aws kms import-key-material` does: the copy of the region becomes usable. */
  importKeyMaterial(keyId: string, region: string, validTo: string | null = null): void {
    const key = this.#keys.get(keyId);
    const copy = key?.copies.get(region);
    if (key?.origin !== "EXTERNAL" || !copy) throw new Error(`${keyId} takes no key material in ${region}`);
    copy.pendingImport = false;
    copy.enabled = true;
    copy.validTo = validTo;
  }

  /** What `aws kms update-primary-region` does: the two regions swap their roles, ids and policies stay. */
  updatePrimaryRegion(keyId: string, region: string): void {
    const key = this.#keys.get(keyId);
    const copy = key?.copies.get(region);
    if (!key?.multiRegion || !copy) throw new Error(`${keyId} is not a multi-Region key with a copy in ${region}`);
    if (copy.pendingDeletion || !copy.enabled) throw new Error(`${keyId} is not Enabled in ${region}`);
    key.primaryRegion = region;
  }

  /**
   * What `aws secretsmanager stop-replication-to-replica` does, called in the replica's region: the replica becomes a secret
   * of its own, with the name, the six characters at the end of the ARN and the values that it had, and without a rotation.
   */
  stopReplicationToReplica(region: string, name: string): void {
    const primary = this.#secrets.find((secret) => secret.name === name && secret.replicas.has(region));
    if (!primary) throw new Error(`${name} has no replica in ${region}`);
    if (this.unreachable.has(region)) throw new Error(`${region} cannot be reached`);
    const alone = newSecret(name, primary.suffix, region);
    alone.kmsKeyId = primary.replicas.get(region) ?? null;
    alone.description = primary.description;
    alone.policy = primary.policy;
    alone.tags = { ...primary.tags };
    for (const [id, version] of primary.versions) alone.versions.set(id, version);
    alone.currentVersion = primary.currentVersion;
    primary.replicas.delete(region);
    this.#secrets.push(alone);
  }

  /** @internal A call to a region that cannot be reached fails. */
  checkReachable(region: string): void {
    if (this.unreachable.has(region))
      throw new Refusal(`RequestError: send request failed: dial tcp: i/o timeout: ${region} cannot be reached`);
  }

  /** @internal A key as it is, also one that is pending deletion; by id, ARN or the name of an alias. */
  describedKey(region: string, reference: string): { key: Key; copy: KeyCopy; state: KeyState } | undefined {
    const name = (parseArn(reference)?.resource ?? reference).replace(/^key\//, "");
    const id = name.startsWith("alias/") ? this.#aliases.get(region)?.get(name) : name;
    const key = this.#keys.get(id ?? "");
    const copy = key?.copies.get(region);
    return key && copy && { key, copy, state: keyState(key, region) };
  }

  /** @internal The secrets of a region as they are, also those that are pending deletion. */
  describedSecrets(region: string): readonly Secret[] {
    return this.#secrets.filter((secret) => inRegion(secret, region));
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

  /** @internal */
  logGroupArn(region: string, name: string): string {
    return this.#arn("logs", region, `log-group:${name}`);
  }

  /** @internal */
  createLogGroup(region: string, group: Omit<LogGroup, "number">): void {
    const here = this.#logGroups.get(region) ?? new Map<string, LogGroup>();
    if (here.has(group.name))
      throw new Refusal("ResourceAlreadyExistsException: The specified log group already exists");
    if (group.logClass === "DELIVERY" && group.retention !== 0)
      throw new Refusal("ValidationException: This operation is not supported for Delivery log class");
    this.#checkKeyOfLogs(region, group.kmsKeyId);
    here.set(group.name, { ...group, number: ++this.#logGroupsMade });
    this.#logGroups.set(region, here);
  }

  /** @internal */
  setLogGroupKey(region: string, group: LogGroup, kmsKeyId: string | null): void {
    if (kmsKeyId !== group.kmsKeyId) this.#checkKeyOfLogs(region, kmsKeyId);
    group.kmsKeyId = kmsKeyId;
  }

  /** CloudWatch Logs uses a key by itself: the key's policy lets it, and the key is enabled. */
  #checkKeyOfLogs(region: string, reference: string | null): void {
    if (reference === null) return;
    const { key, copy } = this.resolveKey(region, reference);
    const service = `logs.${region}.${partitionOf(region).dnsSuffix}`;
    const lets = checkedStatements(copy.policy, region, 32_768).some(
      ({ Effect, Principal }) => Effect === "Allow" && JSON.stringify(Principal ?? {}).includes(`"${service}"`),
    );
    if (!copy.enabled || !(lets || this.#keysOfOthers.has(key.id)))
      throw new Refusal(
        `AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn ${reference}`,
      );
  }

  /** @internal */
  deleteLogGroup(region: string, name: string): void {
    this.#logGroups.get(region)?.delete(name);
  }

  /** @internal Without settings the bucket has what buckets have when no one says anything. */
  encryptBucket(region: string, bucket: string, encryption: BucketEncryption | undefined): void {
    const known = this.#buckets.get(bucket) ?? { region, encryption: SSE_S3 };
    if (known.region !== region)
      throw new Refusal(`PermanentRedirect: the bucket ${bucket} is in ${known.region}, not in ${region}`);
    if (encryption?.kmsKeyId) this.resolveKey(region, encryption.kmsKeyId);
    known.encryption = encryption ?? SSE_S3;
    this.#buckets.set(bucket, known);
  }

  /** @internal */
  parameterArn(region: string, name: string): string {
    return this.#arn("ssm", region, `parameter/${name.replace(/^\//, "")}`);
  }

  /** @internal The value of a parameter. */
  parameter(arn: string): string {
    const value = this.#parameters.get(arn);
    if (value === undefined) throw new Refusal(`ParameterNotFound: there is no parameter ${arn}`);
    return value;
  }

  /** @internal The current value of a secret, which every region that it is in can read. */
  secretValue(region: string, reference: string): string {
    const secret = this.findSecret(region, reference);
    const version = secret?.versions.get(secret.currentVersion ?? "");
    if (version === undefined)
      throw new Refusal(
        `ResourceNotFoundException: Secrets Manager can't find the specified secret value: ${reference}`,
      );
    return version.value;
  }

  /** @internal Returns the grant's id. A grant of the same name and contents is the one that there is (CreateGrant). */
  createGrant(region: string, reference: string, grant: Grant): string {
    const { key, copy } = this.resolveKey(region, reference);
    if (copy.pendingImport)
      throw new Refusal(`KMSInvalidStateException: ${this.keyArn(key, region)} is pending import.`);
    if (!copy.enabled) throw new Refusal(`DisabledException: ${this.keyArn(key, region)} is disabled.`);
    const usage = key.spec === "SYMMETRIC_DEFAULT" ? "symmetric" : key.usage;
    const allowed = OPERATIONS_OF_USAGE[usage]?.split(" ") ?? [];
    const refused = grant.operations.find((operation) => !allowed.includes(operation));
    if (refused !== undefined)
      throw new Refusal(`ValidationException: a grant for a ${key.spec} key cannot permit ${refused}`);
    if (grant.constraints !== null && usage !== "symmetric")
      throw new Refusal(`ValidationException: a ${key.spec} key has no encryption context to constrain`);
    const id = hash(`${region} ${key.id} ${JSON.stringify(grant)}`)
      .toString(16)
      .padStart(64, "0");
    copy.grants.set(id, grant);
    return id;
  }

  /** @internal Returns the new key's id. */
  createKey(region: string, input: KeyInput): string {
    if (!SPECS_OF_USAGE[input.usage]?.test(input.spec))
      throw new Refusal(`ValidationException: KeyUsage ${input.usage} is not compatible with KeySpec ${input.spec}`);
    const id = this.#nextKeyId(input.multiRegion);
    const { multiRegion, spec, usage, origin } = input;
    const key: Key = {
      id,
      multiRegion,
      spec,
      usage,
      origin,
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
    // AWS KMS Developer Guide, Key states of AWS KMS keys: ReplicateKey fails for both.
    if (primary.pendingImport) throw new Refusal(`KMSInvalidStateException: ${primaryKeyArn} is pending import.`);
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
    if (periodInDays !== null && (key.spec !== "SYMMETRIC_DEFAULT" || key.origin === "EXTERNAL"))
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
    this.checkEncryptionKey(region, input.kmsKeyId);
    const { description, kmsKeyId, tags } = input;
    const secret = { ...newSecret(input.name, this.#nextSuffix(input.name), region), description, kmsKeyId, tags };
    // CreateSecret takes the replicas along: with a bad one there is no secret at all.
    for (const [replica, key] of input.replicas) this.addSecretReplica(secret, replica, key, input.overwriteReplica);
    this.#secrets.push(secret);
    return this.secretArn(secret, region);
  }

  /** @internal */
  setSecretKey(secret: Secret, kmsKeyId: string | null): void {
    this.checkEncryptionKey(secret.primaryRegion, kmsKeyId);
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
    this.checkReachable(region);
    this.checkEncryptionKey(region, kmsKeyId);
    const taken = this.#secrets.find((other) => other.name === secret.name && inRegion(other, region));
    if (taken && !overwrite)
      throw new Refusal(`Replication failed: Secret name ${secret.name} already exists in region ${region}.`);
    // AWS does not say what overwriting another secret's replica does, so that nothing may depend on it.
    if (taken && (taken.primaryRegion !== region || taken.replicas.size > 0))
      throw new Refusal(`Replication failed: ${secret.name} in ${region} is replicated from or to another region.`);
    if (taken) this.#forget(taken, region);
    secret.replicas.set(region, kmsKeyId);
  }

  /** The replicas of secrets that were ever deleted, as `NAME@REGION`: a copy that was made again looks like the one before. */
  deletedReplicas(): readonly string[] {
    return [...this.#deletedReplicas];
  }

  /** @internal */
  removeSecretReplica(secret: Secret, region: string): void {
    if (secret.replicas.delete(region)) this.#deletedReplicas.push(`${secret.name}@${region}`);
  }

  /** @internal Another one every time, as random passwords are. */
  randomPassword(length: number): string {
    this.#passwords++;
    return `stand-in-password-${this.#passwords}-`.padEnd(length, "0123456789").slice(0, length);
  }

  /** @internal A deleted secret keeps its name until the window has passed; a window of 0 days frees it at once. */
  deleteSecret(secret: Secret, windowInDays: number): void {
    for (const region of [...secret.replicas.keys()]) this.removeSecretReplica(secret, region);
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
    this.valuesSent += 1;
    return this.#putVersion(secret, version);
  }

  /** @internal Rotation that starts at once changes the value of a secret that has one. */
  rotateNow(secret: Secret): void {
    if (secret.currentVersion === null) return;
    this.valuesSent += 1;
    this.#putVersion(secret, { value: `rotated-${secret.versions.size}`, binary: false, writeOnly: false });
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
    const grants = [...copy.grants.values()];
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
      grants,
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
    const pendingImport = key.origin === "EXTERNAL";
    key.copies.set(region, {
      ...copy,
      enabled: copy.enabled && !pendingImport,
      policy,
      pendingDeletion: false,
      pendingImport,
      validTo: null,
      grants: new Map(),
    });
  }

  #refuseTakenName(region: string, name: string): void {
    const taken = this.#secrets.find((secret) => secret.name === name && inRegion(secret, region));
    if (taken?.pendingDeletion)
      throw new Refusal(
        `InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion: ${name}`,
      );
    if (taken) throw new Refusal(`ResourceExistsException: the secret ${name} already exists in ${region}`);
  }

  /** @internal */
  checkEncryptionKey(region: string, reference: string | null): void {
    if (reference === null || reference === AWS_SECRETS_KEY) return;
    const { key, copy } = this.resolveKey(region, reference);
    if (key.spec !== "SYMMETRIC_DEFAULT")
      throw new Refusal(`InvalidParameterException: ${reference} is not a symmetric encryption key`);
    if (copy.pendingImport)
      throw new Refusal(`EncryptionFailure: Secrets Manager can't encrypt with ${reference}, which is pending import`);
  }

  #forget(secret: Secret, region: string): void {
    if (secret.primaryRegion === region) this.#secrets.splice(this.#secrets.indexOf(secret), 1);
    else this.removeSecretReplica(secret, region);
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

  /** AWS's is random. This one is the name's own: Terraform makes resources in no fixed order, so a count of all would vary. */
  #nextSuffix(name: string): string {
    const number = (this.#namesakes.get(name) ?? 0) + 1;
    this.#namesakes.set(name, number);
    return hash(number === 1 ? name : `${name} ${number}`)
      .toString(36)
      .padStart(6, "0")
      .slice(-6);
  }

  #nextKeyId(multiRegion: boolean): string {
    const hex = (this.#keys.size + 1).toString(16);
    return multiRegion ? `mrk-${hex.padStart(32, "0")}` : `00000000-0000-4000-8000-${hex.padStart(12, "0")}`;
  }
}

/** The state as DescribeKey has it. */
export function keyState(key: Key, region: string): KeyState {
  const copy = key.copies.get(region);
  if (!copy?.pendingDeletion) {
    if (copy?.pendingImport) return "PendingImport";
    return copy?.enabled ? "Enabled" : "Disabled";
  }
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

function inRegion(secret: Secret, region: string): boolean {
  return secret.primaryRegion === region || secret.replicas.has(region);
}
