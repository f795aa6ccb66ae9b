/**
 * The grammar of a spec, version 1, as a zod schema: which keys there are, of what type, within which limits. Every key is
 * described here, and only here; the JSON Schema's hover help and the README's table are made of it. What depends on two
 * keys at once is in `rules.ts`, what a default means is in `resolve.ts`.
 */

import { services } from "../aws/services.ts";
import { once } from "../once.ts";
import { asciiFirst, type Field, type FieldName, fields } from "./fields.ts";
import { keyHelp, map, optional, required, shortForm } from "./maps.ts";
import { type Reference, type TextOrReference, TRAVERSAL } from "./reference.ts";
import { fixedLength, partsOf } from "./text.ts";
import { DEFAULT_VERSIONS } from "./versions.ts";
import * as z from "./zod.ts";

/** What the files are called that a spec gives no names. */
export const DEFAULT_FILES = {
  provider: "provider.tf",
  kms: "kms.tf",
  ebs: "ebs.tf",
  logs: "logs.tf",
  s3: "s3.tf",
  parameters: "parameters.tf",
  secrets: "secrets.tf",
  consumers: "consumers.tf",
  locals: "locals.tf",
  variables: "variables.tf",
  outputs: "outputs.tf",
} as const;

/** A map by identifiers, in which one with nothing behind its name has every default. */
function named<T extends z.Type<object>>(schema: T) {
  return z.record(
    identifier(),
    z.turned(z.nullable(schema), (thing: z.output<T> | null): z.output<T> => thing ?? ({} as z.output<T>)),
  );
}

/** Terraform's identifiers, ASCII only: https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers */
const identifier = once(() =>
  z.string(
    z.regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, "a Terraform identifier: a letter or _, then letters, digits, _ and -"),
    z.maxLength(200),
  ),
);

/** The pattern that Secrets Manager's API has for regions (its RegionType). */
const region = () => z.string(z.maxLength(128), z.regex(/^([a-z]+-)+\d+$/, "a region such as eu-central-1"));

/** The ids of multi-Region keys, which are the same in every region (AWS KMS: multi-Region keys). */
const keyId = once(() =>
  z.string(z.regex(/^mrk-[0-9a-f]{32}$/, "the id of a multi-Region key: mrk- and 32 hex digits")),
);

const plainText = (maximum: number) => z.string(z.minLength(1), z.maxLength(maximum));

/** What may be in a text besides its characters: a word in braces, known or not, of which a rule knows what was meant. */
const BRACED = String.raw`\{[\w.-]+\}`;
const ALIAS = once(() => new RegExp(`^(${fields.alias.character.source}|${BRACED})*$`));
const ALIAS_NAME = once(() => new RegExp(`^alias/(${fields.alias.character.source}|${BRACED})+$`));
const LOG_GROUP = once(() => new RegExp(`^(${fields.logGroupName.character.source}|${BRACED})*$`));
const PARAMETER = once(() => new RegExp(`^(${fields.parameterName.character.source}|${BRACED})*$`));
const BUCKET = once(() => new RegExp(`^(${fields.bucketName.character.source}|${BRACED})*$`));
const SESSION = once(() => new RegExp(`^(${fields.sessionName.character.source}|${BRACED})*$`));
const PLAIN_TAG = /^[\w .:/=+\-@]*$/;
const TAG_KEY = asciiFirst(PLAIN_TAG, () => new RegExp(`^${fields.tag.character.source}*$`, "u"));
const TAG = asciiFirst(PLAIN_TAG, () => new RegExp(`^(${fields.tag.character.source}|${BRACED})*$`, "u"));

/** Text in which placeholders may be; its limits are about what else it says. */
function text(name: FieldName, ...checks: readonly (RegExp | z.Check<string>)[]) {
  const { characters, maximum }: Field = fields[name];
  const further = checks.map((one) => ("_zod" in one ? one : z.regex(one, characters)));
  return z.string(atMost(maximum), ...further);
}

function atMost(maximum = Number.POSITIVE_INFINITY): z.Check<string> {
  return z.check(({ value, issues }) => {
    // Most texts are short, and only longer ones are taken apart.
    if (value.length <= maximum || fixedLength(partsOf(value)) <= maximum) return;
    issues.push({ code: "too_big", origin: "string", maximum, inclusive: true, input: value });
  });
}

/** Like `\P{Cc}`, which takes longer to compile. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const NO_CONTROLS = /^[^\u0000-\u001f\u007f-\u009f]*$/;

const path = () =>
  z.string(z.minLength(1), z.maxLength(4096), z.regex(NO_CONTROLS, "a path without control characters"));

const templateFolder = () =>
  z.string(
    z.maxLength(4096),
    z.regex(
      /^(?![/~$]|[A-Za-z]:|(.*\/)?\.\.(\/|$))[^\p{Cc}\\]+$/u,
      "a folder in that of the spec, such as templates; one that is elsewhere is given with --templates",
    ),
  );

const days = (minimum: number, maximum: number) => z.int(z.minimum(minimum), z.maximum(maximum));

/**
 * The names of files that Terraform reads as configuration: it leaves out those that start with a dot, and those that end in
 * `override.tf` change other files instead (https://developer.hashicorp.com/terraform/language/files/override).
 */
const fileName = once(() =>
  z.string(
    z.maxLength(200),
    z.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*\.tf$/, "a name such as keys.tf, without folders"),
    z.regex(/^(?!(.*_)?override\.tf$)/, "a name such as keys.tf; what ends in override.tf would change other files"),
  ),
);

/** Key 1 to 128 characters, value up to 256 (AWS's generic tag rules). */
const tags = once(() =>
  z.record(z.string(z.minLength(1), z.maxLength(128), z.regex(TAG_KEY, fields.tag.characters)), text("tag", TAG)),
);

const arn = () =>
  z.string(
    z.maxLength(2048),
    z.regex(/^arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+$/, "an ARN such as arn:aws:iam::123456789012:role/name"),
  );

/** Parameter Store's names (AWS Systems Manager: PutParameter), or the ARN of one. */
const parameterName = () =>
  z.string(
    z.minLength(1),
    z.maxLength(2048),
    z.regex(
      /^(arn:[\w-]+:ssm:[\w-]+:\d{12}:parameter\/[\w./-]+|[\w./-]+)$/,
      "the name of a parameter such as /app/database, or its ARN",
    ),
  );

