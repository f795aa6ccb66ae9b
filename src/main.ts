/**
 * The command line: arguments and streams go in, an exit code comes out. Everything that is printed is printed here, and
 * every error ends here; the stages only return or throw.
 */

import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { type Options, parseOptions } from "./commands/options.ts";
import { type Change, compare } from "./disk/compare.ts";
import { WriteError, type Writer, write } from "./disk/write.ts";
import type { Loss } from "./losses/losses.ts";
import { type Origin, shellWord, specInHeader } from "./output/header.ts";
import { outputPaths } from "./output/render.ts";
import { type Generation, generate } from "./pipeline.ts";
import {
  annotation,
  byPlace,
  type Diagnostic,
  type Paint,
  PRINTED_DIAGNOSTICS,
  printGithub,
  printPretty,
  SpecError,
  toJson,
} from "./report/diagnostic.ts";
import { load, type SpecSource } from "./spec/load.ts";
import { names } from "./spec/names.ts";

declare const __VERSION__: string;

/** What the program has of the world. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: { read(): Uint8Array };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly writer: Writer;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** The exit codes, which are part of the interface. */
export const EXIT = { done: 0, differs: 1, wrong: 2, refused: 3, vanishing: 4, bug: 70 } as const;

type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Runs one command and returns its exit code; never throws. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) {
      io.stderr.write(`${refusal}\n`);
      const options = parseOptions(argv);
      return options === undefined ? EXIT.refused : report(options, io, EXIT.refused, [], [], [], refusal);
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    io.stderr.write(`mrk-scaffold ${__VERSION__} has a bug, nothing was written. Please report this:\n${text}\n`);
    return EXIT.bug;
  }
}

/** What to say of an error that comes from the disk and not from a mistake in the program. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof WriteError) return error.message;
  if (!isNamed(error, "UnreadableTerraformError")) return undefined;
  return (
    `refused: ${error.message}\nNothing was written: nobody can say which resources would vanish with it.\n` +
    "  help: Mend or remove the file, or overwrite it unread with --allow-destroy all."
  );
}

/** Errors of parts that are loaded on demand, whose classes are not loaded otherwise. */
function isNamed(error: unknown, name: string): error is Error {
  return error instanceof Error && error.name === name;
}

async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  const options = parseOptions(argv);
  if (options?.version) {
    io.stdout.write(`${__VERSION__}\n`);
    return EXIT.done;
  }
  if (options?.help) {
    const { helpText } = await import("./commands/help.ts");
    io.stdout.write(await helpText());
    return EXIT.done;
  }
  if (options?.specs.join() === "schema") {
    const { jsonSchema } = await import("./spec/json-schema.ts");
    io.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
    return EXIT.done;
  }
  const misuse = options === undefined ? await explained(argv) : misuseOf(options);
  if (options === undefined || misuse !== undefined) {
    io.stderr.write(`mrk-scaffold: ${misuse}\n`);
    return EXIT.wrong;
  }
  return generateAll(options, io);
}

async function explained(argv: readonly string[]): Promise<string> {
  const { explain } = await import("./commands/help.ts");
  return explain(argv);
}

/** Options that do not go together. */
function misuseOf({
  specs,
  out,
  check,
  diff,
  stdout,
  json,
  force,
  allowDestroy,
  preCommit,
}: Options): string | undefined {
  if (specs.length === 0) return "name a spec, for example: mrk-scaffold spec.yaml\n  help: See mrk-scaffold --help.";
  if (specs.includes("")) return "the path of a spec is empty\n  help: See mrk-scaffold --help.";
  if (allowDestroy.includes("")) return "--allow-destroy needs an address, or all\n  help: See mrk-scaffold --help.";
  if (out === "") return "--out needs the name of a folder\n  help: Write --out . for the current one.";
  if (specs.includes("-") && specs.length > 1) return "- (standard input) cannot be combined with other specs";
  if (specs.includes("-") && out === undefined && !stdout) {
    return "a spec from standard input has no folder of its own\n  help: Add --out DIR, or --stdout.";
  }
  if (stdout && (check || diff || json || out !== undefined || force || preCommit)) {
    return "--stdout prints files and does not go with --check, --diff, --json, --out, --force or --pre-commit";
  }
  if (json && diff) return "--json and --diff both print on stdout: choose one";
  if (check && preCommit) return "--check writes nothing, --pre-commit writes: choose one";
  if (check && force) return "--check writes nothing, so there is nothing to --force";
  return undefined;
}

/** What became of one spec. */
interface Job {
  readonly spec: string;
  readonly folder: string;
  readonly generation: Generation;
  /** What is to be done on disk, which is read at the first call. */
  readonly changes: () => readonly Change[];
}

