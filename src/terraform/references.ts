/** Finds what Terraform files refer to: texts go in, addresses with their places come out. It evaluates nothing. */

import type { TerraformFile } from "./declared.ts";
import { type Body, readTerraform } from "./reader.ts";
import { referencesIn } from "./values.ts";

/** A reference to something that is declared elsewhere. */
export interface PlacedReference {
  /** `TYPE.NAME`, `data.TYPE.NAME`, `ephemeral.TYPE.NAME`, `var.NAME`, `local.NAME`, or `aws.ALIAS`. */
  readonly address: string;
  /** The file, as the user knows it. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** References in a text. */
const ADDRESS = /\b(?:(?:data|ephemeral)\.)?aws_\w+\.[\w-]+|\b(?:aws|var|local)\.[\w-]+/g;
/** What has a type behind it, and a name behind that. */
const OF_TYPES: ReadonlySet<string> = new Set(["data", "ephemeral"]);

/** Blocks that speak of former addresses on purpose. */
const OF_CHANGES: ReadonlySet<string> = new Set(["moved", "removed"]);

/**
 * The references in files, but for what is said about changes. Files in JSON are looked through as text.
 * @throws {HclError} when one is no Terraform
 */
export function* referencesOf(files: readonly TerraformFile[]): Iterable<PlacedReference> {
  for (const { path, text } of files) {
    const place = (offset: number) => {
      const before = text.slice(0, offset);
      return { path, line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
    };
    if (path.endsWith(".json")) {
      for (const { index, 0: address } of text.matchAll(ADDRESS)) {
        yield { address, ...place(index) };
      }
      continue;
    }
    for (const { type, body } of readTerraform(text).blocks) {
      if (OF_CHANGES.has(type)) continue;
      for (const { names, start } of referencesInBody(body)) {
        const address = names.slice(0, OF_TYPES.has(names[0]!) ? 3 : 2).join(".");
        yield { address, ...place(start) };
      }
    }
  }
}

function* referencesInBody({ attributes, blocks }: Body): ReturnType<typeof referencesIn> {
  for (const { expression } of attributes.values()) yield* referencesIn(expression);
  for (const { body } of blocks) yield* referencesInBody(body);
}
