// Builds dist/ from src/: `node esbuild.config.mjs`, which `npm run build` calls.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { compile } from "json-schema-to-typescript";
import { moduleOf } from "./hbs.config.mjs";

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** Templates become code here, see hbs.config.mjs. */
const templates = {
  name: "handlebars-templates",
  setup({ onLoad }) {
    onLoad({ filter: /\.(hbs|examples|sources)$/ }, ({ path }) => ({ contents: moduleOf(path), loader: "js" }));
  },
};

/** Handlebars' compiler can do without this one, which makes maps of what it compiles. */
const noSourceMaps = {
  name: "no-source-maps",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^source-map$/ }, ({ path }) => ({ path, namespace: "none" }));
    onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Where js-yaml looks for characters that no YAML may hold, by a pattern that takes longer to compile than a small spec to read. */
const CHECK_PRINTABLE = "function checkPrintable(state, start, end) {";

/** Whether a part of a text is printable ASCII with tabs and line ends, as nearly all specs are. */
function isPlainText(text, start, end) {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 126 || (code < 32 && code !== 9 && code !== 10 && code !== 13)) return false;
  }
  return true;
}

/**
 * What js-yaml makes as it is loaded, each by a function that says to have no effect: esbuild then leaves out what is only for
 * writing YAML and for YAML 1.1, which would take a tenth of a run to make.
 */
const onlyUsedYaml = {
  name: "only-used-yaml",
  setup({ onLoad }) {
    const statement = /^var (\w+) = ((?!class ).*(?:\n(?:\t.*|[}\])].*))*);$/gm;
    onLoad({ filter: /js-yaml\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes(CHECK_PRINTABLE)) throw new Error("js-yaml looks for characters in another way now");
      const contents = text
        .replace(statement, "var $1 = /* @__PURE__ */ (() => ($2))();")
        .replace(CHECK_PRINTABLE, `${CHECK_PRINTABLE}\n\tif (isPlainText(state.input, start, end)) return;`);
      return { contents: `${contents}\n${isPlainText}` };
    });
  },
};

/** The folders of the packages whose code is in what was built. */
const bundled = new Set();

/** Builds, and notes which packages' code goes into it. */
async function bundle(options) {
  const result = await build({ ...options, metafile: true });
  for (const path of Object.keys(result.metafile.inputs)) {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    if (folder !== undefined) bundled.add(folder);
  }
  return result;
}

/** The name in dist/ of a file that is loaded on demand: its path in src/ with dashes. */
const partName = (path) => relative(resolve("src"), path).replace(/\.ts$/, "").replaceAll(/[/\\]/g, "-");

/** What a plain run does not need is a file of its own beside the program, loaded when it is asked for. */
const lazyParts = {
  name: "lazy-parts",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind, resolveDir }) =>
      kind === "dynamic-import" ? { path: `./${partName(resolve(resolveDir, path))}.cjs`, external: true } : undefined,
    );
  },
};

/**
 * What most specs and plans do not need, though what they do need imports it: parts that are loaded when something of them is asked for.
 * A file in a part may name another one of it freely; what the program itself asks for at every run would load the part every time.
 */
const partsOnDemand = {
  mistakes: [
    ...["rules/forms.ts", "rules/grammar.ts", "rules/neighbours.ts", "rules/together.ts", "rules/turned.ts"],
    ...["spec/known.ts", "spec/redact.ts", "spec/slips.ts", "spec/source-map.ts", "spec/unreadable.ts"],
  ],
  policies: [
    ...["rules/aws-policy.ts", "rules/documents.ts", "rules/grants.ts", "rules/open-policies.ts", "rules/policies.ts"],
    ...["rules/policy-parts.ts", "rules/equality.ts", "rules/principals.ts", "rules/regional-policies.ts"],
    ...["rules/statements.ts", "../templates/partials/policy-document.hbs"],
  ],
  changes: ["rules/changes.ts", "rules/promotion.ts"],
  effects: [
    ...["losses/effects.ts", "losses/former-names.ts", "losses/hints.ts", "losses/phrases.ts"],
    "losses/regional-hints.ts",
  ],
  kinds: [
    ...["rules/consumers.ts", "rules/ebs.ts", "rules/regional.ts"],
    ...["consumers", "ebs", "locals", "logs", "outputs", "parameters", "s3"].map((one) => `../templates/${one}.tf.hbs`),
  ],
};
const partOf = new Map(
  Object.entries(partsOnDemand).flatMap(([part, files]) => files.map((file) => [resolve("src", file), part])),
);

