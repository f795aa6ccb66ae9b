import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { onTestFinished } from "vitest";

/** Whether a real terminal can be had here: the program `script` of util-linux makes one. */
export const hasTerminal =
  spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
if (!hasTerminal) process.stderr.write("The tests on a real terminal are skipped: script (util-linux) is missing\n");

/** Waits until something holds, at most thirty seconds: the machine may be busy. */
export async function until(holds: () => boolean, said: () => string): Promise<void> {
  for (const end = Date.now() + 30_000; !holds(); ) {
    if (Date.now() > end) throw new Error(`it did not come to pass; said:\n${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A shell command on a real terminal of 80 columns, with what the terminal has shown, without colours. It is killed when the test ends. */
export class Terminal {
  readonly #script: ChildProcessWithoutNullStreams;
  shown = "";

  constructor(command: string, cwd: string) {
    const { FORCE_COLOR: _, ...inherited } = process.env;
    const env = { ...inherited, NO_COLOR: "1", TERM: "xterm" };
    // dash, which is the shell where SHELL is not set, would end with a Ctrl-C that is meant for the program.
    const line = `trap : INT; stty cols 80 rows 24; ${command}`;
    this.#script = spawn("script", ["-qec", line, "/dev/null"], { cwd, env });
    this.#script.stdin.on("error", () => {});
    this.#script.stdout.on("data", (data) => {
      this.shown += data;
    });
    onTestFinished(() => {
      this.#script.kill("SIGKILL");
    });
  }

  type(keys: string): void {
    this.#script.stdin.write(keys);
  }

  shows(text: string): Promise<void> {
    return until(
      () => this.shown.includes(text),
      () => this.shown,
    );
  }
}
