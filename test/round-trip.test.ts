/**
 * What is generated, read back with HashiCorp's parser, is the model that it was printed from, block for block, and joins
 * every replica of a secret to the key of its own region. Templates are not consulted: the table below says what each part
 * of a model stands for.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shortCode } from "../src/aws/regions.ts";
import { type Model, resolve } from "../src/model/resolve.ts";
import { type RenderedFile, render } from "../src/output/render.ts";
import { validate } from "../src/rules/validate.ts";
import { parse } from "../src/spec/load.ts";
import type { Spec } from "../src/spec/schema.ts";
import { type ValidFixture, validFixtures } from "./support/fixtures.ts";
import {
  type Blocks,
  type Body,
  blockOf,
  blocksOf,
  blocksOfType,
  type Expression,
  referredBlock,
  regionNamed,
  regionOf,
  Template,
  type Value,
  valuesOf,
  withRegions,
} from "./support/hcl.ts";
import { specs } from "./support/specs.ts";

/** A body as the model wants it: the source of each attribute, `undefined` for none; a list holds nested blocks. */
interface WantedBody {
  readonly [name: string]: string | undefined | readonly WantedBody[];
}

interface WantedBlock {
  readonly file: keyof Model["files"];
  /** Type and labels, `resource aws_kms_key main_sm`. */
  readonly name: string;
  readonly body: WantedBody;
}

type KeyModel = Model["keys"][number];
type KeyInRegion = KeyModel["primary"] | KeyModel["replicas"][number];
type SecretModel = Model["secrets"][number];
type PolicyDocumentModel = KeyModel["policyDocuments"][number];

