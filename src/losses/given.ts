/**
 * Finds the regions of providers that the generated files do not configure: texts and declarations go in, declarations with every
 * region that is known come out. It reads nothing from disk.
 */

import type { Change } from "../disk/compare.ts";
import type { Pieces } from "../output/pieces.ts";
import type { Declared, DeclaredProvider } from "../terraform/declared.ts";

/** What `provider.tf` says in comments about the providers that others configure. */
export interface GivenProviders {
  readonly isModule: boolean;
  /** Region by alias, the empty alias for the provider without one; those that may be in any region are left out. */
  readonly regions: ReadonlyMap<string, string>;
}

/** How the first line of the comments starts. */
const SAID = ["# A child module.", "# This provider is configured outside of"];

/** Characters of a file of providers, at most; files of secrets have millions, which would be looked through in vain. */
const MOST = 1_000_000;

const NOTHING: GivenProviders = { isModule: false, regions: new Map() };

/** What the files on disk and the new ones say. The template `provider.tf.hbs` has the other end of this. */
export function givenProviders(changes: readonly Change[]): {
  readonly before: GivenProviders;
  readonly after: GivenProviders;
} {
  return {
    before: read(textsBefore(changes)),
    after: read(textsAfter(changes)),
  };
}

function* textsBefore(changes: readonly Change[]): Iterable<string> {
  for (const change of changes) {
    const { kind, after = [], contents } = change;
    if (kind === "same") yield* onePage(after);
    // A large file is not read for this.
    else if (contents !== undefined && contents.size < MOST) yield change.before ?? "";
  }
}

function* textsAfter(changes: readonly Change[]): Iterable<string> {
  for (const { after = [] } of changes) yield* onePage(after);
}

/** The text in which providers may be: only secrets fill more than one page behind the header. */
function onePage(pieces: Pieces): Iterable<string> {
  return pieces.length > 2 ? [] : pieces;
}

function read(texts: Iterable<string>): GivenProviders {
  for (const text of texts) if (text.length < MOST && SAID.some((start) => hasLine(text, start))) return said(text);
  return NOTHING;
}

function hasLine(text: string, start: string): boolean {
  return text.startsWith(start) || text.includes(`\n${start}`);
}

function said(text: string): GivenProviders {
  const lines = text.matchAll(/^# {3}aws(?:\.([\w-]+))? in ([a-z0-9-]+)$/gm);
  const regions = new Map(Array.from(lines, ([, alias = "", region = ""]) => [alias, region]));
  return { isModule: hasLine(text, SAID[0]!), regions };
}

/**
 * The declarations, with the regions of providers that other files configure. What the file beside says counts more than what a
 * generated file says about it, which may be wrong.
 */
export function withRegions(declared: Declared, given: GivenProviders, beside: Declared | undefined): Declared {
  const providers = new Map<string, DeclaredProvider>(declared.providers);
  for (const [alias, region] of [...regionsIn(beside), ...given.regions]) {
    const known = providers.get(alias);
    if (known === undefined || known.region === "") {
      providers.set(alias, { path: "", line: 1, accounts: [], ...known, region });
    }
  }
  return { ...declared, providers };
}

function regionsIn(beside: Declared | undefined): [string, string][] {
  return [...(beside?.providers ?? [])].flatMap(([alias, { region }]) => (region === "" ? [] : [[alias, region]]));
}
