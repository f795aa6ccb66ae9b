/**
 * Reads a spec: a path, or bytes that came from elsewhere, go in; its text, its plain data and the place of every part of
 * it come out. It knows YAML and nothing about what a spec means, and it never writes.
 */

import { isUtf8 } from "node:buffer";
import { dirname, join } from "node:path";
import {
  boolCoreTag,
  constructFromEvents,
  EVENT_ALIAS,
  EVENT_DOCUMENT,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  floatCoreTag,
  intCoreTag,
  mapTag,
  mergeTag,
  nullCoreTag,
  parseEvents,
  Schema,
  seqTag,
  strTag,
  YAMLException,
} from "js-yaml";
import { once } from "../once.ts";
import { ReadError, readAtMost } from "../read.ts";
import { byPlace, type Position, SpecError } from "../report/diagnostic.ts";
import type { Path } from "./path.ts";
import { type Events, SourceMap, type SourceNode, type Written } from "./source-map.ts";
import {
  duplicateKey,
  emptySpec,
  excessiveAliases,
  notUtf8,
  severalDocuments,
  tooLarge,
  unparsable,
  unreadable,
  unsuitable,
} from "./unreadable.ts";

/** A spec as it was read, before anything is known about its meaning. */
export interface SpecSource {
  /** The file as the user named it. */
  readonly path: string;
  readonly text: string;
  readonly isAscii: boolean;
  readonly data: unknown;
  /**
   * The place of the value at `path`, or of its key; of the nearest enclosing thing where the path leads nowhere.
   * Reading places costs a second parse, on the first call only.
   */
  positionOf(path: Path, part?: "key" | "value"): Position;
  /** The node at exactly this path; `undefined` where an alias or a merge leads there, or nothing. */
  nodeAt(path: Path): SourceNode | undefined;
  /** What is written for the scalar at `path`, wherever an alias or a merge takes it from. */
  writtenAt(path: Path): Written | undefined;
  /** Reads a file beside the spec; `undefined` where the spec is in no folder. */
  readonly readBeside: ReadBeside | undefined;
}

/**
 * Reads a file: its path from the spec's folder and the most bytes that it may have go in.
 * @throws {ReadError} when it is larger or no file; errors of the system as they are
 */
export type ReadBeside = (path: string, most: number) => Uint8Array;

/** The largest spec that is read, in bytes: far above 10,000 secrets with every key spelled out (8 MB). */
export const MAX_SPEC_BYTES = 32 * 1024 * 1024;

/** From how many characters on a spec is large. */
const LARGE = 256 * 1024;

/** How many nodes a spec may have once its aliases are followed; 10,000 secrets in 30 regions have 400,000. */
const MAX_EXPANDED_NODES = 5_000_000;

/** The core schema of YAML 1.2, and merge keys, which people use to keep long specs short. */
const YAML = new Schema([strTag, seqTag, mapTag, nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag, mergeTag]);

/**
 * Reads the spec at `path`, or what `read` reads, standard input for instance, which gets the most bytes that a spec may
 * have; `path` is only its name then.
 * @throws {SpecError} when it cannot be read or is no single YAML document; every duplicate key is reported.
 */
export function load(path: string, read?: (most: number) => Uint8Array): SpecSource {
  let bytes: Uint8Array;
  try {
    bytes = read === undefined ? readAtMost(path, MAX_SPEC_BYTES) : read(MAX_SPEC_BYTES);
  } catch (error) {
    if (error instanceof ReadError) throw new SpecError([unsuitable(path, error)]);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new SpecError([unreadable(path, code)]);
  }
  const source = parse(path, bytes);
  if (read !== undefined) return source;
  return { ...source, readBeside: (beside, most) => readAtMost(join(dirname(path), beside), most) };
}

/**
 * Parses the bytes of a spec; `path` is only a name.
 * @throws {SpecError} as `load` does
 */
