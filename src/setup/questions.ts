/**
 * Asks on a terminal what a first spec is made of: what is known already and what was found in the folder go in, answers come out.
 * Loaded only when there is somebody to ask; it reads and writes no files.
 */

import { autocomplete, autocompleteMultiselect, confirm, isCancel, multiselect, note, text } from "@clack/prompts";
import type { Terminal } from "../io.ts";
import type { Asked, Given } from "./answers.ts";
import { findings, isModule, mainRegion, type Surroundings } from "./surroundings.ts";

/** What can be chosen, and what is wrong with a choice. */
export interface Choices {
  readonly regions: readonly string[];
  /** What people call a region: what is typed is looked for in it too. */
  readonly placeOf: (region: string) => string | undefined;
  /** The region that is proposed where the folder shows none. */
  readonly usual: string | undefined;
  /** The regions that can hold replicas of keys of a region. */
  readonly replicasOf: (primary: string) => readonly string[];
  /** What people call each service, by its name in the catalogue. */
  readonly services: Readonly<Record<string, string>>;
  /** Why a secret cannot have a name. */
  readonly faultOf: (secret: string) => string | undefined;
  /** Whether hooks can be set up: there is a repository without any. */
  readonly offersHooks: boolean;
  readonly isColoured: boolean;
}

/** Rows of a list that are shown at once. */
const ROWS = 8;

/** The answers; `undefined` when the user wants none of it (Ctrl-C, Escape). */
export async function ask(
  given: Given,
  around: Surroundings,
  choices: Choices,
  terminal: Terminal,
): Promise<Asked | undefined> {
  const streams = choices.isColoured ? terminal : { ...terminal, output: withoutColours(terminal.output) };
  note(findings(around).join("\n"), "This folder", streams);
  const regions = (names: readonly string[]) =>
    names.map((value) => {
      const hint = choices.placeOf(value);
      return { value, label: value, ...(hint === undefined ? {} : { hint }) };
    });
  try {
    const primary =
      given.primary ??
      (await answered(
        autocomplete({
          message: "Which region are the primary keys in?",
          options: regions(choices.regions),
          initialValue: mainRegion(around) ?? choices.usual,
          placeholder: "Type to search: frankfurt, us-east",
          validate: (region) => (region === undefined ? "There is no such region: choose one of the list" : undefined),
          maxItems: ROWS,
          ...streams,
        }),
      )) ??
      "";
    const replicas =
      given.replicas ??
      (await answered(
        autocompleteMultiselect({
          message: "Which regions get replicas?",
          options: regions(choices.replicasOf(primary)),
          initialValues: [...around.providers.keys()].filter((region) => choices.replicasOf(primary).includes(region)),
          placeholder: "Type to search, Tab to choose, Enter when done",
          maxItems: ROWS,
          ...streams,
        }),
      ));
    const services =
      given.services ??
      (await answered(
        multiselect({
          message: "What is encrypted? Each service gets a key of its own.",
          options: Object.entries(choices.services).map(([value, label]) => ({ value, label })),
          initialValues: ["secretsmanager"],
          maxItems: ROWS,
          required: true,
          ...streams,
        }),
      ));
    const secrets =
      given.secrets ??
      (services.includes("secretsmanager")
        ? split(
            await answered(
              text({
                message: "Names of the secrets, with commas",
                placeholder: "app/database, app/api-token; none for now: Enter",
                defaultValue: "",
                validate: (names = "") =>
                  split(names)
                    .map(choices.faultOf)
                    .find((fault) => fault !== undefined),
                ...streams,
              }),
            ),
          )
        : []);
    const module =
      given.module ??
      (around.hasTerraform
        ? await answered(
            confirm({
              message: "Is this folder a module that other Terraform calls?",
              initialValue: isModule(around),
              ...streams,
            }),
          )
        : false);
    const ownProviders =
      given.ownProviders ??
      (around.hasProviders
        ? await answered(
            confirm({
              message: "Keep the providers of this folder, and write none?",
              initialValue: true,
              ...streams,
            }),
          )
        : false);
    const preCommit =
      given.preCommit ??
      (choices.offersHooks
        ? await answered(
            confirm({
              message: "Write a .pre-commit-config.yaml, so that commits make the files again?",
              initialValue: false,
              ...streams,
            }),
          )
        : false);
    return { primary, replicas, services, secrets, module, ownProviders, preCommit };
  } catch (error) {
    if (error instanceof Cancelled) return undefined;
    throw error;
  }
}

/** A stream that leaves out colours: the prompts ask the environment alone, and not every Node does. */
function withoutColours(output: Terminal["output"]): Terminal["output"] {
  return Object.create(output, {
    write: { value: (text: string) => output.write(text.replace(COLOURS, "")) },
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how terminals are told colours
const COLOURS = /\u001b\[[\d;]*m/g;

class Cancelled extends Error {}

async function answered<T>(answer: Promise<T>): Promise<Exclude<T, symbol>> {
  const given = await answer;
  if (isCancel(given)) throw new Cancelled();
  return given as Exclude<T, symbol>;
}

/** The words of a list with commas. */
function split(list: string): readonly string[] {
  return list
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
