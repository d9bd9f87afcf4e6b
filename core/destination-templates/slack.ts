import type { DestinationTemplate } from './destination-template.ts';
import { CLIP, TEXT_OF, TITLE_OF } from './snippets.ts';

/**
 * Limits: header 150 and section 3,000 characters.
 * https://docs.slack.dev/reference/block-kit/blocks/header-block
 * https://docs.slack.dev/reference/block-kit/blocks/section-block
 *
 * `&`, `<` and `>` are Slack's control characters: unescaped, `<!channel>` in a webhook would notify everyone.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
const code = String.raw`function transform(event) {
  return {
    headers: { 'content-type': 'application/json' },
    body: {
      text: escaped(titleOf(event, 150), 3000),
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: titleOf(event, 150), emoji: false } },
        { type: 'section', text: { type: 'mrkdwn', text: block(textOf(event, 2990)) } },
        { type: 'context', elements: [{ type: 'mrkdwn', text: '<' + event.url + '|' + event.id + '>' }] },
      ],
    },
  };
}

function block(text) {
  return '${'```'}' + escaped(text.split('${'```'}').join("'''"), 2990) + '\n${'```'}';
}

function escaped(text, max) {
  const whole = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return clip(whole, max).replace(/&[a-z]{0,3}…$/, '…');
}
`;

/**
 * Excludes `/triggers/` and `/workflows/` URLs of Workflow Builder: each accepts the variables of its own workflow instead of a message.
 * GovSlack has its own domain.
 */
export const slack: DestinationTemplate = {
  id: 'slack',
  name: 'Slack',
  type: 'http',
  description: 'Posts a message to a channel through an incoming webhook.',
  documentationUrl: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
  url: {
    prefilled: null,
    pattern: String.raw`^https://hooks\.slack(-gov)?\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+$`,
    patternInWords: 'the URL of an incoming webhook, https://hooks.slack.com/services/T…/B…/…',
    example: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
  },
  method: 'POST',
  headers: {},
  signing: { scheme: 'none' },
  variables: [],
  payload: { code: code + CLIP + TITLE_OF + TEXT_OF, isRequired: true },
};
