/**
 * Finds the texts of a spec in which placeholders are: its names go in, every text that has braces comes out, with what it
 * is and where it is printed. Rules and `variables` both read texts here, so that what is checked is what is generated.
 */

import { type Field, type FieldName, fields } from "./fields.ts";
import { grantsOf, settingPath } from "./keys.ts";
import { keyPlaces, type Names } from "./names.ts";
import { type Path, sortedEntries } from "./path.ts";
import type { Place } from "./places.ts";
import type { TextOrReference } from "./reference.ts";
import { type Regional, regionalKinds, regionalPath } from "./regional.ts";
import type { RegionalKeySpec } from "./schema.ts";
import { filled, type Part, partsOf } from "./text.ts";

/** A text that has braces. */
export interface PlacedText {
  readonly text: string;
  readonly path: Path;
  readonly field: FieldName;
  /** What it is, for messages: `the alias of the key sm`. */
  readonly what: string;
  /** Where it is printed: for each place it is a text of its own. */
  readonly places: readonly Place[];
}

export function* textsOf(names: Names): Iterable<PlacedText> {
  for (const one of allTexts(names)) if (one.text.includes("{") || one.text.includes("}")) yield one;
}

/** What a text says in each of its places, as far as the spec knows. */
export function versionsOf({ text, places }: PlacedText): readonly (readonly Part[])[] {
  const parts = partsOf(text);
  return places.map((place) => filled(parts, place));
}

export function limitsOf({ field }: Pick<PlacedText, "field">): Field {
  return fields[field];
}

function* allTexts(names: Names): Iterable<PlacedText> {
  yield* textsOfProvider(names);
  for (const key of names.keys) {
    const { spec, path } = key;
    const all = keyPlaces(key, names);
    const where = (setting: keyof RegionalKeySpec, own: boolean) =>
      all.filter((place) => settingPath(key, place, setting).length > path.length + 1 === own);
    yield* textsOfKey(spec, { path, what: `the key ${key.id}`, placesOf: (setting) => where(setting, false) });
    yield* textsOfAliases(spec, { path, what: `the key ${key.id}`, places: where("aliases", false) });
    for (const [name, { to, retiring }] of grantsOf(key)) {
      const at = [...path, "grants", name];
      const what = `the grant ${name} of the key ${key.id}`;
      for (const [setting, text] of Object.entries({ to, retiring })) {
        if (typeof text !== "string") continue;
        yield { text, path: [...at, setting], field: "principal", what, places: all };
      }
    }
    for (const [region, own] of sortedEntries(spec.by_region ?? {})) {
      const places = all.filter((place) => place.region === region);
      const owner = { path: [...path, "by_region", region], what: `the key ${key.id} in ${region}`, places };
      yield* textsOfKey(own, { ...owner, placesOf: () => places });
      yield* textsOfAliases(own, owner);
    }
  }
  for (const { id, spec, path, replicas } of names.existing) {
    if (typeof spec.existing !== "object") continue;
    const at = { path: [...path, "existing", "alias"], places: [names.primary, ...replicas] };
    yield { text: spec.existing.alias, ...at, field: "alias", what: `the alias of the key ${id}` };
  }
  for (const one of names.regional) yield* textsOfRegional(one);
  const places = [names.home];
  for (const { id, spec, path } of names.secrets) {
    const what = `the secret ${id}`;
    const texts: readonly (readonly [FieldName, string | undefined, key: string])[] = [
      ["secretName", spec.name, "name"],
      ["secretNamePrefix", spec.name_prefix, "name_prefix"],
      ["secretDescription", spec.description, "description"],
    ];
    for (const [field, text, key] of texts) {
      if (text === undefined) continue;
      yield { text, path: [...path, key], field, what: `the ${key.replace("_", " ")} of ${what}`, places };
    }
    yield* textsOfTags(spec.tags, { path: [...path, "tags"], what, places });
    const lambda = spec.rotation?.lambda_arn;
    if (typeof lambda === "string") {
      const at = { path: [...path, "rotation", "lambda_arn"], places: [names.secretsPlace] };
      yield { text: lambda, ...at, field: "lambdaArn", what: `the rotation of ${what}` };
    }
    const policy = { path: [...path, "policy"], what: `the policy of ${what}`, places: [names.secretsPlace] };
    yield* textsOfPolicy(spec.policy, "secretPolicy", policy);
  }
}

