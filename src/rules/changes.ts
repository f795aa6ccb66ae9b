/** What must hold about things that were renamed, adopted or retired, so that Terraform moves or imports what is meant. */

import { partitionOf } from "../aws/regions.ts";
import { withoutSuffix } from "../aws/secret-arns.ts";
import { aliasIn, serviceOf } from "../spec/keys.ts";
import { keyPlaces, type Names, nameIn } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import { nameParts, type RegionalKind, regionalKinds, settingsIn } from "../spec/regional.ts";
import { canSay, type Part, shown } from "../spec/text.ts";
import { passwordsOf } from "../spec/values.ts";
import { type Feature, type Floors, has, needs } from "../spec/versions.ts";
import { type Finding, type Rule, repeated, shownPath } from "./rule.ts";

export const changeRules = (): readonly Rule[] => [
  { code: "change-not-supported", check: changeNotSupported },
  { code: "renamed-from-still-there", check: renamedFromStillThere },
  { code: "renamed-twice", check: renamedTwice },
  { code: "renamed-name-changes", check: renamedNameChanges },
  { code: "bad-import-id", check: badImportId },
  { code: "imported-twice", check: importedTwice },
  { code: "value-overwrites-adopted", check: valueOverwritesAdopted },
  { code: "value-sent-to-adopted", check: valueSentToAdopted },
];

/** Something that has had another name. */
interface Renamed {
  readonly kind: "key" | "secret" | "label" | RegionalKind;
  /** In a sentence, "log group". */
  readonly noun: string;
  readonly now: string;
  readonly former: string;
  readonly path: Path;
}

function renamedThings({ primary, replicas, keys, secrets, regional }: Names): readonly Renamed[] {
  const things = [
    ...[primary, ...replicas].map(({ label, formerLabels, path }) => ({
      kind: "label" as const,
      noun: "label",
      now: label,
      formers: formerLabels,
      path,
    })),
    ...keys.map((key) => ({ kind: "key" as const, noun: "key", ...key })).map(withFormers),
    ...secrets.map((secret) => ({ kind: "secret" as const, noun: "secret", ...secret })).map(withFormers),
    ...regional.map((one) => ({ noun: regionalKinds[one.kind].noun, ...one })).map(withFormers),
  ];
  return things.flatMap(({ formers, path, ...rest }) =>
    formers.map((former, index) => {
      const at = formers.length > 1 ? ["renamed_from", index] : ["renamed_from"];
      return { ...rest, former, path: [...path, ...at] };
    }),
  );
}

function withFormers<Kind extends Renamed["kind"]>({
  kind,
  noun,
  id,
  spec,
  path,
}: Pick<Renamed, "noun" | "path"> & {
  readonly kind: Kind;
  readonly id: string;
  readonly spec: { readonly renamed_from?: readonly string[] | undefined };
}) {
  return { kind, noun, now: id, formers: spec.renamed_from ?? [], path };
}

function* changeNotSupported(names: Names, floors: Floors): Iterable<Finding> {
  const { keys, secrets, regional, retired, spec } = names;
  const importFeature: Feature = spec.terraform?.module ? "importInModule" : "importBlocks";
  const used: readonly (readonly [Path, Feature])[] = [
    ...renamedThings(names)
      .filter(({ path }) => path.at(-1) === "renamed_from" || path.at(-1) === 0)
      .map(({ path }) => [path.slice(0, path.indexOf("renamed_from") + 1), "movedBlocks"] as const),
    ...[...keys, ...secrets, ...regional]
      .filter((thing) => thing.spec.import)
      .map(({ path }) => [[...path, "import"], importFeature] as const),
    ...keys
      .filter((key) => {
        const aliases = keyPlaces(key, names).flatMap((place) => {
          return key.inRegion(place).aliases.map((alias) => aliasIn(place, alias));
        });
        return key.spec.import?.alias && aliases.some(isOpen);
      })
      .map(({ path }) => [[...path, "import", "alias"], "importByExpression"] as const),
    ...regional
      .filter((one) => one.adopted.some((place) => isOpen(nameParts(one, place))))
      .map(({ path }) => [[...path, "import"], "importByExpression"] as const),
    ...retired.filter(({ forget }) => forget).map(({ path }) => [[...path, "forget"], "removedBlocks"] as const),
  ];
  const circumstances: Partial<Record<Feature, string>> = {
    importInModule: " in a module",
    importByExpression: " with a variable or the workspace in its name",
  };
  for (const [path, feature] of used) {
    if (has(floors, feature)) continue;
    const hint = `Raise the lower bound of terraform.required_version, or leave ${path.at(-1)} out.`;
    const message = `${path.at(-1)}${circumstances[feature] ?? ""} needs ${needs(feature)}`;
    yield { path, part: "key", message, hint };
  }
}

