import { describe, expect, test } from "vitest";
import { generate, SpecError } from "../src/index.ts";
import type { Feature } from "../src/spec/versions.ts";

interface Edge {
  /** What uses the feature. */
  readonly spec: object;
  /** The oldest versions that have it, and the ones just below. */
  readonly at: Versions;
  readonly below: Versions;
  /** What is in the output from there on. */
  readonly holds: string;
  /** Below: what is there instead, or the code of the error. */
  readonly instead: { readonly text: string } | { readonly code: string };
}

interface Versions {
  readonly required_version?: string;
  readonly aws_provider?: string;
}

const aws = (aws_provider: string) => ({ aws_provider });
const terraform = (required_version: string) => ({ required_version });
const secret = (value: object) => ({ secrets: { app: { name: "app/x", ...value } } });
const logGroup = (settings: object) => ({ log_groups: { app: { name: "/app", ...settings } } });
const rotated = (rotation: object) => secret({ rotation: { every_days: 30, lambda_arn: LAMBDA, ...rotation } });
const LAMBDA = "arn:aws:lambda:eu-central-1:123456789012:function:rotate";
const ATTACHED = { region: "eu-west-1", step: "attach" };
const MRK = "mrk-0123456789abcdef0123456789abcdef";

/** A row for each feature of the table in versions.ts, which the type holds complete. */
const EDGES: Readonly<Record<Feature, readonly Edge[]>> = {
  multiRegionKeys: [
    {
      spec: {},
      at: aws(">= 3.64"),
      below: aws(">= 3.63"),
      holds: "multi_region",
      instead: { code: "aws-provider-too-old" },
    },
  ],
  writeOnlyValues: [
    {
      spec: secret({}),
      at: aws("~> 5.88"),
      below: aws("~> 5.87"),
      holds: "secret_string_wo ",
      instead: { text: "secret_string = var.app_secret_string" },
    },
    {
      spec: secret({}),
      at: terraform("~> 1.11"),
      below: terraform("~> 1.10"),
      holds: "ephemeral   = true",
      instead: { text: "secret_string = var.app_secret_string" },
    },
    {
      spec: secret({ value: "generated" }),
      at: aws(">= 5.88.0"),
      below: aws(">= 5.87.9"),
      holds: "random_password",
      instead: { code: "generated-not-supported" },
    },
    {
      spec: secret({ value: { literal: "hello", allow_plaintext: true, version: 2 } }),
      at: terraform(">= 1.11.0"),
      below: terraform(">= 1.10.9"),
      holds: "secret_string_wo_version = 2",
      instead: { code: "version-not-supported" },
    },
  ],
  regionAttribute: [
    {
      spec: {},
      at: aws("~> 6.0"),
      below: aws("~> 5.100"),
      holds: "data.aws_region.main.region}",
      instead: { text: "data.aws_region.main.name}" },
    },
  ],
  regionArgument: [
    {
      spec: { provider: { placement: "region" } },
      at: aws(">= 6.0"),
      below: aws(">= 5.100, < 7"),
      holds: 'region = "eu-west-1"',
      instead: { code: "placement-not-supported" },
    },
  ],
  rotationPeriod: [
    {
      spec: { keys: { sm: { rotation: { period_days: 90 } } } },
      at: aws("~> 5.49"),
      below: aws("~> 5.48"),
      holds: "rotation_period_in_days = 90",
      instead: { code: "rotation-period-not-supported" },
    },
  ],
  rotationSchedule: [
    {
      spec: rotated({ duration: "2h" }),
      at: aws("~> 4.62"),
      below: aws("~> 4.61.0"),
      holds: "duration ",
      instead: { code: "rotation-not-supported" },
    },
  ],
  managedRotation: [
    {
      spec: rotated({ lambda_arn: null }),
      at: aws("~> 5.24"),
      below: aws("~> 5.23.0"),
      holds: "rotation_rules",
      instead: { code: "rotation-not-supported" },
    },
  ],
  rotateImmediately: [
    {
      spec: rotated({ immediately: false }),
      at: aws("~> 5.33"),
      below: aws("~> 5.32.0"),
      holds: "rotate_immediately",
      instead: { code: "rotation-not-supported" },
    },
  ],
  skipDestroy: [
    {
      spec: logGroup({ skip_destroy: true }),
      at: aws(">= 4.40"),
      below: aws(">= 4.39"),
      holds: "skip_destroy",
      instead: { code: "log-group-setting-not-supported" },
    },
  ],
  logGroupClass: [
    {
      spec: logGroup({ class: "INFREQUENT_ACCESS" }),
      at: aws("~> 5.31"),
      below: aws("~> 5.30.0"),
      holds: "log_group_class",
      instead: { code: "log-group-setting-not-supported" },
    },
  ],
  logGroupDelivery: [
    {
      spec: logGroup({ class: "DELIVERY" }),
      at: aws("~> 6.2"),
      below: aws("~> 6.1"),
      holds: "log_group_class",
      instead: { code: "log-group-setting-not-supported" },
    },
  ],
  movedBlocks: [
    {
      spec: { keys: { sm: { renamed_from: "old" } } },
      at: terraform(">= 1.1"),
      below: terraform(">= 1.0.11"),
      holds: "moved {",
      instead: { code: "change-not-supported" },
    },
  ],
  replaceTriggeredBy: [
    {
      spec: {},
      at: terraform(">= 1.2"),
      below: terraform(">= 1.1.9"),
      holds: "replace_triggered_by = [aws_kms_key.main_sm.key_id]",
      instead: { text: "ignore_changes = [primary_key_arn]\n  }" },
    },
  ],
  importBlocks: [
    {
      spec: { keys: { sm: { import: MRK } } },
      at: terraform(">= 1.5"),
      below: terraform(">= 1.4.7"),
      holds: "import {",
      instead: { code: "change-not-supported" },
    },
  ],
  importInModule: [
    {
      spec: { keys: { sm: { import: MRK } }, terraform: { module: true } },
      at: terraform(">= 1.16"),
      below: terraform(">= 1.15"),
      holds: "import {",
      instead: { code: "change-not-supported" },
    },
  ],
  importByExpression: [
    {
      spec: {
        variables: { env: null },
        keys: { sm: { alias: { name: "alias/{var.env}-app" }, import: { key_id: MRK, alias: true } } },
      },
      at: terraform(">= 1.6"),
      below: terraform(">= 1.5.7"),
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an interpolation of HCL is what is meant
      holds: 'id = "alias/${var.env}-app"',
      instead: { code: "change-not-supported" },
    },
    {
      spec: { regions: { primary: "eu-central-1", replicas: ["eu-west-1"], secrets: ATTACHED }, secrets: { app: {} } },
      at: terraform(">= 1.6"),
      below: terraform(">= 1.5"),
      holds: "data.aws_secretsmanager_secret.app.arn",
      instead: { code: "promotion-not-supported" },
    },
  ],
  stsRegion: [
    {
      spec: { regions: { primary: "eu-central-1", replicas: ["eu-west-1"], unreachable: ["eu-west-1"] } },
      at: aws(">= 4.2"),
      below: aws(">= 4.1"),
      holds: 'sts_region = "eu-central-1"',
      instead: { code: "promotion-not-supported" },
    },
  ],
  removedBlocks: [
    {
      spec: { regions: { primary: "eu-central-1", retired: [{ region: "eu-west-1", forget: true }] } },
      at: terraform(">= 1.7"),
      below: terraform(">= 1.6"),
      holds: "removed {",
      instead: { code: "change-not-supported" },
    },
  ],
};

function outcome({ spec }: Edge, versions: Versions): string {
  const given = spec as { readonly terraform?: object };
  const whole = {
    version: 1,
    regions: { primary: "eu-central-1", replicas: ["eu-west-1"] },
    ...spec,
    terraform: { ...given.terraform, ...versions },
  };
  try {
    return generate(whole)
      .map(({ text }) => text)
      .join("\n");
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return error.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ code }) => `[${code}]`)
      .join(" ");
  }
}

const rows = Object.entries(EDGES).flatMap(([feature, edges]) => edges.map((edge) => ({ feature, edge })));

describe.each(rows)("$feature", ({ edge }) => {
  test("is used from its first version on", () => {
    expect(outcome(edge, edge.at)).toContain(edge.holds);
  });

  test("is not used below it: there is another way, or an error", () => {
    const found = outcome(edge, edge.below);
    if ("code" in edge.instead) expect(found).toBe(`[${edge.instead.code}]`);
    else expect(found.replace(/ += /g, " = ")).toContain(edge.instead.text);
    expect(found).not.toContain(edge.holds);
  });
});
