/** What must hold about the secrets of a spec, their values and their rotation. */

import {
  hasOwnVariable,
  isSymmetric,
  materialOf,
  type NamedSecret,
  type Names,
  type Path,
  passwordsOf,
  variablesOf,
} from "../spec/names.ts";
import { nearest } from "../spec/suggest.ts";
import { type Feature, type Floors, has, needs } from "../spec/versions.ts";
import { type Finding, few, type Rule, repeated } from "./rule.ts";

export const secretRules: readonly Rule[] = [
  { code: "unknown-key", check: unknownKey },
  { code: "key-not-chosen", check: keyNotChosen },
  { code: "key-cannot-encrypt", check: keyCannotEncrypt },
  { code: "bad-secret-name", check: badSecretName },
  { code: "secret-name-like-arn", check: secretNameLikeArn },
  { code: "duplicate-secret-name", check: duplicateSecretName },
  { code: "value-not-one", check: valueNotOne },
  { code: "plaintext-not-allowed", check: plaintextNotAllowed },
  { code: "value-too-large", check: valueTooLarge },
  { code: "generated-not-supported", check: generatedNotSupported },
  { code: "version-not-supported", check: versionNotSupported },
  { code: "value-lands-in-state", check: valueLandsInState },
  { code: "reserved-variable-name", check: reservedVariableName },
  { code: "duplicate-variable", check: duplicateVariable },
  { code: "value-with-rotation", check: valueWithRotation },
  { code: "rotation-not-one", check: rotationNotOne },
  { code: "rotation-not-supported", check: rotationNotSupported },
  { code: "lambda-in-other-region", check: lambdaInOtherRegion },
];

/** More mistakes than anybody reads at once. */
const MOST_GUESSES = 100;

function* unknownKey({ keys, secrets }: Names): Iterable<Finding> {
  const ids = keys.map(({ id }) => id);
  let guesses = 0;
  for (const { spec, key, path } of secrets) {
    if (!spec.key || key !== undefined) continue;
    // Each guess looks at every key: for thousands of mistakes and thousands of keys that would take minutes.
    const meant = guesses++ < MOST_GUESSES ? nearest(spec.key, ids) : undefined;
    const hint =
      meant === undefined
        ? ids.length === 0
          ? "It has no keys."
          : `Its keys are ${few(ids, ", ")}.`
        : `Did you mean ${meant}?`;
    yield { path: [...path, "key"], message: `there is no key ${JSON.stringify(spec.key)} in this spec`, hint };
  }
}

function* keyNotChosen({ keys, secrets }: Names): Iterable<Finding> {
  const ids = keys.map(({ id }) => id);
  const hint = ids.length === 0 ? "Leave keys out, or write one." : `Write key: ${few(ids, " or ")}`;
  for (const { id, spec, key, path } of secrets) {
    if (spec.key || key !== undefined) continue;
    const message =
      keys.length === 0
        ? `the secret ${id} has no key, the spec has none`
        : `the secret ${id} does not say which key encrypts it`;
    yield { path, part: "key", message, hint };
  }
}

/** Secrets Manager takes symmetric encryption keys only (AWS Secrets Manager: encryption and decryption). */
function* keyCannotEncrypt({ secrets }: Names): Iterable<Finding> {
  for (const { spec, key, path } of secrets) {
    if (key === undefined || isSymmetric(key.spec)) continue;
    const message = `the key ${key.id} (${materialOf(key.spec).spec}) cannot encrypt secrets`;
    const at = spec.key ? [...path, "key"] : path;
    yield { path: at, message, hint: "Secrets need a key with usage: encrypt and spec: SYMMETRIC_DEFAULT." };
  }
}

/** 1 to 512 of these characters (AWS Secrets Manager: CreateSecret). */
function* badSecretName({ secrets }: Names): Iterable<Finding> {
  for (const secret of secrets) {
    const { name } = secret;
    const path = namePath(secret);
    if (name.length === 0)
      yield { path, message: "the name of a secret is empty", hint: "Leave it out for the identifier." };
    else if (name.length > 512) {
      yield { path, message: `the name has ${name.length} characters, at most 512 are allowed`, hint: "Shorten it." };
    } else if (!/^[0-9A-Za-z/_+=.@-]+$/.test(name)) {
      const bad = [...new Set(name.match(/[^0-9A-Za-z/_+=.@-]/gu) ?? [])].map((character) => JSON.stringify(character));
      const message = `the name of a secret cannot hold ${bad.slice(0, 5).join(", ")}`;
      yield { path, message, hint: "Letters, digits and / _ + = . @ - are allowed." };
    }
  }
}

/** AWS adds a hyphen and six characters to a secret's ARN, and advises against names that end so (CreateSecret). */
function* secretNameLikeArn({ secrets }: Names): Iterable<Finding> {
  for (const secret of secrets) {
    if (!/-[A-Za-z0-9]{6}$/.test(secret.name)) continue;
    yield {
      path: namePath(secret),
      severity: "warning",
      message: `the name ${secret.name} ends in a hyphen and six characters, as the ARNs of secrets do`,
      hint: "AWS may take it for an ARN when it looks a secret up: choose another ending.",
    };
  }
}

