/**
 * Measures the built program against a bare Node, `terraform fmt`, CDK for Terraform, and the script of ten lines that a user
 * would write instead (`ten-lines.cjs`): `npm run bench`, with `-- --quick` for fewer runs. Programs that are not there are left out; CDK for Terraform is looked for in the folder that
 * MRK_SCAFFOLD_BENCH_PEERS names (`npm install cdktf @cdktf/provider-aws constructs` there).
 *
 * Every ratio is the median over pairs of runs, one of each side in turn, whole processes timed from outside. Both sides run
 * without NODE_EXTRA_CA_CERTS, which makes Node 20 parse a CA bundle at every start and would flatter every ratio, and
 * without NODE_OPTIONS.
 */

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parts, post, yaml } from "./specs.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const cli = join(here, "..", "dist", "cli.cjs");
const isQuick = process.argv.includes("--quick");
const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-bench-"));

const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
for (const name of ["NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "TF_CLI_CONFIG_FILE"]) delete env[name];

const SIZES = {
  six: { keys: 1, regions: 3, secrets: 6 },
  b: { keys: 5, regions: 8, secrets: 200 },
  c: { keys: 5, regions: 30, secrets: 10_000 },
  c2: { keys: 5, regions: 30, secrets: 20_000 },
};

/** Runs a command and returns its time in milliseconds. */
function time(command, args, { before, codes = [0], more = {} } = {}) {
  before?.();
  const start = process.hrtime.bigint();
  const { status, error, stderr } = spawnSync(command, args, {
    env: { ...env, ...more },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const taken = Number(process.hrtime.bigint() - start) / 1e6;
  if (error ?? !codes.includes(status))
    throw error ?? new Error(`${command} ${args.join(" ")} gave ${status}: ${stderr}`);
  return taken;
}

function median(numbers) {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[sorted.length >> 1];
}

/** The median of the pair-by-pair ratios, and both medians in milliseconds. */
function compare(ours, peer, runs) {
  const pairs = [];
  ours();
  peer();
  for (let run = 0; run < (isQuick ? Math.ceil(runs / 5) : runs); run += 1) pairs.push([ours(), peer()]);
  return {
    ratio: median(pairs.map(([left, right]) => left / right)),
    ours: median(pairs.map(([left]) => left)),
    peer: median(pairs.map(([, right]) => right)),
  };
}

function row(name, { ratio, ours, peer }, target, aim) {
  const verdict = ratio <= aim ? "aim met" : ratio <= target ? "target met" : "TARGET MISSED";
  const cells = [name.padEnd(58), `${ours.toFixed(0)} ms`.padStart(9), `${peer.toFixed(0)} ms`.padStart(9)];
  console.log(
    `${cells.join("  ")}  ${ratio.toFixed(3).padStart(7)}  ${String(target).padStart(6)}  ${String(aim).padStart(6)}  ${verdict}`,
  );
}

function specFolder(name, text) {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "spec.yaml"), text);
  return path;
}

function removeOutput(path) {
  for (const name of readdirSync(path)) if (name.endsWith(".tf")) rmSync(join(path, name));
}

const node = (...args) => time(process.execPath, args);
const bare = () => node("-e", "0");
const fresh = (path) =>
  time(process.execPath, [cli, join(path, "spec.yaml"), "--quiet"], { before: () => removeOutput(path) });
const again = (path, ...options) => node(cli, join(path, "spec.yaml"), "--quiet", ...options);

function hasTerraform() {
  return spawnSync("terraform", ["version"], { env }).status === 0;
}

/** A CDK for Terraform program that synthesises the same, or `undefined` where it is not installed. */
function cdktf(size) {
  const peers = process.env.MRK_SCAFFOLD_BENCH_PEERS;
  if (!peers || !existsSync(join(peers, "node_modules", "cdktf"))) return undefined;
  const input = join(folder, `parts-${size.secrets}.json`);
  writeFileSync(input, JSON.stringify(parts(size)));
  return () => {
    const start = process.hrtime.bigint();
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(here, "cdktf-app.cjs"), input, join(folder, "cdktf.out")],
      {
        env: { ...env, NODE_PATH: join(peers, "node_modules") },
        encoding: "utf8",
      },
    );
    if (status !== 0) throw new Error(stderr);
    return Number(process.hrtime.bigint() - start) / 1e6;
  };
}

