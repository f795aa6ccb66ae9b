/**
 * Arbitrary specs for property tests: each is right by construction, and wherever text is free it holds what means something
 * to HCL, YAML, Handlebars or a terminal.
 */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the interpolations of HCL are what is meant

import fc from "fast-check";
import type * as z from "zod/v4/core";
import type { specSchema } from "../../src/spec/schema.ts";
import { escapeBraces, saying } from "./text.ts";

/** A spec as it is written, with all its short forms. */
export type WrittenSpec = z.input<typeof specSchema>;
export type WrittenKey = NonNullable<NonNullable<WrittenSpec["keys"]>[string]>;
export type WrittenSecret = Exclude<NonNullable<NonNullable<WrittenSpec["secrets"]>[string]>, string>;
export type WrittenParameter = Exclude<NonNullable<NonNullable<WrittenSpec["parameters"]>[string]>, string>;
export type WrittenLogGroup = Exclude<NonNullable<NonNullable<WrittenSpec["log_groups"]>[string]>, string>;
export type WrittenBucket = Exclude<NonNullable<NonNullable<WrittenSpec["buckets"]>[string]>, string>;
export type WrittenValue = Exclude<NonNullable<WrittenSecret["value"]>, string>;
/** A part of a JSON value. */
export type WrittenPart = NonNullable<WrittenValue["json"]>[string];
type WrittenTags = Record<string, string>;

const TELLING = [
  ..."\"\\'`$%#={}[]()<>|&*!?@,:;~- ",
  ..."\0\u0007\b\t\n\v\f\r\u001b\u007f\u0085\u00a0\u200b\u200d\u2028\u2029\ufeff\ufffd",
  ..."🔑éñ한ế\u0327",
  ...["👩‍👩‍👧‍👦", "e\u0301", "n\u0303", "क्षि", "Z\u0353\u0311"],
  ...["${", "%{", "$${", "%%{", "$$${", "%%%{", "$%{", "%${", "${var.x}", '${"${a}"}', "%{ if true }", "%{ endif }"],
  ...["{{", "}}", "{{{x}}}", "{{> tags this}}", "{{!-- ", "{region}", "{account}"],
  ...["<<EOT\n", "<<-EOT\n", "\nEOT\n", "//", "/*", "*/", "#", "# x\n", "\r\n", "\\u0041", "\\n", '\\"', "\\\\"],
  ...["---\n", "\n...\n", ": ", "- ", "!!str ", "|\n  ", "~", "null", "true", "yes", "0x1", "1e3", "<<", "jsonencode("],
  ...["\u001b[31m", "</script>", "&quot;", "__proto__", "constructor", '}\n\nresource "a" "b" {\n'],
];

/**
 * Text of 1 to `maximum` UTF-16 units that Terraform leaves as it is: in Unicode NFC, and with less than 30 combining
 * characters in a row, between which Go's normalisation would put another one (UAX #15, Stream-Safe Text Format).
 */
export function hostileText(maximum: number): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...TELLING) },
    { weight: 2, arbitrary: fc.stringMatching(/^[ -~]{1,12}$/) },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 4 }) },
  );
  const short = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(""));
  const long = fc
    .tuple(piece, fc.integer({ min: 2, max: Math.max(2, maximum) }))
    .map(([text, times]) => text.repeat(Math.min(times, Math.max(1, Math.floor(maximum / text.length)))));
  return fc
    .oneof({ weight: 30, arbitrary: short }, { weight: 1, arbitrary: long })
    .map((text) => text.normalize("NFC"))
    .filter((text) => text.length > 0 && text.length <= maximum && !/\p{M}{25}/u.test(text.normalize("NFKD")));
}

/** Names that JavaScript, HCL or Terraform know too; `__proto__` has a test of its own. */
const TELLING_IDENTIFIERS = [
  "constructor",
  "toString",
  "hasOwnProperty",
  "length",
  "for",
  "in",
  "null",
  "true",
  "each",
];

/** Variables cannot be called so: https://developer.hashicorp.com/terraform/language/values/variables */
const RESERVED = new Set("source version providers count for_each lifecycle depends_on locals __proto__".split(" "));

const identifiers = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,11}$/).filter((name) => !RESERVED.has(name)) },
  { weight: 1, arbitrary: fc.constantFrom(...TELLING_IDENTIFIERS) },
);

/** The letters that tags may have, those that mean something to HCL, and some that are not ASCII. */
const tagCharacters = fc.oneof(
  fc.constantFrom(..."_.:/=+-@ \u00a0\u2028\u3000éßØ한字٣²½ǅ𝒳"),
  fc.stringMatching(/^[A-Za-z0-9]$/),
);

/** The variables that texts refer to, as they are declared when they are used; the fixed parts of names keep all names apart. */
const TEXT_VARIABLES: Readonly<Record<string, NonNullable<WrittenSpec["variables"]>[string]>> = {
  "env-name": null,
  "declared-elsewhere": { write: false },
  stage: { type: "string", default: "dev", allowed: ["dev", "prod"], description: 'What "${this}" is for' },
  number: { type: "number", default: 15 },
  isLive: { type: "bool" },
  account: null,
  "account-end": {},
};

/** What stands for something in any text. */
const placeholders = fc.constantFrom(
  ...["{region}", "{label}", "{workspace}"],
  ...["env-name", "declared-elsewhere", "stage", "number", "isLive"].map((name) => `{var.${name}}`),
);

/** Text that says what the other one says, now and then with a placeholder in front of it or behind. */
function said(literal: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const maybeOne = fc.oneof({ weight: 5, arbitrary: fc.constant("") }, { weight: 1, arbitrary: placeholders });
  return fc
    .tuple(maybeOne, literal.map(escapeBraces), maybeOne)
    .map(([before, text, behind]) => before + (behind === "" ? text : text.replace(/[$&]$/, "_")) + behind);
}

const tags: fc.Arbitrary<WrittenTags> = fc
  .array(
    fc.tuple(
      fc
        .string({ unit: tagCharacters, minLength: 1, maxLength: 12 })
        .filter((key) => !/^aws:/i.test(key) && key !== "__proto__"),
      fc.oneof(
        said(fc.string({ unit: tagCharacters, maxLength: 12 })),
        fc.constantFrom("", "for", "null", "=".repeat(256)),
      ),
    ),
    { maxLength: 5 },
  )
  .map(Object.fromEntries);

/** Left out, or written with nothing behind it, as often as given. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null | undefined> {
  return fc.oneof(
    { weight: 5, arbitrary },
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

/** The short codes of the regions are what the spec's description says; at most five are taken from one partition. */
const SHORT_CODES: Readonly<Record<string, string>> = {
  "eu-central-1": "euc1",
  "eu-west-1": "euw1",
  "us-east-1": "use1",
  "ap-southeast-2": "apse2",
  "ap-northeast-3": "apne3",
  "sa-east-1": "sae1",
  "il-central-1": "ilc1",
  "cn-north-1": "cnn1",
  "cn-northwest-1": "cnnw1",
  "us-gov-east-1": "usge1",
  "us-gov-west-1": "usgw1",
};
const PARTITIONS = [/^(?!cn-|us-gov-)/, /^cn-/, /^us-gov-/].map((pattern) =>
  Object.keys(SHORT_CODES).filter((region) => pattern.test(region)),
);

interface PickedRegion {
  readonly region: string;
  readonly isShort: boolean;
  readonly label: string | null | undefined;
  readonly provider_alias: string | null | undefined;
  readonly isRenamed: boolean;
  readonly isRetired: boolean;
  readonly forget: boolean | null | undefined;
}

