import { maskSecret } from '../../../core/secrets/masking.ts';
import type { ApiResponse } from './gateway.fixture.ts';

export const idPrefixes = {
  organization: 'org',
  source: 'src',
  destination: 'dst',
  connection: 'con',
  key: 'key',
  event: 'evt',
  delivery: 'dlv',
  replay: 'rpl',
} as const;
export type Kind = keyof typeof idPrefixes;

type Shown = ApiResponse['body'];
type Connection = { readonly id: string; readonly source_id: string; readonly destination_id: string };
type Delivery = { readonly destination: string; readonly status: 'dead' | 'pending' | 'cancelled' };

/** A model of the resources of an organization, by id: exactly what the API must show it. */
export class TenantModel {
  readonly organization: ReadonlyMap<string, null>;
  readonly source = new Map<string, Shown>();
  readonly destination = new Map<string, Shown>();
  readonly connection = new Map<string, Connection>();
  readonly key = new Map<string, Shown>();
  /** Event id → source id. */
  readonly event = new Map<string, string>();
  readonly delivery = new Map<string, Delivery>();
  readonly replay = new Map<string, Shown>();
  /** All ids that it ever had, including deleted ones. */
  readonly ever: Readonly<Record<Kind, string[]>>;

  constructor(organizationId: string) {
    this.organization = new Map([[organizationId, null]]);
    this.ever = {
      organization: [organizationId],
      source: [],
      destination: [],
      connection: [],
      key: [],
      event: [],
      delivery: [],
      replay: [],
    };
  }

  /** Picks one of the existing ids of a kind. */
  some(kind: Kind, pick: number): string | undefined {
    return [...this[kind].keys()][pick % this[kind].size];
  }

  isConnected(source: string, destination: string): boolean {
    return [...this.connection.values()].some(
      ({ source_id, destination_id }) => source_id === source && destination_id === destination,
    );
  }

  addSource(shown: Shown): void {
    this.source.set(shown.id, shown);
    this.ever.source.push(shown.id);
  }

  /** @param shown a response that contains the secret */
  setDestination(shown: Shown): void {
    this.destination.set(shown.id, { ...shown, secret: shown.secret && maskSecret(shown.secret) });
  }

  addDestination(shown: Shown): void {
    this.setDestination(shown);
    this.ever.destination.push(shown.id);
  }

  addConnection(connection: Connection): void {
    this.connection.set(connection.id, connection);
    this.ever.connection.push(connection.id);
  }

  addConnected(source_id: string, { connection_id, ...destination }: Shown): void {
    this.addDestination(destination);
    this.addConnection({ id: connection_id, source_id, destination_id: destination.id });
  }

  addKey({ last_used_at, ...shown }: Shown): void {
    this.key.set(shown.id, { ...shown, key: maskSecret(shown.key) });
    this.ever.key.push(shown.id);
  }

  addEvent(id: string, source: string): void {
    this.event.set(id, source);
    this.ever.event.push(id);
  }

  addDeadLetter(id: string, destination: string): void {
    this.delivery.set(id, { destination, status: 'dead' });
    this.ever.delivery.push(id);
  }

  /** @param shown a response */
  setDelivery({ id, destination_id: destination, status }: Shown): void {
    if (!this.delivery.has(id)) this.ever.delivery.push(id);
    this.delivery.set(id, { destination, status });
  }

  /** Whether it is neither deleted nor archived. */
  isOpen(destination: string | undefined): boolean {
    return destination !== undefined && this.destination.get(destination)?.archived_at === null;
  }

  addReplay(shown: Shown): void {
    this.replay.set(shown.id, shown);
    this.ever.replay.push(shown.id);
  }

  endDeath(id: string, status: 'pending' | 'cancelled'): void {
    const delivery = this.delivery.get(id);
    if (delivery) this.delivery.set(id, { ...delivery, status });
  }

  /** Deletes it together with its connections. */
  delete(kind: 'source' | 'destination', id: string): void {
    this[kind].delete(id);
    for (const { id: connection, source_id, destination_id } of [...this.connection.values()]) {
      if (source_id === id || destination_id === id) this.connection.delete(connection);
    }
  }

  /** Events and deliveries of what was deleted are found by its id alone. */
  listed(): Record<'events' | 'deliveries' | 'deadLetters', string[]> {
    return {
      events: idsWhere(this.event, (source) => this.source.has(source)),
      deliveries: idsWhere(this.delivery, ({ destination }) => this.destination.has(destination)),
      deadLetters: idsWhere(this.delivery, ({ status }) => status === 'dead'),
    };
  }
}

function idsWhere<T>(things: ReadonlyMap<string, T>, holds: (thing: T) => boolean): string[] {
  return [...things].flatMap(([id, thing]) => (holds(thing) ? [id] : [])).sort();
}