/** Every part of a model, and the blocks that it stands for. A part that is missing here fails all tests of this file. */
const TABLE: { readonly [Part in keyof Model]: (part: Model[Part]) => readonly WantedBlock[] } = {
  // Every name is read here; which block is in which file is said by the blocks.
  files: (files) => Object.values(files).flatMap(() => []),
  terraform: ({ requiredVersion, awsProvider, configurationAliases }) => {
    const aliases = configurationAliases === undefined ? "" : `, configuration_aliases = ${configurationAliases}`;
    return [
      block("provider", "terraform", {
        required_version: requiredVersion,
        required_providers: [{ aws: `{ source = "hashicorp/aws", version = ${awsProvider}${aliases} }` }],
      }),
    ];
  },
  providers: (providers) =>
    providers.map(({ alias, region, stsRegion, profile, allowedAccountIds, assumeRole, defaultTags }) =>
      block("provider", "provider aws", {
        alias,
        region,
        profile,
        sts_region: stsRegion,
        allowed_account_ids: allowedAccountIds,
        assume_role: assumeRole && [
          { role_arn: assumeRole.roleArn, session_name: assumeRole.sessionName, external_id: assumeRole.externalId },
        ],
        default_tags: defaultTags && [{ tags: defaultTags }],
      }),
    ),
  given: (given) =>
    (given?.providers ?? []).map(({ name, region }) =>
      block("provider", `given ${name}`, {
        module: String(given!.isModule),
        region: region === undefined ? undefined : `"${region}"`,
      }),
    ),
  accountData: ({ keys, secrets, parameters }) => [
    ...accountData("kms", keys),
    ...accountData("secrets", secrets),
    ...accountData("parameters", parameters),
  ],
  keys: (keys) =>
    keys.flatMap(({ policyDocuments, primary, replicas }) => [
      ...policyDocuments.map((document) => policyDocument("kms", document)),
      ...primaryKey(primary),
      ...replicas.flatMap(replicaKey),
    ]),
  existingKeys: (existing) =>
    existing.flatMap(({ dataSource, type, name, alias, key, ...place }) => [
      ...(dataSource === undefined
        ? []
        : [block("kms", `data aws_region ${dataSource.name}`, { provider: dataSource.provider })]),
      block("kms", `data ${type} ${name}`, { name: alias, key_id: key, ...placement(place) }),
    ]),
  keyChanges: (changes) => changeBlocks("kms", changes),
  ebs: ({ defaults, changes }) => [
    ...defaults.flatMap(({ name, key, ...place }) => [
      block("ebs", `resource aws_ebs_encryption_by_default ${name}`, { enabled: "true", ...placement(place) }),
      block("ebs", `resource aws_ebs_default_kms_key ${name}`, { key_arn: key, ...placement(place) }),
    ]),
    ...changeBlocks("ebs", changes),
  ],
  logs: ({ groups, changes }) => [
    ...groups.map(({ name, logGroup, logClass, retention, skipDestroy, key, tags, lifecycle: settings, ...place }) =>
      block("logs", `resource aws_cloudwatch_log_group ${name}`, {
        name: logGroup,
        log_group_class: logClass,
        retention_in_days: retention,
        skip_destroy: skipDestroy,
        kms_key_id: key,
        tags,
        lifecycle: lifecycle({ lifecycle: settings }),
        ...placement(place),
      }),
    ),
    ...changeBlocks("logs", changes),
  ],
  parameters: ({ parameters, changes }) => [
    ...parameters.flatMap(({ ephemerals, inRegions }) => [
      ...ephemerals.map((one) => ephemeralBlock("parameters", one)),
      ...inRegions.map(
        ({ name, parameter, description, tier, overwrite, value, key, tags, lifecycle: settings, ...place }) =>
          block("parameters", `resource aws_ssm_parameter ${name}`, {
            name: parameter,
            type: '"SecureString"',
            description,
            tier,
            overwrite,
            value: value.plain,
            value_wo: value.writeOnly,
            value_wo_version: value.number,
            key_id: key,
            tags,
            lifecycle: lifecycle({ lifecycle: settings }),
            ...placement(place),
          }),
      ),
    ]),
    ...changeBlocks("parameters", changes),
  ],
  s3: ({ buckets, changes }) => [
    ...buckets.map(({ name, bucket, bucketKey, key, ...place }) =>
      block("s3", `resource aws_s3_bucket_server_side_encryption_configuration ${name}`, {
        bucket,
        rule: [
          {
            bucket_key_enabled: bucketKey,
            apply_server_side_encryption_by_default: [{ sse_algorithm: '"aws:kms"', kms_master_key_id: key }],
          },
        ],
        ...placement(place),
      }),
    ),
    ...changeBlocks("s3", changes),
  ],
  secrets: (secrets) => secrets.flatMap(secretBlocks),
  secretChanges: (changes) => changeBlocks("secrets", changes),
  consumers: (consumers) =>
    consumers.map(({ name, statements, provider }) =>
      block("consumers", `data aws_iam_policy_document ${name}`, {
        statement: statements.map(({ sid, actions, resources, conditions }) => ({
          sid,
          actions,
          resources,
          condition: conditions.map(({ test: operator, variable, values }) => ({ test: operator, variable, values })),
        })),
        provider,
      }),
    ),
  keyArns: (keyArns) => (keyArns === undefined ? [] : [block("locals", "locals", { kms_key_arns: keyArns })]),
  variables: (variables) =>
    variables.map(({ name, description, type, defaultValue, sensitive, ephemeral, validation }) =>
      block("variables", `variable ${name}`, {
        description,
        type,
        default: defaultValue,
        sensitive,
        ephemeral,
        validation: validation && [{ condition: validation.condition, error_message: validation.message }],
      }),
    ),
  outputs: (outputs) => [
    ...(outputs?.keys === undefined ? [] : [output("kms_keys", outputs.keys)]),
    ...(outputs?.secrets === undefined ? [] : [output("secrets", outputs.secrets)]),
    ...(outputs?.consumers === undefined ? [] : [output("consumer_policies", outputs.consumers)]),
  ],
};

