/**
 * Writes a piece of a spec for a hint, as a user would: a path and plain data go in, YAML on one line comes out. What may be a
 * secret at that path is left out, and so is everything beyond a hint's length.
 */

import type { Path } from "../spec/path.ts";
import { maySecretBeKeyAt, maySecretStandAt } from "../spec/redact.ts";

/** What is put where something is left out. */
export const LEFT_OUT = "…";

/** How long a hint's line may be; what does not fit is left out. */
const LONGEST = 160;

/** `KEY: VALUE` with what stands at `path`; the key is the last step of the path. */
export function entry(path: Path, value: unknown): string {
  const key = String(path.at(-1));
  const whole = `${key}: ${flow(value, path)}`;
  return whole.length <= LONGEST ? whole : `${key}: ${emptied(value)}`;
}

/** A value in YAML's flow style. */
export function flow(value: unknown, path: Path): string {
  if (Array.isArray(value)) return `[${value.map((one, at) => flow(one, [...path, at])).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).map(([key, below]) => {
      const at = [...path, key];
      return maySecretBeKeyAt(at, below === null) ? LEFT_OUT : `${scalar(key)}: ${flow(below, at)}`;
    });
    return parts.length === 0 ? "{}" : `{ ${[...new Set(parts)].join(", ")} }`;
  }
  return value !== null && maySecretStandAt(path, String(value)) ? LEFT_OUT : scalar(value);
}

function emptied(value: unknown): string {
  if (Array.isArray(value)) return `[${LEFT_OUT}]`;
  return typeof value === "object" && value !== null ? `{ ${LEFT_OUT} }` : LEFT_OUT;
}

/** A scalar, in quotes where YAML would read it as something else. */
export function scalar(value: unknown): string {
  if (typeof value !== "string") return value === null ? "~" : String(value);
  const isPlain = /^[A-Za-z_./][\w./@+-]*$/.test(value) && !/^(true|false|null|~|yes|no|on|off)$/i.test(value);
  const isArn = /^arn:[\w:/.@+*=-]*[\w/*]$/.test(value) || /^[a-z0-9-]+:[A-Za-z*]+$/.test(value);
  return isPlain || isArn ? value : JSON.stringify(value);
}
