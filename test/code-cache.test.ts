import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import { folderWith } from "./support/cli.ts";

/** A program that says what it is; long enough for V8 to find something in it to keep. */
const program = (word: string) =>
  asFunction(`
  const parts = Array.from({ length: 100 }, (_, index) => ((n) => n * index)(2));
  const part = () => (process.env.WITH_PART ? " and " + require("./part.cjs").word : "");
  exports.main = async () => (parts.length === 100 ? ${JSON.stringify(word)} + part() : "broken");
`);

/** As the build writes what is loaded with its compiled code. */
function asFunction(text: string): string {
  return `(function (exports, require, module, __filename, __dirname) {${text}})`;
}

describe("the code cache", () => {
  let loader = "";
  let otherBuild = "";

  beforeAll(async () => {
    const entry = fileURLToPath(new URL("../src/code-cache.ts", import.meta.url));
    const loaderOf = async (id: string) => {
      const define = { __BUILD__: JSON.stringify(id) };
      const settings = { bundle: true, platform: "node", format: "cjs", write: false, define } as const;
      return (await build({ entryPoints: [entry], ...settings })).outputFiles[0]!.text;
    };
    loader = await loaderOf("one");
    otherBuild = await loaderOf("two");
  });

  /** A folder with the loader and a program, and how to run it. */
  function installed(word = "first") {
    const folder = folderWith({
      "main.cjs": loader,
      "program.cjs": program(word),
      "guard.cjs": program("guard"),
      "part.cjs": asFunction(`exports.word = [..."part"].map((letter) => letter).join("");`),
      "start.cjs": `require("./main.cjs").main().then((word) => {
        console.log(word);
        process.exitCode = Number(process.env.EXIT_CODE ?? 0);
      });`,
    });
    const run = (options: { env?: object; args?: readonly string[]; argv?: readonly string[] } = {}) => {
      const { status, stdout, stderr, signal } = spawnSync(
        process.execPath,
        [...(options.argv ?? []), join(folder, "start.cjs"), ...(options.args ?? [])],
        { encoding: "utf8", env: { PATH: process.env.PATH, ...options.env } },
      );
      return { status, signal, stdout: stdout.trim(), stderr };
    };
    const cache = () => readdirSync(folder).filter((name) => /v8/.test(name));
    return { folder, run, cache };
  }

  test("is written by the first run and left alone by the next", () => {
    const { folder, run, cache } = installed();
    expect(run().stdout).toBe("first");
    const [name] = cache();
    expect(cache()).toEqual([`.program-${process.version}-${process.arch}.v8`]);
    const { ino, mtimeMs } = statSync(join(folder, name!));
    expect(run().stdout).toBe("first");
    expect(statSync(join(folder, name!))).toMatchObject({ ino, mtimeMs });
  });

  test("with a flipped bit, cut short or empty is not used, and replaced", () => {
    const { folder, run, cache } = installed();
    run();
    const path = join(folder, cache()[0]!);
    const good = readFileSync(path);
    const flipped = (at: number) => Buffer.from(good.map((byte, index) => (index === at ? byte ^ 4 : byte)));
    const places = Array.from({ length: 12 }, (_, index) => Math.floor((index / 12) * good.length));
    for (const bad of [
      ...places.map(flipped),
      good.subarray(0, good.length - 1),
      good.subarray(0, 20),
      Buffer.alloc(0),
    ]) {
      writeFileSync(path, bad);
      expect(run()).toMatchObject({ status: 0, signal: null, stdout: "first" });
      expect(readFileSync(path).equals(bad)).toBe(false);
    }
  });

  test("of another program of the same length is not used", () => {
    const { folder, run } = installed("first");
    run();
    writeFileSync(join(folder, "program.cjs"), program("other"));
    expect(run().stdout).toBe("other");
    expect(run().stdout).toBe("other");
  });

  test("of another build is not used", () => {
    const { folder, run, cache } = installed();
    run();
    const [name] = cache();
    const before = readFileSync(join(folder, name!));
    writeFileSync(join(folder, "main.cjs"), otherBuild);
    expect(run().stdout).toBe("first");
    expect(readFileSync(join(folder, name!)).equals(before)).toBe(false);
  });

  test("is kept for each part that is loaded on demand too", () => {
    const { run, cache } = installed();
    run();
    expect(run({ env: { WITH_PART: "1" } }).stdout).toBe("first and part");
    expect(cache().sort()).toEqual(["part", "program"].map((part) => `.${part}-${process.version}-${process.arch}.v8`));
    expect(run({ env: { WITH_PART: "1" } }).stdout).toBe("first and part");
  });

  test("of the program is left to the runs that generate, that of a part is not", () => {
    const { run, cache } = installed();
    expect(run({ args: ["verify"], env: { WITH_PART: "1" } }).stdout).toBe("first and part");
    expect(cache()).toEqual([`.part-${process.version}-${process.arch}.v8`]);
    run({ args: ["spec.yaml"], env: { EXIT_CODE: "1" } });
    expect(cache()).toHaveLength(2);
  });

  test.each([
    ["0", 1],
    ["4", 1],
    ["2", 0],
  ])("of what judges plans is written by a run of guard that ends with %s, if that is a judgement", (code, files) => {
    const { run, cache } = installed();
    expect(run({ args: ["guard"], env: { EXIT_CODE: code } }).stdout).toBe("guard");
    expect(cache()).toHaveLength(files);
    expect(cache().join()).not.toContain("program");
  });

  test.each([
    ["a run that fails", { env: { EXIT_CODE: "2" } }],
    ["a run for the help", { args: ["--help"] }],
    ["a run with flags of its own", { argv: ["--max-lazy"] }],
    ["a run with NODE_OPTIONS", { env: { NODE_OPTIONS: "--max-old-space-size=512" } }],
    ["a run that wants no compile cache", { env: { NODE_DISABLE_COMPILE_CACHE: "1" } }],
  ])("is not written by %s", (_, options) => {
    const { run, cache } = installed();
    expect(run(options).stdout).toBe("first");
    expect(cache()).toEqual([]);
  });

  /** A folder whose cache, made by someone else, is of another program of the same length. */
  function withForgedCode() {
    const own = installed("first");
    const other = installed("other");
    own.run();
    other.run();
    const path = join(own.folder, own.cache()[0]!);
    const label = readFileSync(path).subarray(0, 64);
    writeFileSync(path, Buffer.concat([label, readFileSync(join(other.folder, other.cache()[0]!)).subarray(64)]));
    return { ...own, path };
  }

  test("is believed when it is one's own: forged code runs", () => {
    expect(withForgedCode().run().stdout).toBe("other");
  });

  const NOBODY = 65534;
  const isRoot = process.getuid?.() === 0;

  test.runIf(isRoot)("of another user is not used, and replaced", () => {
    const { path, run } = withForgedCode();
    chownSync(path, NOBODY, NOBODY);
    expect(run().stdout).toBe("first");
    expect(statSync(path).uid).toBe(0);
  });

  test.runIf(isRoot)("of the owner of the program is used", () => {
    const { path, folder, run } = withForgedCode();
    for (const one of [path, join(folder, "program.cjs")]) chownSync(one, NOBODY, NOBODY);
    expect(run().stdout).toBe("other");
  });

  test.each([0o664, 0o646, 0o666])("that others may write, with the mode %o, is not used, and replaced", (mode) => {
    const { path, run } = withForgedCode();
    chmodSync(path, mode);
    expect(run().stdout).toBe("first");
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  test("that is a pipe, a folder or a device is not used, and no one waits for it", () => {
    const { folder, run, cache } = installed();
    run();
    const path = join(folder, cache()[0]!);
    for (const make of [
      () => execFileSync("mkfifo", ["-m", "644", path]),
      () => symlinkSync("/dev/zero", path),
      () => mkdirSync(path),
    ]) {
      rmSync(path, { force: true });
      make();
      expect(run()).toMatchObject({ status: 0, stdout: "first", stderr: "" });
    }
  });

  test.each([0o000, 0o022, 0o077])("can be read by everyone and written by its owner, with the umask %o", (umask) => {
    const { folder, cache } = installed();
    const command = `umask ${umask.toString(8)}; exec "$0" "$1"`;
    spawnSync("sh", ["-c", command, process.execPath, join(folder, "start.cjs")], { env: { PATH: process.env.PATH } });
    expect(statSync(join(folder, cache()[0]!)).mode & 0o777).toBe(0o644);
  });

  test("takes the leftovers of killed runs away, and nothing else", () => {
    const { folder, run, cache } = installed();
    const own = `.program-${process.version}-${process.arch}.v8`;
    const now = Date.now();
    const others = [`${own}.1-${now}`, ".program-v99.0.0-x64.v8", `${own}.x`, "program.v8.1"];
    for (const name of [...others, `${own}.1`, `.part-v18.0.0-x64.v8.77-${now - 100_000}`]) {
      writeFileSync(join(folder, name), "");
    }
    run();
    expect(cache().sort()).toEqual([own, ...others].sort());
  });

  test("is done without where its place cannot be written", () => {
    const { folder, run, cache } = installed();
    chmodSync(folder, 0o500);
    const result = run();
    chmodSync(folder, 0o700);
    expect(result).toMatchObject({ status: 0, stdout: "first", stderr: "" });
    if (process.getuid?.() !== 0) expect(cache()).toEqual([]);
  });
});
