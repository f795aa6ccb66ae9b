/**
 * Asks AWS what is there: regions, ids and names go in, keys and secrets as AWS has them come out. It only reads. The value of a
 * secret never leaves this file: what comes out is whether it is the same in all regions.
 *
 * This is the only file that knows the AWS SDK, which is loaded when it is first needed: an optional peer dependency.
 */

import type * as Kms from "@aws-sdk/client-kms";
import type * as Secrets from "@aws-sdk/client-secrets-manager";
import type * as Sts from "@aws-sdk/client-sts";

/** How to get credentials, where the SDK's own chain (environment, profile, SSO, web identity, instance) is not all. */
export interface Access {
  /** The region whose STS is asked who we are. */
  readonly region: string;
  readonly profile: string | undefined;
  readonly role:
    | { readonly arn: string; readonly session: string | undefined; readonly externalId: string | undefined }
    | undefined;
}

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
export interface LiveCopy {
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
  /** All secrets of a region, primaries and copies, those that are pending deletion too; handed over page by page. */
  secrets(region: string, names: readonly string[]): AsyncIterable<LiveSecret>;
  /** A secret in its primary region, with its copies. */
  secret(region: string, name: string): Promise<LiveSecret | undefined>;
  secretPolicy(region: string, name: string): Promise<string | undefined>;
  /** Reads the value in each region and compares. The first region's is what the others are held to. */
  values(regions: readonly string[], name: string): Promise<ReadonlyMap<string, ValueVerdict>>;
  close(): void;
}

/** How many calls of a region are under way at once; of those that AWS takes fifty of a second, fewer. */
const AT_ONCE = { usual: 16, rare: 4 };

/** Calls that failed or were throttled are made again, ever more slowly; while AWS throttles, all slow down. */
const PATIENCE = {
  retryMode: "adaptive",
  maxAttempts: 10,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
};

interface Sdk {
  readonly kms: typeof Kms;
  readonly secrets: typeof Secrets;
  readonly sts: typeof Sts;
}

async function loadSdk(): Promise<Sdk> {
  try {
    const [kms, secrets, sts] = await Promise.all([
      import("@aws-sdk/client-kms"),
      import("@aws-sdk/client-secrets-manager"),
      import("@aws-sdk/client-sts"),
    ]);
    return { kms, secrets, sts };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isAbsent = code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND";
    throw isAbsent && message.includes("@aws-sdk/client-") ? new NoSdkError() : error;
  }
}

/**
 * Finds out whose account it is.
 * @throws {NoSdkError} when the SDK is not installed
 * @throws {UnseenError} when there are no credentials, or they are refused
 */
export async function connect({ region, profile, role }: Access): Promise<LiveAccount> {
  const sdk = await loadSdk();
  const own = new sdk.sts.STSClient({ ...PATIENCE, region, ...(profile === undefined ? {} : { profile }) });
  const sts =
    role === undefined ? own : new sdk.sts.STSClient({ ...PATIENCE, region, credentials: assumed(sdk, own, role) });
  const { Account = "", Arn = "" } = await sts.send(new sdk.sts.GetCallerIdentityCommand({})).catch((error) => {
    throw unseen(error);
  });
  const clients = new Clients(sdk, sts.config.credentials);
  return new SdkAccount(Account, Arn.split(":")[1] || "aws", sdk, clients);
}

/** A source of credentials, which the SDK asks again when they have expired. */
function assumed(sdk: Sdk, sts: Sts.STSClient, { arn, session, externalId }: NonNullable<Access["role"]>) {
  const command = new sdk.sts.AssumeRoleCommand({
    RoleArn: arn,
    RoleSessionName: session ?? "mrk-scaffold",
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
  });
  return async () => {
    const {
      AccessKeyId = "",
      SecretAccessKey = "",
      SessionToken = "",
      Expiration,
    } = (await sts.send(command)).Credentials ?? {};
    const expiration = Expiration === undefined ? {} : { expiration: Expiration };
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken, ...expiration };
  };
}

