/**
 * The command `generate`, which is what the program does without a command: specs go in, their files are written, checked or
 * printed. What would overwrite a file of someone else, or make Terraform destroy something, is refused.
 */

import { join, resolve } from "node:path";
import type { Change } from "../disk/compare.ts";
import { leftoversBeside } from "../disk/leftovers.ts";
import { EXIT, type Io } from "../io.ts";
import { shellWord } from "../output/header.ts";
import { pathFrom } from "../paths.ts";
import { fileDiagnostic } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { painter } from "../report/print.ts";
import { type Steps, stepsOf } from "../report/steps.ts";
import { count } from "../report/words.ts";
import { outputPaths } from "../spec/names.ts";
import { DEFAULT_FILES } from "../spec/schema.ts";
import { generateAll, type Job } from "./jobs.ts";
import { oneSpec } from "./one-spec.ts";
import { clashesOf, found, isRefusal, outlookLines, regenerate, topmost, weigh } from "./regenerate.ts";
import { nameOf } from "./source.ts";
import type { Run } from "./watch.ts";
import { fileReports } from "./writing.ts";

/** The options of the command, by their names on the command line. */
interface GenerateOptions {
  readonly out?: string;
  readonly check?: boolean;
  readonly diff?: boolean;
  readonly stdout?: boolean;
  readonly force?: boolean;
  readonly "allow-destroy"?: readonly string[];
  readonly "pre-commit"?: boolean;
  readonly watch?: boolean;
  readonly templates?: string;
  readonly summary?: string;
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
  const specs = words.length > 0 ? words : await oneSpec(io);
  if ("exitCode" in specs) return specs;
  const run: Run = async (reads) => {
    // Of runs that follow each other each has its own patience.
    const { env, stderr, uptime = () => 0 } = io;
    const begun = options.watch ? uptime() : 0;
    const steps = stepsOf(options, { env, stderr, uptime: () => uptime() - begun });
    try {
      const outcome = await generateWith(specs, options, io, steps, reads);
      return options.summary === undefined ? outcome : await summarized(outcome, options.summary, specs, io);
    } finally {
      steps.end();
    }
  };
  if (!options.watch) return run();
  const { watch } = await import("./watch.ts");
  return watch(specs, run, options, io);
}

/** The outcome, added to a file as Markdown. */
async function summarized(outcome: Outcome, file: string, specs: readonly string[], { cwd }: Io): Promise<Outcome> {
  const { inMarkdown } = await import("../report/markdown.ts");
  const { append } = await import("../disk/append.ts");
  const fault = append(resolve(cwd, file), inMarkdown(outcome, specs.map(nameOf)));
  if (fault === undefined) return outcome;
  const message = `the summary cannot be written: ${fault}`;
  const diagnostic = fileDiagnostic("cannot-write", "error", message, { file });
  const exitCode = outcome.exitCode === EXIT.done ? EXIT.unprinted : outcome.exitCode;
  return { ...outcome, exitCode, diagnostics: [...outcome.diagnostics, diagnostic] };
}

async function generateWith(
  words: readonly string[],
  options: GenerateOptions,
  io: Io,
  steps: Steps,
  reads?: (path: string) => void,
): Promise<Outcome> {
  const { jobs, diagnostics } = await generateAll(words, options, io, steps, reads);
  if (diagnostics.some(({ severity }) => severity === "error")) {
    return { exitCode: EXIT.wrong, diagnostics, files: [] };
  }
  if (options.stdout) return { exitCode: EXIT.done, diagnostics, text: printed(jobs, io) };
  steps.say("Comparing with the files on disk");
  const changes = jobs.flatMap(({ changes }) => changes());
  const text = options.diff ? await diffOf(changes, options, io, steps) : undefined;
  const outcome = options.check
    ? await check(jobs, changes, options)
    : await writeFiles(jobs, changes, options, io, steps);
  const leftovers = options.check || options["pre-commit"] ? leftoversBeside(changes, io.cwd) : [];
  return {
    ...outcome,
    diagnostics: [...diagnostics, ...outcome.diagnostics, ...leftovers],
    files: fileReports(changes),
    ...(text === undefined ? {} : { text }),
  };
}

