import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { logger } from './logger.ts';

/**
 * The events that Hawser publishes about itself on its event bus; their detail has a version. Users can write rules
 * that page somebody, send a mail or open a ticket.
 */
export type OperationalEvent =
  | {
      readonly type: 'delivery.dead_lettered';
      readonly detail: {
        readonly organization_id: string;
        readonly delivery_id: string;
        readonly event_id: string;
        readonly destination_id: string;
        readonly attempts: number;
        readonly reason: string;
      };
    }
  | {
      readonly type: 'circuit.opened';
      readonly detail: {
        readonly organization_id: string;
        readonly destination_id: string;
        /** Consecutive failures. */
        readonly failures: number;
        readonly opened_at: string;
        readonly next_probe_at: string;
      };
    }
  | {
      /** A probe has succeeded. Not sent for a reset through the API, because its caller knows. */
      readonly type: 'circuit.closed';
      readonly detail: {
        readonly organization_id: string;
        readonly destination_id: string;
        readonly opened_at: string;
      };
    }
  | {
      /** Hawser disabled the destination. Not sent if it was disabled through the API, because the caller knows. */
      readonly type: 'destination.disabled';
      readonly detail: {
        readonly organization_id: string;
        readonly destination_id: string;
        readonly delivery_id: string;
        readonly reason: 'answered_410';
      };
    }
  | {
      /** Not sent if the replay was cancelled through the API, because the caller knows. */
      readonly type: 'replay.completed' | 'replay.failed';
      readonly detail: {
        readonly organization_id: string;
        readonly replay_id: string;
        readonly destination_id: string | null;
        readonly replayed: number;
        /** Number of skipped deliveries by reason. */
        readonly skipped: Readonly<Record<string, number>>;
        /** Why it failed. */
        readonly reason?: string;
      };
    }
  | {
      /** Requests to a source were refused, since the last such event of the same function instance. */
      readonly type: 'source.verification_failed';
      readonly detail: {
        readonly organization_id: string;
        readonly source_id: string;
        readonly verification: string;
        /** The reason of the request that caused this event. */
        readonly reason: string;
        readonly refused: number;
      };
    };

/** The operational event of one type. */
export type OperationalEventOf<Type extends OperationalEvent['type']> = Extract<OperationalEvent, { type: Type }>;

/**
 * Publishes an event. Call it once the fact is recorded. If the bus refuses the event, that is logged as an error, but not
 * thrown or retried: what the event reports has happened anyway, and sending a webhook twice would be worse than losing
 * the event.
 */
export async function announce(
  eventbridge: EventBridgeClient,
  busName: string,
  { type, detail }: OperationalEvent,
): Promise<void> {
  try {
    const { Entries = [] } = await eventbridge.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: busName,
            Source: 'hawser',
            DetailType: type,
            Detail: JSON.stringify({ version: 1, ...detail }),
          },
        ],
      }),
    );
    const refused = Entries.find(({ ErrorCode }) => ErrorCode);
    if (refused) throw new Error(`${refused.ErrorCode}: ${refused.ErrorMessage ?? ''}`);
  } catch (error) {
    logger.error('operational event not published', { type, detail, error });
  }
}
