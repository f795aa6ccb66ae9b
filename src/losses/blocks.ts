/**
 * Picks out of a file on disk and the file that is to replace it what has to be parsed, so that losses can be found in large
 * files too: a change goes in, texts come out. It works on lines and blank lines and knows no HCL.
 */

import type { Change } from "../disk/compare.ts";
import { readHeader } from "../output/header.ts";
import type { TerraformFile } from "../terraform/declared.ts";

/** A file as it is, for each side of a merge conflict, and as it is to be. */
export interface Sides {
  readonly old: readonly TerraformFile[];
  readonly fresh: readonly TerraformFile[];
}

/** Both texts, and both sides of conflicts. */
export function wholeFiles({ path, before, after }: Change): Sides {
  return {
    old: before === undefined ? [] : sidesOfConflicts(before).map((text) => ({ path, text })),
    fresh: after === undefined ? [] : [{ path, text: after.join("") }],
  };
}

/**
 * The blocks in which two texts differ, and the few that say where things are or where they move. A file that we wrote is a
 * sequence of blocks with blank lines between; parsing all of 10,000 secrets would take a minute. Other files are parsed as a
 * whole. With keys, all keys and aliases are among the few: what things were called is told by all names together.
 */
export function differingBlocks(change: Change, withKeys: boolean): Sides {
  const { path, before, after } = change;
  if (before !== undefined && readHeader(before)?.isUnedited !== true) return wholeFiles(change);
  const old = before?.trimEnd().split(BLOCKS) ?? [];
  const fresh = after?.join("").trimEnd().split(BLOCKS) ?? [];
  const targets = new Set(
    fresh.filter((block) => block.startsWith("moved ")).map((block) => /^ +to += (.+)$/m.exec(block)?.[1]),
  );
  const isContext = (block: string) =>
    CONTEXT.test(block) || targets.has(addressIn(block)) || (withKeys && block.startsWith('resource "aws_kms_'));
  // Nothing on disk can be lost to a file that is not there: of that one only what is said about others counts.
  const known = new Set(before === undefined ? fresh : old);
  const wanted = new Set(fresh);
  const text = (blocks: readonly string[]) => ({ path, text: blocks.join("\n\n") });
  return {
    old: before === undefined ? [] : [text(old.filter((block) => !wanted.has(block) || isContext(block)))],
    fresh: [text(fresh.filter((block) => !known.has(block) || isContext(block)))],
  };
}

const BLOCKS = /\n\n(?=\S)/;
const CONTEXT = /^(terraform|provider|moved|removed|data "aws_region")[ "]/;

/** The address of the resource that a block of ours declares. */
function addressIn(block: string): string | undefined {
  const [, type, name] = /^resource "([^"]+)" "([^"]+)"/.exec(block) ?? [];
  return type && `${type}.${name}`;
}

/** Both texts that a file with conflict markers may stand for, with the lines where they were. */
function sidesOfConflicts(text: string): readonly string[] {
  if (!/^<{7}( |$)/m.test(text)) return [text];
  const sides: [string[], string[]] = [[], []];
  /** Which of the two a line is on: both, or one, or (what the two had in common once) none. */
  let on: readonly boolean[] = [true, true];
  for (const line of text.split("\n")) {
    const marker = /^(<{7}|\|{7}|={7}|>{7})( |$)/.exec(line)?.[1]?.[0];
    if (marker !== undefined) on = MARKED[marker]!;
    for (const [side, lines] of sides.entries()) lines.push(marker === undefined && on[side] ? line : "");
  }
  return sides.map((lines) => lines.join("\n"));
}

const MARKED: Readonly<Record<string, readonly boolean[]>> = {
  "<": [true, false],
  "|": [false, false],
  "=": [false, true],
  ">": [true, true],
};
