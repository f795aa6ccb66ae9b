// Takes the .tf files of a folder and says, in sentences, where they break the AWS provider's own schema: a stand-in for
// `terraform validate` that needs neither terraform nor the provider, and that also finds what is deprecated.
import { readFileSync } from "node:fs";
import { getExpressionAst, parse } from "@cdktf/hcl2json";

/** A file of the folder; what the generator returns fits. */
export interface TerraformFile {
  readonly path: string;
  readonly text: string;
}

/** What hcl2json makes of HCL: an expression is a string "${…}", a nested block an object in an array. */
type Value = null | boolean | number | string | readonly Value[] | Body;
interface Body {
  readonly [name: string]: Value;
}

type AttributeType = string | readonly ["list" | "set" | "map", AttributeType] | readonly ["object", object];
interface Attribute {
  readonly type: AttributeType;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly computed?: boolean;
  readonly deprecated?: boolean;
  readonly write_only?: boolean;
}
interface NestedBlock {
  readonly block: SchemaBlock;
  readonly nesting_mode: "single" | "group" | "list" | "set" | "map";
  readonly min_items?: number;
  readonly max_items?: number;
}
interface SchemaBlock {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly block_types?: Readonly<Record<string, NestedBlock>>;
}
type Schemas = Readonly<Record<string, { readonly block: SchemaBlock }>>;
interface ProviderSchema {
  readonly provider: { readonly block: SchemaBlock };
  readonly resource_schemas: Schemas;
  readonly data_source_schemas: Schemas;
  readonly ephemeral_resource_schemas: Schemas;
}

/** What Terraform itself has: https://developer.hashicorp.com/terraform/language/resources/terraform-data */
const BUILT_IN: Readonly<Record<string, SchemaBlock>> = {
  terraform_data: {
    attributes: {
      id: { type: "string", computed: true },
      input: { type: "dynamic", optional: true },
      output: { type: "dynamic", computed: true },
      triggers_replace: { type: "dynamic", optional: true },
    },
  },
};

type Kind = "resource" | "data" | "ephemeral";

/** One block of one file; `address` is what an expression calls it, "" where nothing refers to it. */
interface Block {
  readonly file: string;
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  readonly address: string;
  readonly body: Body;
}

/** `aws_kms_key.x["main"].arn` is `["aws_kms_key", "x", anyIndex, "arn"]`. */
type Path = readonly string[];
const anyIndex = "[…]";

const metaArguments = new Set(["count", "depends_on", "for_each", "lifecycle", "provider"]);
const lifecycleArguments: Readonly<Record<Kind, readonly string[]>> = {
  resource: [
    "create_before_destroy",
    "ignore_changes",
    "postcondition",
    "precondition",
    "prevent_destroy",
    "replace_triggered_by",
  ],
  data: ["postcondition", "precondition"],
  ephemeral: ["postcondition", "precondition"],
};
const variableArguments = ["default", "description", "ephemeral", "nullable", "sensitive", "type", "validation"];
const outputArguments = ["depends_on", "description", "ephemeral", "precondition", "sensitive", "value"];

/** The first Terraform with a language feature (Terraform's changelog). */
const terraformSince = { moved: "1.1", import: "1.5", removed: "1.7", ephemeral: "1.10", "write-only": "1.11" };

/** The first AWS provider with a thing that the 5.100 schema has but older versions lack (the provider's changelog). */
const providerSince: Readonly<Record<string, string>> = {
  "resource.aws_kms_key.rotation_period_in_days": "5.49",
  "resource.aws_kms_key_policy": "4.59",
  "resource.aws_secretsmanager_secret_rotation.rotate_immediately": "5.33",
  "resource.aws_secretsmanager_secret_rotation.rotation_rules.duration": "4.62",
  "resource.aws_secretsmanager_secret_rotation.rotation_rules.schedule_expression": "4.62",
  "resource.aws_secretsmanager_secret_version.secret_string_wo": "5.88",
  "resource.aws_secretsmanager_secret_version.secret_string_wo_version": "5.88",
};

