/**
 * Turns a checked spec into the model that the templates print: every default, name, address and cross-reference is decided
 * here and in the files beside, in output order. Pure, and it cannot fail: what could go wrong was refused by
 * `validate`.
 */

import { placesConsumed } from "../spec/consumers.ts";
import type { FileNames, Names } from "../spec/names.ts";
import { type Place, placesBesides } from "../spec/places.ts";
import type { TextOrReference } from "../spec/reference.ts";
import { DEFAULT_VERSIONS, type Floors } from "../spec/versions.ts";
import { type ChangesModel, resolveKeyChanges, resolveSecretChanges } from "./changes.ts";
import { type ConsumerModel, resolveConsumers } from "./consumers.ts";
import { type EbsModel, resolveEbs } from "./ebs.ts";
import { type Hcl, identifier, list, quote } from "./hcl.ts";
import { type ExistingKeyModel, type KeyModel, resolveExistingKeys, resolveKeys } from "./keys.ts";
import { type LogsModel, resolveLogs } from "./logs.ts";
import { type OutputsModel, resolveKeyArns, resolveOutputs } from "./outputs.ts";
import { type ParametersModel, resolveParameters } from "./parameters.ts";
import { ifGiven, isPlacedByRegion, providerOf, tagsOf } from "./places.ts";
import { type AccountDataModel, resolveAccountData } from "./policies.ts";
import { resolveS3, type S3Model } from "./s3.ts";
import { resolveSecrets, type SecretModel } from "./secrets.ts";
import { textIn } from "./texts.ts";
import { resolveVariables, type VariableModel } from "./variables.ts";

/** What the templates see. Leaves are `Hcl` or lists of it; what is `undefined` or empty is left out. */
export interface Model {
  /** What the files are called; the templates do not read it. */
  readonly files: FileNames;
  readonly terraform: {
    readonly requiredVersion: Hcl;
    readonly awsProvider: Hcl;
    /** The aliased providers that a child module is given. */
    readonly configurationAliases: Hcl | undefined;
  };
  readonly providers: readonly ProviderModel[];
  /** The providers that other files configure. What is generated next time is held against the regions. */
  readonly given: GivenProvidersModel | undefined;
  /** What policies read about the account, by the file that it is in. */
  readonly accountData: Readonly<Record<"keys" | "secrets" | "parameters", AccountDataModel>>;
  readonly keys: readonly KeyModel[];
  readonly existingKeys: readonly ExistingKeyModel[];
  readonly keyChanges: ChangesModel;
  readonly ebs: EbsModel;
  readonly logs: LogsModel;
  readonly s3: S3Model;
  readonly parameters: ParametersModel;
  readonly secrets: readonly SecretModel[];
  readonly secretChanges: ChangesModel;
  readonly consumers: readonly ConsumerModel[];
  /** The ARNs of the keys, for the files beside. */
  readonly keyArns: Hcl | undefined;
  readonly variables: readonly VariableModel[];
  readonly outputs: OutputsModel | undefined;
}

interface ProviderModel {
  readonly alias: Hcl | undefined;
  readonly region: Hcl;
  /** Where a provider whose region is out of reach asks which account it is for. */
  readonly stsRegion: Hcl | undefined;
  readonly profile: Hcl | undefined;
  readonly allowedAccountIds: Hcl | undefined;
  readonly assumeRole:
    | { readonly roleArn: Hcl; readonly sessionName: Hcl | undefined; readonly externalId: Hcl | undefined }
    | undefined;
  readonly defaultTags: Hcl | undefined;
}

/** Printed as comments, since nothing that Terraform reads says where these providers are. */
interface GivenProvidersModel {
  /** Whether they come from the root of a child module, and not from a file beside. */
  readonly isModule: boolean;
  /** The region is `undefined` where resources say their regions themselves. */
  readonly providers: readonly { readonly name: Hcl; readonly region: Hcl | undefined }[];
}

