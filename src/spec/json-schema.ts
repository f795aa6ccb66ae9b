/**
 * The JSON Schema (draft-07) of a spec, for editors: made of the zod schema, its descriptions and what `refinements.ts` adds, and of
 * nothing else.
 */

import { toJSONSchema } from "zod/v4/core";
import { keyHelp } from "./maps.ts";
import { type Fragment, refinements, region } from "./refinements.ts";
import { EXTENSION, specSchema } from "./schema.ts";

type Schema = Record<string, unknown>;

/** Where the schema is published. */
const ID = "https://unpkg.com/mrk-scaffold/schema.json";

/** A JSON Schema that editors and SchemaStore accept; `~` is allowed wherever a key may be left out. */
export function jsonSchema(): Schema {
  const { definitions = {}, ...schema } = grammarSchema() as { readonly definitions?: Record<string, Schema> };
  const refined = refine({ ...schema }, "");
  return {
    $id: ID,
    ...refined,
    patternProperties: { [EXTENSION.source]: { description: "Your own: a place for anchors. It is not read." } },
    definitions: {
      ...Object.fromEntries(Object.entries(definitions).map(([name, one]) => [name, refine(one, name)])),
      Region: region,
    },
  };
}

/** The grammar alone, of which the types of the API are made. */
export function grammarSchema(): Schema {
  return {
    ...toJSONSchema(specSchema, { target: "draft-07", io: "input", metadata: keyHelp }),
    title: "Spec of mrk-scaffold",
    description:
      "Multi-Region KMS keys and replicated Secrets Manager secrets, from which mrk-scaffold writes Terraform.",
  };
}

/** What zod makes of a region, by its pattern. */
const REGION_PATTERN = region.anyOf[1].pattern;

/** The schema of what is at `path`, with all that must hold there. */
function refine(schema: Schema, path: string): Schema {
  if (schema.pattern === REGION_PATTERN) {
    const { description } = schema;
    return { ...(description === undefined ? {} : { description }), anyOf: [{ $ref: "#/definitions/Region" }] };
  }
  const result: Schema = { ...schema };
  const below = (step: string) => (path === "" ? step : `${path}.${step}`);
  for (const choice of ["anyOf", "oneOf", "allOf"]) {
    if (Array.isArray(schema[choice])) result[choice] = schema[choice].map((one: Schema) => refine(one, path));
  }
  if (isSchema(schema.properties)) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, one]) => [key, refine(one as Schema, below(key))]),
    );
  }
  if (isSchema(schema.additionalProperties)) {
    result.additionalProperties = refine(schema.additionalProperties, below("*"));
  }
  if (isSchema(schema.items)) result.items = refine(schema.items, below("[]"));
  const musts = refinements.flatMap(({ at, form, must }) =>
    [schema.type].flat().includes(form) && at.test(path) ? [must] : [],
  );
  return musts.length === 0 ? result : withMusts(result, musts);
}

function withMusts(schema: Schema, musts: readonly Fragment[]): Schema {
  const flat = musts.flatMap((must) => (Object.keys(must).join() === "allOf" ? (must.allOf as Fragment[]) : [must]));
  return { ...schema, allOf: [...((schema.allOf as Fragment[] | undefined) ?? []), ...flat] };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