/** Deprecations of provider 6 that its schema data does not carry (the provider's version 6 upgrade guide). */
const deprecatedSince6 = new Set([
  "data.aws_region.id",
  "data.aws_region.name",
  "data.aws_iam_policy_document.override_json",
  "data.aws_iam_policy_document.source_json",
]);

const load = (version: string): ProviderSchema =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/schemas/aws-provider-${version}.schema.json`, import.meta.url), "utf8"),
  );
const schemas = { "5.100": load("5.100"), "6.25": load("6.25") };

/**
 * Every way in which the folder's files do not fit together or do not fit the AWS provider that they ask for, each a
 * sentence that starts with the file; none when all is well. Provider 6 is asked for when the lower bound of the version
 * constraint says so. Nested `dynamic` blocks and template directives are reported, since this check cannot read them.
 */
export async function conformance(files: readonly TerraformFile[]): Promise<string[]> {
  const blocks: Block[] = [];
  for (const { path, text } of files) {
    try {
      blocks.push(...blocksOf(path, await parse(path, text)));
    } catch (error) {
      return [`${path}: ${(error as Error).message}`];
    }
  }
  const folder = new Folder(blocks);
  for (const block of blocks) await folder.check(block);
  for (const file of files) folder.checkBlockSyntax(file);
  return [...new Set(folder.findings)];
}

function blocksOf(file: string, parsed: Body): Block[] {
  return Object.entries(parsed).flatMap(([kind, content]): Block[] => {
    const bodies = (value: Value, type: string, name: string, address: string): Block[] =>
      list(value).map((body) => ({ file, kind, type, name, address, body: body as Body }));
    const named = (prefix: string): Block[] =>
      Object.entries(content as Body).flatMap(([name, value]) => bodies(value, "", name, `${prefix}.${name}`));
    switch (kind) {
      case "resource":
      case "data":
      case "ephemeral":
        return Object.entries(content as Body).flatMap(([type, names]) =>
          Object.entries(names as Body).flatMap(([name, value]) =>
            bodies(value, type, name, kind === "resource" ? `${type}.${name}` : `${kind}.${type}.${name}`),
          ),
        );
      case "variable":
        return named("var");
      case "output":
      case "module":
        return named(kind);
      case "provider":
        return Object.entries(content as Body).flatMap(([type, value]) => bodies(value, type, "", ""));
      case "locals":
        return list(content).flatMap((locals) =>
          Object.entries(locals as Body).map(([name, value]) => ({
            ...{ file, kind, type: "", name, address: `local.${name}` },
            body: { value },
          })),
        );
      default:
        return bodies(content, "", "", "");
    }
  });
}

class Folder {
  readonly findings: string[] = [];
  readonly #declared = new Map<string, Block>();
  /** "" is the provider block without an alias. */
  readonly #providerAliases = new Set<string>();
  readonly #movedFrom = new Set<string>();
  readonly #terraform: string;
  readonly #provider: string;
  readonly #schemaVersion: keyof typeof schemas;

  constructor(blocks: readonly Block[]) {
    for (const block of blocks) {
      if (block.address !== "") {
        if (this.#declared.has(block.address)) this.#find(block, `${block.address} is declared twice`);
        this.#declared.set(block.address, block);
      }
      if (block.kind === "provider" && block.type === "aws") {
        const alias = String(block.body.alias ?? "");
        if (this.#providerAliases.has(alias))
          this.#find(block, `provider "aws" with alias "${alias}" is declared twice`);
        this.#providerAliases.add(alias);
      }
      if (block.kind === "moved") this.#movedFrom.add(expressionOf(block.body.from) ?? "");
    }
    const terraform = blocks.filter((block) => block.kind === "terraform").map((block) => block.body);
    const required = terraform.flatMap((body) => list(body.required_providers ?? []) as Body[]);
    const aws = required.map((providers) => providers.aws as Body | undefined).find((provider) => provider);
    if (aws === undefined) this.findings.push("no file has terraform { required_providers { aws = … } }");
    else if (aws.source !== "hashicorp/aws") this.findings.push(`the source of aws is ${JSON.stringify(aws.source)}`);
    for (const alias of list(aws?.configuration_aliases ?? [])) {
      this.#providerAliases.add(expressionOf(alias)?.replace(/^aws\./, "") ?? "");
    }
    this.#provider = lowerBound(aws?.version);
    this.#terraform = lowerBound(terraform.map((body) => body.required_version).find((version) => version));
    this.#schemaVersion = compareVersions(this.#provider, "6") >= 0 ? "6.25" : "5.100";
  }

  async check(block: Block): Promise<void> {
    const where = whereOf(block);
    const { body, kind } = block;
    switch (kind) {
      case "resource":
      case "data":
      case "ephemeral": {
        if (kind === "ephemeral") this.#needsTerraform(where, "ephemeral");
        const schema = this.#schemaOf(kind, block.type);
        if (schema === undefined) return this.#find(where, `${block.type} is not in the schema`);
        this.#needsProvider(where, `${kind}.${block.type}`);
        await this.#checkMetaArguments(where, block, kind, schema);
        return this.#checkBody(where, body, schema, block, `${kind}.${block.type}`, metaArguments);
      }
      case "provider":
        if (block.type !== "aws") return this.#find(where, `there is no schema of provider "${block.type}"`);
        return this.#checkBody(where, body, this.#schema.provider.block, block, "provider", new Set(["alias"]));
      case "variable":
        if (body.ephemeral === true) this.#needsTerraform(where, "ephemeral");
        this.#checkNames(where, body, variableArguments);
        return this.#checkReferences(where, [body.default ?? null, body.description ?? null], block, false);
      case "output":
        this.#checkNames(where, body, outputArguments);
        if (!("value" in body)) this.#find(where, `"value" is missing`);
        return this.#checkReferences(where, body, block, body.ephemeral === true);
      case "locals":
        return this.#checkReferences(where, body, block, true);
      case "moved":
      case "import":
      case "removed":
        this.#needsTerraform(where, kind);
        return this.#checkStateBlock(where, block);
      case "terraform":
        return this.#checkNames(where, body, ["required_version", "required_providers"]);
      case "module":
        // What it takes and gives is in files of another folder.
        return this.#checkReferences(where, body, block, true);
      default:
        return this.#find(where, "this kind of block is unknown");
    }
  }

  /**
   * hcl2json does not tell `replica = [{ … }]` from `replica { … }`, and Terraform rejects the first, so the text is asked.
   * No map of ours has a key of such a name with a list of objects under it.
   */
  checkBlockSyntax({ path, text }: TerraformFile): void {
    const types = [...this.#declared.values()].map((block) => this.#schemaOf(block.kind, block.type));
    for (const name of new Set([this.#schema.provider.block, ...types].flatMap((schema) => blockNames(schema)))) {
      if (new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*\\[?\\s*\\{`, "m").test(text)) {
        this.#find(path, `"${name}" is a block but is written as an argument`);
      }
    }
  }

  get #schema(): ProviderSchema {
    return schemas[this.#schemaVersion];
  }

  #schemaOf(kind: string, type: string): SchemaBlock | undefined {
    const { resource_schemas, data_source_schemas, ephemeral_resource_schemas } = this.#schema;
    const byKind: Readonly<Record<string, Schemas>> = {
      resource: resource_schemas,
      data: data_source_schemas,
      ephemeral: ephemeral_resource_schemas,
    };
    return byKind[kind]?.[type]?.block ?? (kind === "resource" ? BUILT_IN[type] : undefined);
  }

  #find(where: string | Block, sentence: string): void {
    this.findings.push(`${typeof where === "string" ? where : whereOf(where)}: ${sentence}`);
  }

  #checkNames(where: string, body: Body, known: readonly string[]): void {
    for (const name of Object.keys(body)) if (!known.includes(name)) this.#find(where, `"${name}" is unknown`);
  }

  #needsTerraform(where: string, feature: keyof typeof terraformSince): void {
    const since = terraformSince[feature];
    if (compareVersions(this.#terraform, since) < 0) {
      this.#find(where, `${feature} needs Terraform ${since}, but required_version admits ${this.#terraform}`);
    }
  }

  #needsProvider(where: string, path: string): void {
    const since = providerSince[path];
    if (since !== undefined && compareVersions(this.#provider, since) < 0) {
      this.#find(where, `${path} needs provider ${since}, but the constraint admits ${this.#provider}`);
    }
  }

  /** Checks what the provider's schema says of a block, and goes into its nested blocks. */
  async #checkBody(
    where: string,
    body: Body,
    schema: SchemaBlock,
    block: Block,
    path: string,
    meta: ReadonlySet<string>,
  ): Promise<void> {
    for (const [name, value] of Object.entries(body)) {
      const attribute = schema.attributes?.[name];
      const nested = schema.block_types?.[name];
      const inner = `${path}.${name}`;
      if (meta.has(name)) continue;
      if (attribute !== undefined) {
        this.#checkAttribute(where, name, value, attribute, inner);
        const ephemeral = attribute.write_only === true || block.kind === "provider" || block.kind === "ephemeral";
        await this.#checkReferences(`${where}: ${name}`, value, block, ephemeral);
      } else if (nested !== undefined) {
        this.#needsProvider(where, inner);
        const bodies = list(value);
        const max = nested.nesting_mode === "single" || nested.nesting_mode === "group" ? 1 : nested.max_items;
        if (max !== undefined && bodies.length > max) {
          this.#find(where, `${bodies.length} "${name}" blocks, but at most ${max} may be there`);
        }
        for (const each of bodies) {
          // An expression; a literal is found by checkBlockSyntax.
          if (typeof each !== "object") this.#find(where, `"${name}" is a block but is written as an argument`);
          else await this.#checkBody(`${where}: ${name}`, each as Body, nested.block, block, inner, new Set());
        }
      } else if (name === "dynamic") {
        this.#find(where, "dynamic blocks cannot be checked");
      } else {
        this.#find(where, `"${name}" is no argument or block of ${path}`);
      }
    }
    for (const [name, attribute] of Object.entries(schema.attributes ?? {})) {
      if (attribute.required && (body[name] ?? null) === null) this.#find(where, `"${name}" is missing`);
    }
    for (const [name, { min_items = 0 }] of Object.entries(schema.block_types ?? {})) {
      const count = list(body[name] ?? []).length;
      if (count < min_items) this.#find(where, `${count} "${name}" blocks, but at least ${min_items} must be there`);
    }
  }

  #checkAttribute(where: string, name: string, value: Value, attribute: Attribute, path: string): void {
    if (!attribute.required && !attribute.optional)
      this.#find(where, `"${name}" is decided by the provider, it cannot be set`);
    if (this.#isDeprecated(path, attribute)) this.#find(where, `"${name}" is deprecated`);
    if (attribute.write_only) this.#needsTerraform(where, "write-only");
    this.#needsProvider(where, path);
    const wrong = typeMismatch(value, attribute.type);
    if (wrong !== undefined) this.#find(where, `"${name}" ${wrong}`);
  }

  #isDeprecated(path: string, attribute: Attribute): boolean {
    return attribute.deprecated === true || (this.#schemaVersion === "6.25" && deprecatedSince6.has(path));
  }

  async #checkMetaArguments(where: string, block: Block, kind: Kind, schema: SchemaBlock): Promise<void> {
    const { provider = null, lifecycle = [], ...others } = block.body;
    this.#checkProviderReference(where, provider);
    const rest = ["count", "depends_on", "for_each"].map((name) => others[name] ?? null);
    await this.#checkReferences(where, rest, block, false);
    for (const settings of list(lifecycle) as Body[]) {
      this.#checkNames(`${where}: lifecycle`, settings, lifecycleArguments[kind]);
      const { ignore_changes = null, ...body } = settings;
      for (const name of ["prevent_destroy", "create_before_destroy"]) {
        if (typeof (body[name] ?? false) !== "boolean") this.#find(where, `"${name}" must be true or false itself`);
      }
      for (const ignored of list(ignore_changes ?? [])) {
        const attribute = expressionOf(ignored) ?? JSON.stringify(ignored);
        const known = ["all", ...Object.keys({ ...schema.attributes, ...schema.block_types })];
        if (!known.includes(attribute)) {
          this.#find(where, `ignore_changes names "${attribute}", which ${block.type} does not have`);
        }
      }
      await this.#checkReferences(`${where}: lifecycle`, body, block, false);
    }
  }

  #checkProviderReference(where: string, provider: Value): void {
    if (provider === null) return;
    const alias = /^aws(?:\.([\w-]+))?$/.exec(expressionOf(provider) ?? "");
    if (alias === null) this.#find(where, `provider = ${JSON.stringify(provider)} is no reference to an aws provider`);
    else if (alias[1] !== undefined && !this.#providerAliases.has(alias[1])) {
      this.#find(where, `provider aws.${alias[1]} is not declared`);
    }
  }

  /** `moved`, `import` and `removed`: what they end at must be there, what they start from must be gone. */
  async #checkStateBlock(where: string, block: Block): Promise<void> {
    const { from = null, to = null, id = null, for_each = null, provider = null } = block.body;
    this.#checkProviderReference(where, provider);
    const known = {
      moved: ["from", "to"],
      import: ["for_each", "id", "provider", "to"],
      removed: ["from", "lifecycle"],
    };
    this.#checkNames(where, block.body, known[block.kind as keyof typeof known]);
    const declares = (value: Value) => this.#declared.has((expressionOf(value) ?? "").replace(/\[.*$/s, ""));
    if (block.kind !== "removed" && !declares(to) && !this.#movedFrom.has(expressionOf(to) ?? "")) {
      this.#find(where, `"to" is ${expressionOf(to)}, which is not declared`);
    }
    // An instance that moves to another key of the same resource, or into for_each, leaves the address declared.
    const stays = (expressionOf(from) ?? "").includes("[") || (expressionOf(to) ?? "").includes("[");
    if (block.kind !== "import" && declares(from) && !stays) {
      this.#find(where, `"from" is ${expressionOf(from)}, which is still declared`);
    }
    await this.#checkReferences(where, [id, for_each], block, false);
  }

  async #checkReferences(where: string, value: Value, block: Block, ephemeral: boolean): Promise<void> {
    for (const text of stringsIn(value)) {
      if (/(?<!%)%\{/.test(text)) this.#find(where, "template directives cannot be checked");
      for (const expression of templateOf(text).expressions) {
        for (const path of referencesIn(await getExpressionAst("expression.tf", expression))) {
          this.#checkReference(where, path, block, ephemeral);
        }
      }
    }
  }

  #checkReference(where: string, path: Path, block: Block, ephemeral: boolean): void {
    const shown = path.join(".").replaceAll(`.${anyIndex}`, anyIndex);
    const root = path[0] ?? "";
    if (["path", "terraform", "self"].includes(root)) return;
    if (root === "each" || root === "count") {
      const needed = root === "each" ? "for_each" : "count";
      if (!(needed in block.body)) this.#find(where, `${shown} is used, but the block has no ${needed}`);
      return;
    }
    const isValue = root === "var" || root === "local" || root === "module";
    const kind = root === "data" || root === "ephemeral" ? root : "resource";
    const length = isValue || kind === "resource" ? 2 : 3;
    const address = path.slice(0, length).join(".");
    const target = this.#declared.get(address);
    if (target === undefined) {
      this.#find(where, `${address} is not declared`);
      return;
    }
    if (!ephemeral && (kind === "ephemeral" || target.body.ephemeral === true)) {
      this.#find(where, `${address} is ephemeral and may only be given to a write-only argument`);
    }
    const type = kind === "resource" ? root : (path[1] ?? "");
    const inside = path.slice(length);
    const schema = this.#schemaOf(kind, type);
    if (isValue || schema === undefined || inside.length === 0) return;
    const indexed = inside[0] === anyIndex;
    const repeated = "for_each" in target.body || "count" in target.body;
    if (indexed && !repeated) this.#find(where, `${shown} has an index, but ${address} has neither for_each nor count`);
    if (!indexed && repeated) this.#find(where, `${shown} has no index, but ${address} has for_each or count`);
    this.#checkAttributePath(where, shown, inside.slice(indexed ? 1 : 0), schema, `${kind}.${type}`);
  }

  #checkAttributePath(where: string, shown: string, path: Path, schema: SchemaBlock, prefix: string): void {
    const [name, ...rest] = path;
    if (name === undefined) return;
    const attribute = schema.attributes?.[name];
    const nested = schema.block_types?.[name];
    if (attribute !== undefined) {
      if (this.#isDeprecated(`${prefix}.${name}`, attribute)) this.#find(where, `${shown} is deprecated`);
      if (attribute.write_only) this.#find(where, `${shown} is write-only and always reads as null`);
      this.#needsProvider(where, `${prefix}.${name}`);
    } else if (nested !== undefined) {
      const inside = rest.filter((part) => part !== anyIndex);
      this.#checkAttributePath(where, shown, inside, nested.block, `${prefix}.${name}`);
    } else {
      this.#find(where, `${shown} does not exist`);
    }
  }
}