/** Puts in the place of a file of such a part what loads the part for each of its exports. */
const whenAsked = {
  name: "when-asked",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\/.*\.(ts|hbs)$/ }, ({ path, kind, resolveDir, importer }) => {
      const target = resolve(resolveDir, path);
      const part = partOf.get(target);
      const isInside = part === undefined || part === partOf.get(importer) || importer === part;
      return kind === "import-statement" && !isInside ? { path: target, namespace: "when-asked" } : undefined;
    });
    onLoad({ filter: /.*/, namespace: "when-asked" }, ({ path }) => ({ contents: standInFor(path) }));
    onResolve({ filter: /^\.\/[\w-]+\.cjs$/ }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^part:/ }, ({ path }) => ({ path: path.slice("part:".length), namespace: "part" }));
    onLoad({ filter: /.*/, namespace: "part" }, ({ path }) => ({
      contents: partsOnDemand[path]
        .map((file) => `export * as ${JSON.stringify(partName(resolve("src", file)))} from "./${file}";`)
        .join("\n"),
      resolveDir: resolve("src"),
    }));
  },
};

/** The source of a module that has the functions and classes of another one, and loads its part at the first call of any. */
function standInFor(path) {
  const part = `require("./${partOf.get(path)}.cjs")[${JSON.stringify(partName(path))}]`;
  // As of a template only its text is wanted, which no one calls.
  if (path.endsWith(".hbs")) return `module.exports = { __esModule: true, get default() { return ${part}.default; } };`;
  const exports = readFileSync(path, "utf8").matchAll(
    /^export (?:(?:async )?(function)\*? |(class) |const (?=\w+ = \())(\w+)/gm,
  );
  return Array.from(exports, ([, , isClass, name]) => {
    const result = isClass ? `Reflect.construct(${part}.${name}, given)` : `${part}.${name}(...given)`;
    return `export function ${name}(...given) { return ${result}; }`;
  }).join("\n");
}

/** Every file of src/ that another one imports on demand. */
const parts = readdirSync("src", { recursive: true })
  .filter((name) => name.endsWith(".ts"))
  .flatMap((name) => {
    const path = resolve("src", name);
    const imports = readFileSync(path, "utf8").matchAll(/\bimport\("(\.[^"]+\.ts)"\)/g);
    return Array.from(imports, ([, from]) => resolve(dirname(path), from));
  });

const program = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  minify: true,
  external: ["@aws-sdk/*", "@cdktf/hcl-tools"],
  legalComments: "linked",
  define: { __VERSION__: JSON.stringify(version) },
  logLevel: "warning",
  outdir: "dist",
};

const MAIN = resolve("src/main.ts");
const HELP = resolve("src/commands/help.ts");
const GUARD = resolve("src/commands/guard.ts");

rmSync("dist", { recursive: true, force: true });

// CommonJS starts 3 to 5 ms faster than an ES module, and `require` than `import()`.
const commonjs = {
  ...program,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  supported: { "dynamic-import": false },
  plugins: [templates, whenAsked, lazyParts, onlyUsedYaml],
};
/**
 * What code-cache.ts loads is a function as Node makes one of every module, so that V8 gets the text as it is on disk: putting the
 * function around it there would copy it twice. Where Node loads it itself, `this` is no longer the global object.
 */
