/**
 * Reads what Terraform files declare: texts go in, their resources with region, provider and arguments come out, and the
 * blocks that move or forget things. It parses with hcl2json, which takes 0.4 s to load and 1 s for each MB, so it is asked
 * only when a file would change, and only about the blocks that differ.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A resource as a file declares it. */
export interface DeclaredResource {
  readonly type: string;
  readonly name: string;
  /** `TYPE.NAME` */
  readonly address: string;
  /** The file that declares it, as the user knows it. */
  readonly path: string;
  /** Its arguments as hcl2json gives them: expressions are `${…}`, nested blocks are lists of objects. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The alias of its AWS provider, `undefined` for the provider without one and for other providers. */
  readonly providerAlias: string | undefined;
}

/** A configuration of the AWS provider, or one that the root module gives. */
export interface DeclaredProvider {
  /** The file that declares it, as the user knows it. */
  readonly path: string;
  /** Empty where an expression or the root module decides it. */
  readonly region: string;
  /** The accounts that it can only be for, where it says so. */
  readonly accounts: readonly string[];
}

/** What a set of files declares. */
export interface Declared {
  /** By address. */
  readonly resources: ReadonlyMap<string, DeclaredResource>;
  /** The names of the module calls, with the files that they stand in. */
  readonly modules: ReadonlyMap<string, string>;
  /** By alias; the empty alias is the provider without one. */
  readonly providers: ReadonlyMap<string, DeclaredProvider>;
  /** Whether the root module gives providers to these files. */
  readonly isGivenProviders: boolean;
  /** Provider alias by name of the `aws_region` data source. */
  readonly regionSources: ReadonlyMap<string, string>;
  /** Address today by former address. */
  readonly moved: ReadonlyMap<string, string>;
  /** Addresses that are taken out of the state and left alone. */
  readonly removed: ReadonlySet<string>;
}

/** A Terraform file that is to be read. */
export interface TerraformFile {
  /** As the user knows it. */
  readonly path: string;
  readonly text: string;
}

/** A file on disk is no HCL, so that nobody can say what it declares. */
export class UnreadableTerraformError extends Error {
  readonly path: string;
  /** Where it stops making sense, from 1; `undefined` where the parser does not say. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What is wrong, without the place. */
  readonly reason: string;

  constructor(path: string, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const [, line, column, text] = /:(\d+),(\d+)(?:-[\d,]+)?: (.*)/s.exec(detail) ?? [];
    const what = (text ?? detail).trim().split("\n")[0]!.replace(/\]$/, "");
    const reason = `this is not valid Terraform: ${what}`;
    super(`${line === undefined ? path : `${path}:${line}:${column}`}: ${reason}`, { cause });
    this.name = "UnreadableTerraformError";
    this.path = path;
    this.reason = reason;
    this.line = line === undefined ? undefined : Number(line);
    this.column = column === undefined ? undefined : Number(column);
  }
}

type Json = Readonly<Record<string, unknown>>;

/**
 * What the files declare.
 * @throws {UnreadableTerraformError} when one cannot be parsed
 */
export async function declaredBy(files: readonly TerraformFile[]): Promise<Declared> {
  const { parse } = await import("@cdktf/hcl2json");
  const resources = new Map<string, DeclaredResource>();
  const modules = new Map<string, string>();
  const providers = new Map<string, DeclaredProvider>();
  const regionSources = new Map<string, string>();
  const moved = new Map<string, string>();
  const removed = new Set<string>();
  let isGivenProviders = false;
  for (const { path, text } of files) {
    let json: Json;
    try {
      json = (await parse("file.tf", text)) as Json;
    } catch (error) {
      throw new UnreadableTerraformError(path, error);
    }
    for (const [type, name, block] of labelled(json.resource)) {
      const address = `${type}.${name}`;
      const providerAlias = aliasIn(block) || undefined;
      resources.set(address, { type, name, address, path, arguments: block, providerAlias });
    }
    for (const [type, name, block] of labelled(json.data)) {
      if (type === "aws_region") regionSources.set(name, aliasIn(block));
    }
    for (const name of Object.keys((json.module as Json | undefined) ?? {})) modules.set(name, path);
    for (const block of blocks((json.provider as Json | undefined)?.aws)) {
      const alias = typeof block.alias === "string" ? block.alias : "";
      providers.set(alias, { path, region: literal(block.region), accounts: accountsOf(block) });
    }
    for (const alias of configurationAliases(json)) {
      isGivenProviders = true;
      providers.set(alias, { path, region: "", accounts: [] });
    }
    for (const block of blocks(json.moved)) moved.set(expression(block.from), expression(block.to));
    for (const block of blocks(json.removed)) {
      // Without the lifecycle, or with another one, Terraform destroys: it is no way of keeping anything.
      const isKept = blocks(block.lifecycle).some(({ destroy }) => destroy === false);
      if (isKept) removed.add(expression(block.from));
    }
  }
  return { resources, modules, providers, isGivenProviders, regionSources, moved, removed };
}

/**
 * The Terraform files of a folder but for the given ones; those that Terraform ignores, and override files, which declare
 * nothing of their own, are left out. `shown` is the folder as the user knows it.
 * @throws {UnreadableTerraformError} when one cannot be read
 */
export function filesBeside(given: ReadonlySet<string>, folder: string, shown: string): TerraformFile[] {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => /^[^.].*\.tf$/.test(name) && !/^(.*_)?override\.tf$/.test(name) && !given.has(name));
  return names.sort().map((name) => {
    const path = shown === "" || shown === "." ? name : `${shown}/${name}`;
    try {
      return { path, text: readFileSync(join(folder, name), "utf8") };
    } catch (error) {
      throw new UnreadableTerraformError(path, error);
    }
  });
}

/** The alias of the AWS provider that a block is given; empty for the one without, and for other providers. */
function aliasIn({ provider }: Json): string {
  return /^aws\.(.+)$/.exec(expression(provider))?.[1] ?? "";
}

/** The provider aliases that a module is given. */
function configurationAliases(json: Json): readonly string[] {
  const required = blocks(json.terraform).flatMap((block) => blocks(block.required_providers));
  return required.flatMap(({ aws }) => {
    const aliases = (aws as Json | undefined)?.configuration_aliases;
    return Array.isArray(aliases) ? aliases.map((alias) => expression(alias).replace(/^aws\./, "")) : [];
  });
}

/** The accounts that a provider allows, or else the one whose role it assumes. */
function accountsOf({ allowed_account_ids: allowed, assume_role: roles }: Json): readonly string[] {
  if (Array.isArray(allowed) && allowed.length > 0) return allowed.map(String);
  return blocks(roles).flatMap(({ role_arn }) => /^arn:[^:]+:iam::(\d+):/.exec(String(role_arn))?.[1] ?? []);
}

/** `TYPE NAME` blocks, each with its arguments. */
function* labelled(section: unknown): Iterable<[type: string, name: string, block: Json]> {
  for (const [type, byName] of Object.entries((section as Json | undefined) ?? {})) {
    for (const [name, found] of Object.entries(byName as Json)) {
      for (const block of blocks(found)) yield [type, name, block];
    }
  }
}

function blocks(found: unknown): readonly Json[] {
  return Array.isArray(found) ? (found as Json[]) : [];
}

/** A text that is no expression, otherwise nothing. */
function literal(value: unknown): string {
  return typeof value === "string" && !value.includes("${") ? value : "";
}

/** The expression in `${…}`; hcl2json writes everything but literals so. */
function expression(value: unknown): string {
  return typeof value === "string" ? (/^\$\{(.*)\}$/s.exec(value)?.[1] ?? value) : "";
}
