import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";
import { filesBelow } from "../support/fixtures.ts";

test("a Terraform file beside that cannot be read is named, with the place", async () => {
  const cwd = folderWith({ "main.tf": 'provider "aws" {' });
  const { code, stderr } = await run(["adopt", "-"], { cwd, stdin: '{"format_version":"1.0","values":{}}' });
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^main\.tf:1:16: .*valid Terraform/),
  });
});

const AWS = "registry.terraform.io/hashicorp/aws";

/** A resource as a state has it. */
function resource(type: string, name: string, values: object, more: object = {}) {
  return { address: `${type}.${name}`, mode: "managed", type, name, provider_name: AWS, values, ...more };
}

function key(name: string, id: string, more: object = {}) {
  const arn = `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
  return resource("aws_kms_key", name, { arn, key_id: id, multi_region: true, description: name }, more);
}

function secret(name: string, values: object = {}, more: object = {}) {
  const arn = `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`;
  return resource("aws_secretsmanager_secret", name, { arn, name, ...values }, more);
}

const ID = "mrk-1234abcd12ab34cd56ef1234567890ab";

function stateOf(resources: readonly object[], more: object = {}): string {
  return JSON.stringify({ format_version: "1.0", values: { root_module: { resources } }, ...more });
}

describe("a state that is none, or another one, changes nothing and is told from a state", () => {
  const state = stateOf([key("app", ID)]);
  test.each<[what: string, stdin: string | Uint8Array, said: string]>([
    ["nothing", "", "this is not JSON"],
    ["a truncated one", state.slice(0, -9), "this is not JSON"],
    ["binary junk", Uint8Array.from({ length: 5000 }, (_, index) => (index * 131) % 256), "this is not JSON"],
    ["JSON of something else", '{"name":"x"}', "this is not what terraform show -json prints"],
    ["a list", "[1]", "this is not"],
    [
      "the file of a state",
      JSON.stringify({ version: 4, terraform_version: "1.11.0", serial: 3, lineage: "x", resources: [] }),
      "this is the file of a state itself",
    ],
    ["a format to come", stateOf([key("app", ID)], { format_version: "2.0" }), "format version 2.0 is newer"],
    ["a plan for nothing", '{"format_version":"1.2","resource_changes":[]}', "this plan is about an empty state"],
    ["an empty state", '{"format_version":"1.0"}', "this state has no multi-Region keys, and no secrets"],
  ])("%s", async (_, stdin, said) => {
    const cwd = folderWith();
    const { code, stderr } = await run(["adopt", "-"], { cwd, stdin });
    expect(code).toBe(2);
    expect(stderr).toContain(said);
    expect(filesBelow(cwd)).toEqual({});
  });

  test("the way out is a command", async () => {
    const stdin = JSON.stringify({ version: 4, serial: 3, lineage: "x", resources: [] });
    const { stderr } = await run(["adopt", "-"], { cwd: folderWith(), stdin });
    expect(stderr).toContain("terraform show -json | mrk-scaffold adopt -");
  });
});

test("a plan stands for the state before it", async () => {
  const values = { root_module: { resources: [key("app", ID)] } };
  const stdin = JSON.stringify({
    format_version: "1.2",
    resource_changes: [],
    planned_values: { root_module: { resources: [] } },
    prior_state: { format_version: "1.0", values },
  });
  const { code, stdout, stderr } = await run(["adopt", "-", "--dry-run"], { cwd: folderWith(), stdin });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("description: app");
});

test("a resource of the same type from another provider is none of ours, and keeps its address", async () => {
  const other = key("main_app", "mrk-0000abcd12ab34cd56ef1234567890ab", { provider_name: "example.com/acme/aws" });
  const { code, stdout } = await run(["adopt", "-", "--dry-run"], {
    cwd: folderWith(),
    stdin: stateOf([other, key("app", ID)]),
  });
  expect(code).toBe(0);
  expect(Object.keys((load(stdout.split("# adopted.tf")[0]!) as { keys: object }).keys)).toEqual(["app_2"]);
  expect(stdout).not.toContain("mrk-0000");
});

test("what is marked as sensitive is never shown: its resource is left alone", async () => {
  const { code, stdout, stderr } = await run(["adopt", "-", "--dry-run"], {
    cwd: folderWith(),
    stdin: stateOf([
      key("app", ID),
      secret("open"),
      secret("hidden", { tags: { Token: "HIDDEN" } }, { sensitive_values: { tags: { Token: true } } }),
      secret("marked", { description: "HIDDEN" }, { sensitive_values: { description: true, tags: {} } }),
    ]),
  });
  expect(code).toBe(0);
  expect(Object.keys((load(stdout.split("# adopted.tf")[0]!) as { secrets: object }).secrets)).toEqual(["open"]);
  expect(stderr).toContain(
    "aws_secretsmanager_secret.hidden: it stays in your files as it is: its tags is marked as sensitive, and a spec would show it",
  );
  expect(stdout + stderr).not.toContain("HIDDEN");
});

test("a line that refers to a former address is listed, unless it is about moves", async () => {
  const cwd = folderWith({
    "own.tf": 'output "key" {\n  value = aws_kms_key.app.arn\n}\n',
    "moves.tf": "moved {\n  from = aws_kms_key.old\n  to   = aws_kms_key.app\n}\n",
  });
  const { code, stderr } = await run(["adopt", "-", "--dry-run"], { cwd, stdin: stateOf([key("app", ID)]) });
  expect(code).toBe(0);
  expect(stderr).toContain(
    "own.tf:2:1: warning: this line refers to aws_kms_key.app, which is aws_kms_key.main_app now",
  );
  expect(stderr).not.toContain("moves.tf");
});

test("when nothing is left to adopt, the reasons are said", async () => {
  const single = key("app", "1234abcd-12ab-34cd-56ef-1234567890ab");
  const stdin = stateOf([{ ...single, values: { ...single.values, multi_region: false } }]);
  const { code, stderr } = await run(["adopt", "-"], { cwd: folderWith(), stdin });
  expect(code).toBe(2);
  expect(stderr).toContain("aws_kms_key.app: it stays in your files as it is: it is no multi-Region key [not-adopted]");
});

test("a value of a secret is never printed, wherever the state has it", async () => {
  const version = resource("aws_secretsmanager_secret_version", "v", {
    secret_id: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:open-AbCdEf",
    secret_string: "HIDDEN",
  });
  const cwd = folderWith();
  const { code, stdout, stderr } = await run(["adopt", "-"], { cwd, stdin: stateOf([secret("open"), version]) });
  expect(code).toBe(0);
  expect(stdout + stderr + Object.values(filesBelow(cwd)).join("")).not.toContain("HIDDEN");
});

test("what the rules of a spec refuse is left alone with the reason, and the rest is adopted", async () => {
  const policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" }],
  });
  const open = key("open", "mrk-0000abcd12ab34cd56ef1234567890ab");
  const { code, stdout, stderr } = await run(["adopt", "-", "--dry-run"], {
    cwd: folderWith(),
    stdin: stateOf([key("app", ID), { ...open, values: { ...open.values, policy } }, secret("rds!cluster")]),
  });
  expect(code, stderr).toBe(0);
  const spec = load(stdout.split("# adopted.tf")[0]!) as { keys: Record<string, object> };
  expect(Object.keys(spec.keys)).toEqual(["app", "open"]);
  expect(spec.keys.open).not.toHaveProperty("policy");
  expect(stderr).toMatch(
    /aws_kms_key\.open: its policy stays as it is in AWS, and Terraform does not manage it: .*everyone/,
  );
  expect(stderr).toMatch(/aws_secretsmanager_secret\.rds!cluster: it stays in your files as it is: /);
});

test("of 100,000 resources those about keys and secrets are found, in time that grows with their number", async () => {
  const others = Array.from({ length: 100_000 }, (_, index) =>
    resource("aws_s3_bucket", `b${index}`, {
      bucket: `bucket-${index}`,
      policy: "{}",
      tags: { Number: String(index) },
    }),
  );
  const secrets = Array.from({ length: 2_000 }, (_, index) => secret(`s${index}`));
  const stdin = stateOf([...others, key("app", ID), ...secrets]);
  const { code, stderr } = await run(["adopt", "-", "--dry-run"], { cwd: folderWith(), stdin });
  expect(code).toBe(0);
  expect(stderr).toContain("1 key and 2000 secrets adopted");
});
