/**
 * Writes what specs generate: jobs and their changes go in; the files are written, unless that would overwrite a file of someone
 * else or make Terraform destroy something, and what was done or refused comes out.
 */

import { basename } from "node:path";
import { type Change, hasNeighbours } from "../disk/compare.ts";
import { WriteError, write } from "../disk/write.ts";
import { EXIT, type Io } from "../io.ts";
import type { Diagnostic, Severity } from "../report/diagnostic.ts";
import type { Outcome } from "../report/outcome.ts";
import type { Steps } from "../report/steps.ts";
import { ADOPTED_FILE } from "../spec/names.ts";
import type { Job } from "./jobs.ts";

/** What may be done all the same. */
export interface RegenerateOptions {
  readonly force?: boolean | undefined;
  /** Addresses that Terraform may destroy, or `all`. */
  readonly "allow-destroy"?: readonly string[] | undefined;
}

/** Writes the files, unless something would be overwritten or lost by it. */
export async function regenerate(
  jobs: readonly Job[],
  changes: readonly Change[],
  options: RegenerateOptions,
  io: Pick<Io, "writeContext">,
  say: Steps["say"] = () => {},
): Promise<Outcome> {
  const isChanged = changes.some(({ kind }) => kind !== "same");
  if (isChanged) say("Looking for what Terraform would destroy");
  const weighed = await weigh(jobs, changes, options);
  if (weighed.exitCode !== EXIT.done) return weighed;
  if (isChanged) say("Writing the files");
  return writeAll(changes, weighed.diagnostics, io);
}

/** What writing the files would overwrite or lose, and what is worth knowing about it; nothing is written. */
export async function weigh(
  jobs: readonly Job[],
  changes: readonly Change[],
  options: RegenerateOptions,
): Promise<Outcome> {
  const refused = changes.filter((change) => isRefused(change, options.force));
  if (refused.length > 0) return overwriting(refused);
  const clashes = changes.some(({ kind }) => kind !== "same") ? await clashesOf(jobs) : [];
  try {
    const found = await lossesOf(jobs, options);
    if (found.some(isRefusal)) return losing(found);
    if (clashes.some(isRefusal)) {
      return { exitCode: EXIT.refused, diagnostics: clashes, advice: ["Nothing was written."] };
    }
    return { exitCode: EXIT.done, diagnostics: [...clashes, ...found, ...jobs.flatMap(adoptionOf)] };
  } catch (error) {
    if (isUnreadable(error)) return unreadable(error);
    throw error;
  }
}

/** Writes what has been weighed: all of it, or nothing. */
export function writeAll(
  changes: readonly Change[],
  found: readonly Diagnostic[],
  { writeContext }: Pick<Io, "writeContext">,
): Outcome {
  try {
    write(changes, writeContext);
  } catch (error) {
    if (error instanceof WriteError) return unwritten(error);
    throw error;
  }
  return { exitCode: EXIT.done, diagnostics: found, summary: summaryOf(changes) };
}

/** An adoption is over once it is applied everywhere, which only the user can know. */
function adoptionOf({ spec, checked }: Job): readonly Diagnostic[] {
  if (!checked.spec.adopted) return [];
  const message = `${ADOPTED_FILE} is kept: once it is applied everywhere, take adopted out of the spec`;
  return [
    { code: "adoption-pending", severity: "note", message, file: spec, path: [], position: undefined, hint: undefined },
  ];
}

export function isRefusal({ severity }: Diagnostic): boolean {
  return severity === "refused";
}

/** What every spec's files would declare a second time, and files beside that cannot be read. */
export async function clashesOf(jobs: readonly Job[]): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const { folder, checked, changes } of jobs) {
    const ours = changes().map(({ path }) => basename(path));
    if (!hasNeighbours(folder, ours)) continue;
    const { findClashes } = await import("../losses/clashes.ts");
    found.push(...findClashes(changes(), checked.names, folder));
  }
  return found;
}

export function isRefused({ kind, isForcible }: Change, force: boolean | undefined): boolean {
  return (kind === "foreign" || kind === "hand-edited") && !(force && isForcible);
}

