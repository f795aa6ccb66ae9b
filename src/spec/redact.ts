/**
 * Says which parts of a spec or of generated HCL may hold a secret value, and masks them, so that no report, code frame or
 * diff ever shows one. It errs on the side of hiding: what is not known to be harmless inside a secret is masked.
 */

import { nearest } from "./suggest.ts";

type Path = readonly (string | number)[];

/** The parts of a spec that hold no secret values. */
const HARMLESS_SECTIONS = ["version", "regions", "terraform", "provider", "keys", "outputs", "output_dir"];

/** The keys in them, whose values may be shown; the values of other keys may not: nobody knows what they are. */
const HARMLESS_KEYS = new Set(
  `${HARMLESS_SECTIONS.join(" ")} primary replicas retired region label provider_alias renamed_from forget
  required_version aws_provider module placement default profile assume_role role_arn session_name external_id
  allowed_account_ids default_tags service description alias name rotation period_days usage spec deletion_window_days
  protect enabled policy administrators users decrypters services statements sid effect principals AWS Service Federated
  actions conditions test variable values tags import key_id`.split(/\s+/),
);

/** Keys of a secret in the spec whose values are no secrets. */
const HARMLESS_SECRET_KEYS = new Set(
  `name description key replicas recovery_window_days overwrite_replica rotation policy protect tags renamed_from import
  <<`.split(/\s+/),
);

/** What a secret's `value` may hold besides secrets, by key. */
const HARMLESS_SETTINGS: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    variable: /^[A-Za-z_][\w-]*$/,
    version: /^\d{1,9}$/,
    generated: /^true$/,
    allow_plaintext: /^(true|false)$/i,
    length: /^\d{1,4}$/,
    exclude_numbers: /^(true|false)$/,
    exclude_punctuation: /^(true|false)$/,
    exclude_uppercase: /^(true|false)$/,
    exclude_lowercase: /^(true|false)$/,
    include_space: /^(true|false)$/,
    require_each_included_type: /^(true|false)$/,
  }),
);

/** Keys that hold a value wherever a slip of the indentation may have put them. */
const TELLTALE_KEYS = new Set(["literal", "json", "value", "password", "secret_string", "secret_binary"]);

/** Words that are public even where only a secret's value stands; the last ones are those of AWS's own JSON values. */
const PUBLIC_WORDS = new Set([
  ...HARMLESS_SETTINGS.keys(),
  ...TELLTALE_KEYS,
  ..."exclude_characters << user username engine host port dbname".split(" "),
]);

/**
 * The path from the secrets on, for what stands in them or in what may be meant for them: secrets at the wrong indentation
 * or under a misspelt name. Nothing for what stands elsewhere.
 */
function pathInSecrets(path: Path): Path | undefined {
  const at = path.indexOf("secrets");
  if (at >= 0) return path.slice(at);
  return sectionLike(path[0]) === "secrets" ? path : undefined;
}

/** The section of a spec that a name stands for or is a misspelling of; nothing for one that is like none. */
function sectionLike(name: string | number | undefined): string | undefined {
  const text = String(name);
  return HARMLESS_SECTIONS.includes(text) ? text : nearest(text, [...HARMLESS_SECTIONS, "secrets"]);
}

/** Whether the scalar `text` at `path` of a spec, a well-formed one or not, may be a secret value. */
export function maySecretStandAt(path: Path, text: string): boolean {
  const inSecrets = pathInSecrets(path);
  if (inSecrets === undefined) return !isHarmlessPath(path);
  const [, id, key, ...inValue] = inSecrets;
  if (typeof id !== "string") return true;
  if (key === undefined) return TELLTALE_KEYS.has(id) && id !== "password";
  if (key !== "value") return !HARMLESS_SECRET_KEYS.has(String(key));
  if (inValue.length === 0) return !/^(variable|generated|external)$/.test(text);
  if (inValue[0] === "json") {
    if (inValue.length === 2) return text !== "generated";
    inValue.splice(0, 2);
  }
  const [setting, detail] = inValue;
  if (inValue.length > 2 || (inValue.length === 2 && setting !== "generated")) return true;
  return HARMLESS_SETTINGS.get(String(detail ?? setting))?.test(text) !== true;
}

