/**
 * Decides how a promotion goes on once its last step has been applied: the names of a spec go in; the changes to the spec's text
 * come out, and what they leave behind. It knows no file and no AWS.
 */

import type { Change } from "../spec/edit-data.ts";
import type { Plain } from "../spec/edit-text.ts";
import { keyName, keyType } from "../spec/keys.ts";
import { keyPlaces, type Names, names } from "../spec/names.ts";
import type { Path } from "../spec/path.ts";
import type { Obstacle } from "./finding.ts";

/** What is asked for. */
export interface Continuation {
  /** Whether the values that have waited are sent. */
  readonly sendsValues: boolean;
  /** A region that was out of reach and answers again. */
  readonly returned: string | undefined;
}

/** The next step. */
interface NextStep {
  readonly changes: readonly Change[];
  /** Addresses that leave the files for good, because they are applied: `--allow-destroy` for them goes without saying. */
  readonly settled: readonly string[];
}

const REGIONS: Path = ["regions"];

/** The next step, or what stands in the way of it. */
export function nextStep(wish: Continuation, named: Names): NextStep | Obstacle {
  if (wish.returned !== undefined) return returned(wish.returned, named);
  const changes = [...keysSettled(named), ...secretsNext(wish, named)];
  if (changes.length > 0) return { changes, settled: settledBy(wish, named) };
  if (named.secretsStep === "clean") {
    const unreachable = (named.spec.regions.unreachable ?? []).join(", ");
    const held = heldValues(named).join(", ");
    return {
      code: "nothing-to-continue",
      path: [...REGIONS, "secrets"],
      message:
        unreachable === ""
          ? `the secrets have moved; no value is sent as long as this step is there: ${held}`
          : `the secrets have moved; ${unreachable} is still out of reach`,
      hint:
        unreachable === ""
          ? "To have Terraform send the values again, each as a new version: --send-values"
          : `Once it answers again: mrk-scaffold promote SPEC --returned ${unreachable.split(", ")[0]}`,
    };
  }
  return {
    code: "nothing-to-continue",
    path: REGIONS,
    message: "no promotion is in progress in this spec",
    hint: "To start one: mrk-scaffold promote SPEC --to REGION",
  };
}

function keysSettled({ promotedFrom }: Names): Change[] {
  return promotedFrom === undefined ? [] : [{ kind: "remove", path: [...REGIONS, "promoted_from"] }];
}

function secretsNext({ sendsValues }: Continuation, named: Names): Change[] {
  const { secretsStep, secretsPlace, spec } = named;
  const path = [...REGIONS, "secrets"];
  const step = (value: Plain): Change => ({ kind: "set", path, value });
  const isAway = (spec.regions.unreachable ?? []).length > 0;
  const isHeld = heldValues(named).length > 0 && !sendsValues;
  const last: Change = secretsPlace.isPrimary ? { kind: "remove", path } : step(secretsPlace.region);
  switch (secretsStep) {
    case undefined:
      return [];
    case "detach":
      return [step({ region: secretsPlace.region, step: "attach" })];
    case "attach":
      // Without a step nothing would say that a region is left out, or that a value waits.
      return [isAway || isHeld ? step({ region: secretsPlace.region, step: "clean" }) : last];
    case "clean":
      return isAway || isHeld ? [] : [last];
  }
}

/** Secrets whose values Terraform sent before, and would send again. */
function heldValues({ spec }: Names): readonly string[] {
  const { secrets: _, ...regions } = spec.regions;
  return names({ ...spec, regions }).secrets.flatMap(({ id, value }) => (value === undefined ? [] : [id]));
}

function settledBy({ sendsValues }: Continuation, named: Names): readonly string[] {
  const { promotedFrom, primary, secretsStep } = named;
  const former =
    promotedFrom === undefined
      ? []
      : named.keys.flatMap((key) =>
          keyPlaces(key, named)
            .filter((place) => place === primary || place === promotedFrom)
            .map((place) => `${keyType({ isPrimary: !place.isPrimary }, key)}.${keyName(place, key)}`),
        );
  const sent = sendsValues && secretsStep !== undefined ? heldValues(named) : [];
  return [...former, ...sent.map((id) => `aws_secretsmanager_secret_version.${id}`)];
}

/** The secrets that have left the region are copied there again, over what is left of them. */
function returned(region: string, named: Names): NextStep | Obstacle {
  const known = named.spec.regions.unreachable ?? [];
  if (!known.includes(region)) {
    const message = `${region} is not among the regions that are out of reach`;
    const hint = known.length === 0 ? "The spec names none." : `These are ${known.join(", ")}.`;
    return { code: "nothing-to-continue", path: [...REGIONS, "unreachable"], message, hint };
  }
  const left = known.filter((one) => one !== region);
  const path = [...REGIONS, "unreachable"];
  const { secretsPlace, secretsStep, secrets } = named;
  const changes: Change[] = [left.length === 0 ? { kind: "remove", path } : { kind: "set", path, value: left }];
  const isMissing = secrets.some(({ spec, key, replicas }) => {
    if (Array.isArray(spec.replicas) && !spec.replicas.includes(region)) return false;
    const places = key === undefined ? [named.primary, ...named.replicas] : keyPlaces(key, named);
    return places.some((place) => place.region === region && place !== secretsPlace && !replicas.includes(place));
  });
  if (isMissing && secretsStep !== "detach") {
    const value = { region: secretsPlace.region, step: "attach" };
    changes.push({ kind: "set", path: [...REGIONS, "secrets"], value, after: "primary" });
  }
  return { changes, settled: [] };
}
