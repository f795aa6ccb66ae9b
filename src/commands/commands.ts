/**
 * The commands, a row each: what the program understands, what its help lists, what a shell completes. A command's own file is
 * loaded when it is asked for, but for `generate`, which nearly every run is about.
 */

import { type Command, command } from "./command.ts";
import { generate } from "./generate.ts";

/** What is run when the first argument names no command. */
export const defaultCommand = command({
  name: "generate",
  usage: "[spec...]",
  about: "Writes Terraform for multi-Region KMS keys and Secrets Manager secrets from a YAML spec.",
  words: { spec: "The specs, or - for standard input; without one, the spec of this folder" },
  options: {
    out: {
      type: "string",
      value: "DIR",
      describe: "Write into this folder instead of the spec's own or its output_dir",
    },
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
      describe: "Let Terraform destroy this resource; repeatable; all allows every resource",
    },
    "pre-commit": {
      type: "boolean",
      describe: "For hooks: exit 1 when a file was written, or is not in git's index as it is on disk",
    },
    templates: {
      type: "string",
      value: "DIR",
      describe: "Print with the templates in this folder, instead of the spec's own templates or the built-in ones",
    },
    summary: {
      type: "string",
      value: "FILE",
      describe: "Add to this file, in Markdown, what was done and what Terraform will do",
    },
    watch: { type: "boolean", describe: "Write the files again at every save of a spec, until Ctrl-C" },
  },
  examples: [
    ["mrk-scaffold spec.yaml", "write the Terraform files beside spec.yaml"],
    ["mrk-scaffold spec.yaml --check --diff", "in CI: say what is not up to date, write nothing"],
    ["mrk-scaffold */mrk.yaml", "several specs in one go: all or nothing"],
    ["mrk-scaffold - --stdout < spec.yaml", "read the spec from standard input, print the files"],
  ],
  run: generate,
});

