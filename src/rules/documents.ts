/**
 * The rules about policy documents that a spec names: what is wrong in them, what they would let in or shut out, and which of
 * their statements others would take the place of.
 */

import { knownAccounts, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { PlacedStatement } from "../spec/policy.ts";
import { textsAmong } from "../spec/reference.ts";
import { isAbout } from "./glob.ts";
import { saysWhose } from "./open-policies.ts";
import { type Policy, policiesOf } from "./policy-parts.ts";
import { accountOf } from "./principals.ts";
import { type Finding, type Rule, repeated } from "./rule.ts";
import { badSidCharacter } from "./statements.ts";

export const documentRules = (): readonly Rule[] => [
  { code: "bad-policy-document", check: badDocument },
  { code: "duplicate-sid", check: duplicateSid },
  { code: "bad-sid", check: badSid },
  { code: "statement-replaced", check: statementReplaced },
  { code: "public-policy", check: publicPolicy },
  { code: "policy-locks-out", check: locksOut },
];

/** A document that a policy names, and where it names it. */
interface Named {
  readonly policy: Policy;
  readonly list: "documents" | "overrides";
  readonly document: string;
  readonly path: Path;
}

function* documentsIn(names: Names): Iterable<Named> {
  for (const policy of policiesOf(names)) {
    for (const list of ["documents", "overrides"] as const) {
      for (const [index, document] of policy[list].entries()) {
        if (typeof document !== "string") continue;
        yield { policy, list, document, path: [...policy.path, list, index] };
      }
    }
  }
}

function* statementsIn(names: Names): Iterable<Named & { readonly statement: PlacedStatement }> {
  for (const named of documentsIn(names)) {
    for (const statement of names.documents.get(named.document)?.statements ?? []) yield { ...named, statement };
  }
}

function* badDocument(names: Names): Iterable<Finding> {
  for (const { document, path } of documentsIn(names)) {
    for (const { place, message, hint } of names.documents.get(document)?.faults ?? []) {
      yield { path, message: `${place} ${message}`, hint };
    }
  }
}

/** The data source takes the documents of `source_policy_documents` only when no two of their statements have one id. */
function* duplicateSid(names: Names): Iterable<Finding> {
  const sources = [...statementsIn(names)].filter(({ list, statement }) => list === "documents" && statement.sid);
  yield* repeated(
    sources,
    ({ policy, statement }) => `${policy.path.join("\n")}\n${statement.sid}`,
    ({ path, statement }, first) => ({
      path,
      message: `${statement.place} has the sid ${statement.sid} of ${first.statement.place}`,
      hint: "Change one of the two, or move the document that is to count to overrides.",
    }),
  );
}

function* badSid(names: Names): Iterable<Finding> {
  for (const { policy, statement, path } of statementsIn(names)) {
    const bad = badSidCharacter(statement.sid, policy.service);
    if (bad !== undefined) yield { path, message: `${statement.place} has a sid with ${bad.message}`, hint: bad.hint };
  }
}

/** To be replaced is what `overrides` is for; a statement of the spec that does it is a coincidence, or should be there. */
function* statementReplaced(names: Names): Iterable<Finding> {
  for (const { policy, list, statement, path } of statementsIn(names)) {
    if (list === "overrides" || statement.sid === undefined) continue;
    if (!policy.all().some(({ sid }) => sid === statement.sid)) continue;
    const message = `the policy's own statement ${statement.sid} takes the place of ${statement.place}, which has the same sid`;
    yield { path, severity: "warning", message, hint: "Change one of the two sids if both are to count." };
  }
}

/** See the rule of the same code for the statements of a spec. */
function* publicPolicy(names: Names): Iterable<Finding> {
  for (const { statement, path } of statementsIn(names)) {
    const { effect, principals, notPrincipals, conditions, place } = statement;
    const isForAll =
      principals.some(([type, ids]) => type !== "Service" && ids.includes("*")) || notPrincipals.length > 0;
    if (effect === "Deny" || !isForAll || conditions.some(saysWhose)) continue;
    const isOpen = conditions.length === 0;
    const message = isOpen
      ? `${place} allows something to everyone in every AWS account`
      : `${place} allows something to everyone in every AWS account, and no condition says whose requests are meant`;
    const hint = "Name the principals, or add a condition such as StringEquals aws:PrincipalOrgID.";
    yield { path, ...(!isOpen && { severity: "warning" as const }), message, hint };
  }
}

function* locksOut(names: Names): Iterable<Finding> {
  const accounts = knownAccounts(names.spec);
  for (const { policy, statement, path } of statementsIn(names)) {
    const vital = policy.service === "kms" ? "kms:PutKeyPolicy" : "secretsmanager:PutResourcePolicy";
    const { effect, principals, actions, notActions, conditions, place } = statement;
    if (effect !== "Deny" || conditions.length > 0 || !isAbout({ actions, not_actions: notActions }, vital)) continue;
    const isForAll = principals.some(
      ([type, ids]) =>
        type === "AWS" && textsAmong(ids).some((id) => id === "*" || accounts.includes(accountOf(id) ?? "")),
    );
    if (!isForAll) continue;
    const message = `${place} denies ${vital} to everyone: no one could change the policy of ${policy.owner} again`;
    const hint = "Add a condition that spares whoever manages it, such as StringNotEquals aws:PrincipalArn.";
    yield { path, message, hint };
  }
}
