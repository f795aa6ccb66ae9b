/**
 * What the JSON Schema for editors says beyond the grammar: values to choose from, forms of texts, and what may stand beside what in
 * one map. Places in a spec with fragments of JSON Schema; nothing here refuses what the program takes, and the program does not
 * read it.
 */

import { knownRegions } from "../aws/regions.ts";

export type Fragment = Readonly<Record<string, unknown>>;

/** A fragment that must hold too at every place whose path fits; `*` is a key of the user's own, `[]` an element of a list. */
interface Refinement {
  readonly at: RegExp;
  readonly must: Fragment;
  /** The form of the value that it is about, where there are several. */
  readonly form: "object" | "string";
}

/** A region: those that are known to choose from, and any other that has the form of one. */
export const region = {
  description: "A region of AWS.",
  anyOf: [{ enum: knownRegions }, { type: "string", pattern: "^([a-z]+-)+\\d+$", maxLength: 128 }],
} as const;

/** Something is written behind the key. */
const has = (key: string): Fragment => ({
  type: "object",
  required: [key],
  properties: { [key]: { not: { type: "null" } } },
});
const is = (key: string, value: unknown): Fragment => ({
  type: "object",
  required: [key],
  properties: { [key]: { const: value } },
});
const not = (fragment: Fragment): Fragment => ({ not: fragment });
const all = (...fragments: Fragment[]): Fragment => ({ allOf: fragments });
const oneOf = (...keys: string[]): Fragment => ({ oneOf: keys.map(has) });
const none = (...keys: string[]): Fragment => ({ not: { anyOf: keys.map(has) } });
/** What must hold where something else does. */
const when = (condition: Fragment, must: Fragment): Fragment => ({ anyOf: [not(condition), must] });
const suggest = (values: readonly string[]): Fragment => ({ anyOf: [{ enum: values }, {}] });
const pattern = (text: string): Fragment => ({ pattern: text });
/** A text that is not of this form; a pattern holds for everything that is no text. */
const noText = (text: string): Fragment => ({ not: { type: "string", pattern: text } });

/** The operators of IAM's conditions (IAM User Guide, condition operators); each may have `IfExists` or a set in front. */
const OPERATORS = [
  ...["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike"],
  ...["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Bool", "Null", "IpAddress", "NotIpAddress"],
  ...["NumericEquals", "NumericLessThan", "NumericGreaterThan", "DateGreaterThan", "DateLessThan"],
  ...["ForAnyValue:StringEquals", "ForAllValues:StringEquals", "ForAnyValue:StringLike", "StringEqualsIfExists"],
];

