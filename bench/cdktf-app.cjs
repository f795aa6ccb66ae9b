// The same keys and secrets as a CDK for Terraform program, with sub-module imports: `node cdktf-app.cjs PARTS.json OUTDIR`.
const { readFileSync } = require("node:fs");
const { App, TerraformStack } = require("cdktf");
const { AwsProvider } = require("@cdktf/provider-aws/lib/provider");
const { KmsKey } = require("@cdktf/provider-aws/lib/kms-key");
const { KmsReplicaKey } = require("@cdktf/provider-aws/lib/kms-replica-key");
const { KmsAlias } = require("@cdktf/provider-aws/lib/kms-alias");
const { SecretsmanagerSecret } = require("@cdktf/provider-aws/lib/secretsmanager-secret");

const { primary, replicas, keys, secrets } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const app = new App({ outdir: process.argv[3] });
const stack = new TerraformStack(app, "keys");
new AwsProvider(stack, "main", { region: primary });
const providers = new Map(
  replicas.map((region) => [region, new AwsProvider(stack, region, { region, alias: region.replaceAll("-", "") })]),
);
const made = new Map();
for (const { id } of keys) {
  const lifecycle = { preventDestroy: true };
  const key = new KmsKey(stack, `main_${id}`, {
    description: id,
    enableKeyRotation: true,
    multiRegion: true,
    lifecycle,
  });
  new KmsAlias(stack, `alias_main_${id}`, { name: `alias/${primary}-${id}`, targetKeyId: key.keyId });
  const copies = replicas.map((region) => {
    const provider = providers.get(region);
    const name = `${region.replaceAll("-", "")}_${id}`;
    const copy = new KmsReplicaKey(stack, name, {
      description: `${id} in ${region}`,
      primaryKeyArn: key.arn,
      provider,
      lifecycle,
    });
    new KmsAlias(stack, `alias_${name}`, { name: `alias/${region}-${id}`, targetKeyId: copy.keyId, provider });
    return { region, copy };
  });
  made.set(id, { key, copies });
}
for (const { id, name, description, key: keyId } of secrets) {
  const { key, copies } = made.get(keyId);
  const replica = copies.map(({ region, copy }) => ({ region, kmsKeyId: copy.id }));
  new SecretsmanagerSecret(stack, id, { name, description, kmsKeyId: key.id, replica });
}
app.synth();
