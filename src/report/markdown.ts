/** Writes an outcome as Markdown, for the page of a workflow run or a comment on a pull request. It never shows a value of a secret. */

import { type Diagnostic, printPretty } from "./diagnostic.ts";
import type { Outcome } from "./outcome.ts";
import { outlookInMarkdown } from "./outlook.ts";
import { oneLine, printable } from "./printable.ts";

/** What the exit code says, in a few words. */
const RESULTS: Readonly<Record<number, string>> = {
  0: "Up to date",
  1: "Files differ from the spec",
  2: "The spec is wrong",
  3: "Refused: a file is in the way",
  4: "Refused: something would be lost",
};

/** `specs` are the specs as the user named them. */
export function inMarkdown(outcome: Outcome, specs: readonly string[]): string {
  const { exitCode, actions, files = [], diagnostics, advice = [], json } = outcome;
  const differing = files.filter(({ state }) => state !== "same");
  const isWritten = exitCode === 0 && differing.length > 0;
  const result = isWritten ? "Written" : (RESULTS[exitCode] ?? "Not finished");
  const refused = json?.writeIsRefused === true ? ", and writing them will be refused" : "";
  // Files that differ are in the table.
  const listed = diagnostics.filter(
    ({ code, file }) => !differing.some((one) => one.path === file && one.state === code),
  );
  const parts = [
    `### mrk-scaffold ${specs.map(code).join(" ")}: ${result}${refused}\n`,
    actions === undefined ? "" : outlookInMarkdown(actions),
    differing.length === 0 ? "" : tableOf(differing),
    listed.length === 0 ? "" : fenced(reportOf(listed)),
    advice.map((line) => `${escaped(line)}\n`).join(""),
  ];
  return `${parts.filter((part) => part !== "").join("\n")}\n`;
}

function tableOf(files: NonNullable<Outcome["files"]>): string {
  const rows = files.map(({ path, reason }) => `| ${code(path).replaceAll("|", "\\|")} | ${escaped(reason)} |\n`);
  return `| file | before |\n| --- | --- |\n${rows.join("")}`;
}

function reportOf(diagnostics: readonly Diagnostic[]): string {
  return printable(printPretty(diagnostics, (_, text) => text));
}

/** A block that ends where it should, whatever is in it. */
function fenced(text: string): string {
  const ticks = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(ticks + 1);
  return `${fence}text\n${text.trimEnd()}\n${fence}\n`;
}

function code(text: string): string {
  const line = oneLine(text);
  return line.includes("`") ? `\`\` ${line} \`\`` : `\`${line}\``;
}

function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_{}[\]<>|#]/g, "\\$&");
}
