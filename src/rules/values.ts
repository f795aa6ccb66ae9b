/** What must hold about the values of secrets: where they come from, and what becomes of them. */

import { partitionOf } from "../aws/regions.ts";
import { secretName } from "../aws/secret-arns.ts";
import type { Names } from "../spec/names.ts";
import { SOURCE_KEYS } from "../spec/schema.ts";
import { nearest } from "../spec/suggest.ts";
import {
  hasOwnVariable,
  mapsIn,
  passwordsOf,
  regionOfSource,
  sourcesOf,
  textsIn,
  variablesOf,
} from "../spec/values.ts";
import { type Floors, has, needs } from "../spec/versions.ts";
import type { Finding, Rule } from "./rule.ts";

export const valueRules: readonly Rule[] = [
  { code: "value-not-one", check: valueNotOne },
  { code: "part-like-source", check: partLikeSource },
  { code: "plaintext-not-allowed", check: plaintextNotAllowed },
  { code: "value-too-large", check: valueTooLarge },
  { code: "generated-not-supported", check: generatedNotSupported },
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

function* valueNotOne({ secrets }: Names): Iterable<Finding> {
  for (const secret of secrets) {
    const { value, path } = secret;
    if (value === undefined) continue;
    const at = [...path, "value"];
    const given = SOURCES.filter((source) => value[source] !== undefined);
    if (given.length !== 1) {
      const message =
        given.length === 0 ? "the value names no source" : `the value has ${given.length} sources: ${given.join(", ")}`;
      yield { path: at, message, hint: `Write exactly one of ${SOURCES.join(", ")}; or value: external.` };
    }
    if (value.json === undefined) continue;
    for (const { part, source, path: place } of sourcesOf(secret)) {
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
function* partLikeSource({ secrets }: Names): Iterable<Finding> {
  for (const { value, path } of secrets) {
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

function* plaintextNotAllowed({ secrets }: Names): Iterable<Finding> {
  for (const { value, path } of secrets) {
    if (value?.literal === undefined || value.allow_plaintext) continue;
    yield {
      path: [...path, "value", "literal"],
      part: "key",
      message: "a literal value can be read by everyone who can read the repository or Terraform's state",
      hint: "Write value: variable or value: generated instead; if it is no secret, add allow_plaintext: true.",
    };
  }
}

/** 65,536 bytes (AWS Secrets Manager: SecretString). */
function* valueTooLarge({ secrets }: Names): Iterable<Finding> {
  for (const { value, path } of secrets) {
    if (value === undefined) continue;
    const texts = [value.literal ?? "", ...textsIn(value.json ?? {})];
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (value.literal === "") {
      yield {
        path: [...path, "value", "literal"],
        message: "the literal is empty, AWS wants 1 to 65,536 bytes",
        hint: "Write value: external for a secret without a value.",
      };
    }
    if (bytes <= 65_536) continue;
    yield {
      path: [...path, "value"],
      message: `the value has ${bytes} bytes, at most 65,536 are allowed`,
      hint: "Store the data elsewhere and the key to it here.",
    };
  }
}

function* generatedNotSupported({ secrets }: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const secret of secrets) {
    if (passwordsOf(secret).length === 0) continue;
    const message = `a generated value needs ${needs("writeOnlyValues")}: with older ones it would land in Terraform's state`;
    yield {
      path: [...secret.path, "value"],
      message,
      hint: "Raise terraform.required_version and terraform.aws_provider.",
    };
  }
}

function* readingNotSupported({ secrets }: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const { source, path } of secrets.flatMap(sourcesOf)) {
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
function* versionNotSupported({ secrets }: Names, floors: Floors): Iterable<Finding> {
  if (has(floors, "writeOnlyValues")) return;
  for (const { value, path } of secrets) {
    if (value?.literal === undefined || value.version === undefined) continue;
    const message = `the version of a literal needs ${needs("writeOnlyValues")}, which do not keep the value in the state`;
    const hint = "Raise terraform.required_version and terraform.aws_provider, or leave version out.";
    yield { path: [...path, "value", "version"], message, hint };
  }
}

function* valueLandsInState({ secrets }: Names, floors: Floors): Iterable<Finding> {
  for (const secret of secrets) {
    const isBinary = secret.value?.binary === true;
    const isGiven = sourcesOf(secret).some(({ source }) => (source.variable ?? source.ref) !== undefined);
    if (!isGiven || (has(floors, "writeOnlyValues") && !isBinary)) continue;
    yield {
      path: secret.spec.value ? [...secret.path, "value"] : secret.path,
      severity: "warning",
      message: isBinary
        ? `the value of ${secret.id} lands in Terraform's state: there is no write-only argument for a binary value`
        : `the value of ${secret.id} lands in Terraform's state: write-only values need ${needs("writeOnlyValues")}`,
      hint: isBinary
        ? "Where the readers can decode it, keep base64 as a text: leave binary out."
        : "Raise terraform.required_version and terraform.aws_provider, or write value: external.",
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
function* badSourceName({ secrets }: Names): Iterable<Finding> {
  const form = /^(arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/;
  for (const { source, path } of secrets.flatMap(sourcesOf)) {
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
  for (const { source, path } of names.secrets.flatMap(sourcesOf)) {
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

/** Terraform reads the source when it plans: a secret that it is to create first is not there. */
function* valueFromOwnSecret(names: Names): Iterable<Finding> {
  const owners = new Map(names.secrets.map((secret) => [secret.name, secret]));
  for (const { source, path } of names.secrets.flatMap(sourcesOf)) {
    if (source.secret === undefined) continue;
    const name = secretName(source.secret);
    const owner = owners.get(name);
    if (owner === undefined || owner.isNamePrefix) continue;
    const message = `the secret ${name} is one of this spec, ${owner.id}: Terraform would read it before it is there`;
    yield { path: [...path, "secret"], message, hint: `Write here what the value of ${owner.id} comes from.` };
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

function* reservedVariableName({ secrets }: Names): Iterable<Finding> {
  for (const { name, path } of secrets.flatMap(variablesOf)) {
    if (!RESERVED_VARIABLES.has(name)) continue;
    yield { path, ...reservedVariable(name) };
  }
}

export function reservedVariable(name: string): Pick<Finding, "message" | "hint"> {
  return { message: `Terraform does not allow a variable that is called ${name}`, hint: "Choose another name." };
}

/** Secrets may share a variable by naming it; that a default name is taken by another secret is a slip. */
function* duplicateVariable({ secrets }: Names): Iterable<Finding> {
  const owners = new Map(secrets.filter(hasOwnVariable).map((secret) => [secret.value?.variable, secret]));
  for (const secret of secrets) {
    for (const { name, path } of variablesOf(secret)) {
      const owner = owners.get(name);
      if (owner === undefined || owner === secret) continue;
      const message = `the variable ${name} is already the one of the secret ${owner.id}`;
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
