/**
 * Compares what a spec's policy says with the policy that AWS has, by meaning: statements and JSON go in, differences in words
 * come out. The order of statements, actions and values, lists of one, the case of actions, and the ways to name an account
 * make no difference.
 */

import { isMap } from "../spec/json.ts";
import type { Place } from "../spec/places.ts";
import type { Statement } from "../spec/policy.ts";
import { type Reference, textsAmong } from "../spec/reference.ts";
import type { WholePolicy } from "../spec/statements.ts";
import { type Facts, textIn } from "./facts.ts";

/** A statement as sets of words; equal statements have equal words. */
interface Meaning {
  readonly sid: string | undefined;
  readonly effect: string;
  /** By what they are: `Principal`, `NotPrincipal`, `Action`, `NotAction`, `Resource`, `NotResource`, `Condition`. */
  readonly parts: ReadonlyMap<string, ReadonlySet<string>>;
}

type At = Pick<Place, "region" | "label">;

/** The statements of AWS's default key policy (AWS KMS Developer Guide, Default key policy). */
const DEFAULT_KEY_POLICY: readonly Statement[] = [
  {
    sid: undefined,
    effect: "Allow",
    principals: [["AWS", ["arn:{partition}:iam::{account}:root"]]],
    notPrincipals: [],
    actions: ["kms:*"],
    notActions: [],
    conditions: [],
  },
];

/**
 * What the policy of a resource in a region has otherwise than the spec says, in words; empty where they mean the same. Where
 * the spec's policy is not all known, what AWS has more is not otherwise.
 */
export function policyDifferences(
  { statements, isKnown }: WholePolicy,
  found: string,
  place: At,
  facts: Facts,
): readonly string[] {
  const left = meaningsIn(found);
  if (left === undefined) return ["it is not JSON"];
  const wanted = statements.map((statement) => meaningOf(statement, place, facts));
  const unmatched = wanted.filter((meaning) => !take(left, (other) => isSame(meaning, other)));
  const differences = unmatched.map((meaning, index) => {
    // A statement of the same name is the one that is meant; a single one without a name as well.
    const isLast = index === unmatched.length - 1 && left.length === 1;
    const other = take(left, ({ sid }) => sid === meaning.sid && (sid !== undefined || isLast));
    return other === undefined ? `${nameOf(meaning)} is missing` : `${nameOf(meaning)}: ${changesIn(meaning, other)}`;
  });
  const more = isKnown ? left : [];
  return [...differences, ...more.map((meaning) => `${nameOf(meaning)} is not in the spec`)];
}

/** Whether a key has the policy that AWS gives to keys without one. */
export function isDefaultPolicy(found: string, place: At, facts: Facts): boolean {
  const left = meaningsIn(found) ?? [];
  const statements = DEFAULT_KEY_POLICY.map((statement) => ({ ...statement, sid: left[0]?.sid }));
  return policyDifferences({ statements, isKnown: true }, found, place, facts).length === 0;
}

/** Removes the first that fits, and returns it. */
function take(meanings: Meaning[], fits: (meaning: Meaning) => boolean): Meaning | undefined {
  const index = meanings.findIndex(fits);
  return index === -1 ? undefined : meanings.splice(index, 1)[0];
}

function isSame(one: Meaning, other: Meaning): boolean {
  return one.sid === other.sid && changesIn(one, other) === "";
}

/** `Action + kms:encrypt - kms:decrypt`: what AWS has more, and less, than the spec says. */
function changesIn(wanted: Meaning, found: Meaning): string {
  const changes = [...new Set([...wanted.parts.keys(), ...found.parts.keys()])].flatMap((part) => {
    const [before, after] = [wanted, found].map(({ parts }) => parts.get(part) ?? new Set<string>());
    const unknown = [...before!].filter(isUnknown).length;
    // Each thing that only Terraform knows is one of those that AWS has besides.
    const besides = [...after!].filter((word) => !before!.has(word));
    const more = besides.slice(unknown).map((word) => `+ ${word}`);
    const less = [...before!].filter((word) => !after!.has(word) && !isUnknown(word)).map((word) => `- ${word}`);
    return more.length + less.length === 0 ? [] : `${part} ${[...more, ...less].join(" ")}`;
  });
  if (wanted.effect !== found.effect) changes.unshift(`${found.effect} instead of ${wanted.effect}`);
  return changes.join("; ");
}

