/**
 * Judges a plan: its changes go in one by one, what would be lost and what is worth knowing comes out, each with the reason
 * and the way out. It reads no files, and never sees a secret value.
 */

import type { PlanFacts, PlannedChange, PlanVisitor, References } from "../terraform/plan.ts";
import {
  becauseOf,
  deletion,
  type Finding,
  identityOf,
  loss,
  note,
  REPLICAS,
  replicaLoss,
  replicasIn,
  replicasOf,
  update,
} from "./plan-findings.ts";
import { hintFor } from "./plan-reasons.ts";
import { ofSecret, regionOf, secretOf, text, thing } from "./plan-words.ts";
import { namedAs } from "./planned-kinds.ts";

export type { Finding } from "./plan-findings.ts";

/** Something that a spec announces, so that a plan which does it is no surprise. */
export interface Announcement {
  /** The type and the name of the resource, without its module: `aws_kms_replica_key.euw1_sm`. */
  readonly resource: string;
  readonly code:
    | "plan-destroys"
    | "plan-forgets"
    | "plan-disables"
    | "plan-deletes-replica"
    | "plan-may-overwrite-secret";
  readonly region: string;
  /** What the spec says: `spec.yaml retires eu-west-1`. */
  readonly source: string;
}

/** Everything that Terraform and OpenTofu do to an object, as they write it. */
const ACTIONS = new Set([
  "no-op",
  "create",
  "read",
  "update",
  "delete",
  "delete,create",
  "create,delete",
  "forget",
  "create,forget",
  "forget,create",
]);

/** A judge for one plan; the changes are handed to it as they are read. */
export class PlanJudge implements PlanVisitor {
  readonly #findings: Finding[] = [];
  readonly #forgotten: PlannedChange[] = [];
  readonly #gone: PlannedChange[] = [];
  readonly #replicasGone: { readonly change: PlannedChange; readonly regions: readonly string[] }[] = [];
  readonly #sent: PlannedChange[] = [];
  /** By the id of its secret, the version that goes: another one for the same secret takes its place. */
  readonly #former = new Map<string, PlannedChange>();
  readonly #replicating: PlannedChange[] = [];
  /** The blocks of data sources that read a value during the apply. */
  readonly #readers = new Set<string>();
  /** By identity, the address at which the plan imports an object. */
  readonly #imported = new Map<string, string>();
  /** The addresses and, of secrets, the names of what the plan creates. */
  readonly #created = new Set<string>();
  /** By address, the secrets that are changed: where they are to have replicas, and whether at the cost of other secrets. */
  readonly #updated = new Map<string, { readonly regions: readonly string[]; readonly isOverwriting: boolean }>();
  /** The address of every secret that the plan knows, by `NAME@REGION`. */
  readonly #secrets = new Map<string, string>();
  /** The types and names of all keys, secrets and their parts, without their modules. */
  readonly #resources = new Set<string>();
  #judged = 0;

  planned(change: PlannedChange): void {
    const { actions, kind, address, isData } = change;
    const action = actions.join();
    if (isData) {
      if (kind !== "value" || action !== "read") return;
      this.#readers.add(blockOf(address));
      this.#findings.push(reading(address));
      return;
    }
    this.#judged++;
    this.#resources.add(`${change.type}.${change.name}`);
    if (kind === "secret") this.#secrets.set(`${text(change.before?.name)}@${regionOf(change.before)}`, address);
    if (!ACTIONS.has(action)) {
      const what = action === "" ? "an unnamed action" : `an action that this version does not know (${action})`;
      const hint = "Look at the plan yourself. Is there a newer mrk-scaffold? npm install mrk-scaffold@latest";
      this.#findings.push(loss("unknown-action", change, `plans ${what} for ${thing(change)}`, hint));
      return;
    }
    if (change.isImported) this.#import(change);
    if (actions.includes("create")) {
      this.#created.add(address);
      if (kind === "secret") this.#created.add(`${text(change.after?.name)}`);
      if (kind === "value") this.#sent.push(change);
    }
    const goes = (action === "delete" || action === "forget") && kind === "value";
    if (goes && text(change.before?.secret_id) !== undefined) {
      this.#former.set(`${text(change.before?.secret_id)}`, change);
    }
    if (actions.includes("delete")) this.#findings.push(...deletion(change));
    else if (actions.includes("forget")) this.#forgotten.push(change);
    else if (action === "update") {
      if (kind === "secret") this.#updated.set(address, wanted(change));
      this.#findings.push(...update(change));
    }
    if (kind === "secret" && change.after?.force_overwrite_replica_secret === true) this.#replicating.push(change);
  }