/** The name or the ARN of a secret. A rule checks its form: what has a form here is shown in reports, and a slip may have put a value there. */
const secretId = () => plainText(2048);

/** An ARN of which variables may stand for any part. */
const openArn = once(() =>
  z.string(
    atMost(fields.roleArn.maximum),
    z.regex(
      /^(arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+|\S*\{(var\.[\w-]+|workspace)\}\S*)$/,
      "an ARN such as arn:aws:iam::123456789012:role/name",
    ),
  ),
);

const EXAMPLES_OF_CONSTRAINTS = 'a version constraint such as ">= 1.11" or "~> 6.0"';

/** Text of at most as many characters; what is longer is not looked at any closer. */
const shortText = (maximum: number, ...checks: readonly z.Check<string>[]) =>
  z.string(z.maxLength(maximum, { abort: true }), ...checks);

/** Terraform takes no pre-releases in `required_version`. */
const terraformConstraint = () =>
  shortText(
    256,
    z.regex(
      /^ *(=|!=|>=?|<=?|~>)? *\d+(\.\d+){0,2}( *, *(=|!=|>=?|<=?|~>)? *\d+(\.\d+){0,2})* *$/,
      `${EXAMPLES_OF_CONSTRAINTS}, without pre-releases`,
    ),
  );

const providerConstraint = () =>
  shortText(
    256,
    z.regex(
      /^ *(=|!=|>=?|<=?|~>)? *\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?( *, *(=|!=|>=?|<=?|~>)? *\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?)* *$/,
      EXAMPLES_OF_CONSTRAINTS,
    ),
  );

const replicaRegions = once(() => z.union([z.literal("all"), z.array(region())]));

/** What something was called before; several names are a chain of moves, so that a state that has missed some finds its way. */
const formerNames = (what: string) =>
  optional(
    () =>
      z.turned(z.union([identifier(), z.array(identifier(), z.minLength(1))]), (given): readonly string[] =>
        [given].flat(),
      ),
    `The ${what} had before: its resources are moved, not replaced. After several renames a list, the oldest first.`,
  );

const primaryRegion = () =>
  shortForm(
    region(),
    map({
      region: required(region, "The region."),
      label: optional(identifier, "The first part of the resource names in this region.", "main"),
      provider_alias: optional(
        identifier,
        "The alias of the region's provider; by default it is the provider without an alias.",
      ),
      renamed_from: formerNames("label that this region"),
    }),
    (name) => ({ region: name }),
  );

const replicaRegion = () =>
  shortForm(
    region(),
    map({
      region: required(region, "The region."),
      label: optional(
        identifier,
        "The first part of the resource names in this region; by default its short code: eu-west-1 gives euw1.",
      ),
      provider_alias: optional(identifier, "The alias of the region's provider; by default the label."),
      renamed_from: formerNames("label that this region"),
    }),
    (name) => ({ region: name }),
  );

const retiredRegion = () =>
  shortForm(
    region(),
    map({
      region: required(region, "The region."),
      label: optional(identifier, "The label that it had; by default its short code."),
      provider_alias: optional(identifier, "The alias of the region's provider; by default the label."),
      forget: optional(
        () => z.boolean(),
        "Leave the region's keys in AWS and only take them out of Terraform's state.",
        false,
      ),
    }),
    (name) => ({ region: name }),
  );

/** How far the move of the secrets to another primary region has come. */
export const secretsSteps = ["detach", "attach", "clean"] as const;

const secretsRegion = () =>
  shortForm(
    region(),
    map({
      region: required(region, "The region."),
      step: optional(
        () => z.oneOf(secretsSteps),
        "While the secrets move: detach leaves them in AWS and takes them out of Terraform's state, attach adopts them in this region and copies them to the others, clean is what is left once that has been applied. No value is sent as long as there is a step.",
      ),
    }),
    (name) => ({ region: name }),
  );

const promotedFrom = () =>
  shortForm(
    region(),
    map({
      region: required(region, "The region."),
      key_ids: optional(
        () => z.record(identifier(), keyId()),
        "The ids of keys that have none of their own in the spec, by the keys' identifiers.",
        {},
      ),
    }),
    (name) => ({ region: name }),
  );

const accountId = once(() =>
  z.string(
    z.regex(
      /^(\d{12}|\d{0,11}(\{(var\.[\w-]+|workspace)\}\d{0,11})+)$/,
      "twelve digits, in quotes, or {var.NAME} for a variable that holds them",
    ),
  ),
);

/** Terraform's traversals, written bare. */
const traversal = () =>
  z.string(
    z.maxLength(1000),
    z.regex(TRAVERSAL, 'one reference such as aws_iam_role.app.arn, of names, .attributes, [0] and ["key"] alone'),
  );

const reference = once(() => {
  const made = map({
    ref: optional(traversal, "What other files declare, as Terraform refers to it: aws_iam_role.app.arn."),
    variable: optional(identifier, "A variable that the spec declares under variables."),
  });
  keyHelp.add(made, { id: "Reference", description: "In place of a text: what Terraform knows." });
  return made;
});

/** A text, or in its place a reference to what another file declares, or a variable, which is the text `{var.NAME}`. */
function orReference<T extends z.Type<string>>(text: T) {
  return z.turned(z.union([text, reference()]), (given): TextOrReference => {
    if (typeof given === "string") return given;
    const { ref, variable } = given as Reference;
    return ref === undefined && variable !== undefined ? `{var.${variable}}` : { ref, variable };
  });
}

const assumeRole = () =>
  map({
    role_arn: required(() => orReference(openArn()), "The role to assume: its ARN, { ref: … } or { variable: NAME }."),
    session_name: optional(
      () => text("sessionName", SESSION(), z.minLength(2)),
      "The name that the role's sessions get in CloudTrail.",
    ),
    external_id: optional(
      () => text("externalId", z.minLength(1)),
      "The external id that the role's trust policy asks for.",
    ),
  });

const condition = () =>
  map({
    test: required(() => plainText(128), "The condition operator, such as StringEquals."),
    variable: required(() => plainText(256), "The condition key, such as kms:ViaService."),
    values: required(
      () => z.array(orReference(shortText(32_768)), z.minLength(1)),
      "The values, any of which may match; { ref: … } and { variable: NAME } too.",
    ),
  });

