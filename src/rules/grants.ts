/** What must hold about the grants of keys. Specs without grants cost nothing here. */

import { grantsOf, isSymmetric, materialOf, type NamedKey } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { type GrantSpec, grantOperations } from "../spec/schema.ts";
import { IAM_PRINCIPAL, mayMatch, SESSION } from "./principals.ts";
import type { Finding, Rule } from "./rule.ts";

export const grantRules = (): readonly Rule[] => [
  { code: "bad-grantee", check: badGrantee },
  { code: "operation-not-for-usage", check: operationNotForUsage },
  { code: "constraint-not-one", check: constraintNotOne },
  { code: "constraint-not-for-usage", check: constraintNotForUsage },
  { code: "grant-of-disabled-key", check: grantOfDisabledKey },
];

function* grantsIn({ keys }: Names): Iterable<{ key: NamedKey; grant: GrantSpec; path: Path }> {
  for (const key of keys) {
    for (const [name, grant] of grantsOf(key)) yield { key, grant, path: [...key.path, "grants", name] };
  }
}

/**
 * Roles, users, accounts, and sessions of them (AWS KMS: CreateGrant). A service as grantee needs a constraint that the provider
 * does not know.
 */
function* badGrantee(names: Names): Iterable<Finding> {
  for (const { grant, path } of grantsIn(names)) {
    for (const key of ["to", "retiring"] as const) {
      const principal = grant[key];
      if (typeof principal !== "string" || mayMatch(principal, IAM_PRINCIPAL) || mayMatch(principal, SESSION)) continue;
      const message = `${JSON.stringify(principal)} cannot be given a grant`;
      const hint = "Write the ARN of a role, a user or an account, such as arn:aws:iam::123456789012:role/app.";
      yield { path: [...path, key], message, hint };
    }
  }
}

/** KMS refuses a grant with an operation that the key does not have (AWS KMS: CreateGrant, Operations). */
function* operationNotForUsage(names: Names): Iterable<Finding> {
  for (const { key, grant, path } of grantsIn(names)) {
    const { usage, spec } = materialOf(key.spec);
    const allowed: readonly string[] = grantOperations[isSymmetric(key.spec) ? "symmetric" : usage];
    for (const [index, operation] of grant.operations.entries()) {
      if (allowed.includes(operation)) continue;
      const message = `${operation} is no operation of ${spec} keys that a grant can permit`;
      const hint = `Allowed here: ${allowed.join(", ")}.`;
      yield { path: [...path, "operations", index], message, hint };
    }
  }
}

/** The provider sends one of the two (internal/service/kms/grant.go of hashicorp/aws). */
function* constraintNotOne(names: Names): Iterable<Finding> {
  for (const { grant, path } of grantsIn(names)) {
    if (grant.constraints === undefined) continue;
    const given = Object.values(grant.constraints).filter((pairs) => pairs !== undefined).length;
    if (given === 1) continue;
    const message = given === 0 ? "the constraints of the grant say nothing" : "a grant has one constraint, not both";
    const hint = "Write encryption_context_equals or encryption_context_subset, or leave constraints out.";
    yield { path: [...path, "constraints"], part: "key", message, hint };
  }
}

/** Only symmetric encryption has an encryption context (AWS KMS: CreateGrant, Constraints). */
function* constraintNotForUsage(names: Names): Iterable<Finding> {
  for (const { key, grant, path } of grantsIn(names)) {
    if (grant.constraints === undefined || isSymmetric(key.spec)) continue;
    const message = `requests to ${materialOf(key.spec).spec} keys have no encryption context to constrain`;
    yield { path: [...path, "constraints"], part: "key", message, hint: "Leave constraints out." };
  }
}

/** AWS KMS Developer Guide, Key states of AWS KMS keys: CreateGrant. */
function* grantOfDisabledKey(names: Names): Iterable<Finding> {
  for (const { key, path } of grantsIn(names)) {
    const disabled = keyPlaces(key, names).filter((place) => !key.inRegion(place).enabled);
    if (disabled.length === 0) continue;
    const where = disabled.map(({ region }) => region).join(", ");
    const message = `a disabled key takes no grants: where this one does not exist yet in ${where}, Terraform will fail`;
    const hint = "Create the key enabled, with its grants, and disable it afterwards.";
    yield { path, part: "key", severity: "warning", message, hint };
  }
}
