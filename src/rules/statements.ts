/**
 * The rules about the statements of policies one by one: that each says whom and what it is about, in AWS's own terms; and that
 * someone is left who may change a key's policy.
 */

import type { Names } from "../spec/names.ts";
import { keyPolicies, keyStatements, wholePolicy } from "../spec/statements.ts";
import { isAbout } from "./glob.ts";
import { type Policy, policiesOf } from "./policy-parts.ts";
import type { Finding, Rule } from "./rule.ts";

export const statementRules = (): readonly Rule[] => [
  { code: "statement-not-one", check: statementNotOne },
  { code: "not-principals-allow", check: notPrincipalsAllow },
  { code: "bad-sid", check: badSid },
  { code: "policy-unmanageable", check: policyUnmanageable },
];

/** Principal or NotPrincipal, Action or NotAction (IAM User Guide, Grammar of the IAM JSON policy language). */
function* statementNotOne(names: Names): Iterable<Finding> {
  for (const { path, statements } of policiesOf(names)) {
    for (const [index, statement] of statements.entries()) {
      for (const key of ["principals", "actions"] as const) {
        if ((statement[key] === undefined) !== (statement[`not_${key}`] === undefined)) continue;
        const found = statement[key] === undefined ? "neither" : "both";
        const message = `a statement has ${key} or not_${key}, this one has ${found}`;
        const example = key === "principals" ? 'principals: { AWS: ["arn:…"] }' : "actions: [kms:Decrypt]";
        const hint = found === "both" ? "Keep one of the two." : `Write, for example, ${example}`;
        yield { path: [...path, "statements", index], message, hint };
      }
    }
  }
}

/** To allow something to everyone but some is to allow it to everyone, anonymous users included (IAM User Guide, NotPrincipal). */
function* notPrincipalsAllow(names: Names): Iterable<Finding> {
  for (const { path, statements } of policiesOf(names)) {
    for (const [index, { effect, not_principals }] of statements.entries()) {
      if (not_principals === undefined || effect === "Deny") continue;
      const message = "not_principals with Allow lets in everyone in every AWS account but these";
      const hint = "Write effect: Deny, or principals.";
      yield { path: [...path, "statements", index, "not_principals"], part: "key", message, hint };
    }
  }
}

function* badSid(names: Names): Iterable<Finding> {
  for (const { service, path, statements } of policiesOf(names)) {
    for (const [index, { sid }] of statements.entries()) {
      const bad = badSidCharacter(sid, service);
      if (bad === undefined) continue;
      const of = service === "kms" ? "key policy" : "secret's policy";
      const message = `the sid of a ${of} cannot hold ${bad.message}`;
      yield { path: [...path, "statements", index, "sid"], message, hint: bad.hint };
    }
  }
}

/**
 * What AWS takes in no sid. In key policies whatever a policy may hold, spaces too (AWS KMS Developer Guide, Key policies, Key
 * policy format: "The Sid in a key policy can include spaces"); in policies of secrets no spaces (AWS Secrets Manager User
 * Guide, Specifying policy statement elements: "The string cannot contain spaces"). The data source takes any text, but in
 * hashicorp/aws 5.82.0, which refused what IAM's own policies refuse (its issue 40639).
 */
export function badSidCharacter(
  sid: string | undefined,
  service: Policy["service"],
): { readonly message: string; readonly hint: string } | undefined {
  const isOfKey = service === "kms";
  const bad = isOfKey ? sid?.match(/[^ -~\u00a0-\u00ff]/u)?.[0] : sid?.match(/[^!-~]/u)?.[0];
  const hint = isOfKey
    ? "The printable characters of Latin-1 are allowed, spaces included."
    : "Printable ASCII characters are allowed, without spaces: only key policies take those.";
  return bad === undefined ? undefined : { message: JSON.stringify(bad), hint };
}

/** Without the account's statement IAM policies count for nothing (AWS KMS Developer Guide, Default key policy). */
function* policyUnmanageable(names: Names): Iterable<Finding> {
  for (const key of names.keys) {
    for (const { spec, path } of keyPolicies(key, names)) {
      if (spec.account !== false) continue;
      const { statements, isKnown } = wholePolicy(keyStatements(key, spec), spec, names.documents);
      const isManageable = statements.some(
        ({ effect, principals, actions, notActions }) =>
          effect === "Allow" &&
          principals.some(([type]) => type === "AWS") &&
          isAbout({ actions, not_actions: notActions }, "kms:PutKeyPolicy"),
      );
      if (isManageable || !isKnown) continue;
      const isMeant = spec.bypass_policy_lockout_safety_check === true;
      const message = `no one may change the policy of the key ${key.id}: without the account's statement IAM policies do not count`;
      const hint =
        "Write administrators, or a statement that allows kms:PutKeyPolicy to someone, or take account: false out.";
      yield { path: [...path, "account"], ...(isMeant && { severity: "warning" as const }), message, hint };
    }
  }
}
