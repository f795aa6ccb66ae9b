/** Matches texts as policies do: a pattern with `*` for any characters and `?` for one, and a text, go in; nothing else is special. */

/** Whether `pattern` covers `text`, in whatever case; takes at most the product of their lengths. */
export function covers(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  let at = 0;
  let place = 0;
  /** Where to go on when what follows the last star does not fit: one character later. */
  let star = -1;
  let retry = 0;
  while (place < given.length) {
    if (wanted[at] === "*") {
      star = at;
      retry = place;
      at += 1;
    } else if (wanted[at] === "?" || wanted[at] === given[place]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      retry += 1;
      at = star + 1;
      place = retry;
    } else return false;
  }
  while (wanted[at] === "*") at += 1;
  return at === wanted.length;
}

type Actions = readonly string[] | undefined;

/** Whether a statement with these actions, or with all but those, is about an action. */
export function isAbout(
  { actions = [], not_actions = [] }: { readonly actions?: Actions; readonly not_actions?: Actions },
  action: string,
): boolean {
  const isIn = (patterns: readonly string[]) => patterns.some((pattern) => covers(pattern, action));
  return not_actions.length > 0 ? !isIn(not_actions) : isIn(actions);
}
