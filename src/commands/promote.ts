/**
 * The command `promote`: another region becomes the primary one. A spec and a wish go in; the spec is changed in place, its files
 * are written, and the runbook of what must be run is printed. Nothing here speaks to AWS or runs Terraform.
 */

import { resolve } from "node:path";
import type { Change as FileChange } from "../disk/compare.ts";
import { editedFile, newFile } from "../disk/edited.ts";
import { EXIT, type Io } from "../io.ts";
import { shellWord } from "../output/header.ts";
import { pathFrom } from "../paths.ts";
import { type Continuation, nextStep } from "../promotion/continue.ts";
import { keysIn, missingIn } from "../promotion/evidence.ts";
import type { Obstacle } from "../promotion/finding.ts";
import { broken, notAState, notEditable, refused, unapplied, wouldBeWrong } from "../promotion/outcomes.ts";
import { brokenReferences, changedAddresses } from "../promotion/references.ts";
import { printRunbook, rootImports, runbookOf, type Setting } from "../promotion/runbook.ts";
import { changesOf, obstaclesTo, type Start } from "../promotion/start.ts";
import { piecesOf, ReadError } from "../read.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { painter } from "../report/print.ts";
import { EditError, edit } from "../spec/edit.ts";
import type { Change } from "../spec/edit-data.ts";
import { parse, type SpecSource } from "../spec/load.ts";
import type { Names } from "../spec/names.ts";
import { has } from "../spec/versions.ts";
import { filesBeside } from "../terraform/folder.ts";
import { NotAStateError, type StateResource, stateReader } from "../terraform/state.ts";
import { type Job, jobOf } from "./jobs.ts";
import { type RegenerateOptions, weigh, writeAll } from "./regenerate.ts";
import { problemsOf, sourceOf } from "./source.ts";
import { fileReports } from "./writing.ts";

