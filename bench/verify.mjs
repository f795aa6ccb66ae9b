/**
 * Measures `verify` on 10,000 secrets in 30 regions against a server that throttles as AWS does: `node bench/verify.mjs`, with
 * `--values` to read the values too, `--secrets N` and `--regions N` for other sizes, `--share 0.02` where others use up the rest of
 * each quota. It prints the time, the most memory that the
 * program has taken, and the calls.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parts } from "./specs.mjs";

const { values: options } = parseArgs({
  options: {
    values: { type: "boolean" },
    secrets: { type: "string" },
    regions: { type: "string" },
    share: { type: "string" },
  },
});
const [secrets, regions] = [Number(options.secrets ?? 10_000), Number(options.regions ?? 30)];
const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-bench-"));
const { primary, replicas } = parts({ keys: 1, regions, secrets: 0 });
const lines = ["version: 1", `regions: { primary: ${primary}, replicas: [${replicas.join(", ")}] }`, "secrets:"];
for (let index = 0; index < secrets; index++) {
  const number = String(index).padStart(5, "0");
  lines.push(`  secret_${number}: { name: app/secret-${number}, value: external }`);
}
writeFileSync(join(folder, "spec.yaml"), `${lines.join("\n")}\n`);

const server = spawn(
  process.execPath,
  [join(here, "aws-server.mjs"), [primary, ...replicas].join(), String(secrets), options.share ?? "1"],
  {
    stdio: ["pipe", "pipe", "inherit"],
  },
);
const printed = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
const port = (await printed.next()).value;

const start = performance.now();
const args = ["-r", join(here, "peak-memory.cjs"), join(here, "..", "dist", "cli.cjs"), "verify", "spec.yaml"];
const verify = spawn(process.execPath, [...args, ...(options.values ? ["--values"] : [])], {
  cwd: folder,
  stdio: ["ignore", "ignore", "pipe"],
  env: {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  },
});
let stderr = "";
verify.stderr.setEncoding("utf8").on("data", (text) => {
  stderr += text;
});
const [code] = await once(verify, "close");
const seconds = (performance.now() - start) / 1000;
server.stdin.end();
const counts = JSON.parse((await printed.next()).value);
rmSync(folder, { recursive: true });

console.log(`${secrets} secrets in ${regions} regions: ${seconds.toFixed(1)} s, exit ${code}`);
console.log(stderr.trim().split("\n").slice(-3).join("\n"));
for (const [operation, { calls, throttled }] of Object.entries(counts)) {
  console.log(`${operation}: ${calls} answered, ${throttled} throttled`);
}
