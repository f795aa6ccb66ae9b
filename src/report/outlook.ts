/**
 * Puts into words what Terraform will do with files that were written: counted actions go in; lines for people and Markdown come
 * out, by region or by thing, whichever is shorter.
 */

import { withCommas } from "./printable.ts";

/** So many things of one type in one region, to which the same happens. */
export interface Action {
  readonly verb: Verb;
  /** The type of the resource; `replica` for a secret's copy in a region. */
  readonly type: string;
  /** Empty where the files do not say it. */
  readonly region: string;
  readonly count: number;
}

/** In the order in which they are told. */
export const VERBS = [
  "create",
  "copy",
  "send",
  "adopt",
  "move",
  "change",
  "replace",
  "forget",
  "delete",
  "destroy",
] as const;

export type Verb = (typeof VERBS)[number];

/** What each verb does to things: `{}` stands for the things, `{in}` for the regions. */
const SENTENCES: Readonly<Record<Verb, string>> = {
  create: "create {}{in}",
  copy: "copy {}{to}",
  send: "send {}{in}",
  adopt: "adopt {}{in}",
  move: "move {}{in} to new addresses",
  change: "change {}{in} in place",
  replace: "destroy and create again {}{in}",
  forget: "forget {}{in} and leave what is in AWS alone",
  delete: "delete {}{in}",
  destroy: "destroy {}{in}",
};

/** Verbs that lose something. */
const LOSING: ReadonlySet<Verb> = new Set(["replace", "delete", "destroy"]);

const NOUNS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  aws_kms_key: ["primary key", "primary keys"],
  aws_kms_external_key: ["primary key", "primary keys"],
  aws_kms_replica_key: ["replica key", "replica keys"],
  aws_kms_replica_external_key: ["replica key", "replica keys"],
  aws_kms_alias: ["alias", "aliases"],
  aws_kms_grant: ["grant", "grants"],
  aws_ebs_encryption_by_default: ["EBS encryption setting", "EBS encryption settings"],
  aws_ebs_default_kms_key: ["EBS default key", "EBS default keys"],
  aws_cloudwatch_log_group: ["log group", "log groups"],
  aws_s3_bucket_server_side_encryption_configuration: ["bucket encryption", "bucket encryptions"],
  aws_ssm_parameter: ["parameter", "parameters"],
  aws_iam_policy_document: ["policy", "policies"],
  aws_secretsmanager_secret: ["secret", "secrets"],
  aws_secretsmanager_secret_version: ["value", "values"],
  aws_secretsmanager_secret_rotation: ["rotation", "rotations"],
  aws_secretsmanager_secret_policy: ["secret's policy", "secrets' policies"],
};
const COPIED = ["secret", "secrets"] as const;
const DELETED = ["copy of a secret", "copies of secrets"] as const;
const OTHERS = ["resource", "resources"] as const;

/** How many regions are named; of more only the number is told. */
const NAMED_REGIONS = 3;

/** What Terraform will do, a line each, the last of which says what is destroyed; one line where there is little to say. */
export function outlookOf(actions: readonly Action[]): readonly string[] {
  if (actions.length === 0) return ["Terraform has nothing to do: no resource changes."];
  const lines = shortest(actions);
  const end = isLosing(actions) ? "" : "Nothing is destroyed.";
  const [only = "", ...more] = lines.map((line) =>
    `Terraform will ${line}`.replace(/^Terraform will in (.*?): /, "In $1 Terraform will "),
  );
  if (more.length === 0 && only.length <= 100) return [`${only}. ${end}`.trimEnd()];
  return ["Terraform will:", ...lines.map((line) => `  ${line}`), ...(end === "" ? [] : [end])];
}

/** The same as a list in Markdown. */
export function outlookInMarkdown(actions: readonly Action[]): string {
  if (actions.length === 0) return "Terraform has nothing to do: no resource changes.\n";
  const lines = shortest(actions).map((line) => `* ${line}\n`);
  const end = isLosing(actions) ? "**Something is destroyed.**\n" : "Nothing is destroyed.\n";
  return `Terraform will:\n\n${lines.join("")}\n${end}`;
}