function primaryKey(key: KeyModel["primary"]): WantedBlock[] {
  return [
    block("kms", `resource ${key.type} ${key.name}`, {
      description: key.description,
      key_usage: key.usage,
      customer_master_key_spec: key.material,
      enable_key_rotation: key.rotation,
      rotation_period_in_days: key.rotationPeriod,
      multi_region: "true",
      is_enabled: key.enabled,
      valid_to: key.validTo,
      policy: key.policy,
      bypass_policy_lockout_safety_check: key.bypassLockoutCheck,
      deletion_window_in_days: key.deletionWindow,
      tags: key.tags,
      lifecycle: lifecycle(key),
      ...placement(key),
    }),
    ...besidesKey(key),
  ];
}

function replicaKey(key: KeyModel["replicas"][number]): WantedBlock[] {
  return [
    block("kms", `resource ${key.type} ${key.name}`, {
      description: key.description,
      primary_key_arn: key.primaryKey,
      enabled: key.enabled,
      valid_to: key.validTo,
      policy: key.policy,
      bypass_policy_lockout_safety_check: key.bypassLockoutCheck,
      deletion_window_in_days: key.deletionWindow,
      tags: key.tags,
      lifecycle: lifecycle(key),
      ...placement(key),
    }),
    ...besidesKey(key),
  ];
}

function accountData(
  file: keyof Model["files"],
  { partition, callerIdentity, provider }: Model["accountData"]["keys"],
): WantedBlock[] {
  return [
    ...(partition === undefined ? [] : [block(file, `data aws_partition ${partition}`, { provider })]),
    ...(callerIdentity === undefined ? [] : [block(file, `data aws_caller_identity ${callerIdentity}`, { provider })]),
  ];
}

function ephemeralBlock(
  file: keyof Model["files"],
  { type, name, settings, ...place }: SecretModel["ephemerals"][number],
): WantedBlock {
  return block(file, `ephemeral ${type} ${name}`, {
    ...Object.fromEntries(settings.map((one) => [String(one.name), one.value])),
    ...placement(place),
  });
}

function policyDocument(
  file: keyof Model["files"],
  { name, forEach, sources, overrides, statements, provider }: PolicyDocumentModel,
): WantedBlock {
  return block(file, `data aws_iam_policy_document ${name}`, {
    for_each: forEach,
    source_policy_documents: sources,
    override_policy_documents: overrides,
    statement: statements.map(({ sid, effect, actions, notActions, principals, notPrincipals, conditions }) => ({
      sid,
      effect,
      actions,
      not_actions: notActions,
      resources: '["*"]',
      principals: principals.map(({ type, identifiers }) => ({ type, identifiers })),
      not_principals: notPrincipals.map(({ type, identifiers }) => ({ type, identifiers })),
      condition: conditions.map(({ test: operator, variable, values }) => ({ test: operator, variable, values })),
    })),
    provider,
  });
}

function besidesKey({ dataSource, aliases, grants }: KeyInRegion): WantedBlock[] {
  const blocks: WantedBlock[] = [];
  if (dataSource !== undefined) {
    blocks.push(block("kms", `data aws_region ${dataSource.name}`, { provider: dataSource.provider }));
  }
  for (const alias of aliases) {
    const body = { name: alias.alias, target_key_id: alias.target, ...placement(alias) };
    blocks.push(block("kms", `resource aws_kms_alias ${alias.name}`, body));
  }
  for (const { name, grantName, key, grantee, operations, retiring, constraints, ...place } of grants) {
    const body = {
      name: grantName,
      key_id: key,
      grantee_principal: grantee,
      operations,
      retiring_principal: retiring,
      constraints: constraints && [
        { encryption_context_equals: constraints.equals, encryption_context_subset: constraints.subset },
      ],
      ...placement(place),
    };
    blocks.push(block("kms", `resource aws_kms_grant ${name}`, body));
  }
  return blocks;
}

