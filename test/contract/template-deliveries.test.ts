import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contracts } from '../../core/destination-templates/contracts.fixture.ts';
import type { DestinationTemplate } from '../../core/destination-templates/destination-template.ts';
import { destinationTemplates } from '../../core/destination-templates/registry.ts';
import { TransformsUnderTest } from '../../functions/delivery/transforms.fixture.ts';
import { httpDestination } from '../../functions/destinations/http.ts';
import { newDestinationTypes } from '../../functions/destinations/registry.ts';
import { ApiUnderTest } from '../../functions/management/testing/api.fixture.ts';
import type { Connected } from '../../functions/management/testing/history.fixture.ts';
import { type ReceivedWebhook, Receiver } from '../support/receiver.ts';

/** What a service documents about its requests apart from the body, and its answer to one that it accepts. */
interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly answers: { readonly status: number; readonly body: string };
}

const endpoints: Readonly<Record<string, Endpoint>> = {
  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
  slack: {
    url: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    headers: {},
    answers: { status: 200, body: 'ok' },
  },
  // https://docs.discord.com/developers/resources/webhook#execute-webhook
  discord: {
    url: 'https://discord.com/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44f?wait=true',
    headers: {},
    answers: { status: 200, body: '{"id":"1"}' },
  },
  // https://developer.pagerduty.com/docs/send-alert-event
  pagerduty: {
    url: 'https://events.eu.pagerduty.com/v2/enqueue',
    headers: {},
    answers: { status: 202, body: '{"status":"success"}' },
  },
  // https://docs.datadoghq.com/api/latest/logs/#send-logs
  datadog: {
    url: 'https://http-intake.logs.datadoghq.eu/api/v2/logs',
    headers: { 'dd-api-key': '0123456789abcdef0123456789abcdef' },
    answers: { status: 202, body: '{}' },
  },
  // https://help.zapier.com/hc/en-us/articles/8496288690317-Trigger-Zaps-from-webhooks
  zapier: {
    url: 'https://hooks.zapier.com/hooks/catch/123456/abcdef/',
    headers: {},
    answers: { status: 200, body: '{"status":"success"}' },
  },
  // https://linear.app/developers/graphql
  linear: {
    url: 'https://api.linear.app/graphql',
    headers: { authorization: 'lin_api_0123456789abcdefghijklmnopqrstuvwxyzABCD' },
    answers: { status: 200, body: '{"data":{"issueCreate":{"success":true}}}' },
  },
};

let api: ApiUnderTest;
let internet: Receiver;
let tests: TransformsUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
  internet = await Receiver.start();
  internet.behave = (webhook, response) => {
    const problems = problemsOf(webhook);
    const { status, body } =
      problems.length > 0 ? { status: 400, body: problems.join('\n') } : endpointOf(webhook).answers;
    response.writeHead(status).end(body);
  };
  tests = new TransformsUnderTest(api, {
    ...newDestinationTypes({ network: 'public', now: Date.now }),
    http: onLoopback,
  });
});
afterAll(async () => {
  await internet.stop();
  await api.close();
});

/** The real HTTP type, but one server stands in for all services of the internet: it has `https://host/path` at `/host/path`. */
const onLoopback: ReturnType<typeof httpDestination> = {
  bind(destination) {
    const { host, pathname, search } = new URL(destination.target.url);
    const url = `${new URL(internet.url).origin}/${host}${pathname}${search}`;
    return httpDestination('loopback', Date.now).bind({ ...destination, target: { ...destination.target, url } });
  },
};

function templateOf({ url }: ReceivedWebhook): string {
  const [template = ''] =
    Object.entries(endpoints).find(([, one]) => `/${one.url.slice('https://'.length)}` === url) ?? [];
  return template;
}

function endpointOf(webhook: ReceivedWebhook): Endpoint {
  const endpoint = endpoints[templateOf(webhook)];
  if (!endpoint) throw new Error(`nobody is at ${webhook.url}`);
  return endpoint;
}

