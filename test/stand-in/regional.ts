/**
 * The resource models of what AWS has in each region by itself, log groups and the encryption of buckets: a plan or a state comes in,
 * calls of the account and the state as the account has it go out. What they plan is what the real provider 5.100.0 plans.
 */
import type { Account, LogGroup } from "./account.ts";
import { matching, need, type Place, type ResourceModel, tagAttributes } from "./resources.ts";
import { checkTags } from "./rules.ts";
import { type Attributes, blocksOf, numeric, Refusal, same, tagsOf, text } from "./values.ts";

const RETENTIONS = new Set([
  ...[0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ...[1096, 1827, 2192, 2557, 2922, 3288, 3653],
]);

const found = ({ account, region }: Place, state: Attributes): LogGroup | undefined =>
  account.logGroups(region).find(({ name }) => name === text(state.id));

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_log_group */
export const logGroup: ResourceModel = {
  forceNew: ["name", "name_prefix", "log_group_class"],
  defaults: { retention_in_days: 0, skip_destroy: false },
  checks: [
    matching("name", /^[.\-_/#A-Za-z0-9]{1,512}$/, "1 to 512 letters, digits and . - _ / #"),
    matching("log_group_class", /^(STANDARD|INFREQUENT_ACCESS|DELIVERY)$/, "one of the classes"),
    (config) => {
      const days = numeric(config.retention_in_days);
      if (days === null || RETENTIONS.has(days)) return;
      throw new Refusal(`expected retention_in_days to be one of those of AWS, got ${days}`, "retention_in_days");
    },
  ],
  plan(prior, planned, config) {
    // Optional and computed: what no one writes stays as it is.
    if (prior && config.log_group_class === null) planned.log_group_class = prior.log_group_class ?? null;
  },
  create({ account, region }, planned) {
    const name = need(text(planned.name), "a log group's name");
    const tags = tagsOf(planned.tags_all);
    checkTags(tags);
    account.createLogGroup(region, {
      name,
      logClass: text(planned.log_group_class) ?? "STANDARD",
      kmsKeyId: text(planned.kms_key_id),
      retention: numeric(planned.retention_in_days) ?? 0,
      tags,
    });
    return name;
  },
  read(place, state) {
    const group = found(place, state);
    if (group === undefined) return null;
    return {
      ...state,
      ...tagAttributes(place, state, group.tags),
      arn: place.account.logGroupArn(place.region, group.name),
      kms_key_id: group.kmsKeyId ?? "",
      log_group_class: group.logClass,
      name: group.name,
      name_prefix: "",
      // What AWS has for the class DELIVERY is left out by the provider.
      retention_in_days: group.retention,
    };
  },
  update(place, prior, planned) {
    const group = found(place, prior)!;
    const tags = tagsOf(planned.tags_all);
    checkTags(tags);
    place.account.setLogGroupKey(place.region, group, text(planned.kms_key_id));
    group.retention = numeric(planned.retention_in_days) ?? 0;
    group.tags = tags;
  },
  remove({ account, region }, prior) {
    if (prior.skip_destroy !== true) account.deleteLogGroup(region, text(prior.id) ?? "");
  },
};

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_server_side_encryption_configuration */
export const bucketEncryption: ResourceModel = {
  forceNew: ["bucket", "expected_bucket_owner"],
  create({ account, region }, planned) {
    const bucket = need(text(planned.bucket), "a bucket's name");
    encrypt(account, region, bucket, planned);
    return bucket;
  },
  read({ account, region }, state) {
    const bucket = text(state.id) ?? "";
    const settings = account.bucketEncryption(region, bucket);
    if (settings === undefined) return null;
    const { algorithm, kmsKeyId, hasBucketKey } = settings;
    const usual = { sse_algorithm: algorithm, kms_master_key_id: kmsKeyId ?? "" };
    const rule = { bucket_key_enabled: hasBucketKey, apply_server_side_encryption_by_default: [usual] };
    const [known] = blocksOf(state.rule);
    return { ...state, bucket, rule: [{ blocked_encryption_types: null, ...known, ...rule }] };
  },
  update({ account, region }, prior, planned) {
    if (!same(prior.rule, planned.rule)) encrypt(account, region, text(prior.id) ?? "", planned);
  },
  remove({ account, region }, prior) {
    account.encryptBucket(region, text(prior.id) ?? "", undefined);
  },
};

function encrypt(account: Account, region: string, bucket: string, planned: Attributes): void {
  const [rule = {}] = blocksOf(planned.rule);
  const [usual = {}] = blocksOf(rule.apply_server_side_encryption_by_default);
  account.encryptBucket(region, bucket, {
    algorithm: need(text(usual.sse_algorithm), "the algorithm of a bucket's encryption"),
    kmsKeyId: text(usual.kms_master_key_id),
    hasBucketKey: rule.bucket_key_enabled === true,
  });
}
