/** Asks git which files its index does not hold as they are on disk: a hook that passes while its output is not committed is no use. */

import { spawnSync } from "node:child_process";

/**
 * The paths, as given, that are untracked, ignored, gone, or differ from the index; `undefined` when git cannot say, because
 * it is missing or the folder is in no repository.
 */
export function notInIndex(paths: readonly string[], cwd: string): readonly string[] | undefined {
  const isOff = isUnstaged(paths, cwd);
  if (!isOff) return isOff === undefined ? undefined : [];
  return paths.filter((path) => isUnstaged([path], cwd));
}

/** Whether any path has a change that the index lacks: two letters, index against HEAD and folder against index. */
function isUnstaged(paths: readonly string[], cwd: string): boolean | undefined {
  const args = ["status", "--porcelain", "--ignored", "-z", "--", ...paths];
  const { status, stdout } = spawnSync("git", args, { cwd, encoding: "utf8" });
  return status === 0 ? stdout.split("\0").some((entry) => entry !== "" && entry[1] !== " ") : undefined;
}
