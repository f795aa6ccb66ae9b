/** Compares our reader of Terraform with HashiCorp's own, by way of hcl2json. */

import { isDeepStrictEqual } from "node:util";
import { parse } from "@cdktf/hcl2json";
import { HclError, readTerraform } from "../../src/terraform/reader.ts";
import { valuesIn } from "../../src/terraform/values.ts";

/** What the two make of a text. `cautious`: we refuse what HCL reads, which costs a user a word but never a key. */
export type Verdict =
  | { readonly kind: "equal" | "both refuse" }
  | { readonly kind: "cautious" | "lax" | "different"; readonly ours: unknown; readonly theirs: unknown };

export async function verdictOn(text: string): Promise<Verdict> {
  let theirs: unknown;
  let ours: unknown;
  try {
    theirs = await parse("file.tf", text);
  } catch (error) {
    theirs = error;
  }
  try {
    ours = valuesIn(readTerraform(text), text);
  } catch (error) {
    if (!(error instanceof HclError)) throw error;
    ours = error;
  }
  if (ours instanceof HclError)
    return theirs instanceof Error ? { kind: "both refuse" } : { kind: "cautious", ours, theirs };
  if (theirs instanceof Error) return { kind: "lax", ours, theirs };
  return isDeepStrictEqual(ours, theirs) ? { kind: "equal" } : { kind: "different", ours, theirs };
}
