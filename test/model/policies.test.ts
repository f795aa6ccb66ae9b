/** What policies allow to whom, where they are, and which policies are refused. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { SpecError } from "../../src/report/diagnostic.ts";
import { validate } from "../../src/rules/validate.ts";
import { parse } from "../../src/spec/load.ts";
import { fixturesFolder } from "../support/fixtures.ts";
import { blockOf, blocksOfType, Expression } from "../support/hcl.ts";
import { missingForMoto, startMoto, terraform } from "../support/moto.ts";
import { type Account, blocksIn, filesOf, type Policy, policyOf, type Statement } from "../support/policies.ts";
import { conformance } from "../support/schema.ts";
import { hostileText } from "../support/specs.ts";
import { escapeBraces } from "../support/text.ts";

const ACCOUNT: Account = { account: "111122223333", partition: "aws", dnsSuffix: "amazonaws.com" };
const REGIONS = { primary: "eu-central-1", replicas: ["eu-west-1", "us-east-1"] };
const ROLE = "arn:aws:iam::111122223333:role/app";
const OTHER_ROLE = "arn:aws:iam::111122223333:role/other";

function specWith(key: object, secret?: object): object {
  return { version: 1, regions: REGIONS, keys: { key }, ...(secret === undefined ? {} : { secrets: { secret } }) };
}

async function keyPolicy(key: object, name = "resource aws_kms_key main_key"): Promise<Policy | undefined> {
  return policyOf(await blocksIn(filesOf(specWith(key))), name, ACCOUNT);
}

async function statement(key: object, sid: string): Promise<Statement | undefined> {
  return (await keyPolicy(key))?.Statement.find(({ Sid }) => Sid === sid);
}

describe("a key policy", () => {
  test("always leaves the account in charge, first of all", async () => {
    const root = "arn:aws:iam::111122223333:root";
    const wanted = { Sid: "Account", Effect: "Allow", Principal: { AWS: [root] }, Action: ["kms:*"], Resource: ["*"] };
    expect((await keyPolicy({ service: "none", policy: {} }))?.Statement).toEqual([wanted]);
    expect((await keyPolicy({ policy: { administrators: [ROLE], services: ["s3"] } }))?.Statement[0]).toEqual(wanted);
  });

  test("lets administrators manage the key, replicate it and move its primary region, but not use it", async () => {
    const { Action: actions, Principal: principal } = (await statement(
      { policy: { administrators: [ROLE] } },
      "Administrators",
    ))!;
    expect(principal).toEqual({ AWS: [ROLE] });
    expect(actions).toEqual(expect.arrayContaining(["kms:ReplicateKey", "kms:UpdatePrimaryRegion", "kms:Put*"]));
    expect(actions.filter((action) => /Encrypt|Decrypt|GenerateDataKey|Sign|Mac|\*$/.test(action))).toEqual(
      ["Create", "Delete", "Describe", "Disable", "Enable", "Get", "List", "Put", "Revoke", "Update"].map(
        (verb) => `kms:${verb}*`,
      ),
    );
  });

  test.each([
    ["symmetric", {}, ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*"], true],
    [
      "RSA for encryption",
      { spec: "RSA_2048" },
      ["Decrypt", "DescribeKey", "Encrypt", "GetPublicKey", "ReEncrypt*"],
      false,
    ],
    ["signing", { usage: "sign" }, ["DescribeKey", "GetPublicKey", "Sign", "Verify"], false],
    ["HMAC", { usage: "mac" }, ["DescribeKey", "GenerateMac", "VerifyMac"], false],
  ])(
    "lets users use a %s key as it can be used, with grants where AWS services can use it too",
    async (_, kind, actions, hasGrants) => {
      const key = { ...kind, service: "none", alias: "own", policy: { users: [ROLE, OTHER_ROLE] } };
      expect(await statement(key, "Users")).toMatchObject({
        Principal: { AWS: [ROLE, OTHER_ROLE] },
        Action: actions.map((action) => `kms:${action}`),
      });
      const grants = await statement(key, "UsersGrants");
      expect(grants !== undefined).toBe(hasGrants);
      if (hasGrants) {
        expect(grants).toMatchObject({
          Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
          Condition: { Bool: { "kms:GrantIsForAWSResource": ["true"] } },
        });
      }
    },
  );

  test("lets decrypters decrypt and nothing else", async () => {
    const { Action: actions } = (await statement({ policy: { decrypters: [ROLE] } }, "Decrypters"))!;
    expect(actions).toEqual(["kms:Decrypt", "kms:DescribeKey"]);
  });

  test("holds the statements of the key's own service, of others, or of none", async () => {
    const sids = async (key: object) => (await keyPolicy(key))?.Statement.map(({ Sid }) => Sid);
    expect(await sids({ policy: {} })).toEqual(["Account", "SecretsManager", "SecretsManagerDataKeys"]);
    expect(await sids({ service: "s3", policy: {} })).toEqual(["Account", "S3"]);
    expect(await sids({ service: "s3", policy: { services: ["efs", "ecr"] } })).toEqual(["Account", "EFS", "ECR"]);
    expect(await sids({ service: "s3", policy: { services: [] } })).toEqual(["Account"]);
    expect(await sids({ usage: "sign", policy: {} })).toEqual(["Account"]);
  });

  test("ends with the statements of one's own, as they are written", async () => {
    const own = {
      sid: "Own",
      effect: "Deny",
      principals: { Service: ["events.amazonaws.com"], AWS: [OTHER_ROLE, ROLE] },
      actions: ["kms:Encrypt", "kms:Decrypt"],
      conditions: [{ test: "StringLike", variable: "aws:PrincipalTag/team", values: ["b", "a"] }],
    };
    const found = (await keyPolicy({
      service: "none",
      policy: { decrypters: [ROLE], statements: [own, { ...own, sid: null }] },
    }))!;
    const wanted = {
      Effect: "Deny",
      Principal: { AWS: [ROLE, OTHER_ROLE], Service: ["events.amazonaws.com"] },
      Action: ["kms:Decrypt", "kms:Encrypt"],
      Resource: ["*"],
      Condition: { StringLike: { "aws:PrincipalTag/team": ["b", "a"] } },
    };
    expect(found.Statement.map(({ Sid }) => Sid)).toEqual(["Account", "Decrypters", "Own", undefined]);
    expect(found.Statement.slice(2)).toEqual([{ Sid: "Own", ...wanted }, wanted]);
  });

  test("is on the primary key and on every replica, each its own region's", async () => {
    const blocks = await blocksIn(
      filesOf({ ...specWith({ policy: {} }), keys: { key: { policy: {} }, other: { alias: "other" } } }),
    );
    const via = (name: string) =>
      policyOf(blocks, `resource ${name}`, ACCOUNT)?.Statement.find(({ Sid }) => Sid === "SecretsManager")?.Condition
        ?.StringEquals?.["kms:ViaService"];
    expect(via("aws_kms_key main_key")).toEqual(["secretsmanager.eu-central-1.amazonaws.com"]);
    expect(via("aws_kms_replica_key euw1_key")).toEqual(["secretsmanager.eu-west-1.amazonaws.com"]);
    expect(via("aws_kms_replica_key use1_key")).toEqual(["secretsmanager.us-east-1.amazonaws.com"]);
    for (const name of ["aws_kms_key main_other", "aws_kms_replica_key euw1_other"]) {
      expect(policyOf(blocks, `resource ${name}`, ACCOUNT)).toBe(undefined);
    }
  });

  test("is made for the regions that the key is in, and no others", async () => {
    const blocks = await blocksIn(filesOf(specWith({ replicas: ["us-east-1"], policy: {} })));
    expect(blockOf(blocks, "data aws_iam_policy_document key").for_each).toEqual(
      new Expression('toset(["eu-central-1","us-east-1"])'),
    );
    const alone = await blocksIn(filesOf(specWith({ replicas: [], policy: {} })));
    expect(policyOf(alone, "resource aws_kms_key main_key", ACCOUNT)).toBeDefined();
  });

  test("does not depend on the order in which its principals are written", () => {
    const text = (principals: object) =>
      filesOf(specWith({ policy: { statements: [{ principals, actions: ["kms:Encrypt"] }] } })).map(
        (file) => file.text,
      );
    const [service, role] = [["events.amazonaws.com"], [ROLE]];
    expect(text({ Service: service, AWS: role })).toEqual(text({ AWS: role, Service: service }));
  });
});

describe("a secret's policy", () => {
  const policy = {
    readers: [ROLE],
    statements: [{ principals: { AWS: [OTHER_ROLE] }, actions: ["secretsmanager:*"] }],
  };

  test("lets readers read, holds the statements of one's own, and is never public", async () => {
    const blocks = await blocksIn(filesOf(specWith({}, { policy })));
    const name = "resource aws_secretsmanager_secret_policy secret";
    expect(policyOf(blocks, name, ACCOUNT)?.Statement).toEqual([
      {
        Sid: "Readers",
        Effect: "Allow",
        Principal: { AWS: [ROLE] },
        Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        Resource: ["*"],
      },
      { Effect: "Allow", Principal: { AWS: [OTHER_ROLE] }, Action: ["secretsmanager:*"], Resource: ["*"] },
    ]);
    expect(blockOf(blocks, name)).toMatchObject({
      block_public_policy: true,
      secret_arn: new Expression("aws_secretsmanager_secret.secret.arn"),
    });
  });

  test("is once, where the secret itself is: Secrets Manager copies it to the replicas", async () => {
    const blocks = await blocksIn(filesOf(specWith({}, { policy })));
    const found = blocksOfType(blocks, "resource aws_secretsmanager_secret_policy");
    expect(found.map(([name, body]) => [name, body.provider])).toEqual([["secret", undefined]]);
    const secret = blockOf(blocks, "resource aws_secretsmanager_secret secret");
    expect([secret.policy, secret.replica]).toEqual([undefined, expect.objectContaining({ length: 2 })]);
  });

  test("names the primary's region", async () => {
    const own = { readers: ["arn:{partition}:iam::{account}:role/{region}"] };
    const blocks = await blocksIn(filesOf(specWith({}, { policy: own })));
    const found = policyOf(blocks, "resource aws_secretsmanager_secret_policy secret", ACCOUNT);
    expect(found?.Statement[0]?.Principal).toEqual({ AWS: ["arn:aws:iam::111122223333:role/eu-central-1"] });
  });
});

describe("in the texts of a policy", () => {
  const valueForAws = async (text: string): Promise<readonly string[] | undefined> => {
    const conditions = [{ test: "StringEquals", variable: "aws:PrincipalTag/x", values: [text] }];
    const statements = [{ principals: { AWS: [ROLE] }, actions: ["secretsmanager:*"], conditions }];
    const blocks = await blocksIn(filesOf(specWith({}, { policy: { statements } })));
    const found = policyOf(blocks, "resource aws_secretsmanager_secret_policy secret", ACCOUNT);
    return found?.Statement[0]?.Condition?.StringEquals?.["aws:PrincipalTag/x"];
  };

  test.each([
    ["{region} {account} {partition} {dns_suffix}", "eu-central-1 111122223333 aws amazonaws.com"],
    ["{account}", "111122223333"],
    ["{region}", "eu-central-1"],
    ["{account}{account}", "111122223333111122223333"],
    ["{Region} {region {}", "{Region} {region {}"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what AWS fills in
    ["${aws:username}/{region}", "${aws:username}/eu-central-1"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: likewise, though AWS knows no such variable
    ["${region}", "${region}"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's notation for the same
    ["&{aws:username}", "${aws:username}"],
    ["$", "$"],
    ["%{region}", "%eu-central-1"],
    ["{{region}} {{{region}}} }}{{ {label}", "{region} {eu-central-1} }{ main"],
    ['%{ if true } "\\n', '%{ if true } "\\n'],
  ])("%s is %s for AWS", async (written, wanted) => {
    expect(await valueForAws(written)).toEqual([wanted]);
  });

  test("everything else is what it is", async () => {
    await fc.assert(
      fc.asyncProperty(hostileText(200), async (text) => {
        fc.pre(!/^arn:aws-/.test(text));
        expect(await valueForAws(escapeBraces(text))).toEqual([text.replaceAll("&{", "${")]);
      }),
      { numRuns: 100 },
    );
  });
});

describe("what policies read of the account", () => {
  const inFile = (files: ReturnType<typeof filesOf>, path: string) => {
    const text = files.find((file) => file.path === path)?.text ?? "";
    return [...text.matchAll(/^data "aws_(partition|caller_identity)" "main" \{\}$/gm)].map(([, type]) => type);
  };
  const reader = (arn: string) => ({ policy: { readers: [arn] } });
  const everything = "arn:{partition}:iam::{account}:role/app";

  test.each([
    ["nothing, without policies", {}, {}, [], []],
    ["once, in kms.tf, for policies of keys", { policy: {} }, {}, ["partition", "caller_identity"], []],
    [
      "in secrets.tf, where only those of secrets read it",
      {},
      reader(everything),
      [],
      ["partition", "caller_identity"],
    ],
    ["once for both", { policy: {} }, reader(everything), ["partition", "caller_identity"], []],
    ["no more than is read", {}, reader("arn:aws:iam::{account}:root"), [], ["caller_identity"]],
    ["nothing, where everything is named", {}, reader(ROLE), [], []],
  ])("is %s", (_, key, secret, inKeys, inSecrets) => {
    const files = filesOf(specWith(key, secret));
    expect([inFile(files, "kms.tf"), inFile(files, "secrets.tf")]).toEqual([inKeys, inSecrets]);
  });

  test("is never spelled out: no ARN of ours names a partition or an account", () => {
    for (const name of readdirSync(join(fixturesFolder, "valid")).filter((one) =>
      /^key-policies-services$|-default$/.test(one),
    )) {
      const text = readFileSync(join(fixturesFolder, "valid", name, "expected", "kms.tf"), "utf8");
      expect(text).toContain("aws_iam_policy_document");
      expect(text).not.toMatch(/arn:aws|\d{12}|amazonaws\.com\.cn/);
    }
  });
});

const KEY = { policy: { administrators: [ROLE], users: [ROLE], services: ["secretsmanager", "logs"] } };
const SECRET = { policy: { readers: ["arn:{partition}:iam::{account}:role/app-{region}"] } };

test.each([
  ["with AWS provider 5", { terraform: { aws_provider: "~> 5.88" } }],
  ["with old versions", { terraform: { aws_provider: ">= 4.30", required_version: ">= 1.3" } }],
  ["without a default provider", { provider: { default: false } }],
  ["placed by region", { provider: { placement: "region" } }],
  ["in a module", { terraform: { module: true } }],
])("policies fit the provider's schema %s", async (_, rest) => {
  const files = filesOf({ ...specWith(KEY, SECRET), ...rest });
  const alone = { path: "root.tf", text: 'provider "aws" {}\n' };
  const isWithout = "provider" in rest && "default" in rest.provider;
  expect(await conformance([...files, ...(isWithout ? [alone] : [])])).toEqual([]);
});

test("placed by region, a secret's policy says its region", async () => {
  const spec = { ...specWith(KEY, SECRET), provider: { placement: "region" } };
  const blocks = await blocksIn(filesOf(spec));
  expect(blockOf(blocks, "resource aws_secretsmanager_secret_policy secret").region).toBe("eu-central-1");
});

/** The codes of what is wrong with a spec, warnings with a `?` behind. */
function codesOf(spec: object): readonly string[] {
  try {
    return validate(parse("spec.yaml", Buffer.from(JSON.stringify(spec)))).warnings.map(({ code }) => `${code}?`);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.diagnostics.map(({ code, severity }) => (severity === "error" ? code : `${code}?`));
  }
}