function secretBlocks(secret: SecretModel): WantedBlock[] {
  const { name, ephemerals, version, rotation, policy } = secret;
  const found = block("secrets", `data aws_secretsmanager_secret ${name}`, {
    name: secret.secretName,
    ...placement(secret),
  });
  const blocks = [
    ...(secret.isFound ? [found] : []),
    block("secrets", `resource aws_secretsmanager_secret ${name}`, {
      name: secret.secretName,
      name_prefix: secret.namePrefix,
      description: secret.description,
      recovery_window_in_days: secret.recoveryWindow,
      force_overwrite_replica_secret: secret.overwriteReplica,
      kms_key_id: secret.key,
      replica: secret.replicas.map(({ key, region }) => ({ kms_key_id: key, region })),
      tags: secret.tags,
      lifecycle: lifecycle(secret),
      ...placement(secret),
    }),
    ...ephemerals.map((one) => ephemeralBlock("secrets", one)),
  ];
  const besides = (kind: string, body: WantedBody) =>
    block("secrets", `resource aws_secretsmanager_secret_${kind} ${name}`, {
      secret_id: `aws_secretsmanager_secret.${name}.id`,
      ...body,
      ...placement(secret),
    });
  if (version !== undefined) {
    const { plain, binary, writeOnly, number } = version;
    const body = {
      secret_string: plain,
      secret_binary: binary,
      secret_string_wo: writeOnly,
      secret_string_wo_version: number,
      lifecycle: lifecycle(version),
    };
    blocks.push(besides("version", body));
  }
  if (rotation !== undefined) {
    const { lambda, immediately, days, schedule, duration } = rotation;
    const rules = { automatically_after_days: days, schedule_expression: schedule, duration };
    const body = { rotation_lambda_arn: lambda, rotate_immediately: immediately, rotation_rules: [rules] };
    blocks.push(besides("rotation", body));
  }
  if (policy !== undefined) {
    blocks.push(
      policyDocument("secrets", policy.document),
      block("secrets", `resource aws_secretsmanager_secret_policy ${name}`, {
        secret_arn: `aws_secretsmanager_secret.${name}.arn`,
        policy: policy.json,
        block_public_policy: policy.blockPublicPolicy,
        ...placement(secret),
      }),
    );
  }
  return blocks;
}

function changeBlocks(file: keyof Model["files"], { moved, imports, removed }: Model["keyChanges"]): WantedBlock[] {
  return [
    ...moved.map(({ from, to }) => block(file, "moved", { from, to })),
    ...imports.map(({ to, id }) => block(file, "import", { to, id })),
    ...removed.map(({ from }) => block(file, "removed", { from, lifecycle: [{ destroy: "false" }] })),
  ];
}

/** Where a resource is. */
function placement({ provider, region }: Pick<SecretModel, "provider" | "region">): WantedBody {
  return { provider, region };
}

function output(name: string, value: string): WantedBlock {
  // The description is for people, and the template's own.
  return block("outputs", `output ${name}`, { value });
}

function lifecycle({ lifecycle: settings }: { readonly lifecycle: SecretModel["lifecycle"] }): readonly WantedBody[] {
  if (settings === undefined) return [];
  const { preventDestroy, ignoreChanges, replaceTriggeredBy } = settings;
  return [{ prevent_destroy: preventDestroy, ignore_changes: ignoreChanges, replace_triggered_by: replaceTriggeredBy }];
}

function block(file: keyof Model["files"], name: string, body: WantedBody): WantedBlock {
  return { file, name, body };
}

type BlocksByFile = Record<string, Record<string, readonly Body[]>>;

