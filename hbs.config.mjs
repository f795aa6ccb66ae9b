// How a template becomes code: `import kms from "../templates/kms.tf.hbs"` yields the precompiled template, so that a
// run needs only Handlebars' runtime (compiling at run time costs 25 ms, as much as starting Node). Used by the build and
// by the tests, hence the compiled templates are always the current ones.
import { readFileSync } from "node:fs";
import Handlebars from "handlebars";

/** The options that the built-in and the ejected templates are compiled with: strict names, no HTML escaping. */
export const compileOptions = { strict: true, noEscape: true, knownHelpersOnly: true, preventIndent: true };

/** The source of an ES module that exports the template at `path` as a Handlebars template specification. */
export function templateModule(path) {
  return `export default ${Handlebars.precompile(readFileSync(path, "utf8"), compileOptions)};`;
}
