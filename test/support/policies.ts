/**
 * Evaluates generated policies as Terraform and the AWS provider do: files go in, the policy that a resource would get in
 * an account of AWS comes out as IAM's JSON. The text of the provider's data source is
 * internal/service/iam/policy_document_data_source.go of hashicorp/terraform-provider-aws.
 */

import { resolve } from "../../src/model/resolve.ts";
import { type RenderedFile, render } from "../../src/output/render.ts";
import { validate } from "../../src/rules/validate.ts";
import { parse } from "../../src/spec/load.ts";
import { type Blocks, type Body, blockOf, blocksOf, Expression, Template, type Value } from "./hcl.ts";

/** What Terraform would find out when it runs. */
export interface Account {
  readonly account: string;
  readonly partition: string;
  readonly dnsSuffix: string;
}

/** A policy in IAM's JSON, everything that may be one or several as a list, and lists that stand for sets sorted. */
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: Readonly<Record<string, readonly string[]>>;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** The files that a spec stands for; fails when the spec is wrong. */
export function filesOf(spec: object): readonly RenderedFile[] {
  const checked = validate(parse("spec.yaml", Buffer.from(JSON.stringify(spec))));
  return render(resolve(checked), { spec: "spec.yaml", arguments: ["spec.yaml"] });
}

export async function blocksIn(files: readonly RenderedFile[]): Promise<Blocks> {
  return blocksOf(files.map(({ text }) => text).join("\n"));
}

/** The policy of the resource called `name`; `undefined` when it has none. */
export function policyOf(blocks: Blocks, name: string, account: Account): Policy | undefined {
  const { policy } = blockOf(blocks, name);
  if (policy === undefined) return undefined;
  const reference = policy instanceof Expression ? policy.source : "";
  const [, document, , each] = /^data\.aws_iam_policy_document\.([\w-]+)(\["([^"]+)"\])?\.json$/.exec(reference) ?? [];
  if (document === undefined) throw new Error(`${name} has no policy document: ${reference}`);
  const body = blockOf(blocks, `data aws_iam_policy_document ${document}`);
  if (!instancesOf(body).includes(each)) throw new Error(`${name}: there is no ${reference}`);
  return evaluate(body, blocks, each, account);
}

/** The keys of a block's instances, `undefined` for one without any. */
function instancesOf({ for_each }: Body): readonly (string | undefined)[] {
  if (for_each === undefined) return [undefined];
  const source = for_each instanceof Expression ? for_each.source : "";
  const list = /^toset\((\[.*\])\)$/s.exec(source)?.[1];
  if (list === undefined) throw new Error(`for_each is no set of texts: ${source}`);
  return JSON.parse(list.replace(/,?\s*\]$/, "]")) as string[];
}

function evaluate(body: Body, blocks: Blocks, each: string | undefined, account: Account): Policy {
  const text = (value: Value | undefined): string => {
    if (typeof value === "string") return value;
    if (value instanceof Template) return value.parts.map(text).join("");
    if (value instanceof Expression) return read(value.source, blocks, each, account);
    throw new Error(`${JSON.stringify(value)} is no text`);
  };
  const texts = (value: Value | undefined) => (value as readonly Value[]).map(text);
  const set = (value: Value | undefined) => [...new Set(texts(value))].sort();
  // The data source's own notation for variables that AWS fills in.
  const withVariables = (values: readonly string[]) => values.map((value) => value.replaceAll("&{", "${"));
  const bodies = (value: Value | undefined) => (value ?? []) as readonly Body[];
  const statements = bodies(body.statement).map((statement): Statement => {
    const conditions: Record<string, Record<string, readonly string[]>> = {};
    for (const { test, variable, values } of bodies(statement.condition)) {
      const ofTest = conditions[text(test)] ?? {};
      conditions[text(test)] = ofTest;
      if (ofTest[text(variable)] !== undefined) throw new Error(`${text(test)} ${text(variable)} is twice`);
      ofTest[text(variable)] = withVariables(texts(values));
    }
    return {
      ...(statement.sid === undefined ? {} : { Sid: text(statement.sid) }),
      Effect: statement.effect === undefined ? "Allow" : text(statement.effect),
      Principal: Object.fromEntries(
        bodies(statement.principals).map(({ type, identifiers }) => [text(type), withVariables(set(identifiers))]),
      ),
      Action: set(statement.actions),
      Resource: withVariables(set(statement.resources)),
      ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
    };
  });
  return { Version: "2012-10-17", Statement: statements };
}

function read(source: string, blocks: Blocks, each: string | undefined, account: Account): string {
  if (source === "each.key" && each !== undefined) return each;
  const values: Readonly<Record<string, string>> = {
    "data.aws_partition.main.partition": account.partition,
    "data.aws_partition.main.dns_suffix": account.dnsSuffix,
    "data.aws_caller_identity.main.account_id": account.account,
  };
  const value = values[source];
  if (value === undefined) throw new Error(`${source} is nothing that a policy reads`);
  const [kind, type, name] = source.split(".");
  blockOf(blocks, `${kind} ${type} ${name}`);
  return value;
}
