/** Says which permissions `verify` needs for a spec: names go in, an IAM policy comes out. */

import { partitionOf } from "../aws/regions.ts";
import { grantsOf } from "../spec/keys.ts";
import { keyPlaces, knownAccounts, type Names, nameIn } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import type { KeySpec } from "../spec/schema.ts";
import { shown } from "../spec/text.ts";

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

/** A policy of a role may have 10,240 characters (IAM User Guide, Quotas); what is longer names secrets by what they share. */
const ROOM = 9_000;

/**
 * The least that is needed: nothing is written, and without values nothing is decrypted. Who one is may always be asked
 * (AWS STS API Reference, GetCallerIdentity).
 */
export function permissionsFor(names: Names, regions: readonly Place[], values: boolean): object {
  const { spec, keys, existing, secrets, secretsPlace } = names;
  const [account = "*", ...others] = knownAccounts(spec);
  const owner = others.length > 0 ? "*" : account;
  const partition = partitionOf(secretsPlace.region) ?? "aws";
  const arn = (service: string, region: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${owner}:${resource}`;
  const keyRegions = regions.filter((place) => keys.some((key) => keyPlaces(key, names).includes(place)));
  const keyArns = keyRegions.map(({ region }) => arn("kms", region, "key/mrk-*"));
  const patterns = namePatterns(secrets.map((secret) => shown(nameIn(names, secret)).replace(/\{[^}]*\}/g, "*")));
  const secretsIn = (places: readonly Place[]) =>
    places.flatMap(({ region }) => patterns.map((name) => arn("secretsmanager", region, `secret:${name}-??????`)));
  const statements: Statement[] = [];
  if (keyArns.length > 0) {
    const grants = keys.some((key) => grantsOf(key).length > 0) ? ["kms:ListGrants"] : [];
    const Action = [
      ...["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus"],
      ...grants,
      "kms:ListResourceTags",
    ];
    statements.push({ Sid: "Keys", Effect: "Allow", Action, Resource: keyArns });
  }
  const existingArns = existing.flatMap(({ spec }) => existingArnsOf(spec.existing ?? "", regions, arn));
  if (existingArns.length > 0) {
    const Resource = [...new Set(existingArns)];
    statements.push({ Sid: "ExistingKeys", Effect: "Allow", Action: ["kms:DescribeKey"], Resource });
  }
  if (secrets.length > 0) {
    // A list cannot be limited to some secrets (Service Authorization Reference, Secrets Manager).
    statements.push({ Sid: "ListSecrets", Effect: "Allow", Action: ["secretsmanager:ListSecrets"], Resource: ["*"] });
    const Action = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"];
    statements.push({ Sid: "Secrets", Effect: "Allow", Action, Resource: secretsIn([secretsPlace]) });
  }
  if (values && secrets.length > 0) {
    const Action = ["secretsmanager:GetSecretValue"];
    statements.push({ Sid: "Values", Effect: "Allow", Action, Resource: secretsIn(regions) });
    const through = regions.map(({ region }) => `secretsmanager.${region}.amazonaws.com`);
    const Condition = { StringEquals: { "kms:ViaService": through } };
    const Resource = [...new Set([...keyArns, ...existingArns])];
    if (Resource.length > 0) {
      statements.push({ Sid: "Decrypt", Effect: "Allow", Action: ["kms:Decrypt"], Resource, Condition });
    }
  }
  return { Version: "2012-10-17", Statement: statements };
}

/** The keys of another state in each region; which key an alias leads to, IAM is not told. */
function existingArnsOf(
  existing: NonNullable<KeySpec["existing"]>,
  regions: readonly Place[],
  arn: (service: string, region: string, resource: string) => string,
): readonly string[] {
  return regions.map(({ region }) => {
    if (typeof existing === "object") return arn("kms", region, "key/*");
    return existing.startsWith("arn:")
      ? existing.replace(/^(arn:[^:]+:kms:)[^:]+/, `$1${region}`)
      : arn("kms", region, `key/${existing}`);
  });
}

/** The names themselves, or, where those are too many, what is before their first slash, or anything. */
function namePatterns(names: readonly string[]): readonly string[] {
  const shorter = [
    (name: string) => name,
    (name: string) => (name.includes("/") ? `${name.slice(0, name.indexOf("/"))}/*` : name),
    () => "*",
  ];
  const sets = shorter.map((shorten) => [...new Set(names.map(shorten))].sort());
  return sets.find((set) => set.join("").length + set.length * 80 <= ROOM) ?? ["*"];
}
