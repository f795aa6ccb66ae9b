/** Reads the spec that an argument names, a file or standard input; what is wrong with it is told by the name the user gave. */

import { resolve } from "node:path";
import type { Io } from "../io.ts";
import { check } from "../pipeline.ts";
import { type Diagnostic, fileDiagnostic, SpecError, TemplatesError } from "../report/diagnostic.ts";
import type { Checked } from "../rules/validate.ts";
import { load, type SpecSource } from "../spec/load.ts";

/** What an argument is called in messages: `-` stands for standard input. */
export function nameOf(spec: string): string {
  return spec === "-" ? "standard input" : spec;
}

/**
 * The spec as it was read.
 * @throws {SpecError} when it cannot be read or is no YAML document
 */
export function sourceOf(spec: string, { cwd, stdin }: Pick<Io, "cwd" | "stdin">): SpecSource {
  if (spec === "-") return load(nameOf(spec), (most) => stdin.read(most));
  return { ...load(resolve(cwd, spec)), path: spec };
}

/** A checked spec, or everything that is wrong with it. */
export function checkedSpec(
  spec: string,
  io: Pick<Io, "cwd" | "stdin">,
): { readonly checked: Checked } | { readonly problems: readonly Diagnostic[] } {
  try {
    return { checked: check(sourceOf(spec, io)) };
  } catch (error) {
    return { problems: problemsOf(error, spec) };
  }
}

/** What a thrown `SpecError` says, by the name that the user gave; any other error is thrown again. */
export function problemsOf(error: unknown, spec: string): readonly Diagnostic[] {
  if (error instanceof Error && error.name === "OutputTooLargeError") {
    const hint = "Split the spec: give some of its secrets a spec and a folder of their own.";
    return [fileDiagnostic("output-too-large", "error", error.message, { file: nameOf(spec), hint })];
  }
  if (error instanceof TemplatesError) return error.diagnostics;
  if (!(error instanceof SpecError)) throw error;
  return error.diagnostics.map((diagnostic) => ({ ...diagnostic, file: nameOf(spec) }));
}
