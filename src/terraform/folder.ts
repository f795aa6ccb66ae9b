/** Reads the Terraform files of a folder that are someone else's: a folder and the names of ours go in, texts come out. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readAtMost } from "../read.ts";
import { type TerraformFile, UnreadableTerraformError } from "./declared.ts";

/** The largest file that is read: a file of Terraform that people write has kilobytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What Terraform reads as configuration: files with a dot in front it ignores. */
const CONFIGURATION = /^[^.].*\.tf(\.json)?$/;

/** Files that change what others declare, and declare nothing of their own. */
const OVERRIDE = /^(.*_)?override\.tf(\.json)?$/;

/**
 * The Terraform files of a folder but for the given ones, in the order of their names. `shown` is the folder as the user knows it.
 * @throws {UnreadableTerraformError} when one cannot be read
 */
export function filesBeside(given: ReadonlySet<string>, folder: string, shown: string): TerraformFile[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    // A folder that is not there yet has nothing in it.
    return [];
  }
  const others = names.filter((name) => CONFIGURATION.test(name) && !OVERRIDE.test(name) && !given.has(name));
  return [...others].sort().map((name) => {
    const path = shown === "" || shown === "." ? name : `${shown}/${name}`;
    try {
      return { path, text: readAtMost(join(folder, name), MAX_BYTES).toString("utf8") };
    } catch (error) {
      throw new UnreadableTerraformError(path, error);
    }
  });
}
