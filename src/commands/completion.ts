/**
 * The command `completion`: the name of a shell goes in, a script comes out that completes commands, options and their values in
 * it: specs, folders, regions, services, diagnostic codes, resource addresses. All of it is made of the table of commands.
 */

import { knownRegions } from "../aws/regions.ts";
import { services } from "../aws/services.ts";
import { EXIT } from "../io.ts";
import { codes } from "../report/codes.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import type { Command } from "./command.ts";
import { commonOptions, type OptionHelp } from "./options.ts";

/** The script of a shell; `commands` are the rows of the table, the default command first. */
export function completion(
  { words: [shell, ...rest] }: { readonly words: readonly string[] },
  commands: readonly Command[],
): Outcome {
  const script = SHELLS[shell ?? ""];
  if (shell === undefined || rest.length > 0 || !Object.hasOwn(SHELLS, shell) || script === undefined) {
    return misuse("completion takes the name of a shell: bash, zsh or fish", INSTALL);
  }
  return { exitCode: EXIT.done, diagnostics: [], text: script(rowsOf(commands)) };
}

const INSTALL = `For bash: mrk-scaffold completion bash > ~/.local/share/bash-completion/completions/mrk-scaffold
For zsh: mrk-scaffold completion zsh > a folder of your $fpath/_mrk-scaffold
For fish: mrk-scaffold completion fish > ~/.config/fish/completions/mrk-scaffold.fish`;

/** What can be written in a place: files of a kind, addresses in the Terraform files, or one of some words. */
type Values = "specs" | "folders" | "files" | "addresses" | "nothing" | readonly string[];

interface Row {
  readonly name: string;
  readonly about: string;
  /** What its arguments are. */
  readonly words: Values;
  readonly options: readonly { readonly name: string; readonly help: OptionHelp; readonly values: Values }[];
}

/** What stands for a value in the help, by its name there, of options and of arguments. */
const VALUES: Readonly<Record<string, Values>> = {
  ADDRESS: "addresses",
  DIR: "folders",
  FILE: "files",
  FORMAT: ["mermaid", "dot", "svg"],
  REGION: knownRegions,
  REGIONS: knownRegions,
  SERVICES: Object.keys(services),
  SPEC: "specs",
  code: Object.keys(codes),
  dir: "folders",
  file: "specs",
  plan: "files",
  shell: ["bash", "zsh", "fish"],
  spec: "specs",
  state: "files",
};

const valuesOf = (placeholder: string | undefined) => VALUES[placeholder ?? ""] ?? "nothing";

function rowsOf(commands: readonly Command[]): readonly Row[] {
  return commands.map(({ name, about, words, options }) => ({
    name,
    about,
    words: valuesOf(Object.keys(words)[0]),
    options: Object.entries<OptionHelp>({ ...options, ...commonOptions }).map(([option, help]) => ({
      name: option,
      help,
      values: valuesOf(help.value),
    })),
  }));
}

/** Prints the addresses in a folder's Terraform files. */
const ADDRESSES = `sed -n 's/^resource "\\([a-z0-9_]*\\)" "\\([A-Za-z0-9_-]*\\)".*/\\1.\\2/p'`;

const takesValue = ({ help }: Row["options"][number]) => help.type === "string";

function bash(rows: readonly Row[]): string {
  const flags = ({ options }: Row) => options.map(({ name }) => `--${name}`).join(" ");
  const valued = new Map(
    rows.flatMap(({ options }) => options.filter(takesValue).map((one) => [one.name, one.values])),
  );
  const [first] = rows;
  return `# bash completion of mrk-scaffold
_mrk_scaffold_addresses() {
  local word folders=(.)
  for word in "\${COMP_WORDS[@]}"; do
    case $word in */*.yaml | */*.yml) folders+=("\${word%/*}") ;; esac
  done
  echo all
  for word in "\${folders[@]}"; do ${ADDRESSES} "$word"/*.tf 2>/dev/null; done
}
_mrk_scaffold_words() { COMPREPLY+=($(compgen -W "$1" -- "$word")); }
_mrk_scaffold_specs() {
  COMPREPLY+=($(compgen -f -X '!*.yaml' -- "$word") $(compgen -f -X '!*.yml' -- "$word") $(compgen -d -- "$word"))
}
_mrk_scaffold() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  # bash takes --out=folder for three words.
  if [[ $word == "=" ]]; then word=""; elif [[ $before == "=" ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  case $before in
${[...valued].map(([name, values]) => `    --${name}) ${bashValues(values)}; return ;;`).join("\n")}
  esac
  if [[ $word == -* ]]; then
    case $command in
${rows.map((row) => `      ${row.name}) _mrk_scaffold_words "${flags(row)}" ;;`).join("\n")}
      *) _mrk_scaffold_words "${flags(first!)}" ;;
    esac
    return
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then _mrk_scaffold_words "${rows.map(({ name }) => name).join(" ")}"; command=""; fi
  case $command in
${rows.map(({ name, words }) => `    ${name}) ${bashValues(words)} ;;`).join("\n")}
    *) ${bashValues(first!.words)} ;;
  esac
}
complete -o filenames -F _mrk_scaffold mrk-scaffold
`;
}

