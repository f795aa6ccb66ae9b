/** Finds text that Terraform cannot keep as it is: what was read goes in, findings come out. */

import type { SpecSource } from "../spec/load.ts";
import type { Path } from "../spec/path.ts";
import type { CodedFinding } from "./rule.ts";

/**
 * Text that Terraform cannot keep as it is: half a character (a lone surrogate) is an error, text that is not in Unicode
 * NFC is a warning, because Terraform normalises it, and an error where it makes two keys one. So is the key `__proto__`,
 * which zod leaves out. Plain ASCII specs, nearly all of them, are not searched.
 */
export function* textFindings({ text, isAscii, data }: SpecSource): Iterable<CodedFinding> {
  const mayHideCharacters = text.includes("\\") && /\\[uUx]/.test(text);
  if (isAscii && !mayHideCharacters && !text.includes("__proto__")) return;
  const seen = new Set<object>();
  function* walk(value: unknown, path: Path): Iterable<CodedFinding> {
    if (typeof value === "string") yield* brokenText(value, path);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) {
      for (const [index, below] of value.entries()) yield* walk(below, [...path, index]);
      return;
    }
    const normalized = new Set<string>();
    for (const [key, below] of Object.entries(value)) {
      const at = [...path, key];
      for (const finding of brokenText(key, at)) yield { ...finding, part: "key" };
      if (key === "__proto__") yield badName(at);
      if (normalized.has(key.normalize("NFC"))) yield sameName(at);
      normalized.add(key.normalize("NFC"));
      yield* walk(below, at);
    }
  }
  yield* walk(data, []);
}

function* brokenText(text: string, path: Path): Iterable<CodedFinding> {
  if (!text.isWellFormed()) {
    const hint = "Write the character itself instead of one half of its \\u escape.";
    yield { code: "broken-character", path, message: "the text holds half a character, a lone surrogate", hint };
  } else if (text.normalize("NFC") !== text) {
    const message = "the text is not in Unicode normal form C: Terraform will change it to that";
    const hint = "Save the spec in NFC if the difference matters.";
    yield { code: "not-normalized", path, severity: "warning", message, hint };
  }
}

function badName(path: Path): CodedFinding {
  return {
    code: "bad-identifier",
    path,
    part: "key",
    message: "__proto__ is no name here",
    hint: "Write another one.",
  };
}

function sameName(path: Path): CodedFinding {
  const message = "another key of this map is the same in Unicode normal form C, to which Terraform changes both";
  return { code: "duplicate-key", path, part: "key", message, hint: "Keep one of the two." };
}