/** What a model stands for, by file, and the parts of it that the table does not read. */
async function wantedOf(model: Model): Promise<{ files: BlocksByFile; unknown: readonly string[] }> {
  const unread = new Set<string>();
  const watched = watch(model, "model", unread);
  const blocks = Object.keys(TABLE).flatMap((part) => wantedOfPart(watched, part as keyof Model));
  const values = await evaluated(blocks.map(({ body }) => body));
  const files: BlocksByFile = {};
  for (const [index, { file: kind, name }] of blocks.entries()) {
    const file = watched.files[kind];
    if (file === undefined) continue;
    files[file] ??= {};
    files[file][name] = [...(files[file][name] ?? []), values[index]!];
  }
  return { files, unknown: [...unread] };
}

function wantedOfPart<Part extends keyof Model>(model: Model, part: Part): readonly WantedBlock[] {
  return TABLE[part](model[part]);
}

/** The same object; `unread` holds the path of everything in it that no one has read yet. */
function watch<T>(value: T, path: string, unread: Set<string>): T {
  if (typeof value !== "object" || value === null) return value;
  const inside = Object.entries(value).filter(([, below]) => below !== undefined);
  for (const [key] of inside) unread.add(`${path}.${key}`);
  const watched = new Map(inside.map(([key, below]) => [key, watch(below, `${path}.${key}`, unread)]));
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key !== "string" || !watched.has(key)) return Reflect.get(target, key, receiver);
      unread.delete(`${path}.${key}`);
      return watched.get(key);
    },
  });
}

/** Bodies with every source replaced by its value, all in one go, and what is absent left out. */
async function evaluated(bodies: readonly WantedBody[]): Promise<readonly Body[]> {
  const sources: string[] = [];
  const collect = (body: WantedBody): void => {
    for (const part of Object.values(body)) {
      if (typeof part === "string") sources.push(part);
      else part?.forEach(collect);
    }
  };
  bodies.forEach(collect);
  const values = [...(await valuesOf(sources))].reverse();
  const fill = (body: WantedBody): Body =>
    Object.fromEntries(
      Object.entries(body).flatMap(([name, part]): [string, Value][] => {
        if (typeof part === "string") return [[name, values.pop()!]];
        return part === undefined || part.length === 0 ? [] : [[name, part.map(fill)]];
      }),
    );
  return bodies.map(fill);
}

/** The providers that comments speak of. */
function givenIn(text: string): [string, Body[]][] {
  const module = text.includes("\n# A child module.");
  return Array.from(text.matchAll(/^# {3}(\S+) in (?:any region|(\S+))$/gm), ([, name, region]) => [
    `given ${name}`,
    [region === undefined ? { module } : { module, region }],
  ]);
}

/** What is in the files; of an output what is for people is left out. */
async function foundIn(files: readonly RenderedFile[]): Promise<BlocksByFile> {
  const found = files.map(async ({ path, text }) => {
    const blocks = [...(await blocksOf(text))].map(([name, bodies]): [string, readonly Body[]] => [
      name,
      name.startsWith("output ") ? bodies.map(({ description: _, ...body }) => body) : bodies,
    ]);
    return [path, Object.fromEntries([...blocks, ...givenIn(text)])] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

function generated(name: string, text: string | Uint8Array): { spec: Spec; model: Model; files: RenderedFile[] } {
  const checked = validate(parse(name, Buffer.from(text)));
  const { spec } = checked;
  const model = resolve(checked);
  return { spec, model, files: render(model, { spec: name, arguments: [name] }) };
}

async function expectToHoldItsModel(model: Model, files: readonly RenderedFile[]): Promise<void> {
  const wanted = await wantedOf(model);
  expect(wanted.unknown, "parts of the model that the table does not know").toEqual([]);
  expect(await foundIn(files)).toEqual(wanted.files);
}

async function readTogether(files: readonly RenderedFile[]): Promise<Blocks> {
  return blocksOf(files.map(({ text }) => text).join("\n"));
}

describe("read back, the files hold the blocks of the model, each once, with its attributes, and nothing else", () => {
  test.each(validFixtures)("$name", async ({ spec }) => {
    const { model, files } = generated("spec.yaml", readFileSync(spec));
    await expectToHoldItsModel(model, files);
  });

  test("any spec", async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (spec) => {
        const { model, files } = generated("spec.yaml", JSON.stringify(spec));
        await expectToHoldItsModel(model, files);
      }),
      { numRuns: 300 },
    );
  });

  test("a part of the model that the table does not know is noticed, however deep", async () => {
    const { model } = generated("spec.yaml", "{ version: 1, regions: { primary: eu-central-1 } }");
    const [key] = model.keys;
    const extended = { ...model, keys: [{ ...key!, primary: { ...key!.primary, colour: "blue" } }], moved: ["a"] };
    expect(new Set((await wantedOf(extended)).unknown)).toEqual(
      new Set(["model.keys.0.primary.colour", "model.moved", "model.moved.0"]),
    );
  });
});

