/** Finds the identifiers of a spec for what a state calls otherwise: resources go in, Terraform identifiers come out. */

import type { StateResource } from "../terraform/state.ts";
import { type FoundKey, type FoundSecret, text } from "./inventory.ts";

/** What people call a key: the last part of its alias, or else the resource, or the module that it is in. */
export function identifierOfKey({ primary: { region, resource, aliases } }: FoundKey): string {
  const [alias] = aliases;
  if (alias !== undefined) {
    const last = text(alias, "name")
      .replace(/^alias\//, "")
      .replaceAll(region, "")
      .split("/")
      .findLast((part) => /[A-Za-z0-9]/.test(part));
    if (last !== undefined) return identifier(last);
  }
  return identifier(givenName(resource));
}

/** What people call a secret: the resource, or its name in AWS where the resource's says nothing. */
export function identifierOfSecret({ resource, name }: FoundSecret): string {
  const given = givenName(resource);
  return identifier(resource.index === undefined && !COMMON_NAMES.has(given) ? given : name);
}

/** Names that say nothing, as resources in modules have them. */
const COMMON_NAMES = new Set(["this", "main", "default", "key", "secret", "replica", "primary"]);

function givenName({ name, module }: StateResource): string {
  const call = /module\.([\w-]+)(?:\[[^[]*\])?$/.exec(module)?.[1];
  return COMMON_NAMES.has(name) && call !== undefined ? call : name;
}

/** Terraform's identifiers end somewhere; a spec's have 200 characters at most, and a number may follow. */
const MOST_CHARACTERS = 180;

function identifier(text: string): string {
  const clean = text
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase()
    .slice(0, MOST_CHARACTERS);
  return /^[a-z_]/.test(clean) ? clean : `k_${clean}`;
}

/** The name, or the name with the first number from 2 on, that suits. */
export function unique(name: string, suits: (name: string) => boolean): string {
  if (suits(name)) return name;
  for (let number = 2; ; number += 1) if (suits(`${name}_${number}`)) return `${name}_${number}`;
}
