/**
 * The catalogue of services that a key can be for: data only. The label goes into descriptions, the alias into the alias
 * `alias/<region>-<alias>`.
 */

export interface Service {
  /** The service as people write it, for descriptions; empty for none. */
  readonly label: string;
  /** The last part of the alias; `undefined` where the key's identifier says more. */
  readonly alias: string | undefined;
}

export const services = {
  secretsmanager: { label: "Secrets Manager", alias: "secrets-manager" },
  s3: { label: "S3", alias: "s3" },
  ebs: { label: "EBS", alias: "ebs" },
  autoscaling: { label: "EC2 Auto Scaling", alias: "autoscaling" },
  logs: { label: "CloudWatch Logs", alias: "logs" },
  sns: { label: "SNS", alias: "sns" },
  sqs: { label: "SQS", alias: "sqs" },
  dynamodb: { label: "DynamoDB", alias: "dynamodb" },
  rds: { label: "RDS", alias: "rds" },
  backup: { label: "AWS Backup", alias: "backup" },
  cloudtrail: { label: "CloudTrail", alias: "cloudtrail" },
  events: { label: "EventBridge", alias: "events" },
  lambda: { label: "Lambda", alias: "lambda" },
  ecr: { label: "ECR", alias: "ecr" },
  efs: { label: "EFS", alias: "efs" },
  none: { label: "", alias: undefined },
} as const satisfies Record<string, Service>;
