import { idSchema } from '../../../core/id-schema.ts';
import { newId } from '../../../core/ids.ts';
import type { Route } from '../http/route.ts';
import type { Services } from '../services.ts';
import type { ApiUnderTest } from './api.fixture.ts';
import { type ApiResponse, type CallOptions, callHandler } from './gateway.fixture.ts';
import { handlerWith } from './handler.fixture.ts';
import { type Connected, failedAttempt, HistoryUnderTest } from './history.fixture.ts';
import { bodyFor, idPrefixOf, nameOf, pathWith } from './routes.fixture.ts';

/** A call of a POST that does something. */
export interface Post {
  readonly path: string;
  readonly options: CallOptions;
}

/** Bodies for routes whose usual body works only once, or names something that does not exist. */
const bodies: Readonly<Record<string, (ends: Connected, posts: Posts) => object | Promise<object>>> = {
  'POST /v1/organizations': () => ({ name: newId('org').replace('_', '-') }),
  'POST /v1/connections': async ({ source }, posts) => ({
    source_id: source,
    destination_id: await posts.newDestination(),
  }),
  'POST /v1/events': ({ source }) => ({ source_id: source, body: '{}' }),
  'POST /v1/events/{id}/replay': ({ destination }) => ({ destination_id: destination }),
  'POST /v1/dead-letters/replay': async (ends, posts) => {
    await posts.history.dead(ends);
    return { destination_id: ends.destination };
  },
  'POST /v1/replays': async (ends, posts) => {
    await posts.history.store(ends.source, 'body');
    return { destination_id: ends.destination };
  },
};

/** Calls of every POST, each with new resources of its own. */
export class Posts {
  readonly history: HistoryUnderTest;
  readonly #api: ApiUnderTest;
  readonly #organization: string;

  constructor(api: ApiUnderTest, organization: string) {
    this.history = new HistoryUnderTest(api.services, idSchema('org').parse(organization));
    this.#api = api;
    this.#organization = organization;
  }

  async to(route: Route): Promise<Post> {
    const ends = await this.history.connected(this.#api);
    const name = nameOf(route);
    const path = route.path.includes('{') ? pathWith(route, await this.#newResource(route, ends)) : route.path;
    const body = (await bodies[name]?.(ends, this)) ?? bodyFor(route).body;
    return { path, options: { ...(body && { body }), organization: this.#organization } };
  }

  /** A destination that nothing is connected to. */
  async newDestination(): Promise<string> {
    return (await this.#create('/v1/destinations', { url: 'https://example.com/hook' })).id;
  }

  /** Creates the resource that the route's path names. */
  async #newResource(route: Route, ends: Connected): Promise<string> {
    const { history } = this;
    switch (idPrefixOf(route)) {
      case 'src':
        return ends.source;
      case 'dst':
        return ends.destination;
      case 'con':
        return ends.connection;
      case 'key':
        return (await this.#create('/v1/api-keys', { name: 'ci', scope: 'read' })).id;
      case 'rpl':
        await history.store(ends.source, 'body');
        return (await this.#create('/v1/replays', {})).id;
      case 'evt': {
        const event = await history.store(ends.source, 'body');
        await history.dead(ends, event);
        return event;
      }
      case 'dlv':
        return nameOf(route) === 'POST /v1/deliveries/{id}/cancel' ? this.#newRetrying(ends) : history.dead(ends);
    }
  }

  async #newRetrying(ends: Connected): Promise<string> {
    const nextAttemptAtMs = Date.now() + 60_000;
    const event = await this.history.store(ends.source, 'body');
    return this.history.record(event, ends, [failedAttempt(1)], { status: 'retrying', nextAttemptAtMs });
  }

  #create(path: string, body: object): Promise<ApiResponse['body']> {
    return this.#api.ok('POST', path, { organization: this.#organization, body });
  }
}

/** Calls the same installation with some of its services replaced. */
export function postWith(changed: Partial<Services>, path: string, options: CallOptions): Promise<ApiResponse> {
  return callHandler(handlerWith(changed), 'POST', path, options);
}
