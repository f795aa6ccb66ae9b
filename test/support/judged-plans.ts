/**
 * Plays what guard is judged by: files are applied, things happen, other files are planned and applied, and what the judge has
 * said of the plan is held against what the account has lost. It knows nothing of how the files came about.
 */

import fc from "fast-check";
import { type Announcement, type Finding, PlanJudge } from "../../src/losses/plan-judge.ts";
import { planReader } from "../../src/terraform/plan.ts";
import type { Account } from "../stand-in/account.ts";
import { type StandInVersion, startStandIn } from "../stand-in/provider.ts";
import { Refusal } from "../stand-in/values.ts";
import { addressAt, lossesBetween, type Moment, momentOf } from "./losses-of-apply.ts";
import { type Files, type Terraform, withTerraform } from "./terraform.ts";

/** What else happens between two applies; the numbers choose among what there is. */
export type Event =
  | { readonly what: "taint" | "-replace" | "-target"; readonly at: number }
  | { readonly what: "-destroy" | "-refresh=false" }
  | { readonly what: "key deleted" | "key disabled" | "secret deleted" | "value written"; readonly at: number }
  | { readonly what: "replica deleted"; readonly at: number };

export const events: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ what: fc.constantFrom("taint", "-replace", "-target"), at: fc.nat(20) }),
  fc.record({ what: fc.constantFrom("-destroy", "-refresh=false") }),
  fc.record({
    what: fc.constantFrom("key deleted", "key disabled", "secret deleted", "value written"),
    at: fc.nat(20),
  }),
  fc.record({ what: fc.constant("replica deleted"), at: fc.nat(20) }),
);

export interface Root {
  readonly files: Files;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Scene {
  readonly version: StandInVersion;
  readonly account: Account;
  /** Where anything may be. */
  readonly regions: readonly string[];
  readonly before: Root;
  readonly after: Root;
  readonly events: readonly Event[];
  readonly announcements?: readonly Announcement[];
}

export interface Judged {
  readonly findings: readonly Finding[];
  /** Of the refusals, those that the announcements let pass, by address. */
  readonly announced: readonly string[];
  readonly refused: readonly string[];
  readonly lost: readonly string[];
  readonly before: Moment;
  readonly isApplied: boolean;
}

const BY_HAND = "HIDDEN-by-hand";

/** `undefined` where the first files cannot be applied, or the second ones not be planned: then there is nothing to judge. */
export async function play(scene: Scene): Promise<Judged | undefined> {
  const { version, account, regions, before: first, after: second, announcements = [] } = scene;
  if (Object.keys(first.files).length === 0) return undefined;
  const provider = await startStandIn({ version, account });
  const optionsFor = ({ variables = {} }: Root) => ({ provider, variables });
  try {
    return await withTerraform(first.files, optionsFor(first), async (terraform) => {
      for (const step of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()]) {
        if (!(await step()).ok) return undefined;
      }
      // What Terraform does not send is written by someone else.
      for (const { region, name, value } of secretsIn(account, regions)) {
        if (value === null) write(account, region, name);
      }
      const applied = momentOf(account, regions, terraform.state());
      const options: string[] = [];
      for (const event of scene.events) options.push(...(await happen(event, applied, scene, terraform)));
      const before = momentOf(account, regions, terraform.state());
      terraform.replaceFiles(second.files);
      terraform.replaceOptions(optionsFor(second));
      if (!(await terraform.init()).ok || !(await terraform.plan({ options })).ok) return undefined;
      const shown = await terraform.showText();
      const [findings, others] = judge(shown, announcements);
      const { ok } = await terraform.apply();
      const after = momentOf(account, regions, terraform.state());
      const cost = lossesBetween(before, after, { isValueKept: (id) => isKept(id, applied, before, after, scene) });
      // Without a look at AWS, Terraform does not know what was gone before.
      const isBlind = options.includes("-destroy") || options.includes("-refresh=false");
      const isTold = (address: string) => !isBlind || !cost.goneBefore.includes(address);
      const former = formerAddresses(shown, before);
      const told = (addresses: readonly string[]) => addresses.map(former).filter(isTold).sort();
      const refused = told(refusedIn(findings));
      const stillRefused = told(refusedIn(others));
      return {
        findings,
        announced: refused.filter((address) => !stillRefused.includes(address)),
        refused,
        lost: told(cost.lost),
        before,
        isApplied: ok,
      };
    });
  } finally {
    provider.close();
  }
}

/** The judge's findings, without the announcements and with them. */
function judge(
  text: string,
  announcements: readonly Announcement[],
): readonly [readonly Finding[], readonly Finding[]] {
  const judge = new PlanJudge();
  const reader = planReader(judge);
  reader.feed(Buffer.from(text));
  const facts = reader.end();
  const both = [judge.findings(facts), judge.findings(facts, announcements)] as const;
  if (JSON.stringify(both).includes("HIDDEN")) throw new Error("a finding holds a value");
  return both;
}

/** Gives the address that an object had before the plan, with the region of a replica behind it. */
function formerAddresses(text: string, before: Moment): (address: string) => string {
  interface Change {
    readonly address: string;
    readonly type: string;
    readonly change: { readonly before: Readonly<Record<string, unknown>> | null };
  }
  interface Plan {
    readonly resource_changes?: readonly Change[];
    readonly resource_drift?: readonly Change[];
  }
  const { resource_changes: changes = [], resource_drift: drift = [] } = JSON.parse(text) as Plan;
  const former = new Map(
    [...changes, ...drift].flatMap(({ address, type, change }) => {
      const known = change.before === null ? undefined : addressAt(before, type, change.before);
      return known === undefined ? [] : [[address, known]];
    }),
  );
  return (address) => {
    const [, bare = "", region = ""] = /^(.*?)(\[[a-z][a-z0-9-]*\])?$/.exec(address) ?? [];
    return `${former.get(bare) ?? bare}${region}`;
  };
}

