import type { Circuit, Destination, Health, OverviewAnswer } from '../../api/types.ts';

/** What the overview tells of destinations: of all that are in use, at once. */
export type Known = Pick<OverviewAnswer, 'window' | 'destinations' | 'unhealthy' | 'open_circuits'>;

const HOUR_MS = 3_600_000;
const windowMs: Readonly<Record<Health['window'], number>> = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
};

/** `undefined` where the overview does not tell: of the archive, and of those that it did not look at. */
export function healthOf(destination: Destination, known: Known, nowMs: number): Health['status'] | undefined {
  const found = known.unhealthy.find(({ destination_id }) => destination_id === destination.id);
  if (found) return found.status;
  if (!isLookedAt(destination, known)) return undefined;
  const lastMs = destination.last_delivery_at === null ? 0 : Date.parse(destination.last_delivery_at);
  return lastMs >= nowMs - windowMs[known.window] ? 'healthy' : 'unknown';
}

/** `undefined` as for health. */
export function circuitOf(destination: Destination, known: Known): Circuit['state'] | undefined {
  const found = known.open_circuits.find(({ destination_id }) => destination_id === destination.id);
  if (found) return found.state;
  return isLookedAt(destination, known) ? 'closed' : undefined;
}

/** Something is wrong with it, or somebody has turned it off and may have forgotten. */
export function needsALook(destination: Destination, { unhealthy, open_circuits }: Known): boolean {
  if (destination.archived_at !== null) return false;
  const isIts = ({ destination_id }: { destination_id: string }) => destination_id === destination.id;
  return !destination.enabled || unhealthy.some(isIts) || open_circuits.some(isIts);
}

/** Where there are more than the overview looks at, it does not say which those are that it names nowhere. */
function isLookedAt({ archived_at }: Destination, { destinations }: Known): boolean {
  return archived_at === null && !destinations.has_more;
}
