import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";
import { filesIn } from "../support/fixtures.ts";
import { buildProgram } from "../support/program.ts";

const program = await buildProgram();

/** Each of the two has a file that the other has not, and all the files that they share differ. */
const SPECS = [
  `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
outputs: true
`,
  `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1, us-east-1] }
secrets: { example: app/example, other: app/other }
`,
] as const;

type Files = Readonly<Record<string, string>>;

/** The files that a spec in `specFolder`, relative to the output folder, gives. */
async function filesOf(spec: string, specFolder = "."): Promise<Files> {
  const cwd = folderWith();
  const output = join(cwd, "output");
  mkdirSync(join(output, specFolder), { recursive: true });
  writeFileSync(join(output, specFolder, "spec.yaml"), spec);
  const out = specFolder === "." ? [] : ["--out", output];
  expect((await run([join(output, specFolder, "spec.yaml"), ...out], { cwd })).code).toBe(0);
  return outputsIn(output);
}

function outputsIn(folder: string): Files {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith(".tf"))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

function temporaryFilesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(".mrk-scaffold"));
}

/** No output is anything but one of the versions that it can have, and none is missing that both versions have. */
function expectOneOf(found: Files, versions: readonly Files[]): void {
  for (const name of new Set([found, ...versions].flatMap((files) => Object.keys(files)))) {
    expect(
      versions.map((files) => files[name]),
      name,
    ).toContain(found[name]);
  }
}

function start(cwd: string, ...argv: readonly string[]): ChildProcess {
  const [node, path] = program.command;
  return spawn(node, [path, ...argv, "--quiet", "--allow-destroy", "all"], { cwd, env: program.env, stdio: "ignore" });
}

async function ended(process: ChildProcess): Promise<number | string> {
  const [code, signal] = await once(process, "exit");
  return code ?? signal;
}

test("a run that is killed at any moment leaves every file in its old or its new version, and the next run finishes", async () => {
  const versions = [await filesOf(SPECS[0]), await filesOf(SPECS[1])] as const;
  const cwd = folderWith({ "spec.yaml": SPECS[0] });
  expect(await ended(start(cwd, "spec.yaml"))).toBe(0);
  expect(outputsIn(cwd)).toEqual(versions[0]);
  let kills = 0;
  let killsAmidst = 0;
  // As many as make sense on a machine that is not busy, within the time that a busy one may take.
  const end = performance.now() + 45_000;
  for (let round = 0; round < 30 || (kills < 12 && performance.now() < end); round += 1) {
    writeFileSync(join(cwd, "spec.yaml"), SPECS[(round + 1) % 2]!);
    // Every round waits for a few more signs of life in the folder, then for a few moments more.
    let signs = 0;
    const watcher = watch(cwd, () => {
      signs += 1;
      if (signs === 1 + (round % 23)) setImmediate(() => process.kill("SIGKILL"));
    });
    const process = start(cwd, "spec.yaml");
    if ((await ended(process)) === "SIGKILL") kills += 1;
    watcher.close();
    expectOneOf(outputsIn(cwd), versions);
    if (temporaryFilesIn(cwd).length > 0) killsAmidst += 1;
  }
  expect(kills).toBeGreaterThan(5);
  expect(killsAmidst).toBeGreaterThan(0);
  for (const [index, spec] of SPECS.entries()) {
    writeFileSync(join(cwd, "spec.yaml"), spec);
    expect(await ended(start(cwd, "spec.yaml"))).toBe(0);
    expect(outputsIn(cwd)).toEqual(versions[index]);
  }
  // They may be those of a run on another machine; a check names them.
  const { stdout } = await run(["spec.yaml", "--check", "--json"], { cwd });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; file: string }[] };
  const named = diagnostics.filter(({ code }) => code === "leftover").map(({ file }) => file);
  expect(named.sort()).toEqual(temporaryFilesIn(cwd).sort());
});

test.each([
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s while files are written ends the run with %i, whole files and nothing beside them",
  async (signal, code) => {
    const versions = [await filesOf(SPECS[0]), await filesOf(SPECS[1])] as const;
    const cwd = folderWith({ "spec.yaml": SPECS[0] });
    expect(await ended(start(cwd, "spec.yaml"))).toBe(0);
    let signalled = 0;
    for (let round = 0; round < 12; round += 1) {
      writeFileSync(join(cwd, "spec.yaml"), SPECS[(round + 1) % 2]!);
      const process = start(cwd, "spec.yaml");
      const watcher = watch(cwd, (_, name) => {
        if (name?.startsWith(".mrk-scaffold")) process.kill(signal);
      });
      const result = await ended(process);
      watcher.close();
      // The signal may come when the last temporary file is gone, and the run with it.
      expect([0, code]).toContain(result);
      if (result === code) signalled += 1;
      expect(outputsIn(cwd)).toEqual(versions[(round + 1) % 2]);
      expect(temporaryFilesIn(cwd)).toEqual([]);
    }
    expect(signalled).toBeGreaterThan(0);
  },
);

test("a run that is killed before it has done anything leaves everything as it was", async () => {
  const cwd = folderWith({ "spec.yaml": SPECS[0] });
  for (const moment of [0, 10, 20]) {
    const process = start(cwd, "spec.yaml", "--out", "output");
    await wait(moment);
    process.kill("SIGKILL");
    await ended(process);
    expectOneOf(filesIn(join(cwd, "output")), [{}, await filesOf(SPECS[0], "..")]);
  }
});

describe("two runs at once on one folder", () => {
  test("of one spec both succeed", async () => {
    const wanted = await filesOf(SPECS[1]);
    for (let round = 0; round < 5; round += 1) {
      const cwd = folderWith({ "spec.yaml": SPECS[round % 2]! });
      if (round > 0) expect(await ended(start(cwd, "spec.yaml"))).toBe(0);
      writeFileSync(join(cwd, "spec.yaml"), SPECS[1]);
      const codes = await Promise.all([1, 2, 3].map(() => ended(start(cwd, "spec.yaml"))));
      expect(codes).toEqual([0, 0, 0]);
      expect(outputsIn(cwd)).toEqual(wanted);
      expect(temporaryFilesIn(cwd)).toEqual([]);
    }
  });

  test("of two specs leave each file as one of them wants it, and nothing else", async () => {
    const versions = [await filesOf(SPECS[0], "../a"), await filesOf(SPECS[1], "../b")] as const;
    const cwd = folderWith();
    for (const [index, name] of ["a", "b"].entries()) {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, "spec.yaml"), SPECS[index]!);
    }
    const runOf = (name: string) => ended(start(cwd, `${name}/spec.yaml`, "--out", "output", "--force"));
    for (let round = 0; round < 8; round += 1) {
      const codes = await Promise.all([runOf("a"), runOf("b")]);
      expect([
        [0, 0],
        [0, 3],
        [3, 0],
      ]).toContainEqual(codes);
      // What the other spec alone wants stays, because it is not this spec's to remove.
      expectOneOf(outputsIn(join(cwd, "output")), [...versions, {}]);
      expect(Object.keys(outputsIn(join(cwd, "output")))).toEqual(expect.arrayContaining(["kms.tf", "provider.tf"]));
      expect(temporaryFilesIn(join(cwd, "output"))).toEqual([]);
    }
    expect(await runOf("a")).toBe(0);
    expect(outputsIn(join(cwd, "output"))).toMatchObject(versions[0]);
  });
});
