/**
 * Says what Terraform files declare: texts go in, their resources with region, provider and arguments come out, and the
 * blocks that move or forget things. It evaluates nothing.
 */

import { blocksInJson } from "./json.ts";
import { HclError, readBlocks } from "./reader.ts";
import { type Values, valuesIn } from "./values.ts";

/** A resource as a file declares it. */
export interface DeclaredResource {
  readonly type: string;
  readonly name: string;
  /** `TYPE.NAME` */
  readonly address: string;
  /** The file that declares it, as the user knows it. */
  readonly path: string;
  /** The line in it where the resource starts, from 1. */
  readonly line: number;
  /** Its arguments as `valuesIn` gives them: expressions are `${…}`, nested blocks are lists of objects. */
  readonly arguments: Values;
  /** The alias of its AWS provider, `undefined` for the provider without one and for other providers. */
  readonly providerAlias: string | undefined;
}

/** A configuration of the AWS provider, or one that the root module gives. */
export interface DeclaredProvider {
  /** The file that declares it, as the user knows it. */
  readonly path: string;
  /** The line in it, from 1. */
  readonly line: number;
  /** Empty where an expression or the root module decides it. */
  readonly region: string;
  /** The accounts that it can only be for, where it says so. */
  readonly accounts: readonly string[];
}

/** A call of a module. */
interface DeclaredModule {
  /** The file that declares it, as the user knows it. */
  readonly path: string;
  /** Where the module is, empty where that is no literal. */
  readonly source: string;
}

/** What a set of files declares. */
export interface Declared {
  /** By address, in alphabetical order, whatever the order in the files is. */
  readonly resources: ReadonlyMap<string, DeclaredResource>;
  /** The calls of modules, by name. */
  readonly modules: ReadonlyMap<string, DeclaredModule>;
  /** By alias; the empty alias is the provider without one. */
  readonly providers: ReadonlyMap<string, DeclaredProvider>;
  /** Whether the root module gives providers to these files. */
  readonly isGivenProviders: boolean;
  /** Provider alias by name of the `aws_region` data source. */
  readonly regionSources: ReadonlyMap<string, string>;
  /** Address today by former address. */
  readonly moved: ReadonlyMap<string, string>;
  /** Addresses that are taken out of the state and left alone, with the files that say so. */
  readonly removed: ReadonlyMap<string, string>;
  /** Addresses that take over what is in AWS already. */
  readonly imports: ReadonlySet<string>;
  /** The policy documents, by the name of the data source, as `valuesIn` gives them. */
  readonly policies: ReadonlyMap<string, Values>;
  /** What else can be referred to: `data.TYPE.NAME`, `ephemeral.TYPE.NAME`, `var.NAME`, `local.NAME`. */
  readonly readable: ReadonlySet<string>;
}

/** A Terraform file that is to be read, or a part of one. */
export interface TerraformFile {
  /** As the user knows it. */
  readonly path: string;
  readonly text: string;
  /** The line of the file that the text starts with, 1 where nothing is said. */
  readonly line?: number;
}

/** A file on disk is no HCL, so that no one can say what it declares. */
export class UnreadableTerraformError extends Error {
  readonly path: string;
  /** Where it stops making sense, from 1; `undefined` where it cannot be read at all. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** What is wrong, without the place. */
  readonly reason: string;

  /** `firstLine` is the line of the file that what was read starts with. */
  constructor(path: string, cause: unknown, firstLine = 1) {
    const isRead = cause instanceof HclError;
    const line = isRead ? firstLine + cause.line - 1 : undefined;
    const column = isRead ? cause.column : undefined;
    const detail = cause instanceof Error ? cause.message : String(cause);
    const reason = isRead ? `this is not valid Terraform: ${cause.reason}` : `it cannot be read: ${detail}`;
    super(`${line === undefined ? path : `${path}:${line}:${column}`}: ${reason}`, { cause });
    this.name = "UnreadableTerraformError";
    this.path = path;
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}

/** A block at the top level of a file. */
export interface TerraformBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly values: Values;
  /** The file that it is in, as the user knows it, and the line of it, from 1. */
  readonly path: string;
  readonly line: number;
}

/**
 * Hands out the blocks of a file one by one, of one in JSON too.
 * @throws {UnreadableTerraformError} when it cannot be read
 */
export function eachBlock(
  { path, text, line: firstLine = 1 }: TerraformFile,
  take: (block: TerraformBlock) => void,
): void {
  try {
    if (path.endsWith(".json")) for (const block of blocksInJson(text)) take({ ...block, path });
    else {
      readBlocks(text, ({ type, labels, body, line }) =>
        take({ type, labels, values: valuesIn(body, text), path, line: firstLine + line - 1 }),
      );
    }
  } catch (error) {
    if (error instanceof HclError) throw new UnreadableTerraformError(path, error, firstLine);
    throw error;
  }
}

