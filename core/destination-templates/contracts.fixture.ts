import * as z from 'zod';

/** The request bodies that each service accepts, by template. Written from the services' documentation. */

/** No lone surrogates, which UTF-8 cannot encode, and no control characters, which some databases refuse (PostgreSQL: U+0000). */
const text = z
  .string()
  .refine((value) => value.isWellFormed(), 'is not well-formed')
  .refine((value) => !/[^\P{Cc}\n\r\t]/u.test(value), 'has control characters');
const title = (max: number) => text.max(max).refine((value) => value.trim() !== '', 'is blank');
const json = z.string().transform((body) => JSON.parse(body) as unknown);
const atMost = (bytes: number) =>
  z.string().refine((body) => Buffer.byteLength(body) <= bytes, `has more than ${bytes} bytes`);

/**
 * https://docs.slack.dev/messaging/formatting-message-text: `&`, `<` and `>` are control characters. They may only occur in entities and
 * in the one link that the template makes.
 */
const mrkdwn = z.strictObject({
  type: z.literal('mrkdwn'),
  text: text
    .min(1)
    .max(3000)
    .refine(
      (value) => !/[<>]|&(?!amp;|lt;|gt;)/.test(value.replace(/^<https:\/\/[^|<>]+\|\w+>$/, '')),
      'has control characters of Slack',
    )
    .refine((value) => [0, 2].includes(value.split('```').length - 1), 'ends its code block early'),
});

/** https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
const slack = json.pipe(
  z.strictObject({
    text: title(40_000),
    blocks: z
      .array(
        z.discriminatedUnion('type', [
          z.strictObject({
            type: z.literal('header'),
            text: z.strictObject({ type: z.literal('plain_text'), text: title(150), emoji: z.boolean() }),
          }),
          z.strictObject({ type: z.literal('section'), text: mrkdwn }),
          z.strictObject({ type: z.literal('context'), elements: z.array(mrkdwn).min(1).max(10) }),
        ]),
      )
      .max(50),
  }),
);

/** https://docs.discord.com/developers/resources/webhook#execute-webhook and /message#embed-object-embed-limits */
const discord = json.pipe(
  z.strictObject({
    embeds: z
      .array(
        z
          .strictObject({
            title: title(256),
            url: z.url({ protocol: /^https?$/ }),
            description: text.max(4096).regex(/^```\n((?!```)[\s\S])*\n```$/),
            timestamp: z.iso.datetime(),
            footer: z.strictObject({ text: text.max(2048) }),
          })
          .refine((embed) => embed.title.length + embed.description.length + embed.footer.text.length <= 6000),
      )
      .min(1)
      .max(10),
    allowed_mentions: z.strictObject({ parse: z.tuple([]) }),
  }),
);

/** https://developer.pagerduty.com/docs/send-alert-event; 512 KB: https://developer.pagerduty.com/docs/events-api-v2-overview */
const pagerduty = atMost(512_000)
  .pipe(json)
  .pipe(
    z.strictObject({
      routing_key: z.string().length(32),
      event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
      dedup_key: text.max(255),
      payload: z.strictObject({
        summary: title(1024),
        source: text.min(1),
        severity: z.enum(['critical', 'error', 'warning', 'info']),
        timestamp: z.iso.datetime(),
        class: text,
        custom_details: z.record(z.string(), text),
      }),
      links: z.array(z.strictObject({ href: z.url(), text })),
      client: text,
    }),
  );

/** https://docs.datadoghq.com/api/latest/logs/#send-logs: attributes other than the reserved ones are strings, too. */
const datadog = atMost(5_000_000)
  .pipe(json)
  .pipe(
    z
      .array(
        z
          .object({ message: text.min(1), ddsource: text, ddtags: text.regex(/^\w+:[\w.-]+$/), service: text })
          .catchall(text)
          .refine((log) => Buffer.byteLength(JSON.stringify(log)) <= 1_000_000),
      )
      .min(1)
      .max(1000),
  );

/** https://docs.zapier.com/platform/build/operating-constraints: 10 MB; an array would start several Zaps. */
const zapier = atMost(10_000_000).pipe(json).pipe(z.record(z.string(), z.unknown()));

/** https://linear.app/developers/graphql; `IssueCreateInput` of https://github.com/linear/linear/blob/master/packages/sdk/src/schema.graphql */
const linear = json.pipe(
  z.strictObject({
    query: z.literal(
      'mutation IssueCreate($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { id } } }',
    ),
    variables: z.strictObject({
      input: z.strictObject({
        teamId: z.guid(),
        title: title(255),
        description: text.regex(/^```\n((?!```)[\s\S])*\n```\n\n\[evt_\w+\]\(https:\/\/[^\s)]+\)$/),
      }),
    }),
  }),
);

export const contracts: Readonly<Record<string, z.ZodType>> = { slack, discord, pagerduty, datadog, zapier, linear };
