import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { load as yaml } from "js-yaml";
import { describe, expect, test } from "vitest";
import { services } from "../../src/aws/services.ts";
import { folderWith, run } from "../support/cli.ts";
import { stateOf } from "../support/disk.ts";
import { hasTerminal, Terminal } from "../support/terminal.ts";

const built = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));

const PROVIDERS = `terraform {
  required_version = ">= 1.11, < 2.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
  backend "s3" {}
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "virginia"
  region = "us-east-1"
}
`;

/** What `init` with the arguments writes, generated and checked. */
async function specOf(argv: readonly string[], files: Record<string, string> = {}) {
  const cwd = folderWith(files);
  const { code, stderr } = await run(["init", ...argv], { cwd });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const text = readFileSync(join(cwd, "spec.yaml"), "utf8");
  expect(await run(["spec.yaml"], { cwd })).toMatchObject({ code: 0 });
  expect(await run(["spec.yaml", "--check"], { cwd })).toMatchObject({ code: 0 });
  return { cwd, text, stderr, spec: yaml(text) as Record<string, unknown> };
}

describe("by options", () => {
  test("a spec with comments is written, and what to run next is said", async () => {
    const { text, spec, stderr } = await specOf([
      ..."--primary eu-central-1 --replicas eu-west-1,us-east-1 --replicas us-west-2".split(" "),
      ..."--encrypt secretsmanager,s3 --secret app/database --secret other/1-database".split(" "),
    ]);
    expect(stderr).toBe("created spec.yaml\nLook at spec.yaml, then run: npx mrk-scaffold spec.yaml\n");
    expect(spec).toEqual({
      version: 1,
      regions: { primary: "eu-central-1", replicas: ["eu-west-1", "us-east-1", "us-west-2"] },
      keys: { sm: { service: "secretsmanager" }, s3: { service: "s3" } },
      secrets: {
        database: { name: "app/database", key: "sm" },
        secret_1_database: { name: "other/1-database", key: "sm" },
      },
    });
    expect(text).toMatch(/^# yaml-language-server: \$schema=https:\S+\n# The multi-Region keys/);
    expect(text.match(/^ *#/gm)!.length).toBeGreaterThan(8);
  });

  test("a key of every service can be had, and what is in comments can be put in", async () => {
    const names = Object.keys(services).filter((name) => name !== "none");
    const argv = ["--primary", "eu-central-1", "--encrypt", names.join()];
    const { spec, text, cwd } = await specOf(argv);
    expect(Object.values(spec.keys as object).map(({ service }) => service)).toEqual(names);
    const keys = "provider|allowed_account_ids|default_tags|secrets|database|name|key|rotation|policy";
    const uncommented = text.replace(new RegExp(`^( *)# (?= *(${keys}):)`, "gm"), "$1");
    expect(yaml(uncommented)).toMatchObject({ provider: { default_tags: {} }, secrets: { database: {} } });
    const { code, stderr } = await run(["-", "--stdout"], { cwd, stdin: uncommented });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("the providers, versions and names of the folder are kept", async () => {
    const files = { "main.tf": PROVIDERS, "variables.tf": "", "kms.tf": "", "mrk-kms.tf": "" };
    const { spec, stderr } = await specOf(["--replicas", "us-east-1,ap-south-1"], files);
    expect(spec).toMatchObject({
      regions: { primary: "eu-west-1", replicas: [{ region: "us-east-1", provider_alias: "virginia" }, "ap-south-1"] },
      terraform: { required_version: ">= 1.11, < 2.0", aws_provider: "~> 6.0" },
      provider: { write: false },
      files: { kms: "mrk-kms-2.tf", variables: "mrk-variables.tf" },
    });
    expect(stderr).toContain('Add a provider for ap-south-1 with alias = "aps1".');
  }, 60_000);

  test("a folder that others call is a module", async () => {
    const cwd = folderWith({
      "live/main.tf": 'module "keys" {\n  source = "../modules/keys"\n}\n',
      "modules/keys/versions.tf": PROVIDERS.replace(/\n {2}backend[\s\S]*/, "\n}\n"),
      "node_modules/x/main.tf": 'module "keys" {\n  source = "../../modules/keys"\n}\n',
      ".git/HEAD": "",
    });
    const argv = ["init", "modules/keys/spec.yaml", "--primary", "eu-west-1", "--replicas", "us-east-1"];
    const { code, stderr } = await run(argv, { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain("configuration_aliases = [aws, aws.use1]");
    const text = readFileSync(join(cwd, "modules/keys/spec.yaml"), "utf8");
    expect(yaml(text)).toMatchObject({ terraform: { module: true }, provider: { write: false } });
    expect((await run(["modules/keys/spec.yaml"], { cwd })).code).toBe(0);
  });

  test("keys that are there are named with the way to take them over", async () => {
    const resource = 'resource "aws_kms_key" "mine" {}\n';
    const { stderr } = await specOf(["--primary", "eu-west-1"], { "keys.tf": resource });
    expect(stderr).toContain("mrk-scaffold adopt -");
  });

  test("an installed package has the schema", async () => {
    const files = { "node_modules/mrk-scaffold/schema.json": "{}" };
    const { text, cwd } = await specOf(["--primary", "eu-west-1"], files);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/node_modules\/mrk-scaffold\/schema\.json\n/);
    mkdirSync(join(cwd, "a/b"), { recursive: true });
    await run(["init", "a/b/x.mrk.yaml", "--primary", "eu-west-1"], { cwd });
    expect(readFileSync(join(cwd, "a/b/x.mrk.yaml"), "utf8")).toContain("=../../node_modules/mrk-scaffold/");
  });

  test.each<[argv: readonly string[], code: number, message: string]>([
    [[], 2, "say which region the primary keys are in"],
    [["a.yaml", "b.yaml"], 2, "init writes one spec"],
    [["spec.json", "--primary", "eu-west-1"], 2, "the name of a spec ends in .yaml"],
    [["--primary", "eu-wset-1"], 2, "Did you mean eu-west-1?"],
    [["--primary", "eu-west-1", "--replicas", "cn-north-1"], 2, "mixed-partitions"],
    [["--primary", "eu-west-1", "--encrypt", "s4"], 2, "s3"],
    [["--primary", "eu-west-1", "--secret", "a b"], 2, "cannot hold"],
    [["--primary", "eu-west-1\nkeys: {}"], 2, "error"],
    [["--primary", "eu-west-1", "--pre-commit"], 2, "not in a git repository"],
    [["there.yaml", "--primary", "eu-west-1"], 3, "there.yaml: refused: is there already"],
  ])("%j is refused, and nothing is written", async (argv, code, message) => {
    const cwd = folderWith({ "there.yaml": "mine\n" });
    const before = stateOf(cwd);
    const result = await run(["init", ...argv], { cwd });
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(message) });
    expect(stateOf(cwd)).toEqual(before);
  });

  test("a Terraform file that cannot be read is named", async () => {
    const cwd = folderWith({ "main.tf": "provider {" });
    const { stderr, code } = await run(["init", "--primary", "eu-west-1"], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^main\.tf: warning: .* so this folder was not looked at/);
  });
});

describe("the configuration of pre-commit", () => {
  const REPOSITORY = { ".git/HEAD": "" };
  const ARGV = ["init", "infra/keys/spec.yaml", "--primary", "eu-west-1", "--pre-commit"];

  test("is written at the top of the repository, for the spec and what is made of it", async () => {
    const cwd = folderWith({ ...REPOSITORY, "infra/keys/kms.tf": "" });
    const { stderr, code } = await run(ARGV, { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^created infra\/keys\/spec.yaml\ncreated .pre-commit-config.yaml\n/);
    const config = yaml(readFileSync(join(cwd, ".pre-commit-config.yaml"), "utf8")) as {
      repos: { hooks: Record<string, string>[] }[];
    };
    const [generate, check] = config.repos[0]!.hooks;
    expect(generate!.entry).toBe("mrk-scaffold --pre-commit infra/keys/spec.yaml");
    expect(check).toMatchObject({ entry: "mrk-scaffold --check infra/keys/spec.yaml", always_run: true });
    const pattern = new RegExp(generate!.files!);
    for (const name of ["spec.yaml", "provider.tf", "mrk-kms.tf", "secrets.tf"])
      expect(pattern.test(`infra/keys/${name}`), name).toBe(true);
    for (const path of ["infra/keys/kms.tf", "spec.yaml", "infra/keys/specXyaml"])
      expect(pattern.test(path), path).toBe(false);
  });

  test("is left alone where there is one: what to add is printed", async () => {
    const cwd = folderWith({ ...REPOSITORY, ".pre-commit-config.yaml": "repos: []\n", "infra/keys/x": "" });
    const { stderr } = await run(ARGV, { cwd });
    expect(readFileSync(join(cwd, ".pre-commit-config.yaml"), "utf8")).toBe("repos: []\n");
    expect(stderr).toContain("Add this to .pre-commit-config.yaml:\n  - repo: local\n");
  });
});

/** A terminal at which these keys are pressed, one lot after each question that is drawn. */
function terminalWith(lots: readonly string[]) {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { columns: 80, rows: 30 });
  let drawn = "";
  let asked = 0;
  const pending = [...lots];
  output.on("data", (data: Buffer) => {
    drawn += data.toString();
    // Each question starts with its own mark.
    const questions = drawn.split(/◆ {2}(?=[A-Z])/).length - 1;
    if (questions > asked && pending.length > 0) {
      asked = questions;
      const keys = pending.shift()!;
      setImmediate(() => input.write(keys));
    }
  });
  return { terminal: { input, output }, drawn: () => drawn };
}

describe("on a terminal", () => {
  const ENTER = "\r";
  const DOWN = "\u001b[B";

  test("it asks for what the options do not say, and says what it found", async () => {
    const cwd = folderWith({ "main.tf": PROVIDERS, ".git/HEAD": "" });
    const { terminal, drawn } = terminalWith([
      ENTER,
      ENTER,
      `${DOWN} ${ENTER}`,
      `app/database, app/token${ENTER}`,
      ENTER,
      ENTER,
      "y",
    ]);
    const { code, stderr } = await run(["init"], { cwd, terminal, env: { NO_COLOR: "1" } });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("created .pre-commit-config") });
    expect(drawn()).toContain("Providers: aws (eu-west-1), aws.virginia (us-east-1)");
    expect(drawn()).toContain("State: s3");
    expect(
      drawn()
        .split("\u001b")
        .filter((part) => /^\[[0-9;]*m/.test(part)),
    ).toEqual([]);
    expect(yaml(readFileSync(join(cwd, "spec.yaml"), "utf8"))).toMatchObject({
      regions: { primary: "eu-west-1", replicas: [{ region: "us-east-1", provider_alias: "virginia" }] },
      provider: { write: false },
      keys: { sm: {}, s3: {} },
      secrets: { database: { name: "app/database" }, token: { name: "app/token" } },
    });
  });

  test("a region is found by its place, and the one of the environment is proposed", async () => {
    const cwd = folderWith();
    const argv = ["init", "--encrypt", "s3"];
    const { terminal } = terminalWith([`frankf${ENTER}`, ENTER]);
    expect(await run(argv, { cwd, terminal, env: { AWS_REGION: "sa-east-1" } })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "spec.yaml"), "utf8")).toContain("primary: eu-central-1");
    const proposed = terminalWith([ENTER, ENTER]);
    const options = { cwd, terminal: proposed.terminal, env: { AWS_DEFAULT_REGION: "sa-east-1" } };
    expect(await run([...argv, "other.yaml"], options)).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "other.yaml"), "utf8")).toContain("primary: sa-east-1");
  });

  test("a name that AWS would not take is told at once", async () => {
    const cwd = folderWith();
    const argv = ["init", "--primary", "eu-west-1", "--replicas", "us-east-1", "--encrypt", "secretsmanager"];
    const { terminal, drawn } = terminalWith([`a b${ENTER}`]);
    const input = terminal.input;
    terminal.output.on("data", () => {
      if (drawn().includes("cannot hold")) setImmediate(() => input.write("\u0003"));
    });
    expect(await run(argv, { cwd, terminal })).toMatchObject({ code: 130 });
    expect(drawn()).toContain('the name of a secret cannot hold " "');
  });

  test.each([0, 1, 2, 3])("Ctrl-C at question %i ends it with 130, and nothing is written", async (question) => {
    const cwd = folderWith({ ".git/HEAD": "" });
    const before = stateOf(cwd);
    const { terminal } = terminalWith([...Array.from({ length: question }, () => ENTER), "\u0003"]);
    expect(await run(["init"], { cwd, terminal })).toMatchObject({ code: 130, stderr: "Nothing was written.\n" });
    expect(stateOf(cwd)).toEqual(before);
  });

  test("with --yes, and where a report for programs is wanted, it asks nothing", async () => {
    for (const option of ["--yes", "--json"]) {
      const cwd = folderWith();
      const { terminal, drawn } = terminalWith([]);
      expect((await run(["init", "--primary", "eu-west-1", option], { cwd, terminal })).code).toBe(0);
      expect(drawn()).toBe("");
    }
  });

  test.skipIf(!hasTerminal)("the built program asks on a real terminal", async () => {
    const cwd = folderWith();
    const line = `${process.execPath} ${built} init --replicas us-east-1 --encrypt s3; echo "ended with $?"`;
    const terminal = new Terminal(line, cwd);
    await terminal.shows("to search");
    terminal.type("eu-north-1");
    await terminal.shows("● eu-north-1");
    terminal.type("\r");
    await terminal.shows("ended with 0");
    expect(readFileSync(join(cwd, "spec.yaml"), "utf8")).toContain("primary: eu-north-1");
  });
});
