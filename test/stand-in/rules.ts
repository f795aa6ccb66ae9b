/**
 * AWS's rules that need no account: a region, an ARN, tags or a resource policy come in, the partition, the ARN's parts
 * or a `Refusal` go out.
 */
import { Refusal, type Tags } from "./values.ts";

/** Prefix of a region's name, partition, DNS suffix; the first match counts. */
const PARTITIONS: readonly (readonly [prefix: RegExp, partition: string, dnsSuffix: string])[] = [
  [/^cn-/, "aws-cn", "amazonaws.com.cn"],
  [/^us-gov-/, "aws-us-gov", "amazonaws.com"],
  [/^eusc-/, "aws-eusc", "amazonaws.eu"],
  [/^us-iso-/, "aws-iso", "c2s.ic.gov"],
  [/^us-isob-/, "aws-iso-b", "sc2s.sgov.gov"],
  [/^eu-isoe-/, "aws-iso-e", "cloud.adc-e.uk"],
  [/^us-isof-/, "aws-iso-f", "csp.hci.ic.gov"],
  [/^/, "aws", "amazonaws.com"],
];

export function partitionOf(region: string): { partition: string; dnsSuffix: string } {
  const [, partition = "aws", dnsSuffix = ""] = PARTITIONS.find(([prefix]) => prefix.test(region)) ?? [];
  return { partition, dnsSuffix };
}

interface Arn {
  readonly partition: string;
  readonly region: string;
  readonly resource: string;
}

export function parseArn(arn: string): Arn | undefined {
  const [, partition, region, resource] = /^arn:([\w-]+):\w+:([\w-]*):\d*:(.+)$/.exec(arn) ?? [];
  return partition !== undefined && region !== undefined && resource !== undefined
    ? { partition, region, resource }
    : undefined;
}

export function checkTags(tags: Tags): void {
  const reserved = Object.keys(tags).find((name) => /^aws:/i.test(name));
  if (reserved !== undefined)
    throw new Refusal(`TagException: aws: prefixed tag key names are not allowed: ${reserved}`);
  if (Object.keys(tags).length > 50) throw new Refusal("TooManyTagsException: more than 50 tags");
}

interface PolicyStatement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
}

/** The statements of a resource policy, or a refusal when it is not one: form and partition of the principals. */
export function checkedStatements(policy: string, region: string, bytes: number): PolicyStatement[] {
  const malformed = (why: string) => new Refusal(`MalformedPolicyDocumentException: ${why}`);
  if (Buffer.byteLength(policy) > bytes) throw new Refusal(`LimitExceededException: policy over ${bytes} bytes`);
  let document: { Statement?: PolicyStatement | PolicyStatement[] };
  try {
    document = JSON.parse(policy) as typeof document;
  } catch {
    throw malformed("the policy is not JSON");
  }
  const statements = [document.Statement ?? []].flat();
  if (statements.length === 0) throw malformed("the policy has no statement");
  for (const statement of statements) {
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw malformed("a statement has no Effect");
    if (!statement.Principal && !statement.NotPrincipal) throw malformed("a statement has no Principal");
    if (!statement.Action && !statement.NotAction) throw malformed("a statement has no Action");
    if (!statement.Resource && !statement.NotResource) throw malformed("a statement has no Resource");
    const principals = JSON.stringify(statement.Principal ?? statement.NotPrincipal);
    const foreign = [...principals.matchAll(/"arn:([\w-]+):/g)].find(([, it]) => it !== partitionOf(region).partition);
    if (foreign) throw malformed(`Invalid principal in policy: a principal of ${foreign[1]} in ${region}`);
  }
  return statements;
}

/** AWS's safety check in short: someone must still be allowed to change the policy. */
export function checkedKeyPolicy(policy: string, region: string, bypassLockoutCheck: boolean): string {
  const changeable = checkedStatements(policy, region, 32_768).some(
    ({ Effect, Action }) =>
      Effect === "Allow" && [Action ?? []].flat().some((action) => matchesAction(action, "kms:PutKeyPolicy")),
  );
  if (!changeable && !bypassLockoutCheck)
    throw new Refusal(
      "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.",
    );
  return policy;
}

function matchesAction(pattern: string, action: string): boolean {
  return new RegExp(`^${pattern.replaceAll("*", ".*")}$`, "i").test(action);
}
