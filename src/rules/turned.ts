/**
 * Turns round what a user wrote in the wrong form: the path of a value of another type than its key takes, and the value, go in;
 * the same thing in the right form comes out, for a hint. It shows no value that may be a secret.
 */

import { regionsMeantBy } from "../aws/region-names.ts";
import { isKnownRegion } from "../aws/regions.ts";
import { isMap } from "../spec/json.ts";
import type { Path } from "../spec/path.ts";
import { maySecretStandBeside } from "../spec/redact.ts";
import { isAwsPolicy, statementsOf } from "./aws-policy.ts";
import { serviceMeantBy } from "./forms.ts";
import { entry, flow, LEFT_OUT, scalar } from "./written.ts";

/** What a value of the wrong type was meant to be; `undefined` where there is no telling. */
type Turn = (found: unknown, path: Path) => string | undefined;

/** By the place of the value, in which `*` is any key; the first place that fits counts. */
const TURNS: readonly (readonly [place: RegExp, turn: Turn])[] = [
  [/^regions$/, regionsInstead],
  [/^regions\.primary$/, primaryInstead],
  [/^regions\.(replicas|retired)$|\.replicas$/, replicasInstead],
  [/^(keys|variables)$/, thingsInstead],
  [/^keys\.[^.]+$/, keyInstead],
  [/^secrets$/, secretsInstead],
  [/^keys\.[^.]+\.rotation$/, keyRotationInstead],
  [/^secrets\.[^.]+\.rotation$/, secretRotationInstead],
  [/^(keys|secrets)\.[^.]+(\.by_region\.[^.]+)?\.policy$/, policyInstead],
  [/\.(tags|default_tags)$/, tagsInstead],
  [/^keys\.[^.]+(\.by_region\.[^.]+)?\.alias$/, aliasInstead],
  [/^provider$/, providerInstead],
];

/** `expected` are the types that the key takes, in the words of a message. */
export function turned(path: Path, found: unknown, expected: readonly string[]): string | undefined {
  const dotted = path.join(".");
  const turn = TURNS.find(([place]) => place.test(dotted))?.[1];
  return turn?.(found, path) ?? inGeneral(found, path, expected);
}

function inGeneral(found: unknown, path: Path, expected: readonly string[]): string | undefined {
  // Where a secret's value may be, what has another type than its key takes may be a part of it.
  if (maySecretStandBeside(path)) return undefined;
  const isScalar = typeof found !== "object";
  if (isScalar && expected.includes("a list")) return write(entry(path, [found]));
  if (Array.isArray(found) && found.length === 1 && typeof found[0] !== "object" && !expected.includes("a list")) {
    const only = flow(found[0], path);
    return expected.some((one) => one.startsWith("text")) && only !== LEFT_OUT
      ? write(`${path.at(-1)}: ${only}`)
      : undefined;
  }
  const wantsNumber = expected.some((one) => /number/.test(one));
  const digits = typeof found === "string" ? /^(\d{1,5})( ?d(ays?)?)?$/i.exec(found)?.[1] : undefined;
  if (wantsNumber && digits !== undefined) return write(entry(path, Number(digits)), "without quotes and units");
  return undefined;
}

function regionsInstead(found: unknown): string | undefined {
  const names = typeof found === "string" ? found.split(/[\s,]+/) : found;
  if (!Array.isArray(names) || names.length === 0) return undefined;
  const [primary, ...replicas] = names.map(regionOf);
  return write(`regions: { primary: ${primary}${replicas.length > 0 ? `, replicas: [${replicas.join(", ")}]` : ""} }`);
}

function primaryInstead(found: unknown): string | undefined {
  if (!Array.isArray(found) || found.length === 0) return undefined;
  const [primary, ...others] = found.map(regionOf);
  const rest = others.length > 0 ? ` and replicas: [${others.join(", ")}]` : "";
  return write(`primary: ${primary}${rest}`, "there is one primary region");
}

function replicasInstead(found: unknown, path: Path): string | undefined {
  if (typeof found === "boolean") return found ? write(`${path.at(-1)}: all`) : write(`${path.at(-1)}: []`);
  const names = typeof found === "string" ? found.split(/[\s,]+/) : isMap(found) ? Object.keys(found) : undefined;
  return names && write(`${path.at(-1)}: [${names.map(regionOf).join(", ")}]`);
}

/** A region, or the one that was meant. */
function regionOf(word: unknown): string {
  const text = typeof word === "object" && word !== null ? String((word as { region?: unknown }).region) : String(word);
  return isKnownRegion(text) ? text : (regionsMeantBy(text)[0] ?? LEFT_OUT);
}

/** Keys and variables in a list, which are a map by their names. */
function thingsInstead(found: unknown, path: Path): string | undefined {
  if (!Array.isArray(found))
    return `Write a map by name, such as ${path[0] === "keys" ? "keys: { sm: {} }" : "variables: { env: {} }"}`;
  const things = found.flatMap((one): [string, unknown][] => {
    if (typeof one === "string") return /^[A-Za-z_][\w-]{0,60}$/.test(one) ? [[one, {}]] : [];
    return typeof one === "object" && one !== null ? namedOf(one) : [];
  });
  return things.length === 0 ? undefined : write(entry(path, Object.fromEntries(things)), "a map by name");
}

