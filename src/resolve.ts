/**
 * Turns a checked spec into the model that the templates print: every default, name, address and cross-reference is decided
 * here and in the `resolve-*.ts` files, in output order. Pure, and it cannot fail: what could go wrong was refused by
 * `validate`.
 */

import { type Hcl, list, quote } from "./hcl.ts";
import { type Names, names } from "./names.ts";
import { type KeyModel, resolveKeys } from "./resolve-keys.ts";
import { type OutputsModel, resolveOutputs } from "./resolve-outputs.ts";
import { optional, tagsOf } from "./resolve-places.ts";
import { resolveSecrets, resolveVariables, type SecretModel, type VariableModel } from "./resolve-secrets.ts";
import { floorsOf } from "./rules.ts";
import type { Spec } from "./schema.ts";

/** What the templates see. Leaves are `Hcl` or lists of it; what is `undefined` or empty is left out. */
export interface Model {
  readonly terraform: { readonly requiredVersion: Hcl; readonly awsProvider: Hcl };
  readonly providers: readonly ProviderModel[];
  readonly keys: readonly KeyModel[];
  readonly secrets: readonly SecretModel[];
  readonly variables: readonly VariableModel[];
  readonly outputs: OutputsModel | undefined;
}

export interface ProviderModel {
  readonly alias: Hcl | undefined;
  readonly region: Hcl;
  readonly profile: Hcl | undefined;
  readonly allowedAccountIds: Hcl | undefined;
  readonly assumeRole:
    | { readonly roleArn: Hcl; readonly sessionName: Hcl | undefined; readonly externalId: Hcl | undefined }
    | undefined;
  readonly defaultTags: Hcl | undefined;
}

export function resolve(spec: Spec): Model {
  const named = names(spec);
  const floors = floorsOf(named);
  return {
    terraform: {
      requiredVersion: quote(spec.terraform?.required_version ?? ">= 1.11"),
      awsProvider: quote(spec.terraform?.aws_provider ?? "~> 6.0"),
    },
    providers: resolveProviders(named),
    keys: resolveKeys(named, floors),
    secrets: resolveSecrets(named, floors),
    variables: resolveVariables(named, floors),
    outputs: spec.outputs ? resolveOutputs(named) : undefined,
  };
}

function resolveProviders({ spec: { provider }, primary, replicas }: Names): readonly ProviderModel[] {
  const role = provider?.assume_role;
  const shared = {
    profile: optional(provider?.profile, quote),
    allowedAccountIds: list((provider?.allowed_account_ids ?? []).map(quote)),
    assumeRole: role && {
      roleArn: quote(role.role_arn),
      sessionName: optional(role.session_name, quote),
      externalId: optional(role.external_id, quote),
    },
    defaultTags: tagsOf(provider?.default_tags),
  };
  const places = provider?.default === false ? replicas : [primary, ...replicas];
  return places.map(({ providerAlias, region }) => ({
    ...shared,
    alias: optional(providerAlias, quote),
    region: quote(region),
    assumeRole: shared.assumeRole ?? undefined,
  }));
}
