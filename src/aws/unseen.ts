/** Says in plain words why AWS did not answer: an error of the SDK goes in, what the user can do about it comes out. */

import { UnseenError } from "./account.ts";

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

const LOG_IN =
  "Log in (aws sso login), or choose credentials: AWS_PROFILE, AWS_ACCESS_KEY_ID, provider.profile in the spec";
/** What to do about a denied call, for a command that has a spec. */
export const PERMISSION = "mrk-scaffold verify SPEC --print-policy prints the permissions that are needed";

/** An error of the SDK in plain words. Its names: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html */
export function unseen(error: unknown): UnseenError {
  const { name, message, code } = error as NodeJS.ErrnoException;
  if (isNamed(error, "CredentialsProviderError", "TokenProviderError")) {
    return new UnseenError(`there are no credentials: ${message}`, LOG_IN, true);
  }
  if (REFUSED.test(name)) {
    const hint = `${LOG_IN}. Where only one region refuses them, it may not be enabled for the account`;
    return new UnseenError(`the credentials are refused (${name})`, hint, true);
  }
  if (/^AccessDenied|^NotAuthorized|^UnauthorizedOperation/.test(name)) {
    const action = /perform:? (\w+:\w+)/.exec(message)?.[1];
    return new UnseenError(action === undefined ? `access is denied: ${message}` : `${action} is denied`, PERMISSION);
  }
  if (/^(Throttling|TooManyRequests|RequestLimitExceeded|LimitExceeded)/.test(name)) {
    return new UnseenError(`AWS throttles the calls (${name})`, "Try again later, or look at fewer --regions");
  }
  const reason = code ?? (name === "TimeoutError" ? name : undefined);
  if (reason !== undefined) return new UnseenError(`it cannot be reached (${reason})`, "Check the network", true);
  return new UnseenError(`${name}: ${message}`, undefined);
}

const REFUSED =
  /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|InvalidAccessKeyId)/;
