/**
 * Reads what `terraform show -json` prints of a state, or of a plan, whose prior state it is then: bytes go in, the AWS resources
 * that are about keys and secrets come out. It keeps only the attributes that say what a thing is; no value of a secret is
 * decoded.
 */

import { Elements, JsonError, jsonReader, type Members, PRESENT, WHOLE } from "./json-stream.ts";

export type Attributes = Readonly<Record<string, unknown>>;

/** A managed resource of the state. */
export interface StateResource {
  /** As Terraform writes it, with its module and its index. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  /** The key of `for_each` or the number of `count`. */
  readonly index: string | number | undefined;
  /** The module that it is in, `module.NAME…`, or empty for the root. */
  readonly module: string;
  readonly values: Attributes;
  /** The addresses of what it depends on, without instance keys. */
  readonly dependsOn: readonly string[];
  /** The attributes, of those that are read, that Terraform does not show because they are marked as sensitive. */
  readonly sensitive: readonly string[];
}

export interface State {
  /** The resources about keys and secrets, in the order of the state. */
  readonly resources: readonly StateResource[];
  /** The addresses of the root module's other resources, without instance keys, which a new resource must not get. */
  readonly others: ReadonlySet<string>;
}

/** The text is not what `terraform show -json` prints, or has no state in it. The message says what it is instead. */
export class NotAStateError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "NotAStateError";
    this.hint = hint;
  }
}

/** What is read of a resource, by type; whatever is not named here is skipped. */
const KEY_VALUES: Members = {
  arn: WHOLE,
  id: WHOLE,
  key_id: WHOLE,
  description: WHOLE,
  multi_region: WHOLE,
  region: WHOLE,
  is_enabled: WHOLE,
  enabled: WHOLE,
  key_usage: WHOLE,
  customer_master_key_spec: WHOLE,
  custom_key_store_id: WHOLE,
  xks_key_id: WHOLE,
  deletion_window_in_days: WHOLE,
  enable_key_rotation: WHOLE,
  rotation_period_in_days: WHOLE,
  bypass_policy_lockout_safety_check: WHOLE,
  valid_to: WHOLE,
  policy: WHOLE,
  tags: WHOLE,
};

const TYPES: Readonly<Record<string, Members>> = {
  aws_kms_key: KEY_VALUES,
  aws_kms_replica_key: KEY_VALUES,
  aws_kms_external_key: KEY_VALUES,
  aws_kms_replica_external_key: KEY_VALUES,
  aws_kms_alias: { arn: WHOLE, name: WHOLE, target_key_id: WHOLE, target_key_arn: WHOLE, region: WHOLE },
  aws_kms_key_policy: { key_id: WHOLE },
  aws_kms_grant: {
    key_id: WHOLE,
    name: WHOLE,
    region: WHOLE,
    grantee_principal: WHOLE,
    retiring_principal: WHOLE,
    operations: WHOLE,
    constraints: WHOLE,
    retire_on_delete: WHOLE,
    grant_creation_tokens: WHOLE,
  },
  aws_secretsmanager_secret: {
    arn: WHOLE,
    name: WHOLE,
    name_prefix: WHOLE,
    description: WHOLE,
    kms_key_id: WHOLE,
    region: WHOLE,
    recovery_window_in_days: WHOLE,
    force_overwrite_replica_secret: WHOLE,
    replica: new Elements({ region: WHOLE, kms_key_id: WHOLE }),
    policy: WHOLE,
    tags: WHOLE,
  },
  aws_secretsmanager_secret_version: { secret_id: WHOLE, secret_string: PRESENT },
  aws_secretsmanager_secret_rotation: {
    secret_id: WHOLE,
    rotation_enabled: WHOLE,
    rotation_lambda_arn: WHOLE,
    rotate_immediately: WHOLE,
    rotation_rules: new Elements({ automatically_after_days: WHOLE, schedule_expression: WHOLE, duration: WHOLE }),
  },
  aws_secretsmanager_secret_policy: { secret_arn: WHOLE, policy: WHOLE, block_public_policy: WHOLE },
};

/** What is read of every resource, whatever its type: the attributes of all types that matter. */
const VALUES: Members = Object.assign({}, ...Object.values(TYPES));

/** The provider that these types are of; another one may have types of the same names. */
const IS_AWS = /(^|\/)hashicorp\/aws$/;

