/**
 * What the real AWS provider plans against Moto is judged as it was recorded. With MRK_SCAFFOLD_RECORD=1 the plans are recorded
 * again, without ids and values; guard.test.ts judges the recorded ones where there is no provider.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";
import { type Moto, missingForMoto, startMoto, terraform } from "../support/moto.ts";
import { applied, HOME, type Ids, motoSituations } from "../support/moto-plans.ts";

const missing = missingForMoto();
if (missing.length > 0) process.stderr.write(`guard-moto.test.ts is skipped: ${missing.join(", ")}\n`);

const FOLDER = fileURLToPath(new URL("../../fixtures/plans", import.meta.url));

interface State {
  readonly resources: readonly {
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly attributes: { readonly key_id?: string } }[];
  }[];
}

describe.skipIf(missing.length > 0)("a plan of the real provider is judged as it was recorded:", () => {
  let folder: string;
  let moto: Moto;
  let ids: Ids;

  const call = (...args: readonly string[]) => terraform(folder, moto.url, args);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "guard-moto-"));
    moto = await startMoto();
    writeFileSync(join(folder, "main.tf"), applied);
    await call("init", "-input=false");
    await call("apply", "-input=false", "-auto-approve");
    const { resources } = JSON.parse(readFileSync(join(folder, "terraform.tfstate"), "utf8")) as State;
    const keys = resources
      .filter(({ type }) => type === "aws_kms_key")
      .map(({ name, instances }): [string, string] => [name, `${instances[0]?.attributes.key_id}`]);
    const create = (name: string) =>
      moto.call<{ ARN: string; VersionId: string }>(HOME, "secretsmanager.CreateSecret", {
        Name: `app/${name}`,
        SecretString: "HIDDEN",
      });
    const [adopted, imported] = [await create("adopted"), await create("imported")];
    ids = {
      keys: Object.fromEntries(keys),
      secrets: { adopted: adopted.ARN, imported: imported.ARN },
      version: imported.VersionId,
    };
  }, 180_000);

  afterAll(async () => {
    await moto?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(Object.keys(motoSituations({ keys: {}, secrets: {}, version: "" })))(
    "%s",
    async (name) => {
      const { text, meanwhile, options = [] } = motoSituations(ids)[name]!;
      await meanwhile?.(moto);
      writeFileSync(join(folder, "main.tf"), text);
      const planning = call("plan", "-input=false", "-out=plan", ...options);
      await (name === "errored" ? expect(planning).rejects.toThrow("currently marked deleted") : planning);
      const plan = recorded(await call("show", "-json", "plan"));
      const { code, stderr } = await run(["guard", "plan.json"], { cwd: folderWith({ "plan.json": plan }) });
      const told = `${stderr}exit ${code}\n`;
      const home = join(FOLDER, `aws-5.100-${name}`);
      if (process.env.MRK_SCAFFOLD_RECORD) {
        mkdirSync(home, { recursive: true });
        writeFileSync(join(home, "plan.json"), plan);
        writeFileSync(join(home, "expected.txt"), told);
      }
      expect(told).toBe(readFileSync(join(home, "expected.txt"), "utf8"));
    },
    60_000,
  );
});

/** The plan without what no two runs have alike, without values, and without the lists of them that guard skips. */
function recorded(text: string): string {
  const numbers = new Map<string, string>();
  const numbered = (found: string, width: number) => {
    if (!numbers.has(found)) numbers.set(found, `${numbers.size + 1}`);
    return numbers.get(found)!.padStart(width, "0");
  };
  const plan = JSON.parse(
    text
      .replace(/\bmrk-[0-9a-f]{32}\b/g, (id) => `mrk-${numbered(id, 32)}`)
      .replace(/(:secret:[\w/]+)-\w{6}\b/g, (_, name: string) => `${name}-AbCdEf`)
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, (id) => `00000000-0000-4000-8000-${numbered(id, 12)}`)
      .replace(/\bterraform-\d{20,}\b/g, (id) => `terraform-${numbered(id, 26)}`)
      .replace(/HIDDEN[\w-]*/g, "HIDDEN"),
  ) as Record<string, unknown>;
  const skipped = { planned_values: {}, prior_state: {}, relevant_attributes: [] };
  return `${JSON.stringify({ ...plan, ...skipped, timestamp: "2025-01-01T00:00:00Z" }, null, 1)}\n`;
}