/** A row about one number of ours, in a unit. */
function figure(name, value, unit, target, aim) {
  const verdict = value <= aim ? "aim met" : value <= target ? "target met" : "TARGET MISSED";
  const cells = [name.padEnd(58), `${value.toFixed(0)} ${unit}`.padStart(9), "".padStart(9), "".padStart(7)];
  console.log(`${cells.join("  ")}  ${String(target).padStart(6)}  ${String(aim).padStart(6)}  ${verdict}`);
}

/**
 * A folder with the files of one spec and another spec to generate over them. `again` puts the former files back first, which is
 * not measured.
 */
function changedFolder(name, from, to) {
  const before = specFolder(`${name}-before`, from);
  again(before);
  const path = specFolder(name, to);
  const reset = () => {
    for (const file of readdirSync(before)) if (file.endsWith(".tf")) cpSync(join(before, file), join(path, file));
  };
  reset();
  return {
    path,
    reset,
    again: (...options) =>
      time(process.execPath, [cli, join(path, "spec.yaml"), "--quiet", ...options], {
        before: reset,
        codes: [0, 1, 4],
      }),
  };
}

/** The spec with the text of one secret changed. */
const edited = (text) => text.replace("Credentials of service 0", "Other credentials of service 0");

/** The time of Node's main thread and others on the processors, in milliseconds, as the program itself says it at its end. */
function cpu(path, before, ...options) {
  before();
  return Number(/cpu (\d+)/.exec(preloaded(path, ...options))?.[1]);
}

function preloaded(path, ...options) {
  const preload = ["-r", join(here, "peak-memory.cjs")];
  return spawnSync(process.execPath, [...preload, cli, join(path, "spec.yaml"), "--quiet", ...options], {
    env,
    encoding: "utf8",
  }).stderr;
}

/** What `npm install` of the packed program puts on the disk: packages, and kilobytes. */
function installed() {
  const target = join(folder, "install");
  mkdirSync(target);
  const root = join(here, "..");
  const options = { cwd: root, env, encoding: "utf8" };
  const packed = spawnSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", target], options);
  const tarball = join(target, packed.stdout.trim());
  writeFileSync(join(target, "package.json"), "{}");
  const install = spawnSync("npm", ["install", "--silent", "--no-audit", "--no-fund", tarball], {
    ...options,
    cwd: target,
  });
  if (install.status !== 0) throw new Error(install.stderr);
  const { packages } = JSON.parse(readFileSync(join(target, "package-lock.json"), "utf8"));
  const files = readdirSync(join(target, "node_modules"), { recursive: true, withFileTypes: true });
  const bytes = files.filter((file) => file.isFile()).map((file) => statSync(join(file.parentPath, file.name)).size);
  return { packages: Object.keys(packages).length - 1, kilobytes: bytes.reduce((sum, size) => sum + size, 0) / 1000 };
}

function peakMemory(path, before = () => removeOutput(path)) {
  before();
  return Number(/peak (\d+)/.exec(preloaded(path))?.[1]) / 1024;
}

