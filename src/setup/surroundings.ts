/**
 * Looks at what is around a spec that is to be written: a folder goes in; its providers, versions, backend and resources, the
 * repository that it is in, and the files that call it as a module come out. It writes nothing.
 */

import { readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readFolder } from "../adopt/folder.ts";
import { pathFrom } from "../paths.ts";
import { readAtMost } from "../read.ts";

/** What a folder has before its first spec. */
export interface Surroundings {
  /** Whether it has Terraform files. */
  readonly hasTerraform: boolean;
  /** The alias of each region's provider, empty for the provider without one. */
  readonly providers: ReadonlyMap<string, string>;
  /** Whether it configures its providers itself. */
  readonly hasProviders: boolean;
  readonly requiredVersion: string | undefined;
  readonly awsProvider: string | undefined;
  /** What keeps its state: the type of its backend, or `cloud`. */
  readonly backend: string | undefined;
  /** Addresses of keys and secrets that it declares. */
  readonly resources: readonly string[];
  /** Files that call it as a module, relative to it. */
  readonly callers: readonly string[];
  /** The file names that are taken. */
  readonly files: ReadonlySet<string>;
}

/** An empty folder in an empty world. */
export const NOTHING_AROUND: Surroundings = {
  hasTerraform: false,
  providers: new Map(),
  hasProviders: false,
  requiredVersion: undefined,
  awsProvider: undefined,
  backend: undefined,
  resources: [],
  callers: [],
  files: new Set(),
};

/** Types of resources that an adoption takes over. */
const ADOPTABLE = /^aws_(kms_(key|replica_key|external_key|replica_external_key)|secretsmanager_secret)$/;

/**
 * The surroundings of a spec; `shown` is the folder as the user knows it, `top` the folder of the repository, where it is in one.
 * @throws {UnreadableTerraformError} when a file of the folder is no Terraform
 */
export function lookAround(folder: string, shown: string, top: string | undefined): Surroundings {
  const { files, surroundings } = readFolder(folder, shown);
  const blocks = files.flatMap(({ blocks }) => blocks);
  const settings = blocks.filter(({ type }) => type === "terraform").flatMap(({ body }) => body.blocks);
  const state = settings.find(({ type }) => type === "backend" || type === "cloud");
  const resources = blocks
    .filter(({ type, labels: [kind = ""] }) => type === "resource" && ADOPTABLE.test(kind))
    .map(({ labels }) => labels.join("."));
  return {
    ...surroundings,
    hasTerraform: files.length > 0,
    backend: state?.labels[0] ?? state?.type,
    resources,
    callers: callersOf(folder, top ?? dirname(folder)),
  };
}

/** Folders and bytes that are looked through for callers at most. */
const MOST_FOLDERS = 1000;
const MAX_BYTES = 1024 * 1024;

/** The files below `top` that have a module block whose source is the folder. */
function callersOf(folder: string, top: string): readonly string[] {
  const found: string[] = [];
  const pending = [top];
  for (let seen = 0; pending.length > 0 && seen < MOST_FOLDERS; seen++) {
    const here = pending.shift()!;
    for (const entry of entriesOf(here)) {
      const path = join(here, entry.name);
      if (entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name)) pending.push(path);
      if (here === folder || !entry.isFile() || !entry.name.endsWith(".tf")) continue;
      const sources = textOf(path).matchAll(/^\s*source\s*=\s*"(\.\.?\/[^"]*)"/gm);
      if (Array.from(sources, ([, source = ""]) => resolve(here, source)).includes(folder)) {
        found.push(pathFrom(folder, path));
      }
    }
  }
  return found.sort();
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readAtMost(path, MAX_BYTES).toString("utf8");
  } catch {
    return "";
  }
}

/** What was found, a line each, for people. */
export function findings(found: Surroundings): readonly string[] {
  if (!found.hasTerraform) return ["There is no Terraform in this folder yet."];
  const providers = Array.from(
    found.providers,
    ([region, alias]) => `${alias === "" ? "aws" : `aws.${alias}`} (${region})`,
  );
  return [
    ...(providers.length > 0 ? [`Providers: ${providers.join(", ")}`] : []),
    ...(found.requiredVersion === undefined ? [] : [`Terraform: ${found.requiredVersion}`]),
    ...(found.awsProvider === undefined ? [] : [`hashicorp/aws: ${found.awsProvider}`]),
    ...(found.backend === undefined ? [] : [`State: ${found.backend}`]),
    ...(found.callers.length > 0 ? [`Called as a module by: ${found.callers.join(", ")}`] : []),
    ...(found.resources.length > 0 ? [`Keys and secrets: ${found.resources.join(", ")}`] : []),
  ];
}

/** The region of the provider without an alias, or of the only one: most resources of a folder are there. */
export function mainRegion({ providers }: Surroundings): string | undefined {
  const [found] = [...providers].find(([, alias]) => alias === "") ?? (providers.size === 1 ? [...providers][0]! : []);
  return found;
}

/** Whether the folder is a module for others to call, as far as its files show. */
export function isModule({ callers, hasTerraform, hasProviders, backend, providers }: Surroundings): boolean {
  if (callers.length > 0) return true;
  return hasTerraform && hasProviders && providers.size === 0 && backend === undefined;
}
