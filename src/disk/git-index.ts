/**
 * Asks git which files its index does not hold as they are on disk: a hook that passes while its output is not committed is
 * no use. Paths and the environment go in, the paths that are off come out; nothing is written, git's index neither.
 */

import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isInside, topOf } from "./repository.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The paths, as given, that are untracked, ignored, gone, or differ from the index; `undefined` when git cannot say, because
 * it is missing or a file is in no repository. A hook's environment names the index that is about to be committed, which
 * for `git commit -a` and `git commit FILE` is not the usual one; without one, that of the process is used. Of the
 * `unwanted` paths those are named too that are gone from disk and still in the index.
 */
export function notInIndex(
  paths: readonly string[],
  cwd: string,
  environment?: Environment,
  unwanted: readonly string[] = [],
): readonly string[] | undefined {
  const asked = [...paths, ...unwanted.filter((path) => !existsSync(resolve(cwd, path)))];
  const isOff = (some: readonly string[]) => isAnyOff(some, cwd, environment);
  const isAny = isOff(asked);
  if (!isAny) return isAny === undefined ? undefined : [];
  return asked.filter((path) => isOff([path]));
}

/** Usually one call of git: all files are in one repository. */
function isAnyOff(paths: readonly string[], cwd: string, environment: Environment | undefined): boolean | undefined {
  const byRepository = new Map<string, { repository: Repository; places: string[] }>();
  for (const place of paths.flatMap((path) => placesOf(resolve(cwd, path)))) {
    const repository = repositoryOf(dirname(place), real(cwd), environment);
    if (repository === undefined) return undefined;
    const group = byRepository.get(repository.folder) ?? { repository, places: [] };
    byRepository.set(repository.folder, group);
    group.places.push(place);
  }
  const answers = [...byRepository.values()].map(({ repository, places }) => isUnstaged(places, repository));
  return answers.includes(undefined) ? undefined : answers.includes(true);
}

/** Whether any file has a change that the index lacks: two letters, index against HEAD and folder against index. */
function isUnstaged(places: readonly string[], { folder, environment }: Repository): boolean | undefined {
  // Said in full, because users configure git: untracked files may be hidden, and a rename would be two names in one entry.
  const status = ["status", "--porcelain", "-z", "--untracked-files=all", "--ignored", "--no-renames"];
  const args = ["--no-optional-locks", "--literal-pathspecs", ...status, "--", ...places];
  const answer = spawnSync("git", args, { cwd: folder, env: environment, encoding: "utf8" });
  return answer.status === 0 ? answer.stdout.split("\0").some((entry) => entry !== "" && entry[1] !== " ") : undefined;
}

interface Repository {
  /** Where git is to be started. */
  readonly folder: string;
  readonly environment: Environment | undefined;
}

/**
 * The repository that holds a folder. A hook's GIT_DIR and GIT_INDEX_FILE are those of its own repository: git would
 * believe them in a submodule too, and with GIT_DIR alone, as in linked work trees, it takes any folder for the top.
 */
function repositoryOf(folder: string, cwd: string, environment: Environment | undefined): Repository | undefined {
  const { GIT_DIR, GIT_WORK_TREE } = environment ?? {};
  const top = topOf(folder);
  const own = GIT_WORK_TREE ? real(resolve(cwd, GIT_WORK_TREE)) : (topOf(cwd) ?? (GIT_DIR ? cwd : undefined));
  if (own !== undefined && isInside(folder, own) && (top === undefined || isInside(own, top))) {
    return { folder: GIT_WORK_TREE ? cwd : own, environment };
  }
  return top === undefined ? undefined : { folder: top, environment: environment && outsideHook(environment) };
}

function outsideHook(environment: Environment): Environment {
  const { GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, GIT_COMMON_DIR, GIT_OBJECT_DIRECTORY, GIT_PREFIX, ...rest } =
    environment;
  return rest;
}

/** What git must hold for a path: git knows nothing beyond a link to a folder, and of a link to a file only the link. */
function placesOf(path: string): readonly string[] {
  return [...new Set([join(real(dirname(path)), basename(path)), real(path)])];
}

/** The path without links; what does not exist has none. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(real(dirname(path)), basename(path));
  }
}
