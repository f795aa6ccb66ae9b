/**
 * Reads the plan that `terraform show -json PLAN` prints: bytes come in, in pieces, and what the plan does to KMS keys and
 * secrets goes out. It never decodes the value of a secret, and keeps nothing about any other resource.
 *
 * The format: https://developer.hashicorp.com/terraform/internals/json-format
 */

import { ANY_KEY, Elements, jsonReader, PRESENT, type Shape, WHOLE } from "./json-stream.ts";
import { checkPlan, notAPlan, type PlanText } from "./no-plan.ts";

/** What a resource is, whatever its type is called. */
export type Kind =
  | "primary key"
  | "replica key"
  | "alias"
  | "key policy"
  | "grant"
  | "EBS default key"
  | "EBS encryption by default"
  | "log group"
  | "bucket encryption"
  | "parameter"
  | "secret"
  | "value"
  | "rotation"
  | "secret policy";

/** The resource types that are looked at, those of hashicorp/awscc included. */
const KINDS: Readonly<Record<string, Kind>> = {
  aws_kms_key: "primary key",
  aws_kms_external_key: "primary key",
  aws_kms_replica_key: "replica key",
  aws_kms_replica_external_key: "replica key",
  aws_kms_alias: "alias",
  aws_kms_key_policy: "key policy",
  aws_kms_grant: "grant",
  aws_ebs_default_kms_key: "EBS default key",
  aws_ebs_encryption_by_default: "EBS encryption by default",
  aws_cloudwatch_log_group: "log group",
  aws_s3_bucket_server_side_encryption_configuration: "bucket encryption",
  aws_ssm_parameter: "parameter",
  aws_secretsmanager_secret: "secret",
  aws_secretsmanager_secret_version: "value",
  aws_secretsmanager_secret_rotation: "rotation",
  aws_secretsmanager_secret_policy: "secret policy",
  awscc_kms_key: "primary key",
  awscc_kms_replica_key: "replica key",
  awscc_kms_alias: "alias",
  awscc_secretsmanager_secret: "secret",
  awscc_secretsmanager_rotation_schedule: "rotation",
  awscc_secretsmanager_resource_policy: "secret policy",
};

/** The attributes that are read, as Terraform names them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** What the plan does to one object. */
export interface PlannedChange {
  readonly address: string;
  readonly kind: Kind;
  readonly type: string;
  readonly name: string;
  /** A data source reads; everything else is managed. */
  readonly isData: boolean;
  /** As the plan has them, such as `["delete", "create"]`; empty when it has none. */
  readonly actions: readonly string[];
  /** Why Terraform deletes or replaces it, such as `replace_because_tainted`. */
  readonly reason: string | undefined;
  /** The arguments that force the replacement, such as `multi_region`. */
  readonly replacedFor: readonly string[];
  readonly before: Attributes | undefined;
  readonly after: Attributes | undefined;
  /** True, or what a nested value is made of, for what is known only after the apply. */
  readonly unknown: Attributes;
  readonly isImported: boolean;
  /** A former object that a replacement has left behind. */
  readonly isDeposed: boolean;
  /** Terraform puts it off to a later plan. */
  readonly isDeferred: boolean;
}

/** What a plan says besides its changes. */
export interface PlanFacts {
  /** The plan ended with an error, and holds less than what would be done. */
  readonly isErrored: boolean;
  /** False when the plan leaves something out, say with `-target`. */
  readonly isComplete: boolean;
  /** How many objects the plan names, of whatever type. */
  readonly objects: number;
  /** What the arguments of each `aws_secretsmanager_secret_version` refer to, by the address of its block. */
  readonly references: ReadonlyMap<string, References>;
  /** The blocks of data sources that read the value of a secret. What is read while planning is no change of the plan. */
  readonly valueReaders: readonly string[];
}

export interface References {
  readonly secret: readonly string[];
  readonly value: readonly string[];
}

/** What receives the changes. */
export interface PlanVisitor {
  /** What Terraform would do; what stays as it is comes too, as a `no-op`. */
  planned(change: PlannedChange): void;
  /** What others have done in AWS since the last apply. */
  drifted(change: PlannedChange): void;
}

interface PlanReader {
  feed(bytes: Uint8Array): void;
  /** @throws {NotAPlanError} when the text was no plan, or not all of it */
  end(): PlanFacts;
}

/** What is read of a resource; the value of a secret is not among it, only whether there is one. */
const ATTRIBUTES: Shape = {
  ...Object.fromEntries(
    [
      "arn",
      "bucket",
      "deletion_window_in_days",
      "enable_key_rotation",
      "enabled",
      "force_overwrite_replica_secret",
      "id",
      "is_enabled",
      "key_id",
      "kms_key_id",
      "name",
      "policy",
      "recovery_window_in_days",
      "region",
      "retention_in_days",
      "rule",
      "secret_arn",
      "secret_id",
      "secret_string_wo_version",
      "skip_destroy",
      "target_key_id",
      "tier",
      "type",
      "valid_to",
      "value_wo_version",
      "version_stages",
    ].map((name): [string, Shape] => [name, WHOLE]),
  ),
  secret_string: PRESENT,
  secret_binary: PRESENT,
  replica: new Elements({ region: WHOLE, kms_key_id: WHOLE }),
  replica_regions: new Elements({ region: WHOLE, kms_key_id: WHOLE }),
};

