/**
 * Compiles templates of the user's own: their texts go in, a way to print with them comes out. They may lay out and loop, as the
 * built-in ones do; whatever else Handlebars can do is refused, so that a template runs no code and reaches nothing but the model.
 */

import Handlebars from "handlebars/dist/cjs/handlebars.js";
import builtIn from "../../templates/built-in.sources";
import type { TemplateName } from "../output/templates.ts";
import { type Diagnostic, TemplatesError } from "../report/diagnostic.ts";
import { nearest } from "../spec/suggest.ts";
import { fault, placeIn } from "./fault.ts";

/** As in `hbs.config.mjs`, by which the built-in ones are compiled. */
const OPTIONS = { strict: true, noEscape: true, knownHelpersOnly: true, preventIndent: true };

const BLOCKS = new Set(["if", "unless", "each"]);
const LOOP_DATA = new Set(["index", "first", "last"]);

/** How often the loops of one file may turn, all together; the built-in templates turn a few times a secret and region. */
const MOST_TURNS = 5_000_000;

/** How deep partials may be in each other. */
const MOST_DEPTH = 20;

/** What Handlebars calls the nodes of a template, as far as they are used here. */
interface Node {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
  readonly path?: Node;
  readonly name?: Node;
  readonly original?: string;
  readonly data?: boolean;
  readonly parts?: readonly unknown[];
  readonly params?: readonly Node[];
  readonly hash?: unknown;
  readonly body?: readonly Node[];
  readonly program?: Node & { readonly blockParams?: readonly string[] };
  readonly inverse?: Node;
}

export type Print = (name: TemplateName, context: object) => string;

/**
 * `shown` is the folder of the templates as the user knows it; those that `texts` does not have are the built-in ones.
 * @throws {TemplatesError} with all that is wrong; so does what is returned, where a template asks for a name that is not there
 */
export function compile(texts: ReadonlyMap<string, string>, shown: string): Print {
  const all = new Map([...Object.entries(builtIn), ...texts]);
  const faults: Diagnostic[] = [];
  const calls = new Map<string, readonly Call[]>();
  for (const [name, text] of all) {
    const found = new Walk(text, `${shown}/${name}`, all);
    faults.push(...found.faults);
    calls.set(name, found.calls);
    const known = Object.keys(builtIn);
    if (texts.has(name) && !name.startsWith("partials/") && !known.includes(name)) {
      const meant = nearest(name, known);
      const hint =
        meant === undefined ? `Templates are called ${known.filter(isOutput).join(", ")}.` : `Did you mean ${meant}?`;
      faults.push(fault("bad-template", `${shown}/${name}`, "is a template that nothing is printed with", hint));
    }
  }
  faults.push(...circles(calls));
  if (faults.length > 0) throw new TemplatesError(faults);
  return printer(all, shown);
}

const isOutput = (name: string) => !name.includes("/");

function printer(texts: ReadonlyMap<string, string>, shown: string): Print {
  const handlebars = Handlebars.create();
  let turns = 0;
  const each = handlebars.helpers.each!;
  for (const name of Object.keys(handlebars.helpers)) if (!BLOCKS.has(name)) handlebars.unregisterHelper(name);
  handlebars.registerHelper("each", function (this: unknown, list: unknown, options: unknown) {
    if (list !== undefined && !Array.isArray(list)) throw new Error("#each goes over lists alone, and this is none");
    turns += list?.length ?? 0;
    if (turns > MOST_TURNS) throw new Error("the loops of the templates turn too often");
    return each.call(this, list, options as Handlebars.HelperOptions);
  });
  const compiled = new Map<string, HandlebarsTemplateDelegate>();
  for (const [name, text] of texts) {
    const template = named(handlebars.compile(text, OPTIONS), `${shown}/${name}`, text);
    const partial = /^partials\/(.*)\.hbs$/.exec(name)?.[1];
    if (partial !== undefined) handlebars.registerPartial(partial, template);
    else compiled.set(name, template);
  }
  return (name, context) => {
    turns = 0;
    return compiled.get(`${name}.hbs`)!(context);
  };
}

/** A template whose errors say which one it is, and where in it. */
function named(template: HandlebarsTemplateDelegate, file: string, text: string): HandlebarsTemplateDelegate {
  return (context, options) => {
    try {
      return template(context, options);
    } catch (error) {
      if (error instanceof TemplatesError) throw error;
      const { message } = error as Error;
      const [, name, line, column] = /^"([^"]+)" not defined in .* - (\d+):(\d+)$/.exec(message) ?? [];
      const sentence = name === undefined ? `this template cannot be printed: ${message}` : `there is no ${name} here`;
      const hint = name === undefined ? undefined : "See the built-in template for the names: mrk-scaffold eject DIR";
      const place = line === undefined ? undefined : placeIn(text, Number(line), Number(column));
      throw new TemplatesError([fault("bad-template", file, sentence, hint, place)]);
    }
  };
}

