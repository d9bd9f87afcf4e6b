import type { Connection } from '../../core/connection.ts';
import type { Filter, FilterVerdict } from '../../core/filter/filter.ts';
import { type EventId, timeMsOf } from '../../core/ids.ts';

/**
 * What is taken to have become of an event over a connection where there is no row of its delivery:
 *
 * - `none`: it came before the connection was made;
 * - `unknown`: the filter was changed since. The one before it may have kept the event out, and is not known any more;
 * - `filtered`: the filter keeps it out;
 * - `sent`: fan-out has sent it, or will. One that its filter fails on is on its way, too: to its end.
 */
export type WithoutRow = 'none' | 'unknown' | 'filtered' | 'sent';

/**
 * Fan-out reads a connection after the event was accepted, past every cache: what came after a change was asked the new filter.
 * The times are of two clocks, though, and a change is written some milliseconds after its own: an event of that moment may
 * be taken for `sent` that the filter before kept out. What is sent again asks `isMissing` of core/replay.ts as well, so that
 * this stands in nobody's way for longer than an hour. The other way round nothing is lost either: what is on its way though it
 * is `unknown`, and is sent again, is the same attempt.
 *
 * @param ask what the filter says of the event; not asked where that decides nothing
 */
export async function withoutRow(
  eventId: EventId,
  { createdAt, filter, filterChangedAt }: Connection,
  ask: (filter: Filter | null) => Promise<FilterVerdict>,
): Promise<WithoutRow> {
  const acceptedAtMs = timeMsOf(eventId);
  if (acceptedAtMs < Date.parse(createdAt)) return 'none';
  if (filterChangedAt !== null && acceptedAtMs < Date.parse(filterChangedAt)) return 'unknown';
  const { kind } = await ask(filter);
  return kind === 'differs' ? 'filtered' : 'sent';
}
