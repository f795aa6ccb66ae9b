/**
 * The resource models, which are what the provider does on top of the account: a configuration, a plan or a state comes
 * in, calls of the account and the state as the account has it go out.
 *
 * What the models plan (defaults, unknowns, replacements) was compared with plans of the real provider 5.100.0 over the
 * same configurations.
 */
import { type Account, AWS_SECRETS_KEY, type KeyCopy, type KeyInput, keyState } from "./account.ts";
import { ssmParameter } from "./parameters.ts";
import { bucketEncryption, logGroup } from "./regional.ts";
import { checkedStatements, checkTags, parseArn } from "./rules.ts";
import {
  type Attributes,
  blocksOf,
  isObject,
  isSet,
  listOf,
  numeric,
  Refusal,
  same,
  samePolicy,
  type Tags,
  tagsOf,
  text,
  textsOf,
  type Value,
} from "./values.ts";

/** Where an operation happens: the account, the region that counts for the resource, the provider's default tags. */
export interface Place {
  readonly account: Account;
  readonly region: string;
  readonly defaultTags: Tags;
}

export type Check = (config: Attributes) => void;

export interface ResourceModel {
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
  update(place: Place, prior: Attributes, planned: Attributes, config: Attributes): void;
  remove(place: Place, prior: Attributes): void;
}

function inRange(attribute: string, low: number, high: number, orZero = false): Check {
  return (config) => {
    const value = numeric(config[attribute]);
    if (value === null || (value >= low && value <= high) || (orZero && value === 0)) return;
    throw new Refusal(`expected ${attribute} to be in the range (${low} - ${high}), got ${value}`, attribute);
  };
}

export function matching(attribute: string, pattern: RegExp, hint: string): Check {
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

export function need<T>(value: T | null, what: string): T {
  if (value === null) throw new Refusal(`the stand-in needs ${what}`);
  return value;
}

/** The two tag attributes as the provider shows them: `tags` without what only the provider's default tags brought. */
export function tagAttributes({ defaultTags }: Place, state: Attributes, tags: Tags): Attributes {
  const own = tagsOf(state.tags);
  const shown = Object.entries(tags).filter(([name, value]) => name in own || defaultTags[name] !== value);
  return {
    tags: shown.length === 0 && !isObject(state.tags) ? null : Object.fromEntries(shown),
    tags_all: { ...tags },
  };
}

/** Keeps the text that state already has for a policy when the account's means the same. */
function policyText(state: Attributes, inAccount: string | null): string | null {
  return samePolicy(text(state.policy), inAccount) ? text(state.policy) : inAccount;
}

function keepEquivalentPolicy(prior: Attributes | null, planned: Attributes): void {
  const [before, after] = [text(prior?.policy), text(planned.policy)];
  if (before !== null && after !== null && samePolicy(before, after)) planned.policy = before;
}

const PRINCIPAL = /^(arn:[\w-]+:(iam|sts)::\d{12}:.+|[a-z0-9.-]+\.amazonaws\.com(\.cn)?)$/;
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
  if (policy !== null && !samePolicy(policy, text(prior.policy)))
    account.putKeyPolicy(region, copy, policy, planned.bypass_policy_lockout_safety_check === true);
  copy.description = text(planned.description) ?? "";
  copy.tags = tags;
}

/** A description that no one wrote is null where the schema has it optional only, and "" where it is computed. */
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
      origin: "AWS_KMS",
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

/**
 * What the two kinds of keys with imported material share. `enabled` follows the import where no one sets it. A changed
 * `valid_to` imports the material again, which the real provider can only do when it knows the material; it is set from
 * what AWS has (internal/service/kms/external_key.go of hashicorp/aws).
 */
function externalState(
  place: Place,
  state: Attributes,
  found: NonNullable<ReturnType<Account["findKey"]>>,
): Attributes {
  const { key, copy } = found;
  return {
    ...state,
    ...tagAttributes(place, state, copy.tags),
    arn: place.account.keyArn(key, place.region),
    description: descriptionText(state, copy),
    enabled: copy.enabled,
    expiration_model: copy.pendingImport
      ? ""
      : copy.validTo === null
        ? "KEY_MATERIAL_DOES_NOT_EXPIRE"
        : "KEY_MATERIAL_EXPIRES",
    key_state: keyState(key, place.region),
    key_usage: key.usage,
    policy: policyText(state, copy.policy),
    valid_to: copy.validTo,
  };
}

function updateExternal(place: Place, prior: Attributes, planned: Attributes): void {
  const { copy } = place.account.resolveKey(place.region, text(prior.id) ?? "");
  updateCopy(place, copy, prior, planned);
  if (!same(prior.valid_to, planned.valid_to)) {
    throw new Refusal(
      "importing KMS External Key material: ValidationException: EncryptedKeyMaterial must not be empty",
    );
  }
  if (!same(prior.enabled, planned.enabled) && copy.pendingImport === false) copy.enabled = planned.enabled === true;
}

