/**
 * Knows what people call regions besides their codes: a word goes in, the codes that it may stand for come out. It only
 * guesses for a message; no spec is ever read by it.
 */

import { knownRegions, shortCode } from "./regions.ts";

/** The places that AWS names its regions after (AWS Regions reference, `RegionName`), and what people say for short. */
const PLACES: Readonly<Record<string, string>> = {
  "af-south-1": "cape town|africa",
  "ap-east-1": "hong kong",
  "ap-east-2": "taipei|taiwan",
  "ap-northeast-1": "tokyo|japan",
  "ap-northeast-2": "seoul|korea|south korea",
  "ap-northeast-3": "osaka",
  "ap-south-1": "mumbai|india|bombay",
  "ap-south-2": "hyderabad",
  "ap-southeast-1": "singapore",
  "ap-southeast-2": "sydney|australia",
  "ap-southeast-3": "jakarta|indonesia",
  "ap-southeast-4": "melbourne",
  "ap-southeast-5": "malaysia|kuala lumpur",
  "ap-southeast-6": "new zealand|auckland",
  "ap-southeast-7": "thailand|bangkok",
  "ca-central-1": "central|canada|montreal",
  "ca-west-1": "calgary",
  "cn-north-1": "beijing|china",
  "cn-northwest-1": "ningxia",
  "eu-central-1": "frankfurt|germany",
  "eu-central-2": "zurich|switzerland",
  "eu-north-1": "stockholm|sweden",
  "eu-south-1": "milan|italy",
  "eu-south-2": "spain|aragon",
  "eu-west-1": "ireland|dublin",
  "eu-west-2": "london|uk|england",
  "eu-west-3": "paris|france",
  "eusc-de-east-1": "brandenburg",
  "il-central-1": "tel aviv|israel",
  "me-central-1": "uae|dubai",
  "me-south-1": "bahrain",
  "mx-central-1": "mexico|queretaro",
  "sa-east-1": "sao paulo|brazil",
  "us-east-1": "virginia|n virginia|north virginia|northern virginia",
  "us-east-2": "ohio",
  "us-gov-east-1": "us-east|govcloud east",
  "us-gov-west-1": "us-west|govcloud|govcloud west",
  "us-west-1": "california|n california|north california|northern california",
  "us-west-2": "oregon",
};

/** What people call a region, with commas; nothing for one without a place of its own. */
export function placeOf(region: string): string | undefined {
  return PLACES[region]?.replaceAll("|", ", ").replace(/\b(uk|uae|[a-z])/g, (start) => start.toUpperCase());
}

/**
 * The known regions that a word which is none may stand for: another spelling (`EU-CENTRAL-1`, `eu_central_1`, `eucentral1`),
 * an Availability Zone or its id (`eu-central-1a`, `euc1-az2`), a short code (`euw1`), a place (`Ireland`,
 * `US East (Ohio)`), or all regions that it is the beginning of (`eu-west`).
 */
export function regionsMeantBy(word: string): readonly string[] {
  const plain = word.trim().normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const place = (/\(([^()]+)\)$/.exec(plain)?.[1] ?? plain).replace(/[._]/g, " ").replace(/\s+/g, " ").trim();
  const named = knownRegions.filter((region) => PLACES[region]?.split("|").includes(place));
  if (named.length > 0) return named;
  const code = plain.replace(/[^a-z0-9]/g, "");
  const zone = code.replace(/(az\d|(?<=\d)[a-z])$/, "");
  const spelled = knownRegions.filter((region) => {
    const spellings = [region.replaceAll("-", ""), shortCode(region)];
    return spellings.includes(code) || spellings.includes(zone);
  });
  if (spelled.length > 0) return spelled;
  return code.length < 4
    ? []
    : knownRegions.filter((region) => region.replace(/-?\d+$/, "").replaceAll("-", "") === code);
}
