import { newId } from '../../../core/ids.ts';
import type { Route } from '../http/route.ts';
import { ROOT_KEY } from './gateway.fixture.ts';

/** What is required to call each route of the API. */

/** A body that the route accepts, if it takes one. */
const validBodies: Record<string, object> = {
  'POST /v1/organizations': { name: 'team-blue' },
  'POST /v1/api-keys': { name: 'ci', scope: 'read' },
  'POST /v1/session': { api_key: ROOT_KEY },
  'POST /v1/sources': { name: 'github' },
  'PATCH /v1/sources/{id}': { name: 'gitlab' },
  'POST /v1/sources/{id}/destinations': { url: 'https://example.com/hook' },
  'POST /v1/destinations': { url: 'https://example.com/hook' },
  'PATCH /v1/destinations/{id}': { timeout_seconds: 20 },
  'POST /v1/destinations/{id}/rotate-secret': { overlap_seconds: 60 },
  'POST /v1/destinations/{id}/test': { body: '{}' },
  'POST /v1/events': { source_id: newId('src'), body: '{}' },
  'POST /v1/events/{id}/replay': { destination_id: newId('dst') },
  'POST /v1/dead-letters/replay': { destination_id: newId('dst') },
  'POST /v1/replays': { destination_id: newId('dst') },
  'POST /v1/destinations/{id}/replay': { status: 'dead' },
  'PATCH /v1/connections/{id}': { name: 'Pushes' },
  'POST /v1/filters/test': { filter: { method: 'POST' }, event: { body: '{}' } },
  'POST /v1/transforms/test': { transform: 'function transform() { return {} }', event: { body: '{}' } },
  'POST /v1/connections': { source_id: newId('src'), destination_id: newId('dst') },
};

const prefixOf: Record<string, IdPrefix> = {
  'api-keys': 'key',
  sources: 'src',
  destinations: 'dst',
  connections: 'con',
  events: 'evt',
  deliveries: 'dlv',
  'dead-letters': 'dlv',
  replays: 'rpl',
};
export type IdPrefix = 'key' | 'src' | 'dst' | 'con' | 'evt' | 'dlv' | 'rpl';

export const nameOf = ({ method, path }: Route) => `${method} ${path}`;
export const named = (some: readonly Route[]) => some.map((route): [string, Route] => [nameOf(route), route]);

/** The kind of id in the route's path. */
export function idPrefixOf({ path }: Route): IdPrefix {
  const found = prefixOf[path.split('/')[2] ?? ''];
  if (!found) throw new Error(`add ${path} to prefixOf`);
  return found;
}

export function pathWith(route: Route, id: string = route.path.includes('{') ? newId(idPrefixOf(route)) : ''): string {
  return route.path.replace(/\{\w+\}/, id);
}

export function bodyFor(route: Route): { body?: object } {
  const body = validBodies[nameOf(route)];
  if (route.body && !body) throw new Error(`add ${nameOf(route)} to validBodies`);
  return body ? { body } : {};
}
