/**
 * What must hold while the primary keys or the primary secrets move to another region, and while a region is out of reach, so
 * that no step on the way destroys anything.
 */

import { keyIdOf, keyPlaces, type Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { nearest } from "../spec/suggest.ts";
import { type Feature, type Floors, has, needs } from "../spec/versions.ts";
import { type Finding, few, type Rule } from "./rule.ts";

export const promotionRules = (): readonly Rule[] => [
  { code: "region-not-in-spec", check: regionNotInSpec },
  { code: "promoted-from-primary", check: promotedFromPrimary },
  { code: "key-cannot-be-promoted", check: keyCannotBePromoted },
  { code: "key-id-missing", check: keyIdMissing },
  { code: "id-of-unknown-key", check: idOfUnknownKey },
  { code: "promotion-not-alone", check: promotionNotAlone },
  { code: "promotion-not-supported", check: promotionNotSupported },
  { code: "imports-in-root", check: importsInRoot },
  { code: "primary-unreachable", check: primaryUnreachable },
  { code: "secrets-unreachable", check: secretsUnreachable },
  { code: "key-not-in-secrets-region", check: keyNotInSecretsRegion },
  { code: "values-not-sent", check: valuesNotSent },
];

const FROM: Path = ["regions", "promoted_from", "region"];
const STEP: Path = ["regions", "secrets", "step"];

function* regionNotInSpec({ spec: { regions }, primary, replicas }: Names): Iterable<Finding> {
  const known = [primary, ...replicas].map(({ region }) => region);
  const named: readonly (readonly [Path, string | undefined])[] = [
    [["regions", "home"], regions.home],
    [["regions", "secrets", "region"], regions.secrets?.region],
    [FROM, regions.promoted_from?.region],
    ...(regions.unreachable ?? []).map((region, at) => [["regions", "unreachable", at], region] as const),
  ];
  for (const [path, region] of named) {
    if (region === undefined || known.includes(region)) continue;
    const meant = nearest(region, known);
    const hint =
      meant === undefined ? `Name the primary or a replica region: ${few(known, ", ")}.` : `Did you mean ${meant}?`;
    yield { path, message: `${region} is neither the primary region nor a replica region`, hint };
  }
}

function* promotedFromPrimary({ promotedFrom }: Names): Iterable<Finding> {
  if (!promotedFrom?.isPrimary) return;
  const message = `${promotedFrom.region} is the primary region; promoted_from names the one that was the primary before`;
  yield { path: FROM, message, hint: "Name the former primary region, or take promoted_from out." };
}

/** Both copies of a key must be there and enabled (AWS KMS: UpdatePrimaryRegion). */
function* keyCannotBePromoted(names: Names): Iterable<Finding> {
  const { promotedFrom, primary } = names;
  if (promotedFrom === undefined || promotedFrom.isPrimary) return;
  for (const key of names.keys) {
    const { id, path } = key;
    if (!keyPlaces(key, names).includes(promotedFrom)) {
      const message = `${id} is not in ${promotedFrom.region}: a key moves from ${promotedFrom.region} to ${primary.region} only if it is in both`;
      yield { path: [...path, "replicas"], message, hint: `Add ${promotedFrom.region} to its replicas.` };
    } else if ([primary, promotedFrom].some((place) => !key.inRegion(place).enabled)) {
      const message = `${id} is disabled: KMS moves a primary key only while it is enabled`;
      yield { path: [...path, "enabled"], message, hint: "Enable it, apply that, and promote it then." };
    }
  }
}

function* keyIdMissing(names: Names): Iterable<Finding> {
  const { promotedFrom, keys } = names;
  if (promotedFrom === undefined) return;
  const missing = keys.filter((key) => keyIdOf(key, names) === undefined).map(({ id }) => id);
  if (missing.length === 0) return;
  const message = `the promotion needs the id of ${missing.length === 1 ? "the key" : "the keys"} ${few(missing, ", ")}`;
  const hint = `Write key_ids: { ${missing[0]}: mrk-… } beside the region, or id: mrk-… under keys.${missing[0]}. The alias leads to it: aws kms describe-key --key-id alias/…`;
  yield { path: FROM, message, hint };
}

function* idOfUnknownKey({ keys, spec: { regions } }: Names): Iterable<Finding> {
  const known = keys.map(({ id }) => id);
  for (const id of Object.keys(regions.promoted_from?.key_ids ?? {})) {
    if (known.includes(id)) continue;
    const meant = nearest(id, known);
    const hint = meant === undefined ? `Its keys are ${few(known, ", ")}.` : `Did you mean ${meant}?`;
    const path = ["regions", "promoted_from", "key_ids", id];
    yield { path, part: "key", message: `there is no key ${JSON.stringify(id)} in this spec`, hint };
  }
}

/** What one apply cannot do besides: a thing has one former address, and a plan on the way may delete nothing. */
function* promotionNotAlone(names: Names): Iterable<Finding> {
  const { promotedFrom, secretsStep, retired, primary, replicas, keys, secrets } = names;
  const move = promotedFrom !== undefined ? "promoted_from" : "secrets.step";
  if (promotedFrom === undefined && secretsStep === undefined) return;
  const others: readonly (readonly [Path, string, unknown])[] = [
    ...retired.map(({ path }) => [path, "a region cannot be retired", true] as const),
    ...[primary, ...replicas].map(
      ({ path, formerLabels }) =>
        [[...path, "renamed_from"], "a region cannot be renamed", formerLabels.length > 0] as const,
    ),
    ...keys.map(({ path, spec }) => [[...path, "renamed_from"], "a key cannot be renamed", spec.renamed_from] as const),
    ...(promotedFrom === undefined
      ? []
      : keys.map(({ path, spec }) => [[...path, "import"], "a key cannot be adopted", spec.import] as const)),
    ...(secretsStep === undefined
      ? []
      : secrets.map(
          ({ path, spec }) => [[...path, "renamed_from"], "a secret cannot be renamed", spec.renamed_from] as const,
        )),
  ];
  for (const [path, what, isGiven] of others) {
    if (!isGiven) continue;
    const name = String(path.at(-1));
    const done =
      name === "import"
        ? "Once it has been applied, write id: mrk-… instead of import."
        : "Apply it without the other, take it out, then go on.";
    yield { path, part: "key", message: `${what} in the same step as regions.${move}`, hint: done };
  }
}

function* promotionNotSupported(names: Names, floors: Floors): Iterable<Finding> {
  const { promotedFrom, secretsStep, secrets, spec } = names;
  const isModule = spec.terraform?.module === true;
  const used: readonly (readonly [Path, Feature, string])[] = [
    ...(promotedFrom === undefined
      ? []
      : ([
          [["regions", "promoted_from"], "removedBlocks", "terraform.required_version"],
          ...(isModule ? [] : [[["regions", "promoted_from"], "importBlocks", "terraform.required_version"] as const]),
        ] as const)),
    ...(secretsStep === "detach" ? [[STEP, "removedBlocks", "terraform.required_version"] as const] : []),
    ...(secretsStep === "attach" && !isModule
      ? [[STEP, "importByExpression", "terraform.required_version"] as const]
      : []),
    ...(secretsStep === "attach"
      ? secrets
          .filter(({ spec }) => spec.rotation)
          .map(({ path }) => [[...path, "rotation"], "rotateImmediately", "terraform.aws_provider"] as const)
      : []),
    ...(spec.regions.unreachable?.length && !isModule
      ? [[["regions", "unreachable"], "stsRegion", "terraform.aws_provider"] as const]
      : []),
  ];
  const reported = new Set<string>();
  for (const [path, feature, bound] of used) {
    if (has(floors, feature) || reported.has(path.join("."))) continue;
    reported.add(path.join("."));
    const what = feature === "rotateImmediately" ? "to attach it without rotating it at once" : `${path.at(-1)}`;
    const message =
      feature === "rotateImmediately" ? `${what} takes ${needs(feature)}` : `${what} needs ${needs(feature)}`;
    yield { path, part: "key", message, hint: `Raise the lower bound of ${bound}.` };
  }
}

/** Before Terraform 1.16 only the root module takes `import` blocks. */
function* importsInRoot(names: Names, floors: Floors): Iterable<Finding> {
  const { spec, promotedFrom, secretsStep } = names;
  if (spec.terraform?.module !== true || has(floors, "importInModule")) return;
  const hint = "mrk-scaffold promote prints them: with --root-imports FILE it writes them there.";
  const message = "a module takes no import blocks: the root module needs those of this step";
  if (promotedFrom !== undefined) yield { path: FROM, severity: "warning", message, hint };
  else if (secretsStep === "attach") yield { path: STEP, severity: "warning", message, hint };
}

function* primaryUnreachable({ promotedFrom, primary, spec: { regions } }: Names): Iterable<Finding> {
  if (promotedFrom === undefined) return;
  for (const { region } of [promotedFrom, primary]) {
    if (!regions.unreachable?.includes(region)) continue;
    const message = `${region} is out of reach: KMS moves a primary key only from its own region, and only to one that answers`;
    const hint = `Leave the keys where they are, their replicas go on encrypting and decrypting; move the secrets alone.`;
    yield { path: FROM, message, hint };
    return;
  }
}

function* secretsUnreachable({ secrets, secretsPlace: { region }, spec: { regions } }: Names): Iterable<Finding> {
  const at = regions.unreachable?.indexOf(region) ?? -1;
  if (at < 0 || secrets.length === 0) return;
  const message = `the primary secrets are in ${region}: until that is back, none of them can be changed`;
  const hint = `To move them: mrk-scaffold promote SPEC --to REGION --secrets-only --unreachable ${region}`;
  yield { path: ["regions", "unreachable", at], severity: "warning", message, hint };
}

/** Secrets Manager encrypts a secret with a key of the secret's own region. */
function* keyNotInSecretsRegion(names: Names): Iterable<Finding> {
  const { secrets, secretsPlace } = names;
  for (const { id, key, path, spec } of secrets) {
    if (key === undefined || keyPlaces(key, names).includes(secretsPlace)) continue;
    const message = `the primary of ${id} is to be in ${secretsPlace.region}, and its key ${key.id} is not there`;
    const hint = `Add ${secretsPlace.region} to the replicas of ${key.id}, or name another key.`;
    yield { path: spec.key ? [...path, "key"] : path, message, hint };
  }
}

function* valuesNotSent({ secrets, secretsStep }: Names): Iterable<Finding> {
  if (secretsStep !== "clean") return;
  const held = secrets.filter(({ spec: { value, rotation, import: adopted } }) =>
    value === undefined ? !rotation && !adopted : value !== "external",
  );
  if (held.length === 0) return;
  const ids = few(
    held.map(({ id }) => id),
    ", ",
  );
  const message = `no value is sent as long as this is in the spec: ${ids} ${held.length === 1 ? "keeps the value" : "keep the values"} that AWS has`;
  const hint =
    "Take it out and the next apply sends them, each as a new version. To leave them alone for good: value: external";
  yield { path: STEP, severity: "warning", message, hint };
}
