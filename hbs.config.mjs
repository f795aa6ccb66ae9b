// How a template becomes code: `import kms from "../templates/kms.tf.hbs"` yields the precompiled template, so that a
// run needs only Handlebars' runtime (compiling at run time costs 25 ms, as much as starting Node). Used by the build and
// by the tests, hence the compiled templates are always the current ones.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { brotliCompressSync } from "node:zlib";
import Handlebars from "handlebars";

/** The options that the built-in and the ejected templates are compiled with: strict names, no HTML escaping. */
export const compileOptions = { strict: true, noEscape: true, knownHelpersOnly: true, preventIndent: true };

/** The source of an ES module that exports the template at `path` as a Handlebars template specification. */
function templateModule(path) {
  return `export default ${Handlebars.precompile(readFileSync(path, "utf8"), compileOptions)};`;
}

/**
 * The source of an ES module that exports what the fixtures show of each diagnostic code: the first wrong spec, the report on it,
 * and a right one from the folder `corrected` beside. `path` is the folder's name with `.examples` behind it.
 */
function examplesModule(path) {
  const folder = path.replace(/\.examples$/, "");
  const examples = {};
  for (const name of readdirSync(folder)
    .filter((one) => one.endsWith(".yaml"))
    .sort()) {
    const code = name.replace(/(--.*)?\.yaml$/, "");
    if (Object.hasOwn(examples, code) && name.includes("--")) continue;
    const spec = readFileSync(`${folder}/${name}`, "utf8");
    const report = readFileSync(`${folder}/${name.replace(/yaml$/, "txt")}`, "utf8").replaceAll(name, "spec.yaml");
    const right = `${folder}/../corrected/${code}.yaml`;
    const corrected = existsSync(right) ? readFileSync(right, "utf8") : undefined;
    if (spec.length < 1500) examples[code] = { spec, report, corrected };
  }
  // A fifth of the size on disk, for a command that few runs ask for.
  const packed = brotliCompressSync(JSON.stringify(examples)).toString("base64");
  return `import { brotliDecompressSync } from "node:zlib";
export default JSON.parse(brotliDecompressSync(Buffer.from("${packed}", "base64")).toString());`;
}

/**
 * The source of an ES module that exports the texts of the templates, by their paths in the folder that the file at `path` is in.
 */
function sourcesModule(path) {
  const folder = dirname(path);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".hbs"));
  const texts = names.sort().map((name) => [name.replaceAll("\\", "/"), readFileSync(`${folder}/${name}`, "utf8")]);
  return `export default ${JSON.stringify(Object.fromEntries(texts))};`;
}

/** The module of any of these, by its path; `undefined` for any other path. */
export function moduleOf(path) {
  if (path.endsWith(".hbs")) return templateModule(path);
  if (path.endsWith(".examples")) return examplesModule(path);
  return path.endsWith(".sources") ? sourcesModule(path) : undefined;
}
