/**
 * The command `verify`: a spec goes in, AWS is asked, and whether it is as the spec says comes out. It changes nothing, and no
 * value of a secret is printed.
 */

import { resolve } from "node:path";
import type { LiveAccount } from "../aws/account.ts";
import { type Access, connect } from "../aws/live.ts";
import { EXIT, type ExitCode, type Io } from "../io.ts";
import { check } from "../pipeline.ts";
import { piecesOf, ReadError } from "../read.ts";
import type { Diagnostic, Position, Severity } from "../report/diagnostic.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { painter } from "../report/print.ts";
import { stepsOf } from "../report/steps.ts";
import { keyName, keyType } from "../spec/keys.ts";
import type { SpecSource } from "../spec/load.ts";
import type { Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import { textsAmong } from "../spec/reference.ts";
import { NotAStateError, stateReader } from "../terraform/state.ts";
import { type Facts, openIn, textIn } from "../verify/facts.ts";
import type { Aspect, Finding } from "../verify/findings.ts";
import { type LookOptions, look, type Subject, type View } from "../verify/look.ts";
import { permissionsFor } from "../verify/permissions.ts";
import { tableOf } from "../verify/table.ts";
import { awsFailure } from "./aws-failure.ts";
import { oneSpec } from "./one-spec.ts";
import { problemsOf, sourceOf } from "./source.ts";

export interface VerifyOptions {
  readonly values?: boolean;
  readonly regions?: readonly string[];
  readonly state?: string;
  readonly "key-id"?: readonly string[];
  readonly var?: readonly string[];
  readonly workspace?: string;
  readonly "print-policy"?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

export async function verify(
  { words, options }: { readonly words: readonly string[]; readonly options: VerifyOptions },
  io: Io,
): Promise<Outcome> {
  const specs = words.length > 0 ? words : await oneSpec(io, "mrk-scaffold verify");
  if ("exitCode" in specs) return specs;
  const [spec = "", ...others] = specs;
  if (spec === "-" && options.state === "-")
    return misuse("the spec and --state cannot both be standard input", undefined);
  if (spec === "" || others.length > 0) return misuse("verify takes one spec", "Write: mrk-scaffold verify spec.yaml");
  let source: SpecSource;
  let names: Names;
  try {
    source = sourceOf(spec, io);
    names = check(source).names;
  } catch (error) {
    return { exitCode: EXIT.wrong, diagnostics: problemsOf(error, spec) };
  }
  const request = requestOf(options, names, io);
  if ("exitCode" in request) return request;
  const places = [names.primary, ...names.replicas].filter(({ region }) => request.isLookedAt(region));
  if (options["print-policy"]) {
    const policy = permissionsFor(names, places, options.values === true);
    return { exitCode: EXIT.done, diagnostics: [], text: `${JSON.stringify(policy, null, 2)}\n`, json: { policy } };
  }
  const steps = stepsOf(options, io);
  let account: LiveAccount | undefined;
  try {
    account = await connect(accessOf(names, places, request));
    const given = { names, variables: request.variables, workspace: request.workspace };
    const facts = { ...given, account: account.id, partition: account.partition };
    const wrong = foreignAccount(facts, account, source);
    if (wrong !== undefined) return { exitCode: EXIT.differs, diagnostics: [wrong] };
    const looking: LookOptions = {
      ...request,
      values: options.values === true,
      progress: (done, of) => steps.tell("Looking at AWS", done, of),
    };
    const view = await look(facts, account, looking);
    steps.end();
    return outcomeOf(view, account, source, painter(options, io, io.stdout));
  } catch (error) {
    steps.end();
    return awsFailure(error, "verify SPEC");
  } finally {
    account?.close();
  }
}

/** What the options ask for. */
interface Request extends Pick<Facts, "variables" | "workspace">, Pick<LookOptions, "keyIds" | "isLookedAt"> {}

function requestOf(options: VerifyOptions, names: Names, io: Io): Request | Outcome {
  const { env } = io;
  const { spec, primary, replicas, keys } = names;
  const all = [primary, ...replicas].map(({ region }) => region);
  const asked = (options.regions ?? []).flatMap((list) => list.split(",")).map((region) => region.trim());
  const unknown = asked.filter((region) => !all.includes(region));
  if (unknown.length > 0) {
    return misuse(
      `--regions has ${unknown.join(", ")}, which the spec does not have`,
      `Choose from ${all.join(", ")}.`,
    );
  }
  // What cannot be reached, as the spec says itself, cannot be looked at.
  const closed = spec.regions.unreachable ?? [];
  const isLookedAt = (region: string) => (asked.length === 0 || asked.includes(region)) && !closed.includes(region);
  if (!all.some(isLookedAt)) return misuse("there is no region left to look at", undefined);

  const ids = pairsIn(options["key-id"] ?? []);
  const wrongIds = ids.filter(([id, keyId]) => !keys.some((key) => key.id === id) || !/^mrk-[0-9a-f]{32}$/.test(keyId));
  if (wrongIds.length > 0) {
    const hint = `Write --key-id ${keys[0]?.id ?? "KEY"}=mrk-… with a key of the spec and its id.`;
    return misuse(`--key-id ${wrongIds[0]!.join("=")} is not a key of the spec and an id`, hint);
  }
  let keyIds = new Map(ids);
  if (options.state !== undefined) {
    try {
      keyIds = new Map([...keyIdsIn(options.state, names, io), ...ids]);
    } catch (error) {
      return misuse(
        `--state ${options.state}: ${reasonOf(error)}`,
        "Write: terraform show -json | mrk-scaffold verify SPEC --state -",
      );
    }
  }
  const variables = new Map<string, string>();
  for (const { name, spec } of names.variables) {
    const value = env[`TF_VAR_${name}`] ?? (spec.default === undefined ? undefined : String(spec.default));
    if (value !== undefined) variables.set(name, value);
  }
  for (const [name, value] of pairsIn(options.var ?? [])) variables.set(name, value);
  const workspace = options.workspace ?? env.TF_WORKSPACE;
  const open = openIn(names, { variables, workspace });
  if (open.length > 0) {
    const ways = open.map((one) =>
      one === "workspace" ? "--workspace NAME" : `--var ${one.slice("var.".length)}=VALUE`,
    );
    return misuse(`the spec's names hold {${open.join("}, {")}}, which verify must know`, `Add ${ways.join(" ")}.`);
  }
  return { keyIds, isLookedAt, variables, workspace };
}

/** The ids of the spec's primary keys, by identifier, in a state as `terraform show -json` prints it. */
function keyIdsIn(path: string, names: Names, { cwd, stdin }: Io): Map<string, string> {
  const reader = stateReader();
  for (const piece of path === "-" ? stdin.pieces() : piecesOf(resolve(cwd, path))) reader.feed(piece);
  const resources = new Map(reader.end().resources.map(({ type, name, values }) => [`${type}.${name}`, values]));
  return new Map(
    names.keys.flatMap((key) => {
      const { arn } = resources.get(`${keyType(names.primary, key)}.${keyName(names.primary, key)}`) ?? {};
      const id = /:key\/(mrk-[0-9a-f]+)$/.exec(String(arn))?.[1];
      return id === undefined ? [] : [[key.id, id] as const];
    }),
  );
}

/** Why a file cannot be used, where that is not a mistake in the program. */
function reasonOf(error: unknown): string {
  if (error instanceof NotAStateError || error instanceof ReadError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
  return code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
}

/** `NAME=VALUE`, each cut at its first equals sign. */
function pairsIn(texts: readonly string[]): [string, string][] {
  return texts.map((text) => {
    const at = text.indexOf("=");
    return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  });
}

function accessOf({ spec, home }: Names, places: readonly Place[], request: Request): Access {
  const { profile, assume_role: role } = spec.provider ?? {};
  const say = (text: string) => textIn(text, home, { account: "", partition: "", ...request });
  const optional = (text: string | undefined) => (text === undefined ? undefined : say(text));
  return {
    region: places[0]!.region,
    profile: optional(profile),
    // A role that only Terraform knows is that of the credentials which the command is given.
    role:
      role === undefined || typeof role.role_arn === "object"
        ? undefined
        : {
            arn: say(role.role_arn),
            session: optional(role.session_name),
            externalId: optional(role.external_id),
          },
  };
}

function foreignAccount(
  { names, ...facts }: Facts & { readonly names: Names },
  { id }: LiveAccount,
  source: SpecSource,
): Diagnostic | undefined {
  const ids = names.spec.provider?.allowed_account_ids ?? [];
  const allowed = textsAmong(ids).map((text) => textIn(text, names.home, facts));
  if (ids.length === 0 || allowed.length < ids.length || allowed.includes(id)) return undefined;
  const path = ["provider", "allowed_account_ids"];
  const message = `the credentials are for the account ${id}; the spec allows ${allowed.join(", ")}`;
  return diagnostic("aws-account", "error", message, path, source, "Choose the profile of the right account");
}

/** What the codes of the aspects are called. */
const CODES: Readonly<Record<Subject["kind"], Readonly<Partial<Record<Aspect, string>>>>> = {
  key: {
    key: "aws-key",
    role: "aws-key-role",
    state: "aws-key-state",
    rotation: "aws-key-rotation",
    alias: "aws-key-alias",
    policy: "aws-key-policy",
    grants: "aws-key-grants",
    tags: "aws-key-tags",
    text: "aws-key-description",
  },
  secret: {
    copy: "aws-secret",
    key: "aws-secret-key",
    rotation: "aws-secret-rotation",
    policy: "aws-secret-policy",
    tags: "aws-secret-tags",
    text: "aws-secret-description",
    value: "aws-secret-value",
  },
};

function outcomeOf(
  view: View,
  account: LiveAccount,
  source: SpecSource,
  paint: Parameters<typeof tableOf>[1],
): Outcome {
  const { subjects, unlisted } = view;
  const diagnostics = [
    ...subjects.flatMap((subject) => subject.findings.map((finding) => diagnosticOf(subject, finding, source))),
    ...Array.from(unlisted, ([region, { message, hint }]) =>
      diagnostic(
        "aws-unseen",
        "error",
        `the secrets in ${region} could not be listed: ${message}`,
        ["secrets"],
        source,
        hint,
      ),
    ),
  ];
  const verdicts = new Set(subjects.flatMap(({ findings }) => findings.map(({ verdict }) => verdict)));
  const isUnseen = verdicts.has("unseen") || unlisted.size > 0;
  const exitCode: ExitCode = verdicts.has("differs") ? EXIT.differs : isUnseen ? EXIT.unseen : EXIT.done;
  const summary = exitCode === EXIT.done && verdicts.has("noted") ? NOTED : SUMMARIES[exitCode]!;
  const text = `${paint("bold", "account")} ${account.id}\n\n${tableOf(view, paint)}`;
  return { exitCode, diagnostics, text, summary: [summary], json: reportOf(view, account) };
}

const NOTED = "AWS is as the spec says, except for what the notes say.";
const SUMMARIES: Readonly<Partial<Record<ExitCode, string>>> = {
  [EXIT.done]: "AWS is as the spec says.",
  [EXIT.differs]: "AWS is not as the spec says.",
  [EXIT.unseen]: "Not everything could be looked at: what was not seen may be otherwise.",
};

function diagnosticOf(
  { kind, id }: Subject,
  { verdict, aspect, region, text, hint, path }: Finding,
  source: SpecSource,
): Diagnostic {
  const code = verdict === "unseen" ? "aws-unseen" : CODES[kind][aspect]!;
  const severity = verdict === "noted" ? "note" : "error";
  const message = `the ${kind} ${id} in ${region}: ${verdict === "unseen" ? "could not look: " : ""}${text}`;
  return diagnostic(code, severity, message, path, source, hint);
}

/** The line of the spec is named but not shown: it is right, and AWS is not. */
function diagnostic(
  code: string,
  severity: Severity,
  message: string,
  path: Path,
  source: SpecSource,
  hint: string | undefined,
): Diagnostic {
  const position: Position = { ...source.positionOf(path), lineText: undefined };
  return { code, severity, message, file: source.path, path, position, hint };
}

function reportOf({ subjects, unlisted }: View, { id, partition }: LiveAccount): Readonly<Record<string, unknown>> {
  return {
    account: id,
    partition,
    subjects: subjects.map(({ findings, aspects: _, ...subject }) => ({
      ...subject,
      findings: findings.map(({ verdict, aspect, region, text }) => ({ verdict, aspect, region, text })),
    })),
    unlisted: Array.from(unlisted, ([region, { message }]) => ({ region, message })),
  };
}
