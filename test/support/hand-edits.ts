/** Edits of generated files by hand, as people make them although the header says not to: text goes in, text comes out. */

import fc from "fast-check";
import type { Files } from "./terraform.ts";

export interface HandEdit {
  readonly what: string;
  readonly apply: (files: Files) => Files;
}

const BLOCK = /^(\w+)((?: "[^"]*")*) \{\n[\s\S]*?^\}\n/gm;

/** Changes one of the resources whose type fits; the number chooses which. */
function resource(what: string, type: RegExp, change: (block: string, address: string) => string) {
  return fc.nat(7).map(
    (at): HandEdit => ({
      what: `${what} (${at})`,
      apply(files) {
        const found = Object.entries(files).flatMap(([file, text]) =>
          [...text.matchAll(BLOCK)].flatMap(([block, kind, labels = ""]) => {
            const [, first = "", second = ""] = /^ "([^"]*)" "([^"]*)"$/.exec(labels) ?? [];
            return kind === "resource" && type.test(first) ? [{ file, block, address: `${first}.${second}` }] : [];
          }),
        );
        const one = found[at % Math.max(1, found.length)];
        if (one === undefined) return files;
        const { file, block, address } = one;
        return { ...files, [file]: files[file]!.replace(block, () => change(block, address)) };
      },
    }),
  );
}

const KEY = /^aws_kms_(external_)?key$/;
const ANY_KEY = /^aws_kms_(replica_)?(external_)?key$/;
const SECRET = /^aws_secretsmanager_secret$/;
const REPLICA = /^ {2}replica \{\n[\s\S]*?^ {2}\}\n/m;

/** A resource with one more argument, in place of the one that it has. */
const withArgument = (name: string, value: string) => (block: string) =>
  block.replace(new RegExp(`^  ${name} .*\\n`, "m"), "").replace("{\n", `{\n  ${name} = ${value}\n`);

const removed = (_: string, address: string) =>
  `removed {\n  from = ${address}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`;

/** A resource under another name, with a `moved` block or without one. */
const renamed = (isSaid: boolean) => (block: string, address: string) => {
  const [type, name] = address.split(".");
  const moved = `moved {\n  from = ${address}\n  to   = ${address}_new\n}\n`;
  return `${block.replace(`"${type}" "${name}"`, `"${type}" "${name}_new"`)}${isSaid ? `\n${moved}` : ""}`;
};

const CHILD = /^aws_(kms_alias|secretsmanager_secret(_version|_policy|_rotation)?)$/;

export const handEdits: fc.Arbitrary<HandEdit> = fc.oneof(
  resource("delete a resource", /./, () => ""),
  resource("delete a secret or a part", CHILD, () => ""),
  resource("leave a resource to AWS", CHILD, removed),
  resource("rename a resource", CHILD, renamed(false)),
  resource("rename a resource, with moved", CHILD, renamed(true)),
  resource("count a resource", CHILD, withArgument("count", "1")),
  resource("no resource by count", CHILD, withArgument("count", "0")),
  resource("disable a key", KEY, withArgument("is_enabled", "false")),
  resource("disable a replica key", /^aws_kms_replica_key$/, withArgument("enabled", "false")),
  resource("a key of one Region", KEY, withArgument("multi_region", "false")),
  resource("another window", ANY_KEY, withArgument("deletion_window_in_days", "7")),
  resource("another name", SECRET, withArgument("name", '"app/by-hand"')),
  resource("no recovery window", SECRET, withArgument("recovery_window_in_days", "0")),
  resource("AWS's key", SECRET, (block) => block.replace(/^ {2}kms_key_id .*\n/m, "")),
  resource("a replica less", SECRET, (block) => block.replace(REPLICA, "")),
  resource("a replica under AWS's key", SECRET, (block) => block.replace(/^ {4}kms_key_id .*\n/m, "")),
  resource("a replica in another region", SECRET, (block) => block.replace(/^( {4}region *= ).*$/m, '$1"eu-north-1"')),
  resource("overwrite replicas", SECRET, withArgument("force_overwrite_replica_secret", "true")),
  resource("another version", /secret_version$/, (block) =>
    block.replace(/(_wo_version = )\d+/, (_, name: string) => `${name}4711`),
  ),
  resource("a value in the state", /secret_version$/, (block) =>
    block.replace(/^ {2}secret_(string|binary)[\s\S]*\n(?=\}\n)/m, '  secret_string = "HIDDEN-in-the-state"\n'),
  ),
);
