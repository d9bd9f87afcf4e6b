import { describe, expect, it } from 'vitest';
import { Problem } from '../api/problem.ts';
import { notFoundHint } from './not-found.ts';

const hex = '01a2158f353c741f83505709fee21796';
const hintOf = (message: string, code = 'RESOURCE_NOT_FOUND') =>
  notFoundHint(new Problem(message, { status: 404, code }), 'team-blue');

describe('what is not found', () => {
  it.each([`Event evt_${hex} not found`, `Delivery dlv_${hex} not found`])('may have expired: %s', (message) => {
    expect(hintOf(message)).toMatch(/^It may have expired, .* than “team-blue”, .* sign in with a key of that one\.$/);
  });

  it.each([`Source src_${hex} not found`, `Destination dst_${hex} not found`, `Connection con_${hex} not found`])(
    'may have been deleted: %s',
    (message) => {
      expect(hintOf(message)).toMatch(
        /^It may have been deleted, .* than “team-blue”, .* sign in with a key of that one\.$/,
      );
    },
  );

  it('is all that is explained so', () => {
    expect(hintOf('The API has no /v1/nowhere', 'ROUTE_NOT_FOUND')).toBeUndefined();
  });
});