/** The model of a checked spec. `specFolder` is the folder of the spec from that of the output, with `/`: files beside it are named so. */
export function resolve(
  { names, floors }: { readonly names: Names; readonly floors: Floors },
  specFolder = ".",
): Model {
  const { spec } = names;
  const isModule = spec.terraform?.module === true;
  // Secrets that are detached are in AWS alone: nothing of them is declared, and nothing may refer to them.
  const declared = names.secretsStep === "detach" ? { ...names, secrets: [] } : names;
  return {
    files: names.files,
    terraform: {
      requiredVersion: quote(spec.terraform?.required_version ?? DEFAULT_VERSIONS.terraform),
      awsProvider: quote(spec.terraform?.aws_provider ?? DEFAULT_VERSIONS.aws),
      configurationAliases: isModule ? list(aliasesOf(names)) : undefined,
    },
    providers: isModule || names.files.provider === undefined ? [] : resolveProviders(names),
    given: resolveGivenProviders(names),
    accountData: resolveAccountData(declared),
    keys: resolveKeys(declared, floors, specFolder),
    existingKeys: resolveExistingKeys(declared, placesConsumed(names)),
    keyChanges: resolveKeyChanges(names, floors),
    ebs: resolveEbs(names),
    logs: resolveLogs(names),
    s3: resolveS3(names),
    parameters: resolveParameters(names, floors),
    secrets: resolveSecrets(declared, floors, specFolder),
    secretChanges: resolveSecretChanges(names, floors),
    consumers: resolveConsumers(names),
    keyArns: spec.locals ? resolveKeyArns(names) : undefined,
    variables: resolveVariables(declared, floors),
    outputs: (spec.outputs ?? isModule) ? resolveOutputs(declared) : undefined,
  };
}

function resolveProviders(names: Names): readonly ProviderModel[] {
  const {
    home,
    spec: { provider, regions },
  } = names;
  const unreachable = new Set(regions.unreachable ?? []);
  const { region: reachable } =
    [names.secretsPlace, names.primary, ...names.replicas].find(({ region }) => !unreachable.has(region)) ?? home;
  const role = provider?.assume_role;
  const isDefaultWritten = provider?.default ?? home.providerAlias === undefined;
  const places = [...(isDefaultWritten ? [{ ...home, providerAlias: undefined }] : []), ...aliasedPlaces(names)];
  return places.map((place) => {
    const text = (setting: TextOrReference) => textIn(setting, place);
    return {
      alias: ifGiven(place.providerAlias, quote),
      region: quote(place.region),
      stsRegion: unreachable.has(place.region) ? quote(reachable) : undefined,
      profile: ifGiven(provider?.profile, text),
      allowedAccountIds: list((provider?.allowed_account_ids ?? []).map(text)),
      assumeRole: role && {
        roleArn: text(role.role_arn),
        sessionName: ifGiven(role.session_name, text),
        externalId: ifGiven(role.external_id, text),
      },
      defaultTags: tagsOf(provider?.default_tags, place),
    };
  });
}

function resolveGivenProviders(names: Names): GivenProvidersModel | undefined {
  const { home, spec } = names;
  const isModule = spec.terraform?.module === true;
  const isDefaultGiven = home.providerAlias === undefined && (isModule || spec.provider?.default === false);
  const places = [...(isDefaultGiven ? [home] : []), ...(isModule ? aliasedPlaces(names) : [])];
  if (places.length === 0) return undefined;
  const providers = places.map((place) => ({
    name: providerOf(place) ?? identifier("aws"),
    region: isPlacedByRegion(names) ? undefined : identifier(place.region),
  }));
  return { isModule, providers };
}

/**
 * The places with an aliased provider, retired ones included, whose resources still need theirs. Their order does not depend on
 * where the primary is.
 */
function aliasedPlaces(names: Names): readonly Place[] {
  const { home, primary, replicas, retired } = names;
  const places = isPlacedByRegion(names) ? [home] : [home, ...placesBesides(home, primary, replicas), ...retired];
  return places.filter(({ providerAlias }) => providerAlias !== undefined);
}

function aliasesOf(names: Names): readonly Hcl[] {
  return aliasedPlaces(names).map((place) => providerOf(place)!);
}
