/**
 * The command `generate`, which is what the program does without a command: specs go in, their files are written, checked or
 * printed. What would overwrite a file of somebody else, or make Terraform destroy something, is refused.
 */

import { basename, join, relative, sep } from "node:path";
import { type Change, hasNeighbours } from "../disk/compare.ts";
import { leftoversBeside } from "../disk/leftovers.ts";
import { WriteError, write } from "../disk/write.ts";
import { EXIT, type Io } from "../io.ts";
import { shellWord } from "../output/header.ts";
import type { Diagnostic, Severity } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { painter } from "../report/print.ts";
import { ADOPTED_FILE, outputPaths } from "../spec/names.ts";
import { DEFAULT_FILES } from "../spec/schema.ts";
import { generateAll, type Job } from "./jobs.ts";

/** The options of the command, by their names on the command line. */
export interface GenerateOptions {
  readonly out?: string;
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly stdout?: boolean;
  readonly force?: boolean;
  readonly "allow-destroy"?: readonly string[];
  readonly "pre-commit"?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

export async function generate(
  { words, options }: { readonly words: readonly string[]; readonly options: GenerateOptions },
  io: Io,
): Promise<Outcome> {
  const wrong = misuseOf(words, options);
  if (wrong !== undefined) return wrong;
  const { jobs, diagnostics } = generateAll(words, options.out, io);
  if (diagnostics.some(({ severity }) => severity === "error")) {
    return { exitCode: EXIT.wrong, diagnostics, files: [] };
  }
  if (options.stdout) return { exitCode: EXIT.done, diagnostics, text: printed(jobs, io) };
  const changes = jobs.flatMap(({ changes }) => changes());
  const text = options.diff ? await diffOf(changes, options, io) : undefined;
  const outcome = options.check ? check(changes, await clashesOf(jobs)) : await regenerate(jobs, changes, options, io);
  const leftovers = options.check || options["pre-commit"] ? leftoversBeside(changes, io.cwd) : [];
  return {
    ...outcome,
    diagnostics: [...diagnostics, ...outcome.diagnostics, ...leftovers],
    files: changes.map(({ path, kind, reason }) => ({ path, state: kind, reason })),
    ...(text === undefined ? {} : { text }),
  };
}

/** Arguments that do not go together. */
function misuseOf(specs: readonly string[], options: GenerateOptions): Outcome | undefined {
  const { out, check, diff, stdout, json, force, "allow-destroy": allowed = [], "pre-commit": preCommit } = options;
  const see = "See mrk-scaffold --help.";
  if (specs.length === 0) return misuse("name a spec, for example: mrk-scaffold spec.yaml", see);
  if (specs.includes("")) return misuse("the path of a spec is empty", see);
  if (allowed.includes("")) return misuse("--allow-destroy needs an address, or all", see);
  if (out === "") return misuse("--out needs the name of a folder", "Write --out . for the current one.");
  if (specs.includes("-") && specs.length > 1) {
    return misuse("- (standard input) cannot be combined with other specs", undefined);
  }
  if (specs.includes("-") && out === undefined && !stdout) {
    return misuse("a spec from standard input has no folder of its own", "Add --out DIR, or --stdout.");
  }
  if (stdout && (check || diff || json || out !== undefined || force || preCommit)) {
    const others = "--check, --diff, --json, --out, --force or --pre-commit";
    return misuse(`--stdout prints files and cannot be combined with ${others}`, undefined);
  }
  if (json && diff) return misuse("--json and --diff both print on stdout: choose one", undefined);
  if (check && preCommit) return misuse("--check writes nothing, --pre-commit writes: choose one", undefined);
  if (check && force) return misuse("--check writes nothing, so there is nothing to --force", undefined);
  return undefined;
}

async function diffOf(changes: readonly Change[], options: GenerateOptions, io: Io): Promise<string> {
  const { printDiff } = await import("../disk/diff.ts");
  return printDiff(changes, painter(options, io, io.stdout));
}

/** A file alone is printed as it is; several are told apart by their names, those of several specs by their folders too. */
function printed(jobs: readonly Job[], { cwd }: Io): string {
  const files = jobs.flatMap(({ folder, files }) =>
    files.map(({ path, text }) => ({ text, path: jobs.length === 1 ? path : shown(join(folder, path), cwd) })),
  );
  const only = files.length === 1;
  return files.map(({ path, text }) => (only ? text : `# ${path}\n${text}`)).join("\n");
}

/** A path as the user would write it. */
function shown(path: string, cwd: string): string {
  return relative(cwd, path).replaceAll(sep, "/");
}

/** What a file on disk is found to be; the code is the kind of the change. */
function found({ path, kind, reason }: Change, severity: Severity): Diagnostic {
  return { code: kind, severity, message: reason, file: path, path: [], position: undefined, hint: undefined };
}

/** Says what differs, and writes nothing. */
function check(changes: readonly Change[], clashes: readonly Diagnostic[]): Outcome {
  const json = { command: "check" };
  const differing = changes.filter(({ kind }) => kind !== "same");
  if (differing.length === 0 && clashes.some(isRefusal)) {
    return { exitCode: EXIT.differs, diagnostics: clashes, json };
  }
  if (differing.length === 0) {
    return { exitCode: EXIT.done, diagnostics: [], summary: [`${count(changes.length, "file")} up to date`], json };
  }
  const isRefusing = differing.some((change) => isRefused(change, false) && change.isForcible);
  const condition = isRefusing ? "; those that are not ours or were edited by hand need --force" : "";
  const isBlocked = differing.some(({ isForcible }) => !isForcible);
  const advice = isBlocked ? "Move what is in the way, then run" : "Run";
  return {
    exitCode: EXIT.differs,
    diagnostics: [...differing.map((change) => found(change, "error")), ...clashes],
    summary: [`${advice} mrk-scaffold without --check to write the files${condition}.`],
    json,
  };
}

/** Writes the files, unless something would be overwritten or lost by it. */
async function regenerate(
  jobs: readonly Job[],
  changes: readonly Change[],
  options: GenerateOptions,
  io: Io,
): Promise<Outcome> {
  const refused = changes.filter((change) => isRefused(change, options.force));
  if (refused.length > 0) return overwriting(refused);
  const isChanged = changes.some(({ kind }) => kind !== "same");
  const clashes = isChanged ? await clashesOf(jobs) : [];
  let found: readonly Diagnostic[];
  try {
    found = await lossesOf(jobs, options);
  } catch (error) {
    if (isUnreadable(error)) return unreadable(error);
    throw error;
  }
  if (found.some(isRefusal)) return losing(found);
  if (clashes.some(isRefusal)) {
    return { exitCode: EXIT.refused, diagnostics: clashes, advice: ["Nothing was written."] };
  }
  try {
    write(changes, io.writer);
  } catch (error) {
    if (error instanceof WriteError) return unwritten(error);
    throw error;
  }
  const unstaged = options["pre-commit"] && !isChanged ? await indexOf(jobs, io) : undefined;
  return {
    exitCode: (options["pre-commit"] && isChanged) || unstaged !== undefined ? EXIT.differs : EXIT.done,
    diagnostics: [...clashes, ...found, ...jobs.flatMap(adoptionOf), ...(unstaged?.diagnostics ?? [])],
    summary: summaryOf(changes),
    ...(unstaged?.advice === undefined ? {} : { advice: unstaged.advice }),
  };
}

/** An adoption is over once it is applied everywhere, which only the user can know. */
function adoptionOf({ spec, checked }: Job): readonly Diagnostic[] {
  if (!checked.spec.adopted) return [];
  const message = `${ADOPTED_FILE} is kept: once it is applied everywhere, take adopted out of the spec`;
  return [
    { code: "adoption-pending", severity: "note", message, file: spec, path: [], position: undefined, hint: undefined },
  ];
}

function isRefusal({ severity }: Diagnostic): boolean {
  return severity === "refused";
}

/** What every spec's files would declare a second time, and files beside that cannot be read. */
async function clashesOf(jobs: readonly Job[]): Promise<readonly Diagnostic[]> {
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

function overwriting(refused: readonly Change[]): Outcome {
  const edited = "Keep the edit by moving it to a file of your own, see it with --diff, or overwrite it with --force.";
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
  { "allow-destroy": allowed = [] }: GenerateOptions,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const { spec, folder, checked, changes } of jobs) {
    const isUnchanged = changes().every(({ kind }) => kind === "same" || kind === "missing");
    if (allowed.includes("all") || (isUnchanged && !checked.spec.regions.retired?.length)) continue;
    const { findLosses } = await import("../losses/losses.ts");
    const losses = findLosses(changes(), { names: checked.names, folder, spec });
    // One by one: as arguments of one call, a hundred thousand would be too many.
    for (const loss of losses) found.push(loss);
  }
  return found.filter(({ severity, address = "" }) => severity !== "refused" || !allowed.includes(address));
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

/** What git's index does not have as it is on disk, of all specs and files; `undefined` when it has everything. */
async function indexOf(
  jobs: readonly Job[],
  { cwd, env }: Io,
): Promise<Pick<Outcome, "diagnostics" | "advice"> | undefined> {
  const { notInIndex } = await import("../disk/git-index.ts");
  const specs = jobs.flatMap(({ spec }) => (spec === "-" ? [] : [spec]));
  const wanted = jobs.flatMap(({ changes }) => changes().map(({ path }) => path));
  const possible = jobs.flatMap(({ folder, checked }) =>
    [...outputPaths(checked.names.files), ...Object.values(DEFAULT_FILES)].map((path) =>
      shown(join(folder, path), cwd),
    ),
  );
  const unwanted = possible.filter((path) => !wanted.includes(path));
  const paths = notInIndex([...specs, ...wanted], cwd, env, unwanted);
  const diagnostic = (file: string, code: string, message: string): Diagnostic => {
    return { code, severity: "error", message, file, path: [], position: undefined, hint: undefined };
  };
  if (paths === undefined) {
    const message = "--pre-commit: git could not be run here, so staging cannot be checked";
    return { diagnostics: [diagnostic("", "git-unavailable", message)] };
  }
  if (paths.length === 0) return undefined;
  return {
    diagnostics: paths.map((path) => diagnostic(path, "not-staged", "is not in git's index as it is on disk")),
    advice: [`Run: git add ${paths.map(shellWord).join(" ")}`],
  };
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

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
