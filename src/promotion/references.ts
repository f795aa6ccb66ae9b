/**
 * Finds where files of the user's own refer to what a promotion gives another address, or takes out of the files for a while:
 * files and addresses go in, places come out. Terraform would not even validate such files.
 */

import { keyName, keyPlaces, keyType, type Names } from "../spec/names.ts";
import type { TerraformFile } from "../terraform/declared.ts";
import type { Start } from "./start.ts";

/** A reference that would break. */
export interface Reference {
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly address: string;
  /** The address that is meant from then on; nothing where nothing is declared. */
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

const ADDRESS = /(?<![\w.-])aws_(?:kms_[a-z_]*key|secretsmanager_secret[a-z_]*)\.[\w-]+/g;

/** The references in the files, but for comments and for blocks that speak of former addresses. */
export function referencesIn(
  files: readonly TerraformFile[],
  changed: ReadonlyMap<string, string | undefined>,
): readonly Reference[] {
  return files.flatMap(({ path, text }) => {
    let isAboutFormer = false;
    return text.split("\n").flatMap((line, index) => {
      if (/^(moved|removed)\s*\{/.test(line)) isAboutFormer = true;
      else if (/^\}/.test(line)) isAboutFormer = false;
      if (isAboutFormer || /^\s*(#|\/\/)/.test(line)) return [];
      return [...line.matchAll(ADDRESS)].flatMap(({ index: column, 0: address }): Reference[] =>
        changed.has(address)
          ? [{ file: path, line: index + 1, column: column + 1, address, becomes: changed.get(address) }]
          : [],
      );
    });
  });
}
