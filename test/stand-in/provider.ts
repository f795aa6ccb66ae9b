/**
 * A stand-in for the hashicorp/aws provider: a schema goes in, a gRPC server that the real `terraform` talks to comes
 * out, backed by an account in memory that refuses what AWS refuses. It never reaches a network beyond the loopback.
 *
 * Reading order: `stand-in-values.ts`, `stand-in-rules.ts` and `stand-in-account.ts` (what AWS does),
 * `stand-in-resources.ts` (what the provider does on top of it), `stand-in-data.ts`, this file.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { Account } from "./account.ts";
import { DATA_SOURCES, EPHEMERAL_RESOURCES } from "./data.ts";
import { type Check, type Place, RESOURCES } from "./resources.ts";
import { partitionOf } from "./rules.ts";
import {
  type Attributes,
  blocksOf,
  conform,
  fromWire,
  isObject,
  isSet,
  type ProviderSchema,
  Refusal,
  type Schema,
  type SchemaAttribute,
  type SchemaBlock,
  same,
  type Tags,
  tagsOf,
  text,
  textsOf,
  toWire,
  UNKNOWN,
  Unknown,
  type Value,
  type Wire,
} from "./values.ts";

/** The configured state of one connection, hence of one provider block: Terraform opens a connection for each. */
interface Configuration {
  readonly region: string;
  /** Where it asks who it is. */
  readonly stsRegion: string;
  readonly defaultTags: Tags;
}

/** What the requests of the protocol carry, together; each rpc has its own subset. */
interface Request {
  readonly type_name: string;
  readonly id: string;
  readonly config: Wire | null;
  readonly prior_state: Wire | null;
  readonly proposed_new_state: Wire | null;
  readonly planned_state: Wire | null;
  readonly current_state: Wire | null;
  readonly raw_state: { readonly json: Uint8Array } | null;
  readonly client_capabilities: { readonly write_only_attributes_allowed: boolean } | null;
}

type Rpc = (request: Request, peer: string) => object;

/** Which version of the real provider the stand-in looks like. */
export type StandInVersion = "5.100" | "6.25";

export interface StandInOptions {
  readonly version: StandInVersion;
  /** A fresh account when absent; pass one to keep it over several stand-ins. */
  readonly account?: Account;
  /**
   * Whether `secret_string` draws the warning "Available Write-only Attribute Alternative". Off by default: users report
   * it of some versions, the real 5.100.0 does not give it.
   */
  readonly writeOnlyWarning?: boolean;
}

class Provider {
  readonly #schema: ProviderSchema;
  readonly #account: Account;
  readonly #writeOnlyWarning: boolean;
  readonly #configurations = new Map<string, Configuration>();

  constructor(schema: ProviderSchema, account: Account, writeOnlyWarning: boolean) {
    this.#schema = schema;
    this.#account = account;
    this.#writeOnlyWarning = writeOnlyWarning;
  }

