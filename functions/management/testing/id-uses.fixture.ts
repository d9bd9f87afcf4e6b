import type { ApiResponse, CallOptions } from './gateway.fixture.ts';
import type { Kind, TenantModel } from './resources.fixture.ts';

/** A call that names a resource by its id. */
export interface Use {
  readonly kind: Kind;
  readonly method: string;
  /** `*` stands for the id. */
  readonly path: string;
  /** @param ends of the caller's own, where the call needs another one */
  readonly options?: (id: string, ends: Ends) => CallOptions;
  /** Whether the owner's own call is refused with 409 in the present state. */
  readonly conflicts?: (own: TenantModel, id: string) => boolean;
  /** How a call by the owner changes the owner's model. */
  readonly effect?: (own: TenantModel, id: string, body: ApiResponse['body']) => void;
}

export interface Ends {
  readonly source: string;
  readonly destination: string;
}

const read = (kind: Kind, path: string): Use => ({ kind, method: 'GET', path });
const filter = (kind: Kind, path: string, parameter: string): Use => ({
  ...read(kind, path),
  options: (id) => ({ query: { [parameter]: id } }),
});
const write = (kind: Kind, method: string, path: string, effect: Use['effect'], body?: object): Use => ({
  kind,
  method,
  path,
  ...(effect && { effect }),
  ...(body && { options: () => ({ body }) }),
});

const replaceSource: Use['effect'] = (own, id, body) => own.source.set(id, body);
const replaceDestination: Use['effect'] = (own, id, body) => own.destination.set(id, body);
const isNotDead = (own: TenantModel, id: string) => own.delivery.get(id)?.status !== 'dead';
const destinationIsClosed = (own: TenantModel, id: string) => !own.isOpen(own.delivery.get(id)?.destination);
const isPending = (own: TenantModel, id: string) => own.delivery.get(id)?.status === 'pending';
const isArchived = (own: TenantModel, id: string) => !own.isOpen(id);
const beginReplay: Use['effect'] = (own, _, body) => own.addReplay(body);
const showDeliveries: Use['effect'] = (own, _, { deliveries }) => {
  for (const delivery of deliveries) own.setDelivery(delivery);
};

