/** What must hold about the values of secrets and of parameters: where they come from, and what becomes of them. */

import { partitionOf } from "../aws/regions.ts";
import { secretName } from "../aws/secret-arns.ts";
import { withCommas } from "../report/printable.ts";
import type { Names } from "../spec/names.ts";
import { distinctName, ofKind, shownName } from "../spec/regional.ts";
import { SOURCE_KEYS } from "../spec/schema.ts";
import { nearest } from "../spec/suggest.ts";
import {
  hasOwnVariable,
  mapsIn,
  passwordsOf,
  regionOfSource,
  sourcesOf,
  textsIn,
  type Valued,
  valuedName,
  valuedNoun,
  valuedThings,
  variablesOf,
} from "../spec/values.ts";
import { type Floors, has, needs } from "../spec/versions.ts";
import type { Finding, Rule } from "./rule.ts";

export const valueRules = (): readonly Rule[] => [
  { code: "value-not-one", check: valueNotOne },
  { code: "part-like-source", check: partLikeSource },
  { code: "plaintext-not-allowed", check: plaintextNotAllowed },
  { code: "value-too-large", check: valueTooLarge },
  { code: "generated-not-supported", check: generatedNotSupported },
  { code: "generated-in-many-regions", check: generatedInManyRegions },
  { code: "reading-not-supported", check: readingNotSupported },
  { code: "version-not-supported", check: versionNotSupported },
  { code: "value-lands-in-state", check: valueLandsInState },
  { code: "binary-not-from-variable", check: binaryNotFromVariable },
  { code: "bad-source-name", check: badSourceName },
  { code: "source-not-reachable", check: sourceNotReachable },
  { code: "value-from-own-secret", check: valueFromOwnSecret },
  { code: "reserved-variable-name", check: reservedVariableName },
  { code: "duplicate-variable", check: duplicateVariable },
  { code: "value-with-rotation", check: valueWithRotation },
  { code: "once-with-version", check: onceWithVersion },
];

const PART_SOURCES = ["variable", "generated", "parameter", "secret", "ref", "json"] as const;
const SOURCES = [...PART_SOURCES, "literal"] as const;

function* valueNotOne(names: Names): Iterable<Finding> {
  for (const valued of valuedThings(names)) {
    const { value, path, kind } = valued;
    if (value === undefined) continue;
    const at = [...path, "value"];
    const given = SOURCES.filter((source) => value[source] !== undefined);
    if (given.length !== 1) {
      const message =
        given.length === 0 ? "the value names no source" : `the value has ${given.length} sources: ${given.join(", ")}`;
      yield {
        path: at,
        message,
        hint: `Write exactly one of ${SOURCES.join(", ")}${kind === undefined ? "; or value: external" : ""}.`,
      };
    }
    if (value.json === undefined) continue;
    for (const { part, source, path: place } of sourcesOf(valued)) {
      if (part.length === 0 || PART_SOURCES.filter((name) => source[name] !== undefined).length === 1) continue;
      const hint = "Write a text, generated, { variable: NAME } or { generated: { … } }.";
      yield { path: place, message: "a part of a JSON value has exactly one source", hint };
    }
    if (Object.keys(value.json).length === 0) {
      yield {
        path: [...at, "json"],
        message: "the JSON value has no parts",
        hint: "Write at least one, such as username: app.",
      };
    }
  }
}

/** A slip in the one key of a source would send a JSON object with that key as the secret. */
function* partLikeSource(names: Names): Iterable<Finding> {
  for (const { value, path } of valuedThings(names)) {
    if (value?.json === undefined) continue;
    for (const { keys, path: at } of mapsIn(value.json, [...path, "value", "json"])) {
      const [key] = keys;
      const meant = keys.length === 1 && key !== undefined ? nearest(key, [...SOURCE_KEYS, "literal"]) : undefined;
      if (key === undefined || meant === undefined) continue;
      const instead = meant === "literal" ? "Write the text here as it is, without literal." : `Did you mean ${meant}?`;
      yield {
        path: [...at, key],
        part: "key",
        message: `this part is a JSON object with one key, which looks like ${meant}`,
        hint: `${instead} If a JSON object is meant, write { json: { … } } around it.`,
      };
    }
  }
}

function* plaintextNotAllowed(names: Names): Iterable<Finding> {
  for (const { kind, value, path } of valuedThings(names)) {
    if (value?.literal === undefined || value.allow_plaintext) continue;
    const instead = kind === undefined ? "value: variable or value: generated" : "value: variable";
    yield {
      path: [...path, "value", "literal"],
      part: "key",
      message: "a literal value can be read by everyone who can read the repository or Terraform's state",
      hint: `Write ${instead} instead; if it is no secret, add allow_plaintext: true.`,
    };
  }
}

