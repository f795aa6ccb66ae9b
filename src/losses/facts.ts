/** Names what a comparison may find: facts about what Terraform would do, without a word about what they mean. */

import type { DeclaredResource } from "../terraform/declared.ts";

/** Something that Terraform would do, or fail at, that more than changes a thing in place. */
export type Fact =
  /** No file declares the resource any more. Blocked: it cannot move, because something is there already. */
  | { readonly what: "gone"; readonly old: DeclaredResource; readonly region: string; readonly isBlocked: boolean }
  /** The resource is destroyed and made again; because names arguments, or the address of what is replaced itself. */
  | {
      readonly what: "replaced";
      readonly old: DeclaredResource;
      readonly fresh: DeclaredResource;
      readonly region: string;
      readonly because: readonly string[];
      readonly isFollowing: boolean;
    }
  | {
      readonly what: "relocated";
      readonly old: DeclaredResource;
      readonly fresh: DeclaredResource;
      readonly from: string;
      readonly to: string;
    }
  /** A secret's copy in a region goes, while others stay. */
  | { readonly what: "copy-gone"; readonly old: DeclaredResource; readonly region: string }
  /** A secret's copy is deleted and made again under another key, or under one whose ARN is said instead of its id. */
  | {
      readonly what: "copy-replaced";
      readonly old: DeclaredResource;
      readonly region: string;
      readonly isSameKey: boolean;
    }
  /** A secret has no copies any more; the provider leaves those that there were. */
  | {
      readonly what: "copy-left";
      readonly old: DeclaredResource;
      readonly fresh: DeclaredResource;
      readonly region: string;
      /** Whether the copy's key is destroyed. */
      readonly isStranded: boolean;
    }
  /** A value is sent to a secret that had one from elsewhere. */
  | { readonly what: "value-sent"; readonly fresh: DeclaredResource }
  /** Terraform is given a value no longer; the secret keeps it. */
  | { readonly what: "argument-kept"; readonly old: DeclaredResource; readonly argument: string }
  /** AWS keeps what is in the resource for so many days, fewer than before. */
  | {
      readonly what: "kept-shorter";
      readonly old: DeclaredResource;
      readonly fresh: DeclaredResource;
      readonly days: number;
    }
  /** Something changes that can only be changed together with the value, whose version has not been increased. */
  | {
      readonly what: "value-missing";
      readonly old: DeclaredResource;
      readonly fresh: DeclaredResource;
      readonly because: readonly string[];
    }
  /** A replica remains a copy of a key that is destroyed. */
  | { readonly what: "replica-left"; readonly old: DeclaredResource; readonly fresh: DeclaredResource }
  /** Resources that are to be destroyed or forgotten have lost the provider that the state names. */
  | {
      readonly what: "provider-gone";
      readonly alias: string;
      readonly path: string;
      readonly region: string;
      readonly user: DeclaredResource;
    }
  | { readonly what: "module-gone"; readonly name: string; readonly path: string }
  | {
      readonly what: "account-left";
      readonly alias: string;
      readonly path: string;
      readonly from: readonly string[];
      readonly to: readonly string[];
    }
  /** Everything has other addresses, because the files are a child module now, or are none any more. */
  | { readonly what: "addresses-changed"; readonly isModule: boolean; readonly path: string };
