/**
 * Finds what the generated files would declare a second time: the files to be and the folder that they go to go in, a refusal for
 * everything that a file beside declares already comes out. It reads files only, and writes nothing.
 */

import { basename, dirname } from "node:path";
import type { Change } from "../disk/compare.ts";
import { type Diagnostic, fileDiagnostic } from "../report/diagnostic.ts";
import { aliasIn } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { distinctName, kindOf, nameIn, regionalKinds, regionalName, shownName } from "../spec/regional.ts";
import { shown } from "../spec/text.ts";
import {
  type Declared,
  type DeclaredResource,
  declaredBy,
  eachBlock,
  type TerraformBlock,
  type TerraformFile,
  UnreadableTerraformError,
} from "../terraform/declared.ts";
import { filesBeside } from "../terraform/folder.ts";
import { resourceType } from "./resource-types.ts";
import { normal, regionOf } from "./resources.ts";

/** What may be only once in a folder, by what is to be done about a second one. */
const HINTS: Readonly<Record<string, string>> = {
  resource: "Delete this block: the generated one has its place. To take it over unchanged, see mrk-scaffold adopt",
  data: "Delete this block: the generated one has its place",
  ephemeral: "Delete this block: the generated one has its place",
  variable: "Delete this block, or give the value another variable",
  output: "Delete this block, or rename it",
  local: "Rename it, or take locals: true out of the spec",
  provider: "Delete this block, or write provider: { write: false } where the folder has its own providers",
  required_providers: "Delete it here, or write provider: { write: false } where the folder has its own providers",
};

/**
 * What the changes of a spec would declare a second time, in the folder, which is absolute. A file beside that is no Terraform is
 * a warning, one that cannot be read at all a refusal.
 */
export function findClashes(changes: readonly Change[], names: Names, folder: string): Diagnostic[] {
  const ours = new Set(changes.map(({ path }) => basename(path)));
  const shown = dirname(changes[0]?.path ?? "");
  const blocks: TerraformBlock[] = [];
  let files: readonly TerraformFile[];
  try {
    files = filesBeside(ours, folder, shown);
  } catch (error) {
    if (!(error instanceof UnreadableTerraformError)) throw error;
    return [{ ...unread(error), severity: "refused" }];
  }
  const found: Diagnostic[] = [];
  const readable = files.filter((file) => {
    try {
      eachBlock(file, (block) => blocks.push(block));
      return true;
    } catch (error) {
      if (!(error instanceof UnreadableTerraformError)) throw error;
      found.push(unread(error));
      return false;
    }
  });
  if (blocks.length === 0) return found;
  const declared = generated(changes);
  for (const block of blocks) {
    const [kind, heading] = headingOf(block);
    const path = kind === undefined ? undefined : declared.get(heading);
    if (kind === undefined || path === undefined) continue;
    found.push(refusal("declared-twice", block, `${heading} is declared here, and in ${path} too`, HINTS[kind]));
  }
  const beside = declaredBy(readable);
  return [...found, ...namesTaken(beside, names, declared), ...otherRegions(beside, names, declared)];
}

