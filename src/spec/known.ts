/**
 * Says what the grammar knows of a place in a spec: a path goes in; the keys and values that may be there come out. All
 * of it is read from the schema, so that nothing needs to be kept in step with it.
 */

import { once } from "../once.ts";
import { specSchema } from "./schema.ts";
import * as z from "./zod.ts";

type Shape = z.Type;

/** A place in a spec, as the schema has it; one that the schema does not have allows nothing. */
export interface Known {
  /** The keys of the map that may be here, in every form that it may have. */
  readonly keys: readonly string[];
  /** Whether a map with keys of the user's own may be here. */
  readonly isFreeMap: boolean;
  /** Whether a text, a number, a truth value or a list may be here. */
  readonly takesMoreThanMaps: boolean;
  /** Whether the grammar has a key of this name here, one that is not of the user's own. */
  readonly isNamed: boolean;
  /** Whether a scalar, as the spec has it, is one that may be here by its form: a word of a list, a pattern, a number. */
  readonly hasForm: (text: string) => boolean;
  readonly below: (step: string | number) => Known;
}

const whole = once(() => known([specSchema], true));

/** What is known of the place at `path`; each place is looked at once. */
export function knownAt(path: readonly (string | number)[]): Known {
  return path.reduce((place, step) => place.below(step), whole());
}

/** Every key that a spec may have anywhere, but for those of the user's own. */
export const everyKey = once((): ReadonlySet<string> => new Set(keysIn(specSchema, new Set())));

function known(schemas: readonly Shape[], isNamed: boolean): Known {
  const shapes = schemas.flatMap(shapesOf);
  const definitions = shapes.map(definitionOf);
  const named = new Map<string, Shape[]>();
  for (const [key, schema] of definitions.flatMap(({ shape }) => Object.entries(shape ?? {}))) {
    named.set(key, [...(named.get(key) ?? []), schema]);
  }
  const found = new Map<string, Known>();
  const remembered = (name: string, make: () => Known): Known => {
    const known = found.get(name) ?? make();
    found.set(name, known);
    return known;
  };
  return {
    keys: [...named.keys()],
    isFreeMap: definitions.some(({ type }) => type === "record"),
    takesMoreThanMaps: definitions.some(({ type }) => type !== "object" && type !== "record"),
    isNamed,
    hasForm: (text) => shapes.some((shape) => hasForm(shape, text)),
    below(step) {
      if (typeof step === "number") {
        return remembered("[]", () =>
          known(
            definitions.flatMap(({ element }) => element ?? []),
            false,
          ),
        );
      }
      const schemas = named.get(step);
      if (schemas !== undefined) return remembered(`.${step}`, () => known(schemas, true));
      return remembered("{}", () =>
        known(
          definitions.flatMap(({ valueType }) => valueType ?? []),
          false,
        ),
      );
    },
  };
}

/** What is read of a schema: the keys of a map, the values under keys of the user's own, the elements of a list. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Shape>>;
  readonly valueType?: Shape;
  readonly element?: Shape;
}

function definitionOf({ _zod: { def } }: Shape): Definition {
  return def as Definition;
}

/** What a schema is underneath "optional", "nullable", "lazy", a transformation and the choices of a union. */
function shapesOf(schema: Shape): Shape[] {
  const { innerType, options, getter, ...def } = schema._zod.def as {
    readonly innerType?: Shape;
    readonly in?: Shape;
    readonly options?: readonly Shape[];
    readonly getter?: () => Shape;
  };
  const inner = innerType ?? getter?.() ?? def.in;
  if (inner !== undefined) return shapesOf(inner);
  return options === undefined ? [schema] : options.flatMap(shapesOf);
}

/** Whether a scalar has the form that its schema describes, as opposed to being any text up to a length. */
function hasForm(shape: Shape, text: string): boolean {
  const { type, checks } = shape._zod.def as { readonly type: string; readonly checks?: readonly z.Check[] };
  if (type === "boolean") return /^(true|false)$/i.test(text);
  if (type === "number") return /^\d{1,9}$/.test(text);
  const isClosed = type === "enum" || checks?.some(({ _zod: { def } }) => def.check === "string_format");
  return isClosed === true && z.safeParse(shape, text).success;
}

function* keysIn(schema: Shape, seen: Set<Shape>): Iterable<string> {
  if (seen.has(schema)) return;
  seen.add(schema);
  for (const { shape, valueType, element } of shapesOf(schema).map(definitionOf)) {
    for (const [key, below] of Object.entries(shape ?? {})) {
      yield key;
      yield* keysIn(below, seen);
    }
    for (const below of [valueType, element]) if (below !== undefined) yield* keysIn(below, seen);
  }
}
