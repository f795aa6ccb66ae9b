import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Change, compare } from "../../src/disk/compare.ts";
import { type WriteContext, WriteError, write } from "../../src/disk/write.ts";
import { withHeader } from "../../src/output/header.ts";
import type { Pieces } from "../../src/output/pieces.ts";
import { folderWith, run } from "../support/cli.ts";
import { stateOf } from "../support/disk.ts";
import { buildProgram } from "../support/program.ts";

const program = await buildProgram();
const isRoot = process.getuid?.() === 0;
/** The user nobody, for whom a folder can be read-only even where the tests run as root. */
const NOBODY = 65534;

const writeContext: WriteContext = { token: "c0ffee", now: Date.now(), holdSignals: () => {} };
const TWO_HOURS_LATER: WriteContext = { token: "decade", now: Date.now() + 2 * 60 * 60 * 1000, holdSignals: () => {} };
const outputPaths = ["one.tf", "two.tf", "three.tf"];

function ours(body: string): string {
  return piecesOf(body).join("");
}

function piecesOf(body: string): Pieces {
  return withHeader([`\n${body}\n`], { spec: "spec.yaml", arguments: ["spec.yaml"] });
}

/** What must be done so that the folder holds these of the outputs, as ours. */
function changesFor(folder: string, bodies: Readonly<Record<string, string>>): Change[] {
  const files = Object.entries(bodies).map(([path, body]) => ({ path, text: ours(body), pieces: piecesOf(body) }));
  return compare(files, { folder, outputPaths, specInHeader: "spec.yaml", cwd: folder });
}

/** A folder with one.tf and three.tf of an earlier run, and a time long ago on both. */
function earlierFolder(): string {
  const folder = folderWith({ "one.tf": ours("1"), "three.tf": ours("3") });
  for (const name of ["one.tf", "three.tf"]) utimesSync(join(folder, name), 1e9, 1e9);
  return folder;
}

const LATER = { "one.tf": "1 new", "two.tf": "2 new" };

describe("writing", () => {
  test("creates, replaces and removes files, and leaves nothing else behind", () => {
    const folder = earlierFolder();
    write(changesFor(folder, LATER), writeContext);
    expect(readdirSync(folder)).toEqual(["one.tf", "two.tf"]);
    expect(readFileSync(join(folder, "one.tf"), "utf8")).toBe(ours("1 new"));
    expect(readFileSync(join(folder, "two.tf"), "utf8")).toBe(ours("2 new"));
  });

  test("does not touch a file that stays the same", () => {
    const folder = earlierFolder();
    const before = stateOf(folder);
    write(changesFor(folder, { "one.tf": "1", "two.tf": "2", "three.tf": "3" }), writeContext);
    const { "two.tf": created, ...rest } = stateOf(folder);
    expect(created!.content).toBe(ours("2"));
    expect(rest).toEqual(before);
  });

  test("does nothing at all when everything stays the same", () => {
    const folder = earlierFolder();
    const before = stateOf(folder);
    write(changesFor(folder, { "one.tf": "1", "three.tf": "3" }), writeContext);
    expect(stateOf(folder)).toEqual(before);
  });

  test.each([0o600, 0o640, 0o644, 0o664, 0o666, 0o755, 0o444])(
    "keeps the mode %o of a file that it replaces",
    (mode) => {
      const folder = earlierFolder();
      chmodSync(join(folder, "one.tf"), mode);
      write(changesFor(folder, LATER), writeContext);
      expect(readFileSync(join(folder, "one.tf"), "utf8")).toBe(ours("1 new"));
      expect(statSync(join(folder, "one.tf")).mode & 0o777).toBe(mode);
    },
  );

  test.runIf(isRoot)("keeps the owner of a file that it replaces", () => {
    const folder = earlierFolder();
    chownSync(join(folder, "one.tf"), NOBODY, NOBODY);
    write(changesFor(folder, LATER), writeContext);
    expect(statSync(join(folder, "one.tf"))).toMatchObject({ uid: NOBODY, gid: NOBODY });
  });

  test("makes the folders that are missing", () => {
    const folder = join(folderWith(), "a/b/c");
    write(changesFor(folder, LATER), writeContext);
    expect(readdirSync(folder)).toEqual(["one.tf", "two.tf"]);
  });

  test("replaces a file by its name: another name of the same file keeps the text that it had", () => {
    const folder = earlierFolder();
    linkSync(join(folder, "one.tf"), join(folder, "another-name"));
    write(changesFor(folder, LATER), writeContext);
    expect(readFileSync(join(folder, "another-name"), "utf8")).toBe(ours("1"));
    expect(readFileSync(join(folder, "one.tf"), "utf8")).toBe(ours("1 new"));
    expect(statSync(join(folder, "one.tf")).nlink).toBe(1);
  });

  test("follows a link to the file inside the folder that it leads to", () => {
    const folder = earlierFolder();
    mkdirSync(join(folder, "files"));
    renameSync(join(folder, "one.tf"), join(folder, "files/1.tf"));
    symlinkSync("files/1.tf", join(folder, "one.tf"));
    write(changesFor(folder, LATER), writeContext);
    expect(stateOf(folder)["one.tf"]!.content).toBe("link to files/1.tf");
    expect(readdirSync(join(folder, "files"))).toEqual(["1.tf"]);
    expect(readFileSync(join(folder, "files/1.tf"), "utf8")).toBe(ours("1 new"));
  });

  test("passes over what someone else has done in the meantime, if it is the same", () => {
    const folder = earlierFolder();
    const changes = changesFor(folder, LATER);
    write(changesFor(folder, LATER), writeContext);
    const done = stateOf(folder);
    write(changes, writeContext);
    expect(stateOf(folder)).toEqual(done);
  });
});

