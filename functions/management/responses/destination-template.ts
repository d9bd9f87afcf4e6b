import * as z from 'zod';
import {
  type DestinationTemplate,
  isRequired,
  type TemplateVariable,
} from '../../../core/destination-templates/destination-template.ts';
import { httpMethods } from '../../../core/http-method.ts';
import { signingField } from '../../../core/signing/signing-fields.ts';

const variableResponse = z.object({
  name: z.string().meta({ examples: ['routing_key'] }),
  description: z.string().meta({ examples: ['The integration key of the service'] }),
  secret: z.boolean().meta({ examples: [true] }),
  required: z.boolean().meta({ examples: [true] }),
  goes_to: z.enum(['url', 'headers', 'payload']).meta({
    description: 'Where it is used; values that go to `payload` are stored with the destination.',
    examples: ['payload'],
  }),
  default: z
    .string()
    .nullable()
    .meta({ examples: [null] }),
  values: z
    .array(z.string())
    .nullable()
    .meta({
      description: 'All accepted values; `null` if `pattern` describes them.',
      examples: [null],
    }),
  pattern: z
    .string()
    .nullable()
    .meta({ description: 'A regular expression.', examples: ['^[0-9a-f]{32}$'] }),
  pattern_in_words: z
    .string()
    .nullable()
    .meta({ description: 'What `pattern` accepts, in words.', examples: ['32 lower-case hex digits'] }),
  example: z.string().meta({ examples: ['0123456789abcdef0123456789abcdef'] }),
});

export const templateResponse = z
  .object({
    id: z.string().meta({ examples: ['pagerduty'] }),
    name: z.string().meta({ examples: ['PagerDuty'] }),
    type: z.literal('http'),
    description: z.string().meta({ examples: ['Opens an incident for each event'] }),
    documentation_url: z.url().meta({ examples: ['https://developer.pagerduty.com/'] }),
    url: z.object({
      prefilled: z
        .string()
        .nullable()
        .meta({
          description: 'With `{variables}`; `null` if the request must contain the URL.',
          examples: ['https://events.pagerduty.com/v2/enqueue'],
        }),
      pattern: z.string().meta({
        description: 'A regular expression that a URL in the request must match.',
        examples: ['^https://events\\.(eu\\.)?pagerduty\\.com/v2/enqueue$'],
      }),
      pattern_in_words: z.string().meta({
        description: 'What `pattern` accepts, in words.',
        examples: ['the URL of the Events API v2 in the account’s service region'],
      }),
      example: z.url().meta({ examples: ['https://events.pagerduty.com/v2/enqueue'] }),
    }),
    method: z.enum(httpMethods).meta({ examples: ['POST'] }),
    headers: z.record(z.string(), z.string()).meta({
      description: 'Values may contain `{variables}`.',
      examples: [{ 'Content-Type': 'application/json' }],
    }),
    signing: signingField,
    variables: z.array(variableResponse),
    payload: z.object({
      language: z.literal('javascript'),
      code: z.string().meta({
        description: '`transform(event, variables)` makes the request that the service accepts.',
        examples: ['function transform(event, variables) { … }'],
      }),
      required: z.boolean().meta({
        description: 'Whether the service rejects webhooks in their original form.',
        examples: [true],
      }),
    }),
  })
  .meta({ id: 'DestinationTemplate' });

export function toTemplateResponse(template: DestinationTemplate): z.input<typeof templateResponse> {
  const { id, name, type, description, documentationUrl, url, method, headers, signing, payload } = template;
  return {
    id,
    name,
    type,
    description,
    documentation_url: documentationUrl,
    url: toUrlResponse(url),
    method,
    headers,
    signing,
    variables: template.variables.map(toVariableResponse),
    payload: { language: 'javascript', code: payload.code, required: payload.isRequired },
  };
}

function toUrlResponse({ prefilled, pattern, patternInWords, example }: DestinationTemplate['url']) {
  return { prefilled, pattern, pattern_in_words: patternInWords, example };
}

function toVariableResponse(variable: TemplateVariable): z.input<typeof variableResponse> {
  const { name, description, isSecret, goesTo, default: preset, accepts, example } = variable;
  return {
    name,
    description,
    secret: isSecret,
    required: isRequired(variable),
    goes_to: goesTo,
    default: preset,
    values: 'values' in accepts ? [...accepts.values] : null,
    pattern: 'pattern' in accepts ? accepts.pattern : null,
    pattern_in_words: 'pattern' in accepts ? accepts.patternInWords : null,
    example,
  };
}
