/** Reports that AWS could not be asked at all: an error goes in, what a command ends with comes out. */

import { NoSdkError, UnseenError } from "../aws/account.ts";
import { PERMISSION } from "../aws/unseen.ts";
import { EXIT } from "../io.ts";
import { fileDiagnostic } from "../report/diagnostic.ts";
import type { Outcome } from "../report/outcome.ts";

const PACKAGES = ["@aws-sdk/client-kms", "@aws-sdk/client-secrets-manager", "@aws-sdk/client-sts"];

/** `command` is what the user wrote, `verify SPEC`; `permissions` where the needed ones are found, if not where the error says. */
export function awsFailure(error: unknown, command: string, permissions?: string): Outcome {
  if (error instanceof NoSdkError) {
    const once = PACKAGES.map((name) => `-p ${name}`).join(" ");
    const hint = `npm install --save-dev ${PACKAGES.join(" ")}\nor once: npx -p mrk-scaffold ${once} mrk-scaffold ${command}`;
    return { exitCode: EXIT.wrong, diagnostics: [fileDiagnostic("no-aws-sdk", "error", error.message, { hint })] };
  }
  if (!(error instanceof UnseenError)) throw error;
  const message = `AWS could not be asked: ${error.message}`;
  const hint = permissions !== undefined && error.hint === PERMISSION ? permissions : error.hint;
  return { exitCode: EXIT.unseen, diagnostics: [fileDiagnostic("aws-unseen", "error", message, { hint })] };
}
