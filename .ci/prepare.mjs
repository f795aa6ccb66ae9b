// Builds after an install from git or in a clone; see `prepare` in npm's documentation of scripts. npm 10 and 11 install
// nothing before the `prepare` of a package that is installed globally from git (npm/cli issue 8440), which is how
// pre-commit 4.6.1 and later install hooks, so that is done here.
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";

const run = (command) => execSync(command, { stdio: "inherit", env: { ...process.env, npm_config_global: "false" } });

if (!existsSync("node_modules/esbuild")) run("npm ci --include=dev --ignore-scripts");
run("npm run build");
