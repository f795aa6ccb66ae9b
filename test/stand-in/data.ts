/**
 * Data sources and ephemeral resources: a place and a configuration come in, the attributes that the real provider reads
 * for it go out.
 */
import type { Place } from "./resources.ts";
import { partitionOf } from "./rules.ts";
import { type Attributes, blocksOf, hash, isSet, numeric, Refusal, text, textsOf, type Value } from "./values.ts";

type DataSource = (place: Place, config: Attributes) => Attributes;

export const DATA_SOURCES: Readonly<Record<string, DataSource>> = {
  aws_region: ({ region: own }, config) => {
    const region = text(config.name) ?? own;
    const endpoint = `ec2.${region}.${partitionOf(region).dnsSuffix}`;
    return { ...config, id: region, name: region, region, description: `Region ${region}`, endpoint };
  },
  aws_caller_identity: ({ account, region }) => ({
    id: account.id,
    account_id: account.id,
    arn: `arn:${partitionOf(region).partition}:iam::${account.id}:user/stand-in`,
    user_id: "AIDASTANDIN",
  }),
  aws_kms_alias: ({ account, region }, config) => {
    const name = text(config.name) ?? "";
    const { key } = account.resolveKey(region, name);
    return {
      ...config,
      id: account.aliasArn(region, name),
      arn: account.aliasArn(region, name),
      target_key_id: key.id,
      target_key_arn: account.keyArn(key, region),
    };
  },
  aws_kms_key: ({ account, region }, config) => {
    const reference = text(config.key_id) ?? "";
    if (!KEY_REFERENCE.test(reference)) throw new Refusal(`invalid value for key_id: ${reference}`, "key_id");
    const { key, copy } = account.resolveKey(region, reference);
    return {
      ...config,
      id: key.id,
      arn: account.keyArn(key, region),
      aws_account_id: account.id,
      description: copy.description,
      enabled: copy.enabled,
      key_spec: key.spec,
      key_usage: key.usage,
      multi_region: key.multiRegion,
      origin: key.origin,
    };
  },
  aws_partition: ({ region }) => {
    const { partition, dnsSuffix } = partitionOf(region);
    const reversed = dnsSuffix.split(".").reverse().join(".");
    return { id: partition, partition, dns_suffix: dnsSuffix, reverse_dns_prefix: reversed };
  },
  aws_secretsmanager_secret: ({ account, region }, config) => {
    const reference = text(config.arn) ?? text(config.name) ?? "";
    const secret = account.findSecret(region, reference);
    if (!secret) throw new Refusal(`reading Secrets Manager Secret (${reference}): couldn't find resource`);
    const arn = account.secretArn(secret, region);
    const { name, description, kmsKeyId, policy, tags } = secret;
    return { ...config, id: arn, arn, name, description, kms_key_id: kmsKeyId, policy: policy ?? "", tags };
  },
  aws_iam_policy_document: (_place, config) => {
    const document = policyDocument(config);
    return {
      ...config,
      id: String(hash(JSON.stringify(document))),
      json: JSON.stringify(document, null, 2),
      minified_json: JSON.stringify(document),
      version: document.Version,
    };
  },
};

/** What `key_id` may be: an id or an alias, each bare or as an ARN (internal/service/kms/validate.go of hashicorp/aws). */
const KEY_REFERENCE = /^(arn:[\w-]+:kms:[\w-]+:\d{12}:)?(key\/)?((mrk-)?[0-9a-f-]{32,36}|alias\/[0-9A-Za-z/_:-]+)$/;

interface PolicyDocument {
  readonly Version: string;
  readonly Id?: string;
  readonly Statement: Attributes[];
}

/** The document, to the byte what the real data source writes: a single value bare, several in falling order. */
function policyDocument(config: Attributes): PolicyDocument {
  const own = blocksOf(config.statement).map(policyStatement);
  const sids = own.map((statement) => statement.Sid).filter(isSet);
  const twice = sids.find((sid, index) => sids.indexOf(sid) !== index);
  if (twice !== undefined) throw new Refusal(`duplicate Sid (${twice})`);
  const source = sourceStatements(config.source_policy_documents);
  const override = sourceStatements(config.override_policy_documents);
  // A document that is merged in brings its id (IAMPolicyDoc.Merge, internal/service/iam/policy_model.go).
  const merged = [...textsOf(config.source_policy_documents), ...textsOf(config.override_policy_documents)];
  const ids = merged.flatMap((document) => (JSON.parse(document) as { readonly Id?: string }).Id ?? []);
  const policyId = ids.at(-1) ?? text(config.policy_id);
  return {
    Version: text(config.version) ?? "2012-10-17",
    ...(policyId === null ? {} : { Id: policyId }),
    Statement: override.reduce(mergeStatement, own.reduce(mergeStatement, source)),
  };
}

