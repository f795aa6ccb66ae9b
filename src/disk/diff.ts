/** Prints changes as unified diffs, with every value that may be a secret masked; loaded only when a diff is wanted. */

import { readHeader, shellWord } from "../output/header.ts";
import type { Pieces } from "../output/pieces.ts";
import type { Paint } from "../report/diagnostic.ts";
import { oneLine } from "../report/printable.ts";
import type { Change } from "./compare.ts";
import { type Edit, editsOf } from "./edits.ts";
import { maskEdited, maskGenerated } from "./mask.ts";

/** Lines that are shown around a change. */
const CONTEXT = 3;

/** The diff from the files on disk to the ones that would be written, three lines of context, empty for unchanged files. */
export function printDiff(changes: readonly Change[], paint: Paint): string {
  return changes
    .filter(({ kind }) => kind !== "same")
    .map((change) => diffOne(change, paint))
    .join("");
}

/** Two texts, or parts of them, both of which start in the same line, counted from 0. */
interface Pair {
  readonly old: string;
  readonly fresh: string;
  readonly line: number;
}

function diffOne(change: Change, paint: Paint): string {
  const { kind, path, after, reason } = change;
  const isThere = change.difference !== undefined || change.before !== undefined;
  const pairs = pairsOf(change);
  const isOurs = kind === "missing" || kind === "stale" || readHeader(change.before ?? "")?.isUnedited === true;
  let isMasked = false;
  const hunks = pairs.flatMap(({ old, fresh, line }) => {
    const [oldLines, freshLines] = [linesOf(old), linesOf(fresh)];
    // Lines are compared in clear and printed masked, so that a changed secret is still seen to have changed.
    const edits = editsOf(oldLines, freshLines);
    const [oldText, freshText] = [oldLines, freshLines].map((lines) => lines.map((one) => one.replace(/\n$/, "")));
    const oldMasked = (isOurs ? maskGenerated(oldText!) : maskEdited(oldText!, freshText!)).map(oneLine);
    const freshMasked = maskGenerated(freshText!).map(oneLine);
    isMasked ||= !isOurs && oldMasked.some((one, index) => one !== oldText![index]);
    const shown = (lines: readonly string[], masked: readonly string[]) => (index: number) =>
      `${masked[index]}\n${lines[index]!.endsWith("\n") ? "" : "\\ No newline at end of file\n"}`;
    const sides = { old: shown(oldLines, oldMasked), fresh: shown(freshLines, freshMasked) };
    return hunksOf(edits, oldLines.length).map((hunk) => printHunk(hunk, sides, line, paint));
  });
  const name = oneLine(path);
  const head = `--- ${isThere ? `a/${name}` : "/dev/null"}\n+++ ${after === undefined ? "/dev/null" : `b/${name}`}\n`;
  return (isMasked ? aboutMask(path, reason) : "") + paint("bold", head) + hunks.join("");
}

/**
 * What is to be compared: both texts, or, of a file of ours that no one has edited, its header and the blocks that differ, each
 * with what is shown around it.
 */
function pairsOf(change: Change): Pair[] {
  const { after, difference, contents } = change;
  const [header, oldHeader] = [after?.at(0), contents?.header?.text];
  if (difference === undefined || header === undefined || oldHeader === undefined) {
    return [{ old: change.before ?? "", fresh: after?.join("") ?? "", line: 0 }];
  }
  const { old, fresh, line, before } = difference;
  const behind = linesAtStart(difference.behind);
  const headerLines = linesOf(header).length;
  // Where the two would touch they are one.
  if (line - 1 - CONTEXT < headerLines + CONTEXT) {
    const between = before.join("");
    return [{ old: oldHeader + between + old + behind, fresh: header + between + fresh + behind, line: 0 }];
  }
  const start = blocksAtEnd(before);
  const top = linesAtStart(before);
  return [
    { old: oldHeader + top, fresh: header + top, line: 0 },
    { old: start + old + behind, fresh: start + fresh + behind, line: line - 1 - linesOf(start).length },
  ];
}

/** The first lines of a text. */
function linesAtStart(pieces: Pieces): string {
  let text = "";
  for (const piece of pieces) {
    text += piece;
    let end = -1;
    for (let line = 0; line < CONTEXT; line++) end = text.indexOf("\n", end + 1);
    if (end >= 0) return text.slice(0, end + 1);
  }
  return text;
}

/** The last lines of a text, and the whole block that the first of them is in: what is masked depends on how it starts. */
function blocksAtEnd(pieces: Pieces): string {
  let text = "";
  for (let index = pieces.length - 1; index >= 0; index--) {
    text = pieces.at(index)! + text;
    let start = text.length - 1;
    for (let line = 0; line < CONTEXT && start >= 0; line++) start = text.lastIndexOf("\n", start - 1);
    if (start < 0) continue;
    let block = text.lastIndexOf("\n\n", start);
    while (block > 0 && /\s/.test(text[block + 2]!)) block = text.lastIndexOf("\n\n", block - 1);
    return block < 0 ? text : text.slice(block + 2);
  }
  return text;
}

/** Lines with their line ends, which the last one may lack. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Edits that are shown together, and the lines that they are shown in. */
interface Hunk extends Edit {
  readonly edits: readonly Edit[];
}

/** The edits with the lines around them; those that are near to each other together. */
function hunksOf(edits: readonly Edit[], oldCount: number): Hunk[] {
  const groups: Edit[][] = [];
  for (const edit of edits) {
    const group = groups.at(-1);
    if (group !== undefined && edit.from - group.at(-1)!.to <= 2 * CONTEXT) group.push(edit);
    else groups.push([edit]);
  }
  return groups.map((group) => {
    const [first, last] = [group[0]!, group.at(-1)!];
    const before = Math.min(CONTEXT, first.from);
    const behind = Math.min(CONTEXT, oldCount - last.to);
    const lines = { from: first.from - before, to: last.to + behind };
    return { ...lines, newFrom: first.newFrom - before, newTo: last.newTo + behind, edits: group };
  });
}

/** Shows a line by its number. */
type Show = (index: number) => string;

function printHunk(
  hunk: Hunk,
  sides: { readonly old: Show; readonly fresh: Show },
  line: number,
  paint: Paint,
): string {
  const { from, to, newFrom, newTo, edits } = hunk;
  const text: string[] = [];
  let at = newFrom;
  for (const edit of [...edits, { from: to, to, newFrom: newTo, newTo }]) {
    for (; at < edit.newFrom; at++) text.push(` ${sides.fresh(at)}`);
    for (let index = edit.from; index < edit.to; index++) text.push(painted("red", `-${sides.old(index)}`, paint));
    for (; at < edit.newTo; at++) text.push(painted("green", `+${sides.fresh(at)}`, paint));
  }
  const place = `@@ -${range(line + from, to - from)} +${range(line + newFrom, newTo - newFrom)} @@`;
  return `${paint("cyan", place)}\n${text.join("")}`;
}

/** A line, and perhaps what is said about its end, which has no colour. */
function painted(style: "red" | "green", text: string, paint: Paint): string {
  const end = text.indexOf("\n");
  return paint(style, text.slice(0, end)) + text.slice(end);
}

/** Says before the diff, where patching programs skip it, why there is less in it than in the file. */
function aboutMask(path: string, reason: string): string {
  const command = `git diff -- ${shellWord(path)}`;
  return `# ${oneLine(`${path} ${reason}`)}: texts and comments that were not generated are masked. To see the edit: ${command}\n`;
}

/** Where a hunk is, from lines counted from 0; one without lines is after the line before it, as diff has it. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start : start + 1},${lines}`;
}