export function parse(path: string, bytes: Uint8Array): SpecSource {
  if (bytes.length > MAX_SPEC_BYTES) throw new SpecError([tooLarge(path, bytes.length)]);
  if (!isUtf8(bytes)) throw new SpecError([notUtf8(path, bytes)]);
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  const text = whole.startsWith("\ufeff") ? whole.slice(1) : whole;
  const events = parseText(path, text);
  // The events of a large spec take more room than its data, and few specs are asked for a place: parse it again for that.
  const kept = text.length < LARGE ? events : undefined;
  const places = once(() => new SourceMap(text, kept ?? parseEvents(text, {})));
  const data = construct(path, text, events);
  const positionOf = (at: Path, part?: "key" | "value") => places().of(at, part);
  return {
    path,
    text,
    // What is not ASCII has more bytes than UTF-16 units.
    isAscii: bytes.length === text.length,
    data,
    positionOf,
    nodeAt: (at) => places().nodeAt(at),
    writtenAt: (at) => places().writtenAt(at),
    readBeside: undefined,
  };
}

function parseText(path: string, text: string): Events {
  let events: Events;
  try {
    events = parseEvents(text, {});
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new SpecError(unparsable(path, text, error));
  }
  const documents = events.filter((event) => event.type === EVENT_DOCUMENT);
  if (documents.length > 1) throw new SpecError([severalDocuments(path, text, documents)]);
  if (!events.some(isContent)) throw new SpecError([emptySpec(path)]);
  const alias = excessiveAlias(text, events);
  if (alias !== undefined) {
    throw new SpecError([excessiveAliases(path, new SourceMap(text, events).at(alias.start, alias.end))]);
  }
  return events;
}

/** Whether an event stands for something in the text, not only for the absence of it. */
function isContent(event: Events[number]): boolean {
  if (event.type === EVENT_DOCUMENT || event.type === EVENT_POP) return false;
  return event.type !== EVENT_SCALAR || event.valueStart >= 0 || event.tagStart >= 0 || event.anchorStart >= 0;
}

function construct(path: string, text: string, events: Events): unknown {
  try {
    return constructFromEvents(events, { source: text, schema: YAML, maxTotalMergeKeys: MAX_EXPANDED_NODES })[0];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const problems = new SourceMap(text, events).duplicateKeys().map((duplicate) => duplicateKey(path, duplicate));
    const isDuplicate = error.reason === "duplicated mapping key";
    if (!isDuplicate || problems.length === 0) problems.push(...unparsable(path, text, error));
    throw new SpecError(problems.sort(byPlace));
  }
}

/**
 * The alias with which the nodes of a document, every alias replaced by what it names, become too many; one inside what it names
 * does at once.
 */
function excessiveAlias(text: string, events: Events): { readonly start: number; readonly end: number } | undefined {
  if (!events.some((event) => event.type === EVENT_ALIAS)) return undefined;
  const sizes = new Map<string, number>();
  const open: { readonly anchor: string | undefined; size: number }[] = [{ anchor: undefined, size: 0 }];
  for (const event of events) {
    const top = open[open.length - 1]!;
    const anchor =
      "anchorStart" in event && event.anchorStart >= 0 ? text.slice(event.anchorStart, event.anchorEnd) : undefined;
    if (event.type === EVENT_SEQUENCE || event.type === EVENT_MAPPING) {
      if (anchor !== undefined) sizes.set(anchor, Number.POSITIVE_INFINITY);
      open.push({ anchor, size: 1 });
    } else if (event.type === EVENT_POP && open.length > 1) {
      open.pop();
      if (top.anchor !== undefined) sizes.set(top.anchor, top.size);
      open[open.length - 1]!.size += top.size;
    } else if (event.type === EVENT_ALIAS) {
      top.size += sizes.get(anchor!) ?? 1;
      const total = open.reduce((sum, { size }) => sum + size, 0);
      if (total > MAX_EXPANDED_NODES) return { start: event.anchorStart - 1, end: event.anchorEnd };
    } else if (event.type === EVENT_SCALAR) {
      top.size += 1;
      if (anchor !== undefined) sizes.set(anchor, 1);
    }
  }
  return undefined;
}
