/**
 * The rules about whom policies let in without saying so: everyone, another account as a whole, or a service whoever it works
 * for. A spec's policies go in, findings come out.
 */

import { knownAccounts, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { StatementCondition } from "../spec/policy.ts";
import type { TextOrReference } from "../spec/reference.ts";
import type { StatementSpec } from "../spec/schema.ts";
import { isAbout } from "./glob.ts";
import { policiesOf } from "./policy-parts.ts";
import { accountOf } from "./principals.ts";
import type { Finding, Rule } from "./rule.ts";

export const openPolicyRules = (): readonly Rule[] => [
  { code: "public-policy", check: publicPolicy },
  { code: "other-account-manages", check: otherAccountManages },
  { code: "confused-deputy", check: confusedDeputy },
];

/** A statement that lets someone in. */
interface Allowing {
  readonly statement: StatementSpec;
  readonly path: Path;
  readonly service: "kms" | "secretsmanager";
  readonly conditions: readonly StatementCondition[];
  /** Whether the policy leaves the rest to the key's own account. */
  readonly hasOwnAccount: boolean;
}

function* allowing(names: Names): Iterable<Allowing> {
  for (const { path, service, statements, all } of policiesOf(names)) {
    if (statements.length === 0) continue;
    const hasOwnAccount = all().some(({ sid }) => sid === "Account");
    for (const [index, statement] of statements.entries()) {
      if (statement.effect === "Deny") continue;
      const { conditions = [] } = statement;
      yield { statement, path: [...path, "statements", index], service, conditions, hasOwnAccount };
    }
  }
}

/** `*` is everyone in every account of AWS (AWS KMS Developer Guide, Creating a key policy). */
function* publicPolicy(names: Names): Iterable<Finding> {
  for (const { statement, path, conditions } of allowing(names)) {
    for (const type of ["AWS", "Federated"] as const) {
      const place = (statement.principals?.[type] ?? []).indexOf("*");
      if (place < 0) continue;
      const at = [...path, "principals", type, place];
      const who = type === "AWS" ? "everyone in every AWS account" : "whoever any identity provider knows";
      const hint = "Name the principals, or add a condition such as StringEquals aws:PrincipalOrgID.";
      if (conditions.length === 0) {
        yield { path: at, message: `"*" without a condition is ${who}`, hint };
      } else if (!conditions.some(saysWhose)) {
        const message = `"*" is ${who}, and no condition says whose requests are meant`;
        yield { path: at, severity: "warning", message, hint };
      }
    }
  }
}

/** Whoever the administrators of another account choose may then delete the key, or shut its own account out. */
function* otherAccountManages(names: Names): Iterable<Finding> {
  const own = knownAccounts(names.spec);
  for (const { statement, path, service, conditions, hasOwnAccount } of allowing(names)) {
    if (own.length === 0 && !hasOwnAccount) continue;
    if (service !== "kms" || !isAbout(statement, "kms:PutKeyPolicy")) continue;
    if (conditions.some(saysWhose)) continue;
    for (const [place, text] of (statement.principals?.AWS ?? []).entries()) {
      const account = typeof text === "string" ? accountOf(text) : undefined;
      if (account === undefined || account === "{account}" || own.includes(account)) continue;
      const message = `whoever the account ${account} chooses may do everything with the key, delete it too`;
      const hint =
        own.length > 0
          ? "Name the actions that it needs, such as kms:Decrypt, or the roles."
          : "Name the actions that it needs. If it is the key's own account, the policy has this statement already.";
      yield { path: [...path, "principals", "AWS", place], severity: "warning", message, hint };
    }
  }
}

/**
 * A service works for every account, and can be made to use what it may use for another one (IAM User Guide, The confused deputy
 * problem). What only describes a key comes without anything that a condition could be about (AWS KMS Developer Guide,
 * Permissions for AWS services in key policies).
 */
function* confusedDeputy(names: Names): Iterable<Finding> {
  for (const { statement, path, conditions } of allowing(names)) {
    if ((statement.principals?.Service ?? []).length === 0) continue;
    if (statement.actions?.every((action) => /^kms:Describe(Key|\*)$/i.test(action))) continue;
    if (conditions.some((condition) => limits(condition, FOR_WHOM))) continue;
    const message = "a service may do this for any account of AWS: no condition says for whose resources";
    const hint = "Add a condition such as StringEquals aws:SourceAccount {account}, or ArnLike aws:SourceArn.";
    yield { path: [...path, "principals", "Service"], severity: "warning", message, hint };
  }
}

/** Condition keys that say whose request it is (IAM User Guide, AWS global condition context keys; AWS KMS condition keys). */
const WHOSE =
  /^(aws:(Principal(Account|Arn|OrgID|OrgPaths)|Source(Account|Arn|OrgID|OrgPaths|Vpc|Vpce|Ip|VpcArn)|userid)|kms:CallerAccount)$/i;

/** Condition keys that say for whom a service works; a service's own encryption context holds the ARN of its resource. */
const FOR_WHOM = /^(aws:Source(Account|Arn|OrgID|OrgPaths)|kms:CallerAccount|kms:EncryptionContext:.+)$/i;

/** Whether a condition lets only those in whom it names. */
export function saysWhose(condition: StatementCondition): boolean {
  return limits(condition, WHOSE);
}

/**
 * Whether a condition on one of these keys lets no one in but those that it names. `ForAllValues:` and `…IfExists` hold where a
 * request has no such key (IAM User Guide, Multivalued context keys; Condition operators).
 */
function limits({ test, variable, values }: StatementCondition, keys: RegExp): boolean {
  if (!keys.test(variable) || /Not|^Null$|IfExists$|^ForAllValues:/i.test(test)) return false;
  return values.every((value) => namesSomebody(value, variable));
}

/** Whether a value is about certain accounts, organisations, networks or resources, whatever its wildcards stand for. */
function namesSomebody(value: TextOrReference, variable: string): boolean {
  // What a variable or a reference stands for is not known here.
  if (typeof value === "object") return true;
  if (/^aws:SourceIp$/i.test(variable)) return isNetwork(value);
  if (/\{(account|var\.[\w-]+|workspace)\}/.test(value)) return true;
  const [certain = ""] = value.split(/[*?]/);
  if (/(?<!\d)\d{12}(?!\d)/.test(certain) || /(?<![\w-])o-[a-z0-9]{10,32}(?![\w-])/.test(certain)) return true;
  // The parts of an ARN are compared one by one. Without an account, as of buckets, its resource has a name of its own.
  if (value.startsWith("arn:"))
    return /^\d{12}$/.test(value.split(":")[4] ?? "") || /^(arn:[^:]+:[^:]+:[^:]*::..)/.test(certain);
  if (/^aws:SourceVpce?$/i.test(variable)) return /^vpce?-[0-9a-f]+$/.test(certain);
  if (/^aws:userid$/i.test(variable)) return /^A[A-Z0-9]{15,}/.test(certain);
  return /^kms:EncryptionContext:/i.test(variable) && certain.length > 2;
}

/** A network of at most a 256th of the addresses; what is larger is no network of anyone's. */
function isNetwork(value: string): boolean {
  const [address = "", bits] = value.split("/");
  if (/[*?]/.test(value) || address === "") return false;
  const isAll = /^[0.:]+$/.test(address);
  return bits === undefined ? !isAll : Number(bits) >= 8;
}