  drifted(change: PlannedChange): void {
    const { kind, actions, before, after } = change;
    const isKey = kind === "primary key" || kind === "replica key";
    if (actions.includes("delete") && (isKey || kind === "secret")) this.#gone.push(change);
    if (kind !== "secret" || !actions.includes("update")) return;
    const left = replicasOf(after).map(({ region }) => region);
    const regions = replicasOf(before).flatMap(({ region }) => (region && !left.includes(region) ? [region] : []));
    if (regions.length > 0) this.#replicasGone.push({ change, regions });
  }

  /** What has been found, losses first, once all of the plan has been read. */
  findings(facts: PlanFacts, announcements: readonly Announcement[] = []): readonly Finding[] {
    const findings = [
      ...ofPlan(facts),
      ...this.#findings,
      ...this.#forgotten.map((change) => this.#forgetting(change)),
      ...this.#gone.map((change) => this.#missing(change)),
      ...this.#replicasGone.map(({ change, regions }) => this.#replicasMissing(change, regions)),
      ...this.#sent.flatMap((change) => this.#sending(change, facts.references)),
      ...this.#replicating.flatMap((change) => this.#overwriting(change)),
      ...facts.valueReaders.filter((block) => !this.#readers.has(block)).map(reading),
    ].flatMap((finding) => announced(finding, announcements));
    return [...findings.filter(({ isLoss }) => isLoss), ...findings.filter(({ isLoss }) => !isLoss)];
  }

  /** How many keys, secrets and parts of them the plan has. */
  get judged(): number {
    return this.#judged;
  }

  /** Whether the plan has a resource of this type and name, in whatever module. */
  knows(resource: string): boolean {
    return this.#resources.has(resource);
  }

  #import(change: PlannedChange): void {
    const identity = identityOf(change);
    if (identity !== undefined) this.#imported.set(identity, change.address);
    if (change.kind !== "value") return;
    const effect = `imports ${ofSecret(change)}, which reads it into the plan and the state`;
    const hint = "Leave out the import and the version: the value stays in AWS without them";
    this.#findings.push(loss("value-in-state", change, effect, hint));
  }

