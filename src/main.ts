/**
 * The command line: arguments and streams go in, an exit code comes out. It finds the command, hands what it gives back to
 * `print`, and is where every error ends; commands only return or throw.
 */

import { commandOf, commands } from "./commands/commands.ts";
import { type Arguments, parseArguments } from "./commands/options.ts";
import { EXIT, type Io } from "./io.ts";
import { misuse } from "./report/outcome.ts";
import { printMessage, printOutcome } from "./report/print.ts";
import { widthOf } from "./report/width.ts";

declare const __VERSION__: string;

/** Runs one command and returns its exit code; never throws. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  let hasAskedToWrite = false;
  const watched: Io = Object.create(io, {
    writeContext: {
      get() {
        hasAskedToWrite = true;
        return io.writeContext;
      },
    },
  });
  try {
    return await run(argv, watched);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const effect = hasAskedToWrite ? "; --check says what was written" : ", nothing was written";
    printMessage(`mrk-scaffold ${__VERSION__} has a bug${effect}. Please report this:\n${text}`, io);
    return EXIT.bug;
  }
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  const { command, rest } = commandOf(argv);
  const given: Arguments | undefined = parseArguments(rest, command.options);
  if (given?.options.version) {
    io.stdout.write(`${__VERSION__}\n`);
    return EXIT.done;
  }
  if (given?.options.help) {
    const { helpText } = await import("./commands/help.ts");
    io.stdout.write(await helpText(command, commands, widthOf(io.stdout)));
    return EXIT.done;
  }
  if (given === undefined) {
    const { explain } = await import("./commands/help.ts");
    const { message, hint } = await explain(command, rest, commands);
    printOutcome(misuse(message, hint), command.name, {}, io);
    return EXIT.wrong;
  }
  const outcome = await command.run(given, io);
  printOutcome(outcome, command.name, given.options, io);
  return outcome.exitCode;
}
