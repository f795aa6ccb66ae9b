import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { jsonSchema } from "../src/spec/json-schema.ts";
import { run } from "./support/cli.ts";
import { validFixtures } from "./support/fixtures.ts";

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

test("the program is built: npm ci does it, and npm run build", () => {
  expect(existsSync(at("dist/cli.cjs"))).toBe(true);
});

test.each(["post", "everything", "key-policies-services"])(
  "the built program prints %s as the source does: its templates are the current ones",
  async (name) => {
    const { spec } = validFixtures.find((fixture) => fixture.name === name)!;
    const built = spawnSync(process.execPath, [at("dist/cli.cjs"), spec, "--stdout"], { encoding: "utf8" });
    expect(built.stdout).toBe((await run([spec, "--stdout"])).stdout);
  },
);

test("the JSON Schema in the package is the current one", () => {
  expect(JSON.parse(readFileSync(at("schema.json"), "utf8"))).toEqual(jsonSchema());
});

test("the licence of everything that is bundled is in the package", () => {
  const text = readFileSync(at("dist/LICENSES.txt"), "utf8");
  for (const name of ["zod", "yargs", "y18n", "cliui", "js-yaml", "diff", "handlebars"]) {
    expect(text).toMatch(new RegExp(`^${name} \\d.*\\((MIT|ISC|BSD-3-Clause)\\)$`, "m"));
  }
  expect(text).toContain("Redistributions in binary form must reproduce the above copyright notice");
});
