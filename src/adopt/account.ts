/**
 * Looks at an AWS account for what can be adopted: regions go in; its multi-Region keys with an alias and its primary secrets come
 * out, in the form in which a state has them. It only reads, and never a value.
 */

import type { LiveAccount, LiveKey, LiveSecret, Tags } from "../aws/account.ts";
import type { State, StateResource } from "../terraform/state.ts";
import type { LeftAlone } from "./inventory.ts";

interface AccountOptions {
  readonly regions: readonly string[];
  /** Only what has all of these tags. */
  readonly tags: ReadonlyMap<string, string>;
  /** Hears how much of how much is done. */
  progress(done: number, of: number): void;
}

export interface FoundInAccount {
  readonly state: State;
  /** What is there and cannot be in the spec, by ARN. */
  readonly leftAlone: readonly LeftAlone[];
}

/**
 * What the account holds in some regions.
 * @throws {UnseenError} when something cannot be looked at: half a list would leave keys out of the spec in silence
 */
export async function lookForKeys(account: LiveAccount, options: AccountOptions): Promise<FoundInAccount> {
  const look = new Look(account, options);
  await look.run();
  return { state: { resources: look.resources, others: new Set() }, leftAlone: look.leftAlone };
}

interface Alias {
  readonly region: string;
  readonly name: string;
  readonly keyId: string;
}

class Look {
  readonly resources: StateResource[] = [];
  readonly leftAlone: LeftAlone[] = [];
  readonly #account: LiveAccount;
  readonly #options: AccountOptions;
  #done = 0;
  #of = 0;

