/**
 * The command `graph`: a spec goes in; a picture of its regions, keys and what is under them comes out as Mermaid, DOT or SVG text. It
 * writes nothing.
 */

import { EXIT, type Io } from "../io.ts";
import { misuse, type Outcome } from "../report/outcome.ts";
import { keyName, type NamedKey } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { regionalKinds, shownName } from "../spec/regional.ts";
import { oneSpec } from "./one-spec.ts";
import { checkedSpec } from "./source.ts";

export interface GraphOptions {
  readonly format?: string;
}

/** What is drawn: who is where, and under which key. */
interface Picture {
  readonly regions: readonly Place[];
  readonly keys: readonly DrawnKey[];
  /** Secrets under AWS's own key. */
  readonly others: readonly DrawnThing[];
}

interface DrawnKey {
  readonly key: NamedKey;
  readonly places: readonly Place[];
  readonly things: readonly DrawnThing[];
}

/** A secret, or whatever else is under a key. */
interface DrawnThing {
  readonly name: string;
  /** Its name in a region. */
  readonly nameIn: (place: Place) => string;
  /** Its primary first, if it is a copy elsewhere. */
  readonly places: readonly Place[];
  readonly isReplicated: boolean;
}

export async function graph(
  { words, options }: { readonly words: readonly string[]; readonly options: GraphOptions },
  io: Io,
): Promise<Outcome> {
  const specs = words.length > 0 ? words : await oneSpec(io, "mrk-scaffold graph");
  if ("exitCode" in specs) return specs;
  const [spec, ...rest] = specs;
  const draw = FORMATS[options.format ?? "mermaid"];
  if (spec === undefined || rest.length > 0) {
    return misuse("graph draws one spec", "Write, for example: mrk-scaffold graph spec.yaml");
  }
  if (draw === undefined) {
    return misuse(`unknown format ${JSON.stringify(options.format)}`, "Write --format mermaid, dot or svg.");
  }
  const found = checkedSpec(spec, io);
  if ("problems" in found) return { exitCode: EXIT.wrong, diagnostics: found.problems };
  const { names, warnings } = found.checked;
  return { exitCode: EXIT.done, diagnostics: warnings, text: draw(pictureOf(names)) };
}

function pictureOf(names: Names): Picture {
  const byKey = new Map<string, DrawnThing[]>();
  const add = (key: NamedKey | undefined, thing: DrawnThing) => {
    const id = key?.id ?? "";
    byKey.set(id, [...(byKey.get(id) ?? []), thing]);
  };
  for (const { key, name, replicas } of names.secrets) {
    add(key, { name, nameIn: () => name, places: [names.primary, ...replicas], isReplicated: true });
  }
  for (const one of names.regional) {
    const { noun } = regionalKinds[one.kind];
    const nameIn = (place: Place) => `${noun} ${shownName(one, place)}`;
    add(one.key, { name: `${noun} ${one.id}`, nameIn, places: one.places, isReplicated: false });
  }
  for (const key of names.keys) {
    const places = keyPlaces(key, names).filter((place) => key.inRegion(place).defaultForEbs);
    const name = "EBS by default";
    if (places.length > 0) add(key, { name, nameIn: () => name, places, isReplicated: false });
  }
  return {
    regions: [names.primary, ...names.replicas],
    keys: [...names.keys, ...names.existing].map((key) => ({
      key,
      places: keyPlaces(key, names),
      things: byKey.get(key.id) ?? [],
    })),
    others: byKey.get("") ?? [],
  };
}

/** How many things under a key are drawn one by one; a picture of thousands shows nothing. */
const DRAWN_THINGS = 12;

/** What is under a key in a region, by name, the rest counted. */
function thingsIn(place: Place, things: readonly DrawnThing[]): readonly string[] {
  const here = things.filter(({ places }) => places.some(({ region }) => region === place.region));
  const shown = here.slice(0, DRAWN_THINGS).map(({ nameIn }) => nameIn(place));
  return here.length > shown.length ? [...shown, `and ${here.length - shown.length} more`] : shown;
}