interface RawResource {
  readonly address?: string;
  readonly mode?: string;
  readonly type?: string;
  readonly name?: string;
  readonly index?: string | number;
  readonly provider_name?: string;
  readonly values?: Attributes;
  readonly depends_on?: readonly string[];
  readonly sensitive_values?: Attributes;
}

interface StateReader {
  /** The next bytes. Throws a `NotAStateError` as soon as they cannot be what is read here. */
  feed(bytes: Uint8Array): void;
  /** The whole state. Throws a `NotAStateError` where there is none. */
  end(): State;
}

/** A reader for one text; memory grows with the resources that are kept, not with the text. */
export function stateReader(): StateReader {
  const found = { values: new Collected(), prior: new Collected() };
  const reader = jsonReader({
    format_version: WHOLE,
    lineage: PRESENT,
    resource_changes: PRESENT,
    values: { root_module: moduleShape(found.values) },
    prior_state: { values: { root_module: moduleShape(found.prior) } },
  });
  const readable = <T>(step: () => T): T => {
    try {
      return step();
    } catch (error) {
      if (error instanceof JsonError) throw new NotAStateError(`this is not JSON: ${error.message}`, HOW);
      throw error;
    }
  };
  return {
    feed: (bytes) => readable(() => reader.feed(bytes)),
    end() {
      const document = readable(() => reader.end());
      if (typeof document !== "object" || document === null) throw new NotAStateError("this is not a state", HOW);
      const { format_version: version, lineage, resource_changes: isPlan, prior_state: prior } = document as Attributes;
      if (typeof version !== "string" && lineage === true)
        throw new NotAStateError("this is the file of a state itself", HOW);
      if (typeof version !== "string") throw new NotAStateError("this is not what terraform show -json prints", HOW);
      if (!/^[01]\./.test(version)) {
        const hint = "Look for a newer version of mrk-scaffold.";
        throw new NotAStateError(`format version ${version} is newer than this version knows`, hint);
      }
      if (isPlan === undefined && prior === undefined) return found.values;
      if (prior === undefined)
        throw new NotAStateError("this plan is about an empty state", "Adopt what is there already.");
      return found.prior;
    },
  };
}

const HOW = "Write: terraform show -json | mrk-scaffold adopt -";

class Collected implements State {
  readonly resources: StateResource[] = [];
  readonly others = new Set<string>();
}

/** The shape of a module, which holds others like it. */
function moduleShape(into: Collected): Members {
  const shape: Record<string, unknown> = {
    resources: new Elements(
      {
        address: WHOLE,
        mode: WHOLE,
        type: WHOLE,
        name: WHOLE,
        index: WHOLE,
        provider_name: WHOLE,
        values: VALUES,
        depends_on: WHOLE,
        sensitive_values: VALUES,
      },
      (resource) => keep(resource as RawResource, into),
    ),
  };
  shape.child_modules = new Elements(shape as Members);
  return shape as Members;
}

function keep(raw: RawResource, into: Collected): void {
  const { address, mode, type, name, index, provider_name: provider, values, depends_on: dependsOn = [] } = raw;
  const { sensitive_values: marked = {} } = raw;
  if (mode !== "managed" || typeof address !== "string" || typeof type !== "string" || typeof name !== "string") return;
  const own = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  const module = moduleOf(address);
  if (own === undefined || !IS_AWS.test(provider ?? "")) {
    if (module === "") into.others.add(`${type}.${name}`);
    return;
  }
  const kept = Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => Object.hasOwn(own, key)));
  const sensitive = Object.keys(kept).filter((key) => own[key] !== PRESENT && isMarked(marked[key]));
  into.resources.push({ address, type, name, index, module, values: kept, dependsOn, sensitive });
}

/** Whether something in an attribute is marked. */
function isMarked(mark: unknown): boolean {
  return mark === true || (typeof mark === "object" && mark !== null && Object.values(mark).some(isMarked));
}

/** The calls of modules in front of a resource's own name. */
const MODULES = /^(?:module\.[\w-]+(?:\[(?:\d+|"(?:[^"\\]|\\.)*")\])?\.)*/;

function moduleOf(address: string): string {
  return MODULES.exec(address)![0].replace(/\.$/, "");
}