function overwriting(refused: readonly Change[]): Outcome {
  const edited =
    "Keep the edit by moving it to a file of your own, see it with git diff, or overwrite it with --force.";
  const foreign = "Name the generated file otherwise under files in the spec, or overwrite this one with --force.";
  const isForcible = refused.some((change) => change.isForcible);
  const isEdited = refused.some(({ kind }) => kind === "hand-edited");
  const ways = isForcible ? (isEdited ? edited : foreign) : "Move what is in the way.";
  return {
    exitCode: EXIT.refused,
    diagnostics: refused.map((change) => found(change, "refused")),
    advice: [`Nothing was written. ${ways}`],
  };
}

/** What every spec's changes would destroy, but for what is allowed, and what is worth knowing about them. */
async function lossesOf(
  jobs: readonly Job[],
  { "allow-destroy": allowed = [] }: RegenerateOptions,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const { spec, folder, checked, changes } of jobs) {
    const isUnchanged = changes().every(({ kind }) => kind === "same" || kind === "missing");
    if (isUnchanged && !checked.spec.regions.retired?.length) continue;
    const { findLosses } = await import("../losses/losses.ts");
    let losses: readonly Diagnostic[] = [];
    try {
      losses = findLosses(changes(), { names: checked.names, folder, spec });
    } catch (error) {
      // Where everything may go, no file needs to be readable.
      if (!isUnreadable(error) || !allowed.includes("all")) throw error;
    }
    // One by one: as arguments of one call, a hundred thousand would be too many.
    for (const loss of losses) found.push(loss);
  }
  const isAllowed = (address: string) => allowed.includes("all") || allowed.includes(address);
  return found.filter(({ severity, address = "" }) => severity !== "refused" || !isAllowed(address));
}

function losing(found: readonly Diagnostic[]): Outcome {
  const addresses = found.flatMap(({ severity, address }) => (severity === "refused" ? (address ?? []) : []));
  const options =
    addresses.length > 3 ? "--allow-destroy all" : addresses.map((address) => `--allow-destroy '${address}'`).join(" ");
  return {
    exitCode: EXIT.vanishing,
    diagnostics: found,
    advice: [`Nothing was written. If this is what you want: ${options}`],
  };
}

/** An error of a part that is loaded on demand, whose class is not loaded otherwise. */
interface Unreadable extends Error {
  readonly path: string;
  readonly reason: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
}

function isUnreadable(error: unknown): error is Unreadable {
  return error instanceof Error && error.name === "UnreadableTerraformError";
}

function unreadable({ path, line, column, reason: message }: Unreadable): Outcome {
  const position = line === undefined ? undefined : { line, column: column ?? 1, length: 1, lineText: undefined };
  const hint = "Fix or remove the file, or overwrite it unread with --allow-destroy all.";
  const diagnostic: Diagnostic = {
    code: "unreadable-terraform",
    severity: "refused",
    message,
    file: path,
    path: [],
    position,
    hint,
  };
  const advice = ["Nothing was written: without reading the file there is no telling which resources would vanish."];
  return { exitCode: EXIT.refused, diagnostics: [diagnostic], advice };
}

function unwritten({ path: file, reason: message, outcome }: WriteError): Outcome {
  const diagnostic: Diagnostic = {
    code: "cannot-write",
    severity: "error",
    message,
    file,
    path: [],
    position: undefined,
    hint: undefined,
  };
  return { exitCode: EXIT.refused, diagnostics: [diagnostic], advice: outcome };
}

function summaryOf(changes: readonly Change[]): readonly string[] {
  const written = changes.filter(({ kind }) => kind !== "same");
  const lines = written.map(({ path, contents, after }) => {
    const verb = contents === undefined ? "created" : after === undefined ? "removed" : "updated";
    return `${verb} ${path}`;
  });
  const rest = changes.length - written.length;
  return rest > 0 ? [...lines, `${count(rest, "file")} up to date`] : lines;
}

/** What a file on disk is found to be; the code is the kind of the change. */
export function found({ path, kind, reason }: Change, severity: Severity): Diagnostic {
  return { code: kind, severity, message: reason, file: path, path: [], position: undefined, hint: undefined };
}

export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
