/**
 * Puts facts about what Terraform would do into words: a fact goes in, a diagnostic comes out, a refusal where something would be
 * lost. It finds nothing out by itself.
 */

import { knownRegions, shortCode } from "../aws/regions.ts";
import type { Diagnostic, Severity } from "../report/diagnostic.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Fact } from "./facts.ts";
import { rankOf, resourceType } from "./resource-types.ts";
import { referencesIn, staysInAws } from "./resources.ts";

/** What a fact means to the user; the address of a refusal is what `--allow-destroy` is given. */
export interface Effect {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** The generated file that it is about, as the user knows it. */
  readonly file: string;
  /** A resource address, `SECRET[REGION]` for a copy of a secret, `module.NAME`, `provider.aws.ALIAS`, `terraform.module`. */
  readonly address: string;
  /** The address of what it is a part of. */
  readonly belongsTo?: string | undefined;
  /** The worst comes first: of many only some are printed. */
  readonly rank: number;
}

const OTHERS = 100;

/** What a fact means; nothing where it goes without saying. */
export function effectOf(fact: Fact): Effect | undefined {
  switch (fact.what) {
    case "gone": {
      const { old, region, isBlocked } = fact;
      const because = isBlocked ? ", because there is something already where it is to move" : "";
      const { code, noun } = resourceType(old.type);
      if (code !== undefined) {
        if (staysInAws(old)) return left(old);
        return refusal(code, `${destruction(old, region)}${because}`, old);
      }
      return note("value-released", `${noun} stays in AWS as it is: Terraform no longer manages it`, old);
    }
    case "replaced": {
      const { old, region, because, isFollowing } = fact;
      const { code, successor } = resourceType(old.type);
      const reason = isFollowing
        ? `${because[0]} is replaced`
        : `${because.join(" and ")} ${because.length === 1 ? "changes" : "change"}`;
      if (code === undefined) return undefined;
      if (staysInAws(old)) return left(old, because);
      return refusal(
        code,
        `${destruction(old, region)}; then it creates a new one${successor}, because ${reason}`,
        old,
      );
    }
    case "relocated": {
      const { old, from, to } = fact;
      const { code } = resourceType(old.type);
      if (code === undefined) return undefined;
      if (staysInAws(old)) return left(old, ["region"]);
      return refusal(code, `creates a new one in ${to} and destroys, or loses sight of, the one in ${from}`, old);
    }
    case "copy-gone":
      return refusalOfCopy(fact, "without a recovery window");
    case "copy-replaced":
      return refusalOfCopy(
        fact,
        fact.isSameKey
          ? "and copies it again, because the provider takes the key's id and its ARN for two keys"
          : "and makes another one under another key",
      );
    case "copy-left": {
      const { old, region, isStranded } = fact;
      const stranded = ", where its key is deleted: it becomes unreadable, costs money, and is in the way of a new one";
      const message = `the copy in ${region} stays in AWS${isStranded ? stranded : ""}. The provider does not remove the last replica of a secret`;
      return { ...about(old), code: "last-replica-stays", severity: "warning", message, rank: OTHERS };
    }
    case "value-sent":
      return refusal(
        "value-would-be-overwritten",
        "sends a new version over the value that the secret has",
        fact.fresh,
      );
    case "argument-kept": {
      const { noun, consequence } = resourceType(fact.old.type).kept[fact.argument]!;
      const message = `${noun} stays in AWS as it is: Terraform does not take it away, ${consequence}`;
      return { ...about(fact.old), code: "argument-stays", severity: "warning", message, rank: OTHERS };
    }
    case "kept-shorter": {
      const message = `AWS deletes what is in ${resourceType(fact.old.type).noun} and is older than ${fact.days} days`;
      return { ...about(fact.fresh), code: "events-would-expire", severity: "warning", message, rank: OTHERS };
    }
    case "value-missing": {
      const { because, fresh } = fact;
      const what = `${because.join(" and ")} ${because.length === 1 ? "changes" : "change"}`;
      const message = `Terraform fails: ${what}, which is sent together with the value, and the version of that is the same`;
      return { ...about(fresh), code: "value-must-be-sent", severity: "refused", message, rank: OTHERS };
    }
    case "replica-left": {
      const message =
        "stays a copy of the key that it was made from, which is not the one that it is declared to be a copy of";
      return { ...about(fact.old), code: "replica-left-behind", severity: "warning", message, rank: OTHERS };
    }
    case "provider-gone": {
      const isUnaliased = fact.alias === "";
      const message = isUnaliased
        ? "Terraform looks for what is to go with a provider without a region: it fails, or loses sight of it in another region"
        : 'Terraform fails with "Provider configuration not present"';
      const address = isUnaliased ? "provider.aws" : `provider.aws.${fact.alias}`;
      return { code: "provider-would-be-gone", severity: "refused", message, file: fact.path, address, rank: OTHERS };
    }
    case "module-gone": {
      const place = { file: fact.path, address: `module.${fact.name}` };
      const message = "Terraform destroys everything in it";
      return { code: "module-would-be-destroyed", severity: "refused", message, ...place, rank: OTHERS };
    }
    case "account-left": {
      const { alias, path: file, from, to } = fact;
      const address = alias === "" ? "provider.aws" : `provider.aws.${alias}`;
      const message = `Terraform works in the account ${to.join(", ")} instead of ${from.join(", ")}: it loses sight of everything and creates it again`;
      return { code: "account-would-change", severity: "refused", message, file, address, rank: OTHERS };
    }
    case "addresses-changed": {
      const [from, to] = fact.isModule ? ["ADDRESS", "module.NAME.ADDRESS"] : ["module.NAME.ADDRESS", "ADDRESS"];
      const message = `Terraform knows everything as ${from}, looks for ${to}, and destroys and creates all of it`;
      const place = { file: fact.path, address: "terraform.module" };
      return { code: "addresses-would-change", severity: "refused", message, ...place, rank: OTHERS };
    }
  }
}

