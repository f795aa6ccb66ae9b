/**
 * Knows what a text of the wrong form was meant to be: the path of the text and the text go in, what to write instead comes out:
 * the region that somebody calls by another name, the ARN of a name, the name in an ARN.
 */

import { regionsMeantBy } from "../aws/region-names.ts";
import { knownRegions } from "../aws/regions.ts";
import { services } from "../aws/services.ts";
import type { Path } from "../spec/path.ts";
import { nearest } from "../spec/suggest.ts";

/** What the schema calls a region, in the words of a message. */
const REGION = /^a region /;

/** What was meant where `wanted` is what the key takes, in the words of a message; `undefined` where there is no telling. */
export function formHint(path: Path, found: string, wanted: string): string | undefined {
  if (REGION.test(wanted)) return regionHint(found);
  const reference = referenceIn(found);
  const place = path.join(".");
  if (/^an ARN /.test(wanted) && reference !== undefined && !place.endsWith(".import")) return `Write ${reference}`;
  if (/\.(administrators|users|decrypters|readers)\.\d+$/.test(place)) return principalHint(found);
  if (/\.lambda_arn$/.test(place)) return lambdaHint(found);
  if (/^secrets\.[^.]+\.import$/.test(place)) return secretHint(found);
  if (/^secrets\.[^.]+\.key$/.test(place)) return keyHint(found);
  if (/\.(alias|aliases\.\d+)$/.test(place)) return aliasHint(String(path.at(-1)), found);
  return undefined;
}

/** The service of a word: its name here, what it is called without the hyphens, or its principal. */
export function serviceMeantBy(word: string): string | undefined {
  const name = word.toLowerCase().replace(/\.amazonaws\.com(\.cn)?$/, "");
  const isIt = (service: string) => service === name || service === name.replace(/^aws-?|[-_ ]/g, "");
  return Object.keys(services).find(isIt) ?? nearest(name, Object.keys(services));
}

/** `Did you mean …?` for a region that is none, if it is like any. */
export function regionHint(word: string, known: readonly string[] = knownRegions): string | undefined {
  const meant = regionsMeantBy(word).filter((region) => known.includes(region));
  if (meant.length === 0) {
    const near = nearest(word, known);
    return near && `Did you mean ${near}?`;
  }
  const last = meant.at(-1);
  return meant.length === 1 ? `Did you mean ${last}?` : `Did you mean ${meant.slice(0, -1).join(", ")} or ${last}?`;
}

/** What Terraform would refer to by this text, as a spec writes it. */
function referenceIn(found: string): string | undefined {
  const [, bare = ""] = /^\s*(?:\$\{)?\s*((?:var|local|module|data|aws_\w+)\.[\w.[\]"-]+)\s*\}?\s*$/.exec(found) ?? [];
  if (bare === "") return undefined;
  const variable = /^var\.([A-Za-z_][\w-]*)$/.exec(bare)?.[1];
  return variable === undefined ? `{ ref: ${bare} }` : `{ variable: ${variable} }, and declare it under variables.`;
}

/** What to write for a secret's value that was written out, or referred to as Terraform would. */
export function valueHint(path: Path, found: unknown): string | undefined {
  const [, kind, setting] = /^(secrets|parameters)\.[^.]+\.(value|tier)$/.exec(path.join(".")) ?? [];
  if (typeof found !== "string" || kind === undefined) return undefined;
  const isParameter = kind === "parameters";
  if (setting === "tier")
    return isParameter && /^standard$/i.test(found) ? "Leave tier out: it is standard by default." : undefined;
  if (isParameter && found === "external")
    return "Write value: variable: a parameter is never without a value. What someone else is to write belongs in a secret with value: external.";
  const reference = referenceIn(found)?.replace(/, and declare.*/, "");
  if (reference !== undefined) return `Write value: ${reference}`;
  const variable = `TF_VAR_${String(path[1])}_${isParameter ? "parameter" : "secret_string"}`;
  const generated = isParameter ? "" : ", or value: generated";
  return `Write value: variable and give Terraform the value in ${variable}${generated}. The spec is no place for it.`;
}

function principalHint(found: string): string | undefined {
  if (/^\d{12}$/.test(found)) return `Write arn:aws:iam::${found}:root for everyone in that account.`;
  if (/^[\w.-]+\.amazonaws\.com/.test(found))
    return "A service is let in by services, or by a statement with principals.";
  if (!/^[\w+=,.@/-]{1,64}$/.test(found)) return undefined;
  const [kind, name] = /^(role|user)\/(.+)$/.exec(found)?.slice(1) ?? ["role", found];
  return `Write its ARN; for a ${kind} of this account: arn:{partition}:iam::{account}:${kind}/${name}`;
}

function lambdaHint(found: string): string | undefined {
  if (!/^[\w-]{1,64}$/.test(found)) return undefined;
  return `Write the function's ARN, such as arn:aws:lambda:eu-central-1:123456789012:function:${found}`;
}

function secretHint(found: string): string | undefined {
  if (!/^[\w/+=.@-]{1,512}$/.test(found)) return undefined;
  return `Write its ARN, which this prints:\naws secretsmanager describe-secret --secret-id ${found} --query ARN`;
}

/** A key of AWS where one of the spec belongs. */
function keyHint(found: string): string | undefined {
  if (found === "alias/aws/secretsmanager") return "Write key: aws for AWS's own key.";
  const existing = /^alias\/[\w/-]+$/.test(found)
    ? `{ alias: ${found} }`
    : /^(arn:[\w-]+:kms:|mrk-|[0-9a-f]{8}-)/.test(found)
      ? found
      : undefined;
  if (existing === undefined) return undefined;
  return `Write the name of a key of this spec. For a key of another state add it: keys: { shared: { existing: ${existing} } }, then write key: shared`;
}

function aliasHint(key: string, found: string): string | undefined {
  const whole = /(?:^|:)(alias\/[\w/-]+)$/.exec(found)?.[1];
  if (whole === undefined) return undefined;
  const entry = `{ name: ${whole} }`;
  return `Write ${/^\d+$/.test(key) ? entry : `${key}: ${entry}`} for the whole name, or only what follows the region.`;
}
