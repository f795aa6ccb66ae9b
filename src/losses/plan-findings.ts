/**
 * Says what a planned change does to one key, secret, or part of one: the change goes in, findings come out. What depends on
 * other changes of the plan is left to the judge.
 */

import type { Attributes, PlannedChange } from "../terraform/plan.ts";
import { hintFor, reasonOf } from "./plan-reasons.ts";
import { keyId, regionOf, text, thing } from "./plan-words.ts";
import { plannedKind } from "./planned-kinds.ts";

/** Something that a plan does to a key or a secret. */
export interface Finding {
  /** Kebab-case and stable. */
  readonly code: string;
  readonly isLoss: boolean;
  /** The resource address, which `--allow-destroy` is given; `undefined` where the plan as a whole is meant. */
  readonly address: string | undefined;
  /** Its type and name, without its module: `aws_kms_key.main_sm`. */
  readonly resource?: string;
  /** The region of the object, or, for some of a secret's replicas, theirs. */
  readonly regions: readonly string[];
  readonly message: string;
  readonly hint: string | undefined;
  /** The same of some of its replicas only. */
  readonly of?: (regions: readonly string[]) => Finding;
}

export function loss(code: string, change: PlannedChange, effect: string, hint?: string): Finding {
  return { ...note(code, change, effect, hint), isLoss: true };
}

export function note(code: string, change: PlannedChange, effect: string, hint?: string): Finding {
  const { address, type, name } = change;
  const region = regionOf(change.before);
  const regions = region === undefined ? [] : [region];
  const message = `Terraform ${effect}`;
  return { code, isLoss: false, address, resource: `${type}.${name}`, regions, message, hint };
}

/** Stands for the replicas in the text of their loss. */
export const REPLICAS = "\0";

/** A loss of some of a secret's replicas. It holds no more of the change than it says: there may be very many. */
export function replicaLoss(
  code: string,
  change: PlannedChange,
  regions: readonly string[],
  effect: string,
  hint: string,
): Finding {
  return ofReplicas(loss(code, change, effect, hint), regions);
}

function ofReplicas(template: Finding, regions: readonly string[]): Finding {
  const message = template.message.replace(REPLICAS, () => replicasIn(regions));
  return { ...template, message, regions, of: (some) => ofReplicas(template, some) };
}

/** What the object is in AWS, whatever its address. */
export function identityOf({ kind, before }: PlannedChange): string | undefined {
  const isKey = kind === "primary key" || kind === "replica key";
  const id = isKey ? keyId(before) : (text(before?.arn) ?? text(before?.id));
  return id === undefined ? undefined : `${id}@${regionOf(before)}`;
}

/** The object is deleted; what Terraform makes in its place is another. */
export function deletion(change: PlannedChange): Finding[] {
  const { kind, before } = change;
  const isReplaced = change.actions.includes("create");
  const because = becauseOf(change);
  const code = isReplaced ? "plan-replaces" : "plan-destroys";
  if (kind === "primary key" || kind === "replica key") {
    const window = before?.deletion_window_in_days;
    const days = typeof window === "number" ? ` (${window} days)` : "";
    const replaced = isReplaced ? ` and creates another, ${another(change)}` : "";
    return [loss(code, change, `schedules deletion of ${thing(change)}${days}${replaced}${because}`, hintFor(change))];
  }
  if (kind === "secret") {
    const isAtOnce = before?.recovery_window_in_days === 0;
    const verb = isAtOnce ? "deletes" : "schedules deletion of";
    const when = isAtOnce ? " at once, without a way back" : "";
    const copies = replicasOf(before).flatMap(({ region }) => region ?? []);
    const replicas = copies.length === 0 ? "" : `${isAtOnce ? "," : ""} and deletes its ${replicasIn(copies)} at once`;
    const replaced = isReplaced ? "; then it creates an empty one" : "";
    return [loss(code, change, `${verb} ${thing(change)}${when}${replicas}${replaced}${because}`, hintFor(change))];
  }
  const { isLost, ended, renewed, isMeant } = plannedKind(kind);
  if (isMeant?.(change) === false) return [];
  if (isLost?.(change)) {
    const replaced = isReplaced ? `; then it creates ${renewed ?? "a new one"}` : "";
    return [loss(code, change, `${ended(change)}${replaced}${because}`, hintFor(change))];
  }
  return isReplaced && isLost === undefined ? [] : [note("plan-changes", change, `${ended(change)}${because}`)];
}

/** What becomes of a key that takes the place of one: https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html */
function another({ kind, replacedFor }: PlannedChange): string {
  const isSameKey =
    kind === "replica key" && !replacedFor.some((name) => name === "primary_key_arn" || name === "region");
  return isSameKey
    ? "which AWS refuses until this one is gone: the apply fails halfway"
    : "which cannot decrypt what this one has encrypted";
}

/** `, because it is tainted`. */
export function becauseOf(change: PlannedChange): string {
  const reason = reasonOf(change);
  return reason === undefined ? "" : `, because ${reason}`;
}

/** The object stays, and is changed in place. */
export function update(change: PlannedChange): Finding[] {
  const { kind } = change;
  if (kind === "primary key" || kind === "replica key") return keyUpdate(change);
  if (kind === "secret") return secretUpdate(change);
  const { changed = {}, overwrites, isMeant } = plannedKind(kind);
  if (isMeant?.(change) === false) return [];
  const lost = overwrites?.(change);
  return [
    ...(lost === undefined
      ? []
      : [loss("plan-overwrites-value", change, lost, "Read the value first, and give Terraform that one")]),
    ...Object.entries(changed).flatMap(([argument, effect]) => {
      const said = isChanged(change, argument) ? effect(change) : undefined;
      return said === undefined ? [] : [note("plan-changes", change, said)];
    }),
  ];
}

