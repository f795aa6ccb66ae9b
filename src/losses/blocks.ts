/**
 * Picks out of a file on disk and the file that is to replace it what must be read, so that losses are found in large files
 * too: a change goes in, texts come out. It works on lines and blank lines and knows no HCL.
 */

import type { Change } from "../disk/compare.ts";
import type { Difference } from "../disk/pieces.ts";
import type { Pieces } from "../output/pieces.ts";
import type { TerraformFile } from "../terraform/declared.ts";

/** A file as it is, for each side of a merge conflict, and as it is to be. */
export interface Sides {
  readonly old: readonly TerraformFile[];
  readonly fresh: readonly TerraformFile[];
}

/** Both texts, and both sides of conflicts. */
export function wholeFiles({ path, before, after }: Change): Sides {
  return {
    old: before === undefined ? [] : sidesOfConflicts(before).map((text) => ({ path, text })),
    fresh: after === undefined ? [] : [{ path, text: after.join("") }],
  };
}

/**
 * The blocks in which two texts differ, and the few that say where things are or where they move. A file that is not as we wrote
 * it is read as a whole.
 */
export function differingBlocks(change: Change): Sides {
  const { kind, path } = change;
  const parts = partsOf(change);
  if (parts === undefined) return wholeFiles(change);
  const { old, fresh, equal } = parts;
  const isTelling = (block: string) => CONTEXT.some((start) => block.startsWith(start));
  const [was, is] = [blocksIn([[old]]), blocksIn([[fresh]])];
  const said = blocksIn(equal, isTelling);
  const moved = [...said, ...is].filter((block) => block.startsWith("moved "));
  const targets = new Set(moved.map((block) => /^ +to += (.+)$/m.exec(block)?.[1]));
  const isTarget = (block: string) => targets.has(addressIn(block));
  const context = targets.size === 0 ? said : [...said, ...blocksIn(equal, isTarget)];
  // What has only changed its place has not changed.
  const known = new Set(was);
  const both = new Set(is.filter((block) => known.has(block)));
  const text = (blocks: readonly string[]) => {
    const differing = blocks.filter((block) => !both.has(block) || isTelling(block) || isTarget(block));
    return { path, text: [...differing, ...context].join("\n\n") };
  };
  // Nothing on disk can be lost to a file that is not there: of that one only what is said about others counts.
  return { old: kind === "missing" ? [] : [text(was)], fresh: [text(is)] };
}

/** The keys and aliases in what is equal, which `differingBlocks` leaves out. */
export function equalKeys(change: Change): Sides {
  const { kind, path } = change;
  const { equal = [] } = partsOf(change) ?? {};
  const keys = blocksIn(equal, (block) => block.startsWith('resource "aws_kms_'));
  const text = { path, text: keys.join("\n\n") };
  return { old: kind === "missing" ? [] : [text], fresh: [text] };
}

/** What differs and what is equal, of a file that is as we wrote it, or that is not there. */
function partsOf({ kind, after, difference }: Change): Parts | undefined {
  if (after !== undefined && (kind === "missing" || kind === "same")) return { old: "", fresh: "", equal: [after] };
  return difference && { ...difference, equal: [difference.before, difference.behind] };
}

type Parts = Pick<Difference, "old" | "fresh"> & { readonly equal: readonly Pieces[] };

const BLANK_LINE = "\n\n";
const CONTEXT = ["terraform ", "provider ", "moved ", "removed ", 'data "aws_region" '];
/** Longer than the first line of a block by which it is wanted. */
const FIRST_LINE = 512;

/**
 * The blocks in a text that is given in pieces, each of which holds whole ones, or those whose first line is wanted. A file that
 * we wrote is a sequence of blocks with blank lines between; behind a blank line inside of a block the text is indented.
 */
function blocksIn(texts: readonly Iterable<string>[], isWanted?: (block: string) => boolean): string[] {
  const blocks: string[] = [];
  for (const piece of inOrder(texts)) {
    let start = 0;
    while (piece[start] === "\n") start++;
    while (start < piece.length) {
      let end = piece.indexOf(BLANK_LINE, start);
      while (end >= 0 && isBlank(piece[end + 2])) end = piece.indexOf(BLANK_LINE, end + 1);
      const next = end < 0 ? piece.length : end + 2;
      if (isWanted === undefined || isWanted(piece.slice(start, Math.min(next, start + FIRST_LINE)))) {
        blocks.push(piece.slice(start, next).trimEnd());
      }
      start = next;
    }
  }
  return blocks;
}

function isBlank(character = ""): boolean {
  return character === " " || character === "\n";
}

function* inOrder(texts: readonly Iterable<string>[]): Iterable<string> {
  for (const text of texts) yield* text;
}

/** The address of the resource that a block of ours declares. */
function addressIn(block: string): string | undefined {
  const [kind, type, , name] = block.split('"', 4);
  return kind === "resource " && name !== undefined ? `${type}.${name}` : undefined;
}

/** Both texts that a file with conflict markers may stand for, with the lines where they were. */
function sidesOfConflicts(text: string): readonly string[] {
  if (!text.includes("<<<<<<<") || !/^<{7}( |$)/m.test(text)) return [text];
  const sides: [string[], string[]] = [[], []];
  /** Which of the two a line is on: both, or one, or (what the two had in common once) none. */
  let on: readonly boolean[] = [true, true];
  for (const line of text.split("\n")) {
    const marker = /^(<{7}|\|{7}|={7}|>{7})( |$)/.exec(line)?.[1]?.[0];
    if (marker !== undefined) on = MARKED[marker]!;
    for (const [side, lines] of sides.entries()) lines.push(marker === undefined && on[side] ? line : "");
  }
  return sides.map((lines) => lines.join("\n"));
}

const MARKED: Readonly<Record<string, readonly boolean[]>> = {
  "<": [true, false],
  "|": [false, false],
  "=": [false, true],
  ">": [true, true],
};