try {
  console.log(`Node ${process.version}, ${cpus()[0]?.model ?? "?"}, ${cpus().length} cores; medians of paired runs\n`);
  console.log(
    `${"work".padEnd(58)}  ${"ours".padStart(9)}  ${"peer".padStart(9)}  ${"ratio".padStart(7)}  target     aim`,
  );
  const a = specFolder("a", post);
  const aChanged = changedFolder("a-changed", post, edited(post));
  row(
    "(a) post's spec, written / node -e 0",
    compare(() => fresh(a), bare, 40),
    1.8,
    1.6,
  );
  row(
    "(a) up to date / node -e 0",
    compare(() => again(a), bare, 40),
    1.7,
    1.5,
  );
  row(
    "(a) --check / node -e 0",
    compare(() => again(a, "--check"), bare, 40),
    1.7,
    1.5,
  );
  row(
    "(a) one text changed / node -e 0",
    compare(() => aChanged.again(), bare, 40),
    2.5,
    1.8,
  );
  const uncached = () =>
    time(process.execPath, [cli, join(a, "spec.yaml"), "--quiet"], { more: { NODE_DISABLE_COMPILE_CACHE: "1" } });
  row("(a) up to date, nothing compiled / node -e 0", compare(uncached, bare, 40), 2.3, 2.0);
  const script = () => node(join(here, "ten-lines.cjs"), join(aChanged.path, "spec.yaml"), aChanged.path);
  row(
    "(a) one text changed / a script of ten lines",
    compare(() => aChanged.again(), script, 40),
    0.65,
    0.5,
  );
  const six = changedFolder("six", yaml(SIZES.six), edited(yaml(SIZES.six)));
  row(
    "6 secrets x 3 regions, one text changed / node -e 0",
    compare(() => six.again(), bare, 40),
    2.6,
    2.0,
  );
  row(
    "--version / node -e 0",
    compare(() => node(cli, "--version"), bare, 40),
    1.2,
    1.1,
  );

  const b = specFolder("b", yaml(SIZES.b));
  const c = specFolder("c", yaml(SIZES.c));
  fresh(b);
  fresh(c);
  const bChanged = changedFolder("b-changed", yaml(SIZES.b), edited(yaml(SIZES.b)));
  const bGrown = changedFolder("b-grown", yaml(SIZES.b), yaml({ ...SIZES.b, regions: 9 }));
  row(
    "(b) 5 keys x 8 regions x 200 secrets, one changed / idle",
    compare(
      () => bChanged.again(),
      () => again(b),
      15,
    ),
    1.3,
    1.1,
  );
  row(
    "(b) a region added / node -e 0",
    compare(() => bGrown.again(), bare, 15),
    10,
    8,
  );
  const cChanged = changedFolder("c-changed", yaml(SIZES.c), edited(yaml(SIZES.c)));
  const cShrunk = changedFolder("c-shrunk", yaml(SIZES.c), yaml({ ...SIZES.c, regions: 29 }));
  row(
    "(c) 5 keys x 30 regions x 10,000, one changed / idle",
    compare(
      () => cChanged.again(),
      () => again(c),
      5,
    ),
    1.8,
    1.3,
  );
  row(
    "(c) a region dropped, refused / idle",
    compare(
      () => cShrunk.again(),
      () => again(c),
      isQuick ? 1 : 3,
    ),
    10,
    4,
  );
  row(
    "(c) --check --diff of one place / --check, on the processors",
    compare(
      () => cpu(cChanged.path, cChanged.reset, "--check", "--diff"),
      () => cpu(cChanged.path, cChanged.reset, "--check"),
      3,
    ),
    1.6,
    1.2,
  );
  if (hasTerraform()) {
    const fmt = (path) => () => time("terraform", [`-chdir=${path}`, "fmt", "-check"]);
    row(
      "(b) 5 keys x 8 regions x 200 secrets / terraform fmt",
      compare(() => fresh(b), fmt(b), 15),
      0.55,
      0.4,
    );
    row(
      "(c) 5 keys x 30 regions x 10,000 secrets / terraform fmt",
      compare(() => fresh(c), fmt(c), isQuick ? 1 : 3),
      0.03,
      0.02,
    );
  } else console.log("terraform is not on the PATH: left out");

  figure("(c) peak memory, written", peakMemory(c), "MB", 140, 125);
  figure(
    "(c) peak memory, up to date",
    peakMemory(c, () => {}),
    "MB",
    140,
    125,
  );
  figure("(c) peak memory, one text changed", peakMemory(cChanged.path, cChanged.reset), "MB", 220, 150);
  const { packages, kilobytes } = installed();
  figure("packages installed", packages, "", 1, 1);
  figure("installed", kilobytes, "kB", 1000, 900);
  const c2 = specFolder("c2", yaml(SIZES.c2));
  row(
    "20,000 secrets / 10,000 secrets, as a map",
    compare(
      () => fresh(c2),
      () => fresh(c),
      7,
    ),
    2.2,
    2.0,
  );

  if (cdktf(SIZES.b) === undefined)
    console.log("CDK for Terraform is not installed in MRK_SCAFFOLD_BENCH_PEERS: left out");
  else {
    row(
      "(a) / cdktf synth",
      compare(() => fresh(a), cdktf({ keys: 1, regions: 2, secrets: 1 }), 15),
      0.35,
      0.26,
    );
    row(
      "(b) / cdktf synth",
      compare(() => fresh(b), cdktf(SIZES.b), 10),
      0.3,
      0.21,
    );
    row(
      "(c) / cdktf synth",
      compare(() => fresh(c), cdktf(SIZES.c), isQuick ? 1 : 3),
      0.04,
      0.022,
    );
  }
  console.log(`\n(c) writes ${(statSync(join(c, "secrets.tf")).size / 1e6).toFixed(1)} MB of secrets.tf`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