/** What is refused, by address; some replicas of a secret one by one. */
function refusedIn(findings: readonly Finding[]): string[] {
  const addresses = ({ address, regions, of }: Finding) =>
    of === undefined ? [`${address}`] : regions.map((region) => `${address}[${region}]`);
  return [...new Set(findings.filter(({ isLoss }) => isLoss).flatMap(addresses))].sort();
}

/** Lets the event happen; returns the option that it gives to `terraform plan`. */
async function happen(event: Event, applied: Moment, { account, regions }: Scene, terraform: Terraform) {
  const secrets = secretsIn(account, regions);
  switch (event.what) {
    case "-destroy":
    case "-refresh=false":
      return [event.what];
    case "taint":
    case "-replace":
    case "-target": {
      const address = oneOf([...applied.managed.values(), ...applied.senders.values()].sort(), event.at);
      if (address === undefined) return [];
      if (event.what !== "taint") return [`${event.what}=${address}`];
      await terraform.taint(address);
      return [];
    }
    case "key deleted":
    case "key disabled": {
      const keys = regions.flatMap((region) => account.keys(region).map(({ keyId }) => ({ region, keyId })));
      const key = oneOf(keys, event.at);
      if (key === undefined) return [];
      if (event.what === "key deleted") account.scheduleKeyDeletion(key.region, key.keyId);
      else account.resolveKey(key.region, key.keyId).copy.enabled = false;
      return [];
    }
    case "value written": {
      const secret = oneOf(secrets, event.at);
      if (secret !== undefined) write(account, secret.region, secret.name);
      return [];
    }
    case "secret deleted": {
      const secret = oneOf(secrets, event.at);
      if (secret !== undefined) account.deleteSecret(account.findSecret(secret.region, secret.name)!, 7);
      return [];
    }
    case "replica deleted": {
      const copies = regions.flatMap((region) =>
        account.secrets(region).flatMap(({ role, name }) => (role === "replica" ? [{ region, name }] : [])),
      );
      const copy = oneOf(copies, event.at);
      const home = secrets.find(({ name }) => name === copy?.name);
      if (copy === undefined || home === undefined) return [];
      account.removeSecretReplica(account.findSecret(home.region, home.name)!, copy.region);
      return [];
    }
  }
}

function oneOf<T>(all: readonly T[], at: number): T | undefined {
  return all[at % Math.max(1, all.length)];
}

/** The primary secrets that are not pending deletion. */
function secretsIn(account: Account, regions: readonly string[]) {
  return regions.flatMap((region) =>
    account
      .secrets(region)
      .filter(({ role, pendingDeletion }) => role === "primary" && !pendingDeletion)
      .map(({ name, value }) => ({ region, name, value })),
  );
}

/** Writes a value, unless AWS refuses it: under a disabled key no one can. */
function write(account: Account, region: string, name: string): void {
  try {
    account.putSecretValue(region, name, { value: BY_HAND, binary: false, writeOnly: false });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** Whether a value is to stay: others have written it, or the files say the same of it as before. */
function isKept(id: string, applied: Moment, before: Moment, after: Moment, scene: Scene): boolean {
  const secretIn = ({ secrets }: Moment) =>
    [...secrets.values()].find(({ name, arn, role }) => role === "primary" && `${name}@${arn.split(":")[3]}` === id);
  const [sender, next] = [before.senders.get(id), after.senders.get(id)];
  if (sender === undefined || next === undefined) return true;
  if (secretIn(before)?.value !== secretIn(applied)?.value) return true;
  return valueText(scene.before, sender) === valueText(scene.after, next);
}

/** The blocks that say what a value is, whatever they are called, and the values of their variables. */
function valueText({ files, variables = {} }: Root, address: string): string {
  const [, label = ""] = /aws_secretsmanager_secret_version\.([\w-]+)/.exec(address) ?? [];
  const text = Object.values(files).join("\n");
  const blocks = text.match(/^(?:resource|ephemeral) [^\n]*\{\n[\s\S]*?^\}/gm) ?? [];
  const own = blocks.find((block) => block.startsWith(`resource "aws_secretsmanager_secret_version" "${label}"`)) ?? "";
  const sources = blocks.flatMap((block) => {
    const [, type, name] = /^ephemeral "([^"]+)" "([^"]+)"/.exec(block) ?? [];
    const reference = `ephemeral.${type}.${name}.`;
    return type !== undefined && own.includes(reference) ? [{ block, reference, header: `"${type}" "${name}"` }] : [];
  });
  const used = [...own.matchAll(/var\.([\w-]+)/g)].map(([, name = ""]) => variables[name]);
  const nameless = sources.reduce((text, { reference }) => text.replaceAll(reference, "ephemeral."), own);
  return [
    nameless
      .replace(/^resource .*$/m, "")
      .replace(/^ *secret_id .*$/m, "")
      .replace(/var\.[\w-]+/g, "var"),
    ...sources.map(({ block, header }) => block.replace(header, "")),
    ...used,
  ].join("\n");
}
