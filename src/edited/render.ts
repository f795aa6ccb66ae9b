/**
 * Prints a model through templates of the user's own: a model, its origin and a folder go in, files come out, laid out, and held
 * against what the built-in templates print. What would take something away from the keys and secrets is refused.
 */

import { quote } from "../model/hcl.ts";
import type { Model } from "../model/resolve.ts";
import { type Origin, withHeader } from "../output/header.ts";
import { outputsOf, type RenderedFile, render } from "../output/render.ts";
import { TemplatesError } from "../report/diagnostic.ts";
import { readTerraform } from "../terraform/reader.ts";
import { HclError } from "../terraform/syntax.ts";
import { compile, type Print } from "./compile.ts";
import { fault } from "./fault.ts";
import { differences, MARK, type PrintedFile } from "./judge.ts";
import { layOut } from "./layout.ts";
import { readTemplates, type TemplateFolder } from "./read.ts";

/** `reads` is told the path of every template before it is read. */
export async function renderEdited(
  model: Model,
  origin: Origin,
  folder: TemplateFolder,
  reads: (path: string) => void,
): Promise<readonly RenderedFile[]> {
  const print = compile(readTemplates(folder, reads), folder.shown);
  const marked = markedModel(model);
  const builtIn = render(marked, origin).map(({ path, text }) => ({ path, text }));
  const own = await printedFiles(marked, print, folder.shown);
  const found = differences(own, builtIn);
  if (found.length > 0) {
    const hint = "Change the template, or leave it out: what is not in the folder is printed with the built-in ones.";
    throw new TemplatesError(
      found.map(({ path, address, message }) => ({
        ...fault("template-differs", templateOf(path, model, folder.shown), message, hint),
        address,
      })),
    );
  }
  const files = await printedFiles(model, print, folder.shown);
  return files.map(({ path, text }) => {
    const pieces = withHeader([`\n${text}`], origin);
    return { path, pieces, text: pieces.join("") };
  });
}

async function printedFiles(model: Model, print: Print, shown: string): Promise<readonly PrintedFile[]> {
  const files: PrintedFile[] = [];
  for (const { path, template } of outputsOf(model)) {
    const place = `${shown}/${template}.hbs`;
    const text = await layOut(print(template, model), place);
    try {
      readTerraform(text);
    } catch (error) {
      if (!(error instanceof HclError)) throw error;
      const message = `prints what is not valid Terraform, in line ${error.line}: ${error.reason}`;
      throw new TemplatesError([fault("bad-template", place, message, undefined)]);
    }
    files.push({ path, text });
  }
  return files;
}

function templateOf(path: string, model: Model, shown: string): string {
  const output = outputsOf(model).find((one) => one.path === path);
  return output === undefined ? shown : `${shown}/${output.template}.hbs`;
}

/** The same model with a mark in place of every value: what is printed of it shows where a template puts them. */
function markedModel(model: Model): Model {
  let number = 0;
  const marked = <T>(value: T | undefined) => (value === undefined ? undefined : quote(`${MARK}${number++}`));
  return {
    ...model,
    secrets: model.secrets.map((secret) => {
      const { version } = secret;
      if (version === undefined) return secret;
      const { plain, binary, writeOnly } = version;
      return {
        ...secret,
        version: { ...version, plain: marked(plain), binary: marked(binary), writeOnly: marked(writeOnly) },
      };
    }),
  };
}
