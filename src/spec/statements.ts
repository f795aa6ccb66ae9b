/**
 * Decides what the policies of keys and secrets say, in AWS's terms: a named key or secret goes in, its statements come out,
 * in output order, with the placeholders still in their texts. Rules and `resolve`
 * both read them here, so that what is checked is what is generated.
 */

import { type Condition, type Service, type ServiceStatement, services } from "../aws/services.ts";
import {
  isImported,
  isSymmetric,
  keyName,
  materialOf,
  type NamedKey,
  type ServiceName,
  serviceOf,
  settingPath,
} from "./keys.ts";
import { keyPlaces, type NamedSecret, type Names } from "./names.ts";
import { type Path, sortedEntries } from "./path.ts";
import type { Place } from "./places.ts";
import type { PolicyDocuments, Principals, Statement, StatementCondition } from "./policy.ts";
import { type TextOrReference, textsAmong } from "./reference.ts";
import type { KeyPolicySpec, PolicyDocumentSpec, StatementSpec } from "./schema.ts";
import { type Placeholder, partsOf, placeholdersIn } from "./text.ts";

/** The placeholders that the texts of statements hold. */
export function placeholdersOf(statements: readonly Statement[]): ReadonlySet<Placeholder> {
  return placeholdersIn(statements.flatMap(textsOf));
}

function textsOf({ principals, notPrincipals, conditions }: Statement): readonly string[] {
  return [
    ...[...principals, ...notPrincipals].flatMap(([, identifiers]) => textsAmong(identifiers)),
    ...conditions.flatMap(({ variable, values }) => [variable, ...textsAmong(values)]),
  ];
}

/** Delegates to IAM; without it a key can become unmanageable (AWS KMS Developer Guide, Default key policy). */
const ACCOUNT: Statement = allow("Account", ["arn:{partition}:iam::{account}:root"], ["kms:*"]);

/**
 * AWS KMS Developer Guide, Default key policy, key administrators; ReplicateKey and UpdatePrimaryRegion are added for
 * multi-Region keys.
 */
const ADMINISTRATION = [
  "kms:CancelKeyDeletion",
  "kms:Create*",
  "kms:Delete*",
  "kms:Describe*",
  "kms:Disable*",
  "kms:Enable*",
  "kms:Get*",
  "kms:List*",
  "kms:Put*",
  "kms:ReplicateKey",
  "kms:Revoke*",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:Update*",
  "kms:UpdatePrimaryRegion",
];

/** AWS KMS Developer Guide, Default key policy, key users, by the kind of key. */
const USE = {
  symmetric: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
  encrypt: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GetPublicKey", "kms:ReEncrypt*"],
  sign: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"],
  mac: ["kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"],
  agree: ["kms:DeriveSharedSecret", "kms:DescribeKey", "kms:GetPublicKey"],
};

/** AWS KMS Developer Guide, Default key policy, key administrators: for keys with imported material there is one more. */
function administration({ spec }: NamedKey): readonly string[] {
  return isImported(spec) ? [...ADMINISTRATION, "kms:ImportKeyMaterial"].sort() : ADMINISTRATION;
}

/** AWS KMS Developer Guide, Default key policy, key users with AWS services: those take symmetric keys only. */
const GRANTS = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"];

/** A policy of a key, and where the key has it. */
export interface KeyPolicy {
  /** The name of its document. */
  readonly name: string;
  readonly spec: KeyPolicySpec;
  readonly places: readonly Place[];
  readonly path: Path;
}

/** The policies of a key: the one for all regions, but for those that have one of their own, and theirs. */
export function keyPolicies(key: NamedKey, names: Pick<Names, "primary">): readonly KeyPolicy[] {
  const policies: KeyPolicy[] = [];
  const shared: Place[] = [];
  for (const place of keyPlaces(key, names)) {
    const { policy: spec } = key.inRegion(place);
    if (spec === undefined) continue;
    const path = settingPath(key, place, "policy");
    if (spec === key.policy) shared.push(place);
    else policies.push({ name: keyName(place, key), spec, places: [place], path });
  }
  const ofAll = { name: key.id, spec: key.policy, places: shared, path: [...key.path, "policy"] };
  return ofAll.spec === undefined || shared.length === 0 ? policies : [{ ...ofAll, spec: ofAll.spec }, ...policies];
}

/** The statements of a key's policy. */
export function keyStatements(key: NamedKey, policy: KeyPolicySpec): readonly Statement[] {
  const users = policy.users ?? [];
  const kind = isSymmetric(key.spec) ? "symmetric" : materialOf(key.spec).usage;
  const forAwsResource: Condition = { test: "Bool", variable: "kms:GrantIsForAWSResource", values: ["true"] };
  return [
    ...(policy.account === false ? [] : [ACCOUNT]),
    ...allowEach("Administrators", policy.administrators ?? [], administration(key)),
    ...allowEach("Users", users, USE[kind]),
    ...(kind === "symmetric" ? allowEach("UsersGrants", users, GRANTS, [forAwsResource]) : []),
    ...allowEach("Decrypters", policy.decrypters ?? [], ["kms:Decrypt", "kms:DescribeKey"]),
    ...policyServices(key, policy).flatMap((name) => (services[name] as Service).statements.map(serviceStatement)),
    ...(policy.statements ?? []).map(ownStatement),
  ];
}

/** A policy with the documents that it is made of. */
export interface WholePolicy {
  readonly statements: readonly Statement[];
  /** Whether all of them are known: what only Terraform can read may say anything. */
  readonly isKnown: boolean;
}

/**
 * What a policy comes to, as the data source `aws_iam_policy_document` merges: to the statements of `documents` its own are
 * added, then those of `overrides`; one of the same sid takes the place of the earlier one.
 */