const principalNames = once(() =>
  z.array(orReference(z.string(z.minLength(1), atMost(fields.principal.maximum))), z.minLength(1)),
);

/** ARNs, each of which may be referred to instead. */
const principalArns = once(() => z.array(orReference(openArn())));

const principals = once(() =>
  map({
    AWS: optional(principalNames, "ARNs of roles, users and accounts, account ids, or * with conditions."),
    Service: optional(principalNames, "Service principals, such as logs.{region}.{dns_suffix}."),
    Federated: optional(principalNames, "Identity providers."),
  }),
);

const actions = once(() => z.array(plainText(128), z.minLength(1)));

const statement = once(() =>
  map({
    sid: optional(() => z.string(z.minLength(1)), "The statement's id; spaces are for key policies only."),
    effect: optional(() => z.oneOf(["Allow", "Deny"]), "Allow or Deny.", "Allow"),
    principals: optional(principals, "Who it is about, by type of principal: { AWS: [arn…] } or { Service: [name…] }."),
    not_principals: optional(principals, "Instead of principals, with Deny: it is about everyone but these."),
    actions: optional(actions, "The actions, such as kms:Decrypt."),
    not_actions: optional(actions, "Instead of actions: it is about all of them but these."),
    conditions: optional(() => z.array(condition()), "Conditions that must all hold."),
  }),
);

const policyDocuments = once(() =>
  z.array(
    z.union([
      z.string(
        z.maxLength(4096),
        z.regex(
          /^(?![/~]|[A-Za-z]:)[^\p{Cc}\\]+\.json$/u,
          "the path of a .json file from the spec, such as policies/base.json",
        ),
      ),
      map({ ref: required(traversal, "What holds the document, as Terraform refers to it.") }),
    ]),
  ),
);

const keyPolicy = once(() =>
  map({
    account: optional(
      () => z.boolean(),
      "Leave what the policy does not say to the account's IAM policies; false only where someone else may change the policy.",
      true,
    ),
    administrators: optional(
      principalArns,
      "ARNs that manage the key, replicate it and move its primary region; { ref: aws_iam_role.admin.arn } or { variable: NAME } for one that Terraform knows.",
      [],
    ),
    users: optional(
      principalArns,
      "ARNs that encrypt and decrypt, sign and verify, or make and check MACs, as the key's usage has it.",
      [],
    ),
    decrypters: optional(principalArns, "ARNs that only decrypt.", []),
    services: optional(
      () => z.array(z.oneOf(Object.keys(services) as [string, ...string[]])),
      "Services whose statements the policy holds, [] for none; by default the key's own service. Most let everyone in the account use the key through the service, without a permission for the key.",
    ),
    statements: optional(
      () => z.array(statement()),
      "Further statements. In all texts of the policy {region}, {account}, {partition} and {dns_suffix} stand for the key's own.",
      [],
    ),
    documents: optional(
      policyDocuments,
      "Policies that this one is added to: paths of JSON files from the spec, or { ref: data.aws_iam_policy_document.base.json }.",
      [],
    ),
    overrides: optional(
      policyDocuments,
      "Policies that are added to this one: paths of JSON files from the spec, or { ref: … }. Their statements replace those of the same sid.",
      [],
    ),
    bypass_policy_lockout_safety_check: optional(
      () => z.boolean(),
      "Have AWS accept a policy that its author could not change again.",
      false,
    ),
  }),
);

/** What starts with alias/ is a whole name, and would get the prefix twice. */
const aliasSuffix = once(() =>
  text(
    "alias",
    ALIAS(),
    z.minLength(1),
    z.regex(/^(?!alias\/)/, "the part of the alias that follows the region: app for alias/eu-central-1-app"),
  ),
);

const wholeAlias = once(() =>
  map({
    name: required(
      () => z.string(atMost(fields.alias.maximum), z.regex(ALIAS_NAME(), `alias/ and then ${fields.alias.characters}`)),
      "The whole name; {region} stands for the key's region.",
    ),
  }),
);

const keyAlias = once(() =>
  shortForm([aliasSuffix(), z.literal(false)], wholeAlias(), (short) =>
    short === false ? short : { name: regionalAlias(short) },
  ),
);

const furtherAlias = once(() => shortForm(aliasSuffix(), wholeAlias(), (suffix) => ({ name: regionalAlias(suffix) })));

