/**
 * The regions of AWS: name in, partition, opt-in and short code out. Source of the table: the partitions list of the AWS
 * SDK for JavaScript (`@aws-sdk/core`, util-endpoints, November 2026). Being listed does not prove that KMS and Secrets
 * Manager are live in a region, hence an unknown but well-formed name is a warning, never a dead end.
 */

export type Partition =
  | "aws"
  | "aws-cn"
  | "aws-eusc"
  | "aws-iso"
  | "aws-iso-b"
  | "aws-iso-e"
  | "aws-iso-f"
  | "aws-us-gov";

/** Partition, its regions that every account has, and its regions that an account must opt in to. */
const TABLE: readonly (readonly [partition: Partition, regions: string, optIn: string])[] = [
  [
    "aws",
    "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2",
    "af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 sa-west-1",
  ],
  ["aws-cn", "cn-north-1 cn-northwest-1", ""],
  ["aws-eusc", "eusc-de-east-1", ""],
  ["aws-iso", "us-iso-east-1 us-iso-west-1", ""],
  ["aws-iso-b", "us-isob-east-1 us-isob-west-1", ""],
  ["aws-iso-e", "eu-isoe-west-1", ""],
  ["aws-iso-f", "us-isof-east-1 us-isof-south-1", ""],
  ["aws-us-gov", "us-gov-east-1 us-gov-west-1", ""],
];

/** Every partition's pattern of region names, the specific ones before `aws` (same source as the table). */
const PATTERNS: readonly (readonly [Partition, RegExp])[] = [
  ["aws-cn", /^cn-\w+-\d+$/],
  ["aws-us-gov", /^us-gov-\w+-\d+$/],
  ["aws-eusc", /^eusc-de-\w+-\d+$/],
  ["aws-iso", /^us-iso-\w+-\d+$/],
  ["aws-iso-b", /^us-isob-\w+-\d+$/],
  ["aws-iso-e", /^eu-isoe-\w+-\d+$/],
  ["aws-iso-f", /^us-isof-\w+-\d+$/],
  ["aws", /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/],
];

const known: ReadonlyMap<string, Partition> = new Map(
  TABLE.flatMap(([partition, regions, optIn]) =>
    `${regions} ${optIn}`
      .trim()
      .split(" ")
      .map((region) => [region, partition] as const),
  ),
);

/** All regions that the AWS SDK lists, in the order of the table. */
export const knownRegions: readonly string[] = [...known.keys()];

export function isKnownRegion(region: string): boolean {
  return known.has(region);
}

/** The partition that a region belongs to; of one that is not listed by its name's pattern, so that regions launched later have one. */
export function partitionOf(region: string): Partition | undefined {
  return known.get(region) ?? PATTERNS.find(([, pattern]) => pattern.test(region))?.[0];
}

/**
 * The short code of a region: the first word whole, the first letter of every compass part of the next words, the number
 * (`ap-southeast-2` gives `apse2`). The rule is the `short` code of Cloud Posse's terraform-aws-utils; over all known
 * regions no two are equal. The isolated partitions keep their word (`us-isob-east-1` gives `usisobe1`).
 */
export function shortCode(region: string): string {
  const [prefix = "", ...words] = region.split("-");
  return prefix + words.map((word) => SHORT_WORDS[word] ?? (isKept(word) ? word : word[0])).join("");
}

function isKept(word: string): boolean {
  return word.startsWith("iso") || word === "de" || word.charCodeAt(0) <= NINE;
}

const NINE = "9".charCodeAt(0);

const SHORT_WORDS: Readonly<Record<string, string>> = {
  northeast: "ne",
  northwest: "nw",
  southeast: "se",
  southwest: "sw",
};
