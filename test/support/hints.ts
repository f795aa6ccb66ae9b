/**
 * Does what the help of a refusal says, word for word, as someone would who has nothing but that sentence: to the spec, to a file of
 * the user's own, to the account. It knows sentences and no situations; a sentence that it does not know is an error.
 */

import { load } from "js-yaml";
import type { Account } from "../stand-in/account.ts";
import { type ChangingSpec, SHORT } from "./changes.ts";

/** A refusal that says what to do. */
export interface Refusal {
  readonly address: string;
  readonly hint: string;
}

/** What someone has in hand who reads a refusal. */
export interface Desk {
  /** The spec before the change. */
  readonly former: ChangingSpec;
  readonly spec: ChangingSpec;
  /** The text of a file of the user's own. */
  readonly ownFile: string;
  /** What may be destroyed all the same. */
  readonly allowed: readonly string[];
}

type Entries = Record<string, Record<string, unknown>>;

/** A spec while it is changed. */
interface Draft {
  regions: {
    primary: Record<string, unknown>;
    replicas: Record<string, unknown>[];
    retired: Record<string, unknown>[];
  };
  provider: Record<string, unknown>;
  keys: Entries;
  secrets: Entries;
  log_groups: Entries;
  buckets: Entries;
  parameters: Entries;
}

interface Turn {
  readonly desk: Desk;
  readonly address: string;
  readonly draft: Draft;
  readonly account: Account;
  readonly own: string[];
  readonly allowed: string[];
}

type Sentence = readonly [RegExp, (words: readonly string[], turn: Turn) => void];

