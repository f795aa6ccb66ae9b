/** The command `verify` against an account that was made by hand: what cannot be looked at, options, and what is printed. */

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Account } from "../stand-in/account.ts";
import { AwsError, type Front, startFront, type Tamper } from "../stand-in/http.ts";
import { folderWith, type Run, run } from "../support/cli.ts";

const KEY = "mrk-0123456789abcdef0123456789abcdef";
const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
secrets: { db: { name: app/db, value: external } }
`;
const ENVIRONMENT = [
  "AWS_ENDPOINT_URL",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_EC2_METADATA_DISABLED",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_PROFILE",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
] as const;

let front: Front;
let account: Account;
let tamper: Tamper | undefined;
const before = Object.fromEntries(ENVIRONMENT.map((name) => [name, process.env[name]]));

/** As the spec says. */
function seeded(): Account {
  const made = new Account();
  const descriptions = {
    "eu-central-1": "Multi-region key for Secrets Manager",
    "eu-west-1": "Multi-region replica key for Secrets Manager in eu-west-1",
  };
  made.seedKey({ keyId: KEY, primaryRegion: "eu-central-1", replicaRegions: ["eu-west-1"], rotation: true });
  for (const [region, description] of Object.entries(descriptions)) {
    made.describedKey(region, KEY)!.copy.description = description;
    made.seedAlias(region, `alias/${region}-secrets-manager`, KEY);
  }
  made.seedSecret({
    name: "app/db",
    region: "eu-central-1",
    kmsKeyId: KEY,
    replicas: { "eu-west-1": KEY },
    value: "HIDDEN",
  });
  return made;
}

beforeEach(async () => {
  account = seeded();
  tamper = undefined;
  front = await startFront(account, { tamper: (...given) => tamper?.(...given) ?? given[2] });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: front.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  });
});

afterEach(async () => {
  await front.close();
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

async function verify(
  args: readonly string[] = [],
  spec = SPEC,
  surroundings: Parameters<typeof run>[1] = {},
): Promise<Run> {
  const cwd = folderWith({ "spec.yaml": spec });
  const result = await run(["verify", "spec.yaml", ...args], { cwd, ...surroundings });
  expect(result.stdout + result.stderr).not.toContain("HIDDEN");
  return result;
}

test("a table says what was looked at, region by region", async () => {
  const { code, stdout, stderr } = await verify(["--values"]);
  expect(stdout).toBe(`account 123456789012

key sm  ${KEY}
                key  role  state  rotation  alias  policy  tags  text
  eu-central-1  ✔    ✔     ✔      ✔         ✔      ✔       ✔     ✔
  eu-west-1     ✔    ✔     ✔      –         ✔      ✔       ✔     ✔

secret db  app/db
                copy  key  rotation  policy  tags  text  value
  eu-central-1  ✔     ✔    ✔         ✔       ✔     ✔     ✔
  eu-west-1     ✔     ✔    –         –       ✔     –     ✔
`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "AWS is as the spec says.\n" });
});

test("what is otherwise is in the table in a word, and as an error at its place in the spec", async () => {
  account.describedKey("eu-west-1", KEY)!.copy.enabled = false;
  account.removeSecretReplica(account.findSecret("eu-central-1", "app/db")!, "eu-west-1");
  const { code, stdout, stderr } = await verify(["--color"]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = (text: string) => text.replace(/\u001b\[\d+m/g, "");
  expect(stdout).toContain("\u001b[31m✗ Disabled\u001b[0m");
  expect(plain(stdout)).toMatch(/^ {2}eu-west-1 {5}✔ {4}✔ {5}✗ Disabled {2}– /m);
  expect(plain(stdout)).toMatch(/^ {2}eu-west-1 {5}✗ none {2}– {4}– /m);
  expect(
    plain(stderr),
  ).toBe(`spec.yaml:1:1: error: the key sm in eu-west-1: its state is Disabled; the spec says Enabled [aws-key-state]
