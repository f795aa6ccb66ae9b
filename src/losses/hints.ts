/**
 * Says what to write so that nothing is lost: a fact and the comparison that it comes from go in, a sentence comes out. It
 * decides nothing about what is lost. Doing what a hint says leads to a run that is not refused for the same reason.
 */

import { shortCode } from "../aws/regions.ts";
import type { NamedKey } from "../spec/keys.ts";
import { DEFAULT_KEYS } from "../spec/names.ts";
import { kindOf } from "../spec/regional.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import type { Comparison } from "./comparison.ts";
import { regionOfAlias } from "./effects.ts";
import type { Fact } from "./facts.ts";
import { FormerNames, keyNameOf } from "./former-names.ts";
import {
  aliasInSpec,
  command,
  keeping,
  movedAll,
  nameToKeep,
  promotion,
  renamedFrom,
  retirement,
  shortAlias,
  usersOf,
} from "./phrases.ts";
import { RegionalHints } from "./regional-hints.ts";
import { otherRole, resourceType } from "./resource-types.ts";
import { copiesIn, inSpecWords, isOfReplica, referencesIn, regionOf, staysInAws } from "./resources.ts";

/** What is written instead of letting go of something: for the facts of one comparison. */
export class Hints {
  readonly #compared: Comparison;
  readonly #former: FormerNames;
  readonly #regional: RegionalHints;

  constructor(compared: Comparison) {
    this.#compared = compared;
    this.#former = new FormerNames(compared);
    this.#regional = new RegionalHints(compared, this.#former);
  }

