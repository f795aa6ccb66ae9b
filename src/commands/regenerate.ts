/**
 * Writes what specs generate: jobs and their changes go in; the files are written, unless that would overwrite a file of someone
 * else or make Terraform destroy something, and what was done or refused comes out.
 */

import { basename } from "node:path";
import { type Change, hasNeighbours } from "../disk/compare.ts";
import { topOf } from "../disk/repository.ts";
import { EXIT, type Io } from "../io.ts";
import { shellWord } from "../output/header.ts";
import { type Diagnostic, fileDiagnostic, type Severity } from "../report/diagnostic.ts";
import type { Outcome } from "../report/outcome.ts";
import type { Action } from "../report/outlook.ts";
import type { Steps } from "../report/steps.ts";
import { count } from "../report/words.ts";
import { ADOPTED_FILE } from "../spec/names.ts";
import type { Job } from "./jobs.ts";
import { failureToWrite } from "./writing.ts";

/** What may be done all the same. */
export interface RegenerateOptions {
  readonly force?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  /** The file that a summary is added to. */
  readonly summary?: string | undefined;
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
  const { summary = [], ...outcome } = writeAll(changes, weighed.diagnostics, io);
  if (weighed.actions === undefined || outcome.exitCode !== EXIT.done) return { ...outcome, summary };
  const outlook = options.quiet ? [] : await outlookLines(weighed);
  return { ...outcome, summary: [...summary, ...outlook], actions: weighed.actions };
}

/** What Terraform will do, a line each; nothing where it is not known. */
export async function outlookLines({ actions }: Outcome): Promise<readonly string[]> {
  if (actions === undefined) return [];
  const { outlookOf } = await import("../report/outlook.ts");
  return outlookOf(actions);
}

/** What writing the files would overwrite or lose, and what is worth knowing about it; nothing is written. */
export async function weigh(
  jobs: readonly Job[],
  changes: readonly Change[],
  options: RegenerateOptions,
): Promise<Outcome> {
  const refused = changes.filter((change) => isRefused(change, options.force));
  if (refused.length > 0)
    return overwriting(
      refused,
      jobs.some(({ folder }) => topOf(folder) !== undefined),
    );
  const clashes = changes.some(({ kind }) => kind !== "same") ? await clashesOf(jobs) : [];
  try {
    const { losses, actions } = await lossesOf(jobs, options);
    if (losses.some(isRefusal)) return losing(losses);
    if (clashes.some(isRefusal)) {
      return { exitCode: EXIT.refused, diagnostics: clashes, advice: ["Nothing was written."] };
    }
    const diagnostics = [...clashes, ...losses, ...jobs.flatMap(adoptionOf)];
    return { exitCode: EXIT.done, diagnostics, ...(actions === undefined ? {} : { actions }) };
  } catch (error) {
    if (isUnreadable(error)) return unreadable(error);
    throw error;
  }
}

/** Writes what has been weighed: all of it, or nothing. */
export function writeAll(
  changes: readonly Change[],
  found: readonly Diagnostic[],
  io: Pick<Io, "writeContext">,
): Outcome {
  return failureToWrite(changes, io) ?? { exitCode: EXIT.done, diagnostics: found, summary: summaryOf(changes) };
}

