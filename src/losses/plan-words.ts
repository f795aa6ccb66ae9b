/** Names what a plan is about as people do: a planned change goes in, a part of a sentence comes out. */

import { secretName } from "../aws/secret-arns.ts";
import type { Attributes, PlannedChange } from "../terraform/plan.ts";

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The region that the object is in: the resource's own argument, or the one in its ARN. */
export function regionOf(attributes: Attributes | undefined): string | undefined {
  const arn = text(attributes?.arn) ?? text(attributes?.id);
  return text(attributes?.region) ?? /^arn:[^:]*:[^:]*:([a-z0-9-]+):/.exec(arn ?? "")?.[1];
}

/** `the replica key mrk-… in eu-west-1`. */
export function thing({ kind, before, after }: PlannedChange): string {
  const attributes = before ?? after;
  const isKey = kind === "primary key" || kind === "replica key";
  const id = isKey ? keyId(attributes) : (text(attributes?.name) ?? nameIn(attributes));
  const region = regionOf(attributes);
  return `the ${kind}${id === undefined ? "" : ` ${id}`}${region === undefined ? "" : ` in ${region}`}`;
}

export function keyId(attributes: Attributes | undefined): string | undefined {
  return text(attributes?.key_id) ?? text(attributes?.id);
}

/** The name of the secret that an ARN or an id names. */
function nameIn(attributes: Attributes | undefined): string | undefined {
  const reference = text(attributes?.secret_id) ?? text(attributes?.secret_arn) ?? text(attributes?.arn);
  return reference === undefined ? undefined : secretName(reference);
}

/** `the value of the secret app/db in eu-central-1`. */
export function ofSecret(change: PlannedChange, what: string = change.kind): string {
  return `the ${what} of ${secretOf(change)}`;
}

/** The secret that a value, a rotation or a policy is of. */
export function secretOf({ before, after }: PlannedChange): string {
  const attributes = before ?? after;
  const name = nameIn(attributes);
  const region = regionOf(attributes) ?? regionOf({ arn: attributes?.secret_id ?? attributes?.secret_arn });
  return `${name === undefined ? "a secret" : `the secret ${name}`}${region === undefined ? "" : ` in ${region}`}`;
}