/** Sentences, with what to do; several of one help are all done. */
const SENTENCES: readonly Sentence[] = [
  // Into the spec.
  [
    /\bwrite (.+?) under (keys|secrets|log_groups|buckets|parameters)\.([\w-]+)/,
    ([text, kind, id], { draft }) => {
      const things = draft[kind as "keys" | "secrets" | "log_groups" | "buckets" | "parameters"];
      const [, entries, instead] = /^(.+?)(?: instead of (\w+))?$/.exec(text!) ?? [];
      things[id!] = { ...things[id!], ...yaml(entries!), ...(instead ? { [instead]: undefined } : {}) };
    },
  ],
  [
    /\bwrite (.+?) among the aliases of keys\.([\w-]+)/,
    ([alias, id], { draft }) => {
      const key = draft.keys[id!]!;
      key.aliases = [...((key.aliases as unknown[]) ?? []), alias];
    },
  ],
  [
    /\bwrite (?:alias: )?\S+ (?:under|among the aliases of) keys\.([\w-]+).*and take it out of (alias|aliases)\b/,
    ([id, where], { draft }) => {
      const key = draft.keys[id!]!;
      if (where === "alias") key.alias = undefined;
      else {
        const rest = (key.aliases as unknown[]).filter((alias) => alias !== key.alias);
        key.aliases = rest.length === 0 ? undefined : rest;
      }
    },
  ],
  [
    /\bwrite (?:alias: )?(\S+) .*and take it out of keys\.([\w-]+)/,
    ([alias, id], { draft }) => {
      const key = draft.keys[id!]!;
      if (key.alias === alias) key.alias = false;
      key.aliases = (key.aliases as unknown[] | undefined)?.filter((one) => one !== alias);
      if ((key.aliases as unknown[] | undefined)?.length === 0)
        Object.assign(key, { alias: false, aliases: undefined });
    },
  ],
  [/\bwrite (.+?) under keys\b(?!\.)/, ([text], { draft }) => Object.assign(draft.keys, yaml(text!))],
  [/\bwrite (.+?) under provider\b/i, ([text], { draft }) => Object.assign(draft.provider, yaml(text!))],
  [
    /\bwrite (renamed_from: .+?) at ([\w-]+) under regions$/,
    ([text, region], { draft }) => Object.assign(placeIn(draft, region!), yaml(text!)),
  ],
  [
    /\bwrite (label: .+?) at ([\w-]+) under regions\.retired/,
    ([text, region], { draft }) => Object.assign(placeIn(draft, region!), yaml(text!)),
  ],
  [
    /\bwrite (retired: .+?) under regions\b/,
    ([text], { draft }) => {
      for (const one of yaml(text!).retired as (string | Record<string, unknown>)[]) {
        const place = typeof one === "string" ? { region: one } : one;
        draft.regions.retired = [...draft.regions.retired.filter(({ region }) => region !== place.region), place];
      }
    },
  ],
  [
    /, and give ([\w-]+) a label and a provider alias of its own/,
    ([region], { draft }) => Object.assign(placeIn(draft, region!), { label: undefined, provider_alias: undefined }),
  ],
  [
    /^Take renamed_from out at ([\w-]+)/,
    ([region], { draft }) => Object.assign(placeIn(draft, region!), { renamed_from: undefined }),
  ],
  [
    /\bput ([\w-]+) back into the replicas of keys\.([\w-]+)/,
    ([region, id], { draft }) => {
      const key = draft.keys[id!]!;
      key.replicas = [...new Set([...((key.replicas as string[]) ?? []), region])];
    },
  ],
  [
    /\braise version to (\d+) in parameters\.([\w-]+)\.value/,
    ([version, id], { draft }) => {
      const one = draft.parameters[id!]!;
      const value = typeof one.value === "object" ? one.value : { variable: `${id}_parameter` };
      one.value = { ...value, version: Number(version) };
    },
  ],
  [
    /\bput ([\w-]+) back into the regions of (log_groups|buckets|parameters)\.([\w-]+)/,
    ([region, kind, id], { draft }) => {
      const thing = draft[kind as "log_groups" | "buckets" | "parameters"][id!]!;
      thing.regions = [...new Set([...((thing.regions as string[]) ?? []), region])];
    },
  ],
  [
    /leave log_groups\.([\w-]+) as it was, and give the other an identifier and a name of its own/,
    ([id], { draft, desk }) => {
      const now = draft.log_groups[id!]!;
      const formerId = [now.renamed_from ?? id].flat().at(-1) as string;
      const was = desk.former.log_groups![formerId] ?? desk.former.log_groups![id!];
      draft.log_groups[id!] = { ...was, name: was?.name ?? formerId, renamed_from: now.renamed_from };
      draft.log_groups[`${id}_other`] = { ...now, name: `/other/${id}`, renamed_from: undefined };
    },
  ],
  [
    /^Keep provider_alias: ([\w-]+) at ([\w-]+)/,
    ([alias, region], { draft }) => Object.assign(placeIn(draft, region!), { provider_alias: alias }),
  ],
  [/^Keep placement: (\w+)/, ([placement], { draft }) => Object.assign(draft.provider, { placement })],
  [
    /^Keep ([\w-]+) (?:for the label ([\w-]+)|as the primary region)/,
    ([region, label], { draft, desk }) => {
      const isIts = ({ label: said, region: own }: Record<string, unknown>) => (said ?? SHORT[own as string]) === label;
      const was = [desk.former.regions.primary, ...desk.former.regions.replicas].find((one) => one.region === region);
      const place = label === undefined ? draft.regions.primary : draft.regions.replicas.find(isIts)!;
      Object.assign(place, { region: was?.region ?? region });
    },
  ],
  [
    /^Keep ([\w-]+) as the primary region, and put ([\w-]+) in its place among the replicas:/,
    ([region, other], { draft }) => {
      draft.regions.replicas = draft.regions.replicas.map((one) =>
        one.region === region ? { ...one, region: other } : one,
      );
    },
  ],
  [
    /^Keep ([\w-]+) for .+, and put it in place of ([\w-]+) under ([\w., -]+):/,
    ([region, other, users], { draft }) => {
      for (const user of users!.split(", ")) {
        const [kind, id] = user.split(".") as ["keys" | "secrets", string];
        const thing = draft[kind][id]!;
        const { replicas, by_region } = thing as { replicas?: string[]; by_region?: Record<string, unknown> };
        if (replicas) thing.replicas = replicas.map((one) => (one === other ? region : one));
        const renamed = Object.entries(by_region ?? {}).map(([one, own]) => [one === other ? region : one, own]);
        if (by_region) thing.by_region = Object.fromEntries(renamed);
      }
    },
  ],
  [
    /leave keys\.([\w-]+) as it was, and give the other key an identifier of its own/,
    ([id], { draft, desk }) => {
      const now = draft.keys[id!]!;
      const formerId = [now.renamed_from ?? id].flat().at(-1) as string;
      const was = desk.former.keys[formerId] ?? desk.former.keys[id!];
      draft.keys[id!] = { ...was, renamed_from: now.renamed_from };
      draft.keys[`${id}_other`] = { ...now, alias: false, aliases: undefined, renamed_from: undefined };
    },
  ],
  [
    /write the other grant under a name of its own beside this one/,
    (_, { draft, desk }) => {
      for (const [id, key] of Object.entries(draft.keys)) {
        const was = desk.former.keys[[key.renamed_from ?? id].flat().at(-1) as string] ?? desk.former.keys[id];
        const grants = (key.grants ?? {}) as Record<string, unknown>;
        for (const [name, grant] of Object.entries(was?.grants ?? {})) {
          if (grants[name] !== undefined && JSON.stringify(grants[name]) !== JSON.stringify(grant))
            key.grants = { ...grants, [name]: grant, [`${name}2`]: grants[name] };
        }
      }
    },
  ],
  [
    /^Keep forget: true until/,
    (_, { draft, desk }) => {
      const here = [draft.regions.primary, ...draft.regions.replicas, ...draft.regions.retired];
      for (const place of desk.former.regions.retired) {
        if (!here.some(({ region }) => region === place.region)) draft.regions.retired.push({ ...place });
      }
    },
  ],
  // Into a file of the user's own.
  [
    /write a removed block with destroy = false for each address into a \.tf file of your own/,
    (_, { own, address }) => own.push(`removed {\n  from = ${address}\n  lifecycle {\n    destroy = false\n  }\n}\n`),
  ],
  [
    /in a \.tf file of your own: moved \{ from = (\S+), to = (\S+) \}/,
    ([from, to], { own }) => own.push(`moved {\n  from = ${from}\n  to   = ${to}\n}\n`),
  ],
  // Into AWS.
  [
    /: aws secretsmanager stop-replication-to-replica --region ([\w-]+) --secret-id (\S+)/,
    ([region, id = ""], { account }) => {
      const isIt = ({ name }: { readonly name: string }) =>
        id.endsWith("…") ? name.startsWith(id.slice(0, -1)) : name === id;
      const replica = account.secrets(region!).find((secret) => isIt(secret) && secret.role === "replica");
      if (replica !== undefined) account.stopReplicationToReplica(region!, replica.name);
    },
  ],
  // To the program.
  [/\bthen allow it\b/, (_, { allowed, address }) => allowed.push(address)],
];