/** One to five regions of a partition, the primary first. */
const regions: fc.Arbitrary<readonly PickedRegion[]> = fc
  .oneof(...PARTITIONS.map((partition, index) => ({ weight: index === 0 ? 8 : 1, arbitrary: fc.constant(partition) })))
  .chain((partition) => fc.shuffledSubarray(partition, { minLength: 1, maxLength: Math.min(5, partition.length) }))
  .chain((names) =>
    fc.tuple(
      ...names.map((region, index) => {
        // The number keeps a label apart from the other labels and from every short code.
        const name = maybe(identifiers.map((text) => `${text}_${index}`));
        return fc.record<PickedRegion>({
          region: fc.constant(region),
          isShort: fc.boolean(),
          label: name,
          provider_alias: name,
          isRenamed: fc.boolean(),
          isRetired: fc.nat(7).map((number) => number === 7),
          forget: maybe(fc.boolean()),
        });
      }),
    ),
  );

interface Floor<T> {
  readonly constraint: string | undefined;
  readonly can: T;
}

const TERRAFORMS: readonly Floor<{ writeOnly: boolean; removedBlocks: boolean; importExpressions: boolean }>[] = [
  { constraint: undefined, can: { writeOnly: true, removedBlocks: true, importExpressions: true } },
  { constraint: ">= 1.11", can: { writeOnly: true, removedBlocks: true, importExpressions: true } },
  { constraint: "~> 1.12", can: { writeOnly: true, removedBlocks: true, importExpressions: true } },
  { constraint: ">= 1.5", can: { writeOnly: false, removedBlocks: false, importExpressions: false } },
  { constraint: ">= 1.9, < 2.0", can: { writeOnly: false, removedBlocks: true, importExpressions: true } },
];

interface AwsAbilities {
  readonly writeOnly: boolean;
  readonly rotation: boolean;
  readonly regions: boolean;
  readonly logGroupClass: boolean;
  readonly skipDestroy: boolean;
}

const WITH_LOGS = { logGroupClass: true, skipDestroy: true };

const AWS_PROVIDERS: readonly Floor<AwsAbilities>[] = [
  { constraint: undefined, can: { writeOnly: true, rotation: true, regions: true, ...WITH_LOGS } },
  { constraint: "~> 6.0", can: { writeOnly: true, rotation: true, regions: true, ...WITH_LOGS } },
  { constraint: "~> 5.88", can: { writeOnly: true, rotation: true, regions: false, ...WITH_LOGS } },
  { constraint: ">= 5.49", can: { writeOnly: false, rotation: true, regions: false, ...WITH_LOGS } },
  { constraint: ">= 5.31, < 6.0", can: { writeOnly: false, rotation: false, regions: false, ...WITH_LOGS } },
  {
    constraint: "~> 4.0",
    can: { writeOnly: false, rotation: false, regions: false, logGroupClass: false, skipDestroy: false },
  },
];

/** What the versions that a spec admits can all do. */
export function abilities({ terraform }: WrittenSpec) {
  const { can } = TERRAFORMS.find(({ constraint }) => constraint === (terraform?.required_version ?? undefined))!;
  const aws = AWS_PROVIDERS.find(({ constraint }) => constraint === (terraform?.aws_provider ?? undefined))!.can;
  return { ...aws, ...can, writeOnly: can.writeOnly && aws.writeOnly };
}

const terraform = fc.record({
  required_version: fc.constantFrom(...TERRAFORMS.map(({ constraint }) => constraint)),
  aws_provider: fc.constantFrom(...AWS_PROVIDERS.map(({ constraint }) => constraint)),
  module: fc.constantFrom(undefined, null, false, false, false, true),
});

/** Without whitespace, which an ARN may not have; what becomes neighbours by that is normalised again. */
const arnEndings = hostileText(100).map((text) => `x${text.replace(/\s/g, "")}`.normalize("NFC"));

/** What other files declare, and variables, where a text may be referred to. */
const references = fc.oneof(
  fc
    .constantFrom(
      ...["aws_iam_role.app.arn", "local.roles[0]", 'module.names.arns["a b"]', "data.aws_iam_role.x-y.arn"],
    )
    .map((ref) => ({ ref })),
  fc.constant({ variable: "account" }),
);

function orReference<T>(text: fc.Arbitrary<T>) {
  return fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: references });
}

/** Who a policy names: text of Latin-1, which key policies take, without wildcards. */
const principals = arnEndings.map(
  (ending) => `arn:{partition}:iam::123456789012:role/${escapeBraces(ending.replace(/[*?]|[^ -\xff]/gu, ""))}`,
);

const roles = said(arnEndings.map((ending) => ending.replaceAll(/[*?]/g, ""))).map(
  (ending) => `arn:aws:iam::123456789012:role/x${ending}`,
);

const provider = fc.record({
  placement: maybe(fc.constantFrom("alias" as const, "region" as const)),
  default: maybe(fc.boolean()),
  write: fc.nat(5).map((number) => (number === 0 ? false : number === 1 ? true : undefined)),
  profile: maybe(said(hostileText(200))),
  assume_role: maybe(
    fc.record({
      role_arn: orReference(roles),
      session_name: maybe(said(fc.stringMatching(/^[\w+=,.@-]{2,30}$/))),
      external_id: maybe(said(hostileText(1200))),
    }),
  ),
  allowed_account_ids: maybe(
    fc.array(
      orReference(
        fc.oneof(fc.stringMatching(/^[0-9]{12}$/), fc.constantFrom("{var.account}", "123456{var.account-end}")),
      ),
    ),
  ),
  default_tags: maybe(tags),
});

/** Which of the five possible replicas something is in; assembled into the names of regions later. */
const choices = maybe(fc.oneof(fc.constant("all" as const), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 })));

const materials = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constantFrom({ usage: "encrypt" as const }, { spec: "SYMMETRIC_DEFAULT" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { usage: "sign" as const },
      { usage: "mac" as const, spec: "HMAC_512" },
      { usage: "sign" as const, spec: "ML_DSA_65" },
      { usage: "encrypt" as const, spec: "RSA_4096" },
      { usage: "agree" as const },
      { usage: "agree" as const, spec: "ECC_NIST_P521" },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { material: "kms" as const },
      { material: "imported" as const },
      { material: "imported" as const, valid_to: "2030-01-31T00:00:00Z" },
    ),
  },
);

