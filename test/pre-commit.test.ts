// The hooks of .pre-commit-hooks.yaml under the real pre-commit, and `--pre-commit` as a hook of git alone: what a commit
// is stopped for, and what it then takes to get it through.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildProject,
  copyProject,
  isAtLeast,
  localHooks,
  missingCommands,
  offeredHooks,
  quoted,
  Scratch,
  temporaryFolder,
  writeScript,
} from "./support/pre-commit.ts";

const missingGit = missingCommands("git");
const missing = missingCommands("git", "pre-commit");
if (missing.length > 0) process.stderr.write(`pre-commit.test.ts: what needs them is skipped: ${missing.join(", ")}\n`);

const missingForInstall = [
  ...missing,
  ...(process.env.MRK_SCAFFOLD_PRE_COMMIT_INSTALL === "1" ? [] : ["MRK_SCAFFOLD_PRE_COMMIT_INSTALL is not 1"]),
  ...(isAtLeast("npm", "12.0.0") && !isAtLeast("pre-commit", "4.6.1") ? ["this pre-commit does not know npm 12"] : []),
];
if (missing.length === 0 && missingForInstall.length > 0) {
  process.stderr.write(`pre-commit.test.ts: installing the hooks is skipped: ${missingForInstall.join(", ")}\n`);
}

const SPEC = `version: 1
regions:
  primary: eu-central-1
  replicas:
    - eu-west-1
keys:
  app: {}
`;
const SECRETS = "secrets:\n  example: example/database\n";
const REGION = "    - us-east-1\n";
const WITH_REGION = SPEC.replace("keys:", `${REGION}keys:`);

let project: string;
let program: string;

beforeAll(() => {
  if (missingGit.length > 0) return;
  project = mkdtempSync(join(tmpdir(), "mrk-scaffold-build-"));
  buildProject(project);
  program = join(project, "dist/cli.cjs");
});
afterAll(() => {
  if (project !== undefined) rmSync(project, { recursive: true, force: true });
});

/** Runs the program as a user would between two commits. */
function generate(scratch: Scratch, ...args: readonly string[]): void {
  const { code, output } = scratch.run(process.execPath, [program, ...args]);
  if (code !== 0) throw new Error(output);
}

describe("the hooks' pattern", () => {
  const pattern = new RegExp(offeredHooks().find(({ files }) => files !== undefined)!.files!);

  test.each([
    "spec.yaml",
    "infra/prod/spec.yml",
    "mrk-scaffold.yaml",
    "infra/prod.mrk.yaml",
    "provider.tf",
    "kms.tf",
    "infra/secrets.tf",
    "variables.tf",
    "outputs.tf",
  ])("%s is looked at", (name) => {
    expect(name).toMatch(pattern);
  });

  test.each(["main.tf", "my-kms.tf", "kms.tf.json", "spec.yaml.bak", "openapi-spec.yaml", ".mrk.yaml", "spec.json"])(
    "%s is not",
    (name) => {
      expect(name).not.toMatch(pattern);
    },
  );
});

