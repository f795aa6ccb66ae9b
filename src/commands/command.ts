/** The shape of a command: what it is called and given, what it says of itself, and how it is run. */

import type { Io } from "../io.ts";
import type { Outcome } from "../report/outcome.ts";
import type { Arguments, OptionTable } from "./options.ts";

/** One command: `mrk-scaffold NAME ARGUMENTS [options]`. */
export interface Command<T extends OptionTable = OptionTable> {
  readonly name: string;
  /** The arguments as the first line of its help has them. */
  readonly usage: string;
  /** What it does, in one line. */
  readonly about: string;
  /** What its positional arguments are, by name. */
  readonly words: Readonly<Record<string, string>>;
  readonly options: T;
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly run: (given: Arguments<T>, io: Io) => Outcome | Promise<Outcome>;
}

/** A row of the table; the options that it declares are the ones that its `run` is given. */
export function command<const T extends OptionTable>(row: Command<T>): Command {
  return row as unknown as Command;
}
