/**
 * Turns a policy as AWS has it into what a spec says: JSON text goes in; statements come out, or the document as a file where
 * statements cannot say it, or why neither will do.
 */

import { isMap, type Json } from "../spec/json.ts";
import type { TextOrReference } from "../spec/reference.ts";

/** Where something is in a policy: `["Statement", 0, "Principal", "AWS", 1]`. */
export type PolicyPath = readonly (string | number)[];

/** What a spec says in the place of a text of the policy. */
export type Say = (at: PolicyPath, value: string) => TextOrReference;

/** A policy for a spec. */
export type FoundPolicy =
  | { readonly kind: "none" }
  /** AWS's default policy of a key. */
  | { readonly kind: "default" }
  | { readonly kind: "statements"; readonly statements: readonly object[] }
  /** A document that a spec can only name. */
  | { readonly kind: "document"; readonly json: string }
  | { readonly kind: "unsayable"; readonly reason: string };

/** What a spec can say of a policy; `json` is what the state has. */
export function policyIn(json: unknown, say: Say = (_, value) => verbatim(value)): FoundPolicy {
  if (typeof json !== "string" || json === "") return { kind: "none" };
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return { kind: "unsayable", reason: "it is not JSON" };
  }
  if (!isMap(document)) return { kind: "unsayable", reason: "it is not a JSON object" };
  const { Version: version = "2008-10-17", Statement: given } = document;
  // A document of Terraform has this version, and no older one in it changes that.
  if (version !== "2012-10-17")
    return { kind: "unsayable", reason: `it has the version ${String(version)}, and a spec has 2012-10-17` };
  const statements = Array.isArray(given) ? given : [given];
  if (statements.length === 0 || !statements.every(isMap)) return { kind: "unsayable", reason: "it has no statements" };
  const [first] = statements;
  if (statements.length === 1 && isDefault(first!)) return { kind: "default" };
  if (document.Id !== undefined || !statements.every(isSayable)) {
    return { kind: "document", json: `${JSON.stringify(document, null, 2)}\n` };
  }
  const at = (index: number): PolicyPath => (Array.isArray(given) ? ["Statement", index] : ["Statement"]);
  return {
    kind: "statements",
    statements: statements.map((one, index) => statementOf(one, (path, value) => say([...at(index), ...path], value))),
  };
}

/** The one statement of the policy that AWS gives a key (AWS KMS Developer Guide, "Default key policy"). */
function isDefault({ Effect, Principal, Action, Condition }: Json): boolean {
  if (Effect !== "Allow" || Condition !== undefined || textsIn(Action).join() !== "kms:*" || !isMap(Principal))
    return false;
  const names = textsIn(Principal.AWS);
  const isOne = Object.keys(Principal).length === 1 && names.length === 1;
  return isOne && /^arn:[^:]+:iam::\d{12}:root$/.test(names[0]!);
}

const ELEMENTS = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "Condition",
]);

const PRINCIPALS = new Set(["AWS", "Service", "Federated"]);

/** Whether a statement of a spec can be the same. */
function isSayable(statement: Json): boolean {
  const { Principal, NotPrincipal, Resource, Condition, Sid } = statement;
  return (
    Object.keys(statement).every((name) => ELEMENTS.has(name)) &&
    textsIn(Resource).join() === "*" &&
    [Principal, NotPrincipal].every(
      (one) => one === undefined || (isMap(one) && Object.keys(one).every((type) => PRINCIPALS.has(type))),
    ) &&
    (Sid === undefined || typeof Sid === "string") &&
    (Condition === undefined || (isMap(Condition) && Object.values(Condition).every(isMap)))
  );
}

function statementOf(statement: Json, say: Say): object {
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Condition } = statement;
  const conditions = Object.entries((Condition ?? {}) as Record<string, Json>).flatMap(([test, variables]) =>
    Object.entries(variables).map(([variable, values]) => ({
      test,
      variable: verbatim(variable),
      values: listOf(values, ["Condition", test, variable], say),
    })),
  );
  return {
    ...(Sid ? { sid: Sid } : {}),
    ...(Effect === "Deny" ? { effect: "Deny" } : {}),
    ...(Principal === undefined ? {} : { principals: principalsOf(Principal, "Principal", say) }),
    ...(NotPrincipal === undefined ? {} : { not_principals: principalsOf(NotPrincipal, "NotPrincipal", say) }),
    ...(Action === undefined ? {} : { actions: textsIn(Action) }),
    ...(NotAction === undefined ? {} : { not_actions: textsIn(NotAction) }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

function principalsOf(given: unknown, element: string, say: Say): object {
  return Object.fromEntries(
    Object.entries(given as Json).map(([type, names]) => [type, listOf(names, [element, type], say)]),
  );
}

function listOf(given: unknown, at: PolicyPath, say: Say): readonly TextOrReference[] {
  const isList = Array.isArray(given);
  return textsIn(given).map((one, index) => say(isList ? [...at, index] : at, one));
}

function textsIn(given: unknown): readonly string[] {
  const all = given === undefined ? [] : Array.isArray(given) ? given : [given];
  return all.map(String);
}

/** A text in which no brace is one of a placeholder. Variables that AWS fills in, `${aws:username}`, are no placeholders. */
export function verbatim(text: string): string {
  return text.replace(/(\$\{[^{}]*:[^{}]*\})|[{}]/g, (brace, variable) => variable ?? brace + brace);
}