  readonly rpcs: Readonly<Record<string, Rpc>> = {
    GetSchema: () => ({
      provider: schemaMessage(this.#schema.provider),
      resource_schemas: mapValues(this.#schema.resource_schemas, schemaMessage),
      data_source_schemas: mapValues(this.#schema.data_source_schemas, schemaMessage),
      ephemeral_resource_schemas: mapValues(this.#schema.ephemeral_resource_schemas, schemaMessage),
    }),
    PrepareProviderConfig: ({ config }) => ({ prepared_config: config }),
    Configure: ({ config }, peer) => {
      this.#configurations.set(peer, this.#configure(fromWire(config) ?? {}));
      return {};
    },
    Stop: () => ({}),
    ValidateResourceTypeConfig: (request) => ({ diagnostics: this.#validate(request) }),
    ValidateDataSourceConfig: () => ({}),
    ValidateEphemeralResourceConfig: () => ({}),
    UpgradeResourceState: ({ type_name, raw_state }) => {
      const stored = JSON.parse(Buffer.from(raw_state?.json ?? []).toString()) as Attributes;
      return { upgraded_state: toWire(conform(this.#block(type_name), stored)) };
    },
    ReadResource: ({ type_name, current_state }, peer) => {
      const state = fromWire(current_state) ?? {};
      return { new_state: this.#readState(type_name, this.#place(peer, state), state) };
    },
    PlanResourceChange: (request, peer) => ({ ...this.#plan(request, peer), legacy_type_system: true }),
    ApplyResourceChange: (request, peer) => ({ ...this.#apply(request, peer), legacy_type_system: true }),
    ImportResourceState: ({ type_name, id }, peer) => {
      // The real version 6 takes `id@region`.
      const [, bare = id, region] = /^(.*)@([a-z0-9-]+)$/.exec(id) ?? [];
      const state = { id: bare, region: region ?? this.#place(peer, {}).region };
      return { imported_resources: [{ type_name, state: toWire(conform(this.#block(type_name), state)) }] };
    },
    ReadDataSource: ({ type_name, config }, peer) => {
      const given = fromWire(config) ?? {};
      const place = this.#place(peer, given);
      const asked = SERVICE_OF_DATA_SOURCE[type_name];
      if (asked !== undefined) this.#account.checkReachable(asked === "sts" ? place.stsRegion : place.region);
      const read = modelled(DATA_SOURCES, type_name)(place, given);
      return { state: toWire(conform(modelled(this.#schema.data_source_schemas, type_name).block, read)) };
    },
    OpenEphemeralResource: ({ type_name, config }, peer) => {
      const given = fromWire(config) ?? {};
      const opened = modelled(EPHEMERAL_RESOURCES, type_name)(this.#reachable(this.#place(peer, given)), given);
      return { result: toWire(conform(modelled(this.#schema.ephemeral_resource_schemas, type_name).block, opened)) };
    },
    CloseEphemeralResource: () => ({}),
  };

  #block(type: string): SchemaBlock {
    return modelled(this.#schema.resource_schemas, type).block;
  }

  #configure(config: Attributes): Configuration {
    const region = text(config.region);
    if (region === null) throw new Refusal("Invalid provider configuration: Missing region");
    checkRegion(region);
    const allowed = textsOf(config.allowed_account_ids);
    if (allowed.length > 0 && !allowed.includes(this.#account.id))
      throw new Refusal(`AWS account ID not allowed: ${this.#account.id}`);
    const stsRegion = text(config.sts_region) ?? region;
    // The provider asks for the account id as soon as it is configured, in its own region unless it is told another one.
    if (config.skip_requesting_account_id !== true && this.#account.unreachable.has(stsRegion))
      throw new Refusal(`retrieving AWS account details: sts.${stsRegion}.amazonaws.com: dial tcp: i/o timeout`);
    return { region, stsRegion, defaultTags: tagsOf(blocksOf(config.default_tags)[0]?.tags) };
  }

  /** The connection's region, unless the resource says `region` itself, which only version 6's schema has. */
  #place(peer: string, attributes: Attributes): Place & { readonly stsRegion: string } {
    const configuration = this.#configurations.get(peer);
    if (!configuration) throw new Refusal("Invalid provider configuration: the provider is not configured");
    const region = text(attributes.region) ?? configuration.region;
    if (partitionOf(region).partition !== partitionOf(configuration.region).partition)
      throw new Refusal(`Invalid Region Value: ${region} is not in the partition of ${configuration.region}`, "region");
    const { defaultTags, stsRegion } = configuration;
    return { account: this.#account, region, defaultTags, stsRegion };
  }

  /** A place whose region is about to be called. */
  #reachable<T extends Place>(place: T): T {
    this.#account.checkReachable(place.region);
    return place;
  }

  #validate({ type_name, config, client_capabilities }: Request): object[] {
    const given = fromWire(config) ?? {};
    const region = text(given.region);
    const checks: Check[] = [
      () => region !== null && checkRegion(region),
      ...(modelled(RESOURCES, type_name).checks ?? []),
    ];
    const errors = checks.flatMap((check) => {
      try {
        check(given);
        return [];
      } catch (error) {
        if (error instanceof Refusal) return [diagnostic(error)];
        throw error;
      }
    });
    const wordy = this.#writeOnlyWarning && client_capabilities?.write_only_attributes_allowed === true;
    return wordy && isSet(given.secret_string) ? [...errors, WRITE_ONLY_WARNING] : errors;
  }

  #readState(type: string, place: Place, state: Attributes): Wire {
    const read = modelled(RESOURCES, type).read(this.#reachable(place), state);
    return toWire(read && this.#asState(type, { ...read, region: place.region }));
  }

  /** As it may be stored: nothing unknown, no write-only value, no attribute that the schema lacks. */
  #asState(type: string, attributes: Attributes): Attributes {
    const block = this.#block(type);
    return known(conform(block, withoutWriteOnly(block, attributes))) as Attributes;
  }

  #plan({ type_name, ...request }: Request, peer: string): object {
    const model = modelled(RESOURCES, type_name);
    const block = this.#block(type_name);
    const [prior, proposed] = [fromWire(request.prior_state), fromWire(request.proposed_new_state)];
    if (!proposed) return { planned_state: toWire(null) };
    const config = fromWire(request.config) ?? {};
    const planned = withoutWriteOnly(block, conform(block, proposed));
    const place = this.#place(peer, config);
    for (const [name, value] of Object.entries(model.defaults ?? {})) if (!isSet(config[name])) planned[name] = value;
    if (block.attributes?.region && !isSet(config.region)) planned.region = place.region;
    if (block.attributes?.tags_all) planned.tags_all = allTags(place, config.tags ?? null);
    model.plan?.(prior, planned, config);
    const replaced = prior ? [...model.forceNew, "region"].filter((name) => !same(prior[name], planned[name])) : [];
    return {
      planned_state: toWire(conform(block, markUnknown(block, planned, prior === null))),
      requires_replace: replaced.map(attributePath),
    };
  }

  #apply({ type_name, ...request }: Request, peer: string): object {
    const model = modelled(RESOURCES, type_name);
    const [prior, planned] = [fromWire(request.prior_state), fromWire(request.planned_state)];
    const place = this.#place(peer, planned ?? prior ?? {});
    const config = fromWire(request.config) ?? {};
    try {
      this.#reachable(place);
      if (!planned) {
        model.remove(place, prior ?? {});
        return { new_state: toWire(null) };
      }
      if (prior) model.update(place, prior, known(planned) as Attributes, config);
      const id = prior ? (prior.id ?? null) : model.create(place, known(planned) as Attributes, config);
      return { new_state: this.#readState(type_name, place, { ...planned, id }) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // What was not changed is still there: Terraform keeps the state that it had.
      return { new_state: request.prior_state, diagnostics: [diagnostic(error)] };
    }
  }
}

/** The data sources that call a service, and which one; the others know their answers. */
const SERVICE_OF_DATA_SOURCE: Readonly<Record<string, "sts" | "secretsmanager">> = {
  aws_caller_identity: "sts",
  aws_secretsmanager_secret: "secretsmanager",
};

const WRITE_ONLY_WARNING = {
  severity: "WARNING",
  summary: "Available Write-only Attribute Alternative",
  detail: "The attribute secret_string has a write-only alternative secret_string_wo available.",
  attribute: attributePath("secret_string"),
};

function modelled<T>(of: Readonly<Record<string, T>>, type: string): T {
  const found = of[type];
  if (found === undefined) throw new Refusal(`the stand-in for the AWS provider does not know ${type}`);
  return found;
}

function checkRegion(region: string): void {
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(region)) throw new Refusal(`invalid AWS Region: ${region}`, "region");
}

function allTags({ defaultTags }: Place, tags: Value): Value {
  if (tags instanceof Unknown) return UNKNOWN;
  return { ...defaultTags, ...(isObject(tags) ? tags : {}) };
}

/** Computed attributes that no one set are known after apply: all of a new resource, and of a new nested block. */
function markUnknown(block: SchemaBlock, planned: Attributes, isNew: boolean): Attributes {
  const mark = ([name, { computed }]: [string, SchemaAttribute]) =>
    computed && !isSet(planned[name]) ? [[name, UNKNOWN]] : [];
  const nested = Object.entries(block.block_types ?? {}).map(([name, { block: inner }]) => [
    name,
    Array.isArray(planned[name])
      ? blocksOf(planned[name]).map((element) => markUnknown(inner, element, isNew || element.status === null))
      : (planned[name] ?? null),
  ]);
  const unknown = isNew ? Object.entries(block.attributes ?? {}).flatMap(mark) : [];
  return { ...planned, ...Object.fromEntries(nested), ...Object.fromEntries(unknown) };
}

function withoutWriteOnly(block: SchemaBlock, attributes: Attributes): Attributes {
  const hidden = Object.entries(block.attributes ?? {}).filter(([, attribute]) => attribute.write_only);
  return { ...attributes, ...Object.fromEntries(hidden.map(([name]) => [name, null])) };
}

/** The value with null for what is unknown, at any depth. */
function known(value: Value): Value {
  if (value instanceof Unknown) return null;
  if (Array.isArray(value)) return value.map(known);
  return isObject(value) ? mapValues(value, known) : value;
}

function mapValues<T, R>(of: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}

/** A running stand-in. */
export interface StandIn {
  readonly account: Account;
  /** The value of TF_REATTACH_PROVIDERS that makes `terraform` use it in place of hashicorp/aws. */
  readonly reattach: string;
  close(): void;
}

const SCHEMA_FILES: Readonly<Record<StandInVersion, URL>> = {
  "5.100": new URL("../../fixtures/schemas/aws-provider-5.100.schema.json", import.meta.url),
  "6.25": new URL("../../fixtures/schemas/aws-provider-6.25.schema.json", import.meta.url),
};

const protocol = loadPackageDefinition(
  loadSync(fileURLToPath(new URL("tfplugin5.proto", import.meta.url)), {
    keepCase: true,
    enums: String,
    longs: Number,
  }),
) as unknown as { readonly tfplugin5: { readonly Provider: { readonly service: ServiceDefinition } } };

/** Starts the stand-in on a free port of the loopback. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const account = options.account ?? new Account();
  const schema = JSON.parse(readFileSync(SCHEMA_FILES[options.version], "utf8")) as ProviderSchema;
  const provider = new Provider(schema, account, options.writeOnlyWarning ?? false);
  const server = new Server();
  server.addService(protocol.tfplugin5.Provider.service, mapValues(provider.rpcs, handler));
  // TCP and not a Unix socket: only a TCP peer has a name, and the name is what keeps the provider blocks apart.
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const plugin = {
    Protocol: "grpc",
    ProtocolVersion: 5,
    Pid: process.pid,
    Test: true,
    Addr: { Network: "tcp", String: `127.0.0.1:${port}` },
  };
  return { account, reattach: JSON.stringify({ "hashicorp/aws": plugin }), close: () => server.forceShutdown() };
}

/** A refusal becomes a diagnostic of the answer; anything else is a bug of the stand-in, and shows its stack. */
function handler(rpc: Rpc) {
  return (call: ServerUnaryCall<Request, object>, done: sendUnaryData<object>): void => {
    try {
      done(null, rpc(call.request, call.getPeer()));
    } catch (error) {
      if (error instanceof Refusal) done(null, { diagnostics: [diagnostic(error)] });
      else
        done({
          code: status.INTERNAL,
          details: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
    }
  };
}

function diagnostic({ message, attribute }: Refusal): object {
  const path = attribute === undefined ? {} : { attribute: attributePath(attribute) };
  return { severity: "ERROR", summary: message, ...path };
}

function attributePath(attribute: string): object {
  return { steps: [{ attribute_name: attribute }] };
}

function schemaMessage({ version, block }: Schema): object {
  return { version, block: blockMessage(block) };
}

function blockMessage(block: SchemaBlock): object {
  return {
    attributes: Object.entries(block.attributes ?? {}).map(([name, { type, ...flags }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...flags,
    })),
    block_types: Object.entries(block.block_types ?? {}).map(([type_name, nested]) => ({
      type_name,
      nesting: nested.nesting_mode.toUpperCase(),
      min_items: nested.min_items ?? 0,
      max_items: nested.max_items ?? 0,
      block: blockMessage(nested.block),
    })),
  };
}
