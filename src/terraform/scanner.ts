/**
 * Walks over Terraform text token by token: a text goes in, names and numbers come out, blanks and comments are passed over.
 * It knows the tokens of HCL (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md), never what they mean together.
 */

import { HclError } from "./syntax.ts";

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const HASH = 35;
const STAR = 42;
const SLASH = 47;

/** Deeper nesting is refused, lest the stack run out. */
const DEEPEST = 400;

/** 1 for what a name may start with, 2 for what it may go on with, in ASCII. */
const NAME = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_") NAME[character.charCodeAt(0)] = 1;
for (const character of "0123456789-") NAME[character.charCodeAt(0)] = 2;

/** A number token runs on over everything that might belong to it; whether it is a number is asked afterwards. */
const NUMBER_TOKEN = /\d(?:(?:\d|\.|[eE][+-]?\d)*(?:\d|[eE][+-]?\d))?/y;
const NUMBER = /^\d+(\.\d*)?([eE][+-]?\d+)?$/;

export class Scanner {
  readonly text: string;
  /** The offset that is read next. */
  at: number;
  /** Whether a line end is a token here, as in bodies and objects; in parentheses, lists and templates it is a blank. */
  hasLines = true;
  #depth = 0;
  #unicodeName: RegExp | undefined;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  /** @throws {HclError} always */
  fail(reason: string, at: number = this.at): never {
    throw new HclError(reason, this.text, at);
  }

  /** Reads something in which line ends are tokens or are not; what it is in is as before afterwards. */
  within<T>(hasLines: boolean, read: () => T): T {
    const before = this.hasLines;
    if (++this.#depth > DEEPEST) this.fail(`this is nested more than ${DEEPEST} levels deep`);
    this.hasLines = hasLines;
    const result = read();
    this.hasLines = before;
    this.#depth--;
    return result;
  }

  /** Goes to the next token and returns its first code unit, NaN at the end. */
  next(): number {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === SPACE || code === TAB) this.at++;
      else if (code === NEWLINE || (code === RETURN && text.charCodeAt(this.at + 1) === NEWLINE)) {
        if (this.hasLines) return NEWLINE;
        this.at += code === NEWLINE ? 1 : 2;
      } else if (code === HASH || (code === SLASH && text.charCodeAt(this.at + 1) === SLASH)) {
        // Such a comment ends its line.
        if (this.hasLines) return NEWLINE;
        this.#passLine();
      } else if (code === SLASH && text.charCodeAt(this.at + 1) === STAR) {
        const end = text.indexOf("*/", this.at + 2);
        if (end < 0) this.fail("this comment is not closed");
        this.at = end + 2;
      } else return code;
    }
  }

  /** Goes to the next token that is no line end. */
  nextLine(): number {
    this.hasLines = false;
    const code = this.next();
    this.hasLines = true;
    return code;
  }

  #passLine(): void {
    const end = this.text.indexOf("\n", this.at);
    this.at = end < 0 ? this.text.length : end + 1;
  }

  /** Goes past a token of one or more characters if it is the next one. */
  take(token: string): boolean {
    this.next();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** The name that is the next token, if one is. */
  name(): string | undefined {
    const first = this.next();
    if (first >= 128) return this.#foreignName();
    if (NAME[first] !== 1) return undefined;
    const start = this.at;
    let code = first;
    while (NAME[code]! > 0) code = this.text.charCodeAt(++this.at);
    if (code >= 128) {
      this.at = start;
      return this.#foreignName();
    }
    return this.text.slice(start, this.at);
  }

  /** A name in other letters than those of ASCII. */
  #foreignName(): string | undefined {
    this.#unicodeName ??= /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
    this.#unicodeName.lastIndex = this.at;
    const name = this.#unicodeName.exec(this.text)?.[0];
    this.at += name?.length ?? 0;
    return name;
  }

  /** Whether the next token is this very name; it is not gone past. */
  isWord(word: string): boolean {
    this.next();
    const { at } = this;
    const found = this.name() === word;
    this.at = at;
    return found;
  }

  /** The text of the number that starts here. */
  number(): string {
    NUMBER_TOKEN.lastIndex = this.at;
    const token = NUMBER_TOKEN.exec(this.text)![0];
    if (!NUMBER.test(token)) this.fail("this is not a number");
    this.at += token.length;
    return token;
  }
}