/** A statement whose texts are free where AWS leaves them free; key policies take Latin-1 only. */
const statements = fc.record({
  sid: maybe(fc.stringMatching(/^[!-~]{1,20}$/).map((sid) => `My${sid}`)),
  effect: maybe(fc.constantFrom("Allow" as const, "Deny" as const)),
  isNotPrincipals: fc.boolean(),
  isNotActions: fc.boolean(),
  principals: fc.constantFrom<{ AWS: (string | { ref: string })[]; Service?: string[]; Federated?: string[] }[]>(
    { AWS: [{ ref: "aws_iam_role.app.arn" }] },
    { AWS: ["arn:{partition}:iam::{account}:role/app-{region}"] },
    { AWS: ["arn:{partition}:iam::{var.account}:role/app-{label}", "{var.account}"] },
    { Service: ["logs.{region}.{dns_suffix}", "events.amazonaws.com"], AWS: ["123456789012"] },
    { AWS: ["123456789012"], Federated: ["cognito-identity.amazonaws.com"] },
  ),
  isDecrypting: fc.boolean(),
  conditions: maybe(
    fc.uniqueArray(
      fc.record({
        test: fc.constantFrom("StringEquals", "StringNotLike"),
        variable: fc.constantFrom("aws:PrincipalTag/team", "aws:SourceArn"),
        values: fc.array(
          orReference(
            fc
              .tuple(hostileText(60), fc.constantFrom("", "{region}", "{account}", "$", "%", "${aws:username}"))
              .map(([text, end]) => `${escapeBraces(text.replace(/[^\t\n\r -\xff]/gu, ""))}${end}`.normalize("NFC")),
          ),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      { minLength: 1, maxLength: 2, selector: ({ test, variable }) => test + variable },
    ),
  ),
});

/** The rest of a policy, in numbers where documents are meant. */
const policies = fc.record({
  statement: statements,
  before: fc.nat(2),
  after: fc.nat(1),
  administrators: maybe(fc.array(orReference(principals), { maxLength: 2 })),
  users: maybe(fc.array(orReference(principals), { maxLength: 2 })),
  decrypters: maybe(fc.array(orReference(principals), { maxLength: 2 })),
  isAccountLeftOut: fc.boolean(),
  bypass_policy_lockout_safety_check: maybe(fc.boolean()),
  block_public_policy: maybe(fc.boolean()),
});

const aliasNames = said(fc.stringMatching(/^[0-9A-Za-z_/-]{1,20}$/));

const aliases = fc.oneof(
  aliasNames.map((name) => ({ text: name })),
  fc.tuple(aliasNames, aliasNames).map(([one, two]) => ({ pattern: `alias/x${one}{region}${two}` })),
  fc.tuple(aliasNames, aliasNames).map(([one, two]) => ({ pattern: `alias/x${one}${two}` })),
  fc.constant(false as const),
);

const grants = fc.record({
  to: principals.map((principal) => principal.replace("{partition}", "aws").replace(/[{}]/g, "")),
  isDecrypting: fc.boolean(),
  isRetiring: fc.boolean(),
  constraint: fc.constantFrom(
    undefined,
    null,
    "encryption_context_equals" as const,
    "encryption_context_subset" as const,
  ),
  context: fc.dictionary(
    hostileText(60).map((text) => `my ${text}`.normalize("NFC")),
    hostileText(60),
    { minKeys: 1, maxKeys: 3, noNullPrototype: true },
  ),
});

/** What a key has otherwise in a region. */
const regionalKeys = fc.record({
  description: maybe(said(hostileText(8000))),
  alias: maybe(aliases),
  aliases: fc.option(fc.array(aliases, { maxLength: 2 }), { nil: undefined, freq: 3 }),
  grants: fc.constantFrom(undefined, undefined, false as const),
  deletion_window_days: maybe(fc.integer({ min: 7, max: 30 })),
  protect: maybe(fc.boolean()),
  default_for_ebs: maybe(fc.boolean()),
  enabled: maybe(fc.boolean()),
  policy: fc.option(fc.oneof(fc.constant(false as const), policies), { nil: undefined, freq: 3 }),
  tags: maybe(tags),
});

/** Keys of other states; what is in braces at the ARN is filled in when the regions are known. */
const existingKeys = fc.oneof(
  fc.constantFrom(
    "mrk-0123456789abcdef0123456789abcdef",
    "arn:aws:kms:{primary}:123456789012:key/mrk-0123456789abcdef0123456789abcdef",
  ),
  fc.tuple(aliasNames, aliasNames).map(([one, two]) => ({ alias: `alias/x${one}{region}${two}` })),
  aliasNames.map((name) => ({ alias: `alias/x${name}` })),
);

const keys = fc.record({
  id: identifiers,
  existing: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: existingKeys }),
  service: maybe(fc.constantFrom("secretsmanager", "s3", "ebs", "logs", "ssm", "none")),
  description: maybe(said(hostileText(8000))),
  alias: maybe(aliases),
  aliases: fc.option(fc.array(aliases, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 3 }),
  grants: fc.option(fc.dictionary(identifiers, grants, { maxKeys: 3, noNullPrototype: true }), {
    nil: undefined,
    freq: 3,
  }),
  by_region: fc.option(fc.array(fc.option(regionalKeys, { nil: undefined }), { maxLength: 5 }), {
    nil: undefined,
    freq: 3,
  }),
  replicas: choices,
  rotation: maybe(fc.oneof(fc.boolean(), fc.record({ period_days: fc.integer({ min: 90, max: 2560 }) }))),
  material: materials,
  deletion_window_days: maybe(fc.integer({ min: 7, max: 30 })),
  protect: maybe(fc.boolean()),
  enabled: maybe(fc.boolean()),
  tags: maybe(tags),
  default_for_ebs: fc.option(fc.boolean(), { nil: undefined, freq: 2 }),
  policy: fc.option(policies, { nil: undefined, freq: 4 }),
  adopted: fc.record({
    id: fc.stringMatching(/^mrk-[0-9a-f]{32}$/),
    alias: maybe(fc.boolean()),
    isShort: fc.boolean(),
  }),
  isChanged: fc.boolean(),
});

const generators = fc.record({
  length: maybe(fc.integer({ min: 1, max: 4096 })),
  exclude_characters: maybe(hostileText(4096)),
  exclude_numbers: maybe(fc.boolean()),
  exclude_punctuation: maybe(fc.boolean()),
  exclude_uppercase: maybe(fc.boolean()),
  exclude_lowercase: maybe(fc.boolean()),
  include_space: maybe(fc.boolean()),
  require_each_included_type: maybe(fc.boolean()),
});

const versions = maybe(fc.integer({ min: 1, max: 1_000_000 }));

/** Variables are named in two different ways, so that a name of the one never meets a default name of the other. */
const variables = identifiers.map((name) => `${name}_var`);

/** Where else a value may be read from; what is in braces is filled in when the regions are known. */
const parameterNames = fc.oneof(
  fc.stringMatching(/^(\/[a-z0-9_.-]{1,8}){1,3}$/),
  fc.stringMatching(/^[A-Za-z0-9_.-]{1,12}$/),
  fc.constant("arn:aws:ssm:{primary}:123456789012:parameter/app/db"),
);
const secretIds = fc.oneof(
  fc.stringMatching(/^other\/[A-Za-z0-9_+.@-]{1,12}$/),
  fc.constant("arn:aws:secretsmanager:{primary}:123456789012:secret:other/one-AbCdEf"),
);

/** A part that is read or made, and one that is written out in the way that JSON has it. */
const partSources = fc.oneof(
  fc.constant("generated" as const),
  variables.map((variable) => ({ variable })),
  parameterNames.map((parameter) => ({ parameter })),
  secretIds.map((secret) => ({ secret })),
  fc.constantFrom("local.values.user", 'module.db.names["x y"]', "local.list[0]").map((ref) => ({ ref })),
  fc
    .oneof({ weight: 1, arbitrary: fc.constant(true as const) }, { weight: 3, arbitrary: generators })
    .map((generated) => ({ generated })),
);
const plainParts = fc.oneof(
  { weight: 6, arbitrary: hostileText(8192).filter((text) => text !== "generated") },
  { weight: 1, arbitrary: fc.constantFrom("", null, true, false, 0, -1, 1.5, -0.25, 5432, Number.MAX_SAFE_INTEGER) },
);

/** Keys of JSON objects that are like no source's. */
const partKeys = hostileText(100).map((text) => `my ${text}`.normalize("NFC"));

const { part: jsonParts } = fc.letrec<{ part: WrittenPart }>((tie) => ({
  part: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 8, arbitrary: plainParts },
    { weight: 3, arbitrary: partSources },
    { weight: 1, arbitrary: fc.array(tie("part"), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.dictionary(partKeys, tie("part"), { maxKeys: 3, noNullPrototype: true }) },
    {
      weight: 1,
      arbitrary: fc
        .dictionary(fc.oneof(partKeys, fc.constantFrom("variable", "json", "secret")), tie("part"), {
          minKeys: 1,
          maxKeys: 3,
          noNullPrototype: true,
        })
        .map((json) => ({ json })),
    },
  ),
}));

const onces = maybe(fc.boolean());

const values = fc.oneof(
  fc.constantFrom("variable" as const, "generated" as const, "external" as const),
  fc.record({ variable: variables, version: versions, binary: maybe(fc.boolean()), once: onces }),
  fc.record({ parameter: parameterNames, version: versions, once: onces }),
  fc.record({ secret: secretIds, version: versions, once: onces }),
  fc.record({ generated: generators, version: versions, once: onces }),
  fc.record({ ref: fc.constantFrom("local.values.db", 'module.db.names["x y"]'), version: versions, once: onces }),
  fc.record({
    json: fc
      .array(fc.tuple(hostileText(100), jsonParts), { minLength: 1, maxLength: 6 })
      .map((parts) => Object.fromEntries(parts.filter(([part]) => part !== "__proto__").concat([["part", "x"]]))),
    version: versions,
    once: onces,
  }),
  fc.record({
    literal: hostileText(16_384),
    allow_plaintext: fc.constant(true),
    version: versions.map((version) => version ?? undefined),
    once: onces,
  }),
);

