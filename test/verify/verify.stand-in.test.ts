/**
 * What `terraform apply` makes of a spec, `verify` finds right; and every single way in which the account can be otherwise is
 * made in turn, and found.
 */

// biome-ignore-all lint/suspicious/noExplicitAny: what is changed are answers of AWS and policies, which are JSON

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Account, Grant, KeyCopy, Secret } from "../stand-in/account.ts";
import { AwsError, type Front, startFront, type Tamper } from "../stand-in/http.ts";
import { startStandIn } from "../stand-in/provider.ts";
import { speakTo } from "../support/aws-sdk.ts";
import { folderWith, type Run, run } from "../support/cli.ts";
import { validFixtures } from "../support/fixtures.ts";
import {
  applicable,
  type Files,
  readFiles,
  skippedWithoutTerraform,
  succeeded,
  withTerraform,
} from "../support/terraform.ts";

const isSkipped = skippedWithoutTerraform("verify.stand-in.test.ts");

interface Applied {
  readonly account: Account;
  /** What the variables were. */
  readonly variables: Readonly<Record<string, string>>;
  /** As `terraform show -json` prints it. */
  readonly state: string;
}

/** Generates the spec and applies it. */
async function applied(spec: string, regions: readonly string[]): Promise<Applied> {
  const folder = mkdtempSync(join(tmpdir(), "mrk-scaffold-verify-"));
  writeFileSync(join(folder, "spec.yaml"), spec);
  const { code, stderr } = await run(["spec.yaml"], { cwd: folder });
  expect(code, stderr).toBe(0);
  const files = readFiles(folder);
  rmSync(folder, { recursive: true });
  return appliedFiles(files, regions);
}

/** Applies the files with the real Terraform to an account, and gives that account values for what is external. */
async function appliedFiles(source: Files, regions: readonly string[]): Promise<Applied> {
  const { files, version, variables, account } = applicable(source, regions);
  const provider = await startStandIn({ version, account });
  let state = "";
  try {
    await withTerraform(files, { provider, variables }, async (terraform) => {
      succeeded(await terraform.init());
      do {
        succeeded(await terraform.plan());
        const { ok, errors } = await terraform.apply();
        state = JSON.stringify(await terraform.showState());
        if (ok) break;
        expect(errors.filter(({ summary }) => !summary.includes("pending import"))).toEqual([]);
      } while (importMaterial(account));
    });
  } finally {
    provider.close();
  }
  importMaterial(account);
  for (const region of regions) {
    for (const secret of account.describedSecrets(region)) {
      if (secret.currentVersion !== null || secret.primaryRegion !== region) continue;
      account.putSecretValue(region, secret.name, { value: "HIDDEN-by-hand", binary: false, writeOnly: false });
    }
  }
  return { account, variables, state };
}

/** Whether there was a key without its material. */
function importMaterial(account: Account): boolean {
  const pending = account.pendingImports();
  for (const { keyId, region } of pending) account.importKeyMaterial(keyId, region);
  return pending.length > 0;
}

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1, us-east-1] }
provider: { allowed_account_ids: ["123456789012"], default_tags: { owner: platform } }
keys:
  sm:
    rotation: { period_days: 200 }
    tags: { team: payments }
    policy:
      administrators: ["arn:{partition}:iam::{account}:role/admin"]
      users: ["arn:aws:iam::123456789012:role/app"]
      statements:
        - sid: Debug
          principals: { AWS: ["123456789012"] }
          actions: ["kms:Decrypt", "kms:DescribeKey"]
          conditions: [{ test: StringEquals, variable: "aws:RequestedRegion", values: ["{region}"] }]
    grants:
      app:
        to: "arn:aws:iam::{account}:role/app-{region}"
        operations: [Decrypt, GenerateDataKey]
        constraints: { encryption_context_equals: { app: web } }
        retiring: "arn:aws:iam::123456789012:role/admin"
      batch: { to: "arn:aws:iam::123456789012:role/batch", operations: [Decrypt] }
  shared: { existing: { alias: "alias/{region}-shared" } }
  sig: { service: none, usage: sign, alias: sig, enabled: true, protect: false }