/** What a fixture generates, with the files of the user's own that are beside it. */
async function readFixture({ spec: path, beside }: ValidFixture): Promise<{ spec: Spec; blocks: Blocks }> {
  const { spec, files } = generated("spec.yaml", readFileSync(path));
  const own = Object.entries(beside).flatMap(([name, text]) => (name.endsWith(".tf") ? [text] : []));
  return { spec, blocks: await blocksOf([...files.map(({ text }) => text), ...own].join("\n")) };
}

describe("every replica of a secret is under the key of its own region", () => {
  test.each(validFixtures)("$name", async (fixture) => {
    const { spec, blocks } = await readFixture(fixture);
    const declared = spec.regions.secrets?.step === "detach" ? {} : (spec.secrets ?? {});
    const wanted = Object.entries(declared).map(([id, secret]) => wantedJoin(spec, id, secret));
    const found = blocksOfType(blocks, "resource aws_secretsmanager_secret").map(([id, body]) =>
      foundJoin(blocks, id, body),
    );
    expect(new Map(found)).toEqual(new Map(wanted));
  });
});

describe("every alias is in the region, and under the name of the region, of the key that it stands for", () => {
  test.each(validFixtures)("$name", async (fixture) => {
    const { blocks } = await readFixture(fixture);
    for (const [name, alias] of blocksOfType(blocks, "resource aws_kms_alias")) {
      const key = referredBlock(blocks, alias.target_key_id);
      const region = regionOf(blocks, key.body);
      expect({ name, region: regionOf(blocks, alias) }).toEqual({ name, region });
      const isRegional = alias.name instanceof Template && JSON.stringify(alias.name).includes("data.aws_region.");
      if (isRegional) expect(withRegions(blocks, alias.name)).toContain(region ?? "");
    }
  });
});