/** Arguments that are computed too, which not every schema says: what no one sets stays as it is. */
function planExternal(prior: Attributes | null, planned: Attributes, config: Attributes): void {
  keepEquivalentPolicy(prior, planned);
  for (const name of ["enabled", "key_spec", "key_usage"])
    if (prior && !isSet(config[name])) planned[name] = prior[name] ?? null;
}

const EXTERNAL_CHECKS: readonly Check[] = [
  KEY_DESCRIPTION,
  DELETION_WINDOW,
  matching("valid_to", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/, "RFC 3339"),
  json("policy"),
];

const kmsExternalKey: ResourceModel = {
  forceNew: ["key_material_base64", "multi_region", "key_spec", "key_usage"],
  defaults: { bypass_policy_lockout_safety_check: false, deletion_window_in_days: 30 },
  checks: EXTERNAL_CHECKS,
  plan: planExternal,
  create({ account, region }, planned) {
    return account.createKey(region, {
      ...copyInput(planned, true),
      multiRegion: planned.multi_region === true,
      spec: "SYMMETRIC_DEFAULT",
      usage: "ENCRYPT_DECRYPT",
      origin: "EXTERNAL",
    });
  },
  read(place, state) {
    const id = text(state.id) ?? "";
    const found = place.account.findKey(place.region, id);
    if (!found) return null;
    const { key } = found;
    if (key.origin !== "EXTERNAL")
      throw new Refusal(`reading KMS External Key (${id}): KMS External Key (${id}) has invalid Origin: ${key.origin}`);
    if (key.multiRegion && key.primaryRegion !== place.region)
      throw new Refusal(`reading KMS External Key (${id}): KMS External Key (${id}) is not a multi-Region primary key`);
    return { ...externalState(place, state, found), multi_region: key.multiRegion, key_spec: key.spec };
  },
  update: updateExternal,
  remove: kmsKey.remove,
};

const kmsReplicaExternalKey: ResourceModel = {
  forceNew: ["key_material_base64", "primary_key_arn"],
  defaults: { bypass_policy_lockout_safety_check: false, deletion_window_in_days: 30 },
  checks: EXTERNAL_CHECKS,
  plan: planExternal,
  create: (place, planned) => kmsReplicaKey.create(place, { ...planned, enabled: true }, {}),
  read(place, state) {
    const id = text(state.id) ?? "";
    const found = place.account.findKey(place.region, id);
    if (!found) return null;
    const { key } = found;
    if (!key.multiRegion || key.primaryRegion === place.region)
      throw new Refusal(`reading KMS External Replica Key (${id}): (${id}) is not a multi-Region replica key`);
    const primary_key_arn = place.account.keyArn(key, key.primaryRegion);
    return { ...externalState(place, state, found), key_id: id, primary_key_arn };
  },
  update: updateExternal,
  remove: kmsKey.remove,
};

/** Nothing of a grant can be changed: every argument replaces it (internal/service/kms/grant.go of hashicorp/aws). */
const kmsGrant: ResourceModel = {
  forceNew: [
    "constraints",
    "grant_creation_tokens",
    "grantee_principal",
    "key_id",
    "name",
    "operations",
    "retire_on_delete",
    "retiring_principal",
  ],
  defaults: { retire_on_delete: false },
  checks: [
    matching("name", /^[0-9A-Za-z:/_-]{1,256}$/, "1 to 256 letters, digits and : / _ -"),
    matching("grantee_principal", PRINCIPAL, "an ARN or a service principal"),
    matching("retiring_principal", PRINCIPAL, "an ARN or a service principal"),
    (config) => {
      const kinds = blocksOf(config.constraints).flatMap((block) => Object.values(block).filter(isSet));
      if (kinds.length > 1)
        throw new Refusal(
          "A grant constraint can't have both encryption_context_equals and encryption_context_subset set",
          "constraints",
        );
    },
  ],
  create({ account, region }, planned) {
    const keyId = text(planned.key_id) ?? "";
    const grantId = account.createGrant(region, keyId, {
      name: text(planned.name),
      grantee: text(planned.grantee_principal) ?? "",
      retiring: text(planned.retiring_principal),
      operations: textsOf(planned.operations),
      constraints: blocksOf(planned.constraints)[0] ?? null,
    });
    return `${keyId}:${grantId}`;
  },
  read({ account, region }, state) {
    const [keyId = "", grantId = ""] = (text(state.id) ?? "").split(":");
    const grant = account.findKey(region, keyId)?.copy.grants.get(grantId);
    if (!grant) return null;
    return {
      ...state,
      grant_id: grantId,
      grant_token: text(state.grant_token) ?? `token-of-${grantId}`,
      key_id: keyId,
    };
  },
  update() {
    throw new Refusal("a grant cannot be changed");
  },
  remove({ account, region }, prior) {
    const [keyId = "", grantId = ""] = (text(prior.id) ?? "").split(":");
    account.findKey(region, keyId)?.copy.grants.delete(grantId);
  },
};

