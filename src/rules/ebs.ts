/** What must hold about the keys that are the default of EBS. Specs without one cost nothing here. */

import { ebsDefaults } from "../spec/ebs.ts";
import { isSymmetric, settingPath } from "../spec/keys.ts";
import type { Names } from "../spec/names.ts";
import { type Finding, type Rule, repeated, uniqueBy } from "./rule.ts";

export const ebsRules = (): readonly Rule[] => [
  { code: "two-defaults-for-ebs", check: twoDefaultsForEbs },
  { code: "default-for-ebs-not-possible", check: defaultForEbsNotPossible },
];

/** The default key is a setting of the account in a region (Amazon EC2: ModifyEbsDefaultKmsKeyId). */
function* twoDefaultsForEbs(names: Names): Iterable<Finding> {
  const findings = repeated(
    ebsDefaults(names),
    ({ place }) => place.region,
    ({ key, place }, first): Finding => ({
      path: settingPath(key, place, "default_for_ebs"),
      message: `the keys ${first.key.id} and ${key.id} would both be the default key of EBS in ${place.region}`,
      hint: `Take default_for_ebs out of one of them, or write default_for_ebs: false under by_region.${place.region}.`,
    }),
  );
  yield* uniqueBy([...findings], ({ path }) => path.join("\n"));
}

/** EBS encrypts with enabled symmetric keys only (Amazon EBS User Guide: Requirements for EBS encryption). */
function* defaultForEbsNotPossible(names: Names): Iterable<Finding> {
  const findings = ebsDefaults(names).flatMap(({ key, place }): Finding[] => {
    const path = settingPath(key, place, "default_for_ebs");
    if (!isSymmetric(key.spec)) {
      const message = `EBS cannot encrypt with the key ${key.id}: it needs a symmetric encryption key`;
      return [{ path, message, hint: "Leave default_for_ebs out, or usage and spec." }];
    }
    if (key.inRegion(place).enabled) return [];
    const message = `the key ${key.id} is disabled in ${place.region}: no one could create an EBS volume there`;
    return [{ path, severity: "warning", message, hint: "Enable the key, or leave default_for_ebs out." }];
  });
  yield* uniqueBy(findings, ({ path }) => path.join("\n"));
}
