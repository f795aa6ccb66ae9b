/**
 * Finds what is worth knowing about a regeneration that only the user can judge, because no file says what has been applied: a
 * comparison goes in, diagnostics come out, refusals among them where a resource hangs on it.
 */

import { type Diagnostic, fileDiagnostic, type Severity } from "../report/diagnostic.ts";
import { keyName, keyType } from "../spec/keys.ts";
import { keyPlaces, type Names } from "../spec/names.ts";
import { floorsOf, has } from "../spec/versions.ts";
import type { DeclaredResource } from "../terraform/declared.ts";
import { referencesOf } from "../terraform/references.ts";
import type { Comparison } from "./comparison.ts";
import { destruction } from "./effects.ts";
import { otherRole, resourceType } from "./resource-types.ts";
import { isSameVersion, regionOf } from "./resources.ts";

/** All notes of a comparison; `spec` is the spec's name, for those that are about it. */
export function notesOf(compared: Comparison, spec: string): Diagnostic[] {
  return [
    ...droppedGuards(compared),
    ...unsentValues(compared),
    ...valuesKept(compared),
    ...droppedProviders(compared),
    ...statedRegion(compared, spec),
    ...idleRegions(compared, spec),
    ...brokenReferences(compared),
  ];
}

/** The retired regions, none of which has anything left where no file has changed. */
export function idleRetiredRegions({ retired }: Names, spec: string): Diagnostic[] {
  return retired.map(({ region }) => idleRegion(region, spec));
}

/** The retired regions in which the files on disk have nothing: once that is applied, their providers outlive nothing. */
function idleRegions({ before, names }: Comparison, spec: string): Diagnostic[] {
  if (before.providers.size === 0) return [];
  const isUsed = ({ region, providerAlias }: Names["retired"][number]) =>
    [...before.resources.values()].some(
      (old) =>
        (old.providerAlias !== undefined && old.providerAlias === providerAlias) || regionOf(old, before) === region,
    );
  return names.retired.filter((place) => !isUsed(place)).map(({ region }) => idleRegion(region, spec));
}

function idleRegion(region: string, spec: string): Diagnostic {
  const message = `nothing is left in ${region}: once that is applied, take it out of regions.retired`;
  return note("retired-region-idle", message, { file: spec });
}

/** A `removed` block on disk says that something is to be left alone; without it, and not applied yet, Terraform destroys it. */
function droppedGuards(compared: Comparison): Diagnostic[] {
  const { before, after } = compared;
  return [...before.removed].flatMap(([address, path]) => {
    if (compared.isForgotten(address) || after.resources.has(address)) return [];
    const [type = "", name = ""] = address.split(".");
    if (resourceType(type).code === undefined) return [];
    const guarded: DeclaredResource = { type, name, address, path, arguments: {}, providerAlias: undefined, line: 1 };
    const message = `Terraform ${destruction(guarded, "")} where the removed block that keeps it has not been applied yet`;
    const hint = isPromoted(address, compared.names)
      ? "Keep promoted_from until that is applied everywhere; then run: mrk-scaffold promote SPEC --continue"
      : "Keep forget: true until that is applied everywhere; then allow it";
    return [{ ...note("guard-would-be-dropped", message, { file: path, address }, "refused"), hint }];
  });
}

/** Whether a key of the spec has had this address in its other role. */
function isPromoted(address: string, names: Names): boolean {
  const other = otherRole(address);
  return names.keys.some((key) =>
    keyPlaces(key, names).some((place) => `${keyType(place, key)}.${keyName(place, key)}` === other),
  );
}

/** Write-only values that come from elsewhere in the new files, with the version that they had. */
function unsentValues(compared: Comparison): Diagnostic[] {
  return [...compared.before.resources.values()].flatMap((old) => {
    const fresh = compared.after.resources.get(compared.today(old.address) ?? "");
    const { writeOnly } = resourceType(old.type);
    if (fresh === undefined || writeOnly === undefined || !isSameVersion(old, fresh)) return [];
    const [value, sent] = [old.arguments[writeOnly], fresh.arguments[writeOnly]];
    if (value === undefined || sent === undefined || JSON.stringify(value) === JSON.stringify(sent)) return [];
    const message = `the value of ${fresh.name} has another source, but its version is the same: Terraform sends a write-only value only when its version changes`;
    return [note("value-not-sent", message, { file: fresh.path, address: fresh.address })];
  });
}