const CHANGE: Shape = {
  address: WHOLE,
  mode: WHOLE,
  type: WHOLE,
  name: WHOLE,
  deposed: PRESENT,
  action_reason: WHOLE,
  change: {
    actions: WHOLE,
    before: ATTRIBUTES,
    after: ATTRIBUTES,
    after_unknown: ATTRIBUTES,
    replace_paths: WHOLE,
    importing: PRESENT,
  },
};

/** A module of the configuration, with those that it calls. */
const MODULE: Record<string, Shape> = {
  resources: new Elements({
    address: WHOLE,
    mode: WHOLE,
    type: WHOLE,
    expressions: {
      secret_id: { references: WHOLE },
      secret_string: { references: WHOLE },
      secret_string_wo: { references: WHOLE },
    },
  }),
};
MODULE.module_calls = { [ANY_KEY]: { module: MODULE } };

interface Text extends PlanText {
  readonly errored?: unknown;
  readonly complete?: unknown;
  readonly configuration?: { readonly root_module?: ModuleText };
}

interface ModuleText {
  readonly resources?: readonly ResourceText[];
  readonly module_calls?: Readonly<Record<string, { readonly module?: ModuleText }>>;
}

interface ResourceText {
  readonly address?: unknown;
  readonly mode?: unknown;
  readonly type?: unknown;
  readonly expressions?: Readonly<Record<string, { readonly references?: unknown } | undefined>>;
}

interface ChangeText {
  readonly address?: unknown;
  readonly mode?: unknown;
  readonly type?: unknown;
  readonly name?: unknown;
  readonly deposed?: boolean;
  readonly action_reason?: unknown;
  readonly change?: {
    readonly actions?: unknown;
    readonly before?: Attributes | null;
    readonly after?: Attributes | null;
    readonly after_unknown?: Attributes | boolean;
    readonly replace_paths?: unknown;
    readonly importing?: boolean;
  };
}

/** A reader for one plan, which hands the changes to `visitor` as they come. */
export function planReader(visitor: PlanVisitor): PlanReader {
  let objects = 0;
  const planned = (text: unknown, isDeferred: boolean) => {
    objects++;
    const change = changeOf(text as ChangeText, isDeferred);
    if (change !== undefined) visitor.planned(change);
  };
  const reader = jsonReader({
    "@level": PRESENT,
    format_version: WHOLE,
    values: PRESENT,
    planned_values: PRESENT,
    errored: WHOLE,
    complete: WHOLE,
    resource_changes: new Elements(CHANGE, (text) => planned(text, false)),
    deferred_changes: new Elements({ resource_change: CHANGE }, (text) =>
      planned((text as { readonly resource_change?: unknown } | null)?.resource_change, true),
    ),
    resource_drift: new Elements(CHANGE, (text) => {
      const change = changeOf(text as ChangeText, false);
      if (change !== undefined) visitor.drifted(change);
    }),
    configuration: { root_module: MODULE },
  });
  let head = "";
  return {
    feed(bytes) {
      if (head.length < 64) head += Buffer.from(bytes.subarray(0, 64)).toString("latin1");
      try {
        reader.feed(bytes);
      } catch (error) {
        throw notAPlan(error, head);
      }
    },
    end() {
      let text: Text;
      try {
        text = reader.end() as Text;
      } catch (error) {
        throw notAPlan(error, head);
      }
      checkPlan(text);
      const references = new Map<string, References>();
      const valueReaders: string[] = [];
      collectValues(text.configuration?.root_module, "", references, valueReaders);
      const isComplete = text.complete !== false;
      return { isErrored: text.errored === true, isComplete, objects, references, valueReaders };
    },
  };
}

function changeOf(text: ChangeText | null | undefined, isDeferred: boolean): PlannedChange | undefined {
  const { type, address, mode, action_reason: reason, change = {} } = text ?? {};
  if (typeof type !== "string" || typeof address !== "string" || !Object.hasOwn(KINDS, type)) return undefined;
  return {
    address,
    kind: KINDS[type]!,
    type,
    name: String(text?.name),
    isData: mode === "data",
    actions: textsIn(change.actions),
    reason: typeof reason === "string" ? reason : undefined,
    replacedFor: Array.isArray(change.replace_paths) ? change.replace_paths.map(pathText) : [],
    before: change.before ?? undefined,
    after: change.after ?? undefined,
    unknown: typeof change.after_unknown === "object" ? change.after_unknown : {},
    isImported: change.importing === true,
    isDeposed: text?.deposed === true,
    isDeferred,
  };
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** `["replica", 0, "region"]` as Terraform would write it. */
function pathText(path: unknown): string {
  const steps: readonly unknown[] = Array.isArray(path) ? path : [path];
  return steps
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index > 0 ? "." : ""}${step}`))
    .join("");
}

function collectValues(
  module: ModuleText | undefined,
  path: string,
  references: Map<string, References>,
  readers: string[],
): void {
  for (const { address, mode, type, expressions = {} } of module?.resources ?? []) {
    if (typeof type !== "string" || !Object.hasOwn(KINDS, type) || KINDS[type] !== "value") continue;
    if (mode === "data") {
      readers.push(`${path}${address}`);
      continue;
    }
    const of = (name: string) => textsIn(expressions[name]?.references);
    references.set(`${path}${address}`, {
      secret: of("secret_id"),
      value: [...of("secret_string"), ...of("secret_string_wo")],
    });
  }
  for (const [name, call] of Object.entries(module?.module_calls ?? {})) {
    collectValues(call.module, `${path}module.${name}.`, references, readers);
  }
}