/** A key's id or ARN (AWS KMS: KeyId), or its alias in each region. */
const existingKey = () =>
  z.union([
    z.string(
      z.regex(
        /^(arn:[\w-]+:kms:[\w-]+:\d{12}:key\/)?(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
        "the id of a key, its ARN, or { alias: alias/… }",
      ),
    ),
    map({
      alias: required(
        () =>
          z.string(atMost(fields.alias.maximum), z.regex(ALIAS_NAME(), `alias/ and then ${fields.alias.characters}`)),
        "The whole name of its alias; {region} stands for the region in which it is read.",
      ),
    }),
  ]);

/** The whole name of an alias that is called so behind its region. */
export function regionalAlias(suffix: string): string {
  return `alias/{region}-${suffix}`;
}

/** The specs of KMS keys that Terraform's `customer_master_key_spec` documents, by usage. */
export const keySpecs = {
  encrypt: ["SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "SM2"],
  sign: [
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "SM2",
  ],
  mac: ["HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"],
  // AWS KMS API Reference, DeriveSharedSecret: NIST curves, and SM2 in China.
  agree: ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "SM2"],
} as const;

const keyInRegion = () =>
  map({
    description: optional(() => text("keyDescription"), "The description in this region, as it is; empty for none."),
    alias: optional(
      keyAlias,
      "The alias in this region: its last part, { name: … } for the whole of it, or false for none.",
    ),
    aliases: optional(
      () => z.array(furtherAlias(), z.maxLength(49)),
      "The further aliases in this region, in place of the key's aliases; [] for none.",
    ),
    grants: optional(() => z.literal(false), "With false, none of the key's grants are in this region."),
    deletion_window_days: optional(() => days(7, 30), "Days that the deleted key waits in this region, 7 to 30."),
    protect: optional(() => z.boolean(), "Whether prevent_destroy is written in this region."),
    enabled: optional(() => z.boolean(), "Whether the key can be used in this region."),
    policy: optional(
      () => z.union([z.literal(false), keyPolicy()]),
      "The key policy in this region, in place of the key's; false for AWS's default policy.",
    ),
    default_for_ebs: optional(
      () => z.boolean(),
      "Whether EBS encrypts new volumes with the key in this region by default.",
    ),
    tags: optional(tags, "Tags in this region, besides the key's; of one name the one here counts."),
  });

export type KeyUsage = keyof typeof keySpecs;

/** The operations that a grant may permit (AWS KMS Developer Guide, Grants in AWS KMS, Grant operations), by kind of key. */
const COMMON_OPERATIONS = ["CreateGrant", "DescribeKey", "RetireGrant"] as const;
export const grantOperations = {
  symmetric: [
    ...["Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"],
    ...["GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", ...COMMON_OPERATIONS],
  ],
  encrypt: ["Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo", ...COMMON_OPERATIONS],
  sign: ["GetPublicKey", "Sign", "Verify", ...COMMON_OPERATIONS],
  mac: ["GenerateMac", "VerifyMac", ...COMMON_OPERATIONS],
  agree: ["DeriveSharedSecret", "GetPublicKey", ...COMMON_OPERATIONS],
} as const satisfies Readonly<Record<KeyUsage | "symmetric", readonly string[]>>;

const encryptionContext = () =>
  z.record(
    plainText(384),
    plainText(384),
    z.refine((pairs) => Object.keys(pairs).length > 0),
  );

const grant = () =>
  map({
    to: required(
      () => orReference(text("principal", z.minLength(1))),
      "Who may use the key: the ARN of a role, a user or an account, { ref: … } or { variable: NAME }. {region}, {account}, {partition} and {dns_suffix} stand for the key's own.",
    ),
    operations: required(
      () =>
        z.array(
          z.oneOf([...new Set<string>(Object.values(grantOperations).flat())] as [string, ...string[]]),
          z.minLength(1),
        ),
      "What they may do, such as Decrypt; the operations that the kind of key has.",
    ),
    constraints: optional(
      () =>
        map({
          encryption_context_equals: optional(encryptionContext, "The encryption context that a request must have."),
          encryption_context_subset: optional(
            encryptionContext,
            "The pairs that the encryption context of a request must hold, among others.",
          ),
        }),
      "The encryption context to which the grant is limited: one of the two.",
    ),
    retiring: optional(
      () => orReference(text("principal", z.minLength(1))),
      "Who may retire the grant: an ARN, { ref: … } or { variable: NAME }.",
    ),
  });

const key = () =>
  map({
    service: optional(
      () => z.oneOf(Object.keys(services) as [string, ...string[]]),
      "What the key is for; it decides the description, the alias and what a key policy allows. For keys that cannot encrypt secrets, none.",
      "secretsmanager",
    ),
    description: optional(
      () => text("keyDescription"),
      "The description of the primary key; replicas get it with their region. By default made of the service; empty for none.",
    ),
    alias: optional(
      keyAlias,
      "The alias is alias/<region>-<this> in each region; or { name: alias/app-{region} } for the whole name; or false for none. By default made of the service.",
    ),
    aliases: optional(
      () => z.array(furtherAlias(), z.minLength(1), z.maxLength(49)),
      "Several aliases, each as alias has it, so that one can be renamed without a gap. Without alias beside it these are all.",
    ),
    replicas: optional(replicaRegions, "The replica regions that the key is in: all, or a list.", "all"),
    rotation: optional(
      () =>
        z.union([
          z.boolean(),
          map({ period_days: required(() => days(90, 2560), "Days between two rotations, 90 to 2560.") }),
        ]),
      "Yearly automatic rotation; false for none; or { period_days: 90 to 2560 }. Replicas follow the primary. By default on, where KMS can rotate the key.",
    ),
    usage: optional(
      () => z.oneOf(["encrypt", "sign", "mac", "agree"]),
      "What the key does: encrypt and decrypt, sign and verify, make and check MACs, or agree on shared secrets. It cannot be changed later.",
      "encrypt",
    ),
    spec: optional(
      () => z.oneOf([...new Set(Object.values(keySpecs).flat())] as [string, ...string[]]),
      "The kind of key material, which must fit the usage. It cannot be changed later. By default SYMMETRIC_DEFAULT, ECC_NIST_P256 or HMAC_256.",
    ),
    material: optional(
      () => z.oneOf(["kms", "imported"]),
      "Where the key material comes from: KMS makes it, or it is imported by hand, in every region, and is never in the spec, the files or Terraform's state. It cannot be changed later.",
      "kms",
    ),
    valid_to: optional(
      () => z.string(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "a time in UTC such as 2027-01-31T00:00:00Z")),
      "When imported key material expires, as 2027-01-31T00:00:00Z; AWS learns it from the import alone. By default never.",
    ),
    deletion_window_days: optional(
      () => days(7, 30),
      "Days that a deleted key waits, 7 to 30; by default AWS's own 30.",
    ),
    protect: optional(() => z.boolean(), "Write prevent_destroy on the primary and on every replica key.", true),
    enabled: optional(() => z.boolean(), "Whether the key can be used.", true),
    policy: optional(
      keyPolicy,
      "The key policy; without one AWS's default policy, which leaves everything to IAM, or, for a key with log groups, one that also lets CloudWatch Logs use the key. { services: [] } says the same; {} also lets everyone in the account use the key through its service, without a permission for the key.",
    ),
    grants: optional(
      () => z.record(identifier(), grant()),
      "Grants by name, in every region that the key is in: AWS copies none. A grant cannot be changed, only replaced.",
      {},
    ),
    default_for_ebs: optional(
      () => z.boolean(),
      "Encrypt new EBS volumes by default, with this key, in every region that the key is in. One key per region.",
      false,
    ),
    tags: optional(tags, "Tags of the key and of its replicas.", {}),
    by_region: optional(
      () => z.record(z.string(z.maxLength(128)), keyInRegion()),
      "What is otherwise in some regions, by region, the primary's included: tags are added, everything else replaces the key's.",
      {},
    ),
    renamed_from: formerNames("identifier that this key"),
    existing: optional(
      existingKey,
      "A key that belongs to another state: its id, its ARN, or { alias: alias/app-{region} }. It is read in each region where a secret is under it, and nothing of it is changed.",
    ),
    id: optional(keyId, "The id in AWS, mrk-…, which is the same in every region. A promotion needs it."),
    import: optional(
      () =>
        shortForm(
          shortText(2048),
          map({
            key_id: required(() => shortText(2048), "The id of the multi-Region key, mrk-…."),
            alias: optional(() => z.boolean(), "Adopt the aliases of every region too.", false),
          }),
          (id) => ({ key_id: id }),
        ),
      "The id, mrk-…, of an existing multi-Region key: it and its replicas are adopted, not created.",
    ),
  });

