#!/usr/bin/env node
/** The program: hands arguments and streams to `main`. The only file that knows the process. */

import { writeSync } from "node:fs";
import type { Io } from "./io.ts";
import { patiently, piecesFrom, readFrom } from "./read.ts";
import { printable, withoutCommands } from "./report/printable.ts";

declare const __VERSION__: string;

const argv = process.argv.slice(2);

/** The code of a bug, which only a finished run replaces. */
const UNFINISHED = 70;
/** The codes of a run whose output cannot be printed: when nothing was written, and when files may have been. */
const UNPRINTED = { nothingWritten: 3, written: 74 };
let hasAskedToWrite = false;
let isFinished = false;
let isHoldingSignals = false;
let interrupt: (() => void) | undefined;

// Asking for the version loads nothing else: 1.1 times an empty program instead of 1.5.
if (argv.length === 1 && argv[0] === "--version") {
  print(1, `${__VERSION__}\n`);
} else {
  // A promise that never settles, as after a crash inside a WebAssembly, ends the program with this code: no hook may pass.
  process.exitCode = UNFINISHED;
  process.on("exit", (code) => {
    if (code === UNFINISHED && !isFinished) print(2, "mrk-scaffold has a bug: it ended before its work was done.\n");
  });
  // Node ends with 1, which would say that files differ.
  process.on("uncaughtException", (error) => {
    isFinished = true;
    const text = printable(error instanceof Error ? (error.stack ?? error.message) : String(error));
    print(2, `mrk-scaffold ${__VERSION__} has a bug. Please report this:\n${withoutCommands(text)}\n`);
    process.exit(UNFINISHED);
  });
  // The AWS SDK would say on standard error until when it goes with this Node; that is for its updates, not for a run.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const io: Io = {
    cwd: currentFolder(),
    env: process.env,
    stdin: { read: (most) => readFrom(0, most), pieces: () => piecesFrom(0) },
    stdout: output(1),
    stderr: output(2),
    get terminal() {
      const { isatty } = process.getBuiltinModule("node:tty");
      return isatty(0) && isatty(2) ? { input: process.stdin, output: process.stderr } : undefined;
    },
    onInterrupt: (end) => {
      interrupt = end;
      holdSignals();
    },
    uptime: () => process.uptime(),
    get writeContext() {
      // Made when something is written.
      hasAskedToWrite = true;
      const token = randomToken();
      return { token, now: Date.now(), holdSignals };
    },
  };
  import("./main.ts").then(async ({ main }) => {
    const code = await main(argv, io);
    isFinished = true;
    // A signal that came while files were written is handed out in the next turn.
    if (isHoldingSignals) await new Promise((resolve) => setImmediate(resolve));
    process.exit(code);
  });
}

/** 16 hex digits for names that no other run has; nothing secret, and so not worth loading `node:crypto` for. */
function randomToken(): string {
  const half = () =>
    Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return half() + half();
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    print(2, "mrk-scaffold: the folder that it was started in is gone\n");
    process.exit(2);
  }
}

function output(descriptor: 1 | 2): Io["stdout"] {
  return {
    write: (text) => print(descriptor, text),
    get isTTY() {
      // Loaded when a colour is decided on, which takes 2 ms that most runs do not need.
      return process.getBuiltinModule("node:tty").isatty(descriptor);
    },
    get columns() {
      // Loads Node's streams, which only what is printed for people on a terminal waits for.
      return (descriptor === 1 ? process.stdout : process.stderr).columns;
    },
  };
}

/** Writes without `process.stdout`, whose set-up takes 3 ms; a full pipe is waited for, a closed one ends the output. */
function print(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(descriptor, bytes, at));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (descriptor === 2 || code === "EPIPE") return;
    isFinished = true;
    print(2, `standard output cannot be written: ${code}\n`);
    process.exit(hasAskedToWrite ? UNPRINTED.written : UNPRINTED.nothingWritten);
  }
}

/** Without this a signal ends the process at once, which leaves temporary files where some are; nothing else is worth the time. */
function holdSignals(): void {
  if (isHoldingSignals) return;
  isHoldingSignals = true;
  for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
    process.on(signal, () => (interrupt ? interrupt() : process.exit(128 + number)));
  }
}
