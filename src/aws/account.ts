/** An AWS account as it is looked at: its keys and secrets, and why something of them could not be seen. */

/** What could not be looked at, and why: credentials, permissions, the network. That nothing is there is no such error. */
export class UnseenError extends Error {
  readonly hint: string | undefined;
  /** Whether no other call of the region will do better. */
  readonly isOfRegion: boolean;

  constructor(message: string, hint: string | undefined, isOfRegion = false) {
    super(message);
    this.name = "UnseenError";
    this.hint = hint;
    this.isOfRegion = isOfRegion;
  }
}

/** The SDK is not installed. */
export class NoSdkError extends Error {
  constructor() {
    super("the AWS SDK is not installed");
    this.name = "NoSdkError";
  }
}

export type Tags = Readonly<Record<string, string>>;

/** A KMS key in one region. */
export interface LiveKey {
  readonly id: string;
  readonly arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`, `Updating`, … */
  readonly state: string;
  /** The day of its deletion, `2025-12-31`, where one is pending. */
  readonly deletionDay: string | undefined;
  readonly role: "primary" | "replica" | "single-region";
  readonly primaryRegion: string | undefined;
  /** As AWS lists them, the primary's region not among them. */
  readonly replicaRegions: readonly string[];
  /** `SYMMETRIC_DEFAULT`, `RSA_2048`, … */
  readonly spec: string;
  /** `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, … */
  readonly usage: string;
  /** `AWS_KMS`, `EXTERNAL`, … */
  readonly origin: string;
  readonly description: string;
}

/** A grant on a key in one region, as KMS tells it. */
export interface LiveGrant {
  readonly name: string;
  readonly grantee: string;
  readonly retiring: string | undefined;
  /** `Decrypt`, `GenerateDataKey`, … */
  readonly operations: readonly string[];
  readonly contextEquals: Tags | undefined;
  readonly contextSubset: Tags | undefined;
}

/** Off, or how many days lie between two rotations. */
export type LiveKeyRotation = { readonly isOn: false } | { readonly isOn: true; readonly days: number | undefined };

/** A secret in one region. */
export interface LiveSecret {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  /** As AWS has it: an id, an ARN or an alias; `undefined` for AWS's own key. */
  readonly key: string | undefined;
  /** The region of the primary, where this is a copy. */
  readonly primaryRegion: string | undefined;
  /** The day of its deletion, where one is pending. */
  readonly deletionDay: string | undefined;
  readonly rotation: LiveSecretRotation | undefined;
  readonly tags: Tags;
  /** Whether it has a current value. */
  readonly hasValue: boolean;
  /** Of a primary that was asked for by itself; a list does not have them. */
  readonly copies: readonly LiveCopy[];
}

export interface LiveSecretRotation {
  readonly lambdaArn: string | undefined;
  readonly days: number | undefined;
  readonly schedule: string | undefined;
  readonly duration: string | undefined;
}

/** The copy of a secret in another region, as its primary knows it. */
interface LiveCopy {
  readonly region: string;
  /** `InSync`, `InProgress`, `Failed`. */
  readonly status: string;
  readonly message: string;
  readonly key: string | undefined;
}

/** What the value of a secret is like in a region; `same` is the first region's, and what is equal to it. */
export type ValueVerdict = "same" | "different" | "absent" | "unreadable" | UnseenError;

/** One AWS account. Each method throws an `UnseenError` where it cannot look, and gives `undefined` where nothing is there. */
export interface LiveAccount {
  readonly id: string;
  readonly partition: string;
  /** By id, ARN or the name of an alias. */
  key(region: string, key: string): Promise<LiveKey | undefined>;
  keyRotation(region: string, id: string): Promise<LiveKeyRotation | undefined>;
  /** The policy as JSON. */
  keyPolicy(region: string, id: string): Promise<string | undefined>;
  keyTags(region: string, id: string): Promise<Tags | undefined>;
  /** All aliases of a region that lead to a key; handed over page by page. */
  aliases(region: string): AsyncIterable<{ readonly name: string; readonly keyId: string }>;
  /** The grants that have a name. */
  keyGrants(region: string, id: string): Promise<readonly LiveGrant[]>;
  /**
   * All secrets of a region, primaries and copies, those that are pending deletion too; handed over page by page. Names are what
   * they begin with; without names all come.
   */
  secrets(region: string, names: readonly string[]): AsyncIterable<LiveSecret>;
  /** A secret in its primary region, with its copies. */
  secret(region: string, name: string): Promise<LiveSecret | undefined>;
  secretPolicy(region: string, name: string): Promise<string | undefined>;
  /** Reads the value in each region and compares. The first region's is what the others are held to. */
  values(regions: readonly string[], name: string): Promise<ReadonlyMap<string, ValueVerdict>>;
  close(): void;
}
