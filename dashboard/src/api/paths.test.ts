import { describe, expect, it } from 'vitest';
import { apiPath, wellFormed } from './paths.ts';

describe('the path of a request', () => {
  it.each([
    ['', '/v1/events/-'],
    ['..', '/v1/events/--'],
    ['\0', '/v1/events/-'],
    ['../api-keys', '/v1/events/---api-keys'],
    ['a?b#c', '/v1/events/a-b-c'],
    ['%2e%2e', '/v1/events/-2e-2e'],
    ['evt_01a2158f353c741f83505709fee21796', '/v1/events/evt_01a2158f353c741f83505709fee21796'],
  ])('an id in a request path is one segment, whatever the address contains: %j', (id, path) => {
    expect(apiPath('events', id)).toBe(path);
    expect(new URL(path, 'http://hawser').pathname).toBe(path);
  });
});

describe('an address', () => {
  it.each([
    ['/events/%E0%A4%A', '/events/%25E0%25A4%25A'],
    ['/events/%', '/events/%25'],
    ['/events/%C3%BC/100%', '/events/%C3%BC/100%25'],
    ['/events/%00', '/events/%00'],
    ['/destinations/new', '/destinations/new'],
  ])("an address that can't be decoded is taken literally: %s", (given, taken) => {
    expect(wellFormed(given)).toBe(taken);
    expect(() => decodeURIComponent(wellFormed(given))).not.toThrow();
  });
});
