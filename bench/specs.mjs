/** Makes the specs that are measured: keys × regions × secrets, as a map of secrets, with the sizes of real ones. */

const REGIONS = (
  "eu-central-1 eu-west-1 us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-west-2 eu-west-3 eu-north-1 " +
  "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 sa-east-1 af-south-1 ap-east-1 " +
  "ap-south-2 ap-southeast-3 ap-southeast-4 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 " +
  "me-south-1 mx-central-1"
).split(" ");

const SERVICES = ["secretsmanager", "s3", "ebs", "logs", "dynamodb"];

/** The parts of a spec, for whoever builds the same with other means. */
export function parts({ keys, regions, secrets }) {
  return {
    primary: REGIONS[0],
    replicas: REGIONS.slice(1, regions),
    keys: Array.from({ length: keys }, (_, index) => ({
      id: `key${index}`,
      service: SERVICES[index % SERVICES.length],
    })),
    secrets: Array.from({ length: secrets }, (_, index) => ({
      id: `secret_${index}`,
      name: `app/service-${index}/credentials_${index}`,
      description: `Credentials of service ${index}`,
      key: `key${index % keys}`,
    })),
  };
}

/** The spec as YAML. */
export function yaml(size) {
  const { primary, replicas, keys, secrets } = parts(size);
  const lines = ["version: 1", `regions: { primary: ${primary}, replicas: [${replicas.join(", ")}] }`, "keys:"];
  for (const { id, service } of keys) lines.push(`  ${id}: { service: ${service}, alias: ${id} }`);
  lines.push("secrets:");
  for (const { id, name, description, key } of secrets) {
    lines.push(
      `  ${id}:`,
      `    name: ${name}`,
      `    description: ${description}`,
      `    key: ${key}`,
      "    value: external",
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The spec of the blog post, a key and a secret in two regions. */
export const post = yaml({ keys: 1, regions: 2, secrets: 1 });