const asFunction = {
  banner: {
    js: "(make=>this===globalThis?make:make(exports,require,module,__filename,__dirname))(function(exports,require,module,__filename,__dirname){",
  },
  footer: { js: "})" },
};

// A part takes from the program what that has loaded already, so that each holds only what it adds: the grammar is in the package once
// on disk, and an error is of one class wherever it is caught.
const { metafile } = await bundle({ ...commonjs, entryPoints: ["src/main.ts"], metafile: true, write: false });
const inProgram = new Set(Object.keys(metafile.inputs).map((path) => resolve(path)));
const shared = new Set();
const { metafile: modules } = await build({
  entryPoints: [...inProgram].filter((path) => path.startsWith(resolve("src")) && path.endsWith(".ts")),
  outdir: "dist",
  write: false,
  metafile: true,
});
const exported = new Map(
  Object.values(modules.outputs).map(({ entryPoint, exports }) => [resolve(entryPoint), exports]),
);
const ofProgram = {
  name: "of-program",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind, resolveDir }) => {
      const target = resolve(resolveDir, path);
      return kind === "import-statement" && inProgram.has(target) ? { path: target, namespace: "program" } : undefined;
    });
    onLoad({ filter: /.*/, namespace: "program" }, ({ path }) => {
      shared.add(path);
      // As constants, because a copy of a module for each that imports it would take longer to make.
      const names = exported.get(path).join(", ");
      return { contents: `export const { ${names} } = require("./program.cjs").shared("${partName(path)}");` };
    });
    onResolve({ filter: /^\.\/program\.cjs$/ }, ({ path }) => ({ path, external: true }));
  },
};
const partly = {
  ...commonjs,
  ...asFunction,
  plugins: [templates, whenAsked, lazyParts, onlyUsedYaml, ofProgram, noSourceMaps],
};
await bundle({
  ...partly,
  entryPoints: Object.fromEntries(
    parts.filter((path) => path !== MAIN && path !== HELP && path !== GUARD).map((path) => [partName(path), path]),
  ),
});
await bundle({
  ...partly,
  entryPoints: Object.fromEntries(Object.keys(partsOnDemand).map((part) => [part, `part:${part}`])),
});
// yargs asks where it is, which only ES modules know.
await bundle({
  ...partly,
  entryPoints: { [partName(HELP)]: HELP },
  define: { ...program.define, "import.meta.url": "moduleUrl" },
  banner: { js: `${asFunction.banner.js}const moduleUrl=require("node:url").pathToFileURL(__filename).href;` },
});
// The API for programs is the same code, in an ES module.
await bundle({
  ...program,
  entryPoints: ["src/index.ts"],
  format: "esm",
  plugins: [templates, onlyUsedYaml, ofProgram],
  banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
});
const names = [...shared].sort();
/** The names in the program of what a file of src/ exports. */
const inside = (path) =>
  exported.get(path).map((name) => ({ name, as: `${partName(path).replaceAll("-", "_")}_${name}` }));
// A function, because making what no part has asked for yet would take a twentieth of a run.
await bundle({
  ...commonjs,
  ...asFunction,
  stdin: {
    contents: [
      'export { main } from "./main.ts";',
      ...names.map((path) => {
        const list = inside(path).map(({ name, as }) => `${name} as ${as}`);
        return `import { ${list.join(", ")} } from ${JSON.stringify(path)};`;
      }),
      "export function shared(part) { switch (part) {",
      ...names.map((path) => {
        const list = inside(path).map(({ name, as }) => `${name}: ${as}`);
        return `case ${JSON.stringify(partName(path))}: return { ${list.join(", ")} };`;
      }),
      "} }",
    ].join("\n"),
    resolveDir: resolve("src"),
  },
  outfile: "dist/program.cjs",
  outdir: undefined,
});

