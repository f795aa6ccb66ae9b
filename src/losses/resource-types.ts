/**
 * What is known of each type of resource: what it is called, what its loss means, what replaces it, and what AWS keeps of it. A new
 * type is a new row; nothing else here or in the other files of this folder asks for a type by name where a row can tell.
 */

/** One row: a type of resource. */
interface ResourceType {
  /** For a key, which other keys are copies of and which secrets' copies are encrypted by: which of the two it is. */
  readonly role: "primary" | "replica" | undefined;
  /** The argument that leads to the key that it is a thing of. */
  readonly ofKey: string | undefined;
  /** What it is called in a sentence, "the replica key". */
  readonly noun: string;
  /** The code of its loss; `undefined` where AWS keeps what the resource manages, so that destroying it loses nothing. */
  readonly code: string | undefined;
  /** What Terraform does to it when its block is gone; `{where}` stands for the region. */
  readonly destroyed: string;
  /** What a new one in its place does not have, behind "a new one". */
  readonly successor: string;
  /** Arguments that cannot be changed in place (ForceNew in the provider), with what holds where they are left out. */
  readonly replacedBy: Readonly<Record<string, unknown>>;
  /** Those of them that refer to another resource: when that is replaced, so is this one. */
  readonly follows: readonly string[];
  /** The argument that leads to what it is a setting of: replaced with that, it is not lost. */
  readonly partOf: string | undefined;
  /** The argument that is unique in a region, by which the resource is known under another address. */
  readonly identity: string | undefined;
  /** The argument that, when it is true, has Terraform leave it in AWS and only forget it. */
  readonly keptWith: string | undefined;
  /** The argument that says how many days AWS keeps what is in it, for ever where it is left out. */
  readonly retention: string | undefined;
  /** The argument that sends a value which Terraform keeps nowhere; another argument, `…_version`, says when. */
  readonly writeOnly: string | undefined;
  /** Optional and computed arguments: taken out of the configuration, they stay in AWS as they are. */
  readonly kept: Readonly<Record<string, KeptArgument>>;
  /** What the provider takes for no change of what is there already, by argument. */
  readonly unnoticed: Readonly<Record<string, unknown>>;
}

/** What stays in AWS when its argument goes. */
interface KeptArgument {
  /** In a sentence, "the key policy". */
  readonly noun: string;
  /** What that means. */
  readonly consequence: string;
  /** What to write in the spec to have AWS's default, where there is a way back. */
  readonly write?: string;
  /** An argument that must be true for it to matter. */
  readonly onlyWith?: string;
}

const KEY_POLICY: KeptArgument = {
  noun: "the key policy",
  consequence: "whoever it allows keeps access",
  write: "policy: { services: [] }",
};

/** What holds of a type whose row does not say otherwise. */
const USUAL = {
  role: undefined,
  ofKey: undefined,
  successor: "",
  replacedBy: {},
  follows: [],
  partOf: undefined,
  identity: undefined,
  keptWith: undefined,
  retention: undefined,
  writeOnly: undefined,
  kept: {},
  unnoticed: {},
} as const;