function whereOf({ file, kind, type, name }: Block): string {
  return [`${file}: ${kind}`, type && `"${type}"`, name && `"${name}"`].filter(Boolean).join(" ");
}

const list = (value: Value): readonly Value[] => (Array.isArray(value) ? value : value === null ? [] : [value]);

const blockNames = (schema: SchemaBlock | undefined): string[] =>
  Object.entries(schema?.block_types ?? {}).flatMap(([name, { block }]) => [name, ...blockNames(block)]);

/** What is wrong with a literal where the type is wanted; an expression fits every type. */
function typeMismatch(value: Value, type: AttributeType): string | undefined {
  if (value === null || expressionOf(value) !== undefined) return undefined;
  const [kind, element] = typeof type === "string" ? [type, undefined] : type;
  if (kind === "dynamic") return undefined;
  const found = Array.isArray(value) ? "list" : typeof value === "boolean" ? "bool" : typeof value;
  const wanted = { set: "list", map: "object" }[kind as string] ?? kind;
  if (found !== wanted) return `is ${JSON.stringify(value)}, but must be a ${kind}`;
  if (kind === "object" || element === undefined) return undefined;
  return Object.values(value as Body)
    .map((each) => typeMismatch(each, element as AttributeType))
    .find((wrong) => wrong !== undefined)
    ?.replace(/^is/, "holds");
}