const randomPassword = once(() =>
  map({
    length: optional(() => z.int(z.minimum(1), z.maximum(4096)), "Characters of the password, 1 to 4096.", 32),
    exclude_characters: optional(() => plainText(4096), "Characters that it must not hold."),
    exclude_numbers: optional(() => z.boolean(), "No digits.", false),
    exclude_punctuation: optional(() => z.boolean(), "No punctuation.", false),
    exclude_uppercase: optional(() => z.boolean(), "No capital letters.", false),
    exclude_lowercase: optional(() => z.boolean(), "No small letters.", false),
    include_space: optional(() => z.boolean(), "Allow spaces.", false),
    require_each_included_type: optional(
      () => z.boolean(),
      "At least one character of every kind that is allowed.",
      true,
    ),
  }),
);

/** Text may be anything that fits a secret: 65,536 bytes, checked in bytes by a rule. */
const secretText = once(() => z.string(z.maxLength(65536)));

/** Where a value, or a part of a JSON value, comes from, but for what is written out. */
const sources = {
  variable: optional(identifier, "The name of the variable that holds it."),
  parameter: optional(
    parameterName,
    "A parameter of Systems Manager, by name or ARN, that is read when Terraform sends the value and kept nowhere.",
  ),
  secret: optional(
    secretId,
    "Another secret, by name or ARN, whose value is read when Terraform sends this one and kept nowhere.",
  ),
  // A rule checks its form, for a form that the schema knows is shown in reports.
  ref: optional(
    () => plainText(1000),
    "What other files declare, as Terraform refers to it: aws_db_instance.app.username, ephemeral.vault_kv_secret_v2.app.data.",
  ),
};

/**
 * A part of a JSON value. What is a map in the spec is a source when it has a source's key, otherwise a JSON object; an object
 * with such a key of its own is written as `{ json: { … } }`.
 */
const jsonPart = once((): z.Type<JsonPart, WrittenJsonPart> => {
  const part = z.lazy(() =>
    z.union([
      z.turned(
        z.union([secretText(), z.number(), z.boolean(), z.nothing()]),
        (plain): JsonPart => (plain === "generated" ? { source: { generated: {} } } : { plain }),
      ),
      z.turned(z.array(jsonPart()), (list): JsonPart => ({ list })),
      z.turned(partSource(z.refine((source) => Object.keys(source).length > 0)), (source): JsonPart => ({ source })),
      z.turned(
        jsonObject(z.refine((map) => !Object.keys(map).some((key) => SOURCE_KEYS.has(key)))),
        (map): JsonPart => ({ map }),
      ),
    ]),
  ) as unknown as z.Type<JsonPart, WrittenJsonPart>;
  keyHelp.add(part, { id: "JsonPart", description: "A part of a JSON value." });
  return part;
});

const partSource = (...checks: readonly z.Check<never>[]) =>
  map(
    {
      ...sources,
      generated: optional(
        () => shortForm(z.literal(true), randomPassword(), () => ({})),
        "A random password as this part.",
      ),
      json: optional(
        jsonObject,
        "A JSON object as this part; needed where a key of it is called as a source is, otherwise the map alone will do.",
      ),
    },
    ...checks,
  );

function jsonObject(...checks: readonly z.Check<JsonMap>[]) {
  return z.record(z.string(z.minLength(1)), jsonPart(), ...checks);
}

/** The keys that make a map in a JSON value a source. */
export const SOURCE_KEYS: ReadonlySet<string> = new Set([
  "variable",
  "generated",
  "parameter",
  "secret",
  "ref",
  "json",
]);

/** A part of a JSON value as it is written. */
type WrittenJsonPart =
  | string
  | number
  | boolean
  | null
  | readonly WrittenJsonPart[]
  | { readonly [key: string]: WrittenJsonPart | object | undefined };

/** A part of a JSON value: written out, or from a source. */
export type JsonPart =
  | { readonly plain: string | number | boolean | null }
  | { readonly list: readonly JsonPart[] }
  | { readonly map: JsonMap }
  | { readonly source: SourceSpec };

export type JsonMap = Readonly<Record<string, JsonPart>>;

/** Where a value, or a part of one, comes from: exactly one of these, as a rule makes sure. */
export interface SourceSpec {
  readonly variable?: string | undefined;
  readonly parameter?: string | undefined;
  readonly secret?: string | undefined;
  readonly ref?: string | undefined;
  readonly generated?: RandomPasswordSpec | undefined;
  readonly json?: JsonMap | undefined;
}

const allowPlaintext = () =>
  optional(
    () => z.boolean(),
    "Says that a literal is meant, and known to be readable by everyone who can read the repository.",
  );

const value = () =>
  shortForm(
    z.oneOf(["variable", "generated", "external"]),
    map({
      ...sources,
      generated: optional(randomPassword, "A random password with these settings."),
      json: optional(
        jsonObject,
        "A JSON object of texts, numbers, truth values, null, lists and maps, any of which may be generated, { generated: { … } }, { variable: NAME }, { parameter: NAME }, { secret: NAME } or { ref: … }.",
      ),
      literal: optional(
        secretText,
        "The value itself, in clear text in the spec, in the file and in Terraform's state.",
      ),
      allow_plaintext: allowPlaintext(),
      binary: optional(
        () => z.boolean(),
        "The variable holds base64, and what that stands for is the value. Terraform keeps it in its state: there is no write-only argument for it.",
        false,
      ),
      once: optional(
        () => z.boolean(),
        "Write the value once and leave it to a rotation or a person from then on.",
        false,
      ),
      version: optional(() => z.int(z.minimum(1)), "Increase it to send the value again.", 1),
    }),
    (keyword) => (keyword === "generated" ? { generated: {} } : keyword),
  );

