/**
 * Decides how a promotion starts: the names of a spec and what is asked for go in; the changes to the spec's text come out, or
 * everything that stands in the way. It knows no file and no AWS.
 */

import type { Change } from "../spec/edit-data.ts";
import type { NamedKey } from "../spec/keys.ts";
import { keyPlaces, type NamedSecret, type Names, names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Place } from "../spec/places.ts";
import type { SecretsStep } from "../spec/schema.ts";
import { passwordsOf } from "../spec/values.ts";
import type { Obstacle } from "./finding.ts";

/** What is asked for. */
export interface Start {
  /** The region that becomes the primary one. */
  readonly to: string;
  readonly movesKeys: boolean;
  readonly movesSecrets: boolean;
  /** The step that the secrets start with: attach where Terraform has let go of them already. */
  readonly firstStep: Extract<SecretsStep, "detach" | "attach">;
  /** Regions that are out of reach from now on. */
  readonly unreachable: readonly string[];
  /** The ids of keys that the spec does not have, by identifier. */
  readonly keyIds: ReadonlyMap<string, string>;
  /** The functions that rotate secrets in the new region, by the secrets' identifiers. */
  readonly lambdas: ReadonlyMap<string, string>;
}

/** Everything that stands in the way; the changes can be made only when that is nothing. */
export function obstaclesTo(start: Start, named: Names): readonly Obstacle[] {
  const target = placeIn(start.to, named);
  const others = named.replicas.map(({ region }) => region);
  if (target === undefined) {
    const has = others.length === 0 ? "it has no replica regions" : `its replica regions are ${others.join(", ")}`;
    const message = `${start.to} is no region of this spec: ${has}`;
    const hint =
      "A region becomes the primary one after it has been a replica region: add it to the replicas, and apply that.";
    return [{ code: "wrong-target", path: ["regions", "replicas"], message, hint }];
  }
  return [
    ...inProgress(named),
    ...alreadyThere(start, target, named),
    ...outOfReach(start, target, named),
    ...(start.movesKeys ? named.keys.flatMap((key) => keyObstacles(key, start, target, named)) : []),
    ...(start.movesSecrets ? named.secrets.flatMap((secret) => secretObstacles(secret, start, target, named)) : []),
  ];
}

function placeIn(region: string, { primary, replicas }: Names): Place | undefined {
  return [primary, ...replicas].find((place) => place.region === region);
}

/** One after the other: what the first one has written is needed until it has been applied. */
function inProgress({ promotedFrom, secretsStep, secretsPlace }: Names): Obstacle[] {
  const hint = "Apply it, then finish it: mrk-scaffold promote SPEC --continue";
  if (promotedFrom !== undefined) {
    const message = `the promotion from ${promotedFrom.region} is not finished: promoted_from is still there`;
    return [{ code: "promotion-in-progress", path: ["regions", "promoted_from"], message, hint }];
  }
  if (secretsStep === undefined || secretsStep === "clean") return [];
  const message = `the secrets are on their way to ${secretsPlace.region}: the step ${secretsStep} is still there`;
  return [{ code: "promotion-in-progress", path: ["regions", "secrets"], message, hint }];
}

function alreadyThere({ movesKeys, movesSecrets }: Start, target: Place, { secretsPlace }: Names): Obstacle[] {
  const what = [movesKeys && target.isPrimary ? "keys" : "", movesSecrets && target === secretsPlace ? "secrets" : ""];
  const there = what.filter(Boolean);
  if (there.length === 0) return [];
  const message = `the primary ${there.join(" and ")} are in ${target.region} already`;
  const hint =
    there.length === 1 && movesKeys && movesSecrets
      ? there[0] === "keys"
        ? "Leave the keys where they are: --secrets-only"
        : "Leave the secrets where they are: without --secrets"
      : undefined;
  return [{ code: "wrong-target", path: ["regions", "primary"], message, hint }];
}

function outOfReach({ to, movesKeys, unreachable }: Start, target: Place, { primary, spec }: Names): Obstacle[] {
  const all = new Set([...(spec.regions.unreachable ?? []), ...unreachable]);
  if (all.has(to)) {
    const message = `${to} is out of reach itself`;
    return [{ code: "wrong-target", path: target.path, message, hint: "Move to a region that answers." }];
  }
  if (!movesKeys || !all.has(primary.region)) return [];
  const message = `${primary.region} is out of reach, and KMS moves a primary key only from its own region`;
  const hint = "Its replicas go on encrypting and decrypting. Move the secrets: --secrets-only";
  return [{ code: "primary-unreachable", path: primary.path, message, hint }];
}

/** Both copies of a key must be there and enabled (AWS KMS: UpdatePrimaryRegion). */
function keyObstacles(key: NamedKey, { keyIds }: Start, target: Place, named: Names): Obstacle[] {
  const { id, spec, path } = key;
  const { primary } = named;
  if (target.isPrimary) return [];
  if (!keyPlaces(key, named).includes(target)) {
    const message = `${id} is not in ${target.region}: there is no replica that could become the primary`;
    const hint = `Add ${target.region} to its replicas, and apply that first.`;
    return [{ code: "key-cannot-be-promoted", path: [...path, "replicas"], message, hint }];
  }
  if ([primary, target].some((place) => !key.inRegion(place).enabled)) {
    const message = `${id} is disabled: KMS moves a primary key only while both copies are enabled`;
    return [
      { code: "key-cannot-be-promoted", path: [...path, "enabled"], message, hint: "Enable it, and apply that first." },
    ];
  }
  if (spec.id !== undefined || keyIds.has(id)) return [];
  const message = `the id of ${id} is not known: it must be adopted by it`;
  const hint = `terraform show -json | mrk-scaffold promote SPEC --to ${target.region} --state -, or --key-id ${id}=mrk-…`;
  return [{ code: "key-id-missing", path, message, hint }];
}