const KEY_ACTIONS = [
  ...["kms:Decrypt", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:ReEncrypt*", "kms:GenerateDataKey"],
  ...["kms:GenerateDataKeyWithoutPlaintext", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"],
  ...["kms:ListGrants", "kms:RevokeGrant", "kms:Sign", "kms:Verify", "kms:GetPublicKey", "kms:GenerateMac"],
  ...["kms:VerifyMac", "kms:DeriveSharedSecret", "kms:ReplicateKey", "kms:UpdatePrimaryRegion", "kms:PutKeyPolicy"],
  ...[
    "kms:EnableKey",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:TagResource",
    "kms:*",
  ],
];

const SECRET_ACTIONS = [
  ...["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"],
  ...["secretsmanager:UpdateSecret", "secretsmanager:RotateSecret", "secretsmanager:ListSecretVersionIds"],
  ...["secretsmanager:DeleteSecret", "secretsmanager:ReplicateSecretToRegions", "secretsmanager:*"],
];

const SOURCES = ["variable", "parameter", "secret", "ref", "generated", "json", "literal"];
const STATEMENT = /(^|\.)policy\.statements\.\[\]$/;
/** Letters that names of secrets may have, and braces of placeholders. */
const SECRET_NAME = "^[A-Za-z0-9/_+=.@{}$-]+$";
const ARN_OF_SECRET = "^arn:[^:]+:secretsmanager:";
const KEY_ID = "^mrk-[0-9a-f]{32}$";
const NO_AWS_TAG: Fragment = { propertyNames: { not: { pattern: "^[aA][wW][sS]:" } }, maxProperties: 50 };

/** Names that Terraform keeps for itself (Terraform documentation, input variables). */
const RESERVED = ["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"];

/** What only policies can wait for, in a text where it stands for nothing. */
const ACCOUNT_WORD = "(^|[^{$&])\\{(account|partition|dns_suffix)\\}";
const KNOWN_WORDS = "region|label|workspace|account|partition|dns_suffix|var\\.[A-Za-z_][A-Za-z0-9_-]*";
const UNKNOWN_WORD = `(^|[^{$&])\\{(?!(${KNOWN_WORDS})\\})[A-Za-z0-9_.-]+\\}`;
const PRINCIPAL = "^(arn:[^:]*:(iam|sts):|.*\\{)";

export const refinements: readonly Refinement[] = [
  // Secrets.
  { at: /^secrets\.\*$/, form: "string", must: pattern(SECRET_NAME) },
  { at: /^secrets\.\*\.name(_prefix)?$/, form: "string", must: pattern(SECRET_NAME) },
  { at: /^secrets\.\*\.import$/, form: "string", must: pattern(ARN_OF_SECRET) },
  {
    at: /^secrets\.\*$/,
    form: "object",
    must: all(
      not(all(has("name"), has("name_prefix"))),
      when(all(has("rotation"), has("value")), {
        properties: { value: { anyOf: [{ const: "external" }, is("once", true)] } },
      }),
      when(has("import"), {
        properties: { value: { not: { anyOf: [{ const: "generated" }, { type: "object", ...has("generated") }] } } },
      }),
    ),
  },
  {
    at: /^secrets\.\*\.value$/,
    form: "object",
    must: all(
      oneOf(...SOURCES),
      when(has("literal"), is("allow_plaintext", true)),
      when(is("binary", true), has("variable")),
      not(all(is("once", true), has("version"))),
    ),
  },
  {
    at: /^parameters\.\*\.value$/,
    form: "object",
    must: all(oneOf(...SOURCES), when(has("literal"), is("allow_plaintext", true))),
  },
  { at: /^(secrets|parameters)\.\*\.value\.literal$/, form: "string", must: { minLength: 1 } },
  { at: /^(secrets|parameters)\.\*\.value\.variable$/, form: "string", must: not({ enum: RESERVED }) },
  {
    at: /^(secrets|parameters)\.\*\.value\.secret$/,
    form: "string",
    must: pattern("^(arn:[^ ]+|[A-Za-z0-9_/+=.@-]+)$"),
  },
  {
    at: /^secrets\.\*\.policy$/,
    form: "object",
    must: {
      anyOf: ["readers", "statements", "documents", "overrides"].map((key) => ({
        required: [key],
        properties: { [key]: { type: "array", minItems: 1 } },
      })),
    },
  },
  { at: /^(secrets|parameters)\.\*\.value\.json$/, form: "object", must: { minProperties: 1 } },
  { at: /^secrets\.\*\.rotation$/, form: "object", must: oneOf("every_days", "schedule") },
  // Texts.
  {
    at: /^(secrets\.\*\.name(_prefix)?|(log_groups|buckets|parameters)\.\*(\.by_region\.\*)?\.name|keys\.\*(\.by_region\.\*)?\.(alias(\.name)?|aliases\.\[\](\.name)?)|.*tags\.\*)$/,
    form: "string",
    must: all(noText(ACCOUNT_WORD), noText(UNKNOWN_WORD)),
  },
  // Policies.
  { at: /policy\.(administrators|users|decrypters|readers)\.\[\]$/, form: "string", must: pattern(PRINCIPAL) },
  { at: /^keys\.\*\.grants\.\*\.(to|retiring)$/, form: "string", must: all(pattern(PRINCIPAL), noText("\\*")) },
  { at: /^Reference$/, form: "object", must: oneOf("ref", "variable") },
  {
    at: STATEMENT,
    form: "object",
    must: all(
      oneOf("actions", "not_actions"),
      oneOf("principals", "not_principals"),
      when(has("not_principals"), is("effect", "Deny")),
    ),
  },
  { at: /^keys\..*\.statements\.\[\]\.sid$/, form: "string", must: pattern("^[ -~\\u00a0-\\u00ff]+$") },
  { at: /^secrets\..*\.statements\.\[\]\.sid$/, form: "string", must: pattern("^[!-~]+$") },
  { at: /\.conditions\.\[\]\.test$/, form: "string", must: suggest(OPERATORS) },
  {
    at: /^keys\..*\.statements\.\[\]\.(not_)?actions\.\[\]$/,
    form: "string",
    must: all(pattern("^(\\*|[kK][mM][sS]:[A-Za-z0-9*?]+)$"), suggest(KEY_ACTIONS)),
  },
  {
    at: /^secrets\..*\.statements\.\[\]\.(not_)?actions\.\[\]$/,
    form: "string",
    must: all(
      pattern("^(\\*|[sS][eE][cC][rR][eE][tT][sS][mM][aA][nN][aA][gG][eE][rR]:[A-Za-z0-9*?]+)$"),
      suggest(SECRET_ACTIONS),
    ),
  },
  // Keys.
  { at: /^keys\.\*(\.by_region\.\*)?\.(alias|aliases\.\[\])$/, form: "string", must: noText("^aws/") },
  {
    at: /^keys\.\*(\.by_region\.\*)?\.(alias|aliases\.\[\])\.name$/,
    form: "string",
    must: noText("^alias/aws/"),
  },
  { at: /^keys\.\*\.import(\.key_id)?$/, form: "string", must: pattern(KEY_ID) },
  {
    at: /^keys\.\*\.grants\.\*\.constraints$/,
    form: "object",
    must: oneOf("encryption_context_equals", "encryption_context_subset"),
  },
  {
    at: /^keys\.\*$/,
    form: "object",
    must: all(
      when(has("valid_to"), is("material", "imported")),
      when(is("material", "imported"), {
        properties: {
          usage: { enum: ["encrypt", null] },
          spec: { enum: ["SYMMETRIC_DEFAULT", null] },
          rotation: { enum: [false, null] },
          enabled: { enum: [true, null] },
        },
      }),
      when(
        { required: ["usage"], properties: { usage: { enum: ["sign", "mac", "agree"] } } },
        {
          properties: { rotation: { enum: [false, null] }, spec: { not: { const: "SYMMETRIC_DEFAULT" } } },
        },
      ),
      when(is("usage", "mac"), {
        properties: { spec: { anyOf: [{ type: "null" }, { type: "string", pattern: "^HMAC_" }] } },
      }),
      when(
        has("existing"),
        none(
          ...["service", "description", "alias", "aliases", "rotation", "usage", "spec", "material", "valid_to"],
          ...[
            "deletion_window_days",
            "protect",
            "enabled",
            "policy",
            "grants",
            "tags",
            "by_region",
            "renamed_from",
            "id",
            "import",
          ],
        ),
      ),
    ),
  },
  // Log groups.
  { at: /^log_groups\.\*$/, form: "object", must: when(is("class", "DELIVERY"), none("retention_days")) },
  { at: /(^|\.)(tags|default_tags)$/, form: "object", must: NO_AWS_TAG },
  // The rest.
  { at: /^variables$/, form: "object", must: { propertyNames: { not: { enum: RESERVED } } } },
  {
    at: /^variables\.\*$/,
    form: "object",
    must: all(
      when(is("type", "number"), { properties: { default: { type: ["number", "null"] } } }),
      when(is("type", "bool"), { properties: { default: { type: ["boolean", "null"] } } }),
      when(
        { properties: { type: { enum: ["string", null] } } },
        { properties: { default: { type: ["string", "null"] } } },
      ),
    ),
  },
  {
    at: /^provider$/,
    form: "object",
    must: when(is("write", false), none("default")),
  },
  { at: /^output_dir$/, form: "string", must: pattern("^(?![/\\\\~$]|[A-Za-z]:)") },
];
