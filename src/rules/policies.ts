/**
 * The rules about policies of keys and secrets: what AWS would refuse, what would shut its owner out or let everyone in,
 * and what would silently not do what it says. Specs without policies cost nothing here.
 */

import { partitionOf } from "../aws/regions.ts";
import {
  isSymmetric,
  knownAccounts,
  materialOf,
  type NamedKey,
  type Names,
  type Path,
  type Place,
} from "../spec/names.ts";
import type { Statement } from "../spec/policy.ts";
import { type TextOrReference, textsAmong } from "../spec/reference.ts";
import type { PolicyDocumentSpec, StatementSpec } from "../spec/schema.ts";
import {
  keyPolicies,
  keyStatements,
  policyServices,
  policySize,
  secretDocumentName,
  secretStatements,
  wholePolicy,
} from "../spec/statements.ts";
import { isOpen, partsOf } from "../spec/text.ts";
import { isAbout } from "./glob.ts";
import { dotted, type Finding, type Rule, repeated } from "./rule.ts";

export const policyRules: readonly Rule[] = [
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

/** A policy of either kind, as it is written. */
export interface Policy {
  /** The prefix of the actions that it may hold. */
  readonly service: "kms" | "secretsmanager";
  /** What it belongs to, for messages. */
  readonly owner: string;
  readonly path: Path;
  /** The lists of ARNs by their key. */
  readonly lists: readonly (readonly [key: string, arns: readonly TextOrReference[]])[];
  readonly statements: readonly StatementSpec[];
  readonly documents: readonly PolicyDocumentSpec[];
  readonly overrides: readonly PolicyDocumentSpec[];
  /** Its own statements and those that are made for it, without those of documents. */
  readonly all: () => readonly Statement[];
}

/** A text in a policy and where it is; references are none. */
interface Text {
  /** What it says: a principal of a type, or a part of a statement. */
  readonly is: "AWS" | "Service" | "Federated" | "action" | "test" | "variable" | "value";
  readonly text: string;
  readonly path: Path;
  /** Whether it is in a list of ARNs rather than in a statement. */
  readonly isListed?: boolean;
}

export function* policiesOf(names: Names): Iterable<Policy> {
  const { keys, secrets } = names;
  for (const key of keys) {
    for (const { spec, path } of keyPolicies(key, names)) {
      const { administrators, users, decrypters, statements } = spec;
      yield {
        service: "kms",
        owner: `the key ${key.id}`,
        path,
        lists: [
          ["administrators", administrators ?? []],
          ["users", users ?? []],
          ["decrypters", decrypters ?? []],
        ],
        statements: statements ?? [],
        documents: spec.documents ?? [],
        overrides: spec.overrides ?? [],
        all: () => keyStatements(key, spec),
      };
    }
  }
  for (const secret of secrets) {
    const { policy } = secret.spec;
    if (!policy) continue;
    yield {
      service: "secretsmanager",
      owner: `the secret ${secret.id}`,
      path: [...secret.path, "policy"],
      lists: [["readers", policy.readers ?? []]],
      statements: policy.statements ?? [],
      documents: policy.documents ?? [],
      overrides: policy.overrides ?? [],
      all: () => secretStatements(secret),
    };
  }
}

function* textsOf({ path, lists, statements }: Policy): Iterable<Text> {
  for (const [key, arns] of lists) {
    for (const [index, text] of arns.entries()) {
      if (typeof text === "string") yield { is: "AWS", text, path: [...path, key, index], isListed: true };
    }
  }
  for (const [index, statement] of statements.entries()) {
    const at = [...path, "statements", index];
    for (const key of ["principals", "not_principals"] as const) {
      for (const is of ["AWS", "Service", "Federated"] as const) {
        for (const [place, text] of (statement[key]?.[is] ?? []).entries()) {
          if (typeof text === "string") yield { is, text, path: [...at, key, is, place] };
        }
      }
    }
    for (const key of ["actions", "not_actions"] as const) {
      for (const [place, text] of (statement[key] ?? []).entries()) {
        yield { is: "action", text, path: [...at, key, place] };
      }
    }
    const { conditions } = statement;
    for (const [number, { test, variable, values }] of (conditions ?? []).entries()) {
      const within = [...at, "conditions", number];
      yield { is: "test", text: test, path: [...within, "test"] };
      yield { is: "variable", text: variable, path: [...within, "variable"] };
      for (const [place, text] of values.entries()) {
        if (typeof text === "string") yield { is: "value", text, path: [...within, "values", place] };
      }
    }
  }
}

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

const ACCOUNT = /^\d{12}$/;
export const IAM_PRINCIPAL = /^arn:[^:]+:iam::(\d{12}|\{account\}):(root|(user|role)\/[^*?]+)$/;
export const SESSION = /^arn:[^:]+:sts::(\d{12}|\{account\}):(assumed-role|federated-user)\/[^*?]+$/;
/** The endings are those of the partitions (AWS SDK, partitions) and amazon.com, which Alexa's principals have. */
const SERVICE_PRINCIPAL =
  /^([a-z0-9-]+|\{region\})(\.([a-z0-9-]+|\{region\}))*\.(amazonaws\.(com|com\.cn|eu)|amazon\.com|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov|\{dns_suffix\})$/;

/** AWS refuses a policy with a principal that does not exist; of a malformed one this much can be said here. */
function* badPrincipal(names: Names): Iterable<Finding> {
  for (const policy of policiesOf(names)) {
    for (const { is, text, path, isListed } of textsOf(policy)) {
      if (is === "Service" && !mayMatch(text, SERVICE_PRINCIPAL)) {
        const message = `${JSON.stringify(text)} is no service principal`;
        yield { path, message, hint: "Write one such as events.amazonaws.com or logs.{region}.{dns_suffix}." };
      }
      if (is !== "AWS" || mayMatch(text, IAM_PRINCIPAL) || mayMatch(text, SESSION)) continue;
      if (!isListed && (text === "*" || mayMatch(text, ACCOUNT) || text === "{account}")) continue;
      yield { path, message: `${JSON.stringify(text)} cannot be a principal`, hint: hintFor(text) };
    }
    for (const [index, { principals, not_principals }] of policy.statements.entries()) {
      if (Object.values(principals ?? not_principals ?? { none: true }).some(Boolean)) continue;
      const path = [...policy.path, "statements", index, principals ? "principals" : "not_principals"];
      yield { path, message: "the statement has no principal", hint: "Write, for example, { AWS: [arn…] }." };
    }
  }
}

/** What a variable may stand for in a principal: an account or a name, the start of an ARN, all of one; a service likewise. */
const EXAMPLES = [
  "000000000000",
  "arn:aws:iam::000000000000",
  "arn:aws:iam::000000000000:role/x",
  "x.amazonaws.com",
  "amazonaws.com",
];

/** Whether a text matches for some value of what only Terraform knows in it. */
export function mayMatch(text: string, pattern: RegExp): boolean {
  const parts = partsOf(text);
  if (!parts.some((part) => typeof part === "object" && isOpen(part.placeholder))) return pattern.test(text);
  return EXAMPLES.some((example) => pattern.test(text.replace(/\{(var\.[\w-]+|workspace)\}/g, example)));
}

function hintFor(text: string): string {
  if (/:group\//.test(text)) return "IAM groups are no principals: name a role, or users.";
  if (/[*?]/.test(text)) {
    return "A principal has no wildcards: name the account's root, and add a condition on aws:PrincipalArn.";
  }
  return "Name a role, a user or an account: arn:aws:iam::123456789012:role/name, …:user/name or …:root.";
}

/** Sessions come and go: the policy would be about one of them, and replicating a key has failed because of it. */
function* sessionPrincipal(names: Names): Iterable<Finding> {
  for (const policy of policiesOf(names)) {
    for (const { is, text, path } of textsOf(policy)) {
      if (is !== "AWS" || !SESSION.test(text)) continue;
      const [, partition, , , account, resource = ""] = text.split(":");
      const role = resource.split("/")[1];
      const hint = resource.startsWith("assumed-role/")
        ? `Name the role, with its path if it has one: arn:${partition}:iam::${account}:role/${role}`
        : "Name the user or the role that the session is of.";
      yield { path, severity: "warning", message: "this is the ARN of a session, which ends", hint };
    }
  }
}

/** Accounts, and with them all ARNs, belong to one partition. */
function* wrongPartition(names: Names): Iterable<Finding> {
  const own = partitionOf(names.primary.region);
  if (own === undefined) return;
  for (const policy of policiesOf(names)) {
    for (const { text, path } of textsOf(policy)) {
      const other = /^arn:(aws[a-z-]*):/.exec(text)?.[1];
      if (other === undefined || other === own) continue;
      const message = `the ARN is one of the partition ${other}, the regions are in ${own}`;
      yield { path, message, hint: `Write arn:${own}:… or, to suit any partition, arn:{partition}:…` };
    }
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
          hint: `It is first listed in ${dotted([...path, "statements", first])}: change one.`,
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

/** Denying something to an account denies it to everyone in it (IAM User Guide, principals). */
function isOwnAccount(text: string, accounts: readonly string[]): boolean {
  const account = accountOf(text);
  return account !== undefined && (account === "{account}" || accounts.includes(account));
}

/** The account that a principal stands for as a whole. */
export function accountOf(text: string): string | undefined {
  if (ACCOUNT.test(text) || text === "{account}") return text;
  return /^arn:[^:]+:iam::([^:]+):root$/.exec(text)?.[1];
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
      hint: `${dotted(first.path)} has the same name: rename one of the two.`,
    }),
  );
}
