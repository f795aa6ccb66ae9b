import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandOf, commands, defaultCommand } from "../src/commands/commands.ts";
import { commonOptions, parseArguments } from "../src/commands/options.ts";
import { EXIT } from "../src/io.ts";
import { main } from "../src/main.ts";
import { folderWith, type Run, run } from "./support/cli.ts";
import { stateOf } from "./support/disk.ts";
import { buildProgram } from "./support/program.ts";

const program = await buildProgram();

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
secrets: { example: app/example }
`;
const OUTPUTS = ["kms.tf", "provider.tf", "secrets.tf", "variables.tf"];
/** A spec with a warning: its secret's name looks like an ARN. */
const WARNED = SPEC.replace("app/example", "app-abcdef");
const WRONG = SPEC.replace("eu-west-1", "eu-wset-1");

const parse = (argv: string) => parseArguments(argv.split(" ").filter(Boolean), defaultCommand.options);

describe("arguments give options", () => {
  test.each<[argv: string, options: object, words?: readonly string[]]>([
    ["", {}],
    ["spec.yaml", {}, ["spec.yaml"]],
    ["a.yaml b.yaml", {}, ["a.yaml", "b.yaml"]],
    ["-", {}, ["-"]],
    ["--out dir spec.yaml", { out: "dir" }, ["spec.yaml"]],
    ["--out=dir spec.yaml", { out: "dir" }, ["spec.yaml"]],
    ["--out=a=b", { out: "a=b" }],
    ["--out= spec.yaml", { out: "" }, ["spec.yaml"]],
    ["--out a --out b", { out: "b" }],
    ["spec.yaml --check --diff", { check: true, diff: true }, ["spec.yaml"]],
    ["--check --no-check", { check: false }],
    ["--force --json --quiet --stdout", { force: true, json: true, quiet: true, stdout: true }],
    ["--color", { color: true }],
    ["--no-color", { color: false }],
    ["--allow-destroy a --allow-destroy=b", { "allow-destroy": ["a", "b"] }],
    ["--pre-commit", { "pre-commit": true }],
    ["--help --version", { help: true, version: true }],
    ["-- --check", {}, ["--check"]],
    ["--check -- -.yaml", { check: true }, ["-.yaml"]],
  ])("%s", (argv, options, words = []) => {
    expect(parse(argv)).toEqual({ words, options });
  });

  test.each([
    "--chek",
    "-q",
    "-h",
    "--out",
    "--out --check",
    "--check=true",
    "--color=always",
    "--no-out",
    "--constructor",
  ])("%s is not understood", (argv) => expect(parse(argv)).toBeUndefined());
});

test("the first argument may name a command, and only the first", () => {
  for (const command of commands) {
    expect(commandOf([command.name, "x", "--quiet"])).toEqual({ command, rest: ["x", "--quiet"] });
    expect(commandOf(["--quiet", command.name])).toEqual({ command: defaultCommand, rest: ["--quiet", command.name] });
  }
});

test.each<[argv: readonly string[], command: string, rest: readonly string[]]>([
  [["help"], "generate", ["--help"]],
  [["help", "guard"], "guard", ["--help"]],
  [["-h"], "generate", ["--help"]],
  [["-V"], "generate", ["--version"]],
  [["check", "spec.yaml"], "generate", ["--check", "spec.yaml"]],
  [["diff", "spec.yaml"], "generate", ["--check", "--diff", "spec.yaml"]],
  [["./check"], "generate", ["./check"]],
])("what people type who know other programs is understood: %j", (argv, name, rest) => {
  const found = commandOf(argv);
  expect({ name: found.command.name, rest: found.rest }).toEqual({ name, rest });
});

describe("a command line that cannot be used exits 2, says why in two lines at most, and touches nothing", () => {
  test.each<[argv: readonly string[], message: string, help?: string]>([
    [["spec.yaml", "--chek"], "unknown option: --chek", "Did you mean --check?"],
    [["spec.yaml", "--no-chek"], "unknown option: --no-chek", "Did you mean --check?"],
    [["spec.yaml", "--ouput=x"], "unknown option: --ouput", "Did you mean --out?"],
    [["spec.yaml", "--quite", "--colour"], "unknown options: --quite, --colour", "Did you mean --quiet, --color?"],
    [["spec.yaml", "--dry-run"], "unknown option: --dry-run", "Did you mean --check?"],
    [["spec.yaml", "--zebra"], "unknown option: --zebra", "See mrk-scaffold --help."],
    [["spec.yaml", "--constructor"], "unknown option: --constructor", "See mrk-scaffold --help."],
    [["spec.yaml", "-q"], "unknown option: -q", "See mrk-scaffold --help."],
    [["spec.yaml", "--out"], "--out needs a value", "See mrk-scaffold --help."],
    [["spec.yaml", "--out", "--check"], "--out needs a value", "See mrk-scaffold --help."],
    [["spec.yaml", "--out="], "--out needs the name of a folder", "Write --out . for the current one."],
    [["spec.yaml", "--out", ""], "--out needs the name of a folder", "Write --out . for the current one."],
    [["spec.yaml", "--allow-destroy"], "--allow-destroy needs a value", "See mrk-scaffold --help."],
    [["spec.yaml", "--allow-destroy="], "--allow-destroy needs an address, or all", "See mrk-scaffold --help."],
    [["spec.yaml", "--check=true"], "--check takes no value", "See mrk-scaffold --help."],
    [["spec.yaml", "--no-out"], "--out cannot be switched off", "See mrk-scaffold --help."],
    [[""], "the path of a spec is empty", "See mrk-scaffold --help."],
    [["-"], "a spec from standard input has no folder of its own", "Add --out DIR, or --stdout."],
    [["-", "--check"], "a spec from standard input has no folder of its own", "Add --out DIR, or --stdout."],
    [["-", "spec.yaml", "--stdout"], "- (standard input) cannot be combined with other specs"],
    ...["--check", "--diff", "--json", "--out=x", "--force", "--pre-commit"].map(
      (option): [readonly string[], string] => [
        ["spec.yaml", "--stdout", option],
        "--stdout prints files and cannot be combined with --check, --diff, --json, --out, --force or --pre-commit",
      ],
    ),
    [["spec.yaml", "--json", "--diff"], "--json and --diff both print on stdout: choose one"],
    [["spec.yaml", "--check", "--force"], "--check writes nothing, so there is nothing to --force"],
    [["spec.yaml", "--check", "--pre-commit"], "--check writes nothing, --pre-commit writes: choose one"],
  ])("%j", async (argv, message, help) => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    const before = stateOf(cwd);
    const stderr = `mrk-scaffold: error: ${message} [wrong-arguments]\n${help === undefined ? "" : `  help: ${help}\n`}`;
    const result = await run(argv, { cwd, stdin: SPEC });
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: EXIT.wrong, stderr });
    const isReported = argv.includes("--json");
    expect(result.stdout === "").toBe(!isReported);
    if (isReported) expect(JSON.parse(result.stdout).diagnostics).toMatchObject([{ code: "wrong-arguments", message }]);
    expect(stateOf(cwd)).toEqual(before);
  });
});

describe("--help and --version", () => {
  test.each([["--help"], ["--help", "spec.yaml"], ["nope.yaml", "--help", "--check", "--force"]])(
    "print on stdout, whatever else is asked for: %s %s %s %s",
    async (...argv) => {
      const { code, stdout, stderr } = await run(argv.filter((word) => word !== undefined));
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^mrk-scaffold \[spec\.\.\.\]\n/);
      for (const option of Object.keys({ ...defaultCommand.options, ...commonOptions })) {
        expect(stdout).toContain(`--${option}`);
      }
      for (const { name } of commands.slice(1)) expect(stdout).toContain(`mrk-scaffold ${name} `);
      for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^  ${code} `, "m"));
    },
  );

  test("show the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    for (const argv of [["--version"], ["--version", "nope.yaml"]]) {
      expect(await run(argv)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    }
  });
});

