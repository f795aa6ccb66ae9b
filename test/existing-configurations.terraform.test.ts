/**
 * What teams have: configurations written by hand, in the shapes of public ones, beside specs that say the same. Both are applied
 * by the real Terraform, and every key, alias, secret and policy has to come out with every attribute as it was.
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { startStandIn } from "./stand-in/provider.ts";
import { folderWith, run } from "./support/cli.ts";
import { filesBelow, fixturesFolder } from "./support/fixtures.ts";
import {
  applicable,
  type Files,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  withTerraform,
} from "./support/terraform.ts";

const folder = join(fixturesFolder, "existing-configurations");
const configurations = readdirSync(folder).sort();

/** A resource as Terraform's state has it, but for its address and for what AWS made up. */
type Resource = Readonly<Record<string, unknown>>;

interface State {
  readonly resources: readonly {
    readonly mode: string;
    readonly type: string;
    readonly instances: readonly { readonly attributes: Resource }[];
  }[];
}

const isSkipped = skippedWithoutTerraform("existing-configurations.terraform.test.ts");
const counts = { all: 0, same: 0 };

describe.skipIf(isSkipped)("as it was, attribute by attribute, is", () => {
  test.each(configurations)("every resource of %s", async (name) => {
    const files = filesBelow(join(folder, name));
    const { "spec.yaml": spec = "", ...byHand } = files;
    const documents = Object.fromEntries(Object.entries(byHand).filter(([path]) => !path.endsWith(".tf")));
    const before = await applied(byHand);
    const after = await applied({ ...documents, ...(await generated(spec, documents)) });
    const left = before.filter((resource) => !after.includes(resource));
    counts.all += before.length;
    counts.same += before.length - left.length;
    expect(left).toEqual([]);
    expect(after).toHaveLength(before.length);
  });

  afterAll(() => {
    process.stderr.write(`${counts.same} of ${counts.all} resources as they were\n`);
  });
});

async function generated(spec: string, documents: Files): Promise<Files> {
  const cwd = folderWith({ ...documents, "spec.yaml": spec });
  const { code, stderr } = await run(["spec.yaml"], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("error") });
  return readFiles(cwd);
}

/** What there is in a fresh account once the files are applied, each as one text. */
async function applied(files: Files): Promise<readonly string[]> {
  const { version, variables, account } = applicable(files);
  const provider = await startStandIn({ version, account });
  try {
    return await withTerraform(files, { provider, variables }, async (terraform) => {
      for (const step of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()])
        succeeded(await step());
      const { resources } = JSON.parse(terraform.state()) as State;
      return resources
        .filter(({ mode }) => mode === "managed")
        .flatMap(({ type, instances }) =>
          instances.map(({ attributes }) => JSON.stringify(plain({ type, ...attributes }))),
        )
        .sort();
    });
  } finally {
    provider.close();
  }
}

/** Without ids that differ from run to run, and policies as what they say. */
function plain(value: unknown, name = ""): unknown {
  if (typeof value === "string") {
    if (name === "policy" && value.startsWith("{")) return canonical(JSON.parse(value));
    return value.replace(/mrk-[0-9a-f]+/g, "mrk-…").replace(/(:secret:.*)-[A-Za-z0-9]{6}$/, "$1-…");
  }
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  // An alias may be pointed at its key's ARN as well as at its id, which the provider takes for the same.
  return Object.fromEntries(
    entries.filter(([key]) => key !== "target_key_id").map(([key, below]) => [key, plain(below, key)]),
  );
}

/** IAM's JSON in which order and single texts mean nothing. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => JSON.stringify(canonical(item))).sort();
    return items.length === 1 ? JSON.parse(items[0]!) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, below]) => [key, canonical(below)]));
}
