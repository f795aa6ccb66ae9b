/**
 * Says which names can be equal although they are written differently, because a variable or the workspace may have any value:
 * names as parts go in, pairs come out. A pair that is equal however the variables are set is not among them.
 */

import type { NamedVariable } from "../spec/names.ts";
import type { Part } from "../spec/text.ts";

/** A name and whatever has it. */
export interface Candidate<T> {
  readonly parts: readonly Part[];
  readonly owner: T;
}

/** A character, or a placeholder in its braces; nothing in a legal name looks like one. */
type Tokens = readonly string[];

/** What placeholders may stand for, by token: these values, or texts of these characters; anything where nothing is said. */
interface Domains {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly characters: ReadonlyMap<string, RegExp>;
}

/** The pairs of names that can be equal; of thousands of names with one variable at their start it looks at each once. */
export function* possiblyEqual<T>(
  candidates: readonly Candidate<T>[],
  variables: readonly NamedVariable[],
): Iterable<readonly [T, T]> {
  const domains = domainsOf(variables);
  const names = candidates.map(({ parts, owner }) => ({ tokens: tokensOf(parts), owner }));
  for (const [one, other, depth] of pairsWithOpenFork(names, 0)) {
    if (canBeEqual(one.tokens.slice(depth), other.tokens.slice(depth), domains)) yield [one.owner, other.owner];
  }
}

/** What Terraform takes as the name of a workspace: no more than a path's segment is written with (validWorkspaceName). */
const OF_WORKSPACES = /^[\w.~$&+=:@-]$/;

function domainsOf(variables: readonly NamedVariable[]): Domains {
  const values = new Map<string, readonly string[]>();
  const characters = new Map([["{workspace}", OF_WORKSPACES]]);
  for (const { name, spec, type } of variables) {
    const token = `{var.${name}}`;
    const few = spec.allowed ?? (type === "bool" ? [true, false] : undefined);
    if (few !== undefined) values.set(token, few.map(String));
    else if (type === "number") characters.set(token, /^[-+.e\d]$/);
  }
  return { values, characters };
}

function tokensOf(parts: readonly Part[]): Tokens {
  return parts.flatMap((part) => (typeof part === "string" ? [...part] : [`{${part.placeholder}}`]));
}

function isOpenToken(token: string | undefined): boolean {
  return token !== undefined && token.length > 1 && token.startsWith("{");
}

interface Name<T> {
  readonly tokens: Tokens;
  readonly owner: T;
}

/** The pairs that part where one of the two has a placeholder, and how many tokens they share before. */
function* pairsWithOpenFork<T>(
  names: readonly Name<T>[],
  depth: number,
): Iterable<readonly [Name<T>, Name<T>, number]> {
  if (names.length < 2) return;
  const groups = new Map<string, Name<T>[]>();
  for (const name of names) {
    const token = name.tokens[depth] ?? "";
    const group = groups.get(token);
    if (group === undefined) groups.set(token, [name]);
    else group.push(name);
  }
  for (const [token, group] of groups) if (token !== "") yield* pairsWithOpenFork(group, depth + 1);
  const forks = [...groups].map(([token, group]) => ({ isOpen: isOpenToken(token), group }));
  for (const [index, { isOpen, group }] of forks.entries()) {
    for (const other of forks.slice(index + 1)) {
      if (!isOpen && !other.isOpen) continue;
      for (const one of group) for (const two of other.group) yield [one, two, depth];
    }
  }
}

/** Combinations of values that are tried one by one. */
const MOST_COMBINATIONS = 1000;

function canBeEqual(one: Tokens, other: Tokens, domains: Domains): boolean {
  const { values } = domains;
  const [left, right] = withoutCommonEnds(one, other);
  if (left.length === 0 || right.length === 0) return left.length === right.length;
  const ends = [
    [left[0], right[0]],
    [left.at(-1), right.at(-1)],
  ];
  if (ends.some((pair) => !pair.some(isOpenToken))) return false;
  if (!haveEqualCounts(left, right)) return false;
  const known = [...new Set([...left, ...right])].filter((token) => values.has(token));
  const combinations = known.reduce((product, token) => product * values.get(token)!.length, 1);
  const [token] = known;
  if (token === undefined || combinations > MOST_COMBINATIONS) return overlap(left, right, domains);
  return values.get(token)!.some((value) => {
    const withValue = (tokens: Tokens) => tokens.flatMap((piece) => (piece === token ? [...value] : [piece]));
    return canBeEqual(withValue(left), withValue(right), domains);
  });
}

function withoutCommonEnds(one: Tokens, other: Tokens): readonly [Tokens, Tokens] {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start += 1;
  let [left, right] = [one.length, other.length];
  while (left > start && right > start && one[left - 1] === other[right - 1]) {
    left -= 1;
    right -= 1;
  }
  return [one.slice(start, left), other.slice(start, right)];
}

/** Where both have the same placeholders, equally often, the characters between them must be the same too. */
function haveEqualCounts(left: Tokens, right: Tokens): boolean {
  const sorted = (tokens: Tokens, isOpen: boolean) =>
    tokens
      .filter((token) => isOpenToken(token) === isOpen)
      .sort()
      .join("\n");
  return sorted(left, true) !== sorted(right, true) || sorted(left, false) === sorted(right, false);
}

/** Whether there is a text that fits both, each placeholder standing for one character or more, whatever the others stand for. */
function overlap(left: Tokens, right: Tokens, { characters }: Domains): boolean {
  const fits = (token: string, other: string) =>
    isOpenToken(token) ? isOpenToken(other) || (characters.get(token)?.test(other) ?? true) : token === other;
  const seen = new Set<number>();
  const open: (readonly [number, number])[] = [[0, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [at, against] = next;
    if (at === left.length && against === right.length) return true;
    const [one, other] = [left[at], right[against]];
    const state = at * (right.length + 1) + against;
    if (one === undefined || other === undefined || seen.has(state)) continue;
    seen.add(state);
    if (!(isOpenToken(other) ? fits(other, one) : fits(one, other))) continue;
    open.push([at + 1, against + 1]);
    if (isOpenToken(one)) open.push([at, against + 1]);
    if (isOpenToken(other)) open.push([at + 1, against]);
  }
  return false;
}
