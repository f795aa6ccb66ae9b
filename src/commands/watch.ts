/**
 * Runs a command again whenever one of its files is saved, until it is interrupted: a run goes in, and what it gives is shown, with
 * one line at the end that says how things are.
 */

import { resolve } from "node:path";
import { watchFiles } from "../disk/watch.ts";
import { EXIT, type Io } from "../io.ts";
import type { Outcome } from "../report/outcome.ts";
import { type PrintOptions, printOutcome } from "../report/print.ts";
import { statusOf } from "../report/status.ts";
import { count } from "../report/words.ts";

/** One run; `reads` is called with the path of every file that it reads besides the specs. */
export type Run = (reads?: (path: string) => void) => Promise<Outcome>;

/** `specs` as the user named them. */
export async function watch(specs: readonly string[], run: Run, options: PrintOptions, io: Io): Promise<Outcome> {
  const status = statusOf(io);
  const watcher = watchFiles();
  const interrupted = new Promise<"interrupted">((resolve) => io.onInterrupt?.(() => resolve("interrupted")));
  const paths = specs.map((spec) => resolve(io.cwd, spec));
  let others = new Set<string>();
  let shown: string | undefined;
  const runOnce = async () => {
    // What is saved while it runs is seen at the next look: every file is noted before it is read.
    watcher.follow([...paths, ...others]);
    const read = new Set<string>();
    const outcome = await run((path) => {
      read.add(path);
      watcher.add(path);
    });
    // A spec that is wrong may not name them: they may be what is wrong.
    others = outcome.exitCode === EXIT.wrong ? new Set([...others, ...read]) : read;
    return outcome;
  };
  try {
    let outcome = await runOnce();
    if (outcome.diagnostics.some(({ code }) => code === "spec-not-found")) return outcome;
    for (;;) {
      const { summary: _, ...rest } = outcome;
      const told = JSON.stringify([rest.diagnostics, rest.text]);
      if (told !== shown) {
        status.clear();
        printOutcome(rest, "generate", options, io);
      }
      shown = told;
      status.show(`${specs.length === 1 ? specs[0] : `${specs.length} specs`}: ${stateOf(outcome)}`);
      if ((await Promise.race([watcher.changed(), interrupted])) === "interrupted") break;
      outcome = await runOnce();
    }
  } finally {
    watcher.close();
    status.clear();
  }
  return { exitCode: EXIT.interrupted, diagnostics: [] };
}

/** How things are after a run, in half a line. */
function stateOf({ exitCode, files = [] }: Outcome): string {
  if (exitCode === EXIT.wrong) return "nothing was written, the spec is wrong";
  if (exitCode !== EXIT.done) return "nothing was written";
  const written = files.filter(({ state }) => state !== "same").map(({ path }) => path);
  if (written.length === 0) return `${count(files.length, "file")} up to date`;
  const names = written.join(", ");
  return names.length <= MOST_NAMES ? `wrote ${names}` : `wrote ${written.length} of ${count(files.length, "file")}`;
}

/** Characters of file names that a status line has room for. */
const MOST_NAMES = 40;
