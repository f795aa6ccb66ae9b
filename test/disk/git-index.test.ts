// Which files git's index does not hold as they are on disk, asked of the real git in repositories of every shape.
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, test } from "vitest";
import { notInIndex } from "../../src/disk/git-index.ts";
import { missingCommands, quoted, Scratch, temporaryFolder, writeScript } from "../support/pre-commit.ts";

const missing = missingCommands("git");
if (missing.length > 0) process.stderr.write(`index-check.test.ts is skipped: ${missing.join(", ")}\n`);
const hasGit = missing.length === 0;
const isWindows = process.platform === "win32";

/** Asks from the top of the repository. */
function ask({ folder, environment }: Scratch, ...paths: readonly string[]) {
  return notInIndex(paths, folder, environment);
}

/** What a hook that git starts finds in its environment; `arrange` makes git start one. */
function environmentOfHook(scratch: Scratch, hooks: string, arrange: () => void): Record<string, string> {
  const seen = join(temporaryFolder(), "environment");
  const print = `require("fs").writeFileSync(process.argv[1], JSON.stringify(process.env))`;
  writeScript(join(hooks, "pre-commit"), `${quoted(process.execPath)} -e ${quoted(print, seen)}`);
  arrange();
  rmSync(join(hooks, "pre-commit"));
  return { ...scratch.environment, ...JSON.parse(readFileSync(seen, "utf8")) };
}

describe.skipIf(!hasGit)("the state of a file", () => {
  test("committed and staged files are in the index", () => {
    const scratch = new Scratch({ files: { "kms.tf": "1\n", "secrets.tf": "1\n" } });
    scratch.write({ "secrets.tf": "2\n", "outputs.tf": "1\n" });
    scratch.mustGit("add", "--all");
    expect(ask(scratch, "kms.tf", "secrets.tf", "outputs.tf")).toEqual([]);
  });

  test("a file moved in the index is in it under its new name", () => {
    const scratch = new Scratch({ files: { "a.tf": "a text that git sees again\n" } });
    scratch.mustGit("mv", "a.tf", "kms.tf");
    expect(ask(scratch, "kms.tf")).toEqual([]);
    expect(ask(scratch, "a.tf", "kms.tf")).toEqual([]);
  });

  const states: readonly (readonly [state: string, arrange: (scratch: Scratch) => void])[] = [
    ["untracked", (scratch) => scratch.write({ "new.tf": "1\n" })],
    [
      "untracked where git is set to hide that",
      (scratch) => {
        scratch.mustGit("config", "status.showUntrackedFiles", "no");
        scratch.write({ "new.tf": "1\n" });
      },
    ],
    ["ignored", (scratch) => scratch.write({ ".gitignore": "*.tf\n", "new.tf": "1\n" })],
    ["announced to the index without its text", (scratch) => add(scratch, "--intent-to-add")],
    [
      "changed since it was staged",
      (scratch) => {
        add(scratch);
        scratch.write({ "new.tf": "2\n" });
      },
    ],
    [
      "changed since it was committed",
      (scratch) => {
        add(scratch);
        scratch.mustGit("commit", "--quiet", "--message=add");
        scratch.write({ "new.tf": "2\n" });
      },
    ],
    [
      "gone from disk only",
      (scratch) => {
        add(scratch);
        rmSync(scratch.path("new.tf"));
      },
    ],
    [
      "gone from the index only",
      (scratch) => {
        add(scratch);
        scratch.mustGit("commit", "--quiet", "--message=add");
        scratch.mustGit("rm", "--quiet", "--cached", "new.tf");
      },
    ],
    [
      "unmerged",
      (scratch) => {
        scratch.mustGit("checkout", "--quiet", "-b", "other");
        add(scratch);
        scratch.mustGit("commit", "--quiet", "--message=theirs");
        scratch.mustGit("checkout", "--quiet", "main");
        scratch.write({ "new.tf": "2\n" });
        scratch.mustGit("add", "new.tf");
        scratch.mustGit("commit", "--quiet", "--message=ours");
        expect(scratch.git("merge", "other").code).toBe(1);
      },
    ],
  ];
  test.each(states)("a file that is %s is named, and only that", (_state, arrange) => {
    const scratch = new Scratch({ files: { "kms.tf": "1\n" } });
    arrange(scratch);
    expect(ask(scratch, "kms.tf", "new.tf")).toEqual(["new.tf"]);
  });

  test("an unwanted file is named while the index holds it and the disk does not", () => {
    const scratch = new Scratch({ files: { "kms.tf": "1\n", "variables.tf": "1\n", "outputs.tf": "1\n" } });
    const { folder, environment } = scratch;
    const unwanted = ["secrets.tf", "variables.tf", "outputs.tf"];
    scratch.write({ "outputs.tf": "of another hand, and not yet staged\n" });
    expect(notInIndex(["kms.tf"], folder, environment, unwanted)).toEqual([]);
    rmSync(scratch.path("variables.tf"));
    expect(notInIndex(["kms.tf"], folder, environment, unwanted)).toEqual(["variables.tf"]);
    scratch.mustGit("add", "variables.tf");
    expect(notInIndex(["kms.tf"], folder, environment, unwanted)).toEqual([]);
  });

  function add(scratch: Scratch, ...options: readonly string[]): void {
    scratch.write({ "new.tf": "1\n" });
    scratch.mustGit("add", ...options, "new.tf");
  }
});

