/** The pipeline, one line a stage: a spec goes in, the files that it stands for come out, in memory. */

import { resolve } from "./model/resolve.ts";
import type { Origin } from "./output/header.ts";
import { type RenderedFile, render } from "./output/render.ts";
import type { Diagnostic } from "./report/diagnostic.ts";
import { validate } from "./rules/validate.ts";
import type { SpecSource } from "./spec/load.ts";
import type { Spec } from "./spec/schema.ts";

export interface Generation {
  readonly spec: Spec;
  readonly files: readonly RenderedFile[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Generates the files of a loaded spec.
 * @throws {SpecError} with everything that is wrong with the spec
 */
export function generate(loaded: SpecSource, originOf: (spec: Spec) => Origin): Generation {
  const { spec, warnings } = validate(loaded);
  const resolved = resolve(spec);
  const rendered = render(resolved, originOf(spec));
  return { spec, files: rendered, warnings };
}
