/** Gives what could not be looked at as a finding. */

import { UnseenError } from "../aws/account.ts";
import type { Place } from "../spec/places.ts";
import type { Aspect, Finding } from "./findings.ts";

export async function attempt<T>(
  findings: Finding[],
  aspect: Aspect,
  { region }: Pick<Place, "region">,
  path: Finding["path"],
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnseenError)) throw error;
    const { message: text, hint } = error;
    findings.push({ verdict: "unseen", aspect, region, text, hint, isWhole: aspect === "key", path });
    return undefined;
  }
}
