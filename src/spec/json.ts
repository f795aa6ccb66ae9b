/** What plain data is, as JSON and YAML give it. */

export type Json = Readonly<Record<string, unknown>>;

export function isMap(data: unknown): data is Json {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}
