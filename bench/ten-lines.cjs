// What a user would write instead: js-yaml and Handlebars, nothing checked, compared or kept. `node ten-lines.cjs SPEC OUTDIR`.
const { readFileSync, writeFileSync } = require("node:fs");
const Handlebars = require("handlebars");
const { load } = require("js-yaml");
const spec = load(readFileSync(process.argv[2], "utf8"));
for (const name of ["provider", "kms", "secrets"]) {
  const template = readFileSync(`${__dirname}/ten-lines/${name}.tf.hbs`, "utf8");
  writeFileSync(`${process.argv[3]}/${name}.tf`, Handlebars.compile(template, { noEscape: true })(spec));
}
