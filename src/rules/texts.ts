/** What must hold about placeholders, the variables that they stand for, and the names that they are part of. */

import { notAllowedIn } from "../spec/fields.ts";
import { aliasIn } from "../spec/keys.ts";
import { keyPlaces, type NamedVariable, type Names, nameIn } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { nameParts, regionalKinds, regionalPath } from "../spec/regional.ts";
import { nearest } from "../spec/suggest.ts";
import { PLACEHOLDERS, partsOf, placeholdersIn, shown, unknownWordsIn, variableIn } from "../spec/text.ts";
import { limitsOf, type PlacedText, textsOf } from "../spec/texts.ts";
import { roomIn, type Use, usesOfVariables } from "../spec/variables.ts";
import { type Candidate, possiblyEqual } from "./equality.ts";
import { type Finding, few, type Rule } from "./rule.ts";
import { RESERVED_VARIABLES, reservedVariable } from "./values.ts";

export const textRules = (): readonly Rule[] => [
  { code: "unknown-placeholder", check: unknownPlaceholder },
  { code: "unknown-variable", check: unknownVariable },
  { code: "placeholder-not-here", check: placeholderNotHere },
  { code: "text-too-long", check: textTooLong },
  { code: "bad-variable-value", check: badVariableValue },
  { code: "unused-variable", check: unusedVariable },
  { code: "reserved-variable-name", check: reservedName },
  { code: "duplicate-variable", check: duplicateVariable },
  { code: "names-may-be-equal", check: namesMayBeEqual },
];

/** Braces around a word that is not a placeholder stay as they are, which is hardly ever meant, and not allowed in names. */
function* unknownPlaceholder(names: Names): Iterable<Finding> {
  const known = [...PLACEHOLDERS, ...names.variables.map(({ name }) => `var.${name}`)];
  for (const text of textsOf(names)) {
    const [written] = unknownWordsIn(text.text);
    if (written === undefined) continue;
    const word = written.replace(/^[$&]?\{(terraform\.)?|\}$/g, "");
    const meant = known.find((one) => one === word || one === `var.${word}`) ?? nearest(word, known);
    const instead =
      meant === undefined ? `There are ${few(known.map(inBraces), ", ")}.` : `Did you mean ${inBraces(meant)}?`;
    if (/^[$&]/.test(written)) {
      const message = limitsOf(text).isInPolicy
        ? `${written} is no variable that AWS knows, those have a colon in them`
        : `${written} stays as it is: placeholders have no ${written.charAt(0)} in front`;
      if (limitsOf(text).isInPolicy || meant !== undefined) {
        yield { path: text.path, severity: "warning", message, hint: instead };
      }
    } else if (mayHoldBraces(text)) {
      const message = `${written} is not a placeholder, so it stays as it is`;
      const hint = `${instead} Write {${written}} if it is meant as it is.`;
      yield { path: text.path, severity: "warning", message, hint };
    } else yield { path: text.path, message: `${written} is not a placeholder`, hint: instead };
  }
}

function inBraces(word: string): string {
  return `{${word}}`;
}

function mayHoldBraces(text: PlacedText): boolean {
  return notAllowedIn(limitsOf(text), "{}").length === 0;
}

function* unknownVariable({ variables, ...names }: Names): Iterable<Finding> {
  const declared = variables.map(({ name }) => name);
  for (const { text, path } of textsOf({ variables, ...names })) {
    for (const placeholder of placeholdersIn([text])) {
      const name = variableIn(placeholder);
      if (name === undefined || declared.includes(name)) continue;
      const meant = nearest(name, declared);
      const hint =
        meant === undefined
          ? `Declare it: variables: { ${name}: ~ }; with { write: false } if another file does.`
          : `Did you mean {var.${meant}}?`;
      yield { path, message: `there is no variable ${name} in this spec`, hint };
    }
  }
}

/** The account and what follows from it are read by data sources, which the providers that read them cannot wait for. */
const IN_POLICIES = ["account", "partition", "dns_suffix"] as const;

function* placeholderNotHere(names: Names): Iterable<Finding> {
  for (const text of textsOf(names)) {
    if (limitsOf(text).isInPolicy) continue;
    const found = placeholdersIn([text.text]);
    for (const placeholder of IN_POLICIES) {
      if (!found.has(placeholder)) continue;
      const message = `{${placeholder}} is a placeholder in policies only`;
      yield { path: text.path, message, hint: "Use a variable, such as {var.account_id}, or write the text itself." };
    }
  }
}

/** What is fixed in a text must leave room for what is not. */
function* textTooLong(names: Names): Iterable<Finding> {
  for (const text of textsOf(names)) {
    const { maximum, mayBeEmpty } = limitsOf(text);
    const open = partsOf(text.text).some((part) => typeof part === "object");
    const room = roomIn(text);
    // Aliases that say their region have a rule of their own.
    if (maximum === undefined || !open || text.field === "alias" || room >= (mayBeEmpty ? 0 : 1)) continue;
    const message = `${text.what} is too long: at most ${maximum} characters are allowed, with all that is in braces`;
    yield { path: text.path, message, hint: "Shorten it." };
  }
}