test("where the primary's provider has an alias, every resource, data source and ephemeral resource names a provider", async () => {
  const given = specs.map((spec) => {
    const { primary } = spec.regions;
    const place = typeof primary === "string" ? { region: primary } : primary;
    return { ...spec, regions: { ...spec.regions, primary: { ...place, provider_alias: "given" } } };
  });
  await fc.assert(
    fc.asyncProperty(given, async (spec) => {
      const blocks = await readTogether(generated("spec.yaml", JSON.stringify(spec)).files);
      const placed = [...blocks].filter(([name]) => /^(resource|data|ephemeral) /.test(name));
      const unplaced = placed.filter(([, bodies]) => bodies.some(({ provider }) => provider === undefined));
      expect(unplaced.map(([name]) => name)).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

/**
 * A secret's key, and the key of each of its replicas by region, each said by the primary key that it is a copy of; `aws` for
 * AWS's own.
 */
type Join = readonly [id: string, { readonly key: string; readonly replicas: Readonly<Record<string, string>> }];

/** What the spec says about a secret; the regions of a module are known by the names of the providers that it is given. */
function wantedJoin(spec: Spec, id: string, secret: NonNullable<Spec["secrets"]>[string]): Join {
  if (secret?.key === "aws") {
    const own = Array.isArray(secret.replicas)
      ? secret.replicas
      : (spec.regions.replicas ?? []).map((one) => one.region);
    return [id, { key: "aws", replicas: Object.fromEntries(own.map((region) => [region, "aws"])) }];
  }
  const keys = Object.entries(spec.keys ?? { sm: {} });
  const forSecrets = keys.filter(([, key]) => (key?.service ?? "secretsmanager") === "secretsmanager");
  const [keyId, key] = keys.find(([name]) => name === secret?.key) ?? (keys.length === 1 ? keys : forSecrets)[0]!;
  const { primary, replicas: others = [], home = primary.region, secrets, unreachable = [] } = spec.regions;
  const all = others.map(({ region }) => region);
  const ofKey = [primary.region, ...(Array.isArray(key?.replicas) ? key.replicas : all)];
  const inRegion = secrets?.region ?? primary.region;
  const regions = (Array.isArray(secret?.replicas) ? secret.replicas : ofKey).filter((region) => region !== inRegion);
  // In these fixtures it is the secrets that have left what is out of reach, or nothing has.
  const copies = secrets?.step === undefined ? regions : regions.filter((region) => !unreachable.includes(region));
  const label = primary.label ?? (primary.region === home ? "main" : shortCode(primary.region));
  const name = key?.existing === undefined ? `${label}_${keyId}` : `existing ${keyId}`;
  return [id, { key: name, replicas: Object.fromEntries(copies.map((region) => [knownAs(spec, region), name])) }];
}

function knownAs({ regions, terraform, provider }: Spec, region: string): string {
  if (!terraform?.module || provider?.placement === "region") return region;
  const replica = regions.replicas?.find((one) => one.region === region);
  return `aws.${replica?.provider_alias ?? replica?.label ?? shortCode(region)}`;
}

function foundJoin(blocks: Blocks, id: string, secret: Body): Join {
  const blocksOfReplicas = (secret.replica ?? []) as readonly Body[];
  if (secret.kms_key_id === undefined) {
    expect(blocksOfReplicas.map(({ kms_key_id }) => kms_key_id).filter(Boolean)).toEqual([]);
    const regions = blocksOfReplicas.map(({ region }) => [regionNamed(blocks, region), "aws"]);
    return [id, { key: "aws", replicas: Object.fromEntries(regions) }];
  }
  // The primary key may be in another region than the primary secret; there is one of it among all copies.
  // A key of another state is read in each region under that region's label.
  const isRead = (secret.kms_key_id as Expression).source.startsWith("data.");
  const primaryKeyOf = ({ type, name, body }: ReturnType<typeof referredBlock>) => {
    if (isRead) return `existing ${name.replace(/^[^_]+_/, "")}`;
    return /^aws_kms_(external_)?key$/.test(type) ? name : referredBlock(blocks, body.primary_key_arn).name;
  };
  const key = referredBlock(blocks, secret.kms_key_id);
  expect({ id, region: regionOf(blocks, key.body) }).toEqual({ id, region: regionOf(blocks, secret) });
  const replicas = blocksOfReplicas.map((replica) => {
    const region = regionNamed(blocks, replica.region);
    const copy = referredBlock(blocks, replica.kms_key_id);
    expect({ id, name: copy.name, region: regionOf(blocks, copy.body) }).toEqual({ id, name: copy.name, region });
    return [region, primaryKeyOf(copy)];
  });
  expect(new Set(replicas.map(([region]) => region)).size, `${id}: one replica a region`).toBe(replicas.length);
  const primaryKey = primaryKeyOf(key);
  if (!isRead) blockOf(blocks, `resource ${key.type.replace("replica_", "")} ${primaryKey}`);
  return [id, { key: primaryKey, replicas: Object.fromEntries(replicas) }];
}
