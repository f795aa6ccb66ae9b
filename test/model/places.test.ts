import { readFileSync } from "node:fs";
import { parse } from "@cdktf/hcl2json";
import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { describe, expect, test } from "vitest";
import { generate } from "../../src/index.ts";
import { validFixtures } from "../support/fixtures.ts";

interface Spec {
  readonly terraform?: { readonly aws_provider?: string; readonly module?: boolean };
  readonly provider?: object;
}

type Block = Readonly<Record<string, unknown>>;
type Json = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, readonly Block[]>>>>>>;

/** The region of every resource that a spec generates, by address. */
async function regionsByAddress(spec: object): Promise<Map<string, string>> {
  const files = generate(spec);
  const json = await Promise.all(files.map(async ({ path, text }) => (await parse(path, text)) as Json));
  const providers = json.flatMap(({ provider }) => (provider?.aws as unknown as readonly Block[] | undefined) ?? []);
  const regionOf = (alias: unknown) => String(providers.find((provider) => provider.alias === alias)?.region);
  const regions = new Map<string, string>();
  for (const { resource } of json) {
    for (const [type, byName] of Object.entries(resource ?? {})) {
      for (const [name, [block]] of Object.entries(byName)) {
        const alias = /^\$\{aws\.(.*)\}$/.exec(String(block?.provider))?.[1];
        regions.set(`${type}.${name}`, (block?.region as string | undefined) ?? regionOf(alias));
      }
    }
  }
  return regions;
}

/** The fixtures that can be written either way: for AWS provider 6, with providers of their own. */
const either = validFixtures
  .filter(({ name }) => name !== "own-templates")
  .map(({ name, spec }) => ({
    name,
    spec: load(readFileSync(spec, "utf8"), { schema: CORE_SCHEMA.withTags(mergeTag) }) as Spec,
  }))
  .filter(({ spec: { terraform, provider } }) => {
    const isNew = /6/.test(terraform?.aws_provider ?? "6") && !/< 6/.test(terraform?.aws_provider ?? "");
    return isNew && !terraform?.module && (provider as { default?: boolean } | undefined)?.default !== false;
  });

describe("placement", () => {
  test.each(either)("$name: alias and region declare the same addresses in the same regions", async ({ spec }) => {
    const [byAlias, byRegion] = await Promise.all(
      ["alias", "region"].map((placement) => regionsByAddress({ ...spec, provider: { ...spec.provider, placement } })),
    );
    expect(byRegion).toEqual(byAlias);
    expect([...byAlias!.values()].filter((region) => !/^[a-z]+(-[a-z]+)+-\d$/.test(region))).toEqual([]);
  });

  test("by region there is one provider, no aws_region data source, and a region at the end of every resource", () => {
    const { spec } = either.find(({ name }) => name === "everything")!;
    const files = generate({ ...spec, provider: { ...spec.provider, default: null, placement: "region" } });
    const text = files.map((file) => file.text).join("\n");
    expect(text.match(/^provider "aws"/gm)).toHaveLength(1);
    expect(text).not.toContain('data "aws_region"');
    const resources = text.match(/^resource [\s\S]*?^}/gm) ?? [];
    expect(resources.filter((resource) => !/\n\n {2}region = "[\w-]+"\n}$/.test(resource))).toEqual([]);
  });
});
