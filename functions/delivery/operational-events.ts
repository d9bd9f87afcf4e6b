import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { publishOperationalEvent } from '../shared/event-bus.ts';

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
      /** A probe has succeeded; who resets a circuit knows it. */
      readonly type: 'circuit.closed';
      readonly detail: {
        readonly organization_id: string;
        readonly destination_id: string;
        readonly opened_at: string;
      };
    }
  | {
      /** By Hawser: who disables one by the API knows it. */
      readonly type: 'destination.disabled';
      readonly detail: {
        readonly organization_id: string;
        readonly destination_id: string;
        readonly delivery_id: string;
        readonly reason: 'answered_410';
      };
    }
  | {
      /** Who cancels one knows it. */
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
    };

/**
 * Announces after the fact is recorded. An event that the bus does not take is not retried: the delivery has its row and its
 * dead letter, and sending the webhook once more would be the worse loss.
 */
export function announce(eventbridge: EventBridgeClient, busName: string, event: OperationalEvent): Promise<void> {
  return publishOperationalEvent(eventbridge, busName, event);
}
