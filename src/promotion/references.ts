/**
 * Finds where files of the user's own refer to what a promotion gives another address, or takes out of the files for a while:
 * files and addresses go in, places come out. Terraform would not even validate such files.
 */

import { keyName, keyType } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { TerraformFile } from "../terraform/declared.ts";
import { HclError } from "../terraform/reader.ts";
import { type PlacedReference, referencesOf } from "../terraform/references.ts";
import type { Start } from "./start.ts";

/** A reference that would break, with the address that is meant from then on; nothing where nothing is declared. */
export interface Reference extends PlacedReference {
  readonly becomes: string | undefined;
}

/** The addresses that change by the first step, with those that follow them. */
export function changedAddresses(
  { to, movesKeys, movesSecrets, firstStep }: Start,
  named: Names,
): ReadonlyMap<string, string | undefined> {
  const changed = new Map<string, string | undefined>();
  for (const key of movesKeys ? named.keys : []) {
    for (const place of keyPlaces(key, named)) {
      if (!place.isPrimary && place.region !== to) continue;
      const name = keyName(place, key);
      changed.set(`${keyType(place, key)}.${name}`, `${keyType({ isPrimary: !place.isPrimary }, key)}.${name}`);
    }
  }
  const gone = firstStep === "detach" ? ["", "_version", "_rotation", "_policy"] : ["_version"];
  for (const { id } of movesSecrets ? named.secrets : []) {
    for (const part of gone) changed.set(`aws_secretsmanager_secret${part}.${id}`, undefined);
  }
  return changed;
}

/** The references in the files; what is no Terraform refers to nothing. */
export function brokenReferences(
  files: readonly TerraformFile[],
  changed: ReadonlyMap<string, string | undefined>,
): readonly Reference[] {
  return files.flatMap((file) => {
    try {
      return [...referencesOf([file])].flatMap((reference): Reference[] =>
        changed.has(reference.address) ? [{ ...reference, becomes: changed.get(reference.address) }] : [],
      );
    } catch (error) {
      if (error instanceof HclError) return [];
      throw error;
    }
  });
}
