/** Adds text to the end of a file, which is made where there is none; for reports, never for what is generated. */

import { appendFileSync } from "node:fs";

/** Why the text could not be added, as the system says it; nothing when it was. */
export function append(path: string, text: string): string | undefined {
  try {
    appendFileSync(path, text);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}
