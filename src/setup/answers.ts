/** Names what is asked about a first spec, and what is known of it before; types only. */

/** What a first spec is made of. */
export interface Answers {
  readonly primary: string;
  readonly replicas: readonly string[];
  /** What is encrypted: names of the catalogue of services, each of which gets a key. */
  readonly services: readonly string[];
  /** The names of the secrets in AWS. */
  readonly secrets: readonly string[];
  /** Whether the folder has provider blocks of its own, which stay. */
  readonly ownProviders: boolean;
  readonly module: boolean;
}

/** The answers, and whether hooks are wanted. */
export type Asked = Answers & { readonly preCommit: boolean };

/** What the user has said with options, and is not asked. */
export type Given = { readonly [Name in keyof Asked]?: Asked[Name] | undefined };
