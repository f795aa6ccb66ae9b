/**
 * Says why a file is no spec that can be read, in the user's own terms: what was found goes in, diagnostics come out. It shows nothing
 * of a text that may be a secret.
 */

import type { YAMLException } from "js-yaml";
import type { ReadError } from "../read.ts";
import { type Diagnostic, fileDiagnostic, type Position } from "../report/diagnostic.ts";
import { meantName } from "./files.ts";
import { maskUnparsedLine, maySecretBeKeyAt, publicPath } from "./redact.ts";
import { type Conflict, conflictsIn, type Misindented, misindentedAt, notASpec, otherKindOfText } from "./slips.ts";
import type { DuplicateKey } from "./source-map.ts";

/** What the YAML parser says of a text. */
type YamlError = Pick<YAMLException, "reason" | "mark">;

export function excessiveAliases(path: string, position: Position): Diagnostic {
  const hint = "An alias that contains itself, or aliases of aliases, expand without end. Write the values out.";
  const message = "the aliases (*name) of this spec multiply to millions of values";
  return { ...problem(path, "excessive-aliases", message, hint), position };
}

export function duplicateKey(file: string, { key, position, first, path, isEmpty }: DuplicateKey): Diagnostic {
  const shown = maySecretBeKeyAt(path, isEmpty) ? "of this name (not shown, it may be a secret)" : JSON.stringify(key);
  const hint = `It is first defined at line ${first.line}, column ${first.column}. Keep one of the two.`;
  const message = `the key ${shown} is defined twice in one map`;
  return { ...problem(file, "duplicate-key", message, hint), path: publicPath(path, isEmpty), position };
}

function problem(file: string, code: string, message: string, hint: string | undefined): Diagnostic {
  return fileDiagnostic(code, "error", message, { file, hint });
}

export function unreadable(path: string, code: string): Diagnostic {
  if (code === "ENOENT" || code === "ENOTDIR") {
    const meant = meantName(path);
    const hint =
      meant === undefined ? "Name the spec's path, for example: mrk-scaffold spec.yaml" : `Did you mean ${meant}?`;
    return problem(path, "spec-not-found", "there is no such file", hint);
  }
  if (code === "EISDIR") {
    return problem(path, "spec-is-a-folder", "this is a folder, a spec is a file", "Name the file in it.");
  }
  return problem(path, "spec-unreadable", `the file cannot be read: ${code}`, undefined);
}

export function unsuitable(path: string, { fault, size }: ReadError): Diagnostic {
  if (fault === "large") return tooLarge(path, size);
  const hint = "To read a spec from a pipe, write - for standard input.";
  return problem(path, "spec-unreadable", "this is a pipe or a device, a spec is a file", hint);
}

export function tooLarge(path: string, bytes: number | undefined): Diagnostic {
  const size = bytes === undefined ? "more than 32" : (bytes / 1024 / 1024).toFixed(1);
  const message = `the spec has ${size} MB, at most 32 MB are read`;
  return problem(path, "spec-too-large", message, "Split it into several specs.");
}

export function notUtf8(path: string, bytes: Uint8Array): Diagnostic {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const message = isUtf16 ? "the spec is UTF-16, a spec is UTF-8" : "the spec is not UTF-8";
  return problem(path, "spec-not-utf8", message, "Save it as UTF-8.");
}

export function emptySpec(path: string): Diagnostic {
  const hint = "The smallest spec is\nversion: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }";
  return problem(path, "spec-empty", "the spec is empty", hint);
}

export function severalDocuments(
  path: string,
  text: string,
  [first]: readonly { explicitStart: boolean }[],
): Diagnostic {
  const starts = Array.from(text.matchAll(/^---(?=\s|$)/gm), ({ index }) => index);
  const second = starts[first?.explicitStart ? 1 : 0] ?? text.search(/^\.\.\.(?=\s|$)/m);
  return {
    ...problem(path, "spec-several-documents", "the spec holds several YAML documents, it may hold one", undefined),
    position: second < 0 ? undefined : placeInUnparsed(text, second, 3),
    hint: "Give each document a file of its own, and name them all: mrk-scaffold one.yaml two.yaml",
  };
}