const secretPolicy = () =>
  map({
    readers: optional(principalArns, "ARNs that may read the secret.", []),
    statements: optional(
      () => z.array(statement()),
      "Further statements. In all texts of the policy {region}, {account}, {partition} and {dns_suffix} stand for the primary's.",
      [],
    ),
    documents: optional(
      policyDocuments,
      "Policies that this one is added to: paths of JSON files from the spec, or { ref: data.aws_iam_policy_document.base.json }.",
      [],
    ),
    overrides: optional(
      policyDocuments,
      "Policies that are added to this one: paths of JSON files from the spec, or { ref: … }. Their statements replace those of the same sid.",
      [],
    ),
    block_public_policy: optional(
      () => z.boolean(),
      "Have AWS refuse a policy that lets everyone in; false leaves the argument out.",
      true,
    ),
  });

const rotation = () =>
  map({
    lambda_arn: optional(
      () => orReference(openArn()),
      "The function that rotates: its ARN, { ref: … } or { variable: NAME }; without one AWS's managed rotation.",
    ),
    every_days: optional(() => days(1, 1000), "Days between two rotations, 1 to 1000."),
    schedule: optional(
      () => z.string(z.maxLength(256), z.regex(/^(cron|rate)\(.+\)$/, "cron(…) or rate(…)")),
      "Instead of every_days: a cron() or rate() expression.",
    ),
    duration: optional(
      () => z.string(z.regex(/^\d{1,2}h$/, "hours such as 3h")),
      "The length of the rotation window, such as 3h.",
    ),
    immediately: optional(() => z.boolean(), "Rotate as soon as rotation is switched on.", true),
  });

const secret = () =>
  shortForm(
    z.string(),
    map({
      name: optional(() => z.string(), "The name in Secrets Manager; by default the identifier."),
      name_prefix: optional(
        () => z.string(),
        "Instead of name: what its name begins with; Terraform adds 26 characters when it creates the secret.",
      ),
      description: optional(() => text("secretDescription", z.minLength(1)), "The description."),
      key: optional(
        identifier,
        "The key that encrypts it: in each region that region's own key. By default the only key, or the only one for secretsmanager. aws is AWS's own key, which other accounts cannot use.",
      ),
      key_reference: optional(
        () => z.oneOf(["id", "arn"]),
        "Whether kms_key_id is the key's id or its ARN. They are one key, but to change one for the other removes every replica and copies it again: write what is there.",
        "id",
      ),
      replicas: optional(replicaRegions, "The replica regions: all of the key's, or a list.", "all"),
      value: optional(
        value,
        "Where the value comes from: variable, generated, external, or a map such as { json: { … } } or { parameter: NAME }. By default external with rotation or import, otherwise variable.",
      ),
      recovery_window_days: optional(
        () => z.union([z.literal(0), days(7, 30)]),
        "Days that a deleted secret can be restored: 0, or 7 to 30; by default AWS's own 30.",
      ),
      overwrite_replica: optional(
        () => z.boolean(),
        "Replace a secret of the same name that is in a replica region already.",
        false,
      ),
      rotation: optional(rotation, "Rotation by Secrets Manager."),
      policy: optional(secretPolicy, "The resource policy; Secrets Manager copies it to the replicas."),
      protect: optional(() => z.boolean(), "Write prevent_destroy on the secret.", false),
      tags: optional(tags, "Tags of the secret.", {}),
      renamed_from: formerNames("identifier that this secret"),
      import: optional(
        arn,
        "The ARN of an existing secret, in the primary region, to adopt; its value stays as it is.",
      ),
    }),
    (name) => ({ name }),
  );

/** Days that CloudWatch Logs keeps events for (Amazon CloudWatch Logs: PutRetentionPolicy). */
const RETENTION_DAYS = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
];

const logGroupName = () =>
  text(
    "logGroupName",
    LOG_GROUP(),
    z.minLength(1),
    z.regex(/^(?!aws\/)/, "a name outside of aws/, which is reserved for AWS"),
  );

/** The settings of a log group, which it may have otherwise in a region. */
const logGroupSettings = () => ({
  name: optional(logGroupName, "The name, with {region} for its region. By default the identifier."),
  retention_days: optional(
    () => z.literal(...RETENTION_DAYS),
    "Days that its events are kept, one of the numbers that AWS has; by default they are kept forever.",
  ),
  skip_destroy: optional(() => z.boolean(), "Leave it in AWS with its events when it goes out of the files.", false),
  protect: optional(() => z.boolean(), "Write prevent_destroy on it.", false),
  tags: optional(tags, "Its tags.", {}),
});

