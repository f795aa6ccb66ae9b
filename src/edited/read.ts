/**
 * Reads templates of the user's own: a folder goes in, their texts come out by their paths in it. A file that is not there is the
 * built-in one; a link that leads out of the folder is not followed.
 */

import { readdirSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { readAtMost } from "../read.ts";
import { type Diagnostic, TemplatesError } from "../report/diagnostic.ts";
import { fault } from "./fault.ts";

/** The largest template, in bytes; the built-in ones have a few thousand. */
const MAX_BYTES = 256 * 1024;

/** A name of a template: letters that partials may be called by, and the ending. */
const NAME = /^[\w-]+(\.tf)?\.hbs$/;

export interface TemplateFolder {
  /** Absolute. */
  readonly path: string;
  /** As the user knows it. */
  readonly shown: string;
  /** A folder that nothing may lead out of, absolute: the spec's, or the templates' own. */
  readonly within: string;
}

/**
 * The texts by their paths, `kms.tf.hbs` and `partials/tags.hbs`; `reads` is told the path of each before it is read.
 * @throws {TemplatesError} when there is no such folder, or a file in it cannot be a template
 */
export function readTemplates(
  { path, shown, within }: TemplateFolder,
  reads: (path: string) => void,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const faults: Diagnostic[] = [];
  let top: string;
  try {
    top = realpathSync(within);
    reads(path);
    readdirSync(path);
  } catch (error) {
    const hint = "To get the built-in templates for editing: mrk-scaffold eject DIR";
    throw new TemplatesError([
      fault("templates-not-found", shown, `is no folder of templates: ${codeOf(error)}`, hint),
    ]);
  }
  for (const name of [...namesIn(path, ""), ...namesIn(join(path, "partials"), "partials/")]) {
    const file = join(path, name);
    const place = `${shown}/${name}`;
    reads(file);
    try {
      const real = realpathSync(file);
      if (!real.startsWith(top.endsWith(sep) ? top : top + sep)) {
        const hint = "Copy the file into the folder.";
        faults.push(fault("bad-template", place, "is a link that leads out of the folder", hint));
      } else texts.set(name, readAtMost(real, MAX_BYTES).toString("utf8"));
    } catch (error) {
      faults.push(fault("bad-template", place, `cannot be read: ${codeOf(error)}`, undefined));
    }
  }
  if (faults.length > 0) throw new TemplatesError(faults);
  return texts;
}

function namesIn(folder: string, prefix: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => NAME.test(name));
    return names.sort().map((name) => prefix + name);
  } catch {
    return [];
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
