import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstJob } from '../deliveries/delivery.ts';
import { newEventId, newId } from '../ids.ts';
import { fillPlaceholders, placeholderField } from './placeholders.ts';

const sourceId = newId('src');
const job = firstJob(
  { id: newEventId(sourceId, Date.UTC(2026, 0, 2, 3, 59, 59)), organizationId: newId('org'), sourceId },
  { id: newId('con'), destinationId: newId('dst') },
);
const problemOf = (text: string, maxLength = 100) =>
  placeholderField(maxLength).safeParse(text).error?.issues[0]?.message;

describe('a text with placeholders', () => {
  it('placeholders become ids and the time at which the event was accepted, in UTC', () => {
    const text = '{year}/{month}/{day}/{hour}/{source_id}/{event_id}-{delivery_id}.json';
    expect(fillPlaceholders(text, job)).toBe(`2026/01/02/03/${sourceId}/${job.eventId}-${job.deliveryId}.json`);
  });

  it('a filled-in text is the same for every attempt', () => {
    const later = { ...job, attempt: 7, roundStart: 3, startsReplay: true, replayedAtMs: Date.UTC(2027, 0, 1) };
    const text = '{year}{month}{day}{hour}{event_id}{delivery_id}';
    expect(fillPlaceholders(text, later)).toBe(fillPlaceholders(text, job));
  });

  it.each([
    [
      '{minute}',
      'contains {minute}; the placeholders are {event_id} {delivery_id} {source_id} {year} {month} {day} {hour}',
    ],
    ['{toString}', 'contains {toString}'],
    ['{}', 'contains {}'],
    ['', 'not empty'],
    ['a b', 'visible ASCII'],
    ['ü', 'visible ASCII'],
    ['{event_id}{event_id}{event_id}', 'at most 100 characters once its placeholders are filled in'],
  ])('%j is refused with a reason', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it('braces that are not a placeholder stay as they are', () => {
    for (const text of ['{', '}{', '{a-b}', '{{hour}']) expect(problemOf(text)).toBeUndefined();
    expect(fillPlaceholders('{a-b}{{hour}', job)).toBe('{a-b}{03');
  });

  it('an accepted text never exceeds the limit once it is filled in', () => {
    const part = fc.oneof(
      fc.constantFrom('{event_id}', '{source_id}', '{year}', '{hour}'),
      fc.stringMatching(/^[!-~]{1,20}$/),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.join('');
        fc.pre(problemOf(text) === undefined);
        expect(fillPlaceholders(text, job).length).toBeLessThanOrEqual(100);
      }),
    );
  });
});
