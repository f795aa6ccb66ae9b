// Writes the package as it is published into a folder: `node .ci/stage.mjs DIR`, after a build. Its manifest has no scripts, because npm
// warns of install scripts, and nothing that only developers need. The repository is the one that the release runs in, which is what
// npm holds a provenance against.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [target] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write("Publish what .ci/stage.mjs writes: node .ci/stage.mjs DIR && npm publish DIR\n");
  process.exit(1);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
const repository = GITHUB_REPOSITORY && { type: "git", url: `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git` };
const folder = resolve(target);
mkdirSync(folder, { recursive: true });
const files = manifest.files.filter((name) => !name.startsWith("!"));
for (const name of [...files, "README.md", "LICENSE"]) {
  // The code cache is made where the program runs.
  const filter = (path) => !/^\..*\.v8$/.test(basename(path));
  cpSync(join(root, name), join(folder, name), { recursive: true, filter });
}
const published = { ...manifest, ...(repository && { repository }) };
writeFileSync(join(folder, "package.json"), `${JSON.stringify(published, null, 2)}\n`);
