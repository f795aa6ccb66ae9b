/**
 * Decides what the policies of keys and secrets become: policy documents, one for all regions of a key, each region's own
 * where a statement names the region, and the data sources for the account and the partition that they read.
 */

import { keyPlaces, type NamedKey, type NamedSecret, type Names, type Place } from "../spec/names.ts";
import {
  keyStatements,
  type Placeholder,
  partsOf,
  placeholdersIn,
  type Statement,
  secretDocumentName,
  secretStatements,
} from "../spec/statements.ts";
import { call, element, type Hcl, identifier, quote, reference, tallList, template } from "./hcl.ts";
import { providerOf } from "./places.ts";

export interface PolicyDocumentModel {
  readonly name: Hcl;
  /** The regions whose documents differ; absent when one document suits all. */
  readonly forEach: Hcl | undefined;
  readonly statements: readonly StatementModel[];
  /** The primary's provider, where that has an alias. */
  readonly provider: Hcl | undefined;
}

export interface StatementModel {
  readonly sid: Hcl | undefined;
  /** Absent for Allow. */
  readonly effect: Hcl | undefined;
  readonly principals: readonly { readonly type: Hcl; readonly identifiers: Hcl }[];
  readonly actions: Hcl;
  readonly conditions: readonly { readonly test: Hcl; readonly variable: Hcl; readonly values: Hcl }[];
}

/** The names of the data sources that the policies read, where they stand for the first time. */
export interface AccountDataModel {
  readonly partition: Hcl | undefined;
  readonly callerIdentity: Hcl | undefined;
  /** The primary's provider, where that has an alias. */
  readonly provider: Hcl | undefined;
}

/** A key's policy document, and what a key resource in a region has as its policy. */
export interface KeyPolicyModel {
  readonly document: PolicyDocumentModel;
  readonly inRegion: (place: Place) => Hcl;
}

export interface SecretPolicyModel {
  readonly document: PolicyDocumentModel;
  readonly json: Hcl;
}

/** What a document's text refers to instead of naming it. */
const EXPRESSIONS = {
  partition: reference("data", "aws_partition", "main", "partition"),
  dns_suffix: reference("data", "aws_partition", "main", "dns_suffix"),
  account: reference("data", "aws_caller_identity", "main", "account_id"),
};

/** A key's policy; AWS does not copy it to the replicas, so that every key resource gets it. */
export function resolveKeyPolicy(key: NamedKey, named: Names): KeyPolicyModel | undefined {
  if (!key.spec.policy) return undefined;
  const statements = keyStatements(key);
  const isRegional = placeholdersIn(statements).has("region");
  const regions = keyPlaces(key, named).map(({ region }) => quote(region));
  const address = reference("data", "aws_iam_policy_document", key.id);
  return {
    document: {
      name: identifier(key.id),
      forEach: isRegional ? call("toset", tallList(regions)) : undefined,
      statements: statements.map((statement) => resolveStatement(statement, { expression: reference("each", "key") })),
      provider: providerOf(named.primary),
    },
    inRegion: ({ region }) =>
      isRegional ? element(address, region, "json") : reference("data", "aws_iam_policy_document", key.id, "json"),
  };
}

/** A secret's policy, for the primary only: Secrets Manager copies it to the replicas and lets nobody change it there. */
export function resolveSecretPolicy(secret: NamedSecret, { primary }: Names): SecretPolicyModel | undefined {
  if (!secret.spec.policy) return undefined;
  const name = secretDocumentName(secret);
  return {
    document: {
      name: identifier(name),
      forEach: undefined,
      statements: secretStatements(secret).map((statement) => resolveStatement(statement, primary.region)),
      provider: providerOf(primary),
    },
    json: reference("data", "aws_iam_policy_document", name, "json"),
  };
}

/** The data sources at the top of `kms.tf` and at the top of `secrets.tf`, where only policies of secrets read them. */
export function resolveAccountData({ primary, keys, secrets }: Names): {
  readonly keys: AccountDataModel;
  readonly secrets: AccountDataModel;
} {
  const ofKeys = placeholdersIn(keys.filter(({ spec }) => spec.policy).flatMap(keyStatements));
  const ofSecrets = placeholdersIn(secrets.filter(({ spec }) => spec.policy).flatMap(secretStatements));
  const none: ReadonlySet<Placeholder> = new Set();
  return { keys: dataRead(ofKeys, none, primary), secrets: dataRead(ofSecrets, ofKeys, primary) };
}

/** The data sources that placeholders stand for, but for those that others have had already. */
function dataRead(read: ReadonlySet<Placeholder>, before: ReadonlySet<Placeholder>, primary: Place): AccountDataModel {
  const isFirst = (...placeholders: readonly Placeholder[]) =>
    placeholders.some((one) => read.has(one)) && !placeholders.some((one) => before.has(one));
  const main = identifier("main");
  const partition = isFirst("partition", "dns_suffix") ? main : undefined;
  const callerIdentity = isFirst("account") ? main : undefined;
  return { partition, callerIdentity, provider: partition || callerIdentity ? providerOf(primary) : undefined };
}

type Part = string | { readonly expression: Hcl };

function resolveStatement(statement: Statement, region: Part): StatementModel {
  const { sid, effect, principals, actions, conditions } = statement;
  const text = (plain: string) => resolveText(plain, region);
  return {
    sid: sid === undefined ? undefined : quote(sid),
    effect: effect === "Allow" ? undefined : quote(effect),
    principals: principals.map(([type, identifiers]) => ({
      type: quote(type),
      identifiers: tallList(identifiers.map((one) => text(awsVariables(one)))),
    })),
    actions: tallList(actions.map(quote)),
    conditions: conditions.map(({ test, variable, values }) => ({
      test: quote(test),
      variable: text(variable),
      values: tallList(values.map((value) => text(awsVariables(value)))),
    })),
  };
}

/** A text with its placeholders replaced by what they stand for; nothing but a placeholder is the expression itself. */
function resolveText(text: string, region: Part): Hcl {
  const parts = partsOf(text).map((part): Part => {
    if (typeof part === "string") return part;
    return part.placeholder === "region" ? region : { expression: EXPRESSIONS[part.placeholder] };
  });
  const [first] = parts;
  return parts.length === 1 && typeof first === "object" ? first.expression : template(parts);
}

/**
 * Variables that AWS fills in, such as `${aws:username}`, in the data source's own notation for them, `&{…}`:
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document#context-variable-interpolation
 */
function awsVariables(text: string): string {
  return text.replaceAll("${", "&{");
}