function isLosing(actions: readonly Action[]): boolean {
  return actions.some(({ verb }) => LOSING.has(verb));
}

function shortest(actions: readonly Action[]): readonly string[] {
  const [byThing, byRegion] = [linesByThing(actions), linesByRegion(actions)];
  const length = (lines: readonly string[]) => lines.join("\n").length;
  // A region that stands for itself says more than a number of regions.
  return length(byRegion) <= length(byThing) ? byRegion : byThing;
}

/** A line for each verb. */
function linesByThing(actions: readonly Action[]): readonly string[] {
  return VERBS.flatMap((verb) => {
    const types = grouped(
      actions.filter((action) => action.verb === verb),
      ({ type }) => type,
    );
    if (types.size === 0) return [];
    const byRegions = grouped([...types], ([, same]) => regionsOf(same).join(" "));
    const parts = Array.from(byRegions.values(), (group) => {
      const things = group.map(([type, same]) => counted(verb, type, sum(same)));
      return [andList(things), regionsOf(group[0]![1])] as const;
    });
    return parts.map(([things, regions]) => sentence(verb, things, named(regions)));
  });
}

/** A line for each region, or for all regions in which the same happens. */
function linesByRegion(actions: readonly Action[]): readonly string[] {
  const regions = grouped(actions, ({ region }) => region);
  const alike = grouped([...regions], ([, inRegion]) => deedsOf(inRegion));
  return Array.from(alike, ([deeds, group]) => {
    const names = group.map(([region]) => region);
    if (names[0] === "") return deeds;
    const each = names.length > 1 ? `in each of ${named(names)}` : `in ${names[0]}`;
    return `${each}: ${deeds}`;
  });
}

function deedsOf(actions: readonly Action[]): string {
  const verbs = VERBS.flatMap((verb) => {
    const same = actions.filter((action) => action.verb === verb);
    if (same.length === 0) return [];
    return [sentence(verb, andList(same.map(({ type, count }) => counted(verb, type, count))), "", "there")];
  });
  return verbs.join("; ");
}

function sentence(verb: Verb, things: string, regions: string, there = ""): string {
  const [where, to] = regions === "" ? ["", there && ` ${there}`] : [` in ${regions}`, ` to ${regions}`];
  return SENTENCES[verb]
    .replace("{}", () => things)
    .replace("{in}", where)
    .replace("{to}", to);
}

function counted(verb: Verb, type: string, count: number): string {
  const nouns = type === "replica" ? (verb === "copy" ? COPIED : DELETED) : (NOUNS[type] ?? OTHERS);
  return `${withCommas(count)} ${nouns[count === 1 ? 0 : 1]}`;
}

function regionsOf(actions: readonly Action[]): readonly string[] {
  return [...new Set(actions.map(({ region }) => region))].filter((region) => region !== "").sort();
}

function named(regions: readonly string[]): string {
  return regions.length > NAMED_REGIONS ? `${regions.length} regions` : andList(regions);
}

function sum(actions: readonly Action[]): number {
  return actions.reduce((total, { count }) => total + count, 0);
}

function andList(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function grouped<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(nameOf(item));
    if (group === undefined) groups.set(nameOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Counts what happens, one thing after the other. */
export class Tally {
  readonly #counts = new Map<
    string,
    { readonly verb: Verb; readonly type: string; readonly region: string; count: number }
  >();

  add(verb: Verb, type: string, region: string, count = 1): void {
    if (count === 0) return;
    const name = `${verb} ${type} ${region}`;
    const known = this.#counts.get(name);
    if (known === undefined) this.#counts.set(name, { verb, type, region, count });
    else known.count += count;
  }

  /** By verb, then by type; regions in the order in which they were seen first. */
  actions(): readonly Action[] {
    const types = Object.keys(NOUNS);
    const place = ({ verb, type }: Action) => VERBS.indexOf(verb) * 100 + types.indexOf(type);
    return [...this.#counts.values()].sort((one, other) => place(one) - place(other));
  }
}
