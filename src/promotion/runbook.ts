/**
 * Writes down what must be run for a promotion, in which order, and how to turn back: the names of the spec as it is now and as
 * it was go in; steps come out, each with commands to paste. Every command may be run again, and none destroys anything.
 */

import { promotionOf } from "../model/changes.ts";
import type { NamedKey } from "../spec/keys.ts";
import { keyIdOf, keyPlaces, knownAccounts, type NamedSecret, type Names } from "../spec/names.ts";
import { forEach, indented, shellList } from "./shell.ts";

/** One thing to do. */
interface RunbookStep {
  readonly title: string;
  /** What is worth knowing before, a line each. */
  readonly remarks: readonly string[];
  /** Shell, a line each. */
  readonly commands: readonly string[];
  /** What a plan, or an answer, must say; go on only then. */
  readonly expect: readonly string[];
  /** How things become as they were before this step. */
  readonly back: string | undefined;
}

/** What a runbook is written for. */
export interface Setting {
  /** The spec as the user named it, as a word of the shell. */
  readonly spec: string;
  /** `terraform`, with the folder that it is run in. */
  readonly terraform: string;
  /** The address of the module that the files are, `module.NAME` where no one knows it; empty for a root module. */
  readonly module: string;
  /** The file that the root's import blocks have been written to. */
  readonly rootImports: string | undefined;
}

/** All steps that follow once the spec has changed from `before` to `after`, to the end of the promotion. */
export function runbookOf(before: Names, after: Names, setting: Setting): readonly RunbookStep[] {
  const { promotedFrom, secretsStep, spec } = after;
  const isDisaster = (spec.regions.unreachable ?? []).length > 0;
  const steps: RunbookStep[] = [];
  if (before.promotedFrom === undefined && promotedFrom !== undefined) steps.push(...movedKeys(after));
  const isStart = before.secretsStep === undefined || before.secretsStep === "clean";
  const isReturn =
    spec.regions.unreachable?.length !== before.spec.regions.unreachable?.length && secretsStep === "attach";
  if (isReturn) steps.push(...calmed(before, after));
  // In an outage applications come first: they can write again before Terraform has been asked anything.
  if (isStart && secretsStep === "detach" && isDisaster) steps.push(...stopped(before, after));
  steps.push(...applied(before, after, setting));
  if (isStart && secretsStep === "detach" && !isDisaster) steps.push(...stopped(before, after));
  if (isStart && secretsStep === "attach" && !isReturn) steps.unshift(...stopped(before, after));
  if (promotedFrom !== undefined || secretsStep === "detach" || secretsStep === "attach")
    steps.push(goOn(after, setting));
  return steps;
}

/** The steps as text for a shell: everything but the commands is a comment. */
export function printRunbook(heading: string, steps: readonly RunbookStep[]): string {
  const lines = steps.flatMap(({ title, remarks, commands, expect, back }, index) => [
    "",
    `# ${index + 1}. ${title}`,
    ...remarks.map((line) => `#    ${line}`),
    ...commands,
    ...expect.map((line) => `#    Expect: ${line}`),
    ...(back === undefined ? [] : [`#    Back: ${back}`]),
  ]);
  return `# ${heading}\n${lines.join("\n")}\n`;
}

/** The root's import blocks for the keys of a module, which takes none before Terraform 1.16. */
export function rootImports(named: Names, module: string): string {
  return named.keys
    .flatMap((key) => promotionOf(key, named).imports)
    .map(({ to, id }) => `import {\n  to = ${module}.${to}\n  id = ${id}\n}\n`)
    .join("\n");
}

function movedKeys(after: Names): readonly RunbookStep[] {
  const { primary, promotedFrom, keys } = after;
  const [from, to] = [promotedFrom!.region, primary.region];
  const ids = keys.flatMap((key) => keyIdOf(key, after) ?? []);
  const primaryIn = (region: string) =>
    `aws kms describe-key --region ${region} --key-id "$key" --query KeyMetadata.MultiRegionConfiguration.PrimaryKey.Region --output text`;
  const seen = `aws kms describe-key --region "$region" --key-id "$key" --query '[KeyMetadata.KeyState, KeyMetadata.MultiRegionConfiguration.PrimaryKey.Region]' --output text`;
  const [account] = knownAccounts(after.spec);
  return [
    {
      title: "Make sure that nothing else is on its way",
      remarks: [
        'The last plan before this said "No changes", and no one applies but you until the end.',
        "Every plan of the old files fails from step 2 on, and one of the new files before it. Neither does any harm.",
      ],
      commands: ["aws sts get-caller-identity --query Account --output text"],
      expect: [account ?? "the account of these keys"],
      back: undefined,
    },
    {
      title: `Move the primary of ${ids.length === 1 ? "the key" : `${ids.length} keys`} from ${from} to ${to}`,
      remarks: ["Needs kms:UpdatePrimaryRegion in both regions. Nothing is encrypted or decrypted differently by it."],
      commands: forEach("key", ids, [
        `[ "$(${primaryIn(from)})" = ${to} ] ||`,
        `  aws kms update-primary-region --region ${from} --key-id "$key" --primary-region ${to}`,
      ]),
      expect: [],
      back: `aws kms update-primary-region --region ${to} --key-id KEY --primary-region ${from} for each key, and drop the change of the files`,
    },
    {
      title: "Wait until every region says so",
      remarks: ["For some seconds KMS tells old and new. A plan that is made meanwhile fails."],
      commands: groupedByRegions(keys, after).flatMap(({ regions, members }) =>
        forEach(
          "key",
          members.flatMap((key) => keyIdOf(key, after) ?? []),
          forEach("region", regions, [`until [ "$(${seen})" = "$(printf 'Enabled\\t${to}')" ]; do sleep 5; done`]),
        ),
      ),
      expect: [],
      back: undefined,
    },
  ];
}