/** Whether a name depends on a variable or on the workspace, or is a reference, of which nothing is known. */
function isOpen(name: readonly Part[] | undefined): boolean {
  return name === undefined || name.some((part) => typeof part === "object");
}

/** Terraform refuses to move what is still declared ("Moved object still exists"). */
function* renamedFromStillThere(names: Names): Iterable<Finding> {
  const current: Readonly<Record<Renamed["kind"], ReadonlySet<string>>> = {
    key: new Set(names.keys.map(({ id }) => id)),
    secret: new Set(names.secrets.map(({ id }) => id)),
    label: new Set([names.primary, ...names.replicas].map(({ label }) => label)),
    ...idsByKind(names),
  };
  for (const { kind, noun, now, former, path } of renamedThings(names)) {
    if (!current[kind].has(former)) continue;
    const message =
      former === now
        ? `the ${noun} ${now} is said to be renamed from itself`
        : `there still is a ${noun} ${former} in this spec`;
    yield { path, message, hint: "Once a rename has been applied everywhere, take renamed_from out." };
  }
}

function idsByKind({ regional }: Names): Readonly<Record<RegionalKind, ReadonlySet<string>>> {
  const kinds = Object.keys(regionalKinds) as readonly RegionalKind[];
  const idsOf = (kind: RegionalKind) => new Set(regional.filter((one) => one.kind === kind).map(({ id }) => id));
  return Object.fromEntries(kinds.map((kind) => [kind, idsOf(kind)])) as Record<RegionalKind, Set<string>>;
}

/** Terraform moves one thing to one place ("Ambiguous move statements"). */
function* renamedTwice(names: Names): Iterable<Finding> {
  yield* repeated(
    renamedThings(names),
    ({ kind, former }) => `${kind} ${former}`,
    ({ noun, former, path }, first) => ({
      path,
      message: `the ${noun} ${former} is said to be renamed twice`,
      hint: `${shownPath(first.path)} names it too: keep one of the two.`,
    }),
  );
}

/** A default that is made of the identifier would change with it, and what it names in AWS would be replaced. */
function* renamedNameChanges({ keys, secrets, regional }: Names): Iterable<Finding> {
  for (const one of regional) {
    const { kind, spec, places, path } = one;
    const isNamed = places.every((place) => settingsIn(one, place).name !== undefined);
    if (!spec.renamed_from || isNamed || !regionalKinds[kind].isNamedByIdentifier) continue;
    const message = `without a name the ${regionalKinds[kind].noun} would be called by its new identifier in AWS, and be replaced`;
    yield { path, part: "key", message, hint: `Keep its name: write name: ${spec.renamed_from[0]}` };
  }
  for (const { spec, path } of secrets) {
    if (!spec.renamed_from || spec.name || spec.name_prefix) continue;
    const message = `without a name the secret would be called by its new identifier in AWS, and be replaced`;
    yield { path, part: "key", message, hint: `Keep its name: write name: ${spec.renamed_from[0]}` };
  }
  for (const { spec, path } of keys) {
    if (!spec.renamed_from || spec.alias !== undefined || spec.aliases || serviceOf(spec) !== "none") continue;
    const message = `without an alias of its own the key's alias would be made of its new identifier, and be replaced`;
    yield { path, part: "key", message, hint: `Keep its alias: write alias: ${spec.renamed_from[0]}` };
  }
}

