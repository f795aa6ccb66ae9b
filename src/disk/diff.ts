/** Prints changes as unified diffs, with every value that may be a secret masked; loaded only when a diff is wanted. */

import { structuredPatch } from "diff";
import { readHeader, shellWord } from "../output/header.ts";
import type { Paint } from "../report/diagnostic.ts";
import { oneLine } from "../report/printable.ts";
import type { Change } from "./compare.ts";
import { maskEdited, maskGenerated } from "./mask.ts";

/** How many changed lines a file may have before its diff is given up: these take 1 s, twice as many take 4. */
const MOST_CHANGED_LINES = 5_000;

/** The diff from the files on disk to the ones that would be written, three lines of context, empty for unchanged files. */
export function printDiff(changes: readonly Change[], paint: Paint): string {
  return changes
    .filter(({ kind }) => kind !== "same")
    .map((change) => diffOne(change, paint))
    .join("");
}

function diffOne({ kind, path, before, after, reason }: Change, paint: Paint): string {
  const old = before ?? "";
  const fresh = after?.join("") ?? "";
  const patch = structuredPatch(path, path, old, fresh, "", "", { context: 3, maxEditLength: MOST_CHANGED_LINES });
  const name = oneLine(path);
  const head = `--- ${before === undefined ? "/dev/null" : `a/${name}`}\n+++ ${after === undefined ? "/dev/null" : `b/${name}`}\n`;
  if (patch === undefined)
    return `${paint("bold", head)}@@ the files differ in more than ${MOST_CHANGED_LINES} lines @@\n`;
  // Lines are compared in clear and printed masked, so that a changed secret is still seen to have changed.
  const oldText = old.split("\n");
  const freshText = fresh.split("\n");
  const isOurs = kind === "missing" || kind === "stale" || readHeader(old)?.isUnedited === true;
  const oldMasked = (isOurs ? maskGenerated(oldText) : maskEdited(oldText, freshText)).map(oneLine);
  const freshMasked = maskGenerated(freshText).map(oneLine);
  const remark = isOurs || oldMasked.every((line, index) => line === oldText[index]) ? "" : aboutMask(path, reason);
  const hunks = patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => {
    let oldLine = oldStart - 1;
    let newLine = newStart - 1;
    const text = lines.map((line) => {
      if (line[0] === "-") return `${paint("red", `-${oldMasked[oldLine++]}`)}\n`;
      if (line[0] === "+") return `${paint("green", `+${freshMasked[newLine++]}`)}\n`;
      if (line[0] === "\\") return `${line}\n`;
      oldLine += 1;
      return ` ${freshMasked[newLine++]}\n`;
    });
    return `${paint("cyan", `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`)}\n${text.join("")}`;
  });
  return remark + paint("bold", head) + hunks.join("");
}

/** Says before the diff, where patching programs skip it, why there is less in it than in the file. */
function aboutMask(path: string, reason: string): string {
  const command = `git diff -- ${shellWord(path)}`;
  return `# ${oneLine(`${path} ${reason}`)}: texts and comments that were not generated are masked. To see the edit: ${command}\n`;
}

/** Where a hunk is; one without lines is after the line before it, as diff has it. */
function range(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
}
