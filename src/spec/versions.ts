/**
 * Reads version constraints and says what the oldest version that they admit can do. Each feature's floor is written once, in
 * one table, with where the number comes from.
 */

import type { Spec } from "./schema.ts";

/** Major, minor and patch number. */
export type Version = readonly [major: number, minor: number, patch: number];

/** A feature is there from these versions on; a part that is left out is no condition. */
interface Floor {
  readonly terraform?: Version;
  readonly aws?: Version;
}

const FLOORS = {
  /** `multi_region` and `aws_kms_replica_key`: changelog of hashicorp/aws 3.64.0. */
  multiRegionKeys: { aws: [3, 64, 0] },
  /** `secret_string_wo` and ephemeral values: changelog of Terraform 1.11.0; the provider's schema from 5.88.0 on. */
  writeOnlyValues: { terraform: [1, 11, 0], aws: [5, 88, 0] },
  /** `data.aws_region.*.region`; `name` is deprecated from the same version on: upgrade guide of hashicorp/aws 6.0.0. */
  regionAttribute: { aws: [6, 0, 0] },
  /** `rotation_period_in_days` of `aws_kms_key`: the provider's schema from 5.49.0 on. */
  rotationPeriod: { aws: [5, 49, 0] },
  /** The `region` argument of resources: guide "Enhanced Region Support" of hashicorp/aws 6.0.0. */
  regionArgument: { aws: [6, 0, 0] },
  /** `duration` and `schedule_expression` of a secret's rotation: changelog of hashicorp/aws 4.62.0. */
  rotationSchedule: { aws: [4, 62, 0] },
  /** `rotation_lambda_arn` became optional: changelog of hashicorp/aws 5.24.0. */
  managedRotation: { aws: [5, 24, 0] },
  /** `rotate_immediately`: changelog of hashicorp/aws 5.33.0. */
  rotateImmediately: { aws: [5, 33, 0] },
  /** `sts_region` of the provider: changelog of hashicorp/aws 4.2.0. */
  stsRegion: { aws: [4, 2, 0] },
  /** `skip_destroy` of `aws_cloudwatch_log_group`: changelog of hashicorp/aws 4.40.0. */
  skipDestroy: { aws: [4, 40, 0] },
  /** `log_group_class`, which 5.30 has with a default that replaces log groups: changelog of hashicorp/aws 5.31.0. */
  logGroupClass: { aws: [5, 31, 0] },
  /** The class DELIVERY, whose retention cannot be changed: changelog of hashicorp/aws 6.2.0. */
  logGroupDelivery: { aws: [6, 2, 0] },
  /** `moved`: changelog of Terraform 1.1. */
  movedBlocks: { terraform: [1, 1, 0] },
  /** `replace_triggered_by`: changelog of Terraform 1.2. */
  replaceTriggeredBy: { terraform: [1, 2, 0] },
  /** `import` blocks: changelog of Terraform 1.5. */
  importBlocks: { terraform: [1, 5, 0] },
  /** Expressions in the `id` of an `import` block: changelog of Terraform 1.6. */
  importByExpression: { terraform: [1, 6, 0] },
  /** `import` blocks in modules other than the root: changelog of Terraform 1.16. */
  importInModule: { terraform: [1, 16, 0] },
  /** `removed` with `lifecycle { destroy = false }`: Terraform 1.7, internal/configs/removed.go. */
  removedBlocks: { terraform: [1, 7, 0] },
} as const satisfies Record<string, Floor>;

/** What a spec is written for when it does not say. */
export const DEFAULT_VERSIONS = { terraform: ">= 1.11", aws: "~> 6.0" } as const;

export type Feature = keyof typeof FLOORS;

/** What the oldest admitted Terraform and AWS provider are. */
export interface Floors {
  readonly terraform: Version;
  readonly aws: Version;
}

/** The versions that a spec is written for. */
export function floorsOf({ terraform }: Pick<Spec, "terraform">): Floors {
  return {
    terraform: lowerBound(terraform?.required_version ?? DEFAULT_VERSIONS.terraform),
    aws: lowerBound(terraform?.aws_provider ?? DEFAULT_VERSIONS.aws),
  };
}

/** Each before those that it starts with. */
const OPERATORS = ["!=", ">=", "<=", "~>", "=", ">", "<"];

/**
 * The lowest version that a constraint such as `>= 1.11, < 2.0` admits; 0.0.0 when it has no lower bound. An exclusive
 * bound (`> 1.10`) counts as its number: the features in question came with minor versions.
 */
export function lowerBound(constraint: string): Version {
  let bound: Version = [0, 0, 0];
  for (const part of constraint.split(",")) {
    const operator = OPERATORS.find((one) => part.trim().startsWith(one)) ?? "";
    if (operator === "!=" || operator.startsWith("<")) continue;
    const numbers = part.trim().slice(operator.length).split(".", 3);
    const [major = 0, minor = 0, patch = 0] = numbers.map((number) => Number.parseInt(number, 10) || 0);
    const version: Version = [major, minor, patch];
    if (isBelow(bound, version)) bound = version;
  }
  return bound;
}

/** Whether every version that the floors admit has the feature. */
export function has(floors: Floors, feature: Feature): boolean {
  const { terraform, aws }: Floor = FLOORS[feature];
  return !(terraform && isBelow(floors.terraform, terraform)) && !(aws && isBelow(floors.aws, aws));
}

/** What a feature needs, for people: `Terraform >= 1.11 and hashicorp/aws >= 5.88`. */
export function needs(feature: Feature): string {
  const { terraform, aws }: Floor = FLOORS[feature];
  return [terraform && `Terraform >= ${short(terraform)}`, aws && `hashicorp/aws >= ${short(aws)}`]
    .filter(Boolean)
    .join(" and ");
}

function isBelow(left: Version, right: Version): boolean {
  const [major, minor, patch] = left;
  return (major - right[0] || minor - right[1] || patch - right[2]) < 0;
}

function short([major, minor, patch]: Version): string {
  return patch === 0 ? `${major}.${minor}` : `${major}.${minor}.${patch}`;
}
