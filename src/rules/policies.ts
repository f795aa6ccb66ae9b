/**
 * The rules about policies of keys and secrets: what AWS would refuse, what would shut its owner out or let everyone in,
 * and what would silently not do what it says. Specs without policies cost nothing here.
 */

import { partitionOf } from "../aws/regions.ts";
import { isSymmetric, materialOf, type NamedKey } from "../spec/keys.ts";
import { knownAccounts, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import { textsAmong } from "../spec/reference.ts";
import {
  keyPolicies,
  keyStatements,
  policyServices,
  policySize,
  secretDocumentName,
  secretStatements,
  wholePolicy,
} from "../spec/statements.ts";
import { isAbout } from "./glob.ts";
import { type Policy, policiesOf, textsOf } from "./policy-parts.ts";
import { ACCOUNT, accountOf, badPrincipal, isOwnAccount, sessionPrincipal, wrongPartition } from "./principals.ts";
import { type Finding, type Rule, repeated, shownPath } from "./rule.ts";

export const policyRules = (): readonly Rule[] => [
  { code: "empty-policy", check: emptyPolicy },
  { code: "policy-not-for-usage", check: policyNotForUsage },
  { code: "duplicate-service", check: duplicateService },
  { code: "bad-principal", check: badPrincipal },
  { code: "session-principal", check: sessionPrincipal },
  { code: "wrong-partition", check: wrongPartition },
  { code: "bad-action", check: badAction },
  { code: "duplicate-sid", check: duplicateSid },
  { code: "duplicate-condition", check: duplicateCondition },
  { code: "bad-policy-character", check: badPolicyCharacter },
  { code: "policy-locks-out", check: policyLocksOut },
  { code: "policy-too-large", check: policyTooLarge },
  { code: "reader-cannot-decrypt", check: readerCannotDecrypt },
  { code: "duplicate-address", check: duplicateDocument },
];

function* emptyPolicy(names: Names): Iterable<Finding> {
  for (const { service, owner, path, lists, statements, documents, overrides } of policiesOf(names)) {
    if (
      service === "kms" ||
      [...statements, ...documents, ...overrides].length > 0 ||
      lists.some(([, arns]) => arns.length > 0)
    )
      continue;
    const message = `the policy of ${owner} says nothing`;
    yield { path, part: "key", message, hint: "Write readers, statements or documents, or leave policy out." };
  }
}

/** Services, and whoever decrypts, need a key that encrypts; services a symmetric one (AWS KMS: asymmetric keys). */
function* policyNotForUsage(names: Names): Iterable<Finding> {
  for (const key of names.keys) {
    const { usage, spec } = materialOf(key.spec);
    for (const { spec: policy, path } of keyPolicies(key, names)) {
      if (usage !== "encrypt" && policy.decrypters && policy.decrypters.length > 0) {
        const message = `a key with the usage ${usage} decrypts nothing`;
        yield { path: [...path, "decrypters"], part: "key", message, hint: "Write users instead." };
      }
      if (isSymmetric(key.spec)) continue;
      for (const [index, service] of policyServices(key, policy).entries()) {
        if (service === "none") continue;
        const at = policy.services ? [...path, "services", index] : [...key.path, "service"];
        const message = `${service} cannot use keys of spec ${spec}`;
        const hint = "AWS services take SYMMETRIC_DEFAULT keys only: take it out, or write service: none.";
        yield { path: at, message, hint };
      }
    }
  }
}

function* duplicateService(names: Names): Iterable<Finding> {
  for (const { spec, path } of names.keys.flatMap((key) => keyPolicies(key, names))) {
    const listed = (spec.services ?? []).map((service, index) => ({ service, index }));
    yield* repeated(
      listed,
      ({ service }) => service,
      ({ service, index }) => ({
        path: [...path, "services", index],
        message: `the service ${service} is listed twice`,
        hint: "Keep one of the two.",
      }),
    );
  }
}

/** Actions of other services have no effect, and text that is no action at all makes the policy malformed. */
function* badAction(names: Names): Iterable<Finding> {
  for (const policy of policiesOf(names)) {
    const { service } = policy;
    for (const { is, text, path } of textsOf(policy)) {
      if (is !== "action" || isAction(text, service)) continue;
      const example = service === "kms" ? "kms:Decrypt" : "secretsmanager:GetSecretValue";
      const hint = `Write ${service}: and an API operation, such as ${example}.`;
      yield { path, message: `${JSON.stringify(text)} is no action of ${service}`, hint };
    }
  }
}

function isAction(text: string, service: Policy["service"]): boolean {
  const [prefix, operation = ""] = text.split(/:(.*)/s);
  return text === "*" || (prefix!.toLowerCase() === service && /^[A-Za-z*?]+$/.test(operation));
}

/** The data source refuses two statements of one id; those that are made for the policy have one too. */
function* duplicateSid(names: Names): Iterable<Finding> {
  for (const { path, statements, all } of policiesOf(names)) {
    if (statements.length === 0) continue;
    const made = all()
      .slice(0, -statements.length)
      .map(({ sid }) => sid);
    for (const [index, { sid }] of statements.entries()) {
      const at = [...path, "statements", index, "sid"];
      const first = statements.findIndex((other) => other.sid === sid);
      if (!sid) continue;
      if (made.includes(sid)) {
        const message = `the sid ${sid} is one of the policy's own statements`;
        yield { path: at, message, hint: `Taken are ${made.join(", ")}.` };
      } else if (first < index) {
        const message = `the sid ${sid} is used twice in the policy`;
        yield {
          path: at,
          message,
          hint: `It is first listed in ${shownPath([...path, "statements", first])}: change one.`,
        };
      }
    }
  }
}

/** In JSON a condition key appears once for each operator; the data source joins the values, so that any of them would do. */
function* duplicateCondition(names: Names): Iterable<Finding> {
  for (const { path, statements } of policiesOf(names)) {
    for (const [index, { conditions }] of statements.entries()) {
      const listed = (conditions ?? []).map((condition, number) => ({ ...condition, number }));
      yield* repeated(
        listed,
        ({ test, variable }) => `${test} ${variable.toLowerCase()}`,
        ({ test, variable, number }) => ({
          path: [...path, "statements", index, "conditions", number],
          message: `${test} of ${variable} is used twice in the statement, and a policy has room for it once`,
          hint: "Write all values in one condition if any of them will do; otherwise use another statement.",
        }),
      );
    }
  }
}

/** Tab, line ends and Latin-1 (AWS KMS: CreateKey, Policy). */
function* badPolicyCharacter(names: Names): Iterable<Finding> {
  for (const policy of policiesOf(names)) {
    if (policy.service !== "kms") continue;
    for (const { text, path } of textsOf(policy)) {
      const bad = text.match(/[^\t\n\r\u0020-\u00ff]/u)?.[0];
      if (bad === undefined) continue;
      const message = `a key policy cannot hold ${JSON.stringify(bad)}`;
      yield { path, message, hint: "Only tabs, line ends and the characters of Latin-1 are allowed." };
    }
  }
}

/** AWS refuses a policy that its author could not change again, and root alone could repair a secret's. */
function* policyLocksOut(names: Names): Iterable<Finding> {
  const accounts = knownAccounts(names.spec);
  for (const { service, owner, path, statements } of policiesOf(names)) {
    const vital = service === "kms" ? "kms:PutKeyPolicy" : "secretsmanager:PutResourcePolicy";
    for (const [index, statement] of statements.entries()) {
      const { effect, principals, conditions } = statement;
      if (effect !== "Deny" || (conditions ?? []).length > 0) continue;
      const isForAll = textsAmong(principals?.AWS ?? []).some((text) => text === "*" || isOwnAccount(text, accounts));
      if (!isForAll || !isAbout(statement, vital)) continue;
      const message = `${vital} is denied to everyone: no one could change the policy of ${owner} again`;
      const hint = "Add a condition that spares whoever manages it, such as StringNotEquals aws:PrincipalArn.";
      yield { path: [...path, "statements", index], message, hint };
    }
  }
}

/** Bytes of a key policy (AWS KMS: quotas) and of a secret's policy (AWS Secrets Manager: PutResourcePolicy). */
const MAXIMUM_SIZE = { kms: 32_768, secretsmanager: 20_480 };

function* policyTooLarge(names: Names): Iterable<Finding> {
  const { documents, keys, secrets, primary, secretsPlace } = names;
  const partition = partitionOf(primary.region) ?? "aws";
  const fill = (regions: readonly string[]): Record<string, string> => ({
    region: regions.reduce((left, right) => (right.length > left.length ? right : left)),
    account: "123456789012",
    partition,
    dns_suffix: partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com",
  });
  const sized = (path: Path, size: number, maximum: number): Finding[] => {
    if (size <= maximum) return [];
    const message = `the policy has about ${size} bytes, at most ${maximum} are allowed`;
    const hint = "Name accounts instead of their roles, use IAM policies for the rest, or drop services.";
    return [{ path, part: "key", message, hint }];
  };
  for (const key of keys) {
    for (const { spec, places, path } of keyPolicies(key, names)) {
      const { statements } = wholePolicy(keyStatements(key, spec), spec, documents);
      const size = policySize(statements, fill(places.map(({ region }) => region)));
      yield* sized(path, size, MAXIMUM_SIZE.kms);
    }
  }
  for (const secret of secrets) {
    if (!secret.spec.policy) continue;
    const { statements } = wholePolicy(secretStatements(secret), secret.spec.policy, documents);
    const size = policySize(statements, fill([secretsPlace.region]));
    yield* sized([...secret.path, "policy"], size, MAXIMUM_SIZE.secretsmanager);
  }
}

/** A reader in another account must be let in by the key as well (AWS Secrets Manager: access from another account). */
function* readerCannotDecrypt({ spec, secrets, documents, primary }: Names): Iterable<Finding> {
  const accounts = knownAccounts(spec);
  if (accounts.length === 0) return;
  for (const { spec: secret, path, key, replicas } of secrets) {
    for (const [index, reader] of (secret.policy?.readers ?? []).entries()) {
      if (typeof reader !== "string") continue;
      const account = reader.split(":")[4] ?? "";
      if (!ACCOUNT.test(account) || accounts.includes(account) || key === undefined) continue;
      const place = [primary, ...replicas].find((one) => !mayDecrypt(key, one, reader, account, documents));
      if (place === undefined) continue;
      const where = key.spec.by_region === undefined ? "" : ` in ${place.region}`;
      const message = `the reader is in another account, and the key ${key.id} does not let it decrypt${where}`;
      const hint = `Add it to policy.decrypters of ${key.id}; AWS's default key policy lets no other account in.`;
      yield { path: [...path, "policy", "readers", index], severity: "warning", message, hint };
    }
  }
}

function mayDecrypt(
  key: NamedKey,
  place: Place,
  reader: string,
  account: string,
  documents: Names["documents"],
): boolean {
  const { policy } = key.inRegion(place);
  if (policy === undefined) return false;
  const { statements, isKnown } = wholePolicy(keyStatements(key, policy), policy, documents);
  if (!isKnown) return true;
  return statements.some(
    ({ effect, principals, actions, notActions }) =>
      effect === "Allow" &&
      isAbout({ actions, not_actions: notActions }, "kms:Decrypt") &&
      principals.some(
        ([type, texts]) =>
          type === "AWS" &&
          texts.some((text) => typeof text !== "string" || text === reader || accountOf(text) === account),
      ),
  );
}

/** The documents of policies are named after keys, regions and secrets, which may join up to the same name. */
function* duplicateDocument(names: Names): Iterable<Finding> {
  const documents = [
    ...names.keys.flatMap((key) => keyPolicies(key, names).map(({ name, path }) => ({ name, path }))),
    ...names.secrets
      .filter(({ spec }) => spec.policy)
      .map((secret) => ({ name: secretDocumentName(secret), path: secret.path })),
  ];
  yield* repeated(
    documents,
    ({ name }) => name,
    ({ name, path }, first) => ({
      path,
      part: "key",
      message: `data.aws_iam_policy_document.${name} would be declared twice in the output`,
      hint: `${shownPath(first.path)} has the same name: rename one of the two.`,
    }),
  );
}