interface Mishap {
  readonly title: string;
  /** What happens between the comparison and the writing. */
  readonly happens: (folder: string) => void;
  readonly message: RegExp;
}

const mishaps: readonly Mishap[] = [
  {
    title: "a target has become a folder",
    happens: (folder) => {
      unlinkSync(join(folder, "three.tf"));
      mkdirSync(join(folder, "three.tf"));
    },
    message: /^three\.tf cannot be written: EISDIR: /,
  },
  {
    title: "a folder has come up where there was nothing",
    happens: (folder) => mkdirSync(join(folder, "two.tf")),
    message: /^two\.tf cannot be written: EISDIR: illegal operation on a directory\n/,
  },
  {
    title: "someone has saved a target",
    happens: (folder) => writeFileSync(join(folder, "three.tf"), "mine"),
    message: /^three\.tf cannot be written: it was changed while mrk-scaffold ran; run it again\n/,
  },
  {
    title: "someone has saved a target under the same size and time",
    happens: (folder) => {
      writeFileSync(join(folder, "three.tf"), ours("4"));
      utimesSync(join(folder, "three.tf"), 1e9, 1e9);
    },
    message: /^three\.tf cannot be written: it was changed/,
  },
  {
    title: "someone has made a file where there was none",
    happens: (folder) => writeFileSync(join(folder, "two.tf"), "mine"),
    message: /^two\.tf cannot be written: it was changed/,
  },
  {
    title: "a target is gone",
    happens: (folder) => unlinkSync(join(folder, "one.tf")),
    message: /^one\.tf cannot be written: it was changed/,
  },
  {
    title: "the whole folder has been replaced by a file",
    happens: (folder) => {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
    },
    message: /cannot be written: E(NOTDIR|EXIST): /,
  },
];

