/** What the notation of texts promises, said once more and independently of the program: the judge of what it prints. */

/** The text that says exactly this, whatever braces are in it. */
export function escapeBraces(literal: string): string {
  return literal.replace(/([$&]\{[^{}]*\})|[{}]/g, (brace, kept?: string) => kept ?? brace + brace);
}

/** What only Terraform knows, as `spoken` in hcl.ts marks it in what is read. */
function marked(source: string): string {
  return `⟦${source}⟧`;
}

/** What a text says in a region: read character by character, what only Terraform knows is marked. */
export function saying(text: string, { region, label }: { readonly region: string; readonly label: string }): string {
  const known: Readonly<Record<string, string>> = { region, label, workspace: marked("terraform.workspace") };
  let said = "";
  for (let at = 0; at < text.length; at++) {
    const rest = text.slice(at);
    const [kept] = /^[$&]\{[^{}]*\}/.exec(rest) ?? [];
    const [whole, word = ""] = /^\{([a-z]+|var\.[A-Za-z_][\w-]*)\}/.exec(rest) ?? [];
    const meaning = word.startsWith("var.") ? marked(word) : known[word];
    if (kept !== undefined) said += kept;
    else if (rest.startsWith("{{") || rest.startsWith("}}")) said += rest[0];
    else said += whole !== undefined && meaning !== undefined ? meaning : rest[0];
    if (kept !== undefined) at += kept.length - 1;
    else if (rest.startsWith("{{") || rest.startsWith("}}")) at += 1;
    else if (whole !== undefined && meaning !== undefined) at += whole.length - 1;
  }
  // As Terraform has it, where a letter and what combines with it have come together.
  return said.normalize("NFC");
}
