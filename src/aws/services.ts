/**
 * The catalogue of services that a key can be for: data only. The label goes into descriptions, the alias into the alias
 * `alias/<region>-<alias>`, the statements into the key's policy. `{region}`, `{account}`, `{partition}` and `{dns_suffix}`
 * stand for those of the key that a policy is for.
 */

export interface Service {
  /** The service as people write it, for descriptions; empty for none. */
  readonly label: string;
  /** The last part of the alias; `undefined` where the key's identifier says more. */
  readonly alias: string | undefined;
  /** What a key policy must allow so that the service can use the key, and nothing more. */
  readonly statements: readonly ServiceStatement[];
}

/** One thing that a key policy allows to a service; who it is allowed to is said by exactly one of the three. */
export interface ServiceStatement {
  readonly sid: string;
  /**
   * Everyone in the account, but only through the service, which acts as its caller: the value of `kms:ViaService` without
   * its ending, which is `.amazonaws.com` in every partition (AWS KMS Developer Guide, AWS KMS condition keys).
   */
  readonly through?: string;
  /** The service itself: service principals. */
  readonly service?: readonly string[];
  /** A role of the account. */
  readonly role?: string;
  readonly actions: readonly string[];
  readonly conditions?: readonly Condition[];
}

/** A condition of a policy statement: any of the values may match. */
export interface Condition {
  readonly test: string;
  readonly variable: string;
  readonly values: readonly string[];
}

/**
 * Grants for the service's own resources only (AWS KMS Developer Guide: kms:GrantIsForAWSResource); where AWS's text for a
 * service asks for it. For DynamoDB, RDS, Lambda, ECR and EFS it does not: RDS's and ECR's say to limit grants by
 * kms:ViaService, as AWS's own keys for DynamoDB and EFS do, and Lambda's are for a function's role. kms:ViaService keeps
 * people from making grants on their own as well, and for any service but the one.
 */
const FOR_AWS_RESOURCE: Condition = { test: "Bool", variable: "kms:GrantIsForAWSResource", values: ["true"] };

/** Requests that a service makes for a resource of this account (AWS KMS Developer Guide, Permissions for AWS services). */
const FROM_ACCOUNT: Condition = { test: "StringEquals", variable: "aws:SourceAccount", values: ["{account}"] };

const FROM_TRAIL: Condition = {
  test: "StringLike",
  variable: "aws:SourceArn",
  values: ["arn:{partition}:cloudtrail:*:{account}:trail/*"],
};

const AUTO_SCALING_ROLE =
  "arn:{partition}:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";

