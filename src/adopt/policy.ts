/**
 * Turns a key policy as AWS has it into what a spec says: JSON text goes in, plain data comes out; nothing for the policy that
 * AWS gives every key.
 */

interface JsonStatement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: Principals;
  readonly NotPrincipal?: Principals;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

type Principals = string | Readonly<Record<string, string | readonly string[]>>;

/** The policy of a spec; `undefined` for AWS's default policy, and for a text that is no policy. */
export function policyOf(json: unknown): object | undefined {
  if (typeof json !== "string" || json === "") return undefined;
  let document: { readonly Statement?: JsonStatement | readonly JsonStatement[] };
  try {
    document = JSON.parse(json);
  } catch {
    return undefined;
  }
  const statements = [document.Statement ?? []].flat() as readonly JsonStatement[];
  if (statements.length === 0 || statements.every(isDefault) || unsayable(json) !== undefined) return undefined;
  return { account: false, services: [], statements: statements.map(statementOf) };
}

/** Why a spec cannot say a policy; `undefined` where it can. */
export function unsayable(json: unknown): string | undefined {
  if (typeof json !== "string" || json === "") return undefined;
  let document: { readonly Statement?: JsonStatement | readonly JsonStatement[] };
  try {
    document = JSON.parse(json);
  } catch {
    return "it is no JSON";
  }
  const statements = [document.Statement ?? []].flat() as readonly JsonStatement[];
  for (const statement of statements) {
    const other = Object.keys(statement).find((name) => !ELEMENTS.has(name));
    if (other !== undefined) return `a statement has the element ${other}`;
    if (list(statement.Resource).join() !== "*") return "a statement is about other resources than *";
  }
  return undefined;
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

/** The one statement of the policy that AWS gives a key (AWS KMS Developer Guide, "Default key policy"). */
function isDefault({ Effect, Principal, Action, Condition }: JsonStatement): boolean {
  if (Effect !== "Allow" || Condition !== undefined || list(Action).join() !== "kms:*") return false;
  const [[type, names] = ["", []], ...others] = principals(Principal);
  return others.length === 0 && type === "AWS" && names.length === 1 && /^arn:[^:]+:iam::\d{12}:root$/.test(names[0]!);
}

function statementOf(statement: JsonStatement): object {
  const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Condition = {} } = statement;
  const conditions = Object.entries(Condition).flatMap(([test, variables]) =>
    Object.entries(variables).map(([variable, values]) => ({ test, variable, values: list(values).map(String) })),
  );
  return {
    ...(Sid ? { sid: Sid } : {}),
    ...(Effect === "Deny" ? { effect: "Deny" } : {}),
    ...(Principal === undefined ? {} : { principals: Object.fromEntries(principals(Principal)) }),
    ...(NotPrincipal === undefined ? {} : { not_principals: Object.fromEntries(principals(NotPrincipal)) }),
    ...(Action === undefined ? {} : { actions: list(Action) }),
    ...(NotAction === undefined ? {} : { not_actions: list(NotAction) }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** `"*"` and `{ "AWS": "*" }` are the same to AWS. */
function principals(given: Principals | undefined): readonly (readonly [type: string, names: readonly string[]])[] {
  if (typeof given === "string") return [["AWS", [given]]];
  return Object.entries(given ?? {}).map(([type, names]) => [type, list(names)] as const);
}

/** As a list, in which no brace is one of a placeholder. */
function list(given: string | readonly string[] | undefined): readonly string[] {
  const all = given === undefined ? [] : typeof given === "string" ? [given] : given;
  return all.map((one) => String(one).replace(/[{}]/g, "$&$&"));
}