/** Values that were kept nowhere and are to be kept, of what is changed in place (seen with hashicorp/aws 5.100.0, has_value_wo). */
function valuesKept(compared: Comparison): Diagnostic[] {
  const canBeKeptOut = has(floorsOf(compared.names.spec), "writeOnlyValues");
  return [...compared.before.resources.values()].flatMap((old): Diagnostic[] => {
    const fresh = compared.after.resources.get(compared.today(old.address) ?? "");
    const { writeOnly, code } = resourceType(old.type);
    if (fresh === undefined || writeOnly === undefined || code === undefined) return [];
    if (old.arguments[writeOnly] === undefined || fresh.arguments[writeOnly] !== undefined) return [];
    const message =
      "its value is kept in the state from now on, and some AWS providers, such as 5.100, send it at every apply";
    const hint = canBeKeptOut
      ? `Write version: ${Number(old.arguments[`${writeOnly}_version`]) + 1} beside the literal: then it is sent once, and kept nowhere`
      : "Keep terraform.required_version and terraform.aws_provider as they were";
    return [{ ...note("value-sent-always", message, { file: fresh.path, address: fresh.address }, "warning"), hint }];
  });
}

/** Providers that no resource on disk had any more: the state may still have some. */
function droppedProviders(compared: Comparison): Diagnostic[] {
  const { before } = compared;
  const used = new Set([...before.resources.values()].map(({ providerAlias }) => providerAlias));
  return [...before.providers].flatMap(([alias, { region, path }]) => {
    if (alias === "" || used.has(alias) || compared.hasProvider(alias)) return [];
    const message = `aws.${alias}${region === "" ? "" : ` (${region})`} is gone: where its resources have not been destroyed by an apply yet, Terraform fails with "Provider configuration not present"`;
    return [note("provider-ended", message, { file: path, address: `provider.aws.${alias}` })];
  });
}

/** Where nothing said so far in which region the primary keys are, and the new files say it. */
function statedRegion({ before, after, names }: Comparison, spec: string): Diagnostic[] {
  const { region, providerAlias } = names.primary;
  const primaries = [...before.resources.values()].filter(
    (old) => resourceType(old.type).role === "primary" && regionOf(old, before) === "",
  );
  const isStated = primaries.some(({ address }) => {
    const fresh = after.resources.get(address);
    return fresh !== undefined && regionOf(fresh, after) !== "";
  });
  if (!isStated) return [];
  const provider = providerAlias === undefined ? "the provider without an alias" : `the provider aws.${providerAlias}`;
  const message = `the primary keys are wherever ${provider} was so far: make sure that this is ${region}, or Terraform replaces them`;
  return [note("primary-region-stated", message, { file: spec })];
}

/** References in the user's own files to what has another address now, or none. */
function brokenReferences(compared: Comparison): Diagnostic[] {
  const { before, beside } = compared;
  const broken = new Map<string, string>();
  for (const { address } of before.resources.values()) {
    const promoted = compared.promotedTo(address);
    const today = compared.today(address);
    if (promoted !== undefined) broken.set(address, `which is ${promoted} now`);
    else if (today === undefined || compared.isLeaving(address)) broken.set(address, "which is gone");
    else if (today !== address) broken.set(address, `which is called ${today} now`);
  }
  for (const address of compared.readableGone) broken.set(address, "which is gone");
  for (const alias of before.providers.keys()) {
    if (alias !== "" && !compared.hasProvider(alias)) broken.set(`aws.${alias}`, "a provider that is gone");
  }
  if (broken.size === 0) return [];
  return Array.from(referencesOf(beside.files)).flatMap(({ address, path: file, line, column }): Diagnostic[] => {
    const fate = broken.get(address);
    if (fate === undefined) return [];
    const position = { line, column, length: address.length, lineText: undefined };
    const message = `this refers to ${address}, ${fate}`;
    return [{ ...note("reference-broken", message, { file }, "warning"), position }];
  });
}

/** A diagnostic without a place in a text. */
export function note(
  code: string,
  message: string,
  about: { readonly file: string; readonly address?: string },
  severity: Severity = "note",
): Diagnostic {
  return fileDiagnostic(code, severity, message, about);
}
