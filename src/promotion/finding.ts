/** Names what is found to be wrong with a promotion that is asked for, before it has a place in a file. */

/** Something that stands in the way; the path leads to a place in the spec as it is. */
export interface Obstacle {
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint: string | undefined;
}