// Guard is run in every pipeline, and needs nothing of specs: see code-cache.ts. The other commands are not reached from here.
const guardAlone = {
  name: "guard-alone",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/(generate|guard)\.ts$/ }, ({ path, kind, resolveDir }) => {
      if (kind === "dynamic-import" && resolve(resolveDir, path) === GUARD) return { path: GUARD };
      return path.endsWith("/generate.ts") ? { path, namespace: "absent" } : undefined;
    });
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "export const generate = undefined;" }));
  },
};
await bundle({ ...commonjs, ...asFunction, plugins: [guardAlone, lazyParts], entryPoints: { guard: MAIN } });

// See code-cache.ts: what `cli` loads as main loads the program itself, and must know one build from another. It is in the same file,
// since finding another one takes Node a fiftieth of a run.
const throughCodeCache = {
  name: "through-code-cache",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/main\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: resolve("src/code-cache.ts") } : undefined,
    );
  },
};
const built = readdirSync("dist").filter((name) => name.endsWith(".cjs"));
for (const name of built) {
  const [found] = readFileSync(join("dist", name), "utf8").match(/[^\0-\x7f]/) ?? [];
  if (found !== undefined) throw new Error(`${name} holds ${found}: code-cache.ts reads ASCII only`);
}
const hash = built.reduce((sum, name) => sum.update(readFileSync(join("dist", name))), createHash("sha256"));
const buildId = JSON.stringify(hash.digest("hex").slice(0, 16));
await bundle({
  ...commonjs,
  plugins: [throughCodeCache, ...commonjs.plugins],
  entryPoints: { cli: "src/cli.ts" },
  define: { ...program.define, __BUILD__: buildId },
});
chmodSync("dist/cli.cjs", 0o755);

await writeSchemaAndTypes();
writeLicenses();

/**
 * The JSON Schema for editors, and the types of the public API. The type of a spec is made of the JSON Schema, so that it
 * carries the descriptions and needs no zod where it is used.
 */
async function writeSchemaAndTypes() {
  const scratch = mkdtempSync(join(tmpdir(), "mrk-scaffold-build-"));
  try {
    const schemaModule = join(scratch, "json-schema.mjs");
    await bundle({
      ...program,
      entryPoints: ["src/spec/json-schema.ts"],
      format: "esm",
      outfile: schemaModule,
      outdir: undefined,
    });
    const { grammarSchema, jsonSchema } = await import(schemaModule);
    writeFileSync("schema.json", `${JSON.stringify(jsonSchema())}\n`);
    const types = await compile({ ...grammarSchema(), title: "Spec" }, "Spec", {
      bannerComment: "",
      additionalProperties: false,
    });
    const settings = {
      extends: resolve("tsconfig.json"),
      include: [resolve("src")],
      compilerOptions: emission(scratch),
    };
    writeFileSync(join(scratch, "tsconfig.json"), JSON.stringify(settings));
    execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", scratch], { stdio: "inherit" });
    writeFileSync("dist/schema.d.ts", types);
    for (const name of ["index", "report/diagnostic"]) {
      const text = readFileSync(join(scratch, `${name}.d.ts`), "utf8");
      const flat = text.replace(/from "\.\/(?:\w+\/)?(\w+)\.ts"/g, 'from "./$1.js"');
      writeFileSync(`dist/${basename(name)}.d.ts`, flat);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The licence of every package whose code is in the bundle, as most of them ask for. */
function writeLicenses() {
  const texts = [...bundled].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)([-.].*)?$/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence text to put beside its code`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  const head = "mrk-scaffold is under the MIT licence. The files here hold code of these packages too:\n";
  writeFileSync("dist/LICENSES.txt", [head, ...new Set(texts.sort())].join(`\n${"-".repeat(80)}\n\n`));
}

/** Declarations only, of src/ only: a mistake in a test must not keep anyone from building. */
function emission(outDir) {
  return {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir,
    rootDir: resolve("src"),
    typeRoots: [resolve("node_modules/@types")],
  };
}