describe.skipIf(missing.length > 0)("under pre-commit", () => {
  /** A repository with both hooks, and with a spec whose files are committed unless other files are given. */
  function repository(files?: Readonly<Record<string, string>>, args?: readonly string[]): Scratch {
    const scratch = new Scratch(files === undefined ? {} : { files });
    if (files === undefined) {
      scratch.write({ "spec.yaml": SPEC });
      generate(scratch, "spec.yaml");
      scratch.mustGit("add", "--all");
    }
    scratch.installPreCommit([localHooks(program, args)], "pre-commit", "pre-merge-commit");
    return scratch;
  }

  test("the hooks are what pre-commit takes for hooks", () => {
    const manifest = join(temporaryFolder(), "hooks.yaml");
    writeFileSync(manifest, JSON.stringify(offeredHooks()));
    expect(new Scratch().run("pre-commit", ["validate-manifest", manifest])).toMatchObject({ code: 0 });
  });

  test("a fresh spec is committed only with its files", () => {
    const scratch = repository({ "README.md": "hello\n" });
    scratch.write({ "spec.yaml": SPEC });
    scratch.mustGit("add", "spec.yaml");
    const first = scratch.commit();
    expect(first.code).toBe(1);
    expect(first.output).toContain("created kms.tf");
    const second = scratch.commit();
    expect(second.code).toBe(1);
    expect(second.output).toContain("kms.tf: error: is not in git's index as it is on disk");
    expect(second.output).toContain("Run: git add provider.tf kms.tf");
    scratch.mustGit("add", "provider.tf", "kms.tf");
    expect(scratch.commit()).toMatchObject({ code: 0 });
    expect(scratch.committed()).toEqual([".pre-commit-config.yaml", "README.md", "kms.tf", "provider.tf", "spec.yaml"]);
  });

  test("an edited spec is committed only with its new files", () => {
    const scratch = repository();
    scratch.write({ "spec.yaml": WITH_REGION });
    const first = scratch.commit("--all");
    expect(first.code).toBe(1);
    expect(first.output).toContain("updated kms.tf");
    expect(first.output).toContain("files were modified by this hook");
    expect(scratch.commit("--all")).toMatchObject({ code: 0 });
    expect(scratch.mustGit("show", "HEAD:kms.tf")).toContain("use1_app");
  });

  test("a file edited by hand is not committed, and keeps its edit", () => {
    const scratch = repository();
    const edited = scratch.read("kms.tf").replace("enable_key_rotation", "# enable_key_rotation");
    scratch.write({ "kms.tf": edited });
    const { code, output } = scratch.commit("--all");
    expect(code).toBe(1);
    expect(output).toContain("kms.tf: refused: was edited by hand");
    expect(scratch.read("kms.tf")).toBe(edited);
  });

  test("a new file is not forgotten", () => {
    const scratch = repository();
    scratch.write({ "spec.yaml": SPEC + SECRETS });
    expect(scratch.commit("--all").code).toBe(1);
    const second = scratch.commit("--all");
    expect(second.code).toBe(1);
    expect(second.output).toContain("secrets.tf: error: is not in git's index as it is on disk");
    scratch.mustGit("add", "--all");
    expect(scratch.commit()).toMatchObject({ code: 0 });
    expect(scratch.committed()).toContain("secrets.tf");
  });

  test("a deleted spec is noticed by the check alone", () => {
    const scratch = repository();
    scratch.mustGit("rm", "--quiet", "spec.yaml");
    const { code, output } = scratch.commit();
    expect(code).toBe(1);
    expect(output).toMatch(/mrk-scaffold \(generate\)\.+\(no files to check\)Skipped/);
    expect(output).toMatch(/mrk-scaffold \(check\)\.+Failed\n- hook id: mrk-scaffold-check\n- exit code: 2\n/);
  });

  test("two specs merged without a conflict are not committed with files that are neither's", () => {
    const scratch = repository();
    scratch.mustGit("checkout", "--quiet", "-b", "secrets");
    scratch.write({ "spec.yaml": SPEC + SECRETS });
    generate(scratch, "spec.yaml");
    scratch.mustGit("add", "--all");
    expect(scratch.commit()).toMatchObject({ code: 0 });
    scratch.mustGit("checkout", "--quiet", "main");
    scratch.write({ "spec.yaml": WITH_REGION });
    generate(scratch, "spec.yaml");
    expect(scratch.commit("--all")).toMatchObject({ code: 0 });

    const merge = scratch.git("merge", "--no-edit", "secrets");
    expect(merge.code).toBe(1);
    expect(merge.output).toContain("updated secrets.tf");
    expect(scratch.read("secrets.tf")).toContain("use1_app");
    scratch.mustGit("add", "--all");
    expect(scratch.git("commit", "--no-edit")).toMatchObject({ code: 0 });
    expect(scratch.mustGit("rev-list", "--parents", "--max-count=1", "HEAD").trim().split(" ")).toHaveLength(3);
  });

  test("after a merge with conflicts in the files only, one run mends them", () => {
    const scratch = repository();
    scratch.mustGit("checkout", "--quiet", "-b", "key");
    scratch.write({ "spec.yaml": `${SPEC}  other: { alias: other }\n` });
    generate(scratch, "spec.yaml");
    expect(scratch.commit("--all")).toMatchObject({ code: 0 });
    scratch.mustGit("checkout", "--quiet", "main");
    scratch.write({ "spec.yaml": WITH_REGION });
    generate(scratch, "spec.yaml");
    expect(scratch.commit("--all")).toMatchObject({ code: 0 });

    expect(scratch.git("merge", "key").output).toContain("CONFLICT (content): Merge conflict in kms.tf");
    expect(scratch.read("spec.yaml")).not.toContain("<<<<<<<");
    generate(scratch, "spec.yaml");
    scratch.mustGit("add", "--all");
    expect(scratch.git("commit", "--no-edit")).toMatchObject({ code: 0 });
    expect(scratch.read("kms.tf")).toContain("use1_other");
  });

  test("what is only on disk neither stops a commit nor is lost", () => {
    const scratch = repository();
    const staged = scratch.read("kms.tf");
    scratch.write({ "spec.yaml": `# a remark\n${SPEC}` });
    scratch.mustGit("add", "spec.yaml");
    scratch.write({ "kms.tf": `${staged}# of an edit that goes on\n` });
    expect(scratch.commit()).toMatchObject({ code: 0 });
    expect(scratch.read("kms.tf")).toBe(`${staged}# of an edit that goes on\n`);
  });

  test("a file staged with an edit by hand is refused, though it is right on disk", () => {
    const scratch = repository();
    const right = scratch.read("kms.tf");
    scratch.write({ "kms.tf": `${right}# by hand\n` });
    scratch.mustGit("add", "kms.tf");
    scratch.write({ "kms.tf": right });
    const { code, output } = scratch.commit();
    expect(code).toBe(1);
    expect(output).toContain("kms.tf: refused: was edited by hand");
    expect(scratch.read("kms.tf")).toBe(right);
  });

  test("files that git ignores are never taken for committed", () => {
    const scratch = repository({ ".gitignore": "kms.tf\n" });
    scratch.write({ "spec.yaml": SPEC });
    scratch.mustGit("add", "--all");
    expect(scratch.commit().code).toBe(1);
    scratch.mustGit("add", "--all");
    const second = scratch.commit();
    expect(second.code).toBe(1);
    expect(second.output).toContain("kms.tf: error: is not in git's index as it is on disk");
    scratch.mustGit("add", "--force", "kms.tf");
    expect(scratch.commit()).toMatchObject({ code: 0 });
  });

  test("specs in folders of a larger repository are each generated beside themselves", () => {
    const specs = ["infra/dev/spec.yaml", "infra/prod/spec.yaml"];
    const scratch = repository(Object.fromEntries(specs.map((spec) => [spec, SPEC])), specs);
    scratch.write({ "infra/prod/spec.yaml": WITH_REGION });
    expect(scratch.commit("--all").output).toContain("created infra/dev/kms.tf");
    scratch.mustGit("add", "--all");
    expect(scratch.commit()).toMatchObject({ code: 0 });
    expect(scratch.mustGit("show", "HEAD:infra/prod/kms.tf")).toContain("use1_app");
    expect(scratch.mustGit("show", "HEAD:infra/dev/kms.tf")).not.toContain("use1_app");
  });

  test("the check runs on everything, as in CI, and writes nothing", () => {
    const scratch = repository();
    expect(scratch.run("pre-commit", ["run", "--all-files"])).toMatchObject({ code: 0 });
    scratch.write({ "spec.yaml": WITH_REGION });
    scratch.mustGit("commit", "--quiet", "--all", "--no-verify", "--message=around the hooks");
    const { code, output } = scratch.run("pre-commit", ["run", "mrk-scaffold-check", "--all-files"]);
    expect(code).toBe(1);
    expect(output).toContain("kms.tf: error: differs from the spec [stale]");
    expect(scratch.mustGit("status", "--porcelain")).toBe("");
  });
});

