/**
 * Compares what templates of the user's own print with what the built-in ones print of the same model: files go in, what the first
 * lack, and what they have too much, comes out. They may lay out otherwise, remark and add; they may not take away or lead elsewhere.
 */

import { readTerraform } from "../terraform/reader.ts";
import type { Block, Body } from "../terraform/syntax.ts";
import { valuesIn } from "../terraform/values.ts";

/** A file of one side. */
export interface PrintedFile {
  /** The name of the generated file. */
  readonly path: string;
  readonly text: string;
}

/** A difference that is refused. */
interface Difference {
  /** The file that the built-in templates print it in, or in which there is too much. */
  readonly path: string;
  readonly address: string;
  readonly message: string;
}

/** A block with the text that it is in. */
interface Placed {
  readonly block: Block;
  readonly path: string;
  readonly text: string;
}

/** Blocks that have values of secrets in them, or are where they come from: not a character of them may be another. */
const OF_VALUES = /^(resource\.aws_secretsmanager_secret_version|ephemeral|variable)\./;

/** What may be said otherwise: it neither destroys, nor discloses, nor leads elsewhere. */
const FREE = new Set(["description", "tags", "deletion_window_in_days", "recovery_window_in_days"]);

/** What may not be added: it makes a resource another one, or several, or none, or runs something. */
const NOT_ADDED = new Set([
  "count",
  "for_each",
  "provider",
  "region",
  "provisioner",
  "connection",
  "dynamic",
  "replica",
  "policy",
  "name",
  "name_prefix",
  "kms_key_id",
]);

/** Comments that a later run reads: where the providers are that other files configure. */
const READ_AGAIN = /^# (?: {2}aws(?:\.[\w-]+)? in |A child module\.|This provider is configured outside of).*$/gm;

/** The start of every value in a marked model. */
export const MARK = "mrk-scaffold-value-";

/**
 * The differences between files that were printed of the same model, in which every value of a secret is a mark.
 * @throws {HclError} when a text is no Terraform
 */
export function differences(own: readonly PrintedFile[], builtIn: readonly PrintedFile[]): readonly Difference[] {
  const found: Difference[] = [];
  const mine = blocksOf(own);
  const theirs = blocksOf(builtIn);
  for (const [address, { block, path, text }] of theirs) {
    const other = mine.get(address);
    const say = (message: string) => found.push({ path, address: shown(address), message });
    if (other === undefined) say("is not printed");
    else if (OF_VALUES.test(address)) {
      if (other.text.slice(other.block.start, other.block.end) !== text.slice(block.start, block.end)) {
        say("is about a value, and must be printed just as the built-in templates do");
      }
    } else {
      for (const one of missing(bodyOf(block.body, text), bodyOf(other.block.body, other.text), "")) say(one);
    }
  }
  for (const [address, { path }] of mine) {
    const isLocal = address.startsWith("locals");
    if (!theirs.has(address) && !isLocal) found.push({ path, address: shown(address), message: "is not in the model" });
  }
  return [...found, ...spilled(own, mine), ...unsaid(own, builtIn)];
}

/** The addresses of what the files declare. */
function blocksOf(files: readonly PrintedFile[]): ReadonlyMap<string, Placed> {
  const found = new Map<string, Placed>();
  for (const { path, text } of files) {
    const { blocks, attributes } = readTerraform(text);
    for (const block of blocks) found.set(unique(addressOf(block, text), found), { block, path, text });
    // Terraform takes none; a value must not hide in one.
    for (const { name, start, end } of attributes.values()) {
      const body = { attributes: new Map(), blocks: [] };
      const block: Block = { type: name, labels: [], body, line: 1, endLine: 1, start, end };
      found.set(unique(`argument.${name}`, found), { block, path, text });
    }
  }
  return found;
}

function unique(address: string, taken: ReadonlyMap<string, unknown>): string {
  let free = address;
  for (let number = 2; taken.has(free); number++) free = `${address} (${number})`;
  return free;
}