/** Multi-Region keys have ids of this form, and no other key can become one (AWS KMS: multi-Region keys). */
function* badImportId(names: Names): Iterable<Finding> {
  const { keys, secrets, secretsPlace: primary, secretsStep } = names;
  for (const { spec, path } of keys) {
    const id = spec.import?.key_id;
    if (!id || /^mrk-[0-9a-f]{32}$/.test(id)) continue;
    const at = [...path, "import", "key_id"];
    const message = `${JSON.stringify(id)} is not the id of a multi-Region key: mrk- and 32 hex digits`;
    const inArn = /mrk-[0-9a-f]{32}/.exec(id)?.[0];
    const hint = inArn
      ? `Write the id alone, without the ARN around it: ${inArn}`
      : "A single-Region key cannot become a multi-Region one: create a new key and encrypt the data again.";
    yield { path: at, message, hint };
  }
  for (const secret of secrets) {
    const { spec, isNamePrefix, path } = secret;
    if (!spec.import || secretsStep === "detach") continue;
    const at = [...path, "import"];
    const name = nameIn(names, secret);
    const [, partition, service, region, , kind, arnName = ""] = spec.import.split(":");
    const named = withoutSuffix(arnName);
    // The provider knows a prefix again by the 26 hex digits behind it (internal/create/naming.go of hashicorp/aws).
    const madeOf = isNamePrefix ? named.replace(/[0-9a-f]{26}$/, "") : named;
    const isNamed = canSay(name, madeOf) && (!isNamePrefix || madeOf !== named);
    const wrong =
      service !== "secretsmanager" || kind !== "secret"
        ? "this is not the ARN of a secret"
        : region !== primary.region || partition !== partitionOf(primary.region)
          ? `the secret is in ${region}, the primary region is ${primary.region}`
          : isNamed
            ? undefined
            : `the ARN is that of the secret ${named}, the name here ${isNamePrefix ? "begins with" : "is"} ${shown(name)}`;
    if (wrong !== undefined) {
      const hint = `Write arn:…:secretsmanager:${primary.region}:…:secret:${shown(name)}-…, with AWS's six characters at the end.`;
      yield { path: at, message: wrong, hint };
    }
  }
}

function* importedTwice({ keys, secrets }: Names): Iterable<Finding> {
  const imports = [...keys, ...secrets].flatMap(({ id, spec, path }) => {
    const what = typeof spec.import === "object" ? spec.import.key_id : spec.import;
    return what ? [{ what, id, path: [...path, "import"] }] : [];
  });
  yield* repeated(
    imports,
    ({ what }) => what,
    ({ id, path }, first) => ({
      path,
      message: `${first.id} and ${id} adopt the same thing`,
      hint: "Terraform manages a thing at one address only: keep one of the two.",
    }),
  );
}

/**
 * The import adopts the secret and not its versions: Terraform would create a version, which becomes the current value in every
 * region. Importing the version is no way out, it reads the value into plan and state.
 */
function* valueOverwritesAdopted({ secrets }: Names): Iterable<Finding> {
  for (const secret of secrets) {
    if (!secret.spec.import || passwordsOf(secret).length === 0) continue;
    const message = `a generated value would overwrite the live value of ${secret.id}, which is imported`;
    const hint =
      "Leave value out to keep the live one. To replace it, import first, and generate a value in a later step.";
    yield { path: [...secret.path, "value"], message, hint };
  }
}

function* valueSentToAdopted({ secrets }: Names): Iterable<Finding> {
  for (const secret of secrets) {
    const { spec, id, value, path } = secret;
    if (!spec.import || value === undefined || passwordsOf(secret).length > 0) continue;
    yield {
      path: [...path, "value"],
      severity: "warning",
      message: `Terraform sends a new version of the value of ${id}, which is imported: the live value is replaced in every region`,
      hint: "Leave value out to keep the live one.",
    };
  }
}
