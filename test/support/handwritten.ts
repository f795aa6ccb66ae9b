/**
 * Terraform as people write it by hand, as data: keys with replicas, secrets with replicas and values, in a module or not. A
 * world goes in, files go out; edits turn one world into another.
 */

import fc from "fast-check";
import type { StandInVersion } from "../stand-in/provider.ts";
import type { Files } from "./terraform.ts";

export const REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"] as const;
export type Region = (typeof REGIONS)[number];

export interface HandKey {
  readonly isMultiRegion: boolean;
  readonly isEnabled: boolean;
  /** Replica regions; those with `isLooped` come from one block with for_each. */
  readonly replicas: readonly Region[];
  readonly isLooped: boolean;
  readonly description: string;
}

export interface HandValue {
  readonly kind: "plain" | "write-only" | "generated";
  readonly version: number;
}

export interface HandSecret {
  readonly name: string;
  /** A key's identifier; null for AWS's own. */
  readonly key: string | null;
  readonly replicas: readonly Region[];
  readonly isDynamic: boolean;
  readonly window: 0 | 7;
  readonly value: HandValue | null;
}

export interface World {
  readonly version: StandInVersion;
  readonly isModule: boolean;
  readonly keys: Readonly<Record<string, HandKey>>;
  readonly secrets: Readonly<Record<string, HandSecret>>;
  /** Blocks that are there because of an edit: `moved`, `removed`. */
  readonly blocks: readonly string[];
}

const HOME = REGIONS[0];

/** The files of a world. */
export function filesOf(world: World): Files {
  const { version, isModule, keys, secrets, blocks } = world;
  const providers = version === "5.100" ? REGIONS.slice(1) : [];
  const root = [
    `terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}`,
    `provider "aws" {\n  region = "${HOME}"\n}`,
    ...providers.map((region) => `provider "aws" {\n  alias  = "${region}"\n  region = "${region}"\n}`),
  ];
  const things = [
    ...Object.entries(keys).map(([id, key]) => keyBlocks(id, key, version)),
    ...Object.entries(secrets).map(([id, secret]) => secretBlocks(id, secret, world)),
  ];
  if (!isModule) return { "main.tf": [...root, ...things, ...blocks].join("\n\n") };
  const aliases = providers.map((region) => `aws.${region}`);
  const passed = ["aws = aws", ...aliases.map((alias) => `${alias} = ${alias}`)].join("\n    ");
  const settings = `terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n      configuration_aliases = [${aliases.join(", ")}]\n    }\n  }\n}`;
  const call = `module "inner" {\n  source = "./inner"\n  count  = 1\n  providers = {\n    ${passed}\n  }\n}`;
  return { "main.tf": [...root, call, ...blocks].join("\n\n"), "inner/main.tf": [settings, ...things].join("\n\n") };
}

/** The address of a resource of the world. */
export function addressOf({ isModule }: World, resource: string): string {
  return isModule ? `module.inner[0].${resource}` : resource;
}

function replicaAddress(id: string, region: string, isLooped: boolean): string {
  return isLooped ? `aws_kms_replica_key.${id}["${region}"]` : `aws_kms_replica_key.${id}_${region}`;
}

function placed(region: string, version: StandInVersion): string {
  if (region === HOME) return "";
  return version === "6.25" ? `  region = "${region}"\n` : `  provider = aws.${region}\n`;
}

function keyBlocks(id: string, key: HandKey, version: StandInVersion): string {
  const primary = `resource "aws_kms_key" "${id}" {
  description  = "${key.description}"
  multi_region = ${key.isMultiRegion}
  is_enabled   = ${key.isEnabled}
}`;
  if (!key.isMultiRegion || key.replicas.length === 0) return primary;
  const body = `  description     = "${key.description}"\n  primary_key_arn = aws_kms_key.${id}.arn\n`;
  // A provider cannot depend on each.key.
  if (key.isLooped && version === "6.25") {
    const loop = `  for_each = toset(${JSON.stringify(key.replicas)})\n  region   = each.key\n`;
    return `${primary}\n\nresource "aws_kms_replica_key" "${id}" {\n${loop}${body}}`;
  }
  const replicas = key.replicas.map(
    (region) => `resource "aws_kms_replica_key" "${id}_${region}" {\n${body}${placed(region, version)}}`,
  );
  return [primary, ...replicas].join("\n\n");
}