function* duplicateSecretName({ secrets }: Names): Iterable<Finding> {
  yield* repeated(
    secrets,
    ({ name }) => name,
    (secret, first) => ({
      path: namePath(secret),
      message: `the secrets ${first.id} and ${secret.id} have the same name ${secret.name}`,
      hint: "A name stands for one secret in a region: change one of the two.",
    }),
  );
}

const SOURCES = ["variable", "generated", "json", "literal"] as const;

function* valueNotOne({ secrets }: Names): Iterable<Finding> {
  for (const { value, path } of secrets) {
    if (value === undefined) continue;
    const at = [...path, "value"];
    const given = SOURCES.filter((source) => value[source] !== undefined);
    if (given.length !== 1) {
      const message =
        given.length === 0 ? "the value says no source" : `the value has ${given.length} sources: ${given.join(", ")}`;
      yield { path: at, message, hint: `Write exactly one of ${SOURCES.join(", ")}; or value: external.` };
    }
    for (const [part, content] of Object.entries(value.json ?? {})) {
      if (typeof content === "string" || Boolean(content.variable) !== Boolean(content.generated)) continue;
      const hint = "Write a text, generated, { variable: NAME } or { generated: { … } }.";
      yield { path: [...at, "json", part], message: "a part of a JSON value has exactly one source", hint };
    }
    if (value.json && Object.keys(value.json).length === 0) {
      yield {
        path: [...at, "json"],
        message: "the JSON value has no parts",
        hint: "Write at least one, such as username: app.",
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
      message: "a literal value is readable for everyone who can read the repository or Terraform's state",
      hint: "Write value: variable or value: generated instead; if it is no secret, add allow_plaintext: true.",
    };
  }
}

/** 65,536 bytes (AWS Secrets Manager: SecretString). */
function* valueTooLarge({ secrets }: Names): Iterable<Finding> {
  for (const { value, path } of secrets) {
    if (value === undefined) continue;
    const texts = [
      value.literal ?? "",
      ...Object.values(value.json ?? {}).filter((part) => typeof part === "string"),
      ...Object.keys(value.json ?? {}),
    ];
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
  if (has(floors, "writeOnlyValues")) return;
  for (const secret of secrets) {
    if (variablesOf(secret).length === 0 || secret.value?.literal !== undefined) continue;
    yield {
      path: secret.spec.value ? [...secret.path, "value"] : secret.path,
      severity: "warning",
      message: `the value of ${secret.id} lands in Terraform's state: write-only values need ${needs("writeOnlyValues")}`,
      hint: "Raise terraform.required_version and terraform.aws_provider, or write value: external.",
    };
  }
}

/** Terraform keeps these names for itself: https://developer.hashicorp.com/terraform/language/values/variables */
const RESERVED_VARIABLES = new Set([
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
    yield { path, message: `Terraform does not allow a variable that is called ${name}`, hint: "Choose another name." };
  }
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
    if (!spec.rotation || value === undefined) continue;
    const message = "a secret that is rotated has its value from its rotation: Terraform would write over it";
    yield { path: [...path, "value"], part: "key", message, hint: "Leave value out, or write value: external." };
  }
}

/** Days or an expression, exactly one (AWS Secrets Manager: RotationRulesType). */
function* rotationNotOne({ secrets }: Names): Iterable<Finding> {
  for (const { spec, path } of secrets) {
    if (!spec.rotation || Boolean(spec.rotation.every_days) !== Boolean(spec.rotation.schedule)) continue;
    const message = `a rotation says how often with exactly one of every_days and schedule, ${spec.rotation.schedule ? "not with both" : "here is neither"}`;
    yield { path: [...path, "rotation"], message, hint: "Write, for example, every_days: 30" };
  }
}

function* rotationNotSupported({ secrets }: Names, floors: Floors): Iterable<Finding> {
  for (const { spec, path } of secrets) {
    if (!spec.rotation) continue;
    const { lambda_arn, schedule, duration, immediately } = spec.rotation;
    const used: readonly (readonly [string, Feature, unknown])[] = [
      ["schedule", "rotationSchedule", schedule],
      ["duration", "rotationSchedule", duration],
      ["lambda_arn", "managedRotation", !lambda_arn],
      ["immediately", "rotateImmediately", immediately === false],
    ];
    for (const [key, feature, isUsed] of used) {
      if (!isUsed || has(floors, feature)) continue;
      const what = key === "lambda_arn" ? "rotation without a lambda_arn" : key;
      const hint = `Raise the lower bound of terraform.aws_provider${key === "lambda_arn" ? ", or name a function" : `, or leave ${key} out`}.`;
      yield { path: [...path, "rotation", key], message: `${what} needs ${needs(feature)}`, hint };
    }
  }
}

/** The rotation function is called in the secret's own region (AWS Secrets Manager: RotateSecret). */
function* lambdaInOtherRegion({ secrets, primary }: Names): Iterable<Finding> {
  for (const { spec, path } of secrets) {
    const arn = spec.rotation?.lambda_arn;
    if (!arn) continue;
    const [, , service, region] = arn.split(":");
    if (service === "lambda" && region === primary.region) continue;
    const message =
      service === "lambda"
        ? `the function is in ${region || "no region"}, the secret in ${primary.region}`
        : `this is the ARN of ${service}, not of a Lambda function`;
    yield { path: [...path, "rotation", "lambda_arn"], message, hint: `Name a function in ${primary.region}.` };
  }
}

function namePath({ path }: NamedSecret): Path {
  return [...path, "name"];
}
