/**
 * Runs the real `terraform` command: a set of .tf files goes in, what Terraform says of it (messages, planned changes)
 * comes out as data. Every folder it works in is temporary and its own, its environment is empty but for what is given
 * here, and it can download nothing: providers come from the stand-in or from a local mirror.
 */
import { execFile } from "node:child_process";
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Account, type KeySeed } from "../stand-in/account.ts";
import { type StandIn, type StandInVersion, startStandIn } from "../stand-in/provider.ts";
import { partitionOf } from "../stand-in/rules.ts";

/** Relative path to text. */
export type Files = Readonly<Record<string, string>>;

/** Files, or the folder that holds them (only *.tf counts). */
export type Source = Files | string;

export interface Message {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  /** The resource it is about, where Terraform says so. */
  readonly address?: string;
  /** `kms.tf:12`, where Terraform knows it. */
  readonly place?: string;
}

export interface Outcome {
  readonly ok: boolean;
  readonly errors: readonly Message[];
  readonly warnings: readonly Message[];
}

/** `replace` is a destroy and a create; `forget` leaves the object but drops it from the state (a `removed` block). */
export type Action = "create" | "read" | "update" | "replace" | "delete" | "forget" | "move" | "import" | "no-op";

/** One resource that a plan touches. A moved or imported one that is changed too has the action of that change. */
export interface PlannedChange {
  readonly address: string;
  readonly action: Action;
  /** The address it is moved from. */
  readonly previousAddress?: string;
  /** The id it is imported by. */
  readonly importId?: string;
}

export interface Plan extends Outcome {
  readonly changes: readonly PlannedChange[];
  /** Outputs that change, and how. */
  readonly outputs: Readonly<Record<string, Action>>;
}

/** The command's path; undefined where Terraform is not installed. */
export const terraformPath: string | undefined = onPath("terraform");

/** For `describe.skipIf`: true without Terraform, and then one line on stderr says which suite does not run. */
export function skippedWithoutTerraform(suite: string): boolean {
  if (terraformPath === undefined) process.stderr.write(`${suite}: SKIPPED, there is no terraform on PATH\n`);
  return terraformPath === undefined;
}

/** A folder with the real AWS provider's packages, and their versions, oldest first. */
export interface ProviderMirror {
  readonly folder: string;
  readonly versions: readonly string[];
}

/** The mirror that MRK_SCAFFOLD_PROVIDER_MIRROR names (its layout is `terraform providers mirror`'s), if any. */
export function providerMirror(): ProviderMirror | undefined {
  const folder = process.env.MRK_SCAFFOLD_PROVIDER_MIRROR;
  if (!folder) return undefined;
  const versions = readdirSync(folder)
    .map((host) => join(folder, host, "hashicorp", "aws"))
    .flatMap((aws) => namesIn(aws))
    .map((name) => /^(?:terraform-provider-aws_)?(\d+\.\d+\.\d+)/.exec(name)?.[1])
    .filter((version) => version !== undefined)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return versions.length === 0 ? undefined : { folder, versions: [...new Set(versions)] };
}

export interface TerraformOptions {
  /** Where the AWS provider comes from; without one nothing but `fmtCheck` works. */
  readonly provider?: StandIn | ProviderMirror;
  /** Values of the root's variables; one that is not declared is ignored. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Gives a Terraform over the files to `work`, and removes its folder afterwards. */
export async function withTerraform<T>(
  files: Source,
  options: TerraformOptions,
  work: (terraform: Terraform) => Promise<T>,
): Promise<T> {
  const terraform = new Terraform(files, options);
  try {
    return await work(terraform);
  } finally {
    terraform.remove();
  }
}

export interface PlanOptions {
  readonly refresh?: boolean;
  readonly options?: readonly string[];
}

/** One working folder with its state. Its calls must follow each other; several Terraforms may run at once. */
export class Terraform {
  readonly #home = mkdtempSync(join(tmpdir(), "mrk-scaffold-terraform-"));
  readonly #folder = join(this.#home, "work");
  #options: TerraformOptions;

  constructor(files: Source, options: TerraformOptions) {
    this.#options = options;
    this.replaceFiles(files);
  }

