/** The workflows of this repository and those that the documentation shows, and what is published. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { folderWith } from "./support/cli.ts";
import { pages } from "./support/readme.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const workflowFolder = join(root, ".github/workflows");
const workflows = readdirSync(workflowFolder).map((name) => join(workflowFolder, name));

test.each([...workflows, join(root, "action.yml"), ...pages])("every action in %s is pinned by its commit", (path) => {
  const used = Array.from(readFileSync(path, "utf8").matchAll(/^\s*- uses: (\S+)(.*)$/gm), ([, action, rest]) => ({
    action,
    rest,
  }));
  for (const { action, rest } of used.filter((one) => !one.action!.startsWith("OWNER/"))) {
    expect(action).toMatch(/^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
    expect(rest).toMatch(/^ # v\d+\.\d+\.\d+$/);
  }
});

test("one action has one commit everywhere", () => {
  const all = [...workflows, ...pages].flatMap(
    (path) => readFileSync(path, "utf8").match(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40}/g) ?? [],
  );
  const names = new Set(all.map((text) => text.replace(/@.*/, "")));
  expect(new Set(all).size).toBe(names.size);
  expect(names.size).toBeGreaterThan(4);
});

interface Workflow {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: {
    readonly matrix: { readonly node?: readonly string[]; readonly include?: readonly { os: string }[] };
  };
  readonly steps: readonly { readonly run?: string }[];
}

const workflow = (name: string) => load(readFileSync(join(workflowFolder, name), "utf8")) as Workflow;

test("the tests run on every Node that is supported, the floor first", () => {
  const { node } = workflow("ci.yml").jobs.test!.strategy!.matrix;
  expect(node).toEqual(["20.19", "22", "24", "26"]);
  expect(packageJson.engines.node).toBe(`>=${node![0]}`);
});

test("a release publishes what the tests and the executables have passed, with a provenance and no token", () => {
  const { jobs, permissions } = workflow("release.yml");
  expect(permissions).toEqual({ contents: "read" });
  expect(jobs.npm).toMatchObject({ needs: ["test", "executables"], permissions: { "id-token": "write" } });
  expect(jobs.npm!.steps.map(({ run }) => run ?? "").join("\n")).toMatch(/npm publish .* --provenance/);
  expect(jobs.github).toMatchObject({ needs: "npm" });
  const systems = jobs.executables!.strategy!.matrix.include!.map(({ os }) => os.replace(/-.*/, ""));
  expect(new Set(systems)).toEqual(new Set(["ubuntu", "macos", "windows"]));
  expect(readFileSync(join(workflowFolder, "release.yml"), "utf8")).not.toMatch(/secrets\./);
});

test("what is published has no scripts, and says where it was built", () => {
  const folder = folderWith();
  const stage = (...argv: readonly string[]) =>
    spawnSync(process.execPath, [join(root, ".ci/stage.mjs"), ...argv], {
      encoding: "utf8",
      env: { ...process.env, GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "owner/name" },
    });
  expect(stage(folder).status).toBe(0);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  expect(manifest).toMatchObject({
    name: packageJson.name,
    bin: packageJson.bin,
    repository: { url: "git+https://github.com/owner/name.git" },
  });
  expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(["scripts"]));
  expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(["devDependencies"]));
  expect(readdirSync(folder).sort()).toEqual([
    ".pre-commit-hooks.yaml",
    "LICENSE",
    "README.md",
    "dist",
    "package.json",
    "schema.json",
  ]);
  expect(readdirSync(join(folder, "dist")).filter((name) => name.endsWith(".v8"))).toEqual([]);
  // npm publish in the repository itself ends here.
  expect(stage()).toMatchObject({ status: 1, stderr: expect.stringContaining("Publish what .ci/stage.mjs writes") });
});

test("the entry for SchemaStore names the files that the program takes for specs, and the schema of the package", () => {
  const entry = JSON.parse(readFileSync(join(root, "docs/schemastore.json"), "utf8"));
  expect(entry).toEqual({
    name: "mrk-scaffold",
    description: expect.any(String),
    fileMatch: ["mrk-scaffold.yaml", "mrk-scaffold.yml", "*.mrk.yaml", "*.mrk.yml"],
    url: expect.stringMatching(/\/schema\.json$/),
  });
});
