import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";
import { hasTerminal, Terminal, until } from "../support/terminal.ts";

const built = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));

const specWith = (tag: string) =>
  `version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\nkeys: { app: { tags: { Tag: ${tag} } } }\n`;

const LIFECYCLE = readFileSync(new URL("../../templates/partials/lifecycle.hbs", import.meta.url), "utf8");

/** A program that watches, and what it has said. */
class Watching {
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  said = "";

  constructor(cwd: string, argv: readonly string[]) {
    this.#process = spawn(process.execPath, [built, ...argv, "--watch"], { cwd, stdio: ["ignore", "ignore", "pipe"] });
    this.#process.stderr!.on("data", (data) => {
      this.said += data;
    });
    this.#ended = new Promise((resolve) => this.#process.on("exit", resolve));
    onTestFinished(() => {
      this.#process.kill("SIGKILL");
    });
  }

  until(holds: () => boolean): Promise<void> {
    return until(holds, () => this.said);
  }

  end(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    this.#process.kill(signal);
    return this.#ended;
  }

  get ended(): Promise<number | null> {
    return this.#ended;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Ways in which editors save a file. */
const SAVES: readonly (readonly [name: string, save: (path: string, text: string) => unknown])[] = [
  ["in place", (path, text) => writeFileSync(path, text)],
  [
    "by a rename over it, as VS Code with atomic saves, JetBrains and sed -i do",
    (path, text) => {
      writeFileSync(`${path}.tmp`, text);
      renameSync(`${path}.tmp`, path);
    },
  ],
  [
    "by moving the old one away first, as vim does",
    (path, text) => {
      renameSync(path, `${path}~`);
      writeFileSync(path, text);
      unlinkSync(`${path}~`);
    },
  ],
  [
    "by deleting it first, with a moment in between",
    async (path, text) => {
      unlinkSync(path);
      await new Promise((resolve) => setTimeout(resolve, 150));
      writeFileSync(path, text);
    },
  ],
  [
    "emptied first, with a moment in between",
    async (path, text) => {
      writeFileSync(path, "");
      await new Promise((resolve) => setTimeout(resolve, 30));
      writeFileSync(path, text);
    },
  ],
];

test.each(SAVES)("a spec that is saved %s is generated again, every time", async (_, save) => {
  const cwd = folderWith({ "spec.yaml": specWith("start") });
  const watching = new Watching(cwd, ["spec.yaml"]);
  const kms = join(cwd, "kms.tf");
  await watching.until(() => watching.said.includes("\n"));
  expect(watching.said).toBe("spec.yaml: wrote provider.tf, kms.tf\n");
  for (const tag of ["one", "two", "three"]) {
    await save(join(cwd, "spec.yaml"), specWith(tag));
    await watching.until(() => textOf(kms).includes(tag));
  }
  expect(watching.said).not.toContain("error");
  expect(await watching.end()).toBe(130);
});

test("of many saves in a row the last one counts", async () => {
  const cwd = folderWith({ "spec.yaml": specWith("start") });
  const watching = new Watching(cwd, ["spec.yaml"]);
  await watching.until(() => watching.said !== "");
  for (let number = 0; number < 60; number++) {
    writeFileSync(join(cwd, "spec.yaml"), specWith(`tag-${number}`));
    await new Promise((resolve) => setTimeout(resolve, number % 20));
  }
  await watching.until(() => textOf(join(cwd, "kms.tf")).includes("tag-59"));
});

test("what is wrong or refused is said, nothing is written, and the next save is seen all the same", async () => {
  const cwd = folderWith({ "spec.yaml": specWith("start"), "b/spec.yaml": specWith("b") });
  const watching = new Watching(cwd, ["spec.yaml", "b/spec.yaml"]);
  const spec = join(cwd, "spec.yaml");
  await watching.until(() => watching.said !== "");
  writeFileSync(spec, specWith("start").replace("eu-west-1", "eu-wset-1"));
  await watching.until(() => watching.said.includes("2 specs: nothing was written, the spec is wrong\n"));
  expect(watching.said).toContain("[unknown-region]");
  writeFileSync(spec, specWith("start").replace("[eu-west-1]", "[]"));
  await watching.until(() => watching.said.includes("2 specs: nothing was written\n"));
  expect(watching.said).toContain("[replica-key-would-be-destroyed]");
  expect(textOf(join(cwd, "kms.tf"))).toContain("euw1_app");
  writeFileSync(join(cwd, "b/spec.yaml"), specWith("other"));
  writeFileSync(spec, specWith("start"));
  await watching.until(() => textOf(join(cwd, "b/kms.tf")).includes("other"));
});

test("a policy document beside the spec is watched too, even when it is what is wrong", async () => {
  const policy = (action: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "123456789012" }, Action: action, Resource: "*" }],
    });
  const spec = specWith("x").replace("tags: { Tag: x }", "policy: { documents: [policies/app.json] }");
  const cwd = folderWith({ "spec.yaml": spec, "policies/app.json": "{" });
  const watching = new Watching(cwd, ["spec.yaml"]);
  await watching.until(() => watching.said.includes("the spec is wrong"));
  writeFileSync(join(cwd, "policies/app.json"), policy("kms:Decrypt"));
  await watching.until(() => textOf(join(cwd, "kms.tf")).includes("kms:Decrypt"));
  writeFileSync(join(cwd, "policies/app.json"), policy("kms:Encrypt"));
  await watching.until(() => textOf(join(cwd, "kms.tf")).includes("kms:Encrypt"));
});

