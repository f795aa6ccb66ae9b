/**
 * Reads policy documents in IAM's JSON: the paths that a spec names and a way to read them go in; their statements come out in
 * the terms of `statements.ts`, and what is wrong with them, each with its place. It knows the grammar, not what is wise.
 */

import { isUtf8 } from "node:buffer";
import { ReadError } from "../read.ts";
import { isMap, type Json } from "./json.ts";
import { parse, type ReadBeside, type SpecSource } from "./load.ts";
import type { Path } from "./path.ts";
import type { DocumentFault, PlacedStatement, PolicyDocument, PolicyDocuments, Statement } from "./policy.ts";
import type { Spec } from "./schema.ts";

/** Far above what AWS takes of any policy, whitespace included. */
const MOST_BYTES = 1024 * 1024;

/** The documents that the policies of a spec name; each is read once. */
export function readDocuments(spec: Spec, read: ReadBeside): PolicyDocuments {
  const policies = [
    ...Object.values(spec.keys ?? {}).flatMap((key) => [
      key.policy,
      ...Object.values(key.by_region ?? {}).map(({ policy }) => policy || undefined),
    ]),
    ...Object.values(spec.secrets ?? {}).map(({ policy }) => policy),
  ];
  const named = policies.flatMap((policy) => [...(policy?.documents ?? []), ...(policy?.overrides ?? [])]);
  const paths = new Set(named.filter((one) => typeof one === "string"));
  return new Map(Array.from(paths, (path) => [path, readDocument(path, read)]));
}

function readDocument(path: string, read: ReadBeside): PolicyDocument {
  const broken = (place: string, message: string, hint: string) => ({
    statements: [],
    faults: [{ place, message, hint }],
  });
  let bytes: Uint8Array;
  try {
    bytes = read(path, MOST_BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!(error instanceof ReadError) && code === undefined) throw error;
    const reason = error instanceof ReadError ? error.message : code === "ENOENT" ? "it does not exist" : code;
    return broken(path, `cannot be read: ${reason}`, "The path is relative to the spec.");
  }
  if (!isUtf8(bytes)) return broken(path, "is not UTF-8", "Save it in UTF-8.");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const at = /position (\d+)/.exec(message)?.[1];
    const place = placeAt(path, text, at === undefined ? text.length : Number(at));
    return broken(place, "is no JSON", "IAM's policies have no comments and no commas behind the last entry.");
  }
  return new Reader(path, bytes).read(data);
}

function placeAt(path: string, text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `${path}:${before.length}:${before.at(-1)!.length + 1}`;
}

/** The elements that a statement has one of (IAM User Guide, Grammar of the IAM JSON policy language). */
const EITHER = ["Principal", "Action", "Resource"] as const;

const ELEMENTS = ["Sid", "Effect", "Condition", ...EITHER.flatMap((name) => [name, `Not${name}`])];

/** Reads one document, and notes what is wrong with it. */
class Reader {
  readonly #path: string;
  readonly #bytes: Uint8Array;
  #source: SpecSource | undefined;
  readonly #faults: DocumentFault[] = [];

  constructor(path: string, bytes: Uint8Array) {
    this.#path = path;
    this.#bytes = bytes;
  }

