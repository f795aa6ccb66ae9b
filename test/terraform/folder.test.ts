import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesBeside } from "../../src/terraform/folder.ts";
import { folderWith } from "../support/cli.ts";

describe("beside the given files of a folder", () => {
  test("there are those that Terraform reads, by name, but for overrides", () => {
    const names = [
      "b.tf",
      "a.tf",
      "kms.tf",
      "override.tf",
      "a_override.tf",
      "override.tf.json",
      ".#a.tf",
      "a.tf.json",
      "a.tfvars",
      "a.tf~",
    ];
    const folder = folderWith(Object.fromEntries(names.map((name) => [name, `# ${name}\n`])));
    mkdirSync(join(folder, "folder.tf"));
    writeFileSync(join(folder, "folder.tf", "c.tf"), "");
    expect(filesBeside(new Set(["kms.tf"]), folder, "infra")).toEqual([
      { path: "infra/a.tf", text: "# a.tf\n" },
      { path: "infra/a.tf.json", text: "# a.tf.json\n" },
      { path: "infra/b.tf", text: "# b.tf\n" },
    ]);
    expect(filesBeside(new Set(names), folder, ".")).toEqual([]);
  });

  test("those of the current folder are called by their names alone", () => {
    const folder = folderWith({ "own.tf": "" });
    expect(filesBeside(new Set(), folder, ".").map(({ path }) => path)).toEqual(["own.tf"]);
  });

  test("a pipe or a folder that is not there is no file", () => {
    expect(filesBeside(new Set(), join(folderWith(), "none"), "none")).toEqual([]);
    const folder = folderWith();
    execFileSync("mkfifo", [join(folder, "own.tf")]);
    expect(() => filesBeside(new Set(), folder, ".")).toThrow("own.tf: it cannot be read: it is not a regular file");
  });
});
