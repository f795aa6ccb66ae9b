/** Decides what the secrets of a spec become: the secrets with their replicas, their rotation and what their values are. */

import type { NamedKey } from "../spec/keys.ts";
import type { NamedSecret, Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import type { Floors } from "../spec/versions.ts";
import { isFoundByName } from "./changes.ts";
import { bool, type Hcl, identifier, number, quote } from "./hcl.ts";
import {
  ifGiven,
  keyReference,
  type LifecycleModel,
  lifecycleOf,
  type Placement,
  placementOf,
  regionName,
  tagsOf,
} from "./places.ts";
import { resolveSecretPolicy, type SecretPolicyModel } from "./policies.ts";
import { textIn } from "./texts.ts";
import { type EphemeralModel, resolveEphemerals, resolveVersion, type SecretVersionModel } from "./values.ts";

export interface SecretModel extends Placement {
  readonly name: Hcl;
  /** Either of the two, as the secret has a name or is given one. */
  readonly secretName: Hcl | undefined;
  readonly namePrefix: Hcl | undefined;
  readonly description: Hcl | undefined;
  readonly recoveryWindow: Hcl | undefined;
  readonly overwriteReplica: Hcl | undefined;
  /** Absent for AWS's own key. */
  readonly key: Hcl | undefined;
  /** Secrets that are replicated alike share one list, whose text is rendered once. */
  readonly replicas: readonly ReplicaSecretModel[];
  readonly tags: Hcl | undefined;
  readonly lifecycle: LifecycleModel | undefined;
  /** What the value is read from or made by, and not kept. */
  readonly ephemerals: readonly EphemeralModel[];
  readonly version: SecretVersionModel | undefined;
  readonly rotation: SecretRotationModel | undefined;
  readonly policy: SecretPolicyModel | undefined;
  /** Whether a data source looks for it by its name. */
  readonly isFound: boolean;
}

interface ReplicaSecretModel {
  readonly key: Hcl | undefined;
  readonly region: Hcl;
}

interface SecretRotationModel {
  readonly lambda: Hcl | undefined;
  readonly immediately: Hcl | undefined;
  readonly days: Hcl | undefined;
  readonly schedule: Hcl | undefined;
  readonly duration: Hcl | undefined;
}

export function resolveSecrets(names: Names, floors: Floors, specFolder: string): readonly SecretModel[] {
  const shared = new Map<string, readonly ReplicaSecretModel[]>();
  const replicasOf = (key: NamedKey | undefined, attribute: "id" | "arn", places: readonly Place[]) => {
    const id = `${key?.id} ${attribute} ${places.map(({ region }) => region).join(" ")}`;
    const known = shared.get(id);
    if (known !== undefined) return known;
    const replicas = places.map((place): ReplicaSecretModel => {
      if (key === undefined) return { key: undefined, region: quote(place.region) };
      const region = regionName(place, names, floors);
      return {
        key: keyReference(key, place, attribute),
        region: "text" in region ? quote(region.text) : region.expression,
      };
    });
    shared.set(id, replicas);
    return replicas;
  };
  const { secretsPlace } = names;
  const isAttaching = names.secretsStep === "attach";
  const isFound = isFoundByName(names, floors);
  return names.secrets.map((secret): SecretModel => {
    const { id, spec, name, isNamePrefix, key } = secret;
    const attribute = spec.key_reference ?? "id";
    return {
      name: identifier(id),
      secretName: isNamePrefix ? undefined : textIn(name, names.home),
      namePrefix: isNamePrefix ? textIn(name, names.home) : undefined,
      description: ifGiven(spec.description, (text) => textIn(text, names.home)),
      recoveryWindow: ifGiven(spec.recovery_window_days, number),
      overwriteReplica: spec.overwrite_replica || isAttaching ? bool(true) : undefined,
      key: key && keyReference(key, secretsPlace, attribute),
      replicas: replicasOf(key, attribute, secret.replicas),
      tags: tagsOf(spec.tags, names.home),
      // Where Terraform has not let go of it in the other region yet, it would replace it in spite of the import.
      lifecycle: lifecycleOf({ isProtected: spec.protect === true || isAttaching }),
      ephemerals: resolveEphemerals(secret, names),
      version: resolveVersion(secret, floors),
      rotation: resolveRotation(secret, secretsPlace, isAttaching),
      policy: resolveSecretPolicy(secret, names, specFolder),
      isFound: isFound && !spec.import,
      ...placementOf(secretsPlace, names),
    };
  });
}

/** Switching rotation on for a secret that has come from another region is no reason to rotate it. */
function resolveRotation(
  { spec: { rotation } }: NamedSecret,
  place: Place,
  isAttaching: boolean,
): SecretRotationModel | undefined {
  if (!rotation) return undefined;
  return {
    lambda: ifGiven(rotation.lambda_arn, (arn) => textIn(arn, place)),
    immediately: rotation.immediately === false || isAttaching ? bool(false) : undefined,
    days: ifGiven(rotation.every_days, number),
    schedule: ifGiven(rotation.schedule, quote),
    duration: ifGiven(rotation.duration, quote),
  };
}
