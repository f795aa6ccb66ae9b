/**
 * Decides what Terraform has to be told about things that changed their name, were there before, or are to be left alone:
 * the `moved`, `import` and `removed` blocks.
 */

import { aliasIn, keyName, keyPlaces, keyType, type NamedKey, type Names, type Place } from "../spec/names.ts";
import { type Hcl, quote, reference } from "./hcl.ts";
import { isPlacedByRegion } from "./places.ts";

export interface ChangesModel {
  readonly moved: readonly { readonly from: Hcl; readonly to: Hcl }[];
  readonly imports: readonly { readonly to: Hcl; readonly id: Hcl }[];
  readonly removed: readonly { readonly from: Hcl }[];
}

/** What changed about the keys: renamed keys and labels, adopted keys, keys of retired regions that are to be forgotten. */
export function resolveKeyChanges(named: Names): ChangesModel {
  return {
    moved: named.keys.flatMap((key) => keyPlaces(key, named).flatMap((place) => movesOf(key, place))),
    imports: named.keys.flatMap((key) => importsOf(key, named)),
    removed: named.retired
      .filter(({ forget }) => forget)
      .flatMap((place) => named.keys.flatMap((key) => removalsOf(key, place))),
  };
}

/** A key that is renamed in the same step is in the state under its former name, which no other block moves. */
function removalsOf(key: NamedKey, place: Place): ChangesModel["removed"] {
  const { renamed_from: former } = key.spec;
  const known = [keyName(place, key), ...(former ? [`${place.label}_${former}`] : [])];
  return known.flatMap((name) => addressesOf(key, place, name).map((from) => ({ from })));
}

/** What changed about the secrets: renamed and adopted ones. */
export function resolveSecretChanges(named: Names): ChangesModel {
  return {
    moved: named.secrets.flatMap(({ id, spec, value }) => {
      const former = spec.renamed_from;
      if (!former) return [];
      const types = [
        "aws_secretsmanager_secret",
        ...(value === undefined ? [] : ["aws_secretsmanager_secret_version"]),
        ...(spec.rotation ? ["aws_secretsmanager_secret_rotation"] : []),
        ...(spec.policy ? ["aws_secretsmanager_secret_policy"] : []),
      ];
      return types.map((type) => ({ from: reference(type, former), to: reference(type, id) }));
    }),
    imports: named.secrets.flatMap(({ id, spec }) =>
      spec.import
        ? [{ to: reference("aws_secretsmanager_secret", id), id: importId(spec.import, named.primary, named) }]
        : [],
    ),
    removed: [],
  };
}

/**
 * From the former name to the one of today, one step for a renamed key and one for a renamed label: Terraform allows one
 * source for each target, so two changes at once have to be a chain.
 */
function movesOf(key: NamedKey, place: Place): ChangesModel["moved"] {
  const label = place.formerLabel ?? place.label;
  const id = key.spec.renamed_from ?? key.id;
  const steps = [`${label}_${id}`, `${label}_${key.id}`, keyName(place, key)].filter(
    (name, index, all) => name !== all[index - 1],
  );
  return steps.slice(1).flatMap((to, index) => {
    const froms = addressesOf(key, place, steps[index]!);
    return addressesOf(key, place, to).map((address, which) => ({ from: froms[which]!, to: address }));
  });
}

function importsOf(key: NamedKey, named: Names): ChangesModel["imports"] {
  const wanted = key.spec.import;
  if (!wanted) return [];
  return keyPlaces(key, named).flatMap((place) => {
    const [resource, alias] = addressesOf(key, place, keyName(place, key));
    const blocks = [{ to: resource!, id: importId(wanted.key_id, place, named) }];
    const aliasName = aliasIn(place, key);
    if (wanted.alias && alias !== undefined && aliasName !== undefined) {
      blocks.push({ to: alias, id: importId(aliasName, place, named) });
    }
    return blocks;
  });
}

/**
 * With the `region` argument the id says the region too (guide "Enhanced Region Support" of hashicorp/aws 6), but in the
 * region of the provider itself.
 */
function importId(id: string, place: Place, named: Names): Hcl {
  const { provider, terraform } = named.spec;
  const isWritten = named.files.provider !== undefined && !terraform?.module;
  const isItsProvider = named.primary.providerAlias !== undefined || provider?.default !== false;
  const isProvidersOwn = place.isPrimary && isWritten && isItsProvider;
  return quote(isPlacedByRegion(named) && !isProvidersOwn ? `${id}@${place.region}` : id);
}

/** The key and, where it has one, its alias, under the given name. */
function addressesOf(key: NamedKey, place: Place, name: string): readonly Hcl[] {
  const resource = reference(keyType(place), name);
  return key.inRegion(place).alias === undefined ? [resource] : [resource, reference("aws_kms_alias", name)];
}
