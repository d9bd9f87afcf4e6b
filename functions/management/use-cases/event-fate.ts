import type { Connection } from '../../../core/deliveries/connection.ts';
import type { Filter, FilterVerdict } from '../../../core/filter/filter.ts';
import { type EventId, timeMsOf } from '../../../core/ids.ts';

/**
 * What is assumed to have become of an event over a connection when its delivery has no row:
 *
 * - `none`: the event came before the connection was made.
 * - `unknown`: the filter was changed since. The old filter may have kept the event out, but it is not stored any more.
 * - `filtered`: the filter keeps it out.
 * - `sent`: fan-out has sent it, or will. If the filter fails on the event, its delivery is also on its way, to become a dead
 *   letter.
 */
export type EventFate = 'none' | 'unknown' | 'filtered' | 'sent';

/**
 * Fan-out reads a connection after the event was accepted, past every cache, so an event that came after a change went through
 * the new filter. But the two times come from two clocks, and a change is written some milliseconds after its own time. An event
 * of that moment may be taken for `sent` although the old filter kept it out. Whatever sends again also asks `isMissing` of
 * core/deliveries/replay.ts, so this mistake blocks a resend for an hour at most. The opposite mistake loses nothing either: if an event is
 * `unknown` but on its way, sending it again makes the same attempt.
 *
 * @param evaluate applies a filter to the event; only called if the verdict makes a difference
 */
export async function fateOf(
  eventId: EventId,
  { createdAt, filter, filterChangedAt }: Connection,
  evaluate: (filter: Filter | null) => Promise<FilterVerdict>,
): Promise<EventFate> {
  const acceptedAtMs = timeMsOf(eventId);
  if (acceptedAtMs < Date.parse(createdAt)) return 'none';
  if (filterChangedAt !== null && acceptedAtMs < Date.parse(filterChangedAt)) return 'unknown';
  const { kind } = await evaluate(filter);
  return kind === 'differs' ? 'filtered' : 'sent';
}