const when = (test: string, variable: string, ...values: string[]) => ({ test, variable, values });

describe("a statement of one's own", () => {
  const codes = (own: Readonly<Record<string, unknown>>) => {
    const source =
      "Service" in ((own.principals ?? {}) as object) ? [when("StringEquals", "aws:SourceAccount", "{account}")] : [];
    const statement = { principals: { AWS: [ROLE] }, actions: ["kms:Decrypt"], conditions: source, ...own };
    return codesOf(specWith({ policy: { statements: [statement] } }));
  };

  test.each([
    ["a role", { AWS: [ROLE] }],
    ["a role with a path", { AWS: ["arn:aws:iam::111122223333:role/team/app"] }],
    ["a user", { AWS: ["arn:aws:iam::111122223333:user/app"] }],
    ["an account", { AWS: ["111122223333"] }],
    ["an account's root", { AWS: ["arn:aws:iam::111122223333:root"] }],
    ["the own account", { AWS: ["{account}", "arn:{partition}:iam::{account}:root"] }],
    ["a service", { Service: ["cloudtrail.amazonaws.com"] }],
    ["a service of a service", { Service: ["delivery.logs.amazonaws.com"] }],
    ["a regional service", { Service: ["logs.{region}.{dns_suffix}"] }],
    ["an identity provider", { Federated: ["cognito-identity.amazonaws.com"] }],
  ])("may be about %s", (_, principals) => {
    expect(codes({ principals })).toEqual([]);
  });

  test.each([
    ["a session", "session-principal?", { AWS: ["arn:aws:sts::111122223333:assumed-role/app/session"] }],
    ["a group", "bad-principal", { AWS: ["arn:aws:iam::111122223333:group/team"] }],
    ["roles by wildcard", "bad-principal", { AWS: ["arn:aws:iam::111122223333:role/*"] }],
    ["the unique id of a deleted role", "bad-principal", { AWS: ["AROAEXAMPLEID"] }],
    ["an account of eleven digits", "bad-principal", { AWS: ["11112222333"] }],
    ["a role of another partition", "wrong-partition", { AWS: ["arn:aws-cn:iam::111122223333:role/app"] }],
    ["a service without its ending", "bad-principal", { Service: ["cloudtrail"] }],
    ["services by wildcard", "bad-principal", { Service: ["*.amazonaws.com"] }],
    ["principals of S3's own type", "unrecognized-key", { CanonicalUser: ["x"] }],
    ["nobody", "bad-principal", {}],
  ])("about %s is %s", (_, code, principals) => {
    expect(codes({ principals })).toEqual([code]);
  });

  test.each([
    ["of an organisation", when("StringEquals", "aws:PrincipalOrgID", "o-exampleorgid")],
    ["of an account", when("StringEquals", "kms:CallerAccount", "{account}")],
    ["through an endpoint, in other letters", when("StringEquals", "AWS:SourceVpce", "vpce-1")],
    [
      "of a part of an organisation",
      when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-exampleorgid/r-ab12/*"),
    ],
    ["of an account's roles", when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*")],
    ["of an account in any region", when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:111122223333:*")],
    ["of what Terraform fills in", when("StringEquals", "aws:PrincipalOrgID", "{workspace}")],
    ["of a bucket", when("ArnLike", "aws:SourceArn", "arn:aws:s3:::app-*")],
    ["of a network", when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:db8::/32")],
    ["of a role's sessions", when("StringLike", "aws:userid", "AROAEXAMPLEEXAMPLEID:*")],
  ])("may be about everyone %s", (_, condition) => {
    expect(codes({ principals: { AWS: ["*"] }, conditions: [condition] })).toEqual([]);
  });

  test.each([
    ["without a condition", "public-policy", []],
    ["of any account", "public-policy?", [when("StringLike", "aws:PrincipalAccount", "*")]],
    ["of all accounts but one", "public-policy?", [when("StringNotEquals", "aws:PrincipalAccount", "444455556666")]],
    ["of an account, if there is one", "public-policy?", [when("StringEqualsIfExists", "aws:SourceAccount", "1")]],
    ["of any address", "public-policy?", [when("IpAddress", "aws:SourceIp", "0.0.0.0/0")]],
    ["of any address of two halves", "public-policy?", [when("IpAddress", "aws:SourceIp", "0.0.0.0/1", "128.0.0.0/1")]],
    ["of any address of IPv6 too", "public-policy?", [when("IpAddress", "aws:SourceIp", "203.0.113.0/24", "::/0")]],
    ["of any ARN", "public-policy?", [when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*")]],
    ["of any account's role", "public-policy?", [when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app")]],
    ["of any bucket", "public-policy?", [when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*")]],
    ["of any organisation", "public-policy?", [when("StringLike", "aws:PrincipalOrgID", "o-*")]],
    ["of any twelve digits", "public-policy?", [when("StringLike", "kms:CallerAccount", "????????????")]],
    ["of nearly any account", "public-policy?", [when("StringLike", "kms:CallerAccount", "11112222333?")]],
    ["of any user", "public-policy?", [when("StringLike", "aws:userid", "?*")]],
    ["of one account or any", "public-policy?", [when("StringLike", "kms:CallerAccount", "111122223333", "*")]],
    [
      "where the key is absent",
      "public-policy?",
      [when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-exampleorgid")],
    ],
    ["through a service of any account", "public-policy?", [when("StringEquals", "kms:ViaService", "s3.{region}.x")]],
  ])("about everyone %s is %s", (_, code, conditions) => {
    expect(codes({ principals: { AWS: ["*"] }, conditions })).toEqual([code]);
  });

  test.each([
    ["without a condition", ["public-policy"], []],
    ["of an audience", ["public-policy?"], [when("StringEquals", "accounts.google.com:aud", "x")]],
    ["of an account", [], [when("StringEquals", "aws:PrincipalAccount", "111122223333")]],
  ])("about everyone whom an identity provider knows %s is %j", (_, found, conditions) => {
    expect(codes({ principals: { Federated: ["*"] }, conditions })).toEqual(found);
  });

  const SERVICE = { Service: ["events.amazonaws.com"] };

  test.each([
    ["an account", [when("StringEquals", "aws:SourceAccount", "{account}")]],
    ["an ARN", [when("ArnLike", "aws:SourceArn", "arn:aws:events:*:111122223333:rule/*")]],
    ["an organisation", [when("StringEquals", "aws:SourceOrgID", "o-exampleorgid")]],
    [
      "an encryption context",
      [when("ArnLike", "kms:EncryptionContext:aws:logs:arn", "arn:aws:logs:eu-west-1:{account}:*")],
    ],
  ])("may be about a service for %s", (_, conditions) => {
    expect(codes({ principals: SERVICE, conditions })).toEqual([]);
  });

  test.each([
    ["no condition", []],
    ["a condition on something else", [when("Bool", "aws:SecureTransport", "true")]],
    ["any account", [when("StringLike", "aws:SourceAccount", "*")]],
    ["any source", [when("ArnLike", "aws:SourceArn", "arn:aws:events:*:*:rule/*")]],
    ["an account, if there is one", [when("StringEqualsIfExists", "aws:SourceAccount", "{account}")]],
  ])("about a service with %s is confused-deputy", (_, conditions) => {
    expect(codes({ principals: SERVICE, conditions })).toEqual(["confused-deputy?"]);
  });

  test("may let a service describe a key, a request without any context", () => {
    expect(codes({ principals: SERVICE, actions: ["kms:DescribeKey"], conditions: [] })).toEqual([]);
  });

  const root = (account: string) => ({ AWS: [`arn:aws:iam::${account}:root`] });

  test.each([
    ["kms:*", "444455556666", ["other-account-manages?"]],
    ["*", "444455556666", ["other-account-manages?"]],
    ["kms:Put*", "444455556666", ["other-account-manages?"]],
    ["kms:Decrypt", "444455556666", []],
    ["kms:*", "111122223333", []],
    ["kms:*", "{account}", []],
  ])("about %s for the root of %s is %j", (action, account, found) => {
    const policy = { statements: [{ principals: root(account), actions: [action] }] };
    const provider = { allowed_account_ids: ["111122223333"] };
    expect(codesOf({ ...specWith({ policy }), provider })).toEqual(found);
  });

  test("about everything for an account that may be the own one is another's, unless the policy leaves the own one out", () => {
    const statements = [{ principals: root("444455556666"), actions: ["kms:*"] }];
    expect(codesOf(specWith({ policy: { statements } }))).toEqual(["other-account-manages?"]);
    expect(codesOf(specWith({ policy: { account: false, statements } }))).toEqual([]);
  });

  const denied = (principal: string, action: string, ...conditions: object[]) =>
    codes({ effect: "Deny", principals: { AWS: [principal] }, actions: [action], conditions });

  test.each([
    ["everyone to decrypt", "*", "kms:Decrypt"],
    ["everyone what is nearly a change of the policy", "*", "kms:PutKeyPolicies*"],
    ["another account anything", "444455556666", "kms:*"],
    ["a role anything", ROLE, "kms:*"],
  ])("may deny %s", (_, principal, action) => {
    expect(denied(principal, action)).toEqual([]);
  });

  test("may deny everyone but a role anything", () => {
    expect(denied("*", "kms:*", when("ArnNotEquals", "aws:PrincipalArn", ROLE))).toEqual([]);
  });

  test.each([
    ["everyone to change the policy", "*", "kms:PutKeyPolicy"],
    ["everyone anything", "*", "*"],
    ["everyone anything of KMS, in other letters", "*", "KMS:*"],
    ["everyone what a pattern covers", "*", "kms:P?tKey*"],
    ["the own account anything", "arn:{partition}:iam::{account}:root", "kms:*"],
  ])("locks its owner out when it denies %s", (_, principal, action) => {
    expect(denied(principal, action)).toEqual(["policy-locks-out"]);
  });

  test("has no condition twice, since AWS would ask for one of the two only", () => {
    const like = (value: string) => when("StringLike", "aws:PrincipalArn", value);
    expect(codes({ conditions: [like("a"), like("b")] })).toEqual(["duplicate-condition"]);
    expect(codes({ conditions: [like("a"), when("StringNotLike", "aws:PrincipalArn", "b")] })).toEqual([]);
  });

  test("has no id of the statements that are made for the policy", () => {
    expect(codes({ sid: "SecretsManager" })).toEqual(["duplicate-sid"]);
    expect(codes({ sid: "Users" })).toEqual([]);
  });

  test("holds Latin-1 only in a key's policy, anything in a secret's", () => {
    const conditions = [when("StringEquals", "aws:PrincipalTag/x", "日本")];
    expect(codes({ conditions })).toEqual(["bad-policy-character"]);
    const own = { principals: { AWS: [ROLE] }, actions: ["secretsmanager:GetSecretValue"], conditions };
    expect(codesOf(specWith({}, { policy: { statements: [own] } }))).toEqual([]);
  });
});

describe("the size of a policy", () => {
  /** A policy as AWS gets it: a single value bare, the characters escaped that Go escapes. */
  const bytes = (policy: Policy) => {
    const bare = (_: string, value: unknown) =>
      Array.isArray(value) && value.length === 1 && typeof value[0] === "string" ? value[0] : value;
    return Buffer.byteLength(JSON.stringify(policy, bare).replace(/[<>&]/g, "\\u0026"));
  };

  test.each([
    ["a key", 32_768, "kms:Decrypt"],
    ["a secret", 20_480, "secretsmanager:GetSecretValue"],
  ])("is checked to the byte for %s", async (what, maximum, action) => {
    const specOf = (length: number) => {
      const text = `<é {region} & {account}>${"x".repeat(length)}`;
      const conditions = [
        when("StringEquals", "aws:PrincipalTag/x", text, "y"),
        when("Bool", "aws:SecureTransport", "true"),
      ];
      const policy = { statements: [{ principals: { AWS: [ROLE, ROLE] }, actions: [action], conditions }] };
      return what === "a key" ? specWith({ replicas: [], policy }) : specWith({}, { policy });
    };
    const name = what === "a key" ? "aws_kms_key main_key" : "aws_secretsmanager_secret_policy secret";
    const size = bytes(policyOf(await blocksIn(filesOf(specOf(0))), `resource ${name}`, ACCOUNT)!);
    expect(codesOf(specOf(maximum - size))).toEqual([]);
    expect(codesOf(specOf(maximum - size + 1))).toEqual(["policy-too-large"]);
  });
});

test.each([
  ["is the own one", "arn:aws:iam::111122223333:role/app", undefined, []],
  [
    "is another one, and the key has AWS's default policy",
    "arn:aws:iam::444455556666:role/app",
    undefined,
    ["reader-cannot-decrypt?"],
  ],
  [
    "is another one, and the key lets no one of it in",
    "arn:aws:iam::444455556666:role/app",
    {},
    ["reader-cannot-decrypt?"],
  ],
  [
    "is another one, and the key lets the reader decrypt",
    "arn:aws:iam::444455556666:role/app",
    { decrypters: ["arn:aws:iam::444455556666:role/app"] },
    [],
  ],
  [
    "is another one, and the key lets it in as a whole",
    "arn:aws:iam::444455556666:role/app",
    { users: ["arn:aws:iam::444455556666:root"] },
    [],
  ],
  [
    "is another one, and a statement lets it in",
    "arn:aws:iam::444455556666:role/app",
    { statements: [{ principals: { AWS: ["444455556666"] }, actions: ["kms:De*"] }] },
    [],
  ],
])("a reader is warned about when its account %s", (_, reader, policy, wanted) => {
  const spec = specWith({ policy }, { policy: { readers: [reader] } });
  expect(codesOf({ ...spec, provider: { allowed_account_ids: ["111122223333"] } })).toEqual(wanted);
  expect(codesOf(spec)).toEqual([]);
});

const missing = missingForMoto();
if (missing.length > 0) process.stderr.write(`policies.test.ts is skipped in part: ${missing.join(", ")}\n`);

describe.skipIf(missing.length > 0)("the real provider makes of the documents what is expected here", () => {
  /** Every policy of a fixture, by the address of its resource, from the documents alone: the keys themselves are not made. */
  async function documentsOf(name: string): Promise<readonly (readonly [wanted: Policy, found: unknown])[]> {
    const spec = load(readFileSync(join(fixturesFolder, "valid", name, "spec.yaml"), "utf8")) as object;
    // Moto's account is not one of those that a fixture allows.
    const files = filesOf({ ...spec, provider: undefined, terraform: { aws_provider: "~> 5.88" } });
    const blocks = await blocksIn(files);
    const resources = [...blocks.keys()].filter((key) =>
      /^resource aws_(kms_(replica_)?key|\w+_secret_policy) /.test(key),
    );
    const withPolicy = resources.filter((key) => blockOf(blocks, key).policy !== undefined);
    const text = files.map((file) => file.text).join("\n");
    const data =
      text.match(/^data "aws_(iam_policy_document|partition|caller_identity)" .*\{(\}|[\s\S]*?^\})$/gm) ?? [];
    const outputs = withPolicy.map((key, index) => {
      const { source } = blockOf(blocks, key).policy as Expression;
      return `output "p${index}" {\n  value = jsondecode(${source})\n}\n`;
    });
    const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-policies-"));
    const provider = files.find(({ path }) => path === "provider.tf")!.text;
    writeFileSync(join(folder, "provider.tf"), provider);
    writeFileSync(join(folder, "documents.tf"), [...data, ...outputs].join("\n"));
    const moto = await startMoto();
    try {
      await terraform(folder, moto.url, ["init", "-input=false", "-no-color"]);
      await terraform(folder, moto.url, ["apply", "-auto-approve", "-input=false", "-no-color"]);
      const found = JSON.parse(await terraform(folder, moto.url, ["output", "-json"])) as Record<
        string,
        { value: unknown }
      >;
      const account: Account = { account: "123456789012", partition: "aws", dnsSuffix: "amazonaws.com" };
      return withPolicy.map((key, index) => [policyOf(blocks, key, account)!, found[`p${index}`]?.value] as const);
    } finally {
      await moto.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test.each(["key-policy", "key-policies-services", "secret-policy"])(
    "%s",
    async (name) => {
      for (const [wanted, found] of await documentsOf(name)) expect(inLists(found as Policy)).toEqual(wanted);
    },
    120_000,
  );
});

/** The same policy with everything that may be one or several as a list, and lists that stand for sets sorted. */
function inLists({ Version, Statement: statements }: Policy): unknown {
  const listOf = (value: unknown) => [value].flat() as string[];
  const mapOf = <T>(value: unknown, change: (below: unknown) => T) =>
    Object.fromEntries(Object.entries(value as object).map(([key, below]) => [key, change(below)]));
  return {
    Version,
    Statement: [statements].flat().map(({ Principal, Action, Resource, Condition, ...rest }) => ({
      ...rest,
      Principal: mapOf(Principal, (ids) => listOf(ids).sort()),
      Action: listOf(Action).sort(),
      Resource: listOf(Resource),
      ...(Condition === undefined ? {} : { Condition: mapOf(Condition, (keys) => mapOf(keys, listOf)) }),
    })),
  };
}
