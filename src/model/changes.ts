/**
 * Decides what Terraform must be told about things that changed their name or their role, were there before, or are to be
 * left alone: the `moved`, `import` and `removed` blocks.
 */

import { aliasResource, grantResource, keyName, keyType, type NamedKey } from "../spec/keys.ts";
import { keyIdOf, keyPlaces, type NamedSecret, type Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import type { TextOrReference } from "../spec/reference.ts";
import type { KeySpec } from "../spec/schema.ts";
import { type Floors, has } from "../spec/versions.ts";
import { type Hcl, reference, template } from "./hcl.ts";
import { isPlacedByRegion } from "./places.ts";
import { textIn } from "./texts.ts";

export interface ChangesModel {
  readonly moved: readonly { readonly from: Hcl; readonly to: Hcl }[];
  readonly imports: readonly { readonly to: Hcl; readonly id: Hcl }[];
  readonly removed: readonly { readonly from: Hcl }[];
}

/**
 * What changed about the keys: renamed keys and labels, adopted keys, keys of retired regions that are to be forgotten, keys
 * whose primary is in another region now.
 */
export function resolveKeyChanges(names: Names, floors: Floors): ChangesModel {
  const promotions = names.keys.map((key) => promotionOf(key, names));
  return {
    moved: names.keys.flatMap((key) => keyPlaces(key, names).flatMap((place) => movesOf(key, place))),
    imports: [
      ...names.keys.flatMap((key) => importsOf(key, names)),
      ...(takesImports(names, floors) ? promotions.flatMap(({ imports }) => imports) : []),
    ],
    removed: [
      ...names.retired
        .filter(({ forget }) => forget)
        .flatMap((place) => names.keys.flatMap((key) => removalsOf(key, place))),
      ...promotions.flatMap(({ removed }) => removed),
    ],
  };
}

/** Whether the files may hold `import` blocks: those of a module are its root's to write, before Terraform 1.16. */
function takesImports({ spec }: Names, floors: Floors): boolean {
  return spec.terraform?.module !== true || has(floors, "importInModule");
}

/**
 * A promoted key stays at its two addresses' names and changes its types there, which no `moved` block can do: the former types
 * are forgotten, the new ones are adopted under the id that the key has in every region.
 */
export function promotionOf(key: NamedKey, names: Names): Pick<ChangesModel, "imports" | "removed"> {
  const { primary, promotedFrom } = names;
  const id = keyIdOf(key, names);
  if (promotedFrom === undefined || id === undefined) return { imports: [], removed: [] };
  const changed = [primary, promotedFrom];
  return {
    imports: changed.map((place) => ({
      to: reference(keyType(place, key), keyName(place, key)),
      id: importId(id, place, names),
    })),
    removed: changed.map((place) => ({
      from: reference(keyType({ isPrimary: !place.isPrimary }, key), keyName(place, key)),
    })),
  };
}

/** A key that is renamed in the same step is in the state under its former name, which no other block moves. */
function removalsOf(key: NamedKey, place: Place): ChangesModel["removed"] {
  const { renamed_from: formers = [] } = key.spec;
  const known = [keyName(place, key), ...formers.map((former) => `${place.label}_${former}`)];
  return known.flatMap((name) => addressesOf(key, place, name).map((from) => ({ from })));
}

/** What changed about the secrets: renamed and adopted ones, and those that move to another primary region. */
export function resolveSecretChanges(names: Names, floors: Floors): ChangesModel {
  if (names.secretsStep === "detach") {
    return { moved: [], imports: [], removed: names.secrets.flatMap(addressesOfSecret).map((from) => ({ from })) };
  }
  return {
    moved: names.secrets.flatMap(({ id, spec, value }) => {
      const ids = [...(spec.renamed_from ?? []), id];
      if (ids.length === 1) return [];
      const types = [
        "aws_secretsmanager_secret",
        ...(value === undefined ? [] : ["aws_secretsmanager_secret_version"]),
        ...(spec.rotation ? ["aws_secretsmanager_secret_rotation"] : []),
        ...(spec.policy ? ["aws_secretsmanager_secret_policy"] : []),
      ];
      return stepsOf(ids).flatMap(([from, to]) =>
        types.map((type) => ({ from: reference(type, from), to: reference(type, to) })),
      );
    }),
    imports: names.secrets.flatMap(({ id, spec }) => {
      const to = reference("aws_secretsmanager_secret", id);
      if (spec.import) return [{ to, id: importId(spec.import, names.secretsPlace, names) }];
      if (!isFoundByName(names, floors)) return [];
      const arn = reference("data", "aws_secretsmanager_secret", id, "arn");
      const suffix = importSuffix(names.secretsPlace, names);
      return [{ to, id: suffix === "" ? arn : template([{ expression: arn }, suffix]) }];
    }),
    removed: [],
  };
}

/**
 * Whether the secrets are looked for by their names, for the ARNs to adopt them by: only AWS knows the six characters at the end
 * of them. With a data source no one has to ask for them, least of all in an outage.
 */
export function isFoundByName(names: Names, floors: Floors): boolean {
  return names.secretsStep === "attach" && takesImports(names, floors);
}

/** Everything about a secret that Terraform may know, whatever the spec says of its value today. */
function addressesOfSecret({ id, spec }: NamedSecret): readonly Hcl[] {
  const types = ["secret", "secret_version", ...(spec.rotation ? ["secret_rotation"] : [])];
  return [...types, ...(spec.policy ? ["secret_policy"] : [])].map((type) =>
    reference(`aws_secretsmanager_${type}`, id),
  );
}

function movesOf(key: NamedKey, place: Place): ChangesModel["moved"] {
  return renamesOf(key, place).flatMap(([from, to]) => {
    const froms = addressesOf(key, place, from);
    return addressesOf(key, place, to).map((address, which) => ({ from: froms[which]!, to: address }));
  });
}

/**
 * From the oldest name to the one of today, one step for each name of a renamed thing and then of a renamed label: Terraform allows
 * one source for each target, so several changes must be a chain. Whatever step a state has missed, it takes the rest.
 */
export function renamesOf(
  { id, spec }: { readonly id: string; readonly spec: Pick<KeySpec, "renamed_from"> },
  place: Place,
): readonly (readonly [from: string, to: string])[] {
  const [label, ...labels] = [...place.formerLabels, place.label];
  const ids = [...(spec.renamed_from ?? []), id];
  return stepsOf([...ids.map((one) => `${label}_${one}`), ...labels.map((later) => `${later}_${id}`)]);
}

/** Each name with the one that follows it. */
export function stepsOf(names: readonly string[]): readonly (readonly [from: string, to: string])[] {
  return names.slice(1).map((to, index) => [names[index]!, to]);
}

function importsOf(key: NamedKey, names: Names): ChangesModel["imports"] {
  const wanted = key.spec.import;
  if (!wanted) return [];
  return keyPlaces(key, names).flatMap((place) => [
    { to: reference(keyType(place, key), keyName(place, key)), id: importId(wanted.key_id, place, names) },
    ...(wanted.alias ? key.inRegion(place).aliases : []).map((alias) => ({
      to: reference("aws_kms_alias", aliasResource(place, key, alias)),
      id: importId(alias.pattern, place, names),
    })),
  ]);
}

/**
 * With the `region` argument the id says the region too (guide "Enhanced Region Support" of hashicorp/aws 6), but in the
 * region of the provider itself.
 */
function importSuffix(place: Place, names: Names): string {
  const { provider, terraform } = names.spec;
  const isWritten = names.files.provider !== undefined && !terraform?.module;
  const isItsProvider = names.home.providerAlias !== undefined || provider?.default !== false;
  const isProvidersOwn = place.isHome && isWritten && isItsProvider;
  return isPlacedByRegion(names) && !isProvidersOwn ? `@${place.region}` : "";
}

/** The id by which a thing in a place is adopted; `id` is what AWS calls it. */
export function importId(id: TextOrReference, place: Place, names: Names): Hcl {
  const suffix = importSuffix(place, names);
  if (typeof id === "string") return textIn(id + suffix, place);
  const expression = textIn(id, place);
  return suffix === "" ? expression : template([{ expression }, suffix]);
}

/** The key with its aliases and its grants, under the given name of the key. */
function addressesOf(key: NamedKey, place: Place, name: string): readonly Hcl[] {
  const own = keyName(place, key);
  const under = (resource: string) => name + resource.slice(own.length);
  return [
    reference(keyType(place, key), name),
    ...key.inRegion(place).aliases.map((alias) => reference("aws_kms_alias", under(aliasResource(place, key, alias)))),
    ...key.inRegion(place).grants.map(([grant]) => reference("aws_kms_grant", under(grantResource(place, key, grant)))),
  ];
}
