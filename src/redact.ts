/**
 * Says which parts of a spec or of generated HCL may hold a secret value, and masks them, so that no report, code frame or
 * diff ever shows one. It errs on the side of hiding: what is not known to be harmless inside a secret is masked.
 */

type Path = readonly (string | number)[];

/** Keys of a secret in the spec whose values are no secrets. */
const HARMLESS_SECRET_KEYS = new Set([
  "name",
  "description",
  "key",
  "replicas",
  "recovery_window_days",
  "overwrite_replica",
  "rotation",
  "policy",
  "protect",
  "tags",
  "renamed_from",
  "import",
]);

/** Keys of a secret's `value`, or of a part of its JSON, that hold names, numbers and settings only. */
const HARMLESS_VALUE_KEYS = new Set(["variable", "version", "generated", "allow_plaintext"]);

/** Keys that hold a value wherever a slip of the indentation may have put them. */
const TELLTALE_KEYS = new Set(["literal", "json", "value", "password", "secret_string", "secret_binary"]);

/**
 * Whether what stands at `path` of a spec, a well-formed one or not, may be a secret value. A map where the grammar has a
 * map is none, what is in it may be.
 */
export function maySecretStandAt(path: Path, isMap = false): boolean {
  const [section, , key, part, name, setting] = path;
  if (section !== "secrets") return path.some((step) => TELLTALE_KEYS.has(String(step)));
  if (key === undefined) return false;
  if (key !== "value") return !HARMLESS_SECRET_KEYS.has(String(key));
  if (part === undefined || (part === "json" && (name === undefined || setting === undefined))) return !isMap;
  return !HARMLESS_VALUE_KEYS.has(String(part === "json" ? setting : part));
}

/** The words that say where a value comes from are no values. */
export function isValueKeyword(text: string): boolean {
  return text === "variable" || text === "generated" || text === "external";
}

/** Whether the key at `path` may itself be a secret value: an unknown word where only the keys of a value stand. */
export function maySecretBeKeyAt(path: Path): boolean {
  const [section, , key, part] = path;
  return (
    path.length === 4 &&
    section === "secrets" &&
    key === "value" &&
    !HARMLESS_VALUE_KEYS.has(String(part)) &&
    !TELLTALE_KEYS.has(String(part))
  );
}

/** `text` with the characters of the half-open ranges masked; its length and its line ends stay. */
export function maskRanges(text: string, ranges: readonly { readonly start: number; readonly end: number }[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of ranges.toSorted((left, right) => left.start - right.start)) {
    if (end <= done) continue;
    parts.push(text.slice(done, Math.max(done, start)), mask(text.slice(Math.max(done, start), end)));
    done = end;
  }
  return parts.join("") + text.slice(done);
}

/**
 * A line of YAML that could not be parsed, with every value masked and only keys and punctuation left, when it may stand
 * inside a secret: when a word that belongs to secrets occurs in the text up to and including it.
 */
export function maskUnparsedLine(textThroughLine: string, line: string): string {
  if (!/secret|literal|json|value|password/i.test(textThroughLine)) return line;
  const key = /^[\s-]*(?:[A-Za-z_][\w.-]*\s*:)?/.exec(line)?.[0] ?? "";
  return key + mask(line.slice(key.length));
}

/**
 * Lines of Terraform with the values of secrets masked: everything that is assigned inside an
 * `aws_secretsmanager_secret_version` block, but for its references, and any `secret_string` or `default` elsewhere.
 */
export function maskHclLines(lines: readonly string[]): string[] {
  let insideVersion = false;
  return lines.map((line) => {
    if (/^\s*resource\s+"aws_secretsmanager_secret_version"/.test(line)) insideVersion = true;
    else if (/^}/.test(line)) insideVersion = false;
    const assigned = /^(\s*[^=]*=\s*)(.*)$/.exec(line);
    if (insideVersion) {
      if (assigned === null) return /^\s*[\]})({[]*\s*$|^\s*resource\b/.test(line) ? line : mask(line);
      const [, left = "", right = ""] = assigned;
      return left + (/^(\d+|[a-z_]+\.[\w.-]+|jsonencode\(\{|\{|\[)$/.test(right) ? right : mask(right));
    }
    if (assigned !== null && /^\s*(secret_(string|binary)\w*|default|password)\b/.test(line)) {
      const [, left = "", right = ""] = assigned;
      return left + mask(right);
    }
    return line;
  });
}

function mask(text: string): string {
  return text.replace(/[^\s]/g, "•");
}
