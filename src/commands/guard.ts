/**
 * The command `guard`: a plan goes in, and what it would do to keys and secrets comes out. A plan that loses one is refused. It
 * writes nothing, and no value of the plan is read or printed.
 */

import { resolve } from "node:path";
import { EXIT, type Io } from "../io.ts";
import { type Finding, PlanJudge, unallowed } from "../losses/plan-judge.ts";
import { piecesOf, ReadError } from "../read.ts";
import { type Diagnostic, fileDiagnostic } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { count } from "../report/words.ts";
import type { Names } from "../spec/names.ts";
import { NotAPlanError } from "../terraform/no-plan.ts";
import { type PlanFacts, planReader } from "../terraform/plan.ts";

export interface GuardOptions {
  readonly spec?: readonly string[];
  readonly "allow-destroy"?: readonly string[];
}

export async function guard(
  { words, options }: { readonly words: readonly string[]; readonly options: GuardOptions },
  io: Io,
): Promise<Outcome> {
  const { spec: paths = [], "allow-destroy": allowed = [] } = options;
  const [plan, ...others] = words;
  const see = "Write: terraform show -json plan.tfplan | mrk-scaffold guard -";
  if (plan === undefined || plan === "") return misuse("name a plan, or - for standard input", see);
  if (others.length > 0) return misuse("guard takes one plan", see);
  if (allowed.includes("")) return misuse("--allow-destroy needs an address, or all", undefined);
  if (paths.includes("-")) return misuse("--spec needs a file; standard input is for the plan", undefined);

  const specs: NamedSpec[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    // Without a spec nothing of the grammar is loaded.
    const { checkedSpec } = await import("./source.ts");
    const spec = checkedSpec(path, io);
    if ("checked" in spec) specs.push({ path, names: spec.checked.names });
    else diagnostics.push(...spec.problems);
  }
  if (diagnostics.length > 0) return { exitCode: EXIT.wrong, diagnostics };
  const file = plan === "-" ? "" : plan;
  const judge = new PlanJudge();
  let facts: PlanFacts;
  try {
    facts = await read(plan, judge, io);
  } catch (error) {
    return { exitCode: EXIT.wrong, diagnostics: [unreadable(error, file)] };
  }
  const { announcements, resources } = await announcedBy(specs);
  const set = new Set(allowed);
  const findings = [
    ...judge.findings(facts, announcements).flatMap((finding) => unallowed(finding, set) ?? []),
    ...resources.flatMap(({ of, path }) => unknownTo(judge, of, path)),
  ];
  return outcomeOf(findings, judge, facts, file);
}

interface NamedSpec {
  readonly path: string;
  readonly names: Names;
}

/** What the specs announce, and the resources that they declare. */
async function announcedBy(specs: readonly NamedSpec[]) {
  if (specs.length === 0) return { announcements: [], resources: [] };
  const { announcementsOf, resourcesOf } = await import("../losses/announcements.ts");
  return {
    announcements: specs.flatMap(({ names, path }) => announcementsOf(names, path)),
    resources: specs.map(({ names, path }) => ({ of: resourcesOf(names), path })),
  };
}

/** Reads the plan, be it JSON or, in a file, Terraform's own format. */
async function read(plan: string, judge: PlanJudge, io: Io): Promise<PlanFacts> {
  const reader = planReader(judge);
  const path = resolve(io.cwd, plan);
  let isFirst = true;
  for (const piece of plan === "-" ? io.stdin.pieces() : piecesOf(path)) {
    if (isFirst && isBinaryPlan(piece)) {
      if (plan === "-") throw new NotAPlanError("this is a binary plan", "Name its file, or pipe terraform show -json");
      const { shownBy } = await import("../terraform/show.ts");
      for await (const shown of shownBy(path, io.cwd, io.env)) reader.feed(shown);
      break;
    }
    isFirst = false;
    reader.feed(piece);
  }
  return reader.end();
}

/** What a binary plan begins with: it is a ZIP file. */
function isBinaryPlan(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;
}

function unreadable(error: unknown, file: string): Diagnostic {
  const wrong = (message: string, hint?: string) => fileDiagnostic("not-a-plan", "error", message, { file, hint });
  if (error instanceof NotAPlanError) return wrong(error.message, error.hint);
  if (error instanceof Error && error.name === "ShowError") {
    const hint =
      "Run terraform init in the plan's folder, or pipe terraform show -json plan.tfplan | mrk-scaffold guard -";
    return wrong(error.message, hint);
  }
  if (error instanceof ReadError) {
    const hint = "Write the plan to a file, or pipe terraform show -json plan.tfplan | mrk-scaffold guard -";
    return wrong(`the plan cannot be read: ${error.message}`, hint);
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
  return wrong(code === "ENOENT" ? "there is no such file" : `the plan cannot be read: ${code}`);
}

/** Keys and secrets of a spec that the plan does not have: it may be the plan of something else. */
function unknownTo(judge: PlanJudge, resources: readonly string[], path: string): readonly Finding[] {
  const missing = resources.filter((resource) => !judge.knows(resource));
  if (missing.length === 0) return [];
  const some = `${missing.slice(0, 3).join(", ")}${missing.length > 3 ? `, and ${missing.length - 3} more` : ""}`;
  const message =
    missing.length === resources.length
      ? `The plan has nothing of ${path}: is it the plan of another folder?`
      : `The plan lacks some of ${path}: ${some}`;
  return [{ code: "not-in-plan", isLoss: false, address: undefined, regions: [], message, hint: undefined }];
}

function outcomeOf(findings: readonly Finding[], judge: PlanJudge, facts: PlanFacts, file: string): Outcome {
  const diagnostics = findings.map(
    ({ code, isLoss, address, message, hint }): Diagnostic => ({
      code,
      severity: isLoss ? "refused" : "note",
      message,
      file,
      ...(address === undefined ? {} : { address }),
      path: NOWHERE,
      position: undefined,
      hint,
    }),
  );
  const losses = findings.filter(({ isLoss }) => isLoss);
  const json = { objects: facts.objects, judged: judge.judged };
  if (losses.length === 0) {
    const summary = [`No unexpected loss: ${count(judge.judged, "resource")} of keys and secrets judged.`];
    return { exitCode: EXIT.done, diagnostics, summary, json };
  }
  const addresses = [...new Set(losses.flatMap(({ address }) => address ?? []))];
  const options =
    addresses.length > 3 ? "--allow-destroy all" : addresses.map((one) => `--allow-destroy '${one}'`).join(" ");
  const advice = ["Do not apply this plan."];
  if (addresses.length > 0) advice[0] += ` If this is what you want: ${options}`;
  return { exitCode: EXIT.vanishing, diagnostics, advice, json };
}

/** One for all: there may be very many findings. */
const NOWHERE: readonly string[] = [];
