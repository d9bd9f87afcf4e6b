import type { DestinationTemplate } from './destination-template.ts';
import { CLIP, TEXT_OF, TITLE_OF } from './snippets.ts';

/**
 * Limits: summary 1,024 and dedup_key 255 characters, 512 KB in all. A character takes at most 6 bytes of JSON (`\u0000`), so
 * 64,000 characters of the body are at most 384 KB.
 * https://developer.pagerduty.com/docs/send-alert-event
 *
 * The event's id is the `dedup_key`: a repeated delivery updates its alert and does not create a second one.
 */
const code = `function transform(event, variables) {
  return {
    headers: { 'content-type': 'application/json' },
    body: {
      routing_key: variables.routing_key,
      event_action: 'trigger',
      dedup_key: event.id,
      payload: {
        summary: titleOf(event, 1024),
        source: event.source_id,
        severity: variables.severity,
        timestamp: event.created_at,
        class: titleOf(event, 255),
        custom_details: { method: event.method, path: clip(event.path, 2000), body: textOf(event, 64000) },
      },
      links: [{ href: event.url, text: 'Event ' + event.id }],
      client: 'Hawser',
    },
  };
}
`;

export const pagerduty: DestinationTemplate = {
  id: 'pagerduty',
  name: 'PagerDuty',
  type: 'http',
  description: 'Triggers an alert of a service through the Events API v2, one for each event.',
  documentationUrl: 'https://developer.pagerduty.com/docs/send-alert-event',
  url: {
    prefilled: 'https://{host}/v2/enqueue',
    pattern: String.raw`^https://events\.(eu\.)?pagerduty\.com/v2/enqueue$`,
    patternInWords: 'the URL of the Events API v2 in the account’s service region',
    example: 'https://events.pagerduty.com/v2/enqueue',
  },
  method: 'POST',
  headers: {},
  signing: { scheme: 'none' },
  variables: [
    {
      name: 'host',
      description: 'The Events API of the account’s service region.',
      isSecret: false,
      goesTo: 'url',
      default: 'events.pagerduty.com',
      // https://support.pagerduty.com/main/docs/service-regions
      accepts: { values: ['events.pagerduty.com', 'events.eu.pagerduty.com'] },
      example: 'events.eu.pagerduty.com',
    },
    {
      name: 'routing_key',
      description: 'The integration key of an Events API v2 integration.',
      isSecret: true,
      goesTo: 'payload',
      default: null,
      accepts: { pattern: '^[A-Za-z0-9]{32}$', patternInWords: '32 letters and digits' },
      example: 'R0123456789ABCDEFGHIJKLMNOPQRSTU',
    },
    {
      name: 'severity',
      description: 'How severe the alerts are.',
      isSecret: false,
      goesTo: 'payload',
      default: 'error',
      accepts: { values: ['critical', 'error', 'warning', 'info'] },
      example: 'warning',
    },
  ],
  payload: { code: code + CLIP + TITLE_OF + TEXT_OF, isRequired: true },
};
