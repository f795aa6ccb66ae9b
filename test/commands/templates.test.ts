// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is Terraform's
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format as terraformFmt } from "@cdktf/hcl-tools";
import { describe, expect, test } from "vitest";
import { renderEdited } from "../../src/edited/render.ts";
import { generate } from "../../src/index.ts";
import { resolve } from "../../src/model/resolve.ts";
import { render } from "../../src/output/render.ts";
import { validate } from "../../src/rules/validate.ts";
import { load } from "../../src/spec/load.ts";
import builtIn from "../../templates/built-in.sources";
import { folderWith, run } from "../support/cli.ts";
import { stateOf } from "../support/disk.ts";
import { validFixtures } from "../support/fixtures.ts";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));

const SECRET = "hunter2-and-more";

const SPEC = `version: 1
regions: { primary: eu-central-1, replicas: [eu-west-1] }
templates: templates
keys:
  sm: { policy: { administrators: [arn:aws:iam::123456789012:role/keys] } }
  open: { service: none, alias: open, protect: false }
secrets:
  literal: { name: app/literal, key: sm, value: { literal: ${SECRET}, allow_plaintext: true } }
  made: { name: app/made, key: sm, value: generated }
  asked: { name: app/asked, key: sm }
`;

/** A folder with the spec and templates; a text of `edits` replaces the first match in its template. */
function folderOf(edits: Readonly<Record<string, readonly [find: string, by: string]>>, spec = SPEC): string {
  const edited = Object.entries(edits).map(([name, [find, by]]) => {
    const text = builtIn[name] ?? "";
    if (!text.includes(find)) throw new Error(`${name} has no ${find}`);
    return [`templates/${name}`, text.replace(find, () => by)];
  });
  return folderWith({ "spec.yaml": spec, "templates/README.md": "Ours.\n", ...Object.fromEntries(edited) });
}

describe("eject", () => {
  test("writes the built-in templates, which print what they printed before", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC.replace("templates: templates\n", "") });
    await run(["spec.yaml"], { cwd });
    const { code, stderr } = await run(["eject"], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("templates in templates\n") });
    for (const name of Object.keys(builtIn)) {
      expect(readFileSync(join(cwd, "templates", name), "utf8")).toContain(builtIn[name]);
    }
    writeFileSync(join(cwd, "spec.yaml"), SPEC);
    expect(await run(["spec.yaml", "--check"], { cwd })).toMatchObject({ code: 0 });
  });

  test("overwrites nothing, and writes nothing where something is in the way", async () => {
    const cwd = folderWith({ "mine/kms.tf.hbs": "mine\n" });
    const before = stateOf(cwd);
    const { code, stderr } = await run(["eject", "mine"], { cwd });
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("mine/kms.tf.hbs: refused: is there already"),
    });
    expect(stateOf(cwd)).toEqual(before);
    expect((await run(["eject", "a", "b"], { cwd })).code).toBe(2);
  });
});

test.each(validFixtures.filter(({ name, beside }) => name !== "own-templates" && Object.keys(beside).length === 0))(
  "$name: the built-in templates print the same as templates of one's own",
  async ({ spec, name }) => {
    const model = resolve(validate(load(spec)));
    const origin = { spec: "spec.yaml", arguments: ["spec.yaml"] };
    const path = folderWith(Object.fromEntries(Object.entries(builtIn)));
    const own = await renderEdited(model, origin, { path, shown: "templates", within: path }, () => {});
    const files = render(model, origin);
    expect(
      own.map(({ path, text }) => [path, text]),
      name,
    ).toEqual(files.map(({ path, text }) => [path, text]));
  },
);

