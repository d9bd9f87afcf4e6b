import { describe, expect, it } from 'vitest';
import type { Template } from '../../api/types.ts';
import { type ChosenFields, carryUrlOver, type Draft, valuesFor, withValues } from './draft.ts';

const field = (name: string, $ref = 'Text') => ({ name, schema: { $ref }, isRequired: false });
const common = [field('name'), field('retry_intervals'), field('rate_limit')];
const ofHttp = ['url', 'headers', 'config', 'auth', 'secret', 'template_variables'].map((name) => field(name));

const type = (name: string, ...fields: ChosenFields['fields']): ChosenFields => ({
  choice: { kind: 'type', type: name },
  fields,
});
const template = (id: string): ChosenFields => {
  const pattern = `^https://${id}\\.example/`;
  const choice = { kind: 'template', template: { id, type: 'http', url: { pattern } } as unknown as Template } as const;
  return { choice, fields: [...common, ...ofHttp] };
};

const http = type('http', ...common, ...ofHttp);
const sqs = type('sqs', ...common, field('config', 'Queue'), field('auth', 'Aws'));
const s3 = type('s3', ...common, field('config', 'Bucket'), field('auth', 'Aws'));
const [slack, datadog, linear] = [template('slack'), template('datadog'), template('linear')];

/** Makes one choice after another, and types the values given for each. */
function typed(...steps: readonly (readonly [ChosenFields, Record<string, unknown>])[]): Draft {
  return steps.reduce<Draft>((draft, [chosen, values], index) => {
    const left = steps[index - 1]?.[0];
    const carried = left ? carryUrlOver(draft, left, chosen) : draft;
    return withValues(carried, chosen, { ...valuesFor(carried, chosen), ...values });
  }, {});
}

describe('the draft of a new destination', () => {
  it('values carry over to another type that has the same field', () => {
    const draft = typed([http, { name: 'Orders', retry_intervals: 'fast', url: 'https://example.com' }]);
    expect(valuesFor(draft, sqs)).toEqual({ name: 'Orders', retry_intervals: 'fast' });
  });

  it('values return when their type is chosen again, with newer values of shared fields', () => {
    const draft = typed([http, { name: 'Orders', url: 'https://example.com' }], [sqs, { name: 'Queue', config: 'q' }]);
    expect(valuesFor(draft, http)).toEqual({ name: 'Queue', url: 'https://example.com' });
  });

  it('values do not carry over to a field of the same name with another meaning', () => {
    const draft = typed([sqs, { config: 'a queue', auth: 'a role' }]);
    expect(valuesFor(draft, s3)).toEqual({ auth: 'a role' });
    expect(valuesFor(draft, http)).toEqual({});
  });

  it('a deleted value is gone from every type', () => {
    const draft = typed([http, { name: 'Orders' }], [sqs, { name: undefined }]);
    expect(draft).toEqual({});
  });

  it('credentials of one receiver do not carry over to another service', () => {
    const own = { name: 'Orders', headers: 'x', config: 'x', auth: 'x', secret: 'x' };
    const draft = typed([http, own], [datadog, { template_variables: { api_key: 'of-datadog' } }]);
    expect(valuesFor(draft, datadog)).toEqual({ name: 'Orders', template_variables: { api_key: 'of-datadog' } });
    expect(valuesFor(draft, linear)).toEqual({ name: 'Orders' });
    expect(valuesFor(draft, http)).toEqual(own);
  });

  it('a URL carries over only to a choice that accepts it and has none', () => {
    const url = 'https://slack.example/T0';
    expect(valuesFor(typed([http, { url }], [slack, {}]), slack)).toEqual({ url });
    expect(valuesFor(typed([slack, { url }], [http, {}]), http)).toEqual({ url });
    expect(valuesFor(typed([slack, { url }], [datadog, {}]), datadog)).toEqual({});
    expect(valuesFor(typed([http, { url: 'https://example.com' }], [slack, { url }], [http, {}]), http)).toEqual({
      url: 'https://example.com',
    });
  });
});
