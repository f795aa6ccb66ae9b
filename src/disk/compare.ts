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
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { once } from "../once.ts";
import { isMadeOf, plainText, type ReadHeader, readHeader, specsIn } from "../output/header.ts";
import { type Pieces, piecesOf } from "../output/pieces.ts";
import type { RenderedFile } from "../output/render.ts";
import { pathFrom } from "../paths.ts";
import { MAX_TEXT_BYTES, ReadError, readAtMost } from "../read.ts";
import { type Contents, contentsOf, type Difference, differenceOf, isMadeOnDisk, unlessGone } from "./pieces.ts";

/**
 * What is to happen to a file. `missing`, `stale` and `conflicted` (a file of ours with merge conflict markers) are written,
 * `orphaned` is removed, `same` is left alone; `hand-edited` and `foreign` (not ours) are refused.
 */
type ChangeKind = "missing" | "stale" | "conflicted" | "orphaned" | "same" | "hand-edited" | "foreign";

export interface Change {
  readonly kind: ChangeKind;
  /** Absolute; where a link leads to, if the file is one. */
  readonly target: string;
  /** As the user would name it from where the program was started. */
  readonly path: string;
  /** The text on disk as `plainText` gives it, `undefined` when there is none to read; a large one is read when asked for. */
  readonly before: string | undefined;
  /** What the file held when it was compared, where it is to be replaced or removed. */
  readonly contents?: Contents | undefined;
  /** Where it differs, of a file of ours that no one has edited. */
  readonly difference?: Difference | undefined;
  /** The text to be, in pieces, `undefined` when the file is to go. */
  readonly after: Pieces | undefined;
  /** Why, in half a sentence that follows the path. */
  readonly reason: string;
  /** Whether `--force` may override a refusal: not where no file can be written, such as over a folder. */
  readonly isForcible: boolean;
}

/** Where files go, and who asks. */
interface Destination {
  /** The output folder, absolute. */
  readonly folder: string;
  /** Names of all files that the spec may generate: those that are not rendered may be orphans. */
  readonly outputPaths: readonly string[];
  /** Names of files of ours that are left as they are. */
  readonly kept?: readonly string[];
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
  const hasFolder = once(() => !statSync(destination.folder, { throwIfNoEntry: false })?.isFile());
  return paths.flatMap((path) => compareOne(path, rendered.get(path), destination, hasFolder) ?? []);
}

/** As much of a file as its header is looked for in: names of specs are short, and other files may be large. */
const HEAD = 4096;

/** The files that the spec generated under names that it gives no more. */
function formerPaths({ folder, outputPaths, kept = [], specInHeader }: Destination): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const others = names.filter(
    (name) => isOfTerraform(name, ".tf") && !outputPaths.includes(name) && !kept.includes(name),
  );
  const ours = others.filter((name) => specsIn(headOf(join(folder, name))).includes(specInHeader));
  if (ours.length === 0) return [];
  // An output may be a link to a file here, or, where case does not count, this very file.
  const outputs = new Set(outputPaths.map((path) => identityOf(join(folder, path))));
  return ours.filter((name) => !outputs.has(identityOf(join(folder, name)))).sort();
}

/** Whether a folder has Terraform of someone else's beside the given files. */
export function hasNeighbours(folder: string, ours: readonly string[]): boolean {
  try {
    return readdirSync(folder).some((name) => isOfTerraform(name, ".tf", ".tf.json") && !ours.includes(name));
  } catch {
    return false;
  }
}

