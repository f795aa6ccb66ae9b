/**
 * Generates the specs of a command line in memory: their paths go in; what each gives, and everything that is wrong with
 * any of them, comes out. It reads specs and the files that they would replace, and writes nothing.
 */

import { basename, dirname, resolve } from "node:path";
import { type Change, compare } from "../disk/compare.ts";
import { isInside, topOf } from "../disk/repository.ts";
import type { TemplateFolder } from "../edited/read.ts";
import type { Io } from "../io.ts";
import { type Origin, specInHeader } from "../output/header.ts";
import type { RenderedFile } from "../output/render.ts";
import { pathFrom } from "../paths.ts";
import { check, model, print } from "../pipeline.ts";
import { byPlace, type Diagnostic, fileDiagnostic } from "../report/diagnostic.ts";
import type { Steps } from "../report/steps.ts";
import type { Checked } from "../rules/validate.ts";
import type { SpecSource } from "../spec/load.ts";
import { ADOPTED_FILE, outputPaths } from "../spec/names.ts";
import { problemsOf, sourceOf } from "./source.ts";

/** What became of one spec. */
export interface Job {
  /** The spec as the user named it. */
  readonly spec: string;
  /** The output folder, absolute. */
  readonly folder: string;
  readonly checked: Checked;
  readonly files: readonly RenderedFile[];
  /** What is to be done on disk, which is read at the first call. */
  readonly changes: () => readonly Change[];
}

/** Folders that the command line names. */
interface Places {
  readonly out?: string | undefined;
  readonly templates?: string | undefined;
}

/** The specs of a command line. */
interface Jobs {
  readonly jobs: readonly Job[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Generates every spec; what is wrong with one does not hide what is wrong with another. `reads` is told the path of every file
 * that is read besides the specs, before that.
 */
export async function generateAll(
  specs: readonly string[],
  places: Places,
  io: Io,
  { say }: Pick<Steps, "say">,
  reads: (path: string) => void = () => {},
): Promise<Jobs> {
  const jobs: Job[] = [];
  const diagnostics: (readonly Diagnostic[])[] = [];
  const paths = new Map(specs.map((spec) => [resolve(io.cwd, spec), spec]));
  for (const spec of paths.values()) {
    try {
      say(`Generating from ${spec}`);
      const job = await jobOf(noted(sourceOf(spec, io), resolve(io.cwd, spec), reads), spec, places, io, reads);
      diagnostics.push(job.checked.warnings);
      if (places.out === undefined && job.checked.spec.output_dir?.startsWith("..")) {
        diagnostics.push(outsideOf(resolve(io.cwd, spec), spec, job.folder));
      }
      jobs.push(job);
    } catch (error) {
      diagnostics.push(problemsOf(error, spec));
    }
  }
  return { jobs, diagnostics: [...diagnostics.flat(), ...collisions(jobs)].sort(byPlace) };
}

/** A spec that says which files beside it are read; `path` is the spec's. */
function noted(source: SpecSource, path: string, reads: (path: string) => void): SpecSource {
  const { readBeside } = source;
  if (readBeside === undefined) return source;
  return {
    ...source,
    readBeside: (beside, most) => {
      reads(resolve(dirname(path), beside));
      return readBeside(beside, most);
    },
  };
}

/**
 * Generates one spec, whose text may be another than the one on disk.
 * @throws {SpecError} with everything that is wrong with it
 * @throws {TemplatesError} with everything that is wrong with templates of the user's own
 */
export async function jobOf(
  source: SpecSource,
  spec: string,
  places: Places,
  io: Io,
  reads: (path: string) => void = () => {},
): Promise<Job> {
  const { out } = places;
  const path = resolve(io.cwd, spec);
  const checked = check(source);
  const folder = outputFolder(path, spec, checked.spec.output_dir, out, io);
  const origin = originOf(path, spec, folder, places, io);
  const templates = templatesOf(path, spec, checked.spec.templates, places, io);
  const files =
    templates === undefined
      ? print(checked, origin)
      : await (await import("../edited/render.ts")).renderEdited(model(checked, origin), origin, templates, reads);
  const destination = {
    folder,
    outputPaths: outputPaths(checked.names.files),
    kept: checked.spec.adopted ? [ADOPTED_FILE] : [],
    specInHeader: specInHeader(origin),
    cwd: io.cwd,
  };
  let changes: readonly Change[] | undefined;
  return { spec, folder, checked, files, changes: () => (changes ??= compare(files, destination)) };
}

/** Templates of the user's own: those of the command line, wherever they are, or those of the spec, in its own folder. */
function templatesOf(
  path: string,
  spec: string,
  ofSpec: string | undefined,
  { templates }: Places,
  { cwd }: Io,
): TemplateFolder | undefined {
  if (templates !== undefined) {
    const folder = resolve(cwd, templates);
    return { path: folder, shown: shownIn(cwd, folder), within: folder };
  }
  if (ofSpec === undefined) return undefined;
  const within = spec === "-" ? cwd : dirname(path);
  const folder = resolve(within, ofSpec);
  return { path: folder, shown: shownIn(cwd, folder), within };
}

function shownIn(cwd: string, path: string): string {
  return pathFrom(cwd, path) || ".";
}

function outputFolder(
  path: string,
  spec: string,
  outputDir: string | undefined,
  out: string | undefined,
  { cwd }: Io,
): string {
  if (out !== undefined) return resolve(cwd, out);
  return spec === "-" ? cwd : resolve(dirname(path), outputDir ?? ".");
}

/** A note on an output folder that is not in the repository of its spec: what is written there is not committed with it. */
function outsideOf(path: string, spec: string, folder: string): Diagnostic[] {
  const top = topOf(dirname(path));
  if (top === undefined || isInside(folder, top)) return [];
  const message = "output_dir leads out of the repository that the spec is in";
  const place = { file: spec, path: ["output_dir"], position: undefined, hint: undefined };
  return [{ code: "output-outside-repository", severity: "note", message, ...place }];
}

/** The header's words are relative to the output folder, so that they are the same wherever the program was started. */
function originOf(path: string, spec: string, folder: string, { out, templates }: Places, { cwd }: Io): Origin {
  const place = out !== undefined ? ["--out", "."] : spec === "-" ? ["--stdout"] : [];
  if (templates !== undefined) place.push("--templates", shownIn(folder, resolve(cwd, templates)));
  if (spec === "-") return { spec: "standard input", arguments: ["-", ...place] };
  const fromFolder = pathFrom(folder, path);
  return { spec: fromFolder, arguments: [fromFolder.startsWith("-") ? `./${fromFolder}` : fromFolder, ...place] };
}

/** Two specs for one folder: even under other file names they would declare the same data sources and providers. */
function collisions(jobs: readonly Job[]): Diagnostic[] {
  const owners = new Map<string, Job>();
  return jobs.flatMap((job) => {
    const owner = owners.get(job.folder);
    owners.set(job.folder, owner ?? job);
    if (owner === undefined) return [];
    const message = `${owner.spec} and ${job.spec} would both write into the folder ${basename(job.folder)}`;
    const hint = "Give each spec a folder of its own, or an output_dir.";
    return [fileDiagnostic("same-output", "error", message, { file: job.spec, hint })];
  });
}