async function generateAll(options: Options, io: Io): Promise<ExitCode> {
  const paint = painter(options, io, io.stderr);
  const { jobs, diagnostics } = generateEach(options, io);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  printDiagnostics(options.quiet ? errors : diagnostics, io, paint);
  if (errors.length > 0) return report(options, io, EXIT.wrong, diagnostics, []);
  if (options.stdout) {
    printFiles(jobs, io);
    return EXIT.done;
  }
  const changes = jobs.flatMap(({ changes }) => changes());
  if (options.diff) {
    const { printDiff } = await import("./disk/diff.ts");
    io.stdout.write(printDiff(changes, painter(options, io, io.stdout)));
  }
  if (options.check) return report(options, io, check(changes, options, io), diagnostics, changes);
  const losses = await lossesOf(jobs, options);
  const code = refuse(changes, losses, options, io) ?? apply(changes, options, io);
  const isWritten = code === EXIT.done || code === EXIT.differs;
  if (isWritten && !options.quiet) await printNotes(jobs, io);
  const isStaged = code !== EXIT.done || !options.preCommit || (await checkIndex(jobs, io));
  return report(options, io, isStaged ? code : EXIT.differs, diagnostics, changes, losses);
}

/** Generates every spec in memory; what is wrong with one does not hide what is wrong with another. */
function generateEach(options: Options, io: Io): { jobs: readonly Job[]; diagnostics: readonly Diagnostic[] } {
  const jobs: Job[] = [];
  const diagnostics: (readonly Diagnostic[])[] = [];
  const paths = new Map(options.specs.map((spec) => [resolve(io.cwd, spec), spec]));
  for (const [path, spec] of paths) {
    try {
      const source = spec === "-" ? load("standard input", () => io.stdin.read()) : named(load(path), spec);
      let folder = "";
      let origin: Origin | undefined;
      const generation = generate(source, ({ output_dir }) => {
        folder = outputFolder(path, spec, output_dir, options, io);
        origin = originOf(path, spec, folder, options);
        return origin;
      });
      diagnostics.push(generation.warnings);
      const destination = { folder, outputPaths, specInHeader: specInHeader(origin!), cwd: io.cwd };
      let changes: readonly Change[] | undefined;
      jobs.push({ spec, folder, generation, changes: () => (changes ??= compare(generation.files, destination)) });
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      diagnostics.push(
        error.diagnostics.map((diagnostic) => ({ ...diagnostic, file: spec === "-" ? "standard input" : spec })),
      );
    }
  }
  return { jobs, diagnostics: [...diagnostics.flat(), ...collisions(jobs)].sort(byPlace) };
}

function named(source: SpecSource, path: string): SpecSource {
  return { ...source, path };
}

function outputFolder(
  path: string,
  spec: string,
  outputDir: string | undefined,
  { out }: Options,
  { cwd }: Io,
): string {
  if (out !== undefined) return resolve(cwd, out);
  return spec === "-" ? cwd : resolve(dirname(path), outputDir ?? ".");
}

/** The header's words are relative to the output folder, so that they are the same wherever the program was started. */
function originOf(path: string, spec: string, folder: string, { out }: Options): Origin {
  const place = out !== undefined ? ["--out", "."] : spec === "-" ? ["--stdout"] : [];
  if (spec === "-") return { spec: "standard input", arguments: ["-", ...place] };
  const fromFolder = relative(folder, path).replaceAll(sep, "/");
  return { spec: fromFolder, arguments: [fromFolder.startsWith("-") ? `./${fromFolder}` : fromFolder, ...place] };
}

/** Two specs that would write the same file. */
function collisions(jobs: readonly Job[]): Diagnostic[] {
  const owners = new Map<string, Job>();
  return jobs.flatMap((job) => {
    const owner = owners.get(job.folder);
    owners.set(job.folder, owner ?? job);
    if (owner === undefined) return [];
    const message = `${owner.spec} and ${job.spec} would both write ${join(basename(job.folder), outputPaths[0]!)}`;
    const hint = "Give each spec a folder of its own, or an output_dir.";
    return [
      { code: "same-output", severity: "error" as const, message, file: job.spec, path: [], position: undefined, hint },
    ];
  });
}

/** A file alone is printed as it is; several are told apart by their names, those of several specs by their folders too. */
function printFiles(jobs: readonly Job[], io: Io): void {
  const files = jobs.flatMap(({ folder, generation }) =>
    generation.files.map(({ path, text }) => ({
      text,
      path: jobs.length === 1 ? path : shown(join(folder, path), io),
    })),
  );
  const only = files.length === 1;
  io.stdout.write(files.map(({ path, text }) => (only ? text : `# ${path}\n${text}`)).join("\n"));
}

