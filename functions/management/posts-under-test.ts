import { idSchema } from '../../core/id-schema.ts';
import { newId } from '../../core/ids.ts';
import type { ApiUnderTest } from './api-under-test.ts';
import { type Answer, type CallOptions, callHandler } from './gateway-under-test.ts';
import { failedAttempt, HistoryUnderTest } from './history-under-test.ts';
import { managementHandler } from './management.ts';
import type { Route } from './route.ts';
import { bodyFor, type IdPrefix, idPrefixOf, nameOf, pathWith } from './routes-under-test.ts';
import { type Services, servicesFromEnvironment } from './services.ts';

/** A call of a POST that does something. */
export interface Post {
  readonly path: string;
  readonly options: CallOptions;
}

/** One of each kind, a delivery that has not ended, and a destination without a connection; `dlv` is a dead letter. */
type Things = Readonly<Record<IdPrefix | 'retrying' | 'free', string>>;

/** Where the usual one works only once, or names nothing that exists. */
const bodies: Readonly<Record<string, (things: Things) => object>> = {
  'POST /v1/organizations': () => ({ name: newId('org').replace('_', '-') }),
  'POST /v1/connections': ({ src, free }) => ({ source_id: src, destination_id: free }),
  'POST /v1/events': ({ src }) => ({ source_id: src, body: '{}' }),
  'POST /v1/events/{id}/replay': ({ dst }) => ({ destination_id: dst }),
  'POST /v1/dead-letters/replay': ({ dst }) => ({ destination_id: dst }),
  'POST /v1/replays': ({ dst }) => ({ destination_id: dst }),
};

/** Calls of every POST, each with new things of its own. */
export class Posts {
  readonly #api: ApiUnderTest;
  readonly #organizationId: string;

  constructor(api: ApiUnderTest, organizationId: string) {
    this.#api = api;
    this.#organizationId = organizationId;
  }

  async to(route: Route): Promise<Post> {
    const things = await this.#things();
    const name = nameOf(route);
    const isCancel = name === 'POST /v1/deliveries/{id}/cancel';
    const path = route.path.includes('{')
      ? pathWith(route, isCancel ? things.retrying : things[idPrefixOf(route)])
      : route.path;
    const body = bodies[name]?.(things) ?? bodyFor(route).body;
    return { path, options: { ...(body && { body }), organization: this.#organizationId } };
  }

  async #things(): Promise<Things> {
    const organization = this.#organizationId;
    const source = await this.#api.ok('POST', '/v1/sources', { organization, body: { name: 'github' } });
    const destination = await this.#api.ok('POST', `/v1/sources/${source.id}/destinations`, {
      organization,
      body: { url: 'https://example.com/hook' },
    });
    const free = await this.#api.ok('POST', '/v1/destinations', {
      organization,
      body: { url: 'https://example.com/hook' },
    });
    const ends = { source: source.id, destination: destination.id, connection: destination.connection_id };
    const history = new HistoryUnderTest(this.#api.services, idSchema('org').parse(organization));
    const evt = await history.store(ends.source, 'body');
    const dlv = await history.dead(ends, evt);
    const retrying = await history.record(await history.store(ends.source, 'body'), ends, [failedAttempt(1)], {
      status: 'retrying',
      nextAttemptAtMs: Date.now() + 60_000,
    });
    const key = await this.#api.ok('POST', '/v1/api-keys', { organization, body: { name: 'ci', scope: 'read' } });
    const replay = await this.#api.ok('POST', '/v1/replays', { organization, body: {} });
    return {
      key: key.id,
      rpl: replay.id,
      src: ends.source,
      dst: ends.destination,
      con: ends.connection,
      evt,
      dlv,
      retrying,
      free: free.id,
    };
  }
}

/** Calls the same installation, in which something is different. */
export function postWith(changed: Partial<Services>, path: string, options: CallOptions): Promise<Answer> {
  return callHandler(managementHandler({ ...servicesFromEnvironment(), ...changed }), 'POST', path, options);
}