function sourceStatements(documents: Value | undefined): Attributes[] {
  return textsOf(documents).flatMap((document) =>
    [(JSON.parse(document) as { Statement: Attributes | Attributes[] }).Statement].flat(),
  );
}

function mergeStatement(statements: Attributes[], next: Attributes): Attributes[] {
  const index = isSet(next.Sid) ? statements.findIndex((statement) => statement.Sid === next.Sid) : -1;
  return index === -1 ? [...statements, next] : statements.with(index, next);
}

function policyStatement(block: Attributes): Attributes {
  const parts: [string, Value][] = [
    ["Sid", text(block.sid) || null],
    ["Effect", text(block.effect) ?? "Allow"],
    ["Action", oneOrSorted(block.actions)],
    ["NotAction", oneOrSorted(block.not_actions)],
    ["Resource", oneOrSorted(forAws(block.resources))],
    ["NotResource", oneOrSorted(forAws(block.not_resources))],
    ["Principal", policyPrincipals(block.principals)],
    ["NotPrincipal", policyPrincipals(block.not_principals)],
    ["Condition", policyConditions(block.condition)],
  ];
  return Object.fromEntries(parts.filter(([, value]) => value !== null));
}

function oneOrSorted(value: Value | undefined): Value {
  return bareIfOne(fallingTexts(value));
}

function fallingTexts(value: Value | undefined): string[] {
  return textsOf(value).sort().reverse();
}

/** What AWS fills in: the provider writes it as AWS does, in resources, principals and the values of conditions. */
function forAws(value: Value | undefined): Value {
  return textsOf(value).map((one) => one.replaceAll("&{", "${"));
}

function bareIfOne(values: string[]): Value {
  return values.length > 1 ? values : (values[0] ?? null);
}

function policyPrincipals(blocks: Value | undefined): Value {
  const byType = grouped(blocksOf(blocks), "type");
  if (byType.size === 0) return null;
  const principals = [...byType].map(
    ([type, group]) => [type, bareIfOne(group.flatMap((block) => fallingTexts(forAws(block.identifiers))))] as const,
  );
  // A principal of type "*" is everyone, which IAM writes without a type.
  return principals.length === 1 && principals[0]?.[0] === "*" ? "*" : Object.fromEntries(principals);
}

function policyConditions(blocks: Value | undefined): Value {
  const byTest = grouped(blocksOf(blocks), "test");
  if (byTest.size === 0) return null;
  return Object.fromEntries(
    [...byTest].map(([test, group]) => [
      test,
      Object.fromEntries(group.map((block) => [text(block.variable) ?? "", oneOrSorted(forAws(block.values))])),
    ]),
  );
}

function grouped(blocks: readonly Attributes[], by: string): Map<string, Attributes[]> {
  const groups = new Map<string, Attributes[]>();
  for (const block of blocks) {
    const name = text(block[by]) ?? "";
    groups.set(name, [...(groups.get(name) ?? []), block]);
  }
  return groups;
}

type EphemeralResource = (place: Place, config: Attributes) => Attributes;

export const EPHEMERAL_RESOURCES: Readonly<Record<string, EphemeralResource>> = {
  aws_secretsmanager_random_password: ({ account, region }, config) => ({
    ...config,
    region,
    random_password: account.randomPassword(numeric(config.password_length) ?? 32),
  }),
  aws_ssm_parameter: ({ account, region }, config) => {
    const arn = text(config.arn) ?? "";
    const [, , , arnRegion] = arn.split(":");
    if (arnRegion !== region) throw new Refusal(`ParameterNotFound: ${arn} is not in ${region}`, "arn");
    const name = arn.slice(arn.indexOf(":parameter") + ":parameter".length);
    return {
      ...config,
      region,
      name,
      type: "SecureString",
      value: account.parameter(arn),
      version: 1,
      with_decryption: true,
    };
  },
  aws_secretsmanager_secret_version: ({ account, region }, config) => ({
    ...config,
    region,
    secret_string: account.secretValue(region, text(config.secret_id) ?? ""),
    version_stage: "AWSCURRENT",
    version_stages: ["AWSCURRENT"],
  }),
};
