/**
 * The command `adopt`: a state goes in; a spec for what it holds, the generated files, and `adopted.tf` with the moves from the
 * old addresses come out. Applied, nothing is added, changed or destroyed; what would change is said before, or refused.
 */

import { join, resolve } from "node:path";
import { type FoundInAccount, lookForKeys } from "../adopt/account.ts";
import { type Adopted, adoptionOf, RefusedSpecError } from "../adopt/adoption.ts";
import { differencesOf } from "../adopt/differences.ts";
import { type Folder, isThere, type OwnLine, readFolder, staleReferences, superfluousBlocks } from "../adopt/folder.ts";
import type { Adoption } from "../adopt/infer.ts";
import type { LeftAlone } from "../adopt/inventory.ts";
import { regionsWithoutProvider } from "../adopt/surroundings.ts";
import { type LiveAccount, NoSdkError, UnseenError } from "../aws/account.ts";
import { connect } from "../aws/live.ts";
import { shortCode } from "../aws/regions.ts";
import { compare } from "../disk/compare.ts";
import { EXIT, type Io } from "../io.ts";
import { type Origin, specInHeader, withHeader } from "../output/header.ts";
import { pathFrom } from "../paths.ts";
import { print } from "../pipeline.ts";
import { piecesOf, ReadError, readAtMost } from "../read.ts";
import { type Diagnostic, fileDiagnostic } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { stepsOf } from "../report/steps.ts";
import { count } from "../report/words.ts";
import { ADOPTED_FILE, outputPaths } from "../spec/names.ts";
import { NotAStateError, type State, stateReader } from "../terraform/state.ts";
import { awsFailure } from "./aws-failure.ts";
import { failureToWrite, fileReports, freshFile } from "./writing.ts";

export interface AdoptOptions {
  readonly account?: boolean;
  readonly regions?: readonly string[];
  readonly tag?: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly out?: string;
  readonly "dry-run"?: boolean;
  readonly exact?: boolean;
}

const SPEC = "spec.yaml";
const ORIGIN: Origin = { spec: SPEC, arguments: [SPEC] };

export async function adopt(
  { words, options }: { readonly words: readonly string[]; readonly options: AdoptOptions },
  io: Io,
): Promise<Outcome> {
  const wrong = misusedIn(words, options);
  if (wrong !== undefined) return wrong;
  const [path = ""] = words;
  const folder = resolve(io.cwd, options.out ?? ".");
  const shown = pathFrom(io.cwd, folder);
  let found: FoundInAccount;
  let around: Folder;
  try {
    around = readFolder(folder, shown);
    found = options.account ? await inAccount(options, io) : { state: read(path, io), leftAlone: [] };
  } catch (error) {
    const isOfAws = error instanceof NoSdkError || error instanceof UnseenError;
    if (isOfAws) return awsFailure(error, "adopt --account --regions REGIONS", PERMISSIONS);
    return { exitCode: EXIT.wrong, diagnostics: [unreadable(error, path === "-" ? "" : path)] };
  }
  const isImport = options.account === true;
  const left = found.leftAlone.map(({ address, reason }) => fileDiagnostic("not-adopted", "note", reason, { address }));
  let adopted: ReturnType<typeof adoptionOf>;
  try {
    adopted = adoptionOf(found.state, {
      around,
      isImport,
      path: SPEC,
      remarks: isImport ? { ...REMARKS, version: [MADE_FROM_ACCOUNT] } : REMARKS,
      readBeside: (beside, most) => readAtMost(join(folder, beside), most),
    });
  } catch (error) {
    if (!(error instanceof RefusedSpecError)) throw error;
    // What is there in AWS may be beyond what a spec says: the spec is shown, so that it can be completed by hand.
    return { exitCode: EXIT.wrong, diagnostics: error.diagnostics, text: options["dry-run"] ? error.spec : "" };
  }
  if (!("adoption" in adopted)) {
    const message = isImport
      ? "these regions have no multi-Region keys with an alias, and no secrets that are wanted"
      : adopted.leftAlone.length > 0
        ? "nothing in this state can be adopted"
        : "this state has no multi-Region keys, and no secrets";
    const reasons = adopted.leftAlone.map((one) => leftAlone(one, options));
    return {
      exitCode: EXIT.wrong,
      diagnostics: [...left, ...reasons, fileDiagnostic("nothing-to-adopt", "error", message)],
    };
  }
  return finish({ ...adopted, around, folder, shown, left }, options, io);
}