describe.skipIf(!hasGit)("names", () => {
  const folders = ["[ab]*", ":(top)", "-x", "ä ö", 'a "b" $(c)', "a\nb", "a\\b"];
  test.each(folders.filter((name) => !isWindows || /^[-\wä []+$/.test(name)))(
    "a folder named %j is not a pattern",
    (name) => {
      const scratch = new Scratch({ files: { [`${name}/kms.tf`]: "1\n", "a/kms.tf": "1\n", "kms.tf": "1\n" } });
      scratch.write({ "a/kms.tf": "2\n", "kms.tf": "2\n" });
      expect(ask(scratch, `${name}/kms.tf`)).toEqual([]);
      scratch.write({ [`${name}/kms.tf`]: "2\n" });
      expect(ask(scratch, `${name}/kms.tf`)).toEqual([`${name}/kms.tf`]);
    },
  );

  test("paths are taken from the folder where the program was started, and given back as they came", () => {
    const scratch = new Scratch({ files: { "a/b/kms.tf": "1\n", "a/kms.tf": "1\n" } });
    scratch.write({ "a/kms.tf": "2\n" });
    const absolute = scratch.path("a/kms.tf");
    const paths = ["kms.tf", "../kms.tf", absolute];
    expect(notInIndex(paths, scratch.path("a/b"), scratch.environment)).toEqual(["../kms.tf", absolute]);
  });
});

describe.skipIf(!hasGit || isWindows)("links", () => {
  test("a link to a file needs both in the index", () => {
    const scratch = new Scratch({ files: { "shared.tf": "1\n" } });
    symlinkSync("shared.tf", scratch.path("kms.tf"));
    expect(ask(scratch, "kms.tf")).toEqual(["kms.tf"]);
    scratch.mustGit("add", "kms.tf");
    expect(ask(scratch, "kms.tf")).toEqual([]);
    scratch.write({ "shared.tf": "2\n" });
    expect(ask(scratch, "kms.tf")).toEqual(["kms.tf"]);
  });

  test("a file beyond a linked folder is looked for where it is", () => {
    const scratch = new Scratch({ files: { "real/kms.tf": "1\n" } });
    symlinkSync("real", scratch.path("linked"));
    expect(ask(scratch, "linked/kms.tf")).toEqual([]);
    scratch.write({ "real/kms.tf": "2\n" });
    expect(ask(scratch, "linked/kms.tf")).toEqual(["linked/kms.tf"]);
  });

  test("a repository may be entered through a link", () => {
    const scratch = new Scratch({ files: { "kms.tf": "1\n" } });
    const link = join(temporaryFolder(), "link");
    symlinkSync(scratch.folder, link);
    expect(notInIndex(["kms.tf"], link, scratch.environment)).toEqual([]);
    scratch.write({ "kms.tf": "2\n" });
    expect(notInIndex(["kms.tf"], link, scratch.environment)).toEqual(["kms.tf"]);
  });
});

describe.skipIf(!hasGit)("other repositories", () => {
  /** A repository with another one in `sub`, as a submodule. */
  function withSubmodule(): Scratch {
    const inner = new Scratch({ files: { "kms.tf": "1\n" } });
    const scratch = new Scratch({ files: { "kms.tf": "1\n" } });
    scratch.mustGit("submodule", "--quiet", "add", inner.folder, "sub");
    scratch.mustGit("commit", "--quiet", "--message=submodule");
    return scratch;
  }

  test("a file in a submodule belongs in the submodule's index", () => {
    const scratch = withSubmodule();
    expect(ask(scratch, "kms.tf", "sub/kms.tf")).toEqual([]);
    scratch.write({ "sub/kms.tf": "2\n", "sub/secrets.tf": "1\n" });
    expect(ask(scratch, "kms.tf", "sub/kms.tf", "sub/secrets.tf")).toEqual(["sub/kms.tf", "sub/secrets.tf"]);
    scratch.mustGit("-C", "sub", "add", "--all");
    expect(ask(scratch, "sub/kms.tf", "sub/secrets.tf")).toEqual([]);
  });

  test("a hook's index is not taken for that of a submodule", () => {
    const scratch = withSubmodule();
    scratch.write({ "kms.tf": "2\n", "sub/kms.tf": "2\n" });
    const environment = environmentOfHook(scratch, scratch.path(".git/hooks"), () => scratch.commit("--all"));
    expect(environment.GIT_INDEX_FILE).toMatch(/index\.lock$/);
    // The lock file is gone, and git takes a missing index for an empty one.
    renameSync(scratch.path(".git/index"), environment.GIT_INDEX_FILE!);
    expect(notInIndex(["kms.tf", "sub/kms.tf"], scratch.folder, environment)).toEqual(["sub/kms.tf"]);
  });

  test("a hook inside a submodule finds the submodule's files, from any of its folders", () => {
    const scratch = withSubmodule();
    scratch.write({ "sub/infra/kms.tf": "1\n", "sub/infra/secrets.tf": "1\n" });
    scratch.mustGit("-C", "sub", "add", "infra/kms.tf");
    const environment = environmentOfHook(scratch, scratch.path(".git/modules/sub/hooks"), () =>
      scratch.git("-C", "sub", "commit", "--message=change"),
    );
    expect(environment.GIT_DIR).toBeDefined();
    const paths = ["kms.tf", "secrets.tf"];
    expect(notInIndex(paths, scratch.path("sub/infra"), environment)).toEqual(["secrets.tf"]);
  });

  test("a hook in a linked work tree finds its files, from any of its folders", () => {
    const scratch = new Scratch({ files: { "infra/kms.tf": "1\n" } });
    const tree = join(temporaryFolder(), "tree");
    scratch.mustGit("worktree", "add", "--quiet", tree);
    expect(notInIndex(["infra/kms.tf"], tree, scratch.environment)).toEqual([]);
    const environment = environmentOfHook(scratch, scratch.path(".git/hooks"), () =>
      scratch.git("-C", tree, "commit", "--allow-empty", "--message=change"),
    );
    expect(environment.GIT_DIR).toBeDefined();
    expect(notInIndex(["infra/kms.tf"], tree, environment)).toEqual([]);
    expect(notInIndex(["kms.tf"], join(tree, "infra"), environment)).toEqual([]);
    scratch.mustGit("-C", tree, "rm", "--quiet", "--cached", "infra/kms.tf");
    expect(notInIndex(["kms.tf"], join(tree, "infra"), environment)).toEqual(["kms.tf"]);
  });

  test("a work tree whose repository is elsewhere is found by GIT_DIR and GIT_WORK_TREE", () => {
    const scratch = new Scratch({ files: { "infra/kms.tf": "1\n" } });
    const elsewhere = join(temporaryFolder(), "repository.git");
    renameSync(scratch.path(".git"), elsewhere);
    const environment = { ...scratch.environment, GIT_DIR: elsewhere, GIT_WORK_TREE: "." };
    expect(notInIndex(["infra/kms.tf"], scratch.folder, environment)).toEqual([]);
    scratch.write({ "infra/kms.tf": "2\n" });
    expect(notInIndex(["infra/kms.tf"], scratch.folder, environment)).toEqual(["infra/kms.tf"]);
    const { GIT_WORK_TREE, ...alone } = environment;
    expect(notInIndex(["infra/kms.tf"], scratch.folder, alone)).toEqual(["infra/kms.tf"]);
  });

  test("files of two repositories are each looked for in their own", () => {
    const scratch = new Scratch({ files: { "kms.tf": "1\n" } });
    const other = new Scratch({ files: { "kms.tf": "1\n" } });
    expect(ask(scratch, "kms.tf", other.path("kms.tf"))).toEqual([]);
    other.write({ "kms.tf": "2\n" });
    expect(ask(scratch, "kms.tf", other.path("kms.tf"))).toEqual([other.path("kms.tf")]);
  });

  test("nothing can be said of a file in no repository", () => {
    const scratch = new Scratch({ files: { "kms.tf": "1\n" } });
    const folder = temporaryFolder();
    expect(ask(scratch, "kms.tf", join(folder, "kms.tf"))).toBeUndefined();
    expect(notInIndex(["kms.tf"], folder, scratch.environment)).toBeUndefined();
  });

  test("nothing can be said without git", () => {
    const scratch = new Scratch({ files: { "kms.tf": "1\n" } });
    const environment = { ...scratch.environment, PATH: temporaryFolder() };
    expect(notInIndex(["kms.tf"], scratch.folder, environment)).toBeUndefined();
  });
});

describe.skipIf(!hasGit || isWindows)("cost", () => {
  test("git is asked once when everything is in the index, and its index is not written", () => {
    const scratch = new Scratch({ files: { "infra/kms.tf": "1\n", "infra/secrets.tf": "1\n" } });
    // The same text with a new time: what makes git refresh its index.
    scratch.write({ "infra/kms.tf": "1\n" });
    const index = readFileSync(scratch.path(".git/index"));
    const commands = temporaryFolder();
    mkdirSync(join(commands, "log"));
    const git = scratch.run("sh", ["-c", "command -v git"]).output.trim();
    writeScript(join(commands, "git"), `touch ${quoted(join(commands, "log"))}/$$\nexec ${quoted(git)} "$@"`);
    const environment = { ...scratch.environment, PATH: `${commands}${delimiter}${scratch.environment.PATH}` };
    expect(notInIndex(["infra/kms.tf", "infra/secrets.tf"], scratch.folder, environment)).toEqual([]);
    expect(
      scratch
        .run("ls", [join(commands, "log")])
        .output.trim()
        .split("\n"),
    ).toHaveLength(1);
    expect(readFileSync(scratch.path(".git/index")).equals(index)).toBe(true);
  });
});