describe.skipIf(missingGit.length > 0)("as a hook of git alone", () => {
  /** A repository whose files are committed, with the program as git's own hook. */
  function repository({ folder = ".", spec = SPEC } = {}): Scratch {
    const scratch = new Scratch();
    const path = join(folder, "spec.yaml");
    scratch.write({ [path]: spec });
    generate(scratch, path);
    scratch.mustGit("add", "--all");
    scratch.mustGit("commit", "--quiet", "--message=start");
    const hook = `cd ${quoted(folder)} && exec ${quoted(process.execPath, program)} --pre-commit spec.yaml`;
    writeScript(scratch.path(".git/hooks/pre-commit"), hook);
    return scratch;
  }

  test("git commit --all takes what the hook has written at the second try", () => {
    const scratch = repository();
    scratch.write({ "spec.yaml": WITH_REGION });
    expect(scratch.commit("--all")).toMatchObject({ code: 1, output: expect.stringContaining("updated kms.tf") });
    expect(scratch.commit("--all")).toMatchObject({ code: 0 });
    expect(scratch.mustGit("show", "HEAD:kms.tf")).toContain("use1_app");
  });

  test("git commit FILE without the other files is stopped, though they are staged", () => {
    const scratch = repository();
    scratch.write({ "spec.yaml": WITH_REGION });
    generate(scratch, "spec.yaml");
    scratch.mustGit("add", "--all");
    const { code, output } = scratch.commit("spec.yaml");
    expect(code).toBe(1);
    expect(output).toContain("kms.tf: error: is not in git's index as it is on disk");
    expect(scratch.commit("spec.yaml", "kms.tf", "provider.tf")).toMatchObject({ code: 0 });
  });

  test("a file that was written anew since it was staged is named", () => {
    const scratch = repository();
    scratch.write({ "spec.yaml": WITH_REGION });
    generate(scratch, "spec.yaml");
    scratch.mustGit("add", "spec.yaml", "provider.tf");
    const { code, output } = scratch.commit();
    expect(code).toBe(1);
    expect(output).toContain("kms.tf: error: is not in git's index as it is on disk [not-staged]\n");
    expect(output).toContain("\nRun: git add kms.tf\n");
  });

  test("a file that was removed stays out of the commit only when that is staged", () => {
    const scratch = repository({ spec: SPEC + SECRETS });
    scratch.write({ "spec.yaml": SPEC });
    generate(scratch, "spec.yaml", "--allow-destroy", "all");
    expect(scratch.has("secrets.tf")).toBe(false);
    scratch.mustGit("add", "spec.yaml", "kms.tf", "provider.tf");
    expect(scratch.commit()).toMatchObject({
      code: 1,
      output: expect.stringContaining("secrets.tf: error: is not in git's index"),
    });
    scratch.mustGit("add", "--all");
    expect(scratch.commit()).toMatchObject({ code: 0 });
    expect(scratch.committed()).not.toContain("secrets.tf");
  });

  test("files are not committed without the spec that they were made of", () => {
    const scratch = repository();
    scratch.write({ "spec.yaml": WITH_REGION });
    generate(scratch, "spec.yaml");
    scratch.mustGit("add", "kms.tf", "provider.tf");
    expect(scratch.commit()).toMatchObject({
      code: 1,
      output: expect.stringContaining("spec.yaml: error: is not in git's index"),
    });
  });

  test("in a linked work tree, and from a folder of it, commits get through as elsewhere", () => {
    const scratch = repository({ folder: "infra" });
    const tree = join(temporaryFolder(), "tree");
    scratch.mustGit("worktree", "add", "--quiet", tree);
    writeFileSync(join(tree, "infra/spec.yaml"), WITH_REGION);
    const commit = () => scratch.git("-C", tree, "commit", "--all", "--message=change");
    expect(commit()).toMatchObject({ code: 1, output: expect.stringContaining("updated kms.tf") });
    expect(commit()).toMatchObject({ code: 0 });
  });

  test("where there is no repository it says so", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "spec.yaml"), SPEC);
    const scratch = new Scratch();
    const run = () => scratch.run(process.execPath, [program, "--pre-commit", "spec.yaml"], folder);
    run();
    expect(run()).toMatchObject({ code: 1, output: expect.stringContaining("git could not be run here") });
  });
});

