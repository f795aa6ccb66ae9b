/** What is said of a text that is no plan of Terraform, or none that can be judged. */

import { JsonError } from "./json-stream.ts";

/** What tells a plan from other texts, as far as it is read. */
export interface PlanText {
  readonly format_version?: unknown;
  readonly values?: boolean;
  readonly planned_values?: boolean;
  readonly configuration?: unknown;
}

/** The text is no plan that can be judged. The message names nothing that the text holds, but for its version. */
export class NotAPlanError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "NotAPlanError";
    this.hint = hint;
  }
}

const HOW = "terraform plan -out plan.tfplan && terraform show -json plan.tfplan | mrk-scaffold guard -";

/** What an error while reading says of the text; `head` is how it begins. */
export function notAPlan(error: unknown, head: string): unknown {
  if (!(error instanceof JsonError)) return error;
  if (error.offset === 0 && error.message === "is empty") {
    return new NotAPlanError("the plan is empty", `Did terraform show fail? ${HOW}`);
  }
  if (head.startsWith('{"@level"')) {
    return new NotAPlanError("this is the log of terraform plan -json, not a plan", HOW);
  }
  const hint = error.message === "ends too early" ? `Did terraform show fail? ${HOW}` : HOW;
  return new NotAPlanError(`the plan ${error.message} (byte ${error.offset + 1})`, hint);
}

/** @throws {NotAPlanError} when what was read is no plan, or one of a format to come */
export function checkPlan(text: PlanText): void {
  if (typeof text !== "object" || text === null) throw new NotAPlanError("this is not a plan", HOW);
  const { format_version: version } = text;
  if (typeof version !== "string") throw new NotAPlanError("this is not a plan of Terraform", HOW);
  // A minor version only adds to the format, a major one changes it.
  if (!/^[01]\.\d+$/.test(version)) {
    const hint = "Is there a newer mrk-scaffold? npm install mrk-scaffold@latest";
    throw new NotAPlanError(`the plan has format version ${JSON.stringify(version)}; 0.x and 1.x are understood`, hint);
  }
  if (text.planned_values === true || text.configuration !== undefined) return;
  const what = text.values === true ? "this is a state, not a plan" : "this is not a plan";
  throw new NotAPlanError(what, `Name the plan's file: ${HOW}`);
}