export const commands: readonly Command[] = [
  defaultCommand,
  command({
    name: "init",
    usage: "[file]",
    about: "Writes a first spec, with comments; on a terminal it asks for what the options do not say.",
    words: { file: "The spec to write, spec.yaml by default" },
    options: {
      primary: { type: "string", value: "REGION", describe: "The region of the primary keys" },
      replicas: {
        type: "string",
        multiple: true,
        value: "REGIONS",
        describe: "The regions with replicas, with commas; repeatable",
      },
      encrypt: {
        type: "string",
        multiple: true,
        value: "SERVICES",
        describe: "What is encrypted, with commas: secretsmanager (the default), s3, rds, ...; repeatable",
      },
      secret: { type: "string", multiple: true, value: "NAME", describe: "The name of a secret; repeatable" },
      "own-providers": {
        type: "boolean",
        describe: "Keep the folder's own provider blocks and write none; by default if there are any",
      },
      module: { type: "boolean", describe: "The folder is a module that other Terraform calls" },
      "pre-commit": { type: "boolean", describe: "Write a .pre-commit-config.yaml too" },
      yes: { type: "boolean", describe: "Ask nothing, also on a terminal" },
    },
    examples: [
      ["mrk-scaffold init", "ask, and write spec.yaml"],
      ["mrk-scaffold init --primary eu-west-1 --yes", "ask nothing, in a script for example"],
    ],
    run: async (given, io) => (await import("./init.ts")).init(given, io),
  }),
  command({
    name: "adopt",
    usage: "<state>",
    about: "Writes a spec for the keys and secrets of a Terraform state or of an AWS account.",
    words: { state: "What terraform show -json prints of a state or a plan: a file, or - for standard input" },
    options: {
      out: { type: "string", value: "DIR", describe: "Write into this folder instead of the current one" },
      "dry-run": { type: "boolean", describe: "Print the spec and the moves instead of writing them" },
      exact: { type: "boolean", describe: "Write nothing if any attribute would change" },
      account: { type: "boolean", describe: "Read the AWS account instead of a state, and write import blocks" },
      regions: {
        type: "string",
        multiple: true,
        value: "REGIONS",
        describe: "With --account: the regions to look at, with commas",
      },
      tag: {
        type: "string",
        multiple: true,
        value: "KEY=VALUE",
        describe: "With --account: only what has this tag; repeatable",
      },
    },
    examples: [
      ["terraform show -json | mrk-scaffold adopt - --dry-run", "see what would be written"],
      ["mrk-scaffold adopt --account --regions eu-central-1,eu-west-1", "for keys that were made by hand"],
    ],
    run: async (given, io) => (await import("./adopt.ts")).adopt(given, io),
  }),
  command({
    name: "graph",
    usage: "[spec]",
    about: "Draws the regions, keys and secrets of a spec.",
    words: { spec: "The spec, or - for standard input; without one, the spec of this folder" },
    options: {
      format: {
        type: "string",
        value: "FORMAT",
        describe: "mermaid (the default, for Markdown on GitHub), dot or svg",
      },
    },
    examples: [["mrk-scaffold graph spec.yaml --format svg > regions.svg", "a picture for a wiki or a README"]],
    run: async (given, io) => (await import("./graph.ts")).graph(given, io),
  }),
  command({
    name: "explain",
    usage: "[code]",
    about: "Says what a message means, by the code at its end.",
    words: { code: "The code, such as key-would-be-destroyed; without one all codes are listed" },
    options: {},
    examples: [["mrk-scaffold explain plaintext-not-allowed", "what it means, with an example"]],
    run: async (given, io) => (await import("./explain.ts")).explain(given, io),
  }),
  command({
    name: "completion",
    usage: "<shell>",
    about: "Prints a script that completes commands, options and names in a shell.",
    words: { shell: "bash, zsh or fish" },
    options: {},
    examples: [["source <(mrk-scaffold completion bash)", "complete in this shell"]],
    run: async (given) => (await import("./completion.ts")).completion(given, commands),
  }),
  command({
    name: "eject",
    usage: "[dir]",
    about: "Writes the built-in templates into a folder, for editing.",
    words: { dir: "The folder, templates by default" },
    options: {},
    examples: [["mrk-scaffold eject templates", "then write templates: templates in the spec"]],
    run: async (given, io) => (await import("./eject.ts")).eject(given, io),
  }),
  command({
    name: "promote",
    usage: "<spec>",
    about: "Makes another region the primary one: changes the spec, writes its files, prints the runbook.",
    words: { spec: "The spec, which is changed in place" },
    options: {
      to: { type: "string", value: "REGION", describe: "The replica region that becomes the primary one" },
      secrets: { type: "boolean", describe: "Move the secrets too" },
      "secrets-only": { type: "boolean", describe: "Move the secrets alone, as in an outage" },
      unreachable: {
        type: "string",
        multiple: true,
        value: "REGION",
        describe: "With --to: this region is out of reach; repeatable",
      },
      continue: { type: "boolean", describe: "Go on to the next step, once the last one has been applied" },
      returned: { type: "string", value: "REGION", describe: "This region answers again: copy the secrets there" },
      state: {
        type: "string",
        value: "FILE",
        describe:
          "The state, as terraform show -json prints it, or - for standard input: it has the ids of the keys, and says what has been applied",
      },
      applied: {
        type: "boolean",
        describe: "With --continue: the last step has been applied everywhere; where no state can be shown",
      },
      "key-id": { type: "string", multiple: true, value: "ID=mrk-…", describe: "The id of a key in AWS; repeatable" },
      lambda: {
        type: "string",
        multiple: true,
        value: "ID=ARN",
        describe: "The function that rotates a secret in the new region; repeatable",
      },
      attach: {
        type: "boolean",
        describe: "With --secrets-only: Terraform has let go of the secrets already (state rm)",
      },
      "send-values": { type: "boolean", describe: "With --continue: have Terraform send the values again" },
      "root-imports": {
        type: "string",
        value: "FILE",
        describe: "For a module: write the root's import blocks to this file",
      },
      out: { type: "string", value: "DIR", describe: "The output folder, as for the files" },
      templates: { type: "string", value: "DIR", describe: "The folder of the templates, as for the files" },
      force: { type: "boolean", describe: "Overwrite files that are not ours or were edited by hand" },
      "allow-destroy": {
        type: "string",
        multiple: true,
        value: "ADDRESS",
        describe: "Let Terraform destroy this resource; repeatable; all allows every resource",
      },
      "dry-run": { type: "boolean", describe: "Write nothing; show what would change, and the runbook" },
    },
    examples: [
      ["terraform show -json | mrk-scaffold promote spec.yaml --to eu-west-1 --state -", "the primary keys move"],
      ["mrk-scaffold promote spec.yaml --continue --applied", "the next step, once that is applied"],
      [
        "mrk-scaffold promote spec.yaml --to eu-west-1 --secrets-only --unreachable eu-central-1",
        "in an outage: the secrets move",
      ],
    ],
    run: async (given, io) => (await import("./promote.ts")).promote(given, io),
  }),
  command({
    name: "schema",
    usage: "",
    about: "Prints the JSON Schema of a spec, for editors.",
    words: {},
    options: {},
    examples: [["mrk-scaffold schema > mrk-scaffold.schema.json", "keep the schema where an editor finds it"]],
    run: async (given) => (await import("./schema.ts")).schema(given),
  }),
  command({
    name: "guard",
    usage: "<plan>",
    about: "Refuses a Terraform plan that loses a key, a secret, a replica or a value.",
    words: { plan: "The plan as terraform show -json prints it, - for standard input, or a binary plan file" },
    options: {
      spec: {
        type: "string",
        multiple: true,
        value: "SPEC",
        describe: "Let the plan do what this spec announces, such as retired regions; repeatable",
      },
      "allow-destroy": {
        type: "string",
        multiple: true,
        value: "ADDRESS",
        describe: "Let the plan do this to the resource; repeatable; all allows every resource",
      },
    },
    examples: [
      ["terraform show -json plan.tfplan | mrk-scaffold guard -", "judge a plan before it is applied"],
      ["mrk-scaffold guard plan.tfplan --spec spec.yaml", "let terraform show it, allow what spec.yaml announces"],
    ],
    run: async (given, io) => (await import("./guard.ts")).guard(given, io),
  }),
  command({
    name: "verify",
    usage: "[spec]",
    about: "Asks AWS whether its keys and secrets are as a spec says.",
    words: { spec: "The spec, or - for standard input; without one, the spec of this folder" },
    options: {
      values: { type: "boolean", describe: "Read every value in every region and compare; nothing of it is printed" },
      regions: {
        type: "string",
        multiple: true,
        value: "REGIONS",
        describe: "Look at these regions only, with commas",
      },
      state: {
        type: "string",
        value: "FILE",
        describe:
          "Where the ids of keys without an alias are: what terraform show -json prints, or - for standard input",
      },
      "key-id": {
        type: "string",
        multiple: true,
        value: "KEY=ID",
        describe: "The id of a key that has no alias to find it by; repeatable",
      },
      var: {
        type: "string",
        multiple: true,
        value: "NAME=VALUE",
        describe: "What {var.NAME} is; TF_VAR_NAME by default",
      },
      workspace: { type: "string", value: "NAME", describe: "What {workspace} is; TF_WORKSPACE by default" },
      "print-policy": { type: "boolean", describe: "Print the IAM policy that this needs, and ask nothing" },
    },
    examples: [
      ["mrk-scaffold verify spec.yaml", "after an apply: is everything in AWS as it should be"],
      ["mrk-scaffold verify spec.yaml --values", "can every value be read, and is it the same in all regions"],
    ],
    run: async (given, io) => (await import("./verify.ts")).verify(given, io),
  }),
];

/** What people type who know other programs, as it is called here. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  help: ["--help"],
  "-h": ["--help"],
  "-v": ["--version"],
  "-V": ["--version"],
  check: ["--check"],
  validate: ["--check"],
  diff: ["--check", "--diff"],
};

/** The command that a command line is about, and its arguments. */
export function commandOf(argv: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  const [first = "", ...others] = argv;
  const named = commands.find(({ name }) => name === first);
  if (named !== undefined) return { command: named, rest: others };
  if (!Object.hasOwn(OTHER_WORDS, first)) return { command: defaultCommand, rest: argv };
  const meant = OTHER_WORDS[first]!;
  // Help may be asked for a command: mrk-scaffold help guard.
  const about = first === "help" ? commands.find(({ name }) => name === others[0]) : undefined;
  return about === undefined
    ? { command: defaultCommand, rest: [...meant, ...others] }
    : { command: about, rest: [...meant, ...others.slice(1)] };
}
