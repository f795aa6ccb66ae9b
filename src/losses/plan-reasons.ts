/** Says why a plan destroys something, and what to do about it: a planned change goes in, half a sentence and a hint come out. */

import type { PlannedChange } from "../terraform/plan.ts";

/** `undefined` where Terraform gives no reason, as with `terraform plan -destroy`. */
export function reasonOf({ reason, replacedFor, isDeposed }: PlannedChange): string | undefined {
  if (isDeposed) return "an earlier replacement left it behind";
  if (reason === "replace_because_cannot_update") {
    const [names, verb] = [replacedFor.join(" and ") || "an argument", replacedFor.length > 1 ? "change" : "changes"];
    return `${names} ${verb}, which is not possible in place`;
  }
  return reason === undefined ? undefined : (REASONS.get(reason)?.why ?? reason.replaceAll("_", " "));
}

/** What keeps the resource. */
export function hintFor({ address, reason, replacedFor, isDeposed, kind }: PlannedChange): string {
  if (isDeposed) return `To keep it, take it out of the state: terraform state rm '${address}'`;
  if (reason === "replace_because_cannot_update") {
    const advice = replacedFor.flatMap((name) => ARGUMENTS.get(name) ?? []);
    return (
      advice[0]?.replaceAll("THING", kind) ?? `Take back the change of ${replacedFor.join(" and ") || "the argument"}`
    );
  }
  if (reason === undefined) return "Plan without -destroy";
  const { way = KEEP } = REASONS.get(reason) ?? {};
  return way.replaceAll("ADDRESS", address).replaceAll("THING", kind);
}

const KEEP =
  "Put its block back. If it has another address now, write a moved block; " +
  "to leave it in AWS without Terraform, a removed block with lifecycle { destroy = false }";

interface Reason {
  readonly why: string;
  /** What to do instead; ADDRESS and THING stand for the resource. */
  readonly way?: string;
}

/** Terraform's words: https://developer.hashicorp.com/terraform/internals/json-format#change-representation */
const REASONS: ReadonlyMap<string, Reason> = new Map([
  ["delete_because_no_resource_config", { why: "its block is gone from the configuration" }],
  ["delete_because_no_module", { why: "its module is gone from the configuration" }],
  ["delete_because_wrong_repetition", { why: "count or for_each was added to its block or taken from it" }],
  ["delete_because_count_index", { why: "count is too small for it" }],
  ["delete_because_each_key", { why: "for_each does not have its key any more" }],
  ["delete_because_no_move_target", { why: "its moved block leads to nothing that is declared" }],
  [
    "replace_because_tainted",
    { why: "it is tainted", way: "If AWS has the THING and it works: terraform untaint 'ADDRESS'" },
  ],
  ["replace_by_request", { why: "-replace asks for it", way: "Leave out -replace" }],
  [
    "replace_by_triggers",
    { why: "its replace_triggered_by asks for it", way: "Take what changed out of its replace_triggered_by" },
  ],
]);

/** What to do where the argument itself says more than "take the change back". */
const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  [
    "primary_key_arn",
    "If the key was promoted, plan again without -refresh=false once every region names the new primary, " +
      "and write lifecycle { ignore_changes = [primary_key_arn] } into the replica key. " +
      "If the primary key is replaced, keep that one",
  ],
  ["region", "Keep its region: nothing can move to another one"],
  ["name", "Keep its name: a THING cannot be renamed, only made again under another name"],
  ["log_group_class", "Keep its class, or give the log group of the other class a block and a name of its own"],
]);