describe("stdout holds data only, stderr text for people", () => {
  const wrongReport = /^spec\.yaml:2:46: error: .* \[unknown-region\]\n/;

  const none = /^$/;
  const specs = { "a right spec": SPEC, "a spec with a warning": WARNED, "a wrong spec": WRONG };
  const right = "a right spec";
  const warned = "a spec with a warning";
  const wrong = "a wrong spec";

  test.each<[argv: string, spec: keyof typeof specs, code: number, stdout: RegExp, stderr: RegExp]>([
    [
      "",
      right,
      0,
      none,
      /^created provider\.tf\ncreated kms\.tf\ncreated secrets\.tf\ncreated variables\.tf\nTerraform will:\n[\s\S]*Nothing is destroyed\.\n$/,
    ],
    ["--quiet", right, 0, none, none],
    ["--quiet", warned, 0, none, none],
    ["", warned, 0, none, /^spec\.yaml:3:21: warning: [\s\S]*\ncreated provider\.tf\n/],
    [
      "--check",
      right,
      1,
      none,
      /^provider\.tf: error: does not exist \[missing\]\n[\s\S]*Run mrk-scaffold without --check/,
    ],
    ["--check --quiet", right, 1, none, /^(\w+\.tf: error: does not exist \[missing\]\n){4}$/],
    ["--stdout", right, 0, /^# provider\.tf\n# Code generated [\s\S]*\n# kms\.tf\n# Code generated /, none],
    ["--stdout", warned, 0, /^# provider\.tf\n# Code generated /, /^spec\.yaml:3:21: warning: /],
    ["--stdout --quiet", warned, 0, /^# provider\.tf\n# Code generated /, none],
    ["--diff", right, 0, /^--- \/dev\/null\n\+\+\+ b\/provider\.tf\n@@ /, /^created provider\.tf\n/],
    ["--check --diff", right, 1, /^--- \/dev\/null\n\+\+\+ b\/provider\.tf\n@@ /, /^provider\.tf: error: /],
    ["--json", right, 0, /^\{\n/, none],
    ["--json", warned, 0, /^\{\n/, /^spec\.yaml:3:21: warning: /],
    ["--json --quiet", warned, 0, /^\{\n/, none],
    ["--json --check", right, 1, /^\{\n/, /^provider\.tf: error: /],
    ["", wrong, 2, none, wrongReport],
    ["--quiet", wrong, 2, none, wrongReport],
    ["--stdout", wrong, 2, none, wrongReport],
    ["--check --diff", wrong, 2, none, wrongReport],
    ["--json", wrong, 2, /^\{\n/, wrongReport],
  ])("%s over %s", async (argv, spec, code, stdout, stderr) => {
    const options = argv.split(" ").filter(Boolean);
    for (const env of [{}, { GITHUB_ACTIONS: "true" }]) {
      const cwd = folderWith({ "spec.yaml": specs[spec] });
      const result = await run(["spec.yaml", ...options], { cwd, env });
      expect(result.code).toBe(code);
      expect(result.stdout).toMatch(stdout);
      // Annotations are for the runner, which reads them from stderr too.
      const text = result.stderr.replace(/^::.*\n/gm, "");
      expect(text).toMatch(stderr);
      expect(result.stderr === text).toBe(!("GITHUB_ACTIONS" in env) || !/(error|warning): /.test(text));
      const isWriting = code === 0 && !options.includes("--stdout");
      expect(readdirSync(cwd).sort()).toEqual([...(isWriting ? OUTPUTS : []), "spec.yaml"].sort());
    }
  });

  test("files of several specs are told apart by their paths, a file alone has no line above it", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    for (const name of ["a", "b"]) {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, "spec.yaml"), SPEC);
    }
    const { stdout } = await run(["a/spec.yaml", "b/spec.yaml", "--stdout"], { cwd });
    expect(stdout.match(/^# (a|b)\/.*$/gm)).toEqual(
      ["a", "b"].flatMap((name) => ["provider", "kms", "secrets", "variables"].map((file) => `# ${name}/${file}.tf`)),
    );
    const alone = await run(["-", "--stdout"], { cwd, stdin: SPEC.replace(/secrets.*/, "keys: {}") });
    expect(alone.stdout).toMatch(/^# Code generated by mrk-scaffold from standard input\. DO NOT EDIT\.\n/);
  });
});

describe("--json", () => {
  const jsonOf = async (argv: readonly string[], cwd: string): Promise<{ code: number; report: unknown }> => {
    const { code, stdout } = await run([...argv, "--json"], { cwd });
    return { code, report: JSON.parse(stdout) };
  };
  const files = (state: string, reason: string) =>
    ["provider.tf", "kms.tf", "secrets.tf", "variables.tf"].map((path) => ({ path, state, reason }));
  const base = { version: 1, diagnostics: [] };

  test("tells what was written", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    const written = { ...base, command: "generate", exitCode: 0, files: files("missing", "does not exist") };
    const actions = expect.arrayContaining([
      { verb: "create", type: "aws_kms_key", region: "eu-central-1", count: 1 },
      { verb: "copy", type: "replica", region: "eu-west-1", count: 1 },
    ]);
    expect(await jsonOf(["spec.yaml"], cwd)).toEqual({ code: 0, report: { ...written, actions } });
    const same = { ...base, command: "generate", exitCode: 0, files: files("same", "is up to date") };
    expect(await jsonOf(["spec.yaml"], cwd)).toEqual({ code: 0, report: same });
    expect(await jsonOf(["spec.yaml", "--check"], cwd)).toEqual({ code: 0, report: { ...same, command: "check" } });
  });

  test("tells why nothing was written", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC, "kms.tf": "" });
    const { code, report } = await jsonOf(["spec.yaml"], cwd);
    const refused = files("missing", "does not exist");
    const reason = "was not generated by mrk-scaffold";
    refused[1] = { path: "kms.tf", state: "foreign", reason };
    const hint = expect.stringContaining("rename it");
    const diagnostics = [{ code: "foreign", severity: "refused", message: reason, file: "kms.tf", path: [], hint }];
    expect({ code, report }).toEqual({
      code: 3,
      report: { ...base, command: "generate", exitCode: 3, diagnostics, files: refused },
    });
    expect(readdirSync(cwd).sort()).toEqual(["kms.tf", "spec.yaml"]);
  });

  test("tells what would be lost", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    await run(["spec.yaml"], { cwd });
    writeFileSync(join(cwd, "spec.yaml"), SPEC.replace("app/example", "app/other"));
    const { code, report } = await jsonOf(["spec.yaml"], cwd);
    expect(code).toBe(4);
    expect(report).toMatchObject({
      exitCode: 4,
      diagnostics: [
        {
          code: "secret-would-be-destroyed",
          severity: "refused",
          file: "secrets.tf",
          address: "aws_secretsmanager_secret.example",
          message: expect.stringContaining("name"),
        },
      ],
    });
  });

  test("tells everything that is wrong with a spec, each with its place", async () => {
    const cwd = folderWith({ "spec.yaml": WRONG.replace("version: 1", "version: 2") });
    const { code, report } = await jsonOf(["spec.yaml"], cwd);
    expect(code).toBe(2);
    expect(report).toEqual({
      ...base,
      command: "generate",
      exitCode: 2,
      files: [],
      diagnostics: [
        {
          code: "wrong-value",
          severity: "error",
          message: "version is 2; it must be 1",
          file: "spec.yaml",
          path: ["version"],
          line: 1,
          column: 10,
          hint: "Write version: 1",
        },
      ],
    });
  });

  test("lists all of 10,000 mistakes, of which people are shown fifty", async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `  s${index}: { protect: 5 }\n`);
    const cwd = folderWith({ "spec.yaml": `${SPEC.replace(/secrets.*\n/, "secrets:\n")}${lines.join("")}` });
    const { code, stdout, stderr } = await run(["spec.yaml", "--json"], { cwd });
    expect(code).toBe(2);
    expect(JSON.parse(stdout).diagnostics).toHaveLength(10_000);
    expect(stderr.match(/: error: /g)).toHaveLength(50);
    expect(stderr).toMatch(/\n… and 9950 more: fix these first, or list all of them with --json\n$/);
    const { stderr: annotated } = await run(["spec.yaml"], { cwd, env: { GITHUB_ACTIONS: "true" } });
    expect(annotated.match(/^::error /gm)).toHaveLength(50);
  });
});

