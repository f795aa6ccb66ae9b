/**
 * The command `completion`: the name of a shell goes in, a script comes out that completes commands, options, specs and
 * diagnostic codes in it. Everything but the names of files is made of the table of commands.
 */

import { EXIT } from "../io.ts";
import { codes } from "../report/codes.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import type { Command } from "./commands.ts";
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

interface Row {
  readonly name: string;
  readonly about: string;
  readonly options: readonly (readonly [name: string, help: OptionHelp])[];
}

function rowsOf(commands: readonly Command[]): readonly Row[] {
  return commands.map(({ name, about, options }) => ({
    name,
    about,
    options: Object.entries({ ...options, ...commonOptions }),
  }));
}

/** Addresses in the files of the folder, which --allow-destroy takes. */
const ADDRESSES = `sed -n 's/^resource "\\([a-z_]*\\)" "\\([A-Za-z0-9_-]*\\)".*/\\1.\\2/p' ./*.tf 2>/dev/null`;

function bash(rows: readonly Row[]): string {
  const cases = rows.map(({ name, options }) => `    ${name}) options="${flagsOf(options)}" ;;`);
  const valued = rows.flatMap(({ options }) => options.filter(([, { type }]) => type === "string"));
  const others = [...new Set(valued.map(([name]) => `--${name}`))].filter((flag) => !KNOWN.has(flag));
  return `# bash completion of mrk-scaffold
_mrk_scaffold() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} options
  COMPREPLY=()
  case $before in
    --allow-destroy) COMPREPLY=($(compgen -W "all $(${ADDRESSES})" -- "$word")); return ;;
    --format) COMPREPLY=($(compgen -W "mermaid dot svg" -- "$word")); return ;;
    --out) COMPREPLY=($(compgen -d -- "$word")); return ;;
    ${[...others, "--spec", "--state"].join("|")}) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
    *) options="${flagsOf(rows[0]!.options)}" ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ \${COMP_WORDS[1]} == explain && $COMP_CWORD -gt 1 ]]; then
    COMPREPLY=($(compgen -W "${Object.keys(codes).join(" ")}" -- "$word"))
  elif [[ \${COMP_WORDS[1]} == completion && $COMP_CWORD -gt 1 ]]; then
    COMPREPLY=($(compgen -W "bash zsh fish" -- "$word"))
  else
    COMPREPLY=($(compgen -f -X '!*.@(yaml|yml)' -- "$word") $(compgen -d -S / -- "$word"))
    if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY+=($(compgen -W "${rows
      .map(({ name }) => name)
      .join(" ")}" -- "$word")); fi
  fi
}
shopt -s extglob
complete -o filenames -F _mrk_scaffold mrk-scaffold
`;
}

const KNOWN = new Set(["--allow-destroy", "--format", "--out", "--spec", "--state"]);

function flagsOf(options: Row["options"]): string {
  return options.map(([name]) => `--${name}`).join(" ");
}

function zsh(rows: readonly Row[]): string {
  const list = rows.map(({ name, about }) => `    '${name}:${zshText(about)}'`);
  const cases = rows.map(({ name, options }) => `    ${name}) _arguments $common ${zshOptions(options)} ;;`);
  return `#compdef mrk-scaffold
# zsh completion of mrk-scaffold
_mrk_scaffold_addresses() {
  local -a addresses
  addresses=(all \${(f)"$(${ADDRESSES})"})
  compadd -a addresses
}
_mrk_scaffold() {
  local -a names common
  names=(
${list.join("\n")}
  )
  common=('*:spec:_files -g "*.(yaml|yml)"')
  case $words[2] in
    explain) common=("*:code:(${Object.keys(codes).join(" ")})") ;;
    completion) common=("*:shell:(bash zsh fish)") ;;
  esac
  if (( CURRENT == 2 )) && [[ $words[CURRENT] != -* ]]; then
    _describe command names
  fi
  local first=$words[2]
  if (( \${names[(I)$first:*]} )); then shift words; (( CURRENT-- )); fi
  case $first in
${cases.join("\n")}
    *) _arguments $common ${zshOptions(rows[0]!.options)} ;;
  esac
}
_mrk_scaffold "$@"
`;
}

function zshOptions(options: Row["options"]): string {
  return options
    .map(([name, { type, describe, multiple, value }]) => {
      const action = name === "allow-destroy" ? "_mrk_scaffold_addresses" : name === "out" ? "_files -/" : "_files";
      const takes = type === "string" ? `:${zshText(value ?? name)}:${action}` : "";
      return `'${multiple ? "*" : ""}--${name}[${zshText(describe)}]${takes}'`;
    })
    .join(" ");
}

function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function fish(rows: readonly Row[]): string {
  const isFirst = "__fish_use_subcommand";
  const lines = rows.flatMap(({ name, about, options }) => {
    const seen = name === rows[0]!.name ? isFirst : `__fish_seen_subcommand_from ${name}`;
    return [
      `complete -c mrk-scaffold -n ${isFirst} -a ${name} -d ${fishText(about)}`,
      ...options.map(([option, { type, describe }]) => {
        const takes = type === "string" ? " -r" : "";
        return `complete -c mrk-scaffold -n '${seen}' -l ${option}${takes} -d ${fishText(describe)}`;
      }),
    ];
  });
  return `# fish completion of mrk-scaffold
${lines.join("\n")}
complete -c mrk-scaffold -l allow-destroy -x -a "all (${ADDRESSES.replaceAll("\\", "\\\\").replaceAll('"', '\\"')})"
complete -c mrk-scaffold -n '__fish_seen_subcommand_from explain' -f -a ${fishText(Object.keys(codes).join(" "))}
complete -c mrk-scaffold -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'
`;
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

const SHELLS: Readonly<Record<string, (rows: readonly Row[]) => string>> = { bash, zsh, fish };
