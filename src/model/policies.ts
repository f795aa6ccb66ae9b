/**
 * Decides what the policies of keys and secrets become: policy documents, one for all regions of a key, each region's own
 * where a statement names the region, and the data sources for the account and the partition that they read.
 */

import { grantsOf, type NamedKey } from "../spec/keys.ts";
import type { NamedSecret, Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import type { Statement } from "../spec/policy.ts";
import { type TextOrReference, textsAmong } from "../spec/reference.ts";
import { ofKind } from "../spec/regional.ts";
import type { PolicyDocumentSpec } from "../spec/schema.ts";
import {
  type KeyPolicy,
  keyPolicies,
  keyStatements,
  placeholdersOf,
  secretDocumentName,
  secretStatements,
} from "../spec/statements.ts";
import type { Placeholder } from "../spec/text.ts";
import { placeholdersIn } from "../spec/text.ts";
import { parameterArn, parametersOf, type Valued } from "../spec/values.ts";
import {
  bool,
  call,
  element,
  type Hcl,
  identifier,
  object,
  quote,
  reference,
  tallList,
  template,
  traversal,
} from "./hcl.ts";
import { providerOf } from "./places.ts";
import { type RegionPieces, textIn } from "./texts.ts";

export interface PolicyDocumentModel {
  readonly name: Hcl;
  /** The regions whose documents differ; absent when one document suits all. */
  readonly forEach: Hcl | undefined;
  /** The documents to whose statements those here are added, and those that come after them. */
  readonly sources: Hcl | undefined;
  readonly overrides: Hcl | undefined;
  readonly statements: readonly StatementModel[];
  /** The home region's provider, where that has an alias. */
  readonly provider: Hcl | undefined;
}

interface StatementModel {
  readonly sid: Hcl | undefined;
  /** Absent for Allow. */
  readonly effect: Hcl | undefined;
  readonly principals: readonly PrincipalsModel[];
  readonly notPrincipals: readonly PrincipalsModel[];
  readonly actions: Hcl | undefined;
  readonly notActions: Hcl | undefined;
  readonly conditions: readonly { readonly test: Hcl; readonly variable: Hcl; readonly values: Hcl }[];
}

interface PrincipalsModel {
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
interface KeyPoliciesModel {
  readonly documents: readonly PolicyDocumentModel[];
  readonly inRegion: (place: Place) => Hcl | undefined;
}

export interface SecretPolicyModel {
  readonly document: PolicyDocumentModel;
  readonly json: Hcl;
  readonly blockPublicPolicy: Hcl | undefined;
}

/** A key's policies; AWS does not copy them to the replicas, so that every key resource gets one. */
export function resolveKeyPolicies(key: NamedKey, names: Names, specFolder: string): KeyPoliciesModel {
  const policies = keyPolicies(key, names).map((policy) => resolveKeyPolicy(key, policy, names, specFolder));
  return {
    documents: policies.map(({ document }) => document),
    inRegion: (place) => policies.find(({ places }) => places.includes(place))?.inRegion(place),
  };
}

function resolveKeyPolicy(key: NamedKey, { name, spec, places }: KeyPolicy, names: Names, specFolder: string) {
  const statements = keyStatements(key, spec);
  const placeholders = placeholdersOf(statements);
  const isRegional = placeholders.has("region") || placeholders.has("label");
  const address = reference("data", "aws_iam_policy_document", name);
  // A document that by_region asks for is one region's and stays so; that of the key may get more regions.
  const isOfOne = name !== key.id;
  const document: PolicyDocumentModel = {
    name: identifier(name),
    forEach: isRegional && !isOfOne ? forEach(places, placeholders.has("label")) : undefined,
    ...resolveDocuments(spec, specFolder),
    statements: statements.map((statement) => resolveStatement(statement, isOfOne ? places[0]! : EACH)),
    provider: providerOf(names.home),
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

/** What stands for the region of a document, and for its label, where there is a document for each region. */
const EACH: RegionPieces = {
  region: { expression: reference("each", "key") },
  label: { expression: reference("each", "value") },
};

function forEach(places: readonly Place[], withLabels: boolean): Hcl {
  if (withLabels) return object(places.map(({ region, label }) => [region, quote(label)]));
  return call("toset", tallList(places.map(({ region }) => quote(region))));
}

/** A secret's policy, for the primary only: Secrets Manager copies it to the replicas and lets no one change it there. */
export function resolveSecretPolicy(
  secret: NamedSecret,
  { home, secretsPlace }: Names,
  specFolder: string,
): SecretPolicyModel | undefined {
  if (!secret.spec.policy) return undefined;
  const name = secretDocumentName(secret);
  return {
    document: {
      name: identifier(name),
      forEach: undefined,
      ...resolveDocuments(secret.spec.policy, specFolder),
      statements: secretStatements(secret).map((statement) => resolveStatement(statement, secretsPlace)),
      provider: providerOf(home),
    },
    json: reference("data", "aws_iam_policy_document", name, "json"),
    blockPublicPolicy: secret.spec.policy.block_public_policy === false ? undefined : bool(true),
  };
}

/** Documents of others: files from the spec's folder, which is given from the output, and what Terraform refers to. */
function resolveDocuments(
  { documents = [], overrides = [] }: { readonly documents?: Documents; readonly overrides?: Documents },
  specFolder: string,
): Pick<PolicyDocumentModel, "sources" | "overrides"> {
  const folder = specFolder === "." ? "" : `/${specFolder}`;
  const resolved = (one: PolicyDocumentSpec) => {
    if (typeof one === "object") return traversal(one.ref);
    const path = `${folder}/${one.replace(/^(\.\/+)+/, "")}`;
    return call("file", template([{ expression: reference("path", "module") }, path]));
  };
  const listOf = (given: readonly PolicyDocumentSpec[]) =>
    given.length === 0 ? undefined : tallList(given.map(resolved));
  return { sources: listOf(documents), overrides: listOf(overrides) };
}

type Documents = readonly PolicyDocumentSpec[] | undefined;

/**
 * The data sources at the top of `kms.tf`, and at the top of `secrets.tf` and of `parameters.tf` what only these read: the ARNs of
 * parameters that values come from have the account in them.
 */
export function resolveAccountData(names: Names): {
  readonly keys: AccountDataModel;
  readonly secrets: AccountDataModel;
  readonly parameters: AccountDataModel;
} {
  const { home, keys, secrets } = names;
  const inSources = (valued: readonly Valued[]) =>
    placeholdersIn(parametersOf(valued).map((id) => parameterArn(id, names.secretsPlace.region)));
  const ofKeys = new Set([
    ...placeholdersOf(keys.flatMap((key) => keyPolicies(key, names).flatMap(({ spec }) => keyStatements(key, spec)))),
    ...placeholdersIn(keys.flatMap(grantsOf).flatMap(([, { to, retiring = "" }]) => textsAmong([to, retiring]))),
  ]);
  const ofSecrets = new Set([
    ...placeholdersOf(secrets.filter(({ spec }) => spec.policy).flatMap(secretStatements)),
    ...inSources(secrets),
  ]);
  const ofParameters = inSources(ofKind(names, "parameters"));
  const none: ReadonlySet<Placeholder> = new Set();
  return {
    keys: dataRead(ofKeys, none, home),
    secrets: dataRead(ofSecrets, ofKeys, home),
    parameters: dataRead(ofParameters, new Set([...ofKeys, ...ofSecrets]), home),
  };
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

function resolveStatement(statement: Statement, place: RegionPieces): StatementModel {
  const { sid, effect, principals, notPrincipals, actions, notActions, conditions } = statement;
  const who = ([type, identifiers]: (typeof principals)[number]) => ({
    type: quote(type),
    identifiers: tallList(identifiers.map((one) => text(awsVariables(one)))),
  });
  const listOf = (texts: readonly string[]) => (texts.length === 0 ? undefined : tallList(texts.map(quote)));
  const text = (plain: TextOrReference) => textIn(plain, place);
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

/**
 * Variables that AWS fills in, such as `${aws:username}`, in the data source's own notation for them, `&{…}`:
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document#context-variable-interpolation
 */
function awsVariables(text: TextOrReference): TextOrReference {
  return typeof text === "string" ? text.replaceAll("${", "&{") : text;
}