  constructor(account: LiveAccount, options: AccountOptions) {
    this.#account = account;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { regions } = this.#options;
    const aliases = (await Promise.all(regions.map((region) => this.#aliases(region)))).flat();
    const ids = [...new Set(aliases.map(({ keyId }) => keyId))].sort();
    const secrets = (await Promise.all(regions.map((region) => this.#secrets(region)))).flat();
    this.#of = ids.length + secrets.length;
    const keys = await Promise.all(
      ids.map((id) =>
        this.#key(
          id,
          aliases.filter(({ keyId }) => keyId === id),
        ),
      ),
    );
    const described = await Promise.all(secrets.map((secret) => this.#secret(secret)));
    // In the order of the lists, whatever answered first.
    for (const found of [...keys, ...described]) {
      this.resources.push(...found.resources);
      this.leftAlone.push(...found.leftAlone);
    }
  }

  /** The aliases of multi-Region keys in a region. */
  async #aliases(region: string): Promise<readonly Alias[]> {
    const found: Alias[] = [];
    for await (const { name, keyId } of this.#account.aliases(region)) {
      if (keyId.startsWith("mrk-") && !name.startsWith("alias/aws/")) found.push({ region, name, keyId });
    }
    return found;
  }

  /** The primary secrets of a region. */
  async #secrets(region: string): Promise<readonly (readonly [region: string, secret: LiveSecret])[]> {
    const found: (readonly [string, LiveSecret])[] = [];
    for await (const secret of this.#account.secrets(region, [])) {
      const isPrimary = secret.primaryRegion === undefined || secret.primaryRegion === region;
      if (isPrimary && secret.deletionDay === undefined && this.#isWanted(secret.tags)) found.push([region, secret]);
    }
    return found.sort(([, one], [, other]) => (one.name < other.name ? -1 : 1));
  }

  async #key(id: string, aliases: readonly Alias[]): Promise<FoundThing> {
    const { regions } = this.#options;
    const [first] = aliases;
    const seen = await this.#account.key(first!.region, id);
    const found = new FoundThing();
    const primaryRegion = seen?.primaryRegion ?? first!.region;
    if (seen === undefined) return this.#finished(found);
    if (!regions.includes(primaryRegion)) {
      found.leave(seen.arn, `its primary region is ${primaryRegion}, which --regions does not have`);
      return this.#finished(found);
    }
    const primary = primaryRegion === first!.region ? seen : await this.#account.key(primaryRegion, id);
    const tags = primary && (await this.#account.keyTags(primaryRegion, id));
    if (primary === undefined || tags === undefined || !this.#isWanted(tags)) return this.#finished(found);
    for (const region of [primaryRegion, ...primary.replicaRegions]) {
      if (!regions.includes(region)) {
        found.leave(primary.arn, `it has a replica in ${region}, which --regions does not have: it stays as it is`);
        continue;
      }
      const key = region === primaryRegion ? primary : await this.#account.key(region, id);
      if (key !== undefined) await this.#addKey(found, region, key, region === primaryRegion ? tags : undefined);
    }
    for (const { region, name } of aliases) {
      const arn = primary.arn.replace(/:kms:[^:]*:/, `:kms:${region}:`).replace(/:key\/.*$/, `:${name}`);
      found.add("aws_kms_alias", arn, { arn, name, target_key_id: id });
    }
    return this.#finished(found);
  }

  async #addKey(found: FoundThing, region: string, key: LiveKey, known: Tags | undefined): Promise<void> {
    if (key.deletionDay !== undefined) {
      found.leave(key.arn, `it is to be deleted on ${key.deletionDay}`);
      return;
    }
    const isPrimary = key.role === "primary";
    const [policy, tags, rotation] = await Promise.all([
      this.#account.keyPolicy(region, key.id),
      known ?? this.#account.keyTags(region, key.id),
      isPrimary ? this.#account.keyRotation(region, key.id) : undefined,
    ]);
    const isImported = key.origin === "EXTERNAL";
    const kind = isImported ? "external_key" : "key";
    found.add(isPrimary ? `aws_kms_${kind}` : `aws_kms_replica_${kind}`, key.arn, {
      arn: key.arn,
      id: key.id,
      key_id: key.id,
      multi_region: true,
      description: key.description,
      enabled: key.state !== "Disabled",
      key_usage: key.usage,
      customer_master_key_spec: key.spec,
      enable_key_rotation: rotation?.isOn === true,
      ...(rotation?.isOn ? { rotation_period_in_days: rotation.days } : {}),
      policy,
      tags,
    });
  }

  async #secret([region, { name, arn }]: readonly [region: string, secret: LiveSecret]): Promise<FoundThing> {
    const found = new FoundThing();
    const secret = await this.#account.secret(region, arn);
    if (secret === undefined) return this.#finished(found);
    const policy = await this.#account.secretPolicy(region, arn);
    if (secret.rotation !== undefined) {
      found.leave(arn, "its rotation stays as it is in AWS, and Terraform does not manage it");
    }
    found.add("aws_secretsmanager_secret", arn, {
      arn,
      name,
      description: secret.description,
      kms_key_id: secret.key ?? "",
      replica: secret.copies.map(({ region: where, key }) => ({ region: where, kms_key_id: key ?? "" })),
      policy: policy ?? "",
      tags: secret.tags,
    });
    return this.#finished(found);
  }

  #isWanted(tags: Tags): boolean {
    return [...this.#options.tags].every(([name, value]) => tags[name] === value);
  }

  #finished(found: FoundThing): FoundThing {
    this.#done += 1;
    this.#options.progress(this.#done, this.#of);
    return found;
  }
}

/** What one key or one secret comes to. */
class FoundThing {
  readonly resources: StateResource[] = [];
  readonly leftAlone: LeftAlone[] = [];

  /** Its ARN is in the place of an address, and its name is one that says nothing. */
  add(type: string, arn: string, values: StateResource["values"]): void {
    const name = type === "aws_secretsmanager_secret" ? "secret" : "key";
    this.resources.push({
      address: arn,
      type,
      name,
      index: undefined,
      module: "",
      values,
      dependsOn: [],
      sensitive: [],
    });
  }

  leave(address: string, reason: string): void {
    this.leftAlone.push({ address, reason });
  }
}
