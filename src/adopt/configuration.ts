/**
 * Reads in the configuration beside a state what values are made of: files go in; for a value of a resource comes out what a spec
 * says in its place, with variables, the workspace and references where the files show them. What they do not show stays the value.
 */

import { type TextOrReference, TRAVERSAL } from "../spec/reference.ts";
import { canSay, filled, partsOf } from "../spec/text.ts";
import type { Block, Expression } from "../terraform/reader.ts";
import type { StateResource } from "../terraform/state.ts";
import type { Folder } from "./folder.ts";
import { regionOf } from "./inventory.ts";
import { verbatim } from "./policy.ts";
import type { Sayings, ValuePath } from "./sayings.ts";

/** An expression, with the text that it is part of. */
interface Placed {
  readonly expression: Expression;
  readonly text: string;
}

interface PlacedBlock {
  readonly block: Block;
  readonly text: string;
}

/** How many locals may lead to each other. */
const DEEPEST = 8;

/** The names of things that only exist while Terraform goes over a loop, or within a block. */
const OF_INSTANCES = new Set(["each", "count", "self", "path"]);

/** Types whose resources have other addresses from now on. */
const ADOPTABLE = /^aws_(kms|secretsmanager)_/;

/** What is only known in a policy or a grant. */
const IN_POLICIES = new Set(["policy", "grantee_principal", "retiring_principal"]);

export class Configuration implements Sayings {
  readonly #resources = new Map<string, PlacedBlock>();
  readonly #data = new Set<string>();
  readonly #locals = new Map<string, Placed>();
  /** The types of variables that a text may name. */
  readonly #variables = new Map<string, "string" | "number" | "bool">();
  readonly #unseen = new Map<string, Map<string, string>>();

  constructor({ files }: Folder) {
    for (const { file, blocks } of files) {
      const { text } = file;
      for (const block of blocks) {
        const address = block.labels.join(".");
        if (block.type === "resource") this.#resources.set(address, { block, text });
        else if (block.type === "data") this.#data.add(address);
        else if (block.type === "locals") {
          for (const { name, expression } of block.body.attributes.values())
            this.#locals.set(name, { expression, text });
        } else if (block.type === "variable") {
          const type = block.body.attributes.get("type")?.expression;
          const name = type === undefined ? "string" : text.slice(type.start, type.end);
          if (name === "string" || name === "number" || name === "bool") this.#variables.set(address, name);
        }
      }
    }
  }

  /** The variables that a spec of this data needs, as its `variables` has them. */
  variablesIn(data: unknown): Readonly<Record<string, object>> {
    const used = new Set(Array.from(JSON.stringify(data).matchAll(/\{var\.([\w-]+)\}/g), ([, name]) => name!));
    const known = [...used].filter((name) => this.#variables.has(name)).sort();
    return Object.fromEntries(
      known.map((name) => {
        const type = this.#variables.get(name)!;
        return [name, { ...(type === "string" ? {} : { type }), write: false }];
      }),
    );
  }

  /** The attributes that are computed in a way that no text of a spec has, by the address of their resource. */
  get unseen(): ReadonlyMap<string, ReadonlyMap<string, string>> {
    return this.#unseen;
  }

  text(resource: StateResource, at: ValuePath, value: string): string {
    return this.#said(resource, at, value, false) as string;
  }

  textOrReference(resource: StateResource, at: ValuePath, value: string): TextOrReference {
    return this.#said(resource, at, value, true);
  }

  document(resource: StateResource, at: ValuePath): string | { readonly ref: string } | undefined {
    const found = this.#expressionOf(resource, at);
    if (found === undefined) return undefined;
    const { expression, text } = found;
    const source = text.slice(expression.start, expression.end);
    if (expression.kind === "traversal") {
      const [kind = "", type = "", name = ""] = expression.names;
      const isDocument = kind === "data" && type === "aws_iam_policy_document" && this.#data.has(`${type}.${name}`);
      return isDocument && TRAVERSAL.test(source) ? { ref: source } : undefined;
    }
    const [, path] = /^file\("(?:\$\{path\.(?:module|root)\}\/)?((?![/~])[^"\\$%]+\.json)"\)$/.exec(source) ?? [];
    return path?.replace(/^\.\//, "");
  }

  isProtected(resource: StateResource): boolean {
    const body = this.#blockOf(resource)?.block.body;
    return (body?.blocks ?? []).some(({ type, body: { attributes } }) => {
      const value = attributes.get("prevent_destroy")?.expression;
      return type === "lifecycle" && value?.kind === "literal" && value.value === true;
    });
  }

  #said(resource: StateResource, at: ValuePath, value: string, mayRefer: boolean): TextOrReference {
    const found = this.#expressionOf(resource, at);
    if (found === undefined) return verbatim(value);
    const isInPolicy = IN_POLICIES.has(String(at[0]));
    const said = this.#textOf(found, isInPolicy, 0);
    const place = { region: regionOf(resource), label: "" };
    if (said !== undefined && isOf(said, value, place)) return said;
    const reference = mayRefer ? this.#referenceOf(found, 0) : undefined;
    if (reference !== undefined) return { ref: reference };
    if (said === undefined) this.#note(resource, at, found);
    return verbatim(value);
  }

