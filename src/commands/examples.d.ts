/** What the fixtures show of each diagnostic code, collected when the program was built or when a test loaded it. */
declare module "*.examples" {
  const examples: Readonly<
    Record<string, { readonly spec: string; readonly report: string; readonly corrected?: string }>
  >;
  export default examples;
}
