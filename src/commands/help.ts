/**
 * Shows the help and explains command lines that were not understood, with yargs; loaded only then, because yargs takes
 * longer to load than a whole run. Arguments go in, text comes out.
 */

import yargs from "yargs";
import { broken } from "../report/width.ts";
import { nearest } from "../spec/suggest.ts";
import type { Command } from "./command.ts";
import { commonOptions, type OptionTable } from "./options.ts";

const EPILOGUE = `Exit codes:
  0   done, or up to date
  1   --check: the files differ from what the spec says; --pre-commit: there is something to commit
  2   the spec or the command line is wrong; nothing was written
  3   refused: a file is not ours or was edited by hand, or the disk was in the way; nothing was written
  4   refused: resources would vanish; nothing was written
  5   AWS could not be asked, so nothing can be said
  70  a bug in mrk-scaffold
  74  the report could not be printed, because the disk is full for instance; the files are written
  130 interrupted with Ctrl-C`;

/** Columns of the help at most, and in a file, so that it can be quoted. */
const COLUMNS = 100;

/** Options of other programs, as they are called here. */
const OTHER_NAMES: Readonly<Record<string, string>> = { "dry-run": "check", output: "out", "output-dir": "out" };

/** The text of a command's `--help`; `commands` are the rows of the table, the default command first. */
export async function helpText(command: Command, commands: readonly Command[], width?: number): Promise<string> {
  return `${await parserOf(command, [], commands, width).getHelp()}\n`;
}

/** Why a command line cannot be used, and what to do about it. */
export async function explain(
  command: Command,
  argv: readonly string[],
  commands: readonly Command[],
): Promise<{ readonly message: string; readonly hint: string }> {
  const table = optionsOf(command);
  let problem = argv.map((word) => misusedValue(word, table)).find((text) => text !== undefined);
  const note = (message: string | null) => {
    problem ??= message?.replace(/^Not enough arguments following: (.+)$/, "--$1 needs a value");
  };
  try {
    await parserOf(command, argv, commands).fail(note).parseAsync();
  } catch {
    // yargs trips over names that objects have by nature, --constructor for one.
  }
  const end = argv.indexOf("--");
  const unknown = argv
    .slice(0, end === -1 ? undefined : end)
    .filter((word) => word.startsWith("-") && word !== "-")
    .map((word) => word.replace(/=.*/s, ""))
    .filter((word) => !Object.hasOwn(table, wordOf(word)));
  if (unknown.length > 0) problem = `unknown option${unknown.length === 1 ? "" : "s"}: ${unknown.join(", ")}`;
  const meant = unknown
    .map(wordOf)
    .map((name) => (Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : nearest(name, Object.keys(table))))
    .filter((name) => name !== undefined);
  const hint = meant.length > 0 ? `Did you mean --${meant.join(", --")}?` : `See ${nameOf(command, commands)} --help.`;
  return { message: problem ?? "the arguments are not understood", hint };
}

/** The word that an option is: `check` for `--no-check`. */
function wordOf(option: string): string {
  return option.replace(/^-+(?:no-)?/, "");
}

function optionsOf({ options }: Command): OptionTable {
  return { ...options, ...commonOptions };
}

function nameOf(command: Command, [first]: readonly Command[]): string {
  return command === first ? "mrk-scaffold" : `mrk-scaffold ${command.name}`;
}

/** A value where an option has none, or none where it has one: yargs lets both pass. */
function misusedValue(word: string, table: OptionTable): string | undefined {
  const [, no, name = "", value] = /^--(no-)?([\w-]+)(=.*)?$/s.exec(word) ?? [];
  if (!Object.hasOwn(table, name)) return undefined;
  const isSwitch = table[name]!.type === "boolean";
  if (isSwitch && value !== undefined) return `--${name} takes no value`;
  return !isSwitch && no !== undefined ? `--${name} cannot be switched off` : undefined;
}

/** The other commands, for the help of the program as a whole. */
function otherCommands([, ...rows]: readonly Command[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, about }) => `  mrk-scaffold ${name.padEnd(width)}  ${about}`);
  return `Other commands, each with a --help of its own:\n${lines.join("\n")}\n\n`;
}

/** Text whose long lines go on below their second column. */
function hanging(text: string, width: number): string {
  const indentOf = (line: string) => /^ *\S+( \S+)? {2,}/.exec(line)?.[0].length ?? 0;
  return text
    .split("\n")
    .map((line) => (line.length > width ? broken(line, width, indentOf(line)) : line))
    .join("\n");
}

function parserOf(command: Command, argv: readonly string[], commands: readonly Command[], width = COLUMNS) {
  const { usage, about, words, examples } = command;
  const isDefault = command === commands[0];
  const parser = yargs([...argv])
    .scriptName(nameOf(command, commands))
    .locale("en")
    .usage(`${["$0", usage].filter(Boolean).join(" ")}\n\n${about}`)
    .parserConfiguration({ "camel-case-expansion": false })
    .strictOptions()
    .version(false)
    .help(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .wrap(Math.min(COLUMNS, width))
    .epilogue(hanging(isDefault ? otherCommands(commands) + EPILOGUE : EPILOGUE, Math.min(COLUMNS, width)));
  for (const [name, describe] of Object.entries(words)) {
    parser.positional(name, { describe, type: "string", array: usage.includes("...") });
  }
  for (const [name, { type, describe, value, multiple }] of Object.entries(optionsOf(command))) {
    parser.option(name, {
      type,
      describe: value === undefined ? describe : `${describe} [${value}]`,
      requiresArg: type === "string",
      array: multiple ?? false,
    });
  }
  for (const [line, does] of examples) parser.example(line, does);
  return parser;
}