function secretBlocks(id: string, secret: HandSecret, { keys }: World): string {
  const { name, key, replicas, isDynamic, window, value } = secret;
  const encryption = key === null ? "" : `  kms_key_id = aws_kms_key.${key}.arn\n`;
  const keyIn = (region: string) => {
    const found = key === null ? undefined : keys[key];
    return key !== null && found?.isMultiRegion && found.replicas.includes(region as Region)
      ? `    kms_key_id = ${replicaAddress(key, region, found.isLooped)}.arn\n`
      : "";
  };
  const copies =
    isDynamic && replicas.length > 0
      ? `  dynamic "replica" {\n    for_each = toset(${JSON.stringify(replicas)})\n    content {\n      region = replica.key\n    }\n  }\n`
      : replicas.map((region) => `  replica {\n    region = "${region}"\n${keyIn(region)}  }\n`).join("");
  const secretBlock = `resource "aws_secretsmanager_secret" "${id}" {\n  name = "${name}"\n  recovery_window_in_days = ${window}\n${encryption}${copies}}`;
  return value === null ? secretBlock : `${secretBlock}\n\n${valueBlock(id, value)}`;
}

function valueBlock(id: string, { kind, version }: HandValue): string {
  const head = `resource "aws_secretsmanager_secret_version" "${id}" {\n  secret_id = aws_secretsmanager_secret.${id}.id\n`;
  if (kind === "plain") return `${head}  secret_string = "HIDDEN-plain-${version}"\n}`;
  const wo = (source: string) => `${head}  secret_string_wo = ${source}\n  secret_string_wo_version = ${version}\n}`;
  if (kind === "write-only") return wo(`"HIDDEN-written-${version}"`);
  const password = `ephemeral "aws_secretsmanager_random_password" "${id}" {\n  password_length = 40\n}`;
  return `${password}\n\n${wo(`"HIDDEN-\${ephemeral.aws_secretsmanager_random_password.${id}.random_password}"`)}`;
}

const regionSets = fc.subarray([...REGIONS.slice(1)]);

const keys: fc.Arbitrary<HandKey> = fc.record({
  isMultiRegion: fc.nat(4).map((number) => number > 0),
  isEnabled: fc.constant(true),
  replicas: regionSets,
  isLooped: fc.boolean(),
  description: fc.constantFrom("one", "two"),
});

const values: fc.Arbitrary<HandValue | null> = fc.option(
  fc.record({ kind: fc.constantFrom("plain", "write-only", "generated"), version: fc.integer({ min: 1, max: 2 }) }),
  { freq: 2 },
);

const secretsWith = (ids: readonly string[]): fc.Arbitrary<HandSecret> =>
  fc.record({
    name: fc.constantFrom("app/db", "app/api"),
    key: fc.constantFrom(null, ...ids),
    replicas: regionSets,
    isDynamic: fc.nat(4).map((number) => number === 0),
    window: fc.constantFrom(0, 7),
    value: values,
  });

/** A key or two, a secret or two, in version 5.100 or 6.25 of the provider. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    version: fc.constantFrom<StandInVersion>("5.100", "6.25"),
    isModule: fc.boolean(),
    keys: fc.dictionary(fc.constantFrom("one", "two"), keys, { minKeys: 1 }),
  })
  .chain((world) =>
    fc
      .dictionary(fc.constantFrom("db", "api"), secretsWith(Object.keys(world.keys)), { minKeys: 1 })
      .map((secrets) => ({
        ...world,
        keys: Object.fromEntries(
          Object.entries(world.keys).map(([id, key]) => [
            id,
            { ...key, isLooped: key.isLooped && world.version === "6.25" },
          ]),
        ),
        // Names are unique in a region.
        secrets: Object.fromEntries(
          Object.entries(secrets).map(([id, secret]) => [id, { ...secret, name: `app/${id}` }]),
        ),
        blocks: [],
      })),
  );

/** One edit of a world. */
export interface Edit {
  readonly what: string;
  readonly apply: (world: World) => World;
}

function edit(what: string, apply: (world: World) => World): Edit {
  return { what, apply };
}

