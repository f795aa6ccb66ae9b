/**
 * The command `init`: writes a first spec, with comments, and on request the configuration of pre-commit. What the options do not
 * say it asks for on a terminal. A file that is there is never overwritten.
 */

import { basename, dirname, join, resolve } from "node:path";
import { placeOf } from "../aws/region-names.ts";
import { isKnownRegion, knownRegions, partitionOf, shortCode } from "../aws/regions.ts";
import { services as catalogue } from "../aws/services.ts";
import { isThere, topOf } from "../disk/repository.ts";
import { EXIT, type Io } from "../io.ts";
import { shellWord } from "../output/header.ts";
import { pathFrom } from "../paths.ts";
import { check } from "../pipeline.ts";
import { type Diagnostic, fileDiagnostic, SpecError } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { painter } from "../report/print.ts";
import type { Answers, Asked, Given } from "../setup/answers.ts";
import { type Hooked, preCommitConfig, repository } from "../setup/hooks.ts";
import { specText } from "../setup/spec-text.ts";
import { isModule, lookAround, mainRegion, NOTHING_AROUND, type Surroundings } from "../setup/surroundings.ts";
import { load } from "../spec/load.ts";
import { outputPaths } from "../spec/names.ts";
import { failureToWrite, fileReports, freshFile } from "./writing.ts";

declare const __VERSION__: string;

interface InitOptions {
  readonly primary?: string;
  readonly replicas?: readonly string[];
  readonly encrypt?: readonly string[];
  readonly secret?: readonly string[];
  readonly module?: boolean;
  readonly "own-providers"?: boolean;
  readonly "pre-commit"?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly color?: boolean;
}

const HOOKS = ".pre-commit-config.yaml";

/** What people call what can be encrypted, by its name in the catalogue; `none` is no service. */
const LABELS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(catalogue)
    .filter(([name]) => name !== "none")
    .map(([name, { label }]) => [name, label]),
);

export async function init(
  { words, options }: { readonly words: readonly string[]; readonly options: InitOptions },
  io: Io,
): Promise<Outcome> {
  const [file = "spec.yaml", ...rest] = words;
  if (rest.length > 0) return misuse("init writes one spec", "Write, for example: mrk-scaffold init spec.yaml");
  if (!/[^/]\.ya?ml$/.test(file)) {
    return misuse(
      `the name of a spec ends in .yaml, ${JSON.stringify(file)} does not`,
      "Write: mrk-scaffold init spec.yaml",
    );
  }
  const path = resolve(io.cwd, file);
  const folder = dirname(path);
  if (isThere(path)) return taken(file);
  const top = topOf(folder);
  const config = top === undefined ? undefined : join(top, HOOKS);
  const given = givenIn(options);
  if (given.preCommit === true && top === undefined) {
    return misuse("--pre-commit: this folder is not in a git repository", "Write without it, or run git init first.");
  }
  const { around, warnings } = look(folder, dirname(file), top);
  const setting = { name: basename(file), schema: schemaFor(folder), labels: LABELS, aliasOf: shortCode };
  const textOf = (answers: Answers) => specText(answers, around, setting);

  const terminal = options.yes || options.json ? undefined : io.terminal;
  let answers: Asked | undefined;
  if (terminal === undefined) {
    const complete = withDefaults(given, around);
    if (complete === undefined) {
      const hint = "Write, for example: mrk-scaffold init --primary eu-central-1 --replicas eu-west-1,us-east-1";
      return misuse("say which region the primary keys are in", hint);
    }
    answers = complete;
  } else {
    const { ask } = await import("../setup/questions.ts");
    const paint = painter(options, io, io.stderr);
    const choices = {
      regions: knownRegions,
      placeOf,
      usual: [io.env.AWS_REGION, io.env.AWS_DEFAULT_REGION].find((region) => isKnownRegion(region ?? "")),
      replicasOf: (primary: string) =>
        knownRegions.filter((region) => region !== primary && partitionOf(region) === partitionOf(primary)),
      services: LABELS,
      faultOf: (secret: string) => problemsIn(textOf({ ...PLAIN, secrets: [secret] }), file)[0]?.message,
      offersHooks: config !== undefined && !isThere(config),
      isColoured: paint("bold", "") !== "",
    };
    answers = await ask(given, around, choices, terminal);
    if (answers === undefined) {
      return { exitCode: EXIT.interrupted, diagnostics: [], advice: ["Nothing was written."] };
    }
  }
  const text = textOf(answers);
  const problems = problemsIn(text, file);
  if (problems.length > 0) return { exitCode: EXIT.wrong, diagnostics: [...problems, ...warnings] };
  const changes = [freshFile(path, file, [text])];
  const hooked = hooksOf(file, text, top ?? folder, path);
  const isHooked = answers.preCommit && config !== undefined;
  const addsHooks = isHooked && !isThere(config);
  if (addsHooks) changes.push(freshFile(config, shownFrom(io.cwd, config), [preCommitConfig(hooked)]));
  const failure = failureToWrite(changes, io);
  if (failure !== undefined) return failure;
  return {
    exitCode: EXIT.done,
    diagnostics: warnings,
    files: fileReports(changes),
    summary: changes.map(({ path }) => `created ${path}`),
    advice: [
      ...providersToAdd(answers, around),
      ...(isHooked && !addsHooks ? [`Add this to ${shownFrom(io.cwd, config)}:`, ...repository(hooked)] : []),
      ...(around.resources.length > 0 ? [ADOPT] : []),
      `Look at ${file}, then run: npx mrk-scaffold ${shellWord(file)}`,
    ],
  };
}