spec.yaml:3:16: error: the secret db in eu-west-1: there is no secret app/db here [aws-secret]
AWS is not as the spec says.
`);
  expect(code).toBe(1);
});

describe("not seen is never fine:", () => {
  const refusing =
    (operation: string, type: string, message = "no"): Tamper =>
    (one, _, answer) => {
      if (one === operation) throw new AwsError(type, message);
      return answer;
    };

  test.each<[operation: string, says: RegExp]>([
    ["DescribeKey", /the key sm in eu-west-1: could not look: kms:DescribeKey is denied \[aws-unseen\]/],
    ["GetKeyPolicy", /the key sm in eu-west-1: could not look: kms:GetKeyPolicy is denied/],
    ["GetKeyRotationStatus", /the key sm in eu-central-1: could not look: kms:GetKeyRotationStatus is denied/],
    ["ListResourceTags", /the key sm in eu-central-1: could not look: kms:ListResourceTags is denied/],
    ["ListSecrets", /the secrets in eu-west-1 could not be listed: secretsmanager:ListSecrets is denied/],
    ["DescribeSecret", /the secret db in eu-central-1: could not look: secretsmanager:DescribeSecret is denied/],
    ["GetResourcePolicy", /the secret db in eu-central-1: could not look: secretsmanager:GetResourcePolicy is denied/],
    [
      "GetSecretValue",
      /the secret db in eu-west-1: could not look: its value: secretsmanager:GetSecretValue is denied/,
    ],
  ])("without the permission for %s", async (operation, says) => {
    const service = /Key|ListResourceTags/.test(operation) ? "kms" : "secretsmanager";
    tamper = refusing(
      operation,
      "AccessDeniedException",
      `User x is not authorized to perform: ${service}:${operation} on resource y`,
    );
    const { code, stdout, stderr } = await verify(["--values"]);
    expect(stderr).toMatch(says);
    expect(stderr).toContain("help: mrk-scaffold verify SPEC --print-policy prints the permissions that are needed");
    expect(stdout).toContain("?");
    expect(code).toBe(5);
  });

  test.each(["ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId"])(
    "with %s",
    async (type) => {
      tamper = refusing("GetCallerIdentity", type);
      const { code, stderr } = await verify();
      expect(stderr).toContain(`AWS could not be asked: the credentials are refused (${type})`);
      expect(code).toBe(5);
    },
  );

  test("where one region refuses us, and the others do not", async () => {
    tamper = (_, region, answer) => {
      if (region === "eu-west-1")
        throw new AwsError("UnrecognizedClientException", "The security token included in the request is invalid");
      return answer;
    };
    const { code, stderr } = await verify();
    expect(stderr).toContain("the key sm in eu-west-1: could not look: the credentials are refused");
    expect(stderr).toContain("it may not be enabled for the account");
    expect(stderr).not.toContain("eu-central-1");
    expect(code).toBe(5);
  });

  test("where nothing answers", async () => {
    process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
    const { code, stderr } = await verify();
    expect(stderr).toMatch(/AWS could not be asked: it cannot be reached \(ECONNREFUSED\)/);
    expect(code).toBe(5);
  }, 120_000);

  test("without credentials", async () => {
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    const { code, stderr } = await verify();
    expect(stderr).toContain("AWS could not be asked: there are no credentials: ");
    expect(code).toBe(5);
  });

  test("of a key without an alias, unless its id is said", async () => {
    const spec =
      "version: 1\nregions: { primary: eu-central-1, replicas: [eu-west-1] }\nkeys: { sm: { alias: false } }\n";
    const unknown = await verify([], spec);
    expect(unknown.stderr).toContain("the key sm in eu-central-1: could not look: it has no alias to find it by");
    expect(unknown.code).toBe(5);
    expect((await verify(["--key-id", `sm=${KEY}`], spec)).code).toBe(0);
  });

  test("but what differs counts for more", async () => {
    tamper = refusing("ListResourceTags", "AccessDeniedException");
    account.describedKey("eu-west-1", KEY)!.copy.enabled = false;
    expect((await verify()).code).toBe(1);
  });
});

test("calls that are throttled are made again", async () => {
  let refusals = 0;
  tamper = (operation, _, answer) => {
    if (operation === "DescribeSecret" && refusals++ < 3) throw new AwsError("ThrottlingException", "Rate exceeded");
    return answer;
  };
  expect((await verify()).code).toBe(0);
  expect(refusals).toBe(4);
});

describe("who asks", () => {
  test("must be in an account that the spec allows", async () => {
    const spec = `${SPEC}provider: { allowed_account_ids: ["210987654321"] }\n`;
    const { code, stderr } = await verify([], spec);
    expect(stderr).toContain(
      "error: the credentials are for the account 123456789012; the spec allows 210987654321 [aws-account]",
    );
    expect(code).toBe(1);
    expect([...front.calls.keys()]).toEqual(["GetCallerIdentity"]);
  });

  test("assumes the spec's role, and takes the spec's profile", async () => {
    const cwd = folderWith({ credentials: "[admin]\naws_access_key_id = AKIAADMIN\naws_secret_access_key = x\n" });
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(cwd, "credentials");
    const asked: object[] = [];
    tamper = (operation, _, answer, request) => {
      if (operation === "AssumeRole") asked.push(request);
      return answer;
    };
    const role = "{ role_arn: arn:aws:iam::123456789012:role/deploy, session_name: me, external_id: secret-id }";
    expect((await verify([], `${SPEC}provider: { profile: admin, assume_role: ${role} }\n`)).code).toBe(0);
    expect(asked).toEqual([
      expect.objectContaining({
        RoleArn: "arn:aws:iam::123456789012:role/deploy",
        RoleSessionName: "me",
        ExternalId: "secret-id",
      }),
    ]);
  });
});

test("only the regions that are asked for are looked at", async () => {
  account.describedKey("eu-west-1", KEY)!.copy.enabled = false;
  const { code, stdout } = await verify(["--regions", "eu-central-1"]);
  expect(code).toBe(0);
  expect(stdout).not.toContain("eu-west-1");
  expect((await verify(["--regions", "eu-central-1,eu-west-1"])).code).toBe(1);
});

test("a report for programs has every finding", async () => {
  account.describedKey("eu-west-1", KEY)!.copy.enabled = false;
  const { stdout } = await verify(["--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    command: "verify",
    exitCode: 1,
    account: "123456789012",
    subjects: [
      {
        kind: "key",
        id: "sm",
        name: KEY,
        regions: ["eu-central-1", "eu-west-1"],
        findings: [{ verdict: "differs", aspect: "state", region: "eu-west-1" }],
      },
      { kind: "secret", id: "db", name: "app/db", findings: [] },
    ],
    unlisted: [],
  });
});

describe("names that a variable is in", () => {
  const spec = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
variables: { env: ~ }
secrets: { db: { name: "{var.env}/db", value: external } }
`;

  test("need its value", async () => {
    const { code, stderr } = await verify([], spec);
    expect(stderr).toContain("the spec's names hold {var.env}, which verify must know");
    expect(stderr).toContain("Add --var env=VALUE.");
    expect(code).toBe(2);
  });

  test("take it from an option, or from where Terraform takes it", async () => {
    expect((await verify(["--var", "env=app"], spec)).code).toBe(0);
    expect((await verify([], spec, { env: { TF_VAR_env: "app" } })).code).toBe(0);
    expect((await verify(["--var", "env=other"], spec)).code).toBe(1);
  });
});

