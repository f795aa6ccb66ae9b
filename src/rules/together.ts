/**
 * Finds the one mistake behind several unknown keys of a map: the keys, the map's path and the map go in; one finding comes out
 * that says what the map was meant to be.
 */

import { isKnownRegion } from "../aws/regions.ts";
import { knownAt } from "../spec/known.ts";
import type { Path } from "../spec/path.ts";
import { maySecretBeKeyAt } from "../spec/redact.ts";
import { nearest } from "../spec/suggest.ts";
import { isAwsPolicy, statementOf, statementsOf } from "./aws-policy.ts";
import type { CodedFinding } from "./rule.ts";
import { entry } from "./written.ts";

/** The finding; `undefined` where each unknown key is a mistake of its own. */
export function together(unknown: readonly string[], path: Path, found: unknown): CodedFinding[] | undefined {
  if (typeof found !== "object" || found === null) return undefined;
  const at = { code: "unrecognized-key", path: [...path, unknown[0]!], part: "key" } as const;
  const message = unknownKeys(unknown, path);
  if (path.at(-2) === "statements") {
    const hint = statementOf(found);
    return hint === undefined ? undefined : [{ ...at, message, hint }];
  }
  const regions = path.join(".") === "regions" ? unknown.filter(isKnownRegion) : [];
  if (regions.length > 0 && regions.length === unknown.length) {
    const [primary, ...replicas] = regions;
    const hint = `Write regions: { primary: ${primary}, replicas: [${replicas.join(", ")}] }`;
    return [{ ...at, message: "regions are listed under primary and replicas", hint }];
  }
  if (path.at(-1) === "policy" && isAwsPolicy(found)) return [{ ...at, message, hint: statementsOf(found) }];
  if (/^(secrets|parameters)\.[^.]+\.value$/.test(path.join("."))) {
    const { keys } = knownAt(path);
    const parts = Object.entries(found);
    // A slip in a key of the grammar is one.
    if (
      parts.every(([, part]) => part === null) ||
      parts.some(([key]) => keys.includes(key) || nearest(key, keys) !== undefined)
    )
      return undefined;
    const hint = `Write ${entry(path, { json: Object.fromEntries(parts) })}`;
    return [{ ...at, message, hint: `${hint}: the parts of a JSON value belong under json` }];
  }
  return undefined;
}

function unknownKeys(keys: readonly string[], path: Path): string {
  const shown = keys.slice(0, 5).map((key) => {
    return maySecretBeKeyAt([...path, key]) ? "(not shown, it may be a secret)" : JSON.stringify(key);
  });
  const rest = keys.length - shown.length;
  const list = [...new Set(shown), ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
  return `unknown key${keys.length === 1 ? "" : "s"} ${list}`;
}
