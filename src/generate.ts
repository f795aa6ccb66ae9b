/** The pipeline, one line a stage: a spec goes in, the files that it stands for come out, in memory. */

import type { Diagnostic } from "./diagnostic.ts";
import type { Origin } from "./header.ts";
import type { SpecSource } from "./load.ts";
import { type RenderedFile, render } from "./render.ts";
import { resolve } from "./resolve.ts";
import type { Spec } from "./schema.ts";
import { validate } from "./validate.ts";

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