/** A path as the user would write it. */
function shown(path: string, { cwd }: Io): string {
  return relative(cwd, path).replaceAll(sep, "/");
}

function check(changes: readonly Change[], { quiet, json }: Options, io: Io): ExitCode {
  const differing = changes.filter(({ kind }) => kind !== "same");
  if (differing.length === 0) {
    if (!quiet && !json) io.stderr.write(`${count(changes.length, "file")} up to date\n`);
    return EXIT.done;
  }
  for (const { path, kind, reason } of differing) io.stderr.write(`${path}: ${kind}: ${reason}\n`);
  if (inGithub(io)) {
    const annotations = differing.map(({ path, kind, reason }) =>
      annotation("error", pathInRepository(path, io), kind, `${path} ${reason}`),
    );
    io.stderr.write(annotations.join(""));
  }
  const isRefusing = differing.some((change) => isRefused(change, false) && change.isForcible);
  const condition = isRefusing ? "; those that are not ours or were edited by hand need --force" : "";
  const isBlocked = differing.some(({ isForcible }) => !isForcible);
  const advice = isBlocked ? "Move what is in the way, then run" : "Run";
  if (!quiet) io.stderr.write(`${advice} mrk-scaffold without --check to write the files${condition}.\n`);
  return EXIT.differs;
}

/** What every spec's changes would destroy, but for what is allowed. */
async function lossesOf(jobs: readonly Job[], { force, allowDestroy }: Options): Promise<readonly Loss[]> {
  if (allowDestroy.includes("all")) return [];
  const losses: Loss[] = [];
  for (const { folder, generation, changes } of jobs) {
    const applied = changes().filter((change) => !isRefused(change, force));
    if (applied.length < changes().length || applied.every(({ kind }) => kind === "same" || kind === "missing"))
      continue;
    const { findLosses } = await import("./losses/losses.ts");
    // One by one: as arguments of one call, a hundred thousand would be too many.
    for (const loss of await findLosses(applied, names(generation.spec), folder)) losses.push(loss);
  }
  return losses.filter(({ address }) => !allowDestroy.includes(address));
}

function isRefused({ kind, isForcible }: Change, force: boolean): boolean {
  return (kind === "foreign" || kind === "hand-edited") && !(force && isForcible);
}

/** Says why nothing is written, if nothing may be. */
function refuse(changes: readonly Change[], losses: readonly Loss[], { force }: Options, io: Io): ExitCode | undefined {
  const refused = changes.filter((change) => isRefused(change, force));
  if (refused.length > 0) {
    for (const { path, reason } of refused) io.stderr.write(`refused: ${path} ${reason}\n`);
    const ways = refused.some(({ isForcible }) => isForcible)
      ? "Keep the edit by moving it to a file of your own, see it with --diff, or overwrite it with --force.\n"
      : "Move what is in the way.\n";
    io.stderr.write(`Nothing was written. ${ways}`);
    return EXIT.refused;
  }
  if (losses.length === 0) return undefined;
  const isOneFolder = new Set(losses.map(({ path }) => dirname(path))).size === 1;
  for (const { address, path, effect } of losses.slice(0, PRINTED_DIAGNOSTICS)) {
    io.stderr.write(`refused: ${isOneFolder ? "" : `${path}: `}${address}: Terraform ${effect}\n`);
  }
  if (losses.length > PRINTED_DIAGNOSTICS) io.stderr.write(`… and ${losses.length - PRINTED_DIAGNOSTICS} more\n`);
  for (const hint of new Set(losses.flatMap(({ hint }) => hint ?? []))) io.stderr.write(`  help: ${hint}\n`);
  const options =
    losses.length > 3 ? "--allow-destroy all" : losses.map(({ address }) => `--allow-destroy '${address}'`).join(" ");
  io.stderr.write(`Nothing was written. If it is meant: ${options}\n`);
  return EXIT.vanishing;
}

function apply(changes: readonly Change[], options: Options, io: Io): ExitCode {
  write(changes, io.writer);
  if (!options.quiet && !options.json) printSummary(changes, io);
  const isChanged = changes.some(({ kind }) => kind !== "same");
  return options.preCommit && isChanged ? EXIT.differs : EXIT.done;
}

