/**
 * The rule about policies that differ by region: AWS copies no key policy to the replicas, so that whoever one region's policy
 * lets in may find itself shut out in the others.
 */

import { type NamedKey, settingPath } from "../spec/keys.ts";
import { keyPlaces, knownAccounts, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import type { Statement } from "../spec/policy.ts";
import { keyStatements, wholePolicy } from "../spec/statements.ts";
import { covers } from "./glob.ts";
import { accountOf } from "./principals.ts";
import { type Finding, few, type Rule } from "./rule.ts";

export const regionalPolicyRules = (): readonly Rule[] => [{ code: "policy-admits-more", check: policyAdmitsMore }];

/** Someone whom a policy allows one action, under conditions. */
interface Grant {
  readonly type: string;
  readonly principal: string;
  readonly action: string;
  readonly conditions: string;
}

/** The regions of a key that have one policy. */
interface Group {
  readonly places: readonly Place[];
  readonly path: Path;
  readonly grants: readonly Grant[];
  readonly isKnown: boolean;
}

function* policyAdmitsMore(names: Names): Iterable<Finding> {
  const accounts = knownAccounts(names.spec);
  for (const key of names.keys) {
    if (key.spec.by_region === undefined) continue;
    const groups = groupsOf(key, names);
    // What only Terraform can read may let anyone in, here or there.
    if (groups.some(({ isKnown }) => !isKnown)) continue;
    for (const { places, path, grants } of groups) {
      const others = groups.filter((group) => group.places !== places).flatMap((group) => group.grants);
      const more = grants.filter((grant) => !others.some((other) => suffices(other, grant, accounts)));
      const [first] = more;
      if (first === undefined || others.length === 0) continue;
      const where = few(
        places.map(({ region }) => region),
        ", ",
      );
      const rest = more.length > 1 ? `, and ${more.length - 1} more like it` : "";
      const message = `only in ${where} does the key policy allow ${first.action} to ${first.principal}${rest}`;
      const hint = "AWS does not copy key policies. If the other regions need it, write it for them too.";
      yield { path, part: "key", severity: "warning", message, hint };
    }
  }
}

/** AWS's default policy leaves everything to the account (AWS KMS Developer Guide, Default key policy). */
const DEFAULT: Grant = {
  type: "AWS",
  principal: "arn:{partition}:iam::{account}:root",
  action: "kms:*",
  conditions: "[]",
};

function groupsOf(key: NamedKey, names: Names): readonly Group[] {
  const groups = new Map<unknown, Group & { readonly places: Place[] }>();
  for (const place of keyPlaces(key, names)) {
    const { policy } = key.inRegion(place);
    const known = groups.get(policy);
    if (known !== undefined) {
      known.places.push(place);
      continue;
    }
    const group = { places: [place], path: settingPath(key, place, "policy") };
    if (policy === undefined) groups.set(policy, { ...group, grants: [DEFAULT], isKnown: true });
    else {
      const { statements, isKnown } = wholePolicy(keyStatements(key, policy), policy, names.documents);
      groups.set(policy, { ...group, grants: statements.flatMap((one) => grantsIn(one, place)), isKnown });
    }
  }
  return [...groups.values()];
}

/** A region's own name counts as `{region}`, so that what is the same but for it is the same. */
function grantsIn(
  { effect, principals, actions, notActions, conditions }: Statement,
  { region }: Place,
): readonly Grant[] {
  if (effect === "Deny") return [];
  const general = (text: string) => text.replaceAll(region, "{region}");
  const under = general(JSON.stringify(conditions));
  return principals.flatMap(([type, identifiers]) =>
    identifiers.flatMap((principal) =>
      (notActions.length > 0 ? ["kms:*"] : actions).map((action) => ({
        type,
        principal: typeof principal === "string" ? general(principal) : (principal.ref ?? ""),
        action,
        conditions: under,
      })),
    ),
  );
}

/** Whether whoever has one grant needs no other. To leave something to the account is to leave it to IAM. */
function suffices(one: Grant, other: Grant, accounts: readonly string[]): boolean {
  if (one.type !== other.type || !covers(one.action, other.action)) return false;
  if (one.conditions !== other.conditions && one.conditions !== "[]") return false;
  if (one.principal === other.principal || one.principal === "*") return true;
  return isOwn(accountOf(one.principal), accounts) && isOfAccount(other, accounts);
}

/** Where the spec does not say which accounts are meant, an account that is written out may be the key's own. */
function isOwn(account: string | undefined, accounts: readonly string[]): boolean {
  if (account === undefined) return false;
  return account === "{account}" || accounts.length === 0 || accounts.includes(account);
}

function isOfAccount({ principal, conditions }: Grant, accounts: readonly string[]): boolean {
  if (principal === "*")
    return /"(kms:CallerAccount|aws:PrincipalAccount)","values":\["\{account\}"\]/.test(conditions);
  return isOwn(/^(\d{12}|\{account\})$/.exec(principal)?.[0] ?? principal.split(":")[4], accounts);
}
