/** Prints a model: the model and its origin go in, the texts of the files come out, with headers and in canonical layout. */

import type { Model } from "../model/resolve.ts";
import { format } from "./format.ts";
import { type Origin, withHeader } from "./header.ts";
import { type Pieces, piecesOf } from "./pieces.ts";
import { type Printed, print, type TemplateName } from "./templates.ts";

/** A file to be, in memory. */
export interface RenderedFile {
  /** Relative to the output folder, with `/`. */
  readonly path: string;
  /** Ends in exactly one newline. It is put together when it is asked for: of a large file the pieces are enough. */
  readonly text: string;
  readonly pieces: Pieces;
}

interface Output {
  readonly kind: keyof Model["files"];
  readonly template: TemplateName;
  /** Whether there is something to put in it. */
  readonly isWanted: (model: Model) => boolean;
  /** The parts of the model that are printed one after the other; the whole model at once where nothing is said. */
  readonly pages?: (model: Model) => readonly object[];
}

/** The files in the order in which they are printed and reported. */
const OUTPUTS: readonly Output[] = [
  { kind: "provider", template: "provider.tf", isWanted: () => true },
  { kind: "kms", template: "kms.tf", isWanted: ({ keys, existingKeys }) => keys.length + existingKeys.length > 0 },
  {
    kind: "ebs",
    template: "ebs.tf",
    isWanted: ({ ebs: { defaults, changes } }) => defaults.length + changes.removed.length > 0,
  },
  {
    kind: "logs",
    template: "logs.tf",
    isWanted: ({ logs: { groups, changes } }) => groups.length + changes.removed.length > 0,
  },
  {
    kind: "s3",
    template: "s3.tf",
    isWanted: ({ s3: { buckets, changes } }) => buckets.length + changes.removed.length > 0,
  },
  {
    kind: "parameters",
    template: "parameters.tf",
    isWanted: ({ parameters: { parameters, changes } }) => parameters.length + changes.removed.length > 0,
  },
  {
    kind: "secrets",
    template: "secrets.tf",
    isWanted: ({ secrets, secretChanges: { removed } }) => secrets.length + removed.length > 0,
    pages: pagesOfSecrets,
  },
  { kind: "consumers", template: "consumers.tf", isWanted: ({ consumers }) => consumers.length > 0 },
  { kind: "locals", template: "locals.tf", isWanted: ({ keyArns }) => keyArns !== undefined },
  { kind: "variables", template: "variables.tf", isWanted: ({ variables }) => variables.length > 0 },
  {
    kind: "outputs",
    template: "outputs.tf",
    isWanted: ({ outputs }) => (outputs?.keys ?? outputs?.secrets ?? outputs?.consumers) !== undefined,
  },
];

/** What V8 holds in one text: a larger file could be written, and never be read and compared again. */
const MOST_CHARACTERS = 2 ** 29 - 24 - 1024;

/** A file would be larger than what can be compared with it later; nothing has been written. */
export class OutputTooLargeError extends Error {
  readonly path: string;
  /** In characters. */
  readonly size: number;

  constructor(path: string, size: number) {
    const most = `${MOST_CHARACTERS >> 20} MB`;
    const shown = Number.isFinite(size) ? `${Math.round(size / 1024 / 1024)} MB` : `more than ${most}`;
    super(`${path} would have ${shown}, and at most ${most} can be compared again`);
    this.name = "OutputTooLargeError";
    this.path = path;
    this.size = size;
  }
}

/** What is printed of a model, and with which template; what it has no name for, or nothing to put in, is not wanted. */
export function outputsOf(model: Model): readonly (Output & { readonly path: string })[] {
  return OUTPUTS.flatMap((output) => {
    const path = model.files[output.kind];
    return path === undefined || !output.isWanted(model) ? [] : [{ ...output, path }];
  });
}

/** The files of a model. */
export function render(model: Model, origin: Origin): RenderedFile[] {
  return outputsOf(model).map(({ path, template, pages }): RenderedFile => {
    const parts = (pages?.(model) ?? [model]).map((page) => ["\n", ...printed(template, page, path)]);
    const body = piecesOf(parts.length, (page) => parts[page]!.join(""));
    const size = parts.flat().reduce((sum, { length }) => sum + length, 0);
    if (size > MOST_CHARACTERS) throw new OutputTooLargeError(path, size);
    const pieces = withHeader(body, origin);
    return {
      path,
      pieces,
      get text() {
        return pieces.join("");
      },
    };
  });
}

/** A page in canonical layout; one that is too long for a text is the end of it. */
function printed(template: TemplateName, page: object, path: string): readonly string[] {
  try {
    return laidOut(print(template, page));
  } catch (error) {
    if (error instanceof RangeError) throw new OutputTooLargeError(path, Number.POSITIVE_INFINITY);
    throw error;
  }
}

/** The parts of the text in canonical layout; what it shares is laid out once, and in memory once. */
function laidOut({ text, shared }: Printed): string[] {
  const formatted = format(text);
  if (shared.length === 0) return [formatted];
  const layouts = shared.map((one) => format(one).trimEnd());
  const indented = new Map<string, string>();
  const parts: string[] = [];
  let done = 0;
  for (let at = formatted.indexOf(MARK); at >= 0; at = formatted.indexOf(MARK, at + MARK.length)) {
    const start = formatted.lastIndexOf("\n", at) + 1;
    const end = formatted.indexOf("\n", at);
    const mark = formatted.slice(start, end);
    const number = formatted.slice(at + MARK.length, end);
    const layout = indented.get(mark) ?? layouts[Number(number)];
    // Texts that say the same are in quotes.
    if (mark.trimStart() !== `${MARK}${Number(number)}` || layout === undefined) continue;
    if (!indented.has(mark)) {
      const indent = formatted.slice(start, at);
      const lines = layout.split("\n").map((line) => (line === "" ? line : indent + line));
      indented.set(mark, lines.join("\n"));
    }
    parts.push(formatted.slice(done, start), indented.get(mark)!);
    done = end;
  }
  return [...parts, formatted.slice(done)];
}

const MARK = "#shared ";

/** Secrets that are printed at once; a page of them has 1 MB where each has 29 replicas. */
const PAGE = 256;

/**
 * The secrets in pages: printing and formatting 35 MB at once takes 100 MB more. The top of the file is printed with the
 * first page, what changed with the last.
 */
function pagesOfSecrets(model: Model): readonly object[] {
  const { secrets } = model;
  const pages = Math.max(1, Math.ceil(secrets.length / PAGE));
  const top = { terraform: undefined, accountData: { secrets: {} } };
  return Array.from({ length: pages }, (_, page) => ({
    ...model,
    ...(page === 0 ? {} : top),
    secrets: secrets.slice(page * PAGE, (page + 1) * PAGE),
    secretChanges: page === pages - 1 ? model.secretChanges : {},
  }));
}
