/** Finds the word that someone meant: a mistyped word and the allowed ones go in, the nearest one comes out, if any is near. */

/** Guesses in one report: of thousands of mistakes few are read, and each guess looks at every word that is allowed. */
export const MOST_GUESSES = 100;

/**
 * The candidate with the fewest typing slips to `word`, at most two and fewer than half its length; the first of equals. Where none
 * is near, the only one that begins like it.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates];
  let best: string | undefined;
  let fewest = Math.min(2, Math.floor((word.length - 1) / 2)) + 1;
  for (const candidate of all) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const slips = distance(word.toLowerCase(), candidate.toLowerCase());
    if (slips < fewest) {
      fewest = slips;
      best = candidate;
    }
  }
  return best ?? begun(word, all);
}

/** The only candidate of which someone typed the beginning, six characters or more with at most one slip: `recovery_windw`. */
function begun(word: string, candidates: readonly string[]): string | undefined {
  if (word.length < 6) return undefined;
  const isBegun = (candidate: string) =>
    candidate.length > word.length &&
    [word.length - 1, word.length, word.length + 1].some(
      (length) => distance(word.toLowerCase(), candidate.slice(0, length).toLowerCase()) < 2,
    );
  const [only, ...others] = candidates.filter(isBegun);
  return others.length === 0 ? only : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other. */
function distance(left: string, right: string): number {
  let twoAgo: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + (same ? 0 : 1));
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, twoAgo[column - 2]! + 1);
      current.push(cost);
    }
    twoAgo = previous;
    previous = current;
  }
  return previous[right.length]!;
}
