import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { deduplicationField } from '../../core/ingest/deduplication.ts';
import { verificationField, verificationTypes, verifierOf } from '../../core/verification/registry.ts';

const page = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8');
/** Each row's type and example. */
const rows = [...page.matchAll(/^\| `(\w+)` \| .* \| `(\{"type":.*\})` \|$/gm)].map(([, type = '', json = '']) => ({
  type,
  json,
}));

/** Each row's `by` and example. */
const deduplications = [...page.matchAll(/^\| `(\w+)` \| .* \| `(\{"by":.*\})` \|$/gm)].map(([, by, json = '']) => ({
  by,
  json,
}));

describe('docs/sources.md', () => {
  it('has a row for each scheme', () => {
    expect(rows.map(({ type }) => type)).toEqual(verificationTypes);
  });

  it.each(rows)('shows settings of $type that can be used', ({ type, json }) => {
    const settings = verificationField.parse(JSON.parse(json));
    expect(settings.type).toBe(type);
    expect(() => verifierOf(settings)).not.toThrow();
  });

  it('has a row for all by which copies are known', () => {
    expect(deduplications.map(({ by }) => by)).toEqual(['event_id', 'header', 'body']);
  });

  it.each(deduplications)('shows a de-duplication by $by that can be used', ({ by, json }) => {
    expect(deduplicationField.parse(JSON.parse(json)).by).toBe(by);
  });
});
