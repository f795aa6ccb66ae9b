/**
 * Files of the user's own beside the generated ones: what is moved into them is refused when real Terraform would destroy it, and not
 * when it would not.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { startStandIn } from "../stand-in/provider.ts";
import { folderWith, run } from "../support/cli.ts";
import {
  applicable,
  type Files,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  withTerraform,
} from "../support/terraform.ts";

const KEY = 'multi_region = true\n  description = "Multi-region key for Secrets Manager"\n  enable_key_rotation = true';
const key = (name: string, rest = KEY) => `resource "aws_kms_key" "${name}" {\n  ${rest}\n}\n`;
const moved = (to: string) => `moved {\n  from = aws_kms_key.main_app\n  to   = ${to}\n}\n`;

interface Case {
  readonly name: string;
  readonly own: Files;
  /** What Terraform does to the key. */
  readonly outcome: "kept" | "destroyed";
}

const cases: readonly Case[] = [
  { name: "to a name", own: { "own.tf": moved("aws_kms_key.own") + key("own") }, outcome: "kept" },
  {
    name: "to a name in a file in JSON",
    own: {
      "own.tf.json": JSON.stringify({
        moved: { from: "aws_kms_key.main_app", to: "aws_kms_key.own" },
        resource: {
          aws_kms_key: {
            own: { multi_region: true, description: "Multi-region key for Secrets Manager", enable_key_rotation: true },
          },
        },
      }),
    },
    outcome: "kept",
  },
  {
    name: "to an index of a resource without count",
    own: { "own.tf": moved("aws_kms_key.own[0]") + key("own") },
    outcome: "destroyed",
  },
  {
    name: "to an index of a resource with count",
    own: { "own.tf": moved("aws_kms_key.own[1]") + key("own", `count = 2\n  ${KEY}`) },
    outcome: "kept",
  },
  {
    name: "without an index to a resource with count",
    own: { "own.tf": moved("aws_kms_key.own") + key("own", `count = 1\n  ${KEY}`) },
    outcome: "destroyed",
  },
  {
    name: "to a resource of which there is none",
    own: { "own.tf": moved("aws_kms_key.own") + key("own", `count = 0\n  ${KEY}`) },
    outcome: "destroyed",
  },
  {
    name: "to an index beyond the count",
    own: { "own.tf": moved("aws_kms_key.own[1]") + key("own", `count = 1\n  ${KEY}`) },
    outcome: "destroyed",
  },
  {
    name: "to a key of for_each",
    own: { "own.tf": moved('aws_kms_key.own["app"]') + key("own", `for_each = toset(["app", "other"])\n  ${KEY}`) },
    outcome: "kept",
  },
  {
    name: "to a key that for_each does not have",
    own: { "own.tf": moved('aws_kms_key.own["app"]') + key("own", `for_each = toset(["other"])\n  ${KEY}`) },
    outcome: "destroyed",
  },
  {
    name: "to a key of a map that for_each does not have",
    own: { "own.tf": moved('aws_kms_key.own["app"]') + key("own", `for_each = { other = 1 }\n  ${KEY}`) },
    outcome: "destroyed",
  },
  {
    name: "to a key of for_each that a variable decides",
    own: {
      "own.tf":
        moved('aws_kms_key.own["app"]') +
        key("own", `for_each = toset(var.names)\n  ${KEY}`) +
        'variable "names" {\n  default = ["app"]\n}\n',
    },
    outcome: "kept",
  },
  {
    name: "without an index to a resource with for_each",
    own: { "own.tf": moved("aws_kms_key.own") + key("own", `for_each = toset(["app"])\n  ${KEY}`) },
    outcome: "destroyed",
  },
  {
    name: "to a key that is another kind of key",
    own: { "own.tf": moved("aws_kms_key.own") + key("own", "multi_region = false") },
    outcome: "destroyed",
  },
  {
    name: "to a key in another region",
    own: {
      "own.tf":
        moved("aws_kms_key.own") +
        key("own", `${KEY}\n  provider = aws.other`) +
        'provider "aws" {\n  alias  = "other"\n  region = "eu-west-2"\n}\n',
    },
    outcome: "destroyed",
  },
  {
    name: "into a module",
    own: {
      "own.tf": `${moved("module.keys.aws_kms_key.own")}module "keys" {\n  source = "./keys"\n}\n`,
      "keys/main.tf": key("own"),
    },
    outcome: "kept",
  },
  {
    name: "into a module that has no such key",
    own: {
      "own.tf": `${moved("module.keys.aws_kms_key.own")}module "keys" {\n  source = "./keys"\n}\n`,
      "keys/main.tf": key("other"),
    },
    outcome: "destroyed",
  },
];

describe.skipIf(skippedWithoutTerraform("own-files.terraform.test.ts"))("a key that is moved", () => {
  test.each(cases.map((one) => [one.name, one] as const))(
    "%s is refused if Terraform destroys it",
    async (_, { own, outcome }) => {
      const spec = (keys: string) => `version: 1\nregions: { primary: eu-central-1 }\nkeys: { ${keys} }\n`;
      const folder = folderWith({ "spec.yaml": spec("app: { alias: false, protect: false }, sm: {}") });
      expect((await run(["spec.yaml"], { cwd: folder })).code).toBe(0);
      const before = readFiles(folder);
      writeFileSync(join(folder, "spec.yaml"), spec("sm: {}"));
      write(folder, own);
      const { code, stderr } = await run(["spec.yaml"], { cwd: folder });
      const allowed = await run(["spec.yaml", "--allow-destroy", "all"], { cwd: folder });
      expect(allowed.code, allowed.stderr).toBe(0);

      const { variables, version, account } = applicable(before);
      const provider = await startStandIn({ version, account });
      try {
        await withTerraform(before, { provider, variables }, async (terraform) => {
          for (const step of [() => terraform.init(), () => terraform.plan(), () => terraform.apply()])
            succeeded(await step());
          terraform.replaceFiles({ ...readFiles(folder), ...own });
          succeeded(await terraform.init());
          const { changes } = succeeded(await terraform.plan());
          const dying = changes.filter(({ action }) => action === "delete" || action === "replace");
          expect(dying.length === 0 ? "kept" : "destroyed", JSON.stringify(changes)).toBe(outcome);
        });
      } finally {
        provider.close();
      }
      expect(code, stderr).toBe(outcome === "kept" ? 0 : 4);
      if (outcome === "destroyed") expect(stderr).toContain("aws_kms_key.main_app: Terraform ");
    },
  );
});

function write(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
