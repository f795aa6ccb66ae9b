/**
 * Asks AWS what is there: regions, ids and names go in, keys and secrets as AWS has them come out. It only reads. The value of a
 * secret never leaves this file: what comes out is whether it is the same in all regions.
 *
 * This is the only file that loads the AWS SDK, when it is first needed: an optional peer dependency.
 */

import type * as Kms from "@aws-sdk/client-kms";
import type * as Secrets from "@aws-sdk/client-secrets-manager";
import type * as Sts from "@aws-sdk/client-sts";
import {
  type LiveAccount,
  type LiveGrant,
  type LiveKey,
  type LiveKeyRotation,
  type LiveSecret,
  NoSdkError,
  type Tags,
  UnseenError,
  type ValueVerdict,
} from "./account.ts";
import { liveGrant, liveKey, liveSecret, tagsOf } from "./answers.ts";
import { type Limit, limit } from "./limit.ts";
import { isNamed, unseen } from "./unseen.ts";

/** How to get credentials, where the SDK's own chain (environment, profile, SSO, web identity, instance) is not all. */
export interface Access {
  /** The region whose STS is asked who we are. */
  readonly region: string;
  readonly profile: string | undefined;
  readonly role:
    | { readonly arn: string; readonly session: string | undefined; readonly externalId: string | undefined }
    | undefined;
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

  async keyGrants(region: string, id: string): Promise<readonly LiveGrant[]> {
    const grants: LiveGrant[] = [];
    let marker: string | undefined;
    do {
      const command = new this.#sdk.kms.ListGrantsCommand({ KeyId: id, Limit: 100, ...(marker && { Marker: marker }) });
      const answer = await this.#ask(region, "usual", ({ kms }) => kms.send(command));
      for (const grant of answer?.Grants ?? []) if (grant.Name) grants.push(liveGrant(grant));
      marker = answer?.Truncated ? answer.NextMarker : undefined;
    } while (marker !== undefined);
    return grants;
  }

  async *aliases(region: string): AsyncIterable<{ readonly name: string; readonly keyId: string }> {
    let marker: string | undefined;
    do {
      const command = new this.#sdk.kms.ListAliasesCommand({ Limit: 100, ...(marker && { Marker: marker }) });
      const answer = await this.#ask(region, "usual", ({ kms }) => kms.send(command));
      for (const { AliasName: name, TargetKeyId: keyId } of answer?.Aliases ?? []) {
        if (name !== undefined && keyId !== undefined) yield { name, keyId };
      }
      marker = answer?.Truncated ? answer.NextMarker : undefined;
    } while (marker !== undefined);
  }

  async *secrets(region: string, names: readonly string[]): AsyncIterable<LiveSecret> {
    // A filter takes ten texts, and finds what begins with one.
    const filter =
      names.length === 0 || names.length > 10 ? {} : { Filters: [{ Key: "name" as const, Values: [...names] }] };
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

/** How KMS and Secrets Manager say that something is not there, or not in this state. */
const ABSENT = [
  "NotFoundException",
  "ResourceNotFoundException",
  "InvalidRequestException",
  "UnsupportedOperationException",
  "KMSInvalidStateException",
];