function keyUpdate(change: PlannedChange): Finding[] {
  const { before = {}, after = {}, unknown } = change;
  const findings: Finding[] = [];
  for (const name of ["is_enabled", "enabled"]) {
    // A key is enabled unless an attribute says no; where that is not known yet, it may be disabled.
    const mayDisable = after[name] === false || unknown[name] === true;
    if (before[name] !== true || !mayDisable) continue;
    const certainty = after[name] === false ? "disables" : "may disable";
    const effect = `${certainty} ${thing(change)}: nothing can be encrypted or decrypted with it`;
    findings.push(loss("plan-disables", change, effect, `Write ${name} = true`));
  }
  if (before.enable_key_rotation === true && after.enable_key_rotation !== true) {
    findings.push(note("plan-changes", change, `switches off the rotation of ${thing(change)}`));
  }
  if (isChanged(change, "policy")) {
    findings.push(note("plan-changes", change, `changes the policy of ${thing(change)}`));
  }
  if (isChanged(change, "valid_to") && (text(after.valid_to) !== undefined || unknown.valid_to === true)) {
    const effect = `lets the key material of ${thing(change)} expire: then nothing can be decrypted with it`;
    findings.push(note("plan-changes", change, effect));
  }
  return findings;
}

function isChanged({ before = {}, after = {}, unknown }: PlannedChange, name: string): boolean {
  return unknown[name] === true || JSON.stringify(before[name]) !== JSON.stringify(after[name]);
}

interface Replica {
  /** `undefined` where it is known only after the apply. */
  readonly region: string | undefined;
  readonly key: string | undefined;
  readonly isKeyKnown: boolean;
}

/** The replicas of a secret, whatever the provider calls them. */
export function replicasOf(attributes: Attributes | undefined, unknown: Attributes = {}): readonly Replica[] {
  const name = attributes?.replica_regions === undefined ? "replica" : "replica_regions";
  const [blocks, unknowns] = [objectsIn(attributes?.[name]), objectsIn(unknown[name])];
  return blocks.map(({ region, kms_key_id }, index) => ({
    region: text(region),
    key: text(kms_key_id),
    isKeyKnown: unknowns[index]?.kms_key_id !== true,
  }));
}

function objectsIn(value: unknown): readonly Attributes[] {
  return Array.isArray(value) ? value.map((one) => (typeof one === "object" && one !== null ? one : {})) : [];
}

/** `replica in eu-west-1`, `replicas in eu-west-1 and us-east-1`. */
export function replicasIn(regions: readonly string[]): string {
  const others = regions.slice(0, -1).join(", ");
  return others === "" ? `replica in ${regions[0]}` : `replicas in ${others} and ${regions.at(-1)}`;
}

/** AWS deletes a replica of a secret at once, and the provider gives it another key by deleting it and copying it again. */
function secretUpdate(change: PlannedChange): Finding[] {
  const { before, after, unknown } = change;
  const kept = replicasOf(after, unknown);
  const isOpen =
    unknown.replica === true || unknown.replica_regions === true || kept.some(({ region }) => region === undefined);
  const regions: Record<"gone" | "open" | "rekeyed" | "openKey", string[]> = {
    gone: [],
    open: [],
    rekeyed: [],
    openKey: [],
  };
  for (const { region, key } of replicasOf(before)) {
    if (region === undefined) continue;
    const next = kept.find((replica) => replica.region === region);
    if (next === undefined) regions[isOpen ? "open" : "gone"].push(region);
    else if (!next.isKeyKnown) regions.openKey.push(region);
    else if (next.key !== key) regions.rekeyed.push(region);
  }
  const name = thing(change);
  const findings: Finding[] = [];
  const add = (found: readonly string[], code: string, effect: string, hint: string) => {
    if (found.length > 0) findings.push(replicaLoss(code, change, found, effect, hint));
  };
  add(
    regions.gone,
    "plan-deletes-replica",
    `deletes the ${REPLICAS} of ${name} at once, without a recovery window`,
    "Put the region back into its replica blocks. To keep the copy as a secret of its own, first run " +
      "aws secretsmanager stop-replication-to-replica in its region",
  );
  add(
    regions.open,
    "plan-deletes-replica",
    `may delete the ${REPLICAS} of ${name}: its regions are known only after the apply`,
    "Write the regions of its replica blocks so that they are known when the plan is made",
  );
  add(
    regions.rekeyed,
    "plan-copies-replica",
    `deletes the ${REPLICAS} of ${name} at once and copies the secret again under another key`,
    SAME_KEY,
  );
  add(
    regions.openKey,
    "plan-copies-replica",
    `deletes the ${REPLICAS} of ${name} at once and copies the secret again, because its key is known only after the apply`,
    SAME_KEY,
  );
  if (isChanged(change, "kms_key_id")) {
    findings.push(note("plan-changes", change, `encrypts ${name} under another key; who reads it needs that one`));
  }
  if (isChanged(change, "policy") && text(after?.policy) !== undefined) {
    findings.push(note("plan-changes", change, `changes the resource policy of ${name}`));
  }
  if (before?.recovery_window_in_days !== 0 && after?.recovery_window_in_days === 0) {
    findings.push(
      note("plan-changes", change, `takes the recovery window from ${name}: its deletion would be at once`),
    );
  }
  return findings;
}

const SAME_KEY = "Keep its kms_key_id to the letter: to the provider, the ARN and the id of one key are two keys";