const rotations = fc.record({
  functionName: maybe(arnEndings),
  isReferred: fc.nat(4).map((number) => number === 4),
  schedule: fc.oneof(
    fc.integer({ min: 1, max: 1000 }),
    hostileText(200).map((text) => `rate(x${text.replace(/[\n\r\u2028\u2029]/g, "")})`.normalize("NFC")),
  ),
  duration: maybe(fc.stringMatching(/^[0-9]{1,2}h$/)),
  immediately: maybe(fc.boolean()),
});

const secrets = fc.record({
  id: identifiers,
  name: maybe(said(fc.stringMatching(/^[0-9A-Za-z/_+=.@-]{1,30}$/))),
  description: maybe(said(hostileText(1900))),
  key: fc.nat(),
  isKeyNamed: fc.boolean(),
  isOnAwsKey: fc.nat(9).map((number) => number === 9),
  isPrefixed: fc.nat(5).map((number) => number === 5),
  key_reference: maybe(fc.constantFrom("id" as const, "arn" as const)),
  replicas: choices,
  value: maybe(values),
  recovery_window_days: maybe(fc.constantFrom(0, 7, 30)),
  overwrite_replica: maybe(fc.boolean()),
  protect: maybe(fc.boolean()),
  tags: maybe(tags),
  rotation: fc.option(rotations, { nil: undefined, freq: 6 }),
  policy: fc.option(policies, { nil: undefined, freq: 6 }),
  isChanged: fc.boolean(),
  form: fc.constantFrom("map", "map", "map", "text", "nothing"),
});

/** Names begin with a slash, so that none is one of AWS's own. */
const logGroupNames = said(fc.stringMatching(/^[0-9A-Za-z_/.#-]{1,20}$/)).map((name) => `/${name}`);

const logGroupSettings = {
  name: maybe(logGroupNames),
  retention_days: fc.constantFrom(undefined, undefined, 1 as const, 30 as const, 3653 as const),
  skip_destroy: maybe(fc.boolean()),
  protect: maybe(fc.boolean()),
  tags: maybe(tags),
};

const logGroups = fc.record({
  id: identifiers,
  key: fc.nat(9),
  isKeyNamed: fc.boolean(),
  isText: fc.boolean(),
  ...logGroupSettings,
  class: maybe(fc.constantFrom("STANDARD" as const, "INFREQUENT_ACCESS" as const)),
  regions: fc.oneof(choices, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })),
  by_region: fc.option(fc.array(fc.option(fc.record(logGroupSettings), { nil: undefined }), { maxLength: 6 }), {
    nil: undefined,
    freq: 3,
  }),
  isChanged: fc.boolean(),
  adopted: fc.oneof(fc.constant("all" as const), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })),
});

const bucketNames = said(fc.stringMatching(/^[0-9a-z.-]{1,12}$/));

const bucketSettings = {
  name: fc.oneof(
    { weight: 3, arbitrary: bucketNames },
    { weight: 1, arbitrary: fc.constant({ ref: "aws_s3_bucket.theirs" }) },
  ),
  bucket_key: maybe(fc.boolean()),
};

const buckets = fc.record({
  // What ends a name is of small letters.
  id: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
  key: fc.nat(9),
  isKeyNamed: fc.boolean(),
  isText: fc.boolean(),
  ...bucketSettings,
  regions: fc.oneof(choices, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })),
  by_region: fc.option(fc.array(fc.option(fc.record(bucketSettings), { nil: undefined }), { maxLength: 6 }), {
    nil: undefined,
    freq: 3,
  }),
  isChanged: fc.boolean(),
  adopted: fc.oneof(fc.constant("all" as const), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })),
});

/** Names begin so that none is one of AWS's own. */
const ownParameterNames = said(fc.stringMatching(/^[0-9A-Za-z_.-]{1,20}$/)).map((name) => `/p/${name}`);

const parameterSettings = {
  name: maybe(ownParameterNames),
  description: maybe(said(hostileText(900))),
  protect: maybe(fc.boolean()),
  tags: maybe(tags),
};

const parameters = fc.record({
  id: identifiers,
  key: fc.nat(9),
  isKeyNamed: fc.boolean(),
  isText: fc.boolean(),
  ...parameterSettings,
  value: maybe(values),
  tier: fc.constantFrom(undefined, undefined, "advanced" as const, "intelligent_tiering" as const),
  overwrite: maybe(fc.boolean()),
  regions: fc.oneof(choices, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 })),
  by_region: fc.option(fc.array(fc.option(fc.record(parameterSettings), { nil: undefined }), { maxLength: 6 }), {
    nil: undefined,
    freq: 3,
  }),
  isChanged: fc.boolean(),
});

type Picked<T> = T extends fc.Arbitrary<infer Given> ? Given : never;
type PickedKey = Picked<typeof keys>;
type PickedSecret = Picked<typeof secrets>;

/** Names that differ by the kind of file in them. */
const fileNames = fc.record(
  Object.fromEntries(
    [
      "provider",
      "kms",
      "ebs",
      "logs",
      "s3",
      "parameters",
      "secrets",
      "consumers",
      "locals",
      "variables",
      "outputs",
    ].map((kind) => [
      kind,
      maybe(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}$/).map((name) => `${name}.${kind}.tf`)),
    ]),
  ),
);

interface Picks {
  readonly regions: readonly PickedRegion[];
  /** What has happened to the things of the spec before: at one time either. */
  readonly history: "none" | "renamed" | "renamed often" | "adopted";
  readonly terraform: WrittenSpec["terraform"];
  readonly provider: WrittenSpec["provider"];
  readonly keys: readonly PickedKey[] | undefined;
  readonly secrets: readonly PickedSecret[] | undefined;
  readonly logGroups: readonly Picked<typeof logGroups>[] | undefined;
  readonly buckets: readonly Picked<typeof buckets>[] | undefined;
  readonly parameters: readonly Picked<typeof parameters>[] | undefined;
  /** How much of what there is it reads, and whether it uses keys, and says where. */
  readonly consumer: { readonly reading: number; readonly using: number };
  readonly locals: boolean | null | undefined;
  readonly outputs: boolean | null | undefined;
  readonly files: WrittenSpec["files"];
}

const picks: fc.Arbitrary<Picks> = fc.record({
  regions,
  history: fc.constantFrom("none", "none", "none", "renamed", "renamed often", "adopted"),
  terraform: maybe(terraform),
  provider: maybe(provider),
  keys: fc.option(fc.uniqueArray(keys, { maxLength: 3, selector: ({ id }) => id }), { nil: undefined, freq: 4 }),
  secrets: fc.option(fc.uniqueArray(secrets, { maxLength: 4, selector: ({ id }) => id }), { nil: undefined, freq: 8 }),
  logGroups: fc.option(fc.uniqueArray(logGroups, { minLength: 1, maxLength: 3, selector: ({ id }) => id }), {
    nil: undefined,
    freq: 3,
  }),
  buckets: fc.option(fc.uniqueArray(buckets, { minLength: 1, maxLength: 2, selector: ({ id }) => id }), {
    nil: undefined,
    freq: 3,
  }),
  parameters: fc.option(fc.uniqueArray(parameters, { minLength: 1, maxLength: 2, selector: ({ id }) => id }), {
    nil: undefined,
    freq: 3,
  }),
  consumer: fc.record({ reading: fc.nat(2), using: fc.nat(2) }),
  locals: maybe(fc.boolean()),
  outputs: maybe(fc.boolean()),
  files: fc.option(fileNames, { nil: undefined, freq: 3 }),
});

/** Right specs, in written form; keys that are left out are in them as `undefined`, as JSON and YAML do not show. */
export const specs: fc.Arbitrary<WrittenSpec> = picks.map(assemble).filter(hasDistinctAddresses);

