/** The JSON Schema (draft-07) of a spec, for editors: made of the zod schema and its descriptions, and of nothing else. */

import * as z from "zod/mini";
import { EXTENSION, keyHelp, specSchema } from "./schema.ts";

/** A JSON Schema that editors and SchemaStore accept; `~` is allowed wherever a key may be left out. */
export function jsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(specSchema, { target: "draft-07", io: "input", metadata: keyHelp }),
    patternProperties: { [EXTENSION.source]: { description: "Your own: a place for anchors. It is not read." } },
    title: "Spec of mrk-scaffold",
    description:
      "Multi-Region KMS keys and replicated Secrets Manager secrets, from which mrk-scaffold writes Terraform.",
  };
}