const ADOPT =
  "To take over the keys and secrets of this folder: terraform show -json | npx mrk-scaffold adopt - (it writes a spec of its own)";

/** Answers that nothing is wrong with, to try one of them. */
const PLAIN: Answers = {
  primary: "eu-central-1",
  replicas: [],
  services: ["secretsmanager"],
  secrets: [],
  module: false,
  ownProviders: false,
};

/** What options say; a list may be given at once, with commas, or option by option. */
function givenIn(options: InitOptions): Given {
  const list = (values: readonly string[] | undefined) =>
    values?.flatMap((value) => value.split(",").map((word) => word.trim())).filter((word) => word !== "");
  return {
    primary: options.primary,
    replicas: list(options.replicas),
    services: list(options.encrypt),
    secrets: options.secret,
    module: options.module,
    ownProviders: options["own-providers"],
    preCommit: options["pre-commit"],
  };
}

/** The answers where nobody is asked; `undefined` where nothing says which region is the primary one. */
function withDefaults(given: Given, around: Surroundings): Asked | undefined {
  const primary = given.primary ?? mainRegion(around);
  if (primary === undefined) return undefined;
  return {
    primary,
    replicas: given.replicas ?? [],
    services: given.services ?? ["secretsmanager"],
    secrets: given.secrets ?? [],
    module: given.module ?? isModule(around),
    ownProviders: given.ownProviders ?? around.hasProviders,
    preCommit: given.preCommit ?? false,
  };
}

/** What is in the folder; a file that is no Terraform is named, and the folder taken for an empty one. */
function look(
  folder: string,
  shown: string,
  top: string | undefined,
): { readonly around: Surroundings; readonly warnings: readonly Diagnostic[] } {
  try {
    return { around: lookAround(folder, shown, top), warnings: [] };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "UnreadableTerraformError") throw error;
    const { path, reason } = error as Error & { readonly path: string; readonly reason: string };
    const warning = fileDiagnostic("unreadable-terraform", "warning", `${reason}, so this folder was not looked at`, {
      file: path,
    });
    return { around: NOTHING_AROUND, warnings: [warning] };
  }
}

/** What is wrong with a spec that is not on disk yet: no lines of it are quoted. */
function problemsIn(text: string, file: string): readonly Diagnostic[] {
  try {
    check(loaded(text, file));
    return [];
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.diagnostics.map((diagnostic) => ({ ...diagnostic, file: "", position: undefined }));
  }
}

function loaded(text: string, file: string) {
  return load(file, () => Buffer.from(text));
}

function hooksOf(file: string, text: string, top: string, path: string): Hooked {
  const spec = shownFrom(top, path);
  const folder = spec.includes("/") ? dirname(spec) : "";
  const { names } = check(loaded(text, file));
  return { spec, folder, outputs: [...outputPaths(names.files)], version: __VERSION__ };
}

/** What the folder's own providers lack. */
function providersToAdd({ ownProviders, module, primary, replicas }: Answers, around: Surroundings): readonly string[] {
  if (!ownProviders) return [];
  const missing = replicas.filter((region) => !around.providers.has(region));
  if (module) {
    const aliases = replicas.map((region) => `aws.${around.providers.get(region) || shortCode(region)}`);
    const list = ["aws", ...aliases].join(", ");
    return replicas.length === 0 ? [] : [`Your required_providers must have: configuration_aliases = [${list}]`];
  }
  return [
    ...(around.providers.has(primary) || around.providers.size === 0 ? [] : [`Add a provider for ${primary}.`]),
    ...missing.map((region) => `Add a provider for ${region} with alias = "${shortCode(region)}".`),
  ];
}

/** The JSON Schema for editors: that of the installed package, or that of the published one. */
function schemaFor(folder: string): string {
  for (let here = folder, back = "."; ; here = dirname(here), back = back === "." ? ".." : `${back}/..`) {
    if (isThere(join(here, "node_modules/mrk-scaffold/schema.json")))
      return `${back}/node_modules/mrk-scaffold/schema.json`;
    if (dirname(here) === here) return `https://unpkg.com/mrk-scaffold@${__VERSION__}/schema.json`;
  }
}

function shownFrom(folder: string, path: string): string {
  return pathFrom(folder, path);
}

function taken(file: string): Outcome {
  const diagnostic = fileDiagnostic("foreign", "refused", "is there already", { file });
  return {
    exitCode: EXIT.refused,
    diagnostics: [diagnostic],
    advice: ["Nothing was written. Give another name: mrk-scaffold init FILE"],
  };
}
