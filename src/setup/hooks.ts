/** Writes the configuration of pre-commit for a spec: paths go in, YAML comes out. */

/** What the hooks are about; paths are relative to the top of the repository, with `/`. */
export interface Hooked {
  readonly spec: string;
  /** The folder of the generated files, empty for the top. */
  readonly folder: string;
  /** The names of the generated files. */
  readonly outputs: readonly string[];
  readonly version: string;
}

/** A whole `.pre-commit-config.yaml`. */
export function preCommitConfig(hooked: Hooked): string {
  return [
    "# Install both types of hooks: pre-commit install",
    "default_install_hook_types: [pre-commit, pre-merge-commit]",
    "repos:",
    ...repository(hooked),
    "",
  ].join("\n");
}

/** The entry of `repos:`, the published package, which runs no install scripts. */
export function repository({ spec, folder, outputs, version }: Hooked): readonly string[] {
  const path = /^[\w@%+=:,./-]+$/.test(spec) ? spec : `'${spec.replaceAll("'", "'\\''")}'`;
  const prefix = folder === "" ? "" : `${folder}/`;
  const files = `^(${[spec, ...outputs.map((name) => prefix + name)].map(literally).join("|")})$`;
  const hook = (id: string, entry: string, when: string) => [
    `      - id: ${id}`,
    `        name: ${id}`,
    "        language: node",
    `        additional_dependencies: [${JSON.stringify(`mrk-scaffold@${version}`)}]`,
    `        entry: ${JSON.stringify(`mrk-scaffold ${entry} ${path}`)}`,
    "        pass_filenames: false",
    `        ${when}`,
  ];
  return [
    "  - repo: local",
    "    hooks:",
    "      # Makes the files again when the spec or one of them is in a commit.",
    ...hook("mrk-scaffold", "--pre-commit", `files: ${JSON.stringify(files)}`),
    "      # Writes nothing, and runs at every commit: also at one that deletes the spec.",
    ...hook("mrk-scaffold-check", "--check", "always_run: true"),
  ];
}

/** A pattern that matches just this text, in Python as in JavaScript. */
function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
