/** What the fixtures show of each diagnostic code, collected when the program was built or when a test loaded it. */
declare module "*.examples" {
  /** What a code is about, shown. */
  interface Example {
    /** The spec that the files were made of, where the diagnostic is about a change. */
    readonly before?: string;
    /** The spec that is wrong; nothing where it is no spec that the diagnostic is about. */
    readonly spec?: string;
    /** The command that reports it, where that is another one than `mrk-scaffold SPEC`. */
    readonly command?: string;
    readonly report: string;
    /** A spec that is right. */
    readonly corrected?: string;
  }
  const examples: Readonly<Record<string, Example>>;
  export default examples;
}
