/**
 * The command line's options, declared once: the table feeds the quick parser here and the help in `help.ts`. Arguments go in,
 * options come out; what is not understood is left to `help.ts` to explain.
 */

import { parseArgs } from "node:util";

export interface OptionHelp {
  readonly type: "boolean" | "string";
  readonly multiple?: boolean;
  readonly describe: string;
  /** What the option's value is, for the help. */
  readonly value?: string;
}

export const optionTable = {
  out: { type: "string", value: "DIR", describe: "Write into this folder instead of the spec's own or its output_dir" },
  check: {
    type: "boolean",
    describe: "Write nothing; exit 1 when a file is missing, stale, edited by hand or orphaned",
  },
  diff: {
    type: "boolean",
    describe: "Show what would change as a unified diff on stdout; values of secrets are masked",
  },
  stdout: { type: "boolean", describe: "Print the files instead of writing them" },
  force: { type: "boolean", describe: "Overwrite files that are not ours or were edited by hand" },
  "allow-destroy": {
    type: "string",
    multiple: true,
    value: "ADDRESS",
    describe: "Let Terraform destroy this resource; can be repeated, all stands for every one",
  },
  "pre-commit": {
    type: "boolean",
    describe: "For hooks: exit 1 when a file was written, or is not in git's index as it is on disk",
  },
  json: { type: "boolean", describe: "Print a report for programs on stdout" },
  quiet: { type: "boolean", describe: "Print errors only" },
  color: {
    type: "boolean",
    describe: "Colour the messages, or not with --no-color; otherwise NO_COLOR, FORCE_COLOR and the terminal decide",
  },
  help: { type: "boolean", describe: "Show this help" },
  version: { type: "boolean", describe: "Show the version" },
} as const satisfies Readonly<Record<string, OptionHelp>>;

/** What the command line says. */
export interface Options {
  readonly specs: readonly string[];
  readonly out: string | undefined;
  readonly check: boolean;
  readonly diff: boolean;
  readonly stdout: boolean;
  readonly force: boolean;
  readonly allowDestroy: readonly string[];
  readonly preCommit: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean | undefined;
  readonly help: boolean;
  readonly version: boolean;
}

/** The options, or `undefined` when an argument is not understood. */
export function parseOptions(argv: readonly string[]): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: optionTable,
      allowPositionals: true,
      allowNegative: true,
    });
    const { out, check, diff, stdout, force, json, quiet, color, help, version } = values;
    return {
      specs: positionals,
      out,
      check: check ?? false,
      diff: diff ?? false,
      stdout: stdout ?? false,
      force: force ?? false,
      allowDestroy: values["allow-destroy"] ?? [],
      preCommit: values["pre-commit"] ?? false,
      json: json ?? false,
      quiet: quiet ?? false,
      color,
      help: help ?? false,
      version: version ?? false,
    };
  } catch {
    return undefined;
  }
}