/** Whether a path outside of the secrets leads to a value of a key that is known there, or nearly. */
function isHarmlessPath(path: Path): boolean {
  const names = path.filter((step) => typeof step === "string");
  const last = names.at(-1);
  if (last === undefined || sectionLike(names[0]) === undefined) return false;
  const tags = names.findIndex((name) => name === "tags" || name === "default_tags");
  const isFreelyNamed = tags >= 0 || (names.length === 2 && names[0] === "keys");
  if (names.slice(0, tags < 0 ? undefined : tags).some((name) => TELLTALE_KEYS.has(name))) return false;
  return isFreelyNamed || HARMLESS_KEYS.has(last) || nearest(last, HARMLESS_KEYS) !== undefined;
}

/**
 * Whether the key at `path` may itself be a secret value: a line of one that is not indented, or a word where only the keys
 * of a value stand.
 */
export function maySecretBeKeyAt(path: Path): boolean {
  const last = path.at(-1);
  if (typeof last !== "string" || last === "secrets") return false;
  if (path.length === 1 || sectionLike(path[0]) === undefined) return sectionLike(last) === undefined;
  const [, , key, ...below] = pathInSecrets(path) ?? [];
  if (key === undefined) return false;
  if (below.length > 0) return !HARMLESS_SECRET_KEYS.has(String(key)) && !PUBLIC_WORDS.has(last);
  const isKnown = HARMLESS_SECRET_KEYS.has(last) || PUBLIC_WORDS.has(last);
  return !isKnown && nearest(last, [...HARMLESS_SECRET_KEYS, "value"]) === undefined;
}

/** The part of a path that holds no key that may be a secret. */
export function publicPath(path: Path): Path {
  const end = path.findIndex((_, index) => maySecretBeKeyAt(path.slice(0, index + 1)));
  return end < 0 ? path : path.slice(0, end);
}

