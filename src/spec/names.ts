/**
 * Decides what everything in a spec is called: labels, provider aliases, resource names, variable names. A checked spec
 * goes in, its regions, keys and secrets with their names come out, in output order. Rules and `resolve` both read names
 * here, so that what is checked is what is generated.
 */

import {
  isDefaultForEbs,
  isExisting,
  keyChooser,
  keyInRegion,
  type NamedKey,
  neededPolicy,
  type RegionalKey,
  type ServiceName,
} from "./keys.ts";
import { type Path, sortedEntries } from "./path.ts";
import { chosen, type Place, placeOf, placesBesides, type RetiredPlace } from "./places.ts";
import type { PolicyDocuments } from "./policy.ts";
import { textsAmong } from "./reference.ts";
import { REGIONAL_KINDS, type Regional, regionalKinds, regionalSpecs } from "./regional.ts";
import {
  DEFAULT_FILES,
  type KeySpec,
  type SecretSpec,
  type SecretsStep,
  type Spec,
  type ValueSpec,
  type VariableSpec,
} from "./schema.ts";
import { filled, type Part, partsOf } from "./text.ts";

export interface NamedSecret {
  readonly id: string;
  readonly spec: SecretSpec;
  /** The name in Secrets Manager, or what it begins with. */
  readonly name: string;
  /** Whether Terraform makes the name out of a prefix. */
  readonly isNamePrefix: boolean;
  /** `undefined` when no key is named and none is the obvious one, when the named one does not exist, or is AWS's own. */
  readonly key: NamedKey | undefined;
  /** Whether AWS's own key encrypts it, in every region. */
  readonly isOnAwsKey: boolean;
  readonly replicas: readonly Place[];
  /** Where the value comes from; `undefined` when something other than Terraform writes it. */
  readonly value: ValueSpec | undefined;
  readonly path: Path;
}

/** A variable that the spec declares. */
export interface NamedVariable {
  readonly name: string;
  readonly spec: VariableSpec;
  readonly type: "string" | "number" | "bool";
  readonly path: Path;
}

/** A kind of file. */
type FileKind = keyof typeof DEFAULT_FILES;

/** The name of each kind of file that a spec may generate, in the order of the output; `undefined` for one that it may not. */
export type FileNames = Readonly<Record<FileKind, string | undefined>>;

/** Everything that a spec names. */
export interface Names {
  readonly spec: Spec;
  /** The policy documents that were read; none where the spec is in no folder. */
  readonly documents: PolicyDocuments;
  readonly files: FileNames;
  /** Where the primary keys are. */
  readonly primary: Place;
  readonly replicas: readonly Place[];
  /** The region of the provider without an alias and of the label `main`: labels and providers stay when the primary moves. */
  readonly home: Place;
  /** Where the primary secrets are. */
  readonly secretsPlace: Place;
  /** How far the move of the secrets to that place has come; no value is sent meanwhile. */
  readonly secretsStep: SecretsStep | undefined;
  /** Where the primary keys were before, until their promotion has been applied. */
  readonly promotedFrom: Place | undefined;
  readonly retired: readonly RetiredPlace[];
  readonly variables: readonly NamedVariable[];
  /** The keys that are created, or adopted. */
  readonly keys: readonly NamedKey[];
  /** The keys of other states, which are only read. */
  readonly existing: readonly NamedKey[];
  readonly secrets: readonly NamedSecret[];
  /** Log groups, and whatever else is in each region by itself. */
  readonly regional: readonly Regional[];
}

/** Where the spec says nothing about keys, it has this one. */
export const DEFAULT_KEYS: Readonly<Record<string, KeySpec>> = { sm: {} };

/** What a secret names as its key for AWS's own, aws/secretsmanager. */
export const AWS_KEY = "aws";

const NO_DOCUMENTS: PolicyDocuments = new Map();

