/** What texts with placeholders and references become, planned by the real AWS provider against Moto: names, ARNs and policies are legal. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, run } from "./support/cli.ts";
import { filesBelow, fixturesFolder } from "./support/fixtures.ts";
import { type Moto, missingForMoto, startMoto, terraform } from "./support/moto.ts";

const missing = missingForMoto();
if (missing.length > 0) process.stderr.write(`placeholders-moto.test.ts is skipped: ${missing.join(", ")}\n`);

const minutes = 60_000;
const ROLE = "arn:aws:iam::123456789012:role/someone";
const FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:rotate";

interface Case {
  /** What makes the spec one that the provider at hand takes, without a profile that this machine would have to have. */
  readonly adapted: (spec: string) => string;
  readonly variables: Readonly<Record<string, string>>;
  readonly added: number;
}

const cases: Readonly<Record<string, Case>> = {
  placeholders: {
    adapted: (spec) => spec.replace(/^ {2}profile: .*\n/m, ""),
    variables: { account_id: "123456789012", environment: "dev", database_secret_string: "x" },
    added: 23,
  },
  references: {
    adapted: (spec) => `${spec}terraform: { aws_provider: "~> 5.100" }\n`,
    variables: { administrator_arn: ROLE, engine: "postgres", function_arn: FUNCTION },
    added: 17,
  },
};

describe.skipIf(missing.length > 0)("the real provider plans without a warning", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, minutes);
  afterAll(async () => moto?.stop());

  test.each(Object.entries(cases))(
    "what comes of %s",
    async (name, { adapted, variables, added }) => {
      const fixture = join(fixturesFolder, "valid", name);
      const beside = Object.entries(filesBelow(fixture)).flatMap(([path, text]) =>
        path.startsWith("beside/") ? [[path.slice("beside/".length), text]] : [],
      );
      const folder = folderWith(Object.fromEntries(beside));
      writeFileSync(join(folder, "spec.yaml"), adapted(readFileSync(join(fixture, "spec.yaml"), "utf8")));
      const { code, stderr } = await run(["spec.yaml"], { cwd: folder });
      expect(code, stderr).toBe(0);
      await terraform(folder, moto.url, ["init", "-input=false", "-no-color"]);
      const given = Object.entries(variables).map(([variable, value]) => `-var=${variable}=${value}`);
      const said = await terraform(folder, moto.url, ["plan", "-input=false", "-no-color", ...given]);
      expect(said).toContain(`Plan: ${added} to add, 0 to change, 0 to destroy.`);
      expect(said).not.toContain("Warning");
    },
    4 * minutes,
  );
});
