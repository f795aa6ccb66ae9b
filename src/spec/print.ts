/** Prints a spec as YAML, as someone would write it: plain data and remarks go in, text comes out. */

import { dump } from "js-yaml";

/** From this depth on maps and lists are written on one line. */
const FLOW_LEVEL = 4;

/** `remarks` are lines that are put in front of a key of the top level, by that key. */
export function printSpec(
  data: Readonly<Record<string, unknown>>,
  remarks: Readonly<Record<string, readonly string[]>> = {},
): string {
  const parts = Object.entries(data).map(([key, value]) => {
    const above = (remarks[key] ?? []).map((line) => `# ${line}\n`).join("");
    const text = dump({ [key]: value }, { flowLevel: FLOW_LEVEL, lineWidth: 120, noRefs: true });
    return `${above}${text}`;
  });
  return parts.join("");
}
