/** The command `schema`: the JSON Schema of a spec comes out as text. It reads and writes nothing. */

import { EXIT } from "../io.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { jsonSchema } from "../spec/json-schema.ts";

export function schema({ words }: { readonly words: readonly string[] }): Outcome {
  if (words.length > 0) return misuse("schema takes no arguments", "Write: mrk-scaffold schema");
  const document = jsonSchema();
  return {
    exitCode: EXIT.done,
    diagnostics: [],
    text: `${JSON.stringify(document, null, 2)}\n`,
    json: { schema: document },
  };
}