const PERMISSIONS = "docs/bringing-keys.md lists the permissions that adopt --account needs";

function misusedIn([path, ...rest]: readonly string[], options: AdoptOptions): Outcome | undefined {
  const { account, regions, tag, out } = options;
  const how = "Write: terraform show -json | mrk-scaffold adopt -";
  if (out === "") return misuse("--out needs the name of a folder", "Write --out . for the current one.");
  if (!account) {
    const other = "Write: mrk-scaffold adopt --account --regions eu-central-1,eu-west-1";
    if (regions !== undefined || tag !== undefined) return misuse("--regions and --tag go with --account", other);
    if (path === undefined || path === "") return misuse("name a state, or - for standard input", how);
    return rest.length > 0 ? misuse("adopt takes one state", how) : undefined;
  }
  if (path !== undefined) return misuse("--account reads AWS, and takes no state", "Leave one of the two out.");
  const example = "Write --regions eu-central-1,eu-west-1";
  const asked = regionsIn(options);
  if (asked.length === 0) return misuse("--account needs the regions to look at", example);
  const bad = asked.find((region) => !/^([a-z]+-)+\d+$/.test(region));
  if (bad !== undefined) return misuse(`--regions has ${JSON.stringify(bad)}, which is not a region`, example);
  const untold = (tag ?? []).find((one) => !/^[^=]+=/.test(one));
  if (untold !== undefined) return misuse(`--tag ${untold} has no value`, "Write --tag Team=platform");
  return undefined;
}

function regionsIn({ regions = [] }: AdoptOptions): readonly string[] {
  const all = regions.flatMap((list) => list.split(",")).map((region) => region.trim());
  return [...new Set(all.filter((region) => region !== ""))];
}

/** What the AWS account has in the regions. */
async function inAccount(options: AdoptOptions, io: Io): Promise<FoundInAccount> {
  const regions = regionsIn(options);
  const tags = new Map(
    (options.tag ?? []).map((one) => [one.replace(/=.*$/s, ""), one.replace(/^[^=]*=/, "")] as const),
  );
  const steps = stepsOf(options, io);
  let account: LiveAccount | undefined;
  try {
    account = await connect({ region: regions[0]!, profile: undefined, role: undefined });
    return await lookForKeys(account, {
      regions,
      tags,
      progress: (done, of) => steps.tell("Looking at AWS", done, of),
    });
  } finally {
    steps.end();
    account?.close();
  }
}

interface Found extends Adopted {
  /** What is known to stay out of the spec already. */
  readonly left: readonly Diagnostic[];
  readonly around: Folder;
  readonly folder: string;
  readonly shown: string;
}

