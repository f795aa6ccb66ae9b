/**
 * Says on a terminal how far a long run is: numbers go in, one line that is written over goes out. Nothing is said within the
 * first second, and nothing where no one watches.
 */

import type { Io } from "../io.ts";
import type { PrintOptions } from "./print.ts";

interface Progress {
  /** How far the work is; may be told as often as there is news. */
  tell(done: number, of: number): void;
  /** Removes the line. */
  end(): void;
}

/** The first line comes after so many milliseconds, the next ones no closer to each other. */
const FIRST_AFTER = 1000;
const APART = 200;

/** `what` is what is being done: `looking at AWS`. */
export function progress(
  what: string,
  { json, quiet }: PrintOptions,
  { stderr, env }: Pick<Io, "stderr" | "env">,
): Progress {
  const isWatched = stderr.isTTY === true && env.TERM !== "dumb" && !json && !quiet;
  let next = performance.now() + FIRST_AFTER;
  let isShown = false;
  return {
    tell(done, of) {
      if (!isWatched || performance.now() < next) return;
      next = performance.now() + APART;
      isShown = true;
      const share = of > 0 ? ` (${Math.floor((100 * done) / of)} %)` : "";
      stderr.write(`\r\u001b[K${what}: ${done.toLocaleString("en-US")} of ${of.toLocaleString("en-US")}${share}`);
    },
    end() {
      if (isShown) stderr.write("\r\u001b[K");
    },
  };
}