export function names(spec: Spec, documents = NO_DOCUMENTS): Names {
  const { primary, replicas, retired, secrets: secretsIn } = spec.regions;
  const homeRegion = spec.regions.home ?? primary.region;
  const primaryPlace = placeOf(primary, homeRegion, ["regions", "primary"]);
  const replicaPlaces = (replicas ?? []).map((one, index) => placeOf(one, homeRegion, ["regions", "replicas", index]));
  const retiredPlaces = (retired ?? []).map((region, index) => ({
    ...placeOf(region, undefined, ["regions", "retired", index]),
    forget: region.forget ?? false,
  }));
  const all = [primaryPlace, ...replicaPlaces];
  const placeIn = (region: string | undefined) => all.find((place) => place.region === region);
  const home = placeIn(homeRegion) ?? primaryPlace;
  const secretsPlace = placeIn(secretsIn?.region) ?? primaryPlace;
  const secretsStep = secretsIn?.step;
  const promotedFrom = placeIn(spec.regions.promoted_from?.region);
  const isLeft = leftRegions(spec, home, secretsPlace);
  const keySpecs = sortedEntries(spec.keys ?? defaultKeys(spec)).map(([id, key]) => ({ id, spec: key }));
  const users = regionalUsers(spec, keySpecs);
  const allKeys = keySpecs.map(({ id, spec: key }): NamedKey => {
    const path: Path = spec.keys === undefined ? [] : ["keys", id];
    const usedBy = [...(isDefaultForEbs(key) ? (["ebs"] as const) : []), ...(users.get(id) ?? [])];
    const policy = key.policy ?? neededPolicy(usedBy);
    const whole = policy === key.policy ? key : { ...key, policy };
    const inRegions = new Map<Place, RegionalKey>();
    return {
      id,
      spec: key,
      replicas: chosen(replicaPlaces, key.replicas),
      path,
      usedBy,
      policy,
      inRegion: (place) => {
        const known = inRegions.get(place) ?? keyInRegion(id, whole, place, path);
        inRegions.set(place, known);
        return known;
      },
    };
  });
  const keys = allKeys.filter((key) => !isExisting(key));
  const existing = allKeys.filter(isExisting);
  const keyOf = keyChooser(allKeys, "secretsmanager");
  const secrets = sortedEntries(spec.secrets ?? {}).map(([id, secret]): NamedSecret => {
    const key = keyOf(secret.key);
    const others = placesBesides(secretsPlace, primaryPlace, key?.replicas ?? replicaPlaces);
    const replicas = chosen(others, secret.replicas).filter(({ region }) => !isLeft(region));
    return {
      id,
      spec: secret,
      name: secret.name ?? secret.name_prefix ?? id,
      isNamePrefix: secret.name === undefined && secret.name_prefix !== undefined,
      key,
      isOnAwsKey: key === undefined && secret.key === AWS_KEY,
      replicas,
      value: secretsStep === undefined ? valueIn(id, secret) : undefined,
      path: ["secrets", id],
    };
  });
  const regional = REGIONAL_KINDS.flatMap((kind): readonly Regional[] => {
    const chooseKey = keyChooser(allKeys, regionalKinds[kind].service);
    return sortedEntries(regionalSpecs(spec, kind)).map(([id, one]) => {
      const key = chooseKey(one.key);
      const places = chosen([primaryPlace, ...(key?.replicas ?? replicaPlaces)], one.regions);
      const adopted = one.import === undefined ? [] : chosen(places, one.import);
      const { hasValue, noun } = regionalKinds[kind];
      const value = hasValue && places.length > 0 ? sourceOf(`${id}_${noun}`, one.value) : undefined;
      return { kind, id, spec: one, key, places, adopted, value, path: [kind, id] };
    });
  });
  const variables = sortedEntries(spec.variables ?? {}).map(
    ([name, variable]): NamedVariable => ({
      name,
      spec: variable,
      type: variable.type ?? "string",
      path: ["variables", name],
    }),
  );
  return {
    spec,
    documents,
    files: fileNames(spec),
    primary: primaryPlace,
    replicas: replicaPlaces,
    home,
    secretsPlace,
    secretsStep,
    promotedFrom,
    retired: retiredPlaces,
    variables,
    keys,
    existing,
    secrets,
    regional,
  };
}

