import { idSchema } from '../../core/id-schema.ts';
import { newId } from '../../core/ids.ts';
import type { ApiUnderTest } from './api-under-test.ts';
import { type Answer, type CallOptions, callHandler } from './gateway-under-test.ts';
import { HistoryUnderTest } from './history-under-test.ts';
import { managementHandler } from './management.ts';
import type { Route } from './route.ts';
import { bodyFor, type IdPrefix, idPrefixOf, nameOf, pathWith } from './routes-under-test.ts';
import { type Services, servicesFromEnvironment } from './services.ts';

/** A call of a POST that does something. */
export interface Post {
  readonly path: string;
  readonly options: CallOptions;
}

/** Calls of every POST, each with new things of its own. */
export class Posts {
  readonly #api: ApiUnderTest;
  readonly #organizationId: string;

  constructor(api: ApiUnderTest, organizationId: string) {
    this.#api = api;
    this.#organizationId = organizationId;
  }

  async to(route: Route): Promise<Post> {
    const path = route.path.includes('{') ? pathWith(route, (await this.#things())[idPrefixOf(route)]) : route.path;
    const body = (await this.#special[nameOf(route)]?.()) ?? bodyFor(route).body;
    return { path, options: { ...(body && { body }), organization: this.#organizationId } };
  }

  /** Bodies that work once, or that name something. */
  readonly #special: Readonly<Record<string, () => Promise<object>>> = {
    'POST /v1/organizations': async () => ({ name: newId('org').replace('_', '-') }),
    'POST /v1/connections': async () => ({
      source_id: (await this.#things()).src,
      destination_id: (await this.#things()).dst,
    }),
  };

  async #things(): Promise<Record<IdPrefix, string>> {
    const organization = this.#organizationId;
    const source = await this.#api.ok('POST', '/v1/sources', { organization, body: { name: 'github' } });
    const destination = await this.#api.ok('POST', `/v1/sources/${source.id}/destinations`, {
      organization,
      body: { url: 'https://example.com/hook' },
    });
    const ends = { source: source.id, destination: destination.id, connection: destination.connection_id };
    const history = new HistoryUnderTest(this.#api.services, idSchema('org').parse(organization));
    const evt = await history.store(ends.source, 'body');
    const dlv = await history.dead(ends, evt);
    const key = await this.#api.ok('POST', '/v1/api-keys', { organization, body: { name: 'ci', scope: 'read' } });
    return { key: key.id, src: ends.source, dst: ends.destination, con: ends.connection, evt, dlv };
  }
}

/** Calls the same installation, in which something is different. */
export function postWith(changed: Partial<Services>, path: string, options: CallOptions): Promise<Answer> {
  return callHandler(managementHandler({ ...servicesFromEnvironment(), ...changed }), 'POST', path, options);
}