describe.skipIf(missingForInstall.length > 0)("installed by pre-commit", { timeout: 300_000 }, () => {
  /** Commits a spec with the hooks on: once to have it generated, once to have it taken. */
  function expectHooksToWork(repo: object): void {
    const scratch = new Scratch();
    scratch.installPreCommit([repo], "pre-commit");
    scratch.write({ "spec.yaml": SPEC });
    scratch.mustGit("add", "spec.yaml");
    const first = scratch.commit();
    expect(first.output).toContain("created kms.tf");
    expect(first.code).toBe(1);
    scratch.mustGit("add", "--all");
    expect(scratch.commit()).toMatchObject({ code: 0 });
  }

  test("from a clone of this repository, which is built on the way", () => {
    const source = new Scratch();
    copyProject(source.folder);
    source.write({ ".pre-commit-hooks.yaml": JSON.stringify(offeredHooks()) });
    source.mustGit("add", "--all");
    source.mustGit("commit", "--quiet", "--message=release");
    const rev = source.mustGit("rev-parse", "HEAD").trim();
    const hooks = offeredHooks().map(({ id }) => ({ id }));
    expectHooksToWork({ repo: source.folder, rev, hooks });
  });

  test("from the published package, which runs no script", () => {
    const { output } = new Scratch().run("npm", ["pack", "--ignore-scripts", "--silent"], project);
    const tarball = join(project, output.trim());
    expect(existsSync(tarball)).toBe(true);
    const hooks = offeredHooks().map((hook) => ({ ...hook, language: "node", additional_dependencies: [tarball] }));
    expectHooksToWork({ repo: "local", hooks });
  });
});
