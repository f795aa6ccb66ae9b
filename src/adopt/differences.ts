/**
 * Says what Terraform would change if the adoption were applied: the names of the new spec and the resources of the state go
 * in; each attribute that would not be as it was comes out.
 */

import { aliasIn, aliasResource, isImported, keyName, keyType } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import { shown as spoken } from "../spec/text.ts";
import type { Adoption } from "./infer.ts";
import { text } from "./inventory.ts";

export interface Difference {
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
  for (const key of names.keys) {
    for (const place of keyPlaces(key, names)) {
      const resource = adopted.get(`${keyType(place, key)}.${keyName(place, key)}`);
      if (resource === undefined) continue;
      const { aliases, description, tags, deletionWindowDays, enabled, bypassLockoutCheck } = key.inRegion(place);
      const { values } = resource;
      const from = resource.address;
      compare(from, "description", text(resource, "description"), plain(description));
      compare(from, "tags", sorted(values.tags), plainTags(tags));
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
        if (alias !== undefined) compare(alias.address, "name", text(alias, "name"), spoken(aliasIn(place, one)));
      }
    }
  }
  for (const { id, name, isNamePrefix, spec } of names.secrets) {
    const resource = adopted.get(`aws_secretsmanager_secret.${id}`);
    if (resource === undefined) continue;
    const nameAttribute = isNamePrefix ? "name_prefix" : "name";
    compare(resource.address, nameAttribute, text(resource, nameAttribute), name);
    compare(resource.address, "description", text(resource, "description"), plain(spec.description ?? ""));
    compare(resource.address, "tags", sorted(resource.values.tags), plainTags(spec.tags));
  }
  return found;
}

/** A text as it arrives in AWS: its doubled braces stand for themselves. */
function plain(text: string): string {
  return text.replace(/\{\{|\}\}/g, (braces) => braces[0]!);
}

function plainTags(tags: Readonly<Record<string, string>> | undefined): unknown {
  return sorted(Object.fromEntries(Object.entries(tags ?? {}).map(([name, value]) => [name, plain(value)])));
}

function sorted(tags: unknown): unknown {
  return Object.entries((tags ?? {}) as object).sort(([one], [other]) => (one < other ? -1 : 1));
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
