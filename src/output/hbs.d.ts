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