/** As reports hold it. */
export function diagnosticOf({ rank: _, ...effect }: Effect, hint: string | undefined): Diagnostic {
  return { ...effect, path: [], position: undefined, hint };
}

/** What Terraform does to a resource whose block is gone: "schedules deletion of the replica key in eu-west-1". */
export function destruction({ type, arguments: given }: DeclaredResource, region: string): string {
  const copies = type === "aws_secretsmanager_secret" && given.replica ? " and deletes its replicas at once" : "";
  return resourceType(type).destroyed.replace("{where}", region === "" ? "" : ` in ${region}`) + copies;
}

/** What stays in AWS because its block says so; `replacedFor` names the arguments for which a new one is to take its place. */
function left(old: DeclaredResource, replacedFor: readonly string[] = []): Effect {
  const { noun, keptWith, identity } = resourceType(old.type);
  const stays = `${noun} stays in AWS as it is, because ${keptWith} is true: Terraform only forgets it`;
  if (replacedFor.length === 0) return note("left-in-aws", stays, old);
  const isInTheWay = identity !== undefined && !replacedFor.includes(identity) && !replacedFor.includes("region");
  if (!isInTheWay) return note("left-in-aws", `${stays}, and creates a new one`, old);
  const message = `${stays}, and then fails to create a new one of the same ${identity}`;
  return { ...note("left-in-aws", message, old), severity: "warning" };
}

/** The region that the short code of an alias stands for, or else the alias. */
export function regionOfAlias(alias: string): string {
  return knownRegions.find((one) => shortCode(one) === alias) ?? alias;
}

function refusal(code: string, effect: string, resource: DeclaredResource): Effect {
  const message = `Terraform ${effect}`;
  const rank = rankOf(resource.type);
  return { ...about(resource), code, severity: "refused", message, belongsTo: ownerOf(resource), rank };
}

/** The key or the secret that a thing is a part of: a replica's primary, an alias's key, a rotation's secret. */
function ownerOf({ type, arguments: given }: DeclaredResource): string | undefined {
  const { role, ofKey, partOf } = resourceType(type);
  const argument = ofKey ?? partOf ?? (role === "replica" ? "primary_key_arn" : undefined);
  return argument === undefined ? undefined : referencesIn(given[argument])[0];
}

function refusalOfCopy(
  { old, region }: { readonly old: DeclaredResource; readonly region: string },
  how: string,
): Effect {
  return {
    code: "replica-would-be-deleted",
    severity: "refused",
    message: `Terraform deletes the secret's replica in ${region} at once, ${how}`,
    file: old.path,
    address: `${old.address}[${region}]`,
    belongsTo: old.address,
    rank: rankOf(old.type),
  };
}

function note(code: string, message: string, resource: DeclaredResource): Effect {
  return { ...about(resource), code, severity: "note", message, rank: OTHERS };
}

function about({ address, path }: DeclaredResource): Pick<Effect, "address" | "file"> {
  return { address, file: path };
}
