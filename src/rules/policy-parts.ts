/** Every policy of a spec with its texts, so that each rule on policies sees them all alike. */

import type { Names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Statement } from "../spec/policy.ts";
import type { TextOrReference } from "../spec/reference.ts";
import type { PolicyDocumentSpec, StatementSpec } from "../spec/schema.ts";
import { keyPolicies, keyStatements, secretStatements } from "../spec/statements.ts";

/** A policy of either kind, as it is written. */
export interface Policy {
  /** The prefix of the actions that it may hold. */
  readonly service: "kms" | "secretsmanager";
  /** What it belongs to, for messages. */
  readonly owner: string;
  readonly path: Path;
  /** The lists of ARNs by their key. */
  readonly lists: readonly (readonly [key: string, arns: readonly TextOrReference[]])[];
  readonly statements: readonly StatementSpec[];
  readonly documents: readonly PolicyDocumentSpec[];
  readonly overrides: readonly PolicyDocumentSpec[];
  /** Its own statements and those that are made for it, without those of documents. */
  readonly all: () => readonly Statement[];
}

/** A text in a policy and where it is; references are none. */
interface Text {
  /** What it says: a principal of a type, or a part of a statement. */
  readonly is: "AWS" | "Service" | "Federated" | "action" | "test" | "variable" | "value";
  readonly text: string;
  readonly path: Path;
  /** Whether it is in a list of ARNs rather than in a statement. */
  readonly isListed?: boolean;
}

export function* policiesOf(names: Names): Iterable<Policy> {
  const { keys, secrets } = names;
  for (const key of keys) {
    for (const { spec, path } of keyPolicies(key, names)) {
      const { administrators, users, decrypters, statements } = spec;
      yield {
        service: "kms",
        owner: `the key ${key.id}`,
        path,
        lists: [
          ["administrators", administrators ?? []],
          ["users", users ?? []],
          ["decrypters", decrypters ?? []],
        ],
        statements: statements ?? [],
        documents: spec.documents ?? [],
        overrides: spec.overrides ?? [],
        all: () => keyStatements(key, spec),
      };
    }
  }
  for (const secret of secrets) {
    const { policy } = secret.spec;
    if (!policy) continue;
    yield {
      service: "secretsmanager",
      owner: `the secret ${secret.id}`,
      path: [...secret.path, "policy"],
      lists: [["readers", policy.readers ?? []]],
      statements: policy.statements ?? [],
      documents: policy.documents ?? [],
      overrides: policy.overrides ?? [],
      all: () => secretStatements(secret),
    };
  }
}

export function* textsOf({ path, lists, statements }: Policy): Iterable<Text> {
  for (const [key, arns] of lists) {
    for (const [index, text] of arns.entries()) {
      if (typeof text === "string") yield { is: "AWS", text, path: [...path, key, index], isListed: true };
    }
  }
  for (const [index, statement] of statements.entries()) {
    const at = [...path, "statements", index];
    for (const key of ["principals", "not_principals"] as const) {
      for (const is of ["AWS", "Service", "Federated"] as const) {
        for (const [place, text] of (statement[key]?.[is] ?? []).entries()) {
          if (typeof text === "string") yield { is, text, path: [...at, key, is, place] };
        }
      }
    }
    for (const key of ["actions", "not_actions"] as const) {
      for (const [place, text] of (statement[key] ?? []).entries()) {
        yield { is: "action", text, path: [...at, key, place] };
      }
    }
    const { conditions } = statement;
    for (const [number, { test, variable, values }] of (conditions ?? []).entries()) {
      const within = [...at, "conditions", number];
      yield { is: "test", text: test, path: [...within, "test"] };
      yield { is: "variable", text: variable, path: [...within, "variable"] };
      for (const [place, text] of values.entries()) {
        if (typeof text === "string") yield { is: "value", text, path: [...within, "values", place] };
      }
    }
  }
}
