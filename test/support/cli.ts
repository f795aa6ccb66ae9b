/** Runs the program in this process with captured streams, and makes temporary folders that vanish with their test. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Terminal } from "../../src/io.ts";
import { main } from "../../src/main.ts";

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run may be given besides its arguments. */
export interface Surroundings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly isTTY?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
  /** Where somebody can be asked. */
  readonly terminal?: Terminal;
  /** Seconds that the program says to have run, at every look. */
  readonly uptime?: () => number;
}

/** Runs `mrk-scaffold` with the arguments. */
export async function run(
  argv: readonly string[],
  { cwd, env, stdin, isTTY, columns, terminal, uptime = () => 0 }: Surroundings = {},
): Promise<Run> {
  const input = typeof stdin === "string" ? Buffer.from(stdin) : (stdin ?? new Uint8Array());
  const printed = { stdout: "", stderr: "" };
  const output = (name: "stdout" | "stderr") => ({
    isTTY,
    columns,
    write(text: string) {
      printed[name] += text;
    },
  });
  const code = await main(argv, {
    cwd: cwd ?? process.cwd(),
    env: env ?? {},
    stdin: { read: () => input, pieces: () => [input] },
    stdout: output("stdout"),
    stderr: output("stderr"),
    terminal,
    uptime,
    writeContext: { token: "c0ffee", now: Date.now(), holdSignals: () => {} },
  });
  return { code, ...printed };
}

/** A temporary folder with the given files, removed when the test has ended. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
