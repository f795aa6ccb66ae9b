/**
 * Says what Terraform would change if the adoption were applied: the names of the new spec and the resources of the state go
 * in; each attribute that would not be as it was comes out.
 */

import { aliasResource, isImported, keyName, keyType } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import type { Place } from "../spec/places.ts";
import { filled, partsOf, shown as spoken } from "../spec/text.ts";
import type { Attributes } from "../terraform/state.ts";
import { isOf } from "./configuration.ts";
import type { Adoption } from "./infer.ts";
import { text } from "./inventory.ts";

interface Difference {
  readonly address: string;
  readonly attribute: string;
  readonly before: string;
  readonly after: string;
}

export function differencesOf(names: Names, { adopted }: Adoption): readonly Difference[] {
  const found: Difference[] = [];
  const compare = (address: string, attribute: string, before: unknown, after: unknown) => {
    const [old, fresh] = [shown(before), shown(after)];
    if (old !== fresh) found.push({ address, attribute, before: old, after: fresh });
  };
  /** Texts may have placeholders in them, of which the state knows what they stand for. */
  const compareText = (address: string, attribute: string, before: string, after: string, place: Place) => {
    if (!isOf(after, before, place)) compare(address, attribute, before, spoken(filled(partsOf(after), place)));
  };
  const compareTags = (address: string, before: unknown, after: Readonly<Record<string, string>>, place: Place) => {
    const old = (before ?? {}) as Readonly<Record<string, unknown>>;
    for (const name of new Set([...Object.keys(old), ...Object.keys(after)])) {
      const [was, is] = [old[name], after[name]];
      if (typeof was === "string" && is !== undefined) compareText(address, `tags.${name}`, was, is, place);
      else compare(address, `tags.${name}`, was, is);
    }
  };
  for (const key of names.keys) {
    for (const place of keyPlaces(key, names)) {
      const resource = adopted.get(`${keyType(place, key)}.${keyName(place, key)}`);
      if (resource === undefined) continue;
      const { aliases, description, tags, deletionWindowDays, enabled, bypassLockoutCheck } = key.inRegion(place);
      const { values } = resource;
      const from = resource.address;
      compareText(from, "description", text(resource, "description"), description, place);
      compareTags(from, values.tags, tags, place);
      compare(
        from,
        "bypass_policy_lockout_safety_check",
        values.bypass_policy_lockout_safety_check === true,
        bypassLockoutCheck,
      );
      if (!isImported(key.spec)) compare(from, "enabled", (values.is_enabled ?? values.enabled) !== false, enabled);
      if (deletionWindowDays !== undefined) {
        compare(from, "deletion_window_in_days", values.deletion_window_in_days, deletionWindowDays);
      }
      for (const one of aliases) {
        const alias = adopted.get(`aws_kms_alias.${aliasResource(place, key, one)}`);
        if (alias !== undefined) compareText(alias.address, "name", text(alias, "name"), one.pattern, place);
      }
    }
  }
  for (const { id, name, isNamePrefix, isOnAwsKey, spec } of names.secrets) {
    const resource = adopted.get(`aws_secretsmanager_secret.${id}`);
    if (resource === undefined) continue;
    const nameAttribute = isNamePrefix ? "name_prefix" : "name";
    const { home } = names;
    compareText(resource.address, nameAttribute, text(resource, nameAttribute), name, home);
    compareText(resource.address, "description", text(resource, "description"), spec.description ?? "", home);
    compareTags(resource.address, resource.values.tags, spec.tags ?? {}, home);
    // The provider takes an id and an ARN of one key for different: it would remove such a copy and make it again.
    for (const { region, kms_key_id: given } of (resource.values.replica ?? []) as readonly Attributes[]) {
      const forms = [given, resource.values.kms_key_id].map((one) =>
        String(one ?? "").startsWith("arn:") ? "an ARN" : "an id",
      );
      if (!isOnAwsKey) compare(resource.address, `kms_key_id of the replica in ${region}`, forms[0], forms[1]);
    }
  }
  return found;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
