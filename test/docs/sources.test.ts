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
  it('docs/sources.md has a row for each scheme', () => {
    expect(rows.map(({ type }) => type)).toEqual(verificationTypes);
  });

  it.each(rows)('docs/sources.md shows valid settings of $type', ({ type, json }) => {
    const settings = verificationField.parse(JSON.parse(json));
    expect(settings.type).toBe(type);
    expect(() => verifierOf(settings)).not.toThrow();
  });

  it('docs/sources.md has a row for each kind of de-duplication', () => {
    expect(deduplications.map(({ by }) => by)).toEqual(['event_id', 'header', 'body']);
  });

  it.each(deduplications)('docs/sources.md shows a valid de-duplication by $by', ({ by, json }) => {
    expect(deduplicationField.parse(JSON.parse(json)).by).toBe(by);
  });
});
