/**
 * Masks lines of Terraform for a diff: what was generated loses the values of secrets, whose places are known; what someone
 * edited loses everything that was not generated, because no one knows where a secret may be in it.
 */

import { mask } from "../spec/redact.ts";

/** The one consists of a value, the other has one among other things. */
const VALUE_BLOCK = /^resource "aws_secretsmanager_secret_version" /;
const PARAMETER_BLOCK = /^resource "aws_ssm_parameter" /;
const ATTRIBUTE = /^(\s*(?:[\w-]+|"(?:[^"\\]|\\.)*")\s*[=:]\s*)(\S.*)$/;
const REFERENCE = String.raw`(?:aws|aws_\w+|terraform_data|data|each|ephemeral|local|module|var)(?:\.[\w-]+|\[[\w."-]+\])+`;
const REGION = '":[a-z0-9-]+:"';
/** A reference, an ARN with another region in it, or the start of something whose parts are on the next lines. */
const NO_VALUE = new RegExp(
  String.raw`^(${REFERENCE}|replace\(${REFERENCE}, ${REGION}, ${REGION}\)|(jsonencode\()?\{|\[|\w+\()$`,
);
/** The start of the value of a parameter, and all that is indented further belongs to it. */
const PARAMETER_VALUE = /^ {2}(value|value_wo|insecure_value)\s*=/;
/** What is in a version besides its value. */
const BESIDES_VALUE = /^ {2}(secret_string_wo_version\s*=\s*\d+|lifecycle \{| {2}ignore_changes = \[\w+\])$/;
const PUNCTUATION = /^\s*[\]})({[,]*\s*$/;

/** Generated lines with the values of secrets masked. */
export function maskGenerated(lines: readonly string[]): string[] {
  let isInValue = false;
  let isInParameter = false;
  return lines.map((line) => {
    if (line === "}") isInValue = isInParameter = false;
    else if (VALUE_BLOCK.test(line)) isInValue = true;
    else if (PARAMETER_BLOCK.test(line)) isInParameter = true;
    else {
      if (isInParameter && /^ {0,2}\S/.test(line)) isInValue = PARAMETER_VALUE.test(line);
      if (isInValue && !PUNCTUATION.test(line)) return maskValue(line);
    }
    return line;
  });
}

function maskValue(line: string): string {
  const [, left = "", right = line] = ATTRIBUTE.exec(line) ?? [];
  const isPublic = NO_VALUE.test(right) || BESIDES_VALUE.test(line);
  return isPublic ? line : left + mask(right);
}

/** A digest of ours; the rest of our header is the same in the generated text, or was edited. */
const DIGEST = /^# mrk-scaffold:(murmur3|sha256):[0-9a-f]{16}$/;
/** The start of a heredoc, but not the mark of a merge conflict. */
const HEREDOC = /(?<!<)<<-?(?!<)\s*"?([A-Za-z_][\w-]*)"?\s*$/;
/** Words of the language; they are shown besides those that were generated. */
const LANGUAGE = new Set(
  `resource data variable output locals module provider terraform ephemeral moved removed import check lifecycle dynamic
  for_each count depends_on true false null for in if each local var self path file jsonencode id arn
  key_id EOT EOF`.split(/\s+/),
);
/** Attributes whose values are no secrets, as far as they look like it. */
const HARMLESS_ATTRIBUTES = new Set(
  `region alias enabled is_enabled deletion_window_in_days enable_key_rotation rotation_period_in_days multi_region
  recovery_window_in_days force_overwrite_replica_secret automatically_after_days rotate_immediately duration
  prevent_destroy destroy secret_string_wo_version value_wo_version overwrite tier bypass_policy_lockout_safety_check block_public_policy
  key_usage customer_master_key_spec effect actions required_version version source sensitive ephemeral`.split(/\s+/),
);
const HARMLESS_TEXT =
  /^"(([a-z]{2,5}-)+[a-z]+-\d{1,2}|(kms|secretsmanager):[A-Za-z*]+|ENCRYPT_DECRYPT|SIGN_VERIFY|SYMMETRIC_DEFAULT|SecureString|Advanced|Intelligent-Tiering|Allow|Deny|hashicorp\/\w+|[<>=~! ]*\d+(\.\d+){1,2}|\d{1,2}h)"$/;
/** A name as attributes and blocks have it, unlike most of what passwords and keys are made of. */
const NAME = /^(?=.{1,40}$)[a-z]+(_[a-z]+)*$/;
/** Blanks, a text, a comment, the start of one, a word (a key, if it is given something), a number, any other character. */
const TOKENS =
  /\s+|"(?:[^"\\]|\\.)*"?|(?:#|\/\/).*|\/\*.*?(?:\*\/|$)|[A-Za-z_][\w-]*(?=((?<=(?:^|[{,(])\s*[\w-]+)\s*(?:=(?!=)|:\s)\s*\S)?)|\d[\w.]*|<<-?|./gsu;

/**
 * Lines that someone has edited, with everything masked that is not in one of the `generated` lines: texts, heredocs,
 * comments, and words that were not generated, but for the names of attributes and blocks, and what attributes known
 * to be harmless hold.
 */
export function maskEdited(lines: readonly string[], generated: readonly string[]): string[] {
  const masked = maskGenerated(generated);
  const known = new Map(generated.map((line, index) => [line, masked[index]!]));
  const words = new Set([...LANGUAGE, ...(masked.join("\n").match(/[A-Za-z_][\w-]*/g) ?? [])]);
  let heredocEnd: string | undefined;
  let isInComment = false;
  return lines.map((line) => {
    const shown = known.get(line);
    if (heredocEnd !== undefined) {
      const isEnd = line.trim() === heredocEnd;
      if (isEnd) heredocEnd = undefined;
      return isEnd ? line : (shown ?? mask(line));
    }
    const commentEnd = isInComment ? line.indexOf("*/") + 1 || line.length : 0;
    const code = line.slice(commentEnd);
    const tokens = code.match(TOKENS) ?? [];
    isInComment = (isInComment && commentEnd === line.length) || tokens.some(isOpenComment);
    heredocEnd = HEREDOC.exec(code)?.[1];
    if (shown !== undefined || DIGEST.test(line)) return shown ?? line;
    return mask(line.slice(0, commentEnd)) + maskCode(code, words);
  });
}

function isOpenComment(token: string): boolean {
  return token.startsWith("/*") && !(token.length >= 4 && token.endsWith("*/"));
}

/** A line of code; its tokens are shown when they are known, or say nothing. */
function maskCode(line: string, words: ReadonlySet<string>): string {
  const isBlock = /^\s*[a-z_]+(\s+("[\w-]*"|[\w-]+))*\s*\{/.test(line);
  let attribute = "";
  return line.replace(TOKENS, (token, assignment: string | undefined, at: number) => {
    if (/^(\s|<<|[{}[\]()=:,.]$)/.test(token)) return token;
    if (/^[A-Za-z_]/.test(token)) {
      if (assignment !== undefined) attribute = token;
      const isName = assignment !== undefined || (isBlock && line.slice(0, at).trim() === "");
      return (isName && NAME.test(token)) || words.has(token) ? token : mask(token);
    }
    const isHarmless = HARMLESS_ATTRIBUTES.has(attribute) && (HARMLESS_TEXT.test(token) || /^\d{1,4}$/.test(token));
    const isLabel = isBlock && attribute === "" && words.has(token.slice(1, -1));
    return isHarmless || isLabel ? token : mask(token);
  });
}
