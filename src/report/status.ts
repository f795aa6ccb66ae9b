/**
 * Shows how things are while a run waits: one line that is written over on a terminal, a line each time elsewhere. What is printed
 * between two of them comes after a `clear`.
 */

import type { Io } from "../io.ts";
import { oneLine } from "./printable.ts";

const CLEAR_LINE = "\r\u001b[K";

export interface Status {
  readonly show: (text: string) => void;
  readonly clear: () => void;
}

/** The line on standard error. */
export function statusOf({ env, stderr }: Pick<Io, "env" | "stderr">): Status {
  const isDrawn = stderr.isTTY === true && env.TERM !== "dumb";
  let isShown = false;
  return {
    show: (text) => {
      stderr.write(isDrawn ? `${CLEAR_LINE}${oneLine(text)}` : `${oneLine(text)}\n`);
      isShown = isDrawn;
    },
    clear: () => {
      if (isShown) stderr.write(CLEAR_LINE);
      isShown = false;
    },
  };
}