/** A key's resource in a region, for the formats that draw boxes. */
interface Box {
  readonly id: string;
  readonly place: Place;
  readonly isPrimary: boolean;
  readonly title: string;
  readonly things: readonly string[];
}

function boxesOf({ keys }: Picture): readonly Box[] {
  return keys.flatMap(({ key, places, things }) =>
    places.map((place, index): Box => {
      const isPrimary = index === 0;
      return {
        id: keyName(place, key).replace(/[^A-Za-z0-9_]/g, "_"),
        place,
        isPrimary,
        title: `${key.id} (${isPrimary ? "primary" : "replica"})`,
        things: thingsIn(place, things),
      };
    }),
  );
}

/** From each primary to its replicas. */
function replications(boxes: readonly Box[]): readonly (readonly [from: string, to: string])[] {
  let primary = "";
  return boxes.flatMap(({ id, isPrimary }) => {
    if (isPrimary) primary = id;
    return isPrimary ? [] : [[primary, id] as const];
  });
}

/** https://mermaid.js.org/syntax/flowchart.html, which GitHub draws in Markdown. */
function mermaid(picture: Picture): string {
  const boxes = boxesOf(picture);
  const text = (lines: readonly string[]) => lines.map((line) => line.replaceAll('"', "#quot;")).join("<br>");
  const regions = picture.regions.flatMap(({ region, label }) => {
    const here = boxes.filter(({ place }) => place.region === region);
    const nodes = here.map(
      ({ id, isPrimary, title, things }) =>
        `    ${id}["${text([`<b>${title}</b>`, ...things])}"]:::${isPrimary ? "primary" : "replica"}`,
    );
    return here.length === 0 ? [] : [`  subgraph region_${label.replaceAll("-", "_")}["${region}"]`, ...nodes, "  end"];
  });
  const arrows = replications(boxes).map(([from, to]) => `  ${from} --> ${to}`);
  return [
    "flowchart LR",
    ...regions,
    ...arrows,
    "  classDef primary fill:#1f6feb,stroke:#0b3d91,color:#ffffff",
    "  classDef replica fill:#ddebff,stroke:#1f6feb,color:#0b2a5b",
    "",
  ].join("\n");
}

/** https://graphviz.org/doc/info/lang.html */
function dot(picture: Picture): string {
  const boxes = boxesOf(picture);
  const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const regions = picture.regions.flatMap(({ region }, index) => {
    const nodes = boxes
      .filter(({ place }) => place.region === region)
      .map(({ id, isPrimary, title, things }) => {
        const label = quoted([title, ...things].join("\n")).replaceAll("\n", "\\n");
        const colours = isPrimary
          ? 'fillcolor="#1f6feb", fontcolor="#ffffff"'
          : 'fillcolor="#ddebff", fontcolor="#0b2a5b"';
        return `    ${id} [label=${label}, ${colours}];`;
      });
    return nodes.length === 0 ? [] : [`  subgraph cluster_${index} {`, `    label=${quoted(region)};`, ...nodes, "  }"];
  });
  return [
    "digraph mrk {",
    "  rankdir=LR;",
    '  fontname="sans-serif";',
    '  node [shape=box, style="rounded,filled", color="#1f6feb", fontname="sans-serif"];',
    ...regions,
    ...replications(boxes).map(([from, to]) => `  ${from} -> ${to};`),
    "}",
    "",
  ].join("\n");
}

const ROW = 30;
const HEAD = 56;
const COLUMN = 148;
const MARGIN = 24;
/** Hues of the keys, far enough apart to be told from each other; from the eighth key on they come again. */
const HUES = [212, 28, 152, 284, 350, 188, 60, 250];

