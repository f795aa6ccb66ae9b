import { expect, test } from "vitest";
import { SpecError } from "../../src/report/diagnostic.ts";
import { validate } from "../../src/rules/validate.ts";
import { parse } from "../../src/spec/load.ts";

const ROLE = "arn:aws:iam::123456789012:role/app";

/** The codes of everything that is wrong with a key that has the policy, warnings too, but for services without a source. */
function codesOf(policy: object, byRegion: object = {}): readonly string[] {
  return allCodesOf(policy, byRegion).filter((code) => code !== "confused-deputy");
}

function allCodesOf(policy: object, byRegion: object): readonly string[] {
  const key = { service: "none", alias: "app", policy, by_region: byRegion };
  const spec = { version: 1, regions: { primary: "eu-central-1", replicas: ["eu-west-1"] }, keys: { key } };
  try {
    return validate(parse("spec.yaml", Buffer.from(JSON.stringify(spec)))).warnings.map(({ code }) => code);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.diagnostics.map(({ code }) => code);
  }
}

const statement = (rest: object) => ({ principals: { AWS: [ROLE] }, ...rest });

test.each([
  ["administrators", { administrators: [ROLE] }, true],
  ["a statement of the action", { statements: [statement({ actions: ["kms:PutKeyPolicy"] })] }, true],
  ["a pattern", { statements: [statement({ actions: ["KMS:put*"] })] }, true],
  ["all actions but another", { statements: [statement({ not_actions: ["kms:ScheduleKeyDeletion"] })] }, true],
  ["nothing", {}, false],
  ["users", { users: [ROLE], decrypters: [ROLE] }, false],
  ["all actions but this", { statements: [statement({ not_actions: ["kms:Put*"] })] }, false],
  ["a service", { statements: [{ principals: { Service: ["events.amazonaws.com"] }, actions: ["kms:*"] }] }, false],
  [
    "a denial to others",
    { statements: [{ effect: "Deny", not_principals: { AWS: [ROLE] }, actions: ["kms:PutKeyPolicy"] }] },
    false,
  ],
])("without the account's statement a policy is manageable by %s: %s", (_, policy, isManageable) => {
  expect(codesOf({ account: false, ...policy })).toEqual(isManageable ? [] : ["policy-unmanageable"]);
});

test.each([
  ["all actions but reading", { not_actions: ["kms:Get*"] }, true],
  ["all actions but this one", { not_actions: ["kms:Get*", "kms:PutKeyPolicy"] }, false],
])("to deny everyone %s locks the owner out: %s", (_, actions, isLockedOut) => {
  const statements = [{ effect: "Deny", principals: { AWS: ["*"] }, ...actions }];
  expect(codesOf({ statements })).toEqual(isLockedOut ? ["policy-locks-out"] : []);
});

test.each<[what: string, policy: object, byRegion: object, isMore: boolean]>([
  ["a role of the account", { users: [ROLE] }, { "eu-west-1": { policy: false } }, false],
  ["another region's own role", {}, { "eu-west-1": { policy: { users: [`${ROLE}-eu-west-1`] } } }, false],
  [
    "the same service, called after the region",
    { statements: [{ principals: { Service: ["logs.{region}.amazonaws.com"] }, actions: ["kms:Decrypt"] }] },
    {
      "eu-west-1": {
        policy: {
          statements: [{ principals: { Service: ["logs.eu-west-1.amazonaws.com"] }, actions: ["kms:Decrypt"] }],
        },
      },
    },
    false,
  ],
  [
    "fewer conditions",
    {
      statements: [
        {
          principals: { Service: ["events.amazonaws.com"] },
          actions: ["kms:Decrypt"],
          conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: ["{account}"] }],
        },
      ],
    },
    {
      "eu-west-1": {
        policy: { statements: [{ principals: { Service: ["events.amazonaws.com"] }, actions: ["kms:Decrypt"] }] },
      },
    },
    true,
  ],
  [
    "a wider action",
    { statements: [{ principals: { Service: ["events.amazonaws.com"] }, actions: ["kms:Decrypt"] }] },
    {
      "eu-west-1": {
        policy: { statements: [{ principals: { Service: ["events.amazonaws.com"] }, actions: ["kms:*"] }] },
      },
    },
    true,
  ],
  [
    "a service that AWS's default policy leaves out",
    { statements: [{ principals: { Service: ["events.amazonaws.com"] }, actions: ["kms:Decrypt"] }] },
    { "eu-west-1": { policy: false } },
    true,
  ],
])("a region whose policy lets in %s admits more than the others: %#", (_, policy, byRegion, isMore) => {
  expect(codesOf(policy, byRegion)).toEqual(isMore ? ["policy-admits-more"] : []);
});
