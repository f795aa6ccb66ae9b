// Builds the program as a single executable, with Node and the AWS SDK inside: `node .ci/executable.mjs FILE`, for the platform that it
// runs on (https://nodejs.org/api/single-executable-applications.html). Needs postject, which puts the program into a copy of Node.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inject } from "postject";
import { moduleOf } from "../hbs.config.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const target = resolve(process.argv[2] ?? `mrk-scaffold${process.platform === "win32" ? ".exe" : ""}`);
const scratch = mkdtempSync(join(tmpdir(), "mrk-scaffold-executable-"));

/** What marks the place in Node's own file where the program goes; the same in every build of Node. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

try {
  // An executable reads no modules from disk: everything is in one file.
  await build({
    absWorkingDir: root,
    entryPoints: ["src/cli.ts"],
    outfile: join(scratch, "cli.cjs"),
    bundle: true,
    minify: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    external: ["@cdktf/hcl-tools"],
    define: { __VERSION__: JSON.stringify(version), "import.meta.url": "moduleUrl" },
    banner: { js: 'const moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "warning",
    plugins: [
      {
        name: "modules",
        setup({ onResolve, onLoad }) {
          onLoad({ filter: /\.(hbs|examples|sources)$/ }, ({ path }) => ({ contents: moduleOf(path), loader: "js" }));
          onResolve({ filter: /^source-map$/ }, ({ path }) => ({ path, namespace: "none" }));
          onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "module.exports = {};" }));
        },
      },
    ],
  });
  const config = {
    main: join(scratch, "cli.cjs"),
    output: join(scratch, "program.blob"),
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
  };
  writeFileSync(join(scratch, "config.json"), JSON.stringify(config));
  execFileSync(process.execPath, ["--experimental-sea-config", join(scratch, "config.json")], { stdio: "pipe" });
  copyFileSync(process.execPath, target);
  chmodSync(target, 0o755);
  const isMac = process.platform === "darwin";
  if (isMac) execFileSync("codesign", ["--remove-signature", target]);
  await inject(target, "NODE_SEA_BLOB", readFileSync(config.output), {
    sentinelFuse: FUSE,
    ...(isMac ? { machoSegmentName: "NODE_SEA" } : {}),
  });
  if (isMac) execFileSync("codesign", ["--sign", "-", target]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
