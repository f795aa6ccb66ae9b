/**
 * Holds a text in pieces, each of which is put together when it is asked for, so that a large text is never in memory as a
 * whole. It knows nothing of what the text says.
 */

/** A text in pieces, as an array of them is. */
export interface Pieces extends Iterable<string> {
  readonly length: number;
  at(index: number): string | undefined;
  /** The whole text, a copy of it. */
  join(separator: ""): string;
}

/** So many pieces; `at` makes each, from 0 on, and is asked again for one that is needed again. */
export function piecesOf(length: number, at: (index: number) => string): Pieces {
  const pieces = {
    length,
    at: (index: number) => (index < length ? at(index) : undefined),
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield at(index);
    },
    join: () => [...pieces].join(""),
  };
  return pieces;
}