/** The options of the command, by their names on the command line. */
export interface PromoteOptions extends RegenerateOptions {
  readonly to?: string;
  readonly secrets?: boolean;
  readonly "secrets-only"?: boolean;
  readonly attach?: boolean;
  readonly continue?: boolean;
  readonly applied?: boolean;
  readonly "send-values"?: boolean;
  readonly returned?: string;
  readonly unreachable?: readonly string[];
  readonly state?: string;
  readonly "key-id"?: readonly string[];
  readonly lambda?: readonly string[];
  readonly "root-imports"?: string;
  readonly out?: string;
  readonly templates?: string;
  readonly "dry-run"?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

interface Given {
  readonly words: readonly string[];
  readonly options: PromoteOptions;
}

/** What stands in the way of what is asked for. */
interface Obstructed {
  readonly obstacles: readonly Obstacle[];
}

/** What has been decided about the spec: the changes of its text, and what that lets go of. */
interface Decision {
  readonly changes: readonly Change[];
  readonly settled: readonly string[];
  /** The module that the state has the keys in, where a state was shown. */
  readonly module: string | undefined;
}

export async function promote({ words, options }: Given, io: Io): Promise<Outcome> {
  const wrong = misuseOf(words, options);
  if (wrong !== undefined) return wrong;
  const spec = words[0]!;
  let source: SpecSource;
  let before: Job;
  try {
    source = sourceOf(spec, io);
    before = await jobOf(source, spec, options, io);
  } catch (error) {
    return { exitCode: EXIT.wrong, diagnostics: problemsOf(error, spec) };
  }
  const resources = stateOf(options, io);
  if ("exitCode" in resources) return resources;
  const named = before.checked.names;
  const decided =
    options.to === undefined
      ? goOn(options, resources.found, named)
      : start(options as PromoteOptions & { to: string }, resources.found, before, io);
  if ("exitCode" in decided) return decided;
  if ("obstacles" in decided) return refused(decided.obstacles, source);
  return carryOut(decided, { spec, source, before }, options, io);
}

/** Arguments that do not go together. */
function misuseOf(words: readonly string[], options: PromoteOptions): Outcome | undefined {
  const see = "See mrk-scaffold promote --help.";
  const { to, returned } = options;
  if (words.length !== 1) return misuse("promote changes one spec: name it", see);
  if (words[0] === "-") return misuse("a spec from standard input cannot be changed in place", "Name its file.");
  const wishes = [to !== undefined, options.continue === true, returned !== undefined].filter(Boolean);
  if (wishes.length !== 1) return misuse("say what is to happen: --to REGION, --continue or --returned REGION", see);
  if (options.secrets && options["secrets-only"])
    return misuse("--secrets moves keys and secrets, --secrets-only the secrets alone: choose one", undefined);
  for (const name of ["secrets", "secrets-only", "attach", "unreachable", "key-id", "lambda"] as const) {
    if (to === undefined && options[name] !== undefined)
      return misuse(`--${name} belongs to the start of a promotion`, "Write it beside --to REGION.");
  }
  if (options["send-values"] && !options.continue)
    return misuse("--send-values belongs to the end of a promotion", "Write it beside --continue.");
  if (options.attach && !options["secrets-only"])
    return misuse("--attach is for secrets alone that Terraform has let go of already", "Add --secrets-only.");
  for (const name of ["key-id", "lambda"] as const) {
    const bad = options[name]?.find((one) => !/^[^=]+=.+$/.test(one));
    if (bad !== undefined) return misuse(`--${name} is ID=…, not ${JSON.stringify(bad)}`, see);
  }
  const id = pairs(options["key-id"]).find(([, value]) => !/^mrk-[0-9a-f]{32}$/.test(value));
  if (id !== undefined) return misuse(`${id[1]} is not the id of a multi-Region key: mrk- and 32 hex digits`, see);
  return undefined;
}

function pairs(given: readonly string[] = []): readonly (readonly [string, string])[] {
  return given.map((one) => [one.slice(0, one.indexOf("=")), one.slice(one.indexOf("=") + 1)] as const);
}

/** What the state has, where one is shown; a state that cannot be read is an outcome. */
function stateOf(
  { state: path }: PromoteOptions,
  io: Io,
): { readonly found: readonly StateResource[] | undefined } | Outcome {
  if (path === undefined) return { found: undefined };
  try {
    const reader = stateReader();
    for (const piece of path === "-" ? io.stdin.pieces() : piecesOf(resolve(io.cwd, path))) reader.feed(piece);
    return { found: reader.end().resources };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isKnown = error instanceof NotAStateError || error instanceof ReadError;
    if (!isKnown && code === undefined) throw error;
    return notAState(path === "-" ? "standard input" : path, isKnown ? error.message : `it cannot be read: ${code}`);
  }
}

function start(
  options: PromoteOptions & { readonly to: string },
  state: readonly StateResource[] | undefined,
  { checked, folder, changes }: Job,
  io: Io,
): Decision | Obstructed | Outcome {
  const named = checked.names;
  const found = state === undefined ? undefined : keysIn(state, named);
  const given = new Map(pairs(options["key-id"]));
  const hasSecrets = named.secrets.length > 0;
  const wish: Start = {
    to: options.to,
    movesKeys: options["secrets-only"] !== true,
    movesSecrets: hasSecrets && (options.secrets === true || options["secrets-only"] === true),
    firstStep: options.attach ? "attach" : "detach",
    unreachable: options.unreachable ?? [],
    keyIds: new Map([...(found?.keyIds ?? []), ...given]),
    lambdas: new Map(pairs(options.lambda)),
  };
  const obstacles = [
    ...unknownIds(given, named.keys, "key-id"),
    ...unknownIds(wish.lambdas, named.secrets, "lambda"),
    ...(options["secrets-only"] && !hasSecrets ? [NO_SECRETS] : []),
    ...(wish.movesKeys ? (found?.obstacles ?? []) : []),
    ...obstaclesTo(wish, named),
    ...(options.attach ? stillManaged(state, named) : []),
  ];
  if (obstacles.length > 0) return { obstacles };
  const shown = pathFrom(io.cwd, folder);
  const ours = new Set(changes().map(({ path }) => path.split("/").at(-1)!));
  const references = brokenReferences(filesBeside(ours, folder, shown), changedAddresses(wish, named));
  if (references.length > 0) return broken(references, wish.to, named);
  return {
    changes: changesOf(wish, named),
    settled: options.attach ? named.secrets.flatMap(({ id }) => SECRET_TYPES.map((type) => `${type}.${id}`)) : [],
    module: found?.module,
  };
}

const SECRET_TYPES = ["", "_version", "_rotation", "_policy"].map((part) => `aws_secretsmanager_secret${part}`);

const NO_SECRETS: Obstacle = {
  code: "wrong-target",
  path: [],
  message: "this spec has no secrets that could move",
  hint: "Leave --secrets-only out to move its keys.",
};

function unknownIds(
  given: ReadonlyMap<string, string>,
  things: readonly { readonly id: string }[],
  option: string,
): readonly Obstacle[] {
  const known = things.map(({ id }) => id);
  return [...given.keys()]
    .filter((id) => !known.includes(id))
    .map((id) => {
      const message = `--${option} names ${JSON.stringify(id)}, which this spec does not have`;
      return { code: "id-of-unknown-key", path: [], message, hint: `It has ${known.join(", ") || "none"}.` };
    });
}

/** Files that still declare what is attached elsewhere do no harm only where Terraform has let go of it. */
function stillManaged(state: readonly StateResource[] | undefined, { secrets }: Names): readonly Obstacle[] {
  const hint = "After terraform state rm: terraform show -json | mrk-scaffold promote … --attach --state -";
  if (state === undefined) {
    const message = "--attach needs the state, which must have none of the secrets any more";
    return [{ code: "step-not-applied", path: ["regions"], message, hint }];
  }
  const known = new Set(state.map(({ type, name }) => `${type}.${name}`));
  return secrets
    .flatMap(({ id }) => SECRET_TYPES.map((type) => `${type}.${id}`))
    .filter((address) => known.has(address))
    .map((address) => ({
      code: "step-not-applied",
      path: ["regions"],
      message: `the state still has ${address}`,
      hint,
    }));
}

function goOn(
  options: PromoteOptions,
  state: readonly StateResource[] | undefined,
  named: Names,
): Decision | Obstructed | Outcome {
  const wish: Continuation = { sendsValues: options["send-values"] === true, returned: options.returned };
  const next = nextStep(wish, named);
  if ("code" in next) return { obstacles: [next] };
  const module = state === undefined ? undefined : keysIn(state, named).module;
  if (options.returned !== undefined) return { ...next, module };
  const missing = state === undefined ? [] : missingIn(state, named);
  const isShown = state !== undefined || options.applied === true || named.secretsStep === "clean";
  if (missing.length > 0 || !isShown) return unapplied(missing);
  return { ...next, module };
}

interface Subject {
  readonly spec: string;
  readonly source: SpecSource;
  readonly before: Job;
}

/** Changes the spec, generates, and says what must be run. */
async function carryOut(
  { changes, settled, module }: Decision,
  { spec, source, before }: Subject,
  options: PromoteOptions,
  io: Io,
): Promise<Outcome> {
  let text: string;
  try {
    text = edit(source, changes);
  } catch (error) {
    if (error instanceof EditError) return notEditable(error, changes, source);
    throw error;
  }
  let after: Job;
  try {
    after = await jobOf({ ...parse(spec, Buffer.from(text)), path: spec }, spec, options, io);
  } catch (error) {
    return wouldBeWrong(problemsOf(error, spec));
  }
  const fileChanges = after.changes();
  const allowed = [...settled, ...(options["allow-destroy"] ?? [])];
  const setting = settingOf(spec, after, module, options, io);
  const besides = importsChange(after, setting, options, io);
  const weighed = await weigh([after], [...besides, ...fileChanges], {
    force: options.force,
    "allow-destroy": allowed,
  });
  if (weighed.exitCode !== EXIT.done) return weighed;
  const steps = runbookOf(before.checked.names, after.checked.names, setting);
  const own = editedFile(resolve(io.cwd, spec), spec, source.text, text);
  const all = [own, ...besides, ...fileChanges];
  const diagnostics = [
    ...after.checked.warnings.filter(({ code }) => code !== "imports-in-root"),
    ...weighed.diagnostics,
  ];
  const outcome = options["dry-run"] ? undefined : writeAll(all, diagnostics, io);
  if (outcome !== undefined && outcome.exitCode !== EXIT.done) return outcome;
  const heading = `${headingOf(after.checked.names)}: run this, step by step`;
  const diff = options["dry-run"] ? await diffOf(all, options, io) : "";
  return {
    exitCode: EXIT.done,
    diagnostics,
    ...(outcome?.summary === undefined
      ? { summary: ["Nothing was written: --dry-run."] }
      : { summary: outcome.summary }),
    files: fileReports(fileChanges),
    text: diff + printRunbook(heading, steps),
    json: { runbook: steps },
  };
}

function headingOf({ promotedFrom, primary, secretsStep, secretsPlace }: Names): string {
  const keys =
    promotedFrom === undefined ? [] : [`The primary keys move from ${promotedFrom.region} to ${primary.region}`];
  const secrets =
    secretsStep === "detach" || secretsStep === "attach" ? [`the secrets move to ${secretsPlace.region}`] : [];
  const all = [...keys, ...secrets].join(", ");
  return all === "" ? "The promotion is finished with this" : all[0]!.toUpperCase() + all.slice(1);
}

function settingOf(
  spec: string,
  { folder, checked }: Job,
  module: string | undefined,
  options: PromoteOptions,
  { cwd }: Io,
): Setting {
  const isModule = checked.spec.terraform?.module === true;
  const from = pathFrom(cwd, folder);
  // A module is applied by its root, wherever that is.
  const terraform = from === "" || isModule ? "terraform" : `terraform -chdir=${shellWord(from)}`;
  const takesImports = !isModule || has(checked.floors, "importInModule");
  return {
    spec: shellWord(spec),
    terraform,
    module: takesImports ? "" : module || "module.NAME",
    rootImports: options["root-imports"],
  };
}

/** The root's import blocks, where they are to be kept in a file: a new one, of which nothing needs judging. */
function importsChange(
  { checked }: Job,
  { module, rootImports: path }: Setting,
  { to }: PromoteOptions,
  { cwd }: Io,
): readonly FileChange[] {
  if (path === undefined || to === undefined || module === "") return [];
  return [newFile(resolve(cwd, path), path, rootImports(checked.names, module))];
}

async function diffOf(changes: readonly FileChange[], options: PromoteOptions, io: Io): Promise<string> {
  if (options.json) return "";
  const { printDiff } = await import("../disk/diff.ts");
  return `${printDiff(changes, painter(options, io, io.stdout))}\n`;
}