/** A table: a column a region, a band a key, a row a secret or another thing; filled where the primary is, outlined where a replica is. */
function svg({ regions, keys, others }: Picture): string {
  const bands = keys.map(({ key, places, things }, index) => ({
    key,
    places,
    things,
    hue: HUES[index % HUES.length]!,
  }));
  const rows = bands.flatMap(({ key, places, things, hue }): Row[] => [
    { name: key.id, isKey: true, hue, regions: places.map(({ region }) => region), isReplicated: true },
    ...thingRows(things, hue),
  ]);
  if (others.length > 0) rows.push(...thingRows(others, 0));
  const longest = Math.max(8, ...rows.map(({ name, isKey }) => name.length + (isKey ? 0 : 2)));
  const side = Math.min(420, 40 + 7.4 * longest);
  const width = Math.round(2 * MARGIN + side + COLUMN * regions.length);
  const height = 2 * MARGIN + HEAD + ROW * rows.length;
  const columnOf = (index: number) => Math.round(MARGIN + side + COLUMN * index);
  const heads = regions.map(({ region }, index) => {
    const middle = columnOf(index) + COLUMN / 2;
    const role = index === 0 ? "primary" : "replica";
    return `<text x="${middle}" y="${MARGIN + 16}" class="region">${xml(region)}</text><text x="${middle}" y="${MARGIN + 34}" class="role">${role}</text>`;
  });
  const lines = rows.map((row, index) => {
    const top = MARGIN + HEAD + ROW * index;
    const cells = regions.flatMap(({ region }, column) => {
      const at = row.regions.indexOf(region);
      return at < 0 ? [] : [cell(columnOf(column), top, row, at === 0 || !row.isReplicated)];
    });
    const band = row.isKey
      ? `<rect x="${MARGIN}" y="${top + 1}" width="${width - 2 * MARGIN}" height="${ROW - 2}" rx="6" fill="hsl(${row.hue} 70% 96%)"/>`
      : "";
    const x = MARGIN + (row.isKey ? 12 : 28);
    return `${band}<text x="${x}" y="${top + 20}" class="${row.isKey ? "key" : "secret"}">${xml(row.name)}</text>${cells.join("")}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Keys and secrets by region">
<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1c2733; }
.region { font-weight: 600; text-anchor: middle; }
.role { font-size: 11px; fill: #66727f; text-anchor: middle; }
.key { font-weight: 600; }
.secret { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 12px; }
.on { fill: #ffffff; font-size: 11px; font-weight: 600; text-anchor: middle; }
.off { font-size: 11px; text-anchor: middle; }
</style>
<rect width="100%" height="100%" rx="10" fill="#ffffff"/>
${heads.join("\n")}
${lines.join("\n")}
</svg>
`;
}

interface Row {
  readonly name: string;
  readonly isKey: boolean;
  readonly hue: number;
  /** Where it is, its primary first. */
  readonly regions: readonly string[];
  readonly isReplicated: boolean;
}

function thingRows(things: readonly DrawnThing[], hue: number): readonly Row[] {
  const rows = things.slice(0, DRAWN_THINGS).map(({ name, places, isReplicated }): Row => {
    return { name, isKey: false, hue, regions: places.map(({ region }) => region), isReplicated };
  });
  const rest = things.length - rows.length;
  return rest > 0 ? [...rows, { name: `and ${rest} more`, isKey: false, hue, regions: [], isReplicated: true }] : rows;
}

/** A key is a pill with its role, a secret a dot in the colour of its key. */
function cell(left: number, top: number, { isKey, hue }: Row, isPrimary: boolean): string {
  const middle = left + COLUMN / 2;
  const colour = `hsl(${hue} 62% 42%)`;
  const look = isPrimary ? `fill="${colour}"` : `fill="#ffffff" stroke="${colour}" stroke-width="1.5"`;
  if (!isKey) return `<circle cx="${middle}" cy="${top + ROW / 2}" r="5" ${look}/>`;
  const text = isPrimary ? `class="on">primary` : `class="off" style="fill: ${colour}">replica`;
  return `<rect x="${middle - 38}" y="${top + 5}" width="76" height="20" rx="10" ${look}/><text x="${middle}" y="${top + 19}" ${text}</text>`;
}

function xml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

const FORMATS: Readonly<Record<string, (picture: Picture) => string>> = { mermaid, dot, svg };
