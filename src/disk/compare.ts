/**
 * Compares what was rendered with what is on disk: files and a folder go in, one change for each file comes out, with its
 * reason. It only reads, so that a check, a diff and a real run are the same list, printed or applied.
 */

import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isMadeOf, plainText, readHeader, specsIn } from "../output/header.ts";
import type { RenderedFile } from "../output/render.ts";

/**
 * What is to happen to a file. `missing`, `stale` and `conflicted` (a file of ours with merge conflict markers) are written,
 * `orphaned` is removed, `same` is left alone; `hand-edited` and `foreign` (not ours) are refused.
 */
export type ChangeKind = "missing" | "stale" | "conflicted" | "orphaned" | "same" | "hand-edited" | "foreign";

export interface Change {
  readonly kind: ChangeKind;
  /** Absolute; where a link leads to, if the file is one. */
  readonly target: string;
  /** As the user would name it from where the program was started. */
  readonly path: string;
  /** The text on disk as `plainText` gives it, `undefined` when there is none to read. */
  readonly before: string | undefined;
  /** The text to be, in pieces, `undefined` when the file is to go. */
  readonly after: readonly string[] | undefined;
  /** Why, in half a sentence that follows the path. */
  readonly reason: string;
  /** Whether `--force` may override a refusal: not where no file can be written, such as over a folder. */
  readonly isForcible: boolean;
}

/** Where files go, and who asks. */
export interface Destination {
  /** The output folder, absolute. */
  readonly folder: string;
  /** Names of all files that the spec may generate: those that are not rendered may be orphans. */
  readonly outputPaths: readonly string[];
  /** The spec's name as the headers hold it. */
  readonly specInHeader: string;
  readonly cwd: string;
}

type Verdict = Pick<Change, "kind" | "reason"> & { readonly isForcible?: boolean };

/**
 * One change for every rendered file and for every file of the spec that is no longer rendered, in the order of the outputs;
 * those that the spec had under other names come last.
 */
export function compare(files: readonly RenderedFile[], destination: Destination): Change[] {
  const rendered = new Map(files.map(({ path, pieces }) => [path, pieces]));
  const paths = [...destination.outputPaths, ...formerPaths(destination)];
  return paths.flatMap((path) => compareOne(path, rendered.get(path), destination) ?? []);
}

/** As much of a file as its header is looked for in: names of specs are short, and other files may be large. */
const HEAD = 4096;

/** The files that the spec generated under names that it gives no more. */
function formerPaths({ folder, outputPaths, specInHeader }: Destination): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const others = names.filter((name) => /^[^.].*\.tf$/.test(name) && !outputPaths.includes(name));
  const ours = others.filter((name) => specsIn(headOf(join(folder, name))).includes(specInHeader));
  if (ours.length === 0) return [];
  // An output may be a link to a file here, or, where case does not count, this very file.
  const outputs = new Set(outputPaths.map((path) => identityOf(join(folder, path))));
  return ours.filter((name) => !outputs.has(identityOf(join(folder, name)))).sort();
}

/** What two names of one file have in common; nothing for a name without a file. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev} ${stats.ino}`;
}

/** The start of a file; nothing of what cannot be read, which is none of ours. */
function headOf(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(HEAD);
    return plainText(bytes.subarray(0, readSync(file, bytes, 0, HEAD, 0)));
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function compareOne(name: string, after: Change["after"], destination: Destination): Change | undefined {
  const { folder, cwd } = destination;
  const path = join(folder, name);
  const shown = relative(cwd, path).replaceAll(sep, "/");
  const { target, before, obstacle } = read(path, destination);
  const change = (verdict: Verdict): Change => ({ target, path: shown, before, after, isForcible: true, ...verdict });
  if (obstacle !== undefined) {
    return after === undefined ? undefined : change({ kind: "foreign", reason: obstacle, isForcible: false });
  }
  if (before === undefined)
    return after === undefined ? undefined : change({ kind: "missing", reason: "does not exist" });
  if (isMadeOf(before, after)) return change({ kind: "same", reason: "is up to date" });
  const verdict = judge(before, after, destination);
  return verdict && change(verdict);
}

/** What to do about a text that is not the wanted one; nothing about one that is neither wanted nor ours. */
function judge(before: string, after: Change["after"], { folder, specInHeader }: Destination): Verdict | undefined {
  const header = readHeader(before);
  const isWanted = after !== undefined;
  if (header === undefined) {
    return isWanted ? { kind: "foreign", reason: "was not generated by mrk-scaffold" } : undefined;
  }
  if (header.spec !== specInHeader && !specsIn(before).includes(specInHeader)) {
    if (!isWanted) return undefined;
    // A renamed spec takes its files along; a spec that is still there keeps them.
    if (existsSync(resolve(folder, header.spec)))
      return { kind: "foreign", reason: `was generated from ${header.spec}` };
  }
  if (hasConflictMarkers(before)) {
    return isWanted
      ? { kind: "conflicted", reason: "has merge conflict markers" }
      : { kind: "orphaned", reason: "is no longer wanted" };
  }
  if (!header.isUnedited) {
    const reason = isWanted ? "was edited by hand" : "is no longer wanted, but was edited by hand";
    return { kind: "hand-edited", reason };
  }
  return isWanted
    ? { kind: "stale", reason: "differs from the spec" }
    : { kind: "orphaned", reason: "is no longer wanted" };
}

interface Found {
  readonly target: string;
  readonly before: string | undefined;
  /** Why the place can hold no file of ours. */
  readonly obstacle: string | undefined;
}

/** Reads a file; links are followed to a file inside the folder only, so that a link cannot aim a write anywhere else. */
function read(path: string, { folder, outputPaths }: Destination): Found {
  const found = (part: Partial<Found>): Found => ({ target: path, before: undefined, obstacle: undefined, ...part });
  let isLink: boolean;
  try {
    isLink = lstatSync(path).isSymbolicLink();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return found({});
    return found({
      obstacle: code === "ENOTDIR" ? `cannot be there: ${dirname(path)} is no folder` : `cannot be read: ${code}`,
    });
  }
  let target = path;
  if (isLink) {
    try {
      target = realpathSync(path);
    } catch {
      return found({ obstacle: "is a link that leads nowhere" });
    }
    const inFolder = relative(realpathSync(folder), target);
    const isOutside = inFolder.startsWith(`..${sep}`) || isAbsolute(inFolder);
    if (isOutside) return found({ obstacle: "is a link that leads out of its folder" });
    if (outputPaths.includes(inFolder)) return found({ obstacle: `is a link to ${inFolder}, another output` });
  }
  try {
    const stats = statSync(target);
    if (!stats.isFile()) return found({ obstacle: stats.isDirectory() ? "is a folder" : "is not a regular file" });
    return found({ target, before: plainText(readFileSync(target)) });
  } catch (error) {
    return found({ obstacle: `cannot be read: ${(error as NodeJS.ErrnoException).code}` });
  }
}

function hasConflictMarkers(text: string): boolean {
  return /^<{7}( |$)/m.test(text) && /^={7}$/m.test(text) && /^>{7}( |$)/m.test(text);
}
