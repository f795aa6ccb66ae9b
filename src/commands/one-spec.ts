/**
 * Chooses the spec of a command line that names none: where the current folder has one spec, that is it, otherwise what could be
 * meant is listed. It reads and writes nothing else.
 */

import type { Io } from "../io.ts";
import { shellWord } from "../output/header.ts";
import { misuse, type Outcome } from "../report/outcome.ts";

/** Specs that are listed where one has to be named. */
const MOST_LISTED = 20;

/** The one spec of the current folder; `command` is what is written before its path in a message. */
export async function oneSpec(
  { cwd }: Pick<Io, "cwd">,
  command = "mrk-scaffold",
): Promise<readonly [string] | Outcome> {
  const { specsBelow, specsIn } = await import("../spec/files.ts");
  const here = specsIn(cwd);
  const [only] = here;
  if (only !== undefined && here.length === 1) return [only.startsWith("-") ? `./${only}` : only];
  const candidates = only === undefined ? specsBelow(cwd) : here;
  if (candidates.length === 0) return misuse(`name a spec, for example: ${command} spec.yaml`, START);
  const message =
    only === undefined ? "name a spec: there is none in this folder" : "name a spec: this folder has several";
  const listed = candidates.slice(0, MOST_LISTED).map((spec) => `${command} ${shellWord(spec)}`);
  const rest = candidates.length - listed.length;
  return misuse(message, ["Write one of these:", ...listed, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n"));
}

const START = "There is none in this folder. To start one: mrk-scaffold init";
