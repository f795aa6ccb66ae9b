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
  const options = { ...table, ...commonOptions };
  const plain = plainArguments(argv, options);
  if (plain !== undefined) return plain as Arguments<T>;
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options,
      allowPositionals: true,
      allowNegative: true,
    });
    return { words: positionals, options: values as Arguments<T>["options"] };
  } catch {
    return undefined;
  }
}

/**
 * The arguments where they are only words and options without a value, as in nearly every run: it takes a tenth of one to load
 * `parseArgs`, which would say the same.
 */
function plainArguments(argv: readonly string[], table: OptionTable): Arguments | undefined {
  const words: string[] = [];
  const options: Record<string, true> = {};
  for (const word of argv) {
    const name = word.slice(2);
    if (!word.startsWith("-") || word === "-") words.push(word);
    else if (word.startsWith("--") && Object.hasOwn(table, name) && table[name]?.type === "boolean")
      options[name] = true;
    else return undefined;
  }
  return { words, options: options as unknown as Arguments["options"] };
}