/** Type and labels; of blocks without any, what tells them apart. */
function addressOf({ type, labels, body }: Block, text: string): string {
  const values = valuesIn(body, text);
  if (type === "provider") return [type, ...labels, String(values.alias ?? "")].join(".");
  if (["moved", "import", "removed"].includes(type)) return `${type}.${JSON.stringify(values)}`;
  return [type, ...labels].join(".");
}

function shown(address: string): string {
  return address.replace(/^resource\./, "").replace(/\.$/, "");
}

type Values = Readonly<Record<string, unknown>>;

/** The values of a body, with keys meant by their addresses, whichever of their attributes is named. */
function bodyOf(body: Body, text: string): Values {
  return valuesIn(body, text);
}

/** What a body lacks of another, or has otherwise, or may not have; `path` leads to it. */
function* missing(wanted: Values, own: Values, path: string): Generator<string> {
  for (const [name, value] of Object.entries(wanted)) {
    if (FREE.has(name) && path === "") continue;
    const other = own[name];
    const place = `${path}${name}`;
    if (other === undefined) yield `${place} is missing: it must be ${printed(value)}`;
    else if (isBlocks(value) && isBlocks(other)) yield* missingBlocks(value, other, place);
    else if (name === "ignore_changes" && Array.isArray(value) && Array.isArray(other)) {
      if (!value.every((one) => other.includes(one))) yield `${place} must hold ${printed(value)}`;
    } else if (meant(name, value) !== meant(name, other))
      yield `${place} is ${printed(other)}: it must be ${printed(value)}`;
  }
  for (const [name, value] of Object.entries(own)) {
    const isProtection = path.startsWith("lifecycle") && (name === "prevent_destroy" || name === "destroy");
    if (name in wanted) continue;
    if (NOT_ADDED.has(name) || isProtection) yield `${path}${name} may not be added`;
    else if (name === "lifecycle" && isBlocks(value)) for (const one of value) yield* missing({}, one, "lifecycle.");
  }
}

function* missingBlocks(wanted: readonly Values[], own: readonly Values[], place: string): Generator<string> {
  if (wanted.length !== own.length) {
    yield `${place}: there must be ${wanted.length} of them, not ${own.length}`;
    return;
  }
  for (const [index, one] of wanted.entries()) {
    const which = wanted.length > 1 ? `${place}[${index}].` : `${place}.`;
    yield* missing(one, own[index]!, which);
  }
}

function isBlocks(value: unknown): value is readonly Values[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "object" && one !== null);
}

/** A value to compare: a key is the same key, whichever attribute names it. */
function meant(name: string, value: unknown): string {
  const text = JSON.stringify(value);
  return name === "kms_key_id" || name === "target_key_id" ? text.replace(/\.(arn|id|key_id)\}"$/, '}"') : text;
}

function printed(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Values outside of the blocks that are about them, in comments for instance, where nothing would mask them. */
function spilled(own: readonly PrintedFile[], blocks: ReadonlyMap<string, Placed>): readonly Difference[] {
  return own.flatMap(({ path, text }) => {
    let rest = text;
    const inFile = [...blocks].filter(([address, placed]) => placed.path === path && OF_VALUES.test(address));
    // From the end on, so that the places before stay where they are.
    for (const [, { block }] of inFile.sort(([, one], [, other]) => other.block.start - one.block.start)) {
      rest = rest.slice(0, block.start) + rest.slice(block.end);
    }
    if (!rest.includes(MARK)) return [];
    return [
      { path, address: path, message: "has the value of a secret outside of its aws_secretsmanager_secret_version" },
    ];
  });
}

function unsaid(own: readonly PrintedFile[], builtIn: readonly PrintedFile[]): readonly Difference[] {
  const said = (files: readonly PrintedFile[]) => files.flatMap(({ text }) => text.match(READ_AGAIN) ?? []);
  const [mine, theirs] = [said(own), said(builtIn)];
  const isSame = mine.length === theirs.length && mine.every((line, index) => line === theirs[index]);
  if (isSame) return [];
  const message = "must have the comments about providers that other files configure: the next run reads them";
  return [{ path: builtIn[0]?.path ?? "", address: "providers", message }];
}
