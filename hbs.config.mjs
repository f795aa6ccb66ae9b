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
 * and a right one from the folder `corrected` beside; a change to a spec from `changes`; or what a command says of a plan or of a
 * file on disk. `path` is the folder of wrong specs with `.examples` behind it.
 */
function examplesModule(path) {
  const folder = path.replace(/\.examples$/, "");
  const textAt = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
  const examples = {};
  for (const name of namesIn(folder).filter((one) => one.endsWith(".yaml"))) {
    const code = name.replace(/(--.*)?\.yaml$/, "");
    if (Object.hasOwn(examples, code) && name.includes("--")) continue;
    const spec = textAt(`${folder}/${name}`);
    const report = textAt(`${folder}/${name.replace(/yaml$/, "txt")}`).replaceAll(name, "spec.yaml");
    if (spec.length < 1500) examples[code] = { spec, report, corrected: textAt(`${folder}/../corrected/${code}.yaml`) };
  }
  for (const code of namesIn(`${folder}/../changes`)) {
    const [before, spec, report, corrected] = ["before.yaml", "spec.yaml", "report.txt", "corrected.yaml"].map((name) =>
      textAt(`${folder}/../changes/${code}/${name}`),
    );
    examples[code] = { ...(before === spec ? {} : { before }), spec, report, corrected };
  }
  for (const [kind, file, command] of REPORTS) {
    for (const name of namesIn(`${folder}/../${kind}`)) {
      for (const [code, report] of reportsIn(textAt(`${folder}/../${kind}/${name}/${file}`) ?? "")) {
        examples[code] ??= { command, report };
      }
    }
  }
  // A fifth of the size on disk, for a command that few runs ask for.
  const packed = brotliCompressSync(JSON.stringify(examples)).toString("base64");
  return `import { brotliDecompressSync } from "node:zlib";
export default JSON.parse(brotliDecompressSync(Buffer.from("${packed}", "base64")).toString());`;
}

/** Reports in the fixtures that are about no spec: the folder, the report's file in each of its folders, and who says it. */
const REPORTS = [
  ["existing", "check.txt", "mrk-scaffold spec.yaml --check"],
  ["plans", "expected.txt", "mrk-scaffold guard plan.json"],
];

/** The first line on each code in a report, with the help that it has. */
function reportsIn(text) {
  return text.split(/\n\n/).flatMap((group) => {
    const lines = group.match(/^.*(?:\n {4,}.*)*$/gm) ?? [];
    return lines.flatMap((line, at) => {
      const [, code] = /\[([a-z0-9-]+)\]$/.exec(line) ?? [];
      const before = lines.slice(0, at).filter((one) => one.startsWith("  help:"));
      const after = lines[at + 1]?.startsWith("  help:") ? [lines[at + 1]] : [];
      const isFirst = lines.findIndex((one) => one.endsWith(`[${code}]`)) === at;
      return code !== undefined && isFirst ? [[code, `${[...before, line, ...after].join("\n")}\n`]] : [];
    });
  });
}

function namesIn(folder) {
  return readdirSync(folder).sort();
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
