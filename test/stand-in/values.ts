/**
 * What every part of the stand-in shares: values come in as Terraform's msgpack or as attributes, attributes that fit a
 * schema's block (or a wire's bytes) go out, and what is not acceptable leaves as a `Refusal`.
 */
import { decode, ExtensionCodec, encode } from "@msgpack/msgpack";

/** Terraform's "known after apply". There is one instance, `UNKNOWN`. */
export class Unknown {
  readonly kind = "unknown";
}
export const UNKNOWN = new Unknown();

export type Value = null | boolean | number | string | Unknown | Value[] | { [name: string]: Value };
export type Attributes = { [name: string]: Value };
export type Tags = Readonly<Record<string, string>>;

export interface SchemaAttribute {
  readonly type: unknown;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
  readonly write_only?: boolean;
}

interface SchemaNestedBlock {
  readonly nesting_mode: "single" | "list" | "set";
  readonly min_items?: number;
  readonly max_items?: number;
  readonly block: SchemaBlock;
}

export interface SchemaBlock {
  readonly attributes?: Readonly<Record<string, SchemaAttribute>>;
  readonly block_types?: Readonly<Record<string, SchemaNestedBlock>>;
}

export interface Schema {
  readonly version: number;
  readonly block: SchemaBlock;
}

/** The data of `terraform providers schema -json` for one provider. */
export interface ProviderSchema {
  readonly provider: Schema;
  readonly resource_schemas: Readonly<Record<string, Schema>>;
  readonly data_source_schemas: Readonly<Record<string, Schema>>;
  readonly ephemeral_resource_schemas: Readonly<Record<string, Schema>>;
}

export interface Wire {
  readonly msgpack: Uint8Array;
}

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: 0,
  encode: (value) => (value instanceof Unknown ? new Uint8Array([0]) : null),
  decode: () => UNKNOWN,
});
// Type 12 is an unknown value of which something is known (not null, a prefix). The stand-in does not use that.
extensionCodec.register({ type: 12, encode: () => null, decode: () => UNKNOWN });

export function toWire(value: Value): Wire {
  return { msgpack: encode(value, { extensionCodec }) };
}

export function fromWire(wire: Wire | null | undefined): Attributes | null {
  if (!wire || wire.msgpack.length === 0) return null;
  return decode(wire.msgpack, { extensionCodec }) as Attributes | null;
}

/** `given` with exactly the names that the block has: absent ones null or empty, others (of a newer schema) dropped. */
export function conform(block: SchemaBlock, given: Attributes): Attributes {
  const attributes = Object.keys(block.attributes ?? {}).map((name) => [name, given[name] ?? null]);
  const blocks = Object.entries(block.block_types ?? {}).map(([name, nested]) => [
    name,
    conformBlocks(nested, given[name] ?? null),
  ]);
  return Object.fromEntries([...attributes, ...blocks]);
}

function conformBlocks(nested: SchemaNestedBlock, given: Value): Value {
  if (given instanceof Unknown) return given;
  if (nested.nesting_mode === "single") return isObject(given) ? conform(nested.block, given) : null;
  return listOf(given).map((element) => (isObject(element) ? conform(nested.block, element) : element));
}

export function isObject(value: Value | undefined): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

export function text(value: Value | undefined): string | null {
  return typeof value === "string" ? value : null;
}

export function numeric(value: Value | undefined): number | null {
  return typeof value === "number" ? value : null;
}

export function isSet(value: Value | undefined): boolean {
  return value !== null && value !== undefined;
}

export function listOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

export function blocksOf(value: Value | undefined): Attributes[] {
  return listOf(value).filter(isObject);
}

export function textsOf(value: Value | undefined): string[] {
  return listOf(value).filter((element) => typeof element === "string");
}

export function tagsOf(value: Value | undefined): Tags {
  return isObject(value) ? (value as Tags) : {};
}

/** Whether two values are equal, sets in any order (no resource here has a list whose order matters). */
export function same(a: Value | undefined, b: Value | undefined): boolean {
  return canonical(a ?? null) === canonical(b ?? null);
}

function canonical(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join()}}`;
}

/**
 * Whether two policies say the same: neither the order of lists counts, nor whether a single text is in one
 * (PoliciesAreEquivalent of hashicorp/awspolicyequivalence, which the provider asks).
 */
export function samePolicy(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  try {
    return same(unwrapped(JSON.parse(a) as Value), unwrapped(JSON.parse(b) as Value));
  } catch {
    return a === b;
  }
}

/** Lists of one as what is in them. */
function unwrapped(value: Value): Value {
  if (Array.isArray(value)) return value.length === 1 ? unwrapped(value[0]!) : value.map(unwrapped);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, unwrapped(below ?? null)]));
}

/** A number that stands for a text; the real data source has such an id too. */
export function hash(of: string): number {
  return [...of].reduce((sum, letter) => (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0, 7);
}

/** Something that the provider or AWS does not accept; it becomes an error diagnostic. */
export class Refusal extends Error {
  readonly attribute: string | undefined;

  constructor(message: string, attribute?: string) {
    super(message);
    this.attribute = attribute;
  }
}
