import { parseArgs } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { commonOptions, parseArguments } from "../../src/commands/options.ts";

const table = {
  check: { type: "boolean", describe: "" },
  out: { type: "string", describe: "" },
  "allow-destroy": { type: "string", multiple: true, describe: "" },
} as const;

test("arguments are understood as parseArgs does, the plain ones without loading it", () => {
  const word = fc.constantFrom(
    ..."spec.yaml - -- --check --quiet --no-check --check=1 --out --out=dir --allow-destroy -c --chek --toString a=b".split(
      " ",
    ),
    "",
    "--",
    "--__proto__",
  );
  const property = fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
    let expected: unknown;
    try {
      const { values, positionals } = parseArgs({
        args: argv,
        options: { ...table, ...commonOptions },
        allowPositionals: true,
        allowNegative: true,
      });
      expected = { words: positionals, options: { ...values } };
    } catch {
      expected = undefined;
    }
    const found = parseArguments(argv, table);
    expect(found && { ...found, options: { ...found.options } }).toEqual(expected);
  });
  fc.assert(property, { numRuns: 2_000 });
});
