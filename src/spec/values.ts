/**
 * Decides what the value of a secret or a parameter is made of: the named thing goes in, the sources of its value come out, each with its place in
 * the spec and the name that its Terraform resource or variable gets. It reads no value.
 */

import type { Names } from "./names.ts";
import { type Path, sortedEntries } from "./path.ts";
import { type RegionalKind, regionalKinds } from "./regional.ts";
import type { JsonMap, JsonPart, RandomPasswordSpec, SourceSpec, ValueSpec } from "./schema.ts";

/** A source of a value, or of a part of one. */
export interface NamedSource {
  /** The keys and indexes that lead to the part in the JSON value; empty for the whole value. */
  readonly part: Path;
  readonly source: SourceSpec;
  /** The name of the ephemeral resource that it needs, if it needs one. */
  readonly name: string;
  readonly path: Path;
}

/** Something that has a value: a secret, or a parameter. */
export interface Valued {
  readonly id: string;
  /** What it is, unless it is a secret. */
  readonly kind?: RegionalKind;
  /** `undefined` when something other than Terraform writes it. */
  readonly value: ValueSpec | undefined;
  readonly spec: { readonly value?: unknown; readonly name?: unknown };
  /** The name in AWS, where that is one in all regions. */
  readonly name?: string;
  readonly path: Path;
}

/** Everything in a spec that has a value, the secrets first. */
export function valuedThings({ secrets, regional }: Pick<Names, "secrets" | "regional">): readonly Valued[] {
  return [...secrets, ...regional.filter(({ value }) => value !== undefined)];
}

/** What it is, in a sentence: secret, parameter. */
export function valuedNoun({ kind }: Pick<Valued, "kind">): string {
  return kind === undefined ? "secret" : regionalKinds[kind].noun;
}

/** What it is called in AWS, for people. */
export function valuedName({ id, name, spec }: Valued): string {
  return name ?? (typeof spec.name === "string" ? spec.name : id);
}

/** What the names of the ephemeral resources for its value begin with. */
export function sourceName({ id, kind }: Pick<Valued, "id" | "kind">): string {
  return kind === undefined ? id : `${regionalKinds[kind].noun}_${id}`;
}

/** Whether the value comes from the variable that is called after the thing. */
export function hasOwnVariable({ value, spec }: Valued): boolean {
  return value?.variable !== undefined && typeof spec.value !== "object";
}

/** The sources of a value: one, or those of the parts of a JSON value, in output order. */
export function sourcesOf(valued: Valued): readonly NamedSource[] {
  const { value, path } = valued;
  if (value === undefined) return [];
  const name = sourceName(valued);
  const whole: NamedSource = { part: [], source: value, name, path: [...path, "value"] };
  return value.json === undefined ? [whole] : [...sourcesIn(name, { map: value.json }, [], [...path, "value", "json"])];
}

function* sourcesIn(id: string, content: JsonPart, part: Path, path: Path): Iterable<NamedSource> {
  if ("source" in content) {
    const { source } = content;
    if (source.json === undefined) yield { part, source, name: ephemeralName(id, part), path };
    else yield* sourcesIn(id, { map: source.json }, part, [...path, "json"]);
  }
  for (const [step, below] of partsBelow(content)) yield* sourcesIn(id, below, [...part, step], [...path, step]);
}

/** The parts of a list or a map, in output order. */
function partsBelow(content: JsonPart): readonly (readonly [string | number, JsonPart])[] {
  if ("list" in content) return content.list.map((item, index) => [index, item] as const);
  return "map" in content ? sortedEntries(content.map) : [];
}

/** The type of the ephemeral resource that reads or makes the value, where one does. */
export function ephemeralType({ generated, parameter, secret }: SourceSpec): EphemeralType | undefined {
  if (generated !== undefined) return "aws_secretsmanager_random_password";
  if (parameter !== undefined) return "aws_ssm_parameter";
  return secret === undefined ? undefined : "aws_secretsmanager_secret_version";
}

type EphemeralType = "aws_secretsmanager_random_password" | "aws_secretsmanager_secret_version" | "aws_ssm_parameter";

/** What the ephemeral resource of a part is called. */
export function ephemeralName(id: string, part: Path): string {
  return [id, ...part].map((step) => String(step).replace(/[^A-Za-z0-9_-]/g, "_")).join("_");
}

/** The variables that a value needs. */
export function variablesOf(valued: Valued): readonly { readonly name: string; readonly path: Path }[] {
  const own = hasOwnVariable(valued);
  return sourcesOf(valued).flatMap(({ source: { variable }, path }) =>
    variable === undefined ? [] : [{ name: variable, path: own ? valued.path : [...path, "variable"] }],
  );
}

/** The random passwords that a value needs. */
export function passwordsOf(
  valued: Valued,
): readonly (Pick<NamedSource, "part" | "name" | "path"> & { readonly settings: RandomPasswordSpec })[] {
  return sourcesOf(valued).flatMap(({ source: { generated }, ...named }) =>
    generated === undefined ? [] : [{ ...named, settings: generated }],
  );
}

/** The maps inside a JSON value that are JSON objects by themselves, without `json` around them, with the path of each. */
export function* mapsIn(map: JsonMap, path: Path): Iterable<{ readonly keys: readonly string[]; readonly path: Path }> {
  for (const { content, path: at } of partsIn({ map }, path)) {
    if ("map" in content && content.map !== map) yield { keys: Object.keys(content.map), path: at };
  }
}

function* partsIn(content: JsonPart, path: Path): Iterable<{ readonly content: JsonPart; readonly path: Path }> {
  yield { content, path };
  const json = "source" in content ? content.source.json : undefined;
  if (json !== undefined) for (const [key, below] of sortedEntries(json)) yield* partsIn(below, [...path, "json", key]);
  for (const [step, below] of partsBelow(content)) yield* partsIn(below, [...path, step]);
}

/** The region in the ARN of a parameter or a secret; none in a name, which the primary region knows. */
export function regionOfSource(id: string): string | undefined {
  return /^arn:[^:]+:[^:]+:([^:]+):/.exec(id)?.[1];
}

/** The parameters that values are read from. */
export function parametersOf(valued: readonly Valued[]): readonly string[] {
  return valued.flatMap(sourcesOf).flatMap(({ source }) => source.parameter ?? []);
}

/** The ARN of a parameter that is named so in a region, with `{partition}` and `{account}` for the account's own. */
export function parameterArn(id: string, region: string): string {
  return id.startsWith("arn:") ? id : `arn:{partition}:ssm:${region}:{account}:parameter/${id.replace(/^\//, "")}`;
}

/** The texts of a JSON value that are written out, its keys included. */
export function textsIn(map: JsonMap): readonly string[] {
  return Object.entries(map).flatMap(([key, content]) => [key, ...textsInPart(content)]);
}

function textsInPart(content: JsonPart): readonly string[] {
  if ("plain" in content) return [String(content.plain)];
  if ("list" in content) return content.list.flatMap(textsInPart);
  return textsIn("map" in content ? content.map : (content.source.json ?? {}));
}
