import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { logger } from './logger.ts';

/** What Hawser tells of itself on its event bus; versioned in the detail. A user's own rules page, mail or open a ticket. */
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
        /** In a row. */
        readonly failures: number;
        readonly opened_at: string;
        readonly next_probe_at: string;
      };
    }
  | {
      /** A probe has succeeded; whoever resets a circuit by the API knows it already. */
      readonly type: 'circuit.closed';
      readonly detail: {
        readonly organization_id: string;
        readonly destination_id: string;
        readonly opened_at: string;
      };
    }
  | {
      /** By Hawser; whoever disables one by the API knows it already. */
      readonly type: 'destination.disabled';
      readonly detail: {
        readonly organization_id: string;
        readonly destination_id: string;
        readonly delivery_id: string;
        readonly reason: 'answered_410';
      };
    }
  | {
      /** Whoever cancels one by the API knows it already. */
      readonly type: 'replay.completed' | 'replay.failed';
      readonly detail: {
        readonly organization_id: string;
        readonly replay_id: string;
        readonly destination_id: string | null;
        readonly replayed: number;
        /** By reason. */
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
        /** Of the request that this event was made for. */
        readonly reason: string;
        readonly refused: number;
      };
    };

/** One of them. */
export type OperationalEventOf<Type extends OperationalEvent['type']> = Extract<OperationalEvent, { type: Type }>;

/**
 * Announces after the fact is recorded. An event that the bus does not take is logged as an error, and neither thrown nor tried
 * again: what it tells of has happened all the same, and sending a webhook once more would be the worse loss.
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
