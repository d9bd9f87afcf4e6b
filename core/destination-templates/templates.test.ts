import { describe, expect, it } from 'vitest';
import { maskCredentials } from '../destinations/destination.ts';
import { createHttp, settingsOf } from '../destinations/destination-schema.ts';
import { parseDestinationUrl } from '../destinations/destination-url.ts';
import type { DestinationTemplate } from './destination-template.ts';
import { payloadValues } from './fill-in.ts';
import { destinationTemplates } from './registry.ts';

const slackUrl = 'https://hooks.slack.com/services/T0AB1CD2E/B0AB1CD2E/aBcDeFgHiJkLmNoPqRsTuVwX';
const apiKey = '0123456789abcdef0123456789abcdef';
const routingKey = 'R0123456789ABCDEFGHIJKLMNOPQRSTU';

const examplesOf = ({ variables }: DestinationTemplate) =>
  Object.fromEntries(variables.map(({ name, example }) => [name, example]));
const problemsOf = (body: object) =>
  createHttp.safeParse(body).error?.issues.map(({ path, message }) => [path.join('.'), message]);
const pathsOf = (body: object) => problemsOf(body)?.map(([path]) => path);

const named = destinationTemplates.map((template): [string, DestinationTemplate] => [template.id, template]);

it('the templates have these ids, in this order', () => {
  expect(destinationTemplates.map(({ id }) => id)).toEqual([
    'slack',
    'discord',
    'pagerduty',
    'datadog',
    'zapier',
    'linear',
  ]);
});

describe.each(named)('the template %s', (id, template) => {
  const { url, variables, headers, payload } = template;
  const required = (goesTo: string) => variables.filter((one) => one.goesTo === goesTo).map(({ name }) => name);
  const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

  it('the examples of a template make a valid destination', () => {
    const created = createHttp.parse({
      template: id,
      url: url.example,
      template_variables: examplesOf(template),
    });
    expect(settingsOf(created)).toMatchObject({ name: template.name, slug: id, target: { url: url.example } });
    expect(parseDestinationUrl(created.url, 'public').problem).toBeUndefined();
  });

  it('a template uses each variable where it declares it, and no others', () => {
    expect(namesIn(url.prefilled ?? '')).toEqual(required('url'));
    expect(namesIn(Object.values(headers).join())).toEqual(required('headers'));
    const used = [...payload.code.matchAll(/\bvariables\.(\w+)/g)].map(([, name = '']) => name);
    expect([...new Set(used)].sort()).toEqual(required('payload').sort());
  });

  it('a prefilled URL matches its pattern with any variables', () => {
    const choices = variables.flatMap(({ name, goesTo, accepts }) =>
      goesTo === 'url' && 'values' in accepts ? accepts.values.map((value) => ({ [name]: value })) : [],
    );
    for (const choice of url.prefilled === null ? [] : [{}, ...choices]) {
      const body = { template: id, template_variables: { ...examplesOf(template), ...choice } };
      expect(createHttp.parse(body).url).toMatch(new RegExp(url.pattern));
    }
  });

  it('the URL pattern admits no other host or scheme, and no line break', () => {
    expect(url.pattern).toMatch(/^\^https:\/\/.*\$$/);
    const { host } = new URL(url.example);
    for (const other of [
      url.example.replace(host, `${host}.example.com`),
      url.example.replace(host, `example.com/${host}`),
      url.example.replace(host, `${host}@example.com`),
      url.example.replace(host, host.replace(/\.(?=\w+$)/, 'x')),
      url.example.replace('https:', 'http:'),
      `${url.example}\n`,
      `${url.example}#x`,
    ]) {
      expect(pathsOf({ template: id, url: other, template_variables: examplesOf(template) })).toEqual(['url']);
    }
  });

  it('secret variables have names that are masked', () => {
    const values = Object.fromEntries(variables.map(({ name }) => [name, 'a value of twelve or more']));
    const shown = maskCredentials({ secret: '', headers: {}, templateVariables: values }).templateVariables ?? {};
    for (const { name, isSecret } of variables)
      expect([name, shown[name]]).toEqual([name, isSecret ? '••••more' : values[name]]);
    const sent = maskCredentials({ secret: '', headers }).headers;
    for (const value of Object.values(sent)) expect(value).toMatch(/^••••/);
  });

  it('a variable accepts the values that it lists, and other values are refused by its name', () => {
    for (const { name, accepts, default: preset } of variables) {
      const with_ = (value: string) =>
        pathsOf({ template: id, url: url.example, template_variables: { ...examplesOf(template), [name]: value } });
      for (const value of ['values' in accepts ? accepts.values : [], preset ?? []].flat())
        expect(with_(value)).toBeUndefined();
      for (const value of ['', 'not one\r\nX-Evil: 1', '{host}'])
        expect(with_(value)).toEqual([`template_variables.${name}`]);
    }
  });

  it('problems describe accepted values in words with an example, never by a regular expression', () => {
    const wrong = Object.fromEntries(variables.map(({ name }) => [name, '']));
    const said = problemsOf({ template: id, url: 'https://example.com', template_variables: wrong }) ?? [];
    expect(said.map(([path]) => path).sort()).toEqual(
      ['url', ...Object.keys(examplesOf(template)).map((name) => `template_variables.${name}`)].sort(),
    );
    for (const [, message] of said) expect(message).toMatch(/must be (one of: )?[^\\^$[\]]+$/);
  });
});

