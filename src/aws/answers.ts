/** Turns what AWS answers into keys, grants and secrets as the rest of the program knows them. */

import type * as Kms from "@aws-sdk/client-kms";
import type * as Secrets from "@aws-sdk/client-secrets-manager";
import type { LiveGrant, LiveKey, LiveSecret, Tags } from "./account.ts";

export function liveKey(key: Kms.KeyMetadata): LiveKey {
  const { MultiRegionConfiguration: several } = key;
  const regions = (several?.ReplicaKeys ?? []).flatMap(({ Region }) => Region ?? []);
  return {
    id: key.KeyId ?? "",
    arn: key.Arn ?? "",
    state: key.KeyState ?? "unknown",
    deletionDay: dayOf(key.DeletionDate),
    role: !key.MultiRegion ? "single-region" : several?.MultiRegionKeyType === "PRIMARY" ? "primary" : "replica",
    primaryRegion: several?.PrimaryKey?.Region,
    replicaRegions: regions,
    spec: key.KeySpec ?? "",
    usage: key.KeyUsage ?? "",
    origin: key.Origin ?? "",
    description: key.Description ?? "",
  };
}

/** What a list and a description have in common. */
type SecretMetadata = Omit<Secrets.SecretListEntry, "SecretVersionsToStages" | "$unknown">;

export function liveSecret(
  secret: SecretMetadata,
  stages: Readonly<Record<string, readonly string[] | undefined>> | undefined,
  copies: readonly Secrets.ReplicationStatusType[] = [],
): LiveSecret {
  const { RotationRules: rules } = secret;
  return {
    name: secret.Name ?? "",
    arn: secret.ARN ?? "",
    description: secret.Description ?? "",
    key: secret.KmsKeyId,
    primaryRegion: secret.PrimaryRegion,
    deletionDay: dayOf(secret.DeletedDate),
    rotation: secret.RotationEnabled
      ? {
          lambdaArn: secret.RotationLambdaARN,
          days: rules?.AutomaticallyAfterDays,
          schedule: rules?.ScheduleExpression,
          duration: rules?.Duration,
        }
      : undefined,
    tags: tagsOf((secret.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value])),
    hasValue: Object.values(stages ?? {}).some((labels) => labels?.includes("AWSCURRENT")),
    copies: copies.map(({ Region = "", Status = "", StatusMessage = "", KmsKeyId }) => ({
      region: Region,
      status: Status,
      message: StatusMessage,
      key: KmsKeyId,
    })),
  };
}

/** Tags that AWS itself gives are no one's to say. */
export function tagsOf(tags: readonly (readonly [string, string])[]): Tags {
  return Object.fromEntries(tags.filter(([name]) => !name.startsWith("aws:")));
}

function dayOf(date: InstanceType<DateConstructor> | undefined): string | undefined {
  return date?.toISOString().slice(0, 10);
}

export function liveGrant({
  Name,
  GranteePrincipal,
  RetiringPrincipal,
  Operations,
  Constraints,
}: Kms.GrantListEntry): LiveGrant {
  return {
    name: Name ?? "",
    grantee: GranteePrincipal ?? "",
    retiring: RetiringPrincipal,
    operations: Operations ?? [],
    contextEquals: Constraints?.EncryptionContextEquals,
    contextSubset: Constraints?.EncryptionContextSubset,
  };
}
