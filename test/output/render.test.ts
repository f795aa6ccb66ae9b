import { expect, test } from "vitest";
import { problemsOf } from "../../src/commands/source.ts";
import { resolve } from "../../src/model/resolve.ts";
import { render } from "../../src/output/render.ts";
import { validate } from "../../src/rules/validate.ts";
import { parse } from "../../src/spec/load.ts";

test("a file that could never be compared again is refused before anything is written, with its size", () => {
  const spec = { version: 1, regions: { primary: "eu-central-1" }, secrets: { a: { name: "a", value: "external" } } };
  const model = resolve(validate(parse("spec.yaml", Buffer.from(JSON.stringify(spec)))));
  const [key] = model.keys;
  // 64 MB of description in each of ten keys: pages of text that are one string in memory.
  const description = `"${"x".repeat(64 * 1024 * 1024)}"` as never;
  const keys = Array.from({ length: 10 }, () => ({ ...key!, primary: { ...key!.primary, description } }));
  const origin = { spec: "spec.yaml", arguments: ["spec.yaml"] };
  let thrown: unknown;
  try {
    render({ ...model, keys }, origin);
  } catch (error) {
    thrown = error;
  }
  const [problem] = problemsOf(thrown, "spec.yaml");
  expect(problem).toMatchObject({ code: "output-too-large", file: "spec.yaml" });
  expect(problem!.message).toMatch(/^kms\.tf would have more than \d+ MB/);
});
