/**
 * Scratch git repositories, and the real `pre-commit` in them: specs and commits go in, what was printed and what git then
 * holds comes out. Everything happens in temporary folders, apart from the user's settings of git and of pre-commit.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { load } from "js-yaml";
import { onTestFinished } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");

export interface Outcome {
  readonly code: number;
  /** What was printed on both streams. */
  readonly output: string;
}

/** What is between these tests and a run; `git` is all that most need. */
export function missingCommands(...commands: readonly string[]): readonly string[] {
  return commands.filter((command) => spawnSync(command, ["--version"]).status !== 0).map((command) => `no ${command}`);
}

/** Whether the command on the PATH has at least this version. */
export function isAtLeast(command: string, wanted: string): boolean {
  const { stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
  const found = /\d+(\.\d+)+/.exec(stdout ?? "")?.[0] ?? "0";
  return found.localeCompare(wanted, undefined, { numeric: true }) >= 0;
}

/** The project's files as they are on disk, committed or not, without what is built or installed. */
export function copyProject(folder: string): void {
  const isCopied = (path: string) => !/^(node_modules|dist|\.git)($|[\\/])/.test(relative(ROOT, path));
  cpSync(ROOT, folder, { recursive: true, filter: isCopied });
}

/** Builds the program into a folder of its own, so that it is neither stale nor replaced in the middle of a test. */
export function buildProject(folder: string): void {
  copyProject(folder);
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  const { status, stderr } = spawnSync(process.execPath, ["esbuild.config.mjs"], { cwd: folder, encoding: "utf8" });
  // Declarations are built last, and no hook reads them.
  if (status !== 0 && !existsSync(join(folder, "dist/index.js"))) throw new Error(stderr);
}

/** A hook of .pre-commit-hooks.yaml, as far as it is looked at here. */
export interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly files?: string;
}

/**
 * The hooks that this project offers. They ask for pre-commit 3.2, where stages were renamed; an older one is tried with
 * the same hooks for all stages.
 */
export function offeredHooks(): readonly Hook[] {
  const hooks = load(readFileSync(join(ROOT, ".pre-commit-hooks.yaml"), "utf8")) as (Hook & Record<string, unknown>)[];
  if (isAtLeast("pre-commit", "3.2.0")) return hooks;
  return hooks.map(({ stages, minimum_pre_commit_version, ...hook }) => hook);
}

/** The same hooks, running a program that is already there. */
export function localHooks(program: string, args?: readonly string[]): object {
  const hooks = offeredHooks().map((hook) => ({
    ...hook,
    language: "system",
    entry: hook.entry.replace(/^mrk-scaffold/, quoted(process.execPath, program)),
    args: args ?? hook.args,
  }));
  return { repo: "local", hooks };
}

export interface ScratchOptions {
  /** Files to begin with, committed. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A git repository that is gone after the test. */
export class Scratch {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;

  constructor({ files = {}, environment = {} }: ScratchOptions = {}) {
    const home = temporaryFolder();
    this.folder = join(home, "repository");
    mkdirSync(this.folder);
    const settings = "[user]\nname = Tester\nemail = tester@example.com\n[protocol.file]\nallow = always\n";
    writeFileSync(join(home, "gitconfig"), settings);
    this.environment = {
      // A test that is itself run from a hook must not hear of that hook's repository.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GIT_|PRE_COMMIT|SKIP$)/.test(name))),
      GIT_CONFIG_GLOBAL: join(home, "gitconfig"),
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_EDITOR: "true",
      LC_ALL: "C",
      PRE_COMMIT_HOME: join(home, "pre-commit"),
      PRE_COMMIT_COLOR: "never",
      ...environment,
    };
    this.mustGit("init", "--quiet", "--initial-branch=main");
    this.write(files);
    if (Object.keys(files).length > 0) {
      this.mustGit("add", "--all");
      this.mustGit("commit", "--quiet", "--message=start");
    }
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), text);
    }
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  run(command: string, args: readonly string[], cwd = this.folder): Outcome {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd,
      env: this.environment,
      encoding: "utf8",
    });
    if (error !== undefined) throw error;
    return { code: status ?? -1, output: stdout + stderr };
  }

  /** Runs git, which may fail. */
  git(...args: readonly string[]): Outcome {
    return this.run("git", args);
  }

  /** Runs git, which may not fail, and returns what it printed. */
  mustGit(...args: readonly string[]): string {
    const { code, output } = this.git(...args);
    if (code !== 0) throw new Error(`git ${args.join(" ")} exited with ${code}:\n${output}`);
    return output;
  }

  commit(...args: readonly string[]): Outcome {
    return this.git("commit", "--message=change", ...args);
  }

  /** The files that the last commit holds. */
  committed(): readonly string[] {
    return this.mustGit("ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0").filter(Boolean);
  }

  /** Writes pre-commit's configuration, commits it, and installs the hooks of these types. */
  installPreCommit(repos: readonly object[], ...hookTypes: readonly string[]): void {
    this.write({ ".pre-commit-config.yaml": JSON.stringify({ repos }, null, 2) });
    this.mustGit("add", ".pre-commit-config.yaml");
    this.mustGit("commit", "--quiet", "--message=pre-commit");
    const types = hookTypes.flatMap((type) => ["--hook-type", type]);
    const { code, output } = this.run("pre-commit", ["install", ...types]);
    if (code !== 0) throw new Error(output);
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** For words in a shell script or in a hook's `entry`, which is split as a shell would. */
export function quoted(...words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll(sep, "/")}'`).join(" ");
}

/** A program of shell commands, such as a hook of git's. */
export function writeScript(path: string, commands: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${commands}\n`, { mode: 0o755 });
}
