import type { DestinationTemplate } from './destination-template.ts';
import { CLIP } from './snippets.ts';

/**
 * A Catch Hook turns a JSON object into fields, so a webhook that is an object passes unchanged, byte for byte. An array would start a Zap
 * per element, and anything else has no fields, so these are wrapped. Limit: 10 MB. A JSON object is no larger than the 4.5 MB that
 * Hawser accepts, which are 6 MB in base64; 1,500,000 characters of text are at most 9 MB of JSON.
 * https://help.zapier.com/hc/en-us/articles/8496288690317-Trigger-Zaps-from-webhooks
 * https://docs.zapier.com/platform/build/operating-constraints
 */
const code = `function transform(event) {
  const { json } = event;
  const headers = { 'content-type': 'application/json' };
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { headers };
  return {
    headers,
    body: {
      event_id: event.id,
      created_at: event.created_at,
      content_type: event.headers['content-type'] || null,
      body: event.body_encoding === 'utf8' ? clip(event.body, 1500000) : event.body,
      body_encoding: event.body_encoding,
    },
  };
}
`;

export const zapier: DestinationTemplate = {
  id: 'zapier',
  name: 'Zapier',
  type: 'http',
  description:
    'Starts a Zap through its Catch Hook. JSON webhooks are passed on as they come. Zapier answers 200 even if the Zap is off or deleted.',
  documentationUrl: 'https://help.zapier.com/hc/en-us/articles/8496288690317-Trigger-Zaps-from-webhooks',
  url: {
    prefilled: null,
    pattern: String.raw`^https://hooks\.zapier\.com/hooks/catch/[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,3}/?(\?[^\s#]*)?$`,
    patternInWords: 'the URL of a Catch Hook, https://hooks.zapier.com/hooks/catch/…/…/',
    example: 'https://hooks.zapier.com/hooks/catch/123456/abcdef/',
  },
  method: 'POST',
  headers: {},
  signing: { scheme: 'none' },
  variables: [],
  payload: { code: code + CLIP, isRequired: false },
};
