/** The pipeline, one line a stage: a spec goes in, the files that it describes come out, in memory. */

import { type Model, resolve } from "./model/resolve.ts";
import type { Origin } from "./output/header.ts";
import { type RenderedFile, render } from "./output/render.ts";
import { type Checked, validate } from "./rules/validate.ts";
import type { SpecSource } from "./spec/load.ts";

/**
 * Checks a loaded spec.
 * @throws {SpecError} with everything that is wrong with the spec
 */
export function check(loaded: SpecSource): Checked {
  return validate(loaded);
}

/** The files of a checked spec; `origin` is what their headers say about where they come from. */
export function print(checked: Checked, origin: Origin): readonly RenderedFile[] {
  return render(model(checked, origin), origin);
}

/** What the templates see of a checked spec. */
export function model(checked: Checked, origin: Origin): Model {
  const end = origin.spec.lastIndexOf("/");
  const specFolder = end < 0 ? "." : origin.spec.slice(0, end);
  return resolve(checked, specFolder);
}