/** A key that is said by its service, or by the service's principal. */
function keyInstead(found: unknown, path: Path): string | undefined {
  const service = typeof found === "string" ? serviceMeantBy(found) : undefined;
  return write(`${path.at(-1)}: ${service === undefined ? "{}" : `{ service: ${service} }`}`);
}

/** A thing of a list with what it is called: its name, its id, or its only key. */
function namedOf(thing: object): [string, unknown][] {
  const { name, id, key, ...rest } = thing as Record<string, unknown>;
  const called = name ?? id ?? key;
  if (typeof called === "string" && /^[A-Za-z_][\w/-]{0,60}$/.test(called)) {
    return [[called.replaceAll("/", "_"), rest]];
  }
  const entries = Object.entries(thing);
  return entries.length === 1 && typeof entries[0]![1] === "object" ? [[entries[0]![0], entries[0]![1] ?? {}]] : [];
}

/** Names of a list may be anything, but what each secret says of itself is shown as it would be in its place. */
function secretsInstead(found: unknown, path: Path): string | undefined {
  const example = "Write a map by identifier, such as secrets: { app: app/database }";
  if (!Array.isArray(found)) return example;
  const secrets = found.flatMap((one): [string, unknown][] => {
    if (typeof one !== "object" || one === null) return [];
    return namedOf(one).map(([id]) => [id, Object.hasOwn(one, "name") ? one : (one as Record<string, unknown>)[id]]);
  });
  return secrets.length === 0 ? example : write(entry(path, Object.fromEntries(secrets)), "a map by identifier");
}

/** `90` for the days between two rotations of a key (AWS KMS: 90 to 2560). */
function keyRotationInstead(found: unknown): string | undefined {
  const days = daysIn(found);
  if (days === undefined) return undefined;
  if (days >= 90 && days <= 2560) return write(`rotation: { period_days: ${days} }`);
  return "Write rotation: true for every 365 days, or rotation: { period_days: 90 } with 90 to 2560 days.";
}

function secretRotationInstead(found: unknown): string | undefined {
  const days = daysIn(found) ?? (found === true ? 30 : undefined);
  if (found === false) return "Leave rotation out: without it nothing rotates the secret.";
  return days === undefined ? undefined : write(`rotation: { lambda_arn: arn:aws:lambda:…, every_days: ${days} }`);
}

function daysIn(found: unknown): number | undefined {
  const digits = /^(\d{1,4})( ?d(ays?)?)?$/i.exec(String(found))?.[1];
  return typeof found === "object" || digits === undefined ? undefined : Number(digits);
}

/** A file's path, or a policy as JSON. */
function policyInstead(found: unknown): string | undefined {
  if (typeof found !== "string") return undefined;
  const file = /^(\.\/)?([\w-][\w./-]{0,200}\.json)$/.exec(found)?.[2];
  if (file !== undefined) return write(`policy: { documents: [${file}] }`);
  const call = /^\$?\{?\s*(?:file|templatefile)\("(?:\$\{path\.module\}\/)?([\w./-]+\.json)"\)/.exec(found)?.[1];
  if (call !== undefined) return write(`policy: { documents: [${call}] }`);
  if (/^(data\.)?aws_[\w.[\]"-]+$/.test(found)) return write(`policy: { documents: [{ ref: ${found} }] }`);
  const parsed = parsedJson(found);
  return isAwsPolicy(parsed) ? statementsOf(parsed) : undefined;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `team=x` and `{ Key: team, Value: x }`, as other tools write tags; their values may have been meant for another place. */
function tagsInstead(found: unknown, path: Path): string | undefined {
  const key = path.at(-1);
  const list = typeof found === "string" ? found.split(/\s*,\s*/) : found;
  if (!Array.isArray(list)) return undefined;
  const tags = list.flatMap((tag): string[] => {
    const name = typeof tag === "string" ? /^([\w:.-]{1,64})[=:]/.exec(tag)?.[1] : nameOfTag(tag);
    return name === undefined ? [] : [`${scalar(name)}: ${LEFT_OUT}`];
  });
  return write(`${key}: { ${tags.length > 0 ? tags.join(", ") : "team: payments"} }`);
}

function nameOfTag(tag: unknown): string | undefined {
  if (typeof tag !== "object" || tag === null) return undefined;
  const { Key, key, ...rest } = tag as Record<string, unknown>;
  const name = Key ?? key ?? Object.keys(rest)[0];
  return typeof name === "string" && /^[\w:.-]{1,64}$/.test(name) ? name : undefined;
}

function aliasInstead(found: unknown, path: Path): string | undefined {
  if (found === true) return "Leave alias out: the key has one by default.";
  if (!Array.isArray(found) || path.length !== 3) return undefined;
  return write(entry([...path.slice(0, -1), "aliases"], found));
}

function providerInstead(found: unknown): string | undefined {
  return found === "aws" ? "Leave provider out: AWS is what there is." : undefined;
}

function write(text: string, why?: string): string {
  return `Write ${text}${why === undefined ? "" : ` (${why})`}`;
}