export const services = {
  // Secrets Manager User Guide, Secret encryption and decryption, with the policy of AWS's own key aws/secretsmanager:
  // data keys may be asked for from any region, the rest from the key's own; Encrypt is what replication needs
  // (API Reference, ReplicateSecretToRegions). Secrets Manager uses no grants.
  secretsmanager: {
    label: "Secrets Manager",
    alias: "secrets-manager",
    statements: [
      {
        sid: "SecretsManager",
        through: "secretsmanager.{region}",
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*"],
      },
      { sid: "SecretsManagerDataKeys", through: "secretsmanager.*", actions: ["kms:GenerateDataKey*"] },
    ],
  },
  // Amazon S3 User Guide, Using server-side encryption with AWS KMS keys; Encrypt is what a replication role needs on the
  // key of the destination (Replicating encrypted objects).
  s3: {
    label: "S3",
    alias: "s3",
    statements: [
      {
        sid: "S3",
        through: "s3.{region}",
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
      },
    ],
  },
  // Amazon EC2 User Guide, Amazon EBS encryption, Permissions for IAM users. EBS is ec2 to KMS.
  ebs: {
    label: "EBS",
    alias: "ebs",
    statements: [
      {
        sid: "EBS",
        through: "ec2.{region}",
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"],
      },
      { sid: "EBSGrants", through: "ec2.{region}", actions: ["kms:CreateGrant"], conditions: [FOR_AWS_RESOURCE] },
    ],
  },
  // Amazon EC2 Auto Scaling User Guide, Required AWS KMS key policy for use with encrypted volumes. The role must exist.
  autoscaling: {
    label: "EC2 Auto Scaling",
    alias: "autoscaling",
    statements: [
      {
        sid: "AutoScaling",
        role: AUTO_SCALING_ROLE,
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      },
      {
        sid: "AutoScalingGrants",
        role: AUTO_SCALING_ROLE,
        actions: ["kms:CreateGrant"],
        conditions: [FOR_AWS_RESOURCE],
      },
    ],
  },
  // Amazon CloudWatch Logs User Guide, Encrypt log data using AWS KMS: a regional principal, whose ending follows the
  // partition (AWS CDK, region-info; aws_service_principal of the Terraform provider).
  logs: {
    label: "CloudWatch Logs",
    alias: "logs",
    statements: [
      {
        sid: "Logs",
        service: ["logs.{region}.{dns_suffix}"],
        actions: ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        conditions: [
          {
            test: "ArnLike",
            variable: "kms:EncryptionContext:aws:logs:arn",
            values: ["arn:{partition}:logs:{region}:{account}:*"],
          },
        ],
      },
    ],
  },
  // Amazon SNS Developer Guide, Key management: publishers and subscribers through SNS, and the AWS services that publish
  // most, CloudWatch alarms, EventBridge rules and S3 events; others are for the key's own statements.
  sns: {
    label: "SNS",
    alias: "sns",
    statements: [
      { sid: "SNS", through: "sns.{region}", actions: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"] },
      {
        sid: "SNSPublishers",
        service: ["cloudwatch.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"],
        actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
        conditions: [FROM_ACCOUNT],
      },
    ],
  },
  // Amazon SQS Developer Guide, Key management: producers and consumers through SQS, and the AWS services that send most,
  // EventBridge rules, S3 events and SNS topics; others are for the key's own statements.
  sqs: {
    label: "SQS",
    alias: "sqs",
    statements: [
      { sid: "SQS", through: "sqs.{region}", actions: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"] },
      {
        sid: "SQSProducers",
        service: ["events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com"],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        conditions: [FROM_ACCOUNT],
      },
    ],
  },
  // Amazon DynamoDB Developer Guide, encryption at rest usage notes, Key policy for a customer managed key: the region is
  // left open because global tables call from the other regions.
  dynamodb: {
    label: "DynamoDB",
    alias: "dynamodb",
    statements: [
      {
        sid: "DynamoDB",
        through: "dynamodb.*",
        actions: [
          "kms:CreateGrant",
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:Encrypt",
          "kms:GenerateDataKey*",
          "kms:ReEncrypt*",
        ],
      },
    ],
  },
  // Amazon RDS User Guide, AWS KMS key management, Authorizing use of a customer managed key; Decrypt and GenerateDataKey
  // are Performance Insights' (Configuring an AWS KMS policy for Performance Insights). Aurora and Neptune are rds too.
  rds: {
    label: "RDS",
    alias: "rds",
    statements: [
      {
        sid: "RDS",
        through: "rds.{region}",
        actions: ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
      },
    ],
  },
  // AWS Backup Developer Guide, Creating a backup vault. RetireGrant, listed there too, has no effect in a key policy (AWS
  // KMS Developer Guide, Managing grants).
  backup: {
    label: "AWS Backup",
    alias: "backup",
    statements: [
      {
        sid: "Backup",
        through: "backup.{region}",
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
      },
      { sid: "BackupGrants", through: "backup.{region}", actions: ["kms:CreateGrant"], conditions: [FOR_AWS_RESOURCE] },
    ],
  },
  // AWS CloudTrail User Guide, Configure AWS KMS key policies for CloudTrail, for trails; Decrypt is for buckets with an S3
  // Bucket Key. A trail of another region may use the key's bucket, hence any region. Event data stores allow no
  // aws:SourceArn: they need statements of the key's own.
  cloudtrail: {
    label: "CloudTrail",
    alias: "cloudtrail",
    statements: [
      {
        sid: "CloudTrail",
        service: ["cloudtrail.amazonaws.com"],
        actions: ["kms:GenerateDataKey*"],
        conditions: [
          FROM_TRAIL,
          {
            test: "StringLike",
            variable: "kms:EncryptionContext:aws:cloudtrail:arn",
            values: ["arn:{partition}:cloudtrail:*:{account}:trail/*"],
          },
        ],
      },
      {
        sid: "CloudTrailKey",
        service: ["cloudtrail.amazonaws.com"],
        actions: ["kms:Decrypt", "kms:DescribeKey"],
        conditions: [FROM_TRAIL],
      },
    ],
  },
  // Amazon EventBridge User Guide, Encrypting EventBridge event buses with AWS KMS keys: DescribeKey carries no encryption
  // context, so it has a statement of its own.
  events: {
    label: "EventBridge",
    alias: "events",
    statements: [
      { sid: "EventBridgeKey", service: ["events.amazonaws.com"], actions: ["kms:DescribeKey"] },
      {
        sid: "EventBridge",
        service: ["events.amazonaws.com"],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        conditions: [
          FROM_ACCOUNT,
          {
            test: "ArnLike",
            variable: "kms:EncryptionContext:aws:events:event-bus:arn",
            values: ["arn:{partition}:events:{region}:{account}:event-bus/*"],
          },
        ],
      },
    ],
  },
  // AWS Lambda Developer Guide, Securing environment variables: whoever configures a function encrypts and grants, its role
  // decrypts; and Encrypting .zip deployment packages, where the service itself uses the key.
  lambda: {
    label: "Lambda",
    alias: "lambda",
    statements: [
      {
        sid: "Lambda",
        through: "lambda.{region}",
        actions: ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"],
      },
      {
        sid: "LambdaPackages",
        service: ["lambda.amazonaws.com"],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        conditions: [
          {
            test: "StringLike",
            variable: "kms:EncryptionContext:aws:lambda:FunctionArn",
            values: ["arn:{partition}:lambda:{region}:{account}:function:*"],
          },
        ],
      },
    ],
  },
  // Amazon ECR User Guide, Encryption at rest, Required IAM permissions: ECR works through the grants that the creator of a
  // repository makes. RetireGrant belongs into IAM policies.
  ecr: {
    label: "ECR",
    alias: "ecr",
    statements: [{ sid: "ECR", through: "ecr.{region}", actions: ["kms:CreateGrant", "kms:DescribeKey"] }],
  },
  // Amazon EFS User Guide, Encrypting data at rest, Amazon EFS key policies for AWS KMS: what it calls required.
  efs: {
    label: "EFS",
    alias: "efs",
    statements: [
      {
        sid: "EFS",
        through: "elasticfilesystem.{region}",
        actions: ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
      },
    ],
  },
  // AWS Systems Manager User Guide, AWS KMS encryption for Parameter Store SecureString parameters: Encrypt and Decrypt for
  // standard parameters, data keys for advanced ones; the caller needs them, Parameter Store uses no grants.
  ssm: {
    label: "Parameter Store",
    alias: "ssm",
    statements: [
      {
        sid: "ParameterStore",
        through: "ssm.{region}",
        actions: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
      },
    ],
  },
  none: { label: "", alias: undefined, statements: [] },
} as const satisfies Record<string, Service>;