/** The edits that make sense for a world: what people do to such files, rightly or wrongly. */
export function editsOf(world: World): readonly Edit[] {
  // An edit before may have taken the thing away.
  const withKey = (id: string, change: Partial<HandKey>) => (one: World) =>
    one.keys[id] === undefined ? one : { ...one, keys: { ...one.keys, [id]: { ...one.keys[id], ...change } } };
  const withSecret = (id: string, change: Partial<HandSecret>) => (one: World) =>
    one.secrets[id] === undefined
      ? one
      : { ...one, secrets: { ...one.secrets, [id]: { ...one.secrets[id], ...change } } };
  const ofKeys = Object.entries(world.keys).flatMap(([id, key]) => [
    edit(`enable ${id} or not`, withKey(id, { isEnabled: !key.isEnabled })),
    edit(`${id} becomes another kind of key`, withKey(id, { isMultiRegion: !key.isMultiRegion })),
    edit(`${id} has fewer replicas`, withKey(id, { replicas: key.replicas.slice(1) })),
    edit(`${id} has more replicas`, withKey(id, { replicas: [...REGIONS.slice(1)] })),
    edit(`${id} has another description`, withKey(id, { description: "three" })),
    ...(world.version === "6.25" ? [edit(`${id} is looped or not`, withKey(id, { isLooped: !key.isLooped }))] : []),
    edit(`${id} is called other`, (one) => renamed(one, id, [])),
    edit(`${id} is called other, with moved`, (one) =>
      renamed(one, id, [
        `moved {\n  from = ${addressOf(one, `aws_kms_key.${id}`)}\n  to   = ${addressOf(one, "aws_kms_key.other")}\n}`,
      ]),
    ),
    edit(`${id} is gone`, (one) => withoutKey(one, id, [])),
    edit(`${id} is gone, with removed`, (one) => withoutKey(one, id, [removed(one, `aws_kms_key.${id}`)])),
  ]);
  const ofSecrets = Object.entries(world.secrets).flatMap(([id, secret]) => [
    edit(`${id} has fewer replicas`, withSecret(id, { replicas: secret.replicas.slice(1) })),
    edit(`${id} has more replicas`, withSecret(id, { replicas: [...REGIONS.slice(1)] })),
    edit(`${id} has no replicas`, withSecret(id, { replicas: [] })),
    edit(`${id} is under AWS's key`, withSecret(id, { key: null })),
    edit(`${id} is dynamic or not`, withSecret(id, { isDynamic: !secret.isDynamic })),
    edit(`${id} has another name`, withSecret(id, { name: `${secret.name}-new` })),
    edit(`${id} has another window`, withSecret(id, { window: secret.window === 0 ? 7 : 0 })),
    edit(
      `${id} has another value`,
      withSecret(id, { value: { kind: secret.value?.kind ?? "write-only", version: 3 } }),
    ),
    edit(`${id} is generated`, withSecret(id, { value: { kind: "generated", version: secret.value?.version ?? 1 } })),
    edit(`${id} has no value`, withSecret(id, { value: null })),
    edit(`${id} is gone`, (one) => withoutSecret(one, id, [])),
    edit(`${id} is gone, with removed`, (one) =>
      withoutSecret(one, id, [removed(one, `aws_secretsmanager_secret.${id}`)]),
    ),
  ]);
  return [
    ...ofKeys,
    ...ofSecrets,
    edit("in a module or not", (one) => ({ ...one, isModule: !one.isModule })),
    edit("nothing", (one) => one),
  ];
}

function removed(world: World, resource: string): string {
  const from = world.isModule ? `module.inner.${resource}` : resource;
  return `removed {\n  from = ${from}\n\n  lifecycle {\n    destroy = false\n  }\n}`;
}

function renamed(world: World, id: string, blocks: readonly string[]): World {
  const { [id]: key, ...others } = world.keys;
  if (key === undefined || world.keys.other !== undefined) return world;
  const secrets = Object.entries(world.secrets).map(([name, secret]): [string, HandSecret] => [
    name,
    secret.key === id ? { ...secret, key: "other" } : secret,
  ]);
  return {
    ...world,
    keys: { ...others, other: key },
    secrets: Object.fromEntries(secrets),
    blocks: [...world.blocks, ...blocks],
  };
}

function withoutKey(world: World, id: string, blocks: readonly string[]): World {
  const { [id]: key, ...others } = world.keys;
  if (key === undefined) return world;
  const secrets = Object.entries(world.secrets).map(([name, secret]): [string, HandSecret] => [
    name,
    secret.key === id ? { ...secret, key: null } : secret,
  ]);
  return { ...world, keys: others, secrets: Object.fromEntries(secrets), blocks: [...world.blocks, ...blocks] };
}

function withoutSecret(world: World, id: string, blocks: readonly string[]): World {
  const { [id]: secret, ...others } = world.secrets;
  return secret === undefined ? world : { ...world, secrets: others, blocks: [...world.blocks, ...blocks] };
}
