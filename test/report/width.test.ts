import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { broken, fitted } from "../../src/report/width.ts";
import { run } from "../support/cli.ts";
import { fixturesFolder } from "../support/fixtures.ts";

const terminal = (columns: number) => ({ isTTY: true, columns, write: () => undefined });

test("a long line is broken at blanks, and goes on indented", () => {
  expect(broken("aaaa bbbb cccc dddd", 11, 2)).toBe("aaaa bbbb\n  cccc dddd");
  expect(broken("a".repeat(20), 11, 2)).toBe("a".repeat(20));
});

test("colours take no room", () => {
  const red = (text: string) => `\u001b[31m${text}\u001b[0m`;
  expect(broken(`${red("aaaa")} bbbb ${red("cccc")}`, 9, 2)).toBe(`${red("aaaa")} bbbb\n  ${red("cccc")}`);
});

test("what is to be copied is left whole, and so is everything where there is no terminal", () => {
  const words = "word ".repeat(30).trim();
  for (const line of [`        ${words}`, `  12 | ${words}`, `Run: ${words} --allow-destroy x`]) {
    expect(fitted(line, terminal(60))).toBe(line);
  }
  expect(fitted(words, terminal(60)).split("\n").length).toBe(3);
  expect(fitted(words, { ...terminal(60), isTTY: false })).toBe(words);
});

/** What cannot be broken, because it is one word or a command. */
const WHOLE = /^\s*\S+$|--?[a-z]|^ {8}/;

test.each([60, 80, 120])("every report of a wrong spec fits a terminal of %d columns", async (columns) => {
  const cwd = join(fixturesFolder, "invalid");
  const names = readdirSync(cwd).filter((name) => name.endsWith(".yaml"));
  for (const name of names) {
    const { stderr } = await run([name, "--check", "--out", "nowhere"], {
      cwd,
      isTTY: true,
      columns,
      env: { NO_COLOR: "1" },
    });
    const long = stderr.split("\n").filter((line) => line.length > columns && !WHOLE.test(line));
    expect(long, name).toEqual([]);
  }
});

test.each([60, 80, 100])("the help of every command fits a terminal of %d columns", async (columns) => {
  for (const command of ["", "guard", "adopt", "promote", "verify", "graph", "init"]) {
    const { stdout } = await run([...command.split(" ").filter(Boolean), "--help"], { isTTY: true, columns });
    expect(
      stdout.split("\n").filter((line) => line.length > columns),
      command,
    ).toEqual([]);
  }
});

test("what a code means fits a terminal of 60 columns", async () => {
  const { stdout } = await run(["explain", "other-account-manages"], { isTTY: true, columns: 60 });
  const meaning = stdout.slice(0, stdout.indexOf("For example"));
  expect(meaning.split("\n").filter((line) => line.length > 60)).toEqual([]);
  expect(meaning.split("\n").filter((line) => /^ {2}\S/.test(line)).length).toBeGreaterThan(2);
});
