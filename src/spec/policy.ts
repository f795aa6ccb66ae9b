/** Says what a policy is, in AWS's terms: statements, and documents of them that others wrote. Types only. */

import type { Condition } from "../aws/services.ts";
import type { TextOrReference } from "./reference.ts";

/** Who is meant, by type of principal. */
export type Principals = readonly (readonly [type: string, identifiers: readonly TextOrReference[]])[];

/** A condition, any of whose values may match. */
export type StatementCondition = Omit<Condition, "values"> & { readonly values: readonly TextOrReference[] };

/** A statement of a resource policy. Those that a spec makes have the resource `*`, the key or the secret that has the policy. */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly principals: Principals;
  /** In place of principals: everyone but these. */
  readonly notPrincipals: Principals;
  readonly actions: readonly string[];
  /** In place of actions: all but these. */
  readonly notActions: readonly string[];
  readonly conditions: readonly StatementCondition[];
}

/** A statement of a document, and where it is: `policies/base.json:4:5`. */
export interface PlacedStatement extends Statement {
  readonly place: string;
}

/** Something that is wrong with a document. */
export interface DocumentFault {
  readonly place: string;
  readonly message: string;
  readonly hint: string;
}

/** A policy document in IAM's JSON. */
export interface PolicyDocument {
  /** Those that could be read. */
  readonly statements: readonly PlacedStatement[];
  readonly faults: readonly DocumentFault[];
}

/** Documents by their paths as the spec writes them. */
export type PolicyDocuments = ReadonlyMap<string, PolicyDocument>;