function finish(
  { inventory, adoption, unseen, around, spec, checked, folder, shown, left }: Found,
  options: AdoptOptions,
  io: Io,
): Outcome {
  const differences = differencesOf(checked.names, adoption);
  const superfluous = superfluousBlocks(around, adoption);
  const diagnostics: Diagnostic[] = [
    ...differences.map(({ address, attribute, before, after }) =>
      fileDiagnostic(
        "would-change",
        options.exact ? "refused" : "warning",
        `${attribute} is ${before} and becomes ${after}`,
        {
          address,
        },
      ),
    ),
    ...left,
    ...adoption.unmanaged.map(({ address, reason }) =>
      fileDiagnostic(
        "not-adopted",
        "note",
        `its policy stays as it is in AWS, and Terraform does not manage it: ${reason}`,
        {
          address,
        },
      ),
    ),
    ...adoption.leftAlone.map((one) => leftAlone(one, options)),
    ...[...unseen].map(([address, attributes]) =>
      fileDiagnostic("written-out", "note", `the spec has today's values: ${computed(attributes)}`, { address }),
    ),
    ...staleReferences(around, adoption, superfluous).map(({ path, line, what }) =>
      fileDiagnostic("stale-reference", "warning", `this line refers to ${what}`, { file: path, line }),
    ),
    ...(checked.spec.provider?.placement === "region"
      ? []
      : regionsWithoutProvider(inventory, around.surroundings)
    ).map((region) =>
      fileDiagnostic("provider-missing", "warning", `no provider of this folder is for ${region}`, {
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
    const refused = inTheWay.map(({ path: file, reason }) => fileDiagnostic("foreign", "refused", reason, { file }));
    const advice = ["Nothing was written. Move what is in the way, or write into another folder with --out DIR."];
    return { exitCode: EXIT.refused, diagnostics: [...diagnostics, ...refused], advice };
  }
  const fresh = (name: string, text: readonly string[]) => freshFile(join(folder, name), inFolder(shown, name), text);
  const all = [
    fresh(SPEC, [spec]),
    ...documents.map(([name, text]) => fresh(name, [text])),
    ...changes,
    ...(moved === "" ? [] : [fresh(ADOPTED_FILE, [...withHeader([`\n${moved}`], ORIGIN)])]),
  ];
  const failure = failureToWrite(all, io);
  if (failure !== undefined) return failure;
  const written = all.filter(({ kind }) => kind !== "same");
  return {
    exitCode: EXIT.done,
    diagnostics,
    files: fileReports(written),
    summary: [...written.map(({ path }) => `created ${path}`), ...summaryOf(adoption)],
    advice: nextSteps(superfluous, options.account === true),
  };
}

function leftAlone({ address, reason }: LeftAlone, { account }: AdoptOptions): Diagnostic {
  const where = account ? "stays as it is in AWS" : "stays in your files as it is";
  return fileDiagnostic("not-adopted", "note", `it ${where}: ${reason}`, { address });
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
const MADE_FROM_ACCOUNT = "Made from what is in AWS by mrk-scaffold adopt. It is yours from now on.";

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
function nextSteps(blocks: readonly OwnLine[], isImport: boolean): readonly string[] {
  const deletions = blocks.map(({ path, line, what }) => `    ${path}:${line}: ${what}`);
  return [
    ...(deletions.length > 0 ? ["Delete these blocks, which are generated now:", ...deletions] : []),
    ...(isImport ? AFTER_IMPORT : ["Then run terraform plan: it must say 0 to add, 0 to change, 0 to destroy."]),
  ];
}

/** Arguments that the provider has and AWS does not know, so that an import cannot find them. */
const AFTER_IMPORT = [
  "Then run terraform plan: it must say 0 to add, 0 to destroy.",
  "It may change what only the provider knows: bypass_policy_lockout_safety_check, deletion_window_in_days,",
  "force_overwrite_replica_secret, recovery_window_in_days.",
];

/** Reads a state, from a file or from standard input, piece by piece. */
function read(path: string, io: Io): State {
  const reader = stateReader();
  for (const piece of path === "-" ? io.stdin.pieces() : piecesOf(resolve(io.cwd, path))) reader.feed(piece);
  return reader.end();
}

function unreadable(error: unknown, file: string): Diagnostic {
  if (error instanceof NotAStateError)
    return fileDiagnostic("not-a-state", "error", error.message, { file, hint: error.hint });
  if (error instanceof Error && error.name === "UnreadableTerraformError") {
    const { path, reason, line, column } = error as Error & {
      path: string;
      reason: string;
      line?: number;
      column?: number;
    };
    return fileDiagnostic("unreadable-terraform", "error", reason, {
      file: path,
      ...(line === undefined ? {} : { line, column: column ?? 1 }),
    });
  }
  if (error instanceof ReadError)
    return fileDiagnostic("not-a-state", "error", `the state cannot be read: ${error.message}`, { file });
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
  const message = code === "ENOENT" ? "there is no such file" : `the state cannot be read: ${code}`;
  return fileDiagnostic("not-a-state", "error", message, { file });
}