/** Why a text is no YAML: what it is instead, or where the parser gave up. */
export function unparsable(path: string, text: string, error: YamlError): Diagnostic[] {
  const conflicts = conflictsIn(text);
  if (conflicts.length > 0) return conflicts.map((conflict) => unresolved(path, text, conflict));
  const other = otherKindOfText(text);
  return [other === undefined ? syntaxError(path, text, error) : notASpec(path, other)];
}

function unresolved(path: string, text: string, { start, firstLine, lastLine }: Conflict): Diagnostic {
  const message = `a merge conflict is unresolved here, in lines ${firstLine} to ${lastLine}`;
  const hint =
    "Keep one side or write what both want, delete the lines with <<<<<<<, ======= and >>>>>>>, and run again.";
  return { ...problem(path, "spec-conflict", message, hint), position: placeInUnparsed(text, start, 7) };
}

function syntaxError(path: string, text: string, error: YamlError): Diagnostic {
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const misindented = /bad indentation|mapping values/.test(error.reason) ? misindentedAt(text, offset) : undefined;
  if (misindented !== undefined) return wrongIndentation(path, text, misindented);
  const isClosing = error.reason === MISSED_COMMA && /[\]}]/.test(text.charAt(offset));
  const given = isClosing ? OPEN_BRACKET : error.reason;
  const [, reason, hint] = REASONS.find(([pattern]) => pattern.test(given)) ?? [undefined, given];
  return {
    ...problem(
      path,
      "spec-syntax",
      `this is not valid YAML: ${reason}`,
      hint ?? syntaxHint(text, offset, error.reason),
    ),
    position: placeInUnparsed(text, offset, 1),
  };
}

function wrongIndentation(path: string, text: string, { offset, spaces, like, isAfterValue }: Misindented): Diagnostic {
  const message = `this is not valid YAML: the line starts with ${blanks(spaces)}, which fits no line above it`;
  const why = isAfterValue ? ` Line ${like.line} has a value already, so nothing can be nested under it.` : "";
  const hint = `Start it with ${blanks(like.spaces)}, like line ${like.line}.${why}`;
  return { ...problem(path, "spec-syntax", message, hint), position: placeInUnparsed(text, offset, 1) };
}

function blanks(number: number): string {
  return number === 0 ? "no space" : number === 1 ? "1 space" : `${number} spaces`;
}

const MISSED_COMMA = "missed comma between flow collection entries";
/** What the parser calls a missed comma where a bracket closes. */
const OPEN_BRACKET = "another bracket is still open where this one closes";

/** Reasons that the parser puts in words of the text, which may be a secret, or in words that help no one. */
const REASONS: readonly (readonly [pattern: RegExp, reason: string, hint?: string])[] = [
  [/^unknown .* tag/, "a YAML tag (!name) that a spec has no use for", "A value with a leading ! needs quotes."],
  [
    /tag handle|tag name|explicit tag/,
    "a YAML tag (!name) that does not fit",
    "A value with a leading ! needs quotes.",
  ],
  [/ alias "/, "an alias (*name) of an anchor that is not defined before it", "A value with a leading * needs quotes."],
  [/complex keys/, "a list or a map as a key"],
  [/multiline key/, "a line that is neither a key with its colon nor a part of the value above it"],
  [
    /expected after the key-value separator/,
    "a colon without a space behind it",
    "Write a space between the colon and the value.",
  ],
  [/^missed comma/, "a comma is missing between two entries", "Write a comma before this: { a: 1, b: 2 }, [a, b]"],
  [/maxDepth/, "more than 100 levels of nesting"],
];

function syntaxHint(text: string, offset: number, reason: string): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  if (/^\s*\t/.test(line)) return "YAML is indented with spaces; replace the tab.";
  if (/bracket|flow|deficient indentation|unexpected end/.test(reason))
    return "Look for a bracket or a quote that is never closed.";
  if (/bad indentation|mapping values/.test(reason)) return 'A value with ": " or a leading @, %, & or * needs quotes.';
  return undefined;
}

/** A place in a text that has no tree: all of the line is masked that may belong to a secret. */
function placeInUnparsed(text: string, offset: number, length: number): Position {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = text.indexOf("\n", lineStart) < 0 ? text.length : text.indexOf("\n", lineStart);
  const line = text.slice(0, lineStart).split("\n").length;
  const lineText = maskUnparsedLine(text.slice(lineStart, lineEnd).replace(/\r$/, ""));
  return { line, column: offset - lineStart + 1, length, lineText };
}
