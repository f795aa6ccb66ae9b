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
}

interface Region {
  readonly region: string;
  readonly label?: string;
  readonly provider_alias?: string;
  readonly renamed_from?: string;
}

interface Key {
  readonly service: "none";
  readonly protect: false;
  readonly alias: string | false;
  readonly replicas?: readonly string[];
  readonly usage?: "sign";
  readonly enabled?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
  readonly renamed_from?: string;
}

interface Secret {
  readonly name: string;
  readonly key: string;
  readonly replicas?: readonly string[];
  readonly value?: unknown;
  readonly renamed_from?: string;
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
    keys: { a: { ...first, alias: first.alias && `${first.alias}1` }, ...(second ? { b: second } : {}) },
    secrets: Object.fromEntries(
      IDS.slice(0, secrets).map((id) => [id, { name: `app/${id}`, key: "a", ...(value ? { value } : {}) }]),
    ),
  }));

function without<T>(record: Readonly<Record<string, T>>, id: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== id));
}

/** An edit of one of the keys, or of one of the secrets, if there is one. */
function editOne<Kind extends "keys" | "secrets">(
  kind: Kind,
  what: string,
  change: (one: ChangingSpec[Kind][string], id: string, spec: ChangingSpec) => Readonly<Record<string, unknown>>,
): fc.Arbitrary<Edit> {
  return fc.nat(3).map((at) => ({
    what: `${what} (${kind} ${at})`,
    apply(spec) {
      const all = spec[kind] as Readonly<Record<string, ChangingSpec[Kind][string]>>;
      const ids = Object.keys(all);
      const id = ids[at % Math.max(1, ids.length)];
      if (id === undefined) return spec;
      return { ...spec, [kind]: { ...without(all, id), ...change(all[id] as ChangingSpec[Kind][string], id, spec) } };
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

const SHORT: Readonly<Record<string, string>> = { "eu-west-1": "euw1", "us-east-1": "use1", "ap-southeast-2": "apse2" };

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

/** A spec, and one to four edits of it. */
export const changes: fc.Arbitrary<readonly [ChangingSpec, readonly Edit[]]> = fc.tuple(
  specsToChange,
  fc.array(edits, { minLength: 1, maxLength: 4 }),
);

export function edited([spec, all]: readonly [ChangingSpec, readonly Edit[]]): ChangingSpec {
  return all.reduce((result, { apply }) => apply(result), spec);
}
