/**
 * Asks a state of Terraform what it knows of a promotion: its resources and the names of a spec go in; the ids of the keys, the
 * module that they are in and whether the last step has been applied come out.
 */

import { keyName, keyType } from "../spec/keys.ts";
import { keyIdOf, keyPlaces, type Names } from "../spec/names.ts";
import type { StateResource } from "../terraform/state.ts";
import type { Obstacle } from "./finding.ts";

/** What a state says of the keys of a spec. */
interface KeysInState {
  readonly keyIds: ReadonlyMap<string, string>;
  /** The path of the module that they are in, `module.keys`; empty for the root, `undefined` where it has none of them. */
  readonly module: string | undefined;
  /** What makes it the state of something else. */
  readonly obstacles: readonly Obstacle[];
}

/** The ids of the primary keys, as far as the state has them. */
export function keysIn(resources: readonly StateResource[], named: Names): KeysInState {
  const { primary, keys } = named;
  const found = keys.flatMap((key) => {
    const name = keyName(primary, key);
    const all = resources.filter((one) => one.type === keyType(primary, key) && one.name === name);
    return all.map((one) => ({ key, module: one.module, keyId: textIn(one, "key_id"), arn: textIn(one, "arn") }));
  });
  const modules = [...new Set(found.map(({ module }) => module))];
  const keyIds = new Map(found.flatMap(({ key, keyId }) => (keyId === undefined ? [] : [[key.id, keyId] as const])));
  const [module, other] = modules;
  if (other !== undefined) {
    const message = `the state has the keys of this spec in several modules: ${modules.map((one) => one || "the root").join(", ")}`;
    const hint = "Name the keys of the one that is meant: --key-id ID=mrk-…";
    return { keyIds, module: undefined, obstacles: [{ code: "state-does-not-fit", path: [], message, hint }] };
  }
  const elsewhere = found.find(({ arn }) => regionIn(arn) !== undefined && regionIn(arn) !== primary.region);
  const wrong = found.find(({ key, keyId }) => keyId !== undefined && (keyIdOf(key, named) ?? keyId) !== keyId);
  const obstacles: Obstacle[] = [...accountObstacles(found, named)];
  if (elsewhere !== undefined) {
    const message = `the state has ${elsewhere.key.id} in ${regionIn(elsewhere.arn)}, and the primary region of the spec is ${primary.region}`;
    const hint = "Show the state that this spec is applied to, and apply the spec as it is first.";
    obstacles.push({ code: "state-does-not-fit", path: primary.path, message, hint });
  }
  if (wrong !== undefined) {
    const message = `the state knows ${wrong.key.id} as ${wrong.keyId}, and the spec as ${keyIdOf(wrong.key, named)}`;
    obstacles.push({ code: "state-does-not-fit", path: wrong.key.path, message, hint: "Correct the id in the spec." });
  }
  return { keyIds, module, obstacles };
}

/** A state of another account is one of other keys, whatever they are called. */
function accountObstacles(found: readonly { readonly arn: string | undefined }[], { spec }: Names): Obstacle[] {
  const allowed = spec.provider?.allowed_account_ids ?? [];
  const account = found.map(({ arn }) => arn?.split(":")[4]).find((one) => one !== undefined);
  if (allowed.length === 0 || account === undefined || allowed.includes(account)) return [];
  const message = `the state is of the account ${account}, and this spec is for ${allowed.join(", ")}`;
  const path = ["provider", "allowed_account_ids"];
  return [{ code: "state-of-another-account", path, message, hint: "Show the state of the account that is meant." }];
}

/** What the state has, or has not, that it would not if the step that the spec is in had been applied. */
export function missingIn(resources: readonly StateResource[], named: Names): readonly Obstacle[] {
  const { promotedFrom, primary, secretsStep, secretsPlace, keys, secrets } = named;
  const has = (type: string, name: string) => resources.find((one) => one.type === type && one.name === name);
  const obstacles: Obstacle[] = [];
  const fail = (path: Obstacle["path"], message: string) => {
    const hint = "Apply the files as they are, then show the state again.";
    obstacles.push({ code: "step-not-applied", path, message, hint });
  };
  if (promotedFrom !== undefined) {
    for (const key of keys) {
      for (const place of keyPlaces(key, named)) {
        const [type, name] = [keyType(place, key), keyName(place, key)];
        const former = keyType({ isPrimary: !place.isPrimary }, key);
        const path = ["regions", "promoted_from"];
        if (has(former, name) !== undefined) fail(path, `the state still has ${former}.${name}`);
        else if (has(type, name) === undefined && (place === primary || place === promotedFrom))
          fail(path, `the state does not have ${type}.${name} yet`);
      }
    }
  }
  for (const { id } of secrets) {
    const [type, path] = ["aws_secretsmanager_secret", ["regions", "secrets"]];
    const known = has(type, id);
    const arn = known === undefined ? undefined : textIn(known, "arn");
    if (secretsStep === "detach" && known !== undefined) fail(path, `the state still has ${type}.${id}`);
    if (secretsStep === "attach" && known === undefined) fail(path, `the state does not have ${type}.${id} yet`);
    if (secretsStep === "attach" && arn !== undefined && regionIn(arn) !== secretsPlace.region)
      fail(path, `the state has ${type}.${id} in ${regionIn(arn)}`);
  }
  return obstacles;
}

function textIn({ values }: StateResource, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

function regionIn(arn: string | undefined): string | undefined {
  return arn?.split(":")[3] || undefined;
}
