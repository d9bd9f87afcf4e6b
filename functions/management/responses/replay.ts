import * as z from 'zod';
import {
  eventTimeMsAt,
  type Replay,
  type ReplayPosition,
  replayedStatuses,
  replayFailures,
  replayStatuses,
} from '../../../core/deliveries/replay.ts';
import { idSchema } from '../../../core/id-schema.ts';
import { isoTime } from '../../../core/iso-time.ts';
import { timestamp, toTimestamp } from './times.ts';

/** Replays as the API shows them. */

const count = z.int().meta({ examples: [0] });

export const replayResponse = z
  .object({
    id: idSchema('rpl'),
    status: z.enum(replayStatuses).meta({ examples: ['running'] }),
    reason: z
      .enum(replayFailures)
      .nullable()
      .meta({ description: 'Why it failed.', examples: [null] }),
    selection: z
      .object({
        destination_id: idSchema('dst')
          .nullable()
          .meta({ description: '`null`: all destinations of the organization.' }),
        status: z.array(z.enum(replayedStatuses)).meta({ examples: [['dead']] }),
        since: timestamp.nullable().meta({ description: '`null`: from the first event on.' }),
        until: timestamp,
      })
      .meta({ description: 'What is sent again.' }),
    rate_limit_per_second: z.int().meta({ examples: [50] }),
    total: z
      .int()
      .nullable()
      .meta({ description: 'How many were chosen; `null` if counting them would be expensive.', examples: [1200] }),
    replayed: z.int().meta({ description: 'How many were queued to be sent, as of the last step.', examples: [300] }),
    skipped: z
      .object({
        destination_deleted: count,
        destination_archived: count,
        event_expired: count,
        attempted_since: count.meta({
          description: 'Somebody else has sent or discarded it since the replay began.',
          examples: [0],
        }),
      })
      .meta({ description: 'How many were chosen and not sent, by reason.' }),
    position: z
      .object({
        part: z.enum([...replayedStatuses, 'queue']).meta({
          description:
            'The list it is working through; `queue` once it has sent everything and removes that from the dead-letter queue.',
          examples: ['dead'],
        }),
        event_created_at: timestamp.nullable().meta({ description: 'The time of the event that it has reached.' }),
      })
      .nullable()
      .meta({ description: '`null` when there is nothing left.' }),
    started_at: timestamp,
    updated_at: timestamp.meta({ description: 'The time of the last step.' }),
    ended_at: timestamp.nullable().meta({ examples: [null] }),
  })
  .meta({ id: 'Replay' });

export function toReplayResponse(replay: Replay): z.input<typeof replayResponse> {
  const { selection } = replay;
  return {
    id: replay.id,
    status: replay.status,
    reason: replay.reason,
    selection: {
      destination_id: selection.destinationId,
      status: [...selection.statuses],
      since: selection.sinceMs === null ? null : isoTime(selection.sinceMs),
      until: isoTime(selection.untilMs),
    },
    rate_limit_per_second: replay.rateLimitPerSecond,
    total: replay.total,
    replayed: replay.replayed,
    skipped: replay.skipped,
    position: replay.position && toPositionResponse(replay.position),
    started_at: isoTime(replay.startedAtMs),
    updated_at: isoTime(replay.updatedAtMs),
    ended_at: replay.endedAtMs === null ? null : isoTime(replay.endedAtMs),
  };
}

function toPositionResponse(position: ReplayPosition) {
  return { part: position.part, event_created_at: toTimestamp(eventTimeMsAt(position)) };
}