describe("a failure leaves everything as it was", () => {
  test.each(mishaps.map(({ title, ...rest }) => [title, rest] as const))(
    "when %s since the comparison",
    (_, { happens, message }) => {
      const parent = folderWith();
      const folder = join(parent, "output");
      renameSync(earlierFolder(), folder);
      const changes = changesFor(folder, LATER);
      happens(folder);
      const before = stateOf(parent);
      expect(() => write(changes, writeContext)).toThrow(WriteError);
      expect(() => write(changes, writeContext)).toThrow(message);
      expect(() => write(changes, writeContext)).toThrow(/\nNothing was written: all files are as they were\.$/);
      expect(stateOf(parent)).toEqual(before);
    },
  );

  test("when the middle of three replacements fails, the first is put back, the very file that it was", () => {
    const folder = earlierFolder();
    writeFileSync(join(folder, "two.tf"), ours("2"));
    chmodSync(join(folder, "one.tf"), 0o640);
    const changes = changesFor(folder, { "one.tf": "1 new", "two.tf": "2 new", "three.tf": "3 new" });
    writeFileSync(join(folder, "two.tf"), "mine");
    const before = stateOf(folder);
    expect(() => write(changes, writeContext)).toThrow(/^two\.tf cannot be written/);
    expect(stateOf(folder)).toEqual(before);
  });

  test("folders that were made for it are gone again, others stay", () => {
    const parent = folderWith();
    mkdirSync(join(parent, "a"));
    const deep = changesFor(join(parent, "a/b/c"), LATER);
    const blocked = changesFor(join(parent, "d"), LATER);
    writeFileSync(join(parent, "d"), "no folder");
    const before = stateOf(parent);
    expect(() => write([...deep, ...blocked], writeContext)).toThrow(/^one\.tf cannot be written: ENOTDIR: /);
    expect(stateOf(parent)).toEqual(before);
  });

  test("when two outputs are one file by a folder that goes by two names", () => {
    const parent = folderWith();
    mkdirSync(join(parent, "real"));
    symlinkSync("real", join(parent, "link"));
    const changes = ["real", "link"].flatMap((name) => changesFor(join(parent, name), LATER));
    const before = stateOf(parent);
    expect(() => write(changes, writeContext)).toThrow(
      "one.tf cannot be written: another output leads to the same file",
    );
    expect(stateOf(parent)).toEqual(before);
  });

  const disk = mountedDisk();
  if (disk === undefined) process.stderr.write("write.test.ts: no disk can be mounted, so none is full or read-only\n");
  test.runIf(disk)("when the disk is full", () => {
    const folder = join(disk!, "full");
    mkdirSync(folder);
    writeFileSync(join(folder, "one.tf"), ours("1"));
    const changes = changesFor(folder, { "one.tf": "1 new", "two.tf": "x".repeat(1_000_000) });
    const before = stateOf(folder);
    expect(() => write(changes, writeContext)).toThrow(/^two\.tf cannot be written: ENOSPC: no space left on device\n/);
    expect(stateOf(folder)).toEqual(before);
  });

  test.runIf(disk)("when the disk is read-only", () => {
    const folder = join(disk!, "read-only");
    mkdirSync(folder);
    writeFileSync(join(folder, "one.tf"), ours("1"));
    const changes = changesFor(folder, LATER);
    const before = stateOf(folder);
    expect(spawnSync("mount", ["-o", "remount,ro", disk!]).status).toBe(0);
    expect(() => write(changes, writeContext)).toThrow(/^one\.tf cannot be written: EROFS: read-only file system\n/);
    expect(stateOf(folder)).toEqual(before);
  });

  test.runIf(isRoot)("when the folder is read-only, which the program says without a stack trace", () => {
    const folder = folderWith({ "spec.yaml": SPEC });
    chmodSync(folder, 0o755);
    const before = stateOf(folder);
    const { code, stdout, stderr } = program.run(["spec.yaml", "--json"], { cwd: folder, uid: NOBODY });
    expect(code).toBe(3);
    expect(stderr).toBe(
      "provider.tf: error: cannot be written: EACCES: permission denied [cannot-write]\nNothing was written: all files are as they were.\n",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 3,
      diagnostics: [{ code: "cannot-write", file: "provider.tf" }],
    });
    expect(stateOf(folder)).toEqual(before);
  });

  test("when a file may not get as large as it must be", () => {
    const folder = folderWith({ "spec.yaml": SPEC });
    const before = stateOf(folder);
    const { status, stderr } = spawnSync("sh", ["-c", 'ulimit -f 1; exec "$@"', "-", ...program.command, "spec.yaml"], {
      cwd: folder,
      env: program.env,
      encoding: "utf8",
    });
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^kms\.tf: error: cannot be written: EFBIG: file too large \[cannot-write\]\nNothing was written/,
    );
    expect(stateOf(folder)).toEqual(before);
  });

  test("of one of several specs, for all of them", async () => {
    const cwd = folderWith();
    for (const name of ["a", "b"]) {
      mkdirSync(join(cwd, name));
      writeFileSync(join(cwd, name, "spec.yaml"), SPEC);
    }
    mkdirSync(join(cwd, "b/kms.tf"));
    const before = stateOf(cwd);
    expect((await run(["a/spec.yaml", "b/spec.yaml"], { cwd })).code).toBe(3);
    expect(stateOf(cwd)).toEqual(before);
  });
});

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
secrets: { example: app/example }
`;

/** A disk of 64 kB, where the tests may mount one. */
function mountedDisk(): string | undefined {
  if (!isRoot || process.platform !== "linux") return undefined;
  const { status, stdout } = spawnSync("mktemp", ["--directory"], { encoding: "utf8" });
  const folder = stdout.trim();
  if (status !== 0 || spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status !== 0)
    return undefined;
  afterAll(() => {
    spawnSync("umount", [folder]);
    rmdirSync(folder);
  });
  return folder;
}

describe("temporary files", () => {
  const SAME = { "one.tf": "1", "three.tf": "3" };
  const hiddenIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith("."));

  test("of another run are left alone while it may be running, on this machine or another one", () => {
    const leftovers = [".mrk-scaffold-1-one.tf.new", ".mrk-scaffold-beef-one.tf.old"];
    const folder = earlierFolder();
    for (const name of leftovers) writeFileSync(join(folder, name), ours("x"));
    write(changesFor(folder, LATER), writeContext);
    expect(hiddenIn(folder)).toEqual(leftovers);
  });

  test("of a run that was killed long ago are cleared away, but for what may be all that is left of a text", () => {
    const folder = earlierFolder();
    writeFileSync(join(folder, ".mrk-scaffold-beef-one.tf.new"), "half a te");
    writeFileSync(join(folder, ".mrk-scaffold-beef-one.tf.old"), ours("1"));
    writeFileSync(join(folder, ".mrk-scaffold-beef-two.tf.old"), `${ours("2")}# and what someone wrote\n`);
    write(changesFor(folder, SAME), TWO_HOURS_LATER);
    expect(hiddenIn(folder)).toEqual([".mrk-scaffold-beef-two.tf.old"]);
  });

  test("are as old as their names, not as the text in them", () => {
    const folder = earlierFolder();
    linkSync(join(folder, "one.tf"), join(folder, ".mrk-scaffold-beef-one.tf.old"));
    expect(statSync(join(folder, ".mrk-scaffold-beef-one.tf.old")).mtimeMs).toBe(1e12);
    write(changesFor(folder, SAME), writeContext);
    expect(hiddenIn(folder)).toEqual([".mrk-scaffold-beef-one.tf.old"]);
  });

  test("are only those that are named as ours", () => {
    const others = [
      ".mrk-scaffold-999",
      ".mrk-scaffold-x-one.tf.new",
      "mrk-scaffold-999-one.tf.new",
      ".mrk-scaffold.old",
    ];
    const folder = folderWith(Object.fromEntries(others.map((name) => [name, ""])));
    write(changesFor(folder, LATER), TWO_HOURS_LATER);
    expect(readdirSync(folder)).toEqual([...others, "one.tf", "two.tf"].sort());
  });

  test("do not lead a write out of the folder, whatever is in their place", () => {
    const folder = earlierFolder();
    const victim = join(folderWith({ victim: "untouched" }), "victim");
    symlinkSync(victim, join(folder, ".mrk-scaffold-c0ffee-two.tf.new"));
    expect(() => write(changesFor(folder, LATER), writeContext)).toThrow(/^two\.tf cannot be written: EEXIST: /);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
  });

  test("that cannot be removed do not keep the files from being written", () => {
    const folder = earlierFolder();
    mkdirSync(join(folder, ".mrk-scaffold-999-one.tf.new"));
    write(changesFor(folder, LATER), TWO_HOURS_LATER);
    expect(readFileSync(join(folder, "two.tf"), "utf8")).toBe(ours("2 new"));
  });

  test.each([["--check"], ["--pre-commit"]])("are named with %s, so that no one commits them", async (option) => {
    const cwd = folderWith({ "spec.yaml": SPEC });
    spawnSync("git", ["init", "-q"], { cwd });
    expect((await run(["spec.yaml"], { cwd })).code).toBe(0);
    spawnSync("git", ["add", "-A"], { cwd });
    writeFileSync(join(cwd, ".mrk-scaffold-beef-kms.tf.old"), "");
    const { code, stderr } = await run(["spec.yaml", option], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain(
      ".mrk-scaffold-beef-kms.tf.old: warning: is left over from a run that was killed, unless one is running now [leftover]\n",
    );
    expect((await run(["spec.yaml"], { cwd })).stderr).not.toContain("leftover");
  });
});
