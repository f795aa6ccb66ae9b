/**
 * Writes a policy in AWS's JSON as `statements` of a spec, for a hint: the document goes in, YAML comes out. Only what has the
 * form of something public is shown: ARNs, actions, service principals, condition keys; the rest is left out.
 */

import { isMap, type Json } from "../spec/json.ts";
import { LEFT_OUT, scalar } from "./written.ts";

/** The most statements that are written out; a hint is no place for a whole policy. */
const MOST = 4;

/** Whether this is a policy document, or what is left of one. */
export function isAwsPolicy(found: unknown): found is Json {
  return isMap(found) && Object.hasOwn(found, "Statement");
}

/** What to write instead of a policy document under `policy`. */
export function statementsOf(document: Json): string {
  const statements = listOf(document.Statement).filter(isMap);
  const written = statements.slice(0, MOST).map(statementLines);
  const rest = statements.length - written.length;
  const lines = ["policy:", "  statements:", ...written.flat(), ...(rest > 0 ? [`    # and ${rest} more`] : [])];
  const inFile = "or save it as policy.json and write policy: { documents: [policy.json] }";
  return [`Write it as statements, ${inFile}:`, ...lines].join("\n");
}

/** What to write instead of one statement in AWS's words; nothing where the words are others. */
export function statementOf(statement: object): string | undefined {
  if (!Object.keys(statement).some((key) => /^(Principal|Action|NotAction|NotPrincipal|Sid)$/.test(key)))
    return undefined;
  return ["Write it with the words of a spec:", ...statementLines(statement as Json)].join("\n").replace(/^ {4}/gm, "");
}

function statementLines(statement: Json): string[] {
  const { Sid, Effect, Condition } = statement;
  const parts = [
    ...(typeof Sid === "string" ? [`sid: ${/^[\w -]{1,100}$/.test(Sid) ? scalar(Sid) : LEFT_OUT}`] : []),
    ...(Effect === "Deny" ? ["effect: Deny"] : []),
    ...principals("principals", statement.Principal),
    ...principals("not_principals", statement.NotPrincipal),
    ...list("actions", statement.Action),
    ...list("not_actions", statement.NotAction),
    ...conditions(Condition),
  ];
  return parts.map((part, index) => (index === 0 ? `    - ${part}` : `      ${part}`));
}

function principals(key: string, found: unknown): string[] {
  if (found === undefined) return [];
  const byType = isMap(found) ? found : { AWS: found };
  const types = Object.entries(byType).filter(([type]) => /^(AWS|Service|Federated)$/.test(type));
  return [`${key}: { ${types.map(([type, names]) => `${type}: ${words(names)}`).join(", ")} }`];
}

function list(key: string, found: unknown): string[] {
  return found === undefined ? [] : [`${key}: ${words(found)}`];
}

function conditions(found: unknown): string[] {
  if (!isMap(found)) return [];
  const all = Object.entries(found).flatMap(([test, pairs]) =>
    (isMap(pairs) ? Object.entries(pairs) : []).map(([variable, values]) => {
      const operator = OPERATOR.test(test) ? test : LEFT_OUT;
      return `        - { test: ${operator}, variable: ${word(variable)}, values: ${words(values)} }`;
    }),
  );
  return all.length === 0 ? [] : [`conditions:\n${all.join("\n")}`];
}

function words(found: unknown): string {
  return `[${listOf(found).map(word).join(", ")}]`;
}

/** ARNs, actions, accounts, service principals, hosts of AWS, condition keys, organizations, truth values. */
const PUBLIC =
  /^(\*|arn:[^\s"']{5,300}|\d{12}|[a-z][a-z0-9-]*:[\w*/.:${}-]{1,128}|[\w.*-]{1,120}\.amazonaws\.com(\.cn)?|o-[a-z0-9]{10,32}|true|false)$/;

/** IAM's condition operators (IAM User Guide, condition operators). */
const OPERATOR =
  /^(For(All|Any)Values:)?([A-Z][A-Za-z]*(Equals|Like|LessThan|GreaterThan|IgnoreCase|Address)[A-Za-z]*|(Bool|Null)(IfExists)?)$/;

function word(found: unknown): string {
  return PUBLIC.test(String(found)) ? scalar(found) : LEFT_OUT;
}

function listOf(found: unknown): readonly unknown[] {
  return Array.isArray(found) ? found : found === undefined ? [] : [found];
}