interface Call {
  readonly partial: string;
  readonly fault: Diagnostic;
}

/** Looks at every node of a template. */
class Walk {
  readonly faults: Diagnostic[] = [];
  readonly calls: Call[] = [];
  readonly #text: string;
  readonly #file: string;
  readonly #all: ReadonlyMap<string, string>;

  constructor(text: string, file: string, all: ReadonlyMap<string, string>) {
    this.#text = text;
    this.#file = file;
    this.#all = all;
    try {
      this.#body(Handlebars.parseWithoutProcessing(text) as unknown as Node);
    } catch (error) {
      const { message, lineNumber, column } = error as Error & { lineNumber?: number; column?: number };
      const line = lineNumber ?? Number(/line (\d+)/.exec(message)?.[1] ?? 1);
      const sentence = /^[^\n:]* doesn't match [^\n:]*/.exec(message)?.[0] ?? "this is not understood as Handlebars";
      this.faults.push(fault("bad-template", file, sentence, undefined, placeIn(text, line, column ?? 0)));
    }
  }

  #body({ body = [] }: Node): void {
    for (const node of body) this.#statement(node);
  }

  #statement(node: Node): void {
    switch (node.type) {
      case "ContentStatement":
      case "CommentStatement":
        break;
      case "MustacheStatement":
        if (isCall(node) || isHelper(node.path)) this.#refuse(node, "a template calls no helpers");
        else this.#path(node.path!);
        break;
      case "BlockStatement":
        this.#block(node);
        break;
      case "PartialStatement":
        this.#partial(node);
        break;
      default:
        this.#refuse(node, "a template has no decorators and no blocks of partials");
    }
  }

  #block(node: Node): void {
    const { path, params = [], hash, program, inverse } = node;
    const [param] = params;
    if (BLOCKS.has(path?.original ?? "") && param && params.length === 1 && !hash && !program?.blockParams) {
      this.#path(param);
      if (program) this.#body(program);
      if (inverse) this.#body(inverse);
    } else this.#refuse(node, `{{#${path?.original}}} of this form`);
  }

  #partial(node: Node): void {
    const { name, params = [], hash } = node;
    const partial = name?.original ?? "";
    const names = [...this.#all.keys()].flatMap((key) => /^partials\/(.*)\.hbs$/.exec(key)?.[1] ?? []);
    for (const param of params) this.#path(param);
    if (name?.type !== "PathExpression" || hash || params.length > 1) {
      this.#refuse(node, "a partial is called by its name, with one context at most");
    } else if (names.includes(partial)) {
      this.calls.push({ partial, fault: this.#faultAt(node, "this partial is in itself", undefined) });
    } else {
      const meant = nearest(partial, names);
      const hint =
        meant === undefined ? `Partials are in the folder partials: ${names.join(", ")}.` : `Did you mean ${meant}?`;
      this.faults.push(this.#faultAt(node, `there is no partial ${partial}`, hint));
    }
  }

  #path(node: Node): void {
    const { type, data, parts = [], original = "" } = node;
    const isOfLoop = parts.length === 1 && LOOP_DATA.has(String(parts[0]));
    if (type !== "PathExpression") this.#refuse(node, "a template prints names, no texts and no numbers");
    else if (data && !isOfLoop) this.#refuse(node, `${original} cannot be used`);
    else if (parts.some((part) => String(part) in Object.prototype)) {
      this.#refuse(node, `${original} is no name of the model`);
    }
  }

  #refuse(node: Node, what: string): void {
    this.faults.push(this.#faultAt(node, `this is not allowed in a template: ${what}`, ALLOWED));
  }

  #faultAt({ loc }: Node, message: string, hint: string | undefined): Diagnostic {
    return fault("bad-template", this.#file, message, hint, placeIn(this.#text, loc.start.line, loc.start.column));
  }
}

const ALLOWED =
  "Use {{name}}, {{#if name}}, {{#unless name}}, {{#each name}}, {{else}}, {{> partial name}} and {{!-- remark --}}.";

function isCall({ params = [], hash }: Node): boolean {
  return params.length > 0 || hash !== undefined;
}

/** A name alone that Handlebars takes for a helper. */
function isHelper(path: Node | undefined): boolean {
  return path?.type === "PathExpression" && Object.hasOwn(Handlebars.helpers, path.original ?? "");
}

/** Partials that call themselves, directly or by others, or go too deep. */
function circles(calls: ReadonlyMap<string, readonly Call[]>): readonly Diagnostic[] {
  const found = new Map<Call, Diagnostic>();
  const done = new Set<string>();
  const visit = (name: string, open: readonly string[]): void => {
    for (const call of calls.get(name) ?? []) {
      const key = `partials/${call.partial}.hbs`;
      if (open.includes(key) || open.length > MOST_DEPTH) found.set(call, call.fault);
      else if (!done.has(key)) visit(key, [...open, key]);
    }
    done.add(name);
  };
  for (const name of calls.keys()) visit(name, [name]);
  return [...found.values()];
}
