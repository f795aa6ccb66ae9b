/**
 * Shows the help and explains command lines that were not understood, with yargs; loaded only then, because yargs takes
 * longer to load than a whole run. Arguments go in, text comes out.
 */

import yargs from "yargs";
import { nearest } from "../spec/suggest.ts";
import { optionTable } from "./options.ts";

const EXAMPLES: readonly (readonly [command: string, does: string])[] = [
  ["mrk-scaffold spec.yaml", "write the Terraform files beside spec.yaml"],
  ["mrk-scaffold spec.yaml --check --diff", "in CI: say what is not up to date, write nothing"],
  ["mrk-scaffold */mrk.yaml", "several specs in one go: all or nothing"],
  ["mrk-scaffold - --stdout < spec.yaml", "read the spec from standard input, print the files"],
  ["mrk-scaffold schema", "print the JSON Schema of a spec, for editors"],
];

const EPILOGUE = `Exit codes:
  0   done, or up to date
  1   --check: the files differ from what the spec says; --pre-commit: there is something to commit
  2   the spec or the command line is wrong; nothing was written
  3   refused: a file is not ours or was edited by hand, or the disk was in the way; nothing was written
  4   refused: resources would vanish; nothing was written
  70  a bug in mrk-scaffold; nothing was written`;

/** Columns of the help, whatever the terminal, so that it can be quoted. */
const COLUMNS = 100;

/** The text of `--help`. */
export async function helpText(): Promise<string> {
  return `${await command([]).getHelp()}\n`;
}

/** Why a command line cannot be used, in one or two lines. */
export async function explain(argv: readonly string[]): Promise<string> {
  let problem = argv.map(misusedValue).find((text) => text !== undefined);
  const note = (message: string | null) => {
    problem ??= message ?? undefined;
  };
  try {
    await command(argv).fail(note).parseAsync();
  } catch {
    // yargs trips over names that objects have by nature, --constructor for one.
  }
  const unknown = argv
    .filter((word) => word.startsWith("-") && word !== "-")
    .map((word) => word.replace(/^-+(?:no-)?/, "").replace(/=.*/s, ""))
    .filter((name) => !Object.hasOwn(optionTable, name));
  const meant = unknown.map((name) => nearest(name, Object.keys(optionTable))).filter((name) => name !== undefined);
  const text = problem ?? "the arguments are not understood";
  const hint = meant.length > 0 ? `Did you mean --${meant.join(", --")}?` : "See mrk-scaffold --help.";
  return `${text}\n  help: ${hint}`;
}

/** A value where an option has none, or none where it has one: yargs lets both pass. */
function misusedValue(word: string): string | undefined {
  const [, no, name = "", value] = /^--(no-)?([\w-]+)(=.*)?$/s.exec(word) ?? [];
  if (!Object.hasOwn(optionTable, name)) return undefined;
  const isSwitch = optionTable[name as keyof typeof optionTable].type === "boolean";
  if (isSwitch && value !== undefined) return `--${name} takes no value`;
  return !isSwitch && no !== undefined ? `--${name} cannot be switched off` : undefined;
}

function command(argv: readonly string[]) {
  const parser = yargs([...argv])
    .scriptName("mrk-scaffold")
    .locale("en")
    .usage("$0 <spec...>\n\nWrites Terraform for multi-Region KMS keys and Secrets Manager secrets from a YAML spec.")
    .positional("spec", { describe: "The specs, or - for standard input", type: "string", array: true })
    .strictOptions()
    .version(false)
    .help(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .wrap(COLUMNS)
    .epilogue(EPILOGUE);
  for (const [name, { type, describe, ...rest }] of Object.entries(optionTable)) {
    const value = "value" in rest ? ` [${rest.value}]` : "";
    parser.option(name, {
      type,
      describe: describe + value,
      requiresArg: type === "string",
      array: "multiple" in rest,
    });
  }
  for (const [line, does] of EXAMPLES) parser.example(line, does);
  return parser;
}
