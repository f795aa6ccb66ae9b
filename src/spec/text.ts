/**
 * Reads the notation of texts, the same wherever one may be: `{region}`, `{var.NAME}` and their like stand for something,
 * doubled braces for themselves. A text goes in, its literal parts and its placeholders come out; what a placeholder becomes
 * is decided elsewhere.
 */

/** What may be in braces besides variables. */
export const PLACEHOLDERS = ["region", "label", "workspace", "account", "partition", "dns_suffix"] as const;

export type Placeholder = (typeof PLACEHOLDERS)[number] | `var.${string}`;

/** A piece of a text: what it says literally, or what stands for something. */
export type Part = string | { readonly placeholder: Placeholder };

/**
 * `${…}` and `&{…}` are left alone: so AWS and Terraform's policy documents write variables that AWS fills in. The third
 * group is a word in braces, which is a placeholder if it is known.
 */
const TOKEN = /([$&]\{[^{}]*\})|(\{\{|\}\})|\{([\w.-]+)\}/g;

const VARIABLE = /^var\.[A-Za-z_][\w-]*$/;

function isPlaceholder(word: string): word is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(word) || VARIABLE.test(word);
}

/** A text cut into literal parts and placeholders, in turn; no part is empty, and no two literal ones follow each other. */
export function partsOf(text: string): readonly Part[] {
  if (!text.includes("{") && !text.includes("}")) return text === "" ? [] : [text];
  const parts: Part[] = [];
  let literal = "";
  let end = 0;
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found !== null; found = TOKEN.exec(text)) {
    const { index, 0: token, 2: doubled, 3: word } = found;
    literal += text.slice(end, index);
    end = index + token.length;
    if (word !== undefined && isPlaceholder(word)) {
      if (literal !== "") parts.push(literal);
      literal = "";
      parts.push({ placeholder: word });
    } else literal += doubled === undefined ? token : doubled.charAt(0);
  }
  literal += text.slice(end);
  return literal === "" ? parts : [...parts, literal];
}

export function placeholdersIn(texts: Iterable<string>): ReadonlySet<Placeholder> {
  const found = new Set<Placeholder>();
  for (const text of texts) {
    if (!text.includes("{")) continue;
    for (const part of partsOf(text)) if (typeof part === "object") found.add(part.placeholder);
  }
  return found;
}

/**
 * The words in braces that stand for nothing, as they are written: `{regoin}`, and `${word}` or `${var.NAME}`, which only
 * Terraform would take for a reference.
 */
export function unknownWordsIn(text: string): readonly string[] {
  if (!text.includes("{")) return [];
  return [...text.matchAll(TOKEN)].flatMap(({ 0: token, 1: kept, 3: word }) => {
    if (kept !== undefined) return /^[$&]\{[\w.-]+\}$/.test(kept) ? [token] : [];
    return word === undefined || isPlaceholder(word) ? [] : [token];
  });
}

/** The name of the variable that a placeholder stands for. */
export function variableIn(placeholder: Placeholder): string | undefined {
  return placeholder.startsWith("var.") ? placeholder.slice("var.".length) : undefined;
}

/** Whether only Terraform knows what a placeholder stands for: a variable, or the workspace. */
export function isOpen(placeholder: Placeholder): boolean {
  return placeholder === "workspace" || placeholder.startsWith("var.");
}

/** What a text says where its region and label are known: the placeholders that remain are open, or a policy's. */
export function filled(
  parts: readonly Part[],
  { region, label }: { readonly region: string; readonly label: string },
): readonly Part[] {
  const known: Readonly<Record<string, string>> = { region, label };
  const done: Part[] = [];
  for (const part of parts) {
    const piece = typeof part === "string" ? part : (known[part.placeholder] ?? part);
    const last = done.at(-1);
    if (typeof piece === "string" && typeof last === "string") done[done.length - 1] = last + piece;
    else done.push(piece);
  }
  return done;
}

/** A text for a message: what is literal in it, and what is not in braces. */
export function shown(parts: readonly Part[]): string {
  return parts.map((part) => (typeof part === "string" ? part : `{${part.placeholder}}`)).join("");
}

/** UTF-16 units of a text at least: what it says literally, and so many for each placeholder. */
export function fixedLength(parts: readonly Part[], forEach = 0): number {
  return parts.reduce((sum, part) => sum + (typeof part === "string" ? part.length : forEach), 0);
}

/** Whether a text says this for some value of each placeholder, of one character or more. */
export function canSay(parts: readonly Part[], text: string): boolean {
  let at = 0;
  /** The least that what stands for the placeholders since the last literal takes. */
  let open = 0;
  for (const [index, part] of parts.entries()) {
    if (typeof part === "object") open += 1;
    else {
      const isLast = index === parts.length - 1;
      const found =
        open === 0 ? at : isLast ? Math.max(at + open, text.length - part.length) : text.indexOf(part, at + open);
      if (found < 0 || !text.startsWith(part, found)) return false;
      at = found + part.length;
      open = 0;
    }
  }
  return open === 0 ? at === text.length : at + open <= text.length;
}
