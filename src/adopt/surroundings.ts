/**
 * Writes the head of a spec, what it says about regions, versions, providers and files: what was found in the state and what the
 * user's own files say go in, plain data comes out.
 */

import { has, lowerBound } from "../spec/versions.ts";
import { unique } from "./identifiers.ts";
import type { Inventory } from "./inventory.ts";

/** What the user's own Terraform files in the folder say. */
export interface Surroundings {
  /** The alias of each region's provider; empty for the provider without one. */
  readonly providers: ReadonlyMap<string, string>;
  /** Whether the folder configures its providers itself. */
  readonly hasProviders: boolean;
  readonly requiredVersion: string | undefined;
  readonly awsProvider: string | undefined;
  /** The file names that are taken. */
  readonly files: ReadonlySet<string>;
}

/** The names of the files that the generator writes, by kind. */
const FILES = { provider: "provider.tf", kms: "kms.tf", secrets: "secrets.tf", variables: "variables.tf" } as const;

/** All keys of the spec before its variables, keys and secrets. */
export function headOf(inventory: Inventory, surroundings: Surroundings): object {
  return {
    regions: regionsOf(inventory, surroundings),
    ...terraformOf(surroundings),
    ...providerOf(inventory, surroundings),
    ...filesOf(surroundings),
  };
}

function regionsOf(inventory: Inventory, surroundings: Surroundings): object {
  const { primary, secretsIn, replicas } = inventory;
  const hasAliases = surroundings.hasProviders && !isPlacedByRegion(inventory, surroundings);
  const alias = (region: string) => (hasAliases ? surroundings.providers.get(region) : undefined);
  const own = alias(primary);
  return {
    primary: own ? { region: primary, provider_alias: own } : primary,
    replicas: replicas.map((region) => {
      const other = alias(region);
      return other ? { region, provider_alias: other } : region;
    }),
    ...(secretsIn === primary ? {} : { secrets: secretsIn }),
  };
}

/** The replica regions that no provider of the folder is for. */
export function regionsWithoutProvider(
  { replicas }: Inventory,
  { providers, hasProviders }: Surroundings,
): readonly string[] {
  return hasProviders ? replicas.filter((region) => !providers.get(region)) : [];
}

/** Where things are placed by their region argument, as AWS provider 6 has it, one provider is enough. */
function isPlacedByRegion(inventory: Inventory, surroundings: Surroundings): boolean {
  const { awsProvider } = surroundings;
  const isNew =
    awsProvider !== undefined && has({ terraform: [1, 7, 0], aws: lowerBound(awsProvider) }, "regionArgument");
  return isNew && regionsWithoutProvider(inventory, surroundings).length > 0;
}

function providerOf(inventory: Inventory, surroundings: Surroundings): object {
  const provider = {
    ...(isPlacedByRegion(inventory, surroundings) ? { placement: "region" } : {}),
    ...(surroundings.hasProviders ? { write: false } : {}),
  };
  return Object.keys(provider).length === 0 ? {} : { provider };
}

function terraformOf({ requiredVersion, awsProvider }: Surroundings): object {
  const versions = {
    ...(requiredVersion === undefined ? {} : { required_version: requiredVersion }),
    ...(awsProvider === undefined ? {} : { aws_provider: awsProvider }),
  };
  return Object.keys(versions).length === 0 ? {} : { terraform: versions };
}

/** Other names for those files whose usual name the folder's own files have. */
function filesOf({ files, hasProviders }: Surroundings): object {
  const renamed = Object.entries(FILES).flatMap(([kind, name]) => {
    if (!files.has(name) || (kind === "provider" && hasProviders)) return [];
    return [[kind, unique(`mrk-${name}`, (one) => !files.has(one))] as const];
  });
  return renamed.length === 0 ? {} : { files: Object.fromEntries(renamed) };
}