/** Settings of a region, which are there whether Terraform knows them or not (hashicorp/aws, internal/service/ec2/ebs_*.go). */
const ebsEncryptionByDefault: ResourceModel = {
  forceNew: [],
  defaults: { enabled: true },
  create({ account, region }, planned) {
    account.ebs(region).isEncrypting = planned.enabled === true;
    return `terraform-${region}`;
  },
  read: ({ account, region }, state) => ({ ...state, enabled: account.ebs(region).isEncrypting }),
  update({ account, region }, _prior, planned) {
    account.ebs(region).isEncrypting = planned.enabled === true;
  },
  remove({ account, region }) {
    account.ebs(region).isEncrypting = false;
  },
};

const ebsDefaultKmsKey: ResourceModel = {
  forceNew: ["key_arn"],
  create({ account, region }, planned) {
    const arn = need(text(planned.key_arn), "the ARN of the EBS default key");
    const { key } = account.resolveKey(region, arn);
    if (key.spec !== "SYMMETRIC_DEFAULT") throw new Refusal(`InvalidKmsKey.InvalidSpec: ${arn} is not symmetric`);
    account.ebs(region).defaultKey = arn;
    return arn;
  },
  read({ account, region }, state) {
    return { ...state, key_arn: account.ebs(region).defaultKey ?? account.aliasArn(region, "alias/aws/ebs") };
  },
  update() {
    throw new Refusal("the EBS default key is replaced");
  },
  remove({ account, region }) {
    account.ebs(region).defaultKey = undefined;
  },
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

/** A name that is made of a prefix: the real one ends in a time and a count, 26 hex digits together. */
function nameFromPrefix(account: Account, region: string, { name_prefix: prefix }: Attributes): string | null {
  const count = account.secrets(region).length + 1;
  return isSet(prefix) ? `${text(prefix)}${count.toString(16).padStart(26, "0")}` : null;
}

/** What the provider takes for the prefix of a name (internal/create/naming.go of hashicorp/aws). */
function prefixOf(name: string): string {
  return /^(.*)[0-9a-f]{26}$/.exec(name)?.[1] ?? "";
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
    // A name that no one writes is the one that there is, or is made of the prefix on creation.
    if (isSet(config.name_prefix) && isSet(config.name))
      throw new Refusal('Conflicting configuration arguments: "name": conflicts with name_prefix', "name");
    planReplicas(prior, planned, config);
  },
  create({ account, region }, planned) {
    const arn = account.createSecret(region, {
      name: text(planned.name) ?? need(nameFromPrefix(account, region, planned), "a secret's name or a prefix for it"),
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
      name_prefix: prefixOf(secret.name),
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
      if (!after.has(replica) || after.get(replica) !== key) account.removeSecretReplica(secret, replica);
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
    if (policy && !samePolicy(policy, secret.policy))
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
    matching("secret_binary", /^[A-Za-z0-9+/]*={0,2}$/, "base64"),
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
    const secret = account.primarySecret(region, secretId);
    secret.rotation = { lambdaArn, rules: blocksOf(planned.rotation_rules) };
    if (planned.rotate_immediately !== false) account.rotateNow(secret);
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
  // `rotate_immediately` alone changes nothing in AWS (internal/service/secretsmanager/secret_rotation.go).
  update(place, prior, planned) {
    const isSame = ["rotation_lambda_arn", "rotation_rules"].every((name) => same(prior[name], planned[name]));
    if (!isSame) secretsmanagerSecretRotation.create(place, planned, planned);
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

export const RESOURCES: Readonly<Record<string, ResourceModel>> = {
  aws_kms_key: kmsKey,
  aws_kms_replica_key: kmsReplicaKey,
  aws_kms_external_key: kmsExternalKey,
  aws_kms_replica_external_key: kmsReplicaExternalKey,
  aws_kms_grant: kmsGrant,
  aws_kms_alias: kmsAlias,
  aws_ebs_default_kms_key: ebsDefaultKmsKey,
  aws_ebs_encryption_by_default: ebsEncryptionByDefault,
  aws_cloudwatch_log_group: logGroup,
  aws_s3_bucket_server_side_encryption_configuration: bucketEncryption,
  aws_ssm_parameter: ssmParameter,
  aws_kms_key_policy: kmsKeyPolicy,
  aws_secretsmanager_secret: secretsmanagerSecret,
  aws_secretsmanager_secret_version: secretsmanagerSecretVersion,
  aws_secretsmanager_secret_rotation: secretsmanagerSecretRotation,
  aws_secretsmanager_secret_policy: secretsmanagerSecretPolicy,
};
