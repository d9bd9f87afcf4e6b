import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contracts } from '../../core/destination-templates/contracts.fixture.ts';
import type { DestinationTemplate } from '../../core/destination-templates/destination-template.ts';
import { payloadValues } from '../../core/destination-templates/fill-in.ts';
import { destinationTemplates, findTemplate } from '../../core/destination-templates/registry.ts';
import { eventWith, resultOf } from '../../core/transform/transform.fixture.ts';
import type { TransformEvent, TransformResult } from '../../core/transform/transform.ts';

const push = readFileSync(new URL('../fixtures/github-push.json', import.meta.url), 'utf8');
/** The most that ingest accepts. */
const MANY = 4_500_000;

const events: Readonly<Record<string, TransformEvent>> = {
  'a push of GitHub': eventWith({ body: push, type: 'push' }),
  'no body': eventWith({ method: 'GET', headers: {} }),
  'a blank body, and a blank type': eventWith({ body: ' \n\t', type: ' \n\u0000' }),
  'binary data': eventWith({
    body: Buffer.alloc(MANY, 0xff).toString('base64'),
    body_encoding: 'base64',
    headers: { 'content-type': 'image/png' },
  }),
  'huge text': eventWith({ body: 'x'.repeat(MANY) }),
  'huge text of characters that are escaped': eventWith({ body: '&'.repeat(MANY) }),
  'huge text of control characters': eventWith({ body: '\u0000'.repeat(MANY) }),
  'huge text of characters that JSON escapes': eventWith({ body: '"'.repeat(MANY) }),
  'huge text of surrogate pairs': eventWith({ body: '🚢'.repeat(MANY / 4) }),
  'huge text of surrogate pairs, off by one': eventWith({ body: `x${'🚢'.repeat(MANY / 4 - 1)}` }),
  'huge text of fences': eventWith({ body: '`'.repeat(MANY) }),
  'a huge type and path': eventWith({ type: '🚢<'.repeat(100_000), path: `/${'&'.repeat(100_000)}` }),
  'a huge path and no type': eventWith({ path: `/${'🚢'.repeat(100_000)}` }),
  'deep JSON': eventWith({ body: `${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}` }),
  'a deep JSON object': eventWith({ body: `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}` }),
  'a JSON array': eventWith({ body: '[1,2]' }),
  'a JSON null': eventWith({ body: 'null' }),
  'markup and mentions': eventWith({
    body: '<!channel> @everyone ```*bold*``` <https://x|y> &amp;',
    type: '<!here> ```',
  }),
};

/** The variables that a user gives: the template's examples. */
function variablesOf(template: DestinationTemplate) {
  return payloadValues(template, Object.fromEntries(template.variables.map(({ name, example }) => [name, example])));
}

/** The body that is sent for an event. */
function sentBody(event: TransformEvent, { body = event.body }: TransformResult): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

async function send(template: DestinationTemplate, event: TransformEvent): Promise<string> {
  return sentBody(event, await resultOf(template.payload.code, event, variablesOf(template)));
}

async function problemsOf(template: DestinationTemplate, event: TransformEvent): Promise<string[]> {
  const contract = contracts[template.id];
  if (!contract) throw new Error(`add what ${template.name} accepts to contracts.fixture.ts`);
  const issues = contract.safeParse(await send(template, event)).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const named = destinationTemplates.map((template): [string, DestinationTemplate] => [template.name, template]);

describe.each(named)('the payload of %s', (_, template) => {
  it.each(Object.entries(events))('the service accepts the payload of %s', async (_, event) => {
    expect(await problemsOf(template, event)).toEqual([]);
  });

  it('the service accepts the payload of any webhook', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json(),
      fc.constantFrom('`', '&', '<', '\u0000'),
    );
    const event = fc
      .record({ body: text, type: fc.option(text), path: fc.webPath(), method: fc.constantFrom('GET', 'POST') })
      .map(eventWith);
    await fc.assert(
      fc.asyncProperty(event, async (any) => {
        expect(await problemsOf(template, any)).toEqual([]);
      }),
      // Each run takes the sandbox some milliseconds.
      { numRuns: 30 },
    );
  });

  it('the payload is sent as JSON without the headers of the sender', async () => {
    const { headers } = await resultOf(template.payload.code, eventWith({ body: push }), variablesOf(template));
    expect(headers).toEqual({ 'content-type': 'application/json' });
  });

  it('the payload is the same each time', async () => {
    const event = eventWith({ body: push, type: 'push' });
    expect(await send(template, event)).toBe(await send(template, event));
  });

  it('the code of the payload is short enough to be read', () => {
    expect(template.payload.code.length).toBeLessThan(3_000);
  });
});

describe('the content of a payload', () => {
  const of = (id: string, event: TransformEvent) => {
    const template = findTemplate(id);
    if (!template) throw new Error(`there is no ${id}`);
    return send(template, event);
  };
  const event = eventWith({ type: 'invoice.paid', body: '{"amount":12345678901234567890}' });

  it.each(named)('a payload to %s has the body as it came, including big numbers', async (_, { id }) => {
    expect(await of(id, event)).toContain('12345678901234567890');
  });

  it('a payload to Slack is a title, the body and a link', async () => {
    const { text, blocks } = JSON.parse(await of('slack', event));
    expect(text).toBe('invoice.paid');
    expect(blocks[1].text.text).toBe('```{"amount":12345678901234567890}\n```');
    expect(blocks[2].elements[0].text).toBe(`<${event.url}|${event.id}>`);
  });

  it('a payload to Slack shows markup in the webhook literally', async () => {
    const { blocks } = JSON.parse(await of('slack', eventWith({ body: 'a & <!channel> ```b```' })));
    expect(blocks[1].text.text).toBe("```a &amp; &lt;!channel&gt; '''b'''\n```");
  });

  it('a payload to Slack is cut between visible characters', async () => {
    for (let before = 0; before < 5; before++) {
      const { blocks } = JSON.parse(await of('slack', eventWith({ body: `${'x'.repeat(before)}${'&'.repeat(1000)}` })));
      expect(blocks[1].text.text).toMatch(/^```x*(&amp;)+…\n```$/);
    }
  });

  it('a payload to PagerDuty is one alert for each event, with the configured severity', async () => {
    const alert = JSON.parse(await of('pagerduty', event));
    expect(alert).toMatchObject({ dedup_key: event.id, payload: { summary: 'invoice.paid', severity: 'warning' } });
    expect(alert.routing_key).toBe('R0123456789ABCDEFGHIJKLMNOPQRSTU');
  });

  it('a payload to Zapier is the JSON object byte for byte, and anything else wrapped in one', async () => {
    const spaced = '{ "b": 1.0,\n "a": 12345678901234567890 }';
    expect(await of('zapier', eventWith({ body: spaced }))).toBe(spaced);
    for (const body of ['[1]', 'a=1', '', 'null', '"text"']) {
      expect(JSON.parse(await of('zapier', eventWith({ body }))).body).toBe(body);
    }
  });

  it.each(['slack', 'discord', 'datadog', 'linear'])(
    'a payload to %s names method and path if there is no event type',
    async (id) => {
      expect(await of(id, eventWith({ path: '/orders' }))).toContain('POST /orders');
      expect(await of(id, eventWith({ path: '' }))).toContain('POST /');
    },
  );
});
