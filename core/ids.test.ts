import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryIdOf, eventIdOf, idBound, isId, newEventId, newId, tagOf, timeMsOf } from './ids.ts';

const timeMs = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('ids', () => {
  it('an id is a prefix and a UUIDv7 in 32 lower-case hex characters', () => {
    expect(newId('src')).toMatch(/^src_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  });

  it('an id carries the millisecond at which it was created', () => {
    fc.assert(fc.property(timeMs, (at) => timeMsOf(newId('dst', at)) === at));
  });

  it('ids sort by time', () => {
    fc.assert(
      fc.property(timeMs, timeMs, (a, b) => {
        fc.pre(a < b);
        expect(newId('evt', a) < newId('evt', b)).toBe(true);
        expect(idBound('evt', b) > newId('evt', a)).toBe(true);
        expect(idBound('evt', a) <= newId('evt', a)).toBe(true);
      }),
    );
  });

  it('the id of an event ends in the tag of its source', () => {
    const source = newId('src');
    expect(tagOf(newEventId(source, 0))).toBe(source.slice(-8));
  });

  it('the same event and connection always give the same delivery id', () => {
    const [source, connection] = [newId('src'), newId('con')];
    const event = newEventId(source, 1_790_000_000_000);
    expect(deliveryIdOf(event, connection)).toBe(deliveryIdOf(event, connection));
    expect(deliveryIdOf(event, newId('con'))).not.toBe(deliveryIdOf(event, connection));
  });

  it('the id of a delivery leads back to the event', () => {
    fc.assert(
      fc.property(timeMs, (at) => {
        const [source, connection] = [newId('src'), newId('con')];
        const event = newEventId(source, at);
        const delivery = deliveryIdOf(event, connection);
        expect(isId('dlv', delivery)).toBe(true);
        expect(timeMsOf(delivery)).toBe(at);
        expect(eventIdOf(delivery, source)).toBe(event);
      }),
    );
  });

  it('ids of another kind, case or UUID version are refused', () => {
    const id = newId('src');
    expect(isId('src', id)).toBe(true);
    expect(isId('dst', id)).toBe(false);
    expect(isId('src', id.toUpperCase())).toBe(false);
    expect(isId('src', `${id}0`)).toBe(false);
    expect(isId('src', `src_${'0'.repeat(32)}`)).toBe(false);
    expect(isId('src', '')).toBe(false);
  });

  it('ids do not repeat within a millisecond', () => {
    const source = newId('src');
    const made = new Set(Array.from({ length: 20_000 }, () => newEventId(source, 0)));
    expect(made.size).toBe(20_000);
  });
});
