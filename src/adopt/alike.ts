/** What is alike in several regions: the data of one with a placeholder for its region, and whether two are the same. */

import type { TextOrReference } from "../spec/reference.ts";

/** Data in whose texts the name of a region is the placeholder for it. */
export function inRegion<T extends TextOrReference | object>(region: string, data: T): T {
  if (typeof data === "string") return data.replaceAll(region, "{region}") as T;
  if (Array.isArray(data)) return data.map((one) => inRegion(region, one)) as unknown as T;
  if (typeof data !== "object" || data === null) return data;
  const entries = Object.entries(data).map(([name, value]) => [
    name,
    WITHOUT_PLACEHOLDERS.has(name) ? value : inRegion(region, value),
  ]);
  return Object.fromEntries(entries) as T;
}

/** What holds no placeholders, of the policies and grants of a spec and of what was found of them. */
const WITHOUT_PLACEHOLDERS = new Set([
  "sid",
  "actions",
  "not_actions",
  "effect",
  "test",
  "ref",
  "kind",
  "json",
  "reason",
]);

/** Whether two pieces of data are the same. */
export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
