/** Parameter Store as AWS has it: the parameters of an account, by region and name. */

import { Refusal, type Tags } from "./values.ts";

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly description: string;
  readonly tier: string;
  readonly keyId: string | null;
  /** Counts the values. */
  readonly version: number;
  /** Tells it from one of the same name that was there before. */
  readonly number: number;
  readonly tags: Tags;
}

/** The parameters of an account. */
export class ParameterStore {
  readonly #parameters = new Map<string, Parameter>();
  #made = 0;

  find(region: string, name: string): Parameter | undefined {
    return this.#parameters.get(`${region} ${name}`);
  }

  in(region: string): readonly Parameter[] {
    return [...this.#parameters].flatMap(([id, one]) => (id.startsWith(`${region} `) ? [one] : []));
  }

  /** PutParameter: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
  put(
    region: string,
    parameter: Omit<Parameter, "version" | "number">,
    { overwrite }: { readonly overwrite: boolean },
  ): void {
    const known = this.find(region, parameter.name);
    if (known !== undefined && !overwrite)
      throw new Refusal(
        "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option",
      );
    if (parameter.value === "")
      throw new Refusal(
        "ValidationException: Value '' at 'value' failed to satisfy constraint: length greater than or equal to 1",
      );
    if (/^\/?(aws|ssm)/i.test(parameter.name))
      throw new Refusal(
        `ValidationException: Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`,
      );
    if (/^[^/]+\//.test(parameter.name))
      throw new Refusal("ValidationException: Parameter name must be a fully qualified name.");
    const most = parameter.tier === "Standard" ? 4096 : 8192;
    if (Buffer.byteLength(parameter.value) > most) throw new Refusal(`ValidationException: over ${most} characters`);
    if (known?.tier === "Advanced" && parameter.tier === "Standard")
      throw new Refusal("ValidationException: You can't downgrade a parameter from the advanced-parameter tier");
    this.#parameters.set(`${region} ${parameter.name}`, {
      ...parameter,
      version: (known?.version ?? 0) + 1,
      number: known?.number ?? ++this.#made,
    });
  }

  tag(region: string, parameter: Parameter, tags: Tags): void {
    this.#parameters.set(`${region} ${parameter.name}`, { ...parameter, tags });
  }

  delete(region: string, name: string): void {
    this.#parameters.delete(`${region} ${name}`);
  }
}