/** Whether git's index has every spec and every file as it is on disk; says which it has not. */
async function checkIndex(jobs: readonly Job[], io: Io): Promise<boolean> {
  const { notInIndex } = await import("./disk/git-index.ts");
  const specs = jobs.flatMap(({ spec }) => (spec === "-" ? [] : [spec]));
  const wanted = jobs.flatMap(({ changes }) => changes().map(({ path }) => path));
  const possible = jobs.flatMap(({ folder }) => outputPaths.map((path) => shown(join(folder, path), io)));
  const unwanted = possible.filter((path) => !wanted.includes(path));
  const paths = notInIndex([...specs, ...wanted], io.cwd, io.env, unwanted);
  if (paths === undefined) {
    io.stderr.write("--pre-commit: git does not answer here, so nobody knows whether the files are committed\n");
    return false;
  }
  for (const path of paths) io.stderr.write(`${path}: not in git's index as it is on disk\n`);
  if (paths.length > 0) io.stderr.write(`Run: git add ${paths.map(shellWord).join(" ")}\n`);
  return paths.length === 0;
}

/** What has to be applied before something else may be done, which only the user can know. */
async function printNotes(jobs: readonly Job[], io: Io): Promise<void> {
  for (const { spec, generation, changes } of jobs) {
    const isAboutChanges = changes().some(({ before }) => /^(moved|removed) \{$/m.test(before ?? ""));
    const isAboutValues = changes().some(
      ({ kind, before }) => kind === "stale" && before?.includes(" secret_string_wo "),
    );
    if (!isAboutChanges && !isAboutValues && !generation.spec.regions.retired?.length) continue;
    const { endedChanges, idleRetiredRegions, unsentValues } = await import("./losses/losses.ts");
    for (const secret of isAboutValues ? unsentValues(changes()) : []) {
      const effect = "Terraform sends a write-only value only when its version changes";
      io.stderr.write(`${spec}: the value of ${secret} has another source, but its version is the same: ${effect}\n`);
    }
    for (const region of idleRetiredRegions(changes(), names(generation.spec))) {
      io.stderr.write(`${spec}: nothing is left in ${region}: once that is applied, take it out of regions.retired\n`);
    }
    const [first, ...others] = endedChanges(changes());
    if (first === undefined) continue;
    const which =
      others.length === 0 ? `block of ${first} is` : `blocks of ${first} and ${count(others.length, "other")} are`;
    const danger = "where that has not been applied yet, Terraform destroys what is still there";
    io.stderr.write(`${spec}: the moved or removed ${which} gone: ${danger}\n`);
  }
}

function printSummary(changes: readonly Change[], io: Io): void {
  const written = changes.filter(({ kind }) => kind !== "same");
  const lines = written.map(({ path, before, after }) => {
    const verb = before === undefined ? "created" : after === undefined ? "removed" : "updated";
    return `${verb} ${path}\n`;
  });
  const rest = changes.length - written.length;
  if (rest > 0) lines.push(`${count(rest, "file")} up to date\n`);
  io.stderr.write(lines.join(""));
}

/** Problems go to people, in GitHub Actions also to the pull request; its runner reads stderr as it reads stdout. */
function printDiagnostics(diagnostics: readonly Diagnostic[], io: Io, paint: Paint): void {
  if (diagnostics.length === 0) return;
  if (inGithub(io)) io.stderr.write(printGithub(diagnostics, (file) => pathInRepository(file, io)));
  io.stderr.write(printPretty(diagnostics, paint));
}

/** The report of `--json`; its version changes when a field changes its meaning or goes. */
function report(
  { json, check: isCheck }: Options,
  io: Io,
  exitCode: ExitCode,
  diagnostics: readonly Diagnostic[],
  changes: readonly Change[],
  losses: readonly Loss[] = [],
  error?: string,
): ExitCode {
  if (!json) return exitCode;
  const document = {
    version: 1,
    command: isCheck ? "check" : "generate",
    exitCode,
    diagnostics: diagnostics.map(toJson),
    files: changes.map(({ path, kind, reason }) => ({ path, state: kind, reason })),
    losses: losses.map(({ hint, ...loss }) => ({ ...loss, ...(hint === undefined ? {} : { hint }) })),
    ...(error === undefined ? {} : { error }),
  };
  io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return exitCode;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Colours: the option first, then NO_COLOR and FORCE_COLOR (https://no-color.org), then the terminal. */
function painter({ color }: Options, { env }: Io, stream: Output): Paint {
  let wanted: boolean | undefined = color;
  const decide = () => {
    if (env.NO_COLOR) return false;
    if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
    return env.TERM !== "dumb" && stream.isTTY === true;
  };
  return (style, text) => {
    wanted ??= decide();
    return wanted ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  };
}

function inGithub({ env }: Io): boolean {
  return env.GITHUB_ACTIONS === "true";
}

/** Annotations stand at paths from the root of the repository, wherever the step works. */
function pathInRepository(file: string, { cwd, env }: Io): string {
  return relative(env.GITHUB_WORKSPACE ?? cwd, resolve(cwd, file)).replaceAll(sep, "/");
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