test("the policy that it needs is printed, for these keys and secrets", async () => {
  const { code, stdout } = await verify(["--print-policy", "--values"]);
  expect(code).toBe(0);
  expect(front.calls.size).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Keys",
        Effect: "Allow",
        Action: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
        Resource: ["arn:aws:kms:eu-central-1:*:key/mrk-*", "arn:aws:kms:eu-west-1:*:key/mrk-*"],
      },
      { Sid: "ListSecrets", Effect: "Allow", Action: ["secretsmanager:ListSecrets"], Resource: ["*"] },
      {
        Sid: "Secrets",
        Effect: "Allow",
        Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
        Resource: ["arn:aws:secretsmanager:eu-central-1:*:secret:app/db-??????"],
      },
      {
        Sid: "Values",
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [
          "arn:aws:secretsmanager:eu-central-1:*:secret:app/db-??????",
          "arn:aws:secretsmanager:eu-west-1:*:secret:app/db-??????",
        ],
      },
      {
        Sid: "Decrypt",
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: ["arn:aws:kms:eu-central-1:*:key/mrk-*", "arn:aws:kms:eu-west-1:*:key/mrk-*"],
        Condition: {
          StringEquals: {
            "kms:ViaService": ["secretsmanager.eu-central-1.amazonaws.com", "secretsmanager.eu-west-1.amazonaws.com"],
          },
        },
      },
    ],
  });
});

