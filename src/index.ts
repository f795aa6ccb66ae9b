/**
 * The public API: specs in, Terraform files out, all in memory. Nothing here writes, prints or reads anything but the spec
 * that `loadSpec` is given.
 */

import { basename } from "node:path";
import { check, print } from "./pipeline.ts";
import { type Diagnostic, SpecError } from "./report/diagnostic.ts";
import { load, parse } from "./spec/load.ts";
import { type Spec, specSchema as zodSchema } from "./spec/schema.ts";
import * as z from "./spec/zod.ts";

export type { Diagnostic, Position, Severity } from "./report/diagnostic.ts";
export type { Spec } from "./spec/schema.ts";
export { SpecError };

/** A generated file. */
export interface GeneratedFile {
  /** The name in the output folder: `provider.tf`, `kms.tf`, `ebs.tf`, `logs.tf`, `s3.tf`, `parameters.tf`, `secrets.tf`, `consumers.tf`, `locals.tf`, `variables.tf` or `outputs.tf`. */
  readonly path: string;
  /** UTF-8 text with LF line ends, as `terraform fmt` would leave it; it ends in one newline. */
  readonly text: string;
}

export interface GenerateOptions {
  /** The spec's path from the output folder, which the files' headers name; `spec.yaml` by default. */
  readonly specPath?: string;
}

/** What `specSchema` can do; it is a zod schema, and a Standard Schema (https://standardschema.dev). */
export interface SpecSchema {
  /** Checks the grammar alone, not the rules between keys, and throws a ZodError. */
  parse(data: unknown): Spec;
  /** Checks the grammar alone, and throws nothing. */
  safeParse(
    data: unknown,
  ): { success: true; data: Spec } | { success: false; error: Error & { issues: readonly unknown[] } };
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
  };
}

/** The grammar of a spec. `generate` and `loadSpec` check more than it can: see the rules in the README. */
export const specSchema: SpecSchema = Object.assign(zodSchema, {
  parse: (data: unknown) => z.parse(zodSchema, data),
  safeParse: (data: unknown) => z.safeParse(zodSchema, data),
}) as unknown as SpecSchema;

/**
 * Reads and checks a spec of at most 32 MB.
 * @throws {SpecError} with everything that is wrong, each with its line and column
 */
export function loadSpec(path: string): Spec {
  return check(load(path)).spec;
}

/**
 * Generates the files of a spec: one that `loadSpec` has read, or plain data of the same shape. Short forms are allowed, as
 * in YAML. The same spec gives the same bytes, always.
 * @throws {SpecError} with everything that is wrong
 */
export function generate(spec: Spec | object, { specPath = "spec.yaml" }: GenerateOptions = {}): GeneratedFile[] {
  const source = parse(basename(specPath), Buffer.from(JSON.stringify(spec)));
  const checked = check(source);
  if (checked.spec.templates !== undefined) throw new SpecError([withoutFolder(specPath)]);
  return print(checked, { spec: specPath, arguments: [specPath] }).map(({ path, text }) => ({ path, text }));
}

/** Templates are files, and there is none to be read here. */
function withoutFolder(file: string): Diagnostic {
  const message = "templates of your own are read by the command alone, not by generate";
  const hint = "Take templates out of what you give it, or run the command.";
  return {
    code: "templates-not-found",
    severity: "error",
    message,
    file,
    path: ["templates"],
    position: undefined,
    hint,
  };
}
