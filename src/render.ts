/** Prints a model: the model and its origin go in, the texts of the files come out, with headers and in canonical layout. */

import { format } from "./format.ts";
import { type Origin, withHeader } from "./header.ts";
import type { Model } from "./resolve.ts";
import { print, type TemplateName } from "./templates.ts";

/** A file to be, in memory. */
export interface RenderedFile {
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  /** Ends in exactly one newline. */
  readonly text: string;
}

/** The files in the order in which they are printed and reported, and when there is something to put in each. */
const OUTPUTS: readonly { readonly path: TemplateName; readonly isWanted: (model: Model) => boolean }[] = [
  { path: "provider.tf", isWanted: () => true },
  { path: "kms.tf", isWanted: ({ keys }) => keys.length > 0 },
  { path: "secrets.tf", isWanted: ({ secrets }) => secrets.length > 0 },
  { path: "variables.tf", isWanted: ({ variables }) => variables.length > 0 },
  { path: "outputs.tf", isWanted: ({ outputs }) => (outputs?.keys ?? outputs?.secrets) !== undefined },
];

/** The names of all files that a spec may generate. */
export const outputPaths: readonly string[] = OUTPUTS.map(({ path }) => path);

export function render(model: Model, origin: Origin): RenderedFile[] {
  return OUTPUTS.filter(({ isWanted }) => isWanted(model)).map(({ path }) => ({
    path,
    text: withHeader(`\n${format(print(path, model))}`, origin),
  }));
}