secrets:
  db:
    name: app/db
    key: sm
    description: The database
    tags: { tier: data }
    policy: { readers: ["arn:aws:iam::123456789012:role/app"] }
    rotation: { lambda_arn: "arn:aws:lambda:eu-central-1:123456789012:function:rotate", every_days: 30 }
  api: { name: app/api, key: sm, replicas: [eu-west-1], value: variable }
  ext: { name: app/ext, key: shared, replicas: [eu-west-1], value: variable }
  own: { name: app/own, key: aws, value: generated }
`;
const REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"];
const [HOME, IRELAND, VIRGINIA] = REGIONS as [string, string, string];

let account: Account;
let front: Front;
let tamper: Tamper | undefined;

beforeAll(async () => {
  if (isSkipped) return;
  ({ account } = await applied(SPEC, REGIONS));
  front = await startFront(account, {
    tamper: (operation, region, answer, request) => tamper?.(operation, region, answer, request) ?? answer,
  });
  speakTo(front.url);
}, 120_000);

afterAll(async () => {
  await front?.close();
});

async function verify(...args: readonly string[]): Promise<Run> {
  const result = await run(["verify", "spec.yaml", ...args], { cwd: folderWith({ "spec.yaml": SPEC }) });
  expect(result.stdout + result.stderr).not.toContain("HIDDEN");
  return result;
}

const keyId = (alias = "alias/eu-central-1-secrets-manager") => account.aliasTarget(HOME, alias)!;
const copyIn = (region: string): KeyCopy => account.describedKey(region, keyId())!.copy;
const secret = (name: string): Secret => account.findSecret(HOME, name)!;

/** Sets a property, and gives back what puts it back. */
function set<T extends object, K extends keyof T>(of: T, name: K, value: T[K]): () => void {
  const before = of[name];
  of[name] = value;
  return () => {
    of[name] = before;
  };
}

/** Changes the answers to an operation in a region. */
function answers(
  operation: string,
  region: string,
  change: (answer: Record<string, any>) => void,
  about?: string,
): () => void {
  tamper = (one, where, answer, request) => {
    const isMeant = about === undefined || Object.values(request).includes(about);
    if (one !== operation || where !== region || !isMeant) return answer;
    const copy = structuredClone(answer);
    change(copy);
    return copy;
  };
  return () => {
    tamper = undefined;
  };
}

interface Deviation {
  readonly make: () => () => void;
  readonly code: string;
  readonly region: string;
  /** What is said of it. */
  readonly says: string | RegExp;
  readonly values?: boolean;
}

function statement(change: (statements: any[]) => void): () => () => void {
  return () => {
    const copy = copyIn(IRELAND);
    const policy = JSON.parse(copy.policy);
    change(policy.Statement);
    return set(copy, "policy", JSON.stringify(policy));
  };
}

/** Puts a grant of the replica key in Ireland in the place of the one of that name, or takes it away. */
function grant(name: string, change: (grant: Grant) => Grant | undefined): () => () => void {
  return () => {
    const { grants } = copyIn(IRELAND);
    const before = [...grants];
    for (const [id, one] of before) {
      if (one.name !== name) continue;
      const changed = change(one);
      if (changed === undefined) grants.delete(id);
      else grants.set(id, changed);
    }
    return () => {
      grants.clear();
      for (const [id, one] of before) grants.set(id, one);
    };
  };
}

const named = (statements: any[], sid: string) => statements.find(({ Sid }) => Sid === sid);

const deviations: Readonly<Record<string, Deviation>> = {
  "a disabled key": {
    make: () => set(copyIn(HOME), "enabled", false),
    code: "aws-key-state",
    region: HOME,
    says: "its state is Disabled; the spec says Enabled",
  },
  "a disabled replica key": {
    make: () => set(copyIn(IRELAND), "enabled", false),
    code: "aws-key-state",
    region: IRELAND,
    says: "its state is Disabled; the spec says Enabled",
  },
  "a replica key that is pending deletion": {
    make: () => set(copyIn(VIRGINIA), "pendingDeletion", true),
    code: "aws-key-state",
    region: VIRGINIA,
    says: "it is scheduled for deletion, on 2031-01-15",
  },
  "a key that is being promoted": {
    make: () =>
      answers(
        "DescribeKey",
        IRELAND,
        ({ KeyMetadata }) => {
          KeyMetadata.KeyState = "Updating";
        },
        "alias/eu-west-1-secrets-manager",
      ),
    code: "aws-key-state",
    region: IRELAND,
    says: "its state is Updating",
  },
  "another primary": {
    make() {
      account.updatePrimaryRegion(keyId(), IRELAND);
      return () => account.updatePrimaryRegion(keyId(), HOME);
    },
    code: "aws-key-role",
    region: HOME,
    says: "it is a replica of the primary in eu-west-1; the spec says that the primary is in eu-central-1",
  },
  "a replica key that is gone": {
    make() {
      const { key } = account.describedKey(HOME, keyId())!;
      const copy = key.copies.get(VIRGINIA)!;
      key.copies.delete(VIRGINIA);
      account.deleteAlias(VIRGINIA, "alias/us-east-1-secrets-manager");
      return () => {
        key.copies.set(VIRGINIA, copy);
        account.createAlias(VIRGINIA, "alias/us-east-1-secrets-manager", keyId());
      };
    },
    code: "aws-key",
    region: VIRGINIA,
    says: "there is no key mrk-",
  },
  "a replica key that no one declared": {
    make() {
      const { key, copy } = account.describedKey(HOME, keyId())!;
      key.copies.set("sa-east-1", { ...copy });
      return () => key.copies.delete("sa-east-1");
    },
    code: "aws-key",
    region: HOME,
    says: "it has a replica in sa-east-1 that the spec does not have",
  },
  "another usage": {
    make: () =>
      answers(
        "DescribeKey",
        HOME,
        ({ KeyMetadata }) => {
          KeyMetadata.KeyUsage = "SIGN_VERIFY";
        },
        "alias/eu-central-1-secrets-manager",
      ),
    code: "aws-key",
    region: HOME,
    says: "its usage is SIGN_VERIFY; the spec says ENCRYPT_DECRYPT",
  },
  "another spec of key material": {
    make: () =>
      answers(
        "DescribeKey",
        HOME,
        ({ KeyMetadata }) => {
          KeyMetadata.KeySpec = "RSA_2048";
        },
        "alias/eu-central-1-sig",
      ),
    code: "aws-key",
    region: HOME,
    says: "its spec is RSA_2048; the spec says ECC_NIST_P256",
  },
  "imported key material": {
    make: () =>
      answers(
        "DescribeKey",
        HOME,
        ({ KeyMetadata }) => {
          KeyMetadata.Origin = "EXTERNAL";
        },
        "alias/eu-central-1-sig",
      ),
    code: "aws-key",
    region: HOME,
    says: "its origin is EXTERNAL; the spec says AWS_KMS",
  },
  "another description of a key": {
    make: () => set(copyIn(IRELAND), "description", "Mine"),
    code: "aws-key-description",
    region: IRELAND,
    says: 'its description is "Mine"; the spec says "Multi-region replica key for Secrets Manager in eu-west-1"',
  },
  "a rotation that is off": {
    make: () => set(account.describedKey(HOME, keyId())!.key, "rotationPeriodInDays", null),
    code: "aws-key-rotation",
    region: HOME,
    says: "its rotation is off; the spec says on",
  },
  "another period of rotation": {
    make: () => set(account.describedKey(HOME, keyId())!.key, "rotationPeriodInDays", 365),
    code: "aws-key-rotation",
    region: HOME,
    says: "the period of its rotation is 365; the spec says 200",
  },
  "a grant that is gone": {
    make: grant("batch", () => undefined),
    code: "aws-key-grants",
    region: IRELAND,
    says: "the grant batch is missing",
  },
  "another grantee": {
    make: grant("batch", (one) => ({ ...one, grantee: "arn:aws:iam::123456789012:role/other" })),
    code: "aws-key-grants",
    region: IRELAND,
    says: "the grant batch: its grantee is arn:aws:iam::123456789012:role/other; the spec says arn:aws:iam::123456789012:role/batch",
  },
  "a grantee of another region": {
    make: grant("app", (one) => ({ ...one, grantee: one.grantee.replace(IRELAND, HOME) })),
    code: "aws-key-grants",
    region: IRELAND,
    says: "the spec says arn:aws:iam::123456789012:role/app-eu-west-1",
  },
  "no one who may retire a grant": {
    make: grant("app", (one) => ({ ...one, retiring: null })),
    code: "aws-key-grants",
    region: IRELAND,
    says: "the grant app: who may retire it is no one",
  },
  "more operations of a grant": {
    make: grant("batch", (one) => ({ ...one, operations: [...one.operations, "Encrypt"] })),
    code: "aws-key-grants",
    region: IRELAND,
    says: "the grant batch: its operations: + Encrypt",
  },
  "a grant for another encryption context": {
    make: grant("app", (one) => ({ ...one, constraints: { encryption_context_equals: { app: "api" } } })),
    code: "aws-key-grants",
    region: IRELAND,
    says: "the grant app: its encryption context is another one",
  },
  "a grant for any encryption context": {
    make: grant("app", (one) => ({ ...one, constraints: null })),
    code: "aws-key-grants",
    region: IRELAND,
    says: "the grant app: its encryption context is another one",
  },
  "a disabled key of another state": {
    make: () => set(account.describedKey(IRELAND, "alias/eu-west-1-shared")!.copy, "enabled", false),
    code: "aws-key-state",
    region: IRELAND,
    says: "its state is Disabled: the secrets under it cannot be read",
  },
  "an alias of a key of another state that is gone": {
    make() {
      const target = account.aliasTarget(IRELAND, "alias/eu-west-1-shared")!;
      account.deleteAlias(IRELAND, "alias/eu-west-1-shared");
      return () => account.createAlias(IRELAND, "alias/eu-west-1-shared", target);
    },
    code: "aws-key",
    region: IRELAND,
    says: "there is no alias/eu-west-1-shared here",
  },
  "a key of another state that cannot encrypt secrets": {
    make: () =>
      answers(
        "DescribeKey",
        HOME,
        ({ KeyMetadata }) => {
          KeyMetadata.KeySpec = "RSA_2048";
        },
        "alias/eu-central-1-shared",
      ),
    code: "aws-key",
    region: HOME,
    says: "it is a key of the spec RSA_2048 for ENCRYPT_DECRYPT; secrets need SYMMETRIC_DEFAULT",
  },
  "a secret under another key than that of another state": {
    make: () => set(secret("app/ext"), "kmsKeyId", keyId()),
    code: "aws-secret-key",
    region: HOME,
    says: /it is encrypted under mrk-\w+; the spec says shared \(mrk-\w+\)/,
  },
  "an alias that is gone": {
    make() {
      account.deleteAlias(VIRGINIA, "alias/us-east-1-secrets-manager");
      return () => account.createAlias(VIRGINIA, "alias/us-east-1-secrets-manager", keyId());
    },
    code: "aws-key-alias",
    region: VIRGINIA,
    says: "there is no alias/us-east-1-secrets-manager",
  },
  "an alias that leads to another key": {
    make() {
      account.updateAlias(IRELAND, "alias/eu-west-1-secrets-manager", keyId("alias/eu-central-1-sig"));
      return () => account.updateAlias(IRELAND, "alias/eu-west-1-secrets-manager", keyId());
    },
    code: "aws-key-alias",
    region: IRELAND,
    says: /alias\/eu-west-1-secrets-manager leads to mrk-0+\d, not to mrk-0+\d/,
  },
  "a statement more": {
    make: statement((statements) =>
      statements.push({ Sid: "Open", Effect: "Allow", Principal: "*", Action: "kms:Decrypt", Resource: "*" }),
    ),
    code: "aws-key-policy",
    region: IRELAND,
    says: 'its policy: statement "Open" is not in the spec',
  },
  "a statement less": {
    make: statement((statements) => statements.splice(statements.indexOf(named(statements, "Debug")), 1)),
    code: "aws-key-policy",
    region: IRELAND,
    says: 'its policy: statement "Debug" is missing',
  },
  "an action more": {
    make: statement((statements) => named(statements, "Debug").Action.push("kms:Encrypt")),
    code: "aws-key-policy",
    region: IRELAND,
    says: 'its policy: statement "Debug": Action + kms:encrypt',
  },
  "another principal": {
    make: statement((statements) => {
      named(statements, "Administrators").Principal.AWS = "arn:aws:iam::123456789012:role/other";
    }),
    code: "aws-key-policy",
    region: IRELAND,
    says: 'statement "Administrators": Principal + AWS:arn:aws:iam::123456789012:role/other - AWS:arn:aws:iam::123456789012:role/admin',
  },
  "another value of a condition": {
    make: statement((statements) => {
      named(statements, "Debug").Condition.StringEquals["aws:RequestedRegion"] = "us-east-1";
    }),
    code: "aws-key-policy",
    region: IRELAND,
    says: 'statement "Debug": Condition + StringEquals aws:requestedregion us-east-1 - StringEquals aws:requestedregion eu-west-1',
  },
  "another effect": {
    make: statement((statements) => {
      named(statements, "Debug").Effect = "Deny";
    }),
    code: "aws-key-policy",
    region: IRELAND,
    says: 'statement "Debug": Deny instead of Allow',
  },
  "the condition of a statement gone": {
    make: statement((statements) => delete named(statements, "Debug").Condition),
    code: "aws-key-policy",
    region: IRELAND,
    says: 'statement "Debug": Condition - StringEquals',
  },
  "a tag less": {
    make: () => set(copyIn(VIRGINIA), "tags", { owner: "platform" }),
    code: "aws-key-tags",
    region: VIRGINIA,
    says: "the tag team is missing",
  },
  "a default tag less": {
    make: () => set(copyIn(HOME), "tags", { team: "payments" }),
    code: "aws-key-tags",
    region: HOME,
    says: "the tag owner is missing",
  },
  "another value of a tag": {
    make: () => set(copyIn(HOME), "tags", { owner: "platform", team: "other" }),
    code: "aws-key-tags",
    region: HOME,
    says: 'the tag team is "other"; the spec says "payments"',
  },
  "a tag more": {
    make: () => set(copyIn(IRELAND), "tags", { owner: "platform", team: "payments", mine: "x" }),
    code: "aws-key-tags",
    region: IRELAND,
    says: "the tag mine is not in the spec",
  },
  "a secret that is pending deletion": {
    make: () => set(secret("app/db"), "pendingDeletion", true),
    code: "aws-secret",
    region: HOME,
    says: "it is scheduled for deletion, on 2031-01-15",
  },
  "a secret that is gone": {
    make: () =>
      answers("ListSecrets", HOME, (answer) => {
        answer.SecretList = answer.SecretList.filter(({ Name }: { Name: string }) => Name !== "app/own");
      }),
    code: "aws-secret",
    region: HOME,
    says: "there is no secret app/own here",
  },
  "a copy less": {
    make() {
      const { replicas } = secret("app/api");
      const key = replicas.get(IRELAND)!;
      replicas.delete(IRELAND);
      return () => replicas.set(IRELAND, key);
    },
    code: "aws-secret",
    region: IRELAND,
    says: "there is no secret app/api here",
  },
  "a copy more": {
    make() {
      const { replicas } = secret("app/api");
      replicas.set(VIRGINIA, null);
      return () => replicas.delete(VIRGINIA);
    },
    code: "aws-secret",
    region: VIRGINIA,
    says: "the primary has a copy here that the spec does not have",
  },
  "a copy that is a secret of its own": {
    make: () =>
      answers("ListSecrets", IRELAND, (answer) => {
        for (const entry of answer.SecretList) delete entry.PrimaryRegion;
      }),
    code: "aws-secret",
    region: IRELAND,
    says: "it is a secret of its own; the spec says that the primary is in eu-central-1",
  },
  "a copy that could not be made": {
    make: () =>
      answers(
        "DescribeSecret",
        HOME,
        (answer) => {
          answer.ReplicationStatus[1] = {
            ...answer.ReplicationStatus[1],
            Status: "Failed",
            StatusMessage: "Secret name already exists",
          };
        },
        "app/db",
      ),
    code: "aws-secret",
    region: VIRGINIA,
    says: "its replication is Failed: Secret name already exists",
  },
  "another key of a secret": {
    make: () => set(secret("app/db"), "kmsKeyId", keyId("alias/eu-central-1-sig")),
    code: "aws-secret-key",
    region: HOME,
    says: /it is encrypted under mrk-0+\d; the spec says sm \(mrk-/,
  },
  "AWS's own key of a copy": {
    make() {
      const { replicas } = secret("app/db");
      const key = replicas.get(VIRGINIA)!;
      replicas.set(VIRGINIA, null);
      return () => replicas.set(VIRGINIA, key);
    },
    code: "aws-secret-key",
    region: VIRGINIA,
    says: "it is encrypted under AWS's own key; the spec says sm",
  },
  "a key of ours where it is to be AWS's own": {
    make: () => set(secret("app/own"), "kmsKeyId", keyId()),
    code: "aws-secret-key",
    region: HOME,
    says: "the spec says AWS's own key",
  },
  "a rotation of a secret that is off": {
    make: () => set(secret("app/db"), "rotation", null),
    code: "aws-secret-rotation",
    region: HOME,
    says: "its rotation is off; the spec says on",
  },
  "a rotation of a secret that is on": {
    make: () => set(secret("app/api"), "rotation", { lambdaArn: null, rules: [{ automatically_after_days: 1 }] }),
    code: "aws-secret-rotation",
    region: HOME,
    says: "its rotation is on; the spec says off",
  },
  "another function of a rotation": {
    make: () =>
      set(secret("app/db"), "rotation", {
        ...secret("app/db").rotation!,
        lambdaArn: "arn:aws:lambda:eu-central-1:1:function:f",
      }),
    code: "aws-secret-rotation",
    region: HOME,
    says: "the function of its rotation is arn:aws:lambda:eu-central-1:1:function:f; the spec says",
  },
  "another schedule of a rotation": {
    make: () =>
      set(secret("app/db"), "rotation", { ...secret("app/db").rotation!, rules: [{ automatically_after_days: 7 }] }),
    code: "aws-secret-rotation",
    region: HOME,
    says: "the number of days between its rotations is 7; the spec says 30",
  },
  "no resource policy": {
    make: () => set(secret("app/db"), "policy", null),
    code: "aws-secret-policy",
    region: HOME,
    says: "it has no resource policy",
  },
  "another reader in a resource policy": {
    make: () => set(secret("app/db"), "policy", secret("app/db").policy!.replace("role/app", "role/other")),
    code: "aws-secret-policy",
    region: HOME,
    says: 'its policy: statement "Readers": Principal',
  },
  "a resource policy that the spec does not have": {
    make: () => set(secret("app/api"), "policy", secret("app/db").policy),
    code: "aws-secret-policy",
    region: HOME,
    says: "it has a resource policy; the spec has none",
  },
  "a tag of a secret less": {
    make: () => set(secret("app/db"), "tags", { owner: "platform" }),
    code: "aws-secret-tags",
    region: HOME,
    says: "the tag tier is missing",
  },
  "a tag of a copy more": {
    make: () =>
      answers("ListSecrets", VIRGINIA, (answer) => {
        for (const entry of answer.SecretList) entry.Tags.push({ Key: "mine", Value: "x" });
      }),
    code: "aws-secret-tags",
    region: VIRGINIA,
    says: "the tag mine is not in the spec",
  },
  "another description of a secret": {
    make: () => set(secret("app/db"), "description", "Mine"),
    code: "aws-secret-description",
    region: HOME,
    says: 'its description is "Mine"; the spec says "The database"',
  },
  "no value": {
    make: () => set(secret("app/db"), "currentVersion", null),
    code: "aws-secret-value",
    region: HOME,
    says: "it has no current value",
  },
  "another value in a region": {
    make: () =>
      answers(
        "GetSecretValue",
        VIRGINIA,
        (answer) => {
          answer.SecretString = "HIDDEN-other";
        },
        "app/db",
      ),
    code: "aws-secret-value",
    region: VIRGINIA,
    says: "its value is another one than in the primary region",
    values: true,
  },
  "a value that cannot be decrypted": {
    make() {
      tamper = (operation, region, answer, { SecretId }) => {
        if (operation === "GetSecretValue" && region === IRELAND && SecretId === "app/api") {
          throw new AwsError("DecryptionFailure", "Secrets Manager can't decrypt the secret value");
        }
        return answer;
      };
      return () => {
        tamper = undefined;
      };
    },
    code: "aws-secret-value",
    region: IRELAND,
    says: "its value cannot be decrypted",
    values: true,
  },
};

describe.skipIf(isSkipped)("after the apply, AWS is as the spec says", () => {
  test("and verify says so", async () => {
    const { code, stdout, stderr } = await verify("--values");
    expect(stderr).toBe("AWS is as the spec says.\n");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^account 123456789012$/m);
    expect(stdout).not.toMatch(/[✗?•]/);
  });

  test("and asks for nothing that its printed policy does not allow", async () => {
    const own = await startFront(account);
    speakTo(own.url);
    await verify("--values");
    speakTo(front.url);
    await own.close();
    const { stdout } = await verify("--print-policy", "--values");
    for (const operation of own.calls.keys()) {
      if (operation !== "GetCallerIdentity") expect(stdout).toContain(`:${operation}"`);
    }
    expect([...own.calls.keys()]).toContain("ListGrants");
  });

  test("and in the lists of keys, those of other states among them", async () => {
    const { stdout } = await verify();
    expect(stdout).toMatch(/^key sm .*\n +key +role +state +rotation +alias +policy +grants +tags +text$/m);
    expect(stdout).toMatch(/^key sig .*\n +key +role +state +rotation +alias +policy +tags +text$/m);
    expect(stdout).toMatch(/^key shared {2}mrk-\w+\n +key +state +alias\n {2}eu-central-1 .*\n {2}eu-west-1 .*\n\n/m);
  });

  test.each(Object.entries(deviations))(
    "but for %s, which is found",
    async (_, { make, code, region, says, values }) => {
      const undo = make();
      try {
        const result = await verify("--json", ...(values ? ["--values"] : []));
        const { diagnostics } = JSON.parse(result.stdout) as { diagnostics: { code: string; message: string }[] };
        const found = diagnostics.filter((one) => one.code === code && one.message.includes(` in ${region}: `));
        expect(found.map(({ message }) => message).join("\n"), JSON.stringify(diagnostics)).toMatch(
          typeof says === "string" ? expect.stringContaining(says).sample : says,
        );
        expect(result.code).toBe(1);
      } finally {
        undo();
      }
      expect((await verify("--values")).code).toBe(0);
    },
  );
});

