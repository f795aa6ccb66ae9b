/**
 * The few kinds of zod schemas that a grammar is made of, of zod's core: the schemas that `zod` and `zod/mini` make have methods,
 * whose set-up takes a twentieth of a run, and do the same otherwise.
 */

import * as core from "zod/v4/core";
import { once } from "../once.ts";

export {
  _check as check,
  _gte as minimum,
  _lte as maximum,
  _maxLength as maxLength,
  _minLength as minLength,
  _regex as regex,
  type $strict as Strict,
  type $ZodCheck as Check,
  type $ZodIssue as Issue,
  type $ZodObject as ObjectOf,
  type $ZodOptional as Optional,
  type $ZodType as Type,
  type input,
  type output,
  parse,
  registry,
  safeParse,
} from "zod/v4/core";

type Type = core.$ZodType;
/** What checking data by a schema gives. */
export type Parsed<T extends Type> = core.util.SafeParseResult<core.output<T>>;
type Check<T> = core.$ZodCheck<T>;

/** zod's constructors have lost the types of what they are given. */
function made<T extends Type>(kind: new (definition: never) => Type, definition: object): T {
  return new kind(definition as never) as T;
}

export function string(...checks: readonly Check<string>[]) {
  return made<core.$ZodString<string>>(core.$ZodString, { type: "string", checks });
}

export function number() {
  return made<core.$ZodNumber<number>>(core.$ZodNumber, { type: "number", checks: [] });
}

export function int(...checks: readonly Check<number>[]) {
  const definition = { type: "number", check: "number_format", abort: false, format: "safeint", checks };
  return made<core.$ZodNumber<number>>(core.$ZodNumberFormat, definition);
}

export function boolean() {
  return made<core.$ZodBoolean<boolean>>(core.$ZodBoolean, { type: "boolean" });
}

export function nothing() {
  return made<core.$ZodNull>(core.$ZodNull, { type: "null" });
}

export function literal<const T extends string | number | boolean>(...values: readonly T[]) {
  return made<core.$ZodLiteral<T>>(core.$ZodLiteral, { type: "literal", values });
}

export function oneOf<const T extends string>(values: readonly T[]) {
  const entries = Object.fromEntries(values.map((value) => [value, value]));
  return made<core.$ZodEnum<{ [Value in T]: Value }>>(core.$ZodEnum, { type: "enum", entries });
}

export function array<T extends Type>(element: T, ...checks: readonly Check<core.output<T>[]>[]) {
  return made<core.$ZodArray<T>>(core.$ZodArray, { type: "array", element, checks });
}

export function record<K extends core.$ZodString<string>, V extends Type>(
  keyType: K,
  valueType: V,
  ...checks: readonly Check<Record<string, core.output<V>>>[]
) {
  return made<core.$ZodRecord<K, V>>(core.$ZodRecord, { type: "record", keyType, valueType, checks });
}

export function union<const T extends readonly Type[]>(options: T) {
  return made<core.$ZodUnion<T>>(core.$ZodUnion, { type: "union", options });
}

export function nullable<T extends Type>(innerType: T) {
  return made<core.$ZodNullable<T>>(core.$ZodNullable, { type: "nullable", innerType });
}

export function lazy<T extends Type>(getter: () => T) {
  return made<core.$ZodLazy<T>>(core.$ZodLazy, { type: "lazy", getter });
}

/** What a schema gives, made into something else. */
export function turned<T extends Type, Out>(from: T, turn: (given: core.output<T>) => Out) {
  type To = core.$ZodTransform<Out, core.output<T>>;
  const to = made<To>(core.$ZodTransform, { type: "transform", transform: turn });
  return made<core.$ZodPipe<T, To>>(core.$ZodPipe, { type: "pipe", in: from, out: to });
}

/** A check that knows no more than whether it holds. */
export function refine<T>(holds: (value: T) => boolean): Check<T> {
  return core._refine(core.$ZodCustom, holds, {}) as Check<T>;
}

/** What no map has. */
const never = once(() => new core.$ZodNever({ type: "never" }));

/** A map with the keys of `shape` and no others; `definition` may have a getter for it. */
export function strictObject<S extends core.$ZodShape>(
  definition: { readonly shape: S },
  ...checks: readonly Check<never>[]
) {
  const further = { type: "object", catchall: never(), checks };
  return made<core.$ZodObject<S, core.$strict>>(core.$ZodObject, Object.assign(definition, further));
}

/** What may be left out; `definition` may have a getter. */
export function optional<T extends Type>(definition: { readonly innerType: T }) {
  return made<core.$ZodOptional<T>>(core.$ZodOptional, Object.assign(definition, { type: "optional" }));
}