const ROWS: Readonly<Record<string, ResourceType>> = {
  aws_kms_key: {
    ...USUAL,
    role: "primary",
    noun: "the primary key",
    code: "key-would-be-destroyed",
    destroyed: "schedules deletion of the primary key{where}",
    replacedBy: {
      key_usage: "ENCRYPT_DECRYPT",
      customer_master_key_spec: "SYMMETRIC_DEFAULT",
      multi_region: false,
      custom_key_store_id: undefined,
      xks_key_id: undefined,
    },
    kept: {
      policy: KEY_POLICY,
      rotation_period_in_days: {
        noun: "the rotation period",
        consequence: "the key goes on rotating as often as before",
        write: "rotation: { period_days: 365 }",
        onlyWith: "enable_key_rotation",
      },
    },
  },
  aws_kms_replica_key: {
    ...USUAL,
    role: "replica",
    noun: "the replica key",
    code: "replica-key-would-be-destroyed",
    destroyed: "schedules deletion of the replica key{where}",
    replacedBy: { primary_key_arn: undefined },
    follows: ["primary_key_arn"],
    kept: { policy: KEY_POLICY },
  },
  aws_kms_external_key: {
    ...USUAL,
    role: "primary",
    noun: "the primary key",
    code: "key-would-be-destroyed",
    destroyed: "schedules deletion of the primary key{where}, whose material was imported",
    replacedBy: { multi_region: false, key_material_base64: undefined },
    kept: { policy: KEY_POLICY },
  },
  aws_kms_replica_external_key: {
    ...USUAL,
    role: "replica",
    noun: "the replica key",
    code: "replica-key-would-be-destroyed",
    destroyed: "schedules deletion of the replica key{where}, whose material was imported",
    replacedBy: { primary_key_arn: undefined, key_material_base64: undefined },
    follows: ["primary_key_arn"],
    kept: { policy: KEY_POLICY },
  },
  aws_kms_alias: {
    ...USUAL,
    ofKey: "target_key_id",
    noun: "the alias",
    code: "alias-would-be-destroyed",
    destroyed: "deletes the alias{where}",
    replacedBy: { name: undefined },
    identity: "name",
  },
  aws_kms_grant: {
    ...USUAL,
    ofKey: "key_id",
    noun: "the grant",
    code: "grant-would-be-revoked",
    destroyed: "revokes the grant{where}",
    replacedBy: {
      name: undefined,
      key_id: undefined,
      grantee_principal: undefined,
      operations: undefined,
      retiring_principal: undefined,
      constraints: undefined,
      grant_creation_tokens: undefined,
      retire_on_delete: false,
    },
    follows: ["key_id"],
    partOf: "key_id",
  },
  // One setting per account and region (hashicorp/aws, resourceEBSDefaultKMSKeyDelete: ResetEbsDefaultKmsKeyId).
  aws_ebs_default_kms_key: {
    ...USUAL,
    ofKey: "key_arn",
    noun: "the EBS default key",
    code: "ebs-default-key-would-be-reset",
    destroyed: "makes AWS's own key the default for EBS volumes{where}",
    replacedBy: { key_arn: undefined },
    follows: ["key_arn"],
  },
  // Destroying it switches the setting off (hashicorp/aws, resourceEBSEncryptionByDefaultDelete).
  aws_ebs_encryption_by_default: {
    ...USUAL,
    noun: "EBS encryption by default",
    code: "ebs-encryption-would-be-switched-off",
    destroyed: "switches off EBS encryption by default{where}: new volumes are encrypted only on request",
  },
  // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_log_group
  aws_cloudwatch_log_group: {
    ...USUAL,
    ofKey: "kms_key_id",
    noun: "the log group",
    code: "log-group-would-be-destroyed",
    destroyed: "deletes the log group{where} with all its events",
    successor: " without them",
    replacedBy: { name: undefined, name_prefix: undefined, log_group_class: "STANDARD" },
    identity: "name",
    keptWith: "skip_destroy",
    retention: "retention_in_days",
  },
  // Destroying it is DeleteBucketEncryption (hashicorp/aws, resourceBucketServerSideEncryptionConfigurationDelete), after which a
  // bucket has SSE-S3 (Amazon S3 User Guide: Setting default server-side encryption behavior).
  aws_s3_bucket_server_side_encryption_configuration: {
    ...USUAL,
    ofKey: "rule",
    noun: "the encryption of the bucket",
    code: "bucket-encryption-would-be-reset",
    destroyed: "has the bucket{where} encrypt new objects with keys of S3 again",
    successor: " for another bucket",
    replacedBy: { bucket: undefined, expected_bucket_owner: undefined },
    identity: "bucket",
  },
  // Parameter Store has no recovery window (AWS Systems Manager: DeleteParameter). The provider makes an advanced parameter that is to
  // be a standard one again as well, but the files never say Standard.
  aws_ssm_parameter: {
    ...USUAL,
    ofKey: "key_id",
    noun: "the parameter",
    code: "parameter-would-be-destroyed",
    destroyed: "deletes the parameter{where} with its value, at once",
    replacedBy: { name: undefined },
    identity: "name",
    writeOnly: "value_wo",
    kept: { tier: { noun: "the tier", consequence: "an advanced parameter goes on costing money" } },
    // Which tier it is then is up to AWS (hashicorp/aws, the DiffSuppressFunc of tier).
    unnoticed: { tier: "Intelligent-Tiering" },
  },
  aws_secretsmanager_secret: {
    ...USUAL,
    noun: "the secret",
    code: "secret-would-be-destroyed",
    destroyed: "schedules deletion of the secret{where}",
    successor: " with another ARN and without its values",
    replacedBy: { name: undefined, name_prefix: undefined },
    identity: "name",
  },
  // The current version of a value outlives its resource (hashicorp/aws, resourceSecretVersionDelete).
  aws_secretsmanager_secret_version: {
    ...USUAL,
    noun: "the value of the secret",
    code: undefined,
    destroyed: "stops managing the value of the secret{where}",
    partOf: "secret_id",
    writeOnly: "secret_string_wo",
  },
  aws_secretsmanager_secret_rotation: {
    ...USUAL,
    noun: "the rotation of the secret",
    code: "rotation-would-be-switched-off",
    destroyed: "switches off the rotation of the secret{where}",
    partOf: "secret_id",
  },
  aws_secretsmanager_secret_policy: {
    ...USUAL,
    noun: "the resource policy of the secret",
    code: "secret-policy-would-be-deleted",
    destroyed: "deletes the resource policy of the secret{where}",
    partOf: "secret_arn",
  },
};

/** What is assumed of a type that has no row, such as a resource that was written into a generated file by hand. */
const UNKNOWN: ResourceType = {
  ...USUAL,
  noun: "the resource",
  code: "resource-would-be-destroyed",
  destroyed: "destroys it",
};

/** The row of a type. */
export function resourceType(type: string): ResourceType {
  // A type of someone's own may be called like what every object has.
  return Object.hasOwn(ROWS, type) ? ROWS[type]! : UNKNOWN;
}

/** The worst comes first: of many losses only some are printed. */
export function rankOf(type: string): number {
  const at = Object.keys(ROWS).indexOf(type);
  return at === -1 ? Object.keys(ROWS).length : at;
}

const ROLES: Readonly<Record<string, string>> = {
  aws_kms_key: "aws_kms_replica_key",
  aws_kms_replica_key: "aws_kms_key",
  aws_kms_external_key: "aws_kms_replica_external_key",
  aws_kms_replica_external_key: "aws_kms_external_key",
};

/** The address of the same key in the other role, the primary key's for a replica key's; nothing for what is no key. */
export function otherRole(address: string): string | undefined {
  const [type = "", name] = address.split(".");
  return Object.hasOwn(ROLES, type) ? `${ROLES[type]}.${name}` : undefined;
}