/** Every way to name a resource: in a path, a parameter, the body or a header. */
export const uses: readonly Use[] = [
  { ...read('organization', '/v1/sources'), options: (organization) => ({ organization }) },
  {
    ...write('organization', 'POST', '/v1/sources', (own, _, body) => own.addSource(body)),
    options: (organization) => ({ organization, body: { name: 'of the one that is named' } }),
  },
  read('source', '/v1/sources/*'),
  write('source', 'PATCH', '/v1/sources/*', replaceSource, { name: 'renamed' }),
  write('source', 'DELETE', '/v1/sources/*', (own, id) => own.delete('source', id)),
  read('source', '/v1/sources/*/destinations'),
  write('source', 'POST', '/v1/sources/*/destinations', (own, id, body) => own.addConnected(id, body), {
    url: 'https://example.com/connected',
  }),
  filter('source', '/v1/connections', 'source_id'),
  filter('source', '/v1/events', 'source_id'),
  read('destination', '/v1/destinations/*'),
  read('destination', '/v1/destinations/*/health'),
  read('destination', '/v1/destinations/*/circuit'),
  write('destination', 'POST', '/v1/destinations/*/circuit/reset', undefined),
  write('destination', 'PATCH', '/v1/destinations/*', replaceDestination, { name: 'renamed' }),
  write('destination', 'PATCH', '/v1/destinations/*', replaceDestination, { secret: 'another secret' }),
  write('destination', 'PATCH', '/v1/destinations/*', replaceDestination, { enabled: false }),
  write('destination', 'PATCH', '/v1/destinations/*', replaceDestination, { enabled: true }),
  write('destination', 'DELETE', '/v1/destinations/*', (own, id) => own.delete('destination', id)),
  {
    ...write('destination', 'POST', '/v1/destinations/*/rotate-secret', (own, _, body) => own.setDestination(body)),
    options: () => ({ body: { overlap_seconds: 60 } }),
  },
  {
    ...write('destination', 'POST', '/v1/destinations/*/test', undefined),
    options: () => ({ body: {} }),
  },
  // Like all destinations here it is of the type http, which takes no clients.
  { ...write('destination', 'POST', '/v1/destinations/*/tickets', undefined), conflicts: () => true },
  read('destination', '/v1/destinations/*/clients'),
  write('destination', 'POST', '/v1/destinations/*/archive', replaceDestination),
  write('destination', 'POST', '/v1/destinations/*/unarchive', replaceDestination),
  filter('destination', '/v1/connections', 'destination_id'),
  filter('destination', '/v1/deliveries', 'destination_id'),
  filter('destination', '/v1/dead-letters', 'destination_id'),
  {
    ...write('destination', 'POST', '/v1/dead-letters/replay', beginReplay),
    options: (destination_id) => ({ body: { destination_id } }),
    conflicts: isArchived,
  },
  {
    ...write('destination', 'POST', '/v1/replays', beginReplay),
    options: (destination_id) => ({ body: { destination_id, status: 'missing' } }),
    conflicts: isArchived,
  },
  {
    ...write('destination', 'POST', '/v1/destinations/*/replay', beginReplay, {}),
    conflicts: isArchived,
  },
  read('connection', '/v1/connections/*'),
  write('connection', 'PATCH', '/v1/connections/*', (own, id, body) => own.connection.set(id, body), {
    name: 'renamed',
  }),
  write('connection', 'DELETE', '/v1/connections/*', (own, id) => own.connection.delete(id)),
  write('key', 'DELETE', '/v1/api-keys/*', (own, id) => own.key.delete(id)),
  read('event', '/v1/events/*'),
  write('event', 'POST', '/v1/events/*/replay', showDeliveries),
  {
    ...write('source', 'POST', '/v1/events', (own, source, { id }) => own.addEvent(id, source)),
    options: (source_id) => ({ body: { source_id, body: '{}' } }),
  },
  {
    ...write('event', 'POST', '/v1/filters/test', undefined),
    options: (event_id) => ({ body: { filter: { method: 'POST' }, event_id } }),
  },
  {
    ...write('event', 'POST', '/v1/transforms/test', undefined),
    options: (event_id) => ({ body: { transform: 'function transform() { return null }', event_id } }),
  },
  filter('event', '/v1/deliveries', 'event_id'),
  read('delivery', '/v1/deliveries/*'),
  {
    ...write('delivery', 'POST', '/v1/deliveries/*/retry', (own, _, body) => own.setDelivery(body)),
    conflicts: (own, id) => isPending(own, id) || destinationIsClosed(own, id),
  },
  {
    ...write('delivery', 'POST', '/v1/deliveries/*/cancel', (own, _, body) => own.setDelivery(body)),
    conflicts: (own, id) => !isPending(own, id),
  },
  {
    ...write('delivery', 'POST', '/v1/dead-letters/*/replay', (own, id) => own.endDeath(id, 'pending')),
    conflicts: (own, id) => isNotDead(own, id) || destinationIsClosed(own, id),
  },
  {
    ...write('delivery', 'DELETE', '/v1/dead-letters/*', (own, id) => own.endDeath(id, 'cancelled')),
    conflicts: isNotDead,
  },
  read('replay', '/v1/replays/*'),
  {
    ...write('replay', 'POST', '/v1/replays/*/cancel', (own, id, body) => own.replay.set(id, body)),
    conflicts: (own, id) => own.replay.get(id)?.status !== 'running',
  },
];

/** Connections to an end of another organization. `Tenant.connect` makes those with two own ends. */
export const connecting: readonly Use[] = [
  {
    ...write('source', 'POST', '/v1/connections', undefined),
    options: (source_id, { destination }) => ({ body: { source_id, destination_id: destination } }),
  },
  {
    ...write('destination', 'POST', '/v1/connections', undefined),
    options: (destination_id, { source }) => ({ body: { source_id: source, destination_id } }),
  },
];
