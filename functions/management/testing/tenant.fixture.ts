import { expect } from 'vitest';
import { idSchema } from '../../../core/id-schema.ts';
import type { ApiUnderTest } from './api.fixture.ts';
import type { ApiResponse, CallOptions } from './gateway.fixture.ts';
import { HistoryUnderTest } from './history.fixture.ts';
import { TenantModel } from './resources.fixture.ts';

/** A key and a session of it. The key is not in the model, so that no test revokes it. */
interface Proofs {
  readonly keyId: string;
  readonly key: string;
  readonly cookie: string;
}

const url = 'https://example.com/hook';

/** An organization that acts through the API, and a model of what it has. */
export class Tenant {
  readonly things: TenantModel;
  readonly #api: ApiUnderTest;
  readonly #history: HistoryUnderTest;
  readonly #proofs: Proofs;

  private constructor(api: ApiUnderTest, id: string, proofs: Proofs) {
    this.things = new TenantModel(id);
    this.#api = api;
    this.#history = new HistoryUnderTest(api.services, idSchema('org').parse(id));
    this.#proofs = proofs;
  }

  /** A new organization with one resource of each kind. */
  static async create(api: ApiUnderTest, name: string): Promise<Tenant> {
    const organization = await api.ok('POST', '/v1/organizations', { body: { name } });
    const { id: keyId, key } = await api.newKey('admin', name);
    const tenant = new Tenant(api, organization.id, { keyId, key, cookie: await api.login(key) });
    await tenant.createSource();
    await tenant.createConnected(0);
    await tenant.createKey();
    await tenant.makeDeadLetter(0);
    await tenant.createReplay();
    return tenant;
  }

  call(byCookie: boolean, method: string, path: string, options: CallOptions = {}): Promise<ApiResponse> {
    const { key, cookie } = this.#proofs;
    return this.#api.call(method, path, { ...options, ...(byCookie ? { cookie } : { key }) });
  }

  async createSource(): Promise<void> {
    this.things.addSource(await this.#ok('POST', '/v1/sources', { body: { name: 'github' } }));
  }

  async createDestination(): Promise<void> {
    this.things.addDestination(await this.#ok('POST', '/v1/destinations', { body: { url } }));
  }

  /** The model forgets its other destinations, so that nothing more is done with them. */
  async haveWebsocketDestinationAlone(): Promise<void> {
    this.things.destination.clear();
    this.things.addDestination(await this.#ok('POST', '/v1/destinations', { body: { type: 'websocket' } }));
  }

  async createConnected(pick: number): Promise<void> {
    const source = this.things.some('source', pick);
    if (!source) return;
    this.things.addConnected(source, await this.#ok('POST', `/v1/sources/${source}/destinations`, { body: { url } }));
  }

  async connect(pick: number): Promise<void> {
    const source_id = this.things.some('source', pick);
    const destination_id = this.things.some('destination', pick);
    if (!source_id || !destination_id) return;
    const answer = await this.call(false, 'POST', '/v1/connections', { body: { source_id, destination_id } });
    const isConnected = this.things.isConnected(source_id, destination_id);
    expect(answer.status).toBe(isConnected ? 409 : 201);
    if (!isConnected) this.things.addConnection(answer.body);
  }

  async createKey(): Promise<void> {
    this.things.addKey(await this.#ok('POST', '/v1/api-keys', { body: { name: 'ci', scope: 'read' } }));
  }

  /** A replay of dead letters that do not exist, because replays that change something are another test's concern. */
  async createReplay(): Promise<void> {
    const body = { until: '2020-01-01T00:00:00Z' };
    this.things.addReplay(await this.#ok('POST', '/v1/replays', { body }));
  }

  async receiveEvent(pick: number): Promise<void> {
    const source = this.things.some('source', pick);
    if (source) this.things.addEvent(await this.#history.store(source, 'body'), source);
  }

  async makeDeadLetter(pick: number): Promise<void> {
    const connection = this.things.connection.get(this.things.some('connection', pick) ?? '');
    if (!connection) return;
    const { id, source_id: source, destination_id: destination } = connection;
    const event = await this.#history.store(source, 'body');
    this.things.addEvent(event, source);
    const delivery = await this.#history.dead({ source, destination, connection: id }, event);
    this.things.addDeadLetter(delivery, destination);
  }

  /** Checks that the API lists exactly what is in the model, unchanged. */
  async expectToSeeItsOwn(): Promise<void> {
    const list = async (path: string, plural: string): Promise<ApiResponse['body'][]> =>
      sorted((await this.#ok('GET', path, { query: { limit: '100' } }))[plural]);
    const [sources, destinations, connections, keys, events, deliveries, deadLetters, replays, overview] =
      await Promise.all([
        list('/v1/sources', 'sources'),
        list('/v1/destinations', 'destinations'),
        list('/v1/connections', 'connections'),
        list('/v1/api-keys', 'api_keys'),
        list('/v1/events', 'events'),
        list('/v1/deliveries', 'deliveries'),
        list('/v1/dead-letters', 'dead_letters'),
        list('/v1/replays', 'replays'),
        this.#ok('GET', '/v1/overview', {}),
      ]);
    const { things } = this;
    expect(sources).toEqual(sorted([...things.source.values()]));
    expect(destinations).toEqual(sorted([...things.destination.values()]));
    expect(replays).toEqual(sorted([...things.replay.values()]));
    expect(connections).toMatchObject(sorted([...things.connection.values()]));
    const others = keys.filter(({ id }) => id !== this.#proofs.keyId);
    expect(others.map(({ last_used_at, ...key }) => key)).toEqual(sorted([...things.key.values()]));
    const ids = { events: idsOf(events), deliveries: idsOf(deliveries), deadLetters: idsOf(deadLetters) };
    expect(ids).toEqual(things.listed());
    expect(overview.sources.count).toBe(sources.length);
    expect(overview.destinations.count).toBe(destinations.length);
    expect(overview.dead_letters).toEqual({ count: deadLetters.length, has_more: false });
    for (const { id, status } of deliveries) expect(status).toBe(things.delivery.get(id)?.status);
  }

  async #ok(method: string, path: string, options: CallOptions): Promise<ApiResponse['body']> {
    const answer = await this.call(false, method, path, options);
    expect(answer.status).toBeOneOf([200, 201, 202]);
    return answer.body;
  }
}

function idsOf(shown: readonly { readonly id: string }[]): string[] {
  return shown.map(({ id }) => id);
}

function sorted<T extends { readonly id: string }>(shown: readonly T[]): T[] {
  return shown.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}