function* valueTooLarge(names: Names): Iterable<Finding> {
  for (const valued of valuedThings(names)) {
    const { kind, value, path } = valued;
    if (value === undefined) continue;
    const most = mostBytes(valued);
    if (value.literal === "") {
      const hint =
        kind === undefined
          ? "Write value: external for a secret without a value."
          : `Leave the ${valuedNoun(valued)} out: without a value there is none.`;
      yield {
        path: [...path, "value", "literal"],
        message: `the literal is empty, AWS wants 1 to ${withCommas(most)} bytes`,
        hint,
      };
    }
    const texts = [value.literal ?? "", ...textsIn(value.json ?? {})];
    // A code unit has three bytes at most.
    if (texts.reduce((sum, text) => sum + text.length, 0) * 3 <= most) continue;
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (bytes <= most) continue;
    const isRoomier = kind !== undefined && bytes <= MOST_BYTES.advanced;
    const hint = isRoomier ? "Write tier: advanced." : "Store the data elsewhere and the key to it here.";
    yield {
      path: [...path, "value"],
      message: `the value has ${bytes} bytes, at most ${withCommas(most)} are allowed`,
      hint,
    };
  }
}

/** AWS Secrets Manager: SecretString; AWS Systems Manager User Guide, Managing parameter tiers. */
const MOST_BYTES = { secret: 65_536, standard: 4096, advanced: 8192 };

function mostBytes({ kind, spec }: Valued & { readonly spec: { readonly tier?: unknown } }): number {
  return MOST_BYTES[kind === undefined ? "secret" : spec.tier === undefined ? "standard" : "advanced"];
}

function* generatedNotSupported(names: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const valued of valuedThings(names)) {
    if (passwordsOf(valued).length === 0) continue;
    const message = `a generated value needs ${needs("writeOnlyValues")}: with older ones it would land in Terraform's state`;
    yield {
      path: [...valued.path, "value"],
      message,
      hint: "Raise terraform.required_version and terraform.aws_provider.",
    };
  }
}

/** A region that comes later, or one whose apply failed, would get another password. */
function* generatedInManyRegions({ regional }: Names): Iterable<Finding> {
  for (const one of regional) {
    if (one.places.length < 2) continue;
    for (const { path } of passwordsOf(one)) {
      const message = `a generated value would differ between the ${one.places.length} regions of the ${valuedNoun(one)} ${one.id}`;
      const hint = "Write value: variable, or make it a secret: AWS copies the value of a secret to its replicas.";
      yield { path: path.length > 0 ? path : one.path, message, hint };
    }
  }
}

function* readingNotSupported(names: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const { source, path } of valuedThings(names).flatMap(sourcesOf)) {
    const what =
      source.parameter !== undefined
        ? "a parameter"
        : source.secret !== undefined
          ? "another secret"
          : source.ref?.startsWith("ephemeral.")
            ? "an ephemeral resource"
            : undefined;
    if (what === undefined) continue;
    const message = `a value that is read from ${what} needs ${needs("writeOnlyValues")}: with older ones it would land in Terraform's state`;
    yield { path, message, hint: "Raise terraform.required_version and terraform.aws_provider." };
  }
}

/** A literal has a version only to be sent through the write-only argument. */
function* versionNotSupported(names: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const { value, path } of valuedThings(names)) {
    if (value?.literal === undefined || value.version === undefined) continue;
    const message = `the version of a literal needs ${needs("writeOnlyValues")}, which do not keep the value in the state`;
    const hint = "Raise terraform.required_version and terraform.aws_provider, or leave version out.";
    yield { path: [...path, "value", "version"], message, hint };
  }
}

function* valueLandsInState(names: Names, floors: Floors): Iterable<Finding> {
  for (const valued of valuedThings(names)) {
    const isBinary = valued.value?.binary === true;
    const isGiven = sourcesOf(valued).some(({ source }) => (source.variable ?? source.ref) !== undefined);
    if (!isGiven || (has(floors, "writeOnlyValues") && !isBinary)) continue;
    yield {
      path: valued.spec.value ? [...valued.path, "value"] : valued.path,
      severity: "warning",
      message: isBinary
        ? `the value of ${valued.id} lands in Terraform's state: there is no write-only argument for a binary value`
        : `the value of ${valued.id} lands in Terraform's state: write-only values need ${needs("writeOnlyValues")}`,
      hint: isBinary
        ? "Where the readers can decode it, keep base64 as a text: leave binary out."
        : `Raise terraform.required_version and terraform.aws_provider${valued.kind === undefined ? ", or write value: external" : ""}.`,
    };
  }
}

/** `secret_binary` takes base64, and Terraform must know it: hashicorp/terraform-provider-aws issue 45218. */
function* binaryNotFromVariable({ secrets }: Names): Iterable<Finding> {
  for (const { value, path } of secrets) {
    if (!value?.binary || value.variable !== undefined) continue;
    yield {
      path: [...path, "value", "binary"],
      part: "key",
      message: "a binary value comes from a variable that holds it in base64",
      hint: "Write { variable: NAME, binary: true }.",
    };
  }
}

