import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { logger } from './logger.ts';

/**
 * Publishes an operational event, version 1. One that the bus does not take is logged as an error, not thrown: what it tells
 * of has happened all the same.
 */
export async function publishOperationalEvent(
  eventbridge: EventBridgeClient,
  busName: string,
  { type, detail }: { readonly type: string; readonly detail: object },
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
    logger.error('operational event not published', { type, detail, error: error as Error });
  }
}
