/**
 * AWS's HTTP interface before a stand-in account: requests of the AWS SDK come in, what AWS answers goes out. It reads the
 * account and changes nothing; calls beyond AWS's quotas are throttled as AWS does it.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Account, Secret } from "./account.ts";
import { AWS_SECRETS_KEY } from "./account.ts";
import { partitionOf } from "./rules.ts";
import type { Attributes } from "./values.ts";

type Answer = Record<string, unknown>;

/** An error as AWS sends it. */
export class AwsError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

/** Sees every answer before it is sent, and may change it, or throw an `AwsError` in its place. */
export type Tamper = (operation: string, region: string, answer: Answer, request: Answer) => Answer;

export interface FrontOptions {
  readonly tamper?: Tamper;
  /** Calls a second and region that are allowed, by operation; others are not counted. */
  readonly quotas?: Readonly<Record<string, number>>;
}

export interface Front {
  /** What AWS_ENDPOINT_URL is set to. */
  readonly url: string;
  /** How many calls there were, by operation, the throttled ones not among them. */
  readonly calls: ReadonlyMap<string, number>;
  /** How many were throttled, by operation. */
  readonly throttled: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Starts it on a free port of the loopback. */
export async function startFront(
  account: Account,
  { tamper = (_, __, answer) => answer, quotas = {} }: FrontOptions = {},
): Promise<Front> {
  const calls = new Map<string, number>();
  const throttled = new Map<string, number>();
  const buckets = new Map<string, { tokens: number; at: number }>();
  const isThrottled = (operation: string, region: string): boolean => {
    const rate = quotas[operation];
    if (rate === undefined) return false;
    const now = performance.now();
    const bucket = buckets.get(`${operation} ${region}`) ?? { tokens: rate, at: now };
    const tokens = Math.min(rate, bucket.tokens + ((now - bucket.at) / 1000) * rate);
    buckets.set(`${operation} ${region}`, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    return tokens < 1;
  };
  const count = (of: Map<string, number>, operation: string) => of.set(operation, (of.get(operation) ?? 0) + 1);
  const server: Server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(incoming.headers.authorization ?? "")?.[1] ?? "";
    const target = String(incoming.headers["x-amz-target"] ?? "").split(".")[1];
    const form = new URLSearchParams(body);
    const operation = target ?? form.get("Action") ?? "";
    try {
      if (isThrottled(operation, region)) {
        count(throttled, operation);
        throw new AwsError("ThrottlingException", "Rate exceeded");
      }
      count(calls, operation);
      const request = target === undefined ? Object.fromEntries(form) : (JSON.parse(body || "{}") as Answer);
      const answer = tamper(operation, region, answerTo(account, operation, region, request), request);
      if (target === undefined) outgoing.writeHead(200, { "content-type": "text/xml" }).end(xml(operation, answer));
      else outgoing.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
    } catch (error) {
      const { type, message, status } =
        error instanceof AwsError ? error : new AwsError("InternalFailure", String((error as Error).stack), 500);
      if (target === undefined) {
        outgoing.writeHead(status, { "content-type": "text/xml" }).end(errorXml(type, message));
      } else {
        outgoing
          .writeHead(status, { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": type })
          .end(JSON.stringify({ __type: type, message }));
      }
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    throttled,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function answerTo(account: Account, operation: string, region: string, request: Answer): Answer {
  const operations = OPERATIONS[operation];
  if (operations === undefined) throw new AwsError("UnknownOperationException", `the front does not know ${operation}`);
  return operations(account, region, request);
}

type Operation = (account: Account, region: string, request: Answer) => Answer;

/** When everything that is pending is deleted. */
const DELETION = Date.UTC(2031, 0, 15) / 1000;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  GetCallerIdentity: (account, region) => ({
    Account: account.id,
    Arn: `arn:${partitionOf(region).partition}:sts::${account.id}:assumed-role/stand-in/session`,
    UserId: "AROASTANDIN:session",
  }),
  AssumeRole: (_account, _region, { RoleArn }) => ({
    Credentials: {
      AccessKeyId: `ASIA${String(RoleArn).split("/").at(-1)}`,
      SecretAccessKey: "secret",
      SessionToken: "token",
      Expiration: "2099-01-01T00:00:00Z",
    },
  }),
  ListAliases(account, region, { Marker }) {
    // AWS's own aliases are there without a key until it is used; pages of two, so that paging is seen.
    const own = [{ AliasName: "alias/aws/s3" }];
    const all = account.aliases(region).map(({ name, targetKeyId }) => ({ AliasName: name, TargetKeyId: targetKeyId }));
    const from = Number(Marker ?? 0);
    const page = [...own, ...all].slice(from, from + 2);
    const isLast = from + 2 > all.length;
    return { Aliases: page, Truncated: !isLast, ...(isLast ? {} : { NextMarker: String(from + 2) }) };
  },
  DescribeKey(account, region, request) {
    const { key, copy, state } = keyOf(account, region, request);
    const arnIn = (one: string) => account.keyArn(key, one);
    const replicas = [...key.copies.keys()].filter((one) => one !== key.primaryRegion);
    const place = (one: string) => ({ Arn: arnIn(one), Region: one });
    return {
      KeyMetadata: {
        KeyId: key.id,
        Arn: arnIn(region),
        Enabled: state === "Enabled",
        KeyState: state,
        KeySpec: key.spec,
        KeyUsage: key.usage,
        Origin: key.origin,
        Description: copy.description,
        MultiRegion: key.multiRegion,
        ...(state === "PendingDeletion" ? { DeletionDate: DELETION } : {}),
        ...(key.multiRegion
          ? {
              MultiRegionConfiguration: {
                MultiRegionKeyType: region === key.primaryRegion ? "PRIMARY" : "REPLICA",
                PrimaryKey: place(key.primaryRegion),
                ReplicaKeys: replicas.map(place),
              },
            }
          : {}),
      },
    };
  },
  GetKeyRotationStatus(account, region, request) {
    const { key } = keyOf(account, region, request);
    const days = key.rotationPeriodInDays;
    return {
      KeyId: account.keyArn(key, region),
      KeyRotationEnabled: days !== null,
      ...(days && { RotationPeriodInDays: days }),
    };
  },
  GetKeyPolicy: (account, region, request) => ({
    Policy: keyOf(account, region, request).copy.policy,
    PolicyName: "default",
  }),
  ListResourceTags(account, region, request) {
    const tags = Object.entries(keyOf(account, region, request).copy.tags).map(([TagKey, TagValue]) => ({
      TagKey,
      TagValue,
    }));
    // In pages of two, so that paging is seen.
    const from = Number(request.Marker ?? 0);
    const isLast = from + 2 >= tags.length;
    return {
      Tags: tags.slice(from, from + 2),
      Truncated: !isLast,
      ...(isLast ? {} : { NextMarker: String(from + 2) }),
    };
  },
  ListGrants(account, region, request) {
    const grants = [...keyOf(account, region, request).copy.grants].map(([GrantId, grant]) => ({
      GrantId,
      // KMS makes nothing of a name that was not given.
      ...(grant.name === null ? {} : { Name: grant.name }),
      GranteePrincipal: grant.grantee,
      ...(grant.retiring === null ? {} : { RetiringPrincipal: grant.retiring }),
      Operations: grant.operations,
      ...(grant.constraints === null ? {} : { Constraints: constraintsOf(grant.constraints) }),
    }));
    // In pages of one, so that paging is seen.
    const from = Number(request.Marker ?? 0);
    const isLast = from + 1 >= grants.length;
    return {
      Grants: grants.slice(from, from + 1),
      Truncated: !isLast,
      ...(isLast ? {} : { NextMarker: String(from + 1) }),
    };
  },
  ListSecrets(account, region, { NextToken, MaxResults, Filters }) {
    const filters = (Filters ?? []) as readonly { readonly Key: string; readonly Values: readonly string[] }[];
    const isWanted = ({ name }: Secret) =>
      filters.every(({ Values }) => Values.some((value) => name.startsWith(value)));
    const all = account.describedSecrets(region).filter(isWanted);
    const from = Number(NextToken ?? 0);
    const to = from + Number(MaxResults ?? 100);
    return {
      SecretList: all.slice(from, to).map((secret) => {
        const { VersionIdsToStages: SecretVersionsToStages, ...entry } = secretAnswer(account, secret, region);
        return { ...entry, SecretVersionsToStages };
      }),
      ...(to < all.length ? { NextToken: String(to) } : {}),
    };
  },
  DescribeSecret(account, region, request) {
    const secret = secretOf(account, region, request);
    const status = [...secret.replicas].map(([Region, key]) => ({
      Region,
      KmsKeyId: key ?? AWS_SECRETS_KEY,
      Status: "InSync",
      StatusMessage: "Replication succeeded",
    }));
    const isPrimary = region === secret.primaryRegion;
    return {
      ...secretAnswer(account, secret, region),
      ...(isPrimary && status.length > 0 ? { ReplicationStatus: status } : {}),
    };
  },
  GetResourcePolicy(account, region, request) {
    const secret = secretOf(account, region, request);
    const { policy, name } = secret;
    return {
      ARN: account.secretArn(secret, region),
      Name: name,
      ...(policy === null ? {} : { ResourcePolicy: policy }),
    };
  },
  GetSecretValue(account, region, request) {
    const secret = secretOf(account, region, request);
    const version = secret.versions.get(secret.currentVersion ?? "");
    if (secret.pendingDeletion) throw new AwsError("InvalidRequestException", "it is marked for deletion");
    if (version === undefined) {
      throw new AwsError(
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      );
    }
    const key = region === secret.primaryRegion ? secret.kmsKeyId : (secret.replicas.get(region) ?? null);
    if (key !== null && key !== AWS_SECRETS_KEY && account.describedKey(region, key)?.state !== "Enabled") {
      throw new AwsError("DecryptionFailure", "Secrets Manager can't decrypt the secret value");
    }
    const value = version.binary ? { SecretBinary: version.value } : { SecretString: version.value };
    return { ARN: account.secretArn(secret, region), Name: secret.name, VersionStages: ["AWSCURRENT"], ...value };
  },
};

function constraintsOf({ encryption_context_equals: equals, encryption_context_subset: subset }: Attributes): Answer {
  return {
    ...(equals ? { EncryptionContextEquals: equals } : {}),
    ...(subset ? { EncryptionContextSubset: subset } : {}),
  };
}

function keyOf(account: Account, region: string, { KeyId }: Answer) {
  const found = account.describedKey(region, String(KeyId));
  if (found === undefined) throw new AwsError("NotFoundException", `Key '${KeyId}' does not exist`);
  return found;
}

function secretOf(account: Account, region: string, { SecretId }: Answer): Secret {
  const found = account
    .describedSecrets(region)
    .find((secret) => secret.name === SecretId || account.secretArn(secret, region) === SecretId);
  if (found === undefined)
    throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return found;
}

function secretAnswer(account: Account, secret: Secret, region: string): Answer {
  const { name, description, rotation, tags, versions, currentVersion, primaryRegion, replicas, pendingDeletion } =
    secret;
  const isPrimary = region === primaryRegion;
  const key = isPrimary ? secret.kmsKeyId : replicas.get(region);
  const rules = rotation?.rules[0] ?? {};
  const stages = [...versions.keys()].map((id) => [id, id === currentVersion ? ["AWSCURRENT"] : ["AWSPREVIOUS"]]);
  return {
    ARN: account.secretArn(secret, region),
    Name: name,
    ...(description ? { Description: description } : {}),
    ...(key ? { KmsKeyId: key } : {}),
    ...(rotation
      ? {
          RotationEnabled: true,
          ...(rotation.lambdaArn ? { RotationLambdaARN: rotation.lambdaArn } : {}),
          RotationRules: {
            ...(rules.automatically_after_days ? { AutomaticallyAfterDays: rules.automatically_after_days } : {}),
            ...(rules.schedule_expression ? { ScheduleExpression: rules.schedule_expression } : {}),
            ...(rules.duration ? { Duration: rules.duration } : {}),
          },
        }
      : {}),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    VersionIdsToStages: Object.fromEntries(stages),
    ...(replicas.size > 0 ? { PrimaryRegion: primaryRegion } : {}),
    ...(pendingDeletion ? { DeletedDate: DELETION } : {}),
  };
}

function xml(operation: string, answer: Answer): string {
  return `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>${elements(answer)}</${operation}Result></${operation}Response>`;
}

function elements(answer: Answer): string {
  return Object.entries(answer)
    .map(([name, value]) => `<${name}>${typeof value === "object" ? elements(value as Answer) : value}</${name}>`)
    .join("");
}

function errorXml(code: string, message: string): string {
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
}
