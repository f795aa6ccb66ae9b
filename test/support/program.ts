/** Builds the program as a process of its own, for tests that kill it, run it twice at once, or use real streams. */

import { type StdioOptions, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll } from "vitest";
import { moduleOf } from "../../hbs.config.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

const environment = { PATH: process.env.PATH };

export interface Program {
  /** `node PATH`, as the arguments of a spawned process. */
  readonly command: readonly [string, string];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Runs it to its end. */
  run(
    argv: readonly string[],
    options?: { cwd?: string; input?: string; uid?: number; timeout?: number; stdio?: StdioOptions },
  ): Ended;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Bundles `src/cli.ts` as it is now, into a folder that vanishes after the tests of the file; with the text of another module in
 * place of `src/main.ts` where one is given.
 */
export async function buildProgram(main?: string): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-program-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "cli.cjs");
  await build({
    entryPoints: [join(root, "src/cli.ts")],
    outfile: path,
    bundle: true,
    platform: "node",
    external: ["@cdktf/hcl-tools"],
    format: "cjs",
    target: "node20",
    define: { __VERSION__: '"0.0.0"', "import.meta.url": "moduleUrl" },
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "error",
    plugins: [
      {
        name: "other-main",
        setup({ onLoad }) {
          if (main !== undefined) onLoad({ filter: /\bmain\.ts$/ }, () => ({ contents: main, loader: "ts" }));
        },
      },
      {
        name: "handlebars-templates",
        setup({ onLoad }) {
          onLoad({ filter: /\.(hbs|examples|sources)$/ }, ({ path }) => ({
            contents: moduleOf(path) ?? "",
            loader: "js",
          }));
        },
      },
    ],
  });
  // Other users run it too.
  chmodSync(folder, 0o755);
  return {
    command: [process.execPath, path],
    env: environment,
    run(argv, options = {}) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...argv], {
        encoding: "utf8",
        env: environment,
        ...options,
      });
      return { code: status, stdout, stderr };
    },
  };
}
