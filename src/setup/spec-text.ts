/**
 * Writes a first spec: what somebody has answered and what is in the folder go in, YAML with comments comes out. It checks nothing;
 * the text is checked as any other spec before it is written.
 */

import type { Answers } from "./answers.ts";
import type { Surroundings } from "./surroundings.ts";

/** What the text says besides, and is not asked. */
export interface Setting {
  /** The name of the spec's file. */
  readonly name: string;
  /** Where an editor finds the JSON Schema: a path from the spec, or an address. */
  readonly schema: string;
  /** What people call each service. */
  readonly labels: Readonly<Record<string, string>>;
  /** The alias that the provider of a replica region has where nothing else is said. */
  readonly aliasOf: (region: string) => string;
}

/** The service whose keys encrypt secrets. */
const SECRETS = "secretsmanager";

/** The identifier of a service's key. */
const keyOf = (service: string) => (service === SECRETS ? "sm" : service);

export function specText(answers: Answers, around: Surroundings, setting: Setting): string {
  const { services, secrets } = answers;
  const parts = [
    [
      `# yaml-language-server: $schema=${setting.schema}`,
      "# The multi-Region keys and secrets of this folder. After a change, regenerate the Terraform files:",
      `#   npx mrk-scaffold ${setting.name}`,
      "version: 1",
    ],
    regionsOf(answers, around, setting),
    terraformOf(answers, around),
    providerOf(answers),
    filesOf(answers, around),
    keysOf(services, setting),
    services.includes(SECRETS) ? secretsOf(secrets, services.length > 1) : [],
  ];
  return parts
    .filter(({ length }) => length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function regionsOf({ primary, replicas, ownProviders }: Answers, around: Surroundings, { aliasOf }: Setting): string[] {
  const placed = (region: string, usual: string) => {
    const alias = ownProviders ? around.providers.get(region) : undefined;
    if (alias === undefined || alias === "" || alias === usual) return region;
    return `{ region: ${region}, provider_alias: ${alias} }`;
  };
  const list = replicas.map((region) => placed(region, aliasOf(region)));
  return [
    "regions:",
    "  # The primary keys are here, and the secrets are written here. mrk-scaffold promote moves them.",
    `  primary: ${placed(primary, "")}`,
    "  # Every key and every secret has a replica in each of these regions.",
    ...(list.some((one) => one.startsWith("{"))
      ? ["  replicas:", ...list.map((one) => `    - ${one}`)]
      : [`  replicas: [${list.join(", ")}]`]),
  ];
}

/** Versions that the folder asks for decide which features are used. */
function terraformOf({ ownProviders, module }: Answers, { requiredVersion, awsProvider }: Surroundings): string[] {
  const lines = [
    ...(module ? ["  module: true"] : []),
    ...(ownProviders && requiredVersion !== undefined ? [`  required_version: ${quoted(requiredVersion)}`] : []),
    ...(ownProviders && awsProvider !== undefined ? [`  aws_provider: ${quoted(awsProvider)}`] : []),
  ];
  return lines.length === 0 ? [] : ["# What the files are written for.", "terraform:", ...lines];
}

function providerOf({ ownProviders, module }: Answers): string[] {
  if (ownProviders) {
    return ["# This folder has its own provider blocks: none are written.", "provider: { write: false }"];
  }
  if (module) return [];
  return [
    "# What every provider block gets, for example:",
    "# provider:",
    '#   allowed_account_ids: ["123456789012"]',
    "#   default_tags: { ManagedBy: terraform }",
  ];
}

/** Names that the user's own files have are left to them. */
function filesOf({ ownProviders, module, services }: Answers, { files }: Surroundings): string[] {
  const hasSecrets = services.includes(SECRETS);
  const wanted = {
    provider: !ownProviders,
    kms: true,
    secrets: hasSecrets,
    variables: hasSecrets,
    outputs: module,
  };
  const taken = Object.entries(wanted).filter(([kind, isWanted]) => isWanted && files.has(`${kind}.tf`));
  if (taken.length === 0) return [];
  return [
    "# Your own files have the usual names.",
    "files:",
    ...taken.map(([kind]) => `  ${kind}: ${freeName(`mrk-${kind}`, files)}`),
  ];
}

function freeName(stem: string, files: ReadonlySet<string>): string {
  let name = `${stem}.tf`;
  for (let number = 2; files.has(name); number++) name = `${stem}-${number}.tf`;
  return name;
}

function keysOf(services: readonly string[], { labels }: Setting): string[] {
  const keys = services.flatMap((service) => [
    `  ${keyOf(service)}: # ${labels[service]}`,
    `    service: ${service}`,
    ...(service === services[0]
      ? [
          "    # rotation: { period_days: 365 }",
          "    # policy: { administrators: [arn:aws:iam::123456789012:role/keys] }",
        ]
      : []),
  ]);
  const head = "# A key in every region, by a name that becomes part of its addresses in Terraform.";
  return [head, "keys:", ...keys];
}

function secretsOf(names: readonly string[], hasOtherKeys: boolean): string[] {
  const head = [
    "# The secrets. One without a value here gets it from a variable of Terraform; with Terraform 1.11 or later it",
    "# reaches neither git nor the state. With value: { json: { username: app, password: generated } } Terraform makes",
    "# the password, and no one sees it.",
  ];
  const key = hasOtherKeys ? ["    key: sm"] : [];
  if (names.length === 0) {
    return [...head, "# secrets:", "#   database:", "#     name: app/database", ...key.map((line) => `# ${line}`)];
  }
  const taken = new Set<string>();
  return [
    ...head,
    "secrets:",
    ...names.flatMap((name) => [`  ${identifierOf(name, taken)}:`, `    name: ${quoted(name)}`, ...key]),
  ];
}

/** A Terraform identifier made of the last part of a secret's name. */
function identifierOf(name: string, taken: Set<string>): string {
  const last = name.split("/").filter(Boolean).at(-1) ?? "";
  const word = last
    .toLowerCase()
    .replace(/\W+/g, "_")
    .replace(/^_+|_+$/g, "");
  const stem = /^[a-z]/.test(word) ? word : `secret_${word}`;
  let identifier = stem;
  for (let number = 2; taken.has(identifier); number++) identifier = `${stem}_${number}`;
  taken.add(identifier);
  return identifier;
}

/** Text as YAML has it: in quotes, unless it is a name or a path. */
function quoted(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
