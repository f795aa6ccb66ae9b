/**
 * Says in the terms of a spec what a secret is like: a secret as the state has it goes in; the data of its entry under `secrets`
 * comes out. Its value is never read.
 */

import type { Attributes, StateResource } from "../terraform/state.ts";
import { same } from "./alike.ts";
import { type FoundSecret, type LeftAlone, text } from "./inventory.ts";
import { tagsOf } from "./key-spec.ts";
import { policyIn } from "./policy.ts";
import type { Sayings } from "./sayings.ts";

interface SecretData {
  readonly data: Readonly<Record<string, unknown>>;
  /** The resource of its policy, where the spec says it. */
  readonly policy: StateResource | undefined;
  readonly leftAlone: readonly LeftAlone[];
  readonly documents: ReadonlyMap<string, string>;
}

interface SecretSurroundings {
  readonly sayings: Sayings;
  /** The identifier of its key in the spec, or `aws`. */
  readonly key: string;
  /** The regions that `replicas: all` stands for. */
  readonly everywhere: readonly string[];
  readonly documentPath: string;
  /** Why its policy is not to be in the spec. */
  readonly withoutPolicy: string | undefined;
}

/** The secret's entry in the spec. */
export function secretSpec(secret: FoundSecret, around: SecretSurroundings): SecretData {
  const { resource, reference, replicas, rotation } = secret;
  const { sayings, key, everywhere } = around;
  const { values } = resource;
  const window = values.recovery_window_in_days;
  const tags = tagsOf(resource, sayings);
  const policy = policyOf(secret, around);
  const description = text(resource, "description");
  const data = {
    ...nameOf(resource, sayings),
    ...(description === "" ? {} : { description: sayings.text(resource, ["description"], description) }),
    key,
    ...(reference === "arn" ? { key_reference: "arn" } : {}),
    ...(same(replicas, [...everywhere].sort()) ? {} : { replicas }),
    value: "external",
    ...(typeof window === "number" && window !== 30 ? { recovery_window_days: window } : {}),
    ...(values.force_overwrite_replica_secret === true ? { overwrite_replica: true } : {}),
    ...(rotation === undefined ? {} : { rotation: rotationSpec(rotation, sayings) }),
    ...(policy.data === undefined ? {} : { policy: policy.data }),
    ...(sayings.isProtected(resource) ? { protect: true } : {}),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
  return { data, policy: policy.resource, leftAlone: policy.leftAlone, documents: policy.documents };
}

function nameOf(resource: StateResource, sayings: Sayings): object {
  const prefix = text(resource, "name_prefix");
  if (prefix !== "") return { name_prefix: sayings.text(resource, ["name_prefix"], prefix) };
  return { name: sayings.text(resource, ["name"], text(resource, "name")) };
}

function rotationSpec(rotation: StateResource, sayings: Sayings): object {
  const { values } = rotation;
  const [rules = {}] = (Array.isArray(values.rotation_rules) ? values.rotation_rules : []) as readonly Attributes[];
  const { automatically_after_days: days, schedule_expression: schedule, duration } = rules;
  const lambda = text(rotation, "rotation_lambda_arn");
  return {
    ...(lambda === "" ? {} : { lambda_arn: sayings.textOrReference(rotation, ["rotation_lambda_arn"], lambda) }),
    ...(schedule ? { schedule } : { every_days: days }),
    ...(duration ? { duration } : {}),
    ...(values.rotate_immediately === false ? { immediately: false } : {}),
  };
}

interface PolicyOfSecret {
  readonly data: object | undefined;
  readonly resource: StateResource | undefined;
  readonly leftAlone: readonly LeftAlone[];
  readonly documents: ReadonlyMap<string, string>;
}

/** A secret has one policy in AWS; several resources for it are a mistake that is not made here again. */
function policyOf(
  { resource: secret, policies: [resource, ...others] }: FoundSecret,
  { sayings, documentPath, withoutPolicy }: SecretSurroundings,
): PolicyOfSecret {
  const nothing = { data: undefined, resource: undefined, documents: new Map<string, string>() };
  const leave = (address: string, reason: string) => ({ ...nothing, leftAlone: [{ address, reason }] });
  if (resource === undefined) {
    const isInline = text(secret, "policy") !== "" && policyIn(secret.values.policy).kind !== "none";
    return isInline
      ? leave(secret.address, "its inline policy stays as it is in AWS, and Terraform does not manage it")
      : { ...nothing, leftAlone: [] };
  }
  if (others.length > 0) return leave(resource.address, "its secret has several resources for its policy");
  if (withoutPolicy !== undefined) return leave(resource.address, withoutPolicy);
  const found = policyIn(resource.values.policy, (at, value) =>
    sayings.textOrReference(resource, ["policy", ...at], value),
  );
  const named = sayings.document(resource, ["policy"]);
  const isOpen = resource.values.block_public_policy !== true ? { block_public_policy: false } : {};
  const taken = (data: object, documents: ReadonlyMap<string, string> = new Map()) => ({
    data: { ...data, ...isOpen },
    resource,
    leftAlone: [],
    documents,
  });
  if (named !== undefined) return taken({ documents: [named] });
  if (found.kind === "statements") return taken({ statements: found.statements });
  if (found.kind === "document") return taken({ documents: [documentPath] }, new Map([[documentPath, found.json]]));
  return leave(resource.address, found.kind === "unsayable" ? found.reason : "it has no statements of its own");
}