/** An adoption is over once it is applied everywhere, which only the user can know. */
function adoptionOf({ spec, checked }: Job): readonly Diagnostic[] {
  if (!checked.spec.adopted) return [];
  const message = `${ADOPTED_FILE} is kept: once it is applied everywhere, take adopted out of the spec`;
  return [fileDiagnostic("adoption-pending", "note", message, { file: spec })];
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

function isRefused({ kind, isForcible }: Change, force: boolean | undefined): boolean {
  return (kind === "foreign" || kind === "hand-edited") && !(force && isForcible);
}

function overwriting(refused: readonly Change[], isInGit: boolean): Outcome {
  return {
    exitCode: EXIT.refused,
    diagnostics: refused.map((change) => ({ ...found(change, "refused"), hint: wayOut(change, refused, isInGit) })),
    advice: ["Nothing was written."],
  };
}

/** What to do about files of one kind that are in the way; the same words for all of them, which are printed once. */
function wayOut({ kind, isForcible }: Change, refused: readonly Change[], isInGit: boolean): string {
  if (!isForcible) return "Move what is in the way.";
  if (kind === "foreign") {
    return "To keep a file that is not ours, rename it, or name ours otherwise under files in the spec. To overwrite it: --force";
  }
  const edited = refused.filter((change) => change.kind === kind).map(({ path }) => shellWord(path));
  const files = edited.length > MOST_NAMED ? "." : edited.join(" ");
  const ways = ["To keep it: move it to a .tf file of your own first", "To overwrite it: --force"];
  const inGit = [`To see the edit: git diff -- ${files}`, `To take it back: git checkout -- ${files}`];
  return [...(isInGit ? inGit : []), ...ways].join("\n");
}

/** How many things a line of advice names. */
const MOST_NAMED = 5;

/** What every spec's changes would make Terraform do, and what is worth knowing about them. */
async function lossesOf(
  jobs: readonly Job[],
  { "allow-destroy": allowed = [], quiet, summary }: RegenerateOptions,
): Promise<{ readonly losses: readonly Diagnostic[]; readonly actions: readonly Action[] | undefined }> {
  const losses: Diagnostic[] = [];
  const actions: (readonly Action[] | undefined)[] = [];
  for (const { spec, folder, checked, changes } of jobs) {
    if (changes().every(({ kind }) => kind === "missing")) {
      // Nothing can be lost, and no one is told what comes.
      if (quiet && summary === undefined) {
        actions.push(undefined);
        continue;
      }
      const { firstActions } = await import("../losses/first-actions.ts");
      actions.push(firstActions(checked.names));
      continue;
    }
    const isUnchanged = changes().every(({ kind }) => kind === "same");
    // What is missing among files that are there may be in Terraform's state, or may not.
    const isRestored = !isUnchanged && changes().every(({ kind }) => kind === "same" || kind === "missing");
    const isPartlyMissing = changes().some(({ kind }) => kind === "missing");
    if (isPartlyMissing) actions.push(undefined);
    if ((isUnchanged || isRestored) && !checked.spec.regions.retired?.length) continue;
    const { weighChanges } = await import("../losses/losses.ts");
    try {
      const weighed = weighChanges(changes(), { names: checked.names, folder, spec });
      const isAllowed = allowedBy(allowed, weighed.losses);
      if (!isPartlyMissing && !isUnchanged) actions.push(weighed.actions);
      // One by one: as arguments of one call, a hundred thousand would be too many.
      for (const loss of weighed.losses) if (!isAllowed(loss)) losses.push(loss);
    } catch (error) {
      // Where everything may go, no file needs to be readable.
      if (!allowed.includes("all") || !isUnreadable(error)) throw error;
      actions.push(undefined);
    }
  }
  const known = actions.flatMap((some) => some ?? []);
  return { losses, actions: actions.length === 0 || actions.includes(undefined) ? undefined : known };
}

/** Whether a loss is allowed: by its own address, or by that of what it is a part of and is lost as well. */
function allowedBy(allowed: readonly string[], losses: readonly Diagnostic[]): (loss: Diagnostic) => boolean {
  const lost = new Map(losses.map((loss) => [loss.address, loss]));
  const isAllowed = ({ severity, address = "", belongsTo }: Diagnostic, depth = 0): boolean => {
    if (severity !== "refused") return false;
    if (allowed.includes("all")) return true;
    const owner = belongsTo === undefined || depth > 2 ? undefined : lost.get(belongsTo);
    return allowed.includes(address) || (owner !== undefined && isAllowed(owner, depth + 1));
  };
  return (loss) => isAllowed(loss);
}

function losing(found: readonly Diagnostic[]): Outcome {
  const addresses = topmost(found);
  const options =
    addresses.length > 3 ? "--allow-destroy all" : addresses.map((address) => `--allow-destroy '${address}'`).join(" ");
  return {
    exitCode: EXIT.vanishing,
    diagnostics: found,
    advice: [`Nothing was written. If this is what you want: ${options}`],
  };
}

/** The addresses of what is refused, but for those that another one covers. */
export function topmost(found: readonly Diagnostic[]): readonly string[] {
  const refused = found.filter(isRefusal);
  const lost = new Set(refused.map(({ address }) => address));
  return refused.flatMap(({ address, belongsTo }) =>
    belongsTo !== undefined && lost.has(belongsTo) ? [] : (address ?? []),
  );
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
  const hint = "Fix or remove the file, or overwrite it unread with --allow-destroy all.";
  const diagnostic = fileDiagnostic("unreadable-terraform", "refused", message, { file: path, line, column, hint });
  const advice = ["Nothing was written: without reading the file there is no telling which resources would vanish."];
  return { exitCode: EXIT.refused, diagnostics: [diagnostic], advice };
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
  return fileDiagnostic(kind, severity, reason, { file: path });
}
