import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";

const SPEC = "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\n";
const OPENAPI = "openapi: 3.1.0\ninfo: { title: Orders, version: 1.0.0 }\n";

describe("without an argument", () => {
  test.each(["spec.yaml", "keys.yml", "prod.mrk.yaml", "mrk-scaffold.yaml", "-odd name.yaml"])(
    "the one spec of the folder is taken: %s",
    async (name) => {
      const cwd = folderWith({ [name]: SPEC, "api.yaml": OPENAPI, ".hidden.yaml": SPEC, "sub/spec.yaml": SPEC });
      const { code, stderr } = await run([], { cwd });
      expect(code).toBe(0);
      expect(stderr).toMatch(/^created provider\.tf\ncreated kms\.tf\nTerraform will:\n/);
      expect((await run(["--check"], { cwd })).code).toBe(0);
      expect((await run(["graph"], { cwd })).stdout).toContain("eu-central-1");
      expect((await run(["verify", "--print-policy"], { cwd })).code).toBe(0);
    },
  );

  test("several specs of the folder are listed as they can be run", async () => {
    const cwd = folderWith({ "a.yaml": SPEC, "b c.mrk.yaml": "", "api.yaml": OPENAPI });
    const { code, stderr } = await run([], { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: [
        "mrk-scaffold: error: name a spec: this folder has several [wrong-arguments]",
        "  help: Write one of these:",
        "        mrk-scaffold a.yaml",
        "        mrk-scaffold 'b c.mrk.yaml'",
        "",
      ].join("\n"),
    });
    expect(existsSync(join(cwd, "provider.tf"))).toBe(false);
  });

  test("specs of the folders below are listed where the folder has none", async () => {
    const cwd = folderWith({
      "prod/spec.yaml": SPEC,
      "live/eu/keys/spec.yaml": SPEC,
      "too/deep/to/see/spec.yaml": SPEC,
      "node_modules/other/spec.yaml": SPEC,
      ".terraform/modules/spec.yaml": SPEC,
    });
    const { code, stderr } = await run(["graph"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("name a spec: there is none in this folder");
    expect(stderr.match(/mrk-scaffold graph \S+/g)).toEqual([
      "mrk-scaffold graph prod/spec.yaml",
      "mrk-scaffold graph live/eu/keys/spec.yaml",
    ]);
  });

  test("of very many specs the first twenty are listed", async () => {
    const cwd = folderWith(Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`s${index}/spec.yaml`, SPEC])));
    const { stderr } = await run([], { cwd });
    expect(stderr.match(/mrk-scaffold s\d+/g)).toHaveLength(20);
    expect(stderr).toContain("and 5 more");
  });

  test("a folder without any is told how to start one", async () => {
    const { code, stderr } = await run(["--check"], { cwd: folderWith({ "api.yaml": OPENAPI }) });
    expect(code).toBe(2);
    expect(stderr).toContain("name a spec, for example: mrk-scaffold spec.yaml");
    expect(stderr).toContain("mrk-scaffold init");
  });
});

test.each([
  ["spec.yml", "spec.yaml"],
  ["spec", "spec.yaml"],
  ["infra/spec.yaml", "spec.yml"],
  ["sepc.yaml", "spec.yaml"],
])("%s, which is not there, is told from %s, which is", async (given, there) => {
  const cwd = folderWith({ [`${given.startsWith("infra") ? "infra/" : ""}${there}`]: SPEC });
  const { code, stderr } = await run([given], { cwd });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: `${given}: error: there is no such file [spec-not-found]\n  help: Did you mean ${there}?\n`,
  });
});
