/** A template, compiled when the program was built or when a test loaded it. */
declare module "*.hbs" {
  const specification: TemplateSpecification;
  export default specification;
}

/** Handlebars without its compiler, which the package ships without types of its own. */
declare module "handlebars/dist/cjs/handlebars.runtime.js" {
  const runtime: Pick<typeof import("handlebars"), "create" | "template" | "registerPartial">;
  export default runtime;
}

/** Handlebars with its compiler, in the form that reads no files. */
declare module "handlebars/dist/cjs/handlebars.js" {
  const handlebars: { readonly default: typeof import("handlebars") } & typeof import("handlebars");
  export default handlebars;
}

/** The texts of the built-in templates, by their paths in `templates/`. */
declare module "*.sources" {
  const sources: Readonly<Record<string, string>>;
  export default sources;
}
