/**
 * Decides what `consumers.tf` says: for every consumer a policy document for its role, with the ARNs of the secrets, the parameters and
 * the keys of each region.
 */

import {
  arnPattern,
  type Consumer,
  callerStatements,
  consumerDocumentName,
  consumersOf,
  parametersReadBy,
  readsOf,
  usesOf,
} from "../spec/consumers.ts";
import type { NamedKey } from "../spec/keys.ts";
import type { NamedSecret, Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { regionalName } from "../spec/regional.ts";
import { type Hcl, identifier, object, quote, reference, tallList } from "./hcl.ts";
import { keyReference, providerOf, secretArn } from "./places.ts";
import { textIn } from "./texts.ts";

export interface ConsumerModel {
  readonly name: Hcl;
  readonly statements: readonly ConsumerStatementModel[];
  /** The home region's provider, where that has an alias. */
  readonly provider: Hcl | undefined;
}

interface ConsumerStatementModel {
  readonly sid: Hcl;
  readonly actions: Hcl;
  readonly resources: Hcl;
  readonly conditions: readonly { readonly test: Hcl; readonly variable: Hcl; readonly values: Hcl }[];
}

export function resolveConsumers(names: Names): readonly ConsumerModel[] {
  return consumersOf(names.spec).map((consumer) => ({
    name: identifier(consumerDocumentName(consumer)),
    statements: [
      ...readStatements(consumer, names),
      ...parameterStatements(consumer, names),
      ...[names.primary, ...names.replicas].flatMap((place) => keyStatementsIn(place, consumer, names)),
    ],
    provider: providerOf(names.home),
  }));
}

/** What the output gives away: the policies as JSON, by consumer. */
export function consumerPolicies(names: Names): Hcl | undefined {
  const consumers = consumersOf(names.spec);
  if (consumers.length === 0) return undefined;
  return object(
    consumers.map((one) => [one.id, reference("data", "aws_iam_policy_document", consumerDocumentName(one), "json")]),
  );
}

/** AWS Secrets Manager User Guide, Permissions policy examples: read and describe. */
function readStatements(consumer: Consumer, names: Names): readonly ConsumerStatementModel[] {
  const arns = readsOf(consumer, names).flatMap(({ secret, places }) =>
    places.map((place) => arnToRead(secret, place, names)),
  );
  return toRead("ReadSecrets", ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], arns);
}

/** AWS Systems Manager User Guide, Restricting access to Parameter Store parameters using IAM policies: read by name. */
function parameterStatements(consumer: Consumer, names: Names): readonly ConsumerStatementModel[] {
  const arns = parametersReadBy(consumer, names).flatMap(({ parameter, places }) =>
    places.map((place) => reference("aws_ssm_parameter", regionalName(place, parameter), "arn")),
  );
  return toRead("ReadParameters", ["ssm:GetParameter", "ssm:GetParameters"], arns);
}

/** The statement that lets a consumer read things; none where there are no things. */
function toRead(sid: string, actions: readonly string[], arns: readonly Hcl[]): readonly ConsumerStatementModel[] {
  if (arns.length === 0) return [];
  return [{ sid: quote(sid), actions: tallList(actions.map(quote)), resources: tallList(arns), conditions: [] }];
}

/** Secrets that are being detached are in AWS alone, and are still read. */
function arnToRead(secret: NamedSecret, place: Place, names: Names): Hcl {
  return names.secretsStep === "detach"
    ? textIn(arnPattern(secret, place), names.home)
    : secretArn(secret, place, names);
}

/** What it may do with the keys of a region: decrypt the secrets that it reads, and what services need of their callers. */
function keyStatementsIn(place: Place, consumer: Consumer, names: Names): readonly ConsumerStatementModel[] {
  const statements = new Map<string, { statement: Through; keys: NamedKey[] }>();
  const add = (statement: Through, key: NamedKey | undefined) => {
    if (key === undefined) return;
    const known = statements.get(statement.sid);
    if (known === undefined) statements.set(statement.sid, { statement, keys: [key] });
    else if (!known.keys.includes(key)) known.keys.push(key);
  };
  const isHere = ({ places }: { readonly places: readonly Place[] }) => places.includes(place);
  for (const { secret } of readsOf(consumer, names).filter(isHere)) add(DECRYPT_SECRETS, secret.key);
  for (const { parameter } of parametersReadBy(consumer, names).filter(isHere)) add(DECRYPT_PARAMETERS, parameter.key);
  for (const { key } of usesOf(consumer, names).filter(isHere)) {
    for (const statement of callerStatements(key, place)) add(statement, key);
  }
  return Array.from(statements.values(), ({ statement, keys }) => {
    const { sid, through, actions, conditions = [] } = statement;
    const service = through.replace("{region}", place.region);
    const test = service.includes("*") ? "StringLike" : "StringEquals";
    const all = [{ test, variable: "kms:ViaService", values: [`${service}.amazonaws.com`] }, ...conditions];
    return {
      sid: quote(sid + inSid(place)),
      actions: tallList(actions.map(quote)),
      resources: tallList(keys.map((key) => keyReference(key, place, "arn"))),
      conditions: all.map((one) => ({
        test: quote(one.test),
        variable: quote(one.variable),
        values: tallList(one.values.map(quote)),
      })),
    };
  });
}

type Through = ReturnType<typeof callerStatements>[number];

/** AWS Secrets Manager User Guide, Secret encryption and decryption: readers need no more. */
const DECRYPT_SECRETS: Through = {
  sid: "DecryptSecrets",
  through: "secretsmanager.{region}",
  actions: ["kms:Decrypt"],
};

/** AWS Systems Manager User Guide, AWS KMS encryption for Parameter Store SecureString parameters: readers need no more. */
const DECRYPT_PARAMETERS: Through = {
  sid: "DecryptParameters",
  through: "ssm.{region}",
  actions: ["kms:Decrypt"],
};

/** A region in the sid of a statement, which has letters and digits only. */
function inSid({ region }: Place): string {
  return region.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}
