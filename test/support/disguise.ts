/**
 * Makes of generated files what someone else could have written by hand: everything under other names, in a loop, or in a module.
 * What comes out makes the same things in AWS.
 */

import { readTerraform } from "../../src/terraform/reader.ts";
import type { Files } from "./terraform.ts";

/** Draws a whole number from 0 up to, not including, a limit. */
export type Draw = (limit: number) => number;

/** A generator of numbers that a seed determines (mulberry32). */
export function drawing(seed: number): Draw {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Blocks that say what was or what is taken over, and what people make of it: a configuration of one's own has none. */
const OF_CHANGES = new Set(["moved", "removed", "import", "output"]);

/** Without those, without the header, and without the lookups that imports need. */
export function settled(files: Files): Files {
  const bare = Object.entries(files).map(([path, text]) => [path, text.replace(/^(# .*\n)+/, "")]);
  return edited(Object.fromEntries(bare), ({ type, labels }) =>
    OF_CHANGES.has(type) || (type === "data" && labels[0] === "aws_secretsmanager_secret") ? "" : undefined,
  );
}

/** Every file, resource and data source under a name that is drawn; `isOwn` are those that keep their names. */
export function renamed(files: Files, draw: Draw, isOwn: (path: string) => boolean = () => false): Files {
  const names = new Map<string, string>();
  for (const [path, text] of Object.entries(files)) {
    if (!path.endsWith(".tf") || isOwn(path)) continue;
    for (const { type, labels } of readTerraform(text).blocks) {
      if (type === "resource" || type === "data") names.set(addressOf(type, labels), word(draw));
    }
  }
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => {
      if (!path.endsWith(".tf")) return [path, text];
      let changed = replaceAddresses(text, (address) => {
        const name = names.get(address);
        return name === undefined ? address : address.replace(/[^.]+$/, name);
      });
      changed = changed.replace(
        /^(resource|data) "(\w+)" "([\w-]+)"/gm,
        (whole, type: string, kind: string, name: string) => {
          const fresh = names.get(addressOf(type, [kind, name]));
          return fresh === undefined ? whole : `${type} "${kind}" "${fresh}"`;
        },
      );
      return [isOwn(path) ? path : path.replace(/[^/]+\.tf$/, `${word(draw)}.tf`), changed];
    }),
  );
}

/** Every resource, or some, with `count` or `for_each` of one instance. */
export function looped(files: Files, draw: Draw, isOwn: (path: string) => boolean = () => false): Files {
  const indices = new Map<string, string>();
  const heads = new Map<string, string>();
  for (const [path, text] of Object.entries(files)) {
    if (!path.endsWith(".tf") || isOwn(path)) continue;
    for (const { type, labels, body } of readTerraform(text).blocks) {
      if (type !== "resource" || body.attributes.has("for_each") || body.attributes.has("count") || draw(4) === 0)
        continue;
      const [index, head] = draw(2) === 0 ? ["[0]", "count = 1"] : ['["a key.x"]', 'for_each = toset(["a key.x"])'];
      indices.set(labels.join("."), index!);
      heads.set(labels.join("."), head!);
    }
  }
  return Object.fromEntries(
    Object.entries(files).map(([path, text]) => {
      if (!path.endsWith(".tf")) return [path, text];
      // What a resource waits for is named without an index.
      const parts = text.split(/(depends_on\s*=\s*\[[^\]]*\])/);
      const changed = parts
        .map((part) =>
          part.startsWith("depends_on")
            ? part
            : replaceAddresses(part, (address) => `${address}${indices.get(address) ?? ""}`),
        )
        .join("")
        .replace(/^resource "(\w+)" "([\w-]+)" \{\n/gm, (whole, kind: string, name: string) => {
          const head = heads.get(`${kind}.${name}`);
          return head === undefined ? whole : `${whole}  ${head}\n`;
        });
      return [path, changed];
    }),
  );
}

/** Files without the blocks for which `text` says something else; nothing where it says "". */
function edited(
  files: Files,
  text: (block: { readonly type: string; readonly labels: readonly string[] }) => string | undefined,
): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => {
      if (!path.endsWith(".tf")) return [path, content];
      let changed = content;
      for (const block of readTerraform(content).blocks.toReversed()) {
        const other = text(block);
        if (other !== undefined) changed = changed.slice(0, block.start) + other + changed.slice(block.end);
      }
      return [path, changed];
    }),
  );
}

/** Blocks by file and line taken out of files. */
export function without(files: Files, gone: readonly { readonly path: string; readonly line: number }[]): Files {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => {
      const lines = new Set(gone.filter((one) => one.path === path).map(({ line }) => line));
      if (lines.size === 0) return [path, content];
      let changed = content;
      for (const { line, start, end } of readTerraform(content).blocks.toReversed()) {
        if (lines.has(line)) changed = changed.slice(0, start) + changed.slice(end);
      }
      return [path, changed];
    }),
  );
}

function addressOf(type: string, labels: readonly string[]): string {
  return `${type === "data" ? "data." : ""}${labels.join(".")}`;
}

function replaceAddresses(text: string, change: (address: string) => string): string {
  return text.replace(/(?<![\w.-])(?:data\.)?aws_\w+\.[A-Za-z_][\w-]*/g, change);
}

function word(draw: Draw): string {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  return Array.from({ length: 8 }, () => letters[draw(letters.length)]).join("");
}
