/**
 * Decides what the variables of a spec must be like, so that every text that they are in stays one that AWS accepts: its
 * names go in; where each declared variable is used, and within which limits, comes out.
 */

import { type Field, notAllowedIn } from "./fields.ts";
import type { NamedVariable, Names } from "./names.ts";
import { fixedLength, isOpen, type Part, partsOf, variableIn } from "./text.ts";
import { limitsOf, type PlacedText, textsOf, versionsOf } from "./texts.ts";
import { valuedNoun, valuedThings, variablesOf } from "./values.ts";

/** A text that a variable is in. */
export interface Use {
  readonly text: PlacedText;
  /**
   * UTF-16 units that the text has for the variable: what is fixed leaves room, of which all that stands for something and is
   * not known here gets an equal share. Infinite where nothing limits the text.
   */
  readonly room: number;
  /** UTF-16 units that the text needs of the variable. */
  readonly minimum: number;
  /** What the value must not start with here: `alias/aws/` is AWS's own (AWS KMS: CreateAlias). */
  readonly reserved: string | undefined;
}

/** What the values of a variable must be like, so that every text they are in is one that AWS accepts. */
export interface Limits {
  /** The fields whose characters alone are allowed; none of them holds all characters of another. */
  readonly fields: readonly Field[];
  /** UTF-16 units. */
  readonly minimum: number;
  readonly maximum: number;
  /** What a value must not start with. */
  readonly reserved: readonly string[];
}

/** The texts in which each variable is, by its name, declared or not. */
export function usesOfVariables(names: Names): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>();
  for (const text of [...textsOf(names), ...valuesFrom(names)]) {
    const variables = new Set(
      partsOf(text.text).flatMap((part) => (typeof part === "object" ? (variableIn(part.placeholder) ?? []) : [])),
    );
    if (variables.size === 0) continue;
    const room = roomIn(text);
    for (const name of variables) {
      const use = { text, room, minimum: minimumIn(text, room), reserved: reservedStart(text, name) };
      uses.set(name, [...(uses.get(name) ?? []), use]);
    }
  }
  return uses;
}

/** The parts of values that come from variables which the spec declares, as texts of nothing but the variable. */
function* valuesFrom(names: Names): Iterable<PlacedText> {
  if (names.variables.length === 0) return;
  const declared = new Set(names.variables.map(({ name }) => name));
  for (const valued of valuedThings(names)) {
    for (const { name, path } of variablesOf(valued)) {
      const what = `the value of the ${valuedNoun(valued)} ${valued.id}`;
      if (declared.has(name)) yield { text: `{var.${name}}`, path, field: "secretValue", what, places: [] };
    }
  }
}

/** The room that a text has for each thing in it that is not known here, in the place where it is least. */
export function roomIn(text: PlacedText): number {
  const { maximum = Number.POSITIVE_INFINITY } = limitsOf(text);
  return Math.min(...versionsOf(text).map((parts) => share(parts, maximum)));
}

function share(parts: readonly Part[], maximum: number): number {
  const open = parts.filter((part) => typeof part === "object" && isOpen(part.placeholder)).length;
  return Math.floor((maximum - fixedLength(parts)) / Math.max(1, open));
}

function minimumIn(text: PlacedText, room: number): number {
  const { isExact, mayBeEmpty } = limitsOf(text);
  const isAlone = partsOf(text.text).filter((part) => typeof part === "object").length === 1;
  return isExact && isAlone ? room : mayBeEmpty ? 0 : 1;
}

/** The limits of a variable; `undefined` where any value of its type will do. */
export function limitsFor({ type }: NamedVariable, uses: readonly Use[]): Limits | undefined {
  // True and false are short words of letters, which have a place everywhere.
  if (type === "bool") return undefined;
  const used = uses.map(({ text }) => limitsOf(text)).filter((field) => !takesAll(field, type));
  const sets = new Map(used.map((field) => [field.characters, field]));
  const limits: Limits = {
    fields: [...sets.values()].filter((field) => ![...sets.values()].some((other) => isWithin(other, field))),
    minimum: Math.max(0, ...uses.map(({ minimum }) => minimum)),
    maximum: Math.min(...uses.map(({ room }) => room)),
    reserved: [...new Set(uses.flatMap(({ reserved }) => reserved ?? []))],
  };
  if (type === "number" && limits.fields.length === 0) return undefined;
  const isFree = limits.fields.length === 0 && limits.minimum === 0 && limits.maximum === Number.POSITIVE_INFINITY;
  return isFree ? undefined : limits;
}

/** Whether a field takes every value of a type: Terraform writes numbers as 1.5e+30 at worst. */
function takesAll(field: Field, type: "string" | "number"): boolean {
  return field.character === undefined || (type === "number" && notAllowedIn(field, "-+.e0123456789").length === 0);
}

/** Whether a field has fewer characters than another one, all of which the other has too. */
function isWithin(narrow: Field, wide: Field): boolean {
  const has = ({ character }: Field, one: string) => character?.test(one) ?? true;
  // Latin-1, and a letter beyond it: the sets of the fields differ there if anywhere.
  const samples = [...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)), "\u0100"];
  return (
    samples.every((one) => !has(narrow, one) || has(wide, one)) &&
    samples.some((one) => !has(narrow, one) && has(wide, one))
  );
}

/** What would make an alias one of AWS's own, where it starts with the variable. */
function reservedStart({ field, text }: PlacedText, variable: string): string | undefined {
  const [start, next] = partsOf(text);
  if (field !== "alias" || typeof start !== "string" || typeof next !== "object") return undefined;
  const isFirst = variableIn(next.placeholder) === variable;
  return isFirst && RESERVED.startsWith(start) ? RESERVED.slice(start.length) : undefined;
}

const RESERVED = "alias/aws/";
