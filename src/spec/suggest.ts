/** Finds the word that someone meant: a mistyped word and the allowed ones go in, the nearest one comes out, if any is near. */

/** Guesses in one report: of thousands of mistakes few are read, and each guess looks at every word that is allowed. */
export const MOST_GUESSES = 100;

/** The candidate with the fewest typing slips to `word`, at most two and fewer than half its length; the first of equals. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Math.min(2, Math.floor((word.length - 1) / 2)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const slips = distance(word.toLowerCase(), candidate.toLowerCase());
    if (slips < fewest) {
      fewest = slips;
      best = candidate;
    }
  }
  return best;
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
