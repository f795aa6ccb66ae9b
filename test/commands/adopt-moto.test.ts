/**
 * Adopting with the real AWS provider: what people wrote by hand is applied against Moto, adopted from its state and from the account,
 * and planned again.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MODULE, POST } from "../support/adoptable.ts";
import { speakTo } from "../support/aws-sdk.ts";
import { run } from "../support/cli.ts";
import { without } from "../support/disguise.ts";
import { filesBelow } from "../support/fixtures.ts";
import { type Moto, missingForMoto, startMoto, terraform } from "../support/moto.ts";
import type { Files } from "../support/terraform.ts";

const missing = missingForMoto();
if (missing.length > 0) process.stderr.write(`adopt-moto.test.ts is skipped: ${missing.join(", ")}\n`);

const minutes = 60_000;

interface Planned {
  readonly address: string;
  readonly mode: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly importing?: object;
    readonly before: Readonly<Record<string, unknown>> | null;
    readonly after: Readonly<Record<string, unknown>> | null;
  };
}

describe.skipIf(missing.length > 0)("with the real provider", () => {
  let moto: Moto;
  const folders: string[] = [];

  beforeAll(async () => {
    moto = await startMoto();
  }, 2 * minutes);

  afterAll(async () => {
    await moto?.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  function folderOf(files: Files): string {
    const folder = mkdtempSync(join(tmpdir(), "adopt-moto-"));
    folders.push(folder);
    write(folder, files);
    return folder;
  }

  async function planned(folder: string): Promise<readonly Planned[]> {
    await terraform(folder, moto.url, ["plan", "-input=false", "-out=plan"]);
    const json = await terraform(folder, moto.url, ["show", "-json", "plan"]);
    const { resource_changes: changes } = JSON.parse(json) as { readonly resource_changes: readonly Planned[] };
    return changes.filter(({ mode }) => mode === "managed");
  }

  test.each<[what: string, files: Files]>([
    ["the post's layout under other names", { ...POST, "main.tf": forMoto(POST["main.tf"]!) }],
    ["a module", MODULE],
  ])(
    "%s: nothing is added, changed or destroyed",
    async (_, files) => {
      const folder = folderOf(files);
      await terraform(folder, moto.url, ["init", "-input=false"]);
      await terraform(folder, moto.url, ["apply", "-input=false", "-auto-approve"]);
      const stdin = await terraform(folder, moto.url, ["show", "-json"]);
      const { code, stdout, stderr } = await run(["adopt", "-"], { cwd: folder, stdin });
      expect(code, stderr).toBe(0);
      const own = Object.fromEntries(Object.entries(filesBelow(folder)).filter(([path]) => /^[^.].*\.tf$/.test(path)));
      write(folder, without(own, listedIn(stdout + stderr)));
      await terraform(folder, moto.url, ["init", "-input=false"]);
      const harm = (await planned(folder)).filter(({ change }) => !/^(no-op|forget)$/.test(change.actions.join()));
      expect(harm).toEqual([]);
      await terraform(folder, moto.url, ["apply", "-input=false", "plan"]);
      expect((await planned(folder)).filter(({ change }) => change.actions.join() !== "no-op")).toEqual([]);
    },
    5 * minutes,
  );

  test(
    "what is in the account is imported, and nothing of it is changed in AWS",
    async () => {
      speakTo(moto.url);
      const folder = folderOf({ "versions.tf": POST["versions.tf"]! });
      const argv = ["adopt", "--account", "--regions", "eu-central-1,eu-west-1,us-east-1"];
      const { code, stderr } = await run(argv, { cwd: folder });
      expect(code, stderr).toBe(0);
      expect(readFileSync(join(folder, "spec.yaml"), "utf8")).toContain("acme-secrets");
      await terraform(folder, moto.url, ["init", "-input=false"]);
      const changes = await planned(folder);
      expect(changes.filter(({ change }) => change.importing === undefined)).toEqual([]);
      const changed = changes.flatMap(({ change: { actions, before, after } }) =>
        actions.join() === "no-op"
          ? []
          : Object.keys(after ?? {}).filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name])),
      );
      expect([...new Set(changed)].filter((name) => !OF_THE_PROVIDER.has(name))).toEqual([]);
    },
    5 * minutes,
  );
});

/**
 * Without what Moto keeps for a key once, and AWS for each of its copies: tags and the description, for which the provider would wait in
 * vain, and the name of an alias.
 */
function forMoto(text: string): string {
  const replica =
    /(resource "aws_kms_replica_key" "ireland" \{\n)[^}]*?( {2}primary_key_arn[^\n]*\n[^\n]*\n)\n {2}tags = \{[^}]*\}\n/;
  return text
    .replace(replica, "$1$2")
    .replace(/("dublin" \{\n {2}name +=) "alias\/acme-secrets"/, '$1 "alias/acme-secrets-ireland"');
}

/** Arguments that AWS does not know, and that an import does not find therefore. */
const OF_THE_PROVIDER = new Set([
  "bypass_policy_lockout_safety_check",
  "deletion_window_in_days",
  "force_overwrite_replica_secret",
  "recovery_window_in_days",
]);

function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The blocks that adopt lists. */
function listedIn(printed: string): readonly { readonly path: string; readonly line: number }[] {
  return [...printed.matchAll(/^ {4}(\S+\.tf):(\d+): /gm)].map(([, path = "", line = ""]) => ({
    path,
    line: Number(line),
  }));
}