function nameOf({ sid, effect, parts }: Meaning): string {
  if (sid !== undefined) return `statement ${JSON.stringify(sid)}`;
  const actions = [...(parts.get("Action") ?? parts.get("NotAction") ?? [])].slice(0, 3).join(", ");
  return `the statement without a Sid (${effect} ${actions})`;
}

function meaningOf(statement: Statement, place: At, facts: Facts): Meaning {
  const { sid, effect, principals, notPrincipals, actions, notActions, conditions } = statement;
  // What others wrote is taken as it is. Where AWS fills something in, the provider writes it as AWS does, but not in the names
  // of condition keys (seen of 5.100).
  const isOwn = !("place" in statement);
  const fill = (text: string) => (isOwn ? textIn(text, place, facts).replaceAll("&{", "${") : text);
  const words = (list: typeof principals) =>
    list.flatMap(([type, identifiers]) =>
      identifiers.map((one) => (typeof one === "string" ? principalWord(type, fill(one)) : unknownWord(one))),
    );
  return meaning(sid, effect, {
    Principal: words(principals),
    NotPrincipal: words(notPrincipals),
    Action: actions.map(actionWord),
    NotAction: notActions.map(actionWord),
    Resource: ["*"],
    Condition: conditions.map(({ test, variable, values }) => {
      const texts = textsAmong(values);
      const reference = values.find((value) => typeof value === "object");
      return reference === undefined
        ? conditionWord(test, isOwn ? textIn(variable, place, facts) : variable, texts.map(fill))
        : unknownWord(reference);
    }),
  });
}

/** What stands for a reference, which only Terraform knows. */
function unknownWord({ ref }: Reference): string {
  return `{${ref}}`;
}

function isUnknown(word: string): boolean {
  return word.startsWith("{") && word.endsWith("}");
}

/** `undefined` where the text is no policy. */
function meaningsIn(text: string): Meaning[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isMap(document)) return undefined;
  return listOf(document.Statement).filter(isMap).map(meaningIn);
}

function meaningIn(statement: Readonly<Record<string, unknown>>): Meaning {
  const principals = (value: unknown) =>
    isMap(value)
      ? Object.entries(value).flatMap(([type, identifiers]) =>
          textsOf(identifiers).map((one) => principalWord(type, one)),
        )
      : textsOf(value).map((one) => principalWord("AWS", one));
  const conditions = isMap(statement.Condition)
    ? Object.entries(statement.Condition).flatMap(([test, keys]) =>
        Object.entries(isMap(keys) ? keys : {}).map(([variable, values]) =>
          conditionWord(test, variable, textsOf(values)),
        ),
      )
    : [];
  return meaning(
    typeof statement.Sid === "string" && statement.Sid !== "" ? statement.Sid : undefined,
    String(statement.Effect),
    {
      Principal: principals(statement.Principal),
      NotPrincipal: principals(statement.NotPrincipal),
      Action: textsOf(statement.Action).map(actionWord),
      NotAction: textsOf(statement.NotAction).map(actionWord),
      Resource: textsOf(statement.Resource),
      NotResource: textsOf(statement.NotResource),
      Condition: conditions,
    },
  );
}

function meaning(sid: string | undefined, effect: string, parts: Readonly<Record<string, readonly string[]>>): Meaning {
  const given = Object.entries(parts).filter(([, words]) => words.length > 0);
  return { sid, effect, parts: new Map(given.map(([part, words]) => [part, new Set(words)])) };
}

/** An account may be named by its number or by its root; everyone with or without a type (IAM User Guide, Principal). */
function principalWord(type: string, identifier: string): string {
  const account = type === "AWS" ? /^arn:[\w-]+:iam::(\d{12}):root$/.exec(identifier)?.[1] : undefined;
  return `${type}:${account ?? identifier}`;
}

/** Actions have no case (IAM User Guide, Action). */
function actionWord(action: string): string {
  return action.toLowerCase();
}

/** Keys of conditions have no case, and any of the values may match (IAM User Guide, Condition). */
function conditionWord(test: string, variable: string, values: readonly string[]): string {
  return `${test} ${variable.toLowerCase()} ${[...new Set(values)].sort().join(" | ")}`;
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** AWS writes true and numbers bare or as texts. */
function textsOf(value: unknown): readonly string[] {
  return listOf(value).map(String);
}
