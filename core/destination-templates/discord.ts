import type { DestinationTemplate } from './destination-template.ts';
import { CLIP, FENCED, TEXT_OF, TITLE_OF } from './snippets.ts';

/**
 * Limits of an embed: title 256, description 4,096, footer 2,048, and 6,000 characters in all.
 * https://docs.discord.com/developers/resources/message#embed-object-embed-limits
 * 256 + 4,096 + an id of 36 are within them. Mentions in an embed notify nobody; `allowed_mentions` makes sure of it.
 */
const code = `function transform(event) {
  return {
    headers: { 'content-type': 'application/json' },
    body: {
      embeds: [
        {
          title: titleOf(event, 256),
          url: event.url,
          description: fenced(textOf(event, 4088)),
          timestamp: event.created_at,
          footer: { text: event.id },
        },
      ],
      allowed_mentions: { parse: [] },
    },
  };
}
`;

/** Excludes URLs that end in `/slack` or `/github`, because those expect the bodies of these services. */
export const discord: DestinationTemplate = {
  id: 'discord',
  name: 'Discord',
  type: 'http',
  description:
    'Posts a message to a channel through its webhook. Without ?wait=true, Discord answers 204 before it saves the message, and a failure to save it goes unnoticed.',
  documentationUrl: 'https://docs.discord.com/developers/resources/webhook#execute-webhook',
  url: {
    prefilled: null,
    pattern: String.raw`^https://((ptb|canary)\.)?discord(app)?\.com/api/(v\d+/)?webhooks/\d+/[A-Za-z0-9_-]+(\?[^\s#]*)?$`,
    patternInWords:
      'the URL of a channel’s webhook, https://discord.com/api/webhooks/…/…, not ending in /slack or /github',
    example: 'https://discord.com/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44f?wait=true',
  },
  method: 'POST',
  headers: {},
  signing: { scheme: 'none' },
  variables: [],
  payload: { code: code + CLIP + TITLE_OF + TEXT_OF + FENCED, isRequired: true },
};
