import { defaultOrganization } from '../../../core/access/organization.ts';
import type { Attempt } from '../../../core/deliveries/attempt.ts';
import type { DeliveryJob } from '../../../core/deliveries/delivery.ts';
import type { HeaderList } from '../../../core/deliveries/delivery-headers.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { type DeliveryId, deliveryIdOf, type EventId, type OrganizationId } from '../../../core/ids.ts';
import { resourceNames, type TestServices } from '../../../test/support/services.ts';
import { DeadLetterQueue } from '../../stores/dead-letter-queue.ts';
import { DeliveryLog } from '../../stores/deliveries/delivery-log.ts';
import { DeliveryReader } from '../../stores/deliveries/delivery-reader.ts';
import type { DeliveryState } from '../../stores/deliveries/delivery-row.ts';
import { EventStore } from '../../stores/events.ts';
import type { ApiUnderTest } from './api.fixture.ts';

const retentionDays = 30;

/** Ids of a source and a destination of one organization, and of the connection between them. */
export interface Connected {
  readonly source: string;
  readonly destination: string;
  readonly connection: string;
}

/** Makes the history of an organization as ingest and delivery do, through the same stores. */
export class HistoryUnderTest {
  readonly #organizationId: OrganizationId;
  readonly #events: EventStore;
  readonly #log: DeliveryLog;
  readonly #deadLetters: DeadLetterQueue;

  constructor({ clients, deadLetterQueue }: TestServices, organizationId: OrganizationId = defaultOrganization.id) {
    const { dynamodb, s3, sqs } = clients;
    const { bucket, events: table, deliveries } = resourceNames;
    this.#organizationId = organizationId;
    this.#events = new EventStore({ dynamodb, s3, table, bucket, retentionDays });
    this.#log = new DeliveryLog({ dynamodb, table: deliveries, retentionDays, lingerMs: 0 });
    const reader = new DeliveryReader({ dynamodb, table: deliveries });
    this.#deadLetters = new DeadLetterQueue(sqs, deadLetterQueue.queueUrl, reader);
  }

  /** A new source and a new destination, connected. */
  async connected(api: ApiUnderTest): Promise<Connected> {
    const organization = this.#organizationId;
    const source = await api.ok('POST', '/v1/sources', { organization, body: { name: 'github' } });
    const body = { url: 'https://example.com/hook' };
    const destination = await api.ok('POST', `/v1/sources/${source.id}/destinations`, { organization, body });
    return { source: source.id, destination: destination.id, connection: destination.connection_id };
  }

  /** Stores an event as ingest does, by default a moment after everything that the test has made. */
  store(
    sourceId: string,
    body: Uint8Array | string,
    headers: HeaderList = [],
    atMs = Date.now() + 1,
    query = 'a=1&a=2',
  ): Promise<EventId> {
    const head = { method: 'POST', path: '/orders', query, headers, sourceIp: '203.0.113.7' };
    const source = { id: idSchema('src').parse(sourceId), organizationId: this.#organizationId };
    return this.#events.put(source, head, Buffer.from(body), atMs);
  }

  jobFor(eventId: EventId, { source, destination, connection }: Connected, attempt = 1): DeliveryJob {
    const connectionId = idSchema('con').parse(connection);
    return {
      deliveryId: deliveryIdOf(eventId, connectionId),
      eventId,
      organizationId: this.#organizationId,
      sourceId: idSchema('src').parse(source),
      connectionId,
      destinationId: idSchema('dst').parse(destination),
      attempt,
      roundStart: 1,
      startsReplay: false,
    };
  }

  /** Records a delivery as delivery leaves it: every attempt but the last failed. */
  async record(
    eventId: EventId,
    ends: Connected,
    attempts: readonly Attempt[],
    state: DeliveryState,
  ): Promise<DeliveryId> {
    for (const attempt of attempts) {
      const isLast = attempt === attempts.at(-1);
      await this.#log.recordAttempt(
        this.jobFor(eventId, ends, attempt.number),
        attempt,
        isLast ? state : { status: 'retrying', nextAttemptAtMs: attempt.startedAtMs + 30_000 },
      );
    }
    return this.jobFor(eventId, ends).deliveryId;
  }

  /** Ends a delivery without an attempt, as delivery does. */
  async end(job: DeliveryJob, state: Extract<DeliveryState, { readonly reason: string }>): Promise<void> {
    await this.#deadLetters.send(job, state.reason);
    await this.#log.recordState(job, state, Date.now());
  }

  /** The dead letter of a new event, or of the one that is given. */
  async dead(ends: Connected, event?: EventId): Promise<DeliveryId> {
    const eventId = event ?? (await this.store(ends.source, 'body'));
    await this.#deadLetters.send(this.jobFor(eventId, ends, 2), 'retries_exhausted');
    const state = { status: 'dead', reason: 'retries_exhausted' } as const;
    return this.record(eventId, ends, [failedAttempt(1), failedAttempt(2)], state);
  }
}

export const okAttempt = (number: number): Attempt => ({
  number,
  startedAtMs: Date.UTC(2026, 10, 22) + number * 1000,
  durationMs: 12,
  request: { method: 'POST', target: 'https://example.com/hook', bodyFrom: 'template' },
  requestHeaders: [['content-type', 'application/json']],
  response: { statusCode: 200, headers: [['x-a', '1']], body: Buffer.from('ok'), bodyTruncated: false },
});

/** An attempt as logged by earlier versions, which did not log the request. */
export const failedAttempt = (number: number): Attempt => ({
  number,
  startedAtMs: Date.UTC(2026, 10, 22) + number * 1000,
  durationMs: 10_000,
  requestHeaders: [],
  error: { code: 'TIMEOUT', message: 'no answer within 10 s' },
});