/** Whether remarks beside what stands at `path` may speak of a secret value: comments, and what was one by mistake. */
export function maySecretStandBeside(path: Path): boolean {
  return path.length > 0 && (pathInSecrets(path) !== undefined || !isHarmlessPath(path));
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

/** The keys that a line is allowed to show when nobody knows where in the spec it stands. */
const KNOWN_KEYS = new Set(["secrets", ...HARMLESS_KEYS, ...HARMLESS_SECRET_KEYS, ...PUBLIC_WORDS]);

/**
 * A line of YAML that could not be parsed, with everything masked but a known key at its start, unless it stands in a
 * section without secrets and no word that belongs to secrets occurs in the text up to and including it.
 */
export function maskUnparsedLine(textThroughLine: string, line: string): string {
  const section = textThroughLine.match(/^[\w-]+(?=\s*:)/gm)?.at(-1);
  const isHarmless = section === undefined || HARMLESS_SECTIONS.includes(sectionLike(section) ?? "");
  if (/^(---|\.\.\.)\s*$/.test(line)) return line;
  if (isHarmless && !/secret|literal|json|value|password/i.test(textThroughLine)) return line;
  const [start = "", key = ""] = /^[\s-]*([a-z_]+)\s*:/.exec(line) ?? [];
  return KNOWN_KEYS.has(key) ? start + mask(line.slice(start.length)) : mask(line);
}

/** A resource that holds a secret's value. */
const VALUE_BLOCK = /^\s*resource\s+"?aws_secretsmanager_secret_version\b/;
/** The start of a block that stands on its own, after which no earlier one goes on, even if its brackets do not match. */
const TOP_LEVEL_BLOCK = /^[a-z]+\b.*\{/;
const HEREDOC = /(?<!<)<<-?"?([A-Za-z_][\w-]*)"?\s*$/;
const OWN_HEADER = /^# (Code generated by|Change .* and run:|mrk-scaffold:sha256:)/;
/** An attribute whose value may be a secret, wherever it stands. */
const TELLTALE_ATTRIBUTE =
  /^(.*?(?<![\w.-])"?(?:default|value|[\w-]*(?:secret_string|secret_binary|password|passwd|passphrase|token|credential|private_key|access_key|secret_key|api_key)[\w-]*)"?\s*[=:]\s*)(.*)$/i;
const ATTRIBUTE = /^(\s*(?:[A-Za-z_][\w.-]*|"[^"=]*")\s*[=:]\s*)(\S.*)$/;
/** Code, strings included, and the comment that follows it. */
const REMARK = /^((?:[^"#/]|"(?:[^"\\]|\\.)*"|\/(?![/*]))*)((?:#|\/[/*]).*)$/;
const REFERENCE = String.raw`(aws|aws_\w+|data|each|ephemeral|local|module|var)\.[\w.[\]-]+`;
const REGION = '":[a-z0-9-]+:"';
/**
 * A number, a truth value, a reference, an ARN with another region in it, or the start of something whose parts stand on the
 * next lines.
 */
const HARMLESS_VALUE = new RegExp(
  String.raw`^(\d+|true|false|null|${REFERENCE}|replace\(${REFERENCE}, ${REGION}, ${REGION}\)|(jsonencode\()?\{|\[|\w+\()$`,
);
const PUNCTUATION = /^\s*[\]})({[,]*\s*$/;

/**
 * Lines of Terraform with the values of secrets masked, whoever wrote them: heredocs; everything but references inside an
 * `aws_secretsmanager_secret_version` block; what is assigned to an attribute whose name speaks of secrets.
 */
export function maskHclLines(lines: readonly string[]): string[] {
  let heredocEnd: string | undefined;
  /** How many brackets are open since the start of something that holds a secret. */
  let depth = 0;
  return lines.map((line) => {
    if (heredocEnd !== undefined) {
      if (line.trim() !== heredocEnd) return mask(line);
      heredocEnd = undefined;
      return line;
    }
    heredocEnd = HEREDOC.exec(line)?.[1];
    if (TOP_LEVEL_BLOCK.test(line)) depth = 0;
    if (depth > 0) {
      depth = Math.max(0, depth + opened(line));
      if (PUNCTUATION.test(line) || line.trim() === heredocEnd) return line;
      return maskValue(ATTRIBUTE.exec(line)) ?? mask(line);
    }
    if (VALUE_BLOCK.test(line)) {
      depth = Math.max(line.includes("}") ? 0 : 1, opened(line));
      const end = line.indexOf("{") + 1 || line.length;
      return line.slice(0, end) + mask(line.slice(end));
    }
    if (OWN_HEADER.test(line)) return line;
    const [, code = line, remark = ""] = REMARK.exec(line) ?? [];
    const attribute = TELLTALE_ATTRIBUTE.exec(code);
    if (attribute !== null) depth = Math.max(0, opened(attribute[2]!));
    const isTelltale = attribute !== null || /secret|password|token|credential/i.test(remark);
    return (maskValue(attribute) ?? code) + (isTelltale ? mask(remark) : remark);
  });
}

/** An assignment with its value masked, unless that can be no secret. */
function maskValue(assignment: RegExpExecArray | null): string | undefined {
  if (assignment === null) return undefined;
  const [, left = "", right = ""] = assignment;
  return left + (HARMLESS_VALUE.test(right.trim()) || HEREDOC.test(right) ? right : mask(right));
}

/** How many more brackets a line opens than it closes. */
function opened(line: string): number {
  const code = line.replace(/"(?:[^"\\]|\\.)*"/g, "").replace(/(#|\/\/).*/, "");
  return (code.match(/[{[(]/g)?.length ?? 0) - (code.match(/[}\])]/g)?.length ?? 0);
}

function mask(text: string): string {
  return text.replace(/[^\s]/g, "•");
}
