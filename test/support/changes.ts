/** Arbitraries of specs and of edits to them, small enough to be applied by real Terraform, for properties over changes. */

import fc from "fast-check";

/** A spec in its long form, as far as edits touch it. */
export interface ChangingSpec {
  readonly version: 1;
  readonly regions: {
    readonly primary: Region;
    readonly replicas: readonly Region[];
    readonly retired: readonly (Region & { readonly forget?: boolean })[];
  };
  readonly provider: { readonly placement: "alias" | "region"; readonly default?: boolean };
  readonly terraform?: { readonly module: boolean };
  readonly keys: Readonly<Record<string, Key>>;
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly log_groups?: Readonly<Record<string, LogGroup>>;
  readonly buckets?: Readonly<Record<string, Bucket>>;
  readonly parameters?: Readonly<Record<string, Parameter>>;
}

interface LogGroup {
  readonly name?: string;
  readonly key: string;
  readonly regions?: readonly string[];
  readonly class?: "INFREQUENT_ACCESS";
  readonly retention_days?: number;
  readonly renamed_from?: string | readonly string[];
}

interface Bucket {
  readonly name: string;
  readonly key: string;
  readonly regions?: readonly string[];
  readonly bucket_key?: boolean;
  readonly renamed_from?: string | readonly string[];
}

interface Parameter {
  readonly name?: string;
  readonly key: string;
  readonly regions?: readonly string[];
  readonly description?: string;
  readonly tier?: "advanced" | "intelligent_tiering";
  readonly value?: { readonly variable: string; readonly version: number };
  readonly renamed_from?: string | readonly string[];
}

interface Region {
  readonly region: string;
  readonly label?: string;
  readonly provider_alias?: string;
  readonly renamed_from?: string | readonly string[];
}

interface Key {
  readonly service: "none";
  readonly protect: false;
  readonly alias?: string | false;
  readonly aliases?: readonly string[];
  readonly grants?: Readonly<Record<string, Grant>>;
  readonly replicas?: readonly string[];
  readonly usage?: "sign";
  readonly policy?: { readonly users: readonly string[] };
  readonly enabled?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly renamed_from?: string | readonly string[];
}

interface Grant {
  readonly to: string;
  readonly operations: readonly string[];
}

interface Secret {
  readonly name?: string;
  readonly name_prefix?: string;
  readonly key: string;
  readonly key_reference?: "id" | "arn";
  readonly replicas?: readonly string[];
  readonly value?: unknown;
  readonly renamed_from?: string | readonly string[];
}

/** An edit, with what it is for a report of a failing pair. */
export interface Edit {
  readonly what: string;
  readonly apply: (spec: ChangingSpec) => ChangingSpec;
}

const REGIONS = ["eu-west-1", "us-east-1", "ap-southeast-2"];
const IDS = ["a", "b", "a_b"];

const subset = <T>(items: readonly T[]) => fc.subarray([...items]);

const key = fc.record<Key>(
  {
    service: fc.constant("none"),
    protect: fc.constant(false),
    alias: fc.constantFrom<string | false>("x", "y", false),
    tags: fc.constantFrom({}, { owner: "us" }),
  },
  { requiredKeys: ["service", "protect", "alias"] },
);

export const specsToChange: fc.Arbitrary<ChangingSpec> = fc
  .record({
    regions: subset(REGIONS),
    label: fc.constantFrom<string | undefined>(undefined, "a"),
    placement: fc.constantFrom<"alias" | "region">("alias", "alias", "region"),
    isModule: fc.constantFrom(false, false, false, true),
    keys: fc.tuple(key, fc.option(key, { nil: undefined })),
    secrets: fc.integer({ min: 0, max: 2 }),
    value: fc.constantFrom<unknown>(undefined, "external", "generated"),
  })
  .map(({ regions, label, placement, isModule, keys: [first, second], secrets, value }) => ({
    version: 1 as const,
    regions: {
      primary: { region: "eu-central-1" },
      replicas: regions.map((region, index) => (index === 0 && label ? { region, label } : { region })),
      retired: [],
    },
    provider: { placement },
    ...(isModule ? { terraform: { module: true } } : {}),
    keys: { a: { ...first, alias: first.alias ? `${first.alias}1` : false }, ...(second ? { b: second } : {}) },
    secrets: Object.fromEntries(
      IDS.slice(0, secrets).map((id) => [id, { name: `app/${id}`, key: "a", ...(value ? { value } : {}) }]),
    ),
  }));