  /** Puts other files in place of all .tf files; the state stays. */
  replaceFiles(files: Source): void {
    for (const name of namesIn(this.#folder))
      if (!/^(\.terraform$|terraform\.tfstate)/.test(name)) rmSync(join(this.#folder, name), { recursive: true });
    for (const [name, text] of Object.entries(readFiles(files))) {
      mkdirSync(dirname(join(this.#folder, name)), { recursive: true });
      writeFileSync(join(this.#folder, name), text);
    }
  }

  /** Another provider or other variables for the calls that follow. */
  replaceOptions(options: TerraformOptions): void {
    this.#options = options;
  }

  async init(): Promise<Outcome> {
    return outcome(await this.#run("init", "-json", "-input=false", "-backend=false"));
  }

  /** What `terraform fmt` would change, as a diff; empty when it would change nothing. */
  async fmtCheck(): Promise<string> {
    const { stdout, stderr } = await this.#run("fmt", "-check", "-diff", "-recursive", "-no-color");
    return stdout + stderr;
  }

  async validate(): Promise<Outcome> {
    const { stdout, code } = await this.#run("validate", "-json");
    const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly RawMessage[] };
    return { ok: code === 0, ...bySeverity(diagnostics.map(message)) };
  }

  /** Plans, with further options such as `-destroy`, and keeps the plan for `apply` and `show`. */
  async plan({ refresh = true, options = [] }: PlanOptions = {}): Promise<Plan> {
    const ran = await this.#run("plan", "-json", "-input=false", `-out=${PLAN}`, `-refresh=${refresh}`, ...options);
    const events = eventsOf(ran);
    const outputs = events.flatMap((event) => Object.entries(event.outputs ?? {}));
    return {
      ...outcome(ran),
      changes: events.flatMap((event) =>
        event.type === "planned_change" && event.change ? [plannedChange(event.change)] : [],
      ),
      outputs: Object.fromEntries(
        outputs
          .map(([name, { action }]) => [name, actionOf(action)] as const)
          .filter(([, action]) => action !== "no-op"),
      ),
    };
  }

  /** Applies the last plan. */
  async apply(): Promise<Outcome> {
    return outcome(await this.#run("apply", "-json", "-input=false", PLAN));
  }

  /** The last plan as `terraform show -json` has it, for what `plan` leaves out: values before and after. */
  async show(): Promise<unknown> {
    return JSON.parse(await this.showText());
  }

  /** The same as Terraform prints it. */
  async showText(): Promise<string> {
    return (await this.#run("show", "-json", PLAN)).stdout;
  }

  /** Marks an object as broken, so that the next plan replaces it. */
  async taint(address: string): Promise<void> {
    const { code, stderr } = await this.#run("taint", address);
    if (code !== 0) throw new Error(stderr);
  }

  /** The state as `terraform show -json` has it. */
  async showState(): Promise<unknown> {
    const { stdout } = await this.#run("show", "-json");
    return JSON.parse(stdout);
  }

  /** Takes resources out of the state, as `terraform state rm` does; throws with what it prints if it fails. */
  async forget(addresses: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#run("state", "rm", ...addresses);
    if (code !== 0) throw new Error(stderr);
  }

  /** The root's outputs after an apply. */
  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const { stdout } = await this.#run("output", "-json");
    const raw = JSON.parse(stdout) as Record<string, { readonly value: unknown }>;
    return Object.fromEntries(Object.entries(raw).map(([name, { value }]) => [name, value]));
  }

  /** The text of the state file. */
  state(): string {
    return readFileSync(join(this.#folder, "terraform.tfstate"), "utf8");
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }

  #run(...args: string[]): Promise<Ran> {
    if (terraformPath === undefined) throw new Error("there is no terraform on PATH");
    const options = { cwd: this.#folder, env: this.#environment(), maxBuffer: 64 * 1024 * 1024 };
    return new Promise((resolve) => {
      execFile(terraformPath, args, options, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
    });
  }

  #environment(): NodeJS.ProcessEnv {
    const { provider, variables = {} } = this.#options;
    const mirror = provider && "folder" in provider ? provider.folder : join(this.#home, "no-providers");
    const config = join(this.#home, "cli.tfrc");
    // A mirror as the only source: what is not in it is an error at once, never a download.
    writeFileSync(
      config,
      `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(mirror)}\n  }\n}\n`,
    );
    return {
      PATH: process.env.PATH,
      HOME: this.#home,
      TMPDIR: tmpdir(),
      TF_CLI_CONFIG_FILE: config,
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      ...(provider && "reattach" in provider ? { TF_REATTACH_PROVIDERS: provider.reattach } : {}),
      ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value])),
    };
  }
}

const PLAN = "plan.tfplan";

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RawMessage {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
  readonly range?: { readonly filename: string; readonly start: { readonly line: number } };
}

interface RawChange {
  readonly action: string;
  readonly resource: { readonly addr: string };
  readonly previous_resource?: { readonly addr: string };
  readonly importing?: { readonly id?: string };
}

/** One line of what Terraform's commands print with -json. */
interface Event {
  readonly type: string;
  readonly diagnostic?: RawMessage;
  readonly change?: RawChange;
  readonly outputs?: Readonly<Record<string, { readonly action?: string }>>;
}

function eventsOf({ stdout }: Ran): Event[] {
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Event);
}

function outcome(ran: Ran): Outcome {
  const messages = eventsOf(ran).flatMap(({ diagnostic }) => (diagnostic ? [message(diagnostic)] : []));
  // A failure without a message in the JSON (a crash, say) must not look like silence.
  if (ran.code !== 0 && !messages.some(({ severity }) => severity === "error"))
    messages.push({ severity: "error", summary: `terraform ended with ${ran.code}`, detail: ran.stderr });
  return { ok: ran.code === 0, ...bySeverity(messages) };
}

function bySeverity(messages: readonly Message[]): Pick<Outcome, "errors" | "warnings"> {
  return {
    errors: messages.filter(({ severity }) => severity === "error"),
    warnings: messages.filter(({ severity }) => severity === "warning"),
  };
}

function message({ severity, summary, detail = "", address, range }: RawMessage): Message {
  return {
    severity,
    summary,
    detail,
    ...(address === undefined ? {} : { address }),
    ...(range ? { place: `${range.filename}:${range.start.line}` } : {}),
  };
}

function plannedChange({ resource, action, previous_resource: previous, importing }: RawChange): PlannedChange {
  return {
    address: resource.addr,
    action: actionOf(action),
    ...(previous ? { previousAddress: previous.addr } : {}),
    ...(importing?.id === undefined ? {} : { importId: importing.id }),
  };
}

/** Terraform's word in the -json output to ours, which are those of `terraform show -json` where it has one. */
function actionOf(word = ""): Action {
  if (word === "remove") return "forget";
  return word === "noop" ? "no-op" : (word as Action);
}

// ---------------------------------------------------------------------------------------------------------------------
// From generated files to something that can be applied
// ---------------------------------------------------------------------------------------------------------------------

/** What the generated files need around them before Terraform can apply them to a fresh account. */
export interface Applicable {
  readonly files: Files;
  readonly version: StandInVersion;
  readonly variables: Readonly<Record<string, string>>;
  /** Holds what the `import` blocks expect to exist. */
  readonly account: Account;
}

/**
 * Completes generated files: a root around a module, the default provider where the user's root has it, a value for
 * each variable, an account in which the imported things exist. `regions` (primary first) are given to providers that
 * the files leave to the root; the literal regions in the files when absent.
 */
export function applicable(source: Source, regions: readonly string[] = []): Applicable {
  const files = readFiles(source);
  const blocks = Object.values(files).flatMap(blocksOf);
  const variables = Object.fromEntries(requiredVariables(blocks).map((name) => [name, variableValue(name, blocks)]));
  const places = regions.length > 0 ? regions : literalRegions(blocks);
  return {
    files: withRoot(files, blocks, places, variables),
    version: standInVersion(files),
    variables,
    account: accountFor(blocks, places),
  };
}

/** The schema that the files' version constraint asks for: the newest one of its major version that we have. */
export function standInVersion(files: Files): StandInVersion {
  const required = /^\s*aws\s*=\s*\{([^}]*)\}/m.exec(Object.values(files).join("\n"))?.[1] ?? "";
  const constraint = /version\s*=\s*"([^"]*)"/.exec(required)?.[1] ?? "";
  const lowest = /\d+/.exec(constraint)?.[0];
  return Number(lowest ?? 5) >= 6 ? "6.25" : "5.100";
}

export interface ChangeOptions {
  readonly regions?: readonly string[];
  /** What happens in the account between the apply and the plan, say a promotion. */
  readonly meanwhile?: (account: Account) => void;
}

/**
 * Applies the first files to a fresh account, puts the second ones in their place and plans. Throws when the first
 * ones cannot be applied. The second ones may ask for another version of the provider.
 */
export async function applyThenPlan(before: Source, after: Source, options: ChangeOptions = {}): Promise<Plan> {
  const [first, second] = [applicable(before, options.regions), applicable(after, options.regions)];
  const standIns = [
    await startStandIn({ version: first.version, account: first.account }),
    await startStandIn({ version: second.version, account: first.account }),
  ] as const;
  const [provider, nextProvider] = standIns;
  try {
    return await withTerraform(first.files, { provider, variables: first.variables }, async (terraform) => {
      for (const step of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()])
        succeeded(await step());
      options.meanwhile?.(first.account);
      seedImports(first.account, Object.values(readFiles(after)).flatMap(blocksOf));
      terraform.replaceFiles(second.files);
      terraform.replaceOptions({ provider: nextProvider, variables: second.variables });
      succeeded(await terraform.init());
      return await terraform.plan();
    });
  } finally {
    for (const standIn of standIns) standIn.close();
  }
}

/** Throws with Terraform's messages if a step failed. */
export function succeeded<T extends Outcome>(outcome: T): T {
  if (!outcome.ok) throw new Error(outcome.errors.map(({ summary, detail }) => `${summary}\n${detail}`).join("\n"));
  return outcome;
}

/** A block at the top level of a file in canonical layout, which is what the program prints. */
interface Block {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: string;
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^(\w+)((?: "[^"]*")*) \{(?:\}|\n([\s\S]*?)^\})/gm)].map(
    ([, type = "", labels = "", body = ""]) => ({
      type,
      labels: [...labels.matchAll(/"([^"]*)"/g)].map(([, label = ""]) => label),
      body,
    }),
  );
}

function argument({ body }: Block, name: string): string | undefined {
  return new RegExp(`^  ${name}\\s*=\\s*(.+)$`, "m").exec(body)?.[1];
}

function literal(block: Block, name: string): string | undefined {
  return /^"([^"$]*)"$/.exec(argument(block, name) ?? "")?.[1];
}

function requiredVariables(blocks: readonly Block[]): string[] {
  return blocks
    .filter((block) => block.type === "variable" && argument(block, "default") === undefined)
    .flatMap(({ labels }) => labels);
}

/** A value for a variable: the first that it allows, an account's id or base64 where that is wanted. */
function variableValue(name: string, blocks: readonly Block[]): string {
  const value = `value-of-${name}`;
  const declared = blocks.find(({ type, labels }) => type === "variable" && labels[0] === name)!;
  const allowed = /contains\(\["?([^",\]]*)/.exec(declared.body)?.[1];
  if (allowed !== undefined) return allowed;
  if (declared.body.includes("^[0-9]{12}$")) return new Account().id;
  const isFunction = blocks.some((block) => argument(block, "rotation_lambda_arn") === `var.${name}`);
  const isPrincipal = declared.body.includes("[^\\\\s*?]");
  if (isPrincipal && !isFunction) return `arn:aws:iam::${new Account().id}:role/${name}`;
  if (isFunction) return `arn:aws:lambda:${literalRegions(blocks)[0]}:${new Account().id}:function:rotate`;
  const example = { number: "7", bool: "true" }[argument(declared, "type") ?? ""];
  if (example !== undefined) return example;
  const isBinary = blocks.some((block) => argument(block, "secret_binary") === `var.${name}`);
  return isBinary ? Buffer.from(value).toString("base64") : value;
}

/** What a variable is when the files are applied: its default, or what it is given. */
function valueOfVariable(name: string, blocks: readonly Block[]): string {
  const declared = blocks.find(({ type, labels }) => type === "variable" && labels[0] === name)!;
  return literal(declared, "default") ?? variableValue(name, blocks);
}

function awsProviders(blocks: readonly Block[]): Block[] {
  return blocks.filter(({ type, labels }) => type === "provider" && labels[0] === "aws");
}

function literalRegions(blocks: readonly Block[]): string[] {
  const inFiles = [...awsProviders(blocks), ...blocks]
    .map((block) => literal(block, "region"))
    .filter((region) => region !== undefined);
  return [...new Set([...inFiles, "eu-central-1", "eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2"])];
}

function withRoot(files: Files, blocks: readonly Block[], regions: readonly string[], variables: Files): Files {
  const aliases = configurationAliases(blocks);
  if (aliases.length > 0) {
    const inModule = Object.entries(files).map(([name, text]) => [`generated/${name}`, text]);
    return { ...Object.fromEntries(inModule), "root.tf": moduleRoot(aliases, regions, variables) };
  }
  const hasDefault = awsProviders(blocks).some((block) => argument(block, "alias") === undefined);
  // The user's own provider stays when nothing uses it any more: what is destroyed needs it.
  return hasDefault ? files : { ...files, "default_provider.tf": providerBlock(undefined, regions[0] ?? "eu-west-1") };
}

/** The regions of a module's aliases; the primary may have an alias of its own. */
function aliasedRegions(aliases: readonly string[], regions: readonly string[]): readonly string[] {
  return aliases.length === regions.length ? regions : regions.slice(1);
}

/** Where a block of a module is, by the provider that the root gives it; nothing outside of modules. */
function givenRegion(blocks: readonly Block[], block: Block, regions: readonly string[]): string | undefined {
  const aliases = configurationAliases(blocks);
  const at = aliases.indexOf(/^aws\.(.+)$/.exec(argument(block, "provider") ?? "")?.[1] ?? "");
  return at < 0 ? undefined : aliasedRegions(aliases, regions)[at];
}

/** A root that calls the module with a provider for each alias. */
function moduleRoot(aliases: readonly string[], regions: readonly string[], variables: Files): string {
  const aliased = aliasedRegions(aliases, regions);
  const passed = ["aws = aws", ...aliases.map((alias) => `aws.${alias} = aws.${alias}`)];
  const values = Object.entries(variables).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [
    providerBlock(undefined, regions[0] ?? ""),
    ...aliases.map((alias, index) => providerBlock(alias, aliased[index] ?? "")),
    'module "generated" {',
    '  source = "./generated"',
    `  providers = {\n${passed.join("\n")}\n}`,
    ...values,
    "}\n",
  ].join("\n");
}

function configurationAliases(blocks: readonly Block[]): string[] {
  const list = /configuration_aliases\s*=\s*\[([^\]]*)\]/.exec(blocks.map(({ body }) => body).join("\n"))?.[1] ?? "";
  return [...list.matchAll(/aws\.([\w-]+)/g)].map(([, alias = ""]) => alias);
}

function providerBlock(alias: string | undefined, region: string): string {
  return `provider "aws" {\n${alias === undefined ? "" : `  alias  = "${alias}"\n`}  region = "${region}"\n}\n`;
}

/** The account that the files are for: one that their provider allows, or that an imported ARN is in. */
function accountFor(blocks: readonly Block[], regions: readonly string[]): Account {
  const text = blocks.map(({ body }) => body).join("\n");
  const id =
    /allowed_account_ids\s*=\s*\[\s*"(\d{12})"/.exec(text) ??
    /^ {2}id\s*=\s*"arn:[\w-]+:\w+:[\w-]+:(\d{12}):/m.exec(text);
  const account = new Account(id?.[1]);
  seedImports(account, blocks);
  seedRead(account, blocks, regions);
  return account;
}

/** Makes what the files read and do not declare: keys of other states, parameters, the secrets that values come from. */
function seedRead(account: Account, blocks: readonly Block[], regions: readonly string[]): void {
  /** Ids of the keys by identifier, which follows the label in a data source's name: one key in all regions. */
  const keys = new Map<string, string>();
  for (const block of blocks) {
    const [type = "", name = ""] = block.labels;
    const region = givenRegion(blocks, block, regions) ?? (regionOf(blocks, block) || (regions[0] ?? ""));
    const text = (attribute: string) => filled(argument(block, attribute), region, account);
    switch (`${block.type} ${type}`) {
      case "data aws_kms_alias":
      case "data aws_kms_key": {
        const id = name.slice(name.indexOf("_") + 1);
        const keyId = keys.get(id) ?? account.seedKey(keySeed(text("key_id"), region, regions));
        keys.set(id, keyId);
        if (type === "aws_kms_alias") account.seedAlias(region, text("name"), keyId);
        break;
      }
      case "ephemeral aws_ssm_parameter":
        account.seedParameter(text("arn"), `value-of-${text("arn")}`);
        break;
      case "ephemeral aws_secretsmanager_secret_version": {
        const id = text("secret_id");
        const value = `value-of-${id}`;
        const isThere = account.secrets(region).some(({ arn, name: known }) => arn === id || known === id);
        if (!isThere) account.seedSecret(id.startsWith("arn:") ? { arn: id, value } : { name: id, region, value });
      }
    }
  }
}

function keySeed(reference: string, primaryRegion: string, regions: readonly string[]): KeySeed {
  const keyId = /mrk-[0-9a-f]{32}/.exec(reference)?.[0];
  const seed = { primaryRegion, replicaRegions: regions.filter((region) => region !== primaryRegion) };
  return keyId === undefined ? seed : { ...seed, keyId };
}

/** A quoted text with what the data sources of the account and the region say. */
function filled(expression: string | undefined, region: string, account: Account): string {
  const said: Readonly<Record<string, string>> = {
    aws_partition: partitionOf(region).partition,
    aws_caller_identity: account.id,
    aws_region: region,
  };
  const [, text = ""] = /^"(.*)"$/.exec(expression ?? "") ?? [];
  return text.replace(/\$\{data\.(\w+)\.[\w-]+\.\w+\}/g, (whole, type: string) => said[type] ?? whole);
}

interface Import {
  readonly address: string;
  readonly type: string;
  readonly id: string;
  readonly region: string;
}

/** Makes the things that the `import` blocks name, unless they are there already. */
function seedImports(account: Account, blocks: readonly Block[]): void {
  const imports = importsOf(blocks);
  const keys = imports.filter(({ type }) => type === "aws_kms_key" || type === "aws_kms_replica_key");
  for (const keyId of new Set(keys.map(({ id }) => id))) {
    const copies = keys.filter(({ id }) => id === keyId);
    const primaryRegion = (copies.find(({ type }) => type === "aws_kms_key") ?? copies[0])?.region ?? "";
    const regions = new Set(copies.map(({ region }) => region));
    regions.delete(primaryRegion);
    if (!account.keys(primaryRegion).some((key) => key.keyId === keyId))
      account.seedKey({ keyId, primaryRegion, replicaRegions: [...regions] });
  }
  for (const { address, id, region } of imports.filter(({ type }) => type === "aws_kms_alias")) {
    const target = /^(aws_kms_\w+\.[\w-]+)\./.exec(argument(blockAt(blocks, address), "target_key_id") ?? "")?.[1];
    const key = keys.find((imported) => imported.address === target);
    if (key && !account.aliases(region).some(({ name }) => name === id)) account.seedAlias(region, id, key.id);
  }
  for (const { id: arn, region } of imports.filter(({ type }) => type === "aws_secretsmanager_secret"))
    if (!account.secrets(region).some((secret) => secret.arn === arn)) account.seedSecret({ arn });
  for (const { address, id, region } of imports.filter(({ type }) => type === "aws_cloudwatch_log_group")) {
    const logClass = literal(blockAt(blocks, address), "log_group_class");
    if (!account.logGroups(region).some(({ name }) => name === id)) account.seedLogGroup(region, id, logClass);
  }
  // A secret that is adopted by its name is looked for first.
  for (const block of blocks.filter(
    ({ type, labels }) => type === "data" && labels[0] === "aws_secretsmanager_secret",
  )) {
    const [name, region] = [literal(block, "name"), regionOf(blocks, block)];
    if (name !== undefined && !account.secrets(region).some((secret) => secret.name === name))
      account.seedSecret({ name, region, value: "there" });
  }
}

function importsOf(blocks: readonly Block[]): Import[] {
  return blocks
    .filter(({ type }) => type === "import")
    .flatMap((block) => {
      const [address, text = ""] = [argument(block, "to"), argument(block, "id")];
      const [, quoted] = /^"(.*)"$/.exec(text) ?? [];
      const id = quoted?.replace(/\$\{var\.([\w-]+)\}/g, (_, variable: string) => valueOfVariable(variable, blocks));
      if (address === undefined || id === undefined || id.includes("${")) return [];
      const [bare = id, region = regionAt(blocks, address)] = id.startsWith("arn:") ? [id] : id.split("@");
      return [{ address, type: address.split(".")[0] ?? "", id: bare, region }];
    });
}

function blockAt(blocks: readonly Block[], address: string): Block {
  const found = blocks.find(({ type, labels }) => type === "resource" && labels.join(".") === address);
  if (!found) throw new Error(`an import block names ${address}, which is not declared`);
  return found;
}

/** The region that a resource is in: its own argument, its provider's, the default provider's. */
function regionAt(blocks: readonly Block[], address: string): string {
  return regionOf(blocks, blockAt(blocks, address));
}

function regionOf(blocks: readonly Block[], resource: Block): string {
  const alias = /^aws\.(.+)$/.exec(argument(resource, "provider") ?? "")?.[1];
  const provider = awsProviders(blocks).find((block) => literal(block, "alias") === alias);
  return (
    literal(resource, "region") ?? (provider ? (literal(provider, "region") ?? "") : (literalRegions(blocks)[0] ?? ""))
  );
}

/** The .tf files of a folder (not of its subfolders), or the files as they are. */
export function readFiles(source: Source): Files {
  if (typeof source !== "string") return source;
  const names = readdirSync(source)
    .filter((name) => name.endsWith(".tf"))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(source, name), "utf8")]));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function onPath(command: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
