/**
 * The ARNs of secrets end in a hyphen and six characters that Secrets Manager adds to the name (AWS Secrets Manager:
 * CreateSecret).
 */

const SUFFIX = /-[A-Za-z0-9]{6}$/;

/** Whether a name ends as the ARNs of secrets do. */
export function endsLikeArn(name: string): boolean {
  return name.at(-7) === "-" && SUFFIX.test(name);
}

/** What an ARN says behind `secret:`, without what AWS has added. */
export function withoutSuffix(nameInArn: string): string {
  return nameInArn.replace(SUFFIX, "");
}

/** The name of a secret, given by its ARN, whole or without the suffix, or by the name itself. */
export function secretName(reference: string): string {
  const [, nameInArn] = /^arn:.*?:secret:(.+)$/.exec(reference) ?? [];
  return nameInArn === undefined ? reference : withoutSuffix(nameInArn);
}