/** Why the service would refuse a request. */
function problemsOf(webhook: ReceivedWebhook): string[] {
  const { method, headers, body } = webhook;
  const template = templateOf(webhook);
  if (!template) return [`nobody is at ${webhook.url}`];
  const wanted = Object.entries({ ...endpointOf(webhook).headers, 'content-type': 'application/json' });
  const issues = contracts[template]?.safeParse(body.toString()).error?.issues ?? [];
  return [
    ...(method === 'POST' ? [] : [`the method is ${method}`]),
    ...wanted.flatMap(([name, value]) => (headers[name] === value ? [] : [`${name} is ${headers[name]}`])),
    ...('content-encoding' in headers ? ['it is encoded'] : []),
    ...('x-github-event' in headers ? ['it has headers of the sender'] : []),
    ...issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  ];
}

/** A destination as the API creates it from a template. */
function connectedTo(template: DestinationTemplate, more: object = {}): Promise<Connected> {
  const { id, name, variables, url } = template;
  const endpoint = endpoints[id];
  if (!endpoint) throw new Error(`add what ${name} documents of its requests to this test`);
  const given = variables.map((variable) => [variable.name, variable.example]);
  return tests.connected({
    template: id,
    template_variables: Object.fromEntries(given),
    ...(url.prefilled === null && { url: endpoint.url }),
    ...more,
  });
}

/** The most that ingest accepts. */
const MANY = 4_500_000;
const push = readFileSync(new URL('../fixtures/github-push.json', import.meta.url));
const bodies: Readonly<Record<string, Uint8Array>> = {
  ordinary: push,
  empty: Buffer.alloc(0),
  binary: Buffer.from([0x00, 0xff, 0xfe, 0x1f, 0x8b]),
  'huge text': Buffer.alloc(MANY, '"'),
  'huge binary': Buffer.alloc(MANY, 0xff),
  'huge JSON': Buffer.from(JSON.stringify({ text: 'x'.repeat(MANY - 100) })),
  'deeply nested': Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  'full of markup and mentions': Buffer.from('<!channel> @everyone ```*bold*``` <https://x|y> &amp; \u0000\u001b[31m'),
  'a half of a surrogate pair, escaped': Buffer.from('{"text":"\\ud800","__proto__":{"a":1}}'),
};
const headers = [
  ['Content-Type', 'text/plain'],
  ['Content-Encoding', 'identity'],
  ['X-GitHub-Event', '<!here> push\u00a0'],
] as const;

const named = destinationTemplates.map((template): [string, DestinationTemplate] => [template.name, template]);

describe.each(named)('a destination of the template %s', (_, template) => {
  it.each(Object.entries(bodies))('an event that is %s is sent as the service documents', async (_, body) => {
    const ends = await connectedTo(template);
    const event = await tests.send(ends, body, headers);
    const { status, reason_message, attempts } = await tests.delivery(event, ends);
    // Some templates send a body as it came if it is already JSON.
    const isAsItCame = Buffer.compare(internet.received.at(-1)?.body ?? Buffer.alloc(0), Buffer.from(body)) === 0;
    const [{ response_body: answer, request_body_from: from }] = attempts;
    expect({ status, reason_message, answer, from }).toEqual({
      status: 'succeeded',
      reason_message: null,
      answer: endpoints[template.id]?.answers.body,
      from: isAsItCame ? 'event' : 'template',
    });
  });

  it('the transform of a connection replaces the payload, and gets the variables of the template', async () => {
    const transform = 'function transform(event, variables) { return { body: variables }; }';
    await tests.send(await connectedTo(template, { transform }), push, headers);
    const toPayload = template.variables.filter(({ goesTo }) => goesTo === 'payload');
    const variables = Object.fromEntries(toPayload.map(({ name, example }) => [name, example]));
    expect(JSON.parse(internet.received.at(-1)?.body.toString() ?? '')).toEqual(variables);
  });

  it('a connection whose transform changes nothing sends the webhook as it came', async () => {
    await tests.send(await connectedTo(template, { transform: 'function transform() { return {}; }' }), push, headers);
    const { body, headers: sent } = internet.received.at(-1) ?? {};
    expect(Buffer.compare(body ?? Buffer.alloc(0), push)).toBe(0);
    expect(sent).toMatchObject({ 'content-type': 'text/plain' });
  });
});