  /** A promotion forgets and imports one object: it goes on under another address. */
  #forgetting(change: PlannedChange): Finding {
    const { kind, actions } = change;
    const heir = this.#imported.get(identityOf(change) ?? "");
    if (heir !== undefined) return note("goes-on", change, `manages ${thing(change)} as ${heir} from now on`);
    const isKept = kind === "primary key" || kind === "replica key" || kind === "secret";
    if (!isKept) return note("plan-changes", change, `forgets ${namedAs(change)}, which stays in AWS`);
    const then = actions.includes("create") ? ", and creates another" : "";
    const hint =
      "If it goes on under another address, import it there in the same plan. If a spec announces it, add --spec";
    return loss("plan-forgets", change, `forgets ${thing(change)}: it stays in AWS, without Terraform${then}`, hint);
  }

  /** Gone from AWS, or waiting for deletion there: the provider does not tell these apart. */
  #missing(change: PlannedChange): Finding {
    const { address, kind, before } = change;
    const region = regionOf(before) ?? "REGION";
    const then = this.#created.has(address) ? `, and creates another ${kind} in its place` : "";
    const effect = `finds ${thing(change)} deleted in AWS, or scheduled for deletion${then}`;
    if (kind === "secret") {
      const hint = `While its deletion is pending: aws secretsmanager restore-secret --region ${region} --secret-id ${text(before?.arn) ?? text(before?.name) ?? "ARN"}`;
      return loss("gone-from-aws", change, effect, hint);
    }
    const id = text(before?.key_id) ?? text(before?.id) ?? "ID";
    const target = `--region ${region} --key-id ${id}`;
    const hint = `While its deletion is pending: aws kms cancel-key-deletion ${target} && aws kms enable-key ${target}`;
    return loss("gone-from-aws", change, effect, hint);
  }

  /** Someone has ended the replication, say to write to the copy while the primary region was out of reach. */
  #replicasMissing(change: PlannedChange, regions: readonly string[]): Finding {
    const wanted = this.#updated.get(change.address);
    const made = regions.filter((region) => wanted?.regions.includes(region));
    const name = thing(change);
    if (made.length === 0)
      return note("plan-changes", change, `finds that ${name} has no ${replicasIn(regions)} any more`);
    const then = wanted?.isOverwriting ? "and overwrites whatever secret has its name there" : "and makes a new one";
    const hint = "Look whether the copy is a secret of its own now, with values that the primary does not have";
    return replicaLoss("gone-from-aws", change, made, `finds the ${REPLICAS} of ${name} gone, ${then}`, hint);
  }

  /** A value is sent. Over one that Terraform has not written, that is a loss. */
  #sending(change: PlannedChange, references: ReadonlyMap<string, References>): Finding[] {
    const { after, replacedFor, actions } = change;
    const former = this.#former.get(text(after?.secret_id) ?? "");
    const before = former?.before ?? change.before;
    const refers = references.get(blockOf(change.address)) ?? { secret: [], value: [] };
    const findings: Finding[] = [];
    if (after?.secret_string === true || after?.secret_binary === true || change.unknown.secret_string === true) {
      const hint = "Write secret_string_wo and secret_string_wo_version instead (Terraform 1.11, AWS provider 5.88)";
      findings.push(note("value-in-state", change, `keeps ${ofSecret(change)} in the plan and the state`, hint));
    }
    // For another secret, it is the first value from here.
    if (former === undefined && (!actions.includes("delete") || replacedFor.includes("secret_id"))) {
      const overwritten = this.#overwritten(change, refers);
      if (overwritten !== undefined) findings.push(loss("plan-overwrites-value", change, overwritten, EXTERNAL));
      return findings;
    }
    const stages = Array.isArray(before?.version_stages) ? before.version_stages : undefined;
    if (stages !== undefined && !stages.includes("AWSCURRENT")) {
      const effect = `overwrites ${ofSecret(change)}, which someone else has written since the last apply`;
      findings.push(loss("plan-overwrites-value", change, effect, EXTERNAL));
      return findings;
    }
    const isMeant = replacedFor.some((name) => /^secret_(string|binary)/.test(name));
    const isGenerated = refers.value.some((reference) => /^ephemeral\..*random_password\./.test(reference));
    if (!isMeant && isGenerated) {
      const because = former === undefined ? becauseOf(change) : `, because its block was ${former.address}`;
      const effect = `replaces ${ofSecret(change, "generated value")} by a new one${because}`;
      const moved = `Write a moved block: moved { from = ${former?.address} to = ${change.address} }`;
      findings.push(loss("plan-overwrites-value", change, effect, former === undefined ? hintFor(change) : moved));
    } else {
      const again = isMeant ? "sends another value to" : "sends the value again to";
      findings.push(note("plan-changes", change, `${again} ${secretOf(change)}`));
    }
    return findings;
  }

  /** What is overwritten where a value is sent for the first time: the one that an existing secret may have already. */
  #overwritten(change: PlannedChange, { secret }: References): string | undefined {
    const id = text(change.after?.secret_id);
    if (id === undefined) {
      // It is known only after the apply: of a secret that the plan makes, or of something that is read during the apply.
      const isRead = secret.some((reference) => reference.startsWith("data."));
      return isRead ? "may overwrite the value of a secret that is looked up only during the apply" : undefined;
    }
    if (this.#created.has(id)) return undefined;
    const isImported = this.#imported.has(`${id}@${regionOf({ arn: id })}`);
    return isImported
      ? `overwrites ${ofSecret(change)}, which is being imported`
      : `overwrites ${ofSecret(change)}, which is there already, if it has one`;
  }

  /** A replica takes the place of a secret of the same name, where the plan allows it. */
  #overwriting(change: PlannedChange): Finding[] {
    const { before, after } = change;
    const name = text(after?.name);
    const former = replicasOf(before).map(({ region }) => region);
    const added = replicasOf(after).flatMap(({ region }) => (region && !former.includes(region) ? [region] : []));
    if (added.length === 0) return [];
    const taken = added.filter((region) => this.#secrets.has(`${name}@${region}`));
    if (taken.length > 0) {
      const others = taken.map((region) => this.#secrets.get(`${name}@${region}`)).join(" and ");
      const effect = `overwrites ${others} with the ${REPLICAS} of ${thing(change)}`;
      return [replicaLoss("plan-overwrites-secret", change, taken, effect, NO_OVERWRITE)];
    }
    const effect = `overwrites whatever secret is called ${name} in ${added.join(" and ")}: force_overwrite_replica_secret is true`;
    return [{ ...note("plan-may-overwrite-secret", change, effect, NO_OVERWRITE), regions: added }];
  }
}