/** Makes the picks fit each other: replicas are chosen among those that there are, and names that clash are changed. */
function assemble(picked: Picks): WrittenSpec {
  const spec: WrittenSpec = {
    version: 1,
    regions: { primary: "eu-central-1" },
    terraform: picked.terraform,
    provider: picked.provider,
    locals: picked.locals,
    outputs: picked.outputs,
    // Where the folder has its own providers there is no file for them.
    files: picked.files && { ...picked.files, ...(picked.provider?.write === false && { provider: undefined }) },
  };
  const can = abilities(spec);
  const isModule = spec.terraform?.module === true;
  const history = isModule && picked.history === "adopted" ? "none" : picked.history;
  const setting: Setting = { can, history, regions: picked.regions, aliases: new Set(), names: new Set() };
  spec.regions = assembleRegions(setting);
  spec.provider = assembleProvider(picked.provider, can, isModule);
  const all = replicaRegionsOf(spec);
  if (picked.keys !== undefined) {
    spec.keys = Object.fromEntries(picked.keys.map((key) => [key.id, assembleKey(key, all, setting)]));
  }
  // EBS has one default key in a region, which is symmetric.
  const settings = (key: WrittenKey) => [key, ...Object.values(key.by_region ?? {})];
  const written = Object.values(spec.keys ?? {}).flatMap((key) => key ?? []);
  const forEbs = written.find((key) => isSymmetric(key) && settings(key).some((one) => one?.default_for_ebs));
  for (const key of written) {
    if (key === forEbs) continue;
    for (const one of settings(key)) if (one?.default_for_ebs) one.default_for_ebs = false;
  }
  const encrypting = Object.entries(spec.keys ?? { sm: {} }).filter(([, key]) => isSymmetric(key ?? {}));
  if (picked.secrets !== undefined) {
    const hasAws = Object.hasOwn(spec.keys ?? {}, "aws");
    const possible = picked.secrets.filter(({ isOnAwsKey }) => encrypting.length > 0 || (isOnAwsKey && !hasAws));
    const written = possible.map((secret): [string, WrittenSecret | string | null] => {
      if (secret.isOnAwsKey && !hasAws) return [secret.id, assembleSecret(secret, "aws", all, setting)];
      const [keyId, key] = encrypting[secret.key % encrypting.length]!;
      const isKeyNamed = secret.isKeyNamed || obviousKey(spec) !== keyId;
      const inRegions = chosenOf(key?.replicas, all);
      return [secret.id, assembleSecret(secret, isKeyNamed ? keyId : undefined, inRegions, setting)];
    });
    spec.secrets = Object.fromEntries(written);
  }
  if (encrypting.length > 0) {
    const keyed = ({ key, isKeyNamed }: { key: number; isKeyNamed: boolean }, service: string) => {
      const [id, written] = encrypting[key % encrypting.length]!;
      const inRegions = [picked.regions[0]!.region, ...chosenOf(written?.replicas, all)];
      return { key: isKeyNamed || obviousKey(spec, service) !== id ? id : undefined, written, inRegions };
    };
    const groups = picked.logGroups?.map((group): [string, WrittenLogGroup | string] => {
      const { key, written, inRegions } = keyed(group, "logs");
      if (written) letLogsIn(written);
      return [group.id, assembleLogGroup(group, key, inRegions, setting)];
    });
    if (groups !== undefined) spec.log_groups = Object.fromEntries(groups);
    const encrypted = picked.buckets?.map((bucket): [string, WrittenBucket | string] => {
      const { key, inRegions } = keyed(bucket, "s3");
      return [bucket.id, assembleBucket(bucket, key, inRegions, setting)];
    });
    if (encrypted !== undefined) spec.buckets = Object.fromEntries(encrypted);
    const given = picked.parameters?.map((parameter): [string, WrittenParameter | string] => {
      const { key, inRegions } = keyed(parameter, "ssm");
      return [parameter.id, assembleParameter(parameter, key, inRegions, setting)];
    });
    if (given !== undefined) spec.parameters = Object.fromEntries(given);
  }
  const { reading, using } = picked.consumer;
  const reads = reading ? Object.keys(spec.secrets ?? {}).slice(0, reading) : [];
  const parametersRead = reading ? Object.keys(spec.parameters ?? {}).slice(0, reading) : [];
  const forCallers = encrypting.filter(([, key]) => key?.service !== "none" && key?.service !== "logs");
  // A spec whose secrets are all under AWS's own key has no key sm by itself.
  const hasKeys = spec.keys !== undefined || !/"key":"aws"/.test(JSON.stringify(spec.secrets ?? {}));
  const uses = using && hasKeys ? forCallers.map(([id]) => id) : [];
  if (reads.length + uses.length + parametersRead.length > 0) {
    spec.consumers = { reader: { reads, uses, parameters: parametersRead, regions: using === 2 ? "all" : undefined } };
  }
  return withVariables(spec);
}

/** CloudWatch Logs must be allowed to use the key of a log group by the key's policy, wherever it has one. */
function letLogsIn(key: WrittenKey): void {
  for (const one of [key, ...Object.values(key.by_region ?? {})]) {
    if (one?.policy === false) one.policy = undefined;
    else if (one?.policy) one.policy.services = ["logs"];
  }
}

/** What is otherwise in regions, one setting after the other; where there is none, or no region, there is nothing. */
function inOrderOf<Setting, Named>(
  regions: readonly string[],
  settings: readonly (Setting | undefined)[],
  named: (setting: Setting, region: string) => Named,
): Record<string, Named> {
  return Object.fromEntries(
    settings.flatMap((one, index) => {
      const region = regions[index];
      return one === undefined || region === undefined ? [] : [[region, named(one, region)]];
    }),
  );
}

