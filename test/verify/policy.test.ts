/** Policies are compared by what they mean: what AWS or people write otherwise is no difference, everything else is one. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: AWS's own variables are meant

import { describe, expect, test } from "vitest";
import type { Statement } from "../../src/spec/policy.ts";
import { isDefaultPolicy, policyDifferences } from "../../src/verify/policy.ts";

const FACTS = { account: "123456789012", partition: "aws", variables: new Map([["team", "pay"]]), workspace: "prod" };
const PLACE = { region: "eu-west-1", label: "euw1" };

const BASE: Statement = {
  sid: "App",
  effect: "Allow",
  principals: [["AWS", ["arn:{partition}:iam::{account}:role/{var.team}-app", "arn:aws:iam::210987654321:root"]]],
  notPrincipals: [],
  actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
  notActions: [],
  conditions: [
    { test: "StringEquals", variable: "kms:ViaService", values: ["s3.{region}.amazonaws.com"] },
    { test: "StringLike", variable: "aws:PrincipalTag/env", values: ["{workspace}", "&{aws:username}"] },
  ],
};

/** The same as AWS may have it. */
const SAME = {
  Sid: "App",
  Effect: "Allow",
  Principal: { AWS: ["210987654321", "arn:aws:iam::123456789012:role/pay-app"] },
  Action: ["kms:generatedatakey*", "kms:Decrypt"],
  Resource: ["*"],
  Condition: {
    StringLike: { "AWS:PrincipalTag/env": ["${aws:username}", "prod"] },
    StringEquals: { "kms:viaservice": "s3.eu-west-1.amazonaws.com" },
  },
};

const json = (...statements: readonly object[]) =>
  JSON.stringify({ Version: "2012-10-17", Id: "x", Statement: statements });
const differences = (statements: readonly Statement[], found: string, isKnown = true) =>
  policyDifferences({ statements, isKnown }, found, PLACE, FACTS);

describe("no difference is", () => {
  test("the order of actions and values, a list of one, the case, the way to name an account, a filled placeholder", () => {
    expect(differences([BASE], json(SAME))).toEqual([]);
  });

  test("a single statement that is not in a list", () => {
    expect(differences([BASE], JSON.stringify({ Statement: SAME }))).toEqual([]);
  });

  test("everyone, with a type or without", () => {
    const all: Statement = { ...BASE, principals: [["AWS", ["*"]]], conditions: [] };
    const { Condition: _, ...rest } = SAME;
    expect(differences([all], json({ ...rest, Principal: "*" }))).toEqual([]);
    expect(differences([all], json({ ...rest, Principal: { AWS: "*" } }))).toEqual([]);
  });

  test("true as a word", () => {
    const granted: Statement = {
      ...BASE,
      conditions: [{ test: "Bool", variable: "kms:GrantIsForAWSResource", values: ["true"] }],
    };
    expect(
      differences([granted], json({ ...SAME, Condition: { Bool: { "kms:GrantIsForAWSResource": true } } })),
    ).toEqual([]);
  });

  test("the order of statements, nor an empty Sid", () => {
    const other: Statement = { ...BASE, sid: undefined, effect: "Deny" };
    expect(differences([BASE, other], json({ ...SAME, Sid: "", Effect: "Deny" }, SAME))).toEqual([]);
  });

  test("what others wrote in braces", () => {
    const placed = {
      ...BASE,
      place: "policies/base.json:1:1",
      principals: [["AWS", ["{account}"]]],
      conditions: [],
    } as Statement;
    const { Condition: _, ...rest } = SAME;
    expect(differences([placed], json({ ...rest, Principal: { AWS: "{account}" } }))).toEqual([]);
  });
});

describe("a difference is", () => {
  test.each<[what: string, found: object, expected: string]>([
    ["an action more", { ...SAME, Action: [...SAME.Action, "kms:Encrypt"] }, 'statement "App": Action + kms:encrypt'],
    ["an action less", { ...SAME, Action: "kms:Decrypt" }, 'statement "App": Action - kms:generatedatakey*'],
    [
      "a principal less",
      { ...SAME, Principal: { AWS: "210987654321" } },
      'statement "App": Principal - AWS:arn:aws:iam::123456789012:role/pay-app',
    ],
    [
      "another type of principal",
      { ...SAME, Principal: { Service: SAME.Principal.AWS } },
      'statement "App": Principal + Service:210987654321',
    ],
    ["the effect", { ...SAME, Effect: "Deny" }, 'statement "App": Deny instead of Allow'],
    [
      "the resource",
      { ...SAME, Resource: "arn:aws:kms:eu-west-1:1:key/x" },
      'statement "App": Resource + arn:aws:kms:eu-west-1:1:key/x - *',
    ],
    [
      "not instead of",
      { ...SAME, Action: undefined, NotAction: SAME.Action },
      "NotAction + kms:generatedatakey* + kms:decrypt",
    ],
    [
      "another operator",
      { ...SAME, Condition: { ...SAME.Condition, StringEquals: undefined, StringLike: SAME.Condition.StringLike } },
      "- StringEquals kms:viaservice s3.eu-west-1.amazonaws.com",
    ],
    [
      "another value",
      { ...SAME, Condition: { ...SAME.Condition, StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } } },
      "+ StringEquals kms:viaservice s3.us-east-1.amazonaws.com - StringEquals kms:viaservice s3.eu-west-1.amazonaws.com",
    ],
  ])("%s", (_, found, expected) => {
    const [difference, ...others] = differences([BASE], json(found));
    expect(others).toEqual([]);
    expect(difference).toContain(expected);
  });

  test("a statement less and one more", () => {
    const unnamed = { Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" };
    expect(differences([BASE], json(unnamed, { ...SAME, Sid: "Other" }))).toEqual([
      'statement "App" is missing',
      "the statement without a Sid (Allow kms:*) is not in the spec",
      'statement "Other" is not in the spec',
    ]);
  });

  test("a statement twice", () => {
    expect(differences([BASE], json(SAME, SAME))).toEqual(['statement "App" is not in the spec']);
  });

  test("no JSON, and no statement", () => {
    expect(differences([BASE], "{")).toEqual(["it is not JSON"]);
    expect(differences([BASE], "{}")).toEqual(['statement "App" is missing']);
  });
});

test("a statement more may be one of a document that only Terraform can read", () => {
  const other = { ...SAME, Sid: "Other" };
  expect(differences([BASE], json(SAME, other), false)).toEqual([]);
  expect(differences([BASE], json(other), false)).toEqual(['statement "App" is missing']);
});

describe("AWS's default key policy", () => {
  const statement = {
    Effect: "Allow",
    Principal: { AWS: "arn:aws:iam::123456789012:root" },
    Action: "kms:*",
    Resource: "*",
  };

  test.each(["Enable IAM User Permissions", "Root", undefined])("is known under the Sid %j", (Sid) => {
    expect(isDefaultPolicy(json({ ...statement, Sid }), PLACE, FACTS)).toBe(true);
  });

  test("is none with another account, or with more statements", () => {
    expect(isDefaultPolicy(json({ ...statement, Principal: { AWS: "210987654321" } }), PLACE, FACTS)).toBe(false);
    expect(isDefaultPolicy(json(statement, SAME), PLACE, FACTS)).toBe(false);
    expect(isDefaultPolicy("", PLACE, FACTS)).toBe(false);
  });
});
