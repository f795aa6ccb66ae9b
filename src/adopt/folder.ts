/**
 * Reads the Terraform files that are in a folder already: what they say about providers and versions, which blocks an adoption
 * makes superfluous, and who refers to what will be called otherwise. It writes nothing.
 */

import { existsSync, readdirSync } from "node:fs";
import { type TerraformFile, UnreadableTerraformError } from "../terraform/declared.ts";
import { filesBeside } from "../terraform/folder.ts";
import { type Block, readTerraform } from "../terraform/reader.ts";
import { valuesIn } from "../terraform/values.ts";
import type { Adoption } from "./infer.ts";
import type { Surroundings } from "./surroundings.ts";

/** A block of the user's own that must go, or a line that must change. */
export interface OwnLine {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** A folder's files, read once. */
export interface Folder {
  readonly files: readonly { readonly file: TerraformFile; readonly blocks: readonly Block[] }[];
  readonly surroundings: Surroundings;
}

/**
 * The files of a folder; nothing where there is no such folder. `shown` is the folder as the user knows it.
 * @throws {UnreadableTerraformError} when a file is no Terraform
 */
export function readFolder(folder: string, shown: string): Folder {
  const exists = isThere(folder);
  const texts = exists ? filesBeside(new Set(), folder, shown).filter(({ path }) => path.endsWith(".tf")) : [];
  const files = texts.map((file) => ({
    file,
    blocks: blocksOf(file),
  }));
  const providers = new Map<string, string>();
  let hasProviders = false;
  let requiredVersion: string | undefined;
  let awsProvider: string | undefined;
  for (const { file, blocks } of files) {
    for (const block of blocks) {
      const values = valuesIn(block.body, file.text);
      if (block.type === "provider" && block.labels[0] === "aws") {
        hasProviders = true;
        const region = literal(values.region);
        const alias = literal(values.alias) ?? "";
        if (region !== undefined && (alias === "" || !providers.has(region))) providers.set(region, alias);
      }
      if (block.type !== "terraform") continue;
      requiredVersion ??= literal(values.required_version);
      const [required] = (values.required_providers ?? []) as readonly Readonly<Record<string, unknown>>[];
      const aws = required?.aws as Readonly<Record<string, unknown>> | undefined;
      if (aws !== undefined) hasProviders = true;
      awsProvider ??= literal(aws?.version);
    }
  }
  const names = new Set(exists ? readdirSync(folder) : []);
  return { files, surroundings: { providers, hasProviders, requiredVersion, awsProvider, files: names } };
}

/** Whether something of that name exists. */
export function isThere(path: string): boolean {
  return existsSync(path);
}

function blocksOf(file: TerraformFile): readonly Block[] {
  try {
    return readTerraform(file.text).blocks;
  } catch (error) {
    throw new UnreadableTerraformError(file.path, error);
  }
}

function literal(value: unknown): string | undefined {
  return typeof value === "string" && !value.includes("${") ? value : undefined;
}

/** The blocks that are generated from now on, or that belong to what leaves the state: the last of each file first. */
export function superfluousBlocks({ files }: Folder, { adopted, forgotten }: Adoption): readonly OwnLine[] {
  const own = new Set<string>();
  const modules = new Set<string>();
  for (const address of [...Array.from(adopted.values(), (one) => one.address), ...forgotten]) {
    const [, call] = /^module\.([\w-]+)/.exec(address) ?? [];
    if (call === undefined) own.add(address.replace(/\[.*$/s, ""));
    else modules.add(call);
  }
  return files.flatMap(({ file, blocks }) =>
    blocks
      .flatMap(({ type, labels, line }): OwnLine[] => {
        const address = labels.join(".");
        if (type === "resource" && own.has(address)) return [{ path: file.path, line, what: `resource ${address}` }];
        if (type !== "module" || !modules.has(labels[0] ?? "")) return [];
        return [{ path: file.path, line, what: `module ${labels[0]}, if nothing else is left in it` }];
      })
      .reverse(),
  );
}

/**
 * The lines outside of the blocks that go which name an address that is another one from now on. Of a block with `count` or `for_each`
 * every instance has an address of its own then, and the index goes.
 */
export function staleReferences(folder: Folder, adoption: Adoption, gone: readonly OwnLine[]): readonly OwnLine[] {
  const today = new Map<string, (typeof adoption.moves)[number][]>();
  for (const move of adoption.moves) {
    const block = withoutIndex(move.from);
    const known = today.get(block);
    if (known === undefined) today.set(block, [move]);
    else known.push(move);
  }
  return folder.files.flatMap(({ file, blocks }) => {
    // These speak of former addresses on purpose.
    const skipped = blocks.filter(
      ({ type, line }) =>
        type === "moved" || type === "removed" || gone.some((place) => place.path === file.path && place.line === line),
    );
    return file.text.split("\n").flatMap((text, index): OwnLine[] => {
      const line = index + 1;
      if (skipped.some((block) => block.line <= line && line <= block.endLine)) return [];
      return [...today].flatMap(([block, moves]) => {
        if (!mentions(text, block)) return [];
        const said = moves.filter(({ from }) => from === block || text.includes(from));
        if (said.length > 0)
          return said.map(({ from, to }) => ({ path: file.path, line, what: `${from}, which is ${to} now` }));
        const all = moves.map(({ to }) => to).join(", ");
        return [{ path: file.path, line, what: `${block}, of which each instance is a block of its own now: ${all}` }];
      });
    });
  });
}

/** An address in the root module or of a whole block, without the key of an instance. */
function withoutIndex(address: string): string {
  return address.replace(/\[[^[]*\]$/, "");
}

/** Whether a line has an address as a whole, not as a part of a longer one. */
function mentions(line: string, address: string): boolean {
  for (let at = line.indexOf(address); at >= 0; at = line.indexOf(address, at + 1)) {
    const before = line[at - 1] ?? " ";
    const after = line[at + address.length] ?? " ";
    if (!/[\w.-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}
