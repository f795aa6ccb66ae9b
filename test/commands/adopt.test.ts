import { expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";

test("a Terraform file beside that cannot be read is named, with the place", async () => {
  const cwd = folderWith({ "main.tf": 'provider "aws" {' });
  const { code, stderr } = await run(["adopt", "-"], { cwd, stdin: '{"format_version":"1.0","values":{}}' });
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^main\.tf:1:16: .*valid Terraform/),
  });
});