function* badVariableValue(names: Names): Iterable<Finding> {
  const uses = usesOfVariables(names);
  for (const variable of names.variables) {
    const { spec, path } = variable;
    const values = [
      ...(spec.default === undefined ? [] : [{ value: spec.default, path: [...path, "default"] }]),
      ...(spec.allowed ?? []).map((value, index) => ({ value, path: [...path, "allowed", index] })),
    ];
    for (const { value, path: at } of values) {
      const finding = wrongValue(variable, value, uses.get(variable.name) ?? []);
      if (finding !== undefined) yield { path: at, ...finding };
    }
    if (spec.default !== undefined && spec.allowed !== undefined && !spec.allowed.includes(spec.default)) {
      const message = `the default ${JSON.stringify(spec.default)} is not one of the allowed values`;
      yield { path: [...path, "default"], message, hint: `Allowed are ${few(spec.allowed.map(String), ", ")}.` };
    }
  }
}

function wrongValue(
  { type }: NamedVariable,
  value: string | number | boolean,
  uses: readonly Use[],
): Pick<Finding, "message" | "hint"> | undefined {
  const found = typeof value === "boolean" ? "bool" : typeof value;
  if (found !== type) {
    const hint = type === "string" ? "Put it in quotes." : `Write a ${type}, or another type.`;
    return { message: `${JSON.stringify(value)} is a ${found}, the variable is a ${type}`, hint };
  }
  const text = String(value);
  for (const { room, minimum, reserved, text: within } of uses) {
    const field = limitsOf(within);
    if (text.length < minimum || text.length > room) {
      const needed = minimum === room ? `exactly ${room}` : `${minimum} to ${room}`;
      const message = `${JSON.stringify(value)} has ${text.length} characters; ${needed} fit into ${within.what}`;
      return { message, hint: "Choose another value, or change what is around the variable." };
    }
    if (notAllowedIn(field, text).length > 0) {
      const message = `${JSON.stringify(value)} cannot be part of ${within.what}`;
      return { message, hint: `Allowed there are ${field.characters}.` };
    }
    if (reserved !== undefined && text.startsWith(reserved)) {
      return { message: "aliases that start with aws/ are reserved for AWS", hint: "Choose another value." };
    }
  }
  return undefined;
}

/** Terraform takes a variable that nothing reads, and its users still have to give it a value. */
function* unusedVariable(names: Names): Iterable<Finding> {
  const used = usesOfVariables(names);
  for (const { name, path } of names.variables) {
    if (used.has(name)) continue;
    const hint = `Write {var.${name}} where it belongs, or take it out.`;
    yield { path, part: "key", severity: "warning", message: `nothing uses the variable ${name}`, hint };
  }
}

function* reservedName({ variables }: Names): Iterable<Finding> {
  for (const { name, path } of variables) {
    if (RESERVED_VARIABLES.has(name)) yield { path, part: "key", ...reservedVariable(name) };
  }
}

/** What the spec declares is neither sensitive nor ephemeral. */
function* duplicateVariable({ variables, secrets }: Names): Iterable<Finding> {
  const declared = new Set(variables.map(({ name }) => name));
  for (const { id, value, path } of secrets) {
    if (value?.variable === undefined || !declared.has(value.variable)) continue;
    const message = `the variable ${value.variable} is declared under variables, where the value of ${id} would not be secret`;
    const hint = "Take it out there: the variable of a secret's value is declared by itself, as a sensitive one.";
    yield { path: [...path, "value"], message, hint };
  }
}

/** One of thousands of names may be equal to all others: each is reported once, and no more than these. */
const MOST_FINDINGS = 100;

/** A variable or the workspace may make two names one, which AWS refuses when the second is created. */
function* namesMayBeEqual(names: Names): Iterable<Finding> {
  const reported = new Set<string>();
  for (const group of namesByKind(names)) {
    for (const [one, other] of possiblyEqual(group, names.variables)) {
      const path = other.path.join("\n");
      if (reported.has(path) || reported.size === MOST_FINDINGS) continue;
      reported.add(path);
      const message = `the ${other.kind} ${other.name} may be the same as ${one.name}, the ${one.kind} of ${one.id}`;
      yield { path: other.path, message, hint: "Let what is fixed in them differ, or say which values are allowed." };
    }
  }
}

interface NameOwner {
  readonly kind: "alias" | "name";
  readonly name: string;
  readonly id: string;
  readonly path: Path;
}

/** The names that must differ from each other: the aliases of each region, those of the secrets, and of log groups in a region. */
function* namesByKind(names: Names): Iterable<readonly Candidate<NameOwner>[]> {
  const aliases = new Map<string, Candidate<NameOwner>[]>();
  for (const key of names.keys) {
    for (const place of keyPlaces(key, names)) {
      const inRegion = aliases.get(place.region) ?? [];
      aliases.set(place.region, inRegion);
      for (const alias of key.inRegion(place).aliases) {
        const parts = aliasIn(place, alias);
        inRegion.push({ parts, owner: { kind: "alias", name: shown(parts), id: key.id, path: alias.path } });
      }
    }
  }
  yield* aliases.values();
  const regional = new Map<string, Candidate<NameOwner>[]>();
  for (const one of names.regional) {
    for (const place of one.places) {
      const group = `${one.kind} ${regionalKinds[one.kind].isGlobal ? "" : place.region}`;
      const parts = nameParts(one, place);
      if (parts === undefined) continue;
      const owner = { kind: "name" as const, name: shown(parts), id: one.id, path: regionalPath(one, place, "name") };
      regional.set(group, [...(regional.get(group) ?? []), { parts, owner }]);
    }
  }
  yield* regional.values();
  // Terraform ends a prefix with what is never the same.
  const named = names.secrets.filter(({ isNamePrefix }) => !isNamePrefix);
  yield named.map((secret) => {
    const parts = nameIn(names, secret);
    return { parts, owner: { kind: "name", name: shown(parts), id: secret.id, path: [...secret.path, "name"] } };
  });
}