function secretObstacles(secret: NamedSecret, start: Start, target: Place, named: Names): Obstacle[] {
  const { id, path, replicas, spec } = secret;
  const obstacles: Obstacle[] = [];
  if (target !== named.secretsPlace && !replicas.includes(target)) {
    const message = `${id} has no copy in ${target.region} that could become the primary`;
    const hint = `Add ${target.region} to its replicas, and apply that first.`;
    obstacles.push({ code: "secret-cannot-be-moved", path: [...path, "replicas"], message, hint });
  }
  const region = regionOfFunction(spec.rotation?.lambda_arn);
  if (region !== undefined && region !== target.region && !start.lambdas.has(id)) {
    const message = `${id} is rotated by a function in ${region}, and Secrets Manager calls one in the secret's own region`;
    const hint = `Name the one in ${target.region}: --lambda ${id}=arn:…:lambda:${target.region}:…`;
    obstacles.push({ code: "lambda-in-other-region", path: [...path, "rotation", "lambda_arn"], message, hint });
  }
  return obstacles;
}

function regionOfFunction(arn: unknown): string | undefined {
  return typeof arn === "string" ? /^arn:[^:]+:lambda:([^:]+):/.exec(arn)?.[1] : undefined;
}

/** What is changed in the spec's text. */
export function changesOf(start: Start, named: Names): readonly Change[] {
  const target = placeIn(start.to, named)!;
  return [
    ...(start.movesKeys ? keyChanges(start, target, named) : []),
    ...secretChanges(start, target, named),
    ...unreachableChanges(start, named),
  ];
}

const REGIONS: Path = ["regions"];

function keyChanges({ keyIds }: Start, target: Place, { primary, home, keys, spec }: Names): Change[] {
  const { promoted_from: _, home: written } = spec.regions;
  const ids = Object.fromEntries(
    keys.flatMap((key) => (key.spec.id === undefined && keyIds.has(key.id) ? [[key.id, keyIds.get(key.id)!]] : [])),
  );
  const from = Object.keys(ids).length === 0 ? primary.region : { region: primary.region, key_ids: ids };
  const changes: Change[] = [{ kind: "swap", paths: [[...REGIONS, "primary"], target.path] }];
  // With the primary back at home, home is what it is without a word.
  if (home === target) changes.push({ kind: "remove", path: [...REGIONS, "home"] });
  else if (written === undefined)
    changes.push({ kind: "set", path: [...REGIONS, "home"], value: home.region, after: "primary" });
  changes.push({ kind: "set", path: [...REGIONS, "promoted_from"], value: from, after: "primary" });
  return [...changes, ...keys.flatMap((key) => exchanged(key, target.region, primary.region))];
}

function secretChanges(start: Start, target: Place, named: Names): Change[] {
  const { secretsPlace, secretsStep, spec } = named;
  const path = [...REGIONS, "secrets"];
  if (!start.movesSecrets) {
    if (named.secrets.length === 0 || !start.movesKeys) return [];
    // They stay where they are, which the primary no longer says, or says again.
    if (secretsPlace === target && secretsStep === undefined) return [{ kind: "remove", path }];
    return spec.regions.secrets === undefined
      ? [{ kind: "set", path, value: secretsPlace.region, after: "primary" }]
      : [];
  }
  return [
    { kind: "set", path, value: { region: target.region, step: start.firstStep }, after: "primary" },
    ...named.secrets.flatMap((secret) => [
      ...exchanged(secret, target.region, secretsPlace.region),
      ...valueRetired(secret, target, named),
      ...rotationMoved(secret, start),
      ...importMoved(secret, target),
    ]),
  ];
}

/** A list of replica regions names the former primary region in the place of the new one. */
function exchanged({ spec: { replicas }, path }: NamedKey | NamedSecret, to: string, from: string): Change[] {
  if (!Array.isArray(replicas)) return [];
  return replicas.flatMap((region, index): Change[] =>
    region === to ? [{ kind: "set", path: [...path, "replicas", index], value: from }] : [],
  );
}

/**
 * Values that would be made again, or written once again, are not Terraform's any more; those that are given to it wait until the
 * step is taken out.
 */
function valueRetired(secret: NamedSecret, target: Place, named: Names): Change[] {
  const { secrets: _, ...regions } = named.spec.regions;
  const [whole] = names({ ...named.spec, regions, secrets: { [secret.id]: secret.spec } }).secrets;
  if (whole === undefined || (passwordsOf(whole).length === 0 && whole.value?.once !== true)) return [];
  const remark = `before the move to ${target.region}:`;
  return [{ kind: "retire", path: [...secret.path, "value"], value: "external", remark }];
}

function rotationMoved({ id, path }: NamedSecret, { lambdas }: Start): Change[] {
  const value = lambdas.get(id);
  return value === undefined ? [] : [{ kind: "set", path: [...path, "rotation", "lambda_arn"], value }];
}

/** An ARN by which the secret was adopted once is the same in every region but for the region (StopReplicationToReplica). */
function importMoved({ spec, path }: NamedSecret, { region }: Place): Change[] {
  if (spec.import === undefined) return [];
  const value = spec.import.replace(/^(arn:[^:]+:secretsmanager:)[^:]+:/, `$1${region}:`);
  return [{ kind: "set", path: [...path, "import"], value }];
}

function unreachableChanges({ unreachable }: Start, { spec }: Names): Change[] {
  const known = spec.regions.unreachable ?? [];
  const value = [...known, ...unreachable.filter((region) => !known.includes(region))];
  if (value.length === known.length) return [];
  return [{ kind: "set", path: [...REGIONS, "unreachable"], value, after: "primary" }];
}