/** The services that use each key for what is in each region by itself, by the key's identifier. */
function regionalUsers(
  spec: Spec,
  keys: readonly Pick<NamedKey, "id" | "spec">[],
): ReadonlyMap<string, readonly ServiceName[]> {
  const users = new Map<string, ServiceName[]>();
  for (const kind of REGIONAL_KINDS) {
    const { service } = regionalKinds[kind];
    const chooseKey = keyChooser(keys, service);
    for (const { key } of Object.values(regionalSpecs(spec, kind))) {
      const id = chooseKey(key)?.id ?? "";
      const known = users.get(id) ?? [];
      if (!known.includes(service)) users.set(id, [...known, service]);
    }
  }
  return users;
}

function fileNames({ files = {}, provider }: Spec): FileNames {
  const nameOf = (kind: FileKind) => files[kind] ?? DEFAULT_FILES[kind];
  return {
    // Where the folder has its own providers there is no file for them.
    provider: provider?.write === false ? undefined : nameOf("provider"),
    kms: nameOf("kms"),
    ebs: nameOf("ebs"),
    logs: nameOf("logs"),
    s3: nameOf("s3"),
    parameters: nameOf("parameters"),
    secrets: nameOf("secrets"),
    consumers: nameOf("consumers"),
    locals: nameOf("locals"),
    variables: nameOf("variables"),
    outputs: nameOf("outputs"),
  };
}

/** The file that an adoption writes: it is kept as long as the spec says that it is adopted, and goes with that. */
export const ADOPTED_FILE = "adopted.tf";

/** The names of all files that a spec may generate. */
export function outputPaths(files: FileNames): readonly string[] {
  return Object.values(files).filter((name) => name !== undefined);
}

/** No key is made for secrets that are all under AWS's own, as long as nothing else needs one. */
function defaultKeys(spec: Spec): Readonly<Record<string, KeySpec>> {
  if (REGIONAL_KINDS.some((kind) => Object.keys(regionalSpecs(spec, kind)).length > 0)) return DEFAULT_KEYS;
  const all = Object.values(spec.secrets ?? {});
  return all.length > 0 && all.every(({ key }) => key === AWS_KEY) ? {} : DEFAULT_KEYS;
}

/**
 * The regions that are out of reach and that the secrets have left: copying them there would fail. A region that they have not
 * left keeps its copies, although it is out of reach.
 */
function leftRegions({ regions }: Spec, home: Place, secretsPlace: Place): (region: string) => boolean {
  const unreachable = new Set(regions.unreachable ?? []);
  const haveMoved = !secretsPlace.isPrimary && secretsPlace !== home;
  return (region) =>
    unreachable.has(region) &&
    (regions.secrets?.step !== undefined || (haveMoved && region === regions.primary.region));
}

/** A key's id in AWS, where the spec says it. */
export function keyIdOf({ id, spec }: NamedKey, named: Pick<Names, "spec">): string | undefined {
  return spec.id ?? named.spec.regions.promoted_from?.key_ids?.[id];
}

/** The places that a key is in, the primary first. */
export function keyPlaces({ replicas }: NamedKey, { primary }: Pick<Names, "primary">): readonly Place[] {
  return [primary, ...replicas];
}

/** The name of a secret, the same in all regions; the region in it is the first one, whatever is the primary today. */
export function nameIn({ home }: Pick<Names, "home">, { name }: NamedSecret): readonly Part[] {
  return filled(partsOf(name), home);
}

/** The accounts that the providers may change, where the spec itself says all of them; otherwise none. */
export function knownAccounts({ provider }: Spec): readonly string[] {
  const accounts = provider?.allowed_account_ids ?? [];
  const known = textsAmong(accounts).filter((account) => !account.includes("{"));
  return known.length === accounts.length ? known : [];
}

/** Where a secret's value comes from; a rotated secret gets it from its rotation, an adopted one has it already. */
function valueIn(id: string, { value, rotation, import: adopted }: SecretSpec): ValueSpec | undefined {
  return sourceOf(`${id}_secret_string`, value ?? (rotation || adopted ? "external" : "variable"));
}

/** The source of a value; its own variable is called `variable`. */
function sourceOf(variable: string, value: SecretSpec["value"] = "variable"): ValueSpec | undefined {
  if (value === "external") return undefined;
  return value === "variable" ? { variable } : value;
}
