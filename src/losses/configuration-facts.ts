/**
 * Finds out what becomes of what resources depend on, providers, modules and accounts: a comparison goes in, facts come out.
 */

import type { Comparison } from "./comparison.ts";
import type { Fact } from "./facts.ts";
import { regionOf } from "./resources.ts";

/** Resources of AWS that are in a region: those of global services are the same whatever region a provider has. */
const REGIONAL =
  /^aws_(?!(?:account|budgets|caller|cloudfront|globalaccelerator|iam|organizations|route53|shield|waf)_)/;

/** What is not about single generated resources. */
export function configurationFacts(compared: Comparison): readonly Fact[] {
  return [
    ...ownRelocated(compared),
    ...modulesGone(compared),
    ...providersGone(compared),
    ...accountLeft(compared),
    ...addressesChanged(compared),
  ];
}

/** The user's own resources that have a generated provider, which leads elsewhere now. */
function ownRelocated(compared: Comparison): Fact[] {
  const { declared } = compared.beside;
  return [...(declared?.resources.values() ?? [])].flatMap((own): Fact[] => {
    const alias = own.providerAlias ?? "";
    if (!REGIONAL.test(own.type) || own.arguments.region !== undefined || declared?.providers.has(alias)) return [];
    const [from, to] = [compared.before, compared.after].map(({ providers }) => providers.get(alias)?.region ?? "");
    if (!from || !to || from === to || compared.before.resources.has(own.address)) return [];
    return [{ what: "relocated", old: own, fresh: own, from, to }];
  });
}

function modulesGone(compared: Comparison): Fact[] {
  return compared.modulesLeft
    .filter((name) => !compared.isForgotten(`module.${name}`))
    .map((name) => ({ what: "module-gone", name, path: compared.before.modules.get(name)!.path }));
}

/** Terraform destroys and forgets with the provider that the state names; if it is gone, it fails. */
function providersGone(compared: Comparison): Fact[] {
  const users = new Map(compared.left.flatMap((old) => (old.providerAlias ? [[old.providerAlias, old] as const] : [])));
  // Without a block for it Terraform makes a provider without an alias up, which is wherever the environment says. A module has
  // that of its caller, and where the files say nothing of it, others configured it.
  const unaliased = compared.left.find(
    ({ type, providerAlias }) => type.startsWith("aws_") && providerAlias === undefined,
  );
  const wasOurs = (compared.before.providers.get("")?.path ?? "") !== "" && !compared.isModule.after;
  if (unaliased !== undefined && wasOurs) users.set("", unaliased);
  return [...users].flatMap(([alias, user]): Fact[] => {
    if (compared.hasProvider(alias)) return [];
    const path = compared.before.providers.get(alias)?.path || user.path;
    return [{ what: "provider-gone", alias, path, region: regionOf(user, compared.before), user }];
  });
}

/** In another account Terraform finds nothing of what it knows. All providers are for one account: one fact stands for all. */
function accountLeft(compared: Comparison): Fact[] {
  for (const [alias, { accounts: from, path }] of compared.before.providers) {
    const to = compared.after.providers.get(alias)?.accounts ?? [];
    if (from.length === 0 || to.length === 0 || from.some((account) => to.includes(account))) continue;
    return [{ what: "account-left", alias, path, from, to }];
  }
  return [];
}

/** What a module declares has the module's name in its address. */
function addressesChanged(compared: Comparison): Fact[] {
  const { before, after } = compared.isModule;
  const path = [...compared.before.providers.values()].find((provider) => provider.path !== "")?.path ?? "provider.tf";
  // Without a provider on disk nothing tells what the files were.
  return before === after || compared.before.providers.size === 0
    ? []
    : [{ what: "addresses-changed", isModule: after, path }];
}
