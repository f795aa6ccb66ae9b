/**
 * Prints a model through the templates in `templates/`, with one isolated Handlebars that escapes nothing: names of templates
 * and contexts go in, text comes out. The templates lay out and loop; they never decide, and they cannot reach anything
 * but their context.
 */

import handlebars from "handlebars/dist/cjs/handlebars.runtime.js";
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
import { once } from "../once.ts";

const templates = {
  "provider.tf": onDemand(() => provider),
  "kms.tf": onDemand(() => kms),
  "ebs.tf": onDemand(() => ebs),
  "logs.tf": onDemand(() => logs),
  "s3.tf": onDemand(() => s3),
  "parameters.tf": onDemand(() => parameters),
  "secrets.tf": onDemand(() => secrets),
  "consumers.tf": onDemand(() => consumers),
  "locals.tf": onDemand(() => locals),
  "variables.tf": onDemand(() => variables),
  "outputs.tf": onDemand(() => outputs),
};

handlebars.registerPartial({
  "account-data": onDemand(() => accountData),
  changes: onDemand(() => changes),
  ephemerals: onDemand(() => ephemerals),
  "given-provider": onDemand(() => givenProvider),
  "key-settings": onDemand(() => keySettings),
  lifecycle: onDemand(() => lifecycle),
  needs: onDemand(() => needs),
  placement: onDemand(() => placement),
  "policy-document": onDemand(() => policyDocument),
  "beside-key": onDemand(() => besideKey),
  "secret-replicas": oncePerContext(onDemand(() => secretReplicas)),
  tags: onDemand(() => tags),
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

/** A template that is made when it is printed for the first time: a spec needs few of them. */
function onDemand(specification: () => TemplateSpecification): HandlebarsTemplateDelegate<object> {
  const template = once(() => handlebars.template<object>(specification()));
  return (context, options) => template()(context, options);
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
