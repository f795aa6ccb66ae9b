import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyPatch } from "diff";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Change, compare } from "../../src/disk/compare.ts";
import { printDiff } from "../../src/disk/diff.ts";
import { withHeader } from "../../src/output/header.ts";
import type { Paint } from "../../src/report/diagnostic.ts";
import { folderWith, run } from "../support/cli.ts";

const plain: Paint = (_, text) => text;

function change(before: string | undefined, after: string | undefined, kind: Change["kind"] = "stale"): Change {
  const pieces = after === undefined ? undefined : [after.slice(0, 7), after.slice(7)];
  return { kind, target: "/x/kms.tf", path: "a/kms.tf", before, after: pieces, reason: "", isForcible: true };
}

function diffOf(before: string | undefined, after: string | undefined): string {
  return printDiff([change(before, after)], plain);
}

describe("a unified diff", () => {
  test.each<[title: string, before: string | undefined, after: string | undefined, diff: string]>([
    [
      "of a changed line",
      "a\nb\nc\n",
      "a\nx\nc\n",
      "--- a/a/kms.tf\n+++ b/a/kms.tf\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n",
    ],
    ["of a new file", undefined, "a\nb\n", "--- /dev/null\n+++ b/a/kms.tf\n@@ -0,0 +1,2 @@\n+a\n+b\n"],
    ["of a file that goes", "a\nb\n", undefined, "--- a/a/kms.tf\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"],
    ["of a file that was empty", "", "a\n", "--- a/a/kms.tf\n+++ b/a/kms.tf\n@@ -0,0 +1,1 @@\n+a\n"],
    [
      "of a file without a line end at its end",
      "a",
      "a\n",
      "--- a/a/kms.tf\n+++ b/a/kms.tf\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n",
    ],
    [
      "with three lines around each change",
      [..."123456789abcdef"].join("\n"),
      [..."1234x6789abcdEf"].join("\n"),
      "--- a/a/kms.tf\n+++ b/a/kms.tf\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n@@ -11,5 +11,5 @@\n b\n c\n d\n-e\n+E\n f\n\\ No newline at end of file\n",
    ],
  ])("%s", (_, before, after, diff) => {
    expect(diffOf(before, after)).toBe(diff);
  });

  test("is empty for files that stay as they are", () => {
    expect(printDiff([change("a\n", "a\n", "same")], plain)).toBe("");
    expect(printDiff([], plain)).toBe("");
  });

  test("of any two texts leads from the one to the other", () => {
    const line = fc.constantFrom("a", "b", "}", "", "  c = d", "\\ x", "-", "+y", "@@ -1 +1 @@", "\ttab");
    const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.boolean());
    const joined = ([lines, isEnded]: [string[], boolean]) => lines.join("\n") + (isEnded ? "\n" : "");
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [before, after] = [joined(left), joined(right)];
        if (before === after) return;
        const hunks = diffOf(before, after).replace(/^.*\n.*\n/, "--- x\n+++ x\n");
        expect(applyPatch(before, hunks)).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  test("is one that git applies", async () => {
    const spec = (regions: string) => `version: 1\nregions: { primary: eu-central-1, replicas: [${regions}] }\n`;
    const cwd = folderWith({ "spec.yaml": spec("eu-west-1") });
    expect((await run(["spec.yaml", "--out", "out"], { cwd })).code).toBe(0);
    const next = `${spec("eu-west-1, us-east-1")}outputs: true\n`;
    writeFileSync(join(cwd, "spec.yaml"), next);
    const { stdout } = await run(["spec.yaml", "--out", "out", "--check", "--diff"], { cwd });
    const patched = folderWith();
    mkdirSync(join(patched, "out"));
    for (const name of ["kms.tf", "provider.tf"]) {
      writeFileSync(join(patched, "out", name), readFileSync(join(cwd, "out", name)));
    }
    const git = spawnSync("git", ["apply", "-"], { cwd: patched, input: stdout, encoding: "utf8" });
    expect(git.stderr).toBe("");
    expect((await run(["spec.yaml", "--out", "out"], { cwd })).code).toBe(0);
    for (const name of ["kms.tf", "provider.tf", "outputs.tf"]) {
      expect(readFileSync(join(patched, "out", name), "utf8")).toBe(readFileSync(join(cwd, "out", name), "utf8"));
    }
  });

  test("has colours around whole lines, when they are wanted", () => {
    const painted: Paint = (style, text) => `<${style}>${text}</${style}>`;
    expect(printDiff([change("a\nb\n", "a\nc\n")], painted)).toBe(
      "<bold>--- a/a/kms.tf\n+++ b/a/kms.tf\n</bold><cyan>@@ -1,2 +1,2 @@</cyan>\n a\n<red>-b</red>\n<green>+c</green>\n",
    );
  });

  test("of thousands of lines that have nothing in common takes all of them out and puts all of them in", () => {
    const lines = (start: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${start}${index}\n`).join("");
    const signed = (sign: string, text: string) => text.replace(/^/gm, sign).slice(0, -1);
    const [before, after] = [lines("a", 2600), lines("b", 2600)];
    expect(diffOf(before, after)).toBe(
      `--- a/a/kms.tf\n+++ b/a/kms.tf\n@@ -1,2600 +1,2600 @@\n${signed("-", before)}${signed("+", after)}`,
    );
    expect(diffOf(lines("a", 50_000), `${lines("a", 50_000)}b\n`)).toMatch(/\n a49999\n\+b\n$/);
  });

  test("matches blocks by their first lines, however many are alike otherwise", () => {
    const block = (name: string, value: number) => `resource "a" "${name}" {\n  b = ${value}\n  c = 1\n}\n`;
    const file = (...blocks: readonly string[]) => blocks.join("\n");
    const before = file(block("one", 1), block("two", 2), block("three", 3), block("four", 4));
    const after = file(block("one", 1), block("three", 5), block("new", 6), block("four", 4));
    expect(diffOf(before, after).match(/^[-+] .*|^[-+]r.*/gm)).toEqual([
      '-resource "a" "two" {',
      "-  b = 2",
      "-  c = 1",
      "-  b = 3",
      "+  b = 5",
      '+resource "a" "new" {',
      "+  b = 6",
      "+  c = 1",
    ]);
  });

  describe("of a large file of ours", () => {
    const value = (index: number) =>
      `resource "aws_secretsmanager_secret_version" "n${index}" {\n  secret_id     = aws_secretsmanager_secret.n.id\n  secret_string = "hunter${index}"\n}\n`;
    const key = (index: number, text: string) => `resource "aws_kms_key" "n${index}" {\n  a = "${text}"\n  b = 1\n}\n`;
    const block = fc.nat({ max: 99 }).chain((index) => fc.constantFrom(value(index), key(index, "x"), key(index, "y")));
    const some = fc.array(block, { maxLength: 12 });
    /** More than is compared at once. */
    const filler = Array.from({ length: 250 }, (_, index) => key(1_000 + index, "filler".repeat(10)));

    /** The diff of what `compare` finds on disk. */
    function diffOnDisk(from: readonly string[], to: readonly string[]) {
      const origin = { spec: "spec.yaml", arguments: ["spec.yaml"] };
      const folder = folderWith({ "kms.tf": withHeader([`\n${from.join("\n")}`], origin).join("") });
      const pieces = withHeader([`\n${to.slice(0, 40).join("\n")}`, ...to.slice(40).map((one) => `\n${one}`)], origin);
      const file = { path: "kms.tf", pieces, text: pieces.join("") };
      const changes = compare([file], { folder, outputPaths: ["kms.tf"], specInHeader: "spec.yaml", cwd: folder });
      expect(changes[0]!.kind === "same" || changes[0]!.difference !== undefined).toBe(true);
      return {
        diff: printDiff(changes, plain),
        before: readFileSync(join(folder, "kms.tf"), "utf8"),
        after: file.text,
      };
    }

    test("leads from the one to the other, in clear but for the values of secrets", () => {
      fc.assert(
        fc.property(some, some, some, fc.boolean(), fc.boolean(), (start, was, is, isFar, isLong) => {
          const [above, below] = [isFar ? [...start, ...filler] : start, isLong ? filler : []];
          const { diff, before, after } = diffOnDisk([...above, ...was, ...below], [...above, ...is, ...below]);
          const masked = (text: string) => text.replace(/"hunter\d+"/g, (found) => "•".repeat(found.length));
          expect(diff).not.toContain("hunter");
          if (before === after) return;
          expect(applyPatch(masked(before), diff)).toBe(masked(after));
          // Masked values that differ show as lines that go and come.
          expect(diff.split("\n").filter((line) => line.startsWith("@@")).length).toBeGreaterThan(0);
        }),
        { numRuns: 150 },
      );
    });

    test("has its header apart from what has changed far behind it", () => {
      const { diff } = diffOnDisk([...filler, key(1, "x"), value(2)], [...filler, key(1, "y"), value(2)]);
      expect(diff.split("\n").filter((line) => /^([-+](?![-+])|@@)/.test(line))).toEqual([
        "@@ -1,6 +1,6 @@",
        expect.stringMatching(/^-# mrk-scaffold:/),
        expect.stringMatching(/^\+# mrk-scaffold:/),
        "@@ -1253,7 +1253,7 @@",
        '-  a = "x"',
        '+  a = "y"',
      ]);
    });
  });

  test("of a file that someone edited shows no text of the edit, and says how to see it", async () => {
    const cwd = folderWith({ "spec.yaml": "version: 1\nregions: { primary: eu-central-1 }\n" });
    await run(["spec.yaml"], { cwd });
    const path = join(cwd, "kms.tf");
    writeFileSync(path, `${readFileSync(path, "utf8").replace("= true", "= false")}locals { db = "hunter2" }\n`);
    const { stdout } = await run(["spec.yaml", "--check", "--diff"], { cwd });
    const [remark, ...diff] = stdout.split("\n");
    expect(remark).toBe(
      "# kms.tf was edited by hand: texts and comments that were not generated are masked. To see the edit: git diff -- kms.tf",
    );
    expect(diff.filter((line) => /^[-+] /.test(line))).toEqual([
      "-  enable_key_rotation = false",
      "+  enable_key_rotation = true",
    ]);
    expect(diff).toContain("-locals { db = ••••••••• }");
  });

  test("of a file that was never ours shows what it shares with ours", async () => {
    const cwd = folderWith({
      "spec.yaml": "version: 1\nregions: { primary: eu-central-1 }\nsecrets: { app: app }\n",
      "variables.tf": `variable "db_password" {\n  default = "hunter2"\n}\nlocals { api_token = "hunter2" }\n`,
      "secrets.tf": `resource "aws_secretsmanager_secret_version" "main_app" {\n  secret_string = <<EOT\nhunter2\nEOT\n}\n`,
    });
    const { code, stdout } = await run(["spec.yaml", "--diff"], { cwd });
    expect(code).toBe(3);
    expect(stdout).toContain("# secrets.tf was not generated by mrk-scaffold: ");
    expect(stdout).toContain("-  secret_string = <<EOT\n");
    expect(stdout).toContain("-  default = •••••••••\n");
    expect(stdout).not.toContain("hunter2");
  });

  test("shows that a secret has changed, and neither its old nor its new value", () => {
    const version = (value: string) =>
      `resource "aws_secretsmanager_secret_version" "x" {\n  secret_id     = aws_secretsmanager_secret.x.id\n  secret_string = "${value}"\n}\n`;
    expect(diffOf(version("hunter2"), version("hunter3"))).toMatch(
      /\n- {2}secret_string = •••••••••\n\+ {2}secret_string = •••••••••\n }\n$/,
    );
  });
});