function stringsIn(value: Value): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Array.isArray(value)
    ? value.flatMap(stringsIn)
    : Object.entries(value).flatMap(([key, inner]) => [key, ...stringsIn(inner)]);
}

/** The expression that is the whole value, as in "${aws_kms_key.x.arn}"; undefined for a literal or a longer template. */
function expressionOf(value: Value | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  const { expressions, whole } = templateOf(value);
  return whole ? expressions[0] : undefined;
}

/** The expressions in a template's "${…}", whose braces may hold strings and further templates. */
function templateOf(text: string): { expressions: string[]; whole: boolean } {
  const expressions: string[] = [];
  let whole = false;
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith("$${", at)) at += 2;
    else if (text.startsWith("${", at)) {
      const end = endOfExpression(text, at + 2);
      expressions.push(text.slice(at + 2, end));
      whole = at === 0 && end === text.length - 1;
      at = end;
    }
  }
  return { expressions, whole };
}

/** The position of the brace that closes the expression starting at `start`. */
function endOfExpression(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}" && depth-- === 0) return at;
    else if (text[at] === '"') at = endOfString(text, at + 1);
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') return at;
    if (text[at] === "\\" || text.startsWith("$${", at)) at++;
    else if (text.startsWith("${", at)) at = endOfExpression(text, at + 2);
  }
  return text.length;
}