describe("colours", () => {
  test.each<[argv: string, env: Readonly<Record<string, string>>, isTTY: boolean, isColoured: boolean]>([
    ["", {}, true, true],
    ["", {}, false, false],
    ["", { TERM: "dumb" }, true, false],
    ["", { TERM: "xterm" }, true, true],
    ["", { NO_COLOR: "1" }, true, false],
    ["", { NO_COLOR: "" }, true, true],
    ["", { FORCE_COLOR: "1" }, false, true],
    ["", { FORCE_COLOR: "0" }, true, false],
    ["", { FORCE_COLOR: "1", TERM: "dumb" }, false, true],
    ["", { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    ["--color", { NO_COLOR: "1" }, false, true],
    ["--no-color", { FORCE_COLOR: "1" }, true, false],
  ])("%s with %j on a terminal: %s gives colours: %s", async (option, env, isTTY, isColoured) => {
    const cwd = folderWith({ "spec.yaml": WRONG });
    const result = await run(["spec.yaml", ...option.split(" ").filter(Boolean)], { cwd, env, isTTY });
    expect(result.stderr.includes("\u001b[")).toBe(isColoured);
    writeFileSync(join(cwd, "spec.yaml"), SPEC);
    const diff = await run(["spec.yaml", "--check", "--diff", ...option.split(" ").filter(Boolean)], {
      cwd,
      env,
      isTTY,
    });
    expect(diff.stdout.includes("\u001b[32m+")).toBe(isColoured);
  });

  test("never get into files or reports for programs", async () => {
    const cwd = folderWith({ "spec.yaml": WARNED });
    const json = await run(["spec.yaml", "--json", "--color"], { cwd });
    const files = await run(["spec.yaml", "--stdout", "--color"], { cwd });
    expect(json.stdout + files.stdout + readFileSync(join(cwd, "kms.tf"), "utf8")).not.toContain("\u001b");
  });
});

describe("several specs", () => {
  function specsIn(files: Readonly<Record<string, string>>): string {
    const cwd = folderWith();
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(cwd, path, ".."), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    return cwd;
  }

  test("are written in one go", async () => {
    const cwd = specsIn({ "a/spec.yaml": SPEC, "b/other.yaml": SPEC });
    const { code, stderr } = await run(["a/spec.yaml", "b/other.yaml"], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^created a\/provider\.tf\n[\s\S]*created b\/variables\.tf\nTerraform will:\n[\s\S]* create 2 primary keys[\s\S]*$/,
    );
  });

  test("a bad one does not hide another's errors, and nothing at all is written", async () => {
    const cwd = specsIn({ "a/spec.yaml": SPEC, "b/spec.yaml": WRONG, "c/spec.yaml": "version: 1\nversion: 1\n" });
    const before = stateOf(cwd);
    const { code, stderr } = await run(["c/spec.yaml", "a/spec.yaml", "b/spec.yaml", "gone.yaml"], { cwd });
    expect(code).toBe(2);
    expect(stderr.match(/^\S+: error: .*\[.*\]$/gm)).toEqual([
      expect.stringMatching(/^b\/spec\.yaml:2:46: .*\[unknown-region\]$/),
      expect.stringMatching(/^c\/spec\.yaml:2:1: .*\[duplicate-key\]$/),
      "gone.yaml: error: there is no such file [spec-not-found]",
    ]);
    expect(stateOf(cwd)).toEqual(before);
  });

  test.each([
    ["beside each other", { "x/a.yaml": SPEC, "x/b.yaml": SPEC }, ["x/a.yaml", "x/b.yaml"], []],
    ["with one --out", { "x/a.yaml": SPEC, "y/b.yaml": SPEC }, ["x/a.yaml", "y/b.yaml"], ["--out", "x"]],
    [
      "with an output_dir that leads to the other",
      { "x/a.yaml": SPEC, "y/b.yaml": `${SPEC}output_dir: ../x\n` },
      ["x/a.yaml", "y/b.yaml"],
      [],
    ],
  ])("that would write the same files are an error that names both: %s", async (_, files, specs, options) => {
    const cwd = specsIn(files);
    const before = stateOf(cwd);
    const { code, stderr } = await run([...specs, ...options], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(`${specs[0]} and ${specs[1]} would both write into the folder x [same-output]\n`);
    expect(stateOf(cwd)).toEqual(before);
  });

  test("a spec that is named twice is one spec", async () => {
    const cwd = specsIn({ "spec.yaml": SPEC });
    expect((await run(["spec.yaml", "./spec.yaml", join(cwd, "spec.yaml")], { cwd })).code).toBe(0);
  });

  test("one that is refused keeps all others from being written", async () => {
    const cwd = specsIn({ "a/spec.yaml": SPEC, "b/spec.yaml": SPEC, "b/kms.tf": "mine" });
    const before = stateOf(cwd);
    expect((await run(["a/spec.yaml", "b/spec.yaml"], { cwd })).code).toBe(3);
    expect(stateOf(cwd)).toEqual(before);
  });
});

describe("the header", () => {
  /** The first two lines of a file, without their hash marks. */
  function headerOf(path: string): string[] {
    return readFileSync(path, "utf8").split("\n").slice(0, 2);
  }

  test.each<[spec: string, argv: readonly string[], output: string, from: string, command: string]>([
    ["spec.yaml", [], ".", "spec.yaml", "spec.yaml"],
    ["deep/er/spec.yaml", [], "deep/er", "spec.yaml", "spec.yaml"],
    ["spec.yaml", ["--out", "out"], "out", "../spec.yaml", "../spec.yaml --out ."],
    ["specs/spec.yaml", ["--out", "out/a"], "out/a", "../../specs/spec.yaml", "../../specs/spec.yaml --out ."],
    ["my spec.yaml", [], ".", "my spec.yaml", "'my spec.yaml'"],
    ["it's.yaml", [], ".", "it's.yaml", "'it'\\''s.yaml'"],
    ['"$(x)`y`.yaml', [], ".", '"$(x)`y`.yaml', "'\"$(x)`y`.yaml'"],
    ["-.yaml", [], ".", "-.yaml", "./-.yaml"],
    ["a\nb\r\u2028.yaml", [], ".", "a\ufffdb\ufffd\ufffd.yaml", "$'a\\x0ab\\x0d\\xe2\\x80\\xa8.yaml'"],
    ["ä/ö.yaml", [], "ä", "ö.yaml", "'ö.yaml'"],
  ])("of %j with %j says how to make the file from its folder", async (spec, argv, output, from, command) => {
    const cwd = folderWith();
    mkdirSync(join(cwd, spec, ".."), { recursive: true });
    writeFileSync(join(cwd, spec), SPEC);
    expect((await run([...argv, "--", spec], { cwd })).code).toBe(0);
    expect(headerOf(join(cwd, output, "kms.tf"))).toEqual([
      `# Code generated by mrk-scaffold from ${from}. DO NOT EDIT.`,
      `# Change ${from} and run: npx mrk-scaffold ${command}`,
    ]);
    expect((await run([...argv, "--check", "--", spec], { cwd })).code).toBe(0);
  });

  test("holds a command that a shell runs to the same end", async () => {
    const cwd = folderWith();
    const name = 'it\'s a "spec" $(for) `me`.yaml';
    writeFileSync(join(cwd, name), SPEC);
    mkdirSync(join(cwd, "out"));
    expect((await run([name, "--out", "out"], { cwd })).code).toBe(0);
    const command = headerOf(join(cwd, "out/kms.tf"))[1]!.replace(/.*: npx mrk-scaffold /, "");
    const shell = spawnSync("sh", ["-c", `${program.command.join(" ")} ${command} --check`], {
      cwd: join(cwd, "out"),
      env: program.env,
      encoding: "utf8",
    });
    expect(shell).toMatchObject({ status: 0, stderr: "4 files up to date\n" });
  });

  test("and all other bytes are the same wherever the program is started, and however the folder is named", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    mkdirSync(join(cwd, "elsewhere"));
    expect((await run(["spec.yaml", "--out", "out"], { cwd })).code).toBe(0);
    for (const [from, argv] of [
      ["elsewhere", ["../spec.yaml", "--out", "../out"]],
      ["elsewhere", [join(cwd, "spec.yaml"), "--out", join(cwd, "out")]],
      ["out", ["../spec.yaml", "--out", "."]],
      [".", ["./elsewhere/../spec.yaml", "--out", "out/"]],
    ] as const) {
      expect(await run([...argv, "--check"], { cwd: join(cwd, from) })).toMatchObject({ code: 0 });
    }
  });

  test("of a spec with an output_dir leads from there to the spec", async () => {
    const cwd = folderWith({ "spec.yaml": `${SPEC}output_dir: gen/../made\n` });
    expect((await run(["spec.yaml"], { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, "made")).sort()).toEqual(OUTPUTS);
    expect(headerOf(join(cwd, "made/kms.tf"))[1]).toBe("# Change ../spec.yaml and run: npx mrk-scaffold ../spec.yaml");
    const { code } = await run(["spec.yaml", "--out", "other"], { cwd });
    expect({ code, files: readdirSync(join(cwd, "other")).sort() }).toEqual({ code: 0, files: OUTPUTS });
  });
});

describe("standard input", () => {
  test("is a spec like any other, with --out or --stdout", async () => {
    const cwd = folderWith();
    const out = await run(["-", "--out", "out"], { cwd, stdin: SPEC });
    expect(out.code).toBe(0);
    expect(readFileSync(join(cwd, "out/kms.tf"), "utf8")).toMatch(
      /^# Code generated by mrk-scaffold from standard input\. DO NOT EDIT\.\n# Change standard input and run: npx mrk-scaffold - --out \.\n/,
    );
    expect((await run(["-", "--out", "out", "--check"], { cwd, stdin: SPEC })).code).toBe(0);
    const wrong = await run(["-", "--stdout"], { cwd, stdin: WRONG });
    expect(wrong.stderr).toMatch(/^standard input:2:46: error: /);
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
  });

  test("that is read slowly, or is a folder, or closed", () => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    const shell = (line: string): Run => {
      const argv = ["-c", line.replace("mrk-scaffold", '"$@"'), "-", ...program.command];
      const { status, stdout, stderr } = spawnSync("sh", argv, { cwd, env: program.env, encoding: "utf8" });
      return { code: status!, stdout, stderr };
    };
    const slow = shell("(head -c 20 spec.yaml; sleep 0.1; tail -c +21 spec.yaml) | mrk-scaffold - --stdout");
    expect(slow).toMatchObject({ code: 0, stderr: "" });
    expect(shell("mrk-scaffold - --stdout < .")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "standard input: error: this is a folder, a spec is a file [spec-is-a-folder]\n  help: Name the file in it.\n",
    });
    expect(shell("mrk-scaffold - --stdout <&-").stderr).toMatch(/^standard input: error: the spec is empty/);
    expect(shell("mrk-scaffold spec.yaml --stdout | head -n 1")).toMatchObject({
      stdout: "# provider.tf\n",
      stderr: "",
    });
    if (!existsSync("/dev/full")) return;
    expect(shell("mrk-scaffold spec.yaml --stdout > /dev/full")).toEqual({
      code: 3,
      stdout: "",
      stderr: "standard output cannot be written: ENOSPC\n",
    });
    expect(shell("mrk-scaffold nope.yaml 2> /dev/full")).toEqual({ code: 2, stdout: "", stderr: "" });
  });
});

describe("a mistake of the user's is told without a stack trace", () => {
  test.each<[title: string, spec: string, code: RegExp, make?: (cwd: string) => void]>([
    ["a spec that is not there", "nope.yaml", /\[spec-not-found\]/],
    ["a spec below a file", "spec.yaml/spec.yaml", /\[spec-not-found\]/],
    ["a folder", ".", /\[spec-is-a-folder\]/],
    ["a link to nowhere", "link.yaml", /\[spec-not-found\]/, (cwd) => symlinkSync("nowhere", join(cwd, "link.yaml"))],
    [
      "a link to itself",
      "loop.yaml",
      /cannot be read: ELOOP \[/,
      (cwd) => symlinkSync("loop.yaml", join(cwd, "loop.yaml")),
    ],
    ["a name that is too long", "x".repeat(5000), /cannot be read: ENAMETOOLONG \[/],
    ["an empty file", "/dev/null", /\[spec-empty\]/],
  ])("%s", async (_, spec, code, make) => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    make?.(cwd);
    const result = await run([spec], { cwd });
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(code);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  test("a file on disk that is no Terraform", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    await run(["spec.yaml"], { cwd });
    writeFileSync(join(cwd, "kms.tf"), "resource {{{\n");
    const { code, stdout, stderr } = await run(["spec.yaml", "--force", "--json"], { cwd });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^kms\.tf:1:\d+: refused: this is not valid Terraform: /);
    const diagnostics = [{ code: "unreadable-terraform", file: "kms.tf", line: 1 }];
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 3, diagnostics });
  });
});