/** Arguments that do not go together. */
function misuseOf(specs: readonly string[], options: GenerateOptions): Outcome | undefined {
  const {
    out,
    check,
    diff,
    stdout,
    json,
    force,
    "allow-destroy": allowed = [],
    "pre-commit": preCommit,
    watch,
  } = options;
  const { summary } = options;
  const see = "See mrk-scaffold --help.";
  if (specs.includes("")) return misuse("the path of a spec is empty", see);
  if (allowed.includes("")) return misuse("--allow-destroy needs an address, or all", see);
  if (summary === "") return misuse("--summary needs the name of a file", see);
  if (out === "") return misuse("--out needs the name of a folder", "Write --out . for the current one.");
  if (options.templates === "") {
    return misuse("--templates needs the name of a folder", "To get the built-in ones: mrk-scaffold eject DIR");
  }
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
  if (watch && (check || stdout || json || preCommit || specs.includes("-"))) {
    const others = "--check, --stdout, --json, --pre-commit or standard input";
    return misuse(`--watch goes on until Ctrl-C and cannot be combined with ${others}`, undefined);
  }
  if (watch && (force || allowed.length > 0)) {
    const hint = "Run it once without --watch, then watch again.";
    return misuse("--force and --allow-destroy are for one run, not for every save", hint);
  }
  if (check && force) return misuse("--check writes nothing, so there is nothing to --force", undefined);
  return undefined;
}

async function diffOf(changes: readonly Change[], options: GenerateOptions, io: Io, steps: Steps): Promise<string> {
  steps.say("Comparing line by line");
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
  return pathFrom(cwd, path);
}

/** Says what differs, what Terraform would do and whether a write would be refused, and writes nothing. */
async function check(jobs: readonly Job[], changes: readonly Change[], options: GenerateOptions): Promise<Outcome> {
  const clashes = await clashesOf(jobs);
  const differing = changes.filter(({ kind }) => kind !== "same");
  if (differing.length === 0) {
    const json = { command: "check" };
    if (clashes.some(isRefusal)) return { exitCode: EXIT.differs, diagnostics: clashes, json };
    return { exitCode: EXIT.done, diagnostics: [], summary: [`${count(changes.length, "file")} up to date`], json };
  }
  const weighed = await weigh(jobs, changes, options);
  const isRefused = weighed.exitCode !== EXIT.done;
  const advice = isRefused
    ? `Run mrk-scaffold without --check to see what to do: ${refusalIn(weighed)}.`
    : "Run mrk-scaffold without --check to write the files.";
  return {
    exitCode: EXIT.differs,
    diagnostics: [...differing.map((change) => found(change, "error")), ...clashes],
    summary: [...(await outlookLines(weighed)), advice],
    ...(weighed.actions === undefined ? {} : { actions: weighed.actions }),
    json: { command: "check", writeIsRefused: isRefused },
  };
}

/** Why a write is refused, in half a sentence. */
function refusalIn({ exitCode, diagnostics }: Outcome): string {
  const [first = "", ...others] =
    exitCode === EXIT.vanishing
      ? topmost(diagnostics)
      : diagnostics.flatMap(({ severity, file }) => (severity === "refused" ? [file] : []));
  const all = others.length === 0 ? first : `${first} and ${others.length} more`;
  return exitCode === EXIT.vanishing
    ? `it will be refused, because Terraform would destroy or lose ${all}`
    : `it will be refused, because of ${all}`;
}

/** Writes the files, and for hooks says what git would not commit as it is on disk. */
async function writeFiles(
  jobs: readonly Job[],
  changes: readonly Change[],
  options: GenerateOptions,
  io: Io,
  steps: Steps,
): Promise<Outcome> {
  const outcome = await regenerate(jobs, changes, options, io, steps.say);
  if (outcome.exitCode !== EXIT.done || !options["pre-commit"]) return outcome;
  const written = changes.filter(({ kind }) => kind !== "same").map(({ path }) => path);
  if (written.length > 0) {
    const advice = `Nothing is wrong: look at git diff, then git add ${written.map(shellWord).join(" ")} and commit again.`;
    return { ...outcome, exitCode: EXIT.differs, advice: [advice] };
  }
  const unstaged = await indexOf(jobs, io);
  if (unstaged === undefined) return outcome;
  const diagnostics = [...outcome.diagnostics, ...unstaged.diagnostics];
  return { ...outcome, ...unstaged, exitCode: EXIT.differs, diagnostics };
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
  const diagnostic = (file: string, code: string, message: string) => fileDiagnostic(code, "error", message, { file });
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
