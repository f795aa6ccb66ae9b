/**
 * Finds which lines differ between two texts: lines go in, edits come out. Blocks are matched by their first lines before lines
 * are compared, as a reader does it, so that the time grows with the texts and not with what differs in them.
 */

import { diffArrays } from "diff";

/** Lines `from` up to `to` of the old text that are now lines `newFrom` up to `newTo`, counted from 0; equal around. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** More edits in what has no blocks to match are not untangled: it is all taken out and put in. */
const MOST_EDITS = 1_000;

/** The edits that lead from the old lines to the fresh ones, in their order. */
export function editsOf(old: readonly string[], fresh: readonly string[]): Edit[] {
  const edits: Edit[] = [];
  let [from, newFrom] = [0, 0];
  for (const [to, newTo] of [...anchorsOf(old, fresh), [old.length, fresh.length] as const]) {
    for (const edit of editsWithin(old, fresh, { from, to, newFrom, newTo })) {
      const last = edits.at(-1);
      // What ends one block and begins the next is one edit.
      if (last?.to === edit.from && last.newTo === edit.newFrom) edits.pop();
      edits.push(last?.to === edit.from && last.newTo === edit.newFrom ? { ...edit, ...start(last) } : edit);
    }
    [from, newFrom] = [to, newTo];
  }
  return edits;
}

function start({ from, newFrom }: Edit): Pick<Edit, "from" | "newFrom"> {
  return { from, newFrom };
}

/** Pairs of lines between which both texts are compared: where the same block begins, and where it ends, in the order of both. */
function anchorsOf(old: readonly string[], fresh: readonly string[]): (readonly [number, number])[] {
  const [oldBlocks, freshBlocks] = [blocksOf(old), blocksOf(fresh)];
  const pairs: [number, number][] = [];
  for (const [line, { at, isOnly }] of oldBlocks) {
    const twin = freshBlocks.get(line);
    if (isOnly && twin?.isOnly) pairs.push([at, twin.at]);
  }
  return longestRising(pairs).flatMap(([at, newAt]) => [
    [at, newAt],
    [oldBlocks.get(old[at]!)!.end, freshBlocks.get(fresh[newAt]!)!.end],
  ]);
}

/** A block, from its first line up to that of the next one, and whether no other one begins alike. */
interface Block {
  readonly at: number;
  end: number;
  isOnly: boolean;
}

/** The blocks by their first lines; of those that begin alike the first. */
function blocksOf(lines: readonly string[]): Map<string, Block> {
  const blocks = new Map<string, Block>();
  let last: Block | undefined;
  for (const [at, line] of lines.entries()) {
    if (!/^[^\s}]/.test(line) || (at > 0 && !/^\s*$/.test(lines[at - 1]!))) continue;
    if (last !== undefined) last.end = at;
    last = { at, end: lines.length, isOnly: true };
    const first = blocks.get(line);
    if (first === undefined) blocks.set(line, last);
    else first.isOnly = false;
  }
  return blocks;
}

/** The most pairs that can be kept with both of their numbers rising; the first ones rise already. */
function longestRising(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  /** By length, the pair that ends the row of that length which ends lowest. */
  const ends: number[] = [];
  const previous: number[] = [];
  for (const [index, [, newAt]] of pairs.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]![1] < newAt) low = middle + 1;
      else high = middle;
    }
    previous[index] = low > 0 ? ends[low - 1]! : -1;
    ends[low] = index;
  }
  const row: (readonly [number, number])[] = [];
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index]!) row.push(pairs[index]!);
  return row.reverse();
}

/** The edits in a part of both texts, compared line by line. */
function editsWithin(old: readonly string[], fresh: readonly string[], part: Edit): Edit[] {
  let { from, to, newFrom, newTo } = part;
  while (from < to && newFrom < newTo && old[from] === fresh[newFrom]) [from, newFrom] = [from + 1, newFrom + 1];
  while (from < to && newFrom < newTo && old[to - 1] === fresh[newTo - 1]) [to, newTo] = [to - 1, newTo - 1];
  if (from === to && newFrom === newTo) return [];
  const whole = { from, to, newFrom, newTo };
  if (from === to || newFrom === newTo) return [whole];
  const changes = diffArrays(old.slice(from, to), fresh.slice(newFrom, newTo), { maxEditLength: MOST_EDITS });
  if (changes === undefined) return [whole];
  const edits: Edit[] = [];
  for (const { count, added, removed } of changes) {
    if (added || removed) {
      const last = edits.at(-1);
      const isNext = last?.to === from && last.newTo === newFrom;
      const edit = { from, to: from + (removed ? count : 0), newFrom, newTo: newFrom + (added ? count : 0) };
      if (isNext) edits[edits.length - 1] = { ...edit, ...start(last) };
      else edits.push(edit);
    }
    if (!added) from += count;
    if (!removed) newFrom += count;
  }
  return edits;
}
