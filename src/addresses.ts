/**
 * Reads what Terraform files declare: texts go in, their resources with region, provider and arguments come out, and the
 * blocks that move or forget things. It parses with hcl2json, which takes 0.4 s to load and 1 s for each MB, so it is asked
 * only when a file would change, and only about the blocks that differ.
 */

/** A resource as a file declares it. */
export interface DeclaredResource {
  readonly type: string;
  readonly name: string;
  /** `TYPE.NAME` */
  readonly address: string;
  /** Its arguments as hcl2json gives them: expressions are `${…}`, nested blocks are lists of objects. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The alias of its provider, `undefined` for the provider without one. */
  readonly providerAlias: string | undefined;
}

/** What a set of files declares. */
export interface Declared {
  /** By address. */
  readonly resources: ReadonlyMap<string, DeclaredResource>;
  /** Region by provider alias, empty where the root module decides it; the empty alias is the provider without one. */
  readonly providers: ReadonlyMap<string, string>;
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
  constructor(path: string, cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const [, line, column, text] = /:(\d+),(\d+)(?:-[\d,]+)?: (.*)/s.exec(detail) ?? [];
    const place = line === undefined ? path : `${path}:${line}:${column}`;
    super(`${place}: this is not valid Terraform: ${(text ?? detail).trim().split("\n")[0]}`, { cause });
    this.name = "UnreadableTerraformError";
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
  const providers = new Map<string, string>();
  const regionSources = new Map<string, string>();
  const moved = new Map<string, string>();
  const removed = new Set<string>();
  for (const { path, text } of files) {
    let json: Json;
    try {
      json = (await parse("file.tf", text)) as Json;
    } catch (error) {
      throw new UnreadableTerraformError(path, error);
    }
    for (const [type, name, block] of labelled(json.resource)) {
      const address = `${type}.${name}`;
      const providerAlias = expression(block.provider)?.replace(/^aws\.?/, "") || undefined;
      resources.set(address, { type, name, address, arguments: block, providerAlias });
    }
    for (const [type, name, block] of labelled(json.data)) {
      if (type === "aws_region") regionSources.set(name, expression(block.provider)?.replace(/^aws\.?/, "") ?? "");
    }
    for (const block of blocks((json.provider as Json | undefined)?.aws)) {
      providers.set(typeof block.alias === "string" ? block.alias : "", String(block.region ?? ""));
    }
    for (const alias of configurationAliases(json)) providers.set(alias, "");
    for (const block of blocks(json.moved)) moved.set(expression(block.from) ?? "", expression(block.to) ?? "");
    for (const block of blocks(json.removed)) removed.add(expression(block.from) ?? "");
  }
  return { resources, providers, regionSources, moved, removed };
}

/** The provider aliases that a module is given. */
function configurationAliases(json: Json): readonly string[] {
  const required = blocks(json.terraform).flatMap((block) => blocks(block.required_providers));
  return required.flatMap(({ aws }) => {
    const aliases = (aws as Json | undefined)?.configuration_aliases;
    return Array.isArray(aliases) ? aliases.map((alias) => (expression(alias) ?? "").replace(/^aws\./, "")) : [];
  });
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

/** The expression in `${…}`; hcl2json writes everything but literals so. */
export function expression(value: unknown): string | undefined {
  return typeof value === "string" ? (/^\$\{(.*)\}$/s.exec(value)?.[1] ?? value) : undefined;
}