  read(data: unknown): PolicyDocument {
    const statements: PlacedStatement[] = [];
    if (!isMap(data)) this.#fault([], "is not an object", 'Write { "Version": "2012-10-17", "Statement": [ … ] }.');
    else {
      this.#onlyKnown(data, ["Version", "Id", "Statement"], []);
      if (data.Version !== undefined && !/^(2012-10-17|2008-10-17)$/.test(String(data.Version)))
        this.#fault(["Version"], "has a Version that AWS does not know", 'Write "2012-10-17".');
      const list = Array.isArray(data.Statement) ? data.Statement : [data.Statement];
      if (data.Statement === undefined || list.length === 0)
        this.#fault(["Statement"], "has no Statement", "A policy has one at least.");
      else {
        for (const [index, one] of list.entries()) {
          const at = Array.isArray(data.Statement) ? ["Statement", index] : ["Statement"];
          const statement = this.#statement(one, at);
          if (statement !== undefined) statements.push(statement);
        }
      }
    }
    return { statements, faults: this.#faults };
  }

  #statement(data: unknown, at: Path): PlacedStatement | undefined {
    const faults = this.#faults.length;
    if (!isMap(data)) {
      this.#fault(at, "has a statement that is no object", 'Write { "Effect": "Allow", … }.');
      return undefined;
    }
    this.#onlyKnown(data, ELEMENTS, at);
    for (const name of EITHER) {
      const given = [name, `Not${name}`].filter((one) => data[one] !== undefined);
      if (given.length === 1) continue;
      const found = given.length === 0 ? "neither" : "both";
      this.#fault(at, `has a statement with ${found} of ${name} and Not${name}`, "A statement has one of the two.");
    }
    if (data.Effect !== "Allow" && data.Effect !== "Deny")
      this.#fault([...at, "Effect"], "has a statement without an Effect", "Write Allow or Deny.");
    if (data.Sid !== undefined && typeof data.Sid !== "string")
      this.#fault([...at, "Sid"], "has a Sid that is no text", "Put it in quotes.");
    const statement: PlacedStatement = {
      place: this.#place(at),
      sid: typeof data.Sid === "string" && data.Sid !== "" ? data.Sid : undefined,
      effect: data.Effect === "Deny" ? "Deny" : "Allow",
      principals: this.#principals(data.Principal, [...at, "Principal"]),
      notPrincipals: this.#principals(data.NotPrincipal, [...at, "NotPrincipal"]),
      actions: this.#texts(data.Action, [...at, "Action"]),
      notActions: this.#texts(data.NotAction, [...at, "NotAction"]),
      conditions: this.#conditions(data.Condition, [...at, "Condition"]),
    };
    this.#texts(data.Resource, [...at, "Resource"]);
    this.#texts(data.NotResource, [...at, "NotResource"]);
    return this.#faults.length > faults ? undefined : statement;
  }

  #principals(data: unknown, at: Path): Statement["principals"] {
    if (data === undefined) return [];
    if (data === "*") return [["AWS", ["*"]]];
    if (!isMap(data)) {
      this.#fault(at, "has a principal that is no object", 'Write { "AWS": [ … ] } or { "Service": [ … ] }.');
      return [];
    }
    this.#onlyKnown(data, ["AWS", "Service", "Federated", "CanonicalUser"], at);
    return Object.entries(data).map(([type, names]) => [type, this.#texts(names, [...at, type])] as const);
  }

  /** Conditions by operator and key; values may be numbers and truth values too. */
  #conditions(data: unknown, at: Path): Statement["conditions"] {
    if (data === undefined) return [];
    const operators = isMap(data) ? Object.entries(data) : [];
    if (operators.length === 0 || operators.some(([, keys]) => !isMap(keys))) {
      const hint = 'Write { "StringEquals": { "kms:CallerAccount": "…" } }.';
      this.#fault(at, "has a Condition that is no object of objects", hint);
      return [];
    }
    return operators.flatMap(([test, keys]) =>
      Object.entries(keys as Json).map(([variable, values]) => ({
        test,
        variable,
        values: (Array.isArray(values) ? values : [values]).map(String),
      })),
    );
  }

  #texts(data: unknown, at: Path): readonly string[] {
    if (data === undefined) return [];
    const texts = Array.isArray(data) ? data : [data];
    if (texts.length > 0 && texts.every((text) => typeof text === "string")) return texts as string[];
    this.#fault(at, `has something other than texts as ${String(at.at(-1))}`, "Write a text, or a list of texts.");
    return [];
  }

  #onlyKnown(data: Json, known: readonly string[], at: Path): void {
    for (const key of Object.keys(data)) {
      if (known.includes(key)) continue;
      const message = `has the element ${JSON.stringify(key)}, which AWS does not know here`;
      this.#fault([...at, key], message, `There are ${known.join(", ")}.`);
    }
  }

  #fault(at: Path, message: string, hint: string): void {
    this.#faults.push({ place: this.#place(at), message, hint });
  }

  /** JSON is YAML, whose reader knows the place of everything; it refuses some JSON, of which only the file is named then. */
  #place(at: Path): string {
    try {
      this.#source ??= parse(this.#path, this.#bytes);
      const { line, column } = this.#source.positionOf(at);
      return `${this.#path}:${line}:${column}`;
    } catch {
      return this.#path;
    }
  }
}
