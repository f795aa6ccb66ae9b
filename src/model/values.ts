/** Decides what the values of secrets and parameters become: what is sent, and what that is read from or made by. */

import type { NamedSecret, Names } from "../spec/names.ts";
import { sortedEntries } from "../spec/path.ts";
import type { JsonPart, RandomPasswordSpec, SourceSpec } from "../spec/schema.ts";
import {
  ephemeralName,
  ephemeralType,
  type NamedSource,
  parameterArn,
  regionOfSource,
  sourceName,
  sourcesOf,
  type Valued,
} from "../spec/values.ts";
import { type Floors, has } from "../spec/versions.ts";
import {
  bool,
  call,
  type Hcl,
  identifier,
  list,
  number,
  object,
  quote,
  reference,
  scalar,
  tallList,
  traversal,
} from "./hcl.ts";
import { type LifecycleModel, lifecycleOf, type Placement, placementOf, providerOf } from "./places.ts";
import { textIn } from "./texts.ts";

/** Something that is read or made while Terraform runs, and kept nowhere. */
export interface EphemeralModel extends Placement {
  readonly type: Hcl;
  readonly name: Hcl;
  readonly settings: readonly { readonly name: Hcl; readonly value: Hcl }[];
}

/** A plain value, which Terraform keeps in its state, or a write-only one with a version to count up. */
export interface SentValueModel {
  readonly plain: Hcl | undefined;
  readonly writeOnly: Hcl | undefined;
  readonly number: Hcl | undefined;
}

/** A binary value is kept in the state, too. */
export interface SecretVersionModel extends SentValueModel {
  readonly binary: Hcl | undefined;
  readonly lifecycle: LifecycleModel | undefined;
}

export function resolveEphemerals(valued: Valued, names: Names): readonly EphemeralModel[] {
  return sourcesOf(valued).flatMap(({ source, name }) => {
    const type = ephemeralType(source);
    if (type === undefined) return [];
    return [{ type: identifier(type), name: identifier(name), ...ephemeralOf(source, names) }];
  });
}

function ephemeralOf(
  { generated, parameter, secret }: SourceSpec,
  names: Names,
): Omit<EphemeralModel, "type" | "name"> {
  // A password is no thing of a region: it needs a provider, whichever that is.
  if (generated !== undefined)
    return { settings: passwordSettings(generated), provider: providerOf(names.secretsPlace), region: undefined };
  const id = parameter ?? secret!;
  const setting =
    parameter === undefined
      ? { name: identifier("secret_id"), value: quote(id) }
      : { name: identifier("arn"), value: textIn(parameterArn(id, names.secretsPlace.region), names.secretsPlace) };
  return { settings: [setting], ...placementOfSource(id, names) };
}

/** Where a parameter or a secret is read: where its ARN says, otherwise in the region of the primary secrets. */
function placementOfSource(id: string, names: Names): Placement {
  const region = regionOfSource(id) ?? names.secretsPlace.region;
  const place = [names.primary, ...names.replicas].find((one) => one.region === region);
  return placementOf(place ?? { ...names.secretsPlace, region }, names);
}

/** The arguments of the ephemeral resource: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/ephemeral-resources/secretsmanager_random_password */
function passwordSettings({ length, exclude_characters, ...flags }: RandomPasswordSpec): EphemeralModel["settings"] {
  return [
    { name: identifier("password_length"), value: number(length ?? 32) },
    ...(exclude_characters ? [{ name: identifier("exclude_characters"), value: quote(exclude_characters) }] : []),
    ...sortedEntries(flags).flatMap(([name, value]) =>
      typeof value === "boolean" ? [{ name: identifier(name), value: bool(value) }] : [],
    ),
  ];
}

export function resolveVersion(secret: NamedSecret, floors: Floors): SecretVersionModel | undefined {
  const { value } = secret;
  if (value === undefined) return undefined;
  const { binary, once } = value;
  const sent = resolveSentValue(secret, floors)!;
  const argument = binary ? "secret_binary" : sent.plain === undefined ? "secret_string_wo_version" : "secret_string";
  const lifecycle = lifecycleOf({
    isProtected: false,
    ignoreChanges: once ? list([identifier(argument)]) : undefined,
  });
  if (!binary) return { ...sent, binary: undefined, lifecycle };
  return { plain: undefined, writeOnly: undefined, number: undefined, binary: sent.plain ?? sent.writeOnly, lifecycle };
}

/** What Terraform sends, `undefined` where it sends nothing. */
export function resolveSentValue(valued: Valued, floors: Floors): SentValueModel | undefined {
  const { value } = valued;
  if (value === undefined) return undefined;
  const { version, literal } = value;
  const expression = literal === undefined ? partExpression(sourceName(valued), { source: value }, []) : quote(literal);
  // A literal changes in the file itself, which Terraform sees only in an argument that it keeps.
  const isPlain = literal === undefined ? !has(floors, "writeOnlyValues") : version === undefined;
  return {
    plain: isPlain ? expression : undefined,
    writeOnly: isPlain ? undefined : expression,
    number: isPlain ? undefined : number(version ?? 1),
  };
}

/** The attribute that a source's ephemeral resource has the value in. */
const ATTRIBUTES = {
  aws_secretsmanager_random_password: "random_password",
  aws_secretsmanager_secret_version: "secret_string",
  aws_ssm_parameter: "value",
} as const;

/** What a value or a part of one is written as. */
function partExpression(name: string, content: JsonPart, part: NamedSource["part"]): Hcl {
  if ("plain" in content) return scalar(content.plain);
  if ("list" in content)
    return tallList(content.list.map((item, index) => partExpression(name, item, [...part, index])));
  if ("map" in content)
    return object(sortedEntries(content.map).map(([key, item]) => [key, partExpression(name, item, [...part, key])]));
  const { source } = content;
  if (source.json !== undefined) {
    const map = partExpression(name, { map: source.json }, part);
    return part.length === 0 ? call("jsonencode", map) : map;
  }
  const type = ephemeralType(source);
  if (type !== undefined) return reference("ephemeral", type, ephemeralName(name, part), ATTRIBUTES[type]);
  return source.ref === undefined ? reference("var", source.variable!) : traversal(source.ref);
}
