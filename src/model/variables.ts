/** Decides what `variables.tf` declares: the variables that the spec names, and those that hold the values of secrets. */

import type { NamedVariable, Names } from "../spec/names.ts";
import { type Valued, valuedName, valuedNoun, valuedThings, variablesOf } from "../spec/values.ts";
import { type Limits, limitsFor, type Use, usesOfVariables } from "../spec/variables.ts";
import { type Floors, has } from "../spec/versions.ts";
import { atMost, bool, call, every, type Hcl, identifier, list, not, quote, reference, scalar } from "./hcl.ts";

export interface VariableModel {
  readonly name: Hcl;
  readonly description: Hcl;
  readonly type: Hcl;
  readonly defaultValue: Hcl | undefined;
  readonly sensitive: Hcl | undefined;
  readonly ephemeral: Hcl | undefined;
  readonly validation: { readonly condition: Hcl; readonly message: Hcl } | undefined;
}

export function resolveVariables(names: Names, floors: Floors): readonly VariableModel[] {
  const uses = names.variables.length === 0 ? new Map<string, Use[]>() : usesOfVariables(names);
  return [
    ...names.variables
      .filter(({ spec }) => spec.write !== false)
      .map((variable) => declared(variable, uses.get(variable.name) ?? [])),
    ...valueVariables(names, floors),
  ];
}

function declared(variable: NamedVariable, uses: readonly Use[]): VariableModel {
  const { name, spec, type } = variable;
  return {
    name: identifier(name),
    description: quote(spec.description ?? descriptionFrom(uses)),
    type: identifier(type),
    defaultValue: spec.default === undefined ? undefined : scalar(spec.default),
    sensitive: undefined,
    ephemeral: undefined,
    validation: validationOf(variable, uses),
  };
}

/** Uses that a description names; a variable that is everywhere is described well enough by some. */
const NAMED_USES = 3;

function descriptionFrom(uses: readonly Use[]): string {
  const things = [...new Set(uses.map(({ text: { what } }) => what))];
  if (things.length === 0) return "Not used yet";
  const rest = things.length - NAMED_USES;
  const names = [...things.slice(0, NAMED_USES), ...(rest > 0 ? [`${rest} more`] : [])];
  return `Part of ${names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`}`;
}

function validationOf(variable: NamedVariable, uses: readonly Use[]): VariableModel["validation"] {
  const { name, spec } = variable;
  const value = reference("var", name);
  if (spec.allowed !== undefined) {
    const allowed = list(spec.allowed.map(scalar))!;
    const message = `It must be one of ${spec.allowed.join(", ")}.`;
    return { condition: call("contains", allowed, value), message: quote(message) };
  }
  const limits = limitsFor(variable, uses);
  if (limits === undefined) return undefined;
  return { condition: every(...conditionsOf(value, limits)), message: quote(messageOf(limits)) };
}

/** RE2 counts no further (https://github.com/google/re2/wiki/Syntax). */
const MOST_COUNTED = 1000;

function conditionsOf(value: Hcl, { fields, minimum, maximum, reserved }: Limits): readonly Hcl[] {
  const isCounted = maximum <= MOST_COUNTED;
  const times = isCounted ? `{${minimum === maximum ? "" : `${minimum},`}${maximum}}` : minimum === 0 ? "*" : "+";
  const matches = (pattern: string) => call("can", call("regex", quote(pattern), value));
  const patterns = fields.map(({ character }) => `^${character!.source}${times}$`);
  if (fields.length === 0 && minimum === 1) patterns.push("^.");
  const isLimitedApart = maximum !== Number.POSITIVE_INFINITY && !(isCounted && fields.length > 0);
  return [
    ...patterns.map(matches),
    ...(isLimitedApart ? [atMost(call("length", value), maximum)] : []),
    ...reserved.map((start) => not(matches(`^${start}`))),
  ];
}

function messageOf({ fields, minimum, maximum, reserved }: Limits): string {
  const size =
    maximum === Number.POSITIVE_INFINITY
      ? minimum === 0
        ? ""
        : "not be empty"
      : `have ${minimum === maximum ? "" : minimum === 0 ? "at most " : `${minimum} to `}${maximum} characters`;
  const characters = fields.map(({ characters }) => `hold only ${characters}`);
  const starts = reserved.map((start) => `not start with ${start}`);
  const musts = [size, ...characters, ...starts].filter((must) => must !== "");
  return `It must ${musts.length === 1 ? musts[0] : `${musts.slice(0, -1).join(", ")} and ${musts.at(-1)}`}.`;
}

/**
 * The variables that values come from: sensitive, and in neither plan nor state where Terraform can do that; one
 * whose value is kept in the state cannot be ephemeral.
 */
function valueVariables(names: Names, floors: Floors): readonly VariableModel[] {
  const usedBy = new Map<string, Valued[]>();
  for (const valued of valuedThings(names)) {
    for (const { name } of variablesOf(valued)) usedBy.set(name, [...(usedBy.get(name) ?? []), valued]);
  }
  for (const { name } of names.variables) usedBy.delete(name);
  return [...usedBy].map(([name, users]) => {
    const isKept = !has(floors, "writeOnlyValues") || users.some(({ value }) => value?.binary);
    return {
      name: identifier(name),
      description: quote(valueDescription([...new Set(users)])),
      type: identifier("string"),
      defaultValue: undefined,
      sensitive: bool(true),
      ephemeral: isKept ? undefined : bool(true),
      validation: undefined,
    };
  });
}

function valueDescription(users: readonly Valued[]): string {
  const isPart = users.some(({ value }) => value?.json);
  const isBinary = users.some(({ value }) => value?.binary);
  const things = [...new Set(users.map(valuedNoun))].map((noun) => {
    const names = users.filter((user) => valuedNoun(user) === noun).map(valuedName);
    return `the ${noun}${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
  });
  const value = isPart ? "Part of the value" : "Value";
  return `${value} of ${things.join(" and ")}${isBinary ? ", in base64" : ""}`;
}
