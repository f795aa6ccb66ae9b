/**
 * Lays out what templates of the user's own print as `terraform fmt` does: text goes in, text comes out. What our own formatter
 * knows it lays out itself; for the rest of the language there is HashiCorp's, in a package that is loaded when it is needed.
 */

import { format } from "../output/format.ts";
import { TemplatesError } from "../report/diagnostic.ts";
import { fault } from "./fault.ts";

const PACKAGE = "@cdktf/hcl-tools";

/**
 * The text of a file in canonical layout; `shown` is the template that it comes from.
 * @throws {TemplatesError} when the package is needed and is not there
 */
export async function layOut(text: string, shown: string): Promise<string> {
  let reason: string;
  try {
    return format(text);
  } catch (error) {
    reason = (error as Error).message;
  }
  let tools: { readonly format: (text: string) => Promise<string> };
  try {
    tools = await import("@cdktf/hcl-tools");
  } catch {
    const hint = `npm install --save-dev ${PACKAGE}\nor once: npx -p mrk-scaffold -p ${PACKAGE} mrk-scaffold SPEC`;
    const what = reason.startsWith("this cannot be laid out") ? "prints what only terraform fmt can lay out" : reason;
    const message = `${what}, for which the package ${PACKAGE} is needed`;
    throw new TemplatesError([fault("templates-need-hcl-tools", shown, message, hint)]);
  }
  return `${(await tools.format(withoutBlankLines(text))).trimEnd()}\n`;
}

/** The start of a heredoc. */
const HEREDOC = /<<-?([A-Za-z_][\w-]*)\s*$/;

/** The blank lines that our own formatter leaves out; a heredoc keeps all that it has. */
function withoutBlankLines(text: string): string {
  const lines: string[] = [];
  let end: string | undefined;
  for (const line of text.split("\n")) {
    if (end !== undefined) {
      if (line.trim() === end) end = undefined;
      lines.push(line);
      continue;
    }
    end = HEREDOC.exec(line)?.[1];
    const before = lines.at(-1)?.trim() ?? "";
    const isBlank = line.trim() === "";
    if (isBlank && (before === "" || /[{[(]$/.test(before))) continue;
    if (/^\s*[\]})]/.test(line) && before === "") lines.pop();
    lines.push(line);
  }
  return lines.join("\n");
}
