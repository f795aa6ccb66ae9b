/**
 * Has Terraform show a binary plan: the plan's path goes in, the JSON that `terraform show -json` prints comes out in pieces. It
 * writes nothing, and passes on whatever the environment holds.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Terraform could not show the plan. The message is what it said, or that there is none. */
export class ShowError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ShowError";
  }
}

/**
 * The plan as JSON. It is shown in its own folder, or in `cwd` where that is no root module that `terraform init` has been run
 * in; OpenTofu is asked where there is no Terraform.
 * @throws {ShowError} when neither is there, or it fails
 */
export async function* shownBy(
  plan: string,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<Uint8Array> {
  const folder = existsSync(join(dirname(plan), ".terraform")) ? dirname(plan) : cwd;
  for (const program of ["terraform", "tofu"]) {
    const child = spawn(program, ["show", "-json", "-no-color", plan], {
      cwd: folder,
      env: { ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
    const ended = once(child, "close");
    const isStarted = await Promise.race([once(child, "spawn").then(() => true), ended.then(() => true)]).catch(
      () => false,
    );
    if (!isStarted) {
      ended.catch(() => undefined);
      continue;
    }
    yield* child.stdout as AsyncIterable<Uint8Array>;
    const [code] = (await ended) as [number | null];
    if (code === 0) return;
    throw new ShowError(`${program} show ended with ${code ?? "a signal"}: ${said.join("").trim()}`);
  }
  throw new ShowError("this is a binary plan, and there is no terraform to show it");
}
