/** The limits of every kind of text that may hold placeholders: data only, with AWS's own documentation as the source. */

import { once } from "../once.ts";

export interface Field {
  /** One of the characters that it may hold, in a notation that JavaScript and RE2 read alike; absent for any. */
  readonly character?: RegExp;
  /** Those characters for people. */
  readonly characters?: string;
  /** UTF-16 units at most; absent where only the text as a whole has a limit. */
  readonly maximum?: number;
  /** Whether what stands for a placeholder may be nothing. */
  readonly mayBeEmpty: boolean;
  /** Whether it has exactly `maximum` characters. */
  readonly isExact?: true;
  /** Whether it is part of a policy, where the account and its partition are known. */
  readonly isInPolicy?: true;
}

// biome-ignore lint/complexity/useRegexLiterals: a literal would put a character into the program that is not ASCII
const LATIN_1 = new RegExp("[\\t\\n\\r -ÿ]");

export const fields = {
  /** AWS KMS: CreateAlias, AliasName; `alias/` included. */
  alias: {
    character: /[0-9A-Za-z_/-]/,
    characters: "letters, digits and / _ -",
    maximum: 256,
    mayBeEmpty: false,
  },
  /** AWS Secrets Manager: CreateSecret, Name. */
  secretName: {
    character: /[0-9A-Za-z/_+=.@-]/,
    characters: "letters, digits and / _ + = . @ -",
    maximum: 512,
    mayBeEmpty: false,
  },
  /** The provider adds 26 characters to a prefix (internal/service/secretsmanager/secret.go of hashicorp/aws). */
  secretNamePrefix: {
    character: /[0-9A-Za-z/_+=.@-]/,
    characters: "letters, digits and / _ + = . @ -",
    maximum: 512 - 26,
    mayBeEmpty: false,
  },
  /** AWS KMS: CreateKey, Description. */
  keyDescription: { maximum: 8192, mayBeEmpty: true },
  /** AWS Secrets Manager: CreateSecret, Description. */
  secretDescription: { maximum: 2048, mayBeEmpty: true },
  /** Amazon CloudWatch Logs: CreateLogGroup, logGroupName. */
  logGroupName: {
    character: /[0-9A-Za-z_/.#-]/,
    characters: "letters, digits and _ / . # -",
    maximum: 512,
    mayBeEmpty: false,
  },
  /** Amazon S3 User Guide: General purpose bucket naming rules. */
  bucketName: {
    character: /[0-9a-z.-]/,
    characters: "small letters, digits and . -",
    maximum: 63,
    mayBeEmpty: false,
  },
  /** AWS Systems Manager: PutParameter, Name: 1,011 characters with the ARN in front, which has 57 at most. */
  parameterName: {
    character: /[0-9A-Za-z_/.-]/,
    characters: "letters, digits and _ / . -",
    maximum: 1011 - 57,
    mayBeEmpty: false,
  },
  /** AWS Systems Manager: PutParameter, Description. */
  parameterDescription: { maximum: 1024, mayBeEmpty: true },
  /** AWS's generic tag rules. */
  tag: {
    // Made when it is asked for: see `asciiFirst`.
    get character() {
      return /[\p{L}\p{Z}\p{N}_.:/=+\-@]/u;
    },
    characters: "letters, digits, spaces and _ . : / = + - @",
    maximum: 256,
    mayBeEmpty: true,
  },
  /** AWS KMS: CreateKey, Policy. */
  keyPolicy: {
    character: LATIN_1,
    characters: "tabs, line ends and the characters of Latin-1",
    mayBeEmpty: true,
    isInPolicy: true,
  },
  /** A part of a value, which takes all that a variable may hold. */
  secretValue: { mayBeEmpty: true },
  secretPolicy: { mayBeEmpty: true, isInPolicy: true },
  /** IAM: principals have no whitespace and no wildcards. */
  principal: {
    character: /[^\s*?]/,
    characters: "characters other than spaces, * and ?",
    maximum: 2048,
    mayBeEmpty: false,
    isInPolicy: true,
  },
  /** AWS STS: AssumeRole, RoleArn. */
  roleArn: {
    character: /[^\s*?]/,
    characters: "characters other than spaces, * and ?",
    maximum: 2048,
    mayBeEmpty: false,
  },
  /** AWS Secrets Manager: RotateSecret, RotationLambdaARN. */
  lambdaArn: {
    character: /[^\s*?]/,
    characters: "characters other than spaces, * and ?",
    maximum: 2048,
    mayBeEmpty: false,
  },
  /** AWS STS: AssumeRole, RoleSessionName. */
  sessionName: {
    character: /[0-9A-Za-z_+=,.@-]/,
    characters: "letters, digits and _ + = , . @ -",
    maximum: 64,
    mayBeEmpty: false,
  },
  /** AWS STS: AssumeRole, ExternalId. */
  externalId: { maximum: 1224, mayBeEmpty: true },
  accountId: { character: /[0-9]/, characters: "digits", maximum: 12, isExact: true, mayBeEmpty: false },
  profile: { maximum: 256, mayBeEmpty: false },
} as const satisfies Record<string, Field>;

export type FieldName = keyof typeof fields;

/** The characters of a text that a field may not hold. */
export function notAllowedIn({ character }: Field, text: string): readonly string[] {
  return character === undefined ? [] : [...text].filter((one) => !character.test(one));
}

/**
 * A pattern that is made once a text comes that a plainer one does not accept. Unicode's classes, such as `\p{L}`, take as
 * long to compile as a small spec to check, and most texts are ASCII.
 */
export function asciiFirst(ascii: RegExp, make: () => RegExp): RegExp {
  const whole = once(make);
  // What zod uses of a pattern.
  const pattern = {
    lastIndex: 0,
    get source() {
      return whole().source;
    },
    test: (text: string) => ascii.test(text) || whole().test(text),
    toString: () => String(whole()),
  };
  return pattern as unknown as RegExp;
}
