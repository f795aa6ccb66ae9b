/**
 * What is known of the kinds of things that a plan may change besides keys and secrets: what their end means, whether it is a loss,
 * and which changes in place are worth a word. A new kind is a new row.
 */

import type { Kind, PlannedChange } from "../terraform/plan.ts";
import { ofSecret, text, thing } from "./plan-words.ts";

type Words = (change: PlannedChange) => string;

/** One row. */
interface PlannedKind {
  /** What it is called; by default its kind, with its name and its region. */
  readonly named?: Words;
  /** Whether it is one of those that are looked at; by default each is. */
  readonly isMeant?: (change: PlannedChange) => boolean;
  /** What its end means, behind "Terraform". */
  readonly ended: Words;
  /** Whether its end loses something that does not come back. Of a kind of which this is not asked, a new one in its place is no news. */
  readonly isLost?: (change: PlannedChange) => boolean;
  /** What takes its place, behind "then it creates". */
  readonly renewed?: string;
  /** What is lost by a change in place, if something is. */
  readonly overwrites?: (change: PlannedChange) => string | undefined;
  /** What changes of its arguments mean, `undefined` where that is nothing. */
  readonly changed?: Readonly<Record<string, (change: PlannedChange) => string | undefined>>;
}

const ROWS: Readonly<Record<Exclude<Kind, "primary key" | "replica key" | "secret">, PlannedKind>> = {
  alias: {
    ended: (change) => `deletes ${thing(change)}: what uses the key by this name fails`,
    changed: { target_key_id: (change) => `points ${thing(change)} to another key` },
  },
  "key policy": {
    named: () => "a key policy",
    ended: () => "puts AWS's default key policy back",
    changed: { policy: () => "changes the policy of a key" },
  },
  grant: { named: () => "a grant", ended: () => "revokes a grant on a key" },
  "EBS default key": { ended: (change) => `resets ${thing(change)} to AWS's own` },
  "EBS encryption by default": {
    ended: (change) => `switches off ${thing(change)}: new volumes are encrypted only on request`,
  },
  "log group": {
    ended: (change) =>
      staysInAws(change)
        ? `only forgets ${thing(change)}, which stays in AWS, because skip_destroy is true`
        : `deletes ${thing(change)} with all its events`,
    isLost: (change) => !staysInAws(change),
    renewed: "an empty one",
    changed: { kms_key_id: keyOfEvents, retention_in_days: shorterRetention },
  },
  "bucket encryption": {
    named: (change) => `the encryption of ${bucketOf(change)}`,
    ended: (change) => `has ${bucketOf(change)} encrypt new objects with keys of S3 again`,
    isLost: () => false,
    changed: { rule: (change) => `changes how ${bucketOf(change)} encrypts new objects` },
  },
  parameter: {
    // The others are no secrets.
    isMeant: ({ before, after }) => ((before ?? after)?.type ?? "SecureString") === "SecureString",
    ended: (change) => `deletes ${thing(change)} with its value, at once`,
    isLost: () => true,
    changed: {
      key_id: (change) =>
        withoutValue(change) ?? `encrypts ${thing(change)} under another key; who reads it needs that one`,
      tier: (change) => (change.before?.key_id === change.after?.key_id ? withoutValue(change) : undefined),
      value_wo_version: (change) => (change.isImported ? undefined : `sends the value of ${thing(change)} again`),
    },
    overwrites: overwrittenByImport,
  },
  value: { named: ofSecret, ended: (change) => `stops managing ${ofSecret(change)}; the value stays in AWS` },
  rotation: { named: ofSecret, ended: (change) => `switches off ${ofSecret(change)}` },
  "secret policy": {
    named: ofSecret,
    ended: (change) => `deletes ${ofSecret(change, "resource policy")}`,
    changed: { policy: (change) => `changes ${ofSecret(change, "policy")}` },
  },
};

const UNNAMED: PlannedKind = { ended: (change) => `deletes ${thing(change)}` };

/** The row of a kind; keys and secrets have none, of which there is more to say. */
export function plannedKind(kind: Kind): PlannedKind {
  return Object.hasOwn(ROWS, kind) ? ROWS[kind as keyof typeof ROWS] : UNNAMED;
}

/** What a thing is called, or what it is a part of. */
export function namedAs(change: PlannedChange): string {
  return (plannedKind(change.kind).named ?? thing)(change);
}

/** The state decides: the argument counts once it has been applied. */
function staysInAws({ before }: PlannedChange): boolean {
  return before?.skip_destroy === true;
}

/** Its value is another one, whatever it was. */
function overwrittenByImport(change: PlannedChange): string | undefined {
  const isSent = change.isImported && change.after?.value_wo_version !== change.before?.value_wo_version;
  return isSent ? `overwrites the value of ${thing(change)}, which is imported` : undefined;
}

/** Its key and its tier are sent together with the value, and a write-only one whose version is the same is not sent. */
function withoutValue(change: PlannedChange): string | undefined {
  const { before, after } = change;
  const isSent = after?.value_wo_version == null || after.value_wo_version !== before?.value_wo_version;
  return isSent
    ? undefined
    : `fails to change ${thing(change)}: raise the version of its value, which must be sent too`;
}

function bucketOf({ before, after }: PlannedChange): string {
  const name = text((before ?? after)?.bucket);
  return name === undefined ? "a bucket" : `the bucket ${name}`;
}

function keyOfEvents(change: PlannedChange): string {
  return text(change.after?.kms_key_id) === undefined && change.unknown.kms_key_id !== true
    ? `encrypts new events of ${thing(change)} with AWS's own key`
    : `encrypts new events of ${thing(change)} under another key; those that are there stay under the former one`;
}

/** Nothing, or 0, is for ever (Amazon CloudWatch Logs: PutRetentionPolicy). */
function shorterRetention(change: PlannedChange): string | undefined {
  const days = ({ retention_in_days: given }: Readonly<Record<string, unknown>> = {}) =>
    typeof given === "number" && given > 0 ? given : Number.POSITIVE_INFINITY;
  const [before, after] = [days(change.before), days(change.after)];
  return after < before ? `has AWS delete the events of ${thing(change)} that are older than ${after} days` : undefined;
}
