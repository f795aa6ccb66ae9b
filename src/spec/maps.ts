/**
 * Makes the schemas of the maps in a spec: keys with their schemas go in, a zod schema that knows no other keys comes out. Of the
 * many keys that a map may have a spec has few, and the schema of a key is made when a spec has the key: making all of them
 * would take a third of the time in which Node starts.
 */

import { once } from "../once.ts";
import * as z from "./zod.ts";

/** What is known of a key besides its type: its description and the default that an editor shows. */
export interface KeyHelp {
  /** What a definition of the JSON Schema is called. */
  readonly id?: string;
  readonly description: string;
  readonly default?: unknown;
}

/** Holds the help of every key whose schema has been made, in the form that `z.toJSONSchema` reads. */
export const keyHelp = z.registry<KeyHelp>();

/** A key of a map. */
interface Key<T extends z.Type = z.Type> {
  readonly isRequired: boolean;
  /** Makes the schema of what is under it, where something is. */
  readonly make: () => z.Type;
  readonly description: string;
  readonly default: unknown;
  /** Is not there: the type of its schema. */
  readonly type?: T;
}

type Optional<T extends z.Type> = z.Optional<z.Type<z.output<T>, z.input<T> | null>>;

/** A key that may be left out, or be written with nothing or `~` behind it, which means the same and comes out as the same. */
export function optional<T extends z.Type>(make: () => T, description: string, fallback?: unknown): Key<Optional<T>> {
  return { isRequired: false, make, description, default: fallback };
}

export function required<T extends z.Type>(make: () => T, description: string): Key<T> {
  return { isRequired: true, make, description, default: undefined };
}

/** The schema of what is under a key. */
function schemaOf({ isRequired, make, description, default: fallback }: Key): z.Type {
  const made = isRequired ? make() : optionally(make);
  keyHelp.add(made, fallback === undefined ? { description } : { description, default: fallback });
  return made;
}

function optionally<T extends z.Type>(make: () => T): Optional<T> {
  const value = once(make);
  const innerType = once(() => z.nullable(value()));
  const key = z.optional({
    get innerType() {
      return innerType();
    },
  }) as unknown as Optional<T>;
  const run: typeof key._zod.run = (payload, context) => {
    if (payload.value !== undefined && payload.value !== null) return value()._zod.run(payload, context);
    payload.value = undefined;
    return payload;
  };
  Object.assign(key._zod, { parse: run, run });
  Object.defineProperty(key._zod, "optin", { value: "optional" });
  return key;
}

type Keys = Readonly<Record<string, Key>>;
type MapOf<K extends Keys> = z.ObjectOf<{ [Name in keyof K]: NonNullable<K[Name]["type"]> }, z.Strict>;

/** A map that may have these keys and no others. */
export function map<K extends Keys>(keys: K, ...checks: readonly z.Check<never>[]): MapOf<K> {
  const names = Object.keys(keys);
  const schemas = new Map<string, z.Type>();
  const shapeOf = (some: readonly string[]) => {
    for (const name of some) if (!schemas.has(name)) schemas.set(name, schemaOf(keys[name]!));
    return Object.fromEntries(some.map((name) => [name, schemas.get(name)!]));
  };
  const shape = once(() => shapeOf(names));
  const whole = z.strictObject(
    {
      get shape() {
        return shape();
      },
    },
    ...checks,
  );
  // zod looks for every key of a schema in every map. This is the schema of the keys that have been seen in one so far.
  const unseen = new Set(names.filter((name) => !keys[name]!.isRequired));
  let seen: typeof whole | undefined;
  const parse: typeof whole._zod.parse = (payload, context) => {
    const { value } = payload;
    if (typeof value === "object" && value !== null) {
      for (const name of unseen) {
        if (!(name in value)) continue;
        unseen.delete(name);
        seen = undefined;
      }
    }
    seen ??= z.strictObject({ shape: shapeOf(names.filter((name) => !unseen.has(name))) });
    return seen._zod.run(payload, context);
  };
  whole._zod.parse = parse;
  // With checks, zod's own runs them behind this.
  if (checks.length === 0) whole._zod.run = parse;
  return whole as unknown as MapOf<K>;
}

/** What may be written as something shorter than a map; `expand` gives the map, or the short form where it says all. */
export function shortForm<
  Short extends z.Type,
  Full extends z.Type<object>,
  Long extends z.output<Full> | string | false,
>(short: Short | readonly Short[], full: Full, expand: (short: z.output<Short>) => Long) {
  type Map = z.output<Full>;
  type Either = z.Type<z.output<Short> | Map, z.input<Short> | z.input<Full>>;
  const either = z.union([short, full].flat()) as unknown as Either;
  const toLong = (value: z.output<Short> | Map): Map | Extract<Long, string | false> =>
    (typeof value === "object" ? value : expand(value as z.output<Short>)) as Map | Extract<Long, string | false>;
  return z.turned(either, toLong);
}