test("templates of one's own are watched too", async () => {
  const spec = `${specWith("x")}templates: templates\n`;
  const cwd = folderWith({ "spec.yaml": spec, "templates/partials/lifecycle.hbs": "{{#if lifecycle}}" });
  const watching = new Watching(cwd, ["spec.yaml"]);
  await watching.until(() => watching.said.includes("[bad-template]"));
  writeFileSync(join(cwd, "templates/outputs.tf.hbs"), "");
  writeFileSync(join(cwd, "templates/partials/lifecycle.hbs"), `# ours\n${LIFECYCLE}`);
  await watching.until(() => textOf(join(cwd, "kms.tf")).includes("# ours"));
});

test("a spec behind a link, and one in a folder that is made again, are seen", async () => {
  const cwd = folderWith({ "real/spec.yaml": specWith("start"), "infra/spec.yaml": specWith("infra") });
  symlinkSync("real/spec.yaml", join(cwd, "spec.yaml"));
  const watching = new Watching(cwd, ["spec.yaml", "infra/spec.yaml"]);
  await watching.until(() => watching.said !== "");
  writeFileSync(join(cwd, "real/spec.yaml"), specWith("linked"));
  await watching.until(() => textOf(join(cwd, "kms.tf")).includes("linked"));
  renameSync(join(cwd, "infra"), join(cwd, "old"));
  renameSync(join(cwd, "old"), join(cwd, "infra"));
  writeFileSync(join(cwd, "infra/spec.yaml"), specWith("again"));
  await watching.until(() => textOf(join(cwd, "infra/kms.tf")).includes("again"));
  rmSync(join(cwd, "infra/spec.yaml"));
  await watching.until(() => watching.said.includes("[spec-not-found]"));
  writeFileSync(join(cwd, "infra/spec.yaml"), specWith("back"));
  await watching.until(() => textOf(join(cwd, "infra/kms.tf")).includes("back"));
  expect(await watching.end("SIGTERM")).toBe(130);
});

test("a spec that is not there ends it at once", async () => {
  const watching = new Watching(folderWith(), ["spec.yaml"]);
  expect(await watching.ended).toBe(2);
});

describe("on a terminal", () => {
  test.skipIf(!hasTerminal)("there is one line, which is gone at the end", async () => {
    const cwd = folderWith({ "spec.yaml": specWith("start") });
    const terminal = new Terminal(`${process.execPath} ${built} --watch; echo "ended with $?"`, cwd);
    const clear = "\r\u001b[K";
    await terminal.shows(`${clear}spec.yaml: wrote provider.tf, kms.tf`);
    writeFileSync(join(cwd, "spec.yaml"), specWith("other"));
    await terminal.shows(`${clear}spec.yaml: wrote kms.tf`);
    terminal.type("\u0003");
    await terminal.shows("ended with");
    expect(terminal.shown).toMatch(/wrote kms\.tf(\^C)?\r\S*ended with 130/);
  });
});

test.each([
  [["--watch", "--check"], "cannot be combined"],
  [["--watch", "--json"], "cannot be combined"],
  [["--watch", "-"], "cannot be combined"],
  [["--watch", "--force"], "are for one run"],
  [["--watch", "--allow-destroy", "all"], "are for one run"],
])("%j is refused", async (argv, message) => {
  const { code, stderr } = await run(argv.includes("-") ? [...argv, "--out=x"] : ["spec.yaml", ...argv], {
    cwd: folderWith({ "spec.yaml": specWith("x") }),
  });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
