import fc from "fast-check";
import { expect, test } from "vitest";
import { covers } from "../../src/rules/glob.ts";
import { folderWith, run } from "../support/cli.ts";

test.each([
  ["kms:Decrypt", "kms:Decrypt", true],
  ["KMS:decrypt", "kms:Decrypt", true],
  ["kms:*", "kms:Decrypt", true],
  ["*", "kms:Decrypt", true],
  ["kms:De*t", "kms:Decrypt", true],
  ["kms:D?crypt", "kms:Decrypt", true],
  ["kms:*Decrypt*", "kms:Decrypt", true],
  ["kms:Decrypt?", "kms:Decrypt", false],
  ["kms:Decryp", "kms:Decrypt", false],
  ["kms.Decrypt", "kms:Decrypt", false],
  ["*z", "kms:Decrypt", false],
  ["", "", true],
  ["", "a", false],
  ["**", "", true],
])("%j covers %j: %j", (pattern, text, isCovered) => {
  expect(covers(pattern, text)).toBe(isCovered);
});

test("a pattern covers what a regular expression of the same meaning does", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 }), (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
      expect(covers(pattern, text)).toBe(expression.test(text));
    }),
    { numRuns: 300 },
  );
});

test.each([
  [
    "actions",
    `keys: { sm: { policy: { statements: [{ effect: Deny, principals: { AWS: ["*"] }, actions: [kms:${"*".repeat(60)}z] }] } } }`,
    "policy-locks-out",
  ],
  [
    "actions",
    `keys: { sm: { policy: { statements: [{ effect: Deny, principals: { AWS: ["*"] }, actions: [kms:${"*t".repeat(50)}z] }] } } }`,
    "policy-locks-out",
  ],
  [
    "versions",
    `terraform: { required_version: ">=${" ".repeat(50_000)}x" }`,
    "has 50003 characters, it needs at most 256",
  ],
  [
    "versions",
    `terraform: { aws_provider: "${"1 , ".repeat(50_000)}x" }`,
    "has 200001 characters, it needs at most 256",
  ],
])("no %s in a spec keep the program busy", async (_, yaml, report) => {
  const cwd = folderWith({ "spec.yaml": `version: 1\nregions: { primary: eu-central-1 }\n${yaml}\n` });
  const start = process.cpuUsage();
  const { stdout, stderr } = await run(["spec.yaml", "--check"], { cwd });
  expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  if (report !== "policy-locks-out") expect(stderr).toContain(report);
  else expect(stdout + stderr).not.toContain(report);
});