/** What speaks to one region. */
interface Region {
  readonly kms: Kms.KMSClient;
  readonly secrets: Secrets.SecretsManagerClient;
  /** Calls a function when fewer than so many calls are under way. */
  readonly usual: Limit;
  readonly rare: Limit;
  /** Why it cannot be looked at, once that is known: further calls would only take their time to find out the same. */
  fault: UnseenError | undefined;
}

type Limit = <T>(call: () => Promise<T>) => Promise<T>;

/** The clients of the regions, made when one is first asked; all have the same credentials. */
class Clients {
  readonly #sdk: Sdk;
  readonly #credentials: Sts.STSClient["config"]["credentials"];
  readonly #regions = new Map<string, Region>();

  constructor(sdk: Sdk, credentials: Sts.STSClient["config"]["credentials"]) {
    this.#sdk = sdk;
    this.#credentials = credentials;
  }

  in(region: string): Region {
    let found = this.#regions.get(region);
    if (found === undefined) {
      const settings = { ...PATIENCE, region, credentials: this.#credentials };
      found = {
        kms: new this.#sdk.kms.KMSClient(settings),
        secrets: new this.#sdk.secrets.SecretsManagerClient(settings),
        usual: limit(AT_ONCE.usual),
        rare: limit(AT_ONCE.rare),
        fault: undefined,
      };
      this.#regions.set(region, found);
    }
    return found;
  }

  close(): void {
    for (const { kms, secrets } of this.#regions.values()) {
      kms.destroy();
      secrets.destroy();
    }
  }
}

function limit(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (call) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await call();
    } finally {
      // Whoever waits takes the place over.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

class SdkAccount implements LiveAccount {
  readonly id: string;
  readonly partition: string;
  readonly #sdk: Sdk;
  readonly #clients: Clients;

  constructor(id: string, partition: string, sdk: Sdk, clients: Clients) {
    this.id = id;
    this.partition = partition;
    this.#sdk = sdk;
    this.#clients = clients;
  }

  async key(region: string, key: string): Promise<LiveKey | undefined> {
    const command = new this.#sdk.kms.DescribeKeyCommand({ KeyId: key });
    const answer = await this.#ask(region, "usual", ({ kms }) => kms.send(command));
    return answer?.KeyMetadata && liveKey(answer.KeyMetadata);
  }

  async keyRotation(region: string, id: string): Promise<LiveKeyRotation | undefined> {
    const command = new this.#sdk.kms.GetKeyRotationStatusCommand({ KeyId: id });
    const answer = await this.#ask(region, "usual", ({ kms }) => kms.send(command));
    return answer && (answer.KeyRotationEnabled ? { isOn: true, days: answer.RotationPeriodInDays } : { isOn: false });
  }

  async keyPolicy(region: string, id: string): Promise<string | undefined> {
    // A key has one policy, which is called so.
    const command = new this.#sdk.kms.GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" });
    return (await this.#ask(region, "usual", ({ kms }) => kms.send(command)))?.Policy;
  }

  async keyTags(region: string, id: string): Promise<Tags | undefined> {
    const tags: [string, string][] = [];
    let marker: string | undefined;
    do {
      const command = new this.#sdk.kms.ListResourceTagsCommand({ KeyId: id, ...(marker && { Marker: marker }) });
      const answer = await this.#ask(region, "usual", ({ kms }) => kms.send(command));
      if (answer === undefined) return undefined;
      for (const { TagKey = "", TagValue = "" } of answer.Tags ?? []) tags.push([TagKey, TagValue]);
      marker = answer.Truncated ? answer.NextMarker : undefined;
    } while (marker !== undefined);
    return tagsOf(tags);
  }

  async *secrets(region: string, names: readonly string[]): AsyncIterable<LiveSecret> {
    // A filter takes ten texts, and finds what begins with one.
    const filter = names.length > 10 ? {} : { Filters: [{ Key: "name" as const, Values: [...names] }] };
    let token: string | undefined;
    do {
      const command = new this.#sdk.secrets.ListSecretsCommand({
        ...filter,
        IncludePlannedDeletion: true,
        MaxResults: 100,
        ...(token && { NextToken: token }),
      });
      const answer = await this.#ask(region, "usual", ({ secrets }) => secrets.send(command));
      for (const secret of answer?.SecretList ?? []) yield liveSecret(secret, secret.SecretVersionsToStages);
      token = answer?.NextToken;
    } while (token !== undefined);
  }

  async secret(region: string, name: string): Promise<LiveSecret | undefined> {
    const command = new this.#sdk.secrets.DescribeSecretCommand({ SecretId: name });
    const answer = await this.#ask(region, "usual", ({ secrets }) => secrets.send(command));
    return answer && liveSecret(answer, answer.VersionIdsToStages, answer.ReplicationStatus);
  }

  async secretPolicy(region: string, name: string): Promise<string | undefined> {
    const command = new this.#sdk.secrets.GetResourcePolicyCommand({ SecretId: name });
    return (await this.#ask(region, "rare", ({ secrets }) => secrets.send(command)))?.ResourcePolicy;
  }

  async values(regions: readonly string[], name: string): Promise<ReadonlyMap<string, ValueVerdict>> {
    const values = await Promise.all(regions.map((region) => this.#value(region, name)));
    const first = values.find((value) => value instanceof Uint8Array);
    const verdict = (value: (typeof values)[number]): ValueVerdict => {
      if (!(value instanceof Uint8Array)) return value;
      return first && Buffer.compare(value, first) === 0 ? "same" : "different";
    };
    return new Map(regions.map((region, index) => [region, verdict(values[index]!)]));
  }

  /** The bytes of a value, or why there are none. */
  async #value(region: string, name: string): Promise<Uint8Array | "absent" | "unreadable" | UnseenError> {
    const command = new this.#sdk.secrets.GetSecretValueCommand({ SecretId: name });
    try {
      const answer = await this.#ask(region, "usual", ({ secrets }) => secrets.send(command));
      if (answer === undefined) return "absent";
      return answer.SecretBinary ?? Buffer.from(answer.SecretString ?? "");
    } catch (error) {
      if (isNamed(error, "DecryptionFailure", "DecryptionFailureException")) return "unreadable";
      if (error instanceof UnseenError) return error;
      throw error;
    }
  }

  /**
   * What AWS answers, `undefined` where it says that there is no such thing, or that this kind of thing has none.
   * @throws {UnseenError} when it does not say
   */
  async #ask<T>(region: string, kind: "usual" | "rare", call: (clients: Region) => Promise<T>): Promise<T | undefined> {
    const clients = this.#clients.in(region);
    return clients[kind](async () => {
      if (clients.fault !== undefined) throw clients.fault;
      try {
        return await call(clients);
      } catch (error) {
        if (isNamed(error, ...ABSENT)) return undefined;
        if (isNamed(error, "DecryptionFailure", "DecryptionFailureException")) throw error;
        const reason = unseen(error);
        if (reason.isOfRegion) clients.fault = reason;
        throw reason;
      }
    });
  }

  close(): void {
    this.#clients.close();
  }
}

function liveKey(key: Kms.KeyMetadata): LiveKey {
  const { MultiRegionConfiguration: several } = key;
  const regions = (several?.ReplicaKeys ?? []).flatMap(({ Region }) => Region ?? []);
  return {
    id: key.KeyId ?? "",
    arn: key.Arn ?? "",
    state: key.KeyState ?? "unknown",
    deletionDay: dayOf(key.DeletionDate),
    role: !key.MultiRegion ? "single-region" : several?.MultiRegionKeyType === "PRIMARY" ? "primary" : "replica",
    primaryRegion: several?.PrimaryKey?.Region,
    replicaRegions: regions,
    spec: key.KeySpec ?? "",
    usage: key.KeyUsage ?? "",
    origin: key.Origin ?? "",
    description: key.Description ?? "",
  };
}

/** What a list and a description have in common. */
type SecretMetadata = Omit<Secrets.SecretListEntry, "SecretVersionsToStages" | "$unknown">;

function liveSecret(
  secret: SecretMetadata,
  stages: Readonly<Record<string, readonly string[] | undefined>> | undefined,
  copies: readonly Secrets.ReplicationStatusType[] = [],
): LiveSecret {
  const { RotationRules: rules } = secret;
  return {
    name: secret.Name ?? "",
    arn: secret.ARN ?? "",
    description: secret.Description ?? "",
    key: secret.KmsKeyId,
    primaryRegion: secret.PrimaryRegion,
    deletionDay: dayOf(secret.DeletedDate),
    rotation: secret.RotationEnabled
      ? {
          lambdaArn: secret.RotationLambdaARN,
          days: rules?.AutomaticallyAfterDays,
          schedule: rules?.ScheduleExpression,
          duration: rules?.Duration,
        }
      : undefined,
    tags: tagsOf((secret.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    hasValue: Object.values(stages ?? {}).some((labels) => labels?.includes("AWSCURRENT")),
    copies: copies.map(({ Region = "", Status = "", StatusMessage = "", KmsKeyId }) => ({
      region: Region,
      status: Status,
      message: StatusMessage,
      key: KmsKeyId,
    })),
  };
}

/** Tags that AWS itself gives are no one's to say. */
function tagsOf(tags: readonly (readonly [string, string])[]): Tags {
  return Object.fromEntries(tags.filter(([name]) => !name.startsWith("aws:")));
}

function dayOf(date: InstanceType<DateConstructor> | undefined): string | undefined {
  return date?.toISOString().slice(0, 10);
}

/** How KMS and Secrets Manager say that something is not there, or not in this state. */
const ABSENT = [
  "NotFoundException",
  "ResourceNotFoundException",
  "InvalidRequestException",
  "UnsupportedOperationException",
  "KMSInvalidStateException",
];

function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

const LOG_IN =
  "Log in (aws sso login), or choose credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID, provider.profile in the spec";
const PERMISSION = "mrk-scaffold verify SPEC --print-policy prints the permissions that are needed";

/** An error of the SDK in plain words. Its names: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html */
function unseen(error: unknown): UnseenError {
  const { name, message, code } = error as NodeJS.ErrnoException;
  if (isNamed(error, "CredentialsProviderError", "TokenProviderError")) {
    return new UnseenError(`there are no credentials: ${message}`, LOG_IN, true);
  }
  if (REFUSED.test(name)) {
    const hint = `${LOG_IN}. Where only one region refuses them, it may not be enabled for the account`;
    return new UnseenError(`the credentials are refused (${name})`, hint, true);
  }
  if (/^AccessDenied|^NotAuthorized|^UnauthorizedOperation/.test(name)) {
    const action = /perform:? (\w+:\w+)/.exec(message)?.[1];
    return new UnseenError(action === undefined ? `access is denied: ${message}` : `${action} is denied`, PERMISSION);
  }
  if (/^(Throttling|TooManyRequests|RequestLimitExceeded|LimitExceeded)/.test(name)) {
    return new UnseenError(`AWS throttles the calls (${name})`, "Try again later, or look at fewer --regions");
  }
  const reason = code ?? (name === "TimeoutError" ? name : undefined);
  if (reason !== undefined) return new UnseenError(`it cannot be reached (${reason})`, "Check the network", true);
  return new UnseenError(`${name}: ${message}`, undefined);
}

const REFUSED =
  /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|InvalidAccessKeyId)/;
