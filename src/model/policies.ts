/**
 * Decides what the policies of keys and secrets become: policy documents, one for all regions of a key, each region's own
 * where a statement names the region, and the data sources for the account and the partition that they read.
 */

import type { NamedKey, NamedSecret, Names, Place } from "../spec/names.ts";
import {
  type KeyPolicy,
  keyPolicies,
  keyStatements,
  type Placeholder,
  partsOf,
  placeholdersIn,
  placeholdersOf,
  type Statement,
  secretDocumentName,
  secretStatements,
} from "../spec/statements.ts";
import { parameterArn, parametersOf } from "../spec/values.ts";
import { call, element, type Hcl, identifier, quote, reference, tallList, template } from "./hcl.ts";
import { providerOf } from "./places.ts";

export interface PolicyDocumentModel {
  readonly name: Hcl;
  /** The regions whose documents differ; absent when one document suits all. */
  readonly forEach: Hcl | undefined;
  readonly statements: readonly StatementModel[];
  /** The home region's provider, where that has an alias. */
  readonly provider: Hcl | undefined;
}

export interface StatementModel {
  readonly sid: Hcl | undefined;
  /** Absent for Allow. */
  readonly effect: Hcl | undefined;
  readonly principals: readonly PrincipalsModel[];
  readonly notPrincipals: readonly PrincipalsModel[];
  readonly actions: Hcl | undefined;
  readonly notActions: Hcl | undefined;
  readonly conditions: readonly { readonly test: Hcl; readonly variable: Hcl; readonly values: Hcl }[];
}

export interface PrincipalsModel {
  readonly type: Hcl;
  readonly identifiers: Hcl;
}

/** The names of the data sources that the policies read, where they stand for the first time. */
export interface AccountDataModel {
  readonly partition: Hcl | undefined;
  readonly callerIdentity: Hcl | undefined;
  /** The home region's provider, where that has an alias. */
  readonly provider: Hcl | undefined;
}

/** A key's policy documents, and what a key resource in a region has as its policy. */
export interface KeyPoliciesModel {
  readonly documents: readonly PolicyDocumentModel[];
  readonly inRegion: (place: Place) => Hcl | undefined;
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

/** A key's policies; AWS does not copy them to the replicas, so that every key resource gets one. */
export function resolveKeyPolicies(key: NamedKey, named: Names): KeyPoliciesModel {
  const policies = keyPolicies(key, named).map((policy) => resolveKeyPolicy(key, policy, named));
  return {
    documents: policies.map(({ document }) => document),
    inRegion: (place) => policies.find(({ places }) => places.includes(place))?.inRegion(place),
  };
}

function resolveKeyPolicy(key: NamedKey, { name, spec, places }: KeyPolicy, named: Names) {
  const statements = keyStatements(key, spec);
  const isRegional = placeholdersIn(statements).has("region");
  const regions = places.map(({ region }) => quote(region));
  const address = reference("data", "aws_iam_policy_document", name);
  const [only, ...others] = places;
  // A key that is in one region only may get replicas, whose documents then stand beside the first.
  const isForOne = name !== key.id && others.length === 0;
  const region = isForOne ? only!.region : { expression: reference("each", "key") };
  const document: PolicyDocumentModel = {
    name: identifier(name),
    forEach: isRegional && !isForOne ? call("toset", tallList(regions)) : undefined,
    statements: statements.map((statement) => resolveStatement(statement, region)),
    provider: providerOf(named.home),
  };
  return {
    places,
    document,
    inRegion: (place: Place) =>
      document.forEach === undefined
        ? reference("data", "aws_iam_policy_document", name, "json")
        : element(address, place.region, "json"),
  };
}

/** A secret's policy, for the primary only: Secrets Manager copies it to the replicas and lets nobody change it there. */
export function resolveSecretPolicy(secret: NamedSecret, { home, secretsPlace }: Names): SecretPolicyModel | undefined {
  if (!secret.spec.policy) return undefined;
  const name = secretDocumentName(secret);
  return {
    document: {
      name: identifier(name),
      forEach: undefined,
      statements: secretStatements(secret).map((statement) => resolveStatement(statement, secretsPlace.region)),
      provider: providerOf(home),
    },
    json: reference("data", "aws_iam_policy_document", name, "json"),
  };
}

/** The data sources at the top of `kms.tf` and at the top of `secrets.tf`, where only policies of secrets read them. */
export function resolveAccountData(named: Names): {
  readonly keys: AccountDataModel;
  readonly secrets: AccountDataModel;
} {
  const { home, secretsPlace, keys, secrets } = named;
  const ofKeys = placeholdersIn(
    keys.flatMap((key) => keyPolicies(key, named).flatMap(({ spec }) => keyStatements(key, spec))),
  );
  const ofSecrets = new Set([
    ...placeholdersIn(secrets.filter(({ spec }) => spec.policy).flatMap(secretStatements)),
    ...parametersOf(secrets).flatMap((id) => placeholdersOf(parameterArn(id, secretsPlace.region))),
  ]);
  const none: ReadonlySet<Placeholder> = new Set();
  return { keys: dataRead(ofKeys, none, home), secrets: dataRead(ofSecrets, ofKeys, home) };
}

/** The data sources that placeholders stand for, but for those that others have had already. */
function dataRead(read: ReadonlySet<Placeholder>, before: ReadonlySet<Placeholder>, home: Place): AccountDataModel {
  const isFirst = (...placeholders: readonly Placeholder[]) =>
    placeholders.some((one) => read.has(one)) && !placeholders.some((one) => before.has(one));
  const main = identifier("main");
  const partition = isFirst("partition", "dns_suffix") ? main : undefined;
  const callerIdentity = isFirst("account") ? main : undefined;
  return { partition, callerIdentity, provider: partition || callerIdentity ? providerOf(home) : undefined };
}

type Part = string | { readonly expression: Hcl };

function resolveStatement(statement: Statement, region: Part): StatementModel {
  const { sid, effect, principals, notPrincipals, actions, notActions, conditions } = statement;
  const who = ([type, identifiers]: (typeof principals)[number]) => ({
    type: quote(type),
    identifiers: tallList(identifiers.map((one) => text(awsVariables(one)))),
  });
  const listOf = (texts: readonly string[]) => (texts.length === 0 ? undefined : tallList(texts.map(quote)));
  const text = (plain: string) => resolveText(plain, region);
  return {
    sid: sid === undefined ? undefined : quote(sid),
    effect: effect === "Allow" ? undefined : quote(effect),
    principals: principals.map(who),
    notPrincipals: notPrincipals.map(who),
    actions: listOf(actions),
    notActions: listOf(notActions),
    conditions: conditions.map(({ test, variable, values }) => ({
      test: quote(test),
      variable: text(variable),
      values: tallList(values.map((value) => text(awsVariables(value)))),
    })),
  };
}

/** A text with its placeholders replaced by what they stand for; nothing but a placeholder is the expression itself. */
export function resolveText(text: string, region: Part): Hcl {
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