test.each([
  ["../../out", true],
  ["../out", false],
  ["..", false],
])("an output_dir of %s is noted when it leaves the repository: %s", async (output, isOutside) => {
  const cwd = folderWith();
  mkdirSync(join(cwd, "repository/.git"), { recursive: true });
  mkdirSync(join(cwd, "repository/specs"));
  writeFileSync(join(cwd, "repository/specs/spec.yaml"), `${SPEC}output_dir: ${output}\n`);
  const { code, stderr } = await run(["repository/specs/spec.yaml"], { cwd });
  expect(code).toBe(0);
  const note =
    "spec.yaml: note: output_dir leads out of the repository that the spec is in [output-outside-repository]\n";
  expect(stderr.includes(note)).toBe(isOutside);
});

test("a bug is told with its stack trace and exits 70, and nothing is written", async () => {
  const cwd = folderWith({ "spec.yaml": SPEC });
  const printed: string[] = [];
  const code = await main(["-", "--out", "."], {
    cwd,
    env: {},
    stdin: {
      read() {
        throw new TypeError("this is the bug");
      },
      pieces: () => [],
    },
    stdout: { write: (text: string) => printed.push(text) },
    stderr: { write: (text: string) => printed.push(text) },
    writeContext: { token: "c0ffee", now: Date.now(), holdSignals: () => {} },
    uptime: () => 0,
  });
  expect(code).toBe(70);
  expect(printed.join("")).toMatch(
    /^mrk-scaffold [\d.]+ has a bug, nothing was written\. Please report this:\nTypeError: this is the bug\n\s+at /,
  );
  expect(readdirSync(cwd)).toEqual(["spec.yaml"]);
});

