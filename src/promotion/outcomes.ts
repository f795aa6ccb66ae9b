/** Puts what keeps a promotion from being started or continued into outcomes: nothing is written in any of them. */

import { EXIT } from "../io.ts";
import { type Diagnostic, fileDiagnostic } from "../report/diagnostic.ts";
import type { Outcome } from "../report/outcome.ts";
import type { EditError } from "../spec/edit.ts";
import type { Change } from "../spec/edit-data.ts";
import type { SpecSource } from "../spec/load.ts";
import type { Names } from "../spec/names.ts";
import { dotted } from "../spec/path.ts";
import type { Obstacle } from "./finding.ts";
import type { Reference } from "./references.ts";

/** References of the user's own to what gets another address. */
export function broken(references: readonly Reference[], to: string, { secrets }: Names): Outcome {
  const isOfSecrets = references.some(({ becomes }) => becomes === undefined);
  const addresses = secrets.flatMap(({ id, spec }) => [
    `aws_secretsmanager_secret.${id}`,
    `aws_secretsmanager_secret_version.${id}`,
    ...(spec.rotation ? [`aws_secretsmanager_secret_rotation.${id}`] : []),
    ...(spec.policy ? [`aws_secretsmanager_secret_policy.${id}`] : []),
  ]);
  const advice = isOfSecrets
    ? [
        "Nothing was written. Where files of your own refer to the secrets, let Terraform go of them by hand instead:",
        `  terraform state rm ${addresses.slice(0, 8).join(" ")}${addresses.length > 8 ? " …" : ""}`,
        `  terraform show -json | mrk-scaffold promote SPEC --to ${to} --secrets-only --attach --state -`,
      ]
    : ["Nothing was written. Change these references, then run it again: both belong into one commit."];
  return {
    exitCode: EXIT.vanishing,
    diagnostics: references.map(({ path: file, line, column, address, becomes }) => ({
      code: "reference-would-break",
      severity: "refused",
      message:
        becomes === undefined
          ? `${address} is referred to here, and is not declared until it is attached again`
          : `${address} is referred to here, and is ${becomes} from this step on`,
      file,
      path: [],
      position: { line, column, length: address.length, lineText: undefined },
      hint: undefined,
    })),
    advice,
  };
}

/** Going on before the last step has been applied everywhere would have Terraform destroy what it still knows. */
export function unapplied(missing: readonly Obstacle[]): Outcome {
  const hint =
    "terraform show -json | mrk-scaffold promote SPEC --continue --state -, or --applied where it cannot be shown";
  const unknown: Obstacle = {
    code: "step-not-applied",
    path: [],
    message: "the last step must be applied before the next one, and nothing here says that it has been",
    hint,
  };
  return {
    exitCode: EXIT.vanishing,
    diagnostics: (missing.length === 0 ? [unknown] : missing).map((obstacle) => ({
      ...obstacle,
      severity: "refused",
      file: "",
      path: obstacle.path,
      position: undefined,
    })),
    advice: ["Nothing was written."],
  };
}

export function refused(obstacles: readonly Obstacle[], source: SpecSource): Outcome {
  return {
    exitCode: EXIT.wrong,
    diagnostics: obstacles.map(({ code, path, message, hint }) => {
      const position = path.length === 0 ? undefined : source.positionOf(path);
      return { code, severity: "error", message, file: source.path, path, position, hint };
    }),
    advice: ["Nothing was written."],
  };
}

/** What cannot be changed in place is said, for someone to write it. */
export function notEditable({ path, message }: EditError, changes: readonly Change[], source: SpecSource): Outcome {
  const position = path.length === 0 ? undefined : source.positionOf(path);
  const wanted = changes.map((change) =>
    change.kind === "swap"
      ? `  let ${change.paths.map(dotted).join(" and ")} change places`
      : change.kind === "remove"
        ? `  take ${dotted(change.path)} out`
        : `  set ${dotted(change.path)} to ${JSON.stringify(change.value)}`,
  );
  return {
    exitCode: EXIT.wrong,
    diagnostics: [
      {
        code: "spec-not-editable",
        severity: "error",
        message: `the spec cannot be changed here without losing something: ${message}`,
        file: source.path,
        path,
        position,
        hint: "Write it out there, or make the changes below by hand and run mrk-scaffold SPEC.",
      },
    ],
    advice: ["Nothing was written. What is to be changed:", ...wanted],
  };
}

/** Places in a text that is nowhere help no one. */
export function wouldBeWrong(diagnostics: readonly Diagnostic[]): Outcome {
  return {
    exitCode: EXIT.wrong,
    diagnostics: diagnostics
      .filter(({ severity }) => severity === "error")
      .map((diagnostic) => ({ ...diagnostic, position: undefined })),
    advice: ["Nothing was written: the spec would be wrong then."],
  };
}

/** What was shown as the state is none. */
export function notAState(file: string, message: string): Outcome {
  const hint = "terraform show -json prints it: terraform show -json | mrk-scaffold promote … --state -";
  return {
    exitCode: EXIT.wrong,
    diagnostics: [fileDiagnostic("not-a-state", "error", message, { file, hint })],
    advice: ["Nothing was written."],
  };
}
