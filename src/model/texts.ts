/** Turns the texts of a spec into HCL: what a placeholder stands for is decided here, and only here. */

import type { Place } from "../spec/places.ts";
import type { TextOrReference } from "../spec/reference.ts";
import { type Placeholder, partsOf, variableIn } from "../spec/text.ts";
import { type Hcl, reference, template, traversal } from "./hcl.ts";

/** What stands for a placeholder: text, or what Terraform evaluates. */
type Piece = string | { readonly expression: Hcl };

/** What the placeholders of a region stand for; by default what the spec calls it. */
export interface RegionPieces {
  readonly region: Piece;
  readonly label: Piece;
}

const EXPRESSIONS: Readonly<Record<Exclude<Placeholder, `var.${string}` | keyof RegionPieces>, readonly string[]>> = {
  workspace: ["terraform", "workspace"],
  partition: ["data", "aws_partition", "main", "partition"],
  dns_suffix: ["data", "aws_partition", "main", "dns_suffix"],
  account: ["data", "aws_caller_identity", "main", "account_id"],
};

/** A text with its placeholders replaced by what they stand for; a placeholder alone is the expression itself. */
export function textIn(text: TextOrReference, place: Pick<Place, "region" | "label"> | RegionPieces): Hcl {
  if (typeof text === "object") return traversal(text.ref!);
  const pieces = partsOf(text).map((part): Piece => {
    if (typeof part === "string") return part;
    const { placeholder } = part;
    if (placeholder === "region" || placeholder === "label") return place[placeholder];
    const variable = variableIn(placeholder);
    if (variable !== undefined) return { expression: reference("var", variable) };
    return { expression: reference(...EXPRESSIONS[placeholder as keyof typeof EXPRESSIONS]) };
  });
  const [first] = pieces;
  return pieces.length === 1 && typeof first === "object" ? first.expression : template(pieces);
}
