import type { BodyMaker } from '../../core/deliveries/attempt.ts';
import type { DeliveryJob } from '../../core/deliveries/delivery.ts';
import { decompressTransform, type StoredTransform } from '../../core/transform/stored-transform.ts';
import type { OutgoingRequest } from '../../core/transform/transformed-request.ts';
import type { Deliverable } from '../destinations/deliverable.ts';
import { type EventTransforms, failureText } from '../shared/event-transforms.ts';
import { TtlCache } from '../shared/ttl-cache.ts';
import type { ConnectionStore } from '../stores/config/connections.ts';

export interface TransformsOptions {
  readonly connections: Pick<ConnectionStore, 'transformOf'>;
  readonly eventTransforms: Pick<EventTransforms, 'transformStored'>;
  /** How long a change of a connection takes to reach every running instance. */
  readonly ttlMs: number;
  readonly now: () => number;
}

/** What is to be sent for a webhook. */
export type Transformed =
  | { readonly kind: 'ready'; readonly request: OutgoingRequest }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'failed'; readonly message: string }
  /** The connection is gone, and with it the form in which the webhook was to be sent. */
  | { readonly kind: 'expired' };

/** A program has at most 32 KiB: 32 MB in all, if each had that size and one byte per character. */
const MAX_CONNECTIONS = 1_000;

/**
 * Gives a webhook the form that the transform of its connection, or else the template of its destination, asks for. This is
 * done before each attempt, not in fan-out: a replay then goes by a transform that has been mended since, and neither messages
 * nor rows hold what can be made again.
 */
export class Transforms {
  readonly #options: TransformsOptions;
  readonly #codes: TtlCache<
    Pick<DeliveryJob, 'sourceId' | 'connectionId'>,
    { readonly code: string | null } | undefined
  >;

  constructor(options: TransformsOptions) {
    const { connections, ttlMs } = options;
    this.#options = options;
    this.#codes = new TtlCache({
      load: async ({ sourceId, connectionId }) => {
        const kept = await connections.transformOf({ sourceId, id: connectionId });
        return kept && { code: codeOf(kept.transform) };
      },
      nameOf: ({ connectionId }) => connectionId,
      ttlMs,
      maxEntries: MAX_CONNECTIONS,
    });
  }

  /** @param request the webhook as it came; if nothing transforms it, it is returned as it is, and never looked into */
  async apply(
    job: DeliveryJob,
    { template }: Pick<Deliverable, 'template'>,
    request: OutgoingRequest,
    url: string,
  ): Promise<Transformed> {
    const { eventTransforms, now } = this.#options;
    // Whoever asks for a replay may have mended the transform a moment ago: code that was read before the replay is not used.
    const connection = await this.#codes.get(job, now(), job.replayedAtMs);
    if (!connection) return { kind: 'expired' };
    const code = connection.code ?? template?.code;
    if (code === undefined) return { kind: 'ready', request };
    const program = { code, variables: template?.variables ?? {} };
    const event = { id: job.eventId, sourceId: job.sourceId, url };
    const made = await eventTransforms.transformStored(program, event, request);
    switch (made.kind) {
      case 'transformed':
        return {
          kind: 'ready',
          request: withMaker(made.request, request, connection.code === null ? 'template' : 'transform'),
        };
      case 'dropped':
        return { kind: 'dropped' };
      case 'failed':
        return { kind: 'failed', message: failureText(made) };
    }
  }
}

/** A transform may keep the body and change only what is beside it. */
function withMaker(made: OutgoingRequest, { body }: OutgoingRequest, bodyFrom: BodyMaker): OutgoingRequest {
  return Buffer.compare(made.body, body) === 0 ? made : { ...made, bodyFrom };
}

function codeOf(kept: StoredTransform | null): string | null {
  return kept && decompressTransform(kept);
}