  /** What to write, where something would do. */
  for(fact: Fact): string | undefined {
    switch (fact.what) {
      case "gone":
        return fact.isBlocked || staysInAws(fact.old) ? undefined : this.#forGone(fact.old);
      case "replaced":
        return fact.isFollowing ? undefined : this.#forReplaced(fact.old, fact.fresh);
      case "relocated":
        return this.#forRelocated(fact);
      case "copy-gone":
        return (
          this.#keyOfCopyDropped(fact) ??
          `To keep a copy of it, make it a secret of its own, then allow it: ${command("stop-replication-to-replica", fact.old, fact.region)}`
        );
      case "copy-left": {
        const region = regionOf(fact.old, this.#compared.before);
        return `To remove it: ${command("remove-regions-from-replication", fact.old, region)} --remove-replica-regions ${fact.region}`;
      }
      case "copy-replaced":
        return this.#keyOfCopies(fact.old);
      case "value-sent":
        return `To keep the value that AWS has, write value: external under secrets.${fact.fresh.name}`;
      case "argument-kept": {
        const key = this.#former.keyToday(fact.old.address);
        const { write } = resourceType(fact.old.type).kept[fact.argument]!;
        return key && write && `For AWS's default write ${write} under keys.${key.id}`;
      }
      case "kept-shorter":
        return this.#regional.keptShorter(fact.old, fact.fresh);
      case "value-missing":
        return this.#regional.sentAgain(fact.fresh);
      case "replica-left":
        return `Once that is applied, have it made again: terraform apply -replace='${fact.fresh.address}'`;
      case "provider-gone":
        return this.#forProvider(fact);
      case "account-left":
        return "Give another account a spec and a folder of its own, with a state of its own";
      case "addresses-changed":
        return movedAll(fact.isModule);
      case "module-gone":
        return undefined;
    }
  }

  /** A copy that goes with its key needs the key; as a secret of its own it would be in the way once the key is back. */
  #keyOfCopyDropped({ old, region }: Extract<Fact, { what: "copy-gone" }>): string | undefined {
    const { before, after } = this.#compared;
    const copy = copiesIn(old, before).find((one) => (one.region || one.source) === region);
    const key = before.resources.get(referencesIn(copy?.key)[0] ?? "");
    if (key === undefined) return undefined;
    if (this.#compared.isGone(key.address)) return this.#replicaDropped(key);
    const fresh = after.resources.get(this.#compared.today(key.address) ?? "");
    const to = fresh === undefined ? "" : regionOf(fresh, after);
    return to === "" || to === region ? undefined : this.#forRelocated({ old: key, from: region, to });
  }

  #forRelocated({ old, from, to }: Pick<Extract<Fact, { what: "relocated" }>, "old" | "from" | "to">): string {
    const { names } = this.#compared;
    const { primary, replicas, secretsPlace, secretsStep } = names;
    const isSecretAlone =
      old.type.startsWith("aws_secretsmanager_") && (secretsStep !== undefined || to !== primary.region);
    if (isSecretAlone && to === secretsPlace.region) {
      return `Terraform ignores the import of what it still has: apply secrets: { region: ${to}, step: detach } under regions first, as mrk-scaffold promote SPEC --to ${to} --secrets-only writes it`;
    }
    if (!isSecretAlone && to === primary.region) {
      const isReplica = replicas.some(({ region }) => region === from);
      const exchange = isReplica ? `, and put ${to} in its place among the replicas` : "";
      return `Keep ${from} as the primary region${exchange}: ${promotion(to)}`;
    }
    const users = usersOf(to, names);
    const elsewhere = users.length === 0 ? "" : `, and put it in place of ${to} under ${users.join(", ")}`;
    const place = replicas.find(({ region }) => region === to);
    if (place !== undefined && place.formerLabels.length > 0)
      return `Take renamed_from out at ${to}: a resource cannot move to another region`;
    const what = place === undefined ? "it" : `the label ${place.label}`;
    return `Keep ${from} for ${what}${elsewhere}: a resource cannot move to another region`;
  }

  #forGone(old: DeclaredResource): string {
    const kind = kindOf(old.type);
    const region = regionOf(old, this.#compared.before);
    const ofRegion = () => this.#labelChange(old, region) ?? this.#regionLeft(old, region) ?? this.#replicaDropped(old);
    if (kind !== undefined) return this.#regional.gone(old, kind, ofRegion) ?? keeping(this.#compared.names.spec);
    if (!old.type.startsWith("aws_kms_")) return this.#secretRename(old) ?? keeping(this.#compared.names.spec);
    return (
      this.#promoted(old) ??
      this.#keyRename(old) ??
      this.#labelApplied(old) ??
      ofRegion() ??
      this.#aliasDropped(old) ??
      this.#defaultKey(old) ??
      keeping(this.#compared.names.spec)
    );
  }

  /** A key that is declared in its other role under the same name has been promoted by hand. */
  #promoted(old: DeclaredResource): string | undefined {
    const other = otherRole(old.address);
    if (other === undefined || !this.#compared.isNew(other)) return undefined;
    return promotion(this.#compared.names.primary.region);
  }

  /** A key that has gone while its alias, or one equal key, has come under another identifier was most likely renamed. */
  #keyRename(old: DeclaredResource): string | undefined {
    const id = this.#former.keyIdOf(old);
    const former = id === undefined ? undefined : this.#former.primaryOf(id);
    const heir = former && this.#former.heirOf(former);
    const renamed = heir && this.#former.keyToday(heir.address);
    if (id === undefined || former === undefined || renamed === undefined) return undefined;
    // An identifier that the spec has still is no former one, as when two change places.
    if (this.#compared.names.keys.some((key) => key.id === id)) return undefined;
    if (renamed.spec.renamed_from?.includes(id)) return undefined;
    const label = this.#former.labelOf(former);
    const ids = this.#former.namesOf(former.address, (address) => {
      const name = address.split(".")[1] ?? "";
      return name.startsWith(`${label}_`) ? name.slice(`${label}_`.length) : undefined;
    });
    const alias = this.#former.aliasOf(former);
    const aliases = renamed.inRegion(this.#compared.names.primary).aliases.map(({ pattern }) => pattern);
    const isOtherAlias = alias !== undefined && !aliases.includes(alias);
    return `It looks like a rename: write ${renamedFrom(ids)}${isOtherAlias ? ` and ${aliasInSpec(alias)}` : ""} under keys.${renamed.id}`;
  }

  /** Secrets of one name are one secret; otherwise it is the one that is equal but for its name. */
  #secretRename({ type, name: id }: DeclaredResource): string | undefined {
    if (!type.startsWith("aws_secretsmanager_")) return undefined;
    const { before, names } = this.#compared;
    const former = before.resources.get(`aws_secretsmanager_secret.${id}`);
    if (former === undefined || !this.#compared.isGone(former.address)) return undefined;
    const formerName = former.arguments.name === undefined ? undefined : inSpecWords(String(former.arguments.name));
    const namesake = names.secrets.find(
      ({ id: today, name, isNamePrefix, spec }) =>
        name === formerName &&
        !isNamePrefix &&
        !spec.renamed_from?.some((known) => before.resources.has(`aws_secretsmanager_secret.${known}`)) &&
        this.#compared.isNew(`aws_secretsmanager_secret.${today}`),
    );
    const renamed = namesake?.id ?? this.#former.heirOf(former)?.name;
    const secret = names.secrets.find((one) => one.id === renamed);
    if (secret === undefined || secret.spec.renamed_from?.includes(id)) return undefined;
    const ids = this.#former.namesOf(former.address, (address) => address.split(".")[1]);
    const name = nameToKeep(former, secret);
    return `It looks like a rename: write ${renamedFrom(ids)}${name && ` and ${name}`} under secrets.${renamed}`;
  }

  /** The moves of a key that is renamed begin at the former label, as long as the spec names one. */
  #labelApplied({ name }: DeclaredResource): string | undefined {
    const { primary, replicas, keys } = this.#compared.names;
    const formers = keys.flatMap(({ spec }) => spec.renamed_from ?? []);
    const place = [primary, ...replicas].find(
      ({ label, formerLabels }) => formerLabels.length > 0 && formers.some((former) => name === `${label}_${former}`),
    );
    return place && `Take renamed_from out at ${place.region}: it has the label ${place.label} here already`;
  }

  /** The same key in the same region, under another label. */
  #labelChange(old: DeclaredResource, region: string): string | undefined {
    const place = this.#compared.retiredPlaceOf(old) ?? this.#former.placeToday(old);
    const label = this.#former.labelOf(old);
    const key = this.#keyOf(old);
    if (place === undefined || label === undefined || label === place.label || key === undefined) return undefined;
    if ("forget" in place) {
      return `The label of ${place.region} was ${label}: write label: ${label} at ${place.region} under regions.retired`;
    }
    if (place.formerLabels.includes(label) || !(place.isPrimary || key.replicas.includes(place))) return undefined;
    const rest = old.name.slice(label.length);
    const labels = this.#former.namesOf(old.address, (address) => {
      const name = address.split(".")[1] ?? "";
      return name.endsWith(rest) ? name.slice(0, -rest.length) : undefined;
    });
    return `It looks like a new label: write ${renamedFrom(labels)} at ${region || place.region} under regions`;
  }

  /** A replica in a region that the spec has no replicas in any more. */
  #regionLeft(old: DeclaredResource, region: string): string | undefined {
    const { primary, replicas } = this.#compared.names;
    if (region === "" || this.#compared.retiredPlaceOf(old) !== undefined || !isOfReplica(old)) return undefined;
    if (region === primary.region) {
      return `${region} had replicas so far: ${promotion(region)}`;
    }
    return replicas.some((place) => place.region === region) ? undefined : this.#retirement(region, old.providerAlias);
  }

  /** A region that has come in the place of the one that is given up needs a label and a provider of its own. */
  #retirement(region: string, alias: string | undefined): string {
    const label = shortCode(region);
    const successor = this.#compared.names.replicas.find(
      (place) => place.label === label || place.providerAlias === (alias ?? label),
    );
    return retirement(region, alias, successor?.region);
  }

  /** A key that stays, in a region that stays, without the two having to do with each other any more. */
  #replicaDropped(old: DeclaredResource): string | undefined {
    const place = this.#former.placeToday(old);
    const key = this.#keyOf(old);
    if (place === undefined || place.isPrimary || key === undefined || key.replicas.includes(place)) return undefined;
    return `To keep it, put ${place.region} back into the replicas of keys.${key.id}`;
  }

  /** An alias whose key stays. */
  #aliasDropped(old: DeclaredResource): string | undefined {
    if (old.type !== "aws_kms_alias" || !this.#isOfKeptKey(old)) return undefined;
    const key = this.#keyOf(old);
    const alias = this.#former.aliasName(old);
    if (key === undefined || alias === undefined) return undefined;
    const isThere = key.inRegion(this.#compared.names.primary).aliases.some(({ pattern }) => pattern === alias);
    // Terraform does not know that it is one alias: it would be missing for a moment, or be there already.
    const [entry, other] =
      old.name === keyNameOf(old)
        ? [`write ${aliasInSpec(alias)} under keys.${key.id}`, "aliases"]
        : [`write ${shortAlias(alias)} among the aliases of keys.${key.id}`, "alias"];
    const more = isThere ? `, and take it out of ${other}` : this.#elsewhere(alias, key);
    return `The key stays, only its alias goes: ${entry} to keep it${more}`;
  }

  /** What else to write where another key of the spec has an alias, which is unique in a region. */
  #elsewhere(alias: string, key: NamedKey): string {
    const { keys, primary } = this.#compared.names;
    const other = keys.find(
      (one) => one !== key && one.inRegion(primary).aliases.some(({ pattern }) => pattern === alias),
    );
    return other === undefined ? "" : `, and take it out of keys.${other.id}`;
  }

  /** The key that a spec without keys has goes when other keys come. */
  #defaultKey(old: DeclaredResource): string | undefined {
    const { spec, keys, existing } = this.#compared.names;
    const [id] = Object.keys(DEFAULT_KEYS);
    if (spec.keys === undefined || [...keys, ...existing].some((key) => key.id === id)) return undefined;
    if (this.#former.keyIdOf(old) !== id || this.#former.keyIds().length !== 1) return undefined;
    return `A spec without keys has the key ${id}, one with keys must name it: write ${id}: {} under keys to keep it`;
  }

  #forReplaced(old: DeclaredResource, fresh: DeclaredResource): string | undefined {
    const kind = kindOf(old.type);
    if (kind !== undefined) return this.#regional.replaced(old, fresh, kind);
    if (old.type === "aws_kms_alias") {
      const [key, alias] = [this.#former.keyToday(fresh.address), this.#former.aliasName(old)];
      return (
        key &&
        alias &&
        `To keep the alias, write ${aliasInSpec(alias)} under keys.${key.id}${this.#elsewhere(alias, key)}`
      );
    }
    if (old.type === "aws_kms_grant") {
      return "To change it without a gap, write the other grant under a name of its own beside this one, and take this one out once that has been applied";
    }
    if (old.type === "aws_secretsmanager_secret") {
      const secret = this.#compared.names.secrets.find(({ id }) => id === fresh.name);
      const name = secret && nameToKeep(old, secret);
      return name && `To keep the secret, write ${name} under secrets.${fresh.name}`;
    }
    if (resourceType(old.type).role !== "primary") return undefined;
    const key = this.#former.keyToday(fresh.address);
    return (
      key &&
      `What a key is cannot change: leave keys.${key.id} as it was, and give the other key an identifier of its own`
    );
  }

  /** The copies are made again because the secret has another key. */
  #keyOfCopies(old: DeclaredResource): string | undefined {
    const [address] = referencesIn(old.arguments.kms_key_id);
    const key = address === undefined ? undefined : this.#former.keyToday(address);
    const secret = this.#compared.names.secrets.find(
      ({ id }) => `aws_secretsmanager_secret.${id}` === this.#compared.today(old.address),
    );
    if (key === undefined || secret === undefined) return undefined;
    if (secret.key === key) {
      const said = String(old.arguments.kms_key_id).includes(".arn") ? "arn" : "id";
      if (said === (secret.spec.key_reference ?? "id")) return undefined;
      return `The id and the ARN are those of one key, but the provider sees a change: to keep its copies, write key_reference: ${said} under secrets.${secret.id}`;
    }
    return `To keep its copies, write key: ${key.id} under secrets.${secret.id}`;
  }

  #forProvider({ alias, region: known, user }: Extract<Fact, { what: "provider-gone" }>): string | undefined {
    const { spec, primary, replicas, retired } = this.#compared.names;
    if (alias === "") return "Write default: true under provider until that has been applied";
    const region = known || regionOfAlias(alias);
    if (region === primary.region) return undefined;
    if (spec.provider?.placement === "region" && retired.some((place) => place.region === region)) {
      return "Keep placement: alias until that has been applied";
    }
    const kept = replicas.find((place) => place.region === region);
    if (kept === undefined) return this.#retirement(region, alias);
    // Under a new label everything must move anyway, and what moves takes the provider of its new block.
    const isRelabelled = !user.name.startsWith(`${kept.label}_`);
    return isRelabelled ? undefined : `Keep provider_alias: ${alias} at ${region} until that has been applied`;
  }

  /** The key of the new spec that a resource on disk was one of, if its identifier is still there. */
  #keyOf(old: DeclaredResource): NamedKey | undefined {
    const id = this.#former.keyIdOf(old);
    const { keys } = this.#compared.names;
    return keys.find((key) => key.id === id) ?? keys.find(({ spec }) => spec.renamed_from?.includes(id ?? ""));
  }

  #isOfKeptKey({ arguments: given }: DeclaredResource): boolean {
    const [address] = referencesIn(given.target_key_id);
    return address !== undefined && !this.#compared.isLeaving(address);
  }
}
