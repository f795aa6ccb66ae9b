/** What must hold about the secrets of a spec, their keys, their names and their rotation. */

import { endsLikeArn, secretName } from "../aws/secret-arns.ts";
import { fields, notAllowedIn } from "../spec/fields.ts";
import { AWS_KEY, type NamedSecret, type Names, nameIn } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { fixedLength, partsOf, shown } from "../spec/text.ts";
import { type Feature, type Floors, has, needs } from "../spec/versions.ts";
import { type Finding, type Rule, repeated } from "./rule.ts";

export const secretRules = (): readonly Rule[] => [
  { code: "ambiguous-key", check: ambiguousKey },
  { code: "name-not-one", check: nameNotOne },
  { code: "bad-secret-name", check: badSecretName },
  { code: "secret-name-like-arn", check: secretNameLikeArn },
  { code: "duplicate-secret-name", check: duplicateSecretName },
  { code: "rotation-not-one", check: rotationNotOne },
  { code: "rotation-not-supported", check: rotationNotSupported },
  { code: "lambda-in-other-region", check: lambdaInOtherRegion },
];

/** AWS's own key cannot be told from one that the spec calls so. */
function* ambiguousKey({ secrets }: Names): Iterable<Finding> {
  for (const { spec, key, path } of secrets) {
    if (spec.key !== AWS_KEY || key === undefined) continue;
    const message = "aws is AWS's own key, and this spec has a key of that identifier";
    yield {
      path: [...path, "key"],
      message,
      hint: "Give the key of the spec another identifier, with renamed_from: aws.",
    };
  }
}

function* nameNotOne({ secrets }: Names): Iterable<Finding> {
  for (const { spec, path } of secrets) {
    if (spec.name === undefined || spec.name_prefix === undefined) continue;
    const message = "a secret has a name or a name_prefix, not both";
    yield { path: [...path, "name_prefix"], part: "key", message, hint: "Keep one of the two." };
  }
}

/** 1 to 512 of these characters (AWS Secrets Manager: CreateSecret). */
/** What to write for a secret's ARN in place of its name: AWS ends the ARN in six characters that are not the name's. */
function arnHint(found: string): string | undefined {
  if (!/^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+$/.test(found)) return undefined;
  const name = secretName(found);
  return `Write the name alone, ${name}; to adopt the secret that has this ARN, write it under import.`;
}

function* badSecretName(names: Names): Iterable<Finding> {
  for (const secret of names.secrets) {
    const { isNamePrefix } = secret;
    const parts = nameIn(names, secret);
    const path = namePath(secret);
    const length = fixedLength(parts);
    const field = isNamePrefix ? fields.secretNamePrefix : fields.secretName;
    if (parts.length === 0)
      yield { path, message: "the name of a secret is empty", hint: "Leave it out for the identifier." };
    else if (length > field.maximum) {
      const what = isNamePrefix ? "prefix" : "name";
      const message = `the ${what} has ${length} characters, at most ${field.maximum} are allowed`;
      yield { path, message, hint: "Shorten it." };
    } else {
      // A word in braces that is not a placeholder has a rule of its own.
      const literals = parts.flatMap((part) => (typeof part === "string" ? withoutWords(part) : []));
      const found = new Set(literals.flatMap((text) => notAllowedIn(field, text)));
      if (found.size === 0) continue;
      const bad = [...found].slice(0, 5).map((character) => JSON.stringify(character));
      const message = `the name of a secret cannot hold ${bad.join(", ")}`;
      yield { path, message, hint: arnHint(literals.join("")) ?? `Allowed are ${field.characters}.` };
    }
  }
}

function withoutWords(text: string): string {
  return text.includes("{") ? text.replace(/\{[\w.-]+\}/g, "") : text;
}

/** AWS adds a hyphen and six characters to a secret's ARN, and advises against names that end so (CreateSecret). */
function* secretNameLikeArn(names: Names): Iterable<Finding> {
  for (const secret of names.secrets) {
    const end = nameIn(names, secret).at(-1);
    // A whole ARN is no name at all, which has a rule of its own.
    const isLikeArn = typeof end === "string" && endsLikeArn(end) && !end.startsWith("arn:");
    if (secret.isNamePrefix || !isLikeArn) continue;
    yield {
      path: namePath(secret),
      severity: "warning",
      message: `the name ${secret.name} ends in a hyphen and six characters, as the ARNs of secrets do`,
      hint: "AWS may take it for an ARN when it looks a secret up: choose another ending.",
    };
  }
}

function* duplicateSecretName(names: Names): Iterable<Finding> {
  yield* repeated(
    names.secrets.filter(({ isNamePrefix }) => !isNamePrefix),
    (secret) => shown(nameIn(names, secret)),
    (secret, first) => ({
      path: namePath(secret),
      message: `the secrets ${first.id} and ${secret.id} have the same name ${secret.name}`,
      hint: "A name stands for one secret in a region: change one of the two.",
    }),
  );
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
function* lambdaInOtherRegion({ secrets, secretsPlace: { region: own }, secretsStep }: Names): Iterable<Finding> {
  // Nothing is rotated while the secrets are detached.
  if (secretsStep === "detach") return;
  for (const { spec, path } of secrets) {
    const arn = spec.rotation?.lambda_arn;
    if (typeof arn !== "string" || partsOf(arn).some((part) => typeof part === "object")) continue;
    const [, , service, region] = arn.split(":");
    if (service === "lambda" && region === own) continue;
    const message =
      service === "lambda"
        ? `the function is in ${region || "no region"}, the secret in ${own}`
        : `this is the ARN of ${service}, not of a Lambda function`;
    yield { path: [...path, "rotation", "lambda_arn"], message, hint: `Name a function in ${own}.` };
  }
}

function namePath({ path, isNamePrefix }: NamedSecret): Path {
  return [...path, isNamePrefix ? "name_prefix" : "name"];
}