function without<T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== id));
}

type Things = Required<Pick<ChangingSpec, "keys" | "secrets" | "log_groups" | "buckets" | "parameters">>;

/** An edit of one of the things of a kind, if there is one. */
function editOne<Kind extends keyof Things>(
  kind: Kind,
  what: string,
  change: (one: Things[Kind][string], id: string, spec: ChangingSpec) => Readonly<Record<string, unknown>>,
): fc.Arbitrary<Edit> {
  return fc.nat(3).map((at) => ({
    what: `${what} (${kind} ${at})`,
    apply(spec) {
      const all = (spec[kind] ?? {}) as Readonly<Record<string, Things[Kind][string]>>;
      const ids = Object.keys(all);
      const id = ids[at % Math.max(1, ids.length)];
      if (id === undefined) return spec;
      return { ...spec, [kind]: { ...without(all, id), ...change(all[id] as Things[Kind][string], id, spec) } };
    },
  }));
}

function editRegion(
  what: string,
  change: (region: Region, spec: ChangingSpec) => Partial<ChangingSpec["regions"]>,
): fc.Arbitrary<Edit> {
  return fc.nat(2).map((at) => ({
    what: `${what} (region ${at})`,
    apply(spec) {
      const { replicas } = spec.regions;
      const region = replicas[at % Math.max(1, replicas.length)];
      return region === undefined ? spec : { ...spec, regions: { ...spec.regions, ...change(region, spec) } };
    },
  }));
}

const others = (spec: ChangingSpec, region: Region) => spec.regions.replicas.filter((one) => one !== region);
const always = (what: string, apply: Edit["apply"]): fc.Arbitrary<Edit> => fc.constant({ what, apply });
const relabelled = (label: string, isSaid: boolean) => (region: Region, spec: ChangingSpec) => ({
  replicas: spec.regions.replicas.map((one) =>
    one === region ? { ...one, label, ...(isSaid ? { renamed_from: one.label ?? SHORT[one.region]! } : {}) } : one,
  ),
});

/** The labels of regions that are given none. */
export const SHORT: Readonly<Record<string, string>> = {
  "eu-west-1": "euw1",
  "us-east-1": "use1",
  "ap-southeast-2": "apse2",
};

/** A region is given up, and the spec says so. */
const retirements: fc.Arbitrary<Edit> = fc.oneof(
  editRegion("retire", (region, spec) => ({
    replicas: others(spec, region),
    retired: [...spec.regions.retired, withoutHistory(region)],
  })),
  editRegion("forget", (region, spec) => ({
    replicas: others(spec, region),
    retired: [...spec.regions.retired, { ...withoutHistory(region), forget: true }],
  })),
);

/** Edits that make a spec announce losses. */
export const announcingEdits: fc.Arbitrary<Edit> = fc.oneof(
  retirements,
  editOne("keys", "disable", (one, id) => ({ [id]: { ...one, enabled: false } })),
);

