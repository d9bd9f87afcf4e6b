import type { DestinationTemplate } from './destination-template.ts';
import { CLIP, TEXT_OF, TITLE_OF } from './snippets.ts';

/**
 * Limits: 1,000 logs and 5 MB per request, and 1 MB per log, beyond which Datadog truncates it. A character takes at most 6 bytes of
 * JSON, so 160,000 characters of the body are at most 960 KB. Attributes other than the reserved ones are strings.
 * https://docs.datadoghq.com/api/latest/logs/#send-logs
 */
const code = `function transform(event) {
  return {
    headers: { 'content-type': 'application/json' },
    body: [
      {
        message: textOf(event, 160000),
        ddsource: 'hawser',
        service: 'webhooks',
        ddtags: 'source_id:' + event.source_id,
        timestamp: event.created_at,
        event_id: event.id,
        event_type: titleOf(event, 255),
        event_url: event.url,
      },
    ],
  };
}
`;

// https://docs.datadoghq.com/getting_started/site/
const sites = [
  'datadoghq.com',
  'us3.datadoghq.com',
  'us5.datadoghq.com',
  'datadoghq.eu',
  'ap1.datadoghq.com',
  'ap2.datadoghq.com',
  'uk1.datadoghq.com',
  'ddog-gov.com',
  'us2.ddog-gov.com',
];

export const datadog: DestinationTemplate = {
  id: 'datadog',
  name: 'Datadog',
  type: 'http',
  description:
    'Sends each event as a log to the HTTP log intake, which also accepts webhooks as they come, in JSON or plain text.',
  documentationUrl: 'https://docs.datadoghq.com/api/latest/logs/#send-logs',
  url: {
    prefilled: 'https://http-intake.logs.{site}/api/v2/logs',
    pattern: `^https://http-intake\\.logs\\.(${sites.join('|').replaceAll('.', '\\.')})/api/v2/logs(\\?[^\\s#]*)?$`,
    patternInWords: 'the URL of the log intake of a Datadog site, https://http-intake.logs.…/api/v2/logs',
    example: 'https://http-intake.logs.datadoghq.eu/api/v2/logs?ddtags=env:production',
  },
  method: 'POST',
  headers: { 'DD-API-KEY': '{api_key}' },
  signing: { scheme: 'none' },
  variables: [
    {
      name: 'site',
      description: 'The Datadog site of the organization.',
      isSecret: false,
      goesTo: 'url',
      default: 'datadoghq.com',
      accepts: { values: sites },
      example: 'datadoghq.eu',
    },
    {
      name: 'api_key',
      description: 'An API key of the organization, not an application key.',
      isSecret: true,
      goesTo: 'headers',
      default: null,
      accepts: { pattern: '^[A-Za-z0-9_-]{16,256}$', patternInWords: '16 to 256 letters, digits, _ and -' },
      example: '0123456789abcdef0123456789abcdef',
    },
  ],
  payload: { code: code + CLIP + TITLE_OF + TEXT_OF, isRequired: false },
};
