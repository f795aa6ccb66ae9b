import { expect, test } from "vitest";
import { nearest } from "../../src/spec/suggest.ts";

const KEYS = ["name", "description", "key", "replicas", "value", "rotation", "policy", "protect", "tags"];

test.each<[word: string, candidates: readonly string[], meant: string | undefined]>([
  ["replicas", KEYS, "replicas"],
  ["replica", KEYS, "replicas"],
  ["relpicas", KEYS, "replicas"],
  ["replics", KEYS, "replicas"],
  ["replicass", KEYS, "replicas"],
  ["REPLICAS", KEYS, "replicas"],
  ["descrption", KEYS, "description"],
  ["ky", KEYS, undefined],
  ["kye", KEYS, "key"],
  ["keys", KEYS, "key"],
  ["nmae", KEYS, "name"],
  ["tag", KEYS, "tags"],
  ["xyz", KEYS, undefined],
  ["rotations!", KEYS, "rotation"],
  ["rotations!!", KEYS, undefined],
  ["", KEYS, undefined],
  ["a", ["b"], undefined],
  ["ab", ["ba"], undefined],
  ["abc", [], undefined],
  ["eu-wset-1", ["eu-west-2", "eu-west-1"], "eu-west-1"],
  ["eu-west-9", ["us-west-1", "eu-west-2", "eu-west-1"], "eu-west-2"],
  ["café", ["cafe"], "cafe"],
  ["recovery_windw", ["recovery_window_days", "replicas"], "recovery_window_days"],
  ["ap-south", ["ap-southeast-1", "ap-southeast-2"], undefined],
  ["recov", ["recovery_window_days"], undefined],
])("%j is meant for %2$s", (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant);
});

test("a very long word is compared with none of the short ones", () => {
  const start = process.cpuUsage();
  expect(nearest("x".repeat(1_000_000), KEYS)).toBeUndefined();
  expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
});
