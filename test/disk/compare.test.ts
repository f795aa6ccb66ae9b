import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compare } from "../../src/disk/compare.ts";
import { check, print } from "../../src/pipeline.ts";
import { parse } from "../../src/spec/load.ts";
import { outputPaths } from "../../src/spec/names.ts";
import { folderWith, run } from "../support/cli.ts";
import { stateOf } from "../support/disk.ts";
import { fixturesFolder } from "../support/fixtures.ts";

/** `UPDATE_FIXTURES=1 npm test` writes the reports into the fixtures, for review in the diff. */
const isUpdate = process.env.UPDATE_FIXTURES === "1";

const situationsFolder = join(fixturesFolder, "existing");
const situations = readdirSync(situationsFolder).sort();

/** A folder in which everything is up to date, but for the files that the situation has otherwise. */
async function folderIn(situation: string): Promise<string> {
  const source = join(situationsFolder, situation);
  const folder = folderWith({ "spec.yaml": readFileSync(join(source, "spec.yaml")) });
  expect((await run(["spec.yaml"], { cwd: folder })).code).toBe(0);
  cpSync(source, folder, { recursive: true });
  unlinkSync(join(folder, "check.txt"));
  return folder;
}

function isRefusal(report: string): boolean {
  return / \[(foreign|hand-edited)\]$/m.test(report);
}

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
secrets: { example: app/example }
`;

async function generatedFolder(spec = SPEC): Promise<string> {
  const folder = folderWith({ "spec.yaml": spec });
  expect((await run(["spec.yaml"], { cwd: folder })).code).toBe(0);
  return folder;
}

describe.each(situations)("over the folder %s", (situation) => {
  const reportPath = join(situationsFolder, situation, "check.txt");
  if (isUpdate) writeFileSync(reportPath, "", { flag: "a" });

  test("--check names every file that differs and why, and writes nothing", async () => {
    const cwd = await folderIn(situation);
    const before = stateOf(cwd);
    const { code, stdout, stderr } = await run(["spec.yaml", "--check", "--quiet"], { cwd });
    if (isUpdate) writeFileSync(reportPath, stderr);
    expect(stderr).toBe(readFileSync(reportPath, "utf8"));
    expect(stdout).toBe("");
    expect(code).toBe(stderr === "" ? 0 : 1);
    expect(stateOf(cwd)).toEqual(before);
  });

  test("a run writes what is ours, or refuses and writes nothing at all", async () => {
    const cwd = await folderIn(situation);
    const before = stateOf(cwd);
    const { code, stderr } = await run(["spec.yaml", "--allow-destroy", "all"], { cwd });
    if (isRefusal(readFileSync(reportPath, "utf8"))) {
      expect(code).toBe(3);
      expect(stderr).toContain("Nothing was written.");
      expect(stateOf(cwd)).toEqual(before);
    } else {
      expect(code).toBe(0);
      expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(0);
    }
  });

  test("--force overwrites even what is not ours or was edited by hand, and no more", async () => {
    const cwd = await folderIn(situation);
    const before = stateOf(cwd);
    expect((await run(["spec.yaml", "--force", "--allow-destroy", "all"], { cwd })).code).toBe(0);
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(0);
    const named = readFileSync(reportPath, "utf8").match(/^[\w.]+/gm) ?? [];
    const after = stateOf(cwd);
    const changed = Object.keys({ ...before, ...after }).filter(
      (path) => before[path]?.touched !== after[path]?.touched,
    );
    expect(changed.sort()).toEqual([...named].sort());
  });
});

const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);

describe.each([
  ["CRLF line ends", (text: string) => Buffer.from(text.replaceAll("\n", "\r\n"))],
  ["a byte order mark", (text: string) => Buffer.concat([utf8Mark, Buffer.from(text)])],
  ["both", (text: string) => Buffer.concat([utf8Mark, Buffer.from(text.replaceAll("\n", "\r\n"))])],
  ["CRLF in some lines", (text: string) => Buffer.from(text.replace("\n", "\r\n"))],
])("a checkout with %s", (_, converted) => {
  test("is up to date and stays as it is", async () => {
    const cwd = await generatedFolder();
    for (const name of readdirSync(cwd).filter((one) => one.endsWith(".tf"))) {
      writeFileSync(join(cwd, name), converted(readFileSync(join(cwd, name), "utf8")));
    }
    const before = stateOf(cwd);
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(0);
    expect((await run(["spec.yaml"], { cwd })).code).toBe(0);
    expect(stateOf(cwd)).toEqual(before);
  });

  test("is no edit by hand when the spec changes, but a real edit is one", async () => {
    const cwd = await generatedFolder();
    const path = join(cwd, "kms.tf");
    writeFileSync(path, converted(readFileSync(path, "utf8")));
    writeFileSync(join(cwd, "spec.yaml"), SPEC.replace("secrets:", "keys: { sm: { enabled: false } }\nsecrets:"));
    expect((await run(["spec.yaml", "--check"], { cwd })).stderr).toContain(
      "kms.tf: error: differs from the spec [stale]\n",
    );
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from("# mine\r\n")]));
    expect((await run(["spec.yaml", "--check"], { cwd })).stderr).toContain(
      "kms.tf: error: was edited by hand [hand-edited]\n",
    );
  });
});

interface Obstacle {
  readonly title: string;
  readonly reason: string;
  /** Puts it where kms.tf was, or around it. */
  readonly place: (folder: string) => void;
}

const obstacles: readonly Obstacle[] = [
  { title: "a folder", reason: "is a folder", place: (folder) => mkdirSync(join(folder, "kms.tf")) },
  {
    title: "a link out of the folder",
    reason: "is a link that leads out of its folder",
    place: (folder) => symlinkSync(join(fixturesFolder, "post/expected/kms.tf"), join(folder, "kms.tf")),
  },
  {
    title: "a link to a neighbour of the folder whose name starts the same",
    reason: "is a link that leads out of its folder",
    place: (folder) => {
      mkdirSync(`${folder}-2`);
      writeFileSync(join(`${folder}-2`, "kms.tf"), "");
      symlinkSync(join(`${folder}-2`, "kms.tf"), join(folder, "kms.tf"));
    },
  },
  {
    title: "a link to nowhere",
    reason: "is a link that leads nowhere",
    place: (folder) => symlinkSync("nowhere.tf", join(folder, "kms.tf")),
  },
  {
    title: "a link to itself",
    reason: "is a link that leads nowhere",
    place: (folder) => symlinkSync("kms.tf", join(folder, "kms.tf")),
  },
  {
    title: "a link to another output",
    reason: "is a link to provider.tf, another output",
    place: (folder) => symlinkSync("provider.tf", join(folder, "kms.tf")),
  },
  {
    title: "a link to a folder inside",
    reason: "is a folder",
    place: (folder) => {
      mkdirSync(join(folder, "modules"));
      symlinkSync("modules", join(folder, "kms.tf"));
    },
  },
  {
    title: "a pipe, which would never end",
    reason: "is not a regular file",
    place: (folder) => execFileSync("mkfifo", [join(folder, "kms.tf")]),
  },
];

test.each(obstacles.map(({ title, ...rest }) => [title, rest] as const))(
  "%s in the place of an output is refused, even with --force",
  async (_, { reason, place }) => {
    const cwd = await generatedFolder();
    unlinkSync(join(cwd, "kms.tf"));
    place(cwd);
    const before = stateOf(cwd);
    const check = await run(["spec.yaml", "--check", "--quiet"], { cwd });
    expect(check).toMatchObject({ code: 1, stderr: `kms.tf: error: ${reason} [foreign]\n` });
    const forced = await run(["spec.yaml", "--force"], { cwd });
    expect(forced).toMatchObject({
      code: 3,
      stderr: `kms.tf: refused: ${reason} [foreign]\n  help: Move what is in the way.\nNothing was written.\n`,
    });
    expect(stateOf(cwd)).toEqual(before);
    rmSync(`${cwd}-2`, { recursive: true, force: true });
  },
);

test("an output folder that is a file is refused, and a link to a folder is one", async () => {
  const cwd = folderWith({ "spec.yaml": SPEC, file: "" });
  const { code, stderr } = await run(["spec.yaml", "--out", "file"], { cwd });
  expect(code).toBe(3);
  expect(stderr).toContain(`file/kms.tf: refused: cannot be there: ${join(cwd, "file")} is no folder [foreign]\n`);
  mkdirSync(join(cwd, "real"));
  symlinkSync("real", join(cwd, "link"));
  expect((await run(["spec.yaml", "--out", "link"], { cwd })).code).toBe(0);
  expect(existsSync(join(cwd, "real/kms.tf"))).toBe(true);
  expect((await run(["spec.yaml", "--out", "real", "--check"], { cwd })).code).toBe(0);
});

describe("--check", () => {
  /** One spec for the kinds of difference that one folder can have, another for the two that are left. */
  async function twoFolders(): Promise<string> {
    const cwd = folderWith();
    cpSync(join(situationsFolder, "everything-at-once"), join(cwd, "one"), { recursive: true });
    cpSync(await folderIn("stale"), join(cwd, "two"), { recursive: true });
    unlinkSync(join(cwd, "two/kms.tf"));
    return cwd;
  }

  const differences = [
    ["one/provider.tf", "hand-edited", "was edited by hand"],
    ["one/kms.tf", "foreign", "was not generated by mrk-scaffold"],
    ["one/secrets.tf", "conflicted", "has merge conflict markers"],
    ["one/variables.tf", "missing", "does not exist"],
    ["one/outputs.tf", "orphaned", "is no longer wanted"],
    ["two/provider.tf", "stale", "differs from the spec"],
    ["two/kms.tf", "missing", "does not exist"],
  ] as const;

  const specs = ["one/spec.yaml", "two/spec.yaml"];

  test("names every reason of every spec in one pass", async () => {
    const cwd = await twoFolders();
    const before = stateOf(cwd);
    const { code, stdout, stderr } = await run([...specs, "--check"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr.match(/^\S+: error: .*$/gm)).toEqual(
      differences.map(([path, kind, reason]) => `${path}: error: ${reason} [${kind}]`),
    );
    expect(stateOf(cwd)).toEqual(before);
  });

  test("lists them for programs, with what is up to date", async () => {
    const { code, stdout } = await run([...specs, "--check", "--json"], { cwd: await twoFolders() });
    expect(code).toBe(1);
    const { files, exitCode, command } = JSON.parse(stdout);
    expect({ exitCode, command }).toEqual({ exitCode: 1, command: "check" });
    expect(files).toEqual(differences.map(([path, state, reason]) => ({ path, state, reason })));
    const same = await run(["spec.yaml", "--check", "--json"], { cwd: await generatedFolder() });
    expect(JSON.parse(same.stdout).files[0]).toEqual({ path: "provider.tf", state: "same", reason: "is up to date" });
  });

  test("annotates each in GitHub Actions, at its path from the root of the repository", async () => {
    const cwd = await twoFolders();
    const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: join(cwd, "..") };
    const { code, stdout, stderr } = await run([...specs, "--check"], { cwd, env });
    expect(code).toBe(1);
    expect(stdout).toBe("");
    const root = cwd.slice(cwd.lastIndexOf("/") + 1);
    expect(stderr.match(/^::.*$/gm)).toEqual(
      differences.map(([path, kind, reason]) => `::error file=${root}/${path},title=${kind}::${reason}`),
    );
  });

  test("escapes in annotations what would end them early", async () => {
    const cwd = folderWith();
    mkdirSync(join(cwd, "50%,a:b\n::error::x"));
    writeFileSync(join(cwd, "50%,a:b\n::error::x", "spec.yaml"), SPEC);
    const { stderr } = await run(["50%,a:b\n::error::x/spec.yaml", "--check"], {
      cwd,
      env: { GITHUB_ACTIONS: "true" },
    });
    expect(stderr).toContain(
      "::error file=50%25%2Ca%3Ab%0A\\u003a%3Aerror%3A%3Ax/kms.tf,title=missing::does not exist\n",
    );
  });

  test("finds differences in every spec before it reports a wrong one, which hides none of the others' mistakes", async () => {
    const cwd = await twoFolders();
    writeFileSync(join(cwd, "bad.yaml"), "version: 2\nregions: { primary: nowhere }\n");
    writeFileSync(join(cwd, "worse.yaml"), "a: [\n");
    const { code, stderr } = await run([...specs, "bad.yaml", "worse.yaml", "--check"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.yaml:1:10: error[\s\S]*bad\.yaml:2:21: error[\s\S]*worse\.yaml:2:1: error/);
  });

  test("says nothing and exits 0 over folders that are up to date, with --quiet", async () => {
    const result = await run(["spec.yaml", "--check", "--quiet"], { cwd: await generatedFolder() });
    expect(result).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("does not make the output folder", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    expect((await run(["spec.yaml", "--check", "--out", "new/folder"], { cwd })).code).toBe(1);
    expect(existsSync(join(cwd, "new"))).toBe(false);
  });
});

test("a merge of two branches that were both regenerated is regenerated without complaint", async () => {
  const cwd = await generatedFolder();
  const git = (...args: readonly string[]) =>
    spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", ...args], {
      cwd,
      encoding: "utf8",
    });
  const commit = async (spec: string) => {
    writeFileSync(join(cwd, "spec.yaml"), spec);
    expect((await run(["spec.yaml"], { cwd })).code).toBe(0);
    git("add", ".");
    expect(git("commit", "--quiet", "--message", "x").status).toBe(0);
  };
  expect(git("init", "--quiet", "--initial-branch", "main").status).toBe(0);
  await commit(SPEC);
  git("checkout", "--quiet", "-b", "feature");
  await commit(SPEC.replace("app/example", "app/example, second: app/second"));
  git("checkout", "--quiet", "main");
  await commit(SPEC.replace("app/example", "app/example, other: app/other"));
  expect(git("merge", "feature").stdout).toContain("CONFLICT");
  expect(readFileSync(join(cwd, "secrets.tf"), "utf8")).toContain("<<<<<<< HEAD");
  // A person merges the spec; no one merges what is generated.
  const merged = SPEC.replace("app/example", "app/example, other: app/other, second: app/second");
  writeFileSync(join(cwd, "spec.yaml"), merged);
  const check = await run(["spec.yaml", "--check", "--quiet"], { cwd });
  expect(check.stderr).toContain("secrets.tf: error: has merge conflict markers [conflicted]\n");
  const { code, stderr } = await run(["spec.yaml"], { cwd });
  expect(stderr).toContain("updated secrets.tf");
  expect(code).toBe(0);
  const fresh = await generatedFolder(merged);
  expect(readFileSync(join(cwd, "secrets.tf"))).toEqual(readFileSync(join(fresh, "secrets.tf")));
});

test("an output that is a link stays one, and the file inside the folder that it leads to is written", async () => {
  const cwd = await generatedFolder();
  mkdirSync(join(cwd, "files"));
  writeFileSync(join(cwd, "files/keys.tf"), readFileSync(join(cwd, "kms.tf")));
  unlinkSync(join(cwd, "kms.tf"));
  symlinkSync("files/keys.tf", join(cwd, "kms.tf"));
  expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(0);
  writeFileSync(join(cwd, "spec.yaml"), SPEC.replace("secrets:", "keys: { sm: { enabled: false } }\nsecrets:"));
  expect((await run(["spec.yaml"], { cwd })).code).toBe(0);
  expect(stateOf(cwd)["kms.tf"]!.content).toBe("link to files/keys.tf");
  expect(readFileSync(join(cwd, "files/keys.tf"), "utf8")).toMatch(/is_enabled\s*= false/);
  expect(statSync(join(cwd, "files")).isDirectory()).toBe(true);
  expect(readdirSync(join(cwd, "files"))).toEqual(["keys.tf"]);
});

describe("the files of a spec that gives them other names", () => {
  const named = (files: string) => `${SPEC}files: ${files}\n`;

  test.each([
    ["for the first time", SPEC, named("{ kms: keys.tf, secrets: app.tf }"), ["app.tf", "keys.tf"]],
    ["anew", named("{ kms: keys.tf }"), named("{ kms: keys.mrk.tf }"), ["keys.mrk.tf", "secrets.tf"]],
    ["no more", named("{ kms: keys.tf, variables: in.tf }"), SPEC, ["kms.tf", "secrets.tf", "variables.tf"]],
    ["crosswise", named("{ kms: a.tf, secrets: b.tf }"), named("{ kms: b.tf, secrets: a.tf }"), ["a.tf", "b.tf"]],
  ])("are moved when it does so %s, and nothing is lost by it", async (_, before, after, names) => {
    const cwd = await generatedFolder(before);
    const declared = textOfFolder(cwd);
    writeFileSync(join(cwd, "spec.yaml"), after);
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(1);
    const { code, stderr } = await run(["spec.yaml"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining("refused") });
    expect(readdirSync(cwd)).toEqual(expect.arrayContaining(names));
    expect(textOfFolder(cwd)).toBe(declared);
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(0);
  });

  test("are moved with what changes at the same time, and a key that goes is noticed", async () => {
    const cwd = await generatedFolder(`${SPEC}keys: { sm: {}, s3: { service: s3 } }\n`);
    const before = stateOf(cwd);
    writeFileSync(join(cwd, "spec.yaml"), `${named("{ kms: keys.tf }")}keys: { sm: {} }\n`);
    const { code, stderr } = await run(["spec.yaml"], { cwd });
    expect(code).toBe(4);
    expect(stderr).toContain("aws_kms_key.main_s3");
    expect(stderr).not.toContain("aws_kms_key.main_sm");
    writeFileSync(join(cwd, "spec.yaml"), `${SPEC}keys: { sm: {}, s3: { service: s3 } }\n`);
    expect({ ...stateOf(cwd), "spec.yaml": 0 }).toEqual({ ...before, "spec.yaml": 0 });
  });

  test("stay, when the former file was edited by hand or the new one is someone else's", async () => {
    const cwd = await generatedFolder();
    writeFileSync(join(cwd, "spec.yaml"), named("{ kms: keys.tf }"));
    writeFileSync(join(cwd, "keys.tf"), "# Mine\n");
    const foreign = await run(["spec.yaml"], { cwd });
    expect(foreign.code).toBe(3);
    expect(foreign.stderr).toContain("keys.tf: refused: was not generated by mrk-scaffold");
    unlinkSync(join(cwd, "keys.tf"));
    writeFileSync(join(cwd, "kms.tf"), `${readFileSync(join(cwd, "kms.tf"), "utf8")}# Mine\n`);
    const edited = await run(["spec.yaml"], { cwd });
    expect(edited.code).toBe(3);
    expect(edited.stderr).toContain("kms.tf: refused: is no longer wanted, but was edited by hand");
    expect(existsSync(join(cwd, "keys.tf"))).toBe(false);
  });

  test("leave alone what others have generated, links to outputs, and files that Terraform does not read", async () => {
    const cwd = await generatedFolder();
    const kms = readFileSync(join(cwd, "kms.tf"), "utf8");
    writeFileSync(join(cwd, "other.tf"), kms.replaceAll("spec.yaml", "other.yaml"));
    writeFileSync(join(cwd, "kms.tf.bak"), kms);
    symlinkSync("kms.tf", join(cwd, "link.tf"));
    renameSync(join(cwd, "secrets.tf"), join(cwd, "real.tf"));
    symlinkSync("real.tf", join(cwd, "secrets.tf"));
    const before = stateOf(cwd);
    expect((await run(["spec.yaml"], { cwd })).code).toBe(0);
    expect(stateOf(cwd)).toEqual(before);
  });

  test("go, with provider.write: false, where they were the providers of the spec", async () => {
    const cwd = await generatedFolder();
    renameSync(join(cwd, "provider.tf"), join(cwd, "versions.tf"));
    writeFileSync(
      join(cwd, "versions.tf"),
      readFileSync(join(cwd, "versions.tf"), "utf8").split("\n").slice(3).join("\n"),
    );
    writeFileSync(join(cwd, "spec.yaml"), `${SPEC}provider: { write: false }\n`);
    const { code } = await run(["spec.yaml"], { cwd });
    expect(code).toBe(0);
    expect(readdirSync(cwd)).toEqual(["kms.tf", "secrets.tf", "spec.yaml", "variables.tf", "versions.tf"]);
  });
});

/** What the Terraform files of a folder say below their headers, whichever files they are. */
function textOfFolder(folder: string): string {
  const names = readdirSync(folder).filter((name) => name.endsWith(".tf"));
  const bodies = names.map((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(3).join("\n"));
  return bodies.sort().join("\n");
}

test.each([
  ["is to go", `${SPEC}outputs: true\n`, SPEC],
  ["is to change", SPEC, SPEC.replace("[eu-west-1]", "[eu-west-1, us-east-1]")],
])("a file that %s, and that another run has removed meanwhile, has no text left", async (_, was, is) => {
  const cwd = await generatedFolder(was);
  const checked = check(parse("spec.yaml", Buffer.from(is)));
  const origin = { spec: "spec.yaml", arguments: ["spec.yaml"] };
  const destination = { folder: cwd, outputPaths: outputPaths(checked.names.files), specInHeader: "spec.yaml", cwd };
  const changes = compare(print(checked, origin), destination).filter(({ contents }) => contents !== undefined);
  expect(changes.length).toBeGreaterThan(0);
  for (const { target } of changes) rmSync(target);
  expect(changes.map(({ before, difference }) => ({ before, difference }))).toEqual(
    changes.map(() => ({ before: undefined, difference: undefined })),
  );
});
