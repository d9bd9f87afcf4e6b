import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { destinationTemplates } from '../../../core/destination-templates/registry.ts';
import { ApiUnderTest } from '../testing/api.fixture.ts';

const slackUrl = 'https://hooks.slack.com/services/T0AB1CD2E/B0AB1CD2E/aBcDeFgHiJkLmNoPqRsTuVwX';
const routingKey = 'R0123456789ABCDEFGHIJKLMNOPQRSTU';
const apiKey = '0123456789abcdef0123456789abcdef';
const ids = destinationTemplates.map(({ id }) => id);

let api: ApiUnderTest;
beforeAll(async () => {
  api = await ApiUnderTest.start();
});
afterAll(() => api.close());

const create = (body: object) => api.ok('POST', '/v1/destinations', { body });
const pagerduty = () => create({ template: 'pagerduty', template_variables: { routing_key: routingKey } });
const idsOf = (answer: { templates: { id: string }[] }) => answer.templates.map(({ id }) => id);

describe('the list of templates', () => {
  const list = (query: Record<string, string> = {}) => api.ok('GET', '/v1/destinations/templates', { query });

  it('anyone with a key gets all templates, always in the same order', async () => {
    const { key } = await api.newKey('read');
    const answer = await api.ok('GET', '/v1/destinations/templates', { key });
    expect(idsOf(answer)).toEqual(ids);
    expect(answer).toMatchObject({ cursor: null, has_more: false });
  });

  it('each template says what must be given and shows the form in which deliveries are sent', async () => {
    const { templates } = await list();
    const datadog = templates.find(({ id }: { id: string }) => id === 'datadog');
    expect(datadog).toMatchObject({
      url: { prefilled: 'https://http-intake.logs.{site}/api/v2/logs' },
      headers: { 'DD-API-KEY': '{api_key}' },
      variables: [
        { name: 'site', secret: false, required: false, default: 'datadoghq.com', pattern: null },
        { name: 'api_key', secret: true, required: true, default: null, values: null },
      ],
      payload: { language: 'javascript', required: false },
    });
    for (const { payload } of templates) expect(payload.code).toMatch(/^function transform\(event/);
  });

  it('templates are listed page by page like any list', async () => {
    const first = await list({ limit: '4' });
    const second = await list({ limit: '4', cursor: first.cursor });
    expect([first.has_more, second.has_more, second.cursor]).toEqual([true, false, null]);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
    const { destinations } = await api.ok('GET', '/v1/destinations');
    expect(destinations).toEqual([]);
    const other = { query: { cursor: first.cursor } };
    await api.refused(400, 'VALIDATION_FAILED', 'GET', '/v1/destinations', other);
  });

  it('the path of the templates accepts no other methods', async () => {
    const { headers } = await api.call('PUT', '/v1/destinations/templates');
    expect(headers.allow).toBe('GET, HEAD');
    await api.refused(400, 'VALIDATION_FAILED', 'DELETE', '/v1/destinations/templates');
  });
});

describe('a destination made from a template', () => {
  it('every response about the destination names its template', async () => {
    const created = await create({ template: 'slack', url: slackUrl });
    expect(created).toMatchObject({
      template: 'slack',
      template_variables: {},
      name: 'Slack',
      slug: 'slack',
      url: slackUrl,
      method: 'POST',
      headers: {},
      signing: { scheme: 'none' },
    });
    expect(await api.ok('GET', `/v1/destinations/${created.id}`)).toMatchObject({ template: 'slack' });
  });

  it('the destination can be created together with a connection', async () => {
    const source = await api.ok('POST', '/v1/sources', { body: { name: 'github' } });
    const path = `/v1/sources/${source.id}/destinations`;
    const body = { template: 'datadog', template_variables: { api_key: apiKey, site: 'datadoghq.eu' } };
    expect(await api.ok('POST', path, { body })).toMatchObject({
      template: 'datadog',
      url: 'https://http-intake.logs.datadoghq.eu/api/v2/logs',
      headers: { 'DD-API-KEY': '••••cdef' },
    });
    await api.refused(400, 'VALIDATION_FAILED', 'POST', path, { body: { template: 'datadog' } });
  });

  it('secrets are shown masked and stored only encrypted', async () => {
    const { id, ...created } = await pagerduty();
    expect(created.template_variables).toEqual({ routing_key: '••••RSTU', severity: 'error' });
    const datadog = await create({ template: 'datadog', template_variables: { api_key: apiKey } });
    const teamId = '9cfb482a-81e3-4154-b5b9-2c805e70a02d';
    const key = 'lin_api_abcdefghijklmnopqrstuvwxyz';
    const linear = await create({ template: 'linear', template_variables: { api_key: key, team_id: teamId } });
    expect([datadog.headers, linear.headers]).toEqual([{ 'DD-API-KEY': '••••cdef' }, { Authorization: '••••wxyz' }]);
    expect(linear.template_variables).toEqual({ team_id: teamId });
    const stored = api.storedText();
    expect(stored).toContain(id);
    for (const secret of [routingKey, apiKey, key]) expect(stored).not.toContain(secret);
    expect((await api.credentialsOf(linear.id)).headers).toEqual({ Authorization: key });
  });

  it('the variables of the payload are stored where delivery can open them', async () => {
    const { id, secret } = await pagerduty();
    const templateVariables = { routing_key: routingKey, severity: 'error' };
    expect(await api.credentialsOf(id)).toEqual({ secret, headers: {}, templateVariables });
  });

  it('a change of headers or secret keeps the variables, and a change of variables keeps headers and secret', async () => {
    const { id } = await pagerduty();
    const path = `/v1/destinations/${id}`;
    await api.ok('PATCH', path, { body: { headers: { 'X-A': '1' }, secret: 'another secret' } });
    const routing_key = 'abcdefghijklmnopqrstuvwxyz012345';
    const changed = await api.ok('PATCH', path, { body: { template_variables: { routing_key, severity: 'info' } } });
    expect(changed.template_variables).toEqual({ routing_key: '••••2345', severity: 'info' });
    expect(await api.credentialsOf(id)).toEqual({
      secret: 'another secret',
      headers: { 'X-A': '1' },
      templateVariables: { routing_key, severity: 'info' },
    });
  });

  it('a change may only set the variables of the payload, unmasked', async () => {
    const changed = async (id: string, template_variables: object) => {
      const options = { body: { template_variables } };
      const answer = await api.refused(400, 'VALIDATION_FAILED', 'PATCH', `/v1/destinations/${id}`, options);
      return answer.details.map(({ path }: { path: string }) => path);
    };
    const { id } = await pagerduty();
    expect(await changed(id, { severity: 'info' })).toEqual(['template_variables.routing_key']);
    expect(await changed(id, { routing_key: routingKey, host: 'events.eu.pagerduty.com' })).toEqual([
      'template_variables.host',
    ]);
    const plain = await create({ url: 'https://example.com/hook' });
    expect(await changed(plain.id, { severity: 'info' })).toEqual(['template_variables.severity']);
    expect((await api.credentialsOf(id)).templateVariables?.severity).toBe('error');
  });

  it('the destination keeps its template when its URL changes', async () => {
    const { id } = await create({ template: 'slack', url: slackUrl });
    const path = `/v1/destinations/${id}`;
    for (const template of ['discord', null]) {
      await api.refused(400, 'VALIDATION_FAILED', 'PATCH', path, { body: { template } });
    }
    const url = 'https://mattermost.example.com/hooks/abc';
    expect(await api.ok('PATCH', path, { body: { url } })).toMatchObject({ url, template: 'slack' });
  });

  it('an invalid request is rejected as a whole, with every problem and without secrets', async () => {
    const before = api.storedText();
    const body = {
      template: 'pagerduty',
      url: 'https://example.com/',
      template_variables: { routing_key: 'secret-1' },
    };
    const answer = await api.refused(400, 'VALIDATION_FAILED', 'POST', '/v1/destinations', { body });
    expect(answer.details.map(({ path }: { path: string }) => path)).toEqual(['template_variables.routing_key', 'url']);
    expect(JSON.stringify(answer)).not.toContain('secret-1');
    expect(api.storedText()).toBe(before);
  });
});
