/**
 * Our reader of Terraform against HashiCorp's, over files of every shape: MRK_SCAFFOLD_READER_FILES says how many of each kind, SEED
 * which.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { damaged, hclFiles } from "../support/hcl-files.ts";
import { verdictOn } from "../support/judge.ts";

const files = Number(process.env.MRK_SCAFFOLD_READER_FILES ?? 1_000);

/** A branch of a directive that is null and nothing else; hcl2json leaves it out, with what is around it. */
const LOST_BY_HCL2JSON = /\}\s*\$\{~?\s*null\s*~?\}\s*%\{/;

const kinds = [
  ["grammatical", hclFiles, 0.03],
  ["damaged", damaged(hclFiles), 0.02],
] as const;

test.each(kinds)(
  "%s files are read as hcl2json reads them, or refused",
  async (_, arbitrary, mostCautious) => {
    const counts = new Map<string, number>();
    const property = fc.asyncProperty(arbitrary, async (text) => {
      fc.pre(!LOST_BY_HCL2JSON.test(text));
      const verdict = await verdictOn(text);
      counts.set(verdict.kind, (counts.get(verdict.kind) ?? 0) + 1);
      expect(verdict.kind).toMatch(/^(equal|both refuse|cautious)$/);
    });
    await fc.assert(property, { numRuns: files });
    // A reader that refused everything would be right, and of no use.
    expect(counts.get("equal") ?? 0).toBeGreaterThan(files / 10);
    expect(counts.get("cautious") ?? 0).toBeLessThan(files * mostCautious + 5);
  },
  3_600_000,
);
