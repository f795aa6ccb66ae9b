/**
 * Recognizes what has become of a file that is no spec: merge conflicts, lines that are indented wrong, files of another kind. Text
 * goes in; what it is comes out. It shows nothing of the text.
 */

import { type Diagnostic, fileDiagnostic } from "../report/diagnostic.ts";
import { isMap } from "./json.ts";

/** An unresolved merge conflict: offsets of its first line, and the numbers of its first and last line. */
export interface Conflict {
  readonly start: number;
  readonly firstLine: number;
  readonly lastLine: number;
}

/** The conflicts that git has marked, in the order of the text; a start without an end is none. */
export function conflictsIn(text: string): readonly Conflict[] {
  const found: Conflict[] = [];
  let open: { readonly start: number; readonly firstLine: number; isDivided: boolean } | undefined;
  let start = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (/^<{7}(\s|$)/.test(line)) open = { start, firstLine: index + 1, isDivided: false };
    else if (open !== undefined && /^={7}\s*$/.test(line)) open.isDivided = true;
    else if (open?.isDivided && /^>{7}(\s|$)/.test(line)) {
      found.push({ start: open.start, firstLine: open.firstLine, lastLine: index + 1 });
      open = undefined;
    }
    start += line.length + 1;
  }
  return found;
}

/** A line whose indentation fits none of the lines above it. */
export interface Misindented {
  /** Offset of its first character that is not a space. */
  readonly offset: number;
  readonly spaces: number;
  /** The line that it was probably meant to be level with. */
  readonly like: { readonly line: number; readonly spaces: number };
  /** Whether that line ends in a value, so that nothing can be nested under it. */
  readonly isAfterValue: boolean;
}

/** The line around `offset`, if no line that it could belong to is indented as it is. */
export function misindentedAt(text: string, offset: number): Misindented | undefined {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const [, indent = "", rest = ""] = /^( *)(.*)/.exec(text.slice(start))!;
  if (!/^(- |-$|["']?[\w./-]+["']?\s*:)/.test(rest)) return undefined;
  const spaces = indent.length;
  const levels: { readonly line: number; readonly spaces: number; readonly hasValue: boolean }[] = [];
  const above = text.slice(0, start).split("\n").slice(0, -1);
  for (const [index, line] of [...above.entries()].reverse()) {
    const [, blanks = "", content = ""] = /^( *)(.*)/.exec(line)!;
    if (/^(#.*|---.*)?\r?$/.test(content)) continue;
    if (levels.length > 0 && blanks.length >= levels.at(-1)!.spaces) continue;
    levels.push({ line: index + 1, spaces: blanks.length, hasValue: !/:\s*(#.*|[&!]\S+\s*)?\r?$/.test(content) });
    if (blanks.length === 0) break;
  }
  const [last] = levels;
  if (last === undefined || levels.some((level) => level.spaces === spaces)) return undefined;
  const isAfterValue = spaces > last.spaces;
  if (isAfterValue && !last.hasValue) return undefined;
  const like = levels.reduce((best, level) =>
    Math.abs(level.spaces - spaces) < Math.abs(best.spaces - spaces) ? level : best,
  );
  return { offset: start + spaces, spaces, like, isAfterValue };
}

/** A file of another kind: what it is, with its article, and what to do. */
interface OtherKind {
  readonly kind: string;
  readonly hint: string;
}

const TERRAFORM =
  /^(resource|data|provider|module|variable|output|locals|terraform|moved|import|removed|check)(\s+"[^"\n]*"){0,2}\s*\{/m;
const NAME_THE_SPEC = "Give mrk-scaffold the spec: a YAML file that starts with version: 1";
const MAKE_A_SPEC =
  "mrk-scaffold reads a YAML spec and writes Terraform. To make a spec of what Terraform has already:\nterraform show -json | mrk-scaffold adopt - --out DIR";

/** What a text is that is no YAML map. */
export function otherKindOfText(text: string): OtherKind | undefined {
  if (TERRAFORM.test(text)) return { kind: "Terraform configuration", hint: MAKE_A_SPEC };
  if (/^-----BEGIN /m.test(text)) return { kind: "a PEM file", hint: NAME_THE_SPEC };
  if (/^\s*\[[\w .-]+\]\s*\n\s*[\w.-]+\s*=/.test(text)) return { kind: "an INI file", hint: NAME_THE_SPEC };
  if (/^\s*(#.*\n\s*)*(export\s+)?[A-Za-z_]\w*=/.test(text))
    return { kind: "a file of NAME=value lines", hint: NAME_THE_SPEC };
  return undefined;
}

/** Kinds of documents, by keys that all of them have. */
const KINDS: readonly (readonly [keys: readonly string[], OtherKind])[] = [
  [["AWSTemplateFormatVersion"], { kind: "a CloudFormation template", hint: NAME_THE_SPEC }],
  [["Resources"], { kind: "a CloudFormation template", hint: NAME_THE_SPEC }],
  [["apiVersion", "kind"], { kind: "a Kubernetes manifest", hint: NAME_THE_SPEC }],
  [
    ["Version", "Statement"],
    { kind: "a policy in AWS's JSON", hint: "Name it in the spec: policy: { documents: [policy.json] }" },
  ],
  [
    ["format_version", "planned_values"],
    { kind: "a Terraform plan", hint: "To judge a plan: mrk-scaffold guard PLAN" },
  ],
  [
    ["format_version", "values"],
    { kind: "a Terraform state", hint: "To make a spec of it: mrk-scaffold adopt STATE --out DIR" },
  ],
  [["terraform_version", "lineage"], { kind: "a Terraform state", hint: MAKE_A_SPEC }],
  [["repos"], { kind: "a configuration of pre-commit", hint: NAME_THE_SPEC }],
  [["jobs", "on"], { kind: "a GitHub workflow", hint: NAME_THE_SPEC }],
  [["resource"], { kind: "Terraform configuration in JSON", hint: MAKE_A_SPEC }],
];

/** What plain data is that is no spec. */
export function otherKindOfData(data: object): OtherKind | undefined {
  if (Object.hasOwn(data, "regions")) return undefined;
  return KINDS.find(([keys]) => keys.every((key) => Object.hasOwn(data, key)))?.[1];
}

export function notASpec(file: string, { kind, hint }: OtherKind): Diagnostic {
  const message = `this is ${kind}, not a spec`;
  return fileDiagnostic("not-a-spec", "error", message, { file, hint });
}

/** What a YAML document is instead of a spec, where it is anything else that people have; nothing where it may be a spec. */
export function otherThan(path: string, text: string, data: unknown): Diagnostic | undefined {
  const other = isMap(data) ? otherKindOfData(data) : typeof data === "string" ? otherKindOfText(text) : undefined;
  return other && notASpec(path, other);
}
