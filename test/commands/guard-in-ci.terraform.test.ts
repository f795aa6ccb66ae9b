/** The jobs that docs/guard.md shows for CI are run as they are written there, with the built program and the real Terraform. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Account } from "../stand-in/account.ts";
import { type StandIn, startStandIn } from "../stand-in/provider.ts";
import { folderWith } from "../support/cli.ts";
import { skippedWithoutTerraform } from "../support/terraform.ts";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The YAML of a section of the page. */
function example(title: string): unknown {
  const [, section = ""] = readFileSync(at("docs/guard.md"), "utf8").split(`## ${title}\n`);
  return load(/```yaml\n([\s\S]*?)```/.exec(section)?.[1] ?? "");
}

interface Step {
  readonly run?: string;
}

const { apply } = (example("GitHub Actions") as { jobs: { apply: { steps: readonly Step[] } } }).jobs;
const ACTIONS = apply.steps.flatMap(({ run }) => run ?? []);
const { guarded } = (
  example("Atlantis") as {
    workflows: Record<"guarded", Record<"plan" | "apply", { steps: readonly (Step | string)[] }>>;
  }
).workflows;
const atlantis = (what: "plan" | "apply") =>
  guarded[what].steps.map((step) => (typeof step === "string" ? step : `${step.run}`));

/** What Atlantis does itself. */
const OWN: Readonly<Record<string, string>> = {
  init: "terraform init -input=false",
  plan: 'terraform plan -input=false -out "$PLANFILE"',
  apply: 'terraform apply -input=false "$PLANFILE"',
};

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
keys: { sm: { protect: false } }
secrets: { db: { name: app/db, value: generated } }
`;

describe.skipIf(skippedWithoutTerraform("guard-in-ci.terraform.test.ts") || process.platform === "win32")("in", () => {
  let provider: StandIn;

  beforeEach(async () => {
    provider = await startStandIn({ version: "6.25", account: new Account() });
  });
  afterEach(() => provider?.close());

  /** A folder with the programs that a job calls. */
  function binaries(): string {
    const program = `exec "${process.execPath}" "${at("dist/cli.cjs")}" "$@"\n`;
    const bin = folderWith({ npx: `#!/bin/sh\nshift 2\n${program}`, "mrk-scaffold": `#!/bin/sh\n${program}` });
    for (const name of ["npx", "mrk-scaffold"]) chmodSync(join(bin, name), 0o755);
    return bin;
  }

  /** Runs one line after the other until one fails; what it printed, and which it was. */
  async function steps(cwd: string, bin: string, shell: readonly [string, ...string[]], lines: readonly string[]) {
    for (const line of lines) {
      const [command, ...args] = shell;
      const env = {
        PATH: `${bin}${delimiter}${process.env.PATH}`,
        HOME: cwd,
        PLANFILE: join(cwd, "default.tfplan"),
        TF_REATTACH_PROVIDERS: provider.reattach,
        CHECKPOINT_DISABLE: "1",
      };
      // The provider is in this process, so that it must not be blocked.
      const child = spawn(command, [...args, line], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (piece: string) => {
          text += piece;
        });
      }
      const [status] = await once(child, "close");
      if (status !== 0) return { line, status: Number(status), text };
    }
    return undefined;
  }

  test.each<[where: string, shell: readonly [string, ...string[]], plan: readonly string[], apply: readonly string[]]>([
    ["GitHub Actions", ["bash", "-e", "-c"], ACTIONS.slice(0, -1), ACTIONS.slice(-1)],
    ["Atlantis", ["sh", "-c"], atlantis("plan"), atlantis("apply")],
  ])("%s, what loses nothing is applied, and a plan that loses a key is not", async (_, shell, plan, apply) => {
    const folder = folderWith({ "spec.yaml": SPEC });
    const bin = binaries();
    const play = (lines: readonly string[]) =>
      steps(
        folder,
        bin,
        shell,
        lines.map((line) => OWN[line] ?? line),
      );
    expect(await play(["npx --yes mrk-scaffold spec.yaml"])).toBeUndefined();
    expect(await play([...plan, ...apply])).toBeUndefined();
    expect(await play([...plan, ...apply])).toBeUndefined();
    expect(await play(["terraform taint aws_kms_replica_key.euw1_sm"])).toBeUndefined();
    const refused = await play([...plan, ...apply]);
    expect(refused?.line).toContain("guard -");
    expect(refused?.status).toBe(4);
    expect(refused?.text).toContain("aws_kms_replica_key.euw1_sm");
    if (apply.length > 1)
      expect(await play(apply)).toMatchObject({ status: 4, line: expect.stringContaining("guard -") });
  });
});