/** Keys that are in the same regions are waited for in one loop. */
function groupedByRegions(
  keys: readonly NamedKey[],
  named: Names,
): readonly { readonly regions: readonly string[]; readonly members: readonly NamedKey[] }[] {
  const groups = new Map<string, { regions: readonly string[]; members: NamedKey[] }>();
  for (const key of keys) {
    const regions = keyPlaces(key, named).map(({ region }) => region);
    const group = groups.get(regions.join(" ")) ?? { regions, members: [] };
    group.members.push(key);
    groups.set(regions.join(" "), group);
  }
  return [...groups.values()];
}

/** Makes every copy a secret of its own, in every region that answers. */
function stopped(before: Names, after: Names): readonly RunbookStep[] {
  const { secretsPlace: from } = before;
  const { secretsPlace: to } = after;
  const unreachable = new Set(after.spec.regions.unreachable ?? []);
  const groups = new Map<string, { regions: readonly string[]; names: string[] }>();
  for (const { name, replicas } of before.secrets) {
    const others = replicas.filter((place) => !unreachable.has(place.region) && place.region !== to.region);
    const regions = [to.region, ...others.map(({ region }) => region)];
    const group = groups.get(regions.join(" ")) ?? { regions, names: [] };
    group.names.push(name);
    groups.set(regions.join(" "), group);
  }
  const isAway = unreachable.has(from.region);
  const rotated = before.secrets.filter(({ spec }) => spec.rotation !== undefined);
  return [
    ...(rotated.length === 0 || isAway ? [] : [calm(rotated, from.region, "Stop rotating them where they were")]),
    {
      title: `Make the copies secrets of their own${isAway ? ": applications can write to them at once" : ""}`,
      remarks: [
        "Names, values and the ends of the ARNs stay as they are, and every copy can be read all the time.",
        ...ratesOf(before.secrets.length),
      ],
      commands: [...groups.values()].flatMap(({ regions, names }) =>
        shellList(
          "name",
          names,
          forEach("region", regions, [
            `[ "$(aws secretsmanager describe-secret --region "$region" --secret-id "$name" --query PrimaryRegion --output text)" != ${from.region} ] ||`,
            `  aws secretsmanager stop-replication-to-replica --region "$region" --secret-id "$name"`,
          ]),
        ),
      ),
      expect: [],
      back: `set regions.secrets to { region: ${from.region}, step: attach } and generate: they are copied from ${from.region} again`,
    },
  ];
}

/** Secrets Manager's quotas: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
function ratesOf(secrets: number): string[] {
  if (secrets <= 100) return [];
  const seconds = Math.ceil(secrets / 50);
  return [
    `${secrets} secrets take at least ${seconds} s a region: StopReplicationToReplica, ReplicateSecretToRegions, UpdateSecret and`,
    "PutSecretValue together may be called 50 times a second in a region. The same holds for the apply that attaches them.",
  ];
}

/** A former primary that still rotates would change the password behind the new one's back. */
function calm(secrets: readonly NamedSecret[], region: string, title: string): RunbookStep {
  return {
    title,
    remarks: [`Otherwise the schedule in ${region} goes on and changes the password of what it belongs to.`],
    commands: shellList(
      "name",
      secrets.map(({ name }) => name),
      [
        `[ "$(aws secretsmanager describe-secret --region ${region} --secret-id "$name" --query RotationEnabled --output text)" != True ] ||`,
        `  aws secretsmanager cancel-rotate-secret --region ${region} --secret-id "$name"`,
      ],
    ),
    expect: [],
    back: undefined,
  };
}

/** The first thing in a region that is back. */
function calmed(before: Names, after: Names): readonly RunbookStep[] {
  const known = new Set(after.spec.regions.unreachable ?? []);
  const back = (before.spec.regions.unreachable ?? []).filter((region) => !known.has(region));
  const rotated = after.secrets.filter(({ spec }) => spec.rotation !== undefined);
  if (rotated.length === 0) return [];
  return back.map((region) => calm(rotated, region, `Stop rotating what is left in ${region}, before anything else`));
}

