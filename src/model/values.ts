/** Decides what the values of secrets become: the versions, and what these read or generate. */

import type { NamedSecret, Names } from "../spec/names.ts";
import { sortedEntries } from "../spec/path.ts";
import type { JsonPart, RandomPasswordSpec, SourceSpec } from "../spec/schema.ts";
import {
  ephemeralName,
  ephemeralType,
  type NamedSource,
  parameterArn,
  regionOfSource,
  sourcesOf,
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

/** A plain or a binary value, which Terraform keeps in its state, or a write-only one with a version to count up. */
export interface SecretVersionModel {
  readonly plain: Hcl | undefined;
  readonly binary: Hcl | undefined;
  readonly writeOnly: Hcl | undefined;
  readonly number: Hcl | undefined;
  readonly lifecycle: LifecycleModel | undefined;
}

export function resolveEphemerals(secret: NamedSecret, names: Names): readonly EphemeralModel[] {
  return sourcesOf(secret).flatMap(({ source, name }) => {
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
  const { id, value } = secret;
  if (value === undefined) return undefined;
  const { version, literal, binary, once } = value;
  const expression = literal === undefined ? partExpression(id, { source: value }, []) : quote(literal);
  // A literal changes in the file itself, which Terraform sees only in an argument that it keeps.
  const isPlain = literal === undefined ? !has(floors, "writeOnlyValues") : version === undefined;
  const argument = binary ? "secret_binary" : isPlain ? "secret_string" : "secret_string_wo_version";
  const isWriteOnly = argument === "secret_string_wo_version";
  return {
    plain: argument === "secret_string" ? expression : undefined,
    binary: argument === "secret_binary" ? expression : undefined,
    writeOnly: isWriteOnly ? expression : undefined,
    number: isWriteOnly ? number(version ?? 1) : undefined,
    lifecycle: lifecycleOf({
      isProtected: false,
      ignoreChanges: once ? list([identifier(argument)]) : undefined,
    }),
  };
}

/** The attribute that a source's ephemeral resource has the value in. */
const ATTRIBUTES = {
  aws_secretsmanager_random_password: "random_password",
  aws_secretsmanager_secret_version: "secret_string",
  aws_ssm_parameter: "value",
} as const;

/** What a value or a part of one is written as. */
function partExpression(id: string, content: JsonPart, part: NamedSource["part"]): Hcl {
  if ("plain" in content) return scalar(content.plain);
  if ("list" in content) return tallList(content.list.map((item, index) => partExpression(id, item, [...part, index])));
  if ("map" in content)
    return object(sortedEntries(content.map).map(([key, item]) => [key, partExpression(id, item, [...part, key])]));
  const { source } = content;
  if (source.json !== undefined) {
    const map = partExpression(id, { map: source.json }, part);
    return part.length === 0 ? call("jsonencode", map) : map;
  }
  const type = ephemeralType(source);
  if (type !== undefined) return reference("ephemeral", type, ephemeralName(id, part), ATTRIBUTES[type]);
  return source.ref === undefined ? reference("var", source.variable!) : traversal(source.ref);
}
