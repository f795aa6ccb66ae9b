/**
 * Reads references to what other files declare: Terraform's traversals, of names, attributes, keys in quotes and numbers in
 * brackets, and of nothing that is computed. A text goes in, what it refers to comes out.
 */

/** Something that Terraform knows and the spec only names. */
export interface Reference {
  readonly ref?: string | undefined;
  /** Only where a reference is not what it should be: otherwise a variable is a text, `{var.NAME}`. */
  readonly variable?: string | undefined;
}

/** A text, or what is in the place of one. */
export type TextOrReference = string | Reference;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
export const TRAVERSAL = /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*|\["[^"\\$%\u0000-\u001f\u007f-\u009f]*"\]|\[\d{1,6}\])+$/;

/** How many names the address of each kind of thing has, `data` and its like included; others are resources, with two. */
const NAMES_IN_ADDRESS: Readonly<Record<string, number>> = { var: 2, local: 2, module: 2, data: 3, ephemeral: 3 };

/** The address of what a reference begins at, `data.aws_iam_role.app`, and what it takes of it; `undefined` for no traversal. */
export function referred(
  ref: string,
): { readonly kind: string; readonly address: string; readonly isWhole: boolean } | undefined {
  if (!TRAVERSAL.test(ref)) return undefined;
  const names = ref.replace(/\[[^\]]*\]/g, "").split(".");
  const [root = ""] = names;
  const kind = Object.hasOwn(NAMES_IN_ADDRESS, root) ? root : "resource";
  const length = NAMES_IN_ADDRESS[kind] ?? 2;
  return { kind, address: names.slice(0, length).join("."), isWhole: names.length <= length };
}

/** The texts among texts and references: rules that look into a text have nothing to say of a reference. */
export function textsAmong(some: readonly TextOrReference[]): readonly string[] {
  return some.filter((one) => typeof one === "string");
}