test("a key of another state is asked for by what the spec says of it, and grants where there are some", async () => {
  const id = "mrk-0123456789abcdef0123456789abcdef";
  const spec = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
keys:
  sm: { grants: { app: { to: "arn:aws:iam::123456789012:role/app", operations: [Decrypt] } } }
  one: { existing: { alias: "alias/{region}-shared" } }
  two: { existing: ${id} }
  three: { existing: "arn:aws:kms:eu-central-1:210987654321:key/${id}" }
secrets: { db: { key: one, value: external }, a: { key: two, value: external }, b: { key: three, value: external } }
`;
  const { stdout } = await verify(["--print-policy"], spec);
  const { Statement } = JSON.parse(stdout) as { Statement: { Sid: string; Action: string[]; Resource: string[] }[] };
  const [keys, existing] = Statement;
  expect(keys?.Action).toContain("kms:ListGrants");
  expect(existing).toEqual({
    Sid: "ExistingKeys",
    Effect: "Allow",
    Action: ["kms:DescribeKey"],
    Resource: [
      "arn:aws:kms:eu-central-1:*:key/*",
      "arn:aws:kms:eu-west-1:*:key/*",
      `arn:aws:kms:eu-central-1:210987654321:key/${id}`,
      `arn:aws:kms:eu-west-1:210987654321:key/${id}`,
      `arn:aws:kms:eu-central-1:*:key/${id}`,
      `arn:aws:kms:eu-west-1:*:key/${id}`,
    ],
  });
});

test("the calls that are made are those that the printed policy allows", async () => {
  await verify(["--values"]);
  const { stdout } = await verify(["--print-policy", "--values"]);
  const allowed = (JSON.parse(stdout) as { Statement: { Action: string[] }[] }).Statement.flatMap(
    ({ Action }) => Action,
  );
  const made = [...front.calls.keys()].filter((operation) => operation !== "GetCallerIdentity").sort();
  expect(
    allowed
      .map((action) => action.split(":")[1])
      .filter((action) => action !== "Decrypt")
      .sort(),
  ).toEqual(made);
});

describe("verify exits 2 for", () => {
  test.each<[what: string, args: readonly string[], message: string]>([
    ["an empty path", [""], "verify takes one spec"],
    ["two specs", ["spec.yaml", "other.yaml"], "verify takes one spec"],
    ["a spec that is not there", ["absent.yaml"], "absent.yaml: error"],
    [
      "a region of another spec",
      ["spec.yaml", "--regions", "us-east-1"],
      "--regions has us-east-1, which the spec does not have",
    ],
    [
      "an id of no key",
      ["spec.yaml", "--key-id", `other=${KEY}`],
      `--key-id other=${KEY} is not a key of the spec and an id`,
    ],
    ["no id of a key", ["spec.yaml", "--key-id", "sm=123"], "--key-id sm=123 is not a key of the spec and an id"],
    ["a state that is not there", ["spec.yaml", "--state", "absent"], "--state absent: there is no such file"],
    ["a state that is none", ["spec.yaml", "--state", "spec.yaml"], "--state spec.yaml: this is not JSON"],
    ["standard input twice", ["-", "--state", "-"], "the spec and --state cannot both be standard input"],
  ])("%s", async (_, args, message) => {
    const { code, stderr } = await run(["verify", ...args], { cwd: folderWith({ "spec.yaml": SPEC }) });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