/** The part of hcl2json's expression tree that matters here; each node's children are in source order. */
interface Expression {
  readonly type: string;
  readonly meta?: {
    readonly traversal?: readonly { readonly type: string; readonly segment: string }[];
    readonly keyVar?: string;
    readonly valVar?: string;
  };
  readonly children: readonly Expression[];
}

/** Every reference in an expression. A `for` variable stands for an element of what is looped over. */
function referencesIn(expression: unknown, variables: ReadonlyMap<string, Path | undefined> = new Map()): Path[] {
  const found: Path[] = [];
  /** The path that an expression stands for, when it is one; references inside it that are not its path are `found`. */
  const pathOf = (node: Expression): Path | undefined => {
    const traversal = (node.meta?.traversal ?? []).map((part) =>
      part.type === "indexTraversal" ? anyIndex : part.segment,
    );
    const [first, ...others] = node.children;
    switch (node.type) {
      case "scopeTraversal": {
        const root = traversal[0] ?? "";
        if (!variables.has(root)) return traversal;
        const bound = variables.get(root);
        return bound && [...bound, ...traversal.slice(1)];
      }
      case "relativeTraversal": {
        const source = first && pathOf(first);
        return source && [...source, ...traversal];
      }
      case "index":
        for (const key of others) walk(key);
        return join(first && pathOf(first), [anyIndex]);
      case "splat": {
        // The second child is the part after the star; its own source is the star, a node without a type.
        const each = (others[0]?.meta?.traversal ?? []).map(({ type, segment }) =>
          type === "indexTraversal" ? anyIndex : segment,
        );
        for (const child of others) walk(child);
        return join(first && pathOf(first), [anyIndex, ...each]);
      }
      case "": // parentheses, or the key of an object
        if (node.children.length === 1 && first) return pathOf(first);
        break;
      case "for": {
        const source = first && pathOf(first);
        if (source) found.push(source);
        const inner = new Map(variables);
        if (node.meta?.keyVar) inner.set(node.meta.keyVar, undefined);
        if (node.meta?.valVar) inner.set(node.meta.valVar, join(source, [anyIndex]));
        for (const child of others) found.push(...referencesIn(child, inner));
        return undefined;
      }
    }
    for (const child of node.children) walk(child);
    return undefined;
  };
  const walk = (node: Expression): void => {
    const path = pathOf(node);
    if (path) found.push(path);
  };
  if (expression) walk(expression as Expression);
  return found;
}

const join = (path: Path | undefined, more: Path): Path | undefined => path && [...path, ...more];

/** The lowest version that a constraint such as "~> 5.88" or ">= 5.88, < 7" admits; "0" without a lower bound. */
function lowerBound(constraint: Value | undefined): string {
  return String(constraint ?? "")
    .split(",")
    .map((part) => /^\s*(?:>=|~>|=|>)?\s*(\d+(?:\.\d+)*)/.exec(part)?.[1] ?? "0")
    .reduce((highest, version) => (compareVersions(version, highest) > 0 ? version : highest), "0");
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map(Number)) as [number[], number[]];
  for (let part = 0; part < Math.max(a.length, b.length); part++) {
    const difference = (a[part] ?? 0) - (b[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