function bashValues(values: Values): string {
  switch (values) {
    case "specs":
      return "_mrk_scaffold_specs";
    case "folders":
      return 'COMPREPLY=($(compgen -d -- "$word"))';
    case "files":
      return 'COMPREPLY=($(compgen -f -- "$word"))';
    case "addresses":
      return '_mrk_scaffold_words "$(_mrk_scaffold_addresses)"';
    case "nothing":
      return ":";
    default:
      return `_mrk_scaffold_words "${values.join(" ")}"`;
  }
}

function zsh(rows: readonly Row[]): string {
  const [first] = rows;
  const call = ({ words, options }: Row) => `_arguments ${options.map(zshOption).join(" ")} '*:${zshValues(words)}'`;
  return `#compdef mrk-scaffold
# zsh completion of mrk-scaffold
_mrk_scaffold_addresses() {
  local word
  local -a folders addresses
  folders=(.)
  for word in $words; do [[ $word == */*.(yaml|yml) ]] && folders+=("\${word:h}"); done
  addresses=(all)
  for word in $folders; do addresses+=(\${(f)"$(${ADDRESSES} $word/*.tf(N) </dev/null 2>/dev/null)"}); done
  compadd -a addresses
}
_mrk_scaffold() {
  local first=$words[2]
  local -a names
  names=(
${rows.map(({ name, about }) => `    '${name}:${zshText(about)}'`).join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $first != -* ]]; then _describe command names; fi
  if (( CURRENT > 2 && \${names[(I)$first:*]} )); then shift words; (( CURRENT-- )); else first=""; fi
  case $first in
${rows.map((row) => `    ${row.name}) ${call(row)} ;;`).join("\n")}
    *) ${call(first!)} ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _mrk_scaffold "$@"; else compdef _mrk_scaffold mrk-scaffold; fi
`;
}

function zshOption({ name, help: { describe, multiple, value }, values }: Row["options"][number]): string {
  const takes = value === undefined ? "" : `:${zshValues(values, value)}`;
  return `'${multiple ? "*" : ""}--${name}${takes === "" ? "" : "="}[${zshText(describe)}]${takes}'`;
}

/** What a place is called, and how it is completed. */
function zshValues(values: Values, name = typeof values === "string" ? values : "value"): string {
  switch (values) {
    case "specs":
      return `${zshText(name)}:_files -g "*.(yaml|yml)"`;
    case "folders":
      return `${zshText(name)}:_files -/`;
    case "files":
      return `${zshText(name)}:_files`;
    case "addresses":
      return `${zshText(name)}:_mrk_scaffold_addresses`;
    case "nothing":
      return `${zshText(name)}: `;
    default:
      return `${zshText(name)}:(${values.join(" ")})`;
  }
}

function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function fish(rows: readonly Row[]): string {
  const names = rows.map(({ name }) => name).join(" ");
  const lines = rows.flatMap(({ name, about, words, options }, index) => {
    // Without the name of a command, the first row is meant.
    const isThis = index === 0 ? `__mrk_scaffold_is '' ${name}` : `__mrk_scaffold_is ${name}`;
    return [
      `complete -c mrk-scaffold -n 'test (count (commandline -opc)) -eq 1' -a ${name} -d ${fishText(about)}`,
      ...(words === "nothing" ? [] : [`complete -c mrk-scaffold -n "${isThis}" -a ${fishText(fishValues(words))}`]),
      ...options.map((option) => {
        const takes = takesValue(option) ? ` -x -a ${fishText(fishValues(option.values))}` : "";
        return `complete -c mrk-scaffold -n "${isThis}" -l ${option.name}${takes} -d ${fishText(option.help.describe)}`;
      }),
    ];
  });
  return `# fish completion of mrk-scaffold
function __mrk_scaffold_is
    set -l words (commandline -opc)
    set -l command ""
    if set -q words[2]; and contains -- $words[2] ${names}
        set command $words[2]
    end
    contains -- "$command" $argv
end
function __mrk_scaffold_addresses
    echo all
    set -l folders .
    for word in (commandline -opc)
        string match -qr '/[^/]*\\.ya?ml$' -- $word; and set -a folders (string replace -r '/[^/]*$' '' -- $word)
    end
    for folder in $folders
        set -l files $folder/*.tf
        test -n "$files"; and ${ADDRESSES} $files
    end
end
complete -c mrk-scaffold -f
${lines.join("\n")}
`;
}

function fishValues(values: Values): string {
  switch (values) {
    case "specs":
      return "(__fish_complete_path (commandline -ct) | string match -r '^.*(?:/|\\.ya?ml)(?:\\t.*)?$')";
    case "folders":
      return "(__fish_complete_directories)";
    case "files":
      return "(__fish_complete_path (commandline -ct))";
    case "addresses":
      return "(__mrk_scaffold_addresses)";
    case "nothing":
      return "";
    default:
      return values.join(" ");
  }
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

const SHELLS: Readonly<Record<string, (rows: readonly Row[]) => string>> = { bash, zsh, fish };