function applied(before: Names, after: Names, setting: Setting): readonly RunbookStep[] {
  const { terraform, spec, module } = setting;
  const unreachable = after.spec.regions.unreachable ?? [];
  const flag = unreachable.length > 0 ? " -refresh=false" : "";
  const isAttaching = after.secretsStep === "attach";
  const blocks = module === "" ? [] : blocksForRoot(before, after, setting);
  return [
    ...blocks,
    {
      title: "Commit, plan, look, apply",
      remarks: [
        "The spec and the files belong into one commit.",
        ...(unreachable.length > 0
          ? [
              `-refresh=false, because ${unreachable.join(" and ")} cannot be asked. With a backend in that region terraform init fails: move the state first.`,
              ...(module === ""
                ? []
                : [
                    `Give the root's providers of ${unreachable.join(", ")} an sts_region that answers, such as "${after.secretsPlace.region}".`,
                  ]),
            ]
          : []),
      ],
      commands: [
        `${terraform} plan${flag} -out=promote.tfplan`,
        `${terraform} show -json promote.tfplan | mrk-scaffold guard - --spec ${spec}`,
        `${terraform} apply promote.tfplan`,
      ],
      expect: expectations(before, after),
      back:
        isAttaching || after.promotedFrom !== undefined
          ? undefined
          : "drop the change of the spec and of the files before the apply",
    },
  ];
}

function expectations(before: Names, after: Names): readonly string[] {
  const { promotedFrom, secretsStep, secrets, keys } = after;
  const lines: string[] = [];
  const imports =
    (promotedFrom === undefined ? 0 : 2 * keys.length) +
    (secretsStep === "attach" && before.secretsStep !== "clean" ? secrets.length : 0);
  const added =
    secretsStep === "attach"
      ? secrets.filter(({ spec }) => spec.rotation).length + secrets.filter(({ spec }) => spec.policy).length
      : 0;
  lines.push(`${imports === 0 ? "" : `${imports} to import, `}${added} to add, 0 to destroy`);
  if (promotedFrom !== undefined) {
    lines.push(`${2 * keys.length} key resources no longer managed: the same keys go on under their other type`);
    lines.push(
      "keys to change, if any, only in arguments that the state alone has: deletion_window_in_days, bypass_policy_lockout_safety_check",
    );
  }
  if (secretsStep === "detach")
    lines.push("every secret, version, rotation and policy no longer managed, and none destroyed");
  if (secretsStep === "attach")
    lines.push(`${added === 0 ? "" : "what is added is rotations and policies; "}no secret_version among it`);
  return lines;
}

/** The import blocks that a module leaves to its root. */
function blocksForRoot(before: Names, after: Names, { module, rootImports: file }: Setting): readonly RunbookStep[] {
  const steps: RunbookStep[] = [];
  if (before.promotedFrom === undefined && after.promotedFrom !== undefined) {
    const text = rootImports(after, module);
    steps.push({
      title: "Give the root module the import blocks of the keys",
      remarks: [
        "A module takes none before Terraform 1.16. They may go once they have been applied.",
        ...(module.includes("NAME") ? ["NAME is what the root calls the module."] : []),
        ...(file === undefined ? [] : [`They are in ${file}.`]),
      ],
      commands: file === undefined ? ["cat > promote-imports.tf <<'END'", ...text.trimEnd().split("\n"), "END"] : [],
      expect: [],
      back: undefined,
    });
  }
  if (after.secretsStep === "attach" && before.secretsStep === "detach") {
    const { region } = after.secretsPlace;
    const suffix = after.spec.provider?.placement === "region" ? `@${region}` : "";
    const block = (id: string, name: string) =>
      `import_block ${id} "$(aws secretsmanager describe-secret --region ${region} --secret-id ${name} --query ARN --output text)"`;
    steps.push({
      title: "Give the root module the import blocks of the secrets",
      remarks: ["A module takes none before Terraform 1.16. They may go once they have been applied."],
      commands: [
        `import_block() { printf 'import {\\n  to = ${module}.aws_secretsmanager_secret.%s\\n  id = "%s${suffix}"\\n}\\n' "$1" "$2"; }`,
        "{",
        ...indented(after.secrets.map(({ id, name }) => block(id, name))),
        "} > promote-secrets.tf",
      ],
      expect: [],
      back: undefined,
    });
  }
  return steps;
}

function goOn(after: Names, { spec, terraform }: Setting): RunbookStep {
  const { secretsStep, promotedFrom } = after;
  const isLast = secretsStep !== "detach";
  return {
    title: isLast ? "Finish" : "Attach the secrets",
    remarks: [
      promotedFrom === undefined
        ? "The state tells whether this step has been applied; where it cannot be shown, --applied says so."
        : "Once it has been applied everywhere; the state tells, and where it cannot be shown, --applied says so.",
    ],
    commands: [`${terraform} show -json | mrk-scaffold promote ${spec} --continue --state -`],
    expect: [
      isLast
        ? 'the plan of what this leaves says "No changes", or changes force_overwrite_replica_secret alone'
        : "the runbook of the next step",
    ],
    back: undefined,
  };
}