/** Whatever someone may do to a spec, said or not said. */
export const edits: fc.Arbitrary<Edit> = fc.oneof(
  editOne("keys", "rename and say so", (one, id) => ({ [`${id}_new`]: { ...one, renamed_from: id } })),
  editOne("keys", "rename", (one, id) => ({ [`${id}_new`]: one })),
  editOne("keys", "delete", () => ({})),
  editOne("keys", "another alias", (one, id) => ({ [id]: { ...one, alias: "z" } })),
  editOne("keys", "no alias", (one, id) => ({ [id]: { ...one, alias: false } })),
  editOne("keys", "fewer replicas", (one, id, spec) => ({
    [id]: { ...one, replicas: spec.regions.replicas.slice(1).map(({ region }) => region) },
  })),
  editOne("keys", "other tags", (one, id) => ({ [id]: { ...one, tags: { owner: "them" } } })),
  editOne("keys", "another usage", (one, id, spec) =>
    Object.values(spec.secrets).some(({ key: used }) => used === id)
      ? { [id]: one }
      : { [id]: { ...one, usage: "sign" } },
  ),
  editOne("secrets", "rename and say so", (one, id) => ({ [`${id}_new`]: { ...one, renamed_from: id } })),
  editOne("secrets", "rename", (one, id) => ({ [`${id}_new`]: one })),
  editOne("secrets", "delete", () => ({})),
  editOne("secrets", "another name", (one, id) => ({ [id]: { ...one, name: "app/other" } })),
  editOne("secrets", "another key", (one, id, spec) => ({ [id]: { ...one, key: Object.keys(spec.keys).at(-1)! } })),
  editOne("secrets", "fewer replicas", (one, id, spec) => ({
    [id]: { ...one, replicas: spec.regions.replicas.slice(1).map(({ region }) => region) },
  })),
  editOne("secrets", "no replicas", (one, id) => ({ [id]: { ...one, replicas: [] } })),
  editOne("secrets", "a value from elsewhere", (one, id) => ({ [id]: { ...one, value: "external" } })),
  editOne("secrets", "a value from a variable", (one, id) => ({ [id]: { ...one, value: "variable" } })),
  editRegion("drop", (region, spec) => ({ replicas: others(spec, region) })),
  retirements,
  editRegion("another label", relabelled("there", false)),
  editRegion("another label, and say so", relabelled("there", true)),
  editRegion("another provider alias", (region, spec) => ({
    replicas: spec.regions.replicas.map((one) => (one === region ? { ...one, provider_alias: "elsewhere" } : one)),
  })),
  editRegion("another region", (region, spec) => ({
    replicas: spec.regions.replicas.map((one) =>
      one === region ? { ...one, label: one.label ?? SHORT[one.region]!, region: "eu-north-1" } : one,
    ),
  })),
  always("add a region", (spec) => ({
    ...spec,
    regions: { ...spec.regions, replicas: [...spec.regions.replicas, { region: "ca-central-1" }] },
  })),
  always("the primary's label", (spec) => ({
    ...spec,
    regions: { ...spec.regions, primary: { ...spec.regions.primary, label: "home" } },
  })),
  always("the primary's label, and say so", (spec) => ({
    ...spec,
    regions: { ...spec.regions, primary: { ...spec.regions.primary, label: "home", renamed_from: "main" } },
  })),
  always("another primary region", (spec) => ({
    ...spec,
    regions: { ...spec.regions, primary: { ...spec.regions.primary, region: "eu-south-1" } },
  })),
  always("the other placement", (spec) => ({
    ...spec,
    provider: { ...spec.provider, placement: spec.provider.placement === "alias" ? "region" : "alias" },
  })),
);

function withoutHistory({ region, label, provider_alias }: Region): Region {
  return { region, ...(label ? { label } : {}), ...(provider_alias ? { provider_alias } : {}) };
}

const ROLES = "arn:aws:iam::123456789012:role";

/** Edits of what the specs above do not have. */
const furtherEdits: fc.Arbitrary<Edit> = fc.oneof(
  editOne("keys", "rename and say every name", (one, id) => ({
    [`${id}_new`]: { ...one, renamed_from: [one.renamed_from ?? [], id].flat() },
  })),
  editOne("keys", "several aliases", ({ alias: _, ...one }, id) => ({ [id]: { ...one, aliases: ["x1", "z"] } })),
  editOne("keys", "a policy", (one, id) => ({ [id]: { ...one, policy: { users: [`${ROLES}/other`] } } })),
  editOne("keys", "no policy", ({ policy: _, ...one }, id) => ({ [id]: one })),
  editOne("keys", "a grant", (one, id) => ({
    [id]: { ...one, grants: { g: { to: `${ROLES}/batch`, operations: ["Decrypt", "Encrypt"] } } },
  })),
  editOne("keys", "no grants", ({ grants: _, ...one }, id) => ({ [id]: one })),
  editOne("keys", "the other's identifier", (one, id, { keys }) => {
    const other = Object.keys(keys).find((known) => known !== id);
    return other === undefined ? { [id]: one } : { [id]: keys[other]!, [other]: one };
  }),
  editOne("secrets", "rename and say every name", (one, id) => ({
    [`${id}_new`]: { ...one, renamed_from: [one.renamed_from ?? [], id].flat() },
  })),
  editOne("secrets", "a prefix", ({ name: _, ...one }, id) => ({ [id]: { ...one, name_prefix: "app/other" } })),
  editOne("secrets", "the key's ARN", (one, id) => ({ [id]: { ...one, key_reference: "arn" } })),
  editOne("secrets", "the key's id", (one, id) => ({ [id]: { ...one, key_reference: "id" } })),
  editOne("secrets", "a generated value", (one, id) => ({ [id]: { ...one, value: "generated" } })),
  always("who writes the provider without an alias", (spec) => ({
    ...spec,
    provider: spec.terraform ? spec.provider : { ...spec.provider, default: spec.provider.default === false },
  })),
);