/** What verify rightly says of fixtures that come about otherwise than by an apply alone. */
const OTHERWISE: Readonly<Record<string, readonly [code: number, says: string | RegExp]>> = {
  // The secrets are there before, and stay there.
  "detached-secrets": [1, "there is no secret name-of-secret-string here"],
  // Variables that files beside declare have their values there, and are not given here.
  everything: [2, "which verify must know"],
  references: [2, "which verify must know"],
};

describe.skipIf(isSkipped)("AWS is as the spec says after an apply of", () => {
  test.each(validFixtures.map((fixture) => [fixture.name, fixture] as const))("%s", async (name, fixture) => {
    const spec = readFileSync(fixture.spec, "utf8");
    const regions = [...new Set(spec.match(/\b(?:[a-z]{2,4}-)+(?:gov-)?[a-z]+-\d\b/g))];
    const files = { ...readFiles(fixture.expected), ...fixture.beside };
    const { account, variables, state } = await appliedFiles(files, regions);
    const own = await startFront(account);
    speakTo(own.url);
    const written = load(spec) as {
      readonly provider?: { readonly profile?: string };
      readonly variables?: Readonly<Record<string, { readonly default?: string } | null>>;
    };
    const given = (variable: string) => variables[variable] ?? written.variables?.[variable]?.default ?? "";
    const profile = written.provider?.profile?.replace(/\{var\.(\w+)\}/g, (_, variable) => given(variable));
    const cwd = folderWith({
      ...fixture.beside,
      "spec.yaml": spec,
      "state.json": state,
      credentials: `[${profile ?? "default"}]\naws_access_key_id = test\naws_secret_access_key = test\n`,
    });
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(cwd, "credentials");
    try {
      const values = Object.entries(variables).flatMap(([variable, value]) => ["--var", `${variable}=${value}`]);
      const rest = ["--workspace", "default", "--state", "state.json", ...values];
      const result = await run(["verify", "spec.yaml", "--values", ...rest], { cwd });
      const [code, says] = OTHERWISE[name] ?? [0, /^AWS is as the spec says(\.|, except for what the notes say\.)$/m];
      expect(result.stderr).toMatch(says);
      expect(result.code).toBe(code);
    } finally {
      speakTo(front.url);
      await own.close();
    }
  });
});
