/** The rules about whom policies name: principals that AWS would not take, or that lie in another partition. */

import { partitionOf } from "../aws/regions.ts";
import type { Names } from "../spec/names.ts";
import { isOpen, partsOf } from "../spec/text.ts";
import { policiesOf, textsOf } from "./policy-parts.ts";
import type { Finding } from "./rule.ts";

export const ACCOUNT = /^\d{12}$/;

export const IAM_PRINCIPAL = /^arn:[^:]+:iam::(\d{12}|\{account\}):(root|(user|role)\/[^*?]+)$/;

export const SESSION = /^arn:[^:]+:sts::(\d{12}|\{account\}):(assumed-role|federated-user)\/[^*?]+$/;

/** The endings are those of the partitions (AWS SDK, partitions) and amazon.com, which Alexa's principals have. */
const SERVICE_PRINCIPAL =
  /^([a-z0-9-]+|\{region\})(\.([a-z0-9-]+|\{region\}))*\.(amazonaws\.(com|com\.cn|eu)|amazon\.com|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov|\{dns_suffix\})$/;

/** AWS refuses a policy with a principal that does not exist; of a malformed one this much can be said here. */
export function* badPrincipal(names: Names): Iterable<Finding> {
  for (const policy of policiesOf(names)) {
    for (const { is, text, path, isListed } of textsOf(policy)) {
      if (is === "Service" && !mayMatch(text, SERVICE_PRINCIPAL)) {
        const message = `${JSON.stringify(text)} is no service principal`;
        yield { path, message, hint: "Write one such as events.amazonaws.com or logs.{region}.{dns_suffix}." };
      }
      if (is !== "AWS" || mayMatch(text, IAM_PRINCIPAL) || mayMatch(text, SESSION)) continue;
      if (!isListed && (text === "*" || mayMatch(text, ACCOUNT) || text === "{account}")) continue;
      yield { path, message: `${JSON.stringify(text)} cannot be a principal`, hint: principalHint(text) };
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

function principalHint(text: string): string {
  if (/:group\//.test(text)) return "IAM groups are no principals: name a role, or users.";
  if (/[*?]/.test(text)) {
    return "A principal has no wildcards: name the account's root, and add a condition on aws:PrincipalArn.";
  }
  return "Name a role, a user or an account: arn:aws:iam::123456789012:role/name, …:user/name or …:root.";
}

/** Sessions come and go: the policy would be about one of them, and replicating a key has failed because of it. */
export function* sessionPrincipal(names: Names): Iterable<Finding> {
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
export function* wrongPartition(names: Names): Iterable<Finding> {
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

/** Denying something to an account denies it to everyone in it (IAM User Guide, principals). */
export function isOwnAccount(text: string, accounts: readonly string[]): boolean {
  const account = accountOf(text);
  return account !== undefined && (account === "{account}" || accounts.includes(account));
}

/** The account that a principal stands for as a whole. */
export function accountOf(text: string): string | undefined {
  if (ACCOUNT.test(text) || text === "{account}") return text;
  return /^arn:[^:]+:iam::([^:]+):root$/.exec(text)?.[1];
}
