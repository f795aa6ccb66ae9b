/**
 * Knows what Terraform's resources and well-known modules call the things that a spec has other names for: the path of an
 * unknown key goes in, the name that the thing has here comes out.
 */

import { knownAt } from "../spec/known.ts";
import type { Path } from "../spec/path.ts";

/** What a word is called here, from the map that it is in; the first name that there is at the place. */
const CALLED: Readonly<Record<string, readonly string[]>> = {
  // aws_secretsmanager_secret, its version, rotation and policy
  kms_key_id: ["key"],
  kms_key_arn: ["key"],
  kms_key: ["key"],
  secret_name: ["name"],
  secret_string: ["value"],
  secret_string_wo: ["value"],
  secret_binary: ["value"],
  secret_string_wo_version: ["value.version"],
  replica: ["replicas"],
  replica_regions: ["replicas", "regions.replicas"],
  force_overwrite_replica_secret: ["overwrite_replica"],
  recovery_window_in_days: ["recovery_window_days"],
  rotation_enabled: ["rotation"],
  enable_rotation: ["rotation"],
  rotation_rules: ["rotation"],
  rotation_lambda_arn: ["rotation.lambda_arn", "lambda_arn"],
  automatically_after_days: ["rotation.every_days", "every_days"],
  schedule_expression: ["rotation.schedule", "schedule"],
  rotate_immediately: ["rotation.immediately", "immediately"],
  policy_statements: ["policy.statements"],
  create_random_password: ["value.generated"],
  random_password_length: ["value.generated.length"],
  password_length: ["value.generated.length", "generated.length", "length"],
  // aws_kms_key, aws_kms_replica_key, aws_kms_alias
  deletion_window_in_days: ["deletion_window_days"],
  enable_key_rotation: ["rotation"],
  rotation_period_in_days: ["rotation.period_days", "period_days"],
  is_enabled: ["enabled"],
  key_usage: ["usage"],
  key_spec: ["spec"],
  customer_master_key_spec: ["spec"],
  key_policy: ["policy"],
  alias_name: ["alias"],
  aliases: ["alias"],
  key_owners: ["policy.administrators", "administrators"],
  key_administrators: ["policy.administrators", "administrators"],
  key_users: ["policy.users", "users"],
  key_services: ["policy.services", "services"],
  key_statements: ["policy.statements", "statements"],
  prevent_destroy: ["protect"],
  // aws_cloudwatch_log_group, aws_s3_bucket_server_side_encryption_configuration
  retention_in_days: ["retention_days"],
  retention: ["retention_days"],
  log_group_class: ["class"],
  log_group_name: ["name"],
  logs: ["log_groups"],
  kms_master_key_id: ["key"],
  bucket: ["name", "buckets"],
  bucket_name: ["name"],
  bucket_key_enabled: ["bucket_key"],
  s3: ["buckets"],
  // aws_ssm_parameter
  key_id: ["key"],
  value_wo: ["value"],
  insecure_value: ["value"],
  value_wo_version: ["value.version"],
  ssm_parameters: ["parameters"],
  ssm: ["parameters"],
  // aws_iam_policy_document and policies as JSON
  statement: ["statements"],
  principal: ["principals"],
  action: ["actions"],
  condition: ["conditions"],
  // the provider, and what is around it
  primary_region: ["regions.primary", "primary"],
  region: ["regions.primary", "primary"],
  replica_region: ["replicas", "regions.replicas"],
  tags: ["provider.default_tags"],
  default_tags: ["provider.default_tags"],
  providers: ["provider"],
  assume_role: ["provider.assume_role"],
  profile: ["provider.profile"],
  allowed_account_ids: ["provider.allowed_account_ids"],
  required_version: ["terraform.required_version"],
  required_providers: ["terraform.aws_provider", "aws_provider"],
};

/** What a word that has no name here is for. */
const WITHOUT: Readonly<Record<string, string>> = {
  multi_region: "Every key is a multi-Region key. Delete the line.",
  Resource: "The policy of a key or a secret is about that one alone. Delete the line.",
  resource: "The policy of a key or a secret is about that one alone. Delete the line.",
  resources: "The policy of a key or a secret is about that one alone. Delete the line.",
  backend: "Write the backend in a .tf file of your own beside the output.",
};

/** What a provider block has, and a spec has elsewhere. */
const OF_PROVIDERS: Readonly<Partial<Record<string, string>>> = {
  region: "regions.primary",
  alias: "regions.primary.provider_alias",
  version: "terraform.aws_provider",
};

/** What other kinds of things have, and a parameter cannot. */
const OF_PARAMETERS: Readonly<Partial<Record<string, string>>> = {
  type: "Every parameter here is a SecureString. Delete the line.",
  import:
    "An import would put its value into Terraform's plan, and then replace it. Write overwrite: true, and give Terraform the value that is to be there.",
};

/** A hint for a key that is unknown at `path` and known elsewhere; nothing for other keys. */
export function neighbourHint(path: Path): string | undefined {
  const word = String(path.at(-1));
  const isHere = (name: string) => knownAt([...path.slice(0, -1), ...name.split(".")]).isNamed;
  const called = Object.hasOwn(CALLED, word) ? CALLED[word]!.find(isHere) : undefined;
  if (called !== undefined) return `Here it is called ${called}.`;
  const elsewhere = path.length === 2 && path[0] === "provider" ? OF_PROVIDERS[word] : undefined;
  if (elsewhere !== undefined) return `Here it is ${elsewhere}, at the top of the spec.`;
  if (path.length === 3 && path[0] === "parameters" && OF_PARAMETERS[word] !== undefined) return OF_PARAMETERS[word];
  return Object.hasOwn(WITHOUT, word) ? WITHOUT[word] : undefined;
}
