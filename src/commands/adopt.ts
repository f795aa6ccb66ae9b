/**
 * The command `adopt`: a state goes in; a spec for what it holds, the generated files, and `adopted.tf` with the moves from the
 * old addresses come out. Applied, nothing is added, changed or destroyed; what would change is said before, or refused.
 */

import { join, relative, resolve, sep } from "node:path";
import { type Adopted, adoptionOf, RefusedSpecError } from "../adopt/adoption.ts";
import { differencesOf } from "../adopt/differences.ts";
import { type Folder, isThere, type Place, readFolder, staleReferences, superfluousBlocks } from "../adopt/folder.ts";
import type { Adoption } from "../adopt/infer.ts";
import { regionsWithoutProvider } from "../adopt/surroundings.ts";
import { shortCode } from "../aws/regions.ts";
import { type Change, compare } from "../disk/compare.ts";
import { WriteError, write } from "../disk/write.ts";
import { EXIT, type Io } from "../io.ts";
import { type Origin, specInHeader, withHeader } from "../output/header.ts";
import { print } from "../pipeline.ts";
import { piecesOf, ReadError, readAtMost } from "../read.ts";
import type { Diagnostic, Severity } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { ADOPTED_FILE, outputPaths } from "../spec/names.ts";
import { NotAStateError, type State, stateReader } from "../terraform/state.ts";

export interface AdoptOptions {
  readonly out?: string;
  readonly "dry-run"?: boolean;
  readonly exact?: boolean;
}

const SPEC = "spec.yaml";
const ORIGIN: Origin = { spec: SPEC, arguments: [SPEC] };

export function adopt(
  { words: [path, ...rest], options }: { readonly words: readonly string[]; readonly options: AdoptOptions },
  io: Io,
): Outcome {
  const how = "Write: terraform show -json | mrk-scaffold adopt -";
  if (path === undefined || path === "") return misuse("name a state, or - for standard input", how);
  if (rest.length > 0) return misuse("adopt takes one state", how);
  if (options.out === "") return misuse("--out needs the name of a folder", "Write --out . for the current one.");
  const folder = resolve(io.cwd, options.out ?? ".");
  const shown = relative(io.cwd, folder).replaceAll(sep, "/");
  let state: State;
  let around: Folder;
  try {
    state = read(path, io);
    around = readFolder(folder, shown);
  } catch (error) {
    return { exitCode: EXIT.wrong, diagnostics: [unreadable(error, path === "-" ? "" : path)] };
  }
  let adopted: Adopted | undefined;
  try {
    adopted = adoptionOf(state, {
      around,
      path: SPEC,
      remarks: REMARKS,
      readBeside: (beside, most) => readAtMost(join(folder, beside), most),
    });
  } catch (error) {
    if (!(error instanceof RefusedSpecError)) throw error;
    // What is there in AWS may be beyond what a spec says: the spec is shown, so that it can be completed by hand.
    return { exitCode: EXIT.wrong, diagnostics: error.diagnostics, text: options["dry-run"] ? error.spec : "" };
  }
  if (adopted === undefined) {
    const message = "this state has no multi-Region keys, and no secrets";
    return { exitCode: EXIT.wrong, diagnostics: [about("nothing-to-adopt", "error", message)] };
  }
  return finish({ ...adopted, around, folder, shown }, options, io);
}

interface Found extends Adopted {
  readonly around: Folder;
  readonly folder: string;
  readonly shown: string;
}

function finish(
  { inventory, adoption, unseen, around, spec, checked, folder, shown }: Found,
  options: AdoptOptions,
  io: Io,
): Outcome {
  const differences = differencesOf(checked.names, adoption);
  const superfluous = superfluousBlocks(around, adoption);
  const diagnostics: Diagnostic[] = [
    ...differences.map(({ address, attribute, before, after }) =>
      about("would-change", options.exact ? "refused" : "warning", `${attribute} is ${before} and becomes ${after}`, {
        address,
      }),
    ),
    ...adoption.unmanaged.map(({ address, reason }) =>
      about("not-adopted", "note", `its policy stays as it is in AWS, and Terraform does not manage it: ${reason}`, {
        address,
      }),
    ),
    ...adoption.leftAlone.map(({ address, reason }) =>
      about("not-adopted", "note", `it stays in your files as it is: ${reason}`, { address }),
    ),
    ...[...unseen].map(([address, attributes]) =>
      about("written-out", "note", `the spec has today's values: ${computed(attributes)}`, { address }),
    ),
    ...staleReferences(around, adoption, superfluous).map(({ path, line, what }) =>
      about("stale-reference", "warning", `this line refers to ${what}`, { file: path, line }),
    ),
    ...(checked.spec.provider?.placement === "region"
      ? []
      : regionsWithoutProvider(inventory, around.surroundings)
    ).map((region) =>
      about("provider-missing", "warning", `no provider of this folder is for ${region}`, {
        hint: `Add one with the alias ${shortCode(region)}, or name its alias as provider_alias at ${region} in the spec.`,
      }),
    ),
    ...checked.warnings,
  ];
  if (options.exact && differences.length > 0) {
    const advice = ["Nothing was written: --exact allows no change."];
    return { exitCode: EXIT.vanishing, diagnostics, advice };
  }
  const moved = adoptedFile(adoption);
  const documents = [...adoption.documents];
  if (options["dry-run"]) {
    const texts = [[SPEC, spec], ...documents, ...(moved === "" ? [] : [[ADOPTED_FILE, moved]])];
    const text = texts.map(([name, content]) => `# ${name}\n${content}`).join("\n");
    return { exitCode: EXIT.done, diagnostics, text, summary: summaryOf(adoption) };
  }
  const names = outputPaths(checked.names.files);
  const destination = {
    folder,
    outputPaths: names,
    kept: [ADOPTED_FILE],
    specInHeader: specInHeader(ORIGIN),
    cwd: io.cwd,
  };
  const changes = compare(print(checked, ORIGIN), destination);
  const inTheWay = [
    ...changes
      .filter(({ kind }) => kind === "foreign" || kind === "hand-edited")
      .map(({ path, reason }) => ({ path, reason })),
    ...[SPEC, ADOPTED_FILE, ...adoption.documents.keys()]
      .filter((name) => isThere(join(folder, name)))
      .map((name) => ({ path: inFolder(shown, name), reason: "is there already" })),
  ];
  if (inTheWay.length > 0) {
    const refused = inTheWay.map(({ path: file, reason }) => about("foreign", "refused", reason, { file }));
    const advice = ["Nothing was written. Move what is in the way, or write into another folder with --out DIR."];
    return { exitCode: EXIT.refused, diagnostics: [...diagnostics, ...refused], advice };
  }
  const fresh = (name: string, text: readonly string[]): Change => {
    const place = { target: join(folder, name), path: inFolder(shown, name) };
    return { kind: "missing", ...place, before: undefined, after: text, reason: "does not exist", isForcible: false };
  };
  const all = [
    fresh(SPEC, [spec]),
    ...documents.map(([name, text]) => fresh(name, [text])),
    ...changes,
    ...(moved === "" ? [] : [fresh(ADOPTED_FILE, [...withHeader([`\n${moved}`], ORIGIN)])]),
  ];
  try {
    write(all, io.writeContext);
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    const { path: file, reason, outcome } = error;
    return { exitCode: EXIT.refused, diagnostics: [about("cannot-write", "error", reason, { file })], advice: outcome };
  }
  const written = all.filter(({ kind }) => kind !== "same");
  return {
    exitCode: EXIT.done,
    diagnostics,
    files: written.map(({ path, kind, reason }) => ({ path, state: kind, reason })),
    summary: [...written.map(({ path }) => `created ${path}`), ...summaryOf(adoption)],
    advice: nextSteps(superfluous),
  };
}