describe('a destination created from a template', () => {
  it('the template provides the settings that the request omits', () => {
    expect(createHttp.parse({ template: 'slack', url: slackUrl })).toMatchObject({
      template: 'slack',
      name: 'Slack',
      url: slackUrl,
      method: 'POST',
      headers: {},
      signing: { scheme: 'none' },
      template_variables: {},
    });
  });

  it('settings of the request take precedence over the template', () => {
    const own = {
      name: 'Alerts',
      url: 'https://http-intake.logs.us5.datadoghq.com/api/v2/logs?ddtags=env:test',
      method: null,
      signing: { scheme: 'standard' },
      headers: { 'dd-api-key': 'the other key', 'X-Team': 'blue' },
    };
    expect(createHttp.parse({ template: 'datadog', template_variables: { api_key: apiKey }, ...own })).toMatchObject(
      own,
    );
    const both = createHttp.parse({ template: 'datadog', template_variables: { api_key: apiKey }, ...own });
    expect(Object.keys(both.headers)).toEqual(['dd-api-key', 'X-Team']);
  });

  it('variables are filled into URL and headers', () => {
    const { url, headers } = createHttp.parse({
      template: 'datadog',
      template_variables: { api_key: apiKey, site: 'datadoghq.eu' },
      headers: { 'X-Team': 'blue' },
    });
    expect(url).toBe('https://http-intake.logs.datadoghq.eu/api/v2/logs');
    expect(headers).toEqual({ 'DD-API-KEY': apiKey, 'X-Team': 'blue' });
  });

  it('only the variables of the payload are stored', () => {
    const pagerduty = {
      template: 'pagerduty',
      template_variables: { routing_key: routingKey, host: 'events.eu.pagerduty.com' },
    };
    expect(createHttp.parse(pagerduty).template_variables).toEqual({
      routing_key: routingKey,
      severity: 'error',
    });
    const datadog = { template: 'datadog', template_variables: { api_key: apiKey } };
    expect(createHttp.parse(datadog).template_variables).toEqual({});
  });

  it('a URL that only the user has is required, and the problem describes it', () => {
    const words = 'the URL of an incoming webhook, https://hooks.slack.com/services/T…/B…/…';
    const example = 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
    expect(problemsOf({ template: 'slack' })).toEqual([
      ['url', `is needed by the template: ${words}, such as ${example}`],
    ]);
  });

  it.each([
    ['of a Slack workflow, which takes no messages', 'slack', 'https://hooks.slack.com/triggers/T0AB1CD2E/123/abc'],
    ['of Discord for the bodies of Slack', 'discord', 'https://discord.com/api/webhooks/1/abc/slack'],
    ['of Datadog’s metrics', 'datadog', 'https://api.datadoghq.com/api/v2/series'],
    ['of PagerDuty’s change events', 'pagerduty', 'https://events.pagerduty.com/v2/change/enqueue'],
    ['of someone else', 'zapier', 'https://example.com/hooks/catch/1/a/'],
  ])('a URL %s is refused', (_, template, url) => {
    const variables = { datadog: { api_key: apiKey }, pagerduty: { routing_key: routingKey } }[template] ?? {};
    const [problem] = problemsOf({ template, url, template_variables: variables }) ?? [];
    expect(problem).toEqual(['url', expect.stringMatching(/: it must be the URL of [^^]*, such as https:/)]);
  });

  it.each([
    ['slack', 'https://hooks.slack-gov.com/services/T0AB1CD2E/B0AB1CD2E/aBcDeFgHiJkLmNoPqRsTuVwX'],
    ['discord', 'https://discordapp.com/api/webhooks/1/a-b_c'],
    ['discord', 'https://canary.discord.com/api/v10/webhooks/1/abc?wait=true&thread_id=5'],
    ['zapier', 'https://hooks.zapier.com/hooks/catch/123456/abcdef'],
    ['zapier', 'https://hooks.zapier.com/hooks/catch/123456/abcdef/silent/'],
    ['pagerduty', 'https://events.eu.pagerduty.com/v2/enqueue'],
    ['datadog', 'https://http-intake.logs.us2.ddog-gov.com/api/v2/logs'],
  ])('a destination of %s accepts the URL %s', (template, url) => {
    const variables = { datadog: { api_key: apiKey }, pagerduty: { routing_key: routingKey } }[template] ?? {};
    expect(problemsOf({ template, url, template_variables: variables })).toBeUndefined();
  });

  it('missing, unknown and invalid variables are refused, each by its path', () => {
    expect(pathsOf({ template: 'linear' })).toEqual(['template_variables.api_key', 'template_variables.team_id']);
    expect(pathsOf({ template: 'slack', url: slackUrl, template_variables: { channel: '#general' } })).toEqual([
      'template_variables.channel',
    ]);
    const variables = { routing_key: 'short', severity: 'catastrophic', constructor: 'x' };
    expect(pathsOf({ template: 'pagerduty', template_variables: variables })).toEqual([
      'template_variables.constructor',
      'template_variables.routing_key',
      'template_variables.severity',
    ]);
  });

  it('an unknown template is refused with the list of known ones', () => {
    const message = 'must be one of: slack, discord, pagerduty, datadog, zapier, linear';
    for (const template of ['teams', 'constructor', '', 5]) {
      expect(problemsOf({ template, url: slackUrl })).toEqual([['template', message]]);
    }
  });
});

describe('a destination created without a template', () => {
  it('a destination without a template requires a URL and accepts no variables', () => {
    expect(problemsOf({})).toEqual([['url', 'is required without a template']]);
    expect(pathsOf({ url: slackUrl, template_variables: { api_key: apiKey } })).toEqual(['template_variables.api_key']);
  });

  it('a destination without a template has the general defaults', () => {
    for (const template of [{}, { template: null, template_variables: {} }]) {
      expect(createHttp.parse({ url: slackUrl, ...template })).toMatchObject({
        template: null,
        name: undefined,
        method: null,
        signing: { scheme: 'standard' },
      });
    }
  });
});

it('a payload receives the defaults of variables that were omitted', () => {
  const pagerduty = destinationTemplates.find(({ id }) => id === 'pagerduty');
  expect(pagerduty && payloadValues(pagerduty, { routing_key: routingKey, host: 'x' })).toEqual({
    routing_key: routingKey,
    severity: 'error',
  });
});
