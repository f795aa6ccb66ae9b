/**
 * Reads a command's arguments: its table of options and the words go in, values and positional arguments come out. What is
 * not understood is left to `help.ts` to explain.
 */

import { parseArgs } from "node:util";

export interface OptionHelp {
  readonly type: "boolean" | "string";
  readonly multiple?: boolean;
  readonly describe: string;
  /** What the option's value is, for the help. */
  readonly value?: string;
}

export type OptionTable = Readonly<Record<string, OptionHelp>>;

/** The options that every command has. */
export const commonOptions = {
  json: { type: "boolean", describe: "Print a report for programs on stdout" },
  quiet: { type: "boolean", describe: "Print errors only" },
  color: {
    type: "boolean",
    describe: "Colour the messages, or not with --no-color; otherwise NO_COLOR, FORCE_COLOR and the terminal decide",
  },
  help: { type: "boolean", describe: "Show this help" },
  version: { type: "boolean", describe: "Show the version" },
} as const satisfies OptionTable;

/** The values that a table of options leads to; an option that was not given is absent. */
export type Values<T extends OptionTable> = {
  readonly [Name in keyof T]?: T[Name] extends { readonly multiple: true }
    ? readonly string[]
    : T[Name]["type"] extends "boolean"
      ? boolean
      : string;
};

/** A command's arguments, understood. */
export interface Arguments<T extends OptionTable = OptionTable> {
  readonly words: readonly string[];
  readonly options: Values<T & typeof commonOptions>;
}

/** The arguments, or `undefined` when one is not understood. */
export function parseArguments<T extends OptionTable>(argv: readonly string[], table: T): Arguments<T> | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { ...table, ...commonOptions },
      allowPositionals: true,
      allowNegative: true,
    });
    return { words: positionals, options: values as Arguments<T>["options"] };
  } catch {
    return undefined;
  }
}
