/**
 * Makes the parts of the documentation that show what the program prints: each is between `<!-- begin … -->` and `<!-- end -->`
 * and is made anew here, for the test to compare or to write.
 */

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codes } from "../../src/report/codes.ts";
import { jsonSchema } from "../../src/spec/json-schema.ts";
import { folderWith, run } from "./cli.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export const readmePath = join(root, "README.md");

/** The pages of the documentation, the README among them. */
export const pages: readonly string[] = [
  readmePath,
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => join(root, "docs", name)),
];

/** A page with every such part as the program prints it now. */
export async function freshPage(text: string): Promise<string> {
  const parts = [...text.matchAll(/<!-- begin (\S+?)(?:: (\S+))? -->\n[\s\S]*?<!-- end -->/g)];
  let fresh = text;
  for (const [whole, kind = "", argument = ""] of parts) {
    const head = whole.slice(0, whole.indexOf("\n") + 1);
    fresh = fresh.replace(whole, () => `${head}\n`);
    const body = await PARTS[kind]!(argument);
    fresh = fresh.replace(`${head}\n`, () => `${head}${body.trimEnd()}\n<!-- end -->`);
  }
  return fresh;
}

const WRONG_SPEC = `version: 1
regions:
  primary: eu-central-1
  replicas: [eu-west-1]
keys:
  sm: { rotation: { period_days: 30 }, servcie: s3 }
secrets:
  database: { name: app/database, key: sn, value: { literal: hunter2 } }
`;

const PARTS: Readonly<Record<string, (argument: string) => Promise<string> | string>> = {
  file: (path) => {
    const language = path.endsWith(".yaml") ? "yaml" : "terraform";
    // The first line of a fixture says what it shows, in the README the text around it does.
    const text = readFileSync(join(root, path), "utf8").replace(/^(?!# Code generated)#.*\n/, "");
    return `\`\`\`${language}\n${path.endsWith(".yaml") ? "" : `# ${basename(path)}\n`}${text}\`\`\``;
  },
  help: async (command) => fenced((await run(command === "" ? ["--help"] : [command, "--help"])).stdout),
  codes: () =>
    ["| code | what it is about |", "| --- | --- |"]
      .concat(
        Object.entries(codes)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([code, about]) => `| \`${code}\` | ${about.replaceAll("|", "\\|")} |`),
      )
      .join("\n"),
  report: async () => {
    const cwd = folderWith({ "spec.yaml": WRONG_SPEC });
    const { stderr } = await run(["spec.yaml"], { cwd });
    return `\`\`\`yaml\n${WRONG_SPEC}\`\`\`\n\n${fenced(stderr)}`;
  },
  keys: () => keyTable(jsonSchema() as Schema),
};

function fenced(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

/** As much of JSON Schema as the spec's uses. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  /** The name of a definition, in `#/definitions/NAME`. */
  readonly $ref?: string;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** A key of the schema, with its path: `keys.<id>.alias`, `regions.replicas[].region`. */
interface SchemaKey {
  readonly path: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** All keys of a schema, in its order; those of a definition where it is first. */
export function keysOfSchema(root: Schema): SchemaKey[] {
  const seen = new Set<string>();
  function keysOf(schema: Schema, path: string): SchemaKey[] {
    return forms(schema).flatMap((form): SchemaKey[] => {
      if (form.$ref !== undefined) {
        const name = form.$ref.split("/").at(-1)!;
        if (seen.has(name)) return [];
        seen.add(name);
        return keysOf(root.definitions![name]!, path);
      }
      if (form.properties !== undefined) {
        return Object.entries(form.properties).flatMap(([name, key]) => {
          const full = path === "" ? name : `${path}.${name}`;
          const isRequired = form.required?.includes(name) ?? false;
          return [{ path: full, schema: key, isRequired }, ...keysOf(key, full)];
        });
      }
      if (form.items !== undefined) return keysOf(form.items, `${path}[]`);
      return typeof form.additionalProperties === "object" ? keysOf(form.additionalProperties, `${path}.<id>`) : [];
    });
  }
  return keysOf(root, "");
}

/** A table of all keys: path, default, description; a key that must be there is in bold. */
function keyTable(schema: Schema): string {
  const rows = keysOfSchema(schema).map(({ path, schema: { default: fallback, description }, isRequired }) => {
    const title = isRequired ? `**\`${path}\`**` : `\`${path}\``;
    const shown = fallback === undefined ? "" : `\`${JSON.stringify(fallback)}\``;
    return `| ${title} | ${shown} | ${(description ?? "").replaceAll("|", "\\|").replaceAll("<", "&lt;")} |`;
  });
  return ["| key | default | what it is |", "| --- | --- | --- |", ...rows].join("\n");
}

function forms(schema: Schema): readonly Schema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(forms);
}