/** The specs above with policies, grants, prefixes, and a provider of the user's own. */
const specsOfHistories: fc.Arbitrary<ChangingSpec> = fc
  .record({
    spec: specsToChange,
    isRich: fc.boolean(),
    isPrefixed: fc.constantFrom(false, false, true),
    isOwnProvider: fc.constantFrom(false, false, false, true),
  })
  .map(({ spec, isRich, isPrefixed, isOwnProvider }) => {
    const rich = {
      policy: { users: [`${ROLES}/app`] },
      grants: { g: { to: `${ROLES}/batch`, operations: ["Decrypt"] } },
    };
    const secrets = Object.entries(spec.secrets).map(([id, { name, ...secret }]) => {
      return [id, { ...secret, [isPrefixed ? "name_prefix" : "name"]: name }];
    });
    return {
      ...spec,
      ...(isRich ? { keys: { ...spec.keys, a: { ...spec.keys.a!, ...rich } } } : {}),
      ...(isOwnProvider && !spec.terraform ? { provider: { ...spec.provider, default: false } } : {}),
      secrets: Object.fromEntries(secrets),
    };
  });

/** What someone does to a spec before it is generated again. */
export interface Step {
  readonly edits: readonly Edit[];
  /** Whether what has been generated is applied before the next step. */
  readonly isApplied: boolean;
  /** Whether what a refusal says is done, instead of allowing everything. */
  readonly isFollowing: boolean;
}

/** A spec, and one to three steps from it, the last of which is applied: the fewer, the more edits each has. */
export interface History {
  readonly spec: ChangingSpec;
  readonly steps: readonly Step[];
}

const anyEdit = fc.oneof({ weight: 2, arbitrary: edits }, { weight: 1, arbitrary: furtherEdits });