/** What the new files declare, with the file that does. */
function generated(changes: readonly Change[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, after = [] } of changes) {
    for (const piece of after) {
      for (const [, kind, type, name] of piece.matchAll(
        /^(resource|data|ephemeral|variable|output) "([^"]+)"(?: "([^"]+)")? \{/gm,
      )) {
        found.set(headingOf({ type: kind!, labels: name === undefined ? [type!] : [type!, name] })[1], path);
      }
      if (/^locals \{\n(?: {2}#.*\n)? {2}kms_key_arns = /m.test(piece)) found.set(KEY_ARNS, path);
      if (!piece.includes("\nterraform {")) continue;
      found.set("required_providers", path);
      const aliases = piece.matchAll(/^provider "aws" \{(?:\n {2}alias += "([^"]+)")?/gm);
      for (const [, alias] of aliases) found.set(providerHeading(alias), path);
    }
  }
  return found;
}

/** What a block declares that may be there only once, as people call it. */
function headingOf({
  type,
  labels,
  values = {},
}: Pick<TerraformBlock, "type" | "labels"> & Partial<TerraformBlock>): [kind: string | undefined, heading: string] {
  const [first = "", second = ""] = labels;
  switch (type) {
    case "resource":
      return [type, `${first}.${second}`];
    case "data":
    case "ephemeral":
      return [type, `${type}.${first}.${second}`];
    case "variable":
    case "output":
      return [type, `${type} ${first}`];
    case "locals":
      return Object.hasOwn(values, "kms_key_arns") ? ["local", KEY_ARNS] : [undefined, ""];
    case "provider":
      return first === "aws" ? [type, providerHeading(values.alias)] : [undefined, ""];
    case "terraform":
      return values.required_providers === undefined ? [undefined, ""] : ["required_providers", "required_providers"];
    default:
      return [undefined, ""];
  }
}

/** The only local value that is generated. */
const KEY_ARNS = "local.kms_key_arns";

function providerHeading(alias: unknown): string {
  return typeof alias === "string" ? `provider aws.${alias}` : "provider aws";
}

/** A name that something of the spec has, and how to give it up. */
interface NameOwner {
  /** Where the spec has it. */
  readonly owner: string;
  readonly what: "alias" | "name";
  /** What to do to take over what has it in a file beside. */
  readonly takingOver: (own: DeclaredResource) => string;
}

const ADOPTING = () => "run: terraform show -json | mrk-scaffold adopt -";

/** Aliases of keys and names of secrets and of log groups, which AWS gives once in a region, and of buckets that are encrypted. */
function namesTaken(beside: Declared, names: Names, declared: ReadonlyMap<string, string>): Diagnostic[] {
  const wanted = new Map<string, NameOwner>();
  const add = (type: string, region: string, name: string, owner: NameOwner) =>
    wanted.set(`${type} ${region} ${name}`, owner);
  for (const key of names.keys) {
    for (const place of keyPlaces(key, names)) {
      for (const alias of key.inRegion(place).aliases) {
        const owner: NameOwner = { owner: `keys.${key.id}`, what: "alias", takingOver: ADOPTING };
        add("aws_kms_alias", place.region, shown(aliasIn(place, alias)), owner);
      }
    }
  }
  for (const { id, name, isNamePrefix } of names.secrets) {
    if (isNamePrefix) continue;
    const owner: NameOwner = { owner: `secrets.${id}`, what: "name", takingOver: ADOPTING };
    add("aws_secretsmanager_secret", names.primary.region, name, owner);
  }
  for (const one of names.regional) {
    const { type } = regionalKinds[one.kind];
    for (const place of one.places) {
      const given = nameIn(one, place);
      const name = typeof given === "object" ? `\${${given.ref}}` : shownName(one, place);
      const to = `${type}.${regionalName(place, one)}`;
      const takingOver = ({ address }: DeclaredResource) =>
        `delete this block and write moved { from = ${address}, to = ${to} }, each on a line of its own`;
      add(type, place.region, distinctName(one.kind, name), {
        owner: `${one.kind}.${one.id}`,
        what: "name",
        takingOver,
      });
    }
  }
  const places = providersOf(names, beside);
  return [...beside.resources.values()].flatMap((own): Diagnostic[] => {
    const { identity } = resourceType(own.type);
    if (identity === undefined) return [];
    const region = regionOf(own, places);
    const name = normal(own.arguments[identity], own, places);
    const full = typeof name === "string" ? name.replaceAll("{region}", region) : "";
    const kind = kindOf(own.type);
    const found = wanted.get(`${own.type} ${region} ${kind === undefined ? full : distinctName(kind, full)}`);
    if (found === undefined || declared.has(own.address)) return [];
    const { owner, what, takingOver } = found;
    const message = `${own.address} has the name ${full.replace(/^\$\{(.*)\}$/, "$1")} in ${region}, which ${owner} would have too: AWS gives it once`;
    const hint = `To take it over, ${takingOver(own)}. To keep both, give ${owner} another ${what}`;
    return [refusal("name-taken", own, message, hint)];
  });
}

/** What is declared beside, with the regions of the generated providers. */
function providersOf({ primary, replicas, retired }: Names, beside: Declared): Declared {
  const providers = new Map(beside.providers);
  for (const { providerAlias = "", region } of [...retired, ...replicas, primary]) {
    if (!providers.has(providerAlias)) providers.set(providerAlias, { path: "", line: 1, region, accounts: [] });
  }
  return { ...beside, providers };
}

/** Providers that others configure, for other regions than the spec says. */
function otherRegions(beside: Declared, names: Names, declared: ReadonlyMap<string, string>): Diagnostic[] {
  const { primary, replicas, retired, spec } = names;
  if (spec.provider?.placement === "region" || spec.terraform?.module) return [];
  return [primary, ...replicas, ...retired].flatMap(({ providerAlias, region, isPrimary }: Place): Diagnostic[] => {
    const heading = providerHeading(providerAlias);
    const own = beside.providers.get(providerAlias ?? "");
    if (declared.has(heading) || own === undefined || own.region === "" || own.region === region) return [];
    const what = isPrimary ? "the primary region" : "the region";
    const message = `${heading} is for ${own.region}, and ${what} that uses it is ${region} in the spec`;
    const hint = `Write ${own.region} in the spec, where the keys are, or correct the provider before anything is applied`;
    return [refusal("provider-in-other-region", own, message, hint)];
  });
}

function refusal(
  code: string,
  { path: file, line }: Pick<DeclaredResource, "path" | "line">,
  message: string,
  hint: string | undefined,
): Diagnostic {
  return fileDiagnostic(code, "refused", message, { file, line, hint });
}

/** Terraform does not read it either, and says so. */
function unread({ path: file, reason, line, column = 1 }: UnreadableTerraformError): Diagnostic {
  const position = line === undefined ? undefined : { line, column, length: 1, lineText: undefined };
  const message = `${reason}. What it declares is not known`;
  return { code: "unreadable-terraform", severity: "warning", message, file, path: [], position, hint: undefined };
}
