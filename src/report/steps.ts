/**
 * Says on a terminal what a long run is doing: each step goes in, one line comes out that the next one is written over, and that
 * is gone at the end. Short runs, files and pipes see none of it.
 */

import type { Io } from "../io.ts";
import { oneLine, withCommas } from "./printable.ts";

/** How long a run takes, in seconds, before it says something; a step that begins then ends after a second at the earliest. */
const PATIENCE = 0.5;

/** Numbers that run are shown no closer to each other, in seconds. */
const APART = 0.2;

const CLEAR_LINE = "\r\u001b[K";

export interface Steps {
  /** What begins now, in a few words. */
  readonly say: (what: string) => void;
  /** How far it is: `Looking at AWS: 1,200 of 10,000 (12 %)`. May be told as often as there is news. */
  readonly tell: (what: string, done: number, of: number) => void;
  /** Takes the line away, so that what is printed next has the terminal to itself. */
  readonly end: () => void;
}

/** The steps of a run on its standard error. */
export function stepsOf(
  { quiet, json }: { readonly quiet?: boolean; readonly json?: boolean },
  { env, stderr, uptime = () => 0 }: Pick<Io, "env" | "stderr" | "uptime">,
): Steps {
  let isShown = false;
  let next = 0;
  const show = (text: () => string) => {
    if (quiet || uptime() < PATIENCE || env.TERM === "dumb" || stderr.isTTY !== true) return;
    isShown = true;
    stderr.write(`${CLEAR_LINE}${text()}`);
  };
  return {
    say: (what) => show(() => `${oneLine(what)} …`),
    tell(what, done, of) {
      if (json || uptime() < next) return;
      next = uptime() + APART;
      const share = of > 0 ? ` (${Math.floor((100 * done) / of)} %)` : "";
      show(() => `${oneLine(what)}: ${withCommas(done)} of ${withCommas(of)}${share}`);
    },
    end: () => {
      if (isShown) stderr.write(CLEAR_LINE);
      isShown = false;
    },
  };
}