const stepOf = (maxLength: number, isApplied: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.record({ edits: fc.array(anyEdit, { minLength: 1, maxLength }), isApplied, isFollowing: fc.boolean() });

const applied = fc.constant(true);

export const histories: fc.Arbitrary<History> = fc.record({
  spec: specsOfHistories,
  steps: fc.oneof(
    fc.tuple(stepOf(4, applied)),
    fc.tuple(stepOf(2, fc.boolean()), stepOf(2, applied)),
    fc.tuple(stepOf(1, fc.boolean()), stepOf(1, fc.boolean()), stepOf(1, applied)),
  ),
});

const regionsIn = ({ regions: { primary, replicas } }: ChangingSpec) =>
  [primary, ...replicas].map(({ region }) => region);

/** Edits of what is under keys besides secrets. */
const editsUnderKeys: fc.Arbitrary<Edit> = fc.oneof(
  editOne("log_groups", "rename and say so", (one, id) => ({
    [`${id}_new`]: { ...one, renamed_from: [one.renamed_from ?? [], id].flat() },
  })),
  editOne("log_groups", "rename", (one, id) => ({ [`${id}_new`]: one })),
  editOne("log_groups", "delete", () => ({})),
  editOne("log_groups", "another name", (one, id) => ({ [id]: { ...one, name: "/other/{region}" } })),
  editOne("log_groups", "another class", (one, id) => ({ [id]: { ...one, class: "INFREQUENT_ACCESS" } })),
  editOne("log_groups", "another retention", (one, id) => ({ [id]: { ...one, retention_days: 7 } })),
  editOne("log_groups", "another key", (one, id, spec) => ({ [id]: { ...one, key: Object.keys(spec.keys).at(-1)! } })),
  editOne("log_groups", "fewer regions", (one, id, spec) => ({ [id]: { ...one, regions: regionsIn(spec).slice(1) } })),
  editOne("buckets", "rename and say so", (one, id) => ({
    [`${id}_new`]: { ...one, renamed_from: [one.renamed_from ?? [], id].flat() },
  })),
  editOne("buckets", "rename", (one, id) => ({ [`${id}_new`]: one })),
  editOne("buckets", "delete", () => ({})),
  editOne("buckets", "another name", (one, id) => ({ [id]: { ...one, name: "other-{region}" } })),
  editOne("buckets", "another key", (one, id, spec) => ({ [id]: { ...one, key: Object.keys(spec.keys).at(-1)! } })),
  editOne("buckets", "no bucket key", (one, id) => ({ [id]: { ...one, bucket_key: false } })),
  editOne("buckets", "fewer regions", (one, id, spec) => ({ [id]: { ...one, regions: regionsIn(spec).slice(1) } })),
  editOne("parameters", "rename and say so", (one, id) => ({
    [`${id}_new`]: { ...one, renamed_from: [one.renamed_from ?? [], id].flat() },
  })),
  editOne("parameters", "rename", (one, id) => ({ [`${id}_new`]: one })),
  editOne("parameters", "delete", () => ({})),
  editOne("parameters", "another name", (one, id) => ({ [id]: { ...one, name: "/other/{region}" } })),
  editOne("parameters", "another key", (one, id, spec) => ({ [id]: { ...one, key: Object.keys(spec.keys).at(-1)! } })),
  editOne("parameters", "another description", (one, id) => ({ [id]: { ...one, description: "of {region}" } })),
  editOne("parameters", "advanced", (one, id) => ({ [id]: { ...one, tier: "advanced" } })),
  editOne("parameters", "a tier that is up to AWS", (one, id) => ({ [id]: { ...one, tier: "intelligent_tiering" } })),
  editOne("parameters", "no tier", ({ tier: _, ...one }, id) => ({ [id]: one })),
  editOne("parameters", "the value again", (one, id) => ({
    [id]: { ...one, value: { variable: "given", version: (one.value?.version ?? 1) + 1 } },
  })),
  editOne("parameters", "fewer regions", (one, id, spec) => ({ [id]: { ...one, regions: regionsIn(spec).slice(1) } })),
);

/** Histories of specs that have log groups, buckets and parameters. */
export const historiesUnderKeys: fc.Arbitrary<History> = fc
  .record({
    spec: specsToChange,
    isNamed: fc.boolean(),
    steps: fc.oneof(
      ...[1, 2].map((length) =>
        fc.array(
          fc.record({
            edits: fc.array(fc.oneof({ weight: 3, arbitrary: editsUnderKeys }, { weight: 1, arbitrary: edits }), {
              minLength: 1,
              maxLength: 3,
            }),
            isApplied: applied,
            isFollowing: fc.boolean(),
          }),
          { minLength: length, maxLength: length },
        ),
      ),
    ),
  })
  .map(({ spec, isNamed, steps }) => ({
    spec: {
      ...spec,
      secrets: {},
      log_groups: { a: { name: "/app/{region}", key: "a" }, b: { ...(isNamed ? { name: "/b" } : {}), key: "a" } },
      buckets: { a: { name: "acme-{region}", key: "a" } },
      parameters: {
        a: { name: "/app/{region}", key: "a", ...(isNamed ? { tier: "advanced" } : {}) },
        b: { ...(isNamed ? { name: "/b" } : {}), key: "a" },
      },
    },
    steps,
  }));

export function edited(spec: ChangingSpec, all: readonly Edit[]): ChangingSpec {
  return all.reduce((result, { apply }) => apply(result), spec);
}
