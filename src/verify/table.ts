/** Lays out what was seen as a table: subjects go in, text comes out, a row for each region and a column for each thing. */

import type { Paint } from "../report/diagnostic.ts";
import { withCommas } from "../report/printable.ts";
import type { Aspect, Finding } from "./findings.ts";
import type { Subject, View } from "./look.ts";

/** So many keys and secrets are shown in full; of more, those that something is wrong with. */
const SHOWN = 20;

/** What is the primary's alone: rotation is a key's, the rest a secret's too. */
const OF_PRIMARY: Readonly<Record<Subject["kind"], readonly Aspect[]>> = {
  key: ["rotation"],
  secret: ["rotation", "policy", "text"],
};

export function tableOf({ subjects, unlisted }: View, paint: Paint): string {
  const isWrong = ({ findings }: Subject) => findings.some(({ verdict }) => verdict !== "noted");
  const shown = subjects.length <= SHOWN ? subjects : subjects.filter(isWrong).slice(0, SHOWN);
  const hidden = subjects.filter((subject) => !shown.includes(subject));
  const blocks = shown.map((subject) => blockOf(subject, unlisted, paint));
  return [...blocks, ...restOf(hidden, isWrong)].join("\n");
}

function blockOf(subject: Subject, unlisted: View["unlisted"], paint: Paint): string {
  const { kind, id, name, regions, aspects } = subject;
  const rows = regions.map((region, index) => [
    region,
    ...aspects.map((aspect) => {
      if (index > 0 && OF_PRIMARY[kind].includes(aspect)) return "–";
      return cellOf(subject, aspect, region, unlisted);
    }),
  ]);
  // A copy that no one asked for is in a region of its own.
  const others = new Set(subject.findings.map(({ region }) => region).filter((region) => !regions.includes(region)));
  for (const region of others) {
    rows.push([
      region,
      ...aspects.map((aspect) => (has(subject, aspect, region) ? cellOf(subject, aspect, region, unlisted) : "–")),
    ]);
  }
  const widths = ["", ...aspects].map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[], colour: (cell: string, padded: string) => string) =>
    `  ${cells
      .map((cell, column) => colour(cell, cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd()}\n`;
  const title = `${paint("bold", `${kind} ${id}`)}  ${name}\n`;
  return (
    title +
    line(["", ...aspects], (_, padded) => paint("dim", padded)) +
    rows.map((row) => line(row, coloured)).join("")
  );

  function coloured(cell: string, padded: string): string {
    const style = COLOURS[cell.charAt(0)];
    return style === undefined ? padded : paint(style, padded);
  }
}

const COLOURS: Readonly<Record<string, Parameters<Paint>[0]>> = {
  "✔": "green",
  "✗": "red",
  "?": "yellow",
  "•": "cyan",
};

function has({ findings }: Subject, aspect: Aspect, region: string): boolean {
  return findings.some((one) => one.aspect === aspect && one.region === region);
}

function cellOf({ kind, findings }: Subject, aspect: Aspect, region: string, unlisted: View["unlisted"]): string {
  const found = findings.filter((one) => one.aspect === aspect && one.region === region);
  const [first] = found;
  if (first === undefined)
    return kind === "secret" && unlisted.has(region) ? "?" : isMissing(findings, region) ? "–" : "✔";
  const worst = ORDER.find((verdict) => found.some((one) => one.verdict === verdict))!;
  const words = found.find(({ verdict }) => verdict === worst)?.short ?? "";
  return [MARKS[worst], words].filter((part) => part !== "").join(" ");
}

const ORDER = ["differs", "unseen", "noted"] as const;
const MARKS: Readonly<Record<Finding["verdict"], string>> = { differs: "✗", unseen: "?", noted: "•" };

/** Where the thing itself is not there, or was not seen, nothing else of it was looked at. */
function isMissing(findings: readonly Finding[], region: string): boolean {
  return findings.some((one) => one.isWhole === true && one.region === region);
}

function restOf(hidden: readonly Subject[], isWrong: (subject: Subject) => boolean): string[] {
  if (hidden.length === 0) return [];
  const wrong = hidden.filter(isWrong).length;
  const fine = hidden.length - wrong;
  const lines = [
    ...(wrong > 0 ? [`${withCommas(wrong)} more are not as the spec says: --json lists all of them`] : []),
    ...(fine > 0 ? [`${withCommas(fine)} others are as the spec says`] : []),
  ];
  return [`${lines.join("\n")}\n`];
}
