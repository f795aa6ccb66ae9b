/**
 * Counts what Terraform will do: a comparison goes in, actions come out. It takes the files on disk for what has been applied, and
 * refuses nothing.
 */

import { type Action, Tally } from "../report/outlook.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Values } from "../terraform/values.ts";
import type { Comparison } from "./comparison.ts";
import { factsOf } from "./resource-facts.ts";
import { resourceType } from "./resource-types.ts";
import { copiesIn, isSameVersion, referencesIn, regionOf, staysInAws } from "./resources.ts";

const VALUE = "aws_secretsmanager_secret_version";
const SECRET = "aws_secretsmanager_secret";

/** Arguments that Terraform's plan does not show, and copies, which are counted by themselves. */
const UNSEEN: ReadonlySet<string> = new Set(["lifecycle", "provider", "depends_on", "replica"]);

/** What Terraform will do, of everything that differs. */
export function actionsOf(compared: Comparison): readonly Action[] {
  const { before, after } = compared;
  const tally = new Tally();
  const replaced = new Set(
    factsOf(compared).flatMap((fact) =>
      fact.what === "replaced" || fact.what === "relocated" ? [fact.old.address] : [],
    ),
  );
  const former = new Set<string>();
  for (const old of before.resources.values()) {
    const today = compared.today(old.address);
    if (today !== undefined) former.add(today);
    const fresh = today === undefined ? undefined : after.resources.get(today);
    if (compared.isGone(old.address)) countLoss(tally, compared, old);
    else if (fresh === undefined) continue;
    else if (replaced.has(old.address)) countReplacement(tally, compared, old, fresh);
    else countChange(tally, compared, old, fresh);
  }
  for (const fresh of after.resources.values()) {
    if (former.has(fresh.address)) continue;
    const region = regionOf(fresh, after);
    if (after.imports.has(fresh.address)) tally.add("adopt", fresh.type, region);
    else tally.add(fresh.type === VALUE ? "send" : "create", fresh.type, region);
    if (!after.imports.has(fresh.address))
      for (const copy of copiesIn(fresh, after)) tally.add("copy", "replica", copy.region || copy.source);
  }
  for (const [name, document] of after.policies) {
    const known = before.policies.get(name);
    if (known !== undefined && !compared.isSame(spoken(known), spoken(document)))
      tally.add("change", "aws_iam_policy_document", "");
  }
  return tally.actions();
}

/** What a document says, wherever it is read. */
function spoken({ for_each: _, provider: __, ...document }: Values): Values {
  return document;
}

/** What stays in AWS is not destroyed: another one comes beside it. */
function countReplacement(
  tally: Tally,
  { before, after }: Comparison,
  old: DeclaredResource,
  fresh: DeclaredResource,
): void {
  const isLeft = resourceType(old.type).code !== undefined && staysInAws(old);
  tally.add(isLeft ? "forget" : "replace", old.type, regionOf(old, before));
  if (isLeft) tally.add("create", fresh.type, regionOf(fresh, after));
}

function countLoss(tally: Tally, compared: Comparison, old: DeclaredResource): void {
  const { code, partOf } = resourceType(old.type);
  const isForgotten = compared.isForgotten(old.address);
  const isWithOwner =
    partOf !== undefined && referencesIn(old.arguments[partOf]).some((one) => compared.isLeaving(one));
  if (code === undefined && isWithOwner) return;
  tally.add(isForgotten || staysInAws(old) ? "forget" : "destroy", old.type, regionOf(old, compared.before));
}

function countChange(tally: Tally, compared: Comparison, old: DeclaredResource, fresh: DeclaredResource): void {
  const { before, after } = compared;
  const region = regionOf(fresh, after);
  if (old.address !== fresh.address) tally.add("move", old.type, region);
  const { writeOnly } = resourceType(old.type);
  const isKept = writeOnly !== undefined && isSameVersion(old, fresh);
  const isSeen = (name: string) => !(isKept && name === writeOnly) && !UNSEEN.has(name);
  if (compared.changedArguments(old, fresh, isSeen).length > 0)
    tally.add(old.type === VALUE ? "send" : "change", old.type, region);
  if (old.type !== SECRET) return;
  const [copies, today] = [copiesIn(old, before), copiesIn(fresh, after)].map((list) =>
    list.map((copy) => copy.region || copy.source),
  );
  for (const copy of today!) if (!copies!.includes(copy)) tally.add("copy", "replica", copy);
  // The provider leaves the last copies of a secret alone.
  if (today!.length > 0) for (const copy of copies!) if (!today!.includes(copy)) tally.add("delete", "replica", copy);
}
