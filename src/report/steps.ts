/**
 * Says on a terminal what a long run is doing: each step goes in, one line comes out that the next one is written over, and that
 * is gone at the end. Short runs, files and pipes see none of it.
 */

import type { Io } from "../io.ts";
import { oneLine } from "./printable.ts";

/** How long a run takes, in seconds, before it says something; a step that begins then ends after a second at the earliest. */
const PATIENCE = 0.5;

const CLEAR_LINE = "\r\u001b[K";

export interface Steps {
  /** What begins now, in a few words. */
  readonly say: (what: string) => void;
  /** Takes the line away, so that what is printed next has the terminal to itself. */
  readonly end: () => void;
}

/** The steps of a run on its standard error. */
export function stepsOf(
  { quiet }: { readonly quiet?: boolean },
  { env, stderr, uptime = () => 0 }: Pick<Io, "env" | "stderr" | "uptime">,
): Steps {
  let isShown = false;
  return {
    say: (what) => {
      if (quiet || uptime() < PATIENCE || env.TERM === "dumb" || stderr.isTTY !== true) return;
      isShown = true;
      stderr.write(`${CLEAR_LINE}${oneLine(what)} …`);
    },
    end: () => {
      if (isShown) stderr.write(CLEAR_LINE);
      isShown = false;
    },
  };
}