/** Terraform leaves out files whose names start with a dot. */
function isOfTerraform(name: string, ...endings: readonly string[]): boolean {
  return !name.startsWith(".") && endings.some((ending) => name.endsWith(ending));
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

function compareOne(
  name: string,
  after: Change["after"],
  destination: Destination,
  hasFolder: () => boolean,
): Change | undefined {
  const { folder, cwd } = destination;
  const path = join(folder, name);
  const place = { target: path, path: pathFrom(cwd, path), after };
  const { target, isThere, obstacle } = locate(path, destination, hasFolder);
  if (obstacle !== undefined) return unreadable(place, obstacle);
  if (!isThere) return after && new Comparison(place, { kind: "missing", reason: "does not exist" });
  try {
    return compareFile({ ...place, target }, destination);
  } catch (error) {
    if (error instanceof ReadError) return unreadable({ ...place, target }, `cannot be read: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return unreadable({ ...place, target }, `cannot be read: ${code}`);
  }
}

/** What can hold no file of ours is in the way of one. */
function unreadable(place: Place, reason: string): Change | undefined {
  return place.after && new Comparison(place, { kind: "foreign", reason, isForcible: false });
}

/** Compares a file that is there. Of one that no one has edited only the header and the digest count, whatever its size. */
function compareFile(place: Place, destination: Destination): Change | undefined {
  const { target, after } = place;
  const same = { kind: "same", reason: "is up to date" } as const;
  if (after !== undefined && isMadeOnDisk(target, after)) return new Comparison(place, same, () => after.join(""));
  const contents = contentsOf(target);
  const read = () => plainText(readAtMost(target, MAX_TEXT_BYTES));
  const { header, digest, isPlain } = contents;
  if (isPlain && header?.digest === digest) {
    const verdict = judge({ spec: header.spec, isUnedited: true }, () => "", after, destination);
    return verdict && new Comparison(place, verdict, read, contents);
  }
  const text = read();
  if (isMadeOf(text, after)) return new Comparison(place, same, () => text);
  const verdict = judge(readHeader(text), () => text, after, destination);
  return verdict && new Comparison(place, verdict, () => text, contents);
}

type Place = Pick<Change, "target" | "path" | "after">;

/** A change whose texts are read, or put together, when they are asked for. */
class Comparison implements Change {
  readonly kind: ChangeKind;
  readonly target: string;
  readonly path: string;
  readonly after: Pieces | undefined;
  readonly reason: string;
  readonly isForcible: boolean;
  readonly contents: Contents | undefined;
  readonly #read: () => string | undefined;
  #before: string | undefined;
  #difference: Difference | undefined;

  constructor(
    { target, path, after }: Place,
    verdict: Verdict,
    read: () => string | undefined = () => undefined,
    contents?: Contents,
  ) {
    this.kind = verdict.kind;
    this.target = target;
    this.path = path;
    this.after = after;
    this.reason = verdict.reason;
    this.isForcible = verdict.isForcible ?? true;
    this.contents = contents;
    this.#read = read;
  }

  get before(): string | undefined {
    this.#before ??= unlessGone(this.#read);
    return this.#before;
  }

  get difference(): Difference | undefined {
    const { kind, after, contents } = this;
    if (kind !== "stale" || after === undefined || contents?.header === undefined) return undefined;
    const body = piecesOf(after.length - 1, (index) => after.at(index + 1)!);
    const { text } = contents.header;
    this.#difference ??= unlessGone(() => differenceOf(this.target, text, body));
    return this.#difference;
  }
}

/**
 * What to do about a text that is not the wanted one; nothing about one that is neither wanted nor ours. `text` is asked for
 * what an edit may have brought in.
 */
function judge(
  header: ReadHeader | undefined,
  text: () => string,
  after: Change["after"],
  { folder, specInHeader }: Destination,
): Verdict | undefined {
  const isWanted = after !== undefined;
  if (header === undefined) {
    return isWanted ? { kind: "foreign", reason: "was not generated by mrk-scaffold" } : undefined;
  }
  if (header.spec !== specInHeader && !specsIn(text()).includes(specInHeader)) {
    if (!isWanted) return undefined;
    // A renamed spec takes its files along; a spec that is still there keeps them.
    if (existsSync(resolve(folder, header.spec)))
      return { kind: "foreign", reason: `was generated from ${header.spec}` };
  }
  if (hasConflictMarkers(text())) {
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
  readonly isThere: boolean;
  /** Why the place can hold no file of ours. */
  readonly obstacle: string | undefined;
}

/** Finds a file; links are followed to a file inside the folder only, so that a link cannot aim a write anywhere else. */
function locate(path: string, { folder, outputPaths }: Destination, hasFolder: () => boolean): Found {
  const found = (part: Partial<Found>): Found => ({ target: path, isThere: false, obstacle: undefined, ...part });
  let stats: Stats | undefined;
  try {
    // Most outputs are not there, and an error for each would take as long as reading the others.
    stats = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return found({ obstacle: code === "ENOTDIR" ? noFolder(path) : `cannot be read: ${code}` });
  }
  if (stats === undefined) return found(hasFolder() ? {} : { obstacle: noFolder(path) });
  let target = path;
  if (stats.isSymbolicLink()) {
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
    if (target !== path) stats = statSync(target);
    if (!stats.isFile()) return found({ obstacle: stats.isDirectory() ? "is a folder" : "is not a regular file" });
    return found({ target, isThere: true });
  } catch (error) {
    return found({ obstacle: `cannot be read: ${(error as NodeJS.ErrnoException).code}` });
  }
}

function noFolder(path: string): string {
  return `cannot be there: ${dirname(path)} is no folder`;
}

function hasConflictMarkers(text: string): boolean {
  return text.includes("<<<<<<<") && /^<{7}( |$)/m.test(text) && /^={7}$/m.test(text) && /^>{7}( |$)/m.test(text);
}