/** The texts of what is in each region by itself, of all regions or of one. */
function* textsOfRegional(one: Regional): Iterable<PlacedText> {
  const { kind, id, spec, places, path } = one;
  const { noun, nameField, descriptionField } = regionalKinds[kind];
  const forms = [
    { own: spec, path, what: `the ${noun} ${id}` },
    ...sortedEntries(spec.by_region ?? {}).map(([region, own]) => {
      return { own, path: [...path, "by_region", region], what: `the ${noun} ${id} in ${region}` };
    }),
  ];
  for (const { own, path: at, what } of forms) {
    const isHere = (setting: string) => (place: Place) =>
      regionalPath(one, place, setting).join("\n") === [...at, setting].join("\n");
    if (typeof own.name === "string") {
      const name = { text: own.name, path: [...at, "name"], field: nameField, what: `the name of ${what}` };
      yield { ...name, places: places.filter(isHere("name")) };
    }
    if (descriptionField !== undefined && own.description !== undefined) {
      const description = { text: own.description, path: [...at, "description"], field: descriptionField };
      yield { ...description, what: `the description of ${what}`, places: places.filter(isHere("description")) };
    }
    yield* textsOfTags(own.tags, { path: [...at, "tags"], what, places: places.filter(isHere("tags")) });
  }
}

function* textsOfAliases({ aliases = [] }: Pick<RegionalKeySpec, "aliases">, owner: Owner): Iterable<PlacedText> {
  for (const [index, { name: text }] of aliases.entries()) {
    const { path, what, places } = owner;
    yield { text, path: [...path, "aliases", index, "name"], field: "alias", what: `an alias of ${what}`, places };
  }
}

/** The texts of what a key has in all regions, or of what it has otherwise in one. */
function* textsOfKey(
  { alias, description, tags, policy }: Omit<RegionalKeySpec, "grants">,
  owner: Pick<Owner, "path" | "what"> & { readonly placesOf: (setting: keyof RegionalKeySpec) => readonly Place[] },
): Iterable<PlacedText> {
  const { path, what, placesOf } = owner;
  if (alias) {
    const at = { path: [...path, "alias", "name"], places: placesOf("alias") };
    yield { text: alias.name, ...at, field: "alias", what: `the alias of ${what}` };
  }
  if (description !== undefined) {
    const at = { path: [...path, "description"], places: placesOf("description") };
    yield { text: description, ...at, field: "keyDescription", what: `the description of ${what}` };
  }
  yield* textsOfTags(tags, { path: [...path, "tags"], what, places: placesOf("tags") });
  const at = { path: [...path, "policy"], places: placesOf("policy") };
  if (policy) yield* textsOfPolicy(policy, "keyPolicy", { ...at, what: `the policy of ${what}` });
}

type Owner = Pick<PlacedText, "path" | "what" | "places">;

function* textsOfProvider({ spec: { provider }, primary, replicas, retired }: Names): Iterable<PlacedText> {
  if (provider === undefined) return;
  const { profile, assume_role, allowed_account_ids, default_tags } = provider;
  const isPlacedByRegion = provider.placement === "region";
  const places = isPlacedByRegion ? [primary] : [primary, ...replicas, ...retired];
  const role = "the role that the providers assume";
  const accounts = "the accounts that the providers may change";
  const settings: readonly (readonly [FieldName, what: string, TextOrReference | undefined, ...Path])[] = [
    ["profile", "the profile of the providers", profile, "profile"],
    ["roleArn", role, assume_role?.role_arn, "assume_role", "role_arn"],
    ["sessionName", role, assume_role?.session_name, "assume_role", "session_name"],
    ["externalId", role, assume_role?.external_id, "assume_role", "external_id"],
    ...(allowed_account_ids ?? []).map((id, at) => ["accountId", accounts, id, "allowed_account_ids", at] as const),
  ];
  for (const [field, what, text, ...path] of settings) {
    if (typeof text === "string") yield { text, path: ["provider", ...path], field, what, places };
  }
  yield* textsOfTags(default_tags, { path: ["provider", "default_tags"], what: "the providers", places });
}

function* textsOfTags(
  tags: Readonly<Record<string, string>> | undefined,
  { path, what, places }: Owner,
): Iterable<PlacedText> {
  for (const [key, text] of sortedEntries(tags ?? {})) {
    yield { text, path: [...path, key], field: "tag", what: `the tag ${key} of ${what}`, places };
  }
}

/** Lists of whoever a policy is about; conditions have a variable, and values that may be anything. */
const PRINCIPALS = new Set(["administrators", "users", "decrypters", "readers", "AWS", "Service", "Federated"]);

/** The texts of a policy, however deep they are in it; ids, actions and operators are none. */
function* textsOfPolicy(
  policy: object | undefined,
  field: "keyPolicy" | "secretPolicy",
  { path, ...owner }: Owner,
): Iterable<PlacedText> {
  for (const [key, below] of Object.entries(policy ?? {})) {
    const at = [...path, Array.isArray(policy) ? Number(key) : key];
    if (typeof below === "object" && below !== null) {
      yield* textsOfPolicy(below, field, { ...owner, path: at });
      continue;
    }
    const list = at.at(-2);
    const isPrincipal = PRINCIPALS.has(String(list));
    const isText = isPrincipal || list === "values" || (key === "variable" && "test" in (policy ?? {}));
    if (isText) yield { ...owner, text: String(below), field: isPrincipal ? "principal" : field, path: at };
  }
}