const logGroup = () =>
  shortForm(
    logGroupName(),
    map({
      ...logGroupSettings(),
      class: optional(
        () => z.oneOf(["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]),
        "The log class, which cannot be changed later. DELIVERY keeps events for 2 days.",
        "STANDARD",
      ),
      key: optional(
        identifier,
        "The key that encrypts it: in each region that region's own key. By default the only key, or the only one for logs.",
      ),
      regions: optional(replicaRegions, "The regions that it is in: all of the key's, or a list.", "all"),
      by_region: optional(
        () => z.record(z.string(z.maxLength(128)), map(logGroupSettings())),
        "What is otherwise in some regions, by region: tags are added, everything else replaces the log group's.",
        {},
      ),
      renamed_from: formerNames("identifier that this log group"),
      import: optional(
        replicaRegions,
        "The regions in which it exists and is adopted, not created: all that it is in, or a list.",
      ),
    }),
    (name) => ({ name }),
  );

const bucketName = () =>
  text(
    "bucketName",
    BUCKET(),
    z.minLength(3),
    z.regex(/^[^.-](.*[^.-])?$/, "a name that begins and ends with a letter or a digit"),
  );

/** The settings of the encryption of a bucket, which it may have otherwise in a region. */
const bucketSettings = () => ({
  name: optional(
    () => orReference(bucketName()),
    "The bucket, which exists: its name, in which {region} stands for its region, { ref: aws_s3_bucket.backups.id } or { variable: NAME }.",
  ),
  bucket_key: optional(
    () => z.boolean(),
    "Use an S3 Bucket Key, with which S3 asks KMS for far fewer data keys.",
    true,
  ),
});

const bucket = () =>
  shortForm(
    bucketName(),
    map({
      ...bucketSettings(),
      key: optional(
        identifier,
        "The key that encrypts new objects: in each region that region's own key. By default the only key, or the only one for s3.",
      ),
      regions: optional(replicaRegions, "The regions that it has buckets in: all of the key's, or a list.", "all"),
      by_region: optional(
        () => z.record(z.string(z.maxLength(128)), map(bucketSettings())),
        "What is otherwise in some regions, by region.",
        {},
      ),
      renamed_from: formerNames("identifier that this bucket"),
      import: optional(
        replicaRegions,
        "The regions in which Terraform adopts the bucket's encryption as it is, and does not replace it: all that it has buckets in, or a list.",
      ),
    }),
    (name) => ({ name }),
  );

const ownParameterName = () =>
  text(
    "parameterName",
    PARAMETER(),
    z.minLength(1),
    z.regex(/^(?!\/?(aws|ssm))/i, "a name outside of aws and ssm, which are reserved for AWS"),
    z.regex(/^(\/|\{|[^/]*$)/, "a name that starts with /, or has no / in it"),
    z.regex(/^\/?[^/]*(\/[^/]*){0,14}$/, "a name of at most 15 levels"),
  );

/** The settings of a parameter, which it may have otherwise in a region. */
const parameterSettings = () => ({
  name: optional(ownParameterName, "The name, with {region} for its region. By default the identifier."),
  description: optional(() => text("parameterDescription"), "The description, with {region} for its region."),
  protect: optional(() => z.boolean(), "Write prevent_destroy on it.", false),
  tags: optional(tags, "Its tags.", {}),
});

/** Where the value of a parameter comes from: a parameter is never without one, and Terraform sends the same one to every region. */
const parameterValue = () =>
  shortForm(
    z.oneOf(["variable", "generated"]),
    map({
      ...sources,
      generated: optional(
        randomPassword,
        "A random password with these settings, where the parameter is in one region.",
      ),
      json: optional(jsonObject, "A JSON object, as in the value of a secret."),
      literal: optional(secretText, "The value itself, in clear text in the spec and in the file."),
      allow_plaintext: allowPlaintext(),
      version: optional(
        () => z.int(z.minimum(1)),
        "Increase it to send the value again. With another key, description or tier it must be increased too.",
        1,
      ),
    }),
    (keyword) => (keyword === "generated" ? { generated: {} } : keyword),
  );

const parameter = () =>
  shortForm(
    ownParameterName(),
    map({
      ...parameterSettings(),
      value: optional(
        parameterValue,
        "Where the value comes from, the same in all regions: variable, generated in one region, or a map such as { json: { … } } or { secret: NAME }.",
        "variable",
      ),
      tier: optional(
        () => z.oneOf(["advanced", "intelligent_tiering"]),
        "The tier: advanced takes up to 8 KB, costs, and cannot be changed back. By default the account's, which is standard.",
      ),
      key: optional(
        identifier,
        "The key that encrypts it: in each region that region's own key. By default the only key, or the only one for ssm.",
      ),
      regions: optional(replicaRegions, "The regions that it is in: all of the key's, or a list.", "all"),
      by_region: optional(
        () => z.record(z.string(z.maxLength(128)), map(parameterSettings())),
        "What is otherwise in some regions, by region: tags are added, everything else replaces the parameter's.",
        {},
      ),
      overwrite: optional(
        () => z.boolean(),
        "Take over a parameter of this name that is there already: its value is replaced.",
        false,
      ),
      renamed_from: formerNames("identifier that this parameter"),
    }),
    (name) => ({ name }),
  );

const consumer = () =>
  map({
    reads: optional(
      () => z.array(identifier()),
      "The secrets that it reads: it may decrypt them with their keys as well.",
      [],
    ),
    parameters: optional(
      () => z.array(identifier()),
      "The parameters that it reads: it may decrypt them with their keys as well.",
      [],
    ),
    uses: optional(() => z.array(identifier()), "The keys that it uses, through the services that they are for.", []),
    regions: optional(replicaRegions, "The regions that it does so in: all, or a list.", "all"),
  });

const scalar = once(() => z.union([z.string(), z.number(), z.boolean()]));

const variable = () =>
  map({
    type: optional(() => z.oneOf(["string", "number", "bool"]), "The type of its values.", "string"),
    default: optional(scalar, "The value when none is given; without a default one must be given."),
    description: optional(() => plainText(4096), "The description; by default made of where the variable is used."),
    write: optional(
      () => z.boolean(),
      "Write the variable block; false when another file of the folder declares the variable already.",
      true,
    ),
    allowed: optional(
      () => z.array(scalar(), z.minLength(1)),
      "The only values that are accepted. Names that differ by these values alone are known to be different.",
    ),
  });

/** Keys of the top level that are the user's own, as in Compose files: what is under them is not read, but for its anchors. */
export const EXTENSION = /^x-/;

export function isExtension(key: string): boolean {
  return key.startsWith("x-");
}

/** The zod schema of a spec, without extensions; unknown keys are errors. */
export const specSchema = map({
  version: required(() => z.literal(1), "The version of this grammar, 1."),
  adopted: optional(
    () => z.boolean(),
    "Says that adopted.tf is still needed, which adopt has written: it is kept as it is, and removed once this is taken out.",
    false,
  ),
  regions: required(
    () =>
      map({
        primary: required(
          primaryRegion,
          "The region of the primary keys and of the secrets: a name, or { region, label, provider_alias, renamed_from }.",
        ),
        home: optional(
          region,
          "The region of the provider without an alias and of the label main, by default the primary. It is written when another region becomes the primary, so that no provider and no label moves.",
        ),
        secrets: optional(
          secretsRegion,
          "The region of the primary secrets, by default that of the primary keys: a name, or { region, step } while they move there.",
        ),
        promoted_from: optional(
          promotedFrom,
          "The region that the primary keys were in before, until their promotion has been applied: a name, or { region, key_ids }.",
        ),
        unreachable: optional(
          () => z.array(region(), z.maxLength(47)),
          "Regions that are out of reach: Terraform can be run without them, with -refresh=false, and secrets that have left them are not copied there.",
          [],
        ),
        replicas: optional(
          () => z.array(replicaRegion(), z.maxLength(47)),
          "The replica regions, 0 to 47: names, or { region, label, provider_alias, renamed_from }.",
          [],
        ),
        retired: optional(
          () => z.array(retiredRegion(), z.maxLength(47)),
          "Former replica regions, whose provider must outlive their resources: names, or { region, label, provider_alias, forget }.",
          [],
        ),
      }),
    "Where the keys and secrets are.",
  ),
  terraform: optional(
    () =>
      map({
        required_version: optional(
          terraformConstraint,
          "The Terraform versions to require; the lower bound decides which features are used.",
          DEFAULT_VERSIONS.terraform,
        ),
        aws_provider: optional(
          providerConstraint,
          "The versions of hashicorp/aws to require; the lower bound decides which features are used.",
          DEFAULT_VERSIONS.aws,
        ),
        module: optional(
          () => z.boolean(),
          "Write a child module: configuration_aliases instead of provider blocks, and outputs on.",
          false,
        ),
      }),
    "What the output is written for.",
  ),
  provider: optional(
    () =>
      map({
        placement: optional(
          () => z.oneOf(["alias", "region"]),
          "One aliased provider for each region (alias), or the region argument of AWS provider 6 (region).",
          "alias",
        ),
        default: optional(
          () => z.boolean(),
          "Write the provider without an alias; false when the root module has one. By default true, unless the primary has a provider_alias.",
        ),
        write: optional(
          () => z.boolean(),
          "Write the terraform and provider blocks; false when the folder has its own, under the names that this spec gives.",
          true,
        ),
        profile: optional(() => text("profile", z.minLength(1)), "The profile of the AWS configuration file."),
        assume_role: optional(assumeRole, "The role that every provider assumes."),
        allowed_account_ids: optional(
          () => z.array(orReference(accountId())),
          "The only accounts that may be changed, each in quotes.",
          [],
        ),
        default_tags: optional(tags, "Tags of everything that the providers make.", {}),
      }),
    "The providers.",
  ),
  variables: optional(
    () => named(variable()),
    "Variables that texts refer to as {var.NAME}, by name: nothing for a text, or { type, default, description, allowed, write }.",
    {},
  ),
  keys: optional(
    () => named(key()),
    "The multi-Region keys, by identifier. Without any, one key sm for Secrets Manager.",
  ),
  secrets: optional(() => named(secret()), "The secrets, by identifier: a name, or a map.", {}),
  log_groups: optional(
    () => named(logGroup()),
    "Log groups of CloudWatch Logs, by identifier: a name, or a map. There is one in every region of its key.",
    {},
  ),
  buckets: optional(
    () => named(bucket()),
    "Buckets of S3 whose new objects the keys encrypt, by identifier: a name, or a map. The buckets exist; only their default encryption is made, in every region of the key.",
    {},
  ),
  parameters: optional(
    () => named(parameter()),
    "Parameters of Systems Manager (SecureString), by identifier: a name, or a map. There is one in every region of its key, all with the same value.",
    {},
  ),
  consumers: optional(
    () => named(consumer()),
    "What roles may read and use, by identifier: a policy document for each, with the ARNs of every region.",
    {},
  ),
  locals: optional(
    () => z.boolean(),
    "Write locals.tf for the files beside: local.kms_key_arns, the ARN of every key by region.",
    false,
  ),
  outputs: optional(
    () => z.boolean(),
    "Write outputs.tf: key ids, ARNs and aliases, and secret ARNs, by region, and the policies of consumers.",
    false,
  ),
  files: optional(
    () =>
      map({
        provider: optional(fileName, "The file with the terraform and provider blocks.", DEFAULT_FILES.provider),
        kms: optional(fileName, "The file with the keys.", DEFAULT_FILES.kms),
        ebs: optional(fileName, "The file with the defaults of EBS.", DEFAULT_FILES.ebs),
        logs: optional(fileName, "The file with the log groups.", DEFAULT_FILES.logs),
        s3: optional(fileName, "The file with the encryption of buckets.", DEFAULT_FILES.s3),
        parameters: optional(fileName, "The file with the parameters.", DEFAULT_FILES.parameters),
        secrets: optional(fileName, "The file with the secrets.", DEFAULT_FILES.secrets),
        consumers: optional(fileName, "The file with the policies of consumers.", DEFAULT_FILES.consumers),
        locals: optional(fileName, "The file with the local values.", DEFAULT_FILES.locals),
        variables: optional(fileName, "The file with the variables.", DEFAULT_FILES.variables),
        outputs: optional(fileName, "The file with the outputs.", DEFAULT_FILES.outputs),
      }),
    "The names of the files. Under new names the files are moved.",
  ),
  templates: optional(
    templateFolder,
    "A folder in that of the spec with templates of your own, which mrk-scaffold eject writes for editing; what is not in it is printed with the built-in ones.",
  ),
  output_dir: optional(path, "The folder of the output, relative to the spec; by default the spec's own."),
});

/** A spec that the schema has accepted: nothing in it is null, and what may be written in short has its long form. */
export type Spec = Readonly<z.output<typeof specSchema>>;
export type KeySpec = NonNullable<NonNullable<Spec["keys"]>[string]>;
export type RegionalKeySpec = NonNullable<KeySpec["by_region"]>[string];
export type SecretSpec = NonNullable<NonNullable<Spec["secrets"]>[string]>;
export type LogGroupSpec = NonNullable<NonNullable<Spec["log_groups"]>[string]>;
export type BucketSpec = NonNullable<NonNullable<Spec["buckets"]>[string]>;
export type ParameterSpec = NonNullable<NonNullable<Spec["parameters"]>[string]>;
export type ConsumerSpec = NonNullable<NonNullable<Spec["consumers"]>[string]>;
export type PrimaryRegionSpec = Spec["regions"]["primary"];
export type SecretsStep = (typeof secretsSteps)[number];
export type ReplicaRegionSpec = NonNullable<Spec["regions"]["replicas"]>[number];
export type RetiredRegionSpec = NonNullable<Spec["regions"]["retired"]>[number];
/** A value in its long form, whose sources and parts are what the spec says they are. */
export type ValueSpec = Exclude<NonNullable<SecretSpec["value"]>, string>;
export type GrantSpec = NonNullable<KeySpec["grants"]>[string];
export type KeyPolicySpec = NonNullable<KeySpec["policy"]>;
export type PolicyDocumentSpec = NonNullable<KeyPolicySpec["documents"]>[number];
export type StatementSpec = NonNullable<KeyPolicySpec["statements"]>[number];
export type VariableSpec = NonNullable<Spec["variables"]>[string];
export type RandomPasswordSpec = z.output<ReturnType<typeof randomPassword>>;
