/**
 * Turns a state into a checked spec: what the spec cannot say, or its rules refuse, is left out step by step until the rest is
 * valid.
 */

import { shortCode } from "../aws/regions.ts";
import { check } from "../pipeline.ts";
import { type Diagnostic, SpecError } from "../report/diagnostic.ts";
import type { Checked } from "../rules/validate.ts";
import { parse, type ReadBeside } from "../spec/load.ts";
import { printSpec } from "../spec/print.ts";
import type { State, StateResource } from "../terraform/state.ts";
import { Configuration } from "./configuration.ts";
import type { Folder } from "./folder.ts";
import { type Adoption, infer } from "./infer.ts";
import { type Inventory, inventoryOf, type Nothing, withoutIndex } from "./inventory.ts";
import { VALUES_ALONE } from "./sayings.ts";

export interface Adopted {
  readonly inventory: Inventory;
  readonly adoption: Adoption;
  /** The attributes that the configuration computes in a way that no spec can say, by the address of their resource. */
  readonly unseen: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The text of the spec. */
  readonly spec: string;
  readonly checked: Checked;
}

interface AdoptionOptions {
  readonly around: Folder;
  /** Whether what was found is to be imported instead of moved. */
  readonly isImport: boolean;
  /** The name of the spec. */
  readonly path: string;
  /** The remarks in it. */
  readonly remarks: Readonly<Record<string, readonly string[]>>;
  /** Reads a file beside the spec. */
  readonly readBeside: ReadBeside;
}

/** The spec is refused for something that leaving single keys and secrets alone does not help. */
export class RefusedSpecError extends SpecError {
  readonly spec: string;

  constructor(diagnostics: readonly Diagnostic[], spec: string) {
    super(diagnostics);
    this.name = "RefusedSpecError";
    this.spec = spec;
  }
}

/**
 * The adoption of a state, or why there is nothing to adopt.
 * @throws {RefusedSpecError} when the rules refuse a spec for it
 */
export function adoptionOf(state: State, options: AdoptionOptions): Adopted | Nothing {
  const less: Less = { literal: new Set(), withoutPolicy: new Map(), excluded: new Map() };
  const isFree = freeAddresses(state, options.around);
  for (;;) {
    const inventory = inventoryOf(state, less.excluded);
    if (!("keys" in inventory)) return inventory;
    const { surroundings } = options.around;
    const configuration = new Configuration(options.around);
    const adoption = infer(inventory, {
      surroundings,
      sayingsOf: (address) => (less.literal.has(address) ? VALUES_ALONE : configuration),
      variablesIn: (data) => configuration.variablesIn(data),
      isImport: options.isImport,
      withoutPolicy: less.withoutPolicy,
      isFree,
      labelOf: shortCode,
    });
    const spec = printSpec(adoption.data, options.remarks);
    try {
      const readBeside: ReadBeside = (path, most) => {
        const own = adoption.documents.get(path);
        return own === undefined ? options.readBeside(path, most) : Buffer.from(own);
      };
      const checked = check({ ...parse(options.path, Buffer.from(spec)), readBeside });
      return { inventory, adoption, unseen: configuration.unseen, spec, checked };
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      if (!leaveOut(error.diagnostics, adoption, less)) throw new RefusedSpecError(error.diagnostics, spec);
    }
  }
}

/** What the next attempt does without; the addresses are those of keys and secrets. */
interface Less {
  /** Those of which the spec holds the values alone, whatever the configuration shows. */
  readonly literal: Set<string>;
  /** Why a policy is not in the spec. */
  readonly withoutPolicy: Map<string, string>;
  /** Why something is not adopted at all. */
  readonly excluded: Map<string, string>;
}

/** Notes what the rules refuse; whether there is something new to be done without. */
function leaveOut(diagnostics: readonly Diagnostic[], { origins }: Adoption, less: Less): boolean {
  let isLess = false;
  for (const { severity, path, message } of diagnostics) {
    const address = origins.get(path.slice(0, 2).join("."));
    if (severity !== "error" || address === undefined || less.excluded.has(address)) continue;
    isLess = true;
    if (!less.literal.has(address)) less.literal.add(address);
    else if (path.includes("policy") && !less.withoutPolicy.has(address)) less.withoutPolicy.set(address, message);
    else less.excluded.set(address, message);
  }
  return isLess;
}

/** Says of an address whether nothing but the given resource has it, in the state and in the folder's files. */
function freeAddresses(
  { resources, others }: State,
  { files }: Folder,
): (address: string, resource: StateResource | undefined) => boolean {
  const occupants = new Map<string, StateResource | "several">();
  for (const resource of resources) {
    if (resource.module !== "") continue;
    const address = withoutIndex(resource.address);
    occupants.set(address, occupants.has(address) ? "several" : resource);
  }
  const declared = new Set<string>();
  for (const { type, labels } of files.flatMap(({ blocks }) => blocks)) {
    if (type === "data") declared.add(`data.${labels.join(".")}`);
    else if (type === "resource" && !occupants.has(labels.join("."))) declared.add(labels.join("."));
  }
  return (address, resource) => {
    if (others.has(address) || declared.has(address)) return false;
    const occupant = occupants.get(address);
    return occupant === undefined || occupant === resource;
  };
}
