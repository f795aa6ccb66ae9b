/**
 * What a spec says in the place of the values that a state has: the value itself, unless the configuration beside the state shows
 * what it is made of.
 */

import type { TextOrReference } from "../spec/reference.ts";
import type { StateResource } from "../terraform/state.ts";
import { type PolicyPath, verbatim } from "./policy.ts";

/** Where a value is in a resource: `["tags", "Team"]`, `["policy", "Statement", 0, "Principal", "AWS"]`. */
export type ValuePath = PolicyPath;

export interface Sayings {
  /** A text of a spec for a value of a resource; its own braces are doubled. */
  text(resource: StateResource, at: ValuePath, value: string): string;
  /** The same where a reference is allowed too. */
  textOrReference(resource: StateResource, at: ValuePath, value: string): TextOrReference;
  /** What the configuration names as the whole document of a policy: a path, or a reference; `undefined` where it shows none. */
  document(resource: StateResource, at: ValuePath): string | { readonly ref: string } | undefined;
  /** Whether the configuration has `prevent_destroy` on it. */
  isProtected(resource: StateResource): boolean;
}

/** What can be said when there is no configuration to be seen. */
export const VALUES_ALONE: Sayings = {
  text: (_, __, value) => verbatim(value),
  textOrReference: (_, __, value) => verbatim(value),
  document: () => undefined,
  isProtected: () => false,
};