/** Names differ by the identifier, which every one of them ends in. */
function assembleLogGroup(
  { id, key: _, isKeyNamed: __, isText, by_region, isChanged, adopted, regions, ...rest }: Picked<typeof logGroups>,
  key: string | undefined,
  inRegions: readonly string[],
  { can, history }: Setting,
): WrittenLogGroup | string {
  const named = <T extends { name?: string | null | undefined; skip_destroy?: boolean | null | undefined }>(
    one: T,
  ) => ({
    ...one,
    name: one.name ? `${one.name}#${id}` : one.name,
    skip_destroy: can.skipDestroy ? one.skip_destroy : undefined,
  });
  const { name, ...settings } = named(rest);
  if (isText && key === undefined && name) return name;
  const group: WrittenLogGroup = { ...settings, name, key, regions: subset(regions, inRegions) };
  if (!can.logGroupClass) group.class = undefined;
  const own = chosenOf(group.regions, inRegions);
  if (by_region !== undefined) group.by_region = inOrderOf(own, by_region, named);
  if (isChanged && name) group.renamed_from = formerNames(id, history);
  const isOpen = /\{(var\.|workspace)/.test(JSON.stringify([name, group.by_region]));
  if (isChanged && history === "adopted" && (can.importExpressions || !isOpen)) group.import = subset(adopted, own);
  return group;
}

/** Names differ by the identifier, which every one of them ends in. A value that is generated is in one region. */
function assembleParameter(
  { id, key: _, isKeyNamed: __, isText, by_region, isChanged, regions, value, ...rest }: Picked<typeof parameters>,
  key: string | undefined,
  inRegions: readonly string[],
  setting: Setting,
): WrittenParameter | string {
  const named = <T extends { name?: string | null | undefined }>(one: T) => ({
    ...one,
    name: one.name ? `${one.name}.${id}` : one.name,
  });
  const { name: given, ...settings } = named(rest);
  // What AWS reserves cannot be its own name.
  const name = /^(aws|ssm)/i.test(id) ? (given ?? `/p/${id}`) : given;
  if (isText && key === undefined && name) return name;
  const parameter: WrittenParameter = { ...settings, name, key, regions: subset(regions, inRegions) };
  parameter.value = assembleParameterValue(assembleValue(`parameter_${id}`, value, setting));
  if (JSON.stringify(parameter.value)?.includes('"generated"')) parameter.regions = inRegions.slice(0, 1);
  const own = chosenOf(parameter.regions, inRegions);
  if (by_region !== undefined) parameter.by_region = inOrderOf(own, by_region, named);
  if (isChanged && name) parameter.renamed_from = formerNames(id, setting.history);
  return parameter;
}

/** A parameter is never without a value, has no binary one, and at most 4 KB. */
function assembleParameterValue(value: WrittenSecret["value"]): WrittenParameter["value"] {
  if (value === "external") return "variable";
  if (typeof value !== "object" || value === null) return value;
  const { once: _, binary: __, ...sent } = value;
  if (sent.literal) return { ...sent, literal: [...sent.literal].slice(0, 900).join("") };
  return Buffer.byteLength(JSON.stringify(sent)) > 4000 ? "variable" : sent;
}

/** Names differ by the label in them and by the identifier, references by the region: a bucket is in one region. */
function assembleBucket(
  { id, key: _, isKeyNamed: __, isText, by_region, isChanged, adopted, regions, ...rest }: Picked<typeof buckets>,
  key: string | undefined,
  inRegions: readonly string[],
  { can, history }: Setting,
): WrittenBucket | string {
  const named = <T extends { name: string | { ref: string } }>(one: T, region?: string) => ({
    ...one,
    name:
      typeof one.name === "object" && region !== undefined
        ? { ref: `${one.name.ref}["${region}.${id}"].id` }
        : `b{region}${typeof one.name === "object" ? "." : one.name}${region === undefined ? "-usual" : "-own"}-${id}`,
  });
  const { name, ...settings } = named(rest);
  if (isText && key === undefined && typeof name === "string") return name;
  const bucket: WrittenBucket = { ...settings, name, key, regions: subset(regions, inRegions) };
  const own = chosenOf(bucket.regions, inRegions);
  if (by_region !== undefined) bucket.by_region = inOrderOf(own, by_region, named);
  if (isChanged) bucket.renamed_from = formerNames(id, history);
  const isOpen = /\{(var\.|workspace)|"ref"/.test(JSON.stringify([name, bucket.by_region]));
  if (isChanged && history === "adopted" && (can.importExpressions || !isOpen)) bucket.import = subset(adopted, own);
  return bucket;
}

/** Declares the variables that the texts of a spec refer to. */
function withVariables(spec: WrittenSpec): WrittenSpec {
  const { variables: _, ...rest } = spec;
  const uses = JSON.stringify(rest).matchAll(/\{var\.([\w-]+)\}|"variable":"([\w-]+)"/g);
  const used = new Set([...uses].map(([, inText, named = ""]) => inText ?? named));
  const declared = [...used].flatMap((name) => (name in TEXT_VARIABLES ? [[name, TEXT_VARIABLES[name]]] : []));
  return declared.length === 0 ? rest : { ...rest, variables: Object.fromEntries(declared) };
}

/** What all parts of a spec must fit. */
interface Setting {
  readonly can: ReturnType<typeof abilities>;
  readonly history: Picks["history"];
  readonly regions: readonly PickedRegion[];
  /** The aliases of keys that are taken. */
  readonly aliases: Set<unknown>;
  /** The names of random passwords that are taken. */
  readonly names: Set<string>;
}

/** What something was called before, according to its history. */
function formerNames(name: string, history: Picks["history"]): string | string[] | undefined {
  if (history === "renamed often") return [`first-${name}`, `then-${name}`, `was-${name}`];
  return history === "renamed" ? `was-${name}` : undefined;
}

function assembleRegions({ regions: [primary, ...others], can, history }: Setting): WrittenSpec["regions"] {
  const former = (place: PickedRegion) => (place.isRenamed ? formerNames(place.region, history) : undefined);
  const names = ({ region, label, provider_alias }: PickedRegion) => ({ region, label, provider_alias });
  const replicas = others
    .filter(({ isRetired }) => !isRetired)
    .map((place) => (place.isShort ? place.region : { ...names(place), renamed_from: former(place) }));
  const retired = others
    .filter(({ isRetired }) => isRetired)
    .map((place) => (place.isShort ? place.region : { ...names(place), forget: can.removedBlocks && place.forget }));
  return {
    primary: primary!.isShort ? primary!.region : { ...names(primary!), renamed_from: former(primary!) },
    ...(replicas.length === 0 ? {} : { replicas }),
    ...(retired.length === 0 ? {} : { retired }),
  };
}

function assembleProvider(
  picked: WrittenSpec["provider"],
  can: ReturnType<typeof abilities>,
  isModule: boolean,
): WrittenSpec["provider"] {
  if (!picked) return picked;
  const placement = can.regions ? picked.placement : undefined;
  if (picked.write === false) return { placement, write: false };
  return isModule ? { placement, default: picked.default } : { ...picked, placement };
}

function assembleKey(
  picked: PickedKey,
  all: readonly string[],
  { can, history, aliases, regions }: Setting,
): WrittenKey {
  if (picked.existing !== undefined) {
    const existing =
      typeof picked.existing === "string"
        ? picked.existing
            .replace("{primary}", regions[0]!.region)
            .replace("arn:aws:", `arn:${partitionOf(regions[0]!.region)}:`)
        : picked.existing;
    return { existing, replicas: subset(picked.replicas, all) };
  }
  const { id, existing: _, material, alias, aliases: further, grants, replicas, rotation, ...others } = picked;
  const { policy, adopted, isChanged, by_region, ...rest } = others;
  const key: WrittenKey = { ...rest, ...material, replicas: subset(replicas, all) };
  if (key.material === "imported") key.enabled = undefined;
  if (!isSymmetric(key) || key.material === "imported") key.rotation = rotation ? undefined : rotation;
  else key.rotation = typeof rotation === "object" && !can.rotation ? true : rotation;
  if (policy !== undefined) key.policy = assembleKeyPolicy(policy, key);
  if (isChanged) key.renamed_from = formerNames(id, history);
  if (isChanged && history === "adopted") {
    key.import = adopted.isShort ? adopted.id : { key_id: adopted.id, alias: adopted.alias };
    const isOpen = /\{(var\.|workspace)/.test(JSON.stringify([alias, further, by_region]));
    if (isOpen && !can.importExpressions) key.import = adopted.id;
  }
  if (grants !== undefined) {
    const assembled = Object.entries(grants).map(([name, grant]) => [name, assembleGrant(grant, isSymmetric(key))]);
    key.grants = Object.fromEntries(assembled);
  }
  const named = further?.flatMap((one) => assembleAlias(one, aliases) || []) ?? [];
  if (named.length > 0) key.aliases = named;
  const usual = serviceOf(key);
  const ownAlias = alias ?? (aliases.has(usual) || usual === "none" ? { text: "own" } : undefined);
  if (alias !== undefined && alias !== null) key.alias = assembleAlias(alias, aliases);
  else if (named.length === 0 && ownAlias === undefined) aliases.add(usual);
  else if (named.length === 0) key.alias = assembleAlias(ownAlias!, aliases);
  if (by_region !== undefined) {
    const inRegions = [regions[0]!.region, ...chosenOf(key.replicas, all)];
    const settings = by_region.flatMap((setting, index) => {
      const region = inRegions[index];
      if (setting === undefined || region === undefined) return [];
      const { enabled, ...settings } = assembleRegional(setting, aliases, key);
      return [[region, key.material === "imported" ? settings : { ...settings, enabled }]];
    });
    key.by_region = Object.fromEntries(settings);
  }
  return key;
}

function assembleRegional(
  { alias, aliases: further, policy, ...rest }: Picked<typeof regionalKeys>,
  aliases: Set<unknown>,
  key: WrittenKey,
) {
  return {
    ...rest,
    alias: alias && assembleAlias(alias, aliases),
    aliases: further?.flatMap((one) => assembleAlias(one, aliases) || []),
    policy: policy && assembleKeyPolicy(policy, key),
  };
}

function assembleKeyPolicy(
  picked: Picked<typeof policies>,
  { usage }: WrittenKey,
): NonNullable<Exclude<WrittenKey["policy"], false>> {
  const { administrators, users, decrypters, isAccountLeftOut, bypass_policy_lockout_safety_check } = picked;
  return {
    // Without the account's statement someone else must be able to change the policy.
    account: isAccountLeftOut && (administrators ?? []).length > 0 ? false : undefined,
    administrators,
    users,
    decrypters: (usage ?? "encrypt") === "encrypt" ? decrypters : undefined,
    services: [],
    statements: [written(picked.statement, "kms:Decrypt", "kms:Encrypt")],
    ...assembleDocuments(picked),
    bypass_policy_lockout_safety_check,
  };
}

function assembleDocuments({ before, after }: Picked<typeof policies>) {
  const document = (index: number) => ({ ref: `data.aws_iam_policy_document.theirs[${index}].json` });
  return {
    documents: Array.from({ length: before }, (_, index) => document(index)),
    overrides: Array.from({ length: after }, (_, index) => document(before + index)),
  };
}

function assembleGrant(
  { to, isDecrypting, isRetiring, constraint, context }: Picked<typeof grants>,
  canDecrypt: boolean,
): NonNullable<NonNullable<WrittenKey["grants"]>[string]> {
  return {
    to,
    operations: ["DescribeKey", ...(isDecrypting && canDecrypt ? ["GenerateDataKey", "Decrypt", "Decrypt"] : [])],
    constraints: constraint && canDecrypt ? { [constraint]: context } : undefined,
    retiring: isRetiring ? to : undefined,
  };
}

/** The number of aliases so far and a slash keep every alias apart from the others and from those of services. */
function assembleAlias(alias: Picked<typeof aliases>, taken: Set<unknown>): string | false | { name: string } {
  if (alias === false) return false;
  const number = taken.size;
  const name = "text" in alias ? `k${number}/${alias.text}` : { name: `${alias.pattern}/k${number}` };
  taken.add(name);
  return name;
}

function written(
  { isDecrypting, isNotPrincipals, isNotActions, principals: who, ...statement }: Picked<typeof statements>,
  one: string,
  other: string,
) {
  const actions = isDecrypting ? [one] : [one, other];
  return {
    ...statement,
    ...(isNotPrincipals && statement.effect === "Deny" ? { not_principals: who } : { principals: who }),
    // Without conditions that may deny the policy's own change to everyone in the account.
    ...(isNotActions && statement.effect !== "Deny" ? { not_actions: actions } : { actions }),
  };
}

function assembleSecret(
  {
    id,
    key: _,
    isKeyNamed: __,
    isOnAwsKey: ___,
    isPrefixed,
    form,
    name,
    replicas,
    value,
    rotation,
    policy,
    isChanged,
    ...rest
  }: PickedSecret,
  key: string | undefined,
  inRegions: readonly string[],
  setting: Setting,
): WrittenSecret | string | null {
  const { can, history, regions: places } = setting;
  // Names differ by the identifier, which every one of them ends in.
  const ownName = name === undefined || name === null ? name : `${name}=${id}`;
  if (key === undefined && form === "text" && ownName) return ownName;
  if (key === undefined && form === "nothing") return null;
  const isRotated = rotation !== undefined && can.rotation;
  const primary = places[0]!.region;
  const arn = `arn:${partitionOf(primary)}`;
  const naming = isPrefixed && ownName ? { name_prefix: ownName } : { name: ownName };
  const secret: WrittenSecret = { ...rest, ...naming, key, replicas: subset(replicas, inRegions) };
  const assembled = assembleValue(id, value, setting);
  const isOnce = typeof assembled === "object" && assembled?.once === true;
  if (isRotated && isOnce) secret.value = assembled;
  if (isRotated) {
    const { functionName, isReferred, schedule, duration, immediately } = rotation;
    secret.rotation = {
      lambda_arn: isReferred
        ? { ref: "aws_lambda_function.rotate.arn" }
        : functionName && `${arn}:lambda:${primary}:123456789012:function:${escapeBraces(functionName)}`,
      ...(typeof schedule === "number" ? { every_days: schedule } : { schedule }),
      duration,
      immediately,
    };
  } else secret.value = assembled;
  if (policy !== undefined) {
    secret.policy = {
      readers: policy.users,
      statements: [written(policy.statement, "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")],
      ...assembleDocuments(policy),
      block_public_policy: policy.block_public_policy,
    };
  }
  if (isChanged && ownName) secret.renamed_from = formerNames(id, history);
  if (isChanged && history === "adopted") {
    const label = (places[0]!.isShort ? undefined : places[0]!.label) ?? "main";
    const name = saying(ownName ?? id, { region: primary, label }).replaceAll(/⟦.*?⟧/g, "x");
    const made = isPrefixed && ownName ? `${name}${"0".repeat(26)}` : name;
    secret.import = `${arn}:secretsmanager:${primary}:123456789012:secret:${made}-AbCdEf`;
    if (JSON.stringify(secret.value)?.includes('"generated"')) secret.value = "external";
  }
  return secret;
}

function assembleValue(id: string, value: PickedSecret["value"], setting: Setting): WrittenSecret["value"] {
  const { can, names } = setting;
  const isFree = (name: string) => can.writeOnly && !names.has(name) && names.add(name) !== undefined;
  if (value === "generated") return isFree(id) ? value : "external";
  if (typeof value !== "object" || value === null) return value;
  // What is written once has no version.
  const sent = value.once ? { ...value, version: undefined } : value;
  if ("generated" in sent) return isFree(id) ? sent : "external";
  if ("parameter" in sent) return isFree(id) ? { ...sent, parameter: filled(sent.parameter, setting) } : "external";
  if ("secret" in sent) return isFree(id) ? { ...sent, secret: filled(sent.secret, setting) } : "external";
  if ("literal" in sent && !can.writeOnly) return { literal: sent.literal, allow_plaintext: true, once: sent.once };
  if (!("json" in sent)) return sent;
  const json = Object.entries(sent.json).map(([part, content]) => [part, assemblePart(content, [id, part])]);
  return { ...sent, json: Object.fromEntries(json) as NonNullable<WrittenValue["json"]> };

  function assemblePart(content: WrittenPart, steps: readonly (string | number)[]): WrittenPart {
    if (Array.isArray(content)) return content.map((item, index) => assemblePart(item, [...steps, index]));
    const isMap = typeof content === "object" && content !== null;
    const kind = content === "generated" ? content : isMap ? sourceOf(content as object) : undefined;
    if (kind === "json") return { json: assembleMap((content as { json: object }).json, steps) };
    if (kind === undefined) return isMap ? assembleMap(content as object, steps) : content;
    if (kind === "variable") return content;
    if (!isFree(steps.map((step) => String(step).replace(/[^A-Za-z0-9_-]/g, "_")).join("_"))) return "text";
    if (kind === "generated") return content;
    return { [kind]: filled((content as Record<string, string>)[kind]!, setting) };
  }

  function assembleMap(map: object, steps: readonly (string | number)[]): Record<string, WrittenPart> {
    return Object.fromEntries(
      Object.entries(map).map(([key, below]) => [key, assemblePart(below as WrittenPart, [...steps, key])]),
    );
  }
}

/** The source that a map in a JSON value is. */
export function sourceOf(map: object): "variable" | "generated" | "parameter" | "secret" | "ref" | "json" | undefined {
  return (["variable", "generated", "parameter", "secret", "ref", "json"] as const).find((kind) =>
    Object.hasOwn(map, kind),
  );
}

/** An ARN of the spec's own partition and primary region. */
function filled(text: string, { regions: [primary] }: Setting): string {
  const { region } = primary!;
  return text.replace("{primary}", region).replace(/^arn:aws:/, `arn:${partitionOf(region)}:`);
}

/** The partition that a region of the list is in. */
function partitionOf(region: string): string {
  return region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** The names of the replica regions, in order. */
function replicaRegionsOf({ regions: { replicas } }: WrittenSpec): readonly string[] {
  return (replicas ?? []).map((replica) => (typeof replica === "string" ? replica : replica.region));
}

/** The regions that a list, or `all`, or nothing stands for, among those that there are. */
function chosenOf(replicas: "all" | string[] | null | undefined, all: readonly string[]): readonly string[] {
  return Array.isArray(replicas) ? all.filter((region) => replicas.includes(region)) : all;
}

/** The keys of a spec, or the one that there is without any; none where nothing but secrets under AWS's own is there. */
export function keysOf(spec: WrittenSpec): Readonly<Record<string, WrittenKey | null>> {
  const { keys: written, secrets: all, log_groups, buckets, parameters: given } = spec;
  if (Object.keys({ ...log_groups, ...buckets, ...given }).length > 0) return written ?? { sm: {} };
  const ofSecrets = Object.values(all ?? {}).map((secret) => (typeof secret === "object" ? secret?.key : undefined));
  return written ?? (ofSecrets.length > 0 && ofSecrets.every((key) => key === "aws") ? {} : { sm: {} });
}

/** The key of a secret, or of what a service has, that names none: the only one, or the only one for the service. */
export function obviousKey({ keys: written }: WrittenSpec, service = "secretsmanager"): string | undefined {
  const all = Object.entries(written ?? { sm: {} });
  const candidates = all.length === 1 ? all : all.filter(([, key]) => serviceOf(key ?? {}) === service);
  return candidates.length === 1 ? candidates[0]![0] : undefined;
}

/** The keys of log groups that have no policy of their own, and get one that lets CloudWatch Logs in. */
export function keysOpenedToLogs(spec: WrittenSpec): ReadonlySet<string | undefined> {
  return new Set(
    Object.values(spec.log_groups ?? {}).map(
      (group) => (typeof group === "object" && group?.key) || obviousKey(spec, "logs"),
    ),
  );
}

/** The service that a key is for: when the spec does not say, Secrets Manager, if the key can serve it. */
export function serviceOf(key: WrittenKey): string {
  return key.service ?? (isSymmetric(key) ? "secretsmanager" : "none");
}

/** Whether a key is the kind that KMS rotates and that encrypts secrets. */
export function isSymmetric({ usage, spec }: WrittenKey): boolean {
  return (usage ?? "encrypt") === "encrypt" && (spec ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT";
}

/** A region of a spec, with everything that it is called. */
export interface NamedPlace {
  readonly region: string;
  readonly label: string;
  readonly isPrimary: boolean;
  /** The alias of its provider; `undefined` for the one without. */
  readonly alias: string | undefined;
  readonly formerLabels: readonly string[];
  readonly isForgotten: boolean;
}

/** The primary region, the replica regions and the retired ones, under the names that the spec's description promises. */
export function placesOf({ regions: { primary, replicas, retired } }: WrittenSpec): {
  readonly primary: NamedPlace;
  readonly replicas: readonly NamedPlace[];
  readonly retired: readonly NamedPlace[];
} {
  const place = (written: string | WrittenPlace, isPrimary = false): NamedPlace => {
    const given: WrittenPlace = typeof written === "string" ? { region: written } : written;
    const label = given.label ?? (isPrimary ? "main" : SHORT_CODES[given.region]!);
    return {
      region: given.region,
      label,
      isPrimary,
      alias: given.provider_alias ?? (isPrimary ? undefined : label),
      formerLabels: [given.renamed_from ?? []].flat(),
      isForgotten: given.forget ?? false,
    };
  };
  return {
    primary: place(primary, true),
    replicas: (replicas ?? []).map((one) => place(one)),
    retired: (retired ?? []).map((one) => place(one)),
  };
}

interface WrittenPlace {
  readonly region: string;
  readonly label?: string | null | undefined;
  readonly provider_alias?: string | null | undefined;
  readonly renamed_from?: string | readonly string[] | null | undefined;
  readonly forget?: boolean | null | undefined;
}

function subset(chosen: PickedKey["replicas"], all: readonly string[]): "all" | string[] | null | undefined {
  return Array.isArray(chosen) ? all.filter((_, index) => chosen[index]) : chosen;
}

/** Labels and keys, or secrets and the parts of values, may happen to join up to one name, as the program refuses. */
function hasDistinctAddresses(spec: WrittenSpec): boolean {
  const { primary, replicas, retired } = placesOf(spec);
  const names = [primary, ...replicas, ...retired].flatMap(({ label }) =>
    Object.keys(spec.keys ?? { sm: {} }).map((key) => `${label}_${key}`),
  );
  const [groups = [], encrypted = [], given = []] = [spec.log_groups, spec.buckets, spec.parameters].map((things) =>
    [primary, ...replicas].flatMap(({ label }) => Object.keys(things ?? {}).map((id) => `${label}_${id}`)),
  );
  const opened = keysOpenedToLogs(spec);
  const documents = [
    ...Object.entries(spec.keys ?? { sm: null }).flatMap(([key, written]) => [
      ...(written?.policy || opened.has(key) ? [key] : []),
      ...[primary, ...replicas]
        .filter(({ region }) => written?.by_region?.[region]?.policy)
        .map(({ label }) => `${label}_${key}`),
    ]),
    ...Object.keys(spec.secrets ?? {}).map((secret) => `secret_${secret}`),
    ...Object.keys(spec.consumers ?? {}).map((consumer) => `consumer_${consumer}`),
  ];
  return [names, documents, groups, encrypted, given].every((list) => new Set(list).size === list.length);
}

/** A text that is someone's secret, and the random parts of it by which it is recognised wherever it turns up. */
export interface SecretText {
  readonly text: string;
  readonly parts: readonly string[];
}

/** Characters one by one: fast-check has words such as `hasOwnProperty` among its random strings, which are no secrets. */
const randomPart = fc
  .array(fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), {
    minLength: 12,
    maxLength: 20,
  })
  .map((characters) => characters.join(""));

/** Secrets as people have them: a token, a password with every sort of punctuation, an address with one in it, a key file. */
const secretTexts: fc.Arbitrary<SecretText> = fc.oneof(
  { weight: 2, arbitrary: randomPart.map((part) => ({ text: part, parts: [part] })) },
  { weight: 1, arbitrary: fc.stringMatching(/^[1-9][0-9]{15}$/).map((text) => ({ text, parts: [text] })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        randomPart,
        fc.stringMatching(/^[ !-/:-@[-`{-~]{1,4}$/),
        randomPart,
        fc.stringMatching(/^[ !-/:-@[-`{-~]?$/),
      )
      .map(([one, between, other, end]) => ({ text: one + between + other + end, parts: [one, other] })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.stringMatching(/^[!-/:-@[-`{-~]$/), randomPart)
      .map(([start, part]) => ({ text: start + part, parts: [part] })),
  },
  {
    weight: 1,
    arbitrary: randomPart.map((part) => ({ text: `postgres://app:${part}@db:5432/app`, parts: [part] })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(randomPart, randomPart).map((parts) => ({
      text: `-----BEGIN KEY-----\n${parts.join("\n")}\n-----END KEY-----\n`,
      parts,
    })),
  },
);

/** A right spec with secrets in clear text, and these. */
export interface SecretiveSpec {
  readonly spec: WrittenSpec;
  readonly secretTexts: readonly SecretText[];
}

export const secretiveSpecs: fc.Arbitrary<SecretiveSpec> = fc
  .tuple(
    specs,
    fc.array(secretTexts, { minLength: 4, maxLength: 4 }),
    fc.uniqueArray(fc.oneof(fc.constantFrom("username", "password", "api_key", "token", "host"), identifiers), {
      minLength: 3,
      maxLength: 3,
    }),
  )
  .map(([spec, texts, parts]) => {
    const [literal, plain, inMap, inList] = texts.map(({ text }) => text);
    const [part = "", nested = "", list = ""] = parts;
    const json = { [part]: plain!, deeper: { [`my_${nested}`]: inMap! }, [`all_${list}`]: [[inList!]] };
    return {
      spec: withVariables({
        ...spec,
        keys: undefined,
        secrets: {
          plain: { value: { literal: literal!, allow_plaintext: true }, description: "A literal" },
          structured: { name: "app/structured", value: { json }, tags: { team: "a" } },
        },
      }),
      secretTexts: texts,
    };
  });
