/**
 * The resource model of parameters: a plan or a state comes in, calls of the account's Parameter Store and the state as that has it go out.
 * What it plans and sends is what the real provider 5.100.0 plans and sends, its empty value included.
 */
import { matching, need, type Place, type ResourceModel, tagAttributes } from "./resources.ts";
import { checkTags } from "./rules.ts";
import { type Attributes, Refusal, same, tagsOf, text } from "./values.ts";

/** https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ssm_parameter */
export const ssmParameter: ResourceModel = {
  forceNew: ["name"],
  checks: [
    matching("type", /^(String|StringList|SecureString)$/, "one of the types"),
    matching("tier", /^(Standard|Advanced|Intelligent-Tiering)$/, "one of the tiers"),
    (config) => {
      const values = ["value", "value_wo", "insecure_value"].filter((name) => config[name] !== null);
      if (values.length !== 1) throw new Refusal("one of `insecure_value,value,value_wo` must be specified", "value");
    },
  ],
  plan(prior, planned, config) {
    // Optional and computed: what no one writes stays as it is, and intelligent tiering is content with any.
    for (const name of ["tier", "key_id", "data_type"])
      if (prior && (config[name] === null || config[name] === "Intelligent-Tiering"))
        planned[name] = prior[name] ?? null;
    if (prior && config.value === null) planned.value = prior.value ?? null;
    if (prior && config.insecure_value === null) planned.insecure_value = prior.insecure_value ?? null;
  },
  create(place, planned, config) {
    const name = need(text(planned.name), "a parameter's name");
    put(place, planned, text(config.value_wo) ?? text(planned.value) ?? "", { overwrite: planned.overwrite === true });
    return name;
  },
  read(place, state) {
    const { account, region } = place;
    const found = account.parameterStore.find(region, text(state.id) ?? "");
    if (found === undefined) return null;
    const isWriteOnly = state.value_wo_version != null;
    return {
      ...state,
      ...tagAttributes(place, state, found.tags),
      arn: account.parameterArn(region, found.name),
      data_type: "text",
      description: found.description === "" ? null : found.description,
      has_value_wo: isWriteOnly,
      insecure_value: null,
      key_id: found.keyId,
      name: found.name,
      tier: found.tier,
      type: found.type,
      value: isWriteOnly ? "" : found.value,
      version: found.version,
    };
  },
  update(place, prior, planned, config) {
    const { account, region } = place;
    const tags = tagsOf(planned.tags_all);
    checkTags(tags);
    const known = account.parameterStore.find(region, text(prior.id) ?? "")!;
    account.parameterStore.tag(region, known, tags);
    const sent = ["description", "key_id", "tier", "type", "value", "value_wo_version", "allowed_pattern"];
    if (sent.every((name) => same(prior[name] ?? null, planned[name] ?? null))) return;
    const isSent = !same(prior.value_wo_version ?? null, planned.value_wo_version ?? null);
    const value = isSent ? (text(config.value_wo) ?? "") : (text(planned.value) ?? "");
    put(place, planned, value, { overwrite: true });
  },
  remove({ account, region }, prior) {
    account.parameterStore.delete(region, text(prior.id) ?? "");
  },
};

function put(
  { account, region }: Place,
  planned: Attributes,
  value: string,
  options: { readonly overwrite: boolean },
): void {
  const tags = tagsOf(planned.tags_all);
  checkTags(tags);
  const keyId = text(planned.key_id);
  account.checkEncryptionKey(region, keyId);
  const tier = text(planned.tier) ?? "Standard";
  const parameter = {
    name: need(text(planned.name), "a parameter's name"),
    type: text(planned.type) ?? "String",
    value,
    description: text(planned.description) ?? "",
    // Whichever of the two the value needs.
    tier: tier === "Intelligent-Tiering" ? (Buffer.byteLength(value) > 4096 ? "Advanced" : "Standard") : tier,
    keyId,
    tags,
  };
  account.parameterStore.put(region, parameter, options);
}
