/**
 * The command `explain`: a diagnostic code goes in; what it means and an example come out, or, without a code, the list of all
 * codes. It reads and writes nothing.
 */

import examples from "../../fixtures/invalid.examples";
import { EXIT, type Io } from "../io.ts";
import { codes } from "../report/codes.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { broken, widthOf } from "../report/width.ts";
import { nearest } from "../spec/suggest.ts";

export function explain(
  { words: [code, ...rest] }: { readonly words: readonly string[] },
  { stdout }: Pick<Io, "stdout">,
): Outcome {
  if (rest.length > 0) return misuse("explain takes one code, or none for the list of all", undefined);
  if (code === undefined) {
    const names = Object.keys(codes).sort();
    return { exitCode: EXIT.done, diagnostics: [], text: `${names.join("\n")}\n`, json: { codes } };
  }
  // As people copy it from a message, with its brackets.
  const name = code.replace(/^\[|\]$/g, "");
  const about = Object.hasOwn(codes, name) ? codes[name] : undefined;
  if (about === undefined) {
    const meant = nearest(name, Object.keys(codes));
    const hint = meant === undefined ? "See mrk-scaffold explain for the list of all codes." : `Did you mean ${meant}?`;
    return misuse(`there is no code ${JSON.stringify(name)}`, hint);
  }
  const example = Object.hasOwn(examples, name) ? examples[name] : undefined;
  const shown = example === undefined ? "" : `\n${partsOf(example).join("\n")}`;
  const json = { explained: name, about, ...(example === undefined ? {} : { example }) };
  return {
    exitCode: EXIT.done,
    diagnostics: [],
    text: `${name}\n\n${broken(indented(about), widthOf(stdout) ?? Number.POSITIVE_INFINITY, 2)}${shown}`,
    json,
  };
}

/** An example, part by part, each with what it is. */
function partsOf({ before, spec, command, report, corrected }: (typeof examples)[string]): readonly string[] {
  const part = (what: string, text: string) => `${what}\n\n${indented(text)}`;
  if (spec === undefined) return [part(`For example, ${command} reports:`, report)];
  return [
    before === undefined
      ? part("For example, this spec:", spec)
      : part("For example, the files were made of this spec:", before) + part("\nand now it says:", spec),
    part(before === undefined ? "is reported so:" : "That is reported so:", report),
    ...(corrected === undefined ? [] : [part("This one is right:", corrected)]),
  ];
}

function indented(text: string): string {
  return `${text.trimEnd()}\n`.replace(/^(?=.)/gm, "  ");
}
