/**
 * What a spec leaves open, and the account says: placeholders go in, texts as AWS should have them come out.
 */

import type { Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { isOpen, type Part, type Placeholder, partsOf, placeholdersIn, variableIn } from "../spec/text.ts";
import { textsOf } from "../spec/texts.ts";

export interface Facts {
  readonly account: string;
  readonly partition: string;
  /** The values of the spec's variables, by name. */
  readonly variables: ReadonlyMap<string, string>;
  readonly workspace: string | undefined;
}

/** How names of AWS end in the partitions where they do not end as usual (the partitions of the AWS SDK for JavaScript). */
const DNS_SUFFIXES: Readonly<Record<string, string>> = {
  "aws-cn": "amazonaws.com.cn",
  "aws-eusc": "amazonaws.eu",
  "aws-iso": "c2s.ic.gov",
  "aws-iso-b": "sc2s.sgov.gov",
  "aws-iso-e": "cloud.adc-e.uk",
  "aws-iso-f": "csp.hci.ic.gov",
};

/** A text of the spec as it should be in a place. What is not known stays in braces: see `openIn`. */
export function textIn(
  text: string | readonly Part[],
  { region, label }: Pick<Place, "region" | "label">,
  { account, partition, variables, workspace }: Facts,
): string {
  const values: Readonly<Record<string, string | undefined>> = {
    region,
    label,
    account,
    partition,
    workspace,
    dns_suffix: DNS_SUFFIXES[partition] ?? "amazonaws.com",
  };
  const parts = typeof text === "string" ? partsOf(text) : text;
  return parts.map((part) => (typeof part === "string" ? part : said(part.placeholder))).join("");

  function said(placeholder: Placeholder): string {
    const variable = variableIn(placeholder);
    const value = variable === undefined ? values[placeholder] : variables.get(variable);
    return value ?? `{${placeholder}}`;
  }
}

/** What texts of the spec hold that only Terraform knows, and that has no value yet: `workspace`, `var.NAME`. */
export function openIn(
  names: Names,
  { variables, workspace }: Pick<Facts, "variables" | "workspace">,
): readonly string[] {
  const used = placeholdersIn(Array.from(textsOf(names), ({ text }) => text));
  return [...used].filter((placeholder) => {
    if (!isOpen(placeholder)) return false;
    const variable = variableIn(placeholder);
    return variable === undefined ? workspace === undefined : !variables.has(variable);
  });
}
