/** What holds for the promotion of any spec: the way there and back ends with the first bytes, and the spec keeps its comments. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { dump } from "js-yaml";
import { expect, test } from "vitest";
import { folderWith, run } from "./support/cli.ts";
import { specs, type WrittenSpec } from "./support/specs.ts";

/** PROMOTIONS=1000 tries more. */
const numRuns = Number(process.env.PROMOTIONS ?? 40);

/** Specs that may be promoted: nothing else is on its way, every key is in the first replica region, and enabled. */
const promotable = specs
  .filter(
    ({ regions: { replicas }, keys }) => (replicas ?? []).length > 0 && Object.keys(keys ?? { sm: {} }).length > 0,
  )
  .map((spec): WrittenSpec => {
    const { retired: _, primary, replicas, ...regions } = spec.regions;
    const settled = <T extends object>(thing: T) => ({ ...thing, renamed_from: undefined, import: undefined });
    const place = <T extends string | object>(one: T) => (typeof one === "string" ? one : settled(one)) as T;
    const keys = Object.entries(spec.keys ?? { sm: {} }).map(([id, key]) => {
      // A key of another state says nothing of its own.
      const enabled = key?.existing === undefined ? true : undefined;
      const own = { ...settled(key ?? {}), enabled, by_region: undefined };
      return [id, { ...own, replicas: "all" }] as const;
    });
    const secrets = Object.entries(spec.secrets ?? {}).map(([id, secret]) => [
      id,
      typeof secret === "string" || secret === null ? secret : settled(secret),
    ]);
    return {
      ...spec,
      regions: { ...regions, primary: place(primary), replicas: (replicas ?? []).map(place) },
      terraform: { ...spec.terraform, required_version: ">= 1.11" },
      // Without providers beside, files that write none have none.
      provider: spec.provider && { ...spec.provider, write: undefined },
      keys: Object.fromEntries(keys) as NonNullable<WrittenSpec["keys"]>,
      ...(secrets.length === 0 ? {} : { secrets: Object.fromEntries(secrets) as NonNullable<WrittenSpec["secrets"]> }),
    };
  });

/** A spec as people write it: in blocks, in brackets, or as JSON. */
const written = fc.record({
  spec: promotable,
  layout: fc.constantFrom<readonly ["blocks" | "mixed" | "JSON", number]>(
    ["blocks", -1],
    ["mixed", 1],
    ["mixed", 2],
    ["JSON", 0],
  ),
  target: fc.nat(),
});

function textOf(spec: WrittenSpec, [layout, flowLevel]: readonly ["blocks" | "mixed" | "JSON", number]): string {
  const data = JSON.parse(JSON.stringify(spec)) as object;
  if (layout === "JSON") return JSON.stringify(data, null, 2);
  return `# A spec\n${dump(data, { flowLevel, lineWidth: -1 }).replace(/^(\w+:)/gm, "# about $1\n$1")}`;
}

function filesIn(cwd: string): Record<string, string> {
  return Object.fromEntries(readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name), "utf8")]));
}

test("the keys of any spec move to any replica region and back, and every byte is as it was", async () => {
  const cwd = folderWith();
  await fc.assert(
    fc.asyncProperty(written, async ({ spec, layout, target }) => {
      for (const name of readdirSync(cwd)) writeFileSync(join(cwd, name), "");
      writeFileSync(join(cwd, "spec.yaml"), textOf(spec, layout));
      const call = async (...argv: readonly string[]) => {
        const { code, stderr } = await run(argv, { cwd });
        expect({ argv, code, stderr: code === 0 ? "" : stderr }).toEqual({ argv, code: 0, stderr: "" });
      };
      await call("spec.yaml", "--force", "--allow-destroy", "all");
      const before = filesIn(cwd);
      const regions = (spec.regions.replicas ?? []).map((one) => (typeof one === "string" ? one : one.region));
      const { primary } = spec.regions;
      const from = typeof primary === "string" ? primary : primary.region;
      const ids = Object.entries(spec.keys!).flatMap(([id, key], at) =>
        key?.existing === undefined ? ["--key-id", `${id}=mrk-${String(at).padStart(32, "0")}`] : [],
      );
      await call("promote", "spec.yaml", "--to", regions[target % regions.length]!, ...ids);
      await call("promote", "spec.yaml", "--continue", "--applied");
      await call("spec.yaml", "--check");
      await call("promote", "spec.yaml", "--to", from, ...ids);
      await call("promote", "spec.yaml", "--continue", "--applied");
      expect(filesIn(cwd)).toEqual(before);
    }),
    { numRuns },
  );
});