/** Secrets Manager's names, or the ARN of a secret (AWS Secrets Manager: GetSecretValue). */
function* badSourceName(names: Names): Iterable<Finding> {
  const form = /^(arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/;
  for (const { source, path } of valuedThings(names).flatMap(sourcesOf)) {
    if (source.secret === undefined || form.test(source.secret)) continue;
    yield {
      path: [...path, "secret"],
      message: "this is neither the name nor the ARN of a secret",
      hint: "Name the secret to read, such as app/database. A value of your own belongs in a variable.",
    };
  }
}

/** An ephemeral resource reads through a provider, and there is one for each region of the spec. */
function* sourceNotReachable(names: Names): Iterable<Finding> {
  const { primary, replicas, spec } = names;
  const own = partitionOf(primary.region);
  const regions = [primary, ...replicas].map(({ region }) => region);
  for (const { source, path } of valuedThings(names).flatMap(sourcesOf)) {
    const [key, id] = source.parameter === undefined ? ["secret", source.secret] : ["parameter", source.parameter];
    const region = id === undefined ? undefined : regionOfSource(id);
    if (region === undefined) continue;
    const isOfPartition = partitionOf(region) === own;
    if (regions.includes(region) || (isOfPartition && spec.provider?.placement === "region")) continue;
    const message = `the ${key} is in ${region}, and this spec has no provider there`;
    const hint = isOfPartition
      ? `Name one in ${regions.join(" or ")}, or write provider: { placement: region }.`
      : `Name one in ${regions.join(" or ")}: ${region} is in another partition.`;
    yield { path: [...path, key], message, hint };
  }
}

/** Terraform reads the source when it plans: a secret or a parameter that it is to create first is not there. */
function* valueFromOwnSecret(names: Names): Iterable<Finding> {
  const secrets = names.secrets.filter(({ isNamePrefix }) => !isNamePrefix).map((one) => [one.name, one] as const);
  const parameters = ofKind(names, "parameters").flatMap((one) =>
    one.places.map((place) => [distinctName("parameters", shownName(one, place)), one] as const),
  );
  const owners = { secret: new Map(secrets), parameter: new Map<string, Valued>(parameters) };
  for (const { source, path } of valuedThings(names).flatMap(sourcesOf)) {
    const found =
      source.secret !== undefined
        ? (["secret", secretName(source.secret)] as const)
        : source.parameter !== undefined
          ? (["parameter", distinctName("parameters", source.parameter.replace(/^arn:.*?:parameter\//, ""))] as const)
          : undefined;
    if (found === undefined) continue;
    const [noun, name] = found;
    const owner = owners[noun].get(name);
    if (owner === undefined) continue;
    const message = `the ${noun} ${valuedName(owner)} is one of this spec, ${owner.id}: Terraform would read it before it is there`;
    yield { path: [...path, noun], message, hint: `Write here what the value of ${owner.id} comes from.` };
  }
}

/** Terraform keeps these names for itself: https://developer.hashicorp.com/terraform/language/values/variables */
export const RESERVED_VARIABLES = new Set([
  "source",
  "version",
  "providers",
  "count",
  "for_each",
  "lifecycle",
  "depends_on",
  "locals",
]);

function* reservedVariableName(names: Names): Iterable<Finding> {
  for (const { name, path } of valuedThings(names).flatMap(variablesOf)) {
    if (!RESERVED_VARIABLES.has(name)) continue;
    yield { path, ...reservedVariable(name) };
  }
}

export function reservedVariable(name: string): Pick<Finding, "message" | "hint"> {
  return { message: `Terraform does not allow a variable that is called ${name}`, hint: "Choose another name." };
}

/** Secrets and parameters may share a variable by naming it; that a default name is taken by another one is a slip. */
function* duplicateVariable(names: Names): Iterable<Finding> {
  const things = valuedThings(names);
  const owners = new Map(things.filter(hasOwnVariable).map((one) => [one.value?.variable, one]));
  for (const valued of things) {
    for (const { name, path } of variablesOf(valued)) {
      const owner = owners.get(name);
      if (owner === undefined || owner === valued) continue;
      const message = `the variable ${name} is already the one of the ${valuedNoun(owner)} ${owner.id}`;
      const hint = `Choose another name, or write value: { variable: ${name} } at ${owner.id} too if both have the same value.`;
      yield { path, message, hint };
    }
  }
}

/** Terraform would write its own value over the rotated one at the next change. */
function* valueWithRotation({ secrets }: Names): Iterable<Finding> {
  for (const { spec, value, path } of secrets) {
    if (!spec.rotation || value === undefined || value.once) continue;
    const message = "a secret that is rotated has its value from its rotation: Terraform would write over it";
    const hint = "Leave value out, or add once: true to it for a value that is written before the first rotation only.";
    yield { path: [...path, "value"], part: "key", message, hint };
  }
}

function* onceWithVersion({ secrets }: Names): Iterable<Finding> {
  for (const { value, path } of secrets) {
    if (!value?.once || value.version === undefined) continue;
    const message = "a value that is written once is not sent again, whatever its version";
    yield { path: [...path, "value", "version"], part: "key", message, hint: "Leave version out, or once." };
  }
}
