/** What a run may use of the outside world, and the exit codes that it ends with; types and constants only. */

import type { Readable, Writable } from "node:stream";
import type { WriteContext } from "./disk/write.ts";

/** What the program has of the world. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly writeContext: WriteContext;
  /** Where someone can be asked: standard input and standard error, if both are a terminal. */
  readonly terminal?: Terminal | undefined;
  /** From now on a signal to end (Ctrl-C) does not end the process, but calls this. */
  readonly onInterrupt?: (end: () => void) => void;
  /** Seconds since the program was started; where there is no clock, no run is long. */
  readonly uptime?: () => number;
}

interface Input {
  /** All of it, at most as many bytes; a `ReadError` where there are more. */
  read(most: number): Uint8Array;
  /** All of it in pieces, however much it is; each piece is overwritten by the next one. */
  pieces(): Iterable<Uint8Array>;
}

/** What a prompt reads keys from, and draws on. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** How many characters fit on a line, of a terminal. */
  readonly columns?: number | undefined;
}

/** The exit codes, which are part of the interface. */
export const EXIT = {
  done: 0,
  differs: 1,
  wrong: 2,
  refused: 3,
  vanishing: 4,
  unseen: 5,
  bug: 70,
  unprinted: 74,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