export function wholePolicy(
  own: readonly Statement[],
  { documents = [], overrides = [] }: Pick<KeyPolicySpec, "documents" | "overrides">,
  read: PolicyDocuments,
): WholePolicy {
  const readAll = (named: readonly PolicyDocumentSpec[]) =>
    named.flatMap((one) => (typeof one === "string" ? (read.get(one)?.statements ?? []) : []));
  const merged: Statement[] = [];
  for (const statement of [...readAll(documents), ...own, ...readAll(overrides)]) {
    const at = statement.sid === undefined ? -1 : merged.findIndex(({ sid }) => sid === statement.sid);
    if (at < 0) merged.push(statement);
    else merged[at] = statement;
  }
  const isRead = (one: PolicyDocumentSpec) => typeof one === "string" && read.get(one)?.faults.length === 0;
  return { statements: merged, isKnown: [...documents, ...overrides].every(isRead) };
}

/** The services whose statements a key's policy holds. A key that services cannot use is for none unless it says so. */
export function policyServices(
  { spec, usedBy }: Pick<NamedKey, "spec" | "usedBy">,
  { services: chosen }: KeyPolicySpec,
): readonly ServiceName[] {
  return chosen ? (chosen as readonly ServiceName[]) : [...new Set([serviceOf(spec), ...usedBy])];
}

/** The statements of a secret's policy. */
export function secretStatements({ spec: { policy } }: NamedSecret): readonly Statement[] {
  // AWS Secrets Manager User Guide, Permissions policy examples: read and describe.
  const read = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
  return [...allowEach("Readers", policy?.readers ?? [], read), ...(policy?.statements ?? []).map(ownStatement)];
}

/** The name of a secret's policy document; a key's document has the key's identifier. */
export function secretDocumentName({ id }: NamedSecret): string {
  return `secret_${id}`;
}

function serviceStatement({ sid, through, service, role, actions, conditions = [] }: ServiceStatement): Statement {
  if (through !== undefined) {
    const throughService: readonly Condition[] = [
      { test: "StringEquals", variable: "kms:CallerAccount", values: ["{account}"] },
      {
        test: through.includes("*") ? "StringLike" : "StringEquals",
        variable: "kms:ViaService",
        values: [`${through}.amazonaws.com`],
      },
    ];
    return allow(sid, ["*"], actions, [...throughService, ...conditions]);
  }
  if (role !== undefined) return allow(sid, [role], actions, conditions);
  return { ...allow(sid, [], actions, conditions), principals: [["Service", service ?? []]] };
}

function ownStatement(spec: StatementSpec): Statement {
  return {
    sid: spec.sid,
    effect: spec.effect ?? "Allow",
    principals: principalsIn(spec.principals),
    notPrincipals: principalsIn(spec.not_principals),
    actions: spec.actions ?? [],
    notActions: spec.not_actions ?? [],
    conditions: spec.conditions ?? [],
  };
}

function principalsIn(spec: StatementSpec["principals"] = {}): Principals {
  return sortedEntries(spec).flatMap(([type, identifiers]) => (identifiers ? [[type, identifiers] as const] : []));
}

function allow(
  sid: string,
  principals: readonly TextOrReference[],
  actions: readonly string[],
  conditions: readonly Condition[] = [],
): Statement {
  return {
    sid,
    effect: "Allow",
    principals: [["AWS", principals]],
    notPrincipals: [],
    actions,
    notActions: [],
    conditions,
  };
}

/** No statement at all when it would be about no one. */
function allowEach(
  sid: string,
  principals: readonly TextOrReference[],
  actions: readonly string[],
  conditions?: readonly Condition[],
): readonly Statement[] {
  return principals.length === 0 ? [] : [allow(sid, principals, actions, conditions)];
}

/**
 * How many bytes AWS gets of a policy at least, when the placeholders stand for texts of the given ones' length, others and
 * references for nothing: without whitespace, and with `<`, `>` and `&` escaped, as Go writes JSON.
 */
export function policySize(statements: readonly Statement[], filled: Readonly<Record<string, string>>): number {
  const fill = (text: TextOrReference) =>
    partsOf(typeof text === "string" ? text : "")
      .map((part) => (typeof part === "string" ? part : (filled[part.placeholder] ?? "")))
      .join("");
  const document = {
    Version: "2012-10-17",
    Statement: statements.map(({ sid, effect, principals, notPrincipals, actions, notActions, conditions }) => ({
      Sid: sid,
      Effect: effect,
      Action: oneOrMany([...new Set(actions)]),
      NotAction: oneOrMany([...new Set(notActions)]),
      Resource: "*",
      Principal: principalObject(principals, fill),
      NotPrincipal: principalObject(notPrincipals, fill),
      Condition: conditions.length === 0 ? undefined : conditionObject(conditions, fill),
    })),
  };
  return Buffer.byteLength(JSON.stringify(document).replace(/[<>&\u2028\u2029]/g, "\\u0026"));
}

function conditionObject(conditions: readonly StatementCondition[], fill: (text: TextOrReference) => string): object {
  const tests: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of conditions) {
    tests[test] ??= {};
    tests[test][fill(variable)] = oneOrMany(values.map(fill));
  }
  return tests;
}

function principalObject(principals: Principals, fill: (text: TextOrReference) => string): object | undefined {
  if (principals.length === 0) return undefined;
  const filled = principals.map(([type, identifiers]) => [type, oneOrMany([...new Set(identifiers.map(fill))])]);
  return Object.fromEntries(filled);
}

/** JSON leaves out what is undefined. */
function oneOrMany(items: readonly string[]): unknown {
  return items.length === 0 ? undefined : items.length === 1 ? items[0] : items;
}
