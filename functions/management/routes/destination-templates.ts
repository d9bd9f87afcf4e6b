import * as z from 'zod';
import { destinationTypes, httpMethods, signingSchemes } from '../../../core/destination.ts';
import {
  type DestinationTemplate,
  mustBeGiven,
  type TemplateVariable,
} from '../../../core/destination-templates/destination-template.ts';
import { destinationTemplates } from '../../../core/destination-templates/registry.ts';
import { listAnswer, listQuery, Paging } from '../paging.ts';
import { defineRoute } from '../route.ts';

const variableAnswer = z.object({
  name: z.string(),
  description: z.string(),
  secret: z.boolean(),
  required: z.boolean(),
  /** Where it is used; what goes to `payload` is kept with the destination. */
  goes_to: z.enum(['url', 'headers', 'payload']),
  default: z.string().nullable(),
  /** All values that it takes; `null` where `pattern` says which. */
  values: z.array(z.string()).nullable(),
  /** A regular expression. */
  pattern: z.string().nullable(),
  example: z.string(),
});

const templateAnswer = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(destinationTypes),
  description: z.string(),
  documentation_url: z.url(),
  url: z.object({
    /** With `{variables}`; `null` where the request must have the URL. */
    prefilled: z.string().nullable(),
    /** A regular expression that the URL must match, where the request has one. */
    pattern: z.string(),
    example: z.url(),
  }),
  method: z.enum(httpMethods),
  /** Values may contain `{variables}`. */
  headers: z.record(z.string(), z.string()),
  signing: z.object({ scheme: z.enum(signingSchemes) }),
  variables: z.array(variableAnswer),
  payload: z.object({
    language: z.literal('javascript'),
    /** `transform(event, variables)` makes the request that the service accepts. */
    code: z.string(),
    /** Whether the service refuses webhooks as they come. */
    required: z.boolean(),
    /** Whether deliveries are sent in this form. */
    applied: z.literal(false),
  }),
});

function showTemplate(template: DestinationTemplate): z.input<typeof templateAnswer> {
  const { id, name, type, description, documentationUrl, url, method, headers, signing, payload } = template;
  return {
    id,
    name,
    type,
    description,
    documentation_url: documentationUrl,
    url,
    method,
    headers,
    signing,
    variables: template.variables.map(showVariable),
    payload: { language: 'javascript', code: payload.code, required: payload.isRequired, applied: false },
  };
}

function showVariable(variable: TemplateVariable): z.input<typeof variableAnswer> {
  const { name, description, isSecret, goesTo, default: preset, accepts, example } = variable;
  return {
    name,
    description,
    secret: isSecret,
    required: mustBeGiven(variable),
    goes_to: goesTo,
    default: preset,
    values: 'values' in accepts ? [...accepts.values] : null,
    pattern: 'pattern' in accepts ? accepts.pattern : null,
    example,
  };
}

export const destinationTemplateRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v1/destinations/templates',
    summary: 'List the services that a destination can be made for by its template',
    access: 'read',
    query: listQuery,
    status: 200,
    response: listAnswer('templates', templateAnswer),
    handle: async (request, services) => {
      const paging = new Paging(services, request);
      const last = await paging.after(z.string());
      const rest = destinationTemplates.slice(destinationTemplates.findIndex(({ id }) => id === last) + 1);
      const page = rest.slice(0, paging.limit);
      const next = await paging.next(page.length < rest.length ? page.at(-1)?.id : undefined);
      return { templates: page.map(showTemplate), ...next };
    },
  }),
];
