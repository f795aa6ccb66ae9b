/**
 * Says what an apply has cost, by looking at the stand-in account and at Terraform's state before and after it. It knows nothing
 * of plans, so that a judge of plans can be held against it.
 */

import type { Account, SecretView } from "../stand-in/account.ts";

/** The account and the state at one moment. */
export interface Moment {
  /** The address of every key copy and secret that the state has, by identity. */
  readonly managed: ReadonlyMap<string, string>;
  /** Of a secret in the state, by address, the regions of its replicas. */
  readonly replicas: ReadonlyMap<string, { readonly name: string; readonly regions: readonly string[] }>;
  /** The address of the resource that sends a secret's value, by `NAME@REGION` of the secret. */
  readonly senders: ReadonlyMap<string, string>;
  /** `Enabled`, `Disabled`; keys that are pending deletion are not here. */
  readonly keys: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, SecretView>;
  readonly deletedReplicas: readonly string[];
}

type Attributes = Readonly<Record<string, unknown>>;

interface State {
  readonly resources?: readonly {
    readonly module?: string;
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly {
      readonly index_key?: string | number;
      readonly deposed?: string;
      readonly attributes: Attributes;
    }[];
  }[];
}

const KEYS = /^aws_kms_(replica_)?(external_)?key$/;

/** What is there now; `state` is the text of the state file. */
export function momentOf(account: Account, regions: readonly string[], state: string): Moment {
  const managed = new Map<string, string>();
  const replicas = new Map<string, { readonly name: string; readonly regions: readonly string[] }>();
  const senders = new Map<string, string>();
  for (const { module, mode, type, name, instances } of (JSON.parse(state) as State).resources ?? []) {
    if (mode !== "managed") continue;
    for (const { index_key: index, attributes } of instances) {
      const suffix = index === undefined ? "" : `[${JSON.stringify(index)}]`;
      const address = `${module === undefined ? "" : `${module}.`}${type}.${name}${suffix}`;
      const identity = identityOf(type, attributes);
      if (identity === undefined) continue;
      if (type === "aws_secretsmanager_secret_version") senders.set(identity, address);
      else managed.set(identity, address);
      if (type !== "aws_secretsmanager_secret") continue;
      const copies = attributes.replica as readonly { readonly region: string }[];
      replicas.set(address, { name: String(attributes.name), regions: copies.map((copy) => copy.region) });
    }
  }
  const keys = regions.flatMap((region) =>
    account
      .keys(region)
      .filter(({ state }) => !state.startsWith("Pending"))
      .map(({ keyId, state }) => [`key ${keyId}@${region}`, state] as const),
  );
  const secrets = regions.flatMap((region) =>
    account
      .secrets(region)
      .filter(({ pendingDeletion }) => !pendingDeletion)
      .map((secret) => [`${secret.role === "primary" ? "secret" : "copy"} ${secret.arn}@${region}`, secret] as const),
  );
  return {
    managed,
    replicas,
    senders,
    keys: new Map(keys),
    secrets: new Map(secrets),
    deletedReplicas: account.deletedReplicas(),
  };
}

/** What an object is in AWS, whatever its address; the value of a secret is known by `NAME@REGION`. */
function identityOf(type: string, { arn, key_id, id, secret_id }: Attributes): string | undefined {
  if (KEYS.test(type)) return `key ${key_id ?? id}@${regionIn(arn)}`;
  if (type === "aws_secretsmanager_secret") return `secret ${arn}@${regionIn(arn)}`;
  return type === "aws_secretsmanager_secret_version" ? `${nameIn(secret_id)}@${regionIn(secret_id)}` : undefined;
}

/** The address that an object had at a moment, whatever a plan calls it; `undefined` for what was not there. */
export function addressAt({ managed, senders }: Moment, type: string, attributes: Attributes): string | undefined {
  const identity = identityOf(type, attributes) ?? "";
  return managed.get(identity) ?? senders.get(identity);
}

function regionIn(arn: unknown): string {
  return String(arn).split(":")[3] ?? "";
}

function nameIn(arn: unknown): string {
  return /:secret:(.*)-\w{6}$/.exec(String(arn))?.[1] ?? "";
}

/** What only those know who have made the change. */
export interface Circumstances {
  /** Whether a value, of a secret as `NAME@REGION`, was not Terraform's to change. */
  readonly isValueKept: (secret: string) => boolean;
}

/** What an apply has cost, by address. */
export interface Cost {
  readonly lost: readonly string[];
  /** What was gone before: a plan with `-destroy` or `-refresh=false` does not know it, and may be judged either way. */
  readonly goneBefore: readonly string[];
}

/**
 * The addresses of what the apply has cost: `ADDRESS` of keys and secrets that are deleted, disabled, or no longer Terraform's,
 * or that were gone before it; `ADDRESS[REGION]` of replicas that were deleted, if only to be copied again; `ADDRESS` of what
 * has sent a value over one that was to stay.
 */
export function lossesBetween(before: Moment, after: Moment, { isValueKept }: Circumstances): Cost {
  const lost = new Set<string>();
  const goneBefore = new Set<string>();
  for (const [identity, address] of before.managed) {
    const [was, is] = identity.startsWith("key")
      ? [before.keys.get(identity), after.keys.get(identity)]
      : [before.secrets.get(identity) && "there", after.secrets.get(identity) && "there"];
    if (was === undefined) goneBefore.add(address);
    const isDisabled = was === "Enabled" && is === "Disabled";
    // What was gone before has cost nothing more unless Terraform has seen it, which it does not with -refresh=false.
    const isGone = is === undefined && was !== undefined;
    if (isGone || isDisabled || !after.managed.has(identity)) lost.add(address);
  }
  const deleted = after.deletedReplicas.slice(before.deletedReplicas.length);
  for (const [address, { name, regions }] of before.replicas) {
    if (lost.has(address)) continue;
    for (const region of regions) {
      const isCopy = (moment: Moment) =>
        [...moment.secrets.values()].some(
          (secret) => secret.name === name && secret.role === "replica" && secret.arn.split(":")[3] === region,
        );
      const isMadeAgain = !isCopy(before) && isCopy(after);
      if (!isCopy(before)) goneBefore.add(`${address}[${region}]`);
      if (deleted.includes(`${name}@${region}`) || isMadeAgain) lost.add(`${address}[${region}]`);
    }
  }
  for (const [identity, { name, role, value, arn }] of before.secrets) {
    // The value of a secret that is gone is gone with it.
    const now = after.secrets.get(identity);
    const id = `${name}@${regionIn(arn)}`;
    const sender = after.senders.get(id);
    if (role !== "primary" || value === null || now === undefined || now.value === value) continue;
    if (sender !== undefined && isValueKept(id)) lost.add(sender);
  }
  return { lost: [...lost].sort(), goneBefore: [...goneBefore] };
}