/**
 * What the files declare.
 * @throws {UnreadableTerraformError} when one cannot be read
 */
export function declaredBy(files: readonly TerraformFile[]): Declared {
  const found = new Finding();
  for (const file of files) {
    eachBlock(file, (block) => found.add(block));
  }
  return { ...found, resources: inOrder(found.resources) };
}

/** What is declared, with other resources besides. */
export function merged(declared: Declared, other: Declared | undefined): Declared {
  return { ...declared, resources: inOrder(new Map([...declared.resources, ...(other?.resources ?? [])])) };
}

function inOrder(resources: Declared["resources"]): Declared["resources"] {
  return new Map([...resources].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** What has been found so far. */
class Finding implements Declared {
  readonly resources = new Map<string, DeclaredResource>();
  readonly modules = new Map<string, DeclaredModule>();
  readonly providers = new Map<string, DeclaredProvider>();
  readonly regionSources = new Map<string, string>();
  readonly moved = new Map<string, string>();
  readonly removed = new Map<string, string>();
  readonly imports = new Set<string>();
  readonly policies = new Map<string, Values>();
  readonly readable = new Set<string>();
  isGivenProviders = false;

  add({ type: kind, labels, values, path, line }: TerraformBlock): void {
    const [type = "", name = ""] = labels;
    switch (kind) {
      case "resource": {
        const address = `${type}.${name}`;
        const providerAlias = providerAliasOf(values) || undefined;
        this.resources.set(address, { type, name, address, path, line, arguments: values, providerAlias });
        break;
      }
      case "variable":
        this.readable.add(`var.${type}`);
        break;
      case "locals":
        for (const local of Object.keys(values)) this.readable.add(`local.${local}`);
        break;
      case "ephemeral":
        this.readable.add(`ephemeral.${type}.${name}`);
        break;
      case "data":
        this.readable.add(`data.${type}.${name}`);
        if (type === "aws_region") this.regionSources.set(name, providerAliasOf(values));
        if (type === "aws_iam_policy_document") this.policies.set(name, values);
        break;
      case "module":
        this.modules.set(type, { path, source: literal(values.source) });
        break;
      case "provider":
        if (type === "aws") {
          const alias = typeof values.alias === "string" ? values.alias : "";
          this.providers.set(alias, { path, line, region: literal(values.region), accounts: accountsOf(values) });
        }
        break;
      case "terraform":
        for (const alias of configurationAliases(values)) {
          this.isGivenProviders = true;
          this.providers.set(alias, { path, line, region: "", accounts: [] });
        }
        break;
      case "import":
        this.imports.add(expression(values.to));
        break;
      case "moved":
        this.moved.set(expression(values.from), expression(values.to));
        break;
      case "removed": {
        // Without the lifecycle, or with another one, Terraform destroys: it is no way of keeping anything.
        const isKept = blocks(values.lifecycle).some(({ destroy }) => destroy === false);
        if (isKept) this.removed.set(expression(values.from), path);
      }
    }
  }
}

/** The alias of the AWS provider that a block is given; empty for the one without, and for other providers. */
function providerAliasOf({ provider }: Values): string {
  const given = expression(provider);
  return given.startsWith("aws.") ? given.slice("aws.".length) : "";
}

/** The provider aliases that a module is given. */
function configurationAliases({ required_providers }: Values): readonly string[] {
  return blocks(required_providers).flatMap(({ aws }) => {
    const aliases = (aws as Values | undefined)?.configuration_aliases;
    return Array.isArray(aliases) ? aliases.map((alias) => expression(alias).replace(/^aws\./, "")) : [];
  });
}

/** The accounts that a provider allows, or else the one whose role it assumes; none where that depends on a variable. */
function accountsOf({ allowed_account_ids: allowed, assume_role: roles }: Values): readonly string[] {
  if (Array.isArray(allowed) && allowed.length > 0) {
    const known = allowed.map(literal);
    return known.includes("") ? [] : known;
  }
  return blocks(roles).flatMap(({ role_arn }) => /^arn:[^:]+:iam::(\d+):/.exec(String(role_arn))?.[1] ?? []);
}

function blocks(found: unknown): readonly Values[] {
  return Array.isArray(found) ? (found as Values[]) : [];
}

/** A text that is no expression, otherwise nothing. */
function literal(value: unknown): string {
  return typeof value === "string" && !value.includes("${") ? value : "";
}

/** The expression in `${…}`. */
function expression(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.startsWith("${") && value.endsWith("}") ? value.slice(2, -1) : value;
}
