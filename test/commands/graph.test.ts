import { describe, expect, test } from "vitest";
import { folderWith, run } from "../support/cli.ts";
import { validFixtures } from "../support/fixtures.ts";

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1, us-east-1] }
keys:
  sm: {}
  backups: { service: s3, alias: backups, replicas: [eu-west-1] }
secrets:
  database: app/database
  api: { name: app/api, replicas: [us-east-1] }
`;

async function drawn(format: string, spec = SPEC): Promise<string> {
  const cwd = folderWith({ "spec.yaml": spec });
  const { code, stdout, stderr } = await run(["graph", "spec.yaml", "--format", format], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("Mermaid", () => {
  test("has a box for every key of every region with its secrets there, and an arrow to every replica", async () => {
    const { code, stdout } = await run(["graph", "-"], { stdin: SPEC });
    expect(code).toBe(0);
    expect(stdout).toBe(await drawn("mermaid"));
    expect(stdout).toContain('main_sm["<b>sm (primary)</b><br>app/api<br>app/database"]:::primary');
    expect(stdout).toContain('euw1_sm["<b>sm (replica)</b><br>app/database"]:::replica');
    expect(stdout).toContain('use1_sm["<b>sm (replica)</b><br>app/api<br>app/database"]:::replica');
    expect(stdout.match(/^ {2}\w+ --> \w+$/gm)).toEqual([
      "  main_backups --> euw1_backups",
      "  main_sm --> euw1_sm",
      "  main_sm --> use1_sm",
    ]);
  });

  test("counts what it has no room for", async () => {
    const secrets = Array.from({ length: 20 }, (_, index) => `  s${index}: app/s${index}`);
    const many = `version: 1\nregions: { primary: eu-central-1 }\nsecrets:\n${secrets.join("\n")}\n`;
    expect(await drawn("mermaid", many)).toContain("<br>and 8 more");
    expect(await drawn("svg", many)).toContain(">and 8 more<");
  });
});

test("what else is under a key is drawn with it, where it is", async () => {
  const spec = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
keys: { sm: { default_for_ebs: true, by_region: { eu-west-1: { default_for_ebs: false } } } }
log_groups: { app: "/app/{region}" }
buckets: { backups: { name: { ref: local.backups }, regions: [eu-west-1] } }
`;
  const text = await drawn("mermaid", spec);
  expect(text).toContain('main_sm["<b>sm (primary)</b><br>log group /app/eu-central-1<br>EBS by default"]:::primary');
  expect(text).toContain(
    'euw1_sm["<b>sm (replica)</b><br>log group /app/eu-west-1<br>bucket { ref: local.backups }"]:::replica',
  );
  const picture = await drawn("svg", spec);
  for (const name of ["log group app", "bucket backups", "EBS by default"]) expect(picture).toContain(`>${name}<`);
  // Each is one of its own: none is drawn as a copy.
  expect(picture.match(/<circle[^>]*fill="#ffffff"/g)).toBeNull();
  expect(picture.match(/<circle/g)).toHaveLength(4);
});

test("DOT has a cluster for every region that holds a key", async () => {
  const text = await drawn("dot");
  expect(text).toMatch(/^digraph mrk \{\n[\s\S]*\n\}\n$/);
  expect(text.match(/subgraph cluster_\d+ \{\n {4}label="[\w-]+";/g)).toHaveLength(3);
  expect(text).toContain('main_sm [label="sm (primary)\\napp/api\\napp/database",');
  expect(text.match(/ -> /g)).toHaveLength(3);
});

describe("SVG", () => {
  test("has a column for every region, a pill for every key and a dot for every secret, filled where the primary is", async () => {
    const text = await drawn("svg");
    expect(text.match(/class="region">[\w-]+</g)).toEqual(
      ["eu-central-1", "eu-west-1", "us-east-1"].map((region) => `class="region">${region}<`),
    );
    expect(text.match(/>primary</g)).toHaveLength(3);
    expect(text.match(/>replica</g)).toHaveLength(5);
    expect(text.match(/<circle [^>]*fill="hsl/g)).toHaveLength(2);
    expect(text.match(/<circle [^>]*fill="#ffffff"/g)).toHaveLength(3);
  });

  test.each(validFixtures.filter(({ beside }) => Object.keys(beside).length === 0))(
    "of $name is well-formed",
    async ({ spec }) => {
      const { code, stdout } = await run(["graph", spec, "--format", "svg"]);
      expect(code).toBe(0);
      const open: string[] = [];
      for (const [, close, name, rest] of stdout.matchAll(/<(\/?)([a-z]+)((?:"[^"<]*"|[^<>"])*)>/g)) {
        if (close) expect(open.pop()).toBe(name);
        else if (!rest!.endsWith("/")) open.push(name!);
      }
      expect(open).toEqual([]);
      expect(stdout.replace(/&(amp|lt|gt|quot);/g, "")).not.toContain("&");
    },
  );
});

test.each<[argv: readonly string[], message: string]>([
  [["graph", "a.yaml", "b.yaml"], "graph draws one spec"],
  [["graph", "a.yaml", "--format", "png"], 'unknown format "png"'],
])("%j is refused with what to write", async (argv, message) => {
  const { code, stdout, stderr } = await run(argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr).toContain("\n  help: ");
});

test("a wrong spec is reported as ever, and nothing is drawn", async () => {
  const cwd = folderWith({ "spec.yaml": SPEC.replace("eu-west-1", "eu-wset-1") });
  const { code, stdout, stderr } = await run(["graph", "spec.yaml"], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^spec\.yaml:2:46: error: /);
});
