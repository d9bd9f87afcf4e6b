import { describe, expect, it } from 'vitest';
import { type Detail, Problem } from '../api/problem.ts';
import { notFound } from './not-found.ts';

const hex = '01a2158f353c741f83505709fee21796';
const found = (message: string, code = 'RESOURCE_NOT_FOUND', details: readonly Detail[] = []) =>
  notFound(new Problem(message, { status: 404, code, details }), 'team-blue');

describe('a resource that is not found', () => {
  it.each([`Event evt_${hex} not found`, `Delivery dlv_${hex} not found`])(
    'the hint says that it may have expired: %s',
    (message) => {
      const { hint } = found(message) ?? {};
      expect(hint).toMatch(/^It may have expired .* than “team-blue”, .* sign in with a key of that organization\.$/);
    },
  );

  it.each([`Source src_${hex} not found`, `Destination dst_${hex} not found`, `Connection con_${hex} not found`])(
    'the hint says that it may have been deleted: %s',
    (message) => {
      const { hint } = found(message) ?? {};
      expect(hint).toMatch(
        /^It may have been deleted, .* than “team-blue”, .* sign in with a key of that organization\.$/,
      );
    },
  );

  it.each([
    ['evt', 'event'],
    ['dlv', 'delivery'],
    ['src', 'source'],
    ['dst', 'destination'],
    ['con', 'connection'],
  ])('an invalid id is only said not to exist: %s_', (prefix, kind) => {
    const problem = `must be an id that Hawser has given out: ${prefix}_ and a UUIDv7 in 32 lower-case hex digits`;
    const none = found(`id ${problem}`, 'VALIDATION_FAILED', [{ path: 'id', problem }]);
    expect(none).toMatchObject({ told: `There is no such ${kind}`, mayBeElsewhere: false });
    expect(none?.hint).not.toContain('UUID');
  });

  it('an unknown route or an invalid field is not explained as a missing resource', () => {
    expect(found('The API has no /v1/nowhere', 'ROUTE_NOT_FOUND')).toBeUndefined();
    const ofAField = [{ path: 'source_id', problem: 'must be an id: src_ and a UUIDv7' }];
    expect(found('source_id must be an id: src_ and a UUIDv7', 'VALIDATION_FAILED', ofAField)).toBeUndefined();
  });
});
