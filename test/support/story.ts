/**
 * A spec on its way through time: the program changes and generates it in a folder of its own, the real Terraform plans and
 * applies what it wrote against the stand-in account, and things happen in that account in between.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { Account } from "../stand-in/account.ts";
import { type StandIn, startStandIn } from "../stand-in/provider.ts";
import { type Run, run } from "./cli.ts";
import {
  applicable,
  type Outcome,
  type Plan,
  type PlannedChange,
  readFiles,
  succeeded,
  Terraform,
} from "./terraform.ts";

/** What Terraform would do, by address. */
export type Actions = Readonly<Record<string, string>>;

export interface StoryOptions {
  /** What the root gives to a module, the region of the provider without an alias first. */
  readonly regions?: readonly string[];
  readonly account?: Account;
}

export class Story {
  readonly folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-story-"));
  readonly account: Account;
  readonly #regions: readonly string[];
  readonly #terraform = new Terraform({}, {});
  /** Files of the root that are not generated. */
  readonly #beside = new Map<string, string>();
  #provider: StandIn | undefined;

  constructor(spec: string, { regions = [], account = new Account() }: StoryOptions = {}) {
    this.account = account;
    this.#regions = regions;
    this.write("spec.yaml", spec);
  }

  get spec(): string {
    return readFileSync(join(this.folder, "spec.yaml"), "utf8");
  }

  /** The spec and everything that was generated. */
  get files(): Readonly<Record<string, string>> {
    const names = readdirSync(this.folder).sort();
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(this.folder, name), "utf8")]));
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  remove(name: string): void {
    rmSync(join(this.folder, name));
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), "utf8");
  }

  /** A file of the root beside the module, or none. */
  beside(name: string, text: string | undefined): void {
    if (text === undefined) this.#beside.delete(name);
    else this.#beside.set(name, text);
  }

  /** Runs the program; it has to succeed. */
  async run(...argv: readonly string[]): Promise<Run> {
    const result = await run(argv, { cwd: this.folder });
    expect(result.code, `${argv.join(" ")}\n${result.stderr}`).toBe(0);
    return result;
  }

  generate(): Promise<Run> {
    return this.run("spec.yaml");
  }

  /** Runs `promote` with the state, as `terraform show -json` prints it. */
  async promote(...argv: readonly string[]): Promise<Run> {
    const stdin = JSON.stringify(await this.#terraform.showState());
    const result = await run(["promote", "spec.yaml", ...argv, "--state", "-"], { cwd: this.folder, stdin });
    expect(result.code, result.stderr).toBe(0);
    return result;
  }

  /** Plans the files that are there. */
  async plan(options: { readonly refresh?: boolean } = {}): Promise<Plan> {
    const { files, variables, version } = applicable(readFiles(this.folder), this.#regions);
    const isFirst = this.#provider === undefined;
    this.#provider ??= await startStandIn({ version, account: this.account });
    this.#terraform.replaceFiles({ ...files, ...Object.fromEntries(this.#beside) });
    this.#terraform.replaceOptions({ provider: this.#provider, variables });
    if (isFirst) succeeded(await this.#terraform.init());
    return this.#terraform.plan(options);
  }

  /** Plans and applies; returns what was planned. */
  async apply(options: { readonly refresh?: boolean } = {}): Promise<Actions> {
    const plan = succeeded(await this.plan(options));
    succeeded(await this.#terraform.apply());
    return actionsOf(plan);
  }

  /** Plans, and applies what may fail. */
  async tryApply(): Promise<Outcome> {
    succeeded(await this.plan());
    return this.#terraform.apply();
  }

  /** Takes resources out of the state by hand. */
  async forget(...addresses: readonly string[]): Promise<void> {
    await this.#terraform.forget(addresses);
  }

  /** What `guard` says of the last plan. */
  async guard(): Promise<Run> {
    const stdin = JSON.stringify(await this.#terraform.show());
    return run(["guard", "-", "--spec", "spec.yaml"], { cwd: this.folder, stdin });
  }

  /** The text of Terraform's state. */
  state(): string {
    return this.#terraform.state();
  }

  end(): void {
    this.#provider?.close();
    this.#terraform.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Tells a story to its end, and clears up. */
export async function told<T>(spec: string, options: StoryOptions, tell: (story: Story) => Promise<T>): Promise<T> {
  const story = new Story(spec, options);
  try {
    return await tell(story);
  } finally {
    story.end();
  }
}

export function actionsOf({ changes }: Plan): Actions {
  return Object.fromEntries(changes.map((change) => [change.address, described(change)]));
}

function described({ action, previousAddress, importId }: PlannedChange): string {
  const from = previousAddress === undefined ? "" : ` from ${previousAddress}`;
  return `${action}${from}${importId === undefined ? "" : ` of ${importId}`}`;
}
