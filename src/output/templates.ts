/**
 * Prints a model through the templates in `templates/`, with one isolated Handlebars that escapes nothing: names of templates
 * and contexts go in, text comes out. The templates lay out and loop; they never decide, and they cannot reach anything
 * but their context.
 */

import Handlebars from "handlebars/dist/cjs/handlebars.runtime.js";
import consumers from "../../templates/consumers.tf.hbs";
import ebs from "../../templates/ebs.tf.hbs";
import kms from "../../templates/kms.tf.hbs";
import locals from "../../templates/locals.tf.hbs";
import logs from "../../templates/logs.tf.hbs";
import outputs from "../../templates/outputs.tf.hbs";
import parameters from "../../templates/parameters.tf.hbs";
import accountData from "../../templates/partials/account-data.hbs";
import besideKey from "../../templates/partials/beside-key.hbs";
import changes from "../../templates/partials/changes.hbs";
import ephemerals from "../../templates/partials/ephemerals.hbs";
import givenProvider from "../../templates/partials/given-provider.hbs";
import keySettings from "../../templates/partials/key-settings.hbs";
import lifecycle from "../../templates/partials/lifecycle.hbs";
import needs from "../../templates/partials/needs.hbs";
import placement from "../../templates/partials/placement.hbs";
import policyDocument from "../../templates/partials/policy-document.hbs";
import secretReplicas from "../../templates/partials/secret-replicas.hbs";
import tags from "../../templates/partials/tags.hbs";
import provider from "../../templates/provider.tf.hbs";
import s3 from "../../templates/s3.tf.hbs";
import secrets from "../../templates/secrets.tf.hbs";
import variables from "../../templates/variables.tf.hbs";

const handlebars = Handlebars.create();

const templates = {
  "provider.tf": handlebars.template(provider),
  "kms.tf": handlebars.template(kms),
  "ebs.tf": handlebars.template(ebs),
  "logs.tf": handlebars.template(logs),
  "s3.tf": handlebars.template(s3),
  "parameters.tf": handlebars.template(parameters),
  "secrets.tf": handlebars.template(secrets),
  "consumers.tf": handlebars.template(consumers),
  "locals.tf": handlebars.template(locals),
  "variables.tf": handlebars.template(variables),
  "outputs.tf": handlebars.template(outputs),
};

handlebars.registerPartial({
  "account-data": handlebars.template(accountData),
  changes: handlebars.template(changes),
  ephemerals: handlebars.template(ephemerals),
  "given-provider": handlebars.template(givenProvider),
  "key-settings": handlebars.template(keySettings),
  lifecycle: handlebars.template(lifecycle),
  needs: handlebars.template(needs),
  placement: handlebars.template(placement),
  "policy-document": handlebars.template(policyDocument),
  "beside-key": handlebars.template(besideKey),
  "secret-replicas": oncePerContext(handlebars.template(secretReplicas)),
  tags: handlebars.template(tags),
});

export type TemplateName = keyof typeof templates;

/** What a template makes of a context, before any layout. */
export interface Printed {
  readonly text: string;
  /** Texts that it holds many times: a line with the mark `#shared N` stands for the one with the number N. */
  readonly shared: readonly string[];
}

/** What the template that is being printed has shared so far, by its context. */
let shared = new Map<object, { readonly mark: string; readonly text: string }>();

export function print(name: TemplateName, context: object): Printed {
  shared = new Map();
  const text = templates[name](context);
  return { text, shared: Array.from(shared.values(), (one) => one.text) };
}

/**
 * Renders a partial once for every context object, and leaves a mark wherever it is: thousands of secrets share a few lists
 * of replicas, which would be printed and laid out again for each.
 */
function oncePerContext(partial: HandlebarsTemplateDelegate<object>): HandlebarsTemplateDelegate<object> {
  return (context, options) => {
    let known = shared.get(context);
    if (known === undefined) {
      known = { mark: `\n#shared ${shared.size}\n`, text: partial(context, options) };
      shared.set(context, known);
    }
    return known.mark;
  };
}