/** The spec, the file and the account once everything has been done that the refusals say. */
export function followed(refusals: readonly Refusal[], desk: Desk, account: Account): Desk {
  const draft = structuredClone(desk.spec) as unknown as Draft;
  const own: string[] = [];
  const allowed = [...desk.allowed];
  for (const { hint, address } of refusals) {
    const said = SENTENCES.flatMap(([sentence, act]) => {
      const [, ...words] = sentence.exec(hint) ?? [];
      return sentence.test(hint) ? [() => act(words, { desk, address, draft, account, own, allowed })] : [];
    });
    if (said.length === 0) throw new Error(`no one knows how to follow: ${hint}`);
    for (const act of said) act();
  }
  const text = [...new Set(own)].filter((block) => !desk.ownFile.includes(block)).join("");
  // What is undefined has been taken out.
  const spec = JSON.parse(JSON.stringify(draft)) as ChangingSpec;
  return { ...desk, spec, ownFile: desk.ownFile + text, allowed };
}

/** A few keys of YAML as a sentence has them: `a: b and c: d`. */
function yaml(text: string): Record<string, unknown> {
  return load(`{ ${text.replaceAll(" and ", ", ")} }`) as Record<string, unknown>;
}

function placeIn({ regions: { primary, replicas, retired } }: Draft, region: string): Record<string, unknown> {
  const place = [primary, ...replicas, ...retired].find((one) => one.region === region);
  if (place === undefined) throw new Error(`the help names ${region}, which the spec does not have`);
  return place;
}
