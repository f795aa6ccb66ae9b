/** Finds the fixtures: every folder with a spec and what it is expected to generate, every wrong spec with its report. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const fixturesFolder = fileURLToPath(new URL("../../fixtures", import.meta.url));

export interface ValidFixture {
  readonly name: string;
  readonly folder: string;
  readonly spec: string;
  readonly expected: string;
  /** Files of the user's own that are beside what is generated, by their paths from there. */
  readonly beside: Readonly<Record<string, string>>;
}

/** `fixtures/post` and every folder in `fixtures/valid`. */
export const validFixtures: readonly ValidFixture[] = [
  join(fixturesFolder, "post"),
  ...readdirSync(join(fixturesFolder, "valid"))
    .sort()
    .map((name) => join(fixturesFolder, "valid", name)),
].map((folder) => ({
  name: basename(folder),
  folder,
  spec: join(folder, "spec.yaml"),
  expected: join(folder, "expected"),
  beside: filesBelow(join(folder, "beside")),
}));

/** Every `fixtures/invalid/<code>.yaml`, by its name without the ending. */
export const invalidFixtures: readonly string[] = readdirSync(join(fixturesFolder, "invalid"))
  .filter((name) => name.endsWith(".yaml"))
  .sort()
  .map((name) => name.replace(/\.yaml$/, ""));

/** The files of a folder by name, empty when there is no such folder. */
export function filesIn(folder: string): Record<string, string> {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return {};
  }
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** The files of a folder and of the folders in it by path, empty when there is no such folder. */
export function filesBelow(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path, "utf8")]));
}
