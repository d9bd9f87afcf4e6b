import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestWith, verdictOf } from './filter.fixture.ts';
import { compileFilter, type Filter, problemsOf } from './filter.ts';
import { FilteredBody, FilteredRequest } from './filtered-request.ts';
import { MAX_STEPS } from './limits.ts';
import { Steps } from './steps.ts';

const names = ['a', 'b', 'a.b', '__proto__', 'constructor', 'length', '0', 'toString'];
const name = fc.constantFrom(...names);
const scalar = fc.oneof(
  fc.constantFrom<unknown>('', 'a', 'aaa', '0', null, true, false, 0, 1, -1, 0.5, { $numberLong: '9007199254740993' }),
  fc.integer(),
);
const json = fc.oneof(
  fc.json(),
  fc
    .letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<unknown>('a', '', 'aaaa', null, true, 0, 1, 2 ** 60),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'length', '0'), tie('value'), { maxKeys: 3 }),
      ),
    }))
    .value.map((value) => JSON.stringify(value)),
);

const operators = fc.oneof(
  fc.record({ $eq: scalar }),
  fc.record({ $ne: scalar }),
  fc.record({ $gt: fc.constantFrom<unknown>(0, 'a', 1.5), $lte: fc.constantFrom<unknown>(9, 'b') }),
  fc.record({ $in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ $nin: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $regex: fc.constantFrom('a', '^$', '(a*)*b', '(?i)A+', '.') }),
);
const condition = fc.oneof(
  scalar,
  operators,
  operators.map(($not) => ({ $not })),
);

const filter: fc.Arbitrary<Filter> = fc.letrec<{ group: Filter }>((tie) => ({
  group: fc.oneof(
    { maxDepth: 4 },
    fc.record({ body: fc.tuple(name, condition).map(([field, below]) => Object.fromEntries([[field, below]])) }),
    fc.record({ headers: fc.record({ 'x-event': condition }) }),
    fc.record({ method: condition, event_type: condition }, { requiredKeys: ['method'] }),
    fc.array(tie('group'), { minLength: 1, maxLength: 3 }).map(($and) => ({ $and })),
    fc.array(tie('group'), { minLength: 1, maxLength: 3 }).map(($or) => ({ $or })),
    tie('group').map(($not) => ({ $not })),
  ),
})).group;

const request = fc
  .record({
    method: fc.constantFrom('POST', 'a'),
    path: fc.string(),
    query: fc.string(),
    headers: fc.array(fc.tuple(fc.constantFrom('X-Event', 'x-event', 'Host'), fc.string())),
    eventType: fc.option(fc.string(), { nil: undefined }),
    body: fc.oneof(json, fc.string()).map((text) => new FilteredBody(Buffer.from(text))),
  })
  .map((parts) => new FilteredRequest(parts));

it('filters obey the laws of and, or and not', () => {
  fc.assert(
    fc.property(filter, filter, request, (one, other, event) => {
      const [a, b] = [verdictOf(one, event).kind, verdictOf(other, event).kind];
      fc.pre(a !== 'failed' && b !== 'failed');
      const kind = (holds: boolean) => ({ kind: holds ? 'matches' : 'differs' });
      expect(verdictOf({ $not: one }, event)).toEqual(kind(a === 'differs'));
      expect(verdictOf({ $and: [one, other] }, event)).toEqual(kind(a === 'matches' && b === 'matches'));
      expect(verdictOf({ $or: [one, other] }, event)).toEqual(kind(a === 'matches' || b === 'matches'));
      expect(verdictOf({ $not: { $and: [one, other] } }, event)).toEqual(
        verdictOf({ $or: [{ $not: one }, { $not: other }] }, event),
      );
    }),
    { numRuns: 500 },
  );
});

it('every event matches either an operator or its opposite', () => {
  const opposites = fc.oneof(
    scalar.map((value) => [{ $eq: value }, { $ne: value }]),
    fc.array(scalar, { minLength: 1, maxLength: 3 }).map((list) => [{ $in: list }, { $nin: list }]),
    fc.constant([{ $exists: true }, { $exists: false }]),
    operators.map((some) => [some, { $not: some }]),
  );
  fc.assert(
    fc.property(opposites, name, json, ([one, other], field, text) => {
      const event = requestWith(text);
      const kinds = [one, other].map((below) => verdictOf({ body: Object.fromEntries([[field, below]]) }, event).kind);
      expect(kinds.toSorted()).toEqual(['differs', 'matches']);
    }),
    { numRuns: 500 },
  );
});

it('any value is refused as a filter with paths, or evaluated at bounded cost without an exception', () => {
  const words = [
    '$and',
    '$or',
    '$not',
    '$in',
    '$gt',
    '$regex',
    '$exists',
    '$numberLong',
    '$eq',
    'body',
    'headers',
    'method',
  ];
  const key = fc.oneof(fc.constantFrom(...words, ...names), fc.string());
  const hostile = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.oneof(fc.string(), fc.constantFrom('(a+)+$', '((a?){30}){30}', '[', '\\p{L}*'), fc.anything()),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
    ),
  })).value;
  fc.assert(
    fc.property(hostile, request, (given, event) => {
      const problems = problemsOf(given);
      for (const { message } of problems) expect(message).not.toBe('');
      if (problems.length > 0) return;
      const steps = new Steps();
      const { kind } = compileFilter(given as Filter).verdict(event, steps);
      expect(kind).toBeOneOf(['matches', 'differs', 'failed']);
      if (kind !== 'failed') expect(steps.taken).toBeLessThanOrEqual(MAX_STEPS);
    }),
    { numRuns: 2_000 },
  );
});