const EXTERNAL =
  "Take the version out of the configuration: the value stays in AWS. In a spec, write value: external. " +
  "aws secretsmanager describe-secret tells whether there is a value";
const NO_OVERWRITE = "Leave out force_overwrite_replica_secret: AWS then refuses to overwrite a secret";

function wanted({ after }: PlannedChange) {
  const regions = replicasOf(after).flatMap(({ region }) => region ?? []);
  return { regions, isOverwriting: after?.force_overwrite_replica_secret === true };
}

function reading(address: string): Finding {
  const hint = 'Read it with an ephemeral resource instead: ephemeral "aws_secretsmanager_secret_version"';
  const message = "Terraform reads the value of a secret into the state";
  return { code: "value-in-state", isLoss: false, address, regions: [], message, hint };
}

/** The address of a resource's block: without the indices of its modules and its own. */
function blockOf(address: string): string {
  return address.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, "");
}

function ofPlan({ isErrored, isComplete }: PlanFacts): Finding[] {
  const about = { isLoss: false, address: undefined, regions: [] };
  const findings: Finding[] = [];
  if (isErrored) {
    const message = "The plan ended with an error, and does not hold everything that would be done";
    findings.push({ ...about, isLoss: true, code: "plan-errored", message, hint: "Correct the error and plan again" });
  }
  if (!isComplete) {
    const message = "The plan is incomplete (-target, or something was put off): what it leaves out is not judged";
    findings.push({ ...about, code: "plan-incomplete", message, hint: undefined });
  }
  return findings;
}

/** The finding, or a note where a spec has announced it; of several replicas, what is left of it. */
function announced(finding: Finding, announcements: readonly Announcement[]): readonly Finding[] {
  const sources = new Map(
    announcements
      .filter(({ resource, code }) => resource === finding.resource && code === finding.code)
      .map(({ region, source }) => [region, source]),
  );
  const expected = finding.regions.filter((region) => sources.has(region));
  if (expected.length === 0) return [finding];
  const others = finding.regions.filter((region) => !sources.has(region));
  const known = finding.of?.(expected) ?? finding;
  const why = [...new Set(expected.map((region) => sources.get(region)))].join("; ");
  const message = `${known.message} (announced: ${why})`;
  const noted = { ...known, code: "announced", isLoss: false, hint: undefined, message };
  return others.length === 0 ? [noted] : [finding.of?.(others) ?? finding, noted];
}

/** The finding without what is allowed, `undefined` where nothing is left of it. */
export function unallowed(finding: Finding, allowed: ReadonlySet<string>): Finding | undefined {
  const { isLoss, address, regions, of } = finding;
  if (!isLoss || address === undefined) return finding;
  if (allowed.has("all") || allowed.has(address)) return undefined;
  if (of === undefined) return finding;
  const left = regions.filter((region) => !allowed.has(`${address}[${region}]`));
  return left.length === 0 ? undefined : of(left);
}