test("a bug after something was written does not say that nothing was", async () => {
  const cwd = folderWith({ "spec.yaml": SPEC });
  const printed: string[] = [];
  const code = await main(["spec.yaml"], {
    cwd: cwd,
    env: {},
    stdin: { read: () => new Uint8Array(), pieces: () => [] },
    stdout: { write: () => {} },
    stderr: {
      write(text: string) {
        printed.push(text);
        if (text.includes("created")) throw new TypeError("this is the bug");
      },
    },
    writeContext: { token: "c0ffee", now: Date.now(), holdSignals: () => {} },
  });
  expect(code).toBe(70);
  expect(printed.at(-1)).toMatch(/has a bug; --check says what was written\. Please report this:\nTypeError: /);
});

test("the program hands its streams and its exit code to the shell", () => {
  const cwd = folderWith({ "spec.yaml": SPEC });
  expect(program.run(["spec.yaml", "--quiet"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(program.run(["spec.yaml", "--check"], { cwd })).toEqual({
    code: 0,
    stdout: "",
    stderr: "4 files up to date\n",
  });
  expect(program.run(["--version"])).toEqual({ code: 0, stdout: "0.0.0\n", stderr: "" });
  expect(program.run(["-", "--stdout"], { cwd, input: SPEC }).stdout).toContain("# kms.tf\n");
  expect(program.run(["--chek"])).toMatchObject({ code: 2, stdout: "" });
});