describe("edited templates", () => {
  test.each<[what: string, template: string, find: string, by: string, printed: string]>([
    [
      "a remark",
      "kms.tf.hbs",
      "  multi_region = true",
      "  # ours\n  multi_region = true",
      "  # ours\n  multi_region = true",
    ],
    [
      "an argument",
      "kms.tf.hbs",
      "  multi_region = true",
      '  multi_region = true\n  xks_key_id = "x"',
      'xks_key_id          = "x"',
    ],
    [
      "a nested block",
      "kms.tf.hbs",
      "{{> key-settings primary}}",
      '{{> key-settings primary}}\n  timeouts {\n    create = "5m"\n  }',
      'create = "5m"',
    ],
    ["other tags", "partials/tags.hbs", "{{#if tags}}", "\n  tags = local.tags\n{{#if nothing}}", "tags = local.tags"],
    [
      "locals",
      "kms.tf.hbs",
      "{{> needs this}}",
      "{{> needs this}}\n\nlocals {\n  tags = {}\n}",
      "locals {\n  tags = {}",
    ],
    ["another description", "kms.tf.hbs", "description = {{primary.description}}", 'description = "Ours"', '"Ours"'],
    [
      "a key by its ARN",
      "secrets.tf.hbs",
      "kms_key_id = {{key}}",
      "kms_key_id = aws_kms_key.main_sm.arn",
      "aws_kms_key.main_sm.arn",
    ],
    [
      "create_before_destroy",
      "partials/lifecycle.hbs",
      "  lifecycle {",
      "  lifecycle {\n    create_before_destroy = true",
      "create_before_destroy = true",
    ],
    [
      "no description",
      "kms.tf.hbs",
      "  description = {{primary.description}}\n",
      "",
      'resource "aws_kms_key" "main_sm" {\n  enable',
    ],
    [
      "a heredoc",
      "kms.tf.hbs",
      "description = {{primary.description}}",
      "description = <<-EOT\n    Ours\n\n\n    all\n  EOT",
      "<<-EOT\n    Ours\n\n\n    all\n  EOT",
    ],
    ["a comment behind code", "kms.tf.hbs", "  multi_region = true", "  multi_region = true # ours", "= true # ours"],
  ])("may add or say otherwise: %s", async (_, template, find, by, printed) => {
    const cwd = folderOf({ [template]: [find, by] });
    const { code, stderr } = await run(["spec.yaml"], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const texts = ["kms.tf", "secrets.tf"].map((name) => readFileSync(join(cwd, name), "utf8"));
    expect(texts.join("\n")).toContain(printed);
    for (const text of texts) expect(await terraformFmt(text)).toBe(text);
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(0);
    // A template that is left out again is the built-in one.
    rmSync(join(cwd, "templates", template));
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(1);
  });

  const VERSION = 'resource "aws_secretsmanager_secret_version" "{{';

  test.each<[what: string, template: string, find: string, by: string, message: string]>([
    ["a resource less", "kms.tf.hbs", "{{> beside-key primary}}", "", "is not printed"],
    ["another name", "kms.tf.hbs", '"{{primary.name}}" {', '"x{{primary.name}}" {', "is not in the model"],
    [
      "a resource more",
      "kms.tf.hbs",
      "{{> needs this}}",
      '{{> needs this}}\n\nresource "aws_kms_key" "x" {}',
      "aws_kms_key.x: is not in the model",
    ],
    [
      "no protection",
      "partials/lifecycle.hbs",
      "    prevent_destroy = {{lifecycle.preventDestroy}}\n",
      "",
      "lifecycle.prevent_destroy is missing: it must be true",
    ],
    [
      "protection that is false",
      "partials/lifecycle.hbs",
      "prevent_destroy = {{lifecycle.preventDestroy}}",
      "prevent_destroy = false",
      "lifecycle.prevent_destroy is false: it must be true",
    ],
    [
      "protection in a comment",
      "partials/lifecycle.hbs",
      "    prevent_destroy",
      "    # prevent_destroy",
      "lifecycle.prevent_destroy is missing",
    ],
    [
      "protection of what is not protected",
      "partials/key-settings.hbs",
      "{{> lifecycle this}}",
      "{{#if lifecycle}}{{> lifecycle this}}{{else}}\n  lifecycle {\n    prevent_destroy = true\n  }\n{{/if}}",
      "prevent_destroy",
    ],
    [
      "another kind of key",
      "kms.tf.hbs",
      "  multi_region = true",
      "  multi_region = false",
      "multi_region is false: it must be true",
    ],
    [
      "another provider",
      "partials/given-provider.hbs",
      "provider = {{provider}}",
      "provider = aws.other",
      "it must be",
    ],
    [
      "another primary key",
      "kms.tf.hbs",
      "primary_key_arn = {{primaryKey}}",
      "primary_key_arn = var.key",
      "primary_key_arn",
    ],
    [
      "several of one",
      "kms.tf.hbs",
      "  multi_region = true",
      "  count = 2\n  multi_region = true",
      "count may not be added",
    ],
    [
      "a program at apply",
      "kms.tf.hbs",
      "  multi_region = true",
      '  multi_region = true\n  provisioner "local-exec" {\n    command = "id"\n  }',
      "provisioner may not be added",
    ],
    ["no policy", "partials/key-settings.hbs", "  policy = {{policy}}\n", "", "policy is missing"],
    ["other statements", "partials/policy-document.hbs", '    resources = ["*"]', '    resources = ["x"]', "resources"],
    [
      "another key of the secret",
      "secrets.tf.hbs",
      "kms_key_id = {{key}}",
      "kms_key_id = aws_kms_key.main_open.id",
      "kms_key_id",
    ],
    ["a replica less", "partials/secret-replicas.hbs", "{{#each this}}", "{{#each nothing}}", "replica is missing"],
    ["a value in the state", "secrets.tf.hbs", "secret_string_wo = ", "secret_string = ", "is about a value"],
    [
      "a value in a remark",
      "secrets.tf.hbs",
      VERSION,
      `# {{version.plain}}{{version.writeOnly}}\n${VERSION}`,
      "has the value of a secret outside",
    ],
    [
      "a value in a tag",
      "secrets.tf.hbs",
      "{{> tags this}}",
      "{{> tags this}}\n{{#if version.plain}}\n  tags = { v = {{version.plain}} }\n{{/if}}",
      "has the value of a secret outside",
    ],
    [
      "a value on a block that no mask knows",
      "secrets.tf.hbs",
      'resource "aws_secretsmanager_secret_version"',
      "resource aws_secretsmanager_secret_version",
      "is about a value",
    ],
    [
      "a password of another length",
      "partials/ephemerals.hbs",
      "{{name}} = {{value}}",
      "{{name}} = 8",
      "is about a value",
    ],
    ["a variable that is shown", "variables.tf.hbs", "{{#if sensitive}}", "{{#if nothing}}", "is about a value"],
    [
      "an argument of no block",
      "kms.tf.hbs",
      "{{> needs this}}",
      "{{> needs this}}\n\nvalue = 1",
      "is not in the model",
    ],
  ])("may not lose or lead elsewhere: %s", async (_, template, find, by, message) => {
    const cwd = folderOf({ [template]: [find, by] });
    const before = stateOf(cwd);
    const result = await run(["spec.yaml", "--diff"], { cwd });
    expect(result).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
    expect(result.stderr).toMatch(/^templates\/[\w/.-]+\.hbs: error: .*\[template-differs\]$/m);
    expect(result.stderr).not.toContain(SECRET);
    expect(stateOf(cwd)).toEqual(before);
  });

  test.each<[what: string, by: string, message: string]>([
    ["a constructor", "{{constructor}}", "constructor is no name of the model"],
    ["a way to one", "{{keys.constructor.constructor}}", "is no name of the model"],
    ["a prototype", "{{#if __proto__}}{{/if}}", "__proto__ is no name of the model"],
    ["with", "{{#with keys}}{{/with}}", "this is not allowed in a template: {{#with}}"],
    ["a helper", '{{lookup this "keys"}}', "a template calls no helpers"],
    ["a helper by its name alone", "{{log}}", "a template calls no helpers"],
    ["a partial that is chosen", '{{> (lookup this "keys")}}', "a partial is called by its name"],
    ["a partial with settings", '{{> tags this x="y"}}', "a partial is called by its name"],
    ["the root", "{{@root.keys}}", "@root.keys cannot be used"],
    ["a variable of a loop", "{{#each keys as |k|}}{{/each}}", "{{#each}} of this form"],
    ["a decorator", "{{* decorate}}", "no decorators"],
    ["a partial in place", '{{#*inline "x"}}{{/inline}}', "no decorators"],
    ["a partial with a block", "{{#> tags}}{{/tags}}", "no decorators"],
    ["a text", '{{"text"}}', "a template prints names"],
    ["a loop over what is no list", "{{#each files}}{{this}}{{/each}}", "#each goes over lists alone"],
    ["loops that do not end soon", "", "turn too often"],
    ["a name that is not there", "{{kyes}}", "there is no kyes here"],
    ["a partial that is not there", "{{> tag}}", "Did you mean tags?"],
    ["a block that is not closed", "{{#if keys}}", "this is not understood as Handlebars"],
    ["blocks that do not match", "{{#if keys}}{{/each}}", "if doesn't match each"],
    ["no Terraform", 'resource "x" {', "prints what is not valid Terraform"],
    ["a text over two lines", 'x = "a\nb"', "prints what is not valid Terraform"],
  ])("do nothing but lay out: %s", async (what, by, message) => {
    const isMany = what.startsWith("loops");
    const keys = Array.from({ length: 40 }, (_, index) => `  k${index}: { service: none, alias: k${index} }\n`);
    const spec = isMany ? SPEC.replace("keys:\n", `keys:\n${keys.join("")}`) : SPEC;
    const lists = Array.from({ length: 7 }, (_, depth) => "../".repeat(depth) + (depth % 2 === 0 ? "keys" : "secrets"));
    const open = lists.map((list) => `{{#each ${list}}}`).join("");
    const text = isMany ? `${open}${"{{/each}}".repeat(7)}` : by;
    const cwd = folderOf({ "kms.tf.hbs": ["{{> needs this}}", `{{> needs this}}\n\n${text}`] }, spec);
    const { code, stderr } = await run(["spec.yaml"], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).toMatch(/^templates\/kms\.tf\.hbs(:\d+:\d+)?: error: .*\[bad-template\]$/m);
    expect(stderr).not.toContain(SECRET);
    expect(existsSync(join(cwd, "kms.tf"))).toBe(false);
  });

  test("partials that call each other are told, with the place", async () => {
    const cwd = folderOf({
      "partials/tags.hbs": ["{{#if tags}}", "{{> lifecycle this}}\n{{#if tags}}"],
      "partials/lifecycle.hbs": ["{{#if lifecycle}}", "{{> tags this}}{{#if lifecycle}}"],
    });
    expect((await run(["spec.yaml"], { cwd })).stderr).toMatch(
      /partials\/\w+\.hbs:1:\d+: error: this partial is in itself/,
    );
  });

  test("a file that is no template is told, others are left alone", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC, "templates/kmss.tf.hbs": "", "templates/notes.txt": "" });
    expect((await run(["spec.yaml"], { cwd })).stderr).toContain("Did you mean kms.tf.hbs?");
  });

  test("nothing is read outside of the folder, and nothing that is too large", async () => {
    const cwd = folderWith({ "spec.yaml": SPEC, "templates/x": "", "big/kms.tf.hbs": "#".repeat(300_000) });
    const outside = folderWith({ "secret.hbs": "# classified\n" });
    symlinkSync(join(outside, "secret.hbs"), join(cwd, "templates/kms.tf.hbs"));
    const linked = await run(["spec.yaml"], { cwd });
    expect(linked).toMatchObject({ code: 2, stderr: expect.stringContaining("a link that leads out of the folder") });
    expect(linked.stderr).not.toContain("classified");
    expect(await run(["spec.yaml", "--templates", "templates"], { cwd })).toMatchObject({ code: 2 });
    expect((await run(["spec.yaml", "--templates", "big"], { cwd })).stderr).toContain("too large");
    rmSync(join(cwd, "templates"), { recursive: true });
    symlinkSync(outside, join(cwd, "templates"));
    writeFileSync(join(outside, "kms.tf.hbs"), "# classified\n");
    expect((await run(["spec.yaml"], { cwd })).stderr).toContain("a link that leads out of the folder");
  });

  test.each(["../templates", "/etc", "a/../../b", "~/templates", "a\\b", ".."])(
    "the spec cannot name a folder outside of its own: %s",
    async (templates) => {
      const spec = SPEC.replace("templates: templates", `templates: ${JSON.stringify(templates)}`);
      const { code, stderr } = await run(["spec.yaml"], { cwd: folderWith({ "spec.yaml": spec }) });
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("--templates") });
    },
  );

  test("a folder that is not there is told, with the way to get one", async () => {
    const { code, stderr } = await run(["spec.yaml"], { cwd: folderWith({ "spec.yaml": SPEC }) });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("mrk-scaffold eject DIR") });
    const { stderr: empty } = await run(["spec.yaml", "--templates="], { cwd: folderWith({ "spec.yaml": SPEC }) });
    expect(empty).toContain("--templates needs the name of a folder");
  });

  test("what would be lost, a hand edit and the values in a diff are treated as ever", async () => {
    const cwd = folderOf({ "kms.tf.hbs": ["  multi_region = true", "  multi_region = true # ours"] });
    await run(["spec.yaml"], { cwd });
    writeFileSync(join(cwd, "spec.yaml"), SPEC.replace("[eu-west-1]", "[]"));
    expect(await run(["spec.yaml"], { cwd })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("aws_kms_replica_key.euw1_sm"),
    });
    writeFileSync(join(cwd, "spec.yaml"), SPEC.replace(SECRET, "another-secret"));
    const diff = await run(["spec.yaml", "--check", "--diff"], { cwd });
    expect(diff.code).toBe(1);
    expect(diff.stdout).not.toMatch(/hunter2|another-secret/);
    const kms = join(cwd, "kms.tf");
    writeFileSync(kms, readFileSync(kms, "utf8").replace("# ours", "# mine"));
    expect(await run(["spec.yaml"], { cwd })).toMatchObject({ code: 3 });
  });

  test("a folder of the command line is in the header, whose command makes the same files", async () => {
    const spec = SPEC.replace("templates: templates\n", "output_dir: out\n");
    const cwd = folderOf({ "kms.tf.hbs": ["  multi_region = true", "  multi_region = true # ours"] }, spec);
    mkdirSync(join(cwd, "shared"));
    cpSync(join(cwd, "templates"), join(cwd, "shared/ours"), { recursive: true });
    expect((await run(["spec.yaml", "--templates", "shared/ours"], { cwd })).code).toBe(0);
    const text = readFileSync(join(cwd, "out/kms.tf"), "utf8");
    const [, line = ""] = /and run: npx mrk-scaffold (.*)/.exec(text) ?? [];
    expect(line).toBe("../spec.yaml --templates ../shared/ours");
    expect((await run([...line.split(" "), "--check"], { cwd: join(cwd, "out") })).code).toBe(0);
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(1);
  });

  test("without the package for the rest of the language the program says which it is", () => {
    const cwd = folderOf({ "kms.tf.hbs": ["  multi_region = true", "  multi_region = true # ours"] });
    cpSync(dist, join(cwd, "program"), { recursive: true });
    const { status, stderr } = spawnSync(process.execPath, ["program/cli.cjs", "spec.yaml"], { cwd, encoding: "utf8" });
    expect(stderr).toContain("npm install --save-dev @cdktf/hcl-tools");
    expect({ status, kms: existsSync(join(cwd, "kms.tf")) }).toEqual({ status: 2, kms: false });
  });

  test("promote prints with them too", async () => {
    const spec = SPEC.replace(/secrets:[\s\S]*/, "").replace(/ {2}open.*\n/, "");
    const cwd = folderOf({ "kms.tf.hbs": ["  multi_region = true", "  multi_region = true # ours"] }, spec);
    await run(["spec.yaml"], { cwd });
    const argv = ["promote", "spec.yaml", "--to", "eu-west-1", "--key-id", `sm=mrk-${"0".repeat(32)}`];
    expect(await run(argv, { cwd })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "kms.tf"), "utf8")).toContain("# ours");
    expect((await run(["spec.yaml", "--check"], { cwd })).code).toBe(0);
  });

  test("generate, which reads no files, refuses them", () => {
    const spec = { version: 1, regions: { primary: "eu-west-1" }, templates: "templates" };
    expect(() => generate(spec)).toThrow("templates of your own");
  });
});