function inFolder(shown: string, name: string): string {
  return shown === "" ? name : `${shown}/${name}`;
}

/** What no text of a spec says: each attribute with what the configuration has for it, on one line. */
function computed(attributes: ReadonlyMap<string, string>): string {
  const all = [...attributes].map(([name, source]) => `${name} is ${source.replace(/\s+/g, " ").slice(0, 60)}`);
  return all.join(", ");
}

/** The remarks in the spec that is written. */
const REMARKS: Readonly<Record<string, readonly string[]>> = {
  version: ["Made from Terraform's state by mrk-scaffold adopt. It is yours from now on."],
  adopted: ["Once the adoption is applied everywhere, take this line out: adopted.tf goes with the next run."],
  secrets: [
    "value: external leaves the values as they are. To have Terraform send a new one that stays out of its state, write",
    "value: variable. A plain value that is in the state leaves it with the next apply, but stays in the state's older versions.",
  ],
};

function adoptedFile({ moves, forgotten }: Adoption): string {
  const blocks = [
    ...moves.map(({ from, to }) => `moved {\n  from = ${from}\n  to   = ${to}\n}\n`),
    ...forgotten.map((from) => `removed {\n  from = ${from}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`),
  ];
  return blocks.join("\n");
}

function summaryOf({ origins, moves, forgotten }: Adoption): readonly string[] {
  const keys = [...origins.keys()].filter((path) => path.startsWith("keys.")).length;
  return [
    `${count(keys, "key")} and ${count(origins.size - keys, "secret")} adopted: ${count(moves.length, "resource")} moved, ${forgotten.length} let go`,
  ];
}

/** What is left to do, in the order in which it is to be done. */
function nextSteps(blocks: readonly Place[]): readonly string[] {
  const deletions = blocks.map(({ path, line, what }) => `    ${path}:${line}: ${what}`);
  return [
    ...(deletions.length > 0 ? ["Delete these blocks, which are generated now:", ...deletions] : []),
    "Then run terraform plan: it must say 0 to add, 0 to change, 0 to destroy.",
  ];
}

/** Reads a state, from a file or from standard input, piece by piece. */
function read(path: string, io: Io): State {
  const reader = stateReader();
  for (const piece of path === "-" ? io.stdin.pieces() : piecesOf(resolve(io.cwd, path))) reader.feed(piece);
  return reader.end();
}

function unreadable(error: unknown, file: string): Diagnostic {
  if (error instanceof NotAStateError) return about("not-a-state", "error", error.message, { file, hint: error.hint });
  if (error instanceof Error && error.name === "UnreadableTerraformError") {
    const { path, reason, line, column } = error as Error & {
      path: string;
      reason: string;
      line?: number;
      column?: number;
    };
    return about("unreadable-terraform", "error", reason, {
      file: path,
      ...(line === undefined ? {} : { line, column: column ?? 1 }),
    });
  }
  if (error instanceof ReadError)
    return about("not-a-state", "error", `the state cannot be read: ${error.message}`, { file });
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
  const message = code === "ENOENT" ? "there is no such file" : `the state cannot be read: ${code}`;
  return about("not-a-state", "error", message, { file });
}

interface About {
  readonly file?: string;
  readonly address?: string;
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
}

function about(
  code: string,
  severity: Severity,
  message: string,
  { file = "", address, line, column = 1, hint }: About = {},
): Diagnostic {
  const position = line === undefined ? undefined : { line, column, length: 1, lineText: undefined };
  return { code, severity, message, file, ...(address === undefined ? {} : { address }), path: [], position, hint };
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}