  #note({ address }: StateResource, at: ValuePath, { expression, text }: Placed): void {
    const attributes = this.#unseen.get(address) ?? new Map<string, string>();
    this.#unseen.set(address, attributes);
    const name = at[0] === "tags" ? at.join(".") : String(at[0]);
    if (!attributes.has(name)) attributes.set(name, text.slice(expression.start, expression.end));
  }

  /** Blocks of modules are in other folders. */
  #blockOf({ module, type, name }: StateResource): PlacedBlock | undefined {
    return module === "" ? this.#resources.get(`${type}.${name}`) : undefined;
  }

  /** What the configuration has for a value; `undefined` where it does not show it. */
  #expressionOf(resource: StateResource, [attribute, ...steps]: ValuePath): Placed | undefined {
    const found = this.#blockOf(resource);
    const expression = found?.block.body.attributes.get(String(attribute))?.expression;
    if (found === undefined || expression === undefined) return undefined;
    return this.#within({ expression, text: found.text }, steps, 0);
  }

  #within(placed: Placed, steps: ValuePath, depth: number): Placed | undefined {
    const { expression, text } = placed;
    const [step, ...others] = steps;
    if (step === undefined) return placed;
    if (depth > DEEPEST) return undefined;
    switch (expression.kind) {
      case "object": {
        const item = expression.items.findLast(({ key }) => keyOf(key, text) === step);
        return item && this.#within({ expression: item.value, text }, others, depth + 1);
      }
      case "tuple": {
        const item = expression.items[Number(step)];
        return item && this.#within({ expression: item, text }, others, depth + 1);
      }
      case "wrapped":
        return this.#within({ expression: expression.expression, text }, steps, depth);
      case "traversal": {
        const local = this.#localOf(expression);
        return local && this.#within(local, steps, depth + 1);
      }
      case "compound": {
        const call = text.slice(expression.start, expression.children[0]?.start ?? expression.end).trim();
        if (call !== "(" && call !== "jsonencode(" && call !== "merge(") return undefined;
        for (const child of expression.children.toReversed()) {
          const found = this.#within({ expression: child, text }, steps, depth + 1);
          if (found !== undefined) return found;
        }
      }
    }
    return undefined;
  }

  #localOf(expression: Expression): Placed | undefined {
    if (expression.kind !== "traversal" || expression.isIndexed) return undefined;
    const [root, name = "", ...attributes] = expression.names;
    const local = root === "local" ? this.#locals.get(name) : undefined;
    return local && this.#within(local, attributes, 0);
  }

  /** A text of a spec for an expression; `undefined` where none says the same. */
  #textOf({ expression, text }: Placed, isInPolicy: boolean, depth: number): string | undefined {
    if (depth > DEEPEST) return undefined;
    const textOf = (one: Expression) => this.#textOf({ expression: one, text }, isInPolicy, depth + 1);
    switch (expression.kind) {
      case "literal":
        return expression.value === null ? undefined : verbatim(String(expression.value));
      case "wrapped":
        return textOf(expression.expression);
      case "template": {
        const parts = expression.parts.map(textOf);
        return parts.every((part) => part !== undefined) ? parts.join("") : undefined;
      }
      case "traversal": {
        const local = this.#localOf(expression);
        if (local !== undefined) return this.#textOf(local, isInPolicy, depth + 1);
        return expression.isIndexed ? undefined : this.#placeholderOf(expression.names, isInPolicy);
      }
    }
    return undefined;
  }

  #placeholderOf(names: readonly string[], isInPolicy: boolean): string | undefined {
    const [root, name = "", , attribute = ""] = names;
    if (names.length === 2 && root === "var") return this.#variables.has(name) ? `{var.${name}}` : undefined;
    if (names.join(".") === "terraform.workspace") return "{workspace}";
    if (root !== "data" || names.length !== 4) return undefined;
    if (name === "aws_region" && REGION_ATTRIBUTES.has(attribute)) return "{region}";
    if (!isInPolicy) return undefined;
    if (name === "aws_caller_identity" && attribute === "account_id") return "{account}";
    if (name === "aws_partition" && attribute === "partition") return "{partition}";
    if (name === "aws_partition" && attribute === "dns_suffix") return "{dns_suffix}";
    return undefined;
  }

  /** What an expression refers to, where that is all it does and the spec does not declare it. */
  #referenceOf({ expression, text }: Placed, depth: number): string | undefined {
    if (expression.kind === "wrapped") return this.#referenceOf({ expression: expression.expression, text }, depth);
    if (expression.kind !== "traversal" || depth > DEEPEST) return undefined;
    const source = text.slice(expression.start, expression.end);
    const local = this.#localOf(expression);
    if (local !== undefined)
      return this.#referenceOf(local, depth + 1) ?? (TRAVERSAL.test(source) ? source : undefined);
    const [root = "", ...rest] = expression.names;
    if (OF_INSTANCES.has(root) || ADOPTABLE.test(root) || root === "terraform" || root === "var") return undefined;
    return rest.length > 0 && TRAVERSAL.test(source) ? source : undefined;
  }
}

const REGION_ATTRIBUTES = new Set(["name", "region", "id"]);

function keyOf(key: Expression, text: string): string | undefined {
  if (key.kind === "literal") return String(key.value);
  return key.kind === "traversal" && key.names.length === 1 ? text.slice(key.start, key.end) : undefined;
}

/** Whether a text of a spec may come to a value in a place. */
export function isOf(text: string, value: string, place: { readonly region: string; readonly label: string }): boolean {
  return canSay(filled(partsOf(text), place), value);
}
