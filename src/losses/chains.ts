/**
 * Finds moves on disk that the new files no longer speak of: a comparison goes in, diagnostics come out, refusals where what has not
 * been moved yet would be destroyed although the spec speaks of what came of it.
 */

import type { Diagnostic } from "../report/diagnostic.ts";
import { keyName } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { regionalKinds, regionalName } from "../spec/regional.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Comparison } from "./comparison.ts";
import { destruction } from "./effects.ts";
import { FormerNames } from "./former-names.ts";
import { note } from "./notes.ts";
import { renamedFrom } from "./phrases.ts";
import { resourceType } from "./resource-types.ts";

/** What the moves that are dropped may cost; `spec` is the spec's name. */
export function chainDiagnostics(compared: Comparison, spec: string): Diagnostic[] {
  const dropped = movesDropped(compared);
  if (dropped.size === 0) return [];
  const former = new FormerNames(compared);
  const ended: string[] = [];
  const broken = [...dropped.keys()].flatMap((from): Diagnostic[] => {
    if (compared.isForgotten(from)) return [];
    const next = nextStep(from, dropped, compared);
    if (next !== undefined) return brokenChain(from, next, compared, former);
    ended.push(from);
    return [];
  });
  return [...broken, ...endedMoves(ended, spec)];
}

/** The moves that the files on disk speak of and the new ones do not, though nothing is at the former address. */
function movesDropped({ before, after, beside }: Comparison): ReadonlyMap<string, string> {
  return new Map(
    [...before.moved].filter(
      ([from]) => !after.moved.has(from) && !after.resources.has(from) && beside.declared?.moved.has(from) !== true,
    ),
  );
}

/** The address from which the new files go on with a chain of moves whose step from an address is dropped. */
function nextStep(from: string, dropped: ReadonlyMap<string, string>, { after }: Comparison): string | undefined {
  const seen = new Set<string>();
  let current = dropped.get(from);
  while (current !== undefined && !after.moved.has(current) && !seen.has(current)) {
    seen.add(current);
    current = dropped.get(current);
  }
  return current !== undefined && after.moved.has(current) ? current : undefined;
}

/**
 * A thing that moves on while a step before is dropped: where that has not been applied yet, Terraform finds nothing at the place
 * from which it is to move, and destroys what is at the former one.
 */
function brokenChain(from: string, next: string, compared: Comparison, former: FormerNames): Diagnostic[] {
  const [type = "", name = ""] = from.split(".");
  if (resourceType(type).code === undefined) return [];
  const path = compared.before.resources.get(next)?.path ?? "";
  const moved: DeclaredResource = { type, name, address: from, path, arguments: {}, providerAlias: undefined, line: 1 };
  const message = `Terraform ${destruction(moved, "")} where the move to ${next} has not been applied yet, because that step is dropped`;
  const hint =
    wholeChain(next, compared, former) ??
    `Keep each step until all are applied, in a .tf file of your own: moved { from = ${from}, to = ${next} }, each on a line of its own. Where it is applied everywhere, allow it`;
  return [{ ...note("chain-would-break", message, { file: path, address: from }, "refused"), hint }];
}

/** What to write in the spec so that the new moves begin where those on disk did; nothing where an identifier and a label changed. */
function wholeChain(next: string, compared: Comparison, former: FormerNames): string | undefined {
  const { names } = compared;
  const today = nameIn(compared.today(next) ?? "");
  const said = (all: readonly string[], later: readonly string[], where: string) =>
    `Say every step: write ${renamedFrom([...all, ...later.slice(1)])} ${where}`;
  if (next.startsWith("aws_secretsmanager_")) {
    const secret = names.secrets.find(({ id }) => id === today);
    return secret && said(former.namesOf(next, nameIn), secret.spec.renamed_from ?? [], `under secrets.${secret.id}`);
  }
  const [type = ""] = next.split(".");
  for (const { id, ids, places, nameIn: ownName, where } of namedOf(type, names)) {
    for (const place of places) {
      const [label = place.label] = place.formerLabels;
      const front = `${label}_`;
      // The aliases and grants of a key may have a name of their own behind it.
      const behind = today.slice(ownName(place).length);
      const end = `_${ids[0] ?? id}${behind}`;
      if (today !== `${ownName(place)}${behind}` || nameIn(next) !== `${label}${end}`) continue;
      const known = former.namesOf(next, (address) => between(nameIn(address), front, behind));
      if (known.length > 1) return said(known, ids, `under ${where}`);
      if (ids.length > 0) return undefined;
      const labels = former.namesOf(next, (address) => between(nameIn(address), "", end));
      return said(labels, place.formerLabels, `at ${place.region} under regions`);
    }
  }
  return undefined;
}

/** Something that the spec names once and that has a resource of one type in each of its places. */
interface Named {
  readonly id: string;
  readonly ids: readonly string[];
  readonly places: readonly Place[];
  readonly nameIn: (place: Place) => string;
  /** Where the spec has it. */
  readonly where: string;
}

function namedOf(type: string, names: Names): readonly Named[] {
  const keys = type.startsWith("aws_kms_") ? names.keys : [];
  const regional = names.regional.filter(({ kind }) => regionalKinds[kind].type === type);
  return [
    ...keys.map((key) => ({
      id: key.id,
      ids: key.spec.renamed_from ?? [],
      places: keyPlaces(key, names),
      nameIn: (place: Place) => keyName(place, key),
      where: `keys.${key.id}`,
    })),
    ...regional.map((one) => ({
      id: one.id,
      ids: one.spec.renamed_from ?? [],
      places: one.places,
      nameIn: (place: Place) => regionalName(place, one),
      where: `${one.kind}.${one.id}`,
    })),
  ];
}

/** The part of a text between a beginning and an end; nothing where it has others. */
function between(text: string, start: string, end: string): string | undefined {
  const isBetween = text.startsWith(start) && text.endsWith(end) && text.length > start.length + end.length;
  return isBetween ? text.slice(start.length, text.length - end.length) : undefined;
}

/** The name in the address of a resource. */
function nameIn(address: string): string {
  return address.split(".")[1] ?? "";
}

/** Where a move has not been applied yet, Terraform destroys what is at the former address. */
function endedMoves([first, ...others]: readonly string[], spec: string): Diagnostic[] {
  if (first === undefined) return [];
  const rest = `${others.length} other${others.length === 1 ? "" : "s"}`;
  const which = others.length === 0 ? `block of ${first} is` : `blocks of ${first} and ${rest} are`;
  const danger = "where that has not been applied yet, Terraform destroys what is still there";
  return [note("changes-ended", `the moved ${which} gone: ${danger}`, { file: spec })];
}
